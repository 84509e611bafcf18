//! The learning-rate study: the same network at many rates, side by side.
//!
//! Each rate is a training of its own, with its own seed. A loss that is not finite ends that
//! training and is recorded; the study goes on.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::config::{Config, Precision};
use super::data::Parts;
use super::fit::{Control, Ending, Fit, Watch};
use super::history::Progress;
use super::plot::{Chart, Figure, Mark, Series};
use super::random::{Purpose, Stream};
use super::{Error, Number, files, report};

/// One training of the study.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The learning rate.
    pub rate: f64,
    /// The seed of its weights and its order of examples.
    pub seed: u64,
    /// Its history.
    pub progress: Progress,
}

impl Trial {
    /// The best validation accuracy; NaN where no epoch came to its end.
    pub fn best(&self) -> f64 {
        self.progress.best().map_or(f64::NAN, |best| best.validation_accuracy)
    }

    /// The mean loss of the last steps (a twentieth of them); not finite where it diverged.
    pub fn last_loss(&self) -> f64 {
        let losses = &self.progress.losses;
        if self.progress.diverged.is_some() {
            return losses.last().copied().unwrap_or(f64::NAN);
        }
        let tail = &losses[losses.len() - losses.len().div_ceil(20)..];
        tail.iter().sum::<f64>() / tail.len() as f64
    }
}

/// `count` rates at equal logarithmic steps.
///
/// # Errors
/// Bounds that are not positive or not in order, fewer than 2 or more than 100 rates.
pub fn rates(from: f64, to: f64, count: usize) -> Result<Vec<f64>, Error> {
    if !(from.is_finite() && to.is_finite() && from > 0.0 && from < to) {
        return Err(Error::new(
            "rates",
            format!("from {from} to {to} is not a range of rates"),
        )
        .help("both must be positive, the first smaller"));
    }
    if !(2..=100).contains(&count) {
        return Err(Error::new("rates", format!("{count} rates: 2 to 100 are possible")));
    }
    let (low, high) = (from.log10(), to.log10());
    Ok((0..count)
        .map(|i| {
            let exponent = low + (high - low) * i as f64 / (count - 1) as f64;
            // Powers of ten come out as they are written.
            if (exponent - exponent.round()).abs() < 1e-9 {
                format!("1e{}", exponent.round()).parse().unwrap_or(10f64.powf(exponent))
            } else {
                10f64.powf(exponent)
            }
        })
        .collect())
}

struct Stopper<'a>(&'a AtomicBool);

impl Watch for Stopper<'_> {
    fn step(&mut self, _: &Progress, _: f64) -> Control {
        if self.0.load(Ordering::Relaxed) { Control::Stop } else { Control::Continue }
    }
}

