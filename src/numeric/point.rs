//! Points: a value for every dimension, symbol and opaque function.
//!
//! A point holds fractions of machine integers, so that the same point can be visited in every
//! number system.

use num_rational::Ratio;
use smallvec::SmallVec;

use super::array::{Array, Sizes};
use super::error::EvalError;
use super::number::Number;
use crate::shape::{Dim, Size, SymbolId, Table};

/// A fraction of machine integers in lowest terms.
pub type Fraction = Ratio<i64>;

/// An array of fractions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Values {
    /// The extents of the axes.
    pub sizes: Sizes,
    /// The entries in row-major order.
    pub entries: Vec<Fraction>,
}

impl Values {
    /// The values in a number system.
    ///
    /// # Errors
    /// When a denominator vanishes there.
    pub(crate) fn array<N: Number>(&self) -> Result<Array<N>, EvalError> {
        let entries: Result<_, _> =
            self.entries.iter().map(|x| N::fraction(*x.numer(), *x.denom())).collect();
        Ok(Array::new(self.sizes.clone(), entries?))
    }
}

/// How an opaque scalar `L(Y, …)` behaves near the point: `L₀ + ⟨G, δ⟩ + ½ δᵀHδ`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jet2 {
    /// The opaque scalar.
    pub symbol: SymbolId,
    /// The gradient by each argument, with the argument's axes.
    pub gradient: Vec<Values>,
    /// The second derivative by arguments `a ≤ b` (in the order `(0,0), (0,1), …, (1,1), …`), with
    /// the axes of the first and then of the second; symmetric where `a = b`.
    pub hessian: Vec<Values>,
}

/// A point at which expressions are evaluated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// The value of each named dimension of the table.
    pub dims: Vec<usize>,
    /// The value of each symbol of the table; `None` for one that is computed or not used.
    pub values: Vec<Option<Values>>,
    /// The polynomial that stands for each opaque function: its coefficients, constant first.
    pub functions: Vec<Vec<i64>>,
    /// How each opaque scalar behaves.
    pub opaque: Vec<Jet2>,
}

impl Point {
    /// The extent of a dimension; `None` past what fits.
    pub fn extent(&self, dim: &Dim) -> Option<usize> {
        extent(&self.dims, dim)
    }

    /// The extents of axes.
    ///
    /// # Errors
    /// When they are too large.
    pub(crate) fn sizes(&self, axes: &[Dim]) -> Result<Sizes, EvalError> {
        sizes(&self.dims, axes)
    }
}

/// The extent of a dimension under the values of the named ones.
pub(crate) fn extent(dims: &[usize], dim: &Dim) -> Option<usize> {
    dim.0.iter().try_fold(1_usize, |product, size| {
        product.checked_mul(match size {
            Size::Number(n) => *n,
            Size::Named(id) => *dims.get(*id as usize)?,
        })
    })
}

/// No array of more entries is made.
const MAX_ENTRIES: usize = 1 << 16;

/// The extents of axes under the values of the named dimensions.
pub(crate) fn sizes(dims: &[usize], axes: &[Dim]) -> Result<Sizes, EvalError> {
    let mut all = Sizes::new();
    let mut total = 1_usize;
    for dim in axes {
        let extent = extent(dims, dim).ok_or(EvalError::Effort)?;
        total = total.checked_mul(extent).ok_or(EvalError::Effort)?;
        all.push(extent);
    }
    if total > MAX_ENTRIES || all.iter().any(|e| *e > MAX_ENTRIES) {
        return Err(EvalError::Effort);
    }
    Ok(all)
}

/// The values of the free index variables at which a relation is looked at, counted from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexEnv {
    values: SmallVec<[Option<usize>; 8]>,
}

impl IndexEnv {
    /// No variable has a value.
    pub fn new(table: &Table) -> Self {
        IndexEnv { values: smallvec::smallvec![None; table.indices.len()] }
    }

    /// The variable's value, counted from 0.
    pub(crate) fn value(&self, variable: u32) -> Option<usize> {
        self.values.get(variable as usize).copied().flatten()
    }

    /// Gives the variable a value, counted from 0, or takes it away; tells the one before.
    pub(crate) fn set(&mut self, variable: u32, value: Option<usize>) -> Option<usize> {
        let at = variable as usize;
        if at >= self.values.len() {
            if at > 1 << 20 {
                return None;
            }
            self.values.resize(at + 1, None);
        }
        std::mem::replace(&mut self.values[at], value)
    }

    /// Gives the variable a value, counted from 0.
    pub fn bind(&mut self, variable: crate::shape::IndexVar, value: usize) {
        self.set(variable.0, Some(value));
    }
}
