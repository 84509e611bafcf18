//! What a Rust hand-in implements so that `gradproof grade` can call it. No dependencies.
//!
//! A layer implements [`Module`], a loss [`Loss`]; each has a function `new` with the arguments that
//! the assignment names. Every array is a [`Matrix`]; a bias is one row (or one column).

#![forbid(unsafe_code)]

#[doc(hidden)]
pub mod answering;
mod json;

use std::ops::{Index, IndexMut};

/// A layer.
pub trait Module {
    /// The output for a batch: one sample a row.
    fn forward(&mut self, x: &Matrix) -> Matrix;

    /// The gradient by the input, given that by the output; sets the gradients of the parameters.
    fn backward(&mut self, dy: &Matrix) -> Matrix;

    /// The parameters, with the names that [`grads`](Module::grads) uses too.
    fn params(&mut self) -> Vec<(&'static str, &mut Matrix)> {
        Vec::new()
    }

    /// The gradients of the parameters, as the last `backward` left them.
    fn grads(&self) -> Vec<(&'static str, &Matrix)> {
        Vec::new()
    }
}

/// A loss of probabilities and one-hot targets, one sample a row.
pub trait Loss {
    /// The loss, averaged over the batch.
    fn forward(&mut self, x: &Matrix, t: &Matrix) -> f64;

    /// Its gradient by `x`.
    fn backward(&mut self, x: &Matrix, t: &Matrix) -> Matrix;
}

/// A matrix of doubles, kept row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    rows: usize,
    cols: usize,
    data: Vec<f64>,
}

impl Matrix {
    /// A matrix of zeros.
    pub fn zeros(rows: usize, cols: usize) -> Self {
        Matrix { rows, cols, data: vec![0.0; rows * cols] }
    }

    /// A matrix from its entries, row by row.
    ///
    /// # Panics
    /// When there are not `rows * cols` of them.
    pub fn from_rows(rows: usize, cols: usize, data: Vec<f64>) -> Self {
        assert_eq!(data.len(), rows * cols, "a matrix of {rows}x{cols} has {} entries", rows * cols);
        Matrix { rows, cols, data }
    }

    /// A matrix whose entry (i, j) is `entry(i, j)`.
    pub fn from_fn(rows: usize, cols: usize, mut entry: impl FnMut(usize, usize) -> f64) -> Self {
        let mut data = Vec::with_capacity(rows * cols);
        for i in 0..rows {
            for j in 0..cols {
                data.push(entry(i, j));
            }
        }
        Matrix { rows, cols, data }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// The entries, row by row.
    pub fn data(&self) -> &[f64] {
        &self.data
    }

    /// The entries, row by row, to be changed.
    pub fn data_mut(&mut self) -> &mut [f64] {
        &mut self.data
    }

    /// The transposed matrix.
    pub fn transpose(&self) -> Self {
        Matrix::from_fn(self.cols, self.rows, |i, j| self[(j, i)])
    }

    /// The matrix product.
    ///
    /// # Panics
    /// When the sizes do not fit.
    pub fn product(&self, other: &Matrix) -> Self {
        assert_eq!(
            self.cols, other.rows,
            "the product of {}x{} and {}x{} does not exist",
            self.rows, self.cols, other.rows, other.cols
        );
        Matrix::from_fn(self.rows, other.cols, |i, j| {
            (0..self.cols).map(|k| self[(i, k)] * other[(k, j)]).sum()
        })
    }

    /// Each entry through `f`.
    pub fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        Matrix::from_fn(self.rows, self.cols, |i, j| f(self[(i, j)]))
    }

    /// Entry by entry with another matrix of the same size.
    ///
    /// # Panics
    /// When the sizes differ.
    pub fn zip(&self, other: &Matrix, f: impl Fn(f64, f64) -> f64) -> Self {
        assert_eq!(
            (self.rows, self.cols),
            (other.rows, other.cols),
            "entry by entry, the sizes must be equal"
        );
        Matrix::from_fn(self.rows, self.cols, |i, j| f(self[(i, j)], other[(i, j)]))
    }
}

impl Index<(usize, usize)> for Matrix {
    type Output = f64;

    fn index(&self, (i, j): (usize, usize)) -> &f64 {
        assert!(i < self.rows && j < self.cols, "entry ({i}, {j}) of {}x{}", self.rows, self.cols);
        &self.data[i * self.cols + j]
    }
}

impl IndexMut<(usize, usize)> for Matrix {
    fn index_mut(&mut self, (i, j): (usize, usize)) -> &mut f64 {
        assert!(i < self.rows && j < self.cols, "entry ({i}, {j}) of {}x{}", self.rows, self.cols);
        &mut self.data[i * self.cols + j]
    }
}
