//! The class as Markdown.

use super::markdown::code_free;
use crate::grade::class::Summary;

pub(super) fn markdown(summary: &Summary) -> String {
    let missing = summary.rows.iter().filter(|row| row.missing).count();
    let mut text = format!("# {}\n\n", summary.title);
    text.push_str(&format!(
        "{} hand-ins, {missing} missing.\n",
        summary.rows.len() - missing
    ));
    text.push_str("\n| part | points | mean | all points | most frequent mistakes |\n");
    text.push_str("|---|---|---|---|---|\n");
    for part in &summary.parts {
        let mistakes = part.mistakes.iter().take(3);
        let mistakes: Vec<String> = mistakes
            .map(|(tag, count)| format!("{} ({count})", code_free(tag)))
            .collect();
        text.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            code_free(&part.title),
            part.max,
            part.mean,
            part.full,
            mistakes.join(", ")
        ));
    }
    text.push_str(
        "\n| hand-in | student | points | waiting | late |\n|---|---|---|---|---|\n",
    );
    for row in &summary.rows {
        let points = if row.missing { "missing".into() } else { row.points.to_string() };
        text.push_str(&format!(
            "| {} | {} | {points} | {} | {} |\n",
            code_free(&row.key),
            code_free(&row.student.name()),
            row.open,
            code_free(&row.lateness)
        ));
    }
    if !summary.groups.is_empty() {
        text.push_str(
            "\n## Like answers\n\nOne entry in `overrides.toml` decides each.\n\n",
        );
        for group in &summary.groups {
            text.push_str(&format!(
                "- part {}: {} hand-ins, {} points each, `[answers.\"{}\"]`: {}\n",
                group.part,
                group.keys.len(),
                group.points,
                group.answer,
                code_free(&group.keys.join(", "))
            ));
        }
    }
    text
}
