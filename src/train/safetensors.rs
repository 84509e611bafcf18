//! The safetensors format: a JSON header, then the numbers.
//!
//! Eight bytes with the header's length, the header, then the tensors, little-endian and row by
//! row. Only F32 and F64 are written and read.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Error, Number};

/// A named tensor of one type of number, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// The sizes, outermost first; empty for a single number.
    pub shape: Vec<usize>,
    /// `F32` or `F64`.
    pub dtype: String,
    /// The numbers' bytes, little-endian.
    pub bytes: Vec<u8>,
}

impl Tensor {
    /// A tensor of numbers, row by row.
    pub fn new<T: Number>(shape: &[usize], values: impl IntoIterator<Item = T>) -> Self {
        let mut bytes = Vec::with_capacity(shape.iter().product::<usize>() * T::BYTES);
        values.into_iter().for_each(|value| value.put(&mut bytes));
        Tensor { shape: shape.to_vec(), dtype: T::SAFETENSORS.to_owned(), bytes }
    }

    /// The numbers, where they are of type `T`.
    pub fn values<T: Number>(&self) -> Option<Vec<T>> {
        if self.dtype != T::SAFETENSORS {
            return None;
        }
        self.bytes.chunks_exact(T::BYTES).map(T::take).collect()
    }

    /// The numbers as f64, of whichever type they are.
    pub fn to_doubles(&self) -> Vec<f64> {
        match self.values::<f32>() {
            Some(values) => values.into_iter().map(f64::from).collect(),
            None => self.values::<f64>().unwrap_or_default(),
        }
    }
}

/// Tensors by name, and what else is to be known about them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Safetensors {
    /// The tensors.
    pub tensors: BTreeMap<String, Tensor>,
    /// Free text by key.
    pub metadata: BTreeMap<String, String>,
}

/// Headers beyond this are refused, as by the reference implementation.
const LONGEST_HEADER: usize = 100_000_000;

impl Safetensors {
    /// The tensor of a name.
    ///
    /// # Errors
    /// There is none.
    pub fn tensor(&self, name: &str) -> Result<&Tensor, Error> {
        self.tensors
            .get(name)
            .ok_or_else(|| Error::new("", format!("no tensor {name:?} in it")))
    }

    /// The numbers of a tensor, which must have the given shape and type `T`.
    ///
    /// # Errors
    /// It is missing, or has another shape or type.
    pub fn values<T: Number>(
        &self,
        name: &str,
        shape: &[usize],
    ) -> Result<Vec<T>, Error> {
        let tensor = self.tensor(name)?;
        match tensor.values() {
            Some(values) if tensor.shape == shape => Ok(values),
            _ => Err(Error::new(
                "",
                format!(
                    "{:?} of {} where {shape:?} of {} is expected",
                    tensor.shape,
                    tensor.dtype,
                    T::SAFETENSORS
                ),
            )
            .at(format!("tensor {name:?}"))),
        }
    }

    /// The bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut header = Map::new();
        if !self.metadata.is_empty() {
            header.insert("__metadata__".into(), json!(self.metadata));
        }
        let mut offset = 0;
        for (name, tensor) in &self.tensors {
            let end = offset + tensor.bytes.len();
            let entry = json!({"dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": [offset, end]});
            header.insert(name.clone(), entry);
            offset = end;
        }
        let mut text = Value::Object(header).to_string().into_bytes();
        // The numbers begin at a multiple of 8.
        text.resize(text.len().next_multiple_of(8), b' ');
        let mut out = (text.len() as u64).to_le_bytes().to_vec();
        out.reserve(text.len() + offset);
        out.extend(text);
        self.tensors.values().for_each(|tensor| out.extend(&tensor.bytes));
        out
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// Not a safetensors file, a damaged header, a tensor whose bytes are not there or do not fit
    /// its shape, a type other than F32 and F64.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let fault =
            |what: &str| Error::new("", format!("not a safetensors file: {what}"));
        let length = bytes
            .first_chunk::<8>()
            .map(|length| u64::from_le_bytes(*length))
            .and_then(|length| usize::try_from(length).ok())
            .filter(|&length| length <= LONGEST_HEADER && length <= bytes.len() - 8)
            .ok_or_else(|| {
                fault("the length of its header is out of range").at("offset 0")
            })?;
        let (header, data) = bytes[8..].split_at(length);
        let header: Map<String, Value> =
            serde_json::from_slice(header).map_err(|error| {
                fault(&format!("its header is not JSON: {error}")).at("offset 8")
            })?;
        let mut found = Safetensors::default();
        for (name, value) in header {
            if name == "__metadata__" {
                found.metadata = serde_json::from_value(value)
                    .map_err(|error| fault(&error.to_string()).at("__metadata__"))?;
                continue;
            }
            let tensor = tensor(&value, data).ok_or_else(|| {
                fault("its place or shape is damaged").at(format!("tensor {name:?}"))
            })?;
            found.tensors.insert(name, tensor);
        }
        Ok(found)
    }
}

fn tensor(value: &Value, data: &[u8]) -> Option<Tensor> {
    let sizes = |key: &str| -> Option<Vec<usize>> {
        let list = value.get(key)?.as_array()?;
        list.iter()
            .map(|size| size.as_u64().and_then(|size| usize::try_from(size).ok()))
            .collect()
    };
    let (shape, offsets) = (sizes("shape")?, sizes("data_offsets")?);
    let &[start, end] = offsets.as_slice() else { return None };
    let dtype = value.get("dtype")?.as_str()?;
    let width = match dtype {
        "F32" => 4,
        "F64" => 8,
        _ => return None,
    };
    let count = shape
        .iter()
        .try_fold(width, |product: usize, &size| product.checked_mul(size))?;
    let bytes = data.get(start..end)?;
    (bytes.len() == count).then(|| Tensor {
        shape,
        dtype: dtype.to_owned(),
        bytes: bytes.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample(values: &[f32]) -> Safetensors {
        let mut file = Safetensors::default();
        file.tensors.insert(
            "a.weight".into(),
            Tensor::new(&[1, values.len()], values.iter().copied()),
        );
        file.tensors.insert("b".into(), Tensor::new(&[], [2.5f64]));
        file.metadata.insert("note".into(), "π \"quoted\"".into());
        file
    }

    #[test]
    fn the_bytes_are_those_of_the_format() {
        let bytes = sample(&[1.0, -2.0]).to_bytes();
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        assert_eq!(length % 8, 0);
        let header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
        assert_eq!(header["a.weight"]["data_offsets"], json!([0, 8]));
        assert_eq!(header["a.weight"]["shape"], json!([1, 2]));
        assert_eq!(&bytes[8 + length..8 + length + 4], &1.0f32.to_le_bytes());
        assert_eq!(bytes.len(), 8 + length + 16);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(values in proptest::collection::vec(any::<f32>(), 0..9)) {
            let file = sample(&values);
            prop_assert_eq!(Safetensors::parse(&file.to_bytes()).unwrap(), file);
        }

        #[test]
        fn no_damage_panics(at in 0usize..400, value: u8, cut in 0usize..400) {
            let mut bytes = sample(&[1.0, 2.0]).to_bytes();
            let length = bytes.len();
            bytes[at % length] = value;
            let _ = Safetensors::parse(&bytes);
            let _ = Safetensors::parse(&bytes[..cut % length]);
        }
    }
}
