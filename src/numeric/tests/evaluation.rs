//! Values and derivatives of whole expressions.

use num_rational::BigRational;
use proptest::prelude::*;

use super::super::draw::Source;
use super::super::program::Program;
use super::super::random::Random;
use super::super::sample::{sample, wide_polynomial};
use super::super::{Approx, Array, EvalError, IndexEnv, Number, Point, eval};
use super::fixture::*;
use crate::function::Function;
use crate::shape::{Dim, Node, Properties, Role, Shaped, Table, Variable};

fn draw(table: &Table, expressions: &[&Shaped], dims: &[usize], seed: u64) -> Point {
    let mut program = Program::new(table);
    for expression in expressions {
        program.add(expression).expect("well-formed");
    }
    let mut polynomials = |random: &mut Random| wide_polynomial(false, random);
    sample(&program, dims, Source::Small(3), &mut polynomials, &mut Random::new(seed))
        .expect("a point")
}

fn exact(
    table: &Table,
    e: &Shaped,
    point: &Point,
) -> Result<Array<BigRational>, EvalError> {
    eval(table, e, point, &IndexEnv::new(table))
}

fn doubles(table: &Table, e: &Shaped, point: &Point) -> Result<Vec<f64>, EvalError> {
    let value: Array<Approx> = eval(table, e, point, &IndexEnv::new(table))?;
    Ok(value.entries().iter().map(|x| x.value).collect())
}

#[test]
fn a_quadratic_form_has_its_gradient_exactly() {
    let mut f = Fixture::new(&["n"]);
    let (x, b) = (f.symbol("x", &["n", "1"]), f.symbol("B", &["n", "n"]));
    let (xs, bs) = (f.get(x), f.get(b));
    let form = as_scalar(products(&[&transpose(&xs), &bs, &xs]));
    let lhs = f.by(form, x);
    let rhs = product(add(&[&bs, &transpose(&bs)]), xs.clone());
    for n in 1..5 {
        let point = draw(&f.table, &[&lhs, &rhs], &[n], n as u64);
        let (l, r) = (exact(&f.table, &lhs, &point), exact(&f.table, &rhs, &point));
        assert_eq!(l.expect("a value"), r.expect("a value"));
    }
}

#[test]
fn an_inverse_times_its_matrix_is_the_unit_matrix() {
    let mut f = Fixture::new(&["n"]);
    let invertible = Properties { invertible: true, ..Properties::default() };
    let a = f.with("A", &["n", "n"], invertible, Role::Variable);
    let s = f.get(a);
    let e = product(Shaped::new(Node::Inverse(s.clone()), s.axes.clone()), s.clone());
    let unit = Shaped::new(Node::Identity, s.axes.clone());
    for n in 1..6 {
        let point = draw(&f.table, &[&e], &[n], 3 * n as u64);
        assert_eq!(exact(&f.table, &e, &point), exact(&f.table, &unit, &point));
    }
}

#[test]
fn the_slope_of_a_determinant_is_right_at_singular_matrices_too() {
    // d det(A)/dA at [[1,1],[1,1]] is the cofactor matrix [[1,-1],[-1,1]].
    let mut f = Fixture::new(&["n"]);
    let a = f.symbol("A", &["n", "n"]);
    let e = f.by(Shaped::scalar(Node::Det(f.get(a))), a);
    let mut point = draw(&f.table, &[&e], &[2], 0);
    for x in &mut point.values[0].as_mut().expect("a value").entries {
        *x = super::super::Fraction::from_integer(1);
    }
    let value = exact(&f.table, &e, &point).expect("a value");
    let should: Vec<BigRational> = [1, -1, -1, 1].map(BigRational::integer).to_vec();
    assert_eq!(value.entries(), should);
}

