//! The givens in force: a stack of sections, with what comes from outside on top.
//!
//! A given holds from where it stands to the next heading or question of the same or a higher
//! level, or until the name is given again. What an outside file gives wins over what the document
//! states: it was written for this document by someone who read it.

use std::collections::{BTreeMap, BTreeSet};

use super::givens::Outside;
use super::names::Uses;
use crate::language::ast::{Expr, Given, Kind, NameKind, Names, Span};
use crate::language::parse_given;
use crate::shape::{Givens, Reading, single};

/// More names than this in force at once are not taken: no one keeps that many apart.
const MOST: usize = 1_000;

/// A given of the document.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) given: Given,
    /// The line that gives it.
    pub(super) line: usize,
    /// Whether the text only implies it: a size in words, a name that is defined by its first use.
    /// What rests on it may be proved or refuted; that shapes do not fit says nothing.
    pub(super) soft: bool,
    /// Whether the text implies it without a word, as that a loss depends on what is computed last.
    pub(super) implied: bool,
    /// Whether its shape was inferred from the definition that it is an input of.
    pub(super) inferred: bool,
}

impl Entry {
    /// A given that a line states.
    pub(super) fn new(given: Given, line: usize) -> Self {
        Entry { given, line, soft: false, implied: false, inferred: false }
    }
}

/// A given of a section that has ended.
#[derive(Clone, Debug)]
pub(super) struct Lapsed {
    pub(super) entry: Entry,
    /// The section that gave it, and the one that holds that section.
    scope: usize,
    parent: usize,
    /// Whether that section only sets up what others speak of.
    prepares: bool,
}

#[derive(Clone, Debug, Default)]
struct Scope {
    number: usize,
    level: u8,
    label: String,
    /// What the document gives here and above.
    givens: Givens,
    entries: Vec<Entry>,
    /// What the text defines here in a way that is not understood, and the names used there.
    failed: Vec<(Vec<String>, Vec<String>)>,
    /// Names of which the text says something that is not used, and what.
    doubts: Vec<(String, String)>,
    /// Properties of names that have no shape yet.
    promised: Vec<Given>,
    /// Whether something is claimed here.
    claims: bool,
}

/// The sections that hold the current place, and the givens in force there.
pub(super) struct Scopes<'o> {
    outside: &'o Outside,
    stack: Vec<Scope>,
    force: Givens,
    /// A section's path, with the outside parts that fit it by their headings.
    named: Option<(Vec<String>, Vec<usize>)>,
    /// The outside parts that apply.
    applied: Vec<usize>,
    outside_names: BTreeSet<String>,
    /// Givens of sections that have ended, the last one last.
    lapsed: Vec<Lapsed>,
    /// What the names were that ended sections gave, and how many indices they take.
    past: BTreeMap<String, (Option<NameKind>, Option<usize>)>,
    /// The sizes in the shapes that ended sections gave.
    past_sizes: BTreeSet<String>,
    /// How many sections have begun.
    begun: usize,
}

impl<'o> Scopes<'o> {
    pub(super) fn new(outside: &'o Outside) -> Self {
        Scopes {
            outside,
            stack: vec![Scope::default()],
            force: Givens::new(),
            applied: Vec::new(),
            outside_names: BTreeSet::new(),
            named: None,
            lapsed: Vec::new(),
            past: BTreeMap::new(),
            past_sizes: BTreeSet::new(),
            begun: 0,
        }
    }

    /// Begins a section.
    pub(super) fn enter(&mut self, level: u8, label: String) {
        while self.stack.len() > 1
            && self.stack.last().is_some_and(|top| top.level >= level)
        {
            let ended = self.stack.pop().unwrap_or_default();
            let (scope, parent) =
                (ended.number, self.stack.last().map_or(0, |holder| holder.number));
            for name in ended.entries.iter().flat_map(|entry| names_of(&entry.given)) {
                let known = (ended.givens.kind(&name), ended.givens.rank(&name));
                self.past.insert(name, known);
            }
            self.past_sizes.extend(ended.givens.dimension_names());
            let prepares = !ended.claims && !is_question(ended.level, &ended.label);
            let lapsed = |entry| Lapsed { entry, scope, parent, prepares };
            // What was inferred was inferred for that section, but for the inputs of definitions.
            let used: BTreeSet<String> = ended
                .entries
                .iter()
                .filter_map(|entry| match &entry.given {
                    Given::Definition { right, .. } => Some(Uses::of(right)),
                    _ => None,
                })
                .flat_map(|uses| uses.values)
                .collect();
            let stated = ended.entries.into_iter().filter(|entry| {
                !entry.inferred
                    || names_of(&entry.given).iter().any(|name| used.contains(name))
            });
            self.lapsed.extend(stated.map(lapsed));
        }
        let givens = self.stack.last().map(|top| top.givens.clone()).unwrap_or_default();
        self.begun += 1;
        let number = self.begun;
        self.stack.push(Scope { number, level, label, givens, ..Scope::default() });
        self.applied.clear();
        self.rebuild();
    }

