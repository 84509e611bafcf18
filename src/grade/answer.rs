//! Finds, among the relations of a part, the answer to each quantity asked for.
//!
//! The answer is the last relation that ends at the quantity and is in the form asked for. A chain
//! `∂L/∂W = … = GᵀX` ends at it too: its first side is the quantity, its last the answer.

use super::assignment::{Find, Form};
use super::consequence;
use super::derivation::Line;
use super::recheck::Recheck;
use super::score::credit::AnswerState;
use crate::language::ast::{DerivativeForm, Expr, Kind, Spelling};
use crate::language::parse_expr;
use crate::proof::{Status, Verdict};
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
pub(super) fn leaves_out_signs(line: &Line<'_>, recheck: Recheck<'_>) -> bool {
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
    let found = recheck.relation(&flat(&judged.lhs), &flat(&judged.rhs), !was_right);
    let Some(verdict) = found else { return false };
    matches!(verdict.status, Status::Proved | Status::Agrees) && says(&verdict)
}

/// What a student is told of such a relation where the assignment wants the signs.
pub(super) const SIGN_MISSING: &str = "true when repeated indices are summed, which this \
                                       assignment does not allow: write the summation sign";

const NOT_CLOSED: &str = "true, but not in closed form: sums or indices are left";

const UNFINISHED: &str =
    "true, but not finished: derivatives are left that were to be found";

const SAYS_NOTHING: &str =
    "true, but it says nothing: what was asked for stands on both sides";

const NAMES_FIXED: &str = "true only when the names that are defined are held fixed; the gradient \
                           goes through them";

