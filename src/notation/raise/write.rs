//! Raised expressions as syntax trees.

use num_rational::BigRational;
use num_traits::{One, Signed};

use super::form::{Form, Ix, Labels, Matrix};
use super::length::{chain_length, runs};
use super::matrix::{Leaf, Mat, is_negative};
use crate::function::Function;
use crate::language::ast::{
    Comparison, Condition, Delimiter, DerivativeForm, Expr, Kind, NormKind, Over, Sign,
    Span, SumIndex, Times,
};
use crate::shape::{Role, Size, SymbolId, Table};

/// Writes raised expressions over one table.
pub(super) struct Writer<'a> {
    pub(super) table: &'a Table,
    pub(super) labels: &'a Labels,
    /// Letters of the labels that have one.
    pub(super) letters: Vec<(u32, String)>,
}

fn node(kind: Kind) -> Expr {
    Expr { kind, span: Span::default() }
}

fn number(v: BigRational) -> Expr {
    if v.is_negative() {
        return minus(number(-v));
    }
    if v.is_integer() {
        return node(Kind::Number(v));
    }
    let part = |n: &num_bigint::BigInt| {
        Box::new(node(Kind::Number(BigRational::from_integer(n.clone()))))
    };
    node(Kind::Quotient(part(v.numer()), Over::Fraction, part(v.denom())))
}

fn minus(e: Expr) -> Expr {
    node(Kind::Add(vec![(Sign::Minus, e)]))
}

fn call(name: &str, of: Expr) -> Expr {
    node(Kind::Call { name: name.into(), primes: 0, args: vec![of] })
}

fn product(factors: Vec<Expr>, how: Times) -> Option<Expr> {
    factors.into_iter().reduce(|a, b| node(Kind::Product(Box::new(a), how, Box::new(b))))
}

fn positive_part(m: &Mat) -> Mat {
    match m {
        Mat::Number(v) => Mat::Number(-v),
        Mat::Scaled(c, s, b) => Mat::scaled(-c, s.clone(), b.as_deref().cloned()),
        m => m.clone(),
    }
}

