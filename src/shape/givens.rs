//! What is given: names with shapes, functions, definitions, constraints.

use crate::language::ast::{Given, NameKind, Names, Span};

/// Why a given could not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenError {
    /// Where, in the given's own text.
    pub span: Option<Span>,
    /// What is wrong and what to do.
    pub message: String,
}

/// The givens in force at a place. Cheap to clone: a document keeps one per scope.
#[derive(Clone, Debug, Default)]
pub struct Givens {}

impl Givens {
    /// Nothing is given.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a declaration; a name given again is given anew.
    ///
    /// # Errors
    /// When the declaration contradicts itself or names a size that makes no sense.
    pub fn add(&mut self, given: &Given) -> Result<(), GivenError> {
        let _ = given;
        Ok(())
    }

    /// Whether the name is given.
    pub fn contains(&self, name: &str) -> bool {
        self.kind(name).is_some()
    }
}

impl Names for Givens {
    fn kind(&self, _name: &str) -> Option<NameKind> {
        None
    }
}
