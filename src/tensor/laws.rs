//! The laws of the algebra, tested over exact rationals: a sum is evaluated at a point by a few
//! lines that know nothing of canonical forms.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};
use proptest::prelude::*;

use super::algebra::Algebra;
use super::atom::{Atom, Exponent, one};
use super::closed::Node;
use super::index::{DimId, Idx, Sym, Symmetry};
use super::sum::Sum;

const N: DimId = DimId(0);
const SIZE: u32 = 2;

fn sym(id: u32, symmetry: Symmetry) -> Sym {
    Sym {
        id,
        symmetry,
        positive: false,
        definite: false,
        orthogonal: false,
        constrained: false,
    }
}

/// The entry of a symbol at a place (places from 1): small integers without a pattern, that obey
/// the symmetry.
fn entry(sym: Sym, place: &[u32]) -> BigRational {
    let hash = |place: &[u32]| {
        let mut h = 7 + i64::from(sym.id) * 31;
        for p in place {
            h = (h * 37 + i64::from(*p) * 11) % 101;
        }
        BigRational::from_integer((h % 7 - 3).into())
    };
    match (sym.symmetry, place) {
        (Symmetry::Symmetric, [i, j]) => hash(&[*i.min(j), *i.max(j)]),
        (Symmetry::Antisymmetric, [i, j]) if i == j => BigRational::zero(),
        (Symmetry::Antisymmetric, [i, j]) if i < j => hash(place),
        (Symmetry::Antisymmetric, [i, j]) => -hash(&[*j, *i]),
        (Symmetry::Diagonal, [i, j]) if i != j => BigRational::zero(),
        _ => hash(place),
    }
}

/// What the indices of a scope stand for.
type Places<'a> = &'a dyn Fn(Idx) -> u32;

/// The value of a sum; `None` where it divides by 0 or holds what is not rational.
fn value(sum: &Sum, at: Places<'_>) -> Option<BigRational> {
    let mut total = BigRational::zero();
    for term in sum.terms() {
        let mut product = term.coef().clone();
        for (atom, e) in term.factors() {
            let base = atom_value(atom, at)?;
            if !e.is_integer() || (base.is_zero() && *e < Exponent::zero()) {
                return None;
            }
            product *= num_traits::Pow::pow(&base, e.to_integer().to_i32()?);
        }
        total += product;
    }
    Some(total)
}

fn atom_value(atom: &Atom, at: Places<'_>) -> Option<BigRational> {
    let inside = |node: &Node, bound: &[u32]| {
        let args: Vec<u32> = node.args.iter().map(|i| at(*i)).collect();
        value(&node.closed.body, &|i| match i {
            Idx::Param(k) => args[k as usize],
            Idx::Bound(k) => bound[k as usize],
            Idx::Lit(k) => k,
            Idx::Free(_) => 1,
        })
    };
    Some(match atom {
        Atom::Prime(p) => BigRational::from_integer((*p).into()),
        Atom::Dim(_) => BigRational::from_integer(SIZE.into()),
        Atom::Delta(i, j) => {
            BigRational::from_integer(i32::from(at(*i) == at(*j)).into())
        }
        Atom::Entry(sym, indices) => {
            entry(*sym, &indices.iter().map(|i| at(*i)).collect::<Vec<_>>())
        }
        Atom::Contraction(node) => {
            let count = node.closed.bound.len() as u32;
            let mut total = BigRational::zero();
            for number in 0..SIZE.pow(count) {
                let bound: Vec<u32> =
                    (0..count).map(|k| number / SIZE.pow(k) % SIZE + 1).collect();
                total += inside(node, &bound)?;
            }
            total
        }
        Atom::Base(node) => inside(node, &[])?,
        Atom::Step(node) => {
            let argument = inside(node, &[])?;
            BigRational::from_integer(i32::from(argument > BigRational::zero()).into())
        }
        _ => return None,
    })
}

const FREE: [Idx; 3] = [Idx::Free(1), Idx::Free(2), Idx::Free(3)];

