//! The class at a glance: what tables and pages of the class are made from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::grade::assignment::Assignment;
use crate::grade::result::{Outcome, Record};
use crate::grade::score::Points;
use crate::grade::submission::Student;

/// One hand-in in the class's tables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What the hand-in is called.
    pub key: String,
    /// Whose it is.
    pub student: Student,
    /// The points after the penalty.
    pub points: Points,
    /// Of these, the open ones.
    pub open: Points,
    /// All there are.
    pub max: Points,
    /// What lateness cost.
    pub penalty: Points,
    /// How late it is, in words.
    pub lateness: String,
    /// Whether there is a hand-in at all.
    pub missing: bool,
    /// The points of each part.
    pub parts: Vec<Points>,
    /// Each part's outcome and, where its answer is like others', the answer's name.
    pub outcomes: Vec<(Outcome, Option<String>)>,
    /// What a person should look at: part and reason.
    pub attention: Vec<(String, String)>,
    /// The named mistakes, as part and tag.
    pub mistakes: Vec<(String, String)>,
}

impl Row {
    /// The row of a record.
    pub fn of(record: &Record) -> Self {
        let mut mistakes: Vec<(String, String)> = record
            .parts
            .iter()
            .flat_map(|part| {
                let tags = part.items.iter().filter_map(|item| item.mistake.clone());
                tags.map(|tag| (part.id.clone(), tag))
            })
            .collect();
        mistakes.sort();
        mistakes.dedup();
        let mut attention: Vec<(String, String)> = record
            .for_a_person()
            .map(|(part, reason)| (part.id.clone(), reason.to_string()))
            .collect();
        let whole = record.problems.iter().map(|text| ("all".to_string(), text.clone()));
        attention.extend(whole);
        Row {
            key: record.key.clone(),
            student: record.student.clone(),
            points: record.points,
            open: record.open,
            max: record.max,
            penalty: record.penalty,
            lateness: record.lateness.clone(),
            missing: record.missing,
            parts: record.parts.iter().map(|part| part.points).collect(),
            outcomes: record
                .parts
                .iter()
                .map(|part| (part.outcome(), part.answer.clone()))
                .collect(),
            attention,
            mistakes,
        }
    }
}

/// One part over the class.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartSummary {
    /// The part's short name.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// The points there are.
    pub max: Points,
    /// The mean over those who handed in, rounded to a thousandth.
    pub mean: Points,
    /// How many earned all points.
    pub full: usize,
    /// The most frequent mistakes with their counts.
    pub mistakes: Vec<(String, usize)>,
}

/// Hand-ins that answer a part alike, and not rightly: one decision serves them all.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// The part.
    pub part: String,
    /// The answer's name, for `overrides.toml`.
    pub answer: String,
    /// Who answered so.
    pub keys: Vec<String>,
    /// The points each of them has.
    pub points: Points,
}

/// The class.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The assignment's title.
    pub title: String,
    /// Its short name.
    pub assignment: String,
    /// When it was due.
    pub due: Option<String>,
    /// All points there are.
    pub max: Points,
    /// The hand-ins by key.
    pub rows: Vec<Row>,
    /// The parts.
    pub parts: Vec<PartSummary>,
    /// Like answers, the most frequent first.
    pub groups: Vec<Group>,
}

impl Summary {
    /// The summary of a class.
    pub fn of(assignment: &Assignment, mut rows: Vec<Row>) -> Self {
        rows.sort_by(|a, b| a.key.cmp(&b.key));
        let present: Vec<&Row> = rows.iter().filter(|row| !row.missing).collect();
        let mut parts = Vec::new();
        let mut groups: BTreeMap<(usize, String, u64), Vec<String>> = BTreeMap::new();
        for (k, part) in assignment.parts.iter().enumerate() {
            let earned = |row: &&Row| row.parts.get(k).copied().unwrap_or_default();
            let sum: Points = present.iter().map(earned).sum();
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for row in &present {
                for (_, tag) in row.mistakes.iter().filter(|(id, _)| *id == part.id) {
                    *counts.entry(tag).or_default() += 1;
                }
                if let Some((outcome, Some(answer))) = row.outcomes.get(k)
                    && *outcome != Outcome::Right
                {
                    let name = (k, answer.clone(), earned(row).thousandths());
                    groups.entry(name).or_default().push(row.key.clone());
                }
            }
            let mut mistakes: Vec<(String, usize)> =
                counts.into_iter().map(|(tag, count)| (tag.to_string(), count)).collect();
            mistakes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            parts.push(PartSummary {
                id: part.id.clone(),
                title: part.title.clone(),
                max: part.points,
                mean: sum.share(1, present.len() as u64),
                full: present.iter().filter(|row| earned(row) == part.points).count(),
                mistakes,
            });
        }
        let mut groups: Vec<Group> = groups
            .into_iter()
            .filter(|(_, keys)| keys.len() > 1)
            .map(|((k, answer, _), keys)| {
                let first = rows.iter().find(|row| row.key == keys[0]);
                let points =
                    first.and_then(|row| row.parts.get(k)).copied().unwrap_or_default();
                Group { part: assignment.parts[k].id.clone(), answer, keys, points }
            })
            .collect();
        groups.sort_by(|a, b| {
            b.keys.len().cmp(&a.keys.len()).then_with(|| a.part.cmp(&b.part))
        });
        Summary {
            title: assignment.settings.title.clone(),
            assignment: assignment.settings.id.clone(),
            due: assignment.settings.due.clone(),
            max: assignment.points(),
            parts,
            groups,
            rows,
        }
    }

    /// How many hand-ins earned a share of all points in each tenth, from 0–10 % to 90–100 %.
    pub fn distribution(&self) -> [usize; 10] {
        let mut bins = [0; 10];
        for row in self.rows.iter().filter(|row| !row.missing) {
            let max = row.max.thousandths().max(1);
            let tenth = (row.points.thousandths() * 10 / max).min(9);
            bins[usize::try_from(tenth).unwrap_or(9)] += 1;
        }
        bins
    }
}
