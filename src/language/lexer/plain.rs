//! The plain-text lexer: what a person types in a terminal. Backslashes are allowed and optional.

use super::commands;
use super::latex::{backslash, single};
use super::scan::Scan;
use super::{Lexed, Operator, Symbol, Tok};
use crate::language::ast::{Comparison, Relation};
use crate::language::functions;

pub(super) fn lex(text: &str) -> Lexed {
    let mut scan = Scan::new(text);
    while let Some(next) = scan.peek() {
        if next.is_whitespace() || matches!(next, '$' | '\u{200b}' | '\u{feff}' | '~') {
            scan.at += next.len_utf8();
            scan.spaced = true;
        } else if next == '\\' {
            backslash(&mut scan);
        } else if next.is_ascii_alphabetic() {
            word(&mut scan);
        } else if next.is_ascii_digit() {
            scan.number(true);
        } else if let Some((tok, length)) = programmer(scan.rest()) {
            scan.push(tok, length);
        } else {
            single(&mut scan, next);
        }
    }
    scan.out
}

/// The operators of programming languages.
fn programmer(rest: &str) -> Option<(Tok, usize)> {
    let signs: &[(&str, Tok)] = &[
        ("...", Tok::Symbol(Symbol::Ellipsis)),
        ("..", Tok::Symbol(Symbol::Ellipsis)),
        (".*", Tok::Operator(Operator::Hadamard)),
        ("./", Tok::Operator(Operator::HadamardSlash)),
        (".^", Tok::DotCaret),
        (".'", Tok::Prime),
        ("**", Tok::Sup),
        ("<=>", Tok::Relation(Relation::Equivalent, None)),
        ("<=", Tok::Relation(Relation::Other("≤"), Some(Comparison::LessEqual))),
        (">=", Tok::Relation(Relation::Other("≥"), Some(Comparison::GreaterEqual))),
        ("@", Tok::Operator(Operator::Star)),
    ];
    signs
        .iter()
        .find(|(sign, _)| rest.starts_with(sign))
        .map(|(sign, tok)| (tok.clone(), sign.len()))
}

fn word(scan: &mut Scan<'_>) {
    let rest = scan.rest();
    let mut length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
    // `log_softmax` is one word, `W_1` is not.
    let longer =
        rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    if longer > length && functions::word(&rest[..longer]).is_some() {
        length = longer;
    }
    let run = &rest[..length];
    let tok = match run {
        "if" | "for" | "otherwise" | "else" | "where" | "and" | "when" => {
            Tok::Text(run.into())
        }
        "sum" | "prod" if !rest[length..].starts_with('_') => Tok::Name(run.into()),
        "in" => Tok::Relation(Relation::Other("∈"), None),
        "T" => Tok::Name(run.into()),
        // The backslash is optional, but a short or common word is rather a name.
        "to" | "top" | "in_" | "vec" | "dot" | "bar" | "hat" | "check" | "star"
        | "over" | "ast" | "div" | "int" | "mid" | "ll" | "gg" | "le" | "ge" | "ne"
        | "lt" | "gt" | "sim" | "perp" | "bold" | "tilde" | "prime" | "because"
        | "colon" | "models" | "square" | "trans" | "transpose" | "cap" | "cup"
        | "neg" => Tok::Name(run.into()),
        _ => commands::command(run).unwrap_or_else(|| Tok::Name(run.into())),
    };
    scan.push(tok, length);
}
