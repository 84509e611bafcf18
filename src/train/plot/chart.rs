//! Lines and points over two axes, each linear or logarithmic.

use std::ops::Range;

use plotters::coord::Shift;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::canvas::{FAMILY, Figure, Paint, figure};
use crate::train::Error;

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Line,
    Faint,
    Dotted,
}

/// A named line.
#[derive(Clone, Debug)]
pub struct Series {
    name: String,
    points: Vec<(f64, f64)>,
    style: Style,
    colour: usize,
}

impl Series {
    /// A line.
    pub fn line(name: &str, points: Vec<(f64, f64)>, colour: usize) -> Self {
        Series { name: name.into(), points, style: Style::Line, colour }
    }

    /// A thin, pale line, for what lies behind.
    pub fn faint(name: &str, points: Vec<(f64, f64)>, colour: usize) -> Self {
        Series { name: name.into(), points, style: Style::Faint, colour }
    }

    /// A line with a dot at each point.
    pub fn dotted(name: &str, points: Vec<(f64, f64)>, colour: usize) -> Self {
        Series { name: name.into(), points, style: Style::Dotted, colour }
    }
}

/// A point that is pointed out.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Where.
    pub at: (f64, f64),
    /// What to say of it.
    pub text: String,
}

/// A chart. Points that are not finite (or not positive on a logarithmic axis) are left out.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// The line above.
    pub title: String,
    /// What x is.
    pub x_label: String,
    /// What y is.
    pub y_label: String,
    /// Whether x is logarithmic.
    pub x_log: bool,
    /// Whether y is logarithmic.
    pub y_log: bool,
    /// The largest y that is shown, where lines run away.
    pub y_most: Option<f64>,
    /// The lines, the first drawn first.
    pub series: Vec<Series>,
    /// A point to point out.
    pub mark: Option<Mark>,
}

/// Colours that colour-blind readers tell apart (Okabe and Ito), and three more.
const COLOURS: [RGBColor; 9] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(90, 60, 150),
    RGBColor(120, 120, 120),
    RGBColor(20, 20, 20),
];

const INK: RGBColor = RGBColor(40, 40, 40);
const GRID: RGBColor = RGBColor(226, 226, 226);

impl Chart {
    /// Draws the chart.
    ///
    /// # Errors
    /// The drawing library fails.
    pub fn draw(&self) -> Result<Figure, Error> {
        figure(if self.has_legend() { 800 } else { 640 }, 420, self)
    }

    fn has_legend(&self) -> bool {
        self.mark.is_some() || self.series.iter().any(|series| !series.name.is_empty())
    }

    /// A point on the axes' own scale; `None` where it cannot be shown.
    fn place(&self, (x, y): (f64, f64)) -> Option<(f64, f64)> {
        let scaled = |v: f64, log: bool| if log { v.log10() } else { v };
        let most = self.y_most.map_or(f64::INFINITY, |most| scaled(most, self.y_log));
        let (x, y) = (scaled(x, self.x_log), scaled(y, self.y_log));
        (x.is_finite() && y.is_finite()).then_some((x, y.min(most)))
    }
}

/// The range and the ticks of an axis.
#[derive(Clone)]
struct Axis {
    from: f64,
    to: f64,
    ticks: Vec<f64>,
    log: bool,
}

