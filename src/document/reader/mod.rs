//! Reads a document from top to bottom: what it gives, what it claims.
//!
//! Reading is sequential, since every given changes how the next formula is read; judging what was
//! read is not.

mod cue;
mod define;
mod formula;
mod infer;
mod link;
mod loss;
mod sentence;
mod setup;
mod supply;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use self::define::dependence;
use self::formula::Context;
use super::chain::Sides;
use super::checked::{Origin, Skipped, Taken};
use super::conventions::Conventions;
use super::formula::Formula;
use super::givens::{
    Outside, Stated, announces_einstein, announces_layout, stated, subscripted,
};
use super::samples::Samples;
use super::scope::{Entry, Scopes, names_of};
use super::section::{Mark, marks};
use super::solution::Stationary;
use super::source::{Place, Source, Token};
use crate::language::ast::{Condition, Expr, Given, Kind, NameKind, Names, Sign, Span};
use crate::language::{Macros, parse_given};
use crate::shape::Givens;

/// A claim, with everything needed to judge it.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) place: Place,
    pub(super) index: usize,
    /// The left side of the definition whose right side it goes on from: `f := a` before `a = b`.
    pub(super) opened_by: Option<String>,
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
    /// Whether the document announces the denominator layout.
    pub(super) denominator: bool,
    /// Whether the document announces the numerator layout.
    pub(super) numerator: bool,
    /// A name of which only the use shows the shape.
    pub(super) inferred: Option<String>,
    /// Why it cannot be judged, where it cannot.
    pub(super) obstacle: Option<String>,
    /// Why it need not hold in general, where the text says so; then it cannot be wrong.
    pub(super) equation: Option<String>,
    /// Givens that the text does not state here; a verdict that rests on them condemns nothing.
    pub(super) borrowed: Vec<String>,
    /// Whether it rests on what the text only implies: then shapes that do not fit condemn nothing.
    pub(super) soft: bool,
    pub(super) remarks: Vec<String>,
    /// The derivative that the text sets to zero here: the claim is about where it vanishes.
    pub(super) stationary: Option<Stationary>,
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
        samples: Samples::of(source),
        scopes: Scopes::new(outside),
        outside,
        section: Arc::from([]),
        einstein: announces_einstein(source, 0..source.tokens.len()),
        denominator: announces_layout(source, "denominator", "numerator"),
        numerator: announces_layout(source, "numerator", "denominator"),
        random: false,
        chance: false,
        subscripted: Vec::new(),
        called: Vec::new(),
        conventions: Conventions::default(),
        pointwise: false,
        open: None,
        defined: None,
        supposed: Vec::new(),
        solutions: Vec::new(),
        stationary: None,
        vanishes: false,
        visited: BTreeSet::new(),
        reading: Reading::default(),
    };
    reader.document();
    reader.reading
}

struct Reader<'s> {
    source: &'s Source,
    macros: Macros,
    /// What numbers samples.
    samples: Samples,
    scopes: Scopes<'s>,
    outside: &'s Outside,
    section: Arc<[String]>,
    einstein: bool,
    denominator: bool,
    numerator: bool,
    /// Whether the current section integrates: then a density and its variable need no given.
    random: bool,
    /// Whether the text has spoken of a random variable or a density.
    chance: bool,
    /// Names such as `B_1` that the current section sets up.
    subscripted: Vec<String>,
    /// Names that the current section sets up as functions of a number.
    called: Vec<String>,
    /// What is written in short.
    conventions: Conventions,
    /// Whether the current section speaks of activations or of working element by element.
    pointwise: bool,
    /// The last side of the last display: its text and place. A display may go on from it.
    open: Option<(String, Span)>,
    /// The left side of the last definition, and the place of its right side.
    defined: Option<(String, Span)>,
    /// Givens that hold within these tokens only.
    supposed: Vec<(Given, Range<usize>)>,
    /// The last derivative that the section states, and whether it is set to zero.
    stationary: Option<Stationary>,
    vanishes: bool,
    /// What the section solves for.
    solutions: Vec<Given>,
    /// The formulas that have been read, by their tokens.
    visited: BTreeSet<usize>,
    reading: Reading,
}

