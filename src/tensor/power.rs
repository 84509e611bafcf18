//! Powers of sums: products distribute, common factors come out, the rest is a base.

use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::algebra::{Algebra, Caveat, Result, Stop};
use super::atom::{Atom, Exponent, Factor, one};
use super::normalize::{bounded, integer_power};
use super::raw::Raw;
use super::sum::{Sum, Term};

impl Algebra {
    /// `base^e` for a rational exponent.
    ///
    /// Laws: `(ab)^e = a^e b^e` for integer `e`, or where `a` is never negative;
    /// `(a^r)^e = a^{re}` for integer `e` or positive `a`; `(a²)^{1/2} = a (2[a > 0] - 1)`.
    ///
    /// # Errors
    /// [`Stop::Domain`] for a negative power of 0 and for an even root of a negative number.
    pub fn pow(&self, base: &Sum, e: Exponent) -> Result<Sum> {
        bounded(e)?;
        if e.is_zero() {
            return Ok(Sum::one());
        }
        if e == one() {
            return Ok(base.clone());
        }
        match base.terms() {
            [] if e > Exponent::zero() => Ok(Sum::zero()),
            [] => Err(Stop::Domain("division by 0")),
            [term] => self.pow_term(term, e),
            _ if e.is_integer() && e > Exponent::zero() => {
                self.whole_power(base, e.to_integer())
            }
            terms => {
                if *e.denom() == 2
                    && let Some(root) = self.square_root(terms)?
                {
                    return self.power_of_square(&root, *e.numer());
                }
                let (content, rest) = self.split_content(base, e.is_integer())?;
                let power = match rest.terms() {
                    [_] | [] => self.pow(&rest, e)?,
                    _ => self.normalize(Raw::new(
                        BigRational::one(),
                        vec![(Atom::Base(self.close(&rest)?), e)],
                    ))?,
                };
                if content.factors().is_empty() && content.coef().is_one() {
                    return Ok(power);
                }
                self.mul(&self.pow_term(&content, e)?, &power)
            }
        }
    }

    /// `(r²)^{n/2} = rⁿ (2[r > 0] - 1)ⁿ`
    fn power_of_square(&self, root: &Sum, n: i64) -> Result<Sum> {
        let power = self.pow(root, Exponent::from_integer(n))?;
        if n.is_even() {
            return Ok(power);
        }
        let two = BigRational::from_integer(2.into());
        let sign = self.step(root)?.scale(&two).sub(&Sum::one());
        self.mul(&power, &sign)
    }

    /// A sum whose square the terms are, such as `a - b` of `a² - 2ab + b²`.
    pub(crate) fn square_root(&self, terms: &[Term]) -> Result<Option<Sum>> {
        const MOST: usize = 4;
        let roots: Vec<Term> = terms.iter().filter_map(root_of_term).collect();
        let count = roots.len();
        // Every pair of roots leaves a term of its own.
        if !(2..=MOST).contains(&count) || count * (count + 1) / 2 != terms.len() {
            return Ok(None);
        }
        let whole = Sum::collect(terms.to_vec());
        for signs in 0..1_u32 << (count - 1) {
            let signed = roots.iter().enumerate().map(|(k, root)| {
                let minus = k > 0 && signs >> (k - 1) & 1 == 1;
                let coef = if minus { -root.coef() } else { root.coef().clone() };
                Term::from_parts(coef, root.factors().to_vec())
            });
            let root = Sum::collect(signed.collect());
            if self.mul(&root, &root)? == whole {
                return Ok(Some(root));
            }
        }
        Ok(None)
    }

