//! Grades one hand-in: reads it, reuses what did not change, adds what persons decided.

use std::fmt;
use std::path::Path;

use super::lateness::penalty;
use super::{Run, Store};
use crate::grade::assignment::{Assignment, Part, Work};
use crate::grade::code::Engine;
use crate::grade::derivation::{Documents, Judge};
use crate::grade::digest::Contents;
use crate::grade::result::{DecisionRecord, FORM, Item, Outcome, PartRecord, Record};
use crate::grade::score::{Overrides, Points};
use crate::grade::submission::{ArchiveLimits, Found, HandIn, Roster, Student};
use crate::grade::{grade_code, sandbox::SandboxError};

/// Why grading cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GradeError(String);

impl GradeError {
    pub(in crate::grade) fn new(message: impl Into<String>) -> Self {
        GradeError(message.into())
    }

    pub(in crate::grade) fn file(
        done: &str,
        path: &Path,
        error: &std::io::Error,
    ) -> Self {
        GradeError(format!("{} cannot be {done}: {error}", path.display()))
    }
}

impl fmt::Display for GradeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for GradeError {}

impl From<SandboxError> for GradeError {
    fn from(error: SandboxError) -> Self {
        GradeError(error.to_string())
    }
}

/// A hand-in to grade, or a student of the roster who handed in nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Task {
    pub(super) key: String,
    student: Student,
    found: Option<Found>,
}

/// Everything that grading needs to know, shared by all hand-ins.
#[derive(Debug)]
pub struct Grader {
    assignment: Assignment,
    judge: Judge,
    roster: Roster,
    overrides: Overrides,
    engine: Option<Engine>,
    limits: ArchiveLimits,
}

impl Grader {
    /// A grader; without an engine the parts that ask for code wait for a person.
    ///
    /// # Errors
    /// When the assignment's givens cannot be used.
    pub fn new(
        assignment: Assignment,
        roster: Roster,
        overrides: Overrides,
        engine: Option<Engine>,
    ) -> Result<Self, GradeError> {
        let judge = Judge::new(&assignment).map_err(GradeError)?;
        let limits = ArchiveLimits::default();
        Ok(Grader { assignment, judge, roster, overrides, engine, limits })
    }

    /// The assignment.
    pub fn assignment(&self) -> &Assignment {
        &self.assignment
    }

    /// What persons decided.
    pub fn overrides(&self) -> &Overrides {
        &self.overrides
    }

    /// Refuses to run code where it could read the given paths.
    ///
    /// # Errors
    /// Which path is exposed.
    pub fn refuse_exposed(&self, paths: &[&Path]) -> Result<(), GradeError> {
        match &self.engine {
            Some(engine) => Ok(grade_code::refuse_exposed(engine, paths)?),
            None => Ok(()),
        }
    }

    /// The hand-ins, and the roster's students without one, in a fixed order.
    pub(super) fn tasks(&self, found: &[Found]) -> Vec<Task> {
        let mut tasks: Vec<Task> = found
            .iter()
            .map(|found| {
                let owner = self.roster.owner(&found.key).cloned();
                Task {
                    key: found.key.clone(),
                    student: owner.unwrap_or_else(|| Student::unlisted(&found.key)),
                    found: Some(found.clone()),
                }
            })
            .collect();
        let missing: Vec<Task> = self
            .roster
            .students
            .iter()
            .filter(|student| !tasks.iter().any(|task| task.student.id == student.id))
            .map(|student| Task {
                key: student.id.clone(),
                student: student.clone(),
                found: None,
            })
            .collect();
        tasks.extend(missing);
        tasks.sort_by(|a, b| a.key.cmp(&b.key));
        tasks
    }

