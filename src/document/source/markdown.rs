//! Finds prose, headings, list items and formulas in Markdown.
//!
//! Formulas are found by a scanner of our own, since Markdown has no notion of them: `$…$`, `$$…$$`
//! (also in a line of prose and over blank lines), `\(…\)`, `\[…\]` (also with the backslash
//! doubled), bare `\begin{align}` environments, `<script type="math/tex">` and fenced `math` blocks.
//! Code, HTML comments and front matter hold no formulas. Every search is bounded or remembered, so
//! that the time grows with the length of the text and nothing else.

use super::{Note, Piece, REACH, Search, Token, environment, find};
use crate::language::ast::Span;

/// The parts of a Markdown text.
pub(super) fn scan(text: &str) -> (Vec<Token>, Vec<Note>) {
    let mut scanner = Scanner {
        text,
        bytes: text.as_bytes(),
        tokens: Vec::new(),
        notes: Vec::new(),
        paragraph_end: 0,
        in_list: false,
        after_blank: true,
        search: Search::default(),
    };
    scanner.document();
    (scanner.tokens, scanner.notes)
}

struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    tokens: Vec<Token>,
    notes: Vec<Note>,
    /// Where the paragraph ends in which a search last stood.
    paragraph_end: usize,
    in_list: bool,
    after_blank: bool,
    search: Search,
}

