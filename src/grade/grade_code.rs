//! Grades the classes of a hand-in.

use std::path::Path;

use super::assignment::{Assignment, Module, Part};
use super::code::{Caller, Examination, Runner, examine};
use super::result::{Item, Outcome, PartRecord, Spot};
use super::sandbox::SandboxError;
use super::score::Points;
use super::submission::HandIn;

/// Grades a part that asks for classes. `runner` is missing when code is not to be run.
///
/// # Errors
/// When the hand-in's program cannot be started or isolated: no fault of the hand-in's.
pub(super) fn grade(
    assignment: &Assignment,
    part: &Part,
    modules: &[Module],
    hand_in: &HandIn,
    runner: Option<&Runner>,
) -> Result<PartRecord, SandboxError> {
    let Some(runner) = runner else {
        let items = modules.iter().map(|module| {
            // What is not there need not be run to be missed.
            if folder_of(hand_in, &module.target.file).is_none() {
                return missing(module);
            }
            let mut item = open_item(module);
            item.text = "the code was not run".into();
            item
        });
        let mut record =
            PartRecord::of_items(&part.id, &part.title, part.points, items.collect());
        if record.open > Points::ZERO {
            record.for_a_person.push("the code was not run".into());
        }
        return Ok(record);
    };
    let mut items = Vec::new();
    let mut for_a_person = Vec::new();
    let staged = tempfile::tempdir().map_err(cannot_stage)?;
    hand_in.stage(staged.path()).map_err(cannot_stage)?;
    // One program a folder: modules of one file share it.
    let mut folders: Vec<(&str, Option<std::path::PathBuf>)> = Vec::new();
    for module in modules {
        let file = module.target.file.as_str();
        if !folders.iter().any(|(known, _)| *known == file) {
            folders.push((
                file,
                folder_of(hand_in, file).map(|inner| staged.path().join(inner)),
            ));
        }
    }
    for (file, folder) in &folders {
        let own = || modules.iter().filter(|module| module.target.file == *file);
        let Some(folder) = folder else {
            for module in own() {
                items.push(missing(module));
            }
            continue;
        };
        let mut caller = Caller::new(runner, folder);
        for module in own() {
            let examination = examine(&module.target, &mut caller)?;
            for_a_person.extend(examination.for_a_person.clone());
            items.extend(scored(assignment, module, &examination));
        }
    }
    let mut record = PartRecord::of_items(&part.id, &part.title, part.points, items);
    for_a_person.dedup();
    record.for_a_person = for_a_person;
    record.answer = Some(super::digest::short(
        &record.items.iter().map(|item| (&item.name, item.outcome)).collect::<Vec<_>>(),
    ));
    Ok(record)
}

fn cannot_stage(error: std::io::Error) -> SandboxError {
    SandboxError::new(format!(
        "the hand-in cannot be copied to a folder of its own: {error}"
    ))
}

/// The folder of the module's file within the hand-in: the shortest path to a file of that name.
fn folder_of(hand_in: &HandIn, file: &str) -> Option<String> {
    let name = |path: &str| -> Option<String> {
        let base = path.rsplit('/').next()?;
        Some(base.rsplit_once('.')?.0.to_string())
    };
    let mut paths: Vec<&str> = hand_in
        .files
        .iter()
        .map(|entry| entry.path.as_str())
        .filter(|path| name(path).as_deref() == Some(file) && !path.ends_with(".md"))
        .collect();
    paths.sort_by_key(|path| (path.matches('/').count(), *path));
    let path = paths.first()?;
    Some(path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_string()))
}

fn weights(assignment: &Assignment, module: &Module) -> Vec<u32> {
    let properties = super::code::Property::of(module.target.subject);
    properties
        .into_iter()
        .map(|property| assignment.settings.code.weight(property))
        .collect()
}

fn open_item(module: &Module) -> Item {
    let mut item =
        Item::new(&module.target.class, Outcome::Open, module.points, module.points);
    item.open = module.points;
    item
}

fn missing(module: &Module) -> Item {
    let text = format!("there is no file `{}` in the hand-in", module.target.file);
    let name = &module.target.class;
    Item { text, ..Item::new(name, Outcome::Missing, Points::ZERO, module.points) }
}

fn title(module: &Module, property: &str) -> String {
    format!("{}: {property}", module.target.class)
}

fn scored(
    assignment: &Assignment,
    module: &Module,
    examination: &Examination,
) -> Vec<Item> {
    let shares = module.points.split(&weights(assignment, module));
    let machine = examination.for_a_person.is_some();
    examination
        .findings
        .iter()
        .zip(shares)
        .map(|(finding, max)| {
            let (outcome, points) = match (finding.holds, machine) {
                (true, _) => (Outcome::Right, max),
                (false, true) => (Outcome::Open, max),
                (false, false) => (Outcome::Wrong, Points::ZERO),
            };
            let place = finding.place.as_ref().map(|place| Spot {
                file: place.file.clone(),
                line: usize::try_from(place.line).unwrap_or(0),
                quote: place.text.trim().to_string(),
            });
            Item {
                text: finding.text.clone(),
                open: if outcome == Outcome::Open { max } else { Points::ZERO },
                place,
                mistake: finding.fault.as_ref().map(|fault| fault.name.clone()),
                ..Item::new(title(module, finding.property.title()), outcome, points, max)
            }
        })
        .collect()
}

/// Whether the hand-in's own folder keeps the student's program from seeing others': the folders
/// that programs may read must not hold any hand-in or result.
///
/// # Errors
/// Which path is exposed.
pub(super) fn refuse_exposed(
    runner: &Runner,
    paths: &[&Path],
) -> Result<(), SandboxError> {
    let mut cell = super::sandbox::Cell::new("/nonexistent");
    cell.readable.extend(runner.readable.iter().cloned());
    match paths.iter().find(|path| cell.shows(path)) {
        None => Ok(()),
        Some(path) => Err(SandboxError::new(format!(
            "{} lies in a folder that students' programs can read (the system's, or the \
             interpreter's own): move it elsewhere",
            path.display()
        ))),
    }
}
