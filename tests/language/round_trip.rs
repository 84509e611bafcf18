//! What the printers print reads back as the same tree.

use gradproof::language::ast::{
    Comparison, Condition, Delimiter, DerivativeForm, Expr, Kind, NormKind, Over, Sign,
    Span, Spelling, SumIndex, Times,
};
use gradproof::language::{parse_expr, print};
use num_rational::BigRational;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::names::Table;
use crate::sexp::sexp;

const GIVENS: &str = "x in R^n; y in R^n; A in R^{n x n}; B in R^{n x m}; W_1 in R^{n x n}; \
     lambda in R; c in R; \\hat{y} in R^n; z^{(l)} in R^n; h elementwise; sigma elementwise";

fn node(kind: Kind) -> Expr {
    Expr { kind, span: Span::default() }
}

fn name(text: &str) -> Expr {
    node(Kind::Name(text.into()))
}

fn number(value: i64) -> Expr {
    node(Kind::Number(BigRational::from_integer(value.into())))
}

/// The s-expression without the brackets that were written, and with one sign for quotients.
fn bare(expr: &Expr) -> String {
    let text = sexp(expr).replace("(frac ", "(/ ");
    let mut out = String::new();
    let mut stack = Vec::new();
    let mut rest = text.as_str();
    let mut quoted = false;
    while let Some(next) = rest.chars().next() {
        let group =
            ["(g ", "(g[] ", "(g{} "].into_iter().find(|head| rest.starts_with(head));
        match (quoted, next, group) {
            (false, _, Some(head)) => {
                stack.push(true);
                rest = &rest[head.len()..];
                continue;
            }
            (false, '(', _) => {
                stack.push(false);
                out.push('(');
            }
            (false, ')', _) => {
                if !stack.pop().unwrap_or(false) {
                    out.push(')');
                }
            }
            _ => {
                if next == '"' {
                    quoted = !quoted;
                }
                out.push(next);
            }
        }
        rest = &rest[next.len_utf8()..];
    }
    out
}

fn leaf() -> impl Strategy<Value = Expr> {
    prop_oneof![
        (0i64..30).prop_map(number),
        Just(node(Kind::Number(BigRational::new(1.into(), 4.into())))),
        prop::sample::select(vec![
            "x", "y", "A", "B", "W_1", "lambda", "c", "hat y", "z^(l)", "n", "m", "mu"
        ])
        .prop_map(name),
        index().prop_map(|i| node(Kind::Entry(Box::new(name("x")), vec![i]))),
        (index(), index())
            .prop_map(|(i, j)| node(Kind::Entry(Box::new(name("A")), vec![i, j]))),
        (index(), index()).prop_map(|(i, j)| node(Kind::Delta(Box::new(i), Box::new(j)))),
        Just(node(Kind::Identity(None))),
        Just(node(Kind::Identity(Some(Box::new(name("n")))))),
        Just(node(Kind::Ones(vec![]))),
        Just(node(Kind::Ones(vec![name("n")]))),
        Just(node(Kind::Ones(vec![name("n"), name("m")]))),
        Just(node(Kind::Zeros(vec![name("n")]))),
        Just(node(Kind::Infinity)),
        Just(node(Kind::Function { name: "sigma".into(), primes: 1 })),
    ]
}

fn index() -> impl Strategy<Value = Expr> {
    prop_oneof![
        4 => prop::sample::select(vec!["i", "j", "k", "r", "k'"]).prop_map(name),
        1 => (1i64..40).prop_map(number),
        1 => Just(node(Kind::Add(vec![(Sign::Plus, name("i")), (Sign::Minus, number(1))]))),
    ]
}

fn condition(inner: BoxedStrategy<Expr>) -> impl Strategy<Value = Condition> {
    let comparison = prop::sample::select(vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessEqual,
        Comparison::Greater,
        Comparison::GreaterEqual,
    ]);
    (inner.clone(), comparison, inner)
        .prop_map(|(a, sign, b)| Condition::Compare(Box::new(a), sign, Box::new(b)))
}

fn sum_indices() -> impl Strategy<Value = Vec<SumIndex>> {
    let letter = prop::sample::select(vec!["i", "j", "k", "r", "k'"]);
    (prop::collection::vec(letter, 1..3), any::<bool>(), any::<bool>(), any::<bool>())
        .prop_map(|(mut letters, ranged, bounded, excluded)| {
            letters.sort_unstable();
            letters.dedup();
            letters
                .into_iter()
                .map(|letter| SumIndex {
                    name: letter.into(),
                    span: Span::default(),
                    from: ranged.then(|| number(1)),
                    to: bounded.then(|| name("n")),
                    not_equal: if excluded && !ranged { vec![name("s")] } else { vec![] },
                })
                .collect()
        })
}

