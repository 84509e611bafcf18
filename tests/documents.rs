//! Documents as tests: in each file of `tests/documents`, a comment behind a formula says what its
//! relations must come to, in their order:
//!
//! `$a = b = c$ <!-- proved, refuted: transposed -->`, in LaTeX `%! proved, refuted: transposed`.
//!
//! `a|b` allows either verdict; behind the colon a part of the diagnosis. A formula without a
//! comment must be proved, relation by relation. `<!-- nothing -->` says that a formula with a sign
//! claims nothing, `<!-- not understood -->` that a given is not understood. Expectations without a relation and faults without an expectation both fail.

#![cfg(feature = "document")]

use std::path::{Path, PathBuf};

use gradproof::document::checked::{Checked, Judged};
use gradproof::document::givens::Outside;
use gradproof::document::{check, source};
use gradproof::proof::Layout;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn checked(path: &Path) -> Checked {
    let source = source::read(path).unwrap_or_else(|error| panic!("{error}"));
    check(source, &Outside::default(), Layout::Auto)
}

/// A comment with expectations: where it ends, and what it expects.
fn expectations(text: &str) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    let mut at = 0;
    let next = |from: usize| {
        let html = text[from..].find("<!--").map(|offset| (from + offset, 4, "-->"));
        let latex = text[from..].find("%!").map(|offset| (from + offset, 2, "\n"));
        html.into_iter().chain(latex).min()
    };
    while let Some((open, length, closer)) = next(at) {
        let close = text[open..].find(closer).map_or(text.len(), |offset| open + offset);
        let expected = text[open + length..close].trim();
        let verdicts =
            ["proved", "agrees", "slip", "refuted", "ill-formed", "skipped", "nothing"];
        if verdicts.iter().any(|verdict| expected.starts_with(verdict)) {
            found.push((open, expected.split(", ").map(str::to_owned).collect()));
        }
        at = close;
    }
    found
}

fn fits(judged: &Judged, expected: &str) -> bool {
    let (verdicts, diagnosis) = expected.split_once(": ").unwrap_or((expected, ""));
    let verdict = judged.verdict.status.word();
    verdicts.split('|').any(|allowed| allowed == verdict)
        && judged.verdict.diagnosis.as_deref().unwrap_or_default().contains(diagnosis)
}

fn described(judged: &Judged) -> String {
    format!(
        "line {}: {} = {}: {} {:?}: {}",
        judged.place.line,
        judged.lhs,
        judged.rhs,
        judged.verdict.status.word(),
        judged.verdict.diagnosis,
        judged.verdict.message
    )
}

/// What a document's verdicts and its expectations disagree about.
fn complaints(checked: &Checked) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut used = vec![false; checked.relations.len()];
    // The comments of LaTeX are blanked in the text that was read, at the same offsets.
    let raw = match checked.source.format {
        source::Format::Latex => std::fs::read_to_string(&checked.source.name).ok(),
        _ => None,
    };
    let text = raw.as_ref().unwrap_or(&checked.source.text);
    for (offset, expected) in expectations(text) {
        // The formula before the comment is the last that has begun.
        let place = checked.source.place(offset);
        let before = |judged: &Judged| {
            (judged.place.line, judged.place.column) < (place.line, place.column)
        };
        let last = checked.relations.iter().rposition(before);
        let formula: Vec<usize> = match last {
            Some(last) => (0..=last)
                .filter(|&at| {
                    checked.relations[at].place == checked.relations[last].place
                })
                .collect(),
            None => Vec::new(),
        };
        if expected == ["nothing"] {
            continue;
        }
        if formula.len() != expected.len() {
            complaints.push(format!(
                "line {}: {} relations, {} expectations",
                place.line,
                formula.len(),
                expected.len()
            ));
        }
        for (&at, expected) in formula.iter().zip(&expected) {
            used[at] = true;
            if !fits(&checked.relations[at], expected) {
                let found = described(&checked.relations[at]);
                complaints.push(format!("expected {expected}, found {found}"));
            }
        }
    }
    for (judged, used) in checked.relations.iter().zip(used) {
        if !used && judged.verdict.status.word() != "proved" {
            complaints.push(format!("no expectation for {}", described(judged)));
        }
    }
    let count = |word: &str| {
        text.matches(&format!("<!-- {word} -->")).count()
            + text.matches(&format!("%! {word}\n")).count()
    };
    let silent = count("nothing");
    let nothing =
        checked.skipped.iter().filter(|skipped| skipped.text.contains('=')).count();
    if nothing != silent {
        complaints
            .push(format!("{nothing} formulas claim nothing, {silent} are expected to"));
    }
    let unknown: Vec<String> = checked
        .givens
        .iter()
        .filter_map(|taken| {
            let problem = taken.problem.as_ref()?;
            Some(format!("line {}: {}: {problem}", taken.place.line, taken.text))
        })
        .collect();
    if unknown.len() != count("not understood") {
        complaints.extend(unknown);
    }
    complaints
}

