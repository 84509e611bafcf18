//! The IDX format of the MNIST family: a magic number, the sizes, the bytes; gzipped or not.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use crate::train::Error;

/// An array of bytes from an IDX file.
#[derive(Debug, PartialEq)]
pub(super) struct Idx {
    /// The sizes, outermost first.
    pub(super) sizes: Vec<usize>,
    /// The entries, the last index running fastest.
    pub(super) bytes: Vec<u8>,
}

/// The most that is unpacked from one gzipped file.
const MOST_BYTES: u64 = 8 << 30;

/// A file to read from; what comes is unpacked where it begins with gzip's magic number.
pub(super) fn open_maybe_gzipped(path: &Path) -> Result<Box<dyn Read>, Error> {
    let fault = |source| Error::io(path, "read", source);
    let mut file = BufReader::with_capacity(1 << 16, File::open(path).map_err(fault)?);
    unpacked(file.fill_buf().map_err(fault)?.starts_with(GZIP), file)
}

const GZIP: &[u8] = &[0x1f, 0x8b];

fn unpacked<'a>(
    packed: bool,
    raw: impl BufRead + 'a,
) -> Result<Box<dyn Read + 'a>, Error> {
    Ok(if packed {
        Box::new(flate2::bufread::MultiGzDecoder::new(raw).take(MOST_BYTES))
    } else {
        Box::new(raw)
    })
}

/// What a failed read of a possibly gzipped file means, after `count` bytes came out of it.
pub(super) fn read_fault(source: std::io::Error, count: usize) -> Error {
    match source.kind() {
        std::io::ErrorKind::InvalidInput
        | std::io::ErrorKind::InvalidData
        | std::io::ErrorKind::UnexpectedEof => {
            Error::new("", format!("the gzip stream is damaged or cut off: {source}"))
                .at(format!("after {count} unpacked bytes"))
                .help("fetch the file again")
        }
        _ => Error::new("", format!("cannot read: {source}"))
            .at(format!("after {count} bytes")),
    }
}

/// Reads an IDX file.
pub(super) fn read(path: &Path) -> Result<Idx, Error> {
    whole(open_maybe_gzipped(path)?).map_err(|error| error.in_file(path))
}

/// Reads IDX from memory, gzipped or not.
pub(super) fn parse_maybe_gzipped(raw: &[u8]) -> Result<Idx, Error> {
    whole(unpacked(raw.starts_with(GZIP), raw)?)
}

fn whole(mut from: impl Read) -> Result<Idx, Error> {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).map_err(|source| read_fault(source, bytes.len()))?;
    parse(bytes)
}

/// Reads IDX from memory. The entries stay where they are.
fn parse(mut bytes: Vec<u8>) -> Result<Idx, Error> {
    let word = |offset: usize| -> Result<u32, Error> {
        match bytes.get(offset..offset + 4) {
            Some(&[a, b, c, d]) => Ok(u32::from_be_bytes([a, b, c, d])),
            _ => Err(Error::new("", "the file ends inside of its header")
                .at(format!("offset {}", bytes.len()))),
        }
    };
    let magic = word(0)?;
    let (kind, rank) = (magic >> 8, magic & 0xff);
    if kind != 0x08 || !(1..=4).contains(&rank) {
        return Err(Error::new(
            "",
            format!(
                "the magic number is 0x{magic:08x}; an IDX file of bytes begins with 0x00000801 \
                 (labels) or 0x00000803 (images)"
            ),
        )
        .at("offset 0"));
    }
    let sizes = (0..rank as usize)
        .map(|i| word(4 + 4 * i).map(|size| size as usize))
        .collect::<Result<Vec<_>, _>>()?;
    let header = 4 + 4 * sizes.len();
    let needed =
        sizes.iter().try_fold(1usize, |product, &size| product.checked_mul(size));
    let found = bytes.len() - header;
    if needed != Some(found) {
        let shape: Vec<String> = sizes.iter().map(ToString::to_string).collect();
        return Err(Error::new(
            "",
            format!(
                "the header announces {} entries, but {found} bytes follow it: the file is {}",
                shape.join("×"),
                if needed.is_some_and(|needed| needed < found) { "too long" } else { "cut off" }
            ),
        )
        .at(format!("offset {}", bytes.len())));
    }
    bytes.drain(..header);
    Ok(Idx { sizes, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    fn file(sizes: &[u32], bytes: &[u8]) -> Vec<u8> {
        let mut out = (0x800 | sizes.len() as u32).to_be_bytes().to_vec();
        sizes.iter().for_each(|size| out.extend(size.to_be_bytes()));
        out.extend(bytes);
        out
    }

    #[test]
    fn what_was_written_is_read_plain_and_gzipped() {
        let plain = file(&[2, 2, 3], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), Default::default());
        packer.write_all(&plain).unwrap();
        for bytes in [plain, packer.finish().unwrap()] {
            let idx = parse_maybe_gzipped(&bytes).unwrap();
            assert_eq!(idx.sizes, [2, 2, 3]);
            assert_eq!(idx.bytes.len(), 12);
        }
    }

    #[test]
    fn faults_name_the_offset() {
        let message = |bytes: &[u8]| parse_maybe_gzipped(bytes).unwrap_err().to_string();
        assert!(
            message(&file(&[3], &[1, 2])).contains("offset 10: the header announces 3")
        );
        assert!(message(&file(&[1], &[1, 2])).contains("too long"));
        assert!(
            message(&[0, 0, 9, 1, 0, 0, 0, 1, 5]).contains("magic number is 0x00000901")
        );
        assert!(message(&[0, 0, 8]).contains("ends inside of its header"));
        assert!(message(&[0x1f, 0x8b, 8, 0, 0]).contains("gzip"));
        assert!(message(&file(&[u32::MAX; 4], &[])).contains("cut off"));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = parse_maybe_gzipped(&bytes);
        }
    }
}
