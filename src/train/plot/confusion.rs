//! The confusion matrix: how often a class was taken for another.

use nalgebra::DMatrix;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::canvas::{FAMILY, Figure, Paint, figure};
use crate::train::Error;

/// Beyond this many classes the counts are left out: the colours remain.
const MOST_COUNTS: usize = 25;

struct Confusion<'a> {
    counts: &'a DMatrix<u32>,
    classes: &'a [String],
    cell: f64,
}

/// Draws the counts, a row for each true class, a column for each answer.
///
/// # Errors
/// The drawing library fails, or there is not a name for each class.
pub fn confusion(counts: &DMatrix<u32>, classes: &[String]) -> Result<Figure, Error> {
    let n = counts.nrows();
    if n == 0 || counts.ncols() != n || classes.len() != n {
        return Err(Error::new(
            "figure",
            "the confusion matrix must have a name for each class",
        ));
    }
    let cell = (460.0 / n as f64).clamp(4.0, 46.0);
    let side = (cell * n as f64).round() as u32;
    figure(side + 148, side + 156, &Confusion { counts, classes, cell })
}

impl Confusion<'_> {
    /// A size of text that fits beside a small matrix too.
    fn fitting(&self, size: f64) -> f64 {
        size.min(0.06 * (self.cell * self.classes.len() as f64 + 140.0))
    }
}

impl Paint for Confusion<'_> {
    fn paint<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
        scale: f64,
    ) -> Result<(), String> {
        let px = |length: f64| (length * scale).round() as i32;
        let n = self.classes.len();
        let (left, top) = (124.0, 44.0);
        let text = |words: &str,
                    x: f64,
                    y: f64,
                    size: f64,
                    h: HPos,
                    turn: bool,
                    colour: RGBColor| {
            let font = (FAMILY, size * scale).into_font();
            let font = if turn { font.transform(FontTransform::Rotate270) } else { font };
            let style = font.color(&colour).pos(Pos::new(h, VPos::Center));
            area.draw(&Text::new(words.to_owned(), (px(x), px(y)), style))
                .map_err(|error| error.to_string())
        };
        let ink = RGBColor(40, 40, 40);
        let side = self.cell * n as f64;
        text(
            &format!("Confusion matrix of {} test examples", self.counts.sum()),
            left + side / 2.0,
            18.0,
            self.fitting(20.0),
            HPos::Center,
            false,
            ink,
        )?;
        text(
            "answer of the network",
            left + side / 2.0,
            top + side + 96.0,
            self.fitting(16.0),
            HPos::Center,
            false,
            ink,
        )?;
        text(
            "true class",
            16.0,
            top + side / 2.0,
            self.fitting(16.0),
            HPos::Center,
            true,
            ink,
        )?;
        for i in 0..n {
            let total: u32 = self.counts.row(i).iter().sum();
            let middle = top + self.cell * (i as f64 + 0.5);
            let size = (self.cell * 0.8).min(14.5);
            text(
                &shortened(&self.classes[i]),
                left - 6.0,
                middle,
                size,
                HPos::Right,
                false,
                ink,
            )?;
            let across = left + self.cell * (i as f64 + 0.5);
            text(
                &shortened(&self.classes[i]),
                across,
                top + side + 6.0,
                size,
                HPos::Right,
                true,
                ink,
            )?;
            for j in 0..n {
                let count = self.counts[(i, j)];
                let part = f64::from(count) / f64::from(total.max(1));
                let corner = |di: usize, dj: usize| {
                    (
                        px(left + self.cell * (j + dj) as f64),
                        px(top + self.cell * (i + di) as f64),
                    )
                };
                let colour = if i == j {
                    blend(part, (0, 90, 150))
                } else {
                    blend((2.0 * part).min(1.0), (200, 70, 0))
                };
                area.draw(&Rectangle::new([corner(0, 0), corner(1, 1)], colour.filled()))
                    .map_err(|error| error.to_string())?;
                if n <= MOST_COUNTS && count > 0 {
                    let dark = if i == j { part > 0.5 } else { part > 0.3 };
                    let colour = if dark { WHITE } else { ink };
                    let size = self.cell * if count > 999 { 0.3 } else { 0.36 };
                    text(
                        &count.to_string(),
                        across_of(left, self.cell, j),
                        middle,
                        size,
                        HPos::Center,
                        false,
                        colour,
                    )?;
                }
            }
        }
        let frame = [(px(left), px(top)), (px(left + side), px(top + side))];
        area.draw(&Rectangle::new(frame, ink.stroke_width(px(1.0) as u32)))
            .map_err(|error| error.to_string())
    }
}

fn across_of(left: f64, cell: f64, column: usize) -> f64 {
    left + cell * (column as f64 + 0.5)
}

/// From white to a colour.
fn blend(part: f64, (r, g, b): (u8, u8, u8)) -> RGBColor {
    let mix =
        |to: u8| (255.0 + (f64::from(to) - 255.0) * part.clamp(0.0, 1.0)).round() as u8;
    RGBColor(mix(r), mix(g), mix(b))
}

/// A name that fits beside the matrix.
fn shortened(name: &str) -> String {
    if name.chars().count() <= 13 {
        return name.to_owned();
    }
    name.chars().take(12).chain(['…']).collect()
}
