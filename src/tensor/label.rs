//! Canonical labelling: gives parameters and bound indices names that depend on structure only.
//!
//! Colour refinement tells indices apart by where they stand; what it leaves tied is split by
//! trying each candidate and keeping the least result. A canonical form is always a renaming of
//! what it came from, so a hash collision or a cut search can only make two equal things look
//! different, never two different things equal.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::algebra::{Algebra, Result};
use super::atom::{Atom, Factor};
use super::closed::Node;
use super::index::{DimId, Idx, Symmetry};
use super::sum::{Sum, Term};

/// A hasher with the same result in every run and on every machine.
#[derive(Default)]
pub(super) struct StableHasher(u64);

impl Hasher for StableHasher {
    fn finish(&self) -> u64 {
        mix(self.0, 0x9e37_79b9_7f4a_7c15)
    }
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = mix(self.0, u64::from_le_bytes(word));
        }
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = mix(self.0, n);
    }
    fn write_u32(&mut self, n: u32) {
        self.0 = mix(self.0, u64::from(n));
    }
    fn write_usize(&mut self, n: usize) {
        self.0 = mix(self.0, n as u64);
    }
}

pub(super) fn mix(a: u64, b: u64) -> u64 {
    let mut x = a.rotate_left(23) ^ b.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// What an index to be named is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Param,
    Bound(DimId),
}

/// An index to be named.
#[derive(Clone, Copy, Debug)]
pub(super) struct Var {
    pub(super) index: Idx,
    pub(super) kind: Kind,
    /// Parameters fixed in place (rows and columns of a matrix) have a rank of their own.
    pub(super) rank: u64,
}

/// The terms to be labelled and their variables, with who stands where.
struct Roster<'a> {
    terms: &'a [Term],
    vars: &'a [Var],
    /// The variables' places by index, where there are too many to be searched.
    places: FxHashMap<Idx, usize>,
    /// For each factor of each term in turn the variables in it.
    holds: Vec<SmallVec<[u32; 4]>>,
    /// The hash of each term's coefficient.
    coefs: Vec<u64>,
}

/// Up to so many variables are searched one by one.
const FEW: usize = 8;

impl<'a> Roster<'a> {
    fn new(terms: &'a [Term], vars: &'a [Var]) -> Self {
        let places = if vars.len() > FEW {
            vars.iter().enumerate().map(|(k, v)| (v.index, k)).collect()
        } else {
            FxHashMap::default()
        };
        let coefs = terms.iter().map(coef_hash).collect();
        let mut roster = Roster { terms, vars, places, holds: Vec::new(), coefs };
        for (atom, _) in terms.iter().flat_map(Term::factors) {
            let mut held: SmallVec<[u32; 4]> = SmallVec::new();
            atom.each_index(&mut |i| {
                if let Some(k) = roster.position(i)
                    && !held.contains(&(k as u32))
                {
                    held.push(k as u32);
                }
            });
            roster.holds.push(held);
        }
        roster
    }

    /// The steps that one round takes.
    fn effort(&self) -> u64 {
        1 + self.holds.len() as u64 / 2
    }

    fn position(&self, index: Idx) -> Option<usize> {
        if self.vars.len() > FEW {
            self.places.get(&index).copied()
        } else {
            self.vars.iter().position(|v| v.index == index)
        }
    }
}

fn index_colour(index: Idx, roster: &Roster<'_>, colours: &[u64]) -> u64 {
    if let Some(k) = roster.position(index) {
        return colours[k];
    }
    match index {
        Idx::Param(k) => mix(11, u64::from(k)),
        Idx::Bound(k) => mix(12, u64::from(k)),
        Idx::Lit(k) => mix(13, u64::from(k)),
        Idx::Free(k) => mix(14, u64::from(k)),
    }
}

fn node_hash(seed: u64, node: &Node, colour: &impl Fn(Idx) -> u64) -> u64 {
    let mut h = mix(seed, node.closed.hash);
    let class = &node.closed.class;
    for (k, arg) in node.args.iter().enumerate() {
        // Exchangeable arguments are combined by a sum, others in order.
        h = h.wrapping_add(mix(u64::from(class[k]) + 101, colour(*arg)));
    }
    mix(h, seed)
}

