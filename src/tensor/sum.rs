//! Terms and sums of terms.

use std::cmp::Ordering;

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::atom::{Atom, Factor};
use super::index::Idx;

/// A rational number times a product of atoms with exponents.
///
/// **Invariant:** factors are sorted by atom, no atom stands twice, no exponent is 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Term {
    coef: BigRational,
    factors: Vec<Factor>,
}

impl Term {
    /// A term from parts that already obey the invariant.
    pub(super) fn from_parts(coef: BigRational, factors: Vec<Factor>) -> Self {
        debug_assert!(factors.windows(2).all(|w| w[0].0 < w[1].0));
        Term { coef, factors }
    }

    /// The rational coefficient.
    pub fn coef(&self) -> &BigRational {
        &self.coef
    }

    /// The factors, sorted.
    pub fn factors(&self) -> &[Factor] {
        &self.factors
    }

    pub(super) fn into_parts(self) -> (BigRational, Vec<Factor>) {
        (self.coef, self.factors)
    }

    /// Whether the value is positive wherever it is defined.
    pub(super) fn is_positive(&self) -> bool {
        self.coef.is_positive() && self.factors.iter().all(|(atom, _)| atom.is_positive())
    }

    /// Whether the value is never negative.
    pub(super) fn is_nonnegative(&self) -> bool {
        !self.coef.is_negative()
            && self.factors.iter().all(|(atom, e)| {
                atom.is_nonnegative() || (e.is_integer() && e.to_integer() % 2 == 0)
            })
    }

    /// Calls `f` on every index that stands in the term.
    pub fn each_index(&self, f: &mut impl FnMut(Idx)) {
        for (atom, _) in &self.factors {
            atom.each_index(f);
        }
    }
}

impl PartialOrd for Term {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Term {
    fn cmp(&self, other: &Self) -> Ordering {
        self.factors.cmp(&other.factors).then_with(|| self.coef.cmp(&other.coef))
    }
}

/// A sum of terms in canonical form.
///
/// **Invariant:** terms are sorted by their factors, no two have the same factors, no coefficient
/// is 0. Equal canonical sums are equal as functions of their free indices.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sum {
    terms: Vec<Term>,
}

impl Sum {
    /// Whether the value is positive wherever it is defined: no term is negative, and one is
    /// positive.
    pub(super) fn is_positive(&self) -> bool {
        self.is_nonnegative() && self.terms.iter().any(Term::is_positive)
    }

    /// Whether the value is never negative.
    pub(super) fn is_nonnegative(&self) -> bool {
        self.terms.iter().all(Term::is_nonnegative)
    }

    /// The empty sum.
    pub fn zero() -> Self {
        Sum::default()
    }

    /// The number 1.
    pub fn one() -> Self {
        Sum::constant(BigRational::one())
    }

    /// A rational number.
    pub fn constant(value: BigRational) -> Self {
        if value.is_zero() {
            return Sum::zero();
        }
        Sum { terms: vec![Term { coef: value, factors: Vec::new() }] }
    }

    /// An integer.
    pub fn integer(value: i64) -> Self {
        Sum::constant(BigRational::from_integer(value.into()))
    }

    /// The terms.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Whether there is no term.
    pub fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }

    /// The rational number this is, if it is one.
    pub fn as_constant(&self) -> Option<BigRational> {
        match self.terms.as_slice() {
            [] => Some(BigRational::zero()),
            [term] if term.factors.is_empty() => Some(term.coef.clone()),
            _ => None,
        }
    }

    /// Collects terms that each obey their invariant.
    pub(super) fn collect(mut terms: Vec<Term>) -> Self {
        if terms.len() > 1 {
            terms.sort_unstable_by(|a, b| a.factors.cmp(&b.factors));
        }
        let mut out: Vec<Term> = Vec::with_capacity(terms.len());
        for term in terms {
            match out.last_mut() {
                Some(last) if last.factors == term.factors => last.coef += term.coef,
                _ => {
                    if out.last().is_some_and(|last| last.coef.is_zero()) {
                        out.pop();
                    }
                    out.push(term);
                }
            }
        }
        if out.last().is_some_and(|last| last.coef.is_zero()) {
            out.pop();
        }
        Sum { terms: out }
    }

    pub(super) fn into_terms(self) -> Vec<Term> {
        self.terms
    }

    /// The sum of two sums.
    pub fn add(&self, other: &Sum) -> Sum {
        let mut terms = Vec::with_capacity(self.terms.len() + other.terms.len());
        terms.extend(self.terms.iter().cloned());
        terms.extend(other.terms.iter().cloned());
        Sum::collect(terms)
    }

    /// The sum with one more term.
    pub fn with(&self, term: &Term) -> Sum {
        self.add(&Sum { terms: vec![term.clone()] })
    }

    /// Many sums added up.
    pub fn total(parts: impl IntoIterator<Item = Sum>) -> Sum {
        Sum::collect(parts.into_iter().flat_map(|s| s.terms).collect())
    }

    /// The sum times a rational number.
    pub fn scale(&self, by: &BigRational) -> Sum {
        if by.is_zero() {
            return Sum::zero();
        }
        Sum {
            terms: self
                .terms
                .iter()
                .map(|t| Term { coef: &t.coef * by, factors: t.factors.clone() })
                .collect(),
        }
    }

    /// The sum with its sign changed.
    pub fn neg(&self) -> Sum {
        self.scale(&-BigRational::one())
    }

    /// The difference of two sums.
    pub fn sub(&self, other: &Sum) -> Sum {
        self.add(&other.neg())
    }

    /// Whether the index stands in some term.
    pub fn mentions(&self, index: Idx) -> bool {
        self.terms.iter().any(|t| t.factors.iter().any(|(atom, _)| atom.mentions(index)))
    }

    /// Calls `f` on every factor.
    pub fn each_factor(&self, f: &mut impl FnMut(&Factor)) {
        for term in &self.terms {
            for factor in &term.factors {
                f(factor);
            }
        }
    }
}

/// Whether the atom or anything nested in it satisfies the predicate.
pub fn any_atom(sum: &Sum, predicate: &mut impl FnMut(&Atom) -> bool) -> bool {
    sum.terms.iter().any(|t| t.factors.iter().any(|(atom, _)| atom_any(atom, predicate)))
}

pub(super) fn atom_any(atom: &Atom, predicate: &mut impl FnMut(&Atom) -> bool) -> bool {
    if predicate(atom) {
        return true;
    }
    match atom {
        Atom::Prime(_) | Atom::Pi | Atom::Dim(_) | Atom::Delta(..) | Atom::Entry(..) => {
            false
        }
        Atom::MatrixPower(node, power) => {
            any_atom(&node.closed.body, predicate)
                || any_atom(&power.closed.body, predicate)
        }
        Atom::Contraction(node)
        | Atom::Exp(node)
        | Atom::Apply(_, node)
        | Atom::Base(node)
        | Atom::Step(node)
        | Atom::Inverse(node)
        | Atom::Det(node) => any_atom(&node.closed.body, predicate),
    }
}
