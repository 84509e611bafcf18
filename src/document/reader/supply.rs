//! Givens for the names of a claim that nothing gives where it stands.

use super::define::same_letter;
use super::{Claim, Reader, not_given};
use crate::document::checked::Origin;
use crate::document::names::{Uses, head};
use crate::document::scope::names_of;
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
        let start = claim.formula.origin(claim.lhs.span).start;
        self.supply_loss(&uses, start);
        for name in &uses.functions {
            if function_word(name).is_none() && self.scopes.is_new(name) {
                self.supply_function(name, start);
            }
        }
        claim.givens = self.scopes.force().clone();
        self.supply_shapes(claim, &uses, start);
        // `L_i` beside a scalar `L` is another name, and nothing says what it is.
        let mut missing: Vec<String> = uses
            .indexed
            .iter()
            .filter(|name| {
                matches!(
                    claim.givens.kind(name),
                    Some(NameKind::Scalar | NameKind::Dimension)
                ) || self.scopes.is_loss(name)
            })
            .map(|name| format!("{name} with an index"))
            .collect();
        let mut wanted: Vec<String> = uses.needed().map(str::to_owned).collect();
        let functions =
            uses.functions.iter().filter(|name| function_word(name).is_none());
        wanted.extend(functions.cloned());
        claim.soft = wanted.iter().any(|name| self.scopes.is_soft(name));
        claim.soft |= stands_bare(&claim.lhs, claim) || stands_bare(&claim.rhs, claim);
        claim.inferred =
            wanted.iter().find(|name| self.scopes.is_inferred(name)).cloned();
        // A wrong gradient by the input of a loss is wrong whatever else is meant.
        let inferred = wanted
            .iter()
            .find(|name| uses.derivatives.is_empty() && self.scopes.is_inferred(name));
        if let Some(name) = inferred {
            claim.equation.get_or_insert_with(|| {
                format!("nothing gives {name}, its shape is inferred from use")
            });
        }
        if let Some(reason) = self.undetermined(claim, &uses, false) {
            claim.equation.get_or_insert(reason);
        }
        let own = wanted.len();
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
            let above = self.scopes.recall(&name);
            if !above.is_some_and(|lapsed| self.scopes.carries_over(lapsed, &name))
                && let Some(other) = self.cased(&name)
                && claim.givens.add(&same_letter(&name, &other)).is_ok()
            {
                claim.remarks.push(format!("{name} is read as {other}, which is given"));
                claim.soft = true;
                continue;
            }
            match self.recall(claim, &name, at > own) {
                Some(further) => wanted.extend(further),
                None => missing.push(name),
            }
        }
        // A size that came with the shape of another name.
        missing.retain(|name| claim.givens.kind(name) != Some(NameKind::Dimension));
        self.fold(claim);
        claim.obstacle = match missing.is_empty() {
            true => {
                self.undetermined(claim, &uses, true).or_else(|| self.unlinked(claim))
            }
            false => Some(not_given(&missing)),
        };
    }

    /// Shapes of names that nothing gives anywhere, from their use in this claim and for it alone.
    /// Nothing is known of such a name but that its shape fits: that cannot condemn the claim.
    fn supply_shapes(&mut self, claim: &mut Claim, uses: &Uses, start: usize) {
        let unknown: Vec<String> = uses
            .needed()
            .filter(|name| {
                self.scopes.is_new(name)
                    && self.cased(name).is_none()
                    && self.scopes.recall(name).is_none()
                    && !uses.differentiated.contains(*name)
                    && !self
                        .scopes
                        .failed()
                        .any(|(names, _)| names.iter().any(|n| n == name))
            })
            .map(str::to_owned)
            .collect();
        if claim.condition.is_some() {
            return;
        }
        let found = self.shapes_from_use(&unknown, Some(&claim.lhs), &claim.rhs);
        for (given, text) in found.into_iter().flatten() {
            if claim.givens.add(&given).is_ok() {
                for property in self.scopes.promised(&names_of(&given)) {
                    let _ = claim.givens.add(&property);
                }
                claim.equation.get_or_insert_with(|| {
                    format!(
                        "nothing gives {}: {text} is inferred from use",
                        unknown.join(", ")
                    )
                });
                claim.remarks.push(format!("inferred from use: {text}"));
                self.took(start, text, Origin::Inferred, None);
            }
        }
    }

    /// Takes a name as a section that has ended gives it, `input` where only a definition from there
    /// rests on it; the names that this rests on.
    fn recall(&self, claim: &mut Claim, name: &str, input: bool) -> Option<Vec<String>> {
        let lapsed = match input {
            true => self.scopes.recall_input(name)?,
            false => self.scopes.recall(name)?,
        };
        let given = &lapsed.entry.given;
        claim.givens.add(given).ok()?;
        let text = format!("{name} as line {} gives it", lapsed.entry.line);
        if self.scopes.carries_over(lapsed, name) {
            claim.remarks.push(format!("taken from above: {text}"));
            claim.soft |= lapsed.entry.soft;
        } else {
            claim.borrowed.push(text);
        }
        for said in self.scopes.said_with(lapsed, name) {
            // A shape beside a definition, a property of a shape, an equation: none contradicts.
            if said != given {
                let _ = claim.givens.add(said);
            }
        }
        Some(match given {
            Given::Definition { left, right } => {
                let mut uses = Uses::of(right);
                if let Kind::Call { args, .. } = &left.kind {
                    for parameter in args.iter().filter_map(head) {
                        uses.values.remove(parameter);
                    }
                }
                let functions =
                    uses.functions.iter().filter(|name| function_word(name).is_none());
                uses.needed().map(str::to_owned).chain(functions.cloned()).collect()
            }
            Given::Opaque { of, .. } => of.clone(),
            _ => Vec::new(),
        })
    }

    /// What keeps a derivative from having a value: a loss, or a step of a chain rule, of which
    /// nothing says how it depends on what it is differentiated by. It would come out as 0.
    /// `certain` leaves out what may well be a constant, as a weight is to an input.
    fn undetermined(&self, claim: &Claim, uses: &Uses, certain: bool) -> Option<String> {
        let free = |name: &str| {
            !self.scopes.is_outside(name)
                && self.scopes.is_free(name)
                && matches!(
                    claim.givens.kind(name),
                    Some(NameKind::Scalar | NameKind::Array)
                )
        };
        let open = uses.derivatives.iter().find(|(of, by)| {
            let chained = uses.derivatives.iter().any(|(_, by)| by == of);
            of != by
                && free(of)
                && (chained
                    || !certain
                    || uses.differentiated.contains(of)
                        && claim.givens.kind(of) == Some(NameKind::Scalar))
        })?;
        Some(format!(
            "nothing says how {0} depends on {1}: say it, as in {0} = {0}({1})",
            open.0, open.1
        ))
    }
}

/// Whether a family of vectors stands without the number of a member: `x^T z` where `x_i` is given.
fn stands_bare(expr: &Expr, claim: &Claim) -> bool {
    match &expr.kind {
        Kind::Name(name) => {
            claim.givens.kind(name) == Some(NameKind::Family)
                && claim.givens.rank(name).is_some_and(|rank| rank > 1)
        }
        Kind::Entry(base, _) if matches!(base.without_groups().kind, Kind::Name(_)) => {
            false
        }
        _ => {
            let mut found = false;
            expr.for_each_child(&mut |child| found = found || stands_bare(child, claim));
            found
        }
    }
}

/// Whether an expression holds an integral or an expectation.
fn integrates(expr: &Expr) -> bool {
    let mut found = matches!(expr.kind, Kind::Integral { .. } | Kind::Expectation(..));
    expr.for_each_child(&mut |child| found = found || integrates(child));
    found
}
