//! Matrices of contiguous rows: a row at a time, its entries side by side.

use super::tally::Tally;
use super::{CLASSES, Job, LANES, LOG_SOFTMAX, SOFTMAX, TARGETS, Vector};
use crate::kernels::total::pairwise;

/// What is known of a row before its result is written.
struct Row<T> {
    shift: T,
    sum: T,
    /// Σ t and Σ t·(x − shift).
    weight: T,
    dot: T,
}

/// Long rows.
#[inline(always)]
pub(super) fn long<T: Vector, const KIND: u8, const FMA: bool>(
    job: &mut Job<'_, '_, T>,
    tally: &mut Tally<T>,
) {
    let mut turned = job.out.reborrow().t();
    for i in 0..job.x.rows() {
        let (Some(x), Some(out)) = (job.x.row(i), turned.column_mut(i)) else { return };
        let t = job.t.row(i).unwrap_or_default();
        let row = exponentials::<T, KIND, FMA>(x, t, largest(x), out);
        let class = if KIND == CLASSES { job.classes[i] } else { 0 };
        write::<T, KIND, FMA>(&row, x, t, class, job.factor, out);
        count::<T, KIND, FMA>(&row, x, class, tally);
    }
}

/// The most entries of the short rows that are worked on together.
const BLOCK: usize = 1024;
/// Exponentials of numbers up to this size, and 64 of them together, need no shift.
const TAME: i64 = 40;

/// Rows of at most `W` entries that lie one after the other: a block of rows is one vector of entries.
///
/// Where each row has a number of its own, it is read as `W` entries, of which those of the next row count
/// for nothing, and written as `W`, of which the next row writes its own anew.
#[inline(always)]
pub(super) fn short<T: Vector, const KIND: u8, const W: usize, const FMA: bool>(
    job: &mut Job<'_, '_, T>,
    tally: &mut Tally<T>,
) {
    let (rows, cols) = job.x.shape();
    let (x, t, out) = (job.x.data(), job.t.data(), job.out.data_mut());
    let mut terms = [T::zero(); BLOCK];
    let height = (BLOCK / cols).min(rows).min(MOST_ROWS);
    for first in (0..rows).step_by(height) {
        let count = height.min(rows - first);
        let range = first * cols..(first + count) * cols;
        let (x, t) = (&x[range.clone()], t.get(range.clone()).unwrap_or_default());
        let (out, terms) = (&mut out[range.clone()], &mut terms[..x.len()]);
        let (mut shifts, mut sums) = ([T::zero(); MOST_ROWS], [T::zero(); MOST_ROWS]);
        let (shifts, sums) = (&mut shifts[..count], &mut sums[..count]);
        if matches!(KIND, SOFTMAX | CLASSES) && is_tame(x) {
            for (term, x) in terms.iter_mut().zip(x) {
                *term = x.exp_tame::<FMA>();
            }
        } else {
            tops(x, cols, shifts);
            spread::<T, W>(terms, x, x, shifts, |x, _, shift| x - shift);
            for term in &mut *terms {
                *term = term.exp_lane::<FMA>();
            }
        }
        totals(terms, cols, sums);
        let factor = job.factor;
        match KIND {
            LOG_SOFTMAX => {
                for sum in &mut *sums {
                    *sum = sum.ln_wide::<FMA>();
                }
                // The shift goes first: x − shift is exact where x is the largest.
                spread::<T, W>(terms, x, x, shifts, |x, _, shift| x - shift);
                spread::<T, W>(out, terms, x, sums, |shifted, _, log| shifted - log);
            }
            TARGETS => {
                let (mut weights, mut dots) =
                    ([T::zero(); MOST_ROWS], [T::zero(); MOST_ROWS]);
                let (weights, dots) = (&mut weights[..count], &mut dots[..count]);
                weigh(x, t, cols, shifts, weights, dots);
                for ((sum, weight), dot) in sums.iter_mut().zip(weights).zip(&mut *dots) {
                    *dot = *weight * sum.ln_wide::<FMA>() - *dot;
                    *sum = factor / *sum * *weight;
                }
                tally.add(dots);
                spread::<T, W>(out, terms, t, sums, |term, t, scale| {
                    term * scale - t * factor
                });
            }
            _ => {
                let mut scales = [T::zero(); MOST_ROWS];
                for (scale, sum) in scales.iter_mut().zip(&*sums) {
                    *scale = factor / *sum;
                }
                spread::<T, W>(out, terms, x, &scales[..count], |term, _, scale| {
                    term * scale
                });
                if KIND == CLASSES {
                    chosen(
                        out,
                        terms,
                        cols,
                        &job.classes[first..first + count],
                        factor,
                        sums,
                    );
                    for sum in &mut *sums {
                        *sum = sum.ln_wide::<FMA>();
                    }
                    tally.add(sums);
                }
            }
        }
    }
}

