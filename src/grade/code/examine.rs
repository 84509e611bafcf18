//! Tries a module on every case and scores each property by itself.

use serde::{Deserialize, Serialize};

use super::batch::{Batch, Expected};
use super::caller::Caller;
use super::case::{self, Draw, ORDINARY};
use super::conduct::{mutation, precision, shapes};
use super::fault::{Fault, Quantity};
use super::opinion::{all_values, known, second_call, values, zero_probability};
use super::property::Property;
use super::session::{Failure, Place};
use super::subject::{Case, Subject};
use super::trial::{Conventions, Examiner};
use crate::grade::sandbox::SandboxError;

/// A class of the hand-in and what it is meant to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The file, without its ending: `modules`.
    pub file: String,
    /// The class: `LinearModule`.
    pub class: String,
    /// What it computes.
    pub subject: Subject,
    /// The constructor's arguments; `in` and `out` stand for the sizes.
    pub arguments: Vec<Argument>,
}

/// An argument of a constructor.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// The number of input features.
    Inputs,
    /// The number of output features.
    Outputs,
    /// Anything else, as JSON.
    Literal(serde_json::Value),
}

/// The finding on one property.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Which property.
    pub property: Property,
    /// Whether the module has it.
    pub holds: bool,
    /// What was found: one sentence for the student.
    pub text: String,
    /// The named mistake.
    pub fault: Option<Fault>,
    /// The line of the hand-in's code, where an error came from one.
    pub place: Option<Place>,
}

/// The findings on one module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Examination {
    /// One finding a property, in order.
    pub findings: Vec<Finding>,
    /// Why a person should look at it, where the fault may lie with the grading machine.
    pub for_a_person: Option<String>,
    /// Where the samples of a batch were taken to lie.
    pub batch: Batch,
}

/// Examines a module.
///
/// # Errors
/// When the program cannot be started or isolated at all.
pub fn examine(
    target: &Target,
    expected: Expected,
    caller: &mut Caller<'_>,
) -> Result<Examination, SandboxError> {
    let mut examiner = Examiner { target, caller, conventions: None, objects: 0 };
    let conventions = match examiner.learn_conventions(expected)? {
        Ok(conventions) => conventions,
        Err(failure) => return Ok(not_built(target, &failure)),
    };
    examiner.conventions = Some(conventions.clone());

    let mut draw = Draw::new(0x0067_7261_6470_726f);
    let subject = target.subject;
    let mut ordinary = Vec::new();
    for sizes in ORDINARY {
        let case = case::ordinary(subject, sizes, &mut draw);
        ordinary.push(examiner.trial(&[case])?);
    }
    let single = examiner.trial(&[case::ordinary(subject, (1, 5, 3), &mut draw)])?;
    let first = case::ordinary(subject, (7, 5, 3), &mut draw);
    let second = case::ordinary(subject, (4, 5, 3), &mut draw);
    // Fresh parameters would hide what the first call left behind.
    let second = Case { w: first.w.clone(), b: first.b.clone(), ..second };
    let again = examiner.trial(&[first.clone(), second])?;

    let known = known(subject, &ordinary, &conventions);
    let mut findings = Vec::new();
    for property in Property::of(subject) {
        let finding = match property {
            Property::Forward => {
                values(subject, Quantity::Output, &ordinary, &conventions)
            }
            Property::InputGradient => {
                values(subject, Quantity::InputGradient, &ordinary, &conventions)
            }
            Property::WeightGradient => {
                values(subject, Quantity::WeightGradient, &ordinary, &conventions)
            }
            Property::BiasGradient => {
                values(subject, Quantity::BiasGradient, &ordinary, &conventions)
            }
            Property::Shapes => shapes(subject, &ordinary, &conventions, &known),
            Property::Precision => precision(subject, &ordinary, &known),
            Property::BatchOfOne => all_values(subject, &single, &conventions, &known),
            Property::SecondCall => {
                second_call(subject, &again, &first, &conventions, &known)
            }
            Property::NoMutation => mutation(subject, &ordinary, &conventions, &known),
            Property::LargeInputs => {
                let trial =
                    examiner.trial(&[case::large(subject, (3, 4, 0), &mut draw)])?;
                all_values(subject, &trial, &conventions, &known)
            }
            Property::ZeroProbability => {
                let beside =
                    examiner.trial(&[case::with_zeros((5, 4, 0), false, &mut draw)])?;
                let at =
                    examiner.trial(&[case::with_zeros((5, 4, 0), true, &mut draw)])?;
                zero_probability(subject, &beside, &at, &conventions, &known)
            }
        };
        findings.push(finding.into_finding(property));
    }
    if let Some(first) = findings.first_mut() {
        if let Some(batch) = conventions.against_the_rule {
            *first = against_the_rule(batch);
        }
        for remark in remarks(subject, expected, &conventions) {
            first.text = format!("{} ({remark})", first.text);
        }
    }
    let lacking = ordinary.iter().flat_map(|trial| [&trial.forward, &trial.backward]);
    let lacking = lacking.filter_map(|answer| answer.as_ref().err());
    let for_a_person = lacking.into_iter().find_map(why_a_person);
    Ok(Examination { findings, for_a_person, batch: conventions.batch })
}

/// The finding on a forward pass that is right for samples that lie where the assignment does not
/// want them.
fn against_the_rule(batch: Batch) -> Finding {
    let text = format!(
        "this is right for {}; the assignment asks for {}",
        batch.words(),
        batch.other().words()
    );
    let name = match batch {
        Batch::Rows => "batch in rows",
        Batch::Columns => "batch in columns",
    };
    Finding {
        property: Property::Forward,
        holds: false,
        fault: Some(Fault { name: name.into(), text: text.clone() }),
        text,
        place: None,
    }
}

/// What is to be said beside the first finding: under which conventions the class was taken.
fn remarks(
    subject: Subject,
    expected: Expected,
    conventions: &Conventions,
) -> Vec<String> {
    let mut remarks = conventions.remarks.clone();
    let batch = conventions.batch;
    if subject.is_elementwise() || conventions.against_the_rule.is_some() {
        return remarks;
    }
    if subject != Subject::Linear && batch != expected.batch {
        remarks.push(format!(
            "taken with {}, although the linear module has {}: they do not fit together",
            batch.words(),
            batch.other().words()
        ));
    } else if batch == Batch::Columns {
        let formulas = "formulas in these remarks are written for one sample a row";
        remarks.push(format!("taken with {}; {formulas}", batch.words()));
    }
    remarks
}

/// The examination of a module of which nothing can be tried.
pub fn not_built(target: &Target, failure: &Failure) -> Examination {
    let text = format!("{} could not be made: {failure}", target.class);
    let place = match failure {
        Failure::Raised { place, .. } => place.clone(),
        _ => None,
    };
    let findings = Property::of(target.subject)
        .into_iter()
        .map(|property| Finding {
            property,
            holds: false,
            text: text.clone(),
            fault: None,
            place: place.clone(),
        })
        .collect();
    let for_a_person = why_a_person(failure);
    Examination { findings, for_a_person, batch: Batch::default() }
}

/// Why a person should look, where the fault may lie with the grading machine.
fn why_a_person(failure: &Failure) -> Option<String> {
    failure.is_the_machines().then(|| match failure {
        Failure::NotBuilt(why) => why.clone(),
        _ => format!("{failure}: it is not there where hand-ins are graded"),
    })
}
