//! Identities that the normal form does not apply by itself, because they make sums longer: each
//! replaces an atom by an equal sum, where it is needed to compare two sides.

use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive};

use crate::function::Function;
use crate::tensor::{
    Algebra, Atom, DimId, Exponent, Factor, Idx, Node, Replace, Result, Sum, Symmetry,
    Term,
};

/// Which atoms are replaced.
enum Of {
    /// `det(A + UV) = det A · det(I + VA⁻¹U)`, sines and cosines of sums, logarithms of products
    /// of what must be positive.
    Values {
        /// What stands under a logarithm elsewhere, and is positive wherever that is defined.
        positive: Vec<Sum>,
    },
    /// `(A + uvᵀ)⁻¹ = A⁻¹ - A⁻¹uvᵀA⁻¹ / (1 + vᵀA⁻¹u)`.
    Inverses,
}

/// The identities, as replacements of atoms.
pub(super) struct Lemmas<'a> {
    algebra: &'a Algebra,
    of: Of,
}

impl<'a> Lemmas<'a> {
    /// The identities for determinants, sines, cosines and logarithms in a sum.
    pub(super) fn of_values(algebra: &'a Algebra, sum: &Sum) -> Result<Self> {
        let mut positive = Vec::new();
        for term in sum.terms() {
            for (atom, _) in term.factors() {
                if let Atom::Apply(Function::Log, node) = atom {
                    positive.push(algebra.instantiate(node)?);
                }
            }
        }
        Ok(Lemmas { algebra, of: Of::Values { positive } })
    }

    /// The identity for the inverse of a matrix changed by a matrix of rank one.
    pub(super) fn of_inverses(algebra: &'a Algebra) -> Self {
        Lemmas { algebra, of: Of::Inverses }
    }

    fn rewrite(&self, atom: &Atom, positive: &[Sum]) -> Result<Option<Sum>> {
        match atom {
            Atom::Det(node) => self.determinant(node),
            Atom::Inverse(node) => self.rank_one_inverse(node),
            Atom::Apply(function @ (Function::Sin | Function::Cos), node) => {
                let argument = self.algebra.instantiate(node)?;
                self.of_angles(*function, &argument)
            }
            Atom::Apply(Function::Log, node) => {
                let argument = self.algebra.instantiate(node)?;
                let opened = self.algebra.substitute(&argument, &Determinants(self))?;
                match self.logarithm(&opened, positive)? {
                    None if opened != argument => self.algebra.log(&opened).map(Some),
                    found => Ok(found),
                }
            }
            _ => Ok(None),
        }
    }

    /// `sin(a + b) = sin a cos b + cos a sin b`, `cos(a + b) = cos a cos b - sin a sin b`.
    fn of_angles(&self, function: Function, argument: &Sum) -> Result<Option<Sum>> {
        let Some((first, rest)) = split_angle(argument) else { return Ok(None) };
        let algebra = self.algebra;
        let part = |function: Function, of: &Sum| -> Result<Sum> {
            match self.of_angles(function, of)? {
                Some(sum) => Ok(sum),
                None => algebra.apply(function, of),
            }
        };
        let (sin, cos) = (Function::Sin, Function::Cos);
        let other = if function == sin { cos } else { sin };
        let straight = algebra.mul(&part(function, &first)?, &part(cos, &rest)?)?;
        let crossed = algebra.mul(&part(other, &first)?, &part(sin, &rest)?)?;
        Ok(Some(if function == sin {
            straight.add(&crossed)
        } else {
            straight.sub(&crossed)
        }))
    }

