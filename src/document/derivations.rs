//! Groups relations into derivations, and says of each whether its answer is right.
//!
//! A chain `S = a_1 = … = a_k` is about S, and its answer is a_k. Chains of a section about the same
//! derivative (or differential, or expectation) are one derivation; so are the chains that lead to
//! it: those whose sides it uses. Every other chain is an answer of its own.
//!
//! **Invariant:** every relation belongs to exactly one derivation. An answer is judged as `S = a_k`,
//! whatever the links between them are.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::checked::Derivation;
use super::consequence::{object, written};
use super::formula::Formula;
use super::judge::{is_right, is_wrong, verdict};
use super::manner::in_the_writers_manner;
use super::memory::Court;
use super::reader::Claim;
use crate::language::ast::{Expr, Kind};
use crate::language::print::plain;
use crate::proof::{Status, Verdict};

/// How many chains further on one looks for the use of a chain.
const AHEAD: usize = 12;

/// The derivations of a document, in the order of their first relations.
pub(super) fn derivations(
    claims: &[Claim],
    verdicts: &[Verdict],
    court: Court<'_>,
) -> Vec<Derivation> {
    let chains = chains(claims);
    groups(claims, &chains)
        .into_iter()
        .filter_map(|group| {
            let chains: Vec<&Range<usize>> =
                group.chains.iter().map(|&at| &chains[at]).collect();
            derivation(claims, verdicts, &chains, &chains[group.answer].clone(), court)
        })
        .collect()
}

/// The chains of a document: runs of relations each of which goes on from the right side of the one
/// before.
fn chains(claims: &[Claim]) -> Vec<Range<usize>> {
    let mut chains: Vec<Range<usize>> = Vec::new();
    for (at, claim) in claims.iter().enumerate() {
        match chains.last_mut() {
            Some(chain) if goes_on(&claims[at - 1], claim) => chain.end = at + 1,
            _ => chains.push(at..at + 1),
        }
    }
    chains
}

/// Whether a relation begins with the side with which another ended.
fn goes_on(before: &Claim, claim: &Claim) -> bool {
    if before.section != claim.section {
        return false;
    }
    let (end, start) = (before.rhs.span, claim.lhs.span);
    let (end, start) = (before.formula.origin(end), claim.formula.origin(start));
    // The same side, or the same text again, where it is more than a name.
    end == start
        || before.rhs == claim.lhs
            && !matches!(
                before.rhs.without_groups().kind,
                Kind::Name(_) | Kind::Number(_)
            )
}

/// Chains that are one derivation, by their numbers.
struct Group {
    chains: Vec<usize>,
    /// Which of its chains ends with the answer, as a place in `chains`.
    answer: usize,
}

