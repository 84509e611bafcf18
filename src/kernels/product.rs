//! The one matrix product behind all kernels: `C ← alpha·op(A)·op(B) + beta·C`.
//!
//! f32 and f64 go to the `gemm` crate (feature `gemm`) or to `matrixmultiply`; every other scalar to a
//! plain loop. Transposes are [`View::t`], strides are the views' own.

use nalgebra::DMatrix;

use super::error::agree;
use super::view::{View, ViewMut};
use super::{Error, Scalar};

/// Below this many multiplications a second thread costs more than it brings.
const WORTH_A_THREAD: usize = 4_000_000;

/// `A·B`. Use [`View::t`] for transposes: `matmul(View::from(&a).t(), &b)` is AᵀB.
///
/// # Errors
/// [`Error::Shape`] where A's columns are not B's rows.
pub fn matmul<'a, T: Scalar>(
    a: impl Into<View<'a, T>>,
    b: impl Into<View<'a, T>>,
) -> Result<DMatrix<T>, Error> {
    let (a, b) = (a.into(), b.into());
    let mut c = DMatrix::from_element(a.rows(), b.cols(), T::zero());
    let threads = threads_for(a.rows(), a.cols(), b.cols());
    product(T::one(), a, b, T::zero(), &mut c, threads)?;
    Ok(c)
}

/// `C ← alpha·A·B + beta·C` on `threads` threads (0 or 1: the calling thread only). Where `beta` is
/// zero, C's old entries are not read, so they may be anything.
///
/// # Errors
/// [`Error::Shape`] where the three shapes do not fit.
pub fn product<'a, 'c, T: Scalar>(
    alpha: T,
    a: impl Into<View<'a, T>>,
    b: impl Into<View<'a, T>>,
    beta: T,
    c: impl Into<ViewMut<'c, T>>,
    threads: usize,
) -> Result<(), Error> {
    let (a, b, c) = (a.into(), b.into(), c.into());
    agree(
        "product",
        a.cols() == b.rows(),
        ("A", a.shape()),
        ("B", b.shape()),
        "the columns of A must equal the rows of B",
    )?;
    agree(
        "product",
        c.rows() == a.rows(),
        ("A", a.shape()),
        ("C", c.shape()),
        "C must have the rows of A",
    )?;
    agree(
        "product",
        c.cols() == b.cols(),
        ("B", b.shape()),
        ("C", c.shape()),
        "C must have the columns of B",
    )?;
    if c.is_empty() {
        return Ok(());
    }
    T::product(alpha, a, b, beta, c, threads.max(1));
    Ok(())
}

/// How many threads a product of these sizes is worth: two for large ones where the machine has them.
pub fn threads_for(rows: usize, inner: usize, cols: usize) -> usize {
    let work = rows.saturating_mul(inner).saturating_mul(cols);
    if work < WORTH_A_THREAD || cfg!(not(feature = "gemm")) {
        return 1;
    }
    std::thread::available_parallelism().map_or(1, |n| n.get().min(2))
}

/// The product by its definition, for any scalar.
pub(super) fn plain<T: Scalar>(
    alpha: T,
    a: View<'_, T>,
    b: View<'_, T>,
    beta: T,
    mut c: ViewMut<'_, T>,
) {
    let unit = alpha == T::one();
    for j in 0..c.cols() {
        for i in 0..c.rows() {
            let mut sum = T::zero();
            for k in 0..a.cols() {
                sum = sum + a.at(i, k).clone() * b.at(k, j).clone();
            }
            let scaled = if unit { sum } else { alpha.clone() * sum };
            let entry = c.at_mut(i, j);
            *entry = if beta.is_zero() {
                scaled
            } else {
                scaled + beta.clone() * entry.clone()
            };
        }
    }
}

/// f32 and f64, through the `gemm` crate.
#[cfg(feature = "gemm")]
#[expect(unsafe_code, reason = "the gemm crate takes raw pointers and strides")]
pub(super) fn fast<T>(
    alpha: T,
    a: View<'_, T>,
    b: View<'_, T>,
    beta: T,
    mut c: ViewMut<'_, T>,
    threads: usize,
) where
    T: Scalar + Copy + Send + Sync,
{
    let (m, k, n) = (c.rows(), a.cols(), c.cols());
    if k == 0 {
        // gemm would read no entry of A or B and must still scale C.
        return plain(alpha, a, b, beta, c);
    }
    let parallelism = if threads > 1 {
        gemm::Parallelism::Rayon(threads)
    } else {
        gemm::Parallelism::None
    };
    let (c_rows, c_cols) = c.strides();
    let (a_rows, a_cols) = a.strides();
    let (b_rows, b_cols) = b.strides();
    // SAFETY: every entry (i, j) of each view lies inside of its slice (checked when the view was
    // made, and the shapes agree: `product` has checked), C's entries are distinct and borrowed
    // mutably, so no other thread sees them; strides are at most the slice's length, hence fit isize.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            c.data_mut().as_mut_ptr(),
            c_cols as isize,
            c_rows as isize,
            !beta.is_zero(),
            a.data().as_ptr(),
            a_cols as isize,
            a_rows as isize,
            b.data().as_ptr(),
            b_cols as isize,
            b_rows as isize,
            beta,
            alpha,
            false,
            false,
            false,
            parallelism,
        );
    }
}

/// Makes the product of one float type through `matrixmultiply` (what nalgebra itself uses; called
/// directly because nalgebra's `gemm` reads out of bounds on small views with row strides).
#[cfg(not(feature = "gemm"))]
macro_rules! fast {
    ($name:ident, $T:ty, $gemm:path) => {
        #[expect(unsafe_code, reason = "matrixmultiply takes raw pointers and strides")]
        pub(super) fn $name(
            alpha: $T,
            a: View<'_, $T>,
            b: View<'_, $T>,
            beta: $T,
            mut c: ViewMut<'_, $T>,
            _threads: usize,
        ) {
            let (m, k, n) = (c.rows(), a.cols(), c.cols());
            let (c_rows, c_cols) = c.strides();
            // SAFETY: as for the other product: every entry of each view lies inside of its slice, the
            // shapes agree, and C's entries are distinct and borrowed mutably.
            unsafe {
                $gemm(
                    m,
                    k,
                    n,
                    alpha,
                    a.data().as_ptr(),
                    a.strides().0 as isize,
                    a.strides().1 as isize,
                    b.data().as_ptr(),
                    b.strides().0 as isize,
                    b.strides().1 as isize,
                    beta,
                    c.data_mut().as_mut_ptr(),
                    c_rows as isize,
                    c_cols as isize,
                );
            }
        }
    };
}

#[cfg(not(feature = "gemm"))]
fast!(single, f32, matrixmultiply::sgemm);
#[cfg(not(feature = "gemm"))]
fast!(double, f64, matrixmultiply::dgemm);

#[cfg(feature = "gemm")]
pub(super) use fast as single;
#[cfg(feature = "gemm")]
pub(super) use fast as double;
