//! A formula to its statements: what each of them gives, claims, or leaves open.

use std::sync::Arc;

use super::cue::{Cue, condition_before, cue, is_let, particular, seeks, solves};
use super::define::symmetric;
use super::{Reader, slice, text_of};
use crate::document::chain::{Sides, Step, steps};
use crate::document::checked::{Origin, Skipped};
use crate::document::formula::Formula;
use crate::document::names::Uses;
use crate::document::solution::unmarked;
use crate::document::source::{Piece, Place, Source, Token};
use crate::language::ast::{
    Chain, Condition, Diagnostic, Expr, Given, Kind, NameKind, Names, Severity, Sign,
    Span, Spelling,
};
use crate::language::parse_math;

use super::Claim;

/// What a formula's step needs to know of the formula.
pub(super) struct Context<'r> {
    pub(super) token: usize,
    pub(super) place: Place,
    pub(super) piece: Piece,
    pub(super) formula: Arc<Formula>,
    pub(super) diagnostics: &'r [Diagnostic],
    pub(super) cue: Cue,
    /// Whether the text sets something to zero here: what follows holds at the solution only.
    pub(super) solves: bool,
    /// Whether the words before it look for an optimum.
    pub(super) seeks: bool,
    /// Whether it stands in a list of what a sentence lets be.
    pub(super) is_let: bool,
    /// Why it is said of a particular value only, where the words before it say so.
    pub(super) particular: Option<String>,
    /// A condition that the words before the formula put on it.
    pub(super) condition: Option<Condition>,
    pub(super) index: usize,
}

