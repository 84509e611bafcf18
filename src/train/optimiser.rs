//! From gradients to new weights: gradient descent with momentum, Nesterov's method, Adam.
//!
//! The formulas are PyTorch's, with g the gradient plus λ times the parameters:
//! - plain: `w ← w − η·g`;
//! - momentum μ: `v ← μ·v + g`, `w ← w − η·v`; Nesterov: `w ← w − η·(g + μ·v)`;
//! - Adam: `m ← β₁m + (1 − β₁)g`, `v ← β₂v + (1 − β₂)g²`,
//!   `w ← w − η·(m/(1 − β₁ᵗ)) / (√(v/(1 − β₂ᵗ)) + ε)`.

use super::config::{Config, Method};
use super::mlp::{Layer, Mlp};
use super::{Error, Number};
use crate::kernels::{self, View, ViewMut, linear};

/// The rule, without its state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Gradient descent; see the head of this file.
    Sgd {
        /// μ.
        momentum: f64,
        /// Whether it is Nesterov's.
        nesterov: bool,
    },
    /// Adam; see the head of this file.
    Adam {
        /// β₁.
        beta1: f64,
        /// β₂.
        beta2: f64,
        /// ε.
        epsilon: f64,
    },
}

impl Rule {
    fn of(config: &Config) -> Self {
        match config.method {
            Method::Sgd => {
                Rule::Sgd { momentum: config.momentum, nesterov: config.nesterov }
            }
            Method::Adam => Rule::Adam {
                beta1: config.beta1,
                beta2: config.beta2,
                epsilon: config.epsilon,
            },
        }
    }

    /// How many running means it keeps for each parameter.
    fn means(&self) -> usize {
        match self {
            Rule::Sgd { momentum: 0.0, .. } => 0,
            Rule::Sgd { .. } => 1,
            Rule::Adam { .. } => 2,
        }
    }
}

/// A rule with its state: for each parameter none, one or two running means.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimiser<T: nalgebra::Scalar> {
    rule: Rule,
    weight_decay: f64,
    /// v of momentum, m of Adam; empty where the rule has none.
    first: Vec<Layer<T>>,
    /// v of Adam; empty where the rule has none.
    second: Vec<Layer<T>>,
    steps: u64,
}

impl<T: Number> Optimiser<T> {
    /// The optimiser of a configuration, for a model.
    pub fn new(config: &Config, model: &Mlp<T>) -> Self {
        let zeros = || {
            let mut layers = model.layers().to_vec();
            for layer in &mut layers {
                layer.weight.fill(T::from_f64(0.0));
                layer.bias.fill(T::from_f64(0.0));
            }
            layers
        };
        let rule = Rule::of(config);
        let means = rule.means();
        Optimiser {
            rule,
            weight_decay: config.weight_decay,
            first: if means > 0 { zeros() } else { Vec::new() },
            second: if means > 1 { zeros() } else { Vec::new() },
            steps: 0,
        }
    }

    /// The optimiser of a configuration with a saved state, for a model.
    ///
    /// # Errors
    /// The state is not one of such an optimiser.
    pub(super) fn restored(
        config: &Config,
        model: &Mlp<T>,
        state: [Vec<Layer<T>>; 2],
        steps: u64,
    ) -> Result<Self, Error> {
        let rule = Rule::of(config);
        let shapes = |layers: &[Layer<T>]| -> Vec<_> {
            layers.iter().map(|layer| (layer.weight.shape(), layer.bias.len())).collect()
        };
        for (number, layers) in state.iter().enumerate() {
            let of_model = if number < rule.means() { model.layers() } else { &[] };
            if shapes(layers) != shapes(of_model) {
                return Err(Error::new("", "the saved optimiser is another one"));
            }
        }
        let [first, second] = state;
        Ok(Optimiser { rule, weight_decay: config.weight_decay, first, second, steps })
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Drops the running means.
    pub(super) fn clear(&mut self) {
        (self.first, self.second) = (Vec::new(), Vec::new());
    }

    /// The running means, each with the model's layers.
    pub(super) fn state(&self) -> [&[Layer<T>]; 2] {
        [&self.first, &self.second]
    }

    /// Begins a step: its update, and the two states to change.
    pub(super) fn begin(
        &mut self,
        rate: f64,
    ) -> (Update<T>, &mut [Layer<T>], &mut [Layer<T>]) {
        self.steps += 1;
        let update = Update::new(self.rule, rate, self.weight_decay, self.steps);
        (update, &mut self.first, &mut self.second)
    }
}

/// The update of one step, its numbers worked out.
#[derive(Clone, Copy, Debug)]
pub(super) enum Update<T> {
    /// `w ← keep·w − rate·dw`.
    Plain { rate: T, keep: T },
    /// Momentum.
    Momentum { rate: T, decay: T, momentum: T, nesterov: bool },
    /// Adam: `w ← w − rate·m / (√v·root + epsilon)` with the corrections in `rate` and `root`.
    Adam {
        rate: T,
        decay: T,
        beta1: T,
        beta2: T,
        rest1: T,
        rest2: T,
        root: T,
        epsilon: T,
    },
}

/// A run of parameters with their states (empty where the rule has none).
pub(super) struct Parameters<'a, T> {
    pub(super) values: &'a mut [T],
    pub(super) first: &'a mut [T],
    pub(super) second: &'a mut [T],
}

