//! A trained model as a file: `.safetensors` to read back, `.npz` to look at in NumPy.
//!
//! The tensors are named as PyTorch names those of a list of `Linear` modules: `layers.0.weight`
//! (outputs × inputs, row by row), `layers.0.bias`, …; `input.factor` and `input.offset` hold the
//! normalisation; the metadata hold the configuration and the names of the classes.

use std::path::Path;

use nalgebra::{DMatrix, RowDVector};

use super::config::{Activation, Config};
use super::data::{Array, Elements, Normalisation, write_npz};
use super::mlp::{Layer, Mlp};
use super::safetensors::{Safetensors, Tensor};
use super::{Error, Number, files};

/// A model with all that is needed to use it.
#[derive(Clone, Debug)]
pub struct Trained<T: nalgebra::Scalar> {
    /// The model.
    pub model: Mlp<T>,
    /// The factor and the offset of each feature of its input.
    pub input: (Vec<f64>, Vec<f64>),
    /// The names of the classes.
    pub classes: Vec<String>,
    /// How it was trained.
    pub config: Config,
}

/// Puts layers into a file under `prefix.0.weight`, `prefix.0.bias`, ….
pub(super) fn put<T: Number>(file: &mut Safetensors, prefix: &str, layers: &[Layer<T>]) {
    for (number, layer) in layers.iter().enumerate() {
        let (rows, cols) = layer.weight.shape();
        let by_row = layer.weight.transpose();
        let weight = Tensor::new(&[rows, cols], by_row.iter().copied());
        let bias = Tensor::new(&[rows], layer.bias.iter().copied());
        file.tensors.insert(format!("{prefix}.{number}.weight"), weight);
        file.tensors.insert(format!("{prefix}.{number}.bias"), bias);
    }
}

/// Takes layers out of a file; none where there is no tensor of that prefix.
pub(super) fn take<T: Number>(
    file: &Safetensors,
    prefix: &str,
) -> Result<Vec<Layer<T>>, Error> {
    let mut layers = Vec::new();
    while let Some(weight) =
        file.tensors.get(&format!("{prefix}.{}.weight", layers.len()))
    {
        let name = format!("{prefix}.{}", layers.len());
        let &[rows, cols] = weight.shape.as_slice() else {
            return Err(Error::new("", "a weight must have two dimensions")
                .at(format!("tensor \"{name}.weight\"")));
        };
        let weight = file.values::<T>(&format!("{name}.weight"), &[rows, cols])?;
        let bias = file.values::<T>(&format!("{name}.bias"), &[rows])?;
        layers.push(Layer {
            weight: DMatrix::from_row_iterator(rows, cols, weight),
            bias: RowDVector::from_vec(bias),
        });
    }
    Ok(layers)
}

/// The type of the numbers in a file of weights, `f32` or `f64`.
///
/// # Errors
/// The file is not one of weights.
pub fn precision_of(file: &Safetensors) -> Result<&'static str, Error> {
    let first = file.tensor("layers.0.weight")?;
    Ok(if first.dtype == f64::SAFETENSORS { f64::NAME } else { f32::NAME })
}

impl<T: Number> Trained<T> {
    /// The file's contents.
    ///
    /// # Errors
    /// The configuration cannot be written as text.
    pub fn to_safetensors(&self) -> Result<Safetensors, Error> {
        let mut file = Safetensors::default();
        put(&mut file, "layers", self.model.layers());
        let (factor, offset) = &self.input;
        let vector =
            |values: &[f64]| Tensor::new(&[values.len()], values.iter().copied());
        file.tensors.insert("input.factor".into(), vector(factor));
        file.tensors.insert("input.offset".into(), vector(offset));
        let classes = serde_json::to_string(&self.classes).unwrap_or_default();
        file.metadata.insert("classes".into(), classes);
        file.metadata.insert("config".into(), self.config.to_toml()?);
        file.metadata.insert("format".into(), "pt".into());
        Ok(file)
    }

