//! Strided views of matrices: what every kernel reads and writes.
//!
//! A [`View`] is a slice, a shape and two strides. `&DMatrix`, `&DVector`, `&SMatrix` and every
//! other contiguous nalgebra matrix converts into one, so `linear::forward(&x, &w, &b)` needs no
//! ceremony; [`View::t`] transposes without a copy; [`View::new`] looks at any slice, for callers
//! that own their memory.

use std::ops::Range;

use nalgebra::{Dim, IsContiguous, Matrix, RawStorage, RawStorageMut};

use super::Error;

/// A matrix that is read: entry (i, j) is `data[i·row_stride + j·col_stride]`.
#[derive(Debug)]
pub struct View<'a, T> {
    data: &'a [T],
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
}

impl<T> Clone for View<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for View<'_, T> {}

/// A matrix that is written; see [`View`]. Its entries never share a place.
#[derive(Debug)]
pub struct ViewMut<'a, T> {
    data: &'a mut [T],
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
}

/// The number of elements from the first to the last entry, or `None` where that overflows.
fn span(rows: usize, cols: usize, row_stride: usize, col_stride: usize) -> Option<usize> {
    if rows == 0 || cols == 0 {
        return Some(0);
    }
    let down = (rows - 1).checked_mul(row_stride)?;
    let right = (cols - 1).checked_mul(col_stride)?;
    down.checked_add(right)?.checked_add(1)
}

/// Whether no two entries share a place: the longer stride steps over the whole shorter run.
fn distinct(rows: usize, cols: usize, row_stride: usize, col_stride: usize) -> bool {
    if rows == 0 || cols == 0 {
        return true;
    }
    let run = |count: usize, stride: usize| (count - 1).saturating_mul(stride);
    let steps = |count: usize, stride: usize| count == 1 || stride > 0;
    steps(rows, row_stride)
        && steps(cols, col_stride)
        && (cols == 1
            || rows == 1
            || col_stride > run(rows, row_stride)
            || row_stride > run(cols, col_stride))
}

impl<'a, T> View<'a, T> {
    /// Looks at `data` as a `rows`×`cols` matrix with the given strides (counted in elements).
    ///
    /// # Errors
    /// [`Error::View`] where the last entry would lie outside of the slice.
    pub fn new(
        data: &'a [T],
        rows: usize,
        cols: usize,
        row_stride: usize,
        col_stride: usize,
    ) -> Result<Self, Error> {
        match span(rows, cols, row_stride, col_stride) {
            Some(needed) if needed <= data.len() => {
                Ok(View { data: &data[..needed], rows, cols, row_stride, col_stride })
            }
            _ => Err(Error::View {
                shape: (rows, cols),
                strides: (row_stride, col_stride),
                len: data.len(),
                rule: "the last entry lies outside of the slice",
            }),
        }
    }

    /// Looks at `data` as a dense `rows`×`cols` matrix, column after column.
    ///
    /// # Errors
    /// [`Error::View`] where the slice is too short.
    pub fn column_major(data: &'a [T], rows: usize, cols: usize) -> Result<Self, Error> {
        Self::new(data, rows, cols, 1, rows)
    }

    /// A matrix without entries.
    pub(super) fn empty() -> Self {
        View { data: &[], rows: 0, cols: 0, row_stride: 1, col_stride: 1 }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Rows and columns.
    pub fn shape(&self) -> (usize, usize) {
        (self.rows, self.cols)
    }

    /// Row stride and column stride.
    pub fn strides(&self) -> (usize, usize) {
        (self.row_stride, self.col_stride)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.rows * self.cols
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.rows == 0 || self.cols == 0
    }

    /// Entry (i, j).
    ///
    /// # Panics
    /// Outside of the matrix. (Kernels check shapes first and then stay inside.)
    #[inline(always)]
    pub fn at(&self, i: usize, j: usize) -> &'a T {
        &self.data[i * self.row_stride + j * self.col_stride]
    }

    /// The transpose, without a copy.
    #[must_use]
    pub fn t(self) -> Self {
        View {
            data: self.data,
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
        }
    }

    /// The given rows (clipped to those there are).
    #[must_use]
    pub fn row_range(self, range: Range<usize>) -> Self {
        let start = range.start.min(self.rows);
        let rows = range.end.min(self.rows) - start.min(range.end.min(self.rows));
        let begin = (start * self.row_stride).min(self.data.len());
        let data = &self.data[begin..];
        let needed = span(rows, self.cols, self.row_stride, self.col_stride).unwrap_or(0);
        View { data: &data[..needed.min(data.len())], rows, ..self }
    }

    /// The given columns (clipped to those there are).
    #[must_use]
    pub fn column_range(self, range: Range<usize>) -> Self {
        self.t().row_range(range).t()
    }

    /// Whether the entries fill the memory from the first to the last, in rows or in columns.
    pub(super) fn is_dense(&self) -> bool {
        dense(self.shape(), self.strides(), self.data.len())
    }

