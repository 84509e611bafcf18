//! A quantity at another argument: `f(H^{-1}g)` of `f(x) = \frac12 x^T H x - g^T x`.

use std::collections::BTreeSet;

use crate::language::ast::{Delimiter, Expr, Kind, Span};

/// The body with the arguments in the place of the parameters. Letters that the body binds make way
/// for those of the arguments. Every place is that of the call.
pub(super) fn applied(
    body: &Expr,
    parameters: &[String],
    arguments: &[Expr],
    span: Span,
) -> Expr {
    let mut letters = BTreeSet::new();
    for argument in arguments {
        for node in argument.nodes() {
            if let Kind::Name(name) = &node.kind {
                letters.insert(name.clone());
            }
        }
    }
    let mut body = body.clone();
    make_way(&mut body, &letters);
    put(&mut body, parameters, arguments);
    place(&mut body, span);
    Expr { kind: Kind::Group(Delimiter::Round, Box::new(body)), span }
}

fn make_way(expr: &mut Expr, letters: &BTreeSet<String>) {
    if let Kind::Sum(indices, body) | Kind::BigProduct(indices, body) = &mut expr.kind {
        let bound: Vec<String> = indices
            .iter()
            .map(|index| index.name.clone())
            .filter(|name| letters.contains(name))
            .collect();
        for name in bound {
            let other = format!("{name}'");
            for index in indices.iter_mut() {
                if index.name == name {
                    index.name = other.clone();
                }
                for excluded in &mut index.not_equal {
                    rename(excluded, &name, &other);
                }
            }
            rename(body, &name, &other);
        }
    }
    expr.for_each_child_mut(&mut |child| make_way(child, letters));
}

fn rename(expr: &mut Expr, name: &str, other: &str) {
    if matches!(&expr.kind, Kind::Name(known) if known == name) {
        expr.kind = Kind::Name(other.to_owned());
    }
    expr.for_each_child_mut(&mut |child| rename(child, name, other));
}

fn put(expr: &mut Expr, parameters: &[String], arguments: &[Expr]) {
    if let Kind::Name(name) = &expr.kind {
        let at = parameters.iter().position(|parameter| parameter == name);
        if let Some(argument) = at.and_then(|at| arguments.get(at)) {
            let argument = argument.without_groups().clone();
            expr.kind = match argument.kind {
                Kind::Name(_) | Kind::Entry(..) => argument.kind,
                _ => Kind::Group(Delimiter::Round, Box::new(argument)),
            };
        }
        return;
    }
    expr.for_each_child_mut(&mut |child| put(child, parameters, arguments));
}

/// The expression with every place set to one.
pub(super) fn placed(expr: &Expr, span: Span) -> Expr {
    let mut expr = expr.clone();
    place(&mut expr, span);
    expr
}

fn place(expr: &mut Expr, span: Span) {
    expr.span = span;
    expr.for_each_child_mut(&mut |child| place(child, span));
}
