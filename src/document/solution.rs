//! Equations for where a derivative vanishes: what follows from them holds at the solution.
//!
//! **Invariant:** an equation counts as right only where it is proved to be the vanishing derivative
//! up to a factor, or to solve it.

use super::reader::Claim;
use super::substitution::{applied, placed};
use crate::language::ast::{
    Delimiter, Expr, Kind, NameKind, Names, Over, Sign, Times, whole,
};
use crate::proof::{Claim as Relation, Options, Status, Verdict, check_claim};

/// A derivative that the text sets to zero.
#[derive(Clone, Debug)]
pub(super) struct Stationary {
    /// What it is equal to, in the text's last form.
    pub(super) side: Expr,
    /// The name that it is taken by.
    pub(super) by: String,
}

/// The name without what marks a solution: `\hat w`, `w^*`.
pub(super) fn unmarked(name: &str) -> &str {
    let plain = ["hat ", "widehat ", "bar ", "tilde "]
        .iter()
        .find_map(|accent| name.strip_prefix(accent))
        .unwrap_or(name);
    plain.strip_suffix("^*").unwrap_or(plain)
}

/// The verdict on an equation at the solution, where it is proved to follow from the vanishing
/// derivative: it solves it, or is a multiple of it.
pub(super) fn at_the_solution(claim: &Claim, options: &Options) -> Option<Verdict> {
    let Stationary { side, by } = claim.stationary.as_ref()?;
    let solved = match &claim.lhs.without_groups().kind {
        Kind::Name(name) if unmarked(name) == by && free_of(&claim.rhs, by) => {
            let argument = std::slice::from_ref(&claim.rhs);
            let at = applied(side, std::slice::from_ref(by), argument, claim.lhs.span);
            proved(claim, &at, &number(0, claim), options)
        }
        _ => None,
    };
    let found = solved.or_else(|| {
        let difference = difference(claim);
        let side = placed(side, claim.lhs.span);
        factors(claim, &side)
            .iter()
            .find_map(|multiple| proved(claim, &difference, multiple, options))
    });
    found.map(|mut verdict| {
        "holds where the derivative vanishes, as the text asks"
            .clone_into(&mut verdict.message);
        verdict
    })
}

fn proved(claim: &Claim, lhs: &Expr, rhs: &Expr, options: &Options) -> Option<Verdict> {
    let options = Options { diagnose: false, ..*options };
    let relation = Relation {
        givens: &claim.givens,
        source: claim.formula.text(),
        lhs,
        rhs,
        condition: None,
    };
    let verdict = check_claim(&relation, &options);
    (verdict.status == Status::Proved).then_some(verdict)
}

fn free_of(expr: &Expr, name: &str) -> bool {
    !expr
        .nodes()
        .iter()
        .any(|node| matches!(&node.kind, Kind::Name(known) if known == name))
}

fn number(value: i64, claim: &Claim) -> Expr {
    Expr { kind: Kind::Number(whole(value)), span: claim.lhs.span }
}

/// Left side minus right side; the left side where the right one is 0.
fn difference(claim: &Claim) -> Expr {
    let zero =
        matches!(&claim.rhs.without_groups().kind, Kind::Number(n) if *n == whole(0));
    if zero {
        return claim.lhs.clone();
    }
    let span = claim.lhs.span;
    let group = |expr: &Expr| Expr {
        kind: Kind::Group(Delimiter::Round, Box::new(placed(expr, span))),
        span,
    };
    let terms = vec![(Sign::Plus, group(&claim.lhs)), (Sign::Minus, group(&claim.rhs))];
    Expr { kind: Kind::Add(terms), span }
}

/// Multiples of a side: by small numbers, by the scalars in it and their squares, and by a transposed
/// vector of the claim from the left.
fn factors(claim: &Claim, side: &Expr) -> Vec<Expr> {
    /// More scalars than this are not tried.
    const MOST: usize = 3;
    let span = claim.lhs.span;
    let at = |kind: Kind| Expr { kind, span };
    let group = |expr: Expr| at(Kind::Group(Delimiter::Round, Box::new(expr)));
    let times =
        |a: Expr, b: Expr| at(Kind::Product(Box::new(a), Times::Juxtaposed, Box::new(b)));
    let over =
        |a: Expr, b: Expr| at(Kind::Quotient(Box::new(a), Over::Fraction, Box::new(b)));
    let square =
        |a: &Expr| at(Kind::Power(Box::new(a.clone()), Box::new(number(2, claim))));
    let mut scalars: Vec<String> = Vec::new();
    for node in side.nodes() {
        if let Kind::Name(name) = &node.kind
            && matches!(
                claim.givens.kind(name),
                Some(NameKind::Scalar | NameKind::Dimension)
            )
            && !scalars.contains(name)
            && scalars.len() < MOST
        {
            scalars.push(name.clone());
        }
    }
    let mut powers = vec![number(1, claim)];
    for name in scalars {
        let name = at(Kind::Name(name));
        powers.push(over(number(1, claim), name.clone()));
        powers.push(over(number(1, claim), square(&name)));
        powers.push(square(&name));
        powers.push(name);
    }
    let mut bases = vec![group(side.clone())];
    let vectors: Vec<String> = claim
        .lhs
        .nodes()
        .iter()
        .filter_map(|node| match &node.kind {
            Kind::Transpose(inner) => match &inner.without_groups().kind {
                Kind::Name(name) => Some(name.clone()),
                _ => None,
            },
            _ => None,
        })
        .collect();
    for name in vectors.into_iter().take(1) {
        let turned = at(Kind::Transpose(Box::new(at(Kind::Name(name)))));
        bases.push(times(turned, group(side.clone())));
    }
    let mut found = Vec::new();
    for base in &bases {
        for power in &powers {
            for (top, bottom) in [(1, 1), (1, 2), (2, 1)] {
                let ratio = over(number(top, claim), number(bottom, claim));
                let multiple =
                    times(times(group(ratio), group(power.clone())), base.clone());
                let minus = at(Kind::Add(vec![(Sign::Minus, multiple.clone())]));
                found.extend([multiple, minus]);
            }
        }
    }
    found
}
