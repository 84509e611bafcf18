//! Row-wise log-softmax, Y_ij = X_ij − log Σ_k exp(X_ik).
//!
//! Derivation: `derivations/log_softmax.md`.

use nalgebra::DMatrix;

use super::error::same;
use super::view::{View, ViewMut};
use super::wide::{Wide, dispatch};
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
    T::log_softmax_rows(x, y);
    Ok(())
}

/// The log-softmax of any scalar.
pub(super) fn plain<T: Real>(x: View<'_, T>, y: ViewMut<'_, T>) {
    super::softmax::plain(x, y, &T::one(), &mut |i, shift, sum, y| {
        let log = sum.ln();
        for j in 0..y.cols() {
            // The shift goes first: x − shift is exact where x is the largest.
            *y.at_mut(i, j) = (x.at(i, j).clone() - shift.clone()) - log.clone();
        }
    });
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
    let (y, dy, dx) = (y.into(), dy.into(), dx.into());
    same(NAME, ("Y", y.shape()), ("dY", dy.shape()))?;
    same(NAME, ("Y", y.shape()), ("dX", dx.shape()))?;
    if !y.is_empty() {
        dispatch(Backward { y, dy, dx });
    }
    Ok(())
}

/// The backward pass as loops over whole columns where those are contiguous.
struct Backward<'a, 'b, 'c, T> {
    y: View<'a, T>,
    dy: View<'b, T>,
    dx: ViewMut<'c, T>,
}

impl<T: Real> Wide for Backward<'_, '_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Backward { y, dy, mut dx } = self;
        let entry =
            |y: &T, dy: &T, sum: &T| dy.clone() - y.exp_wide::<FMA>() * sum.clone();
        if y.row(0).is_some() && dy.row(0).is_some() && dx.strides().1 == 1 {
            let mut turned = dx.t();
            for i in 0..y.rows() {
                let (Some(y), Some(dy), Some(dx)) =
                    (y.row(i), dy.row(i), turned.column_mut(i))
                else {
                    return;
                };
                let sum = dy.iter().fold(T::zero(), |sum, dy| sum + dy.clone());
                for ((dx, y), dy) in dx.iter_mut().zip(y).zip(dy) {
                    *dx = entry(y, dy, &sum);
                }
            }
            return;
        }
        let mut sums = vec![T::zero(); y.rows()];
        for j in 0..y.cols() {
            if let Some(dy) = dy.column(j) {
                for (sum, dy) in sums.iter_mut().zip(dy) {
                    *sum = sum.clone() + dy.clone();
                }
            } else {
                for (i, sum) in sums.iter_mut().enumerate() {
                    *sum = sum.clone() + dy.at(i, j).clone();
                }
            }
        }
        for j in 0..y.cols() {
            if let (Some(y), Some(dy), Some(dx)) =
                (y.column(j), dy.column(j), dx.column_mut(j))
            {
                for (((dx, y), dy), sum) in dx.iter_mut().zip(y).zip(dy).zip(&sums) {
                    *dx = entry(y, dy, sum);
                }
            } else {
                for (i, sum) in sums.iter().enumerate() {
                    *dx.at_mut(i, j) = entry(y.at(i, j), dy.at(i, j), sum);
                }
            }
        }
    }
}
