//! How long a matrix expression is to read: of several for one thing the shortest is printed.

use num_traits::One;

use super::matrix::{Mat, is_negative};
use crate::function::Function;

impl Mat {
    /// How hard it is to read: every symbol counts three, every other sign one.
    pub(crate) fn length(&self) -> usize {
        let all = |items: &[Mat]| items.iter().map(Mat::length).sum::<usize>();
        match self {
            Mat::Number(v) if v.is_integer() => 1,
            Mat::Number(_) => 3,
            Mat::Pi | Mat::Size(_) => 2,
            Mat::Identity(_) | Mat::Ones(_) => 3,
            Mat::Leaf(leaf) => 3 + leaf.entry.len() + usize::from(leaf.member.is_some()),
            Mat::Transpose(a) => 1 + a.script_length(),
            Mat::Chain(items) => {
                let straight = chain_length(items);
                let turned: Vec<Mat> =
                    items.iter().rev().cloned().map(Mat::transpose).collect();
                straight.min(chain_length(&turned) + 3)
            }
            Mat::Hadamard(items) => {
                items.iter().map(Mat::atom_length).sum::<usize>() + items.len() - 1
            }
            Mat::Add(items) => {
                // Ones beside others are written as the number 1.
                let ones = items.iter().filter(|m| matches!(m, Mat::Ones(_))).count();
                all(items) + items.len() - 1 - 2 * ones
            }
            // σ(-u) is less familiar than 1 - σ(u).
            Mat::Apply(Function::Sigmoid, a) if is_negative(a) => a.length() + 10,
            Mat::Scaled(c, s, b) => {
                let number = if c.is_one() {
                    0
                } else if (-c).is_one() {
                    1
                } else {
                    1 + usize::from(!c.is_integer()) * 2
                };
                number
                    + s.iter().map(Mat::atom_length).sum::<usize>()
                    + b.as_ref().map_or(0, |b| match &**b {
                        b @ Mat::Chain(_) => b.length(),
                        b => b.atom_length(),
                    })
            }
            Mat::Pow(a, e) => a.atom_length() + 2 + e.length(),
            Mat::Power(a, e) => a.atom_length() + e.length(),
            Mat::Inverse(a) => a.script_length() + 2,
            Mat::Norm(a) | Mat::Step(a) => a.length() + 2,
            Mat::Apply(_, a)
            | Mat::Det(a)
            | Mat::Trace(a)
            | Mat::Total(a)
            | Mat::Diag(a)
            | Mat::Diagonal(a)
            | Mat::Softmax(a) => a.length() + 4,
            Mat::Kron(a, b) => a.atom_length() + b.atom_length() + 1,
            Mat::Sum(k, a) => a.atom_length() + 1 + k.len(),
            Mat::Delta(..) => 3,
        }
    }

    /// With the brackets that a script needs.
    fn script_length(&self) -> usize {
        let bracket = matches!(self, Mat::Chain(_) | Mat::Inverse(_) | Mat::Pow(..));
        self.atom_length() + if bracket { 2 } else { 0 }
    }

    fn atom_length(&self) -> usize {
        let bracket = matches!(self, Mat::Add(_) | Mat::Hadamard(_) | Mat::Sum(..))
            || matches!(self, Mat::Scaled(..));
        self.length() + if bracket { 2 } else { 0 }
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
    let run = |(m, n): (&Mat, usize)| match (m, n) {
        (m, 1) => m.atom_length(),
        (Mat::Leaf(_), _) => m.length() + 1,
        (m, n) => n * m.atom_length(),
    };
    runs(items).into_iter().map(run).sum()
}
