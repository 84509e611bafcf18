//! Judges what was read: every relation by itself, then what follows from what, then derivations.
//!
//! **Invariant:** one fault does not cascade. A relation is judged as it is written, in the light
//! of the givens and of nothing that another relation claims.

use rayon::prelude::*;

use super::checked::{Checked, Derivation, Judged};
use super::givens::Outside;
use super::memory::{Court, Memory};
use super::reader::{Claim, read};
use super::readings::{
    REACHING, in_denominator_layout, undecided_reach, unsaid_distribution,
    with_dot_products, with_reaching_operators,
};
use super::source::Source;
use crate::language::ast::{Expr, Kind, Span};
use crate::language::parse_claim;
use crate::proof::{Claim as Relation, Layout, Options, Status, Verdict};

/// Checks a document: reads it, judges every relation, and finds the first wrong step and the
/// answer of each derivation.
///
/// Relations are judged in parallel; the answer does not depend on how.
pub fn check(source: Source, outside: &Outside, layout: Layout) -> Checked {
    judge(source, outside, Court { layout, memory: None, writes_sums: false })
}

/// As [`check`], remembering verdicts: documents that answer the same questions hold many of the same
/// relations. The answer does not depend on what is remembered.
pub fn check_remembering(
    source: Source,
    outside: &Outside,
    layout: Layout,
    memory: &Memory,
) -> Checked {
    judge(source, outside, Court { layout, memory: Some(memory), writes_sums: false })
}

