//! The shorthand `dY` for the gradient `∂L/∂Y`, as programs name it.
//!
//! As a differential it could not stand there: a derivative is equal to no first-order form, so a
//! relation with differentials on its right side alone means gradients.

use super::answer::{object, read};
use super::assignment::Find;
use super::recheck::Recheck;
use crate::document::checked::Judged;
use crate::language::ast::{Expr, Kind};
use crate::proof::Status;

/// Reads a relation anew with its gradients written out, where it was found wrong for want of that.
pub(super) fn write_out(judged: &mut Judged, finds: &[Find], recheck: Recheck<'_>) {
    if !matches!(judged.verdict.status, Status::Refuted | Status::IllFormed) {
        return;
    }
    let Some(scalar) = finds.iter().find_map(|find| scalar(find, recheck)) else {
        return;
    };
    let Some(rhs) = written_out(&judged.rhs, &scalar, recheck) else { return };
    let lhs = match written_out(&judged.lhs, &scalar, recheck) {
        // Of a variable there is no differential to be found: `dW = …` is about the gradient.
        Some(lhs) if is_asked_for(&lhs, finds, recheck) => lhs,
        Some(_) => return,
        None => judged.lhs.clone(),
    };
    if let Some(verdict) = recheck.relation(&lhs, &rhs, false) {
        judged.verdict = verdict;
        (judged.lhs, judged.rhs) = (lhs, rhs);
    }
}

fn is_asked_for(side: &str, finds: &[Find], recheck: Recheck<'_>) -> bool {
    let side = object(&read(side, recheck.givens));
    finds.iter().any(|find| object(&read(&find.quantity, recheck.givens)) == side)
}

/// The name whose derivative is asked for.
fn scalar(find: &Find, recheck: Recheck<'_>) -> Option<String> {
    let quantity = read(&find.quantity, recheck.givens);
    let Kind::Derivative { of: Some(of), .. } = &quantity.without_groups().kind else {
        return None;
    };
    match &of.without_groups().kind {
        Kind::Name(name) => Some(name.clone()),
        _ => None,
    }
}

/// A side with `∂L/∂Y` for each differential of a name; `None` where there is none.
fn written_out(side: &str, scalar: &str, recheck: Recheck<'_>) -> Option<String> {
    // Rows of an environment would be counted otherwise.
    if side.contains("\\\\") || side.contains('&') {
        return None;
    }
    let expr = read(side, recheck.givens);
    let mut places: Vec<(&Expr, String)> = Vec::new();
    for node in expr.nodes() {
        if let Kind::Differential(of) = &node.kind {
            let (of, transposed) = match &of.without_groups().kind {
                Kind::Transpose(inner) => (inner, "^T"),
                _ => (of, ""),
            };
            if !matches!(object(of).kind, Kind::Name(_)) {
                continue;
            }
            let by = side.get(of.span.start..of.span.end)?;
            let gradient = format!(
                "\\left(\\frac{{\\partial {scalar}}}{{\\partial {by}}}\\right){transposed}"
            );
            places.push((node, gradient));
        }
    }
    places.sort_by_key(|(node, _)| std::cmp::Reverse(node.span.start));
    let mut text = side.to_string();
    for (node, gradient) in &places {
        let (start, end) = (node.span.start, node.span.end);
        text.get(start..end)?;
        text.replace_range(start..end, gradient);
    }
    (!places.is_empty()).then_some(text)
}
