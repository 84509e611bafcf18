//! `gradproof sweep`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use crate::train::config::Config;
use crate::train::{Error, data, files, sweep};

use super::train::{fresh_folder, interruption};
use super::train_flags::Settings;
use super::train_output::{say, warn};

/// Arguments of `gradproof sweep`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    settings: Settings,
    /// The smallest learning rate.
    #[arg(long, default_value_t = 1e-6, value_name = "RATE")]
    from: f64,
    /// The largest learning rate.
    #[arg(long, default_value_t = 100.0, value_name = "RATE")]
    to: f64,
    /// How many rates, at equal logarithmic steps.
    #[arg(long, default_value_t = 9)]
    rates: usize,
    /// The folder for the results; without it, runs/sweep-<data>.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

pub(super) fn run(args: Args) -> ExitCode {
    match study(&args) {
        Ok(code) => code,
        Err(error) => {
            warn(format_args!("error: {error}"));
            ExitCode::from(2)
        }
    }
}

fn study(args: &Args) -> Result<ExitCode, Error> {
    let config = args.settings.apply(Config::default())?;
    let rates = sweep::rates(args.from, args.to, args.rates)?;
    for &learning_rate in &rates {
        // Said before anything is made.
        Config { learning_rate, ..config.clone() }.check()?;
    }
    let corpus = data::open(&config.source()?)?;
    let name = corpus.name.clone();
    let classes = corpus.train.classes().len();
    let parts = data::split(corpus, config.validation, config.test, config.seed)?;
    let folder = args
        .out
        .clone()
        .unwrap_or_else(|| fresh_folder(&format!("sweep-{}", config.data)));
    let held = files::hold(&folder)?;
    files::make_room(&folder, 4_000_000)?;
    let stop = interruption()?;
    say(format_args!("{name}: {} rates, {} epochs each", rates.len(), config.epochs));
    let done = |trial: &sweep::Trial| {
        let outcome = match trial.progress.diverged {
            Some(step) => format!("diverged at step {step}"),
            None => format!("loss {:.4}", trial.last_loss()),
        };
        let best = trial.best();
        let best = if best.is_nan() { "–".into() } else { format!("{best:.4}") };
        say(format_args!(
            "rate {:<8} best validation accuracy {best:<6}  {outcome}",
            sweep::say(trial.rate)
        ));
    };
    let trials = match sweep::study(&config, &parts, &rates, &stop, &done) {
        Ok(trials) => trials,
        Err(_) if stop.load(Ordering::Relaxed) => {
            warn(format_args!("interrupted"));
            return Ok(ExitCode::from(130));
        }
        Err(error) => return Err(error),
    };
    let title = format!("Learning rates on {name}");
    sweep::write(&folder, &title, &config, &trials, classes)?;
    say(format_args!("\n{}", sweep::conclusion(&trials, classes)));
    drop(held);
    say(format_args!("report: {}", folder.join("report.html").display()));
    Ok(ExitCode::SUCCESS)
}
