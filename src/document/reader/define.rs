//! Equalities that give something: definitions, dependences, constraints, values.

use super::cue::Cue;
use super::{Claim, Context, Reader, not_given, text_of};
use crate::document::chain::Sides;
use crate::document::checked::Origin;
use crate::document::names::Uses;
use crate::document::scope::{Entry, names_of};
use crate::language::ast::{
    Delimiter, Expr, Given, Kind, NameKind, Names, Span, Times, whole,
};
use crate::language::function_word;
use crate::proof::{Claim as Relation, Options, Status, check_claim};
use crate::shape::{Reading as ReadAs, relation, single};

impl Reader<'_> {
    /// Whether an equality sets an undefined name to a number or to each of several, as in "layer
    /// $\ell = 1$", "$k = 1, \dots, n$".
    pub(super) fn sets_value(&self, sides: &Sides<'_>) -> bool {
        let Kind::Name(name) = &sides.left.without_groups().kind else { return false };
        (is_number(sides.right) || matches!(sides.right.kind, Kind::Tuple(_)))
            && !self.scopes.is_outside(name)
            && !self.scopes.is_defined(name)
            && !matches!(self.scopes.force().kind(name), Some(NameKind::Function))
    }

    /// Whether an equality gives something rather than claiming it; then it is taken.
    pub(super) fn gives(&mut self, context: &Context<'_>, sides: &Sides<'_>) -> bool {
        let (left, right) = (sides.left.without_groups(), sides.right.without_groups());
        if left.has_unread() || right.has_unread() || sides.condition.is_some() {
            return false;
        }
        if self.defines(context, left, right) {
            self.define(context, sides);
            return true;
        }
        // `p(f) = p(-f)` of a function that nothing else gives says what is known of it.
        if let (Kind::Call { name, .. }, Kind::Call { name: other, .. }) =
            (&left.kind, &right.kind)
            && name == other
            && function_word(name).is_none()
            && self.scopes.is_new(name)
        {
            let given = Given::Constraint { left: left.clone(), right: right.clone() };
            self.give(context, sides, given, Origin::Text);
            return true;
        }
        // "with $\sum_k y_k = 1$" is a constraint, "where $Y = XW^T$" with a known Y a reminder.
        let whole = matches!(
            left.kind,
            Kind::Name(_)
                | Kind::Entry(..)
                | Kind::Derivative { .. }
                | Kind::Call { primes: 1.., .. }
        ) || claims_a_derivative(left)
            || claims_a_derivative(right);
        let inline = context.index == 0 && !context.piece.display;
        // `A = A^T` behind "with" is the property.
        let restricted = context.cue == Cue::Assumes || context.is_let;
        if restricted
            && inline
            && let Some(name) = symmetric(left, right)
            && self.scopes.is_free(name)
        {
            let property = "symmetric".to_owned();
            let given = Given::Property { name: name.to_owned(), property };
            self.give(context, sides, given, Origin::Text);
            return true;
        }
        if inline
            && (restricted || matches!(left.kind, Kind::Name(_)))
            && self.relates_sizes(left, right)
        {
            return true;
        }
        if restricted && !whole && inline {
            let given = Given::Constraint { left: left.clone(), right: right.clone() };
            self.give(context, sides, given, Origin::Text);
            return true;
        }
        // `… = \zeta`: the last side names what the chain has come to.
        if let Kind::Name(name) = &right.kind
            && (self.scopes.is_new(name)
                || self.scopes.is_free(name) && placed_in_set(context, right))
            && self.cased(name).is_none()
            && !Uses::of(left).indices.contains(name)
            && !Uses::of(left).values.contains(name)
            && !matches!(left.kind, Kind::Name(_))
        {
            let given = Given::Definition { left: right.clone(), right: left.clone() };
            self.give(context, sides, given, Origin::Definition);
            return true;
        }
        false
    }

    /// Whether an equality is between sizes: "with $m = n - k + 1$". The shapes do not use it: what
    /// rests on these sizes is not condemned.
    fn relates_sizes(&mut self, left: &Expr, right: &Expr) -> bool {
        let mut uses = Uses::of(left);
        uses.add(right);
        let sizes: Vec<String> = uses.needed().map(str::to_owned).collect();
        let is_size = |name: &String| {
            matches!(self.scopes.force().kind(name), Some(NameKind::Dimension))
        };
        if sizes.len() < 2 || !sizes.iter().all(is_size) {
            return false;
        }
        for size in &sizes {
            let reason = format!("the text relates the sizes {}", sizes.join(", "));
            self.scopes.doubt(size.clone(), reason);
        }
        true
    }

    /// Whether an equality defines its left side.
    fn defines(&self, context: &Context<'_>, left: &Expr, right: &Expr) -> bool {
        // Where a text sets a derivative to zero, what follows solves and defines nothing anew.
        if context.solves
            && matches!(&left.kind, Kind::Name(name) if !self.scopes.is_new(name))
        {
            return false;
        }
        let begins = context.formula.begins_row(left.span.start);
        let again = |name: &str| {
            !self.scopes.is_outside(name)
                && (context.cue == Cue::Defines || begins && self.extends(name, right))
        };
        match &left.kind {
            Kind::Name(name) if depends_on(name, right).is_some() => true,
            Kind::Name(name) => {
                // A claim about a name of which only the shape is known could not be true.
                let open = self.scopes.is_new(name)
                    || self.shares_its_letter(name, right)
                    || begins && self.conventions.is_fresh(name)
                    || self.scopes.is_free(name)
                    || self.scopes.is_implied_loss(name)
                    || self.scopes.is_defined(name) && again(name);
                open && !self.scopes.is_outside(name)
                    && !Uses::of(right).values.contains(name)
            }
            // `h(x) = max(0, x)`.
            Kind::Call { name, primes: 0, args } => {
                let plain = matches!(args.as_slice(), [Expr { kind: Kind::Name(_), .. }]);
                plain
                    && function_word(name).is_none()
                    && (self.scopes.is_new(name)
                        || again(name)
                        || self.scopes.is_generic(name) && begins)
                    && !Uses::of(right).functions.contains(name)
            }
            // `z_i = \sum_j W_{ij} x_j`.
            Kind::Entry(base, indices) => match &base.without_groups().kind {
                Kind::Name(name) => {
                    (self.scopes.is_new(name)
                        || begins
                            && (context.cue == Cue::Defines
                                && self.scopes.is_defined(name)
                                && !self.scopes.is_outside(name)
                                || self.scopes.is_free(name)
                                    && (matches!(
                                        context.cue,
                                        Cue::Defines | Cue::Assumes
                                    ) || self.sets_entries(name, indices, right))
                                || self.extends(name, right)))
                        && (!self.scopes.is_new(name) || self.cased(name).is_none())
                        && indices.iter().all(|index| matches!(index.kind, Kind::Name(_)))
                        && !Uses::of(right).values.contains(name)
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether the name is a size so far and an array now: "$\mathbf{h} = W x$ with
    /// $W \in \mathbb{R}^{h \times d}$".
    fn shares_its_letter(&self, name: &str, right: &Expr) -> bool {
        let kind = |name: &str| self.scopes.force().kind(name);
        kind(name) == Some(NameKind::Dimension)
            && Uses::of(right).values.iter().any(|used| {
                matches!(kind(used), Some(NameKind::Array | NameKind::Family))
            })
    }

    /// Whether an equality about a defined name brings in a name that its definition does not rest
    /// on, as a second layer with a bias does: then it defines anew.
    fn extends(&self, name: &str, right: &Expr) -> bool {
        if !self.scopes.is_defined(name) || self.scopes.is_gradient(name) {
            return false;
        }
        let rests = self.scopes.closure(name);
        let uses = Uses::of(right);
        uses.needed().any(|used| {
            // What rests on the name itself, or on the same things, restates it.
            let closure = self.scopes.closure(used);
            !self.scopes.is_new(used)
                && !closure.contains(name)
                && closure.iter().any(|base| {
                    !rests.contains(base)
                        && self.scopes.force().kind(base).is_some()
                        && !self.scopes.is_defined(base)
                        && !matches!(
                            self.scopes.force().kind(base),
                            Some(NameKind::Dimension)
                        )
                })
        })
    }

    /// Whether an equality gives all entries of an array of which only the shape is known.
    fn sets_entries(&self, name: &str, indices: &[Expr], right: &Expr) -> bool {
        let uses = Uses::of(right);
        let letters = indices.iter().all(
            |index| matches!(&index.kind, Kind::Name(letter) if uses.indices.contains(letter)),
        );
        // An entry of an array that is free equals something only by definition.
        letters && !indices.is_empty() && !uses.values.contains(name)
    }

    /// Takes a definition.
    pub(super) fn define(&mut self, context: &Context<'_>, sides: &Sides<'_>) {
        let (left, right) = (sides.left.without_groups(), sides.right.without_groups());
        let given = match (&left.kind, &right.kind) {
            (Kind::Name(name), Kind::Function { name: known, primes: 0 }) => {
                Given::Function { name: name.clone(), is: Some(known.clone()) }
            }
            (Kind::Name(name), _) => match depends_on(name, right) {
                Some(of) => Given::Opaque { name: name.clone(), of },
                None => Given::Definition { left: left.clone(), right: right.clone() },
            },
            // `\|W\| := \sqrt{W^T W}` defines what the language knows already.
            (Kind::Norm(..) | Kind::Transpose(_) | Kind::Bars(_), _) => {
                let start = context.formula.origin(sides.left.span).start;
                self.took(start, text_of(context, sides), Origin::Definition, None);
                return;
            }
            _ => Given::Definition { left: left.clone(), right: right.clone() },
        };
        self.give(context, sides, given, Origin::Definition);
    }

    fn give(
        &mut self,
        context: &Context<'_>,
        sides: &Sides<'_>,
        given: Given,
        origin: Origin,
    ) {
        let line = context.place.line;
        let text = text_of(context, sides);
        if let Given::Definition { left, right } = &given
            && let Kind::Name(name) = &left.kind
            && self.conventions.is_quantity(name)
        {
            // Of a family's letter, or under a label of its own, the argument is any.
            let any = |argument: &String| match self.scopes.force().kind(argument) {
                Some(NameKind::Family) => true,
                None => name.contains('_'),
                Some(_) => false,
            };
            let loose = self.conventions.arguments(name).iter().any(any);
            self.conventions.set_body(name, right, loose);
            if loose {
                let start = context.formula.origin(sides.left.span).start;
                self.took(start, text, origin, None);
                return;
            }
        }
        let start = context.formula.origin(sides.left.span).start;
        let sign = context.formula.text().get(sides.sign.start..sides.sign.end);
        let said =
            sign != Some("=") || matches!(context.cue, Cue::Defines | Cue::Assumes);
        let implied = !said && matches!(given, Given::Definition { .. });
        if let Some(uses) = uses(&given) {
            self.supply_loss(&uses, start);
        }
        let names = names_of(&given);
        let rests: Vec<String> = uses(&given)
            .iter()
            .flat_map(|uses| uses.needed().map(str::to_owned))
            .collect();
        let part = match &given {
            Given::Definition { left: Expr { kind: Kind::Name(name), .. }, right } => {
                Some((name.clone(), right.without_groups().clone()))
            }
            _ => None,
        };
        let problem = self.unusable(&given, start).or_else(|| {
            let soft = implied && !self.is_sound(&given);
            self.scopes.add(Entry { soft, ..Entry::new(given, line) }).err()
        });
        if problem.is_some() {
            self.scopes.fail(names, rests);
        } else if let Some((name, part)) = part {
            self.fold_into_definitions(&name, &part, line);
        }
        self.took(start, text, origin, problem);
    }

    /// Whether a definition has a meaning as it is written, so that its shape is beyond doubt.
    fn is_sound(&self, given: &Given) -> bool {
        let Given::Definition { left, right } = given else { return false };
        let body = match &left.kind {
            Kind::Name(_) => single(self.scopes.force(), right, ReadAs::default()),
            Kind::Entry(..) => {
                relation(self.scopes.force(), right, right, None, ReadAs::default())
            }
            _ => return false,
        };
        body.is_ok_and(|body| body.repaired.is_empty() && body.notes.is_empty())
    }

    /// Takes a proved restatement of a definition by names that were defined since: then the one
    /// rests on the others, as `h = \tanh(a)` says of an `h` that was defined in one go.
    pub(super) fn restate(&mut self, claim: &Claim) {
        let Kind::Name(name) = &claim.lhs.without_groups().kind else { return };
        if claim.obstacle.is_some()
            || !self.scopes.is_defined(name)
            || self.scopes.is_outside(name)
        {
            return;
        }
        let uses = Uses::of(&claim.rhs);
        let newer = uses.needed().any(|used| self.scopes.is_newer(used, name));
        let circular = uses.needed().any(|used| self.scopes.closure(used).contains(name));
        if !newer || circular {
            return;
        }
        let options = Options { diagnose: false, ..Options::default() };
        let relation = Relation {
            givens: &claim.givens,
            source: claim.formula.text(),
            lhs: &claim.lhs,
            rhs: &claim.rhs,
            condition: None,
        };
        if check_claim(&relation, &options).status == Status::Proved {
            let given = Given::Definition {
                left: claim.lhs.without_groups().clone(),
                right: claim.rhs.clone(),
            };
            let entry = Entry { soft: true, ..Entry::new(given, claim.place.line) };
            // It has the shape of the definition that it restates.
            let _ = self.scopes.add(entry);
        }
    }

    /// Why a given cannot be used: it rests on names that nothing gives, or on itself.
    fn unusable(&mut self, given: &Given, start: usize) -> Option<String> {
        if self.random {
            return None;
        }
        let uses = uses(given)?;
        let defined = names_of(given);
        let mut missing: Vec<String> = uses
            .functions
            .iter()
            .filter(|name| {
                function_word(name).is_none()
                    && self.scopes.is_new(name)
                    && self.scopes.recall(name).is_none()
            })
            .cloned()
            .collect();
        missing.retain(|name| !self.supply_function(name, start));
        let losses = uses.differentiated.clone();
        let line = self.source.place(start).line;
        let mut unknown: Vec<String> = Vec::new();
        for name in uses.needed() {
            if !self.scopes.is_new(name) {
                let closure = self.scopes.closure(name);
                if defined.iter().any(|defined| closure.contains(defined)) {
                    return Some(format!("it defines {} by itself", defined.join(", ")));
                }
            } else if self.scopes.is_past_size(name) {
                // It comes with the shapes that are taken from above.
            } else if let Some(other) =
                self.cased(name).filter(|other| !defined.contains(other))
            {
                let given = same_letter(name, &other);
                // The array is in force, so this cannot contradict anything.
                let _ = self.scopes.add(Entry { soft: true, ..Entry::new(given, line) });
            } else if self.scopes.recall(name).is_none() {
                unknown.push(name.to_owned());
            }
        }
        if let (true, Given::Definition { left, right }) = (missing.is_empty(), given) {
            let guessable = !unknown.iter().any(|name| losses.contains(name))
                && !matches!(left.kind, Kind::Call { .. });
            if !unknown.is_empty() && guessable {
                // An entry is a scalar.
                let scalar = Expr { kind: Kind::Number(whole(1)), span: right.span };
                let entry = match &left.kind {
                    Kind::Entry(..) if defined.iter().all(|n| !self.scopes.is_new(n)) => {
                        Some(left)
                    }
                    Kind::Entry(..) => Some(&scalar),
                    _ => None,
                };
                if self.infer_inputs(&unknown, entry, right, start) {
                    unknown.clear();
                }
            }
        }
        missing.extend(unknown);
        (!missing.is_empty()).then(|| not_given(&missing))
    }

    /// The given array that has this letter in the other case, where there is one: texts write
    /// `x_{ij}` for the entries of `X`.
    pub(super) fn cased(&self, name: &str) -> Option<String> {
        let other = other_case(name)?;
        let array = self.scopes.force().kind(&other) == Some(NameKind::Array);
        array.then_some(other)
    }
}

/// The name that an equality `A = A^T` or `A^T = A` says to be symmetric.
pub(super) fn symmetric<'e>(left: &'e Expr, right: &'e Expr) -> Option<&'e str> {
    let name = |expr: &'e Expr| match &expr.without_groups().kind {
        Kind::Name(name) => Some(name.as_str()),
        _ => None,
    };
    let transposed = |expr: &'e Expr| match &expr.without_groups().kind {
        Kind::Transpose(inner) => name(inner),
        _ => None,
    };
    let (plain, other) = match name(left) {
        Some(plain) => (plain, transposed(right)?),
        None => (name(right)?, transposed(left)?),
    };
    (plain == other).then_some(plain)
}

/// Whether an expression holds a derivative: an equation with one is a claim, whatever stands
/// before it.
fn claims_a_derivative(expr: &Expr) -> bool {
    expr.nodes().iter().any(|node| {
        matches!(
            node.kind,
            Kind::Derivative { .. }
                | Kind::Differential(_)
                | Kind::Call { primes: 1.., .. }
        )
    })
}

/// Whether `\in` stands behind a side: then it is introduced there (`… = \zeta \in \mathbb{R}^n`).
fn placed_in_set(context: &Context<'_>, side: &Expr) -> bool {
    let behind = context.formula.text().get(side.span.end..).unwrap_or_default();
    behind.trim_start().starts_with("\\in")
}

/// The names that a definition or a constraint rests on; `None` for other givens.
fn uses(given: &Given) -> Option<Uses> {
    let (left, right) = match given {
        Given::Definition { left, right } => (left, right),
        Given::Constraint { left, right } => {
            let mut uses = Uses::of(left);
            uses.add(right);
            return Some(uses);
        }
        _ => return None,
    };
    let mut uses = Uses::of(right);
    match &left.kind {
        Kind::Entry(_, indices) => indices.iter().for_each(|index| uses.add_index(index)),
        Kind::Call { args, .. } => {
            for arg in args {
                if let Kind::Name(parameter) = &arg.kind {
                    uses.values.remove(parameter);
                }
            }
        }
        _ => {}
    }
    Some(uses)
}

/// The same letter in the other case.
fn other_case(name: &str) -> Option<String> {
    let mut letters = name.chars();
    let letter = letters.next()?;
    let single = letters.next().is_none() && letter.is_alphabetic();
    let other = match letter.is_uppercase() {
        true => letter.to_lowercase().to_string(),
        false => letter.to_uppercase().to_string(),
    };
    (single && other != name).then_some(other)
}

/// `x` as another spelling of `X`.
pub(super) fn same_letter(name: &str, other: &str) -> Given {
    let named =
        |name: &str| Expr { kind: Kind::Name(name.to_owned()), span: Span::default() };
    Given::Definition { left: named(name), right: named(other) }
}

/// Whether an expression is a number.
fn is_number(expr: &Expr) -> bool {
    match &expr.without_groups().kind {
        Kind::Number(_) => true,
        Kind::Add(terms) => matches!(terms.as_slice(), [(_, term)] if is_number(term)),
        _ => false,
    }
}

/// `L = L(Y)` as what it says, where a known `L` made it a product.
pub(super) fn dependence(given: Given) -> Given {
    if let Given::Definition { left, right } = &given
        && let Kind::Name(name) = &left.kind
        && let Some(of) = depends_on(name, right)
    {
        return Given::Opaque { name: name.clone(), of };
    }
    given
}

/// What `name` depends on, if the right side is `name(…)`. Where the name is known as a scalar the
/// brackets read as a product.
fn depends_on(name: &str, right: &Expr) -> Option<Vec<String>> {
    let plain = |expr: &Expr| match &expr.kind {
        Kind::Name(name) => Some(name.clone()),
        _ => None,
    };
    match &right.kind {
        Kind::Call { name: called, primes: 0, args } if called == name => {
            args.iter().map(plain).collect()
        }
        Kind::Product(left, Times::Juxtaposed, argument)
            if plain(left).as_deref() == Some(name) =>
        {
            match &argument.kind {
                Kind::Group(Delimiter::Round, inside) => Some(vec![plain(inside)?]),
                Kind::Tuple(items) => items.iter().map(plain).collect(),
                _ => None,
            }
        }
        _ => None,
    }
}
