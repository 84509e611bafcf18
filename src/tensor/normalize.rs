//! From a raw product of factors to canonical terms.
//!
//! A raw term may repeat atoms, hold deltas to be contracted, bind indices, and carry nodes whose
//! arguments coincide. Normalising applies, until nothing changes: contraction of deltas, merging
//! of equal atoms, expansion of positive integer powers of sums, the rules of `rules.rs`; then it
//! splits what is bound into connected contractions and closes each.

use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};
use smallvec::SmallVec;

use super::algebra::{Algebra, Result, Stop};
use super::atom::{Atom, Exponent, Factor, one};
use super::closed::{Closed, Node};
use super::index::{DimId, Idx, Symmetry};
use super::label::{Kind, Var, classes, label};
use super::raw::{Freed, Raw, components, is_bound, multiply_out, unfold};
use super::rules;
use super::sum::{Sum, Term};
use std::sync::Arc;

impl Algebra {
    /// The canonical sum that the raw term stands for.
    pub(super) fn normalize(&self, raw: Raw) -> Result<Sum> {
        let mut out = Vec::new();
        self.normalize_into(raw, &mut out)?;
        Ok(Sum::collect(out))
    }

    /// Appends the terms that the raw term stands for.
    pub(super) fn normalize_into(&self, raw: Raw, out: &mut Vec<Term>) -> Result<()> {
        let mut work = vec![raw];
        while let Some(raw) = work.pop() {
            self.spend(1 + raw.factors.len() as u64)?;
            if let Some(term) = self.advance(raw, &mut work)? {
                out.push(term);
            }
        }
        Ok(())
    }

