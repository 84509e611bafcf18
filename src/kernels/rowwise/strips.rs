//! Matrices of contiguous columns: a strip of rows at a time, its columns one after another.
//!
//! A strip's largest entries, sums and scales stay in the nearest cache while its columns go by three
//! times, from a cache that holds them all.

use std::ops::Range;

use super::tally::Tally;
use super::{CLASSES, Job, LOG_SOFTMAX, TARGETS, Vector};
use crate::kernels::view::{View, ViewMut};

/// The most rows in a strip.
const ROWS: usize = 128;

/// What is kept of each row of a strip.
struct Strip<T> {
    /// The largest entry.
    shift: [T; ROWS],
    /// Σ exp(x − shift).
    sum: [T; ROWS],
    /// Σ t.
    weight: [T; ROWS],
    /// Σ t·(x − shift).
    dot: [T; ROWS],
    /// What the exponentials are multiplied by; for the log-softmax, what is taken away.
    scale: [T; ROWS],
}

/// Every row of a job whose x, t and out have contiguous columns.
#[inline(always)]
pub(super) fn columns<T: Vector, const KIND: u8, const FMA: bool>(
    job: &mut Job<'_, '_, T>,
    tally: &mut Tally<T>,
) {
    let rows = job.x.rows();
    for first in (0..rows).step_by(ROWS) {
        strip::<T, KIND, FMA>(job, first, ROWS.min(rows - first), tally);
    }
}

#[inline(always)]
fn strip<T: Vector, const KIND: u8, const FMA: bool>(
    job: &mut Job<'_, '_, T>,
    first: usize,
    count: usize,
    tally: &mut Tally<T>,
) {
    let cols = job.x.cols();
    let range = first..first + count;
    let zero = [T::zero(); ROWS];
    let mut strip = Strip {
        shift: [T::LEAST; ROWS],
        sum: zero,
        weight: zero,
        dot: zero,
        scale: zero,
    };
    let mut j = 0;
    while j < cols {
        let four = j + 4 <= cols;
        let shift = &mut strip.shift[..count];
        if four {
            raise_four(four_parts(&job.x, j, &range), shift);
        } else {
            raise(part(&job.x, j, &range), shift);
        }
        if KIND == TARGETS {
            if j == 0 {
                // Any number near the entries will do for now: the first one of each row.
                for (base, x) in
                    strip.scale[..count].iter_mut().zip(part(&job.x, 0, &range))
                {
                    *base = if *x > T::LEAST { *x } else { T::zero() };
                }
            }
            let base = &strip.scale[..count];
            let (weight, dot) = (&mut strip.weight[..count], &mut strip.dot[..count]);
            for j in j..j + if four { 4 } else { 1 } {
                let (x, t) = (part(&job.x, j, &range), part(&job.t, j, &range));
                weigh(x, t, base, weight, dot);
            }
        }
        j += if four { 4 } else { 1 };
    }
    let mut j = 0;
    while j < cols {
        let x = part(&job.x, j, &range);
        let (shift, sum) = (&strip.shift[..count], &mut strip.sum[..count]);
        if KIND == LOG_SOFTMAX {
            for ((x, shift), sum) in x.iter().zip(shift).zip(sum) {
                *sum = *sum + (*x - *shift).exp_lane::<FMA>();
            }
            j += 1;
        } else if let Some((out, right)) = job.out.two_columns_mut(j) {
            let x = [x, part(&job.x, j + 1, &range)];
            let (out, right) = (&mut out[range.clone()], &mut right[range.clone()]);
            exponentials_two::<T, FMA>(x, shift, out, right, sum);
            j += 2;
        } else {
            let Some(out) = job.out.column_mut(j) else { return };
            exponentials::<T, FMA>(x, shift, &mut out[range.clone()], sum);
            j += 1;
        }
    }
    if KIND == TARGETS {
        let state = strip.scale[..count].iter().zip(&strip.shift).zip(&strip.weight);
        for (((base, shift), weight), dot) in state.zip(&mut strip.dot) {
            *dot = *dot - *weight * (*shift - *base);
        }
    }
    for (scale, sum) in strip.scale[..count].iter_mut().zip(&strip.sum) {
        *scale =
            if KIND == LOG_SOFTMAX { sum.ln_wide::<FMA>() } else { job.factor / *sum };
    }
    if KIND == TARGETS {
        for (scale, weight) in strip.scale[..count].iter_mut().zip(&strip.weight) {
            *scale = *scale * *weight;
        }
    }
    for j in 0..cols {
        let Some(out) = job.out.column_mut(j) else { return };
        let (out, scale) = (&mut out[range.clone()], &strip.scale[..count]);
        if KIND == LOG_SOFTMAX {
            let Some(x) = job.x.column(j) else { return };
            let state = strip.shift[..count].iter().zip(scale);
            for ((out, x), (shift, log)) in
                out.iter_mut().zip(&x[range.clone()]).zip(state)
            {
                // The shift goes first: x − shift is exact where x is the largest.
                *out = (*x - *shift) - *log;
            }
        } else if KIND == TARGETS {
            let Some(t) = job.t.column(j) else { return };
            subtract(&t[range.clone()], scale, job.factor, out);
        } else {
            for (out, scale) in out.iter_mut().zip(scale) {
                *out = *out * *scale;
            }
        }
    }
    if KIND == CLASSES {
        let classes = &job.classes[range.clone()];
        let (x, out) =
            (job.x.row_range(range.clone()), job.out.reborrow().row_range(range));
        chosen(classes, x, &strip.shift, job.factor, out, &mut strip.dot);
    }
    if KIND == CLASSES || KIND == TARGETS {
        strip.count::<KIND, FMA>(count, tally);
    }
}

