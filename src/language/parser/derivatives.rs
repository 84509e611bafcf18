//! Derivatives and differentials in every notation: fractions, slashes, operators, nabla.

use num_traits::ToPrimitive;

use super::{Parser, Range};
use crate::language::ast::{DerivativeForm, Expr, Kind, NameKind, Over, Times};
use crate::language::function_word;
use crate::language::lexer::{Fence, Operator, Symbol, Tok};

/// What marks a derivative.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Marker {
    /// `\partial`
    Partial,
    /// `d`, upright or not
    Straight,
    /// `\delta` written for `\partial`
    Delta,
}

/// A look ahead for the slash of `df/dx` goes no further than this many tokens.
const FAR: usize = 400;

impl Parser<'_> {
    /// The marker at a token, if one stands there and something follows that it can mark (or
    /// nothing at all).
    fn marker_at(&self, at: usize, end: usize) -> Option<Marker> {
        if at >= end {
            return None;
        }
        let marker = match &self.tokens[at].tok {
            Tok::Symbol(Symbol::Partial) => Marker::Partial,
            Tok::Symbol(Symbol::Differential) => Marker::Straight,
            Tok::Name(name) if name == "d" => Marker::Straight,
            Tok::Name(name) if name == "delta" => Marker::Delta,
            _ => return None,
        };
        let fits = at + 1 == end
            || match &self.tokens[at + 1].tok {
                Tok::Sup => match marker {
                    // `\delta^{(l)}`, `d^T`: no order of a derivative.
                    Marker::Partial => true,
                    _ => {
                        let order = at
                            + 2
                            + usize::from(
                                self.tokens.get(at + 2).map(|t| &t.tok)
                                    == Some(&Tok::BraceOpen),
                            );
                        order < end && matches!(self.tokens[order].tok, Tok::Number(_))
                    }
                },
                Tok::Sub => marker == Marker::Partial,
                Tok::Number(_) => marker == Marker::Partial,
                Tok::Name(_)
                | Tok::Font(_)
                | Tok::Accent(_)
                | Tok::Unknown(_)
                | Tok::BraceOpen
                | Tok::Symbol(_)
                | Tok::Begin(_)
                | Tok::DoubleBar
                | Tok::Bar => true,
                Tok::Open(_) => true,
                _ => false,
            };
        fits.then_some(marker)
    }

    /// A fraction, which may be a derivative.
    pub(super) fn fraction(&mut self) -> Expr {
        let start = self.at;
        self.at += 1;
        let above = self.argument();
        let below = self.argument();
        let (Some(above), Some(below)) = (above, below) else { return self.missing() };
        self.fraction_of(above, below, start)
    }

    /// The fraction of two ranges: a derivative or a quotient.
    pub(super) fn fraction_of(
        &mut self,
        above: Range,
        below: Range,
        start: usize,
    ) -> Expr {
        if let Some(derivative) = self.derivative_of(above, below, start) {
            return derivative;
        }
        let numerator = self.part_of_fraction(above);
        let denominator = self.part_of_fraction(below);
        self.node(
            Kind::Quotient(Box::new(numerator), Over::Fraction, Box::new(denominator)),
            start,
        )
    }

    fn part_of_fraction(&mut self, range: Range) -> Expr {
        if range.0 >= range.1 {
            let span = self.span_of(range);
            return self.unread(
                span,
                "missing-operand",
                "half of this fraction is empty".into(),
            );
        }
        self.nested(|parser| parser.expression_in(range))
    }

    /// The derivative that a fraction writes; `None` when it is a quotient.
    fn derivative_of(
        &mut self,
        above: Range,
        below: Range,
        start: usize,
    ) -> Option<Expr> {
        let below = self.unwrapped(below);
        let top = self.marker_at(above.0, above.1);
        let bottom = self.marker_at(below.0, below.1).filter(|_| below.1 - below.0 > 1);
        let delta_given = self.known("delta").is_some();
        let marker = match (top, bottom) {
            (Some(Marker::Delta), Some(Marker::Delta)) if delta_given => return None,
            (Some(_), Some(marker)) => marker,
            // `\frac{\partial}{\partial x}` with the numerator left to what follows.
            (None, Some(marker)) if above.0 == above.1 => marker,
            (None, Some(Marker::Partial)) => {
                let span = self.span_of(above);
                self.warn(
                    span,
                    "missing-partial",
                    "only the denominator has a ∂; the fraction is read as a derivative"
                        .into(),
                );
                Marker::Partial
            }
            (Some(Marker::Partial), None) if above.1 - above.0 > 1 => {
                let span = self.span_of(below);
                self.warn(
                    span,
                    "missing-partial",
                    "only the numerator has a ∂; the fraction is read as a derivative"
                        .into(),
                );
                Marker::Partial
            }
            _ => return None,
        };
        let mut content = above;
        let mut order = 1;
        if top.is_some() {
            content.0 += 1;
            (order, content.0) = self.order_at(content);
        }
        let by = self.variables(below, order);
        let of = if content.0 < content.1 {
            let of = self.nested(|parser| parser.expression_in(content));
            Some(of)
        } else {
            None
        };
        Some(self.derivative(marker, of, by, start))
    }

    /// A range without braces or a font around the whole of it.
    fn unwrapped(&self, mut range: Range) -> Range {
        while range.1 > range.0 + 1
            && self.tokens[range.0].tok == Tok::BraceOpen
            && self.mates[range.0] == Some(range.1 - 1)
        {
            range = (range.0 + 1, range.1 - 1);
        }
        range
    }

    /// The order behind a marker (`\partial^2`), and where what follows begins.
    fn order_at(&self, range: Range) -> (usize, usize) {
        if range.0 >= range.1 || self.tokens[range.0].tok != Tok::Sup {
            return (1, range.0);
        }
        let at = range.0 + 1;
        let (inside, next) = match self.tokens.get(at).map(|token| &token.tok) {
            Some(Tok::BraceOpen) => match self.mates[at] {
                Some(mate) => (at + 1, mate + 1),
                None => return (1, range.0),
            },
            _ => (at, at + 1),
        };
        match self.tokens.get(inside).map(|token| &token.tok) {
            Some(Tok::Number(value)) if next <= range.1 => {
                (value.to_usize().filter(|order| *order <= 8).unwrap_or(1), next)
            }
            _ => (1, range.0),
        }
    }

    /// The variables of a denominator: the parts behind its markers, with `x^2` as twice x when
    /// the derivative is of second order.
    fn variables(&mut self, range: Range, order: usize) -> Vec<Expr> {
        let mut starts = Vec::new();
        let mut at = range.0;
        while at < range.1 {
            let after_script = at > range.0
                && matches!(
                    self.tokens[at - 1].tok,
                    Tok::Sup | Tok::Sub | Tok::Operator(_)
                );
            if !after_script && at + 1 < range.1 && self.marker_at(at, range.1).is_some()
            {
                starts.push(at);
            }
            at = self.mates[at].filter(|mate| *mate > at).unwrap_or(at) + 1;
        }
        if starts.first() != Some(&range.0) {
            // The marker is missing (a warning was given): all of it is the variable.
            let variable = self.nested(|parser| parser.expression_in(range));
            return vec![ungrouped(variable)];
        }
        let mut variables = Vec::new();
        for (position, start) in starts.iter().enumerate() {
            let end = starts.get(position + 1).copied().unwrap_or(range.1);
            let (_, from) = self.order_at((start + 1, end));
            let variable =
                ungrouped(self.nested(|parser| parser.expression_in((from, end))));
            self.push_variable(variable, order, starts.len(), &mut variables);
        }
        variables
    }

    fn push_variable(
        &self,
        variable: Expr,
        order: usize,
        count: usize,
        variables: &mut Vec<Expr>,
    ) {
        if order > 1
            && count < order
            && let Kind::Power(base, exponent) = &variable.kind
            && let Kind::Number(value) = &exponent.kind
            && let Some(times) = value.to_usize()
            && value.is_integer()
            && (1..=order).contains(&times)
        {
            for _ in 0..times {
                variables.push((**base).clone());
            }
            return;
        }
        variables.push(variable);
    }

    /// The derivative node; without an `of` it is an operator on what follows.
    fn derivative(
        &mut self,
        marker: Marker,
        of: Option<Expr>,
        by: Vec<Expr>,
        start: usize,
    ) -> Expr {
        let straight = marker == Marker::Straight;
        let (form, of) = match of {
            Some(of) => {
                let form = if straight {
                    DerivativeForm::Total
                } else {
                    DerivativeForm::Partial
                };
                (form, Some(Box::new(ungrouped(of))))
            }
            None => {
                let form = if straight {
                    DerivativeForm::TotalOperator
                } else {
                    DerivativeForm::PartialOperator
                };
                (form, self.operand_of_operator().map(Box::new))
            }
        };
        self.node(Kind::Derivative { form, of, by }, start)
    }

    /// What an operator acts on: the bracket behind it, else the product term behind it.
    fn operand_of_operator(&mut self) -> Option<Expr> {
        while matches!(self.peek(), Some(Tok::Operator(Operator::Cdot | Operator::Star)))
            && self.starts_operand(self.at + 1)
        {
            self.at += 1;
        }
        if !self.starts_operand(self.at) {
            return None;
        }
        let operand = if self.bracket_follows() {
            self.nested(Self::factor)
        } else {
            self.nested(Self::term)
        };
        Some(ungrouped(operand))
    }

    fn bracket_follows(&self) -> bool {
        matches!(
            self.peek(),
            Some(Tok::Open(
                Fence::Round | Fence::Square | Fence::Curly | Fence::Invisible
            ))
        ) || matches!(self.peek(), Some(Tok::BraceOpen))
            && matches!(self.tok(self.at + 1), Some(Tok::Open(_)))
    }

    /// `∂` or an upright d outside a fraction: `∂f/∂x`, `\partial_x f`, `\mathrm{d}X`.
    pub(super) fn marker(&mut self) -> Expr {
        let start = self.at;
        if let Some(derivative) = self.slash_derivative() {
            return derivative;
        }
        let partial = matches!(self.peek(), Some(Tok::Symbol(Symbol::Partial)));
        self.at += 1;
        if partial && matches!(self.peek(), Some(Tok::Sub)) {
            self.at += 1;
            let Some(range) = self.script_argument() else { return self.missing() };
            let by = self.arguments(range);
            return self.derivative(Marker::Partial, None, by, start);
        }
        if !self.starts_operand(self.at) {
            return self.missing();
        }
        let inner = ungrouped(self.nested(Self::factor));
        if partial {
            let span = self.since(start);
            self.warn(
                span,
                "lone-partial",
                format!("`{}` is read as a differential", self.shown(span)),
            );
        }
        self.node(Kind::Differential(Box::new(inner)), start)
    }

    /// `∂f/∂x`, `d(f)/d(x)`, `d/dx f`: a derivative by a slash. `None`, and nothing read, when
    /// there is no slash with a marker on both sides.
    fn slash_derivative(&mut self) -> Option<Expr> {
        let start = self.at;
        let marker = self.marker_at(start, self.end).or_else(|| {
            // `d/d(x)`: nothing stands between the marker and the slash.
            let straight = matches!(&self.tokens[start].tok, Tok::Name(name) if name == "d")
                || matches!(self.tokens[start].tok, Tok::Symbol(Symbol::Partial | Symbol::Differential));
            let slash = matches!(self.tok(start + 1), Some(Tok::Operator(Operator::Slash)));
            (straight && slash).then_some(match self.tokens[start].tok {
                Tok::Symbol(Symbol::Partial) => Marker::Partial,
                _ => Marker::Straight,
            })
        })?;
        let (order, from) = self.order_at((start + 1, self.end));
        let mut at = from;
        // Bars have no mates: between the first and the second of a kind signs are inside.
        let mut inside = None;
        let slash = loop {
            if at > start + FAR {
                return None;
            }
            match self.tok(at)? {
                bar @ (Tok::Bar | Tok::DoubleBar) if inside.is_none_or(|i| i == bar) => {
                    inside = inside.is_none().then_some(bar);
                    at += 1;
                }
                Tok::Operator(Operator::Plus | Operator::Minus) if inside.is_some() => {
                    at += 1
                }
                Tok::Operator(Operator::Slash) => {
                    let next = self.marker_at(at + 1, self.end)?;
                    if at + 2 >= self.end
                        || (next == Marker::Straight) != (marker == Marker::Straight)
                    {
                        return None;
                    }
                    break at;
                }
                Tok::Operator(Operator::Plus | Operator::Minus)
                | Tok::Relation(..)
                | Tok::Comma
                | Tok::Semicolon
                | Tok::Cell
                | Tok::Row
                | Tok::Text(_)
                | Tok::Close(_)
                | Tok::BraceClose
                | Tok::End(_) => return None,
                // Another marker before the slash: the inner one takes it.
                Tok::Symbol(Symbol::Partial | Symbol::Differential) if at > from => {
                    return None;
                }
                _ => at = self.mates[at].filter(|mate| *mate > at).unwrap_or(at) + 1,
            }
        };
        let of = (from < slash).then(|| self.expression_in((from, slash)));
        self.at = slash + 1;
        let mut by = Vec::new();
        // Every marker with its variable, as in `∂x ∂x'`.
        while self.marker_at(self.at, self.end).is_some() && by.len() < 4 {
            if !by.is_empty() && by.len() >= order {
                break;
            }
            let (_, next) = self.order_at((self.at + 1, self.end));
            self.at = next;
            if !self.starts_operand(self.at) {
                break;
            }
            let variable = ungrouped(self.nested(Self::factor));
            self.push_variable(variable, order, 1, &mut by);
        }
        if by.is_empty() {
            self.at = start;
            return None;
        }
        Some(self.derivative(marker, of, by, start))
    }

    /// The letter d that is not given: a derivative by a slash, or a differential. `None`, and
    /// nothing read, when it is a mere letter.
    pub(super) fn letter_d(&mut self, start: usize) -> Option<Expr> {
        let behind = self.at;
        self.at = start;
        if let Some(derivative) = self.slash_derivative() {
            return Some(derivative);
        }
        self.at = behind;
        let differential = match self.peek()? {
            Tok::Open(Fence::Round | Fence::Square) => self.mates[self.at].is_some(),
            Tok::DoubleBar => true,
            Tok::Name(_) | Tok::Font(_) | Tok::Accent(_) | Tok::BraceOpen => {
                match self.base_name(self.at) {
                    Some(base) => {
                        self.known(&base.name).is_some()
                            || !self.tokens[self.at].spaced
                            || function_word(&base.name).is_some()
                    }
                    None => false,
                }
            }
            _ => false,
        };
        if !differential {
            return None;
        }
        let inner = ungrouped(self.nested(Self::factor));
        Some(self.node(Kind::Differential(Box::new(inner)), start))
    }

    /// The letter d that is given (often as a dimension): still the sign of a derivative where a
    /// slash and a second d say so.
    pub(super) fn known_d(&mut self, start: usize) -> Option<Expr> {
        let behind = self.at;
        self.at = start;
        if let Some(derivative) = self.slash_derivative() {
            return Some(derivative);
        }
        self.at = behind;
        // A dimension called d leaves `dX` a differential, and `d \log\det X` at the beginning of a
        // side.
        let spaced = self.tokens.get(behind).is_some_and(|token| token.spaced);
        let begins = start.checked_sub(1).is_none_or(|before| {
            matches!(self.tokens[before].tok, Tok::Relation(..) | Tok::Cell | Tok::Row)
        });
        if self.known("d") == Some(NameKind::Dimension)
            && let Some(base) = self.base_name(behind)
            && (!spaced
                && matches!(
                    self.known(&base.name),
                    Some(NameKind::Array | NameKind::Function | NameKind::Scalar)
                )
                || begins
                    && self.known(&base.name).is_none()
                    && function_word(&base.name).is_some())
        {
            let inner = ungrouped(self.nested(Self::factor));
            return Some(self.node(Kind::Differential(Box::new(inner)), start));
        }
        None
    }

    /// `\nabla_X f`, `\nabla^2_x f`.
    pub(super) fn nabla(&mut self) -> Expr {
        let start = self.at;
        self.at += 1;
        let (mut by, mut second) = (Vec::new(), false);
        loop {
            match self.peek() {
                Some(Tok::Sub) => {
                    self.at += 1;
                    let Some(range) = self.script_argument() else { break };
                    by = self.arguments(range);
                }
                Some(Tok::Sup) => {
                    self.at += 1;
                    let Some(range) = self.script_argument() else { break };
                    if self.spell(range) != "2" {
                        let span = self.since(start);
                        return self.unread(
                            span,
                            "unsupported",
                            "only the first and second nabla are part of the language"
                                .into(),
                        );
                    }
                    second = true;
                }
                _ => break,
            }
        }
        // `\nabla\nabla E`
        if !second
            && by.is_empty()
            && matches!(self.peek(), Some(Tok::Symbol(Symbol::Nabla)))
        {
            self.at += 1;
            second = true;
        }
        let form =
            if second { DerivativeForm::Hessian } else { DerivativeForm::Gradient };
        let of = if !self.starts_operand(self.at) {
            None
        } else if self.bracket_follows() {
            Some(self.nested(Self::factor))
        } else {
            Some(self.nested(|parser| parser.juxtaposed()))
        };
        let of = of.map(|of| Box::new(ungrouped(of)));
        self.node(Kind::Derivative { form, of, by }, start)
    }

    /// Factors side by side, up to any written operator.
    fn juxtaposed(&mut self) -> Expr {
        let start = self.at;
        let mut left = self.factor_or_missing();
        let mut count = 0;
        while self.starts_operand(self.at) && count < 64 {
            let right = self.factor_or_missing();
            count += 1;
            left = self.node(
                Kind::Product(Box::new(left), Times::Juxtaposed, Box::new(right)),
                start,
            );
        }
        left
    }
}

/// Without the brackets that only delimit what an operator acts on.
fn ungrouped(expr: Expr) -> Expr {
    match expr.kind {
        Kind::Group(_, inner) => ungrouped(*inner),
        _ => expr,
    }
}
