//! Gradescope: `results.json`, and the bundle that Gradescope runs.

use serde_json::{Value, json};

use super::sentence;
use crate::grade::assignment::{Assignment, Language};
use crate::grade::result::{Outcome, Record};
use crate::grade::score::Points;

/// Who may see a test's result, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Visibility {
    /// Everyone, at once.
    #[default]
    Visible,
    /// After the due date.
    AfterDueDate,
    /// After the grades are published.
    AfterPublished,
    /// Staff only.
    Hidden,
}

impl Visibility {
    /// Gradescope's word.
    pub fn word(self) -> &'static str {
        match self {
            Visibility::Visible => "visible",
            Visibility::AfterDueDate => "after_due_date",
            Visibility::AfterPublished => "after_published",
            Visibility::Hidden => "hidden",
        }
    }

    /// Reads Gradescope's word.
    pub fn from_word(word: &str) -> Option<Self> {
        use Visibility::*;
        [Visible, AfterDueDate, AfterPublished, Hidden]
            .into_iter()
            .find(|v| v.word() == word)
    }
}

/// The contents of `results.json`: one test an item.
pub fn gradescope(record: &Record, visibility: Visibility) -> Value {
    let mut tests = Vec::new();
    for (p, part) in record.parts.iter().enumerate() {
        if let Some(decision) = &part.decision {
            tests.push(json!({
                "score": part.points, "max_score": part.max,
                "status": status(part.points >= part.max),
                "name": format!("{}: {}", part.id, part.title), "number": format!("{}", p + 1),
                "output": format!("decided by a person. {}", decision.comment),
                "output_format": "text", "visibility": visibility.word(),
            }));
            continue;
        }
        for (k, item) in part.items.iter().enumerate() {
            let tags: Vec<&String> = item.mistake.iter().collect();
            tests.push(json!({
                "score": item.points, "max_score": item.max,
                "status": status(item.outcome == Outcome::Right),
                "name": format!("{}: {}", part.id, item.name),
                "number": format!("{}.{}", p + 1, k + 1),
                "output": sentence(item), "output_format": "text",
                "tags": tags, "visibility": visibility.word(),
            }));
        }
    }
    if record.penalty > Points::ZERO {
        tests.push(json!({
            "score": -record.penalty.to_f64(), "max_score": 0, "status": "failed",
            "name": "lateness", "number": format!("{}", record.parts.len() + 1), "output": record.lateness, "output_format": "text",
            "visibility": visibility.word(),
        }));
    }
    let mut output = format!("{} of {} points", record.points, record.max);
    if record.open > Points::ZERO {
        output.push_str(&format!("; {} of them wait for a person", record.open));
    }
    if record.to_come() > Points::ZERO {
        output.push_str(&format!(
            "; up to {} more are given by a person",
            record.to_come()
        ));
    }
    for problem in &record.problems {
        output.push_str(&format!("\n{problem}"));
    }
    json!({
        "score": record.points, "output": output, "output_format": "text",
        "test_output_format": "text", "test_name_format": "text",
        "visibility": visibility.word(), "stdout_visibility": "hidden",
        "extra_data": {"assignment": record.assignment, "open": record.open},
        "tests": tests,
    })
}

fn status(passed: bool) -> &'static str {
    if passed { "passed" } else { "failed" }
}

/// The files of a Gradescope autograder: name and contents. The program's own binary goes in beside
/// them, as `gradproof`.
pub fn bundle(assignment: &Assignment) -> Vec<(&'static str, String)> {
    let packages = match assignment.settings.code.language {
        Language::Python => "python3 python3-numpy",
        Language::Rust => "cargo rustc gcc libc6-dev",
    };
    vec![
        ("setup.sh", SETUP.replace("PACKAGES", packages)),
        ("run_autograder", RUN.to_string()),
        ("assignment.md", assignment.text.clone()),
    ]
}

const SETUP: &str = "#!/usr/bin/env bash
# Prepares the container once, with what students' modules need.
set -euo pipefail
apt-get update
apt-get install -y --no-install-recommends PACKAGES
chmod +x /autograder/source/gradproof
";

const RUN: &str = r#"#!/usr/bin/env bash
# Grades one submission. The results file is written first and replaced as a whole, so that there
# is one whatever happens.
set -uo pipefail
mkdir -p /autograder/results
results=/autograder/results/results.json
echo '{"score": 0, "output": "The grading did not finish. Nothing is lost: ask the staff to run it again."}' > "$results"
# Outside the folders that students' programs can read.
work=$(mktemp -d)
/autograder/source/gradproof grade /autograder/source/assignment.md /autograder/submission \
    --one --out "$work" --format gradescope
status=$?
file=$(ls "$work"/feedback/*.gradescope.json 2>/dev/null | head -n 1)
if [ -n "$file" ]; then
    cp "$file" "$results.new" && mv "$results.new" "$results"
fi
exit $(( status == 2 ? 1 : 0 ))
"#;
