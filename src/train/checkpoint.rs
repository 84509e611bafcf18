//! A training in one file: to stop anywhere and go on bit for bit.
//!
//! The file is a line that names it, the CRC-32 and the length of what follows, and a safetensors
//! file with weights, the optimiser's means and the history. Random numbers need no state: they are
//! addressed by seed and place (see [`super::random`]).

use std::path::Path;

use super::config::Config;
use super::history::{Epoch, Progress};
use super::mlp::Mlp;
use super::optimiser::Optimiser;
use super::safetensors::{Safetensors, Tensor};
use super::step::Tally;
use super::{Error, Number, files, weights};

const HEAD: &[u8] = b"gradproof checkpoint 1\n";

/// What a checkpoint holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint<T: nalgebra::Scalar> {
    /// The configuration of the training.
    pub config: Config,
    /// The weights.
    pub model: Mlp<T>,
    /// The optimiser with its state.
    pub optimiser: Optimiser<T>,
    /// Where the training stands.
    pub progress: Progress,
}

impl<T: Number> Checkpoint<T> {
    /// Reads a checkpoint.
    ///
    /// # Errors
    /// The file cannot be read, is damaged, or is of another precision.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes =
            std::fs::read(path).map_err(|source| Error::io(path, "read", source))?;
        Self::parse(&bytes).map_err(|error| error.in_file(path))
    }

    fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let file = contents(bytes)?;
        let config = config_of(&file)?;
        let model = Mlp::new(weights::take(&file, "layers")?, config.activation)?;
        let mut optimiser = Optimiser::new(&config, &model);
        let state = [weights::take(&file, "first")?, weights::take(&file, "second")?];
        let count = |key: &str| -> Result<usize, Error> {
            let text = file.metadata.get(key).map(String::as_str).unwrap_or_default();
            text.parse().map_err(|_| {
                Error::new("", format!("{text:?} is not a count"))
                    .at(format!("metadata {key:?}"))
            })
        };
        optimiser.restore(state, count("optimiser.steps")? as u64)?;
        let numbers = |name: &str| file.tensor(name).map(Tensor::to_doubles);
        let clock = numbers("clock")?;
        let table = numbers("epochs")?;
        let epochs = table.as_chunks::<8>().0.iter().map(Epoch::from_numbers).collect();
        let progress = Progress {
            epoch: count("epoch")?,
            step: count("step")?,
            tally: Tally {
                loss: clock.first().copied().unwrap_or_default(),
                correct: count("correct")?,
                count: count("count")?,
            },
            losses: numbers("losses")?,
            epochs,
            seconds: clock.get(1).copied().unwrap_or_default(),
            diverged: match count("diverged")? {
                0 => None,
                step => Some(step),
            },
        };
        Ok(Checkpoint { config, model, optimiser, progress })
    }
}

/// The configuration of a checkpoint, before it is known in which precision to read the rest.
///
/// # Errors
/// The file cannot be read or is damaged.
pub fn read_config(path: &Path) -> Result<Config, Error> {
    let bytes = std::fs::read(path).map_err(|source| Error::io(path, "read", source))?;
    contents(&bytes)
        .and_then(|file| config_of(&file))
        .map_err(|error| error.in_file(path))
}

fn config_of(file: &Safetensors) -> Result<Config, Error> {
    let text = file.metadata.get("config").map(String::as_str).unwrap_or_default();
    Config::parse(text).map_err(|error| error.at("metadata \"config\""))
}

/// Writes a checkpoint, whole or not at all. It borrows what it writes: no second copy of the model.
///
/// # Errors
/// The file cannot be written; the one that was there before stays.
pub(super) fn write<T: Number>(
    path: &Path,
    config: &Config,
    model: &Mlp<T>,
    optimiser: &Optimiser<T>,
    progress: &Progress,
) -> Result<(), Error> {
    files::write(path, &to_bytes(config, model, optimiser, progress)?)
}

