//! From a product of indexed factors to a matrix product: the factors are the edges of a graph
//! whose vertices are the indices, and an index that is summed over disappears by joining its
//! edges. A path between the two free indices becomes a product, a dangling vector a sum, a closed
//! loop a trace, parallel edges an element-wise product.

use std::cell::RefCell;

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::factor::collect;
use super::form::{Form, Ix, Labels, Result, Unraised, small};
use super::matrix::{Leaf, Mat, Shape};
use crate::function::Function;
use crate::shape::{Role, SymbolId, Table};

/// Raises forms over one table.
pub(super) struct Raiser<'a> {
    pub(super) table: &'a Table,
    pub(super) labels: &'a Labels,
    /// Whether products of sums are multiplied out.
    pub(super) expand: bool,
    /// Labels that keep their letter: free in the whole, or numbering the members of a family.
    pub(super) kept: RefCell<Vec<u32>>,
    /// Whether the derivative by a vector, by a matrix stands for a transposed array.
    pub(super) turned: (bool, bool),
}

/// One product: its parts by the indices they carry.
struct Product {
    coef: BigRational,
    scalars: Vec<Mat>,
    bound: Vec<u32>,
    /// Explicit sums over labels that number members.
    sums: Vec<u32>,
    vertices: Vec<(u32, Mat)>,
    /// Matrices with rows `.0` and columns `.1`.
    edges: Vec<(u32, u32, Mat)>,
}

