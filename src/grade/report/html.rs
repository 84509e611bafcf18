//! Pages: one for the student, one for the class. No script, nothing from the network; a student's
//! text is shown as text.

use maud::{DOCTYPE, Markup, html};

use crate::grade::assignment::Assignment;
use crate::grade::class::Summary;
use crate::grade::result::{Item, Outcome, PartRecord, Record};
use crate::grade::score::Points;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:0 auto;\
padding:1rem;color:#1a1a1a;background:#fff}code{background:#f2f2f2;padding:.1em .3em;\
overflow-wrap:anywhere}h2{border-top:1px solid #ccc;padding-top:.7rem}table{border-collapse:\
collapse;width:100%}td,th{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #ddd;\
vertical-align:top}li{margin:.4rem 0}.right{color:#0a6b2d}.wrong,.missing{color:#a61b1b}.partly,\
.open{color:#8a5a00}.points{float:right;font-weight:400}svg{width:100%;max-width:32rem}\
@media(prefers-color-scheme:dark){body{color:#eee;background:#181818}code{background:#2a2a2a}\
.right{color:#6fcf8f}.wrong,.missing{color:#ff8a80}.partly,.open{color:#ffc766}}";

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

fn document(title: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (title) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    }
    .into_string()
}

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
pub(super) fn page(assignment: &Assignment, record: &Record) -> String {
    let title = format!("{}: {}", assignment.settings.title, record.student.name());
    let body = html! {
        h1 { (title) }
        p {
            strong { (record.points.to_string()) " of " (record.max.to_string()) " points" }
            @if record.open > Points::ZERO {
                " (" (record.open.to_string()) " of them wait for a person)"
            }
        }
        @if !record.lateness.is_empty() { p { (record.lateness) } }
        @if !record.problems.is_empty() {
            ul { @for problem in &record.problems { li { (problem) } } }
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
        ul { @for item in &part.items { li { (item_of(item)) } } }
        @if part.decision.is_none() {
            @for reason in &part.for_a_person { p.open { "For a person: " (reason) } }
        }
    }
}

fn item_of(item: &Item) -> Markup {
    html! {
        strong { (item.name) } ": "
        span class=(class_of(item.outcome)) { (item.outcome.word()) }
        @if item.max > Points::ZERO {
            ", " (item.points.to_string()) " of " (item.max.to_string())
        }
        ". " (item.text)
        @if let Some(mistake) = &item.mistake { " (" em { (mistake) } ")" }
        @if let Some(spot) = &item.place {
            br; (spot.file) ", line " (spot.line) ": " code { (spot.quote) }
        }
        @for words in &item.counterexample { br; (words) }
        @if let Some(corrected) = &item.corrected {
            br; "It should be " code { (corrected) }
        }
    }
}

/// The page for the class.
pub(super) fn class(summary: &Summary) -> String {
    let missing = summary.rows.iter().filter(|row| row.missing).count();
    let waiting: usize = summary.rows.iter().map(|row| row.attention.len()).sum();
    let body = html! {
        h1 { (summary.title) }
        p {
            (summary.rows.len() - missing) " hand-ins, " (missing) " missing, "
            (summary.max.to_string()) " points in all; " (waiting)
            " things wait for a person (attention.csv)."
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
                        @for (tag, count) in part.mistakes.iter().take(5) {
                            (tag) " (" (count) ") "
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
        h2 { "Hand-ins" }
        table {
            tr { th { "hand-in" } th { "student" } th { "points" } th { "waiting" } th { "late" } }
            @for row in &summary.rows {
                tr {
                    td {
                        a href={ "feedback/" (crate::grade::class::Store::name(&row.key)) ".html" } {
                            (row.key)
                        }
                    }
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

/// How many hand-ins lie in each tenth of the points.
fn histogram(bins: &[usize; 10]) -> Markup {
    let most = bins.iter().copied().max().unwrap_or(0).max(1);
    html! {
        svg viewBox="0 0 320 130" role="img" aria-label="Hand-ins by share of the points" {
            @for (k, &count) in bins.iter().enumerate() {
                @let height = count * 90 / most;
                rect x=(10 + k * 30) y=(105 - height) width="26" height=(height) fill="#4477aa" {}
                @if count > 0 {
                    text x=(23 + k * 30) y=(101 - height) font-size="9" text-anchor="middle"
                        fill="currentColor" { (count) }
                }
                text x=(23 + k * 30) y="118" font-size="8" text-anchor="middle"
                    fill="currentColor" { (k * 10) "–" (k * 10 + 10) "%" }
            }
        }
    }
}
