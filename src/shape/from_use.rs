//! Sizes of names of which only the number of axes is known, from how an expression uses them.

use super::elaborate::{Reading, relation, show_dim, single};
use super::givens::Givens;
use crate::language::ast::{Expr, Given, Kind, Span};

/// With this begins the name of a size that is to be found. No text can spell it.
pub(crate) const OPEN: char = '?';

/// A size that was found: one that is given already, or a new one, by its number. Equal numbers are
/// equal sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// `n`, `3`.
    Given(String),
    /// A size that nothing else fixes.
    New(usize),
}

/// The sizes that the `unknown` names (each with its number of axes: 0, 1 or 2) must have for the
/// sides to have a meaning, and one shape. `None` when they have none, whatever the sizes.
pub(crate) fn from_use(
    givens: &Givens,
    unknown: &[(String, usize)],
    lhs: Option<&Expr>,
    rhs: &Expr,
) -> Option<Vec<Vec<Found>>> {
    let mut trial = givens.clone();
    for (name, axes) in unknown {
        let size = |axis: usize| Expr {
            kind: Kind::Name(format!("{OPEN}{name}{axis}")),
            span: Span::default(),
        };
        let given = Given::In {
            names: vec![name.clone()],
            shape: (0..*axes).map(size).collect(),
            natural: false,
            properties: Vec::new(),
            family: None,
        };
        trial.add(&given).ok()?;
    }
    let elaborated = match lhs {
        Some(lhs) => relation(&trial, lhs, rhs, None, Reading::default()),
        None => single(&trial, rhs, Reading::default()),
    }
    .ok()?;
    let given = givens.dimension_names();
    let mut new: Vec<String> = Vec::new();
    let mut found = Vec::new();
    for (name, axes) in unknown {
        let symbol = elaborated.table.symbols.iter().find(|s| s.name == *name)?;
        let mut sizes = Vec::new();
        for axis in symbol.axes.iter().take(*axes) {
            let text = show_dim(axis, &elaborated.table.dims);
            if text.contains('·') {
                return None;
            }
            let known = given.contains(&text) || text.bytes().all(|b| b.is_ascii_digit());
            sizes.push(match new.iter().position(|n| *n == text) {
                _ if known => Found::Given(text),
                Some(number) => Found::New(number),
                None => {
                    new.push(text);
                    Found::New(new.len() - 1)
                }
            });
        }
        found.push(sizes);
    }
    Some(found)
}