    /// Reads the contents of a file. A file without a normalisation or a configuration (weights
    /// from elsewhere) takes its input as it is and is of ReLU.
    ///
    /// # Errors
    /// Missing or ill-shaped tensors, damaged metadata.
    pub fn from_safetensors(file: &Safetensors) -> Result<Self, Error> {
        let layers = take::<T>(file, "layers")?;
        let config = match file.metadata.get("config") {
            Some(text) => {
                Config::parse(text).map_err(|error| error.at("metadata \"config\""))?
            }
            None => Config { activation: Activation::Relu, ..Config::default() },
        };
        if layers.is_empty() {
            return Err(Error::new("", "there is no tensor \"layers.0.weight\" in it"));
        }
        let model = Mlp::new(layers, config.activation)?;
        let (inputs, outputs) =
            (model.sizes()[0], model.sizes().last().copied().unwrap_or(0));
        let input = if file.tensors.contains_key("input.factor") {
            (
                file.values("input.factor", &[inputs])?,
                file.values("input.offset", &[inputs])?,
            )
        } else {
            (vec![1.0; inputs], vec![0.0; inputs])
        };
        let classes = match file.metadata.get("classes") {
            Some(text) => serde_json::from_str::<Vec<String>>(text).map_err(|error| {
                Error::new("", error.to_string()).at("metadata \"classes\"")
            })?,
            None => (0..outputs).map(|class| class.to_string()).collect(),
        };
        if classes.len() != outputs {
            return Err(Error::new(
                "",
                format!("{outputs} outputs, but {} names of classes", classes.len()),
            ));
        }
        Ok(Trained { model, input, classes, config })
    }

    /// Writes a `.safetensors` file, whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        files::write(path, &self.to_safetensors()?.to_bytes())
    }

    /// Reads a `.safetensors` file.
    ///
    /// # Errors
    /// The file cannot be read, or is not one of weights.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let file = read_safetensors(path)?;
        Self::from_safetensors(&file).map_err(|error| error.in_file(path))
    }

    /// Writes the weights as `.npz`, under the same names.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_npz(&self, path: &Path) -> Result<(), Error> {
        let file = self.to_safetensors()?;
        let arrays: Vec<(String, Array)> = file
            .tensors
            .iter()
            .map(|(name, tensor)| {
                let elements = match tensor.values::<f32>() {
                    Some(values) => Elements::Singles(values),
                    None => Elements::Doubles(tensor.to_doubles()),
                };
                (name.clone(), Array { shape: tensor.shape.clone(), elements })
            })
            .collect();
        write_npz(path, &arrays)
    }

    /// The normalisation for a set of data.
    ///
    /// # Errors
    /// The data have another number of features.
    pub fn normalisation(
        &self,
        data: &super::data::Dataset,
    ) -> Result<Normalisation<T>, Error> {
        Normalisation::new(data, self.input.0.clone(), self.input.1.clone())
    }
}

/// Reads a `.safetensors` file.
///
/// # Errors
/// The file cannot be read or is damaged.
pub fn read_safetensors(path: &Path) -> Result<Safetensors, Error> {
    let bytes = std::fs::read(path).map_err(|source| Error::io(path, "read", source))?;
    Safetensors::parse(&bytes).map_err(|error| error.in_file(path))
}

#[cfg(test)]
mod tests {
    use super::super::config::Init;
    use super::super::init::init;
    use super::*;

    #[test]
    fn what_is_saved_is_read_and_weights_lie_row_by_row() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.safetensors");
        let model = init::<f32>(&[3, 4, 2], Activation::Tanh, Init::He, 0.0, 1).unwrap();
        let trained = Trained {
            model,
            input: (vec![1.0, 2.0, 0.1], vec![0.0, 1e-9, 3.0]),
            classes: vec!["cat".into(), "dog \"x\"".into()],
            config: Config { activation: Activation::Tanh, ..Config::default() },
        };
        trained.write(&path).unwrap();
        let back = Trained::<f32>::read(&path).unwrap();
        assert_eq!(back.model, trained.model);
        assert_eq!(
            (back.input, back.classes),
            (trained.input.clone(), trained.classes.clone())
        );
        assert!(Trained::<f64>::read(&path).is_err());

        let npz = folder.path().join("w.npz");
        trained.write_npz(&npz).unwrap();
        let arrays = super::super::data::read_npz(&npz).unwrap();
        let (_, array) =
            arrays.iter().find(|(name, _)| name == "layers.0.weight").unwrap();
        assert_eq!(array.shape, [4, 3]);
        let Elements::Singles(values) = &array.elements else { panic!() };
        assert_eq!(values[1], trained.model.layers()[0].weight[(0, 1)]);
    }
}
