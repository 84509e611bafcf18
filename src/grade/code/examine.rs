//! Tries a module on every case and scores each property by itself.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::array::{Array, Value};
use super::case::{self, Draw, ORDINARY};
use super::compare::{close, difference};
use super::fault::{self, Fault, Quantity, Sample};
use super::session::{Answer, Failure, Place, Request, Runner, Session};
use super::subject::{Case, Subject, Truth, truth};
use crate::grade::sandbox::{SandboxError, Stop};

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

/// A property that is scored by itself.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Property {
    /// The forward pass has the right values.
    Forward,
    /// The gradient by the input has the right values.
    InputGradient,
    /// The gradient by the weights has the right values.
    WeightGradient,
    /// The gradient by the bias has the right values.
    BiasGradient,
    /// Every gradient has the shape of its object, and the output its own.
    Shapes,
    /// Double precision in, double precision out.
    Precision,
    /// A batch of one sample works.
    BatchOfOne,
    /// A second call, with another batch size, depends on nothing of the first.
    SecondCall,
    /// Neither the arguments nor the parameters are changed by a call.
    NoMutation,
    /// Inputs of ±10⁴ give finite, right values.
    LargeInputs,
    /// Zero probabilities away from the target give the right loss and gradient; at the target
    /// nothing becomes NaN.
    ZeroProbability,
}

impl Property {
    /// What a report calls it.
    pub fn title(self) -> &'static str {
        match self {
            Property::Forward => "forward pass",
            Property::InputGradient => "gradient by the input",
            Property::WeightGradient => "gradient by the weights",
            Property::BiasGradient => "gradient by the bias",
            Property::Shapes => "shapes",
            Property::Precision => "precision kept",
            Property::BatchOfOne => "batch of one",
            Property::SecondCall => "second call",
            Property::NoMutation => "arguments left unchanged",
            Property::LargeInputs => "large inputs",
            Property::ZeroProbability => "probability zero",
        }
    }

    /// The name in an assignment's weights, in the results and in reports: `bias-gradient`.
    pub fn tag(self) -> &'static str {
        match self {
            Property::Forward => "forward",
            Property::InputGradient => "input-gradient",
            Property::WeightGradient => "weight-gradient",
            Property::BiasGradient => "bias-gradient",
            Property::Shapes => "shapes",
            Property::Precision => "precision",
            Property::BatchOfOne => "batch-of-one",
            Property::SecondCall => "second-call",
            Property::NoMutation => "no-mutation",
            Property::LargeInputs => "large-inputs",
            Property::ZeroProbability => "zero-probability",
        }
    }

    /// Its weight where the assignment does not say otherwise.
    pub fn weight(self) -> u32 {
        match self {
            Property::InputGradient | Property::WeightGradient => 4,
            Property::Forward => 3,
            Property::BiasGradient => 2,
            _ => 1,
        }
    }

    /// The properties of a module, in the order of a report.
    pub fn of(subject: Subject) -> Vec<Property> {
        let mut all = vec![Property::Forward, Property::InputGradient];
        if subject.has_parameters() {
            all.extend([Property::WeightGradient, Property::BiasGradient]);
        }
        all.extend([
            Property::Shapes,
            Property::Precision,
            Property::BatchOfOne,
            Property::SecondCall,
            Property::NoMutation,
        ]);
        if !matches!(subject, Subject::Linear | Subject::CrossEntropy) {
            all.push(Property::LargeInputs);
        }
        if subject == Subject::CrossEntropy {
            all.push(Property::ZeroProbability);
        }
        all
    }

    /// The property with the given tag.
    pub fn from_tag(tag: &str) -> Option<Property> {
        use Property::*;
        [
            Forward,
            InputGradient,
            WeightGradient,
            BiasGradient,
            Shapes,
            Precision,
            BatchOfOne,
            SecondCall,
            NoMutation,
            LargeInputs,
            ZeroProbability,
        ]
        .into_iter()
        .find(|property| property.tag() == tag)
    }
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
}

/// A hand-in's folder with a program in it that is started, and started again when it dies.
#[derive(Debug)]
pub struct Caller<'a> {
    runner: &'a Runner,
    folder: &'a Path,
    session: Option<Session>,
    starts_left: u32,
    timeouts_left: u32,
    objects: u64,
}

