//! Names the mistake in a wrong relation: faults that people make are undone one at a time in the
//! claimed side until it comes out right, numerically first and then by proof.

mod edits;
mod factors;
mod hadamard;
mod lost;
mod powers;
mod scalars;
mod terms;
mod tidy;

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::check::{Claim, Way, ways};
use super::prove::{Attempt, prove_quickly};
use super::{Layout, Options};
use crate::language::ast::{Expr, Kind, Span, Times};
use crate::language::print;
use crate::numeric::seems_equal;
use crate::shape::{Elaborated, Reading, relation};

/// A named mistake.
#[derive(Clone, Debug)]
pub(super) struct Diagnosis {
    pub(super) name: String,
    /// The corrected right side in the claim's own spelling.
    pub(super) corrected: Option<String>,
    /// The faulty part.
    pub(super) place: Option<Span>,
}

/// A changed right side and the mistake that the change undoes.
pub(super) struct Edit {
    name: &'static str,
    expr: Expr,
    /// What was changed.
    place: Span,
}

/// How many changed sides are looked at: the same on every machine.
const MOST_EDITS: usize = 500;

/// How long the search may take at all, on a machine however slow.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// Looks for the mistake; `None` when no single one explains the difference.
pub(super) fn of(
    claim: &Claim<'_>,
    options: &Options,
    elaborated: Option<&Elaborated>,
) -> Option<Diagnosis> {
    let start = Instant::now();
    let ways: Vec<Way> = ways(options)
        .into_iter()
        .filter(|w| !w.hold && w.reading.einstein == options.einstein)
        .collect();
    if elaborated.is_none() && !ways.iter().any(|way| left_is_well_formed(claim, way)) {
        // No other right side makes such a relation right.
        return None;
    }
    if let Some(diagnosis) = other_layout(claim, options) {
        return Some(diagnosis);
    }
    let search = Search { claim, ways: &ways, start, left: Cell::new(MOST_EDITS) };
    search
        .stages(edits::SIGNS)
        // Every factor but a sign may be a lost link.
        .or_else(|| lost::link(&search))
        .or_else(|| search.stages(edits::WITHIN_TERMS))
        .or_else(|| elaborated.and_then(terms::left_out))
        .or_else(|| search.stages(edits::FURTHER))
        .or_else(|| in_left_side(&search))
        .or_else(|| elaborated.and_then(terms::missing))
        .or_else(|| search.stages(edits::LAST))
        .or_else(|| lost::replaced_link(&search))
}

fn left_is_well_formed(claim: &Claim<'_>, way: &Way) -> bool {
    let Claim { givens, lhs, condition, .. } = *claim;
    relation(givens, lhs, lhs, condition, way.reading).is_ok()
}

/// Where no side is a derivative, the fault may stand in the left one.
fn in_left_side(search: &Search<'_>) -> Option<Diagnosis> {
    let claim = search.claim;
    let moves = |e: &Expr| {
        e.nodes()
            .iter()
            .any(|n| matches!(n.kind, Kind::Derivative { .. } | Kind::Differential(_)))
    };
    if moves(claim.lhs) || moves(claim.rhs) {
        return None;
    }
    let turned = Claim { lhs: claim.rhs, rhs: claim.lhs, ..*claim };
    let search = Search { claim: &turned, left: search.left.clone(), ..*search };
    let found = [edits::SIGNS, edits::WITHIN_TERMS, edits::FURTHER]
        .iter()
        .find_map(|stages| search.stages(stages))?;
    // The right side is not to be corrected then.
    Some(Diagnosis { corrected: None, place: None, ..found })
}

struct Search<'a> {
    claim: &'a Claim<'a>,
    ways: &'a [Way],
    start: Instant,
    /// How many more changed sides may be looked at.
    left: Cell<usize>,
}

