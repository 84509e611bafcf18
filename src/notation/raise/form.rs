//! Index expressions: products, sums and functions of entries, kept as they were written.
//!
//! Unlike the prover's normal form nothing is expanded here: `(Xw - y)` stays one factor and
//! `tanh` stays `tanh`, so that what is read off can be printed in the words of the source.
//! Nothing here is trusted: what is raised from a form is proved afterwards.

use std::cell::{Cell, RefCell};

use num_rational::BigRational;
use num_traits::{One, Zero};

use crate::function::Function;
use crate::shape::{Size, SymbolId};

/// An index: a label, or a fixed entry counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Ix {
    Of(u32),
    Fixed(usize),
}

/// An expression over indices.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Form {
    Number(BigRational),
    Pi,
    Size(Size),
    Entry(SymbolId, Vec<Ix>),
    Delta(Ix, Ix),
    Add(Vec<Form>),
    Mul(Vec<Form>),
    Sum(u32, Box<Form>),
    Pow(Box<Form>, Box<Form>),
    Apply(Function, Box<Form>),
    /// `[f > 0]`
    Step(Box<Form>),
    Inverse(Box<Matrix>, Ix, Ix),
    Det(Box<Matrix>),
    Power(Box<Matrix>, Box<Form>, Ix, Ix),
}

/// The matrix whose entry at the labels `row`, `col` is the body.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Matrix {
    pub(super) body: Form,
    pub(super) row: u32,
    pub(super) col: u32,
}

/// Why no matrix notation was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unraised(pub(super) &'static str);

impl std::fmt::Display for Unraised {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

pub(super) type Result<T> = std::result::Result<T, Unraised>;

/// The work allowed for one answer: what takes more is longer than anybody reads.
const FUEL: u32 = 5_000;

/// The labels and what they range over; how much work is left.
#[derive(Debug)]
pub(super) struct Labels {
    sizes: RefCell<Vec<Size>>,
    fuel: Cell<u32>,
}

impl Labels {
    pub(super) fn new() -> Self {
        Labels { sizes: RefCell::default(), fuel: Cell::new(FUEL) }
    }

    /// A label that stands nowhere yet.
    pub(super) fn fresh(&self, size: Size) -> u32 {
        let mut sizes = self.sizes.borrow_mut();
        sizes.push(size);
        sizes.len() as u32 - 1
    }

    /// What a label ranges over.
    pub(super) fn size(&self, label: u32) -> Size {
        self.sizes.borrow().get(label as usize).cloned().unwrap_or(Size::Number(1))
    }

    /// A fresh label of the same range.
    pub(super) fn another(&self, label: u32) -> u32 {
        self.fresh(self.size(label))
    }

    /// Uses up work.
    pub(super) fn spend(&self, steps: u32) -> Result<()> {
        let left = self.fuel.get().checked_sub(steps);
        self.fuel.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or(Unraised("the expression is too large"))
    }
}

impl Form {
    pub(super) fn integer(n: i64) -> Form {
        Form::Number(BigRational::from_integer(n.into()))
    }

    pub(super) fn one() -> Form {
        Form::Number(BigRational::one())
    }

    pub(super) fn is_one(&self) -> bool {
        matches!(self, Form::Number(v) if v.is_one())
    }

    pub(super) fn is_zero(&self) -> bool {
        matches!(self, Form::Number(v) if v.is_zero())
    }

    pub(super) fn number(&self) -> Option<&BigRational> {
        match self {
            Form::Number(v) => Some(v),
            _ => None,
        }
    }

    pub(super) fn add(parts: Vec<Form>) -> Form {
        let mut out = Vec::new();
        for part in parts {
            match part {
                Form::Add(inner) => out.extend(inner),
                part if part.is_zero() => {}
                part => out.push(part),
            }
        }
        match out.len() {
            0 => Form::integer(0),
            1 => out.remove(0),
            _ => Form::Add(out),
        }
    }

    pub(super) fn mul(parts: Vec<Form>) -> Form {
        let mut coef = BigRational::one();
        let mut out = Vec::new();
        for part in parts {
            match part {
                Form::Number(v) => coef *= v,
                Form::Mul(inner) => {
                    for factor in inner {
                        match factor {
                            Form::Number(v) => coef *= v,
                            factor => out.push(factor),
                        }
                    }
                }
                part => out.push(part),
            }
        }
        if coef.is_zero() {
            return Form::integer(0);
        }
        if !coef.is_one() {
            out.insert(0, Form::Number(coef));
        }
        match out.len() {
            0 => Form::one(),
            1 => out.remove(0),
            _ => Form::Mul(out),
        }
    }

    pub(super) fn neg(self) -> Form {
        Form::mul(vec![Form::integer(-1), self])
    }

