//! The passes of a step: the first layer's product for half of the inputs, and all the rest, forward and
//! backward, for half of the examples.

use std::ops::Range;

use smallvec::SmallVec;

use super::Number;
use super::mlp::{Layer, Mlp};
use super::random::{Purpose, Stream};
use super::step::{Batch, Tally};
use crate::kernels::{self, View, ViewMut, linear, product, softmax_cross_entropy};

/// Room for the layers of usual models without an allocation.
pub(super) type Layers<T> = SmallVec<[T; 8]>;

/// A layer's memory for some of the examples: before and after the activation, and the gradients by
/// what is after and before it. The last layer has none of the two in the middle.
pub(super) struct Rows<'a, T> {
    pub(super) width: usize,
    pub(super) z: &'a mut [T],
    pub(super) a: &'a mut [T],
    pub(super) da: &'a mut [T],
    pub(super) dz: &'a mut [T],
}

/// Some of the inputs of a batch, for all of its examples.
pub(super) struct Features<'a, T: nalgebra::Scalar> {
    pub(super) layer: &'a Layer<T>,
    pub(super) batch: Batch<'a, T>,
    pub(super) inputs: Range<usize>,
    pub(super) x: &'a mut [T],
    /// What they add to the first layer; the biases are counted among the first of them.
    pub(super) z: &'a mut [T],
}

impl<T: Number> Features<'_, T> {
    /// Fills `x` and `z`.
    pub(super) fn run(self) -> Result<(), kernels::Error> {
        let Features { layer, batch, inputs, x, z } = self;
        let Batch { data, rows: examples, normalisation, mirror } = batch;
        let width = inputs.len();
        for (i, &row) in examples.iter().enumerate() {
            let mirrored = mirror.is_some_and(|mirror| {
                let shown = mirror.shown + i as u64;
                Stream::new(mirror.seed, Purpose::Augment, shown).bits() & 1 == 1
            });
            let x = &mut x[i * width..][..width];
            normalisation.fill_part(data, row as usize, mirrored, inputs.start, x);
        }
        let first = inputs.start == 0;
        let weight = View::from(&layer.weight).column_range(inputs);
        let (count, outputs) = (examples.len(), layer.weight.nrows());
        let (x, z) = (rows(x, count, width)?, rows_mut(z, count, outputs)?);
        if first {
            linear::forward_into_on(1, x, weight, &layer.bias, z)
        } else {
            product(T::from_f64(1.0), x, weight.t(), T::from_f64(0.0), z, 1)
        }
    }
}

/// Forward from the first layer's activation on, and backward, for one half of a batch.
pub(super) struct Half<'a, T: nalgebra::Scalar> {
    pub(super) model: &'a Mlp<T>,
    pub(super) batch: Batch<'a, T>,
    /// The first of its examples.
    pub(super) from: usize,
    /// What is still to be added to the first layer's z.
    pub(super) added: &'a [T],
    pub(super) layers: Layers<Rows<'a, T>>,
    pub(super) classes: &'a mut [usize],
    pub(super) predicted: &'a mut [u16],
    pub(super) backward: bool,
}

impl<T: Number> Half<'_, T> {
    pub(super) fn run(self) -> Result<Tally, kernels::Error> {
        let Half { model, batch, from, added, mut layers, classes, predicted, backward } =
            self;
        let count = classes.len();
        if count == 0 {
            return Ok(Tally::default());
        }
        let examples = &batch.rows[from..from + count];
        for (class, &row) in classes.iter_mut().zip(examples) {
            *class = usize::from(batch.data.labels()[row as usize]);
        }
        if let Some(first) = layers.first_mut() {
            for (z, &added) in first.z.iter_mut().zip(added) {
                *z = *z + added;
            }
        }
        forward(model, &mut layers, count)?;
        let last = layers.last_mut().ok_or(NO_LAYER)?;
        let logits = rows(last.z, count, last.width)?;
        // The mean over this half, weighted by its share of the batch.
        let share = T::from_f64(count as f64 / batch.rows.len() as f64);
        let dz = rows_mut(last.dz, count, last.width)?;
        let loss = softmax_cross_entropy::forward_backward_classes_into(
            logits, classes, share, dz,
        )?;
        let mut correct = 0;
        for ((logits, &class), told) in
            last.z.chunks_exact(last.width).zip(classes.iter()).zip(predicted)
        {
            let best = largest(logits);
            *told = best as u16;
            correct += usize::from(best == class);
        }
        if backward {
            backwards(model, &mut layers, count)?;
        }
        Ok(Tally { loss: loss.to_f64() * count as f64, correct, count })
    }
}

/// `count` rows of `width` numbers that lie together.
pub(super) fn rows<T>(
    data: &[T],
    count: usize,
    width: usize,
) -> Result<View<'_, T>, kernels::Error> {
    View::new(data, count, width, width, 1)
}

fn rows_mut<T>(
    data: &mut [T],
    count: usize,
    width: usize,
) -> Result<ViewMut<'_, T>, kernels::Error> {
    ViewMut::new(data, count, width, width, 1)
}

/// A model has a layer: [`Mlp::new`] has checked.
const NO_LAYER: kernels::Error =
    kernels::Error::Empty { kernel: "linear", argument: ("model", 0, 0) };

/// The place of the largest number.
fn largest<T: PartialOrd>(numbers: &[T]) -> usize {
    let mut best = 0;
    for (i, number) in numbers.iter().enumerate() {
        if *number > numbers[best] {
            best = i;
        }
    }
    best
}

/// From the first layer's z to the last layer's.
fn forward<T: Number>(
    model: &Mlp<T>,
    layers: &mut [Rows<'_, T>],
    count: usize,
) -> Result<(), kernels::Error> {
    for (number, layer) in model.layers().iter().enumerate() {
        let (below, rest) = layers.split_at_mut(number);
        let Some(here) = rest.first_mut() else { break };
        let width = here.width;
        if let Some(below) = below.last() {
            let (input, z) =
                (rows(below.a, count, below.width)?, rows_mut(here.z, count, width)?);
            linear::forward_into_on(1, input, &layer.weight, &layer.bias, z)?;
        }
        if !here.a.is_empty() {
            let (z, a) = (rows(here.z, count, width)?, rows_mut(here.a, count, width)?);
            model.activation().forward_into(z, a)?;
        }
    }
    Ok(())
}

/// From the last layer's dZ to every layer's.
fn backwards<T: Number>(
    model: &Mlp<T>,
    layers: &mut [Rows<'_, T>],
    count: usize,
) -> Result<(), kernels::Error> {
    let activation = model.activation();
    for (number, layer) in model.layers().iter().enumerate().skip(1).rev() {
        let (below, above) = layers.split_at_mut(number);
        let (Some(below), Some(above)) = (below.last_mut(), above.first()) else { break };
        let width = below.width;
        let dz = rows(above.dz, count, above.width)?;
        linear::input_gradient_into_on(
            1,
            &layer.weight,
            dz,
            rows_mut(below.da, count, width)?,
        )?;
        activation.backward_into(
            rows(below.z, count, width)?,
            rows(below.da, count, width)?,
            rows_mut(below.dz, count, width)?,
        )?;
    }
    Ok(())
}
