//! What a mistake drags along: a step that is wrong only because an earlier one is wrong costs
//! nothing. One mistake costs once.
//!
//! A step is excused in three ways. Its left side is a copy of a faulty side, and what it arrives at is
//! right when reckoned from the last sound side before. Or its right side equals an earlier wrong one.
//! Or it holds the same fault of notation as an earlier step about the same quantity.
//!
//! **Invariant:** excuses depend on equality alone, so that correcting the first of several steps that
//! hold one mistake moves its cost to the next, and never adds to it.

use super::answer::{self, flat, letters, object, plain, read};
use super::derivation::Line;
use super::recheck::Recheck;
use super::score::credit::StepState;
use crate::document::checked::Judged;
use crate::proof::{Status, Verdict};

/// How far back a copy is looked for: a derivation is some lines long.
const BACK: usize = 12;

/// What a step counts.
pub(super) struct Standing {
    /// What it is worth.
    pub(super) state: StepState,
    /// The line of the mistake that it follows from.
    pub(super) follows: Option<usize>,
    /// What is wrong with it, where that is not what its own verdict says.
    pub(super) verdict: Option<Verdict>,
    /// Whether it counts: a wrong step written twice is one step.
    pub(super) counts: bool,
}

impl Standing {
    fn of(state: StepState) -> Self {
        Standing { state, follows: None, verdict: None, counts: true }
    }
}

/// Whether a relation was found wrong, or in need of repair.
pub(super) fn is_faulty(judged: &Judged) -> bool {
    let verdict = &judged.verdict;
    let faulty =
        matches!(verdict.status, Status::Refuted | Status::IllFormed | Status::Slip);
    faulty && !answer::is_unread(verdict)
}

/// What each step counts; `own` is what each is worth by itself.
pub(super) fn standings(
    steps: &[Line<'_>],
    own: &[StepState],
    recheck: Recheck<'_>,
    einstein: bool,
) -> Vec<Standing> {
    let mut found: Vec<Standing> = Vec::new();
    for (k, (line, &state)) in steps.iter().zip(own).enumerate() {
        let faulty = matches!(state, StepState::Wrong | StepState::Slip)
            && is_faulty(line.judged());
        let standing = match faulty {
            true => excused(steps, own, k, recheck, einstein),
            false => None,
        };
        found.push(standing.unwrap_or_else(|| Standing::of(state)));
    }
    found
}

fn excused(
    steps: &[Line<'_>],
    own: &[StepState],
    k: usize,
    recheck: Recheck<'_>,
    einstein: bool,
) -> Option<Standing> {
    let line = &steps[k];
    if let Some(standing) = from_the_last_sound_side(line, own[k], recheck, einstein) {
        return Some(standing);
    }
    let judged = line.judged();
    if let Some(from) = judged.follows_from
        && let Some(earlier) = line.checked.relations.get(from)
        && object(&read(&earlier.lhs, recheck.givens))
            == object(&read(&judged.lhs, recheck.givens))
    {
        return repeats(judged, earlier);
    }
    let before = &steps[k.saturating_sub(BACK)..k];
    let same = before.iter().rev().find(|earlier| {
        let earlier = earlier.judged();
        same_fault(judged, earlier)
            && object(&read(&earlier.lhs, recheck.givens))
                == object(&read(&judged.lhs, recheck.givens))
    })?;
    repeats(judged, same.judged())
}

/// Whether two relations hold the same fault of notation.
fn same_fault(a: &Judged, b: &Judged) -> bool {
    let (a, b) = (&a.verdict, &b.verdict);
    match (a.status, b.status) {
        (Status::Slip, Status::Slip) => a.diagnosis == b.diagnosis,
        (Status::IllFormed, Status::IllFormed) => {
            a.diagnosis == b.diagnosis && a.message == b.message
        }
        _ => false,
    }
}

/// A step that follows from an earlier fault: right, unless it is the same step once more or says
/// nothing any longer.
fn repeats(judged: &Judged, earlier: &Judged) -> Option<Standing> {
    let line = earlier.place.line;
    let follows = Some(line);
    if plain(&judged.rhs) == plain(&earlier.rhs) && judged.verdict.status != Status::Slip
    {
        let state = StepState::Wrong;
        return Some(Standing { follows, counts: false, ..Standing::of(state) });
    }
    if letters(&judged.rhs).is_empty() {
        return None;
    }
    Some(Standing { follows, ..Standing::of(StepState::Right) })
}

/// Judges a step whose left side was copied from a faulty one by the sides that stand before the
/// fault, the nearest first.
fn from_the_last_sound_side(
    line: &Line<'_>,
    own: StepState,
    recheck: Recheck<'_>,
    einstein: bool,
) -> Option<Standing> {
    let judged = line.judged();
    let relations = &line.checked.relations;
    let first = copied_from(relations, line.at)?;
    let fault = relations[first].place.line;
    // What is wrong with shapes may be wrong only with the copied side's.
    let vague = judged.verdict.status == Status::IllFormed;
    let mut best: Option<Standing> = None;
    let mut base = Some(first);
    for _ in 0..BACK {
        let Some(at) = base else { break };
        base = copied_from(relations, at);
        let found =
            recheck.relation(&flat(&relations[at].lhs), &flat(&judged.rhs), false);
        let Some(found) = found else { continue };
        if answer::is_unread(&found) || answer::holds_names_fixed(&found) {
            continue;
        }
        let sums = found.reading.as_deref().is_some_and(|text| text.contains("Einstein"));
        let state = match found.status {
            Status::Proved | Status::Agrees if sums && !einstein => StepState::Slip,
            Status::Proved | Status::Agrees => StepState::Right,
            Status::Slip => StepState::Slip,
            Status::Refuted => StepState::Wrong,
            Status::IllFormed | Status::Skipped => continue,
        };
        let known = best.as_ref().map_or(own, |standing| standing.state);
        if state > known || (state == known && vague && best.is_none()) {
            let follows = (state == StepState::Right).then_some(fault);
            let verdict = (state != StepState::Right && !sums).then_some(found);
            best = Some(Standing { state, follows, verdict, counts: true });
        }
    }
    best
}

/// The faulty relation above whose right side a relation's left side repeats.
fn copied_from(relations: &[Judged], at: usize) -> Option<usize> {
    let judged = &relations[at];
    let left = plain(&judged.lhs);
    (at.saturating_sub(BACK)..at).rev().find(|&before| {
        let earlier = &relations[before];
        earlier.section == judged.section
            && is_faulty(earlier)
            && plain(&earlier.rhs) == left
            && plain(&earlier.lhs) != left
    })
}
