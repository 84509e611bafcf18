//! Sums whose rounding errors do not matter: twice the working precision.

use crate::kernels::{Wide, dispatch};

/// A running sum with its accumulated rounding error.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    /// Adds a number, without loss.
    #[inline(always)]
    pub(super) fn add(&mut self, value: f64) {
        let sum = self.high + value;
        let part = sum - self.high;
        self.low += (self.high - (sum - part)) + (value - part);
        self.high = sum;
    }

    /// Adds a product of two numbers, with the product's own rounding error.
    #[inline(always)]
    pub(super) fn add_product(&mut self, a: f64, b: f64) {
        self.add_product_with::<false>(a, b);
    }

    /// The same, where fused multiply-add is a fast instruction or not (as a call it would be slow:
    /// then Dekker's splitting does).
    #[inline(always)]
    fn add_product_with<const FMA: bool>(&mut self, a: f64, b: f64) {
        let product = a * b;
        let error = if FMA {
            a.mul_add(b, -product)
        } else {
            const SPLIT: f64 = 134_217_729.0;
            let (ca, cb) = (SPLIT * a, SPLIT * b);
            let (ah, bh) = (ca - (ca - a), cb - (cb - b));
            let (al, bl) = (a - ah, b - bh);
            ((ah * bh - product) + ah * bl + al * bh) + al * bl
        };
        self.add(product);
        // Splitting overflows for numbers beyond 1e300; then the plain product must do.
        self.low += if error.is_finite() { error } else { 0.0 };
    }

    /// The sum, rounded once.
    #[inline(always)]
    pub(super) fn value(self) -> f64 {
        self.high + self.low
    }
}

/// How many sums run side by side: each alone would wait for its own additions, and the compiler gives
/// each a lane of a vector.
const LANES: usize = 16;

/// Σ aᵢ·bᵢ, as if computed exactly and rounded once.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    struct Dot<'a>(&'a [f64], &'a [f64]);
    impl Wide for Dot<'_> {
        type Output = f64;

        #[inline(always)]
        fn run<const FMA: bool>(self) -> f64 {
            let mut sums = [Sum::default(); LANES];
            let (left, left_rest) = self.0.as_chunks::<LANES>();
            let (right, right_rest) = self.1.as_chunks::<LANES>();
            for (a, b) in left.iter().zip(right) {
                for k in 0..LANES {
                    sums[k].add_product_with::<FMA>(a[k], b[k]);
                }
            }
            for (sum, (a, b)) in sums.iter_mut().zip(left_rest.iter().zip(right_rest)) {
                sum.add_product_with::<FMA>(*a, *b);
            }
            let mut total = Sum::default();
            for sum in sums {
                total.add(sum.high);
                total.low += sum.low;
            }
            total.value()
        }
    }
    let shorter = a.len().min(b.len());
    dispatch(Dot(&a[..shorter], &b[..shorter]))
}

/// √(Σ (aᵢ·bᵢ)²), plainly.
pub(super) fn norm_of_products(a: &[f64], b: &[f64]) -> f64 {
    struct Norm<'a>(&'a [f64], &'a [f64]);
    impl Wide for Norm<'_> {
        type Output = f64;

        #[inline(always)]
        fn run<const FMA: bool>(self) -> f64 {
            let mut sums = [0.0; LANES];
            let (left, left_rest) = self.0.as_chunks::<LANES>();
            let (right, right_rest) = self.1.as_chunks::<LANES>();
            for (a, b) in left.iter().zip(right) {
                for k in 0..LANES {
                    let product = a[k] * b[k];
                    sums[k] += product * product;
                }
            }
            let rest = left_rest.iter().zip(right_rest).map(|(a, b)| (a * b) * (a * b));
            (sums.iter().sum::<f64>() + rest.sum::<f64>()).sqrt()
        }
    }
    let shorter = a.len().min(b.len());
    dispatch(Norm(&a[..shorter], &b[..shorter]))
}

/// √(Σ aᵢ²), plainly.
pub(super) fn norm(a: &[f64]) -> f64 {
    struct Norm<'a>(&'a [f64]);
    impl Wide for Norm<'_> {
        type Output = f64;

        #[inline(always)]
        fn run<const FMA: bool>(self) -> f64 {
            let mut sums = [0.0; LANES];
            let (chunks, rest) = self.0.as_chunks::<LANES>();
            for a in chunks {
                for k in 0..LANES {
                    sums[k] += a[k] * a[k];
                }
            }
            (sums.iter().sum::<f64>() + rest.iter().map(|a| a * a).sum::<f64>()).sqrt()
        }
    }
    dispatch(Norm(a))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancellation_does_not_hurt() {
        let a = [1e16, 1.0, -1e16, 1e-3];
        let b = [1.0, 1.0, 1.0, 1.0];
        assert_eq!(dot(&a, &b), 1.001);
        let x = 1.0 + f64::EPSILON;
        // x² − 1 − 2ε = ε², far below the rounding of x².
        assert_eq!(
            dot(&[x, -1.0, -2.0 * f64::EPSILON], &[x, 1.0, 1.0]),
            f64::EPSILON * f64::EPSILON
        );
    }
}