    fn pow_term(&self, term: &Term, e: Exponent) -> Result<Sum> {
        if e.is_integer() {
            let coef = integer_power(term.coef(), e.to_integer())?;
            let factors =
                term.factors().iter().map(|(a, r)| (a.clone(), r * e)).collect();
            return self.normalize(Raw::new(coef, factors));
        }
        let mut factors: Vec<Factor> = Vec::new();
        let mut kept: Vec<Factor> = Vec::new();
        let mut signs: Vec<Sum> = Vec::new();
        for (atom, r) in term.factors() {
            let even = r.is_integer() && r.to_integer().is_even();
            let power = r * e;
            if atom.is_nonnegative() {
                factors.push((atom.clone(), power));
            } else if even && power.is_integer() {
                // (a^{2k})^e = |a|^{2ke}
                factors.push((atom.clone(), power));
                if power.to_integer().is_odd() {
                    let a = Sum::collect(vec![Term::from_parts(
                        BigRational::one(),
                        vec![(atom.clone(), one())],
                    )]);
                    let two = BigRational::from_integer(2.into());
                    signs.push(self.step(&a)?.scale(&two).sub(&Sum::one()));
                }
            } else {
                kept.push((atom.clone(), *r));
            }
        }
        let (coef, negative) = (term.coef().abs(), term.coef().is_negative());
        let lone = kept.len() == 1 && !negative && !kept[0].1.is_integer();
        if kept.is_empty() && negative {
            return Err(Stop::Domain("a root of a negative number"));
        }
        if lone {
            // a^{1/2} is defined only where a ≥ 0, so (a^{1/2})^e = a^{e/2}.
            let (atom, r) = kept.remove(0);
            factors.push((atom, r * e));
        } else if kept.len() == 1 && !negative && kept[0].1 == one() {
            let (atom, _) = kept.remove(0);
            factors.push((atom, e));
        } else if !kept.is_empty() {
            let sign = if negative { -BigRational::one() } else { BigRational::one() };
            let rest = Sum::collect(vec![Term::from_parts(sign, kept)]);
            factors.push((Atom::Base(self.close(&rest)?), e));
        }
        push_rational_power(&coef, e, &mut factors)?;
        let mut result = self.normalize(Raw::new(BigRational::one(), factors))?;
        for sign in signs {
            result = self.mul(&result, &sign)?;
        }
        Ok(result)
    }

    /// `base^e` for an exponent that is itself a sum: `exp(e log base)`.
    ///
    /// # Errors
    /// As for [`Algebra::pow`].
    pub fn pow_sum(&self, base: &Sum, e: &Sum) -> Result<Sum> {
        if let Some(value) = e.as_constant() {
            let numer = value.numer().to_i64().ok_or(Stop::Effort)?;
            let denom = value.denom().to_i64().ok_or(Stop::Effort)?;
            return self.pow(base, Exponent::new(numer, denom));
        }
        if base.as_constant().is_some_and(|c| c.is_one()) {
            return Ok(Sum::one());
        }
        if base.is_zero() {
            return Err(Stop::Unsupported("a power of 0 with a symbolic exponent"));
        }
        if !base.terms().iter().all(Term::is_positive) {
            self.note(Caveat::PositiveBase);
        }
        let log = self.log(base)?;
        let exponent = self.mul(e, &log)?;
        self.exp(&exponent)
    }

    /// Splits a sum of several terms into a common factor and the rest. With `any_sign` the factor
    /// may be of any sign (it will be raised to an integer power); otherwise it is positive.
    pub(super) fn split_content(&self, sum: &Sum, any_sign: bool) -> Result<(Term, Sum)> {
        let terms = sum.terms();
        self.spend(terms.len() as u64)?;
        let eligible =
            |a: &Atom| !matches!(a, Atom::Exp(_)) && (any_sign || a.is_positive());
        // Of each atom the lowest power in any term, 0 where it does not stand: positive powers
        // common to all terms come out, and negative ones leave no denominator behind.
        let mut common: Vec<Factor> = Vec::new();
        for term in terms {
            for (atom, e) in term.factors() {
                if !eligible(atom) || common.iter().any(|(a, _)| a == atom) {
                    continue;
                }
                let mut least = *e;
                for other in terms {
                    let power = other
                        .factors()
                        .binary_search_by(|(a, _)| a.cmp(atom))
                        .map_or(Exponent::zero(), |k| other.factors()[k].1);
                    least = least.min(power);
                }
                if !least.is_zero() {
                    common.push((atom.clone(), least));
                }
            }
        }
        common.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let mut content = rational_content(sum);
        if any_sign && terms[0].coef().is_negative() {
            content = -content;
        }
        let inverse: Vec<Factor> = common.iter().map(|(a, e)| (a.clone(), -*e)).collect();
        let divisor = Sum::collect(vec![Term::from_parts(content.recip(), inverse)]);
        let rest = self.mul(sum, &divisor)?;
        let content = Term::from_parts(content, common);
        self.shift_exponentials(content, rest, any_sign)
    }

