//! Derivatives that would come out as 0 for want of a link: nothing says that the one name depends
//! on the other.
//!
//! **Invariant:** such a relation is neither proved nor condemned. Somebody who writes
//! `\partial K/\partial\theta` means that K depends on θ.

use std::collections::BTreeSet;

use super::formula::Context;
use super::{Claim, Reader};
use crate::document::names::{Uses, head};
use crate::document::scope::names_of;
use crate::document::solution::{Stationary, unmarked};
use crate::language::ast::{DerivativeForm, Expr, Given, Kind, NameKind, Names, whole};
use crate::shape::Givens;

impl Reader<'_> {
    /// What keeps a relation from being judged because a derivative in it is 0 by a missing link.
    pub(super) fn unlinked(&self, claim: &Claim) -> Option<String> {
        if is_zero(&claim.lhs) || is_zero(&claim.rhs) {
            return None;
        }
        let sides = [&claim.lhs, &claim.rhs];
        let mut names = reached(&claim.givens, &claim.lhs);
        names.extend(reached(&claim.givens, &claim.rhs));
        let defined = names.iter().filter_map(|name| claim.givens.definition(name));
        let (of, by) = sides
            .into_iter()
            .chain(defined)
            .find_map(|side| missing(&claim.givens, side))?;
        Some(format!(
            "nothing says how {of} depends on {by}: say it, as in {of} = {of}({by})"
        ))
    }

    /// Sets the name of a derivative's variable into the definitions that hold its own definition
    /// as a part: `r = Xw - y` behind `J = \|Xw - y\|^2` makes J a function of r.
    pub(super) fn fold(&self, claim: &mut Claim) {
        let mut uses = Uses::of(&claim.lhs);
        uses.add(&claim.rhs);
        for (of, by) in &uses.derivatives {
            if self.scopes.is_outside(of) || self.scopes.is_outside(by) {
                continue;
            }
            let name = Expr { kind: Kind::Name(of.clone()), span: claim.lhs.span };
            let reached = reached(&claim.givens, &name);
            if reached.contains(by) {
                continue;
            }
            let Some(part) = claim.givens.definition(by).cloned() else { continue };
            let part = part.without_groups().clone();
            if matches!(part.kind, Kind::Name(_) | Kind::Number(_)) {
                continue;
            }
            for holder in &reached {
                let Some(right) = claim.givens.definition(holder) else { continue };
                let mut right = right.clone();
                if replace(&mut right, &part, by) {
                    let left =
                        Expr { kind: Kind::Name(holder.clone()), span: right.span };
                    // It is the definition in force, written otherwise.
                    let _ = claim.givens.add(&Given::Definition { left, right });
                }
            }
        }
    }

    /// Sets a new name into the definitions that hold what it names: `z = W h + b` behind
    /// `\hat y = \operatorname{softmax}(W h + b)` makes ŷ a function of z.
    pub(super) fn fold_into_definitions(&mut self, name: &str, part: &Expr, line: usize) {
        /// Shorter parts are named by chance.
        const LEAST: usize = 3;
        if part.nodes().len() < LEAST || !Uses::of(part).derivatives.is_empty() {
            return;
        }
        let held: Vec<Given> = self
            .scopes
            .definitions()
            .filter(|(holder, _)| holder != name && !self.scopes.is_outside(holder))
            .filter_map(|(holder, given)| {
                let Given::Definition { left, mut right } = given else { return None };
                let own = matches!(&left.kind, Kind::Name(own) if *own == holder);
                let latest = self.scopes.latest(&holder).is_some_and(|entry| {
                    matches!(&entry.given, Given::Definition { right: known, .. } if *known == right)
                });
                let whole = same(right.without_groups(), part);
                (own && latest && !whole && replace(&mut right, part, name))
                    .then_some(Given::Definition { left, right })
            })
            .collect();
        for given in held {
            // It is the definition in force, written otherwise.
            let _ = self.scopes.add(crate::document::scope::Entry::new(given, line));
        }
    }

    /// Leaves out the equations on what the claim differentiates by: at other points, where the
    /// derivative looks, they do not hold.
    pub(super) fn free_variables(&self, claim: &mut Claim) {
        let mut varied: BTreeSet<String> = BTreeSet::new();
        for side in [&claim.lhs, &claim.rhs] {
            for node in side.nodes() {
                match &node.kind {
                    Kind::Derivative { by, of, .. } => {
                        varied.extend(by.iter().filter_map(head).map(str::to_owned));
                        if by.is_empty()
                            && let Some(of) = of
                        {
                            varied.extend(reached(&claim.givens, of));
                        }
                    }
                    Kind::Differential(inner) => {
                        varied.extend(reached(&claim.givens, inner));
                    }
                    _ => {}
                }
            }
        }
        if varied.is_empty() {
            return;
        }
        let givens = claim.givens.clone();
        let left_out = claim.givens.retain_constraints(|left, right| {
            let mut names = reached(&givens, left);
            names.extend(reached(&givens, right));
            names.is_disjoint(&varied)
        });
        if left_out {
            claim.equation.get_or_insert_with(|| {
                "the text restricts what is differentiated by here".to_owned()
            });
        }
    }

    /// `dQ = dA\, K` of a free Q and an A that is computed from it: no differentials, but gradients
    /// of the loss under short names.
    pub(super) fn read_as_gradient(&mut self, claim: &mut Claim) {
        let Kind::Differential(inner) = &claim.lhs.without_groups().kind else { return };
        let Kind::Name(name) = &inner.without_groups().kind else { return };
        if !self.scopes.is_free(name) {
            return;
        }
        let computed = claim.rhs.nodes().iter().any(|node| match &node.kind {
            Kind::Differential(inner) => match &inner.without_groups().kind {
                Kind::Name(other) => {
                    other != name && self.scopes.closure(other).contains(name.as_str())
                }
                _ => false,
            },
            _ => false,
        });
        let losses = self.scopes.losses();
        let [loss] = losses.as_slice() else { return };
        if !computed {
            return;
        }
        self.conventions.shows_gradients(loss);
        let known = self.scopes.force().clone();
        self.conventions.spell_out(&mut claim.lhs, &known);
        self.conventions.spell_out(&mut claim.rhs, &known);
        claim.remarks.push(format!("dX is read as the gradient of {loss} by X"));
    }

    /// `f'(x)` of a function that the text defines is its derivative by x; an x that nothing gives
    /// is a number there.
    pub(super) fn spell_primes(&mut self, claim: &mut Claim) {
        let mut arguments = BTreeSet::new();
        let givens = claim.givens.clone();
        for side in [&mut claim.lhs, &mut claim.rhs] {
            primes(side, &givens, &mut arguments);
        }
        for name in arguments {
            let given = Given::In {
                names: vec![name],
                shape: Vec::new(),
                natural: false,
                properties: Vec::new(),
                family: None,
            };
            let entry = crate::document::scope::Entry {
                soft: true,
                ..crate::document::scope::Entry::new(given, claim.place.line)
            };
            let _ = self.scopes.add(entry);
        }
        claim.givens = self.scopes.force().clone();
    }

    /// `f(H^{-1} g)` of a quantity introduced as `f(x)` is not read.
    pub(super) fn applied_elsewhere(&self, claim: &mut Claim) {
        let mut nodes = claim.lhs.nodes();
        nodes.extend(claim.rhs.nodes());
        let applied = nodes.iter().find_map(|node| match &node.kind {
            Kind::Call { name, .. } if self.conventions.is_quantity(name) => Some(name),
            _ => None,
        });
        if let Some(name) = applied {
            claim.obstacle = Some(format!(
                "{name} is applied to something else than what it was introduced with"
            ));
        }
    }

    /// Keeps track of the derivative that the section states last, and of whether the text sets it to
    /// zero: then what it says of the variable holds at the solution.
    pub(super) fn set_to_zero(&mut self, context: &Context<'_>, claim: &mut Claim) {
        let left = claim.lhs.without_groups();
        let zero = is_zero(&claim.rhs);
        let unread = claim.lhs.has_unread() || claim.rhs.has_unread();
        let text = context.formula.text();
        let solves = context.solves
            || context.seeks
            || zero
                && ["\\Rightarrow", "\\Leftrightarrow", "\\iff", "\\implies", "{!}"]
                    .iter()
                    .any(|sign| text.contains(sign));
        if let Kind::Derivative { by, .. } = &left.kind
            && let [by] = by.as_slice()
            && let Some(by) = head(by)
            && !zero
            && !unread
        {
            self.stationary =
                Some(Stationary { side: claim.rhs.clone(), by: by.to_owned() });
            self.vanishes = false;
            return;
        }
        let Some(stationary) = &mut self.stationary else { return };
        // The chain of the derivative goes on.
        if stationary.side == claim.lhs && !zero && !unread && !self.vanishes {
            stationary.side = claim.rhs.clone();
            return;
        }
        self.vanishes |= solves;
        let mut uses = Uses::of(&claim.lhs);
        uses.add(&claim.rhs);
        let speaks = uses.values.iter().any(|name| unmarked(name) == stationary.by);
        if self.vanishes && speaks && uses.derivatives.is_empty() && !unread {
            claim.stationary = Some(stationary.clone());
            claim.equation.get_or_insert_with(|| {
                "the text sets a derivative to zero here".to_owned()
            });
        }
    }

    /// Remembers `w = …` at an optimum: "for this $w$" speaks of it.
    pub(super) fn solution(&mut self, context: &Context<'_>, claim: &Claim) {
        let left = claim.lhs.without_groups();
        if let Kind::Name(name) = &left.kind
            && (context.seeks || context.solves)
            && self.scopes.is_free(name)
            && !Uses::of(&claim.rhs).values.contains(name)
            && !claim.rhs.has_unread()
        {
            let (left, right) = (left.clone(), claim.rhs.clone());
            self.solutions.push(Given::Definition { left, right });
        }
    }

    /// Puts the solutions above into a claim that is made for them; not where it differentiates.
    pub(super) fn at_the_solution(&self, claim: &mut Claim) {
        let mut uses = Uses::of(&claim.lhs);
        uses.add(&claim.rhs);
        if !uses.derivatives.is_empty() {
            return;
        }
        for solution in &self.solutions {
            let names = names_of(solution);
            if names.iter().any(|name| uses.values.contains(name))
                && claim.givens.add(solution).is_ok()
            {
                claim.remarks.push(format!("{} is the solution above", names.join(", ")));
            }
        }
    }

    /// What the sentence of the claim supposes, and what the text says of its names in vain.
    pub(super) fn circumstances(&self, claim: &mut Claim, token: usize) {
        for (given, tokens) in &self.supposed {
            if tokens.contains(&token) && claim.givens.add(given).is_ok() {
                let text = match given {
                    Given::Property { property, .. } => {
                        format!("{} {property}", names_of(given).join(", "))
                    }
                    _ => "an equation".to_owned(),
                };
                claim.remarks.push(format!("supposed in this sentence: {text}"));
            }
        }
        let mut names = reached(&claim.givens, &claim.lhs);
        names.extend(reached(&claim.givens, &claim.rhs));
        if let Some(reason) = self.scopes.doubtful(names.iter().map(String::as_str)) {
            claim.equation.get_or_insert_with(|| reason.to_owned());
        }
    }
}

