//! Factors forgotten, doubled or replaced, undone.

use num_traits::One;

use super::Edit;
use super::edits::{
    chain, edit, expr, group, may_be_array, number, places, product, times,
};
use super::scalars::candidates;
use crate::language::ast::{Comparison, Condition, Expr, Kind, Over, Times};
use crate::shape::Givens;

/// A batch size or the like forgotten, or one too many: of the whole, or of one part.
pub(super) fn sizes(_: &Expr, rhs: &Expr, givens: &Givens) -> Vec<Edit> {
    let mut names: Vec<String> = Vec::new();
    for name in givens.dimension_names() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut out = Vec::new();
    for (k, node) in places(rhs) {
        let mut factors = Vec::new();
        chain(node, &mut factors);
        let written = factors.len();
        factors.retain(|f| !matches!(&f.kind, Kind::Name(n) if names.contains(n)));
        if written > factors.len() + 1
            && let Some(p) = product(factors)
        {
            out.push(edit(rhs, k, "factor", p));
        }
    }
    for name in names {
        let size = expr(Kind::Name(name));
        let over = |top: Expr, below: Expr| {
            expr(Kind::Quotient(Box::new(top), Over::Slash, Box::new(below)))
        };
        let root = expr(Kind::Root(Box::new(size.clone())));
        let one = || number(1, 1);
        let variants = [
            ("missing normalisation", over(one(), size.clone())),
            ("missing normalisation", over(one(), root.clone())),
            ("factor", size.clone()),
            ("factor", root),
        ];
        for (what, factor) in variants {
            out.push(edit(rhs, 0, what, times(group(&factor), group(rhs))));
            for (k, node) in places(rhs) {
                if k > 0
                    && (may_be_array(node) || matches!(node.kind, Kind::Ones(_)))
                    && !matches!(
                        node.kind,
                        Kind::Name(_) | Kind::Transpose(_) | Kind::Differential(_)
                    )
                {
                    let what =
                        if what == "factor" { "factor" } else { "missing normalisation" };
                    let scaled = expr(Kind::Group(
                        crate::language::ast::Delimiter::Round,
                        Box::new(times(group(&factor), group(node))),
                    ));
                    out.push(edit(rhs, k, what, scaled));
                }
            }
        }
    }
    out
}

pub(super) fn norm_argument(e: &Expr) -> Option<&Expr> {
    match &e.kind {
        Kind::Norm(x, _) => Some(x),
        Kind::Call { name, args, .. } if name == "norm" && args.len() == 1 => {
            Some(&args[0])
        }
        _ => None,
    }
}

/// The whole (or one term) times a power of a norm.
pub(super) fn norm_factors(lhs: &Expr, rhs: &Expr, givens: &Givens) -> Vec<Edit> {
    let norms = candidates(lhs, rhs, givens)
        .into_iter()
        .filter(|s| norm_argument(s).is_some())
        .collect();
    let mut edits = multiples(rhs, norms);
    if !lhs.nodes().iter().any(|n| matches!(n.kind, Kind::Derivative { .. })) {
        // No chain rule stands in an identity.
        for edit in &mut edits {
            edit.name = "missing square root";
        }
    }
    edits
}

/// The whole (or one term) times a power of some scalar that stands in the relation.
pub(super) fn scalar_factors(lhs: &Expr, rhs: &Expr, givens: &Givens) -> Vec<Edit> {
    let others = candidates(lhs, rhs, givens)
        .into_iter()
        .filter(|s| norm_argument(s).is_none())
        .collect();
    let mut edits = multiples(rhs, others);
    edits.extend(unnormalised(rhs));
    edits
}

/// `eˣ` for softmax(x): the sum that makes a distribution of it is missing.
fn unnormalised(rhs: &Expr) -> Vec<Edit> {
    let mut out = Vec::new();
    for (k, node) in places(rhs) {
        if let Kind::Call { name, primes: 0, args } = &node.kind
            && name == "exp"
        {
            let name = "softmax".into();
            let softmax = Kind::Call { name, primes: 0, args: args.clone() };
            out.push(edit(rhs, k, "missing normalisation", expr(softmax)));
        }
    }
    out
}