fn atom_hash(atom: &Atom, colour: &impl Fn(Idx) -> u64) -> u64 {
    match atom {
        Atom::Prime(p) => mix(1, *p),
        Atom::Pi => 2,
        Atom::Dim(d) => mix(3, u64::from(d.0)),
        Atom::Delta(i, j) => mix(4, colour(*i).wrapping_add(colour(*j))),
        Atom::Entry(sym, indices) => {
            let mut h = mix(5, u64::from(sym.id));
            // An antisymmetric entry is stored in the order of its indices' names, which are
            // arbitrary still: its places count as one.
            let symmetric = sym.symmetry != Symmetry::None;
            for (k, i) in indices.iter().enumerate() {
                let place = if symmetric { 1 } else { k as u64 + 1 };
                h = h.wrapping_add(mix(place, colour(*i)));
            }
            mix(h, 5)
        }
        Atom::Contraction(node) => node_hash(6, node, colour),
        Atom::Exp(node) => node_hash(7, node, colour),
        Atom::Apply(function, node) => {
            let mut hasher = StableHasher::default();
            function.hash(&mut hasher);
            node_hash(mix(8, hasher.finish()), node, colour)
        }
        Atom::Base(node) => node_hash(9, node, colour),
        Atom::Step(node) => node_hash(10, node, colour),
        Atom::Inverse(node) => node_hash(15, node, colour),
        Atom::Det(node) => node_hash(16, node, colour),
        Atom::MatrixPower(node, power) => {
            mix(node_hash(17, node, colour), node_hash(18, power, colour))
        }
    }
}

fn factor_hash(factor: &Factor, colour: &impl Fn(Idx) -> u64) -> u64 {
    let (atom, e) = factor;
    mix(mix(atom_hash(atom, colour), *e.numer() as u64), *e.denom() as u64)
}

const MARK: u64 = 0x5bd1_e995_97f4_a7c1;

fn coef_hash(term: &Term) -> u64 {
    let mut hasher = StableHasher::default();
    term.coef().hash(&mut hasher);
    hasher.finish()
}

/// One round: the new colour of each variable. Factors that do not hold a variable reach it
/// through the term's total.
fn round(roster: &Roster<'_>, colours: &[u64]) -> Vec<u64> {
    let colour = |i: Idx| index_colour(i, roster, colours);
    let mut next: Vec<u64> = colours.iter().map(|c| mix(*c, 77)).collect();
    let mut within = vec![0_u64; roster.vars.len()];
    let mut holds = roster.holds.iter();
    let mut met: Vec<u32> = Vec::new();
    for (term, coef) in roster.terms.iter().zip(&roster.coefs) {
        let mut total = *coef;
        for factor in term.factors() {
            total = total.wrapping_add(factor_hash(factor, &colour));
            for k in holds.next().into_iter().flatten() {
                let index = roster.vars[*k as usize].index;
                let marked = |i: Idx| {
                    let c = colour(i);
                    if i == index { mix(c, MARK) } else { c }
                };
                let within = &mut within[*k as usize];
                *within = within.wrapping_add(factor_hash(factor, &marked));
                met.push(*k);
            }
        }
        for k in met.drain(..) {
            let within = std::mem::take(&mut within[k as usize]);
            if within != 0 {
                let next = &mut next[k as usize];
                *next = next.wrapping_add(mix(within, total));
            }
        }
    }
    next
}

fn distinct(colours: &[u64]) -> usize {
    let mut sorted = colours.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len()
}

fn refine(
    algebra: &Algebra,
    roster: &Roster<'_>,
    mut colours: Vec<u64>,
) -> Result<Vec<u64>> {
    let mut count = distinct(&colours);
    loop {
        if count == roster.vars.len() {
            // One more round makes the colours depend on structure only.
            return Ok(colours);
        }
        algebra.spend(roster.effort())?;
        let next = round(roster, &colours);
        let now = distinct(&next);
        colours = next;
        if now <= count {
            return Ok(colours);
        }
        count = now;
    }
}

/// The result of labelling: the renamed terms, and for each variable its new index.
pub(super) struct Labelled {
    pub(super) body: Sum,
    pub(super) names: Vec<Idx>,
}

