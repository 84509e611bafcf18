//! The Euclidean (Frobenius) norm, f = ‖w‖, and its gradient w/‖w‖.
//!
//! Derivation: `derivations/norm.md`.

use nalgebra::DMatrix;

use super::error::same;
use super::view::{View, ViewMut, map_into};
use super::{Error, Real};

/// `f = √(Σ_ij w_ij²)`, for a vector or a matrix.
///
/// # Errors
/// None for any shape; the `Result` is there so that all kernels look alike.
pub fn forward<'a, T: Real>(w: impl Into<View<'a, T>>) -> Result<T, Error> {
    let w = w.into();
    let mut sum = T::zero();
    for j in 0..w.cols() {
        for i in 0..w.rows() {
            sum = sum + w.at(i, j).clone() * w.at(i, j).clone();
        }
    }
    Ok(sum.sqrt())
}

/// ∂f/∂w, of w's shape: `w/‖w‖`. At w = 0 the norm has no derivative and the answer is not a number.
///
/// # Errors
/// None for any shape; the `Result` is there so that all kernels look alike.
pub fn gradient<'a, T: Real>(w: impl Into<View<'a, T>>) -> Result<DMatrix<T>, Error> {
    let w = w.into();
    let mut dw = DMatrix::from_element(w.rows(), w.cols(), T::zero());
    gradient_into(w, &mut dw)?;
    Ok(dw)
}

/// [`gradient`] into `dw`.
///
/// # Errors
/// [`Error::Shape`] where dw has not w's shape.
pub fn gradient_into<'a, 'c, T: Real>(
    w: impl Into<View<'a, T>>,
    dw: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (w, dw) = (w.into(), dw.into());
    same("norm", ("w", w.shape()), ("dw", dw.shape()))?;
    let norm = forward(w)?;
    map_into(w, dw, |w| w.clone() / norm.clone());
    Ok(())
}
