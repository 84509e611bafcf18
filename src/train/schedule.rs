//! How the learning rate changes while training runs.
//!
//! A schedule is written as a word and its numbers: `linear end=0.85 over=9`. Every schedule takes
//! `warmup=N` (the rate first climbs linearly for N units) and `per=epoch` or `per=step` (the unit
//! of time; an epoch where nothing is said).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Error;

/// The factor of the learning rate as a function of time t, counted from the end of the warm-up.
/// Where `over` is open it is the time of the last epoch (or step).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// 1.
    Constant,
    /// From `start` at t = 0 to `end` at t = `over`, then `end`.
    Linear {
        /// The first factor.
        start: f64,
        /// The last factor.
        end: f64,
        /// When it is reached.
        over: Option<f64>,
    },
    /// `factor`^⌊t / every⌋.
    Step {
        /// The time between two steps.
        every: f64,
        /// What each step multiplies by.
        factor: f64,
    },
    /// `factor`^t.
    Exponential {
        /// What each unit of time multiplies by.
        factor: f64,
    },
    /// `end` + (1 − `end`)·(1 + cos(π·t/over))/2, then `end`.
    Cosine {
        /// The last factor.
        end: f64,
        /// When it is reached.
        over: Option<f64>,
    },
}

/// The unit in which a schedule counts time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// The rate is constant within an epoch.
    #[default]
    Epoch,
    /// The rate changes at every step.
    Step,
}

/// A schedule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Schedule {
    /// The factor after the warm-up.
    pub shape: Shape,
    /// Units of time in which the factor climbs from 1/(warmup + 1) to its first value.
    pub warmup: f64,
    /// The unit of time.
    pub unit: Unit,
}

impl Schedule {
    /// The same rate all the time.
    pub const CONSTANT: Schedule =
        Schedule { shape: Shape::Constant, warmup: 0.0, unit: Unit::Epoch };

    /// The rate in epoch `epoch` at step `step` (both from 0, the step over the whole training) of
    /// a training of `epochs` epochs of `steps` steps each, where `base` is the learning rate.
    pub fn rate(
        &self,
        base: f64,
        epoch: usize,
        step: usize,
        epochs: usize,
        steps: usize,
    ) -> f64 {
        let (t, total) = match self.unit {
            Unit::Epoch => (epoch as f64, epochs as f64),
            Unit::Step => (step as f64, epochs as f64 * steps as f64),
        };
        let rest = (total - 1.0 - self.warmup).max(0.0);
        if t < self.warmup {
            return base * self.shape.factor(0.0, rest) * (t + 1.0) / (self.warmup + 1.0);
        }
        base * self.shape.factor(t - self.warmup, rest)
    }
}

impl Shape {
    /// The factor at time `t`; `last` is the time of the last epoch or step.
    fn factor(&self, t: f64, last: f64) -> f64 {
        // How far the way to the end is; all of it where there is no way.
        let progress = |over: Option<f64>| {
            let over = over.unwrap_or(last);
            if over > 0.0 { (t / over).min(1.0) } else { 1.0 }
        };
        match *self {
            Shape::Constant => 1.0,
            Shape::Linear { start, end, over } => start + (end - start) * progress(over),
            Shape::Step { every, factor } => factor.powf((t / every).floor()),
            Shape::Exponential { factor } => factor.powf(t),
            Shape::Cosine { end, over } => {
                let wave = (1.0 + (std::f64::consts::PI * progress(over)).cos()) / 2.0;
                end + (1.0 - end) * wave
            }
        }
    }
}

const HELP: &str = "constant | linear [start=1] end=E [over=N] | step every=N factor=F | \
     exponential factor=F | cosine [end=0] [over=N]; each with [warmup=N] [per=epoch|step]";

impl FromStr for Schedule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let fault = |what: String| Error::new("schedule", what).help(HELP);
        let mut words = text.split([' ', ',', ':']).filter(|word| !word.is_empty());
        let name = words.next().ok_or_else(|| fault("it is empty".into()))?;
        let (mut numbers, mut unit) = (Vec::new(), Unit::Epoch);
        for word in words {
            let (key, value) = word
                .split_once('=')
                .ok_or_else(|| fault(format!("{word:?} is not of the form key=value")))?;
            if key == "per" {
                unit = match value {
                    "epoch" => Unit::Epoch,
                    "step" => Unit::Step,
                    _ => {
                        return Err(fault(format!(
                            "per={value} is neither epoch nor step"
                        )));
                    }
                };
                continue;
            }
            let number: f64 = value
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite() && *number >= 0.0)
                .ok_or_else(|| {
                    fault(format!("{key}={value} is not a number from 0 on"))
                })?;
            numbers.push((key, number));
        }
        let mut take = |key: &str| {
            let at = numbers.iter().position(|&(known, _)| known == key)?;
            Some(numbers.swap_remove(at).1)
        };
        let need = |key: &str, found: Option<f64>| {
            found.ok_or_else(|| fault(format!("{name} needs {key}=…")))
        };
        let positive = |key: &str, found: Option<f64>| match found {
            Some(0.0) => Err(fault(format!("{key}=0: it must be above 0"))),
            found => Ok(found),
        };
        let shape = match name {
            "constant" => Shape::Constant,
            "linear" => Shape::Linear {
                start: take("start").unwrap_or(1.0),
                end: need("end", take("end"))?,
                over: positive("over", take("over"))?,
            },
            "step" => Shape::Step {
                every: need("every", positive("every", take("every"))?)?,
                factor: need("factor", take("factor"))?,
            },
            "exponential" => {
                Shape::Exponential { factor: need("factor", take("factor"))? }
            }
            "cosine" => Shape::Cosine {
                end: take("end").unwrap_or(0.0),
                over: positive("over", take("over"))?,
            },
            _ => return Err(fault(format!("{name:?} is not a schedule"))),
        };
        let warmup = take("warmup").unwrap_or(0.0);
        if let Some((key, _)) = numbers.first() {
            return Err(fault(format!("{name} takes no {key}")));
        }
        Ok(Schedule { shape, warmup, unit })
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let over = |over: Option<f64>| {
            over.map_or(String::new(), |over| format!(" over={over}"))
        };
        match self.shape {
            Shape::Constant => write!(f, "constant")?,
            Shape::Linear { start, end, over: by } => {
                write!(f, "linear start={start} end={end}{}", over(by))?;
            }
            Shape::Step { every, factor } => {
                write!(f, "step every={every} factor={factor}")?
            }
            Shape::Exponential { factor } => write!(f, "exponential factor={factor}")?,
            Shape::Cosine { end, over: by } => write!(f, "cosine end={end}{}", over(by))?,
        }
        if self.warmup > 0.0 {
            write!(f, " warmup={}", self.warmup)?;
        }
        if self.unit == Unit::Step {
            write!(f, " per=step")?;
        }
        Ok(())
    }
}

