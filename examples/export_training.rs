//! Trains 100 steps in f64 and writes everything another framework needs to repeat them: data,
//! initial weights, the order of the examples, and the losses. See `benches/agreement.py`.
//!
//! Usage: export_training FOLDER

use std::path::PathBuf;

use gradproof::train::config::{Activation, Config, Method, Precision};
use gradproof::train::data::{self, Array, Elements, Source, write_npz};
use gradproof::train::random::{Purpose, Stream};
use gradproof::train::{Error, Fit, Unwatched};

const STEPS: usize = 100;

fn main() -> Result<(), Error> {
    let folder: PathBuf =
        std::env::args_os().nth(1).map_or_else(|| ".".into(), PathBuf::from);
    let base = Config {
        precision: Precision::F64,
        hidden: vec![128],
        batch: 50,
        learning_rate: 0.05,
        epochs: 4,
        ..Config::default()
    };
    let momentum = Config { momentum: 0.9, learning_rate: 0.02, ..base.clone() };
    let runs = [
        ("sgd", base.clone()),
        (
            "decay-linear",
            Config {
                weight_decay: 0.01,
                schedule: "linear end=0.85 over=9".parse()?,
                ..base.clone()
            },
        ),
        ("momentum", momentum.clone()),
        ("nesterov", Config { nesterov: true, weight_decay: 0.001, ..momentum }),
        ("adam", Config { method: Method::Adam, learning_rate: 0.002, ..base.clone() }),
        (
            "tanh-deep",
            Config { activation: Activation::Tanh, hidden: vec![64, 32], ..base.clone() },
        ),
        ("elu", Config { activation: Activation::Elu, ..base.clone() }),
        ("sigmoid", Config { activation: Activation::Sigmoid, ..base }),
    ];
    for (name, config) in runs {
        let parts = data::split(data::open(&Source::Digits)?, 180.0, 359.0, config.seed)?;
        let mut fit = Fit::<f64>::new(config.clone(), parts)?;
        let initial = fit.trained();
        initial.write_npz(&folder.join(format!("{name}.weights.npz")))?;
        let train = fit.parts().train.clone();
        let (count, features) = (train.len(), train.data.features());
        // The examples in the order in which they are shown, epoch after epoch.
        let (mut x, mut y) = (Vec::new(), Vec::new());
        let mut row = vec![0.0; features];
        for epoch in 0..config.epochs {
            let mut order = train.rows.clone();
            Stream::new(config.seed, Purpose::Shuffle, epoch as u64).shuffle(&mut order);
            for example in order {
                fit.normalisation().fill(&train.data, example as usize, false, &mut row);
                x.extend(&row);
                y.push(i64::from(train.data.labels()[example as usize]));
            }
        }
        fit.run(None, &mut Unwatched)?;
        let losses =
            fit.progress().losses[..STEPS.min(fit.progress().losses.len())].to_vec();
        let steps = fit.steps();
        let rates: Vec<f64> = (0..losses.len())
            .map(|step| {
                let epoch = step / steps;
                config.schedule.rate(
                    config.learning_rate,
                    epoch,
                    step,
                    config.epochs,
                    steps,
                )
            })
            .collect();
        let shown = count * config.epochs;
        let arrays = [
            ("X", vec![shown, features], Elements::Doubles(x)),
            ("y", vec![shown], Elements::Integers(y)),
            ("losses", vec![losses.len()], Elements::Doubles(losses)),
            ("rates", vec![rates.len()], Elements::Doubles(rates)),
            ("epoch", vec![1], Elements::Integers(vec![count as i64])),
        ]
        .map(|(name, shape, elements)| (name.to_owned(), Array { shape, elements }));
        write_npz(&folder.join(format!("{name}.npz")), &arrays)?;
        config.write(&folder.join(format!("{name}.toml")))?;
    }
    Ok(())
}