/// The first derivative that is 0 for want of a link, as what and by what.
///
/// One term of several that holds the variable in another is no such place: `∂(XW + B)/∂W` written
/// as `∂(XW)/∂W + ∂B/∂W` has a term that is 0.
fn missing(givens: &Givens, side: &Expr) -> Option<(String, String)> {
    if let Kind::Add(terms) = &side.kind
        && terms.len() > 1
    {
        return terms.iter().enumerate().find_map(|(k, (_, term))| {
            let (of, by) = missing(givens, term)?;
            let mut others = terms.iter().enumerate().filter(|(m, _)| *m != k);
            let split = others.any(|(_, (_, other))| {
                other.nodes().iter().any(|node| links(givens, node, &by) == Some(true))
            });
            (!split).then_some((of, by))
        });
    }
    if let Kind::Derivative { of: Some(of), by, .. } = &side.kind {
        let unlinked = by.iter().filter_map(head).find(|by| {
            givens.kind(by) != Some(NameKind::Function)
                && links(givens, side, by) == Some(false)
        });
        if let Some(by) = unlinked {
            let of = head(of).map_or_else(|| "it".to_owned(), str::to_owned);
            return Some((of, by.to_owned()));
        }
    }
    let mut found = None;
    side.for_each_child(&mut |child| {
        found = found.take().or_else(|| missing(givens, child));
    });
    found
}

