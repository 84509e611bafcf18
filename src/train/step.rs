//! One step of training: forward, backward, update, by the kernels.
//!
//! The work is always cut into the same halves, whether one thread does both or two do one each, so
//! the result is the same bit for bit. The first layer is cut between its inputs, in the forward pass
//! and in the update, so each thread's half of its weights and of the batch (by far the most memory of
//! a step) stays in that thread's cache. The layers above and the backward pass are cut between the
//! examples, their updates between their inputs. Everything a step needs was allocated before.
//!
//! Matrices of a batch lie example after example (S×N with strides N and 1), weights column after
//! column, so every product runs on memory in order. The first layer's dX is never formed, and the
//! update of plain gradient descent is one product, `W ← (1 − ηλ)·W − η·dYᵀ·X`.

use std::ops::Range;

use super::data::{Dataset, Normalisation};
use super::mlp::{Layer, Mlp};
use super::optimiser::{BLOCK, Optimiser, Parameters, Update};
use super::pass::{Features, Half, Layers, Rows, rows};
use super::threads::both;
use super::{Error, Number};
use crate::kernels::{self, ViewMut, linear};

/// What a batch is made of.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a, T> {
    /// The set.
    pub data: &'a Dataset,
    /// The examples' places in it.
    pub rows: &'a [u32],
    /// How they become numbers.
    pub normalisation: &'a Normalisation<T>,
    /// Where images are mirrored at random: what this depends on.
    pub mirror: Option<Mirror>,
}

/// What decides which images of a batch are mirrored: the seed, and the place of the batch's first
/// image among all that were shown so far.
#[derive(Clone, Copy, Debug)]
pub struct Mirror {
    /// The seed of the training.
    pub seed: u64,
    /// Images shown before this batch.
    pub shown: u64,
}

/// The outcome over some examples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// The sum of the losses.
    pub loss: f64,
    /// How many were classified rightly.
    pub correct: usize,
    /// How many there were.
    pub count: usize,
}

impl Tally {
    /// Two tallies together.
    #[must_use]
    pub fn and(self, other: Tally) -> Tally {
        Tally {
            loss: self.loss + other.loss,
            correct: self.correct + other.correct,
            count: self.count + other.count,
        }
    }

    /// The mean loss; NaN over no examples.
    pub fn mean_loss(&self) -> f64 {
        self.loss / self.count as f64
    }

    /// The part that was classified rightly; NaN over no examples.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.count as f64
    }
}

/// The memory of a layer, for a whole batch.
struct Buffers<T> {
    width: usize,
    /// Before the activation.
    z: Vec<T>,
    /// After it; empty for the last layer.
    a: Vec<T>,
    /// The gradient by `a`; empty for the last layer.
    da: Vec<T>,
    /// The gradient by `z`.
    dz: Vec<T>,
}

/// Half of a layer's parameters with their states: the weights of some inputs, the biases of some
/// outputs.
struct Share<'a, T> {
    inputs: Range<usize>,
    weights: Parameters<'a, T>,
    outputs: Range<usize>,
    biases: Parameters<'a, T>,
}

/// The memory for steps of up to `capacity` examples.
pub struct Stepper<T> {
    capacity: usize,
    threads: usize,
    /// How many inputs each half has.
    inputs: [usize; 2],
    /// The batch: for each example the inputs of the first half, and those of the second.
    x: [Vec<T>; 2],
    /// What the second half of the inputs adds to the first layer's z.
    added: Vec<T>,
    layers: Vec<Buffers<T>>,
    classes: Vec<usize>,
    predicted: Vec<u16>,
    blocks: [Vec<T>; 2],
}

