//! Matrix expressions with their shapes, kept simple by their constructors.
//!
//! Vectors are columns; a row is a transpose. The constructors apply the laws that never make an
//! expression longer: `(AB)ᵀ = BᵀAᵀ`, `Sᵀ = S`, scalars to the front, `1ᵀ(a ⊙ b) = aᵀb`.

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::form::Ix;
use crate::function::Function;
use crate::shape::{Size, SymbolId};

/// The extent of rows and columns; `None` is 1.
pub(crate) type Shape = (Option<Size>, Option<Size>);

/// A symbol, a member of a family, or an entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Leaf {
    pub(crate) symbol: SymbolId,
    /// The member of a family.
    pub(crate) member: Option<Ix>,
    /// The entry's indices; none for the whole.
    pub(crate) entry: Vec<Ix>,
    pub(crate) shape: Shape,
    /// `Sᵀ = S`
    pub(super) symmetric: bool,
}

/// A matrix expression.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Mat {
    Number(BigRational),
    Pi,
    Size(Size),
    Leaf(Leaf),
    Ones(Shape),
    Identity(Size),
    Transpose(Box<Mat>),
    /// A matrix product of two or more arrays.
    Chain(Vec<Mat>),
    /// An element-wise product of two or more arrays.
    Hadamard(Vec<Mat>),
    Add(Vec<Mat>),
    /// A number times scalars times an array (`None`: a scalar).
    Scaled(BigRational, Vec<Mat>, Option<Box<Mat>>),
    /// An element-wise power.
    Pow(Box<Mat>, Box<Mat>),
    Apply(Function, Box<Mat>),
    /// `[a > 0]`
    Step(Box<Mat>),
    Inverse(Box<Mat>),
    Det(Box<Mat>),
    Trace(Box<Mat>),
    /// The sum of all entries.
    Total(Box<Mat>),
    /// Euclidean, of a matrix Frobenius.
    Norm(Box<Mat>),
    /// The diagonal matrix of a vector.
    Diag(Box<Mat>),
    /// The diagonal of a matrix as a vector.
    Diagonal(Box<Mat>),
    /// A power of a square matrix.
    Power(Box<Mat>, Box<Mat>),
    /// Over the entries of a vector, over the rows of a matrix.
    Softmax(Box<Mat>),
    Kron(Box<Mat>, Box<Mat>),
    /// The explicit sum over labels that no matrix product hides.
    Sum(Vec<u32>, Box<Mat>),
    /// `δ` of two labels that are kept.
    Delta(Ix, Ix),
}

impl Mat {
    pub(crate) fn integer(n: i64) -> Mat {
        Mat::Number(BigRational::from_integer(n.into()))
    }

    pub(crate) fn shape(&self) -> Shape {
        match self {
            Mat::Number(_) | Mat::Pi | Mat::Size(_) | Mat::Det(_) | Mat::Trace(_) => {
                (None, None)
            }
            Mat::Total(_) | Mat::Norm(_) | Mat::Delta(..) => (None, None),
            Mat::Leaf(leaf) => leaf.shape,
            Mat::Ones(shape) => *shape,
            Mat::Identity(n) => (Some(*n), Some(*n)),
            Mat::Transpose(a) => {
                let (r, c) = a.shape();
                (c, r)
            }
            Mat::Chain(items) => match (items.first(), items.last()) {
                (Some(a), Some(b)) => (a.shape().0, b.shape().1),
                _ => (None, None),
            },
            Mat::Hadamard(items) | Mat::Add(items) => {
                items.first().map_or((None, None), Mat::shape)
            }
            Mat::Scaled(_, _, body) => body.as_ref().map_or((None, None), |b| b.shape()),
            Mat::Pow(a, _)
            | Mat::Apply(_, a)
            | Mat::Step(a)
            | Mat::Power(a, _)
            | Mat::Softmax(a)
            | Mat::Sum(_, a) => a.shape(),
            Mat::Inverse(a) => a.shape(),
            Mat::Diag(a) => (a.shape().0, a.shape().0),
            Mat::Diagonal(a) => (a.shape().0, None),
            Mat::Kron(..) => (None, None),
        }
    }

