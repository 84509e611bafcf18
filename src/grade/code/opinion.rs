//! Judges what came back, property by property.

use super::array::Value;
use super::compare::{Difference, close, difference};
use super::examine::Finding;
use super::fault::{self, Fault, Quantity, Sample};
use super::property::Property;
use super::session::{Failure, Place};
use super::subject::{Case, Subject, truth};
use super::trial::{Conventions, Trial};

/// The name of NumPy's errors about shapes.
const SHAPES: &str = "shapes do not fit";

/// Whether a property holds, and what to say.
pub(super) struct Opinion {
    holds: bool,
    text: String,
    fault: Option<Fault>,
    place: Option<Place>,
}

impl Opinion {
    pub(super) fn holds() -> Self {
        Opinion { holds: true, text: "right".into(), fault: None, place: None }
    }

    pub(super) fn fails(text: impl Into<String>) -> Self {
        Opinion { holds: false, text: text.into(), fault: None, place: None }
    }

    pub(super) fn failed(pass: &str, failure: &Failure) -> Self {
        let place = match failure {
            Failure::Raised { place, .. } => place.clone(),
            _ => None,
        };
        let fault = Self::of_shapes(failure);
        Opinion {
            place,
            fault,
            ..Self::fails(format!("the {pass} pass failed: {failure}"))
        }
    }

    /// An error of NumPy's that says that arrays do not fit together.
    fn of_shapes(failure: &Failure) -> Option<Fault> {
        let Failure::Raised { message, .. } = failure else { return None };
        let words = ["matmul", "not aligned", "could not be broadcast", "shape mismatch"];
        words
            .iter()
            .any(|word| message.contains(word))
            .then(|| Fault { name: "shapes do not fit".into(), text: message.clone() })
    }

    pub(super) fn into_finding(self, property: Property) -> Finding {
        let Opinion { holds, text, fault, place } = self;
        Finding { property, holds, text, fault, place }
    }
}

/// A quantity as the hand-in returned it, in the mathematics' own orientation.
pub(super) fn returned(
    quantity: Quantity,
    trial: &Trial,
    conventions: &Conventions,
) -> Result<Value, Box<Opinion>> {
    let pass = match quantity {
        Quantity::Output => ("forward", &trial.forward),
        _ => ("backward", &trial.backward),
    };
    if let Err(failure) = pass.1
        && let Some(value) = set_before(quantity, trial, conventions, failure)
    {
        return Ok(value);
    }
    let answer =
        pass.1.as_ref().map_err(|failure| Box::new(Opinion::failed(pass.0, failure)))?;
    let gradient = |name: &Option<String>, what: &str, shape: &str| {
        let Some(name) = name else {
            return Err(Box::new(Opinion::fails(format!(
                "`params` has no {what}: an array of shape {shape} is expected there"
            ))));
        };
        let value = answer.grads.get(name);
        value.cloned().ok_or_else(|| {
            let text = format!("`grads` has no entry '{name}', though `params` has one");
            Box::new(Opinion::fails(text))
        })
    };
    match quantity {
        Quantity::Output | Quantity::InputGradient => answer
            .output
            .clone()
            .ok_or_else(|| Box::new(Opinion::fails("the answer holds no value"))),
        Quantity::BiasGradient => {
            gradient(&conventions.bias, "bias", "(out,) or (1, out)")
        }
        Quantity::WeightGradient => {
            let value =
                gradient(&conventions.weight, "weight", "(out, in) or (in, out)")?;
            Ok(oriented(value, conventions))
        }
    }
}

/// A gradient by the weights in the mathematics' own orientation.
fn oriented(value: Value, conventions: &Conventions) -> Value {
    match value {
        Value::Array(array)
            if conventions.weight_is_transposed && array.shape.len() == 2 =>
        {
            Value::Array(array.turned())
        }
        value => value,
    }
}

/// The gradient by a parameter that a failing backward pass had set, and rightly, before it failed:
/// what fails later costs what comes later.
fn set_before(
    quantity: Quantity,
    trial: &Trial,
    conventions: &Conventions,
    failure: &Failure,
) -> Option<Value> {
    let Failure::Raised { grads, .. } = failure else { return None };
    let name = match quantity {
        Quantity::WeightGradient => conventions.weight.as_ref()?,
        Quantity::BiasGradient => conventions.bias.as_ref()?,
        Quantity::Output | Quantity::InputGradient => return None,
    };
    let value = grads.get(name)?.clone();
    let value = match quantity {
        Quantity::WeightGradient => oriented(value, conventions),
        _ => value,
    };
    difference(&value, quantity.of(&trial.truth)).is_none().then_some(value)
}

