//! The language: lexers for LaTeX and plain text, one parser, one syntax tree with spans, printers.
//!
//! Parsing never fails: it returns a tree and diagnostics, and what could not be read stands in
//! the tree as [`ast::Kind::Unread`]. What a text leaves open (is `W_1` a name or an entry, is `T`
//! a transpose) is decided by an oracle of names, [`ast::Names`].

pub mod ast;
mod chain;
mod edit;
mod functions;
mod given;
mod lexer;
mod macros;
mod parser;
pub mod print;
mod rows;
mod walk;
mod words;

pub use chain::{guess_spelling, parse_claim, parse_expr};
pub(crate) use functions::word as function_word;
pub use given::{parse_given, parse_givens};
pub use macros::{Expanded, Macros};
pub use rows::{Row, parse_math};