impl<T: Number> Stepper<T> {
    /// Memory for a model and batches of up to `capacity` examples; `threads` is 1 or 2, where 2
    /// needs [`super::with_threads`] around the steps.
    pub fn new(model: &Mlp<T>, capacity: usize, threads: usize) -> Self {
        let sizes = model.sizes();
        let capacity = capacity.max(1);
        let zero = T::from_f64(0.0);
        let count = sizes.len() - 1;
        let layers = sizes[1..].iter().enumerate().map(|(number, &width)| {
            let hidden = if number + 1 < count { capacity * width } else { 0 };
            Buffers {
                width,
                z: vec![zero; capacity * width],
                a: vec![zero; hidden],
                da: vec![zero; hidden],
                dz: vec![zero; capacity * width],
            }
        });
        let middle = middle(sizes[0]);
        let inputs = [middle, sizes[0] - middle];
        let widest = sizes[1..].iter().copied().max().unwrap_or(1);
        Stepper {
            capacity,
            threads,
            inputs,
            x: inputs.map(|inputs| vec![zero; capacity * inputs]),
            added: vec![zero; capacity * sizes[1]],
            layers: layers.collect(),
            classes: vec![0; capacity],
            predicted: vec![0; capacity],
            blocks: [vec![zero; BLOCK.max(widest)], vec![zero; BLOCK.max(widest)]],
        }
    }

    /// The largest batch.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// One step of training on a batch.
    ///
    /// # Errors
    /// The batch does not fit the model or this memory.
    pub fn train(
        &mut self,
        model: &mut Mlp<T>,
        optimiser: &mut Optimiser<T>,
        rate: f64,
        batch: Batch<'_, T>,
    ) -> Result<Tally, Error> {
        let tally = self.pass(model, batch, true)?;
        if tally.loss.is_finite() {
            let (update, first, second) = optimiser.begin(rate);
            self.update(model, update, first, second, tally.count)?;
        }
        Ok(tally)
    }

    /// The outcome on a batch, without learning from it. [`Stepper::predicted`] has the answers.
    ///
    /// # Errors
    /// The batch does not fit the model or this memory.
    pub fn evaluate(
        &mut self,
        model: &Mlp<T>,
        batch: Batch<'_, T>,
    ) -> Result<Tally, Error> {
        self.pass(model, batch, false)
    }

    /// The classes that the last pass found most likely, example by example.
    pub fn predicted(&self) -> &[u16] {
        &self.predicted
    }

    fn pass(
        &mut self,
        model: &Mlp<T>,
        batch: Batch<'_, T>,
        backward: bool,
    ) -> Result<Tally, Error> {
        let count = batch.rows.len();
        let classes = self.layers.last().map_or(0, |layer| layer.width);
        let inputs = self.inputs[0] + self.inputs[1];
        if batch.data.features() != inputs || batch.data.classes().len() != classes {
            return Err(Error::new(
                "model",
                format!(
                    "it takes {inputs} features and tells {classes} classes apart; the data have {} and {}",
                    batch.data.features(),
                    batch.data.classes().len()
                ),
            ));
        }
        if count == 0 || count > self.capacity {
            return Err(Error::new(
                "batch",
                format!("{count} examples where 1 to {} are expected", self.capacity),
            ));
        }
        self.first_layer(model, batch)?;
        let width = self.layers.first().map_or(0, |layer| layer.width);
        let middle = count.div_ceil(2);
        let (mut left, mut right) = (Layers::new(), Layers::new());
        for layer in &mut self.layers {
            let (one, other) = layer.split(middle, count);
            left.push(one);
            right.push(other);
        }
        let (added_left, added_right) =
            self.added[..count * width].split_at(middle * width);
        let (classes_left, classes_right) = self.classes[..count].split_at_mut(middle);
        let (told_left, told_right) = self.predicted[..count].split_at_mut(middle);
        let half = |from: usize, added, layers, classes, predicted| Half {
            model,
            batch,
            from,
            added,
            layers,
            classes,
            predicted,
            backward,
        };
        let (one, other) = (
            half(0, added_left, left, classes_left, told_left),
            half(middle, added_right, right, classes_right, told_right),
        );
        let (one, other) = both(self.threads, || one.run(), || other.run());
        Ok(one?.and(other?))
    }

    /// Takes the batch from the data, and the first layer's product with it.
    fn first_layer(&mut self, model: &Mlp<T>, batch: Batch<'_, T>) -> Result<(), Error> {
        let (Some(layer), Some(buffers)) =
            (model.layers().first(), self.layers.first_mut())
        else {
            return Ok(());
        };
        let middle = self.inputs[0];
        let [x, x_] = &mut self.x;
        let features = |inputs, x, z| Features { layer, batch, inputs, x, z };
        let (one, other) = (
            features(0..middle, x, &mut buffers.z),
            features(middle..middle + self.inputs[1], x_, &mut self.added),
        );
        let (one, other) = both(self.threads, || one.run(), || other.run());
        one?;
        other?;
        Ok(())
    }

