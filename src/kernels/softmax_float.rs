//! Row-wise softmax of floats: blocks of rows, column after column, in vectors.
//!
//! A block is small enough to stay in the cache for its three passes (largest entry, exponentials,
//! scaling). Where the matrix itself is too large for that, or its columns are not contiguous, the block
//! is copied together first: the rows of a tall matrix lie far apart in memory and would push each other
//! out of the cache.

use super::scalar::RowsDone;
use super::view::{View, ViewMut};
use super::wide::{Wide, dispatch};
use super::{Real, exponential};

/// A float with a vectorisable exponential.
pub(super) trait Vector: Real + Copy + PartialOrd {
    /// −∞.
    const LEAST: Self;
    /// eˣ for x ≤ 0, without a branch.
    fn exp_lane<const FMA: bool>(self) -> Self;
}

impl Vector for f32 {
    const LEAST: Self = f32::NEG_INFINITY;

    #[inline(always)]
    fn exp_lane<const FMA: bool>(self) -> Self {
        exponential::single::exp_nonpositive::<FMA>(self)
    }
}

impl Vector for f64 {
    const LEAST: Self = f64::NEG_INFINITY;

    #[inline(always)]
    fn exp_lane<const FMA: bool>(self) -> Self {
        exponential::double::exp_nonpositive::<FMA>(self)
    }
}

/// The most rows in a block.
const ROWS: usize = 256;
/// A matrix of this many bytes stays in the second-level cache, with its softmax.
const NEAR: usize = 1 << 20;
/// From this length on a row is long enough to be worked on by itself.
const LONG: usize = 48;
/// Sums side by side along a row.
const LANES: usize = 32;
/// The entries of a block that is copied together without the heap.
const SMALL: usize = 1024;

/// `out = factor·softmax(x)`; see [`Real::softmax_rows`].
pub(super) fn softmax_rows<T: Vector>(
    x: View<'_, T>,
    out: ViewMut<'_, T>,
    factor: T,
    done: &mut RowsDone<'_, T>,
) {
    if !x.is_empty() {
        dispatch(Rows { x, out, factor, done });
    }
}

struct Rows<'a, 'b, 'c, 'd, T> {
    x: View<'a, T>,
    out: ViewMut<'b, T>,
    factor: T,
    done: &'c mut RowsDone<'d, T>,
}

impl<T: Vector> Wide for Rows<'_, '_, '_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(mut self) {
        let (rows, cols) = self.x.shape();
        let (x, out) = (self.x.strides(), self.out.strides());
        if x.1 == 1 && out.1 == 1 && cols >= LONG {
            return self.by_row::<FMA>();
        }
        let bytes = cols * size_of::<T>();
        if x.0 == 1 && out.0 == 1 && rows * bytes <= NEAR {
            for begin in (0..rows).step_by(ROWS) {
                let end = rows.min(begin + ROWS);
                let x = self.x.row_range(begin..end);
                let out = self.out.reborrow().row_range(begin..end);
                block::<T, FMA>(x, false, out, self.factor, begin, self.done);
            }
            return;
        }
        let few = SMALL / cols;
        if few >= 16 {
            self.copied::<FMA>(few.min(ROWS), &mut [T::zero(); SMALL]);
        } else {
            let height = (NEAR / bytes).clamp(16, ROWS).min(rows);
            self.copied::<FMA>(height, &mut vec![T::zero(); height * cols]);
        }
    }
}

impl<T: Vector> Rows<'_, '_, '_, '_, T> {
    /// Blocks of so many rows, each copied together and back.
    #[inline(always)]
    fn copied<const FMA: bool>(&mut self, height: usize, scratch: &mut [T]) {
        let (rows, cols) = self.x.shape();
        for begin in (0..rows).step_by(height) {
            let end = rows.min(begin + height);
            let Ok(mut part) = ViewMut::column_major(scratch, end - begin, cols) else {
                return;
            };
            let x = self.x.row_range(begin..end);
            block::<T, FMA>(x, true, part.reborrow(), self.factor, begin, self.done);
            let mut out = self.out.reborrow().row_range(begin..end);
            let part = part.as_view();
            for j in 0..cols {
                match (part.column(j), out.column_mut(j)) {
                    (Some(part), Some(out)) => out.copy_from_slice(part),
                    _ => {
                        for i in 0..end - begin {
                            *out.at_mut(i, j) = *part.at(i, j);
                        }
                    }
                }
            }
        }
    }

