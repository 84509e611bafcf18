//! Seeded random numbers, the same on every machine.
//!
//! The generator is xoshiro256++ (Blackman and Vigna, 2018), its state filled by SplitMix64.
//! A [`Stream`] is addressed by a seed, a purpose and a counter, so the shuffle of epoch 7 can be
//! drawn without drawing the six before it: a checkpoint needs to know only where training stands,
//! never the state of a generator.

/// What a stream of random numbers is for. Streams of different purposes are independent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The split into training, validation and test images.
    Split,
    /// The initial weights; the counter is the layer.
    Weights,
    /// The order of the images; the counter is the epoch.
    Shuffle,
    /// Which images are mirrored or shifted; the counter is the epoch.
    Augment,
    /// Which units are dropped; the counter is the step.
    Dropout,
    /// The directions and samples of the gradient check.
    Check,
    /// The seeds of a study's runs; the counter is the run.
    Study,
}

/// A stream of random numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    state: [u64; 4],
}

fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Stream {
    /// The stream of a seed, a purpose and a counter.
    pub fn new(seed: u64, purpose: Purpose, counter: u64) -> Self {
        // Each part is mixed before the next is added, so that (1, 0) and (0, 1) differ.
        let mut key = seed;
        let mut mixed = splitmix(&mut key);
        for part in [purpose as u64 + 1, counter] {
            key = mixed ^ part.wrapping_mul(0xd605_bbb5_8c8a_bbfd);
            mixed = splitmix(&mut key);
        }
        Stream { state: std::array::from_fn(|_| splitmix(&mut mixed)) }
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in [0, 1), a multiple of 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in 0..`bound`, without bias (Lemire's multiplication with rejection); 0 for bound 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.bits()) * u128::from(bound);
            if product as u64 >= threshold {
                return (product >> 64) as u64;
            }
        }
    }

    /// Standard normal, by Marsaglia's polar method with a portable logarithm.
    pub fn normal(&mut self) -> f64 {
        loop {
            let u = 2.0 * self.uniform() - 1.0;
            let v = 2.0 * self.uniform() - 1.0;
            let s = u * u + v * v;
            if s > 0.0 && s < 1.0 {
                return u * (-2.0 * libm::log(s) / s).sqrt();
            }
        }
    }

    /// Puts the items into a random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let j = self.below(i as u64 + 1) as usize;
            items.swap(i, j);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitmix_gives_the_published_numbers() {
        // The first outputs for seed 1234567 in the reference implementation's documentation.
        let mut state = 1_234_567;
        assert_eq!(splitmix(&mut state), 6_457_827_717_110_365_317);
        assert_eq!(splitmix(&mut state), 3_203_168_211_198_807_973);
    }

    #[test]
    fn xoshiro_gives_the_reference_numbers() {
        // State 1, 2, 3, 4: worked through by hand from the definition, as rand_xoshiro tests it.
        let mut stream = Stream { state: [1, 2, 3, 4] };
        assert_eq!(stream.bits(), 41_943_041);
        assert_eq!(stream.bits(), 58_720_359);
        assert_eq!(stream.bits(), 3_588_806_011_781_223);
    }

    #[test]
    fn streams_of_other_seeds_purposes_and_counters_differ() {
        let first = |seed, purpose, counter| Stream::new(seed, purpose, counter).bits();
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..20 {
            for purpose in [Purpose::Split, Purpose::Weights, Purpose::Shuffle] {
                for counter in 0..20 {
                    assert!(seen.insert(first(seed, purpose, counter)));
                }
            }
        }
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut stream = Stream::new(7, Purpose::Check, 0);
        let n = 200_000;
        let (mut mean, mut square, mut fourth, mut uniform) = (0.0, 0.0, 0.0, 0.0);
        for _ in 0..n {
            let x = stream.normal();
            mean += x / n as f64;
            square += x * x / n as f64;
            fourth += x.powi(4) / n as f64;
            uniform += stream.uniform() / n as f64;
        }
        assert!(mean.abs() < 0.01, "{mean}");
        assert!((square - 1.0).abs() < 0.02, "{square}");
        assert!((fourth - 3.0).abs() < 0.15, "{fourth}");
        assert!((uniform - 0.5).abs() < 0.005, "{uniform}");
    }

    #[test]
    fn a_shuffle_is_a_permutation_and_every_place_is_equally_likely() {
        let mut counts = [[0u32; 5]; 5];
        for counter in 0..20_000 {
            let mut items = [0, 1, 2, 3, 4];
            Stream::new(1, Purpose::Shuffle, counter).shuffle(&mut items);
            for (place, &item) in items.iter().enumerate() {
                counts[place][item] += 1;
            }
        }
        for count in counts.iter().flatten() {
            // Binomial(20,000, 1/5): mean 4,000, standard deviation 57.
            assert!((3_700..4_300).contains(count), "{counts:?}");
        }
    }
}
