//! Dual numbers a + b·ε with ε² = 0: exact derivatives by running the function itself.
//!
//! `f(x + u·ε) = f(x) + (∂f/∂x · u)·ε`, so one run of a generic function gives its value and its
//! derivative along u, with rounding errors only (none at all over exact rationals). `Dual<Dual<T>>`
//! gives second derivatives. There is no step size and nothing shared with a backward pass.

use std::ops::{Add, Div, Mul, Neg, Sub};

use approx::{AbsDiffEq, RelativeEq};
use num_traits::{One, Zero};

use crate::kernels::{Real, Scalar, View, ViewMut};

/// A value with its derivative along one direction.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct Dual<T> {
    /// The value a.
    pub value: T,
    /// The derivative b, the coefficient of ε.
    pub tangent: T,
}

impl<T> Dual<T> {
    /// `value + tangent·ε`.
    pub fn new(value: T, tangent: T) -> Self {
        Dual { value, tangent }
    }
}

impl<T: Zero> Dual<T> {
    /// `value + 0·ε`.
    pub fn constant(value: T) -> Self {
        Dual { value, tangent: T::zero() }
    }
}

impl<T: One> Dual<T> {
    /// `value + 1·ε`: the variable to differentiate by.
    pub fn variable(value: T) -> Self {
        Dual { value, tangent: T::one() }
    }
}

/// Value and tangent both within `epsilon`, so that `approx`'s assertions work on (matrices of) dual numbers.
impl<T: AbsDiffEq<Epsilon: Clone>> AbsDiffEq for Dual<T> {
    type Epsilon = T::Epsilon;

    fn default_epsilon() -> Self::Epsilon {
        T::default_epsilon()
    }

    fn abs_diff_eq(&self, other: &Self, epsilon: Self::Epsilon) -> bool {
        self.value.abs_diff_eq(&other.value, epsilon.clone())
            && self.tangent.abs_diff_eq(&other.tangent, epsilon)
    }
}

/// Value and tangent both equal to a relative error.
impl<T: RelativeEq<Epsilon: Clone>> RelativeEq for Dual<T> {
    fn default_max_relative() -> Self::Epsilon {
        T::default_max_relative()
    }

    fn relative_eq(
        &self,
        other: &Self,
        epsilon: Self::Epsilon,
        max_relative: Self::Epsilon,
    ) -> bool {
        self.value.relative_eq(&other.value, epsilon.clone(), max_relative.clone())
            && self.tangent.relative_eq(&other.tangent, epsilon, max_relative)
    }
}

impl<T: Add<Output = T>> Add for Dual<T> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Dual::new(self.value + other.value, self.tangent + other.tangent)
    }
}

impl<T: Sub<Output = T>> Sub for Dual<T> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Dual::new(self.value - other.value, self.tangent - other.tangent)
    }
}

impl<T: Clone + Add<Output = T> + Mul<Output = T>> Mul for Dual<T> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let tangent =
            self.tangent * other.value.clone() + self.value.clone() * other.tangent;
        Dual::new(self.value * other.value, tangent)
    }
}

impl<T> Div for Dual<T>
where
    T: Clone + Sub<Output = T> + Mul<Output = T> + Div<Output = T>,
{
    type Output = Self;

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        // (a/c)′ = (a′ − (a/c)·c′)/c
        let value = self.value / other.value.clone();
        let tangent = (self.tangent - value.clone() * other.tangent) / other.value;
        Dual::new(value, tangent)
    }
}

impl<T: Neg<Output = T>> Neg for Dual<T> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Dual::new(-self.value, -self.tangent)
    }
}

impl<T: Zero> Zero for Dual<T> {
    fn zero() -> Self {
        Dual::new(T::zero(), T::zero())
    }

    fn is_zero(&self) -> bool {
        self.value.is_zero() && self.tangent.is_zero()
    }
}

impl<T: Scalar> One for Dual<T> {
    fn one() -> Self {
        Dual::constant(T::one())
    }
}

impl<T: Scalar> Scalar for Dual<T> {
    fn from_integer(n: i64) -> Self {
        Dual::constant(T::from_integer(n))
    }

    #[inline(always)]
    fn if_positive(&self, then: Self, other: Self) -> Self {
        Dual::new(
            self.value.if_positive(then.value, other.value),
            self.value.if_positive(then.tangent, other.tangent),
        )
    }

    #[inline(always)]
    fn add_carried(sum: &mut Self, carry: &mut Self, term: Self) {
        T::add_carried(&mut sum.value, &mut carry.value, term.value);
        T::add_carried(&mut sum.tangent, &mut carry.tangent, term.tangent);
    }

