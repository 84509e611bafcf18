//! Whole relations: both sides together, then everything open is settled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use num_traits::{One, Zero};
use rustc_hash::FxHashMap;

use super::index::mentions;
use super::{Elaborator, FaultKind, Reading, Result, literal, peel};
use crate::language::ast::{Condition, Expr, Kind, Span};
use crate::shape::givens::Givens;
use crate::shape::{
    Dim, Index, IndexVar, Node, Properties, Role, Shaped, Size, Table, Variable,
};

/// A relation with its meaning.
#[derive(Clone, Debug)]
pub struct Elaborated {
    /// Symbols, dimensions, indices.
    pub table: Table,
    /// The left side.
    pub lhs: Shaped,
    /// The right side, of the same shape.
    pub rhs: Shaped,
    /// The free indices: the relation is claimed for all their values.
    pub free: Vec<IndexVar>,
    /// Letters free on one side only.
    pub one_sided: Vec<String>,
    /// Whether an array was compared with one of its entries.
    pub component: bool,
    /// How the text was read where that is not plain.
    pub notes: Vec<String>,
    /// Whether some size is fixed by nothing in the text.
    pub open_sizes: bool,
    /// How many dimensions the text names; those behind stand for open sizes.
    pub named_sizes: usize,
    /// The repairs made.
    pub repaired: Vec<(Span, &'static str)>,
    /// Equations that may be used: left, right, and the letters they hold for all values of.
    pub constraints: Vec<(Shaped, Shaped, Vec<IndexVar>)>,
    /// Whether points may be drawn that break a constraint.
    pub undrawn: bool,
}

impl Elaborated {
    /// Whether a side holds the derivative of a scalar by an array: then layout matters.
    pub fn has_array_gradient(&self) -> bool {
        self.any_gradient(&|axes: &[Dim]| !axes.is_empty())
    }

    /// Whether a side holds the derivative of a scalar by a vector, which may be a row.
    pub fn is_row_sensitive(&self) -> bool {
        self.any_gradient(&|axes: &[Dim]| {
            axes.len() == 2 && axes.iter().any(Dim::is_unit)
        })
    }

    /// Whether every derivative is of an expression in which its variable stands itself, so that a
    /// partial derivative with the defined names held fixed is one that a reader could mean.
    pub fn differentiates_what_it_names(&self) -> bool {
        let mut every = true;
        let mut see = |node: &Node| {
            if let Node::Derivative(of, Variable::Whole(id) | Variable::Entry(id, _)) =
                node
            {
                // ∂L/∂Y of an unknown L(Y) is a symbol of its own, whatever is held fixed.
                let upstream = match &*of.node {
                    Node::Symbol(scalar) => matches!(
                        &self.table.symbol(*scalar).role,
                        Role::Opaque(arguments) if arguments.contains(id)
                    ),
                    _ => false,
                };
                let mut stands = upstream;
                of.each_symbol(&mut |other| stands |= other == *id);
                every &= stands;
            }
            // A differential moves what a defined name is made of.
            every &= !matches!(node, Node::Directional(..));
        };
        self.lhs.visit(&mut see);
        self.rhs.visit(&mut see);
        every
    }

