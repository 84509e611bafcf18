//! What a document and its reader's files give: shapes, properties, functions, definitions.
//!
//! Everything found becomes text in the spelling of the language's contract (`S in R^{n x n}
//! symmetric`), so that there is one reader of givens, whoever states them.

mod entries;
mod functions;
mod outside;
mod prose;
mod sizes;
mod spelling;
mod words;

pub use outside::Outside;
pub use prose::{Stated, announces_einstein, announces_layout, stated};
pub(super) use spelling::subscripted;
