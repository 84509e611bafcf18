//! Reads a document from top to bottom: what it gives, what it claims.
//!
//! Reading is sequential, since every given changes how the next formula is read; judging what was
//! read is not.

use std::sync::Arc;

use super::chain::{Sides, Step, steps};
use super::checked::{Origin, Skipped, Taken};
use super::formula::Formula;
use super::givens::{Outside, Stated, announces_einstein, stated};
use super::names::Uses;
use super::scope::{Scopes, names_of};
use super::section::{Mark, marks};
use super::source::{Piece, Place, Source, Token};
use crate::language::ast::{
    Chain, Condition, Diagnostic, Expr, Given, Kind, Names, Severity, Span, Spelling,
};
use crate::language::{Macros, function_word, parse_given, parse_math};
use crate::shape::Givens;

/// A claim, with everything needed to judge it.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) place: Place,
    pub(super) index: usize,
    pub(super) section: Arc<[String]>,
    /// The text that the sides' spans refer to.
    pub(super) formula: Arc<Formula>,
    pub(super) lhs: Expr,
    pub(super) rhs: Expr,
    pub(super) condition: Option<Condition>,
    /// Whether it is a change of view (`⇒`).
    pub(super) view: bool,
    pub(super) givens: Givens,
    pub(super) einstein: bool,
    /// Why it cannot be judged, where it cannot.
    pub(super) obstacle: Option<String>,
    /// Givens that the text does not state here; a verdict that rests on them condemns nothing.
    pub(super) borrowed: Vec<String>,
    pub(super) remarks: Vec<String>,
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) claims: Vec<Claim>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) givens: Vec<Taken>,
}

/// Reads a document.
pub(super) fn read(source: &Source, outside: &Outside) -> Reading {
    let mut reader = Reader {
        source,
        macros: Macros::collect(&source.text),
        scopes: Scopes::new(outside),
        outside,
        section: Arc::from([]),
        einstein: announces_einstein(source, 0..source.tokens.len()),
        open: None,
        reading: Reading::default(),
    };
    reader.document();
    reader.reading
}

struct Reader<'s> {
    source: &'s Source,
    macros: Macros,
    scopes: Scopes<'s>,
    outside: &'s Outside,
    section: Arc<[String]>,
    einstein: bool,
    /// The last side of the last display: its text and place. A display may go on from it.
    open: Option<(String, Span)>,
    reading: Reading,
}

