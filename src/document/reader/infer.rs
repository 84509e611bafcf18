//! What a text leaves unsaid and its formulas show: the shapes of names, element-wise functions.
//!
//! **Invariant:** what is inferred is said to be, and nothing is inferred where more than one
//! reading fits.

use super::Reader;
use crate::document::checked::Origin;
use crate::document::scope::Entry;
use crate::language::ast::{Expr, Given, Kind, Span};
use crate::shape::{Found, from_use};

/// More names than this at once are not guessed.
const MOST: usize = 5;

/// Letters for sizes that nothing names, in the order of taste.
const SIZES: [&str; 12] = ["n", "m", "p", "d", "k", "q", "r", "N", "M", "D", "K", "P"];

impl Reader<'_> {
    /// The shapes of the `unknown` names that their use shows, each as a given with its text; none
    /// where more than one reading fits, or none does.
    pub(super) fn shapes_from_use(
        &self,
        unknown: &[String],
        lhs: Option<&Expr>,
        rhs: &Expr,
    ) -> Option<Vec<(Given, String)>> {
        if unknown.is_empty() || unknown.len() > MOST || self.random {
            return None;
        }
        let sides: Vec<&Expr> = lhs.into_iter().chain([rhs]).collect();
        let ranks: Vec<Vec<usize>> =
            unknown.iter().map(|name| ranks(name, &sides)).collect();
        let mut fitting = Vec::new();
        let combinations: usize = ranks.iter().map(Vec::len).product();
        for number in 0..combinations {
            let mut rest = number;
            let chosen: Vec<(String, usize)> = unknown
                .iter()
                .zip(&ranks)
                .map(|(name, ranks)| {
                    let rank = ranks[rest % ranks.len()];
                    rest /= ranks.len();
                    (name.clone(), rank)
                })
                .collect();
            let one = |size: &Found| *size == Found::Given("1".to_owned());
            if let Some(found) = from_use(self.scopes.force(), &chosen, lhs, rhs)
                // What fits at the size 1 only is no reading of its own.
                && !found.iter().flatten().any(one)
            {
                fitting.push((chosen, found));
            }
        }
        // Numbers are the plainest reading of what works for arrays too.
        if fitting.len() > 1
            && lhs.is_some()
            && let Some(at) = fitting
                .iter()
                .position(|(chosen, _)| chosen.iter().all(|(_, rank)| *rank == 0))
        {
            fitting = vec![fitting.swap_remove(at)];
        }
        let Ok([(chosen, found)]) = <[_; 1]>::try_from(fitting) else { return None };
        let mut new: Vec<String> = Vec::new();
        let given = |((name, _), sizes): (&(String, usize), Vec<Found>)| {
            let sizes: Vec<String> = sizes
                .into_iter()
                .map(|size| match size {
                    Found::Given(size) => size,
                    Found::New(number) => {
                        while new.len() <= number {
                            new.push(self.free_size(&new));
                        }
                        new[number].clone()
                    }
                })
                .collect();
            shaped(name, &sizes)
        };
        Some(chosen.iter().zip(found).map(given).collect())
    }

    /// Gives the inputs of a definition the shapes that it shows; whether it could.
    pub(super) fn infer_inputs(
        &mut self,
        unknown: &[String],
        lhs: Option<&Expr>,
        rhs: &Expr,
        start: usize,
    ) -> bool {
        let Some(found) = self.shapes_from_use(unknown, lhs, rhs) else { return false };
        let line = self.source.place(start).line;
        for (given, text) in found {
            let entry = Entry { soft: true, inferred: true, ..Entry::new(given, line) };
            if self.scopes.add(entry).is_ok() {
                self.took(start, text, Origin::Inferred, None);
            }
        }
        true
    }

    /// A letter for a size that the text uses for nothing.
    fn free_size(&self, taken: &[String]) -> String {
        let free = |letter: &str| {
            self.scopes.is_new(letter) && !taken.iter().any(|taken| taken == letter)
        };
        match SIZES.iter().find(|letter| free(letter)) {
            Some(letter) => (*letter).to_owned(),
            None => format!("n_{}", taken.len()),
        }
    }

    /// Takes an unknown function to be element-wise where its letter is one for functions and the
    /// section speaks of activations or of working element by element; whether it could. The logistic function is what `\sigma` stands for unless the text says otherwise.
    pub(super) fn supply_function(&mut self, name: &str, start: usize) -> bool {
        let letter = matches!(
            name,
            "f" | "g" | "h" | "sigma" | "phi" | "varphi" | "psi" | "rho" | "act"
        );
        let known = name == "sigma" || self.pointwise;
        if !letter || !known || self.random || !self.scopes.is_new(name) {
            return false;
        }
        let is = (name == "sigma").then(|| "sigmoid".to_owned());
        let text = match &is {
            Some(known) => format!("{name} = {known}"),
            None => format!("{name} elementwise"),
        };
        let given = Given::Function { name: name.to_owned(), is };
        let line = self.source.place(start).line;
        let entry = Entry { soft: true, ..Entry::new(given, line) };
        let added = self.scopes.add(entry).is_ok();
        if added {
            self.took(start, text, Origin::Inferred, None);
        }
        added
    }
}

