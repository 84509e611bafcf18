//! One drawing, two files: SVG as it is, PNG drawn large and averaged down.

use std::path::Path;
use std::sync::OnceLock;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::register_font;

use super::bitmap::Bitmap;
use crate::train::{Error, files};

const FONT: &[u8] = include_bytes!("figure-font.ttf");

/// The family that figures are set in.
pub(super) const FAMILY: &str = "sans-serif";

/// A figure in both formats.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The SVG text.
    pub svg: String,
    /// The PNG bytes.
    pub png: Vec<u8>,
}

impl Figure {
    /// Writes `name.svg` and `name.png` into a folder.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write(&self, folder: &Path, name: &str) -> Result<(), Error> {
        files::write(&folder.join(format!("{name}.svg")), self.svg.as_bytes())?;
        files::write(&folder.join(format!("{name}.png")), &self.png)
    }
}

/// Something that can be drawn at any scale.
pub(super) trait Paint {
    /// Draws; all lengths are to be multiplied by `scale`.
    fn paint<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
        scale: f64,
    ) -> Result<(), String>;
}

fn fault(what: impl ToString) -> Error {
    Error::new("figure", what.to_string())
}

/// The drawing is this many times larger than the SVG before it is averaged down.
const OVERSAMPLING: u32 = 2 * ENLARGEMENT;

/// How much larger than the SVG a PNG is: legible when printed.
pub(super) const ENLARGEMENT: u32 = 2;

/// Draws a figure of `width` by `height` points.
pub(super) fn figure(
    width: u32,
    height: u32,
    paint: &impl Paint,
) -> Result<Figure, Error> {
    let svg = svg(width, height, paint)?;
    let pixels = pixels(width, height, paint)?;
    Ok(Figure { svg, png: png(ENLARGEMENT * width, ENLARGEMENT * height, &pixels)? })
}

fn load_font() -> Result<(), Error> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    if *REGISTERED.get_or_init(|| register_font(FAMILY, FontStyle::Normal, FONT).is_ok())
    {
        Ok(())
    } else {
        Err(fault("the font cannot be read"))
    }
}

/// The drawing as SVG.
pub(super) fn svg(width: u32, height: u32, paint: &impl Paint) -> Result<String, Error> {
    load_font()?;
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
        area.fill(&WHITE).map_err(fault)?;
        paint.paint(&area, 1.0).map_err(fault)?;
        area.present().map_err(fault)?;
    }
    Ok(svg)
}

/// The drawing as RGB pixels, [`ENLARGEMENT`] times as wide and as high.
pub(super) fn pixels(
    width: u32,
    height: u32,
    paint: &impl Paint,
) -> Result<Vec<u8>, Error> {
    load_font()?;
    let (large_width, large_height) = (width * OVERSAMPLING, height * OVERSAMPLING);
    let mut pixels = vec![255u8; (large_width * large_height * 3) as usize];
    {
        let size = (large_width, large_height);
        let area = Bitmap::new(&mut pixels, size).into_drawing_area();
        area.fill(&WHITE).map_err(fault)?;
        paint.paint(&area, f64::from(OVERSAMPLING)).map_err(fault)?;
        area.present().map_err(fault)?;
    }
    let (half_width, half_height) = (large_width / 2, large_height / 2);
    let mut small = Vec::with_capacity((half_width * half_height * 3) as usize);
    let row = large_width as usize * 3;
    for y in 0..half_height as usize {
        for x in 0..half_width as usize {
            for channel in 0..3 {
                let at = 2 * y * row + 6 * x + channel;
                let sum = [at, at + 3, at + row, at + row + 3]
                    .iter()
                    .map(|&at| u32::from(pixels[at]))
                    .sum::<u32>();
                small.push((sum / 4) as u8);
            }
        }
    }
    Ok(small)
}

/// RGB pixels as a PNG file.
pub(super) fn png(width: u32, height: u32, pixels: &[u8]) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(fault)?;
    writer.write_image_data(pixels).map_err(fault)?;
    writer.finish().map_err(fault)?;
    Ok(bytes)
}

/// Bytes as base64, for images inside of SVG and HTML.
pub(in crate::train) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] =
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = (0..3)
            .fold(0u32, |word, i| word << 8 | u32::from(*chunk.get(i).unwrap_or(&0)));
        for digit in 0..4 {
            let used = digit <= chunk.len();
            let value = (word >> (18 - 6 * digit) & 63) as usize;
            text.push(if used { char::from(DIGITS[value]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_gives_the_examples_of_rfc_4648() {
        let pairs = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ];
        for (plain, coded) in pairs {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