    fn update(
        &mut self,
        model: &mut Mlp<T>,
        update: Update<T>,
        first: &mut [Layer<T>],
        second: &mut [Layer<T>],
        count: usize,
    ) -> Result<(), Error> {
        let (mut left, mut right) = (Layers::new(), Layers::new());
        let (mut first, mut second) = (first.iter_mut(), second.iter_mut());
        for layer in model.layers_mut() {
            let (one, other) = shares(layer, first.next(), second.next());
            left.push(one);
            right.push(other);
        }
        let layers = &self.layers;
        let work = |shares: Layers<Share<'_, T>>, x: &[T], block: &mut [T]| {
            let mut below: Option<&Buffers<T>> = None;
            for (share, layer) in shares.into_iter().zip(layers) {
                let dz = rows(&layer.dz, count, layer.width)?;
                let input = match below {
                    Some(below) => {
                        rows(&below.a, count, below.width)?.column_range(share.inputs)
                    }
                    None => rows(x, count, share.inputs.len())?,
                };
                update.weights(input, dz, share.weights, block)?;
                let gradient = &mut block[..share.outputs.len()];
                let db = ViewMut::column_major(&mut *gradient, share.outputs.len(), 1)?;
                linear::bias_gradient_into(dz.column_range(share.outputs), db)?;
                update.apply(gradient, share.biases);
                below = Some(layer);
            }
            Ok::<(), kernels::Error>(())
        };
        let ([x, x_], [block, block_]) = (&self.x, &mut self.blocks);
        let (one, other) =
            both(self.threads, || work(left, x, block), || work(right, x_, block_));
        one?;
        other?;
        Ok(())
    }
}

impl<T> Buffers<T> {
    /// The first `middle` examples, and those from there to `count`.
    fn split(&mut self, middle: usize, count: usize) -> (Rows<'_, T>, Rows<'_, T>) {
        let width = self.width;
        fn cut<T>(buffer: &mut [T], middle: usize, count: usize) -> (&mut [T], &mut [T]) {
            let used = count.min(buffer.len());
            buffer[..used].split_at_mut(middle.min(used))
        }
        let (middle, count) = (middle * width, count * width);
        let (z, z_) = cut(&mut self.z, middle, count);
        let (a, a_) = cut(&mut self.a, middle, count);
        let (da, da_) = cut(&mut self.da, middle, count);
        let (dz, dz_) = cut(&mut self.dz, middle, count);
        (Rows { width, z, a, da, dz }, Rows { width, z: z_, a: a_, da: da_, dz: dz_ })
    }
}

/// Where a layer's inputs or outputs are cut in two.
fn middle(count: usize) -> usize {
    // A multiple of 8 keeps both halves of large layers aligned alike.
    if count >= 64 { (count / 2).next_multiple_of(8) } else { count.div_ceil(2) }
}

/// Both halves of a layer's parameters.
fn shares<'a, T: Number>(
    layer: &'a mut Layer<T>,
    first: Option<&'a mut Layer<T>>,
    second: Option<&'a mut Layer<T>>,
) -> (Share<'a, T>, Share<'a, T>) {
    let (outputs, inputs) = layer.weight.shape();
    let (middle_in, middle_out) = (middle(inputs), middle(outputs));
    type Cut<'a, T> = [(&'a mut [T], &'a mut [T]); 2];
    let cut = |layer: Option<&'a mut Layer<T>>| -> Cut<'a, T> {
        match layer {
            Some(layer) => [
                layer.weight.as_mut_slice().split_at_mut(middle_in * outputs),
                layer.bias.as_mut_slice().split_at_mut(middle_out),
            ],
            None => Default::default(),
        }
    };
    let [weight, bias] = cut(Some(layer));
    let [weight_1, bias_1] = cut(first);
    let [weight_2, bias_2] = cut(second);
    let part = |values, first, second| Parameters { values, first, second };
    (
        Share {
            inputs: 0..middle_in,
            weights: part(weight.0, weight_1.0, weight_2.0),
            outputs: 0..middle_out,
            biases: part(bias.0, bias_1.0, bias_2.0),
        },
        Share {
            inputs: middle_in..inputs,
            weights: part(weight.1, weight_1.1, weight_2.1),
            outputs: middle_out..outputs,
            biases: part(bias.1, bias_1.1, bias_2.1),
        },
    )
}

