//! Drawing values that have given properties exactly.

use smallvec::SmallVec;

use super::point::{Fraction, Values};
use super::prime;
use super::properties::{determinant_sign, holds, rows_of};
use super::random::Random;
use crate::shape::{Dim, Properties};

/// From where entries without further properties are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// From a wide set: multiples of 2⁻²⁰ with `low ≤ |x| ≤ high` (in 2⁻²⁰). No two entries
    /// coincide but by accident.
    Wide { low: i64, high: i64, signs: Signs },
    /// Integers of at most this size.
    Small(i64),
    /// Every entry 1, or what comes nearest to it.
    Ones,
    /// Representatives of random elements of the prime field (positive ones: of squares). Only
    /// properties that are equations mean something there.
    Field,
}

/// The signs of wide entries that may have either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signs {
    Either,
    Plus,
    Minus,
}

const ONE: i64 = 1 << 20;

impl Source {
    /// Signed, away from 0.
    pub(crate) const GENERAL: Source =
        Source::Wide { low: ONE / 5, high: 2 * ONE, signs: Signs::Either };
    /// Positive.
    pub(crate) const POSITIVE: Source =
        Source::Wide { low: ONE / 5, high: 2 * ONE, signs: Signs::Plus };
    /// Negative, but for symbols given as positive.
    pub(crate) const NEGATIVE: Source =
        Source::Wide { low: ONE / 5, high: 2 * ONE, signs: Signs::Minus };
    /// Between 0 and 1.
    pub(crate) const UNIT: Source =
        Source::Wide { low: ONE / 20, high: ONE - ONE / 20, signs: Signs::Plus };
    /// Between -1 and 1, small.
    pub(crate) const SMALL_SIGNED: Source =
        Source::Wide { low: ONE / 40, high: ONE / 3, signs: Signs::Either };

    /// Beyond constants of at most this size, where a step or a root may follow another formula.
    pub(crate) fn beyond(constant: i64, signs: Signs) -> Source {
        let low = constant.clamp(3, 1 << 16);
        Source::Wide { low: low * ONE, high: (8 * low + 10) * ONE, signs }
    }

    /// Just short of a constant.
    pub(crate) fn short_of(constant: i64, signs: Signs) -> Source {
        let high = constant.clamp(3, 1 << 20) * ONE;
        Source::Wide { low: high / 10 * 8, high, signs }
    }

    /// Nearer to 0 than the inverse of the largest constant.
    pub(crate) fn within(constant: i64, signs: Signs) -> Source {
        let high = (ONE / constant.clamp(2, 1 << 16)).max(8);
        Source::Wide { low: 1, high, signs }
    }

    fn entry(self, random: &mut Random) -> Fraction {
        match self {
            Source::Wide { low, high, signs } => {
                let size = random.between(low, high);
                let negative = match signs {
                    Signs::Either => random.next() & 1 == 1,
                    Signs::Plus => false,
                    Signs::Minus => true,
                };
                Fraction::new(if negative { -size } else { size }, ONE)
            }
            Source::Small(most) => Fraction::from_integer(random.between(-most, most)),
            Source::Ones => Fraction::from_integer(1),
            Source::Field => Fraction::from_integer(prime::element(random)),
        }
    }

    fn positive(self, random: &mut Random) -> Fraction {
        match self {
            Source::Wide { low, high, .. } => {
                Fraction::new(random.between(low, high), ONE)
            }
            Source::Small(most) => Fraction::from_integer(random.between(1, most.max(1))),
            Source::Ones => Fraction::from_integer(1),
            Source::Field => Fraction::from_integer(prime::square(random)),
        }
    }

    /// A small nonzero integer.
    fn whole(self, random: &mut Random) -> i64 {
        match self {
            Source::Ones => 1,
            Source::Small(most) => random.between(1, most.clamp(1, 3)),
            Source::Wide { high, .. } if high > 2 * ONE => random.between(1, 12),
            Source::Wide { .. } | Source::Field => random.between(1, 4),
        }
    }
}

/// Values with the properties, exactly; `None` when none were found.
pub(crate) fn draw(
    properties: &Properties,
    axes: &[Dim],
    sizes: &[usize],
    source: Source,
    random: &mut Random,
) -> Option<Values> {
    for _ in 0..12 {
        let values = Values {
            sizes: sizes.into(),
            entries: entries(properties, axes, sizes, source, random)?,
        };
        // In the field a matrix is singular too seldom to look.
        if source == Source::Field || accepted(properties, axes, &values, source) {
            return Some(values);
        }
        if source == Source::Ones {
            return None;
        }
    }
    None
}