/// Trains at each rate, as many at a time as the configuration has threads. `done` is called after
/// each training, `stop` ends the study.
///
/// # Errors
/// The configuration does not fit the data; stopped.
pub fn study(
    config: &Config,
    parts: &Parts,
    rates: &[f64],
    stop: &AtomicBool,
    done: &(dyn Fn(&Trial) + Sync),
) -> Result<Vec<Trial>, Error> {
    let trial = |(number, &rate): (usize, &f64)| -> Result<Trial, Error> {
        let seed = Stream::new(config.seed, Purpose::Study, number as u64).bits() >> 12;
        let config = Config { learning_rate: rate, seed, threads: 1, ..config.clone() };
        let progress = match config.precision {
            Precision::F32 => train::<f32>(config, parts, stop)?,
            Precision::F64 => train::<f64>(config, parts, stop)?,
        };
        let trial = Trial { rate, seed, progress };
        done(&trial);
        Ok(trial)
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(config.threads.max(1))
        .build()
        .map_err(|error| Error::new("threads", error.to_string()))?;
    pool.install(|| rates.par_iter().enumerate().with_max_len(1).map(trial).collect())
}

fn train<T: Number>(
    config: Config,
    parts: &Parts,
    stop: &AtomicBool,
) -> Result<Progress, Error> {
    let mut fit = Fit::<T>::new(config, parts.clone())?;
    match fit.run(None, &mut Stopper(stop))? {
        Ending::Stopped => Err(Error::new("sweep", "interrupted")),
        _ => Ok(fit.progress().clone()),
    }
}

/// The trial with the best validation accuracy among those that did not diverge.
pub fn best(trials: &[Trial]) -> Option<&Trial> {
    let kept = trials.iter().filter(|trial| trial.progress.diverged.is_none());
    kept.filter(|trial| !trial.best().is_nan())
        .reduce(|best, trial| if trial.best() > best.best() { trial } else { best })
}

/// A rate as people write it.
pub fn say(rate: f64) -> String {
    if (1e-4..1e4).contains(&rate) { format!("{rate}") } else { format!("{rate:e}") }
}

/// The study in one paragraph, worked out from its results.
pub fn conclusion(trials: &[Trial], classes: usize) -> String {
    let list = |rates: Vec<String>| match rates.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    };
    let Some(best) = best(trials) else {
        return "No rate came through: the loss diverged at each of them. Try smaller rates.".into();
    };
    let mut text = format!(
        "The best learning rate is {}: validation accuracy {:.4}, training loss {:.4} at the end.",
        say(best.rate),
        best.best(),
        best.last_loss()
    );
    let beginning = (classes as f64).ln();
    let slow: Vec<String> = trials
        .iter()
        .filter(|t| t.rate < best.rate && t.progress.diverged.is_none())
        .filter(|t| t.best() < 0.9 * best.best())
        .map(|t| say(t.rate))
        .collect();
    if !slow.is_empty() {
        let first = trials.iter().find(|t| say(t.rate) == slow[0]);
        let loss = first.map_or(f64::NAN, Trial::last_loss);
        let verb = if slow.len() == 1 { "is" } else { "are" };
        text.push_str(&format!(
            " {} {verb} too small for this many steps: at {} the loss is still {loss:.4}, where \
             guessing gives {beginning:.4}.",
            list(slow.clone()),
            slow[0]
        ));
    }
    let near: Vec<String> = trials
        .iter()
        .filter(|t| t.rate != best.rate && t.progress.diverged.is_none())
        .filter(|t| t.best() >= best.best() - 0.01)
        .map(|t| format!("{} ({:.4})", say(t.rate), t.best()))
        .collect();
    if !near.is_empty() {
        text.push_str(&format!(
            " Within one percentage point of it: {}; a single run cannot tell these apart.",
            list(near)
        ));
    }
    let diverged: Vec<String> = trials
        .iter()
        .filter_map(|t| {
            t.progress.diverged.map(|step| format!("{} (step {step})", say(t.rate)))
        })
        .collect();
    if !diverged.is_empty() {
        let verb = if diverged.len() == 1 { "diverges" } else { "diverge" };
        text.push_str(&format!(
            " {} {verb}: the loss leaves the finite numbers.",
            list(diverged)
        ));
    }
    let unstable: Vec<String> = trials
        .iter()
        .filter(|t| t.rate > best.rate && t.progress.diverged.is_none())
        .filter(|t| t.best() < 0.9 * best.best())
        .map(|t| format!("{} (accuracy {:.4})", say(t.rate), t.best()))
        .collect();
    if !unstable.is_empty() {
        text.push_str(&format!(" Too large, though finite: {}.", list(unstable)));
    }
    text
}

/// The results as CSV with a head line.
pub fn csv(trials: &[Trial]) -> String {
    let mut text = String::from(
        "rate,seed,best_validation_accuracy,best_epoch,last_training_loss,diverged_at_step\n",
    );
    for t in trials {
        text.push_str(&format!(
            "{},{},{},{},{},{}\n",
            say(t.rate),
            t.seed,
            t.best(),
            t.progress.best().map_or(0, |best| best.epoch),
            t.last_loss(),
            t.progress.diverged.map_or(String::new(), |step| step.to_string())
        ));
    }
    text
}

/// Points that lie apart on a logarithmic axis.
fn spread(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let mut last = 0.0;
    let apart = |&(x, _): &(f64, f64)| {
        let far = x >= 1.01 * last;
        last = if far { x } else { last };
        far
    };
    points.into_iter().filter(apart).collect()
}

