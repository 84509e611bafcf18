//! The multilayer perceptron: linear layers with an activation between them.

use nalgebra::{DMatrix, RowDVector};

use super::config::Activation;
use super::{Error, Number};
use crate::kernels::elementwise::{self, Elu, Relu, Sigmoid, Tanh};
use crate::kernels::{self, View, ViewMut, linear};

/// A linear layer, Y = X·Wᵀ + 1·b.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer<T: nalgebra::Scalar> {
    /// W: a row for each output, a column for each input.
    pub weight: DMatrix<T>,
    /// b: a number for each output.
    pub bias: RowDVector<T>,
}

/// Linear layers with an activation after all but the last.
#[derive(Clone, Debug, PartialEq)]
pub struct Mlp<T: nalgebra::Scalar> {
    layers: Vec<Layer<T>>,
    activation: Activation,
}

/// What a layer gives, before and after its activation.
pub(super) type LayerOutput<T> = (DMatrix<T>, DMatrix<T>);

impl<T: Number> Mlp<T> {
    /// A perceptron of the given layers, from the input to the output.
    ///
    /// # Errors
    /// No layer, an empty one, or layers that do not fit together.
    pub fn new(layers: Vec<Layer<T>>, activation: Activation) -> Result<Self, Error> {
        if layers.is_empty() {
            return Err(Error::new("model", "it has no layer"));
        }
        for (number, layer) in layers.iter().enumerate() {
            let (outputs, inputs) = layer.weight.shape();
            let expected =
                number.checked_sub(1).map(|below| layers[below].weight.nrows());
            if inputs == 0 || outputs == 0 || layer.bias.len() != outputs {
                return Err(Error::new(
                    "model",
                    format!(
                        "layer {number} has a {outputs}×{inputs} weight and {} biases",
                        layer.bias.len()
                    ),
                ));
            }
            if let Some(expected) = expected.filter(|&expected| expected != inputs) {
                return Err(Error::new(
                    "model",
                    format!(
                        "layer {number} has {inputs} inputs, but layer {} has {expected} outputs",
                        number - 1
                    ),
                ));
            }
        }
        Ok(Mlp { layers, activation })
    }

    /// The layers, from the input to the output.
    pub fn layers(&self) -> &[Layer<T>] {
        &self.layers
    }

    /// The layers, to change their numbers.
    pub(super) fn layers_mut(&mut self) -> &mut [Layer<T>] {
        &mut self.layers
    }

    /// The function between the layers.
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// Inputs, hidden sizes, outputs.
    pub fn sizes(&self) -> Vec<usize> {
        let inputs = self.layers[0].weight.ncols();
        std::iter::once(inputs)
            .chain(self.layers.iter().map(|layer| layer.weight.nrows()))
            .collect()
    }

    /// How many weights and biases there are.
    pub fn parameters(&self) -> usize {
        self.layers.iter().map(|layer| layer.weight.len() + layer.bias.len()).sum()
    }

    /// What each layer gives for some inputs (one a row), before and after its activation; the last
    /// layer has none, so its two are equal.
    ///
    /// # Errors
    /// Inputs of another width than the model's.
    pub(super) fn layer_outputs(
        &self,
        inputs: &DMatrix<T>,
    ) -> Result<Vec<LayerOutput<T>>, Error> {
        let mut outputs: Vec<LayerOutput<T>> = Vec::new();
        for (number, layer) in self.layers.iter().enumerate() {
            let x = outputs.last().map_or(inputs, |(_, after)| after);
            let z = linear::forward(x, &layer.weight, &layer.bias)?;
            let mut a = z.clone();
            if number + 1 < self.layers.len() {
                self.activation.forward_into(View::from(&z), ViewMut::from(&mut a))?;
            }
            outputs.push((z, a));
        }
        Ok(outputs)
    }

    /// The logits for some inputs, one a row.
    ///
    /// # Errors
    /// Inputs of another width than the model's.
    pub fn logits(&self, inputs: &DMatrix<T>) -> Result<DMatrix<T>, Error> {
        let outputs = self.layer_outputs(inputs)?;
        Ok(outputs
            .into_iter()
            .next_back()
            .map(|(z, _)| z)
            .unwrap_or_else(|| inputs.clone()))
    }
}

impl Activation {
    /// Y = h(X).
    pub(super) fn forward_into<T: Number>(
        self,
        x: View<'_, T>,
        y: ViewMut<'_, T>,
    ) -> Result<(), kernels::Error> {
        match self {
            Activation::Relu => elementwise::forward_into(&Relu, x, y),
            Activation::Elu => elementwise::forward_into(&elu(), x, y),
            Activation::Tanh => elementwise::forward_into(&Tanh, x, y),
            Activation::Sigmoid => elementwise::forward_into(&Sigmoid, x, y),
        }
    }

    /// dX = dY ⊙ h′(X).
    pub(super) fn backward_into<T: Number>(
        self,
        x: View<'_, T>,
        dy: View<'_, T>,
        dx: ViewMut<'_, T>,
    ) -> Result<(), kernels::Error> {
        match self {
            Activation::Relu => elementwise::backward_into(&Relu, x, dy, dx),
            Activation::Elu => elementwise::backward_into(&elu(), x, dy, dx),
            Activation::Tanh => elementwise::backward_into(&Tanh, x, dy, dx),
            Activation::Sigmoid => elementwise::backward_into(&Sigmoid, x, dy, dx),
        }
    }
}

fn elu<T: Number>() -> Elu<T> {
    Elu { alpha: T::from_f64(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_that_do_not_fit_are_refused() {
        let layer = |outputs: usize, inputs: usize, biases: usize| Layer {
            weight: DMatrix::<f32>::zeros(outputs, inputs),
            bias: RowDVector::zeros(biases),
        };
        let message =
            |layers| Mlp::new(layers, Activation::Relu).unwrap_err().to_string();
        assert!(message(vec![]).contains("no layer"));
        assert!(message(vec![layer(2, 3, 1)]).contains("1 biases"));
        assert!(
            message(vec![layer(2, 3, 2), layer(4, 3, 4)])
                .contains("layer 1 has 3 inputs")
        );
        let model =
            Mlp::new(vec![layer(2, 3, 2), layer(4, 2, 4)], Activation::Relu).unwrap();
        assert_eq!((model.sizes(), model.parameters()), (vec![3, 2, 4], 20));
    }

    #[test]
    fn logits_are_those_of_the_definition() {
        let w = |rows, cols, values: &[f64]| DMatrix::from_row_slice(rows, cols, values);
        let model = Mlp::new(
            vec![
                Layer {
                    weight: w(2, 1, &[1.0, -1.0]),
                    bias: RowDVector::from_row_slice(&[0.0, 1.0]),
                },
                Layer {
                    weight: w(1, 2, &[3.0, 5.0]),
                    bias: RowDVector::from_row_slice(&[0.5]),
                },
            ],
            Activation::Relu,
        )
        .unwrap();
        // x = 2: relu(2, −1) = (2, 0), 3·2 + 0.5; x = −1: relu(−1, 2) = (0, 2), 5·2 + 0.5.
        let logits = model.logits(&w(2, 1, &[2.0, -1.0])).unwrap();
        assert_eq!(logits.as_slice(), &[6.5, 10.5]);
    }
}
