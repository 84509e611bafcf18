//! Sums of products of indexed factors: the data type, its canonical form, its algebra.
//!
//! This room is part of the trusted core: no floats, no input or output, no panics meant, and it
//! knows neither text nor matrices. A [`Sum`] is canonical by construction: two sums that compare
//! equal are equal as functions of their free indices and of the entries in them.

mod algebra;
mod atom;
mod closed;
mod display;
mod fractions;
mod generic;
mod index;
mod label;
#[cfg(test)]
mod laws;
mod matrix;
mod normalize;
mod power;
mod raw;
mod rules;
mod substitute;
mod sum;
mod transcendental;

pub use algebra::{Algebra, Caveat, Result, Stop};
pub use atom::{Atom, Exponent, Factor};
pub use closed::{Closed, Node};
pub use index::{DimId, Idx, Sym, Symmetry};
pub use rules::Rewrite;
pub use substitute::Replace;
pub use sum::{Sum, Term, any_atom};
