//! Finds prose, sections, list items and formulas in a LaTeX article.
//!
//! The text has its included files in place already (see [`assemble`]) and its comments blanked, so
//! that offsets stay those of the files. Verbatim blocks and definitions of commands hold no
//! formulas; the commands themselves are expanded later, formula by formula.

use std::path::{Path, PathBuf};

use super::{
    File, Note, Piece, Search, Source, Stretch, Token, blank, environment, find,
};
use crate::document::place::Lines;
use crate::language::ast::Span;

/// How deep files may include each other, and how many may be included in all.
const MAX_DEPTH: usize = 8;
const MAX_FILES: usize = 200;

/// Environments whose contents are not text.
const VERBATIM: [&str; 6] =
    ["verbatim", "lstlisting", "minted", "comment", "tikzpicture", "filecontents"];

/// Puts a document together from its main file and the files beside it that it includes with
/// `\input`, `\include` or (local styles) `\usepackage`.
pub(super) fn assemble(source: &mut Source, folder: Option<&Path>) {
    let main = std::mem::take(&mut source.text);
    source.stretches.clear();
    let mut assembly = Assembly { source, folder, open: Vec::new() };
    assembly.append(0, main);
}

struct Assembly<'s> {
    source: &'s mut Source,
    folder: Option<&'s Path>,
    /// The files that are being included, outermost first.
    open: Vec<String>,
}

impl Assembly<'_> {
    /// Appends a file's text with its inclusions replaced.
    fn append(&mut self, file: usize, text: String) {
        let mut bytes = text.into_bytes();
        blank_comments(&mut bytes);
        // Blanking replaces whole characters or parts of comments by spaces only.
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let name = Path::new(&self.source.files[file].name).file_name();
        self.open.push(
            name.map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        );
        let mut from = 0;
        let mut at = 0;
        while let Some(found) = text[at..].find('\\').map(|offset| at + offset) {
            at = found + 1;
            let Some(inclusion) = inclusion(&text, found) else { continue };
            let offset = self.source.text.len() + found - from;
            let Some(included) = self.included(&inclusion, offset) else { continue };
            self.stretch(file, from, &text[from..found]);
            let inner = self.source.files[included].text.clone();
            self.append(included, inner);
            from = inclusion.behind;
            at = from;
        }
        self.stretch(file, from, &text[from..]);
        self.open.pop();
    }

    fn stretch(&mut self, file: usize, offset: usize, text: &str) {
        let start = self.source.text.len();
        self.source.stretches.push(Stretch { start, file, offset });
        self.source.text.push_str(text);
    }

    /// Reads an included file; `None` (with a note, where one is due) when it cannot be.
    fn included(&mut self, wanted: &Inclusion<'_>, offset: usize) -> Option<usize> {
        let folder = self.folder?;
        let written = wanted.file.trim();
        let mut path = PathBuf::from(written);
        if path.extension().is_none() {
            path.set_extension(wanted.extension);
        }
        let beside =
            path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        let shown = path.display().to_string();
        let mut complain = |message: String| {
            self.source.notes.push(Note { offset, code: "missing-input", message });
        };
        if !beside {
            complain(format!(
                "{written} is not read: only files beside the document are"
            ));
            return None;
        }
        if self.open.contains(&shown) {
            complain(format!("{shown} includes itself: it is read once"));
            return None;
        }
        if self.open.len() > MAX_DEPTH || self.source.files.len() > MAX_FILES {
            complain(format!("{shown} is not read: files include each other too deep"));
            return None;
        }
        match std::fs::read(folder.join(&path)) {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let lines = Lines::new(&text);
                self.source.files.push(File { name: shown, text, lines });
                Some(self.source.files.len() - 1)
            }
            // A style that does not lie beside the document is one of TeX's own.
            Err(_) if wanted.extension == "sty" => None,
            Err(error) => {
                complain(format!(
                    "{shown} cannot be read ({error}): put it beside the document"
                ));
                None
            }
        }
    }
}

struct Inclusion<'t> {
    file: &'t str,
    extension: &'static str,
    /// The offset behind the command.
    behind: usize,
}

/// The inclusion that begins at `at`, if one does.
fn inclusion(text: &str, at: usize) -> Option<Inclusion<'_>> {
    let rest = &text[at..];
    let (name, extension) = [
        ("\\input", "tex"),
        ("\\include", "tex"),
        ("\\subfile", "tex"),
        ("\\usepackage", "sty"),
    ]
    .into_iter()
    .find(|(name, _)| {
        rest.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']))
    })?;
    let blanks =
        rest[name.len()..].len() - rest[name.len()..].trim_start_matches(' ').len();
    let open = at + name.len() + blanks;
    let body = text[open..].strip_prefix('{')?;
    let close = body.bytes().take(200).position(|byte| byte == b'}')?;
    Some(Inclusion { file: &body[..close], extension, behind: open + close + 2 })
}

