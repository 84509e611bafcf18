//! From a shaped expression to a sum over indices.
//!
//! Transposes, traces, Hadamard products, `diag`, ones and broadcasting vanish here: they are only
//! patterns of indices. Definitions are kept as symbols ([`Lowering::expand`] writes them out), so
//! that a derivative follows the chain rule through them.

use std::cell::RefCell;

use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use rustc_hash::FxHashMap;

use crate::calculus::{self, Dependence, Link};
use crate::language::ast::Comparison;
use crate::shape::{
    Dim, Index, IndexVar, Node, Role, Shaped, Size, SymbolId, Table, Variable,
};
use crate::tensor::{
    Algebra, Atom, DimId, Exponent, Idx, Replace, Result, Stop, Sum, Sym, Symmetry,
};

/// A symbol's handle with this bit set is the same symbol with its entries independent.
const PLAIN: u32 = 1 << 30;

/// Lowers the expressions of one relation.
pub struct Lowering<'a> {
    table: &'a Table,
    algebra: &'a Algebra,
    /// The symbols whose entries count as independent while a derivative by them is taken.
    plain: Vec<SymbolId>,
    /// Whether a derivative holds defined names fixed (partial derivatives along the graph).
    hold: bool,
    reach: Vec<Vec<bool>>,
    definitions: RefCell<Definitions>,
    /// The same with every definition in them written out; none while that is being done.
    written: RefCell<Written>,
}

/// Definitions written out, by symbol.
type Written = FxHashMap<(u32, usize), Option<(Vec<Idx>, Sum)>>;

/// Lowered definitions by symbol (and how many symbols were unconstrained): parameters and body.
type Definitions = FxHashMap<(u32, usize), (Vec<Idx>, Sum)>;

/// The indices that variables stand for.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    bindings: Vec<(IndexVar, Vec<Idx>)>,
}

impl Scope {
    /// Binds a variable to the indices of its axis.
    pub fn bind(&mut self, var: IndexVar, indices: Vec<Idx>) {
        self.bindings.push((var, indices));
    }

    fn get(&self, var: IndexVar) -> Option<&[Idx]> {
        self.bindings.iter().rev().find(|(v, _)| *v == var).map(|(_, i)| i.as_slice())
    }
}

/// The handles of a dimension's parts.
pub fn parts(dim: &Dim) -> Vec<DimId> {
    dim.0
        .iter()
        .map(|size| match size {
            Size::Number(n) => DimId::number(*n as u32),
            Size::Named(id) => DimId(*id),
        })
        .collect()
}

impl<'a> Lowering<'a> {
    /// A lowering over the table.
    pub fn new(table: &'a Table, algebra: &'a Algebra, hold: bool) -> Self {
        Lowering {
            table,
            algebra,
            plain: Vec::new(),
            hold,
            reach: reachability(table),
            definitions: RefCell::default(),
            written: RefCell::default(),
        }
    }

