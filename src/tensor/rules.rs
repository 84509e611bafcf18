//! Rewriting rules on a raw term: each replaces a product it finds by an equal sum.

use num_rational::BigRational;
use num_traits::Zero;
use smallvec::SmallVec;

use super::algebra::{Algebra, Result};
use super::atom::{Atom, Exponent, Factor, one};
use super::closed::Node;
use super::index::{Idx, Symmetry};
use super::raw::{Raw, is_bound};
use super::sum::{Sum, Term};
use crate::function::Function;

/// `pattern = replacement` for all values of the parameters: both are closures over the same
/// parameters `0..arity`; indices bound in the pattern are summed over.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// The product to be found.
    pub(super) pattern: Vec<Factor>,
    /// How many parameters there are.
    pub(super) arity: usize,
    /// The dimensions of the pattern's bound indices.
    pub(super) bound: usize,
    /// What it equals, over the same parameters.
    pub(super) replacement: Sum,
}

impl Rewrite {
    /// Whether the rule says something of the symbol's entries.
    pub(super) fn mentions(&self, sym: super::Sym) -> bool {
        let mut names = |atom: &Atom| matches!(atom, Atom::Entry(s, _) if s.id == sym.id);
        self.pattern.iter().any(|(atom, _)| super::sum::atom_any(atom, &mut names))
            || super::any_atom(&self.replacement, &mut names)
    }
}

/// Applies the first rule that fits, putting the result on the work list.
pub(super) fn apply(algebra: &Algebra, raw: &Raw, work: &mut Vec<Raw>) -> Result<bool> {
    for (k, (atom, e)) in raw.factors.iter().enumerate() {
        match atom {
            // sin² = 1 - cos²
            Atom::Apply(Function::Sin, node) if *e >= Exponent::from_integer(2) => {
                let mut less = raw.clone();
                less.factors[k].1 = e - 2;
                let mut cos = less.clone();
                cos.coef = -cos.coef;
                cos.factors.push((
                    Atom::Apply(Function::Cos, node.clone()),
                    Exponent::from_integer(2),
                ));
                work.push(less);
                work.push(cos);
                return Ok(true);
            }
            Atom::Entry(sym, indices) if sym.orthogonal && *e == one() => {
                if let Some(result) = orthogonal(raw, k, *sym, indices) {
                    work.push(result);
                    return Ok(true);
                }
            }
            Atom::Inverse(node)
                if *e >= one() && inverse(algebra, raw, k, node, work)? =>
            {
                return Ok(true);
            }
            Atom::MatrixPower(node, power)
                if *e == one() && powers(algebra, raw, k, node, power, work)? =>
            {
                return Ok(true);
            }
            Atom::Contraction(node)
                if *e < one()
                    && node.args.iter().any(|i| is_bound(*i))
                    && fold(algebra, raw, k, node, work)? =>
            {
                return Ok(true);
            }
            _ => {}
        }
    }
    for rule in algebra.rewrites() {
        let mut matcher = Matcher::new(raw, rule.arity, rule.bound);
        if !matcher.run(&rule.pattern) {
            continue;
        }
        let params: Vec<Idx> =
            matcher.params.iter().map(|p| p.unwrap_or(Idx::Lit(1))).collect();
        let rest = matcher.remainder(raw);
        let rename = |i: Idx| if let Idx::Param(k) = i { params[k as usize] } else { i };
        for term in rule.replacement.terms() {
            let mut product = rest.clone();
            product.coef *= term.coef();
            product
                .factors
                .extend(term.factors().iter().map(|(a, e)| (a.map(&rename), *e)));
            work.push(product);
        }
        return Ok(true);
    }
    Ok(false)
}

