//! Inverses, determinants and powers of square matrices with infinitesimal parts.

use smallvec::smallvec;

use super::array::{Array, Plane, zeros};
use super::error::EvalError;
use super::number::Number;

/// The unit matrix.
pub(crate) fn identity<N: Number>(n: usize) -> Array<N> {
    let mut entries: Plane<N> = zeros(n * n);
    for i in 0..n {
        entries[i * n + i] = N::integer(1);
    }
    Array::new(smallvec![n, n], entries)
}

/// The inverse of an `n`×`n` matrix.
pub(crate) fn inverse<N: Number>(a: &Array<N>, n: usize) -> Result<Array<N>, EvalError> {
    let Some(bit) = a.top() else {
        return Ok(Array::new(smallvec![n, n], plain_inverse(a.entries(), n)?));
    };
    // (A + εB)⁻¹ = A⁻¹ - ε A⁻¹ B A⁻¹
    let (low, high) = a.split(bit);
    let mut value = inverse(&low, n)?;
    let rise = product(&product(&value, &high, n), &value, n).scaled(&N::integer(-1));
    value.attach(bit, &rise);
    Ok(value)
}

/// The product of two `n`×`n` matrices.
pub(crate) fn product<N: Number>(a: &Array<N>, b: &Array<N>, n: usize) -> Array<N> {
    a.matrix_product(b, smallvec![n, n], [n, n, n])
}

/// Gauß and Jordan's elimination with partial pivoting.
fn plain_inverse<N: Number>(a: &[N], n: usize) -> Result<Plane<N>, EvalError> {
    let mut a: Vec<N> = a.to_vec();
    let mut inverse = identity::<N>(n).entries().to_vec();
    for column in 0..n {
        let (pivot, weight) = (column..n)
            .map(|row| (row, a[row * n + column].pivot_weight()))
            .fold((column, 0.0), |best, new| if new.1 > best.1 { new } else { best });
        if weight == 0.0 {
            return Err(EvalError::Domain("a singular matrix"));
        }
        for j in 0..n {
            a.swap(column * n + j, pivot * n + j);
            inverse.swap(column * n + j, pivot * n + j);
        }
        let scale = a[column * n + column].recip()?;
        for j in 0..n {
            a[column * n + j] = a[column * n + j].mul(&scale);
            inverse[column * n + j] = inverse[column * n + j].mul(&scale);
        }
        for row in 0..n {
            let factor = a[row * n + column].neg();
            if row == column || factor.is_zero() {
                continue;
            }
            for j in 0..n {
                let (source, target) = (column * n + j, row * n + j);
                let (x, y) = (a[source].clone(), inverse[source].clone());
                a[target].add_product(&factor, &x);
                inverse[target].add_product(&factor, &y);
            }
        }
        for x in &inverse {
            x.check_size()?;
        }
    }
    Ok(inverse.into())
}

/// The determinant by Faddeev and Le Verrier's recursion, which divides by integers only: it is
/// exact at singular matrices too, and its infinitesimal parts are those of the polynomial.
///
/// `M₁ = I`, `c_k = -tr(A M_k)/k`, `M_{k+1} = A M_k + c_k I`, `det A = (-1)^n c_n`.
pub(crate) fn determinant<N: Number>(
    a: &Array<N>,
    n: usize,
) -> Result<Array<N>, EvalError> {
    let mut m = identity(n);
    let mut c = Array::scalar(N::integer(1));
    for k in 1..=n {
        m = product(a, &m, n);
        let step = N::fraction(-1, k as i64)?;
        c = m.linear(smallvec![], |p| {
            let trace = (0..n).fold(N::integer(0), |sum, i| sum.add(&p[i * n + i]));
            smallvec![trace.mul(&step)]
        });
        for (mask, plane) in c.planes() {
            let target = m.plane_mut(*mask);
            for i in 0..n {
                target[i * n + i] = target[i * n + i].add(&plane[0]);
            }
        }
        for x in c.entries() {
            x.check_size()?;
        }
    }
    Ok(if n % 2 == 1 { c.scaled(&N::integer(-1)) } else { c })
}

/// `A^k` for an integer `k` by repeated squaring.
pub(crate) fn matrix_power<N: Number>(
    a: &Array<N>,
    n: usize,
    k: i64,
) -> Result<Array<N>, EvalError> {
    let mut base = if k < 0 { inverse(a, n)? } else { a.clone() };
    let mut k = k.unsigned_abs();
    if k > 4_096 {
        return Err(EvalError::Effort);
    }
    let mut result = identity(n);
    while k > 0 {
        if k & 1 == 1 {
            result = product(&result, &base, n);
        }
        k >>= 1;
        if k > 0 {
            base = product(&base, &base, n);
            for x in base.entries() {
                x.check_size()?;
            }
        }
    }
    Ok(result)
}
