//! Drawing whole points: dimensions, symbols, opaque functions and scalars.

use super::draw::{Source, draw};
use super::error::EvalError;
use super::point::{Jet2, Point, Values, sizes};
use super::program::Program;
use super::random::Random;
use crate::shape::{Dim, Properties, Role, SymbolId};

/// Draws a point for everything that the program mentions.
///
/// # Errors
/// [`EvalError::NoPoint`] when no values of these dimensions have the properties.
pub(crate) fn sample(
    program: &Program<'_>,
    dims: &[usize],
    source: Source,
    polynomials: &mut dyn FnMut(&mut Random) -> Vec<i64>,
    random: &mut Random,
) -> Result<Point, EvalError> {
    let table = program.table;
    let mut point = Point { dims: dims.to_vec(), ..Point::default() };
    for (at, symbol) in table.symbols.iter().enumerate() {
        let value = match (&program.dependence[at], &symbol.role) {
            (None, _) | (_, Role::Defined(_) | Role::Partial(..)) => None,
            (Some(_), role) => {
                let sizes = sizes(dims, &symbol.axes)?;
                // The differential of a symbol may be any array, whatever the symbol is.
                let free = Properties::default();
                let properties = match role {
                    Role::Differential(_) => &free,
                    _ => &symbol.properties,
                };
                if let Role::Opaque(arguments) = role {
                    point.opaque.push(opaque(
                        program,
                        dims,
                        SymbolId(at as u32),
                        arguments,
                        source,
                        random,
                    )?);
                }
                let value = draw(properties, &symbol.axes, &sizes, source, random);
                Some(value.ok_or(EvalError::NoPoint)?)
            }
        };
        point.values.push(value);
    }
    for known in &program.functions {
        point.functions.push(if *known { polynomials(random) } else { Vec::new() });
    }
    Ok(point)
}

fn opaque(
    program: &Program<'_>,
    dims: &[usize],
    symbol: SymbolId,
    arguments: &[SymbolId],
    source: Source,
    random: &mut Random,
) -> Result<Jet2, EvalError> {
    let table = program.table;
    let none = Properties::default();
    let mut any = |axes: &[Dim]| -> Result<Values, EvalError> {
        let sizes = sizes(dims, axes)?;
        draw(&none, axes, &sizes, source, random).ok_or(EvalError::NoPoint)
    };
    let mut gradient = Vec::new();
    let mut hessian = Vec::new();
    for (a, first) in arguments.iter().enumerate() {
        let axes = &table.symbol(*first).axes;
        gradient.push(any(axes)?);
        for (b, second) in arguments.iter().enumerate().skip(a) {
            let mut both = axes.clone();
            both.extend(table.symbol(*second).axes.iter().cloned());
            let mut block = any(&both)?;
            if a == b {
                let n = gradient[a].entries.len();
                for i in 0..n {
                    for j in 0..i {
                        block.entries[i * n + j] = block.entries[j * n + i];
                    }
                }
            }
            hessian.push(block);
        }
    }
    Ok(Jet2 { symbol, gradient, hessian })
}

/// The polynomial that stands for an unknown function: a line where it must be tame, else positive
/// in every other attempt.
pub(crate) fn polynomial(attempt: usize, tame: bool, random: &mut Random) -> Vec<i64> {
    if tame { tame_polynomial(random) } else { wide_polynomial(attempt % 2 == 1, random) }
}

/// A polynomial of degree 1, for compositions so deep that higher degrees overflow.
fn tame_polynomial(random: &mut Random) -> Vec<i64> {
    vec![random.between(-2, 2), if random.next() & 1 == 1 { 1 } else { -1 }]
}

/// A polynomial of degree 6 without zeros on the line, or of either sign.
pub(crate) fn wide_polynomial(positive: bool, random: &mut Random) -> Vec<i64> {
    let mut sign = |size: i64| if random.next() & 1 == 1 { size } else { -size };
    if positive {
        // t⁶ + t⁴ ± t³ + 2 t² ± 2 t + c > 0 for c ≥ 5
        let (linear, cubic) = (sign(2), sign(1));
        vec![random.between(5, 9), linear, 2, cubic, 1, 0, 1]
    } else {
        let signs = [sign(1), sign(1), sign(1), sign(1), sign(1), sign(1), sign(1)];
        signs.iter().map(|s| s * random.between(1, 3)).collect()
    }
}
