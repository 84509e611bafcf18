//! Tries an assignment out before anyone is graded by it.

use super::{Assignment, Find, Part, Work};
use crate::language::{parse_claim, parse_given};
use crate::proof::{Options, Status, check};
use crate::shape::Givens;

/// How bad a concern is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// It is as it should be.
    Fine,
    /// It may be as wished; a person should look.
    Warning,
    /// Nobody can be graded fairly by it.
    Error,
}

/// What was found out about an assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concern {
    /// How bad it is.
    pub gravity: Gravity,
    /// The line of the assignment.
    pub line: usize,
    /// What it is.
    pub text: String,
}

/// Checks an assignment: its givens, what it asks for, the answers it gives.
pub fn try_out(assignment: &Assignment) -> Vec<Concern> {
    let mut concerns = Vec::new();
    for part in &assignment.parts {
        if part.points.thousandths() == 0 {
            concerns.push(Concern {
                gravity: Gravity::Warning,
                line: part.line,
                text: format!("{}: it is worth no points", part.id),
            });
        }
        let Work::Derivations(finds) = &part.work else { continue };
        let givens = match givens(part) {
            Ok(givens) => givens,
            Err(text) => {
                concerns.push(Concern { gravity: Gravity::Error, line: part.line, text });
                continue;
            }
        };
        for find in finds {
            concerns.push(try_find(assignment, part, find, &givens));
        }
    }
    concerns
}

/// The givens of a part.
///
/// # Errors
/// Which one cannot be taken, and why.
pub(in crate::grade) fn givens(part: &Part) -> Result<Givens, String> {
    let mut givens = Givens::new();
    for text in &part.given {
        let taken = parse_given(text, &givens).map_err(|error| {
            format!("{}: the given `{text}`: {}", part.id, error.message)
        })?;
        for given in &taken {
            givens.add(given).map_err(|error| {
                format!("{}: the given `{text}`: {}", part.id, error.message)
            })?;
        }
    }
    Ok(givens)
}

fn try_find(
    assignment: &Assignment,
    part: &Part,
    find: &Find,
    givens: &Givens,
) -> Concern {
    let concern = |gravity, text: String| Concern {
        gravity,
        line: find.line,
        text: format!("{}: {text}", part.id),
    };
    // Without an answer the quantity is compared with itself: it must at least be well-formed.
    let right = find.answer.as_deref().unwrap_or(&find.quantity);
    let text = format!("\\relax {} = {right}", find.quantity);
    let (mut chain, diagnostics) = parse_claim(&text, givens);
    let sides = (chain.sides.pop().flatten(), chain.sides.pop().flatten());
    let (Some(rhs), Some(lhs)) = sides else {
        let why =
            diagnostics.first().map_or("it is not one formula", |d| d.message.as_str());
        return concern(
            Gravity::Error,
            format!("`{}` cannot be read: {why}", find.quantity),
        );
    };
    let options = Options {
        layout: assignment.settings.layout.into(),
        diagnose: true,
        ..Options::default()
    };
    let verdict = check(givens, &text, &lhs, &rhs, &options);
    if find.answer.is_some() && crate::grade::answer::holds_names_fixed(&verdict) {
        let text =
            "the answer is true only when the defined names are held fixed".to_string();
        return concern(Gravity::Error, text);
    }
    match (verdict.status, &find.answer) {
        (Status::Proved, Some(answer)) => {
            concern(Gravity::Fine, format!("the answer `{answer}` is proved"))
        }
        (Status::Proved, None) => concern(
            Gravity::Fine,
            format!(
                "`{}` is well-formed; no answer is given, none is needed",
                find.quantity
            ),
        ),
        (Status::Agrees, Some(answer)) => concern(
            Gravity::Warning,
            format!("the answer `{answer}` agrees numerically but is not proved"),
        ),
        (Status::Refuted | Status::Slip, Some(answer)) => concern(
            Gravity::Error,
            format!("the answer `{answer}` is wrong: {}", verdict.message),
        ),
        (status, _) => concern(
            Gravity::Error,
            format!("`{}` is {}: {}", find.quantity, status.word(), verdict.message),
        ),
    }
}
