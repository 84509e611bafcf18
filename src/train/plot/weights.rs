//! The first layer's weights as images: what each hidden unit looks for.

use super::canvas::{Figure, base64, png};
use crate::train::data::ImageShape;
use crate::train::mlp::Mlp;
use crate::train::{Error, Number};

/// The most units that are shown.
const MOST_UNITS: usize = 64;

/// Tiles one image for each of the first units. Grey images run from blue (negative) over white to
/// red, colour images from −largest (black) to +largest (white) in each channel.
///
/// # Errors
/// The shape is not that of the model's input, or PNG cannot be written.
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
    let mut pixels = vec![255u8; width * height * 3];
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
                pixels[place..place + 3].copy_from_slice(&colour);
            }
        }
    }
    let png = png(width as u32, height as u32, &pixels)?;
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\"><title>First-layer weights</title><image width=\"{width}\" \
         height=\"{height}\" href=\"data:image/png;base64,{}\"/></svg>\n",
        base64(&png)
    );
    Ok(Figure { svg, png })
}

/// Blue at −1, white at 0, red at 1.
fn diverging(value: f64) -> [u8; 3] {
    let (to, part) =
        if value < 0.0 { ([33, 102, 172], -value) } else { ([178, 24, 43], value) };
    to.map(|to| (255.0 + (f64::from(to) - 255.0) * part.min(1.0)).round() as u8)
}
