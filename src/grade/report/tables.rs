//! The class's tables as CSV: nbgrader's, otter-grader's, and what waits for a person.

use crate::grade::assignment::Assignment;
use crate::grade::class::Summary;

/// What otter-grader writes as the status of the row that is nobody's.
const NO_STATUS: &str = "--";

/// Spreadsheets take a field that begins so for a formula; a leading apostrophe tells them not to.
fn harmless(text: &str) -> String {
    let is_harmless = text.parse::<f64>().is_ok() || text == NO_STATUS;
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_harmless {
        return format!("'{text}");
    }
    text.to_string()
}

fn table(rows: Vec<Vec<String>>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().flexible(false).from_writer(Vec::new());
    for row in rows {
        // Writing to memory fails only where rows differ in length, which would be cut here.
        let _ = writer.write_record(row.iter().map(|field| harmless(field)));
    }
    writer.into_inner().unwrap_or_default()
}

fn words(all: &[&str]) -> Vec<String> {
    all.iter().map(|word| (*word).to_string()).collect()
}

/// nbgrader's export: one row a student, missing hand-ins with zeros. Fields are quoted where they
/// hold commas, which nbgrader itself does not do but reads.
pub fn nbgrader(summary: &Summary) -> Vec<u8> {
    let mut rows = vec![words(&[
        "assignment",
        "duedate",
        "timestamp",
        "student_id",
        "last_name",
        "first_name",
        "email",
        "raw_score",
        "late_submission_penalty",
        "score",
        "max_score",
    ])];
    for row in &summary.rows {
        let raw = row.parts.iter().copied().sum::<crate::grade::score::Points>();
        let submitted = if row.missing { None } else { row.student.submitted.clone() };
        rows.push(vec![
            summary.assignment.clone(),
            summary.due.clone().unwrap_or_default(),
            submitted.unwrap_or_default(),
            row.student.id.clone(),
            row.student.last_name.clone(),
            row.student.first_name.clone(),
            row.student.email.clone(),
            raw.to_string(),
            row.penalty.to_string(),
            row.points.to_string(),
            row.max.to_string(),
        ]);
    }
    table(rows)
}

/// otter-grader's `final_grades.csv`: the first row holds the points there are.
pub fn otter(assignment: &Assignment, summary: &Summary) -> Vec<u8> {
    // Question columns are sorted by name.
    let mut order: Vec<usize> = (0..assignment.parts.len()).collect();
    order.sort_by(|&a, &b| assignment.parts[a].id.cmp(&assignment.parts[b].id));
    let ids = order.iter().map(|&k| assignment.parts[k].id.clone());
    let mut header = vec!["file".to_string()];
    header.extend(ids);
    header.extend(words(&["total_points_earned", "percent_correct", "grading_status"]));
    let mut rows = vec![header];
    let mut all = vec!["points-per-question".to_string()];
    all.extend(order.iter().map(|&k| assignment.parts[k].points.to_string()));
    all.extend([summary.max.to_string(), "1".to_string(), NO_STATUS.to_string()]);
    rows.push(all);
    for row in &summary.rows {
        let mut fields = vec![row.key.clone()];
        let points = |k: usize| row.parts.get(k).copied().unwrap_or_default();
        fields.extend(order.iter().map(|&k| points(k).to_string()));
        let max = row.max.to_f64();
        let percent = if max > 0.0 { row.points.to_f64() / max } else { 0.0 };
        let status = if row.missing { "missing" } else { "Completed" };
        fields.extend([
            row.points.to_string(),
            format!("{percent:.4}"),
            status.to_string(),
        ]);
        rows.push(fields);
    }
    table(rows)
}

/// What waits for a person: hand-in, student, part, reason.
pub(super) fn attention(summary: &Summary) -> Vec<u8> {
    let mut rows = vec![words(&["key", "student", "part", "reason"])];
    for row in &summary.rows {
        for (part, reason) in &row.attention {
            let name = row.student.name();
            rows.push(vec![row.key.clone(), name, part.clone(), reason.clone()]);
        }
        let whole = |reason: &str| {
            vec![row.key.clone(), row.student.name(), "all".into(), reason.to_string()]
        };
        if row.missing {
            rows.push(whole("nothing was handed in"));
        }
        if !row.lateness.is_empty() {
            rows.push(whole(&row.lateness));
        }
    }
    table(rows)
}