impl Scanner<'_> {
    fn document(&mut self) {
        let mut at = self.front_matter();
        while at < self.bytes.len() {
            at = self.line(at);
        }
        self.end_paragraph();
    }

    /// The offset behind `---` or `+++` front matter, 0 without.
    fn front_matter(&self) -> usize {
        for fence in ["---", "+++"] {
            let Some(rest) = self.text.strip_prefix(fence) else { continue };
            if !rest.starts_with(['\n', '\r']) {
                continue;
            }
            let mut at = self.line_end(0);
            while at < self.bytes.len() && at < 20_000 {
                let end = self.line_end(at);
                if self.text[at..end].trim_end() == fence {
                    return end;
                }
                at = end;
            }
        }
        0
    }

    /// Behind the line break of the line that holds `at`.
    fn line_end(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.bytes.len(), |offset| at + offset + 1)
    }

    fn end_paragraph(&mut self) {
        if self.tokens.last().is_some_and(|token| *token != Token::Break) {
            self.tokens.push(Token::Break);
        }
    }

    /// Reads the line that begins at `at` (and more, when a formula or a block reaches further);
    /// answers where to go on.
    fn line(&mut self, at: usize) -> usize {
        let end = self.line_end(at);
        let line = &self.text[at..end];
        let trimmed = line.trim();
        if trimmed.is_empty() {
            self.end_paragraph();
            self.after_blank = true;
            return end;
        }
        let indent = line.len() - line.trim_start().len();
        let wide = line.starts_with("    ") || line.starts_with('\t');
        let after_blank = std::mem::replace(&mut self.after_blank, false);
        if let Some(behind) = self.fence(at, indent, trimmed) {
            return behind;
        }
        if wide && after_blank && !self.in_list {
            // Indented code goes on over blank lines.
            self.after_blank = true;
            return end;
        }
        if !wide && after_blank && !starts_item(trimmed) {
            self.in_list = false;
        }
        if indent <= 3 {
            if let Some(level) = atx_level(trimmed) {
                return self.heading(at + indent, end, level);
            }
            if let Some(level) = self.setext_level(trimmed, end) {
                let behind = self.line_end(end);
                self.push_heading(level, at + indent, at + indent + trimmed.len());
                return behind;
            }
        }
        let mut start = at + indent;
        while self.bytes.get(start) == Some(&b'>') {
            start += 1;
            while self.bytes.get(start) == Some(&b' ') {
                start += 1;
            }
        }
        if let Some(length) = item_marker(&self.text[start..end]) {
            self.in_list = true;
            self.tokens.push(Token::Item(Span::new(start, start + length)));
            start += length;
        }
        self.inline(start, None)
    }

    /// A fenced block at `at`: skipped, unless it is a `math` block; answers the offset behind it.
    fn fence(&mut self, at: usize, indent: usize, trimmed: &str) -> Option<usize> {
        let mark = trimmed.bytes().next().filter(|byte| matches!(byte, b'`' | b'~'))?;
        let width = trimmed.bytes().take_while(|&byte| byte == mark).count();
        let info = trimmed[width..].trim();
        if width < 3 || (mark == b'`' && info.contains('`')) {
            return None;
        }
        self.end_paragraph();
        let open = self.line_end(at);
        let (mut body_end, mut behind) = (self.bytes.len(), self.bytes.len());
        let mut next = open;
        while next < self.bytes.len() {
            let end = self.line_end(next);
            let line = self.text[next..end].trim();
            if line.len() >= width && line.bytes().all(|byte| byte == mark) {
                (body_end, behind) = (next, end);
                break;
            }
            next = end;
        }
        if next >= self.bytes.len() {
            self.note(
                at + indent,
                "unclosed-code",
                "this code block is never closed: nothing behind it is read; close it",
            );
        }
        if info == "math" && body_end > open {
            self.tokens.push(Token::Math(Piece {
                outer: Span::new(at + indent, behind),
                body: Span::new(open, body_end),
                display: true,
            }));
            self.end_paragraph();
        }
        self.after_blank = true;
        Some(behind)
    }

    fn heading(&mut self, at: usize, end: usize, level: u8) -> usize {
        let title = self.text[at..end].trim_end().trim_end_matches('#').trim_end();
        let start = at + usize::from(level);
        let start = start + (at + title.len()).saturating_sub(start).min(1);
        self.push_heading(level, start.min(at + title.len()), at + title.len());
        end
    }

    /// A heading, and its text as a paragraph of its own: a heading may hold givens.
    fn push_heading(&mut self, level: u8, start: usize, end: usize) {
        self.end_paragraph();
        let lead = self.text[start..end].len() - self.text[start..end].trim_start().len();
        self.tokens.push(Token::Heading(level, Span::new(start + lead, end)));
        self.inline(start + lead, Some(end));
        self.end_paragraph();
        self.in_list = false;
        self.after_blank = true;
    }

    /// The level that an underline (`===`, `---`) below a line of prose gives it.
    fn setext_level(&self, trimmed: &str, next: usize) -> Option<u8> {
        if starts_item(trimmed) || trimmed.starts_with(['$', '\\', '|', '>']) {
            return None;
        }
        let below = self.text[next..self.line_end(next)].trim_end();
        let level = match below.bytes().next()? {
            b'=' => 1,
            b'-' => 2,
            _ => return None,
        };
        let mark = below.as_bytes()[0];
        (below.len() >= 2 && below.bytes().all(|byte| byte == mark)).then_some(level)
    }

    /// Reads from `at` to the end of the line (or to `until`): prose, formulas, code, comments.
    fn inline(&mut self, at: usize, until: Option<usize>) -> usize {
        let stop = until.unwrap_or(self.bytes.len());
        let mut run = at;
        let mut at = at;
        while at < stop {
            let behind = match self.bytes[at] {
                b'\n' => break,
                b'$' => self.dollar(at),
                b'\\' => self.backslash(at),
                b'`' => self.ticks(at).map(Found::Skipped),
                b'<' => self.angle(at),
                _ => None,
            };
            match behind {
                Some(Found::Formula(piece))
                    if piece.outer.end <= stop || until.is_none() =>
                {
                    self.prose(run, at);
                    self.tokens.push(Token::Math(piece));
                    at = piece.outer.end;
                    run = at;
                }
                Some(Found::Skipped(behind)) if behind <= stop || until.is_none() => {
                    self.prose(run, at);
                    at = behind;
                    run = at;
                }
                Some(Found::Prose(behind)) => at = behind,
                _ => at += 1,
            }
        }
        let at = at.min(self.bytes.len());
        self.prose(run, at);
        if until.is_some() { at } else { at + 1 }
    }

    fn prose(&mut self, start: usize, end: usize) {
        let text = &self.text[start..end];
        let trimmed = text.trim();
        if !trimmed.is_empty() {
            let start = start + (text.len() - text.trim_start().len());
            self.tokens.push(Token::Text(Span::new(start, start + trimmed.len())));
        }
    }

    fn note(&mut self, offset: usize, code: &'static str, message: &str) {
        self.notes.push(Note { offset, code, message: message.to_owned() });
    }

    fn dollar(&mut self, at: usize) -> Option<Found> {
        let double = self.bytes.get(at + 1) == Some(&b'$');
        if double { self.double_dollar(at) } else { self.single_dollar(at) }
    }

    fn double_dollar(&mut self, at: usize) -> Option<Found> {
        let open = at + 2;
        let close = self.next_double_dollar(open);
        match close {
            Some(close) if self.text[open..close].trim().is_empty() => {
                Some(Found::Prose(close + 2))
            }
            Some(close) if !looks_like_prose(&self.text[open..close]) => {
                Some(formula(at, open, close, close + 2, true))
            }
            _ => {
                self.note(
                    at,
                    "unclosed-formula",
                    "this $$ has no partner: the formula behind it is not read; close it with $$",
                );
                Some(Found::Prose(open))
            }
        }
    }

    fn next_double_dollar(&self, from: usize) -> Option<usize> {
        let limit = (from + REACH).min(self.bytes.len());
        let mut at = from;
        while at + 1 < limit {
            match self.bytes[at] {
                b'\\' => at += 2,
                b'$' if self.bytes[at + 1] == b'$' => return Some(at),
                _ => at += 1,
            }
        }
        None
    }

    fn single_dollar(&mut self, at: usize) -> Option<Found> {
        let mut open = at + 1;
        let paragraph_end = self.paragraph(at);
        let ticked = self.bytes.get(open) == Some(&b'`');
        if ticked {
            open += 1;
        }
        let mut close = open;
        while close < paragraph_end {
            match self.bytes[close] {
                b'\\' => close += 2,
                b'`' if ticked && self.bytes.get(close + 1) == Some(&b'$') => break,
                b'$' if !ticked => break,
                _ => close += 1,
            }
        }
        if close >= paragraph_end {
            return None;
        }
        if ticked {
            return Some(formula(at, open, close, close + 2, false));
        }
        let body = &self.text[open..close];
        let tight = !body.starts_with(char::is_whitespace)
            && !body.ends_with(char::is_whitespace)
            && !self.bytes.get(close + 1).is_some_and(u8::is_ascii_digit);
        let mathematical = body.contains(['\\', '_', '^', '=']) && !body.contains('\n');
        let one_letter = body.trim().len() == 1;
        if body.is_empty() || !(tight || mathematical || one_letter) {
            return None;
        }
        Some(formula(at, open, close, close + 1, false))
    }

    /// Where the paragraph that holds `at` ends.
    fn paragraph(&mut self, at: usize) -> usize {
        if at >= self.paragraph_end {
            let mut line = at;
            self.paragraph_end = loop {
                line = self.line_end(line);
                if line >= self.bytes.len() {
                    break self.bytes.len();
                }
                if self.text[line..self.line_end(line)].trim().is_empty() {
                    break line;
                }
            };
        }
        self.paragraph_end
    }

    fn backslash(&mut self, at: usize) -> Option<Found> {
        let rest = &self.bytes[at..];
        if rest.starts_with(b"\\begin{") {
            return self.bare_environment(at);
        }
        let (open, closer, display) = match rest {
            [b'\\', b'(', ..] => (at + 2, "\\)", false),
            [b'\\', b'[', ..] => (at + 2, "\\]", true),
            [b'\\', b'\\', b'(', ..] => (at + 3, "\\\\)", false),
            [b'\\', b'\\', b'[', ..] => (at + 3, "\\\\]", true),
            [_, next, ..] if next.is_ascii() => return Some(Found::Prose(at + 2)),
            _ => return None,
        };
        let limit = if display { at + REACH } else { self.paragraph(at) };
        let close = self.search.find(self.text, open, limit, closer)?;
        let body = &self.text[open..close];
        let mathematical = body.trim().len() <= 3 || body.contains(['\\', '_', '^', '=']);
        if !mathematical || looks_like_prose(body) {
            return Some(Found::Prose(open));
        }
        Some(formula(at, open, close, close + closer.len(), display))
    }

    fn bare_environment(&mut self, at: usize) -> Option<Found> {
        let found = environment(self.text, at, &mut self.search)?;
        match found.close {
            Some((close, behind)) => Some(formula(at, found.open, close, behind, true)),
            None => {
                let message = format!(
                    "\\begin{{{0}}} is never closed: it is not read; end it with \\end{{{0}}}",
                    found.name
                );
                let behind = found.open;
                self.note(at, "unclosed-formula", &message);
                Some(Found::Prose(behind))
            }
        }
    }

    /// Code between backticks: the offset behind it.
    fn ticks(&mut self, at: usize) -> Option<usize> {
        let width = self.bytes[at..].iter().take_while(|&&byte| byte == b'`').count();
        let limit = self.paragraph(at);
        let run = &self.text[at..at + width];
        if self.search.is_hopeless(limit, run) {
            return None;
        }
        let mut next = at + width;
        while next < limit {
            if self.bytes[next] != b'`' {
                next += 1;
                continue;
            }
            let run = self.bytes[next..].iter().take_while(|&&byte| byte == b'`').count();
            if run == width {
                return Some(next + run);
            }
            next += run;
        }
        self.search.give_up(limit, run.to_owned());
        None
    }

    /// A comment, a formula in a `script`, or code in HTML.
    fn angle(&mut self, at: usize) -> Option<Found> {
        let rest = &self.text[at..];
        if rest.starts_with("<!--") {
            let known = self.search.is_hopeless(self.bytes.len() - 3, "-->");
            let close = self.search.find(self.text, at + 4, self.bytes.len(), "-->");
            if close.is_none() && !known {
                self.note(
                    at,
                    "unclosed-comment",
                    "this comment is never closed: it is read as text; close it with -->",
                );
            }
            return Some(
                close.map_or(Found::Prose(at + 4), |close| Found::Skipped(close + 3)),
            );
        }
        if rest.starts_with("<script") {
            let open = find(self.text, at, at + 200, ">")? + 1;
            if !self.text[at..open].contains("math/tex") {
                return None;
            }
            let close = self.search.find(self.text, open, open + REACH, "</script>")?;
            let display = self.text[at..open].contains("display");
            return Some(formula(at, open, close, close + "</script>".len(), display));
        }
        for (open, close) in [("<pre", "</pre>"), ("<code", "</code>")] {
            if rest.starts_with(open) {
                let behind = find(self.text, at, at + 20_000, close)? + close.len();
                return Some(Found::Skipped(behind));
            }
        }
        None
    }
}