    /// The sizes of the text that a size which nothing fixes may be meant to be.
    pub fn sizes_at_hand(&self) -> Vec<Size> {
        let axes = self.table.symbols.iter().flat_map(|symbol| &symbol.axes);
        let mut sizes: Vec<Size> = axes
            .flat_map(|dim| dim.0.iter().copied())
            .filter(|size| !matches!(size, Size::Named(id) if *id as usize >= self.named_sizes))
            .collect();
        sizes.extend((0..self.named_sizes as u32).map(Size::Named));
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    fn any_gradient(&self, accepts: &dyn Fn(&[Dim]) -> bool) -> bool {
        let mut found = false;
        let mut see = |node: &Node| {
            if let Node::Derivative(of, Variable::Whole(id)) = node {
                found |= of.is_scalar() && accepts(&self.table.symbol(*id).axes);
            }
        };
        self.lhs.visit(&mut see);
        self.rhs.visit(&mut see);
        found
    }
}

/// Elaborates `lhs = rhs`, the two compared at every value of their free indices that satisfies
/// the condition.
///
/// # Errors
/// A [`Fault`](super::Fault) with its place when a side has no meaning or the shapes differ.
pub fn relation(
    givens: &Givens,
    lhs: &Expr,
    rhs: &Expr,
    condition: Option<&Condition>,
    reading: Reading,
) -> Result<Elaborated> {
    let mut e = Elaborator::new(givens, reading);
    e.sides = vec![lhs, rhs];
    collect_varying(lhs, &mut e.varying);
    collect_varying(rhs, &mut e.varying);
    if reading.einstein {
        e.kept = free_letters(lhs, rhs);
    }
    let left = e.term(lhs)?;
    let left_letters = e.free.len();
    let left = e.settle_scalar(left);
    let right = e.term(rhs)?;
    let right = e.settle_scalar(right);
    let (mut left, mut right) = e.match_sides(left, right, lhs, rhs, left_letters)?;
    let component = e.repaired.iter().any(|(_, what)| *what == COMPONENT);
    if let Some(condition) = condition {
        let holds = e.condition(condition, lhs.span)?;
        left = e.hadamard(left, holds.clone(), lhs.span)?;
        right = e.hadamard(right, holds, rhs.span)?;
    }
    let constraints = e.constraints()?;
    Ok(e.settle(left, right, component, constraints))
}

/// Elaborates one expression alone; its right side is the number 0.
///
/// # Errors
/// A [`Fault`](super::Fault) with its place when the expression has no meaning.
pub fn single(givens: &Givens, expr: &Expr, reading: Reading) -> Result<Elaborated> {
    let mut e = Elaborator::new(givens, reading);
    e.sides = vec![expr];
    collect_varying(expr, &mut e.varying);
    let left = e.term(expr)?;
    let left = e.settle_scalar(left);
    let zero = e.fill(Shaped::integer(0), &left.axes);
    let constraints = e.constraints()?;
    Ok(e.settle(left, zero, false, constraints))
}

pub(super) const COMPONENT: &str = "a component is equated with the whole array";

impl Elaborator<'_> {
    /// Brings the two sides to one shape.
    fn match_sides(
        &mut self,
        left: Shaped,
        right: Shaped,
        lhs: &Expr,
        rhs: &Expr,
        left_letters: usize,
    ) -> Result<(Shaped, Shaped)> {
        if self.unify_axes(&left.axes, &right.axes) {
            return Ok((left, right));
        }
        let zero = |e: &Expr| literal(e).is_some_and(|v| v.is_zero());
        if right.is_scalar() && zero(rhs) {
            let right = self.fill(right, &left.axes);
            return Ok((left, right));
        }
        if left.is_scalar() && zero(lhs) {
            let left = self.fill(left, &right.axes);
            return Ok((left, right));
        }
        if left.is_scalar() != right.is_scalar() {
            let (array, scalar) =
                if left.is_scalar() { (&right, &left) } else { (&left, &right) };
            let unit = vec![Dim::unit(); array.axes.len()];
            if array.axes.iter().all(|d| self.solver.is_open(d) || self.solver.is_unit(d))
                && self.unify_axes(&array.axes, &unit)
            {
                let (left, right) = (self.settle_scalar(left), self.settle_scalar(right));
                return Ok((left, right));
            }
            if let Some(viewed) = self.view(array.clone(), scalar, left_letters, &left)? {
                return Ok(if left.is_scalar() {
                    (left, viewed)
                } else {
                    (viewed, right)
                });
            }
            if self.reading.repairs.fill_scalars {
                let scalar = scalar.clone();
                let filled = self.fill(scalar, &array.axes.clone());
                self.repaired
                    .push((rhs.span, "the scalar is filled out to the array's shape"));
                return Ok(if left.is_scalar() {
                    (filled, right)
                } else {
                    (left, filled)
                });
            }
        }
        // Equal extents in another order of parts are compared by value, not by form.
        if left.axes.len() == right.axes.len()
            && left.axes.iter().zip(&right.axes).all(|(a, b)| {
                let sorted = |d: &Dim| {
                    let mut parts = self.solver.resolve(d).0.to_vec();
                    parts.sort();
                    parts
                };
                sorted(a) == sorted(b)
            })
        {
            return Ok((left, right));
        }
        let message = format!(
            "the left side is {}, the right side {}",
            self.show_axes(&left.axes),
            self.show_axes(&right.axes)
        );
        self.fault(FaultKind::Shape, lhs.span.to(rhs.span), message)
    }

