//! Double precision with a running bound of its error.

use num_bigint::BigInt;
use num_traits::ToPrimitive;

use super::error::EvalError;
use super::number::{Number, Sign};
use crate::function::Function;

/// The rounding error of one operation, relative, with a little to spare.
const UNIT: f64 = 1.2e-16;

/// The error of a library function, relative, with much to spare.
const FUNCTION_ERROR: f64 = 1e-15;

/// Function values nearer to 0, or past the inverse of this, may leave the range of doubles in the
/// next step, where no bound of a relative error holds.
const SMALLEST: f64 = 1e-120;

/// A double and a bound of how far it may be from the true value. The bound is of first order and
/// rounded carelessly, so whoever decides by it leaves a margin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Approx {
    /// The computed value.
    pub value: f64,
    /// The bound of its error; 0 for a value known to be exact.
    pub error: f64,
}

impl Approx {
    /// A double taken as exact.
    pub fn exact(value: f64) -> Self {
        Approx { value, error: 0.0 }
    }
}

/// Whether the product of two doubles is exact because both are short integers.
fn is_short_integer(x: f64) -> bool {
    x.abs() < 67_108_864.0 && f64::from(x as i32) == x
}

/// `a + b` and its exact rounding error (Knuth's two-sum).
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, ((a - (sum - part)) + (b - part)).abs())
}

impl Number for Approx {
    fn integer(n: i64) -> Self {
        let value = n as f64;
        let error = if n.unsigned_abs() < 1 << 53 { 0.0 } else { UNIT * value.abs() };
        Approx { value, error }
    }

    fn fraction(numerator: i64, denominator: i64) -> Result<Self, EvalError> {
        if denominator == 0 {
            return Err(EvalError::Domain("division by 0"));
        }
        let n = Approx::integer(numerator);
        if denominator == 1 {
            return Ok(n);
        }
        let value = numerator as f64 / denominator as f64;
        let exact = denominator > 0
            && (denominator as u64).is_power_of_two()
            && numerator.unsigned_abs() < 1 << 53;
        Ok(Approx { value, error: if exact { 0.0 } else { 3.0 * UNIT * value.abs() } })
    }

    fn big_integer(n: &BigInt) -> Self {
        let value = n.to_f64().unwrap_or(f64::INFINITY);
        Approx { value, error: UNIT * value.abs() }
    }

    fn pi() -> Result<Self, EvalError> {
        Ok(Approx { value: std::f64::consts::PI, error: UNIT * 4.0 })
    }

    fn add(&self, other: &Self) -> Self {
        let (value, rounding) = two_sum(self.value, other.value);
        Approx { value, error: self.error + other.error + rounding }
    }

    fn mul(&self, other: &Self) -> Self {
        let value = self.value * other.value;
        if self.error == 0.0 && other.error == 0.0 {
            let exact = is_short_integer(self.value) && is_short_integer(other.value);
            return Approx { value, error: if exact { 0.0 } else { UNIT * value.abs() } };
        }
        let error = self.value.abs() * other.error
            + other.value.abs() * self.error
            + self.error * other.error
            + UNIT * value.abs();
        Approx { value, error }
    }

    fn neg(&self) -> Self {
        Approx { value: -self.value, error: self.error }
    }

    fn recip(&self) -> Result<Self, EvalError> {
        let size = self.value.abs();
        if size.is_nan() || size <= 4.0 * self.error || size == 0.0 {
            return Err(EvalError::Domain("division by 0"));
        }
        let value = 1.0 / self.value;
        let exact = self.error == 0.0 && size == 1.0;
        let error = if exact {
            0.0
        } else {
            self.error / (size * (size - self.error)) + UNIT * value.abs()
        };
        Ok(Approx { value, error })
    }

    fn is_zero(&self) -> bool {
        self.value == 0.0 && self.error == 0.0
    }

    fn is_finite(&self) -> bool {
        self.value.is_finite() && self.error.is_finite()
    }

