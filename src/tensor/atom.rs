//! The factors of a term.

use num_rational::Ratio;
use smallvec::SmallVec;

use super::closed::Node;
use super::index::{DimId, Idx, Sym};
use crate::function::Function;

/// An exponent: a rational number.
pub type Exponent = Ratio<i64>;

/// What a term is a product of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Atom {
    /// A prime number under a fractional exponent (integer powers are in the coefficient).
    Prime(u64),
    /// π.
    Pi,
    /// A dimension as a number; positive.
    Dim(DimId),
    /// `δ_ij`, with `i < j`.
    Delta(Idx, Idx),
    /// An entry of a symbol; none, one or more indices.
    Entry(Sym, SmallVec<[Idx; 2]>),
    /// `Σ_bound Π factors`: a connected sum of products, never expanded further.
    Contraction(Node),
    /// `exp` of a sum; at most one in a term.
    Exp(Node),
    /// A function of a sum.
    Apply(Function, Node),
    /// A sum of several terms under an exponent that is negative or fractional.
    Base(Node),
    /// `[p > 0]`.
    Step(Node),
    /// An entry of the inverse of the matrix whose entries are the node's body in its first two
    /// parameters.
    Inverse(Node),
    /// The determinant of such a matrix.
    Det(Node),
    /// An entry of a power of such a matrix, the exponent being the second node.
    MatrixPower(Node, Node),
}

/// An atom with its exponent.
pub type Factor = (Atom, Exponent);

/// The exponent 1.
pub(crate) fn one() -> Exponent {
    Exponent::from_integer(1)
}

impl Atom {
    /// Calls `f` on every index that stands in the atom.
    pub fn each_index(&self, f: &mut impl FnMut(Idx)) {
        match self {
            Atom::Prime(_) | Atom::Pi | Atom::Dim(_) => {}
            Atom::Delta(i, j) => {
                f(*i);
                f(*j);
            }
            Atom::Entry(_, indices) => indices.iter().for_each(|i| f(*i)),
            Atom::MatrixPower(node, power) => {
                node.args.iter().for_each(|i| f(*i));
                power.args.iter().for_each(|i| f(*i));
            }
            Atom::Contraction(node)
            | Atom::Exp(node)
            | Atom::Apply(_, node)
            | Atom::Base(node)
            | Atom::Step(node)
            | Atom::Inverse(node)
            | Atom::Det(node) => node.args.iter().for_each(|i| f(*i)),
        }
    }

    /// Whether the index stands in the atom.
    pub(crate) fn mentions(&self, index: Idx) -> bool {
        let mut found = false;
        self.each_index(&mut |i| found |= i == index);
        found
    }

    /// The atom with every index replaced. Arguments may come out equal or unsorted: the result
    /// must pass through normalisation.
    pub(crate) fn map(&self, f: &impl Fn(Idx) -> Idx) -> Atom {
        match self {
            Atom::Prime(_) | Atom::Pi | Atom::Dim(_) => self.clone(),
            Atom::Delta(i, j) => Atom::Delta(f(*i), f(*j)),
            Atom::Entry(sym, indices) => {
                Atom::Entry(*sym, indices.iter().map(|i| f(*i)).collect())
            }
            Atom::Contraction(node) => Atom::Contraction(node.map(f)),
            Atom::Exp(node) => Atom::Exp(node.map(f)),
            Atom::Apply(function, node) => Atom::Apply(*function, node.map(f)),
            Atom::Base(node) => Atom::Base(node.map(f)),
            Atom::Step(node) => Atom::Step(node.map(f)),
            Atom::Inverse(node) => Atom::Inverse(node.map(f)),
            Atom::Det(node) => Atom::Det(node.map(f)),
            Atom::MatrixPower(node, power) => {
                Atom::MatrixPower(node.map(f), power.map(f))
            }
        }
    }

    /// Whether the atom is positive wherever it is defined.
    pub(crate) fn is_positive(&self) -> bool {
        match self {
            Atom::Prime(_) | Atom::Pi | Atom::Dim(_) | Atom::Exp(_) => true,
            Atom::Entry(sym, _) => sym.positive,
            Atom::Contraction(node) => node.closed.is_positive(),
            Atom::Base(node) => node.closed.is_positive(),
            Atom::Det(node) => node.closed.positive_determinant,
            _ => false,
        }
    }

    /// Whether the atom is never negative.
    pub(crate) fn is_nonnegative(&self) -> bool {
        match self {
            Atom::Delta(..) | Atom::Step(_) => true,
            Atom::Contraction(node) | Atom::Base(node) => node.closed.is_nonnegative(),
            _ => self.is_positive(),
        }
    }
}
