//! Judges what was read: every relation by itself, then what follows from what, then derivations.
//!
//! **Invariant:** one fault does not cascade. A relation is judged as it is written, in the light
//! of the givens and of nothing that another relation claims.

use std::borrow::Cow;

use rayon::prelude::*;

use super::checked::{Checked, Judged};
use super::consequence::follows_from;
use super::derivations::derivations;
use super::givens::Outside;
use super::manner::in_the_writers_manner;
use super::memory::{Court, Memory};
use super::reader::{Claim, read};
use super::readings::{
    REACHING, in_denominator_layout, lacking_brackets, over_the_sum, undecided_reach,
    unsaid_distribution, with_dot_products, with_reaching_operators,
};
use super::solution::at_the_solution;
use super::source::{Place, Source};
use crate::language::ast::{Expr, Kind, Span};
use crate::proof::{Claim as Relation, Layout, Options, Status, Verdict};

/// Checks a document: reads it, judges every relation, and finds the first wrong step and the
/// answer of each derivation.
///
/// Relations are judged in parallel; the answer does not depend on how.
pub fn check(source: Source, outside: &Outside, layout: Layout) -> Checked {
    judge(
        source,
        outside,
        Court { layout, memory: None, writes_sums: false, naming: true },
    )
}

/// As [`check`], remembering verdicts: documents that answer the same questions hold many of the same
/// relations. The answer does not depend on what is remembered.
pub fn check_remembering(
    source: Source,
    outside: &Outside,
    layout: Layout,
    memory: &Memory,
) -> Checked {
    judge(
        source,
        outside,
        Court { layout, memory: Some(memory), writes_sums: false, naming: true },
    )
}

fn judge(source: Source, outside: &Outside, court: Court<'_>) -> Checked {
    let reading = read(&source, outside);
    let writes_sums = reading
        .claims
        .iter()
        .any(|claim| writes_sum(&claim.lhs) || writes_sum(&claim.rhs));
    let court = Court { writes_sums, ..court };
    let mut verdicts: Vec<Verdict> =
        reading.claims.par_iter().map(|claim| verdict(claim, court)).collect();
    for (at, verdict) in verdicts.iter_mut().enumerate() {
        if let Some(hint) = verdict.hint.take_if(|_| verdict.status != Status::Slip) {
            verdict.hint = in_the_writers_manner(&hint, &reading.claims, at);
        }
    }
    let follows: Vec<Option<usize>> = (0..reading.claims.len())
        .into_par_iter()
        .map(|at| follows_from(&reading.claims, &verdicts, at, court))
        .collect();
    let derivations = derivations(&reading.claims, &verdicts, court);
    let relations = reading
        .claims
        .iter()
        .zip(verdicts)
        .zip(follows)
        .map(|((claim, verdict), follows_from)| {
            judged(&source, claim, verdict, follows_from)
        })
        .collect();
    Checked {
        source,
        relations,
        skipped: reading.skipped,
        givens: reading.givens,
        derivations,
    }
}

fn writes_sum(side: &Expr) -> bool {
    side.nodes().iter().any(|node| matches!(node.kind, Kind::Sum(..)))
}

pub(super) fn options(claim: &Claim, court: Court<'_>) -> Options {
    Options {
        layout: court.layout,
        einstein: claim.einstein,
        writes_sums: court.writes_sums,
        // What rests on an inferred shape is excused by the name of the mistake.
        diagnose: court.naming || claim.inferred.is_some(),
        change_of_view: claim.view,
    }
}

/// A claim as it was read for a verdict.
struct Read<'c, 'm> {
    claim: Cow<'c, Claim>,
    court: Court<'m>,
    said: Option<&'static str>,
}

impl Read<'_, '_> {
    /// The verdict, with the mistake named.
    fn named(&self) -> Verdict {
        let court = Court { naming: true, ..self.court };
        said(verdict_as_read(&self.claim, court), self.said)
    }
}

