//! Takes the Markdown cells out of a Jupyter notebook.

use serde_json::Value;

/// The Markdown cells' sources joined by one blank line.
///
/// # Errors
/// What is wrong with the notebook, in one sentence with the line of the fault.
pub(super) fn markdown(json: &str) -> Result<String, String> {
    let value: Value = serde_json::from_str(json).map_err(|error| {
        format!(
            "not a notebook: line {}, column {} is not JSON ({error}); export it again as .ipynb",
            error.line(),
            error.column()
        )
    })?;
    // Notebooks of format 3 keep their cells in worksheets.
    let cells: Vec<&Value> = match (value.get("cells"), value.get("worksheets")) {
        (Some(Value::Array(cells)), _) => cells.iter().collect(),
        (_, Some(Value::Array(sheets))) => sheets
            .iter()
            .filter_map(|sheet| sheet.get("cells")?.as_array())
            .flatten()
            .collect(),
        _ => return Err("not a notebook: it has no list of cells".to_owned()),
    };
    let sources: Vec<String> = cells
        .into_iter()
        .filter(|cell| cell.get("cell_type").and_then(Value::as_str) == Some("markdown"))
        .map(|cell| match cell.get("source") {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(lines)) => lines.iter().filter_map(Value::as_str).collect(),
            _ => String::new(),
        })
        .collect();
    let trimmed: Vec<&str> = sources
        .iter()
        .map(|source| source.strip_suffix('\n').unwrap_or(source))
        .collect();
    Ok(trimmed.join("\n\n"))
}
