//! Verdicts: prove, refute, diagnose.

mod assumptions;
mod check;
mod derive;
mod diagnose;
mod expectation;
mod kernel;
mod lemmas;
mod prove;
mod show;
mod verdict;

pub use check::{Claim, check, check_claim};
pub use derive::{
    DeriveError, DeriveOptions, Derived, Notation, Order, derive, write_out,
};
pub use kernel::{KernelProof, Symbol, prove_kernel};
pub use prove::{Attempt, Theorem, prove};
pub use verdict::{Counterexample, Grid, Status, Verdict};

/// Which layout a derivative of a scalar may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// The variable's shape; a vector as column or row, and the verdict says which.
    #[default]
    Auto,
    /// The variable's shape, strictly.
    Gradient,
    /// The transposed shape, strictly.
    Numerator,
}

/// How a relation is to be judged.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The layout policy.
    pub layout: Layout,
    /// Whether the document announces Einstein summation.
    pub einstein: bool,
    /// Whether the document writes its sums out: then a repeated index without a sum sign is one
    /// that is left out, unless the document announces it.
    pub writes_sums: bool,
    /// Whether to search for the mistake's name and the corrected side (costs time).
    pub diagnose: bool,
    /// Whether the left side is a new name's definition is never asked: definitions are given
    /// through [`Givens`](crate::shape::Givens). This says that both sides are compared under "change of view" (`⇒`).
    pub change_of_view: bool,
}