#[test]
fn hessians_nest_and_are_symmetric() {
    let mut f = Fixture::new(&["n"]);
    let (x, b) = (f.symbol("x", &["n", "1"]), f.symbol("B", &["n", "n"]));
    let (xs, bs) = (f.get(x), f.get(b));
    let form = as_scalar(products(&[&transpose(&xs), &bs, &xs]));
    let cube = power(&form, 3, 1);
    let hessian = f.by(f.by(cube.clone(), x), x);
    let point = draw(&f.table, &[&hessian], &[3], 7);
    let h = exact(&f.table, &hessian, &point).expect("a value");
    // 6 q g gᵀ + 3 q² (B + Bᵀ) with q = xᵀBx, g = (B + Bᵀ)x
    let s = add(&[&bs, &transpose(&bs)]);
    let g = product(s.clone(), xs);
    let right = add(&[
        &times(&[&Shaped::integer(6), &form, &product(g.clone(), transpose(&g))]),
        &times(&[&Shaped::integer(3), &power(&form, 2, 1), &s]),
    ]);
    let r = exact(&f.table, &right, &point).expect("a value");
    assert_eq!(h.entries(), r.entries());
}

#[test]
fn the_chain_rule_through_a_definition_holds_for_an_opaque_scalar() {
    // Y = X W, L = L(Y): dL/dX = dL/dY Wᵀ, and the Hessian contracts with both.
    let mut f = Fixture::new(&["n", "k", "m"]);
    let (x, w) = (f.symbol("X", &["n", "k"]), f.symbol("W", &["k", "m"]));
    let definition = product(f.get(x), f.get(w));
    let y = f.with("Y", &["n", "m"], Properties::default(), Role::Defined(definition));
    let l = f.with("L", &[], Properties::default(), Role::Opaque(vec![y]));
    let g = f.with("G", &["n", "m"], Properties::default(), Role::Partial(l, vec![y]));
    let lhs = f.by(f.get(l), x);
    let rhs = product(f.get(g), transpose(&f.get(w)));
    let by_y = f.by(f.get(l), y);
    let second = f.by(f.by(f.get(l), x), x);
    let through = f.by(rhs.clone(), x);
    for seed in 0..4 {
        let point =
            draw(&f.table, &[&lhs, &rhs, &by_y, &second, &through], &[2, 3, 2], seed);
        let value = |e: &Shaped| exact(&f.table, e, &point).expect("a value");
        assert_eq!(value(&lhs), value(&rhs));
        assert_eq!(value(&by_y), value(&f.get(g)));
        assert_eq!(value(&second), value(&through));
        assert!(value(&second).entries().iter().any(|x| !x.is_zero()));
    }
}

#[test]
fn a_defined_symbol_can_be_a_variable() {
    // y = x², d(y³ x)/dy = 3 y² x while d/dx follows both.
    let mut f = Fixture::new(&[]);
    let x = f.symbol("x", &[]);
    let square = power(&f.get(x), 2, 1);
    let y = f.with("y", &[], Properties::default(), Role::Defined(square));
    let e = times(&[&power(&f.get(y), 3, 1), &f.get(x)]);
    let by_y = f.by(e.clone(), y);
    let by_x = f.by(e, x);
    let mixed = f.by(by_y.clone(), x);
    let mixed_too = f.by(by_x.clone(), y);
    let mut point = draw(&f.table, &[&by_x, &by_y], &[], 1);
    point.values[0].as_mut().expect("x").entries[0] =
        super::super::Fraction::from_integer(2);
    let value =
        |e: &Shaped| exact(&f.table, e, &point).expect("a value").entries().to_vec();
    assert_eq!(value(&by_y), [BigRational::integer(3 * 16 * 2)]);
    assert_eq!(value(&by_x), [BigRational::integer(7 * 64)]);
    // d(3 y² x)/dx = 3 x⁴·1 + 6 y x · 2x = 15 x⁴; and d/dy of (3 y² x · 2x + y³) is
    // 12 y x² + 3 y² + (with the slope 2x held at x) = 15 x⁴.
    assert_eq!(value(&mixed), [BigRational::integer(15 * 16)]);
    assert_eq!(value(&mixed_too), [BigRational::integer(15 * 16)]);
}

