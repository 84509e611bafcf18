//! Indices and the handles of what they range over.

/// Handle of a dimension: a name or a number; the caller's table knows which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DimId(pub u32);

/// An index of an entry.
///
/// **Invariant:** `Param` stands only inside a [`Closed`](super::Closed) body, where it names an
/// argument of the closure; `Bound` only there too, where it is summed over. Capture is therefore
/// impossible by construction: an open term holds `Free` and `Lit` indices only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Idx {
    /// An argument of the closure.
    Param(u16),
    /// Summed over in the closure.
    Bound(u16),
    /// A fixed entry, counted from 1.
    Lit(u32),
    /// Free: one of the relation's own indices, or a fresh one.
    Free(u32),
}

/// The symmetry of a symbol's two indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Symmetry {
    /// None known.
    None,
    /// `S_ij = S_ji`.
    Symmetric,
    /// `S_ij = -S_ji`.
    Antisymmetric,
    /// `D_ij = 0` for `i ≠ j`.
    Diagonal,
}

/// Handle of a symbol, with what its indices obey and the sign of its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sym {
    /// Number in the caller's table.
    pub id: u32,
    /// What its two indices obey.
    pub symmetry: Symmetry,
    /// Whether every entry is positive.
    pub positive: bool,
    /// Whether it is positive definite, or its determinant is known to be positive.
    pub definite: bool,
    /// Whether `Σ_i Q_ia Q_ib = δ_ab` and `Σ_a Q_ia Q_ja = δ_ij`.
    pub orthogonal: bool,
    /// Whether its entries obey constraints beyond these (one-hot, sums to one, a definition), so
    /// that an analytic function of them may vanish on a set of positive measure.
    pub constrained: bool,
}
