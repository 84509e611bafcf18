//! The digits that ship with the program: 1,797 images of 8×8 pixels, 0 to 16.
//!
//! Alpaydin and Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning
//! Repository, 1998, CC BY 4.0; see `DIGITS.md` beside this file.

use super::{Dataset, ImageShape, Values, idx, numbered_classes};
use crate::train::Error;

const IMAGES: &[u8] = include_bytes!("digits-images.idx.gz");
const LABELS: &[u8] = include_bytes!("digits-labels.idx.gz");

/// Where the digits come from, for reports.
pub(super) const ATTRIBUTION: &str = "Optical Recognition of Handwritten Digits \
     (E. Alpaydin, C. Kaynak; UCI Machine Learning Repository, 1998; CC BY 4.0)";

/// The embedded set.
pub(super) fn load() -> Result<Dataset, Error> {
    let images = idx::parse_maybe_gzipped(IMAGES)?;
    let labels = idx::parse_maybe_gzipped(LABELS)?;
    Dataset::new(
        Values::Bytes { pixels: images.bytes, white: 16 },
        64,
        labels.bytes.into_iter().map(u16::from).collect(),
        numbered_classes(10),
        Some(ImageShape { channels: 1, height: 8, width: 8 }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_set_is_whole() {
        let data = load().unwrap();
        assert_eq!(data.len(), 1797);
        let mut counts = [0; 10];
        data.labels().iter().for_each(|&label| counts[usize::from(label)] += 1);
        // The class counts that UCI's description of the set states.
        assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        // The first image is a zero: its first row of pixels.
        let row: Vec<f64> = (0..8).map(|j| data.at(0, j) * 16.0).collect();
        assert_eq!(row, [0., 0., 5., 13., 9., 1., 0., 0.]);
    }
}
