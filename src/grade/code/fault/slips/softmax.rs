//! The slips that people make in softmax.

use super::super::super::array::Array;
use super::super::{Quantity, Sample};
use super::Slip;

/// The slips in one quantity, the likeliest first.
pub(super) fn of(quantity: Quantity) -> Vec<Slip> {
    use Quantity::{InputGradient, Output};
    match quantity {
        Output => vec![
            (
                "wrong axis",
                "softmax is taken over the samples instead of over each sample's features",
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
        InputGradient => vec![
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
                "the sum of ∂L/∂Y ∘ Y runs over the samples instead of over each sample's features",
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
                "the sum of ∂L/∂Y ∘ Y runs over the whole batch instead of over each sample's features",
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
                "wrong axis",
                "this is the gradient of a softmax that is taken over the samples instead of over \
                 each sample's features",
                over_the_samples,
            ),
            (
                "wrong sample",
                "the Jacobian of the first sample is used for every sample",
                |s| Some(of_one_sample(s, 0)),
            ),
            (
                "wrong sample",
                "the Jacobian of the last sample is used for every sample",
                |s| Some(of_one_sample(s, s.truth.y.rows() - 1)),
            ),
            (
                "wrong factor",
                "the second term carries Y twice: this is ∂L/∂Y ∘ Y − (∂L/∂Y ∘ Y) 11ᵀ",
                |s| Some(shifted(s, |y, dy, dot| y * dy - dot)),
            ),
        ],
        _ => Vec::new(),
    }
}

/// The gradient of a softmax that is taken over the samples.
fn over_the_samples(s: &Sample<'_>) -> Option<Array> {
    let (y, dy) = (softmax(&s.case.x.transposed())?.transposed(), &s.case.dy);
    let dot = |j: usize| -> f64 { (0..y.rows()).map(|i| dy.at(i, j) * y.at(i, j)).sum() };
    Some(Array::matrix(y.rows(), y.cols(), |i, j| y.at(i, j) * (dy.at(i, j) - dot(j))))
}

/// The gradient with one sample's Jacobian for every sample.
fn of_one_sample(s: &Sample<'_>, sample: usize) -> Array {
    let (y, dy) = (&s.truth.y, &s.case.dy);
    Array::matrix(y.rows(), y.cols(), |i, j| {
        let dot: f64 = (0..y.cols()).map(|k| dy.at(i, k) * y.at(sample, k)).sum();
        y.at(sample, j) * (dy.at(i, j) - dot)
    })
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
