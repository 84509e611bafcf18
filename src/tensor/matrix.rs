//! Inverses, determinants and symbolic powers of matrices given by their entries.
//!
//! A matrix is a sum with two distinguished free indices, its row and its column.

use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive};
use smallvec::SmallVec;

use super::algebra::{Algebra, Caveat, Result, Stop};
use super::atom::{Atom, Exponent, Factor, one};
use super::closed::Node;
use super::index::{DimId, Idx};
use super::power::rational_content;
use super::raw::Raw;
use super::sum::{Sum, Term};

/// Stands in the row and column places of a determinant's node.
const HOLE: Idx = Idx::Lit(0);

/// One matrix of a product, with the order of its indices.
struct Link {
    atom: Atom,
    row: Idx,
    col: Idx,
}

impl Algebra {
    /// The body of a matrix node with fresh row and column.
    pub(crate) fn open_matrix(&self, node: &Node) -> Result<(Sum, Idx, Idx, DimId)> {
        let (row, col) = (self.fresh(), self.fresh());
        let mut open = node.clone();
        open.args[0] = row;
        open.args[1] = col;
        let dim = node.closed.dim.ok_or(Stop::Unsupported("a matrix of unknown size"))?;
        Ok((self.instantiate(&open)?, row, col, dim))
    }

    /// The entry (i, j) of the inverse of the matrix with entries `body` in `row` and `col`.
    ///
    /// Laws: `(cA)⁻¹ = c⁻¹A⁻¹`, `(AB)⁻¹ = B⁻¹A⁻¹` for square factors, `(Aᵀ)⁻¹ = (A⁻¹)ᵀ`,
    /// `(A⁻¹)⁻¹ = A`, `I⁻¹ = I`, `diag(d)⁻¹ = diag(1/d)`, `Q⁻¹ = Qᵀ`.
    ///
    /// # Errors
    /// [`Stop::Domain`] for the zero matrix.
    pub fn inverse(
        &self,
        body: &Sum,
        row: Idx,
        col: Idx,
        i: Idx,
        j: Idx,
        dim: DimId,
    ) -> Result<Sum> {
        if body.is_zero() {
            return Err(Stop::Domain("the inverse of a zero matrix"));
        }
        if let Some(diagonal) = self.diagonal_of(body, row, col)? {
            let entry = self.rename(&diagonal, &[(row, i)])?;
            let delta = self.atom(Atom::Delta(i, j))?;
            return self.mul(&delta, &self.pow(&entry, Exponent::from_integer(-1))?);
        }
        if self.concrete
            && let Some(n) = dim.as_number()
            && n <= 4
        {
            return self.adjugate_inverse(body, row, col, i, j, n);
        }
        if let [term] = body.terms() {
            let (scalar, rest) = split_scalar(term, row, col);
            if !scalar.factors().is_empty() || !scalar.coef().is_one() {
                let inner =
                    self.inverse(&Sum::collect(vec![rest]), row, col, i, j, dim)?;
                let scalar = Sum::collect(vec![scalar]);
                return self.mul(&self.pow(&scalar, Exponent::from_integer(-1))?, &inner);
            }
            if let Some(links) = self.links(&rest, row, col, dim) {
                let mut factors: Vec<Factor> = Vec::new();
                let mut raw = Raw::new(BigRational::one(), Vec::new());
                let mut right = j;
                for (k, link) in links.iter().enumerate() {
                    let left = if k + 1 == links.len() { i } else { raw.bind(dim) };
                    let (factor, sign) = self.inverse_link(link, left, right, dim)?;
                    factors.push(factor);
                    raw.coef *= sign;
                    right = left;
                }
                if links.len() > 1 {
                    self.note(Caveat::InvertibleFactors);
                }
                raw.factors = factors;
                return self.normalize(raw);
            }
        }
        let content = rational_content(body);
        let scaled = body.scale(&content.recip());
        let (node, sign) = self.oriented(&scaled, row, col, i, j, dim)?;
        let value = self.atom(Atom::Inverse(node))?;
        Ok(value.scale(&(content.recip() * sign)))
    }

