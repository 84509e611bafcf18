//! Counterexamples are small, hold what is given, and show a difference.

use num_rational::BigRational;
use proptest::prelude::*;

use super::super::{Refutation, refute};
use super::fixture::*;
use crate::function::Function;
use crate::shape::{Dim, Node, Properties, Role, Shaped};

fn found(f: &Fixture, lhs: &Shaped, rhs: &Shaped) -> Refutation {
    let r = refute(&f.table, lhs, rhs, &[]).expect("a counterexample");
    let (i, j) = r.entry;
    assert_ne!(r.lhs[i - 1][j - 1], r.rhs[i - 1][j - 1]);
    r
}

fn number(text: &str) -> BigRational {
    text.parse().expect("an exact number")
}

#[test]
fn a_missing_factor_shows_at_dimension_one() {
    let mut f = Fixture::new(&["n"]);
    let x = f.symbol("x", &["n", "1"]);
    let norm = as_scalar(product(transpose(&f.get(x)), f.get(x)));
    let r = found(&f, &f.by(norm, x), &f.get(x));
    assert_eq!(r.dims, [("n".to_owned(), 1)]);
    assert_eq!(r.values, [("x".to_owned(), vec![vec!["1".to_owned()]])]);
    assert_eq!((r.lhs, r.rhs), (vec![vec!["2".into()]], vec![vec!["1".into()]]));
    assert!(r.exact);
    assert_eq!(r.functions, []);
}

#[test]
fn a_missing_transpose_needs_dimension_two() {
    let mut f = Fixture::new(&["n"]);
    let (x, a) = (f.symbol("X", &["n", "n"]), f.symbol("A", &["n", "n"]));
    let lhs = f.by(trace(product(f.get(a), f.get(x))), x);
    let r = found(&f, &lhs, &f.get(a));
    assert_eq!(r.dims, [("n".to_owned(), 2)]);
    // One entry off the diagonal is enough, and X plays no part.
    let ones: usize = r
        .values
        .iter()
        .map(|(_, g)| g.iter().flatten().filter(|e| *e == "1").count())
        .sum();
    let zeros: usize = r
        .values
        .iter()
        .map(|(_, g)| g.iter().flatten().filter(|e| *e == "0").count())
        .sum();
    assert_eq!((ones, zeros), (1, 7));
}

#[test]
fn a_counterexample_has_the_given_properties() {
    let mut f = Fixture::new(&["n"]);
    let p = Properties { positive_definite: true, ..Properties::default() };
    let s = f.with("S", &["n", "n"], p, Role::Variable);
    let e = f.get(s);
    let inverse = Shaped::new(Node::Inverse(e.clone()), e.axes.clone());
    let r = found(&f, &inverse, &e);
    let (_, grid) = &r.values[0];
    assert_eq!(r.dims, [("n".to_owned(), 1)]);
    assert!(number(&grid[0][0]) > number("0"));
    assert_ne!(grid[0][0], "1");
    assert_eq!(number(&r.lhs[0][0]) * number(&grid[0][0]), number("1"));
}

#[test]
fn a_refutation_is_found_at_a_regular_point_only() {
    // relu' for |x|': they differ for x < 0 only, and 0 is no witness.
    let mut f = Fixture::new(&["n"]);
    let x = f.symbol("x", &["n", "1"]);
    let relu = f.by(total(&apply(Function::Relu, &f.get(x))), x);
    let abs = f.by(total(&apply(Function::Abs, &f.get(x))), x);
    let r = found(&f, &relu, &abs);
    assert_eq!(r.values[0].1, [["-1"]]);
    assert_eq!((&*r.lhs[0][0], &*r.rhs[0][0]), ("0", "-1"));
}

#[test]
fn a_right_claim_is_not_refuted() {
    let mut f = Fixture::new(&["n", "m"]);
    let (x, w) = (f.symbol("X", &["n", "m"]), f.symbol("W", &["m", "n"]));
    let lhs = f.by(trace(product(f.get(x), f.get(w))), x);
    assert_eq!(refute(&f.table, &lhs, &transpose(&f.get(w)), &[]), None);
    let relu = f.by(total(&apply(Function::Relu, &f.get(x))), x);
    let step = Shaped::new(
        Node::Indicator(
            crate::language::ast::Comparison::GreaterEqual,
            f.get(x),
            Shaped::integer(0),
        ),
        f.table.symbol(x).axes.clone(),
    );
    assert_eq!(refute(&f.table, &relu, &step, &[]), None);
}

