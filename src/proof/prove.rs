//! The decision: the difference of the two sides, lowered, is brought to normal form; is it zero?
//!
//! This file is the end of the trusted core: a [`Theorem`] is made here and nowhere else.

use num_traits::{One, Zero};

use super::lemmas::Lemmas;
use crate::notation::{Lowering, Scope, parts};
use crate::shape::{
    Dim, Elaborated, Node as ShapedNode, Role, Shaped, Size, SymbolId, Variable,
};
use crate::tensor::{
    Algebra, Atom, Caveat, DimId, Exponent, Factor, Idx, Node, Result, Stop, Sum, Term,
};

/// Evidence that a relation holds for all dimensions and all values where both sides are defined.
#[derive(Clone, Debug)]
pub struct Theorem {
    caveats: Vec<Caveat>,
}

impl Theorem {
    /// What the proof relied on.
    pub fn caveats(&self) -> &[Caveat] {
        &self.caveats
    }
}

/// What an attempt at a proof came to.
#[derive(Clone, Debug)]
pub enum Attempt {
    /// Proved.
    Proved(Theorem),
    /// The normal forms differ; this does not refute.
    Open,
    /// The attempt ended early.
    Stopped(Stop),
}

/// Elementary steps allowed for one attempt. Claims of textbooks take a hundredth of it.
const EFFORT: u64 = 600_000;

/// The same where many attempts are made in search of something.
const QUICK: u64 = 100_000;

/// Tries to prove a relation; with `hold`, derivatives hold defined names fixed.
pub fn prove(relation: &Elaborated, hold: bool) -> Attempt {
    prove_within(relation, hold, EFFORT)
}

/// The same with less effort, for searches.
pub(super) fn prove_quickly(relation: &Elaborated) -> Attempt {
    prove_within(relation, false, QUICK)
}

fn prove_within(relation: &Elaborated, hold: bool, effort: u64) -> Attempt {
    let mut stopped = None;
    match symbolic(relation, hold, Algebra::new(effort)) {
        Ok(Some(theorem)) => return Attempt::Proved(theorem),
        Ok(None) => {}
        Err(stop) => stopped = Some(stop),
    }
    if has_numbered_dims(relation) {
        match concrete(relation, hold, Algebra::concrete(effort)) {
            Ok(Some(theorem)) => return Attempt::Proved(theorem),
            Ok(None) => {}
            Err(stop) => stopped = stopped.or(Some(stop)),
        }
    }
    stopped.map_or(Attempt::Open, Attempt::Stopped)
}

/// The symbols that expressions depend on, definitions followed.
fn symbols_behind(relation: &Elaborated, expressions: &[&Shaped]) -> Vec<SymbolId> {
    let mut found = Vec::new();
    let mut open: Vec<&Shaped> = expressions.to_vec();
    while let Some(next) = open.pop() {
        let mut met = Vec::new();
        next.each_symbol(&mut |id| met.push(id));
        for id in met {
            if found.contains(&id) {
                continue;
            }
            found.push(id);
            if let Role::Defined(body) = &relation.table.symbol(id).role {
                open.push(body);
            }
        }
    }
    found
}

/// The symbols by which a relation differentiates, in definitions too.
fn differentiated(relation: &Elaborated) -> Vec<SymbolId> {
    let mut found = Vec::new();
    let mut see = |node: &ShapedNode| match node {
        ShapedNode::Derivative(_, Variable::Whole(id) | Variable::Entry(id, _)) => {
            found.push(*id);
        }
        ShapedNode::Directional(_, directions) => {
            found.extend(directions.iter().map(|(id, _)| *id));
        }
        _ => {}
    };
    let sides = [&relation.lhs, &relation.rhs];
    for side in sides {
        side.visit(&mut see);
    }
    for id in symbols_behind(relation, &sides) {
        if let Role::Defined(body) = &relation.table.symbol(id).role {
            body.visit(&mut see);
        }
    }
    found
}

