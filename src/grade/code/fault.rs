//! Names a wrong array: which slip turns the right values into these?
//!
//! Every named slip is applied to the right computation, and the outcome compared with what the
//! hand-in returned; a name is given only when it explains every case.

use serde::{Deserialize, Serialize};

use super::array::Array;
use super::compare::close;
use super::subject::{Case, Subject, Truth};

/// A named mistake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// A stable short name, as derivations use them: `transposed`, `sign`, `factor`.
    pub name: String,
    /// What happened, for the student.
    pub text: String,
}

/// Which array is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Quantity {
    /// The output of the forward pass.
    Output,
    /// The gradient by the input.
    InputGradient,
    /// The gradient by the weights.
    WeightGradient,
    /// The gradient by the bias.
    BiasGradient,
}

impl Quantity {
    /// The symbol that a report uses.
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Quantity::Output => "the output",
            Quantity::InputGradient => "∂L/∂X",
            Quantity::WeightGradient => "∂L/∂W",
            Quantity::BiasGradient => "∂L/∂b",
        }
    }

    /// Its true value.
    pub(super) fn of(self, truth: &Truth) -> &Array {
        match self {
            Quantity::Output => &truth.y,
            Quantity::InputGradient => &truth.dx,
            Quantity::WeightGradient => &truth.dw,
            Quantity::BiasGradient => &truth.db,
        }
    }
}

/// A case with its true values and what the hand-in returned for one quantity.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample<'a> {
    /// What the module computes.
    pub subject: Subject,
    /// The arguments.
    pub case: &'a Case,
    /// The true values.
    pub truth: &'a Truth,
    /// What came back, in the mathematics' own orientation.
    pub actual: &'a Array,
}

