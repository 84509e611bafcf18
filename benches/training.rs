//! Images per second of a training step on data of CIFAR-10's shape, and the bound that the matrix
//! products alone would allow. `benches/training.sh` runs it beside NumPy and PyTorch.

use std::time::Instant;

use gradproof::kernels::{View, ViewMut, product};
use gradproof::train::config::{Config, Init};
use gradproof::train::data::{Dataset, ImageShape, Normalisation, Normalise, Values};
use gradproof::train::random::{Purpose, Stream};
use gradproof::train::{Batch, Number, Optimiser, Stepper, init, with_threads};

const IMAGES: usize = 8192;
const BATCH: usize = 128;
const FEATURES: usize = 3072;
const HIDDEN: usize = 128;
const CLASSES: usize = 10;

fn data() -> Dataset {
    let mut stream = Stream::new(1, Purpose::Check, 0);
    let pixels = (0..IMAGES * FEATURES).map(|_| stream.below(256) as u8).collect();
    let labels = (0..IMAGES).map(|_| stream.below(CLASSES as u64) as u16).collect();
    let classes = (0..CLASSES).map(|class| class.to_string()).collect();
    let shape = ImageShape { channels: 3, height: 32, width: 32 };
    Dataset::new(
        Values::Bytes { pixels, white: 255 },
        FEATURES,
        labels,
        classes,
        Some(shape),
    )
    .expect("sizes fit")
}

/// The best of some epochs: what the machine can do when nobody else uses it.
fn best(epochs: usize, mut epoch: impl FnMut()) -> f64 {
    let times = (0..epochs).map(|_| {
        let start = Instant::now();
        epoch();
        start.elapsed().as_secs_f64()
    });
    times.fold(f64::INFINITY, f64::min)
}

/// Images per second of whole steps, the examples in random order.
fn training<T: Number>(data: &Dataset, threads: usize, epochs: usize) -> f64 {
    let mut rows: Vec<u32> = (0..IMAGES as u32).collect();
    Stream::new(2, Purpose::Shuffle, 0).shuffle(&mut rows);
    let normalisation = Normalisation::<T>::fit(data, &rows, Normalise::Channel);
    let config = Config::default();
    let sizes = [FEATURES, HIDDEN, CLASSES];
    let mut model = init(&sizes, config.activation, Init::He, 0.0, 1).expect("sizes fit");
    let mut optimiser = Optimiser::new(&config, &model);
    let mut stepper = Stepper::new(&model, BATCH, threads);
    let seconds = with_threads(threads, || {
        best(epochs, || {
            for rows in rows.chunks(BATCH) {
                let batch =
                    Batch { data, rows, normalisation: &normalisation, mirror: None };
                stepper.train(&mut model, &mut optimiser, 0.01, batch).expect("it fits");
            }
        })
    });
    IMAGES as f64 / seconds.expect("threads start")
}

/// Half a batch of rows that lie together.
fn half_rows<T>(data: &mut [T], width: usize) -> ViewMut<'_, T> {
    ViewMut::new(data, BATCH / 2, width, width, 1).expect("it fits")
}

/// Images per second if a step were only its five matrix products, split as the step splits them.
fn products<T: Number>(threads: usize, epochs: usize) -> f64 {
    let numbers = |count: usize| {
        let mut stream = Stream::new(3, Purpose::Check, count as u64);
        (0..count).map(|_| T::from_f64(0.01 * stream.normal())).collect::<Vec<T>>()
    };
    let half = BATCH / 2;
    let dz = numbers(BATCH * HIDDEN);
    let (a, dy) = (numbers(BATCH * HIDDEN), numbers(BATCH * CLASSES));
    let w2 = numbers(HIDDEN * CLASSES);
    let (one, zero, rate) = (T::from_f64(1.0), T::from_f64(0.0), T::from_f64(-1e-9));
    let rows = |data, count, width| {
        View::<T>::new(data, count, width, width, 1).expect("it fits")
    };
    // Of each side: its columns of the batch and of the first layer's weights, and what comes out.
    let parts = || {
        let buffers =
            [BATCH * HIDDEN, half * CLASSES, half * HIDDEN, HIDDEN * CLASSES / 2];
        let (x, w) = (numbers(BATCH * FEATURES / 2), numbers(HIDDEN * FEATURES / 2));
        (x, w, buffers.map(|size| vec![zero; size]))
    };
    let work = |side: usize, (x, w, buffers): &mut (Vec<T>, Vec<T>, [Vec<T>; 4])| {
        let [z, y, da, dw2] = buffers;
        let own = side * half..(side + 1) * half;
        let w2 = View::column_major(&w2, CLASSES, HIDDEN).expect("it fits");
        let mut run = || -> Result<(), gradproof::kernels::Error> {
            let x = View::new(x, BATCH, FEATURES / 2, FEATURES / 2, 1)?;
            let w1 = View::column_major(w, HIDDEN, FEATURES / 2)?;
            let z = ViewMut::new(z, BATCH, HIDDEN, HIDDEN, 1)?;
            product(one, x, w1.t(), zero, z, 1)?;
            product(
                one,
                rows(&a, BATCH, HIDDEN).row_range(own.clone()),
                w2.t(),
                zero,
                half_rows(y, CLASSES),
                1,
            )?;
            product(
                one,
                rows(&dy, BATCH, CLASSES).row_range(own.clone()),
                w2,
                zero,
                half_rows(da, HIDDEN),
                1,
            )?;
            let w1 = ViewMut::column_major(w, HIDDEN, FEATURES / 2)?;
            product(rate, rows(&dz, BATCH, HIDDEN).t(), x, one, w1, 1)?;
            let columns = side * HIDDEN / 2..(side + 1) * HIDDEN / 2;
            let c = ViewMut::column_major(dw2, CLASSES, HIDDEN / 2)?;
            product(
                rate,
                rows(&dy, BATCH, CLASSES).t(),
                rows(&a, BATCH, HIDDEN).column_range(columns),
                one,
                c,
                1,
            )
        };
        run().expect("shapes fit");
    };
    let (mut left, mut right) = (parts(), parts());
    let seconds = with_threads(threads, || {
        best(epochs, || {
            for _ in 0..IMAGES / BATCH {
                if threads < 2 {
                    work(0, &mut left);
                    work(1, &mut right);
                } else {
                    rayon::join(|| work(0, &mut left), || work(1, &mut right));
                }
            }
        })
    });
    IMAGES as f64 / seconds.expect("threads start")
}

fn main() {
    // `cargo test --benches` passes --test: one epoch shows that it runs.
    let epochs =
        if std::env::args().any(|argument| argument == "--bench") { 30 } else { 1 };
    let data = data();
    for threads in [1, 2] {
        let (steps, bound) =
            (training::<f32>(&data, threads, epochs), products::<f32>(threads, epochs));
        println!(
            "gradproof f32 {threads} thread(s): {steps:.0} images/s; products alone {bound:.0}: {:.0} %",
            100.0 * steps / bound
        );
    }
    for threads in [1, 2] {
        let steps = training::<f64>(&data, threads, epochs.div_ceil(3));
        println!("gradproof f64 {threads} thread(s): {steps:.0} images/s");
    }
}
