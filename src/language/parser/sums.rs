//! `\sum`, `\prod` and `\int`: their limits, and how far they reach.

use super::{Parser, Range};
use crate::language::ast::{Comparison, Expr, Kind, Relation, Sign, SumIndex};
use crate::language::lexer::{Fence, Operator, Symbol, Tok};

impl Parser<'_> {
    /// A sum or a product over indices, with its body.
    pub(super) fn big_operator(&mut self, is_sum: bool) -> Expr {
        let start = self.at;
        self.at += 1;
        let (mut below, mut above) = (None, None);
        loop {
            let slot = match self.peek() {
                Some(Tok::Sub) if below.is_none() => &mut below,
                Some(Tok::Sup) if above.is_none() => &mut above,
                _ => break,
            };
            self.at += 1;
            let range = self.script_argument();
            *slot = Some(range.unwrap_or((self.at, self.at)));
        }
        let mut indices = below.map(|range| self.sum_indices(range)).unwrap_or_default();
        if let Some(range) = above {
            let ends = self.arguments(range);
            let count = indices.len();
            for (position, index) in indices.iter_mut().enumerate() {
                let own =
                    if ends.len() == count { ends.get(position) } else { ends.last() };
                if index.to.is_none() {
                    index.to = own.cloned();
                }
            }
        }
        while matches!(self.peek(), Some(Tok::Operator(Operator::Cdot | Operator::Star)))
        {
            self.at += 1;
        }
        let body = self.nested(|parser| parser.sum_body(&indices));
        let kind = match is_sum {
            true => Kind::Sum(indices, Box::new(body)),
            false => Kind::BigProduct(indices, Box::new(body)),
        };
        self.node(kind, start)
    }

    /// The product term behind the sign, and every term behind it that uses an index of the sign.
    fn sum_body(&mut self, indices: &[SumIndex]) -> Expr {
        let start = self.at;
        let first = self.sign();
        let mut terms = vec![(first.unwrap_or(Sign::Plus), self.term())];
        loop {
            let before = self.at;
            self.skip_breaks_before_operator();
            let joins = matches!(
                self.peek(),
                Some(Tok::Operator(Operator::Plus | Operator::Minus))
            ) && self.next_term_uses(indices);
            if !joins {
                self.at = before;
                break;
            }
            let sign = self.sign().unwrap_or(Sign::Plus);
            let term = self.term();
            terms.push((sign, term));
        }
        if terms.len() == 1 && first != Some(Sign::Minus) {
            return terms.remove(0).1;
        }
        self.node(Kind::Add(terms), start)
    }

    /// Whether the term behind the sign at the current place uses one of the indices freely. Only
    /// that term's tokens are looked at.
    fn next_term_uses(&self, indices: &[SumIndex]) -> bool {
        let mut at = self.at;
        while matches!(
            self.tok(at),
            Some(Tok::Operator(Operator::Plus | Operator::Minus))
        ) {
            at += 1;
        }
        let start = at;
        let mut end = at;
        while let Some(tok) = self.tok(end) {
            let stops = match tok {
                Tok::Operator(Operator::Plus | Operator::Minus) => {
                    // A sign behind an operator, a script or a bracket belongs to the term.
                    !matches!(
                        self.tokens[end - 1].tok,
                        Tok::Operator(_) | Tok::Sup | Tok::Sub | Tok::DotCaret
                    )
                }
                Tok::Relation(..) | Tok::Comma | Tok::Semicolon | Tok::Text(_) => true,
                Tok::Close(_) | Tok::BraceClose | Tok::End(_) => true,
                Tok::Bar => self.bars > 0,
                Tok::DoubleBar => self.norms > 0,
                _ => false,
            };
            if stops {
                break;
            }
            end = self.mates[end].filter(|mate| *mate > end).unwrap_or(end) + 1;
        }
        // Terms are short; a longer one is looked at only so far.
        let end = end.min(self.end).min(start + 2000);
        indices.iter().any(|index| self.occurs_free(&index.name, (start, end)))
    }

    /// Whether `name` stands as an index in the range without being bound there.
    fn occurs_free(&self, name: &str, range: Range) -> bool {
        let letter = name.trim_end_matches('\'');
        let primes = name.len() - letter.len();
        // Up to where a sum sign in the range binds the letter.
        let mut bound_until = 0;
        // Up to where we are inside an index list.
        let mut index_until = 0;
        let mut at = range.0;
        while at < range.1 {
            match &self.tokens[at].tok {
                Tok::Symbol(Symbol::Sum | Symbol::Product) => {
                    let mut next = at + 1;
                    if matches!(self.tok(next), Some(Tok::Sub)) {
                        let end = match self.mates[next + 1..].first() {
                            Some(Some(mate)) if *mate > next => *mate + 1,
                            _ => next + 2,
                        };
                        let list = (next + 1, end.min(range.1));
                        if (list.0..list.1).any(|i| self.is_letter(i, letter, primes)) {
                            bound_until = self.level_end(at, range.1);
                        }
                        next = list.1;
                    }
                    at = next;
                    continue;
                }
                Tok::Sub | Tok::Sup => {
                    let end = match self.mates.get(at + 1) {
                        Some(Some(mate)) if *mate > at => *mate + 1,
                        _ => at + 2,
                    };
                    index_until = index_until.max(end);
                }
                Tok::Open(Fence::Square) if !self.latex() && !self.tokens[at].spaced => {
                    index_until = index_until.max(self.mates[at].unwrap_or(at));
                }
                Tok::Name(word) if at < index_until && at >= bound_until => {
                    let braceless_word = !self.latex()
                        && primes == 0
                        && word.len() <= 3
                        && word.contains(letter)
                        && self.names.kind(word).is_none()
                        && letter.len() == 1
                        && word.len() > 1;
                    if self.is_letter(at, letter, primes) || braceless_word {
                        return true;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        false
    }

    fn is_letter(&self, at: usize, letter: &str, primes: usize) -> bool {
        let Tok::Name(word) = &self.tokens[at].tok else { return false };
        if word != letter {
            return false;
        }
        let follow = (at + 1..self.tokens.len())
            .take_while(|next| self.tokens[*next].tok == Tok::Prime)
            .count();
        follow == primes
    }

    /// The end of the bracket level that the token at `at` stands in, at most `limit`.
    fn level_end(&self, at: usize, limit: usize) -> usize {
        let mut ahead = at;
        while ahead < limit {
            match &self.tokens[ahead].tok {
                Tok::Close(_) | Tok::BraceClose | Tok::End(_) => return ahead,
                _ => {
                    ahead =
                        self.mates[ahead].filter(|mate| *mate > ahead).unwrap_or(ahead)
                            + 1
                }
            }
        }
        limit
    }

    /// What stands under a sum sign.
    fn sum_indices(&mut self, range: Range) -> Vec<SumIndex> {
        let mut indices: Vec<SumIndex> = Vec::new();
        for part in
            self.split(range, |tok| matches!(tok, Tok::Comma | Tok::Semicolon | Tok::Row))
        {
            if part.0 < part.1 {
                self.sum_index(part, &mut indices);
            }
        }
        // `\sum_{i,j=1}^n`: the start is shared by the letters in front of it.
        let mut from = None;
        for index in indices.iter_mut().rev() {
            match &index.from {
                Some(own) => from = Some(own.clone()),
                None if index.to.is_none() && index.not_equal.is_empty() => {
                    index.from = from.clone();
                }
                None => {}
            }
        }
        indices
    }

    fn sum_index(&mut self, part: Range, indices: &mut Vec<SumIndex>) {
        let sign = self.find(part, |tok| matches!(tok, Tok::Relation(..)));
        let Some(sign) = sign else {
            for (name, span) in self.letters(part) {
                indices.push(SumIndex {
                    name,
                    span,
                    from: None,
                    to: None,
                    not_equal: Vec::new(),
                });
            }
            return;
        };
        let letters = self.letters((part.0, sign));
        let right = (sign + 1, part.1);
        let relation = self.tokens[sign].tok.clone();
        // `1 \leq i \leq n`
        if let Some(second) = self.find(right, |tok| matches!(tok, Tok::Relation(..))) {
            let from = self.expression_in((part.0, sign));
            let to = self.expression_in((second + 1, part.1));
            for (name, span) in self.letters((right.0, second)) {
                indices.push(SumIndex {
                    name,
                    span,
                    from: Some(from.clone()),
                    to: Some(to.clone()),
                    not_equal: Vec::new(),
                });
            }
            return;
        }
        let (mut from, mut to, mut excluded) = (None, None, None);
        match relation {
            Tok::Relation(Relation::Equal | Relation::Define, _) => {
                match self.find(right, |tok| *tok == Tok::Symbol(Symbol::Ellipsis)) {
                    Some(dots) if dots > right.0 => {
                        from = Some(self.expression_in((right.0, dots)));
                        to = Some(self.expression_in((dots + 1, right.1)));
                    }
                    _ => from = Some(self.expression_in(right)),
                }
            }
            Tok::Relation(_, Some(Comparison::NotEqual)) => {
                excluded = Some(self.expression_in(right));
            }
            Tok::Relation(Relation::Other("∈"), _) => {
                // `k \in [1, K]`, `k \in \{1, \dots, K\}`, `k \in [K]`
                match self.interval(right) {
                    Some((first, last)) => (from, to) = (first, Some(last)),
                    None => from = Some(self.unread_range(part)),
                }
            }
            _ => from = Some(self.unread_range(part)),
        }
        for (name, span) in letters {
            if let Some(excluded) = &excluded
                && let Some(index) = indices.iter_mut().find(|index| index.name == name)
            {
                index.not_equal.push(excluded.clone());
                continue;
            }
            indices.push(SumIndex {
                name,
                span,
                from: from.clone(),
                to: to.clone(),
                not_equal: excluded.clone().into_iter().collect(),
            });
        }
    }

    /// The ends of an interval of whole numbers from 1.
    fn interval(&mut self, range: Range) -> Option<(Option<Expr>, Expr)> {
        let fence = self.tokens.get(range.0).map(|token| &token.tok);
        let square = matches!(fence, Some(Tok::Open(Fence::Square)));
        if !matches!(fence, Some(Tok::Open(_))) || self.mates[range.0]? + 1 != range.1 {
            return None;
        }
        let mut ends = self.arguments((range.0 + 1, range.1 - 1));
        let last = ends.pop()?;
        match ends.len() {
            0 if square => Some((None, last)),
            0 => None,
            _ => Some((Some(ends.remove(0)), last)),
        }
    }

    /// The range is not what was written: the sum must not be read as unrestricted.
    fn unread_range(&mut self, part: Range) -> Expr {
        let span = self.span_of(part);
        let message = format!(
            "`{}` under a sum sign is not understood; write `i = 1`, `i, j` or `k \\neq i`",
            self.shown(span)
        );
        self.fault(span, "sum-range", message);
        Expr { kind: Kind::Unread(self.slice(span).into()), span }
    }

    /// The index letters in a range: `mn` are two, `k'` is one.
    fn letters(&mut self, range: Range) -> Vec<(String, crate::language::ast::Span)> {
        let saved = std::mem::replace(&mut self.in_index, true);
        let atoms = self.index_atoms(range, None);
        self.in_index = saved;
        let mut letters = Vec::new();
        match atoms {
            Some(atoms) => {
                for atom in atoms {
                    match atom.kind {
                        Kind::Name(name) => letters.push((name, atom.span)),
                        _ => {
                            let message =
                                format!("`{}` is no index letter", self.shown(atom.span));
                            self.fault(atom.span, "sum-range", message);
                            letters.push((self.shown(atom.span), atom.span));
                        }
                    }
                }
            }
            None => {
                let span = self.span_of(range);
                let message = format!("`{}` is no index letter", self.shown(span));
                self.fault(span, "sum-range", message);
                letters.push((self.shown(span), span));
            }
        }
        letters
    }

    /// `\int_a^b body \, dx`.
    pub(super) fn integral(&mut self) -> Expr {
        let start = self.at;
        self.at += 1;
        let (mut from, mut to) = (None, None);
        loop {
            let below = match self.peek() {
                Some(Tok::Sub) => true,
                Some(Tok::Sup) => false,
                _ => break,
            };
            self.at += 1;
            let Some(range) = self.script_argument() else { break };
            let limit = Box::new(self.expression_in(range));
            *(if below { &mut from } else { &mut to }) = Some(limit);
        }
        let mut ahead = self.at;
        let mut end = None;
        while let Some(tok) = self.tok(ahead) {
            match tok {
                Tok::Relation(..) | Tok::Comma | Tok::Cell | Tok::Row | Tok::Text(_) => {
                    break;
                }
                Tok::Close(_) | Tok::BraceClose | Tok::End(_) => break,
                Tok::Symbol(Symbol::Integral) => break,
                Tok::Symbol(Symbol::Differential) => {
                    end = Some(ahead);
                    break;
                }
                Tok::Name(name) if name == "d" && self.starts_name(ahead + 1) => {
                    end = Some(ahead);
                    break;
                }
                _ => {
                    ahead =
                        self.mates[ahead].filter(|mate| *mate > ahead).unwrap_or(ahead)
                            + 1
                }
            }
        }
        let (body, by) = match end {
            Some(at) => {
                let body = match at > self.at {
                    true => self.expression_in((self.at, at)),
                    false => Expr {
                        kind: Kind::Number(crate::language::ast::whole(1)),
                        span: self.span_of((at, at)),
                    },
                };
                self.at = at + 1;
                let variable = self.at;
                let by = match self.base_name(self.at) {
                    Some(base) => {
                        self.at = base.next;
                        base.name
                    }
                    None => String::new(),
                };
                if by.is_empty() {
                    let span = self.span_of((variable.saturating_sub(1), variable));
                    self.fault(
                        span,
                        "integral",
                        "the variable of the integral is missing".into(),
                    );
                }
                (body, by)
            }
            None => (self.nested(Self::term), String::new()),
        };
        self.node(Kind::Integral { from, to, body: Box::new(body), by }, start)
    }
}
