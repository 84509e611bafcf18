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
        let bytes = std::fs::read(path).map_err(|source| Error::io(path, "read", source))?;
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
                Error::new("", format!("{text:?} is not a count")).at(format!("metadata {key:?}"))
            })
        };
        optimiser.restore(state, count("optimiser.steps")? as u64)?;
        let numbers = |name: &str| file.tensor(name).map(Tensor::to_doubles);
        let clock = numbers("clock")?;
        let (rows, _) = numbers("epochs")?.as_chunks::<8>().0.split_at(count("epochs")?.min(numbers("epochs")?.len() / 8)).into_owned_pair();
        let progress = Progress {
            epoch: count("epoch")?,
            step: count("step")?,
            tally: Tally {
                loss: clock.first().copied().unwrap_or_default(),
                correct: count("correct")?,
                count: count("count")?,
            },
            losses: numbers("losses")?,
            epochs: rows,
            seconds: clock.get(1).copied().unwrap_or_default(),
            diverged: match count("diverged")? {
                0 => None,
                step => Some(step),
            },
        };
        Ok(Checkpoint { config, model, optimiser, progress })
    }
}