#[test]
fn free_indices_have_values() {
    // ∂(Σ_i x_i²)/∂x_k = x_k lacks the factor 2.
    let mut f = Fixture::new(&["n"]);
    let x = f.symbol("x", &["n", "1"]);
    let k = f.index("k", "n");
    let norm = as_scalar(product(transpose(&f.get(x)), f.get(x)));
    let entry = vec![crate::shape::Index::Var(k)];
    let lhs = Shaped::scalar(Node::Derivative(
        norm,
        crate::shape::Variable::Entry(x, entry.clone()),
    ));
    let column = Shaped::new(Node::Regroup(f.get(x), vec![vec![0]]), vec![f.dim("n")]);
    let rhs = Shaped::scalar(Node::Pick(column, entry));
    let r = refute(&f.table, &lhs, &rhs, &[k]).expect("a counterexample");
    assert_eq!(r.dims, [("n".to_owned(), 1), ("k".to_owned(), 1)]);
    assert_eq!((&*r.lhs[0][0], &*r.rhs[0][0]), ("2", "1"));
}

#[test]
fn an_opaque_function_is_named() {
    let mut f = Fixture::new(&["n"]);
    let h = f.function("h");
    let x = f.symbol("x", &["n", "1"]);
    let lhs = f.by(total(&apply(h, &f.get(x))), x);
    let r = found(&f, &lhs, &apply(h, &f.get(x)));
    assert_eq!(r.functions.len(), 1);
    assert!(r.functions[0].1.starts_with("h(t) = "));
    assert!(r.exact);
}

#[test]
fn an_upstream_gradient_is_shown() {
    // dL/dX = dL/dY W for Y = X Wᵀ … claimed without its transpose, all square.
    let mut f = Fixture::new(&["n"]);
    let (x, w) = (f.symbol("X", &["n", "n"]), f.symbol("W", &["n", "n"]));
    let definition = product(f.get(x), f.get(w));
    let y = f.with("Y", &["n", "n"], Properties::default(), Role::Defined(definition));
    let l = f.with("L", &[], Properties::default(), Role::Opaque(vec![y]));
    let role = Role::Partial(l, vec![y]);
    let g = f.with("∂L/∂Y", &["n", "n"], Properties::default(), role);
    let lhs = f.by(f.get(l), x);
    let r = found(&f, &lhs, &product(f.get(g), f.get(w)));
    assert_eq!(r.dims, [("n".to_owned(), 2)]);
    let names: Vec<&str> = r.values.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["X", "W", "∂L/∂Y"]);
}

#[test]
fn where_no_exact_value_exists_decimals_are_shown() {
    let mut f = Fixture::new(&[]);
    let x = f.symbol("x", &[]);
    let log = apply(Function::Log, &add(&[&Shaped::integer(2), &power(&f.get(x), 2, 1)]));
    let r = found(&f, &log, &Shaped::integer(1));
    assert!(!r.exact);
    assert_eq!(r.lhs[0][0], "0.693147");
}

