//! Finds, among the relations of a part, the answer to each quantity asked for.
//!
//! The answer is the last relation that ends at the quantity and is in the form asked for. A chain
//! `∂L/∂W = … = GᵀX` ends at it too: its first side is the quantity, its last the answer.

use super::assignment::Find;
use super::derivation::Line;
use super::score::credit::AnswerState;
use crate::language::ast::{Expr, Kind, Spelling};
use crate::language::{parse_claim, parse_expr};
use crate::proof::{Layout, Options, Status, Verdict, check};
use crate::shape::Givens;

/// The answer to one quantity.
#[derive(Clone)]
pub(super) struct Answer<'a> {
    pub(super) state: AnswerState,
    /// Why, for the student.
    pub(super) text: String,
    /// The relation that states it.
    pub(super) line: Option<Line<'a>>,
    /// The answer without fonts and spaces: like answers have like names.
    pub(super) name: String,
}

/// Whether a verdict says that we did not read, rather than that something is wrong.
pub(super) fn is_unread(verdict: &Verdict) -> bool {
    match verdict.status {
        Status::Skipped => true,
        // A name that nothing declares may be declared in words that we do not read.
        Status::IllFormed => {
            verdict.diagnosis.as_deref() == Some("not given")
                || verdict.message.contains("is not given")
        }
        _ => false,
    }
}

/// Whether a relation was proved only with the names that the givens define held fixed: `∂L/∂X` with
/// `Y = h(X)` fixed is 0, which is no answer to what the gradient by X is.
pub(super) fn holds_names_fixed(verdict: &Verdict) -> bool {
    verdict
        .reading
        .as_deref()
        .is_some_and(|reading| reading.contains("defined names fixed"))
}

/// Whether a relation is true only when repeated indices are summed although no sign says so.
///
/// Each relation is tried with its signs alone first, also in a document that announces the
/// convention. What cannot be decided by the assignment's own names stays as it was judged.
pub(super) fn leaves_out_signs(line: &Line<'_>, givens: &Givens, layout: Layout) -> bool {
    let says = |verdict: &Verdict| {
        verdict.reading.as_deref().is_some_and(|reading| reading.contains("Einstein"))
    };
    let judged = line.judged();
    let was_right = match judged.verdict.status {
        Status::Proved | Status::Agrees if says(&judged.verdict) => true,
        Status::Refuted | Status::IllFormed => false,
        _ => return false,
    };
    if !judged.lhs.contains('_') && !judged.rhs.contains('_') {
        return false;
    }
    let text = format!("\\relax {} = {}", flat(&judged.lhs), flat(&judged.rhs));
    let (mut chain, _) = parse_claim(&text, givens);
    let sides = (chain.sides.pop().flatten(), chain.sides.pop().flatten());
    let (Some(rhs), Some(lhs)) = sides else { return false };
    let options =
        Options { layout, diagnose: false, einstein: !was_right, ..Options::default() };
    let verdict = check(givens, &text, &lhs, &rhs, &options);
    matches!(verdict.status, Status::Proved | Status::Agrees) && says(&verdict)
}

/// What a student is told of such a relation where the assignment wants the signs.
pub(super) const SIGN_MISSING: &str = "true when repeated indices are summed, which this \
                                       assignment does not allow: write the summation sign";

const NOT_CLOSED: &str =
    "true, but not in closed form: sums, indices or derivatives are left";

const NAMES_FIXED: &str = "true only when the names that are defined are held fixed; the gradient \
                           goes through them";

/// Sorts a part's relations: for each quantity its answer, and the steps that lead there.
pub(super) fn sort<'a>(
    finds: &[Find],
    lines: &[Line<'a>],
    givens: &Givens,
    layout: Layout,
    einstein: bool,
) -> Vec<(Answer<'a>, Vec<Line<'a>>)> {
    let quantities: Vec<Expr> =
        finds.iter().map(|find| object(&read(&find.quantity, givens))).collect();
    let heads: Vec<Head> = (0..lines.len()).map(|k| head(lines, k, givens)).collect();
    let about =
        |k: usize| quantities.iter().position(|quantity| *quantity == heads[k].object);
    // A relation that speaks of no quantity leads to the next one spoken of.
    let mut owners: Vec<Option<usize>> = (0..lines.len()).map(about).collect();
    let mut next = None;
    for owner in owners.iter_mut().rev() {
        match owner {
            Some(_) => next = *owner,
            None => *owner = next,
        }
    }
    let mut last = None;
    for owner in &mut owners {
        match owner {
            Some(_) => last = *owner,
            None => *owner = last,
        }
    }
    let only = (finds.len() == 1).then_some(0);
    finds
        .iter()
        .enumerate()
        .map(|(f, find)| {
            let own: Vec<usize> =
                (0..lines.len()).filter(|&k| owners[k].or(only) == Some(f)).collect();
            let candidates: Vec<usize> =
                own.iter().copied().filter(|&k| about(k) == Some(f)).collect();
            let (mut answer, chosen) =
                choose(find, lines, &heads, &candidates, givens, layout);
            if let (AnswerState::Right | AnswerState::Wrong, Some(line)) =
                (answer.state, answer.line)
                && leaves_out_signs(&line, givens, layout)
            {
                answer.state = match (answer.state, einstein) {
                    (AnswerState::Wrong, _) if find.closed => AnswerState::OtherForm,
                    (_, true) => AnswerState::Right,
                    (_, false) => AnswerState::Slip,
                };
                answer.text = match answer.state {
                    AnswerState::Right => "right".into(),
                    AnswerState::Slip => SIGN_MISSING.into(),
                    _ => NOT_CLOSED.into(),
                };
            }
            let steps = own.into_iter().filter(|&k| Some(k) != chosen).map(|k| lines[k]);
            (answer, steps.collect())
        })
        .collect()
}

