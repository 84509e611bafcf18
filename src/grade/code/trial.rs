//! One pass through a module: made, given its parameters, called forward and backward.

use std::collections::BTreeMap;

use super::array::Array;
use super::caller::Caller;
use super::case::{self, Draw};
use super::compare::difference;
use super::examine::{Argument, Target};
use super::session::{Answer, Failure, Request};
use super::subject::{Case, Subject, Truth, truth};
use crate::grade::sandbox::SandboxError;

/// How the hand-in keeps W, b and T.
#[derive(Clone, Debug)]
pub(super) struct Conventions {
    pub(super) weight: Option<String>,
    pub(super) weight_is_transposed: bool,
    pub(super) bias: Option<String>,
    pub(super) bias_shape: Vec<usize>,
    pub(super) class_numbers: bool,
    /// The class's own name, where it is not the one asked for.
    pub(super) called: Option<String>,
}

/// One pass through a module.
pub(super) struct Trial {
    pub(super) case: Case,
    pub(super) truth: Truth,
    pub(super) forward: Result<Answer, Failure>,
    pub(super) backward: Result<Answer, Failure>,
}

pub(super) struct Examiner<'a, 'b> {
    pub(super) target: &'a Target,
    pub(super) caller: &'a mut Caller<'b>,
    pub(super) conventions: Option<Conventions>,
    pub(super) objects: u64,
}

impl Examiner<'_, '_> {
    fn make(
        &mut self,
        inputs: usize,
        outputs: usize,
    ) -> Result<Result<(String, Answer), Failure>, SandboxError> {
        self.objects += 1;
        let name = format!("m{}", self.objects);
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
    pub(super) fn learn_conventions(
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
            called: made.called.clone(),
        };
        // Of several arrays of a fitting shape, the one that is named like it.
        let named = |name: &str, letter: char| {
            name.trim_start_matches('_').to_lowercase().starts_with(letter)
        };
        for (name, value) in &made.params {
            let Some(array) = value.array() else { continue };
            let is_weight =
                array.shape == [outputs, inputs] || array.shape == [inputs, outputs];
            if is_weight && (found.weight.is_none() || named(name, 'w')) {
                found.weight = Some(name.clone());
                found.weight_is_transposed = array.shape == [inputs, outputs];
            }
            let is_bias = array.squeezed_shape() == [outputs];
            if is_bias && (found.bias.is_none() || named(name, 'b')) {
                found.bias_shape = array.shape.clone();
                found.bias = Some(name.clone());
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
    pub(super) fn trial(&mut self, cases: &[Case]) -> Result<Trial, SandboxError> {
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
        let mut outcome = (Err(Failure::Unreadable(String::new())), None);
        for case in cases {
            // Before each call: one that changes its parameters is found out elsewhere.
            if subject == Subject::Linear {
                let params = parameters(&conventions, case);
                if let Err(failure) =
                    self.caller.ask(&Request::Set { name: &name, params: &params })?
                {
                    return Ok(failed(failure));
                }
            }
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

/// The values of the parameters as the hand-in keeps them.
fn parameters(conventions: &Conventions, case: &Case) -> BTreeMap<String, Array> {
    let mut params = BTreeMap::new();
    if let Some(weight) = &conventions.weight {
        let w = &case.w;
        let w = if conventions.weight_is_transposed { w.transposed() } else { w.clone() };
        params.insert(weight.clone(), w);
    }
    if let Some(bias) = &conventions.bias {
        let shape = sized(&conventions.bias_shape, case.b.data.len());
        params.insert(bias.clone(), case.b.clone().reshaped(&shape));
    }
    params
}

/// A bias's shape for another number of outputs.
pub(super) fn sized(shape: &[usize], outputs: usize) -> Vec<usize> {
    shape.iter().map(|&size| if size == 1 { 1 } else { outputs }).collect()
}
