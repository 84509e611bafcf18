//! The faults that people make, undone: each function lists changed right sides.

use num_rational::BigRational;
use num_traits::One;

use super::Edit;
use super::factors::{
    array_factors, derivative_factors, norm_factors, primes, replaced, scalar_factors,
    sizes,
};
use super::hadamard::hadamard;
use super::powers::{powers, roots};
use crate::language::ast::{Comparison, Condition, Expr, Kind, Over, Sign, Span, Times};
use crate::shape::Givens;

/// Lists the edits of one kind of fault.
pub(super) type Stage = fn(&Expr, &Expr, &Givens) -> Vec<Edit>;

/// A sign is the plainest name of all.
pub(super) const SIGNS: &[Stage] = &[signs];

/// Faults that leave every term in its place.
pub(super) const WITHIN_TERMS: &[Stage] =
    &[outer_products, transpositions, cases, orders, constants];

/// All others, the likeliest first.
pub(super) const FURTHER: &[Stage] = &[
    hadamard,
    index_swaps,
    sizes,
    powers,
    norm_factors,
    roots,
    scalar_factors,
    primes,
    symmetrised,
    double_transpositions,
    replaced,
    derivative_factors,
];

/// Those tried when no term of the right answer is missing either.
pub(super) const LAST: &[Stage] = &[array_factors];

pub(super) fn expr(kind: Kind) -> Expr {
    Expr { kind, span: Span::default() }
}

pub(super) fn group(e: &Expr) -> Expr {
    match e.kind {
        Kind::Name(_) | Kind::Group(..) | Kind::Call { .. } | Kind::Number(_) => {
            e.clone()
        }
        _ => {
            expr(Kind::Group(crate::language::ast::Delimiter::Round, Box::new(e.clone())))
        }
    }
}

pub(super) fn transposed(e: &Expr) -> Expr {
    match &e.kind {
        Kind::Transpose(inner) => (**inner).clone(),
        _ => expr(Kind::Transpose(Box::new(group(e)))),
    }
}

pub(super) fn times(a: Expr, b: Expr) -> Expr {
    expr(Kind::Product(Box::new(a), Times::Star, Box::new(b)))
}

pub(super) fn number(n: i64, d: i64) -> Expr {
    let value = expr(Kind::Number(BigRational::from_integer(n.into())));
    if d == 1 {
        return value;
    }
    let below = expr(Kind::Number(BigRational::from_integer(d.into())));
    expr(Kind::Quotient(Box::new(value), Over::Fraction, Box::new(below)))
}

fn negated(e: &Expr) -> Expr {
    match &e.kind {
        Kind::Add(terms) if terms.len() == 1 && terms[0].0 == Sign::Minus => {
            terms[0].1.clone()
        }
        _ => expr(Kind::Add(vec![(Sign::Minus, group(e))])),
    }
}

/// Every node with its number, those in index positions and below a derivative's bar left out.
pub(super) fn places(e: &Expr) -> Vec<(usize, &Expr)> {
    e.nodes().into_iter().enumerate().collect()
}

pub(super) fn edit(rhs: &Expr, number: usize, name: &'static str, with: Expr) -> Edit {
    let place = rhs.nodes().get(number).map(|e| e.span).unwrap_or_default();
    let expr = rhs.edited(number, &|_| with.clone());
    Edit { name, expr, place }
}

