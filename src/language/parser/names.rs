//! Names: letters under fonts and accents, names with an index or a superscript of their own.

use super::scripts::Script;
use super::{Parser, Range};
use crate::language::ast::{Expr, Kind, NameKind};
use crate::language::functions;
use crate::language::lexer::{Fence, Font, Operator, Symbol, Tok, Token, greek};

/// A letter or word found under its fonts and accents.
pub(super) struct Base {
    /// The name, accents in front: `hat y`.
    pub(super) name: String,
    /// Scripts written inside the accent's braces: `\hat{y_k}`.
    pub(super) inner: Option<Range>,
    /// The token behind.
    pub(super) next: usize,
    /// Whether a blackboard font was used.
    pub(super) blackboard: bool,
    /// Whether it is a command that is not known.
    pub(super) unknown: bool,
}

impl Parser<'_> {
    /// Whether a name begins at the token.
    pub(super) fn starts_name(&self, at: usize) -> bool {
        matches!(
            self.tok(at),
            Some(Tok::Name(_) | Tok::Font(_) | Tok::Accent(_) | Tok::BraceOpen)
        ) && self.base_name(at).is_some()
    }

    /// The name at the token, under fonts, accents and braces that hold nothing else.
    pub(super) fn base_name(&self, at: usize) -> Option<Base> {
        self.base_name_under(at, 0)
    }

    fn base_name_under(&self, at: usize, depth: u32) -> Option<Base> {
        if depth > 16 {
            return None;
        }
        match self.tok(at)? {
            Tok::Name(name) => Some(Base {
                name: name.clone(),
                inner: None,
                next: at + 1,
                blackboard: false,
                unknown: false,
            }),
            Tok::Unknown(name) if !matches!(self.tok(at + 1), Some(Tok::BraceOpen)) => {
                Some(Base {
                    name: name.clone(),
                    inner: None,
                    next: at + 1,
                    blackboard: false,
                    unknown: true,
                })
            }
            Tok::Font(font) => {
                let mut base = self.base_name_under(at + 1, depth + 1)?;
                base.blackboard |= *font == Font::Blackboard;
                Some(base)
            }
            Tok::BraceOpen => {
                let mate = self.mates[at]?;
                let mut base = self.base_name_under(at + 1, depth + 1)?;
                if base.next != mate {
                    return None;
                }
                base.next = mate + 1;
                Some(base)
            }
            Tok::Accent(accent) => {
                if let Some(mut base) = self.base_name_under(at + 1, depth + 1) {
                    base.name = format!("{accent} {}", base.name);
                    return Some(base);
                }
                // `\hat{y_k^n}` is `\hat{y}_k^n`.
                let mate = self.mates.get(at + 1).copied().flatten()?;
                if !matches!(self.tok(at + 1), Some(Tok::BraceOpen)) {
                    return None;
                }
                let mut base = self.base_name_under(at + 2, depth + 1)?;
                let scripted =
                    matches!(self.tok(base.next), Some(Tok::Sub | Tok::Sup | Tok::Prime));
                if !scripted || base.inner.is_some() {
                    return None;
                }
                base.name = format!("{accent} {}", base.name);
                base.inner = Some((base.next, mate));
                base.next = mate + 1;
                Some(base)
            }
            _ => None,
        }
    }

    /// What the tokens of a script spell, for names: `1`, `xh`, `(l)`, `t-1`.
    pub(crate) fn spell(&self, range: Range) -> String {
        let mut spelt = String::new();
        for token in &self.tokens[range.0..range.1] {
            match &token.tok {
                Tok::Name(name) | Tok::Text(name) | Tok::Unknown(name) => {
                    spelt.push_str(name)
                }
                Tok::BraceOpen
                | Tok::BraceClose
                | Tok::Font(_)
                | Tok::Quad
                | Tok::Cell => {}
                Tok::Accent(accent) => {
                    spelt.push_str(accent);
                    spelt.push(' ');
                }
                Tok::Prime => spelt.push('\''),
                Tok::Open(Fence::Round) => spelt.push('('),
                Tok::Close(Fence::Round) => spelt.push(')'),
                Tok::Open(Fence::Square) => spelt.push('['),
                Tok::Close(Fence::Square) => spelt.push(']'),
                Tok::Operator(Operator::Plus) => spelt.push('+'),
                Tok::Operator(Operator::Minus) => spelt.push('-'),
                Tok::Operator(Operator::Star) => spelt.push('*'),
                Tok::Comma => spelt.push(','),
                Tok::Number(value) => spelt.push_str(&value.to_string()),
                Tok::Sub => spelt.push('_'),
                Tok::Sup => spelt.push('^'),
                _ => spelt.push('?'),
            }
        }
        spelt
    }

    pub(super) fn known(&self, name: &str) -> Option<NameKind> {
        self.names.kind(name)
    }

    /// A factor that begins with a name, a font or an accent.
    pub(super) fn name_or_font(&mut self, start: usize) -> Expr {
        if let Some(digit) = self.bold_digit() {
            return digit;
        }
        let Some(base) = self.base_name(start) else { return self.styled(start) };
        if base.unknown && self.known(&base.name).is_none() {
            let span = self.tokens[start].span;
            self.warn(
                span,
                "unknown-command",
                format!(
                    "the command `\\{}` is not known and is taken as a name",
                    base.name
                ),
            );
        }
        if self.half_open_indicator(&base) {
            self.at = base.next;
            return self.indicator(start);
        }
        if let Some(expectation) = self.expectation(&base, start) {
            return expectation;
        }
        self.at = base.next;
        self.named(base, start)
    }

    /// A font over a whole expression, or an accent over one.
    fn styled(&mut self, start: usize) -> Expr {
        match self.peek() {
            Some(Tok::Font(_)) => {
                self.at += 1;
                if !self.starts_operand(self.at) {
                    return self.missing();
                }
                self.nested(Self::factor)
            }
            Some(Tok::Accent(_)) => {
                self.at += 1;
                self.argument();
                let span = self.since(start);
                let message =
                    format!("an accent over `{}` is not a name", self.shown(span));
                self.unread(span, "unsupported", message)
            }
            _ => {
                // A command with arguments that nobody defined.
                self.at += 1;
                while matches!(self.peek(), Some(Tok::BraceOpen)) {
                    self.argument();
                }
                let span = self.since(start);
                let message = format!(
                    "the command in `{}` is not known; define it with \\newcommand",
                    self.shown(span)
                );
                self.unread(span, "unknown-command", message)
            }
        }
    }

    /// A name with its scripts: decides which of them belong to the name, what the name is, and
    /// applies the rest.
    fn named(&mut self, base: Base, start: usize) -> Expr {
        let mut scripts = match base.inner {
            Some(range) => self.within(range, |parser| parser.scripts()),
            None => Vec::new(),
        };
        if self.known(&base.name).is_none() {
            match base.name.as_str() {
                "d" => {
                    if let Some(expr) = self.letter_d(start) {
                        return expr;
                    }
                }
                "e" if matches!(self.peek(), Some(Tok::Sup)) => {
                    return self.exponential(start);
                }
                "delta" => {
                    if let Some(delta) = self.kronecker(start) {
                        return delta;
                    }
                }
                "I" => {
                    if let Some(identity) = self.identity(start) {
                        return identity;
                    }
                }
                _ => {}
            }
        } else if base.name == "d"
            && let Some(expr) = self.known_d(start)
        {
            return expr;
        }
        scripts.extend(self.scripts());
        let name = self.own_scripts(base.name, &mut scripts);
        if let Some(call) = self.call(&name, &mut scripts, start) {
            return self.scripted(call, scripts, start);
        }
        let (name, mut scripts) = self.unknown_scripts(name, scripts);
        let end = if scripts.is_empty() { self.at } else { start + 1 };
        let head = self.node_at(Kind::Name(name.clone()), start, end);
        // Primes on what is no function.
        while let Some(Script::Prime(_)) = scripts.first() {
            if let Some(expr) = self.primed(&name, &mut scripts, start) {
                return self.scripted(expr, scripts, start);
            }
        }
        self.scripted(head, scripts, start)
    }

    pub(super) fn node_at(&self, kind: Kind, start: usize, end: usize) -> Expr {
        Expr {
            kind,
            span: self.span_of((start, end.max(start + 1).min(self.tokens.len()))),
        }
    }

    /// Takes the scripts that make another name of it, where such a name is given.
    fn own_scripts(&self, name: String, scripts: &mut Vec<Script>) -> String {
        let mut best: Option<(usize, String, Vec<usize>)> = None;
        // `y_{t,k}`, an entry of a given `y_t`.
        for script in scripts.iter_mut() {
            if let Script::Sub(range) = *script
                && let [first, .., last] = self.split(range, |tok| *tok == Tok::Comma)[..]
                && self.known(&format!("{name}_{}", self.spell(range))).is_none()
                && self.known(&name).is_none()
            {
                let candidate = format!("{name}_{}", self.spell(first));
                if self.known(&candidate) == Some(NameKind::Array) {
                    *script = Script::Sub((first.1 + 1, last.1));
                    return candidate;
                }
            }
        }
        let spelt = |script: &Script| match script {
            Script::Sub(range) => Some(format!("_{}", self.spell(*range))),
            Script::Sup(range) => {
                // Plain text writes `z^(l)` without braces.
                let before = range.0.checked_sub(1).map(|at| &self.tokens[at].tok);
                Some(match before {
                    Some(Tok::Open(Fence::Round)) => format!("^({})", self.spell(*range)),
                    _ => format!("^{}", self.spell(*range)),
                })
            }
            Script::Prime(_) => Some("'".into()),
            Script::Hadamard(_) | Script::Transpose => None,
        };
        let count = scripts.len().min(3);
        // Every choice of up to three scripts, in both orders of subscript and superscript.
        for mask in 1u32..(1 << count) {
            let chosen: Vec<usize> =
                (0..count).filter(|i| mask & (1 << i) != 0).collect();
            let mut parts: Vec<String> = Vec::new();
            for index in &chosen {
                match spelt(&scripts[*index]) {
                    Some(part) => parts.push(part),
                    None => parts.clear(),
                }
            }
            if parts.len() != chosen.len() {
                continue;
            }
            let written: String = parts.concat();
            parts.sort_by_key(|part| part.starts_with('^'));
            let subs_first: String = parts.concat();
            for suffix in [written, subs_first] {
                let candidate = format!("{name}{suffix}");
                if self.known(&candidate).is_some()
                    && best.as_ref().is_none_or(|found| found.0 < chosen.len())
                {
                    best = Some((chosen.len(), candidate, chosen.clone()));
                }
            }
        }
        match best {
            Some((_, candidate, chosen)) => {
                for index in chosen.into_iter().rev() {
                    scripts.remove(index);
                }
                candidate
            }
            None => name,
        }
    }

    /// What scripts make of a name that the givens do not decide: `x_{max}`, `z^{(l)}` are names.
    fn unknown_scripts(
        &mut self,
        name: String,
        mut scripts: Vec<Script>,
    ) -> (String, Vec<Script>) {
        let mut name = name;
        // Plain text marks a layer with braces: `z^{(l)}`; `x^(2)` is a power.
        let marked = |range: Range| {
            let before = range.0.checked_sub(1).map(|at| &self.tokens[at].tok);
            self.latex()
                || matches!(before, Some(Tok::BraceOpen | Tok::Open(Fence::Curly)))
        };
        if let Some(at) = scripts.iter().position(
                |script| matches!(script, Script::Sup(range) if marked(*range) && self.is_layer(*range)),
            )
            && let Script::Sup(range) = scripts.remove(at)
        {
            name = format!("{name}^{}", self.spell(range));
            // The name with its layer may be given with an index as well.
            name = self.own_scripts(name, &mut scripts);
        }
        if self.known(&name).is_none()
            && let Some(at) = scripts.iter().position(
                |script| matches!(script, Script::Sub(range) if self.is_label(*range)),
            )
            && let Script::Sub(range) = scripts.remove(at)
        {
            name = format!("{name}_{}", self.spell(range));
        }
        if self.in_index || !self.latex() {
            // A prime on an index is part of the letter.
            while self.in_index && matches!(scripts.first(), Some(Script::Prime(_))) {
                scripts.remove(0);
                name.push('\'');
            }
        }
        (name, scripts)
    }

    /// `(l)`, `[2]`, `(l-1)`: a layer or an iteration, unless the letter is a given number.
    pub(super) fn is_layer(&self, range: Range) -> bool {
        // `y^*` is another name.
        if let [Token { tok: Tok::Operator(Operator::Star), .. }] =
            &self.tokens[range.0..range.1]
        {
            return true;
        }
        let Some(Tok::Open(Fence::Round | Fence::Square)) =
            self.tokens.get(range.0).map(|t| &t.tok)
        else {
            return false;
        };
        if self.mates[range.0] != Some(range.1.wrapping_sub(1)) || range.1 - range.0 > 5 {
            return false;
        }
        let inside = &self.tokens[range.0 + 1..range.1 - 1];
        let plain = inside.iter().all(|token| match &token.tok {
            Tok::Name(name) => {
                !matches!(self.known(name), Some(NameKind::Scalar | NameKind::Dimension))
            }
            Tok::Number(_) | Tok::Prime => true,
            Tok::Operator(Operator::Plus | Operator::Minus) => true,
            _ => false,
        });
        plain && !inside.is_empty() && !matches!(inside[0].tok, Tok::Operator(_))
    }

    /// A subscript that is a word, or a capital letter: no index.
    pub(super) fn is_label(&self, range: Range) -> bool {
        let mut tokens = self.tokens[range.0..range.1].iter().filter(|token| {
            !matches!(token.tok, Tok::Font(_) | Tok::BraceOpen | Tok::BraceClose)
        });
        let (Some(token), None) = (tokens.next(), tokens.next()) else { return false };
        match &token.tok {
            Tok::Text(_) => true,
            Tok::Name(name) if greek(name).is_some() => false,
            Tok::Name(name) => {
                self.known(name).is_none()
                    && (name.len() > 3
                        || name.len() > 1
                            && (self.latex()
                                || matches!(
                                    name.as_str(),
                                    "max"
                                        | "min"
                                        | "in"
                                        | "out"
                                        | "new"
                                        | "old"
                                        | "hat"
                                        | "tot"
                                )))
            }
            _ => false,
        }
    }

    /// A prime on a name that is no function.
    fn primed(
        &mut self,
        name: &str,
        scripts: &mut Vec<Script>,
        start: usize,
    ) -> Option<Expr> {
        let Some(Script::Prime(at)) = scripts.first() else { return None };
        let at = *at;
        let head = self.node_at(Kind::Name(name.into()), start, at);
        let transposes = match self.known(name) {
            Some(NameKind::Array | NameKind::Family) => true,
            Some(_) => !self.latex(),
            None => !self.latex(),
        };
        if transposes {
            scripts.remove(0);
            return Some(self.node_at(Kind::Transpose(Box::new(head)), start, at + 1));
        }
        let mut primes = 0;
        while let Some(Script::Prime(_)) = scripts.first() {
            scripts.remove(0);
            primes += 1;
        }
        if functions::is_letter(name) && self.known(name).is_none() {
            let kind = Kind::Function { name: name.into(), primes };
            return Some(self.node_at(kind, start, at + primes as usize));
        }
        let primed = format!("{name}{}", "'".repeat(primes as usize));
        Some(self.node_at(Kind::Name(primed), start, at + primes as usize))
    }

    /// Whether the token is the sign of a transposed array.
    pub(super) fn is_top(&self, at: usize) -> bool {
        matches!(self.tokens.get(at).map(|t| &t.tok), Some(Tok::Symbol(Symbol::Top)))
    }
}

