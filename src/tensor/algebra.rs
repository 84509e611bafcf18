//! The setting in which sums are computed: effort, fresh indices, what had to be assumed.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use super::index::{DimId, Idx};
use super::rules::Rewrite;

/// Why a computation stopped without a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The effort allowed is used up.
    Effort,
    /// A division by zero, or a logarithm or root of something never positive.
    Domain(&'static str),
    /// Something the algebra does not know.
    Unsupported(&'static str),
}

/// A result, or why there is none.
pub type Result<T> = std::result::Result<T, Stop>;

/// Something the algebra relied on beyond the laws of arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Caveat {
    /// `[p < 0] = 1 - [p > 0]` for an analytic `p` that is not identically 0.
    AlmostEverywhere,
    /// `b^e = exp(e log b)` for an `e` that is not a number.
    PositiveBase,
    /// The factors of an invertible product of square matrices are invertible.
    InvertibleFactors,
}

/// The setting of a computation. One per relation; not shared between threads.
#[derive(Debug)]
pub struct Algebra {
    fuel: Cell<u64>,
    fresh: Cell<u32>,
    caveats: RefCell<BTreeSet<Caveat>>,
    rewrites: Vec<Rewrite>,
    /// Whether products are split into partial fractions.
    pub(super) fractions: Cell<bool>,
    /// Whether indices over numbered dimensions are written out entry by entry.
    pub(crate) concrete: bool,
}

/// Free indices from here on are fresh ones.
const FRESH: u32 = 1 << 24;

/// Dimension handles from here on are numbers: handle = this + the number.
const NUMBERS: u32 = 1 << 31;

impl DimId {
    /// The handle of a dimension that is a number.
    pub fn number(n: u32) -> Self {
        DimId(NUMBERS | n)
    }

    /// The number, if the dimension is one.
    pub fn as_number(self) -> Option<u32> {
        (self.0 >= NUMBERS).then_some(self.0 & !NUMBERS)
    }
}

impl Algebra {
    /// A setting with an effort bound, counted in elementary steps (about a hundred nanoseconds
    /// each).
    pub fn new(effort: u64) -> Self {
        Algebra {
            fuel: Cell::new(effort),
            fresh: Cell::new(FRESH),
            caveats: RefCell::new(BTreeSet::new()),
            rewrites: Vec::new(),
            fractions: Cell::new(false),
            concrete: false,
        }
    }

    /// The same, with indices over numbered dimensions written out entry by entry.
    pub fn concrete(effort: u64) -> Self {
        Algebra { concrete: true, ..Algebra::new(effort) }
    }

    /// Uses up effort.
    ///
    /// # Errors
    /// [`Stop::Effort`] when none is left.
    pub(crate) fn spend(&self, steps: u64) -> Result<()> {
        let left = self.fuel.get();
        if left < steps {
            self.fuel.set(0);
            return Err(Stop::Effort);
        }
        self.fuel.set(left - steps);
        Ok(())
    }

    /// A free index that stands nowhere yet.
    pub(crate) fn fresh(&self) -> Idx {
        let next = self.fresh.get();
        self.fresh.set(next + 1);
        Idx::Free(next)
    }

    /// Adds a rule that every later computation applies.
    pub fn add_rewrite(&mut self, rule: Rewrite) {
        self.rewrites.push(rule);
    }

    /// The rules added so far.
    pub(super) fn rewrites(&self) -> &[Rewrite] {
        &self.rewrites
    }

    /// Records that something was relied on.
    pub(crate) fn note(&self, caveat: Caveat) {
        self.caveats.borrow_mut().insert(caveat);
    }

    /// What was relied on so far.
    pub fn caveats(&self) -> Vec<Caveat> {
        self.caveats.borrow().iter().copied().collect()
    }
}
