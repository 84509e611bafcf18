//! `gradproof train`.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::train::config::{Config, Precision};
use crate::train::data::{self, Corpus, Parts};
use crate::train::fit::{CHECKPOINT, WEIGHTS, checkpoint_in};
use crate::train::{
    Checkpoint, Control, Ending, Error, Evaluation, Fit, Number, Progress, Trained,
    Watch, check_gradient, checkpoint, evaluate, files, moments, write_report,
};

use super::train_flags::Settings;
use super::train_output::{draw, say, warn};

/// Arguments of `gradproof train`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    settings: Settings,
    /// The folder for the results; without it, runs/<data>, or runs/<data>-2, … where that exists.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Go on with the run in this folder, bit for bit as if it had never stopped.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["out", "config"])]
    resume: Option<PathBuf>,
    /// Where to write the log, a JSON object a line [default: log.jsonl in the folder].
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Show what the initial weights do to the activations, and stop.
    #[arg(long)]
    check_init: bool,
    /// Do not check the gradients before training.
    #[arg(long)]
    no_check: bool,
}

/// The exit status of an interrupted program.
const INTERRUPTED: u8 = 130;

pub(super) fn run(args: Args) -> ExitCode {
    match start(args) {
        Ok(code) => code,
        Err(error) => {
            warn(format_args!("error: {error}"));
            ExitCode::from(2)
        }
    }
}

fn start(args: Args) -> Result<ExitCode, Error> {
    let base = match &args.resume {
        Some(folder) => checkpoint::read_config(&checkpoint_in(folder))?,
        None => Config::default(),
    };
    let mut config = args.settings.apply(base)?;
    if args.no_check {
        config.check = false;
    }
    let corpus = data::open(&config.source()?)?;
    match config.precision {
        Precision::F32 => train::<f32>(&args, config, corpus),
        Precision::F64 => train::<f64>(&args, config, corpus),
    }
}

/// Sets a flag when the user presses Ctrl-C; a second time ends the program at once.
pub(super) fn interruption() -> Result<Arc<AtomicBool>, Error> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // The order matters: the first Ctrl-C arms the shutdown for the second.
        signal_hook::flag::register_conditional_shutdown(
            signal,
            i32::from(INTERRUPTED),
            Arc::clone(&flag),
        )
        .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&flag)))
        .map_err(|error| Error::new("signals", error.to_string()))?;
    }
    Ok(flag)
}

/// A folder that does not exist yet.
pub(super) fn fresh_folder(stem: &str) -> PathBuf {
    let name = |number: u32| match number {
        1 => PathBuf::from("runs").join(stem),
        _ => PathBuf::from("runs").join(format!("{stem}-{number}")),
    };
    (1..).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(1))
}

