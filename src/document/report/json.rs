//! The report for machines, in the form that the contract fixes.

use serde_json::{Map, Value, json as value};

use super::Tally;
use crate::document::checked::{Checked, Judged};
use crate::document::source::Place;
use crate::proof::{Counterexample, Status, Verdict};

/// A checked document as one JSON object.
pub fn json(checked: &Checked) -> Value {
    let tally = Tally::of(checked);
    let mut summary: Map<String, Value> = tally
        .counts()
        .into_iter()
        .map(|(word, count)| (word.to_owned(), count.into()))
        .collect();
    summary.insert("relations".to_owned(), tally.relations().into());
    summary.insert("unread".to_owned(), tally.unread.into());
    summary.insert("sides".to_owned(), tally.sides.into());
    summary.insert("unread_sides".to_owned(), tally.unread_sides.into());
    summary.insert("coverage".to_owned(), value!((tally.coverage() * 1e4).round() / 1e4));
    let unjudged = checked
        .relations
        .iter()
        .filter(|judged| judged.verdict.status == Status::Skipped)
        .map(|judged| {
            let text = format!("{} {} {}", judged.lhs, judged.sign, judged.rhs);
            let mut entry = placed(&judged.place);
            entry.insert("index".to_owned(), judged.index.into());
            entry.insert("text".to_owned(), text.into());
            entry.insert("reason".to_owned(), judged.verdict.message.as_str().into());
            Value::Object(entry)
        });
    let skipped = checked.skipped.iter().map(|skipped| {
        let mut entry = placed(&skipped.place);
        entry.insert("text".to_owned(), skipped.text.as_str().into());
        entry.insert("reason".to_owned(), skipped.reason.as_str().into());
        entry.insert("unread".to_owned(), skipped.unread.into());
        Value::Object(entry)
    });
    let givens = checked.givens.iter().map(|taken| {
        let mut entry = placed(&taken.place);
        entry.insert("section".to_owned(), value!(taken.section));
        entry.insert("given".to_owned(), taken.text.as_str().into());
        entry.insert("origin".to_owned(), taken.origin.word().into());
        entry.insert("problem".to_owned(), value!(taken.problem));
        Value::Object(entry)
    });
    let derivations = checked.derivations.iter().map(|derivation| {
        let line = |at: usize| checked.relations.get(at).map(|judged| judged.row.line);
        value!({
            "section": derivation.section,
            "subject": derivation.subject,
            "relations": derivation.relations,
            "first_wrong": derivation.first_wrong,
            "first_wrong_line": derivation.first_wrong.and_then(line),
            "answer_line": line(derivation.answer),
            "answer_right": derivation.answer_right,
            "answer_verdict": derivation.answer_status.word(),
            "corrected": derivation.corrected,
        })
    });
    let notes = checked.source.notes.iter().map(|note| {
        let mut entry = placed(&checked.source.place(note.offset));
        entry.insert("code".to_owned(), note.code.into());
        entry.insert("message".to_owned(), note.message.as_str().into());
        Value::Object(entry)
    });
    value!({
        "file": checked.source.name,
        "relations": checked.relations.iter().map(|judged| relation(checked, judged)).collect::<Vec<_>>(),
        "skipped": unjudged.chain(skipped).collect::<Vec<_>>(),
        "summary": summary,
        "derivations": derivations.collect::<Vec<_>>(),
        "givens": givens.collect::<Vec<_>>(),
        "notes": notes.collect::<Vec<_>>(),
    })
}

fn placed(place: &Place) -> Map<String, Value> {
    let mut entry = Map::new();
    if let Some(file) = &place.file {
        entry.insert("file".to_owned(), file.as_str().into());
    }
    entry.insert("line".to_owned(), place.line.into());
    entry.insert("column".to_owned(), place.column.into());
    entry
}

fn relation(checked: &Checked, judged: &Judged) -> Value {
    let mut entry = placed(&judged.place);
    entry.insert("index".to_owned(), judged.index.into());
    entry.insert("section".to_owned(), value!(judged.section));
    entry.insert("lhs".to_owned(), judged.lhs.as_str().into());
    entry.insert("rhs".to_owned(), judged.rhs.as_str().into());
    entry.extend(verdict_fields(&judged.verdict));
    let fault = judged.fault.map(|span| {
        let place = checked.source.place(span.start);
        let text = checked.source.slice(span);
        value!({"line": place.line, "column": place.column, "text": text})
    });
    entry.insert("fault".to_owned(), value!(fault));
    let follows = judged.follows_from.and_then(|at| checked.relations.get(at));
    entry.insert("follows_from".to_owned(), value!(follows.map(|wrong| wrong.row.line)));
    entry.insert("row".to_owned(), judged.row.line.into());
    entry.insert("remarks".to_owned(), value!(judged.remarks));
    Value::Object(entry)
}

/// A verdict's fields, with the names and in the order of the contract.
pub fn verdict_fields(verdict: &Verdict) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("verdict".to_owned(), verdict.status.word().into());
    fields.insert("layout".to_owned(), value!(verdict.layout));
    fields.insert("assumptions".to_owned(), value!(verdict.assumptions));
    fields.insert("diagnosis".to_owned(), value!(verdict.diagnosis));
    fields.insert("hint".to_owned(), value!(verdict.hint));
    let counterexample = verdict.counterexample.as_ref().map(point);
    fields.insert("counterexample".to_owned(), value!(counterexample));
    fields.insert("message".to_owned(), verdict.message.as_str().into());
    if let Some(reading) = &verdict.reading {
        fields.insert("reading".to_owned(), reading.as_str().into());
    }
    fields.insert("millis".to_owned(), value!((verdict.millis * 1e3).round() / 1e3));
    fields
}

fn point(counterexample: &Counterexample) -> Value {
    let object = |pairs: &[(String, String)]| -> Map<String, Value> {
        pairs.iter().map(|(name, text)| (name.clone(), text.as_str().into())).collect()
    };
    let dims: Map<String, Value> = counterexample
        .dims
        .iter()
        .map(|(name, size)| (name.clone(), (*size).into()))
        .collect();
    let values: Map<String, Value> = counterexample
        .values
        .iter()
        .map(|(name, grid)| (name.clone(), value!(grid)))
        .collect();
    value!({
        "dims": dims,
        "values": values,
        "functions": object(&counterexample.functions),
        "lhs": counterexample.lhs,
        "rhs": counterexample.rhs,
        "entry": [counterexample.entry.0, counterexample.entry.1],
    })
}
