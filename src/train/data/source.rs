//! Where data come from, and what is found there.

use std::path::{Path, PathBuf};

use super::npy::{self, Array, Elements};
use super::{
    Dataset, ImageShape, Values, cifar, digits, folder, idx, labels_from, npz,
    numbered_classes,
};
use crate::train::Error;

/// Where Debian's package `dataset-fashion-mnist` puts it.
const FASHION_MNIST: &str = "/usr/share/datasets/fashion-mnist";

const FASHION_CLASSES: [&str; 10] = [
    "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker",
    "bag", "boot",
];

/// Where data come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The digits that ship with the program.
    Digits,
    /// A folder with CIFAR-10: binary files, arrays, or images in folders.
    Cifar10(PathBuf),
    /// A folder with the four IDX files of MNIST.
    Mnist(PathBuf),
    /// A folder with the four IDX files of Fashion-MNIST.
    FashionMnist(PathBuf),
    /// An `.npz` file with `X` and `y`, or `X_train`, `y_train`, `X_test`, `y_test`.
    Npz(PathBuf),
    /// A folder of images, one folder a class; or `train` and `test` with such folders.
    Folder(PathBuf),
}

impl Source {
    /// Reads a name and a path as they are given on the command line.
    ///
    /// # Errors
    /// An unknown name, a missing or superfluous path.
    pub fn from_words(name: &str, path: Option<&Path>) -> Result<Self, Error> {
        let needed = || {
            path.map(Path::to_path_buf).ok_or_else(|| {
                Error::new("data", format!("{name} needs the path of its files"))
                    .help(format!("--data {name} PATH"))
            })
        };
        match name {
            "digits" if path.is_none() => Ok(Source::Digits),
            "digits" => Err(Error::new("data", "the digits are built in and take no path")),
            "cifar10" => needed().map(Source::Cifar10),
            "mnist" => needed().map(Source::Mnist),
            "fashion-mnist" => {
                Ok(Source::FashionMnist(path.unwrap_or(Path::new(FASHION_MNIST)).to_path_buf()))
            }
            "npz" => needed().map(Source::Npz),
            "folder" => needed().map(Source::Folder),
            _ if path.is_none() && name.ends_with(".npz") => Ok(Source::Npz(name.into())),
            _ if path.is_none() && Path::new(name).is_dir() => Ok(Source::Folder(name.into())),
            _ => Err(Error::new("data", format!("{name:?} is not a known source of data")).help(
                "digits, cifar10 PATH, mnist PATH, fashion-mnist [PATH], folder PATH, FILE.npz",
            )),
        }
    }

    /// The name and the path, as [`Source::from_words`] reads them.
    pub fn words(&self) -> (&'static str, Option<&Path>) {
        match self {
            Source::Digits => ("digits", None),
            Source::Cifar10(path) => ("cifar10", Some(path)),
            Source::Mnist(path) => ("mnist", Some(path)),
            Source::FashionMnist(path) => ("fashion-mnist", Some(path)),
            Source::Npz(path) => ("npz", Some(path)),
            Source::Folder(path) => ("folder", Some(path)),
        }
    }
}

/// What was found at a source.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// A name for reports.
    pub name: String,
    /// Whom to thank.
    pub attribution: Option<&'static str>,
    /// The examples to learn from.
    pub train: Dataset,
    /// The test set, where the source has one of its own.
    pub test: Option<Dataset>,
}

