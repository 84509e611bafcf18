//! Matrix notation and index notation: lower (expression to sum), raise (sum to expression).

mod lower;
pub(crate) mod raise;

pub use lower::{Lowering, Scope, parts};
