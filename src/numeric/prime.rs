//! Exact arithmetic modulo the prime `2⁶¹ - 1`, and a bound of the degree of what is computed.
//!
//! A rational function that is not 0 vanishes at a random point of the field with a probability of
//! at most its degree over `p` (Schwartz and Zippel).

use num_bigint::BigInt;

use num_traits::ToPrimitive;

use super::draw::Source;
use super::error::EvalError;
use super::number::{Number, Sign};
use super::random::Random;
use super::sample::{sample, wide_polynomial};
use super::sides::{At, Judge, Judged, Sides, at_point};
use crate::function::Function;

/// `2⁶¹ - 1`
pub const MODULUS: u64 = (1 << 61) - 1;

/// An element of the field of `2⁶¹ - 1` elements.
///
/// π, being transcendental, is a fixed element picked at random. The root of `x²` is whichever of
/// `±x` is a square itself: roots of products are products of roots, but there is no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prime(u64);

impl Prime {
    /// The representative in `0 .. p`.
    pub fn residue(self) -> u64 {
        self.0
    }

    fn pow(self, mut exponent: u64) -> Self {
        let (mut base, mut result) = (self, Prime(1));
        while exponent > 0 {
            if exponent & 1 == 1 {
                result = result.mul(&base);
            }
            base = base.mul(&base);
            exponent >>= 1;
        }
        result
    }
}

impl Number for Prime {
    fn integer(n: i64) -> Self {
        Prime(n.rem_euclid(MODULUS as i64) as u64)
    }

    fn big_integer(n: &BigInt) -> Self {
        Prime(
            {
                let p = BigInt::from(MODULUS);
                let r = n % &p;
                if r.sign() == num_bigint::Sign::Minus { r + p } else { r }
            }
            .to_u64()
            .unwrap_or(0),
        )
    }

    fn pi() -> Result<Self, EvalError> {
        let root = Prime(1_234_567_890_987_654_321 % MODULUS);
        Ok(root.mul(&root))
    }

    fn add(&self, other: &Self) -> Self {
        let sum = self.0 + other.0;
        Prime(if sum >= MODULUS { sum - MODULUS } else { sum })
    }

    fn mul(&self, other: &Self) -> Self {
        let product = u128::from(self.0) * u128::from(other.0);
        // 2⁶¹ = 1
        let folded = (product as u64 & MODULUS) + (product >> 61) as u64;
        Prime(if folded >= MODULUS { folded - MODULUS } else { folded })
    }

    fn neg(&self) -> Self {
        Prime(if self.0 == 0 { 0 } else { MODULUS - self.0 })
    }

    fn recip(&self) -> Result<Self, EvalError> {
        if self.0 == 0 {
            return Err(EvalError::Domain("division by 0"));
        }
        Ok(self.pow(MODULUS - 2))
    }

    fn is_zero(&self) -> bool {
        self.0 == 0
    }

    fn is_finite(&self) -> bool {
        true
    }

    fn sign(&self) -> Result<Sign, EvalError> {
        if self.0 == 0 { Ok(Sign::Zero) } else { Err(EvalError::NotExact) }
    }

    fn pivot_weight(&self) -> f64 {
        f64::from(u8::from(self.0 != 0))
    }

    fn root(&self, degree: u32) -> Result<Self, EvalError> {
        if degree != 2 {
            return Err(EvalError::NotExact);
        }
        // p = 3 mod 4, so that x^((p+1)/4) is a root of every square.
        let root = self.pow((MODULUS + 1) / 4);
        if root.mul(&root) == *self {
            Ok(root)
        } else {
            Err(EvalError::Domain("a root of what is no square"))
        }
    }

    fn function(&self, function: Function) -> Result<Self, EvalError> {
        if function == Function::Sqrt { self.root(2) } else { Err(EvalError::NotExact) }
    }

    fn as_ratio(&self) -> Option<(i64, i64)> {
        let small = |x: Prime| {
            let n = x.0 as i64;
            let n = if n > MODULUS as i64 / 2 { n - MODULUS as i64 } else { n };
            (n.abs() < 1 << 20).then_some(n)
        };
        small(*self)
            .map(|n| (n, 1))
            .or_else(|| small(self.add(self)).map(|twice| (twice, 2)))
    }
}

impl Judge for Prime {
    fn judge(a: &Self, b: &Self, _scale: f64) -> Judged {
        if a == b { Judged::Same(0.0) } else { Judged::Different(1.0) }
    }

    fn size(&self) -> f64 {
        1.0
    }
}

/// An integer of at least this size counts as a variable for the degree: what is drawn from the
/// field is larger but for one in 2²⁹.
const VARIABLE: u64 = 1 << 32;

/// Bounds of the degrees of a numerator and a denominator; a numerator of `-∞` for 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Degree {
    numerator: f64,
    denominator: f64,
}