    pub(crate) fn is_scalar(&self) -> bool {
        !matches!(self, Mat::Kron(..)) && self.shape() == (None, None)
    }

    pub(crate) fn is_number(&self, n: i64) -> bool {
        matches!(self, Mat::Number(v) if *v == BigRational::from_integer(n.into()))
    }

    /// Coefficient, scalar factors, array.
    pub(crate) fn split(self) -> (BigRational, Vec<Mat>, Option<Mat>) {
        match self {
            Mat::Number(v) => (v, Vec::new(), None),
            Mat::Scaled(c, s, b) => (c, s, b.map(|b| *b)),
            m if m.is_scalar() => (BigRational::one(), vec![m], None),
            m => (BigRational::one(), Vec::new(), Some(m)),
        }
    }

    /// A number times scalars times an array.
    pub(super) fn scaled(coef: BigRational, by: Vec<Mat>, of: Option<Mat>) -> Mat {
        let mut total = coef;
        let mut scalars: Vec<Mat> = Vec::new();
        let mut body = None;
        let mut stack: Vec<Mat> = of.into_iter().chain(by.into_iter().rev()).collect();
        while let Some(m) = stack.pop() {
            let (c, s, b) = m.split();
            total *= c;
            for factor in s {
                multiply(&mut scalars, factor);
            }
            body = body.or(b);
        }
        let mut kept = Vec::new();
        for factor in scalars {
            match factor {
                Mat::Number(v) => total *= v,
                factor => kept.push(factor),
            }
        }
        if total.is_zero() {
            return Mat::integer(0);
        }
        match (kept.len(), body) {
            (0, None) => Mat::Number(total),
            (0, Some(body)) if total.is_one() => body,
            (1, None) if total.is_one() => kept.remove(0),
            (_, body) => Mat::Scaled(total, kept, body.map(Box::new)),
        }
    }

    pub(super) fn transpose(self) -> Mat {
        match self {
            m if m.is_scalar() => m,
            Mat::Transpose(a) => *a,
            Mat::Chain(items) => {
                Mat::chain(items.into_iter().rev().map(Mat::transpose).collect())
            }
            Mat::Scaled(c, s, b) => Mat::scaled(c, s, b.map(|b| b.transpose())),
            Mat::Ones((r, c)) => Mat::Ones((c, r)),
            m @ (Mat::Identity(_) | Mat::Diag(_)) => m,
            Mat::Leaf(leaf) if leaf.symmetric => Mat::Leaf(leaf),
            Mat::Inverse(a) => {
                let turned = a.clone().transpose();
                if turned.canonical() == a.canonical() {
                    return Mat::Inverse(a);
                }
                Mat::Transpose(Box::new(Mat::Inverse(a)))
            }
            Mat::Power(a, e) => {
                if a.clone().transpose().canonical() == a.canonical() {
                    return Mat::Power(a, e);
                }
                Mat::Transpose(Box::new(Mat::Power(a, e)))
            }
            Mat::Kron(a, b) => {
                Mat::Kron(Box::new(a.transpose()), Box::new(b.transpose()))
            }
            Mat::Sum(k, a) => Mat::Sum(k, Box::new(a.transpose())),
            Mat::Add(items) => {
                let turned: Vec<Mat> =
                    items.iter().cloned().map(Mat::transpose).collect();
                let same = Mat::Add(turned.clone()).canonical()
                    == Mat::Add(items.clone()).canonical();
                let marks = |all: &[Mat]| {
                    all.iter().filter(|m| matches!(m, Mat::Transpose(_))).count()
                };
                if same {
                    Mat::Add(items)
                } else if marks(&turned) < marks(&items) {
                    Mat::Add(turned)
                } else {
                    Mat::Transpose(Box::new(Mat::Add(items)))
                }
            }
            Mat::Hadamard(items) => {
                let turned: Vec<Mat> =
                    items.iter().cloned().map(Mat::transpose).collect();
                let marks = |all: &[Mat]| {
                    all.iter().filter(|m| matches!(m, Mat::Transpose(_))).count()
                };
                if marks(&turned) <= 1.min(marks(&items)) {
                    Mat::Hadamard(turned)
                } else {
                    Mat::Transpose(Box::new(Mat::Hadamard(items)))
                }
            }
            m => match m.turned_inside() {
                Some(turned) if turned.length() <= m.length() => turned,
                _ => Mat::Transpose(Box::new(m)),
            },
        }
    }

