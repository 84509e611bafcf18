//! The initial weights, and what they do to the activations.
//!
//! He's variance 2/in keeps the second moment of the activations through layers of ReLU: for a
//! symmetric f of variance σ², E[max(0, f)²] = σ²/2, and f = Σ w·b over `in` inputs has variance
//! in·Var(w)·E[b²], which is E[b²]·2 when Var(w) = 2/in.

use nalgebra::{DMatrix, RowDVector};

use super::config::{Activation, Init};
use super::mlp::{Layer, Mlp};
use super::random::{Purpose, Stream};
use super::{Error, Number};

/// A perceptron with random weights: `sizes` are the inputs, the hidden layers, the classes.
///
/// # Errors
/// Fewer than two sizes, or a size of 0.
pub fn init<T: Number>(
    sizes: &[usize],
    activation: Activation,
    kind: Init,
    sigma: f64,
    seed: u64,
) -> Result<Mlp<T>, Error> {
    let count = sizes.len().saturating_sub(1);
    let layers = sizes.windows(2).enumerate().map(|(number, pair)| {
        let (inputs, outputs) = (pair[0], pair[1]);
        let mut stream = Stream::new(seed, Purpose::Weights, number as u64);
        let rectified = matches!(activation, Activation::Relu | Activation::Elu);
        let before_rectifier = rectified && number + 1 < count;
        let deviation = match kind {
            Init::He => (if before_rectifier { 2.0 } else { 1.0 } / inputs as f64).sqrt(),
            Init::Glorot => (2.0 / (inputs + outputs) as f64).sqrt(),
            Init::Normal => sigma,
            Init::Uniform => 1.0 / (inputs as f64).sqrt(),
        };
        let mut draw = || {
            T::from_f64(match kind {
                Init::Uniform => deviation * (2.0 * stream.uniform() - 1.0),
                _ => deviation * stream.normal(),
            })
        };
        let weight = DMatrix::from_fn(outputs, inputs, |_, _| draw());
        let bias = match kind {
            Init::Uniform => RowDVector::from_fn(outputs, |_, _| draw()),
            _ => RowDVector::from_element(outputs, T::from_f64(0.0)),
        };
        Layer { weight, bias }
    });
    Mlp::new(layers.collect(), activation)
}

/// What the activations of a layer look like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// Outputs of the layer.
    pub width: usize,
    /// The mean of the squares before the activation, `E[f²]`.
    pub before: f64,
    /// The mean of the squares after it, `E[b²]`.
    pub after: f64,
    /// The part of the activations that are exactly 0.
    pub zeros: f64,
}

/// The moments of each layer's activations for some inputs (one a row).
///
/// # Errors
/// Inputs of another width than the model's.
pub fn moments<T: Number>(
    model: &Mlp<T>,
    inputs: &DMatrix<T>,
) -> Result<Vec<Moments>, Error> {
    let mean_square = |m: &DMatrix<T>| {
        m.iter().map(|x| x.to_f64() * x.to_f64()).sum::<f64>() / m.len().max(1) as f64
    };
    let mut found = Vec::new();
    for (before, after) in model.layer_outputs(inputs)? {
        let zeros = after.iter().filter(|x| x.to_f64() == 0.0).count();
        found.push(Moments {
            width: before.ncols(),
            before: mean_square(&before),
            after: mean_square(&after),
            zeros: zeros as f64 / after.len().max(1) as f64,
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ten_layers(
        kind: Init,
        activation: Activation,
        width: usize,
        seed: u64,
    ) -> Vec<Moments> {
        let sizes = [width; 12];
        let model = init::<f64>(&sizes, activation, kind, 0.01, seed).unwrap();
        let mut stream = Stream::new(seed, Purpose::Check, 9);
        let inputs = DMatrix::from_fn(64, width, |_, _| stream.normal());
        let mut moments = moments(&model, &inputs).unwrap();
        moments.pop();
        moments
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn he_keeps_the_second_moment_through_ten_layers_of_relu(
            width in 200usize..400, seed in 0u64..1 << 40
        ) {
            let moments = ten_layers(Init::He, Activation::Relu, width, seed);
            prop_assert_eq!(moments.len(), 10);
            // Inputs have E[b²] = 1. A layer multiplies it by 1 ± √(5/width): ±0.15, so ten layers
            // by 1 up to a factor e^(±0.5), where another variance would give 2^(±10).
            for layer in &moments {
                prop_assert!((0.1..10.0).contains(&layer.after), "{moments:?}");
            }
            let mean = |f: fn(&Moments) -> f64| moments.iter().map(f).sum::<f64>() / 10.0;
            // E[max(0, f)²] = E[f²]/2, and half of the activations are 0.
            prop_assert!((mean(|m| m.after / m.before) - 0.5).abs() < 0.12, "{moments:?}");
            prop_assert!((mean(|m| m.zeros) - 0.5).abs() < 0.08, "{moments:?}");
        }

        #[test]
        fn smaller_weights_lose_it(width in 200usize..400, seed in 0u64..1 << 40) {
            // Var(w) = 1/in halves the second moment at every layer: 2⁻¹⁰ in the end.
            let moments = ten_layers(Init::Glorot, Activation::Relu, width, seed);
            let last = moments[9].after * 1024.0;
            prop_assert!((0.1..10.0).contains(&last), "{moments:?}");
            let moments = ten_layers(Init::Normal, Activation::Relu, width, seed);
            prop_assert!(moments[9].after < 1e-9, "{moments:?}");
        }
    }

    #[test]
    fn the_deviations_are_those_of_the_names() {
        let deviation = |kind, activation, layer: usize| {
            let model = init::<f64>(&[400, 300, 10], activation, kind, 0.02, 5).unwrap();
            let w = &model.layers()[layer].weight;
            (w.iter().map(|x| x * x).sum::<f64>() / w.len() as f64).sqrt()
        };
        let close = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 0.05, "{a} {b}");
        close(deviation(Init::He, Activation::Relu, 0), (2.0f64 / 400.0).sqrt());
        close(deviation(Init::He, Activation::Relu, 1), (1.0f64 / 300.0).sqrt());
        close(deviation(Init::He, Activation::Tanh, 0), (1.0f64 / 400.0).sqrt());
        close(deviation(Init::Glorot, Activation::Relu, 0), (2.0f64 / 700.0).sqrt());
        close(deviation(Init::Normal, Activation::Relu, 0), 0.02);
        close(
            deviation(Init::Uniform, Activation::Relu, 0),
            (1.0f64 / 3.0 / 400.0).sqrt(),
        );
    }
}
