//! The linear module, Y = X·Wᵀ + 1·b, a batch of rows at a time.
//!
//! Shapes: X is S×M (a sample a row), W is N×M, b has N entries (row or column), Y is S×N.
//! Derivation: `derivations/linear.md`.

use nalgebra::{DMatrix, RowDVector};

use super::error::{agree, same};
use super::product::{product, threads_for};
use super::view::{View, ViewMut};
use super::{Error, Scalar};

const NAME: &str = "linear";

/// The gradients of a scalar loss with respect to everything that goes into [`forward`].
#[derive(Clone, Debug, PartialEq)]
pub struct Gradients<T> {
    /// ∂L/∂X, S×M.
    pub dx: DMatrix<T>,
    /// ∂L/∂W, N×M.
    pub dw: DMatrix<T>,
    /// ∂L/∂b, 1×N.
    pub db: RowDVector<T>,
}

/// Y (S×N) from X (S×M), W (N×M) and b (N entries): `Y = X·Wᵀ + 1·b`.
///
/// # Errors
/// [`Error::Shape`] where X and W differ in their columns, or b has not one entry a row of W.
pub fn forward<'a, T: Scalar>(
    x: impl Into<View<'a, T>>,
    w: impl Into<View<'a, T>>,
    b: impl Into<View<'a, T>>,
) -> Result<DMatrix<T>, Error> {
    let (x, w) = (x.into(), w.into());
    let mut y = DMatrix::from_element(x.rows(), w.rows(), T::zero());
    forward_into(x, w, b, &mut y)?;
    Ok(y)
}

/// [`forward`] into `y` (S×N).
///
/// # Errors
/// [`Error::Shape`] as for [`forward`], and where Y is not S×N.
pub fn forward_into<'a, 'c, T: Scalar>(
    x: impl Into<View<'a, T>>,
    w: impl Into<View<'a, T>>,
    b: impl Into<View<'a, T>>,
    y: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (x, w) = (x.into(), w.into());
    let threads = threads_for(x.rows(), x.cols(), w.rows());
    forward_into_on(threads, x, w, b, y)
}

/// [`forward_into`] on a given number of threads (1: the calling thread only).
///
/// # Errors
/// As for [`forward_into`].
pub fn forward_into_on<'a, 'c, T: Scalar>(
    threads: usize,
    x: impl Into<View<'a, T>>,
    w: impl Into<View<'a, T>>,
    b: impl Into<View<'a, T>>,
    y: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (x, w, b, mut y) = (x.into(), w.into(), b.into(), y.into());
    let rule = "the columns of X must equal the columns of W";
    agree(NAME, x.cols() == w.cols(), ("X", x.shape()), ("W", w.shape()), rule)?;
    let rule = "b must be a vector with one entry for each row of W";
    let fits = b.is_vector() && b.len() == w.rows() || b.is_empty() && w.rows() == 0;
    agree(NAME, fits, ("W", w.shape()), ("b", b.shape()), rule)?;
    let rule = "Y must have the rows of X and a column for each row of W";
    let fits = y.shape() == (x.rows(), w.rows());
    agree(NAME, fits, ("X·Wᵀ", (x.rows(), w.rows())), ("Y", y.shape()), rule)?;
    if let Some(bias) = b.vector().filter(|_| y.as_view().row(0).is_some()) {
        // Rows lie together: row after row, so that memory is written in order.
        let mut rows = y.reborrow().t();
        for i in 0..rows.cols() {
            if let Some(row) = rows.column_mut(i) {
                row.clone_from_slice(bias);
            }
        }
        return product(T::one(), x, w.t(), T::one(), y, threads);
    }
    for j in 0..y.cols() {
        let bias = b.entry(j);
        if let Some(column) = y.column_mut(j) {
            column.fill(bias.clone());
            continue;
        }
        for i in 0..y.rows() {
            *y.at_mut(i, j) = bias.clone();
        }
    }
    product(T::one(), x, w.t(), T::one(), y, threads)
}

/// All three gradients from dY (S×N): `dX = dY·W`, `dW = dYᵀ·X`, `db = 1ᵀ·dY`.
///
/// # Errors
/// [`Error::Shape`] where the shapes do not fit those of [`forward`].
pub fn backward<'a, T: Scalar>(
    x: impl Into<View<'a, T>>,
    w: impl Into<View<'a, T>>,
    dy: impl Into<View<'a, T>>,
) -> Result<Gradients<T>, Error> {
    let (x, w, dy) = (x.into(), w.into(), dy.into());
    let mut gradients = Gradients {
        dx: DMatrix::from_element(x.rows(), x.cols(), T::zero()),
        dw: DMatrix::from_element(w.rows(), w.cols(), T::zero()),
        db: RowDVector::from_element(w.rows(), T::zero()),
    };
    let Gradients { dx, dw, db } = &mut gradients;
    backward_into(x, w, dy, dx, dw, db)?;
    Ok(gradients)
}

/// [`backward`] into `dx` (S×M), `dw` (N×M) and `db` (N entries).
///
/// # Errors
/// [`Error::Shape`] where the shapes do not fit those of [`forward`].
pub fn backward_into<'a, 'c, T: Scalar>(
    x: impl Into<View<'a, T>>,
    w: impl Into<View<'a, T>>,
    dy: impl Into<View<'a, T>>,
    dx: impl Into<ViewMut<'c, T>>,
    dw: impl Into<ViewMut<'c, T>>,
    db: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (x, w, dy) = (x.into(), w.into(), dy.into());
    input_gradient_into(w, dy, dx)?;
    weight_gradient_into(x, dy, dw)?;
    bias_gradient_into(dy, db)
}

