//! User macros: what a document defines, and its expansion in a piece of math.
//!
//! Expansion is bounded in depth, in steps and in size: a macro that expands to itself becomes a
//! diagnostic, never a hang. Every byte of the expanded text can be traced back.

use std::collections::HashMap;

use super::ast::{Diagnostic, Severity, Span};

/// How deep macros may expand inside macros.
const DEEPEST: usize = 32;

/// How many times the expanded text may be longer than the original, and the least bound.
const LONGEST: usize = 1 << 20;

/// How many expansions one text may need.
const MOST: usize = 100_000;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Macro {
    arguments: usize,
    /// The default of an optional first argument.
    default: Option<String>,
    body: String,
}

/// The macros that a document defines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Macros {
    table: HashMap<String, Macro>,
}

/// A text with its macros expanded, and the way back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expanded {
    /// The text.
    pub text: String,
    /// Pieces of the text in order, and where each comes from.
    map: Vec<Piece>,
    /// What went wrong: a macro without end, a missing argument.
    pub diagnostics: Vec<Diagnostic>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    /// Where the piece begins in the expanded text.
    start: usize,
    /// Where it comes from.
    origin: Span,
    /// Whether it is the original text byte for byte (else it comes out of a macro).
    verbatim: bool,
}

impl Expanded {
    /// The place in the original text of a place in the expanded text. What a macro's body
    /// wrote is at the macro's use.
    pub fn origin(&self, span: Span) -> Span {
        let start = self.point(span.start, false);
        let end =
            if span.end > span.start { self.point(span.end - 1, true) } else { start };
        Span::new(start.start, end.end.max(start.start))
    }

    fn point(&self, at: usize, last: bool) -> Span {
        let index = self.map.partition_point(|piece| piece.start <= at);
        let Some(piece) = index.checked_sub(1).and_then(|index| self.map.get(index))
        else {
            return Span::new(at, at);
        };
        if !piece.verbatim {
            return piece.origin;
        }
        let from = (piece.origin.start + (at - piece.start)).min(piece.origin.end);
        Span::new(from, if last { (from + 1).min(piece.origin.end) } else { from })
    }
}

impl Macros {
    /// Whether nothing is defined.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Whether the command (without its backslash) is defined.
    pub fn defines(&self, name: &str) -> bool {
        self.table.contains_key(name)
    }

    /// Defines a command without its backslash; the body uses `#1` to `#9`.
    pub fn define(&mut self, name: &str, arguments: usize, body: &str) {
        let arguments = arguments.min(9);
        let body = body.to_string();
        self.table.insert(name.into(), Macro { arguments, default: None, body });
    }

    /// Takes over the macros of another table.
    pub fn extend(&mut self, other: &Macros) {
        for (name, found) in &other.table {
            self.table.insert(name.clone(), found.clone());
        }
    }

    /// Finds the definitions in a text: `\newcommand`, `\renewcommand`, `\providecommand`,
    /// `\def`, `\let`, `\DeclareMathOperator`. A later definition replaces an earlier one.
    pub fn collect(text: &str) -> Macros {
        let mut macros = Macros::default();
        let mut at = 0;
        while let Some(found) = next_command(text, at) {
            at = found.end;
            let name = &text[found.start + 1..found.end];
            let star = text[at..].starts_with('*');
            let from = at + usize::from(star);
            let end = match name {
                "newcommand"
                | "renewcommand"
                | "providecommand"
                | "DeclareRobustCommand" => macros.command(text, from),
                "DeclareMathOperator" => macros.operator(text, from),
                "def" | "gdef" => macros.def(text, at),
                "let" => macros.alias(text, at),
                _ => None,
            };
            at = end.unwrap_or(at);
        }
        macros
    }

    fn command(&mut self, text: &str, at: usize) -> Option<usize> {
        let (name, mut at) = defined_name(text, at)?;
        let mut arguments = 0;
        let mut default = None;
        if let Some((content, next)) = optional(text, at) {
            arguments =
                content.trim().parse::<usize>().ok().filter(|count| *count <= 9)?;
            at = next;
            if let Some((content, next)) = optional(text, at) {
                default = Some(content.to_string());
                at = next;
            }
        }
        let (body, at) = argument(text, at)?;
        let body = body.to_string();
        self.table.insert(name.into(), Macro { arguments, default, body });
        Some(at)
    }