    /// An array beside a scalar whose further free indices number the array's axes: the entry.
    fn view(
        &mut self,
        array: Shaped,
        scalar: &Shaped,
        left_letters: usize,
        left: &Shaped,
    ) -> Result<Option<Shaped>> {
        let scalar_is_left = left.is_scalar();
        let letters: Vec<(String, IndexVar)> = if scalar_is_left {
            // Letters of the right (array) side came later.
            self.free[..left_letters]
                .iter()
                .filter(|(_, v)| !mentions(&array, *v))
                .cloned()
                .collect()
        } else {
            self.free[left_letters..].to_vec()
        };
        let mut letters: Vec<(String, IndexVar)> =
            letters.into_iter().filter(|(_, v)| mentions(scalar, *v)).collect();
        letters.sort_by(|a, b| a.0.cmp(&b.0));
        let array = self.squeeze(array);
        if letters.is_empty() || letters.len() != array.axes.len() {
            return Ok(None);
        }
        let index_form = if scalar_is_left { false } else { left_letters > 0 };
        if !index_form && !self.reading.repairs.component_as_whole {
            return Ok(None);
        }
        for ((_, var), dim) in letters.iter().zip(array.axes.clone()) {
            let own = self.table.indices[var.0 as usize].1.clone();
            if !self.solver.unify(&own, &dim) {
                return Ok(None);
            }
        }
        let at: Vec<Index> = letters.iter().map(|(_, v)| Index::Var(*v)).collect();
        let names: Vec<&str> = letters.iter().map(|(n, _)| n.as_str()).collect();
        if index_form {
            self.note(format!("the array is read at its entry {}", names.join(", ")));
        } else {
            self.repaired.push((Span::default(), COMPONENT));
        }
        Ok(Some(Shaped::scalar(Node::Pick(array, at))))
    }

    fn constraints(&mut self) -> Result<Vec<(Shaped, Shaped, Vec<IndexVar>)>> {
        let mut out = Vec::new();
        for (left, right) in self.givens.constraints().to_vec() {
            // A constraint on names that the relation does not use is no business of it.
            let mut names = Vec::new();
            collect_names(&left, &mut names);
            collect_names(&right, &mut names);
            let used = names.iter().all(|n| {
                !self.givens.contains(n) || self.symbols.iter().any(|(s, _)| s == n)
            });
            if !used || self.known_constraint(&left, &right) {
                continue;
            }
            self.undrawn |= !self.has_orthonormal_columns(&left, &right);
            let scope = std::mem::take(&mut self.scope);
            let free = std::mem::take(&mut self.free);
            let reading = std::mem::take(&mut self.reading);
            let (left, right) = squared_norm(left, right);
            let l = self.expr(&left);
            let r = self.expr(&right);
            let own = std::mem::replace(&mut self.free, free);
            self.scope = scope;
            self.reading = reading;
            // What a given equation says in vain is no fault of the relation.
            let given = |fault: super::Fault| super::Fault {
                kind: FaultKind::Unsupported,
                message: format!("in a given equation: {}", fault.message),
                ..fault
            };
            let (l, r) = (l.map_err(given)?, r.map_err(given)?);
            let (l, r) = (self.settle_scalar(l), self.settle_scalar(r));
            let r = if r.is_scalar() && literal(&right).is_some() {
                self.fill(r, &l.axes)
            } else {
                r
            };
            if !self.unify_axes(&l.axes, &r.axes) {
                return self.fault(
                    FaultKind::Shape,
                    left.span.to(right.span),
                    "the two sides of a constraint have different shapes",
                );
            }
            out.push((l, r, own.into_iter().map(|(_, v)| v).collect()));
        }
        Ok(out)
    }

