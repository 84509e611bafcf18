//! Making a point plainer while it still serves.

use num_traits::{Signed, Zero};

use super::point::{Fraction, Point, Values};
use super::program::Program;
use super::properties::holds;
use crate::shape::{Dim, Properties, Role, SymbolId};

/// Polynomials for opaque functions, the plainest first.
pub(crate) const PLAIN_POLYNOMIALS: [&[i64]; 8] = [
    &[0, 0, 1],
    &[0, 1],
    &[0, 0, 0, 1],
    &[1, 1],
    &[0, 1, 1],
    &[1, 0, 1],
    &[0, 1, 0, 1],
    &[1, 2, 1, 1],
];

/// Entries to try, the plainest first.
const PLAIN: [(i64, i64); 11] = [
    (0, 1),
    (1, 1),
    (-1, 1),
    (2, 1),
    (-2, 1),
    (3, 1),
    (-3, 1),
    (1, 2),
    (-1, 2),
    (1, 4),
    (3, 2),
];

/// How far an entry is from plain.
fn rank(x: &Fraction) -> u64 {
    if let Some(at) = PLAIN.iter().position(|(n, d)| x.numer() == n && x.denom() == d) {
        return at as u64;
    }
    let digits = |n: i64| u64::from(64 - n.unsigned_abs().leading_zeros());
    16 + digits(*x.numer()) + 2 * digits(*x.denom()) + u64::from(x.is_negative())
}

fn polynomial_rank(polynomial: &[i64]) -> u64 {
    let plain = PLAIN_POLYNOMIALS.iter().position(|p| *p == polynomial);
    plain.map_or(100, |at| at as u64)
}

/// How far a point is from plain.
pub(crate) fn weight(point: &Point) -> u64 {
    let values = |values: &Values| -> u64 { values.entries.iter().map(rank).sum() };
    point.values.iter().flatten().map(values).sum::<u64>()
        + point.functions.iter().map(|p| polynomial_rank(p)).sum::<u64>()
        + point
            .opaque
            .iter()
            .flat_map(|jet| jet.gradient.iter().chain(&jet.hessian))
            .map(values)
            .sum::<u64>()
}

/// Some values of a point.
#[derive(Clone, Copy)]
enum Slot {
    Symbol(usize),
    Gradient(usize, usize),
    Hessian(usize, usize),
}

impl Slot {
    fn of(self, point: &mut Point) -> Option<&mut Values> {
        match self {
            Slot::Symbol(at) => point.values.get_mut(at)?.as_mut(),
            Slot::Gradient(jet, at) => point.opaque.get_mut(jet)?.gradient.get_mut(at),
            Slot::Hessian(jet, at) => point.opaque.get_mut(jet)?.hessian.get_mut(at),
        }
    }
}

/// What values of a slot must obey.
struct Law<'a> {
    properties: Properties,
    axes: &'a [Dim],
    /// The side of a square matrix, rows by columns, if the slot is to be treated as one.
    side: Option<usize>,
}

/// Makes the values plainer, one symbol and one entry after the other, as long as the point
/// `serves`. The point handed in must.
pub(crate) fn shrink(
    program: &Program<'_>,
    mut point: Point,
    serves: &mut dyn FnMut(&Point) -> bool,
) -> Point {
    let mut before = weight(&point);
    for _ in 0..4 {
        for at in 0..point.functions.len() {
            for plain in PLAIN_POLYNOMIALS {
                let now = &point.functions[at];
                if now.is_empty() || polynomial_rank(plain) >= polynomial_rank(now) {
                    break;
                }
                let old = std::mem::replace(&mut point.functions[at], plain.to_vec());
                if serves(&point) {
                    break;
                }
                point.functions[at] = old;
            }
        }
        for slot in slots(&point) {
            let Some(law) = law(program, slot, &mut point) else { continue };
            whole(slot, &law, &mut point, serves);
            entries(slot, &law, &mut point, serves);
        }
        let after = weight(&point);
        if after == before {
            break;
        }
        before = after;
    }
    point
}

fn slots(point: &Point) -> Vec<Slot> {
    let mut slots = Vec::new();
    for (jet, model) in point.opaque.iter().enumerate() {
        slots.extend((0..model.hessian.len()).map(|at| Slot::Hessian(jet, at)));
        slots.extend((0..model.gradient.len()).map(|at| Slot::Gradient(jet, at)));
    }
    slots.extend((0..point.values.len()).map(Slot::Symbol));
    slots
}

fn law<'a>(program: &Program<'a>, slot: Slot, point: &mut Point) -> Option<Law<'a>> {
    let len = slot.of(point)?.entries.len();
    let none = Properties::default();
    Some(match slot {
        Slot::Symbol(at) => {
            let symbol = program.table.symbol(SymbolId(at as u32));
            let properties = match symbol.role {
                Role::Differential(_) => none,
                _ => symbol.properties.clone(),
            };
            let side = match slot.of(point)?.sizes[..] {
                [n, m] if n == m => Some(n),
                _ => None,
            };
            Law { properties, axes: &symbol.axes, side }
        }
        Slot::Gradient(..) => Law { properties: none, axes: &[], side: None },
        Slot::Hessian(jet, at) => {
            // A block of one argument with itself is symmetric.
            let count = point.opaque[jet].gradient.len();
            let mut first = 0;
            let mut diagonal = false;
            for a in 0..count {
                diagonal |= first == at;
                first += count - a;
            }
            let side = diagonal.then(|| len.isqrt());
            Law {
                properties: Properties { symmetric: diagonal, ..none },
                axes: &[],
                side,
            }
        }
    })
}

