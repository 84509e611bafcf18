//! Dimensions: products of names and numbers.

use smallvec::SmallVec;

/// One factor of a dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Size {
    /// A number of at least 2.
    Number(usize),
    /// A named dimension, by its number in the [`Table`](super::Table).
    Named(u32),
}

/// The extent of an axis: a product of sizes, the empty product being 1.
///
/// The order of the factors is the order of the index's parts (`vec` and the Kronecker product
/// make composite axes), so `n·m` and `m·n` are different dimensions of the same extent.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dim(pub SmallVec<[Size; 2]>);

impl Dim {
    /// The dimension 1.
    pub fn unit() -> Self {
        Dim(SmallVec::new())
    }

    /// A number.
    pub fn number(n: usize) -> Self {
        if n == 1 { Dim::unit() } else { Dim(smallvec::smallvec![Size::Number(n)]) }
    }

    /// A named dimension.
    pub fn named(id: u32) -> Self {
        Dim(smallvec::smallvec![Size::Named(id)])
    }

    /// Whether this is 1.
    pub fn is_unit(&self) -> bool {
        self.0.is_empty()
    }

    /// The composite axis whose index is the pair (self's, other's), the other running faster.
    pub fn times(&self, other: &Dim) -> Dim {
        Dim(self.0.iter().chain(&other.0).cloned().collect())
    }
}