    /// The memory from the first entry to the last.
    pub(crate) fn data(&self) -> &'a [T] {
        self.data
    }

    /// Column j as a slice, where columns are contiguous.
    #[inline(always)]
    pub(super) fn column(&self, j: usize) -> Option<&'a [T]> {
        if self.row_stride != 1 || self.is_empty() {
            return None;
        }
        let begin = j * self.col_stride;
        Some(&self.data[begin..begin + self.rows])
    }

    /// Row i as a slice, where rows are contiguous.
    #[inline(always)]
    pub(super) fn row(&self, i: usize) -> Option<&'a [T]> {
        self.t().column(i)
    }

    /// The entries of a vector as a slice, where they are contiguous.
    pub(super) fn vector(&self) -> Option<&'a [T]> {
        match (self.rows, self.cols) {
            (_, 1) => self.column(0),
            (1, _) => self.row(0),
            _ => None,
        }
    }

    /// Entry i of a vector, in whichever direction it lies.
    #[inline(always)]
    pub(super) fn entry(&self, i: usize) -> &'a T {
        if self.cols == 1 { self.at(i, 0) } else { self.at(0, i) }
    }

    /// Whether this is a row or a column (or a single entry).
    pub(super) fn is_vector(&self) -> bool {
        self.rows == 1 || self.cols == 1
    }
}

impl<'a, T> ViewMut<'a, T> {
    /// Looks at `data` as a `rows`×`cols` matrix with the given strides (counted in elements).
    ///
    /// # Errors
    /// [`Error::View`] where the last entry would lie outside of the slice, or where two entries
    /// would share a place.
    pub fn new(
        data: &'a mut [T],
        rows: usize,
        cols: usize,
        row_stride: usize,
        col_stride: usize,
    ) -> Result<Self, Error> {
        let len = data.len();
        let refuse = |rule| Error::View {
            shape: (rows, cols),
            strides: (row_stride, col_stride),
            len,
            rule,
        };
        if !distinct(rows, cols, row_stride, col_stride) {
            return Err(refuse(
                "two entries would share a place, so writing is ambiguous",
            ));
        }
        match span(rows, cols, row_stride, col_stride) {
            Some(needed) if needed <= len => Ok(ViewMut {
                data: &mut data[..needed],
                rows,
                cols,
                row_stride,
                col_stride,
            }),
            _ => Err(refuse("the last entry lies outside of the slice")),
        }
    }

    /// Looks at `data` as a dense `rows`×`cols` matrix, column after column.
    ///
    /// # Errors
    /// [`Error::View`] where the slice is too short.
    pub fn column_major(
        data: &'a mut [T],
        rows: usize,
        cols: usize,
    ) -> Result<Self, Error> {
        Self::new(data, rows, cols, 1, rows.max(1))
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Rows and columns.
    pub fn shape(&self) -> (usize, usize) {
        (self.rows, self.cols)
    }

    /// Row stride and column stride.
    pub fn strides(&self) -> (usize, usize) {
        (self.row_stride, self.col_stride)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.rows * self.cols
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.rows == 0 || self.cols == 0
    }

    /// The same matrix, to read.
    pub fn as_view(&self) -> View<'_, T> {
        View {
            data: self.data,
            rows: self.rows,
            cols: self.cols,
            row_stride: self.row_stride,
            col_stride: self.col_stride,
        }
    }

    /// The same matrix, borrowed for a shorter time.
    pub fn reborrow(&mut self) -> ViewMut<'_, T> {
        ViewMut {
            data: self.data,
            rows: self.rows,
            cols: self.cols,
            row_stride: self.row_stride,
            col_stride: self.col_stride,
        }
    }

    /// The transpose, without a copy.
    #[must_use]
    pub fn t(self) -> Self {
        ViewMut {
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
            data: self.data,
        }
    }

    /// Entry (i, j), to write.
    ///
    /// # Panics
    /// Outside of the matrix.
    #[inline(always)]
    pub fn at_mut(&mut self, i: usize, j: usize) -> &mut T {
        &mut self.data[i * self.row_stride + j * self.col_stride]
    }

    /// The given rows (clipped to those there are).
    #[must_use]
    pub(super) fn row_range(self, range: Range<usize>) -> Self {
        let end = range.end.min(self.rows);
        let start = range.start.min(end);
        let rows = end - start;
        let begin = (start * self.row_stride).min(self.data.len());
        let data = &mut self.data[begin..];
        let needed = span(rows, self.cols, self.row_stride, self.col_stride).unwrap_or(0);
        let needed = needed.min(data.len());
        ViewMut { data: &mut data[..needed], rows, ..self }
    }

    /// Writes the same value everywhere.
    pub fn fill(&mut self, value: T)
    where
        T: Clone,
    {
        for j in 0..self.cols {
            for i in 0..self.rows {
                *self.at_mut(i, j) = value.clone();
            }
        }
    }

    /// The memory from the first entry to the last.
    pub(crate) fn data_mut(&mut self) -> &mut [T] {
        self.data
    }

    /// Column j as a slice, where columns are contiguous.
    #[inline(always)]
    pub(super) fn column_mut(&mut self, j: usize) -> Option<&mut [T]> {
        if self.row_stride != 1 || self.is_empty() {
            return None;
        }
        let begin = j * self.col_stride;
        Some(&mut self.data[begin..begin + self.rows])
    }

    /// Columns j and j + 1 as slices, where columns are contiguous and there are two.
    #[inline(always)]
    pub(super) fn two_columns_mut(&mut self, j: usize) -> Option<(&mut [T], &mut [T])> {
        if self.row_stride != 1 || self.is_empty() || j + 2 > self.cols {
            return None;
        }
        let from = j * self.col_stride;
        let (left, right) = self.data[from..].split_at_mut(self.col_stride);
        Some((left.get_mut(..self.rows)?, right.get_mut(..self.rows)?))
    }

    /// Entry i of a vector, in whichever direction it lies.
    #[inline(always)]
    pub(super) fn entry_mut(&mut self, i: usize) -> &mut T {
        if self.cols == 1 { self.at_mut(i, 0) } else { self.at_mut(0, i) }
    }
}

