//! The first layer's weights as images: what each hidden unit looks for.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::canvas::{ENLARGEMENT, FAMILY, Figure, Paint, base64, pixels, png, svg};
use crate::train::data::ImageShape;
use crate::train::mlp::Mlp;
use crate::train::{Error, Number};

/// The most units that are shown.
const MOST_UNITS: usize = 64;

/// The words above the images.
struct Heading {
    title: String,
    key: &'static str,
}

/// Points above the images.
const HEADING: u32 = 56;

impl Paint for Heading {
    fn paint<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
        scale: f64,
    ) -> Result<(), String> {
        let (width, _) = area.dim_in_pixel();
        for (words, size, middle) in
            [(self.title.as_str(), 20.0, 20.0), (self.key, 14.5, 42.0)]
        {
            // Narrow figures get smaller letters: about half the size a letter.
            let fits = f64::from(width) / scale / (0.48 * words.chars().count() as f64);
            let style = (FAMILY, fits.min(size) * scale)
                .into_font()
                .color(&RGBColor(40, 40, 40))
                .pos(Pos::new(HPos::Center, VPos::Center));
            let at = (width as i32 / 2, (middle * scale) as i32);
            area.draw(&Text::new(words.to_owned(), at, style))
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

/// Tiles one image for each of the first units. Grey images run from blue (negative) over white to
/// red, colour images from −largest (black) to +largest (white) in each channel.
///
/// # Errors
/// The shape is not that of the model's input, or the drawing library fails.
pub fn weights<T: Number>(model: &Mlp<T>, shape: ImageShape) -> Result<Figure, Error> {
    let weight = &model.layers()[0].weight;
    if weight.ncols() != shape.features() {
        return Err(Error::new("figure", "the images do not have the model's inputs"));
    }
    let units = weight.nrows().min(MOST_UNITS);
    let across = (units as f64).sqrt().ceil() as usize;
    let down = units.div_ceil(across);
    let zoom = (64 / shape.width.max(shape.height).max(1)).max(1);
    let gap = 4;
    let (step_x, step_y) = (shape.width * zoom + gap, shape.height * zoom + gap);
    let (width, height) = (across * step_x + gap, down * step_y + gap);
    let mut tiles = vec![255u8; width * height * 3];
    for unit in 0..units {
        let row: Vec<f64> = weight.row(unit).iter().map(|w| w.to_f64()).collect();
        let most = row.iter().fold(0.0f64, |most, w| most.max(w.abs())).max(1e-300);
        let (left, top) = (gap + unit % across * step_x, gap + unit / across * step_y);
        for y in 0..shape.height * zoom {
            for x in 0..shape.width * zoom {
                let plane = shape.width * shape.height;
                let at = y / zoom * shape.width + x / zoom;
                let value = |channel: usize| row[channel * plane + at] / most;
                let colour = if shape.channels == 3 {
                    [0, 1, 2]
                        .map(|channel| (127.5 + 127.5 * value(channel)).round() as u8)
                } else {
                    diverging(value(0))
                };
                let place = ((top + y) * width + left + x) * 3;
                tiles[place..place + 3].copy_from_slice(&colour);
            }
        }
    }
    let of = match weight.nrows() {
        all if all > units => format!("{units} of {all}"),
        all => all.to_string(),
    };
    let heading = Heading {
        title: format!("First-layer weights of {of} units"),
        key: if shape.channels == 3 {
            "grey is 0; each image is scaled to its largest weight"
        } else {
            "red positive, blue negative; each image is scaled to its largest weight"
        },
    };
    // At least wide enough for the words.
    let wide = width.max(320);
    let margin = (wide - width) / 2;
    let (points_wide, points_high) = (wide as u32, height as u32 + HEADING);
    let image = base64(&png(width as u32, height as u32, |take| take(&tiles))?);
    let words = svg(points_wide, HEADING, &heading)?;
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{points_high}\" \
         viewBox=\"0 0 {wide} {points_high}\"><title>First-layer weights</title>{words}<image \
         x=\"{margin}\" y=\"{HEADING}\" width=\"{width}\" height=\"{height}\" \
         style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{image}\"/></svg>\n"
    );
    let larger = ENLARGEMENT as usize;
    let png = png(ENLARGEMENT * points_wide, ENLARGEMENT * points_high, |take| {
        pixels(points_wide, HEADING, &heading, take)?;
        let mut line = Vec::with_capacity(3 * larger * wide);
        for row in tiles.chunks_exact(3 * width) {
            line.clear();
            line.resize(3 * larger * margin, 255);
            for pixel in row.chunks_exact(3) {
                (0..larger).for_each(|_| line.extend(pixel));
            }
            line.resize(3 * larger * wide, 255);
            (0..larger).try_for_each(|_| take(&line))?;
        }
        Ok(())
    })?;
    Ok(Figure { svg, png })
}

/// Blue at −1, white at 0, red at 1.
fn diverging(value: f64) -> [u8; 3] {
    let (to, part) =
        if value < 0.0 { ([33, 102, 172], -value) } else { ([178, 24, 43], value) };
    to.map(|to| (255.0 + (f64::from(to) - 255.0) * part.min(1.0)).round() as u8)
}
