//! Compares a returned array with the right one.

use serde::{Deserialize, Serialize};

use super::array::{Array, Value, shape_text};

/// The largest relative difference that counts as rounding, for `float64` and for shorter types.
const RELATIVE: (f64, f64) = (1e-5, 1e-3);
/// The largest difference, as a share of the largest right entry, that counts as rounding.
const ABSOLUTE: (f64, f64) = (1e-8, 1e-5);

/// How a returned value differs from the right one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Difference {
    /// It is no array.
    NotAnArray(String),
    /// Its shape holds other entries.
    Shape {
        /// The shape that came.
        actual: Vec<usize>,
        /// The right shape.
        expected: Vec<usize>,
    },
    /// Entries differ.
    Entries {
        /// How many.
        count: usize,
        /// Of how many.
        total: usize,
        /// The place of the worst, from 0, one index an axis, as NumPy counts.
        place: Vec<usize>,
        /// What stands there.
        actual: String,
        /// What should.
        expected: f64,
    },
}

impl Difference {
    /// The same as seen by who keeps the matrix transposed.
    pub(super) fn turned(self) -> Self {
        let turn = |mut sizes: Vec<usize>| {
            sizes.reverse();
            sizes
        };
        match self {
            Difference::Shape { actual, expected } => {
                Difference::Shape { actual: turn(actual), expected: turn(expected) }
            }
            Difference::Entries { count, total, place, actual, expected } => {
                Difference::Entries { count, total, place: turn(place), actual, expected }
            }
            other => other,
        }
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Difference::NotAnArray(kind) => {
                write!(f, "it is {kind}, not an array of numbers")
            }
            Difference::Shape { actual, expected } => write!(
                f,
                "its shape is {}, it should be {}",
                shape_text(actual),
                shape_text(expected)
            ),
            Difference::Entries { count, total, place, actual, expected } => {
                let place: Vec<String> = place.iter().map(usize::to_string).collect();
                write!(
                    f,
                    "{count} of {total} entries differ; at [{}] it is {actual}, it should be \
                     {expected:.6}",
                    place.join(", ")
                )
            }
        }
    }
}

fn tolerance(actual: &Array) -> (f64, f64) {
    match actual.dtype.as_str() {
        "float32" => (RELATIVE.1, ABSOLUTE.1),
        "float16" => (1e-2, 1e-3),
        _ => (RELATIVE.0, ABSOLUTE.0),
    }
}

fn same(
    actual: f64,
    expected: f64,
    scale: f64,
    (relative, absolute): (f64, f64),
) -> bool {
    if !expected.is_finite() {
        return actual == expected || actual.is_nan() && expected.is_nan();
    }
    // Written so that NaN is never close.
    (actual - expected).abs() <= relative * expected.abs() + absolute * scale
}

fn scale(expected: &Array) -> f64 {
    expected.data.iter().filter(|e| e.is_finite()).fold(0.0, |most, e| e.abs().max(most))
}

/// Whether two arrays have the same entries up to rounding; axes of size one are disregarded.
pub(super) fn close(actual: &Array, expected: &Array) -> bool {
    difference_of(actual, expected).is_none()
}

/// How a returned value differs from the right one, if it does.
pub(super) fn difference(actual: &Value, expected: &Array) -> Option<Difference> {
    match actual {
        Value::Other(kind) => Some(Difference::NotAnArray(match kind.as_str() {
            "NoneType" => "None".into(),
            kind => kind.into(),
        })),
        Value::Array(actual) => difference_of(actual, expected),
    }
}

fn difference_of(actual: &Array, expected: &Array) -> Option<Difference> {
    if actual.squeezed_shape() != expected.squeezed_shape() {
        return Some(Difference::Shape {
            actual: actual.shape.clone(),
            expected: expected.shape.clone(),
        });
    }
    let (limits, scale) = (tolerance(actual), scale(expected));
    let pairs = || actual.data.iter().copied().zip(expected.data.iter().copied());
    let wrong: Vec<usize> = pairs()
        .enumerate()
        .filter(|&(_, (a, e))| !same(a, e, scale, limits))
        .map(|(k, _)| k)
        .collect();
    let gap = |k: usize| {
        let gap = (actual.data[k] - expected.data[k]).abs();
        if gap.is_nan() { f64::INFINITY } else { gap }
    };
    let worst =
        wrong.iter().copied().reduce(|a, b| if gap(b) > gap(a) { b } else { a })?;
    let mut place = Vec::new();
    let mut rest = worst;
    for &size in actual.shape.iter().rev() {
        place.push(rest % size);
        rest /= size;
    }
    place.reverse();
    Some(Difference::Entries {
        count: wrong.len(),
        total: actual.data.len(),
        place,
        actual: format!("{:.6}", actual.data[worst]),
        expected: expected.data[worst],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_a_number_is_never_right() {
        let right = Array::new(&[2], vec![1.0, 2.0]);
        let nan = Array::new(&[2], vec![1.0, f64::NAN]);
        assert!(!close(&nan, &right));
        assert!(close(&right, &right));
    }

    #[test]
    fn a_row_may_stand_for_a_vector_but_not_for_another_length() {
        let vector = Array::new(&[3], vec![1.0, 2.0, 3.0]);
        assert!(close(&vector.clone().reshaped(&[1, 3]), &vector));
        let difference = difference_of(&Array::new(&[2], vec![1.0, 2.0]), &vector);
        assert!(matches!(difference, Some(Difference::Shape { .. })));
    }

    #[test]
    fn the_worst_entry_is_named_by_row_and_column() {
        let right = Array::matrix(2, 3, |i, j| (i * 3 + j) as f64);
        let mut wrong = right.clone();
        wrong.data[4] += 0.5;
        wrong.data[1] += 0.1;
        match difference_of(&wrong, &right) {
            Some(Difference::Entries { count: 2, place, .. }) => {
                assert_eq!(place, [1, 1])
            }
            other => panic!("{other:?}"),
        }
    }
}