impl<'a, T, R: Dim, C: Dim, S> From<&'a Matrix<T, R, C, S>> for View<'a, T>
where
    S: RawStorage<T, R, C> + IsContiguous,
{
    fn from(matrix: &'a Matrix<T, R, C, S>) -> Self {
        let (rows, cols) = matrix.shape();
        View { data: matrix.as_slice(), rows, cols, row_stride: 1, col_stride: rows }
    }
}

impl<'a, T, R: Dim, C: Dim, S> From<&'a mut Matrix<T, R, C, S>> for ViewMut<'a, T>
where
    S: RawStorageMut<T, R, C> + IsContiguous,
{
    fn from(matrix: &'a mut Matrix<T, R, C, S>) -> Self {
        let (rows, cols) = matrix.shape();
        ViewMut {
            data: matrix.as_mut_slice(),
            rows,
            cols,
            row_stride: 1,
            col_stride: rows,
        }
    }
}

/// Whether both matrices are dense and lie in memory in the same order.
fn dense(shape: (usize, usize), strides: (usize, usize), len: usize) -> bool {
    shape.0 * shape.1 == len && (strides.0 == 1 || strides.1 == 1)
}

/// `out[i,j] = f(x[i,j])`. The shapes are equal: the callers have checked.
#[inline(always)]
pub(super) fn map_into<T>(
    x: View<'_, T>,
    mut out: ViewMut<'_, T>,
    mut f: impl FnMut(&T) -> T,
) {
    if x.strides() == out.strides() && dense(x.shape(), x.strides(), x.data.len()) {
        for (out, x) in out.data.iter_mut().zip(x.data) {
            *out = f(x);
        }
        return;
    }
    for j in 0..x.cols {
        for i in 0..x.rows {
            *out.at_mut(i, j) = f(x.at(i, j));
        }
    }
}

/// `out[i,j] = f(x[i,j], y[i,j])`. The shapes are equal: the callers have checked.
#[inline(always)]
pub(super) fn zip_into<T>(
    x: View<'_, T>,
    y: View<'_, T>,
    mut out: ViewMut<'_, T>,
    mut f: impl FnMut(&T, &T) -> T,
) {
    if x.strides() == out.strides()
        && y.strides() == out.strides()
        && dense(x.shape(), x.strides(), x.data.len())
    {
        for ((out, x), y) in out.data.iter_mut().zip(x.data).zip(y.data) {
            *out = f(x, y);
        }
        return;
    }
    for j in 0..x.cols {
        for i in 0..x.rows {
            *out.at_mut(i, j) = f(x.at(i, j), y.at(i, j));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DMatrix;

    #[test]
    fn a_view_never_reaches_outside_its_slice() {
        let data = [0.0; 6];
        assert!(View::new(&data, 2, 3, 1, 2).is_ok());
        assert!(View::new(&data, 3, 3, 1, 2).is_err());
        assert!(View::new(&data, usize::MAX, 3, usize::MAX, 2).is_err());
    }

    #[test]
    fn a_written_view_never_shares_a_place() {
        let mut data = [0.0; 64];
        assert!(ViewMut::new(&mut data, 2, 3, 0, 1).is_err());
        assert!(ViewMut::new(&mut data, 4, 3, 1, 2).is_err());
        assert!(ViewMut::new(&mut data, 4, 3, 3, 1).is_ok());
        assert!(ViewMut::new(&mut data, 4, 3, 1, 7).is_ok());
    }

    #[test]
    fn ranges_and_transposes_see_the_same_entries() {
        let m = DMatrix::from_fn(5, 4, |i, j| (10 * i + j) as f64);
        let v = View::from(&m).row_range(1..4).column_range(2..9);
        assert_eq!(v.shape(), (3, 2));
        assert_eq!(*v.at(2, 1), 33.0);
        assert_eq!(*v.t().at(1, 2), 33.0);
        assert!(View::from(&m).row_range(7..9).is_empty());
        let (start, end) = (3, 1);
        assert!(View::from(&m).row_range(start..end).is_empty());
    }
}
