//! Dimensions, shape inference and the shaped expression.

mod dim;
mod givens;
mod shaped;
mod table;

pub use dim::{Dim, Size};
pub use givens::{GivenError, Givens};
pub use shaped::{Index, IndexVar, Node, Shaped, SymbolId, Variable};
pub use table::{Properties, Role, Symbol, Table};