/// Reads a source whole.
///
/// # Errors
/// A file is missing, damaged or does not fit: named, with its offset, key or example.
pub fn open(source: &Source) -> Result<Corpus, Error> {
    let corpus = |name: &str, train, test: Option<Dataset>| Corpus {
        name: name.to_owned(),
        attribution: None,
        train,
        test,
    };
    let found = match source {
        Source::Digits => {
            let found = corpus("handwritten digits", digits::load()?, None);
            Corpus { attribution: Some(digits::ATTRIBUTION), ..found }
        }
        Source::Cifar10(path) => {
            let (train, test) = open_cifar(path)?;
            corpus("CIFAR-10", train, test)
        }
        Source::Mnist(path) => {
            let classes = numbered_classes(10);
            let (train, test) = open_mnist(path, &classes)?;
            corpus("MNIST", train, Some(test))
        }
        Source::FashionMnist(path) => {
            let classes: Vec<String> =
                FASHION_CLASSES.iter().map(ToString::to_string).collect();
            let (train, test) = open_mnist(path, &classes).map_err(|error| {
                if path.exists() {
                    error
                } else {
                    error.help(
                        "on Debian and Ubuntu: apt-get install dataset-fashion-mnist",
                    )
                }
            })?;
            corpus("Fashion-MNIST", train, Some(test))
        }
        Source::Npz(path) => {
            let arrays = npz::read(path)?;
            let (train, test) =
                from_arrays(arrays, None).map_err(|error| error.in_file(path))?;
            corpus(&name_of(path), train, test)
        }
        Source::Folder(path) => {
            let (train, test) = open_folder(path)?;
            corpus(&name_of(path), train, test)
        }
    };
    let features = found.train.features();
    if let Some(test) = found.test.as_ref().filter(|test| test.features() != features) {
        return Err(Error::new(
            &found.name,
            format!(
                "training examples have {features} features, test examples {}",
                test.features()
            ),
        ));
    }
    Ok(found)
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map_or_else(|| "data".into(), |name| name.to_string_lossy().into_owned())
}

fn open_folder(path: &Path) -> Result<(Dataset, Option<Dataset>), Error> {
    let (train, test) = (path.join("train"), path.join("test"));
    if train.is_dir() {
        let learn = folder::read(&train, None)?;
        let judge = if test.is_dir() {
            Some(folder::read(&test, Some(learn.classes()))?)
        } else {
            None
        };
        return Ok((learn, judge));
    }
    Ok((folder::read(path, None)?, None))
}

fn open_cifar(path: &Path) -> Result<(Dataset, Option<Dataset>), Error> {
    if path.extension().is_some_and(|extension| extension == "npz") {
        let arrays = npz::read(path)?;
        return from_arrays(arrays, Some(cifar::SHAPE))
            .map_err(|error| error.in_file(path));
    }
    // The official archives unpack into a folder of their own.
    let inner = path.join("cifar-10-batches-bin");
    let path = if inner.is_dir() { inner.as_path() } else { path };
    let (train, test) = cifar::binaries(path)?;
    if !train.is_empty() {
        let test = if test.is_empty() { None } else { Some(cifar::read(&test)?) };
        return Ok((cifar::read(&train)?, test));
    }
    let arrays = array_files(path)?;
    if !arrays.is_empty() {
        return from_arrays(arrays, Some(cifar::SHAPE))
            .map_err(|error| error.in_file(path));
    }
    if folder::subfolders(path)?.is_empty() {
        return Err(Error::file(path, "no CIFAR-10 here").help(
            "expected data_batch_1.bin … test_batch.bin, .npz or .npy arrays, or folders of images",
        ));
    }
    open_folder(path)
}

/// The arrays of all `.npz` and `.npy` files of a folder; those of a file whose name says "test"
/// get that word into their names.
fn array_files(path: &Path) -> Result<Vec<(String, Array)>, Error> {
    let mut arrays = Vec::new();
    for file in folder::entries(path)? {
        let stem = file
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        let found = match file.extension().and_then(|extension| extension.to_str()) {
            Some("npz") => npz::read(&file)?,
            Some("npy") => {
                let bytes = std::fs::read(&file)
                    .map_err(|source| Error::io(&file, "read", source))?;
                vec![(
                    stem.clone(),
                    npy::parse(&bytes).map_err(|error| error.in_file(&file))?,
                )]
            }
            _ => continue,
        };
        let test = stem.contains("test");
        arrays.extend(found.into_iter().map(|(name, array)| {
            if test && !name.contains("test") {
                (format!("{name}_test"), array)
            } else {
                (name, array)
            }
        }));
    }
    Ok(arrays)
}

/// Whether an array holds labels, examples or something else, by its name.
fn is_labels(name: &str) -> Option<bool> {
    let name = name.to_ascii_lowercase();
    if name.starts_with('y') || name.contains("label") || name.contains("target") {
        Some(true)
    } else if name.starts_with('x') || name.contains("data") || name.contains("image") {
        Some(false)
    } else {
        None
    }
}

