//! A run's results in its folder: figures, tables, and one HTML page that needs nothing else.

use std::path::Path;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::config::Config;
use super::data::ImageShape;
use super::fit::{Ending, Evaluation};
use super::history::Progress;
use super::mlp::Mlp;
use super::plot::{self, Figure};
use super::schedule::Unit;
use super::{Error, Number, files};

/// What is known when a run has ended. It holds neither the data nor the model any more: drawing takes
/// memory of its own.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The settings.
    pub config: Config,
    /// The history.
    pub progress: Progress,
    /// Steps in an epoch.
    pub steps: usize,
    /// Inputs, hidden sizes, outputs of the model.
    pub sizes: Vec<usize>,
    /// How many weights and biases it has.
    pub parameters: usize,
    /// How many examples there were for training, validation and test.
    pub examples: [usize; 3],
    /// The names of the classes.
    pub classes: Vec<String>,
    /// The shape of the images, where the examples are images.
    pub image: Option<ImageShape>,
    /// Why it ended.
    pub ending: Ending,
    /// The best model on the test examples.
    pub test: Evaluation,
    /// What the gradient check said, where it was made.
    pub check: Option<String>,
    /// Where the data come from.
    pub attribution: Option<String>,
    /// The name of the data.
    pub data: String,
}

/// Writes figures and `report.html` into a run's folder. `best` is the model that was tested.
///
/// # Errors
/// A figure cannot be drawn or a file not be written.
pub fn write<T: Number>(
    folder: &Path,
    best: &Mlp<T>,
    outcome: &Outcome,
) -> Result<(), Error> {
    let drawn = folder.join("figures");
    std::fs::create_dir_all(&drawn)
        .map_err(|source| Error::io(&drawn, "make the folder", source))?;
    let figures = figures(best, outcome)?;
    for (name, figure) in &figures {
        figure.write(&drawn, name)?;
    }
    let text = page(outcome, &figures).into_string();
    files::write(&folder.join("report.html"), text.as_bytes())
}

fn figures<T: Number>(
    best: &Mlp<T>,
    outcome: &Outcome,
) -> Result<Vec<(&'static str, Figure)>, Error> {
    let progress = &outcome.progress;
    let mut figures = vec![("loss", plot::loss(progress)?)];
    if !progress.epochs.is_empty() {
        figures.push(("accuracy", plot::accuracy(progress)?));
    }
    let (config, steps) = (&outcome.config, outcome.steps);
    let rate = |epoch: usize, step: usize| {
        config.schedule.rate(config.learning_rate, epoch, step, config.epochs, steps)
    };
    let (points, label) = match config.schedule.unit {
        Unit::Epoch => {
            let by = (0..config.epochs)
                .map(|e| (e as f64 + 1.0, rate(e, e * steps)))
                .collect();
            (by, "epoch")
        }
        Unit::Step => {
            let total = config.epochs.saturating_mul(steps);
            let by = (0..total).step_by(total.div_ceil(500).max(1));
            (by.map(|s| (s as f64 + 1.0, rate(s / steps.max(1), s))).collect(), "step")
        }
    };
    figures.push(("learning-rate", plot::rate(points, label)?));
    let confusion = plot::confusion(&outcome.test.confusion, &outcome.classes)?;
    figures.push(("confusion", confusion));
    if let Some(shape) = outcome.image {
        figures.push(("first-layer", plot::weights(best, shape)?));
    }
    Ok(figures)
}

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;color:#222;max-width:52rem;margin:2rem auto;\
padding:0 1rem}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;display:block;overflow-x:auto}\
td,th{padding:.2rem .7rem;text-align:right;border-bottom:1px solid #ddd}th{font-weight:600}\
td:first-child,th:first-child{text-align:left}figure{margin:1rem 0}figure svg{max-width:100%;height:auto}\
.big{font-size:1.2rem}pre{background:#f6f6f6;padding:.7rem;overflow:auto}small{color:#666}";

fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width";
            title { (title) }
            style { (PreEscaped(STYLE)) }
        }
    }
}

