//! A document as it was written: prose, formulas and headings in order, each with its place.
//!
//! **Invariant:** every [`Token`]'s span lies in [`Source::text`] on character boundaries, tokens
//! are in order and do not overlap. Nothing here knows what a formula means.

mod latex;
mod load;
mod markdown;
mod notebook;

pub use load::{LoadError, collect, read, read_text};

use super::place::Lines;
use crate::language::ast::Span;

/// What a document is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Markdown of any flavour, and plain text with formulas.
    Markdown,
    /// A LaTeX article.
    Latex,
    /// A Jupyter notebook; its text is the Markdown cells joined by one blank line.
    Notebook,
}

/// A formula with its delimiters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// From the opening delimiter to behind the closing one.
    pub outer: Span,
    /// What stands between the delimiters.
    pub body: Span,
    /// Whether it stands in a line of its own.
    pub display: bool,
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A heading: its level (1 is the highest) and its title.
    Heading(u8, Span),
    /// Prose: a line, or what stands in a line between formulas.
    Text(Span),
    /// A formula.
    Math(Piece),
    /// The marker of a list item; what follows belongs to it.
    Item(Span),
    /// The end of a paragraph.
    Break,
}

/// Something about a document that its reader should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where, in [`Source::text`].
    pub offset: usize,
    /// A kebab-case code: `unclosed-formula`, `encoding`, `missing-input`, …
    pub code: &'static str,
    /// What is the matter and what to do.
    pub message: String,
}

/// Where a stretch of the text comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stretch {
    /// The offset in the text at which it begins.
    start: usize,
    /// The file it comes from.
    file: usize,
    /// Its offset in that file.
    offset: usize,
}

/// A file that the text was put together from.
#[derive(Clone, Debug)]
struct File {
    name: String,
    text: String,
    lines: Lines,
}

/// A place for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file's name, where it is not the document itself (`\input`).
    pub file: Option<String>,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// A document.
#[derive(Clone, Debug)]
pub struct Source {
    /// What it is called.
    pub name: String,
    /// What it is written in.
    pub format: Format,
    /// Its text: files that it includes stand where they are included; comments are blanked.
    pub text: String,
    /// Its parts.
    pub tokens: Vec<Token>,
    /// What was noticed while reading.
    pub notes: Vec<Note>,
    files: Vec<File>,
    stretches: Vec<Stretch>,
}

impl Source {
    /// A document of one file.
    fn single(name: &str, format: Format, text: String) -> Self {
        let file =
            File { name: name.to_owned(), lines: Lines::new(&text), text: text.clone() };
        Source {
            name: name.to_owned(),
            format,
            text,
            tokens: Vec::new(),
            notes: Vec::new(),
            files: vec![file],
            stretches: vec![Stretch { start: 0, file: 0, offset: 0 }],
        }
    }

    /// The text of a span.
    pub fn slice(&self, span: Span) -> &str {
        &self.text[span.start..span.end]
    }

    /// The line and column of an offset.
    pub fn place(&self, offset: usize) -> Place {
        let (file, offset) = self.origin(offset);
        let (line, column) = file.lines.place(&file.text, offset);
        let included = file.name != self.files[0].name;
        Place { file: included.then(|| file.name.clone()), line, column }
    }

    /// The line of its file that holds an offset, as it was written, and the offset's place in it
    /// (in bytes).
    pub fn line_around(&self, offset: usize) -> (&str, usize) {
        let (file, offset) = self.origin(offset);
        let range = file.lines.range(&file.text, file.lines.line(offset));
        let inside = offset.saturating_sub(range.start).min(range.len());
        (&file.text[range], inside)
    }

    /// The file and the offset in it that an offset of the text comes from.
    fn origin(&self, offset: usize) -> (&File, usize) {
        let at = self.stretches.partition_point(|stretch| stretch.start <= offset);
        let stretch = &self.stretches[at.saturating_sub(1)];
        let file = &self.files[stretch.file];
        let offset = stretch.offset + (offset - stretch.start.min(offset));
        (file, offset.min(file.text.len()))
    }
}

