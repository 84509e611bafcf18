//! From a shaped expression to an index expression, derivatives carried out on the way.

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::form::{Form, Ix, Labels, Matrix, Result, Unraised, small};
use crate::function::{Formula, Function};
use crate::language::ast::Comparison;
use crate::shape::{Dim, Index, IndexVar, Node, Role, Shaped, SymbolId, Table, Variable};

/// The labels that index variables stand for.
pub(super) type Scope = Vec<(IndexVar, Vec<Ix>)>;

/// Builds forms over one table.
pub(super) struct Builder<'a> {
    pub(super) table: &'a Table,
    pub(super) labels: &'a Labels,
}

impl Builder<'_> {
    /// Fresh labels for axes, one for each part of each axis.
    pub(super) fn fresh(&self, axes: &[Dim]) -> Vec<u32> {
        axes.iter()
            .flat_map(|d| d.0.iter())
            .map(|size| self.labels.fresh(*size))
            .collect()
    }

    fn fresh_ix(&self, axes: &[Dim]) -> Vec<Ix> {
        self.fresh(axes).into_iter().map(Ix::Of).collect()
    }

    /// The entry of an expression at the given indices.
    pub(super) fn build(&self, e: &Shaped, at: &[Ix], scope: &Scope) -> Result<Form> {
        self.labels.spend(1)?;
        let own = |part: &Shaped| -> &[Ix] { if part.is_scalar() { &[] } else { at } };
        Ok(match &*e.node {
            Node::Number(v) => Form::Number(v.clone()),
            Node::Pi => Form::Pi,
            Node::Size(dim) => Form::mul(dim.0.iter().map(|s| size_form(*s)).collect()),
            Node::IndexValue(_) => return Err(Unraised("the value of an index")),
            Node::Symbol(id) => Form::Entry(*id, at.to_vec()),
            Node::Add(parts) => {
                let parts: Result<_> =
                    parts.iter().map(|p| self.build(p, at, scope)).collect();
                Form::add(parts?)
            }
            Node::Times(parts) => {
                let parts: Result<_> =
                    parts.iter().map(|p| self.build(p, own(p), scope)).collect();
                Form::mul(parts?)
            }
            Node::Power(a, b) => {
                Form::pow(self.build(a, own(a), scope)?, self.build(b, own(b), scope)?)
            }
            Node::Apply(Function::Sqrt, a) => {
                let half = BigRational::new(1.into(), 2.into());
                Form::pow(self.build(a, own(a), scope)?, Form::Number(half))
            }
            Node::Apply(f, a) => Form::Apply(*f, Box::new(self.build(a, own(a), scope)?)),
            Node::Product(a, b) => {
                let inner = a.axes.last().ok_or(Unraised("a product with a scalar"))?;
                let k = self.fresh(std::slice::from_ref(inner));
                let split = width(&a.axes) - k.len();
                let mut left = at[..split].to_vec();
                left.extend(k.iter().map(|k| Ix::Of(*k)));
                let mut right: Vec<Ix> = k.iter().map(|k| Ix::Of(*k)).collect();
                right.extend(&at[split..]);
                let body = Form::mul(vec![
                    self.build(a, &left, scope)?,
                    self.build(b, &right, scope)?,
                ]);
                sum(k, body)
            }
            Node::Outer(a, b) => {
                let (left, right) = at.split_at(width(&a.axes));
                Form::mul(vec![self.build(a, left, scope)?, self.build(b, right, scope)?])
            }
            Node::Contract(a, p, q) => {
                let k = self.fresh(std::slice::from_ref(&a.axes[*p]));
                let mut full = Vec::new();
                let mut rest = at.iter();
                for (axis, dim) in a.axes.iter().enumerate() {
                    if axis == *p || axis == *q {
                        full.extend(k.iter().map(|k| Ix::Of(*k)));
                    } else {
                        full.extend(rest.by_ref().take(dim.0.len()));
                    }
                }
                sum(k, self.build(a, &full, scope)?)
            }
            Node::Regroup(a, groups) => {
                let mut old: Vec<Vec<Ix>> = vec![Vec::new(); a.axes.len()];
                let mut rest = at.iter();
                for axis in groups.iter().flatten() {
                    old[*axis] =
                        rest.by_ref().take(a.axes[*axis].0.len()).copied().collect();
                }
                self.build(a, &old.concat(), scope)?
            }
            Node::Fill(a) => self.build(a, &[], scope)?,
            Node::Identity => {
                let (row, col) = at.split_at(at.len() / 2);
                Form::mul(row.iter().zip(col).map(|(i, j)| Form::Delta(*i, *j)).collect())
            }
            Node::Pick(a, leading) => {
                let mut full = Vec::new();
                for (index, dim) in leading.iter().zip(&a.axes) {
                    full.extend(self.index(*index, dim, scope)?);
                }
                full.extend(at);
                self.build(a, &full, scope)?
            }
            Node::Abstract(vars, body) => {
                let mut inner = scope.clone();
                let mut rest = at.iter();
                for (var, dim) in vars.iter().zip(&e.axes) {
                    inner
                        .push((*var, rest.by_ref().take(dim.0.len()).copied().collect()));
                }
                self.build(body, &[], &inner)?
            }
            Node::Sum(var, body) => {
                let dim = &self.table.indices[var.0 as usize].1;
                let k = self.fresh(std::slice::from_ref(dim));
                let mut inner = scope.clone();
                inner.push((*var, k.iter().map(|k| Ix::Of(*k)).collect()));
                sum(k, self.build(body, at, &inner)?)
            }
            Node::Delta(i, j) => {
                let of = |index: &Index| match index {
                    Index::Var(v) => Some(self.table.indices[v.0 as usize].1.clone()),
                    _ => None,
                };
                let dim = of(i).or_else(|| of(j)).unwrap_or_else(|| Dim::number(2));
                let (i, j) = (self.index(*i, &dim, scope)?, self.index(*j, &dim, scope)?);
                Form::mul(i.iter().zip(&j).map(|(i, j)| Form::Delta(*i, *j)).collect())
            }
            Node::Indicator(how, a, b) => {
                let (a, b) =
                    (self.build(a, own(a), scope)?, self.build(b, own(b), scope)?);
                let step = |x: &Form, y: &Form| {
                    Form::Step(Box::new(Form::add(vec![x.clone(), y.clone().neg()])))
                };
                let not = |f: Form| Form::add(vec![Form::one(), f.neg()]);
                match how {
                    Comparison::Greater => step(&a, &b),
                    Comparison::Less => step(&b, &a),
                    Comparison::LessEqual => not(step(&a, &b)),
                    Comparison::GreaterEqual => not(step(&b, &a)),
                    Comparison::Equal => Form::add(vec![
                        Form::one(),
                        step(&a, &b).neg(),
                        step(&b, &a).neg(),
                    ]),
                    Comparison::NotEqual => Form::add(vec![step(&a, &b), step(&b, &a)]),
                }
            }
            Node::Inverse(a) => match at {
                [] => Form::pow(self.build(a, at, scope)?, Form::integer(-1)),
                [i, j] => Form::Inverse(self.matrix(a, scope)?, *i, *j),
                _ => return Err(Unraised("an inverse with a composite axis")),
            },
            Node::Det(a) => match width(&a.axes) {
                0 => self.build(a, &[], scope)?,
                2 => Form::Det(self.matrix(a, scope)?),
                _ => return Err(Unraised("a determinant with a composite axis")),
            },
            Node::MatrixPower(a, exponent) => {
                self.matrix_power(a, exponent, at, scope)?
            }
            Node::Derivative(of, by) => match by {
                Variable::Whole(symbol) => {
                    let (outer, inner) = at.split_at(width(&of.axes));
                    let body = self.build(of, outer, scope)?;
                    Form::add(self.derivative(&body, *symbol, inner)?)
                }
                Variable::Entry(symbol, indices) => {
                    let axes = &self.table.symbol(*symbol).axes;
                    let mut entry = Vec::new();
                    let open = axes.iter().filter(|d| !d.is_unit());
                    for (index, dim) in indices.iter().zip(open) {
                        entry.extend(self.index(*index, dim, scope)?);
                    }
                    let body = self.build(of, at, scope)?;
                    Form::add(self.derivative(&body, *symbol, &entry)?)
                }
            },
            Node::Directional(of, directions) => {
                let body = self.build(of, at, scope)?;
                let mut total = Vec::new();
                for (symbol, direction) in directions {
                    let k = self.fresh(&self.table.symbol(*symbol).axes);
                    let e: Vec<Ix> = k.iter().map(|k| Ix::Of(*k)).collect();
                    let step = self.build(direction, &e, scope)?;
                    for part in self.derivative(&body, *symbol, &e)? {
                        total.push(sum(k.clone(), Form::mul(vec![part, step.clone()])));
                    }
                }
                Form::add(total)
            }
        })
    }

    fn matrix(&self, a: &Shaped, scope: &Scope) -> Result<Box<Matrix>> {
        let [row, col] = self.fresh(&a.axes)[..] else {
            return Err(Unraised("a matrix with a composite axis"));
        };
        let body = self.build(a, &[Ix::Of(row), Ix::Of(col)], scope)?;
        Ok(Box::new(Matrix { body, row, col }))
    }

    fn matrix_power(
        &self,
        a: &Shaped,
        exponent: &Shaped,
        at: &[Ix],
        scope: &Scope,
    ) -> Result<Form> {
        let [start, end] = at else {
            return Err(Unraised("a power with a composite axis"));
        };
        let e = self.build(exponent, &[], scope)?;
        let matrix = self.matrix(a, scope)?;
        let Form::Number(v) = &e else {
            return Ok(Form::Power(matrix, Box::new(e), *start, *end));
        };
        let n =
            small(v).filter(|n| n.abs() <= 12).ok_or(Unraised("a high matrix power"))?;
        if n.is_zero() {
            return Ok(Form::Delta(*start, *end));
        }
        let size = self.labels.size(matrix.row);
        let mut bound = Vec::new();
        let mut factors = Vec::new();
        let mut left = *start;
        for k in 0..n.abs() {
            let right = if k + 1 == n.abs() {
                *end
            } else {
                let label = self.labels.fresh(size);
                bound.push(label);
                Ix::Of(label)
            };
            factors.push(if n.is_negative() {
                Form::Inverse(matrix.clone(), left, right)
            } else {
                matrix.at(left, right)
            });
            left = right;
        }
        Ok(sum(bound, Form::mul(factors)))
    }

    fn index(&self, index: Index, dim: &Dim, scope: &Scope) -> Result<Vec<Ix>> {
        if dim.is_unit() {
            return Ok(Vec::new());
        }
        match index {
            Index::Var(var) => scope
                .iter()
                .rev()
                .find(|(v, at)| *v == var && at.len() == dim.0.len())
                .map(|(_, at)| at.clone())
                .ok_or(Unraised("an index that is not bound")),
            Index::Fixed(n) if dim.0.len() == 1 => Ok(vec![Ix::Fixed(n)]),
            _ => Err(Unraised("the last entry of an axis")),
        }
    }

    /// `∂ form / ∂ symbol[at]` as terms, none of them a sum of terms; by the product rule, with
    /// everything that is not differentiated left as it stands.
    pub(super) fn derivative(
        &self,
        form: &Form,
        symbol: SymbolId,
        at: &[Ix],
    ) -> Result<Vec<Form>> {
        self.labels.spend(1)?;
        Ok(match form {
            Form::Number(_)
            | Form::Pi
            | Form::Size(_)
            | Form::Delta(..)
            | Form::Step(_) => Vec::new(),
            Form::Entry(s, own) => self.entry(*s, own, symbol, at)?,
            Form::Add(parts) => {
                let mut out = Vec::new();
                for part in parts {
                    out.extend(self.derivative(part, symbol, at)?);
                }
                out
            }
            Form::Mul(parts) => {
                let mut out = Vec::new();
                for (k, part) in parts.iter().enumerate() {
                    for d in self.derivative(part, symbol, at)? {
                        let mut factors = parts.clone();
                        factors[k] = d;
                        self.labels.spend(factors.len() as u32)?;
                        out.push(Form::mul(factors));
                    }
                }
                out
            }
            Form::Sum(k, body) => {
                let fresh = self.labels.another(*k);
                let body = body.put(*k, Ix::Of(fresh));
                let inner = self.derivative(&body, symbol, at)?;
                inner.into_iter().map(|d| Form::Sum(fresh, Box::new(d))).collect()
            }
            Form::Pow(base, e) => {
                let mut out = Vec::new();
                for d in self.derivative(base, symbol, at)? {
                    let less = match &**e {
                        Form::Number(v) => Form::Number(v - BigRational::one()),
                        e => Form::add(vec![e.clone(), Form::integer(-1)]),
                    };
                    let power = Form::pow((**base).clone(), less);
                    out.push(Form::mul(vec![(**e).clone(), power, d]));
                }
                for d in self.derivative(e, symbol, at)? {
                    let log = Form::Apply(Function::Log, base.clone());
                    out.push(Form::mul(vec![form.clone(), log, d]));
                }
                out
            }
            Form::Apply(f, x) => {
                let inner = self.derivative(x, symbol, at)?;
                if inner.is_empty() {
                    return Ok(inner);
                }
                let outer = formula(&f.derivative(), x);
                inner.into_iter().map(|d| Form::mul(vec![outer.clone(), d])).collect()
            }
            // ∂(M⁻¹)_ij = -Σ_ab (M⁻¹)_ia ∂M_ab (M⁻¹)_bj
            Form::Inverse(m, i, j) => {
                let (a, b) = (self.labels.another(m.row), self.labels.another(m.col));
                let change = self.derivative(&m.at(Ix::Of(a), Ix::Of(b)), symbol, at)?;
                change
                    .into_iter()
                    .map(|d| {
                        let left = Form::Inverse(m.clone(), *i, Ix::Of(a));
                        let right = Form::Inverse(m.clone(), Ix::Of(b), *j);
                        sum(vec![a, b], Form::mul(vec![left, d, right]).neg())
                    })
                    .collect()
            }
            // ∂det M = det M Σ_ab (M⁻¹)_ba ∂M_ab
            Form::Det(m) => {
                let (a, b) = (self.labels.another(m.row), self.labels.another(m.col));
                let change = self.derivative(&m.at(Ix::Of(a), Ix::Of(b)), symbol, at)?;
                change
                    .into_iter()
                    .map(|d| {
                        let inverse = Form::Inverse(m.clone(), Ix::Of(b), Ix::Of(a));
                        sum(vec![a, b], Form::mul(vec![form.clone(), inverse, d]))
                    })
                    .collect()
            }
            Form::Power(m, ..) => {
                let (a, b) = (self.labels.another(m.row), self.labels.another(m.col));
                let change = self.derivative(&m.at(Ix::Of(a), Ix::Of(b)), symbol, at)?;
                if change.is_empty() {
                    return Ok(change);
                }
                return Err(Unraised("the derivative of a symbolic matrix power"));
            }
        })
    }

    fn entry(
        &self,
        own: SymbolId,
        indices: &[Ix],
        symbol: SymbolId,
        at: &[Ix],
    ) -> Result<Vec<Form>> {
        if own == symbol {
            let deltas =
                indices.iter().zip(at).map(|(i, j)| Form::Delta(*i, *j)).collect();
            return Ok(vec![Form::mul(deltas)]);
        }
        let (scalar, first) = match &self.table.symbol(own).role {
            Role::Variable | Role::Differential(_) => return Ok(Vec::new()),
            Role::Defined(body) => {
                let body = self.build(body, indices, &Scope::new())?;
                return self.derivative(&body, symbol, at);
            }
            Role::Opaque(_) => (own, None),
            Role::Partial(scalar, by) if by.len() == 1 => (*scalar, Some(by[0])),
            Role::Partial(..) => return Err(Unraised("a third derivative")),
        };
        let Role::Opaque(arguments) = &self.table.symbol(scalar).role else {
            return Ok(Vec::new());
        };
        let mut out = Vec::new();
        for argument in arguments {
            let k = self.fresh(&self.table.symbol(*argument).axes);
            let e: Vec<Ix> = k.iter().map(|k| Ix::Of(*k)).collect();
            let inner = self.entry(*argument, &e, symbol, at)?;
            if inner.is_empty() {
                continue;
            }
            let by: Vec<SymbolId> = first.into_iter().chain([*argument]).collect();
            let partial = self.table.symbols.iter().position(
                |s| matches!(&s.role, Role::Partial(f, b) if *f == scalar && *b == by),
            );
            let partial = partial.ok_or(Unraised("a second derivative of an unknown"))?;
            let all = indices.iter().chain(&e).copied().collect();
            let outer = Form::Entry(SymbolId(partial as u32), all);
            for d in inner {
                out.push(sum(k.clone(), Form::mul(vec![outer.clone(), d])));
            }
        }
        Ok(out)
    }

    /// Labels for the free index variables, and the scope that binds them.
    pub(super) fn free(&self, free: &[IndexVar]) -> Scope {
        free.iter()
            .map(|v| {
                let dim = &self.table.indices[v.0 as usize].1;
                (*v, self.fresh_ix(std::slice::from_ref(dim)))
            })
            .collect()
    }
}

