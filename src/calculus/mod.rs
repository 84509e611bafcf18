//! The derivative of a sum by an entry: the product rule, and one rule an atom.

use num_traits::One;

use crate::tensor::{
    Algebra, Atom, DimId, Exponent, Factor, Idx, Node, Result, Stop, Sum, Sym, Term,
};

/// What a symbol depends on beyond itself: the chain rule asks here.
pub trait Dependence {
    /// For an entry of `sym` at `indices`: `None` when the symbol is a free variable (its
    /// derivative by another symbol is 0), else how it depends on others.
    fn of(&self, algebra: &Algebra, sym: Sym, indices: &[Idx]) -> Result<Option<Link>>;

    /// Whether the symbol can depend on the other at all; a cheap test that may err towards yes.
    fn reaches(&self, sym: Sym, on: Sym) -> bool;
}

/// How an entry depends on other entries.
#[derive(Clone, Debug)]
pub enum Link {
    /// The entry equals this sum.
    Equals(Sum),
    /// The entry is an unknown function of all entries of these symbols: for each, the partial
    /// derivative as a symbol whose indices are the entry's followed by the argument's, and the
    /// dimensions of the argument's indices.
    Partials(Vec<(Sym, Sym, Vec<DimId>)>),
}

/// No symbol depends on another.
#[derive(Clone, Copy, Debug, Default)]
pub struct Independent;

impl Dependence for Independent {
    fn of(&self, _: &Algebra, _: Sym, _: &[Idx]) -> Result<Option<Link>> {
        Ok(None)
    }
    fn reaches(&self, _: Sym, _: Sym) -> bool {
        false
    }
}

/// The entry by which is differentiated.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The symbol; its entries count as independent of each other.
    pub sym: Sym,
    /// Which entry.
    pub indices: Vec<Idx>,
}

/// `∂ sum / ∂ variable`.
///
/// # Errors
/// When the effort allowed is used up, or an atom's derivative is not known.
pub fn derivative(
    algebra: &Algebra,
    dependence: &dyn Dependence,
    sum: &Sum,
    by: &Variable,
) -> Result<Sum> {
    let d = Differentiator { algebra, dependence, by };
    d.sum(sum)
}

struct Differentiator<'a> {
    algebra: &'a Algebra,
    dependence: &'a dyn Dependence,
    by: &'a Variable,
}

