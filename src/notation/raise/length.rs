//! How long a matrix expression is to read: of several for one thing the shortest is printed.

use num_traits::One;

use super::matrix::{Mat, is_negative};
use crate::function::Function;

/// The length of an expression and of its transpose; both at once, since a product may be read from
/// either end at every level.
type Lengths = (usize, usize);

fn plus(a: Lengths, n: usize) -> Lengths {
    (a.0 + n, a.1 + n)
}

fn sum(parts: impl Iterator<Item = Lengths>) -> Lengths {
    parts.fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
}

impl Mat {
    /// How hard it is to read: every symbol counts three, every other sign one.
    pub(crate) fn length(&self) -> usize {
        self.lengths().0
    }

    fn lengths(&self) -> Lengths {
        let both = |n: usize| (n, n);
        let marked = |n: usize| (n, n + 1);
        match self {
            Mat::Number(v) if v.is_integer() => both(1),
            Mat::Number(_) => both(3),
            Mat::Pi | Mat::Size(_) => both(2),
            Mat::Identity(_) | Mat::Ones(_) | Mat::Delta(..) => both(3),
            Mat::Leaf(leaf) => {
                let n = 3 + leaf.entry.len() + usize::from(leaf.member.is_some());
                if leaf.symmetric || self.is_scalar() { both(n) } else { marked(n) }
            }
            Mat::Transpose(a) => (1 + a.script_length(), a.length()),
            Mat::Chain(items) => {
                let (straight, turned) = chain_lengths(items);
                (straight.min(turned + 3), turned.min(straight + 3))
            }
            Mat::Hadamard(items) => {
                plus(sum(items.iter().map(Mat::atom_lengths)), items.len() - 1)
            }
            Mat::Add(items) => {
                // Ones beside others are written as the number 1.
                let ones = items.iter().filter(|m| matches!(m, Mat::Ones(_))).count();
                let (a, b) = sum(items.iter().map(Mat::lengths));
                let less = |n: usize| (n + items.len() - 1).saturating_sub(2 * ones);
                (less(a), less(b))
            }
            Mat::Scaled(c, s, b) => {
                let number = if c.is_one() {
                    0
                } else if (-c).is_one() {
                    1
                } else {
                    1 + usize::from(!c.is_integer()) * 2
                };
                let scalars: usize = s.iter().map(Mat::atom_length).sum();
                let body = b.as_ref().map_or((0, 0), |b| match &**b {
                    b @ Mat::Chain(_) => b.lengths(),
                    b => b.atom_lengths(),
                });
                plus(body, number + scalars)
            }
            // σ(-u) is less familiar than 1 - σ(u).
            Mat::Apply(Function::Sigmoid, a) if is_negative(a) => plus(a.lengths(), 10),
            Mat::Apply(_, a) => plus(a.lengths(), 4),
            Mat::Step(a) => plus(a.lengths(), 2),
            Mat::Pow(a, e) => plus(a.atom_lengths(), 2 + e.length()),
            Mat::Power(a, e) => marked(a.atom_length() + e.length()),
            Mat::Inverse(a) => marked(a.script_length() + 2),
            Mat::Norm(a) => both(a.length() + 2),
            Mat::Det(a) | Mat::Trace(a) | Mat::Total(a) | Mat::Diag(a) => {
                both(a.length() + 4)
            }
            Mat::Diagonal(a) | Mat::Softmax(a) => marked(a.length() + 4),
            Mat::Kron(a, b) => plus(sum([a, b].map(|m| m.atom_lengths()).into_iter()), 1),
            Mat::Sum(k, a) => plus(a.atom_lengths(), 1 + k.len()),
        }
    }

    /// With the brackets that a script needs.
    fn script_length(&self) -> usize {
        let bracket = matches!(self, Mat::Chain(_) | Mat::Inverse(_) | Mat::Pow(..));
        self.atom_length() + if bracket { 2 } else { 0 }
    }

    fn atom_length(&self) -> usize {
        self.atom_lengths().0
    }

    fn atom_lengths(&self) -> Lengths {
        let bracket = matches!(self, Mat::Add(_) | Mat::Hadamard(_) | Mat::Sum(..))
            || matches!(self, Mat::Scaled(..));
        plus(self.lengths(), if bracket { 2 } else { 0 })
    }
}

/// Runs of one factor in a product.
pub(super) fn runs(items: &[Mat]) -> Vec<(&Mat, usize)> {
    let mut out: Vec<(&Mat, usize)> = Vec::new();
    for m in items {
        match out.last_mut() {
            Some((last, n)) if *last == m => *n += 1,
            _ => out.push((m, 1)),
        }
    }
    out
}

/// The length of a product, runs written as powers.
pub(super) fn chain_length(items: &[Mat]) -> usize {
    chain_lengths(items).0
}

fn chain_lengths(items: &[Mat]) -> Lengths {
    let run = |(m, n): (&Mat, usize)| match (m, n) {
        (m, 1) => m.atom_lengths(),
        (Mat::Leaf(_), _) => plus(m.lengths(), 1),
        (m, n) => {
            let (a, b) = m.atom_lengths();
            (n * a, n * b)
        }
    };
    sum(runs(items).into_iter().map(run))
}
