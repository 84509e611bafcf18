//! Values as people read them.

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::approx::Approx;
use super::array::Array;
use super::compare::FUEL;
use super::number::Number;
use super::point::{IndexEnv, Point, Values};
use super::refute::index_values;
use super::sides::{Sides, both};
use crate::shape::{Dim, Role, SymbolId};

/// A matrix of numbers as text: integers and fractions, or decimals with six digits.
pub type Grid = Vec<Vec<String>>;

/// A point at which two sides differ, as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Refutation {
    /// The value of each named dimension that occurs, then those of the free indices (from 1).
    pub dims: Vec<(String, usize)>,
    /// The value of each symbol that occurs and is not defined by others; gradients of opaque
    /// scalars as `∂L/∂Y`.
    pub values: Vec<(String, Grid)>,
    /// What each opaque function was taken to be: `h(t) = t^2`.
    pub functions: Vec<(String, String)>,
    /// The left side there.
    pub lhs: Grid,
    /// The right side there.
    pub rhs: Grid,
    /// The first entry (from 1) of the left side at which they differ.
    pub entry: (usize, usize),
    /// Whether both sides are exact.
    pub exact: bool,
}

/// Numbers that can be shown.
pub(crate) trait Show: Number {
    const EXACT: bool;
    fn show(&self) -> String;
}

impl Show for BigRational {
    const EXACT: bool = true;
    fn show(&self) -> String {
        if self.denom().is_one() {
            self.numer().to_string()
        } else {
            format!("{}/{}", self.numer(), self.denom())
        }
    }
}

impl Show for Approx {
    const EXACT: bool = false;
    fn show(&self) -> String {
        decimal(self.value)
    }
}

/// A double with six significant digits and no idle zeros.
fn decimal(x: f64) -> String {
    if x == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{x:.5e}");
    let exponent = scientific.split('e').nth(1).and_then(|e| e.parse::<i32>().ok());
    let trim = |digits: &str| {
        if digits.contains('.') {
            digits.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            digits.to_owned()
        }
    };
    match exponent {
        Some(e) if (-5..6).contains(&e) => trim(&format!("{x:.*}", (5 - e) as usize)),
        Some(e) => {
            let digits = scientific.split('e').next().unwrap_or_default();
            format!("{}e{e}", trim(digits))
        }
        None => scientific,
    }
}

/// The rows and columns in which an array is shown: a scalar 1×1, matrices and vectors as they
/// are, others with the first half of their axes as rows, axes of 1 left out.
fn layout(axes: &[Dim], sizes: &[usize]) -> (usize, usize) {
    let kept: Vec<usize> = if sizes.len() > 2 {
        axes.iter().zip(sizes).filter(|(d, _)| !d.is_unit()).map(|(_, s)| *s).collect()
    } else {
        sizes.to_vec()
    };
    let rows = kept.len().div_ceil(2);
    (kept[..rows].iter().product(), kept[rows..].iter().product())
}

fn grid<T>(
    axes: &[Dim],
    sizes: &[usize],
    entries: &[T],
    show: impl Fn(&T) -> String,
) -> Grid {
    let (_, columns) = layout(axes, sizes);
    entries.chunks(columns.max(1)).map(|row| row.iter().map(&show).collect()).collect()
}

fn values_grid(axes: &[Dim], values: &Values) -> Grid {
    grid(axes, &values.sizes, &values.entries, |x| {
        if x.is_integer() {
            x.numer().to_string()
        } else {
            format!("{}/{}", x.numer(), x.denom())
        }
    })
}

/// `2 - t + 3 t^2`
fn polynomial(coefficients: &[i64]) -> String {
    let mut text = String::new();
    for (k, c) in coefficients.iter().enumerate().filter(|(_, c)| **c != 0) {
        let sign = match (text.is_empty(), *c < 0) {
            (true, true) => "-",
            (true, false) => "",
            (false, true) => " - ",
            (false, false) => " + ",
        };
        let size = c.unsigned_abs();
        let power = match k {
            0 => String::new(),
            1 => "t".to_owned(),
            _ => format!("t^{k}"),
        };
        let factor = match (size, k) {
            (1, 1..) => String::new(),
            (_, 0) => size.to_string(),
            _ => format!("{size} "),
        };
        text.push_str(&format!("{sign}{factor}{power}"));
    }
    if text.is_empty() { "0".to_owned() } else { text }
}

