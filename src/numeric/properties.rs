//! Whether values have the properties that a symbol is given with; decided exactly.

use std::cmp::Ordering;

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::point::{Fraction, Values};
use crate::shape::{Dim, Properties};

/// How many entries a "row" has for the properties of rows: those of a column are all of it.
pub(crate) fn rows_of(axes: &[Dim], sizes: &[usize]) -> usize {
    match (axes, sizes) {
        ([.., _, last], [.., n, 1]) if last.is_unit() => *n,
        (_, [.., n]) => *n,
        _ => 1,
    }
}

/// Whether the values have every property.
pub(crate) fn holds(p: &Properties, axes: &[Dim], values: &Values) -> bool {
    let (zero, one) = (Fraction::zero(), Fraction::one());
    let all = &values.entries;
    if (p.positive && !all.iter().all(Signed::is_positive))
        || (p.nonnegative && all.iter().any(Signed::is_negative))
        || (p.natural && !all.iter().all(|x| x.is_integer() && *x >= one))
        || (p.binary && !all.iter().all(|x| *x == zero || *x == one))
        || (p.bipolar && !all.iter().all(|x| x.abs() == one))
    {
        return false;
    }
    if p.orthonormal && !has_orthonormal_columns(values) {
        return false;
    }
    if p.one_hot || p.sums_to_one {
        let row = rows_of(axes, &values.sizes).max(1);
        for row in all.chunks(row) {
            let hot = row.iter().filter(|x| **x == one).count();
            let cold = row.iter().filter(|x| **x == zero).count();
            if p.one_hot && !(hot == 1 && cold == row.len() - 1) {
                return false;
            }
            if p.sums_to_one && !row.iter().map(wide).sum::<BigRational>().is_one() {
                return false;
            }
        }
    }
    let structured = p.symmetric
        || p.antisymmetric
        || p.diagonal
        || p.orthogonal
        || p.invertible
        || p.positive_definite
        || p.positive_determinant;
    if !structured || values.sizes.is_empty() {
        // A scalar "matrix": what the words say of a 1×1 matrix.
        return match all.first() {
            Some(x) if structured => matrix_holds(p, std::slice::from_ref(x), 1),
            _ => true,
        };
    }
    match values.sizes[..] {
        [.., n, m] if n == m => {
            n == 0 || all.chunks(n * n).all(|a| matrix_holds(p, a, n))
        }
        _ => false,
    }
}

/// Whether the columns of a matrix have length 1 and are orthogonal.
fn has_orthonormal_columns(values: &Values) -> bool {
    let [n, k] = values.sizes[..] else { return false };
    let at = |i: usize, j: usize| wide(&values.entries[i * k + j]);
    (0..k).all(|a| {
        (a..k).all(|b| {
            let dot: BigRational = (0..n).map(|i| at(i, a) * at(i, b)).sum();
            dot == BigRational::from_integer(i64::from(a == b).into())
        })
    })
}

fn wide(x: &Fraction) -> BigRational {
    BigRational::new_raw((*x.numer()).into(), (*x.denom()).into())
}

fn matrix_holds(p: &Properties, a: &[Fraction], n: usize) -> bool {
    let pairs = || (0..n).flat_map(|i| (0..n).map(move |j| (i, j)));
    let at = |i: usize, j: usize| a[i * n + j];
    if (p.symmetric || p.positive_definite) && pairs().any(|(i, j)| at(i, j) != at(j, i))
        || p.antisymmetric && pairs().any(|(i, j)| at(i, j) != -at(j, i))
        || p.diagonal && pairs().any(|(i, j)| i != j && !at(i, j).is_zero())
    {
        return false;
    }
    if p.orthogonal {
        // QᵀQ = I; for a square matrix QQᵀ = I follows.
        for (i, j) in pairs() {
            let dot: BigRational =
                (0..n).map(|k| wide(&at(k, i)) * wide(&at(k, j))).sum();
            if dot != BigRational::from_integer(i64::from(i == j).into()) {
                return false;
            }
        }
    }
    if p.positive_definite && !leading_minors_are_positive(a, n) {
        return false;
    }
    if p.invertible || p.positive_determinant {
        return match determinant_sign(a, n) {
            Some(Ordering::Greater) => true,
            Some(Ordering::Less) => !p.positive_determinant,
            _ => false,
        };
    }
    true
}

/// Sylvester's criterion: every pivot of the elimination without exchanges is positive.
fn leading_minors_are_positive(a: &[Fraction], n: usize) -> bool {
    let mut a: Vec<BigRational> = a.iter().map(wide).collect();
    for k in 0..n {
        if !a[k * n + k].is_positive() {
            return false;
        }
        eliminate(&mut a, n, k);
    }
    true
}

/// The sign of the determinant, exactly; `None` when the matrix is too large to look at.
pub(crate) fn determinant_sign(a: &[Fraction], n: usize) -> Option<Ordering> {
    if n > 64 {
        return None;
    }
    if let Some(sign) = clear_sign(a, n) {
        return Some(sign);
    }
    let mut a: Vec<BigRational> = a.iter().map(wide).collect();
    let mut negative = false;
    for k in 0..n {
        let Some(pivot) = (k..n).find(|row| !a[row * n + k].is_zero()) else {
            return Some(Ordering::Equal);
        };
        if pivot != k {
            (0..n).for_each(|j| a.swap(k * n + j, pivot * n + j));
            negative = !negative;
        }
        negative ^= a[k * n + k].is_negative();
        eliminate(&mut a, n, k);
    }
    Some(if negative { Ordering::Less } else { Ordering::Greater })
}

/// The sign of the determinant in double precision where no pivot is small.
fn clear_sign(a: &[Fraction], n: usize) -> Option<Ordering> {
    let mut a: Vec<f64> =
        a.iter().map(|x| *x.numer() as f64 / *x.denom() as f64).collect();
    let largest = a.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    let mut negative = false;
    for k in 0..n {
        let pivot = (k..n)
            .max_by(|i, j| a[i * n + k].abs().total_cmp(&a[j * n + k].abs()))
            .filter(|i| a[i * n + k].abs() > 1e-6 * largest)?;
        if pivot != k {
            (0..n).for_each(|j| a.swap(k * n + j, pivot * n + j));
            negative = !negative;
        }
        negative ^= a[k * n + k] < 0.0;
        for row in k + 1..n {
            let factor = a[row * n + k] / a[k * n + k];
            (k..n).for_each(|j| a[row * n + j] -= factor * a[k * n + j]);
        }
    }
    Some(if negative { Ordering::Less } else { Ordering::Greater })
}

/// Clears the column below a pivot.
fn eliminate(a: &mut [BigRational], n: usize, k: usize) {
    for row in k + 1..n {
        if a[row * n + k].is_zero() {
            continue;
        }
        let factor = &a[row * n + k] / &a[k * n + k];
        for j in k..n {
            let step = &factor * &a[k * n + j];
            a[row * n + j] -= step;
        }
    }
}
