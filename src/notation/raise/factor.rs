//! Sums of matrix expressions: like terms collect, common factors come out where that is shorter.

use std::cell::Cell;

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::matrix::{Mat, is_negative};
use crate::function::Function;

/// How deep factors are sought within factors, and in sums of how many terms.
const DEPTH: u32 = 4;
const TERMS: usize = 12;

/// How many common factors are tried for one sum: how deep they may be nested makes the number of
/// ways grow beyond all bounds.
const WORK: u32 = 400;

/// The sum of terms of one shape.
pub(super) fn collect(terms: Vec<Mat>) -> Mat {
    collect_within(terms, DEPTH, &Cell::new(WORK))
}

fn collect_within(terms: Vec<Mat>, depth: u32, work: &Cell<u32>) -> Mat {
    let mut flat = Vec::new();
    for term in terms {
        match term {
            Mat::Add(items) => flat.extend(items),
            term => flat.push(term),
        }
    }
    let mut kept: Vec<(Mat, BigRational, Mat)> = Vec::new();
    for term in flat {
        let (c, s, b) = term.split();
        let rest = Mat::scaled(BigRational::one(), s, b);
        let key = rest.canonical();
        match kept.iter_mut().find(|(k, ..)| *k == key) {
            Some((_, total, _)) => *total += c,
            None => kept.push((key, c, rest)),
        }
    }
    let mut terms: Vec<Mat> = kept
        .into_iter()
        .filter(|(_, c, _)| !c.is_zero())
        .map(|(_, c, rest)| Mat::scaled(c, Vec::new(), Some(rest)))
        .collect();
    join_sums(&mut terms);
    complement(&mut terms);
    let best = factored(terms.clone(), depth, work);
    if best.is_scalar() || terms.len() < 2 || depth < DEPTH {
        return best;
    }
    // (A + B)ᵀ, where that has fewer marks than Aᵀ + Bᵀ.
    let turned = factored(terms.into_iter().map(Mat::transpose).collect(), depth, work);
    match turned {
        Mat::Add(items) => {
            let turned = Mat::Transpose(Box::new(Mat::Add(items)));
            if turned.length() < best.length() { turned } else { best }
        }
        _ => best,
    }
}

/// `1 - σ(-u) = σ(u)`
fn complement(terms: &mut Vec<Mat>) {
    let one = |m: &Mat| match m {
        Mat::Ones(_) => true,
        Mat::Number(v) => v.is_one(),
        _ => false,
    };
    let parts = |m: &Mat| -> Option<(BigRational, Mat)> {
        let (c, s, b) = m.clone().split();
        match (s.len(), b) {
            (0, None) => Some((c, Mat::integer(1))),
            (0, Some(b)) => Some((c, b)),
            (1, None) => Some((c, s[0].clone())),
            _ => None,
        }
    };
    for i in 0..terms.len() {
        let Some((c, m)) = parts(&terms[i]) else { continue };
        if !one(&m) {
            continue;
        }
        let found = terms.iter().enumerate().find_map(|(k, t)| match parts(t) {
            Some((d, Mat::Apply(Function::Sigmoid, u)))
                if d == -c.clone() && is_negative(&u) =>
            {
                Some((k, *u))
            }
            _ => None,
        });
        let Some((k, u)) = found else { continue };
        let (d, s, b) = u.split();
        let other = Mat::apply(Function::Sigmoid, Mat::scaled(-d, s, b));
        terms[k] = Mat::scaled(c, Vec::new(), Some(other));
        terms.remove(i);
        return;
    }
}

/// `Σ_i a_i + Σ_i b_i = Σ_i (a_i + b_i)` for sums over the same labels.
fn join_sums(terms: &mut Vec<Mat>) {
    let mut k = 0;
    while k < terms.len() {
        let mut at = k + 1;
        while at < terms.len() {
            if let (Some((a, x)), Some((b, y))) = (as_sum(&terms[k]), as_sum(&terms[at]))
                && a == b
            {
                let joined = collect(vec![x, y]);
                terms[k] = scale_sum(a, joined);
                terms.remove(at);
            } else {
                at += 1;
            }
        }
        k += 1;
    }
}

