//! A training in one file: to stop anywhere and go on bit for bit.
//!
//! The file is a line that names it, the CRC-32 and the length of what follows, and a safetensors
//! file with weights, the optimiser's means and the history. Random numbers need no state: they are
//! addressed by seed and place (see [`super::random`]).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::config::Config;
use super::history::{Epoch, Progress};
use super::mlp::Mlp;
use super::optimiser::Optimiser;
use super::outgoing::{Checksum, Outgoing, Tensors};
use super::safetensors::{self, Safetensors, Source};
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
        Self::from_file(&mut open(path)?).map_err(|error| error.in_file(path))
    }

    fn from_file(file: &mut Safetensors) -> Result<Self, Error> {
        let config = config_of(file)?;
        let model = Mlp::new(weights::take(file, "layers")?, config.activation)?;
        let state = [weights::take(file, "first")?, weights::take(file, "second")?];
        let (clock, table) = (file.doubles("clock")?, file.doubles("epochs")?);
        let losses = file.doubles("losses")?;
        let count = |key: &str| -> Result<usize, Error> {
            let text = file.text(key).unwrap_or_default();
            text.parse().map_err(|_| {
                Error::new("", format!("{text:?} is not a count"))
                    .at(format!("metadata {key:?}"))
            })
        };
        let steps = count("optimiser.steps")? as u64;
        let optimiser = Optimiser::restored(&config, &model, state, steps)?;
        let epochs = table.as_chunks::<8>().0.iter().map(Epoch::from_numbers).collect();
        let progress = Progress {
            epoch: count("epoch")?,
            step: count("step")?,
            tally: Tally {
                loss: clock.first().copied().unwrap_or_default(),
                correct: count("correct")?,
                count: count("count")?,
            },
            losses,
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
    config_of(&open(path)?).map_err(|error| error.in_file(path))
}

fn config_of(file: &Safetensors) -> Result<Config, Error> {
    let text = file.text("config").unwrap_or_default();
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
    let (tensors, texts) = contents(config, model, optimiser, progress)?;
    files::write_with(path, |out| pour(out, &tensors, &texts))
}

type Texts = BTreeMap<String, String>;

fn contents<'a, T: Number>(
    config: &Config,
    model: &'a Mlp<T>,
    optimiser: &'a Optimiser<T>,
    progress: &'a Progress,
) -> Result<(Tensors<'a>, Texts), Error> {
    let mut tensors = Tensors::new();
    weights::put(&mut tensors, "layers", model.layers());
    let [first, second] = optimiser.state();
    weights::put(&mut tensors, "first", first);
    weights::put(&mut tensors, "second", second);
    let clock = vec![progress.tally.loss, progress.seconds];
    tensors.insert("clock".into(), Outgoing::doubles(&[2], clock));
    let losses = Outgoing::numbers(&[progress.losses.len()], &progress.losses);
    tensors.insert("losses".into(), losses);
    let epochs = progress.epochs.iter().flat_map(|epoch| epoch.to_numbers()).collect();
    let epochs = Outgoing::doubles(&[progress.epochs.len(), 8], epochs);
    tensors.insert("epochs".into(), epochs);
    let counts = [
        ("epoch", progress.epoch as u64),
        ("step", progress.step as u64),
        ("correct", progress.tally.correct as u64),
        ("count", progress.tally.count as u64),
        ("diverged", progress.diverged.unwrap_or(0) as u64),
        ("optimiser.steps", optimiser.steps()),
    ];
    let mut texts: Texts =
        counts.map(|(key, value)| (key.to_owned(), value.to_string())).into();
    texts.insert("config".into(), config.to_toml()?);
    Ok((tensors, texts))
}

fn pour(out: &mut dyn Write, tensors: &Tensors<'_>, texts: &Texts) -> io::Result<()> {
    let sum = Checksum::of(|out| safetensors::write(out, tensors, texts))?;
    out.write_all(HEAD)?;
    out.write_all(&sum.to_le_bytes())?;
    out.write_all(&(safetensors::length(tensors, texts) as u64).to_le_bytes())?;
    safetensors::write(out, tensors, texts)
}

/// Opens a checkpoint.
fn open(path: &Path) -> Result<Safetensors, Error> {
    let file = File::open(path).map_err(|source| Error::io(path, "read", source))?;
    examine(Box::new(BufReader::with_capacity(1 << 16, file)))
        .map_err(|error| error.in_file(path))
}

/// Checks head, length and checksum.
fn examine(mut from: Box<dyn Source>) -> Result<Safetensors, Error> {
    let unreadable = |source: io::Error| Error::new("", format!("cannot read: {source}"));
    let fault = |what: &str| {
        Error::new("", what).help("start again from another checkpoint, or anew")
    };
    let mut head = Vec::new();
    let start = (HEAD.len() + 12) as u64;
    (&mut from).take(start).read_to_end(&mut head).map_err(unreadable)?;
    let Some(rest) = head.strip_prefix(HEAD) else {
        let what = "not a checkpoint: its first line is another one";
        return Err(fault(what).at("offset 0"));
    };
    let (Some(sum), Some(length)) = (rest.first_chunk::<4>(), rest.last_chunk::<8>())
    else {
        return Err(fault("the checkpoint is cut off"));
    };
    let (sum, length) = (u32::from_le_bytes(*sum), u64::from_le_bytes(*length));
    let mut count = 0;
    let found = Checksum::of(|out| {
        count = io::copy(&mut from, out)?;
        Ok(())
    });
    let found = found.map_err(unreadable)?;
    if rest.len() < 12 || count != length {
        return Err(fault("the checkpoint is cut off or too long"));
    }
    if sum != found {
        return Err(fault("the checksum does not fit: the checkpoint is damaged"));
    }
    from.seek(SeekFrom::Start(start)).map_err(unreadable)?;
    Safetensors::open(from, length)
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
        let (tensors, texts) =
            contents(&c.config, &c.model, &c.optimiser, &c.progress).unwrap();
        let mut bytes = Vec::new();
        pour(&mut bytes, &tensors, &texts).unwrap();
        bytes
    }

    fn parse(bytes: &[u8]) -> Result<Checkpoint<f32>, Error> {
        let mut file = examine(Box::new(io::Cursor::new(bytes.to_vec())))?;
        Checkpoint::from_file(&mut file)
    }

    #[test]
    fn what_is_saved_is_read() {
        for method in [Method::Sgd, Method::Adam] {
            let checkpoint = sample(method);
            assert_eq!(parse(&bytes(&checkpoint)).unwrap(), checkpoint);
        }
    }

    proptest! {
        #[test]
        fn no_flipped_bit_goes_unnoticed(at in 0usize..100_000, bit in 0u8..8) {
            let mut bytes = bytes(&sample(Method::Adam));
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            prop_assert!(parse(&bytes).is_err());
            prop_assert!(parse(&bytes[..at]).is_err());
        }
    }
}