    /// The constraints that are properties of a symbol: entries that sum to 1, orthogonality.
    fn known_constraint(&mut self, left: &Expr, right: &Expr) -> bool {
        let one = |e: &Expr| literal(e).is_some_and(|v| v.is_one());
        if one(right) {
            let name = match &peel(left).kind {
                Kind::Call { name, args, .. } if name == "sum" && args.len() == 1 => {
                    plain_name(&args[0])
                }
                Kind::Sum(indices, body) => match (&indices[..], &peel(body).kind) {
                    ([index], Kind::Entry(base, at)) if index.not_equal.is_empty() => {
                        let last = at.last().map(|i| &peel(i).kind);
                        let summed =
                            matches!(last, Some(Kind::Name(n)) if *n == index.name);
                        summed.then(|| plain_name(base)).flatten()
                    }
                    _ => None,
                },
                Kind::Product(a, _, b) => match (&peel(a).kind, plain_name(b)) {
                    (Kind::Transpose(ones), Some(name))
                        if matches!(peel(ones).kind, Kind::Ones(_)) =>
                    {
                        Some(name)
                    }
                    _ => None,
                },
                _ => None,
            };
            if let Some(symbol) = name.and_then(|n| self.known_symbol(&n)) {
                symbol.properties.sums_to_one = true;
                return true;
            }
        }
        if matches!(peel(right).kind, Kind::Identity(_))
            && let Kind::Product(a, _, b) = &peel(left).kind
        {
            let pair = match (&peel(a).kind, &peel(b).kind) {
                (Kind::Transpose(q), Kind::Name(n))
                | (Kind::Name(n), Kind::Transpose(q)) => plain_name(q).filter(|m| m == n),
                _ => None,
            };
            if let Some(symbol) = pair.and_then(|n| self.known_symbol(&n))
                && symbol.axes.len() == 2
                && symbol.axes[0] == symbol.axes[1]
            {
                symbol.properties.orthogonal = true;
                return true;
            }
        }
        false
    }

    /// `UᵀU = I`, `xᵀx = 1`, `‖x‖ = 1`: points obey such a constraint as a property of the symbol.
    fn has_orthonormal_columns(&mut self, left: &Expr, right: &Expr) -> bool {
        let one = literal(right).is_some_and(|v| v.is_one());
        let identity = matches!(peel(right).kind, Kind::Identity(_));
        let left = peel(left);
        let (name, vector) = match &left.kind {
            Kind::Product(a, _, b) => match &peel(a).kind {
                Kind::Transpose(q) => {
                    (plain_name(q).filter(|n| plain_name(b).as_ref() == Some(n)), one)
                }
                _ => (None, false),
            },
            _ if one => match super::expr::root_of_squares(left) {
                Some((inner, _)) => (plain_name(inner), true),
                None => match &left.kind {
                    Kind::Power(base, two)
                        if literal(two)
                            .is_some_and(|v| v == crate::language::ast::whole(2)) =>
                    {
                        let inner = super::expr::root_of_squares(base);
                        (inner.and_then(|(inner, _)| plain_name(inner)), true)
                    }
                    _ => (None, false),
                },
            },
            _ => (None, false),
        };
        if !(vector || identity) {
            return false;
        }
        let Some(symbol) = name.and_then(|n| self.known_symbol(&n)) else { return false };
        let column = symbol.axes.len() == 2 && symbol.axes[1].is_unit();
        let plain = Properties { orthonormal: true, ..Properties::default() };
        // Together with other properties such a matrix is not drawn.
        if symbol.axes.len() != 2
            || vector && !column
            || ![Properties::default(), plain.clone()].contains(&symbol.properties)
        {
            return false;
        }
        symbol.properties = plain;
        true
    }