/// All values of the free indices.
fn everywhere() -> impl Iterator<Item = [u32; 3]> {
    (0..8_u32).map(|k| [k % 2 + 1, k / 2 % 2 + 1, k / 4 + 1])
}

fn places(values: [u32; 3]) -> impl Fn(Idx) -> u32 {
    move |i| match i {
        Idx::Free(k @ 1..=3) => values[k as usize - 1],
        Idx::Lit(k) => k,
        _ => 1,
    }
}

/// Whether `holds` for the values of two sums wherever both are defined.
fn same(a: &Sum, b: &Sum) -> bool {
    everywhere().all(|values| {
        let at = places(values);
        match (value(a, &at), value(b, &at)) {
            (Some(x), Some(y)) => x == y,
            _ => true,
        }
    })
}

/// Instructions that build a sum; the same list builds the same value in any order of factors.
#[derive(Clone, Debug)]
enum Build {
    Entry(u8, u8, u8),
    Vector(u8, u8),
    Delta(u8, u8),
    Number(i8),
    Add(Box<Build>, Box<Build>),
    Mul(Box<Build>, Box<Build>),
    SumOver(Box<Build>, u8),
    Square(Box<Build>),
    Step(Box<Build>),
}

fn builds() -> impl Strategy<Value = Build> {
    let leaf = prop_oneof![
        3 => (0..4_u8, 0..3_u8, 0..3_u8).prop_map(|(s, i, j)| Build::Entry(s, i, j)),
        2 => (0..2_u8, 0..3_u8).prop_map(|(s, i)| Build::Vector(s, i)),
        1 => (0..3_u8, 0..3_u8).prop_map(|(i, j)| Build::Delta(i, j)),
        1 => (-2..3_i8).prop_map(Build::Number),
    ];
    leaf.prop_recursive(4, 14, 2, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            3 => pair.clone().prop_map(|(a, b)| Build::Add(Box::new(a), Box::new(b))),
            4 => pair.prop_map(|(a, b)| Build::Mul(Box::new(a), Box::new(b))),
            4 => (inner.clone(), 0..3_u8).prop_map(|(a, i)| Build::SumOver(Box::new(a), i)),
            1 => inner.clone().prop_map(|a| Build::Square(Box::new(a))),
            1 => inner.prop_map(|a| Build::Step(Box::new(a))),
        ]
    })
}

impl Build {
    /// The sum, built in one of two orders.
    fn sum(&self, algebra: &Algebra, turned: bool) -> Option<Sum> {
        let i = |k: &u8| FREE[*k as usize];
        let symmetries = [
            Symmetry::None,
            Symmetry::Symmetric,
            Symmetry::Antisymmetric,
            Symmetry::Diagonal,
        ];
        let both = |a: &Build, b: &Build| {
            let (x, y) = (a.sum(algebra, turned)?, b.sum(algebra, turned)?);
            Some(if turned { (y, x) } else { (x, y) })
        };
        match self {
            Build::Entry(s, p, q) => {
                let sym = sym(u32::from(*s), symmetries[*s as usize]);
                algebra.atom(Atom::Entry(sym, smallvec::smallvec![i(p), i(q)])).ok()
            }
            Build::Vector(s, p) => {
                let sym = sym(10 + u32::from(*s), Symmetry::None);
                algebra.atom(Atom::Entry(sym, smallvec::smallvec![i(p)])).ok()
            }
            Build::Delta(p, q) => algebra.atom(Atom::Delta(i(p), i(q))).ok(),
            Build::Number(n) => Some(Sum::integer((*n).into())),
            Build::Add(a, b) => both(a, b).map(|(x, y)| x.add(&y)),
            Build::Mul(a, b) => both(a, b).and_then(|(x, y)| algebra.mul(&x, &y).ok()),
            Build::SumOver(a, k) => {
                let sum = a.sum(algebra, turned)?;
                // Under another name first, so that names differ between the two orders.
                let index = if turned { algebra.fresh() } else { i(k) };
                let renamed = algebra.rename(&sum, &[(i(k), index)]).ok()?;
                algebra.sum_over(&renamed, index, N).ok()
            }
            Build::Square(a) => {
                algebra.pow(&a.sum(algebra, turned)?, Exponent::from_integer(2)).ok()
            }
            Build::Step(a) => algebra.step(&a.sum(algebra, turned)?).ok(),
        }
    }