fn said(mut verdict: Verdict, reading: Option<&str>) -> Verdict {
    if let Some(reading) = reading {
        verdict.reading = Some(match verdict.reading {
            Some(other) => format!("{reading}; {other}"),
            None => reading.to_owned(),
        });
    }
    verdict
}

/// The verdict in the plainest reading that makes the claim right, else in the plainest of all; only
/// then is a mistake named, which takes far more work than to find that there is one.
pub(super) fn verdict(claim: &Claim, court: Court<'_>) -> Verdict {
    let (verdict, read) = unnamed(claim, Court { naming: false, ..court });
    match verdict.status {
        Status::Refuted | Status::IllFormed if court.naming => read.named(),
        _ => said(verdict, read.said),
    }
}

/// What is said of a claim that is right in another layout than the text announces.
fn other_layout() -> Verdict {
    Verdict::new(
        Status::Skipped,
        "not judged: right in the denominator layout only, and the text announces the numerator \
         layout: the answer should be transposed, or the layout named",
    )
}

fn unnamed<'c, 'm>(claim: &'c Claim, court: Court<'m>) -> (Verdict, Read<'c, 'm>) {
    let plain = verdict_as_read(claim, court);
    let as_written = Read { claim: Cow::Borrowed(claim), court, said: None };
    if is_right(&plain) {
        if claim.numerator && court.layout == Layout::Auto {
            let court = Court { layout: Layout::Numerator, ..court };
            if is_wrong(&verdict_as_read(claim, court)) {
                return (other_layout(), as_written);
            }
        }
        let contrary = with_reaching_operators(claim)
            .is_some_and(|c| verdict_as_read(&c, court).status == Status::Refuted);
        return (if contrary { undecided_reach() } else { plain }, as_written);
    }
    if claim.obstacle.is_some() {
        return (plain, as_written);
    }
    if let Some(solved) = at_the_solution(claim, &options(claim, court)) {
        return (solved, as_written);
    }
    if claim.numerator && court.layout == Layout::Auto {
        let court = Court { layout: Layout::Numerator, ..court };
        let other = verdict_as_read(claim, court);
        if is_right(&other) {
            let said = Some("numerator layout, as the text announces");
            return (other, Read { court, said, ..as_written });
        }
    }
    if let Some(reaching) = with_reaching_operators(claim) {
        let other = verdict_as_read(&reaching, court);
        if is_right(&other) || is_wrong(&other) && is_wrong(&plain) {
            let claim = Cow::Owned(reaching);
            return (other, Read { claim, court, said: Some(REACHING) });
        }
    }
    if plain.status == Status::IllFormed
        && let Some(dotted) = with_dot_products(claim)
    {
        let other = verdict_as_read(&dotted, court);
        if is_right(&other) || other.status == Status::Refuted {
            let said = Some("a · b of two columns is their inner product");
            return (other, Read { claim: Cow::Owned(dotted), court, said });
        }
    }
    if is_wrong(&plain)
        && let Some(lhs) = over_the_sum(&claim.lhs)
        && is_right(&verdict_as_read(&Claim { lhs, ..claim.clone() }, court))
    {
        return (lacking_brackets(), as_written);
    }
    (plain, as_written)
}