    /// `log(ab) = log a + log b` and `log(a²) = 2 log a` where `a` stands under another logarithm.
    fn logarithm(&self, argument: &Sum, positive: &[Sum]) -> Result<Option<Sum>> {
        let [term] = argument.terms() else {
            // log r² = 2 log |r|
            let Some(root) = self.algebra.square_root(argument.terms())? else {
                return Ok(None);
            };
            let size = match positive.contains(&root) {
                true => root,
                false => self.algebra.apply(Function::Abs, &root)?,
            };
            let two = BigRational::from_integer(2.into());
            return self.algebra.log(&size).map(|log| Some(log.scale(&two)));
        };
        if term.factors().len() == 1 && term.factors()[0].1 == Exponent::one() {
            return Ok(None);
        }
        let algebra = self.algebra;
        let mut parts = Vec::new();
        let mut rest = Vec::new();
        for (atom, e) in term.factors() {
            let value = match atom {
                Atom::Base(node) => algebra.instantiate(node)?,
                _ => algebra.atom(atom.clone())?,
            };
            let even = e.is_integer() && e.to_integer() % 2 == 0;
            if even && !positive.contains(&value) {
                // log a² = 2 log |a|
                let scale = BigRational::from_integer(e.to_integer().into());
                let size = algebra.apply(Function::Abs, &value)?;
                parts.push(algebra.log(&size)?.scale(&scale));
            } else if positive.contains(&value) {
                let scale = BigRational::new((*e.numer()).into(), (*e.denom()).into());
                parts.push(algebra.log(&value)?.scale(&scale));
            } else {
                rest.push((atom.clone(), *e));
            }
        }
        if parts.is_empty() || (rest.is_empty() && term.coef().is_negative()) {
            return Ok(None);
        }
        let rest = algebra.product(term.coef(), rest)?;
        parts.push(algebra.log(&rest)?);
        Ok(Some(Sum::total(parts)))
    }

    /// `det(A + UV) = det A · det(I + VA⁻¹U)`, of all forms of the second factor the least.
    fn determinant(&self, node: &Node) -> Result<Option<Sum>> {
        let algebra = self.algebra;
        let (body, row, col, dim) = algebra.open_matrix(node)?;
        let Some((a, change)) = self.changed(&body, row, col)? else { return Ok(None) };
        let det = algebra.det(&a, row, col, dim)?;
        if change.inner.is_none() {
            let form = self.form(&a, &change, row, col, dim)?;
            return algebra.mul(&det, &Sum::one().add(&form)).map(Some);
        }
        // A⁻¹UV as a chain from row to col, which may be cut at any of its inner indices.
        let mid = algebra.fresh();
        let inverse = algebra.inverse(&a, row, col, row, mid, dim)?;
        let product = algebra.rename(&change.whole, &[(row, mid)])?;
        let chain = algebra.sum_over(&algebra.mul(&inverse, &product)?, mid, dim)?;
        let mut best = self.det_one_plus(&chain, row, col, dim)?;
        let [term] = chain.terms() else { return Ok(None) };
        for cut in self.cuts(term, row, col)? {
            let Some((k, inner)) = cut.inner else { continue };
            // U_{row,k} V_{k,col} becomes V_{k,x} U_{x,l}.
            let (l, x) = (algebra.fresh(), algebra.fresh());
            let v = algebra.rename(&cut.right, &[(col, x)])?;
            let u = algebra.rename(&cut.left, &[(row, x), (k, l)])?;
            let turned = algebra.sum_over(&algebra.mul(&v, &u)?, x, dim)?;
            let other = self.det_one_plus(&turned, k, l, inner)?;
            if other.terms() < best.terms() {
                best = other;
            }
        }
        algebra.mul(&det, &best).map(Some)
    }

    /// `det(I + M)` without a further look into it.
    fn det_one_plus(&self, matrix: &Sum, row: Idx, col: Idx, dim: DimId) -> Result<Sum> {
        let identity = self.algebra.atom(Atom::Delta(row, col))?;
        self.algebra.det(&identity.add(matrix), row, col, dim)
    }

    fn rank_one_inverse(&self, node: &Node) -> Result<Option<Sum>> {
        let algebra = self.algebra;
        let (body, row, col, dim) = algebra.open_matrix(node)?;
        let Some((a, change)) = self.changed(&body, row, col)? else { return Ok(None) };
        if change.inner.is_some() {
            return Ok(None);
        }
        let (i, j) = (node.args[0], node.args[1]);
        let entry = |p: Idx, q: Idx| algebra.inverse(&a, row, col, p, q, dim);
        let form = self.form(&a, &change, row, col, dim)?;
        // (A⁻¹u)_i and (vᵀA⁻¹)_j
        let left = algebra.mul(&entry(i, row)?, &change.left)?;
        let left = algebra.sum_over(&left, row, dim)?;
        let right = algebra.mul(&change.right, &entry(col, j)?)?;
        let right = algebra.sum_over(&right, col, dim)?;
        let outer = algebra.mul(&left, &right)?;
        let scale = algebra.pow(&Sum::one().add(&form), -Exponent::one())?;
        Ok(Some(entry(i, j)?.sub(&algebra.mul(&outer, &scale)?)))
    }