    pub(super) fn pow(base: Form, exponent: Form) -> Form {
        if exponent.is_one() {
            return base;
        }
        if exponent.is_zero() || base.is_one() {
            return Form::one();
        }
        // Numbers under whole powers are numbers; (bᵉ)ⁿ = bᵉⁿ for whole n.
        if let Some(e) = exponent.number().filter(|e| e.is_integer()) {
            if let (Form::Number(b), Some(n)) = (&base, small(e))
                && !(b.is_zero() && n < 0)
            {
                return Form::Number(num_traits::Pow::pow(b, n));
            }
            if let Form::Pow(inner, f) = &base
                && let Form::Number(f) = &**f
            {
                return Form::pow((**inner).clone(), Form::Number(f * e));
            }
        }
        Form::Pow(Box::new(base), Box::new(exponent))
    }

    /// The form with a label replaced everywhere it is free.
    pub(super) fn put(&self, from: u32, to: Ix) -> Form {
        let ix = |i: &Ix| if *i == Ix::Of(from) { to } else { *i };
        let matrix = |m: &Matrix| {
            if m.row == from || m.col == from {
                return Box::new(m.clone());
            }
            Box::new(Matrix { body: m.body.put(from, to), row: m.row, col: m.col })
        };
        match self {
            Form::Number(_) | Form::Pi | Form::Size(_) => self.clone(),
            Form::Entry(s, at) => Form::Entry(*s, at.iter().map(ix).collect()),
            Form::Delta(i, j) => Form::Delta(ix(i), ix(j)),
            Form::Add(parts) => {
                Form::Add(parts.iter().map(|p| p.put(from, to)).collect())
            }
            Form::Mul(parts) => {
                Form::Mul(parts.iter().map(|p| p.put(from, to)).collect())
            }
            Form::Sum(k, _) if *k == from => self.clone(),
            Form::Sum(k, body) => Form::Sum(*k, Box::new(body.put(from, to))),
            Form::Pow(a, b) => {
                Form::Pow(Box::new(a.put(from, to)), Box::new(b.put(from, to)))
            }
            Form::Apply(f, a) => Form::Apply(*f, Box::new(a.put(from, to))),
            Form::Step(a) => Form::Step(Box::new(a.put(from, to))),
            Form::Inverse(m, i, j) => Form::Inverse(matrix(m), ix(i), ix(j)),
            Form::Det(m) => Form::Det(matrix(m)),
            Form::Power(m, e, i, j) => {
                Form::Power(matrix(m), Box::new(e.put(from, to)), ix(i), ix(j))
            }
        }
    }

    /// Calls `f` on every free index.
    pub(super) fn each_index(&self, f: &mut dyn FnMut(Ix)) {
        match self {
            Form::Number(_) | Form::Pi | Form::Size(_) => {}
            Form::Entry(_, at) => at.iter().for_each(|i| f(*i)),
            Form::Delta(i, j) => {
                f(*i);
                f(*j);
            }
            Form::Add(parts) | Form::Mul(parts) => {
                parts.iter().for_each(|p| p.each_index(f));
            }
            Form::Sum(k, body) => body.each_index(&mut |i| {
                if i != Ix::Of(*k) {
                    f(i);
                }
            }),
            Form::Pow(a, b) => {
                a.each_index(f);
                b.each_index(f);
            }
            Form::Apply(_, a) | Form::Step(a) => a.each_index(f),
            Form::Inverse(m, i, j) => {
                m.each_index(f);
                f(*i);
                f(*j);
            }
            Form::Det(m) => m.each_index(f),
            Form::Power(m, e, i, j) => {
                m.each_index(f);
                e.each_index(f);
                f(*i);
                f(*j);
            }
        }
    }

    /// The free labels, each once, in the order of their first place.
    pub(super) fn labels(&self) -> Vec<u32> {
        let mut out = Vec::new();
        self.each_index(&mut |i| {
            if let Ix::Of(k) = i
                && !out.contains(&k)
            {
                out.push(k);
            }
        });
        out
    }
}

impl Matrix {
    pub(super) fn each_index(&self, f: &mut dyn FnMut(Ix)) {
        self.body.each_index(&mut |i| {
            if i != Ix::Of(self.row) && i != Ix::Of(self.col) {
                f(i);
            }
        });
    }

    /// The body at other labels.
    pub(super) fn at(&self, row: Ix, col: Ix) -> Form {
        self.body.put(self.row, row).put(self.col, col)
    }
}

/// A rational number that is a small whole number.
pub(super) fn small(v: &BigRational) -> Option<i32> {
    use num_traits::ToPrimitive;
    v.is_integer().then(|| v.to_i32()).flatten().filter(|n| n.abs() <= 64)
}
