//! Hostile text: any claim gets an answer, soon.

use std::time::Instant;

use gradproof::proof::Layout;

use crate::expression::GIVENS;
use crate::mutations::rounds;
use crate::support::{Dice, givens, judge};

/// The most seconds that a claim may take here; the program, built for speed, takes less than 2.
const LONGEST: f64 = 6.0;

/// The seconds this thread has computed for, or has existed for where that is not told: a busy
/// machine must not fail the test.
struct Clock {
    start: Instant,
    used: Option<f64>,
}

impl Clock {
    fn start() -> Self {
        Clock { start: Instant::now(), used: Clock::used() }
    }

    fn used() -> Option<f64> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        let nanoseconds: f64 = text.split(' ').next()?.parse().ok()?;
        Some(nanoseconds * 1e-9)
    }

    fn seconds(&self) -> f64 {
        match (self.used, Clock::used()) {
            (Some(before), Some(now)) => now - before,
            _ => self.start.elapsed().as_secs_f64(),
        }
    }
}

const PIECES: &[&str] = &[
    "A",
    "B",
    "x",
    "y",
    "z",
    "a",
    "p",
    "S",
    "n",
    "T",
    "d",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "'",
    "^",
    "_",
    "*",
    ".*",
    "/",
    "./",
    "+",
    "-",
    "=",
    ",",
    " ",
    "1",
    "2",
    "0",
    "10000",
    "0.5",
    "1e999",
    "9223372036854775807",
    "^T",
    "^{-1}",
    "d/d(x)",
    "d(",
    ")/d(x)",
    "inv(",
    "det(",
    "tr(",
    "sum_i",
    "sum_{i=1}^{n}",
    "exp(",
    "log(",
    "sqrt(",
    "softmax(",
    "diag(",
    "kron(",
    "vec(",
    "norm(",
    "x[i]",
    "A[i,j]",
    "delta_{ij}",
    "\\frac{",
    "}{",
    "\\partial",
    "\\sum_{i}",
    "\\begin{cases}",
    "\\end{cases}",
    "\\mathbf{1}",
    "ones(n)",
    "eye(n)",
    "hessian(",
    "jacobian(",
    "(x > 0)",
    "relu(",
    "i",
    "j",
    "k",
    "…",
    "\u{0}",
    "é",
    "\\\\",
    "&",
    "$",
    "|",
    "diff(",
    "pi",
    "max(",
    "min(",
];

#[test]
fn any_text_gets_an_answer() {
    let givens = givens(GIVENS.iter().copied());
    for seed in 0..rounds(4_000) as u64 {
        let mut dice = Dice(seed ^ 0x50_0b);
        let len = 1 + dice.roll(24);
        let mut claim: String = (0..len).map(|_| *dice.pick(PIECES)).collect();
        if dice.roll(3) > 0 {
            claim.push('=');
            claim.extend((0..1 + dice.roll(8)).map(|_| *dice.pick(PIECES)));
        }
        let clock = Clock::start();
        let _ = judge(&givens, &claim, Layout::Auto);
        assert!(clock.seconds() < LONGEST, "too slow: {claim}");
    }
}

#[test]
fn deep_and_long_claims_end() {
    let givens = givens(GIVENS.iter().copied());
    let nested = |open: &str, inner: &str, close: &str, n: usize| {
        format!("{}{inner}{} = a", open.repeat(n), close.repeat(n))
    };
    let claims = [
        nested("(", "a", ")", 4_900),
        nested("sin(", "a", ")", 1_900),
        nested("\\frac{1}{1 + ", "a", "}", 700),
        nested("-", "a", "", 9_000),
        nested("a^", "2", "", 4_500),
        nested("inv(", "A", ")", 1_800),
        nested("kron(", "x", ",x)", 1_000),
        nested("d(", "a^2", ")/d(a)", 1_000),
        nested("softmax(", "x", ")", 1_000),
        format!("{} = a", ["a"; 4_900].join("+")),
        format!("{} = a", ["a"; 4_900].join("*")),
        "((2^4000)^4000)^4000 = 1".into(),
        "a^9223372036854775807*a^3 = 1".into(),
        "a^(1/9223372036854775807)*a^(1/9223372036854775806) = 1".into(),
        "((a^16777215)^16777215)^16777215 = a".into(),
        "a^(1/3)*a^(1/5)*a^(1/7)*a^(1/11)*a^(1/13)*a^(1/17)*a^(1/19)*a^(1/23)*a^(1/29) = a".into(),
        "(a+1)^4000 = a".into(),
        "(A+B)^30 = A".into(),
        "(x'*y + 1)^200 = 1".into(),
        "tr((A+A'+B+S)^9) = 1".into(),
        "exp(exp(exp(exp(exp(exp(exp(a))))))) = a".into(),
        "det(A + B + S + D + x*y') = a".into(),
        "inv(inv(A + B) + inv(S + D)) = A".into(),
        format!("{} = a", ["sin(a)"; 900].join("+sin(b)*")),
        format!("d(x'*{}x{})/d(x) = x", "tanh(A*".repeat(20), ")".repeat(20)),
        format!("d(sum({}x{}))/d(x) = x", "softmax(A*".repeat(9), ")".repeat(9)),
        "d(sum(gelu(A*gelu(B*gelu(A*x)))))/d(x) = x".into(),
        "hessian(norm(x)^40*exp(x'*A*x), x) = A".into(),
        format!("{} = a", ["relu(a - b)"; 60].join("*")),
    ];
    for claim in claims {
        let clock = Clock::start();
        let _ = judge(&givens, &claim, Layout::Auto);
        let shown: String = claim.chars().take(60).collect();
        let seconds = clock.seconds();
        assert!(seconds < LONGEST, "too slow, {seconds:.1} s: {shown}");
    }
}