/// Whether what a derivative by a name is taken of rests on it; nothing where it is no such
/// derivative or is taken of numbers.
fn links(givens: &Givens, node: &Expr, name: &str) -> Option<bool> {
    let Kind::Derivative { of: Some(of), by, .. } = &node.kind else { return None };
    let reached = reached(givens, of);
    let about = by.iter().filter_map(head).any(|by| by == name) && !reached.is_empty();
    about.then(|| reached.contains(name))
}

/// Writes primes of defined functions as derivatives; gathers the plain arguments of defined
/// functions that nothing gives.
fn primes(expr: &mut Expr, givens: &Givens, arguments: &mut BTreeSet<String>) {
    expr.for_each_child_mut(&mut |child| primes(child, givens, arguments));
    let Kind::Call { name, primes, args } = &expr.kind else { return };
    if !givens.has_body(name) {
        return;
    }
    let [argument] = args.as_slice() else { return };
    let Kind::Name(plain) = &argument.without_groups().kind else { return };
    match givens.kind(plain) {
        None => {
            arguments.insert(plain.clone());
        }
        Some(NameKind::Scalar) => {}
        Some(_) => return,
    }
    if (1..=2).contains(primes) {
        let by = vec![argument.without_groups().clone(); *primes as usize];
        let call = Kind::Call { name: name.clone(), primes: 0, args: args.clone() };
        expr.kind = Kind::Derivative {
            form: DerivativeForm::Total,
            of: Some(Box::new(Expr { kind: call, span: expr.span })),
            by,
        };
    }
}

