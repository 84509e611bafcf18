//! The safetensors format: a JSON header, then the numbers.
//!
//! Eight bytes with the header's length, the header, then the tensors, little-endian and row by
//! row. Only F32 and F64 are read. Reading goes to a tensor's place when it is asked for, so that a
//! large file is never in memory as a whole.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom, Write};

use nalgebra::DMatrix;
use serde_json::{Map, Value, json};

use super::outgoing::Tensors;
use super::{Error, Number};

/// Where numbers are read from.
pub(super) trait Source: Read + Seek {}

impl<R: Read + Seek> Source for R {}

/// A tensor's type, shape and place.
#[derive(Clone, Debug)]
struct Entry {
    shape: Vec<usize>,
    dtype: String,
    start: u64,
}

/// A file whose header has been read.
pub(super) struct Safetensors {
    from: Box<dyn Source>,
    tensors: BTreeMap<String, Entry>,
    metadata: BTreeMap<String, String>,
}

/// Headers beyond this are refused, as by the reference implementation.
const LONGEST_HEADER: u64 = 100_000_000;
/// Bytes that are read at a time; a multiple of every number's size.
const PIECE: usize = 1 << 14;

/// Writes a file.
///
/// # Errors
/// `out` fails.
pub(super) fn write(
    out: &mut dyn Write,
    tensors: &Tensors<'_>,
    metadata: &BTreeMap<String, String>,
) -> io::Result<()> {
    let text = header(tensors, metadata);
    out.write_all(&(text.len() as u64).to_le_bytes())?;
    out.write_all(&text)?;
    tensors.values().try_for_each(|tensor| tensor.write(out))
}

/// The bytes that [`write`] writes.
pub(super) fn length(
    tensors: &Tensors<'_>,
    metadata: &BTreeMap<String, String>,
) -> usize {
    let numbers: usize = tensors.values().map(|tensor| tensor.bytes()).sum();
    8 + header(tensors, metadata).len() + numbers
}

fn header(tensors: &Tensors<'_>, metadata: &BTreeMap<String, String>) -> Vec<u8> {
    let mut header = Map::new();
    if !metadata.is_empty() {
        header.insert("__metadata__".into(), json!(metadata));
    }
    let mut offset = 0;
    for (name, tensor) in tensors {
        let end = offset + tensor.bytes();
        let dtype = tensor.kind.in_safetensors();
        let entry =
            json!({"dtype": dtype, "shape": tensor.shape, "data_offsets": [offset, end]});
        header.insert(name.clone(), entry);
        offset = end;
    }
    let mut text = Value::Object(header).to_string().into_bytes();
    // The numbers begin at a multiple of 8.
    text.resize(text.len().next_multiple_of(8), b' ');
    text
}

fn fault(what: &str) -> Error {
    Error::new("", format!("not a safetensors file: {what}"))
}

fn unreadable(source: io::Error) -> Error {
    Error::new("", format!("cannot read: {source}"))
}

impl Safetensors {
    /// Reads the header of the `length` bytes that begin at the place where `from` stands.
    ///
    /// # Errors
    /// Not a safetensors file, a damaged header, a tensor whose bytes are not there or do not fit
    /// its shape, a type other than F32 and F64.
    pub(super) fn open(mut from: Box<dyn Source>, length: u64) -> Result<Self, Error> {
        let begin = from.stream_position().map_err(unreadable)?;
        let out_of_range =
            || fault("the length of its header is out of range").at("offset 0");
        let mut eight = [0; 8];
        if length < 8 {
            return Err(out_of_range());
        }
        from.read_exact(&mut eight).map_err(unreadable)?;
        let size = u64::from_le_bytes(eight);
        if size > LONGEST_HEADER || size > length - 8 {
            return Err(out_of_range());
        }
        let mut header = vec![0; usize::try_from(size).map_err(|_| out_of_range())?];
        from.read_exact(&mut header).map_err(unreadable)?;
        let header: Map<String, Value> =
            serde_json::from_slice(&header).map_err(|error| {
                fault(&format!("its header is not JSON: {error}")).at("offset 8")
            })?;
        let mut found =
            Safetensors { from, tensors: BTreeMap::new(), metadata: BTreeMap::new() };
        for (name, value) in header {
            if name == "__metadata__" {
                found.metadata = serde_json::from_value(value)
                    .map_err(|error| fault(&error.to_string()).at("__metadata__"))?;
                continue;
            }
            let entry =
                entry(&value, begin + 8 + size, length - 8 - size).ok_or_else(|| {
                    fault("its place or shape is damaged").at(format!("tensor {name:?}"))
                })?;
            found.tensors.insert(name, entry);
        }
        Ok(found)
    }

