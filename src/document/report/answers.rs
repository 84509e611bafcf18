//! The summary for people: of each derivation whether its answer is right, its first wrong step, and
//! what the answer should have been.

use std::fmt::Write as _;

use super::text::Paint;
use super::{cut, one_line};
use crate::document::checked::{Checked, Derivation, Judged};
use crate::proof::Status;

/// Derivation after derivation, under the titles of their sections.
///
/// Answers that are right (or not judged) and have nothing wrong on the way are counted only where
/// they are plain statements; `--all` lists them.
pub(super) fn answers(checked: &Checked, paint: Paint) -> String {
    let mut out = String::new();
    for section in checked.derivations.chunk_by(|one, next| one.section == next.section) {
        let title = match section[0].section.as_slice() {
            [] => "(no heading)".to_owned(),
            section => section.join(" › "),
        };
        let _ = writeln!(out, "{}", paint.bold(&title));
        let (told, rest): (Vec<_>, Vec<_>) = section
            .iter()
            .partition(|derivation| paint.everything || is_told(checked, derivation));
        for derivation in &told {
            answer(checked, derivation, paint, &mut out);
        }
        let right = rest.iter().filter(|one| one.answer_right == Some(true)).count();
        let also = if told.is_empty() { "" } else { "further " };
        for (count, what) in [(right, "right"), (rest.len() - right, "not judged")] {
            if count > 0 {
                let statements = if count == 1 { "statement" } else { "statements" };
                let _ = writeln!(out, "    {count} {also}{statements} {what}");
            }
        }
    }
    out
}

/// Whether a derivation is worth a line: something is wrong in it, or it takes several steps, or it
/// is about a derivative.
fn is_told(checked: &Checked, derivation: &Derivation) -> bool {
    let differentiates = |judged: &Judged| {
        ["\\partial", "\\nabla", "\\frac{d"].iter().any(|sign| judged.lhs.contains(sign))
    };
    derivation.first_wrong.is_some()
        || derivation.answer_right == Some(false)
        || derivation.relations.len() > 1
        || checked.relations.get(derivation.answer).is_some_and(differentiates)
}

fn answer(checked: &Checked, derivation: &Derivation, paint: Paint, out: &mut String) {
    let line = |at: usize| checked.relations.get(at).map_or(0, |judged| judged.row.line);
    let told = match derivation.answer_status {
        Status::Proved | Status::Agrees => paint.with("32", "answer right"),
        Status::Slip => paint.with("33", "answer right but for its notation"),
        Status::Refuted | Status::IllFormed => paint.with("1;31", "answer wrong"),
        Status::Skipped => paint.dim("answer not judged"),
    };
    let mut text = format!("    {told} (line {})", line(derivation.answer));
    if let Some(first) = derivation.first_wrong {
        let _ = write!(text, ", first wrong step in line {}", line(first));
    }
    let used: usize = 24 + if derivation.first_wrong.is_some() { 30 } else { 0 };
    let width = paint.width.saturating_sub(used + 4).max(30);
    let subject = cut(&one_line(&derivation.subject), width);
    let _ = writeln!(out, "{text}: {subject}");
    if derivation.answer_right == Some(false)
        && let Some(corrected) = &derivation.corrected
    {
        let _ = writeln!(
            out,
            "        should be: {}",
            paint.with("32", &one_line(corrected))
        );
    }
}