    fn known_symbol(&mut self, name: &str) -> Option<&mut crate::shape::Symbol> {
        let (_, id) = self.symbols.iter().find(|(n, _)| n == name)?;
        let symbol = self.table.symbols.get_mut(id.0 as usize)?;
        (symbol.role == Role::Variable).then_some(symbol)
    }

    /// Gives every open dimension a name and writes the solutions into everything.
    fn settle(
        mut self,
        lhs: Shaped,
        rhs: Shaped,
        component: bool,
        constraints: Vec<(Shaped, Shaped, Vec<IndexVar>)>,
    ) -> Elaborated {
        let dims = &mut self.table.dims;
        let known = dims.len();
        let mut open = 0;
        self.solver.settle(|| {
            open += 1;
            if let Some(size) = self.reading.open_as {
                return Dim(smallvec::smallvec![size]);
            }
            let mut k = dims.len();
            loop {
                let name = format!("d{k}");
                if !dims.contains(&name) {
                    dims.push(name);
                    return Dim::named(dims.len() as u32 - 1);
                }
                k += 1;
            }
        });
        let open_sizes = open > 0;
        let mut memo = FxHashMap::default();
        let mut resolve = |s: &Shaped| self.resolved(s, &mut memo);
        let (lhs, rhs) = (resolve(&lhs), resolve(&rhs));
        let constraints = constraints
            .iter()
            .map(|(l, r, v)| (resolve(l), resolve(r), v.clone()))
            .collect();
        let roles: Vec<Role> = self
            .table
            .symbols
            .iter()
            .map(|s| match &s.role {
                Role::Defined(body) => Role::Defined(resolve(body)),
                other => other.clone(),
            })
            .collect();
        let mut table = self.table.clone();
        for (symbol, role) in table.symbols.iter_mut().zip(roles) {
            symbol.role = role;
            for axis in &mut symbol.axes {
                *axis = self.solver.resolve(axis);
            }
        }
        for (_, dim) in &mut table.indices {
            *dim = self.solver.resolve(dim);
        }
        let mut one_sided = Vec::new();
        for (letter, var) in &self.free {
            let fixed = self.fixed.iter().any(|(_, letters)| letters.contains(letter));
            if !fixed && mentions(&lhs, *var) != mentions(&rhs, *var) {
                one_sided.push(letter.clone());
            }
        }
        let free = self.free.iter().map(|(_, v)| *v).collect();
        Elaborated {
            table,
            lhs,
            rhs,
            free,
            one_sided,
            component,
            notes: self.notes,
            open_sizes,
            named_sizes: known,
            repaired: self.repaired,
            constraints,
            undrawn: self.undrawn,
        }
    }