/// `Σ_i Q_ia Q_ib = δ_ab` and `Σ_a Q_ia Q_ja = δ_ij`.
fn orthogonal(
    raw: &Raw,
    k: usize,
    sym: super::Sym,
    indices: &SmallVec<[Idx; 2]>,
) -> Option<Raw> {
    for slot in 0..2 {
        let bound = indices[slot];
        if !is_bound(bound) || indices[1 - slot] == bound {
            continue;
        }
        let mut other = None;
        let mut count = 0;
        for (m, (atom, e)) in raw.factors.iter().enumerate() {
            if m == k || !atom.mentions(bound) {
                continue;
            }
            count += 1;
            if let Atom::Entry(s, ix) = atom
                && *s == sym
                && *e == one()
                && ix[slot] == bound
                && ix[1 - slot] != bound
            {
                other = Some((m, ix[1 - slot]));
            }
        }
        if let (1, Some((m, partner))) = (count, other) {
            let mut result = raw.clone();
            let (high, low) = (k.max(m), k.min(m));
            result.factors.remove(high);
            result.factors.remove(low);
            result.factors.push((Atom::Delta(indices[1 - slot], partner), one()));
            unbind(&mut result, bound);
            return Some(result);
        }
    }
    None
}

fn unbind(raw: &mut Raw, bound: Idx) {
    if let Idx::Bound(b) = bound {
        raw.bound[b as usize] = None;
    }
}

/// `Σ_j (M⁻¹)_ij M_jk = δ_ik`: the leading term of `M` is replaced by `δ` less the other terms.
fn inverse(
    algebra: &Algebra,
    raw: &Raw,
    k: usize,
    node: &Node,
    work: &mut Vec<Raw>,
) -> Result<bool> {
    let body = &node.closed.body;
    let Some(lead) = leading_term(body) else { return Ok(false) };
    let (pattern, bound) = unfolded(lead);
    for (side, closed) in [(0, false), (1, false), (0, true), (1, true)] {
        // The shared index stands in place `side` of the inverse and in the matrix's other place.
        // A match that would close a trace comes last.
        let (shared, far) = (node.args[side], node.args[1 - side]);
        if !is_bound(shared) || shared == far {
            continue;
        }
        let mut matcher = Matcher::new(raw, node.args.len(), bound);
        matcher.used[k] = one();
        let place = 1 - side;
        matcher.params[place] = Some(shared);
        for (p, arg) in node.args.iter().enumerate().skip(2) {
            matcher.params[p] = Some(*arg);
        }
        matcher.exclusive.push(shared);
        if !closed {
            matcher.avoid = Some((side as u16, far));
        }
        if !matcher.run(&pattern) {
            continue;
        }
        let Some(open) = matcher.params[side] else { continue };
        let mut rest = matcher.remainder(raw);
        rest.coef /= lead.coef();
        // Σ inv·M_lead = δ - Σ inv·(M - M_lead)
        let mut delta = rest.clone();
        delta.factors.push((Atom::Delta(far, open), one()));
        unbind(&mut delta, shared);
        work.push(delta);
        let rename = |i: Idx| match i {
            Idx::Param(p) => matcher.params[p as usize].unwrap_or(open),
            other => other,
        };
        for term in body.terms() {
            if std::ptr::eq(term, lead) {
                continue;
            }
            algebra.spend(1)?;
            let mut product = rest.clone();
            product.coef = -product.coef * term.coef();
            product.factors.push((Atom::Inverse(node.clone()), one()));
            product
                .factors
                .extend(term.factors().iter().map(|(a, e)| (a.map(&rename), *e)));
            work.push(product);
        }
        return Ok(true);
    }
    Ok(false)
}

