//! No text makes the parser panic, hang or build a tree too tall to walk.

use gradproof::language::ast::{NoNames, Spelling};
use gradproof::language::{
    Macros, parse_claim, parse_expr, parse_given, parse_math, print,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::names::Table;

const PIECES: &[&str] = &[
    "\\frac",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "\\left(",
    "\\right)",
    "\\left.",
    "\\right|",
    "_",
    "^",
    "'",
    "\\partial",
    "\\mathrm{d}",
    "d",
    "x",
    "A",
    "X_ij",
    "\\sum_{i=1}^n",
    "\\sum",
    "\\prod_i",
    "\\int",
    "=",
    ":=",
    "\\Rightarrow",
    "&",
    "\\\\",
    "\\begin{align}",
    "\\end{align}",
    "\\begin{cases}",
    "\\end{cases}",
    "\\begin{pmatrix}",
    "\\end{pmatrix}",
    "\\text{if }",
    "\\text{by}",
    ",",
    ";",
    ".",
    "|",
    "\\|",
    "||",
    "+",
    "-",
    "*",
    "/",
    "./",
    ".^",
    "\\odot",
    "\\cdot",
    "\\otimes",
    "1",
    "0.5",
    "1e-3",
    "\\mathbf{1}",
    "\\mathbb{1}",
    "\\hat",
    "\\hat{y}",
    "e^",
    "\\delta_{ij}",
    "\\delta{ij}",
    "\\nabla_x",
    "\\log",
    "\\exp",
    "\\tanh^2",
    "softmax(",
    "\\operatorname{tr}",
    "T",
    "^T",
    "^\\top",
    "\\dots",
    "\\forall",
    "\\in",
    "\\mathbb{R}^{n \\times m}",
    "\\boxed{",
    "\\underbrace{",
    "\\label{a}",
    "\\tag",
    "\\quad",
    "\\foo",
    "\\foo{x}",
    "∂",
    "ᵀ",
    "²",
    "ℝ",
    "é",
    "\\",
    "$",
    "%",
    "~",
    "\u{0}",
    "I_n",
    "E[",
    "Var[",
    "h(x)",
    "h'",
    "\\big|_{x=1}",
    "!",
    "?",
    "sum_i",
    "in R^n",
    "for i = 1..N",
    "symmetric",
    "elementwise",
    " ",
    "\n",
];

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..40)
        .prop_map(|pieces| pieces.concat())
}

/// Reads a text in every way there is, and walks and prints what comes out.
fn read(text: &str) {
    let table = Table::of("x in R^n; A in R^{n x n}; h elementwise; L = L(x)");
    for spelling in [Spelling::Latex, Spelling::Plain] {
        let (expr, diagnostics) = parse_expr(text, spelling, &table);
        assert!(
            !expr.has_unread() || !diagnostics.is_empty(),
            "{text}: unread without a word"
        );
        assert!(expr.height() < 3000);
        for printed in [print::plain(&expr), print::latex(&expr), print::unicode(&expr)] {
            drop(printed);
        }
        let (rows, diagnostics) = parse_math(text, spelling, &NoNames);
        for diagnostic in &diagnostics {
            assert!(diagnostic.span.start <= diagnostic.span.end);
            assert!(
                text.get(diagnostic.span.start..diagnostic.span.end).is_some(),
                "{text}"
            );
        }
        for row in rows {
            assert_eq!(row.chain.sides.len(), row.chain.signs.len() + 1);
            for side in row.chain.sides.iter().flatten() {
                assert!(text.get(side.span.start..side.span.end).is_some(), "{text}");
            }
        }
    }
    let (chain, _) = parse_claim(text, &table);
    assert_eq!(chain.sides.len(), chain.signs.len() + 1);
    let _ = parse_given(text, &table);
    let macros = Macros::collect(text);
    let _ = macros.expand(text);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, rng_seed: RngSeed::Fixed(2718), ..ProptestConfig::default() })]

    #[test]
    fn any_soup_of_commands_is_read(text in soup()) {
        read(&text);
    }

    #[test]
    fn any_text_is_read(text in "\\PC{0,60}") {
        read(&text);
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        read(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn deep_nesting_ends_in_a_diagnostic() {
    for (open, close) in [
        ("(", ")"),
        ("{", "}"),
        ("\\frac{1}{", "}"),
        ("x^{", "}"),
        ("x_{", "}"),
        ("\\sqrt{", "}"),
        ("\\left[", "\\right]"),
        ("-", ""),
        ("\\log ", ""),
        ("|", ""),
        ("\\hat{", "}"),
        ("\\mathbf{", "}"),
        ("\\sum_i ", ""),
        ("\\frac{\\partial}{\\partial x} ", ""),
        ("\\mathrm{d}", ""),
        ("\\nabla_x ", ""),
        ("\\mathbb{1}[0 < ", "]"),
        ("\\begin{cases}", "\\end{cases}"),
        ("\\begin{pmatrix}", "\\end{pmatrix}"),
        ("h(", ")"),
        ("a \\cdot -", ""),
        ("x^", ""),
        ("\\int ", ""),
        ("{\\{", "\\}}"),
    ] {
        for count in [40, 300, 8_000] {
            let text = format!("{}x{}", open.repeat(count), close.repeat(count));
            read(&text);
        }
    }
}

#[test]
fn long_chains_end_in_a_diagnostic() {
    for piece in [
        "A ",
        "A*",
        "A+",
        "A'",
        "A \\odot ",
        "a/",
        "x_i ",
        "\\dots ",
        "|",
        "\\| ",
        "d ",
        "∂ ",
    ] {
        for count in [300, 20_000] {
            read(&format!("{}A", piece.repeat(count)));
        }
    }
    let sum = vec!["\\sum_i x_i"; 2_000].join(" + ");
    read(&sum);
}

#[test]
fn a_huge_text_is_refused_at_once() {
    let text = "x + ".repeat(15_000_000);
    let (expr, diagnostics) = parse_expr(&text, Spelling::Latex, &NoNames);
    assert!(expr.has_unread());
    assert_eq!(diagnostics[0].code, "too-long");
}

#[test]
fn macros_without_end_are_stopped() {
    let loops = Macros::collect("\\newcommand{\\a}{\\b}\\newcommand{\\b}{\\a \\a}");
    let expanded = loops.expand("x = \\a");
    assert_eq!(expanded.diagnostics[0].code, "macro-loop");
    let doubling: String = ('a'..='z')
        .zip('b'..='z')
        .map(|(a, b)| format!("\\newcommand{{\\m{a}}}{{\\m{b}\\m{b}\\m{b}}}"))
        .collect();
    let expanded = Macros::collect(&doubling).expand("\\ma");
    assert!(!expanded.diagnostics.is_empty());
}