impl Reader<'_> {
    pub(super) fn formula(&mut self, token: usize, piece: Piece) {
        let place = self.source.place(piece.outer.start);
        self.outside_parts(place.line, piece.outer.start);
        if defines_macros(self.source.slice(piece.body)) {
            return;
        }
        let mut formula = Formula::of(self.source, piece, &self.macros, &self.samples);
        if (piece.display || source_begins_item(self.source, token))
            && let Some((side, origin)) = &self.open
            && let Some(joined) = formula.continuing(side, *origin)
        {
            formula = joined;
        }
        let (chains, diagnostics) = self.parse(&formula);
        self.note_moved(&chains);
        let formula = Arc::new(formula);
        let mut context = Context {
            token,
            place,
            piece,
            formula: Arc::clone(&formula),
            diagnostics: &diagnostics,
            cue: cue(self.source, token),
            solves: solves(self.source, token),
            seeks: seeks(self.source, token),
            is_let: is_let(self.source, token),
            particular: particular(self.source, token),
            condition: condition_before(self.source, token, self.scopes.force()),
            index: 0,
        };
        // A macro that cannot be expanded leaves nothing, or less than was meant.
        if let Some(reason) = formula.fault().map(str::to_owned) {
            self.skip(&context, Span::default(), reason, true);
        }
        for step in steps(&chains) {
            self.step(&mut context, step);
        }
        let last = chains.iter().rev().find_map(|chain| chain.sides.last()?.as_ref());
        let has_sign = chains.iter().any(|chain| !chain.signs.is_empty());
        if piece.display || source_begins_item(self.source, token) {
            self.open = last.map(|last| {
                let text = slice(formula.text(), last.span).to_owned();
                (text, formula.origin(last.span))
            });
        } else if has_sign {
            self.open = None;
        }
    }

    /// Parses a formula, again as long as its rows set up names that change how it reads, and
    /// spells out the conventions in use.
    fn parse(&mut self, formula: &Formula) -> (Vec<Chain>, Vec<Diagnostic>) {
        /// A row can set up names that the next needs; longer formulas are no definitions.
        const ROUNDS: usize = 12;
        let mut round = 0;
        loop {
            let known = self.known();
            let (rows, diagnostics) = parse_math(formula.text(), Spelling::Latex, &known);
            let mut chains: Vec<Chain> = rows.into_iter().map(|row| row.chain).collect();
            round += 1;
            if round < ROUNDS && self.set_up(formula, &chains) {
                continue;
            }
            if !self.conventions.is_empty() {
                let known = self.known();
                for side in chains.iter_mut().flat_map(|chain| &mut chain.sides).flatten()
                {
                    self.conventions.spell_out(side, &known);
                }
            }
            return (chains, diagnostics);
        }
    }

    /// Notes the variables of which the formula writes the plain differential.
    fn note_moved(&mut self, chains: &[Chain]) {
        let mut moved = Vec::new();
        for side in chains.iter().flat_map(|chain| &chain.sides).flatten() {
            for node in side.nodes() {
                if let Kind::Differential(inner) = &node.kind
                    && let Kind::Name(name) = &inner.without_groups().kind
                    && self.scopes.is_free(name)
                {
                    moved.push(name.clone());
                }
            }
        }
        self.scopes.move_variables(&moved);
    }

    fn step(&mut self, context: &mut Context<'_>, step: Step<'_>) {
        match step {
            Step::Equal(sides) => {
                self.equality(context, &sides);
                context.index += 1;
            }
            Step::Define(sides) => {
                if let Some(reason) = update(&sides) {
                    let span = sides.left.span.to(sides.right.span);
                    self.skip(context, span, reason.to_owned(), false);
                } else {
                    self.define(context, &sides);
                    self.opened(context, &sides);
                }
                context.index += 1;
            }
            Step::View(sides) => {
                self.claim(context, &sides, true);
                context.index += 1;
            }
            // Memberships and signs are givens, which the prose's reader has found.
            Step::Other(_, "∈" | ">" | "<" | "≠") => {}
            Step::Other(sides, sign) => {
                let span = sides.left.span.to(sides.right.span);
                self.skip(context, span, format!("{sign} claims no equality"), false);
            }
            Step::Alone(expr) => {
                // "The upstream gradient `dY`" says what `d` means.
                if matches!(expr.kind, Kind::Differential(_))
                    && context.cue == Cue::Gradient
                {
                    self.conventions.differentials_are_gradients("L");
                }
                self.skip(
                    context,
                    expr.span,
                    "it states nothing: no relation".to_owned(),
                    false,
                );
            }
            Step::Lacking(sign) => {
                let reason = "nothing stands on one side of this sign".to_owned();
                self.skip(context, sign, reason, true);
            }
        }
    }

    fn equality(&mut self, context: &Context<'_>, sides: &Sides<'_>) {
        let before = self.reading.claims.len();
        let stated = self.stated_so_far();
        self.state_equality(context, sides);
        if self.reading.claims.len() == before {
            self.opened(context, sides);
        }
        // What only says again what is given is named as well: no sign vanishes.
        if self.stated_so_far() == stated {
            let span = sides.left.span.to(sides.right.span);
            let reason = "it says again what is given, or how it is written".to_owned();
            self.skip(context, span, reason, false);
        }
    }

    /// How much has been read: every relation sign adds to it.
    fn stated_so_far(&self) -> usize {
        self.reading.claims.len() + self.reading.skipped.len() + self.reading.givens.len()
    }

    /// Notes that a chain was opened by something that is no claim: it may go on.
    fn opened(&mut self, context: &Context<'_>, sides: &Sides<'_>) {
        let left = slice(context.formula.text(), sides.left.span).trim().to_owned();
        let start = context.formula.origin(sides.left.span);
        let left = match self.defined.take() {
            Some((first, right)) if right == start => first,
            _ => left,
        };
        self.defined = Some((left, context.formula.origin(sides.right.span)));
    }

    fn state_equality(&mut self, context: &Context<'_>, sides: &Sides<'_>) {
        let span = sides.left.span.to(sides.right.span);
        let inline = !context.piece.display && context.index == 0;
        let supposed = inline && context.cue == Cue::Supposes;
        let left = sides.left.without_groups();
        let spelled_out = !self.conventions.is_empty()
            && matches!(left.kind, Kind::Derivative { .. })
            && left == sides.right.without_groups();
        if spelled_out || self.conventions.learn(left, sides.right) {
            // `\bar{V} = ∂L/∂V`, spelled out.
            let start = context.formula.origin(sides.left.span).start;
            self.took(start, text_of(context, sides), Origin::Definition, None);
        } else if supposed && !self.introduces(sides) {
            self.consider(context, sides);
            let reason = "a case that the text considers, not a claim".to_owned();
            self.skip(context, span, reason, false);
        } else if inline && context.cue == Cue::Constrains {
            let reason =
                "a constraint of an optimisation problem, which holds at its solution";
            self.skip(context, span, reason.to_owned(), false);
        } else if self.sets_value(sides) && context.cue != Cue::Asserts {
            self.skip(context, span, "it sets a value".to_owned(), false);
        } else if let Some(reason) = update(sides) {
            self.skip(context, span, reason.to_owned(), false);
        } else if self.names_a_solution(context, sides) {
            self.claim(context, sides, false);
            self.define(context, sides);
        } else if !self.gives(context, sides) {
            self.claim(context, sides, false);
        }
    }

    /// Whether an equality names the place where the derivative above vanishes: `\hat w = …`. It is
    /// claimed to be that, and the name is new.
    fn names_a_solution(&self, context: &Context<'_>, sides: &Sides<'_>) -> bool {
        let Kind::Name(name) = &sides.left.without_groups().kind else { return false };
        let Some(stationary) = &self.stationary else { return false };
        (self.vanishes || context.solves || context.seeks)
            && name != &stationary.by
            && unmarked(name) == stationary.by
            && self.scopes.is_new(name)
            && !sides.right.has_unread()
    }

    /// Takes an equality that the text supposes as a given of its sentence, where it is about given
    /// values.
    fn consider(&mut self, context: &Context<'_>, sides: &Sides<'_>) {
        let (left, right) = (sides.left.without_groups(), sides.right.without_groups());
        if left.has_unread() || right.has_unread() {
            return;
        }
        let mut uses = Uses::of(left);
        uses.add(right);
        let known = uses.needed().count() > 0
            && uses.needed().all(|name| !self.scopes.is_new(name));
        if !known || !uses.derivatives.is_empty() {
            return;
        }
        let given = match symmetric(left, right) {
            Some(name) => Given::Property {
                name: name.to_owned(),
                property: "symmetric".to_owned(),
            },
            None => Given::Constraint { left: left.clone(), right: right.clone() },
        };
        self.suppose(given, context.token);
    }

    /// Whether an equality that the text supposes brings a new name with its definition: "for
    /// $f = x^T A x$ we have".
    fn introduces(&self, sides: &Sides<'_>) -> bool {
        let right = sides.right.without_groups();
        let new = match &sides.left.without_groups().kind {
            Kind::Name(name) | Kind::Call { name, primes: 0, .. } => {
                self.scopes.is_new(name)
            }
            _ => false,
        };
        new && !matches!(right.kind, Kind::Name(_) | Kind::Number(_))
    }

    pub(super) fn skip(
        &mut self,
        context: &Context<'_>,
        span: Span,
        reason: String,
        unread: bool,
    ) {
        let origin = context.formula.origin(span);
        let text = slice(context.formula.text(), span).to_owned();
        let text = if text.trim().is_empty() {
            self.source.slice(context.piece.body).to_owned()
        } else {
            text
        };
        self.reading.skipped.push(Skipped {
            place: context.place.clone(),
            span: origin,
            text,
            reason,
            unread,
        });
    }

    fn claim(&mut self, context: &Context<'_>, sides: &Sides<'_>, view: bool) {
        let start = context.formula.origin(sides.left.span);
        let opened = self.defined.as_ref().filter(|(_, right)| *right == start);
        let mut claim = Claim {
            opened_by: opened.map(|(left, _)| left.clone()),
            place: context.place.clone(),
            index: context.index,
            section: Arc::clone(&self.section),
            formula: Arc::clone(&context.formula),
            lhs: sides.left.clone(),
            rhs: sides.right.clone(),
            condition: sides.condition.cloned(),
            view,
            givens: self.scopes.force().clone(),
            einstein: self.einstein,
            denominator: self.denominator,
            numerator: self.numerator,
            inferred: None,
            obstacle: None,
            equation: context
                .solves
                .then(|| "the text solves an equation here".to_owned()),
            borrowed: Vec::new(),
            soft: false,
            remarks: Vec::new(),
            stationary: None,
        };
        if claim.condition.is_none() {
            claim.condition = self.condition(context, sides);
        }
        claim.equation = claim.equation.or_else(|| context.particular.clone());
        self.solution(context, &claim);
        self.set_to_zero(context, &mut claim);
        if context.cue == Cue::Asserts
            && symmetric(sides.left.without_groups(), sides.right).is_some()
        {
            claim.equation = Some("a fact that the text falls back on".to_owned());
        }
        if context.seeks
            && let Kind::Number(zero) = &sides.right.without_groups().kind
            && *zero == crate::language::ast::whole(0)
            && matches!(sides.left.without_groups().kind, Kind::Derivative { .. })
        {
            claim.equation =
                Some("an equation for where the derivative vanishes".to_owned());
        }
        if let Some(letter) = self.unknown_superscript(sides) {
            claim.obstacle = Some(format!(
                "the superscript {letter} is no number that is given: say what it marks"
            ));
        } else if sides.left.has_unread() || sides.right.has_unread() {
            let whole = sides.left.span.to(sides.right.span);
            let message = context
                .diagnostics
                .iter()
                .filter(|diagnostic| diagnostic.severity == Severity::Error)
                .find(|diagnostic| {
                    diagnostic.span.start >= whole.start
                        && diagnostic.span.end <= whole.end
                })
                .map_or("a part of it could not be read", |diagnostic| {
                    &diagnostic.message
                });
            claim.obstacle = Some(message.to_owned());
        } else {
            self.read_as_gradient(&mut claim);
            self.spell_primes(&mut claim);
            self.supply(&mut claim);
            self.applied_elsewhere(&mut claim);
            self.circumstances(&mut claim, context.token);
            if context.particular.is_some() {
                self.at_the_solution(&mut claim);
            }
            self.free_variables(&mut claim);
            self.restate(&claim);
        }
        self.scopes.claims();
        self.reading.claims.push(claim);
    }

    /// A superscript that is a letter which nothing gives: no power, and no name that is known.
    fn unknown_superscript(&self, sides: &Sides<'_>) -> Option<String> {
        let mut nodes = sides.left.nodes();
        nodes.extend(sides.right.nodes());
        let bound = |letter: &str| {
            nodes.iter().any(|node| {
                matches!(&node.kind, Kind::Sum(indices, _) | Kind::BigProduct(indices, _)
                    if indices.iter().any(|index| index.name == letter))
            })
        };
        nodes.iter().find_map(|node| match &node.kind {
            Kind::Power(base, exponent) => match (&base.kind, &exponent.kind) {
                (Kind::Entry(..), Kind::Name(letter))
                    if !matches!(
                        self.scopes.force().kind(letter),
                        Some(NameKind::Scalar | NameKind::Dimension)
                    ) && self.scopes.recall(letter).is_none()
                        && !bound(letter) =>
                {
                    Some(letter.clone())
                }
                _ => None,
            },
            _ => None,
        })
    }

    /// The condition from the words before the formula, where it is about indices of the claim.
    fn condition(&self, context: &Context<'_>, sides: &Sides<'_>) -> Option<Condition> {
        let condition = context.condition.as_ref()?;
        let mut uses = Uses::of(sides.left);
        uses.add(sides.right);
        let mut concerns = true;
        condition.for_each_expr(&mut |expr| {
            let letter =
                matches!(&expr.kind, Kind::Name(name) if uses.indices.contains(name));
            concerns &= letter || matches!(expr.kind, Kind::Number(_));
        });
        concerns.then(|| condition.clone())
    }
}

