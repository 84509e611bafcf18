//! Before training: is the gradient that training steps along the derivative of its loss?
//!
//! The gradient is not computed anew: it is read off a real step of training at rate 1, so it is the
//! shipped code, update and all, that is checked.

use std::ops::Range;

use super::config::{Activation, Config, Method};
use super::data::{Normalisation, Parts};
use super::mlp::Mlp;
use super::optimiser::Optimiser;
use super::random::{Purpose, Stream};
use super::step::{Batch, Stepper};
use super::{Error, Number};
use crate::gradcheck::{Check, Report, Verdict};

/// Examples in the batch of the check.
const EXAMPLES: usize = 8;

/// The parameters of a group, about: the checker holds a dozen vectors of so many doubles.
const GROUP: usize = 1 << 16;

/// The most parameters of which each is checked. Of larger models one group is drawn at random: to check
/// all would take longer than a short training.
const MOST_CHECKED: usize = 1 << 19;

/// Parameters that are checked together.
#[derive(Default)]
struct Group {
    /// What the report calls them, with rows and columns.
    names: Vec<(String, usize, usize)>,
    /// Runs of neighbours in the tensors of a model, which are W1, b1, W2, …, column after column.
    runs: Vec<(usize, Range<usize>)>,
}

fn tensor(model: &Mlp<f64>, number: usize) -> &[f64] {
    let layer = &model.layers()[number / 2];
    match number % 2 {
        0 => layer.weight.as_slice(),
        _ => layer.bias.as_slice(),
    }
}

fn tensor_mut(model: &mut Mlp<f64>, number: usize) -> &mut [f64] {
    let layer = &mut model.layers_mut()[number / 2];
    match number % 2 {
        0 => layer.weight.as_mut_slice(),
        _ => layer.bias.as_mut_slice(),
    }
}

impl Group {
    /// All parameters, in groups of about `size`: whole columns of weights, all biases of a layer.
    fn all(model: &Mlp<f64>, size: usize) -> Vec<Group> {
        let mut groups = Vec::new();
        let (mut group, mut room) = (Group::default(), size);
        let mut add =
            |name: String, (rows, cols): (usize, usize), run: (usize, Range<usize>)| {
                group.names.push((name, rows, cols));
                group.runs.push(run);
                room = room.saturating_sub(rows * cols);
                if room == 0 {
                    groups.push(std::mem::take(&mut group));
                    room = size;
                }
                room
            };
        let mut room = size;
        for (number, layer) in model.layers().iter().enumerate() {
            let (rows, cols) = layer.weight.shape();
            let mut from = 0;
            while from < cols {
                let to = (from + (room / rows).max(1)).min(cols);
                let name = match to - from {
                    all if all == cols => format!("W{}", number + 1),
                    _ => format!("W{} (columns {from} to {})", number + 1, to - 1),
                };
                let run = (2 * number, from * rows..to * rows);
                room = add(name, (rows, to - from), run);
                from = to;
            }
            room = add(format!("b{}", number + 1), (1, rows), (2 * number + 1, 0..rows));
        }
        if !group.runs.is_empty() {
            groups.push(group);
        }
        groups
    }

    /// About `size` parameters, drawn at random.
    fn drawn(model: &Mlp<f64>, size: usize, seed: u64) -> Group {
        let mut stream = Stream::new(seed, Purpose::Check, 1);
        let all = model.parameters() as u64;
        let mut runs = Vec::new();
        for number in 0..2 * model.layers().len() {
            let places = 0..tensor(model, number).len();
            runs.extend(
                places
                    .filter(|_| stream.below(all) < size as u64)
                    .map(|place| (number, place..place + 1)),
            );
        }
        let names = vec![("parameters drawn at random".to_owned(), 1, runs.len())];
        Group { names, runs }
    }

    fn gather(&self, model: &Mlp<f64>) -> Vec<f64> {
        let runs = self.runs.iter();
        runs.flat_map(|(number, run)| &tensor(model, *number)[run.clone()])
            .copied()
            .collect()
    }

    /// Puts parameters back in the order of [`Group::gather`].
    fn scatter(&self, model: &mut Mlp<f64>, parameters: &[f64]) {
        let mut rest = parameters;
        for (number, run) in &self.runs {
            let (values, after) = rest.split_at(run.len());
            tensor_mut(model, *number)[run.clone()].copy_from_slice(values);
            rest = after;
        }
    }
}

