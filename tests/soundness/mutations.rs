//! Random identities are never refuted; random mutations of them that differ are never proved.
//!
//! `GRADPROOF_MUTATIONS=100000` runs as many instead of the usual few thousand.

use gradproof::numeric::{Comparison, compare};
use gradproof::proof::{Layout, Status};
use gradproof::shape::Givens;

use crate::expression::{GIVENS, Shape, mutated, random, rewritten};
use crate::support::{Dice, algebra_proves, elaborated, givens, judge};

const SHAPES: [Shape; 3] = [Shape::Scalar, Shape::Vector, Shape::Square];

pub(crate) fn rounds(usual: usize) -> usize {
    std::env::var("GRADPROOF_MUTATIONS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(usual)
}

/// Proof and comparison of a claim, which must not contradict each other.
fn consistent(givens: &Givens, claim: &str) -> (bool, bool) {
    let Some(relation) = elaborated(givens, claim) else { return (false, false) };
    let proved = algebra_proves(&relation);
    let compared = compare(&relation.table, &relation.lhs, &relation.rhs, &relation.free);
    let differs = matches!(compared, Comparison::Differs(_));
    assert!(!(proved && differs), "proved, and different at a point: {claim}");
    (proved, differs)
}

#[test]
fn rewritten_expressions_are_proved_equal() {
    let givens = givens(GIVENS.iter().copied());
    let (mut proved, mut all) = (0, 0);
    for seed in 0..rounds(600) as u64 {
        let mut dice = Dice(seed);
        let shape = *dice.pick(&SHAPES);
        let tree = random(shape, 3, &mut dice);
        let mut other = tree.clone();
        for _ in 0..3 {
            other = rewritten(&other, shape, &mut dice);
        }
        let claim = format!("{} = {}", tree.text(), other.text());
        let (is_proved, differs) = consistent(&givens, &claim);
        assert!(!differs, "a true identity differs at a point: {claim}");
        all += 1;
        proved += usize::from(is_proved);
    }
    assert!(proved * 100 >= all * 95, "only {proved} of {all} identities proved");
}

#[test]
fn mutated_expressions_are_never_proved_where_they_differ() {
    let givens = givens(GIVENS.iter().copied());
    let (mut different, mut all) = (0, 0);
    for seed in 0..rounds(2_500) as u64 {
        let mut dice = Dice(seed.wrapping_mul(0x1_0001) ^ 0x5eed);
        let shape = *dice.pick(&SHAPES);
        let tree = random(shape, 3, &mut dice);
        let other = mutated(&rewritten(&tree, shape, &mut dice), &mut dice);
        let claim = format!("{} = {}", tree.text(), other.text());
        let (_, differs) = consistent(&givens, &claim);
        all += 1;
        different += usize::from(differs);
    }
    assert!(
        different * 4 >= all,
        "only {different} of {all} mutations differ: a test of nothing"
    );
}

#[test]
fn derivatives_of_random_expressions_agree_with_the_evaluator() {
    // The evaluator differentiates by dual numbers; comparing a derivative with 0 (or with itself
    // plus another) makes both routes answer.
    let givens = givens(GIVENS.iter().copied());
    let mut proved = 0;
    for seed in 0..rounds(300) as u64 {
        let mut dice = Dice(seed ^ 0xd1ff);
        let (s, t) =
            (random(Shape::Scalar, 3, &mut dice), random(Shape::Scalar, 2, &mut dice));
        let by = *dice.pick(&["x", "A", "a", "z", "p"]);
        let (s, t) = (s.text(), t.text());
        let product =
            format!("d({s} * {t})/d({by}) = {t} * d({s})/d({by}) + {s} * d({t})/d({by})");
        let (is_proved, differs) = consistent(&givens, &product);
        assert!(!differs, "the product rule fails: {product}");
        proved += usize::from(is_proved);
        consistent(&givens, &format!("d({s})/d({by}) = d({t})/d({by})"));
    }
    assert!(proved > 150, "only {proved} product rules proved");
}

#[test]
fn renaming_and_transposing_never_change_a_verdict() {
    let plain = givens(GIVENS.iter().copied());
    // The same names, given in the opposite order: other handles, other orders of factors.
    let turned = givens(GIVENS.iter().rev().copied());
    for seed in 0..rounds(200) as u64 {
        let mut dice = Dice(seed ^ 0x7a57e);
        let tree = random(Shape::Square, 3, &mut dice);
        let other = match dice.roll(2) {
            0 => rewritten(&tree, Shape::Square, &mut dice),
            _ => mutated(&tree, &mut dice),
        };
        let (l, r) = (tree.text(), other.text());
        let status = |givens: &Givens, claim: &str| {
            judge(givens, claim, Layout::Auto).map(|v| v.status)
        };
        let first = status(&plain, &format!("{l} = {r}"));
        let claims = [
            (&plain, format!("{r} = {l}")),
            (&plain, format!("({l})' = ({r})'")),
            (&turned, format!("{l} = {r}")),
            (&plain, format!("({l})[i,j] = ({r})[i,j]")),
        ];
        for (givens, claim) in claims {
            let again = status(givens, &claim);
            assert_eq!(
                first == Some(Status::Proved),
                again == Some(Status::Proved),
                "{claim}"
            );
            assert_eq!(
                first == Some(Status::Refuted),
                again == Some(Status::Refuted),
                "{claim}"
            );
        }
    }
}