/// `out = f(a, b, number)` with a number for each row, written `W` entries at a time.
#[inline(always)]
fn spread<T: Vector, const W: usize>(
    out: &mut [T],
    a: &[T],
    b: &[T],
    numbers: &[T],
    f: impl Fn(T, T, T) -> T,
) {
    let cols = out.len() / numbers.len().max(1);
    for (i, number) in numbers.iter().enumerate() {
        let (out, a, b) = (&mut out[i * cols..], &a[i * cols..], &b[i * cols..]);
        if let (Some(out), Some(a), Some(b)) =
            (out.first_chunk_mut::<W>(), a.first_chunk::<W>(), b.first_chunk::<W>())
        {
            // Read as a whole before anything is written: then it is one vector.
            let (mut result, b) = (*a, *b);
            for k in 0..W {
                result[k] = f(result[k], b[k], *number);
            }
            *out = result;
        } else {
            for (out, (a, b)) in out.iter_mut().zip(a.iter().zip(b)).take(cols) {
                *out = f(*a, *b, *number);
            }
        }
    }
}

// What follows goes entry by entry and is not inlined: among the vectors no registers would be left for it.

/// The largest entry of each row.
#[inline(never)]
fn tops<T: Vector>(x: &[T], cols: usize, tops: &mut [T]) {
    for (top, x) in tops.iter_mut().zip(x.chunks_exact(cols)) {
        *top = x.iter().fold(T::LEAST, |top, x| if top < *x { *x } else { top });
    }
}

/// The sum of each row.
#[inline(never)]
fn totals<T: Vector>(terms: &[T], cols: usize, sums: &mut [T]) {
    for (sum, terms) in sums.iter_mut().zip(terms.chunks_exact(cols)) {
        *sum = terms.iter().fold(T::zero(), |sum, term| sum + *term);
    }
}

/// Σ t and Σ t·(x − shift) of each row.
#[inline(never)]
fn weigh<T: Vector>(
    x: &[T],
    t: &[T],
    cols: usize,
    shifts: &[T],
    weights: &mut [T],
    dots: &mut [T],
) {
    let rows = x.chunks_exact(cols).zip(t.chunks_exact(cols)).zip(shifts);
    for (((x, t), shift), (weight, dot)) in rows.zip(weights.iter_mut().zip(dots)) {
        for (x, t) in x.iter().zip(t) {
            *weight = *weight + *t;
            *dot = *dot + *t * (*x - *shift);
        }
    }
}

/// Takes `factor` from each row's entry of its class, and divides its sum by its term there: one over the
/// softmax.
#[inline(never)]
fn chosen<T: Vector>(
    out: &mut [T],
    terms: &[T],
    cols: usize,
    classes: &[usize],
    factor: T,
    sums: &mut [T],
) {
    let rows = out.chunks_exact_mut(cols).zip(terms.chunks_exact(cols));
    for (((out, terms), class), sum) in rows.zip(classes).zip(sums) {
        if let (Some(out), Some(term)) = (out.get_mut(*class), terms.get(*class)) {
            *out = *out - factor;
            *sum = *sum / *term;
        }
    }
}

/// The most short rows that are worked on together.
const MOST_ROWS: usize = 128;

/// Whether every entry's exponential is far from both ends of the floats.
#[inline(always)]
fn is_tame<T: Vector>(x: &[T]) -> bool {
    let most = T::from_integer(TAME);
    let mut wild = 0_u32;
    for x in x {
        let inside = *x >= T::zero() - most && *x <= most;
        wild |= u32::from(!inside);
    }
    wild == 0
}

