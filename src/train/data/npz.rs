//! NumPy's `.npz`: a ZIP archive of `.npy` arrays.
//!
//! Reads stored and deflated entries (what `np.savez` and `np.savez_compressed` write, with and
//! without ZIP64) and checks each CRC-32; writes stored entries. Other ZIP features are refused.

use std::io::Read;
use std::path::Path;

use super::npy::{self, Array};
use crate::train::Error;
use crate::train::files;

fn fault<T>(offset: usize, what: impl Into<String>) -> Result<T, Error> {
    Err(Error::new("", what).at(format!("offset {offset}")))
}

fn number(bytes: &[u8], offset: usize, width: usize) -> Result<u64, Error> {
    match offset.checked_add(width).and_then(|end| bytes.get(offset..end)) {
        Some(field) => {
            Ok(field.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte)))
        }
        None => fault(bytes.len(), "the archive is cut off"),
    }
}

fn index(bytes: &[u8], offset: usize, width: usize) -> Result<usize, Error> {
    let value = number(bytes, offset, width)?;
    usize::try_from(value)
        .or_else(|_| fault(offset, "a size in the archive is out of range"))
}

/// Reads all arrays of an `.npz` file, in the archive's order, with their names.
///
/// # Errors
/// An unreadable file; a damaged archive or array, with its name and offset.
pub fn read(path: &Path) -> Result<Vec<(String, Array)>, Error> {
    let bytes = std::fs::read(path).map_err(|source| Error::io(path, "read", source))?;
    parse(&bytes).map_err(|error| error.in_file(path))
}

/// Reads an archive from memory.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<(String, Array)>, Error> {
    if !bytes.starts_with(b"PK") {
        return fault(0, "not an .npz archive: a ZIP file begins with PK");
    }
    // The end record stands in the last 22 bytes, or before a comment of at most 65,535.
    let earliest = bytes.len().saturating_sub(22 + 65_535);
    let Some(end) = (earliest..bytes.len().saturating_sub(21))
        .rev()
        .find(|&at| bytes[at..].starts_with(b"PK\x05\x06"))
    else {
        return fault(
            bytes.len(),
            "the archive's directory is missing: the file is cut off",
        );
    };
    let mut count = index(bytes, end + 10, 2)?;
    let mut at = index(bytes, end + 16, 4)?;
    if (count == 0xffff || at == 0xffff_ffff) && end >= 20 {
        // ZIP64: the locator before the end record points at the large one.
        let large = index(bytes, end - 20 + 8, 8)?;
        count = index(bytes, large.saturating_add(32), 8)?;
        at = index(bytes, large.saturating_add(48), 8)?;
    }
    let mut arrays = Vec::new();
    for _ in 0..count {
        if bytes.get(at..at.saturating_add(4)) != Some(b"PK\x01\x02") {
            return fault(at, "a directory entry of the archive is damaged");
        }
        let entry = Entry::read(bytes, at)?;
        at = entry.next;
        if entry.name.ends_with('/') {
            continue;
        }
        let contents =
            entry.contents(bytes).map_err(|error| error.in_entry(&entry.name))?;
        let array = npy::parse(&contents).map_err(|error| error.in_entry(&entry.name))?;
        arrays.push((entry.name.trim_end_matches(".npy").to_owned(), array));
    }
    Ok(arrays)
}

struct Entry {
    name: String,
    method: u64,
    crc: u64,
    packed: usize,
    unpacked: usize,
    local: usize,
    next: usize,
}

impl Entry {
    fn read(bytes: &[u8], at: usize) -> Result<Self, Error> {
        let name_length = index(bytes, at + 28, 2)?;
        let extra_length = index(bytes, at + 30, 2)?;
        let comment_length = index(bytes, at + 32, 2)?;
        let extra = at + 46 + name_length;
        let Some(name) = bytes.get(at + 46..extra) else {
            return fault(bytes.len(), "the archive is cut off");
        };
        let mut entry = Entry {
            name: String::from_utf8_lossy(name).into_owned(),
            method: number(bytes, at + 10, 2)?,
            crc: number(bytes, at + 16, 4)?,
            packed: index(bytes, at + 20, 4)?,
            unpacked: index(bytes, at + 24, 4)?,
            local: index(bytes, at + 42, 4)?,
            next: extra + extra_length + comment_length,
        };
        let mut field = extra;
        while field + 4 <= extra + extra_length {
            let (id, size) = (number(bytes, field, 2)?, index(bytes, field + 2, 2)?);
            if id == 1 {
                let mut value = field + 4;
                for large in [&mut entry.unpacked, &mut entry.packed, &mut entry.local] {
                    if *large == 0xffff_ffff {
                        *large = index(bytes, value, 8)?;
                        value += 8;
                    }
                }
            }
            field += 4 + size;
        }
        Ok(entry)
    }

