//! Pixels to draw on, with text where SVG has it.
//!
//! The bitmap backend of the drawing library sets text about a fifth of its size too high: its
//! baseline lies half the size below the place it is given, whatever the anchor. Here every text is
//! moved down to where browsers put that of the SVG, so labels stand beside their ticks.

use plotters::prelude::*;
use plotters_backend::text_anchor::VPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind,
};

/// A buffer of RGB pixels as a drawing backend.
pub(super) struct Bitmap<'a>(BitMapBackend<'a>);

impl<'a> Bitmap<'a> {
    /// Draws on `pixels`, row by row, three bytes each.
    pub(super) fn new(pixels: &'a mut [u8], size: (u32, u32)) -> Self {
        Bitmap(BitMapBackend::with_buffer(pixels, size))
    }
}

type Fault<B> = DrawingErrorKind<<B as DrawingBackend>::ErrorType>;

impl<'a> DrawingBackend for Bitmap<'a> {
    type ErrorType = <BitMapBackend<'a> as DrawingBackend>::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        self.0.get_size()
    }

    fn ensure_prepared(&mut self) -> Result<(), Fault<Self>> {
        self.0.ensure_prepared()
    }

    fn present(&mut self) -> Result<(), Fault<Self>> {
        self.0.present()
    }

    fn draw_pixel(
        &mut self,
        point: BackendCoord,
        color: BackendColor,
    ) -> Result<(), Fault<Self>> {
        self.0.draw_pixel(point, color)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Result<(), Fault<Self>> {
        self.0.draw_line(from, to, style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Result<(), Fault<Self>> {
        self.0.draw_rect(upper_left, bottom_right, style, fill)
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
        self.0.draw_text(text, style, (x + dx, y + dy))
    }
}