impl<'a> Caller<'a> {
    /// Nothing is started yet.
    pub fn new(runner: &'a Runner, folder: &'a Path) -> Self {
        Caller {
            runner,
            folder,
            session: None,
            starts_left: 12,
            timeouts_left: 2,
            objects: 0,
        }
    }

    fn ask(
        &mut self,
        request: &Request<'_>,
    ) -> Result<Result<Answer, Failure>, SandboxError> {
        if self.session.is_none() {
            if self.starts_left == 0 || self.timeouts_left == 0 {
                let why = "the program died or hung too often; it was not started again";
                return Ok(Err(Failure::Unreadable(why.into())));
            }
            self.starts_left -= 1;
            self.session = Some(self.runner.start(self.folder)?);
        }
        let Some(session) = &mut self.session else {
            return Err(SandboxError::new("no program is running"));
        };
        let answer = session.ask(request);
        if let Err(failure) = &answer {
            if let Some(complaint) = session.launch_failure() {
                return Err(SandboxError::new(complaint));
            }
            if let Failure::Stopped(Stop::WallTime(_) | Stop::CpuTime(_)) = failure {
                self.timeouts_left -= 1;
            }
            if failure.ends_the_program() {
                self.session = None;
            }
        }
        Ok(answer)
    }
}

/// How the hand-in keeps W, b and T.
#[derive(Clone, Debug)]
struct Conventions {
    weight: Option<String>,
    weight_is_transposed: bool,
    bias: Option<String>,
    bias_shape: Vec<usize>,
    class_numbers: bool,
}

/// One pass through a module.
struct Trial {
    case: Case,
    truth: Truth,
    forward: Result<Answer, Failure>,
    backward: Result<Answer, Failure>,
}

