//! Whether two expressions have the same values at sample points.
//!
//! A claim that is right must never come out as different: values carry bounds of their error,
//! points outside the domain or at a kink are set aside, and a difference must exceed its bound a
//! thousandfold. A claim that is wrong may come out as equal only if it holds at every point
//! looked at; the prover does not rely on it.

use num_rational::BigRational;

use super::approx::Approx;
use super::draw::{Signs, Source};
use super::error::EvalError;
use super::point::{IndexEnv, Point};
use super::prime::equal_in_field;
use super::program::Program;
use super::random::Random;
use super::sample::{polynomial, sample};
use super::sides::{At, Sides, at_point, look_at};
use crate::shape::{IndexVar, Shaped, Table};

/// What comparing at sample points has shown.
#[derive(Clone, Debug)]
pub enum Comparison {
    /// The sides agree at every point that could be used.
    Equal {
        /// How many points.
        points: usize,
        /// The largest difference met, relative to the values.
        largest_relative_difference: f64,
        /// Where both sides were also equal at random points of a prime field: a bound of the
        /// probability of that for sides that differ as rational functions, at the dimensions
        /// looked at.
        prime_field: Option<f64>,
    },
    /// The sides differ, beyond any doubt of rounding, at a point.
    Differs(Box<Witness>),
    /// No point could be used, or the differences are too small to tell.
    Undecided(String),
}

/// A point at which two sides differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// The point.
    pub point: Point,
    /// The values of the relation's free indices.
    pub indices: IndexEnv,
    /// Whether both sides were computed exactly.
    pub exact: bool,
}

/// The work allowed at one point in doubles and in rationals.
pub(crate) const FUEL: u64 = 400_000;
pub(crate) const EXACT_FUEL: u64 = 40_000;

/// The work allowed for one comparison.
const ALL_FUEL: u64 = 4_000_000;

/// The work after which a comparison beside a proof may end.
const BRIEF_FUEL: u64 = 20_000;

/// The points at which it must have been made.
const TELLING_POINTS: usize = 3;

/// The assignments of the named dimensions that are tried: all 1; two and three in turn; all
/// different; all equal; larger ones.
pub(crate) fn assignments(program: &Program<'_>) -> Vec<Vec<usize>> {
    let used: Vec<usize> = (0..program.dims.len()).filter(|d| program.dims[*d]).collect();
    if used.is_empty() {
        return vec![vec![1; program.dims.len()]; 2];
    }
    let assign = |value: &dyn Fn(usize) -> usize| {
        let mut dims = vec![1; program.dims.len()];
        for (k, d) in used.iter().enumerate() {
            dims[*d] = value(k);
        }
        dims
    };
    let count = used.len();
    let mut all = vec![
        assign(&|_| 1),
        assign(&|k| 2 + k % 2),
        assign(&|k| count - k),
        assign(&|k| 3 - k % 2),
        assign(&|k| 2 + k),
        assign(&|_| 3),
        assign(&|_| 4),
        assign(&|_| 2),
    ];
    let mut seen: Vec<Vec<usize>> = Vec::new();
    all.retain(|dims| {
        let new = !seen.contains(dims);
        seen.push(dims.clone());
        new
    });
    all
}

/// From which attempt on unknown functions are lines, where no point could be used before.
pub(crate) const TAME_FROM: usize = 4;

/// In which order ranges of values are tried at an assignment, until one can be used.
const SOURCES: [Source; 6] = [
    Source::GENERAL,
    Source::POSITIVE,
    Source::SMALL_SIGNED,
    Source::UNIT,
    Source::NEGATIVE,
    Source::GENERAL,
];

/// Doubles do not tell a constant with more digits from its neighbours.
const MOST_TELLING: i64 = 1_000_000_000;

/// Compares two sides, whose extents agree, at sample points: at all values of the free indices,
/// entry by entry in row-major order.
pub fn compare(
    table: &Table,
    lhs: &Shaped,
    rhs: &Shaped,
    free: &[IndexVar],
) -> Comparison {
    compare_until(ALL_FUEL, table, lhs, rhs, free)
}