fn tree() -> impl Strategy<Value = Expr> {
    leaf().boxed().prop_recursive(5, 48, 3, |inner| {
        let pair = || (inner.clone(), inner.clone());
        let one = |make: fn(Box<Expr>) -> Kind| {
            inner.clone().prop_map(move |e| node(make(Box::new(e)))).boxed()
        };
        let times = prop::sample::select(vec![
            Times::Juxtaposed,
            Times::Star,
            Times::Cdot,
            Times::Cross,
            Times::Hadamard,
            Times::Kronecker,
        ]);
        let over = prop::sample::select(vec![Over::Slash, Over::Fraction, Over::Hadamard]);
        let function = prop::sample::select(vec![
            "exp", "log", "tr", "softmax", "relu", "diag", "h", "sigma", "inv",
        ]);
        let fraction = prop::sample::select(vec![
            DerivativeForm::Partial,
            DerivativeForm::PartialOperator,
            DerivativeForm::Total,
            DerivativeForm::TotalOperator,
        ]);
        let named = prop::sample::select(vec![
            DerivativeForm::Gradient,
            DerivativeForm::Jacobian,
            DerivativeForm::Hessian,
        ]);
        let delimiter = prop::sample::select(vec![
            Delimiter::Round,
            Delimiter::Square,
            Delimiter::Curly,
        ]);
        let norm = prop::sample::select(vec![
            NormKind::Plain,
            NormKind::Two,
            NormKind::Frobenius,
            NormKind::One,
        ]);
        let sign = prop_oneof![Just(Sign::Plus), Just(Sign::Minus)];
        let condition = condition(inner.clone().boxed()).boxed();
        prop_oneof![
            4 => (pair(), times).prop_map(|((a, b), times)| {
                node(Kind::Product(Box::new(a), times, Box::new(b)))
            }),
            2 => (pair(), over).prop_map(|((a, b), over)| {
                node(Kind::Quotient(Box::new(a), over, Box::new(b)))
            }),
            3 => (prop::collection::vec((sign, inner.clone()), 2..4)).prop_map(|terms| node(Kind::Add(terms))),
            1 => inner.clone().prop_map(|e| node(Kind::Add(vec![(Sign::Minus, e)]))),
            1 => pair().prop_map(|(a, b)| node(Kind::Power(Box::new(a), Box::new(b)))),
            1 => pair().prop_map(|(a, b)| node(Kind::HadamardPower(Box::new(a), Box::new(b)))),
            1 => inner.clone().prop_map(|a| {
                let minus = node(Kind::Add(vec![(Sign::Minus, number(1))]));
                node(Kind::Power(Box::new(a), Box::new(minus)))
            }),
            2 => one(Kind::Transpose),
            1 => one(Kind::Root),
            1 => one(Kind::Bars),
            1 => one(Kind::Differential),
            1 => (inner.clone(), norm).prop_map(|(e, kind)| node(Kind::Norm(Box::new(e), kind))),
            1 => (inner.clone(), delimiter).prop_map(|(e, d)| node(Kind::Group(d, Box::new(e)))),
            2 => (inner.clone(), prop::collection::vec(index(), 1..3))
                .prop_map(|(e, at)| node(Kind::Entry(Box::new(e), at))),
            2 => (inner.clone(), function, 0u32..3).prop_map(|(e, name, primes)| {
                let primes = if matches!(name, "h" | "sigma") { primes } else { 0 };
                node(Kind::Call { name: name.into(), primes, args: vec![e] })
            }),
            1 => pair().prop_map(|(a, b)| {
                node(Kind::Call { name: "kron".into(), primes: 0, args: vec![a, b] })
            }),
            2 => (sum_indices(), inner.clone()).prop_map(|(at, e)| node(Kind::Sum(at, Box::new(e)))),
            1 => (sum_indices(), inner.clone()).prop_map(|(at, e)| node(Kind::BigProduct(at, Box::new(e)))),
            2 => (pair(), fraction, 1usize..3).prop_map(|((a, b), form, order)| {
                node(Kind::Derivative { form, of: Some(Box::new(a)), by: vec![b; order] })
            }),
            1 => (pair(), named).prop_map(|((a, b), form)| {
                node(Kind::Derivative { form, of: Some(Box::new(a)), by: vec![b] })
            }),
            1 => condition.clone().prop_map(|c| node(Kind::Indicator(c))),
            1 => (pair(), condition).prop_map(|((a, b), c)| {
                node(Kind::Cases(vec![(a, c), (b, Condition::Otherwise)]))
            }),
            1 => pair().prop_map(|(a, b)| node(Kind::Tuple(vec![a, b]))),
            1 => (pair(), pair()).prop_map(|((a, b), (c, d))| {
                node(Kind::Matrix(vec![vec![a, b], vec![c, d]]))
            }),
            1 => inner.clone().prop_map(|e| node(Kind::Expectation("E".into(), Box::new(e)))),
        ]
    })
}

fn check(expr: &Expr, text: &str, spelling: Spelling) -> Result<(), TestCaseError> {
    let (back, diagnostics) = parse_expr(text, spelling, &Table::of(GIVENS));
    prop_assert!(diagnostics.is_empty(), "{text}\n{}\n{diagnostics:?}", sexp(expr));
    prop_assert_eq!(bare(&back), bare(expr), "{}", text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, rng_seed: RngSeed::Fixed(2718), ..ProptestConfig::default() })]

    #[test]
    fn latex_reads_back(expr in tree()) {
        check(&expr, &print::latex(&expr), Spelling::Latex)?;
    }

    #[test]
    fn plain_text_reads_back(expr in tree()) {
        check(&expr, &print::plain(&expr), Spelling::Plain)?;
    }

    #[test]
    fn terminals_get_some_text(expr in tree()) {
        prop_assert!(!print::unicode(&expr).is_empty());
        prop_assert!(!print::unicode(&expr).contains('\\'));
    }
}