impl Axis {
    /// Where `whole`, only whole numbers are marked.
    fn new(
        values: impl Iterator<Item = f64>,
        log: bool,
        whole: bool,
        margin: f64,
    ) -> Self {
        let (low, high) = values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
                (low.min(v), high.max(v))
            });
        let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
        let (low, high) = if high - low < 1e-12 * (1.0 + high.abs()) {
            let room = 0.5 * if low == 0.0 { 1.0 } else { low.abs() };
            (low - room, high + room)
        } else {
            (low, high)
        };
        let room = margin * (high - low);
        let (from, to) = (low - room, high + room);
        let step = nice_step((to - from) / 6.0, log);
        let step = if whole { step.max(1.0) } else { step };
        let first = (from / step).ceil() as i64;
        let last = (to / step).floor() as i64;
        let ticks = (first..=last.min(first + 50)).map(|i| i as f64 * step).collect();
        Axis { from, to, ticks, log }
    }

    fn label(&self, v: f64) -> String {
        if !self.log {
            let step = self.ticks.windows(2).next().map_or(1.0, |pair| pair[1] - pair[0]);
            let digits = (-step.log10() - 1e-9).ceil().clamp(0.0, 9.0) as usize;
            let text = format!("{v:.digits$}");
            return if text.starts_with('-') {
                text.replacen('-', "−", 1)
            } else {
                text
            };
        }
        if (v - v.round()).abs() > 1e-9 {
            return format!("{:.2}", 10f64.powf(v));
        }
        let exponent = v.round() as i64;
        match exponent {
            -2..=3 => format!("{}", 10f64.powi(exponent as i32)),
            _ => {
                let digits = exponent.to_string();
                let raised = digits.chars().map(|c| match c {
                    '-' => '⁻',
                    '1' => '¹',
                    '2' => '²',
                    '3' => '³',
                    c => {
                        char::from_u32(0x2070 + c.to_digit(10).unwrap_or(0)).unwrap_or(c)
                    }
                });
                format!("10{}", raised.collect::<String>())
            }
        }
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (low, high): (i32, i32)) -> i32 {
        let part = (value - self.from) / (self.to - self.from);
        low + (part * f64::from(high - low)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // The axis has no lighter lines between its ticks.
        if hint.weight().allow_light_points() { Vec::new() } else { self.ticks.clone() }
    }

    fn range(&self) -> Range<f64> {
        self.from..self.to
    }
}

impl ValueFormatter<f64> for Axis {
    fn format(value: &f64) -> String {
        value.to_string()
    }

    fn format_ext(&self, value: &f64) -> String {
        self.label(*value)
    }
}

/// 1, 2 or 5 times a power of ten, at least `least`; a whole number on a logarithmic axis that
/// spans more than a decade.
fn nice_step(least: f64, log: bool) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .map(|m| m * power)
        .into_iter()
        .find(|&s| s >= least * 0.999);
    let step = step.unwrap_or(least);
    if log && least > 0.15 { step.ceil() } else { step }
}

