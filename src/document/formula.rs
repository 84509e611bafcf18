//! The text of a formula as the parser gets it, and where each part of it stands in the document.
//!
//! It differs from what stands between the delimiters where a macro was expanded, and where the
//! formula goes on with a chain from the formula before.

use std::borrow::Cow;

use super::samples::Samples;
use super::source::{Piece, Source};
use crate::language::ast::Span;
use crate::language::{Expanded, Macros};

/// A formula's text with its origins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Formula {
    text: String,
    /// The way back from the text without what was set into it to the body.
    expanded: Expanded,
    /// Where the body begins in the document.
    base: usize,
    /// What was set into the text.
    inset: Option<Inset>,
}

/// A side of an earlier formula, set into the text of this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Inset {
    start: usize,
    length: usize,
    origin: Span,
}

impl Formula {
    /// What stands between a formula's delimiters, with the document's macros expanded.
    pub(super) fn of(
        source: &Source,
        piece: Piece,
        macros: &Macros,
        samples: &Samples,
    ) -> Self {
        let expanded = macros.expand(source.slice(piece.body));
        let text = without_asides(&expanded.text);
        Formula {
            text: if samples.is_empty() { text } else { samples.rewritten(&text) },
            expanded,
            base: piece.body.start,
            inset: None,
        }
    }

    /// A text that stands nowhere in the document as it is.
    pub(super) fn apart(text: String) -> Self {
        let expanded = Macros::default().expand(&text);
        Formula { text, expanded, base: 0, inset: None }
    }

    /// The text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The text, known for LaTeX even where it holds no command.
    pub(super) fn latex(&self) -> Cow<'_, str> {
        match self.text.contains('\\') {
            true => Cow::Borrowed(&self.text),
            false => Cow::Owned(format!("{}\\relax", self.text)),
        }
    }

    /// What went wrong when the macros were expanded: one that expands to itself.
    pub(super) fn fault(&self) -> Option<&str> {
        let first = self.expanded.diagnostics.first()?;
        Some(&first.message)
    }

    /// Whether a side at this offset begins its row: nothing is claimed to equal it before.
    pub(super) fn begins_row(&self, offset: usize) -> bool {
        let before = self.text.get(..offset).unwrap_or_default();
        let row = before.rsplit("\\\\").next().unwrap_or(before);
        !row.contains('=')
            && self.inset.is_none_or(|inset| offset >= inset.start + inset.length)
    }

    /// The place in the document of a part of the text.
    pub(super) fn origin(&self, span: Span) -> Span {
        let Some(Inset { start, length, origin }) = self.inset else {
            return self.body(span);
        };
        let end = start + length;
        if span.start >= start && span.end <= end {
            return origin;
        }
        let without = |offset: usize| {
            if offset >= end { offset - length } else { offset.min(start) }
        };
        self.body(Span::new(without(span.start), without(span.end)))
    }

    fn body(&self, span: Span) -> Span {
        let inside = self.expanded.origin(span);
        Span::new(self.base + inside.start, self.base + inside.end)
    }

    /// The formula with a side of an earlier formula set before its first sign: `= b` becomes
    /// `a = b`. `side` is that side's text, `origin` its place.
    pub(super) fn continuing(&self, side: &str, origin: Span) -> Option<Self> {
        let start = leading_sign(&self.text)?;
        let mut formula = self.clone();
        formula.text.insert_str(start, &format!("{side} "));
        formula.inset = Some(Inset { start, length: side.len() + 1, origin });
        Some(formula)
    }
}

/// The text with remarks such as `\text{ (row-wise)}` as blanks, so that every place stays.
fn without_asides(text: &str) -> String {
    const ASIDES: [&str; 8] = [
        "row-wise",
        "rowwise",
        "column-wise",
        "columnwise",
        "element-wise",
        "elementwise",
        "entry-wise",
        "componentwise",
    ];
    let mut blanked = text.to_owned();
    let mut from = 0;
    while let Some(open) = blanked[from..].find("\\text{").map(|at| from + at) {
        let Some(close) = blanked[open..].find('}').map(|at| open + at) else { break };
        let inside = blanked[open + "\\text{".len()..close].trim().to_lowercase();
        let word = inside.trim_matches(['(', ')', ',']);
        if ASIDES.contains(&word.trim_start_matches("applied ").trim()) {
            let length = close + 1 - open;
            blanked.replace_range(open..=close, &" ".repeat(length));
        }
        from = close + 1;
    }
    blanked
}

/// Where the equality sign stands with which a formula begins, behind `\begin{…}`, `&` and blanks.
fn leading_sign(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n', '&']);
        at += rest.len() - trimmed.len();
        if let Some(behind) = trimmed.strip_prefix("\\begin{") {
            at += "\\begin{".len() + behind.find('}')? + 1;
        } else if let Some(skipped) =
            ["\\quad", "\\qquad", "\\,", "\\;", "\\!", "\\displaystyle"]
                .iter()
                .find(|space| trimmed.starts_with(**space))
        {
            at += skipped.len();
        } else {
            let equality = trimmed.starts_with('=') && !trimmed.starts_with("=>");
            return equality.then_some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::source::{Format, Token, read_text};

    fn formula(text: &str, macros: &str) -> (Source, Formula) {
        let document = format!("{macros}\n\n$$\n{text}\n$$\n");
        let source = read_text("t.md", Format::Markdown, document).expect("it reads");
        let piece = source.tokens.iter().find_map(|token| match token {
            Token::Math(piece) => Some(*piece),
            _ => None,
        });
        let macros = Macros::collect(&source.text);
        let formula =
            Formula::of(&source, piece.expect("a formula"), &macros, &Samples::default());
        (source, formula)
    }

    fn origin<'s>(source: &'s Source, formula: &Formula, part: &str) -> &'s str {
        let start = formula.text().find(part).expect("in the text");
        source.slice(formula.origin(Span::new(start, start + part.len())))
    }

    #[test]
    fn places_lead_back_to_the_document() {
        let (source, formula) =
            formula("a = \\q{b}{c} + d", "\\newcommand{\\q}[2]{\\frac{#1}{#2}}");
        assert!(formula.text().contains("\\frac{b}{c}"), "{}", formula.text());
        assert_eq!(origin(&source, &formula, "a"), "a");
        assert_eq!(origin(&source, &formula, "+ d"), "+ d");
        assert_eq!(origin(&source, &formula, "\\frac{b}{c}"), "\\q{b}{c}");
    }

    #[test]
    fn a_chain_goes_on_in_the_next_formula() {
        let (source, next) =
            formula("\\begin{aligned} & = b \\\\ &= c\\end{aligned}", "a side");
        let joined =
            next.continuing("a", Span::new(0, 6)).expect("it begins with a sign");
        assert_eq!(
            joined.text().trim(),
            "\\begin{aligned} & a = b \\\\ &= c\\end{aligned}"
        );
        assert_eq!(origin(&source, &joined, "a "), "a side");
        assert_eq!(origin(&source, &joined, "= b"), "= b");
        assert_eq!(origin(&source, &joined, "= c"), "= c");
        assert_eq!(formula("a = b", "").1.continuing("x", Span::new(0, 1)), None);
        assert_eq!(formula("=> b", "").1.continuing("x", Span::new(0, 1)), None);
    }
}
