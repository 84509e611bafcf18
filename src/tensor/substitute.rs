//! Replacing atoms by sums, everywhere in a sum.

use super::algebra::{Algebra, Result};
use super::atom::Atom;
use super::closed::Node;
use super::sum::{Sum, any_atom};

/// Which atoms are replaced, and by what.
pub trait Replace {
    /// Whether an atom of this kind may be replaced, whatever its indices.
    fn applies(&self, atom: &Atom) -> bool;

    /// What the atom equals; `None` leaves it.
    fn value(&self, atom: &Atom) -> Option<Result<Sum>>;
}

impl Algebra {
    /// The sum with every atom for which `replace` has an answer replaced by it, at any depth; what
    /// replaces an atom is not looked into again.
    ///
    /// # Errors
    /// The replacement's own, or when the effort is used up.
    pub fn substitute(&self, sum: &Sum, replace: &dyn Replace) -> Result<Sum> {
        let mut total = Vec::new();
        for term in sum.terms() {
            let mut product = Sum::constant(term.coef().clone());
            let mut untouched = Vec::new();
            for (atom, e) in term.factors() {
                match self.substitute_atom(atom, replace)? {
                    None => untouched.push((atom.clone(), *e)),
                    Some(value) => {
                        product = self.mul(&product, &self.pow(&value, *e)?)?;
                    }
                }
            }
            let rest = self.product(&num_traits::One::one(), untouched)?;
            total.push(self.mul(&product, &rest)?);
        }
        Ok(Sum::total(total))
    }

    /// The atom with its entries replaced; `None` when nothing in it is.
    fn substitute_atom(&self, atom: &Atom, replace: &dyn Replace) -> Result<Option<Sum>> {
        if replace.applies(atom)
            && let Some(value) = replace.value(atom)
        {
            return value.map(Some);
        }
        match atom {
            Atom::Prime(_)
            | Atom::Pi
            | Atom::Dim(_)
            | Atom::Delta(..)
            | Atom::Entry(..) => Ok(None),
            Atom::Contraction(node) => {
                if !touched(node, replace) {
                    return Ok(None);
                }
                let (open, bound) = self.open_contraction(node)?;
                let mut inner = self.substitute(&open, replace)?;
                for (index, dim) in bound {
                    inner = self.sum_over(&inner, index, dim)?;
                }
                Ok(Some(inner))
            }
            Atom::Exp(node)
            | Atom::Apply(_, node)
            | Atom::Base(node)
            | Atom::Step(node) => {
                if !touched(node, replace) {
                    return Ok(None);
                }
                let inner = self.substitute(&self.instantiate(node)?, replace)?;
                Ok(Some(match atom {
                    Atom::Exp(_) => self.exp(&inner)?,
                    Atom::Apply(function, _) => self.apply(*function, &inner)?,
                    Atom::Step(_) => self.step(&inner)?,
                    _ => inner,
                }))
            }
            Atom::Inverse(node) | Atom::Det(node) => {
                if !touched(node, replace) {
                    return Ok(None);
                }
                let (body, row, col, dim) = self.open_matrix(node)?;
                let body = self.substitute(&body, replace)?;
                Ok(Some(if matches!(atom, Atom::Det(_)) {
                    self.det(&body, row, col, dim)?
                } else {
                    self.inverse(&body, row, col, node.args[0], node.args[1], dim)?
                }))
            }
            Atom::MatrixPower(node, power) => {
                if !touched(node, replace) && !touched(power, replace) {
                    return Ok(None);
                }
                let (body, row, col, dim) = self.open_matrix(node)?;
                let body = self.substitute(&body, replace)?;
                let power = self.substitute(&self.instantiate(power)?, replace)?;
                let (i, j) = (node.args[0], node.args[1]);
                self.matrix_power(&body, row, col, &power, i, j, dim).map(Some)
            }
        }
    }
}

/// Whether some atom in the node may be replaced.
fn touched(node: &Node, replace: &dyn Replace) -> bool {
    any_atom(&node.closed.body, &mut |atom| replace.applies(atom))
}