    /// Row after row, each a slice.
    #[inline(always)]
    fn by_row<const FMA: bool>(&mut self) {
        for i in 0..self.x.rows() {
            let mut out = self.out.reborrow().row_range(i..i + 1);
            let mut turned = out.reborrow().t();
            let (Some(x), Some(row)) = (self.x.row(i), turned.column_mut(0)) else {
                return;
            };
            let shift = largest(x);
            let sum = exponentials::<T, FMA>(x, shift, row);
            let scale = self.factor / sum;
            for entry in row {
                *entry = *entry * scale;
            }
            (self.done)(i, &[shift], &[sum], out);
        }
    }
}

/// The softmax of one block, whose result has contiguous columns. Where x is far away or scattered, it is
/// copied on the first pass and not looked at again.
#[inline(always)]
fn block<T: Vector, const FMA: bool>(
    x: View<'_, T>,
    copy: bool,
    mut out: ViewMut<'_, T>,
    factor: T,
    begin: usize,
    done: &mut RowsDone<'_, T>,
) {
    let (rows, cols) = x.shape();
    let (mut shifts, mut sums) = ([T::LEAST; ROWS], [T::zero(); ROWS]);
    let (shifts, sums) = (&mut shifts[..rows], &mut sums[..rows]);
    for j in 0..cols {
        let Some(out) = out.column_mut(j) else { return };
        match x.column(j) {
            Some(x) if !copy => {
                for (x, shift) in x.iter().zip(&mut *shifts) {
                    *shift = if *shift < *x { *x } else { *shift };
                }
            }
            Some(x) => {
                for ((out, x), shift) in out.iter_mut().zip(x).zip(&mut *shifts) {
                    *out = *x;
                    *shift = if *shift < *x { *x } else { *shift };
                }
            }
            None => {
                for (i, (out, shift)) in out.iter_mut().zip(&mut *shifts).enumerate() {
                    let x = *x.at(i, j);
                    *out = x;
                    *shift = if *shift < x { x } else { *shift };
                }
            }
        }
    }
    for j in 0..cols {
        let Some(out) = out.column_mut(j) else { return };
        if let (Some(x), false) = (x.column(j), copy) {
            for (((out, x), shift), sum) in
                out.iter_mut().zip(x).zip(&*shifts).zip(&mut *sums)
            {
                *out = (*x - *shift).exp_lane::<FMA>();
                *sum = *sum + *out;
            }
        } else {
            for ((out, shift), sum) in out.iter_mut().zip(&*shifts).zip(&mut *sums) {
                *out = (*out - *shift).exp_lane::<FMA>();
                *sum = *sum + *out;
            }
        }
    }
    let mut scales = [T::zero(); ROWS];
    for (scale, sum) in scales.iter_mut().zip(&*sums) {
        *scale = factor / *sum;
    }
    for j in 0..cols {
        let Some(out) = out.column_mut(j) else { return };
        for (out, scale) in out.iter_mut().zip(&scales[..rows]) {
            *out = *out * *scale;
        }
    }
    done(begin, shifts, sums, out);
}

/// The largest entry, ignoring NaN (which the sum of exponentials will show).
#[inline(always)]
fn largest<T: Vector>(x: &[T]) -> T {
    let mut tops = [T::LEAST; LANES];
    let (chunks, rest) = x.as_chunks::<LANES>();
    for x in chunks {
        for k in 0..LANES {
            tops[k] = if tops[k] < x[k] { x[k] } else { tops[k] };
        }
    }
    let all = tops.iter().chain(rest);
    all.fold(T::LEAST, |a, &b| if a < b { b } else { a })
}

/// Σ exp(x − shift), writing the terms to `out`.
#[inline(always)]
fn exponentials<T: Vector, const FMA: bool>(x: &[T], shift: T, out: &mut [T]) -> T {
    let mut sums = [T::zero(); LANES];
    let mut step = |x: &[T; LANES], out: &mut [T; LANES]| {
        for k in 0..LANES {
            let e = (x[k] - shift).exp_lane::<FMA>();
            out[k] = e;
            sums[k] = sums[k] + e;
        }
    };
    let (xs, x_rest) = x.as_chunks::<LANES>();
    let (outs, out_rest) = out.as_chunks_mut::<LANES>();
    for (x, out) in xs.iter().zip(outs) {
        step(x, out);
    }
    if !x_rest.is_empty() {
        // Filled up with −∞, whose exponential is zero. (A shift that is infinite gives NaN here, and so
        // does its own row.)
        let (mut x, mut e) = ([T::LEAST; LANES], [T::zero(); LANES]);
        x[..x_rest.len()].copy_from_slice(x_rest);
        step(&x, &mut e);
        out_rest.copy_from_slice(&e[..out_rest.len()]);
    }
    let mut width = LANES / 2;
    while width > 0 {
        for k in 0..width {
            sums[k] = sums[k] + sums[k + width];
        }
        width /= 2;
    }
    sums[0]
}
