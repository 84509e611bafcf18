//! Sums whose rounding errors do not matter: twice the working precision.

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

    /// Adds a product of two numbers, with the product's own rounding error (by Dekker's splitting:
    /// a fused multiply-add would be a slow call where the build does not assume the instruction).
    #[inline(always)]
    pub(super) fn add_product(&mut self, a: f64, b: f64) {
        const SPLIT: f64 = 134_217_729.0;
        let product = a * b;
        let (ca, cb) = (SPLIT * a, SPLIT * b);
        let (ah, bh) = (ca - (ca - a), cb - (cb - b));
        let (al, bl) = (a - ah, b - bh);
        let error = ((ah * bh - product) + ah * bl + al * bh) + al * bl;
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

/// Σ aᵢ·bᵢ, as if computed exactly and rounded once.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    // Several sums side by side: each alone would wait for its own additions, and the compiler can
    // give each a lane of a vector.
    const LANES: usize = 8;
    let mut sums = [Sum::default(); LANES];
    let (mut left, mut right) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    for (a, b) in (&mut left).zip(&mut right) {
        for k in 0..LANES {
            sums[k].add_product(a[k], b[k]);
        }
    }
    let done = a.len().min(b.len()) / LANES * LANES;
    for (a, b) in a[done..].iter().zip(&b[done..]) {
        sums[0].add_product(*a, *b);
    }
    let mut total = Sum::default();
    for sum in sums {
        total.add(sum.high);
        total.low += sum.low;
    }
    total.value()
}

/// √(Σ (aᵢ·bᵢ)²), plainly.
pub(super) fn norm_of_products(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a * b) * (a * b)).sum::<f64>().sqrt()
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