/// Blanks comments: from an unescaped `%` to the end of the line.
fn blank_comments(bytes: &mut [u8]) {
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'%' => {
                let end = bytes[at..].iter().position(|&byte| byte == b'\n');
                let end = end.map_or(bytes.len(), |offset| at + offset);
                blank(bytes, at..end);
                at = end;
            }
            _ => at += 1,
        }
    }
}

/// The parts of a LaTeX text whose comments are blanked.
pub(super) fn scan(text: &str) -> (Vec<Token>, Vec<Note>) {
    let start =
        text.find("\\begin{document}").map_or(0, |at| at + "\\begin{document}".len());
    let end = text[start..].find("\\end{document}").map_or(text.len(), |at| start + at);
    let mut scanner = Scanner {
        text: &text[..end],
        bytes: &text.as_bytes()[..end],
        tokens: Vec::new(),
        notes: Vec::new(),
        search: Search::default(),
    };
    scanner.run(start);
    (scanner.tokens, scanner.notes)
}

struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    tokens: Vec<Token>,
    notes: Vec<Note>,
    search: Search,
}

impl Scanner<'_> {
    fn run(&mut self, start: usize) {
        let mut at = start;
        let mut run = start;
        while at < self.bytes.len() {
            match self.bytes[at] {
                b'\n' => {
                    self.prose(run, at);
                    let blank = self.bytes[at + 1..]
                        .iter()
                        .take_while(|byte| byte.is_ascii_whitespace())
                        .any(|&byte| byte == b'\n');
                    if blank {
                        self.end_paragraph();
                    }
                    at += 1;
                    run = at;
                }
                b'$' => match self.dollar(at) {
                    Some(piece) => {
                        self.prose(run, at);
                        self.tokens.push(Token::Math(piece));
                        at = piece.outer.end;
                        run = at;
                    }
                    None => at += 1,
                },
                b'\\' => {
                    let before = self.tokens.len();
                    let behind = self.command(at);
                    if behind > at + 2 || self.tokens.len() > before {
                        let found = self.tokens.split_off(before);
                        self.prose(run, at);
                        self.tokens.extend(found);
                        run = behind;
                    }
                    at = behind;
                }
                _ => at += 1,
            }
        }
        self.prose(run, self.bytes.len());
        self.end_paragraph();
    }

    fn end_paragraph(&mut self) {
        if self.tokens.last().is_some_and(|token| *token != Token::Break) {
            self.tokens.push(Token::Break);
        }
    }

    fn prose(&mut self, start: usize, end: usize) {
        let Some(text) = self.text.get(start..end) else { return };
        let trimmed = text.trim();
        if trimmed.contains(|c: char| c.is_alphanumeric() || c == '.') {
            let start = start + (text.len() - text.trim_start().len());
            self.tokens.push(Token::Text(Span::new(start, start + trimmed.len())));
        }
    }

    fn formula(
        &mut self,
        at: usize,
        open: usize,
        closer: &str,
        display: bool,
    ) -> Option<Piece> {
        let reach = if display { super::REACH } else { 5_000 };
        let mut close = open;
        let limit = (open + reach).min(self.bytes.len());
        loop {
            close = self.search.find(self.text, close, limit, closer)?;
            // `\$` is no delimiter, `\\)` is a line break before a parenthesis.
            if self.bytes[..close].iter().rev().take_while(|&&b| b == b'\\').count() % 2
                == 0
            {
                break;
            }
            close += 1;
        }
        Some(Piece {
            outer: Span::new(at, close + closer.len()),
            body: Span::new(open, close),
            display,
        })
    }

    fn dollar(&mut self, at: usize) -> Option<Piece> {
        let double = self.bytes.get(at + 1) == Some(&b'$');
        let (width, closer) = if double { (2, "$$") } else { (1, "$") };
        let piece = self.formula(at, at + width, closer, double);
        if piece.is_none()
            && !self.notes.iter().any(|note| note.code == "unclosed-formula")
        {
            self.unclosed(at, closer);
        }
        piece
    }

    fn unclosed(&mut self, offset: usize, closer: &str) {
        let message = format!(
            "a formula begins here and is never closed: it is not read; add {closer}"
        );
        self.notes.push(Note { offset, code: "unclosed-formula", message });
    }

    /// Reads the command at `at`; answers the offset behind what of it is not prose.
    fn command(&mut self, at: usize) -> usize {
        let name_length = self.bytes[at + 1..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        if name_length == 0 {
            let (closer, display) = match self.bytes.get(at + 1) {
                Some(b'(') => ("\\)", false),
                Some(b'[') => ("\\]", true),
                Some(byte) if byte.is_ascii() => return at + 2,
                _ => return at + 1,
            };
            return match self.formula(at, at + 2, closer, display) {
                Some(piece) => {
                    self.tokens.push(Token::Math(piece));
                    piece.outer.end
                }
                None => {
                    self.unclosed(at, closer);
                    at + 2
                }
            };
        }
        let name = &self.text[at + 1..at + 1 + name_length];
        let star = self.bytes.get(at + 1 + name_length) == Some(&b'*');
        let behind = at + 1 + name_length + usize::from(star);
        match name {
            "begin" => self.begin(at, behind),
            "section" => self.heading(behind, 2),
            "subsection" => self.heading(behind, 3),
            "subsubsection" => self.heading(behind, 4),
            "paragraph" => self.heading(behind, 5),
            "chapter" => self.heading(behind, 1),
            "item" => {
                self.tokens.push(Token::Item(Span::new(at, behind)));
                match self.optional(behind) {
                    Some(label) => {
                        self.tokens.push(Token::Text(label));
                        label.end + 1
                    }
                    None => behind,
                }
            }
            "par" => {
                self.end_paragraph();
                behind
            }
            "newcommand"
            | "renewcommand"
            | "providecommand"
            | "def"
            | "DeclareMathOperator"
            | "newenvironment"
            | "label"
            | "ref"
            | "eqref"
            | "cite"
            | "citep"
            | "citet"
            | "includegraphics"
            | "nomenclature"
            | "vspace"
            | "hspace"
            | "setcounter"
            | "url"
            | "footnotesize"
            | "bibliography" => self.arguments(behind),
            "verb" => {
                let Some(mark) = self.text[behind..].chars().next() else {
                    return behind;
                };
                let open = behind + mark.len_utf8();
                find(self.text, open, open + 500, mark.encode_utf8(&mut [0; 4]))
                    .map_or(open, |close| close + mark.len_utf8())
            }
            _ => at + 1 + name_length.min(1),
        }
    }

    fn begin(&mut self, at: usize, behind: usize) -> usize {
        if let Some(found) = environment(self.text, at, &mut self.search) {
            return match found.close {
                Some((close, end)) => {
                    self.tokens.push(Token::Math(Piece {
                        outer: Span::new(at, end),
                        body: Span::new(found.open, close),
                        display: true,
                    }));
                    end
                }
                None => {
                    let closer = format!("\\end{{{}}}", found.name);
                    let open = found.open;
                    self.unclosed(at, &closer);
                    open
                }
            };
        }
        let Some(name) = self.group(behind) else { return behind };
        let word = &self.text[name.start..name.end];
        if VERBATIM.contains(&word.trim_end_matches('*')) {
            let closer = format!("\\end{{{word}}}");
            return find(self.text, name.end, self.bytes.len(), &closer)
                .map_or(name.end + 1, |close| close + closer.len());
        }
        name.end + 1
    }

    fn heading(&mut self, behind: usize, level: u8) -> usize {
        let open = self.optional(behind).map_or(behind, |short| short.end + 1);
        let Some(title) = self.group(open) else { return behind };
        self.end_paragraph();
        self.tokens.push(Token::Heading(level, title));
        self.tokens.push(Token::Break);
        title.end + 1
    }

    /// Behind the arguments `{…}` and `[…]` that follow at once.
    fn arguments(&self, mut at: usize) -> usize {
        if self.bytes.get(at) == Some(&b'\\') {
            // `\def\name#1{…}`.
            at += 1 + self.bytes[at + 1..]
                .iter()
                .take_while(|b| b.is_ascii_alphabetic())
                .count();
            at +=
                self.bytes[at..].iter().take_while(|b| b"#123456789".contains(b)).count();
        }
        loop {
            match (self.group(at), self.optional(at)) {
                (Some(span), _) | (None, Some(span)) => at = span.end + 1,
                _ => return at,
            }
        }
    }

    /// The inside of the balanced `{…}` at `at`.
    fn group(&self, at: usize) -> Option<Span> {
        if self.bytes.get(at) != Some(&b'{') {
            return None;
        }
        let mut depth = 0_usize;
        let mut next = at;
        while next < self.bytes.len().min(at + 20_000) {
            match self.bytes[next] {
                b'\\' => next += 1,
                b'{' => depth += 1,
                b'}' => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(Span::new(at + 1, next));
                    }
                }
                _ => {}
            }
            next += 1;
        }
        None
    }

    /// The inside of the `[…]` at `at`.
    fn optional(&self, at: usize) -> Option<Span> {
        if self.bytes.get(at) != Some(&b'[') {
            return None;
        }
        let close = find(self.text, at, at + 500, "]")?;
        Some(Span::new(at + 1, close))
    }
}