impl Raiser<'_> {
    /// The matrix expression of a form: a scalar, a column, or a matrix, by the number of labels.
    pub(super) fn raise(&self, form: &Form, at: &[u32]) -> Result<Mat> {
        self.labels.spend(5)?;
        let mut terms = Vec::new();
        for part in parts(form) {
            self.terms(part, at, &mut terms)?;
        }
        if terms.is_empty() {
            return Ok(Mat::integer(0));
        }
        Ok(collect(terms))
    }

    /// The raised terms of a form that is not a sum.
    fn terms(&self, form: &Form, at: &[u32], out: &mut Vec<Mat>) -> Result<()> {
        self.labels.spend(5)?;
        let mut factors = Vec::new();
        let mut bound = Vec::new();
        let mut coef = BigRational::one();
        self.flatten(form, &mut coef, &mut factors, &mut bound);
        if factors.iter().any(Form::is_zero) {
            return Ok(());
        }
        if let Some(k) = factors.iter().position(|f| self.splits(f, &bound)) {
            let Form::Add(parts) = factors.remove(k) else { return Ok(()) };
            for part in parts {
                let mut all = vec![Form::Number(coef.clone()), part];
                all.extend(factors.iter().cloned());
                let product = super::build::sum(bound.clone(), Form::mul(all));
                self.terms(&product, at, out)?;
            }
            return Ok(());
        }
        if let Some(m) = self.product(coef, factors, bound, at)? {
            out.push(m);
        }
        Ok(())
    }

    /// Whether a sum among the factors has to be multiplied out.
    fn splits(&self, factor: &Form, bound: &[u32]) -> bool {
        let Form::Add(parts) = factor else { return false };
        if self.expand {
            return true;
        }
        let open = |form: &Form| {
            let mut labels = form.labels();
            labels.retain(|k| !self.kept.borrow().contains(k));
            labels.len()
        };
        // A sum of outer products over three indices, or a sum that is only summed over.
        open(factor) > 2
            || parts.iter().any(|p| matches!(p, Form::Delta(..)))
                && factor.labels().iter().any(|k| bound.contains(k))
    }

    /// Products within products and sums around them, into one list.
    pub(super) fn flatten(
        &self,
        form: &Form,
        coef: &mut BigRational,
        factors: &mut Vec<Form>,
        bound: &mut Vec<u32>,
    ) {
        match form {
            Form::Number(v) => *coef *= v,
            Form::Mul(parts) => {
                for part in parts {
                    self.flatten(part, coef, factors, bound);
                }
            }
            Form::Sum(k, body) => {
                let fresh = self.labels.another(*k);
                if self.kept.borrow().contains(k) {
                    self.kept.borrow_mut().push(fresh);
                }
                bound.push(fresh);
                self.flatten(&body.put(*k, Ix::Of(fresh)), coef, factors, bound);
            }
            // A power of a sum of one product is the product of powers of sums of its own.
            Form::Pow(base, e)
                if matches!(**base, Form::Sum(..) | Form::Mul(_))
                    && e.number()
                        .and_then(small)
                        .is_some_and(|n| (2..=4).contains(&n)) =>
            {
                let n = e.number().and_then(small).unwrap_or(1);
                for _ in 0..n {
                    self.flatten(base, coef, factors, bound);
                }
            }
            Form::Pow(base, e)
                if self.expand
                    && matches!(**base, Form::Add(_))
                    && e.number()
                        .and_then(small)
                        .is_some_and(|n| (2..=3).contains(&n)) =>
            {
                let n = e.number().and_then(small).unwrap_or(1);
                for _ in 0..n {
                    self.flatten(base, coef, factors, bound);
                }
            }
            other => factors.push(other.clone()),
        }
    }

    fn product(
        &self,
        coef: BigRational,
        mut factors: Vec<Form>,
        mut bound: Vec<u32>,
        at: &[u32],
    ) -> Result<Option<Mat>> {
        let mut at = at.to_vec();
        let diagonal = match self.contract(&mut factors, &mut bound, &mut at)? {
            Contracted::Zero => return Ok(None),
            Contracted::Plain => false,
            Contracted::Diagonal => true,
        };
        // Labels that number the members of a family keep their sum sign.
        let mut numbering = Vec::new();
        factors.iter().for_each(|f| self.members(f, &mut numbering));
        let before = self.kept.borrow().len();
        let sums: Vec<u32> =
            bound.iter().copied().filter(|k| numbering.contains(k)).collect();
        bound.retain(|k| !sums.contains(k));
        if at.iter().any(|k| numbering.contains(k)) {
            return Err(Unraised("the number of a member as an axis"));
        }
        self.kept.borrow_mut().extend(&sums);
        let mut product = Product {
            coef,
            scalars: Vec::new(),
            bound,
            sums,
            vertices: Vec::new(),
            edges: Vec::new(),
        };
        for factor in &factors {
            self.place(factor, &mut product)?;
        }
        let result = self.finish(product, &at, diagonal);
        self.kept.borrow_mut().truncate(before);
        result.map(Some)
    }

    /// The labels that stand where a family's member is picked.
    fn members(&self, form: &Form, out: &mut Vec<u32>) {
        match form {
            Form::Entry(symbol, indices) => {
                if is_family(self.table, *symbol)
                    && let Some(Ix::Of(k)) = indices.first()
                {
                    out.push(*k);
                }
            }
            Form::Add(parts) | Form::Mul(parts) => {
                parts.iter().for_each(|p| self.members(p, out));
            }
            Form::Sum(_, a) | Form::Apply(_, a) | Form::Step(a) => self.members(a, out),
            Form::Pow(a, b) => {
                self.members(a, out);
                self.members(b, out);
            }
            Form::Inverse(m, ..) | Form::Det(m) => self.members(&m.body, out),
            Form::Power(m, e, ..) => {
                self.members(&m.body, out);
                self.members(e, out);
            }
            Form::Number(_) | Form::Pi | Form::Size(_) | Form::Delta(..) => {}
        }
    }

    /// Uses up the deltas.
    fn contract(
        &self,
        factors: &mut Vec<Form>,
        bound: &mut Vec<u32>,
        at: &mut Vec<u32>,
    ) -> Result<Contracted> {
        let mut diagonal = false;
        while let Some(k) = factors.iter().position(|f| matches!(f, Form::Delta(..))) {
            let Form::Delta(i, j) = factors.remove(k) else { break };
            let is_bound = |i: Ix| matches!(i, Ix::Of(k) if bound.contains(&k));
            let (from, to) = match (i, j) {
                (i, j) if i == j => continue,
                (Ix::Fixed(_), Ix::Fixed(_)) => return Ok(Contracted::Zero),
                (Ix::Of(k), j) if is_bound(i) => (k, j),
                (i, Ix::Of(k)) if is_bound(j) => (k, i),
                (Ix::Of(a), Ix::Of(b)) if at.contains(&a) && at.contains(&b) => {
                    // The two axes of the answer: a diagonal matrix of what stands at one.
                    diagonal = true;
                    at.retain(|k| *k != b);
                    (b, Ix::Of(a))
                }
                _ => return Err(Unraised("a delta that stays")),
            };
            bound.retain(|k| *k != from);
            for factor in factors.iter_mut() {
                *factor = factor.put(from, to);
            }
        }
        Ok(if diagonal { Contracted::Diagonal } else { Contracted::Plain })
    }

    /// Uses up the deltas with an index that is summed over; whether the product is not 0.
    pub(super) fn contract_bound(
        &self,
        factors: &mut Vec<Form>,
        bound: &mut Vec<u32>,
    ) -> bool {
        let mut k = 0;
        while k < factors.len() {
            let Form::Delta(i, j) = factors[k] else {
                k += 1;
                continue;
            };
            let is_bound = |i: Ix| matches!(i, Ix::Of(k) if bound.contains(&k));
            let (from, to) = match (i, j) {
                (i, j) if i == j => {
                    factors.remove(k);
                    continue;
                }
                (Ix::Fixed(_), Ix::Fixed(_)) => return false,
                (Ix::Of(k), j) if is_bound(i) => (k, j),
                (i, Ix::Of(k)) if is_bound(j) => (k, i),
                _ => {
                    k += 1;
                    continue;
                }
            };
            factors.remove(k);
            bound.retain(|b| *b != from);
            for factor in factors.iter_mut() {
                *factor = factor.put(from, to);
            }
            k = 0;
        }
        true
    }

    /// Puts a factor where its labels are.
    fn place(&self, factor: &Form, product: &mut Product) -> Result<()> {
        let mut open = factor.labels();
        open.retain(|k| !self.kept.borrow().contains(k));
        if let Form::Entry(symbol, indices) = factor {
            return self.place_entry(*symbol, indices, product);
        }
        match factor {
            Form::Inverse(m, Ix::Of(i), Ix::Of(j)) => {
                let inner = self.raise(&m.body, &[m.row, m.col])?;
                self.edge(*i, *j, Mat::inverse(inner), product);
                return Ok(());
            }
            Form::Power(m, e, Ix::Of(i), Ix::Of(j)) => {
                let inner = self.raise(&m.body, &[m.row, m.col])?;
                let e = self.raise(e, &[])?;
                let power = Mat::Power(Box::new(inner), Box::new(e));
                self.edge(*i, *j, power, product);
                return Ok(());
            }
            _ => {}
        }
        let mat = self.unit(factor, &open)?;
        match open[..] {
            [] => product.scalars.push(mat),
            [k] => self.vertex(product, k, mat),
            // Of a function of a matrix and of its transpose the plainer one.
            [i, j] => match mat.turned_inside() {
                Some(turned) if turned.length() < mat.length() => {
                    self.edge(j, i, turned, product);
                }
                _ => self.edge(i, j, mat, product),
            },
            _ => return Err(Unraised("a factor with three indices")),
        }
        Ok(())
    }

    fn edge(&self, i: u32, j: u32, m: Mat, product: &mut Product) {
        let (c, s, b) = m.split();
        product.coef *= c;
        product.scalars.extend(s);
        let Some(m) = b else { return };
        if i != j {
            product.edges.push((i, j, m));
        } else if product.bound.contains(&i) {
            // A trace, unless more hangs on the index: decided when all is placed.
            product.edges.push((i, i, m));
        } else {
            product.vertices.push((i, Mat::Diagonal(Box::new(m))));
        }
    }

    fn place_entry(
        &self,
        symbol: SymbolId,
        indices: &[Ix],
        product: &mut Product,
    ) -> Result<()> {
        let info = self.table.symbol(symbol);
        let family = is_family(self.table, symbol);
        let (member, rest) = if family {
            (indices.first().copied(), &indices[1.min(indices.len())..])
        } else {
            (None, indices)
        };
        let axes = &info.axes[usize::from(family)..];
        if axes.iter().any(|d| d.0.len() > 1) || axes.len() > 2 {
            return Err(Unraised("a symbol with many axes"));
        }
        let size = |k: usize| axes.get(k).and_then(|d| d.0.first().cloned());
        let symmetric = info.properties.symmetric
            || info.properties.positive_definite
            || info.properties.diagonal;
        let leaf = |entry: Vec<Ix>, shape: Shape| {
            Mat::Leaf(Leaf { symbol, member, entry, shape, symmetric })
        };
        let open: Vec<u32> = rest
            .iter()
            .filter_map(|i| match i {
                Ix::Of(k) if !self.kept.borrow().contains(k) => Some(*k),
                _ => None,
            })
            .collect();
        if open.is_empty() {
            product.scalars.push(leaf(rest.to_vec(), (None, None)));
            return Ok(());
        }
        if open.len() < rest.len() {
            return Err(Unraised("a row of a matrix"));
        }
        let whole = self.oriented(leaf(Vec::new(), (size(0), size(1))), symbol);
        match open[..] {
            [k] => {
                let column =
                    if whole.shape().1.is_none() { whole } else { whole.transpose() };
                product.vertices.push((k, column));
            }
            [i, j] => self.edge(i, j, whole, product),
            _ => return Err(Unraised("a symbol with many axes")),
        }
        Ok(())
    }

    /// A partial derivative as it is written in the layout asked for.
    fn oriented(&self, whole: Mat, symbol: SymbolId) -> Mat {
        if !matches!(self.table.symbol(symbol).role, Role::Partial(..)) {
            return whole;
        }
        let (r, c) = whole.shape();
        let vector = r.is_none() || c.is_none();
        let turn = if vector { self.turned.0 } else { self.turned.1 };
        if !turn {
            return whole;
        }
        let Mat::Leaf(mut leaf) = whole else { return whole };
        leaf.shape = (c, r);
        Mat::Leaf(leaf).transpose()
    }

    /// A function, a power or a sum as one array.
    fn unit(&self, factor: &Form, open: &[u32]) -> Result<Mat> {
        if open.len() > 2 {
            return Err(Unraised("a factor with three indices"));
        }
        Ok(match factor {
            Form::Pi => Mat::Pi,
            Form::Size(n) => Mat::Size(*n),
            Form::Add(_) => self.raise(factor, open)?,
            Form::Pow(base, e) => {
                let mut inner = e.labels();
                inner.retain(|k| !self.kept.borrow().contains(k));
                if !inner.is_empty() {
                    return Err(Unraised("an exponent with an index"));
                }
                Mat::pow(self.raise(base, open)?, self.raise(e, &[])?)
            }
            Form::Apply(f, a) => {
                let a = self.raise(a, open)?;
                match f {
                    // log |det A| and other even roots.
                    Function::Sqrt => {
                        let half = BigRational::new(1.into(), 2.into());
                        Mat::pow(a, Mat::Number(half))
                    }
                    f => Mat::apply(*f, a),
                }
            }
            Form::Step(a) => Mat::Step(Box::new(self.raise(a, open)?)),
            Form::Det(m) => Mat::det(self.raise(&m.body, &[m.row, m.col])?),
            Form::Delta(i, j) => Mat::Delta(*i, *j),
            _ => return Err(Unraised("an entry of a matrix power")),
        })
    }

    fn finish(&self, mut p: Product, at: &[u32], diagonal: bool) -> Result<Mat> {
        recognise(&mut p, |k| self.labels.size(k));
        while let Some(step) = self.next(&p) {
            self.labels.spend(1)?;
            self.eliminate(&mut p, step)?;
        }
        if !p.bound.is_empty() {
            return Err(Unraised("an index shared by three matrices"));
        }
        let body = self.assemble(&mut p, at, diagonal)?;
        let coef = std::mem::replace(&mut p.coef, BigRational::one());
        let inner = Mat::scaled(BigRational::one(), p.scalars, body);
        if p.sums.is_empty() {
            let (c, s, b) = inner.split();
            return Ok(Mat::scaled(coef * c, s, b));
        }
        let (c, s, b) = inner.split();
        let inner = Mat::scaled(BigRational::one(), s, b);
        let coef = coef * c;
        let sum = Mat::Sum(p.sums, Box::new(inner));
        Ok(if at.is_empty() {
            Mat::scaled(coef, vec![sum], None)
        } else {
            Mat::scaled(coef, Vec::new(), Some(sum))
        })
    }

    /// The next index to disappear.
    fn next(&self, p: &Product) -> Option<u32> {
        let rank = |k: u32| {
            let loops = p.edges.iter().filter(|(i, j, _)| i == j && *i == k).count();
            let ends: Vec<u32> = p
                .edges
                .iter()
                .filter(|(i, j, _)| (*i == k) != (*j == k))
                .map(|(i, j, _)| if *i == k { *j } else { *i })
                .collect();
            let mut distinct = ends.clone();
            distinct.sort_unstable();
            distinct.dedup();
            match (loops, distinct.len(), ends.len()) {
                (0, 0, _) => 0,
                (1.., 0, _) => 1,
                (0, 1, 1) => 2,
                (0, 2, 2) => 3,
                (_, 1, _) => 4,
                (_, 2, _) => 5,
                _ => 9,
            }
        };
        let (k, r) = p.bound.iter().map(|k| (*k, rank(*k))).min_by_key(|(_, r)| *r)?;
        (r < 9).then_some(k)
    }

    fn eliminate(&self, p: &mut Product, k: u32) -> Result<()> {
        let size = self.labels.size(k);
        let mut own = Vec::new();
        p.vertices.retain(|(i, m)| {
            if *i == k {
                own.push(m.clone());
            }
            *i != k
        });
        let mut loops = Vec::new();
        let mut ends: Vec<(u32, Mat)> = Vec::new();
        p.edges.retain(|(i, j, m)| {
            match (*i == k, *j == k) {
                (true, true) => loops.push(m.clone()),
                (true, false) => ends.push((*j, m.clone().transpose())),
                (false, true) => ends.push((*i, m.clone())),
                (false, false) => return true,
            }
            false
        });
        if ends.is_empty() && own.is_empty() && loops.len() == 1 {
            p.bound.retain(|b| *b != k);
            p.scalars.push(Mat::trace(loops.remove(0)));
            return Ok(());
        }
        own.extend(loops.into_iter().map(|m| Mat::Diagonal(Box::new(m))));
        let vector = |own: Vec<Mat>| {
            if own.is_empty() {
                Mat::Ones((Some(size), None))
            } else {
                Mat::hadamard(own)
            }
        };
        // Edges to one other index join first.
        let mut targets: Vec<u32> = ends.iter().map(|(l, _)| *l).collect();
        targets.sort_unstable();
        targets.dedup();
        match targets[..] {
            [] => {
                p.bound.retain(|b| *b != k);
                p.scalars.push(match own.len() {
                    0 => Mat::total(vector(own)),
                    1 => Mat::total(own.remove(0)),
                    _ => {
                        let first = own.remove(0);
                        match Mat::hadamard(own) {
                            m if m.is_scalar() => Mat::scaled(
                                BigRational::one(),
                                vec![m, Mat::total(first)],
                                None,
                            ),
                            m => Mat::chain(vec![first.transpose(), m]),
                        }
                    }
                });
            }
            [l] => {
                p.bound.retain(|b| *b != k);
                let mut mats: Vec<Mat> = ends.into_iter().map(|(_, m)| m).collect();
                let alone = p.bound.contains(&l)
                    && !p.vertices.iter().any(|(i, _)| *i == l)
                    && !p.edges.iter().any(|(i, j, _)| *i == l || *j == l);
                if mats.len() == 2 && own.is_empty() && alone {
                    // A closed loop: Σ_kl A_lk B_lk = tr(AᵀB).
                    p.bound.retain(|b| *b != l);
                    let b = mats.remove(1);
                    let a = mats.remove(0);
                    p.scalars.push(Mat::trace(Mat::chain(vec![a.transpose(), b])));
                    return Ok(());
                }
                if mats.len() == 2 && own.is_empty() && mats.iter().any(is_product) {
                    let b = mats.remove(1);
                    let a = mats.remove(0);
                    let product = Mat::chain(vec![a, b.transpose()]);
                    self.vertex(p, l, diagonal_of(product));
                    return Ok(());
                }
                let m = Mat::hadamard(mats);
                self.vertex(p, l, Mat::chain(vec![m, vector(own)]));
            }
            [i, j] => {
                p.bound.retain(|b| *b != k);
                let to = |target: u32| {
                    let own = ends.iter().filter(|(l, _)| *l == target);
                    Mat::hadamard(own.map(|(_, m)| m.clone()).collect())
                };
                let (left, right) = (to(i), to(j));
                let mut items = vec![left];
                if !own.is_empty() {
                    items.push(Mat::diag(vector(own)));
                }
                items.push(right.transpose());
                self.edge(i, j, Mat::chain(items), p);
            }
            _ => return Err(Unraised("an index shared by three matrices")),
        }
        Ok(())
    }

    fn vertex(&self, p: &mut Product, k: u32, m: Mat) {
        let (c, s, b) = m.split();
        p.coef *= c;
        p.scalars.extend(s);
        p.vertices.extend(b.map(|b| (k, b)));
    }

    /// What is left at the free indices as one array; `None` for a scalar.
    fn assemble(
        &self,
        p: &mut Product,
        at: &[u32],
        diagonal: bool,
    ) -> Result<Option<Mat>> {
        let mut own = |k: u32| {
            let mut own = Vec::new();
            p.vertices.retain(|(i, m)| {
                if *i == k {
                    own.push(m.clone());
                }
                *i != k
            });
            own
        };
        let column = |mut own: Vec<Mat>, k: u32| {
            own.push(Mat::Ones((Some(self.labels.size(k)), None)));
            Mat::hadamard(own)
        };
        match at {
            [] => Ok(None),
            [k] => {
                let v = column(own(*k), *k);
                Ok(Some(if diagonal { Mat::diag(v) } else { v }))
            }
            [r, c] => {
                let (u, v) = (own(*r), own(*c));
                let mut mats: Vec<Mat> = p
                    .edges
                    .drain(..)
                    .map(|(i, _, m)| if i == *r { m } else { m.transpose() })
                    .collect();
                if mats.is_empty() {
                    return Ok(Some(Mat::chain(vec![
                        column(u, *r),
                        column(v, *c).transpose(),
                    ])));
                }
                if !u.is_empty() || !v.is_empty() {
                    mats.push(Mat::chain(vec![column(u, *r), column(v, *c).transpose()]));
                }
                Ok(Some(Mat::hadamard(mats)))
            }
            _ => Err(Unraised("an answer with many axes")),
        }
    }
}

