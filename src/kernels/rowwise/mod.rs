//! Softmax and its relatives for the rows of float matrices: softmax, log-softmax, and cross-entropy with
//! its gradient, each in as few passes as there can be.
//!
//! What lies in contiguous columns is worked on in strips of rows ([`strips`]), what lies in contiguous
//! rows row by row ([`rows`]). A large matrix of columns is streamed ([`streamed`]). Whatever else is
//! scattered is copied together first. Nothing is allocated but for the last two.

mod rows;
mod streamed;
mod strips;
mod tally;
#[cfg(test)]
mod tests;

use tally::Tally;

use super::scalar::Target;
use super::view::{View, ViewMut};
use super::wide::{Wide, dispatch};
use super::{Real, exponential};

/// A float with a exponential for each place of a softmax.
pub(super) trait Vector: Real + Copy + PartialOrd {
    /// −∞.
    const LEAST: Self;
    /// How often one can be doubled, safely.
    const DOUBLINGS: usize;
    /// eˣ for x ≤ 0, without a branch.
    fn exp_lane<const FMA: bool>(self) -> Self;
    /// eˣ for x far from overflow and underflow, without a branch.
    fn exp_tame<const FMA: bool>(self) -> Self;
}

macro_rules! vector {
    ($T:ident, $precision:ident, $most:expr) => {
        impl Vector for $T {
            const LEAST: Self = $T::NEG_INFINITY;
            const DOUBLINGS: usize = $most;

            #[inline(always)]
            fn exp_lane<const FMA: bool>(self) -> Self {
                exponential::$precision::exp_nonpositive::<FMA>(self)
            }

            #[inline(always)]
            fn exp_tame<const FMA: bool>(self) -> Self {
                exponential::$precision::exp_tame::<FMA>(self)
            }
        }
    };
}

vector!(f32, single, 120);
vector!(f64, double, 1000);

/// out = factor·softmax(x).
const SOFTMAX: u8 = 0;
/// out = log softmax(x).
const LOG_SOFTMAX: u8 = 1;
/// The loss by class indices, and out = factor·(softmax(x) − T).
const CLASSES: u8 = 2;
/// The loss by a matrix T, and out = factor·(softmax(x) ⊙ T·11ᵀ − T).
const TARGETS: u8 = 3;

/// A matrix of this many bytes stays in the second-level cache, with its softmax.
const NEAR: usize = 1 << 20;
/// Sums side by side along a row.
const LANES: usize = 32;
/// From this length on a row is long enough to be worked on by itself.
const LONG: usize = 65;
/// The entries of a block that is copied together without the heap.
const SMALL: usize = 1024;

/// What there is to do. All matrices have x's shape, but for a t without entries where it is not needed.
struct Job<'a, 'b, T> {
    x: View<'a, T>,
    t: View<'a, T>,
    classes: &'a [usize],
    factor: T,
    out: ViewMut<'b, T>,
}

/// `out = softmax(x)`, row by row.
pub(super) fn softmax<T: Vector>(x: View<'_, T>, out: ViewMut<'_, T>) {
    run::<T, SOFTMAX>(Job { x, t: View::empty(), classes: &[], factor: T::one(), out });
}

/// `out = log softmax(x)`, row by row.
pub(super) fn log_softmax<T: Vector>(x: View<'_, T>, out: ViewMut<'_, T>) {
    run::<T, LOG_SOFTMAX>(Job {
        x,
        t: View::empty(),
        classes: &[],
        factor: T::one(),
        out,
    });
}

/// `Σ_i −Σ_k T_ik log softmax(X)_ik`, and `out = factor·(softmax(X) ⊙ T·11ᵀ − T)`.
pub(super) fn cross_entropy<T: Vector>(
    x: View<'_, T>,
    target: Target<'_, T>,
    factor: T,
    out: ViewMut<'_, T>,
) -> T {
    match target {
        Target::Classes(classes) => {
            run::<T, CLASSES>(Job { x, t: View::empty(), classes, factor, out })
        }
        Target::Matrix(t) => run::<T, TARGETS>(Job { x, t, classes: &[], factor, out }),
    }
}

fn run<T: Vector, const KIND: u8>(job: Job<'_, '_, T>) -> T {
    if job.x.is_empty() {
        return T::zero();
    }
    dispatch(Rows::<T, KIND>(job))
}

