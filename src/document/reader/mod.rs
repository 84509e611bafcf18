//! Reads a document from top to bottom: what it gives, what it claims.
//!
//! Reading is sequential, since every given changes how the next formula is read; judging what was
//! read is not.

mod cue;
mod define;
mod supply;

use std::sync::Arc;

use self::cue::{Cue, cue};
use super::chain::{Sides, Step, steps};
use super::checked::{Origin, Skipped, Taken};
use super::formula::Formula;
use super::givens::{Outside, Stated, announces_einstein, stated, subscripted};
use super::scope::{Entry, Scopes, names_of};
use super::section::{Mark, marks};
use super::source::{Piece, Place, Source, Token};
use crate::language::ast::{
    Chain, Condition, Diagnostic, Expr, Given, NameKind, Names, Severity, Span, Spelling,
};
use crate::language::{Macros, parse_given, parse_math};
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
    /// Whether it rests on what the text only implies: then shapes that do not fit condemn nothing.
    pub(super) soft: bool,
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
        random: false,
        subscripted: Vec::new(),
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
    /// Whether the current section integrates: then a density and its variable need no given.
    random: bool,
    /// Names such as `B_1` that the current section sets up.
    subscripted: Vec<String>,
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
        let formulas = || {
            self.source.tokens[start..end].iter().filter_map(|token| match token {
                Token::Math(piece) => Some(self.source.slice(piece.body)),
                _ => None,
            })
        };
        let random =
            formulas().any(|text| text.contains("\\int") && !text.contains("\\intercal"));
        let names = formulas().flat_map(subscripted).collect();
        self.random = random;
        self.subscripted = names;
        let starts: Vec<(usize, usize)> = (start..end)
            .filter_map(|at| Some((token_start(&self.source.tokens[at])?, at)))
            .collect();
        let mut later = Vec::new();
        for given in stated(self.source, start..end) {
            let behind =
                starts.partition_point(|(offset, _)| *offset <= given.span.start);
            let token = behind.checked_sub(1).map_or(start, |at| starts[at].1);
            let new = given.shape
                && canonical(&given, self.scopes.force()).is_some_and(|names| {
                    names.iter().all(|name| self.scopes.is_new(name))
                });
            if new {
                self.state(&given);
            } else {
                later.push((token, given));
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
        // The same formula may say the same twice.
        if !self.reading.givens.iter().rev().take(20).any(|known| *known == taken) {
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
                    let entry = Entry { given, line, soft: stated.worded };
                    Ok(self.scopes.add(entry)? || any)
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
        let known = Known { givens: self.scopes.force(), names: &self.subscripted };
        let (rows, diagnostics) = parse_math(formula.text(), Spelling::Latex, &known);
        let chains: Vec<Chain> = rows.into_iter().map(|row| row.chain).collect();
        let formula = Arc::new(formula);
        let mut context = Context {
            place,
            piece,
            formula: Arc::clone(&formula),
            diagnostics: &diagnostics,
            cue: cue(self.source, token),
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

    fn step(&mut self, context: &mut Context<'_>, step: Step<'_>) {
        match step {
            Step::Equal(sides) => {
                let span = sides.left.span.to(sides.right.span);
                let inline = !context.piece.display && context.index == 0;
                if inline && context.cue == Cue::Supposes {
                    let reason = "a case that the text considers, not a claim".to_owned();
                    self.skip(context, span, reason, false);
                } else if self.sets_value(&sides) && context.cue != Cue::Asserts {
                    self.skip(context, span, "it sets a value".to_owned(), false);
                } else if !self.gives(context, &sides) {
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
            soft: false,
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

/// The givens in force, and the names that the section sets up further on.
struct Known<'g> {
    givens: &'g Givens,
    names: &'g [String],
}

impl Names for Known<'_> {
    fn kind(&self, name: &str) -> Option<NameKind> {
        let known = self.givens.kind(name);
        known.or_else(|| {
            self.names.iter().any(|set| set == name).then_some(NameKind::Array)
        })
    }
}

/// That names are not given, and what to do.
fn not_given(names: &[String]) -> String {
    let list = names.join(", ");
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!(
        "{list} {verb} not given: say what {list} {verb}, in the text or with --given"
    )
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