impl Reader<'_> {
    fn document(&mut self) {
        let marks = marks(self.source);
        let mut next = marks.iter().peekable();
        let first = marks.first().map_or(self.source.tokens.len(), |mark| mark.token);
        let mut ahead = self.begin(0, first);
        for at in 0..self.source.tokens.len() {
            if let Some(mark) = next.next_if(|mark| mark.token == at) {
                let end = next.peek().map_or(self.source.tokens.len(), |mark| mark.token);
                ahead = self.enter(mark, end);
            }
            while let Some(given) = ahead.next_if(|given| given.0 <= at) {
                self.state(&given.1);
            }
            if let Token::Math(piece) = &self.source.tokens[at] {
                self.formula(at, *piece);
            }
        }
    }

    fn enter(&mut self, mark: &Mark, end: usize) -> Ahead {
        self.scopes.enter(mark.level, mark.label.clone());
        self.section = Arc::from(self.scopes.path());
        self.open = None;
        self.begin(mark.token, end)
    }

    /// Begins a stretch of tokens: a shape that is stated anywhere in it holds in all of it where
    /// nothing else gives the name ("…, where $W$ is a $h \times d$ matrix").
    fn begin(&mut self, start: usize, end: usize) -> Ahead {
        if let Some(offset) = self.offset(start) {
            let line = self.source.place(offset).line;
            self.outside_parts(line, offset);
        }
        let all = stated(self.source, start..end);
        let mut later = Vec::new();
        for given in all {
            let token = self.source.tokens[start..end].partition_point(|token| {
                token_start(token).is_none_or(|at| at <= given.span.start)
            }) + start;
            let new = given.shape
                && canonical(&given, self.scopes.force()).is_some_and(|names| {
                    names.iter().all(|name| self.scopes.is_new(name))
                });
            if new {
                self.state(&given);
            } else {
                later.push((token.saturating_sub(1), given));
            }
        }
        later.into_iter().peekable()
    }

    /// Where a token, or the first behind it that has a place, begins.
    fn offset(&self, token: usize) -> Option<usize> {
        self.source.tokens[token..].iter().find_map(token_start)
    }

    /// Takes the outside parts that begin at a line.
    fn outside_parts(&mut self, line: usize, offset: usize) {
        for part in self.scopes.at_line(line) {
            for text in self.outside.givens(part) {
                let problem = match parse_given(text, self.scopes.force()) {
                    Ok(givens) => {
                        let mut trial = Givens::new();
                        givens.iter().find_map(|given| match trial.add(given) {
                            // A property may be about a name that another line gives.
                            Err(error) if !matches!(given, Given::Property { .. }) => {
                                Some(error.message)
                            }
                            _ => None,
                        })
                    }
                    Err(diagnostic) => Some(diagnostic.message),
                };
                self.took(offset, text.clone(), Origin::Outside, problem);
            }
        }
    }

    fn took(
        &mut self,
        offset: usize,
        text: String,
        origin: Origin,
        problem: Option<String>,
    ) {
        let place = self.source.place(offset);
        let section = self.section.to_vec();
        let taken = Taken { place, section, text, origin, problem };
        if !self.reading.givens.contains(&taken) || taken.problem.is_some() {
            self.reading.givens.push(taken);
        }
    }

    /// Takes a given that the prose states.
    fn state(&mut self, stated: &Stated) {
        let line = self.source.place(stated.span.start).line;
        let text = self.macros.expand(&stated.text).text;
        let result = parse_given(&text, self.scopes.force())
            .map_err(|diagnostic| diagnostic.message)
            .and_then(|givens| {
                givens.into_iter().try_fold(false, |any, given| {
                    // A property of a name without a shape makes it a square matrix.
                    if let Given::Property { name, .. } = &given
                        && self.scopes.is_new(name)
                    {
                        return Ok(any);
                    }
                    Ok(self.scopes.add(given, line)? || any)
                })
            });
        match result {
            Ok(true) => {
                self.took(stated.span.start, stated.text.clone(), Origin::Text, None)
            }
            Ok(false) => {}
            Err(problem) => {
                self.took(
                    stated.span.start,
                    stated.text.clone(),
                    Origin::Text,
                    Some(problem),
                );
            }
        }
    }

    fn formula(&mut self, token: usize, piece: Piece) {
        let place = self.source.place(piece.outer.start);
        self.outside_parts(place.line, piece.outer.start);
        if defines_macros(self.source.slice(piece.body)) {
            return;
        }
        let mut formula = Formula::of(self.source, piece, &self.macros);
        if piece.display
            && let Some((side, origin)) = &self.open
            && let Some(joined) = formula.continuing(side, *origin)
        {
            formula = joined;
        }
        let (rows, diagnostics) =
            parse_math(formula.text(), Spelling::Latex, self.scopes.force());
        let chains: Vec<Chain> = rows.into_iter().map(|row| row.chain).collect();
        let formula = Arc::new(formula);
        let mut context = Context {
            place,
            piece,
            formula: Arc::clone(&formula),
            diagnostics: &diagnostics,
            cue: self.cue(token),
            index: 0,
        };
        for step in steps(&chains) {
            self.step(&mut context, step);
        }
        let last = chains.iter().rev().find_map(|chain| chain.sides.last()?.as_ref());
        let has_sign = chains.iter().any(|chain| !chain.signs.is_empty());
        if piece.display {
            self.open = last.map(|last| {
                let text = slice(formula.text(), last.span).to_owned();
                (text, formula.origin(last.span))
            });
        } else if has_sign {
            self.open = None;
        }
    }

    /// What the words before a formula say of it.
    fn cue(&self, token: usize) -> Cue {
        let Some(Token::Text(span)) =
            token.checked_sub(1).map(|at| &self.source.tokens[at])
        else {
            return Cue::None;
        };
        let text = self.source.slice(*span).to_lowercase();
        let sentence = text.rsplit(['.', ';', '?', '!']).next().unwrap_or_default();
        let words: Vec<&str> = sentence.split(|c: char| !c.is_alphabetic()).collect();
        let words: Vec<&str> =
            words.into_iter().filter(|word| !word.is_empty()).collect();
        let near = &words[words.len().saturating_sub(5)..];
        let has = |cues: &[&str]| near.iter().any(|word| cues.contains(word));
        if has(&[
            "that",
            "satisfies",
            "satisfying",
            "satisfy",
            "assume",
            "assuming",
            "suppose",
        ]) || near
            .last()
            .is_some_and(|word| matches!(*word, "with" | "where" | "that"))
        {
            Cue::Assumes
        } else if has(&[
            "let",
            "define",
            "defined",
            "denote",
            "denotes",
            "consider",
            "set",
            "put",
            "where",
            "introduce",
        ]) {
            Cue::Defines
        } else {
            Cue::None
        }
    }

    fn step(&mut self, context: &mut Context<'_>, step: Step<'_>) {
        match step {
            Step::Equal(sides) => {
                if !self.gives(context, &sides) {
                    self.claim(context, &sides, false);
                }
                context.index += 1;
            }
            Step::Define(sides) => {
                self.define(context, &sides);
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

    fn skip(&mut self, context: &Context<'_>, span: Span, reason: String, unread: bool) {
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

    /// Whether an equality gives something rather than claiming it; then it is taken.
    fn gives(&mut self, context: &Context<'_>, sides: &Sides<'_>) -> bool {
        let (left, right) = (sides.left.without_groups(), sides.right.without_groups());
        if left.has_unread() || right.has_unread() || sides.condition.is_some() {
            return false;
        }
        let defines = match &left.kind {
            Kind::Name(name) => match &right.kind {
                // `L = L(Y)`.
                Kind::Call { name: called, args, .. } if called == name => {
                    args.iter().all(|arg| matches!(arg.kind, Kind::Name(_)))
                }
                _ => {
                    let new = self.scopes.is_new(name)
                        || context.cue == Cue::Defines && self.scopes.is_defined(name);
                    new && !self.scopes.is_outside(name)
                        && !Uses::of(right).values.contains(name)
                }
            },
            // `h(x) = max(0, x)`.
            Kind::Call { name, primes: 0, args } => {
                let plain = matches!(args.as_slice(), [Expr { kind: Kind::Name(_), .. }]);
                plain
                    && function_word(name).is_none()
                    && (self.scopes.is_new(name)
                        || context.cue == Cue::Defines && !self.scopes.is_outside(name))
                    && !Uses::of(right).functions.contains(name)
            }
            // `z_i = \sum_j W_{ij} x_j`.
            Kind::Entry(base, indices) => match &base.without_groups().kind {
                Kind::Name(name) => {
                    self.scopes.is_new(name)
                        && indices.iter().all(|index| matches!(index.kind, Kind::Name(_)))
                        && !Uses::of(right).values.contains(name)
                }
                _ => false,
            },
            _ => false,
        };
        if defines {
            self.define(context, sides);
            return true;
        }
        // "with $\sum_k y_k = 1$" is a constraint, "where $Y = XW^T$" with a known Y a reminder.
        let whole = matches!(
            left.kind,
            Kind::Name(_) | Kind::Entry(..) | Kind::Derivative { .. }
        );
        if context.cue == Cue::Assumes
            && !whole
            && context.index == 0
            && !context.piece.display
        {
            let given = Given::Constraint { left: left.clone(), right: right.clone() };
            self.give(context, sides, given, Origin::Text);
            return true;
        }
        // `… = \zeta`: the last side names what the chain has come to.
        if let Kind::Name(name) = &right.kind
            && self.scopes.is_new(name)
            && !is_letter_index(left, name)
            && !Uses::of(left).values.contains(name)
            && !matches!(left.kind, Kind::Name(_))
        {
            let given = Given::Definition { left: right.clone(), right: left.clone() };
            self.give(context, sides, given, Origin::Definition);
            return true;
        }
        false
    }

    fn define(&mut self, context: &Context<'_>, sides: &Sides<'_>) {
        let (left, right) = (sides.left.without_groups(), sides.right.without_groups());
        let given = match (&left.kind, &right.kind) {
            (Kind::Name(name), Kind::Call { name: called, args, .. })
                if name == called =>
            {
                let of = args.iter().filter_map(|arg| match &arg.kind {
                    Kind::Name(name) => Some(name.clone()),
                    _ => None,
                });
                Given::Opaque { name: name.clone(), of: of.collect() }
            }
            (Kind::Name(name), Kind::Function { name: known, primes: 0 }) => {
                Given::Function { name: name.clone(), is: Some(known.clone()) }
            }
            // `\|W\| := \sqrt{W^T W}` defines what the language knows already.
            (Kind::Norm(..) | Kind::Transpose(_) | Kind::Bars(_), _) => {
                self.took(
                    context.formula.origin(sides.left.span).start,
                    text_of(context, sides),
                    Origin::Definition,
                    None,
                );
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
        let start = context.formula.origin(sides.left.span).start;
        match self.scopes.add(given, line) {
            Ok(_) => self.took(start, text, origin, None),
            Err(problem) => self.took(start, text, origin, Some(problem)),
        }
    }

    fn claim(&mut self, context: &Context<'_>, sides: &Sides<'_>, view: bool) {
        let mut claim = Claim {
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
            obstacle: None,
            borrowed: Vec::new(),
            remarks: Vec::new(),
        };
        if sides.left.has_unread() || sides.right.has_unread() {
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
            self.supply(&mut claim);
        }
        self.reading.claims.push(claim);
    }

    /// Finds givens for the names that nothing gives here.
    fn supply(&mut self, claim: &mut Claim) {
        let mut uses = Uses::of(&claim.lhs);
        uses.add(&claim.rhs);
        // An upstream loss: a scalar of what the section defines last.
        for name in &uses.differentiated {
            if claim.givens.kind(name).is_none()
                && let Some(of) = self.outputs()
            {
                let given = Given::Opaque { name: name.clone(), of: vec![of.clone()] };
                if claim.givens.add(&given).is_ok() {
                    let text = format!("{name} = {name}({of})");
                    if self.scopes.is_new(name) {
                        let _ = self.scopes.add(given, claim.place.line);
                        let start = claim.formula.origin(claim.lhs.span).start;
                        self.took(start, text.clone(), Origin::Inferred, None);
                    }
                    claim.remarks.push(format!("taken as given: {text}"));
                }
            }
        }
        let mut wanted: Vec<String> = uses.needed().map(str::to_owned).collect();
        let functions =
            uses.functions.iter().filter(|name| function_word(name).is_none()).cloned();
        wanted.extend(functions);
        let mut missing = Vec::new();
        let mut at = 0;
        while let Some(name) = wanted.get(at).cloned() {
            at += 1;
            if claim.givens.kind(&name).is_some() {
                continue;
            }
            match self.scopes.recall(&name) {
                Some(entry) => {
                    if let Given::Definition { right, .. } = &entry.given {
                        wanted.extend(Uses::of(right).needed().map(str::to_owned));
                    }
                    if let Given::Opaque { of, .. } = &entry.given {
                        wanted.extend(of.iter().cloned());
                    }
                    if claim.givens.add(&entry.given).is_err() {
                        missing.push(name);
                    } else {
                        claim
                            .borrowed
                            .push(format!("{name} as line {} gives it", entry.line));
                    }
                }
                None => missing.push(name),
            }
        }
        if !missing.is_empty() {
            let list = missing.join(", ");
            let verb = if missing.len() == 1 { "is" } else { "are" };
            claim.obstacle = Some(format!(
                "{list} {verb} not given: say what {list} {verb}, in the text or with --given"
            ));
        }
    }

    /// The one thing that the sections here define and do not use in another definition.
    fn outputs(&self) -> Option<String> {
        let definitions: Vec<(String, Given)> = self.scopes.definitions().collect();
        let used = |name: &str| {
            definitions.iter().any(|(_, given)| match given {
                Given::Definition { right, .. } => Uses::of(right).values.contains(name),
                _ => false,
            })
        };
        let mut outputs: Vec<&str> = definitions
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| !used(name))
            .collect();
        outputs.dedup();
        match outputs.as_slice() {
            [only] => Some((*only).to_owned()),
            _ => None,
        }
    }
}

/// Givens that the prose states further on, with the tokens at which they take effect.
type Ahead = std::iter::Peekable<std::vec::IntoIter<(usize, Stated)>>;

/// What a formula's step needs to know of the formula.
struct Context<'r> {
    place: Place,
    piece: Piece,
    formula: Arc<Formula>,
    diagnostics: &'r [Diagnostic],
    cue: Cue,
    index: usize,
}

/// What the words before a formula make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cue {
    None,
    /// "let", "define", "where": it defines.
    Defines,
    /// "such that", "with", "assuming": it restricts.
    Assumes,
}

/// The names that a stated given is about, in their canonical spelling.
fn canonical(stated: &Stated, names: &dyn Names) -> Option<Vec<String>> {
    let givens = parse_given(&stated.text, names).ok()?;
    Some(givens.iter().flat_map(names_of).collect())
}

fn token_start(token: &Token) -> Option<usize> {
    match token {
        Token::Heading(_, span) | Token::Text(span) | Token::Item(span) => {
            Some(span.start)
        }
        Token::Math(piece) => Some(piece.outer.start),
        Token::Break => None,
    }
}

fn slice(text: &str, span: Span) -> &str {
    text.get(span.start..span.end).unwrap_or_default()
}

fn text_of(context: &Context<'_>, sides: &Sides<'_>) -> String {
    slice(context.formula.text(), sides.left.span.to(sides.right.span)).to_owned()
}

/// Whether `name` is an index letter of the other side.
fn is_letter_index(other: &Expr, name: &str) -> bool {
    Uses::of(other).indices.contains(name)
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