/// The names that an expression rests on through its definitions, its own among them.
fn reached(givens: &Givens, expr: &Expr) -> BTreeSet<String> {
    let mut open: Vec<String> = expr
        .nodes()
        .iter()
        .filter_map(|node| match &node.kind {
            Kind::Name(name) | Kind::Call { name, .. } | Kind::Function { name, .. } => {
                Some(name.clone())
            }
            _ => None,
        })
        .collect();
    let mut known = BTreeSet::new();
    while let Some(name) = open.pop() {
        if known.insert(name.clone()) {
            open.extend(givens.used_by(&name));
        }
    }
    known
}

fn is_zero(expr: &Expr) -> bool {
    match &expr.without_groups().kind {
        Kind::Number(number) => *number == whole(0),
        Kind::Zeros(_) => true,
        _ => false,
    }
}

/// Puts the name for every occurrence of the part; whether there was one.
fn replace(expr: &mut Expr, part: &Expr, name: &str) -> bool {
    if same(expr.without_groups(), part) {
        *expr = Expr { kind: Kind::Name(name.to_owned()), span: expr.span };
        return true;
    }
    let mut changed = false;
    expr.for_each_child_mut(&mut |child| changed |= replace(child, part, name));
    changed
}

/// Whether two expressions are the same but for their places.
fn same(left: &Expr, right: &Expr) -> bool {
    let plain = |expr: &Expr| {
        let mut expr = expr.clone();
        forget(&mut expr);
        expr
    };
    left.nodes().len() == right.nodes().len() && plain(left) == plain(right)
}

fn forget(expr: &mut Expr) {
    expr.span = crate::language::ast::Span::default();
    expr.for_each_child_mut(&mut forget);
}
