//! Partial fractions: `m (c + m)^{-k} = (c + m)^{1-k} - c (c + m)^{-k}`.
//!
//! Products with such denominators have more than one form; split, they have one. The normal form
//! leaves them whole, since that is shorter; a proof may ask for the split form, which shows an
//! equality also where a sum hides the denominator.

use num_rational::BigRational;
use num_traits::{One, Signed};

use super::algebra::{Algebra, Result};
use super::atom::{Atom, Factor, one};
use super::closed::Node;
use super::raw::{Freed, Raw};
use super::substitute::Replace;
use super::sum::{Sum, Term, any_atom};

impl Algebra {
    /// The sum with every product split into partial fractions, at any depth.
    ///
    /// # Errors
    /// When the effort allowed is used up.
    pub fn split_fractions(&self, sum: &Sum) -> Result<Sum> {
        if !any_atom(sum, &mut splits) {
            return Ok(sum.clone());
        }
        self.fractions.set(true);
        let split = self.substitute(sum, &Anew { algebra: self });
        self.fractions.set(false);
        split
    }

    /// One step on a raw term: the work that replaces it, if there is a fraction to split.
    pub(super) fn partial_fraction(
        &self,
        raw: &Raw,
        work: &mut Vec<Raw>,
    ) -> Result<bool> {
        for (k, (atom, e)) in raw.factors.iter().enumerate() {
            let Atom::Base(node) = atom else { continue };
            if *e > -one() || !splits(atom) {
                continue;
            }
            let Some((constant, monomial)) = parts(node) else { continue };
            let constant = &at_args(constant, node);
            let monomial = &at_args(monomial, node);
            self.spend(4)?;
            if let Some(quotient) = divided(raw, k, monomial) {
                push_split(quotient, k, constant, monomial.coef(), work);
                return Ok(true);
            }
            if self.shifted(raw, k, constant, monomial, work)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The same where `m` is a multiple of `exp a` and the term holds the exponential of a sum with
    /// `a` in it: its coefficient there is brought between 0 and 1.
    fn shifted(
        &self,
        raw: &Raw,
        base: usize,
        constant: &Term,
        monomial: &Term,
        work: &mut Vec<Raw>,
    ) -> Result<bool> {
        let [(Atom::Exp(inner), e)] = monomial.factors() else { return Ok(false) };
        let exponential = |(atom, _): &Factor| matches!(atom, Atom::Exp(_));
        if *e != one() || constant.factors().iter().any(exponential) {
            return Ok(false);
        }
        let freed = Freed::new(self, raw);
        let step = self.instantiate(&inner.map(&|i| freed.free(i)))?;
        let Some(lead) = step.terms().first() else { return Ok(false) };
        for (m, (atom, e)) in raw.factors.iter().enumerate() {
            let Atom::Exp(held) = atom else { continue };
            if *e != one() {
                continue;
            }
            let held = self.instantiate(&held.map(&|i| freed.free(i)))?;
            let times = held
                .terms()
                .iter()
                .find(|t| t.factors() == lead.factors())
                .map(|t| t.coef() / lead.coef());
            let Some(times) = times else { continue };
            let with = |exponent: &Sum| -> Result<Raw> {
                let mut other = raw.clone();
                other.factors.remove(m);
                for (atom, e) in self.exp_factors(exponent)? {
                    other.factors.push((atom.map(&|i| freed.bound(i)), e));
                }
                Ok(other)
            };
            // Removing the exponential moves what stands behind it.
            let base = if m < base { base - 1 } else { base };
            if times >= BigRational::one() {
                let quotient = with(&held.sub(&step))?;
                push_split(quotient, base, constant, monomial.coef(), work);
                return Ok(true);
            }
            if times.is_negative() && constant.factors().is_empty() {
                // 1 = (B - m)/c
                let mut more = with(&held)?;
                more.coef /= constant.coef();
                more.factors[base].1 += one();
                let mut less = with(&held.add(&step))?;
                less.coef *= -monomial.coef() / constant.coef();
                work.extend([more, less]);
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// `m B^{-k} = B^{1-k} - c B^{-k}` for what is left of the raw term without `m`.
fn push_split(
    quotient: Raw,
    base: usize,
    constant: &Term,
    coef: &BigRational,
    work: &mut Vec<Raw>,
) {
    let mut more = quotient.clone();
    more.coef /= coef;
    more.factors[base].1 += one();
    let mut less = quotient;
    less.coef *= -constant.coef() / coef;
    less.factors.extend(constant.factors().iter().cloned());
    work.extend([more, less]);
}

/// The term at a closure's arguments, with its factors in any order.
fn at_args(term: &Term, node: &Node) -> Term {
    let at = |i| if let super::Idx::Param(p) = i { node.args[p as usize] } else { i };
    let factors = term.factors().iter().map(|(a, e)| (a.map(&at), *e)).collect();
    Term::from_parts(term.coef().clone(), factors)
}

/// A base `c + m`: the term to be kept and the one to be divided by.
fn parts(node: &Node) -> Option<(&Term, &Term)> {
    let [a, b] = node.closed.body.terms() else { return None };
    if !node.closed.bound.is_empty() {
        return None;
    }
    let divides = |t: &Term| {
        !t.factors().is_empty()
            && t.factors().iter().all(|(a, e)| {
                *e >= one()
                    && e.is_integer()
                    && !matches!(a, Atom::Delta(..) | Atom::Step(_))
            })
    };
    // Of two that divide, always the same one.
    match (divides(a), divides(b)) {
        (_, true) => Some((a, b)),
        (true, false) => Some((b, a)),
        _ => None,
    }
}

/// Whether the atom is a denominator that partial fractions may be split by.
fn splits(atom: &Atom) -> bool {
    matches!(atom, Atom::Base(node) if parts(node).is_some())
}

/// The raw term without the monomial, if it holds it.
fn divided(raw: &Raw, base: usize, monomial: &Term) -> Option<Raw> {
    let mut rest = raw.clone();
    for (atom, e) in monomial.factors() {
        let (k, held) = rest
            .factors
            .iter_mut()
            .enumerate()
            .find_map(|(k, (a, held))| (a == atom).then_some((k, held)))?;
        if k == base || *held < *e {
            return None;
        }
        *held -= e;
    }
    Some(rest)
}

/// Builds denominators anew, so that the products they stand in are normalised again.
struct Anew<'a> {
    algebra: &'a Algebra,
}

impl Replace for Anew<'_> {
    fn applies(&self, atom: &Atom) -> bool {
        splits(atom)
    }

    fn value(&self, atom: &Atom) -> Option<Result<Sum>> {
        match atom {
            Atom::Base(node) => Some(self.algebra.instantiate(node)),
            _ => None,
        }
    }
}
