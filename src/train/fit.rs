//! Training from the first step to the last, with checkpoints on the way.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::checkpoint::{self, Checkpoint};
use super::config::{Config, Precision};
use super::data::{Normalisation, Part, Parts};
use super::history::{Epoch, Progress};
use super::init::init;
use super::mlp::Mlp;
use super::optimiser::Optimiser;
use super::random::{Purpose, Stream};
use super::report::Outcome;
use super::step::{Batch, Mirror, Stepper, Tally};
use super::threads::with_threads;
use super::weights::Trained;
use super::{Error, Number, files, weights};

/// What a spectator answers after each step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
    /// Save and stop.
    Stop,
}

/// Who looks on while a model is trained.
pub trait Watch: Send {
    /// After a step, taken at the given learning rate.
    fn step(&mut self, progress: &Progress, rate: f64) -> Control {
        let _ = (progress, rate);
        Control::Continue
    }

    /// After an epoch and its checkpoint.
    ///
    /// # Errors
    /// What the spectator keeps cannot be written: training stops.
    fn epoch(&mut self, progress: &Progress) -> Result<(), Error> {
        let _ = progress;
        Ok(())
    }
}

/// Nobody looks on.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Watch for Unwatched {}

/// Why training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All epochs are done.
    Finished,
    /// The validation loss did not get better for `patience` epochs.
    Patience,
    /// The loss was not finite at some step: see [`Progress::diverged`].
    Diverged,
    /// The spectator said so.
    Stopped,
}

/// A training in memory.
pub struct Fit<T: nalgebra::Scalar> {
    config: Config,
    parts: Parts,
    normalisation: Normalisation<T>,
    model: Mlp<T>,
    optimiser: Optimiser<T>,
    progress: Progress,
}

/// The outcome on a part, and how often a class was taken for another: `confusion[(truth, told)]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Loss and accuracy.
    pub tally: Tally,
    /// Counts, a row for each true class, a column for each answer.
    pub confusion: nalgebra::DMatrix<u32>,
}

/// The name of the checkpoint in a run's folder.
pub const CHECKPOINT: &str = "checkpoint.bin";
/// The name of the weights of the best epoch in a run's folder.
pub const WEIGHTS: &str = "weights.safetensors";

impl<T: Number> Fit<T> {
    /// A training that begins: random weights for the configuration and the data.
    ///
    /// # Errors
    /// A configuration out of range, or of another precision than `T`.
    pub fn new(config: Config, parts: Parts) -> Result<Self, Error> {
        config.check()?;
        let data = &parts.train.data;
        let mut sizes = vec![data.features()];
        sizes.extend(&config.hidden);
        sizes.push(data.classes().len());
        let model =
            init(&sizes, config.activation, config.init, config.sigma, config.seed)?;
        let optimiser = Optimiser::new(&config, &model);
        Self::assemble(config, parts, model, optimiser, Progress::default())
    }

    /// A training that goes on from a checkpoint.
    ///
    /// # Errors
    /// The data or the configuration are not those of the checkpoint.
    pub fn resume(
        config: Config,
        parts: Parts,
        saved: Checkpoint<T>,
    ) -> Result<Self, Error> {
        config.check()?;
        config.continues(&saved.config)?;
        Self::assemble(config, parts, saved.model, saved.optimiser, saved.progress)
    }

    /// A training that begins with given weights.
    ///
    /// # Errors
    /// The model does not fit the data.
    pub fn with_model(
        config: Config,
        parts: Parts,
        model: Mlp<T>,
    ) -> Result<Self, Error> {
        config.check()?;
        let optimiser = Optimiser::new(&config, &model);
        Self::assemble(config, parts, model, optimiser, Progress::default())
    }

