//! Names a wrong array: which slip turns the right values into these?
//!
//! Every named slip is applied to the right computation, and the outcome compared with what the
//! hand-in returned; a name is given only when it explains every case.

mod slips;

use serde::{Deserialize, Serialize};

use super::array::Array;
use super::compare::close;
use super::subject::{Case, Subject, Truth};

/// A named mistake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// A stable short name, as derivations use them: `transposed`, `sign`, `factor`.
    pub name: String,
    /// What happened, for the student.
    pub text: String,
}

/// Which array is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Quantity {
    /// The output of the forward pass.
    Output,
    /// The gradient by the input.
    InputGradient,
    /// The gradient by the weights.
    WeightGradient,
    /// The gradient by the bias.
    BiasGradient,
}

impl Quantity {
    /// The symbol that a report uses.
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Quantity::Output => "the output",
            Quantity::InputGradient => "∂L/∂X",
            Quantity::WeightGradient => "∂L/∂W",
            Quantity::BiasGradient => "∂L/∂b",
        }
    }

    /// Its true value.
    pub(super) fn of(self, truth: &Truth) -> &Array {
        match self {
            Quantity::Output => &truth.y,
            Quantity::InputGradient => &truth.dx,
            Quantity::WeightGradient => &truth.dw,
            Quantity::BiasGradient => &truth.db,
        }
    }
}

/// A case with its true values and what the hand-in returned for one quantity.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample<'a> {
    /// What the module computes.
    pub subject: Subject,
    /// The arguments.
    pub case: &'a Case,
    /// The true values.
    pub truth: &'a Truth,
    /// What came back, in the mathematics' own orientation.
    pub actual: &'a Array,
}

