//! Row-wise softmax, Y_ij = exp(X_ij) / Σ_k exp(X_ik).
//!
//! Derivation: `derivations/softmax.md`.

use nalgebra::DMatrix;

use super::error::same;
use super::view::{View, ViewMut, zip_into};
use super::{Error, Real, Scalar};

const NAME: &str = "softmax";

/// Y (S×C) from the logits X (S×C): `Y_ij = exp(X_ij) / Σ_k exp(X_ik)`.
///
/// Each row is shifted by its largest entry first, so logits of ±10⁴ stay finite. A row that holds
/// NaN or +∞ comes out as NaN.
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
    T::softmax_rows(x, y, &mut |_, _, _| {});
    Ok(())
}

/// dX (S×C) from dY and the forward pass's *output* Y: `dX = Y ⊙ (dY − (dY ⊙ Y)·11ᵀ)`.
///
/// # Errors
/// [`Error::Shape`] where dY has not Y's shape.
pub fn backward<'a, T: Scalar>(
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
pub fn backward_into<'a, 'c, T: Scalar>(
    y: impl Into<View<'a, T>>,
    dy: impl Into<View<'a, T>>,
    dx: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (y, dy, mut dx) = (y.into(), dy.into(), dx.into());
    same(NAME, ("Y", y.shape()), ("dY", dy.shape()))?;
    same(NAME, ("Y", y.shape()), ("dX", dx.shape()))?;
    if y.is_empty() {
        return Ok(());
    }
    // (dY ⊙ Y)·1 is gathered in dX's first column; each row's own entry there is written last.
    zip_into(
        y.column_range(0..1),
        dy.column_range(0..1),
        dx.reborrow().first_column(),
        |y, dy| y.clone() * dy.clone(),
    );
    for j in 1..y.cols() {
        for i in 0..y.rows() {
            let term = y.at(i, j).clone() * dy.at(i, j).clone();
            let dot = dx.at_mut(i, 0);
            *dot = dot.clone() + term;
        }
    }
    for j in (0..y.cols()).rev() {
        for i in 0..y.rows() {
            let dot = dx.at_mut(i, 0).clone();
            *dx.at_mut(i, j) = y.at(i, j).clone() * (dy.at(i, j).clone() - dot);
        }
    }
    Ok(())
}

/// The softmax of any scalar, row after row.
pub(super) fn plain<T: Real>(
    x: View<'_, T>,
    mut out: ViewMut<'_, T>,
    row: &mut dyn FnMut(usize, T, T),
) {
    if x.is_empty() {
        return;
    }
    for i in 0..x.rows() {
        let mut shift = x.at(i, 0).clone();
        for j in 0..x.cols() {
            shift = shift.pivot(x.at(i, j));
        }
        let mut sum = T::zero();
        for j in 0..x.cols() {
            let e = (x.at(i, j).clone() - shift.clone()).exp();
            sum = sum + e.clone();
            *out.at_mut(i, j) = e;
        }
        for j in 0..x.cols() {
            let entry = out.at_mut(i, j);
            *entry = entry.clone() / sum.clone();
        }
        row(i, shift, sum);
    }
}