    /// The text of a key; empty where there is none.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }

    /// The shape of a tensor, where there is one of that name.
    pub(super) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|tensor| tensor.shape.as_slice())
    }

    /// The type of a tensor's numbers, as `F32`.
    ///
    /// # Errors
    /// There is no such tensor.
    pub(super) fn dtype(&self, name: &str) -> Result<&str, Error> {
        Ok(self.tensor(name)?.dtype.as_str())
    }

    fn tensor(&self, name: &str) -> Result<&Entry, Error> {
        self.tensors
            .get(name)
            .ok_or_else(|| Error::new("", format!("no tensor {name:?} in it")))
    }

    /// Goes to a tensor of a shape and type; how many numbers it has.
    fn find<T: Number>(&mut self, name: &str, shape: &[usize]) -> Result<usize, Error> {
        let tensor = self.tensor(name)?;
        if tensor.shape != shape || tensor.dtype != T::KIND.in_safetensors() {
            return Err(Error::new(
                "",
                format!(
                    "{:?} of {} where {shape:?} of {} is expected",
                    tensor.shape,
                    tensor.dtype,
                    T::KIND.in_safetensors()
                ),
            )
            .at(format!("tensor {name:?}")));
        }
        let start = tensor.start;
        self.from.seek(SeekFrom::Start(start)).map_err(unreadable)?;
        Ok(shape.iter().product())
    }

    fn read<T: Number>(
        &mut self,
        count: usize,
        mut each: impl FnMut(T),
    ) -> Result<(), Error> {
        let mut piece = [0; PIECE];
        let mut left = count * T::BYTES;
        while left > 0 {
            let piece = &mut piece[..left.min(PIECE)];
            self.from.read_exact(piece).map_err(unreadable)?;
            left -= piece.len();
            piece.chunks_exact(T::BYTES).filter_map(T::take).for_each(&mut each);
        }
        Ok(())
    }

    /// The numbers of a tensor, which must have the given shape and type `T`.
    ///
    /// # Errors
    /// It is missing, cannot be read, or has another shape or type.
    pub(super) fn values<T: Number>(
        &mut self,
        name: &str,
        shape: &[usize],
    ) -> Result<Vec<T>, Error> {
        let count = self.find::<T>(name, shape)?;
        let mut values = Vec::with_capacity(count);
        self.read(count, |value| values.push(value))?;
        Ok(values)
    }

    /// The numbers of a tensor of any shape as f64.
    ///
    /// # Errors
    /// It is missing or cannot be read.
    pub(super) fn doubles(&mut self, name: &str) -> Result<Vec<f64>, Error> {
        let Entry { shape, dtype, .. } = self.tensor(name)?.clone();
        if dtype == f64::KIND.in_safetensors() {
            return self.values(name, &shape);
        }
        let values = self.values::<f32>(name, &shape)?;
        Ok(values.into_iter().map(f64::from).collect())
    }

    /// A tensor of two dimensions.
    ///
    /// # Errors
    /// It is missing, cannot be read, or has another number of dimensions or type.
    pub(super) fn matrix<T: Number>(&mut self, name: &str) -> Result<DMatrix<T>, Error> {
        let &[rows, cols] = self.tensor(name)?.shape.as_slice() else {
            return Err(Error::new("", "a weight must have two dimensions")
                .at(format!("tensor {name:?}")));
        };
        let count = self.find::<T>(name, &[rows, cols])?;
        let mut matrix = DMatrix::from_element(rows, cols, T::from_f64(0.0));
        let places = matrix.as_mut_slice();
        let mut at = 0;
        self.read(count, |value| {
            places[at % cols * rows + at / cols] = value;
            at += 1;
        })?;
        Ok(matrix)
    }
}

