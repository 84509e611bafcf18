//! Exact rational numbers.

use num_bigint::{BigInt, Sign as BigSign};
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::error::EvalError;
use super::number::{Number, Sign};
use crate::function::Function;

/// Past this many bits a number is no longer worth the work.
const MAX_BITS: u64 = 8_192;

/// The exact `degree`-th root of an integer that is not negative, if it has one.
fn exact_root(n: &BigInt, degree: u32) -> Option<BigInt> {
    let root = n.nth_root(degree);
    (root.pow(degree) == *n).then_some(root)
}

impl Number for BigRational {
    fn integer(n: i64) -> Self {
        BigRational::from_integer(n.into())
    }

    fn fraction(numerator: i64, denominator: i64) -> Result<Self, EvalError> {
        if denominator == 0 {
            return Err(EvalError::Domain("division by 0"));
        }
        Ok(BigRational::new(numerator.into(), denominator.into()))
    }

    fn big_integer(n: &BigInt) -> Self {
        BigRational::from_integer(n.clone())
    }

    fn rational(r: &BigRational) -> Result<Self, EvalError> {
        Ok(r.clone())
    }

    fn pi() -> Result<Self, EvalError> {
        Err(EvalError::NotExact)
    }

    fn add(&self, other: &Self) -> Self {
        if Zero::is_zero(self) {
            other.clone()
        } else if Zero::is_zero(other) {
            self.clone()
        } else {
            self + other
        }
    }

    fn mul(&self, other: &Self) -> Self {
        if Zero::is_zero(self) || other.is_one() {
            self.clone()
        } else if Zero::is_zero(other) || self.is_one() {
            other.clone()
        } else {
            self * other
        }
    }

    fn neg(&self) -> Self {
        -self
    }

    fn recip(&self) -> Result<Self, EvalError> {
        if Zero::is_zero(self) {
            return Err(EvalError::Domain("division by 0"));
        }
        Ok(BigRational::recip(self))
    }

    fn is_zero(&self) -> bool {
        Zero::is_zero(self)
    }

    fn is_finite(&self) -> bool {
        true
    }

    fn sign(&self) -> Result<Sign, EvalError> {
        Ok(match self.numer().sign() {
            BigSign::Minus => Sign::Negative,
            BigSign::NoSign => Sign::Zero,
            BigSign::Plus => Sign::Positive,
        })
    }

    fn pivot_weight(&self) -> f64 {
        if Zero::is_zero(self) {
            0.0
        } else {
            // The shorter the pivot, the shorter the quotients.
            1.0 / (1.0 + self.numer().bits() as f64 + self.denom().bits() as f64)
        }
    }

    fn root(&self, degree: u32) -> Result<Self, EvalError> {
        if self.is_negative() {
            return Err(EvalError::Domain("a root of a negative number"));
        }
        match (exact_root(self.numer(), degree), exact_root(self.denom(), degree)) {
            (Some(n), Some(d)) => Ok(BigRational::new(n, d)),
            _ => Err(EvalError::NotExact),
        }
    }

    fn function(&self, function: Function) -> Result<Self, EvalError> {
        let half = || BigRational::new(1.into(), 2.into());
        let zero = Zero::is_zero(self);
        Ok(match function {
            Function::Sqrt => return self.root(2),
            Function::Abs => self.abs(),
            Function::Sign => self.signum(),
            Function::Relu if self.is_negative() => BigRational::zero(),
            Function::Relu => self.clone(),
            Function::Elu if self.is_positive() => self.clone(),
            Function::Log if !self.is_positive() => {
                return Err(EvalError::Domain(
                    "the logarithm of a number that is not positive",
                ));
            }
            Function::Log if self.is_one() => BigRational::zero(),
            // The functions that are rational at 0 and nowhere else.
            Function::Exp | Function::Cos | Function::Cosh if zero => BigRational::one(),
            Function::Sigmoid | Function::NormalCdf if zero => half(),
            Function::Sin
            | Function::Tan
            | Function::Asin
            | Function::Atan
            | Function::Sinh
            | Function::Tanh
            | Function::Silu
            | Function::Elu
            | Function::Erf
            | Function::Gelu
                if zero =>
            {
                BigRational::zero()
            }
            _ => return Err(EvalError::NotExact),
        })
    }

    fn as_ratio(&self) -> Option<(i64, i64)> {
        Some((self.numer().to_i64()?, self.denom().to_i64()?))
    }

    fn check_size(&self) -> Result<(), EvalError> {
        if self.numer().bits() + self.denom().bits() > MAX_BITS {
            return Err(EvalError::Effort);
        }
        Ok(())
    }
}
