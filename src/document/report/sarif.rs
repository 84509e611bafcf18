//! SARIF 2.1.0, which forges and editors read.

use serde_json::{Value, json};

use super::shown;
use crate::document::checked::Checked;
use crate::proof::Status;

const RULES: [(Status, &str, &str); 5] = [
    (Status::Refuted, "error", "The relation is false; a counterexample is given."),
    (
        Status::IllFormed,
        "error",
        "Shapes do not fit, an index is unbound, or a name is not given.",
    ),
    (
        Status::Slip,
        "warning",
        "Wrong as written, right after one small repair of notation.",
    ),
    (Status::Agrees, "note", "Not proved, yet equal to rounding at many random points."),
    (Status::Skipped, "note", "Not a checkable statement, or beyond what is supported."),
];

/// Several checked documents as one SARIF log.
pub fn sarif(documents: &[Checked]) -> Value {
    let rules: Vec<Value> = RULES
        .iter()
        .map(|(status, level, text)| {
            json!({
                "id": status.word(),
                "shortDescription": {"text": text},
                "defaultConfiguration": {"level": level},
            })
        })
        .collect();
    let results: Vec<Value> = documents.iter().flat_map(results).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "gradproof",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn results(checked: &Checked) -> Vec<Value> {
    let mut results = Vec::new();
    for judged in &checked.relations {
        let Some(rule) = RULES.iter().position(|(s, ..)| *s == judged.verdict.status)
        else {
            continue;
        };
        let (status, level, _) = RULES[rule];
        let span = judged.fault.unwrap_or(judged.rhs_span);
        let start = checked.source.place(span.start);
        let end = checked.source.place(span.end.max(span.start));
        let file = start.file.as_deref().unwrap_or(&checked.source.name);
        let mut text = format!("{} ({})", judged.verdict.message, shown(judged, 300));
        if let Some(hint) = &judged.verdict.hint {
            text.push_str(&format!(" Should be: {hint}"));
        }
        results.push(json!({
            "ruleId": status.word(),
            "ruleIndex": rule,
            "level": level,
            "message": {"text": text},
            "locations": [{"physicalLocation": {
                "artifactLocation": {"uri": uri(file)},
                "region": {
                    "startLine": start.line,
                    "startColumn": start.column,
                    "endLine": end.line,
                    "endColumn": end.column,
                },
            }}],
        }));
    }
    results
}

/// A path as a relative or absolute URI reference.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'/'
            | b'.'
            | b'-'
            | b'_'
            | b'~' => {
                out.push(char::from(byte));
            }
            b'\\' => out.push('/'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
