//! Expressions and chains of relations from a text.

use super::ast::{Chain, Condition, Diagnostic, Expr, Kind, Names, Span, Spelling};
use super::lexer::{self, Lexed, Tok};
use super::parser::{Parser, Range};
use super::words;

/// Which spelling a text is in: LaTeX when it has a command, else plain.
pub fn guess_spelling(text: &str) -> Spelling {
    let mut chars = text.chars().peekable();
    while let Some(next) = chars.next() {
        if next == '\\'
            && chars.peek().is_some_and(|next| {
                next.is_ascii_alphabetic() || matches!(next, '|' | '{' | '\\')
            })
        {
            return Spelling::Latex;
        }
    }
    Spelling::Plain
}

/// Cuts a text into tokens, with the words of plain text split where the names ask for it.
pub(super) fn tokens(text: &str, spelling: Spelling, names: &dyn Names) -> Lexed {
    let lexed = lexer::lex(text, spelling);
    match spelling {
        Spelling::Latex => lexed,
        Spelling::Plain => words::split(lexed, names),
    }
}

/// Reads a text as one expression. Never fails: unread parts become [`Kind::Unread`] with an
/// error among the diagnostics.
pub fn parse_expr(
    text: &str,
    spelling: Spelling,
    names: &dyn Names,
) -> (Expr, Vec<Diagnostic>) {
    let lexed = tokens(text, spelling, names);
    let mut parser = Parser::new(text, &lexed, spelling, names);
    let expr = if lexed.tokens.is_empty() {
        let span = Span::new(0, text.len());
        if lexed.diagnostics.is_empty() {
            parser.fault(span, "missing-operand", "there is no expression here".into());
        }
        Expr { kind: Kind::Unread(String::new()), span }
    } else {
        parser.expression_in((0, lexed.tokens.len()))
    };
    let diagnostics = ordered(&lexed, parser.diagnostics);
    (expr, diagnostics)
}

/// Reads a text as one chain of relations (`a = b = c`), in the spelling that it seems to be in.
/// Never fails.
pub fn parse_claim(text: &str, names: &dyn Names) -> (Chain, Vec<Diagnostic>) {
    let spelling = guess_spelling(text);
    let lexed = tokens(text, spelling, names);
    let mut parser = Parser::new(text, &lexed, spelling, names);
    let chain = parser.chain((0, lexed.tokens.len()));
    let diagnostics = ordered(&lexed, parser.diagnostics);
    (chain, diagnostics)
}

/// The diagnostics of lexer and parser in the order of the text.
pub(super) fn ordered(lexed: &Lexed, parsed: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut all = lexed.diagnostics.clone();
    all.extend(parsed);
    all.sort_by_key(|diagnostic| diagnostic.span.start);
    all
}

impl Parser<'_> {
    /// A range as sides and signs, with the condition that stands behind them.
    pub(crate) fn chain(&mut self, range: Range) -> Chain {
        let range = self.trimmed(range);
        let (range, condition) = self.split_condition(range);
        let mut chain = Chain { sides: Vec::new(), signs: Vec::new(), condition };
        let mut start = range.0;
        loop {
            let sign =
                self.find((start, range.1), |tok| matches!(tok, Tok::Relation(..)));
            let side = self.trimmed((start, sign.unwrap_or(range.1)));
            chain.sides.push(match side.0 < side.1 {
                true => Some(self.expression_in(side)),
                false => None,
            });
            let Some(at) = sign else { break };
            if let Tok::Relation(relation, _) = &self.tokens[at].tok {
                chain.signs.push((*relation, self.tokens[at].span));
            }
            start = at + 1;
        }
        chain
    }

    /// The range without breaks and punctuation at its ends.
    pub(crate) fn trimmed(&self, (mut start, mut end): Range) -> Range {
        let empty = |tok: &Tok| {
            matches!(
                tok,
                Tok::Comma
                    | Tok::Semicolon
                    | Tok::Dot
                    | Tok::Colon
                    | Tok::Quad
                    | Tok::Cell
                    | Tok::Row
                    | Tok::Bullet
            )
        };
        while start < end && empty(&self.tokens[start].tok) {
            start += 1;
        }
        while end > start && empty(&self.tokens[end - 1].tok) {
            end -= 1;
        }
        (start, end)
    }

    /// Takes the condition off the end of a range: words behind the relation, `\forall i`.
    fn split_condition(&mut self, range: Range) -> (Range, Option<Condition>) {
        use super::lexer::Symbol;
        let starts =
            |tok: &Tok| matches!(tok, Tok::Text(_) | Tok::Symbol(Symbol::ForAll));
        let Some(at) = self.find(range, starts).filter(|at| *at > range.0) else {
            return (range, None);
        };
        let condition = self.condition((at, range.1));
        (self.trimmed((range.0, at)), Some(condition))
    }
}
