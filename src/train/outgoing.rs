//! Tensors on their way into a file: borrowed where they lie, turned into bytes in small pieces.
//!
//! A checkpoint of a large model is written without a second copy of it in memory. Both formats,
//! safetensors and NumPy's, are written from this.

use std::collections::BTreeMap;
use std::io::{self, Write};

use nalgebra::DMatrix;

use super::Number;
use super::data::{Array, Elements};

/// Tensors by name, in the order in which they are written.
pub(super) type Tensors<'a> = BTreeMap<String, Outgoing<'a>>;

/// The type of the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Unsigned bytes.
    U8,
    /// Signed integers of 64 bits.
    I64,
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

impl Kind {
    /// Bytes a number takes.
    pub(super) fn bytes(self) -> usize {
        match self {
            Kind::U8 => 1,
            Kind::F32 => 4,
            Kind::I64 | Kind::F64 => 8,
        }
    }

    /// The name in safetensors files.
    pub(super) fn in_safetensors(self) -> &'static str {
        match self {
            Kind::U8 => "U8",
            Kind::I64 => "I64",
            Kind::F32 => "F32",
            Kind::F64 => "F64",
        }
    }

    /// The name in NumPy's files.
    pub(super) fn in_npy(self) -> &'static str {
        match self {
            Kind::U8 => "|u1",
            Kind::I64 => "<i8",
            Kind::F32 => "<f4",
            Kind::F64 => "<f8",
        }
    }
}

/// What writes the bytes; it may be called more than once.
type Pour<'a> = Box<dyn Fn(&mut dyn Write) -> io::Result<()> + 'a>;

/// A tensor that can be written.
pub(super) struct Outgoing<'a> {
    /// The sizes, outermost first; empty for a single number.
    pub(super) shape: Vec<usize>,
    /// The type of its numbers.
    pub(super) kind: Kind,
    pour: Pour<'a>,
}

/// Rows of a matrix that are gathered at a time: a cache line of f32 lies along a column.
const ROWS: usize = 16;
/// Bytes that are gathered before they are handed on.
const PIECE: usize = 1 << 14;

fn pour_numbers<T: Number>(values: &[T], out: &mut dyn Write) -> io::Result<()> {
    let mut piece = Vec::with_capacity(PIECE);
    for values in values.chunks(PIECE / T::BYTES) {
        piece.clear();
        values.iter().for_each(|value| value.put(&mut piece));
        out.write_all(&piece)?;
    }
    Ok(())
}

impl<'a> Outgoing<'a> {
    /// Numbers that lie together, of the given shape.
    pub(super) fn numbers<T: Number>(shape: &[usize], values: &'a [T]) -> Self {
        let pour: Pour<'a> = Box::new(move |out| pour_numbers(values, out));
        Outgoing { shape: shape.to_vec(), kind: T::KIND, pour }
    }

    /// A matrix, row by row.
    pub(super) fn matrix<T: Number>(matrix: &'a DMatrix<T>) -> Self {
        let (rows, cols) = matrix.shape();
        let pour: Pour<'a> = Box::new(move |out| {
            let mut block = Vec::new();
            for from in (0..rows).step_by(ROWS) {
                let here = ROWS.min(rows - from);
                block.clear();
                block.resize(here * cols, T::from_f64(0.0));
                for j in 0..cols {
                    let column = &matrix.as_slice()[j * rows + from..][..here];
                    for (i, &value) in column.iter().enumerate() {
                        block[i * cols + j] = value;
                    }
                }
                pour_numbers(&block, out)?;
            }
            Ok(())
        });
        Outgoing { shape: vec![rows, cols], kind: T::KIND, pour }
    }

    /// A few doubles that are not kept anywhere else.
    pub(super) fn doubles(shape: &[usize], values: Vec<f64>) -> Self {
        let pour: Pour<'a> = Box::new(move |out| pour_numbers(&values, out));
        Outgoing { shape: shape.to_vec(), kind: Kind::F64, pour }
    }

    /// A text's bytes.
    pub(super) fn text(text: String) -> Self {
        let shape = vec![text.len()];
        let pour: Pour<'a> = Box::new(move |out| out.write_all(text.as_bytes()));
        Outgoing { shape, kind: Kind::U8, pour }
    }

    /// An array of NumPy's.
    pub(super) fn array(array: &'a Array) -> Self {
        let shape = &array.shape;
        match &array.elements {
            Elements::Bytes(v) => Outgoing {
                shape: shape.clone(),
                kind: Kind::U8,
                pour: Box::new(move |out| out.write_all(v)),
            },
            Elements::Integers(v) => Outgoing {
                shape: shape.clone(),
                kind: Kind::I64,
                pour: Box::new(move |out| {
                    v.iter().try_for_each(|x| out.write_all(&x.to_le_bytes()))
                }),
            },
            Elements::Singles(v) => Self::numbers(shape, v),
            Elements::Doubles(v) => Self::numbers(shape, v),
        }
    }

    /// Bytes that [`Outgoing::write`] writes.
    pub(super) fn bytes(&self) -> usize {
        self.shape.iter().product::<usize>() * self.kind.bytes()
    }

    /// Writes the numbers, little-endian and row by row.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        (self.pour)(out)
    }
}

/// Takes the CRC-32 of what is written to it.
#[derive(Default)]
pub(super) struct Checksum(crc32fast::Hasher);

impl Checksum {
    /// The checksum of what `write` writes.
    pub(super) fn of(
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<u32> {
        let mut sum = Checksum::default();
        write(&mut sum)?;
        Ok(sum.0.finalize())
    }
}

impl Write for Checksum {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_are_poured_row_by_row() {
        // More rows than one block.
        let matrix = DMatrix::from_fn(37, 3, |i, j| (10 * i + j) as f32);
        let outgoing = Outgoing::matrix(&matrix);
        let mut bytes = Vec::new();
        outgoing.write(&mut bytes).unwrap();
        assert_eq!(bytes.len(), outgoing.bytes());
        let numbers: Vec<f32> = bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|four| f32::from_le_bytes(*four))
            .collect();
        let expected: Vec<f32> =
            (0..37).flat_map(|i| (0..3).map(move |j| (10 * i + j) as f32)).collect();
        assert_eq!(numbers, expected);
    }
}
