//! Factors: an atom with what is attached to it.

use super::{Parser, Range};
use crate::language::ast::{Expr, Kind, NormKind, Over, Span};
use crate::language::lexer::{Fence, Symbol, Tok};

/// Attached marks beyond this many on one factor are no mathematics.
const MOST_MARKS: usize = 48;

impl Parser<'_> {
    /// Whether an operand can begin with the token at `at`.
    pub(super) fn starts_operand(&self, at: usize) -> bool {
        let Some(tok) = self.tok(at) else { return false };
        match tok {
            Tok::Number(_)
            | Tok::Name(_)
            | Tok::Font(_)
            | Tok::Accent(_)
            | Tok::Unknown(_)
            | Tok::BraceOpen
            | Tok::Begin(_) => true,
            Tok::Symbol(symbol) => !matches!(symbol, Symbol::Over | Symbol::ForAll),
            // An unmatched bracket is left over, and so unread.
            Tok::Open(_) => self.mates[at].is_some(),
            Tok::Bar => self.bars == 0 && self.bar_closes_ahead(at),
            Tok::DoubleBar => self.half_bar || self.norms == 0 && self.bars == 0,
            _ => false,
        }
    }

    /// Whether a `|` at `at` can be an opening one: another one follows at this level of
    /// brackets, and no index hangs on it.
    fn bar_closes_ahead(&self, at: usize) -> bool {
        if matches!(self.tok(at + 1), Some(Tok::Sub)) {
            return false;
        }
        let mut ahead = at + 1;
        while let Some(tok) = self.tok(ahead) {
            match tok {
                Tok::Bar | Tok::DoubleBar => return true,
                Tok::Relation(..) | Tok::Cell | Tok::Row => return false,
                _ => {
                    ahead =
                        self.mates[ahead].filter(|mate| *mate > ahead).unwrap_or(ahead)
                            + 1
                }
            }
        }
        false
    }

    /// An atom and the scripts, primes and entries attached to it.
    pub(super) fn factor(&mut self) -> Expr {
        let start = self.at;
        let mut expr = self.atom();
        for _ in 0..MOST_MARKS {
            let before = self.at;
            expr = self.attached(expr, start);
            if self.at == before {
                return expr;
            }
        }
        self.too_deep(start)
    }

    /// An atom; names bring their scripts along, since these may belong to the name.
    fn atom(&mut self) -> Expr {
        let start = self.at;
        let Some(tok) = self.peek() else { return self.missing() };
        match tok {
            Tok::Number(value) => {
                self.at += 1;
                if value.numer() == value.denom() && self.slice(self.since(start)) == "1"
                {
                    // `1_n` and, in definitions, `1 b`.
                    if matches!(self.peek(), Some(Tok::Sub)) {
                        return self.ones(start);
                    }
                    if self.ones_literal && self.starts_name(self.at) {
                        return self.node(Kind::Ones(Vec::new()), start);
                    }
                }
                self.node(Kind::Number(value.clone()), start)
            }
            // `Σ_i x_i` in plain letters, where no covariance is given.
            Tok::Name(name) if name == "Sigma" && self.is_sum_sign() => {
                self.big_operator(true)
            }
            Tok::Name(_) | Tok::Accent(_) | Tok::Font(_) | Tok::Unknown(_) => {
                self.name_or_font(start)
            }
            Tok::BraceOpen => {
                if self.starts_name(self.at) {
                    return self.name_or_font(start);
                }
                self.braces()
            }
            Tok::Begin(_) => self.environment(),
            Tok::Open(fence) => self.group(*fence),
            Tok::Bar => self.bars_group(),
            Tok::DoubleBar if self.half_bar => {
                self.half_bar = false;
                self.bars_group()
            }
            Tok::DoubleBar => self.norm_group(),
            Tok::Symbol(symbol) => self.symbol(*symbol),
            _ => self.missing(),
        }
    }

    /// Whether the `Σ` here is no name: it bears an index, and nothing is called so.
    fn is_sum_sign(&self) -> bool {
        let written = self.slice(self.tokens[self.at].span) == "\u{3a3}";
        written
            && matches!(self.tok(self.at + 1), Some(Tok::Sub))
            && self.known("Sigma").is_none()
    }

    fn symbol(&mut self, symbol: Symbol) -> Expr {
        let start = self.at;
        match symbol {
            Symbol::Partial | Symbol::Differential => self.marker(),
            Symbol::Nabla => self.nabla(),
            Symbol::Sum | Symbol::Product => self.big_operator(symbol == Symbol::Sum),
            Symbol::Integral => self.integral(),
            Symbol::Fraction => self.fraction(),
            Symbol::Root => self.root(),
            Symbol::Infinity => {
                self.at += 1;
                self.node(Kind::Infinity, start)
            }
            Symbol::Ellipsis => {
                self.at += 1;
                self.node(Kind::Ellipsis, start)
            }
            Symbol::Underbrace | Symbol::Overbrace => {
                self.at += 1;
                let content = self.argument();
                // The label under the brace is no index.
                while matches!(self.peek(), Some(Tok::Sub | Tok::Sup)) {
                    self.at += 1;
                    self.argument();
                }
                match content {
                    Some(range) => self.expression_in(range),
                    None => self.missing(),
                }
            }
            Symbol::Top => {
                self.at += 1;
                let span = self.since(start);
                self.unread(
                    span,
                    "unread",
                    "a transpose sign stands here on its own".into(),
                )
            }
            Symbol::Over | Symbol::ForAll => self.missing(),
            Symbol::Unsupported => {
                self.at += 1;
                while matches!(self.peek(), Some(Tok::BraceOpen)) {
                    self.argument();
                }
                let span = self.since(start);
                let message =
                    format!("`{}` is not part of the language", self.shown(span));
                self.unread(span, "unsupported", message)
            }
        }
    }

    /// The argument that stands here as a range: what braces hold, or one token with what it
    /// needs. Goes behind it. `None` at the end.
    pub(super) fn argument(&mut self) -> Option<Range> {
        while matches!(self.peek(), Some(Tok::Cell | Tok::Row | Tok::Quad)) {
            self.at += 1;
        }
        let start = self.at;
        match self.peek()? {
            Tok::BraceOpen => {
                let Some(mate) = self.mates[start] else {
                    self.at = self.end;
                    return Some((start + 1, self.end));
                };
                self.at = mate + 1;
                Some((start + 1, mate))
            }
            Tok::Font(_) | Tok::Accent(_) | Tok::Symbol(Symbol::Root) => {
                self.at += 1;
                self.argument();
                Some((start, self.at))
            }
            Tok::Symbol(Symbol::Fraction) => {
                self.at += 1;
                self.argument();
                self.argument();
                Some((start, self.at))
            }
            Tok::Open(_) | Tok::Begin(_) => {
                self.at = self.mates[start].map_or(self.end, |mate| mate + 1);
                Some((start, self.at))
            }
            Tok::Close(_) | Tok::BraceClose | Tok::End(_) => None,
            _ => {
                self.at += 1;
                Some((start, self.at))
            }
        }
    }

    /// The content of braces that are no argument: an invisible group.
    fn braces(&mut self) -> Expr {
        let start = self.at;
        let Some(mate) = self.mates[start] else {
            return self.too_open(start);
        };
        self.at = mate + 1;
        let inside = (start + 1, mate);
        if inside.0 == inside.1 {
            // `{}_i X`: empty braces hold scripts in place and mean nothing.
            return match self.starts_operand(self.at) {
                true => self.nested(Self::factor),
                false => self.missing(),
            };
        }
        if let Some(over) = self.find(inside, |tok| *tok == Tok::Symbol(Symbol::Over)) {
            return self.fraction_of((inside.0, over), (over + 1, inside.1), start);
        }
        let mut expr = self.expression_in(inside);
        expr.span = self.since(start);
        expr
    }

    /// A bracket that is never closed: everything from it on is unread.
    pub(super) fn too_open(&mut self, start: usize) -> Expr {
        let span = self.span_of((start, self.end));
        self.at = self.end;
        let message = format!("the bracket at `{}` is never closed", self.shown(span));
        self.unread(span, "unbalanced", message)
    }

    /// The first token in the range, at its own level of brackets, that fits.
    pub(crate) fn find(
        &self,
        range: Range,
        fits: impl Fn(&Tok) -> bool,
    ) -> Option<usize> {
        let mut at = range.0;
        while at < range.1 {
            if fits(&self.tokens[at].tok) {
                return Some(at);
            }
            at = self.mates[at].filter(|mate| *mate > at).unwrap_or(at) + 1;
        }
        None
    }

    /// Splits a range at the tokens that fit, at its own level of brackets.
    pub(crate) fn split(&self, range: Range, fits: impl Fn(&Tok) -> bool) -> Vec<Range> {
        let mut parts = Vec::new();
        let mut start = range.0;
        while let Some(at) = self.find((start, range.1), &fits) {
            parts.push((start, at));
            start = at + 1;
        }
        parts.push((start, range.1));
        parts
    }

    fn root(&mut self) -> Expr {
        let start = self.at;
        self.at += 1;
        let mut degree = None;
        if matches!(self.peek(), Some(Tok::Open(Fence::Square)))
            && let Some(mate) = self.mates[self.at]
        {
            degree = Some((self.at + 1, mate));
            self.at = mate + 1;
        }
        let content = match self.peek() {
            Some(Tok::Open(_)) if self.mates[self.at].is_some() => {
                let mate = self.mates[self.at].unwrap_or(self.end);
                let range = (self.at + 1, mate);
                self.at = mate + 1;
                Some(range)
            }
            _ => self.argument(),
        };
        let Some(content) = content else { return self.missing() };
        let radicand = self.expression_in(content);
        match degree {
            None => self.node(Kind::Root(Box::new(radicand)), start),
            Some(range) => {
                let degree = self.expression_in(range);
                let span = degree.span;
                let one =
                    Expr { kind: Kind::Number(crate::language::ast::whole(1)), span };
                let exponent = Expr {
                    kind: Kind::Quotient(Box::new(one), Over::Fraction, Box::new(degree)),
                    span,
                };
                self.node(Kind::Power(Box::new(radicand), Box::new(exponent)), start)
            }
        }
    }

    /// The kind of norm that an index at the closing bar names; a wrong one is unread.
    pub(super) fn norm_kind(&mut self) -> Result<NormKind, Span> {
        if !matches!(self.peek(), Some(Tok::Sub)) {
            return Ok(NormKind::Plain);
        }
        self.at += 1;
        let start = self.at;
        let Some(range) = self.script_argument() else { return Ok(NormKind::Plain) };
        match self.spell(range).as_str() {
            "2" => Ok(NormKind::Two),
            "F" | "Fro" | "fro" => Ok(NormKind::Frobenius),
            "1" => Ok(NormKind::One),
            _ => Err(self.since(start)),
        }
    }
}
