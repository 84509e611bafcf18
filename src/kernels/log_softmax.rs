//! Row-wise log-softmax, Y_ij = X_ij − log Σ_k exp(X_ik).
//!
//! Derivation: `derivations/log_softmax.md`.

use nalgebra::DMatrix;

use super::error::same;
use super::view::{View, ViewMut};
use super::{Error, Real};

const NAME: &str = "log_softmax";

/// Y (S×C) from the logits X (S×C): `Y_ij = X_ij − log Σ_k exp(X_ik)`, safe for large logits.
///
/// # Errors
/// None for any shape; the `Result` is there so that all kernels look alike.
pub fn forward<'a, T: Real>(x: impl Into<View<'a, T>>) -> Result<DMatrix<T>, Error> {
    let x = x.into();
    let mut y = DMatrix::from_element(x.rows(), x.cols(), T::zero());
    forward_into(x, &mut y)?;
    Ok(y)
}

/// [`forward`] into `y`.
///
/// # Errors
/// [`Error::Shape`] where Y has not X's shape.
pub fn forward_into<'a, 'c, T: Real>(
    x: impl Into<View<'a, T>>,
    y: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (x, y) = (x.into(), y.into());
    same(NAME, ("X", x.shape()), ("Y", y.shape()))?;
    T::softmax_rows(x, y, T::one(), &mut |first, shifts, sums, mut y| {
        let logs: Vec<T> = sums.iter().map(Real::ln).collect();
        for j in 0..y.cols() {
            for (i, (shift, log)) in shifts.iter().zip(&logs).enumerate() {
                // The shift goes first: x − shift is exact where x is the largest.
                *y.at_mut(i, j) =
                    (x.at(first + i, j).clone() - shift.clone()) - log.clone();
            }
        }
    });
    Ok(())
}

/// dX (S×C) from dY and the forward pass's *output* Y: `dX = dY − exp(Y) ⊙ (dY·11ᵀ)`.
///
/// # Errors
/// [`Error::Shape`] where dY has not Y's shape.
pub fn backward<'a, T: Real>(
    y: impl Into<View<'a, T>>,
    dy: impl Into<View<'a, T>>,
) -> Result<DMatrix<T>, Error> {
    let y = y.into();
    let mut dx = DMatrix::from_element(y.rows(), y.cols(), T::zero());
    backward_into(y, dy, &mut dx)?;
    Ok(dx)
}

/// [`backward`] into `dx`.
///
/// # Errors
/// [`Error::Shape`] where dY or dX has not Y's shape.
pub fn backward_into<'a, 'c, T: Real>(
    y: impl Into<View<'a, T>>,
    dy: impl Into<View<'a, T>>,
    dx: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (y, dy, mut dx) = (y.into(), dy.into(), dx.into());
    same(NAME, ("Y", y.shape()), ("dY", dy.shape()))?;
    same(NAME, ("Y", y.shape()), ("dX", dx.shape()))?;
    for i in 0..y.rows() {
        let sum = (0..y.cols()).fold(T::zero(), |sum, j| sum + dy.at(i, j).clone());
        for j in 0..y.cols() {
            *dx.at_mut(i, j) = dy.at(i, j).clone() - y.at(i, j).exp() * sum.clone();
        }
    }
    Ok(())
}