impl Law<'_> {
    fn allows(&self, values: &Values) -> bool {
        // The symmetry of a Hessian is kept by how it is changed.
        self.axes.is_empty() && !values.sizes.is_empty()
            || holds(&self.properties, self.axes, values)
    }
}

/// Tries plain arrays for the whole of the values.
fn whole(
    slot: Slot,
    law: &Law<'_>,
    point: &mut Point,
    serves: &mut dyn FnMut(&Point) -> bool,
) {
    let Some(now) = slot.of(point).cloned() else { return };
    let len = now.entries.len();
    if len == 0 {
        return;
    }
    let cost = |entries: &[Fraction]| -> u64 { entries.iter().map(rank).sum() };
    let integer = |n: i64| Fraction::from_integer(n);
    let last = now.sizes.last().copied().unwrap_or(1).max(1);
    let mut candidates: Vec<Vec<Fraction>> = vec![vec![integer(0); len]];
    if let Some(n) = law.side {
        let on = |rule: &dyn Fn(usize, usize) -> i64| -> Vec<Fraction> {
            (0..n * n).map(|k| integer(rule(k / n, k % n))).collect()
        };
        candidates.push(on(&|i, j| i64::from(i == j)));
        candidates.push(on(&|i, j| i64::from(i + j + 1 == n)));
        candidates.push(on(&|i, j| {
            if i != j {
                0
            } else if i == 0 {
                -1
            } else {
                1
            }
        }));
        // A quarter turn in the first two coordinates.
        candidates.push(on(&|i, j| match (i, j) {
            (0, 1) => -1,
            (1, 0) => 1,
            (0 | 1, _) | (_, 0 | 1) => 0,
            _ => i64::from(i == j),
        }));
        candidates.push(on(&|i, j| if i == j { 1 + i as i64 } else { 0 }));
    }
    candidates.push((0..len).map(|k| integer(i64::from(k % last == 0))).collect());
    candidates.push((0..len).map(|k| integer(i64::from(k == 0))).collect());
    candidates.push(vec![integer(1); len]);
    candidates.push(vec![Fraction::new(1, last as i64); len]);
    candidates.push(vec![Fraction::new(1, len as i64); len]);
    for entries in candidates {
        let values = Values { sizes: now.sizes.clone(), entries };
        let Some(place) = slot.of(point) else { return };
        if cost(&values.entries) >= cost(&place.entries) || !law.allows(&values) {
            continue;
        }
        let old = std::mem::replace(place, values);
        if !serves(point)
            && let Some(place) = slot.of(point)
        {
            *place = old;
        }
    }
}

/// Tries plainer entries, symmetric ones together.
fn entries(
    slot: Slot,
    law: &Law<'_>,
    point: &mut Point,
    serves: &mut dyn FnMut(&Point) -> bool,
) {
    let len = match slot.of(point) {
        Some(values) => values.entries.len(),
        None => return,
    };
    for at in 0..len {
        let twin = match law.side {
            Some(n) if n > 0 => at % n * n + at / n,
            _ => at,
        };
        for (n, d) in PLAIN {
            let Some(values) = slot.of(point) else { return };
            let plain = Fraction::new(n, d);
            if rank(&plain) >= rank(&values.entries[at]) {
                break;
            }
            let old = values.entries.clone();
            values.entries[at] = plain;
            if law.properties.symmetric || law.properties.positive_definite {
                values.entries[twin] = plain;
            } else if law.properties.antisymmetric {
                values.entries[twin] = -plain;
                if twin == at && !plain.is_zero() {
                    values.entries = old;
                    continue;
                }
            }
            if law.properties.sums_to_one {
                balance(values, law, at);
            }
            if law.allows(&values.clone()) && serves(point) {
                break;
            }
            if let Some(values) = slot.of(point) {
                values.entries = old;
            }
        }
    }
}

/// Gives the rest of a row's sum to the entry after the one that was changed.
fn balance(values: &mut Values, law: &Law<'_>, at: usize) {
    let row = super::properties::rows_of(law.axes, &values.sizes).max(1);
    let start = at / row * row;
    let Some(entries) = values.entries.get_mut(start..start + row) else { return };
    let other = (at - start + 1) % row;
    if other == at - start {
        return;
    }
    let rest = entries.iter().enumerate().filter(|(k, _)| *k != other).try_fold(
        num_rational::Ratio::<i128>::zero(),
        |sum, (_, x)| {
            let x =
                num_rational::Ratio::new(i128::from(*x.numer()), i128::from(*x.denom()));
            num_traits::CheckedAdd::checked_add(&sum, &x)
        },
    );
    let Some(rest) = rest else { return };
    let left = num_rational::Ratio::<i128>::from_integer(1) - rest;
    if let (Ok(n), Ok(d)) = (i64::try_from(*left.numer()), i64::try_from(*left.denom())) {
        entries[other] = Fraction::new(n, d);
    }
}
