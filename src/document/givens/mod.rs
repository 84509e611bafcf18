//! What a document and its reader's files give: shapes, properties, functions, definitions.
//!
//! Everything found becomes text in the spelling of the language's contract (`S in R^{n x n}
//! symmetric`), so that there is one reader of givens, whoever states them.

mod functions;
mod outside;
mod prose;
mod spelling;
mod words;

pub use outside::Outside;
pub use prose::{Stated, announces_denominator_layout, announces_einstein, stated};
pub(super) use spelling::subscripted;
