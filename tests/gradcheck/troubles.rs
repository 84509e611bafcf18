//! What makes a check meaningless is called by its name, never passed or failed by luck.

use std::cell::Cell;

use gradproof::gradcheck::{Check, Reason, Report, Verdict};
use nalgebra::{DMatrix, RowDVector};

fn inconclusive(report: &Report, is: impl Fn(&Reason) -> bool) {
    assert_eq!(report.verdict, Verdict::Inconclusive, "{report}");
    assert!(report.reasons.iter().any(is), "{report}");
}

#[test]
fn a_kink_is_a_kink_whatever_slope_is_claimed() {
    let relu = |x: &Vec<f64>| x.iter().map(|x| x.max(0.0)).sum::<f64>();
    let x = vec![1.0, 0.0, -2.0];
    for claim in [0.0, 0.5, 1.0] {
        let report = Check::new().gradient(relu, &x, &vec![1.0, claim, 0.0]);
        inconclusive(&report, |r| *r == Reason::Kinks);
        assert_eq!(report.kinks[0].place.row, 1);
        assert!(
            (report.kinks[0].left).abs() < 1e-6
                && (report.kinks[0].right - 1.0).abs() < 1e-6
        );
        let accepted =
            Check::new().accept_subgradients().gradient(relu, &x, &vec![1.0, claim, 0.0]);
        assert!(accepted.passed(), "{accepted}");
    }
    let outside =
        Check::new().accept_subgradients().gradient(relu, &x, &vec![1.0, 2.0, 0.0]);
    assert_eq!(outside.verdict, Verdict::Fail, "{outside}");
}

#[test]
fn kinks_among_many_entries_are_found_and_the_rest_is_checked() {
    let x = DMatrix::from_fn(20, 10, |i, j| {
        if (i, j) == (3, 4) || (i, j) == (11, 0) {
            0.0
        } else {
            ((i * 7 + j * 13) % 11) as f64 - 5.3
        }
    });
    let f = |x: &DMatrix<f64>| x.iter().map(|x| x.abs() * 1.5).sum::<f64>();
    let g = x.map(|x| if x > 0.0 { 1.5 } else { -1.5 });
    let report = Check::new().accept_subgradients().gradient(f, &x, &g);
    assert!(report.passed(), "{report}");
    assert_eq!(report.kinks.len(), 2, "{report}");
    let mut wrong = g.clone();
    wrong[(8, 8)] = 1.4;
    let report = Check::new().accept_subgradients().gradient(f, &x, &wrong);
    assert_eq!(report.verdict, Verdict::Fail, "{report}");
}

#[test]
fn a_tie_of_the_maximum_is_a_kink() {
    let largest = |x: &Vec<f64>| x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let report =
        Check::new().gradient(largest, &vec![2.0, 1.0, 2.0], &vec![1.0, 0.0, 0.0]);
    inconclusive(&report, |r| *r == Reason::Kinks);
    assert_eq!(report.kinks.len(), 2);
    let report = Check::new().allow_zero().gradient(
        largest,
        &vec![2.0, 1.0, 2.5],
        &vec![0.0, 0.0, 1.0],
    );
    assert!(report.passed(), "{report}");
}

#[test]
fn numbers_that_are_none_are_reported_with_their_place() {
    let ln = |x: &Vec<f64>| x.iter().map(|x| x.ln()).collect::<Vec<_>>();
    let back =
        |x: &Vec<f64>, dy: &Vec<f64>| x.iter().zip(dy).map(|(x, dy)| dy / x).collect();
    let report = Check::new().vjp(ln, &vec![1.0, -1.0], back);
    inconclusive(
        &report,
        |r| matches!(r, Reason::FunctionNotFinite { place, .. } if place.row == 1),
    );
    let report = Check::new().gradient(|x: &Vec<f64>| x[0], &vec![0.0], &vec![f64::NAN]);
    assert_eq!(report.verdict, Verdict::Fail);
    assert!(matches!(report.reasons[0], Reason::DerivativeNotFinite { .. }));
    // Near the border of its domain the logarithm is checked nevertheless.
    let report = Check::new().vjp(ln, &vec![1e-9, 3.0], back);
    assert!(report.passed(), "{report}");
}

#[test]
fn at_a_border_differences_are_one_sided() {
    let f = |x: &Vec<f64>| x[0].powf(1.5) + x[0];
    let report = Check::new().every_entry().gradient(f, &vec![0.0], &vec![1.0]);
    assert_ne!(report.verdict, Verdict::Fail, "{report}");
    let g = |x: &Vec<f64>| if x[0] < 0.0 { f64::NAN } else { x[0].exp() };
    let report = Check::new().gradient(g, &vec![0.0], &vec![1.0]);
    assert!(report.passed(), "{report}");
    let report = Check::new().gradient(g, &vec![0.0], &vec![1.0001]);
    assert_eq!(report.verdict, Verdict::Fail, "{report}");
    let report = Check::new().bounds(0.0, 1.0).gradient(
        |x: &Vec<f64>| x[0].exp() * x[1],
        &vec![0.0, 1.0],
        &vec![1.0, 1.0],
    );
    assert!(report.passed(), "{report}");
}

