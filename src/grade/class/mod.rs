//! Grades a whole class: in parallel, in shards, again after a change; loses nothing when killed.

mod grader;
mod lateness;
mod store;
mod summary;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

pub use grader::{GradeError, Grader};
pub use store::{Store, write_whole};
pub use summary::{Group, PartSummary, Row, Summary};

use super::report::{Format, write_record};
use super::result::Record;
use super::submission::Found;

/// One of the equal pieces that a class is cut into, for many machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    number: usize,
    of: usize,
}

impl Shard {
    /// The whole class.
    pub const ALL: Shard = Shard { number: 0, of: 1 };

    /// Reads `3/64`: the third of 64.
    ///
    /// # Errors
    /// When it is not of this form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no shard: write 3/64 for the third of 64");
        let (number, of) = text.split_once('/').ok_or_else(wrong)?;
        let number: usize = number.trim().parse().map_err(|_| wrong())?;
        let of: usize = of.trim().parse().map_err(|_| wrong())?;
        if number == 0 || number > of {
            return Err(wrong());
        }
        Ok(Shard { number: number - 1, of })
    }

    fn holds(self, position: usize) -> bool {
        position % self.of == self.number
    }
}

/// What to do in a run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Where everything is written.
    pub out: PathBuf,
    /// Which piece of the class.
    pub shard: Shard,
    /// Parts to grade again in any case; all others keep their earlier results where they have one.
    pub only: Vec<String>,
    /// Leave hand-ins alone that have a result and did not change since then (RFC 3339).
    pub since: Option<std::time::SystemTime>,
    /// What is written for each hand-in.
    pub formats: Vec<Format>,
}

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Hand-ins of this shard.
    pub hand_ins: usize,
    /// Of these, how many were graded anew; the others had a result already.
    pub graded: usize,
    /// What could not be graded or written, for people.
    pub failures: Vec<String>,
}

/// Grades the hand-ins of a shard and writes each result as soon as it is there; then the class's
/// tables and pages.
///
/// # Errors
/// When the output folder cannot be used.
pub fn run(grader: &Grader, found: &[Found], run: &Run) -> Result<Outcome, GradeError> {
    let store = Store::open(&run.out)?;
    let tasks = grader.tasks(found);
    let own: Vec<_> = tasks
        .iter()
        .enumerate()
        .filter(|(position, _)| run.shard.holds(*position))
        .map(|(_, task)| task)
        .collect();
    let graded = AtomicUsize::new(0);
    let done: Vec<Result<Record, String>> = own
        .par_iter()
        .map(|task| {
            let before = store.record(&task.key);
            let (record, fresh) = grader.grade(task, before.as_ref(), run)?;
            if fresh {
                graded.fetch_add(1, Ordering::Relaxed);
            }
            if before.as_ref() != Some(&record) || !store.has(&record, &run.formats) {
                write_record(&store, grader.assignment(), &record, &run.formats)?;
            }
            Ok(record)
        })
        .collect();
    let mut outcome = Outcome {
        hand_ins: own.len(),
        graded: graded.into_inner(),
        failures: Vec::new(),
    };
    let mut rows = Vec::new();
    for (task, result) in own.iter().zip(done) {
        match result {
            Ok(record) => rows.push(Row::of(&record)),
            Err(error) => outcome.failures.push(format!("{}: {error}", task.key)),
        }
    }
    for (student, part) in grader.overrides().decided() {
        if grader.assignment().part(part).is_none() {
            outcome.failures.push(format!("overrides: {student} has no part `{part}`"));
        }
    }
    let summary = Summary::of(grader.assignment(), rows);
    super::report::write_class(&store, grader.assignment(), &summary)?;
    Ok(outcome)
}

/// Joins the results of shards, or of earlier runs, into one folder with the class's tables.
///
/// # Errors
/// When a folder cannot be read or written, or two of them disagree about a hand-in.
pub fn merge(
    assignment: &super::assignment::Assignment,
    from: &[PathBuf],
    out: &std::path::Path,
    formats: &[Format],
) -> Result<usize, GradeError> {
    let store = Store::open(out)?;
    let mut rows = std::collections::BTreeMap::new();
    for folder in from.iter().map(PathBuf::as_path).chain([out]) {
        for record in Store::existing(folder)?.records()? {
            let record = record?;
            let row = Row::of(&record);
            if record.assignment != assignment.settings.id {
                return Err(GradeError::new(format!(
                    "{}: the result of {} is of the assignment `{}`, not `{}`",
                    folder.display(),
                    record.key,
                    record.assignment,
                    assignment.settings.id
                )));
            }
            match rows.get(&record.key) {
                None => {
                    if folder != out {
                        write_record(&store, assignment, &record, formats)
                            .map_err(GradeError::new)?;
                    }
                    rows.insert(record.key.clone(), row);
                }
                Some(known) if *known == row => {}
                // What lies in the output folder is what is being renewed.
                Some(_) if folder == out => {}
                Some(_) => {
                    return Err(GradeError::new(format!(
                        "{}: there are two different results for {}",
                        folder.display(),
                        record.key
                    )));
                }
            }
        }
    }
    let count = rows.len();
    let summary = Summary::of(assignment, rows.into_values().collect());
    super::report::write_class(&store, assignment, &summary)?;
    Ok(count)
}
