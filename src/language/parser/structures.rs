//! Environments inside an expression: cases and matrices.

use super::{Parser, Range};
use crate::language::ast::{Condition, Expr, Kind, Relation};
use crate::language::lexer::{Fence, Tok, Token};

impl Parser<'_> {
    /// `\begin{…} … \end{…}` as an operand.
    pub(super) fn environment(&mut self) -> Expr {
        let start = self.at;
        let Some(mate) = self.mates[start] else { return self.too_open(start) };
        let inside = (start + 1, mate);
        self.at = mate + 1;
        let Tok::Begin(name) = &self.tokens[start].tok else { return self.missing() };
        match name.as_str() {
            "cases" | "dcases" | "rcases" => self.cases(inside, start),
            "matrix" | "pmatrix" | "bmatrix" | "Bmatrix" | "smallmatrix" | "array" => {
                let rows = self.cells(inside);
                self.node(Kind::Matrix(rows), start)
            }
            "vmatrix" => {
                let rows = self.cells(inside);
                let matrix = self.node(Kind::Matrix(rows), start);
                self.node(Kind::Bars(Box::new(matrix)), start)
            }
            // Alignments in an expression only set type.
            "aligned" | "split" | "gathered" | "alignedat" | "align" | "equation"
            | "gather" | "multline" | "multlined" | "flalign" => {
                let inner = self.expression_in(inside);
                self.node(inner.kind, start)
            }
            _ => {
                let span = self.since(start);
                let message =
                    format!("the environment `{name}` is not part of the language");
                self.unread(span, "unsupported", message)
            }
        }
    }

    /// The cells of a matrix, by rows.
    fn cells(&mut self, inside: Range) -> Vec<Vec<Expr>> {
        let mut rows = Vec::new();
        for row in self.split(inside, |tok| *tok == Tok::Row) {
            if row.0 == row.1 {
                continue;
            }
            // A row of bars only shows that the columns are vectors.
            let bars = |token: &Token| matches!(token.tok, Tok::Bar | Tok::Cell);
            if self.tokens[row.0..row.1].iter().all(bars) {
                continue;
            }
            let celled = self.find(row, |tok| *tok == Tok::Cell).is_some();
            let separates = |tok: &Tok| match celled {
                true => *tok == Tok::Cell,
                false => *tok == Tok::Comma,
            };
            let cells = self
                .split(row, separates)
                .into_iter()
                .filter(|cell| cell.0 < cell.1)
                .map(|cell| self.expression_in(cell))
                .collect::<Vec<_>>();
            rows.push(cells);
        }
        rows
    }

    /// `\left\{ \begin{array}{ll} … \end{array} \right.` is a way to write cases.
    pub(super) fn cases_in(&mut self, inside: Range) -> Option<Expr> {
        let Tok::Begin(name) = &self.tokens.get(inside.0)?.tok else { return None };
        let known = matches!(
            name.as_str(),
            "array" | "aligned" | "matrix" | "align" | "gathered"
        );
        if !known || self.mates[inside.0]? + 1 != inside.1 {
            return None;
        }
        Some(self.cases((inside.0 + 1, inside.1 - 1), inside.0))
    }

    fn cases(&mut self, inside: Range, start: usize) -> Expr {
        let mut rows = Vec::new();
        for row in self.split(inside, |tok| *tok == Tok::Row) {
            if row.0 >= row.1 {
                continue;
            }
            let system = self.find(row, |tok| *tok == Tok::Cell).is_none()
                && self
                    .find(row, |tok| matches!(tok, Tok::Text(_) | Tok::Comma))
                    .is_none()
                && self
                    .find(row, |tok| matches!(tok, Tok::Relation(Relation::Equal, _)))
                    .is_some();
            if system {
                let span = self.since(start);
                let message =
                    "a system of equations inside a formula is not read; write its \
                               equations as rows"
                        .into();
                return self.unread(span, "unsupported", message);
            }
            rows.push(self.case(row));
        }
        if rows.is_empty() {
            let span = self.since(start);
            return self.unread(span, "empty-group", "these cases hold nothing".into());
        }
        self.node(Kind::Cases(rows), start)
    }

    /// One row of cases: a value and its condition, however they are kept apart.
    fn case(&mut self, row: Range) -> (Expr, Condition) {
        let separator = self
            .find(row, |tok| *tok == Tok::Cell)
            .or_else(|| self.find(row, |tok| matches!(tok, Tok::Text(_) | Tok::Quad)))
            .or_else(|| self.find(row, |tok| *tok == Tok::Comma))
            .or_else(|| {
                // `1 (x > 0)`: a bracket with a comparison behind the value.
                let opens = |tok: &Tok| matches!(tok, Tok::Open(Fence::Round));
                self.find((row.0 + 1, row.1), opens).filter(|at| {
                    self.mates[*at].is_some_and(|mate| {
                        mate + 1 == row.1
                            && self
                                .find((at + 1, mate), |tok| {
                                    matches!(tok, Tok::Relation(_, Some(_)))
                                })
                                .is_some()
                    })
                })
            });
        let Some(at) = separator else {
            let value = self.expression_in(row);
            return (value, Condition::Unread(String::new()));
        };
        let value = self.expression_in((row.0, at));
        (value, self.condition((at, row.1)))
    }
}