/// Labels and body of an explicit sum; its coefficient moves inside.
fn as_sum(term: &Mat) -> Option<(Vec<u32>, Mat)> {
    let (c, s, b) = term.clone().split();
    match (s.as_slice(), b) {
        ([], Some(Mat::Sum(k, body))) => Some((k, Mat::scaled(c, vec![], Some(*body)))),
        ([Mat::Sum(k, body)], None) => {
            Some((k.clone(), Mat::scaled(c, vec![(**body).clone()], None)))
        }
        _ => None,
    }
}

fn scale_sum(labels: Vec<u32>, body: Mat) -> Mat {
    let (c, s, b) = body.split();
    let inner = Mat::scaled(BigRational::one(), s, b);
    let scalar = inner.is_scalar();
    let sum = Mat::Sum(labels, Box::new(inner));
    if scalar {
        Mat::scaled(c, vec![sum], None)
    } else {
        Mat::scaled(c, vec![], Some(sum))
    }
}

/// A sum as it is written: a positive term first.
fn sum_of(mut terms: Vec<Mat>) -> Mat {
    match terms.len() {
        0 => Mat::integer(0),
        1 => terms.remove(0),
        _ => {
            if is_negative(&terms[0])
                && let Some(k) = terms.iter().position(|t| !is_negative(t))
            {
                let first = terms.remove(k);
                terms.insert(0, first);
            }
            Mat::Add(terms)
        }
    }
}

/// Takes out what is common, as long as that makes the sum shorter.
fn factored(terms: Vec<Mat>, depth: u32, work: &Cell<u32>) -> Mat {
    if terms.len() < 2 || terms.len() > TERMS || depth == 0 {
        return sum_of(terms);
    }
    let plain = sum_of(terms.clone());
    let mut best = plain.clone();
    if let Some(c) = content(&terms, depth - 1, work)
        && c.length() < best.length()
    {
        best = c;
    }
    for side in [Side::Left, Side::Right, Side::Entry, Side::Scalar] {
        let mut tried: Vec<Mat> = Vec::new();
        for term in &terms {
            for factor in side.factors(term) {
                if matches!(factor, Mat::Ones(_) | Mat::Identity(_)) {
                    continue;
                }
                let key = factor.canonical();
                if tried.contains(&key) {
                    continue;
                }
                tried.push(key.clone());
                if tried.len() > 12 {
                    break;
                }
                let Some(left) = work.get().checked_sub(1) else { return best };
                work.set(left);
                let pulled = side.pull(&terms, &factor, &key, depth - 1, work);
                if let Some(c) = pulled
                    && c.length() < best.length()
                {
                    best = c;
                }
            }
        }
    }
    best
}

/// A common number: `2a - 2b = 2(a - b)`, `-a - b = -(a + b)`.
fn content(terms: &[Mat], depth: u32, work: &Cell<u32>) -> Option<Mat> {
    let split: Vec<_> = terms.iter().cloned().map(Mat::split).collect();
    let mut divisor = BigRational::zero();
    for (c, ..) in &split {
        divisor = if divisor.is_zero() { c.abs() } else { gcd(&divisor, &c.abs()) };
    }
    if split.iter().all(|(c, ..)| c.is_negative()) {
        divisor = -divisor;
    }
    if divisor.is_one() || divisor.is_zero() {
        return None;
    }
    let rest: Vec<Mat> =
        split.into_iter().map(|(c, s, b)| Mat::scaled(c / &divisor, s, b)).collect();
    Some(times(divisor, vec![], factored(rest, depth, work)))
}

fn times(c: BigRational, s: Vec<Mat>, of: Mat) -> Mat {
    let (d, mut t, b) = match of {
        Mat::Add(items) if items[0].is_scalar() => {
            (BigRational::one(), vec![Mat::Add(items)], None)
        }
        of => of.split(),
    };
    t.extend(s);
    Mat::scaled(c * d, t, b)
}