/// Writes exp(x − shift) to `out` (but for the log-softmax, which has no need of it) and sums.
#[inline(always)]
fn exponentials<T: Vector, const KIND: u8, const FMA: bool>(
    x: &[T],
    t: &[T],
    shift: T,
    out: &mut [T],
) -> Row<T> {
    let (mut sums, mut weights, mut dots) =
        ([T::zero(); LANES], [T::zero(); LANES], [T::zero(); LANES]);
    let mut step = |x: &[T; LANES], t: &[T; LANES], out: &mut [T; LANES]| {
        for k in 0..LANES {
            let shifted = x[k] - shift;
            if KIND == TARGETS {
                weights[k] = weights[k] + t[k];
                dots[k] = dots[k] + t[k] * shifted;
            }
            let e = shifted.exp_lane::<FMA>();
            if KIND != LOG_SOFTMAX {
                out[k] = e;
            }
            sums[k] = sums[k] + e;
        }
    };
    let none = [T::zero(); LANES];
    let (xs, x_rest) = x.as_chunks::<LANES>();
    let (outs, out_rest) = out.as_chunks_mut::<LANES>();
    let (ts, t_rest) = t.as_chunks::<LANES>();
    if KIND == TARGETS {
        for ((x, t), out) in xs.iter().zip(ts).zip(outs) {
            step(x, t, out);
        }
    } else {
        for (x, out) in xs.iter().zip(outs) {
            step(x, &none, out);
        }
    }
    let (mut rest_weight, mut rest_dot) = (T::zero(), T::zero());
    if !x_rest.is_empty() {
        // Filled up with −∞, whose exponential is zero. (A shift that is infinite gives NaN here, and so
        // does its own row.)
        let (mut last, mut e) = ([T::LEAST; LANES], [T::zero(); LANES]);
        last[..x_rest.len()].copy_from_slice(x_rest);
        for k in 0..LANES {
            e[k] = (last[k] - shift).exp_lane::<FMA>();
        }
        for k in 0..LANES {
            sums[k] = sums[k] + e[k];
        }
        if KIND != LOG_SOFTMAX {
            out_rest.copy_from_slice(&e[..out_rest.len()]);
        }
        if KIND == TARGETS {
            for (x, t) in x_rest.iter().zip(t_rest) {
                rest_weight = rest_weight + *t;
                rest_dot = rest_dot + *t * (*x - shift);
            }
        }
    }
    match KIND {
        TARGETS => Row {
            shift,
            sum: pairwise(sums),
            weight: pairwise(weights) + rest_weight,
            dot: pairwise(dots) + rest_dot,
        },
        _ => Row { shift, sum: pairwise(sums), weight: T::one(), dot: T::zero() },
    }
}

/// The result of a row from its exponentials in `out`.
#[inline(always)]
fn write<T: Vector, const KIND: u8, const FMA: bool>(
    row: &Row<T>,
    x: &[T],
    t: &[T],
    class: usize,
    factor: T,
    out: &mut [T],
) {
    match KIND {
        LOG_SOFTMAX => {
            let log = row.sum.ln_wide::<FMA>();
            for (out, x) in out.iter_mut().zip(x) {
                *out = (*x - row.shift) - log;
            }
        }
        TARGETS => {
            let scale = factor / row.sum * row.weight;
            for (out, t) in out.iter_mut().zip(t) {
                *out = *out * scale - *t * factor;
            }
        }
        SOFTMAX | CLASSES => {
            let scale = factor / row.sum;
            for out in &mut *out {
                *out = *out * scale;
            }
            if KIND == CLASSES {
                out[class] = out[class] - factor;
            }
        }
        _ => {}
    }
}

/// Counts a row in the loss.
#[inline(always)]
fn count<T: Vector, const KIND: u8, const FMA: bool>(
    row: &Row<T>,
    x: &[T],
    class: usize,
    tally: &mut Tally<T>,
) {
    match KIND {
        CLASSES => tally.add_one::<FMA>(row.shift - x[class], row.sum),
        TARGETS if row.weight == T::one() => {
            tally.add_one::<FMA>(T::zero() - row.dot, row.sum);
        }
        TARGETS => {
            let log = row.weight * row.sum.ln_wide::<FMA>();
            tally.add_one::<FMA>(log - row.dot, T::one());
        }
        _ => {}
    }
}

/// The largest of some numbers. A NaN among them is ignored or comes out; the sum of exponentials will
/// show it anyway.
#[inline(always)]
fn top<T: Vector, const W: usize>(mut tops: [T; W]) -> T {
    let mut width = W / 2;
    while width > 0 {
        for k in 0..width {
            let (a, b) = (tops[k], tops[k + width]);
            tops[k] = if a < b { b } else { a };
        }
        width /= 2;
    }
    tops[0]
}

/// The largest entry, ignoring NaN.
#[inline(always)]
fn largest<T: Vector>(x: &[T]) -> T {
    let mut tops = [T::LEAST; LANES];
    let (chunks, rest) = x.as_chunks::<LANES>();
    for x in chunks {
        for k in 0..LANES {
            tops[k] = if tops[k] < x[k] { x[k] } else { tops[k] };
        }
    }
    for (top, x) in tops.iter_mut().zip(rest) {
        *top = if *top < *x { *x } else { *top };
    }
    top(tops)
}
