//! Grades derivations: reads a hand-in's documents, lets every relation be proved or refuted, and
//! finds for each quantity asked for its answer and the steps that lead there.
//!
//! **Invariant:** what is right is decided by the prover alone; here it is only looked up.

use std::collections::HashMap;

use super::answer::{self, Answer};
use super::assignment::{Assignment, Feedback, Find, Part, Work, part_givens};
use super::consequence::{self, Standing};
use super::digest::short;
use super::recheck::{Memory, Recheck};
use super::result::{Item, Outcome, PartRecord, Spot};
use super::score::Points;
use super::score::credit::{self, AnswerState, StepState};
use super::shorthand;
use super::submission::HandIn;
use crate::document::checked::{Checked, Judged};
use crate::document::givens::Outside;
use crate::document::source::{Format, read_text};
use crate::document::{self, fit};
use crate::proof::{Counterexample, Layout, Status, Verdict};
use crate::shape::Givens;

/// What judging needs of an assignment.
#[derive(Debug)]
pub(super) struct Judge {
    outside: Outside,
    layout: Layout,
    memory: document::Memory,
    rechecked: Memory,
    givens: Vec<(String, Givens)>,
    nothing: Givens,
    /// Every part's places, by the part's name.
    places: Vec<(String, Vec<Vec<String>>)>,
}

/// A hand-in's documents, judged.
pub(super) struct Documents {
    checked: Vec<Checked>,
    /// For each document, the part of each relation.
    parts: Vec<Vec<Option<String>>>,
    /// What could not be read at all.
    pub(super) problems: Vec<String>,
}

/// A relation of a part.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) checked: &'a Checked,
    pub(super) at: usize,
}

impl<'a> Line<'a> {
    pub(super) fn judged(&self) -> &'a Judged {
        &self.checked.relations[self.at]
    }

    fn spot(&self) -> Spot {
        let judged = self.judged();
        let file = judged.place.file.clone();
        Spot {
            file: file.unwrap_or_else(|| self.checked.source.name.clone()),
            line: judged.place.line,
            quote: format!("{} {} {}", judged.lhs, judged.sign, judged.rhs),
        }
    }
}

impl Documents {
    /// Whether there are relations, and none of them belongs to a part.
    fn are_under_no_heading(&self) -> bool {
        let mut parts = self.parts.iter().flatten().peekable();
        parts.peek().is_some() && parts.all(Option::is_none)
    }
}

impl Judge {
    pub(super) fn new(assignment: &Assignment) -> Result<Self, String> {
        let outside = Outside::parse(&assignment.givens_file())?;
        let mut givens = Vec::new();
        for part in &assignment.parts {
            if matches!(part.work, Work::Derivations(_)) {
                givens.push((part.id.clone(), part_givens(part)?));
            }
        }
        let places = assignment
            .parts
            .iter()
            .map(|part| (part.id.clone(), part.places.clone()))
            .collect();
        let layout = assignment.settings.layout.into();
        let (memory, rechecked) = (document::Memory::default(), Memory::default());
        let nothing = Givens::new();
        Ok(Judge { outside, layout, memory, rechecked, givens, nothing, places })
    }

    /// Reads and judges a hand-in's documents.
    pub(super) fn documents(
        &self,
        assignment: &Assignment,
        hand_in: &HandIn,
    ) -> Documents {
        let finds: Vec<(&str, &[Find])> = assignment
            .parts
            .iter()
            .filter_map(|part| match &part.work {
                Work::Derivations(finds) => Some((part.id.as_str(), finds.as_slice())),
                _ => None,
            })
            .collect();
        let mut all =
            Documents { checked: Vec::new(), parts: Vec::new(), problems: Vec::new() };
        for file in hand_in.files.iter().filter(|file| file.is_document()) {
            let format = match file.ending().as_str() {
                "tex" => Format::Latex,
                "ipynb" => Format::Notebook,
                _ => Format::Markdown,
            };
            let text = String::from_utf8_lossy(&file.bytes).into_owned();
            match read_text(&file.path, format, text) {
                Ok(source) => {
                    let mut checked = document::check_remembering(
                        source,
                        &self.outside,
                        self.layout,
                        &self.memory,
                    );
                    let mut known: HashMap<&[String], Option<String>> = HashMap::new();
                    let parts: Vec<Option<String>> = checked
                        .relations
                        .iter()
                        .map(|judged| {
                            let section = judged.section.as_slice();
                            known
                                .entry(section)
                                .or_insert_with(|| self.part_of(section))
                                .clone()
                        })
                        .collect();
                    for (judged, part) in checked.relations.iter_mut().zip(&parts) {
                        if let Some(id) = part
                            && let Some((_, finds)) =
                                finds.iter().find(|(of, _)| of == id)
                        {
                            shorthand::write_out(judged, finds, self.recheck(id));
                        }
                    }
                    all.parts.push(parts);
                    all.checked.push(checked);
                }
                Err(error) => all.problems.push(format!("{}: {error}", file.path)),
            }
        }
        all
    }

