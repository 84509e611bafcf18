//! The quadratic form f = xᵀ·B·x.
//!
//! Derivation: `derivations/quadratic_form.md`.

use nalgebra::{DMatrix, DVector, RowDVector};

use super::error::{agree, same};
use super::view::{View, ViewMut};
use super::{Error, Scalar};

const NAME: &str = "quadratic_form";

/// `f = xᵀ·B·x` for x (n entries, row or column) and B (n×n).
///
/// # Errors
/// [`Error::Shape`] where x is no vector or B is not n×n.
pub fn forward<'a, T: Scalar>(
    x: impl Into<View<'a, T>>,
    b: impl Into<View<'a, T>>,
) -> Result<T, Error> {
    let (x, b) = (x.into(), b.into());
    check(x, b.shape(), "B")?;
    let mut sum = T::zero();
    for j in 0..b.cols() {
        for i in 0..b.rows() {
            sum = sum + x.entry(i).clone() * b.at(i, j).clone() * x.entry(j).clone();
        }
    }
    Ok(sum)
}

/// ∂f/∂x as a column (n×1): `(B + Bᵀ)·x`.
///
/// # Errors
/// [`Error::Shape`] where x is no vector or B is not n×n.
pub fn gradient<'a, T: Scalar>(
    x: impl Into<View<'a, T>>,
    b: impl Into<View<'a, T>>,
) -> Result<DVector<T>, Error> {
    let x = x.into();
    let mut dx = DVector::from_element(x.len(), T::zero());
    gradient_into(x, b, &mut dx)?;
    Ok(dx)
}

/// ∂f/∂x as a row (1×n): `xᵀ·(B + Bᵀ)`.
///
/// # Errors
/// [`Error::Shape`] where x is no vector or B is not n×n.
pub fn gradient_row<'a, T: Scalar>(
    x: impl Into<View<'a, T>>,
    b: impl Into<View<'a, T>>,
) -> Result<RowDVector<T>, Error> {
    let x = x.into();
    let mut dx = RowDVector::from_element(x.len(), T::zero());
    gradient_into(x, b, &mut dx)?;
    Ok(dx)
}

/// [`gradient`] into `dx`, a row or a column with n entries.
///
/// # Errors
/// [`Error::Shape`] where x or dx is no vector with n entries or B is not n×n.
pub fn gradient_into<'a, 'c, T: Scalar>(
    x: impl Into<View<'a, T>>,
    b: impl Into<View<'a, T>>,
    dx: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (x, b, mut dx) = (x.into(), b.into(), dx.into());
    check(x, b.shape(), "B")?;
    let rule = "dx must be a vector with the entries of x";
    let fits = dx.len() == x.len() && dx.as_view().is_vector();
    agree(NAME, fits, ("x", x.shape()), ("dx", dx.shape()), rule)?;
    for k in 0..x.len() {
        let mut sum = T::zero();
        for j in 0..x.len() {
            let both = b.at(k, j).clone() + b.at(j, k).clone();
            sum = sum + both * x.entry(j).clone();
        }
        *dx.entry_mut(k) = sum;
    }
    Ok(())
}

/// ∂f/∂B (n×n): `x·xᵀ`. (B's entries are taken as independent, also where B is symmetric.)
///
/// # Errors
/// [`Error::Shape`] where x is no vector.
pub fn matrix_gradient<'a, T: Scalar>(
    x: impl Into<View<'a, T>>,
) -> Result<DMatrix<T>, Error> {
    let x = x.into();
    let mut db = DMatrix::from_element(x.len(), x.len(), T::zero());
    matrix_gradient_into(x, &mut db)?;
    Ok(db)
}

/// [`matrix_gradient`] into `db`.
///
/// # Errors
/// [`Error::Shape`] where x is no vector or dB is not n×n.
pub fn matrix_gradient_into<'a, 'c, T: Scalar>(
    x: impl Into<View<'a, T>>,
    db: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (x, mut db) = (x.into(), db.into());
    check(x, db.shape(), "dB")?;
    same(NAME, ("x·xᵀ", (x.len(), x.len())), ("dB", db.shape()))?;
    for j in 0..x.len() {
        for i in 0..x.len() {
            *db.at_mut(i, j) = x.entry(i).clone() * x.entry(j).clone();
        }
    }
    Ok(())
}

fn check<T>(
    x: View<'_, T>,
    shape: (usize, usize),
    name: &'static str,
) -> Result<(), Error> {
    let fits = (x.is_vector() || x.is_empty()) && shape == (x.len(), x.len());
    let rule = "x must be a vector with n entries and the matrix n×n";
    agree(NAME, fits, ("x", x.shape()), (name, shape), rule)
}
