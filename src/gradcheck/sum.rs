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
            all(&sums)
        }
    }
    let shorter = a.len().min(b.len());
    dispatch(Dot(&a[..shorter], &b[..shorter]))
}

/// Σ vᵢ·(pᵢ − mᵢ) and Σ vᵢ·((pᵢ − bᵢ) + (mᵢ − bᵢ)): how a sum changes from minus to plus, and how it bends
/// at the base between them. All four of the same length.
pub(super) fn change_and_bend(
    v: &[f64],
    plus: &[f64],
    minus: &[f64],
    base: &[f64],
) -> (f64, f64) {
    struct Differences<'a>([&'a [f64]; 4]);
    impl Wide for Differences<'_> {
        type Output = (f64, f64);

        #[inline(always)]
        fn run<const FMA: bool>(self) -> (f64, f64) {
            let [v, plus, minus, base] = self.0.map(|s| s.as_chunks::<LANES>());
            let (mut changes, mut bends) =
                ([Sum::default(); LANES], [Sum::default(); LANES]);
            let mut step = |k: usize, v: f64, p: f64, m: f64, b: f64| {
                changes[k].add_product_with::<FMA>(v, p - m);
                bends[k].add_product_with::<FMA>(v, (p - b) + (m - b));
            };
            for ((v, p), (m, b)) in v.0.iter().zip(plus.0).zip(minus.0.iter().zip(base.0))
            {
                for k in 0..LANES {
                    step(k, v[k], p[k], m[k], b[k]);
                }
            }
            let rest = v.1.iter().zip(plus.1).zip(minus.1.iter().zip(base.1));
            for (k, ((v, p), (m, b))) in rest.enumerate() {
                step(k, *v, *p, *m, *b);
            }
            (all(&changes), all(&bends))
        }
    }
    dispatch(Differences([v, plus, minus, base]))
}

/// Sums that ran side by side, in one.
#[inline(always)]
fn all(sums: &[Sum]) -> f64 {
    let mut total = Sum::default();
    for sum in sums {
        total.add(sum.high);
        total.low += sum.low;
    }
    total.value()
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
