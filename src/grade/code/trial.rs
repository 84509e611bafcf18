//! One pass through a module: made, given its parameters, called forward and backward.

use std::collections::BTreeMap;

use super::array::{Array, Value};
use super::batch::{Batch, Expected};
use super::caller::Caller;
use super::case::{self, Draw};
use super::compare::difference;
use super::examine::{Argument, Target};
use super::fault::Quantity;
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
    /// Where the samples of a batch lie.
    pub(super) batch: Batch,
    /// Where they lie as the class shows, if the assignment wants them elsewhere.
    pub(super) against_the_rule: Option<Batch>,
    /// What the program says of the class: its own name, the notebook it was taken from.
    pub(super) remarks: Vec<String>,
}

impl Conventions {
    /// Whether the hand-in sees the transpose of what is called this quantity here.
    pub(super) fn turns(&self, quantity: Quantity) -> bool {
        match quantity {
            Quantity::Output | Quantity::InputGradient => self.batch == Batch::Columns,
            Quantity::WeightGradient => self.weight_is_transposed,
            Quantity::BiasGradient => false,
        }
    }
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

    /// Makes one object and sees how it keeps its parameters; then tries where the samples of a
    /// batch lie and, for the loss, whether it takes one-hot targets or class numbers.
    pub(super) fn learn_conventions(
        &mut self,
        expected: Expected,
    ) -> Result<Result<Conventions, Failure>, SandboxError> {
        let (inputs, outputs) = (3, 4);
        let (_, made) = match self.make(inputs, outputs)? {
            Ok(made) => made,
            Err(failure) => return Ok(Err(failure)),
        };
        let mut remarks = made.remarks.clone();
        if let Some(called) = &made.called {
            remarks.push(format!(
                "the class is called `{called}`, not `{}`",
                self.target.class
            ));
        }
        let mut found = Conventions {
            weight: None,
            weight_is_transposed: false,
            bias: None,
            bias_shape: vec![outputs],
            class_numbers: false,
            batch: expected.batch,
            against_the_rule: None,
            remarks,
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
        self.settle(&mut found, expected)?;
        Ok(Ok(found))
    }

    /// Chooses where samples lie and how targets are written: as the values are right.
    fn settle(
        &mut self,
        found: &mut Conventions,
        expected: Expected,
    ) -> Result<(), SandboxError> {
        let subject = self.target.subject;
        let is_loss = subject == Subject::CrossEntropy;
        // Softmax over the columns is a mistake of its own where the linear module keeps rows.
        let both = subject == Subject::Linear
            || !subject.is_elementwise() && expected.batch == Batch::Columns;
        let (usual, other) = (expected.batch, expected.batch.other());
        let batches: &[Batch] =
            if both && !expected.fixed { &[usual, other] } else { &[usual] };
        // One-hot targets are the mathematics' own form, so they win where both do as well.
        let targets: &[bool] = if is_loss { &[false, true] } else { &[false] };
        let highest = if is_loss { 4 } else { 2 };
        let mut best = 0;
        if batches.len() * targets.len() > 1 {
            for &batch in batches {
                for &class_numbers in targets {
                    if best < highest {
                        let tried = Conventions { batch, class_numbers, ..found.clone() };
                        let score = self.score(tried)?;
                        if score > best {
                            (found.batch, found.class_numbers) = (batch, class_numbers);
                            best = score;
                        }
                    }
                }
            }
        }
        if both
            && expected.fixed
            && self.score(found.clone())? < 2
            && self.score(Conventions { batch: other, ..found.clone() })? == 2
        {
            found.against_the_rule = Some(other);
        }
        Ok(())
    }

    /// How well a case goes under these conventions: 2 for a forward pass with the right values, 1
    /// for one with the right shape; the same again for the backward pass of a loss.
    fn score(&mut self, conventions: Conventions) -> Result<u8, SandboxError> {
        let subject = self.target.subject;
        self.conventions = Some(conventions);
        let case = case::ordinary(subject, (5, 3, 4), &mut Draw::new(11));
        let trial = self.trial(std::slice::from_ref(&case))?;
        let value = |answer: &Result<Answer, Failure>, right: &Array| match answer {
            Ok(Answer { output: Some(value), .. })
                if difference(value, right).is_none() =>
            {
                2
            }
            Ok(Answer { output: Some(Value::Array(array)), .. })
                if array.squeezed_shape() == right.squeezed_shape() =>
            {
                1
            }
            _ => 0,
        };
        let forward = value(&trial.forward, &trial.truth.y);
        if subject != Subject::CrossEntropy {
            return Ok(forward);
        }
        Ok(forward + value(&trial.backward, &trial.truth.dx))
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
            let batch = conventions.batch;
            let mut inputs = vec![batch.turn(&case.x)];
            if subject == Subject::CrossEntropy {
                let t = &case.t;
                inputs.push(if conventions.class_numbers {
                    case::classes(t)
                } else {
                    batch.turn(t)
                });
            }
            let forward = self
                .caller
                .ask(&Request::Forward { name: &name, inputs: &inputs })?
                .map(|answer| answer.in_rows(batch));
            if let Err(failure) = &forward
                && failure.ends_the_program()
            {
                return Ok(failed(failure.clone()));
            }
            if subject != Subject::CrossEntropy {
                inputs = vec![batch.turn(&case.dy)];
            }
            let backward = self
                .caller
                .ask(&Request::Backward { name: &name, inputs: &inputs })?
                .map(|answer| answer.in_rows(batch));
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