fn groups(claims: &[Claim], chains: &[Range<usize>]) -> Vec<Group> {
    let subjects: Vec<Option<String>> =
        chains.iter().map(|chain| subject(&claims[chain.start])).collect();
    let section = |chain: usize| &claims[chains[chain].start].section;
    // The first and the last chain about each subject; sections may bear the same name.
    let mut reaches: HashMap<(usize, &str), (usize, usize)> = HashMap::new();
    let mut part = 0;
    let mut parts = Vec::with_capacity(chains.len());
    for (at, subject) in subjects.iter().enumerate() {
        part += usize::from(at > 0 && section(at - 1) != section(at));
        parts.push(part);
        if let Some(subject) = subject {
            reaches.entry((part, subject)).or_insert((at, at)).1 = at;
        }
    }
    let reach = |at: usize| {
        let subject = subjects[at].as_deref()?;
        reaches.get(&(parts[at], subject)).copied()
    };
    let variables: Vec<Option<String>> =
        chains.iter().map(|chain| variable(&claims[chain.start])).collect();
    // The first chain of the derivation that each chain belongs to.
    let mut owner: Vec<usize> = (0..chains.len()).collect();
    // Whether a chain is a step of the derivation that another one belongs to: a subject of its own
    // is one only where that derivation encloses it.
    let encloses = |owner: usize, own: Option<(usize, usize)>| {
        reach(owner).is_some_and(|(first, last)| {
            own.is_none_or(|own| first < own.0 && own.1 < last)
        })
    };
    for at in (0..chains.len()).rev() {
        let own = reach(at);
        let user = (at + 1..chains.len().min(at + 1 + AHEAD))
            .take_while(|&next| parts[next] == parts[at])
            .find(|&next| {
                encloses(owner[next], own)
                    && (uses(claims, &chains[next], &chains[at])
                        || own.is_some() && variables[owner[next]] == variables[at])
            });
        owner[at] = match (user, own) {
            (Some(user), _) => owner[user],
            (None, Some((first, _))) => first,
            (None, None) => at,
        };
    }
    // What stands inside a derivation belongs to it.
    for at in 0..chains.len() {
        if owner[at] != at || subjects[at].is_some() {
            continue;
        }
        let around = (at.saturating_sub(AHEAD)..at).rev().find(|&before| {
            parts[before] == parts[at]
                && reach(owner[before]).is_some_and(|(_, last)| at < last)
        });
        if let Some(around) = around {
            owner[at] = owner[around];
        }
    }
    // The first chain of a subject may itself be a step of another derivation.
    let owner: Vec<usize> = owner.iter().map(|&at| owner[at]).collect();
    let mut numbers: HashMap<usize, usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for (at, &owner) in owner.iter().enumerate() {
        let number = *numbers.entry(owner).or_insert_with(|| {
            groups.push(Group { chains: Vec::new(), answer: 0 });
            groups.len() - 1
        });
        let group = &mut groups[number];
        let about = subjects[at].is_some() && subjects[at] == subjects[owner]
            || subjects[owner].is_none();
        if about {
            group.answer = group.chains.len();
        }
        group.chains.push(at);
    }
    groups
}

/// What a chain is about, where several chains may be about the same: a derivative, a differential,
/// an expectation.
fn subject(claim: &Claim) -> Option<String> {
    let object = object(&claim.lhs);
    matches!(
        object.kind,
        Kind::Derivative { of: Some(_), .. }
            | Kind::Differential(_)
            | Kind::Expectation(..)
    )
    .then(|| plain(&object))
}

/// What a derivative that a chain is about is taken by.
fn variable(claim: &Claim) -> Option<String> {
    match object(&claim.lhs).kind {
        Kind::Derivative { of: Some(_), by, .. } => {
            Some(by.iter().map(plain).collect::<Vec<_>>().join(" "))
        }
        _ => None,
    }
}

/// Whether a chain uses what another one states: one of its ends is a part of it.
fn uses(claims: &[Claim], user: &Range<usize>, stated: &Range<usize>) -> bool {
    let ends = [&claims[stated.start].lhs, &claims[stated.end - 1].rhs];
    let ends: Vec<Expr> = ends
        .into_iter()
        .map(object)
        .filter(|end| !matches!(end.kind, Kind::Number(_)))
        .collect();
    let sides = claims[user.clone()].iter().flat_map(|claim| [&claim.lhs, &claim.rhs]);
    let mut nodes = sides.flat_map(Expr::nodes);
    nodes.any(|node| {
        let plain = node.without_groups();
        ends.iter().any(|end| {
            plain == end
                || matches!(plain.kind, Kind::Derivative { .. } | Kind::Entry(..))
                    && object(plain) == *end
        })
    })
}

fn derivation(
    claims: &[Claim],
    verdicts: &[Verdict],
    chains: &[&Range<usize>],
    answering: &Range<usize>,
    court: Court<'_>,
) -> Option<Derivation> {
    let relations: Vec<usize> =
        chains.iter().flat_map(|chain| (*chain).clone()).collect();
    let answer = answering.end - 1;
    // A change of view makes another object of the left side: the answer is judged from there.
    let head = (answering.start..answer)
        .rev()
        .find(|&at| claims[at].view)
        .map_or(answering.start, |at| at + 1);
    let whole = outcome(claims, verdicts, head..answer + 1, court);
    let first_wrong = relations.iter().copied().find(|&at| is_wrong(&verdicts[at]));
    let claim = &claims[answering.start];
    let subject =
        claim.opened_by.as_deref().unwrap_or_else(|| written(claim, &claim.lhs));
    Some(Derivation {
        section: claims[answer].section.to_vec(),
        subject: subject.trim().to_owned(),
        relations,
        first_wrong,
        answer,
        answer_status: whole.status,
        answer_right: match whole.status {
            Status::Proved | Status::Agrees => Some(true),
            Status::Slip | Status::Refuted | Status::IllFormed => Some(false),
            Status::Skipped => None,
        },
        corrected: whole.corrected,
    })
}

