//! One parser for both spellings: recursive descent over tokens, from sums down to atoms.
//!
//! It never fails: what it cannot read becomes [`Kind::Unread`] with a diagnostic. Brackets are
//! paired beforehand, so that a group is a range of tokens and a fault inside it stays inside it.
//!
//! **Invariant:** nesting and the height of every tree are bounded, and every look-ahead is
//! confined to one term, so that no text makes the parser, or a pass that recurses over its tree,
//! run out of stack or time.

mod atoms;
mod calls;
mod conditions;
mod derivatives;
mod fences;
mod letters;
mod names;
mod scripts;
mod structures;
mod sums;

use super::ast::{
    Diagnostic, Expr, Kind, Names, Over, Severity, Sign, Span, Spelling, Times,
};
use super::lexer::{Lexed, Operator, Tok, Token};

/// How deep brackets, scripts and functions may nest.
const DEEPEST: u32 = 128;

/// How tall the tree of a product may grow.
const TALLEST: usize = 400;

/// How many characters of a name are ever shown back.
const SHOWN: usize = 60;

pub(crate) struct Parser<'a> {
    pub(crate) text: &'a str,
    pub(crate) tokens: &'a [Token],
    pub(crate) mates: &'a [Option<usize>],
    pub(crate) names: &'a dyn Names,
    pub(crate) spelling: Spelling,
    pub(crate) at: usize,
    pub(crate) end: usize,
    pub(crate) diagnostics: Vec<Diagnostic>,
    depth: u32,
    /// Open `|` and `\|` at this level of brackets.
    bars: u32,
    norms: u32,
    /// Half of a `||` has been taken as a closing bar.
    half_bar: bool,
    /// Whether an index list is being read (where a prime belongs to the letter).
    in_index: bool,
    /// Whether a literal `1` before a name is the all-ones vector (definitions in plain text).
    pub(crate) ones_literal: bool,
}

/// A range of tokens.
pub(crate) type Range = (usize, usize);

impl<'a> Parser<'a> {
    pub(crate) fn new(
        text: &'a str,
        lexed: &'a Lexed,
        spelling: Spelling,
        names: &'a dyn Names,
    ) -> Self {
        Parser {
            text,
            tokens: &lexed.tokens,
            mates: &lexed.mates,
            names,
            spelling,
            at: 0,
            end: lexed.tokens.len(),
            diagnostics: Vec::new(),
            depth: 0,
            bars: 0,
            norms: 0,
            half_bar: false,
            in_index: false,
            ones_literal: false,
        }
    }

    pub(crate) fn latex(&self) -> bool {
        self.spelling == Spelling::Latex
    }