    /// The value, straight from the instructions.
    fn value(&self, values: [u32; 3]) -> BigRational {
        let place = |k: &u8| values[*k as usize];
        let number = |n: i64| BigRational::from_integer(BigInt::from(n));
        match self {
            Build::Entry(s, p, q) => {
                let symmetry = [
                    Symmetry::None,
                    Symmetry::Symmetric,
                    Symmetry::Antisymmetric,
                    Symmetry::Diagonal,
                ][*s as usize];
                entry(sym(u32::from(*s), symmetry), &[place(p), place(q)])
            }
            Build::Vector(s, p) => {
                entry(sym(10 + u32::from(*s), Symmetry::None), &[place(p)])
            }
            Build::Delta(p, q) => number(i64::from(place(p) == place(q))),
            Build::Number(n) => number((*n).into()),
            Build::Add(a, b) => a.value(values) + b.value(values),
            Build::Mul(a, b) => a.value(values) * b.value(values),
            Build::SumOver(a, k) => (1..=SIZE)
                .map(|v| {
                    let mut inner = values;
                    inner[*k as usize] = v;
                    a.value(inner)
                })
                .sum(),
            Build::Square(a) => num_traits::Pow::pow(&a.value(values), 2),
            Build::Step(a) => number(i64::from(a.value(values) > BigRational::zero())),
        }
    }

    fn has_step(&self) -> bool {
        match self {
            Build::Step(_) => true,
            Build::Add(a, b) | Build::Mul(a, b) => a.has_step() || b.has_step(),
            Build::SumOver(a, _) | Build::Square(a) => a.has_step(),
            _ => false,
        }
    }
}