    /// The transpose of an element-wise function as the function of the transpose.
    pub(super) fn turned_inside(&self) -> Option<Mat> {
        let turn = |a: &Mat| Box::new(a.clone().transpose());
        Some(match self {
            Mat::Apply(f, a) => Mat::Apply(*f, turn(a)),
            Mat::Step(a) => Mat::Step(turn(a)),
            Mat::Pow(a, e) => Mat::Pow(turn(a), e.clone()),
            _ => return None,
        })
    }

    /// The matrix product.
    pub(super) fn chain(items: Vec<Mat>) -> Mat {
        let mut coef = BigRational::one();
        let mut scalars = Vec::new();
        let mut flat: Vec<Mat> = Vec::new();
        let mut ends: Shape = (None, None);
        if let (Some(a), Some(b)) = (items.first(), items.last()) {
            ends = (a.shape().0, b.shape().1);
        }
        let mut stack: Vec<Mat> = items.into_iter().rev().collect();
        while let Some(m) = stack.pop() {
            let (c, s, b) = m.split();
            coef *= c;
            scalars.extend(s);
            match b {
                Some(Mat::Chain(inner)) => stack.extend(inner.into_iter().rev()),
                Some(Mat::Identity(_)) | None => {}
                Some(m) => push_factor(&mut flat, m, &mut scalars),
            }
        }
        if flat.is_empty() {
            return match ends {
                (Some(n), Some(_)) => Mat::scaled(coef, scalars, Some(Mat::Identity(n))),
                _ => Mat::scaled(coef, scalars, None),
            };
        }
        let product = if ends == (None, None) {
            scalar_chain(flat)
        } else if flat.len() == 1 {
            flat.remove(0)
        } else {
            Mat::Chain(flat)
        };
        Mat::scaled(coef, scalars, Some(product))
    }

    /// The element-wise product; equal factors become powers.
    pub(super) fn hadamard(items: Vec<Mat>) -> Mat {
        let mut coef = BigRational::one();
        let mut scalars = Vec::new();
        let mut flat: Vec<Mat> = Vec::new();
        let mut ones = None;
        for item in items {
            let (c, s, b) = item.split();
            coef *= c;
            scalars.extend(s);
            match b {
                Some(Mat::Hadamard(inner)) => {
                    inner.into_iter().for_each(|m| multiply(&mut flat, m));
                }
                Some(Mat::Ones(shape)) => ones = Some(Mat::Ones(shape)),
                Some(m) => {
                    ones = ones.or_else(|| Some(Mat::Ones(m.shape())));
                    multiply(&mut flat, m);
                }
                None => {}
            }
        }
        let body = match flat.len() {
            0 => ones,
            1 => Some(flat.remove(0)),
            _ => Some(Mat::Hadamard(flat)),
        };
        Mat::scaled(coef, scalars, body)
    }

    /// The sum of all entries.
    pub(super) fn total(m: Mat) -> Mat {
        let (c, s, b) = m.split();
        let Some(body) = b else { return Mat::scaled(c, s, None) };
        let total = match body {
            Mat::Ones((r, n)) => {
                let sizes = r.into_iter().chain(n).map(size).collect();
                return Mat::scaled(c, [s, sizes].concat(), None);
            }
            Mat::Transpose(a) => Mat::total(*a),
            Mat::Hadamard(mut items) if items[0].shape().1.is_none() => {
                let first = items.remove(0);
                Mat::chain(vec![first.transpose(), Mat::hadamard(items)])
            }
            Mat::Pow(a, e) if e.is_number(2) => {
                Mat::Pow(Box::new(Mat::Norm(a)), Box::new(Mat::integer(2)))
            }
            body => Mat::Total(Box::new(body)),
        };
        Mat::scaled(c, s, Some(total))
    }