    /// Grades a task; says whether anything had to be computed.
    pub(super) fn grade(
        &self,
        task: &Task,
        before: Option<&Record>,
        run: &Run,
    ) -> Result<(Record, bool), String> {
        let Some(found) = &task.found else { return Ok((self.missing(task), false)) };
        if let (Some(since), Some(before)) = (run.since, before)
            && !before.missing
            && !changed_since(&found.paths, since)
        {
            return Ok((
                self.complete(task, before.parts.clone(), before.problems.clone()),
                false,
            ));
        }
        let hand_in = HandIn::read(found, &self.limits);
        let mut contents = Contents::new();
        for file in &hand_in.files {
            contents.add(file.path.as_bytes());
            contents.add(&file.bytes);
        }
        let contents = contents.name();
        let mut documents: Option<Documents> = None;
        let mut fresh = false;
        let mut parts = Vec::new();
        for part in &self.assignment.parts {
            let digest = self.digest(&contents, part);
            let earlier =
                before.and_then(|record| record.parts.iter().find(|p| p.id == part.id));
            if let Some(earlier) = earlier {
                let named = run.only.contains(&part.id);
                let keep =
                    if run.only.is_empty() { earlier.digest == digest } else { !named };
                if keep {
                    parts.push(earlier.clone());
                    continue;
                }
            }
            fresh = true;
            let mut record = match &part.work {
                Work::Derivations(finds) => {
                    let documents = documents.get_or_insert_with(|| {
                        self.judge.documents(&self.assignment, &hand_in)
                    });
                    self.judge.grade(&self.assignment, part, finds, documents)
                }
                Work::Code(modules) => {
                    let engine = self.engine.as_ref();
                    grade_code::grade(&self.assignment, part, modules, &hand_in, engine)
                        .map_err(|error| error.to_string())?
                }
                Work::ByHand => by_hand(part),
            };
            record.digest = digest;
            parts.push(record);
        }
        let mut problems = hand_in.problems;
        if let Some(documents) = documents {
            problems.extend(documents.problems);
        }
        if hand_in.files.is_empty() {
            problems.push("the hand-in holds no file that could be read".into());
        }
        Ok((self.complete(task, parts, problems), fresh))
    }

    /// What a part's points depend on.
    fn digest(&self, contents: &str, part: &Part) -> String {
        let mut all = Contents::new();
        all.add(env!("CARGO_PKG_VERSION").as_bytes());
        all.add(contents.as_bytes());
        all.add(format!("{part:?}").as_bytes());
        let settings = &self.assignment.settings;
        let policy =
            (settings.layout, settings.einstein, settings.feedback, &settings.credit);
        all.add(format!("{policy:?}").as_bytes());
        if matches!(part.work, Work::Code(_)) {
            all.add(format!("{:?}", settings.code).as_bytes());
            all.add(&[u8::from(self.engine.is_some())]);
        } else {
            // A derivation's lines belong to the part whose place fits best, so places matter.
            for other in &self.assignment.parts {
                all.add(format!("{:?}", other.places).as_bytes());
            }
        }
        all.name()
    }

    fn missing(&self, task: &Task) -> Record {
        let parts = self.assignment.parts.iter().map(|part| {
            let mut item =
                Item::new("hand-in", Outcome::Missing, Points::ZERO, part.points);
            item.text = "nothing was handed in".into();
            PartRecord::of_items(&part.id, &part.title, part.points, vec![item])
        });
        let mut record = self.complete(task, parts.collect(), Vec::new());
        record.missing = true;
        record
    }

    /// Adds decisions, lateness and totals.
    fn complete(
        &self,
        task: &Task,
        mut parts: Vec<PartRecord>,
        problems: Vec<String>,
    ) -> Record {
        for part in &mut parts {
            let computed: Points = part.items.iter().map(|item| item.points).sum();
            part.points = computed;
            part.decision = None;
            let decision =
                self.overrides.on(&task.student.id, &part.id, part.answer.as_deref());
            if let Some(decision) = decision {
                part.points = decision.points.unwrap_or(computed).min(part.max);
                part.decision =
                    Some(DecisionRecord { computed, comment: decision.comment.clone() });
            }
        }
        let mut record = Record {
            form: FORM,
            assignment: self.assignment.settings.id.clone(),
            key: task.key.clone(),
            student: task.student.clone(),
            points: Points::ZERO,
            open: Points::ZERO,
            max: Points::ZERO,
            penalty: Points::ZERO,
            lateness: String::new(),
            missing: false,
            parts,
            problems,
        };
        let submitted = task.student.submitted.as_deref();
        (record.penalty, record.lateness) =
            penalty(&self.assignment.settings, submitted, record.raw());
        record.add_up();
        record
    }
}

fn by_hand(part: &Part) -> PartRecord {
    let mut item = Item::new("by hand", Outcome::Open, Points::ZERO, part.points);
    item.text = "a person grades this".into();
    let mut record = PartRecord::of_items(&part.id, &part.title, part.points, vec![item]);
    record.for_a_person.push("it is graded by hand".into());
    record
}

/// Whether any of the files was changed after the given time.
fn changed_since(paths: &[std::path::PathBuf], since: std::time::SystemTime) -> bool {
    paths.iter().any(|path| {
        let Ok(data) = std::fs::symlink_metadata(path) else { return true };
        let newer = data.modified().map_or(true, |time| time > since);
        if newer || !data.is_dir() {
            return newer;
        }
        let Ok(entries) = std::fs::read_dir(path) else { return true };
        let inner: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        changed_since(&inner, since)
    })
}

impl Store {
    /// The key of every hand-in that has a result here.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn keys(&self) -> Result<Vec<String>, GradeError> {
        self.records()?.map(|record| record.map(|record| record.key)).collect()
    }
}
