//! PrairieLearn's external grader: `/grade/results/results.json`.

use serde_json::{Value, json};

use super::sentence;
use crate::grade::result::Record;

/// PrairieLearn reads at most a mebibyte; texts are cut long before.
const LONGEST: usize = 4_000;

/// The results object.
pub fn prairielearn(record: &Record) -> Value {
    let mut tests = Vec::new();
    for part in &record.parts {
        if let Some(decision) = &part.decision {
            tests.push(json!({
                "name": format!("{}: {}", part.id, part.title),
                "description": "decided by a person",
                "points": part.points, "max_points": part.max,
                "message": "", "output": cut(&decision.comment),
            }));
            continue;
        }
        // Every test has points: one without would hide the badges of all.
        for item in &part.items {
            tests.push(json!({
                "name": format!("{}: {}", part.id, item.name),
                "description": part.title,
                "points": item.points, "max_points": item.max,
                "message": item.outcome.word(), "output": cut(&sentence(item)),
            }));
        }
    }
    let max = record.max.to_f64();
    let score = if max > 0.0 { record.points.to_f64() / max } else { 0.0 };
    // What cannot be read at all costs no attempt.
    let unreadable = !record.missing
        && record.problems.iter().any(|problem| problem.contains("holds no file"));
    let mut value = json!({
        "gradable": !unreadable,
        "score": score.clamp(0.0, 1.0),
        "message": format!("{} of {} points", record.points, record.max),
        "output": "",
        "images": [],
        "tests": tests,
    });
    if unreadable {
        value["format_errors"] = json!(record.problems);
    }
    value
}

fn cut(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_string();
    }
    let end = (0..=LONGEST).rev().find(|&k| text.is_char_boundary(k)).unwrap_or(0);
    format!("{} …", &text[..end])
}
