//! The numbers that kernels run on.
//!
//! [`Scalar`] is what the rational kernels need, [`Real`] adds the functions of the others. Both
//! are small on purpose: floats, exact rationals, [`Dual`](crate::gradcheck::Dual) numbers and
//! symbols implement them, so the shipped code itself can be differentiated, run exactly and proved.
//! There is no order in them: a branch is [`Scalar::if_positive`], which a symbol can answer too.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::View;
use super::view::ViewMut;

/// A number with `+ − × ÷` and a test for being positive.
pub trait Scalar:
    nalgebra::Scalar
    + num_traits::Zero
    + num_traits::One
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// The integer `n`; exact where the scalar is exact.
    fn from_integer(n: i64) -> Self;

    /// `then` where `self > 0`, otherwise `other`: `[x > 0]·then + [x ≤ 0]·other`. Where `self` is
    /// not a number the answer is `then`, so that it shows.
    ///
    /// As a function of `self` this is constant on each side; its derivative is taken to be zero
    /// at 0, as for ReLU.
    fn if_positive(&self, then: Self, other: Self) -> Self;

    /// `C ← alpha·A·B + beta·C`. The shapes have been checked, and where `beta` is zero C's old
    /// entries are not read. `threads` is at least 1.
    fn product(
        alpha: Self,
        a: View<'_, Self>,
        b: View<'_, Self>,
        beta: Self,
        c: ViewMut<'_, Self>,
        threads: usize,
    ) {
        let _ = threads;
        super::product::plain(alpha, a, b, beta, c);
    }

    /// Adds `term` to `sum` and what rounding takes from it to `carry`, where the scalar rounds: in the
    /// end `sum + carry` is the sum as if rounded once.
    fn add_carried(sum: &mut Self, carry: &mut Self, term: Self) {
        let _ = carry;
        *sum = sum.clone() + term;
    }

    /// The count `n`, as in a mean.
    fn from_count(n: usize) -> Self {
        Self::from_integer(i64::try_from(n).unwrap_or(i64::MAX))
    }
}

/// What a cross-entropy compares with.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a, T> {
    /// Row i of T is one-hot at the i-th index.
    Classes(&'a [usize]),
    /// T itself, of the logits' shape.
    Matrix(View<'a, T>),
}

/// A number with the elementary functions that the kernels use.
pub trait Real: Scalar {
    /// eˣ.
    fn exp(&self) -> Self;
    /// The natural logarithm.
    fn ln(&self) -> Self;
    /// The square root.
    fn sqrt(&self) -> Self;
    /// The hyperbolic tangent.
    fn tanh(&self) -> Self;
    /// The error function, 2/√π ∫₀ˣ exp(−t²) dt.
    fn erf(&self) -> Self;
    /// π.
    fn pi() -> Self;

    /// 1 − erf x, accurate for large x where the scalar can.
    fn erfc(&self) -> Self {
        Self::one() - self.erf()
    }

    /// eˣ − 1, accurate near 0 where the scalar can.
    fn exp_m1(&self) -> Self {
        self.exp() - Self::one()
    }

    /// 1 / (1 + e⁻ˣ).
    fn sigmoid(&self) -> Self {
        Self::one() / (Self::one() + (-self.clone()).exp())
    }

    /// eˣ as it is written in loops over many entries: without a branch where the scalar can, so that the
    /// loop becomes vectors. `FMA`: whether fused multiply-add is one fast instruction.
    #[inline(always)]
    fn exp_wide<const FMA: bool>(&self) -> Self {
        self.exp()
    }

    /// ln x as it is written in loops over many entries; see [`Real::exp_wide`].
    #[inline(always)]
    fn ln_wide<const FMA: bool>(&self) -> Self {
        self.ln()
    }

    /// A value to shift exponents by: the larger of the two where the scalar is ordered, otherwise
    /// any constant. It is used only where it cancels (`softmax(x − c) = softmax(x)`), so every
    /// answer is right, and the larger one keeps the exponentials finite. Symbols return zero.
    fn pivot(&self, other: &Self) -> Self;

    /// Row-wise softmax of `x` into `out`, of the same shape: the place for a faster way.
    fn softmax_rows(x: View<'_, Self>, out: ViewMut<'_, Self>) {
        super::softmax::plain(x, out, &Self::one(), &mut |_, _, _, _| {});
    }

    /// Row-wise log-softmax of `x` into `out`, of the same shape: the place for a faster way.
    fn log_softmax_rows(x: View<'_, Self>, out: ViewMut<'_, Self>) {
        super::log_softmax::plain(x, out);
    }

    /// `Σ_i −Σ_k T_ik log softmax(X)_ik`, and `out = factor·(softmax(X) ⊙ T·11ᵀ − T)`: the place for a
    /// faster way. The shapes have been checked, and class indices too.
    fn cross_entropy_rows(
        x: View<'_, Self>,
        target: Target<'_, Self>,
        factor: Self,
        out: ViewMut<'_, Self>,
    ) -> Self {
        super::softmax_cross_entropy::plain(x, target, &factor, out)
    }
}