    pub(crate) fn tok(&self, at: usize) -> Option<&'a Tok> {
        (at < self.end).then(|| &self.tokens[at].tok)
    }

    pub(crate) fn peek(&self) -> Option<&'a Tok> {
        self.tok(self.at)
    }

    /// The span of a range of tokens; of an empty one, the place where it stands.
    pub(crate) fn span_of(&self, (start, end): Range) -> Span {
        match (self.tokens.get(start), self.tokens.get(end.wrapping_sub(1))) {
            (Some(first), Some(last)) if start < end => first.span.to(last.span),
            (Some(first), _) => Span::new(first.span.start, first.span.start),
            _ => Span::new(self.text.len(), self.text.len()),
        }
    }

    /// The span from the token at `start` up to the one before the current.
    pub(crate) fn since(&self, start: usize) -> Span {
        self.span_of((start, self.at.max(start)))
    }

    pub(crate) fn slice(&self, span: Span) -> &'a str {
        &self.text[span.start..span.end]
    }

    /// The text of a span, cut to a length fit for a message.
    pub(crate) fn shown(&self, span: Span) -> String {
        let text = self.slice(span);
        match text.char_indices().nth(SHOWN) {
            Some((cut, _)) => format!("{}…", &text[..cut]),
            None => text.into(),
        }
    }

    pub(crate) fn warn(&mut self, span: Span, code: &'static str, message: String) {
        self.diagnostics.push(Diagnostic {
            span,
            code,
            message,
            severity: Severity::Warning,
        });
    }

    pub(crate) fn fault(&mut self, span: Span, code: &'static str, message: String) {
        self.diagnostics.push(Diagnostic {
            span,
            code,
            message,
            severity: Severity::Error,
        });
    }

    /// An unread node over the span, with its diagnostic.
    pub(crate) fn unread(
        &mut self,
        span: Span,
        code: &'static str,
        message: String,
    ) -> Expr {
        self.fault(span, code, message);
        Expr { kind: Kind::Unread(self.slice(span).into()), span }
    }

    pub(crate) fn node(&self, kind: Kind, start: usize) -> Expr {
        Expr { kind, span: self.since(start) }
    }

    /// Runs `read` on a range of tokens as on a text of its own, and comes back to where it was.
    pub(crate) fn within<T>(
        &mut self,
        range: Range,
        read: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let saved = (self.at, self.end, self.bars, self.norms, self.half_bar);
        (self.at, self.end) = range;
        (self.bars, self.norms, self.half_bar) = (0, 0, false);
        let result = read(self);
        (self.at, self.end, self.bars, self.norms, self.half_bar) = saved;
        result
    }

    /// Reads a whole range as one expression; what is left over is unread.
    pub(crate) fn expression_in(&mut self, range: Range) -> Expr {
        self.within(range, |parser| {
            let expr = parser.expression();
            parser.rest_unread(expr)
        })
    }

    /// Joins what is left of the range, as an unread factor, to `expr`.
    fn rest_unread(&mut self, expr: Expr) -> Expr {
        while matches!(
            self.peek(),
            Some(
                Tok::Comma | Tok::Dot | Tok::Semicolon | Tok::Cell | Tok::Row | Tok::Quad
            )
        ) {
            self.at += 1;
        }
        if self.at >= self.end {
            return expr;
        }
        let span = self.span_of((self.at, self.end));
        self.at = self.end;
        let message = format!("`{}` could not be read here", self.shown(span));
        let rest = self.unread(span, "unread", message);
        if matches!(expr.kind, Kind::Unread(ref text) if text.is_empty()) {
            return rest;
        }
        let span = expr.span.to(rest.span);
        Expr {
            kind: Kind::Product(Box::new(expr), Times::Juxtaposed, Box::new(rest)),
            span,
        }
    }

    /// Goes one level deeper, or gives the rest of the range up as too deep.
    pub(crate) fn nested(&mut self, read: impl FnOnce(&mut Self) -> Expr) -> Expr {
        if self.depth >= DEEPEST {
            return self.too_deep(self.at);
        }
        self.depth += 1;
        let expr = read(self);
        self.depth -= 1;
        expr
    }

    /// Gives up everything from the token `start` to the end of the range.
    fn too_deep(&mut self, start: usize) -> Expr {
        let span = self.span_of((start, self.end));
        self.at = self.end;
        self.fault(
            span,
            "too-deep",
            "this is nested too deeply to be read; name an intermediate result".into(),
        );
        Expr { kind: Kind::Unread(self.shown(span)), span }
    }

    /// An operand is missing at the current place.
    pub(crate) fn missing(&mut self) -> Expr {
        let place = match (self.peek(), self.at.checked_sub(1)) {
            (None, Some(last)) if last < self.tokens.len() => self.tokens[last].span,
            _ => self.span_of((self.at, (self.at + 1).min(self.end))),
        };
        let message = match self.peek() {
            Some(_) => {
                format!(
                    "an expression should stand here, in place of `{}`",
                    self.shown(place)
                )
            }
            None => "an expression is missing behind this".into(),
        };
        self.fault(place, "missing-operand", message);
        Expr { kind: Kind::Unread(String::new()), span: Span::new(place.end, place.end) }
    }

    /// The sign at the current place, if there is one.
    fn sign(&mut self) -> Option<Sign> {
        let mut sign = None;
        while let Some(Tok::Operator(operator @ (Operator::Plus | Operator::Minus))) =
            self.peek()
        {
            let negative = (*operator == Operator::Minus) != (sign == Some(Sign::Minus));
            sign = Some(if negative { Sign::Minus } else { Sign::Plus });
            self.at += 1;
            self.skip_breaks();
        }
        sign
    }

    /// Alignment marks and line breaks inside an expression mean nothing.
    fn skip_breaks(&mut self) {
        while matches!(self.peek(), Some(Tok::Cell | Tok::Row | Tok::Quad)) {
            self.at += 1;
        }
    }

    /// Whether an operator follows the breaks that stand here; then the breaks are skipped.
    fn skip_breaks_before_operator(&mut self) {
        let mut ahead = self.at;
        while matches!(self.tok(ahead), Some(Tok::Cell | Tok::Row | Tok::Quad)) {
            ahead += 1;
        }
        if matches!(self.tok(ahead), Some(Tok::Operator(_))) {
            self.at = ahead;
        }
    }

    /// A sum of terms.
    pub(crate) fn expression(&mut self) -> Expr {
        self.nested(|parser| {
            parser.skip_breaks();
            let start = parser.at;
            let mut terms = Vec::new();
            let first_sign = parser.sign();
            let term = parser.term();
            terms.push((first_sign.unwrap_or(Sign::Plus), term));
            loop {
                parser.skip_breaks_before_operator();
                let Some(sign) = parser.sign() else { break };
                let term = parser.term();
                terms.push((sign, term));
            }
            if first_sign != Some(Sign::Minus) && terms.len() == 1 {
                return terms.remove(0).1;
            }
            parser.node(Kind::Add(terms), start)
        })
    }

    /// Products on the outer level: in LaTeX the element-wise ones, in plain text all written
    /// ones.
    pub(crate) fn term(&mut self) -> Expr {
        let start = self.at;
        let mut left = self.tight();
        let mut height = left.height();
        loop {
            self.skip_breaks_before_operator();
            let Some(Tok::Operator(operator)) = self.peek() else { break };
            if matches!(operator, Operator::Plus | Operator::Minus) {
                break;
            }
            self.at += 1;
            self.skip_breaks();
            let right = self.right_operand(*operator);
            height = height.max(right.height()) + 1;
            if height > TALLEST {
                return self.too_deep(start);
            }
            left = self.join(left, *operator, right, start);
            if !self.latex() && matches!(operator, Operator::Slash) {
                // `1/2 x` is `(1/2) x`.
                left = self.juxtaposed_to(left, start, &mut height);
            }
        }
        left
    }

    /// What stands to the right of a written operator; a sign is allowed.
    fn right_operand(&mut self, operator: Operator) -> Expr {
        let start = self.at;
        match self.sign() {
            None if !self.latex() && operator == Operator::Slash => {
                self.factor_or_missing()
            }
            None => self.tight(),
            Some(sign) => self.nested(|parser| {
                let factor = parser.right_operand(operator);
                match sign {
                    Sign::Plus => factor,
                    Sign::Minus => {
                        parser.node(Kind::Add(vec![(Sign::Minus, factor)]), start)
                    }
                }
            }),
        }
    }

    fn join(&self, left: Expr, operator: Operator, right: Expr, start: usize) -> Expr {
        let (left, right) = (Box::new(left), Box::new(right));
        let kind = match operator {
            Operator::Slash => Kind::Quotient(left, Over::Slash, right),
            Operator::HadamardSlash => Kind::Quotient(left, Over::Hadamard, right),
            Operator::Star => Kind::Product(left, Times::Star, right),
            Operator::Cdot => Kind::Product(left, Times::Cdot, right),
            Operator::Cross => Kind::Product(left, Times::Cross, right),
            Operator::Hadamard => Kind::Product(left, Times::Hadamard, right),
            Operator::Kronecker => Kind::Product(left, Times::Kronecker, right),
            // Signs never come here: both loops stop in front of them.
            Operator::Plus | Operator::Minus => {
                Kind::Product(left, Times::Juxtaposed, right)
            }
        };
        self.node(kind, start)
    }

    /// Products on the inner level: juxtaposition, and in LaTeX the matrix products.
    pub(crate) fn tight(&mut self) -> Expr {
        let start = self.at;
        let mut left = self.factor_or_missing();
        let mut height = left.height();
        loop {
            left = self.juxtaposed_to(left, start, &mut height);
            if !self.latex() {
                return left;
            }
            self.skip_breaks_before_operator();
            let operator = match self.peek() {
                Some(Tok::Operator(
                    operator @ (Operator::Star
                    | Operator::Cdot
                    | Operator::Cross
                    | Operator::Slash),
                )) => *operator,
                // `x_{11}.y_{11}`: a full stop between two factors is a product.
                Some(Tok::Dot)
                    if self.at + 1 < self.end && self.starts_operand(self.at + 1) =>
                {
                    let span = self.tokens[self.at].span;
                    self.warn(
                        span,
                        "dot-product",
                        "a full stop between two factors is read as a product".into(),
                    );
                    Operator::Cdot
                }
                _ => return left,
            };
            self.at += 1;
            self.skip_breaks();
            let sign_start = self.at;
            let right = match self.sign() {
                Some(Sign::Minus) => {
                    let factor = self.factor_or_missing();
                    self.node(Kind::Add(vec![(Sign::Minus, factor)]), sign_start)
                }
                _ => self.factor_or_missing(),
            };
            height = height.max(right.height()) + 1;
            if height > TALLEST {
                return self.too_deep(start);
            }
            left = self.join(left, operator, right, start);
        }
    }

    /// Multiplies `left` by every factor that stands directly behind it.
    fn juxtaposed_to(
        &mut self,
        mut left: Expr,
        start: usize,
        height: &mut usize,
    ) -> Expr {
        loop {
            if let Some(value) = self.evaluation_bar() {
                left = self.node(Kind::At(Box::new(left), value), start);
                *height += 1;
            }
            if !self.starts_operand(self.at) {
                return left;
            }
            let right = self.factor_or_missing();
            *height = (*height).max(right.height()) + 1;
            if *height > TALLEST {
                return self.too_deep(start);
            }
            left = self.node(
                Kind::Product(Box::new(left), Times::Juxtaposed, Box::new(right)),
                start,
            );
        }
    }

    /// A factor with everything that is attached to it, or a missing operand.
    pub(crate) fn factor_or_missing(&mut self) -> Expr {
        if !self.starts_operand(self.at) {
            if matches!(self.peek(), Some(Tok::Open(_))) {
                // Never closed, as the lexer has said: what follows cannot be told apart.
                let span = self.span_of((self.at, self.end));
                self.at = self.end;
                return Expr { kind: Kind::Unread(self.slice(span).into()), span };
            }
            return self.missing();
        }
        self.nested(|parser| parser.factor())
    }
}