    /// One pass over a raw term: a finished term, or more work, or nothing (it is 0).
    fn advance(&self, mut raw: Raw, work: &mut Vec<Raw>) -> Result<Option<Term>> {
        if raw.coef.is_zero() {
            return Ok(None);
        }
        let bits = raw.coef.numer().bits().max(raw.coef.denom().bits());
        if bits > LONGEST {
            return Err(Stop::Effort);
        }
        self.spend(bits / 64)?;
        // Equal atoms first: what cancels must not be expanded.
        merge_equal(&mut raw.factors)?;
        // Contract and expand until every factor is in place.
        let mut k = 0;
        while k < raw.factors.len() {
            let (atom, e) = &raw.factors[k];
            if e.is_zero() {
                raw.factors.swap_remove(k);
                continue;
            }
            let e = *e;
            match atom {
                Atom::Prime(p) if e.floor() != Exponent::zero() => {
                    let whole = e.floor().to_integer();
                    raw.coef *=
                        integer_power(&BigRational::from_integer((*p).into()), whole)?;
                    raw.factors[k].1 = e - e.floor();
                    continue;
                }
                Atom::Prime(_) | Atom::Pi | Atom::Dim(_) => {}
                Atom::Delta(i, j) => {
                    let (i, j) = (*i, *j);
                    if e < Exponent::zero() {
                        return Err(Stop::Domain("division by a Kronecker delta"));
                    }
                    match (i, j) {
                        _ if i == j => {
                            raw.factors.swap_remove(k);
                            continue;
                        }
                        (Idx::Lit(_), Idx::Lit(_)) => return Ok(None),
                        _ => {}
                    }
                    // A bound index is replaced and its sum disappears; otherwise the larger
                    // name gives way to the smaller everywhere else.
                    let (gone, stays) = match (i, j) {
                        (Idx::Bound(_), _) => (i, j),
                        (_, Idx::Bound(_)) => (j, i),
                        _ => (i.max(j), i.min(j)),
                    };
                    if let Idx::Bound(b) = gone {
                        raw.factors.swap_remove(k);
                        raw.bound[b as usize] = None;
                        raw.substitute(gone, stays);
                        k = 0;
                        continue;
                    }
                    let elsewhere = raw
                        .factors
                        .iter()
                        .enumerate()
                        .any(|(m, (atom, _))| m != k && atom.mentions(gone));
                    if elsewhere {
                        raw.factors.swap_remove(k);
                        raw.substitute(gone, stays);
                        raw.factors.push((Atom::Delta(stays, gone), one()));
                        k = 0;
                        continue;
                    }
                    raw.factors[k] = (Atom::Delta(stays, gone), one());
                }
                Atom::Entry(sym, indices) if indices.len() == 2 => {
                    let (i, j) = (indices[0], indices[1]);
                    match sym.symmetry {
                        Symmetry::None => {}
                        Symmetry::Antisymmetric if i == j => return Ok(None),
                        Symmetry::Symmetric | Symmetry::Antisymmetric => {
                            if j < i {
                                if sym.symmetry == Symmetry::Antisymmetric {
                                    if !e.is_integer() {
                                        return Err(Stop::Unsupported(
                                            "a root of an antisymmetric matrix's entry",
                                        ));
                                    }
                                    if e.to_integer() % 2 != 0 {
                                        raw.coef = -raw.coef;
                                    }
                                }
                                let entry = Atom::Entry(*sym, smallvec::smallvec![j, i]);
                                raw.factors[k].0 = entry;
                            }
                        }
                        Symmetry::Diagonal if i != j => {
                            if e < Exponent::zero() {
                                return Err(Stop::Domain(
                                    "division by an entry that may be 0",
                                ));
                            }
                            let entry = Atom::Entry(*sym, smallvec::smallvec![i, i]);
                            raw.factors[k].0 = entry;
                            raw.factors.push((Atom::Delta(i.min(j), i.max(j)), one()));
                        }
                        Symmetry::Diagonal => {}
                    }
                }
                Atom::Entry(..) => {}
                Atom::Step(node) if !node.is_degenerate() => {
                    if e < Exponent::zero() {
                        return Err(Stop::Domain("division by an indicator"));
                    }
                    raw.factors[k].1 = one();
                }
                Atom::Contraction(node) => {
                    let touches =
                        node.is_degenerate() || node.args.iter().any(|i| is_bound(*i));
                    if touches && e >= one() {
                        let whole = e.floor().to_integer();
                        let node = node.clone();
                        raw.factors[k].1 = e - e.floor();
                        for _ in 0..whole {
                            self.spend(
                                node.closed.body.terms()[0].factors().len() as u64
                            )?;
                            unfold(&mut raw, &node);
                        }
                        continue;
                    }
                    if node.is_degenerate() {
                        let (atom, e) = raw.factors.swap_remove(k);
                        return self.rebuild(raw, &atom, e, work);
                    }
                }
                Atom::Base(node) => {
                    if e >= one() {
                        let whole = e.floor().to_integer();
                        let freed = Freed::new(self, &raw);
                        let open = self.instantiate(&node.map(&|i| freed.free(i)))?;
                        raw.factors[k].1 = e - e.floor();
                        let power = self.whole_power(&open, whole)?;
                        freed.multiply_out(self, &raw, &power, work)?;
                        return Ok(None);
                    }
                    if node.is_degenerate() {
                        let (atom, e) = raw.factors.swap_remove(k);
                        return self.rebuild(raw, &atom, e, work);
                    }
                }
                Atom::Exp(node) | Atom::Apply(_, node) | Atom::Step(node) => {
                    if node.is_degenerate() {
                        let (atom, e) = raw.factors.swap_remove(k);
                        return self.rebuild(raw, &atom, e, work);
                    }
                }
                // det Q = ±1
                Atom::Det(node)
                    if node.closed.is_orthogonal()
                        && e.is_integer()
                        && !(e == one() || e.is_zero()) =>
                {
                    raw.factors[k].1 = Exponent::from_integer(e.to_integer() & 1);
                    continue;
                }
                Atom::Inverse(node) | Atom::Det(node) => {
                    // Row and column may coincide; further parameters may not.
                    if node.is_degenerate_beyond(2) {
                        let (atom, e) = raw.factors.swap_remove(k);
                        return self.rebuild(raw, &atom, e, work);
                    }
                }
                Atom::MatrixPower(node, power) => {
                    if node.is_degenerate_beyond(2) || power.is_degenerate() {
                        let (atom, e) = raw.factors.swap_remove(k);
                        return self.rebuild(raw, &atom, e, work);
                    }
                }
            }
            k += 1;
        }
        self.merge_exponentials(&mut raw)?;
        if merge_equal(&mut raw.factors)? {
            // Exponents changed: an atom may now vanish or need expanding.
            work.push(raw);
            return Ok(None);
        }
        if rules::apply(self, &raw, work)? {
            return Ok(None);
        }
        if self.fractions.get() && self.partial_fraction(&raw, work)? {
            return Ok(None);
        }
        if raw.bound.iter().all(Option::is_none) {
            return Ok(Some(Term::from_parts(raw.coef, raw.factors)));
        }
        self.close_components(raw, work)?;
        Ok(None)
    }

