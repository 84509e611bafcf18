//! Two sides at one point: the same, different, or too close to tell.

use std::rc::Rc;

use num_rational::BigRational;

use super::approx::Approx;
use super::array::Array;
use super::error::EvalError;
use super::eval::{Machine, Settings};
use super::number::Number;
use super::point::{IndexEnv, Point, extent};
use super::program::{NodeId, Program};
use crate::shape::{IndexVar, Shaped, Table};

/// Two sides over one table, ready to be compared.
pub(crate) struct Sides<'a> {
    pub(crate) program: Program<'a>,
    pub(crate) lhs: NodeId,
    pub(crate) rhs: NodeId,
    pub(crate) free: &'a [IndexVar],
}

impl<'a> Sides<'a> {
    pub(crate) fn new(
        table: &'a Table,
        lhs: &'a Shaped,
        rhs: &'a Shaped,
        free: &'a [IndexVar],
    ) -> Result<Self, EvalError> {
        let mut program = Program::new(table);
        let lhs = program.add(lhs)?;
        let rhs = program.add(rhs)?;
        Ok(Sides { program, lhs, rhs, free })
    }

    /// The ranges of the free indices.
    pub(crate) fn ranges(&self, dims: &[usize]) -> Result<Vec<usize>, EvalError> {
        let indices = &self.program.table.indices;
        self.free
            .iter()
            .map(|var| {
                let (_, dim) = indices
                    .get(var.0 as usize)
                    .ok_or(EvalError::Malformed("an unknown index"))?;
                extent(dims, dim).ok_or(EvalError::Effort)
            })
            .collect()
    }
}

/// What is found at one point.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum At {
    /// Equal, with the largest relative difference.
    Same(f64),
    /// Different, at these values of the free indices and this entry; the difference relative to
    /// the values.
    Different { indices: IndexEnv, entry: usize, relative: f64 },
    /// Too close to tell.
    Unclear,
}

/// The number systems in which sides are compared.
pub(crate) trait Judge: Number {
    /// Whether two numbers differ.
    fn judge(a: &Self, b: &Self, scale: f64) -> Judged;
    /// The size, as a scale.
    fn size(&self) -> f64;
}

/// How two numbers compare.
pub(crate) enum Judged {
    Same(f64),
    Different(f64),
    Unclear,
}

/// The widest bound within which two numbers count as two zeros: sample points hold numbers of
/// about 1, so that what is left of them after cancelling is this small only through rounding.
const CANCELLED: f64 = 1e-10;

/// Products of small values fade out of the range of doubles, where no relative bound holds.
const FADED: f64 = 1e-200;

impl Judge for Approx {
    fn judge(a: &Self, b: &Self, scale: f64) -> Judged {
        let difference = (a.value - b.value).abs();
        let error = a.error + b.error;
        let size = a.value.abs() + b.value.abs();
        if !(difference.is_finite() && error.is_finite() && size.is_finite()) {
            return Judged::Unclear;
        }
        if difference == 0.0 && error == 0.0 {
            return Judged::Same(0.0);
        }
        if difference > 0.0 && size < FADED {
            return Judged::Unclear;
        }
        if difference > 1e3 * error && difference > 1e-7 * size {
            return Judged::Different(difference / size);
        }
        // Bounds much wider than the values show nothing.
        if difference <= 1e3 * error && error <= 1e-7 * size.max(scale) {
            return Judged::Same(difference / size.max(scale).max(f64::MIN_POSITIVE));
        }
        // What cancels leaves no value to measure by: two zeros, each up to rounding.
        if difference <= error && error <= CANCELLED {
            return Judged::Same(difference);
        }
        Judged::Unclear
    }

    fn size(&self) -> f64 {
        self.value.abs()
    }
}

impl Judge for BigRational {
    fn judge(a: &Self, b: &Self, _scale: f64) -> Judged {
        if a == b { Judged::Same(0.0) } else { Judged::Different(1.0) }
    }

    fn size(&self) -> f64 {
        1.0
    }
}

/// Compares the sides at a point, at all values of the free indices; takes the work off the fuel.
/// If not strict, an exact 0 under a step counts as not positive, and a difference found so is
/// unclear.
pub(crate) fn at_point<N: Judge>(
    sides: &Sides<'_>,
    point: &Point,
    strict: bool,
    fuel: &mut u64,
) -> Result<At, EvalError> {
    let settings = Settings { strict, fuel: *fuel };
    let mut machine: Machine<'_, N> = Machine::new(&sides.program, point, settings);
    let result = walk(sides, point, &mut machine);
    *fuel = machine.fuel();
    result
}

/// The work allowed in rationals where doubles do not see a tie.
const TIE_FUEL: u64 = 40_000;

/// Compares the sides at a point in doubles; where nothing is differentiated a tie is no kink, and
/// exact numbers see it.
pub(crate) fn look_at(
    sides: &Sides<'_>,
    point: &Point,
    strict: bool,
    fuel: &mut u64,
) -> Result<At, EvalError> {
    match at_point::<Approx>(sides, point, strict, fuel) {
        Err(EvalError::Kink) if !sides.program.differentiates => {
            at_point::<BigRational>(sides, point, strict, &mut { TIE_FUEL })
        }
        at => at,
    }
}

/// Both sides at given values of the free indices.
pub(crate) fn both<N: Number>(
    sides: &Sides<'_>,
    point: &Point,
    indices: &IndexEnv,
    fuel: u64,
) -> Result<(Array<N>, Array<N>), EvalError> {
    let settings = Settings { strict: true, fuel };
    let mut machine: Machine<'_, N> = Machine::new(&sides.program, point, settings);
    machine.env = indices.clone();
    let (lhs, rhs) = (machine.root(sides.lhs)?, machine.root(sides.rhs)?);
    Ok((Rc::unwrap_or_clone(lhs), Rc::unwrap_or_clone(rhs)))
}

fn walk<N: Judge>(
    sides: &Sides<'_>,
    point: &Point,
    machine: &mut Machine<'_, N>,
) -> Result<At, EvalError> {
    let ranges = sides.ranges(&point.dims)?;
    let count = ranges.iter().try_fold(1_usize, |n, r| n.checked_mul(*r));
    let count = count.filter(|n| *n <= 4_096).ok_or(EvalError::Effort)?;
    let mut worst = 0.0_f64;
    let mut unclear = false;
    for at in 0..count {
        let mut rest = at;
        for (var, range) in sides.free.iter().zip(&ranges).rev() {
            machine.env.bind(*var, rest % range);
            rest /= range;
        }
        let lhs = machine.root(sides.lhs)?;
        let rhs = machine.root(sides.rhs)?;
        if lhs.len() != rhs.len() {
            return Err(EvalError::Malformed("sides of different shapes"));
        }
        let scale = largest(&lhs).max(largest(&rhs));
        for (entry, (a, b)) in lhs.entries().iter().zip(rhs.entries()).enumerate() {
            match N::judge(a, b, scale) {
                Judged::Same(difference) => worst = worst.max(difference),
                Judged::Unclear => unclear = true,
                Judged::Different(_) if machine.kinked() => unclear = true,
                Judged::Different(relative) => {
                    return Ok(At::Different {
                        indices: machine.env.clone(),
                        entry,
                        relative,
                    });
                }
            }
        }
    }
    Ok(if unclear { At::Unclear } else { At::Same(worst) })
}

fn largest<N: Judge>(x: &Array<N>) -> f64 {
    x.entries().iter().fold(0.0, |m, x| m.max(x.size()))
}
