//! Sums that lose nothing to rounding but their last bit: what a loss is made of.

use super::Scalar;

/// A running sum with what rounding took from it.
#[derive(Clone, Debug)]
pub(super) struct Total<T> {
    sum: T,
    carry: T,
}

impl<T: Scalar> Total<T> {
    pub(super) fn new() -> Self {
        Total { sum: T::zero(), carry: T::zero() }
    }

    #[inline(always)]
    pub(super) fn add(&mut self, term: T) {
        T::add_carried(&mut self.sum, &mut self.carry, term);
    }

    pub(super) fn value(self) -> T {
        self.sum + self.carry
    }
}

/// The sum of sums that were made side by side; there must be a power of two of them.
#[inline(always)]
pub(super) fn pairwise<T: Scalar, const N: usize>(mut sums: [T; N]) -> T {
    let mut width = N / 2;
    while width > 0 {
        for k in 0..width {
            sums[k] = sums[k].clone() + sums[k + width].clone();
        }
        width /= 2;
    }
    let [sum, ..] = &sums[..] else { return T::zero() };
    sum.clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradcheck::Dual;

    #[test]
    fn small_terms_are_not_lost_beside_large_ones() {
        let mut total = Total::new();
        let mut tangent = Total::new();
        for term in [1.0, 1e16, 1.0, -1e16, 1e-3] {
            total.add(term);
            tangent.add(Dual::new(0.0, term));
        }
        assert_eq!(total.value(), 2.001);
        assert_eq!(tangent.value().tangent, 2.001);
    }
}
