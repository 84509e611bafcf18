//! The letters and digits that mean something unless they are given: bold `1` and `0`, `I`, `E`,
//! `e^{…}`, `\delta_{ij}`.

use num_traits::One;

use super::names::Base;
use super::{Parser, Range};
use crate::language::ast::{Condition, Expr, Kind, whole};
use crate::language::lexer::{Fence, Operator, Tok};

impl Parser<'_> {
    /// Bold or blackboard `1` and `0`.
    pub(super) fn bold_digit(&mut self) -> Option<Expr> {
        let start = self.at;
        let mut at = start;
        let mut braces = 0;
        while let Some(Tok::Font(_)) = self.tok(at) {
            at += 1;
            if matches!(self.tok(at), Some(Tok::BraceOpen)) {
                braces += 1;
                at += 1;
            }
        }
        if at == start {
            return None;
        }
        let Some(Tok::Number(value)) = self.tok(at) else { return None };
        for offset in 1..=braces {
            if !matches!(self.tok(at + offset), Some(Tok::BraceClose)) {
                return None;
            }
        }
        let zero = *value == whole(0);
        if !zero && !value.is_one() {
            return None;
        }
        self.at = at + 1 + braces;
        if zero {
            let sizes = self.sizes(false).unwrap_or_default();
            return Some(self.node(Kind::Zeros(sizes), start));
        }
        if self.condition_follows() {
            return Some(self.indicator(start));
        }
        Some(self.ones(start))
    }

    /// Whether `I` or `\mathbb{I}` stands in front of a condition.
    pub(super) fn half_open_indicator(&self, base: &Base) -> bool {
        base.name == "I" && self.known("I").is_none() && {
            let mut probe = base.next;
            if matches!(self.tok(probe), Some(Tok::Sub)) {
                probe += 1;
            }
            self.holds_condition(probe)
        }
    }

    /// Whether `[x > 0]` or `_{x > 0}` stands here.
    fn condition_follows(&self) -> bool {
        let at = self.at + usize::from(matches!(self.peek(), Some(Tok::Sub)));
        self.holds_condition(at)
    }

    fn holds_condition(&self, at: usize) -> bool {
        if !matches!(self.tok(at), Some(Tok::Open(_) | Tok::BraceOpen)) {
            return false;
        }
        let Some(mate) = self.mates[at] else { return false };
        let compares = |tok: &Tok| matches!(tok, Tok::Relation(_, Some(_)));
        self.find((at + 1, mate), compares).is_some()
            || matches!(self.tok(at + 1), Some(Tok::Open(_)))
                && self.mates[at + 1] == Some(mate - 1)
                && self.find((at + 2, mate - 1), compares).is_some()
    }

    pub(super) fn indicator(&mut self, start: usize) -> Expr {
        if matches!(self.peek(), Some(Tok::Sub)) {
            self.at += 1;
        }
        let condition = match self.mates.get(self.at).copied().flatten() {
            Some(mate) => {
                let inside = (self.at + 1, mate);
                self.at = mate + 1;
                self.condition(inside)
            }
            None => Condition::Unread(String::new()),
        };
        self.node(Kind::Indicator(condition), start)
    }

    /// The all-ones array behind a bold `1`, with the size or the index written at it.
    pub(super) fn ones(&mut self, start: usize) -> Expr {
        if self.condition_follows() {
            return self.indicator(start);
        }
        if let Some(sizes) = self.sizes(true) {
            return self.node(Kind::Ones(sizes), start);
        }
        let ones = self.node(Kind::Ones(Vec::new()), start);
        if matches!(self.peek(), Some(Tok::Sub)) {
            self.at += 1;
            let range = self.script_argument().unwrap_or((self.at, self.at));
            let indices = self.indices(range, None);
            return self.node(Kind::Entry(Box::new(ones), indices), start);
        }
        ones
    }

    /// A size `_n`, `_{n \times m}`, `^{n \times n}` at a bold digit or an identity. `None` (and
    /// nothing read) when there is none or when it is rather an index.
    fn sizes(&mut self, index_too: bool) -> Option<Vec<Expr>> {
        let raised = match self.peek()? {
            Tok::Sub => false,
            Tok::Sup => true,
            _ => return None,
        };
        let saved = self.at;
        self.at += 1;
        let range = self.script_argument()?;
        let mut inside = range;
        // `_{(n \times n)}`
        if matches!(self.tokens[inside.0.min(self.tokens.len() - 1)].tok, Tok::Open(_))
            && self.mates[inside.0] == Some(inside.1.wrapping_sub(1))
        {
            inside = (inside.0 + 1, inside.1 - 1);
        }
        let cross =
            |tok: &Tok| matches!(tok, Tok::Operator(Operator::Cross) | Tok::Comma);
        let parts = self.split(inside, cross);
        // `\mathbf{1}_{i,j}` is an entry unless one of its letters is a size.
        let comma = self.find(inside, |tok| *tok == Tok::Comma).is_some();
        let sized = parts.len() > 1
            && parts.iter().all(|part| part.0 < part.1)
            && (!index_too || !comma || parts.iter().any(|part| self.is_size(*part)));
        if sized {
            return Some(
                parts.into_iter().map(|part| self.expression_in(part)).collect(),
            );
        }
        if !raised && self.is_size(inside) {
            return Some(vec![self.expression_in(inside)]);
        }
        self.at = saved;
        None
    }

    /// Whether a script on its own is rather a size than an index.
    fn is_size(&self, range: Range) -> bool {
        match &self.tokens[range.0..range.1] {
            [token] => match &token.tok {
                Tok::Number(_) => true,
                Tok::Name(name) => match self.known(name) {
                    Some(_) => true,
                    None => {
                        name.len() > 1
                            || name.chars().any(char::is_uppercase)
                            || matches!(
                                name.as_str(),
                                "n" | "m" | "d" | "N" | "M" | "s" | "b" | "c"
                            )
                    }
                },
                _ => false,
            },
            // `n+1`, `d_l`
            [] => false,
            tokens => tokens.iter().any(|token| {
                matches!(
                    token.tok,
                    Tok::Operator(_) | Tok::Sub | Tok::Number(_) | Tok::Open(_)
                )
            }),
        }
    }

    /// `E[X]`, `\mathbb{E}[X]`, `Var[X]`.
    pub(super) fn expectation(&mut self, base: &Base, start: usize) -> Option<Expr> {
        if !matches!(base.name.as_str(), "E" | "Var") || self.known(&base.name).is_some()
        {
            return None;
        }
        let mut at = base.next;
        if matches!(self.tok(at), Some(Tok::Sub)) {
            at = match self.tok(at + 1)? {
                Tok::BraceOpen => self.mates[at + 1]? + 1,
                _ => at + 2,
            };
        }
        let wide = base.blackboard || base.name == "Var";
        match self.tok(at)? {
            Tok::Open(Fence::Square) => {}
            Tok::Open(_) if wide => {}
            _ => return None,
        }
        let mate = self.mates[at]?;
        self.at = mate + 1;
        let inner = self.expression_in((at + 1, mate));
        Some(self.node(Kind::Expectation(base.name.clone(), Box::new(inner)), start))
    }

    /// `e^{…}`: the exponential function.
    pub(super) fn exponential(&mut self, start: usize) -> Expr {
        self.at += 1;
        let Some(range) = self.script_argument() else { return self.missing() };
        let mut exponent = self.expression_in(range);
        // `e^X_{pk}`: the brace closed too early.
        if self.latex() && matches!(self.peek(), Some(Tok::Sub)) {
            let at = self.at;
            self.at += 1;
            let indices = self.script_argument().unwrap_or((self.at, self.at));
            let span = self.since(at);
            self.warn(
                span,
                "misplaced-index",
                "an index on `e` is read as an index of the exponent; move it into the braces"
                    .into(),
            );
            let name = self.spell(range);
            let list = self.indices(indices, Some(&name));
            let span = exponent.span.to(span);
            exponent = Expr { kind: Kind::Entry(Box::new(exponent), list), span };
        }
        let kind = Kind::Call { name: "exp".into(), primes: 0, args: vec![exponent] };
        self.node(kind, start)
    }

    /// `\delta_{ij}`, `\delta_i^j`, `\delta{ij}`: the Kronecker delta. `None`, and nothing read,
    /// when it is an error signal or a bare letter.
    pub(super) fn kronecker(&mut self, start: usize) -> Option<Expr> {
        let saved = self.at;
        let found = self.kronecker_indices();
        match found {
            Some(mut indices) if indices.len() == 2 => {
                let second = indices.pop()?;
                let first = indices.pop()?;
                Some(self.node(Kind::Delta(Box::new(first), Box::new(second)), start))
            }
            _ => {
                self.at = saved;
                None
            }
        }
    }

    fn kronecker_indices(&mut self) -> Option<Vec<Expr>> {
        match self.peek()? {
            Tok::BraceOpen => {
                let at = self.at;
                let range = self.argument()?;
                if range.1.wrapping_sub(range.0) > 3 {
                    return None;
                }
                let indices = self.index_atoms(range, None)?;
                if indices.len() != 2 {
                    return None;
                }
                let span = self.since(at);
                self.warn(
                    span,
                    "missing-underscore",
                    "a delta with its indices in braces is read as \\delta_{…}".into(),
                );
                Some(indices)
            }
            Tok::Open(Fence::Square) if !self.latex() => {
                let mate = self.mates[self.at]?;
                let range = (self.at + 1, mate);
                self.at = mate + 1;
                Some(self.indices(range, None))
            }
            Tok::Sub | Tok::Sup => {
                let mut indices = Vec::new();
                let mut order = Vec::new();
                while let Some(Tok::Sub | Tok::Sup) = self.peek() {
                    let below = matches!(self.peek(), Some(Tok::Sub));
                    if order.contains(&below) {
                        break;
                    }
                    self.at += 1;
                    let range = self.script_argument()?;
                    if !below && (self.is_layer(range) || self.is_transpose(range, None))
                    {
                        return None;
                    }
                    if below
                        && self
                            .find(range, |tok| matches!(tok, Tok::Relation(..)))
                            .is_some()
                    {
                        // `\delta_{i=j}`
                        let sides =
                            self.split(range, |tok| matches!(tok, Tok::Relation(..)));
                        return Some(
                            sides.into_iter().map(|s| self.expression_in(s)).collect(),
                        );
                    }
                    order.push(below);
                    indices.extend(self.indices(range, Some("delta")));
                    if indices.len() >= 2 {
                        break;
                    }
                }
                Some(indices)
            }
            _ => None,
        }
    }

    /// `I`, `I_n`, `I_{n \times n}`, `I_{ij}`.
    pub(super) fn identity(&mut self, start: usize) -> Option<Expr> {
        match self.peek() {
            Some(Tok::Sub) => {
                if let Some(mut sizes) = self.sizes(true) {
                    let size = sizes.remove(0);
                    return Some(self.node(Kind::Identity(Some(Box::new(size))), start));
                }
                let identity = self.node_at(Kind::Identity(None), start, start + 1);
                self.at += 1;
                let range = self.script_argument()?;
                let mut indices = self.indices(range, None);
                if indices.len() == 1 {
                    let size = indices.remove(0);
                    return Some(self.node(Kind::Identity(Some(Box::new(size))), start));
                }
                Some(self.node(Kind::Entry(Box::new(identity), indices), start))
            }
            Some(Tok::Sup) => match self.sizes(true) {
                Some(mut sizes) => {
                    let size = sizes.remove(0);
                    Some(self.node(Kind::Identity(Some(Box::new(size))), start))
                }
                None => Some(self.node(Kind::Identity(None), start)),
            },
            Some(Tok::Open(Fence::Round))
                if !self.latex() && !self.tokens[self.at].spaced =>
            {
                None
            }
            _ => Some(self.node(Kind::Identity(None), start)),
        }
    }
}