fn verdict_as_read(claim: &Claim, court: Court<'_>) -> Verdict {
    if let Some(obstacle) = &claim.obstacle {
        return Verdict::new(Status::Skipped, obstacle.clone());
    }
    let options = options(claim, court);
    let latex = claim.formula.latex();
    let relation = Relation {
        givens: &claim.givens,
        source: &latex,
        lhs: &claim.lhs,
        rhs: &claim.rhs,
        condition: claim.condition.as_ref(),
    };
    let mut verdict = court.decide(&relation, &options);
    verdict.hint = verdict.hint.filter(|hint| !hint.is_empty());
    if is_right(&verdict) || verdict.status == Status::Skipped {
        return verdict;
    }
    if claim.denominator
        && let Some(other) = in_denominator_layout(claim, &options, court)
    {
        return other;
    }
    if verdict.status == Status::Refuted
        && let Some(name) = unsaid_distribution(claim, &options, court)
    {
        let message = format!(
            "not judged: it holds where the entries of {name} sum to 1, and the text does not \
             say so"
        );
        return Verdict::new(Status::Skipped, message);
    }
    if verdict.status == Status::IllFormed
        && (verdict.message.starts_with("in the definition of")
            || verdict.message.contains(" and defined as "))
    {
        let message = format!("not judged: {}", verdict.message);
        return Verdict::new(Status::Skipped, message);
    }
    if let Some(reason) = &claim.equation {
        let message = format!(
            "not judged: {reason} (as an identity it is {})",
            verdict.status.word()
        );
        return Verdict::new(Status::Skipped, message);
    }
    if !claim.borrowed.is_empty() {
        // What the text does not give here cannot condemn it.
        let message = format!(
            "not judged: nothing gives {} in this section (with {} it is {})",
            names_borrowed(claim),
            claim.borrowed.join(", "),
            verdict.status.word()
        );
        return Verdict::new(Status::Skipped, message);
    }
    let transposed =
        verdict.diagnosis.as_deref().is_some_and(|found| found.contains("transposed"));
    if let Some(name) = &claim.inferred
        && transposed
    {
        let message = format!(
            "not judged: only its use shows the shape of {name}, and it may be symmetric: say what \
             {name} is"
        );
        return Verdict::new(Status::Skipped, message);
    }
    if claim.soft && verdict.status == Status::IllFormed {
        let message = format!(
            "not judged: {}; yet the shapes are only implied here: state them",
            verdict.message
        );
        return Verdict::new(Status::Skipped, message);
    }
    verdict
}

fn names_borrowed(claim: &Claim) -> String {
    let names: Vec<&str> =
        claim.borrowed.iter().filter_map(|text| text.split(" as line").next()).collect();
    names.join(", ")
}

fn judged(
    source: &Source,
    claim: &Claim,
    verdict: Verdict,
    follows_from: Option<usize>,
) -> Judged {
    let text = |span: Span| {
        let origin = claim.formula.origin(span);
        source.slice(origin).trim().to_owned()
    };
    let fault = verdict
        .place
        .filter(|place| {
            place.start < place.end && place.end <= claim.formula.text().len()
        })
        .map(|place| claim.formula.origin(place));
    let mut remarks = claim.remarks.clone();
    remarks.extend(claim.borrowed.iter().map(|text| format!("taken from above: {text}")));
    Judged {
        place: claim.place.clone(),
        row: row(source, claim),
        unread: [&claim.lhs, &claim.rhs].iter().filter(|side| side.has_unread()).count(),
        index: claim.index,
        section: claim.section.to_vec(),
        lhs: text(claim.lhs.span),
        sign: if claim.view { "⇒" } else { "=" },
        rhs: text(claim.rhs.span),
        rhs_span: claim.formula.origin(claim.rhs.span),
        fault,
        verdict,
        follows_from,
        remarks,
    }
}

/// The place of a relation: its formula's, or where its right side begins when that stands in a later
/// line.
fn row(source: &Source, claim: &Claim) -> Place {
    let place = source.place(claim.formula.origin(claim.rhs.span).start);
    match place.line == claim.place.line && place.file == claim.place.file {
        true => claim.place.clone(),
        false => place,
    }
}

pub(super) fn is_wrong(verdict: &Verdict) -> bool {
    matches!(verdict.status, Status::Refuted | Status::IllFormed | Status::Slip)
}

pub(super) fn is_right(verdict: &Verdict) -> bool {
    matches!(verdict.status, Status::Proved | Status::Agrees)
}
