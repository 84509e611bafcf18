//! Row-wise softmax, Y_ij = exp(X_ij) / Σ_k exp(X_ik).
//!
//! Derivation: `derivations/softmax.md`.

use nalgebra::DMatrix;

use super::error::same;
use super::total::pairwise;
use super::view::{View, ViewMut};
use super::wide::{Wide, dispatch};
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
    T::softmax_rows(x, y);
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
    let (y, dy, dx) = (y.into(), dy.into(), dx.into());
    same(NAME, ("Y", y.shape()), ("dY", dy.shape()))?;
    same(NAME, ("Y", y.shape()), ("dX", dx.shape()))?;
    if !y.is_empty() {
        dispatch(Backward { y, dy, dx });
    }
    Ok(())
}

/// The backward pass as loops over whole columns, or over rows where those are contiguous.
struct Backward<'a, 'b, 'c, T> {
    y: View<'a, T>,
    dy: View<'b, T>,
    dx: ViewMut<'c, T>,
}

/// How many rows are worked on at once, where they stay in the cache.
const ROWS: usize = 256;
/// A matrix of more bytes is read column by column, twice, in the order of memory.
const NEAR: usize = 1 << 20;

impl<T: Scalar> Wide for Backward<'_, '_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(mut self) {
        let contiguous = self.y.strides().1 == 1
            && self.dy.strides().1 == 1
            && self.dx.strides().1 == 1;
        if contiguous && self.y.cols() > 1 {
            return self.by_row();
        }
        let (rows, cols) = self.y.shape();
        let far = self.y.len().saturating_mul(size_of::<T>()) > NEAR;
        let height = if far { rows } else { ROWS.min(rows) };
        let mut dots = vec![T::zero(); height];
        for begin in (0..rows).step_by(height) {
            let range = begin..rows.min(begin + height);
            let (y, dy) =
                (self.y.row_range(range.clone()), self.dy.row_range(range.clone()));
            let mut dx = self.dx.reborrow().row_range(range.clone());
            let dots = &mut dots[..range.len()];
            dots.fill(T::zero());
            for j in 0..cols {
                if let (Some(y), Some(dy)) = (y.column(j), dy.column(j)) {
                    for ((dot, y), dy) in dots.iter_mut().zip(y).zip(dy) {
                        *dot = dot.clone() + y.clone() * dy.clone();
                    }
                } else {
                    for (i, dot) in dots.iter_mut().enumerate() {
                        *dot = dot.clone() + y.at(i, j).clone() * dy.at(i, j).clone();
                    }
                }
            }
            for j in 0..cols {
                if let (Some(y), Some(dy), Some(dx)) =
                    (y.column(j), dy.column(j), dx.column_mut(j))
                {
                    for (((dx, y), dy), dot) in dx.iter_mut().zip(y).zip(dy).zip(&*dots) {
                        *dx = y.clone() * (dy.clone() - dot.clone());
                    }
                } else {
                    for (i, dot) in dots.iter().enumerate() {
                        *dx.at_mut(i, j) =
                            y.at(i, j).clone() * (dy.at(i, j).clone() - dot.clone());
                    }
                }
            }
        }
    }
}

impl<T: Scalar> Backward<'_, '_, '_, T> {
    #[inline(always)]
    fn by_row(&mut self) {
        const LANES: usize = 16;
        let mut turned = self.dx.reborrow().t();
        for i in 0..self.y.rows() {
            let (Some(y), Some(dy), Some(dx)) =
                (self.y.row(i), self.dy.row(i), turned.column_mut(i))
            else {
                return;
            };
            if y.len() < 2 * LANES {
                let both = y.iter().zip(dy);
                let dot =
                    both.fold(T::zero(), |dot, (y, dy)| dot + y.clone() * dy.clone());
                for ((dx, y), dy) in dx.iter_mut().zip(y).zip(dy) {
                    *dx = y.clone() * (dy.clone() - dot.clone());
                }
                continue;
            }
            let mut sums: [T; LANES] = std::array::from_fn(|_| T::zero());
            let (ys, y_rest) = y.as_chunks::<LANES>();
            let (dys, dy_rest) = dy.as_chunks::<LANES>();
            for (y, dy) in ys.iter().zip(dys) {
                for k in 0..LANES {
                    sums[k] = sums[k].clone() + y[k].clone() * dy[k].clone();
                }
            }
            for (sum, (y, dy)) in sums.iter_mut().zip(y_rest.iter().zip(dy_rest)) {
                *sum = sum.clone() + y.clone() * dy.clone();
            }
            let dot = pairwise(sums);
            for ((dx, y), dy) in dx.iter_mut().zip(y).zip(dy) {
                *dx = y.clone() * (dy.clone() - dot.clone());
            }
        }
    }
}

/// Told of a row that is done: its number, its shift, its sum of exponentials, and the result, which it
/// may change.
type RowDone<'d, T> = dyn FnMut(usize, T, T, &mut ViewMut<'_, T>) + 'd;

/// The softmax of any scalar, times `factor`, row after row.
pub(super) fn plain<T: Real>(
    x: View<'_, T>,
    mut out: ViewMut<'_, T>,
    factor: &T,
    done: &mut RowDone<'_, T>,
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
        let scale = factor.clone() / sum.clone();
        for j in 0..x.cols() {
            let entry = out.at_mut(i, j);
            *entry = entry.clone() * scale.clone();
        }
        done(i, shift, sum, &mut out);
    }
}
