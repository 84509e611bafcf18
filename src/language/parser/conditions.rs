//! Conditions: of cases, of indicators, behind a relation.

use super::{Parser, Range};
use crate::language::ast::{Condition, Relation};
use crate::language::lexer::{Fence, Symbol, Tok, Token};

/// Words that only introduce a condition.
const INTRODUCTIONS: &[&str] = &[
    "if", "for", "when", "where", "with", "all", "every", "any", "each", "whenever",
    "in case",
];

fn introduces(text: &str) -> bool {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric()).to_ascii_lowercase();
    text.is_empty()
        || text.split_whitespace().all(|word| INTRODUCTIONS.contains(&word))
        || text == "in case"
}

fn otherwise(text: &str) -> bool {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric()).to_ascii_lowercase();
    matches!(
        text.as_str(),
        "otherwise" | "else" | "elsewhere" | "other" | "in other cases"
    )
}

impl Parser<'_> {
    /// Reads a range as a condition; words that are not understood are kept.
    pub(crate) fn condition(&mut self, range: Range) -> Condition {
        let mut parts = Vec::new();
        let joins = |tok: &Tok| match tok {
            Tok::Comma | Tok::Semicolon | Tok::Quad => true,
            Tok::Text(text) => matches!(text.trim(), "and" | "," | "and if"),
            _ => false,
        };
        for part in self.split(range, joins) {
            if let Some(condition) = self.simple_condition(part) {
                match condition {
                    Condition::All(more) => parts.extend(more),
                    one => parts.push(one),
                }
            }
        }
        match parts.len() {
            0 => Condition::Unread(self.slice(self.span_of(range)).into()),
            1 => parts.remove(0),
            _ => Condition::All(parts),
        }
    }

    /// The condition that stands behind a relation; `None` when it only says that the relation
    /// holds for every value of its indices (`\forall i`, `i = 1, \dots, n`, `i \in [1, n]`).
    pub(crate) fn side_condition(&mut self, range: Range) -> Option<Condition> {
        if self.is_range(range) {
            return None;
        }
        Some(self.condition(range))
    }

    fn is_range(&self, (mut start, end): Range) -> bool {
        let mut general = false;
        while start < end {
            match &self.tokens[start].tok {
                Tok::Text(text) if introduces(text) => {
                    general |= text.trim() != "if" && text.trim() != "when";
                    if text.trim() == "if" {
                        return false;
                    }
                }
                Tok::Symbol(Symbol::ForAll) => general = true,
                Tok::Cell | Tok::Colon | Tok::Quad | Tok::Comma => {}
                _ => break,
            }
            start += 1;
        }
        let range = (start, end);
        let tokens = &self.tokens[start..end];
        let letters = tokens.iter().all(|token| {
            matches!(
                token.tok,
                Tok::Name(_) | Tok::Prime | Tok::Comma | Tok::Quad | Tok::Dot | Tok::Cell
            )
        });
        if letters {
            return general;
        }
        let Some(sign) = self.find(range, |tok| matches!(tok, Tok::Relation(..))) else {
            return false;
        };
        let dots = |range: Range| {
            self.find(range, |tok| *tok == Tok::Symbol(Symbol::Ellipsis)).is_some()
        };
        let right = (sign + 1, end);
        match &self.tokens[sign].tok {
            Tok::Relation(Relation::Equal, _) => sign <= start + 2 && dots(right),
            Tok::Relation(Relation::Other("∈"), _) => match &self.tokens.get(right.0) {
                Some(Token { tok: Tok::Open(Fence::Square), .. }) => true,
                Some(Token { tok: Tok::Open(Fence::Curly), .. }) => {
                    self.mates[right.0].is_some_and(|mate| dots((right.0 + 1, mate)))
                }
                Some(_) => general && end - right.0 <= 2,
                None => false,
            },
            _ => false,
        }
    }

    /// One condition without commas; `None` when nothing stands there.
    fn simple_condition(&mut self, (mut start, mut end): Range) -> Option<Condition> {
        while start < end {
            match &self.tokens[start].tok {
                Tok::Text(text) if introduces(text) => start += 1,
                Tok::Text(text) | Tok::Name(text) if otherwise(text) => {
                    return Some(Condition::Otherwise);
                }
                Tok::Symbol(Symbol::ForAll) | Tok::Cell | Tok::Colon => start += 1,
                _ => break,
            }
        }
        while end > start
            && matches!(&self.tokens[end - 1].tok, Tok::Dot | Tok::Cell | Tok::Comma)
        {
            end -= 1;
        }
        if start >= end {
            return None;
        }
        let range = (start, end);
        // `(x > 0)` and `\{x > 0\}` inside a condition are the condition.
        if matches!(self.tokens[start].tok, Tok::Open(_) | Tok::BraceOpen)
            && self.mates[start] == Some(end - 1)
        {
            return self.nested_condition((start + 1, end - 1));
        }
        let mut comparisons = Vec::new();
        let mut sides = vec![start];
        let mut at = start;
        while let Some(found) =
            self.find((at, end), |tok| matches!(tok, Tok::Relation(..)))
        {
            let Tok::Relation(_, Some(comparison)) = self.tokens[found].tok else {
                return Some(Condition::Unread(self.slice(self.span_of(range)).into()));
            };
            comparisons.push((comparison, found));
            at = found + 1;
            sides.push(at);
        }
        if comparisons.is_empty() {
            return Some(Condition::Unread(self.slice(self.span_of(range)).into()));
        }
        let mut exprs = Vec::new();
        for (index, from) in sides.iter().enumerate() {
            let to = comparisons.get(index).map_or(end, |found| found.1);
            exprs.push(self.expression_in((*from, to)));
        }
        let mut parts = Vec::new();
        for (index, (comparison, _)) in comparisons.into_iter().enumerate() {
            parts.push(Condition::Compare(
                Box::new(exprs[index].clone()),
                comparison,
                Box::new(exprs[index + 1].clone()),
            ));
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Condition::All(parts) })
    }

    fn nested_condition(&mut self, range: Range) -> Option<Condition> {
        if self.depth >= super::DEEPEST {
            return Some(Condition::Unread(self.shown(self.span_of(range))));
        }
        self.depth += 1;
        let condition = self.condition(range);
        self.depth -= 1;
        Some(condition)
    }
}