type Pair = (Vec<Array>, Vec<Array>);

fn from_arrays(
    arrays: Vec<(String, Array)>,
    image: Option<ImageShape>,
) -> Result<(Dataset, Option<Dataset>), Error> {
    let (mut train, mut test): (Pair, Pair) = Default::default();
    let names: Vec<String> = arrays.iter().map(|(name, _)| name.clone()).collect();
    for (name, array) in arrays {
        let pair = if name.to_ascii_lowercase().contains("test") {
            &mut test
        } else {
            &mut train
        };
        match is_labels(&name) {
            Some(true) => pair.1.push(array),
            Some(false) => pair.0.push(array),
            None => {}
        }
    }
    let missing = |what: &str| {
        Error::new("", format!("no array with {what} among {}", names.join(", ")))
            .help("expected X and y, or X_train, y_train, X_test, y_test")
    };
    if train.0.is_empty() {
        return Err(missing("examples"));
    }
    if train.1.is_empty() {
        return Err(missing("labels"));
    }
    let (train_values, train_features, train_image) = examples(train.0, image)?;
    let train_labels = labels(&train.1)?;
    let has_test = !test.0.is_empty() && !test.1.is_empty();
    let test_labels = if has_test { labels(&test.1)? } else { Vec::new() };
    let most = train_labels.iter().chain(&test_labels).copied().max().unwrap_or(0);
    let classes = if image == Some(cifar::SHAPE) {
        cifar::classes()
    } else {
        numbered_classes(usize::from(most) + 1)
    };
    let learn = Dataset::new(
        train_values,
        train_features,
        train_labels,
        classes.clone(),
        train_image,
    )?;
    let judge = if has_test {
        let (values, features, shape) = examples(test.0, image)?;
        Some(Dataset::new(values, features, test_labels, classes, shape)?)
    } else {
        None
    };
    Ok((learn, judge))
}

fn labels(arrays: &[Array]) -> Result<Vec<u16>, Error> {
    for array in arrays {
        if !(array.shape.len() == 1 || (array.shape.len() == 2 && array.shape[1] == 1)) {
            return Err(Error::new(
                "",
                format!(
                    "the labels have shape {:?}; expected one integer an example",
                    array.shape
                ),
            ));
        }
    }
    labels_from(arrays.iter().flat_map(|array| array.elements.to_doubles()))
}

/// One array after the other: n×d, n×h×w, n×c×h×w or n×h×w×c.
fn examples(
    arrays: Vec<Array>,
    image: Option<ImageShape>,
) -> Result<(Values, usize, Option<ImageShape>), Error> {
    let mut joined: Option<(Values, usize, Option<ImageShape>)> = None;
    for array in arrays {
        let (n, shape) = match array.shape[..] {
            [n, ref sizes @ ..] if !sizes.is_empty() && sizes.len() <= 3 => {
                (n, sizes.to_vec())
            }
            _ => {
                return Err(Error::new(
                    "",
                    format!(
                        "the examples have shape {:?}; expected n×d, n×h×w or n×c×h×w",
                        array.shape
                    ),
                ));
            }
        };
        let features = shape.iter().product::<usize>();
        let (shape, interleaved) = match shape[..] {
            [height, width] => (Some(ImageShape { channels: 1, height, width }), false),
            [channels @ (1 | 3), height, width] => {
                (Some(ImageShape { channels, height, width }), false)
            }
            [height, width, channels @ (1 | 3)] => {
                (Some(ImageShape { channels, height, width }), true)
            }
            _ => (image.filter(|image| image.features() == features), false),
        };
        if let Some(expected) = image.filter(|_| shape != image) {
            return Err(Error::new(
                "",
                format!(
                    "the examples have shape {:?}; CIFAR-10's have {} features",
                    array.shape,
                    expected.features()
                ),
            ));
        }
        let planes = shape.filter(|shape| interleaved && shape.channels > 1);
        let values = match array.elements {
            Elements::Bytes(v) => Values::Bytes { pixels: v, white: 255 },
            Elements::Singles(v) => Values::Singles(v),
            Elements::Doubles(v) => Values::Doubles(v),
            Elements::Integers(v) => {
                Values::Singles(v.iter().map(|&x| x as f32).collect())
            }
        };
        let values = match (values, planes) {
            (values, None) => values,
            (Values::Bytes { pixels, white }, Some(shape)) => {
                Values::Bytes { pixels: split_channels(&pixels, n, shape), white }
            }
            (Values::Singles(v), Some(shape)) => {
                Values::Singles(split_channels(&v, n, shape))
            }
            (Values::Doubles(v), Some(shape)) => {
                Values::Doubles(split_channels(&v, n, shape))
            }
        };
        joined = Some(match joined {
            None => (values, features, shape),
            Some((before, d, image)) if d == features => {
                (append(before, values)?, d, image)
            }
            Some((_, d, _)) => {
                return Err(Error::new(
                    "",
                    format!("one array has {d} features an example, another {features}"),
                ));
            }
        });
    }
    joined.ok_or_else(|| Error::new("", "no examples"))
}