/// `Σ_j (Mᵖ)_ij (M^q)_jk = (M^{p+q})_ik`, where the other factor is a power of the same matrix, its
/// inverse or the matrix itself.
fn powers(
    algebra: &Algebra,
    raw: &Raw,
    k: usize,
    node: &Node,
    power: &Node,
    work: &mut Vec<Raw>,
) -> Result<bool> {
    let fixed = |node: &Node| !node.args.iter().any(|i| is_bound(*i));
    let class = &node.closed.class;
    let symmetric = class.len() >= 2 && class[0] == class[1];
    for side in 0..2 {
        let (shared, far) = (node.args[side], node.args[1 - side]);
        if !is_bound(shared) || shared == far || !fixed(power) {
            continue;
        }
        // The other factor's index in place of the shared one, what is left, and its exponent.
        let mut found: Option<(Idx, Raw, Sum)> = None;
        let holders: Vec<usize> = (0..raw.factors.len())
            .filter(|m| *m != k && raw.factors[*m].0.mentions(shared))
            .collect();
        if let [m] = holders.as_slice()
            && let (Atom::MatrixPower(other, _) | Atom::Inverse(other), e) =
                &raw.factors[*m]
            && *e == one()
            && other.closed == node.closed
            && other.args[2..] == node.args[2..]
            && (other.args[1 - side] == shared || symmetric)
            && other.args[0] != other.args[1]
        {
            let place = if other.args[0] == shared { 1 } else { 0 };
            let more = match &raw.factors[*m].0 {
                Atom::MatrixPower(_, q) if !fixed(q) => continue,
                Atom::MatrixPower(_, q) => algebra.instantiate(q)?,
                _ => Sum::integer(-1),
            };
            let mut rest = raw.clone();
            rest.factors.remove((*m).max(k));
            rest.factors.remove((*m).min(k));
            unbind(&mut rest, shared);
            found = Some((other.args[place], rest, more));
        } else if let [term] = node.closed.body.terms()
            && num_traits::One::is_one(term.coef())
            && term.factors().iter().all(|(_, e)| *e >= one() && e.is_integer())
        {
            let (pattern, bound) = unfolded(term);
            let mut matcher = Matcher::new(raw, node.args.len(), bound);
            matcher.used[k] = one();
            matcher.params[1 - side] = Some(shared);
            for (p, arg) in node.args.iter().enumerate().skip(2) {
                matcher.params[p] = Some(*arg);
            }
            matcher.exclusive.push(shared);
            if matcher.run(&pattern)
                && let Some(open) = matcher.params[side]
            {
                let mut rest = matcher.remainder(raw);
                unbind(&mut rest, shared);
                found = Some((open, rest, Sum::one()));
            }
        }
        let Some((open, mut rest, more)) = found else { continue };
        let total = algebra.instantiate(power)?.add(&more);
        let (row, col) = if side == 0 { (open, far) } else { (far, open) };
        match total.as_constant() {
            Some(value) if value.is_zero() => {
                rest.factors.push((Atom::Delta(row, col), one()));
            }
            Some(_) => continue,
            None => {
                let mut node = node.clone();
                (node.args[0], node.args[1]) = (row, col);
                node.sort_args();
                let power = algebra.close(&total)?;
                rest.factors.push((Atom::MatrixPower(node, power), one()));
            }
        }
        work.push(rest);
        return Ok(true);
    }
    Ok(false)
}

/// The term of a matrix's body that the inverse rule looks for: the one with the most factors
/// (counting those inside contractions) that is no multiple of the identity.
fn leading_term(body: &Sum) -> Option<&Term> {
    body.terms()
        .iter()
        .filter(|t| !t.factors().iter().any(|(a, _)| matches!(a, Atom::Delta(..))))
        .filter(|t| t.factors().iter().all(|(_, e)| *e >= one() && e.is_integer()))
        .max_by_key(|t| unfolded(t).0.len())
}

/// A term's factors with contractions opened; bound indices are numbered on. The number of bound
/// indices comes second.
fn unfolded(term: &Term) -> (Vec<Factor>, usize) {
    let mut factors = Vec::new();
    let mut bound = 0;
    for (atom, e) in term.factors() {
        if let Atom::Contraction(node) = atom
            && *e == one()
        {
            let offset = bound as u16;
            let rename = |i: Idx| match i {
                Idx::Param(k) => node.args[k as usize],
                Idx::Bound(k) => Idx::Bound(k + offset),
                other => other,
            };
            for (atom, e) in node.closed.body.terms()[0].factors() {
                factors.push((atom.map(&rename), *e));
            }
            bound += node.closed.bound.len();
        } else {
            factors.push((atom.clone(), *e));
        }
    }
    (factors, bound)
}

