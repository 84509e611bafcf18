//! A hand-in's result as Markdown.

use crate::grade::assignment::Assignment;
use crate::grade::result::Record;
use crate::grade::score::Points;

/// The page for the student.
pub fn markdown(assignment: &Assignment, record: &Record) -> String {
    let mut text =
        format!("# {}: {}\n\n", assignment.settings.title, record.student.name());
    text.push_str(&format!("**{} of {} points**", record.points, record.max));
    if record.open > Points::ZERO {
        text.push_str(&format!("; {} of them wait for a person", record.open));
    }
    if record.to_come() > Points::ZERO {
        text.push_str(&format!(
            "; up to {} more are given by a person",
            record.to_come()
        ));
    }
    text.push_str("\n\n");
    if !record.lateness.is_empty() {
        text.push_str(&format!("{}\n\n", record.lateness));
    }
    for problem in &record.problems {
        text.push_str(&format!("- {}\n", code_free(problem)));
    }
    for part in &record.parts {
        text.push_str(&format!(
            "\n## {} — {} of {}\n\n",
            part.title, part.points, part.max
        ));
        if let Some(decision) = &part.decision {
            text.push_str(&format!(
                "Decided by a person (computed: {}). {}\n\n",
                decision.computed,
                code_free(&decision.comment)
            ));
        }
        for item in &part.items {
            text.push_str(&format!("- **{}**", code_free(&item.name)));
            if item.max > Points::ZERO {
                let word = item.outcome.word();
                text.push_str(&format!(": {word}, {} of {}", item.points, item.max));
            }
            if item.text != item.outcome.word() {
                text.push_str(&format!(". {}", code_free(&item.text)));
            }
            if let Some(mistake) = &item.mistake {
                text.push_str(&format!(" *({})*", code_free(mistake)));
            }
            text.push('\n');
            if let Some(spot) = &item.place {
                text.push_str(&format!(
                    "  - {}, line {}: ",
                    code_free(&spot.file),
                    spot.line
                ));
                text.push_str(&code(&spot.quote));
                text.push('\n');
            }
            for words in &item.counterexample {
                text.push_str(&format!("  - {}\n", code_free(words)));
            }
            if let Some(corrected) = &item.corrected {
                text.push_str(&format!("  - it should be {}\n", code(corrected)));
            }
        }
        for reason in &part.for_a_person {
            text.push_str(&format!("- *for a person:* {}\n", code_free(reason)));
        }
    }
    text
}

/// A student's text as code: fenced by more backticks than it holds.
pub(super) fn code(text: &str) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let runs = flat.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(runs + 1);
    format!("{fence} {flat} {fence}")
}

/// A text on one line, in which nothing of a student's acts as markup.
pub(super) fn code_free(text: &str) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut safe = String::new();
    let mut in_code = false;
    for c in flat.chars() {
        in_code ^= c == '`';
        if !in_code && matches!(c, '<' | '>' | '[' | ']' | '*' | '_' | '#' | '|' | '!') {
            safe.push('\\');
        }
        safe.push(c);
    }
    if in_code {
        return safe.replace('`', "\\`");
    }
    safe
}