    /// Products of the parts, each as fast as T's own: `AB + (A′B + AB′)·ε`. The parts are looked at
    /// where they lie, with twice the strides; nothing is copied.
    fn product(
        alpha: Self,
        a: View<'_, Self>,
        b: View<'_, Self>,
        beta: Self,
        mut c: ViewMut<'_, Self>,
        threads: usize,
    ) {
        let Some([a_value, a_tangent]) = parts(a) else { return };
        let Some([b_value, b_tangent]) = parts(b) else { return };
        let (a_moves, b_moves) = (moves(a_tangent), moves(b_tangent));
        // The tangent first: it needs C's old value.
        let mut beta_now = beta.value.clone();
        if !beta.tangent.is_zero() {
            scale(c.reborrow(), &beta);
            beta_now = T::one();
        }
        let mut add = |scale: &T, a: View<'_, T>, b: View<'_, T>, beta: &mut T| {
            if let Some(c) = part_mut(&mut c, TANGENT) {
                T::product(scale.clone(), a, b, beta.clone(), c, threads);
                *beta = T::one();
            }
        };
        let mut beta_tangent = beta_now.clone();
        if b_moves {
            add(&alpha.value, a_value, b_tangent, &mut beta_tangent);
        }
        if a_moves {
            add(&alpha.value, a_tangent, b_value, &mut beta_tangent);
        }
        if !alpha.tangent.is_zero() {
            add(&alpha.tangent, a_value, b_value, &mut beta_tangent);
        } else if !a_moves && !b_moves && beta_now != T::one() {
            for j in 0..c.cols() {
                for i in 0..c.rows() {
                    let tangent = &mut c.at_mut(i, j).tangent;
                    *tangent = if beta_now.is_zero() {
                        T::zero()
                    } else {
                        beta_now.clone() * tangent.clone()
                    };
                }
            }
        }
        if let Some(c) = part_mut(&mut c, VALUE) {
            T::product(alpha.value, a_value, b_value, beta_now, c, threads);
        }
    }
}

/// Where a dual number's parts lie.
const VALUE: usize = 0;
const TANGENT: usize = 1;

/// A slice of dual numbers as a slice of their parts, value and tangent in turn.
#[expect(unsafe_code, reason = "there is no safe cast between slices of generic types")]
fn flat<T>(duals: &[Dual<T>]) -> &[T] {
    // SAFETY: `Dual` is `repr(C)` with two fields of one type: two Ts without a gap, aligned as T.
    unsafe { std::slice::from_raw_parts(duals.as_ptr().cast::<T>(), 2 * duals.len()) }
}

/// [`flat`], to write.
#[expect(unsafe_code, reason = "there is no safe cast between slices of generic types")]
fn flat_mut<T>(duals: &mut [Dual<T>]) -> &mut [T] {
    // SAFETY: as for `flat`; the borrow is exclusive and lives as long as the one it is made from.
    unsafe {
        std::slice::from_raw_parts_mut(duals.as_mut_ptr().cast::<T>(), 2 * duals.len())
    }
}

/// The matrices of values and of tangents.
fn parts<T>(matrix: View<'_, Dual<T>>) -> Option<[View<'_, T>; 2]> {
    let (rows, cols) = matrix.shape();
    let (down, right) = matrix.strides();
    let data = flat(matrix.data());
    let part = |k: usize| View::new(data.get(k..)?, rows, cols, 2 * down, 2 * right).ok();
    Some([part(VALUE)?, part(TANGENT)?])
}

/// The matrix of values or of tangents, to write.
fn part_mut<'v, T>(
    matrix: &'v mut ViewMut<'_, Dual<T>>,
    part: usize,
) -> Option<ViewMut<'v, T>> {
    let (rows, cols) = matrix.shape();
    let (down, right) = matrix.strides();
    let data = flat_mut(matrix.data_mut()).get_mut(part..)?;
    ViewMut::new(data, rows, cols, 2 * down, 2 * right).ok()
}

/// Whether any entry is not zero.
fn moves<T: Scalar>(tangent: View<'_, T>) -> bool {
    (0..tangent.cols()).any(|j| (0..tangent.rows()).any(|i| !tangent.at(i, j).is_zero()))
}

/// `C ← beta·C`.
fn scale<T: Scalar>(mut c: ViewMut<'_, Dual<T>>, beta: &Dual<T>) {
    for j in 0..c.cols() {
        for i in 0..c.rows() {
            let entry = c.at_mut(i, j);
            *entry = beta.clone() * entry.clone();
        }
    }
}

impl<T: Real> Real for Dual<T> {
    fn exp(&self) -> Self {
        let y = self.value.exp();
        Dual::new(y.clone(), y * self.tangent.clone())
    }

    fn ln(&self) -> Self {
        Dual::new(self.value.ln(), self.tangent.clone() / self.value.clone())
    }

    fn sqrt(&self) -> Self {
        let y = self.value.sqrt();
        Dual::new(y.clone(), self.tangent.clone() / (T::from_integer(2) * y))
    }

    fn tanh(&self) -> Self {
        let y = self.value.tanh();
        let slope = (T::one() - y.clone()) * (T::one() + y.clone());
        Dual::new(y, slope * self.tangent.clone())
    }

    fn erf(&self) -> Self {
        let x = self.value.clone();
        let slope = T::from_integer(2) / T::pi().sqrt() * (-(x.clone() * x)).exp();
        Dual::new(self.value.erf(), slope * self.tangent.clone())
    }

