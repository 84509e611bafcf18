//! From a syntax tree and the givens to shaped expressions: names are resolved, shapes inferred,
//! indices bound. Every ill-formed input stops here, with its place.

mod build;
mod calls;
mod computed;
mod derivative;
mod expr;
mod index;
mod names;
mod relation;

use std::collections::BTreeSet;

use num_rational::BigRational;

use super::dim::{Dim, Size};
use super::givens::Givens;
use super::shaped::{IndexVar, Shaped, SymbolId};
use super::solver::Solver;
use super::table::Table;
use crate::language::ast::{Expr, Kind, Span};

pub use relation::{Elaborated, relation, single};

/// What kind of fault stops an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// Shapes do not fit.
    Shape,
    /// An index is unbound, used twice, or of the wrong range.
    Index,
    /// A name is not given.
    Name,
    /// Not a checkable statement, or not supported.
    Unsupported,
}

/// Why an expression has no meaning in the light of the givens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The kind.
    pub kind: FaultKind,
    /// Where, in the text the tree's spans refer to.
    pub span: Span,
    /// What is wrong, naming the shapes.
    pub message: String,
}

/// How a relation is read where the text allows more than one way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// An index repeated in one product is summed.
    pub einstein: bool,
    /// The derivative of a scalar by a vector is a row.
    pub row_gradients: bool,
    /// The derivative of a scalar by a matrix has the transposed shape.
    pub numerator: bool,
    /// Bars around a vector are its norm, `\otimes` between two vectors is the outer product.
    pub geometric: bool,
    /// Repairs of notation that are to be made.
    pub repairs: Repairs,
    /// What a size that nothing fixes is taken for; a name of its own without this.
    pub open_as: Option<Size>,
}

/// Small repairs of notation, each of which makes the relation a slip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repairs {
    /// A vector transposed where only the other orientation fits.
    pub transpose_vectors: bool,
    /// A scalar beside an array is filled out to its shape.
    pub fill_scalars: bool,
    /// A row beside a matrix stands for the matrix of such rows.
    pub broadcast_rows: bool,
    /// An explicit range that does not fit its index is ignored.
    pub ignore_ranges: bool,
    /// A component stands for its whole array.
    pub component_as_whole: bool,
    /// `\frac{\partial S}{\partial S_{ij}} f` stands for the operator.
    pub operator_numerator: bool,
    /// A sum left standing after its index is gone is dropped.
    pub drop_sums: bool,
    /// A Hadamard sign before a scalar stands for the product.
    pub scalar_hadamard: bool,
}

impl Repairs {
    /// Whether none is to be made.
    pub fn is_none(self) -> bool {
        self == Repairs::default()
    }
}

type Result<T> = std::result::Result<T, Fault>;

/// The state of elaborating one relation.
struct Elaborator<'a> {
    givens: &'a Givens,
    reading: Reading,
    table: Table,
    solver: Solver,
    /// Symbols by name.
    symbols: Vec<(String, SymbolId)>,
    /// Definitions being elaborated, to notice one that refers to itself.
    open_definitions: Vec<String>,
    /// Bound index letters, innermost last.
    scope: Vec<(String, IndexVar)>,
    /// Free index letters.
    free: Vec<(String, IndexVar)>,
    /// Defined names with the letters that their definitions leave free: the first axes of their
    /// symbols, and fixed indices of the whole relation.
    fixed: Vec<(SymbolId, Vec<String>)>,
    /// Names bound to expressions: a function body's parameter.
    locals: Vec<(String, Shaped)>,
    /// Letters that Einstein summation must leave free.
    kept: BTreeSet<String>,
    /// The sides of the relation as written.
    sides: Vec<&'a Expr>,
    /// The names that vary under a differential.
    varying: Vec<String>,
    /// Where a repair was made, and what it was.
    repaired: Vec<(Span, &'static str)>,
    /// Remarks on how the text was read.
    notes: Vec<String>,
    /// Sizes that are to be found from use.
    open_sizes: Vec<(String, Dim)>,
    /// Whether a constraint is one that points may break.
    undrawn: bool,
}

impl<'a> Elaborator<'a> {
    fn new(givens: &'a Givens, reading: Reading) -> Self {
        Elaborator {
            givens,
            reading,
            table: Table::default(),
            solver: Solver::default(),
            symbols: Vec::new(),
            open_definitions: Vec::new(),
            scope: Vec::new(),
            free: Vec::new(),
            fixed: Vec::new(),
            locals: Vec::new(),
            kept: BTreeSet::new(),
            sides: Vec::new(),
            varying: Vec::new(),
            repaired: Vec::new(),
            notes: Vec::new(),
            open_sizes: Vec::new(),
            undrawn: false,
        }
    }

    fn fault<T>(
        &self,
        kind: FaultKind,
        span: Span,
        message: impl Into<String>,
    ) -> Result<T> {
        Err(Fault { kind, span, message: message.into() })
    }

    fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// A dimension as people write it.
    fn show_dim(&self, dim: &Dim) -> String {
        show_dim(&self.solver.resolve(dim), &self.table.dims)
    }

    /// A shape as people write it: `n×m`.
    fn show_axes(&self, axes: &[Dim]) -> String {
        if axes.is_empty() {
            return "a scalar".into();
        }
        axes.iter().map(|d| self.show_dim(d)).collect::<Vec<_>>().join("×")
    }
}

/// A dimension by the names in a table.
pub(crate) fn show_dim(dim: &Dim, names: &[String]) -> String {
    use super::dim::Size;
    if dim.is_unit() {
        return "1".into();
    }
    dim.0
        .iter()
        .map(|size| match size {
            Size::Number(n) => n.to_string(),
            Size::Named(id) => {
                names.get(*id as usize).cloned().unwrap_or_else(|| "?".into())
            }
        })
        .collect::<Vec<_>>()
        .join("·")
}

/// The name and index letters of `B_{ij}`, if all indices are distinct plain letters.
pub(super) fn entry_pattern(expr: &Expr) -> Option<(String, Vec<String>)> {
    let Kind::Entry(base, indices) = &expr.kind else { return None };
    let Kind::Name(name) = &peel(base).kind else { return None };
    let mut letters = Vec::new();
    for index in indices {
        let Kind::Name(letter) = &index.kind else { return None };
        if letters.contains(letter) {
            return None;
        }
        letters.push(letter.clone());
    }
    Some((name.clone(), letters))
}

/// The expression without the groups around it.
pub(super) fn peel(expr: &Expr) -> &Expr {
    match &expr.kind {
        Kind::Group(_, inner) => peel(inner),
        _ => expr,
    }
}

/// The number an expression is, if it is a literal (with a sign, or a quotient of literals).
pub(super) fn literal(expr: &Expr) -> Option<BigRational> {
    use crate::language::ast::Sign;
    match &peel(expr).kind {
        Kind::Number(value) => Some(value.clone()),
        Kind::Add(terms) => match terms.as_slice() {
            [(Sign::Minus, term)] => literal(term).map(|v| -v),
            [(Sign::Plus, term)] => literal(term),
            _ => None,
        },
        Kind::Quotient(a, _, b) => {
            let (a, b) = (literal(a)?, literal(b)?);
            (!num_traits::Zero::is_zero(&b)).then(|| a / b)
        }
        _ => None,
    }
}
