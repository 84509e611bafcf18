//! Row-wise softmax of floats: blocks of rows, column after column, in vectors.
//!
//! A block is small enough to stay in the cache for its three passes (largest entry, exponentials,
//! scaling). Short rows that lie one after the other are worked on as vectors of a fixed width. A large
//! matrix of contiguous columns is streamed twice, column by column: its rows' entries lie so far apart
//! that no block of rows could be read in order. Whatever else is scattered is copied together first.

use super::scalar::RowsDone;
use super::total::pairwise;
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
const LONG: usize = 65;
/// Sums side by side along a row.
const LANES: usize = 32;
/// Columns of a large matrix that are taken together.
const GROUP: usize = 8;
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
        if x == (cols, 1) && out == (cols, 1) {
            return match cols {
                ..=8 => self.short::<8, FMA>(),
                9..=16 => self.short::<16, FMA>(),
                17..=32 => self.short::<32, FMA>(),
                _ => self.short::<64, FMA>(),
            };
        }
        let bytes = cols * size_of::<T>();
        let columns = x.0 == 1 && out.0 == 1;
        if columns && rows >= ROWS && rows * bytes > 2 * NEAR {
            return self.streamed::<FMA>();
        }
        if columns && rows * bytes <= NEAR {
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

    /// Rows of at most `W` entries that lie one after the other. Each is read as `W` entries, of which
    /// those of the next row count for nothing, and written as `W`, of which the next row writes its own
    /// anew.
    #[inline(always)]
    fn short<const W: usize, const FMA: bool>(&mut self) {
        let (rows, cols) = self.x.shape();
        let (mut shifts, mut sums) = ([T::zero(); ROWS], [T::zero(); ROWS]);
        for begin in (0..rows).step_by(ROWS) {
            let range = begin..rows.min(begin + ROWS);
            let count = range.len();
            let x = self.x.row_range(range.clone());
            let mut part = self.out.reborrow().row_range(range);
            let (x, out) = (x.data(), part.data_mut());
            let state = shifts.iter_mut().zip(&mut sums).take(count);
            for (i, (shift, sum)) in state.enumerate() {
                let at = i * cols;
                if let (Some(x), Some(out)) =
                    (x[at..].first_chunk::<W>(), out[at..].first_chunk_mut::<W>())
                {
                    let mut lanes = [T::LEAST; W];
                    for k in 0..W {
                        lanes[k] = if k < cols { x[k] } else { T::LEAST };
                    }
                    (*shift, *sum) = row::<T, W, FMA>(lanes, self.factor, out);
                } else {
                    let (mut lanes, mut found) = ([T::LEAST; W], [T::zero(); W]);
                    lanes[..cols].copy_from_slice(&x[at..at + cols]);
                    (*shift, *sum) = row::<T, W, FMA>(lanes, self.factor, &mut found);
                    out[at..at + cols].copy_from_slice(&found[..cols]);
                }
            }
            (self.done)(begin, &shifts[..count], &sums[..count], part);
        }
    }

    /// Twice over whole columns: for the rows' largest entries and sums, and for the result.
    #[inline(always)]
    fn streamed<const FMA: bool>(&mut self) {
        let (rows, cols) = self.x.shape();
        let (mut shifts, mut sums) = (vec![T::LEAST; rows], vec![T::zero(); rows]);
        for first in (0..cols).step_by(GROUP) {
            let column = |j: usize| self.x.column(j).unwrap_or_default();
            if first + GROUP <= cols {
                let columns = std::array::from_fn(|k| column(first + k));
                online::<T, GROUP, FMA>(columns, &mut shifts, &mut sums);
            } else {
                for j in first..cols {
                    online::<T, 1, FMA>([column(j)], &mut shifts, &mut sums);
                }
            }
        }
        let scales: Vec<T> = sums.iter().map(|sum| self.factor / *sum).collect();
        for j in 0..cols {
            let (Some(x), Some(out)) = (self.x.column(j), self.out.column_mut(j)) else {
                return;
            };
            let state = shifts.iter().zip(&scales);
            for ((out, x), (shift, scale)) in out.iter_mut().zip(x).zip(state) {
                *out = (*x - *shift).exp_lane::<FMA>() * *scale;
            }
        }
        (self.done)(0, &shifts, &sums, self.out.reborrow());
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

/// factor·softmax of one row, filled up with −∞: its shift and its sum.
#[inline(always)]
fn row<T: Vector, const W: usize, const FMA: bool>(
    lanes: [T; W],
    factor: T,
    out: &mut [T; W],
) -> (T, T) {
    let shift = top(lanes);
    let mut terms = [T::zero(); W];
    for k in 0..W {
        terms[k] = (lanes[k] - shift).exp_lane::<FMA>();
    }
    let sum = pairwise(terms);
    let scale = factor / sum;
    for k in 0..W {
        out[k] = terms[k] * scale;
    }
    (shift, sum)
}

/// Takes some columns into the rows' largest entries and Σ exp(x − largest), which were those of the
/// columns before.
#[inline(always)]
fn online<T: Vector, const N: usize, const FMA: bool>(
    columns: [&[T]; N],
    shifts: &mut [T],
    sums: &mut [T],
) {
    let mut chunks: [&[[T; LANES]]; N] = [&[]; N];
    for (chunks, column) in chunks.iter_mut().zip(columns) {
        *chunks = column.as_chunks().0;
    }
    let (shifts, shifts_rest) = shifts.as_chunks_mut::<LANES>();
    let (sums, sums_rest) = sums.as_chunks_mut::<LANES>();
    for (i, (shift, sum)) in shifts.iter_mut().zip(sums).enumerate() {
        let mut x = [[T::LEAST; LANES]; N];
        for (x, column) in x.iter_mut().zip(&chunks) {
            *x = column[i];
        }
        taken::<T, N, FMA>(&x, shift, sum);
    }
    let count = shifts_rest.len();
    if count > 0 {
        // Filled up with rows of nothing.
        let mut x = [[T::LEAST; LANES]; N];
        for (x, column) in x.iter_mut().zip(columns) {
            x[..count].copy_from_slice(column.as_chunks::<LANES>().1);
        }
        let (mut shift, mut sum) = ([T::LEAST; LANES], [T::zero(); LANES]);
        shift[..count].copy_from_slice(shifts_rest);
        sum[..count].copy_from_slice(sums_rest);
        taken::<T, N, FMA>(&x, &mut shift, &mut sum);
        shifts_rest.copy_from_slice(&shift[..count]);
        sums_rest.copy_from_slice(&sum[..count]);
    }
}

/// [`online`] for a vector of rows.
#[inline(always)]
fn taken<T: Vector, const N: usize, const FMA: bool>(
    x: &[[T; LANES]; N],
    shifts: &mut [T; LANES],
    sums: &mut [T; LANES],
) {
    let mut most = *shifts;
    for x in x {
        for k in 0..LANES {
            most[k] = if most[k] < x[k] { x[k] } else { most[k] };
        }
    }
    // As long as a row holds nothing but −∞ its sum is zero.
    let mut from = most;
    for from in &mut from {
        *from = if *from > T::LEAST { *from } else { T::zero() };
    }
    for k in 0..LANES {
        sums[k] = sums[k] * (shifts[k] - from[k]).exp_lane::<FMA>();
    }
    for x in x {
        for k in 0..LANES {
            sums[k] = sums[k] + (x[k] - from[k]).exp_lane::<FMA>();
        }
    }
    *shifts = most;
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
    pairwise(sums)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Softmax by its definition, in double precision.
    fn defined(x: &[f64]) -> Vec<f64> {
        let most = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let terms: Vec<f64> = x.iter().map(|x| (x - most).exp()).collect();
        let sum: f64 = terms.iter().sum();
        terms.into_iter().map(|term| term / sum).collect()
    }

    /// Every way to lay rows×cols out in memory: columns, rows, rows and columns with gaps.
    fn layouts(rows: usize, cols: usize) -> [(usize, usize, usize); 4] {
        [
            (1, rows, rows * cols),
            (cols, 1, rows * cols),
            (cols + 3, 1, rows * (cols + 3)),
            (2, 2 * rows + 1, cols * (2 * rows + 1)),
        ]
    }

    fn check(rows: usize, cols: usize, entry: impl Fn(usize, usize) -> f64) {
        for from in layouts(rows, cols) {
            for to in layouts(rows, cols) {
                let mut x = vec![f64::NAN; from.2];
                for i in 0..rows {
                    for j in 0..cols {
                        x[i * from.0 + j * from.1] = entry(i, j);
                    }
                }
                let mut out = vec![77.0; to.2];
                let view = View::new(&x, rows, cols, from.0, from.1).unwrap();
                let target = ViewMut::new(&mut out, rows, cols, to.0, to.1).unwrap();
                let mut seen = vec![(0.0, 0.0); rows];
                softmax_rows(view, target, 2.0, &mut |first, shifts, sums, part| {
                    assert_eq!(part.shape(), (shifts.len(), cols));
                    for (i, both) in shifts.iter().zip(sums).enumerate() {
                        seen[first + i] = (*both.0, *both.1);
                    }
                });
                let mut left = vec![true; to.2];
                for (i, (shift, sum)) in seen.into_iter().enumerate() {
                    let x: Vec<f64> = (0..cols).map(|j| entry(i, j)).collect();
                    let total: f64 = x.iter().map(|x| (x - shift).exp()).sum();
                    assert!((total - sum).abs() <= 1e-12 * sum, "{rows}×{cols}");
                    for (j, y) in defined(&x).into_iter().enumerate() {
                        let at = i * to.0 + j * to.1;
                        left[at] = false;
                        assert!(
                            (out[at] - 2.0 * y).abs() <= 1e-13,
                            "{rows}×{cols} {i} {j}"
                        );
                    }
                }
                // What lies between the entries is not touched.
                assert!(out.iter().zip(left).all(|(out, left)| !left || *out == 77.0));
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn every_layout_gives_the_definition(
            rows in 1usize..40, cols in 1usize..90, seed in any::<u32>()
        ) {
            check(rows, cols, |i, j| {
                let mixed = (seed as usize + 31 * i + 17 * j).wrapping_mul(2_654_435_761) % 4099;
                // Some are masked, never a whole row.
                if mixed.is_multiple_of(5) && j > 0 { f64::NEG_INFINITY } else { mixed as f64 / 50.0 - 40.0 }
            });
        }
    }

    #[test]
    fn large_matrices_give_the_definition() {
        for (rows, cols) in [(300, 9), (300, 1000), (2000, 150), (513, 64)] {
            check(rows, cols, |i, j| match (i * 7 + j * j * 13) % 101 {
                0 if j > 8 => f64::NEG_INFINITY,
                // Eight columns of nothing before the first number of a row.
                _ if i == 3 && j < 8 => f64::NEG_INFINITY,
                mixed => mixed as f64 * 3.0 - j as f64 * 0.01,
            });
        }
    }

    #[test]
    fn nan_and_infinity_spoil_their_own_row_only() {
        for (rows, cols) in [(5, 3), (40, 60), (70, 200), (400, 1500)] {
            for bad in [f32::NAN, f32::INFINITY] {
                for from in layouts(rows, cols) {
                    let mut x = vec![0.5f32; from.2];
                    x[2 * from.0 + (cols - 1) * from.1] = bad;
                    let mut out = vec![0.0f32; from.2];
                    let view = View::new(&x, rows, cols, from.0, from.1).unwrap();
                    let target =
                        ViewMut::new(&mut out, rows, cols, from.0, from.1).unwrap();
                    softmax_rows(view, target, 1.0, &mut |_, _, _, _| {});
                    for i in 0..rows {
                        for j in 0..cols {
                            let y = out[i * from.0 + j * from.1];
                            assert_eq!(y.is_nan(), i == 2, "{rows}×{cols} {i} {j}: {y}");
                        }
                    }
                }
            }
        }
    }
}