#[test]
fn sums_entries_and_deltas_agree_with_products() {
    let mut f = Fixture::new(&["n", "m"]);
    let (a, b) = (f.symbol("A", &["n", "m"]), f.symbol("B", &["m", "n"]));
    let (i, k) = (f.index("i", "n"), f.index("k", "m"));
    let entry = times(&[&pick(&f.get(a), &[i, k]), &pick(&f.get(b), &[k, i])]);
    let lhs = sum(i, sum(k, entry));
    let rhs = trace(product(f.get(a), f.get(b)));
    let point = draw(&f.table, &[&lhs, &rhs], &[3, 2], 5);
    assert_eq!(exact(&f.table, &lhs, &point), exact(&f.table, &rhs, &point));
}

#[test]
fn what_has_no_value_says_why() {
    let mut f = Fixture::new(&["n"]);
    let x = f.symbol("x", &[]);
    let a = f.symbol("A", &["n", "n"]);
    let (xs, s) = (f.get(x), f.get(a));
    let zero = add(&[&xs, &times(&[&Shaped::integer(-1), &xs])]);
    let inverse = Shaped::new(Node::Inverse(times(&[&zero, &s])), s.axes.clone());
    let relu = f.by(apply(Function::Relu, &times(&[&zero, &xs])), x);
    let kinked = f.by(apply(Function::Relu, &zero), x);
    let too_large = Shaped::new(Node::Fill(xs.clone()), vec![Dim::number(1 << 40)]);
    let point = draw(&f.table, &[&inverse, &xs], &[2], 1);
    for (e, should) in [
        (power(&zero, -1, 1), EvalError::Domain("division by 0")),
        (
            apply(Function::Log, &Shaped::integer(-1)),
            EvalError::Domain("the logarithm of a number that is not positive"),
        ),
        (
            power(&Shaped::integer(-2), 1, 2),
            EvalError::Domain("a root of a negative number"),
        ),
        (power(&Shaped::integer(2), 1, 2), EvalError::NotExact),
        (inverse, EvalError::Domain("a singular matrix")),
        (too_large, EvalError::Effort),
    ] {
        assert_eq!(exact(&f.table, &e, &point).expect_err("no value"), should);
    }
    // relu(x - x) has the slope 0 whatever relu does at 0, for its argument does not move.
    assert!(exact(&f.table, &kinked, &point).is_ok());
    let _ = relu;
}