/// The SVG of a figure, for use inside of a page.
fn inline(figures: &[(&'static str, Figure)]) -> Markup {
    html! {
        @for (name, figure) in figures {
            figure id=(name) { (PreEscaped(figure.svg.as_str())) }
        }
    }
}

fn page(outcome: &Outcome, figures: &[(&'static str, Figure)]) -> Markup {
    let (progress, config) = (&outcome.progress, &outcome.config);
    let [train, validation, test] = outcome.examples;
    let sizes: Vec<String> = outcome.sizes.iter().map(ToString::to_string).collect();
    let title = format!("{}: {}", outcome.data, sizes.join("–"));
    let ending = match outcome.ending {
        Ending::Finished => format!("All {} epochs were trained.", config.epochs),
        Ending::Patience => format!(
            "Training stopped after {} epochs without a better validation loss.",
            config.patience
        ),
        Ending::Diverged => format!(
            "Training diverged: the loss of step {} is not finite.",
            progress.diverged.unwrap_or(0)
        ),
        Ending::Stopped => "Training was stopped.".into(),
    };
    let toml = config.to_toml().unwrap_or_default();
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&title))
            body {
                h1 { (title) }
                p.big {
                    "Test accuracy " strong { (format!("{:.4}", outcome.test.tally.accuracy())) }
                    @if let Some(best) = progress.best() {
                        " with the weights of epoch " (best.epoch)
                        " (validation " (format!("{:.4}", best.validation_accuracy)) ")"
                    }
                    "."
                }
                p {
                    (ending) " " (train) " training, " (validation) " validation and " (test)
                    " test examples; " (outcome.parameters) " parameters; "
                    (format!("{:.1}", progress.seconds)) " s."
                }
                @if let Some(check) = &outcome.check { p { (check) } }
                (inline(figures))
                h2 { "Epochs" }
                table {
                    tr { th { "epoch" } th { "rate" } th { "training loss" } th { "accuracy" }
                         th { "validation loss" } th { "accuracy" } th { "s" } }
                    @for e in &progress.epochs {
                        tr {
                            td { (e.epoch) } td { (format!("{:.5}", e.rate)) }
                            td { (format!("{:.4}", e.train_loss)) }
                            td { (format!("{:.4}", e.train_accuracy)) }
                            td { (format!("{:.4}", e.validation_loss)) }
                            td { (format!("{:.4}", e.validation_accuracy)) }
                            td { (format!("{:.1}", e.seconds)) }
                        }
                    }
                }
                h2 { "Configuration" }
                pre { (toml) }
                @if let Some(thanks) = &outcome.attribution { p { small { "Data: " (thanks) } } }
            }
        }
    }
}

/// A number, or a dash where there is none.
fn or_dash(value: f64) -> String {
    if value.is_finite() { format!("{value:.4}") } else { "–".into() }
}

/// The page of a learning-rate study.
pub(super) fn study_page(
    title: &str,
    trials: &[super::sweep::Trial],
    conclusion: &str,
    figures: &[(&'static str, Figure)],
    config: &str,
) -> String {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            (head(title))
            body {
                h1 { (title) }
                p.big { (conclusion) }
                table {
                    tr { th { "rate" } th { "best validation accuracy" } th { "epoch" }
                         th { "training loss at the end" } th { "" } }
                    @for t in trials {
                        tr {
                            td { (super::sweep::say(t.rate)) }
                            td { (or_dash(t.best())) }
                            td { (t.progress.best().map_or("–".into(), |best| best.epoch.to_string())) }
                            td { (or_dash(t.last_loss())) }
                            td { @if let Some(step) = t.progress.diverged { "diverged at step " (step) } }
                        }
                    }
                }
                (inline(figures))
                h2 { "Configuration" }
                pre { (config) }
            }
        }
    };
    markup.into_string()
}