impl<T: Vector> Strip<T> {
    /// Counts the rows in the loss.
    #[inline(always)]
    fn count<const KIND: u8, const FMA: bool>(
        &mut self,
        count: usize,
        tally: &mut Tally<T>,
    ) {
        let plain =
            KIND == CLASSES || self.weight[..count].iter().all(|w| *w == T::one());
        if plain {
            for dot in &mut self.dot[..count] {
                *dot = T::zero() - *dot;
            }
        } else {
            for ((dot, weight), sum) in
                self.dot[..count].iter_mut().zip(&self.weight).zip(&self.sum)
            {
                *dot = *weight * sum.ln_wide::<FMA>() - *dot;
            }
        }
        tally.add(&self.dot[..count]);
        if plain {
            tally.add_logs::<FMA>(&self.sum[..count]);
        }
    }
}

/// Rows of column j, or none.
#[inline(always)]
fn part<'a, T>(x: &View<'a, T>, j: usize, rows: &Range<usize>) -> &'a [T] {
    x.column(j).and_then(|column| column.get(rows.clone())).unwrap_or_default()
}

/// Rows of four columns from j.
#[inline(always)]
fn four_parts<'a, T>(x: &View<'a, T>, j: usize, rows: &Range<usize>) -> [&'a [T]; 4] {
    [part(x, j, rows), part(x, j + 1, rows), part(x, j + 2, rows), part(x, j + 3, rows)]
}

/// Takes `factor` from each row's entry of its class, and notes x − shift there. (Not inlined: among the
/// vectors there would be no registers left for it.)
#[inline(never)]
fn chosen<T: Vector>(
    classes: &[usize],
    x: View<'_, T>,
    shift: &[T],
    factor: T,
    mut out: ViewMut<'_, T>,
    dot: &mut [T],
) {
    let stride = out.strides().1;
    let y = out.data_mut();
    for (i, class) in classes.iter().enumerate() {
        if let Some(y) = y.get_mut(i.wrapping_add(class.wrapping_mul(stride))) {
            *y = *y - factor;
        }
    }
    let (stride, x) = (x.strides().1, x.data());
    for (i, ((class, shift), dot)) in classes.iter().zip(shift).zip(dot).enumerate() {
        if let Some(x) = x.get(i.wrapping_add(class.wrapping_mul(stride))) {
            *dot = *x - *shift;
        }
    }
}

#[inline(always)]
fn raise<T: Vector>(x: &[T], shift: &mut [T]) {
    for (x, shift) in x.iter().zip(shift) {
        *shift = if *shift < *x { *x } else { *shift };
    }
}

#[inline(always)]
fn raise_four<T: Vector>([a, b, c, d]: [&[T]; 4], shift: &mut [T]) {
    let larger = |a: T, b: T| if a < b { b } else { a };
    for ((((a, b), c), d), shift) in a.iter().zip(b).zip(c).zip(d).zip(shift) {
        *shift = larger(*shift, larger(larger(*a, *b), larger(*c, *d)));
    }
}

#[inline(always)]
fn exponentials<T: Vector, const FMA: bool>(
    x: &[T],
    shift: &[T],
    out: &mut [T],
    sum: &mut [T],
) {
    for (((x, shift), out), sum) in x.iter().zip(shift).zip(out).zip(sum) {
        let e = (*x - *shift).exp_lane::<FMA>();
        *out = e;
        *sum = *sum + e;
    }
}

/// [`exponentials`] of two columns: their sums are read and written once.
#[inline(always)]
fn exponentials_two<T: Vector, const FMA: bool>(
    [x0, x1]: [&[T]; 2],
    shift: &[T],
    out0: &mut [T],
    out1: &mut [T],
    sum: &mut [T],
) {
    let outs = out0.iter_mut().zip(out1);
    for ((((x0, x1), shift), (out0, out1)), sum) in
        x0.iter().zip(x1).zip(shift).zip(outs).zip(sum)
    {
        let e0 = (*x0 - *shift).exp_lane::<FMA>();
        let e1 = (*x1 - *shift).exp_lane::<FMA>();
        *out0 = e0;
        *out1 = e1;
        *sum = *sum + (e0 + e1);
    }
}

/// Σ t and Σ t·(x − base).
#[inline(always)]
fn weigh<T: Vector>(x: &[T], t: &[T], base: &[T], weight: &mut [T], dot: &mut [T]) {
    for (((x, t), base), (weight, dot)) in
        x.iter().zip(t).zip(base).zip(weight.iter_mut().zip(dot))
    {
        *weight = *weight + *t;
        *dot = *dot + *t * (*x - *base);
    }
}

#[inline(always)]
fn subtract<T: Vector>(t: &[T], scale: &[T], factor: T, out: &mut [T]) {
    for ((t, scale), out) in t.iter().zip(scale).zip(out) {
        *out = *out * *scale - *t * factor;
    }
}