fn split_channels<T: Copy>(values: &[T], n: usize, shape: ImageShape) -> Vec<T> {
    values
        .chunks_exact(shape.features().max(1))
        .take(n)
        .flat_map(|image| folder::interleaved_to_planes(image, shape.channels))
        .collect()
}

fn append(before: Values, after: Values) -> Result<Values, Error> {
    match (before, after) {
        (Values::Bytes { mut pixels, white }, Values::Bytes { pixels: more, .. }) => {
            pixels.extend(more);
            Ok(Values::Bytes { pixels, white })
        }
        (Values::Singles(mut v), Values::Singles(more)) => {
            v.extend(more);
            Ok(Values::Singles(v))
        }
        (Values::Doubles(mut v), Values::Doubles(more)) => {
            v.extend(more);
            Ok(Values::Doubles(v))
        }
        _ => {
            Err(Error::new("", "the arrays of examples have different types of numbers"))
        }
    }
}

/// One of the four files, under any of the names in use.
fn mnist_file(folder: &Path, part: &str, kind: &str) -> Result<PathBuf, Error> {
    let mut names = Vec::new();
    for dot in ['-', '.'] {
        for ending in ["", ".gz"] {
            names.push(format!("{part}-{kind}{ending}").replacen(
                "-idx",
                &format!("{dot}idx"),
                1,
            ));
        }
    }
    names.iter().map(|name| folder.join(name)).find(|path| path.is_file()).ok_or_else(
        || Error::file(folder, format!("{part}-{kind} is not there, gzipped or not")),
    )
}

