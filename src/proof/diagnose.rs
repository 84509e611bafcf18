//! Names the mistake in a wrong relation.

use super::Options;
use super::check::Claim;
use crate::language::ast::Span;
use crate::shape::Elaborated;

/// A named mistake.
#[derive(Clone, Debug)]
pub(super) struct Diagnosis {
    pub(super) name: String,
    /// The corrected right side in the claim's own spelling.
    pub(super) corrected: Option<String>,
    /// The faulty part.
    pub(super) place: Option<Span>,
}

/// Looks for the mistake; `None` when no single one explains the difference.
pub(super) fn of(
    _claim: &Claim<'_>,
    _options: &Options,
    _elaborated: Option<&Elaborated>,
) -> Option<Diagnosis> {
    None
}