/// Finds the slip that explains every sample.
pub(super) fn name(
    subject: Subject,
    quantity: Quantity,
    samples: &[Sample<'_>],
) -> Option<Fault> {
    if samples.is_empty() {
        return None;
    }
    let fault = |name: &str, text: String| Some(Fault { name: name.into(), text });
    let symbol = quantity.symbol();
    let every = |test: &dyn Fn(&Sample<'_>) -> bool| samples.iter().all(test);

    if every(&|s| s.actual.data.iter().any(|entry| entry.is_nan())) {
        return fault("not a number", format!("{symbol} contains NaN"));
    }
    if every(&|s| s.actual.data.iter().all(|&entry| entry == 0.0)) {
        return fault(
            "zero",
            format!("{symbol} is zero everywhere: it is never computed"),
        );
    }
    if every(&|s| {
        let right = quantity.of(s.truth);
        right.shape.len() == 2
            && s.actual.shape.len() == 2
            && right.rows() != right.cols()
            && close(s.actual, &right.transposed())
    }) {
        return fault(
            "transposed",
            format!("{symbol} is the transpose of the right answer"),
        );
    }
    for (name, text, wrong) in slips::of(subject, quantity) {
        if every(&|s| {
            wrong(s).is_some_and(|value| {
                close(s.actual, &value) && !close(&value, quantity.of(s.truth))
            })
        }) {
            return fault(name, text.to_string());
        }
    }
    constant_factor(subject, quantity, samples)
        .or_else(|| added_parameter(quantity, samples))
}

/// The right gradient plus a multiple of the parameter itself: weight decay that slipped in.
fn added_parameter(quantity: Quantity, samples: &[Sample<'_>]) -> Option<Fault> {
    let (of, name): (fn(&Case) -> &Array, _) = match quantity {
        Quantity::WeightGradient => (|case| &case.w, "W"),
        Quantity::BiasGradient => (|case| &case.b, "b"),
        Quantity::Output | Quantity::InputGradient => return None,
    };
    let first = samples.first()?;
    let added = |s: &Sample<'_>| -> Option<f64> {
        let (right, parameter) = (quantity.of(s.truth), of(s.case));
        if s.actual.squeezed_shape() != right.squeezed_shape() {
            return None;
        }
        let square: f64 = parameter.data.iter().map(|p| p * p).sum();
        let gap = s.actual.data.iter().zip(&right.data).map(|(a, r)| a - r);
        let share = gap.zip(&parameter.data).map(|(g, p)| g * p).sum::<f64>() / square;
        (share.is_finite() && share != 0.0).then_some(share)
    };
    let share = added(first)?;
    let explained = samples.iter().all(|s| {
        let with = quantity.of(s.truth).zip(of(s.case), |r, p| r + share * p);
        close(s.actual, &with) && !close(&with, quantity.of(s.truth))
    });
    explained.then(|| Fault {
        name: "extra term".into(),
        text: format!(
            "{} has {share:.6} {name} added to it: weight decay does not belong in this module",
            quantity.symbol()
        ),
    })
}

/// The right answer times a number that depends on the sizes only.
fn constant_factor(
    subject: Subject,
    quantity: Quantity,
    samples: &[Sample<'_>],
) -> Option<Fault> {
    let ratios: Option<Vec<f64>> = samples
        .iter()
        .map(|s| {
            let right = quantity.of(s.truth);
            if right.squeezed_shape() != s.actual.squeezed_shape() {
                return None;
            }
            let square: f64 = right.data.iter().map(|r| r * r).sum();
            let product: f64 =
                right.data.iter().zip(&s.actual.data).map(|(r, a)| r * a).sum();
            let ratio = product / square;
            let scaled = right.map(|r| r * ratio);
            (ratio.is_finite() && ratio != 0.0 && close(s.actual, &scaled))
                .then_some(ratio)
        })
        .collect();
    let ratios = ratios?;
    let symbol = quantity.symbol();
    let is = |f: &dyn Fn(f64, f64, f64) -> f64| {
        samples.iter().zip(&ratios).all(|(s, ratio)| {
            let sizes =
                (s.case.x.rows(), s.case.x.cols(), s.truth.y.shape.get(1).copied());
            let n = sizes.2.unwrap_or(1) as f64;
            (f(sizes.0 as f64, sizes.1 as f64, n) - ratio).abs() <= 1e-6 * ratio.abs()
        })
    };
    let fault = |name: &str, text: String| Some(Fault { name: name.into(), text });
    let averaged = subject == Subject::CrossEntropy;
    if is(&|_, _, _| -1.0) {
        return fault("sign", format!("{symbol} has the wrong sign"));
    }
    if is(&|s, _, _| 1.0 / s) {
        let why =
            if averaged { "1/S is applied twice" } else { "a mean stands for the sum" };
        return fault(
            "mean for sum",
            format!("{symbol} is divided by the batch size: {why}"),
        );
    }
    if is(&|s, _, _| s) {
        let text = if averaged {
            format!("{symbol} lacks the factor 1/S of the mean over the batch")
        } else {
            format!("{symbol} is multiplied by the batch size")
        };
        return fault("missing normalisation", text);
    }
    if is(&|s, _, _| -s) || is(&|s, _, _| -1.0 / s) {
        let text =
            format!("{symbol} has the wrong sign and a wrong power of the batch size");
        return fault("sign", text);
    }
    if averaged && is(&|s, m, _| s / m) {
        let text = format!(
            "{symbol} is divided by the number of classes instead of the batch size"
        );
        return fault("wrong axis", text);
    }
    if is(&|_, m, _| 1.0 / m) || is(&|_, _, n| 1.0 / n) {
        return fault(
            "mean for sum",
            format!("{symbol} is divided by the number of features"),
        );
    }
    if is(&|s, m, _| 1.0 / (s * m)) || is(&|s, _, n| 1.0 / (s * n)) {
        let text = format!(
            "{symbol} is divided by the number of entries: a mean over everything"
        );
        return fault("mean for sum", text);
    }
    let first = ratios[0];
    if ratios.iter().all(|ratio| (ratio - first).abs() <= 1e-6 * first.abs()) {
        return fault("factor", format!("{symbol} is {first:.6} times the right answer"));
    }
    None
}
