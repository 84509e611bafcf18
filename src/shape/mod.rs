//! Dimensions, shape inference and the shaped expression.

mod dim;
mod elaborate;
mod from_use;
mod givens;
mod shaped;
mod solver;
mod table;

pub use dim::{Dim, Size};
pub(crate) use elaborate::show_dim;
pub use elaborate::{Elaborated, Fault, FaultKind, Reading, Repairs, relation, single};
pub(crate) use from_use::{Found, OPEN, from_use};
pub use givens::{GivenError, Givens};
pub use shaped::{Index, IndexVar, Node, Shaped, SymbolId, Variable};
pub use table::{Properties, Role, Symbol, Table};
