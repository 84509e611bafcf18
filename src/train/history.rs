//! What has happened so far in a training.

use serde_json::{Value, json};

use super::step::Tally;

/// One epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// Its number, from 1.
    pub epoch: usize,
    /// Steps taken since the start.
    pub step: usize,
    /// The learning rate at its last step.
    pub rate: f64,
    /// The mean loss of its batches, each before its step.
    pub train_loss: f64,
    /// The part of its examples that were classified rightly before their step.
    pub train_accuracy: f64,
    /// The mean loss on the validation examples after it.
    pub validation_loss: f64,
    /// The part of the validation examples that are classified rightly after it.
    pub validation_accuracy: f64,
    /// Seconds since the start, over all sittings.
    pub seconds: f64,
}

/// Where a training stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// Whole epochs done.
    pub epoch: usize,
    /// Steps done in the epoch that has begun.
    pub step: usize,
    /// The outcome of those steps.
    pub tally: Tally,
    /// The loss of every step since the start.
    pub losses: Vec<f64>,
    /// The epochs done.
    pub epochs: Vec<Epoch>,
    /// Seconds of training, over all sittings.
    pub seconds: f64,
    /// The step (from 1) whose loss was not finite, if there was one: training ended there.
    pub diverged: Option<usize>,
}

impl Progress {
    /// The epoch with the best validation accuracy, the earliest of equals.
    pub fn best(&self) -> Option<&Epoch> {
        self.epochs.iter().reduce(|best, epoch| {
            if epoch.validation_accuracy > best.validation_accuracy {
                epoch
            } else {
                best
            }
        })
    }

    /// Epochs since the validation loss was last better than ever before.
    pub fn since_better(&self) -> usize {
        let mut least = f64::INFINITY;
        let mut since = 0;
        for epoch in &self.epochs {
            since += 1;
            if epoch.validation_loss < least {
                least = epoch.validation_loss;
                since = 0;
            }
        }
        since
    }

    /// The log: a JSON object a line; the steps of every `every`th step (0: none) and the epochs.
    pub fn json_lines(&self, every: usize) -> String {
        let mut lines = String::new();
        let mut epochs = self.epochs.iter().peekable();
        for (i, &loss) in self.losses.iter().enumerate() {
            let step = i + 1;
            if every > 0 && step % every == 0 {
                lines.push_str(&json!({"step": step, "loss": finite(loss)}).to_string());
                lines.push('\n');
            }
            while let Some(epoch) = epochs.next_if(|epoch| epoch.step <= step) {
                lines.push_str(&epoch.to_json().to_string());
                lines.push('\n');
            }
        }
        lines
    }

    /// The epochs as CSV with a head line.
    pub fn csv(&self) -> String {
        let mut text = String::from(
            "epoch,step,rate,train_loss,train_accuracy,validation_loss,validation_accuracy,seconds\n",
        );
        for e in &self.epochs {
            text.push_str(&format!(
                "{},{},{},{},{},{},{},{:.3}\n",
                e.epoch,
                e.step,
                e.rate,
                e.train_loss,
                e.train_accuracy,
                e.validation_loss,
                e.validation_accuracy,
                e.seconds
            ));
        }
        text
    }
}

/// A number, or the words `NaN`, `Infinity` for what JSON has no number for.
fn finite(x: f64) -> Value {
    if x.is_finite() {
        json!(x)
    } else if x.is_nan() {
        json!("NaN")
    } else {
        json!(if x > 0.0 { "Infinity" } else { "-Infinity" })
    }
}

impl Epoch {
    /// Its numbers in a fixed order.
    pub(super) fn to_numbers(self) -> [f64; 8] {
        [
            self.epoch as f64,
            self.step as f64,
            self.rate,
            self.train_loss,
            self.train_accuracy,
            self.validation_loss,
            self.validation_accuracy,
            self.seconds,
        ]
    }

    /// From its numbers.
    pub(super) fn from_numbers(n: &[f64; 8]) -> Self {
        Epoch {
            epoch: n[0] as usize,
            step: n[1] as usize,
            rate: n[2],
            train_loss: n[3],
            train_accuracy: n[4],
            validation_loss: n[5],
            validation_accuracy: n[6],
            seconds: n[7],
        }
    }

    fn to_json(self) -> Value {
        json!({
            "epoch": self.epoch,
            "step": self.step,
            "rate": self.rate,
            "train_loss": finite(self.train_loss),
            "train_accuracy": finite(self.train_accuracy),
            "validation_loss": finite(self.validation_loss),
            "validation_accuracy": finite(self.validation_accuracy),
            "seconds": (self.seconds * 1000.0).round() / 1000.0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(number: usize, validation_loss: f64, validation_accuracy: f64) -> Epoch {
        Epoch {
            epoch: number,
            step: 3 * number,
            rate: 0.1,
            train_loss: 1.0,
            train_accuracy: 0.5,
            validation_loss,
            validation_accuracy,
            seconds: 1.0,
        }
    }

    #[test]
    fn the_best_epoch_is_the_surest_of_equals_and_patience_counts_the_loss() {
        let epochs = vec![
            epoch(1, 2.0, 0.3),
            epoch(2, 1.0, 0.5),
            epoch(3, 1.5, 0.5),
            epoch(4, f64::NAN, 0.1),
        ];
        let progress = Progress { epochs, ..Progress::default() };
        assert_eq!(progress.best().unwrap().epoch, 2);
        assert_eq!(progress.since_better(), 2);
    }

    #[test]
    fn lines_are_json_without_gaps() {
        let progress = Progress {
            losses: vec![2.0, 1.5, f64::INFINITY, 1.0, 0.5, 0.25],
            epochs: vec![epoch(1, 2.0, 0.3), epoch(2, 1.0, 0.5)],
            ..Progress::default()
        };
        let text = progress.json_lines(1);
        let lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 8);
        assert_eq!(lines[2], json!({"step": 3, "loss": "Infinity"}));
        assert_eq!(lines[3]["epoch"], 1);
        assert_eq!(progress.json_lines(0).lines().count(), 2);
        assert_eq!(progress.csv().lines().count(), 3);
    }
}
