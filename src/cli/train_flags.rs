//! The flags that `train` and `sweep` share: every key of the configuration.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::train::Error;
use crate::train::config::{Activation, Config, Init, Method, Precision};
use crate::train::data::{Normalise, Source};
use crate::train::schedule::Schedule;

/// A choice whose words are those of the configuration file.
macro_rules! choice {
    ($name:ident, $of:ident, $($word:ident),+) => {
        #[derive(Clone, Copy, ValueEnum)]
        enum $name {
            $($word),+
        }

        impl From<$name> for $of {
            fn from(choice: $name) -> $of {
                match choice {
                    $($name::$word => $of::$word),+
                }
            }
        }
    };
}

choice!(ActivationWord, Activation, Relu, Elu, Tanh, Sigmoid);
choice!(InitWord, Init, He, Glorot, Normal, Uniform);
choice!(MethodWord, Method, Sgd, Adam);
choice!(PrecisionWord, Precision, F32, F64);
choice!(NormaliseWord, Normalise, None, Channel, Feature);

/// The settings of a training. Each overrides the configuration file.
#[derive(clap::Args)]
pub(super) struct Settings {
    /// A configuration file (TOML; the keys are the names of these flags).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// digits | cifar10 PATH | mnist PATH | fashion-mnist [PATH] | folder PATH | FILE.npz
    #[arg(long, num_args = 1..=2, value_names = ["NAME", "PATH"])]
    data: Option<Vec<PathBuf>>,
    /// Validation examples: a fraction of the training examples, or a count.
    #[arg(long, value_name = "AMOUNT")]
    validation: Option<f64>,
    /// Test examples where the data have no test set: a fraction, or a count.
    #[arg(long, value_name = "AMOUNT")]
    test: Option<f64>,
    /// What is brought to mean 0 and deviation 1.
    #[arg(long)]
    normalise: Option<NormaliseWord>,
    /// Mirror every other image in training.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    mirror: Option<bool>,
    /// The sizes of the hidden layers, as 128 or 256,64.
    #[arg(long, value_delimiter = ',', value_name = "SIZES")]
    hidden: Option<Vec<usize>>,
    /// The function after each hidden layer.
    #[arg(long)]
    activation: Option<ActivationWord>,
    /// The initial weights.
    #[arg(long)]
    init: Option<InitWord>,
    /// The deviation of the initial weights for --init normal.
    #[arg(long)]
    sigma: Option<f64>,
    /// The numbers training runs in.
    #[arg(long)]
    precision: Option<PrecisionWord>,
    /// How the gradient is used.
    #[arg(long)]
    method: Option<MethodWord>,
    /// The learning rate.
    #[arg(
        long,
        visible_alias = "lr",
        value_name = "RATE",
        allow_negative_numbers = true
    )]
    learning_rate: Option<f64>,
    /// constant | linear end=E [over=N] | step every=N factor=F | exponential factor=F | cosine
    /// [end=E]; each with [warmup=N] [per=epoch|step]
    #[arg(long)]
    schedule: Option<String>,
    /// The momentum of sgd.
    #[arg(long)]
    momentum: Option<f64>,
    /// Use Nesterov's momentum.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    nesterov: Option<bool>,
    /// λ of the penalty λ/2·‖parameters‖².
    #[arg(long, value_name = "LAMBDA")]
    weight_decay: Option<f64>,
    /// Adam's decay of the mean.
    #[arg(long)]
    beta1: Option<f64>,
    /// Adam's decay of the squares.
    #[arg(long)]
    beta2: Option<f64>,
    /// What Adam adds to the denominator.
    #[arg(long)]
    epsilon: Option<f64>,
    /// How often all training examples are seen.
    #[arg(long)]
    epochs: Option<usize>,
    /// Examples in a step.
    #[arg(long)]
    batch: Option<usize>,
    /// Leave out the last, smaller batch of an epoch.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    drop_last: Option<bool>,
    /// Stop after so many epochs without a better validation loss (0: never).
    #[arg(long)]
    patience: Option<usize>,
    /// What all random numbers depend on.
    #[arg(long)]
    seed: Option<u64>,
    /// 1 or 2 threads; the result is the same.
    #[arg(long)]
    threads: Option<usize>,
    /// Steps between two checkpoints (0: only after each epoch).
    #[arg(long, value_name = "STEPS")]
    checkpoint_every: Option<usize>,
    /// Steps between two lines of the log (0: only after each epoch).
    #[arg(long, value_name = "STEPS")]
    log_every: Option<usize>,
}

impl Settings {
    /// The configuration: `base`, then the file, then the flags.
    pub(super) fn apply(&self, base: Config) -> Result<Config, Error> {
        let mut config = match &self.config {
            Some(path) => Config::read(path)?,
            None => base,
        };
        if let Some(words) = &self.data {
            let name =
                words.first().map(|name| name.to_string_lossy()).unwrap_or_default();
            let source = Source::from_words(&name, words.get(1).map(PathBuf::as_path))?;
            let (name, path) = source.words();
            config.data = name.to_owned();
            config.path = path.map(ToOwned::to_owned);
        }
        fn set<T>(place: &mut T, value: Option<impl Into<T>>) {
            if let Some(value) = value {
                *place = value.into();
            }
        }
        set(&mut config.validation, self.validation);
        set(&mut config.test, self.test);
        set(&mut config.normalise, self.normalise);
        set(&mut config.hidden, self.hidden.clone());
        set(&mut config.activation, self.activation);
        set(&mut config.init, self.init);
        set(&mut config.sigma, self.sigma);
        set(&mut config.precision, self.precision);
        set(&mut config.method, self.method);
        set(&mut config.learning_rate, self.learning_rate);
        if let Some(schedule) = &self.schedule {
            config.schedule = schedule.parse::<Schedule>()?;
        }
        set(&mut config.momentum, self.momentum);
        set(&mut config.weight_decay, self.weight_decay);
        set(&mut config.beta1, self.beta1);
        set(&mut config.beta2, self.beta2);
        set(&mut config.epsilon, self.epsilon);
        set(&mut config.epochs, self.epochs);
        set(&mut config.batch, self.batch);
        set(&mut config.patience, self.patience);
        set(&mut config.seed, self.seed);
        set(&mut config.threads, self.threads);
        set(&mut config.checkpoint_every, self.checkpoint_every);
        set(&mut config.log_every, self.log_every);
        set(&mut config.mirror, self.mirror);
        set(&mut config.nesterov, self.nesterov);
        set(&mut config.drop_last, self.drop_last);
        config.check()?;
        Ok(config)
    }
}