    /// The part that a section belongs to: the one whose place names the most of its headings.
    fn part_of(&self, section: &[String]) -> Option<String> {
        let mut best: Option<(usize, usize, &str)> = None;
        for (id, places) in &self.places {
            for place in places {
                // The innermost heading decides, then how much of the path is named.
                let Some((depth, named)) = fit(section, place) else { continue };
                if best.is_none_or(|(d, n, _)| (depth, named) > (d, n)) {
                    best = Some((depth, named, id));
                }
            }
        }
        best.map(|(_, _, id)| id.to_string())
    }

    /// What judges single relations of a part.
    fn recheck<'a>(&'a self, part: &'a str) -> Recheck<'a> {
        let givens = self.givens.iter().find(|(id, _)| id == part);
        let givens = givens.map_or(&self.nothing, |(_, givens)| givens);
        Recheck { part, givens, layout: self.layout, memory: &self.rechecked }
    }

    /// Grades a part.
    pub(super) fn grade(
        &self,
        assignment: &Assignment,
        part: &Part,
        finds: &[Find],
        documents: &Documents,
    ) -> PartRecord {
        let mut lines: Vec<Line<'_>> = Vec::new();
        for (checked, parts) in documents.checked.iter().zip(&documents.parts) {
            for (at, id) in parts.iter().enumerate() {
                if id.as_deref() == Some(part.id.as_str()) {
                    lines.push(Line { checked, at });
                }
            }
        }
        leave_out_the_question(&mut lines);
        let mut for_a_person = unread(&lines, documents, part);
        let unread_there = !for_a_person.is_empty();
        let einstein = assignment.settings.einstein;
        let recheck = self.recheck(&part.id);
        let work = answer::sort(finds, &lines, recheck, einstein);
        let worth = |line: &Line<'_>| match state_of(line) {
            state @ (StepState::Right | StepState::Wrong)
                if answer::leaves_out_signs(line, recheck) =>
            {
                // A gradient along a path that is none stays wrong.
                let held = answer::holds_names_fixed(&line.judged().verdict);
                match (einstein, held) {
                    (_, true) => state,
                    (true, false) => StepState::Right,
                    (false, false) => StepState::Slip,
                }
            }
            state => state,
        };
        let mut items = Vec::new();
        let mut names = Vec::new();
        for (find, (answer, steps)) in finds.iter().zip(&work) {
            let mut answer = answer.clone();
            // Nothing stands where it was looked for, nor anywhere else that is known: perhaps all
            // of it stands under other headings.
            if answer.state == AnswerState::Missing && documents.are_under_no_heading() {
                answer.state = AnswerState::Unread;
                answer.text =
                    "the hand-in has formulas, but none under a heading by which this \
                               part is found"
                        .into();
            }
            if answer.state == AnswerState::Missing && unread_there && !steps.is_empty() {
                answer.state = AnswerState::Unread;
                answer.text = "no answer was found among what could be read".into();
            }
            if answer.state == AnswerState::Missing
                && answer.line.is_none()
                && let Some(last) = lines.last()
            {
                let spot = last.spot();
                for_a_person.push(format!(
                    "no relation states `{}`; the part ends in line {} with `{}`",
                    find.quantity, spot.line, spot.quote
                ));
            }
            if answer.state == AnswerState::Unread {
                for_a_person.push(format!("`{}`: {}", find.quantity, answer.text));
            }
            names.push((answer.state, answer.name.clone()));
            let own: Vec<StepState> = steps.iter().map(worth).collect();
            let standings = consequence::standings(steps, &own, recheck, einstein);
            let several = finds.len() > 1;
            items.extend(items_of(assignment, find, several, &answer, steps, &standings));
        }
        if lines.is_empty() && documents.parts.iter().flatten().any(Option::is_none) {
            for_a_person.push(
                "nothing was found under its headings, yet the hand-in has formulas under headings \
                 that belong to no part"
                    .into(),
            );
        }
        let mut record = PartRecord::of_items(&part.id, &part.title, part.points, items);
        for_a_person.dedup();
        record.for_a_person = for_a_person;
        record.answer = (!lines.is_empty()).then(|| short(&(&part.id, names)));
        record
    }
}

