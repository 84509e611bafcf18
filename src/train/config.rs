//! Everything that determines a training, as a value and as a TOML file.
//!
//! The keys are the names of the command line's flags. An unknown key is an error that names it; a
//! saved configuration reads back to the same value.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::data::{Normalise, Source};
use super::schedule::Schedule;
use super::{Error, files};

/// The function between two layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// max(0, x).
    #[default]
    Relu,
    /// x where x > 0, eˣ − 1 elsewhere.
    Elu,
    /// tanh x.
    Tanh,
    /// 1/(1 + e⁻ˣ).
    Sigmoid,
}

/// The distribution of the initial weights of a layer with `in` inputs and `out` outputs. Biases
/// begin at 0, except with `uniform`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Init {
    /// N(0, 2/in) before ReLU and ELU, N(0, 1/in) before other functions and the output.
    #[default]
    He,
    /// N(0, 2/(in + out)).
    Glorot,
    /// N(0, sigma²).
    Normal,
    /// Uniform in ±1/√in, weights and biases: PyTorch's own.
    Uniform,
}

/// How the gradient becomes a change of the weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Stochastic gradient descent, with momentum if it is not 0.
    #[default]
    Sgd,
    /// Adam.
    Adam,
}

/// The numbers training runs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// Single precision.
    #[default]
    F32,
    /// Double precision.
    F64,
}

/// A training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Config {
    /// The name of the data's source: see [`Source::from_words`].
    pub data: String,
    /// The path of the data, where the source needs one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Validation examples: a fraction of the training examples, or a count.
    pub validation: f64,
    /// Test examples where the source has no test set: a fraction, or a count.
    pub test: f64,
    /// What is brought to mean 0 and deviation 1.
    pub normalise: Normalise,
    /// Whether every other image is mirrored left to right in training.
    pub mirror: bool,
    /// The sizes of the hidden layers.
    pub hidden: Vec<usize>,
    /// The function after each hidden layer.
    pub activation: Activation,
    /// The initial weights.
    pub init: Init,
    /// The deviation of the initial weights where `init` is `normal`.
    pub sigma: f64,
    /// The numbers training runs in.
    pub precision: Precision,
    /// How the gradient is used.
    pub method: Method,
    /// The learning rate.
    pub learning_rate: f64,
    /// How the learning rate changes.
    pub schedule: Schedule,
    /// The momentum of `sgd`.
    pub momentum: f64,
    /// Whether the momentum is Nesterov's.
    pub nesterov: bool,
    /// λ of the penalty λ/2·‖parameters‖², as in PyTorch of weights and biases.
    pub weight_decay: f64,
    /// Adam's decay of the mean.
    pub beta1: f64,
    /// Adam's decay of the squares.
    pub beta2: f64,
    /// What Adam adds to the denominator.
    pub epsilon: f64,
    /// How often all training examples are seen.
    pub epochs: usize,
    /// Examples in a step.
    pub batch: usize,
    /// Whether the last, smaller batch of an epoch is left out.
    pub drop_last: bool,
    /// Epochs without a better validation loss after which training stops; 0: never.
    pub patience: usize,
    /// What all random numbers depend on.
    pub seed: u64,
    /// 1 or 2 threads; the result is the same.
    pub threads: usize,
    /// Whether the gradients are checked before training.
    pub check: bool,
    /// Steps between two checkpoints; 0: only after each epoch.
    pub checkpoint_every: usize,
    /// Steps between two lines of the log; 0: only after each epoch.
    pub log_every: usize,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            data: "digits".into(),
            path: None,
            validation: 0.1,
            test: 0.2,
            normalise: Normalise::default(),
            mirror: false,
            hidden: vec![128],
            activation: Activation::default(),
            init: Init::default(),
            sigma: 0.01,
            precision: Precision::default(),
            method: Method::default(),
            learning_rate: 0.1,
            schedule: Schedule::CONSTANT,
            momentum: 0.0,
            nesterov: false,
            weight_decay: 0.0,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            epochs: 20,
            batch: 64,
            drop_last: false,
            patience: 0,
            seed: 1,
            threads: 2,
            check: true,
            checkpoint_every: 1000,
            log_every: 0,
        }
    }
}