/// Finds the slip that explains every sample.
pub(super) fn name(
    subject: Subject,
    quantity: Quantity,
    samples: &[Sample<'_>],
) -> Option<Fault> {
    if samples.is_empty() {
        return None;
    }
    let fault = |name: &str, text: String| Some(Fault { name: name.into(), text });
    let symbol = quantity.symbol();
    let every = |test: &dyn Fn(&Sample<'_>) -> bool| samples.iter().all(test);

    if every(&|s| s.actual.data.iter().any(|entry| entry.is_nan())) {
        return fault("not a number", format!("{symbol} contains NaN"));
    }
    if every(&|s| s.actual.data.iter().all(|&entry| entry == 0.0)) {
        return fault(
            "zero",
            format!("{symbol} is zero everywhere: it is never computed"),
        );
    }
    if every(&|s| {
        let right = quantity.of(s.truth);
        right.shape.len() == 2
            && s.actual.shape.len() == 2
            && right.rows() != right.cols()
            && close(s.actual, &right.transposed())
    }) {
        return fault(
            "transposed",
            format!("{symbol} is the transpose of the right answer"),
        );
    }
    for (name, text, wrong) in slips(subject, quantity) {
        if every(&|s| {
            wrong(s).is_some_and(|value| {
                close(s.actual, &value) && !close(&value, quantity.of(s.truth))
            })
        }) {
            return fault(name, text.to_string());
        }
    }
    constant_factor(subject, quantity, samples)
}

type Slip = (&'static str, &'static str, fn(&Sample<'_>) -> Option<Array>);

/// The slips that are peculiar to a module.
fn slips(subject: Subject, quantity: Quantity) -> Vec<Slip> {
    use Quantity::{BiasGradient, InputGradient, Output, WeightGradient};
    match (subject, quantity) {
        (Subject::Linear, Output) => vec![
            ("missing term", "the bias is not added", |s| {
                Some(Array::matrix(s.truth.y.rows(), s.truth.y.cols(), |i, j| {
                    s.truth.y.at(i, j) - s.case.b.data[j]
                }))
            }),
            ("sign", "the bias is subtracted instead of added", |s| {
                Some(Array::matrix(s.truth.y.rows(), s.truth.y.cols(), |i, j| {
                    s.truth.y.at(i, j) - 2.0 * s.case.b.data[j]
                }))
            }),
        ],
        (Subject::Linear, WeightGradient) => vec![(
            "missing factor",
            "∂L/∂W is ∂L/∂Y summed over the batch: the factor X is missing",
            |s| {
                Some(Array::matrix(s.truth.dw.rows(), s.truth.dw.cols(), |i, _| {
                    s.truth.db.data[i]
                }))
            },
        )],
        (Subject::Linear, BiasGradient) => vec![
            (
                "missing sum",
                "∂L/∂b is the first row of ∂L/∂Y: the sum over the batch is missing",
                |s| {
                    let cols = s.case.dy.cols();
                    Some(Array::new(&[cols], s.case.dy.data[..cols].to_vec()))
                },
            ),
            (
                "missing sum",
                "∂L/∂b is ∂L/∂Y itself: the sum over the batch is missing",
                |s| Some(s.case.dy.clone()),
            ),
            (
                "wrong axis",
                "∂L/∂b is summed over the features instead of the batch",
                |s| {
                    let dy = &s.case.dy;
                    let sums =
                        (0..dy.rows()).map(|i| (0..dy.cols()).map(|j| dy.at(i, j)).sum());
                    Some(Array::new(&[dy.rows()], sums.collect()))
                },
            ),
            (
                "factor",
                "∂L/∂b is the number of samples in each entry: ∂L/∂Y is missing",
                |s| Some(s.truth.db.map(|_| s.case.x.rows() as f64)),
            ),
        ],
        (Subject::Softmax, Output) => vec![
            (
                "wrong axis",
                "softmax is taken down the columns instead of along each row",
                |s| softmax(&s.case.x.transposed()).map(|y| y.transposed()),
            ),
            (
                "missing normalisation",
                "the exponentials are not divided by their sum",
                |s| Some(s.case.x.map(f64::exp)),
            ),
            (
                "missing normalisation",
                "the shifted exponentials are not divided by their sum",
                |s| {
                    let x = &s.case.x;
                    Some(Array::matrix(x.rows(), x.cols(), |i, j| {
                        let most =
                            (0..x.cols()).map(|k| x.at(i, k)).fold(f64::MIN, f64::max);
                        (x.at(i, j) - most).exp()
                    }))
                },
            ),
            (
                "wrong axis",
                "the exponentials are divided by the sum over the whole batch",
                |s| {
                    let sum: f64 = s.case.x.data.iter().map(|x| x.exp()).sum();
                    Some(s.case.x.map(|x| x.exp() / sum))
                },
            ),
        ],
        (Subject::Softmax, InputGradient) => vec![
            (
                "missing term",
                "the rank-one term is missing: softmax is treated as if each output depended on \
                 its own input only, through Y(1 − Y)",
                |s| Some(s.truth.y.zip(&s.case.dy, |y, dy| dy * y * (1.0 - y))),
            ),
            (
                "missing term",
                "the rank-one term − Y ∘ ((∂L/∂Y ∘ Y) 11ᵀ) is missing",
                |s| Some(s.truth.y.zip(&s.case.dy, |y, dy| dy * y)),
            ),
            (
                "missing factor",
                "the outer factor Y is missing: this is ∂L/∂Y − (∂L/∂Y ∘ Y) 11ᵀ",
                |s| Some(shifted(s, |_, dy, dot| dy - dot)),
            ),
            (
                "missing factor",
                "in the sum ∂L/∂Y stands without its factor Y: this is Y ∘ (∂L/∂Y − ∂L/∂Y 11ᵀ)",
                |s| {
                    let dy = &s.case.dy;
                    Some(Array::matrix(dy.rows(), dy.cols(), |i, j| {
                        let sum: f64 = (0..dy.cols()).map(|k| dy.at(i, k)).sum();
                        s.truth.y.at(i, j) * (dy.at(i, j) - sum)
                    }))
                },
            ),
            ("sign", "the two terms are added instead of subtracted", |s| {
                Some(shifted(s, |y, dy, dot| y * (dy + dot)))
            }),
            (
                "wrong factor",
                "the second term carries Y twice: this is ∂L/∂Y ∘ Y − (∂L/∂Y ∘ Y) 11ᵀ",
                |s| Some(shifted(s, |y, dy, dot| y * dy - dot)),
            ),
        ],
        (Subject::CrossEntropy, Output) => vec![(
            "missing term",
            "the mean runs over all entries of the batch, not over its samples",
            |s| Some(s.truth.y.map(|y| y / s.case.x.cols() as f64)),
        )],
        (Subject::CrossEntropy, InputGradient) => vec![
            (
                "other gradient",
                "this is the gradient of softmax and cross-entropy together, (X − T)/S; the loss \
                 module alone has −(1/S) T ⊘ X",
                |s| {
                    let count = s.case.x.rows() as f64;
                    Some(s.case.x.zip(&s.case.t, |x, t| (x - t) / count))
                },
            ),
            (
                "other gradient",
                "this is X − T: the gradient of softmax and cross-entropy together, and 1/S is \
                 missing; the loss module alone has −(1/S) T ⊘ X",
                |s| Some(s.case.x.zip(&s.case.t, |x, t| x - t)),
            ),
            (
                "missing factor",
                "the targets T are missing: this is −(1/S) 1 ⊘ X",
                |s| {
                    let count = s.case.x.rows() as f64;
                    Some(s.case.x.map(|x| -1.0 / (count * x)))
                },
            ),
            (
                "missing factor",
                "X is missing from the denominator: this is −(1/S) T",
                |s| {
                    let count = s.case.x.rows() as f64;
                    Some(s.case.t.map(|t| -t / count))
                },
            ),
            (
                "inner derivative lost",
                "this is −(1/S) T ∘ log X: the logarithm is not differentiated",
                |s| {
                    let count = s.case.x.rows() as f64;
                    Some(s.case.x.zip(&s.case.t, |x, t| -t * x.ln() / count))
                },
            ),
        ],
        (_, InputGradient) if subject.is_elementwise() => vec![
            (
                "cases swapped",
                "the two cases of the activation's slope are swapped",
                |s| {
                    let slope = |x: f64| match (s.subject, x > 0.0) {
                        (Subject::Relu, positive) => Some(f64::from(u8::from(!positive))),
                        (Subject::LeakyRelu(slope), true) => Some(slope),
                        (Subject::Elu(alpha), true) => Some(alpha * x.exp()),
                        (Subject::LeakyRelu(_) | Subject::Elu(_), false) => Some(1.0),
                        _ => None,
                    };
                    slope(0.0)?;
                    Some(s.case.x.zip(&s.case.dy, |x, dy| dy * slope(x).unwrap_or(0.0)))
                },
            ),
            (
                "missing derivative",
                "below zero this is ∂L/∂Y ∘ α(eˣ − 1): the value of the function instead of its \
                 slope α eˣ",
                |s| {
                    let Subject::Elu(alpha) = s.subject else { return None };
                    let slope = |x: f64| if x > 0.0 { 1.0 } else { alpha * x.exp_m1() };
                    Some(s.case.x.zip(&s.case.dy, |x, dy| dy * slope(x)))
                },
            ),
            (
                "cases swapped",
                "the slope α eˣ of the negative side is used on both sides",
                |s| {
                    let Subject::Elu(alpha) = s.subject else { return None };
                    Some(s.case.x.zip(&s.case.dy, |x, dy| dy * alpha * x.exp()))
                },
            ),
            (
                "wrong argument",
                "σ(1 − σ) is taken at X itself: this is ∂L/∂Y ∘ X(1 − X)",
                |s| {
                    (s.subject == Subject::Sigmoid)
                        .then(|| s.case.x.zip(&s.case.dy, |x, dy| dy * x * (1.0 - x)))
                },
            ),
            (
                "missing factor",
                "the slope h′(X) is missing: ∂L/∂Y is passed on unchanged",
                |s| Some(s.case.dy.clone()),
            ),
            ("missing factor", "∂L/∂Y is missing: this is h′(X) alone", |s| {
                Some(s.truth.dx.zip(&s.case.dy, |dx, dy| dx / dy))
            }),
            (
                "missing derivative",
                "this is ∂L/∂Y ∘ h(X) instead of ∂L/∂Y ∘ h′(X)",
                |s| Some(s.truth.y.zip(&s.case.dy, |y, dy| y * dy)),
            ),
            (
                "missing derivative",
                "this is ∂L/∂Y ∘ X instead of ∂L/∂Y ∘ h′(X)",
                |s| Some(s.case.x.zip(&s.case.dy, |x, dy| x * dy)),
            ),
        ],
        _ => Vec::new(),
    }
}

/// Entry by entry of Y, ∂L/∂Y and the row's `Σ_k ∂L/∂Y_ik Y_ik`.
fn shifted(s: &Sample<'_>, f: impl Fn(f64, f64, f64) -> f64) -> Array {
    let (y, dy) = (&s.truth.y, &s.case.dy);
    Array::matrix(y.rows(), y.cols(), |i, j| {
        let dot: f64 = (0..y.cols()).map(|k| dy.at(i, k) * y.at(i, k)).sum();
        f(y.at(i, j), dy.at(i, j), dot)
    })
}

fn softmax(x: &Array) -> Option<Array> {
    let matrix = nalgebra::DMatrix::from_row_slice(x.rows(), x.cols(), &x.data);
    let y = crate::kernels::softmax::forward(&matrix).ok()?;
    Some(Array::matrix(x.rows(), x.cols(), |i, j| y[(i, j)]))
}

/// The right answer times a number that depends on the sizes only.
fn constant_factor(
    subject: Subject,
    quantity: Quantity,
    samples: &[Sample<'_>],
) -> Option<Fault> {
    let ratios: Option<Vec<f64>> = samples
        .iter()
        .map(|s| {
            let right = quantity.of(s.truth);
            if right.squeezed_shape() != s.actual.squeezed_shape() {
                return None;
            }
            let square: f64 = right.data.iter().map(|r| r * r).sum();
            let product: f64 =
                right.data.iter().zip(&s.actual.data).map(|(r, a)| r * a).sum();
            let ratio = product / square;
            let scaled = right.map(|r| r * ratio);
            (ratio.is_finite() && ratio != 0.0 && close(s.actual, &scaled))
                .then_some(ratio)
        })
        .collect();
    let ratios = ratios?;
    let symbol = quantity.symbol();
    let is = |f: &dyn Fn(f64, f64, f64) -> f64| {
        samples.iter().zip(&ratios).all(|(s, ratio)| {
            let sizes =
                (s.case.x.rows(), s.case.x.cols(), s.truth.y.shape.get(1).copied());
            let n = sizes.2.unwrap_or(1) as f64;
            (f(sizes.0 as f64, sizes.1 as f64, n) - ratio).abs() <= 1e-6 * ratio.abs()
        })
    };
    let fault = |name: &str, text: String| Some(Fault { name: name.into(), text });
    let averaged = subject == Subject::CrossEntropy;
    if is(&|_, _, _| -1.0) {
        return fault("sign", format!("{symbol} has the wrong sign"));
    }
    if is(&|s, _, _| 1.0 / s) {
        let why =
            if averaged { "1/S is applied twice" } else { "a mean stands for the sum" };
        return fault(
            "mean for sum",
            format!("{symbol} is divided by the batch size: {why}"),
        );
    }
    if is(&|s, _, _| s) {
        let text = if averaged {
            format!("{symbol} lacks the factor 1/S of the mean over the batch")
        } else {
            format!("{symbol} is multiplied by the batch size")
        };
        return fault("missing normalisation", text);
    }
    if is(&|s, _, _| -s) || is(&|s, _, _| -1.0 / s) {
        let text =
            format!("{symbol} has the wrong sign and a wrong power of the batch size");
        return fault("sign", text);
    }
    if is(&|_, m, _| 1.0 / m) || is(&|_, _, n| 1.0 / n) {
        return fault(
            "mean for sum",
            format!("{symbol} is divided by the number of features"),
        );
    }
    if is(&|s, m, _| 1.0 / (s * m)) || is(&|s, _, n| 1.0 / (s * n)) {
        let text = format!(
            "{symbol} is divided by the number of entries: a mean over everything"
        );
        return fault("mean for sum", text);
    }
    let first = ratios[0];
    if ratios.iter().all(|ratio| (ratio - first).abs() <= 1e-6 * first.abs()) {
        return fault("factor", format!("{symbol} is {first:.6} times the right answer"));
    }
    None
}