    /// The determinant of the matrix with entries `body` in `row` and `col`.
    ///
    /// Laws: `det(AB) = det A · det B` for square factors, `det(Aᵀ) = det A`,
    /// `det(A⁻¹) = 1/det A`, `det(cA) = cⁿ det A`, `det I = 1`.
    ///
    /// # Errors
    /// When the effort allowed is used up.
    pub fn det(&self, body: &Sum, row: Idx, col: Idx, dim: DimId) -> Result<Sum> {
        if self.concrete
            && let Some(n) = dim.as_number()
            && n <= 4
        {
            let entries = self.entries(body, row, col, n)?;
            return self.leibniz(&entries, &(0..n as usize).collect::<Vec<_>>(), 0);
        }
        if let [term] = body.terms() {
            if term.factors() == [(Atom::Delta(row.min(col), row.max(col)), one())]
                && term.coef().is_one()
            {
                return Ok(Sum::one());
            }
            let (scalar, rest) = split_scalar(term, row, col);
            // cⁿ is exp(n log c) where n is a name: pow_sum notes what it takes for positive.
            let powers = dim.as_number().is_some() || scalar.coef().is_positive();
            if powers && (!scalar.factors().is_empty() || !scalar.coef().is_one()) {
                let inner = self.det(&Sum::collect(vec![rest]), row, col, dim)?;
                let n = match dim.as_number() {
                    Some(n) => Sum::integer(n.into()),
                    None => self.atom(Atom::Dim(dim))?,
                };
                let factor = self.pow_sum(&Sum::collect(vec![scalar]), &n)?;
                return self.mul(&factor, &inner);
            }
            if scalar.factors().is_empty()
                && scalar.coef().is_one()
                && let Some(links) = self.links(&rest, row, col, dim)
            {
                let mut product = Sum::one();
                for link in &links {
                    let det = self.det_link(link, dim)?;
                    product = self.mul(&product, &det)?;
                }
                return Ok(product);
            }
        }
        if body.is_zero() {
            return Ok(Sum::zero());
        }
        self.det_atom(body, row, col, dim)
    }

