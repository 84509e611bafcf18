//! The cases that a module is tried on: the same for everyone, on every machine.

use super::array::Array;
use super::subject::{Case, Subject};

/// A small generator of numbers (SplitMix64), so that the cases never change.
#[derive(Clone, Debug)]
pub(super) struct Draw(u64);

impl Draw {
    /// Starts at a seed.
    pub(super) fn new(seed: u64) -> Self {
        Draw(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in [0, 1).
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A whole number below `end`, which is positive.
    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.unit() * end as f64) as usize
    }

    /// A number in [−2, 2] that stays 0.1 away from zero, where ReLU has its kink.
    pub(super) fn signed(&mut self) -> f64 {
        let size = 0.1 + 1.9 * self.unit();
        if self.next() & 1 == 0 { size } else { -size }
    }

    fn matrix(&mut self, rows: usize, cols: usize) -> Array {
        let data = (0..rows * cols).map(|_| self.signed()).collect();
        Array::new(&[rows, cols], data)
    }
}

/// How many rows and columns a case has: batch S, input M, output N.
pub(super) type Sizes = (usize, usize, usize);

/// The sizes of the ordinary cases: all different within a case, so that no transpose, no swapped
/// axis and no mean over the wrong axis can hide.
pub(super) const ORDINARY: [Sizes; 3] = [(5, 3, 4), (2, 7, 3), (6, 4, 9)];

/// Draws a case of the given sizes.
pub(super) fn ordinary(subject: Subject, (s, m, n): Sizes, draw: &mut Draw) -> Case {
    let nothing = Array::new(&[0], Vec::new());
    let outputs = if subject == Subject::Linear { n } else { m };
    let mut case = Case {
        x: draw.matrix(s, m),
        dy: draw.matrix(s, outputs),
        w: nothing.clone(),
        b: nothing.clone(),
        t: nothing,
    };
    if subject == Subject::Linear {
        case.w = draw.matrix(n, m);
        case.b = draw.matrix(1, n).reshaped(&[n]);
    }
    if subject == Subject::CrossEntropy {
        // Probabilities away from zero, each row summing to one.
        let weights = Array::matrix(s, m, |i, j| 0.2 + case.x.at(i, j).abs());
        let sums: Vec<f64> =
            (0..s).map(|i| (0..m).map(|j| weights.at(i, j)).sum()).collect();
        case.x = Array::matrix(s, m, |i, j| weights.at(i, j) / sums[i]);
        let classes: Vec<usize> = (0..s).map(|_| draw.below(m)).collect();
        case.t = Array::matrix(s, m, |i, j| f64::from(u8::from(classes[i] == j)));
    }
    case
}

/// A case with very large inputs of both signs.
pub(super) fn large(subject: Subject, sizes: Sizes, draw: &mut Draw) -> Case {
    let mut case = ordinary(subject, sizes, draw);
    // Whole multiples, so that in each row the largest stands apart and softmax has a clear limit.
    let cols = case.x.cols();
    case.x = Array::matrix(case.x.rows(), cols, |i, j| {
        let turn = (i + 2 * j) % (2 * cols);
        (turn as f64 - cols as f64 + 0.5) * 2_000.0
    });
    case
}

/// A case of the loss in which probabilities are zero: at other classes than the target's, or at
/// the target itself.
pub(super) fn with_zeros(sizes: Sizes, at_target: bool, draw: &mut Draw) -> Case {
    let mut case = ordinary(Subject::CrossEntropy, sizes, draw);
    let (s, m) = (case.x.rows(), case.x.cols());
    case.x = Array::matrix(s, m, |i, j| {
        let is_target = case.t.at(i, j) == 1.0;
        let first = (0..m).find(|&j| (case.t.at(i, j) == 1.0) == at_target) == Some(j);
        match (first, is_target == at_target) {
            (true, true) => 0.0,
            _ => case.x.at(i, j),
        }
    });
    case
}

/// The class numbers of one-hot rows.
pub(super) fn classes(t: &Array) -> Array {
    let class = |i: usize| (0..t.cols()).find(|&j| t.at(i, j) == 1.0).unwrap_or(0);
    let data = (0..t.rows()).map(|i| class(i) as f64).collect();
    Array { dtype: "int64".into(), ..Array::new(&[t.rows()], data) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_the_same_every_time() {
        let once = ordinary(Subject::Linear, ORDINARY[0], &mut Draw::new(7));
        let again = ordinary(Subject::Linear, ORDINARY[0], &mut Draw::new(7));
        assert_eq!(once.x, again.x);
        assert_eq!(once.w, again.w);
    }

    #[test]
    fn sizes_differ_within_a_case_and_kinks_are_far() {
        for (s, m, n) in ORDINARY {
            assert!(s != m && m != n && s != n);
            let case = ordinary(Subject::Relu, (s, m, n), &mut Draw::new(1));
            assert!(case.x.data.iter().all(|x| x.abs() >= 0.1));
        }
    }

    #[test]
    fn zeros_stand_where_they_should() {
        let case = with_zeros((5, 4, 0), false, &mut Draw::new(3));
        for i in 0..5 {
            assert!((0..4).any(|j| case.x.at(i, j) == 0.0));
            assert!((0..4).all(|j| case.x.at(i, j) > 0.0 || case.t.at(i, j) == 0.0));
        }
        let case = with_zeros((5, 4, 0), true, &mut Draw::new(3));
        assert!((0..5).all(|i| (0..4).any(|j| case.x.at(i, j) == 0.0 && case.t.at(i, j) == 1.0)));
    }
}