/// Replaces `range` of `bytes` by blanks, keeping line breaks and the length.
fn blank(bytes: &mut [u8], range: std::ops::Range<usize>) {
    for byte in &mut bytes[range] {
        if *byte != b'\n' && *byte != b'\r' {
            *byte = b' ';
        }
    }
}

/// The environments that are formulas by themselves, without `$` around them.
const MATH_ENVIRONMENTS: [&str; 14] = [
    "equation",
    "align",
    "alignat",
    "aligned",
    "flalign",
    "gather",
    "gathered",
    "multline",
    "eqnarray",
    "displaymath",
    "math",
    "split",
    "dmath",
    "alignedat",
];

/// How far a formula may reach: what is longer was never closed.
const REACH: usize = 200_000;

/// A formula environment that was found.
struct Environment<'t> {
    /// `align*`.
    name: &'t str,
    /// Behind `\begin{align*}`.
    open: usize,
    /// Where `\end{align*}` begins and ends; `None` when it never comes.
    close: Option<(usize, usize)>,
}

/// The formula environment that begins at `at`, if one does.
///
/// Environments of one name do not nest in practice, so the first `\end` of that name closes.
fn environment<'t>(
    text: &'t str,
    at: usize,
    search: &mut Search,
) -> Option<Environment<'t>> {
    const BEGIN: &str = "\\begin{";
    let rest = text[at..].strip_prefix(BEGIN)?;
    let close = rest.bytes().take(20).position(|byte| byte == b'}')?;
    let name = &rest[..close];
    let plain = name.strip_suffix('*').unwrap_or(name);
    if !MATH_ENVIRONMENTS.contains(&plain) {
        return None;
    }
    let open = at + BEGIN.len() + close + 1;
    let end = format!("\\end{{{name}}}");
    let found = search.find(text, open, open + REACH, &end);
    Some(Environment { name, open, close: found.map(|close| (close, close + end.len())) })
}

/// Searches for closing delimiters that remember where there are none, so that a text full of
/// opening ones is read in linear time.
#[derive(Default)]
struct Search {
    /// A closer, and the offset before which it is known not to stand.
    hopeless: Vec<(String, usize)>,
}

impl Search {
    /// Where `closer` stands in `text[from..until]`. The offsets `from` of one closer must not
    /// decrease from call to call.
    fn find(
        &mut self,
        text: &str,
        from: usize,
        until: usize,
        closer: &str,
    ) -> Option<usize> {
        let mut until = until.min(text.len());
        while !text.is_char_boundary(until) {
            until -= 1;
        }
        let known = self.hopeless.iter().position(|(known, _)| known == closer);
        let from = known.map_or(from, |known| from.max(self.hopeless[known].1));
        let found = text.get(from..until)?.find(closer).map(|offset| from + offset);
        if found.is_none() {
            // A closer may straddle the end of the search, so its last bytes stay open to another.
            let mut end = until.saturating_sub(closer.len()).max(from);
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            match known {
                Some(known) => self.hopeless[known].1 = end,
                None => self.hopeless.push((closer.to_owned(), end)),
            }
        }
        found
    }

    /// Whether `closer` is known not to stand between `from` and `until`.
    fn is_hopeless(&self, until: usize, closer: &str) -> bool {
        self.hopeless.iter().any(|(known, before)| known == closer && until <= *before)
    }

    /// Remembers that `closer` does not stand before `until`.
    fn give_up(&mut self, until: usize, closer: String) {
        self.hopeless.retain(|(known, _)| *known != closer);
        self.hopeless.push((closer, until));
    }
}

/// Where `needle` stands in `text[from..until]`.
fn find(text: &str, from: usize, until: usize, needle: &str) -> Option<usize> {
    Search::default().find(text, from, until, needle)
}

#[cfg(test)]
mod tests;
