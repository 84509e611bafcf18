//! Brackets: groups, tuples, indicators, bars, norms, evaluation bars.

use super::{Parser, Range};
use crate::language::ast::{Delimiter, Expr, Kind, NormKind};
use crate::language::lexer::{Fence, Tok};

impl Parser<'_> {
    /// A group in visible brackets.
    pub(super) fn group(&mut self, fence: Fence) -> Expr {
        let start = self.at;
        let Some(mate) = self.mates[start] else { return self.too_open(start) };
        let inside = (start + 1, mate);
        self.at = mate + 1;
        let closing = match self.tokens[mate].tok {
            Tok::Close(kind) => kind,
            _ => fence,
        };
        match fence {
            Fence::Round => self.bracketed(inside, Delimiter::Round, start),
            Fence::Square => self.bracketed(inside, Delimiter::Square, start),
            Fence::Curly => {
                if closing == Fence::Invisible
                    && let Some(cases) = self.cases_in(inside)
                {
                    return Expr { kind: cases.kind, span: self.since(start) };
                }
                self.bracketed(inside, Delimiter::Curly, start)
            }
            Fence::Bar => {
                let inner = self.expression_in(inside);
                self.bars_of(inner, start)
            }
            Fence::Norm => {
                let inner = self.expression_in(inside);
                self.norm_of(inner, start)
            }
            Fence::Angle => {
                let args = self.arguments(inside);
                if matches!(self.peek(), Some(Tok::Sub)) {
                    // The space that the inner product belongs to.
                    self.at += 1;
                    self.script_argument();
                }
                let name = String::from("inner");
                self.node(Kind::Call { name, primes: 0, args }, start)
            }
            Fence::Invisible => {
                let inner = self.expression_in(inside);
                if closing == Fence::Bar
                    && let Some(values) = self.evaluated_at()
                {
                    return self.node(Kind::At(Box::new(inner), values), start);
                }
                self.node(inner.kind, start)
            }
        }
    }

    /// `( … )`, `[ … ]`, `\{ … \}`: a group, a list, a matrix, or a condition taken as 0 or 1.
    fn bracketed(&mut self, inside: Range, delimiter: Delimiter, start: usize) -> Expr {
        if inside.0 == inside.1 {
            let span = self.since(start);
            return self.unread(
                span,
                "empty-group",
                "these brackets hold nothing".into(),
            );
        }
        if self.find(inside, |tok| *tok == Tok::Semicolon).is_some()
            && delimiter == Delimiter::Square
        {
            let rows = self
                .split(inside, |tok| *tok == Tok::Semicolon)
                .into_iter()
                .map(|row| self.arguments(row))
                .collect();
            return self.node(Kind::Matrix(rows), start);
        }
        if self.find(inside, |tok| matches!(tok, Tok::Relation(_, Some(_)))).is_some() {
            let condition = self.condition(inside);
            return self.node(Kind::Indicator(condition), start);
        }
        if self.find(inside, |tok| *tok == Tok::Comma).is_some() {
            let items = self.arguments(inside);
            return self.node(Kind::Tuple(items), start);
        }
        let inner = self.expression_in(inside);
        self.node(Kind::Group(delimiter, Box::new(inner)), start)
    }

    /// The expressions between the commas of a range.
    pub(crate) fn arguments(&mut self, range: Range) -> Vec<Expr> {
        if range.0 >= range.1 {
            return Vec::new();
        }
        self.split(range, |tok| *tok == Tok::Comma)
            .into_iter()
            .map(|part| self.expression_in(part))
            .collect()
    }

    /// `|a|` by single bars.
    pub(super) fn bars_group(&mut self) -> Expr {
        let start = self.at;
        self.at += 1;
        self.bars += 1;
        let inner = self.expression();
        self.bars -= 1;
        match self.peek() {
            Some(Tok::Bar) => self.at += 1,
            // `|x||y|`: the first half closes, the second opens.
            Some(Tok::DoubleBar) if !self.half_bar => self.half_bar = true,
            _ => return self.too_open(start),
        }
        self.bars_of(inner, start)
    }

    /// Bars round an expression: a norm where the index at the closing one names which.
    fn bars_of(&mut self, inner: Expr, start: usize) -> Expr {
        let behind = self.at;
        match self.norm_kind() {
            Ok(kind) if kind != NormKind::Plain => {
                self.node(Kind::Norm(Box::new(inner), kind), start)
            }
            _ => {
                self.at = behind;
                self.node(Kind::Bars(Box::new(inner)), start)
            }
        }
    }

    /// `\|x\|` by double bars.
    pub(super) fn norm_group(&mut self) -> Expr {
        let start = self.at;
        self.at += 1;
        self.norms += 1;
        let inner = self.expression();
        self.norms -= 1;
        if !matches!(self.peek(), Some(Tok::DoubleBar)) {
            return self.too_open(start);
        }
        self.at += 1;
        self.norm_of(inner, start)
    }

    /// The norm that the scripts behind a closing bar choose: `\|x\|_2`, `\|x\|^2_2`.
    fn norm_of(&mut self, inner: Expr, start: usize) -> Expr {
        let closed = self.at;
        let mut power = None;
        if matches!(self.peek(), Some(Tok::Sup)) {
            self.at += 1;
            power = self.script_argument();
        }
        let kind = match self.norm_kind() {
            Ok(kind) => kind,
            Err(span) => {
                let message = format!(
                    "the norm with index `{}` is not part of the language; 1, 2 and F are",
                    self.shown(span)
                );
                return self.unread(span, "unsupported", message);
            }
        };
        let norm = Expr {
            kind: Kind::Norm(Box::new(inner), kind),
            span: self.span_of((start, closed)),
        };
        match power {
            Some(range) => self.raised(norm, range, start),
            None => norm,
        }
    }

    /// `\Big|_{x = a}` behind a product.
    pub(super) fn evaluation_bar(&mut self) -> Option<Vec<(Expr, Expr)>> {
        if !matches!(self.peek(), Some(Tok::Bar))
            || !matches!(self.tok(self.at + 1), Some(Tok::Sub))
        {
            return None;
        }
        if self.bars > 0 {
            return None;
        }
        self.at += 1;
        self.evaluated_at()
    }

    /// The assignments `_{x = a, y = b}` behind an evaluation bar.
    fn evaluated_at(&mut self) -> Option<Vec<(Expr, Expr)>> {
        if !matches!(self.peek(), Some(Tok::Sub)) {
            return None;
        }
        self.at += 1;
        let range = self.script_argument()?;
        let mut values = Vec::new();
        for part in self.split(range, |tok| *tok == Tok::Comma) {
            let sides = self.split(part, |tok| matches!(tok, Tok::Relation(..)));
            match sides[..] {
                [left, right] => {
                    values.push((self.expression_in(left), self.expression_in(right)));
                }
                _ => {
                    let span = self.span_of(part);
                    let message = format!(
                        "`{}` should say where to evaluate, as in `x = 0`",
                        self.shown(span)
                    );
                    let unread = self.unread(span, "unread", message);
                    values.push((unread.clone(), unread));
                }
            }
        }
        Some(values)
    }
}