    /// Multiplies the raw term by a degenerate atom built anew.
    fn rebuild(
        &self,
        raw: Raw,
        atom: &Atom,
        e: Exponent,
        work: &mut Vec<Raw>,
    ) -> Result<Option<Term>> {
        let freed = Freed::new(self, &raw);
        let value = self.rebuild_atom(&atom.map(&|i| freed.free(i)))?;
        let value = self.pow(&value, e)?;
        freed.multiply_out(self, &raw, &value, work)?;
        Ok(None)
    }

    /// All exponentials of a raw term as one (`exp a · exp b = exp(a + b)`), or, where indices are
    /// bound, as one for each connected part.
    fn merge_exponentials(&self, raw: &mut Raw) -> Result<()> {
        let mut found: SmallVec<[usize; 4]> = SmallVec::new();
        for (k, (atom, _)) in raw.factors.iter().enumerate() {
            if matches!(atom, Atom::Exp(_)) {
                found.push(k);
            }
        }
        let binds = raw.bound.iter().any(Option::is_some);
        let trivial = match found.as_slice() {
            [] => true,
            [k] => {
                let (atom, e) = &raw.factors[*k];
                *e == one() && !(binds && atom_touches_bound(atom))
            }
            _ => false,
        };
        if trivial {
            return Ok(());
        }
        // The argument is an open sum: what the raw term binds is made free while it is computed.
        let freed = Freed::new(self, raw);
        let mut total = Sum::zero();
        for k in found.iter().rev() {
            let (atom, e) = raw.factors.swap_remove(*k);
            if let Atom::Exp(node) = atom {
                self.spend(total.terms().len() as u64)?;
                let argument = self.instantiate(&node.map(&|i| freed.free(i)))?;
                total = total.add(&argument.scale(&exponent_as_rational(e)));
            }
        }
        if total.is_zero() {
            return Ok(());
        }
        // Group the argument's terms by the component of the bound indices they hold.
        let component = components(raw, Some((&total, &freed)));
        let mut groups: Vec<(Option<usize>, Vec<Term>)> = Vec::new();
        for term in total.into_terms() {
            let mut home = None;
            term.each_index(&mut |i| {
                if let Idx::Bound(b) = freed.bound(i) {
                    home = Some(component[b as usize]);
                }
            });
            match groups.iter_mut().find(|(h, _)| *h == home) {
                Some((_, terms)) => terms.push(term),
                None => groups.push((home, vec![term])),
            }
        }
        for (_, terms) in groups {
            for (atom, e) in self.exp_factors(&Sum::collect(terms))? {
                raw.factors.push((atom.map(&|i| freed.bound(i)), e));
            }
        }
        Ok(())
    }