    /// `vᵀA⁻¹u`.
    fn form(
        &self,
        a: &Sum,
        change: &Product,
        row: Idx,
        col: Idx,
        dim: DimId,
    ) -> Result<Sum> {
        let algebra = self.algebra;
        let inverse = algebra.inverse(a, row, col, col, row, dim)?;
        let form = algebra.mul(&algebra.mul(&change.right, &inverse)?, &change.left)?;
        algebra.sum_over(&algebra.sum_over(&form, row, dim)?, col, dim)
    }

    /// A matrix as a generic one and a product `UV` added to it.
    fn changed(&self, body: &Sum, row: Idx, col: Idx) -> Result<Option<(Sum, Product)>> {
        for (k, term) in body.terms().iter().enumerate() {
            let others =
                body.terms().iter().enumerate().filter(|(m, _)| *m != k).map(|(_, t)| t);
            let rest = Sum::total(others.map(|t| Sum::zero().with(t)));
            if !is_generic(&rest, row, col) {
                continue;
            }
            if let Some(product) = self.cuts(term, row, col)?.into_iter().next() {
                return Ok(Some((rest, product)));
            }
        }
        Ok(None)
    }

    /// The ways to write a matrix as a product `U_{row,k} V_{k,col}`: for each inner index at which
    /// it falls apart, or once without one when it is an outer product.
    fn cuts(&self, term: &Term, row: Idx, col: Idx) -> Result<Vec<Product>> {
        let algebra = self.algebra;
        let whole = Sum::zero().with(term);
        let touching: Vec<&Factor> = term
            .factors()
            .iter()
            .filter(|(atom, _)| mentions(atom, row) && mentions(atom, col))
            .collect();
        let [(Atom::Contraction(node), e)] = touching.as_slice() else {
            if !touching.is_empty() {
                return Ok(Vec::new());
            }
            let (right, left): (Vec<Factor>, Vec<Factor>) =
                term.factors().iter().cloned().partition(|(a, _)| mentions(a, col));
            if right.is_empty() || !left.iter().any(|(a, _)| mentions(a, row)) {
                return Ok(Vec::new());
            }
            let left = algebra.product(term.coef(), left)?;
            let right = algebra.product(&BigRational::one(), right)?;
            return Ok(vec![Product { whole, left, right, inner: None }]);
        };
        if *e != Exponent::one() {
            return Ok(Vec::new());
        }
        let elsewhere: Vec<Factor> = term
            .factors()
            .iter()
            .filter(|(atom, _)| !(mentions(atom, row) && mentions(atom, col)))
            .cloned()
            .collect();
        if elsewhere.iter().any(|(a, _)| mentions(a, row) || mentions(a, col)) {
            return Ok(Vec::new());
        }
        let (open, bound) = algebra.open_contraction(node)?;
        let [inside] = open.terms() else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for (k, dim) in &bound {
            let links: Vec<(Idx, DimId)> =
                bound.iter().copied().filter(|(i, _)| i != k).collect();
            let side = |start: Idx| reachable(inside.factors(), start, &links);
            let (near, far) = (side(row), side(col));
            if near.iter().zip(&far).any(|(a, b)| *a && *b) {
                continue;
            }
            let pick = |chosen: &dyn Fn(usize) -> bool, coef: &BigRational| {
                let factors = inside.factors().iter().enumerate();
                let factors =
                    factors.filter(|(m, _)| chosen(*m)).map(|(_, f)| f.clone()).collect();
                let mut sum = algebra.product(coef, factors)?;
                for (index, dim) in &links {
                    if sum.mentions(*index) {
                        sum = algebra.sum_over(&sum, *index, *dim)?;
                    }
                }
                Ok(sum)
            };
            let right = pick(&|m| far[m], &BigRational::one())?;
            let left = pick(&|m| !far[m], inside.coef())?;
            let scale = algebra.product(term.coef(), elsewhere.clone())?;
            let left = algebra.mul(&scale, &left)?;
            found.push(Product {
                whole: whole.clone(),
                left,
                right,
                inner: Some((*k, *dim)),
            });
        }
        Ok(found)
    }
}

impl Replace for Lemmas<'_> {
    fn applies(&self, atom: &Atom) -> bool {
        match &self.of {
            Of::Inverses => matches!(atom, Atom::Inverse(_)),
            Of::Values { .. } => matches!(
                atom,
                Atom::Det(_)
                    | Atom::Apply(Function::Sin | Function::Cos | Function::Log, _)
            ),
        }
    }

    fn value(&self, atom: &Atom) -> Option<Result<Sum>> {
        let positive = match &self.of {
            Of::Values { positive } => positive.as_slice(),
            Of::Inverses => &[],
        };
        self.rewrite(atom, positive).transpose()
    }
}