fn algebra() -> Algebra {
    Algebra::new(200_000)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(0x6772_6164),
        ..ProptestConfig::default()
    })]

    /// Canonical sums have the value of what they were built from. (At a zero of its argument a
    /// step may count as its complement's: that is what "almost everywhere" says.)
    #[test]
    fn a_canonical_sum_has_the_value_of_its_parts(build in builds()) {
        let algebra = algebra();
        prop_assume!(!build.has_step());
        if let Some(sum) = build.sum(&algebra, false) {
            for values in everywhere() {
                let at = places(values);
                prop_assert_eq!(value(&sum, &at), Some(build.value(values)));
            }
        }
    }

    /// The order of factors and terms and the names of summed indices leave no trace.
    #[test]
    fn the_order_of_construction_leaves_no_trace(build in builds()) {
        let algebra = algebra();
        if let (Some(a), Some(b)) = (build.sum(&algebra, false), build.sum(&algebra, true)) {
            prop_assert_eq!(a, b);
        }
    }

    /// `(a + b) c = a c + b c`, `a b = b a`, `(a b) c = a (b c)`.
    #[test]
    fn products_distribute_commute_and_associate(a in builds(), b in builds(), c in builds()) {
        let algebra = algebra();
        let (Some(a), Some(b), Some(c)) =
            (a.sum(&algebra, false), b.sum(&algebra, false), c.sum(&algebra, false))
        else {
            return Ok(());
        };
        let mul = |x: &Sum, y: &Sum| algebra.mul(x, y).ok();
        let (ab, ac, bc) = (mul(&a, &b), mul(&a, &c), mul(&b, &c));
        let (Some(ab), Some(ac), Some(bc)) = (ab, ac, bc) else { return Ok(()) };
        prop_assert_eq!(Some(ab.clone()), mul(&b, &a));
        if let Some(both) = mul(&a.add(&b), &c) {
            prop_assert_eq!(both, ac.add(&bc));
        }
        if let (Some(x), Some(y)) = (mul(&ab, &c), mul(&a, &bc)) {
            prop_assert_eq!(x, y);
        }
    }

    /// `Σ_i Σ_j = Σ_j Σ_i` and `Σ (a + b) = Σ a + Σ b`.
    #[test]
    fn sums_are_linear_and_exchange(a in builds(), b in builds()) {
        let algebra = algebra();
        let (Some(a), Some(b)) = (a.sum(&algebra, false), b.sum(&algebra, false)) else {
            return Ok(());
        };
        let over = |s: &Sum, i: Idx| algebra.sum_over(s, i, N).ok();
        if let (Some(x), Some(y), Some(z)) =
            (over(&a, FREE[0]), over(&b, FREE[0]), over(&a.add(&b), FREE[0]))
        {
            prop_assert_eq!(x.add(&y), z);
        }
        let inner = over(&a, FREE[0]).and_then(|s| over(&s, FREE[1]));
        let outer = over(&a, FREE[1]).and_then(|s| over(&s, FREE[0]));
        if let (Some(x), Some(y)) = (inner, outer) {
            prop_assert_eq!(x, y);
        }
    }

    /// `s^m s^n = s^{m+n}` and `(s^m)^n = s^{mn}` for whole exponents, negative ones too.
    #[test]
    fn powers_add_and_multiply(a in builds(), m in -2..3_i64, n in -2..3_i64) {
        let algebra = algebra();
        let Some(a) = a.sum(&algebra, false) else { return Ok(()) };
        let pow = |s: &Sum, e: i64| algebra.pow(s, Exponent::from_integer(e)).ok();
        let (Some(x), Some(y), Some(both)) = (pow(&a, m), pow(&a, n), pow(&a, m + n)) else {
            return Ok(());
        };
        if let Ok(product) = algebra.mul(&x, &y) {
            prop_assert!(same(&product, &both), "{} against {}", product, both);
        }
        if let (Some(nested), Some(flat)) = (pow(&x, n), pow(&a, m * n)) {
            prop_assert!(same(&nested, &flat), "{} against {}", nested, flat);
        }
    }

    /// Renaming a free index is substitution, also where two indices become one.
    #[test]
    fn renaming_is_substitution(a in builds(), to in 0..3_usize) {
        let algebra = algebra();
        prop_assume!(!a.has_step());
        let Some(sum) = a.sum(&algebra, false) else { return Ok(()) };
        if let Ok(renamed) = algebra.rename(&sum, &[(FREE[0], FREE[to])]) {
            for values in everywhere() {
                let mut moved = values;
                moved[0] = values[to];
                prop_assert_eq!(value(&renamed, &places(values)), Some(a.value(moved)));
            }
        }
    }
}

/// `Σ_i δ_ii = n`, `Σ_j δ_ij δ_jk = δ_ik`.
#[test]
fn deltas_contract() {
    let algebra = algebra();
    let delta = |i, j| algebra.atom(Atom::Delta(i, j)).unwrap();
    let [i, j, k] = FREE;
    assert_eq!(delta(i, i), Sum::one());
    let chain = algebra.mul(&delta(i, j), &delta(j, k)).unwrap();
    assert_eq!(algebra.sum_over(&chain, j, N).unwrap(), delta(i, k));
    let trace = algebra.sum_over(&delta(i, i), i, N).unwrap();
    assert_eq!(trace, algebra.atom(Atom::Dim(N)).unwrap());
}

/// Exponents and numbers past their bounds stop the computation; nothing overflows.
#[test]
fn what_grows_out_of_bounds_stops() {
    let algebra = algebra();
    let x =
        algebra.atom(Atom::Entry(sym(1, Symmetry::None), smallvec::smallvec![])).unwrap();
    let huge = Exponent::from_integer(1 << 40);
    assert!(algebra.pow(&x, huge).is_err());
    let large = algebra.pow(&x, Exponent::from_integer(1 << 23)).unwrap();
    assert!(algebra.pow(&large, Exponent::from_integer(1 << 23)).is_err());
    let two = Sum::integer(2);
    let long = algebra.pow(&two, Exponent::from_integer(4_000)).unwrap();
    assert!(algebra.pow(&long, Exponent::from_integer(4_000)).is_err());
    assert_eq!(algebra.pow(&two, one()).unwrap(), two);
}