impl Number for Degree {
    fn integer(n: i64) -> Self {
        let numerator = if n == 0 {
            f64::NEG_INFINITY
        } else {
            f64::from(u8::from(n.unsigned_abs() >= VARIABLE))
        };
        Degree { numerator, denominator: 0.0 }
    }

    fn big_integer(_n: &BigInt) -> Self {
        Degree { numerator: 0.0, denominator: 0.0 }
    }

    fn pi() -> Result<Self, EvalError> {
        Ok(Degree { numerator: 1.0, denominator: 0.0 })
    }

    fn add(&self, other: &Self) -> Self {
        if self.is_zero() {
            return *other;
        }
        if other.is_zero() {
            return *self;
        }
        Degree {
            numerator: (self.numerator + other.denominator)
                .max(other.numerator + self.denominator),
            denominator: self.denominator + other.denominator,
        }
    }

    fn mul(&self, other: &Self) -> Self {
        if self.is_zero() || other.is_zero() {
            return Degree::integer(0);
        }
        Degree {
            numerator: self.numerator + other.numerator,
            denominator: self.denominator + other.denominator,
        }
    }

    fn neg(&self) -> Self {
        *self
    }

    fn recip(&self) -> Result<Self, EvalError> {
        if self.is_zero() {
            return Err(EvalError::Domain("division by 0"));
        }
        Ok(Degree { numerator: self.denominator, denominator: self.numerator })
    }

    fn is_zero(&self) -> bool {
        self.numerator == f64::NEG_INFINITY
    }

    fn is_finite(&self) -> bool {
        self.numerator < f64::INFINITY && self.denominator < f64::INFINITY
    }

    fn sign(&self) -> Result<Sign, EvalError> {
        if self.is_zero() { Ok(Sign::Zero) } else { Err(EvalError::NotExact) }
    }

    fn pivot_weight(&self) -> f64 {
        f64::from(u8::from(!self.is_zero()))
    }

    fn root(&self, _degree: u32) -> Result<Self, EvalError> {
        Err(EvalError::NotExact)
    }

    fn function(&self, _function: Function) -> Result<Self, EvalError> {
        Err(EvalError::NotExact)
    }

    fn as_ratio(&self) -> Option<(i64, i64)> {
        None
    }
}

impl Judge for Degree {
    fn judge(a: &Self, b: &Self, _scale: f64) -> Judged {
        // The degree of the difference travels as the "relative difference".
        let difference = a.add(b);
        Judged::Same(difference.numerator.max(0.0))
    }

    fn size(&self) -> f64 {
        1.0
    }
}

/// Compares the sides at random points of the field, for the given assignments of the dimensions:
/// `Some` with a bound of the probability of finding them equal although they differ there as
/// rational functions. `None` where they are not rational, where they differ, and where values are
/// not drawn from all of the field (orthogonal symbols, opaque functions).
pub(crate) fn equal_in_field(
    sides: &Sides<'_>,
    assignments: &[Vec<usize>],
    work: u64,
) -> Option<f64> {
    let program = &sides.program;
    let table = program.table;
    let narrow = table.symbols.iter().zip(&program.dependence).any(|(symbol, used)| {
        let p = &symbol.properties;
        used.is_some() && (p.orthogonal || p.orthonormal)
    });
    if narrow || program.functions.contains(&true) {
        return None;
    }
    let mut bound = 0.0_f64;
    for (round, dims) in assignments.iter().enumerate() {
        let mut random = Random::new(900_000 + round as u64);
        let mut polynomials = |random: &mut Random| wide_polynomial(false, random);
        let point =
            sample(program, dims, Source::Field, &mut polynomials, &mut random).ok()?;
        match at_point::<Degree>(sides, &point, true, &mut { work }) {
            Ok(At::Same(degree)) => bound = bound.max(degree / MODULUS as f64),
            _ => return None,
        }
        match at_point::<Prime>(sides, &point, true, &mut { work }) {
            Ok(At::Same(_)) => {}
            _ => return None,
        }
    }
    (bound < 1e-6).then_some(bound.max(1.0 / MODULUS as f64))
}

/// What `1 - Σ` is in the field, as an integer.
pub(crate) fn complement(parts: &[i64]) -> i64 {
    let sum = parts.iter().fold(Prime(0), |sum, x| sum.add(&Prime::integer(*x)));
    Prime(1).add(&sum.neg()).0 as i64
}

/// A random square.
pub(crate) fn square(random: &mut Random) -> i64 {
    let root = Prime(random.next() % (MODULUS - 1) + 1);
    root.mul(&root).0 as i64
}

/// A random element.
pub(crate) fn element(random: &mut Random) -> i64 {
    (random.next() % (MODULUS - 1) + 1) as i64
}