    fn det_atom(&self, body: &Sum, row: Idx, col: Idx, dim: DimId) -> Result<Sum> {
        let straight = self.close_with(body, &[row, col], Some(dim))?;
        let turned = self.close_with(body, &[col, row], Some(dim))?;
        let mut node = if turned.closed < straight.closed { turned } else { straight };
        node.args[0] = HOLE;
        node.args[1] = HOLE;
        self.atom(Atom::Det(node))
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a matrix is body, row, column and size"
    )]
    /// The entry (i, j) of a power of a matrix with a symbolic exponent.
    ///
    /// # Errors
    /// When the effort allowed is used up.
    pub fn matrix_power(
        &self,
        body: &Sum,
        row: Idx,
        col: Idx,
        power: &Sum,
        i: Idx,
        j: Idx,
        dim: DimId,
    ) -> Result<Sum> {
        if let Some(value) = power.as_constant() {
            if value == BigRational::one() {
                return self.rename(body, &[(row, i), (col, j)]);
            }
            if value.to_i64() == Some(0) && value.is_integer() {
                return self.atom(Atom::Delta(i, j));
            }
            return Err(Stop::Unsupported("a matrix power that became a number"));
        }
        let straight = self.close_with(body, &[row, col], Some(dim))?;
        let turned = self.close_with(body, &[col, row], Some(dim))?;
        let flip = turned.closed < straight.closed;
        let mut node = if flip { turned } else { straight };
        (node.args[0], node.args[1]) = if flip { (j, i) } else { (i, j) };
        node.sort_args();
        let power = self.close(power)?;
        self.atom(Atom::MatrixPower(node, power))
    }

    /// The entry (i, j) of the inverse in the node, whatever its own ends.
    pub(crate) fn with_ends(&self, node: &Node, i: Idx, j: Idx) -> Result<Sum> {
        let mut node = node.clone();
        node.args[0] = i;
        node.args[1] = j;
        node.sort_args();
        self.atom(Atom::Inverse(node))
    }

    /// One atom as a sum.
    pub(crate) fn atom(&self, atom: Atom) -> Result<Sum> {
        self.normalize(Raw::new(BigRational::one(), vec![(atom, one())]))
    }

    /// `d` when the matrix is `δ_{row,col} d(row)`.
    fn diagonal_of(&self, body: &Sum, row: Idx, col: Idx) -> Result<Option<Sum>> {
        let delta = Atom::Delta(row.min(col), row.max(col));
        let mut terms = Vec::new();
        for term in body.terms() {
            if !term.factors().iter().any(|(a, _)| *a == delta) {
                return Ok(None);
            }
            let factors =
                term.factors().iter().filter(|(a, _)| *a != delta).cloned().collect();
            terms.push(Term::from_parts(term.coef().clone(), factors));
        }
        self.rename(&Sum::collect(terms), &[(col, row)]).map(Some)
    }

    /// The node of a matrix in the orientation and sign with the least closure, its arguments set
    /// to the entry; and the sign.
    fn oriented(
        &self,
        body: &Sum,
        row: Idx,
        col: Idx,
        i: Idx,
        j: Idx,
        dim: DimId,
    ) -> Result<(Node, BigRational)> {
        let mut best: Option<(Node, BigRational)> = None;
        // A lone term is taken positive, so that a plain matrix is its own closure.
        let negatives: &[bool] = match body.terms() {
            [term] if term.coef().is_negative() => &[true],
            [_] => &[false],
            _ => &[false, true],
        };
        for &negative in negatives {
            let signed = if negative { body.neg() } else { body.clone() };
            for flip in [false, true] {
                let fixed = if flip { [col, row] } else { [row, col] };
                let mut node = self.close_with(&signed, &fixed, Some(dim))?;
                (node.args[0], node.args[1]) = if flip { (j, i) } else { (i, j) };
                node.sort_args();
                let sign =
                    if negative { -BigRational::one() } else { BigRational::one() };
                if best.as_ref().is_none_or(|(b, _)| node.closed < b.closed) {
                    best = Some((node, sign));
                }
            }
        }
        best.ok_or(Stop::Unsupported("a matrix without entries"))
    }

    /// The chain of square matrices whose product the term is, from row to column.
    fn links(&self, term: &Term, row: Idx, col: Idx, dim: DimId) -> Option<Vec<Link>> {
        let [(atom, e)] = term.factors() else { return None };
        if *e != one() {
            return None;
        }
        let whole = |atom: &Atom| -> Option<Link> {
            let (row, col) = ends(atom)?;
            Some(Link { atom: atom.clone(), row, col })
        };
        let Atom::Contraction(node) = atom else {
            let link = whole(atom)?;
            let plain = matches!(&link.atom, Atom::Entry(sym, _) if !sym.orthogonal);
            // A lone plain matrix is its own canonical closure.
            return (!plain && [(row, col), (col, row)].contains(&(link.row, link.col)))
                .then(|| vec![orient(link, row, col)]);
        };
        if node.args.len() != 2 || node.closed.bound.iter().any(|d| *d != dim) {
            return None;
        }
        let param =
            |i: Idx| node.args.iter().position(|a| *a == i).map(|k| Idx::Param(k as u16));
        let (start, end) = (param(row)?, param(col)?);
        let mut pool: Vec<Link> = Vec::new();
        for (atom, e) in node.closed.body.terms()[0].factors() {
            if *e != one() {
                return None;
            }
            pool.push(whole(atom)?);
        }
        // A chain passes every inner index once and leaves its ends once: `A_ik B_kk C_kj` and
        // `A_ik B_kl C_lk D_kj` hold a diagonal, they are no products of their matrices.
        let met = |i: Idx| {
            pool.iter()
                .map(|l| usize::from(l.row == i) + usize::from(l.col == i))
                .sum::<usize>()
        };
        let inner = (0..node.closed.bound.len() as u16).map(|k| (Idx::Bound(k), 2_usize));
        if [(start, 1), (end, 1)].into_iter().chain(inner).any(|(i, n)| n != met(i)) {
            return None;
        }
        let mut chain = Vec::new();
        let mut at = start;
        while let Some(k) = pool.iter().position(|l| l.row == at || l.col == at) {
            let link = pool.swap_remove(k);
            let next = if link.row == at { link.col } else { link.row };
            chain.push(orient(link, at, next));
            at = next;
        }
        (at == end && pool.is_empty()).then_some(chain)
    }

    /// The factor that is the entry (i, j) of the link's inverse, and its sign.
    fn inverse_link(
        &self,
        link: &Link,
        i: Idx,
        j: Idx,
        dim: DimId,
    ) -> Result<(Factor, BigRational)> {
        let plus = BigRational::one();
        match &link.atom {
            Atom::Inverse(node) => {
                // (A⁻¹)⁻¹ = A: the entry of A at the link's own orientation.
                let turned = node.args[0] != link.row;
                let (p, q) = if turned { (j, i) } else { (i, j) };
                let mut open = node.clone();
                open.args[0] = p;
                open.args[1] = q;
                open.sort_args();
                let sum = self.instantiate(&open)?;
                match sum.terms() {
                    [term] if term.factors().len() == 1 && term.coef().is_one() => {
                        Ok((term.factors()[0].clone(), plus))
                    }
                    // The body has several terms: as a base with exponent 1 it is expanded.
                    _ => Ok(((Atom::Base(self.close(&sum)?), one()), plus)),
                }
            }
            Atom::Entry(sym, indices) if sym.orthogonal => {
                let turned = indices[0] != link.row;
                let entry = if turned { [i, j] } else { [j, i] };
                Ok(((Atom::Entry(*sym, SmallVec::from(entry)), one()), plus))
            }
            atom => {
                let (row, col) = (self.fresh(), self.fresh());
                let entry = atom.map(&|x| {
                    if x == link.row {
                        row
                    } else if x == link.col {
                        col
                    } else {
                        x
                    }
                });
                let body = self.atom(entry)?;
                let (node, sign) = self.oriented(&body, row, col, i, j, dim)?;
                Ok(((Atom::Inverse(node), one()), sign))
            }
        }
    }

    fn det_link(&self, link: &Link, dim: DimId) -> Result<Sum> {
        let (row, col) = (self.fresh(), self.fresh());
        match &link.atom {
            Atom::Inverse(node) => {
                let (body, row, col, dim) = self.open_matrix(node)?;
                let det = self.det(&body, row, col, dim)?;
                self.pow(&det, Exponent::from_integer(-1))
            }
            Atom::MatrixPower(node, power) => {
                let (body, row, col, dim) = self.open_matrix(node)?;
                let det = self.det(&body, row, col, dim)?;
                self.pow_sum(&det, &self.instantiate(power)?)
            }
            atom => {
                let entry = atom.map(&|x| {
                    if x == link.row {
                        row
                    } else if x == link.col {
                        col
                    } else {
                        x
                    }
                });
                self.det_atom(&self.atom(entry)?, row, col, dim)
            }
        }
    }

    fn entries(&self, body: &Sum, row: Idx, col: Idx, n: u32) -> Result<Vec<Vec<Sum>>> {
        (1..=n)
            .map(|r| {
                (1..=n)
                    .map(|c| self.rename(body, &[(row, Idx::Lit(r)), (col, Idx::Lit(c))]))
                    .collect()
            })
            .collect()
    }

    /// The determinant by expansion along the rows from `from`, over the given columns.
    fn leibniz(&self, m: &[Vec<Sum>], cols: &[usize], from: usize) -> Result<Sum> {
        if cols.is_empty() {
            return Ok(Sum::one());
        }
        let mut total = Sum::zero();
        for (k, c) in cols.iter().enumerate() {
            let rest: Vec<usize> = cols.iter().copied().filter(|d| d != c).collect();
            let minor = self.leibniz(m, &rest, from + 1)?;
            let term = self.mul(&m[from][*c], &minor)?;
            total = if k % 2 == 0 { total.add(&term) } else { total.sub(&term) };
        }
        Ok(total)
    }

    fn adjugate_inverse(
        &self,
        body: &Sum,
        row: Idx,
        col: Idx,
        i: Idx,
        j: Idx,
        n: u32,
    ) -> Result<Sum> {
        let (Idx::Lit(i), Idx::Lit(j)) = (i, j) else {
            return Err(Stop::Unsupported("an inverse at an open entry of a fixed size"));
        };
        let entries = self.entries(body, row, col, n)?;
        let all: Vec<usize> = (0..n as usize).collect();
        let det = self.leibniz(&entries, &all, 0)?;
        // (A⁻¹)_ij = (-1)^{i+j} det(A without row j and column i) / det A
        let minor: Vec<Vec<Sum>> = entries
            .iter()
            .enumerate()
            .filter(|(r, _)| *r + 1 != j as usize)
            .map(|(_, row)| row.clone())
            .collect();
        let cols: Vec<usize> =
            all.iter().copied().filter(|c| *c + 1 != i as usize).collect();
        let cofactor = self.leibniz(&minor, &cols, 0)?;
        let cofactor = if (i + j) % 2 == 0 { cofactor } else { cofactor.neg() };
        self.mul(&cofactor, &self.pow(&det, Exponent::from_integer(-1))?)
    }
}

