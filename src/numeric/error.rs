//! Why an expression has no value at a point.

use std::fmt;

/// Why an expression has no (usable) value at a point. None of these says anything about an
/// equation: the point is only of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvalError {
    /// Outside the domain: division by 0, logarithm of a negative number, singular matrix,
    /// overflow.
    Domain(&'static str),
    /// The number system cannot represent the value exactly.
    NotExact,
    /// An indicator or a derivative at a kink: equalities hold almost everywhere only.
    Kink,
    /// An index outside its range.
    Range,
    /// More work than allowed.
    Effort,
    /// The expression is not well-formed (an unbound index, axes that do not fit).
    Malformed(&'static str),
    /// No point of these dimensions has the symbol's properties.
    NoPoint,
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EvalError::Domain(what) => write!(f, "undefined at this point: {what}"),
            EvalError::NotExact => f.write_str("no exact value in this number system"),
            EvalError::Kink => {
                f.write_str("at a kink, where the derivative does not exist")
            }
            EvalError::Range => f.write_str("an index is outside its range"),
            EvalError::Effort => f.write_str("too much work"),
            EvalError::Malformed(what) => write!(f, "not well-formed: {what}"),
            EvalError::NoPoint => {
                f.write_str("no values of these dimensions have the given properties")
            }
        }
    }
}

impl std::error::Error for EvalError {}