/// Wide values have most properties by construction, so that only what may fail is looked at.
fn accepted(
    properties: &Properties,
    axes: &[Dim],
    values: &Values,
    source: Source,
) -> bool {
    let may_fail = properties.invertible
        || properties.positive_determinant
        || properties.orthogonal
        || properties.orthonormal
        || properties.antisymmetric
        || properties.diagonal
        || properties.binary
        || properties.bipolar;
    let plain = matches!(source, Source::Wide { .. }) && !may_fail;
    let several = u8::from(properties.sums_to_one)
        + u8::from(properties.one_hot)
        + u8::from(properties.positive_definite)
        + u8::from(properties.natural)
        + u8::from(properties.symmetric && !properties.positive_definite);
    (plain && several <= 1) || holds(properties, axes, values)
}

fn entries(
    p: &Properties,
    axes: &[Dim],
    sizes: &[usize],
    source: Source,
    random: &mut Random,
) -> Option<Vec<Fraction>> {
    let len: usize = sizes.iter().product();
    if p.one_hot || p.sums_to_one {
        let row = rows_of(axes, sizes);
        let mut all = Vec::with_capacity(len);
        for _ in 0..len / row.max(1) {
            if p.one_hot {
                let hot = random.between(0, row as i64 - 1) as usize;
                all.extend((0..row).map(|i| Fraction::from_integer((i == hot).into())));
            } else {
                sum_to_one(p, row, source, random, &mut all);
            }
        }
        return Some(all);
    }
    if p.orthonormal {
        return orthonormal(sizes, source, random);
    }
    let square = match sizes {
        [.., n, m] if n == m => Some(*n),
        _ => None,
    };
    let structured = p.symmetric
        || p.antisymmetric
        || p.diagonal
        || p.orthogonal
        || p.invertible
        || p.positive_definite
        || p.positive_determinant;
    if structured && !sizes.is_empty() {
        let n = square?;
        let mut all = Vec::with_capacity(len);
        for _ in 0..len / (n * n).max(1) {
            all.extend(matrix(p, n, source, random)?);
        }
        return Some(all);
    }
    Some((0..len).map(|_| element(p, source, random)).collect())
}

/// An entry on its own.
fn element(p: &Properties, source: Source, random: &mut Random) -> Fraction {
    if p.binary {
        Fraction::from_integer(random.between(0, 1))
    } else if p.bipolar {
        Fraction::from_integer(2 * random.between(0, 1) - 1)
    } else if p.natural {
        Fraction::from_integer(source.whole(random))
    } else if p.positive {
        source.positive(random)
    } else if p.nonnegative {
        let x = source.entry(random);
        if x < Fraction::from_integer(0) { -x } else { x }
    } else {
        source.entry(random)
    }
}

fn sum_to_one(
    p: &Properties,
    row: usize,
    source: Source,
    random: &mut Random,
    all: &mut Vec<Fraction>,
) {
    if source == Source::Field {
        let parts: Vec<i64> = (1..row).map(|_| prime::element(random)).collect();
        all.extend(parts.iter().map(|x| Fraction::from_integer(*x)));
        all.push(Fraction::from_integer(prime::complement(&parts)));
        return;
    }
    if p.positive || p.nonnegative {
        let most = match source {
            Source::Wide { .. } => 997,
            Source::Small(most) => most.max(1),
            Source::Ones | Source::Field => 1,
        };
        let least = i64::from(p.positive || source == Source::Ones);
        let mut parts: SmallVec<[i64; 8]> =
            (0..row).map(|_| random.between(least, most)).collect();
        if parts.iter().all(|x| *x == 0) {
            parts[0] = 1;
        }
        let total: i64 = parts.iter().sum();
        all.extend(parts.iter().map(|x| Fraction::new(*x, total.max(1))));
    } else {
        let mut rest = Fraction::from_integer(1);
        for _ in 1..row {
            let x = source.entry(random);
            rest -= x;
            all.push(x);
        }
        all.push(rest);
    }
}

