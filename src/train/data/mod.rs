//! Labelled vectors in memory, and the files they come from.
//!
//! A [`Dataset`] has been checked when it exists: at least one example, a label in range for each,
//! no NaN. Pixels stay bytes in memory (a quarter of f32) and become numbers when a batch is made.

mod cifar;
mod digits;
mod folder;
mod gather;
mod idx;
mod npy;
mod npz;
mod source;
mod split;

pub use gather::{Normalisation, Normalise};
pub use npy::{Array, Elements};
pub(super) use npz::write_tensors;
pub use npz::{read as read_npz, write as write_npz};
pub use source::{Corpus, Source, open};
pub use split::{Part, Parts, split};

use super::{Error, Number};

/// The entries of a dataset, example after example.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Pixels from 0 to `white`.
    Bytes {
        /// The pixels.
        pixels: Vec<u8>,
        /// The largest value a pixel can have; it becomes 1.
        white: u8,
    },
    /// Single-precision numbers, taken as they are.
    Singles(Vec<f32>),
    /// Double-precision numbers, taken as they are.
    Doubles(Vec<f64>),
}

impl Values {
    /// How many numbers there are.
    pub fn len(&self) -> usize {
        match self {
            Values::Bytes { pixels, .. } => pixels.len(),
            Values::Singles(values) => values.len(),
            Values::Doubles(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number `i`; a pixel between 0 and 1.
    pub fn at(&self, i: usize) -> f64 {
        match self {
            Values::Bytes { pixels, white } => f64::from(pixels[i]) / f64::from(*white),
            Values::Singles(values) => f64::from(values[i]),
            Values::Doubles(values) => values[i],
        }
    }
}

/// How the features of an example form an image: channel after channel, row after row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageShape {
    /// 1 (grey) or 3 (red, green, blue).
    pub channels: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Columns of pixels.
    pub width: usize,
}

impl ImageShape {
    /// channels · height · width.
    pub fn features(&self) -> usize {
        self.channels * self.height * self.width
    }
}

/// Labelled examples.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    values: Values,
    features: usize,
    labels: Vec<u16>,
    classes: Vec<String>,
    image: Option<ImageShape>,
}

/// The largest number of classes.
pub const MOST_CLASSES: usize = 10_000;

impl Dataset {
    /// Examples of `features` numbers each, with a label each.
    ///
    /// # Errors
    /// An empty set, sizes that do not fit, a label outside of the classes, NaN or infinity among
    /// the values. The subject of the error is left open: see [`Error::in_file`].
    pub fn new(
        values: Values,
        features: usize,
        labels: Vec<u16>,
        classes: Vec<String>,
        image: Option<ImageShape>,
    ) -> Result<Self, Error> {
        if labels.is_empty() || features == 0 {
            return Err(Error::new("", "the set is empty: no example to learn from"));
        }
        if values.len() != features * labels.len() {
            return Err(Error::new(
                "",
                format!(
                    "{} labels of {features} features each need {} values, but there are {}",
                    labels.len(),
                    features * labels.len(),
                    values.len()
                ),
            ));
        }
        if image.is_some_and(|image| image.features() != features) {
            return Err(Error::new(
                "",
                "the shape of the images does not fit their features",
            ));
        }
        if classes.len() < 2 || classes.len() > MOST_CLASSES {
            return Err(Error::new(
                "",
                format!("{} classes: there must be 2 to {MOST_CLASSES}", classes.len()),
            ));
        }
        if let Some(i) =
            labels.iter().position(|&label| usize::from(label) >= classes.len())
        {
            return Err(Error::new(
                "",
                format!(
                    "label {} is out of range: there are {} classes, 0 to {}",
                    labels[i],
                    classes.len(),
                    classes.len() - 1
                ),
            )
            .at(format!("example {i}")));
        }
        let bad = match &values {
            Values::Bytes { pixels, white } => pixels.iter().position(|p| p > white),
            Values::Singles(values) => values.iter().position(|v| !v.is_finite()),
            Values::Doubles(values) => values.iter().position(|v| !v.is_finite()),
        };
        if let Some(i) = bad {
            return Err(Error::new(
                "",
                format!(
                    "the value {} is not usable: numbers must be finite",
                    values.at(i)
                ),
            )
            .at(format!("example {}, feature {}", i / features, i % features))
            .help("remove the example or fill in the value"));
        }
        Ok(Dataset { values, features, labels, classes, image })
    }

    /// How many examples there are; at least one.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Never: an empty set is refused.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Numbers in an example.
    pub fn features(&self) -> usize {
        self.features
    }

    /// The names of the classes, in the order of the labels.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The labels.
    pub fn labels(&self) -> &[u16] {
        &self.labels
    }

    /// The numbers.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// The shape of the images, where the examples are images.
    pub fn image(&self) -> Option<ImageShape> {
        self.image
    }

    /// Shows that every number has a value in the precision `T`.
    ///
    /// # Errors
    /// The first number that is beyond the range of `T`.
    pub fn check_range<T: Number>(&self) -> Result<(), Error> {
        // Bytes and single precision fit into both.
        let Values::Doubles(values) = &self.values else { return Ok(()) };
        let beyond = values.iter().position(|&v| !T::from_f64(v).to_f64().is_finite());
        beyond.map_or(Ok(()), |i| {
            let what =
                format!("the value {:e} is beyond the range of {}", values[i], T::NAME);
            Err(Error::new("data", what)
                .at(format!(
                    "example {}, feature {}",
                    i / self.features,
                    i % self.features
                ))
                .help("train with --precision f64, or scale the data"))
        })
    }

    /// Feature `j` of example `i`; a pixel between 0 and 1.
    pub fn at(&self, i: usize, j: usize) -> f64 {
        self.values.at(i * self.features + j)
    }
}

/// The names `0`, `1`, … for classes that have no others.
fn numbered_classes(count: usize) -> Vec<String> {
    (0..count).map(|class| class.to_string()).collect()
}

/// Labels as integers, or the first that is none.
fn labels_from(values: impl Iterator<Item = f64>) -> Result<Vec<u16>, Error> {
    values
        .enumerate()
        .map(|(i, value)| {
            if value.fract() == 0.0 && (0.0..MOST_CLASSES as f64).contains(&value) {
                Ok(value as u16)
            } else {
                Err(Error::new(
                    "",
                    format!("{value} is not a label: labels are 0, 1, 2, …"),
                )
                .at(format!("example {i}")))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_beyond_single_precision_are_named_with_their_place() {
        let values = Values::Doubles(vec![0.0, 1.0, 2.0, -1e300]);
        let classes = vec!["a".into(), "b".into()];
        let data = Dataset::new(values, 2, vec![0, 1], classes, None).unwrap();
        let message = data.check_range::<f32>().unwrap_err().to_string();
        assert!(
            message.contains(
                "example 1, feature 1: the value -1e300 is beyond the range of f32"
            ),
            "{message}"
        );
        data.check_range::<f64>().unwrap();
    }
}