/// `dX = dY·W` into `dx` (S×M), from W (N×M) and dY (S×N).
///
/// # Errors
/// [`Error::Shape`] where the shapes do not fit.
pub fn input_gradient_into<'a, 'c, T: Scalar>(
    w: impl Into<View<'a, T>>,
    dy: impl Into<View<'a, T>>,
    dx: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (w, dy) = (w.into(), dy.into());
    let threads = threads_for(dy.rows(), dy.cols(), w.cols());
    input_gradient_into_on(threads, w, dy, dx)
}

/// [`input_gradient_into`] on a given number of threads (1: the calling thread only).
///
/// # Errors
/// As for [`input_gradient_into`].
pub fn input_gradient_into_on<'a, 'c, T: Scalar>(
    threads: usize,
    w: impl Into<View<'a, T>>,
    dy: impl Into<View<'a, T>>,
    dx: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (w, dy, dx) = (w.into(), dy.into(), dx.into());
    let rule = "dY must have a column for each row of W";
    agree(NAME, dy.cols() == w.rows(), ("dY", dy.shape()), ("W", w.shape()), rule)?;
    same(NAME, ("dY·W", (dy.rows(), w.cols())), ("dX", dx.shape()))?;
    product(T::one(), dy, w, T::zero(), dx, threads)
}

/// `dW = dYᵀ·X` into `dw` (N×M), from X (S×M) and dY (S×N).
///
/// # Errors
/// [`Error::Shape`] where the shapes do not fit.
pub fn weight_gradient_into<'a, 'c, T: Scalar>(
    x: impl Into<View<'a, T>>,
    dy: impl Into<View<'a, T>>,
    dw: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (x, dy) = (x.into(), dy.into());
    let threads = threads_for(dy.cols(), dy.rows(), x.cols());
    weight_gradient_into_on(threads, T::one(), x, dy, T::zero(), dw)
}

/// `C ← alpha·dW + beta·C` into `c` (N×M), where `dW = dYᵀ·X`, on a given number of threads.
///
/// With alpha = 1 and beta = 0 this is [`weight_gradient_into`]. With C = W, alpha = −η and
/// beta = 1 − ηλ it is the step of gradient descent with weight decay, and dW is stored nowhere.
///
/// # Errors
/// [`Error::Shape`] where the shapes do not fit.
pub fn weight_gradient_into_on<'a, 'c, T: Scalar>(
    threads: usize,
    alpha: T,
    x: impl Into<View<'a, T>>,
    dy: impl Into<View<'a, T>>,
    beta: T,
    c: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (x, dy, c) = (x.into(), dy.into(), c.into());
    let rule = "dY must have the rows of X";
    agree(NAME, dy.rows() == x.rows(), ("dY", dy.shape()), ("X", x.shape()), rule)?;
    same(NAME, ("dYᵀ·X", (dy.cols(), x.cols())), ("dW", c.shape()))?;
    product(alpha, dy.t(), x, beta, c, threads)
}

/// `db = 1ᵀ·dY` (the sum over the batch) into `db` (N entries), from dY (S×N).
///
/// # Errors
/// [`Error::Shape`] where db is not a vector with one entry for each column of dY.
pub fn bias_gradient_into<'a, 'c, T: Scalar>(
    dy: impl Into<View<'a, T>>,
    db: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (dy, mut db) = (dy.into(), db.into());
    let fits = db.as_view().is_vector() && db.len() == dy.cols()
        || db.is_empty() && dy.cols() == 0;
    let rule = "db must be a vector with one entry for each column of dY";
    agree(NAME, fits, ("dY", dy.shape()), ("db", db.shape()), rule)?;
    if dy.row(0).is_some() && dy.column(0).is_none() {
        // Rows lie together: add row after row. Each sum is in the order of the other branch.
        for j in 0..dy.cols() {
            *db.entry_mut(j) = T::zero();
        }
        let mut sums = if db.rows() == 1 { db.t() } else { db };
        for i in 0..dy.rows() {
            let row = dy.row(i).unwrap_or_default();
            match sums.column_mut(0) {
                Some(sums) => {
                    for (sum, v) in sums.iter_mut().zip(row) {
                        *sum = sum.clone() + v.clone();
                    }
                }
                None => {
                    for (j, v) in row.iter().enumerate() {
                        let sum = sums.at_mut(j, 0);
                        *sum = sum.clone() + v.clone();
                    }
                }
            }
        }
        return Ok(());
    }
    // Several columns at once: the additions of one would wait for each other.
    const COLUMNS: usize = 8;
    for first in (0..dy.cols()).step_by(COLUMNS) {
        let columns: [Option<&[T]>; COLUMNS] =
            std::array::from_fn(|k| dy.column((first + k).min(dy.cols() - 1)));
        let mut sums: [T; COLUMNS] = std::array::from_fn(|_| T::zero());
        for i in 0..dy.rows() {
            for (k, sum) in sums.iter_mut().enumerate() {
                let entry = match columns[k] {
                    Some(column) => &column[i],
                    None => dy.at(i, (first + k).min(dy.cols() - 1)),
                };
                *sum = sum.clone() + entry.clone();
            }
        }
        for (k, sum) in sums.into_iter().enumerate().take(dy.cols() - first) {
            *db.entry_mut(first + k) = sum;
        }
    }
    Ok(())
}
