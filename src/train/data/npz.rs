//! NumPy's `.npz`: a ZIP archive of `.npy` arrays.
//!
//! Reads stored and deflated entries (what `np.savez` and `np.savez_compressed` write, with and
//! without ZIP64) and checks each CRC-32; writes stored entries. Other ZIP features are refused.

use std::borrow::Cow;
use std::io::{self, Read, Write};
use std::path::Path;

use super::npy::{self, Array};
use crate::train::Error;
use crate::train::files;
use crate::train::outgoing::{Checksum, Outgoing, Tensors};

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

    fn contents<'a>(&self, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, Error> {
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
            0 => Cow::Borrowed(packed),
            8 => {
                let mut out = Vec::new();
                flate2::read::DeflateDecoder::new(packed)
                    .take((self.unpacked as u64).saturating_add(1))
                    .read_to_end(&mut out)
                    .or_else(|source| {
                        fault(start, format!("damaged deflate data: {source}"))
                    })?;
                Cow::Owned(out)
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

/// Writes arrays, stored and not deflated; the file is written whole or not at all.
///
/// # Errors
/// The file cannot be written, or would be larger than 4 GiB.
pub fn write(path: &Path, arrays: &[(String, Array)]) -> Result<(), Error> {
    let tensors =
        arrays.iter().map(|(name, array)| (name.clone(), Outgoing::array(array)));
    write_tensors(path, &tensors.collect())
}

/// As [`write`], from where the numbers lie.
pub(in crate::train) fn write_tensors(
    path: &Path,
    tensors: &Tensors<'_>,
) -> Result<(), Error> {
    let bytes: usize =
        tensors.iter().map(|(name, t)| t.bytes() + 2 * name.len() + 1000).sum();
    if u32::try_from(bytes).is_err() {
        return Err(Error::file(path, "the arrays are too large for an .npz archive"));
    }
    files::write_with(path, |out| archive(out, tensors))
}

fn archive(out: &mut dyn Write, tensors: &Tensors<'_>) -> io::Result<()> {
    let (mut directory, mut offset) = (Vec::new(), 0u32);
    for (name, tensor) in tensors {
        let name = format!("{name}.npy");
        let head = npy::head(tensor);
        let crc = Checksum::of(|out| {
            out.write_all(&head)?;
            tensor.write(out)
        })?;
        let size = (head.len() + tensor.bytes()) as u32;
        // Version 2.0, no flags, stored, 1980-01-01 00:00 so that equal arrays give equal files.
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        common.extend(crc.to_le_bytes());
        common.extend(size.to_le_bytes());
        common.extend(size.to_le_bytes());
        common.extend(u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes());
        common.extend([0, 0]);
        out.write_all(b"PK\x03\x04")?;
        out.write_all(&common)?;
        out.write_all(name.as_bytes())?;
        out.write_all(&head)?;
        tensor.write(out)?;
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
        offset += (4 + common.len() + name.len()) as u32 + size;
    }
    let count = (tensors.len() as u16).to_le_bytes();
    out.write_all(&directory)?;
    let mut end = b"PK\x05\x06\x00\x00\x00\x00".to_vec();
    end.extend(count);
    end.extend(count);
    end.extend((directory.len() as u32).to_le_bytes());
    end.extend(offset.to_le_bytes());
    end.extend([0, 0]);
    out.write_all(&end)
}

#[cfg(test)]
mod tests {
    use super::npy::Elements;
    use super::*;
    use proptest::prelude::*;

    fn zipped(arrays: &[(String, Array)]) -> Vec<u8> {
        let tensors =
            arrays.iter().map(|(n, a)| (n.clone(), Outgoing::array(a))).collect();
        let mut bytes = Vec::new();
        archive(&mut bytes, &tensors).unwrap();
        bytes
    }

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
        assert_eq!(parse(&zipped(&sample())).unwrap(), sample());
    }

    #[test]
    fn a_flipped_bit_is_found_and_the_array_named() {
        let mut bytes = zipped(&sample());
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
            let mut bytes = zipped(&sample());
            let length = bytes.len();
            bytes[at % length] = value;
            let _ = parse(&bytes);
            let _ = parse(&bytes[..cut % length]);
        }
    }
}
