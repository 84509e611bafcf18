//! What the prover answers.

use crate::language::ast::Span;

/// The answer's kind; see the language's contract for what each promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// Equal for all dimensions and values in the stated domain, by exact algebra.
    Proved,
    /// Not proved, yet equal to rounding at many random points.
    Agrees,
    /// Wrong as written, right after one named small repair of notation.
    Slip,
    /// False; a counterexample is given.
    Refuted,
    /// Shapes do not fit, an index is unbound, a name is not given.
    IllFormed,
    /// Not a checkable statement, or beyond what is supported.
    Skipped,
}

impl Status {
    /// The word used in every output: `proved`, `ill-formed`, …
    pub fn word(self) -> &'static str {
        match self {
            Status::Proved => "proved",
            Status::Agrees => "agrees",
            Status::Slip => "slip",
            Status::Refuted => "refuted",
            Status::IllFormed => "ill-formed",
            Status::Skipped => "skipped",
        }
    }
}

/// A matrix of numbers as shown to people: integers and fractions as text, decimals where the
/// functions allow no exact value.
pub type Grid = Vec<Vec<String>>;

/// A point at which the two sides differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Counterexample {
    /// The value of each named dimension.
    pub dims: Vec<(String, usize)>,
    /// The value of each symbol (a scalar is 1×1, a vector in its own orientation).
    pub values: Vec<(String, Grid)>,
    /// What each opaque function was taken to be: `h(t) = t^2`.
    pub functions: Vec<(String, String)>,
    /// The left side there.
    pub lhs: Grid,
    /// The right side there.
    pub rhs: Grid,
    /// The first entry (from 1) at which they differ.
    pub entry: (usize, usize),
}

/// The verdict on one relation.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The answer.
    pub status: Status,
    /// `gradient` or `numerator`, where the relation depends on it.
    pub layout: Option<&'static str>,
    /// Every assumption used: `A invertible`, `x ≠ 0`, `almost everywhere (relu at 0)`.
    pub assumptions: Vec<String>,
    /// The named mistake: `transposed`, `factor`, …
    pub diagnosis: Option<String>,
    /// The corrected right side in the claim's own spelling, or the repair.
    pub hint: Option<String>,
    /// The point at which the sides differ.
    pub counterexample: Option<Counterexample>,
    /// One sentence for people.
    pub message: String,
    /// The reading taken, where it was not the plainest.
    pub reading: Option<String>,
    /// The faulty part in the source of the relation, where one can be marked.
    pub place: Option<Span>,
    /// How long it took, in milliseconds.
    pub millis: f64,
}

impl Verdict {
    /// A verdict of the given kind with a message and nothing else.
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Verdict {
            status,
            layout: None,
            assumptions: Vec::new(),
            diagnosis: None,
            hint: None,
            counterexample: None,
            message: message.into(),
            reading: None,
            place: None,
            millis: 0.0,
        }
    }
}
