//! Strategies for property tests of your own gradients (feature `proptest`).
//!
//! Entries are quarters between −4 and 4, so that a failing case shrinks to the smallest shape and to
//! round numbers.

use std::ops::RangeInclusive;

use nalgebra::DMatrix;
use proptest::prelude::*;

/// A number like −1.75.
pub fn number() -> impl Strategy<Value = f64> {
    (-16_i32..=16).prop_map(|n| f64::from(n) / 4.0)
}

/// A matrix of the given shape.
pub fn matrix(rows: usize, cols: usize) -> impl Strategy<Value = DMatrix<f64>> {
    prop::collection::vec(number(), rows * cols)
        .prop_map(move |entries| DMatrix::from_vec(rows, cols, entries))
}

/// A matrix of any shape within the ranges.
pub fn any_matrix(
    rows: RangeInclusive<usize>,
    cols: RangeInclusive<usize>,
) -> impl Strategy<Value = DMatrix<f64>> {
    (rows, cols).prop_flat_map(|(rows, cols)| matrix(rows, cols))
}