#[cfg(test)]
mod tests {
    use nalgebra::DMatrix;

    use super::super::config::{Activation, Config, Init, Method};
    use super::super::data::{Normalise, Values};
    use super::super::init::init;
    use super::super::random::{Purpose, Stream};
    use super::super::threads::with_threads;
    use super::*;
    use crate::kernels::{View, softmax_cross_entropy};

    fn data(count: usize, features: usize, classes: usize) -> Dataset {
        let mut stream = Stream::new(3, Purpose::Check, 0);
        let values = (0..count * features).map(|_| stream.normal()).collect();
        let labels = (0..count).map(|_| stream.below(classes as u64) as u16).collect();
        let names = (0..classes).map(|c| c.to_string()).collect();
        Dataset::new(Values::Doubles(values), features, labels, names, None).unwrap()
    }

    /// Loss and gradients by the allocating kernels, on nalgebra matrices.
    fn gradients(
        model: &Mlp<f64>,
        data: &Dataset,
        rows: &[u32],
    ) -> (f64, Vec<Layer<f64>>) {
        let x = DMatrix::from_fn(rows.len(), data.features(), |i, j| {
            data.at(rows[i] as usize, j)
        });
        let classes: Vec<usize> =
            rows.iter().map(|&row| usize::from(data.labels()[row as usize])).collect();
        let outputs = model.layer_outputs(&x).unwrap();
        let logits = &outputs.last().unwrap().0;
        let loss = softmax_cross_entropy::forward_classes(logits, &classes).unwrap();
        let mut dz =
            softmax_cross_entropy::backward_classes(logits, &classes, 1.0).unwrap();
        let mut found = Vec::new();
        for (number, layer) in model.layers().iter().enumerate().rev() {
            let input = if number == 0 { &x } else { &outputs[number - 1].1 };
            let gradient = linear::backward(input, &layer.weight, &dz).unwrap();
            found.push(Layer { weight: gradient.dw, bias: gradient.db });
            if number > 0 {
                let mut below = gradient.dx.clone();
                let (z, da) =
                    (View::from(&outputs[number - 1].0), View::from(&gradient.dx));
                model
                    .activation()
                    .backward_into(z, da, ViewMut::from(&mut below))
                    .unwrap();
                dz = below;
            }
        }
        found.reverse();
        (loss, found)
    }

    /// The optimiser's formulas, parameter by parameter, as PyTorch's documentation states them.
    fn reference(
        config: &Config,
        w: &mut [f64],
        g: &[f64],
        m: &mut [f64],
        v: &mut [f64],
        t: i32,
    ) {
        for i in 0..w.len() {
            let g = g[i] + config.weight_decay * w[i];
            match config.method {
                Method::Sgd => {
                    m[i] = config.momentum * m[i] + g;
                    let step =
                        if config.nesterov { g + config.momentum * m[i] } else { m[i] };
                    w[i] -= config.learning_rate * step;
                }
                Method::Adam => {
                    m[i] = config.beta1 * m[i] + (1.0 - config.beta1) * g;
                    v[i] = config.beta2 * v[i] + (1.0 - config.beta2) * g * g;
                    let mean = m[i] / (1.0 - config.beta1.powi(t));
                    let square = v[i] / (1.0 - config.beta2.powi(t));
                    w[i] -=
                        config.learning_rate * mean / (square.sqrt() + config.epsilon);
                }
            }
        }
    }

    fn methods() -> Vec<Config> {
        let base = Config { learning_rate: 0.05, ..Config::default() };
        vec![
            base.clone(),
            Config { weight_decay: 0.1, ..base.clone() },
            Config { momentum: 0.9, ..base.clone() },
            Config { momentum: 0.9, weight_decay: 0.1, ..base.clone() },
            Config { momentum: 0.9, nesterov: true, weight_decay: 0.1, ..base.clone() },
            Config { method: Method::Adam, weight_decay: 0.01, ..base },
        ]
    }