/// The same with fewer points where each takes much work: a check beside a proof.
pub fn compare_briefly(
    table: &Table,
    lhs: &Shaped,
    rhs: &Shaped,
    free: &[IndexVar],
) -> Comparison {
    compare_until(BRIEF_FUEL, table, lhs, rhs, free)
}

fn compare_until(
    enough: u64,
    table: &Table,
    lhs: &Shaped,
    rhs: &Shaped,
    free: &[IndexVar],
) -> Comparison {
    match Sides::new(table, lhs, rhs, free) {
        Ok(sides) => compare_sides(&sides, enough),
        Err(error) => Comparison::Undecided(error.to_string()),
    }
}

/// Compares until the work exceeds a bound and there are points that tell.
fn compare_sides(sides: &Sides<'_>, enough: u64) -> Comparison {
    let mut all_fuel = ALL_FUEL;
    let mut points = 0;
    let mut telling = false;
    let mut worst = 0.0_f64;
    let mut reason = None;
    let assignments = assignments(&sides.program);
    let sized = sides.program.dims.contains(&true);
    for (round, dims) in assignments.iter().enumerate() {
        if telling && points >= TELLING_POINTS && ALL_FUEL - all_fuel > enough {
            break;
        }
        // Where there are no sizes to vary, values are.
        let wanted = match (sized, round) {
            (false, _) => SOURCES.len(),
            (true, 1) => 2,
            (true, _) => 1,
        };
        let mut found = 0;
        for (attempt, source) in SOURCES.iter().enumerate() {
            if found == wanted {
                break;
            }
            let mut random = Random::new((round * 64 + attempt) as u64);
            let tame = found == 0 && attempt >= TAME_FROM;
            let mut polynomials = |r: &mut Random| polynomial(attempt, tame, r);
            let point =
                sample(&sides.program, dims, *source, &mut polynomials, &mut random);
            let mut fuel = FUEL.min(all_fuel);
            all_fuel -= fuel;
            let result = point.and_then(|point| {
                let at = look_at(sides, &point, false, &mut fuel)?;
                Ok((at, point))
            });
            all_fuel += fuel;
            match result {
                Ok((At::Same(difference), _)) => {
                    found += 1;
                    points += 1;
                    worst = worst.max(difference);
                    telling |= !sized || dims.iter().any(|d| *d > 1);
                }
                Ok((At::Different { indices, relative, .. }, point)) => {
                    match confirm(sides, point, indices, relative) {
                        Ok(witness) => return Comparison::Differs(Box::new(witness)),
                        Err(why) => reason = Some(why),
                    }
                }
                Ok((At::Unclear, _)) => {
                    reason =
                        reason.or(Some("the differences are too small to tell".into()));
                }
                Err(EvalError::Effort) => {
                    reason = reason.or(Some(EvalError::Effort.to_string()));
                    break;
                }
                Err(EvalError::NotExact) => {
                    // The same at every point of every size.
                    return Comparison::Undecided(EvalError::NotExact.to_string());
                }
                Err(error @ EvalError::Malformed(_)) => {
                    return Comparison::Undecided(error.to_string());
                }
                Err(error) => reason = reason.or(Some(error.to_string())),
            }
        }
    }
    let dims = &assignments[usize::from(sized)];
    let mut elsewhere: Vec<(Source, Vec<usize>)> = Vec::new();
    if sides.program.pieces || sides.program.naturals {
        elsewhere
            .extend(farther_out(&sides.program).into_iter().map(|s| (s, dims.clone())));
    }
    if sides.program.counts {
        // A polynomial in sizes may vanish at all the small ones.
        elsewhere.push((Source::GENERAL, dims.iter().map(|d| d + 6).collect()));
    }
    if telling {
        match differs_elsewhere(sides, elsewhere, all_fuel) {
            Ok(None) => {}
            Ok(Some(witness)) => return Comparison::Differs(Box::new(witness)),
            Err(why) => return Comparison::Undecided(why),
        }
    }
    if telling && sides.program.largest > MOST_TELLING {
        return Comparison::Undecided(
            "a constant of so many digits cannot be told from its neighbours".to_owned(),
        );
    }
    if telling {
        return Comparison::Equal {
            points,
            largest_relative_difference: worst,
            // Natural numbers are no elements of a field drawn at random.
            prime_field: if sides.program.naturals {
                None
            } else {
                equal_in_field(sides, &assignments[..1 + usize::from(sized)], FUEL)
            },
        };
    }
    Comparison::Undecided(
        reason.unwrap_or_else(|| "only points of dimension 1 could be used".to_owned()),
    )
}