/// A name's shape as a given, and how it is said.
fn shaped(name: &str, sizes: &[String]) -> (Given, String) {
    let size = |size: &String| {
        let kind = match size.parse::<i64>() {
            Ok(number) => Kind::Number(crate::language::ast::whole(number)),
            Err(_) => Kind::Name(size.clone()),
        };
        Expr { kind, span: Span::default() }
    };
    let given = Given::In {
        names: vec![name.to_owned()],
        shape: sizes.iter().map(size).collect(),
        natural: false,
        properties: Vec::new(),
        family: None,
    };
    let set = match sizes {
        [] => "R".to_owned(),
        _ => format!("R^{{{}}}", sizes.join(" x ")),
    };
    (given, format!("{name} in {set}"))
}

/// The numbers of axes that a name can have by its letter and its use.
fn ranks(name: &str, sides: &[&Expr]) -> Vec<usize> {
    let mut seen = Seen::default();
    for side in sides {
        seen.look(name, side);
    }
    if let Some(indices) = seen.indices {
        return vec![indices.min(2)];
    }
    let letter = name.rsplit(' ').next().unwrap_or(name);
    let greek = letter.split('_').next().is_some_and(|base| base.len() > 1);
    let capital = letter.starts_with(|c: char| c.is_uppercase());
    match (capital, greek) {
        (true, false) => vec![2],
        _ if seen.linear => vec![1],
        (true, true) => vec![2, 0],
        (false, _) => vec![0, 1],
    }
}

/// How a name is used.
#[derive(Default)]
struct Seen {
    /// How many indices its entries have.
    indices: Option<usize>,
    /// Whether it is transposed, measured, or multiplied with a matrix.
    linear: bool,
}

impl Seen {
    fn look(&mut self, name: &str, expr: &Expr) {
        let is = |expr: &Expr| matches!(&expr.without_groups().kind, Kind::Name(n) if n == name);
        let matrix = |expr: &Expr| match &expr.without_groups().kind {
            Kind::Name(name) => name.starts_with(|c: char| c.is_ascii_uppercase()),
            Kind::Transpose(_) => true,
            _ => false,
        };
        match &expr.kind {
            Kind::Entry(base, indices) if is(base) => self.indices = Some(indices.len()),
            Kind::Transpose(inner) | Kind::Norm(inner, _) if is(inner) => {
                self.linear = true;
            }
            Kind::Product(left, _, right) => {
                // `A B x`: the factor beside x is the last of the left ones.
                let last = match &left.without_groups().kind {
                    Kind::Product(_, _, last) => last,
                    _ => left,
                };
                if is(right) && matrix(last) || is(left) && matrix(right) {
                    self.linear = true;
                }
            }
            _ => {}
        }
        expr.for_each_child(&mut |child| self.look(name, child));
    }
}