    /// `1ᵀ M` or `M 1` keep their ones; a scalar stands for itself.
    pub(super) fn trace(m: Mat) -> Mat {
        let (c, s, b) = m.split();
        let body = match b {
            None => None,
            Some(Mat::Identity(n)) => Some(size(n)),
            Some(Mat::Transpose(a)) => Some(Mat::trace(*a)),
            Some(Mat::Chain(items)) => {
                if let [a, b] = items.as_slice()
                    && a.clone().transpose() == *b
                {
                    let norm = if matches!(a, Mat::Transpose(_)) { b } else { a };
                    let norm = Mat::Norm(Box::new(norm.clone()));
                    Some(Mat::Pow(Box::new(norm), Box::new(Mat::integer(2))))
                } else {
                    // The rotation with the fewest transposition marks, then the least.
                    let turned: Vec<Mat> =
                        items.iter().rev().cloned().map(Mat::transpose).collect();
                    let rotations = |all: &[Mat]| -> Vec<Vec<Mat>> {
                        (0..all.len()).map(|k| [&all[k..], &all[..k]].concat()).collect()
                    };
                    let mut all = rotations(&items);
                    all.extend(rotations(&turned));
                    let marks = |v: &Vec<Mat>| {
                        v.iter().filter(|m| matches!(m, Mat::Transpose(_))).count()
                    };
                    all.sort_by(|a, b| marks(a).cmp(&marks(b)).then_with(|| a.cmp(b)));
                    all.into_iter().next().map(|v| Mat::Trace(Box::new(Mat::Chain(v))))
                }
            }
            Some(m) => Some(Mat::Trace(Box::new(m))),
        };
        Mat::scaled(c, s, body)
    }

    /// The element-wise power.
    pub(super) fn pow(base: Mat, e: Mat) -> Mat {
        if e.is_number(1) {
            return base;
        }
        if e.is_number(0) {
            return match base.shape() {
                (None, None) => Mat::integer(1),
                shape => Mat::Ones(shape),
            };
        }
        let Mat::Number(power) = &e else { return Mat::Pow(Box::new(base), Box::new(e)) };
        let whole = super::form::small(power);
        if let (Some(n), Some(u)) = (whole.filter(|n| *n < 0), logistic(&base)) {
            let minus = Mat::scaled(-BigRational::one(), Vec::new(), Some(u));
            let sigmoid = Mat::apply(Function::Sigmoid, minus);
            return Mat::pow(sigmoid, Mat::integer(-i64::from(n)));
        }
        match base {
            Mat::Ones(shape) => Mat::Ones(shape),
            Mat::Number(v) if whole.is_some_and(|n| n > 0 || !v.is_zero()) => {
                Mat::Number(num_traits::Pow::pow(&v, whole.unwrap_or(1)))
            }
            Mat::Scaled(c, s, b) if whole.is_some() && !c.is_zero() => {
                let c = num_traits::Pow::pow(&c, whole.unwrap_or(1));
                let s = s.into_iter().map(|m| Mat::pow(m, e.clone())).collect();
                Mat::scaled(c, s, b.map(|b| Mat::pow(*b, e.clone())))
            }
            Mat::Pow(inner, f) => match &*f {
                Mat::Number(f) if whole.is_some() || matches!(*inner, Mat::Norm(_)) => {
                    Mat::pow(*inner, Mat::Number(f * power))
                }
                _ => Mat::Pow(Box::new(Mat::Pow(inner, f)), Box::new(e)),
            },
            // (vᵀv)^e = ‖v‖^2e
            Mat::Chain(items) if whole.is_none() && is_square(&items) => {
                let half = items[items.len() / 2..].to_vec();
                let two = BigRational::from_integer(2.into());
                let norm = Mat::Norm(Box::new(Mat::chain(half)));
                Mat::pow(norm, Mat::Number(power * two))
            }
            base => Mat::Pow(Box::new(base), Box::new(e)),
        }
    }