/// A sign lost or added: of the whole, or of one term.
fn signs(_: &Expr, rhs: &Expr, _: &Givens) -> Vec<Edit> {
    let mut out = vec![edit(rhs, 0, "sign", negated(rhs))];
    for (k, node) in places(rhs) {
        if let Kind::Call { name, primes, args } = &node.kind
            && let [argument] = args.as_slice()
        {
            let (name, args) = (name.clone(), vec![negated(argument)]);
            let call = Kind::Call { name, primes: *primes, args };
            out.push(edit(rhs, k, "sign", expr(call)));
        }
        if let Kind::Add(terms) = &node.kind {
            for t in 0..terms.len() {
                let mut changed = terms.clone();
                changed[t].0 = match changed[t].0 {
                    Sign::Plus => Sign::Minus,
                    Sign::Minus => Sign::Plus,
                };
                out.push(edit(rhs, k, "sign", expr(Kind::Add(changed))));
            }
            // A minus that was not distributed over a bracket.
            if terms.len() > 1 {
                let mut changed = terms.clone();
                for t in &mut changed[1..] {
                    t.0 = if t.0 == Sign::Plus { Sign::Minus } else { Sign::Plus };
                }
                out.push(edit(rhs, k, "minus not distributed", expr(Kind::Add(changed))));
            }
        }
    }
    out
}

/// `b aᵀ` for `a bᵀ` as the whole answer.
fn outer_products(_: &Expr, rhs: &Expr, _: &Givens) -> Vec<Edit> {
    let core = match &rhs.kind {
        Kind::Add(terms) if terms.len() == 1 => &terms[0].1,
        _ => rhs,
    };
    if let Kind::Product(a, how, b) = &core.kind
        && let Kind::Transpose(inner) = &b.kind
        && matches!((&a.kind, &inner.kind), (Kind::Name(_), Kind::Name(_)))
    {
        let turned = expr(Kind::Product(inner.clone(), *how, Box::new(transposed(a))));
        let number = usize::from(!std::ptr::eq(core, rhs));
        return vec![edit(rhs, number, "order of factors", turned)];
    }
    Vec::new()
}

pub(super) fn may_be_array(e: &Expr) -> bool {
    matches!(
        e.kind,
        Kind::Name(_)
            | Kind::Transpose(_)
            | Kind::Group(..)
            | Kind::Product(..)
            | Kind::Call { .. }
            | Kind::Power(..)
            | Kind::Add(_)
            | Kind::Derivative { .. }
            | Kind::Differential(_)
    )
}

/// One transposition missing or too many.
fn transpositions(_: &Expr, rhs: &Expr, _: &Givens) -> Vec<Edit> {
    places(rhs)
        .into_iter()
        .filter(|(_, e)| may_be_array(e))
        .map(|(k, e)| edit(rhs, k, "transposed", transposed(e)))
        .collect()
}

/// The factors of a chain of products written with one kind of sign.
pub(super) fn chain(e: &Expr, out: &mut Vec<Expr>) {
    match &e.kind {
        Kind::Product(a, how, b)
            if *how != Times::Hadamard && *how != Times::Kronecker =>
        {
            chain(a, out);
            chain(b, out);
        }
        _ => out.push(e.clone()),
    }
}

pub(super) fn product(factors: Vec<Expr>) -> Option<Expr> {
    factors.into_iter().reduce(times)
}