fn multiples(rhs: &Expr, scalars: Vec<Expr>) -> Vec<Edit> {
    let mut out = Vec::new();
    let constants = [(1, 1), (2, 1), (1, 2), (-1, 1), (-2, 1), (-1, 2)];
    for scalar in scalars {
        let is_norm = norm_argument(&scalar).is_some();
        let is_root = matches!(&scalar.kind, Kind::Root(_))
            || matches!(&scalar.kind, Kind::Call { name, .. } if name == "sqrt");
        for (n, d) in constants {
            let plain = (n, d) == (1, 1);
            let inverse = expr(Kind::Quotient(
                Box::new(number(n, d)),
                Over::Slash,
                Box::new(group(&scalar)),
            ));
            let direct =
                if plain { scalar.clone() } else { times(number(n, d), scalar.clone()) };
            let below = match (is_norm || is_root, plain) {
                (true, true) if is_norm => "inner derivative lost",
                (true, _) => "missing square root",
                _ => "missing normalisation",
            };
            let above = if is_norm { "missing square root" } else { "factor" };
            out.push(edit(rhs, 0, below, times(group(&inverse), group(rhs))));
            out.push(edit(rhs, 0, above, times(group(&direct), group(rhs))));
            for (k, node) in places(rhs) {
                if let Kind::Add(terms) = &node.kind
                    && terms.len() > 1
                {
                    for t in 0..terms.len() {
                        let mut changed = terms.clone();
                        changed[t].1 = times(group(&direct), changed[t].1.clone());
                        out.push(edit(rhs, k, above, expr(Kind::Add(changed))));
                        let mut changed = terms.clone();
                        changed[t].1 = times(group(&inverse), changed[t].1.clone());
                        out.push(edit(rhs, k, below, expr(Kind::Add(changed))));
                    }
                }
            }
        }
    }
    out
}

/// A derivative mark missing or too many; a function where its derivative belongs.
pub(super) fn primes(_: &Expr, rhs: &Expr, _: &Givens) -> Vec<Edit> {
    let mut out = Vec::new();
    for (k, node) in places(rhs) {
        if let Kind::Call { name, primes, args } = &node.kind
            && args.len() == 1
        {
            let mut with = |n: u32| {
                let call =
                    Kind::Call { name: name.clone(), primes: n, args: args.clone() };
                out.push(edit(rhs, k, "inner derivative lost", expr(call)));
            };
            with(primes + 1);
            if *primes > 0 {
                with(primes - 1);
            }
            // A function in the argument dropped: σ'(W₂ W₁ x) for σ'(W₂ σ(W₁ x)).
            for (m, inner) in places(&args[0]) {
                if may_be_array(inner) {
                    let wrapped = Kind::Call {
                        name: name.clone(),
                        primes: 0,
                        args: vec![inner.clone()],
                    };
                    let argument = args[0].edited(m, &|_| expr(wrapped.clone()));
                    let call = Kind::Call {
                        name: name.clone(),
                        primes: *primes,
                        args: vec![argument],
                    };
                    out.push(edit(rhs, k, "inner derivative lost", expr(call)));
                }
            }
            // W₂ W₁ x in a chain: the tail of a product under the function.
            let mut factors = Vec::new();
            chain(&args[0], &mut factors);
            for split in 1..factors.len() {
                let (head, tail) = factors.split_at(split);
                let Some(tail) = product(tail.to_vec()) else { continue };
                let inner =
                    expr(Kind::Call { name: name.clone(), primes: 0, args: vec![tail] });
                let mut all = head.to_vec();
                all.push(inner);
                let Some(argument) = product(all) else { continue };
                let call = Kind::Call {
                    name: name.clone(),
                    primes: *primes,
                    args: vec![argument],
                };
                out.push(edit(rhs, k, "inner derivative lost", expr(call)));
            }
        }
    }
    out
}

