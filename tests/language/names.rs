//! A table of names as an oracle for the tests.

use std::collections::HashMap;

use gradproof::language::ast::{Given, Kind, NameKind, Names};
use gradproof::language::parse_givens;

/// What is known of each name: its kind and its rank.
#[derive(Default)]
pub(crate) struct Table(HashMap<String, (NameKind, Option<usize>)>);

impl Table {
    /// The names that a list of declarations gives.
    pub(crate) fn of(givens: &str) -> Table {
        let mut table = Table::default();
        for part in givens.split(';').filter(|part| !part.trim().is_empty()) {
            let found = parse_givens(part, &table)
                .unwrap_or_else(|fault| panic!("{part}: {}", fault.message));
            for given in found {
                table.add(&given);
            }
        }
        table
    }

    fn add(&mut self, given: &Given) {
        match given {
            Given::In { names, shape, family, .. } => {
                for size in shape {
                    if let Kind::Name(name) = &size.kind {
                        self.0.entry(name.clone()).or_insert((NameKind::Dimension, None));
                    }
                }
                let kind = match (family, shape.len()) {
                    (Some(_), _) => NameKind::Family,
                    (None, 0) => NameKind::Scalar,
                    _ => NameKind::Array,
                };
                let rank = shape.len() + usize::from(family.is_some());
                for name in names {
                    self.0.insert(name.clone(), (kind, Some(rank)));
                }
            }
            Given::Function { name, .. } | Given::Opaque { name, .. } => {
                self.0.insert(name.clone(), (NameKind::Function, None));
            }
            Given::Definition { left, .. } => {
                if let Kind::Name(name) = &left.kind {
                    self.0.insert(name.clone(), (NameKind::Array, None));
                }
            }
            _ => {}
        }
    }
}

impl Names for Table {
    fn kind(&self, name: &str) -> Option<NameKind> {
        self.0.get(name).map(|found| found.0)
    }

    fn rank(&self, name: &str) -> Option<usize> {
        self.0.get(name).and_then(|found| found.1)
    }
}
