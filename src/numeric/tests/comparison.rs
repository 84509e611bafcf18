//! Right claims are never told apart; wrong ones are.

use super::super::{Comparison, compare};
use super::fixture::*;
use crate::function::Function;
use crate::language::ast;
use crate::shape::{Node, Shaped};

fn equal(f: &Fixture, lhs: &Shaped, rhs: &Shaped) -> bool {
    match compare(&f.table, lhs, rhs, &[]) {
        Comparison::Equal { .. } => true,
        Comparison::Differs(_) => false,
        Comparison::Undecided(why) => panic!("undecided: {why}"),
    }
}

#[test]
fn the_gradient_of_a_trace_is_told_from_its_transpose() {
    let mut f = Fixture::new(&["n", "m", "k"]);
    let x = f.symbol("X", &["n", "m"]);
    let (v, w) = (f.symbol("V", &["k", "n"]), f.symbol("W", &["m", "k"]));
    let lhs = f.by(trace(products(&[&f.get(v), &f.get(x), &f.get(w)])), x);
    let right = product(transpose(&f.get(v)), transpose(&f.get(w)));
    let wrong = times(&[&Shaped::integer(2), &right]);
    assert!(equal(&f, &lhs, &right));
    assert!(!equal(&f, &lhs, &wrong));
}

#[test]
fn a_softmax_jacobian_is_told_from_one_without_its_delta() {
    let mut f = Fixture::new(&["n"]);
    let x = f.symbol("x", &["n", "1"]);
    let e = apply(Function::Exp, &f.get(x));
    let softmax = times(&[&power(&total(&e), -1, 1), &e]);
    let lhs = Shaped::new(
        Node::Regroup(f.by(softmax.clone(), x), vec![vec![0, 1], vec![2, 3]]),
        vec![f.dim("n"), f.dim("n")],
    );
    let unit = Shaped::new(Node::Identity, lhs.axes.clone());
    let column = softmax.clone();
    let ones = Shaped::new(
        Node::Fill(Shaped::integer(1)),
        vec![crate::shape::Dim::unit(), f.dim("n")],
    );
    let diag = times(&[&unit, &product(column.clone(), ones)]);
    let outer = product(column.clone(), transpose(&column));
    let minus = times(&[&Shaped::integer(-1), &outer]);
    assert!(equal(&f, &lhs, &add(&[&diag, &minus])));
    assert!(!equal(&f, &lhs, &add(&[&diag, &outer])));
    assert!(!equal(&f, &lhs, &minus));
}

#[test]
fn relu_has_its_indicator_almost_everywhere() {
    let mut f = Fixture::new(&["n", "m"]);
    let x = f.symbol("X", &["n", "m"]);
    let lhs = f.by(total(&apply(Function::Relu, &f.get(x))), x);
    let step = |c| {
        Shaped::new(
            Node::Indicator(c, f.get(x), Shaped::integer(0)),
            f.table.symbol(x).axes.clone(),
        )
    };
    assert!(equal(&f, &lhs, &step(ast::Comparison::Greater)));
    assert!(equal(&f, &lhs, &step(ast::Comparison::GreaterEqual)));
    assert!(!equal(&f, &lhs, &step(ast::Comparison::Less)));
}

#[test]
fn cancellation_is_not_a_difference() {
    // (x + 10¹²)² - x² - 2·10¹² x - 10²⁴ = 0, though doubles see noise of size 10⁸.
    let mut f = Fixture::new(&[]);
    let x = f.symbol("x", &[]);
    let xs = f.get(x);
    let big = Shaped::integer(1_000_000_000_000);
    let lhs = power(&add(&[&xs, &big]), 2, 1);
    let rhs = power(&xs, 2, 1);
    let less = times(&[&Shaped::integer(-2), &big, &xs]);
    let square = times(&[&Shaped::integer(-1), &big, &big]);
    let difference = add(&[&lhs, &less, &square]);
    assert!(!matches!(compare(&f.table, &difference, &rhs, &[]), Comparison::Differs(_)));
}

#[test]
fn the_absolute_value_is_a_root_only_where_it_is_defined() {
    let mut f = Fixture::new(&[]);
    let x = f.symbol("x", &[]);
    let root = power(&power(&f.get(x), 2, 1), 1, 2);
    assert!(equal(&f, &root, &apply(Function::Abs, &f.get(x))));
    assert!(!equal(&f, &root, &f.get(x)));
}

#[test]
fn an_opaque_function_and_its_derivative_are_known_apart() {
    let mut f = Fixture::new(&["n", "m"]);
    let h = f.function("h");
    let x = f.symbol("X", &["n", "m"]);
    let lhs = f.by(total(&apply(h, &f.get(x))), x);
    let prime = Function::Opaque { id: 0, order: 1 };
    assert!(equal(&f, &lhs, &apply(prime, &f.get(x))));
    assert!(!equal(&f, &lhs, &apply(h, &f.get(x))));
}

#[test]
fn what_holds_for_equal_dimensions_only_is_told() {
    // tr(A)/n = tr(A)/m for A of n × n.
    let mut f = Fixture::new(&["n", "m"]);
    let a = f.symbol("A", &["n", "n"]);
    let size = |d| power(&Shaped::scalar(Node::Size(f.dim(d))), -1, 1);
    let lhs = times(&[&size("n"), &trace(f.get(a))]);
    let rhs = times(&[&size("m"), &trace(f.get(a))]);
    assert!(!equal(&f, &lhs, &rhs));
}

#[test]
fn the_prime_field_bounds_the_doubt_of_rational_claims() {
    let mut f = Fixture::new(&["n"]);
    let a = f.symbol("A", &["n", "n"]);
    let e = f.get(a);
    let inverse = Shaped::new(Node::Inverse(e.clone()), e.axes.clone());
    let det = Shaped::scalar(Node::Det(e.clone()));
    // d det(A)/dA = det(A) A⁻ᵀ
    let lhs = f.by(det.clone(), a);
    let rhs = times(&[&det, &transpose(&inverse)]);
    match compare(&f.table, &lhs, &rhs, &[]) {
        Comparison::Equal { prime_field: Some(bound), .. } => {
            assert!(bound > 0.0 && bound < 1e-12, "{bound}");
        }
        other => panic!("{other:?}"),
    }
    // An exponential has no place there.
    let exp = apply(Function::Exp, &e);
    match compare(&f.table, &f.by(total(&exp), a), &exp, &[]) {
        Comparison::Equal { prime_field, .. } => assert_eq!(prime_field, None),
        other => panic!("{other:?}"),
    }
}