    fn sign(&self) -> Result<Sign, EvalError> {
        if !self.is_finite() {
            return Err(EvalError::Domain("overflow"));
        }
        Ok(if self.is_zero() {
            Sign::Zero
        } else if self.value.abs() <= 8.0 * self.error {
            Sign::Unclear
        } else if self.value > 0.0 {
            Sign::Positive
        } else {
            Sign::Negative
        })
    }

    fn pivot_weight(&self) -> f64 {
        let size = self.value.abs();
        if size > 8.0 * self.error { size } else { 0.0 }
    }

    fn root(&self, degree: u32) -> Result<Self, EvalError> {
        if self.is_zero() {
            return Ok(*self);
        }
        match self.sign()? {
            Sign::Positive => {}
            Sign::Zero | Sign::Unclear => return Err(EvalError::Domain("a root at 0")),
            Sign::Negative => {
                return Err(EvalError::Domain("a root of a negative number"));
            }
        }
        let value = if degree == 2 {
            self.value.sqrt()
        } else {
            self.value.powf(1.0 / f64::from(degree))
        };
        if self.error == 0.0 && value * value == self.value && degree == 2 {
            // A perfect square, where the root has half the digits and is exact.
            if is_short_integer(value) {
                return Ok(Approx::exact(value));
            }
        }
        let relative = self.error / (self.value - self.error);
        let error = value * (relative + if degree == 2 { UNIT } else { FUNCTION_ERROR });
        Ok(Approx { value, error })
    }

    fn function(&self, function: Function) -> Result<Self, EvalError> {
        if function == Function::Sqrt {
            return self.root(2);
        }
        let x = self.value;
        let at = |x: f64| function.value(x).ok_or(EvalError::NotExact);
        match function {
            Function::Log if x <= 0.0 => {
                return Err(EvalError::Domain(
                    "the logarithm of a number that is not positive",
                ));
            }
            Function::Relu | Function::Abs => {
                return Ok(Approx { value: at(x)?, error: self.error });
            }
            Function::Sign => {
                return match self.sign()? {
                    Sign::Unclear => Err(EvalError::Kink),
                    _ => Ok(Approx::exact(if x > 0.0 {
                        1.0
                    } else if x < 0.0 {
                        -1.0
                    } else {
                        0.0
                    })),
                };
            }
            _ => {}
        }
        let value = at(x)?;
        if self.error == 0.0 && x == 0.0 && is_short_integer(value) {
            // f(0) is an exact integer for every function of the table that is one there.
            return Ok(Approx::exact(value));
        }
        use Function::{Exp, NormalCdf, Sigmoid, Softplus};
        let fades = matches!(function, Exp | Sigmoid | Softplus | NormalCdf);
        if value.abs() > 1.0 / SMALLEST || fades && value < SMALLEST {
            return Err(EvalError::Domain("a value beyond what doubles hold"));
        }
        let mut error = FUNCTION_ERROR * value.abs();
        if matches!(function, Function::Erf | Function::NormalCdf | Function::Gelu) {
            error += FUNCTION_ERROR * (1.0 + x.abs());
        }
        if self.error > 0.0 {
            let above = (at(x + self.error)? - value).abs();
            let below = (at(x - self.error)? - value).abs();
            if above.is_nan() || below.is_nan() {
                return Err(EvalError::Domain("a function at the end of its domain"));
            }
            error += 2.0 * above.max(below);
        }
        if !value.is_finite() || !error.is_finite() {
            return Err(EvalError::Domain("a function outside its domain"));
        }
        Ok(Approx { value, error })
    }

    fn as_ratio(&self) -> Option<(i64, i64)> {
        let twice = 2.0 * self.value;
        let near = twice.round();
        if self.error > 1e-9 || near.abs() > 1e9 || (twice - near).abs() > 1e-9 {
            return None;
        }
        let n = near as i64;
        Some(if n % 2 == 0 { (n / 2, 1) } else { (n, 2) })
    }
}