impl Reader<'_> {
    fn document(&mut self) {
        let marks = marks(self.source);
        let mut next = marks.iter().peekable();
        let first = marks.first().map_or(self.source.tokens.len(), |mark| mark.token);
        let mut ahead = self.begin(0, first);
        for at in 0..self.source.tokens.len() {
            if let Some(mut mark) = next.next_if(|mark| mark.token == at) {
                // `c) i)` begins a part and a part of it.
                while let Some(inner) = next.next_if(|mark| mark.token == at) {
                    self.scopes.enter(mark.level, mark.label.clone());
                    mark = inner;
                }
                let end = next.peek().map_or(self.source.tokens.len(), |mark| mark.token);
                ahead = self.enter(mark, end);
            }
            while let Some(given) = ahead.next_if(|given| given.0 <= at) {
                self.state(given.0, &given.1);
            }
            self.visit(at);
        }
        // Definitions may have been read before the formulas that use them.
        let place = |place: &Place| (place.line, place.column);
        self.reading.claims.sort_by_key(|claim| place(&claim.place));
        self.reading.skipped.sort_by_key(|skipped| place(&skipped.place));
    }

    /// Reads the formula at a token, if one stands there: after the definitions behind it that its
    /// sentence adds ("$h = \\tanh(z)$ with $z = Wx$").
    fn visit(&mut self, at: usize) {
        let Token::Math(piece) = &self.source.tokens[at] else { return };
        if !self.visited.insert(at) {
            return;
        }
        for behind in sentence::definitions_behind(self.source, at) {
            self.visit(behind);
        }
        self.formula(at, *piece);
    }

    fn enter(&mut self, mark: &Mark, end: usize) -> Ahead {
        self.scopes.enter(mark.level, mark.label.clone());
        self.section = Arc::from(self.scopes.path());
        self.open = None;
        self.solutions.clear();
        self.vanishes = false;
        self.conventions.end_section();
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
        let said = self.prose(start, end);
        let expects = formulas().any(|text| {
            ["E[", "E}[", "E}\\left[", "Var"].iter().any(|sign| text.contains(sign))
        });
        let varies = said.contains("random variable") || said.contains("density");
        let variable = said.contains("random variable");
        self.chance |= varies;
        self.random = random || variable || expects && self.chance;
        if self.random {
            self.distribution(&said, start);
        }
        self.subscripted = names;
        self.called.clear();
        self.pointwise = self.source.tokens[start..end].iter().any(|token| match token {
            Token::Text(span) => {
                let text = self.source.slice(*span).to_lowercase();
                [
                    "element",
                    "activation",
                    "entrywise",
                    "entry-wise",
                    "pointwise",
                    "nonlinear",
                ]
                .iter()
                .any(|word| text.contains(word))
            }
            _ => false,
        });
        let starts: Vec<(usize, usize)> = (start..end)
            .filter_map(|at| Some((token_start(&self.source.tokens[at])?, at)))
            .collect();
        let mut later = Vec::new();
        for given in stated(self.source, start..end) {
            let behind =
                starts.partition_point(|(offset, _)| *offset <= given.span.start);
            let token = behind.checked_sub(1).map_or(start, |at| starts[at].1);
            let new = given.shape
                && self.canonical(&given).is_some_and(|names| {
                    names.iter().all(|name| self.scopes.is_new(name))
                });
            if new {
                self.state(token, &given);
            } else {
                later.push((token, given));
            }
        }
        later.into_iter().peekable()
    }

    /// The text of a stretch of tokens without dollars, in lower case.
    fn prose(&self, start: usize, end: usize) -> String {
        let mut text = String::new();
        for token in &self.source.tokens[start..end] {
            match token {
                Token::Text(span) => text.push_str(self.source.slice(*span)),
                Token::Math(piece) if !piece.display => {
                    text.push_str(self.source.slice(piece.body));
                }
                _ => text.push(' '),
            }
        }
        text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Takes what words say of a random variable: "a density that is symmetric around 0".
    fn distribution(&mut self, said: &str, start: usize) {
        let has = |phrases: &[&str]| phrases.iter().any(|phrase| said.contains(phrase));
        let named = |name: &str| Expr {
            kind: Kind::Name(name.to_owned()),
            span: Span::default(),
        };
        let at = |kind: Kind| Expr { kind, span: Span::default() };
        let call = |arg: Expr| {
            at(Kind::Call { name: "p".to_owned(), primes: 0, args: vec![arg] })
        };
        if has(&["not symmetric", "asymmetric", "non-zero mean", "nonzero mean"]) {
            return;
        }
        let mut givens = Vec::new();
        if has(&[
            "symmetric around 0",
            "symmetric about 0",
            "symmetric around zero",
            "symmetric about zero",
            "symmetric around the origin",
            "symmetric about the origin",
            "symmetric density",
            "symmetric distribution",
        ]) {
            let minus = at(Kind::Add(vec![(Sign::Minus, named("f"))]));
            let given = Given::Constraint { left: call(named("f")), right: call(minus) };
            givens.push((given, "a density symmetric around 0"));
        }
        if has(&["mean 0", "mean zero", "zero mean", "zero-mean", "mean of 0"]) {
            let left = at(Kind::Expectation("E".to_owned(), Box::new(named("f"))));
            let zero = at(Kind::Number(crate::language::ast::whole(0)));
            givens.push((Given::Constraint { left, right: zero }, "mean 0"));
        }
        let offset = self.offset(start).unwrap_or(0);
        let line = self.source.place(offset).line;
        for (given, text) in givens {
            if self.scopes.add(Entry::new(given, line)).is_ok() {
                self.took(offset, text.to_owned(), Origin::Text, None);
            }
        }
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

    /// What the parser needs to know of names here.
    fn known(&self) -> Known<'_> {
        Known {
            scopes: &self.scopes,
            names: &self.subscripted,
            called: &self.called,
            conventions: &self.conventions,
        }
    }

    /// The names that a stated given is about, in their canonical spelling.
    fn canonical(&self, stated: &Stated) -> Option<Vec<String>> {
        let known = self.known();
        let givens = parse_given(&self.samples.of_family(&stated.text), &known).ok()?;
        Some(givens.iter().flat_map(names_of).collect())
    }

    /// Takes a given that the prose states.
    fn state(&mut self, token: usize, stated: &Stated) {
        let line = self.source.place(stated.span.start).line;
        let text = self.samples.of_family(&self.macros.expand(&stated.text).text);
        let known = self.known();
        if stated.unused {
            self.doubt(stated);
            return;
        }
        if stated.text.ends_with(" fixed index") {
            self.scopes.fix_letter(&stated.name);
            self.took(stated.span.start, stated.text.clone(), Origin::Text, None);
            return;
        }
        let result = parse_given(&text, &known)
            .map(|givens| {
                let stacked = |given| self.members(dependence(given));
                givens.into_iter().map(stacked).collect::<Vec<_>>()
            })
            .map_err(|diagnostic| diagnostic.message)
            .and_then(|givens| {
                givens.into_iter().try_fold(false, |any, given| {
                    // A property of a name without a shape makes it a square matrix.
                    if let Given::Property { name, .. } = &given
                        && self.scopes.is_new(name)
                    {
                        self.scopes.promise(given);
                        return Ok(any);
                    }
                    if stated.supposed {
                        self.suppose(given, token);
                        return Ok(any);
                    }
                    names_of(&given).iter().for_each(|name| {
                        self.conventions.forget(name);
                    });
                    let entry = Entry { soft: stated.worded, ..Entry::new(given, line) };
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
}

impl Reader<'_> {
    /// "the matrix $X$ whose rows are $x_i^T$" of a given X and an x that nothing gives says what the
    /// x are: the rows of X, as columns.
    fn members(&self, given: Given) -> Given {
        let Given::Definition { left, right } = &given else { return given };
        let (Kind::Entry(matrix, at), Kind::Entry(vector, of)) =
            (&left.kind, &right.kind)
        else {
            return given;
        };
        let ([row, _], [first, _]) = (at.as_slice(), of.as_slice()) else { return given };
        let Kind::Name(name) = &vector.kind else { return given };
        let free =
            matches!(&matrix.kind, Kind::Name(matrix) if self.scopes.is_free(matrix));
        if !free || !self.scopes.is_new(name) {
            return given;
        }
        let at = |kind| Expr { kind, span: Span::default() };
        let colon = at(Kind::Colon);
        let entry = |at_: Vec<Expr>| at(Kind::Entry(matrix.clone(), at_));
        let member = match row == first {
            true => {
                let row = entry(vec![first.clone(), colon]);
                at(Kind::Transpose(Box::new(row)))
            }
            false => entry(vec![colon, first.clone()]),
        };
        let left = at(Kind::Entry(vector.clone(), vec![first.clone()]));
        Given::Definition { left, right: member }
    }

    /// Takes a given that holds in the sentence of `token` only.
    fn suppose(&mut self, given: Given, token: usize) {
        let end = sentence::end(self.source, token);
        self.supposed.push((given, sentence::start(self.source, token)..end));
    }

    /// Notes what the text says of a name and cannot be used.
    fn doubt(&mut self, stated: &Stated) {
        let word =
            stated.text.strip_prefix(stated.name.as_str()).unwrap_or_default().trim();
        let membership = format!("{} \\in \\mathbb{{R}}", stated.name);
        let known = self.known();
        let Ok(givens) = parse_given(&membership, &known) else { return };
        for name in givens.iter().flat_map(names_of) {
            let reason = format!("the text says \"{word}\" of {name}, which is not used");
            self.scopes.doubt(name, reason);
        }
    }
}

/// Givens that the prose states further on, with the tokens at which they take effect.
type Ahead = std::iter::Peekable<std::vec::IntoIter<(usize, Stated)>>;

/// The givens in force, and the names that the section sets up further on.
struct Known<'g> {
    scopes: &'g Scopes<'g>,
    names: &'g [String],
    /// Names that are set up as functions of a number.
    called: &'g [String],
    conventions: &'g Conventions,
}

impl Names for Known<'_> {
    fn rank(&self, name: &str) -> Option<usize> {
        self.scopes.force().rank(name).or_else(|| self.scopes.lapsed_rank(name))
    }

    fn kind(&self, name: &str) -> Option<NameKind> {
        if self.conventions.is_quantity(name)
            || self.scopes.force().kind(name).is_none()
                && self.called.iter().any(|set| set == name)
        {
            return Some(NameKind::Function);
        }
        let known = self.scopes.force().kind(name);
        known
            .or_else(|| {
                self.names.iter().any(|set| set == name).then_some(NameKind::Array)
            })
            .or_else(|| self.scopes.lapsed_kind(name))
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