    fn with_plain(&self, symbol: SymbolId) -> Lowering<'a> {
        let mut plain = self.plain.clone();
        plain.push(symbol);
        Lowering {
            table: self.table,
            algebra: self.algebra,
            plain,
            hold: self.hold,
            reach: self.reach.clone(),
            definitions: RefCell::default(),
            written: RefCell::default(),
        }
    }

    /// Fresh free indices for axes: one for each part of each axis.
    pub fn fresh(&self, axes: &[Dim]) -> Vec<Idx> {
        axes.iter().flat_map(|d| d.0.iter()).map(|_| self.algebra.fresh()).collect()
    }

    /// The handle of a symbol.
    pub fn sym(&self, id: SymbolId) -> Sym {
        let symbol = self.table.symbol(id);
        let p = &symbol.properties;
        let plain = self.plain.contains(&id);
        let rank = symbol.axes.iter().filter(|d| !d.is_unit()).count();
        let symmetric_partial = matches!(&symbol.role, Role::Partial(_, by)
            if by.len() == 2 && by[0] == by[1] && rank == 2);
        let symmetry = if plain || rank != 2 {
            Symmetry::None
        } else if p.diagonal {
            Symmetry::Diagonal
        } else if p.symmetric || p.positive_definite || symmetric_partial {
            Symmetry::Symmetric
        } else if p.antisymmetric {
            Symmetry::Antisymmetric
        } else {
            Symmetry::None
        };
        Sym {
            id: if plain { id.0 | PLAIN } else { id.0 },
            symmetry,
            positive: p.positive,
            definite: p.positive_definite || p.positive_determinant,
            orthogonal: p.orthogonal && !plain,
            // A defined name has the values of its body, a partial derivative those of an
            // unknown function's.
            constrained: p.one_hot
                || p.sums_to_one
                || p.binary
                || p.bipolar
                || p.orthogonal
                || p.antisymmetric
                || p.diagonal
                || !matches!(symbol.role, Role::Variable | Role::Differential(_)),
        }
    }

    /// The entry of an expression at the given indices (one for each part of each axis).
    ///
    /// # Errors
    /// When the effort is used up or the expression holds something the algebra does not know.
    pub fn lower(&self, expr: &Shaped, at: &[Idx], scope: &Scope) -> Result<Sum> {
        let algebra = self.algebra;
        algebra.spend(2)?;
        match &*expr.node {
            Node::Number(value) => Ok(Sum::constant(value.clone())),
            Node::Pi => algebra.atom(Atom::Pi),
            Node::Size(dim) => self.size(dim),
            Node::IndexValue(_) => {
                Err(Stop::Unsupported("the value of an index as a number"))
            }
            Node::Symbol(id) => {
                algebra.atom(Atom::Entry(self.sym(*id), at.iter().copied().collect()))
            }
            Node::Add(parts) => {
                let mut sums = Vec::with_capacity(parts.len());
                for part in parts {
                    sums.push(self.lower(part, at, scope)?);
                }
                Ok(Sum::total(sums))
            }
            Node::Times(parts) => {
                let mut product = Sum::one();
                for part in parts {
                    let at = if part.is_scalar() { &[] } else { at };
                    product = algebra.mul(&product, &self.lower(part, at, scope)?)?;
                }
                Ok(product)
            }
            Node::Power(base, exponent) => {
                let base =
                    self.lower(base, if base.is_scalar() { &[] } else { at }, scope)?;
                let exponent = self.lower(
                    exponent,
                    if exponent.is_scalar() { &[] } else { at },
                    scope,
                )?;
                algebra.pow_sum(&base, &exponent)
            }
            Node::Apply(function, of) => {
                let at = if of.is_scalar() { &[] } else { at };
                algebra.apply(*function, &self.lower(of, at, scope)?)
            }
            Node::Product(a, b) => {
                let Some(inner) = a.axes.last() else {
                    return Err(Stop::Unsupported("a product with a scalar"));
                };
                let k = self.fresh(std::slice::from_ref(inner));
                let left_len = width(&a.axes) - k.len();
                let mut left = at[..left_len].to_vec();
                left.extend(&k);
                let mut right = k.clone();
                right.extend(&at[left_len..]);
                let product = algebra
                    .mul(&self.lower(a, &left, scope)?, &self.lower(b, &right, scope)?)?;
                self.sum_parts(product, &k, inner)
            }
            Node::Outer(a, b) => {
                let (left, right) = at.split_at(width(&a.axes));
                algebra.mul(&self.lower(a, left, scope)?, &self.lower(b, right, scope)?)
            }
            Node::Contract(a, p, q) => {
                let k = self.fresh(std::slice::from_ref(&a.axes[*p]));
                let mut full = Vec::new();
                let mut rest = at.iter();
                for (axis, dim) in a.axes.iter().enumerate() {
                    if axis == *p || axis == *q {
                        full.extend(&k);
                    } else {
                        full.extend(rest.by_ref().take(dim.0.len()));
                    }
                }
                let body = self.lower(a, &full, scope)?;
                self.sum_parts(body, &k, &a.axes[*p])
            }
            Node::Regroup(a, groups) => {
                let mut old: Vec<Vec<Idx>> = vec![Vec::new(); a.axes.len()];
                let mut rest = at.iter();
                for group in groups {
                    for axis in group {
                        old[*axis] =
                            rest.by_ref().take(a.axes[*axis].0.len()).copied().collect();
                    }
                }
                self.lower(a, &old.concat(), scope)
            }
            Node::Fill(value) => self.lower(value, &[], scope),
            Node::Identity => {
                let (row, col) = at.split_at(at.len() / 2);
                let mut product = Sum::one();
                for (i, j) in row.iter().zip(col) {
                    product =
                        algebra.mul(&product, &algebra.atom(Atom::Delta(*i, *j))?)?;
                }
                Ok(product)
            }
            Node::Pick(a, leading) => {
                let mut full = Vec::new();
                for (index, dim) in leading.iter().zip(&a.axes) {
                    full.extend(self.index(*index, dim, scope)?);
                }
                full.extend(at);
                self.lower(a, &full, scope)
            }
            Node::Abstract(vars, body) => {
                let mut inner = scope.clone();
                let mut rest = at.iter();
                for (var, dim) in vars.iter().zip(&expr.axes) {
                    inner.bind(*var, rest.by_ref().take(dim.0.len()).copied().collect());
                }
                self.lower(body, &[], &inner)
            }
            Node::Sum(var, body) => {
                let dim = &self.table.indices[var.0 as usize].1;
                let k = self.fresh(std::slice::from_ref(dim));
                let mut inner = scope.clone();
                inner.bind(*var, k.clone());
                let body = self.lower(body, at, &inner)?;
                self.sum_parts(body, &k, dim)
            }
            Node::Delta(i, j) => {
                let dim = self.index_dim(*i).or_else(|| self.index_dim(*j));
                let dim = dim.unwrap_or_else(|| Dim::number(2));
                let (i, j) = (self.index(*i, &dim, scope)?, self.index(*j, &dim, scope)?);
                let mut product = Sum::one();
                for (i, j) in i.iter().zip(&j) {
                    product =
                        algebra.mul(&product, &algebra.atom(Atom::Delta(*i, *j))?)?;
                }
                Ok(product)
            }
            Node::Indicator(comparison, a, b) => {
                let side = |s: &Shaped| {
                    self.lower(s, if s.is_scalar() { &[] } else { at }, scope)
                };
                let (a, b) = (side(a)?, side(b)?);
                let above = algebra.step(&a.sub(&b))?;
                let below = || algebra.step(&b.sub(&a));
                Ok(match comparison {
                    Comparison::Greater => above,
                    Comparison::LessEqual => Sum::one().sub(&above),
                    Comparison::Less => below()?,
                    Comparison::GreaterEqual => Sum::one().sub(&below()?),
                    Comparison::Equal => Sum::one().sub(&above).sub(&below()?),
                    Comparison::NotEqual => above.add(&below()?),
                })
            }
            Node::Inverse(a) => self.inverse(a, at, scope),
            Node::Det(a) => {
                let [dim] = parts(&a.axes[0])[..] else {
                    return Err(Stop::Unsupported(
                        "the determinant of a Kronecker product",
                    ));
                };
                let (row, col) = (algebra.fresh(), algebra.fresh());
                let body = self.lower(a, &[row, col], scope)?;
                algebra.det(&body, row, col, dim)
            }
            Node::MatrixPower(a, exponent) => self.matrix_power(a, exponent, at, scope),
            Node::Derivative(of, by) => self.derivative(of, by, at, scope),
            Node::Directional(of, directions) => {
                let mut total = Vec::new();
                for (symbol, direction) in directions {
                    let axes = &self.table.symbol(*symbol).axes;
                    let e = self.fresh(axes);
                    let inner = self.derivative_at(of, *symbol, e.clone(), at, scope)?;
                    let step = self.lower(direction, &e, scope)?;
                    let mut product = algebra.mul(&inner, &step)?;
                    let dims = axes.iter().flat_map(parts);
                    for (index, dim) in e.into_iter().zip(dims) {
                        product = algebra.sum_over(&product, index, dim)?;
                    }
                    total.push(product);
                }
                Ok(Sum::total(total))
            }
        }
    }

    fn sum_parts(&self, mut body: Sum, indices: &[Idx], dim: &Dim) -> Result<Sum> {
        for (index, part) in indices.iter().zip(parts(dim)) {
            body = self.algebra.sum_over(&body, *index, part)?;
        }
        Ok(body)
    }

    fn size(&self, dim: &Dim) -> Result<Sum> {
        let mut product = Sum::one();
        for part in parts(dim) {
            let factor = match part.as_number() {
                Some(n) => Sum::integer(n.into()),
                None => self.algebra.atom(Atom::Dim(part))?,
            };
            product = self.algebra.mul(&product, &factor)?;
        }
        Ok(product)
    }

    fn index_dim(&self, index: Index) -> Option<Dim> {
        match index {
            Index::Var(var) => Some(self.table.indices[var.0 as usize].1.clone()),
            _ => None,
        }
    }

    fn index(&self, index: Index, dim: &Dim, scope: &Scope) -> Result<Vec<Idx>> {
        if dim.is_unit() {
            return Ok(Vec::new());
        }
        match index {
            Index::Var(var) => match scope.get(var) {
                Some(indices) if indices.len() == dim.0.len() => Ok(indices.to_vec()),
                _ => Err(Stop::Unsupported("an index that is not bound")),
            },
            Index::Fixed(n) if dim.0.len() == 1 => Ok(vec![Idx::Lit(n as u32)]),
            Index::Fixed(_) => {
                Err(Stop::Unsupported("a fixed entry of a composite axis"))
            }
            Index::Last => Err(Stop::Unsupported("the last entry of an axis")),
        }
    }

    fn inverse(&self, a: &Shaped, at: &[Idx], scope: &Scope) -> Result<Sum> {
        let algebra = self.algebra;
        let dims = parts(&a.axes[0]);
        let rows: Vec<Idx> = dims.iter().map(|_| algebra.fresh()).collect();
        let cols: Vec<Idx> = dims.iter().map(|_| algebra.fresh()).collect();
        let body = self.lower(a, &[rows.clone(), cols.clone()].concat(), scope)?;
        let n = dims.len();
        if n == 0 {
            return algebra.pow(&body, Exponent::from_integer(-1));
        }
        if n == 1 {
            return algebra.inverse(&body, rows[0], cols[0], at[0], at[1], dims[0]);
        }
        // (A ⊗ B)⁻¹ = A⁻¹ ⊗ B⁻¹: each factor must belong to one part of the axis.
        let [term] = body.terms() else {
            return Err(Stop::Unsupported("the inverse of a sum of Kronecker products"));
        };
        let mut groups: Vec<Vec<crate::tensor::Factor>> = vec![Vec::new(); n];
        let mut scalar = Vec::new();
        for (atom, e) in term.factors() {
            let homes: Vec<usize> = (0..n)
                .filter(|k| {
                    let mut found = false;
                    atom.each_index(&mut |i| found |= i == rows[*k] || i == cols[*k]);
                    found
                })
                .collect();
            match homes[..] {
                [] => scalar.push((atom.clone(), *e)),
                [k] => groups[k].push((atom.clone(), *e)),
                _ => {
                    return Err(Stop::Unsupported(
                        "the inverse of a matrix with a composite axis",
                    ));
                }
            }
        }
        let scalar = algebra.product(term.coef(), scalar)?;
        let mut product = algebra.pow(&scalar, Exponent::from_integer(-1))?;
        for (k, factors) in groups.into_iter().enumerate() {
            let body = algebra.product(&BigRational::one(), factors)?;
            let inverse =
                algebra.inverse(&body, rows[k], cols[k], at[k], at[n + k], dims[k])?;
            product = algebra.mul(&product, &inverse)?;
        }
        Ok(product)
    }

    fn matrix_power(
        &self,
        a: &Shaped,
        exponent: &Shaped,
        at: &[Idx],
        scope: &Scope,
    ) -> Result<Sum> {
        let algebra = self.algebra;
        let exponent = self.lower(exponent, &[], scope)?;
        let dim = &a.axes[0];
        let Some(value) = exponent.as_constant() else {
            let [part] = parts(dim)[..] else {
                return Err(Stop::Unsupported("a power of a Kronecker product"));
            };
            let (row, col) = (algebra.fresh(), algebra.fresh());
            let body = self.lower(a, &[row, col], scope)?;
            return algebra.matrix_power(&body, row, col, &exponent, at[0], at[1], part);
        };
        if !value.is_integer() {
            return Err(Stop::Unsupported("a fractional power of a matrix"));
        }
        let n = value.to_i64().filter(|n| n.abs() <= 256).ok_or(Stop::Effort)?;
        let (start, end) = at.split_at(at.len() / 2);
        if n.is_zero() {
            let identity = Shaped::new(Node::Identity, vec![dim.clone(), dim.clone()]);
            return self.lower(&identity, at, scope);
        }
        let factor = if n.is_negative() {
            Shaped::new(Node::Inverse(a.clone()), a.axes.clone())
        } else {
            a.clone()
        };
        // One factor after the other, so that each step adds one matrix to a chain.
        let mut left = start.to_vec();
        let mut product = Sum::one();
        let mut inner: Vec<Vec<Idx>> = Vec::new();
        for k in 0..n.abs() {
            let right = if k + 1 == n.abs() {
                end.to_vec()
            } else {
                self.fresh(std::slice::from_ref(dim))
            };
            let entry = self.lower(&factor, &[left, right.clone()].concat(), scope)?;
            product = algebra.mul(&product, &entry)?;
            if let Some(done) = inner.pop() {
                product = self.sum_parts(product, &done, dim)?;
            }
            if k + 1 < n.abs() {
                inner.push(right.clone());
            }
            left = right;
        }
        Ok(product)
    }

    fn derivative(
        &self,
        of: &Shaped,
        by: &Variable,
        at: &[Idx],
        scope: &Scope,
    ) -> Result<Sum> {
        match by {
            Variable::Whole(symbol) => {
                let (outer, inner) = at.split_at(width(&of.axes));
                self.derivative_at(of, *symbol, inner.to_vec(), outer, scope)
            }
            Variable::Entry(symbol, indices) => {
                let axes = &self.table.symbol(*symbol).axes;
                let mut entry = Vec::new();
                let open = axes.iter().filter(|d| !d.is_unit());
                for (index, dim) in indices.iter().zip(open) {
                    entry.extend(self.index(*index, dim, scope)?);
                }
                self.derivative_at(of, *symbol, entry, at, scope)
            }
        }
    }

    fn derivative_at(
        &self,
        of: &Shaped,
        symbol: SymbolId,
        entry: Vec<Idx>,
        at: &[Idx],
        scope: &Scope,
    ) -> Result<Sum> {
        // The entries of a symmetric (or otherwise constrained) symbol count as independent: the
        // derivative is taken with the symbol unconstrained, and the constraint comes back after.
        let sym = self.sym(symbol);
        let constrained =
            sym.symmetry != Symmetry::None || sym.orthogonal || sym.constrained;
        let nested = self.plain.contains(&symbol) || !constrained;
        if nested {
            let body = self.lower(of, at, scope)?;
            let by = calculus::Variable { sym, indices: entry };
            return calculus::derivative(self.algebra, self, &body, &by);
        }
        let inner = self.with_plain(symbol);
        let body = inner.lower(of, at, scope)?;
        let by = calculus::Variable { sym: inner.sym(symbol), indices: entry };
        let plain = calculus::derivative(self.algebra, &inner, &body, &by)?;
        self.algebra.substitute(&plain, &Restore { algebra: self.algebra, sym })
    }

    /// Writes out every definition in a sum.
    ///
    /// # Errors
    /// When the effort is used up, as by a definition that grows without bound.
    pub fn expand(&self, sum: &Sum) -> Result<Sum> {
        self.algebra.substitute(sum, &Expand(self))
    }

    /// The defining sum of an entry with every definition in it written out.
    fn written_out(&self, sym: Sym, indices: &[Idx]) -> Result<Option<Sum>> {
        let key = (sym.id, self.plain.len());
        let known = self.written.borrow().get(&key).cloned();
        let (params, sum) = match known {
            Some(Some(known)) => known,
            Some(None) => {
                return Err(Stop::Unsupported("a definition that refers to itself"));
            }
            None => {
                let params: Vec<Idx> =
                    indices.iter().map(|_| self.algebra.fresh()).collect();
                let Some(sum) = self.definition(sym, &params)? else { return Ok(None) };
                self.written.borrow_mut().insert(key, None);
                let sum = self.expand(&sum)?;
                let known = (params, sum);
                self.written.borrow_mut().insert(key, Some(known.clone()));
                known
            }
        };
        let map: Vec<(Idx, Idx)> =
            params.iter().copied().zip(indices.iter().copied()).collect();
        self.algebra.rename(&sum, &map).map(Some)
    }

    /// The defining sum of an entry, if its symbol is a defined name.
    fn definition(&self, sym: Sym, indices: &[Idx]) -> Result<Option<Sum>> {
        let id = SymbolId(sym.id & !PLAIN);
        let Some(symbol) = self.table.symbols.get(id.0 as usize) else { return Ok(None) };
        let Role::Defined(body) = &symbol.role else { return Ok(None) };
        let key = (sym.id, self.plain.len());
        if let Some((params, sum)) = self.definitions.borrow().get(&key) {
            let map: Vec<(Idx, Idx)> =
                params.iter().copied().zip(indices.iter().copied()).collect();
            return self.algebra.rename(sum, &map).map(Some);
        }
        let params = self.fresh(&symbol.axes);
        if params.len() != indices.len() {
            return Err(Stop::Unsupported("a definition with other axes than its name"));
        }
        let sum = self.lower(body, &params, &Scope::default())?;
        let map: Vec<(Idx, Idx)> =
            params.iter().copied().zip(indices.iter().copied()).collect();
        let result = self.algebra.rename(&sum, &map)?;
        self.definitions.borrow_mut().insert(key, (params, sum));
        Ok(Some(result))
    }
}