enum Contracted {
    Zero,
    Plain,
    Diagonal,
}

fn is_product(m: &Mat) -> bool {
    matches!(m, Mat::Chain(_) | Mat::Inverse(_))
}

fn diagonal_of(m: Mat) -> Mat {
    let (c, s, b) = m.split();
    Mat::scaled(c, s, b.map(|b| Mat::Diagonal(Box::new(b))))
}

/// Whether a symbol is a family of arrays, numbered by its first index.
pub(super) fn is_family(table: &Table, symbol: SymbolId) -> bool {
    matches!(table.symbol(symbol).axes.len(), 1 | 3)
}

fn parts(form: &Form) -> &[Form] {
    match form {
        Form::Add(parts) => parts,
        other => std::slice::from_ref(other),
    }
}

/// `exp(x)/Σ exp(x)` is softmax, `1/(1 + exp(x))` a sigmoid.
fn recognise(p: &mut Product, size: impl Fn(u32) -> crate::shape::Size) {
    // Of vectors: the total is among the scalars.
    for v in 0..p.vertices.len() {
        let Mat::Apply(Function::Exp, u) = &p.vertices[v].1 else { continue };
        let total = Mat::total(p.vertices[v].1.clone()).canonical();
        let softmax = Mat::Softmax(u.clone());
        if take_inverse(&mut p.scalars, &total) {
            p.vertices[v].1 = softmax;
        }
    }
    // Of matrices: the row sums are a vector at the row's index.
    for e in 0..p.edges.len() {
        let (i, j, m) = p.edges[e].clone();
        for (row, col, m) in [(i, j, m.clone()), (j, i, m.transpose())] {
            let Mat::Apply(Function::Exp, u) = &m else { continue };
            let ones = Mat::Ones((Some(size(col)), None));
            let sums = Mat::chain(vec![m.clone(), ones]).canonical();
            let mut own: Vec<Mat> = Vec::new();
            let mut places = Vec::new();
            for (at, (k, v)) in p.vertices.iter().enumerate() {
                if *k == row {
                    own.push(v.clone());
                    places.push(at);
                }
            }
            let before = own.len();
            if !take_inverse(&mut own, &sums) {
                continue;
            }
            let removed = own.len() < before;
            for (n, at) in places.into_iter().rev().enumerate() {
                let k = before - 1 - n;
                if removed {
                    p.vertices.remove(at);
                } else {
                    p.vertices[at].1 = own[k].clone();
                }
            }
            if removed {
                p.vertices.extend(own.into_iter().map(|m| (row, m)));
            }
            p.edges[e] = (row, col, Mat::Softmax(u.clone()));
            break;
        }
    }
}

/// Takes one factor `1/total` away, if there is one.
fn take_inverse(scalars: &mut Vec<Mat>, total: &Mat) -> bool {
    for k in 0..scalars.len() {
        let Mat::Pow(base, e) = &scalars[k] else { continue };
        let Mat::Number(power) = &**e else { continue };
        if power.is_negative() && power.is_integer() && base.canonical() == *total {
            let left = power + BigRational::one();
            let base = (**base).clone();
            if left.is_zero() {
                scalars.remove(k);
            } else {
                scalars[k] = Mat::pow(base, Mat::Number(left));
            }
            return true;
        }
    }
    false
}
