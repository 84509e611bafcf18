//! Byte offsets to lines and columns.
//!
//! **Invariant:** a look-up costs the same wherever in the text it lands, so that a document of one
//! enormous line is no slower than any other.

/// How many bytes lie between two counted positions.
const STRIDE: usize = 2048;

/// The lines of a text: where each begins, and how many characters stand before every stride.
#[derive(Clone, Debug)]
pub struct Lines {
    /// The offset of each line's first byte.
    starts: Vec<usize>,
    /// Characters before offset `k * STRIDE`.
    counted: Vec<usize>,
    /// The length of the text in bytes.
    length: usize,
}

impl Lines {
    /// Counts the lines of `text`.
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        let mut counted = Vec::with_capacity(bytes.len() / STRIDE + 1);
        let mut characters = 0;
        for (offset, &byte) in bytes.iter().enumerate() {
            if offset % STRIDE == 0 {
                counted.push(characters);
            }
            if is_first_of_character(byte) {
                characters += 1;
            }
            if byte == b'\n' {
                starts.push(offset + 1);
            }
        }
        Lines { starts, counted, length: bytes.len() }
    }

    /// How many lines there are.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The line of an offset, from 1.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset)
    }

    /// The line and the column (in characters) of an offset, both from 1.
    pub fn place(&self, text: &str, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.length);
        let line = self.line(offset);
        let start = self.starts[line - 1];
        (line, self.characters(text, offset) - self.characters(text, start) + 1)
    }

    /// Where a line (from 1) lies, without its line break; the end of the text for a line that does
    /// not exist.
    pub fn range(&self, text: &str, line: usize) -> std::ops::Range<usize> {
        let Some(&start) = self.starts.get(line.saturating_sub(1)) else {
            return self.length..self.length;
        };
        let end = self.starts.get(line).map_or(self.length, |&next| next - 1);
        let end = if text.as_bytes()[start..end].last() == Some(&b'\r') {
            end - 1
        } else {
            end
        };
        start..end
    }

    /// How many characters stand before `offset`.
    fn characters(&self, text: &str, offset: usize) -> usize {
        let stride = offset / STRIDE;
        let (from, before) = match self.counted.get(stride) {
            Some(&before) => (stride * STRIDE, before),
            None => match self.counted.len().checked_sub(1) {
                Some(last) => (last * STRIDE, self.counted[last]),
                None => (0, 0),
            },
        };
        let rest = &text.as_bytes()[from..offset];
        before + rest.iter().filter(|&&byte| is_first_of_character(byte)).count()
    }
}

fn is_first_of_character(byte: u8) -> bool {
    byte & 0b1100_0000 != 0b1000_0000
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_and_columns_count_from_one_in_characters() {
        let text = "über\nx∂y\r\nlast";
        let lines = Lines::new(text);
        let at =
            |needle: &str| lines.place(text, text.find(needle).expect("in the text"));
        assert_eq!(at("ber"), (1, 2));
        assert_eq!(at("y"), (2, 3));
        assert_eq!(at("last"), (3, 1));
        assert_eq!(&text[lines.range(text, 2)], "x∂y");
        assert_eq!(lines.count(), 3);
    }

    proptest! {
        #[test]
        fn a_place_is_what_counting_by_hand_gives(text in "[a∂\n]{0,9000}", at in 0.0..1.0f64) {
            let offsets: Vec<usize> = text.char_indices().map(|(offset, _)| offset).collect();
            prop_assume!(!offsets.is_empty());
            let offset = offsets[((offsets.len() - 1) as f64 * at) as usize];
            let before = &text[..offset];
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
            prop_assert_eq!(Lines::new(&text).place(&text, offset), (line, column));
        }
    }
}
