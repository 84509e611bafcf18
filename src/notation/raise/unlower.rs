//! From the prover's normal form to an index expression: closures open, contractions become sums.

use num_rational::BigRational;

use super::form::{Form, Ix, Labels, Matrix, Result, Unraised};
use crate::function::Function;
use crate::shape::{Size, SymbolId};
use crate::tensor::{Atom, DimId, Exponent, Idx, Node, Sum};

/// What the indices of a body stand for.
#[derive(Clone, Debug, Default)]
pub(super) struct Env {
    /// Free indices of the whole.
    pub(super) free: Vec<(Idx, Ix)>,
    params: Vec<Ix>,
    bound: Vec<Ix>,
}

/// The size that a dimension's handle stands for.
fn size(dim: DimId) -> Size {
    match dim.as_number() {
        Some(n) => Size::Number(n as usize),
        None => Size::Named(dim.0),
    }
}

fn rational(e: Exponent) -> BigRational {
    BigRational::new((*e.numer()).into(), (*e.denom()).into())
}

/// The form of a sum.
pub(super) fn unlower(labels: &Labels, sum: &Sum, env: &Env) -> Result<Form> {
    let mut terms = Vec::new();
    for term in sum.terms() {
        labels.spend(1)?;
        let mut factors = vec![Form::Number(term.coef().clone())];
        for (atom, e) in term.factors() {
            let base = unlower_atom(labels, atom, env)?;
            factors.push(Form::pow(base, Form::Number(rational(*e))));
        }
        terms.push(Form::mul(factors));
    }
    Ok(Form::add(terms))
}

fn index(env: &Env, idx: Idx) -> Result<Ix> {
    match idx {
        Idx::Param(k) => env.params.get(k as usize).copied(),
        Idx::Bound(k) => env.bound.get(k as usize).copied(),
        Idx::Lit(n) => Some(Ix::Fixed(n as usize)),
        Idx::Free(_) => env.free.iter().find(|(i, _)| *i == idx).map(|(_, ix)| *ix),
    }
    .ok_or(Unraised("an index that is not bound"))
}

fn arguments(env: &Env, node: &Node) -> Result<Vec<Ix>> {
    node.args.iter().map(|i| index(env, *i)).collect()
}

/// A closure's body at its arguments.
fn body(labels: &Labels, node: &Node, params: Vec<Ix>, bound: Vec<Ix>) -> Result<Form> {
    let inner = Env { free: Vec::new(), params, bound };
    unlower(labels, &node.closed.body, &inner)
}

fn matrix(labels: &Labels, node: &Node, env: &Env) -> Result<(Box<Matrix>, Vec<Ix>)> {
    let dim = node.closed.dim.ok_or(Unraised("a matrix of unknown size"))?;
    let (row, col) = (labels.fresh(size(dim)), labels.fresh(size(dim)));
    // Of a determinant the first two arguments mean nothing.
    let mut params = vec![Ix::Of(row), Ix::Of(col)];
    for i in node.args.get(2..).unwrap_or_default() {
        params.push(index(env, *i)?);
    }
    let body = body(labels, node, params, Vec::new())?;
    let at = node.args.iter().take(2).filter_map(|i| index(env, *i).ok()).collect();
    Ok((Box::new(Matrix { body, row, col }), at))
}

fn unlower_atom(labels: &Labels, atom: &Atom, env: &Env) -> Result<Form> {
    Ok(match atom {
        Atom::Prime(p) => Form::Number(BigRational::from_integer((*p).into())),
        Atom::Pi => Form::Pi,
        Atom::Dim(d) => Form::Size(size(*d)),
        Atom::Delta(i, j) => Form::Delta(index(env, *i)?, index(env, *j)?),
        Atom::Entry(sym, indices) => {
            let at: Result<_> = indices.iter().map(|i| index(env, *i)).collect();
            Form::Entry(SymbolId(sym.id & !(1 << 30)), at?)
        }
        Atom::Contraction(node) => {
            let own: Vec<u32> =
                node.closed.bound.iter().map(|d| labels.fresh(size(*d))).collect();
            let bound = own.iter().map(|k| Ix::Of(*k)).collect();
            let inner = body(labels, node, arguments(env, node)?, bound)?;
            super::build::sum(own, inner)
        }
        Atom::Exp(node) => {
            let inner = body(labels, node, arguments(env, node)?, Vec::new())?;
            Form::Apply(Function::Exp, Box::new(inner))
        }
        Atom::Apply(f, node) => {
            let inner = body(labels, node, arguments(env, node)?, Vec::new())?;
            Form::Apply(*f, Box::new(inner))
        }
        Atom::Base(node) => body(labels, node, arguments(env, node)?, Vec::new())?,
        Atom::Step(node) => {
            Form::Step(Box::new(body(labels, node, arguments(env, node)?, Vec::new())?))
        }
        Atom::Inverse(node) => {
            let (m, at) = matrix(labels, node, env)?;
            let [i, j] = at[..] else { return Err(Unraised("an open inverse")) };
            Form::Inverse(m, i, j)
        }
        Atom::Det(node) => Form::Det(matrix(labels, node, env)?.0),
        Atom::MatrixPower(node, power) => {
            let e = body(labels, power, arguments(env, power)?, Vec::new())?;
            let (m, at) = matrix(labels, node, env)?;
            let [i, j] = at[..] else { return Err(Unraised("an open power")) };
            Form::Power(m, Box::new(e), i, j)
        }
    })
}
