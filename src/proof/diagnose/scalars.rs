//! Scalars that may have been forgotten.

use crate::language::ast::{Expr, Kind, NameKind, Names, NormKind, Over, Span};
use crate::shape::Givens;

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
        let kind = Kind::Norm(Box::new(name), NormKind::Plain);
        add(Expr { kind, span: Span::default() });
    }
    out
}