fn train<T: Number>(
    args: &Args,
    config: Config,
    corpus: Corpus,
) -> Result<ExitCode, Error> {
    let (name, attribution) = (corpus.name.clone(), corpus.attribution);
    let parts: Parts = data::split(corpus, config.validation, config.test, config.seed)?;
    let stem = config.data.clone();
    let mut held = None;
    let mut fit = match &args.resume {
        Some(path) => {
            held = Some(files::hold(&run_folder(path))?);
            let saved = Checkpoint::<T>::read(&checkpoint_in(path))?;
            Fit::resume(config, parts, saved)?
        }
        None => Fit::<T>::new(config, parts)?,
    };
    say(format_args!(
        "{name}: {} training, {} validation, {} test examples; {} parameters",
        fit.parts().train.len(),
        fit.parts().validation.len(),
        fit.parts().test.len(),
        fit.model().parameters()
    ));
    if args.check_init {
        return check_init(&fit);
    }
    let folder = match (&args.resume, &args.out) {
        (Some(path), _) => run_folder(path),
        (None, Some(out)) => out.clone(),
        (None, None) => fresh_folder(&stem),
    };
    if args.resume.is_none() {
        refuse_old_run(&folder)?;
    }
    let check = if fit.config().check && args.resume.is_none() {
        let report = check_gradient(fit.model(), fit.parts(), fit.config().seed)?;
        let all = fit.model().parameters();
        let some =
            if report.entries < all { format!(" of {all}") } else { String::new() };
        let line = format!(
            "gradient check: {} ({}{some} parameters, {} calls; an error of {:.0e} in one entry would show)",
            report.verdict.word(),
            report.entries,
            report.calls,
            report.resolution
        );
        say(&line);
        if report.verdict == crate::gradcheck::Verdict::Fail {
            warn(&report);
            return Ok(ExitCode::from(1));
        }
        Some(line)
    } else {
        None
    };
    if let Some(log) = &args.log {
        // One that cannot be written is said before the run's folder is made.
        files::write(log, fit.progress().json_lines(fit.config().log_every).as_bytes())?;
    }
    if held.is_none() {
        held = Some(files::hold(&folder)?);
        refuse_old_run(&folder)?;
    }
    fit.prepare(&folder)?;
    fit.config().write(&folder.join("config.toml"))?;
    let stop = interruption()?;
    let log = args.log.clone().unwrap_or_else(|| folder.join("log.jsonl"));
    let mut monitor = Monitor::new(&fit, folder.clone(), log, stop);
    monitor.write(fit.progress())?;
    let ending = fit.run(Some(&folder), &mut monitor)?;
    monitor.clear();
    monitor.write(fit.progress())?;
    if ending == Ending::Stopped {
        say(format_args!(
            "stopped; go on with: gradproof train --resume {}",
            folder.display()
        ));
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let code = finish(fit, &folder, ending, check, (name, attribution));
    drop(held);
    code
}

/// The folder of a run that is named by itself or by its checkpoint.
fn run_folder(path: &Path) -> PathBuf {
    match path.parent() {
        _ if path.is_dir() => path.to_path_buf(),
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

fn refuse_old_run(folder: &Path) -> Result<(), Error> {
    if !folder.join(CHECKPOINT).exists() {
        return Ok(());
    }
    let help =
        format!("go on with it (--resume {}), or name another folder", folder.display());
    Err(Error::file(folder, "there is a run in this folder already").help(help))
}

/// Tests the best model and writes what the run has come to.
fn finish<T: Number>(
    mut fit: Fit<T>,
    folder: &Path,
    ending: Ending,
    check: Option<String>,
    source: (String, Option<&'static str>),
) -> Result<ExitCode, Error> {
    if fit.progress().epochs.is_empty() {
        // Diverged in the first epoch: there is no better model than the one it ended with.
        fit.write_weights(folder)?;
    }
    fit.forget_means();
    let best = Trained::<T>::read(&folder.join(WEIGHTS))?;
    best.write_npz(&folder.join("weights.npz"))?;
    let threads = fit.config().threads;
    let test: Evaluation =
        evaluate(&best.model, &fit.parts().test, fit.normalisation(), threads)?;
    let outcome = fit.into_outcome(ending, test, check, source);
    write_report(folder, &best.model, &outcome)?;
    let tally = outcome.test.tally;
    if let Some(step) = outcome.progress.diverged {
        warn(format_args!(
            "diverged: the loss of step {step} is not finite; try a smaller --learning-rate"
        ));
    }
    say(format_args!(
        "test accuracy {:.4}, loss {:.4} (weights of epoch {})",
        tally.accuracy(),
        tally.mean_loss(),
        outcome.progress.best().map_or(0, |best| best.epoch)
    ));
    say(format_args!("report: {}", folder.join("report.html").display()));
    let code = u8::from(outcome.progress.diverged.is_some());
    Ok(ExitCode::from(code))
}

/// Shows E[f²], E[b²] and the part of zeros for each layer, on training examples.
fn check_init<T: Number>(fit: &Fit<T>) -> Result<ExitCode, Error> {
    let (data, rows) = (&fit.parts().train.data, &fit.parts().train.rows);
    let count = rows.len().min(512);
    let mut flat = vec![T::from_f64(0.0); count * data.features()];
    for (&row, out) in rows.iter().zip(flat.chunks_exact_mut(data.features())) {
        fit.normalisation().fill(data, row as usize, false, out);
    }
    let inputs = nalgebra::DMatrix::from_row_slice(count, data.features(), &flat);
    let square =
        inputs.iter().map(|x| x.to_f64() * x.to_f64()).sum::<f64>() / inputs.len() as f64;
    say(format_args!("layer      width   E[f²] before   E[b²] after   zeros"));
    say(format_args!(
        "input  {:>9}              –   {square:>11.4}       –",
        inputs.ncols()
    ));
    for (number, m) in moments(fit.model(), &inputs)?.iter().enumerate() {
        say(format_args!(
            "{:<5}  {:>9}    {:>11.4}   {:>11.4}   {:>4.0}%",
            number + 1,
            m.width,
            m.before,
            m.after,
            100.0 * m.zeros
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows how training goes, keeps the logs, and stops it on Ctrl-C.
struct Monitor {
    folder: PathBuf,
    log: PathBuf,
    log_every: usize,
    steps: usize,
    epochs: usize,
    batch: usize,
    stop: Arc<AtomicBool>,
    terminal: bool,
    started: Instant,
    before: usize,
    drawn: Option<Instant>,
}

impl Monitor {
    fn new<T: Number>(
        fit: &Fit<T>,
        folder: PathBuf,
        log: PathBuf,
        stop: Arc<AtomicBool>,
    ) -> Self {
        Monitor {
            folder,
            log,
            log_every: fit.config().log_every,
            steps: fit.steps(),
            epochs: fit.config().epochs,
            batch: fit.config().batch.min(fit.parts().train.len()),
            stop,
            terminal: std::io::stderr().is_terminal(),
            started: Instant::now(),
            before: fit.progress().losses.len(),
            drawn: None,
        }
    }

    /// Writes both logs whole, so that they never have a gap or a line twice.
    fn write(&self, progress: &Progress) -> Result<(), Error> {
        files::write(&self.log, progress.json_lines(self.log_every).as_bytes())?;
        files::write(&self.folder.join("epochs.csv"), progress.csv().as_bytes())
    }

    /// Steps a second in this sitting.
    fn speed(&self, progress: &Progress) -> f64 {
        let done = progress.losses.len() - self.before;
        done as f64 / self.started.elapsed().as_secs_f64().max(1e-9)
    }

    fn clear(&mut self) {
        if self.drawn.take().is_some() {
            draw("");
        }
    }
}

impl Watch for Monitor {
    fn step(&mut self, progress: &Progress, _: f64) -> Control {
        let due = self.drawn.is_none_or(|drawn| drawn.elapsed().as_millis() >= 100);
        if self.terminal && due {
            let speed = self.speed(progress);
            let total = self.steps * self.epochs;
            let done = progress.losses.len();
            let left = (total - done.min(total)) as f64 / speed.max(1e-9);
            // The line fits into 80 columns: a longer one could not be drawn over.
            let width = 10;
            let full = (width * done).checked_div(total).unwrap_or(0).min(width);
            draw(format_args!(
                "epoch {}/{} [{}{}] loss {:.4} accuracy {:.3} {:.0} images/s {} left",
                (progress.epoch + 1).min(self.epochs),
                self.epochs,
                "█".repeat(full),
                "·".repeat(width - full),
                progress.tally.mean_loss(),
                progress.tally.accuracy(),
                speed * self.batch as f64,
                duration(left)
            ));
            self.drawn = Some(Instant::now());
        }
        if self.stop.load(Ordering::Relaxed) { Control::Stop } else { Control::Continue }
    }

    fn epoch(&mut self, progress: &Progress) -> Result<(), Error> {
        self.clear();
        if let Some(e) = progress.epochs.last() {
            say(format_args!(
                "epoch {:>3}/{}  rate {:.5}  loss {:.4}  accuracy {:.4}  validation {:.4} {:.4}  {:.0} images/s",
                e.epoch,
                self.epochs,
                e.rate,
                e.train_loss,
                e.train_accuracy,
                e.validation_loss,
                e.validation_accuracy,
                self.speed(progress) * self.batch as f64
            ));
        }
        self.write(progress)
    }
}

fn duration(seconds: f64) -> String {
    let seconds = seconds.min(1e9).round() as u64;
    if seconds < 3600 {
        format!("{}:{:02}", seconds / 60, seconds % 60)
    } else {
        format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }
}
