//! f32 and f64 as scalars.

use super::scalar::RowsDone;
use super::total::Total;
use super::view::{View, ViewMut};
use super::{Real, Scalar};
use super::{product, softmax_float};

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
            fn pivot(&self, other: &Self) -> Self {
                // Not `max`: a NaN must stay.
                if *self < *other { *other } else { *self }
            }

            fn sum_of_logs(values: &[Self]) -> Self {
                let mut total = Total::new();
                // The logarithm of a product in f64, where that neither overflows nor underflows.
                for values in values.chunks(32) {
                    let mut products = [1.0_f64; 4];
                    let (fours, rest) = values.as_chunks::<4>();
                    for four in fours {
                        for (product, value) in products.iter_mut().zip(four) {
                            *product *= f64::from(*value);
                        }
                    }
                    for (product, value) in products.iter_mut().zip(rest) {
                        *product *= f64::from(*value);
                    }
                    if products.iter().all(|p| (1e-70..1e70).contains(p)) {
                        total.add(products.iter().product::<f64>().ln());
                    } else if products.iter().all(|p| (1e-280..1e280).contains(p)) {
                        total.add_all(products.iter().map(|product| product.ln()));
                    } else {
                        for value in values {
                            total.add(f64::from(*value).ln());
                        }
                    }
                }
                total.value() as $T
            }

            fn softmax_rows(
                x: View<'_, Self>,
                out: ViewMut<'_, Self>,
                factor: Self,
                done: &mut RowsDone<'_, Self>,
            ) {
                softmax_float::softmax_rows(x, out, factor, done);
            }
        }
    };
}

float!(f32, libm::erff, libm::erfcf, single);
float!(f64, libm::erf, libm::erfc, double);
