//! Closures: sums with their free indices abstracted, in canonical form, shared.
//!
//! The arguments of functions, the bases of powers, matrices under an inverse and contractions are
//! all closures. A closure is a function of index parameters, so renaming an index of the
//! surrounding term touches its argument list only, capture cannot happen, and two occurrences of
//! one thing are recognised by comparing closures.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use smallvec::SmallVec;

use super::index::{DimId, Idx};
use super::label;
use super::sum::Sum;

/// A sum as a function of index parameters.
#[derive(Debug)]
pub struct Closed {
    /// The dimensions of the indices summed over in the body (contractions only).
    pub bound: SmallVec<[DimId; 2]>,
    /// The body, over `Param` and `Bound` indices; of a contraction, one term.
    pub body: Sum,
    /// For each parameter the class it belongs to: parameters of one class can be exchanged
    /// without changing the value.
    pub class: SmallVec<[u16; 4]>,
    /// Of a matrix, the dimension of its row and column (the first two parameters).
    pub dim: Option<DimId>,
    /// Whether it is the matrix of a determinant known to be positive.
    pub positive_determinant: bool,
    /// A hash of all that matters for equality, the same in every run.
    pub(super) hash: u64,
}

impl Closed {
    /// A closure from its canonical parts.
    pub(super) fn new(
        bound: SmallVec<[DimId; 2]>,
        body: Sum,
        class: SmallVec<[u16; 4]>,
        dim: Option<DimId>,
    ) -> Self {
        let mut hasher = label::StableHasher::default();
        bound.hash(&mut hasher);
        body.hash(&mut hasher);
        class.len().hash(&mut hasher);
        dim.hash(&mut hasher);
        // Only the plain matrix: neither a multiple (det(-S) has the sign of (-1)ⁿ) nor an
        // element-wise power of it.
        let positive_determinant = match body.terms() {
            [term] if num_traits::One::is_one(term.coef()) => match term.factors() {
                [(super::Atom::Entry(sym, indices), e)] => {
                    sym.definite
                        && *e == super::atom::one()
                        && matches!(
                            indices[..],
                            [Idx::Param(0), Idx::Param(1)]
                                | [Idx::Param(1), Idx::Param(0)]
                        )
                }
                _ => false,
            },
            _ => false,
        };
        Closed { bound, body, class, dim, positive_determinant, hash: hasher.finish() }
    }

    /// Whether this is a plain orthogonal matrix, or its transpose.
    pub(super) fn is_orthogonal(&self) -> bool {
        let [term] = self.body.terms() else { return false };
        num_traits::One::is_one(term.coef())
            && matches!(term.factors(), [(super::Atom::Entry(sym, indices), e)]
                if sym.orthogonal
                    && *e == super::atom::one()
                    && indices.len() == 2
                    && indices[0] != indices[1]
                    && indices.iter().all(|i| matches!(i, Idx::Param(0 | 1))))
    }

    /// Whether the value is positive wherever it is defined.
    pub(super) fn is_positive(&self) -> bool {
        self.body.is_positive()
    }

    /// Whether the value is never negative.
    pub(super) fn is_nonnegative(&self) -> bool {
        self.body.is_nonnegative()
    }
}

impl PartialEq for Closed {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
            && self.bound == other.bound
            && self.dim == other.dim
            && self.body == other.body
    }
}
impl Eq for Closed {}
impl PartialOrd for Closed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Closed {
    fn cmp(&self, other: &Self) -> Ordering {
        if std::ptr::eq(self, other) {
            return Ordering::Equal;
        }
        self.hash
            .cmp(&other.hash)
            .then_with(|| self.bound.cmp(&other.bound))
            .then_with(|| self.dim.cmp(&other.dim))
            .then_with(|| self.body.cmp(&other.body))
    }
}
impl Hash for Closed {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.hash.hash(state);
    }
}

/// A closure applied to indices.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// The closure.
    pub closed: Arc<Closed>,
    /// One index for each parameter; sorted within each class.
    pub args: SmallVec<[Idx; 2]>,
}

impl Node {
    /// The node with its arguments replaced and sorted within their classes.
    pub(super) fn map(&self, f: &impl Fn(Idx) -> Idx) -> Node {
        let mut node = Node {
            closed: Arc::clone(&self.closed),
            args: self.args.iter().map(|i| f(*i)).collect(),
        };
        node.sort_args();
        node
    }

    /// Sorts the arguments within each class.
    pub(super) fn sort_args(&mut self) {
        let class = &self.closed.class;
        let n = self.args.len();
        for i in 0..n {
            for j in i + 1..n {
                if class[i] == class[j] && self.args[j] < self.args[i] {
                    self.args.swap(i, j);
                }
            }
        }
    }

    /// Whether two arguments are the same index, or one is fixed: then the closure is not the
    /// canonical one and has to be built anew.
    pub(super) fn is_degenerate(&self) -> bool {
        self.is_degenerate_beyond(0)
    }

    /// The same for the arguments behind the first few.
    pub(super) fn is_degenerate_beyond(&self, skip: usize) -> bool {
        let args = self.args.get(skip..).unwrap_or_default();
        (0..args.len()).any(|i| {
            matches!(args[i], Idx::Lit(_))
                || (i + 1..args.len()).any(|j| args[i] == args[j])
        })
    }
}