    /// The diagonal matrix of a column.
    pub(super) fn diag(v: Mat) -> Mat {
        let (c, s, b) = v.split();
        let body = b.map(|b| match b {
            Mat::Ones((Some(n), None)) => Mat::Identity(n),
            b => Mat::Diag(Box::new(b)),
        });
        Mat::scaled(c, s, body)
    }

    /// `det Aᵀ = det A`
    pub(super) fn det(m: Mat) -> Mat {
        match m {
            Mat::Transpose(a) => Mat::Det(a),
            m => Mat::Det(Box::new(m)),
        }
    }

    pub(super) fn inverse(m: Mat) -> Mat {
        let (c, s, b) = m.split();
        let e = Mat::integer(-1);
        let body = b.map(|b| match b {
            Mat::Identity(n) => Mat::Identity(n),
            Mat::Inverse(a) => *a,
            Mat::Transpose(a) => Mat::inverse(*a).transpose(),
            b => Mat::Inverse(Box::new(b)),
        });
        if c.is_zero() {
            return Mat::Inverse(Box::new(Mat::scaled(c, s, body)));
        }
        let s = s.into_iter().map(|m| Mat::pow(m, e.clone())).collect();
        Mat::scaled(c.recip(), s, body)
    }

    /// An element-wise function; `exp(k log a) = a^k`.
    pub(super) fn apply(f: Function, a: Mat) -> Mat {
        if f == Function::Exp
            && let Mat::Scaled(c, s, b) = &a
        {
            let log = |m: &Mat| matches!(m, Mat::Apply(Function::Log, _));
            if let Some(k) = s.iter().position(log).filter(|_| b.is_none()) {
                let mut rest = s.clone();
                if let Mat::Apply(_, of) = rest.remove(k) {
                    return Mat::pow(*of, Mat::scaled(c.clone(), rest, None));
                }
            }
            if let Some(Mat::Apply(Function::Log, of)) = b.as_deref() {
                return Mat::pow((**of).clone(), Mat::scaled(c.clone(), s.clone(), None));
            }
        }
        Mat::Apply(f, Box::new(a))
    }

    /// The same with sums, element-wise products and scalars in a fixed order, for comparison.
    pub(crate) fn canonical(&self) -> Mat {
        let all =
            |items: &[Mat]| -> Vec<Mat> { items.iter().map(Mat::canonical).collect() };
        let one = |m: &Mat| Box::new(m.canonical());
        match self {
            Mat::Add(items) => {
                let mut items = all(items);
                items.sort();
                Mat::Add(items)
            }
            Mat::Hadamard(items) => {
                let mut items = all(items);
                items.sort();
                Mat::Hadamard(items)
            }
            Mat::Scaled(c, s, b) => {
                let mut s = all(s);
                s.sort();
                Mat::Scaled(c.clone(), s, b.as_ref().map(|b| one(b)))
            }
            Mat::Chain(items) => {
                let items = all(items);
                if self.is_scalar() {
                    let turned: Vec<Mat> =
                        items.iter().rev().cloned().map(Mat::transpose).collect();
                    return Mat::Chain(turned.min(items));
                }
                Mat::Chain(items)
            }
            Mat::Transpose(a) => Mat::Transpose(one(a)),
            Mat::Pow(a, b) => Mat::Pow(one(a), one(b)),
            Mat::Apply(f, a) => Mat::Apply(*f, one(a)),
            Mat::Step(a) => Mat::Step(one(a)),
            Mat::Inverse(a) => Mat::Inverse(one(a)),
            Mat::Det(a) => Mat::Det(one(a)),
            Mat::Trace(a) => Mat::Trace(one(a)),
            Mat::Total(a) => Mat::Total(one(a)),
            Mat::Norm(a) => Mat::Norm(one(a)),
            Mat::Diag(a) => Mat::Diag(one(a)),
            Mat::Diagonal(a) => Mat::Diagonal(one(a)),
            Mat::Power(a, b) => Mat::Power(one(a), one(b)),
            Mat::Softmax(a) => Mat::Softmax(one(a)),
            Mat::Kron(a, b) => Mat::Kron(one(a), one(b)),
            Mat::Sum(k, a) => Mat::Sum(k.clone(), one(a)),
            Mat::Number(_)
            | Mat::Pi
            | Mat::Size(_)
            | Mat::Leaf(_)
            | Mat::Ones(_)
            | Mat::Identity(_)
            | Mat::Delta(..) => self.clone(),
        }
    }

