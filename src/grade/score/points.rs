//! Points, exactly: whole thousandths, so that sums of parts are totals on every machine.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Sub};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number of points, in thousandths, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Points(u64);

/// More points than any assignment has; larger numbers are a slip of the pen.
const MOST: u64 = 1_000_000_000;

impl Points {
    /// No points.
    pub const ZERO: Points = Points(0);

    /// Whole points.
    pub fn whole(points: u32) -> Self {
        Points(u64::from(points) * 1000)
    }

    /// In thousandths.
    pub fn thousandths(self) -> u64 {
        self.0
    }

    /// As a floating-point number, for formats that want one.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The share `part / whole` of these points, rounded to the nearest thousandth (half up);
    /// nothing where `whole` is 0. A part beyond the whole counts as the whole.
    pub fn share(self, part: u64, whole: u64) -> Self {
        if whole == 0 {
            return Points::ZERO;
        }
        let (part, whole) = (u128::from(part.min(whole)), u128::from(whole));
        let scaled = (u128::from(self.0) * part * 2 + whole) / (2 * whole);
        Points(u64::try_from(scaled).unwrap_or(self.0))
    }

    /// Splits into shares by weight that sum to these points exactly.
    pub fn split(self, weights: &[u32]) -> Vec<Points> {
        let whole: u64 = weights.iter().map(|&weight| u64::from(weight)).sum();
        let mut so_far = 0;
        let mut given = Points::ZERO;
        weights
            .iter()
            .map(|&weight| {
                so_far += u64::from(weight);
                let up_to_here = self.share(so_far, whole);
                let own = up_to_here - given;
                given = up_to_here;
                own
            })
            .collect()
    }
}

impl Add for Points {
    type Output = Points;

    fn add(self, other: Points) -> Points {
        Points(self.0.saturating_add(other.0))
    }
}

impl Sub for Points {
    type Output = Points;

    /// Never below zero.
    fn sub(self, other: Points) -> Points {
        Points(self.0.saturating_sub(other.0))
    }
}

impl Sum for Points {
    fn sum<I: Iterator<Item = Points>>(points: I) -> Points {
        points.fold(Points::ZERO, Add::add)
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 1000, self.0 % 1000);
        if rest == 0 {
            return write!(f, "{whole}");
        }
        let digits = format!("{rest:03}");
        write!(f, "{whole}.{}", digits.trim_end_matches('0'))
    }
}

impl FromStr for Points {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no number of points: write 4 or 2.5 (at most three decimals)"
            )
        };
        let (whole, rest) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(rest) || rest.len() > 3 {
            return Err(wrong());
        }
        let whole: u64 = whole.parse().map_err(|_| wrong())?;
        let rest: u64 = format!("{rest:0<3}").parse().map_err(|_| wrong())?;
        let all = whole.checked_mul(1000).and_then(|all| all.checked_add(rest));
        all.filter(|&all| all <= MOST).map(Points).ok_or_else(wrong)
    }
}

impl Serialize for Points {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_multiple_of(1000) {
            serializer.serialize_u64(self.0 / 1000)
        } else {
            serializer.serialize_f64(self.to_f64())
        }
    }
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        let thousandths = (number * 1000.0).round();
        let near = (thousandths / 1000.0 - number).abs() <= 1e-9;
        if !(0.0..=MOST as f64).contains(&thousandths) || !near {
            let text = "points are numbers from 0 with at most three decimals";
            return Err(serde::de::Error::custom(text));
        }
        Ok(Points(thousandths as u64))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn points_are_written_as_they_are_read() {
        for text in ["0", "4", "2.5", "0.125", "10.75", "1000000"] {
            assert_eq!(text.parse::<Points>().unwrap().to_string(), text);
        }
        for text in ["", "-1", "1.2345", "1e3", ".5", "4 points", "99999999999999999999"]
        {
            assert!(text.parse::<Points>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_split_loses_nothing(points in 0_u64..1_000_000, weights in prop::collection::vec(0_u32..20, 1..12)) {
            let points = Points(points);
            let parts = points.split(&weights);
            let whole: u32 = weights.iter().sum();
            let sum: Points = parts.iter().copied().sum();
            prop_assert_eq!(sum, if whole == 0 { Points::ZERO } else { points });
            for (part, weight) in parts.iter().zip(&weights) {
                prop_assert!(*weight > 0 || *part == Points::ZERO);
            }
        }

        #[test]
        fn a_larger_share_is_no_less(points in 0_u64..1_000_000, a in 0_u64..50, b in 0_u64..50, whole in 1_u64..50) {
            let points = Points(points);
            let (less, more) = (a.min(b), a.max(b));
            prop_assert!(points.share(less, whole) <= points.share(more, whole));
            prop_assert!(points.share(more, whole) <= points);
            prop_assert_eq!(points.share(whole, whole), points);
            prop_assert_eq!(points.share(0, whole), Points::ZERO);
        }
    }
}
