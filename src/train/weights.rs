//! A trained model as a file: `.safetensors`, or `.npz` to look at in NumPy.
//!
//! The tensors are named as PyTorch names those of a list of `Linear` modules: `layers.0.weight`
//! (outputs × inputs, row by row), `layers.0.bias`, …; `input.factor` and `input.offset` hold the
//! normalisation; the metadata hold the configuration and the names of the classes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use nalgebra::RowDVector;

use super::config::{Activation, Config};
use super::data::{Array, Elements, Normalisation, read_npz, write_tensors};
use super::mlp::{Layer, Mlp};
use super::outgoing::{Outgoing, Tensors};
use super::safetensors::{self, Safetensors};
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

/// Puts layers among tensors under `prefix.0.weight`, `prefix.0.bias`, ….
pub(super) fn put<'a, T: Number>(
    tensors: &mut Tensors<'a>,
    prefix: &str,
    layers: &'a [Layer<T>],
) {
    for (number, layer) in layers.iter().enumerate() {
        let bias = Outgoing::numbers(&[layer.bias.len()], layer.bias.as_slice());
        tensors
            .insert(format!("{prefix}.{number}.weight"), Outgoing::matrix(&layer.weight));
        tensors.insert(format!("{prefix}.{number}.bias"), bias);
    }
}

/// Takes layers out of a file; none where there is no tensor of that prefix.
pub(super) fn take<T: Number>(
    file: &mut Safetensors,
    prefix: &str,
) -> Result<Vec<Layer<T>>, Error> {
    let mut layers = Vec::new();
    loop {
        let name = format!("{prefix}.{}", layers.len());
        let weight = format!("{name}.weight");
        if file.shape(&weight).is_none() {
            return Ok(layers);
        }
        let weight = file.matrix::<T>(&weight)?;
        let bias = file.values::<T>(&format!("{name}.bias"), &[weight.nrows()])?;
        layers.push(Layer { weight, bias: RowDVector::from_vec(bias) });
    }
}

/// The type of the numbers in a file of weights, `f32` or `f64`.
///
/// # Errors
/// The file is not one of weights.
pub fn precision_of(path: &Path) -> Result<&'static str, Error> {
    let file = open(path)?;
    let dtype = file.dtype("layers.0.weight").map_err(|error| error.in_file(path))?;
    let double = dtype == f64::KIND.in_safetensors();
    Ok(if double { f64::NAME } else { f32::NAME })
}

/// The arrays of an `.npz` file that are texts.
const TEXTS: [&str; 2] = ["config", "classes"];

/// Opens a file of weights, `.safetensors` or `.npz`.
fn open(path: &Path) -> Result<Safetensors, Error> {
    let here = |error: Error| error.in_file(path);
    let mut file = File::open(path).map_err(|source| Error::io(path, "read", source))?;
    let mut start = [0; 2];
    let zipped = file.read(&mut start).is_ok_and(|count| count == 2) && &start == b"PK";
    if zipped {
        return from_npz(&read_npz(path)?).map_err(here);
    }
    let length = file
        .seek(SeekFrom::End(0))
        .and_then(|length| file.rewind().map(|()| length))
        .map_err(|source| Error::io(path, "read", source))?;
    Safetensors::open(Box::new(BufReader::new(file)), length).map_err(here)
}

/// Arrays are read by way of the other format.
fn from_npz(arrays: &[(String, Array)]) -> Result<Safetensors, Error> {
    let (mut tensors, mut metadata) = (Tensors::new(), BTreeMap::new());
    for (name, array) in arrays {
        match &array.elements {
            Elements::Bytes(text) if TEXTS.contains(&name.as_str()) => {
                let text = String::from_utf8_lossy(text).into_owned();
                metadata.insert(name.clone(), text);
            }
            Elements::Singles(_) | Elements::Doubles(_) => {
                tensors.insert(name.clone(), Outgoing::array(array));
            }
            _ => {}
        }
    }
    let mut bytes = Vec::with_capacity(safetensors::length(&tensors, &metadata));
    safetensors::write(&mut bytes, &tensors, &metadata)
        .map_err(|error| Error::new("", error.to_string()))?;
    let length = bytes.len() as u64;
    Safetensors::open(Box::new(Cursor::new(bytes)), length)
}

