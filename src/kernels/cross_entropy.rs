//! Cross-entropy on probabilities, L = −(1/S) Σ_ik T_ik log X_ik.
//!
//! For logits use [`softmax_cross_entropy`](super::softmax_cross_entropy), which stays finite.
//! Derivation: `derivations/cross_entropy.md`.

use nalgebra::DMatrix;

use super::error::{not_empty, same};
use super::total::Total;
use super::view::{View, ViewMut, map_into, zip_into};
use super::{Error, Real};

const NAME: &str = "cross_entropy";

/// The loss from the probabilities X (S×C, positive) and the targets T (S×C):
/// `L = −(1/S) Σ_ik T_ik log X_ik`.
///
/// # Errors
/// [`Error::Shape`] where T has not X's shape, [`Error::Empty`] where there is no entry.
pub fn forward<'a, T: Real>(
    x: impl Into<View<'a, T>>,
    t: impl Into<View<'a, T>>,
) -> Result<T, Error> {
    let (x, t) = (x.into(), t.into());
    check(x, t)?;
    let mut sum = Total::new();
    for j in 0..x.cols() {
        for i in 0..x.rows() {
            sum.add(t.at(i, j).clone() * x.at(i, j).ln());
        }
    }
    Ok(-sum.value() / T::from_count(x.rows()))
}

/// dX (S×C): `dX = −(1/S) T ⊘ X`, times the cotangent `dl` of the loss (1 where L is the loss).
///
/// # Errors
/// [`Error::Shape`] where T has not X's shape, [`Error::Empty`] where there is no entry.
pub fn backward<'a, T: Real>(
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
pub fn backward_into<'a, 'c, T: Real>(
    x: impl Into<View<'a, T>>,
    t: impl Into<View<'a, T>>,
    dl: T,
    dx: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (x, t, dx) = (x.into(), t.into(), dx.into());
    check(x, t)?;
    same(NAME, ("X", x.shape()), ("dX", dx.shape()))?;
    let scale = -dl / T::from_count(x.rows());
    zip_into(x, t, dx, |x, t| scale.clone() * t.clone() / x.clone());
    Ok(())
}

/// dT (S×C), the gradient with respect to the targets: `dT = −(1/S) log X`, times `dl`.
///
/// # Errors
/// [`Error::Empty`] where there is no entry.
pub fn target_gradient<'a, T: Real>(
    x: impl Into<View<'a, T>>,
    dl: T,
) -> Result<DMatrix<T>, Error> {
    let x = x.into();
    let mut dt = DMatrix::from_element(x.rows(), x.cols(), T::zero());
    target_gradient_into(x, dl, &mut dt)?;
    Ok(dt)
}

/// [`target_gradient`] into `dt`.
///
/// # Errors
/// [`Error::Shape`] where dT has not X's shape, [`Error::Empty`] where there is no entry.
pub fn target_gradient_into<'a, 'c, T: Real>(
    x: impl Into<View<'a, T>>,
    dl: T,
    dt: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (x, dt) = (x.into(), dt.into());
    not_empty(NAME, "X", x.shape())?;
    same(NAME, ("X", x.shape()), ("dT", dt.shape()))?;
    let scale = -dl / T::from_count(x.rows());
    map_into(x, dt, |x| scale.clone() * x.ln());
    Ok(())
}

fn check<T>(x: View<'_, T>, t: View<'_, T>) -> Result<(), Error> {
    same(NAME, ("X", x.shape()), ("T", t.shape()))?;
    not_empty(NAME, "X", x.shape())
}
