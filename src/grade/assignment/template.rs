//! What `gradproof grade --new` writes.

/// A small assignment to start from: one derivation, one class, one question graded by hand.
pub const TEMPLATE: &str = include_str!("template.md");
