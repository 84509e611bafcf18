//! Prose as a row of words and formulas, sentence by sentence.

use std::ops::Range;

use crate::document::source::{Source, Token};
use crate::language::ast::Span;

/// A word, a mark or a formula of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Atom<'s> {
    /// A word in lower case, without the marks around it.
    Word(String),
    /// A formula (also one that nothing delimits, such as `\mathbf{S}` in prose).
    Math(&'s str, Span),
    /// A comma, a colon, a parenthesis.
    Mark(char),
}

impl<'s> Atom<'s> {
    /// The word, if it is one.
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Atom::Word(word) => Some(word),
            Atom::Math(..) | Atom::Mark(_) => None,
        }
    }

    /// The formula and its place, if it is one.
    pub(super) fn math(&self) -> Option<(&'s str, Span)> {
        match self {
            Atom::Math(text, span) => Some((text, *span)),
            Atom::Word(_) | Atom::Mark(_) => None,
        }
    }
}

/// The sentences of a range of tokens, and of each the tokens it covers.
pub(super) fn sentences(source: &Source, tokens: Range<usize>) -> Vec<Vec<Atom<'_>>> {
    let mut all = Vec::new();
    let mut sentence = Vec::new();
    for token in &source.tokens[tokens] {
        match token {
            Token::Text(span) => prose(source, *span, &mut sentence, &mut all),
            Token::Math(piece) => {
                sentence.push(Atom::Math(source.slice(piece.body).trim(), piece.body));
            }
            Token::Break | Token::Item(_) | Token::Heading(..) => {
                finish(&mut sentence, &mut all)
            }
        }
    }
    finish(&mut sentence, &mut all);
    all
}

fn finish<'s>(sentence: &mut Vec<Atom<'s>>, all: &mut Vec<Vec<Atom<'s>>>) {
    if !sentence.is_empty() {
        all.push(std::mem::take(sentence));
    }
}

fn prose<'s>(
    source: &'s Source,
    span: Span,
    sentence: &mut Vec<Atom<'s>>,
    all: &mut Vec<Vec<Atom<'s>>>,
) {
    let text = source.slice(span);
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let Some(first) = rest.chars().next() else { break };
        if let Some(length) = undelimited(rest) {
            let place = Span::new(span.start + at, span.start + at + length);
            sentence.push(Atom::Math(&rest[..length], place));
            at += length;
        } else if first.is_alphanumeric() || first == '-' {
            let length = rest
                .find(|c: char| !(c.is_alphanumeric() || c == '-' || c == '\''))
                .unwrap_or(rest.len());
            let word = &rest[..length];
            let single = length == 1
                && !matches!(word, "a" | "A" | "I" | "x")
                && !first.is_numeric();
            if single {
                let place = Span::new(span.start + at, span.start + at + 1);
                sentence.push(Atom::Math(word, place));
            } else {
                sentence.push(Atom::Word(word.to_lowercase()));
            }
            at += length;
        } else if matches!(first, '.' | '?' | '!' | ';')
            && rest[1..].chars().next().is_none_or(char::is_whitespace)
        {
            finish(sentence, all);
            at += 1;
        } else {
            if matches!(first, ',' | ':' | '(' | ')' | '×') {
                sentence.push(Atom::Mark(first));
            }
            at += first.len_utf8();
        }
    }
}

/// The length of a symbol that stands in prose without delimiters: `\mathbf{S}`, `\lambda`.
fn undelimited(text: &str) -> Option<usize> {
    const FONTS: [&str; 8] =
        ["mathbf", "boldsymbol", "mathrm", "bm", "vec", "mathcal", "mathit", "pmb"];
    let rest = text.strip_prefix('\\')?;
    let name = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    if !FONTS.contains(&&rest[..name]) {
        return None;
    }
    let body = rest[name..].strip_prefix('{')?;
    let close = body.bytes().take(30).position(|byte| byte == b'}')?;
    Some(1 + name + 1 + close + 1)
}