    fn assemble(
        config: Config,
        parts: Parts,
        model: Mlp<T>,
        optimiser: Optimiser<T>,
        progress: Progress,
    ) -> Result<Self, Error> {
        let wanted = match config.precision {
            Precision::F32 => f32::NAME,
            Precision::F64 => f64::NAME,
        };
        if wanted != T::NAME {
            return Err(Error::new(
                "precision",
                format!("{wanted} asked for, {} given", T::NAME),
            ));
        }
        let (data, sizes) = (&parts.train.data, model.sizes());
        let outputs = sizes.last().copied().unwrap_or(0);
        if sizes[0] != data.features() || outputs != data.classes().len() {
            return Err(Error::new(
                "model",
                format!(
                    "it takes {} features and tells {outputs} classes apart; the data have {} and {}",
                    sizes[0],
                    data.features(),
                    data.classes().len()
                ),
            ));
        }
        for part in [&parts.train, &parts.test] {
            part.data.check_range::<T>()?;
        }
        let normalisation = Normalisation::fit(data, &parts.train.rows, config.normalise);
        Ok(Fit { config, parts, normalisation, model, optimiser, progress })
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The data.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The model as it is now.
    pub fn model(&self) -> &Mlp<T> {
        &self.model
    }

    /// How examples become numbers.
    pub fn normalisation(&self) -> &Normalisation<T> {
        &self.normalisation
    }

    /// Where the training stands.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Steps in an epoch.
    pub fn steps(&self) -> usize {
        let count = self.parts.train.len();
        let whole = count / self.config.batch;
        if self.config.drop_last && whole > 0 {
            whole
        } else {
            count.div_ceil(self.config.batch)
        }
    }

    /// The model as it is now, with all that is needed to use it.
    pub fn trained(&self) -> Trained<T> {
        Trained {
            model: self.model.clone(),
            input: (
                self.normalisation.factor().to_vec(),
                self.normalisation.offset().to_vec(),
            ),
            classes: self.parts.train.data.classes().to_vec(),
            config: self.config.clone(),
        }
    }

    /// Writes the weights as they are now into a run's folder.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_weights(&self, folder: &Path) -> Result<(), Error> {
        weights::write(
            &folder.join(WEIGHTS),
            &self.model,
            (self.normalisation.factor(), self.normalisation.offset()),
            self.parts.train.data.classes(),
            &self.config,
        )
    }

    /// Forgets the optimiser's means: training is over, and their memory is wanted.
    pub(crate) fn forget_means(&mut self) {
        self.optimiser.clear();
    }