/// A job, for the widest vectors there are.
struct Rows<'a, 'b, T, const KIND: u8>(Job<'a, 'b, T>);

impl<T: Vector, const KIND: u8> Wide for Rows<'_, '_, T, KIND> {
    type Output = T;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> T {
        let mut job = self.0;
        let (rows, cols) = job.x.shape();
        let mut tally = Tally::new(cols);
        let all = |fits: fn((usize, usize), usize) -> bool| {
            fits(job.x.strides(), cols)
                && fits(job.out.strides(), cols)
                && (KIND != TARGETS || fits(job.t.strides(), cols))
        };
        let bytes = cols * size_of::<T>();
        if cols >= LONG && all(|strides, _| strides.1 == 1) {
            rows::long::<T, KIND, FMA>(&mut job, &mut tally);
        } else if cols < LONG && all(|strides, cols| strides == (cols, 1)) {
            match cols {
                ..=8 => rows::short::<T, KIND, 8, FMA>(&mut job, &mut tally),
                9..=16 => rows::short::<T, KIND, 16, FMA>(&mut job, &mut tally),
                17..=32 => rows::short::<T, KIND, 32, FMA>(&mut job, &mut tally),
                _ => rows::short::<T, KIND, 64, FMA>(&mut job, &mut tally),
            }
        } else if all(|strides, _| strides.0 == 1) {
            if rows >= 128 && rows * bytes > 2 * NEAR {
                streamed::streamed::<T, KIND, FMA>(&mut job, &mut tally);
            } else {
                strips::columns::<T, KIND, FMA>(&mut job, &mut tally);
            }
        } else if SMALL / cols >= 16 {
            let scratch = &mut [T::zero(); 2 * SMALL];
            copied::<T, KIND, FMA>(&mut job, SMALL / cols, scratch, &mut tally);
        } else {
            let height = (NEAR / bytes).clamp(16, 128).min(rows);
            let mut scratch = vec![T::zero(); 2 * height * cols];
            copied::<T, KIND, FMA>(&mut job, height, &mut scratch, &mut tally);
        }
        if KIND == CLASSES || KIND == TARGETS { tally.value::<FMA>() } else { T::zero() }
    }
}

/// Blocks of so many rows, each copied together into columns and back. The scratch holds two blocks.
#[inline(always)]
fn copied<T: Vector, const KIND: u8, const FMA: bool>(
    job: &mut Job<'_, '_, T>,
    height: usize,
    scratch: &mut [T],
    tally: &mut Tally<T>,
) {
    let (rows, cols) = job.x.shape();
    let (entries, targets) = scratch.split_at_mut(height * cols);
    let mut result = Vec::new();
    let mut small = [T::zero(); SMALL];
    let result = if height * cols <= SMALL {
        &mut small[..]
    } else {
        result.resize(height * cols, T::zero());
        &mut result[..]
    };
    for begin in (0..rows).step_by(height) {
        let range = begin..rows.min(begin + height);
        let count = range.len();
        gather(job.x.row_range(range.clone()), entries);
        if KIND == TARGETS {
            gather(job.t.row_range(range.clone()), targets);
        }
        let (Ok(x), Ok(t), Ok(out)) = (
            View::column_major(entries, count, cols),
            View::column_major(targets, count, cols),
            ViewMut::column_major(result, count, cols),
        ) else {
            return;
        };
        let classes = job.classes.get(range.clone()).unwrap_or_default();
        let mut part = Job { x, t, classes, factor: job.factor, out };
        strips::columns::<T, KIND, FMA>(&mut part, tally);
        let mut out = job.out.reborrow().row_range(range);
        for j in 0..cols {
            let from = &result[j * count..(j + 1) * count];
            if let Some(out) = out.column_mut(j) {
                out.copy_from_slice(from);
            } else {
                for (i, from) in from.iter().enumerate() {
                    *out.at_mut(i, j) = *from;
                }
            }
        }
    }
}

/// Copies a matrix into dense columns.
#[inline(always)]
fn gather<T: Copy>(x: View<'_, T>, columns: &mut [T]) {
    let rows = x.rows();
    for (j, column) in columns.chunks_exact_mut(rows).enumerate().take(x.cols()) {
        if let Some(x) = x.column(j) {
            column.copy_from_slice(x);
        } else {
            for (i, entry) in column.iter_mut().enumerate() {
                *entry = *x.at(i, j);
            }
        }
    }
}
