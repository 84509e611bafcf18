//! The cases: what is given, what is differentiated, by what, and the answer in plain spelling.

use gradproof::language::ast::{Expr, Spelling};
use gradproof::language::{parse_expr, parse_givens, print};
use gradproof::proof::{DeriveOptions, Derived, Notation, Order, derive};
use gradproof::shape::Givens;

const FILES: &[(&str, &str)] = &[
    ("forms", include_str!("forms.txt")),
    ("traces", include_str!("traces.txt")),
    ("entrywise", include_str!("entrywise.txt")),
    ("softmax", include_str!("softmax.txt")),
    ("definitions", include_str!("definitions.txt")),
    ("second", include_str!("second.txt")),
    ("entries", include_str!("entries.txt")),
];

/// One case of a file.
pub(crate) struct Case {
    /// File and line, for messages.
    pub(crate) place: String,
    pub(crate) givens: Givens,
    pub(crate) of: Expr,
    pub(crate) by: Expr,
    pub(crate) order: Order,
    /// The answer in plain spelling, behind the letters of its entry where it is in index notation.
    pub(crate) answer: String,
}

impl Case {
    pub(crate) fn derive(&self) -> Derived {
        let options = DeriveOptions { order: self.order, ..DeriveOptions::default() };
        derive(&self.givens, &self.of, &self.by, &options)
            .unwrap_or_else(|why| panic!("{}: {why}", self.place))
    }
}

/// Every case of every file.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for (file, text) in FILES {
        let lines: Vec<(usize, &str)> =
            text.lines().enumerate().filter(|(_, l)| !l.starts_with('#')).collect();
        for block in lines.split(|(_, line)| line.trim().is_empty()) {
            let [(at, given), (_, of), (_, by), (_, answer)] = block else {
                assert!(
                    block.is_empty(),
                    "{file}.txt:{}: not four lines",
                    block[0].0 + 1
                );
                continue;
            };
            let place = format!("{file}.txt:{}", at + 1);
            cases.push(case(place, given, of, by, answer));
        }
    }
    cases
}

fn case(place: String, given: &str, of: &str, by: &str, answer: &str) -> Case {
    let behind = |line: &str, word: &str| {
        let rest = line.strip_prefix(word);
        rest.unwrap_or_else(|| panic!("{place}: no `{word}`")).trim().to_string()
    };
    let mut givens = Givens::new();
    for part in behind(given, "given ").split(';') {
        let parsed = parse_givens(part, &givens)
            .unwrap_or_else(|fault| panic!("{place}: {part}: {}", fault.message));
        for g in parsed {
            givens.add(&g).unwrap_or_else(|fault| panic!("{place}: {}", fault.message));
        }
    }
    let (order, of) = match of.split_once(' ') {
        Some(("gradient", of)) => (Order::Gradient, of),
        Some(("jacobian", of)) => (Order::Jacobian, of),
        Some(("hessian", of)) => (Order::Hessian, of),
        _ => panic!("{place}: neither gradient, jacobian nor hessian"),
    };
    let (of, _) = parse_expr(of, Spelling::Plain, &givens);
    let (by, _) = parse_expr(&behind(by, "by "), Spelling::Plain, &givens);
    let answer = behind(answer, "is ");
    Case { place, givens, of, by, order, answer }
}

/// An answer as the files write it.
pub(crate) fn shown(derived: &Derived) -> String {
    let right = print::plain(&derived.right);
    match &derived.notation {
        Notation::Index(letters) if !letters.is_empty() => {
            format!("[{}] {right}", letters.join(","))
        }
        _ => right,
    }
}
