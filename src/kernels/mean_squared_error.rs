//! The mean squared error, L = (1/(S·N)) Σ_ij (X_ij − T_ij)².
//!
//! Derivation: `derivations/mean_squared_error.md`.

use nalgebra::DMatrix;

use super::error::{not_empty, same};
use super::view::{View, ViewMut, zip_into};
use super::{Error, Scalar};

const NAME: &str = "mean_squared_error";

/// The loss from the predictions X (S×N) and the targets T (S×N):
/// `L = (1/(S·N)) Σ_ij (X_ij − T_ij)²`, the mean over *all* entries.
///
/// # Errors
/// [`Error::Shape`] where T has not X's shape, [`Error::Empty`] where there is no entry.
pub fn forward<'a, T: Scalar>(
    x: impl Into<View<'a, T>>,
    t: impl Into<View<'a, T>>,
) -> Result<T, Error> {
    let (x, t) = (x.into(), t.into());
    check(x, t)?;
    let mut sum = T::zero();
    for j in 0..x.cols() {
        for i in 0..x.rows() {
            let difference = x.at(i, j).clone() - t.at(i, j).clone();
            sum = sum + difference.clone() * difference;
        }
    }
    Ok(sum / T::from_count(x.len()))
}

/// dX (S×N): `dX = (2/(S·N)) (X − T)`, times the cotangent `dl` of the loss. The gradient with
/// respect to the targets is its negative: `dT = −dX`.
///
/// # Errors
/// [`Error::Shape`] where T has not X's shape, [`Error::Empty`] where there is no entry.
pub fn backward<'a, T: Scalar>(
    x: impl Into<View<'a, T>>,
    t: impl Into<View<'a, T>>,
    dl: T,
) -> Result<DMatrix<T>, Error> {
    let x = x.into();
    let mut dx = DMatrix::from_element(x.rows(), x.cols(), T::zero());
    backward_into(x, t, dl, &mut dx)?;
    Ok(dx)
}

/// [`backward`] into `dx`.
///
/// # Errors
/// [`Error::Shape`] where T or dX has not X's shape, [`Error::Empty`] where there is no entry.
pub fn backward_into<'a, 'c, T: Scalar>(
    x: impl Into<View<'a, T>>,
    t: impl Into<View<'a, T>>,
    dl: T,
    dx: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (x, t, dx) = (x.into(), t.into(), dx.into());
    check(x, t)?;
    same(NAME, ("X", x.shape()), ("dX", dx.shape()))?;
    let scale = T::from_integer(2) * dl / T::from_count(x.len());
    zip_into(x, t, dx, |x, t| scale.clone() * (x.clone() - t.clone()));
    Ok(())
}

fn check<T>(x: View<'_, T>, t: View<'_, T>) -> Result<(), Error> {
    same(NAME, ("X", x.shape()), ("T", t.shape()))?;
    not_empty(NAME, "X", x.shape())
}
