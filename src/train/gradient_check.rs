//! Before training: is the gradient that training steps along the derivative of its loss?
//!
//! The gradient is not computed anew: it is read off a real step of training at rate 1, so it is the
//! shipped code, update and all, that is checked.

use super::config::{Activation, Config, Method};
use super::data::{Normalisation, Parts};
use super::mlp::Mlp;
use super::optimiser::Optimiser;
use super::step::{Batch, Stepper};
use super::{Error, Number};
use crate::gradcheck::{Check, Report};

/// Examples in the batch of the check.
const EXAMPLES: usize = 8;

/// The parameters, one after the other.
fn flat(model: &Mlp<f64>) -> Vec<f64> {
    model
        .layers()
        .iter()
        .flat_map(|layer| layer.weight.iter().chain(layer.bias.iter()))
        .copied()
        .collect()
}

/// Puts parameters back in the order of [`flat`].
fn fill(model: &mut Mlp<f64>, parameters: &[f64]) {
    let mut rest = parameters.iter();
    for layer in model.layers_mut() {
        for (place, value) in
            layer.weight.iter_mut().chain(layer.bias.iter_mut()).zip(&mut rest)
        {
            *place = *value;
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

/// Checks the gradient of the loss by all weights and biases, in double precision, on a small batch
/// of the training examples.
///
/// # Errors
/// The model does not fit the data.
pub fn check_gradient<T: Number>(
    model: &Mlp<T>,
    parts: &Parts,
    seed: u64,
) -> Result<Report, Error> {
    let model = doubled(model)?;
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
    let mut stepped = model.clone();
    let mut optimiser = Optimiser::new(&plain, &model);
    stepper.train(&mut stepped, &mut optimiser, 1.0, batch)?;
    let at = flat(&model);
    let gradient: Vec<f64> =
        at.iter().zip(flat(&stepped)).map(|(before, after)| before - after).collect();
    let mut moved = model.clone();
    let loss = |parameters: &[f64]| {
        fill(&mut moved, parameters);
        // The batch fits: the step above has shown it.
        stepper.evaluate(&moved, batch).map_or(f64::NAN, |tally| tally.mean_loss())
    };
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
    let names: Vec<_> =
        names.iter().map(|(name, r, c)| (name.as_str(), *r, *c)).collect();
    let check = Check::new().seed(seed).named(&names);
    // ReLU has kinks; where one lies within a difference, any slope between its sides is admitted.
    let check = if model.activation() == Activation::Relu {
        check.accept_subgradients()
    } else {
        check
    };
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
}
