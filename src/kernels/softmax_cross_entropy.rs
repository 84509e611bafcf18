//! Softmax and cross-entropy in one, L = −(1/S) Σ_ik T_ik log softmax(X)_ik.
//!
//! Computed through log-sum-exp: logits of ±10⁴ give finite losses and gradients. The targets are a
//! matrix (one-hot, smoothed, anything: nothing is assumed of its rows' sums) or class indices.
//! Derivation: `derivations/softmax_cross_entropy.md`.

use nalgebra::DMatrix;

use super::error::{agree, not_empty, same};
use super::total::{Total, pairwise};
use super::view::{View, ViewMut};
use super::wide::{Wide, dispatch};
use super::{Error, Real, Scalar};

const NAME: &str = "softmax_cross_entropy";

/// The loss from the logits X (S×C) and the targets T (S×C):
/// `L = −(1/S) Σ_ik T_ik (X_ik − log Σ_j exp X_ij)`.
///
/// # Errors
/// [`Error::Shape`] where T has not X's shape, [`Error::Empty`] where there is no entry.
pub fn forward<'a, T: Real>(
    x: impl Into<View<'a, T>>,
    t: impl Into<View<'a, T>>,
) -> Result<T, Error> {
    let x = x.into();
    let mut scratch = DMatrix::from_element(x.rows(), x.cols(), T::zero());
    forward_backward_into(x, t, T::one(), &mut scratch)
}

/// dX (S×C): `dX = (1/S) (softmax(X) ⊙ T·11ᵀ − T)`, times the cotangent `dl` of the loss. Where T's
/// rows sum to one this is `(Y − T)/S`.
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
    forward_backward_into(x, t, dl, &mut dx)?;
    Ok(dx)
}

/// The loss, and dX into `dx`, in one pass over the exponentials.
///
/// # Errors
/// [`Error::Shape`] where T or dX has not X's shape, [`Error::Empty`] where there is no entry.
pub fn forward_backward_into<'a, 'c, T: Real>(
    x: impl Into<View<'a, T>>,
    t: impl Into<View<'a, T>>,
    dl: T,
    dx: impl Into<ViewMut<'c, T>>,
) -> Result<T, Error> {
    let (x, t, dx) = (x.into(), t.into(), dx.into());
    same(NAME, ("X", x.shape()), ("T", t.shape()))?;
    same(NAME, ("X", x.shape()), ("dX", dx.shape()))?;
    not_empty(NAME, "X", x.shape())?;
    let count = T::from_count(x.rows());
    let scale = dl / count.clone();
    let mut loss = Total::new();
    let mut weights = Vec::new();
    let mut dots = Vec::new();
    T::softmax_rows(x, dx, scale.clone(), &mut |first, shifts, sums, y| {
        // Of each row of T: Σ_k T_ik, and Σ_k T_ik (X_ik − shift).
        for sums in [&mut weights, &mut dots] {
            sums.clear();
            sums.resize(shifts.len(), T::zero());
        }
        let range = first..first + shifts.len();
        let (x, t) = (x.row_range(range.clone()), t.row_range(range));
        let (weights, dots) = (&mut weights[..], &mut dots[..]);
        dispatch(Gather { x, t, shifts, weights, dots });
        loss.add_all(dots.iter().map(|dot| -dot.clone()));
        if weights.iter().all(|weight| *weight == T::one()) {
            loss.add(T::sum_of_logs(sums));
        } else {
            let logs = weights.iter().zip(sums);
            loss.add_all(logs.map(|(weight, sum)| weight.clone() * sum.ln()));
        }
        dispatch(Subtract { y, t, weights, scale: &scale });
    });
    Ok(loss.value() / count)
}

/// The sums over the rows of T that the loss is made of.
struct Gather<'a, T> {
    x: View<'a, T>,
    t: View<'a, T>,
    shifts: &'a [T],
    weights: &'a mut [T],
    dots: &'a mut [T],
}

impl<T: Scalar> Wide for Gather<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Gather { x, t, shifts, weights, dots } = self;
        if x.cols() > 1 && x.row(0).is_some() && t.row(0).is_some() {
            let sums = weights.iter_mut().zip(dots.iter_mut()).zip(shifts);
            for (i, ((weight, dot), shift)) in sums.enumerate() {
                let (x, t) = (x.row(i).unwrap_or_default(), t.row(i).unwrap_or_default());
                (*weight, *dot) = row_sums(x, t, shift);
            }
            return;
        }
        for k in 0..x.cols() {
            let sums = weights.iter_mut().zip(dots.iter_mut()).zip(shifts);
            if let (Some(x), Some(t)) = (x.column(k), t.column(k)) {
                for (((weight, dot), shift), (x, t)) in sums.zip(x.iter().zip(t)) {
                    *weight = weight.clone() + t.clone();
                    *dot = dot.clone() + t.clone() * (x.clone() - shift.clone());
                }
            } else {
                for (i, ((weight, dot), shift)) in sums.enumerate() {
                    let (x, t) = (x.at(i, k).clone(), t.at(i, k).clone());
                    *weight = weight.clone() + t.clone();
                    *dot = dot.clone() + t * (x - shift.clone());
                }
            }
        }
    }
}

