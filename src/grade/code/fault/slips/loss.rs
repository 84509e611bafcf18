//! The slips that people make in the cross-entropy loss.

use super::super::super::array::Array;
use super::super::{Quantity, Sample};
use super::Slip;

/// The slips in one quantity, the likeliest first.
pub(super) fn of(quantity: Quantity) -> Vec<Slip> {
    use Quantity::{InputGradient, Output};
    match quantity {
        Output => vec![
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
        InputGradient => vec![
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
        _ => Vec::new(),
    }
}

/// The binary cross-entropy, summed over all entries.
fn binary(s: &Sample<'_>) -> f64 {
    let term = |x: f64, t: f64| -t * x.ln() - (1.0 - t) * (1.0 - x).ln();
    s.case.x.data.iter().zip(&s.case.t.data).map(|(&x, &t)| term(x, t)).sum()
}