    /// Splits a raw term with bound indices into its connected contractions.
    fn close_components(&self, raw: Raw, work: &mut Vec<Raw>) -> Result<()> {
        let component = components(&raw, None);
        let mut coef = raw.coef.clone();
        let mut outer: Vec<Factor> = Vec::new();
        let mut inner: Vec<(usize, Vec<Factor>)> = Vec::new();
        for (b, dim) in raw.bound.iter().enumerate() {
            if dim.is_some() && !inner.iter().any(|(c, _)| *c == component[b]) {
                inner.push((component[b], Vec::new()));
            }
        }
        for (atom, e) in raw.factors {
            let mut home = None;
            atom.each_index(&mut |i| {
                if let Idx::Bound(b) = i {
                    home = Some(component[b as usize]);
                }
            });
            match home {
                None => outer.push((atom, e)),
                Some(c) => {
                    if let Some((_, factors)) = inner.iter_mut().find(|(d, _)| *d == c) {
                        factors.push((atom, e));
                    }
                }
            }
        }
        let mut sums: Vec<Sum> = Vec::new();
        for (c, factors) in inner {
            let dims: Vec<(Idx, DimId)> = raw
                .bound
                .iter()
                .enumerate()
                .filter(|(b, _)| component[*b] == c)
                .filter_map(|(b, dim)| dim.map(|d| (Idx::Bound(b as u16), d)))
                .collect();
            if factors.is_empty() {
                for (_, dim) in dims {
                    match dim.as_number() {
                        Some(n) => coef *= BigRational::from_integer(n.into()),
                        None => outer.push((Atom::Dim(dim), one())),
                    }
                }
                continue;
            }
            if self.concrete && dims.iter().any(|(_, d)| d.as_number().is_some()) {
                sums.push(self.write_out(&factors, &dims)?);
                continue;
            }
            let Some((sign, node)) = self.close_contraction(factors, &dims)? else {
                return Ok(());
            };
            coef *= sign;
            outer.push((Atom::Contraction(node), one()));
        }
        let mut products = vec![Raw::new(coef, outer)];
        for sum in sums {
            let mut next = Vec::new();
            for raw in &products {
                multiply_out(self, raw, &sum, &mut next)?;
            }
            products = next;
        }
        work.extend(products);
        Ok(())
    }

    /// The contraction of connected factors over the given bound indices, and its sign; `None`
    /// where it is 0.
    fn close_contraction(
        &self,
        mut factors: Vec<Factor>,
        dims: &[(Idx, DimId)],
    ) -> Result<Option<(BigRational, Node)>> {
        factors.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let term = Term::from_parts(BigRational::one(), factors);
        let mut vars: Vec<Var> = dims
            .iter()
            .map(|(index, dim)| Var { index: *index, kind: Kind::Bound(*dim), rank: 0 })
            .collect();
        push_params(&mut vars, std::slice::from_ref(&term));
        let terms = [term];
        let labelled = label(self, &terms, &vars)?;
        // Renaming may turn an antisymmetric entry over: the sign belongs outside. Where it turns
        // the whole product over, the sum is 0: `Σ_ij K_ij x_i x_j`.
        let Some(sign) = labelled.body.terms().first().map(|t| t.coef().clone()) else {
            return Ok(None);
        };
        let body = labelled.body.scale(&sign.recip());
        let mut bound: SmallVec<[DimId; 2]> = smallvec::smallvec![DimId(0); dims.len()];
        let mut args: SmallVec<[Idx; 2]> =
            smallvec::smallvec![Idx::Lit(0); vars.len() - dims.len()];
        for (var, name) in vars.iter().zip(&labelled.names) {
            match (var.kind, name) {
                (Kind::Bound(dim), Idx::Bound(k)) => bound[*k as usize] = dim,
                (_, Idx::Param(k)) => args[*k as usize] = var.index,
                _ => {}
            }
        }
        let class = classes(self, &body, &bound, args.len())?;
        let mut node =
            Node { closed: Arc::new(Closed::new(bound, body, class, None)), args };
        node.sort_args();
        Ok(Some((sign, node)))
    }

    /// `Σ` over numbered dimensions, entry by entry.
    fn write_out(&self, factors: &[Factor], dims: &[(Idx, DimId)]) -> Result<Sum> {
        let Some((index, n)) =
            dims.iter().find_map(|(i, d)| d.as_number().map(|n| (*i, n)))
        else {
            return Err(Stop::Unsupported("a sum without a numbered index"));
        };
        let mut parts = Vec::new();
        for value in 1..=n {
            let mut raw = Raw::new(BigRational::one(), factors.to_vec());
            let highest = dims
                .iter()
                .map(|(i, _)| if let Idx::Bound(b) = i { *b as usize + 1 } else { 0 })
                .max()
                .unwrap_or(0);
            raw.bound = smallvec::smallvec![None; highest];
            for (i, d) in dims {
                if let Idx::Bound(b) = i
                    && *i != index
                {
                    raw.bound[*b as usize] = Some(*d);
                }
            }
            raw.substitute(index, Idx::Lit(value));
            self.normalize_into(raw, &mut parts)?;
        }
        Ok(Sum::collect(parts))
    }