    fn flat(layers: &[Layer<f64>]) -> Vec<f64> {
        layers
            .iter()
            .flat_map(|layer| layer.weight.iter().chain(layer.bias.iter()))
            .copied()
            .collect()
    }

    #[test]
    fn steps_follow_the_formulas_of_every_method_and_activation() {
        use Activation::{Elu, Relu, Sigmoid, Tanh};
        // 70 inputs and 300 outputs: more than one block of a gradient.
        let data = data(23, 70, 4);
        let normalisation = Normalisation::fit(&data, &[], Normalise::None);
        for (config, activation) in
            methods().iter().zip([Relu, Elu, Tanh, Sigmoid, Relu, Tanh])
        {
            let mut model =
                init(&[70, 300, 5, 4], activation, Init::Uniform, 0.0, 2).unwrap();
            let mut optimiser = Optimiser::new(config, &model);
            let mut stepper = Stepper::new(&model, 9, 1);
            let mut expected = flat(model.layers());
            let (mut m, mut v) = (vec![0.0; expected.len()], vec![0.0; expected.len()]);
            // Batches of 9, 1 and 4 examples.
            for (t, rows) in
                [&[0u32, 5, 3, 9, 22, 7, 1, 2, 20][..], &[4], &[8, 11, 10, 6]]
                    .into_iter()
                    .enumerate()
            {
                let (loss, gradient) = gradients(&model, &data, rows);
                let gradient = flat(&gradient);
                reference(config, &mut expected, &gradient, &mut m, &mut v, t as i32 + 1);
                let batch = Batch {
                    data: &data,
                    rows,
                    normalisation: &normalisation,
                    mirror: None,
                };
                let tally = stepper
                    .train(&mut model, &mut optimiser, config.learning_rate, batch)
                    .unwrap();
                assert!((tally.mean_loss() - loss).abs() < 1e-12);
                for (a, b) in flat(model.layers()).iter().zip(&expected) {
                    assert!((a - b).abs() < 1e-11, "{config:?}: {a} {b}");
                }
            }
        }
    }

    #[test]
    fn one_thread_and_two_give_the_same_bits() {
        let data = data(64, 96, 7);
        let normalisation = Normalisation::fit(&data, &[0, 1, 2], Normalise::Feature);
        for config in methods() {
            let run = |threads: usize| {
                with_threads(threads, || {
                    let mut model =
                        init::<f32>(&[96, 40, 33, 7], Activation::Relu, Init::He, 0.0, 2)
                            .unwrap();
                    let mut optimiser = Optimiser::new(&config, &model);
                    let mut stepper = Stepper::new(&model, 27, threads);
                    let mut losses = Vec::new();
                    for step in 0..12u32 {
                        let rows: Vec<u32> =
                            (0..27 - step % 2).map(|i| (i * 7 + step * 5) % 64).collect();
                        let batch = Batch {
                            data: &data,
                            rows: &rows,
                            normalisation: &normalisation,
                            mirror: None,
                        };
                        let tally = stepper
                            .train(&mut model, &mut optimiser, 0.01, batch)
                            .unwrap();
                        losses.push(tally.loss.to_bits());
                    }
                    (model, optimiser, losses)
                })
                .unwrap()
            };
            assert!(run(1) == run(2));
        }
    }

    #[test]
    fn batches_that_do_not_fit_are_refused() {
        let data = data(5, 3, 2);
        let normalisation = Normalisation::fit(&data, &[], Normalise::None);
        let model = init::<f64>(&[3, 2], Activation::Relu, Init::He, 0.0, 1).unwrap();
        let wide = init::<f64>(&[4, 2], Activation::Relu, Init::He, 0.0, 1).unwrap();
        let batch = |rows| Batch {
            data: &data,
            rows,
            normalisation: &normalisation,
            mirror: None,
        };
        let message = |model: &Mlp<f64>, rows| {
            Stepper::new(model, 2, 1)
                .evaluate(model, batch(rows))
                .unwrap_err()
                .to_string()
        };
        assert!(message(&wide, &[0]).contains("4 features"));
        assert!(message(&model, &[]).contains("0 examples"));
        assert!(message(&model, &[0, 1, 2]).contains("3 examples where 1 to 2"));
    }
}