    /// The labels of the sections that hold the current place, outermost first.
    pub(super) fn path(&self) -> Vec<String> {
        self.stack[1..].iter().map(|scope| scope.label.clone()).collect()
    }

    /// The givens in force.
    pub(super) fn force(&self) -> &Givens {
        &self.force
    }

    /// Comes to a line: outside parts may begin or end. Answers the parts that begin.
    pub(super) fn at_line(&mut self, line: usize) -> Vec<usize> {
        let here = self.stack[1..].iter().map(|scope| &scope.label);
        if !self.named.as_ref().is_some_and(|(path, _)| path.iter().eq(here)) {
            let path = self.path();
            let named = self.outside.named(&path);
            self.named = Some((path, named));
        }
        let named = self.named.as_ref().map_or(&[][..], |(_, named)| named);
        let parts = self.outside.at_line(named, line);
        if parts == self.applied {
            return Vec::new();
        }
        let new =
            parts.iter().copied().filter(|part| !self.applied.contains(part)).collect();
        self.applied = parts;
        self.rebuild();
        new
    }

    fn rebuild(&mut self) {
        self.force = self.stack.last().map(|top| top.givens.clone()).unwrap_or_default();
        self.outside_names.clear();
        for &part in &self.applied {
            for text in self.outside.givens(part) {
                let Ok(givens) = parse_given(text, &self.force) else { continue };
                for given in givens {
                    self.outside_names.extend(names_of(&given));
                    // A fault is reported where the part is listed.
                    let _ = self.force.add(&given);
                }
            }
        }
    }

    /// Takes a given of the document. Answers whether it counts: not where the name comes from
    /// outside.
    ///
    /// # Errors
    /// When it contradicts itself, or too much is given already.
    pub(super) fn add(&mut self, entry: Entry) -> Result<bool, String> {
        let given = &entry.given;
        let names = names_of(given);
        let top = self.stack.last_mut().expect("the document itself is never popped");
        if top.entries.len() >= MOST {
            return Err(format!(
                "more than {MOST} givens are in force here: this one is not taken"
            ));
        }
        if names.iter().any(|name| self.outside_names.contains(name)) {
            return Ok(false);
        }
        top.givens.add(given).map_err(|error| error.message)?;
        self.force.add(given).map_err(|error| error.message)?;
        // A shape that does not fit what a name was defined as gives the name anew.
        if let Given::In { names, family: None, .. } = given {
            for name in names {
                if contradicts_itself(&self.force, name) {
                    top.givens.forget(name);
                    self.force.forget(name);
                    let _ = top.givens.add(given);
                    let _ = self.force.add(given);
                }
            }
        }
        let shaped = matches!(given, Given::In { .. });
        top.entries.push(entry);
        if shaped {
            for property in self.promised(&names) {
                let Some(top) = self.stack.last_mut() else { break };
                // A property that the shape does not allow says nothing.
                if top.givens.add(&property).is_ok() {
                    let _ = self.force.add(&property);
                }
            }
        }
        Ok(true)
    }

    /// Notes a property of a name that has no shape yet: it holds once it has one.
    pub(super) fn promise(&mut self, property: Given) {
        if let Some(top) = self.stack.last_mut()
            && top.promised.len() < MOST
            && !top.promised.contains(&property)
        {
            top.promised.push(property);
        }
    }

    /// What the text says of these names before they have a shape.
    pub(super) fn promised(&self, names: &[String]) -> Vec<Given> {
        self.stack
            .iter()
            .flat_map(|scope| &scope.promised)
            .filter(|given| names_of(given).iter().any(|name| names.contains(name)))
            .cloned()
            .collect()
    }