fn open_mnist(folder: &Path, classes: &[String]) -> Result<(Dataset, Dataset), Error> {
    let read = |part: &str| -> Result<Dataset, Error> {
        let images_path = mnist_file(folder, part, "images-idx3-ubyte")?;
        let labels_path = mnist_file(folder, part, "labels-idx1-ubyte")?;
        let (images, labels) = (idx::read(&images_path)?, idx::read(&labels_path)?);
        let [n, height, width] = images.sizes[..] else {
            return Err(Error::file(&images_path, "this file holds labels, not images")
                .at("offset 3"));
        };
        let [m] = labels.sizes[..] else {
            return Err(Error::file(&labels_path, "this file holds images, not labels")
                .at("offset 3"));
        };
        if n != m {
            return Err(Error::file(
                &labels_path,
                format!("{m} labels for the {n} images of {}", images_path.display()),
            ));
        }
        if let Some(i) =
            labels.bytes.iter().position(|&label| usize::from(label) >= classes.len())
        {
            return Err(Error::file(
                &labels_path,
                format!(
                    "label {} is out of range: there are {} classes",
                    labels.bytes[i],
                    classes.len()
                ),
            )
            .at(format!("offset {}", 8 + i)));
        }
        let shape = ImageShape { channels: 1, height, width };
        let labels = labels.bytes.into_iter().map(u16::from).collect();
        let values = Values::Bytes { pixels: images.bytes, white: 255 };
        Dataset::new(values, shape.features(), labels, classes.to_vec(), Some(shape))
            .map_err(|error| error.in_file(&images_path))
    };
    Ok((read("train")?, read("t10k")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npz_at(folder: &Path, arrays: &[(&str, Vec<usize>, Elements)]) -> PathBuf {
        let path = folder.join("set.npz");
        let arrays: Vec<_> = arrays
            .iter()
            .map(|(name, shape, elements)| {
                let array = Array { shape: shape.clone(), elements: elements.clone() };
                (name.to_string(), array)
            })
            .collect();
        npz::write(&path, &arrays).unwrap();
        path
    }

    #[test]
    fn interleaved_channels_become_planes() {
        let folder = tempfile::tempdir().unwrap();
        let x = Elements::Bytes((0..24).collect());
        let y = Elements::Integers(vec![0, 1]);
        let path =
            npz_at(folder.path(), &[("X", vec![2, 2, 2, 3], x), ("y", vec![2], y)]);
        let corpus = open(&Source::Npz(path)).unwrap();
        assert_eq!(
            corpus.train.image(),
            Some(ImageShape { channels: 3, height: 2, width: 2 })
        );
        let row: Vec<f64> =
            (0..12).map(|j| (corpus.train.at(1, j) * 255.0).round()).collect();
        assert_eq!(row, [12., 15., 18., 21., 13., 16., 19., 22., 14., 17., 20., 23.]);
    }

    #[test]
    fn faults_of_arrays_name_file_and_example() {
        let folder = tempfile::tempdir().unwrap();
        let message = |x: (Vec<usize>, Elements), y: (Vec<usize>, Elements)| {
            let path = npz_at(folder.path(), &[("X", x.0, x.1), ("y", y.0, y.1)]);
            open(&Source::Npz(path)).unwrap_err().to_string()
        };
        let x = || (vec![2, 2], Elements::Doubles(vec![1.0, 2.0, 3.0, 4.0]));
        let y = || (vec![2], Elements::Integers(vec![0, 1]));
        let nan = (vec![2, 2], Elements::Doubles(vec![1.0, 2.0, f64::NAN, 4.0]));
        assert!(
            message(nan, y()).contains("set.npz: example 1, feature 0: the value NaN")
        );
        let negative = (vec![2], Elements::Integers(vec![0, -1]));
        assert!(message(x(), negative).contains("example 1: -1 is not a label"));
        let three = (vec![3], Elements::Integers(vec![0, 1, 1]));
        assert!(message(x(), three).contains("set.npz: 3 labels of 2 features"));
        let empty = (vec![0, 2], Elements::Doubles(vec![]));
        let none = (vec![0], Elements::Integers(vec![]));
        assert!(message(empty, none).contains("the set is empty"));
        let path = npz_at(folder.path(), &[("y", y().0, y().1)]);
        let message = open(&Source::Npz(path)).unwrap_err().to_string();
        assert!(message.contains("no array with examples among y"), "{message}");
    }

    #[test]
    fn mnist_files_that_do_not_belong_together_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, magic: u32, sizes: &[u32], bytes: &[u8]| {
            let mut out = magic.to_be_bytes().to_vec();
            sizes.iter().for_each(|size| out.extend(size.to_be_bytes()));
            out.extend(bytes);
            std::fs::write(folder.path().join(name), out).unwrap();
        };
        let source = Source::Mnist(folder.path().into());
        let message = || open(&source).unwrap_err().to_string();
        assert!(message().contains("train-images-idx3-ubyte is not there"));
        for part in ["train", "t10k"] {
            put(&format!("{part}-images-idx3-ubyte"), 0x803, &[2, 1, 2], &[1, 2, 3, 4]);
            put(&format!("{part}-labels.idx1-ubyte"), 0x801, &[2], &[1, 9]);
        }
        assert_eq!(open(&source).unwrap().train.labels(), [1, 9]);
        put("train-labels.idx1-ubyte", 0x801, &[2], &[1, 10]);
        assert!(message().contains("train-labels.idx1-ubyte: offset 9: label 10"));
        put("train-labels.idx1-ubyte", 0x801, &[1], &[1]);
        assert!(message().contains("1 labels for the 2 images"));
    }

    #[test]
    fn unknown_sources_are_explained() {
        let message = Source::from_words("cifar", None).unwrap_err().to_string();
        assert!(message.contains("cifar10 PATH"), "{message}");
        assert!(Source::from_words("mnist", None).is_err());
        assert!(Source::from_words("digits", Some(Path::new("x"))).is_err());
    }
}
