//! Powers and roots: one too many or too few, undone.

use num_rational::BigRational;

use super::Edit;
use super::edits::{edit, expr, group, number, places};
use super::factors::norm_argument;
use crate::language::ast::{Expr, Kind, Sign};
use crate::shape::Givens;

/// A power off by one; a square forgotten: of a denominator, a function's value, the variable.
pub(super) fn powers(lhs: &Expr, rhs: &Expr, _: &Givens) -> Vec<Edit> {
    let variables = variables(lhs);
    let mut out = Vec::new();
    for (k, node) in places(rhs) {
        let mut add = |with: Expr| out.push(edit(rhs, k, "wrong power", with));
        match &node.kind {
            Kind::Power(base, n) | Kind::HadamardPower(base, n) => {
                let Some(n) = value(n) else { continue };
                // The powers of a norm go by twos: between them a root is missing.
                let step = if is_root(base) { 2 } else { 1 };
                for by in [step, -step] {
                    let n = literal(&(&n + BigRational::from_integer(by.into())));
                    add(match node.kind {
                        Kind::Power(..) => expr(Kind::Power(base.clone(), Box::new(n))),
                        _ => expr(Kind::HadamardPower(base.clone(), Box::new(n))),
                    });
                }
            }
            Kind::Quotient(top, over, below) => {
                let n = match &below.kind {
                    Kind::Root(_) => 3,
                    Kind::Power(..) | Kind::HadamardPower(..) => continue,
                    _ if is_root(below) => continue,
                    _ => 2,
                };
                for power in raised(below, n) {
                    add(expr(Kind::Quotient(top.clone(), *over, Box::new(power))));
                }
            }
            Kind::Call { name, args, .. }
                if args.len() == 1 && !is_root(node) && !is_size_of(name) =>
            {
                raised(node, 2).into_iter().for_each(add);
            }
            Kind::Name(name) if variables.contains(&name.as_str()) => {
                raised(node, 2).into_iter().for_each(add);
            }
            _ => {}
        }
    }
    out
}

/// A square root missing or too many.
pub(super) fn roots(_: &Expr, rhs: &Expr, _: &Givens) -> Vec<Edit> {
    let mut out = Vec::new();
    let root = |e: &Expr| expr(Kind::Root(Box::new(e.clone())));
    let square = |e: &Expr| expr(Kind::Power(Box::new(group(e)), Box::new(number(2, 1))));
    let mut add = |k: usize, with: Expr| {
        out.push(edit(rhs, k, "missing square root", with));
    };
    add(0, root(rhs));
    for (k, node) in places(rhs) {
        match &node.kind {
            Kind::Quotient(a, how, b) => {
                let mut with = |below: Expr| {
                    let q = Kind::Quotient(a.clone(), *how, Box::new(below));
                    add(k, expr(q));
                };
                with(group(&root(b)));
                if is_root(b) {
                    with(square(b));
                }
                if let Kind::Root(inner) = &b.kind {
                    with(group(inner));
                }
                if let Kind::Power(inner, _) = &b.kind {
                    with((**inner).clone());
                }
                add(k, root(node));
            }
            Kind::Root(inner) => add(k, group(inner)),
            Kind::Power(inner, _) if norm_argument(inner).is_some() => {
                add(k, (**inner).clone());
            }
            _ if norm_argument(node).is_some() => add(k, square(node)),
            _ => {}
        }
    }
    out
}

/// Norms and roots: what is raised to a half already.
fn is_root(e: &Expr) -> bool {
    let e = e.without_groups();
    norm_argument(e).is_some()
        || matches!(&e.kind, Kind::Root(_))
        || matches!(&e.kind, Kind::Call { name, .. } if name == "sqrt" || name.starts_with("norm"))
}

/// Functions of which nobody forgets a square.
fn is_size_of(name: &str) -> bool {
    matches!(name, "tr" | "sum" | "mean" | "vec" | "diag" | "inv" | "exp" | "logdet")
}

/// `eⁿ`, and entry by entry.
fn raised(e: &Expr, n: i64) -> [Expr; 2] {
    let base = Box::new(group(e));
    [
        expr(Kind::Power(base.clone(), Box::new(number(n, 1)))),
        expr(Kind::HadamardPower(base, Box::new(number(n, 1)))),
    ]
}

/// The names by which a side differentiates.
fn variables(lhs: &Expr) -> Vec<&str> {
    let mut out = Vec::new();
    for node in lhs.nodes() {
        if let Kind::Derivative { by, .. } = &node.kind {
            for variable in by {
                if let Kind::Name(name) = &variable.kind {
                    out.push(name.as_str());
                }
            }
        }
    }
    out
}

/// The value of a number, a fraction or a negative of one.
fn value(e: &Expr) -> Option<BigRational> {
    match &e.without_groups().kind {
        Kind::Number(n) => Some(n.clone()),
        Kind::Quotient(a, _, b) => {
            let below = value(b)?;
            (below != BigRational::from_integer(0.into())).then_some(())?;
            Some(value(a)? / below)
        }
        Kind::Add(terms) => match terms.as_slice() {
            [(Sign::Minus, one)] => Some(-value(one)?),
            _ => None,
        },
        _ => None,
    }
}

fn literal(n: &BigRational) -> Expr {
    let size = |n: &BigRational| {
        let numer = expr(Kind::Number(BigRational::from_integer(n.numer().clone())));
        if n.is_integer() {
            return numer;
        }
        let denom = expr(Kind::Number(BigRational::from_integer(n.denom().clone())));
        expr(Kind::Quotient(
            Box::new(numer),
            crate::language::ast::Over::Fraction,
            Box::new(denom),
        ))
    };
    if *n < BigRational::from_integer(0.into()) {
        return expr(Kind::Add(vec![(Sign::Minus, size(&-n))]));
    }
    size(n)
}