    /// What a report needs of a training that is over; data and model are let go.
    pub(crate) fn into_outcome(
        self,
        ending: Ending,
        test: Evaluation,
        check: Option<String>,
        source: (String, Option<&'static str>),
    ) -> Outcome {
        let (data, attribution) = source;
        let train = &self.parts.train.data;
        Outcome {
            steps: self.steps(),
            sizes: self.model.sizes(),
            parameters: self.model.parameters(),
            examples: [&self.parts.train, &self.parts.validation, &self.parts.test]
                .map(Part::len),
            classes: train.classes().to_vec(),
            image: train.image(),
            ending,
            test,
            check,
            attribution: attribution.map(str::to_owned),
            data,
            config: self.config,
            progress: self.progress,
        }
    }

    /// Makes a run's folder, shows that there is room in it, and saves the state at the start.
    ///
    /// # Errors
    /// The folder cannot be made or written, or has no room.
    pub fn prepare(&self, folder: &Path) -> Result<(), Error> {
        let state =
            self.optimiser.state().iter().filter(|layers| !layers.is_empty()).count();
        let numbers = self.model.parameters() * (3 + 2 * state);
        let history = self.steps().saturating_mul(self.config.epochs).saturating_mul(16);
        // A checkpoint beside the one before it, the weights, and a megabyte for the figures.
        let room =
            (numbers * T::BYTES + 1_000_000) as u64 + history.min(100_000_000) as u64;
        files::make_room(folder, room)?;
        files::remove_unfinished(folder);
        self.save(folder)
    }

    fn save(&self, folder: &Path) -> Result<(), Error> {
        let path = folder.join(CHECKPOINT);
        checkpoint::write(
            &path,
            &self.config,
            &self.model,
            &self.optimiser,
            &self.progress,
        )
    }

    /// Trains until the end. Where there is a `folder`, checkpoints and the weights of the best
    /// epoch are kept in it.
    ///
    /// # Errors
    /// A file cannot be written; the last good checkpoint stays.
    pub fn run(
        &mut self,
        folder: Option<&Path>,
        watch: &mut dyn Watch,
    ) -> Result<Ending, Error> {
        with_threads(self.config.threads, || self.run_here(folder, watch))?
    }

    fn run_here(
        &mut self,
        folder: Option<&Path>,
        watch: &mut dyn Watch,
    ) -> Result<Ending, Error> {
        let started = Instant::now();
        let before = self.progress.seconds;
        let capacity = self.config.batch.min(self.parts.train.len());
        let mut stepper = Stepper::new(&self.model, capacity, self.config.threads);
        let steps = self.steps();
        // The history grows without allocating in a step.
        let rest = steps
            .saturating_mul(self.config.epochs)
            .saturating_sub(self.progress.losses.len());
        self.progress.losses.reserve(rest.min(1 << 24));
        let mut order = vec![0u32; self.parts.train.len()];
        while self.progress.epoch < self.config.epochs {
            if self.progress.diverged.is_some() {
                return Ok(Ending::Diverged);
            }
            if self.config.patience > 0
                && self.progress.since_better() >= self.config.patience
            {
                return Ok(Ending::Patience);
            }
            order.copy_from_slice(&self.parts.train.rows);
            let epoch = self.progress.epoch;
            Stream::new(self.config.seed, Purpose::Shuffle, epoch as u64)
                .shuffle(&mut order);
            while self.progress.step < steps {
                let rate = self.step(&mut stepper, &order, steps)?;
                self.progress.seconds = before + started.elapsed().as_secs_f64();
                let control = watch.step(&self.progress, rate);
                let every = self.config.checkpoint_every;
                let due = every > 0 && self.progress.losses.len().is_multiple_of(every);
                let ending = match control {
                    _ if self.progress.diverged.is_some() => Some(Ending::Diverged),
                    Control::Stop => Some(Ending::Stopped),
                    Control::Continue => None,
                };
                if let Some(folder) = folder.filter(|_| due || ending.is_some()) {
                    self.save(folder)?;
                }
                if let Some(ending) = ending {
                    return Ok(ending);
                }
            }
            self.end_epoch(&mut stepper, steps)?;
            self.progress.seconds = before + started.elapsed().as_secs_f64();
            if let Some(last) = self.progress.epochs.last_mut() {
                last.seconds = self.progress.seconds;
            }
            if let Some(folder) = folder {
                if self
                    .progress
                    .best()
                    .is_some_and(|best| best.epoch == self.progress.epoch)
                {
                    self.write_weights(folder)?;
                }
                self.save(folder)?;
            }
            watch.epoch(&self.progress)?;
        }
        Ok(Ending::Finished)
    }

    /// One step; the learning rate it was taken at.
    fn step(
        &mut self,
        stepper: &mut Stepper<T>,
        order: &[u32],
        steps: usize,
    ) -> Result<f64, Error> {
        let (config, progress) = (&self.config, &mut self.progress);
        let from = progress.step * config.batch;
        let rows = &order[from..(from + config.batch).min(order.len())];
        let total = progress.epoch * steps + progress.step;
        let rate = config.schedule.rate(
            config.learning_rate,
            progress.epoch,
            total,
            config.epochs,
            steps,
        );
        let shown = progress.epoch as u64 * order.len() as u64 + from as u64;
        let batch = Batch {
            data: &self.parts.train.data,
            rows,
            normalisation: &self.normalisation,
            mirror: config.mirror.then_some(Mirror { seed: config.seed, shown }),
        };
        let tally = stepper.train(&mut self.model, &mut self.optimiser, rate, batch)?;
        progress.losses.push(tally.mean_loss());
        progress.tally = progress.tally.and(tally);
        progress.step += 1;
        if !tally.loss.is_finite() {
            progress.diverged = Some(progress.losses.len());
        }
        Ok(rate)
    }

    fn end_epoch(&mut self, stepper: &mut Stepper<T>, steps: usize) -> Result<(), Error> {
        let validation = evaluate_with(
            stepper,
            &self.model,
            &self.parts.validation,
            &self.normalisation,
        )?
        .tally;
        let (config, progress) = (&self.config, &mut self.progress);
        let last = ((progress.epoch + 1) * steps).saturating_sub(1);
        let rate = config.schedule.rate(
            config.learning_rate,
            progress.epoch,
            last,
            config.epochs,
            steps,
        );
        progress.epochs.push(Epoch {
            epoch: progress.epoch + 1,
            step: progress.losses.len(),
            rate,
            train_loss: progress.tally.mean_loss(),
            train_accuracy: progress.tally.accuracy(),
            validation_loss: validation.mean_loss(),
            validation_accuracy: validation.accuracy(),
            seconds: progress.seconds,
        });
        progress.epoch += 1;
        progress.step = 0;
        progress.tally = Tally::default();
        Ok(())
    }
}

/// The outcome of a model on a part of the data.
///
/// # Errors
/// The model does not fit the data.
pub fn evaluate<T: Number>(
    model: &Mlp<T>,
    part: &Part,
    normalisation: &Normalisation<T>,
    threads: usize,
) -> Result<Evaluation, Error> {
    with_threads(threads, || {
        let mut stepper = Stepper::new(model, 256.min(part.len()), threads);
        evaluate_with(&mut stepper, model, part, normalisation)
    })?
}

fn evaluate_with<T: Number>(
    stepper: &mut Stepper<T>,
    model: &Mlp<T>,
    part: &Part,
    normalisation: &Normalisation<T>,
) -> Result<Evaluation, Error> {
    let classes = part.data.classes().len();
    let mut confusion = nalgebra::DMatrix::<u32>::zeros(classes, classes);
    let mut tally = Tally::default();
    for rows in part.rows.chunks(stepper.capacity()) {
        let batch = Batch { data: &part.data, rows, normalisation, mirror: None };
        tally = tally.and(stepper.evaluate(model, batch)?);
        for (&row, &told) in rows.iter().zip(stepper.predicted()) {
            let truth = usize::from(part.data.labels()[row as usize]);
            confusion[(truth, usize::from(told))] += 1;
        }
    }
    Ok(Evaluation { tally, confusion })
}

/// Where a run's checkpoint is: the file itself, or in the folder.
pub fn checkpoint_in(path: &Path) -> PathBuf {
    if path.is_dir() { path.join(CHECKPOINT) } else { path.to_path_buf() }
}
