//! A training holds the data, at most three times the model, and a batch.
//!
//! Not counted are the buffers into which the `gemm` crate packs its operands: two megabytes or so
//! for each thread, whatever the model. They are aligned to a vector register, nothing of ours is.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use gradproof::train::config::{Config, Method};
use gradproof::train::data::{self, Source};
use gradproof::train::{Checkpoint, Fit, Trained, Unwatched};

/// The system's allocator, with a count of the bytes that are in use.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// From this alignment on a buffer is a packing buffer of the matrix product.
const PACKING: usize = 64;

/// The bytes that count.
fn size(layout: Layout) -> usize {
    if layout.align() < PACKING { layout.size() } else { 0 }
}

fn more(bytes: usize) {
    let now = NOW.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(now, Ordering::Relaxed);
}

#[expect(
    unsafe_code,
    reason = "an allocator is an unsafe trait; every call is the system's"
)]
// SAFETY: every method hands its arguments on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        more(size(layout));
        // SAFETY: the caller's obligations are those of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        more(size(layout));
        // SAFETY: the caller's obligations are those of the system's allocator.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        NOW.fetch_sub(size(layout), Ordering::Relaxed);
        // SAFETY: the place came from the system's allocator.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The bytes that `work` holds at its worst, beyond those before it.
fn peak<R>(work: impl FnOnce() -> R) -> (R, usize) {
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let result = work();
    (result, PEAK.load(Ordering::Relaxed) - before)
}

#[test]
fn a_training_and_its_checkpoints_hold_three_models_and_a_batch_at_most() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (method, models) in [(Method::Sgd, 1), (Method::Adam, 3)] {
        let config = Config {
            method,
            hidden: vec![1200, 1000],
            batch: 16,
            epochs: 1,
            learning_rate: 0.001,
            ..Config::default()
        };
        let corpus = data::open(&Source::Digits).expect("the digits are built in");
        let parts = data::split(corpus, 0.1, 0.2, 1).expect("there are enough");
        let model = 4 * (64 * 1200 + 1200 * 1000 + 1000 * 10 + 2210);
        // Four buffers of each layer, the input, and the history and the files' buffers.
        let batch = 4 * 16 * (64 + 4 * 2210) + 400_000;
        let path = folder.path().join(format!("{method:?}"));
        let (fit, held) = peak(|| {
            let mut fit = Fit::<f32>::new(config, parts).expect("it fits");
            fit.prepare(&path).expect("there is room");
            fit.run(Some(&path), &mut Unwatched).expect("it runs");
            fit
        });
        let allowed = models * model + batch;
        assert!(held <= allowed, "{method:?}: {held} bytes, {allowed} allowed");
        drop(fit);
        let (_, held) = peak(|| {
            Checkpoint::<f32>::read(&path.join("checkpoint.bin")).expect("it was written")
        });
        assert!(held <= allowed, "{method:?}: reading takes {held} of {allowed} bytes");
        let (_, held) = peak(|| {
            Trained::<f32>::read(&path.join("weights.safetensors"))
                .expect("it was written")
        });
        assert!(held <= model + batch, "{method:?}: weights take {held} bytes");
    }
}