    fn resolved(&self, s: &Shaped, memo: &mut FxHashMap<usize, Shaped>) -> Shaped {
        let key = Arc::as_ptr(&s.node) as usize;
        if let Some(done) = memo.get(&key)
            && done.axes.len() == s.axes.len()
        {
            return done.clone();
        }
        let axes: Vec<Dim> = s.axes.iter().map(|d| self.solver.resolve(d)).collect();
        let mut r = |s: &Shaped| self.resolved(s, memo);
        let node = match &*s.node {
            Node::Size(dim) => Node::Size(self.solver.resolve(dim)),
            Node::Add(parts) => Node::Add(parts.iter().map(r).collect()),
            Node::Times(parts) => Node::Times(parts.iter().map(r).collect()),
            Node::Power(a, b) => Node::Power(r(a), r(b)),
            Node::Apply(f, a) => Node::Apply(*f, r(a)),
            Node::Product(a, b) => Node::Product(r(a), r(b)),
            Node::Outer(a, b) => Node::Outer(r(a), r(b)),
            Node::Contract(a, p, q) => Node::Contract(r(a), *p, *q),
            Node::Regroup(a, groups) => Node::Regroup(r(a), groups.clone()),
            Node::Fill(a) => Node::Fill(r(a)),
            Node::Pick(a, at) => Node::Pick(r(a), at.clone()),
            Node::Abstract(vars, a) => Node::Abstract(vars.clone(), r(a)),
            Node::Sum(var, a) => Node::Sum(*var, r(a)),
            Node::Indicator(how, a, b) => Node::Indicator(*how, r(a), r(b)),
            Node::Inverse(a) => Node::Inverse(r(a)),
            Node::Det(a) => Node::Det(r(a)),
            Node::MatrixPower(a, b) => Node::MatrixPower(r(a), r(b)),
            Node::Derivative(a, v) => Node::Derivative(
                r(a),
                match v {
                    Variable::Whole(id) => Variable::Whole(*id),
                    Variable::Entry(id, at) => Variable::Entry(*id, at.clone()),
                },
            ),
            Node::Directional(a, directions) => Node::Directional(
                r(a),
                directions.iter().map(|(id, d)| (*id, r(d))).collect(),
            ),
            Node::Number(_)
            | Node::Pi
            | Node::IndexValue(_)
            | Node::Symbol(_)
            | Node::Identity
            | Node::Delta(..) => {
                return Shaped { node: Arc::clone(&s.node), axes };
            }
        };
        let done = Shaped::new(node, axes);
        memo.insert(key, done.clone());
        done
    }
}

/// The names whose plain differential stands somewhere: those vary.
fn collect_varying(e: &Expr, out: &mut Vec<String>) {
    walk(e, &mut |e| {
        if let Kind::Differential(inner) = &e.kind
            && let Kind::Name(name) = &peel(inner).kind
            && !out.contains(name)
        {
            out.push(name.clone());
        }
    });
}

fn plain_name(e: &Expr) -> Option<String> {
    match &peel(e).kind {
        Kind::Name(name) => Some(name.clone()),
        _ => None,
    }
}

fn collect_names(e: &Expr, out: &mut Vec<String>) {
    walk(e, &mut |e| {
        if let Kind::Name(name) = &e.kind
            && !out.contains(name)
        {
            out.push(name.clone());
        }
    });
}

/// The letters that stand exactly once in some product of either side: they are free under
/// Einstein summation.
fn free_letters(lhs: &Expr, rhs: &Expr) -> BTreeSet<String> {
    let mut kept = BTreeSet::new();
    for side in [lhs, rhs] {
        let terms: Vec<&Expr> = match &peel(side).kind {
            Kind::Add(terms) => terms.iter().map(|(_, t)| t).collect(),
            _ => vec![side],
        };
        for term in terms {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            super::index::count_letters(term, &mut counts);
            kept.extend(counts.into_iter().filter(|(_, n)| *n == 1).map(|(l, _)| l));
        }
    }
    kept
}

/// Calls `f` on every node of a tree, the outermost first.
fn walk(e: &Expr, f: &mut dyn FnMut(&Expr)) {
    f(e);
    e.for_each_child(&mut |child| walk(child, f));
}

/// `‖x‖ = c` as `‖x‖² = c²`, which says the same without a root.
fn squared_norm(left: Expr, right: Expr) -> (Expr, Expr) {
    let norm = super::expr::root_of_squares(&left).is_some();
    let constant = literal(&right).is_some_and(|v| !num_traits::Signed::is_negative(&v));
    if !norm || !constant {
        return (left, right);
    }
    let square = |e: Expr| {
        let span = e.span;
        let two = Expr { kind: Kind::Number(crate::language::ast::whole(2)), span };
        Expr { kind: Kind::Power(Box::new(e), Box::new(two)), span }
    };
    (square(left), square(right))
}
