//! The trace, f = tr(X), and its gradient, the identity.
//!
//! Derivation: `derivations/trace.md`.

use nalgebra::DMatrix;

use super::error::agree;
use super::view::{View, ViewMut};
use super::{Error, Scalar};

/// `f = tr(X)` for a square X (n×n).
///
/// # Errors
/// [`Error::Shape`] where X is not square.
pub fn forward<'a, T: Scalar>(x: impl Into<View<'a, T>>) -> Result<T, Error> {
    let x = x.into();
    square("X", x.shape())?;
    Ok((0..x.rows()).fold(T::zero(), |sum, i| sum + x.at(i, i).clone()))
}

/// ∂f/∂X (n×n): `I`.
pub fn gradient<T: Scalar>(n: usize) -> DMatrix<T> {
    DMatrix::from_fn(n, n, |i, j| if i == j { T::one() } else { T::zero() })
}

/// [`gradient`] into `dx`.
///
/// # Errors
/// [`Error::Shape`] where dX is not square.
pub fn gradient_into<'c, T: Scalar>(dx: impl Into<ViewMut<'c, T>>) -> Result<(), Error> {
    let mut dx = dx.into();
    square("dX", dx.shape())?;
    dx.fill(T::zero());
    for i in 0..dx.rows() {
        *dx.at_mut(i, i) = T::one();
    }
    Ok(())
}

fn square(name: &'static str, shape: (usize, usize)) -> Result<(), Error> {
    let transposed = ("its transpose", (shape.1, shape.0));
    agree("trace", shape.0 == shape.1, (name, shape), transposed, "it must be square")
}