/// A square matrix with its properties; those that may still fail are checked by the caller.
fn matrix(
    p: &Properties,
    n: usize,
    source: Source,
    random: &mut Random,
) -> Option<Vec<Fraction>> {
    let zero = Fraction::from_integer(0);
    let one = Fraction::from_integer(1);
    let mut a = vec![zero; n * n];
    if p.diagonal {
        for i in 0..n {
            a[i * n + i] = if p.orthogonal {
                if source != Source::Ones && random.next() & 1 == 1 { -one } else { one }
            } else if p.positive_definite {
                source.positive(random)
            } else if p.antisymmetric {
                zero
            } else {
                element(p, source, random)
            };
        }
    } else if p.orthogonal {
        a = orthogonal(p, n, source, random)?;
    } else if p.positive_definite && source != Source::Field {
        a = positive_definite(p, n, source, random);
    } else if p.antisymmetric {
        for i in 0..n {
            for j in 0..i {
                let x = source.entry(random);
                (a[i * n + j], a[j * n + i]) = (x, -x);
            }
        }
    } else {
        for i in 0..n {
            let columns = if p.symmetric || p.positive_definite { i + 1 } else { n };
            for j in 0..columns {
                let x = element(p, source, random);
                a[i * n + j] = x;
                if p.symmetric || p.positive_definite {
                    a[j * n + i] = x;
                }
            }
        }
        if source == Source::Ones && (p.invertible || p.positive_determinant) {
            // All ones is singular: the unit matrix is as plain.
            for (k, x) in a.iter_mut().enumerate() {
                *x = if k % (n + 1) == 0 { one } else { zero };
            }
        }
    }
    if p.positive_determinant
        && source != Source::Field
        && !(p.positive || p.nonnegative || p.symmetric || p.positive_definite)
        && determinant_sign(&a, n) == Some(std::cmp::Ordering::Less)
    {
        if p.diagonal {
            a[0] = -a[0];
        } else if !p.antisymmetric && !p.orthogonal {
            a.iter_mut().take(n).for_each(|x| *x = -*x);
        }
    }
    Some(a)
}

/// `L Lᵀ + I`
fn positive_definite(
    p: &Properties,
    n: usize,
    source: Source,
    random: &mut Random,
) -> Vec<Fraction> {
    let mut l = vec![Fraction::from_integer(0); n * n];
    for i in 0..n {
        for j in 0..=i {
            l[i * n + j] = match source {
                // With ten digits the product still fits.
                Source::Wide { .. } => {
                    let least = if p.positive { 64 } else { -1_024 };
                    Fraction::new(random.between(least, 1_024), 1_024)
                }
                Source::Small(most) => {
                    let most = most.min(2);
                    Fraction::from_integer(random.between(
                        if p.positive || p.nonnegative { 0 } else { -most },
                        most,
                    ))
                }
                Source::Ones | Source::Field => {
                    Fraction::from_integer(i64::from(p.positive))
                }
            };
        }
    }
    let mut a = vec![Fraction::from_integer(0); n * n];
    for i in 0..n {
        for j in 0..n {
            let mut sum = Fraction::from_integer(i64::from(i == j));
            for k in 0..=i.min(j) {
                sum += l[i * n + k] * l[j * n + k];
            }
            a[i * n + j] = sum;
        }
    }
    a
}

/// Columns of an orthogonal matrix; there are no more of them than rows.
fn orthonormal(
    sizes: &[usize],
    source: Source,
    random: &mut Random,
) -> Option<Vec<Fraction>> {
    let &[n, k] = sizes else { return None };
    if k > n || source == Source::Field {
        return None;
    }
    let q = orthogonal(&Properties::default(), n, source, random)?;
    Some(q.chunks(n.max(1)).flat_map(|row| row[..k].to_vec()).collect())
}

/// A product of reflections `I - 2 v vᵀ / vᵀv`: one where the matrix is symmetric, else as many
/// as the determinant asks for.
fn orthogonal(
    p: &Properties,
    n: usize,
    source: Source,
    random: &mut Random,
) -> Option<Vec<Fraction>> {
    let mut q: Vec<Fraction> =
        (0..n * n).map(|k| Fraction::from_integer((k % (n + 1) == 0).into())).collect();
    let count = match source {
        Source::Ones => 0,
        _ if p.antisymmetric => return None,
        _ if p.symmetric => i64::from(!p.positive_determinant && !p.positive_definite),
        _ if p.positive_determinant || p.positive_definite => 2,
        _ => random.between(1, 2),
    };
    for _ in 0..count {
        let v: Vec<i64> = (0..n).map(|_| random.between(-3, 3)).collect();
        let square: i64 = v.iter().map(|x| x * x).sum();
        if square == 0 || square > 2_000 {
            continue;
        }
        for row in q.chunks_mut(n) {
            // The row times the reflection: r - 2 (r·v)/(v·v) vᵀ.
            let dot: Fraction = row.iter().zip(&v).map(|(r, v)| *r * *v).sum();
            for (r, v) in row.iter_mut().zip(&v) {
                *r -= dot * Fraction::new(2 * v, square);
            }
        }
    }
    Some(q)
}