impl Parser<'_> {
    /// A name as a declaration writes it, with every script part of it: `W_1`, `hat y`, `z^(l)`.
    /// Answers with the name, its last script alone, and the token behind.
    pub(crate) fn declared_name(
        &mut self,
        at: usize,
        end: usize,
    ) -> Option<(String, Option<String>, usize)> {
        self.within((at, end), |parser| {
            let base = parser.base_name(at)?;
            let mut name = base.name;
            let mut script = None;
            parser.at = base.next;
            let mut scripts = match base.inner {
                Some(range) => parser.within(range, |parser| parser.scripts()),
                None => Vec::new(),
            };
            scripts.extend(parser.scripts());
            scripts.sort_by_key(|script| matches!(script, Script::Sup(_)));
            for found in scripts {
                let (sign, text) = match found {
                    Script::Sub(range) => ("_", parser.spell(range)),
                    Script::Sup(range) => ("^", parser.spell(range)),
                    Script::Prime(_) => ("'", String::new()),
                    Script::Hadamard(_) | Script::Transpose => return None,
                };
                name = format!("{name}{sign}{text}");
                script = Some(text);
            }
            Some((name, script, parser.at))
        })
    }

    /// The letter of a set under its font, and the token behind.
    pub(crate) fn set_name(&mut self, at: usize, end: usize) -> Option<(String, usize)> {
        self.within((at, end), |parser| {
            let base = parser.base_name(at)?;
            Some((base.name, base.next))
        })
    }

    /// The argument of a script at the token, and the token behind.
    pub(crate) fn script_range(&mut self, at: usize, end: usize) -> (Range, usize) {
        self.within((at, end), |parser| {
            let range = parser.script_argument().unwrap_or((at, at));
            (range, parser.at.max(at))
        })
    }
}