/// The point with both sides' values at the given free indices; `entry` counts in row-major order.
pub(crate) fn refutation<N: Show>(
    sides: &Sides<'_>,
    point: &Point,
    indices: &IndexEnv,
    entry: usize,
) -> Option<Refutation> {
    let program = &sides.program;
    let table = program.table;
    let (lhs, rhs) = both::<N>(sides, point, indices, FUEL).ok()?;
    let mut dims: Vec<(String, usize)> = (0..table.dims.len())
        .filter(|d| program.dims[*d])
        .map(|d| (table.dims[d].clone(), point.dims[d]))
        .collect();
    dims.extend(index_values(sides, indices));
    let side = |id: u32, value: &Array<N>| {
        grid(program.items[id as usize].axes, value.sizes(), value.entries(), N::show)
    };
    let (_, columns) = layout(program.items[sides.lhs as usize].axes, lhs.sizes());
    let columns = columns.max(1);
    Some(Refutation {
        dims,
        values: shown_values(sides, point),
        functions: table
            .functions
            .iter()
            .zip(&point.functions)
            .filter(|(_, p)| !p.is_empty())
            .map(|(name, p)| (name.clone(), format!("{name}(t) = {}", polynomial(p))))
            .collect(),
        lhs: side(sides.lhs, &lhs),
        rhs: side(sides.rhs, &rhs),
        entry: (entry / columns + 1, entry % columns + 1),
        exact: N::EXACT,
    })
}

fn shown_values(sides: &Sides<'_>, point: &Point) -> Vec<(String, Grid)> {
    let program = &sides.program;
    let table = program.table;
    let mut shown = Vec::new();
    for (at, values) in point.values.iter().enumerate() {
        let Some(values) = values else { continue };
        let symbol = &table.symbols[at];
        let Role::Opaque(arguments) = &symbol.role else {
            shown.push((symbol.name.clone(), values_grid(&symbol.axes, values)));
            continue;
        };
        let id = SymbolId(at as u32);
        if values.entries.iter().any(|x| !x.is_zero()) {
            shown.push((symbol.name.clone(), values_grid(&symbol.axes, values)));
        }
        let Some(jet) = point.opaque.iter().find(|jet| jet.symbol == id) else {
            continue;
        };
        let names: Vec<&str> =
            arguments.iter().map(|a| table.symbol(*a).name.as_str()).collect();
        for (a, gradient) in jet.gradient.iter().enumerate() {
            let axes = &table.symbol(arguments[a]).axes;
            let name = format!("∂{}/∂{}", symbol.name, names[a]);
            shown.push((name, values_grid(axes, gradient)));
        }
        let pairs = (0..names.len()).flat_map(|a| (a..names.len()).map(move |b| (a, b)));
        for ((a, b), block) in pairs.zip(&jet.hessian) {
            if block.entries.iter().all(Zero::is_zero) {
                continue;
            }
            let mut axes = table.symbol(arguments[a]).axes.clone();
            axes.extend(table.symbol(arguments[b]).axes.iter().cloned());
            let name = format!("∂²{}/∂{}∂{}", symbol.name, names[a], names[b]);
            shown.push((name, values_grid(&axes, block)));
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{decimal, polynomial};

    #[test]
    fn decimals_have_six_digits_and_no_idle_zeros() {
        for (x, text) in [
            (0.0, "0"),
            (0.5, "0.5"),
            (-2.0, "-2"),
            (std::f64::consts::PI, "3.14159"),
            (0.000_012_345_678, "0.0000123457"),
            (123_456.7, "123457"),
            (1_234_567.0, "1.23457e6"),
            (1e-9, "1e-9"),
            (999_999.99, "1e6"),
        ] {
            assert_eq!(decimal(x), text);
        }
    }

    #[test]
    fn polynomials_read_as_written_by_hand() {
        assert_eq!(polynomial(&[0, 0, 1]), "t^2");
        assert_eq!(polynomial(&[-2, -1, 3]), "-2 - t + 3 t^2");
        assert_eq!(polynomial(&[1, 2]), "1 + 2 t");
        assert_eq!(polynomial(&[0]), "0");
    }
}