/// A random scalar expression of a matrix `X` (n × m) and `A` (m × n) by a list of choices.
fn random_scalar(f: &Fixture, choices: &[u8]) -> Shaped {
    let symbols: Vec<Shaped> = (0..f.table.symbols.len())
        .map(|s| f.get(crate::shape::SymbolId(s as u32)))
        .collect();
    let (x, a) = (&symbols[0], &symbols[1]);
    let mut m = x.clone();
    for choice in choices {
        m = match choice % 9 {
            0 => products(&[x, a, &m]),
            1 => add(&[&m, x]),
            2 => times(&[&m, x]),
            3 => apply(Function::Tanh, &m),
            4 => apply(Function::Sin, &m),
            5 => apply(Function::Softplus, &m),
            6 => times(&[&trace(product(a.clone(), m.clone())), &m]),
            7 => apply(Function::Gelu, &m),
            _ => {
                // m (I + aᵀ… )⁻¹ on the right: well-conditioned with the square added.
                let square = product(transpose(&m), m.clone());
                let unit = Shaped::new(Node::Identity, square.axes.clone());
                let whole = add(&[&unit, &square]);
                let axes = whole.axes.clone();
                product(m, Shaped::new(Node::Inverse(whole), axes))
            }
        };
    }
    total(&m)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn derivatives_agree_with_central_differences(
        choices in proptest::collection::vec(0..9_u8, 1..5),
        seed in 0..1_000_u64,
    ) {
        let mut f = Fixture::new(&["n", "m"]);
        let x = f.symbol("X", &["n", "m"]);
        f.symbol("A", &["m", "n"]);
        let e = random_scalar(&f, &choices);
        let slope = f.by(e.clone(), x);
        let mut program = Program::new(&f.table);
        program.add(&slope).expect("well-formed");
        let mut polynomials = |random: &mut Random| wide_polynomial(false, random);
        let point = sample(
            &program, &[2, 3], Source::SMALL_SIGNED, &mut polynomials, &mut Random::new(seed),
        ).expect("a point");
        let slopes = doubles(&f.table, &slope, &point).expect("a value");
        // h = 2⁻¹⁰ in a point of multiples of 2⁻²⁰.
        let h = 1.0 / 1024.0;
        for (at, slope) in slopes.iter().enumerate() {
            let moved = |steps: i64| -> f64 {
                let mut point = point.clone();
                let entry = &mut point.values[0].as_mut().expect("X").entries[at];
                *entry += super::super::Fraction::new(steps, 1024);
                doubles(&f.table, &e, &point).expect("a value")[0]
            };
            let d = (8.0 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12.0 * h);
            prop_assert!(
                (slope - d).abs() <= 1e-6 * (1.0 + slope.abs()),
                "{choices:?}, entry {at}: {slope} for {d}"
            );
        }
    }

    #[test]
    fn a_directional_derivative_is_the_gradient_along_the_direction(
        choices in proptest::collection::vec(0..9_u8, 1..5),
        seed in 0..1_000_u64,
    ) {
        let mut f = Fixture::new(&["n", "m"]);
        let x = f.symbol("X", &["n", "m"]);
        f.symbol("A", &["m", "n"]);
        let d = f.with("dX", &["n", "m"], Properties::default(), Role::Differential(x));
        let e = random_scalar(&f, &choices);
        let along = Shaped::scalar(Node::Directional(e.clone(), vec![(x, f.get(d))]));
        let dotted = total(&times(&[&f.by(e, x), &f.get(d)]));
        let point = draw(&f.table, &[&along, &dotted], &[2, 2], seed);
        let value = |e: &Shaped| -> Result<Array<Approx>, EvalError> {
            eval(&f.table, e, &point, &IndexEnv::new(&f.table))
        };
        let (Ok(a), Ok(b)) = (value(&along), value(&dotted)) else { return Ok(()) };
        // Large integers make some inverses ill-conditioned; the bounds of the error know.
        let (a, b) = (a.entries()[0], b.entries()[0]);
        prop_assert!((a.value - b.value).abs() <= 4.0 * (a.error + b.error), "{a:?} {b:?}");
    }

    #[test]
    fn an_entry_of_the_gradient_is_the_derivative_by_the_entry(seed in 0..1_000_u64) {
        let mut f = Fixture::new(&["n", "m"]);
        let x = f.symbol("X", &["n", "m"]);
        f.symbol("A", &["m", "n"]);
        let (i, j) = (f.index("i", "n"), f.index("j", "m"));
        let e = random_scalar(&f, &[0, 2, (seed % 9) as u8]);
        let indices = vec![crate::shape::Index::Var(i), crate::shape::Index::Var(j)];
        let entry = Shaped::scalar(Node::Derivative(e.clone(), Variable::Entry(x, indices)));
        let axes = f.table.symbol(x).axes.clone();
        let lhs = Shaped::new(Node::Abstract(vec![i, j], entry), axes);
        let rhs = f.by(e, x);
        let point = draw(&f.table, &[&lhs, &rhs], &[2, 3], seed);
        match (doubles(&f.table, &lhs, &point), doubles(&f.table, &rhs, &point)) {
            (Ok(l), Ok(r)) => prop_assert_eq!(l, r),
            (l, r) => prop_assert_eq!(l.is_err(), r.is_err()),
        }
    }
}