/// The same model in double precision.
fn doubled<T: Number>(model: &Mlp<T>) -> Result<Mlp<f64>, Error> {
    let layers = model.layers().iter().map(|layer| super::mlp::Layer {
        weight: layer.weight.map(T::to_f64),
        bias: layer.bias.map(T::to_f64),
    });
    Mlp::new(layers.collect(), model.activation())
}

/// Puts all parameters of the given model back.
fn restore<T: Number>(model: &mut Mlp<f64>, given: &Mlp<T>) {
    for (layer, from) in model.layers_mut().iter_mut().zip(given.layers()) {
        let places = layer.weight.iter_mut().chain(layer.bias.iter_mut());
        let values = from.weight.iter().chain(from.bias.iter());
        places.zip(values).for_each(|(place, value)| *place = value.to_f64());
    }
}

/// Checks the gradient of the loss by the weights and biases, in double precision, on a small batch
/// of the training examples: by all of them, or by some drawn at random where there are very many. The
/// report is that of the worst group, with the sums over all.
///
/// # Errors
/// The model does not fit the data.
pub fn check_gradient<T: Number>(
    model: &Mlp<T>,
    parts: &Parts,
    seed: u64,
) -> Result<Report, Error> {
    check_in_groups(model, parts, seed, GROUP, MOST_CHECKED)
}

fn check_in_groups<T: Number>(
    given: &Mlp<T>,
    parts: &Parts,
    seed: u64,
    size: usize,
    most: usize,
) -> Result<Report, Error> {
    let mut model = doubled(given)?;
    let normalisation = Normalisation::<f64>::fit(
        &parts.train.data,
        &parts.train.rows,
        Default::default(),
    );
    let rows = &parts.train.rows[..parts.train.len().min(EXAMPLES)];
    let batch = Batch {
        data: &parts.train.data,
        rows,
        normalisation: &normalisation,
        mirror: None,
    };
    let mut stepper = Stepper::new(&model, rows.len(), 1);
    let groups = if model.parameters() <= most {
        Group::all(&model, size)
    } else {
        vec![Group::drawn(&model, size, seed)]
    };
    let mut found: Option<Report> = None;
    for group in groups {
        let report = check_group(given, &mut model, &group, &mut stepper, batch, seed)?;
        let failed = report.verdict == Verdict::Fail;
        found = Some(match found {
            Some(before) => together(before, report),
            None => report,
        });
        if failed {
            break;
        }
    }
    found.ok_or_else(|| Error::new("model", "it has no parameters"))
}

/// The worse of two reports, with what both have looked at.
fn together(one: Report, other: Report) -> Report {
    let (entries, calls) = (one.entries + other.entries, one.calls + other.calls);
    let resolution = one.resolution.max(other.resolution);
    let badness = |report: &Report| match report.verdict {
        Verdict::Pass => 0,
        Verdict::Inconclusive => 1,
        Verdict::Fail => 2,
    };
    let worse = if badness(&other) > badness(&one) { other } else { one };
    Report { entries, calls, resolution, ..worse }
}

