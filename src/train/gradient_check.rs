//! Before training: is the gradient that training steps along the derivative of its loss?
//!
//! The gradient is not computed anew: it is read off a real step of training at rate 1, so it is the
//! shipped code, update and all, that is checked.

use super::config::{Activation, Config, Method};
use super::data::{Normalisation, Parts};
use super::mlp::Mlp;
use super::optimiser::Optimiser;
use super::random::{Purpose, Stream};
use super::step::{Batch, Stepper};
use super::{Error, Number};
use crate::gradcheck::{Check, Report};

/// Examples in the batch of the check.
const EXAMPLES: usize = 8;

/// The most parameters that are checked one by one. Of larger models so many are drawn at random: a
/// check of all would take longer than a short training and many times the model's memory.
const MOST_CHECKED: usize = 1 << 20;

/// The parameters that are checked: their places in the order layer by layer, weights (column after
/// column) before biases. `None`: all.
type Chosen = Option<Vec<usize>>;

fn chosen(parameters: usize, most: usize, seed: u64) -> Chosen {
    if parameters <= most {
        return None;
    }
    let mut stream = Stream::new(seed, Purpose::Check, 1);
    let (all, most) = (parameters as u64, most as u64);
    Some((0..parameters).filter(|_| stream.below(all) < most).collect())
}

/// The chosen parameters, in order.
fn gather(model: &Mlp<f64>, chosen: &Chosen) -> Vec<f64> {
    let mut all = model
        .layers()
        .iter()
        .flat_map(|layer| layer.weight.iter().chain(layer.bias.iter()));
    let Some(chosen) = chosen else { return all.copied().collect() };
    let mut next = 0;
    let steps = chosen.iter().filter_map(|&place| {
        let value = all.nth(place - next);
        next = place + 1;
        value.copied()
    });
    steps.collect()
}

/// Puts parameters back in the order of [`gather`].
fn scatter(model: &mut Mlp<f64>, chosen: &Chosen, parameters: &[f64]) {
    let mut all = model
        .layers_mut()
        .iter_mut()
        .flat_map(|layer| layer.weight.iter_mut().chain(layer.bias.iter_mut()));
    let Some(chosen) = chosen else {
        all.zip(parameters).for_each(|(place, value)| *place = *value);
        return;
    };
    let mut next = 0;
    for (&at, value) in chosen.iter().zip(parameters) {
        if let Some(place) = all.nth(at - next) {
            *place = *value;
        }
        next = at + 1;
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
/// of the training examples: by all of them, or by a million drawn at random where there are more.
///
/// # Errors
/// The model does not fit the data.
pub fn check_gradient<T: Number>(
    model: &Mlp<T>,
    parts: &Parts,
    seed: u64,
) -> Result<Report, Error> {
    check_some(model, parts, seed, MOST_CHECKED)
}

fn check_some<T: Number>(
    given: &Mlp<T>,
    parts: &Parts,
    seed: u64,
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
    // One real step of plain gradient descent at rate 1: what it took away is the gradient.
    let plain = Config {
        method: Method::Sgd,
        momentum: 0.0,
        weight_decay: 0.0,
        ..Config::default()
    };
    let mut stepper = Stepper::new(&model, rows.len(), 1);
    let mut optimiser = Optimiser::new(&plain, &model);
    let chosen = chosen(model.parameters(), most, seed);
    let at = gather(&model, &chosen);
    stepper.train(&mut model, &mut optimiser, 1.0, batch)?;
    let after = gather(&model, &chosen);
    let gradient: Vec<f64> =
        at.iter().zip(after).map(|(before, after)| before - after).collect();
    // All that moved goes back, chosen or not.
    restore(&mut model, given);
    let names: Vec<(String, usize, usize)> = model
        .layers()
        .iter()
        .enumerate()
        .flat_map(|(number, layer)| {
            let (rows, cols) = layer.weight.shape();
            [
                (format!("W{}", number + 1), rows, cols),
                (format!("b{}", number + 1), 1, rows),
            ]
        })
        .collect();
    let names = match &chosen {
        Some(chosen) => vec![("parameters drawn at random".to_owned(), 1, chosen.len())],
        None => names,
    };
    let relu = model.activation() == Activation::Relu;
    let loss = |parameters: &[f64]| {
        scatter(&mut model, &chosen, parameters);
        // The batch fits: the step above has shown it.
        stepper.evaluate(&model, batch).map_or(f64::NAN, |tally| tally.mean_loss())
    };
    let names: Vec<_> =
        names.iter().map(|(name, r, c)| (name.as_str(), *r, *c)).collect();
    let check = Check::new().seed(seed).named(&names);
    // ReLU has kinks; where one lies within a difference, any slope between its sides is admitted.
    let check = if relu { check.accept_subgradients() } else { check };
    Ok(check.slice_gradient(loss, &at, &gradient))
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
    fn a_model_of_many_parameters_is_checked_by_a_sample_of_them() {
        let parts = split(open(&Source::Digits).unwrap(), 0.1, 0.2, 1).unwrap();
        let model =
            init::<f32>(&[64, 30, 10], Activation::Tanh, Init::He, 0.0, 3).unwrap();
        let report = check_some(&model, &parts, 5, 500).unwrap();
        assert!(report.passed(), "{report}");
        assert!((400..600).contains(&report.entries), "{}", report.entries);
        // What is gathered is scattered to where it was.
        let mut doubles = doubled(&model).unwrap();
        let some = chosen(doubles.parameters(), 500, 5);
        let shifted: Vec<f64> = gather(&doubles, &some).iter().map(|w| w + 1.0).collect();
        let before = gather(&doubles, &None);
        scatter(&mut doubles, &some, &shifted);
        assert_eq!(gather(&doubles, &some), shifted);
        let moved =
            gather(&doubles, &None).iter().zip(&before).filter(|(a, b)| a != b).count();
        assert_eq!(moved, shifted.len());
    }
}
