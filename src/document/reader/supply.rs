//! Givens for the names of a claim that nothing gives where it stands.

use super::define::same_letter;
use super::{Claim, Reader, not_given};
use crate::document::checked::Origin;
use crate::document::names::Uses;
use crate::document::scope::Entry;
use crate::language::ast::{Expr, Given, Kind, NameKind, Names};
use crate::language::function_word;

impl Reader<'_> {
    /// Finds givens for the names that nothing gives here, and says where they come from; what is
    /// still missing becomes the claim's obstacle.
    pub(super) fn supply(&mut self, claim: &mut Claim) {
        if self.random && (integrates(&claim.lhs) || integrates(&claim.rhs)) {
            return;
        }
        let mut uses = Uses::of(&claim.lhs);
        uses.add(&claim.rhs);
        self.supply_loss(claim, &uses);
        // `L_i` beside a scalar `L` is another name, and nothing says what it is.
        let mut missing: Vec<String> = uses
            .indexed
            .iter()
            .filter(|name| {
                claim.givens.kind(name) == Some(NameKind::Scalar)
                    || self.scopes.is_loss(name)
            })
            .map(|name| format!("{name} with an index"))
            .collect();
        let mut wanted: Vec<String> = uses.needed().map(str::to_owned).collect();
        let functions =
            uses.functions.iter().filter(|name| function_word(name).is_none());
        wanted.extend(functions.cloned());
        claim.soft = wanted.iter().any(|name| self.scopes.is_soft(name));
        let mut at = 0;
        while let Some(name) = wanted.get(at).cloned() {
            at += 1;
            if claim.givens.kind(&name).is_some() {
                // What it is defined by may have been left behind with its chapter.
                let closure = self.scopes.closure(&name).into_iter();
                let lost =
                    closure.filter(|name| !wanted.contains(name)).collect::<Vec<_>>();
                wanted.extend(lost);
                continue;
            }
            if let Some(other) = self.cased(&name)
                && claim.givens.add(&same_letter(&name, &other)).is_ok()
            {
                claim.remarks.push(format!("{name} is read as {other}, which is given"));
                claim.soft = true;
                continue;
            }
            match self.scopes.recall(&name) {
                Some(entry) if claim.givens.add(&entry.given).is_ok() => {
                    claim
                        .borrowed
                        .push(format!("{name} as line {} gives it", entry.line));
                    match &entry.given {
                        Given::Definition { right, .. } => {
                            wanted.extend(Uses::of(right).needed().map(str::to_owned));
                        }
                        Given::Opaque { of, .. } => wanted.extend(of.iter().cloned()),
                        _ => {}
                    }
                }
                _ => missing.push(name),
            }
        }
        if !missing.is_empty() {
            claim.obstacle = Some(not_given(&missing));
        }
    }

    /// An upstream loss needs no given: it is a scalar of what the section defines last.
    fn supply_loss(&mut self, claim: &mut Claim, uses: &Uses) {
        for name in &uses.differentiated {
            if claim.givens.kind(name).is_some() {
                continue;
            }
            let Some(of) = self.output() else { continue };
            let given = Given::Opaque { name: name.clone(), of: vec![of.clone()] };
            if claim.givens.add(&given).is_err() {
                continue;
            }
            let text = format!("{name} = {name}({of})");
            let start = claim.formula.origin(claim.lhs.span).start;
            let line = claim.place.line;
            if self.scopes.add(Entry { given, line, soft: true }).is_ok() {
                self.took(start, text.clone(), Origin::Inferred, None);
            }
            claim.remarks.push(format!("taken as given: {text}"));
        }
    }

    /// The one thing that the sections here define and do not use in another definition.
    fn output(&self) -> Option<String> {
        let definitions: Vec<(String, Given)> = self.scopes.definitions().collect();
        let used = |name: &str| {
            definitions.iter().any(|(_, given)| match given {
                Given::Definition { right, .. } => Uses::of(right).values.contains(name),
                _ => false,
            })
        };
        let mut outputs: Vec<&str> = definitions
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| !used(name))
            .collect();
        outputs.sort_unstable();
        outputs.dedup();
        match outputs.as_slice() {
            [only] => Some((*only).to_owned()),
            _ => None,
        }
    }
}

/// Whether an expression holds an integral or an expectation.
fn integrates(expr: &Expr) -> bool {
    let mut found = matches!(expr.kind, Kind::Integral { .. } | Kind::Expectation(..));
    expr.for_each_child(&mut |child| found = found || integrates(child));
    found
}
