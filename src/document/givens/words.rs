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
        let begins = text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
        if begins && let Some(length) = undelimited(rest) {
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

/// The length of a formula that stands in prose without delimiters: `\mathbf{S}`,
/// `\mathbf{x} \in \mathbb{R}^n`, `1 \times N`.
fn undelimited(text: &str) -> Option<usize> {
    let mut end = operand(text)?;
    // A plain letter or number is a formula only where a sign joins it to another.
    let mut formula = text.starts_with('\\');
    loop {
        let rest = &text[end..];
        let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let Some(sign) = ["\\in", "\\times", "×", "∈"]
            .into_iter()
            .find(|sign| rest[blank..].starts_with(sign))
        else {
            break;
        };
        let behind = &rest[blank + sign.len()..];
        let space = behind.len() - behind.trim_start_matches([' ', '\t']).len();
        if space == 0 && behind.starts_with(|c: char| c.is_ascii_alphabetic()) {
            break;
        }
        let Some(length) = operand(&behind[space..]) else { break };
        end += blank + sign.len() + space + length;
        formula = true;
    }
    formula.then_some(end)
}

/// The length of a symbol or a number with its scripts at the beginning of `text`.
fn operand(text: &str) -> Option<usize> {
    const FONTS: [&str; 10] = [
        "mathbf",
        "boldsymbol",
        "mathrm",
        "bm",
        "vec",
        "mathcal",
        "mathit",
        "pmb",
        "mathbb",
        "hat",
    ];
    let mut end = if let Some(rest) = text.strip_prefix('\\') {
        let name = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        if !FONTS.contains(&&rest[..name]) {
            return None;
        }
        1 + name + braced(&rest[name..])?
    } else {
        let word = text
            .find(|c: char| !(c.is_alphanumeric() || c == '-' || c == '\''))
            .unwrap_or(text.len());
        let number = text[..word].bytes().all(|byte| byte.is_ascii_digit());
        let letter = text[..word].chars().count() == 1;
        if word == 0 || !(number || letter) {
            return None;
        }
        word
    };
    while text[end..].starts_with(['_', '^']) {
        let script = &text[end + 1..];
        let length = match braced(script) {
            Some(length) => length,
            None => script.chars().next().filter(|c| c.is_alphanumeric())?.len_utf8(),
        };
        end += 1 + length;
    }
    Some(end)
}

/// The length of the group in braces that `text` begins with; a symbol's is short.
fn braced(text: &str) -> Option<usize> {
    const MOST: usize = 60;
    let mut depth = 0;
    for (at, byte) in text.bytes().enumerate().take(MOST) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some(at + 1),
            b'}' => depth -= 1,
            _ if depth == 0 => return None,
            _ => {}
        }
    }
    None
}
