//! `gradproof eval`: a saved model on data.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::train::config::Config;
use crate::train::data::{self, Source};
use crate::train::fit::WEIGHTS;
use crate::train::weights::precision_of;
use crate::train::{Error, Evaluation, Number, Trained, evaluate};

use super::train_output::warn;

/// Arguments of `gradproof eval`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Weights (.safetensors or .npz), or the folder of a run.
    weights: PathBuf,
    /// digits | cifar10 PATH | mnist PATH | fashion-mnist [PATH] | folder PATH | FILE.npz
    /// [default: the data of the training]
    #[arg(long, num_args = 1..=2, value_names = ["NAME", "PATH"])]
    data: Option<Vec<PathBuf>>,
    /// Which examples.
    #[arg(long, value_enum, default_value_t = Examples::Test)]
    on: Examples,
    /// text or json.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Examples {
    Train,
    Validation,
    Test,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(super) fn run(args: Args) -> ExitCode {
    match judge(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            warn(format_args!("error: {error}"));
            ExitCode::from(2)
        }
    }
}

fn judge(args: &Args) -> Result<(), Error> {
    let path = if args.weights.is_dir() {
        args.weights.join(WEIGHTS)
    } else {
        args.weights.clone()
    };
    let precision = precision_of(&path)?;
    if precision == f64::NAME {
        with::<f64>(args, &path)
    } else {
        with::<f32>(args, &path)
    }
}

fn with<T: Number>(args: &Args, path: &std::path::Path) -> Result<(), Error> {
    let trained = Trained::<T>::read(path)?;
    let config: &Config = &trained.config;
    let source = match &args.data {
        Some(words) => {
            let name =
                words.first().map(|name| name.to_string_lossy()).unwrap_or_default();
            Source::from_words(&name, words.get(1).map(PathBuf::as_path))?
        }
        None => config.source()?,
    };
    // The split of the training, so that its test examples are still unseen.
    let parts =
        data::split(data::open(&source)?, config.validation, config.test, config.seed)?;
    let part = match args.on {
        Examples::Train => &parts.train,
        Examples::Validation => &parts.validation,
        Examples::Test => &parts.test,
    };
    let normalisation = trained.normalisation(&part.data)?;
    let found = evaluate(&trained.model, part, &normalisation, config.threads)?;
    let text = match args.format {
        Format::Text => as_text(&found, &trained.classes),
        Format::Json => {
            let rows: Vec<Vec<u32>> = found
                .confusion
                .row_iter()
                .map(|row| row.iter().copied().collect())
                .collect();
            let value = serde_json::json!({
                "examples": found.tally.count,
                "accuracy": found.tally.accuracy(),
                "loss": found.tally.mean_loss(),
                "classes": trained.classes,
                "confusion": rows,
            });
            format!("{value}\n")
        }
    };
    let mut out = std::io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // Whoever read has read enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        done => done.map_err(|error| {
            Error::new("standard output", format!("cannot write: {error}"))
        }),
    }
}

fn as_text(found: &Evaluation, classes: &[String]) -> String {
    let mut text = format!(
        "accuracy {:.4}, loss {:.4} over {} examples\n",
        found.tally.accuracy(),
        found.tally.mean_loss(),
        found.tally.count
    );
    for (i, class) in classes.iter().enumerate() {
        let total: u32 = found.confusion.row(i).iter().sum();
        let right = found.confusion[(i, i)];
        let part = f64::from(right) / f64::from(total.max(1));
        text.push_str(&format!(
            "  {class:<16} {right:>6} of {total:<6} {:>6.1}%\n",
            100.0 * part
        ));
    }
    text
}
