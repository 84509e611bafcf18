//! Which sums are 0 only on a set of measure 0, whatever the dimensions and the free indices.
//!
//! An analytic function is 0 almost nowhere unless it is 0 everywhere. A normal form that is not
//! empty does not settle that: `tr(AB) - tr A tr B` is 0 everywhere at n = 1, `x_i - x_j` where
//! i = j, the determinant of `xxᵀ` from n = 2 on. What does is a term that nothing can cancel: the
//! only one of its degree in some symbols, and positive where all entries are.

use std::collections::BTreeMap;

use num_traits::Zero;

use super::algebra::Algebra;
use super::atom::{Atom, Exponent};
use super::index::{Sym, Symmetry};
use super::sum::{Sum, Term, any_atom};

/// For each symbol the degree of a term in it.
type Degree = BTreeMap<u32, Exponent>;

impl Algebra {
    /// Whether the sum is an analytic function of unconstrained entries that is not identically 0
    /// for any dimensions and any values of its free indices.
    ///
    /// Reason: scaling the entries of a symbol by t > 0 multiplies a term of degree d in it by
    /// t^d, so that a sum that vanishes everywhere vanishes degree by degree; where a degree has
    /// one term only, that term would vanish, which it does not where all entries are positive.
    pub(super) fn is_almost_never_zero(&self, sum: &Sum) -> bool {
        if any_atom(sum, &mut |atom| !self.is_tame(atom)) {
            return false;
        }
        // Symbols under functions have no degree; they are parameters of the rest.
        let mut wild: Vec<u32> = Vec::new();
        for term in sum.terms() {
            for (atom, _) in term.factors() {
                collect_wild(atom, &mut wild);
            }
        }
        let mut degrees: Vec<Degree> = Vec::with_capacity(sum.terms().len());
        for term in sum.terms() {
            let mut degree = Degree::new();
            if !add_degree(term, &mut degree) {
                return false;
            }
            degree.retain(|id, d| !wild.contains(id) && !d.is_zero());
            degrees.push(degree);
        }
        (0..degrees.len()).any(|k| {
            is_positive_somewhere(&sum.terms()[k])
                && degrees.iter().enumerate().all(|(m, d)| m == k || *d != degrees[k])
        })
    }

    /// Whether the atom is an analytic function of entries that no constraint ties together.
    fn is_tame(&self, atom: &Atom) -> bool {
        match atom {
            Atom::Entry(sym, _) => {
                !sym.constrained
                    && matches!(sym.symmetry, Symmetry::None | Symmetry::Symmetric)
                    && !self.rewrites().iter().any(|rule| rule.mentions(*sym))
            }
            Atom::Prime(_) | Atom::Pi | Atom::Dim(_) => true,
            Atom::Contraction(_) | Atom::Exp(_) => true,
            _ => false,
        }
    }
}

/// The symbols inside an exponential.
fn collect_wild(atom: &Atom, wild: &mut Vec<u32>) {
    match atom {
        Atom::Exp(node) => {
            let _ = any_atom(&node.closed.body, &mut |inner| {
                if let Atom::Entry(Sym { id, .. }, _) = inner {
                    wild.push(*id);
                }
                false
            });
        }
        Atom::Contraction(node) => {
            for (inner, _) in node.closed.body.terms().iter().flat_map(Term::factors) {
                collect_wild(inner, wild);
            }
        }
        _ => {}
    }
}

/// Adds the degree of each symbol in the term; false where exponents grow out of bounds.
fn add_degree(term: &Term, degree: &mut Degree) -> bool {
    term.factors().iter().all(|(atom, e)| match atom {
        Atom::Entry(sym, _) => add(degree, sym.id, *e),
        Atom::Contraction(node) => {
            let mut inner = Degree::new();
            node.closed.body.terms().iter().all(|t| add_degree(t, &mut inner))
                && inner.into_iter().all(|(id, d)| match small(d) && small(*e) {
                    true => add(degree, id, d * e),
                    false => false,
                })
        }
        _ => true,
    })
}

fn add(degree: &mut Degree, id: u32, e: Exponent) -> bool {
    let total = degree.entry(id).or_insert_with(Exponent::zero);
    if !small(*total) || !small(e) {
        return false;
    }
    *total += e;
    small(*total)
}

fn small(e: Exponent) -> bool {
    e.numer().unsigned_abs() < 1 << 24 && *e.denom() < 1 << 24
}

/// Whether the term, of tame atoms, is not 0 where all entries are positive: every tame atom is
/// positive there, a sum over an index too, for every dimension is at least 1.
fn is_positive_somewhere(term: &Term) -> bool {
    !term.coef().is_zero()
}
