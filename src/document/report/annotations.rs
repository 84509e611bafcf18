//! Workflow commands, with which a forge shows verdicts at the lines of a change.

use super::{one_line, shown};
use crate::document::checked::Checked;
use crate::proof::Status;

/// One command a line for each relation that is wrong, agrees only, or was skipped.
pub fn annotations(checked: &Checked) -> String {
    let mut out = String::new();
    for judged in &checked.relations {
        let level = match judged.verdict.status {
            Status::Proved => continue,
            Status::Refuted | Status::IllFormed => "error",
            Status::Slip => "warning",
            Status::Agrees | Status::Skipped => "notice",
        };
        let file = judged.place.file.as_deref().unwrap_or(&checked.source.name);
        let span = judged.fault.unwrap_or(judged.rhs_span);
        let place = checked.source.place(span.start);
        let title = match &judged.verdict.diagnosis {
            Some(diagnosis) => format!("{}: {diagnosis}", judged.verdict.status.word()),
            None => judged.verdict.status.word().to_owned(),
        };
        let mut message =
            format!("{}\n{}", one_line(&judged.verdict.message), shown(judged, 300));
        let hint = judged.verdict.hint.as_ref();
        if let Some(hint) = hint.filter(|_| judged.verdict.status != Status::Slip) {
            message.push_str(&format!("\nshould be: {hint}"));
        }
        if let Some(wrong) = judged.follows_from.and_then(|at| checked.relations.get(at))
        {
            message.push_str(&format!(
                "\nfollows from line {}, which is wrong",
                wrong.row.line
            ));
        }
        out.push_str(&format!(
            "::{level} file={},line={},col={},title={}::{}\n",
            property(file),
            place.line,
            place.column,
            property(&title),
            data(&message)
        ));
    }
    out
}

/// Escapes what would end a command's message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes what would end a command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