fn apply(roster: &Roster<'_>, order: &[u64]) -> Labelled {
    let (terms, vars) = (roster.terms, roster.vars);
    // Rank parameters and bound indices separately, each by (rank, colour).
    let mut names = vec![Idx::Lit(0); vars.len()];
    for bound in [false, true] {
        let mut group: Vec<usize> = (0..vars.len())
            .filter(|k| matches!(vars[*k].kind, Kind::Bound(_)) == bound)
            .collect();
        group.sort_unstable_by_key(|k| (vars[*k].rank, order[*k]));
        for (position, k) in group.into_iter().enumerate() {
            let position = position as u16;
            names[k] = if bound { Idx::Bound(position) } else { Idx::Param(position) };
        }
    }
    let rename = |i: Idx| roster.position(i).map_or(i, |k| names[k]);
    let renamed = terms.iter().map(|term| rename_term(term, &rename)).collect();
    Labelled { body: Sum::collect(renamed), names }
}

/// Renames indices one to one, restoring the order of factors and of exchangeable arguments.
pub(super) fn rename_term(term: &Term, rename: &impl Fn(Idx) -> Idx) -> Term {
    let mut coef = term.coef().clone();
    let mut factors: Vec<Factor> = term
        .factors()
        .iter()
        .map(|(atom, e)| {
            let atom = match atom.map(rename) {
                Atom::Delta(i, j) if j < i => Atom::Delta(j, i),
                Atom::Entry(sym, mut indices)
                    if sym.symmetry != Symmetry::None
                        && indices.len() == 2
                        && indices[1] < indices[0] =>
                {
                    indices.swap(0, 1);
                    if sym.symmetry == Symmetry::Antisymmetric
                        && e.is_integer()
                        && e.to_integer() % 2 != 0
                    {
                        coef = -coef.clone();
                    }
                    Atom::Entry(sym, indices)
                }
                other => other,
            };
            (atom, *e)
        })
        .collect();
    factors.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Term::from_parts(coef, factors)
}

/// Whether exchanging two variables leaves the terms as they are.
fn exchangeable(terms: &[Term], a: Idx, b: Idx) -> bool {
    let swap = |i: Idx| {
        if i == a {
            b
        } else if i == b {
            a
        } else {
            i
        }
    };
    let swapped: Vec<Term> = terms.iter().map(|t| rename_term(t, &swap)).collect();
    let mut original = terms.to_vec();
    original.sort_unstable();
    let mut swapped = swapped;
    swapped.sort_unstable();
    original == swapped
}

/// Names the variables of the terms canonically.
pub(super) fn label(algebra: &Algebra, terms: &[Term], vars: &[Var]) -> Result<Labelled> {
    let colours: Vec<u64> = vars
        .iter()
        .map(|v| {
            mix(
                v.rank,
                match v.kind {
                    Kind::Param => 1,
                    Kind::Bound(d) => mix(2, u64::from(d.0)),
                },
            )
        })
        .collect();
    let roster = Roster::new(terms, vars);
    let colours = if vars.len() > 1 {
        // The first round always runs, so that a lone distinct colour means structure.
        algebra.spend(roster.effort())?;
        refine(algebra, &roster, round(&roster, &colours))?
    } else {
        colours
    };
    search(algebra, &roster, colours)
}

fn search(algebra: &Algebra, roster: &Roster<'_>, colours: Vec<u64>) -> Result<Labelled> {
    let (terms, vars) = (roster.terms, roster.vars);
    algebra.spend(1 + (terms.len() * vars.len()) as u64 / 4)?;
    let mut sorted: Vec<(u64, usize)> =
        colours.iter().enumerate().map(|(k, c)| (*c, k)).collect();
    sorted.sort_unstable();
    let Some(tie) = sorted.windows(2).position(|w| w[0].0 == w[1].0) else {
        return Ok(apply(roster, &colours));
    };
    let colour = sorted[tie].0;
    let tied: Vec<usize> =
        sorted.iter().filter(|(c, _)| *c == colour).map(|(_, k)| *k).collect();
    let mut best: Option<Labelled> = None;
    let mut tried: Vec<usize> = Vec::new();
    for k in tied {
        algebra.spend((tried.len() * roster.holds.len()) as u64)?;
        if tried.iter().any(|t| exchangeable(terms, vars[*t].index, vars[k].index)) {
            continue;
        }
        tried.push(k);
        let mut split = colours.clone();
        split[k] = mix(split[k], 0xabcd_ef01);
        algebra.spend(roster.effort())?;
        let split = refine(algebra, roster, round(roster, &split))?;
        let candidate = search(algebra, roster, split)?;
        if let Some(b) = &best
            && is_negated(&b.body, &candidate.body)
            && same_params(vars, &b.names, &candidate.names)
        {
            // Renaming what is bound changes the sign: the value is its own negative.
            return Ok(Labelled { body: Sum::zero(), names: candidate.names });
        }
        if candidate.body.is_zero() {
            return Ok(candidate);
        }
        if best.as_ref().is_none_or(|b| candidate.body < b.body) {
            best = Some(candidate);
        }
    }
    Ok(best.expect("a tie has at least two members"))
}

