//! Scalars that may have been forgotten, and terms that were.

use super::Diagnosis;
use crate::language::ast::{Expr, Kind, NameKind, Names, Over, Span};
use crate::notation::{Lowering, Scope};
use crate::shape::{Elaborated, Givens};
use crate::tensor::{Algebra, Factor, Sum};

/// Scalar expressions that stand in the relation: denominators, norms, determinants, sums; and the
/// norms of its arrays.
pub(super) fn candidates(lhs: &Expr, rhs: &Expr, givens: &Givens) -> Vec<Expr> {
    let mut out: Vec<Expr> = Vec::new();
    let mut add = |e: Expr| {
        if !out.contains(&e) && out.len() < 14 {
            out.push(e);
        }
    };
    let mut names: Vec<&str> = Vec::new();
    for node in lhs.nodes().into_iter().chain(rhs.nodes()) {
        match &node.kind {
            Kind::Call { name, .. }
                if matches!(
                    name.as_str(),
                    "det" | "tr" | "norm" | "sum" | "logsumexp" | "exp"
                ) =>
            {
                add(node.clone());
            }
            Kind::Call { name, args, .. } if name == "log" && args.len() == 1 => {
                add(args[0].clone());
            }
            Kind::Norm(..) | Kind::Root(_) | Kind::Sum(..) => add(node.clone()),
            Kind::Quotient(_, how, b) if *how != Over::Hadamard => add((**b).clone()),
            Kind::Name(n)
                if givens.kind(n) == Some(NameKind::Array)
                    && !names.contains(&n.as_str()) =>
            {
                names.push(n);
            }
            Kind::Name(n) if givens.kind(n) == Some(NameKind::Scalar) => {
                add(node.clone())
            }
            _ => {}
        }
    }
    for n in names.into_iter().take(3) {
        let name = Expr { kind: Kind::Name(n.to_string()), span: Span::default() };
        let kind = Kind::Call { name: "norm".into(), primes: 0, args: vec![name] };
        add(Expr { kind, span: Span::default() });
    }
    out
}

/// Whether the claimed side lacks one term of the right one (up to coefficients), or has one more.
pub(super) fn missing_term(e: &Elaborated) -> Option<Diagnosis> {
    let algebra = Algebra::new(400_000);
    let lowering = Lowering::new(&e.table, &algebra, false);
    let mut scope = Scope::default();
    for var in &e.free {
        let dim = &e.table.indices[var.0 as usize].1;
        scope.bind(*var, lowering.fresh(std::slice::from_ref(dim)));
    }
    if e.lhs.axes != e.rhs.axes {
        return None;
    }
    let at = lowering.fresh(&e.lhs.axes);
    let side = |s| -> Option<Sum> {
        lowering.expand(&lowering.lower(s, &at, &scope).ok()?).ok()
    };
    let (right, claimed) = (side(&e.lhs)?, side(&e.rhs)?);
    let shape = |s: &Sum| -> Vec<Vec<Factor>> {
        s.terms().iter().map(|t| t.factors().to_vec()).collect()
    };
    let (right, claimed) = (shape(&right), shape(&claimed));
    let lacking = right.iter().filter(|t| !claimed.contains(t)).count();
    let shared = right.len() - lacking;
    if shared == 0 || lacking == 0 {
        return None;
    }
    Some(Diagnosis { name: "missing term".into(), corrected: None, place: None })
}