/// Two factors (or arguments) exchanged, or a whole chain reversed.
fn orders(_: &Expr, rhs: &Expr, _: &Givens) -> Vec<Edit> {
    let mut out = Vec::new();
    for (k, node) in places(rhs) {
        if let Kind::Product(..) = &node.kind {
            let mut factors = Vec::new();
            chain(node, &mut factors);
            let n = factors.len();
            for i in 0..n {
                for j in i + 1..n {
                    // A number commutes: nobody errs in its place.
                    if is_number(&factors[i]) || is_number(&factors[j]) {
                        continue;
                    }
                    let mut swapped = factors.clone();
                    swapped.swap(i, j);
                    if let Some(p) = product(swapped) {
                        out.push(edit(rhs, k, "order of factors", p));
                    }
                }
            }
            if n > 2 {
                let reversed = factors.iter().rev().cloned().collect();
                if let Some(p) = product(reversed) {
                    out.push(edit(rhs, k, "order of factors", p));
                }
                // A factor moved to the front or to the back.
                for i in 0..n {
                    for to in [0, n - 1] {
                        let mut moved = factors.clone();
                        let f = moved.remove(i);
                        moved.insert(to, f);
                        if let Some(p) = product(moved) {
                            out.push(edit(rhs, k, "order of factors", p));
                        }
                    }
                }
            }
        }
        match &node.kind {
            Kind::Product(a, Times::Kronecker, b) => {
                // The identity that moves takes the size that fits there.
                let p = Kind::Product(without_size(b), Times::Kronecker, without_size(a));
                out.push(edit(rhs, k, "order of factors", expr(p)));
            }
            Kind::Call { name, primes, args } if args.len() == 2 => {
                let args = vec![args[1].clone(), args[0].clone()];
                let call = Kind::Call { name: name.clone(), primes: *primes, args };
                out.push(edit(rhs, k, "order of factors", expr(call)));
            }
            _ => {}
        }
    }
    let mut turned = rhs.clone();
    if turn_products(&mut turned) > 1 {
        out.push(Edit { name: "order of factors", expr: turned, place: rhs.span });
    }
    // Two names of one shape exchanged throughout is caught by shape when it does not fit.
    let mut names: Vec<&str> = Vec::new();
    for node in rhs.nodes() {
        if let Kind::Name(n) = &node.kind
            && !names.contains(&n.as_str())
        {
            names.push(n);
        }
    }
    for (i, a) in names.iter().enumerate() {
        for b in &names[i + 1..] {
            let mut swapped = rhs.clone();
            swap_names(&mut swapped, a, b);
            let name =
                if numbered_pair(a, b) { "cases swapped" } else { "order of factors" };
            out.push(Edit { name, expr: swapped, place: rhs.span });
        }
    }
    out
}

/// An identity without its size; anything else as it is.
fn without_size(e: &Expr) -> Box<Expr> {
    match &e.kind {
        Kind::Identity(_) => Box::new(expr(Kind::Identity(None))),
        _ => Box::new(e.clone()),
    }
}

/// Turns each chain of products of arrays, numbers left in front; how many there were.
fn turn_products(e: &mut Expr) -> usize {
    if let Kind::Product(..) = &e.kind {
        let mut factors = Vec::new();
        chain(e, &mut factors);
        let (numbers, arrays): (Vec<Expr>, Vec<Expr>) =
            factors.into_iter().partition(is_number);
        if arrays.len() < 2 {
            return 0;
        }
        if let Some(turned) =
            product(numbers.into_iter().chain(arrays.into_iter().rev()).collect())
        {
            *e = turned;
        }
        return 1;
    }
    let mut count = 0;
    e.for_each_child_mut(&mut |child| count += turn_products(child));
    count
}

/// `pi_1` and `pi_2`: one thing with two numbers.
fn numbered_pair(a: &str, b: &str) -> bool {
    match (a.rsplit_once('_'), b.rsplit_once('_')) {
        (Some((x, _)), Some((y, _))) => x == y,
        _ => false,
    }
}

fn swap_names(e: &mut Expr, a: &str, b: &str) {
    if let Kind::Name(n) = &mut e.kind {
        if n == a {
            *n = b.to_string();
        } else if n == b {
            *n = a.to_string();
        }
    }
    e.for_each_child_mut(&mut |child| swap_names(child, a, b));
}

const CONSTANTS: &[(i64, i64)] = &[(2, 1), (1, 2), (4, 1), (1, 4), (3, 1), (1, 3)];

/// The whole or one term times a small constant; an inverse that stands once for twice.
fn constants(_: &Expr, rhs: &Expr, _: &Givens) -> Vec<Edit> {
    let mut out = Vec::new();
    for (k, node) in places(rhs) {
        let inverse = match &node.kind {
            Kind::Call { name, .. } => name == "inv",
            Kind::Power(_, e) => matches!(&e.kind, Kind::Add(t) if t.len() == 1),
            _ => false,
        };
        if inverse {
            out.push(edit(rhs, k, "factor", group(&times(node.clone(), node.clone()))));
        }
    }
    for (n, d) in CONSTANTS {
        out.push(edit(rhs, 0, "factor", times(number(*n, *d), group(rhs))));
        for (k, node) in places(rhs) {
            if let Kind::Add(terms) = &node.kind
                && terms.len() > 1
            {
                for t in 0..terms.len() {
                    let mut changed = terms.clone();
                    changed[t].1 = times(number(*n, *d), changed[t].1.clone());
                    out.push(edit(rhs, k, "factor", expr(Kind::Add(changed))));
                }
            }
        }
    }
    out
}