/// The row and column of an atom that is an entry of a matrix and of nothing else.
fn ends(atom: &Atom) -> Option<(Idx, Idx)> {
    match atom {
        Atom::Entry(_, indices) if indices.len() == 2 => Some((indices[0], indices[1])),
        Atom::Inverse(node) if node.args.len() == 2 => Some((node.args[0], node.args[1])),
        Atom::MatrixPower(node, power)
            if node.args.len() == 2 && power.args.is_empty() =>
        {
            Some((node.args[0], node.args[1]))
        }
        _ => None,
    }
}

/// The link with the given ends as its row and column: `row` then holds the near end, while the
/// atom keeps its own order of indices.
fn orient(link: Link, row: Idx, col: Idx) -> Link {
    Link { atom: link.atom, row, col }
}

/// The factors (and coefficient) of a term that hold neither row nor column, and the rest.
fn split_scalar(term: &Term, row: Idx, col: Idx) -> (Term, Term) {
    let (rest, scalar): (Vec<Factor>, Vec<Factor>) = term
        .factors()
        .iter()
        .cloned()
        .partition(|(atom, _)| atom.mentions(row) || atom.mentions(col));
    (
        Term::from_parts(term.coef().clone(), scalar),
        Term::from_parts(BigRational::one(), rest),
    )
}
