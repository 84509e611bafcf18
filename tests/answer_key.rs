//! A hand-in that may not be published, against its answer key.
//!
//! `GRADPROOF_HAND_IN` names the folder that holds `assignment-1.md` and its givens file; where it is
//! not set there is nothing to test. The key was worked out by hand, relation by relation: what
//! is not listed is right. It holds places and verdicts only, nothing of the text.

#![cfg(feature = "document")]

use std::path::PathBuf;

use gradproof::document::checked::Judged;
use gradproof::document::givens::Outside;
use gradproof::document::{check, source};
use gradproof::proof::{Layout, Status};

/// Line, number in the formula, verdicts that are just, and why.
const KEY: [(usize, usize, &[Status], &str); 21] = [
    (19, 0, &[Status::Slip], "the sums were left standing after their deltas"),
    (19, 1, WRONG, "the sums against a product of n×n and 1×n"),
    (20, 0, SLIP, "the vector is a column on the left side"),
    (34, 0, WRONG, "the factors must be transposed"),
    (41, 0, &[Status::Slip], "a component against the gradient"),
    (42, 0, &[Status::Slip], "a component against the gradient"),
    (42, 1, &[Status::Refuted], "the square root was lost"),
    (50, 0, SLIP, "the derivative of the matrix for the operator"),
    (80, 0, &[Status::Slip], "a component against the gradient"),
    (80, 1, SLIP, "a row added to a matrix"),
    (80, 2, WRONG, "the bias went inside the sum"),
    (80, 3, WRONG, "the sum of a constant is not the constant"),
    (94, 0, &[Status::Slip], "the sum runs to the wrong size"),
    (122, 2, &[Status::Refuted], "the cases are swapped"),
    (
        137,
        0,
        &[Status::Refuted, Status::IllFormed],
        "a product stands outside the row sum",
    ),
    (139, 0, &[Status::Skipped], "the summand is given nowhere"),
    (139, 1, &[Status::Skipped], "the summand is given nowhere"),
    (144, 0, WRONG, "the entry's index is bound by the sum"),
    (145, 0, WRONG, "the entry's index is bound by the sum"),
    (254, 0, &[Status::Skipped, Status::Proved], "a case that nothing gives"),
    (256, 0, &[Status::Refuted], "the contribution of the negative half is not 0"),
];

const WRONG: &[Status] = &[Status::Refuted, Status::IllFormed];
const SLIP: &[Status] = &[Status::Slip, Status::IllFormed];

/// Nothing to judge: the name of a function.
const NAMES: [(usize, usize); 1] = [(267, 0)];

fn folder() -> Option<PathBuf> {
    std::env::var_os("GRADPROOF_HAND_IN").map(PathBuf::from)
}

fn relations(givens: bool) -> Option<Vec<Judged>> {
    let folder = folder()?;
    let source =
        source::read(&folder.join("assignment-1.md")).expect("the hand-in reads");
    let outside = match givens {
        true => {
            let file = folder.join("assignment-1.givens.toml");
            let text = std::fs::read_to_string(file).expect("the givens file");
            Outside::parse(&text).expect("a good givens file")
        }
        false => Outside::default(),
    };
    Some(check(source, &outside, Layout::Auto).relations)
}

fn key(
    judged: &Judged,
) -> Option<&'static (usize, usize, &'static [Status], &'static str)> {
    // Several formulas of one line count on from 0 each: the first of a line is meant.
    KEY.iter()
        .find(|(line, index, ..)| (judged.place.line, judged.index) == (*line, *index))
}

#[test]
fn every_verdict_on_the_hand_in_is_the_one_of_its_key() {
    let Some(relations) = relations(true) else { return };
    let mut complaints = Vec::new();
    for judged in &relations {
        let status = judged.verdict.status;
        let name = NAMES.contains(&(judged.place.line, judged.index))
            && judged.lhs.starts_with("\\text");
        let just = match key(judged) {
            Some((_, _, verdicts, _)) => verdicts.contains(&status),
            None => status == Status::Proved || name && status == Status::Skipped,
        };
        if !just {
            complaints.push(format!(
                "line {}, relation {}: {}",
                judged.place.line,
                judged.index,
                status.word()
            ));
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    assert_eq!(relations.len(), 100);
}

#[test]
fn without_its_givens_nothing_right_is_condemned_and_nothing_wrong_proved() {
    let Some(relations) = relations(false) else { return };
    for judged in &relations {
        let place = format!("line {}, relation {}", judged.place.line, judged.index);
        match key(judged) {
            None => {
                assert!(!judged.is_wrong(), "{place}: {}", judged.verdict.status.word())
            }
            Some((_, _, verdicts, why)) => assert!(
                !judged.is_right() || verdicts.contains(&judged.verdict.status),
                "{place} is proved, yet {why}"
            ),
        }
    }
}
