//! The smallest point at which two sides differ.
//!
//! First the dimensions, by increasing sum: generic values tell at once whether the sides differ
//! at all for an assignment. Then the values: ones, small integers, whatever differs first, and
//! made as plain as possible. Every point looked at is a regular one: a kink counts as unusable.

use num_rational::BigRational;

use super::approx::Approx;
use super::compare::{EXACT_FUEL, FUEL, TAME_FROM, farther_out};
use super::draw::Source;
use super::error::EvalError;
use super::point::{IndexEnv, Point};
use super::program::Program;
use super::random::Random;
use super::sample::{polynomial, sample};
use super::show::{Refutation, refutation};
use super::shrink::{PLAIN_POLYNOMIALS, shrink, weight};
use super::sides::{At, Sides, at_point, look_at};
use crate::shape::{IndexVar, Shaped, Table};

/// The work allowed for one search.
const ALL_FUEL: u64 = 3_000_000;

/// How many assignments of the dimensions are looked at.
const MAX_ASSIGNMENTS: usize = 160;

/// A difference that shows in six digits.
const VISIBLE: f64 = 1e-4;

/// The smallest point found at which the sides differ: dimensions first, then small integers, then
/// fractions. Both sides are computed exactly where the functions allow it.
///
/// `None` when none was found within the work allowed, which says nothing about the claim.
pub fn refute(
    table: &Table,
    lhs: &Shaped,
    rhs: &Shaped,
    free: &[IndexVar],
) -> Option<Refutation> {
    refute_sides(&Sides::new(table, lhs, rhs, free).ok()?)
}

pub(crate) fn refute_sides(sides: &Sides<'_>) -> Option<Refutation> {
    let mut search = Search { sides, fuel: ALL_FUEL };
    let (dims, generic) = search.smallest_dims()?;
    let mut best: Option<(u64, Point)> = None;
    let mut starts = 0;
    for round in 0..28_u64 {
        let source = match round {
            0 => Source::Ones,
            1..=7 => Source::Small(1),
            8..=17 => Source::Small(2),
            _ => Source::Small(3),
        };
        let Ok(point) = plain_point(&sides.program, &dims, source, round) else {
            continue;
        };
        if !search.differs(&point) {
            continue;
        }
        let point = shrink(&sides.program, point, &mut |point| search.differs(point));
        let weight = weight(&point);
        if best.as_ref().is_none_or(|(least, _)| weight < *least) {
            best = Some((weight, point));
        }
        starts += 1;
        if starts == 3 {
            break;
        }
    }
    let point = match best {
        Some((_, point)) => point,
        None => shrink(&sides.program, generic, &mut |point| search.differs(point)),
    };
    shown(sides, &point)
}

/// The point as it is shown to people, both sides computed once more.
fn shown(sides: &Sides<'_>, point: &Point) -> Option<Refutation> {
    match at_point::<BigRational>(sides, point, true, &mut { EXACT_FUEL }) {
        Ok(At::Different { indices, entry, .. }) => {
            refutation::<BigRational>(sides, point, &indices, entry)
        }
        // Doubles told the sides apart and exact numbers do not: believe neither.
        Ok(_) => None,
        Err(EvalError::NotExact | EvalError::Effort) => {
            match at_point::<Approx>(sides, point, true, &mut { FUEL }) {
                Ok(At::Different { indices, entry, relative }) if relative > 1e-6 => {
                    refutation::<Approx>(sides, point, &indices, entry)
                }
                _ => None,
            }
        }
        Err(_) => None,
    }
}

/// A point of plain values.
fn plain_point(
    program: &Program<'_>,
    dims: &[usize],
    source: Source,
    seed: u64,
) -> Result<Point, EvalError> {
    let mut polynomials = |random: &mut Random| {
        let most = if source == Source::Ones { 1 } else { PLAIN_POLYNOMIALS.len() };
        let at = random.between(0, most as i64 - 1) as usize;
        PLAIN_POLYNOMIALS[at].to_vec()
    };
    sample(program, dims, source, &mut polynomials, &mut Random::new(1_000 + seed))
}

