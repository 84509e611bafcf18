//! The trace of a product, f = tr(V·X·W).
//!
//! Shapes: V is p×m, X is m×n, W is n×p. Derivation: `derivations/trace_product.md`.

use nalgebra::DMatrix;

use super::error::{agree, same};
use super::product::{matmul, product, threads_for};
use super::view::{View, ViewMut};
use super::{Error, Scalar};

const NAME: &str = "trace_product";

/// `f = tr(V·X·W)`.
///
/// # Errors
/// [`Error::Shape`] where the product does not exist or is not square.
pub fn forward<'a, T: Scalar>(
    v: impl Into<View<'a, T>>,
    x: impl Into<View<'a, T>>,
    w: impl Into<View<'a, T>>,
) -> Result<T, Error> {
    let (v, x, w) = (v.into(), x.into(), w.into());
    let rule = "the columns of V must equal the rows of X";
    agree(NAME, v.cols() == x.rows(), ("V", v.shape()), ("X", x.shape()), rule)?;
    let rule = "the columns of X must equal the rows of W";
    agree(NAME, x.cols() == w.rows(), ("X", x.shape()), ("W", w.shape()), rule)?;
    let rule = "V·X·W must be square: the columns of W must equal the rows of V";
    agree(NAME, w.cols() == v.rows(), ("W", w.shape()), ("V", v.shape()), rule)?;
    // tr(V·(X·W)) = Σ_ij V_ij (X·W)_ji: the second product is never formed.
    let xw: DMatrix<T> = matmul(x, w)?;
    let mut sum = T::zero();
    for j in 0..v.cols() {
        for i in 0..v.rows() {
            sum = sum + v.at(i, j).clone() * xw[(j, i)].clone();
        }
    }
    Ok(sum)
}

/// ∂f/∂X (m×n): `Vᵀ·Wᵀ`.
///
/// # Errors
/// [`Error::Shape`] where V·X·W cannot be square for any X.
pub fn gradient<'a, T: Scalar>(
    v: impl Into<View<'a, T>>,
    w: impl Into<View<'a, T>>,
) -> Result<DMatrix<T>, Error> {
    let (v, w) = (v.into(), w.into());
    let mut dx = DMatrix::from_element(v.cols(), w.rows(), T::zero());
    gradient_into(v, w, &mut dx)?;
    Ok(dx)
}

/// [`gradient`] into `dx`.
///
/// # Errors
/// [`Error::Shape`] where the shapes do not fit.
pub fn gradient_into<'a, 'c, T: Scalar>(
    v: impl Into<View<'a, T>>,
    w: impl Into<View<'a, T>>,
    dx: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (v, w, dx) = (v.into(), w.into(), dx.into());
    let rule = "the columns of W must equal the rows of V";
    agree(NAME, w.cols() == v.rows(), ("W", w.shape()), ("V", v.shape()), rule)?;
    transposed_product(v, w, ("dX", dx))
}

/// ∂f/∂V (p×m): `(X·W)ᵀ = Wᵀ·Xᵀ`.
///
/// # Errors
/// [`Error::Shape`] where X·W does not exist.
pub fn left_gradient<'a, T: Scalar>(
    x: impl Into<View<'a, T>>,
    w: impl Into<View<'a, T>>,
) -> Result<DMatrix<T>, Error> {
    let (x, w) = (x.into(), w.into());
    let mut dv = DMatrix::from_element(w.cols(), x.rows(), T::zero());
    left_gradient_into(x, w, &mut dv)?;
    Ok(dv)
}

/// [`left_gradient`] into `dv`.
///
/// # Errors
/// [`Error::Shape`] where the shapes do not fit.
pub fn left_gradient_into<'a, 'c, T: Scalar>(
    x: impl Into<View<'a, T>>,
    w: impl Into<View<'a, T>>,
    dv: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (x, w, dv) = (x.into(), w.into(), dv.into());
    let rule = "the columns of X must equal the rows of W";
    agree(NAME, x.cols() == w.rows(), ("X", x.shape()), ("W", w.shape()), rule)?;
    transposed_product(w, x, ("dV", dv))
}

/// ∂f/∂W (n×p): `(V·X)ᵀ = Xᵀ·Vᵀ`.
///
/// # Errors
/// [`Error::Shape`] where V·X does not exist.
pub fn right_gradient<'a, T: Scalar>(
    v: impl Into<View<'a, T>>,
    x: impl Into<View<'a, T>>,
) -> Result<DMatrix<T>, Error> {
    let (v, x) = (v.into(), x.into());
    let mut dw = DMatrix::from_element(x.cols(), v.rows(), T::zero());
    right_gradient_into(v, x, &mut dw)?;
    Ok(dw)
}

/// [`right_gradient`] into `dw`.
///
/// # Errors
/// [`Error::Shape`] where the shapes do not fit.
pub fn right_gradient_into<'a, 'c, T: Scalar>(
    v: impl Into<View<'a, T>>,
    x: impl Into<View<'a, T>>,
    dw: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (v, x, dw) = (v.into(), x.into(), dw.into());
    let rule = "the columns of V must equal the rows of X";
    agree(NAME, v.cols() == x.rows(), ("V", v.shape()), ("X", x.shape()), rule)?;
    transposed_product(x, v, ("dW", dw))
}

/// `out = aᵀ·bᵀ`.
fn transposed_product<T: Scalar>(
    a: View<'_, T>,
    b: View<'_, T>,
    (name, out): (&'static str, ViewMut<'_, T>),
) -> Result<(), Error> {
    same(NAME, ("the gradient", (a.cols(), b.rows())), (name, out.shape()))?;
    let threads = threads_for(a.cols(), a.rows(), b.rows());
    product(T::one(), a.t(), b.t(), T::zero(), out, threads)
}
