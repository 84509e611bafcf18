//! The symbols, dimensions, functions and index variables of one relation.

use super::dim::Dim;
use super::shaped::{Shaped, SymbolId};

/// What is known of a symbol's entries.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Properties {
    /// `S_ij = S_ji`
    pub symmetric: bool,
    /// `S_ij = -S_ji`
    pub antisymmetric: bool,
    /// `D_ij = 0` for `i ≠ j`
    pub diagonal: bool,
    /// `QᵀQ = QQᵀ = I`
    pub orthogonal: bool,
    /// `UᵀU = I`: orthonormal columns; of a single column, length 1. Points obey it; proofs use the
    /// constraint that says so.
    pub orthonormal: bool,
    /// The inverse exists.
    pub invertible: bool,
    /// Symmetric with positive eigenvalues.
    pub positive_definite: bool,
    /// `det > 0`
    pub positive_determinant: bool,
    /// Every entry (or the scalar) is positive.
    pub positive: bool,
    /// Every entry is ≥ 0.
    pub nonnegative: bool,
    /// A natural number.
    pub natural: bool,
    /// Every row (or the vector) has one entry 1, the others 0.
    pub one_hot: bool,
    /// The entries (of each row, or of the vector) sum to 1.
    pub sums_to_one: bool,
    /// Every entry (or the scalar) is 0 or 1.
    pub binary: bool,
    /// Every entry (or the scalar) is -1 or 1.
    pub bipolar: bool,
}

/// What a symbol is.
#[derive(Clone, Debug, PartialEq)]
pub enum Role {
    /// A free variable.
    Variable,
    /// A name for the expression, which has the symbol's axes.
    Defined(Shaped),
    /// An unknown smooth scalar function of these symbols.
    Opaque(Vec<SymbolId>),
    /// The partial derivative of an opaque scalar by these symbols (one or two of them); its axes
    /// are theirs, in order.
    Partial(SymbolId, Vec<SymbolId>),
    /// The differential of a symbol: an arbitrary array of its shape.
    Differential(SymbolId),
}

/// A symbol.
#[derive(Clone, Debug, PartialEq)]
pub struct Symbol {
    /// The name as given.
    pub name: String,
    /// Its axes: none for a scalar, (n, 1) for a column, (1, n) for a row, (n, m) for a matrix; a
    /// family has its members' index in front.
    pub axes: Vec<Dim>,
    /// What is known of it.
    pub properties: Properties,
    /// What it is.
    pub role: Role,
}

/// Everything the shaped expressions of one relation refer to by number.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Symbols, by [`SymbolId`].
    pub symbols: Vec<Symbol>,
    /// Names of dimensions.
    pub dims: Vec<String>,
    /// Names of opaque element-wise functions.
    pub functions: Vec<String>,
    /// Index variables: name and dimension.
    pub indices: Vec<(String, Dim)>,
}

impl Table {
    /// The symbol.
    pub fn symbol(&self, id: SymbolId) -> &Symbol {
        &self.symbols[id.0 as usize]
    }
}
