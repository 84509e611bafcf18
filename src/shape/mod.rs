//! Dimensions, shape inference and the shaped expression.

mod givens;

pub use givens::{GivenError, Givens};
