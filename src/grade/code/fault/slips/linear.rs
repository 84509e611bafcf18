//! The slips that people make in the linear module.

use super::super::super::array::Array;
use super::super::Quantity;
use super::Slip;

/// The slips in one quantity, the likeliest first.
pub(super) fn of(quantity: Quantity) -> Vec<Slip> {
    use Quantity::{BiasGradient, Output, WeightGradient};
    match quantity {
        Output => vec![
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
        WeightGradient => vec![(
            "missing factor",
            "∂L/∂W is ∂L/∂Y summed over the batch: the factor X is missing",
            |s| {
                Some(Array::matrix(s.truth.dw.rows(), s.truth.dw.cols(), |i, _| {
                    s.truth.db.data[i]
                }))
            },
        )],
        BiasGradient => vec![
            (
                "missing sum",
                "∂L/∂b is ∂L/∂Y of the first sample: the sum over the batch is missing",
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
        _ => Vec::new(),
    }
}