/// What an answer comes to.
struct Outcome {
    status: Status,
    /// What it should have been.
    corrected: Option<String>,
}

impl Outcome {
    fn of(verdict: &Verdict) -> Self {
        // The repair of a slip is said in words.
        let corrected = match verdict.status {
            Status::Refuted | Status::IllFormed => verdict.hint.clone(),
            _ => None,
        };
        Outcome { status: verdict.status, corrected }
    }
}

/// Judges the two ends of a chain.
fn outcome(
    claims: &[Claim],
    verdicts: &[Verdict],
    chain: Range<usize>,
    court: Court<'_>,
) -> Outcome {
    let links = &verdicts[chain.clone()];
    if let [only] = links {
        return Outcome::of(only);
    }
    let agreed = |verdict: &Verdict| verdict.status == Status::Agrees;
    if links.iter().all(is_right) {
        let status =
            if links.iter().any(agreed) { Status::Agrees } else { Status::Proved };
        return Outcome { status, corrected: None };
    }
    // One false link among proved ones: the ends differ, and the link's left side is what the
    // answer should have been, in the writer's own words.
    let mut others = (0..links.len()).filter(|&at| links[at].status != Status::Proved);
    if let (Some(at), None) = (others.next(), others.next())
        && links[at].status == Status::Refuted
    {
        let mut known = Outcome::of(&links[at]);
        let link = &claims[chain.start + at];
        if at > 0 && !differentiates(&link.lhs) {
            known.corrected = Some(written(link, &link.lhs).trim().to_owned());
        }
        if known.corrected.is_some() {
            return known;
        }
    }
    let unjudged = Outcome { status: Status::Skipped, corrected: None };
    let Some(ends) = ends(&claims[chain.start], &claims[chain.end - 1]) else {
        return unjudged;
    };
    // What could not be judged step by step for want of a given is not condemned as a whole for the
    // same want.
    let faulty = links.iter().any(is_wrong);
    let found = verdict(&ends, court);
    match found.status {
        Status::Slip | Status::IllFormed | Status::Refuted if !faulty => unjudged,
        _ => {
            let mut whole = Outcome::of(&found);
            whole.corrected = whole
                .corrected
                .and_then(|hint| in_the_writers_manner(&hint, claims, chain.end - 1));
            whole
        }
    }
}

fn differentiates(side: &Expr) -> bool {
    side.nodes().iter().any(|node| {
        matches!(
            node.kind,
            Kind::Derivative { .. } | Kind::Differential(_) | Kind::Unread(_)
        )
    })
}

/// The claim that the left side of one relation equals the right side of another.
fn ends(first: &Claim, last: &Claim) -> Option<Claim> {
    let mut borrowed = first.borrowed.clone();
    borrowed.extend(
        last.borrowed.iter().filter(|text| !first.borrowed.contains(text)).cloned(),
    );
    let mut claim = Claim {
        lhs: first.lhs.clone(),
        obstacle: None,
        equation: first.equation.clone().or_else(|| last.equation.clone()),
        inferred: first.inferred.clone().or_else(|| last.inferred.clone()),
        soft: first.soft || last.soft,
        condition: first.condition.clone().or_else(|| last.condition.clone()),
        borrowed,
        ..last.clone()
    };
    if claim.lhs.has_unread() || claim.rhs.has_unread() {
        return None;
    }
    if !Arc::ptr_eq(&first.formula, &last.formula) {
        let text =
            format!("{} = {}", written(first, &first.lhs), written(last, &last.rhs));
        claim.formula = Arc::new(Formula::apart(text));
    }
    Some(claim)
}
