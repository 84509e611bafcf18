//! The slips that people make in modules, each as the wrong computation that it leads to.

use super::super::array::Array;
use super::super::subject::Subject;
use super::{Quantity, Sample};

/// A name, what happened, and the wrong computation.
type Slip = (&'static str, &'static str, fn(&Sample<'_>) -> Option<Array>);

/// The slips that are peculiar to a module, the likeliest first.
pub(super) fn of(subject: Subject, quantity: Quantity) -> Vec<Slip> {
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
                "wrong axis",
                "∂L/∂b is one number: the sum runs over everything instead of over the batch",
                |s| {
                    let sum: f64 = s.case.dy.data.iter().sum();
                    let count = s.actual.data.len();
                    Some(Array::new(&s.actual.shape, vec![sum; count]))
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
                "wrong axis",
                "the sum of ∂L/∂Y ∘ Y runs down the batch instead of along each row",
                |s| {
                    let (y, dy) = (&s.truth.y, &s.case.dy);
                    let sum = |j: usize| -> f64 {
                        (0..y.rows()).map(|i| dy.at(i, j) * y.at(i, j)).sum()
                    };
                    Some(Array::matrix(y.rows(), y.cols(), |i, j| {
                        y.at(i, j) * (dy.at(i, j) - sum(j))
                    }))
                },
            ),
            (
                "wrong axis",
                "the sum of ∂L/∂Y ∘ Y runs over the whole batch instead of along each row",
                |s| {
                    let (y, dy) = (&s.truth.y, &s.case.dy);
                    let sum: f64 =
                        y.data.iter().zip(&dy.data).map(|(y, dy)| y * dy).sum();
                    Some(y.zip(dy, |y, dy| y * (dy - sum)))
                },
            ),
            (
                "missing factor",
                "the Jacobian is not multiplied by ∂L/∂Y: this is Y ∘ (1 − Y)",
                |s| Some(s.truth.y.map(|y| y * (1.0 - y))),
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
        (Subject::CrossEntropy, Output) => vec![
            (
                "missing term",
                "the mean runs over all entries of the batch, not over its samples",
                |s| Some(s.truth.y.map(|y| y / s.case.x.cols() as f64)),
            ),
            (
                "missing sum",
                "this is the loss of each sample: the mean over the batch is missing",
                |s| {
                    let terms = s.case.x.zip(&s.case.t, |x, t| -t * x.ln());
                    let sum = |i: usize| (0..terms.cols()).map(|j| terms.at(i, j)).sum();
                    Some(Array::new(
                        &[terms.rows()],
                        (0..terms.rows()).map(sum).collect(),
                    ))
                },
            ),
            (
                "other loss",
                "this is the binary cross-entropy of every entry, summed and divided by S: the \
                 terms (1 − T) log(1 − X) do not belong here",
                |s| Some(s.truth.y.map(|_| binary(s) / s.case.x.rows() as f64)),
            ),
            (
                "other loss",
                "this is the mean of the binary cross-entropy over all entries: the terms \
                 (1 − T) log(1 − X) do not belong here",
                |s| Some(s.truth.y.map(|_| binary(s) / s.case.x.data.len() as f64)),
            ),
            (
                "missing logarithm",
                "the logarithm is missing: this is −(1/S) Σ T X",
                |s| {
                    let sum: f64 = s
                        .case
                        .x
                        .data
                        .iter()
                        .zip(&s.case.t.data)
                        .map(|(x, t)| x * t)
                        .sum();
                    Some(s.truth.y.map(|_| -sum / s.case.x.rows() as f64))
                },
            ),
        ],
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
                "wrong power",
                "X stands squared in the denominator: this is −(1/S) T ⊘ X²",
                |s| {
                    let count = s.case.x.rows() as f64;
                    Some(s.case.x.zip(&s.case.t, |x, t| -t / (count * x * x)))
                },
            ),
            (
                "other gradient",
                "this is the gradient of the binary cross-entropy, (X − T) ⊘ (X ∘ (1 − X))/S",
                |s| {
                    let count = s.case.x.rows() as f64;
                    Some(
                        s.case.x.zip(&s.case.t, |x, t| (x - t) / (x * (1.0 - x) * count)),
                    )
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
        (_, Output) if subject.is_elementwise() => vec![
            ("cases swapped", "the two cases of the activation are swapped", |s| {
                let value = |x: f64| match (s.subject, x > 0.0) {
                    (Subject::Relu, positive) => Some(if positive { 0.0 } else { x }),
                    (Subject::LeakyRelu(slope), true) => Some(slope * x),
                    (Subject::Elu(alpha), true) => Some(alpha * x.exp_m1()),
                    (Subject::LeakyRelu(_) | Subject::Elu(_), false) => Some(x),
                    _ => None,
                };
                value(0.0)?;
                Some(s.case.x.map(|x| value(x).unwrap_or(0.0)))
            }),
            (
                "missing factor",
                "this is the mask X > 0 alone, without the factor X",
                |s| Some(s.case.x.map(|x| f64::from(u8::from(x > 0.0)))),
            ),
            ("missing term", "below zero this is α eˣ: the −1 is missing", |s| {
                let Subject::Elu(alpha) = s.subject else { return None };
                Some(s.case.x.map(|x| if x > 0.0 { x } else { alpha * x.exp() }))
            }),
            ("missing factor", "below zero the factor α is missing", |s| {
                let Subject::Elu(_) = s.subject else { return None };
                Some(s.case.x.map(|x| if x > 0.0 { x } else { x.exp_m1() }))
            }),
            ("sign", "the exponent has the wrong sign: this is 1/(1 + eˣ)", |s| {
                (s.subject == Subject::Sigmoid)
                    .then(|| s.case.x.map(|x| 1.0 / (1.0 + x.exp())))
            }),
            ("missing function", "the input is passed on unchanged", |s| {
                Some(s.case.x.clone())
            }),
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
                "missing factor",
                "below zero the factor α is missing: the slope there is α eˣ, not eˣ",
                |s| {
                    let Subject::Elu(_) = s.subject else { return None };
                    let slope = |x: f64| if x > 0.0 { 1.0 } else { x.exp() };
                    Some(s.case.x.zip(&s.case.dy, |x, dy| dy * slope(x)))
                },
            ),
            (
                "missing term",
                "below zero the gradient is zero, as if this were ReLU",
                |s| {
                    matches!(s.subject, Subject::Elu(_) | Subject::LeakyRelu(_)).then(
                        || {
                            s.case
                                .x
                                .zip(&s.case.dy, |x, dy| if x > 0.0 { dy } else { 0.0 })
                        },
                    )
                },
            ),
            ("wrong argument", "the mask is taken of ∂L/∂Y instead of X", |s| {
                (s.subject == Subject::Relu)
                    .then(|| s.case.dy.map(|dy| if dy > 0.0 { dy } else { 0.0 }))
            }),
            ("wrong power", "the slope of tanh is 1 − Y², not 1 − Y", |s| {
                (s.subject == Subject::Tanh)
                    .then(|| s.truth.y.zip(&s.case.dy, |y, dy| dy * (1.0 - y)))
            }),
            ("wrong argument", "1 − X² stands for 1 − tanh²(X)", |s| {
                (s.subject == Subject::Tanh)
                    .then(|| s.case.x.zip(&s.case.dy, |x, dy| dy * (1.0 - x * x)))
            }),
            ("sign", "a sign in the slope is wrong: 1 + Y stands for 1 − Y", |s| match s
                .subject
            {
                Subject::Sigmoid => {
                    Some(s.truth.y.zip(&s.case.dy, |y, dy| dy * y * (1.0 + y)))
                }
                Subject::Tanh => {
                    Some(s.truth.y.zip(&s.case.dy, |y, dy| dy * (1.0 + y * y)))
                }
                _ => None,
            }),
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

/// The binary cross-entropy, summed over all entries.
fn binary(s: &Sample<'_>) -> f64 {
    let term = |x: f64, t: f64| -t * x.ln() - (1.0 - t) * (1.0 - x).ln();
    s.case.x.data.iter().zip(&s.case.t.data).map(|(&x, &t)| term(x, t)).sum()
}
