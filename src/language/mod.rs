//! Lexers for LaTeX and plain text, one parser, one syntax tree with spans, printers.

pub mod ast;
