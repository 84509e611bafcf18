//! What the checker answers about a document.

use super::source::{Place, Source};
use crate::language::ast::Span;
use crate::proof::{Status, Verdict};

/// A checked document.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The document.
    pub source: Source,
    /// Every relation with its verdict, in the order of the text.
    pub relations: Vec<Judged>,
    /// What holds no relation or could not be read, with the reason.
    pub skipped: Vec<Skipped>,
    /// What was taken as given, in the order of the text.
    pub givens: Vec<Taken>,
    /// Derivations: runs of relations about one thing.
    pub derivations: Vec<Derivation>,
}

/// A relation and its verdict.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Where the formula that holds it begins: its opening delimiter.
    pub place: Place,
    /// Where the relation itself stands: the row of its right side.
    pub row: Place,
    /// Its number among the relations of that formula, from 0.
    pub index: usize,
    /// The headings and question lines above it, outermost first.
    pub section: Vec<String>,
    /// The left side as it is written.
    pub lhs: String,
    /// The sign between the sides: `=` or `⇒`.
    pub sign: &'static str,
    /// The right side as it is written.
    pub rhs: String,
    /// The place of the right side in the document.
    pub rhs_span: Span,
    /// The faulty part in the document, where one can be marked.
    pub fault: Option<Span>,
    /// How many of its two sides could not be read.
    pub unread: usize,
    /// The verdict on the relation as it is written.
    pub verdict: Verdict,
    /// The wrong relation that this one follows from correctly, by its number in the document.
    pub follows_from: Option<usize>,
    /// What else its reader should know: inferred givens, a change of reading.
    pub remarks: Vec<String>,
}

/// Something that was not judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Where it begins.
    pub place: Place,
    /// Its place in the document.
    pub span: Span,
    /// The text.
    pub text: String,
    /// Why.
    pub reason: String,
    /// Whether nothing but a limit of the reader keeps it from being judged; otherwise there is
    /// nothing to judge (a bare expression, prose).
    pub unread: bool,
}

/// How a given came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The text states it.
    Text,
    /// The text defines it: `:=`, or the first use of a name as a whole left side.
    Definition,
    /// It comes from outside: the command line or a givens file.
    Outside,
    /// It was inferred from use.
    Inferred,
}

impl Origin {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Origin::Text => "stated",
            Origin::Definition => "definition",
            Origin::Outside => "outside",
            Origin::Inferred => "inferred",
        }
    }
}

/// A given, and where it was taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Where.
    pub place: Place,
    /// The headings and question lines above it.
    pub section: Vec<String>,
    /// The given in its own spelling.
    pub text: String,
    /// How it came to be.
    pub origin: Origin,
    /// Why it could not be taken, where it could not.
    pub problem: Option<String>,
}

/// A run of relations about one thing, of which the last is its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derivation {
    /// The section.
    pub section: Vec<String>,
    /// What it is about: the left side of its answer.
    pub subject: String,
    /// Its relations, by their numbers in the document.
    pub relations: Vec<usize>,
    /// The first relation that is wrong.
    pub first_wrong: Option<usize>,
    /// The relation that states its answer.
    pub answer: usize,
    /// What the answer comes to when it is judged as a whole: the left side of its chain against the
    /// last right side, whatever stands between them.
    pub answer_status: Status,
    /// Whether the answer is right; `None` when that is not known.
    pub answer_right: Option<bool>,
    /// What the answer should have been, where the prover found it.
    pub corrected: Option<String>,
}

impl Judged {
    /// Whether the verdict says that something is wrong with the relation.
    pub fn is_wrong(&self) -> bool {
        matches!(self.verdict.status, Status::Refuted | Status::IllFormed | Status::Slip)
    }

    /// Whether the verdict says that it is right.
    pub fn is_right(&self) -> bool {
        matches!(self.verdict.status, Status::Proved | Status::Agrees)
    }
}