/// Sources of values beyond the constants of a program with pieces, and between them.
pub(crate) fn farther_out(program: &Program<'_>) -> Vec<Source> {
    let largest = program.largest;
    let mut sources = vec![
        Source::beyond(largest, Signs::Plus),
        Source::beyond(largest, Signs::Minus),
        Source::beyond(largest, Signs::Either),
        Source::beyond(8, Signs::Plus),
        Source::within(largest, Signs::Either),
    ];
    for constant in &program.constants {
        sources.push(Source::short_of(*constant, Signs::Plus));
        sources.push(Source::short_of(*constant, Signs::Minus));
    }
    sources
}

/// Looks where another formula may hold: for a point at which the sides differ.
fn differs_elsewhere(
    sides: &Sides<'_>,
    places: Vec<(Source, Vec<usize>)>,
    mut fuel: u64,
) -> Result<Option<Witness>, String> {
    for (attempt, (source, dims)) in places.into_iter().enumerate() {
        let mut random = Random::new(1_024 + attempt as u64);
        let mut polynomials = |r: &mut Random| polynomial(attempt, true, r);
        let Ok(point) =
            sample(&sides.program, &dims, source, &mut polynomials, &mut random)
        else {
            continue;
        };
        if let Ok(At::Different { indices, relative, .. }) =
            look_at(sides, &point, false, &mut fuel)
        {
            return confirm(sides, point, indices, relative).map(Some);
        }
    }
    Ok(None)
}

/// A quick look before a proof is tried: whether two sides have the same values at the first points
/// that can be used. A difference is not looked at again, as [`compare`] does.
pub fn seems_equal(table: &Table, lhs: &Shaped, rhs: &Shaped, free: &[IndexVar]) -> bool {
    const POINTS: usize = 3;
    let Ok(sides) = Sides::new(table, lhs, rhs, free) else { return false };
    let mut points = 0;
    let sized = sides.program.dims.contains(&true);
    for (round, dims) in assignments(&sides.program).iter().enumerate() {
        // The sizes all 1 take least work, and show most differences; that sides agree there tells
        // nothing.
        let telling = round > 0 || !sized;
        for (attempt, source) in SOURCES.iter().enumerate() {
            let mut random = Random::new((round * 64 + attempt) as u64);
            let tame = attempt >= TAME_FROM;
            let mut polynomials = |r: &mut Random| polynomial(attempt, tame, r);
            let point =
                sample(&sides.program, dims, *source, &mut polynomials, &mut random);
            let result =
                point.and_then(|p| at_point::<Approx>(&sides, &p, false, &mut { FUEL }));
            match result {
                Ok(At::Same(_)) => {
                    points += usize::from(telling);
                    break;
                }
                Ok(At::Different { .. }) => return false,
                Err(
                    EvalError::Effort | EvalError::NotExact | EvalError::Malformed(_),
                ) => {
                    return false;
                }
                Ok(At::Unclear) | Err(_) => {}
            }
        }
        if points == POINTS {
            break;
        }
    }
    points > 0
}

/// Looks at a difference again: exactly where the functions allow it, else once more in doubles at
/// a regular point with a larger margin.
fn confirm(
    sides: &Sides<'_>,
    point: Point,
    indices: IndexEnv,
    relative: f64,
) -> Result<Witness, String> {
    match at_point::<BigRational>(sides, &point, true, &mut { EXACT_FUEL }) {
        Ok(At::Different { indices, .. }) => {
            return Ok(Witness { point, indices, exact: true });
        }
        Ok(_) => return Err("doubles and exact numbers disagree".to_owned()),
        Err(EvalError::Kink) => return Err(EvalError::Kink.to_string()),
        Err(_) => {}
    }
    if relative < 1e-6 {
        return Err("the differences are too small to tell".to_owned());
    }
    match at_point::<Approx>(sides, &point, true, &mut { FUEL }) {
        Ok(At::Different { .. }) => Ok(Witness { point, indices, exact: false }),
        Ok(_) => Err("the differences are too small to tell".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