#[test]
fn every_relation_comes_to_what_its_document_expects() {
    let (paths, errors) = source::collect(&[folder("tests/documents")]);
    assert!(errors.is_empty() && paths.len() > 3, "{errors:?} {paths:?}");
    let mut all = Vec::new();
    for path in paths {
        let checked = checked(&path);
        assert!(!checked.relations.is_empty(), "{} holds no relation", path.display());
        all.extend(
            complaints(&checked)
                .into_iter()
                .map(|text| format!("{}: {text}", path.display())),
        );
    }
    assert!(all.is_empty(), "\n{}", all.join("\n"));
}

#[test]
fn a_fault_without_expectation_and_an_expectation_without_fault_are_noticed() {
    let read = |text: &str| {
        let format = source::Format::Markdown;
        let source =
            source::read_text("t.md", format, text.to_owned()).expect("it reads");
        complaints(&check(source, &Outside::default(), Layout::Auto)).len()
    };
    let given = "Let $x \\in \\mathbb{R}^n$.\n\n";
    assert_eq!(read(&format!("{given}$x^T x = 2 x^T x$")), 1);
    assert_eq!(read(&format!("{given}$x^T x = 2 x^T x$ <!-- refuted -->")), 0);
    assert_eq!(read(&format!("{given}$x^T x = x^T x$ <!-- refuted -->")), 1);
    assert_eq!(read(&format!("{given}$x^T x = x^T x$ <!-- proved, proved -->")), 1);
}

#[test]
fn every_relation_of_the_derivations_is_proved() {
    let (paths, errors) = source::collect(&[folder("derivations")]);
    assert!(errors.is_empty(), "{errors:?}");
    let mut relations = 0;
    let mut faults = Vec::new();
    for path in paths {
        let checked = checked(&path);
        relations += checked.relations.len();
        let wrong = checked.relations.iter().filter(|judged| !judged.is_right());
        faults.extend(
            wrong.map(|judged| format!("{}: {}", path.display(), described(judged))),
        );
        let unread = checked.givens.iter().filter_map(|taken| taken.problem.as_ref());
        faults.extend(unread.map(|problem| format!("{}: {problem}", path.display())));
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    assert!(relations > 100, "only {relations} relations");
}

/// The answer key of `examples/hand-in.md`, worked out by hand: every relation that is not right,
/// by its line, its number in the formula, and the verdicts that are just.
const FAULTS: [(usize, usize, &str); 12] = [
    // The sums over i and j were left standing after their deltas were contracted.
    (14, 0, "refuted|slip"),
    // The same sums against A u^T, a product of n×n and 1×n: u is a column.
    (14, 1, "ill-formed|slip|refuted"),
    // The right side is right; u^T stands for u on the left.
    (15, 0, "slip|ill-formed"),
    // The transpose of P is missing: (P^T Q^T) is m×p, P Q^T does not exist.
    (28, 0, "ill-formed|refuted"),
    // One component against the whole gradient, twice.
    (35, 0, "slip"),
    (36, 0, "slip"),
    // The square root was lost.
    (36, 1, "refuted"),
    // ∂M/∂M_ij stands where ∂/∂M_ij is meant.
    (44, 0, "ill-formed|slip"),
    // The sum over n runs to N, not to S.
    (74, 0, "slip"),
    // The cases of the ReLU derivative are swapped.
    (94, 0, "refuted"),
    // The Hadamard product with Y belongs inside the row sum.
    (106, 0, "refuted"),
    // The index i of the entry is captured by the sum.
    (113, 0, "ill-formed|slip"),
];

#[test]
fn the_example_hand_in_is_judged_as_its_answer_key_says() {
    let checked = checked(&folder("examples/hand-in.md"));
    let mut complaints = Vec::new();
    for judged in &checked.relations {
        let key = FAULTS.iter().find(|(line, index, _)| {
            (judged.place.line, judged.index) == (*line, *index)
        });
        let expected = key.map_or("proved", |(.., verdicts)| verdicts);
        if !fits(judged, expected) {
            complaints.push(format!("expected {expected}, found {}", described(judged)));
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    assert_eq!(checked.relations.len(), 48);
    assert_eq!(
        checked.relations.iter().filter(|judged| judged.is_wrong()).count(),
        FAULTS.len()
    );
}

#[test]
fn the_summary_names_first_wrong_steps_and_wrong_answers() {
    let checked = checked(&folder("examples/hand-in.md"));
    let answer = |section: &str| {
        let found = checked
            .derivations
            .iter()
            .rfind(|derivation| derivation.section.join(" ").contains(section));
        let derivation = found.unwrap_or_else(|| panic!("no derivation in {section}"));
        let line = |at: usize| checked.relations[at].place.line;
        (derivation.answer_right, derivation.first_wrong.map(line))
    };
    assert_eq!(answer("Question 1 a)"), (Some(true), Some(14)));
    assert_eq!(answer("Question 1 b)"), (Some(false), Some(28)));
    assert_eq!(answer("Question 1 c)"), (Some(true), Some(35)));
    assert_eq!(answer("loss ii)"), (Some(true), Some(113)));
}