/// Sorts a part's relations: for each quantity its answer, and the steps that lead there.
pub(super) fn sort<'a>(
    finds: &[Find],
    lines: &[Line<'a>],
    recheck: Recheck<'_>,
    einstein: bool,
) -> Vec<(Answer<'a>, Vec<Line<'a>>)> {
    let givens = recheck.givens;
    let quantities: Vec<Expr> =
        finds.iter().map(|find| object(&read(&find.quantity, givens))).collect();
    let heads: Vec<Head> = (0..lines.len()).map(|k| head(lines, k, givens)).collect();
    let about = |k: usize| speaks_of(&heads[k].object, &quantities, givens);
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
                choose(find, lines, &heads, &candidates, &own, recheck);
            if let (AnswerState::Right | AnswerState::Wrong, Some(line)) =
                (answer.state, answer.line)
                && leaves_out_signs(&line, recheck)
            {
                answer.state = match (answer.state, einstein) {
                    (AnswerState::Wrong, _) if find.form == Form::Closed => {
                        AnswerState::OtherForm
                    }
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

/// Which quantity a left side is about: the same, or the derivative of a name of the hand-in's own
/// by the same variable, where that can be one quantity only.
fn speaks_of(object: &Expr, quantities: &[Expr], givens: &Givens) -> Option<usize> {
    if let Some(same) = quantities.iter().position(|quantity| quantity == object) {
        return Some(same);
    }
    if !is_of_own_name(object, givens) {
        return None;
    }
    let mut alike = (0..quantities.len()).filter(|&f| {
        matches!((&quantities[f].kind, &object.kind),
            (Kind::Derivative { by: wanted, .. }, Kind::Derivative { by, .. }) if wanted == by)
    });
    alike.next().filter(|_| alike.next().is_none())
}

/// Whether it is the derivative of a name that the assignment does not have.
fn is_of_own_name(object: &Expr, givens: &Givens) -> bool {
    let Kind::Derivative { of: Some(of), .. } = &object.kind else { return false };
    matches!(&of.kind, Kind::Name(name) if !givens.contains(name))
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
    own: &[usize],
    recheck: Recheck<'_>,
) -> (Answer<'a>, Option<usize>) {
    let givens = recheck.givens;
    let Some(&last) = candidates.last() else {
        if let Some(found) = under_another_name(find, lines, heads, own, recheck) {
            return found;
        }
        let answer = Answer {
            state: AnswerState::Missing,
            text: format!("no relation states `{}`", find.quantity),
            line: None,
            name: String::new(),
        };
        return (answer, None);
    };
    let quantity = read(&find.quantity, givens);
    let allowed: Vec<Expr> =
        find.allowed.iter().map(|text| object(&read(text, givens))).collect();
    let entry = matches!(quantity.without_groups().kind, Kind::Entry(..));
    let in_form = |k: usize, indices: bool| {
        let right = read(&lines[k].judged().rhs, givens);
        is_in_closed_form(&right, &quantity, &allowed, indices)
    };
    let is_solved = |k: usize| in_form(k, true);
    let is_closed = |k: usize| in_form(k, entry || find.form != Form::Closed);
    // What was not judged is the answer only where nothing else is.
    let judged = |k: &usize| !is_unread(&lines[*k].judged().verdict);
    let latest = || candidates.iter().copied().rev();
    let closed = latest().filter(judged).find(|&k| is_closed(k));
    let closed = closed.or_else(|| latest().find(|&k| is_closed(k)));
    let k = closed.unwrap_or(last);
    let line = lines[k];
    let (status, message) = standing(find, lines, heads[k].at, k, recheck);
    let verdict = &line.judged().verdict;
    let right = read(&line.judged().rhs, givens);
    let (state, text) = match status {
        Status::Proved | Status::Agrees if closed.is_some() => {
            (AnswerState::Right, "right".into())
        }
        Status::Proved | Status::Agrees if holds(&right, &object(&quantity)) => {
            (AnswerState::Missing, SAYS_NOTHING.into())
        }
        Status::Proved | Status::Agrees if find.form == Form::Any => {
            (AnswerState::Right, "right".into())
        }
        Status::Proved | Status::Agrees if is_solved(k) => {
            (AnswerState::OtherForm, NOT_CLOSED.into())
        }
        Status::Proved | Status::Agrees => (AnswerState::Unfinished, UNFINISHED.into()),
        Status::Slip => (AnswerState::Slip, message),
        Status::Skipped => (AnswerState::Unread, message),
        Status::Refuted | Status::IllFormed => {
            if verdict.diagnosis.as_deref() == Some("other layout") {
                (AnswerState::OtherLayout, "right in the other layout only".into())
            } else if let Some(from) = carried(lines, heads[k].at, k, &is_solved) {
                let text = format!(
                    "wrong, but it follows from line {from}, which is wrong: the mistake is \
                     counted there"
                );
                (AnswerState::Carried, text)
            } else if let Some(above) = latest().filter(|&j| j < k).find(|&j| {
                is_solved(j)
                    && is_right(&standing(find, lines, heads[j].at, j, recheck).0)
                    && !holds(&read(&lines[j].judged().rhs, givens), &object(&quantity))
            }) {
                let line = lines[above].judged().place.line;
                let text = format!("{message}; what line {line} states is right");
                (AnswerState::Carried, text)
            } else {
                (AnswerState::Wrong, message)
            }
        }
    };
    let name = plain(&line.judged().rhs);
    (Answer { state, text, line: Some(line), name }, Some(k))
}

/// An answer on whose left side something else stands than the quantity: a derivative of a name of
/// the hand-in's own, `∇f(x)`, or the same in other letters. Where its right side is what was asked
/// for by the assignment's names, that is proved; where it has other letters, a person sees.
fn under_another_name<'a>(
    find: &Find,
    lines: &[Line<'a>],
    heads: &[Head],
    own: &[usize],
    recheck: Recheck<'_>,
) -> Option<(Answer<'a>, Option<usize>)> {
    let givens = recheck.givens;
    let &k = own.iter().rev().find(|&&k| {
        let judged = lines[k].judged();
        matches!(heads[k].object.kind, Kind::Derivative { .. })
            && matches!(judged.verdict.status, Status::Proved | Status::Agrees)
            && !holds_names_fixed(&judged.verdict)
            && is_in_closed_form(
                &read(&judged.rhs, givens),
                &read(&find.quantity, givens),
                &[],
                false,
            )
    })?;
    let line = lines[k];
    let name = plain(&line.judged().rhs);
    let found =
        recheck.relation(&flat(&find.quantity), &flat(&line.judged().rhs), false)?;
    let (state, text) = match found.status {
        Status::Proved | Status::Agrees if !holds_names_fixed(&found) => {
            (AnswerState::Right, "right".into())
        }
        _ if is_unread(&found) => {
            let text = "what is proved here has other names than the question's: whether it is \
                        the answer, a person sees";
            (AnswerState::Unread, text.into())
        }
        _ => return None,
    };
    Some((Answer { state, text, line: Some(line), name }, Some(k)))
}

/// Whether the relation from the chain's first side to its last holds.
fn standing(
    find: &Find,
    lines: &[Line<'_>],
    head: usize,
    k: usize,
    recheck: Recheck<'_>,
) -> (Status, String) {
    let own = &lines[k].judged().verdict;
    let right =
        |verdict: &Verdict| matches!(verdict.status, Status::Proved | Status::Agrees);
    if head == k || (head..=k).all(|at| right(&lines[at].judged().verdict)) {
        if (head..=k).any(|at| holds_names_fixed(&lines[at].judged().verdict)) {
            return (Status::Refuted, NAMES_FIXED.into());
        }
        if right(own) {
            return by_the_assignment(find, lines, head, k, recheck);
        }
        if !is_unread(own) {
            return (own.status, own.message.clone());
        }
        // `∂L/∂W = 0` is an equation to be solved in a text; as the answer it is a claim.
        let rhs = flat(&lines[k].judged().rhs);
        return match recheck.relation(&flat(&find.quantity), &rhs, false) {
            Some(verdict) if holds_names_fixed(&verdict) => {
                (Status::Refuted, NAMES_FIXED.into())
            }
            Some(verdict) if right(&verdict) || verdict.status == Status::Refuted => {
                (verdict.status, verdict.message)
            }
            _ => (Status::Skipped, own.message.clone()),
        };
    }
    let judged = lines[k].judged();
    let found = recheck.relation(&flat(&find.quantity), &flat(&judged.rhs), false);
    let Some(verdict) = found else {
        return (Status::Skipped, "the answer could not be read".into());
    };
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

/// What the assignment's own givens say of an answer that is right by the hand-in's: a hand-in may
/// define and assume what it likes, and cannot change the question by that.
fn by_the_assignment(
    find: &Find,
    lines: &[Line<'_>],
    head: usize,
    k: usize,
    recheck: Recheck<'_>,
) -> (Status, String) {
    let (first, last) = (lines[head].judged(), lines[k].judged());
    let own = &last.verdict;
    let renamed =
        is_of_own_name(&object(&read(&first.lhs, recheck.givens)), recheck.givens);
    let left = if renamed { flat(&find.quantity) } else { flat(&first.lhs) };
    match recheck.relation(&left, &flat(&last.rhs), false) {
        Some(verdict) if renamed && is_unread(&verdict) => (
            Status::Skipped,
            format!("it is about a name of its own; by the assignment: {}", verdict.message),
        ),
        Some(verdict) if renamed => (verdict.status, verdict.message),
        Some(verdict) if verdict.status == Status::Refuted => (
            Status::Skipped,
            "true by what the hand-in itself defines or assumes, false by the assignment's givens \
             alone"
                .into(),
        ),
        None if renamed => (Status::Skipped, "the answer could not be read".into()),
        _ => (own.status, own.message.clone()),
    }
}

/// The line of the earlier mistake that a wrong answer follows from, when credit may be carried
/// forward: the mistake has a name, stands in an answer's form (what only restates the question was
/// no attempt at one), and did not make the answer trivial.
fn carried(
    lines: &[Line<'_>],
    head: usize,
    k: usize,
    is_solved: &impl Fn(usize) -> bool,
) -> Option<usize> {
    let judged = lines[k].judged();
    let relations = &lines[k].checked.relations;
    let earlier = if is_right(&judged.verdict.status) {
        // A link that is right by itself, in a chain that broke before.
        let fault =
            (head..k).rev().find(|&j| consequence::is_faulty(lines[j].judged()))?;
        is_solved(fault).then_some(lines[fault].judged())?
    } else {
        // The same wrong side once more is no derivation from it.
        let mut from = judged.follows_from?;
        while plain(&relations.get(from)?.rhs) == plain(&judged.rhs) {
            from = relations[from].follows_from?;
        }
        if let Some(j) = lines.iter().position(|line| {
            line.at == from && std::ptr::eq(line.checked, lines[k].checked)
        }) {
            is_solved(j).then_some(())?;
        }
        &relations[from]
    };
    earlier.verdict.diagnosis.as_ref()?;
    // An answer that lacks most of what the right one is made of was made trivial.
    let right = judged.verdict.hint.as_ref().or(earlier.verdict.hint.as_ref())?;
    let (claimed, right) = (letters(&judged.rhs), letters(right));
    let kept = right.iter().filter(|letter| claimed.contains(letter)).count();
    (kept > 0 && kept + 1 >= right.len()).then_some(earlier.place.line)
}

fn is_right(status: &Status) -> bool {
    matches!(status, Status::Proved | Status::Agrees)
}

/// Whether an expression holds the given derivative.
fn holds(expr: &Expr, quantity: &Expr) -> bool {
    expr.nodes().iter().any(|node| object(node) == *quantity)
}

/// The names in a formula, roughly: single letters and Greek commands.
pub(super) fn letters(text: &str) -> Vec<String> {
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
pub(super) fn flat(text: &str) -> String {
    if text.contains("\\begin") {
        return text.to_string();
    }
    text.replace("\\\\", " ").replace('&', " ")
}

pub(super) fn read(text: &str, givens: &Givens) -> Expr {
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
pub(super) fn object(expr: &Expr) -> Expr {
    let expr = expr.without_groups();
    let kind = match &expr.kind {
        Kind::Entry(base, _) => return object(base),
        Kind::Derivative { form, of, by } => {
            let of = of.as_ref().map(|of| Box::new(of.without_groups().clone()));
            // `∂f/∂x`, `df/dx` and `∇_x f` are one; a second derivative is another.
            let form = match form {
                DerivativeForm::Hessian => DerivativeForm::Hessian,
                _ => DerivativeForm::Partial,
            };
            Kind::Derivative { form, of, by: by.iter().map(object).collect() }
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