    /// The closure of a sum over all its free indices, in canonical order.
    pub(super) fn close(&self, sum: &Sum) -> Result<Node> {
        self.close_with(sum, &[], None)
    }

    /// The closure of a sum whose first parameters are the given indices, in this order.
    pub(super) fn close_with(
        &self,
        sum: &Sum,
        fixed: &[Idx],
        dim: Option<DimId>,
    ) -> Result<Node> {
        let mut vars: Vec<Var> = fixed
            .iter()
            .enumerate()
            .map(|(k, index)| Var { index: *index, kind: Kind::Param, rank: k as u64 })
            .collect();
        self.spend(sum.terms().iter().map(|t| t.factors().len() as u64).sum())?;
        push_params(&mut vars, sum.terms());
        let labelled = label(self, sum.terms(), &vars)?;
        let mut args: SmallVec<[Idx; 2]> = smallvec::smallvec![Idx::Lit(0); vars.len()];
        for (var, name) in vars.iter().zip(&labelled.names) {
            if let Idx::Param(k) = name {
                args[*k as usize] = var.index;
            }
        }
        let class = classes(self, &labelled.body, &[], args.len())?;
        let closed = Closed::new(SmallVec::new(), labelled.body, class, dim);
        let mut node = Node { closed: Arc::new(closed), args };
        node.sort_args();
        Ok(node)
    }

    /// The body of a closure at its arguments, as an open sum.
    pub(crate) fn instantiate(&self, node: &Node) -> Result<Sum> {
        self.spend(node.closed.body.terms().len() as u64)?;
        let args = &node.args;
        let rename = |i: Idx| if let Idx::Param(k) = i { args[k as usize] } else { i };
        let mut out = Vec::new();
        for term in node.closed.body.terms() {
            let factors =
                term.factors().iter().map(|(a, e)| (a.map(&rename), *e)).collect();
            let mut raw = Raw::new(term.coef().clone(), factors);
            raw.bound = node.closed.bound.iter().map(|d| Some(*d)).collect();
            self.normalize_into(raw, &mut out)?;
        }
        Ok(Sum::collect(out))
    }

    /// A coefficient times factors.
    pub(crate) fn product(
        &self,
        coef: &BigRational,
        factors: Vec<Factor>,
    ) -> Result<Sum> {
        self.normalize(Raw::new(coef.clone(), factors))
    }

    /// The product inside a contraction, its bound indices made free, and those with their
    /// dimensions.
    pub(crate) fn open_contraction(
        &self,
        node: &Node,
    ) -> Result<(Sum, Vec<(Idx, DimId)>)> {
        let fresh: Vec<(Idx, DimId)> =
            node.closed.bound.iter().map(|d| (self.fresh(), *d)).collect();
        let rename = |i: Idx| match i {
            Idx::Param(k) => node.args[k as usize],
            Idx::Bound(k) => fresh[k as usize].0,
            other => other,
        };
        let term = &node.closed.body.terms()[0];
        let factors = term.factors().iter().map(|(a, e)| (a.map(&rename), *e)).collect();
        Ok((self.product(term.coef(), factors)?, fresh))
    }

    /// `Σ` of a sum over a free index.
    ///
    /// # Errors
    /// When the effort allowed is used up.
    pub fn sum_over(&self, sum: &Sum, index: Idx, dim: DimId) -> Result<Sum> {
        let mut out = Vec::new();
        for term in sum.terms() {
            let (coef, factors) = term.clone().into_parts();
            let mut raw = Raw::new(coef, factors);
            let bound = raw.bind(dim);
            raw.substitute(index, bound);
            self.normalize_into(raw, &mut out)?;
        }
        Ok(Sum::collect(out))
    }

    /// The product of two sums.
    ///
    /// # Errors
    /// When the effort allowed is used up.
    pub fn mul(&self, a: &Sum, b: &Sum) -> Result<Sum> {
        let mut out = Vec::new();
        self.spend((a.terms().len() * b.terms().len()) as u64)?;
        for s in a.terms() {
            for t in b.terms() {
                let mut factors = s.factors().to_vec();
                factors.extend(t.factors().iter().cloned());
                self.normalize_into(Raw::new(s.coef() * t.coef(), factors), &mut out)?;
            }
        }
        Ok(Sum::collect(out))
    }