/// The beginning of the chain that a relation belongs to.
struct Head {
    /// Its relation's number among the part's.
    at: usize,
    /// What its left side is about.
    object: Expr,
}

fn head(lines: &[Line<'_>], k: usize, givens: &Givens) -> Head {
    let mut at = k;
    while at > 0 {
        let (before, here) = (lines[at - 1].judged(), lines[at].judged());
        let same_formula = std::ptr::eq(lines[at - 1].checked, lines[at].checked)
            && before.place == here.place
            && before.index + 1 == here.index;
        if !same_formula || plain(&before.rhs) != plain(&here.lhs) {
            break;
        }
        at -= 1;
    }
    Head { at, object: object(&read(&lines[at].judged().lhs, givens)) }
}

fn choose<'a>(
    find: &Find,
    lines: &[Line<'a>],
    heads: &[Head],
    candidates: &[usize],
    givens: &Givens,
    layout: Layout,
) -> (Answer<'a>, Option<usize>) {
    let Some(&last) = candidates.last() else {
        let answer = Answer {
            state: AnswerState::Missing,
            text: format!("no relation states `{}`", find.quantity),
            line: None,
            name: String::new(),
        };
        return (answer, None);
    };
    let quantity = read(&find.quantity, givens);
    let is_closed = |k: usize| {
        let right = read(&lines[k].judged().rhs, givens);
        let entry = matches!(quantity.without_groups().kind, Kind::Entry(..));
        let allowed: Vec<Expr> =
            find.allowed.iter().map(|text| object(&read(text, givens))).collect();
        is_in_closed_form(&right, &quantity, &allowed, entry)
    };
    let closed = candidates.iter().copied().rev().find(|&k| is_closed(k));
    let k = closed.unwrap_or(last);
    let line = lines[k];
    let (status, message) = standing(find, lines, heads[k].at, k, givens, layout);
    let verdict = &line.judged().verdict;
    let in_form = closed.is_some() || !find.closed;
    let (state, text) = match status {
        Status::Proved | Status::Agrees if in_form => {
            (AnswerState::Right, "right".into())
        }
        Status::Proved | Status::Agrees => (AnswerState::OtherForm, NOT_CLOSED.into()),
        Status::Slip => (AnswerState::Slip, message),
        Status::Skipped => (AnswerState::Unread, message),
        Status::Refuted | Status::IllFormed => {
            if verdict.diagnosis.as_deref() == Some("other layout") {
                (AnswerState::OtherLayout, "right in the other layout only".into())
            } else if let Some(from) = carried(lines, k) {
                let text = format!(
                    "wrong, but it follows from line {from}, which is wrong: the mistake is \
                     counted there"
                );
                (AnswerState::Carried, text)
            } else {
                (AnswerState::Wrong, message)
            }
        }
    };
    let name = plain(&line.judged().rhs);
    (Answer { state, text, line: Some(line), name }, Some(k))
}

/// Whether the relation from the chain's first side to its last holds.
fn standing(
    find: &Find,
    lines: &[Line<'_>],
    head: usize,
    k: usize,
    givens: &Givens,
    layout: Layout,
) -> (Status, String) {
    let own = &lines[k].judged().verdict;
    let right =
        |verdict: &Verdict| matches!(verdict.status, Status::Proved | Status::Agrees);
    if head == k || (head..=k).all(|at| right(&lines[at].judged().verdict)) {
        if (head..=k).any(|at| holds_names_fixed(&lines[at].judged().verdict)) {
            return (Status::Refuted, NAMES_FIXED.into());
        }
        let status = if is_unread(own) { Status::Skipped } else { own.status };
        return (status, own.message.clone());
    }
    let judged = lines[k].judged();
    let text = format!("\\relax {} = {}", flat(&find.quantity), flat(&judged.rhs));
    let (mut chain, _) = parse_claim(&text, givens);
    let (Some(rhs), Some(lhs)) =
        (chain.sides.pop().flatten(), chain.sides.pop().flatten())
    else {
        return (Status::Skipped, "the answer could not be read".into());
    };
    let options = Options { layout, ..Options::default() };
    let verdict = check(givens, &text, &lhs, &rhs, &options);
    if holds_names_fixed(&verdict) {
        return (Status::Refuted, NAMES_FIXED.into());
    }
    if is_unread(&verdict) {
        // The answer is written in names of the hand-in's own: the chain's first fault decides.
        let fault = (head..=k).map(|at| &lines[at].judged().verdict).find(|v| !right(v));
        return match fault {
            Some(fault) if !is_unread(fault) => (fault.status, fault.message.clone()),
            _ => (Status::Skipped, verdict.message),
        };
    }
    (verdict.status, verdict.message)
}

/// The line of the earlier mistake that a wrong answer follows from, when credit may be carried
/// forward: the mistake has a name, and did not make the answer trivial.
fn carried(lines: &[Line<'_>], k: usize) -> Option<usize> {
    let judged = lines[k].judged();
    let earlier = lines[k].checked.relations.get(judged.follows_from?)?;
    earlier.verdict.diagnosis.as_ref()?;
    // An answer that lacks most of what the right one is made of was made trivial.
    let right = judged.verdict.hint.as_ref().or(earlier.verdict.hint.as_ref())?;
    let (claimed, right) = (letters(&judged.rhs), letters(right));
    let kept = right.iter().filter(|letter| claimed.contains(letter)).count();
    (kept > 0 && kept + 1 >= right.len()).then_some(earlier.place.line)
}

/// The names in a formula, roughly: single letters and Greek commands.
fn letters(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for word in plain(text).split(|c: char| !c.is_alphabetic()) {
        let known =
            ["frac", "partial", "sum", "odot", "cdot", "circ", "top", "left", "right"];
        if !word.is_empty() && !known.contains(&word) && !found.iter().any(|f| f == word)
        {
            found.push(word.to_string());
        }
    }
    found
}

/// A side on one line: a line break would begin a new row. Within an environment of its own, such as
/// `cases`, rows carry meaning and stay.
fn flat(text: &str) -> String {
    if text.contains("\\begin") {
        return text.to_string();
    }
    text.replace("\\\\", " ").replace('&', " ")
}

fn read(text: &str, givens: &Givens) -> Expr {
    parse_expr(&flat(text), Spelling::Latex, givens).0
}

/// A formula without fonts, spaces and brackets' sizes: spelling that carries no meaning.
pub(super) fn plain(text: &str) -> String {
    let mut text = text.to_string();
    let fonts =
        ["\\mathbf", "\\boldsymbol", "\\mathrm", "\\bm", "\\vec", "\\left", "\\right"];
    for font in fonts.iter().chain(&["\\,", "\\;", "\\!", "\\displaystyle"]) {
        text = text.replace(font, "");
    }
    text = text.replace("\\top", "T").replace("\\intercal", "T").replace("\\cdot", "");
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '{' | '}' | '&')).collect()
}

/// What a side is about: without brackets and indices, so that `[∂L/∂W]_{ij}`, `∂L/∂W_{ij}` and
/// `∂L/∂W` are one.
fn object(expr: &Expr) -> Expr {
    let expr = expr.without_groups();
    let kind = match &expr.kind {
        Kind::Entry(base, _) => return object(base),
        Kind::Derivative { form, of, by } => {
            let of = of.as_ref().map(|of| Box::new(of.without_groups().clone()));
            Kind::Derivative { form: *form, of, by: by.iter().map(object).collect() }
        }
        other => other.clone(),
    };
    Expr { kind, span: expr.span }
}

/// Whether an expression holds no derivative but those allowed, not the quantity itself, and (for a
/// quantity without indices) neither sums nor entries.
fn is_in_closed_form(
    expr: &Expr,
    quantity: &Expr,
    allowed: &[Expr],
    indices: bool,
) -> bool {
    match &expr.kind {
        Kind::Derivative { of, by, .. } => {
            let this = object(expr);
            // The gradient that the next module hands down is given, unless said otherwise.
            let handed_down = allowed.is_empty()
                && of.as_ref().is_some_and(|of| matches!(of.kind, Kind::Name(_)))
                && same_subject(expr, quantity)
                && by.len() == 1
                && (indices || matches!(by[0].without_groups().kind, Kind::Name(_)));
            return this != object(quantity) && (allowed.contains(&this) || handed_down);
        }
        Kind::Sum(..) | Kind::Delta(..) | Kind::Integral { .. } | Kind::Entry(..)
            if !indices =>
        {
            return false;
        }
        Kind::Unread(_) => return false,
        _ => {}
    }
    let mut closed = true;
    expr.for_each_child(&mut |child| {
        closed = closed && is_in_closed_form(child, quantity, allowed, indices);
    });
    closed
}

/// Whether two derivatives are of the same thing: ∂L/∂Y and ∂L/∂X.
fn same_subject(a: &Expr, b: &Expr) -> bool {
    let of = |expr: &Expr| match &object(expr).kind {
        Kind::Derivative { of: Some(of), .. } => Some(of.as_ref().clone()),
        _ => None,
    };
    matches!((of(a), of(b)), (Some(a), Some(b)) if a == b)
}
