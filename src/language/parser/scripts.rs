//! Subscripts, superscripts, primes, entries: what hangs on a factor.

use super::{Parser, Range};
use crate::language::ast::{Expr, Kind, NameKind, Sign, whole};
use crate::language::functions;
use crate::language::lexer::{Fence, Operator, Symbol, Tok, Token, greek};

/// One mark that hangs on a factor.
#[derive(Clone, Debug)]
pub(super) enum Script {
    Sub(Range),
    Sup(Range),
    /// `.^`
    Hadamard(Range),
    /// At this token.
    Prime(usize),
    /// `ᵀ`
    Transpose,
}

impl Parser<'_> {
    /// Reads every script that stands here, in the order written.
    pub(super) fn scripts(&mut self) -> Vec<Script> {
        let mut scripts = Vec::new();
        while scripts.len() < 8 {
            let at = self.at;
            match self.peek() {
                Some(Tok::Sub) => {
                    self.at += 1;
                    match self.script_argument() {
                        Some(range) => scripts.push(Script::Sub(range)),
                        None => {
                            self.at = at;
                            break;
                        }
                    }
                }
                Some(Tok::Sup) => {
                    self.at += 1;
                    match self.script_argument() {
                        Some(range) if self.is_prime(range) => {
                            scripts.extend((range.0..range.1).map(Script::Prime));
                        }
                        Some(range) => self.superscript(range, &mut scripts),
                        None => {
                            self.at = at;
                            break;
                        }
                    }
                }
                Some(Tok::DotCaret) => {
                    self.at += 1;
                    match self.script_argument() {
                        Some(range) => scripts.push(Script::Hadamard(range)),
                        None => {
                            self.at = at;
                            break;
                        }
                    }
                }
                Some(Tok::Prime) => {
                    self.at += 1;
                    scripts.push(Script::Prime(at));
                }
                Some(Tok::PostTranspose) => {
                    self.at += 1;
                    scripts.push(Script::Transpose);
                }
                _ => break,
            }
        }
        scripts
    }

    /// `^{(1)\top}` is a superscript and a sign of transposition.
    fn superscript(&self, range: Range, scripts: &mut Vec<Script>) {
        let layer = (range.0, range.1.saturating_sub(1));
        if layer.1 > layer.0 + 1
            && self.is_layer(layer)
            && self.is_transpose((layer.1, range.1), None)
        {
            scripts.push(Script::Sup(layer));
            scripts.push(Script::Transpose);
            return;
        }
        scripts.push(Script::Sup(range));
    }

    fn is_prime(&self, range: Range) -> bool {
        range.0 < range.1
            && self.tokens[range.0..range.1].iter().all(|t| t.tok == Tok::Prime)
    }

    /// The argument of `^` or `_` as a range, and goes behind it.
    pub(super) fn script_argument(&mut self) -> Option<Range> {
        let start = self.at;
        match self.peek()? {
            Tok::BraceOpen => self.argument(),
            Tok::Operator(Operator::Minus | Operator::Plus) => {
                // `x^-1`, in LaTeX with the braces forgotten.
                self.at += 1;
                match self.peek() {
                    Some(
                        Tok::Number(_)
                        | Tok::Name(_)
                        | Tok::Symbol(Symbol::Top | Symbol::Infinity),
                    ) => {
                        self.at += 1;
                    }
                    Some(Tok::BraceOpen | Tok::Open(_)) => {
                        self.argument();
                    }
                    _ => {}
                }
                if self.latex() {
                    let span = self.since(start);
                    self.warn(
                        span,
                        "missing-braces",
                        format!("`{}` needs braces to be one script", self.shown(span)),
                    );
                }
                Some((start, self.at))
            }
            _ if !self.latex() => self.plain_script(),
            Tok::Open(_) => {
                let mate = self.mates[start]?;
                self.at = mate + 1;
                Some((start, self.at))
            }
            Tok::Name(_) => {
                self.at += 1;
                let after_sub = start > 0 && self.tokens[start - 1].tok == Tok::Sub;
                if after_sub && self.forgotten_braces(start) {
                    self.at += 1;
                    let span = self.since(start);
                    self.warn(
                        span,
                        "two-letter-index",
                        format!(
                            "`{}` behind `_` is read as two indices; put them in braces",
                            self.shown(span)
                        ),
                    );
                }
                Some((start, self.at))
            }
            Tok::Sub
            | Tok::Sup
            | Tok::Relation(..)
            | Tok::Cell
            | Tok::Row
            | Tok::Comma => None,
            _ => self.argument(),
        }
    }

    /// Whether the letter behind a one-letter index without braces is a second index: `X_ij`.
    fn forgotten_braces(&self, first: usize) -> bool {
        let (Some(Tok::Name(one)), Some(Tok::Name(two))) =
            (self.tok(first), self.tok(first + 1))
        else {
            return false;
        };
        let letter = |name: &str| {
            name.len() == 1 && name.chars().all(|c| c.is_ascii_lowercase()) && name != "d"
        };
        if self.tokens[first + 1].spaced || !letter(one) || !letter(two) {
            return false;
        }
        if self.known(two).is_some()
            || matches!(
                self.tok(first + 2),
                Some(Tok::Sub | Tok::Sup | Tok::Open(_) | Tok::Prime)
            )
        {
            return false;
        }
        let Some(Tok::Name(base)) = first.checked_sub(2).and_then(|at| self.tok(at))
        else {
            return false;
        };
        match self.names.rank(base) {
            Some(rank) => rank >= 2,
            None => {
                base.len() == 1 && base.chars().all(char::is_uppercase) || base == "delta"
            }
        }
    }

    /// A script in plain text: a bracket, a number, a word, or a power of these.
    fn plain_script(&mut self) -> Option<Range> {
        let start = self.at;
        match self.peek()? {
            Tok::Open(Fence::Round) => {
                let mate = self.mates[start]?;
                self.at = mate + 1;
                let inside = (start + 1, mate);
                return match self.peek() {
                    Some(Tok::Sup) => {
                        self.power_tower();
                        Some((start, self.at))
                    }
                    _ => Some(inside),
                };
            }
            Tok::Name(_)
            | Tok::Number(_)
            | Tok::Symbol(Symbol::Top | Symbol::Infinity) => self.at += 1,
            Tok::Operator(Operator::Star) => self.at += 1,
            _ => return None,
        }
        if let Tok::Name(name) = &self.tokens[start].tok
            && matches!(self.peek(), Some(Tok::Open(Fence::Round)))
            && !self.tokens[self.at].spaced
            && (functions::word(name).is_some()
                || self.known(name) == Some(NameKind::Function))
        {
            self.argument();
        }
        if start > 0 && matches!(self.tokens[start - 1].tok, Tok::Sup) {
            self.power_tower();
        }
        Some((start, self.at))
    }

    /// `a^b^c` is `a^(b^c)` in plain text.
    fn power_tower(&mut self) {
        for _ in 0..16 {
            if !matches!(self.peek(), Some(Tok::Sup)) {
                return;
            }
            let at = self.at;
            self.at += 1;
            let found = match self.peek() {
                Some(Tok::Operator(Operator::Minus)) => {
                    self.at += 1;
                    self.argument()
                }
                _ => self.argument(),
            };
            if found.is_none() {
                self.at = at;
                return;
            }
        }
    }

    /// One round of what hangs on `expr` at the current place.
    pub(super) fn attached(&mut self, expr: Expr, start: usize) -> Expr {
        if !self.latex()
            && matches!(self.peek(), Some(Tok::Open(Fence::Square)))
            && !self.tokens[self.at].spaced
            && let Some(mate) = self.mates[self.at]
        {
            let range = (self.at + 1, mate);
            self.at = mate + 1;
            let base = name_of(&expr);
            let indices = self.indices(range, base.as_deref());
            return self.node(Kind::Entry(Box::new(expr), indices), start);
        }
        let scripts = self.scripts();
        self.scripted(expr, scripts, start)
    }

    /// Hangs scripts on an expression.
    pub(super) fn scripted(
        &mut self,
        mut expr: Expr,
        mut scripts: Vec<Script>,
        start: usize,
    ) -> Expr {
        self.arrange(&expr, &mut scripts);
        for script in scripts {
            expr = match script {
                Script::Sub(range) => {
                    let base = name_of(&expr);
                    let indices = self.indices(range, base.as_deref());
                    if indices.is_empty() {
                        expr
                    } else {
                        self.node(Kind::Entry(Box::new(expr), indices), start)
                    }
                }
                Script::Sup(range) => self.raised(expr, range, start),
                Script::Hadamard(range) => {
                    let exponent = self.expression_in(range);
                    self.node(
                        Kind::HadamardPower(Box::new(expr), Box::new(exponent)),
                        start,
                    )
                }
                Script::Prime(_) | Script::Transpose => {
                    self.node(Kind::Transpose(Box::new(expr)), start)
                }
            };
        }
        expr
    }

    /// Puts a subscript and a superscript that stand together in the order in which they act:
    /// both spellings of `x_i^2` raise the entry, `W^T_{ij}` and `W_{ij}^T` are entries of the
    /// transposed matrix, `A^{-1}_{ij}` is an entry of the inverse.
    fn arrange(&self, expr: &Expr, scripts: &mut [Script]) {
        for at in 1..scripts.len() {
            let swap = match (&scripts[at - 1], &scripts[at]) {
                (Script::Sup(sup), Script::Sub(sub)) => {
                    let inverse = self.spell(*sup) == "-1" && self.index_count(*sub) >= 2;
                    !self.is_transpose(*sup, Some(expr))
                        && !self.ends_transposed(*sup, expr)
                        && !inverse
                }
                (Script::Sub(sub), Script::Sup(sup)) => {
                    self.is_transpose(*sup, Some(expr)) && self.index_count(*sub) >= 2
                }
                (Script::Sub(sub), Script::Transpose) => self.index_count(*sub) >= 2,
                _ => false,
            };
            if swap {
                scripts.swap(at - 1, at);
            }
        }
    }

    /// How many indices a subscript holds, as far as its tokens tell.
    fn index_count(&self, range: Range) -> usize {
        let commas = self.split(range, |tok| *tok == Tok::Comma).len();
        if commas > 1 {
            return commas;
        }
        let simple = self.tokens[range.0..range.1].iter().all(|token| {
            matches!(token.tok, Tok::Name(_) | Tok::Number(_) | Tok::Prime | Tok::Colon)
        });
        if !simple {
            return 1;
        }
        self.tokens[range.0..range.1]
            .iter()
            .map(|token| match &token.tok {
                Tok::Prime => 0,
                Tok::Name(name) if !self.latex() && greek(name).is_none() => {
                    name.len().min(2)
                }
                Tok::Number(value) if range.1 - range.0 == 1 => {
                    value.to_string().len().min(2)
                }
                _ => 1,
            })
            .sum()
    }

    /// Whether a superscript is a mere sign of transposition.
    pub(super) fn is_transpose(&self, range: Range, base: Option<&Expr>) -> bool {
        let mut tokens = self.tokens[range.0..range.1]
            .iter()
            .filter(|token| {
                !matches!(
                    token.tok,
                    Tok::Font(_) | Tok::BraceOpen | Tok::BraceClose | Tok::Quad
                )
            })
            .map(|token| &token.tok);
        let (Some(tok), None) = (tokens.next(), tokens.next()) else { return false };
        let base_kind = base.and_then(name_of).map(|name| self.known(&name));
        let number = base.is_some_and(|expr| matches!(expr.kind, Kind::Number(_)));
        match tok {
            Tok::Symbol(Symbol::Top) => true,
            Tok::Name(name) => match name.as_str() {
                "T" => {
                    let power = matches!(
                        self.known("T"),
                        Some(NameKind::Scalar | NameKind::Dimension)
                    ) && matches!(
                        base_kind,
                        Some(Some(NameKind::Scalar | NameKind::Dimension))
                    );
                    !power && !number
                }
                "t" => {
                    self.latex()
                        && self.known("t").is_none()
                        && !number
                        && !matches!(base_kind, Some(Some(NameKind::Scalar)))
                }
                "top" | "tr" => self.known(name).is_none(),
                _ => false,
            },
            Tok::Text(text) => text.trim() == "T",
            _ => false,
        }
    }

    /// Whether a longer superscript ends in a sign of transposition: `(2)T`, `-1 T`, `-\top`.
    fn ends_transposed(&self, range: Range, base: &Expr) -> bool {
        range.1 - range.0 >= 2
            && self.is_transpose((range.1 - 1, range.1), Some(base))
            && match &self.tokens[range.1 - 2].tok {
                Tok::Sup | Tok::Sub => false,
                Tok::Close(_) | Tok::Number(_) | Tok::Quad => true,
                _ => self.is_top(range.1 - 1),
            }
    }

    /// `expr` with a superscript: transposed, raised to a power, raised entry by entry.
    pub(super) fn raised(&mut self, expr: Expr, range: Range, start: usize) -> Expr {
        if range.0 >= range.1 {
            return expr;
        }
        if self.is_transpose(range, Some(&expr)) {
            return self.node(Kind::Transpose(Box::new(expr)), start);
        }
        let inverse = self.tokens[range.0].tok == Tok::Operator(Operator::Minus)
            && self.is_transpose((range.0 + 1, range.1), Some(&expr));
        if inverse || self.ends_transposed(range, &expr) {
            let before = (range.0, range.1 - 1);
            let inner = if inverse {
                let span = self.span_of(before);
                let one = Expr { kind: Kind::Number(whole(1)), span };
                let minus = Expr { kind: Kind::Add(vec![(Sign::Minus, one)]), span };
                self.node(Kind::Power(Box::new(expr), Box::new(minus)), start)
            } else {
                self.nested_raise(expr, before, start)
            };
            return self.node(Kind::Transpose(Box::new(inner)), start);
        }
        if matches!(self.tokens[range.0].tok, Tok::Operator(Operator::Hadamard)) {
            let exponent = self.expression_in((range.0 + 1, range.1));
            return self
                .node(Kind::HadamardPower(Box::new(expr), Box::new(exponent)), start);
        }
        if let [Token { tok: Tok::Text(text), .. }] = &self.tokens[range.0..range.1]
            && matches!(text.trim(), "th" | "st" | "nd" | "rd")
        {
            // The ordinal of `i^\text{th}`.
            return expr;
        }
        if matches!(self.tokens[range.0].tok, Tok::Operator(Operator::Star)) {
            let span = self.span_of((start, range.1));
            let message =
                format!("`{}`: a star as a superscript is not read", self.shown(span));
            return self.unread(span, "unsupported", message);
        }
        let exponent = self.nested_expression(range);
        self.node(Kind::Power(Box::new(expr), Box::new(exponent)), start)
    }

    fn nested_raise(&mut self, expr: Expr, range: Range, start: usize) -> Expr {
        let exponent = self.nested_expression(range);
        self.node(Kind::Power(Box::new(expr), Box::new(exponent)), start)
    }

    fn nested_expression(&mut self, range: Range) -> Expr {
        self.nested(|parser| parser.expression_in(range))
    }

    /// The indices of a subscript: `ij` and `i,j` are two, `i+1` is one, `:` is a whole axis.
    pub(super) fn indices(&mut self, range: Range, base: Option<&str>) -> Vec<Expr> {
        let saved = std::mem::replace(&mut self.in_index, true);
        let parts = self.split(range, |tok| matches!(tok, Tok::Comma | Tok::Semicolon));
        let mut indices = Vec::new();
        let alone = parts.len() == 1;
        for part in parts {
            if part.0 >= part.1 {
                if !alone {
                    let span = self.span_of(part);
                    let unread = self.unread(
                        span,
                        "missing-operand",
                        "an index is missing here".into(),
                    );
                    indices.push(unread);
                }
                continue;
            }
            match self.index_atoms(part, if alone { base } else { None }) {
                Some(atoms) if alone || atoms.len() == 1 => indices.extend(atoms),
                _ => {
                    let expr = self.nested_expression(part);
                    indices.push(expr);
                }
            }
        }
        self.in_index = saved;
        indices
    }

    /// A run of index letters and digits without operators, one expression each; `None` when the
    /// range holds anything else.
    pub(super) fn index_atoms(
        &mut self,
        range: Range,
        base: Option<&str>,
    ) -> Option<Vec<Expr>> {
        let rank = base.and_then(|name| self.names.rank(name));
        let mut atoms = Vec::new();
        let mut at = range.0;
        while at < range.1 {
            let start = at;
            let kind = match &self.tokens[at].tok {
                Tok::Cell | Tok::Quad => {
                    at += 1;
                    continue;
                }
                Tok::Colon => Kind::Colon,
                Tok::Operator(Operator::Cdot | Operator::Star)
                    if range.1 - range.0 <= 2
                        || atoms.is_empty() && range.1 - range.0 == 1 =>
                {
                    Kind::Colon
                }
                Tok::Symbol(Symbol::Ellipsis) => Kind::Ellipsis,
                Tok::Number(value) => {
                    let digits = self.slice(self.tokens[at].span);
                    // `x[12]` is one entry, whatever x is.
                    let listed = range.0 > 0
                        && matches!(
                            self.tokens[range.0 - 1].tok,
                            Tok::Open(Fence::Square)
                        );
                    let two = digits.len() == 2
                        && !listed
                        && digits.bytes().all(|byte| byte.is_ascii_digit())
                        && range.1 - range.0 == 1
                        && match rank {
                            Some(rank) => rank >= 2,
                            None => !digits.contains('0') && base != Some("delta"),
                        };
                    if two {
                        let span = self.tokens[at].span;
                        for digit in digits.bytes() {
                            atoms.push(Expr {
                                kind: Kind::Number(whole(i64::from(digit - b'0'))),
                                span,
                            });
                        }
                        at += 1;
                        continue;
                    }
                    Kind::Number(value.clone())
                }
                Tok::Name(word) if self.splits(word) && range.1 - range.0 <= 3 => {
                    let span = self.tokens[at].span;
                    for (offset, letter) in word.char_indices() {
                        let place = span.start + offset;
                        atoms.push(Expr {
                            kind: Kind::Name(letter.into()),
                            span: crate::language::ast::Span::new(
                                place,
                                place + letter.len_utf8(),
                            ),
                        });
                    }
                    at += 1;
                    continue;
                }
                Tok::Name(word) => {
                    let mut name = word.clone();
                    while at + 1 < range.1 && self.tokens[at + 1].tok == Tok::Prime {
                        name.push('\'');
                        at += 1;
                    }
                    if at + 1 < range.1
                        && matches!(
                            self.tokens[at + 1].tok,
                            Tok::Sub | Tok::Sup | Tok::Open(_) | Tok::BraceOpen
                        )
                    {
                        // `i_1`, `\sigma(i)`: one index with a structure of its own.
                        let expr = self.within((start, range.1), |parser| {
                            let expr = parser.nested(Self::factor);
                            (expr, parser.at)
                        });
                        at = expr.1.max(start + 1);
                        atoms.push(expr.0);
                        continue;
                    }
                    Kind::Name(name)
                }
                _ => return None,
            };
            at += 1;
            atoms.push(self.node_at(kind, start, at));
        }
        // `x_{2k}` of a vector is one index.
        let leads_with_number =
            matches!(atoms.first(), Some(Expr { kind: Kind::Number(_), .. }));
        if atoms.len() == 2 && leads_with_number {
            let one = matches!(&atoms[0].kind, Kind::Number(value) if *value == whole(1));
            let is_product = match rank {
                Some(rank) => rank < 2,
                None => {
                    !one && !base.is_some_and(|name| name.chars().all(char::is_uppercase))
                        && !matches!(atoms[1].kind, Kind::Number(_))
                }
            };
            if is_product {
                return None;
            }
        }
        Some(atoms)
    }

    /// Whether a word in an index list is a run of index letters (plain text does not cut words).
    fn splits(&self, word: &str) -> bool {
        !self.latex()
            && (2..=4).contains(&word.len())
            && word.bytes().all(|byte| byte.is_ascii_lowercase())
            && self.known(word).is_none()
            && greek(word).is_none()
    }
}

/// The name under an expression, if it is one.
pub(super) fn name_of(expr: &Expr) -> Option<String> {
    match &expr.kind {
        Kind::Name(name) => Some(name.clone()),
        _ => None,
    }
}