    fn operator(&mut self, text: &str, at: usize) -> Option<usize> {
        let (name, at) = defined_name(text, at)?;
        let (body, at) = argument(text, at)?;
        let body = format!("\\operatorname{{{body}}}");
        self.table.insert(name.into(), Macro { arguments: 0, default: None, body });
        Some(at)
    }

    /// `\def\name#1#2{…}`; parameter texts with delimiters are left alone.
    fn def(&mut self, text: &str, at: usize) -> Option<usize> {
        let (name, at) = defined_name(text, at)?;
        let brace = at + text[at..].find('{')?;
        let parameters = text[at..brace].trim();
        let arguments = parameters.matches('#').count();
        let plain: String = (1..=arguments).map(|number| format!("#{number}")).collect();
        if parameters != plain || arguments > 9 {
            return None;
        }
        let (body, at) = argument(text, brace)?;
        let body = body.to_string();
        self.table.insert(name.into(), Macro { arguments, default: None, body });
        Some(at)
    }

    fn alias(&mut self, text: &str, at: usize) -> Option<usize> {
        let (name, at) = defined_name(text, at)?;
        let rest = text[at..].trim_start().trim_start_matches('=').trim_start();
        let at = text.len() - rest.len();
        let (target, end) = defined_name(text, at)?;
        let found = match self.table.get(target) {
            Some(found) => found.clone(),
            None if target == name => return None,
            None => Macro { arguments: 0, default: None, body: format!("\\{target} ") },
        };
        self.table.insert(name.into(), found);
        Some(end)
    }

    /// The text with every macro of the table expanded. Definitions inside it are left out.
    pub fn expand(&self, text: &str) -> Expanded {
        let mut expansion = Expansion {
            macros: self,
            out: Expanded::default(),
            steps: 0,
            stopped: false,
        };
        let whole = Span::new(0, text.len());
        expansion.run(text, Origin::Verbatim(0), 0);
        if expansion.stopped {
            expansion.out.diagnostics.truncate(8);
        }
        if expansion.out.map.is_empty() {
            expansion.out.map.push(Piece { start: 0, origin: whole, verbatim: true });
        }
        expansion.out
    }
}

/// Where a text under expansion comes from.
#[derive(Clone, Copy)]
enum Origin {
    /// It is the original from this offset on.
    Verbatim(usize),
    /// It comes out of a macro used there.
    Use(Span),
}

impl Origin {
    fn of(self, span: Span) -> Span {
        match self {
            Origin::Verbatim(from) => Span::new(from + span.start, from + span.end),
            Origin::Use(place) => place,
        }
    }
}

struct Expansion<'a> {
    macros: &'a Macros,
    out: Expanded,
    steps: usize,
    stopped: bool,
}

