//! Infinitesimals against differences, for every function of the table.

use super::super::array::Array;
use super::super::lift::Functions;
use super::super::{Approx, MODULUS, Number, Prime};
use crate::function::Function;
use proptest::prelude::*;
use std::cell::Cell;

fn functions(polynomials: &[Vec<i64>]) -> Functions<'_> {
    Functions { polynomials, values_only: false, strict: true, kinked: Cell::new(false) }
}

/// The value, the first and the second derivative by infinitesimals.
fn jet(function: Function, x: f64, polynomials: &[Vec<i64>]) -> [f64; 3] {
    let one = Array::scalar(Approx::exact(1.0));
    let mut at = Array::scalar(Approx::exact(x));
    at.attach(1, &one);
    at.attach(2, &one);
    let value = functions(polynomials).apply(function, &at).expect("inside the domain");
    let plane = |mask| {
        value.planes().iter().find(|(m, _)| *m == mask).map_or(0.0, |(_, p)| p[0].value)
    };
    assert_eq!(plane(1), plane(2), "the order of the infinitesimals does not matter");
    [plane(0), plane(1), plane(3)]
}

/// A point of the function's domain for a number of (-1, 1), away from the kinks at 0.
fn argument(function: Function, t: f64) -> f64 {
    match function {
        Function::Log | Function::Sqrt => 1.5 + t,
        Function::Asin | Function::Acos => 0.8 * t,
        _ => 2.0 * t,
    }
}

proptest! {
    #[test]
    fn every_function_has_the_slope_of_its_differences(t in -1.0..1.0_f64) {
        for function in Function::all() {
            let x = argument(function, t);
            if function.has_kink() && x.abs() < 0.01 {
                continue;
            }
            let f = |x: f64| function.value(x).expect("a named function");
            let [value, slope, curvature] = jet(function, x, &[]);
            let h = 1e-3;
            prop_assert!((value - f(x)).abs() <= 1e-15 * (1.0 + value.abs()));
            // Central differences of fourth order.
            let d1 = (8.0 * (f(x + h) - f(x - h)) - (f(x + 2.0 * h) - f(x - 2.0 * h)))
                / (12.0 * h);
            let d2 = (16.0 * (f(x + h) + f(x - h)) - 30.0 * f(x)
                - (f(x + 2.0 * h) + f(x - 2.0 * h))) / (12.0 * h * h);
            let (tolerance1, tolerance2) = match function {
                // Steep near the ends of the range.
                Function::Tan if x.cos().abs() < 0.3 => continue,
                Function::Log | Function::Sqrt => (1e-6, 1e-4),
                _ => (1e-8, 1e-5),
            };
            prop_assert!(
                (slope - d1).abs() <= tolerance1 * (1.0 + slope.abs()),
                "{function:?} at {x}: {slope} for {d1}"
            );
            prop_assert!(
                (curvature - d2).abs() <= tolerance2 * (1.0 + curvature.abs()),
                "{function:?} at {x}: {curvature} for {d2}"
            );
        }
    }

    #[test]
    fn opaque_functions_are_their_polynomials(
        c in proptest::collection::vec(-5..5_i64, 0..7),
        x in -2.0..2.0_f64,
        order in 0..4_u32,
    ) {
        let polynomials = [c.clone()];
        let [value, slope, curvature] =
            jet(Function::Opaque { id: 0, order }, x, &polynomials);
        let derivative = |times: u32| -> f64 {
            let mut c: Vec<f64> = c.iter().map(|c| *c as f64).collect();
            for _ in 0..times {
                c = c.iter().enumerate().skip(1).map(|(k, c)| c * k as f64).collect();
            }
            c.iter().rev().fold(0.0, |sum, c| sum * x + c)
        };
        for (is, should) in
            [(value, order), (slope, order + 1), (curvature, order + 2)]
        {
            let should = derivative(should);
            prop_assert!((is - should).abs() <= 1e-9 * (1.0 + should.abs()));
        }
    }

    #[test]
    fn the_error_bound_holds_for_sums_products_and_quotients(
        values in proptest::collection::vec((-1_000..1_000_i64, 1..1_000_i64), 2..12),
        operations in proptest::collection::vec(0..3_u8, 12),
    ) {
        use num_rational::BigRational;
        use num_traits::ToPrimitive;
        let mut exact = BigRational::from_integer(1.into());
        let mut approx = Approx::integer(1);
        for ((n, d), operation) in values.iter().zip(operations) {
            let e = BigRational::fraction(*n, *d).expect("a fraction");
            let a = Approx::fraction(*n, *d).expect("a fraction");
            match operation {
                0 => { exact = exact.add(&e); approx = approx.add(&a); }
                1 => { exact = exact.mul(&e); approx = approx.mul(&a); }
                _ => {
                    let (Ok(e), Ok(a)) = (Number::recip(&exact), approx.recip()) else { return Ok(()) };
                    exact = e;
                    approx = a.add(&Approx::integer(0));
                }
            }
        }
        let value = BigRational::from_float(approx.value).expect("finite");
        let miss = (value - exact).to_f64().expect("finite").abs();
        prop_assert!(miss <= approx.error * 1.01, "{miss} > {}", approx.error);
    }

    #[test]
    fn the_prime_field_is_a_field_with_multiplicative_roots(a: i64, b: i64, c: i64) {
        let [a, b, c] = [a, b, c].map(Prime::integer);
        prop_assert_eq!(a.mul(&b.add(&c)), a.mul(&b).add(&a.mul(&c)));
        prop_assert_eq!(a.add(&a.neg()), Prime::integer(0));
        prop_assert_eq!(
            u128::from(a.mul(&b).residue()),
            u128::from(a.residue()) * u128::from(b.residue()) % u128::from(MODULUS)
        );
        if !a.is_zero() {
            prop_assert_eq!(Number::recip(&a).expect("not 0").mul(&a), Prime::integer(1));
        }
        let (x, y) = (a.mul(&a), b.mul(&b));
        let root = |x: &Prime| x.root(2).expect("a square");
        prop_assert_eq!(root(&x).mul(&root(&x)), x);
        prop_assert_eq!(root(&x.mul(&y)), root(&x).mul(&root(&y)));
    }
}
