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
    /// Room beside the matrix for the names of the classes.
    names: f64,
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
    let longest = classes.iter().map(|name| shortened(name).chars().count()).max();
    // About six tenths of the size a letter.
    let names = 0.6 * text_size(cell) * longest.unwrap_or(1) as f64 + 12.0;
    let picture = Confusion { counts, classes, cell, names };
    let width = picture.left() + picture.side() + picture.right();
    let height = TOP + picture.side() + picture.below() + 36.0;
    figure(width.round() as u32, height.round() as u32, &picture)
}

/// Points that a figure is wide at least.
const LEAST_WIDTH: f64 = 320.0;

/// Points above the matrix.
const TOP: f64 = 44.0;

/// The size of the classes' names.
fn text_size(cell: f64) -> f64 {
    (cell * 0.8).min(14.5)
}

impl Confusion<'_> {
    /// Whether the names below the matrix stand upright: short ones do.
    fn upright(&self) -> bool {
        self.names - 12.0 <= 0.9 * self.cell
    }

    fn side(&self) -> f64 {
        self.cell * self.classes.len() as f64
    }

    /// Points on the right of the matrix: small ones stand in the middle of a figure for the title.
    fn right(&self) -> f64 {
        24.0 + ((LEAST_WIDTH - 58.0 - self.names - self.side()) / 2.0).max(0.0)
    }

    /// Points on the left of the matrix.
    fn left(&self) -> f64 {
        10.0 + self.names + self.right()
    }

    /// Points below the matrix for the names.
    fn below(&self) -> f64 {
        if self.upright() { 24.0 } else { self.names }
    }

    /// A size at which words fit in the middle above or below the matrix too.
    fn fitting(&self, words: &str, size: f64) -> f64 {
        let room = self.side() + 2.0 * self.right();
        size.min(room / (0.56 * words.chars().count() as f64))
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
        let (left, top) = (self.left(), TOP);
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
        let (side, below) = (self.side(), "answer of the network");
        let title = format!("Confusion matrix of {} test examples", self.counts.sum());
        text(
            &title,
            left + side / 2.0,
            18.0,
            self.fitting(&title, 20.0),
            HPos::Center,
            false,
            ink,
        )?;
        text(
            below,
            left + side / 2.0,
            top + side + self.below() + 14.0,
            self.fitting(below, 16.0),
            HPos::Center,
            false,
            ink,
        )?;
        text(
            "true class",
            left - self.names - 14.0,
            top + side / 2.0,
            self.fitting(below, 16.0),
            HPos::Center,
            true,
            ink,
        )?;
        for i in 0..n {
            let total: u32 = self.counts.row(i).iter().sum();
            let middle = top + self.cell * (i as f64 + 0.5);
            let size = text_size(self.cell);
            text(
                &shortened(&self.classes[i]),
                left - 6.0,
                middle,
                size,
                HPos::Right,
                false,
                ink,
            )?;
            let across = across_of(left, self.cell, i);
            let (down, h) =
                if self.upright() { (13.0, HPos::Center) } else { (6.0, HPos::Right) };
            text(
                &shortened(&self.classes[i]),
                across,
                top + side + down,
                size,
                h,
                !self.upright(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_classes_and_every_name_can_be_drawn() {
        for n in [2, 10, 26, 120] {
            let counts =
                DMatrix::from_fn(n, n, |i, j| if i == j { 900 } else { (j % 3) as u32 });
            for name in ["", "7", "a long name of a class <&>", "犬"] {
                let classes = vec![name.to_owned(); n];
                let figure = confusion(&counts, &classes).unwrap();
                assert!(figure.png.starts_with(b"\x89PNG"));
                assert!(!figure.svg.contains("<&>"));
            }
        }
        assert!(confusion(&DMatrix::zeros(0, 0), &[]).is_err());
    }
}
