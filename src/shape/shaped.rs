//! The shaped expression: what a relation's side means, every axis with its dimension.
//!
//! Surface notation is gone: a node is an array with any number of axes (a scalar has none; a
//! matrix two; a column vector the axes `n`, 1; a row 1, `n`). Transposes, `vec`, Kronecker
//! products and the like are [`Node::Regroup`] of plainer arrays. The prover lowers this tree to
//! sums over indices; the numeric evaluator computes it at a point, by its own lights.

use std::sync::Arc;

use num_rational::BigRational;

use super::dim::Dim;
use crate::function::Function;
use crate::language::ast::Comparison;

/// An index variable, by its number in the table: bound by a [`Node::Sum`] or
/// [`Node::Abstract`], or free in the relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexVar(pub u32);

/// What stands in an index position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Index {
    /// A variable.
    Var(IndexVar),
    /// A fixed entry, counted from 1.
    Fixed(usize),
    /// The last entry of its axis (`S_{nn}` in an ellipsis).
    Last,
}

/// Handle of a symbol in the [`Table`](super::Table).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SymbolId(pub u32);

/// An array with its axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Shaped {
    /// What it is.
    pub node: Arc<Node>,
    /// Its axes.
    pub axes: Vec<Dim>,
}

/// By what is differentiated.
#[derive(Clone, Debug, PartialEq)]
pub enum Variable {
    /// The whole symbol: its axes are appended to those of what is differentiated.
    Whole(SymbolId),
    /// One entry (one index for each axis of more than 1 of the symbol, in order): no axis is
    /// appended.
    Entry(SymbolId, Vec<Index>),
}

/// What an array is. "Same axes" means equal dimensions in order; a scalar (no axes) may stand
/// beside any array in `Times` and `Power` and applies to every entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A rational number.
    Number(BigRational),
    /// π.
    Pi,
    /// A dimension as a number.
    Size(Dim),
    /// The value of an index variable as a number, from 1.
    IndexValue(IndexVar),
    /// A symbol with its own axes.
    Symbol(SymbolId),
    /// The sum of arrays with the same axes.
    Add(Vec<Shaped>),
    /// The element-wise product of arrays with the same axes and of scalars.
    Times(Vec<Shaped>),
    /// Element-wise power: the base array, a scalar or same-axes exponent.
    Power(Shaped, Shaped),
    /// An element-wise function.
    Apply(Function, Shaped),
    /// `Σ_k a[…, k] b[k, …]`: the last axis of the first with the first of the second.
    Product(Shaped, Shaped),
    /// All axes of the first, then all of the second: `a[i…] b[j…]`.
    Outer(Shaped, Shaped),
    /// `Σ_k a[…, k, …, k, …]` over the two named axes (equal dimensions), which disappear.
    Contract(Shaped, usize, usize),
    /// New axes, each a group of the old ones in the given order (an empty group makes an axis of
    /// 1; a group of several a composite axis, the last running fastest). Each old axis stands in
    /// exactly one group, or in none if it is 1.
    Regroup(Shaped, Vec<Vec<usize>>),
    /// Every entry of the given axes is the scalar.
    Fill(Shaped),
    /// `δ` over two axes of the same dimension.
    Identity,
    /// The array at fixed leading indices: one index for each of the first axes; the rest stay.
    Pick(Shaped, Vec<Index>),
    /// The array whose entry at the variables' values is the scalar; one axis a variable.
    Abstract(Vec<IndexVar>, Shaped),
    /// The sum over the variable's range; a condition excludes values by a factor in the body.
    Sum(IndexVar, Shaped),
    /// `δ_ij` as a scalar.
    Delta(Index, Index),
    /// 1 where the comparison holds, else 0; element-wise over arrays of the same axes (scalars
    /// apply to every entry).
    Indicator(Comparison, Shaped, Shaped),
    /// The inverse of a square matrix (two axes of equal dimension).
    Inverse(Shaped),
    /// The determinant of a square matrix.
    Det(Shaped),
    /// A power of a square matrix with a scalar exponent (an integer when it is a number).
    MatrixPower(Shaped, Shaped),
    /// The derivative of an array by a symbol or an entry of it.
    Derivative(Shaped, Variable),
    /// The directional derivative `Σ_s Σ_e ∂f/∂s_e · ds_e`: each symbol with its direction, an
    /// array of the symbol's axes.
    Directional(Shaped, Vec<(SymbolId, Shaped)>),
}

impl Shaped {
    /// A node with its axes.
    pub fn new(node: Node, axes: Vec<Dim>) -> Self {
        Shaped { node: Arc::new(node), axes }
    }

    /// A scalar.
    pub fn scalar(node: Node) -> Self {
        Shaped::new(node, Vec::new())
    }

    /// An integer.
    pub fn integer(n: i64) -> Self {
        Shaped::scalar(Node::Number(BigRational::from_integer(n.into())))
    }

    /// Whether it has no axes.
    pub fn is_scalar(&self) -> bool {
        self.axes.is_empty()
    }
}

impl Shaped {
    /// Calls `f` on every symbol in the expression (not on those in definitions of symbols).
    pub fn each_symbol(&self, f: &mut impl FnMut(SymbolId)) {
        self.visit(&mut |node| match node {
            Node::Symbol(id)
            | Node::Derivative(_, Variable::Whole(id) | Variable::Entry(id, _)) => f(*id),
            Node::Directional(_, directions) => {
                directions.iter().for_each(|(id, _)| f(*id));
            }
            _ => {}
        });
    }

    /// Calls `f` on every node, the outermost first.
    pub fn visit(&self, f: &mut dyn FnMut(&Node)) {
        f(&self.node);
        self.each_child(&mut |child| child.visit(f));
    }

    /// Calls `f` on every expression directly inside.
    pub fn each_child(&self, f: &mut dyn FnMut(&Shaped)) {
        match &*self.node {
            Node::Number(_)
            | Node::Pi
            | Node::Size(_)
            | Node::IndexValue(_)
            | Node::Symbol(_)
            | Node::Identity
            | Node::Delta(..) => {}
            Node::Add(parts) | Node::Times(parts) => parts.iter().for_each(f),
            Node::Power(a, b)
            | Node::Product(a, b)
            | Node::Outer(a, b)
            | Node::Indicator(_, a, b)
            | Node::MatrixPower(a, b) => {
                f(a);
                f(b);
            }
            Node::Apply(_, a)
            | Node::Contract(a, ..)
            | Node::Regroup(a, _)
            | Node::Fill(a)
            | Node::Pick(a, _)
            | Node::Abstract(_, a)
            | Node::Sum(_, a)
            | Node::Inverse(a)
            | Node::Det(a)
            | Node::Derivative(a, _) => f(a),
            Node::Directional(a, directions) => {
                f(a);
                directions.iter().for_each(|(_, d)| f(d));
            }
        }
    }
}
