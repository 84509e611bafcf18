//! The page for the student.

use maud::{Markup, html};

use super::{document, formula, prose};
use crate::grade::assignment::Assignment;
use crate::grade::result::{Item, Outcome, PartRecord, Record, Spot};
use crate::grade::score::Points;

fn class_of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Right => "right",
        Outcome::Partly => "partly",
        Outcome::Wrong => "wrong",
        Outcome::Missing => "missing",
        Outcome::Open => "open",
    }
}

/// The page for the student.
pub(in crate::grade::report) fn page(assignment: &Assignment, record: &Record) -> String {
    let title = format!("{}: {}", assignment.settings.title, record.student.name());
    let max = record.max.thousandths().max(1);
    let share = record.points.thousandths() * 100 / max;
    let to_come = record.to_come();
    let body = html! {
        h1 { (title) }
        p {
            strong { (record.points.to_string()) " of " (record.max.to_string()) " points" }
            @if record.open > Points::ZERO {
                "; " (record.open.to_string()) " of them wait for a person"
            }
            @if to_come > Points::ZERO {
                "; up to " (to_come.to_string()) " more are given by a person"
            }
        }
        div.bar { div style=(format!("width:{share}%")) {} }
        @if !record.lateness.is_empty() { p { (record.lateness) } }
        @if !record.problems.is_empty() {
            ul { @for problem in &record.problems { li.open { (problem) } } }
        }
        @for part in &record.parts { (part_of(part)) }
    };
    document(&title, &body)
}

fn part_of(part: &PartRecord) -> Markup {
    html! {
        h2 {
            (part.title)
            span.points { (part.points.to_string()) " of " (part.max.to_string()) }
        }
        @if let Some(decision) = &part.decision {
            p {
                "Decided by a person (computed: " (decision.computed.to_string()) "). "
                (decision.comment)
            }
        }
        ul { @for group in grouped(&part.items) { (group_of(group)) } }
        @if part.decision.is_none() {
            @for reason in &part.for_a_person { p.open { "For a person: " (prose(reason)) } }
        }
    }
}

/// Whether nothing needs to be said of an item but that it is right.
fn is_plain(item: &Item) -> bool {
    item.outcome == Outcome::Right
        && item.text == Outcome::Right.word()
        && item.place.is_none()
}

/// The class that an item is about: `LinearModule` of `LinearModule: gradient by the bias`.
fn subject(item: &Item) -> Option<&str> {
    item.name.split_once(": ").map(|(subject, _)| subject)
}

/// Neighbours that are plainly right and about one class stand together.
fn grouped(items: &[Item]) -> Vec<&[Item]> {
    items
        .chunk_by(|a, b| {
            is_plain(a) && is_plain(b) && subject(a).is_some() && subject(a) == subject(b)
        })
        .collect()
}

fn group_of(group: &[Item]) -> Markup {
    match group {
        [item] => item_of(item),
        items => {
            let points: Points = items.iter().map(|item| item.points).sum();
            let names: Vec<&str> = items
                .iter()
                .map(|item| item.name.split_once(": ").map_or("", |(_, name)| name))
                .collect();
            html! {
                li.right {
                    strong { (items.first().and_then(subject).unwrap_or_default()) } ": "
                    span.right { "right" } ", " (points.to_string()) " of " (points.to_string())
                    ". " (names.join(", "))
                }
            }
        }
    }
}

fn item_of(item: &Item) -> Markup {
    let says_more = item.text != item.outcome.word();
    html! {
        li class=(class_of(item.outcome)) {
            strong { (prose(&item.name)) }
            @if item.max > Points::ZERO {
                ": " span class=(class_of(item.outcome)) { (item.outcome.word()) }
                ", " (item.points.to_string()) " of " (item.max.to_string())
            }
            @if says_more { ". " (prose(&item.text)) }
            @if let Some(mistake) = &item.mistake { " (" em { (mistake) } ")" }
            @if let Some(spot) = &item.place { (spot_of(spot)) }
            @if !item.counterexample.is_empty() {
                div { (item.counterexample.join(", ")) }
            }
            @if let Some(corrected) = &item.corrected {
                div.quote { "It should be " (formula(corrected)) }
            }
        }
    }
}

fn spot_of(spot: &Spot) -> Markup {
    let is_code = [".py", ".rs"].iter().any(|ending| spot.file.ends_with(ending));
    html! {
        div.quote {
            span.from { (spot.file) ", line " (spot.line) ": " }
            @if spot.quote.is_empty() {}
            @else if is_code { code { (spot.quote) } }
            @else { (formula(&spot.quote)) }
        }
    }
}
