//! Answers to random questions: they exist, agree with the evaluator, and read back.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use gradproof::language::ast::Spelling;
use gradproof::language::{parse_expr, parse_givens, print};
use gradproof::proof::{DeriveError, DeriveOptions, Notation, derive};
use gradproof::shape::{Givens, Reading, relation};

use super::point;

const GIVEN: &str = "X, Y in R^{n x m}; A in R^{n x n}; S in R^{n x n} symmetric; \
                     B in R^{m x n}; u in R^n; w in R^m; c in R";

fn givens() -> Givens {
    let mut givens = Givens::new();
    for g in parse_givens(GIVEN, &givens).expect("declarations") {
        givens.add(&g).expect("a declaration");
    }
    givens
}

/// An n×m matrix.
fn wide() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![Just("X".to_string()), Just("Y".into()), Just("B'".into())];
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|m| format!("A*({m})")),
            inner.clone().prop_map(|m| format!("S*({m})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(({a}) + ({b}))")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(({a}) .* ({b}))")),
            inner.clone().prop_map(|m| format!("tanh({m})")),
            inner.clone().prop_map(|m| format!("exp({m})")),
            inner.clone().prop_map(|m| format!("(({m}) - u*w')")),
            inner.prop_map(|m| format!("(({m})*B*X)")),
        ]
    })
}

/// A scalar.
fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        wide().prop_map(|m| format!("tr(B*({m}))")),
        wide().prop_map(|m| format!("u'*({m})*w")),
        wide().prop_map(|m| format!("sum({m})")),
        wide().prop_map(|m| format!("norm({m})^2")),
        wide().prop_map(|m| format!("c*tr(({m})'*A*({m}))")),
        wide().prop_map(|m| format!("norm(({m})*w - u)^2")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 150,
        // The prover has gaps (products of exponentials, of tanh under sums): an answer that it
        // cannot prove is not given. That may happen, but seldom.
        max_global_rejects: 12,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(31415),
        ..ProptestConfig::default()
    })]

    /// The answer is in matrix notation, equals the derivative by the evaluator, whose way of
    /// differentiating is another, and its printed form reads back to the same values.
    #[test]
    fn answers_equal_the_evaluators_derivative(f in scalar(), by in "[XAuwc]") {
        let givens = givens();
        let (of, _) = parse_expr(&f, Spelling::Plain, &givens);
        let (by, _) = parse_expr(&by, Spelling::Plain, &givens);
        let derived = derive(&givens, &of, &by, &DeriveOptions::default());
        let derived = match derived {
            Ok(derived) => derived,
            Err(DeriveError::NotFound(why)) => return Err(TestCaseError::reject(why)),
            Err(why) => return Err(TestCaseError::fail(format!("{f}: {why}"))),
        };
        prop_assume!(derived.notation == Notation::Matrix, "in index notation");
        let printed = print::plain(&derived.right);
        let (back, _) = parse_expr(&printed, Spelling::Plain, &givens);
        let both = relation(&givens, &derived.left, &back, None, Reading::default());
        let both = both.map_err(|fault| {
            TestCaseError::fail(format!("{f}: {printed}: {}", fault.message))
        })?;
        let (a, b) = (point::value(&both, &both.lhs), point::value(&both, &both.rhs));
        // Where the evaluator overflows there is nothing to compare.
        let (Some(a), Some(b)) = (a, b) else { return Ok(()) };
        for (a, b) in a.iter().zip(&b) {
            let close = (a - b).abs() <= 1e-8 * (1.0 + a.abs().max(b.abs()))
                || !(a.is_finite() && b.is_finite());
            prop_assert!(close, "{}: {}: {} is not {}", f, printed, a, b);
        }
    }
}