/// One factor replaced by another: all-ones for the identity, the variable for it, a function for
/// what stands.
pub(super) fn replaced(lhs: &Expr, rhs: &Expr, _: &Givens) -> Vec<Edit> {
    let mut out = Vec::new();
    let mut functions: Vec<(String, Expr)> = Vec::new();
    for node in lhs.nodes() {
        if let Kind::Call { name, args, .. } = &node.kind
            && args.len() == 1
            && !matches!(
                name.as_str(),
                "tr" | "det" | "norm" | "sum" | "vec" | "diag" | "inv" | "logdet" | "log"
            )
        {
            functions.push((name.clone(), args[0].clone()));
        }
    }
    for (k, node) in places(rhs) {
        if matches!(node.kind, Kind::Ones(_) | Kind::Name(_)) {
            out.push(edit(rhs, k, "factor", expr(Kind::Identity(None))));
        }
        // relu(Z) where its step belongs; the argument where f(argument) belongs.
        if let Kind::Call { name, primes: 0, args } = &node.kind
            && name == "relu"
        {
            let zero = Box::new(number(0, 1));
            let step =
                Condition::Compare(Box::new(args[0].clone()), Comparison::Greater, zero);
            out.push(edit(rhs, k, "inner derivative lost", expr(Kind::Indicator(step))));
        }
        for (name, argument) in &functions {
            if node == argument
                || matches!(&node.kind, Kind::Product(..))
                    && node.without_groups() == argument.without_groups()
            {
                let call = Kind::Call {
                    name: name.clone(),
                    primes: 0,
                    args: vec![argument.clone()],
                };
                out.push(edit(rhs, k, "inner derivative lost", expr(call)));
            }
        }
        if matches!(&node.kind, Kind::Number(v) if v.is_one()) {
            for factor in entries_and_calls(lhs) {
                out.push(edit(rhs, k, "inner derivative lost", factor));
            }
        }
    }
    out
}

/// The entries and function values that stand in an expression.
fn entries_and_calls(e: &Expr) -> Vec<Expr> {
    let mut out: Vec<Expr> = Vec::new();
    for node in e.nodes() {
        if matches!(node.kind, Kind::Entry(..) | Kind::Call { .. }) && !out.contains(node)
        {
            out.push(node.clone());
        }
    }
    out.truncate(8);
    out
}

/// A derivative h'(·) of the chain rule forgotten.
pub(super) fn derivative_factors(lhs: &Expr, rhs: &Expr, givens: &Givens) -> Vec<Edit> {
    let mut factors: Vec<Expr> = Vec::new();
    let mut add = |factor: Expr| {
        if !factors.contains(&factor) && factors.len() < 8 {
            factors.push(factor);
        }
    };
    let letters = letters(&[lhs, rhs]);
    let defined = givens.definitions().flat_map(Expr::nodes);
    for node in lhs.nodes().into_iter().chain(rhs.nodes()).chain(defined) {
        // The derivatives of these have no name of their own: nobody forgets log' but 1/x.
        let plain = |name: &str| matches!(name, "log" | "exp" | "sqrt" | "sum" | "tr");
        match &node.kind {
            Kind::Call { name, primes: 0, args } if args.len() == 1 && !plain(name) => {
                let call =
                    Kind::Call { name: name.clone(), primes: 1, args: args.clone() };
                add(expr(call));
                for letter in &letters {
                    let at = Kind::Entry(
                        Box::new(group(&args[0])),
                        vec![expr(Kind::Name(letter.clone()))],
                    );
                    let args = vec![expr(at)];
                    add(expr(Kind::Call { name: name.clone(), primes: 1, args }));
                }
            }
            // The logarithm in the derivative by an exponent.
            Kind::Power(base, n) | Kind::HadamardPower(base, n)
                if matches!(n.kind, Kind::Name(_)) =>
            {
                let args = vec![base.without_groups().clone()];
                add(expr(Kind::Call { name: "log".into(), primes: 0, args }));
            }
            _ => {}
        }
    }
    let mut out = inserted(rhs, factors.clone());
    out.extend(inserted_diagonals(rhs, &factors));
    out
}

