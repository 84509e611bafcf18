//! Terms of the right answer that the claimed side lacks.

use super::Diagnosis;
use crate::notation::{Lowering, Scope};
use crate::shape::Elaborated;
use crate::tensor::{Algebra, Factor, Sum};

/// Whether the claimed side is the right one with some terms left out, the rest term by term equal.
pub(super) fn left_out(e: &Elaborated) -> Option<Diagnosis> {
    let (right, claimed) = sides(e)?;
    let among = |term: &_| right.terms().contains(term);
    let proper =
        !claimed.terms().is_empty() && claimed.terms().len() < right.terms().len();
    (proper && claimed.terms().iter().all(among)).then(missing_term)
}

/// Whether the claimed side lacks a term of the right one, up to coefficients, or has one more.
pub(super) fn missing(e: &Elaborated) -> Option<Diagnosis> {
    let (right, claimed) = sides(e)?;
    let shape = |s: &Sum| -> Vec<Vec<Factor>> {
        s.terms().iter().map(|t| t.factors().to_vec()).collect()
    };
    let (right, claimed) = (shape(&right), shape(&claimed));
    let lacking = right.iter().filter(|t| !claimed.contains(t)).count();
    let shared = right.len() - lacking;
    (shared > 0 && lacking > 0).then(missing_term)
}

fn missing_term() -> Diagnosis {
    Diagnosis { name: "missing term".into(), corrected: None, place: None }
}

/// Both sides expanded at common indices.
fn sides(e: &Elaborated) -> Option<(Sum, Sum)> {
    if e.lhs.axes != e.rhs.axes {
        return None;
    }
    let algebra = Algebra::new(400_000);
    let lowering = Lowering::new(&e.table, &algebra, false);
    let mut scope = Scope::default();
    for var in &e.free {
        let dim = &e.table.indices[var.0 as usize].1;
        scope.bind(*var, lowering.fresh(std::slice::from_ref(dim)));
    }
    let at = lowering.fresh(&e.lhs.axes);
    let side = |s| -> Option<Sum> {
        lowering.expand(&lowering.lower(s, &at, &scope).ok()?).ok()
    };
    Some((side(&e.lhs)?, side(&e.rhs)?))
}
