//! One page, complete in itself: no script, no network, readable on a phone.

use std::collections::HashMap;

use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

use super::mathml::mathml;
use super::{Tally, counterexample_lines, one_line};
use crate::document::checked::{Checked, Derivation, Judged, Taken};
use crate::language::Macros;
use crate::proof::Status;

/// What the page may load: its own style, nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; \
    base-uri 'none'; form-action 'none'";

const STYLE: &str = include_str!("page.css");

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
                    (Page { number, checked, macros: Macros::collect(&checked.source.text) }.whole())
                }
            }
        }
    }
    .into_string()
}

fn counts(tally: &Tally) -> Markup {
    markup! {
        ul class="counts" {
            li { (tally.relations()) " relations" }
            @for (word, count) in tally.counts() {
                @if count > 0 { li class=(word) { b { (count) " " (word) } } }
            }
            li { (format!("{:.0}", tally.coverage() * 100.0)) " % read" }
        }
    }
}

/// A document's part of the page.
struct Page<'c> {
    number: usize,
    checked: &'c Checked,
    /// The document's own macros: formulas are shown expanded.
    macros: Macros,
}

impl Page<'_> {
    fn whole(&self) -> Markup {
        let checked = self.checked;
        let mut givens: HashMap<&[String], Vec<&Taken>> = HashMap::new();
        for taken in &checked.givens {
            givens.entry(&taken.section).or_default().push(taken);
        }
        let mut start = 0;
        let runs: Vec<(usize, &[Judged])> = checked
            .relations
            .chunk_by(|one, next| one.section == next.section)
            .map(|run| {
                let at = start;
                start += run.len();
                (at, run)
            })
            .collect();
        markup! {
            (self.first_wrong())
            @if !checked.source.notes.is_empty() {
                ul {
                    @for note in &checked.source.notes {
                        li { "line " (checked.source.place(note.offset).line) ": " (note.message) }
                    }
                }
            }
            @if !checked.derivations.is_empty() { (self.answers()) }
            @for (start, run) in runs {
                @let section = run[0].section.as_slice();
                h2 { (title(section)) }
                (self.givens(givens.get(section).map_or(&[], Vec::as_slice)))
                @for (offset, judged) in run.iter().enumerate() {
                    (self.relation(start + offset, judged))
                }
            }
            @if !checked.skipped.is_empty() {
                h2 { "Not judged" }
                ul {
                    @for skipped in &checked.skipped {
                        li {
                            "line " (skipped.place.line) ": "
                            (self.inline(&skipped.text)) " — " (skipped.reason)
                        }
                    }
                }
            }
        }
    }

    /// What a reader wants to know first.
    fn first_wrong(&self) -> Markup {
        let wrong = self.checked.relations.iter().position(Judged::is_wrong);
        let right =
            self.checked.relations.iter().filter(|judged| judged.is_right()).count();
        markup! {
            @match wrong {
                Some(at) => {
                    @let judged = &self.checked.relations[at];
                    div class="first wrong" {
                        p {
                            b { "First wrong step: " (self.link(at)) }
                            @if !judged.section.is_empty() { ", " (judged.section.join(" › ")) }
                            " — " span class="wrong" {
                                (judged.verdict.status.word())
                                @if let Some(diagnosis) = &judged.verdict.diagnosis { " · " (diagnosis) }
                            }
                        }
                        (self.stated(judged))
                    }
                }
                None if right > 0 => div class="first" { p { "No wrong step was found." } },
                None => div class="first" { p { "Nothing could be judged." } },
            }
        }
    }

    fn answers(&self) -> Markup {
        let sections =
            self.checked.derivations.chunk_by(|one, next| one.section == next.section);
        markup! {
            h2 { "Answers" }
            @for section in sections {
                h3 { (title(&section[0].section)) }
                ul class="answers" {
                    @for derivation in section { (self.answer(derivation)) }
                }
            }
        }
    }

    fn answer(&self, derivation: &Derivation) -> Markup {
        markup! {
            li {
                (self.inline(&derivation.subject)) ": "
                @match derivation.answer_status {
                    Status::Proved | Status::Agrees => span class="right" { "answer right" },
                    Status::Slip => span class="slip verdict" { "answer right but for its notation" },
                    Status::Refuted | Status::IllFormed => span class="wrong" { "answer wrong" },
                    Status::Skipped => "answer not judged",
                }
                " (" (self.link(derivation.answer)) ")"
                @if let Some(first) = derivation.first_wrong {
                    ", first wrong step in " (self.link(first))
                }
                @if let (Some(false), Some(corrected)) =
                    (derivation.answer_right, &derivation.corrected)
                {
                    p { "should be:" }
                    div class="formula" {
                        (self.formula(&format!("{} = {corrected}", derivation.subject)))
                    }
                }
            }
        }
    }

    /// `line 14`, leading to the relation.
    fn link(&self, relation: usize) -> Markup {
        let line =
            self.checked.relations.get(relation).map_or(0, |judged| judged.row.line);
        markup! {
            a href=(format!("#{}", anchor(self.number, relation))) { "line " (line) }
        }
    }

    fn givens(&self, givens: &[&Taken]) -> Markup {
        /// More than these are shown when they are asked for.
        const SHOWN: usize = 6;
        let listed = markup! {
            ul {
                @for taken in givens {
                    li {
                        (self.inline(&taken.text)) " (" (taken.origin.word()) ", line " (taken.place.line) ")"
                        @if let Some(problem) = &taken.problem { " — not understood: " (problem) }
                    }
                }
            }
        };
        markup! {
            @if !givens.is_empty() {
                details class="given" open[givens.len() <= SHOWN] {
                    summary { (givens.len()) " given" }
                    (listed)
                }
            }
        }
    }

    fn stated(&self, judged: &Judged) -> Markup {
        markup! {
            div class="formula" {
                (self.formula(&format!("{} {} {}", judged.lhs, sign(judged.sign), judged.rhs)))
            }
        }
    }

    fn relation(&self, number: usize, judged: &Judged) -> Markup {
        let verdict = &judged.verdict;
        markup! {
            article id=(anchor(self.number, number)) class=(verdict.status.word()) {
                p {
                    span class="verdict" { (verdict.status.word()) }
                    @if let Some(diagnosis) = &verdict.diagnosis { " · " (diagnosis) }
                    " " span class="place" {
                        @if let Some(file) = &judged.row.file { (file) ", " }
                        "line " (judged.row.line)
                    }
                }
                (self.stated(judged))
                @if verdict.status != Status::Proved { p { (verdict.message) } }
                @if let Some(fault) = judged.fault.filter(|_| verdict.status != Status::Proved) {
                    p { "here: " (self.inline(self.checked.source.slice(fault))) }
                }
                @if let Some(reading) = &verdict.reading { p { "read as: " (reading) } }
                @for remark in &judged.remarks { p { (remark) } }
                @if !verdict.assumptions.is_empty() {
                    p { "assuming " (verdict.assumptions.join(", ")) }
                }
                @if let Some(point) = &verdict.counterexample {
                    pre { (counterexample_lines(point).join("\n")) }
                }
                // The repair of a slip is said in words, and its message says it.
                @if let Some(hint) = &verdict.hint && verdict.status != Status::Slip {
                    p { "should be:" }
                    div class="formula" { (self.formula(hint)) }
                }
                @if let Some(wrong) = judged.follows_from {
                    p { "follows from " (self.link(wrong)) ", which is wrong" }
                }
            }
        }
    }

    /// A formula with the document's macros expanded.
    fn expanded(&self, latex: &str) -> String {
        if self.macros.is_empty() {
            return latex.to_owned();
        }
        self.macros.expand(latex).text
    }

    /// A short formula within a line.
    fn inline(&self, latex: &str) -> Markup {
        let plain = self.expanded(latex).replace('&', " ");
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
    fn formula(&self, latex: &str) -> Markup {
        match mathml(&self.expanded(latex), true) {
            Some(rendered) => PreEscaped(rendered),
            None => markup! { code { (super::cut(&one_line(latex), 2_000)) } },
        }
    }
}

/// The title of a section.
fn title(section: &[String]) -> String {
    match section {
        [] => "(no heading)".to_owned(),
        section => section.join(" › "),
    }
}

/// The anchor of a relation of a document.
fn anchor(document: usize, relation: usize) -> String {
    format!("r{document}-{relation}")
}

/// A file's name without its folders.
fn short(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

fn sign(sign: &str) -> &str {
    match sign {
        "⇒" => "\\Rightarrow",
        "⇔" => "\\Leftrightarrow",
        other => other,
    }
}