/// The setting with the relation's constraints as rules.
fn with_constraints(
    relation: &Elaborated,
    mut algebra: Algebra,
    hold: bool,
) -> Result<Algebra> {
    let mut rules = Vec::new();
    // An equation that holds for some values of a variable says nothing of its derivatives.
    let moving = differentiated(relation);
    let moves = |sides: &[&Shaped]| {
        let symbols = symbols_behind(relation, sides);
        symbols.iter().any(|id| moving.contains(id))
    };
    for (left, right, letters) in &relation.constraints {
        if moves(&[left, right]) {
            continue;
        }
        let lowering = Lowering::new(&relation.table, &algebra, hold);
        let mut scope = Scope::default();
        let mut wild = Vec::new();
        for var in letters {
            let dim = &relation.table.indices[var.0 as usize].1;
            let indices = lowering.fresh(std::slice::from_ref(dim));
            wild.extend(&indices);
            scope.bind(*var, indices);
        }
        let at = lowering.fresh(&left.axes);
        wild.extend(&at);
        let zero =
            lowering.lower(left, &at, &scope)?.sub(&lowering.lower(right, &at, &scope)?);
        rules.extend(algebra.rewrite_from(&zero, &wild)?);
    }
    for (id, symbol) in relation.table.symbols.iter().enumerate() {
        let properties = &symbol.properties;
        let two_valued = properties.binary || properties.bipolar;
        if !properties.sums_to_one && !properties.one_hot && !two_valued {
            continue;
        }
        if moving.contains(&SymbolId(id as u32)) {
            continue;
        }
        let lowering = Lowering::new(&relation.table, &algebra, hold);
        let sym = lowering.sym(SymbolId(id as u32));
        let at = lowering.fresh(&symbol.axes);
        if two_valued {
            let indices = at.iter().copied().collect();
            let entry = algebra.atom(Atom::Entry(sym, indices))?;
            let value = if properties.binary { entry.clone() } else { Sum::one() };
            let zero = algebra.mul(&entry, &entry)?.sub(&value);
            rules.extend(algebra.rewrite_from(&zero, &at)?);
        }
        if !properties.sums_to_one && !properties.one_hot {
            continue;
        }
        let dims: Vec<DimId> = symbol.axes.iter().flat_map(parts).collect();
        let (Some(last), Some(dim)) = (at.last().copied(), dims.last().copied()) else {
            continue;
        };
        let entry = |i: Idx| {
            let mut indices = at.clone();
            *indices.last_mut().unwrap_or(&mut Idx::Lit(1)) = i;
            algebra.atom(Atom::Entry(sym, indices.into_iter().collect()))
        };
        // Σ_k y_k = 1
        let sum = algebra.sum_over(&entry(last)?, last, dim)?;
        let wild = &at[..at.len() - 1];
        rules.extend(algebra.rewrite_from(&sum.sub(&Sum::one()), wild)?);
        if symbol.properties.one_hot {
            // y_k y_l = δ_kl y_k
            let other = algebra.fresh();
            let product = algebra.mul(&entry(last)?, &entry(other)?)?;
            let delta = algebra.atom(Atom::Delta(last, other))?;
            let equal = algebra.mul(&delta, &entry(last)?)?;
            let mut wild = at.clone();
            wild.push(other);
            rules.extend(algebra.rewrite_from(&product.sub(&equal), &wild)?);
        }
    }
    for rule in rules {
        algebra.add_rewrite(rule);
    }
    Ok(algebra)
}

fn free_scope(relation: &Elaborated, lowering: &Lowering<'_>) -> (Scope, Vec<Idx>) {
    let mut scope = Scope::default();
    let mut all = Vec::new();
    for var in &relation.free {
        let dim = &relation.table.indices[var.0 as usize].1;
        let indices = lowering.fresh(std::slice::from_ref(dim));
        all.extend(&indices);
        scope.bind(*var, indices);
    }
    (scope, all)
}

/// The proof for named dimensions.
fn symbolic(
    relation: &Elaborated,
    hold: bool,
    algebra: Algebra,
) -> Result<Option<Theorem>> {
    if relation.lhs.axes != relation.rhs.axes {
        return Ok(None);
    }
    let algebra = with_constraints(relation, algebra, hold)?;
    let lowering = Lowering::new(&relation.table, &algebra, hold);
    let (scope, _) = free_scope(relation, &lowering);
    let at = lowering.fresh(&relation.lhs.axes);
    let difference = lowering.lower(&relation.lhs, &at, &scope)?.sub(&lowering.lower(
        &relation.rhs,
        &at,
        &scope,
    )?);
    let proved = difference.is_zero() || {
        let expanded = lowering.expand(&difference)?;
        is_zero(&algebra, &expanded)?
    };
    Ok(proved.then(|| Theorem { caveats: algebra.caveats() }))
}

