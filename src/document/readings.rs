//! Readings of a condemned claim under which it is right after all, where the text or custom asks
//! for them.

use super::judge::is_right;
use super::memory::Court;
use super::names::Uses;
use super::reader::Claim;
use crate::language::ast::{
    DerivativeForm, Expr, Given, Kind, NameKind, Names, Sign, Times,
};
use crate::proof::{Claim as Relation, Options, Status, Verdict};
use crate::shape::{Givens, Reading, single};

/// The verdict with every derivative of a vector by a vector laid out by the denominator, where that
/// makes the claim right, or gives it a meaning.
pub(super) fn in_denominator_layout(
    claim: &Claim,
    options: &Options,
    court: Court<'_>,
) -> Option<Verdict> {
    let (mut lhs, mut rhs) = (claim.lhs.clone(), claim.rhs.clone());
    let changed = transpose_jacobians(&mut lhs, &claim.givens)
        | transpose_jacobians(&mut rhs, &claim.givens);
    if !changed {
        return None;
    }
    let relation = Relation {
        givens: &claim.givens,
        source: claim.formula.text(),
        lhs: &lhs,
        rhs: &rhs,
        condition: claim.condition.as_ref(),
    };
    let mut verdict = court.decide(&relation, options);
    if !is_right(&verdict) && verdict.status != Status::Refuted {
        return None;
    }
    let said = "derivatives of vectors in denominator layout, as the text announces";
    verdict.reading = Some(match verdict.reading {
        Some(reading) => format!("{said}; {reading}"),
        None => said.to_owned(),
    });
    Some(verdict)
}

/// The claim with every operator `∂/∂x` before a bracket reaching over the whole product behind it,
/// where that changes it: `∂/∂x (x-a)^T (x-a)`.
pub(super) fn with_reaching_operators(claim: &Claim) -> Option<Claim> {
    let (lhs, rhs) = reaching(&claim.lhs, &claim.rhs)?;
    Some(Claim { lhs, rhs, ..claim.clone() })
}

/// Two sides with operators that reach over the whole product behind them, where that changes them.
pub(super) fn reaching(lhs: &Expr, rhs: &Expr) -> Option<(Expr, Expr)> {
    let (mut lhs, mut rhs) = (lhs.clone(), rhs.clone());
    let changed = reach(&mut lhs) | reach(&mut rhs);
    changed.then_some((lhs, rhs))
}

/// How a relation with such operators is said to be read.
pub(super) const REACHING: &str = "the operator reaches over the whole product";

/// What is said where a relation is right with the operator on the bracket alone, and false with the
/// operator over the whole product, as most readers take it.
pub(super) fn undecided_reach() -> Verdict {
    Verdict::new(
        Status::Skipped,
        "not judged: right if the operator takes the bracket alone, false if it reaches over the \
         whole product: write brackets round what it acts on",
    )
}

/// A sum that begins with an operator, `∂/∂x f + g`, with the operator before the whole of it.
pub(super) fn over_the_sum(side: &Expr) -> Option<Expr> {
    let Kind::Add(terms) = &side.kind else { return None };
    let [(Sign::Plus, first), rest @ ..] = terms.as_slice() else { return None };
    if rest.is_empty() {
        return None;
    }
    let mut first = first.clone();
    let Kind::Derivative {
        form:
            DerivativeForm::PartialOperator
            | DerivativeForm::TotalOperator
            | DerivativeForm::Gradient,
        of: Some(of),
        ..
    } = &mut first.kind
    else {
        return None;
    };
    let mut all = vec![(Sign::Plus, (**of).clone())];
    all.extend(rest.iter().cloned());
    **of = Expr { kind: Kind::Add(all), span: of.span.to(side.span) };
    first.span = side.span;
    Some(first)
}

/// What is said where a relation is right only with the operator before the whole sum.
pub(super) fn lacking_brackets() -> Verdict {
    let what = "brackets belong round the sum behind the operator";
    let mut verdict =
        Verdict::new(Status::Slip, format!("true after one repair: {what}"));
    verdict.diagnosis = Some("bracket lost".into());
    verdict.hint = Some(what.into());
    verdict
}

fn reach(expr: &mut Expr) -> bool {
    let mut changed = false;
    expr.for_each_child_mut(&mut |child| changed |= reach(child));
    let Kind::Product(left, Times::Juxtaposed, right) = &expr.kind else {
        return changed;
    };
    let mut left = (**left).clone();
    let right = (**right).clone();
    if absorb(&mut left, &right) {
        expr.kind = left.kind;
        return true;
    }
    changed
}