/// What was found at a place in a line.
enum Found {
    /// A formula.
    Formula(Piece),
    /// Something without formulas that is not prose; the offset behind it.
    Skipped(usize),
    /// Nothing; prose up to this offset.
    Prose(usize),
}

fn formula(at: usize, open: usize, close: usize, behind: usize, display: bool) -> Found {
    let (outer, body) = (Span::new(at, behind), Span::new(open, close));
    Found::Formula(Piece { outer, body, display })
}

/// Whether what stands between two delimiters is the text between two formulas, of which the first
/// was never closed: a heading, a fence, or a line of words behind a blank line.
fn looks_like_prose(body: &str) -> bool {
    if !body.contains('\n') {
        return false;
    }
    let mut blank = false;
    body.lines().skip(1).any(|line| {
        let line = line.trim();
        let heading = atx_level(line).is_some() && blank;
        let wordy = blank && !line.contains("\\text") && words(line) >= 5;
        blank = line.is_empty();
        heading || wordy || line.starts_with("```")
    })
}

/// How many plain words a line holds.
fn words(line: &str) -> usize {
    line.split_whitespace()
        .map(|word| word.trim_matches([',', '.', ':', ';']))
        .filter(|word| word.len() >= 2 && word.chars().all(char::is_alphabetic))
        .count()
}

/// The level of a heading such as `## Title`.
fn atx_level(line: &str) -> Option<u8> {
    let level = line.bytes().take_while(|&byte| byte == b'#').count();
    let rest = &line[level..];
    let heading =
        (1..=6).contains(&level) && (rest.is_empty() || rest.starts_with([' ', '\t']));
    heading.then_some(level as u8)
}

fn starts_item(line: &str) -> bool {
    item_marker(line).is_some()
}

/// The length of a list item's marker with the blanks behind it: `- `, `* `, `+ `, `12. `, `3) `.
fn item_marker(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let width = match (digits, bytes.get(digits)?) {
        (0, b'-' | b'*' | b'+') => 1,
        (1..=4, b'.' | b')') => digits + 1,
        _ => return None,
    };
    let blanks =
        bytes[width..].iter().take_while(|&&byte| byte == b' ' || byte == b'\t').count();
    (blanks > 0).then_some(width + blanks)
}
