//! Counterexamples: a variable that takes few values.

use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};

use super::Reader;
use crate::language::ast::Expr;
use crate::proof::{Claim, Counterexample, Status, Verdict};
use crate::tensor::{Atom, Sum};

/// A refutation by a variable that takes few values: both sides are computed for it.
pub(super) fn refuted(
    reader: &mut Reader<'_>,
    claim: &Claim<'_>,
    difference: &Sum,
) -> Verdict {
    let candidates: &[&[(i64, i64)]] = if reader.symmetric {
        &[&[(-1, 1), (1, 1)], &[(-2, 1), (-1, 1), (1, 1), (2, 1)]]
    } else {
        &[
            &[(1, 1)],
            &[(-1, 1)],
            &[(-1, 1), (1, 1)],
            &[(-1, 2), (2, 1)],
            &[(-1, 1), (2, 1)],
            &[(-2, 1), (1, 1), (3, 2)],
        ]
    };
    for points in candidates {
        let total: i64 = points.iter().map(|(_, w)| w).sum();
        let mean: i64 = points.iter().map(|(v, w)| v * w).sum();
        if reader.zero_mean && mean != 0 {
            continue;
        }
        let Some(value) = at_points(difference, points, total) else { continue };
        if value.is_zero() {
            continue;
        }
        let side = |reader: &mut Reader<'_>, e: &Expr| {
            reader
                .scalar(e)
                .ok()
                .and_then(|s| at_points(&s, points, total))
                .map_or_else(String::new, |v| v.to_string())
        };
        let (lhs, rhs) = (side(reader, claim.lhs), side(reader, claim.rhs));
        let law: Vec<String> = points
            .iter()
            .map(|(v, w)| {
                format!(
                    "{v} with probability {}",
                    BigRational::new((*w).into(), total.into())
                )
            })
            .collect();
        let mut verdict = Verdict::new(
            Status::Refuted,
            format!(
                "false for {} = {}: the left side is {lhs}, the right side {rhs}",
                reader.variable,
                law.join(", ")
            ),
        );
        verdict.counterexample = Some(Counterexample {
            dims: Vec::new(),
            values: Vec::new(),
            functions: vec![(
                "p".into(),
                format!("{} is {}", reader.variable, law.join(", ")),
            )],
            lhs: vec![vec![lhs]],
            rhs: vec![vec![rhs]],
            entry: (1, 1),
        });
        return verdict;
    }
    Verdict::new(
        Status::Skipped,
        "the two sides differ as combinations of moments; no small counterexample was found",
    )
}

/// The value of a polynomial in moments for a variable with the given values and weights.
fn at_points(sum: &Sum, points: &[(i64, i64)], total: i64) -> Option<BigRational> {
    let moment = |id: u32| -> BigRational {
        let (k, above) = (id / 2, id.is_multiple_of(2));
        points
            .iter()
            .filter(|(v, _)| (*v > 0) == above)
            .map(|(v, w)| {
                let power =
                    num_traits::pow(BigRational::from_integer((*v).into()), k as usize);
                power * BigRational::new((*w).into(), total.into())
            })
            .fold(BigRational::zero(), |a, b| a + b)
    };
    let mut value = BigRational::zero();
    for term in sum.terms() {
        let mut product = term.coef().clone();
        for (atom, e) in term.factors() {
            let Atom::Entry(sym, _) = atom else { return None };
            let e = e.is_integer().then(|| e.to_integer().to_i32())??;
            let m = moment(sym.id);
            if m.is_zero() && e < 0 {
                return None;
            }
            product *= num_traits::Pow::pow(&m, e);
        }
        value += product;
    }
    Some(value)
}
