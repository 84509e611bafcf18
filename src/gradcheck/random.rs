//! The checker's own random numbers: the same ones for the same seed, on every machine.

/// SplitMix64: one addition and two multiplications a number, and good enough to draw directions.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Random(seed)
    }

    pub(super) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A random sign times a magnitude uniform in [1/2, 1): no entry is near zero, so no single wrong
    /// entry can hide, and no two are equal, so equal errors do not cancel.
    pub(super) fn weight(&mut self) -> f64 {
        let bits = self.bits();
        let magnitude = 0.5 + (bits >> 12) as f64 * (0.5 / 4_503_599_627_370_496.0);
        if bits & 1 == 0 { magnitude } else { -magnitude }
    }

    /// A number below `count` (0 where that is 0).
    pub(super) fn below(&mut self, count: usize) -> usize {
        if count == 0 { 0 } else { (self.bits() % count as u64) as usize }
    }
}
