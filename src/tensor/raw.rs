//! Products on their way to canonical form, and the names of what they bind.

use num_rational::BigRational;
use smallvec::SmallVec;

use super::algebra::{Algebra, Result};
use super::atom::Factor;
use super::closed::Node;
use super::index::{DimId, Idx};
use super::sum::Sum;

/// A product on its way to canonical form. `Bound(k)` indices are summed over `bound[k]`.
#[derive(Clone, Debug)]
pub(super) struct Raw {
    pub(super) coef: BigRational,
    pub(super) bound: SmallVec<[Option<DimId>; 4]>,
    pub(super) factors: Vec<Factor>,
}

impl Raw {
    pub(super) fn new(coef: BigRational, factors: Vec<Factor>) -> Self {
        Raw { coef, bound: SmallVec::new(), factors }
    }

    /// A new bound index.
    pub(super) fn bind(&mut self, dim: DimId) -> Idx {
        self.bound.push(Some(dim));
        Idx::Bound((self.bound.len() - 1) as u16)
    }

    /// Replaces an index in every factor.
    pub(super) fn substitute(&mut self, from: Idx, to: Idx) {
        let rename = |i: Idx| if i == from { to } else { i };
        for (atom, _) in &mut self.factors {
            if atom.mentions(from) {
                *atom = atom.map(&rename);
            }
        }
    }
}

/// Whether the index is summed over in the raw term at hand.
pub(super) fn is_bound(i: Idx) -> bool {
    matches!(i, Idx::Bound(_))
}

/// The bound indices of a raw term under free names: sums are computed with open terms only, so
/// that no index of the raw term can be captured.
pub(super) struct Freed {
    names: SmallVec<[Idx; 4]>,
}

impl Freed {
    pub(super) fn new(algebra: &Algebra, raw: &Raw) -> Self {
        Freed { names: raw.bound.iter().map(|_| algebra.fresh()).collect() }
    }

    /// The free name of a bound index; any other index is itself.
    pub(super) fn free(&self, index: Idx) -> Idx {
        match index {
            Idx::Bound(b) => self.names[b as usize],
            other => other,
        }
    }

    /// The bound index behind a free name; any other index is itself.
    pub(super) fn bound(&self, index: Idx) -> Idx {
        match self.names.iter().position(|n| *n == index) {
            Some(b) => Idx::Bound(b as u16),
            None => index,
        }
    }

    /// Multiplies the raw term by every term of a sum computed under free names.
    pub(super) fn multiply_out(
        &self,
        algebra: &Algebra,
        raw: &Raw,
        sum: &Sum,
        work: &mut Vec<Raw>,
    ) -> Result<()> {
        let bound = |(a, e): &Factor| (a.map(&|i| self.bound(i)), *e);
        multiply_terms(algebra, raw, sum, &bound, work)
    }
}

/// Multiplies a raw term by every term of a sum.
pub(super) fn multiply_out(
    algebra: &Algebra,
    raw: &Raw,
    sum: &Sum,
    work: &mut Vec<Raw>,
) -> Result<()> {
    multiply_terms(algebra, raw, sum, &Factor::clone, work)
}

fn multiply_terms(
    algebra: &Algebra,
    raw: &Raw,
    sum: &Sum,
    factor: &dyn Fn(&Factor) -> Factor,
    work: &mut Vec<Raw>,
) -> Result<()> {
    algebra.spend(sum.terms().len() as u64)?;
    for term in sum.terms() {
        let mut product = raw.clone();
        product.coef *= term.coef();
        product.factors.extend(term.factors().iter().map(factor));
        work.push(product);
    }
    Ok(())
}

/// Replaces one power of a contraction by its factors under fresh bound indices.
pub(super) fn unfold(raw: &mut Raw, node: &Node) {
    let offset = raw.bound.len();
    raw.bound.extend(node.closed.bound.iter().map(|d| Some(*d)));
    let rename = |i: Idx| match i {
        Idx::Param(k) => node.args[k as usize],
        Idx::Bound(k) => Idx::Bound(k + offset as u16),
        other => other,
    };
    let term = &node.closed.body.terms()[0];
    raw.coef *= term.coef();
    raw.factors.extend(term.factors().iter().map(|(a, e)| (a.map(&rename), *e)));
}

/// For each bound index the representative of its connected component; the terms of an
/// exponential's argument connect the indices that stand in one of them.
pub(super) fn components(raw: &Raw, exponent: Option<(&Sum, &Freed)>) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..raw.bound.len()).collect();
    fn root(parent: &mut [usize], mut k: usize) -> usize {
        while parent[k] != k {
            parent[k] = parent[parent[k]];
            k = parent[k];
        }
        k
    }
    let mut join = |indices: &[Idx]| {
        let mut first = None;
        for i in indices {
            let Idx::Bound(b) = i else { continue };
            let r = root(&mut parent, *b as usize);
            let f = root(&mut parent, first.unwrap_or(r));
            parent[r] = f;
            first = Some(f);
        }
    };
    for (atom, _) in &raw.factors {
        let mut indices: SmallVec<[Idx; 4]> = SmallVec::new();
        atom.each_index(&mut |i| indices.push(i));
        join(&indices);
    }
    if let Some((sum, freed)) = exponent {
        for term in sum.terms() {
            let mut indices: SmallVec<[Idx; 8]> = SmallVec::new();
            term.each_index(&mut |i| indices.push(freed.bound(i)));
            join(&indices);
        }
    }
    (0..raw.bound.len()).map(|k| root(&mut parent, k)).collect()
}