    /// `e^a s + e^b t = e^a (s + e^{b-a} t)`: of all such forms the least, so that `1 + e^{-x}` and
    /// `1 + e^x` share a base.
    fn shift_exponentials(
        &self,
        content: Term,
        rest: Sum,
        any_sign: bool,
    ) -> Result<(Term, Sum)> {
        let has_exp =
            |t: &Term| t.factors().iter().any(|(a, _)| matches!(a, Atom::Exp(_)));
        if rest.terms().len() < 2
            || rest.terms().len() > 8
            || !rest.terms().iter().any(has_exp)
        {
            return Ok((content, rest));
        }
        let mut best: Option<(super::Node, Term, Sum)> = None;
        for term in rest.terms() {
            let exp = term.factors().iter().find(|(a, _)| matches!(a, Atom::Exp(_)));
            let (shifted, factor) = match exp {
                None => (rest.clone(), None),
                Some((atom, e)) => {
                    let inverse =
                        Term::from_parts(BigRational::one(), vec![(atom.clone(), -*e)]);
                    let divisor = Sum::collect(vec![inverse]);
                    (self.mul(&rest, &divisor)?, Some((atom.clone(), *e)))
                }
            };
            // The shift may have changed which term leads, and with it the sign.
            let flip = any_sign && shifted.terms()[0].coef().is_negative();
            let shifted = if flip { shifted.neg() } else { shifted };
            let node = self.close(&shifted)?;
            if best.as_ref().is_none_or(|(b, _, _)| node.closed < b.closed) {
                let mut factors = content.factors().to_vec();
                factors.extend(factor);
                factors.sort_unstable_by(|a, b| a.0.cmp(&b.0));
                let coef =
                    if flip { -content.coef().clone() } else { content.coef().clone() };
                best = Some((node, Term::from_parts(coef, factors), shifted));
            }
        }
        Ok(best.map_or((content, rest), |(_, content, rest)| (content, rest)))
    }
}

/// The positive rational number that leaves integer coefficients without a common divisor.
pub(super) fn rational_content(sum: &Sum) -> BigRational {
    let mut numer = num_bigint::BigInt::zero();
    let mut denom = num_bigint::BigInt::one();
    for term in sum.terms() {
        numer = numer.gcd(term.coef().numer());
        denom = denom.lcm(term.coef().denom());
    }
    BigRational::new(numer, denom)
}

/// The primes of a positive integer with their multiplicities, and what is left of it when trial
/// division stops (1, or a number treated as if it were prime).
pub(super) fn prime_factors(n: &num_bigint::BigInt) -> Result<Vec<(u64, i64)>> {
    let mut rest =
        n.to_u64().ok_or(Stop::Unsupported("a root of a very large number"))?;
    let mut out = Vec::new();
    let mut p = 2_u64;
    while p * p <= rest && p < 10_000 {
        let mut k = 0;
        while rest % p == 0 {
            rest /= p;
            k += 1;
        }
        if k > 0 {
            out.push((p, k));
        }
        p += if p == 2 { 1 } else { 2 };
    }
    if rest > 1 {
        if rest >= 100_000_000 {
            return Err(Stop::Unsupported("a root of a very large number"));
        }
        out.push((rest, 1));
    }
    Ok(out)
}

/// Appends the factors of a positive rational number raised to `e`.
fn push_rational_power(
    c: &BigRational,
    e: Exponent,
    out: &mut Vec<Factor>,
) -> Result<()> {
    if c.is_one() {
        return Ok(());
    }
    for (p, k) in prime_factors(c.numer())? {
        out.push((Atom::Prime(p), e * k));
    }
    for (p, k) in prime_factors(c.denom())? {
        out.push((Atom::Prime(p), -e * k));
    }
    Ok(())
}

/// A term whose square a term is, if its factors allow it.
fn root_of_term(term: &Term) -> Option<Term> {
    let root = |n: &num_bigint::BigInt| {
        let root = n.sqrt();
        (&root * &root == *n).then_some(root)
    };
    let coef = term.coef();
    if !coef.is_positive() {
        return None;
    }
    let coef = BigRational::new(root(coef.numer())?, root(coef.denom())?);
    let half = |(atom, e): &Factor| {
        (e.is_integer() && e.to_integer().is_even()).then(|| (atom.clone(), e / 2))
    };
    let factors = term.factors().iter().map(half).collect::<Option<Vec<Factor>>>()?;
    Some(Term::from_parts(coef, factors))
}
