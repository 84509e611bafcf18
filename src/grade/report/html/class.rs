//! The page for the class.

use std::collections::HashMap;

use maud::{Markup, html};

use super::document;
use crate::grade::class::{Store, Summary};
use crate::grade::score::Points;

/// How many of the things that wait are shown on the page.
const MOST_WAITING: usize = 100;

/// How many hand-ins are named that wait for the same reason.
const MOST_KEYS: usize = 12;

/// What waits for a person, by part and reason: what waits in every hand-in is said once.
fn waiting_groups(summary: &Summary) -> Vec<(&str, &str, Vec<&str>)> {
    let mut places: HashMap<(&str, &str), usize> = HashMap::new();
    let mut groups: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for row in &summary.rows {
        for (part, reason) in &row.attention {
            let at = *places.entry((part, reason)).or_insert(groups.len());
            match groups.get_mut(at) {
                Some((.., keys)) => keys.push(&row.key),
                None => groups.push((part, reason, vec![&row.key])),
            }
        }
    }
    // What is special about one hand-in comes first, what all wait for last.
    groups.sort_by_key(|(_, _, keys)| keys.len());
    groups
}

/// The page for the class.
pub(in crate::grade::report) fn class(summary: &Summary) -> String {
    let missing = summary.rows.iter().filter(|row| row.missing).count();
    let waiting: usize = summary.rows.iter().map(|row| row.attention.len()).sum();
    let groups = waiting_groups(summary);
    let body = html! {
        h1 { (summary.title) }
        p {
            (summary.rows.len() - missing) " hand-ins, " (missing) " missing, "
            (summary.max.to_string()) " points in all; " (waiting)
            " things wait for a person (all of them are in " code { "attention.csv" } ")."
        }
        h2 { "Distribution" }
        (histogram(&summary.distribution()))
        h2 { "Parts" }
        table {
            tr { th { "part" } th { "points" } th { "mean" } th { "full" } th { "mistakes" } }
            @for part in &summary.parts {
                tr {
                    td { (part.title) }
                    td { (part.max.to_string()) }
                    td { (part.mean.to_string()) }
                    td { (part.full) }
                    td {
                        @for (k, (tag, count)) in part.mistakes.iter().take(5).enumerate() {
                            @if k > 0 { ", " }
                            (tag) " (" (count) ")"
                        }
                    }
                }
            }
        }
        @if !summary.groups.is_empty() {
            h2 { "Like answers" }
            p { "One entry in " code { "overrides.toml" } " decides each." }
            ul {
                @for group in &summary.groups {
                    li {
                        "Part " (group.part) ": " (group.keys.len()) " hand-ins, "
                        (group.points.to_string()) " points each, "
                        code { "[answers.\"" (group.answer) "\"]" } ": " (group.keys.join(", "))
                    }
                }
            }
        }
        @if waiting > 0 {
            h2 { "For a person" }
            table {
                tr { th { "part" } th { "why" } th { "hand-ins" } }
                @for (part, reason, keys) in groups.iter().take(MOST_WAITING) {
                    tr {
                        td { (part) }
                        td { (super::prose(reason)) }
                        td {
                            @if keys.len() > 1 { (keys.len()) ": " }
                            @for (k, key) in keys.iter().take(MOST_KEYS).enumerate() {
                                @if k > 0 { ", " }
                                (link(key))
                            }
                            @if keys.len() > MOST_KEYS {
                                " and " (keys.len() - MOST_KEYS) " more"
                            }
                        }
                    }
                }
            }
            @if groups.len() > MOST_WAITING {
                p { "And " (groups.len() - MOST_WAITING) " more." }
            }
        }
        h2 { "Hand-ins" }
        table {
            tr { th { "hand-in" } th { "student" } th { "points" } th { "waiting" } th { "late" } }
            @for row in &summary.rows {
                tr {
                    td { (link(&row.key)) }
                    td { (row.student.name()) }
                    td { @if row.missing { "missing" } @else { (row.points.to_string()) } }
                    td { @if row.open > Points::ZERO { (row.open.to_string()) } }
                    td { (row.lateness) }
                }
            }
        }
    };
    document(&summary.title, &body)
}

fn link(key: &str) -> Markup {
    html! { a href={ "feedback/" (Store::name(key)) ".html" } { (key) } }
}

/// How many hand-ins lie in each tenth of the points.
fn histogram(bins: &[usize; 10]) -> Markup {
    let most = bins.iter().copied().max().unwrap_or(0).max(1);
    html! {
        svg viewBox="0 0 320 132" role="img" aria-label="Hand-ins by share of the points" {
            @for (k, &count) in bins.iter().enumerate() {
                @let height = count * 90 / most;
                rect x=(10 + k * 30) y=(105 - height) width="26" height=(height) fill="#4477aa" {}
                @if count > 0 {
                    text x=(23 + k * 30) y=(101 - height) font-size="9" text-anchor="middle"
                        fill="currentColor" { (count) }
                }
                text x=(23 + k * 30) y="118" font-size="8" text-anchor="middle"
                    fill="currentColor" { (k * 10) "–" (k * 10 + 10) }
            }
            text x="160" y="130" font-size="8" text-anchor="middle" fill="currentColor" {
                "percent of the points"
            }
        }
    }
}