/// Brings the constrained symbol back after a derivative by its independent entries.
struct Restore<'a> {
    algebra: &'a Algebra,
    sym: Sym,
}

impl Replace for Restore<'_> {
    fn applies(&self, atom: &Atom) -> bool {
        matches!(atom, Atom::Entry(s, _) if s.id == self.sym.id | PLAIN)
    }
    fn value(&self, atom: &Atom) -> Option<Result<Sum>> {
        match atom {
            Atom::Entry(_, indices) => {
                Some(self.algebra.atom(Atom::Entry(self.sym, indices.clone())))
            }
            _ => None,
        }
    }
}

/// Writes defined names out.
struct Expand<'a, 'b>(&'b Lowering<'a>);

impl Replace for Expand<'_, '_> {
    fn applies(&self, atom: &Atom) -> bool {
        let Atom::Entry(sym, _) = atom else { return false };
        let symbol = self.0.table.symbols.get((sym.id & !PLAIN) as usize);
        symbol.is_some_and(|s| matches!(s.role, Role::Defined(_)))
    }
    fn value(&self, atom: &Atom) -> Option<Result<Sum>> {
        match atom {
            Atom::Entry(sym, indices) => self.0.written_out(*sym, indices).transpose(),
            _ => None,
        }
    }
}

impl Dependence for Lowering<'_> {
    fn of(&self, _: &Algebra, sym: Sym, indices: &[Idx]) -> Result<Option<Link>> {
        if sym.id & PLAIN != 0 {
            return Ok(None);
        }
        let id = SymbolId(sym.id);
        let (scalar, first) = match &self.table.symbol(id).role {
            Role::Variable | Role::Differential(_) => return Ok(None),
            Role::Defined(_) if self.hold => return Ok(None),
            Role::Defined(_) => {
                return Ok(self.definition(sym, indices)?.map(Link::Equals));
            }
            Role::Opaque(_) => (id, None),
            Role::Partial(scalar, by) if by.len() == 1 => (*scalar, Some(by[0])),
            Role::Partial(..) => {
                return Err(Stop::Unsupported(
                    "a third derivative of an unknown function",
                ));
            }
        };
        let Role::Opaque(arguments) = &self.table.symbol(scalar).role else {
            return Ok(None);
        };
        let mut links = Vec::new();
        for argument in arguments {
            let by: Vec<SymbolId> = first.into_iter().chain([*argument]).collect();
            let partial = self.table.symbols.iter().position(
                |s| matches!(&s.role, Role::Partial(f, b) if *f == scalar && *b == by),
            );
            let Some(partial) = partial else {
                return Err(Stop::Unsupported(
                    "a second derivative of an unknown function",
                ));
            };
            let dims = self.table.symbol(*argument).axes.iter().flat_map(parts).collect();
            links.push((self.sym(SymbolId(partial as u32)), self.sym(*argument), dims));
        }
        Ok(Some(Link::Partials(links)))
    }

    fn reaches(&self, sym: Sym, on: Sym) -> bool {
        let (a, b) = ((sym.id & !PLAIN) as usize, (on.id & !PLAIN) as usize);
        self.reach.get(a).and_then(|row| row.get(b)).copied().unwrap_or(false)
    }
}

fn width(axes: &[Dim]) -> usize {
    axes.iter().map(|d| d.0.len()).sum()
}

/// For each pair of symbols whether the first depends on the second through definitions and
/// unknown functions.
fn reachability(table: &Table) -> Vec<Vec<bool>> {
    let n = table.symbols.len();
    let mut direct: Vec<Vec<usize>> = vec![Vec::new(); n];
    for (k, symbol) in table.symbols.iter().enumerate() {
        match &symbol.role {
            Role::Variable | Role::Differential(_) => {}
            Role::Defined(body) => {
                body.each_symbol(&mut |id| direct[k].push(id.0 as usize));
            }
            Role::Opaque(of) => direct[k].extend(of.iter().map(|id| id.0 as usize)),
            Role::Partial(scalar, _) => {
                if let Role::Opaque(of) = &table.symbol(*scalar).role {
                    direct[k].extend(of.iter().map(|id| id.0 as usize));
                }
            }
        }
    }
    (0..n)
        .map(|start| {
            let mut seen = vec![false; n];
            let mut stack = direct[start].clone();
            while let Some(k) = stack.pop() {
                if !std::mem::replace(&mut seen[k], true) {
                    stack.extend(&direct[k]);
                }
            }
            seen
        })
        .collect()
}
