//! One drawing, two files: SVG as it is, PNG drawn large and averaged down.

use std::io::Write;
use std::path::Path;
use std::sync::OnceLock;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::register_font;

use super::bitmap::Band;
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
    let png = png(ENLARGEMENT * width, ENLARGEMENT * height, |take| {
        pixels(width, height, paint, take)
    })?;
    Ok(Figure { svg, png })
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

/// Rows that are drawn at a time, before averaging.
const BAND: u32 = 240;

/// The drawing as RGB pixels, [`ENLARGEMENT`] times as wide and as high, handed to `take` from top to
/// bottom in runs of whole rows.
pub(super) fn pixels(
    width: u32,
    height: u32,
    paint: &impl Paint,
    take: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    load_font()?;
    let size = (width * OVERSAMPLING, height * OVERSAMPLING);
    let row = size.0 as usize * 3;
    let mut drawn = vec![0u8; row * BAND.min(size.1) as usize];
    let mut small = Vec::with_capacity(drawn.len() / 4);
    for top in (0..size.1).step_by(BAND as usize) {
        let rows = BAND.min(size.1 - top) as usize;
        let drawn = &mut drawn[..rows * row];
        drawn.fill(255);
        {
            let area = Band::new(drawn, top, size).into_drawing_area();
            paint.paint(&area, f64::from(OVERSAMPLING)).map_err(fault)?;
            area.present().map_err(fault)?;
        }
        small.clear();
        for pair in drawn.chunks_exact(2 * row) {
            let (upper, lower) = pair.split_at(row);
            for (upper, lower) in upper.chunks_exact(6).zip(lower.chunks_exact(6)) {
                for channel in 0..3 {
                    let sum = [
                        upper[channel],
                        upper[channel + 3],
                        lower[channel],
                        lower[channel + 3],
                    ]
                    .iter()
                    .map(|&part| u32::from(part))
                    .sum::<u32>();
                    small.push((sum / 4) as u8);
                }
            }
        }
        take(&small)?;
    }
    Ok(())
}

/// An RGB picture as a PNG file; `pour` hands its pixels over from top to bottom.
pub(super) fn png(
    width: u32,
    height: u32,
    pour: impl FnOnce(&mut dyn FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error>,
) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(fault)?;
    let mut stream = writer.stream_writer_with_size(1 << 16).map_err(fault)?;
    pour(&mut |pixels| stream.write_all(pixels).map_err(fault))?;
    stream.finish().map_err(fault)?;
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

    struct Picture;

    impl Paint for Picture {
        fn paint<B: DrawingBackend>(
            &self,
            area: &DrawingArea<B, Shift>,
            scale: f64,
        ) -> Result<(), String> {
            let px = |length: f64| (length * scale).round() as i32;
            let fault = |error: DrawingAreaErrorKind<B::ErrorType>| error.to_string();
            let thick = BLUE.stroke_width(px(3.0) as u32);
            let style = (FAMILY, 30.0 * scale).into_font().color(&BLACK);
            area.draw(&Rectangle::new(
                [(px(5.0), px(2.0)), (px(90.0), px(140.0))],
                RED.mix(0.4).filled(),
            ))
            .map_err(fault)?;
            area.draw(&Rectangle::new(
                [(px(9.0), px(9.0)), (px(70.0), px(149.0))],
                thick,
            ))
            .map_err(fault)?;
            area.draw(&PathElement::new(
                vec![(0, 0), (px(99.0), px(150.0)), (px(50.0), px(3.0))],
                thick,
            ))
            .map_err(fault)?;
            area.draw(&PathElement::new(
                vec![(px(20.0), 0), (px(20.0), px(150.0))],
                BLACK,
            ))
            .map_err(fault)?;
            area.draw(&Circle::new((px(40.0), px(60.0)), px(20.0), GREEN.filled()))
                .map_err(fault)?;
            area.draw(&Text::new("Ag", (px(30.0), px(45.0)), style)).map_err(fault)
        }
    }

    #[test]
    fn bands_make_up_the_drawing() {
        let mut found = Vec::new();
        pixels(100, 151, &Picture, &mut |rows| {
            found.extend_from_slice(rows);
            Ok(())
        })
        .unwrap();
        // The same in one piece: more than two bands high.
        let (width, height) = (400, 604);
        let mut whole = vec![255u8; width * height * 3];
        {
            let area = Band::new(&mut whole, 0, (width as u32, height as u32))
                .into_drawing_area();
            Picture.paint(&area, 4.0).unwrap();
        }
        let at = |x: usize, y: usize, c: usize| u32::from(whole[(y * width + x) * 3 + c]);
        let expected = (0..height / 2).flat_map(|y| {
            (0..width / 2 * 3).map(move |i| {
                let (x, y, c) = (i / 3 * 2, 2 * y, i % 3);
                ((at(x, y, c) + at(x + 1, y, c) + at(x, y + 1, c) + at(x + 1, y + 1, c))
                    / 4) as u8
            })
        });
        assert!(found.into_iter().eq(expected));
    }

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
