//! The sum over rows that a loss is: blocks of terms side by side, the blocks' sums with what
//! rounding takes from them, and one logarithm for many rows.

use super::Vector;
use crate::kernels::total::{Total, pairwise};

/// Sums side by side.
const WIDTH: usize = 16;

/// Σ terms + Σ ln numbers.
pub(super) struct Tally<T> {
    total: Total<T>,
    /// The product of the numbers whose logarithms were asked for one by one.
    product: T,
    /// How many factors it holds, and how many a product can.
    count: usize,
    most: usize,
}

impl<T: Vector> Tally<T> {
    /// For logarithms of numbers between 1 and `largest`.
    pub(super) fn new(largest: usize) -> Self {
        // So many factors stay below the largest float.
        let most = T::DOUBLINGS / (largest.max(1).ilog2() as usize + 1);
        Tally { total: Total::new(), product: T::one(), count: 0, most: most.max(1) }
    }

    /// Adds the terms of a block of rows.
    #[inline(always)]
    pub(super) fn add(&mut self, terms: &[T]) {
        let mut sums = [T::zero(); WIDTH];
        let (chunks, rest) = terms.as_chunks::<WIDTH>();
        for terms in chunks {
            for k in 0..WIDTH {
                sums[k] = sums[k] + terms[k];
            }
        }
        for (sum, term) in sums.iter_mut().zip(rest) {
            *sum = *sum + *term;
        }
        self.total.add(pairwise(sums));
    }

    /// Adds the logarithms of numbers between 1 and the largest announced.
    #[inline(always)]
    pub(super) fn add_logs<const FMA: bool>(&mut self, numbers: &[T]) {
        for numbers in numbers.chunks(WIDTH * self.most) {
            let mut products = [T::one(); WIDTH];
            let (chunks, rest) = numbers.as_chunks::<WIDTH>();
            for numbers in chunks {
                for k in 0..WIDTH {
                    products[k] = products[k] * numbers[k];
                }
            }
            for product in &mut products {
                *product = product.ln_wide::<FMA>();
            }
            self.total.add(pairwise(products));
            for number in rest {
                self.add_one::<FMA>(T::zero(), *number);
            }
        }
    }

    /// Adds one term, and the logarithm of one number between 1 and the largest announced.
    #[inline(always)]
    pub(super) fn add_one<const FMA: bool>(&mut self, term: T, number: T) {
        self.total.add(term);
        self.product = self.product * number;
        self.count += 1;
        if self.count >= self.most {
            self.take_log::<FMA>();
        }
    }

    #[inline(always)]
    fn take_log<const FMA: bool>(&mut self) {
        self.total.add(self.product.ln_wide::<FMA>());
        (self.product, self.count) = (T::one(), 0);
    }

    /// The whole sum.
    #[inline(always)]
    pub(super) fn value<const FMA: bool>(mut self) -> T {
        self.take_log::<FMA>();
        self.total.value()
    }
}