/// `C^e · C = C^{e+1}` for a contraction `C` under a negative or fractional exponent whose factors
/// stand opened in the same term.
fn fold(
    algebra: &Algebra,
    raw: &Raw,
    k: usize,
    node: &Node,
    work: &mut Vec<Raw>,
) -> Result<bool> {
    let term = &node.closed.body.terms()[0];
    algebra.spend(term.factors().len() as u64)?;
    let mut matcher = Matcher::new(raw, node.args.len(), node.closed.bound.len());
    for (p, arg) in node.args.iter().enumerate() {
        matcher.params[p] = Some(*arg);
    }
    matcher.used[k] = raw.factors[k].1;
    if !matcher.run(term.factors()) {
        return Ok(false);
    }
    let mut rest = matcher.remainder(raw);
    rest.factors.push((Atom::Contraction(node.clone()), raw.factors[k].1 + one()));
    work.push(rest);
    Ok(true)
}

/// Finds a product of factors inside a raw term.
struct Matcher<'a> {
    factors: &'a [Factor],
    /// What each parameter of the pattern stands for.
    params: SmallVec<[Option<Idx>; 4]>,
    /// What each bound index of the pattern stands for.
    bound: SmallVec<[Option<Idx>; 4]>,
    /// How much of each factor's exponent the match takes.
    used: SmallVec<[Exponent; 8]>,
    /// Further bound indices of the raw term that must not stand outside the match.
    exclusive: SmallVec<[Idx; 2]>,
    /// A parameter and what it must not stand for.
    avoid: Option<(u16, Idx)>,
}

impl<'a> Matcher<'a> {
    fn new(raw: &'a Raw, arity: usize, bound: usize) -> Self {
        Matcher {
            factors: &raw.factors,
            params: SmallVec::from_elem(None, arity),
            bound: SmallVec::from_elem(None, bound),
            used: SmallVec::from_elem(Exponent::zero(), raw.factors.len()),
            exclusive: SmallVec::new(),
            avoid: None,
        }
    }

    fn run(&mut self, pattern: &[Factor]) -> bool {
        let Some(((atom, e), rest)) = pattern.split_first() else {
            return self.closed();
        };
        for k in 0..self.factors.len() {
            let left = self.factors[k].1 - self.used[k];
            let fits = if *e > Exponent::zero() { left >= *e } else { left <= *e };
            if !fits {
                continue;
            }
            for swapped in [false, true] {
                let saved = (self.params.clone(), self.bound.clone());
                if self.unify(atom, &self.factors[k].0, swapped) {
                    self.used[k] += e;
                    if self.run(rest) {
                        return true;
                    }
                    self.used[k] -= e;
                }
                (self.params, self.bound) = saved;
            }
        }
        false
    }

    /// Whether what the pattern binds stands nowhere outside the match.
    fn closed(&self) -> bool {
        let inner = self.bound.iter().flatten().chain(&self.exclusive);
        for index in inner {
            for (k, (atom, e)) in self.factors.iter().enumerate() {
                if *e != self.used[k] && atom.mentions(*index) {
                    return false;
                }
            }
            if self.params.iter().flatten().filter(|p| *p == index).count()
                > usize::from(self.exclusive.contains(index))
            {
                return false;
            }
        }
        true
    }