/// Keys that may differ when a training is resumed: they do not change its course.
const FREE: [&str; 7] =
    ["path", "threads", "check", "checkpoint-every", "log-every", "epochs", "patience"];

/// A number as people write it.
pub(super) fn say(number: f64) -> String {
    let plain =
        number == 0.0 || !number.is_finite() || (1e-4..1e4).contains(&number.abs());
    let whole = number.fract() == 0.0 && number.abs() < 1e16;
    if plain || whole { format!("{number}") } else { format!("{number:e}") }
}

/// More numbers than this in a batch or a model are a slip of the keyboard.
const MOST_NUMBERS: usize = 1 << 31;

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// An unreadable file, an unknown key, a value of the wrong type or out of range: named, with
    /// its line.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| Error::io(path, "read", source))?;
        Self::parse(&text).map_err(|error| error.in_file(path))
    }

    /// Reads a configuration from TOML text.
    ///
    /// # Errors
    /// As for [`Config::read`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let config: Config = toml::from_str(text).map_err(|error| {
            let fault = Error::new("", error.message().to_owned());
            match error.span() {
                Some(span) => {
                    let before = &text[..span.start.min(text.len())];
                    let line = before.matches('\n').count() + 1;
                    let column =
                        before.chars().rev().take_while(|&c| c != '\n').count() + 1;
                    fault.at(format!("line {line}, column {column}"))
                }
                None => fault,
            }
        })?;
        config.check()?;
        Ok(config)
    }

    /// The configuration as TOML.
    ///
    /// # Errors
    /// A path that is not text.
    pub fn to_toml(&self) -> Result<String, Error> {
        toml::to_string(self).map_err(|error| {
            Error::new("config", format!("cannot be written as TOML: {error}"))
        })
    }

    /// Writes the configuration file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        files::write(path, self.to_toml()?.as_bytes())
    }

    /// The source of the data.
    ///
    /// # Errors
    /// An unknown name, a missing path.
    pub fn source(&self) -> Result<Source, Error> {
        Source::from_words(&self.data, self.path.as_deref())
    }

    /// Checks that every value is in its range.
    ///
    /// # Errors
    /// The first key that is not, with its range.
    pub fn check(&self) -> Result<(), Error> {
        let fault = |key: &str, value: String, least: f64, most: f64| {
            let (least, most) = (say(least), say(most));
            Err(Error::new(key, format!("{value} is out of range: {least} to {most}")))
        };
        let range = |key: &str, value: f64, least: f64, most: f64| {
            let fits = value.is_finite() && value >= least && value <= most;
            if fits { Ok(()) } else { fault(key, say(value), least, most) }
        };
        let count = |key: &str, value: u64, least: u64, most: u64| {
            let fits = (least..=most).contains(&value);
            if fits {
                Ok(())
            } else {
                fault(key, value.to_string(), least as f64, most as f64)
            }
        };
        range("learning-rate", self.learning_rate, 0.0, 1e9)?;
        range("sigma", self.sigma, 0.0, 1e6)?;
        range("momentum", self.momentum, 0.0, 1.0)?;
        range("weight-decay", self.weight_decay, 0.0, 1e6)?;
        range("beta1", self.beta1, 0.0, 1.0 - 1e-12)?;
        range("beta2", self.beta2, 0.0, 1.0 - 1e-12)?;
        range("epsilon", self.epsilon, 0.0, 1.0)?;
        count("epochs", self.epochs as u64, 1, 1_000_000)?;
        count("batch", self.batch as u64, 1, 1_000_000)?;
        count("seed", self.seed, 0, 1 << 53)?;
        count("checkpoint-every", self.checkpoint_every as u64, 0, 1_000_000_000_000)?;
        count("log-every", self.log_every as u64, 0, 1_000_000_000_000)?;
        count("patience", self.patience as u64, 0, 1_000_000_000_000)?;
        count("threads", self.threads as u64, 1, 2)?;
        if self.nesterov && self.momentum == 0.0 {
            return Err(Error::new(
                "nesterov",
                "Nesterov's method needs a momentum above 0",
            ));
        }
        if self.hidden.len() > 1000 {
            return Err(Error::new("hidden", "more than 1000 layers"));
        }
        let widest = self.hidden.iter().copied().max().unwrap_or(1);
        let pairs = self.hidden.windows(2).map(|pair| pair[0].saturating_mul(pair[1]));
        if self.hidden.contains(&0)
            || pairs.fold(0usize, usize::saturating_add) > MOST_NUMBERS
            || widest.saturating_mul(self.batch) > MOST_NUMBERS
        {
            return Err(Error::new(
                "hidden",
                format!("{:?}: sizes must be at least 1 and fit in memory", self.hidden),
            ));
        }
        Ok(())
    }

    /// Checks that a training of the configuration `saved` can be continued under this one.
    ///
    /// # Errors
    /// The first key that differs and would change the course of the training.
    pub fn continues(&self, saved: &Config) -> Result<(), Error> {
        let table = |config: &Config| toml::Table::try_from(config).unwrap_or_default();
        let (now, then) = (table(self), table(saved));
        for (key, then) in &then {
            let now = now.get(key);
            if !FREE.contains(&key.as_str()) && now != Some(then) {
                let now = now.map_or("nothing".into(), ToString::to_string);
                return Err(Error::new(
                    key,
                    format!("{now} here, but the saved training has {then}"),
                )
                .help("resume with the saved configuration, or start a new run"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let message =
            Config::parse("seed = 3\nlerning-rate = 0.1\n").unwrap_err().to_string();
        assert!(message.contains("line 2, column 1"), "{message}");
        assert!(message.contains("lerning-rate"), "{message}");
        let message = Config::parse("schedule = \"lin end=1\"").unwrap_err().to_string();
        assert!(message.contains("\"lin\" is not a schedule"), "{message}");
        let message = Config::parse("epochs = \"many\"").unwrap_err().to_string();
        assert!(message.contains("line 1") && message.contains("many"), "{message}");
    }

    #[test]
    fn numbers_out_of_range_are_written_shortly_and_exactly() {
        for (text, says) in [
            (
                "learning-rate = 1e308",
                "learning-rate: 1e308 is out of range: 0 to 1000000000",
            ),
            (
                "seed = 9007199254740993",
                "seed: 9007199254740993 is out of range: 0 to 9007199254740992",
            ),
            (
                "batch = 9223372036854775807",
                "batch: 9223372036854775807 is out of range: 1 to 1000000",
            ),
            ("beta1 = 1", "beta1: 1 is out of range: 0 to 0.999999999999"),
        ] {
            let found = Config::parse(text)
                .and_then(|config| config.check())
                .unwrap_err()
                .to_string();
            assert!(found.contains(says), "{found}");
        }
    }

    #[test]
    fn values_out_of_range_are_named() {
        for (text, key) in [
            ("learning-rate = -1", "learning-rate"),
            ("learning-rate = nan", "learning-rate"),
            ("momentum = 1.5", "momentum"),
            ("hidden = [3, 0]", "hidden"),
            ("hidden = [4000000000, 4000000000]", "hidden"),
            ("batch = 0", "batch"),
            ("threads = 3", "threads"),
            ("nesterov = true", "nesterov"),
        ] {
            let message = Config::parse(text).unwrap_err().to_string();
            assert!(message.starts_with(key), "{text}: {message}");
        }
    }

    #[test]
    fn resuming_under_another_architecture_is_refused() {
        let saved = Config::default();
        let mut now = saved.clone();
        now.threads = 1;
        now.continues(&saved).unwrap();
        now.hidden = vec![64];
        let message = now.continues(&saved).unwrap_err().to_string();
        assert!(
            message.contains("hidden: [64] here, but the saved training has [128]"),
            "{message}"
        );
    }

    proptest! {
        #[test]
        fn what_is_saved_is_read(
            rate in 1e-9f64..1e3, decay in 0.0f64..1.0, hidden in proptest::collection::vec(1usize..500, 0..4),
            seed in 0..=1u64 << 53, mirror: bool
        ) {
            let config = Config {
                learning_rate: rate, weight_decay: decay, hidden, seed, mirror,
                schedule: "cosine end=0.1 warmup=2".parse().unwrap(),
                ..Config::default()
            };
            prop_assert_eq!(Config::parse(&config.to_toml().unwrap()).unwrap(), config);
        }
    }
}