    /// Calls `f` on every expression, the outermost first.
    pub(crate) fn visit(&self, f: &mut dyn FnMut(&Mat)) {
        f(self);
        match self {
            Mat::Chain(items) | Mat::Hadamard(items) | Mat::Add(items) => {
                items.iter().for_each(|m| m.visit(f));
            }
            Mat::Scaled(_, s, b) => {
                s.iter().for_each(|m| m.visit(f));
                if let Some(b) = b {
                    b.visit(f);
                }
            }
            Mat::Pow(a, b) | Mat::Power(a, b) | Mat::Kron(a, b) => {
                a.visit(f);
                b.visit(f);
            }
            Mat::Transpose(a)
            | Mat::Apply(_, a)
            | Mat::Step(a)
            | Mat::Inverse(a)
            | Mat::Det(a)
            | Mat::Trace(a)
            | Mat::Total(a)
            | Mat::Norm(a)
            | Mat::Diag(a)
            | Mat::Diagonal(a)
            | Mat::Softmax(a)
            | Mat::Sum(_, a) => a.visit(f),
            Mat::Number(_)
            | Mat::Pi
            | Mat::Size(_)
            | Mat::Leaf(_)
            | Mat::Ones(_)
            | Mat::Identity(_)
            | Mat::Delta(..) => {}
        }
    }
}

fn size(n: Size) -> Mat {
    match n {
        Size::Number(n) => Mat::integer(n as i64),
        named => Mat::Size(named),
    }
}

/// Whether a scalar product is `vᵀv` with `v` the second half.
fn is_square(items: &[Mat]) -> bool {
    let n = items.len();
    n.is_multiple_of(2)
        && items[..n / 2]
            .iter()
            .zip(items.iter().rev())
            .all(|(a, b)| a.clone().transpose().canonical() == b.canonical())
}

/// Appends to a product; a diagonal matrix beside a vector or another diagonal joins it.
fn push_factor(flat: &mut Vec<Mat>, m: Mat, scalars: &mut Vec<Mat>) {
    let joined = match (flat.last(), &m) {
        (Some(Mat::Diag(u)), Mat::Diag(v)) => {
            Some(Mat::diag(Mat::hadamard(vec![(**u).clone(), (**v).clone()])))
        }
        (Some(Mat::Diag(u)), v) if v.shape().1.is_none() => {
            Some(Mat::hadamard(vec![(**u).clone(), v.clone()]))
        }
        (Some(u), Mat::Diag(v)) if u.shape().0.is_none() => {
            let product = Mat::hadamard(vec![u.clone().transpose(), (**v).clone()]);
            Some(product.transpose())
        }
        (Some(Mat::Ones((r, Some(n)))), Mat::Ones((Some(_), c))) => {
            scalars.push(size(*n));
            Some(Mat::Ones((*r, *c)))
        }
        _ => None,
    };
    let Some(joined) = joined else { return flat.push(m) };
    flat.pop();
    let (c, s, b) = joined.split();
    scalars.push(Mat::Number(c));
    scalars.extend(s);
    match b {
        Some(Mat::Ones((None, None))) | None => {}
        Some(b) => flat.push(b),
    }
}

/// A product from a row to a column: `1ᵀv` is a sum.
fn scalar_chain(mut flat: Vec<Mat>) -> Mat {
    if matches!(flat.first(), Some(Mat::Ones(_))) {
        flat.remove(0);
        return Mat::total(rest(flat));
    }
    if matches!(flat.last(), Some(Mat::Ones(_))) {
        flat.pop();
        return Mat::total(rest(flat).transpose());
    }
    let plain = flat.len() == 2 && matches!(flat[1], Mat::Leaf(_));
    if !plain && is_square(&flat) {
        let half = flat.split_off(flat.len() / 2);
        let norm = Mat::Norm(Box::new(rest(half)));
        return Mat::Pow(Box::new(norm), Box::new(Mat::integer(2)));
    }
    // Of a product and its transpose the one with fewer marks.
    let turned: Vec<Mat> = flat.iter().rev().cloned().map(Mat::transpose).collect();
    let marks = |v: &[Mat]| v.iter().filter(|m| matches!(m, Mat::Transpose(_))).count();
    if marks(&turned) < marks(&flat) { rest(turned) } else { rest(flat) }
}

