//! Corrections in the manner of the writer: in LaTeX, with the fonts, the sign of transposition and
//! the names of the text.
//!
//! **Invariant:** what is written otherwise reads as the same tree, but for names that the text
//! defines as what they stand for.

use std::collections::HashMap;

use super::consequence::object;
use super::reader::Claim;
use crate::language::ast::{Expr, Kind, Names, Span, Spelling};
use crate::language::parse_expr;
use crate::shape::Givens;

/// How many relations before and behind one are looked at for the writer's manner.
const AROUND: usize = 8;

/// A correction of the claim at `at`, as its writer would put it; nothing where it says no more than
/// the claim's own left side.
pub(super) fn in_the_writers_manner(
    hint: &str,
    claims: &[Claim],
    at: usize,
) -> Option<String> {
    let claim = &claims[at];
    let (expr, faults) = parse_expr(hint, Spelling::Latex, &claim.givens);
    if !faults.is_empty() || expr.has_unread() {
        return Some(hint.to_owned());
    }
    if expr.without_groups() == claim.lhs.without_groups() {
        return None;
    }
    let manner = Manner::around(claims, at);
    let written = manner.rewritten(hint, &expr, claim);
    Some(written.unwrap_or_else(|| hint.to_owned()))
}

/// How a writer spells things.
struct Manner {
    /// Names as they are written, by their plain names.
    spelled: HashMap<String, String>,
    /// The transposition, where it is not `^\top`.
    transposed: Option<&'static str>,
    /// The commands for upright words, where they are not `\operatorname`.
    upright: Option<&'static str>,
}

impl Manner {
    fn around(claims: &[Claim], at: usize) -> Self {
        let range = at.saturating_sub(AROUND)..claims.len().min(at + AROUND + 1);
        let mut near: Vec<usize> =
            range.filter(|&near| claims[near].section == claims[at].section).collect();
        near.sort_by_key(|near| near.abs_diff(at));
        let mut spelled = HashMap::new();
        for claim in near.iter().map(|&near| &claims[near]) {
            for node in claim.lhs.nodes().into_iter().chain(claim.rhs.nodes()) {
                if let Kind::Name(name) = &node.kind
                    && !spelled.contains_key(name)
                    && let Some(text) = font(claim.formula.text(), node.span)
                {
                    spelled.insert(name.clone(), text);
                }
            }
        }
        let text: String = near.iter().map(|&near| claims[near].formula.text()).collect();
        let given = |name: &str| claims[at].givens.kind(name).is_some();
        let transposed =
            [("^\\intercal", "I"), ("^{\\intercal}", "I"), ("^T", "T"), ("^{T}", "T")]
                .into_iter()
                .find(|(sign, name)| {
                    text.contains(sign) && !text.contains("\\top") && !given(name)
                })
                .map(|(sign, _)| sign);
        let upright = ["\\text{", "\\mathrm{"].into_iter().find(|command| {
            text.contains(&format!("{command}softmax}}"))
                || text.contains(&format!("{command}tr}}"))
        });
        Manner { spelled, transposed, upright }
    }

    /// The text with what the writer spells otherwise; nothing where it would not read the same.
    fn rewritten(&self, hint: &str, expr: &Expr, claim: &Claim) -> Option<String> {
        let mut changes = Vec::new();
        let mut meant = expr.clone();
        self.changes(hint, expr, &mut meant, claim, &mut changes);
        changes.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        let mut text = hint.to_owned();
        let mut end = text.len();
        for (span, by) in changes {
            if span.end > end || !text.is_char_boundary(span.start) {
                return None;
            }
            text.replace_range(span.start..span.end, &by);
            end = span.start;
        }
        if let Some(sign) = self.transposed {
            text = text.replace("^\\top", sign);
        }
        if let Some(command) = self.upright {
            text = text.replace("\\operatorname{", command);
        }
        let (again, faults) = parse_expr(&text, Spelling::Latex, &claim.givens);
        (faults.is_empty() && again == meant).then_some(text)
    }

    /// Gathers what is to be written otherwise; `meant` becomes the tree that is meant.
    fn changes(
        &self,
        hint: &str,
        expr: &Expr,
        meant: &mut Expr,
        claim: &Claim,
        changes: &mut Vec<(Span, String)>,
    ) {
        if let Some((name, text)) = self.name_of(expr, claim) {
            changes.push((expr.span, text));
            meant.kind = Kind::Name(name);
            return;
        }
        if let Kind::Name(name) = &expr.kind {
            let plain = hint.get(expr.span.start..expr.span.end);
            if let Some(text) = self.spelled.get(name)
                && plain.is_some_and(|plain| plain != text)
            {
                changes.push((expr.span, text.clone()));
            }
            return;
        }
        let mut children = Vec::new();
        expr.for_each_child(&mut |child| children.push(child));
        let mut next = children.into_iter();
        meant.for_each_child_mut(&mut |child| {
            if let Some(expr) = next.next() {
                self.changes(hint, expr, child, claim, changes);
            }
        });
    }

    /// The name that the text defines as this expression, where it is more than a name itself.
    fn name_of(&self, expr: &Expr, claim: &Claim) -> Option<(String, String)> {
        if !matches!(
            expr.kind,
            Kind::Function { .. }
                | Kind::Call { .. }
                | Kind::Quotient(..)
                | Kind::Power(..)
        ) {
            return None;
        }
        let own = object(&claim.lhs);
        let about = |name: &str| matches!(&own.kind, Kind::Name(own) if own == name);
        self.spelled
            .iter()
            .filter(|(name, _)| defines(&claim.givens, name, expr) && !about(name))
            .min()
            .map(|(name, text)| (name.clone(), text.clone()))
    }
}

fn defines(givens: &Givens, name: &str, expr: &Expr) -> bool {
    givens.definition(name).is_some_and(|right| right.without_groups() == expr)
}

/// A name as it is written. The place of a name in a font may be that of the font alone.
fn font(text: &str, span: Span) -> Option<String> {
    let own = text.get(span.start..span.end)?.trim();
    let alone = own.starts_with('\\')
        && own[1..].bytes().all(|byte| byte.is_ascii_alphabetic())
        && FONTS.contains(&&own[1..]);
    let written = match alone {
        true => format!("{own}{}", argument(text.get(span.end..)?.trim_start())?),
        false => own.to_owned(),
    };
    (!written.is_empty() && written.len() <= 40 && !written.contains(['&', '\n']))
        .then_some(written)
}

const FONTS: [&str; 10] = [
    "mathbf",
    "boldsymbol",
    "bm",
    "mathrm",
    "mathcal",
    "mathit",
    "mathsf",
    "vec",
    "pmb",
    "mathbb",
];

/// What a command without its argument takes for it, in braces.
fn argument(text: &str) -> Option<String> {
    if let Some(inside) = text.strip_prefix('{') {
        return Some(format!("{{{}}}", inside.split('}').next()?));
    }
    let length = match text.strip_prefix('\\') {
        Some(rest) => {
            1 + rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len())
        }
        None => text.chars().next()?.len_utf8(),
    };
    Some(format!("{{{}}}", &text[..length]))
}