    /// Notes that the text says something of a name that is not used: what rests on the name is
    /// not condemned.
    pub(super) fn doubt(&mut self, name: String, reason: String) {
        if let Some(top) = self.stack.last_mut()
            && top.doubts.len() < MOST
        {
            top.doubts.push((name, reason));
        }
    }

    /// What the text says of one of these names and is not used.
    pub(super) fn doubtful<'n>(
        &self,
        mut names: impl Iterator<Item = &'n str>,
    ) -> Option<&str> {
        names.find_map(|name| {
            let mut doubts = self.stack.iter().flat_map(|scope| &scope.doubts);
            doubts.find(|(known, _)| known == name).map(|(_, reason)| reason.as_str())
        })
    }

    /// Whether the name is an element-wise function of which no more is known.
    pub(super) fn is_generic(&self, name: &str) -> bool {
        !self.is_outside(name)
            && self.latest(name).is_some_and(|entry| {
                matches!(entry.given, Given::Function { is: None, .. })
            })
    }

    /// Notes that a definition of these names, by those, is not understood.
    pub(super) fn fail(&mut self, names: Vec<String>, rests: Vec<String>) {
        if let Some(top) = self.stack.last_mut()
            && top.failed.len() < MOST
        {
            top.failed.push((names, rests));
        }
    }

    /// The names that are defined here in a way that is not understood, and what they use.
    pub(super) fn failed(&self) -> impl Iterator<Item = &(Vec<String>, Vec<String>)> {
        self.stack.iter().flat_map(|scope| &scope.failed)
    }

    /// Whether `name` was given after `other` was.
    pub(super) fn is_newer(&self, name: &str, other: &str) -> bool {
        let entries = || self.stack.iter().flat_map(|scope| &scope.entries);
        let last = |name: &str| {
            entries().enumerate().filter(|(_, entry)| shapes(entry, name)).last()
        };
        match (last(name), last(other)) {
            (Some((name, _)), Some((other, _))) => name > other,
            _ => false,
        }
    }

    /// Whether nothing gives the name here.
    pub(super) fn is_new(&self, name: &str) -> bool {
        self.force.kind(name).is_none()
    }

    /// Whether the name comes from outside.
    pub(super) fn is_outside(&self, name: &str) -> bool {
        self.outside_names.contains(name)
    }

    /// What the document says last of a name, in the sections that hold this place.
    pub(super) fn latest(&self, name: &str) -> Option<&Entry> {
        self.stack
            .iter()
            .rev()
            .flat_map(|scope| scope.entries.iter().rev())
            .find(|entry| shapes(entry, name))
    }

    /// The last given that says a name's shape, in the sections that hold this place.
    pub(super) fn declared(&self, name: &str) -> Option<&Given> {
        self.stack
            .iter()
            .rev()
            .flat_map(|scope| scope.entries.iter().rev())
            .map(|entry| &entry.given)
            .find(|given| {
                matches!(given, Given::In { names, .. } if names.iter().any(|n| n == name))
            })
    }

    /// Whether the document defines the name by an expression.
    pub(super) fn is_defined(&self, name: &str) -> bool {
        self.latest(name)
            .is_some_and(|entry| matches!(entry.given, Given::Definition { .. }))
    }

    /// Whether the name is a gradient under a name of its own: `\delta = ∂L/∂z`.
    pub(super) fn is_gradient(&self, name: &str) -> bool {
        self.latest(name).is_some_and(|entry| match &entry.given {
            Given::Definition { right, .. } => {
                matches!(right.without_groups().kind, Kind::Derivative { .. })
            }
            _ => false,
        })
    }

    /// Whether the name is a loss of which the text only implies what it depends on.
    pub(super) fn is_implied_loss(&self, name: &str) -> bool {
        !self.is_outside(name)
            && self.latest(name).is_some_and(|entry| {
                entry.implied && matches!(entry.given, Given::Opaque { .. })
            })
    }

    /// The unknown scalar functions in force here.
    pub(super) fn losses(&self) -> Vec<String> {
        let mut losses: Vec<String> = self
            .stack
            .iter()
            .flat_map(|scope| &scope.entries)
            .filter(|entry| matches!(entry.given, Given::Opaque { .. }))
            .flat_map(|entry| names_of(&entry.given))
            .collect();
        losses.sort();
        losses.dedup();
        losses
    }

    /// Whether the document gives the name a shape and says no more of it.
    pub(super) fn is_free(&self, name: &str) -> bool {
        !self.is_outside(name)
            && self
                .latest(name)
                .is_some_and(|entry| matches!(entry.given, Given::In { .. }))
    }

    /// Whether the name is defined as a number by a sum over all its indices, as losses are.
    pub(super) fn is_loss(&self, name: &str) -> bool {
        self.definitions().any(|(defined, given)| {
            defined == name
                && matches!(&given, Given::Definition { left, right }
                    if matches!(left.kind, Kind::Name(_)) && is_total(right))
        })
    }

    /// The names that a value of `name` depends on through definitions, itself among them.
    pub(super) fn closure(&self, name: &str) -> BTreeSet<String> {
        let mut known = BTreeSet::new();
        let mut open = vec![name.to_owned()];
        while let Some(name) = open.pop() {
            match self.latest(&name).map(|entry| &entry.given) {
                Some(Given::Definition { left, right }) => {
                    let mut uses = Uses::of(right);
                    if let Kind::Call { args, .. } = &left.kind {
                        for node in args {
                            if let Kind::Name(parameter) = &node.kind {
                                uses.values.remove(parameter);
                            }
                        }
                    }
                    let used = uses.needed().filter(|used| !known.contains(*used));
                    open.extend(used.map(str::to_owned));
                }
                Some(Given::Opaque { of, .. }) => {
                    open.extend(of.iter().filter(|of| !known.contains(*of)).cloned());
                }
                _ => {}
            }
            known.insert(name);
        }
        known
    }

    /// Whether something that the name rests on is only implied.
    pub(super) fn is_soft(&self, name: &str) -> bool {
        !self.is_outside(name)
            && self
                .closure(name)
                .iter()
                .any(|name| self.latest(name).is_some_and(|entry| entry.soft))
    }

    /// Whether the shape of the name, or of something that it rests on, was inferred.
    pub(super) fn is_inferred(&self, name: &str) -> bool {
        !self.is_outside(name)
            && self
                .closure(name)
                .iter()
                .any(|name| self.latest(name).is_some_and(|entry| entry.inferred))
    }

    /// The names that are defined here with the givens that define them, the last ones last.
    pub(super) fn definitions(&self) -> impl Iterator<Item = (String, Given)> + '_ {
        let outside = self
            .applied
            .iter()
            .flat_map(|&part| self.outside.givens(part))
            .flat_map(|text| parse_given(text, &self.force).unwrap_or_default());
        let own = self
            .stack
            .iter()
            .flat_map(|scope| &scope.entries)
            .map(|entry| entry.given.clone());
        own.chain(outside).filter_map(|given| match &given {
            Given::Definition { .. } => {
                Some((names_of(&given).into_iter().next()?, given))
            }
            _ => None,
        })
    }

    /// What a name with scripts of its own was in a section that has ended, where nothing gives its
    /// letter here: `Z_1` of the forward pass is no entry of `Z` in the backward pass.
    pub(super) fn lapsed_kind(&self, name: &str) -> Option<NameKind> {
        self.is_past(name).then(|| self.past.get(name)?.0)?
    }

    /// How many indices such a name takes.
    pub(super) fn lapsed_rank(&self, name: &str) -> Option<usize> {
        self.is_past(name).then(|| self.past.get(name)?.1)?
    }

    fn is_past(&self, name: &str) -> bool {
        let base = name.find(['_', '^']).map(|at| &name[..at]);
        match base {
            Some(base) => self.is_new(base) && self.is_new(name),
            // Letters with a meaning of their own keep it.
            None => {
                !matches!(name, "d" | "e" | "I" | "delta" | "E" | "T")
                    && self.is_new(name)
            }
        }
    }

    /// Whether the name was a size in the shapes of a section that has ended.
    pub(super) fn is_past_size(&self, name: &str) -> bool {
        self.past_sizes.contains(name)
    }

    /// Notes that a letter is a fixed index here.
    pub(super) fn fix_letter(&mut self, letter: &str) {
        if let Some(top) = self.stack.last_mut() {
            top.givens.fix_letter(letter);
        }
        self.force.fix_letter(letter);
    }

    /// Notes variables whose differential the text writes here.
    pub(super) fn move_variables(&mut self, names: &[String]) {
        for name in names {
            if let Some(top) = self.stack.last_mut() {
                top.givens.move_variable(name);
            }
            self.force.move_variable(name);
        }
    }

    /// Notes that something is claimed in the current section.
    pub(super) fn claims(&mut self) {
        for scope in &mut self.stack {
            scope.claims = true;
        }
    }

    /// The last given of a name in a section that has ended.
    pub(super) fn recall(&self, name: &str) -> Option<&Lapsed> {
        self.lapsed
            .iter()
            .rev()
            .find(|lapsed| !lapsed.entry.inferred && shapes(&lapsed.entry, name))
    }

    /// The same of a name that a definition from there rests on: what was inferred counts too.
    pub(super) fn recall_input(&self, name: &str) -> Option<&Lapsed> {
        self.lapsed.iter().rev().find(|lapsed| shapes(&lapsed.entry, name))
    }

    /// Whether a name that an ended section gives is surely meant here too: the section is a part of
    /// the same question, and no other part gives the name.
    pub(super) fn carries_over(&self, lapsed: &Lapsed, name: &str) -> bool {
        let question = (lapsed.parent != 0 || lapsed.prepares)
            && self.stack.iter().any(|scope| scope.number == lapsed.parent);
        question
            && self.lapsed.iter().all(|other| {
                other.parent != lapsed.parent
                    || other.scope == lapsed.scope
                    || !shapes(&other.entry, name)
            })
    }

    /// What else the section that gave a name says of it: its properties.
    pub(super) fn said_with(
        &self,
        lapsed: &Lapsed,
        name: &str,
    ) -> impl Iterator<Item = &Given> {
        self.lapsed
            .iter()
            .filter(move |other| other.scope == lapsed.scope)
            .map(|other| &other.entry.given)
            .filter(move |given| match given {
                Given::Property { .. } | Given::In { .. } => {
                    names_of(given).iter().any(|given| given == name)
                }
                Given::Constraint { left, right } => {
                    let mut uses = Uses::of(left);
                    uses.add(right);
                    uses.values.contains(name)
                }
                _ => false,
            })
    }
}