/// Lets the operator at the end of a product take a further factor.
fn absorb(product: &mut Expr, factor: &Expr) -> bool {
    match &mut product.kind {
        Kind::Product(_, Times::Juxtaposed, last) => {
            let taken = absorb(last, factor);
            if taken {
                product.span = product.span.to(factor.span);
            }
            taken
        }
        Kind::Derivative {
            form:
                DerivativeForm::PartialOperator
                | DerivativeForm::TotalOperator
                | DerivativeForm::Gradient,
            of: Some(of),
            ..
        } => {
            let span = of.span.to(factor.span);
            let whole =
                Kind::Product(of.clone(), Times::Juxtaposed, Box::new(factor.clone()));
            **of = Expr { kind: whole, span };
            product.span = product.span.to(factor.span);
            true
        }
        _ => false,
    }
}

/// The claim with `a \cdot b` of two columns as their inner product, where it holds one.
pub(super) fn with_dot_products(claim: &Claim) -> Option<Claim> {
    let mut other = claim.clone();
    let changed = dot(&mut other.lhs, &claim.givens) | dot(&mut other.rhs, &claim.givens);
    changed.then_some(other)
}

fn dot(expr: &mut Expr, givens: &Givens) -> bool {
    let mut changed = false;
    expr.for_each_child_mut(&mut |child| changed |= dot(child, givens));
    let Kind::Product(left, Times::Cdot, right) = &mut expr.kind else { return changed };
    let axes = |expr: &Expr| {
        single(givens, expr, Reading::default()).ok().map(|found| found.lhs.axes)
    };
    let (Some(first), Some(second)) = (axes(left), axes(right)) else { return changed };
    let column = first.len() == 2 && first[1].is_unit() && !first[0].is_unit();
    if column && first.len() == second.len() && second[1].is_unit() {
        let inner = left.clone();
        left.kind = Kind::Transpose(inner);
        return true;
    }
    changed
}

/// Transposes the derivatives of vectors by vectors; whether there are any.
fn transpose_jacobians(expr: &mut Expr, givens: &Givens) -> bool {
    let mut changed = false;
    expr.for_each_child_mut(&mut |child| changed |= transpose_jacobians(child, givens));
    let Kind::Derivative { form, of: Some(of), by } = &expr.kind else { return changed };
    let jacobian = matches!(
        form,
        DerivativeForm::Partial
            | DerivativeForm::Total
            | DerivativeForm::PartialOperator
            | DerivativeForm::TotalOperator
    );
    let [by] = by.as_slice() else { return changed };
    let is_vector = |expr: &Expr| {
        single(givens, expr, Reading::default()).is_ok_and(|found| {
            let axes = &found.lhs.axes;
            axes.len() == 2 && axes.iter().filter(|axis| axis.is_unit()).count() == 1
        })
    };
    if jacobian && is_vector(of) && is_vector(by) {
        let inner = Box::new(expr.clone());
        expr.kind = Kind::Transpose(inner);
        return true;
    }
    changed
}

/// An array of labels or probabilities of which the text does not say that its entries sum to 1,
/// where the claim is right if they do.
pub(super) fn unsaid_distribution(
    claim: &Claim,
    options: &Options,
    court: Court<'_>,
) -> Option<String> {
    /// Letters that texts use for labels, targets and distributions.
    const LETTERS: [&str; 8] = ["y", "Y", "t", "T", "p", "q", "P", "Q"];
    // Only a gradient of a likelihood rests on it without a word.
    let mut uses = Uses::of(&claim.lhs);
    uses.add(&claim.rhs);
    if uses.derivatives.is_empty() {
        return None;
    }
    let options = Options { diagnose: false, ..*options };
    claim.givens.names().find_map(|name| {
        let labels = LETTERS.contains(&name)
            && claim.givens.kind(name) == Some(NameKind::Array)
            && claim.givens.definition(name).is_none();
        if !labels {
            return None;
        }
        let mut givens = claim.givens.clone();
        let property = "one-hot".to_owned();
        givens.add(&Given::Property { name: name.to_owned(), property }).ok()?;
        let relation = Relation {
            givens: &givens,
            source: claim.formula.text(),
            lhs: &claim.lhs,
            rhs: &claim.rhs,
            condition: claim.condition.as_ref(),
        };
        is_right(&court.decide(&relation, &options)).then(|| name.to_owned())
    })
}
