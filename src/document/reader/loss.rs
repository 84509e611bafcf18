//! The loss at the end of everything, which a text differentiates without ever giving it.

use std::collections::BTreeSet;

use super::Reader;
use crate::document::checked::Origin;
use crate::document::names::Uses;
use crate::document::scope::Entry;
use crate::language::ast::{Given, Kind, NameKind, Names};

impl Reader<'_> {
    /// Gives the losses that are differentiated and of which nothing says what they depend on: a
    /// loss is a scalar of what is computed last.
    pub(super) fn supply_loss(&mut self, uses: &Uses, start: usize) {
        for name in &uses.differentiated {
            let by: BTreeSet<&str> = uses
                .derivatives
                .iter()
                .filter(|(of, by)| of == name && by != name)
                .map(|(_, by)| by.as_str())
                .collect();
            let unspoken = self.is_unspoken_loss(name);
            if by.is_empty() || !unspoken && !self.goes_on(name, &by) {
                continue;
            }
            let Some(of) = self.output(&by) else { continue };
            let text = format!("{name} = {name}({of})");
            let given = Given::Opaque { name: name.clone(), of: vec![of] };
            let line = self.source.place(start).line;
            let entry = Entry { implied: true, ..Entry::new(given, line) };
            if self.scopes.add(entry).is_ok() {
                self.took(start, text, Origin::Inferred, None);
            }
        }
    }

    /// Whether a loss is differentiated by what is computed from the one thing that it was said to
    /// depend on: then the computation went on behind it.
    fn goes_on(&self, name: &str, by: &BTreeSet<&str>) -> bool {
        let of = match self.scopes.latest(name).map(|entry| &entry.given) {
            Some(Given::Opaque { of, .. }) if !self.scopes.is_outside(name) => of,
            _ => return false,
        };
        let reached = self.scopes.closure(name);
        // What the text only implied was implied for what it spoke of then.
        if self.scopes.is_implied_loss(name) && by.iter().any(|by| !reached.contains(*by))
        {
            return true;
        }
        let [of] = of.as_slice() else { return false };
        by.iter().any(|by| !reached.contains(*by) && self.scopes.closure(by).contains(of))
    }

    /// Whether a name can only be a loss of which the text says no more: it is not given, or as a
    /// scalar without a definition.
    pub(super) fn is_unspoken_loss(&self, name: &str) -> bool {
        if self.scopes.is_outside(name) {
            return false;
        }
        match self.scopes.force().kind(name) {
            // What an earlier part defined is meant further on.
            None => !self.scopes.recall(name).is_some_and(|lapsed| {
                matches!(lapsed.entry.given, Given::Definition { .. })
            }),
            Some(NameKind::Scalar) => self.scopes.is_free(name),
            Some(_) => false,
        }
    }

    /// The one thing that is computed last and rests on everything that the loss is differentiated
    /// by. What is defined in a way that is not understood counts too, and then is no answer.
    fn output(&self, by: &BTreeSet<&str>) -> Option<String> {
        let definitions: Vec<(String, Given)> = self.scopes.definitions().collect();
        // What gradients are called computes nothing.
        let computes = |given: &Given| match given {
            Given::Definition { right, .. } => {
                !matches!(right.without_groups().kind, Kind::Derivative { .. })
                    && Uses::of(right).derivatives.is_empty()
            }
            _ => false,
        };
        let used = |name: &str| {
            definitions.iter().any(|(defined, given)| match given {
                Given::Definition { right, .. } => {
                    defined != name
                        && computes(given)
                        && self.is_in_force(defined, given)
                        && Uses::of(right).values.contains(name)
                }
                _ => false,
            }) || self.scopes.failed().any(|(_, rests)| rests.iter().any(|r| r == name))
        };
        let mut outputs: Vec<&str> = definitions
            .iter()
            .filter(|(name, given)| computes(given) && self.is_in_force(name, given))
            .map(|(name, _)| name.as_str())
            .filter(|name| !used(name))
            .filter(|name| {
                let closure = self.scopes.closure(name);
                let outside = self.scopes.is_outside(name);
                outside || by.iter().all(|by| closure.contains(*by))
            })
            .collect();
        outputs.sort_unstable();
        outputs.dedup();
        let hidden = self.scopes.failed().any(|(names, rests)| {
            by.iter().any(|by| {
                names.iter().any(|name| name == by)
                    || rests.iter().any(|rest| self.scopes.closure(rest).contains(*by))
            })
        });
        match outputs.as_slice() {
            [only] if !hidden => Some((*only).to_owned()),
            _ => None,
        }
    }

    /// Whether this is the definition of the name that holds now.
    fn is_in_force(&self, name: &str, given: &Given) -> bool {
        self.scopes.is_outside(name)
            || self.scopes.latest(name).is_some_and(|entry| entry.given == *given)
    }
}