impl Differentiator<'_> {
    fn sum(&self, sum: &Sum) -> Result<Sum> {
        let mut parts = Vec::new();
        for term in sum.terms() {
            parts.push(self.term(term)?);
        }
        Ok(Sum::total(parts))
    }

    /// The product rule: `Σ_f (term/f) · e f^{e-1} · ∂f`.
    fn term(&self, term: &Term) -> Result<Sum> {
        let mut parts = Vec::new();
        for (k, (atom, e)) in term.factors().iter().enumerate() {
            let inner = self.atom(atom)?;
            if inner.is_zero() {
                continue;
            }
            let mut factors: Vec<Factor> = term.factors().to_vec();
            if *e == Exponent::one() {
                factors.remove(k);
            } else {
                factors[k].1 = e - Exponent::one();
            }
            let scale =
                num_rational::BigRational::new((*e.numer()).into(), (*e.denom()).into());
            let rest = self.algebra.product(&(term.coef() * scale), factors)?;
            parts.push(self.algebra.mul(&rest, &inner)?);
        }
        Ok(Sum::total(parts))
    }

    fn atom(&self, atom: &Atom) -> Result<Sum> {
        if !self.can_depend(atom) {
            return Ok(Sum::zero());
        }
        let algebra = self.algebra;
        match atom {
            Atom::Prime(_) | Atom::Pi | Atom::Dim(_) | Atom::Delta(..) => Ok(Sum::zero()),
            // A step is constant but where its argument is 0.
            Atom::Step(_) => Ok(Sum::zero()),
            Atom::Entry(sym, indices) => self.entry(*sym, indices),
            // Σ commutes with ∂: differentiate the opened product, then sum again.
            Atom::Contraction(node) => {
                if let [(Atom::MatrixPower(matrix, power), e)] =
                    node.closed.body.terms()[0].factors()
                    && *e == Exponent::one()
                    && matrix.args.len() == 2
                    && matrix.args[0] == matrix.args[1]
                    && power.args.is_empty()
                {
                    return self.power_trace(matrix, power);
                }
                let (open, bound) = algebra.open_contraction(node)?;
                let mut inner = self.sum(&open)?;
                for (index, dim) in bound {
                    inner = algebra.sum_over(&inner, index, dim)?;
                }
                Ok(inner)
            }
            Atom::Exp(node) => {
                let inner = self.sum(&algebra.instantiate(node)?)?;
                algebra.mul(&algebra.atom(atom.clone())?, &inner)
            }
            Atom::Apply(function, node) => {
                let argument = algebra.instantiate(node)?;
                let inner = self.sum(&argument)?;
                if inner.is_zero() {
                    return Ok(inner);
                }
                let outer = algebra.formula(&function.derivative(), &argument)?;
                algebra.mul(&outer, &inner)
            }
            Atom::Base(node) => self.sum(&algebra.instantiate(node)?),
            // ∂(M⁻¹)_ij = -Σ_ab (M⁻¹)_ia ∂M_ab (M⁻¹)_bj
            Atom::Inverse(node) => {
                let (body, row, col, dim) = algebra.open_matrix(node)?;
                let change = self.sum(&body)?;
                if change.is_zero() {
                    return Ok(change);
                }
                let left = algebra.with_ends(node, node.args[0], row)?;
                let right = algebra.with_ends(node, col, node.args[1])?;
                let product = algebra.mul(&algebra.mul(&left, &change)?, &right)?;
                Ok(self.contract_matrix(&product, row, col, dim)?.neg())
            }
            // ∂det M = det M Σ_ab (M⁻¹)_ba ∂M_ab
            Atom::Det(node) => {
                let (body, row, col, dim) = algebra.open_matrix(node)?;
                let change = self.sum(&body)?;
                if change.is_zero() {
                    return Ok(change);
                }
                let inverse = algebra.inverse(&body, row, col, col, row, dim)?;
                let product = algebra.mul(&inverse, &change)?;
                let trace = self.contract_matrix(&product, row, col, dim)?;
                algebra.mul(&algebra.atom(atom.clone())?, &trace)
            }
            Atom::MatrixPower(..) => {
                Err(Stop::Unsupported("the derivative of a symbolic matrix power"))
            }
        }
    }

    fn contract_matrix(
        &self,
        product: &Sum,
        row: Idx,
        col: Idx,
        dim: DimId,
    ) -> Result<Sum> {
        let summed = self.algebra.sum_over(product, row, dim)?;
        self.algebra.sum_over(&summed, col, dim)
    }

    /// `∂ tr(M^k) = k Σ_ab (M^{k-1})_ba ∂M_ab` for a symbolic exponent that does not depend on the
    /// variable.
    fn power_trace(&self, node: &Node, power: &Node) -> Result<Sum> {
        let algebra = self.algebra;
        let (body, row, col, dim) = algebra.open_matrix(node)?;
        let k = algebra.instantiate(power)?;
        if !self.sum(&k)?.is_zero() {
            return Err(Stop::Unsupported(
                "the derivative of a matrix power by its exponent",
            ));
        }
        let change = self.sum(&body)?;
        let less = k.sub(&Sum::one());
        let rest = algebra.matrix_power(&body, row, col, &less, col, row, dim)?;
        let product = algebra.mul(&algebra.mul(&k, &rest)?, &change)?;
        self.contract_matrix(&product, row, col, dim)
    }

    fn entry(&self, sym: Sym, indices: &[Idx]) -> Result<Sum> {
        let algebra = self.algebra;
        if sym.id == self.by.sym.id {
            let mut delta = Sum::one();
            for (i, j) in indices.iter().zip(&self.by.indices) {
                delta = algebra.mul(&delta, &algebra.atom(Atom::Delta(*i, *j))?)?;
            }
            return Ok(delta);
        }
        if !self.dependence.reaches(sym, self.by.sym) {
            return Ok(Sum::zero());
        }
        match self.dependence.of(algebra, sym, indices)? {
            None => Ok(Sum::zero()),
            Some(Link::Equals(sum)) => self.sum(&sum),
            // ∂L/∂X = Σ_e ∂L/∂Y_e ∂Y_e/∂X
            Some(Link::Partials(arguments)) => {
                let mut parts = Vec::new();
                for (partial, argument, dims) in arguments {
                    let fresh: Vec<Idx> = dims.iter().map(|_| algebra.fresh()).collect();
                    let inner = self.entry(argument, &fresh)?;
                    if inner.is_zero() {
                        continue;
                    }
                    let all = indices.iter().chain(&fresh).copied().collect();
                    let outer = algebra.atom(Atom::Entry(partial, all))?;
                    let mut product = algebra.mul(&outer, &inner)?;
                    for (index, dim) in fresh.iter().zip(&dims) {
                        product = algebra.sum_over(&product, *index, *dim)?;
                    }
                    parts.push(product);
                }
                Ok(Sum::total(parts))
            }
        }
    }

    /// A cheap test that spares most of the work: whether the variable, or something that may
    /// depend on it, stands anywhere in the atom.
    fn can_depend(&self, atom: &Atom) -> bool {
        let reaches = |sym: Sym| {
            sym.id == self.by.sym.id || self.dependence.reaches(sym, self.by.sym)
        };
        let mut seen = |a: &Atom| matches!(a, Atom::Entry(sym, _) if reaches(*sym));
        match atom {
            Atom::Entry(sym, _) => reaches(*sym),
            Atom::Contraction(node)
            | Atom::Exp(node)
            | Atom::Apply(_, node)
            | Atom::Base(node)
            | Atom::Step(node)
            | Atom::Inverse(node)
            | Atom::Det(node) => crate::tensor::any_atom(&node.closed.body, &mut seen),
            Atom::MatrixPower(node, power) => {
                crate::tensor::any_atom(&node.closed.body, &mut seen)
                    || crate::tensor::any_atom(&power.closed.body, &mut seen)
            }
            Atom::Prime(_) | Atom::Pi | Atom::Dim(_) | Atom::Delta(..) => false,
        }
    }
}