    fn contents(&self, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        let local = self.local;
        if local.checked_add(30).is_none_or(|end| end > bytes.len())
            || !bytes[local..].starts_with(b"PK\x03\x04")
        {
            return fault(local, "the header of the entry is damaged");
        }
        let start =
            local + 30 + index(bytes, local + 26, 2)? + index(bytes, local + 28, 2)?;
        let Some(packed) =
            start.checked_add(self.packed).and_then(|end| bytes.get(start..end))
        else {
            return fault(bytes.len(), "the archive is cut off");
        };
        let contents = match self.method {
            0 => packed.to_vec(),
            8 => {
                let mut out = Vec::new();
                flate2::read::DeflateDecoder::new(packed)
                    .take(self.unpacked as u64 + 1)
                    .read_to_end(&mut out)
                    .or_else(|source| {
                        fault(start, format!("damaged deflate data: {source}"))
                    })?;
                out
            }
            method => {
                return fault(local, format!("compression method {method} is not read"));
            }
        };
        if contents.len() != self.unpacked
            || u64::from(crc32fast::hash(&contents)) != self.crc
        {
            return fault(start, "the checksum does not fit: the entry is damaged");
        }
        Ok(contents)
    }
}

impl Error {
    fn in_entry(self, name: &str) -> Self {
        let text = self.to_string();
        Error::new("", text).at(format!("array {name:?}"))
    }
}

/// Writes arrays into an `.npz` file, whole or not at all.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, arrays: &[(String, Array)]) -> Result<(), Error> {
    files::write(path, &archive(arrays)?)
}

/// The bytes of an archive of stored entries.
fn archive(arrays: &[(String, Array)]) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for (name, array) in arrays {
        let name = format!("{name}.npy");
        let contents = npy::write(array);
        let small = |size: usize| {
            u32::try_from(size).map_err(|_| {
                Error::new("", format!("array {name:?} is too large for an .npz archive"))
            })
        };
        // Version 2.0, no flags, stored, 1980-01-01 00:00 so that equal arrays give equal files.
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        common.extend(crc32fast::hash(&contents).to_le_bytes());
        common.extend(small(contents.len())?.to_le_bytes());
        common.extend(small(contents.len())?.to_le_bytes());
        common.extend(u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes());
        common.extend([0, 0]);
        let local = small(out.len())?;
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend(name.as_bytes());
        out.extend(contents);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(local.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let start = out.len() as u32;
    let count = (arrays.len() as u16).to_le_bytes();
    out.extend(&directory);
    out.extend(b"PK\x05\x06\x00\x00\x00\x00");
    out.extend(count);
    out.extend(count);
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::npy::Elements;
    use super::*;
    use proptest::prelude::*;

    fn sample() -> Vec<(String, Array)> {
        vec![
            (
                "X".into(),
                Array {
                    shape: vec![2, 2],
                    elements: Elements::Singles(vec![1., 2., 3., 4.]),
                },
            ),
            (
                "y".into(),
                Array { shape: vec![2], elements: Elements::Integers(vec![0, 1]) },
            ),
        ]
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(parse(&archive(&sample()).unwrap()).unwrap(), sample());
    }

    #[test]
    fn a_flipped_bit_is_found_and_the_array_named() {
        let mut bytes = archive(&sample()).unwrap();
        let at = bytes.windows(4).position(|w| w == 3f32.to_le_bytes()).unwrap();
        bytes[at] ^= 1;
        let message = parse(&bytes).unwrap_err().to_string();
        assert!(
            message.contains("\"X.npy\"") && message.contains("checksum"),
            "{message}"
        );
    }

    proptest! {
        #[test]
        fn no_damage_panics(at in 0usize..600, value: u8, cut in 0usize..600) {
            let mut bytes = archive(&sample()).unwrap();
            let length = bytes.len();
            bytes[at % length] = value;
            let _ = parse(&bytes);
            let _ = parse(&bytes[..cut % length]);
        }
    }
}
