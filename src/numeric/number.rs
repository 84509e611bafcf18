//! The number systems in which expressions are evaluated.

use std::fmt::Debug;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::ToPrimitive;

use super::error::EvalError;
use crate::function::Function;

/// Where a number lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Below 0.
    Negative,
    /// Exactly 0.
    Zero,
    /// Above 0.
    Positive,
    /// Too close to 0 to tell.
    Unclear,
}

/// A field in which expressions are evaluated. Additions and products are total (a double may
/// overflow, which [`is_finite`](Number::is_finite) tells); everything else may fail.
pub trait Number: Clone + Debug {
    /// An integer.
    fn integer(n: i64) -> Self;

    /// `numerator / denominator`.
    ///
    /// # Errors
    /// When the denominator is 0.
    fn fraction(numerator: i64, denominator: i64) -> Result<Self, EvalError> {
        if denominator == 1 {
            return Ok(Self::integer(numerator));
        }
        Ok(Self::integer(numerator).mul(&Self::integer(denominator).recip()?))
    }

    /// An integer of any size.
    fn big_integer(n: &BigInt) -> Self;

    /// A rational number.
    ///
    /// # Errors
    /// When the denominator is 0 in this field.
    fn rational(r: &BigRational) -> Result<Self, EvalError> {
        match (r.numer().to_i64(), r.denom().to_i64()) {
            (Some(n), Some(d)) if n.unsigned_abs() < 1 << 53 && d < 1 << 53 => {
                Self::fraction(n, d)
            }
            _ => {
                Ok(Self::big_integer(r.numer())
                    .mul(&Self::big_integer(r.denom()).recip()?))
            }
        }
    }

    /// π.
    ///
    /// # Errors
    /// Where it cannot be represented.
    fn pi() -> Result<Self, EvalError>;

    /// `self + other`
    fn add(&self, other: &Self) -> Self;

    /// `self · other`
    fn mul(&self, other: &Self) -> Self;

    /// `-self`
    fn neg(&self) -> Self;

    /// Adds `a · b`.
    fn add_product(&mut self, a: &Self, b: &Self) {
        *self = self.add(&a.mul(b));
    }

    /// `1 / self`
    ///
    /// # Errors
    /// When the number is 0 or cannot be told from it.
    fn recip(&self) -> Result<Self, EvalError>;

    /// Whether the number is exactly 0.
    fn is_zero(&self) -> bool;

    /// Whether the number is one (neither an overflow nor NaN).
    fn is_finite(&self) -> bool;

    /// Where the number lies.
    ///
    /// # Errors
    /// In a field without an order.
    fn sign(&self) -> Result<Sign, EvalError>;

    /// How good a pivot the number is: 0 for none.
    fn pivot_weight(&self) -> f64;

    /// The `degree`-th root of a nonnegative number.
    ///
    /// # Errors
    /// For a negative number, and where the root cannot be represented.
    fn root(&self, degree: u32) -> Result<Self, EvalError>;

    /// A function's value; opaque functions are not asked for.
    ///
    /// # Errors
    /// Outside the domain, and where the value cannot be represented.
    fn function(&self, function: Function) -> Result<Self, EvalError>;

    /// The number as a fraction of small integers, if it is one; for exponents.
    fn as_ratio(&self) -> Option<(i64, i64)>;

    /// `self^(numerator/denominator)`; `x^0 = 1`.
    ///
    /// # Errors
    /// Where it does not exist or cannot be represented.
    fn power(&self, numerator: i64, denominator: i64) -> Result<Self, EvalError> {
        let (mut n, mut d) = (numerator, denominator);
        if d < 0 {
            n = n.checked_neg().ok_or(EvalError::Effort)?;
            d = d.checked_neg().ok_or(EvalError::Effort)?;
        }
        if d == 0 {
            return Err(EvalError::Domain("an exponent divides by 0"));
        }
        if d > 1 {
            let divisor = gcd(n.unsigned_abs(), d.unsigned_abs()) as i64;
            n /= divisor;
            d /= divisor;
        }
        let mut base = match u32::try_from(d) {
            Ok(1) => self.clone(),
            Ok(degree) => self.root(degree)?,
            Err(_) => return Err(EvalError::Effort),
        };
        if n < 0 {
            base = base.recip()?;
        }
        let mut exponent = n.unsigned_abs();
        if exponent > 100_000 {
            return Err(EvalError::Effort);
        }
        let mut result = Self::integer(1);
        while exponent > 0 {
            if exponent & 1 == 1 {
                result = result.mul(&base);
            }
            exponent >>= 1;
            if exponent > 0 {
                base = base.mul(&base);
                base.check_size()?;
            }
        }
        Ok(result)
    }

    /// Refuses a number whose representation has grown out of bounds.
    ///
    /// # Errors
    /// [`EvalError::Effort`] then.
    fn check_size(&self) -> Result<(), EvalError> {
        Ok(())
    }
}

/// The greatest common divisor; `gcd(0, n) = n`.
fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}