    /// The sum with free indices replaced.
    ///
    /// # Errors
    /// When the effort allowed is used up.
    pub fn rename(&self, sum: &Sum, map: &[(Idx, Idx)]) -> Result<Sum> {
        let rename =
            |i: Idx| map.iter().find(|(from, _)| *from == i).map_or(i, |(_, to)| *to);
        let mut out = Vec::new();
        for term in sum.terms() {
            let factors =
                term.factors().iter().map(|(a, e)| (a.map(&rename), *e)).collect();
            self.normalize_into(Raw::new(term.coef().clone(), factors), &mut out)?;
        }
        Ok(Sum::collect(out))
    }

    /// A positive integer power by repeated multiplication.
    pub(super) fn whole_power(&self, base: &Sum, n: i64) -> Result<Sum> {
        // (n + t - 1 choose t - 1) terms at the end, reached in n steps: what cannot be finished
        // is not begun.
        let (mut terms, t) = (1_u64, base.terms().len() as u64);
        for k in 1..t.max(1) {
            terms = terms.saturating_mul(n.unsigned_abs().saturating_add(k)) / k;
            if terms.saturating_mul(n.unsigned_abs()) > MOST_TERMS {
                return Err(Stop::Effort);
            }
        }
        let mut result = Sum::one();
        for _ in 0..n {
            result = self.mul(&result, base)?;
        }
        Ok(result)
    }
}

fn atom_touches_bound(atom: &Atom) -> bool {
    let mut touches = false;
    atom.each_index(&mut |i| touches |= is_bound(i));
    touches
}

/// The most terms, over all steps, that a power of a sum may pass through.
const MOST_TERMS: u64 = 1 << 17;

/// The longest number that is computed, in bits.
const LONGEST: u64 = 1 << 16;

/// The largest numerator and denominator of an exponent: sums and products of two such exponents
/// cannot overflow.
const LARGEST_EXPONENT: i64 = 1 << 24;

/// The exponent, if it is small enough to be computed with.
pub(super) fn bounded(e: Exponent) -> Result<Exponent> {
    let small = e.numer().unsigned_abs() <= LARGEST_EXPONENT.unsigned_abs()
        && *e.denom() <= LARGEST_EXPONENT;
    if small { Ok(e) } else { Err(Stop::Effort) }
}

/// The rational number as an integer power.
pub(super) fn integer_power(base: &BigRational, n: i64) -> Result<BigRational> {
    if base.is_one() {
        return Ok(BigRational::one());
    }
    if n.unsigned_abs() > 4096 {
        return Err(Stop::Effort);
    }
    if n < 0 && base.is_zero() {
        return Err(Stop::Domain("division by 0"));
    }
    let digits = base.numer().bits().max(base.denom().bits());
    if digits.saturating_mul(n.unsigned_abs()) > LONGEST {
        return Err(Stop::Effort);
    }
    let n = n.to_i32().ok_or(Stop::Effort)?;
    Ok(num_traits::Pow::pow(base, n))
}

pub(super) fn exponent_as_rational(e: Exponent) -> BigRational {
    BigRational::new((*e.numer()).into(), (*e.denom()).into())
}

/// Adds the exponents of equal atoms; whether any two were equal.
fn merge_equal(factors: &mut Vec<Factor>) -> Result<bool> {
    factors.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let before = factors.len();
    let mut large = factors.iter().any(|(_, e)| bounded(*e).is_err());
    factors.dedup_by(|next, kept| {
        if large || next.0 != kept.0 {
            return false;
        }
        kept.1 += next.1;
        large |= bounded(kept.1).is_err();
        true
    });
    if large { Err(Stop::Effort) } else { Ok(factors.len() != before) }
}

/// Every index that is not bound, fixed or named already becomes a parameter.
fn push_params(vars: &mut Vec<Var>, terms: &[Term]) {
    for term in terms {
        term.each_index(&mut |index| {
            let fixed = matches!(index, Idx::Lit(_));
            if !fixed && !vars.iter().any(|v| v.index == index) {
                vars.push(Var { index, kind: Kind::Param, rank: 1 << 20 });
            }
        });
    }
}
