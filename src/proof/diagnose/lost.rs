//! The chain rule half applied: the derivative of the outer function alone, or of the inner one
//! alone, stands where their product belongs.

use super::edits::{expr, number, places};
use super::{Diagnosis, Search};
use crate::language::ast::{DerivativeForm, Expr, Given, Kind, NameKind, Names};
use crate::proof::check::Claim;
use crate::shape::Givens;

/// How many places are looked at.
const MOST: usize = 12;

/// How many claimed sides without an array are looked at.
const MOST_STRIPPED: usize = 4;

/// A name for the inner function that no text can spell.
const INNER: &str = "inner function";

/// Whether the claimed side is the derivative with one link of the chain left out.
pub(super) fn link(search: &Search<'_>) -> Option<Diagnosis> {
    let claim = search.claim;
    let chain = Chain::of(claim)?;
    if chain.form == DerivativeForm::Hessian {
        return None;
    }
    let lost = chain.links().any(|(call, inner)| {
        let inner_only = replaced(chain.of, call, inner);
        chain.outer_alone(search, inner, claim.rhs)
            || has_plain_derivative(call)
                && search.proves(
                    claim,
                    &derivative(chain.form, inner_only, chain.variable.clone()),
                )
    });
    lost.then(diagnosis)
}

/// Whether an array that only fits stands for the inner derivative.
pub(super) fn replaced_link(search: &Search<'_>) -> Option<Diagnosis> {
    let claim = search.claim;
    let chain = Chain::of(claim)?;
    let stripped = without_an_array(claim.rhs, claim.givens);
    let lost = chain.links().any(|(_, inner)| {
        stripped.iter().any(|rhs| chain.outer_alone(search, inner, rhs))
    });
    lost.then(diagnosis)
}

fn diagnosis() -> Diagnosis {
    Diagnosis { name: "inner derivative lost".into(), corrected: None, place: None }
}

/// A derivative by a name or an entry: where links of a chain are looked for.
struct Chain<'a> {
    form: DerivativeForm,
    of: &'a Expr,
    variable: &'a Expr,
    name: &'a str,
}

impl<'a> Chain<'a> {
    fn of(claim: &Claim<'a>) -> Option<Chain<'a>> {
        let Kind::Derivative { form, of: Some(of), by } =
            &claim.lhs.without_groups().kind
        else {
            return None;
        };
        let [variable] = by.as_slice() else { return None };
        Some(Chain { form: *form, of, variable, name: variable_name(variable)? })
    }

    fn links(&self) -> impl Iterator<Item = (&'a Expr, &'a Expr)> {
        inner_functions(self.of, self.name).into_iter().take(MOST)
    }

    /// Whether a side is the derivative by an inner function, its own derivative left out.
    fn outer_alone(&self, search: &Search<'_>, inner: &Expr, rhs: &Expr) -> bool {
        let outer = replaced(self.of, inner, &expr(Kind::Name(INNER.into())));
        let by_inner = derivative(self.form, outer, expr(Kind::Name(INNER.into())));
        with_inner(search.claim, inner, |claim| {
            search.proves(&Claim { rhs, ..*claim }, &by_inner)
        })
    }
}

/// The claimed side without one array that stands as a factor: a name, an identity, all ones.
fn without_an_array(rhs: &Expr, givens: &Givens) -> Vec<Expr> {
    let one = number(1, 1);
    places(rhs)
        .into_iter()
        .filter(|(_, node)| match &node.kind {
            Kind::Name(name) => givens.kind(name) == Some(NameKind::Array),
            Kind::Identity(_) | Kind::Ones(_) => true,
            _ => false,
        })
        .map(|(k, _)| rhs.edited(k, &|_| one.clone()))
        .take(MOST_STRIPPED)
        .collect()
}

/// A function whose derivative is one by name, `h'`: with others (logarithms, roots, norms) it is a
/// denominator that is forgotten.
fn has_plain_derivative(call: &Expr) -> bool {
    matches!(&call.kind, Kind::Call { name, .. } if !matches!(
        name.as_str(),
        "log" | "logdet" | "logsumexp" | "det" | "norm" | "norm1" | "sqrt" | "sum" | "tr" | "inv"
    ))
}

fn derivative(form: DerivativeForm, of: Expr, by: Expr) -> Expr {
    expr(Kind::Derivative { form, of: Some(Box::new(of)), by: vec![by] })
}

/// The claim with the inner function given by a name.
fn with_inner(
    claim: &Claim<'_>,
    inner: &Expr,
    judge: impl FnOnce(&Claim<'_>) -> bool,
) -> bool {
    let mut givens = claim.givens.clone();
    let left = expr(Kind::Name(INNER.into()));
    let given = Given::Definition { left, right: inner.clone() };
    givens.add(&given).is_ok() && judge(&Claim { givens: &givens, ..*claim })
}

fn variable_name(e: &Expr) -> Option<&str> {
    match &e.without_groups().kind {
        Kind::Name(name) => Some(name),
        Kind::Entry(base, _) => variable_name(base),
        _ => None,
    }
}

/// Functions of more than a name that holds the variable, each with its argument.
fn inner_functions<'a>(of: &'a Expr, variable: &str) -> Vec<(&'a Expr, &'a Expr)> {
    let mut out: Vec<(&Expr, &Expr)> = Vec::new();
    for (_, node) in places(of) {
        let inner = match &node.kind {
            Kind::Call { args, .. } if args.len() == 1 => &args[0],
            Kind::Power(base, _) | Kind::HadamardPower(base, _) => base,
            Kind::Norm(inner, _) | Kind::Root(inner) | Kind::Bars(inner) => inner,
            _ => continue,
        };
        let inner = inner.without_groups();
        let plain = matches!(inner.kind, Kind::Name(_) | Kind::Entry(..));
        if !plain && inner.free_occurrences(variable) > 0 {
            out.push((node, inner));
        }
    }
    out
}

/// The expression with every copy of a part replaced.
fn replaced(e: &Expr, part: &Expr, with: &Expr) -> Expr {
    if e.without_groups() == part {
        return with.clone();
    }
    let mut copy = e.clone();
    copy.for_each_child_mut(&mut |child| *child = replaced(child, part, with));
    copy
}