struct Search<'s, 'a> {
    sides: &'s Sides<'a>,
    fuel: u64,
}

impl Search<'_, '_> {
    /// What is found at a point, within what is left of the work.
    fn look(&mut self, point: &Point) -> Result<At, EvalError> {
        let mut fuel = FUEL.min(self.fuel);
        self.fuel -= fuel;
        let at = look_at(self.sides, point, true, &mut fuel);
        // Drawing and changing a point costs too.
        self.fuel = (self.fuel + fuel).saturating_sub(40);
        at
    }

    fn differs(&mut self, point: &Point) -> bool {
        matches!(self.look(point), Ok(At::Different { relative, .. }) if relative > VISIBLE)
    }

    /// The first assignment of the dimensions at which generic values differ, with them.
    fn smallest_dims(&mut self) -> Option<(Vec<usize>, Point)> {
        let program = &self.sides.program;
        let sources = [
            Source::GENERAL,
            Source::POSITIVE,
            Source::NEGATIVE,
            Source::UNIT,
            Source::SMALL_SIGNED,
            Source::GENERAL,
        ];
        // Where there are no sizes to vary, cases are told apart by values alone.
        let sized = program.dims.contains(&true);
        let (rounds, wanted) = if sized { (1, 3) } else { (6, 36) };
        let far = match program.pieces || program.naturals {
            true => farther_out(program),
            false => Vec::new(),
        };
        for dims in assignments(&program.dims) {
            let mut usable = 0;
            let near = std::iter::repeat_n(sources, rounds).flatten();
            let attempts = near.chain(far.iter().copied()).enumerate();
            for (attempt, source) in attempts {
                if usable == wanted && attempt < sources.len() * rounds {
                    continue;
                }
                let tame = usable == 0 && attempt >= TAME_FROM;
                let mut polynomials = |r: &mut Random| polynomial(attempt, tame, r);
                let mut random = Random::new(50_000 + attempt as u64);
                let Ok(point) =
                    sample(program, &dims, source, &mut polynomials, &mut random)
                else {
                    continue;
                };
                match self.look(&point) {
                    Ok(At::Different { relative, .. }) if relative > VISIBLE => {
                        return Some((dims, point));
                    }
                    Ok(At::Same(_)) => usable += 1,
                    _ => {}
                }
            }
            if self.fuel == 0 {
                return None;
            }
        }
        None
    }
}

/// Assignments of the dimensions that occur, by increasing sum, from all 1 on.
fn assignments(used: &[bool]) -> Vec<Vec<usize>> {
    let places: Vec<usize> = (0..used.len()).filter(|d| used[*d]).collect();
    let mut all = Vec::new();
    for extra in 0..=if places.is_empty() { 0 } else { 6 } {
        let mut dims = vec![1; used.len()];
        distribute(extra, &places, &mut dims, &mut all);
        if all.len() >= MAX_ASSIGNMENTS {
            break;
        }
    }
    all.truncate(MAX_ASSIGNMENTS);
    all
}

/// Every way to add `extra` to the dimensions at the places.
fn distribute(
    extra: usize,
    places: &[usize],
    dims: &mut Vec<usize>,
    all: &mut Vec<Vec<usize>>,
) {
    let Some((&first, rest)) = places.split_first() else {
        if extra == 0 {
            all.push(dims.clone());
        }
        return;
    };
    if all.len() >= MAX_ASSIGNMENTS {
        return;
    }
    for part in (0..=extra).rev() {
        if rest.is_empty() && part != extra {
            return;
        }
        dims[first] = 1 + part;
        distribute(extra - part, rest, dims, all);
        dims[first] = 1;
    }
}

/// The values of the free indices, counted from 1.
pub(crate) fn index_values(
    sides: &Sides<'_>,
    indices: &IndexEnv,
) -> Vec<(String, usize)> {
    sides
        .free
        .iter()
        .filter_map(|var| {
            let (name, _) = sides.program.table.indices.get(var.0 as usize)?;
            Some((name.clone(), indices.value(var.0)? + 1))
        })
        .collect()
}