impl Writer<'_> {
    /// A matrix expression as a tree.
    pub(super) fn mat(&self, m: &Mat) -> Expr {
        match m {
            Mat::Number(v) => number(v.clone()),
            Mat::Pi => node(Kind::Name("pi".into())),
            Mat::Size(n) => self.size(n),
            Mat::Leaf(leaf) => self.leaf(leaf),
            Mat::Ones((r, c)) => match (r, c) {
                (Some(r), None) => node(Kind::Ones(vec![self.size(r)])),
                (None, Some(c)) => {
                    let column = node(Kind::Ones(vec![self.size(c)]));
                    node(Kind::Transpose(Box::new(column)))
                }
                (Some(r), Some(c)) => node(Kind::Ones(vec![self.size(r), self.size(c)])),
                (None, None) => number(BigRational::one()),
            },
            Mat::Identity(n) => node(Kind::Identity(Some(Box::new(self.size(n))))),
            Mat::Transpose(a) => node(Kind::Transpose(Box::new(self.mat(a)))),
            Mat::Chain(items) => self.chain(items),
            Mat::Hadamard(items) => self.hadamard(items),
            Mat::Add(items) => self.add(items),
            Mat::Scaled(c, s, b) => self.scaled(c, s, b.as_deref()),
            Mat::Pow(a, e) => self.pow(a, e),
            Mat::Apply(f, a) => self.apply(*f, self.mat(a)),
            Mat::Step(a) if is_negative(a) => {
                self.indicator(self.mat(&positive_part(a)), Comparison::Less)
            }
            Mat::Step(a) => self.indicator(self.mat(a), Comparison::Greater),
            Mat::Inverse(a) => {
                let e = number(-BigRational::one());
                node(Kind::Power(Box::new(self.mat(a)), Box::new(e)))
            }
            Mat::Det(a) => call("det", self.mat(a)),
            Mat::Trace(a) => call("tr", self.mat(a)),
            Mat::Total(a) => call("sum", self.mat(a)),
            Mat::Norm(a) => node(Kind::Norm(Box::new(self.mat(a)), NormKind::Plain)),
            Mat::Diag(a) | Mat::Diagonal(a) => call("diag", self.mat(a)),
            Mat::Power(a, e) => {
                node(Kind::Power(Box::new(self.mat(a)), Box::new(self.mat(e))))
            }
            Mat::Softmax(a) => call("softmax", self.mat(a)),
            Mat::Kron(a, b) => node(Kind::Product(
                Box::new(self.mat(a)),
                Times::Kronecker,
                Box::new(self.mat(b)),
            )),
            Mat::Sum(k, a) => node(Kind::Sum(
                k.iter().map(|k| self.sum_index(*k)).collect(),
                Box::new(self.mat(a)),
            )),
            Mat::Delta(i, j) => {
                node(Kind::Delta(Box::new(self.index(*i)), Box::new(self.index(*j))))
            }
        }
    }

    fn size(&self, n: &Size) -> Expr {
        match n {
            Size::Number(n) => number(BigRational::from_integer((*n).into())),
            Size::Named(id) => {
                let name = self.table.dims.get(*id as usize);
                node(Kind::Name(name.cloned().unwrap_or_default()))
            }
        }
    }

    fn letter(&self, label: u32) -> String {
        let known = self.letters.iter().find(|(k, _)| *k == label);
        known.map(|(_, name)| name.clone()).unwrap_or_default()
    }

    fn index(&self, i: Ix) -> Expr {
        match i {
            Ix::Of(k) => node(Kind::Name(self.letter(k))),
            Ix::Fixed(n) => number(BigRational::from_integer(n.into())),
        }
    }

    fn sum_index(&self, k: u32) -> SumIndex {
        SumIndex {
            name: self.letter(k),
            span: Span::default(),
            from: Some(number(BigRational::one())),
            to: Some(self.size(&self.labels.size(k))),
            not_equal: Vec::new(),
        }
    }

    fn leaf(&self, leaf: &Leaf) -> Expr {
        let whole = self.symbol(leaf.symbol);
        let indices: Vec<Expr> =
            leaf.member.iter().chain(&leaf.entry).map(|i| self.index(*i)).collect();
        if indices.is_empty() {
            return whole;
        }
        node(Kind::Entry(Box::new(whole), indices))
    }

    fn symbol(&self, id: SymbolId) -> Expr {
        let symbol = self.table.symbol(id);
        let name = |id: SymbolId| node(Kind::Name(self.table.symbol(id).name.clone()));
        match &symbol.role {
            Role::Partial(of, by) => node(Kind::Derivative {
                form: DerivativeForm::Partial,
                of: Some(Box::new(name(*of))),
                by: by.iter().map(|b| name(*b)).collect(),
            }),
            Role::Differential(of) => node(Kind::Differential(Box::new(name(*of)))),
            _ => name(id),
        }
    }

    fn chain(&self, items: &[Mat]) -> Expr {
        product(self.links(items), Times::Juxtaposed)
            .unwrap_or_else(|| number(BigRational::one()))
    }

    /// The factors of a matrix product: `(BA)ᵀ` for `AᵀBᵀ` where that is shorter, runs as powers.
    fn links(&self, items: &[Mat]) -> Vec<Expr> {
        let turned: Vec<Mat> = items.iter().rev().cloned().map(Mat::transpose).collect();
        if chain_length(&turned) + 3 < chain_length(items) {
            let factors = self.powers(&turned);
            let whole = product(factors, Times::Juxtaposed);
            let whole = whole.map(|e| node(Kind::Transpose(Box::new(e))));
            return whole.into_iter().collect();
        }
        self.powers(items)
    }

    fn powers(&self, items: &[Mat]) -> Vec<Expr> {
        let mut factors = Vec::new();
        for (m, n) in runs(items) {
            match m {
                Mat::Leaf(_) if n > 1 => {
                    let e = number(BigRational::from_integer(n.into()));
                    factors.push(node(Kind::Power(Box::new(self.mat(m)), Box::new(e))));
                }
                m => factors.extend(std::iter::repeat_n(self.mat(m), n)),
            }
        }
        factors
    }

    /// An element-wise product; `u 1ᵀ` beside a matrix is `diag(u)` on its left.
    fn hadamard(&self, items: &[Mat]) -> Expr {
        let mut left = None;
        let mut right = None;
        let mut plain: Vec<&Mat> = Vec::new();
        for m in items {
            match m {
                Mat::Chain(pair)
                    if pair.len() == 2
                        && matches!(pair[1], Mat::Ones((None, _)))
                        && left.is_none()
                        && items.len() > 1 =>
                {
                    left = Some(&pair[0]);
                }
                Mat::Chain(pair)
                    if pair.len() == 2
                        && matches!(pair[0], Mat::Ones((_, None)))
                        && right.is_none()
                        && items.len() > 1 =>
                {
                    right = Some(&pair[1]);
                }
                m => plain.push(m),
            }
        }
        let core = if plain.is_empty() {
            let factors = items.iter().map(|m| self.mat(m)).collect();
            return product(factors, Times::Hadamard)
                .unwrap_or_else(|| number(BigRational::one()));
        } else {
            self.entrywise(&plain)
        };
        let mut factors = Vec::new();
        if let Some(u) = left {
            factors.push(call("diag", self.mat(u)));
        }
        factors.push(core);
        if let Some(v) = right {
            factors.push(call("diag", self.mat(&v.clone().transpose())));
        }
        product(factors, Times::Juxtaposed).unwrap_or_else(|| number(BigRational::one()))
    }

    fn entrywise(&self, items: &[&Mat]) -> Expr {
        let mut above = Vec::new();
        let mut below = Vec::new();
        for m in items {
            match m {
                Mat::Pow(a, e) => match &**e {
                    Mat::Number(v) if v.is_negative() => {
                        below.push(self.mat(&Mat::pow((**a).clone(), Mat::Number(-v))));
                    }
                    _ => above.push(self.mat(m)),
                },
                m => above.push(self.mat(m)),
            }
        }
        let above =
            product(above, Times::Hadamard).unwrap_or_else(|| number(BigRational::one()));
        match product(below, Times::Hadamard) {
            None => above,
            Some(below) => {
                node(Kind::Quotient(Box::new(above), Over::Hadamard, Box::new(below)))
            }
        }
    }

    fn add(&self, items: &[Mat]) -> Expr {
        let elementwise =
            items.iter().any(|m| !matches!(m, Mat::Ones(_)) && !is_filled(m));
        let terms = items
            .iter()
            .map(|m| {
                let (sign, m) = if is_negative(m) {
                    (Sign::Minus, positive_part(m))
                } else {
                    (Sign::Plus, m.clone())
                };
                // A literal number fills out to the shape of what stands beside it.
                let e = match &m {
                    Mat::Ones(_) if elementwise => number(BigRational::one()),
                    Mat::Scaled(c, s, Some(b))
                        if elementwise && s.is_empty() && matches!(**b, Mat::Ones(_)) =>
                    {
                        number(c.clone())
                    }
                    m => self.mat(m),
                };
                (sign, e)
            })
            .collect();
        node(Kind::Add(terms))
    }

    fn scaled(&self, c: &BigRational, s: &[Mat], b: Option<&Mat>) -> Expr {
        if c.is_negative() {
            return minus(self.scaled(&-c, s, b));
        }
        let mut above = Vec::new();
        let mut below = Vec::new();
        let whole = |n: &num_bigint::BigInt| number(BigRational::from_integer(n.clone()));
        if !c.numer().is_one() {
            above.push(whole(c.numer()));
        }
        if !c.denom().is_one() {
            below.push(whole(c.denom()));
        }
        for m in s {
            match m {
                Mat::Pow(a, e) => match &**e {
                    Mat::Number(v) if v.is_negative() => {
                        below.push(self.mat(&Mat::pow((**a).clone(), Mat::Number(-v))));
                    }
                    _ => above.push(self.mat(m)),
                },
                // A product of vectors beside others keeps together.
                m @ Mat::Chain(_) if s.len() > 1 || b.is_some() => {
                    above.push(node(Kind::Group(Delimiter::Round, Box::new(self.mat(m)))))
                }
                m => above.push(self.mat(m)),
            }
        }
        match b {
            Some(Mat::Chain(items)) => above.extend(self.links(items)),
            b => above.extend(b.map(|b| self.mat(b))),
        }
        let above = product(above, Times::Juxtaposed)
            .unwrap_or_else(|| number(BigRational::one()));
        match product(below, Times::Juxtaposed) {
            None => above,
            Some(below) => {
                node(Kind::Quotient(Box::new(above), Over::Fraction, Box::new(below)))
            }
        }
    }

    fn pow(&self, a: &Mat, e: &Mat) -> Expr {
        let half = BigRational::new(1.into(), 2.into());
        if let Mat::Number(v) = e {
            if v.is_negative() {
                let positive = Mat::pow(a.clone(), Mat::Number(-v));
                let over = if a.is_scalar() { Over::Fraction } else { Over::Hadamard };
                let one = number(BigRational::one());
                let below = Box::new(self.mat(&positive));
                return node(Kind::Quotient(Box::new(one), over, below));
            }
            if *v == half {
                return node(Kind::Root(Box::new(self.mat(a))));
            }
        }
        let (a_expr, e) = (Box::new(self.mat(a)), Box::new(self.mat(e)));
        node(if a.is_scalar() {
            Kind::Power(a_expr, e)
        } else {
            Kind::HadamardPower(a_expr, e)
        })
    }

    fn apply(&self, f: Function, of: Expr) -> Expr {
        match f {
            Function::Opaque { id, order } => {
                let name = self.table.functions.get(id as usize).cloned();
                node(Kind::Call {
                    name: name.unwrap_or_default(),
                    primes: order,
                    args: vec![of],
                })
            }
            f => call(f.name(), of),
        }
    }

    /// `[of > 0]` or `[of < 0]`.
    fn indicator(&self, of: Expr, how: Comparison) -> Expr {
        let zero = Box::new(number(BigRational::from_integer(0.into())));
        node(Kind::Indicator(Condition::Compare(Box::new(of), how, zero)))
    }

    /// An index expression as it stands, with sum signs; `None` where a matrix under an inverse
    /// has no matrix notation.
    pub(super) fn form(
        &self,
        form: &Form,
        raise: &dyn Fn(&Matrix) -> Option<Mat>,
    ) -> Option<Expr> {
        let half = BigRational::new(1.into(), 2.into());
        Some(match form {
            Form::Number(v) => number(v.clone()),
            Form::Pi => node(Kind::Name("pi".into())),
            Form::Size(n) => self.size(n),
            Form::Entry(id, at) => {
                let whole = self.symbol(*id);
                if at.is_empty() {
                    return Some(whole);
                }
                let at = at.iter().map(|i| self.index(*i)).collect();
                node(Kind::Entry(Box::new(whole), at))
            }
            Form::Delta(i, j) => {
                node(Kind::Delta(Box::new(self.index(*i)), Box::new(self.index(*j))))
            }
            Form::Add(parts) => {
                let mut terms = Vec::new();
                for part in parts {
                    let (sign, part) = match part {
                        Form::Number(v) if v.is_negative() => {
                            (Sign::Minus, Form::Number(-v))
                        }
                        Form::Mul(factors) => match &factors[0] {
                            Form::Number(v) if v.is_negative() => {
                                (Sign::Minus, part.clone().neg())
                            }
                            _ => (Sign::Plus, part.clone()),
                        },
                        part => (Sign::Plus, part.clone()),
                    };
                    terms.push((sign, self.form(&part, raise)?));
                }
                node(Kind::Add(terms))
            }
            Form::Mul(factors) => self.form_product(factors, raise)?,
            Form::Sum(..) => {
                let mut indices = Vec::new();
                let mut body = form;
                while let Form::Sum(k, inner) = body {
                    indices.push(self.sum_index(*k));
                    body = inner;
                }
                node(Kind::Sum(indices, Box::new(self.form(body, raise)?)))
            }
            Form::Pow(a, e) => match &**e {
                Form::Number(v) if v.is_negative() => {
                    let below = Form::pow((**a).clone(), Form::Number(-v));
                    node(Kind::Quotient(
                        Box::new(number(BigRational::one())),
                        Over::Fraction,
                        Box::new(self.form(&below, raise)?),
                    ))
                }
                Form::Number(v) if *v == half => {
                    node(Kind::Root(Box::new(self.form(a, raise)?)))
                }
                e => node(Kind::Power(
                    Box::new(self.form(a, raise)?),
                    Box::new(self.form(e, raise)?),
                )),
            },
            Form::Apply(f, a) => self.apply(*f, self.form(a, raise)?),
            Form::Step(a) => self.indicator(self.form(a, raise)?, Comparison::Greater),
            Form::Inverse(m, i, j) => {
                let inverse = self.mat(&Mat::inverse(raise(m)?));
                let at = vec![self.index(*i), self.index(*j)];
                node(Kind::Entry(Box::new(inverse), at))
            }
            Form::Det(m) => call("det", self.mat(&raise(m)?)),
            Form::Power(m, e, i, j) => {
                let base = Box::new(self.mat(&raise(m)?));
                let power = node(Kind::Power(base, Box::new(self.form(e, raise)?)));
                let at = vec![self.index(*i), self.index(*j)];
                node(Kind::Entry(Box::new(power), at))
            }
        })
    }

    fn form_product(
        &self,
        factors: &[Form],
        raise: &dyn Fn(&Matrix) -> Option<Mat>,
    ) -> Option<Expr> {
        if let Form::Number(v) = &factors[0]
            && v.is_negative()
        {
            return Some(minus(self.form(&Form::Mul(factors.to_vec()).neg(), raise)?));
        }
        let mut above = Vec::new();
        let mut below = Vec::new();
        // Sum signs reach to the end of a product: they stand last.
        let (sums, plain): (Vec<&Form>, Vec<&Form>) =
            factors.iter().partition(|f| matches!(f, Form::Sum(..)));
        for factor in plain.into_iter().chain(sums) {
            match factor {
                Form::Number(v) => {
                    let whole = |n: &num_bigint::BigInt| {
                        number(BigRational::from_integer(n.clone()))
                    };
                    if !v.numer().is_one() {
                        above.push(whole(v.numer()));
                    }
                    if !v.denom().is_one() {
                        below.push(whole(v.denom()));
                    }
                }
                Form::Pow(a, e) => match &**e {
                    Form::Number(v) if v.is_negative() => {
                        let base = Form::pow((**a).clone(), Form::Number(-v));
                        below.push(self.form(&base, raise)?);
                    }
                    _ => above.push(self.form(factor, raise)?),
                },
                factor => above.push(self.form(factor, raise)?),
            }
        }
        let above = product(above, Times::Juxtaposed)
            .unwrap_or_else(|| number(BigRational::one()));
        Some(match product(below, Times::Juxtaposed) {
            None => above,
            Some(below) => {
                node(Kind::Quotient(Box::new(above), Over::Fraction, Box::new(below)))
            }
        })
    }
}

/// Whether an array is a multiple of all ones.
fn is_filled(m: &Mat) -> bool {
    matches!(m, Mat::Scaled(_, _, Some(b)) if matches!(**b, Mat::Ones(_)))
}