impl Expansion<'_> {
    fn emit(&mut self, text: &str, origin: Origin, span: Span) {
        let piece = &text[span.start..span.end];
        if piece.is_empty() {
            return;
        }
        if self.out.text.len() + piece.len() > LONGEST.max(text.len()) {
            self.stop(
                "macro-size",
                "the macros here expand to too much text",
                origin.of(span),
            );
            return;
        }
        let verbatim = matches!(origin, Origin::Verbatim(_));
        self.out.map.push(Piece {
            start: self.out.text.len(),
            origin: origin.of(span),
            verbatim,
        });
        self.out.text.push_str(piece);
    }

    fn stop(&mut self, code: &'static str, message: &str, span: Span) {
        if !self.stopped {
            self.out.diagnostics.push(Diagnostic {
                span,
                code,
                message: message.into(),
                severity: Severity::Error,
            });
        }
        self.stopped = true;
    }

    fn run(&mut self, text: &str, origin: Origin, depth: usize) {
        let mut at = 0;
        while !self.stopped {
            let Some(found) = next_command(text, at) else { break };
            let name = &text[found.start + 1..found.end];
            let Some(definition) = self.macros.table.get(name) else {
                self.emit(text, origin, Span::new(at, found.end));
                at = found.end;
                if matches!(
                    name,
                    "newcommand" | "renewcommand" | "providecommand" | "def" | "let"
                ) || name == "DeclareMathOperator"
                {
                    // A definition among the formulas defines, and shows nothing.
                    let length = found.end - found.start;
                    let kept = self.out.text.len().saturating_sub(length);
                    if let Some(end) = Macros::definition_end(text, found) {
                        self.out.text.truncate(kept);
                        while self.out.map.last().is_some_and(|piece| piece.start >= kept)
                        {
                            self.out.map.pop();
                        }
                        at = end;
                    }
                }
                continue;
            };
            self.emit(text, origin, Span::new(at, found.start));
            self.steps += 1;
            if depth >= DEEPEST || self.steps > MOST {
                let message = format!(
                    "the macro `\\{name}` expands without end; it is not expanded"
                );
                self.stop("macro-loop", &message, origin.of(found));
                return;
            }
            at = self.apply(definition.clone(), text, found, origin, depth);
        }
        if !self.stopped {
            self.emit(text, origin, Span::new(at, text.len()));
        }
    }

    /// Expands one use and answers with the offset behind it.
    fn apply(
        &mut self,
        definition: Macro,
        text: &str,
        found: Span,
        origin: Origin,
        depth: usize,
    ) -> usize {
        let mut at = found.end;
        let mut arguments: Vec<(String, Span)> = Vec::new();
        if let Some(default) = &definition.default {
            match optional(text, at) {
                Some((content, next)) => {
                    let start = next - 1 - content.len();
                    arguments.push((content.into(), Span::new(start, next - 1)));
                    at = next;
                }
                None => arguments.push((default.clone(), found)),
            }
        }
        while arguments.len() < definition.arguments {
            match argument_span(text, at) {
                Some((span, next)) => {
                    arguments.push((text[span.start..span.end].into(), span));
                    at = next;
                }
                None => {
                    if self.out.diagnostics.len() >= 16 {
                        self.stop(
                            "macro-argument",
                            "too many macros here lack an argument",
                            origin.of(found),
                        );
                        break;
                    }
                    self.out.diagnostics.push(Diagnostic {
                        span: origin.of(found),
                        code: "macro-argument",
                        message: format!(
                            "`{}` wants {} arguments and has {}",
                            &text[found.start..found.end],
                            definition.arguments,
                            arguments.len()
                        ),
                        severity: Severity::Error,
                    });
                    break;
                }
            }
        }
        let place = origin.of(Span::new(found.start, at));
        if definition.arguments == 0 {
            // A command swallows the spaces behind it; keep the words apart all the same.
            self.run(&definition.body, Origin::Use(place), depth + 1);
            if text[at..].starts_with(|c: char| c.is_ascii_alphabetic()) {
                self.emit(" ", Origin::Use(place), Span::new(0, 1));
            }
            return at;
        }
        // The body in pieces, so that an argument keeps its own place.
        let body = &definition.body;
        let mut start = 0;
        let bytes = body.as_bytes();
        let mut index = 0;
        while index + 1 < bytes.len() && !self.stopped {
            if bytes[index] == b'\\' {
                index += 2;
                continue;
            }
            if bytes[index] == b'#' && bytes[index + 1].is_ascii_digit() {
                self.run(&body[start..index], Origin::Use(place), depth + 1);
                let number = usize::from(bytes[index + 1] - b'0');
                if let Some((content, span)) =
                    number.checked_sub(1).and_then(|i| arguments.get(i))
                {
                    let from = match origin {
                        Origin::Verbatim(from) if *span != found => {
                            Origin::Verbatim(from + span.start)
                        }
                        _ => Origin::Use(place),
                    };
                    // A letter must not grow onto the command before it.
                    if self.out.text.ends_with(|c: char| c.is_ascii_alphabetic())
                        && content.starts_with(|c: char| c.is_ascii_alphabetic())
                        && ends_in_command(&self.out.text)
                    {
                        self.emit(" ", Origin::Use(place), Span::new(0, 1));
                    }
                    let content = content.clone();
                    self.run(&content, from, depth + 1);
                }
                index += 2;
                start = index;
                continue;
            }
            index += 1;
        }
        self.run(&body[start.min(body.len())..], Origin::Use(place), depth + 1);
        at
    }
}

