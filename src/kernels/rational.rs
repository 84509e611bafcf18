//! Exact rationals as scalars, for the kernels that are rational.

use num_rational::BigRational;
use num_traits::Signed;

use super::Scalar;

impl Scalar for BigRational {
    fn from_integer(n: i64) -> Self {
        BigRational::from_integer(n.into())
    }

    fn if_positive(&self, then: Self, other: Self) -> Self {
        if self.is_positive() { then } else { other }
    }
}
