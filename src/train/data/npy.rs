//! NumPy's `.npy`: an array of numbers with its shape.
//!
//! Reads versions 1 to 3, either byte order, either memory order, integers of 8 to 64 bits, bool,
//! f2 is refused. Writes version 1, little-endian, C order.

use crate::train::Error;
use crate::train::outgoing::Outgoing;

/// The numbers of an array, in C order.
#[derive(Clone, Debug, PartialEq)]
pub enum Elements {
    /// `u1` and `b1`.
    Bytes(Vec<u8>),
    /// `f4`.
    Singles(Vec<f32>),
    /// `f8`.
    Doubles(Vec<f64>),
    /// Any other integer.
    Integers(Vec<i64>),
}

/// An array with its shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// The sizes, outermost first.
    pub shape: Vec<usize>,
    /// The numbers, the last index running fastest.
    pub elements: Elements,
}

impl Elements {
    /// How many numbers there are.
    pub fn len(&self) -> usize {
        match self {
            Elements::Bytes(v) => v.len(),
            Elements::Singles(v) => v.len(),
            Elements::Doubles(v) => v.len(),
            Elements::Integers(v) => v.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All numbers as f64.
    pub fn to_doubles(&self) -> Vec<f64> {
        match self {
            Elements::Bytes(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Elements::Singles(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Elements::Doubles(v) => v.clone(),
            Elements::Integers(v) => v.iter().map(|&x| x as f64).collect(),
        }
    }
}

const MAGIC: &[u8] = b"\x93NUMPY";

/// Reads `.npy` bytes.
///
/// # Errors
/// Not a `.npy`, a type that is not a real number, a length that does not fit the shape; with the
/// offset.
pub(super) fn parse(bytes: &[u8]) -> Result<Array, Error> {
    let fault = |offset: usize, what: String| {
        Err(Error::new("", what).at(format!("offset {offset}")))
    };
    if !bytes.starts_with(MAGIC) {
        return fault(0, "not a .npy array: the magic \\x93NUMPY is missing".into());
    }
    let (start, length): (usize, usize) =
        match (bytes.get(6), bytes.get(8..10), bytes.get(8..12)) {
            (Some(1), Some(&[a, b]), _) => (10, usize::from(u16::from_le_bytes([a, b]))),
            (Some(2 | 3), _, Some(&[a, b, c, d])) => {
                (12, u32::from_le_bytes([a, b, c, d]) as usize)
            }
            (Some(version @ 4..), _, _) => {
                return fault(
                    6,
                    format!(".npy version {version} is not known; 1 to 3 are"),
                );
            }
            _ => return fault(bytes.len(), "the file ends inside of its header".into()),
        };
    let Some(header) = start.checked_add(length).and_then(|end| bytes.get(start..end))
    else {
        return fault(bytes.len(), "the file ends inside of its header".into());
    };
    let header = String::from_utf8_lossy(header);
    let Some(descr) = quoted_after(&header, "'descr'") else {
        return fault(start, "the header has no type of the form 'descr': '<f4'".into());
    };
    let fortran = header
        .split_once("'fortran_order'")
        .is_some_and(|(_, rest)| rest.trim_start_matches([':', ' ']).starts_with("True"));
    let Some(shape) = shape_of(&header) else {
        return fault(start, "the header has no readable 'shape'".into());
    };
    let count = shape.iter().try_fold(1usize, |product, &size| product.checked_mul(size));
    let body = &bytes[start + length..];
    let (order, kind) = descr.split_at(1.min(descr.len()));
    let big = order == ">";
    let width =
        kind.get(1..).and_then(|digits| digits.parse::<usize>().ok()).unwrap_or(0);
    if !matches!(order, "<" | ">" | "|" | "=")
        || !matches!(
            kind,
            "u1" | "b1" | "i1" | "i2" | "i4" | "i8" | "u2" | "u4" | "u8" | "f4" | "f8"
        )
    {
        return fault(
            start,
            format!(
                "the type '{descr}' is not read; save the array as uint8, int64, float32 or float64"
            ),
        );
    }
    if count.and_then(|count| count.checked_mul(width)) != Some(body.len()) {
        return fault(
            bytes.len(),
            format!(
                "an array of shape {shape:?} and type '{descr}' does not have {} bytes: cut off or too long",
                body.len()
            ),
        );
    }
    let integer = |chunk: &[u8]| -> i64 {
        let mut value = 0u64;
        for i in 0..width {
            let byte = if big { chunk[i] } else { chunk[width - 1 - i] };
            value = value << 8 | u64::from(byte);
        }
        let unused = 64 - 8 * width as u32;
        if kind.starts_with('i') {
            ((value << unused) as i64) >> unused
        } else {
            i64::try_from(value).unwrap_or(i64::MAX)
        }
    };
    let chunks = body.chunks_exact(width.max(1));
    let elements = match kind {
        "u1" | "b1" => Elements::Bytes(body.to_vec()),
        "f4" => Elements::Singles(
            chunks.map(|chunk| f32::from_bits(integer(chunk) as u32)).collect(),
        ),
        "f8" => Elements::Doubles(
            body.chunks_exact(8)
                .map(|chunk| {
                    let mut eight = [0; 8];
                    eight.copy_from_slice(chunk);
                    if big {
                        f64::from_be_bytes(eight)
                    } else {
                        f64::from_le_bytes(eight)
                    }
                })
                .collect(),
        ),
        _ => Elements::Integers(chunks.map(integer).collect()),
    };
    let elements =
        if fortran && shape.len() > 1 { to_c_order(elements, &shape) } else { elements };
    Ok(Array { shape, elements })
}

/// The quoted text after a key.
fn quoted_after<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = header.split_once(key)?;
    let rest = rest.trim_start_matches([':', ' ']).strip_prefix('\'')?;
    rest.split_once('\'').map(|(text, _)| text)
}

fn shape_of(header: &str) -> Option<Vec<usize>> {
    let (_, rest) = header.split_once("'shape'")?;
    let (_, rest) = rest.split_once('(')?;
    let (inside, _) = rest.split_once(')')?;
    inside
        .split(',')
        .map(|size| size.trim().trim_end_matches('L'))
        .filter(|size| !size.is_empty())
        .map(|size| size.parse().ok())
        .collect()
}

/// From the first index running fastest to the last.
fn to_c_order(elements: Elements, shape: &[usize]) -> Elements {
    fn reorder<T: Copy>(from: &[T], shape: &[usize]) -> Vec<T> {
        let mut index = vec![0usize; shape.len()];
        (0..from.len())
            .map(|_| {
                let place = index
                    .iter()
                    .zip(shape)
                    .rev()
                    .fold(0, |at, (&i, &size)| at * size + i);
                for (i, &size) in index.iter_mut().zip(shape).rev() {
                    *i += 1;
                    if *i < size {
                        break;
                    }
                    *i = 0;
                }
                from[place]
            })
            .collect()
    }
    match elements {
        Elements::Bytes(v) => Elements::Bytes(reorder(&v, shape)),
        Elements::Singles(v) => Elements::Singles(reorder(&v, shape)),
        Elements::Doubles(v) => Elements::Doubles(reorder(&v, shape)),
        Elements::Integers(v) => Elements::Integers(reorder(&v, shape)),
    }
}

/// The bytes before the numbers of a tensor.
pub(super) fn head(tensor: &Outgoing<'_>) -> Vec<u8> {
    let mut shape: String = tensor.shape.iter().map(|size| format!("{size}, ")).collect();
    if tensor.shape.len() > 1 {
        shape.truncate(shape.len() - 2);
    }
    let mut header = format!(
        "{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
        tensor.kind.in_npy(),
        shape.trim_end()
    );
    // The data begin at a multiple of 64, as NumPy writes them; a line feed ends the header.
    let padding = 64 - (10 + header.len() + 1) % 64;
    header.extend(std::iter::repeat_n(' ', padding % 64));
    header.push('\n');
    let mut out = MAGIC.to_vec();
    out.extend([1, 0]);
    out.extend(u16::try_from(header.len()).unwrap_or(u16::MAX).to_le_bytes());
    out.extend(header.as_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn raw(descr: &str, fortran: &str, shape: &str, body: &[u8]) -> Vec<u8> {
        let header = format!(
            "{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n"
        );
        let mut out = MAGIC.to_vec();
        out.extend([1, 0]);
        out.extend((header.len() as u16).to_le_bytes());
        out.extend(header.as_bytes());
        out.extend(body);
        out
    }

    #[test]
    fn byte_order_and_memory_order_are_respected() {
        let array = parse(&raw(
            ">i2",
            "True",
            "(2, 3)",
            &[0, 1, 0, 2, 0, 3, 0, 4, 255, 255, 0, 6],
        ));
        let array = array.unwrap();
        assert_eq!(array.shape, [2, 3]);
        assert_eq!(array.elements, Elements::Integers(vec![1, 3, -1, 2, 4, 6]));
        let array = parse(&raw(">f8", "False", "(1,)", &1.5f64.to_be_bytes())).unwrap();
        assert_eq!(array.elements, Elements::Doubles(vec![1.5]));
    }

    #[test]
    fn faults_name_the_offset_or_the_type() {
        let message = |bytes: &[u8]| parse(bytes).unwrap_err().to_string();
        assert!(message(b"PK").contains("offset 0: not a .npy"));
        assert!(message(&raw("<f4", "False", "(3,)", &[0; 8])).contains("cut off"));
        assert!(
            message(&raw("|O", "False", "(3,)", &[0; 8]))
                .contains("type '|O' is not read")
        );
        assert!(message(&raw("<f2", "False", "(3,)", &[0; 6])).contains("'<f2'"));
        let huge = "(18446744073709551615, 18446744073709551615)";
        assert!(message(&raw("<f4", "False", huge, &[0; 8])).contains("does not have"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(values in proptest::collection::vec(any::<f64>(), 0..20)) {
            let array = Array { shape: vec![values.len()], elements: Elements::Doubles(values.clone()) };
            let outgoing = Outgoing::array(&array);
            let mut bytes = head(&outgoing);
            outgoing.write(&mut bytes).unwrap();
            prop_assert_eq!((bytes.len() - 8 * values.len()) % 64, 0);
            let Elements::Doubles(back) = parse(&bytes).unwrap().elements else { panic!() };
            let same = back.iter().zip(&values).all(|(a, b)| a.to_bits() == b.to_bits());
            prop_assert!(same && back.len() == values.len());
        }

        #[test]
        fn no_bytes_panic(tail in proptest::collection::vec(any::<u8>(), 0..80)) {
            let mut bytes = MAGIC.to_vec();
            bytes.extend(&tail);
            let _ = parse(&bytes);
            let _ = parse(&tail);
        }
    }
}