impl Macros {
    /// Where the definition that begins with the command ends.
    fn definition_end(text: &str, found: Span) -> Option<usize> {
        let mut scratch = Macros::default();
        let name = &text[found.start + 1..found.end];
        let from = found.end + usize::from(text[found.end..].starts_with('*'));
        match name {
            "def" => scratch.def(text, found.end),
            "let" => scratch.alias(text, found.end),
            "DeclareMathOperator" => scratch.operator(text, from),
            _ => scratch.command(text, from),
        }
    }
}

fn ends_in_command(text: &str) -> bool {
    text.trim_end_matches(|c: char| c.is_ascii_alphabetic()).ends_with('\\')
}

/// The next command of letters at or after an offset; comments are passed over.
fn next_command(text: &str, from: usize) -> Option<Span> {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'%' => {
                while at < bytes.len() && bytes[at] != b'\n' {
                    at += 1;
                }
            }
            b'\\' => {
                let length = bytes[at + 1..]
                    .iter()
                    .take_while(|b| b.is_ascii_alphabetic())
                    .count();
                if length > 0 {
                    return Some(Span::new(at, at + 1 + length));
                }
                if bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
                    return Some(Span::new(at, at + 2));
                }
                at += 2;
            }
            _ => at += 1,
        }
    }
    None
}

/// The command that a definition names, with or without braces, and the offset behind it.
fn defined_name(text: &str, at: usize) -> Option<(&str, usize)> {
    let rest = text.get(at..)?.trim_start();
    let at = text.len() - rest.len();
    let (inner, end) = match rest.starts_with('{') {
        true => {
            let (span, next) = argument_span(text, at)?;
            (text[span.start..span.end].trim(), Some(next))
        }
        false => (rest, None),
    };
    let letters = inner.strip_prefix('\\')?;
    let length = match letters.bytes().take_while(u8::is_ascii_alphabetic).count() {
        // `\1`: a digit is a command by itself.
        0 if letters.starts_with(|c: char| c.is_ascii_digit()) => 1,
        length => length,
    };
    if length == 0 {
        return None;
    }
    Some((&letters[..length], end.unwrap_or(at + 1 + length)))
}

/// An optional argument `[…]`, and the offset behind it.
fn optional(text: &str, at: usize) -> Option<(&str, usize)> {
    let rest = text.get(at..)?.trim_start();
    let start = text.len() - rest.len();
    if !rest.starts_with('[') {
        return None;
    }
    let end = start + rest.bytes().take(2000).position(|byte| byte == b']')?;
    Some((&text[start + 1..end], end + 1))
}

fn argument(text: &str, at: usize) -> Option<(&str, usize)> {
    let (span, next) = argument_span(text, at)?;
    Some((&text[span.start..span.end], next))
}

/// An argument: what braces hold, or one character, or one command.
fn argument_span(text: &str, at: usize) -> Option<(Span, usize)> {
    let rest = text.get(at..)?.trim_start();
    let start = text.len() - rest.len();
    let first = rest.chars().next()?;
    match first {
        '{' => {
            let bytes = text.as_bytes();
            let mut depth = 0usize;
            let mut at = start;
            while at < bytes.len() {
                match bytes[at] {
                    b'\\' => at += 1,
                    b'{' => depth += 1,
                    b'}' => {
                        depth -= 1;
                        if depth == 0 {
                            return Some((Span::new(start + 1, at), at + 1));
                        }
                    }
                    _ => {}
                }
                at += 1;
            }
            None
        }
        '\\' => {
            let length = rest[1..]
                .bytes()
                .take_while(u8::is_ascii_alphabetic)
                .count()
                .max(rest[1..].chars().next().map_or(0, char::len_utf8));
            let end = start + 1 + length;
            Some((Span::new(start, end), end))
        }
        '}' | '&' => None,
        _ => {
            let end = start + first.len_utf8();
            Some((Span::new(start, end), end))
        }
    }
}