/// The three figures, each with the name of its files.
///
/// # Errors
/// A figure cannot be drawn.
pub fn figures(
    trials: &[Trial],
    classes: usize,
) -> Result<Vec<(&'static str, Figure)>, Error> {
    let chance = 1.0 / classes as f64;
    let point = |t: &Trial| (t.rate, if t.best().is_nan() { chance } else { t.best() });
    let (diverged, finite): (Vec<&Trial>, Vec<&Trial>) =
        trials.iter().partition(|t| t.progress.diverged.is_some());
    let mut series =
        vec![Series::dotted("finite", finite.iter().map(|t| point(t)).collect(), 0)];
    if !diverged.is_empty() {
        series.push(Series::dotted(
            "diverged (at chance)",
            diverged.iter().map(|t| point(t)).collect(),
            1,
        ));
    }
    let accuracy = Chart {
        title: "Best validation accuracy by learning rate".into(),
        x_label: "learning rate".into(),
        y_label: "best validation accuracy".into(),
        x_log: true,
        mark: best(trials)
            .map(|t| Mark { at: point(t), text: format!("best {:.4}", t.best()) }),
        series,
        ..Chart::default()
    };
    // Loss curves: where lines run away they are cut at three times the loss of guessing.
    let most = 3.0 * (classes as f64).ln();
    let curves = trials.iter().enumerate().map(|(i, t)| {
        let losses = &t.progress.losses;
        let window = (losses.len() / 40).clamp(1, 200);
        let mut points = spread(super::plot::smooth(losses, window));
        if t.progress.diverged.is_some() {
            points = losses
                .iter()
                .enumerate()
                .map(|(i, &y)| (i as f64 + 1.0, if y.is_finite() { y } else { f64::MAX }))
                .collect();
        }
        let name = match t.progress.diverged {
            Some(_) => format!("{} (diverged)", say(t.rate)),
            None => say(t.rate),
        };
        Series::line(&name, points, i)
    });
    let losses = Chart {
        title: "Training loss at each learning rate".into(),
        x_label: "step".into(),
        y_label: format!("cross-entropy, running mean, cut at {most:.1}"),
        // Divergence takes a few steps, learning thousands.
        x_log: true,
        y_most: Some(most),
        series: curves.collect(),
        ..Chart::default()
    };
    let mut found =
        vec![("accuracy-by-rate", accuracy.draw()?), ("loss-by-rate", losses.draw()?)];
    if let Some(best) = best(trials) {
        let losses = &best.progress.losses;
        let window = (losses.len() / 50).clamp(1, 200);
        let chart = Chart {
            title: format!("Training loss at the best rate, {}", say(best.rate)),
            x_label: "step".into(),
            y_label: "cross-entropy".into(),
            series: vec![
                Series::faint("each batch", super::plot::thinned(losses), 0),
                Series::line("running mean", super::plot::smooth(losses, window), 0),
            ],
            ..Chart::default()
        };
        found.push(("loss-at-best-rate", chart.draw()?));
    }
    Ok(found)
}

/// Writes the table, the figures and `report.html` of a study into a folder.
///
/// # Errors
/// A figure cannot be drawn or a file not be written.
pub fn write(
    folder: &Path,
    title: &str,
    config: &Config,
    trials: &[Trial],
    classes: usize,
) -> Result<(), Error> {
    let drawn = folder.join("figures");
    std::fs::create_dir_all(&drawn)
        .map_err(|source| Error::io(&drawn, "make the folder", source))?;
    let figures = figures(trials, classes)?;
    for (name, figure) in &figures {
        figure.write(&drawn, name)?;
    }
    config.write(&folder.join("config.toml"))?;
    files::write(&folder.join("rates.csv"), csv(trials).as_bytes())?;
    let text = conclusion(trials, classes);
    let page = report::study_page(title, trials, &text, &figures, &config.to_toml()?);
    files::write(&folder.join("report.html"), page.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::super::data::{Source, open, split};
    use super::*;

    #[test]
    fn nine_rates_are_powers_of_ten() {
        let rates = rates(1e-6, 100.0, 9).unwrap();
        assert_eq!(rates, [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0]);
        assert!(super::rates(0.0, 1.0, 9).is_err() && super::rates(1.0, 0.1, 9).is_err());
    }

    #[test]
    fn divergence_is_recorded_and_the_study_goes_on() {
        let parts = split(open(&Source::Digits).unwrap(), 0.1, 0.2, 1).unwrap();
        let config = Config { epochs: 3, hidden: vec![16], ..Config::default() };
        let rates = [1e9, 1e-6, 0.1];
        let stop = AtomicBool::new(false);
        let run = |threads| {
            let config = Config { threads, ..config.clone() };
            study(&config, &parts, &rates, &stop, &|_| {}).unwrap()
        };
        let trials = run(2);
        assert!(trials[0].progress.diverged.is_some());
        assert!(trials[1].progress.diverged.is_none());
        assert_eq!(best(&trials).unwrap().rate, 0.1);
        let text = conclusion(&trials, 10);
        assert!(text.contains("The best learning rate is 0.1"), "{text}");
        assert!(
            text.contains("1e9 (step") && text.contains("1e-6 is too small"),
            "{text}"
        );
        for (one, two) in run(1).iter().zip(&trials) {
            let bits = |t: &Trial| {
                t.progress.losses.iter().map(|l| l.to_bits()).collect::<Vec<_>>()
            };
            assert_eq!(bits(one), bits(two));
        }
        assert_eq!(figures(&trials, 10).unwrap().len(), 3);
        assert_eq!(csv(&trials).lines().count(), 4);
    }
}
