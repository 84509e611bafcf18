//! f32 and f64 as scalars.

use super::scalar::Target;
use super::view::{View, ViewMut};
use super::{Real, Scalar};
use super::{exponential, logarithm, product, rowwise};

macro_rules! float {
    ($T:ident, $erf:path, $erfc:path, $precision:ident) => {
        impl Scalar for $T {
            #[inline(always)]
            fn from_integer(n: i64) -> Self {
                n as $T
            }

            #[inline(always)]
            fn if_positive(&self, then: Self, other: Self) -> Self {
                if *self <= 0.0 { other } else { then }
            }

            #[inline(always)]
            fn add_carried(sum: &mut Self, carry: &mut Self, term: Self) {
                let next = *sum + term;
                let part = next - *sum;
                let lost = (*sum - (next - part)) + (term - part);
                *carry += if lost.is_finite() { lost } else { 0.0 };
                *sum = next;
            }

            fn product(
                alpha: Self,
                a: View<'_, Self>,
                b: View<'_, Self>,
                beta: Self,
                c: ViewMut<'_, Self>,
                threads: usize,
            ) {
                product::$precision(alpha, a, b, beta, c, threads);
            }
        }

        impl Real for $T {
            #[inline(always)]
            fn exp(&self) -> Self {
                $T::exp(*self)
            }

            #[inline(always)]
            fn ln(&self) -> Self {
                $T::ln(*self)
            }

            #[inline(always)]
            fn sqrt(&self) -> Self {
                $T::sqrt(*self)
            }

            #[inline(always)]
            fn tanh(&self) -> Self {
                $T::tanh(*self)
            }

            #[inline(always)]
            fn erf(&self) -> Self {
                $erf(*self)
            }

            #[inline(always)]
            fn erfc(&self) -> Self {
                $erfc(*self)
            }

            #[inline(always)]
            fn pi() -> Self {
                std::$T::consts::PI
            }

            #[inline(always)]
            fn exp_m1(&self) -> Self {
                $T::exp_m1(*self)
            }

            #[inline(always)]
            fn exp_wide<const FMA: bool>(&self) -> Self {
                exponential::$precision::exp::<FMA>(*self)
            }

            #[inline(always)]
            fn ln_wide<const FMA: bool>(&self) -> Self {
                logarithm::$precision::ln::<FMA>(*self)
            }

            #[inline(always)]
            fn pivot(&self, other: &Self) -> Self {
                // Not `max`: a NaN must stay.
                if *self < *other { *other } else { *self }
            }

            fn softmax_rows(x: View<'_, Self>, out: ViewMut<'_, Self>) {
                rowwise::softmax(x, out);
            }

            fn log_softmax_rows(x: View<'_, Self>, out: ViewMut<'_, Self>) {
                rowwise::log_softmax(x, out);
            }

            fn cross_entropy_rows(
                x: View<'_, Self>,
                target: Target<'_, Self>,
                factor: Self,
                out: ViewMut<'_, Self>,
            ) -> Self {
                rowwise::cross_entropy(x, target, factor, out)
            }
        }
    };
}

float!(f32, libm::erff, libm::erfcf, single);
float!(f64, libm::erf, libm::erfc, double);