/// The identity for determinants alone.
struct Determinants<'a>(&'a Lemmas<'a>);

impl Replace for Determinants<'_> {
    fn applies(&self, atom: &Atom) -> bool {
        matches!(atom, Atom::Det(_))
    }

    fn value(&self, atom: &Atom) -> Option<Result<Sum>> {
        self.0.rewrite(atom, &[]).transpose()
    }
}

/// A matrix as a product.
struct Product {
    /// The matrix itself.
    whole: Sum,
    /// Its factor with the row.
    left: Sum,
    /// Its factor with the column.
    right: Sum,
    /// The index that both share, to be summed over; none for an outer product.
    inner: Option<(Idx, DimId)>,
}

/// Which factors hang together with an index through the indices of `links`.
fn reachable(factors: &[Factor], start: Idx, links: &[(Idx, DimId)]) -> Vec<bool> {
    let mut inside = vec![false; factors.len()];
    let mut waiting = vec![start];
    let mut met: Vec<Idx> = Vec::new();
    while let Some(index) = waiting.pop() {
        for (m, (atom, _)) in factors.iter().enumerate() {
            if inside[m] || !mentions(atom, index) {
                continue;
            }
            inside[m] = true;
            for (link, _) in links {
                if mentions(atom, *link) && !met.contains(link) {
                    met.push(*link);
                    waiting.push(*link);
                }
            }
        }
    }
    inside
}

/// The first part of a sum of angles, or of a small multiple of one angle, and the rest.
fn split_angle(argument: &Sum) -> Option<(Sum, Sum)> {
    const PARTS: usize = 4;
    let terms = argument.terms();
    let (first, rest) = terms.split_first()?;
    let whole = Sum::zero().with(first);
    if !rest.is_empty() {
        let rest = Sum::total(rest.iter().map(|t| Sum::zero().with(t)));
        return (terms.len() <= PARTS).then_some((whole, rest));
    }
    let times = first.coef().abs();
    let small = times.is_integer() && (2..=PARTS as i64).contains(&times.to_i64()?);
    if !small {
        return None;
    }
    let once = whole.scale(&times.recip());
    let rest = whole.sub(&once);
    Some((once, rest))
}

/// Whether a matrix is invertible for almost all values of its entries: a plain symbol or its
/// inverse, a multiple of the identity, or a plain symbol and such a multiple.
fn is_generic(matrix: &Sum, row: Idx, col: Idx) -> bool {
    let symbol = |atom: &Atom| {
        matches!(atom, Atom::Entry(sym, indices)
            if indices.len() == 2
                && matches!(sym.symmetry, Symmetry::None | Symmetry::Symmetric)
                && !sym.constrained
                && indices[0] != indices[1])
    };
    let plain = |term: &Term| {
        let (about, scale): (Vec<&Factor>, Vec<&Factor>) = term
            .factors()
            .iter()
            .partition(|(atom, _)| mentions(atom, row) || mentions(atom, col));
        // A scale that may vanish identically would make the matrix singular everywhere.
        let regular = scale.iter().all(|(atom, _)| match atom {
            Atom::Entry(sym, _) => !sym.constrained && sym.symmetry == Symmetry::None,
            Atom::Prime(_) | Atom::Pi | Atom::Dim(_) | Atom::Exp(_) => true,
            _ => false,
        });
        let [(lone, e)] = about.as_slice() else { return false };
        let spans = mentions(lone, row) && mentions(lone, col);
        regular
            && spans
            && *e == Exponent::one()
            && match lone {
                Atom::Delta(..) => true,
                Atom::Inverse(node) => matches!(
                    node.closed.body.terms(),
                    [only] if matches!(only.factors(), [(a, e)]
                        if *e == Exponent::one() && symbol(a))
                ),
                atom => symbol(atom),
            }
    };
    let deltas = |term: &Term| {
        term.factors().iter().any(|(atom, _)| matches!(atom, Atom::Delta(..)))
    };
    match matrix.terms() {
        [a] => plain(a),
        [a, b] => plain(a) && plain(b) && deltas(a) != deltas(b),
        _ => false,
    }
}

fn mentions(atom: &Atom, index: Idx) -> bool {
    let mut found = false;
    atom.each_index(&mut |i| found |= i == index);
    found
}