/// Σ_k t_k and Σ_k t_k (x_k − shift), several sums side by side.
#[inline(always)]
fn row_sums<T: Scalar>(x: &[T], t: &[T], shift: &T) -> (T, T) {
    const LANES: usize = 16;
    let mut weights: [T; LANES] = std::array::from_fn(|_| T::zero());
    let mut dots = weights.clone();
    let mut step = |k: usize, x: &T, t: &T| {
        weights[k] = weights[k].clone() + t.clone();
        dots[k] = dots[k].clone() + t.clone() * (x.clone() - shift.clone());
    };
    let (xs, x_rest) = x.as_chunks::<LANES>();
    let (ts, t_rest) = t.as_chunks::<LANES>();
    for (x, t) in xs.iter().zip(ts) {
        for k in 0..LANES {
            step(k, &x[k], &t[k]);
        }
    }
    for (k, (x, t)) in x_rest.iter().zip(t_rest).enumerate() {
        step(k, x, t);
    }
    (pairwise(weights), pairwise(dots))
}

/// `Y ← Y ⊙ weights·1ᵀ − scale·T`.
struct Subtract<'a, 'y, T> {
    y: ViewMut<'y, T>,
    t: View<'a, T>,
    weights: &'a [T],
    scale: &'a T,
}

impl<T: Scalar> Wide for Subtract<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Subtract { mut y, t, weights, scale } = self;
        if y.cols() > 1 && y.as_view().row(0).is_some() && t.row(0).is_some() {
            let mut turned = y.t();
            for (i, weight) in weights.iter().enumerate() {
                let y = turned.column_mut(i).unwrap_or_default();
                for (y, t) in y.iter_mut().zip(t.row(i).unwrap_or_default()) {
                    *y = y.clone() * weight.clone() - t.clone() * scale.clone();
                }
            }
            return;
        }
        for k in 0..y.cols() {
            if let (Some(y), Some(t)) = (y.column_mut(k), t.column(k)) {
                for ((y, t), weight) in y.iter_mut().zip(t).zip(weights) {
                    *y = y.clone() * weight.clone() - t.clone() * scale.clone();
                }
            } else {
                for (i, weight) in weights.iter().enumerate() {
                    let y = y.at_mut(i, k);
                    *y = y.clone() * weight.clone() - t.at(i, k).clone() * scale.clone();
                }
            }
        }
    }
}

/// The loss, and dX into `dx`, for class indices: row i of T is one-hot at `classes[i]`.
///
/// # Errors
/// [`Error::Shape`] where `classes` has not one entry a row of X or dX has not X's shape,
/// [`Error::Class`] where an index is out of range, [`Error::Empty`] where there is no entry.
pub fn forward_backward_classes_into<'a, 'c, T: Real>(
    x: impl Into<View<'a, T>>,
    classes: &[usize],
    dl: T,
    dx: impl Into<ViewMut<'c, T>>,
) -> Result<T, Error> {
    let (x, dx) = (x.into(), dx.into());
    let rule = "there must be one class for each row of X";
    let shape = (classes.len(), 1);
    agree(NAME, classes.len() == x.rows(), ("X", x.shape()), ("classes", shape), rule)?;
    same(NAME, ("X", x.shape()), ("dX", dx.shape()))?;
    not_empty(NAME, "X", x.shape())?;
    for (row, &class) in classes.iter().enumerate() {
        if class >= x.cols() {
            return Err(Error::Class { kernel: NAME, row, class, classes: x.cols() });
        }
    }
    let count = T::from_count(x.rows());
    let scale = dl / count.clone();
    let mut loss = Total::new();
    T::softmax_rows(x, dx, scale.clone(), &mut |first, shifts, sums, mut y| {
        let classes = &classes[first..first + shifts.len()];
        let chosen = shifts.iter().zip(classes).enumerate();
        loss.add_all(chosen.map(|(i, (shift, &class))| {
            let entry = y.at_mut(i, class);
            *entry = entry.clone() - scale.clone();
            shift.clone() - x.at(first + i, class).clone()
        }));
        loss.add(T::sum_of_logs(sums));
    });
    Ok(loss.value() / count)
}

/// The loss for class indices; see [`forward`].
///
/// # Errors
/// As for [`forward_backward_classes_into`].
pub fn forward_classes<'a, T: Real>(
    x: impl Into<View<'a, T>>,
    classes: &[usize],
) -> Result<T, Error> {
    let x = x.into();
    let mut scratch = DMatrix::from_element(x.rows(), x.cols(), T::zero());
    forward_backward_classes_into(x, classes, T::one(), &mut scratch)
}

/// dX for class indices, `(Y − T)/S` times `dl`; see [`backward`].
///
/// # Errors
/// As for [`forward_backward_classes_into`].
pub fn backward_classes<'a, T: Real>(
    x: impl Into<View<'a, T>>,
    classes: &[usize],
    dl: T,
) -> Result<DMatrix<T>, Error> {
    let x = x.into();
    let mut dx = DMatrix::from_element(x.rows(), x.cols(), T::zero());
    forward_backward_classes_into(x, classes, dl, &mut dx)?;
    Ok(dx)
}

/// dT (S×C), the gradient with respect to the targets: `dT = −(1/S) log softmax(X)`, times `dl`.
///
/// # Errors
/// [`Error::Empty`] where there is no entry.
pub fn target_gradient<'a, T: Real>(
    x: impl Into<View<'a, T>>,
    dl: T,
) -> Result<DMatrix<T>, Error> {
    let x = x.into();
    not_empty(NAME, "X", x.shape())?;
    let scale = -dl / T::from_count(x.rows());
    Ok(super::log_softmax::forward(x)?.map(|y| scale.clone() * y))
}
