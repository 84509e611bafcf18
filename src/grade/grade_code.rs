//! Grades the classes of a hand-in.

use std::path::{Path, PathBuf};

use super::assignment::{Assignment, Module, Part};
use super::code::rust::{self, Toolchain};
use super::code::{
    BatchRule, Caller, Engine, Examination, Expected, Runner, Subject, Target, examine,
    not_built,
};
use super::result::{Item, Outcome, PartRecord, Spot};
use super::sandbox::SandboxError;
use super::score::Points;
use super::submission::HandIn;
use super::whereabouts;

/// Grades a part that asks for classes. `engine` is missing when code is not to be run.
///
/// # Errors
/// When the hand-in's program cannot be started or isolated: no fault of the hand-in's.
pub(super) fn grade(
    assignment: &Assignment,
    part: &Part,
    modules: &[Module],
    hand_in: &HandIn,
    engine: Option<&Engine>,
) -> Result<PartRecord, SandboxError> {
    let Some(engine) = engine else {
        let items = modules.iter().map(|module| {
            // What is not there need not be run to be missed.
            let python = assignment.settings.code.is_python();
            if whereabouts::find(hand_in, &module.target, python).is_none() {
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
    let examinations = match engine {
        Engine::Command(runner) => run_by_command(assignment, runner, modules, hand_in)?,
        Engine::Rust(toolchain) => run_compiled(assignment, toolchain, modules, hand_in)?,
    };
    let mut items = Vec::new();
    let mut for_a_person = Vec::new();
    for (module, examination) in modules.iter().zip(examinations) {
        match examination {
            Some(examination) => {
                for_a_person.extend(examination.for_a_person.clone());
                items.extend(scored(assignment, module, &examination));
            }
            None => items.push(missing(module)),
        }
    }
    let mut record = PartRecord::of_items(&part.id, &part.title, part.points, items);
    for_a_person.dedup();
    record.for_a_person = for_a_person;
    let found = |item: &Item| item.outcome != Outcome::Missing;
    record.answer = record.items.iter().any(found).then(|| {
        let outcomes: Vec<_> =
            record.items.iter().map(|item| (&item.name, item.outcome)).collect();
        super::digest::short(&outcomes)
    });
    Ok(record)
}

/// Examines the classes, one program a folder: classes of one file share it. `None` where the file
/// is missing.
fn run_by_command(
    assignment: &Assignment,
    runner: &Runner,
    modules: &[Module],
    hand_in: &HandIn,
) -> Result<Vec<Option<Examination>>, SandboxError> {
    let staged = tempfile::tempdir().map_err(cannot_stage)?;
    hand_in.stage(staged.path()).map_err(cannot_stage)?;
    let settings = &assignment.settings.code;
    let mut caller: Option<(PathBuf, Caller<'_>)> = None;
    in_order(settings.batch, modules, |module, expected| {
        let place = whereabouts::find(hand_in, &module.target, settings.is_python());
        let Some(place) = place else { return Ok(None) };
        let folder = staged.path().join(place.folder);
        let own = match caller.take() {
            Some((known, own)) if known == folder => own,
            _ => Caller::new(runner, &folder),
        };
        let (_, own) = caller.insert((folder, own));
        let target = Target { file: place.file, ..module.target.clone() };
        let mut examination = examine(&target, expected, own)?;
        if let (Some(remark), Some(first)) =
            (place.remark, examination.findings.first_mut())
        {
            first.text = format!("{} ({remark})", first.text);
        }
        Ok(Some(examination))
    })
}

/// Builds the classes and examines each in a program of its own.
fn run_compiled(
    assignment: &Assignment,
    toolchain: &Toolchain,
    modules: &[Module],
    hand_in: &HandIn,
) -> Result<Vec<Option<Examination>>, SandboxError> {
    if !rust::is_there(hand_in, modules.iter().map(|module| module.target.file.as_str()))
    {
        return Ok(modules.iter().map(|_| None).collect());
    }
    let workshop = tempfile::tempdir().map_err(cannot_stage)?;
    let targets: Vec<&Target> = modules.iter().map(|module| &module.target).collect();
    let built = toolchain.build(hand_in, &targets, workshop.path())?;
    let built: Vec<(&Module, _)> = modules.iter().zip(built).collect();
    in_order(assignment.settings.code.batch, modules, |module, expected| {
        let built = built.iter().find(|(of, _)| std::ptr::eq(*of, module));
        let Some((_, built)) = built else { return Ok(None) };
        Ok(Some(match built {
            Err(failure) => not_built(&module.target, failure),
            Ok(runner) => {
                let folder = tempfile::tempdir().map_err(cannot_stage)?;
                examine(
                    &module.target,
                    expected,
                    &mut Caller::new(runner, folder.path()),
                )?
            }
        }))
    })
}

/// Examines the classes, the linear ones first: where these keep the samples of a batch, the others
/// are expected to.
fn in_order(
    rule: BatchRule,
    modules: &[Module],
    mut examined: impl FnMut(&Module, Expected) -> Result<Option<Examination>, SandboxError>,
) -> Result<Vec<Option<Examination>>, SandboxError> {
    let is_linear = |k: &usize| modules[*k].target.subject == Subject::Linear;
    let (first, then): (Vec<usize>, Vec<usize>) = (0..modules.len()).partition(is_linear);
    let mut expected = rule.expected();
    let mut examinations: Vec<Option<Examination>> = vec![None; modules.len()];
    for k in first.into_iter().chain(then) {
        examinations[k] = examined(&modules[k], expected)?;
        if is_linear(&k)
            && let Some(examination) = &examinations[k]
        {
            expected.batch = examination.batch;
        }
    }
    Ok(examinations)
}

fn cannot_stage(error: std::io::Error) -> SandboxError {
    SandboxError::new(format!(
        "the hand-in cannot be copied to a folder of its own: {error}"
    ))
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
    engine: &Engine,
    paths: &[&Path],
) -> Result<(), SandboxError> {
    let mut cell = super::sandbox::Cell::new("/nonexistent");
    cell.readable.extend(engine.readable().iter().cloned());
    match paths.iter().find(|path| cell.shows(path)) {
        None => Ok(()),
        Some(path) => Err(SandboxError::new(format!(
            "{} lies in a folder that students' programs can read (the system's, or the \
             interpreter's own): move it elsewhere",
            path.display()
        ))),
    }
}