/// Whether an equality is a step of an algorithm: `W = W - \eta G`.
fn update(sides: &Sides<'_>) -> Option<&'static str> {
    let left = sides.left.without_groups();
    let Kind::Add(terms) = &sides.right.without_groups().kind else { return None };
    // The next value by the last: `w_{t+1} = w_t - …`.
    let next = |expr: &Expr| match (&left.kind, &expr.kind) {
        (Kind::Entry(base, index), Kind::Entry(other, last)) => {
            base == other
                && matches!(index.as_slice(), [Expr { kind: Kind::Add(_), .. }])
                && matches!(last.as_slice(), [Expr { kind: Kind::Name(_), .. }])
        }
        _ => false,
    };
    let own = |expr: &Expr| {
        let expr = expr.without_groups();
        matches!(left.kind, Kind::Name(_)) && expr == left || next(expr)
    };
    let changes = terms.len() == 2
        && terms.iter().any(|(sign, term)| *sign == Sign::Plus && own(term))
        && terms.iter().any(|(_, term)| !own(term));
    changes.then_some("an update of a value, not an equality")
}

/// Whether a formula begins a list item or a line of its own.
fn source_begins_item(source: &Source, token: usize) -> bool {
    source.tokens[..token].iter().rev().find_map(|before| match before {
        Token::Text(span) => {
            let text = source.slice(*span);
            let blank = text.chars().all(|c| !c.is_alphanumeric());
            match (blank, text.contains('\n')) {
                (true, true) => Some(true),
                (true, false) => None,
                (false, _) => Some(false),
            }
        }
        Token::Item(_) | Token::Break => Some(true),
        Token::Heading(..) | Token::Math(_) => Some(false),
    }) == Some(true)
}

/// Whether a formula only defines commands.
fn defines_macros(text: &str) -> bool {
    let start = text.trim_start();
    [
        "\\newcommand",
        "\\renewcommand",
        "\\def\\",
        "\\DeclareMathOperator",
        "\\providecommand",
    ]
    .iter()
    .any(|command| start.starts_with(command))
}
