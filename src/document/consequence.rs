//! What follows from what: a wrong relation that is a correct step from an earlier wrong one.
//!
//! **Invariant:** this changes no verdict; it only says where a fault comes from.

use super::judge::{is_right, is_wrong, options};
use super::memory::Court;
use super::reader::Claim;
use crate::language::ast::{Delimiter, Expr, Kind};
use crate::proof::{Claim as Relation, Options, Status, Verdict};

/// The wrong relation above that a wrong relation follows from.
///
/// Either both speak of the same left side and their right sides are equal, or the relation becomes
/// right when the earlier one's left side is replaced by its right side.
pub(super) fn follows_from(
    claims: &[Claim],
    verdicts: &[Verdict],
    at: usize,
    court: Court<'_>,
) -> Option<usize> {
    /// How far back one looks: a derivation is a few lines long.
    const BACK: usize = 12;
    let claim = &claims[at];
    if !is_wrong(&verdicts[at]) || verdicts[at].status == Status::Slip {
        return None;
    }
    (at.saturating_sub(BACK)..at).rev().find(|&before| {
        let earlier = &claims[before];
        let refuted = verdicts[before].status == Status::Refuted;
        (refuted || verdicts[before].status == Status::IllFormed)
            && earlier.section == claim.section
            && (object(&earlier.lhs) == object(&claim.lhs)
                && same(claim, &earlier.rhs, earlier, &claim.rhs, court)
                || refuted && holds_given(claim, earlier, court))
    })
}

/// Whether `left` (a side of the claim `from`) and `right` (a side of `claim`) are equal.
fn same(
    claim: &Claim,
    left: &Expr,
    from: &Claim,
    right: &Expr,
    court: Court<'_>,
) -> bool {
    let text = format!("{} = {}", written(from, left), written(claim, right));
    is_right(&equal(claim, left, right, &text, court))
}

/// Whether a claim is right once the left side of an earlier one stands for its right side.
fn holds_given(claim: &Claim, earlier: &Claim, court: Court<'_>) -> bool {
    let part = earlier.lhs.without_groups();
    // A left side that is the earlier one's own is what `same` looks at.
    if matches!(part.kind, Kind::Name(_) | Kind::Number(_))
        || claim.lhs.without_groups() == part
    {
        return false;
    }
    let mut left = claim.lhs.clone();
    if !replace(&mut left, part, &earlier.rhs) {
        return false;
    }
    let text = format!(
        "{} = {} where {} = {}",
        written(claim, &claim.lhs),
        written(claim, &claim.rhs),
        written(earlier, &earlier.lhs),
        written(earlier, &earlier.rhs)
    );
    is_right(&equal(claim, &left, &claim.rhs, &text, court))
}

/// Puts another expression, in brackets, for every occurrence of a part; whether there was one.
fn replace(expr: &mut Expr, part: &Expr, by: &Expr) -> bool {
    if expr.without_groups() == part {
        expr.kind = Kind::Group(Delimiter::Round, Box::new(by.clone()));
        return true;
    }
    let mut changed = false;
    expr.for_each_child_mut(&mut |child| changed |= replace(child, part, by));
    changed
}

/// A side's text.
pub(super) fn written<'c>(claim: &'c Claim, side: &Expr) -> &'c str {
    claim.formula.text().get(side.span.start..side.span.end).unwrap_or_default()
}

/// Judges a new relation between two sides in the light of what is given to `claim`; `text` says
/// what it is.
fn equal(
    claim: &Claim,
    left: &Expr,
    right: &Expr,
    text: &str,
    court: Court<'_>,
) -> Verdict {
    let options = Options { diagnose: false, ..options(claim, court) };
    let relation = Relation {
        givens: &claim.givens,
        source: text,
        lhs: left,
        rhs: right,
        condition: claim.condition.as_ref(),
    };
    court.decide(&relation, &options)
}

/// What a side is about: without brackets and indices, so that `[∂L/∂W]_{ij}`, `∂L/∂W_{ij}` and
/// `∂L/∂W` are one.
pub(super) fn object(expr: &Expr) -> Expr {
    let expr = expr.without_groups();
    match &expr.kind {
        Kind::Entry(base, _) => object(base),
        Kind::Derivative { form, of, by } => {
            let of = of.as_ref().map(|of| Box::new(of.without_groups().clone()));
            let by = by.iter().map(object).collect();
            Expr { kind: Kind::Derivative { form: *form, of, by }, span: expr.span }
        }
        _ => expr.clone(),
    }
}
