//! A matrix product where an element-wise one belongs, or the reverse, undone.

use super::Edit;
use super::edits::{chain, edit, expr, group, places, product, times, transposed};
use super::factors::norm_argument;
use crate::language::ast::{Expr, Kind, Over, Times};
use crate::shape::Givens;

const FOR_HADAMARD: &str = "matrix product for Hadamard";
const FOR_PRODUCT: &str = "Hadamard for matrix product";

/// A matrix product where an element-wise one belongs, or the reverse.
pub(super) fn hadamard(_: &Expr, rhs: &Expr, _: &Givens) -> Vec<Edit> {
    let mut out = Vec::new();
    for (k, node) in places(rhs) {
        match &node.kind {
            Kind::Product(a, Times::Hadamard, b) => {
                let products = matrix_products(a, b);
                out.extend(products.into_iter().map(|p| edit(rhs, k, FOR_PRODUCT, p)));
            }
            Kind::Product(a, how, b) if *how != Times::Kronecker => {
                let mut products = hadamard_products(a, b);
                let mut factors = Vec::new();
                chain(node, &mut factors);
                products.extend(in_chain(&factors));
                out.extend(products.into_iter().map(|p| edit(rhs, k, FOR_HADAMARD, p)));
            }
            Kind::Quotient(a, Over::Hadamard, b) => {
                // b ⊘ q for b/(qᵀb) and its like.
                let inner = Box::new(group(&times(transposed(b), group(a))));
                let q = expr(Kind::Quotient(a.clone(), Over::Fraction, inner));
                out.push(edit(rhs, k, FOR_PRODUCT, q));
            }
            _ => {}
        }
    }
    out
}

fn element_wise(a: &Expr, b: &Expr) -> Expr {
    let side = |e: &Expr| Box::new(group(e));
    expr(Kind::Product(side(a), Times::Hadamard, side(b)))
}

fn diagonal(vector: &Expr) -> Expr {
    let args = vec![vector.clone()];
    expr(Kind::Call { name: "diag".into(), primes: 0, args })
}

/// What `a ⊙ b` may stand for: `ab` with one transposed, and in `a ⊙ b ⊙ c` an inner product
/// times the third.
fn matrix_products(a: &Expr, b: &Expr) -> Vec<Expr> {
    let product = |x: &Expr, y: &Expr| times(group(x), group(y));
    let mut out =
        vec![product(a, b), product(&transposed(a), b), product(a, &transposed(b))];
    if let Kind::Product(first, Times::Hadamard, second) = &a.without_groups().kind {
        for (x, y, z) in
            [(&**first, &**second, b), (&**first, b, second), (&**second, b, first)]
        {
            out.push(times(group(&product(&transposed(x), y)), group(z)));
        }
    }
    out
}

/// What `ab` may stand for: `a ⊙ b` with one transposed; for an outer product, a diagonal matrix.
fn hadamard_products(a: &Expr, b: &Expr) -> Vec<Expr> {
    let mut out = vec![
        element_wise(a, b),
        element_wise(&transposed(a), b),
        element_wise(a, &transposed(b)),
    ];
    let is_ones = |e: &Expr| matches!(e.kind, Kind::Ones(_));
    if let Kind::Transpose(v) = &b.kind {
        // 1 aᵀ, a 1ᵀ for diag(a); a bᵀ for diag(a), diag(b) and diag(a ⊙ b).
        out.extend((!is_ones(v)).then(|| diagonal(v)));
        out.extend((!is_ones(a)).then(|| diagonal(a)));
        out.push(diagonal(&element_wise(a, v)));
    }
    out
}

/// Parts of a longer chain of products that stand for element-wise ones.
fn in_chain(factors: &[Expr]) -> Vec<Expr> {
    let mut out = Vec::new();
    let mut add = |from: usize, to: usize, with: Expr| {
        let mut all = factors.to_vec();
        all.splice(from..to, [with]);
        out.extend(product(all));
    };
    for at in 0..factors.len().saturating_sub(1) {
        let (first, second) = (&factors[at], &factors[at + 1]);
        let ones = matches!(second.kind, Kind::Ones(_));
        // ‖x‖² 1 for the element-wise square of x.
        if let Kind::Power(norm, two) = &first.kind
            && let Some(x) = norm_argument(norm)
            && ones
        {
            let square = Kind::HadamardPower(Box::new(x.clone()), two.clone());
            add(at, at + 2, expr(square));
        }
        // (uᵀv) 1 for u ⊙ v, u (vᵀ1) for u ⊙ v.
        if let Some((u, v)) = inner_product(first)
            && ones
        {
            add(at, at + 2, group(&element_wise(u, v)));
        }
        if let Some((v, one)) = inner_product(second)
            && matches!(one.kind, Kind::Ones(_))
        {
            add(at, at + 2, group(&element_wise(first, v)));
        }
    }
    // 2 Aᵀ X for 2 A ⊙ X: the number stays in front.
    if let [number, a, b] = factors
        && matches!(number.kind, Kind::Number(_))
    {
        for x in [a.clone(), transposed(a)] {
            out.push(element_wise(&times(number.clone(), x), b));
        }
    }
    out
}

/// `u` and `v` of a bracket `(uᵀ v)`.
fn inner_product(e: &Expr) -> Option<(&Expr, &Expr)> {
    let Kind::Product(left, how, right) = &e.without_groups().kind else { return None };
    let Kind::Transpose(u) = &left.kind else { return None };
    (*how != Times::Hadamard && *how != Times::Kronecker).then_some((&**u, &**right))
}
