//! The corpora: claims with known truth, one JSON object a line, under `tests/claims/`.

use std::collections::BTreeMap;
use std::path::Path;

use gradproof::numeric::{Approx, IndexEnv, Point, Values, eval};
use gradproof::proof::{Counterexample, Layout, Status, Verdict};
use gradproof::shape::{Elaborated, Givens, Role};
use num_rational::{BigRational, Ratio};

use crate::support::{algebra_proves, elaborated, givens, judge};

struct Row {
    id: String,
    givens: Givens,
    claim: String,
    truth: bool,
    layout: Layout,
}

fn rows() -> Vec<Row> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/claims");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
        .collect();
    files.sort();
    let mut rows = Vec::new();
    for file in files {
        for line in std::fs::read_to_string(&file).unwrap().lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let texts = row["given"].as_array().unwrap();
            rows.push(Row {
                id: row["id"].as_str().unwrap().to_string(),
                givens: givens(texts.iter().map(|t| t.as_str().unwrap())),
                claim: row["claim"].as_str().unwrap().to_string(),
                truth: row["truth"].as_bool().unwrap(),
                layout: match row["layout"].as_str() {
                    Some("gradient") => Layout::Gradient,
                    Some("numerator") => Layout::Numerator,
                    _ => Layout::Auto,
                },
            });
        }
    }
    rows
}

/// What a right answer may be, and what must not be.
fn is_wrong(row: &Row, verdict: &Verdict) -> bool {
    match (row.truth, verdict.status) {
        (true, Status::Refuted | Status::IllFormed | Status::Slip) => true,
        (false, Status::Proved | Status::Agrees) => true,
        _ => verdict.message.contains("internal error"),
    }
}

#[test]
fn no_verdict_on_a_corpus_is_wrong_and_most_truths_are_proved() {
    let rows = rows();
    assert!(rows.len() > 800, "the corpora are gone: {}", rows.len());
    let mut table: BTreeMap<(bool, &str), usize> = BTreeMap::new();
    let (mut wrong, mut open) = (Vec::new(), Vec::new());
    for row in &rows {
        let verdict = judge(&row.givens, &row.claim, row.layout)
            .unwrap_or_else(|| Verdict::new(Status::Skipped, "no relation"));
        *table.entry((row.truth, verdict.status.word())).or_default() += 1;
        let said = format!(
            "{}: {} is {}, said {}: {}",
            row.id,
            row.claim,
            row.truth,
            verdict.status.word(),
            verdict.message
        );
        if is_wrong(row, &verdict) {
            wrong.push(said);
        } else if row.truth && verdict.status != Status::Proved {
            open.push(said);
        }
    }
    assert!(wrong.is_empty(), "{} wrong verdicts:\n{}", wrong.len(), wrong.join("\n"));
    let truths = rows.iter().filter(|r| r.truth).count();
    assert!(
        open.len() * 100 <= truths * 3,
        "{} of {truths} true claims are not proved:\n{}\n{table:?}",
        open.len(),
        open.join("\n")
    );
    let lies = rows.len() - truths;
    let caught = table.get(&(false, "refuted")).unwrap_or(&0)
        + table.get(&(false, "ill-formed")).unwrap_or(&0);
    assert!(
        caught * 100 >= lies * 99,
        "{caught} of {lies} false claims caught {table:?}"
    );
}

#[test]
fn the_algebra_alone_proves_no_false_claim() {
    let mut proved = Vec::new();
    for row in rows().iter().filter(|r| !r.truth) {
        let Some(relation) = elaborated(&row.givens, &row.claim) else { continue };
        // Where the layout fixes a column, a row is another relation than the one judged false.
        let sized = relation.lhs.axes == relation.rhs.axes;
        if sized && algebra_proves(&relation) {
            proved.push(format!("{}: {}", row.id, row.claim));
        }
    }
    assert!(proved.is_empty(), "false, and proved:\n{}", proved.join("\n"));
}

#[test]
fn what_holds_for_some_dimensions_only_is_not_proved() {
    // Each is false where the argument of a sign is 0 for all values of the entries: points at
    // which the evaluator looks away, so that only the algebra can be wrong here.
    let claims: [(&[&str], &str); 7] = [
        (&["A in R^{n x n}", "B in R^{n x n}"], "sign(tr(A*B) - tr(A)*tr(B))^2 = 1"),
        (&["K in R^{n x n} antisymmetric"], "sign(det(K))^2 = 1"),
        (&["K in R^{n x n} antisymmetric", "x in R^n"], "sign(x'*K*x)^2 = 1"),
        (&["x in R^n"], "sign(det(x*x'))^2 = 1"),
        (&["x in R^n"], "(x[i] > x[j]) + (x[j] > x[i]) = 1"),
        (&["x in R^n"], "sum_{i,j} ((x[i] > x[j]) + (x[j] > x[i])) = n^2"),
        (&["x in R^n"], "abs(sign(x - sum(x)/n*ones(n))) = ones(n)"),
    ];
    for (texts, claim) in claims {
        let relation = elaborated(&givens(texts.iter().copied()), claim).expect(claim);
        assert!(!algebra_proves(&relation), "proved: {claim}");
    }
}

