//! An array as it travels between the grader and a student's program.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Numbers in row-major order, with their shape and the type that the student's program gave them.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// The sizes: `[]` for a scalar, `[3, 4]` for a matrix.
    pub shape: Vec<usize>,
    /// NumPy's name of the entries' type: `float64`.
    pub dtype: String,
    /// The entries, row by row; `shape`'s product of them.
    pub data: Vec<f64>,
}

impl Array {
    /// A `float64` array.
    ///
    /// # Panics
    /// When the shape does not fit the number of entries.
    pub fn new(shape: &[usize], data: Vec<f64>) -> Self {
        assert_eq!(
            shape.iter().product::<usize>(),
            data.len(),
            "the shape fits the entries"
        );
        Array { shape: shape.to_vec(), dtype: "float64".into(), data }
    }

    /// A `float64` matrix from its entries by row and column.
    pub fn matrix(rows: usize, cols: usize, entry: impl Fn(usize, usize) -> f64) -> Self {
        let data = (0..rows * cols).map(|k| entry(k / cols, k % cols)).collect();
        Array::new(&[rows, cols], data)
    }

    /// Entry (i, j) of a matrix.
    pub fn at(&self, i: usize, j: usize) -> f64 {
        self.data[i * self.shape[1] + j]
    }

    /// The number of rows of a matrix.
    pub fn rows(&self) -> usize {
        self.shape[0]
    }

    /// The number of columns of a matrix.
    pub fn cols(&self) -> usize {
        self.shape[1]
    }

    /// The transposed matrix.
    pub fn transposed(&self) -> Self {
        Array::matrix(self.cols(), self.rows(), |i, j| self.at(j, i))
    }

    /// The transposed matrix, of the same type of entries.
    pub(super) fn turned(&self) -> Self {
        Array { dtype: self.dtype.clone(), ..self.transposed() }
    }

    /// The same shape, each entry through `f`.
    pub fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        Array { data: self.data.iter().map(|&entry| f(entry)).collect(), ..self.clone() }
    }

    /// Entry by entry with another array of the same shape.
    pub fn zip(&self, other: &Array, f: impl Fn(f64, f64) -> f64) -> Self {
        let data = self.data.iter().zip(&other.data).map(|(&a, &b)| f(a, b)).collect();
        Array { data, ..self.clone() }
    }

    /// The same entries under another shape of the same size.
    pub fn reshaped(mut self, shape: &[usize]) -> Self {
        assert_eq!(
            shape.iter().product::<usize>(),
            self.data.len(),
            "the shape fits the entries"
        );
        self.shape = shape.to_vec();
        self
    }

    /// The shape without sizes of one: a row, a column and a plain vector all become `[n]`.
    pub fn squeezed_shape(&self) -> Vec<usize> {
        self.shape.iter().copied().filter(|&size| size != 1).collect()
    }

    /// Whether every entry is finite.
    pub fn is_finite(&self) -> bool {
        self.data.iter().all(|entry| entry.is_finite())
    }

    /// Whether the entries are floating-point numbers.
    pub fn is_float(&self) -> bool {
        self.dtype.starts_with("float")
    }

    /// The shape as NumPy prints it: `(3, 4)`.
    pub fn shape_text(&self) -> String {
        shape_text(&self.shape)
    }
}

/// A shape as NumPy prints it: `()`, `(3,)`, `(3, 4)`.
pub(super) fn shape_text(shape: &[usize]) -> String {
    match shape {
        [one] => format!("({one},)"),
        many => {
            let sizes: Vec<String> = many.iter().map(usize::to_string).collect();
            format!("({})", sizes.join(", "))
        }
    }
}

/// What a call gave back: an array, or something else, known by its type's name only.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(from = "Given")]
pub enum Value {
    /// An array of numbers (a plain number is an array of shape `[]`).
    Array(Array),
    /// Anything else, such as `NoneType`.
    Other(String),
}

impl Value {
    /// The array, if it is one.
    pub fn array(&self) -> Option<&Array> {
        match self {
            Value::Array(array) => Some(array),
            Value::Other(_) => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Given {
    Array {
        shape: Vec<usize>,
        #[serde(default = "double")]
        dtype: String,
        data: Vec<Entry>,
    },
    Other {
        #[serde(rename = "type")]
        kind: String,
    },
}

fn double() -> String {
    "float64".into()
}

/// A number; JSON has no word for those that are not finite, so these are strings.
struct Entry(f64);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Number(f64),
            Word(String),
        }
        match Form::deserialize(deserializer)? {
            Form::Number(number) => Ok(Entry(number)),
            Form::Word(word) => match word.as_str() {
                "nan" => Ok(Entry(f64::NAN)),
                "inf" => Ok(Entry(f64::INFINITY)),
                "-inf" => Ok(Entry(f64::NEG_INFINITY)),
                _ => Err(serde::de::Error::custom(
                    "an entry is neither a number nor inf nor nan",
                )),
            },
        }
    }
}

impl From<Given> for Value {
    fn from(given: Given) -> Self {
        match given {
            Given::Other { kind } => Value::Other(kind),
            Given::Array { shape, dtype, data } => {
                let size = shape.iter().try_fold(1_usize, |size, &n| size.checked_mul(n));
                if size == Some(data.len()) {
                    let data = data.into_iter().map(|entry| entry.0).collect();
                    Value::Array(Array { shape, dtype, data })
                } else {
                    Value::Other("an array whose shape does not fit its entries".into())
                }
            }
        }
    }
}

impl Serialize for Array {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut record = serializer.serialize_struct("Array", 3)?;
        record.serialize_field("shape", &self.shape)?;
        record.serialize_field("dtype", &self.dtype)?;
        if self.dtype.starts_with("int") {
            let whole: Vec<i64> = self.data.iter().map(|&entry| entry as i64).collect();
            record.serialize_field("data", &whole)?;
        } else {
            record.serialize_field("data", &self.data)?;
        }
        record.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_that_contradicts_itself_is_no_array() {
        let value: Value =
            serde_json::from_str(r#"{"shape":[2,3],"data":[1,2]}"#).unwrap();
        assert!(value.array().is_none());
        let huge = r#"{"shape":[4294967296,4294967296],"data":[]}"#;
        let value: Value = serde_json::from_str(huge).unwrap();
        assert!(value.array().is_none());
    }

    #[test]
    fn infinities_and_not_a_number_survive_the_journey() {
        let text = r#"{"shape":[3],"dtype":"float32","data":["inf","-inf","nan"]}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        let data = &value.array().unwrap().data;
        assert_eq!(data[0], f64::INFINITY);
        assert_eq!(data[1], f64::NEG_INFINITY);
        assert!(data[2].is_nan());
        assert!(
            serde_json::from_str::<Value>(r#"{"shape":[1],"data":["one"]}"#).is_err()
        );
    }
}
