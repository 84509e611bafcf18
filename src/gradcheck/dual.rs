//! Dual numbers a + b·ε with ε² = 0: exact derivatives by running the function itself.
//!
//! `f(x + u·ε) = f(x) + (∂f/∂x · u)·ε`, so one run of a generic function gives its value and its
//! derivative along u, with rounding errors only (none at all over exact rationals). `Dual<Dual<T>>`
//! gives second derivatives. There is no step size and nothing shared with a backward pass.

use std::ops::{Add, Div, Mul, Neg, Sub};

use num_traits::{One, Zero};

use crate::kernels::{Real, Scalar, View, ViewMut};

/// A value with its derivative along one direction.
#[derive(Clone, Copy, Debug, PartialEq)]
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

    /// Three products of the parts, each as fast as T's own: `AB + (A′B + AB′)·ε`.
    fn product(
        alpha: Self,
        a: View<'_, Self>,
        b: View<'_, Self>,
        beta: Self,
        mut c: ViewMut<'_, Self>,
        threads: usize,
    ) {
        let (rows, inner, cols) = (c.rows(), a.cols(), c.cols());
        let (a_value, a_tangent) = parts(a);
        let (b_value, b_tangent) = parts(b);
        let mut value = vec![T::zero(); rows * cols];
        let mut tangent = vec![T::zero(); rows * cols];
        let add = |a: &[T], b: &[T], beta: T, c: &mut [T]| {
            let operands = (
                View::column_major(a, rows, inner),
                View::column_major(b, inner, cols),
                ViewMut::column_major(c, rows, cols),
            );
            if let (Ok(a), Ok(b), Ok(c)) = operands {
                T::product(T::one(), a, b, beta, c, threads);
            }
        };
        add(&a_value, &b_value, T::zero(), &mut value);
        if a_tangent.iter().any(|t| !t.is_zero()) {
            add(&a_tangent, &b_value, T::one(), &mut tangent);
        }
        if b_tangent.iter().any(|t| !t.is_zero()) {
            add(&a_value, &b_tangent, T::one(), &mut tangent);
        }
        let unit = alpha == Self::one();
        let mut entries = value.into_iter().zip(tangent);
        for j in 0..cols {
            for i in 0..rows {
                let Some((value, tangent)) = entries.next() else { return };
                let sum = Dual::new(value, tangent);
                let sum = if unit { sum } else { alpha.clone() * sum };
                let entry = c.at_mut(i, j);
                *entry =
                    if beta.is_zero() { sum } else { sum + beta.clone() * entry.clone() };
            }
        }
    }
}

/// Values and tangents, each dense and column after column.
fn parts<T: Scalar>(matrix: View<'_, Dual<T>>) -> (Vec<T>, Vec<T>) {
    let mut value = Vec::with_capacity(matrix.len());
    let mut tangent = Vec::with_capacity(matrix.len());
    for j in 0..matrix.cols() {
        for i in 0..matrix.rows() {
            let entry = matrix.at(i, j);
            value.push(entry.value.clone());
            tangent.push(entry.tangent.clone());
        }
    }
    (value, tangent)
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
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-15, "{a} is not {b}");
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
    fn nested_duals_give_second_derivatives() {
        // x³·eˣ: the second derivative is (6x + 6x² + x³)·eˣ.
        let x = 0.4_f64;
        let d = Dual::new(Dual::variable(x), Dual::constant(1.0));
        let y = d * d * d * d.exp();
        let second = (6.0 * x + 6.0 * x * x + x * x * x) * x.exp();
        assert!((y.tangent.tangent - second).abs() < 1e-14);
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