fn is_negated(a: &Sum, b: &Sum) -> bool {
    a.terms().len() == b.terms().len()
        && a.terms()
            .iter()
            .zip(b.terms())
            .all(|(s, t)| s.factors() == t.factors() && *s.coef() == -t.coef())
}

fn same_params(vars: &[Var], a: &[Idx], b: &[Idx]) -> bool {
    vars.iter().zip(a.iter().zip(b)).all(|(v, (x, y))| v.kind != Kind::Param || x == y)
}

/// The exchange classes of the parameters `0..arity` of a body whose bound indices have the given
/// dimensions: two parameters are of one class when exchanging them gives the same body, up to the
/// names of bound indices.
pub(super) fn classes(
    algebra: &Algebra,
    body: &Sum,
    bound: &[DimId],
    arity: usize,
) -> Result<SmallVec<[u16; 4]>> {
    let mut class: SmallVec<[u16; 4]> = (0..arity as u16).collect();
    if arity < 2 {
        return Ok(class);
    }
    let vars: Vec<Var> = (0..arity as u16)
        .map(|k| Var { index: Idx::Param(k), kind: Kind::Param, rank: 0 })
        .chain(bound.iter().enumerate().map(|(k, d)| Var {
            index: Idx::Bound(k as u16),
            kind: Kind::Bound(*d),
            rank: 0,
        }))
        .collect();
    let start: Vec<u64> = vars
        .iter()
        .map(|v| match v.kind {
            Kind::Param => 1,
            Kind::Bound(d) => mix(2, u64::from(d.0)),
        })
        .collect();
    let roster = Roster::new(body.terms(), &vars);
    algebra.spend(roster.effort())?;
    let colours = refine(algebra, &roster, round(&roster, &start))?;
    for b in 1..arity {
        for a in 0..b {
            if class[a] != a as u16 || colours[a] != colours[b] {
                continue;
            }
            algebra.spend(4 + 2 * roster.holds.len() as u64)?;
            let (p, q) = (Idx::Param(a as u16), Idx::Param(b as u16));
            let equal = exchangeable(body.terms(), p, q)
                || (!bound.is_empty()
                    && equal_exchanged(algebra, body, bound, arity, p, q)?);
            if equal {
                class[b] = a as u16;
                break;
            }
        }
    }
    Ok(class)
}

/// Whether exchanging two parameters gives the same body once bound indices are named anew.
fn equal_exchanged(
    algebra: &Algebra,
    body: &Sum,
    bound: &[DimId],
    arity: usize,
    p: Idx,
    q: Idx,
) -> Result<bool> {
    let swap = |i: Idx| {
        if i == p {
            q
        } else if i == q {
            p
        } else {
            i
        }
    };
    let swapped: Vec<Term> = body.terms().iter().map(|t| rename_term(t, &swap)).collect();
    let vars: Vec<Var> = (0..arity as u16)
        .map(|k| Var { index: Idx::Param(k), kind: Kind::Param, rank: u64::from(k) + 1 })
        .chain(bound.iter().enumerate().map(|(k, d)| Var {
            index: Idx::Bound(k as u16),
            kind: Kind::Bound(*d),
            rank: 0,
        }))
        .collect();
    let before = label(algebra, body.terms(), &vars)?;
    let after = label(algebra, &swapped, &vars)?;
    Ok(before.body == after.body)
}