impl Search<'_> {
    /// What the first stage finds that finds anything.
    fn stages(&self, stages: &[edits::Stage]) -> Option<Diagnosis> {
        let Claim { lhs, rhs, givens, .. } = *self.claim;
        stages.iter().find_map(|stage| match self.is_over() {
            true => None,
            false => self.first(stage(lhs, rhs, givens)),
        })
    }

    fn is_over(&self) -> bool {
        self.left.get() == 0 || self.start.elapsed() > PATIENCE
    }

    /// The first edit after which the relation is proved.
    fn first(&self, edits: Vec<Edit>) -> Option<Diagnosis> {
        for edit in edits {
            if self.is_over() {
                return None;
            }
            self.left.set(self.left.get() - 1);
            for way in self.ways {
                if self.holds(&edit.expr, way.reading) {
                    let tidy = tidy::tidy(&edit.expr, self.claim.givens);
                    let plainer = tidy != edit.expr && self.holds(&tidy, way.reading);
                    let corrected = if plainer { &tidy } else { &edit.expr };
                    let corrected = spell(self.claim.source, corrected);
                    return Some(Diagnosis {
                        name: edit.name.to_string(),
                        corrected: Some(corrected),
                        place: (edit.place.end > edit.place.start).then_some(edit.place),
                    });
                }
            }
        }
        None
    }

    /// Whether a claim is proved with another left side.
    fn proves(&self, claim: &Claim<'_>, lhs: &Expr) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
            && self
                .ways
                .iter()
                .any(|way| holds(&Claim { lhs, ..*claim }, claim.rhs, way.reading))
    }

    fn holds(&self, rhs: &Expr, reading: Reading) -> bool {
        holds(self.claim, rhs, reading)
    }
}

/// Whether a claim is proved, quickly, with another right side.
fn holds(claim: &Claim<'_>, rhs: &Expr, reading: Reading) -> bool {
    let Claim { givens, lhs, condition, .. } = *claim;
    let Ok(e) = relation(givens, lhs, rhs, condition, reading) else { return false };
    if !e.one_sided.is_empty() {
        return false;
    }
    seems_equal(&e.table, &e.lhs, &e.rhs, &e.free)
        && matches!(prove_quickly(&e), Attempt::Proved(_))
}

/// A corrected side in the spelling of the source.
pub(super) fn spell(source: &str, expr: &Expr) -> String {
    if !source.contains('\\') {
        return print::plain(expr);
    }
    let mut written = expr.clone();
    set_side_by_side(&mut written);
    print::latex(&written)
}

/// Products with a star as LaTeX writes them: side by side.
fn set_side_by_side(e: &mut Expr) {
    if let Kind::Product(_, how @ Times::Star, right) = &mut e.kind {
        let number = matches!(right.kind, Kind::Number(_));
        *how = if number { Times::Cdot } else { Times::Juxtaposed };
    }
    e.for_each_child_mut(&mut set_side_by_side);
}

/// An answer that is right in the other layout.
fn other_layout(claim: &Claim<'_>, options: &Options) -> Option<Diagnosis> {
    let numerator = match options.layout {
        // A vector may be row or column already; a matrix may not be transposed.
        Layout::Auto | Layout::Gradient => true,
        Layout::Numerator => false,
    };
    let reading = Reading { numerator, ..Reading::default() };
    let Claim { givens, lhs, rhs, condition, .. } = *claim;
    let e = relation(givens, lhs, rhs, condition, reading).ok()?;
    // Where the transposed shape is the same shape, a transposition is the better name.
    if !e.has_array_gradient() || e.lhs.axes.first() == e.lhs.axes.last() {
        return None;
    }
    if !seems_equal(&e.table, &e.lhs, &e.rhs, &e.free)
        || !matches!(prove_quickly(&e), Attempt::Proved(_))
    {
        return None;
    }
    let right = Expr { kind: Kind::Transpose(Box::new(rhs.clone())), span: rhs.span };
    Some(Diagnosis {
        name: if options.layout == Layout::Auto { "other layout" } else { "transposed" }
            .to_string(),
        corrected: Some(spell(claim.source, &tidy::tidy(&right, givens))),
        place: None,
    })
}