fn rest(mut flat: Vec<Mat>) -> Mat {
    if flat.len() == 1 { flat.remove(0) } else { Mat::Chain(flat) }
}

/// Multiplies into a list of factors, merging powers of one base.
fn multiply(factors: &mut Vec<Mat>, m: Mat) {
    let base_of = |m: &Mat| -> Option<(Mat, BigRational)> {
        match m {
            Mat::Pow(b, e) => match &**e {
                Mat::Number(e) => Some((b.canonical(), e.clone())),
                _ => None,
            },
            m => Some((m.canonical(), BigRational::one())),
        }
    };
    if matches!(m, Mat::Number(_)) {
        factors.push(m);
        return;
    }
    // e^a e^b = e^(a+b)
    if let Mat::Apply(Function::Exp, a) = &m
        && let Some(k) =
            factors.iter().position(|f| matches!(f, Mat::Apply(Function::Exp, _)))
        && let Mat::Apply(_, b) = factors.remove(k)
    {
        let exponent = super::factor::collect(vec![*b, (**a).clone()]);
        if !exponent.is_number(0) {
            multiply(factors, Mat::apply(Function::Exp, exponent));
        }
        return;
    }
    // e^u σ(-u) = σ(u)
    for k in 0..factors.len() {
        let (exp, other) = match (&m, &factors[k]) {
            (Mat::Apply(Function::Exp, u), other) => (u, other),
            (other, Mat::Apply(Function::Exp, u)) => (u, other),
            _ => continue,
        };
        let (sigmoid, power) = match other {
            Mat::Pow(b, e) => match &**e {
                Mat::Number(e) if *e > BigRational::one() => (&**b, e.clone()),
                _ => continue,
            },
            other => (other, BigRational::one()),
        };
        let Mat::Apply(Function::Sigmoid, v) = sigmoid else { continue };
        let minus = Mat::scaled(-BigRational::one(), Vec::new(), Some((**exp).clone()));
        if minus.canonical() != v.canonical() {
            continue;
        }
        let left = Mat::pow(sigmoid.clone(), Mat::Number(power - BigRational::one()));
        let joined = Mat::apply(Function::Sigmoid, (**exp).clone());
        factors.remove(k);
        multiply(factors, joined);
        if !left.is_number(1) && !matches!(left, Mat::Ones(_)) {
            multiply(factors, left);
        }
        return;
    }
    if let Some((base, e)) = base_of(&m) {
        for k in 0..factors.len() {
            let Some((other, f)) = base_of(&factors[k]) else { continue };
            if other == base {
                let plain = match &factors[k] {
                    Mat::Pow(b, _) => (**b).clone(),
                    plain => plain.clone(),
                };
                let power = e + f;
                if power.is_zero() {
                    factors.remove(k);
                } else {
                    factors[k] = Mat::pow(plain, Mat::Number(power));
                }
                return;
            }
        }
    }
    factors.push(m);
}

/// The `u` of `1 + e^u`.
fn logistic(m: &Mat) -> Option<Mat> {
    let Mat::Add(items) = m else { return None };
    let one = |m: &Mat| matches!(m, Mat::Ones(_)) || m.is_number(1);
    match items.as_slice() {
        [a, Mat::Apply(Function::Exp, u)] | [Mat::Apply(Function::Exp, u), a]
            if one(a) =>
        {
            Some((**u).clone())
        }
        _ => None,
    }
}

/// Whether a coefficient is printed with a minus sign.
pub(crate) fn is_negative(m: &Mat) -> bool {
    match m {
        Mat::Number(v) => v.is_negative(),
        Mat::Scaled(c, ..) => c.is_negative(),
        _ => false,
    }
}
