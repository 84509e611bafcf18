//! Rows of pixels to draw on, with text where SVG has it.
//!
//! Text and curves are smoothed by drawing them large and averaging. A whole large drawing would take
//! more memory than a small training, so it is made some rows at a time.
//!
//! The bitmap backend of the drawing library sets text about a fifth of its size too high: its
//! baseline lies half the size below the place it is given, whatever the anchor. Here every text is
//! moved down to where browsers put that of the SVG, so labels stand beside their ticks.

use plotters::prelude::*;
use plotters_backend::text_anchor::VPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind,
};

/// Some rows of a drawing, as RGB pixels, as a drawing backend: all may be drawn, those rows are kept.
pub(super) struct Band<'a> {
    rows: BitMapBackend<'a>,
    /// The first of the rows.
    top: i32,
    /// The size of the whole drawing.
    size: (u32, u32),
}

impl<'a> Band<'a> {
    /// Keeps the rows from `top` on of a drawing of the given size, as many as `pixels` holds (row by
    /// row, three bytes a pixel).
    pub(super) fn new(pixels: &'a mut [u8], top: u32, size: (u32, u32)) -> Self {
        let rows = pixels.len() as u32 / (3 * size.0);
        let rows = BitMapBackend::with_buffer(pixels, (size.0, rows));
        Band { rows, top: top as i32, size }
    }

    fn here(&self, (x, y): BackendCoord) -> BackendCoord {
        (x, y - self.top)
    }
}

type Fault<B> = DrawingErrorKind<<B as DrawingBackend>::ErrorType>;

impl<'a> DrawingBackend for Band<'a> {
    type ErrorType = <BitMapBackend<'a> as DrawingBackend>::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Result<(), Fault<Self>> {
        self.rows.ensure_prepared()
    }

    fn present(&mut self) -> Result<(), Fault<Self>> {
        self.rows.present()
    }

    fn draw_pixel(
        &mut self,
        point: BackendCoord,
        color: BackendColor,
    ) -> Result<(), Fault<Self>> {
        self.rows.draw_pixel(self.here(point), color)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Result<(), Fault<Self>> {
        let (from, to) = (self.here(from), self.here(to));
        self.rows.draw_line(from, to, style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Result<(), Fault<Self>> {
        let (upper_left, bottom_right) = (self.here(upper_left), self.here(bottom_right));
        self.rows.draw_rect(upper_left, bottom_right, style, fill)
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Result<(), Fault<Self>> {
        let part = match style.anchor().v_pos {
            VPos::Top => 0.11,
            VPos::Center => 0.19,
            VPos::Bottom => 0.09,
        };
        let (dx, dy) =
            style.transform().transform(0, (part * style.size()).round() as i32);
        let place = self.here((x + dx, y + dy));
        self.rows.draw_text(text, style, place)
    }
}