/// Numbers in the buffer for one block of a gradient: it stays in the first-level cache.
pub(super) const BLOCK: usize = 8192;

impl<T: Number> Update<T> {
    fn new(rule: Rule, rate: f64, decay: f64, step: u64) -> Self {
        let number = T::from_f64;
        match rule {
            Rule::Sgd { momentum: 0.0, .. } => {
                Update::Plain { rate: number(rate), keep: number(1.0 - rate * decay) }
            }
            Rule::Sgd { momentum, nesterov } => Update::Momentum {
                rate: number(rate),
                decay: number(decay),
                momentum: number(momentum),
                nesterov,
            },
            Rule::Adam { beta1, beta2, epsilon } => {
                let correction = |beta: f64| 1.0 - beta.powf(step as f64);
                Update::Adam {
                    rate: number(rate / correction(beta1)),
                    decay: number(decay),
                    beta1: number(beta1),
                    beta2: number(beta2),
                    rest1: number(1.0 - beta1),
                    rest2: number(1.0 - beta2),
                    root: number(1.0 / correction(beta2).sqrt()),
                    epsilon: number(epsilon),
                }
            }
        }
    }

    /// Updates some columns of a layer's weights, given those columns of the layer's input X (S×m)
    /// and dY (S×N). The gradient `dYᵀ·X` is never stored whole.
    pub(super) fn weights(
        &self,
        x: View<'_, T>,
        dy: View<'_, T>,
        parameters: Parameters<'_, T>,
        block: &mut [T],
    ) -> Result<(), kernels::Error> {
        let (rows, cols) = (dy.cols(), x.cols());
        let Parameters { values, first, second } = parameters;
        if rows == 0 || cols == 0 {
            return Ok(());
        }
        let (one, zero) = (T::from_f64(1.0), T::from_f64(0.0));
        match *self {
            Update::Plain { rate, keep } => {
                let w = ViewMut::column_major(values, rows, cols)?;
                linear::weight_gradient_into_on(1, -rate, x, dy, keep, w)
            }
            Update::Momentum { rate, decay, momentum, nesterov: false } => {
                let v = ViewMut::column_major(&mut *first, rows, cols)?;
                linear::weight_gradient_into_on(1, one, x, dy, momentum, v)?;
                for (w, v) in values.iter_mut().zip(first) {
                    *v = *v + decay * *w;
                    *w = *w - rate * *v;
                }
                Ok(())
            }
            _ => {
                let width = (block.len() / rows).clamp(1, cols);
                for from in (0..cols).step_by(width) {
                    let to = (from + width).min(cols);
                    let part = from * rows..to * rows;
                    let gradient = &mut block[..part.len()];
                    let dw = ViewMut::column_major(&mut *gradient, rows, to - from)?;
                    linear::weight_gradient_into_on(
                        1,
                        one,
                        x.column_range(from..to),
                        dy,
                        zero,
                        dw,
                    )?;
                    let states = if second.is_empty() { 0..0 } else { part.clone() };
                    self.apply(
                        gradient,
                        Parameters {
                            values: &mut values[part.clone()],
                            first: &mut first[part],
                            second: &mut second[states],
                        },
                    );
                }
                Ok(())
            }
        }
    }

    /// Updates parameters whose gradient is at hand.
    pub(super) fn apply(&self, gradient: &[T], parameters: Parameters<'_, T>) {
        let Parameters { values, first, second } = parameters;
        let values = values.iter_mut().zip(gradient);
        match *self {
            Update::Plain { rate, keep } => {
                for (w, &g) in values {
                    *w = keep * *w - rate * g;
                }
            }
            Update::Momentum { rate, decay, momentum, nesterov } => {
                for ((w, &g), v) in values.zip(first) {
                    let g = g + decay * *w;
                    *v = momentum * *v + g;
                    *w = *w - rate * if nesterov { g + momentum * *v } else { *v };
                }
            }
            Update::Adam { rate, decay, beta1, beta2, rest1, rest2, root, epsilon } => {
                for (((w, &g), m), v) in values.zip(first).zip(second) {
                    let g = g + decay * *w;
                    *m = beta1 * *m + rest1 * g;
                    *v = beta2 * *v + rest2 * g * g;
                    *w = *w - rate * *m / (v.sqrt() * root + epsilon);
                }
            }
        }
    }
}
