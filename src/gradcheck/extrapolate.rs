//! From differences at several steps to a limit with an error bar (Richardson, Romberg, Ridders).
//!
//! A central difference is D(h) = D + c₂h² + c₄h⁴ + …, a one-sided one D + c₁h + c₂h² + …. From values
//! at several h, Neville's scheme eliminates one power after another. Two errors remain: what is cut
//! off, judged from how much the last elimination changed, and the rounding in each D(h), which is
//! carried through the scheme's weights. The entry with the smallest sum of both is taken.

/// A difference at one step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) step: f64,
    pub(super) value: f64,
    /// The standard deviation of the value's rounding error.
    pub(super) noise: f64,
}

/// A limit h → 0 with its error.
#[derive(Clone, Copy, Debug)]
pub(super) struct Estimate {
    pub(super) value: f64,
    /// What is cut off, as far as the scheme can tell.
    pub(super) truncation: f64,
    /// The standard deviation of what rounding does.
    pub(super) noise: f64,
}

impl Estimate {
    /// Nothing known.
    pub(super) const NONE: Estimate =
        Estimate { value: f64::NAN, truncation: f64::INFINITY, noise: f64::INFINITY };

    /// Both errors together.
    pub(super) fn error(&self) -> f64 {
        self.truncation + self.noise
    }
}

/// Which powers of the step an expansion has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Powers {
    /// h², h⁴, …: central differences.
    Even,
    /// h, h³, …: the difference of the two one-sided slopes. Right for steps in constant ratio; others
    /// only widen the error bar.
    Odd,
    /// h, h², …: one-sided differences.
    All,
}

/// How many of the last samples take part: older ones are from steps that were too long.
const DEPTH: usize = 7;

/// One entry of the scheme: a value, and how it weighs the samples.
#[derive(Clone, Copy, Debug)]
struct Cell {
    value: f64,
    weights: [f64; DEPTH],
}

/// A growing scheme; samples come with falling steps.
#[derive(Clone, Debug)]
pub(super) struct Scheme {
    powers: Powers,
    samples: Vec<Sample>,
    row: Vec<Cell>,
    pub(super) best: Estimate,
    /// The longest step that the best estimate is made of.
    pub(super) reach: f64,
}

impl Scheme {
    pub(super) fn new(powers: Powers) -> Self {
        Scheme {
            powers,
            samples: Vec::new(),
            row: Vec::new(),
            best: Estimate::NONE,
            reach: 0.0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.samples.len()
    }

    /// Takes a difference at a step shorter than all before.
    pub(super) fn push(&mut self, sample: Sample) {
        if self.samples.len() == DEPTH {
            self.rebuild();
        }
        self.extend(sample);
    }

    /// Drops the longest step.
    fn rebuild(&mut self) {
        let kept = self.samples.split_off(1);
        self.samples.clear();
        self.row.clear();
        for sample in kept {
            self.extend(sample);
        }
    }

    fn extend(&mut self, sample: Sample) {
        let k = self.samples.len();
        self.samples.push(sample);
        let mut weights = [0.0; DEPTH];
        weights[k] = 1.0;
        let mut row = vec![Cell { value: sample.value, weights }];
        let mut best = Estimate::NONE;
        let mut reach = 0.0;
        for j in 1..=k {
            let longer = self.samples[k - j].step / sample.step;
            let ratio = match self.powers {
                Powers::Even => longer * longer,
                Powers::All => longer,
                Powers::Odd => {
                    (self.samples[k - 1].step / sample.step).powi(2 * j as i32 - 1)
                }
            };
            let (left, above) = (row[j - 1], self.row[j - 1]);
            // left + (left − above)/(ratio − 1), as weights.
            let gain = 1.0 / (ratio - 1.0);
            let mut weights = [0.0; DEPTH];
            for (w, (l, a)) in
                weights.iter_mut().zip(left.weights.iter().zip(above.weights))
            {
                *w = l + (l - a) * gain;
            }
            let value = left.value + (left.value - above.value) * gain;
            // How much this elimination changed the value bounds what the *previous* one left; two
            // eliminations must agree, so a chance meeting of two neighbours is not enough.
            let mut truncation =
                (value - left.value).abs().max((value - above.value).abs());
            if j >= 2 {
                truncation = truncation.max((left.value - row[j - 2].value).abs() * 0.05);
            } else {
                truncation = truncation.max((left.value - above.value).abs());
            }
            let variance: f64 = weights
                .iter()
                .zip(&self.samples)
                .map(|(w, s)| (w * s.noise) * (w * s.noise))
                .sum();
            let estimate = Estimate { value, truncation, noise: variance.sqrt() };
            if estimate.error() < best.error() {
                best = estimate;
                reach = self.samples[k - j].step;
            }
            row.push(Cell { value, weights });
        }
        self.row = row;
        if best.error() < self.best.error() {
            self.best = best;
            self.reach = reach;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smooth_difference_converges_within_its_error_bar() {
        // (sin(x+h) − sin(x−h))/2h at x = 1.
        let mut scheme = Scheme::new(Powers::Even);
        let mut step = 0.8;
        for _ in 0..9 {
            let value = ((1.0_f64 + step).sin() - (1.0_f64 - step).sin()) / (2.0 * step);
            scheme.push(Sample { step, value, noise: 1.2e-16 / step });
            step *= 0.55;
        }
        let error = (scheme.best.value - 1.0_f64.cos()).abs();
        assert!(error <= 6.0 * scheme.best.error(), "{error} {:?}", scheme.best);
        assert!(scheme.best.error() < 1e-13);
    }

    #[test]
    fn a_one_sided_difference_converges_too() {
        let mut scheme = Scheme::new(Powers::All);
        let mut step = 0.5;
        for _ in 0..12 {
            let value = ((1.0_f64 + step).exp() - 1.0_f64.exp()) / step;
            scheme.push(Sample { step, value, noise: 6e-16 / step });
            step *= 0.55;
        }
        let error = (scheme.best.value - 1.0_f64.exp()).abs();
        assert!(error <= 6.0 * scheme.best.error() && scheme.best.error() < 1e-10);
    }
}