/// Checks one group; the model is the given one before and after.
fn check_group<T: Number>(
    given: &Mlp<T>,
    model: &mut Mlp<f64>,
    group: &Group,
    stepper: &mut Stepper<f64>,
    batch: Batch<'_, f64>,
    seed: u64,
) -> Result<Report, Error> {
    let at = group.gather(model);
    // One real step of plain gradient descent at rate 1: what it takes away is the gradient.
    let plain = Config {
        method: Method::Sgd,
        momentum: 0.0,
        weight_decay: 0.0,
        ..Config::default()
    };
    let mut optimiser = Optimiser::new(&plain, model);
    stepper.train(model, &mut optimiser, 1.0, batch)?;
    let mut gradient = group.gather(model);
    for (after, before) in gradient.iter_mut().zip(&at) {
        *after = before - *after;
    }
    // All that moved goes back, of this group or not.
    restore(model, given);
    let relu = model.activation() == Activation::Relu;
    let loss = |parameters: &[f64]| {
        group.scatter(model, parameters);
        // The batch fits: the step above has shown it.
        stepper.evaluate(model, batch).map_or(f64::NAN, |tally| tally.mean_loss())
    };
    let names: Vec<_> =
        group.names.iter().map(|(name, r, c)| (name.as_str(), *r, *c)).collect();
    let check = Check::new().seed(seed).named(&names);
    // ReLU has kinks; where one lies within a difference, any slope between its sides is admitted.
    let check = if relu { check.accept_subgradients() } else { check };
    let report = check.slice_gradient(loss, &at, &gradient);
    group.scatter(model, &at);
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::super::config::Init;
    use super::super::data::{Source, open, split};
    use super::super::init::init;
    use super::*;

    #[test]
    fn the_step_passes_for_every_activation() {
        let parts = split(open(&Source::Digits).unwrap(), 0.1, 0.2, 1).unwrap();
        for activation in
            [Activation::Relu, Activation::Elu, Activation::Tanh, Activation::Sigmoid]
        {
            let model = init::<f32>(&[64, 20, 12, 10], activation, Init::Uniform, 0.0, 3)
                .unwrap();
            let report = check_gradient(&model, &parts, 5).unwrap();
            assert!(report.passed(), "{activation:?}: {report}");
        }
    }

    #[test]
    fn groups_hold_every_parameter_once_and_come_out_as_one_report() {
        let parts = split(open(&Source::Digits).unwrap(), 0.1, 0.2, 1).unwrap();
        let model =
            init::<f32>(&[64, 30, 10], Activation::Tanh, Init::He, 0.0, 3).unwrap();
        let doubles = doubled(&model).unwrap();
        for size in [1, 29, 300, 2000, 10_000] {
            let groups = Group::all(&doubles, size);
            let mut seen: Vec<(usize, usize)> = groups
                .iter()
                .flat_map(|group| &group.runs)
                .flat_map(|(number, run)| run.clone().map(|place| (*number, place)))
                .collect();
            seen.sort_unstable();
            let all = (0..4).flat_map(|number| {
                (0..tensor(&doubles, number).len()).map(move |i| (number, i))
            });
            assert!(seen.into_iter().eq(all), "{size}");
            for group in &groups {
                let named: usize = group.names.iter().map(|(_, r, c)| r * c).sum();
                assert_eq!(named, group.gather(&doubles).len());
                // A column or the biases of a layer are never cut.
                assert!(named < size + 30);
            }
        }
        let whole = check_in_groups(&model, &parts, 5, 10_000, 10_000).unwrap();
        let grouped = check_in_groups(&model, &parts, 5, 700, 10_000).unwrap();
        assert!(whole.passed() && grouped.passed(), "{whole} {grouped}");
        assert_eq!(grouped.entries, model.parameters());
        assert!(grouped.calls > whole.calls);
    }

    #[test]
    fn the_worse_report_stands_for_both() {
        let wrong = |x: &[f64]| x[0] * x[0] + x[1];
        let check =
            |second: f64| Check::new().slice_gradient(wrong, &[1.0, 2.0], &[2.0, second]);
        for (one, other) in [(1.0, 3.0), (3.0, 1.0)] {
            let report = together(check(one), check(other));
            assert_eq!((report.verdict, report.entries), (Verdict::Fail, 4));
        }
    }

    #[test]
    fn a_model_of_many_parameters_is_checked_by_a_sample_of_them() {
        let parts = split(open(&Source::Digits).unwrap(), 0.1, 0.2, 1).unwrap();
        let model =
            init::<f32>(&[64, 30, 10], Activation::Tanh, Init::He, 0.0, 3).unwrap();
        let report = check_in_groups(&model, &parts, 5, 500, 1000).unwrap();
        assert!(report.passed(), "{report}");
        assert!((400..600).contains(&report.entries), "{}", report.entries);
        // What is gathered is scattered to where it was.
        let mut doubles = doubled(&model).unwrap();
        let before = doubles.clone();
        let some = Group::drawn(&doubles, 500, 5);
        let shifted: Vec<f64> = some.gather(&doubles).iter().map(|w| w + 1.0).collect();
        some.scatter(&mut doubles, &shifted);
        assert_eq!(some.gather(&doubles), shifted);
        let moved = (0..4)
            .flat_map(|number| {
                tensor(&doubles, number).iter().zip(tensor(&before, number))
            })
            .filter(|(a, b)| a != b)
            .count();
        assert_eq!(moved, shifted.len());
    }
}
