//! Softmax and cross-entropy in one, L = −(1/S) Σ_ik T_ik log softmax(X)_ik.
//!
//! Computed through log-sum-exp: logits of ±10⁴ give finite losses and gradients. The targets are a
//! matrix (one-hot, smoothed, anything: nothing is assumed of its rows' sums) or class indices.
//! Derivation: `derivations/softmax_cross_entropy.md`.

use nalgebra::DMatrix;

use super::error::{agree, not_empty, same};
use super::scalar::Target;
use super::total::Total;
use super::view::{View, ViewMut};
use super::{Error, Real};

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
    Ok(T::cross_entropy_rows(x, Target::Matrix(t), scale, dx) / count)
}

/// `Σ_i −Σ_k T_ik log softmax(X)_ik`, and `out = factor·(softmax(X) ⊙ T·11ᵀ − T)`, for any scalar.
pub(super) fn plain<T: Real>(
    x: View<'_, T>,
    target: Target<'_, T>,
    factor: &T,
    out: ViewMut<'_, T>,
) -> T {
    let mut loss = Total::new();
    super::softmax::plain(x, out, factor, &mut |i, shift, sum, y| match target {
        Target::Classes(classes) => {
            let Some(&class) = classes.get(i) else { return };
            let entry = y.at_mut(i, class);
            *entry = entry.clone() - factor.clone();
            loss.add(shift - x.at(i, class).clone());
            loss.add(sum.ln());
        }
        Target::Matrix(t) => {
            let mut weight = T::zero();
            for k in 0..x.cols() {
                let t = t.at(i, k).clone();
                weight = weight + t.clone();
                loss.add(-t * (x.at(i, k).clone() - shift.clone()));
            }
            loss.add(weight.clone() * sum.ln());
            for k in 0..x.cols() {
                let y = y.at_mut(i, k);
                *y = y.clone() * weight.clone() - t.at(i, k).clone() * factor.clone();
            }
        }
    });
    loss.value()
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
    if let Some(row) = classes.iter().position(|class| *class >= x.cols()) {
        let class = classes[row];
        return Err(Error::Class { kernel: NAME, row, class, classes: x.cols() });
    }
    let count = T::from_count(x.rows());
    let scale = dl / count.clone();
    Ok(T::cross_entropy_rows(x, Target::Classes(classes), scale, dx) / count)
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
    let (x, mut dt) = (x.into(), dt.into());
    not_empty(NAME, "X", x.shape())?;
    same(NAME, ("X", x.shape()), ("dT", dt.shape()))?;
    let scale = -dl / T::from_count(x.rows());
    T::log_softmax_rows(x, dt.reborrow());
    for j in 0..x.cols() {
        for i in 0..x.rows() {
            let entry = dt.at_mut(i, j);
            *entry = scale.clone() * entry.clone();
        }
    }
    Ok(())
}