#[test]
fn randomness_and_mutation_are_reported() {
    let count = Cell::new(0.0);
    let noisy = |x: &Vec<f64>| {
        count.set(count.get() + 1.0);
        x[0] + 1e-9 * count.get()
    };
    let report = Check::new().gradient(noisy, &vec![1.0], &vec![1.0]);
    inconclusive(&report, |r| matches!(r, Reason::NotDeterministic { .. }));

    let total = Cell::new(0.0);
    let accumulating = |x: &Vec<f64>, dy: &Vec<f64>| {
        total.set(total.get() + 2.0 * x[0] * dy[0]);
        vec![total.get()]
    };
    let report =
        Check::new().vjp(|x: &Vec<f64>| vec![x[0] * x[0]], &vec![3.0], accumulating);
    assert_eq!(report.verdict, Verdict::Fail);
    assert_eq!(report.reasons, [Reason::Accumulates]);

    let report = Check::new().vjp_into(
        |x: &Vec<f64>| vec![x[0] * x[0]],
        &vec![3.0],
        |x: &Vec<f64>, dy: &Vec<f64>, dx: &mut Vec<f64>| dx[0] += 2.0 * x[0] * dy[0],
    );
    assert_eq!(report.reasons, [Reason::Accumulates]);
    let report = Check::new().vjp_into(
        |x: &Vec<f64>| vec![x[0] * x[0]],
        &vec![3.0],
        |x: &Vec<f64>, dy: &Vec<f64>, dx: &mut Vec<f64>| dx[0] = 2.0 * x[0] * dy[0],
    );
    assert!(report.passed(), "{report}");
}

#[test]
fn both_sides_zero_is_not_a_pass() {
    let constant = |x: &Vec<f64>| x[0] * x[0];
    let report = Check::new().gradient(constant, &vec![1.0, 2.0], &vec![2.0, 0.0]);
    assert!(report.passed(), "one entry of several may be zero: {report}");
    type Two = (DMatrix<f64>, RowDVector<f64>);
    let at: Two = (DMatrix::from_element(2, 2, 0.7), RowDVector::from_element(3, 0.1));
    let f = |(a, _): &Two| a.sum();
    let report = Check::new().gradient(
        f,
        &at,
        &(DMatrix::from_element(2, 2, 1.0), RowDVector::zeros(3)),
    );
    inconclusive(
        &report,
        |r| matches!(r, Reason::Unobservable { input } if input == "x.1"),
    );
}

#[test]
fn a_gradient_of_the_wrong_shape_says_so() {
    let at = DMatrix::from_element(1, 3, 0.4);
    let report = Check::new().gradient(
        |x: &DMatrix<f64>| x.sum(),
        &at,
        &DMatrix::from_element(5, 3, 1.0),
    );
    assert_eq!(report.verdict, Verdict::Fail);
    assert!(
        report.to_string().contains("the sum over the 5 rows of the batch is missing")
    );
}

#[test]
fn functions_that_defeat_fixed_steps_are_no_trouble() {
    // Large and small magnitudes, fast oscillation, a shallow slope on a high plateau.
    let x: Vec<f64> = vec![1e6, 1e-6, 0.3];
    let f =
        |x: &Vec<f64>| (x[0] * 1e-6).sin() * (x[1] * 1e6).cos() + (200.0 * x[2]).sin();
    let g = vec![
        1e-6 * (x[0] * 1e-6).cos() * (x[1] * 1e6).cos(),
        -1e6 * (x[0] * 1e-6).sin() * (x[1] * 1e6).sin(),
        200.0 * (200.0 * x[2]).cos(),
    ];
    let report = Check::new().gradient(f, &x, &g);
    assert!(report.passed(), "{report}");
    let plateau = |x: &Vec<f64>| 1e8 + x[0] * x[0];
    let report = Check::new().gradient(plateau, &vec![1.5], &vec![3.0]);
    assert!(report.passed(), "{report}");
    let report = Check::new().gradient(plateau, &vec![1.5], &vec![3.001]);
    assert_eq!(report.verdict, Verdict::Fail, "{report}");
}

#[test]
fn the_same_seed_gives_the_same_report() {
    let at = DMatrix::from_fn(9, 9, |i, j| (i as f64 - 1.3 * j as f64).sin());
    let f = |x: &DMatrix<f64>| x.map(f64::exp);
    let back = |x: &DMatrix<f64>, dy: &DMatrix<f64>| dy.component_mul(&x.map(f64::exp));
    let run = |seed| Check::new().seed(seed).vjp(f, &at, back).to_string();
    assert_eq!(run(3), run(3));
}
