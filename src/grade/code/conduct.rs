//! Judges how a module behaves beside its values: shapes, types, what it leaves unchanged.

use super::array::{Array, Value, shape_text};
use super::fault::Quantity;
use super::opinion::{Known, Opinion, quantities, returned};
use super::subject::Subject;
use super::trial::{Conventions, Trial, sized};

/// Whether every gradient has the shape of its object, and the output its own. What has wrong values
/// is counted there, and not here again.
pub(super) fn shapes(
    subject: Subject,
    trials: &[Trial],
    conventions: &Conventions,
    known: &Known,
) -> Opinion {
    if let Some(why) = known.too_little(subject) {
        return Opinion::fails(why);
    }
    let mut seen = false;
    for trial in trials {
        for quantity in quantities(subject) {
            let wrong = known.wrong.contains(&quantity);
            let value = match returned(quantity, trial, conventions) {
                Ok(value) => value,
                Err(_) if wrong => continue,
                Err(opinion) => return *opinion,
            };
            let symbol = quantity.symbol();
            let Some(array) = value.array() else {
                if wrong {
                    continue;
                }
                return Opinion::fails(format!("{symbol} is not an array"));
            };
            let (expected, object) = match quantity {
                Quantity::Output => (trial.truth.y.shape.clone(), "the output's"),
                Quantity::InputGradient => (trial.case.x.shape.clone(), "the input's"),
                Quantity::WeightGradient => (trial.case.w.shape.clone(), "the weight's"),
                Quantity::BiasGradient => (
                    sized(&conventions.bias_shape, trial.case.b.data.len()),
                    "the bias's",
                ),
            };
            // A loss may be a number or an array of one.
            let scalar = subject == Subject::CrossEntropy && quantity == Quantity::Output;
            let fits = array.shape == expected || scalar && array.data.len() == 1;
            seen |= fits;
            if !fits && !wrong {
                let shown = |shape: &[usize]| {
                    let mut shape = shape.to_vec();
                    if conventions.turns(quantity) {
                        shape.reverse();
                    }
                    shape_text(&shape)
                };
                return Opinion::fails(format!(
                    "the shape of {symbol} is {}, it should be {object}, {}",
                    shown(&array.shape),
                    shown(&expected)
                ));
            }
        }
    }
    if seen {
        Opinion::holds()
    } else {
        Opinion::fails("no array of a right shape came back")
    }
}

/// Whether what comes out has the precision of what went in.
pub(super) fn precision(subject: Subject, trials: &[Trial], known: &Known) -> Opinion {
    if let Some(why) = known.too_little(subject) {
        return Opinion::fails(why);
    }
    let mut seen = false;
    for trial in trials {
        let went_in = match &trial.forward {
            Ok(answer) => answer.inputs.first().and_then(Value::array),
            Err(failure) => return Opinion::failed("forward", failure),
        };
        let went_in = went_in.map_or("float64", |array| array.dtype.as_str());
        for (pass, answer) in [("forward", &trial.forward), ("backward", &trial.backward)]
        {
            // A pass that fails is counted where its values are.
            let Ok(answer) = answer else { continue };
            // What `grads` holds before a backward pass is nobody's result.
            let gradients = (answer.grads.iter())
                .filter(|_| pass == "backward")
                .map(|(name, value)| (name.as_str(), value));
            let output = answer.output.iter().map(|value| (pass, value));
            for (name, value) in output.chain(gradients) {
                let Some(array) = value.array() else { continue };
                seen = true;
                if array.dtype != went_in {
                    return Opinion::fails(format!(
                        "{name} is {}, though everything that went in was {went_in}",
                        array.dtype
                    ));
                }
            }
        }
    }
    if seen { Opinion::holds() } else { Opinion::fails("no array came back") }
}

/// Whether an argument was changed, beyond what its way through decimals and types moves.
fn changed(value: Option<&Value>, before: &Array) -> bool {
    // An answer that does not show the argument says nothing against it.
    let Some(after) = value.and_then(Value::array) else { return false };
    let rounding = match after.dtype.as_str() {
        "float32" => 1e-6,
        "float16" | "bfloat16" => 1e-2,
        _ => 1e-14,
    };
    let moved = |(a, b): (&f64, &f64)| {
        let gap = (a - b).abs();
        gap.is_nan() || gap > rounding * b.abs()
    };
    after.data.len() != before.data.len()
        || after.data.iter().zip(&before.data).any(moved)
}

/// Whether arguments and parameters are left as they were.
pub(super) fn mutation(
    subject: Subject,
    trials: &[Trial],
    conventions: &Conventions,
    known: &Known,
) -> Opinion {
    if let Some(why) = known.too_little(subject) {
        return Opinion::fails(why);
    }
    for trial in trials {
        let forward = match &trial.forward {
            Ok(forward) => forward,
            Err(failure) => return Opinion::failed("forward", failure),
        };
        if changed(forward.inputs.first(), &trial.case.x) {
            return Opinion::fails("the forward pass changes its input in place");
        }
        if let Ok(backward) = &trial.backward {
            let is_loss = !trial.case.t.data.is_empty();
            let own = if is_loss { &trial.case.x } else { &trial.case.dy };
            if changed(backward.inputs.first(), own) {
                return Opinion::fails("the backward pass changes its argument in place");
            }
            if changed(backward.earlier.first(), &trial.case.x) {
                return Opinion::fails(
                    "the backward pass changes the forward pass's input in place: what was kept \
                     there is the caller's own array (keep a copy, or make a new array)",
                );
            }
        }
        for (pass, answer) in
            [("forward", Some(forward)), ("backward", trial.backward.as_ref().ok())]
        {
            let Some(answer) = answer else { continue };
            let parameter = |name: &Option<String>| {
                name.as_ref().and_then(|name| answer.params.get(name))
            };
            let weight = parameter(&conventions.weight);
            let bias = parameter(&conventions.bias);
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
