//! Corrected sides as a person would write them: `(AᵀB)ᵀ` as `BᵀA`.

use super::edits::{chain, expr, group, product};
use crate::language::ast::{Expr, Kind, NameKind, Names, Times};
use crate::shape::Givens;

/// The expression with transpositions of products and sums carried inside.
pub(super) fn tidy(e: &Expr, givens: &Givens) -> Expr {
    let mut out = e.clone();
    out.for_each_child_mut(&mut |child| *child = tidy(child, givens));
    match &out.kind {
        Kind::Transpose(inner) => carried(inner, givens).unwrap_or(out),
        _ => out,
    }
}

/// The transpose of a product or of a sum, carried to its parts.
fn carried(e: &Expr, givens: &Givens) -> Option<Expr> {
    let inner = peeled(e);
    match &inner.kind {
        Kind::Product(a, Times::Hadamard, b) => {
            let side = |e: &Expr| Box::new(group(&transposed(e, givens)));
            Some(expr(Kind::Product(side(a), Times::Hadamard, side(b))))
        }
        Kind::Product(_, how, _) if *how != Times::Kronecker => {
            let mut factors = Vec::new();
            chain(inner, &mut factors);
            let (scalars, arrays): (Vec<Expr>, Vec<Expr>) =
                factors.into_iter().partition(|f| is_scalar(f, givens));
            let turned = arrays.iter().rev().map(|f| transposed(f, givens));
            product(scalars.into_iter().chain(turned).collect())
        }
        Kind::Add(terms) => {
            let turn = |e: &Expr| transposed(e, givens);
            let terms = terms.iter().map(|(sign, e)| (*sign, turn(e))).collect();
            Some(group(&expr(Kind::Add(terms))))
        }
        _ => None,
    }
}

fn transposed(e: &Expr, givens: &Givens) -> Expr {
    match &peeled(e).kind {
        _ if is_scalar(e, givens) => e.clone(),
        Kind::Transpose(inner) => (**inner).clone(),
        _ => carried(e, givens)
            .unwrap_or_else(|| expr(Kind::Transpose(Box::new(group(e))))),
    }
}

fn peeled(e: &Expr) -> &Expr {
    match &e.kind {
        Kind::Group(_, inner) => peeled(inner),
        _ => e,
    }
}

/// Whether the expression is a scalar, as far as its form tells.
fn is_scalar(e: &Expr, givens: &Givens) -> bool {
    match &peeled(e).kind {
        Kind::Number(_) | Kind::Norm(..) | Kind::Entry(..) => true,
        Kind::Name(n) => givens.kind(n) == Some(NameKind::Scalar),
        Kind::Call { name, .. } => {
            matches!(name.as_str(), "tr" | "det" | "norm" | "sum" | "logdet")
        }
        Kind::Quotient(a, _, b) => is_scalar(a, givens) && is_scalar(b, givens),
        Kind::Power(a, _) => is_scalar(a, givens),
        _ => false,
    }
}
