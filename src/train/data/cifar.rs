//! CIFAR-10's binary files: records of one label and 3,072 pixels, channel after channel.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Dataset, ImageShape, Values, folder, idx};
use crate::train::Error;

/// The classes in the order of the labels.
pub(super) const CLASSES: [&str; 10] = [
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
];

/// 3 channels of 32×32.
pub(super) const SHAPE: ImageShape = ImageShape { channels: 3, height: 32, width: 32 };

const RECORD: usize = 1 + 3072;

/// The class names.
pub(super) fn classes() -> Vec<String> {
    CLASSES.iter().map(|&name| name.to_owned()).collect()
}

/// The `.bin` files of a folder: those to learn from and those to test with.
pub(super) fn binaries(path: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Error> {
    let files = folder::entries(path)?.into_iter().filter(|file| {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
        name.is_some_and(|name| name.ends_with(".bin") || name.ends_with(".bin.gz"))
    });
    Ok(files.partition(|file| {
        !file.file_name().is_some_and(|name| name.to_string_lossy().contains("test"))
    }))
}

/// Reads binary files, one after the other.
pub(super) fn read(files: &[PathBuf]) -> Result<Dataset, Error> {
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for path in files {
        let mut from = idx::open_maybe_gzipped(path)?;
        let mut record = [0; RECORD];
        for offset in (0..).step_by(RECORD) {
            let got = fill(&mut *from, &mut record)
                .map_err(|source| idx::read_fault(source, offset).in_file(path))?;
            if got == 0 && offset > 0 {
                break;
            }
            if got < RECORD {
                return Err(Error::file(
                    path,
                    format!(
                        "{} bytes are not a whole number of records of {RECORD} bytes: cut off, or \
                         not CIFAR-10's binary version",
                        offset + got
                    ),
                )
                .at(format!("offset {offset}")));
            }
            if record[0] > 9 {
                return Err(Error::file(
                    path,
                    format!("label {} is out of range: CIFAR-10 has 0 to 9", record[0]),
                )
                .at(format!("offset {offset}")));
            }
            labels.push(u16::from(record[0]));
            pixels.extend(&record[1..]);
        }
    }
    Dataset::new(
        Values::Bytes { pixels, white: 255 },
        3072,
        labels,
        classes(),
        Some(SHAPE),
    )
    .map_err(|error| match files.first() {
        Some(file) => error.in_file(file),
        None => error,
    })
}

/// Fills the record; less only where the file ends. How many bytes came.
fn fill(from: &mut dyn Read, record: &mut [u8]) -> std::io::Result<usize> {
    let mut got = 0;
    while got < record.len() {
        match from.read(&mut record[got..]) {
            Ok(0) => break,
            Ok(more) => got += more,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_become_examples_and_faults_have_offsets() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("data_batch_1.bin");
        let mut bytes = vec![7u8; RECORD];
        bytes.extend([3u8].iter().chain(&[9; 3072]));
        std::fs::write(&path, &bytes).unwrap();
        let (train, test) = binaries(root.path()).unwrap();
        assert_eq!((train.len(), test.len()), (1, 0));
        let data = read(&train).unwrap();
        assert_eq!((data.len(), data.labels()), (2, &[7, 3][..]));

        bytes[RECORD] = 10;
        std::fs::write(&path, &bytes).unwrap();
        let message = read(&train).unwrap_err().to_string();
        assert!(message.contains("offset 3073: label 10 is out of range"), "{message}");
        std::fs::write(&path, &bytes[..RECORD + 5]).unwrap();
        let message = read(&train).unwrap_err().to_string();
        assert!(
            message.contains("data_batch_1.bin: offset 3073: 3078 bytes"),
            "{message}"
        );
    }
}