/// The proof for dimensions that are numbers, entry by entry.
fn concrete(
    relation: &Elaborated,
    hold: bool,
    algebra: Algebra,
) -> Result<Option<Theorem>> {
    let algebra = with_constraints(relation, algebra, hold)?;
    let lowering = Lowering::new(&relation.table, &algebra, hold);
    let mut caveats = Vec::new();
    let mut axes: Vec<Dim> = relation.lhs.axes.clone();
    if relation.rhs.axes != axes {
        return Ok(None);
    }
    let own = axes.len();
    axes.extend(
        relation.free.iter().map(|v| relation.table.indices[v.0 as usize].1.clone()),
    );
    // Every combination of values of the numbered parts.
    let numbered: Vec<DimId> = axes.iter().flat_map(parts).collect();
    let mut values: Vec<u32> = numbered.iter().map(|_| 1).collect();
    loop {
        algebra.spend(100)?;
        let mut at: Vec<Idx> = numbered
            .iter()
            .zip(&values)
            .map(|(dim, v)| match dim.as_number() {
                Some(_) => Idx::Lit(*v),
                None => algebra.fresh(),
            })
            .collect();
        let split: usize = axes[..own].iter().map(|d| d.0.len()).sum();
        let mut rest = at.split_off(split);
        let mut scope = Scope::default();
        for (var, dim) in relation.free.iter().zip(&axes[own..]) {
            let tail = rest.split_off(dim.0.len());
            scope.bind(*var, rest);
            rest = tail;
        }
        let difference = lowering
            .lower(&relation.lhs, &at, &scope)?
            .sub(&lowering.lower(&relation.rhs, &at, &scope)?);
        let expanded = lowering.expand(&difference)?;
        if !is_zero(&algebra, &expanded)? {
            return Ok(None);
        }
        caveats.extend(algebra.caveats());
        // The next combination.
        let mut k = 0;
        loop {
            let Some(dim) = numbered.get(k) else {
                caveats.sort();
                caveats.dedup();
                return Ok(Some(Theorem { caveats }));
            };
            match dim.as_number() {
                Some(n) if values[k] < n => {
                    values[k] += 1;
                    break;
                }
                _ => {
                    values[k] = 1;
                    k += 1;
                }
            }
        }
    }
}

fn has_numbered_dims(relation: &Elaborated) -> bool {
    let numbered =
        |dim: &Dim| dim.0.iter().any(|s| matches!(s, Size::Number(n) if *n <= 8));
    let sides = [&relation.lhs, &relation.rhs];
    sides.iter().any(|s: &&Shaped| s.axes.iter().any(numbered))
        || relation.table.symbols.iter().any(|s| s.axes.iter().any(numbered))
        || relation.table.indices.iter().any(|(_, d)| numbered(d))
}