/// A function's formula at an argument.
fn formula(f: &Formula, x: &Form) -> Form {
    match f {
        Formula::X => x.clone(),
        Formula::Num(n, d) => Form::Number(BigRational::new((*n).into(), (*d).into())),
        Formula::Pi => Form::Pi,
        Formula::Add(parts) => Form::add(parts.iter().map(|p| formula(p, x)).collect()),
        Formula::Mul(parts) => Form::mul(parts.iter().map(|p| formula(p, x)).collect()),
        Formula::Pow(base, n, d) => Form::pow(
            formula(base, x),
            Form::Number(BigRational::new((*n).into(), (*d).into())),
        ),
        Formula::Fn(f, of) => Form::Apply(*f, Box::new(formula(of, x))),
        Formula::Step(of) => Form::Step(Box::new(formula(of, x))),
    }
}

fn size_form(size: crate::shape::Size) -> Form {
    match size {
        crate::shape::Size::Number(n) => Form::integer(n as i64),
        named => Form::Size(named),
    }
}

pub(super) fn sum(labels: Vec<u32>, body: Form) -> Form {
    if body.is_zero() {
        return body;
    }
    labels.into_iter().rev().fold(body, |body, k| Form::Sum(k, Box::new(body)))
}

fn width(axes: &[Dim]) -> usize {
    axes.iter().map(|d| d.0.len()).sum()
}
