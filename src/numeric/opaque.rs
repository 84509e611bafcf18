//! Opaque scalars near a point: `L = L₀ + ⟨G, δ⟩ + ½ δᵀHδ`, with any `G` and any symmetric `H`.
//!
//! With these the chain rule is exact for first and second derivatives, whatever `L` may be. Third
//! derivatives are refused, for the model says nothing of them.

use super::array::{Array, Sizes};
use super::error::EvalError;
use super::number::Number;
use super::point::{Jet2, Point, Values};
use crate::shape::SymbolId;

const MISSING: EvalError = EvalError::Malformed("an opaque scalar without a value");

/// The infinitesimal part of each argument.
type Rises<N> = [Option<Array<N>>];

fn model(point: &Point, symbol: SymbolId) -> Result<&Jet2, EvalError> {
    point.opaque.iter().find(|jet| jet.symbol == symbol).ok_or(MISSING)
}

/// How many infinitesimals occur; refuses what would need a third derivative.
fn check_order<N: Number>(rises: &Rises<N>, most: u32) -> Result<u32, EvalError> {
    let order = rises
        .iter()
        .flatten()
        .flat_map(|rise| rise.planes())
        .fold(0, |all, (mask, _)| all | mask)
        .count_ones();
    if order > most { Err(EvalError::NotExact) } else { Ok(order) }
}

/// The second derivative by two arguments as an array of `(first, second)` entries.
fn hessian<N: Number>(
    jet: &Jet2,
    a: usize,
    b: usize,
) -> Result<(Array<N>, usize, usize), EvalError> {
    let count = jet.gradient.len();
    let size = |k: usize| jet.gradient.get(k).map(|g| g.entries.len()).ok_or(MISSING);
    let (rows, columns) = (size(a)?, size(b)?);
    let (low, high) = (a.min(b), a.max(b));
    // The blocks (0,0), (0,1), …, (1,1), … before that of (low, high).
    let at = low * count - low * (low + 1) / 2 + high;
    let block: Array<N> = jet.hessian.get(at).ok_or(MISSING)?.array()?;
    if a <= b {
        return Ok((block, rows, columns));
    }
    let transposed = block.linear(block.sizes().into(), |p| {
        (0..rows * columns).map(|k| p[k % columns * rows + k / columns].clone()).collect()
    });
    Ok((transposed, rows, columns))
}

/// The value of the scalar.
pub(crate) fn value<N: Number>(
    point: &Point,
    symbol: SymbolId,
    base: Array<N>,
    rises: &Rises<N>,
) -> Result<Array<N>, EvalError> {
    let mut value = base;
    if rises.iter().all(Option::is_none) {
        return Ok(value);
    }
    let order = check_order(rises, 2)?;
    let jet = model(point, symbol)?;
    let half = N::fraction(1, 2)?;
    for (a, rise) in rises.iter().enumerate() {
        let Some(rise) = rise else { continue };
        let gradient: Array<N> = jet.gradient.get(a).ok_or(MISSING)?.array()?;
        let len = rise.len();
        value.add_assign(&gradient.matrix_product(rise, Sizes::new(), [1, len, 1]));
        if order > 1 {
            let slope = hessian_times(jet, a, rises)?.scaled(&half);
            if let Some(slope) = slope.nilpotent() {
                value.add_assign(&slope.matrix_product(rise, Sizes::new(), [1, len, 1]));
            }
        }
    }
    Ok(value)
}

/// `Σ_b H_ab δ_b`, a list over the entries of argument `a`.
fn hessian_times<N: Number>(
    jet: &Jet2,
    a: usize,
    rises: &Rises<N>,
) -> Result<Array<N>, EvalError> {
    let rows = jet.gradient.get(a).ok_or(MISSING)?.entries.len();
    let mut sum = Array::zeros(smallvec::smallvec![rows]);
    for (b, rise) in rises.iter().enumerate() {
        let Some(rise) = rise else { continue };
        let (block, rows, columns) = hessian(jet, a, b)?;
        if rise.len() != columns {
            return Err(MISSING);
        }
        let sizes = smallvec::smallvec![rows];
        sum.add_assign(&block.matrix_product(rise, sizes, [rows, columns, 1]));
    }
    Ok(sum)
}

/// The partial derivative by one or two arguments.
pub(crate) fn partial<N: Number>(
    point: &Point,
    of: SymbolId,
    arguments: &[SymbolId],
    by: &[SymbolId],
    rises: &Rises<N>,
) -> Result<Array<N>, EvalError> {
    let jet = model(point, of)?;
    let place = |id: &SymbolId| arguments.iter().position(|a| a == id).ok_or(MISSING);
    match by {
        [y] => {
            let a = place(y)?;
            let values: &Values = jet.gradient.get(a).ok_or(MISSING)?;
            let mut gradient: Array<N> = values.array()?;
            if rises.iter().any(Option::is_some) {
                check_order(rises, 1)?;
                let slope = hessian_times(jet, a, rises)?;
                gradient.add_assign(&slope.reshaped(values.sizes.clone()));
            }
            Ok(gradient)
        }
        [y, z] => {
            check_order(rises, 0)?;
            let (a, b) = (place(y)?, place(z)?);
            let (block, ..) = hessian(jet, a, b)?;
            let sizes: Sizes = jet.gradient[a]
                .sizes
                .iter()
                .chain(&jet.gradient[b].sizes)
                .copied()
                .collect();
            Ok(block.reshaped(sizes))
        }
        _ => Err(EvalError::Malformed("a partial derivative of third order")),
    }
}
