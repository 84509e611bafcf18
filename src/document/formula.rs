//! The text of a formula as the parser gets it, and where each part of it stands in the document.
//!
//! It differs from what stands between the delimiters where a macro was expanded, and where the
//! formula goes on with a chain from the formula before.

use super::source::{Piece, Source};
use crate::language::ast::Span;

/// A formula's text with its origins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Formula {
    text: String,
    stretches: Vec<Stretch>,
}

/// A stretch of the text and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stretch {
    start: usize,
    origin: Span,
    /// Whether it is that part of the document, letter by letter.
    exact: bool,
}

impl Formula {
    /// What stands between a formula's delimiters.
    pub(super) fn of(source: &Source, piece: Piece) -> Self {
        let mut formula = Formula::default();
        formula.push(source.slice(piece.body), piece.body, true);
        formula
    }

    /// Appends a stretch.
    pub(super) fn push(&mut self, text: &str, origin: Span, exact: bool) {
        if !text.is_empty() {
            self.stretches.push(Stretch { start: self.text.len(), origin, exact });
            self.text.push_str(text);
        }
    }

    /// The text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The place in the document of a part of the text.
    pub(super) fn origin(&self, span: Span) -> Span {
        let start = self.offset(span.start, false);
        let end = self.offset(span.end, true);
        Span::new(start.min(end), end.max(start))
    }

    /// The place in the document of one offset; of an end, where what stands before it ends.
    fn offset(&self, offset: usize, end: bool) -> usize {
        let before = |stretch: &Stretch| {
            if end { stretch.start < offset } else { stretch.start <= offset }
        };
        let at = self.stretches.partition_point(before).saturating_sub(1);
        let Some(stretch) = self.stretches.get(at) else { return 0 };
        match (stretch.exact, end) {
            (true, _) => (stretch.origin.start + offset.saturating_sub(stretch.start))
                .min(stretch.origin.end),
            (false, true) => stretch.origin.end,
            (false, false) => stretch.origin.start,
        }
    }

    /// The formula with a side of an earlier formula set before its first sign: `= b` becomes
    /// `a = b`. `side` is that side's text and place.
    pub(super) fn continuing(&self, side: &str, origin: Span) -> Option<Self> {
        let at = leading_sign(&self.text)?;
        let mut formula = Formula::default();
        self.copy_into(&mut formula, 0, at);
        formula.push(side, origin, false);
        formula.push(" ", Span::new(origin.end, origin.end), false);
        self.copy_into(&mut formula, at, self.text.len());
        Some(formula)
    }

    /// Copies `self.text[from..to]` with its origins.
    fn copy_into(&self, other: &mut Formula, from: usize, to: usize) {
        for (at, stretch) in self.stretches.iter().enumerate() {
            let end = self.stretches.get(at + 1).map_or(self.text.len(), |next| next.start);
            let (start, end) = (stretch.start.max(from), end.min(to));
            if start < end {
                let origin = match stretch.exact {
                    true => {
                        let shift = stretch.origin.start;
                        Span::new(
                            shift + start - stretch.start,
                            shift + end - stretch.start,
                        )
                    }
                    false => stretch.origin,
                };
                other.push(&self.text[start..end], origin, stretch.exact);
            }
        }
    }
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

    fn formula(text: &str, start: usize) -> Formula {
        let mut formula = Formula::default();
        formula.push(text, Span::new(start, start + text.len()), true);
        formula
    }

    #[test]
    fn places_lead_back_to_the_document() {
        let mut formula = formula("a = ", 100);
        formula.push("\\frac{b}{c}", Span::new(104, 110), false);
        formula.push(" + d", Span::new(110, 114), true);
        assert_eq!(formula.origin(Span::new(0, 1)), Span::new(100, 101));
        assert_eq!(formula.origin(Span::new(4, 8)), Span::new(104, 110));
        let d = formula.text().find('d').expect("a d");
        assert_eq!(formula.origin(Span::new(d, d + 1)), Span::new(113, 114));
        assert_eq!(formula.origin(Span::new(0, 15)), Span::new(100, 110));
    }

    #[test]
    fn a_chain_goes_on_in_the_next_formula() {
        let next = formula("\\begin{aligned} & = b \\\\ &= c\\end{aligned}", 50);
        let joined = next.continuing("a", Span::new(7, 8)).expect("it begins with a sign");
        assert_eq!(joined.text(), "\\begin{aligned} & a = b \\\\ &= c\\end{aligned}");
        let at = |needle: &str| {
            let start = joined.text().find(needle).expect("in the text");
            joined.origin(Span::new(start, start + 1)).start
        };
        assert_eq!(at("a = "), 7);
        assert_eq!(at("= b"), 50 + 18);
        assert_eq!(at("= c"), 50 + "\\begin{aligned} & = b \\\\ &".len());
        assert_eq!(formula("a = b", 0).continuing("x", Span::new(0, 1)), None);
        assert_eq!(formula("=> b", 0).continuing("x", Span::new(0, 1)), None);
    }
}
