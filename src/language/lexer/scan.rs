//! The state both lexers share: where we are, what was found.

use std::cell::Cell;

use super::{Lexed, Tok, Token, number};
use crate::language::ast::{Diagnostic, Severity, Span};

pub(super) struct Scan<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) spaced: bool,
    pub(super) out: Lexed,
    /// How many more brace groups may turn out to have no end; bounds the time on broken texts.
    endless: Cell<u32>,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Scan { text, at: 0, spaced: false, out: Lexed::default(), endless: Cell::new(64) }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Emits a token over the next `length` bytes.
    pub(super) fn push(&mut self, tok: Tok, length: usize) {
        self.push_from(tok, self.at, self.at + length);
    }

    /// Emits a token over the given bytes and goes on behind them.
    pub(super) fn push_from(&mut self, tok: Tok, start: usize, end: usize) {
        self.out.tokens.push(Token {
            tok,
            span: Span::new(start, end),
            spaced: self.spaced,
        });
        self.spaced = false;
        self.at = end;
    }

    pub(super) fn say(
        &mut self,
        span: Span,
        code: &'static str,
        severity: Severity,
        message: String,
    ) {
        self.out.diagnostics.push(Diagnostic { span, code, message, severity });
    }

    /// Emits the number that stands here; `false` when there is none.
    pub(super) fn number(&mut self, exponent: bool) -> bool {
        let length = number::length(self.rest(), exponent);
        if length == 0 {
            return false;
        }
        match number::value(&self.rest()[..length]) {
            Some(value) => self.push(Tok::Number(value), length),
            None => {
                let span = Span::new(self.at, self.at + length);
                self.say(
                    span,
                    "too-large-number",
                    Severity::Error,
                    "this number is too long to be read; write it with fewer digits"
                        .into(),
                );
                self.push(Tok::Strange('0'), length);
            }
        }
        true
    }

    /// The content of the brace group that begins at or after `from` (white space between), and
    /// the offset behind it.
    pub(super) fn braced(&self, from: usize) -> Option<(Span, usize)> {
        self.braced_within(from, usize::MAX)
    }

    /// As [`Scan::braced`], for a group of at most `longest` bytes: a lexer that only looks, and
    /// then reads the content all the same, must not look far.
    pub(super) fn braced_within(
        &self,
        from: usize,
        longest: usize,
    ) -> Option<(Span, usize)> {
        let bytes = self.text.as_bytes();
        let mut at = from;
        while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        if bytes.get(at) != Some(&b'{') || self.endless.get() == 0 {
            return None;
        }
        let start = at + 1;
        let mut depth = 0usize;
        while let Some(&byte) = bytes.get(at) {
            if at.saturating_sub(start) > longest {
                return None;
            }
            match byte {
                b'\\' => at += 1,
                b'{' => depth += 1,
                b'}' => {
                    depth -= 1;
                    if depth == 0 {
                        return Some((Span::new(start, at), at + 1));
                    }
                }
                _ => {}
            }
            at += 1;
        }
        self.endless.set(self.endless.get() - 1);
        None
    }

    /// The content of an optional `[…]` at or after `from`, and the offset behind it.
    pub(super) fn bracketed(&self, from: usize) -> Option<(Span, usize)> {
        let bytes = self.text.as_bytes();
        if bytes.get(from) != Some(&b'[') {
            return None;
        }
        // Optional arguments are short; looking no further keeps the lexer linear.
        let end = bytes[from..].iter().take(200).position(|&byte| byte == b']')? + from;
        Some((Span::new(from + 1, end), end + 1))
    }
}