fn turned(how: Comparison) -> Option<Comparison> {
    Some(match how {
        Comparison::Less => Comparison::Greater,
        Comparison::LessEqual => Comparison::GreaterEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterEqual => Comparison::LessEqual,
        _ => return None,
    })
}

fn turn_conditions(e: &mut Expr) -> bool {
    let mut changed = false;
    let turn = |c: &mut Condition, changed: &mut bool| {
        if let Condition::Compare(_, how, _) = c
            && let Some(t) = turned(*how)
        {
            *how = t;
            *changed = true;
        }
    };
    match &mut e.kind {
        Kind::Indicator(c) => turn(c, &mut changed),
        Kind::Cases(rows) => rows.iter_mut().for_each(|(_, c)| turn(c, &mut changed)),
        _ => {}
    }
    e.for_each_child_mut(&mut |child| changed |= turn_conditions(child));
    changed
}

/// Cases, or the two halves of something, exchanged.
fn cases(_: &Expr, rhs: &Expr, _: &Givens) -> Vec<Edit> {
    let mut out = Vec::new();
    let mut all = rhs.clone();
    if turn_conditions(&mut all) {
        out.push(Edit { name: "cases swapped", expr: all, place: rhs.span });
    }
    for (k, node) in places(rhs) {
        match &node.kind {
            Kind::Indicator(_) => {
                let mut one = node.clone();
                if turn_conditions(&mut one) {
                    out.push(edit(rhs, k, "cases swapped", one));
                }
            }
            Kind::Cases(rows) if rows.len() == 2 => {
                let mut rows = rows.clone();
                let value = rows[0].0.clone();
                rows[0].0 = rows[1].0.clone();
                rows[1].0 = value;
                out.push(edit(rhs, k, "cases swapped", expr(Kind::Cases(rows))));
            }
            Kind::Quotient(a, how, b) => {
                let q = Kind::Quotient(b.clone(), *how, a.clone());
                out.push(edit(rhs, k, "cases swapped", expr(q)));
                // The numerator of another case: π₂… over the same denominator.
                let mut other = (**a).clone();
                if swap_numbers(&mut other) {
                    let q = Kind::Quotient(Box::new(other), *how, b.clone());
                    out.push(edit(rhs, k, "cases swapped", expr(q)));
                }
            }
            _ => {}
        }
    }
    out
}

/// Exchanges the numbers 1 and 2 at the end of names; whether there were any.
fn swap_numbers(e: &mut Expr) -> bool {
    let mut changed = false;
    if let Kind::Name(n) = &mut e.kind {
        let swapped = match n.strip_suffix("_1") {
            Some(stem) => Some(format!("{stem}_2")),
            None => n.strip_suffix("_2").map(|stem| format!("{stem}_1")),
        };
        if let Some(swapped) = swapped {
            *n = swapped;
            changed = true;
        }
    }
    e.for_each_child_mut(&mut |child| changed |= swap_numbers(child));
    changed
}