fn entry(value: &Value, begin: u64, length: u64) -> Option<Entry> {
    let sizes = |key: &str| -> Option<Vec<u64>> {
        value.get(key)?.as_array()?.iter().map(Value::as_u64).collect()
    };
    let (shape, offsets) = (sizes("shape")?, sizes("data_offsets")?);
    let &[start, end] = offsets.as_slice() else { return None };
    let dtype = value.get("dtype")?.as_str()?;
    let width = match dtype {
        "F32" => 4,
        "F64" => 8,
        _ => return None,
    };
    let bytes =
        shape.iter().try_fold(width, |product: u64, &size| product.checked_mul(size))?;
    if end > length || start.checked_add(bytes) != Some(end) {
        return None;
    }
    let shape =
        shape.iter().map(|&size| usize::try_from(size).ok()).collect::<Option<_>>()?;
    Some(Entry { shape, dtype: dtype.to_owned(), start: begin + start })
}

#[cfg(test)]
mod tests {
    use super::super::outgoing::Outgoing;
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    fn sample(values: &[f32]) -> Vec<u8> {
        let mut tensors = Tensors::new();
        tensors.insert("a.weight".into(), Outgoing::numbers(&[1, values.len()], values));
        tensors.insert("b".into(), Outgoing::doubles(&[], vec![2.5]));
        let metadata = BTreeMap::from([("note".into(), "π \"quoted\"".into())]);
        let mut bytes = Vec::new();
        write(&mut bytes, &tensors, &metadata).unwrap();
        assert_eq!(bytes.len(), length(&tensors, &metadata));
        bytes
    }

    fn parse(bytes: &[u8]) -> Result<Safetensors, Error> {
        Safetensors::open(Box::new(Cursor::new(bytes.to_vec())), bytes.len() as u64)
    }

    #[test]
    fn the_bytes_are_those_of_the_format() {
        let bytes = sample(&[1.0, -2.0]);
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        assert_eq!(length % 8, 0);
        let header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
        assert_eq!(header["a.weight"]["data_offsets"], json!([0, 8]));
        assert_eq!(header["a.weight"]["shape"], json!([1, 2]));
        assert_eq!(&bytes[8 + length..8 + length + 4], &1.0f32.to_le_bytes());
        assert_eq!(bytes.len(), 8 + length + 16);
    }

    #[test]
    fn what_is_not_as_expected_is_named() {
        let mut file = parse(&sample(&[1.0, -2.0])).unwrap();
        let message = file.values::<f32>("a.weight", &[2]).unwrap_err().to_string();
        assert!(message.contains("\"a.weight\": [1, 2] of F32"), "{message}");
        let message = file.matrix::<f32>("b").unwrap_err().to_string();
        assert!(message.contains("two dimensions"), "{message}");
        let message = file.doubles("c").unwrap_err().to_string();
        assert!(message.contains("no tensor \"c\""), "{message}");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(values in proptest::collection::vec(any::<f32>(), 1..9)) {
            let mut file = parse(&sample(&values)).unwrap();
            let back = file.values::<f32>("a.weight", &[1, values.len()]).unwrap();
            let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&back), bits(&values));
            let matrix = file.matrix::<f32>("a.weight").unwrap();
            prop_assert_eq!(bits(matrix.as_slice()), bits(&values));
            prop_assert_eq!(file.doubles("b").unwrap(), [2.5]);
            prop_assert_eq!(file.text("note"), Some("π \"quoted\""));
        }

        #[test]
        fn no_damage_panics(at in 0usize..400, value: u8, cut in 0usize..400) {
            let mut bytes = sample(&[1.0, 2.0]);
            let length = bytes.len();
            bytes[at % length] = value;
            for bytes in [&bytes[..], &bytes[..cut % length]] {
                if let Ok(mut file) = parse(bytes) {
                    let _ = file.matrix::<f32>("a.weight");
                    let _ = file.doubles("b");
                }
            }
        }
    }
}