/// Weights and normalisation of a model, ready to be written.
fn tensors<'a, T: Number>(
    model: &'a Mlp<T>,
    (factor, offset): (&'a [f64], &'a [f64]),
) -> Tensors<'a> {
    let mut tensors = Tensors::new();
    put(&mut tensors, "layers", model.layers());
    tensors.insert("input.factor".into(), Outgoing::numbers(&[factor.len()], factor));
    tensors.insert("input.offset".into(), Outgoing::numbers(&[offset.len()], offset));
    tensors
}

fn texts(classes: &[String], config: &Config) -> Result<BTreeMap<String, String>, Error> {
    let classes = serde_json::to_string(classes).unwrap_or_default();
    Ok(BTreeMap::from([
        ("classes".into(), classes),
        ("config".into(), config.to_toml()?),
        ("format".into(), "pt".into()),
    ]))
}

/// Writes a model with all that is needed to use it as a `.safetensors` file, whole or not at all.
///
/// # Errors
/// The file cannot be written.
pub(super) fn write<T: Number>(
    path: &Path,
    model: &Mlp<T>,
    input: (&[f64], &[f64]),
    classes: &[String],
    config: &Config,
) -> Result<(), Error> {
    let (tensors, texts) = (tensors(model, input), texts(classes, config)?);
    files::write_with(path, |out| safetensors::write(out, &tensors, &texts))
}

impl<T: Number> Trained<T> {
    /// Reads the contents of a file. A file without a normalisation or a configuration (weights
    /// from elsewhere) takes its input as it is and is of ReLU.
    fn from_file(file: &mut Safetensors) -> Result<Self, Error> {
        let layers = take::<T>(file, "layers")?;
        let config = match file.text("config") {
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
        let input = if file.shape("input.factor").is_some() {
            (
                file.values("input.factor", &[inputs])?,
                file.values("input.offset", &[inputs])?,
            )
        } else {
            (vec![1.0; inputs], vec![0.0; inputs])
        };
        let classes = match file.text("classes") {
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

    fn input(&self) -> (&[f64], &[f64]) {
        (&self.input.0, &self.input.1)
    }

    /// Writes a `.safetensors` file, whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        write(path, &self.model, self.input(), &self.classes, &self.config)
    }

    /// Reads a `.safetensors` file, or an `.npz` file as [`Trained::write_npz`] writes it.
    ///
    /// # Errors
    /// The file cannot be read, or is not one of weights.
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::from_file(&mut open(path)?).map_err(|error| error.in_file(path))
    }

    /// Writes the weights as `.npz`, under the same names; `config` and `classes` are texts, as
    /// bytes.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_npz(&self, path: &Path) -> Result<(), Error> {
        let mut tensors = tensors(&self.model, self.input());
        for (key, text) in texts(&self.classes, &self.config)? {
            if TEXTS.contains(&key.as_str()) {
                tensors.insert(key, Outgoing::text(text));
            }
        }
        write_tensors(path, &tensors)
    }

    /// The normalisation for a set of data.
    ///
    /// # Errors
    /// The data have another number of features, or a number beyond the range of `T`.
    pub fn normalisation(
        &self,
        data: &super::data::Dataset,
    ) -> Result<Normalisation<T>, Error> {
        data.check_range::<T>()?;
        Normalisation::new(data, self.input.0.clone(), self.input.1.clone())
    }
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
        let npz = folder.path().join("w.npz");
        trained.write_npz(&npz).unwrap();
        for path in [&path, &npz] {
            let back = Trained::<f32>::read(path).unwrap();
            assert_eq!((&back.model, &back.config), (&trained.model, &trained.config));
            assert_eq!((&back.input, &back.classes), (&trained.input, &trained.classes));
            assert_eq!(precision_of(path).unwrap(), "f32");
            assert!(Trained::<f64>::read(path).is_err());
        }
        let arrays = super::super::data::read_npz(&npz).unwrap();
        let (_, array) =
            arrays.iter().find(|(name, _)| name == "layers.0.weight").unwrap();
        assert_eq!(array.shape, [4, 3]);
        let Elements::Singles(values) = &array.elements else { panic!() };
        assert_eq!(values[1], trained.model.layers()[0].weight[(0, 1)]);
    }
}