impl Paint for Chart {
    fn paint<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
        scale: f64,
    ) -> Result<(), String> {
        let px = |length: f64| (length * scale).round() as u32;
        let font = |size: f64| (FAMILY, size * scale).into_font().color(&INK);
        let fault = |error: DrawingAreaErrorKind<B::ErrorType>| error.to_string();
        let (width, _) = area.dim_in_pixel();
        let legend = if self.has_legend() { px(165.0) } else { 0 };
        let (area, side) = area.split_horizontally(width - legend);
        let placed: Vec<Vec<(f64, f64)>> = self
            .series
            .iter()
            .map(|series| series.points.iter().filter_map(|&p| self.place(p)).collect())
            .collect();
        let all = || placed.iter().flatten();
        // Steps and epochs are counted.
        let whole = !self.x_log && all().all(|p| p.0.fract() == 0.0);
        let x = Axis::new(all().map(|p| p.0), self.x_log, whole, 0.03);
        let y = Axis::new(all().map(|p| p.1), self.y_log, false, 0.06);
        let mut chart = ChartBuilder::on(&area)
            .margin(px(12.0))
            .margin_right(px(18.0))
            .caption(&self.title, font(20.0))
            .x_label_area_size(px(50.0))
            .y_label_area_size(px(68.0))
            .build_cartesian_2d(x.clone(), y.clone())
            .map_err(fault)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID.stroke_width(px(1.0)))
            .axis_style(INK.stroke_width(px(1.0)))
            .set_all_tick_mark_size(px(4.0) as i32)
            .x_desc(&self.x_label)
            .y_desc(&self.y_label)
            .axis_desc_style(font(16.0))
            .label_style(font(15.0))
            .draw()
            .map_err(fault)?;
        for (series, points) in self.series.iter().zip(&placed) {
            let colour = COLOURS[series.colour % COLOURS.len()];
            let style = match series.style {
                Style::Faint => colour.mix(0.25).stroke_width(px(1.0)),
                _ => colour.stroke_width(px(2.0)),
            };
            chart
                .draw_series(LineSeries::new(points.iter().copied(), style))
                .map_err(fault)?;
            if series.style == Style::Dotted {
                let dots =
                    points.iter().map(|&p| Circle::new(p, px(3.5), colour.filled()));
                chart.draw_series(dots).map_err(fault)?;
            }
        }
        if let Some(at) = self.mark.as_ref().and_then(|mark| self.place(mark.at)) {
            let ring = Circle::new(at, px(7.0), INK.stroke_width(px(1.5)));
            chart.draw_series(std::iter::once(ring)).map_err(fault)?;
        }
        let words = |text: &str, middle: i32| {
            let style = font(15.0).pos(Pos::new(HPos::Left, VPos::Center));
            side.draw(&Text::new(text.to_owned(), (px(27.0) as i32, middle), style))
                .map_err(fault)
        };
        let mut middles = (0..).map(|i| px(58.0 + 23.0 * f64::from(i)) as i32);
        let named = self.series.iter().filter(|series| !series.name.is_empty());
        for (series, middle) in named.zip(&mut middles) {
            let colour = COLOURS[series.colour % COLOURS.len()];
            let (strength, thick) =
                if series.style == Style::Faint { (0.35, 1.0) } else { (1.0, 2.0) };
            let line = vec![(0, middle), (px(20.0) as i32, middle)];
            side.draw(&PathElement::new(
                line,
                colour.mix(strength).stroke_width(px(thick)),
            ))
            .map_err(fault)?;
            if series.style == Style::Dotted {
                let dot =
                    Circle::new((px(10.0) as i32, middle), px(3.5), colour.filled());
                side.draw(&dot).map_err(fault)?;
            }
            words(&series.name, middle)?;
        }
        if let (Some(mark), Some(middle)) = (&self.mark, middles.next()) {
            let at = (px(10.0) as i32, middle);
            side.draw(&Circle::new(at, px(6.0), INK.stroke_width(px(1.5))))
                .map_err(fault)?;
            words(&mark.text, middle)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_lie_inside() {
        let axis = Axis::new([0.0, 1.0].into_iter(), false, false, 0.06);
        let labels: Vec<String> = axis.ticks.iter().map(|&v| axis.label(v)).collect();
        assert_eq!(labels, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        let axis = Axis::new([-6.0, 2.0].into_iter(), true, false, 0.03);
        let labels: Vec<String> = axis.ticks.iter().map(|&v| axis.label(v)).collect();
        assert_eq!(labels, ["10⁻⁶", "10⁻⁴", "0.01", "1", "100"]);
        let axis = Axis::new([1.0, 6.0].into_iter(), false, true, 0.03);
        let labels: Vec<String> = axis.ticks.iter().map(|&v| axis.label(v)).collect();
        assert_eq!(labels, ["1", "2", "3", "4", "5", "6"]);
        // A single value and no value at all have an axis too.
        assert!(Axis::new([3.0].into_iter(), false, false, 0.1).ticks.len() > 2);
        assert!(Axis::new(std::iter::empty(), false, false, 0.1).ticks.len() > 2);
    }

    #[test]
    fn what_cannot_be_shown_is_left_out_and_never_fails() {
        let points =
            vec![(0.0, f64::NAN), (1.0, 2.0), (2.0, f64::INFINITY), (-1.0, 1e30)];
        for log in [false, true] {
            let series = vec![Series::dotted("a < b & c", points.clone(), 3)];
            let chart = Chart {
                series,
                x_log: log,
                y_log: log,
                y_most: Some(10.0),
                ..Chart::default()
            };
            let figure = chart.draw().unwrap();
            assert!(figure.svg.contains("a &lt; b &amp; c"));
            assert!(!figure.svg.contains("NaN") && !figure.svg.contains("inf"));
            assert!(figure.png.starts_with(b"\x89PNG"));
        }
    }
}
