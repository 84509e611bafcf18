//! One page, complete in itself: no script, no network, readable on a phone.

use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

use super::mathml::mathml;
use super::{Tally, counterexample_lines, one_line};
use crate::document::checked::{Checked, Judged};
use crate::proof::Status;

/// What the page may load: its own style, nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; \
    base-uri 'none'; form-action 'none'";

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8884; --right: #1a7f37; --wrong: #cf222e; --slip: #9a6700; --dim: #777; }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 56rem; padding: 1rem; }
h1 { font-size: 1.4rem; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
article { border: 1px solid var(--line); border-left: .3rem solid var(--dim); border-radius: .4rem; margin: .6rem 0; padding: .5rem .8rem; }
article.proved, article.agrees { border-left-color: var(--right); }
article.refuted, article.ill-formed { border-left-color: var(--wrong); }
article.slip { border-left-color: var(--slip); }
article.proved { padding: .2rem .8rem; } article:target { outline: 2px solid var(--slip); }
a { color: inherit; } .summary li { margin: .3rem 0; } .given math { font-size: 1em; }
.verdict { font-weight: 600; } .proved .verdict, .agrees .verdict, .right { color: var(--right); }
.refuted .verdict, .ill-formed .verdict, .wrong { color: var(--wrong); } .slip .verdict { color: var(--slip); }
.formula { overflow-x: auto; padding: .4rem 0; } .place, .given { color: var(--dim); font-size: .85rem; }
math { font-family: 'Latin Modern Math', 'STIX Two Math', 'Cambria Math', math; font-size: 1.1em; }
code, pre { font-size: .85rem; overflow-wrap: anywhere; white-space: pre-wrap; }
.menv-align > mtr > mtd:nth-child(odd), .menv-alignlike > mtr > mtd:nth-child(odd) { text-align: right; }
.menv-align > mtr > mtd:nth-child(even), .menv-alignlike > mtr > mtd:nth-child(even), .menv-cases > mtr > mtd { text-align: left; }
p { margin: .3rem 0; } ul { padding-left: 1.2rem; }
@media print { article { break-inside: avoid; } }
";

/// Several checked documents as one page.
pub fn html(documents: &[Checked]) -> String {
    let tally = documents.iter().map(Tally::of).fold(Tally::default(), Tally::plus);
    let title = match documents {
        [only] => short(&only.source.name).to_owned(),
        _ => format!("{} documents", documents.len()),
    };
    markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "gradproof: " (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (title) }
                (counts(&tally))
                @for (number, checked) in documents.iter().enumerate() {
                    @if documents.len() > 1 {
                        h1 { (short(&checked.source.name)) }
                        (counts(&Tally::of(checked)))
                    }
                    (document(number, checked))
                }
            }
        }
    }
    .into_string()
}

fn counts(tally: &Tally) -> Markup {
    markup! {
        p {
            (tally.relations()) " relations"
            @for (word, count) in tally.counts() {
                @if count > 0 { " · " (count) " " (word) }
            }
            " · " (format!("{:.0}", tally.coverage() * 100.0)) " % of the relations read"
        }
    }
}

fn document(number: usize, checked: &Checked) -> Markup {
    let mut runs: Vec<&[Judged]> =
        checked.relations.chunk_by(|one, next| one.section == next.section).collect();
    runs.retain(|run| !run.is_empty());
    // Where each run begins among the relations.
    let starts: Vec<usize> = runs
        .iter()
        .scan(0, |at, run| {
            let start = *at;
            *at += run.len();
            Some(start)
        })
        .collect();
    markup! {
        @if !checked.source.notes.is_empty() {
            ul {
                @for note in &checked.source.notes {
                    li { "line " (checked.source.place(note.offset).line) ": " (note.message) }
                }
            }
        }
        @if !checked.derivations.is_empty() { (derivations(number, checked)) }
        @for (run, start) in runs.iter().zip(&starts) {
            @let section = &run[0].section;
            h2 { @if section.is_empty() { "(no heading)" } @else { (section.join(" › ")) } }
            (givens(checked, section))
            @for (offset, judged) in run.iter().enumerate() {
                (relation(number, start + offset, checked, judged))
            }
        }
        @if !checked.skipped.is_empty() {
            h2 { "Not judged" }
            ul {
                @for skipped in &checked.skipped {
                    li {
                        "line " (skipped.place.line) ": "
                        code { (super::cut(&one_line(&skipped.text), 300)) } " — " (skipped.reason)
                    }
                }
            }
        }
    }
}