/// Leaves out what stands above the word "Answer": relations in a question that was copied are the
/// teacher's.
fn leave_out_the_question(lines: &mut Vec<Line<'_>>) {
    let (Some(first), Some(last)) = (lines.first().copied(), lines.last().copied())
    else {
        return;
    };
    if !std::ptr::eq(first.checked, last.checked) || first.judged().place.file.is_some() {
        return;
    }
    let (from, to) = (first.judged().place.line, last.judged().place.line);
    let is_mark = |line: &str| {
        let bare = line.trim().trim_matches(|c: char| !c.is_alphabetic()).to_lowercase();
        bare == "answer" || bare == "solution" || bare == "proof"
    };
    let text = &first.checked.source.text;
    let mark =
        text.lines().enumerate().skip(from).take(to - from).find(|(_, l)| is_mark(l));
    if let Some((number, _)) = mark {
        lines.retain(|line| line.judged().place.line > number);
    }
}

/// What of a part could not be read, with the places.
fn unread(lines: &[Line<'_>], documents: &Documents, part: &Part) -> Vec<String> {
    let mut reasons = Vec::new();
    for line in lines {
        let verdict = &line.judged().verdict;
        if answer::is_unread(verdict) {
            let spot = line.spot();
            let text = format!(
                "{}, line {}: `{}` was not judged: {}",
                spot.file, spot.line, spot.quote, verdict.message
            );
            reasons.push(text);
        }
    }
    for (checked, parts) in documents.checked.iter().zip(&documents.parts) {
        for skipped in checked.skipped.iter().filter(|skipped| skipped.unread) {
            // It belongs where the last relation before it belongs.
            let before = checked.relations.iter().zip(parts).rev().find(|(judged, _)| {
                judged.place.file == skipped.place.file
                    && judged.place.line <= skipped.place.line
            });
            let owner = before.and_then(|(_, part)| part.as_deref());
            if owner == Some(part.id.as_str()) {
                let line = skipped.place.line;
                reasons.push(format!(
                    "{}, line {line}: `{}` could not be read: {}",
                    checked.source.name, skipped.text, skipped.reason
                ));
            }
        }
    }
    reasons
}

/// What a step is worth.
fn state_of(line: &Line<'_>) -> StepState {
    let verdict = &line.judged().verdict;
    if answer::is_unread(verdict) {
        return StepState::Unread;
    }
    match verdict.status {
        // A gradient that is "right" with its definitions held fixed leads nowhere, unless the
        // relation goes through another derivative and so says along which path.
        Status::Proved | Status::Agrees
            if answer::holds_names_fixed(verdict)
                && !line.judged().rhs.contains("\\partial")
                && line.judged().lhs.contains("\\partial") =>
        {
            StepState::Wrong
        }
        Status::Proved | Status::Agrees => StepState::Right,
        Status::Slip => StepState::Slip,
        Status::Refuted | Status::IllFormed => StepState::Wrong,
        Status::Skipped => StepState::Unread,
    }
}

fn items_of(
    assignment: &Assignment,
    find: &Find,
    several: bool,
    answer: &Answer<'_>,
    steps: &[Line<'_>],
    standings: &[Standing],
) -> Vec<Item> {
    let settings = &assignment.settings;
    let name = |what: &str| {
        if several { format!("{what} for `{}`", find.quantity) } else { what.to_string() }
    };
    let (for_answer, for_steps) = credit::shares(&settings.credit, find.points);
    let earned = credit::answer(&settings.credit, for_answer, answer.state);
    let outcome = match answer.state {
        AnswerState::Right => Outcome::Right,
        AnswerState::Missing => Outcome::Missing,
        AnswerState::Unread => Outcome::Open,
        _ if earned.points > Points::ZERO => Outcome::Partly,
        _ => Outcome::Wrong,
    };
    let mut item = Item::new(name("answer"), outcome, earned.points, for_answer);
    item.open = earned.open;
    item.text = answer.text.clone();
    if let Some(line) = &answer.line {
        item.place = Some(line.spot());
        if outcome != Outcome::Right {
            explain(&mut item, &line.judged().verdict, settings.feedback);
        }
    }
    let mut items = vec![item];

    let counted = standings.iter().filter(|standing| standing.counts);
    let states: Vec<StepState> = counted.map(|standing| standing.state).collect();
    let earned = credit::steps(&settings.credit, for_steps, &states, answer.state);
    let count = |state: StepState| states.iter().filter(|&&s| s == state).count();
    let (wrong, slips, unread) =
        (count(StepState::Wrong), count(StepState::Slip), count(StepState::Unread));
    let outcome = match (earned.open > Points::ZERO, earned.points) {
        (true, _) => Outcome::Open,
        (false, points) if points == for_steps => Outcome::Right,
        (false, Points::ZERO) if states.is_empty() => Outcome::Missing,
        (false, Points::ZERO) => Outcome::Wrong,
        _ => Outcome::Partly,
    };
    let mut item = Item::new(name("steps"), outcome, earned.points, for_steps);
    item.open = earned.open;
    item.text = if states.is_empty() {
        "there is no working besides the answer".into()
    } else {
        let mut text =
            format!("{} of {} steps are right", count(StepState::Right), states.len());
        for (number, what) in [
            (slips, "with a slip of notation"),
            (wrong, "wrong"),
            (unread, "not readable"),
        ] {
            if number > 0 {
                text.push_str(&format!(", {number} {what}"));
            }
        }
        text
    };
    items.push(item);
    let mut first = true;
    for (line, standing) in steps.iter().zip(standings) {
        let state = standing.state;
        let title = match (state, standing.follows) {
            (_, Some(_)) => "carried forward",
            (StepState::Slip, _) => "slip of notation",
            (StepState::Wrong, _) if first => "first wrong step",
            (StepState::Wrong, _) => "wrong step",
            _ => continue,
        };
        let outcome = match (state, standing.follows) {
            (_, Some(_)) => Outcome::Right,
            (StepState::Slip, _) => Outcome::Partly,
            _ => Outcome::Wrong,
        };
        first &= outcome != Outcome::Wrong;
        let mut item = Item::new(name(title), outcome, Points::ZERO, Points::ZERO);
        item.place = Some(line.spot());
        let own = &line.judged().verdict;
        let verdict = standing.verdict.as_ref().unwrap_or(own);
        item.text = verdict.message.clone();
        if let Some(from) = standing.follows {
            item.text = match state {
                StepState::Wrong => {
                    format!("line {from} once more; the mistake is counted there")
                }
                _ => format!("follows from line {from}; the mistake is counted there"),
            };
            items.push(item);
            continue;
        }
        let right_but_for_signs =
            state == StepState::Slip && verdict.status != Status::Slip;
        if right_but_for_signs {
            item.text = answer::SIGN_MISSING.into();
            item.mistake = Some("missing summation sign".into());
            if settings.feedback == Feedback::Place {
                (item.text, item.mistake) = ("this is wrong".into(), None);
            }
        } else {
            explain(&mut item, verdict, settings.feedback);
        }
        items.push(item);
    }
    items
}

/// Says of a wrong line what the policy allows.
fn explain(item: &mut Item, verdict: &Verdict, feedback: Feedback) {
    item.mistake = verdict.diagnosis.clone();
    if item.mistake.is_none() && verdict.status == Status::IllFormed {
        item.mistake = Some("ill-formed".into());
    }
    match feedback {
        Feedback::Place => {
            item.text = "this is wrong".into();
            item.mistake = None;
        }
        Feedback::Hint | Feedback::Full => {
            if let Some(point) = &verdict.counterexample {
                item.counterexample = words(point);
            }
            // The hint of a slip says what to do, and the message has said it.
            let told = verdict.status == Status::Slip;
            if feedback == Feedback::Full && !told {
                item.corrected = verdict.hint.clone();
            }
        }
    }
}

/// A counterexample in words.
fn words(point: &Counterexample) -> Vec<String> {
    let grid = |rows: &crate::proof::Grid| -> String {
        match rows.as_slice() {
            [row] if row.len() == 1 => row[0].clone(),
            rows => {
                let rows: Vec<String> = rows.iter().map(|row| row.join(" ")).collect();
                format!("[{}]", rows.join("; "))
            }
        }
    };
    let mut at: Vec<String> =
        point.dims.iter().map(|(name, size)| format!("{name} = {size}")).collect();
    at.extend(
        point.values.iter().map(|(name, value)| format!("{name} = {}", grid(value))),
    );
    at.extend(point.functions.iter().map(|(_, text)| text.clone()));
    let mut words = Vec::new();
    if !at.is_empty() {
        words.push(format!("at {}", at.join(", ")));
    }
    words.push(format!("the left side is {}", grid(&point.lhs)));
    words.push(format!("the right side is {}", grid(&point.rhs)));
    words
}