/// Index letters exchanged, in one entry or throughout; a delta where a 1 stands.
fn index_swaps(_: &Expr, rhs: &Expr, _: &Givens) -> Vec<Edit> {
    let mut out = Vec::new();
    let mut letters: Vec<String> = Vec::new();
    for (k, node) in places(rhs) {
        if let Kind::Entry(base, indices) = &node.kind {
            if let [i, j] = indices.as_slice() {
                let swapped = Kind::Entry(base.clone(), vec![j.clone(), i.clone()]);
                out.push(edit(rhs, k, "transposed", expr(swapped)));
            }
            for index in indices {
                if let Kind::Name(l) = &index.kind
                    && !letters.contains(l)
                {
                    letters.push(l.clone());
                }
            }
        }
    }
    for (i, a) in letters.iter().enumerate() {
        for b in &letters[i + 1..] {
            let mut swapped = rhs.clone();
            swap_names(&mut swapped, a, b);
            out.push(Edit { name: "transposed", expr: swapped, place: rhs.span });
        }
    }
    for (k, node) in places(rhs) {
        if matches!(&node.kind, Kind::Number(v) if v.is_one()) {
            for (i, a) in letters.iter().enumerate() {
                for b in &letters[i + 1..] {
                    let name = |l: &String| Box::new(expr(Kind::Name(l.clone())));
                    let delta = Kind::Delta(name(a), name(b));
                    out.push(edit(rhs, k, "cases swapped", expr(delta)));
                }
            }
        }
    }
    out
}

/// `2t` for `t + tᵀ`: something taken for symmetric.
fn symmetrised(_: &Expr, rhs: &Expr, _: &Givens) -> Vec<Edit> {
    let mut out = Vec::new();
    for (k, node) in places(rhs) {
        if matches!(&node.kind, Kind::Number(v) if *v == BigRational::from_integer(2.into()))
        {
            // The factor 2 goes, and one part gets its transpose added.
            let without = rhs.edited(k, &|_| number(1, 1));
            for (m, part) in places(&without) {
                // Two factors in the middle of a chain stand in no node of their own.
                let mut factors = Vec::new();
                chain(part, &mut factors);
                for at in 0..factors.len().saturating_sub(1) {
                    if factors.len() < 3 {
                        break;
                    }
                    let pair = times(factors[at].clone(), factors[at + 1].clone());
                    let sum = expr(Kind::Add(vec![
                        (Sign::Plus, pair.clone()),
                        (Sign::Plus, transposed(&pair)),
                    ]));
                    let mut all = factors.clone();
                    all.splice(at..at + 2, [group(&sum)]);
                    if let Some(whole) = product(all) {
                        out.push(Edit {
                            name: "transposed",
                            expr: without.edited(m, &|_| whole.clone()),
                            place: node.span,
                        });
                    }
                }
                let small = matches!(
                    part.kind,
                    Kind::Name(_)
                        | Kind::Call { .. }
                        | Kind::Transpose(_)
                        | Kind::Product(_, Times::Kronecker, _)
                ) || factors.iter().filter(|f| !is_number(f)).count() == 2;
                if !small {
                    continue;
                }
                let sum = expr(Kind::Add(vec![
                    (Sign::Plus, part.clone()),
                    (Sign::Plus, transposed(part)),
                ]));
                out.push(Edit {
                    name: "transposed",
                    expr: without.edited(m, &|_| group(&sum)),
                    place: node.span,
                });
            }
        }
    }
    out
}

fn is_number(e: &Expr) -> bool {
    match &e.kind {
        Kind::Number(_) => true,
        Kind::Quotient(a, _, b) => is_number(a) && is_number(b),
        Kind::Group(_, a) => is_number(a),
        _ => false,
    }
}

/// Two transpositions at once: of two names, or of a name throughout.
fn double_transpositions(_: &Expr, rhs: &Expr, _: &Givens) -> Vec<Edit> {
    let spots: Vec<usize> = places(rhs)
        .into_iter()
        .filter(|(_, e)| {
            matches!(
                e.kind,
                Kind::Name(_) | Kind::Transpose(_) | Kind::Call { .. } | Kind::Power(..)
            )
        })
        .map(|(k, _)| k)
        .take(12)
        .collect();
    let mut out = Vec::new();
    for (i, a) in spots.iter().enumerate() {
        for b in &spots[i + 1..] {
            // The later place first: numbers before it stay as they are.
            let later = rhs.edited(*b, &transposed);
            let both = later.edited(*a, &transposed);
            out.push(Edit { name: "transposed", expr: both, place: rhs.span });
        }
    }
    out
}
