//! Figures of a training, as SVG and PNG.
//!
//! The font is a subset of DejaVu Sans (see `FONT-LICENSE`), so figures look alike everywhere.

mod bitmap;
mod canvas;
mod chart;
mod confusion;
mod weights;

pub use canvas::Figure;
pub use chart::{Chart, Mark, Series};
pub use confusion::confusion;
pub use weights::weights;

use super::Error;
use super::history::Progress;

/// A running mean over the last `window` values (over all, where there are fewer yet), so that a
/// loss of thousands of steps can be read.
pub(super) fn smooth(values: &[f64], window: usize) -> Vec<(f64, f64)> {
    let window = window.max(1);
    let every = values.len().div_ceil(1500).max(1);
    let shown = |end: usize| end <= window || (end - window).is_multiple_of(every);
    (1..=values.len())
        .filter(|&end| shown(end))
        .map(|end| {
            let last = &values[end.saturating_sub(window)..end];
            (end as f64, last.iter().sum::<f64>() / last.len() as f64)
        })
        .collect()
}

/// Every step's loss, thinned to what a figure can show.
pub(super) fn thinned(values: &[f64]) -> Vec<(f64, f64)> {
    let every = values.len().div_ceil(1500).max(1);
    values.iter().enumerate().step_by(every).map(|(i, &y)| (i as f64 + 1.0, y)).collect()
}

/// The loss of training and validation by step.
///
/// # Errors
/// The figure cannot be drawn.
pub fn loss(progress: &Progress) -> Result<Figure, Error> {
    let validation =
        progress.epochs.iter().map(|e| (e.step as f64, e.validation_loss)).collect();
    let window = (progress.losses.len() / 50).clamp(1, 200);
    let mut series = vec![Series::faint("each batch", thinned(&progress.losses), 0)];
    if window > 1 {
        series.push(Series::line("training, mean", smooth(&progress.losses, window), 0));
    }
    series.push(Series::dotted("validation", validation, 1));
    Chart {
        title: "Training and validation loss".into(),
        x_label: "step".into(),
        y_label: "cross-entropy".into(),
        series,
        ..Chart::default()
    }
    .draw()
}

/// The accuracy of training and validation by epoch.
///
/// # Errors
/// The figure cannot be drawn.
pub fn accuracy(progress: &Progress) -> Result<Figure, Error> {
    let by = |f: fn(&super::history::Epoch) -> f64| {
        progress.epochs.iter().map(|e| (e.epoch as f64, f(e))).collect::<Vec<_>>()
    };
    let mark = progress.best().map(|best| Mark {
        at: (best.epoch as f64, best.validation_accuracy),
        text: format!("best {:.4}", best.validation_accuracy),
    });
    Chart {
        title: "Training and validation accuracy".into(),
        x_label: "epoch".into(),
        y_label: "accuracy".into(),
        series: vec![
            Series::dotted("training", by(|e| e.train_accuracy), 0),
            Series::dotted("validation", by(|e| e.validation_accuracy), 1),
        ],
        mark,
        ..Chart::default()
    }
    .draw()
}

/// The learning rate of each epoch, or of each step where it changes within epochs.
///
/// # Errors
/// The figure cannot be drawn.
pub fn rate(points: Vec<(f64, f64)>, x_label: &str) -> Result<Figure, Error> {
    let few = points.len() <= 60;
    let series =
        if few { Series::dotted("", points, 0) } else { Series::line("", points, 0) };
    Chart {
        title: "Learning-rate schedule".into(),
        x_label: x_label.into(),
        y_label: "learning rate".into(),
        series: vec![series],
        ..Chart::default()
    }
    .draw()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_running_mean_begins_with_the_first_value() {
        let means = smooth(&[4.0, 2.0, 0.0, 1.0], 2);
        assert_eq!(means, [(1.0, 4.0), (2.0, 3.0), (3.0, 1.0), (4.0, 0.5)]);
        let many = smooth(&vec![1.0; 100_000], 200);
        assert!(many.len() < 2000 && many.iter().all(|&(_, y)| y == 1.0));
    }
}
