//! Matrices of contiguous columns that no cache holds: whole columns, in the order of memory, twice.
//!
//! Its rows' entries lie so far apart that no strip of rows could be read in order. The first time over
//! the rows' largest entries and sums are found together, the second time the result.

use super::tally::Tally;
use super::{CLASSES, Job, LANES, LOG_SOFTMAX, TARGETS, Vector};

/// Columns that are taken together.
const GROUP: usize = 8;

/// Every row of a job whose x, t and out have contiguous columns.
#[inline(always)]
pub(super) fn streamed<T: Vector, const KIND: u8, const FMA: bool>(
    job: &mut Job<'_, '_, T>,
    tally: &mut Tally<T>,
) {
    let (rows, cols) = job.x.shape();
    let zero = T::zero();
    let (mut shifts, mut sums) = (vec![T::LEAST; rows], vec![zero; rows]);
    for first in (0..cols).step_by(GROUP) {
        let column = |j: usize| job.x.column(j).unwrap_or_default();
        if first + GROUP <= cols {
            let columns = std::array::from_fn(|k| column(first + k));
            online::<T, GROUP, FMA>(columns, &mut shifts, &mut sums);
        } else {
            for j in first..cols {
                online::<T, 1, FMA>([column(j)], &mut shifts, &mut sums);
            }
        }
    }
    let (mut weights, mut dots) = (Vec::new(), Vec::new());
    if KIND == TARGETS {
        weights.resize(rows, zero);
        for j in 0..cols {
            let t = job.t.column(j).unwrap_or_default();
            for (weight, t) in weights.iter_mut().zip(t) {
                *weight = *weight + *t;
            }
        }
        dots.resize(rows, zero);
    }
    let mut scales = sums.clone();
    match KIND {
        LOG_SOFTMAX => scales.iter_mut().for_each(|sum| *sum = sum.ln_wide::<FMA>()),
        TARGETS => {
            for (sum, weight) in scales.iter_mut().zip(&weights) {
                *sum = job.factor / *sum * *weight;
            }
        }
        _ => scales.iter_mut().for_each(|sum| *sum = job.factor / *sum),
    }
    let factor = job.factor;
    for j in 0..cols {
        let (Some(x), Some(out)) = (job.x.column(j), job.out.column_mut(j)) else {
            return;
        };
        let state = shifts.iter().zip(&scales);
        match KIND {
            LOG_SOFTMAX => {
                for ((out, x), (shift, log)) in out.iter_mut().zip(x).zip(state) {
                    *out = (*x - *shift) - *log;
                }
            }
            TARGETS => {
                let Some(t) = job.t.column(j) else { return };
                let given = x.iter().zip(t).zip(&mut dots);
                for ((out, ((x, t), dot)), (shift, scale)) in
                    out.iter_mut().zip(given).zip(state)
                {
                    let shifted = *x - *shift;
                    *dot = *dot + *t * shifted;
                    *out = shifted.exp_lane::<FMA>() * *scale - *t * factor;
                }
            }
            _ => {
                for ((out, x), (shift, scale)) in out.iter_mut().zip(x).zip(state) {
                    *out = (*x - *shift).exp_lane::<FMA>() * *scale;
                }
            }
        }
    }
    for i in 0..rows {
        match KIND {
            CLASSES => {
                let j = job.classes[i];
                tally.add_one::<FMA>(shifts[i] - *job.x.at(i, j), sums[i]);
                let y = job.out.at_mut(i, j);
                *y = *y - factor;
            }
            TARGETS => {
                let log = weights[i] * sums[i].ln_wide::<FMA>();
                tally.add_one::<FMA>(log - dots[i], T::one());
            }
            _ => return,
        }
    }
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