    fn erfc(&self) -> Self {
        let x = self.value.clone();
        let slope = T::from_integer(2) / T::pi().sqrt() * (-(x.clone() * x)).exp();
        Dual::new(self.value.erfc(), -(slope * self.tangent.clone()))
    }

    fn pi() -> Self {
        Dual::constant(T::pi())
    }

    fn exp_m1(&self) -> Self {
        Dual::new(self.value.exp_m1(), self.value.exp() * self.tangent.clone())
    }

    fn sigmoid(&self) -> Self {
        let y = self.value.sigmoid();
        let slope = y.clone() * (-self.value.clone()).sigmoid();
        Dual::new(y, slope * self.tangent.clone())
    }

    fn pivot(&self, other: &Self) -> Self {
        Dual::constant(self.value.pivot(&other.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::matmul;
    use nalgebra::DMatrix;

    #[test]
    fn derivatives_of_elementary_functions_are_the_known_ones() {
        let x = 0.7_f64;
        let d = Dual::variable(x);
        let near = |a: f64, b: f64| approx::assert_relative_eq!(a, b, epsilon = 1e-15);
        near(d.exp().tangent, x.exp());
        near(d.ln().tangent, 1.0 / x);
        near(d.sqrt().tangent, 0.5 / x.sqrt());
        near(d.tanh().tangent, 1.0 - x.tanh().powi(2));
        near(d.erf().tangent, 2.0 / std::f64::consts::PI.sqrt() * (-x * x).exp());
        near(d.sigmoid().tangent, d.sigmoid().value * (1.0 - d.sigmoid().value));
        near((Dual::one() / d).tangent, -1.0 / (x * x));
        near(d.exp_m1().tangent, x.exp());
    }

    #[test]
    fn dual_numbers_are_near_where_both_parts_are() {
        let a = DMatrix::from_element(2, 2, Dual::new(1.0, 3.0));
        let near = a.map(|d| Dual::new(d.value + 1e-12, d.tangent * (1.0 - 1e-12)));
        approx::assert_relative_eq!(a, near, max_relative = 1e-10);
        let far = a.map(|d| Dual::new(d.value, d.tangent + 1e-6));
        approx::assert_relative_ne!(a, far, max_relative = 1e-10);
    }

    #[test]
    fn nested_duals_give_second_derivatives() {
        // x³·eˣ: the second derivative is (6x + 6x² + x³)·eˣ.
        let x = 0.4_f64;
        let d = Dual::new(Dual::variable(x), Dual::constant(1.0));
        let y = d * d * d * d.exp();
        let second = (6.0 * x + 6.0 * x * x + x * x * x) * x.exp();
        assert!((y.tangent.tangent - second).abs() < 1e-14);
    }

    #[test]
    fn a_product_with_moving_factors_is_the_product_by_definition() {
        use crate::kernels::product;
        let number = |i: usize, j: usize| {
            Dual::new((2 * i + 3 * j) as f64 - 4.0, (i * i + j) as f64 - 2.0)
        };
        let still = |i: usize, j: usize| Dual::constant((i + 2 * j) as f64);
        let factors = [
            Dual::zero(),
            Dual::constant(1.0),
            Dual::constant(-0.5),
            Dual::new(0.0, 2.0),
            Dual::new(3.0, -1.0),
        ];
        for (a, b) in [
            (DMatrix::from_fn(3, 4, number), DMatrix::from_fn(2, 4, number)),
            (DMatrix::from_fn(3, 4, still), DMatrix::from_fn(2, 4, number)),
            (DMatrix::from_fn(3, 4, number), DMatrix::from_fn(2, 4, still)),
            (DMatrix::from_fn(3, 4, still), DMatrix::from_fn(2, 4, still)),
        ] {
            for alpha in factors {
                for beta in factors {
                    let before = DMatrix::from_fn(3, 2, |i, j| number(j + 1, i));
                    let mut c = before.clone();
                    product(alpha, &a, View::from(&b).t(), beta, &mut c, 1)
                        .expect("the shapes fit");
                    for i in 0..3 {
                        for j in 0..2 {
                            let sum = (0..4)
                                .fold(Dual::zero(), |s, k| s + a[(i, k)] * b[(j, k)]);
                            let expected = alpha * sum + beta * before[(i, j)];
                            assert_eq!(c[(i, j)], expected, "{alpha:?} {beta:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_product_by_parts_is_the_product_by_definition() {
        let a =
            DMatrix::from_fn(3, 4, |i, j| Dual::new((i + 2 * j) as f64, (i * j) as f64));
        let b = DMatrix::from_fn(4, 2, |i, j| Dual::new((2 * i + j) as f64, 1.0));
        let c = matmul(&a, &b).expect("the shapes fit");
        for i in 0..3 {
            for j in 0..2 {
                let sum = (0..4).fold(Dual::zero(), |s, k| s + a[(i, k)] * b[(k, j)]);
                assert_eq!(c[(i, j)], sum);
            }
        }
    }
}
