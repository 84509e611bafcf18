//! Cross-entropy on probabilities, L = −(1/S) Σ_ik T_ik log X_ik.
//!
//! For logits use [`softmax_cross_entropy`](super::softmax_cross_entropy), which stays finite.
//! Derivation: `derivations/cross_entropy.md`.

use nalgebra::DMatrix;

use super::error::{not_empty, same};
use super::total::Total;
use super::view::{View, ViewMut, map_into, zip_into};
use super::wide::{Wide, dispatch};
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
    Ok(-dispatch(Sum { x, t }) / T::from_count(x.rows()))
}

/// Σ_ik T_ik log X_ik.
struct Sum<'a, T> {
    x: View<'a, T>,
    t: View<'a, T>,
}

impl<T: Real> Wide for Sum<'_, T> {
    type Output = T;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> T {
        let mut total = Total::new();
        if self.x.strides() == self.t.strides() && self.x.is_dense() {
            total.add(products::<T, FMA>(self.x.data(), self.t.data()));
            return total.value();
        }
        for j in 0..self.x.cols() {
            if let (Some(x), Some(t)) = (self.x.column(j), self.t.column(j)) {
                total.add(products::<T, FMA>(x, t));
                continue;
            }
            for i in 0..self.x.rows() {
                let log = self.x.at(i, j).ln_wide::<FMA>();
                total.add(self.t.at(i, j).clone() * log);
            }
        }
        total.value()
    }
}

/// Σ t·ln x: sums side by side, each with what rounding takes from it.
#[inline(always)]
fn products<T: Real, const FMA: bool>(x: &[T], t: &[T]) -> T {
    const LANES: usize = 16;
    let mut sums: [T; LANES] = std::array::from_fn(|_| T::zero());
    let mut carries = sums.clone();
    let (xs, x_rest) = x.as_chunks::<LANES>();
    let (ts, t_rest) = t.as_chunks::<LANES>();
    for (x, t) in xs.iter().zip(ts) {
        for k in 0..LANES {
            let term = t[k].clone() * x[k].ln_wide::<FMA>();
            T::add_carried(&mut sums[k], &mut carries[k], term);
        }
    }
    for (k, (x, t)) in x_rest.iter().zip(t_rest).enumerate() {
        let term = t.clone() * x.ln_wide::<FMA>();
        T::add_carried(&mut sums[k], &mut carries[k], term);
    }
    let mut total = Total::new();
    for (sum, carry) in sums.into_iter().zip(carries) {
        total.add(sum);
        total.add(carry);
    }
    total.value()
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
    dispatch(Logs { x, scale, out: dt });
    Ok(())
}

/// `out = scale·log X`.
struct Logs<'a, 'b, T> {
    x: View<'a, T>,
    scale: T,
    out: ViewMut<'b, T>,
}

impl<T: Real> Wide for Logs<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        map_into(self.x, self.out, |x| self.scale.clone() * x.ln_wide::<FMA>());
    }
}

fn check<T>(x: View<'_, T>, t: View<'_, T>) -> Result<(), Error> {
    same(NAME, ("X", x.shape()), ("T", t.shape()))?;
    not_empty(NAME, "X", x.shape())
}