fn derivations(number: usize, checked: &Checked) -> Markup {
    markup! {
        h2 { "Answers" }
        ul class="summary" {
            @for derivation in &checked.derivations {
                li {
                    @if !derivation.section.is_empty() { (derivation.section.join(" › ")) ": " }
                    @match derivation.answer_right {
                        Some(true) => span class="right" { "answer right" },
                        Some(false) => span class="wrong" { "answer wrong" },
                        None => "answer not judged",
                    }
                    " (" (link(number, derivation.answer, checked)) ")"
                    @if let Some(first) = derivation.first_wrong {
                        ", first wrong step in " (link(number, first, checked))
                    }
                    @if let (Some(false), Some(corrected)) =
                        (derivation.answer_right, &derivation.corrected)
                    {
                        div class="formula" {
                            (formula(&format!("{} = {corrected}", derivation.subject)))
                        }
                    }
                }
            }
        }
    }
}

/// The anchor of a relation of a document.
fn anchor(document: usize, relation: usize) -> String {
    format!("r{document}-{relation}")
}

/// `line 14`, leading to the relation.
fn link(document: usize, relation: usize, checked: &Checked) -> Markup {
    let line = checked.relations.get(relation).map_or(0, |judged| judged.place.line);
    markup! { a href=(format!("#{}", anchor(document, relation))) { "line " (line) } }
}

/// A file's name without its folders.
fn short(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

fn givens(checked: &Checked, section: &[String]) -> Markup {
    markup! {
        @for taken in checked.givens.iter().filter(|taken| taken.section == section) {
            p class="given" {
                "given (" (taken.origin.word()) ", line " (taken.place.line) "): "
                (inline(&taken.text))
                @if let Some(problem) = &taken.problem { " — not understood: " (problem) }
            }
        }
    }
}

fn relation(
    document: usize,
    number: usize,
    checked: &Checked,
    judged: &Judged,
) -> Markup {
    let verdict = &judged.verdict;
    markup! {
        article id=(anchor(document, number)) class=(verdict.status.word()) {
            p {
                span class="verdict" { (verdict.status.word()) }
                @if let Some(diagnosis) = &verdict.diagnosis { " · " (diagnosis) }
                " " span class="place" {
                    @if let Some(file) = &judged.place.file { (file) ", " }
                    "line " (judged.place.line) ", column " (judged.place.column)
                }
            }
            div class="formula" {
                (formula(&format!("{} {} {}", judged.lhs, sign(judged.sign), judged.rhs)))
            }
            @if verdict.status != Status::Proved { p { (verdict.message) } }
            @if let Some(fault) = judged.fault {
                p { "here: " (inline(checked.source.slice(fault))) }
            }
            @if let Some(reading) = &verdict.reading { p { "read as: " (reading) } }
            @for remark in &judged.remarks { p { (remark) } }
            @if !verdict.assumptions.is_empty() { p { "assuming " (verdict.assumptions.join(", ")) } }
            @if let Some(point) = &verdict.counterexample {
                pre { (counterexample_lines(point).join("\n")) }
            }
            // The repair of a slip is said in words, and its message says it.
            @if let Some(hint) = &verdict.hint && verdict.status != Status::Slip {
                p { "should be:" }
                div class="formula" { (formula(hint)) }
            }
            @if let Some(wrong) = judged.follows_from {
                p { "follows from " (link(document, wrong, checked)) ", which is wrong" }
            }
        }
    }
}

fn sign(sign: &str) -> &str {
    match sign {
        "⇒" => "\\Rightarrow",
        "⇔" => "\\Leftrightarrow",
        other => other,
    }
}

/// A short formula within a line.
fn inline(latex: &str) -> Markup {
    let plain = latex.replace('&', " ");
    let rendered = match plain.contains('\\') || plain.len() < 40 {
        true => mathml(plain.trim(), false),
        false => None,
    };
    match rendered {
        Some(rendered) => PreEscaped(rendered),
        None => markup! { code { (super::cut(&one_line(latex), 400)) } },
    }
}

/// A formula as MathML, or as its source where it cannot be rendered.
fn formula(latex: &str) -> Markup {
    match mathml(latex, true) {
        Some(rendered) => PreEscaped(rendered),
        None => markup! { code { (super::cut(&one_line(latex), 2_000)) } },
    }
}