impl TryFrom<String> for Schedule {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Schedule> for String {
    fn from(schedule: Schedule) -> String {
        schedule.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rates(text: &str, base: f64, epochs: usize) -> Vec<f64> {
        let schedule: Schedule = text.parse().unwrap();
        (0..epochs)
            .map(|epoch| schedule.rate(base, epoch, epoch * 100, epochs, 100))
            .collect()
    }

    fn printed(text: &str, base: f64, epochs: usize) -> String {
        let rates: Vec<String> =
            rates(text, base, epochs).iter().map(|rate| format!("{rate:.5}")).collect();
        rates.join(", ")
    }

    #[test]
    fn the_schedule_of_the_assignment_comes_out_to_its_printed_digits() {
        let expected = "0.10000, 0.09833, 0.09667, 0.09500, 0.09333, \
                        0.09167, 0.09000, 0.08833, 0.08667, 0.08500";
        assert_eq!(printed("linear end=0.85 over=9", 0.1, 10), expected);
        assert_eq!(printed("linear start=1 end=0.85", 0.1, 10), expected);
    }

    #[test]
    fn the_others_follow_their_formulas() {
        assert_eq!(
            printed("step every=2 factor=0.1", 1.0, 5),
            "1.00000, 1.00000, 0.10000, 0.10000, 0.01000"
        );
        assert_eq!(
            printed("exponential factor=0.5", 1.0, 3),
            "1.00000, 0.50000, 0.25000"
        );
        assert_eq!(printed("cosine", 1.0, 3), "1.00000, 0.50000, 0.00000");
        assert_eq!(
            printed("cosine end=0.2 over=2", 1.0, 4),
            "1.00000, 0.60000, 0.20000, 0.20000"
        );
        assert_eq!(
            printed("constant warmup=3", 0.4, 5),
            "0.10000, 0.20000, 0.30000, 0.40000, 0.40000"
        );
        assert_eq!(
            printed("linear end=0 warmup=1", 1.0, 4),
            "0.50000, 1.00000, 0.50000, 0.00000"
        );
        assert_eq!(printed("cosine", 1.0, 1), "0.00000");
    }

    #[test]
    fn steps_count_across_epochs() {
        let schedule: Schedule = "linear end=0 over=4 per=step".parse().unwrap();
        let rates: Vec<f64> =
            (0..6).map(|step| schedule.rate(1.0, step / 2, step, 3, 2)).collect();
        assert_eq!(rates, [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]);
    }

    #[test]
    fn faults_are_named() {
        let message = |text: &str| text.parse::<Schedule>().unwrap_err().to_string();
        assert!(message("linaer end=1").contains("\"linaer\" is not a schedule"));
        assert!(message("linear").contains("linear needs end"));
        assert!(message("constant factor=2").contains("constant takes no factor"));
        for text in [
            "step every=0 factor=2",
            "linear end=1 over=0",
            "cosine over=0",
            "step every=-0 factor=1",
        ] {
            assert!(
                message(text).contains("=0: it must be above 0"),
                "{}",
                message(text)
            );
        }
        assert!(message("linear end=-1").contains("end=-1 is not a number from 0 on"));
        assert!(message("").contains("empty"));
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read(end in 0.0f64..2.0, n in 1u32..50, warmup in 0u32..5, which in 0..5, step: bool) {
            let over = (n > 25).then_some(f64::from(n));
            let shape = match which {
                0 => Shape::Constant,
                1 => Shape::Linear { start: 0.5, end, over },
                2 => Shape::Step { every: f64::from(n), factor: end },
                3 => Shape::Exponential { factor: end },
                _ => Shape::Cosine { end, over },
            };
            let unit = if step { Unit::Step } else { Unit::Epoch };
            let schedule = Schedule { shape, warmup: f64::from(warmup), unit };
            prop_assert_eq!(schedule.to_string().parse::<Schedule>().unwrap(), schedule);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,30}") {
            let _ = text.parse::<Schedule>();
        }
    }
}