/// Whether the shape that a name is given and the one that it is defined with do not fit.
fn contradicts_itself(givens: &Givens, name: &str) -> bool {
    if givens.definition(name).is_none() {
        return false;
    }
    let named = Expr { kind: Kind::Name(name.to_owned()), span: Span::default() };
    single(givens, &named, Reading::default())
        .is_err_and(|fault| fault.message.starts_with(&format!("`{name}` is given as")))
}

/// Whether a section is a question of a sheet, which has nothing to do with the next.
fn is_question(level: u8, label: &str) -> bool {
    const WORDS: [&str; 6] =
        ["question", "problem", "exercise", "task", "aufgabe", "example"];
    let label = label.to_lowercase();
    level >= 10 || WORDS.iter().any(|word| label.starts_with(word))
}

/// Whether an entry says what a name is, rather than a property of it.
fn shapes(entry: &Entry, name: &str) -> bool {
    !matches!(entry.given, Given::Property { .. } | Given::Constraint { .. })
        && names_of(&entry.given).iter().any(|given| given == name)
}

/// The names that a given is about.
pub(super) fn names_of(given: &Given) -> Vec<String> {
    match given {
        Given::In { names, .. } => names.clone(),
        Given::Function { name, .. }
        | Given::Opaque { name, .. }
        | Given::Property { name, .. } => vec![name.clone()],
        Given::Definition { left, .. } => match &left.kind {
            Kind::Name(name) | Kind::Call { name, .. } => vec![name.clone()],
            Kind::Entry(base, _) => match &base.without_groups().kind {
                Kind::Name(name) => vec![name.clone()],
                _ => Vec::new(),
            },
            _ => Vec::new(),
        },
        Given::Constraint { .. } => Vec::new(),
    }
}

/// Whether an expression is a sum over indices, up to a factor that has none: a number.
fn is_total(expr: &Expr) -> bool {
    match &expr.without_groups().kind {
        Kind::Sum(..) => true,
        Kind::Add(terms) => terms.iter().all(|(_, term)| is_total(term)),
        Kind::Product(left, _, right) => {
            let plain = |expr: &Expr| {
                matches!(expr.without_groups().kind, Kind::Number(_) | Kind::Quotient(..))
            };
            plain(left) && is_total(right)
        }
        _ => false,
    }
}