#[test]
fn a_row_that_sums_to_one_keeps_its_sum() {
    let mut f = Fixture::new(&["n"]);
    let p = Properties { sums_to_one: true, positive: true, ..Properties::default() };
    let y = f.with("y", &["n", "1"], p, Role::Variable);
    let square = total(&power(&f.get(y), 2, 1));
    let r = found(&f, &square, &Shaped::integer(1));
    assert_eq!(r.dims, [("n".to_owned(), 2)]);
    let sum: BigRational = r.values[0].1.iter().map(|row| number(&row[0])).sum();
    assert_eq!(sum, number("1"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_refutation_can_be_checked_by_hand(
        (a, b, c) in (-3..4_i64, -3..4_i64, -3..4_i64),
    ) {
        // a XᵀX + b X + c I = 0 for square X: the numbers shown must satisfy it as they stand.
        let mut f = Fixture::new(&["n"]);
        let x = f.symbol("X", &["n", "n"]);
        let e = f.get(x);
        let unit = Shaped::new(Node::Identity, e.axes.clone());
        let lhs = add(&[
            &times(&[&Shaped::integer(a), &product(transpose(&e), e.clone())]),
            &times(&[&Shaped::integer(b), &e]),
        ]);
        let rhs = times(&[&Shaped::integer(-c), &unit]);
        let r = refute(&f.table, &lhs, &rhs, &[]);
        prop_assert_eq!(r.is_some(), (a, b, c) != (0, 0, 0));
        let Some(r) = r else { return Ok(()) };
        let n = r.dims[0].1;
        let grid: Vec<Vec<BigRational>> =
            r.values[0].1.iter().map(|row| row.iter().map(|x| number(x)).collect()).collect();
        for i in 0..n {
            for j in 0..n {
                let square: BigRational = (0..n).map(|k| &grid[k][i] * &grid[k][j]).sum();
                let value = BigRational::from_integer(a.into()) * square
                    + BigRational::from_integer(b.into()) * &grid[i][j];
                prop_assert_eq!(&value, &number(&r.lhs[i][j]));
            }
        }
        prop_assert_ne!(r.lhs, r.rhs);
    }
}

#[test]
fn no_expression_makes_a_panic() {
    // Axes that do not fit, indices without a range, empty groups: an answer, never a panic.
    let mut f = Fixture::new(&["n", "m"]);
    let x = f.symbol("X", &["n", "m"]);
    let e = f.get(x);
    let odd = [
        Shaped::scalar(Node::Contract(e.clone(), 0, 1)),
        Shaped::scalar(Node::Contract(e.clone(), 5, 1)),
        Shaped::scalar(Node::Regroup(e.clone(), vec![vec![0, 0]])),
        Shaped::scalar(Node::Regroup(e.clone(), vec![])),
        Shaped::scalar(Node::Inverse(e.clone())),
        Shaped::scalar(Node::Pick(e.clone(), vec![crate::shape::Index::Fixed(0); 3])),
        Shaped::scalar(Node::Symbol(crate::shape::SymbolId(99))),
        Shaped::scalar(Node::Size(Dim::named(99))),
        Shaped::scalar(Node::IndexValue(crate::shape::IndexVar(99))),
        Shaped::scalar(Node::Identity),
        Shaped::scalar(Node::Apply(Function::Opaque { id: 9, order: 0 }, e.clone())),
        Shaped::scalar(Node::Product(Shaped::integer(1), e.clone())),
        Shaped::new(Node::Add(vec![]), vec![Dim::named(0)]),
        Shaped::new(Node::Fill(e.clone()), vec![Dim::number(usize::MAX)]),
        power(&e, i64::MIN, 1),
        power(&e, 1, i64::MAX),
        power(&Shaped::integer(i64::MIN), 1, 2),
        Shaped::scalar(Node::Directional(e.clone(), vec![(x, Shaped::integer(1))])),
    ];
    for lhs in &odd {
        for rhs in [&e, lhs] {
            let _ = super::super::compare(&f.table, lhs, rhs, &[]);
            let _ = refute(&f.table, lhs, rhs, &[]);
        }
    }
}

#[test]
fn deep_and_wide_expressions_end_in_good_time() {
    let mut f = Fixture::new(&["n"]);
    let x = f.symbol("x", &["n", "1"]);
    let mut deep = f.get(x);
    for _ in 0..5_000 {
        deep = apply(Function::Sin, &deep);
    }
    let mut inside = f.get(x);
    for _ in 0..390 {
        inside = apply(Function::Sin, &inside);
    }
    let wide = add(&vec![&f.get(x); 5_000]);
    for e in [&deep, &f.by(total(&inside), x), &wide] {
        let _ = super::super::compare(&f.table, e, &f.get(x), &[]);
        let _ = refute(&f.table, e, &f.get(x), &[]);
    }
    // The tree is taken apart by its own drop, level by level.
    while let Node::Apply(_, of) = &*deep.node {
        let of = of.clone();
        deep = of;
    }
}