    fn unify(&mut self, pattern: &Atom, target: &Atom, swapped: bool) -> bool {
        match (pattern, target) {
            (Atom::Entry(s, p), Atom::Entry(t, q)) if s == t && p.len() == q.len() => {
                let symmetric = s.symmetry == Symmetry::Symmetric && p.len() == 2;
                if swapped && !symmetric {
                    return false;
                }
                (0..p.len())
                    .all(|k| self.bind(p[k], if swapped { q[1 - k] } else { q[k] }))
            }
            (Atom::Apply(f, p), Atom::Apply(g, q)) if f == g => self.nodes(p, q, swapped),
            (Atom::Exp(p), Atom::Exp(q))
            | (Atom::Base(p), Atom::Base(q))
            | (Atom::Step(p), Atom::Step(q))
            | (Atom::Inverse(p), Atom::Inverse(q))
            | (Atom::Contraction(p), Atom::Contraction(q)) => self.nodes(p, q, swapped),
            (Atom::Prime(_) | Atom::Pi | Atom::Dim(_) | Atom::Det(_), _) => {
                !swapped && pattern == target
            }
            _ => false,
        }
    }

    fn nodes(&mut self, pattern: &Node, target: &Node, swapped: bool) -> bool {
        if pattern.closed != target.closed {
            return false;
        }
        let class = &pattern.closed.class;
        let twin = class.len() >= 2 && class[0] == class[1];
        if swapped && !twin {
            return false;
        }
        (0..class.len()).all(|k| {
            let other = if swapped && k < 2 { 1 - k } else { k };
            self.bind(pattern.args[k], target.args[other])
        })
    }

    fn bind(&mut self, pattern: Idx, target: Idx) -> bool {
        let slot = match pattern {
            Idx::Param(k) if self.avoid == Some((k, target)) => return false,
            Idx::Param(k) => &mut self.params[k as usize],
            Idx::Bound(k) => {
                if !is_bound(target) {
                    return false;
                }
                let taken = self
                    .bound
                    .iter()
                    .enumerate()
                    .any(|(m, b)| m != k as usize && *b == Some(target));
                if taken {
                    return false;
                }
                &mut self.bound[k as usize]
            }
            other => return other == target,
        };
        match slot {
            Some(already) => *already == target,
            None => {
                *slot = Some(target);
                true
            }
        }
    }

    /// What is left of the raw term: factors not used up, bound indices of the match freed.
    fn remainder(&self, raw: &Raw) -> Raw {
        let mut rest = raw.clone();
        rest.factors = raw
            .factors
            .iter()
            .zip(&self.used)
            .map(|((atom, e), used)| (atom.clone(), e - used))
            .filter(|(_, e)| !e.is_zero())
            .collect();
        for bound in self.bound.iter().flatten() {
            unbind(&mut rest, *bound);
        }
        rest
    }
}

impl Algebra {
    /// The rule that replaces the leading product of `zero = 0` by the rest, for all values of the
    /// free indices listed. `None` when no term leads.
    ///
    /// # Errors
    /// When the effort allowed is used up.
    pub fn rewrite_from(&self, zero: &Sum, wild: &[Idx]) -> Result<Option<Rewrite>> {
        let rename = |i: Idx| match wild.iter().position(|w| *w == i) {
            Some(k) => Idx::Param(k as u16),
            None => i,
        };
        let Some(lead) = leading_term(zero) else { return Ok(None) };
        if lead.factors().is_empty() {
            return Ok(None);
        }
        let (pattern, bound) = unfolded(lead);
        let mut rest = Vec::new();
        for term in zero.terms() {
            if std::ptr::eq(term, lead) {
                continue;
            }
            let coef: BigRational = -(term.coef() / lead.coef());
            let factors =
                term.factors().iter().map(|(a, e)| (a.map(&rename), *e)).collect();
            self.normalize_into(Raw::new(coef, factors), &mut rest)?;
        }
        let pattern = pattern.iter().map(|(a, e)| (a.map(&rename), *e)).collect();
        Ok(Some(Rewrite {
            pattern,
            arity: wild.len(),
            bound,
            replacement: Sum::collect(rest),
        }))
    }
}
