//! Expressions and chains of relations from a text.

use super::ast::{
    Chain, Diagnostic, Expr, Kind, Names, Relation, Severity, Span, Spelling,
};
use super::lexer::{self, Lexed, Tok};
use super::parser::{Parser, Range};
use super::rows::parse_math;
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
/// Rows that begin with a relation sign go on with the chain. Never fails; a second statement is
/// an error among the diagnostics.
pub fn parse_claim(text: &str, names: &dyn Names) -> (Chain, Vec<Diagnostic>) {
    let (rows, mut diagnostics) = parse_math(text, guess_spelling(text), names);
    let mut rows = rows.into_iter();
    let Some(first) = rows.next() else {
        if diagnostics.is_empty() {
            diagnostics.push(Diagnostic {
                span: Span::new(0, text.len()),
                code: "missing-operand",
                message: "there is no claim here".into(),
                severity: Severity::Error,
            });
        }
        return (
            Chain { sides: vec![None], signs: Vec::new(), condition: None },
            diagnostics,
        );
    };
    let mut chain = first.chain;
    for row in rows {
        if row.chain.sides.first() != Some(&None) || row.chain.signs.is_empty() {
            diagnostics.push(Diagnostic {
                span: row.span,
                code: "second-statement",
                message:
                    "a second statement stands here; a claim is one chain of relations"
                        .into(),
                severity: Severity::Error,
            });
            break;
        }
        chain.sides.extend(row.chain.sides.into_iter().skip(1));
        chain.signs.extend(row.chain.signs);
        chain.condition = chain.condition.or(row.chain.condition);
    }
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
    /// A range as sides and signs. A colon in front of a set (`f : A \to B`) is a sign as well.
    pub(crate) fn chain(&mut self, range: Range) -> Chain {
        let range = self.trimmed(range);
        let mut chain = Chain { sides: Vec::new(), signs: Vec::new(), condition: None };
        let mut start = range.0;
        loop {
            let sign = self.find((start, range.1), |tok| {
                matches!(tok, Tok::Relation(..) | Tok::Colon)
            });
            let side = self.trimmed((start, sign.unwrap_or(range.1)));
            chain.sides.push(match side.0 < side.1 {
                true => Some(self.side(side)),
                false => None,
            });
            let Some(at) = sign else { break };
            let relation = match &self.tokens[at].tok {
                Tok::Relation(relation, _) => *relation,
                _ => Relation::Other(":"),
            };
            chain.signs.push((relation, self.tokens[at].span));
            start = at + 1;
        }
        chain
    }

    /// One side: an expression, or a list of them.
    fn side(&mut self, range: Range) -> Expr {
        let span = self.span_of(range);
        if let [token] = &self.tokens[range.0..range.1]
            && matches!(token.tok, Tok::Operator(_))
        {
            let message = format!("the sign `{}` stands on its own", self.shown(span));
            return self.unread(span, "lone-sign", message);
        }
        if self.find(range, |tok| *tok == Tok::Comma).is_some() {
            let items = self.arguments(range);
            return Expr { kind: Kind::Tuple(items), span };
        }
        self.expression_in(range)
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
}