/// Whether a sum is zero wherever it is defined: by its normal form, after multiplying out
/// denominators, after multiplying by matrices under an inverse, or under the sum signs.
pub(crate) fn is_zero(algebra: &Algebra, sum: &Sum) -> Result<bool> {
    if sum.is_zero() {
        return Ok(true);
    }
    let cleared = clear_denominators(algebra, sum)?;
    if cleared.is_zero() {
        return Ok(true);
    }
    let mut candidates = vec![cleared.clone()];
    for lemmas in [Lemmas::of_values(algebra, &cleared)?, Lemmas::of_inverses(algebra)] {
        let Some(last) = candidates.last() else { break };
        let lemma = algebra.substitute(last, &lemmas)?;
        if lemma == *last {
            continue;
        }
        let lemma = clear_denominators(algebra, &lemma)?;
        if lemma.is_zero() {
            return Ok(true);
        }
        candidates.push(lemma);
    }
    for candidate in &candidates {
        if under_sums(algebra, candidate, 0)? || clear_inverses(algebra, candidate, 3)? {
            return Ok(true);
        }
    }
    for candidate in &candidates {
        if algebra.split_fractions(candidate)?.is_zero() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Multiplies by every power in a denominator, until none is left. What is multiplied by is not 0
/// wherever the sum is defined.
fn clear_denominators(algebra: &Algebra, sum: &Sum) -> Result<Sum> {
    let mut current = sum.clone();
    for _ in 0..12 {
        let mut lowest: Vec<Factor> = Vec::new();
        current.each_factor(&mut |(atom, e)| {
            if *e >= Exponent::zero() {
                return;
            }
            match lowest.iter_mut().find(|(a, _)| a == atom) {
                Some((_, least)) => *least = (*least).min(*e),
                None => lowest.push((atom.clone(), *e)),
            }
        });
        if lowest.is_empty() {
            return Ok(current);
        }
        let mut parts = Vec::new();
        for term in current.terms() {
            let mut factors = term.factors().to_vec();
            factors.extend(lowest.iter().map(|(a, e)| (a.clone(), -*e)));
            parts.push(algebra.product(term.coef(), factors)?);
        }
        current = Sum::total(parts);
        if current.is_zero() {
            return Ok(current);
        }
    }
    Ok(current)
}

/// Whether a contraction's body holds a denominator or an inverse, which its sum hides.
fn hides_denominator(node: &Node) -> bool {
    node.closed.body.terms()[0]
        .factors()
        .iter()
        .any(|(atom, e)| *e < Exponent::zero() || matches!(atom, Atom::Inverse(_)))
}

/// `Σ_s f(s) = 0` follows from `f(s) = 0` for all s: sums that hide denominators are opened under
/// one shared index each.
fn under_sums(algebra: &Algebra, sum: &Sum, depth: u32) -> Result<bool> {
    if depth > 3 {
        return Ok(false);
    }
    // Terms by the dimensions of the indices that their denominators are bound by.
    let mut groups: Groups = Vec::new();
    for term in sum.terms() {
        let found = term.factors().iter().enumerate().find_map(|(k, (atom, e))| {
            let Atom::Contraction(node) = atom else { return None };
            (*e == Exponent::one() && hides_denominator(node)).then_some((k, node))
        });
        let (key, entry) = match found {
            None => (Vec::new(), (term.clone(), usize::MAX, Vec::new())),
            Some((k, node)) => {
                let mut hidden: Vec<usize> = Vec::new();
                for (atom, e) in node.closed.body.terms()[0].factors() {
                    if *e < Exponent::zero() {
                        atom.each_index(&mut |i| {
                            if let Idx::Bound(b) = i
                                && !hidden.contains(&(b as usize))
                            {
                                hidden.push(b as usize);
                            }
                        });
                    }
                }
                hidden.sort_by_key(|b| (node.closed.bound[*b], *b));
                let dims = hidden.iter().map(|b| node.closed.bound[*b]).collect();
                (dims, (term.clone(), k, hidden))
            }
        };
        match groups.iter_mut().find(|(g, _)| *g == key) {
            Some((_, entries)) => entries.push(entry),
            None => groups.push((key, vec![entry])),
        }
    }
    if groups.iter().all(|(key, _)| key.is_empty()) {
        return Ok(false);
    }
    join_plain_terms(algebra, &mut groups)?;
    for (dims, entries) in groups {
        if dims.is_empty() {
            let rest = Sum::total(entries.iter().map(|(t, _, _)| single(t)));
            if !clear_denominators(algebra, &rest)?.is_zero() {
                return Ok(false);
            }
            continue;
        }
        let shared: Vec<Idx> = dims.iter().map(|_| algebra.fresh()).collect();
        let mut parts = Vec::new();
        for (term, k, hidden) in &entries {
            let Atom::Contraction(node) = &term.factors()[*k].0 else { return Ok(false) };
            let (mut open, bound) = algebra.open_contraction(node)?;
            let map: Vec<(Idx, Idx)> =
                hidden.iter().zip(&shared).map(|(b, s)| (bound[*b].0, *s)).collect();
            open = algebra.rename(&open, &map)?;
            for (b, (index, dim)) in bound.iter().enumerate() {
                if !hidden.contains(&b) {
                    open = algebra.sum_over(&open, *index, *dim)?;
                }
            }
            let mut factors = term.factors().to_vec();
            factors.remove(*k);
            let rest = algebra.product(term.coef(), factors)?;
            parts.push(algebra.mul(&rest, &open)?);
        }
        let opened = clear_denominators(algebra, &Sum::total(parts))?;
        if !opened.is_zero() && !under_sums(algebra, &opened, depth + 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Terms by the dimensions of the bound indices to be opened; of each term the contraction and
/// which of its bound indices.
type Groups = Vec<(Vec<DimId>, Vec<(Term, usize, Vec<usize>)>)>;

/// Terms without a hidden denominator that do not cancel among themselves join the first group in
/// which they have indices of the right dimensions to open: `Σ_s a_s - Σ_s a_s q_s - …`.
fn join_plain_terms(algebra: &Algebra, groups: &mut Groups) -> Result<()> {
    let Some(plain) = groups.iter().position(|(key, _)| key.is_empty()) else {
        return Ok(());
    };
    let rest = Sum::total(groups[plain].1.iter().map(|(t, _, _)| single(t)));
    if clear_denominators(algebra, &rest)?.is_zero() {
        return Ok(());
    }
    let (_, entries) = groups.remove(plain);
    let mut left = Vec::new();
    for (term, _, _) in entries {
        let mut home = None;
        'groups: for (g, (dims, _)) in groups.iter().enumerate() {
            for (k, (atom, e)) in term.factors().iter().enumerate() {
                let Atom::Contraction(node) = atom else { continue };
                if *e != Exponent::one() {
                    continue;
                }
                let mut chosen: Vec<usize> = Vec::new();
                for dim in dims {
                    let free = (0..node.closed.bound.len())
                        .find(|b| node.closed.bound[*b] == *dim && !chosen.contains(b));
                    chosen.extend(free);
                }
                if chosen.len() == dims.len() {
                    home = Some((g, k, chosen));
                    break 'groups;
                }
            }
        }
        match home {
            Some((g, k, chosen)) => groups[g].1.push((term, k, chosen)),
            None => left.push((term, usize::MAX, Vec::new())),
        }
    }
    if !left.is_empty() {
        groups.push((Vec::new(), left));
    }
    Ok(())
}

fn single(term: &Term) -> Sum {
    Sum::zero().with(term)
}

/// Multiplies the equation by the matrix under an inverse that ends in a free index: `M D = 0`
/// says `D = 0`.
fn clear_inverses(algebra: &Algebra, sum: &Sum, depth: u32) -> Result<bool> {
    if depth == 0 {
        return Ok(false);
    }
    let mut ends: Vec<(Node, usize, Idx)> = Vec::new();
    let mut see = |node: &Node, args: &[Idx]| {
        for side in 0..2 {
            let end = args[side];
            if matches!(end, Idx::Free(_))
                && !ends
                    .iter()
                    .any(|(n, s, e)| n.closed == node.closed && *s == side && *e == end)
            {
                let mut node = node.clone();
                node.args = args.iter().copied().collect();
                ends.push((node, side, end));
            }
        }
    };
    sum.each_factor(&mut |(atom, _)| match atom {
        Atom::Inverse(node) => see(node, &node.args),
        Atom::Contraction(outer) => {
            for (atom, _) in outer.closed.body.terms()[0].factors() {
                if let Atom::Inverse(node) = atom {
                    let args: Vec<Idx> = node
                        .args
                        .iter()
                        .map(|i| match i {
                            Idx::Param(k) => outer.args[*k as usize],
                            other => *other,
                        })
                        .collect();
                    see(node, &args);
                }
            }
        }
        _ => {}
    });
    ends.truncate(6);
    for (node, side, end) in ends {
        // Further parameters must be open, not summed inside.
        // The matrix must be the same for all values of the end that is summed over.
        let open = |i: &Idx| matches!(i, Idx::Free(_) | Idx::Lit(_)) && *i != end;
        if !node.args[2..].iter().all(open) || node.args[1 - side] == end {
            continue;
        }
        let (body, row, col, dim) = algebra.open_matrix(&node)?;
        let fresh = algebra.fresh();
        // Side 0: Σ_i M_ki D_i; side 1: Σ_j D_j M_jk.
        let map = if side == 0 {
            [(row, fresh), (col, end)]
        } else {
            [(row, end), (col, fresh)]
        };
        let matrix = algebra.rename(&body, &map)?;
        let product = algebra.sum_over(&algebra.mul(&matrix, sum)?, end, dim)?;
        let cleared = clear_denominators(algebra, &product)?;
        if cleared.is_zero() || clear_inverses(algebra, &cleared, depth - 1)? {
            return Ok(true);
        }
    }
    Ok(false)
}