fn gcd(a: &BigRational, b: &BigRational) -> BigRational {
    use num_integer::Integer;
    BigRational::new(a.numer().gcd(b.numer()), a.denom().lcm(b.denom()))
}

/// Where a common factor stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
    Entry,
    Scalar,
}

impl Side {
    /// The factors of a term at that side.
    fn factors(self, term: &Mat) -> Vec<Mat> {
        let (_, s, b) = term.clone().split();
        match (self, b) {
            (Side::Scalar, _) => s,
            (_, None) => Vec::new(),
            (Side::Left, Some(Mat::Chain(items))) => vec![items[0].clone()],
            (Side::Right, Some(Mat::Chain(items))) => {
                vec![items[items.len() - 1].clone()]
            }
            (Side::Entry, Some(Mat::Hadamard(items))) => items,
            (Side::Entry, Some(Mat::Pow(a, e))) if e.is_number(2) => {
                vec![*a.clone(), Mat::Pow(a, e)]
            }
            (Side::Left | Side::Right, Some(Mat::Hadamard(_))) => Vec::new(),
            (_, Some(m)) => vec![m],
        }
    }

    /// The term without the factor.
    fn divide(self, term: &Mat, key: &Mat) -> Option<Mat> {
        let (c, mut s, b) = term.clone().split();
        if self == Side::Scalar {
            let k = s.iter().position(|m| m.canonical() == *key)?;
            s.remove(k);
            return Some(Mat::scaled(c, s, b));
        }
        let body = b?;
        let shape = body.shape();
        let rest = match body {
            Mat::Chain(mut items) if self == Side::Left => (items[0].canonical() == *key)
                .then(|| {
                    items.remove(0);
                    Mat::chain(items)
                }),
            Mat::Chain(mut items) if self == Side::Right => {
                (items[items.len() - 1].canonical() == *key).then(|| {
                    items.pop();
                    Mat::chain(items)
                })
            }
            Mat::Hadamard(mut items) if self == Side::Entry => {
                let k = items.iter().position(|m| m.canonical() == *key)?;
                items.remove(k);
                Some(Mat::hadamard(items))
            }
            Mat::Pow(a, e)
                if self == Side::Entry && e.is_number(2) && a.canonical() == *key =>
            {
                Some(*a)
            }
            m if m.canonical() == *key => match (self, shape) {
                (Side::Entry, shape) => Some(Mat::Ones(shape)),
                (Side::Left, (_, Some(n))) => Some(Mat::Identity(n)),
                (Side::Right, (Some(n), _)) => Some(Mat::Identity(n)),
                _ => None,
            },
            _ => None,
        }?;
        Some(Mat::scaled(c, s, Some(rest)))
    }

    /// The sum with the factor taken out of every term that has it.
    fn pull(
        self,
        terms: &[Mat],
        factor: &Mat,
        key: &Mat,
        depth: u32,
        work: &Cell<u32>,
    ) -> Option<Mat> {
        let mut inside = Vec::new();
        let mut outside = Vec::new();
        let mut at = None;
        for (k, term) in terms.iter().enumerate() {
            match self.divide(term, key) {
                Some(rest) => {
                    at = at.or(Some(k));
                    inside.push(rest);
                }
                None => outside.push(term.clone()),
            }
        }
        if inside.len() < 2 {
            return None;
        }
        let inner = collect_within(inside, depth, work);
        let joined = match self {
            Side::Scalar => times(BigRational::one(), vec![factor.clone()], inner),
            Side::Left => Mat::chain(vec![factor.clone(), inner]),
            Side::Right => Mat::chain(vec![inner, factor.clone()]),
            Side::Entry => Mat::hadamard(vec![factor.clone(), inner]),
        };
        if outside.is_empty() {
            return Some(joined);
        }
        outside.insert(at.unwrap_or(0).min(outside.len()), joined);
        Some(factored(outside, depth, work))
    }
}