/// diag(h'(·)) between the factors of a product.
fn inserted_diagonals(rhs: &Expr, factors: &[Expr]) -> Vec<Edit> {
    let mut out = Vec::new();
    for (k, node) in places(rhs) {
        if !matches!(node.kind, Kind::Product(..)) {
            continue;
        }
        let mut chained = Vec::new();
        chain(node, &mut chained);
        for factor in factors {
            let args = vec![factor.clone()];
            let diagonal = expr(Kind::Call { name: "diag".into(), primes: 0, args });
            for at in 1..chained.len() {
                let mut all = chained.clone();
                all.insert(at, diagonal.clone());
                if let Some(p) = product(all) {
                    out.push(edit(rhs, k, "inner derivative lost", p));
                }
            }
        }
    }
    out
}

/// The index letters of some expressions.
fn letters(sides: &[&Expr]) -> Vec<String> {
    let mut letters: Vec<String> = Vec::new();
    for node in sides.iter().flat_map(|e| e.nodes()) {
        if let Kind::Entry(_, indices) = &node.kind {
            for i in indices {
                if let Kind::Name(l) = &i.kind
                    && !letters.contains(l)
                {
                    letters.push(l.clone());
                }
            }
        }
    }
    letters
}

/// An array or an entry of the relation forgotten as a factor.
pub(super) fn array_factors(lhs: &Expr, rhs: &Expr, givens: &Givens) -> Vec<Edit> {
    let mut factors: Vec<Expr> = Vec::new();
    let letters = letters(&[lhs, rhs]);
    let nodes = || lhs.nodes().into_iter().chain(rhs.nodes());
    for node in nodes() {
        match &node.kind {
            Kind::Entry(base, indices) => {
                if !factors.contains(node) {
                    factors.push(node.clone());
                }
                // The same array at the letters that stand elsewhere: X_ik where X_ij stands.
                if indices.len() == 2 {
                    for l in &letters {
                        let moved = vec![indices[0].clone(), expr(Kind::Name(l.clone()))];
                        let entry = expr(Kind::Entry(base.clone(), moved));
                        if !factors.contains(&entry) {
                            factors.push(entry);
                        }
                    }
                }
            }
            Kind::Name(n) if givens.contains(n) && !factors.contains(node) => {
                factors.push(node.clone());
            }
            _ => {}
        }
    }
    factors.truncate(16);
    inserted(rhs, factors)
}

/// An entry, or a function of one.
fn is_of_entry(e: &Expr) -> bool {
    match &e.kind {
        Kind::Entry(..) => true,
        Kind::Call { args, .. } => args.iter().all(|a| matches!(a.kind, Kind::Entry(..))),
        _ => false,
    }
}

/// Each factor multiplied in at each place.
fn inserted(rhs: &Expr, factors: Vec<Expr>) -> Vec<Edit> {
    let mut out = Vec::new();
    for (k, node) in places(rhs) {
        if !may_be_array(node) && !matches!(node.kind, Kind::Sum(..) | Kind::Entry(..)) {
            continue;
        }
        for factor in &factors {
            if factor == node {
                continue;
            }
            let with = |how: Times| {
                let p =
                    Kind::Product(Box::new(group(node)), how, Box::new(factor.clone()));
                group(&expr(p))
            };
            out.push(edit(rhs, k, "inner derivative lost", with(Times::Hadamard)));
            if is_of_entry(factor) {
                out.push(edit(rhs, k, "inner derivative lost", with(Times::Star)));
                if let Kind::Sum(indices, body) = &node.kind {
                    let body = Box::new(times(factor.clone(), group(body)));
                    let sum = expr(Kind::Sum(indices.clone(), body));
                    out.push(edit(rhs, k, "inner derivative lost", group(&sum)));
                }
            }
        }
    }
    out
}
