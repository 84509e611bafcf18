//! A step of training allocates nothing, on one thread and on two.
//!
//! One exception is not ours: the `gemm` crate packs an operand into a buffer of its own where the
//! strides ask for it, and keeps a byte for each packed block. Those buffers are aligned to a
//! vector register, the bytes to nothing; whatever we might allocate (numbers, indices, pointers)
//! lies between.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use gradproof::train::config::{Config, Init, Method};
use gradproof::train::data::{self, Normalisation, Normalise, Source};
use gradproof::train::{Batch, Optimiser, Stepper, init, with_threads};

/// The system's allocator, with a count of all calls from all threads.
struct Counting;

static CALLS: AtomicUsize = AtomicUsize::new(0);

/// From this alignment on a buffer is a packing buffer of the matrix product.
const PACKING: usize = 64;

fn count(layout: Layout) {
    if layout.align() > 1 && layout.align() < PACKING {
        CALLS.fetch_add(1, Ordering::Relaxed);
    }
}

#[expect(
    unsafe_code,
    reason = "an allocator is an unsafe trait; every call is the system's"
)]
// SAFETY: every method hands its arguments on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout);
        // SAFETY: the caller's obligations are those of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the place came from the system's allocator.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(layout);
        // SAFETY: the place came from the system's allocator.
        unsafe { System.realloc(place, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations_in_steps(config: &Config, threads: usize) -> usize {
    let data = data::open(&Source::Digits).expect("the digits are built in").train;
    let rows: Vec<u32> = (0..128).collect();
    let normalisation = Normalisation::fit(&data, &rows, Normalise::Channel);
    let mut model = init::<f32>(&[64, 128, 40, 10], config.activation, Init::He, 0.0, 1)
        .expect("sizes fit");
    let mut optimiser = Optimiser::new(config, &model);
    let mut stepper = Stepper::new(&model, 128, threads);
    with_threads(threads, || {
        let mut steps = |count: usize| {
            for step in 0..count {
                let rows = &rows[..128 - step % 3];
                let batch = Batch {
                    data: &data,
                    rows,
                    normalisation: &normalisation,
                    mirror: None,
                };
                stepper
                    .train(&mut model, &mut optimiser, 0.01, batch)
                    .expect("the batch fits");
            }
        };
        // The matrix product keeps its packing buffer from its first call on.
        steps(200);
        let before = CALLS.load(Ordering::Relaxed);
        steps(100);
        CALLS.load(Ordering::Relaxed) - before
    })
    .expect("threads start")
}

#[test]
fn no_step_allocates() {
    let sgd = Config::default();
    let momentum = Config { momentum: 0.9, nesterov: true, ..Config::default() };
    let adam = Config { method: Method::Adam, ..Config::default() };
    for config in [sgd, momentum, adam] {
        for threads in [1, 2] {
            let found = allocations_in_steps(&config, threads);
            assert_eq!(found, 0, "{:?} on {threads} threads", config.method);
        }
    }
    // The counter counts.
    let before = CALLS.load(Ordering::Relaxed);
    drop(std::hint::black_box(vec![1u32; 100]));
    assert!(CALLS.load(Ordering::Relaxed) > before);
}