fn to_bytes<T: Number>(
    config: &Config,
    model: &Mlp<T>,
    optimiser: &Optimiser<T>,
    progress: &Progress,
) -> Result<Vec<u8>, Error> {
    let mut file = Safetensors::default();
    weights::put(&mut file, "layers", model.layers());
    let [first, second] = optimiser.state();
    weights::put(&mut file, "first", first);
    weights::put(&mut file, "second", second);
    let mut numbers = |name: &str, shape: &[usize], values: Vec<f64>| {
        file.tensors.insert(name.to_owned(), Tensor::new(shape, values));
    };
    numbers("clock", &[2], vec![progress.tally.loss, progress.seconds]);
    numbers("losses", &[progress.losses.len()], progress.losses.clone());
    let epochs = progress.epochs.iter().flat_map(|epoch| epoch.to_numbers()).collect();
    numbers("epochs", &[progress.epochs.len(), 8], epochs);
    for (key, value) in [
        ("epoch", progress.epoch as u64),
        ("step", progress.step as u64),
        ("correct", progress.tally.correct as u64),
        ("count", progress.tally.count as u64),
        ("diverged", progress.diverged.unwrap_or(0) as u64),
        ("optimiser.steps", optimiser.steps()),
    ] {
        file.metadata.insert(key.to_owned(), value.to_string());
    }
    file.metadata.insert("config".into(), config.to_toml()?);
    let payload = file.to_bytes();
    let mut bytes = HEAD.to_vec();
    bytes.reserve(payload.len() + 12);
    bytes.extend(crc32fast::hash(&payload).to_le_bytes());
    bytes.extend((payload.len() as u64).to_le_bytes());
    bytes.extend(payload);
    Ok(bytes)
}

/// Checks head, length and checksum.
fn contents(bytes: &[u8]) -> Result<Safetensors, Error> {
    let help = "start again from another checkpoint, or anew";
    let Some(rest) = bytes.strip_prefix(HEAD) else {
        return Err(Error::new("", "not a checkpoint: its first line is another one")
            .at("offset 0")
            .help(help));
    };
    let (Some(sum), Some(length)) = (rest.get(..4), rest.get(4..12)) else {
        return Err(Error::new("", "the checkpoint is cut off").help(help));
    };
    let payload = &rest[12..];
    if length != (payload.len() as u64).to_le_bytes() {
        return Err(Error::new("", "the checkpoint is cut off or too long").help(help));
    }
    if sum != crc32fast::hash(payload).to_le_bytes() {
        return Err(Error::new(
            "",
            "the checksum does not fit: the checkpoint is damaged",
        )
        .help(help));
    }
    Safetensors::parse(payload)
}

#[cfg(test)]
mod tests {
    use super::super::config::{Init, Method};
    use super::super::init::init;
    use super::*;
    use proptest::prelude::*;

    fn sample(method: Method) -> Checkpoint<f32> {
        let config = Config { hidden: vec![4], method, ..Config::default() };
        let model = init::<f32>(&[3, 4, 2], config.activation, Init::He, 0.0, 1).unwrap();
        let progress = Progress {
            epoch: 1,
            step: 2,
            tally: Tally { loss: 0.1 + 0.2, correct: 3, count: 5 },
            losses: vec![1.0, f64::INFINITY, 1.0 / 3.0],
            epochs: vec![Epoch::from_numbers(&[1.0, 2.0, 0.1, 0.3, 0.4, 0.5, 0.6, 0.7])],
            seconds: 1.25,
            diverged: Some(2),
        };
        Checkpoint { optimiser: Optimiser::new(&config, &model), config, model, progress }
    }

    fn bytes(c: &Checkpoint<f32>) -> Vec<u8> {
        to_bytes(&c.config, &c.model, &c.optimiser, &c.progress).unwrap()
    }

    #[test]
    fn what_is_saved_is_read() {
        for method in [Method::Sgd, Method::Adam] {
            let checkpoint = sample(method);
            assert_eq!(Checkpoint::parse(&bytes(&checkpoint)).unwrap(), checkpoint);
        }
    }

    proptest! {
        #[test]
        fn no_flipped_bit_goes_unnoticed(at in 0usize..100_000, bit in 0u8..8) {
            let mut bytes = bytes(&sample(Method::Adam));
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            prop_assert!(Checkpoint::<f32>::parse(&bytes).is_err());
            prop_assert!(Checkpoint::<f32>::parse(&bytes[..at]).is_err());
        }
    }
}