#[test]
fn signs_of_free_entries_are_known_almost_everywhere() {
    let claims: [(&[&str], &str); 4] = [
        (&["x in R"], "sign(x)^2 = 1"),
        (
            &["A in R^{m x n}", "x in R^n", "b in R^m"],
            "relu(A*x + b) - relu(-A*x - b) = A*x + b",
        ),
        (&["x in R", "c in R positive"], "(abs(x) <= c) + (abs(x) > c) = 1"),
        (&["x in R^n", "y in R"], "abs(x'*x - y)^2 = (x'*x - y)^2"),
    ];
    for (texts, claim) in claims {
        let relation = elaborated(&givens(texts.iter().copied()), claim).expect(claim);
        assert!(algebra_proves(&relation), "not proved: {claim}");
    }
}

/// The point that a counterexample states, for relations without unknown functions.
fn point(relation: &Elaborated, shown: &Counterexample) -> Option<(Point, IndexEnv)> {
    let table = &relation.table;
    let extent = |name: &str| {
        shown.dims.iter().find(|(n, _)| n == name).map_or(1, |(_, value)| *value)
    };
    let mut point = Point {
        dims: table.dims.iter().map(|name| extent(name)).collect(),
        ..Point::default()
    };
    for symbol in &table.symbols {
        let values = match symbol.role {
            Role::Variable => shown.values.iter().find(|(n, _)| *n == symbol.name),
            Role::Defined(_) => None,
            _ => return None,
        };
        let values = match values {
            None => None,
            Some((_, grid)) => {
                let sizes = symbol.axes.iter().map(|d| point.extent(d));
                let entries =
                    grid.iter().flatten().map(|cell| cell.parse::<Ratio<i64>>());
                Some(Values {
                    sizes: sizes.collect::<Option<_>>()?,
                    entries: entries.collect::<Result<_, _>>().ok()?,
                })
            }
        };
        point.values.push(values);
    }
    let mut indices = IndexEnv::new(table);
    for var in &relation.free {
        indices.bind(*var, extent(&table.indices[var.0 as usize].0) - 1);
    }
    table.functions.is_empty().then_some((point, indices))
}

/// Whether the two sides differ at the point, exactly or beyond rounding.
fn differ(relation: &Elaborated, point: &Point, indices: &IndexEnv) -> Option<bool> {
    let Elaborated { table, lhs, rhs, .. } = relation;
    let exact = |side| eval::<BigRational>(table, side, point, indices);
    if let (Ok(l), Ok(r)) = (exact(lhs), exact(rhs)) {
        return Some(l.entries() != r.entries());
    }
    let near = |side| eval::<Approx>(table, side, point, indices);
    let (l, r) = (near(lhs).ok()?, near(rhs).ok()?);
    Some(l.entries().iter().zip(r.entries()).any(|(a, b)| {
        (a.value - b.value).abs() > 1e-6 * (1.0 + a.value.abs() + b.value.abs())
    }))
}

#[test]
fn every_counterexample_evaluates_to_a_difference() {
    let (mut visited, mut refuted) = (0, 0);
    for row in rows().iter().filter(|r| !r.truth) {
        let Some(verdict) = judge(&row.givens, &row.claim, row.layout) else { continue };
        if verdict.status != Status::Refuted {
            continue;
        }
        let shown = verdict
            .counterexample
            .unwrap_or_else(|| panic!("{}: refuted without a counterexample", row.id));
        let (i, j) = shown.entry;
        assert_ne!(shown.lhs[i - 1][j - 1], shown.rhs[i - 1][j - 1], "{}", row.id);
        refuted += 1;
        let Some(relation) = elaborated(&row.givens, &row.claim) else { continue };
        let Some((point, indices)) = point(&relation, &shown) else { continue };
        if let Some(differs) = differ(&relation, &point, &indices) {
            assert!(differs, "{}: {} holds at {shown:?}", row.id, row.claim);
            visited += 1;
        }
    }
    assert!(visited * 10 >= refuted * 8, "only {visited} of {refuted} visited again");
}