pub(super) fn quantities(subject: Subject) -> Vec<Quantity> {
    let mut all = vec![Quantity::Output, Quantity::InputGradient];
    if subject.has_parameters() {
        all.extend([Quantity::WeightGradient, Quantity::BiasGradient]);
    }
    all
}

/// What ordinary cases have shown already.
pub(super) struct Known {
    /// The quantities that are wrong there.
    pub(super) wrong: Vec<Quantity>,
    /// Of these, the ones that never came back.
    absent: Vec<Quantity>,
    /// Whether anything is right there, or wrong in a way that has a name: if not, nothing can be
    /// said of the module's finer properties.
    something: bool,
}

impl Known {
    /// Why nothing can be said of the module's finer properties, where too little came back.
    pub(super) fn too_little(&self, subject: Subject) -> Option<&'static str> {
        let gradients = quantities(subject).len() - 1;
        if self.absent.contains(&Quantity::Output) {
            Some("the forward pass gives no array, so there is nothing to judge this by")
        } else if self.absent.len() == gradients {
            Some("the backward pass gives no array, so there is nothing to judge this by")
        } else {
            None
        }
    }
}

pub(super) fn known(
    subject: Subject,
    trials: &[Trial],
    conventions: &Conventions,
) -> Known {
    let mut known = Known { wrong: Vec::new(), absent: Vec::new(), something: false };
    for quantity in quantities(subject) {
        let opinion = values(subject, quantity, trials, conventions);
        let named = |fault: &Fault| fault.name != "zero" && fault.name != "not a number";
        known.something |= opinion.holds || opinion.fault.as_ref().is_some_and(named);
        if !opinion.holds {
            known.wrong.push(quantity);
            let came = |trial: &Trial| {
                matches!(returned(quantity, trial, conventions), Ok(Value::Array(_)))
            };
            if !trials.iter().any(came) {
                known.absent.push(quantity);
            }
        }
    }
    known
}

/// Whether a quantity is right in every trial.
pub(super) fn values(
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
            Err(opinion) => return *opinion,
        };
        let difference = difference(&value, quantity.of(&trial.truth));
        if first.is_none() && !is_safeguarded(subject, quantity, trial, &value) {
            first = match conventions.turns(quantity) {
                true => difference.map(Difference::turned),
                false => difference,
            };
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

/// Whether a loss is right but for a small number that is added to probabilities, which keeps
/// logarithms and quotients finite.
fn is_safeguarded(
    subject: Subject,
    quantity: Quantity,
    trial: &Trial,
    value: &Value,
) -> bool {
    let shifts = [1e-7, 1e-6, 1e-5];
    subject == Subject::CrossEntropy
        && shifts.into_iter().any(|shift| {
            let x = trial.case.x.map(|x| x + shift);
            let shifted = truth(subject, &Case { x, ..trial.case.clone() });
            shifted.is_ok_and(|right| difference(value, quantity.of(&right)).is_none())
        })
}

/// Whether every quantity is right in one trial. Of those that are wrong on ordinary cases too only
/// finite numbers are asked, and nothing of those that never came back: a mistake is counted where
/// it belongs, and only there.
pub(super) fn all_values(
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
    if let Some(why) = known.too_little(subject) {
        return Opinion::fails(why);
    }
    for quantity in quantities(subject) {
        if !known.wrong.contains(&quantity) {
            let opinion =
                values(subject, quantity, std::slice::from_ref(trial), conventions);
            if !opinion.holds {
                // What explains the values of one case alone explains little.
                let fault = opinion.fault.filter(|fault| fault.name == SHAPES);
                return Opinion { fault, ..opinion };
            }
            continue;
        }
        if known.absent.contains(&quantity) {
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
            Err(opinion) => return *opinion,
        }
    }
    Opinion::holds()
}

pub(super) fn second_call(
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

pub(super) fn zero_probability(
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
            Err(opinion) => return *opinion,
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