/// Examines a module.
///
/// # Errors
/// When the program cannot be started or isolated at all.
pub fn examine(
    target: &Target,
    caller: &mut Caller<'_>,
) -> Result<Examination, SandboxError> {
    let mut examiner = Examiner { target, caller, conventions: None };
    let conventions = match examiner.learn_conventions()? {
        Ok(conventions) => conventions,
        Err(failure) => return Ok(none_hold(target, &failure)),
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
            Property::Shapes => shapes(subject, &ordinary, &conventions),
            Property::Precision => precision(&ordinary),
            Property::BatchOfOne => all_values(subject, &single, &conventions, &known),
            Property::SecondCall => {
                second_call(subject, &again, &first, &conventions, &known)
            }
            Property::NoMutation => mutation(&ordinary, &conventions),
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
    Ok(Examination { findings, for_a_person: None })
}

/// Nothing could be tried.
fn none_hold(target: &Target, failure: &Failure) -> Examination {
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
    let for_a_person = failure.is_the_machines().then(|| {
        format!("{failure}: the module is not installed where hand-ins are graded")
    });
    Examination { findings, for_a_person }
}

struct Examiner<'a, 'b> {
    target: &'a Target,
    caller: &'a mut Caller<'b>,
    conventions: Option<Conventions>,
}

impl Examiner<'_, '_> {
    fn make(
        &mut self,
        inputs: usize,
        outputs: usize,
    ) -> Result<Result<(String, Answer), Failure>, SandboxError> {
        self.caller.objects += 1;
        let name = format!("m{}", self.caller.objects);
        let arguments: Vec<serde_json::Value> = self
            .target
            .arguments
            .iter()
            .map(|argument| match argument {
                Argument::Inputs => inputs.into(),
                Argument::Outputs => outputs.into(),
                Argument::Literal(value) => value.clone(),
            })
            .collect();
        let answer = self.caller.ask(&Request::New {
            file: &self.target.file,
            module: &self.target.class,
            name: &name,
            args: &arguments,
        })?;
        Ok(answer.map(|answer| (name, answer)))
    }

    /// Makes one object and sees how it keeps its parameters; for the loss, tries whether it takes
    /// one-hot targets or class numbers.
    fn learn_conventions(
        &mut self,
    ) -> Result<Result<Conventions, Failure>, SandboxError> {
        let (inputs, outputs) = (3, 4);
        let (_, made) = match self.make(inputs, outputs)? {
            Ok(made) => made,
            Err(failure) => return Ok(Err(failure)),
        };
        let mut found = Conventions {
            weight: None,
            weight_is_transposed: false,
            bias: None,
            bias_shape: vec![outputs],
            class_numbers: false,
        };
        for (name, value) in &made.params {
            let Some(array) = value.array() else { continue };
            match array.shape.as_slice() {
                [4, 3] => {
                    (found.weight, found.weight_is_transposed) =
                        (Some(name.clone()), false)
                }
                [3, 4] => {
                    (found.weight, found.weight_is_transposed) =
                        (Some(name.clone()), true)
                }
                shape if array.squeezed_shape() == [outputs] => {
                    found.bias_shape = shape.to_vec();
                    found.bias = Some(name.clone());
                }
                _ => {}
            }
        }
        if self.target.subject == Subject::CrossEntropy {
            let case =
                case::ordinary(Subject::CrossEntropy, (5, 3, 0), &mut Draw::new(11));
            let mut score = |class_numbers: bool| -> Result<u8, SandboxError> {
                self.conventions = Some(Conventions { class_numbers, ..found.clone() });
                let trial = self.trial(std::slice::from_ref(&case))?;
                let value = |answer: &Result<Answer, Failure>, right: &Array| match answer
                {
                    Err(_) => 0,
                    Ok(answer) => match &answer.output {
                        Some(value) if difference(value, right).is_none() => 2,
                        _ => 1,
                    },
                };
                Ok(value(&trial.forward, &trial.truth.y)
                    + value(&trial.backward, &trial.truth.dx))
            };
            // One-hot targets are the mathematics' own form, so they win where both do as well.
            let one_hot = score(false)?;
            found.class_numbers = one_hot < 4 && score(true)? > one_hot;
        }
        Ok(Ok(found))
    }

    /// Runs forward and backward on one object, once for each case; the last call's answers.
    fn trial(&mut self, cases: &[Case]) -> Result<Trial, SandboxError> {
        let subject = self.target.subject;
        let (Some(conventions), Some(last)) = (self.conventions.clone(), cases.last())
        else {
            return Err(SandboxError::new("a module was tried before it was made"));
        };
        let truth =
            truth(subject, last).map_err(|error| SandboxError::new(error.to_string()))?;
        let failed = |failure: Failure| Trial {
            case: last.clone(),
            truth: truth.clone(),
            forward: Err(failure.clone()),
            backward: Err(failure),
        };
        let outputs =
            if subject == Subject::Linear { last.w.rows() } else { last.x.cols() };
        let name = match self.make(last.x.cols(), outputs)? {
            Ok((name, _)) => name,
            Err(failure) => return Ok(failed(failure)),
        };
        if subject == Subject::Linear {
            let mut params = BTreeMap::new();
            if let Some(weight) = &conventions.weight {
                let w = &last.w;
                let w = if conventions.weight_is_transposed {
                    w.transposed()
                } else {
                    w.clone()
                };
                params.insert(weight.clone(), w);
            }
            if let Some(bias) = &conventions.bias {
                let shape = sized(&conventions.bias_shape, last.b.data.len());
                params.insert(bias.clone(), last.b.clone().reshaped(&shape));
            }
            if let Err(failure) =
                self.caller.ask(&Request::Set { name: &name, params: &params })?
            {
                return Ok(failed(failure));
            }
        }
        let mut outcome = (Err(Failure::Unreadable(String::new())), None);
        for case in cases {
            let mut inputs = vec![case.x.clone()];
            if subject == Subject::CrossEntropy {
                let t = &case.t;
                inputs.push(if conventions.class_numbers {
                    case::classes(t)
                } else {
                    t.clone()
                });
            }
            let forward =
                self.caller.ask(&Request::Forward { name: &name, inputs: &inputs })?;
            if let Err(failure) = &forward
                && failure.ends_the_program()
            {
                return Ok(failed(failure.clone()));
            }
            if subject != Subject::CrossEntropy {
                inputs = vec![case.dy.clone()];
            }
            let backward =
                self.caller.ask(&Request::Backward { name: &name, inputs: &inputs })?;
            outcome = (forward, Some(backward));
        }
        let (forward, backward) = outcome;
        let backward =
            backward.unwrap_or_else(|| Err(Failure::Unreadable(String::new())));
        Ok(Trial { case: last.clone(), truth, forward, backward })
    }
}

/// A bias's shape for another number of outputs.
fn sized(shape: &[usize], outputs: usize) -> Vec<usize> {
    shape.iter().map(|&size| if size == 1 { 1 } else { outputs }).collect()
}

/// Whether a property holds, and what to say.
struct Opinion {
    holds: bool,
    text: String,
    fault: Option<Fault>,
    place: Option<Place>,
}

impl Opinion {
    fn holds() -> Self {
        Opinion { holds: true, text: "right".into(), fault: None, place: None }
    }

    fn fails(text: impl Into<String>) -> Self {
        Opinion { holds: false, text: text.into(), fault: None, place: None }
    }

    fn failed(pass: &str, failure: &Failure) -> Self {
        let place = match failure {
            Failure::Raised { place, .. } => place.clone(),
            _ => None,
        };
        Opinion { place, ..Self::fails(format!("the {pass} pass failed: {failure}")) }
    }

    fn into_finding(self, property: Property) -> Finding {
        let Opinion { holds, text, fault, place } = self;
        Finding { property, holds, text, fault, place }
    }
}

/// A quantity as the hand-in returned it, in the mathematics' own orientation.
fn returned(
    quantity: Quantity,
    trial: &Trial,
    conventions: &Conventions,
) -> Result<Value, Opinion> {
    let pass = match quantity {
        Quantity::Output => ("forward", &trial.forward),
        _ => ("backward", &trial.backward),
    };
    let answer = pass.1.as_ref().map_err(|failure| Opinion::failed(pass.0, failure))?;
    let gradient = |name: &Option<String>, what: &str, shape: &str| {
        let Some(name) = name else {
            return Err(Opinion::fails(format!(
                "`params` has no {what}: an array of shape {shape} is expected there"
            )));
        };
        let value = answer.grads.get(name);
        value.cloned().ok_or_else(|| {
            Opinion::fails(format!(
                "`grads` has no entry '{name}', though `params` has one"
            ))
        })
    };
    match quantity {
        Quantity::Output | Quantity::InputGradient => answer
            .output
            .clone()
            .ok_or_else(|| Opinion::fails("the answer holds no value")),
        Quantity::BiasGradient => {
            gradient(&conventions.bias, "bias", "(out,) or (1, out)")
        }
        Quantity::WeightGradient => {
            let value =
                gradient(&conventions.weight, "weight", "(out, in) or (in, out)")?;
            Ok(match value {
                Value::Array(array)
                    if conventions.weight_is_transposed && array.shape.len() == 2 =>
                {
                    let dtype = array.dtype.clone();
                    Value::Array(Array { dtype, ..array.transposed() })
                }
                value => value,
            })
        }
    }
}

fn quantities(subject: Subject) -> Vec<Quantity> {
    let mut all = vec![Quantity::Output, Quantity::InputGradient];
    if subject.has_parameters() {
        all.extend([Quantity::WeightGradient, Quantity::BiasGradient]);
    }
    all
}

/// What ordinary cases have shown already.
struct Known {
    /// The quantities that are wrong there.
    wrong: Vec<Quantity>,
    /// Whether anything is right there, or wrong in a way that has a name: if not, nothing can be
    /// said of the module's finer properties.
    something: bool,
}

fn known(subject: Subject, trials: &[Trial], conventions: &Conventions) -> Known {
    let mut known = Known { wrong: Vec::new(), something: false };
    for quantity in quantities(subject) {
        let opinion = values(subject, quantity, trials, conventions);
        let named = |fault: &Fault| fault.name != "zero" && fault.name != "not a number";
        known.something |= opinion.holds || opinion.fault.as_ref().is_some_and(named);
        if !opinion.holds {
            known.wrong.push(quantity);
        }
    }
    known
}

/// Whether a quantity is right in every trial.
fn values(
    subject: Subject,
    quantity: Quantity,
    trials: &[Trial],
    conventions: &Conventions,
) -> Opinion {
    let mut arrays = Vec::new();
    let mut first = None;
    for trial in trials {
        let value = match returned(quantity, trial, conventions) {
            Ok(value) => value,
            Err(opinion) => return opinion,
        };
        let difference = difference(&value, quantity.of(&trial.truth));
        if first.is_none() {
            first = difference;
        }
        arrays.push(value);
    }
    let Some(first) = first else { return Opinion::holds() };
    let samples: Vec<Sample<'_>> = trials
        .iter()
        .zip(&arrays)
        .filter_map(|(trial, value)| {
            let actual = value.array()?;
            Some(Sample { subject, case: &trial.case, truth: &trial.truth, actual })
        })
        .collect();
    let fault = if samples.len() == trials.len() {
        fault::name(subject, quantity, &samples)
    } else {
        None
    };
    let symbol = quantity.symbol();
    let text = match &fault {
        Some(fault) => format!("{} ({first})", fault.text),
        None => format!("{symbol} is wrong: {first}"),
    };
    Opinion { fault, ..Opinion::fails(text) }
}

/// Whether every quantity is right in one trial. Of those that are wrong on ordinary cases too only
/// finite numbers are asked: a mistake is counted where it belongs, and only there.
fn all_values(
    subject: Subject,
    trial: &Trial,
    conventions: &Conventions,
    known: &Known,
) -> Opinion {
    if !known.something {
        return Opinion::fails(
            "nothing is right on ordinary inputs, so this is not either",
        );
    }
    for quantity in quantities(subject) {
        if !known.wrong.contains(&quantity) {
            let opinion =
                values(subject, quantity, std::slice::from_ref(trial), conventions);
            if !opinion.holds {
                // What explains one case alone explains little.
                return Opinion { fault: None, ..opinion };
            }
            continue;
        }
        match returned(quantity, trial, conventions) {
            Ok(Value::Array(array)) if array.is_finite() => {}
            Ok(_) => {
                let symbol = quantity.symbol();
                return Opinion::fails(format!(
                    "{symbol} is not an array of finite numbers"
                ));
            }
            Err(opinion) => return opinion,
        }
    }
    Opinion::holds()
}

fn second_call(
    subject: Subject,
    again: &Trial,
    first: &Case,
    conventions: &Conventions,
    known: &Known,
) -> Opinion {
    let opinion = all_values(subject, again, conventions, known);
    if opinion.holds || !subject.has_parameters() {
        return opinion;
    }
    let Ok(before) = truth(subject, first) else { return opinion };
    let accumulated =
        [Quantity::WeightGradient, Quantity::BiasGradient].into_iter().any(|q| {
            let sum = q.of(&again.truth).zip(q.of(&before), |now, before| now + before);
            match returned(q, again, conventions) {
                Ok(Value::Array(actual)) => close(&actual, &sum),
                _ => false,
            }
        });
    if !accumulated {
        return opinion;
    }
    let text = "the gradients of the second call are added to those of the first: they should be \
                replaced";
    let fault = Fault { name: "accumulated".into(), text: text.into() };
    Opinion { fault: Some(fault), ..Opinion::fails(text) }
}

fn shapes(subject: Subject, trials: &[Trial], conventions: &Conventions) -> Opinion {
    for trial in trials {
        for quantity in quantities(subject) {
            let value = match returned(quantity, trial, conventions) {
                Ok(value) => value,
                Err(opinion) => return opinion,
            };
            let symbol = quantity.symbol();
            let Some(array) = value.array() else {
                return Opinion::fails(format!("{symbol} is not an array"));
            };
            let (expected, object) = match quantity {
                Quantity::Output => (trial.truth.y.shape.clone(), "(batch, features)"),
                Quantity::InputGradient => (trial.case.x.shape.clone(), "the input's"),
                Quantity::WeightGradient => (trial.case.w.shape.clone(), "the weight's"),
                Quantity::BiasGradient => (
                    sized(&conventions.bias_shape, trial.case.b.data.len()),
                    "the bias's",
                ),
            };
            // A loss may be a number or an array of one.
            let scalar = subject == Subject::CrossEntropy && quantity == Quantity::Output;
            if array.shape != expected && !(scalar && array.data.len() == 1) {
                return Opinion::fails(format!(
                    "the shape of {symbol} is {}, it should be {object}, {}",
                    array.shape_text(),
                    super::array::shape_text(&expected)
                ));
            }
        }
    }
    Opinion::holds()
}

fn precision(trials: &[Trial]) -> Opinion {
    let mut seen = false;
    for trial in trials {
        let answers = [("forward", &trial.forward), ("backward", &trial.backward)];
        for (pass, answer) in answers {
            let answer = match answer {
                Ok(answer) => answer,
                Err(failure) => return Opinion::failed(pass, failure),
            };
            let gradients =
                answer.grads.iter().map(|(name, value)| (name.as_str(), value));
            let output = answer.output.iter().map(|value| (pass, value));
            for (name, value) in output.chain(gradients) {
                let Some(array) = value.array() else { continue };
                seen = true;
                if array.dtype != "float64" {
                    return Opinion::fails(format!(
                        "{name} is {}, though everything that went in was float64",
                        array.dtype
                    ));
                }
            }
        }
    }
    if seen { Opinion::holds() } else { Opinion::fails("no array came back") }
}

fn mutation(trials: &[Trial], conventions: &Conventions) -> Opinion {
    for trial in trials {
        let (forward, backward) = match (&trial.forward, &trial.backward) {
            (Ok(forward), Ok(backward)) => (forward, backward),
            (Err(failure), _) => return Opinion::failed("forward", failure),
            (_, Err(failure)) => return Opinion::failed("backward", failure),
        };
        let changed =
            |value: Option<&Value>, before: &Array| match value.and_then(Value::array) {
                // An answer that does not show the argument says nothing against it.
                None => false,
                Some(after) => {
                    let moved = |(a, b): (&f64, &f64)| {
                        // Reading the decimals back may move the last bit.
                        let gap = (a - b).abs();
                        gap.is_nan() || gap > 1e-14 * b.abs()
                    };
                    after.data.len() != before.data.len()
                        || after.data.iter().zip(&before.data).any(moved)
                }
            };
        if changed(forward.inputs.first(), &trial.case.x) {
            return Opinion::fails("the forward pass changes its input in place");
        }
        let backward_input =
            if trial.case.t.data.is_empty() { &trial.case.dy } else { &trial.case.x };
        if changed(backward.inputs.first(), backward_input) {
            return Opinion::fails("the backward pass changes its argument in place");
        }
        for (pass, answer) in [("forward", forward), ("backward", backward)] {
            let weight =
                conventions.weight.as_ref().and_then(|name| answer.params.get(name));
            let bias = conventions.bias.as_ref().and_then(|name| answer.params.get(name));
            let w = &trial.case.w;
            let w_changed = !w.data.is_empty()
                && if conventions.weight_is_transposed {
                    changed(weight, &w.transposed())
                } else {
                    changed(weight, w)
                };
            if w_changed
                || (!trial.case.b.data.is_empty() && changed(bias, &trial.case.b))
            {
                return Opinion::fails(format!("the {pass} pass changes the parameters"));
            }
        }
    }
    Opinion::holds()
}

fn zero_probability(
    subject: Subject,
    beside: &Trial,
    at: &Trial,
    conventions: &Conventions,
    known: &Known,
) -> Opinion {
    let opinion = all_values(subject, beside, conventions, known);
    if !opinion.holds {
        let text = format!(
            "with probability 0 at another class than the target's: {}",
            opinion.text
        );
        return Opinion { text, ..opinion };
    }
    for quantity in quantities(subject) {
        match returned(quantity, at, conventions) {
            Err(opinion) => return opinion,
            Ok(Value::Array(array)) if array.data.iter().any(|entry| entry.is_nan()) => {
                return Opinion::fails(format!(
                    "with probability 0 at the target, {} becomes NaN (infinite, or large and \
                     finite, is right)",
                    quantity.symbol()
                ));
            }
            Ok(_) => {}
        }
    }
    Opinion::holds()
}