fn judge(source: Source, outside: &Outside, court: Court<'_>) -> Checked {
    let reading = read(&source, outside);
    let writes_sums = reading
        .claims
        .iter()
        .any(|claim| writes_sum(&claim.lhs) || writes_sum(&claim.rhs));
    let court = Court { writes_sums, ..court };
    let verdicts: Vec<Verdict> =
        reading.claims.par_iter().map(|claim| verdict(claim, court)).collect();
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

fn options(claim: &Claim, court: Court<'_>) -> Options {
    Options {
        layout: court.layout,
        einstein: claim.einstein,
        writes_sums: court.writes_sums,
        diagnose: true,
        change_of_view: claim.view,
    }
}

/// The verdict in the plainest reading that makes the claim right, else in the plainest of all.
fn verdict(claim: &Claim, court: Court<'_>) -> Verdict {
    let plain = verdict_as_read(claim, court);
    if is_right(&plain) {
        let contrary = with_reaching_operators(claim)
            .is_some_and(|c| verdict_as_read(&c, court).status == Status::Refuted);
        return if contrary { undecided_reach() } else { plain };
    }
    if claim.obstacle.is_some() {
        return plain;
    }
    let said = |mut verdict: Verdict, reading: &str| {
        verdict.reading = Some(match verdict.reading {
            Some(other) => format!("{reading}; {other}"),
            None => reading.to_owned(),
        });
        verdict
    };
    if claim.numerator && court.layout == Layout::Auto {
        let court = Court { layout: Layout::Numerator, ..court };
        let other = verdict_as_read(claim, court);
        if is_right(&other) {
            return said(other, "numerator layout, as the text announces");
        }
    }
    if let Some(other) = with_reaching_operators(claim) {
        let other = verdict_as_read(&other, court);
        if is_right(&other) || is_wrong(&other) && is_wrong(&plain) {
            return said(other, REACHING);
        }
    }
    if plain.status == Status::IllFormed
        && let Some(other) = with_dot_products(claim)
    {
        let other = verdict_as_read(&other, court);
        if is_right(&other) || other.status == Status::Refuted {
            return said(other, "a · b of two columns is their inner product");
        }
    }
    plain
}

fn verdict_as_read(claim: &Claim, court: Court<'_>) -> Verdict {
    if let Some(obstacle) = &claim.obstacle {
        return Verdict::new(Status::Skipped, obstacle.clone());
    }
    let options = options(claim, court);
    let relation = Relation {
        givens: &claim.givens,
        source: claim.formula.text(),
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
        && verdict.message.starts_with("in the definition of")
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

fn is_wrong(verdict: &Verdict) -> bool {
    matches!(verdict.status, Status::Refuted | Status::IllFormed | Status::Slip)
}

pub(super) fn is_right(verdict: &Verdict) -> bool {
    matches!(verdict.status, Status::Proved | Status::Agrees)
}

/// The wrong relation above that a wrong relation follows from: both speak of the same left side,
/// and their right sides are equal.
fn follows_from(
    claims: &[Claim],
    verdicts: &[Verdict],
    at: usize,
    court: Court<'_>,
) -> Option<usize> {
    /// How far back one looks: a derivation is a few lines long.
    const BACK: usize = 12;
    let claim = &claims[at];
    if !is_wrong(&verdicts[at]) {
        return None;
    }
    (at.saturating_sub(BACK)..at).rev().find(|&before| {
        let earlier = &claims[before];
        verdicts[before].status == Status::Refuted
            && earlier.section == claim.section
            && object(&earlier.lhs) == object(&claim.lhs)
            && same(claim, &earlier.rhs, earlier, &claim.rhs, court)
    })
}

/// Whether `left` (a side of the claim `from`) and `right` (a side of `claim`) are equal.
fn same(
    claim: &Claim,
    left: &Expr,
    from: &Claim,
    right: &Expr,
    court: Court<'_>,
) -> bool {
    equal(claim, (left, from), (right, claim), court)
        .is_some_and(|verdict| is_right(&verdict))
}

/// Judges a new relation between two sides that stand in the document; spans must refer to one
/// text, so the sides' texts are joined and read again.
fn equal(
    claim: &Claim,
    (left, from): (&Expr, &Claim),
    (right, of): (&Expr, &Claim),
    court: Court<'_>,
) -> Option<Verdict> {
    let slice = |claim: &Claim, span: Span| {
        claim.formula.text().get(span.start..span.end).unwrap_or_default().to_owned()
    };
    // A line break inside a side would begin a new row.
    // Rows of an environment within the side, such as `cases`, carry meaning and stay.
    let plain = |text: String| match text.contains("\\begin") {
        true => text,
        false => text.replace("\\\\", " ").replace('&', " "),
    };
    let left = plain(slice(from, left.span));
    let right = plain(slice(of, right.span));
    let text = format!("\\quad {left} = {right}");
    let (mut chain, _) = parse_claim(&text, &claim.givens);
    if chain.sides.len() != 2 {
        return None;
    }
    let (right, left) = (chain.sides.pop().flatten()?, chain.sides.pop().flatten()?);
    if left.has_unread() || right.has_unread() {
        return None;
    }
    let options = Options { diagnose: false, ..options(claim, court) };
    let relation = Relation {
        givens: &claim.givens,
        source: &text,
        lhs: &left,
        rhs: &right,
        condition: claim.condition.as_ref(),
    };
    Some(court.decide(&relation, &options))
}

/// What a side is about: without brackets and indices, so that `[∂L/∂W]_{ij}`, `∂L/∂W_{ij}` and
/// `∂L/∂W` are one.
fn object(expr: &Expr) -> Expr {
    let expr = expr.without_groups();
    match &expr.kind {
        Kind::Entry(base, _) => object(base),
        Kind::Derivative { form, of, by } => {
            let of = of.as_ref().map(|of| Box::new(of.without_groups().clone()));
            let by = by.iter().map(object).collect();
            Expr { kind: Kind::Derivative { form: *form, of, by }, span: expr.span }
        }
        _ => expr.clone(),
    }
}

/// Groups the relations of each section into derivations.
///
/// A derivation is about one derivative; it reaches from the first relation whose left side is that
/// derivative to the last, and takes in what stands between, and what leads to it from before.
fn derivations(
    claims: &[Claim],
    verdicts: &[Verdict],
    court: Court<'_>,
) -> Vec<Derivation> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < claims.len() {
        let section = &claims[start].section;
        let end = claims[start..]
            .iter()
            .position(|claim| claim.section != *section)
            .map_or(claims.len(), |offset| start + offset);
        for (from, to) in blocks(&claims[start..end]) {
            found.extend(derivation(claims, verdicts, (start + from, start + to), court));
        }
        start = end;
    }
    found
}

/// The blocks of a section's claims, as half-open ranges that cover it.
fn blocks(claims: &[Claim]) -> Vec<(usize, usize)> {
    // The first and last claim about each derivative, in the order of the first.
    let mut reaches: Vec<(Expr, usize, usize)> = Vec::new();
    for (at, claim) in claims.iter().enumerate() {
        let object = object(&claim.lhs);
        if !matches!(object.kind, Kind::Derivative { of: Some(_), .. }) {
            continue;
        }
        match reaches.iter_mut().find(|(known, ..)| *known == object) {
            Some((_, _, last)) => *last = at,
            None => reaches.push((object, at, at)),
        }
    }
    // A derivative that is only used on the way to another one lies inside its reach.
    let mut ends: Vec<usize> = Vec::new();
    let mut reach = 0;
    for (_, first, last) in &reaches {
        if !ends.is_empty() && *first <= reach {
            reach = reach.max(*last);
            if let Some(end) = ends.last_mut() {
                *end = reach + 1;
            }
        } else {
            reach = *last;
            ends.push(last + 1);
        }
    }
    // What stands before a derivative leads to it; what stands behind the last one belongs to it.
    match ends.last_mut() {
        Some(last) => *last = claims.len(),
        None => ends.push(claims.len()),
    }
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(ends.iter().copied()).filter(|(from, to)| from < to).collect()
}

fn derivation(
    claims: &[Claim],
    verdicts: &[Verdict],
    (from, to): (usize, usize),
    court: Court<'_>,
) -> Option<Derivation> {
    let relations: Vec<usize> = (from..to).collect();
    let answer = *relations.last()?;
    // The left side of the chain that the answer ends.
    let mut head = answer;
    while head > from && claims[head - 1].rhs == claims[head].lhs {
        head -= 1;
    }
    let answer_right =
        if head == answer || (head..=answer).all(|at| is_right(&verdicts[at])) {
            match verdicts[answer].status {
                Status::Proved | Status::Agrees => Some(true),
                Status::Slip | Status::Refuted | Status::IllFormed => Some(false),
                Status::Skipped => None,
            }
        } else {
            let verdict = equal(
                &claims[answer],
                (&claims[head].lhs, &claims[head]),
                (&claims[answer].rhs, &claims[answer]),
                court,
            );
            // What could not be judged step by step for want of a given is not condemned as a whole
            // for the same want.
            let faulty = (head..=answer).any(|at| is_wrong(&verdicts[at]));
            verdict.and_then(|verdict| match verdict.status {
                _ if is_right(&verdict) => Some(true),
                Status::Refuted => Some(false),
                Status::Slip | Status::IllFormed if faulty => Some(false),
                _ => None,
            })
        };
    let wrong = relations.iter().copied().find(|&at| is_wrong(&verdicts[at]));
    let span = claims[head].lhs.span;
    let subject =
        claims[head].formula.text().get(span.start..span.end).unwrap_or_default();
    let corrected = match answer_right {
        Some(false) => (head..=answer).rev().find_map(|at| verdicts[at].hint.clone()),
        _ => None,
    };
    Some(Derivation {
        section: claims[answer].section.to_vec(),
        subject: subject.trim().to_owned(),
        relations,
        first_wrong: wrong,
        answer,
        answer_right,
        corrected,
    })
}
