//! What sentences say of the entries, the rows and the kind of an array: "with entries in
//! $\{0, 1\}$", "the matrix with rows $x_i^T$", "upper triangular".

use super::prose::{BEHIND, Sentence, Stated, is_adjective};
use super::spelling::{is_size, memberships, names, two_values};
use super::words::Atom;
use crate::language::ast::Span;

impl<'s> Sentence<'_, 's> {
    /// `y \in \{0, 1\}^n`, `y_i \in \{-1, 1\}`: numbers of which only two values occur.
    pub(super) fn labels(
        &self,
        at: usize,
        names: &[&'s str],
        property: &str,
        power: &str,
        span: Span,
        found: &mut Vec<Stated>,
    ) {
        let set = format!("\\in \\mathbb{{R}}{power}");
        for name in names {
            let base = name.split('_').next().unwrap_or(name);
            if let Some(family) = self.family(at, name) {
                self.declare(&family, &set, span, true, found);
                self.declare(base, property, span, false, found);
            } else if base == *name {
                self.declare(name, &set, span, true, found);
                self.declare(name, property, span, false, found);
            } else {
                // `t_n \in \{0, 1\}` without a range: an entry of what has its shape elsewhere.
                self.declare(base, property, span, false, found);
            }
        }
    }

    /// "a mask $M$ with entries in $\{0, 1\}$".
    pub(super) fn entries_of(
        &self,
        at: usize,
        text: &str,
        span: Span,
        found: &mut Vec<Stated>,
    ) {
        let Some((property, "")) = two_values(text) else { return };
        let near = at.saturating_sub(4)..at;
        let said = near.filter_map(|at| self.word(at)).any(|word| {
            matches!(
                word,
                "entries"
                    | "elements"
                    | "components"
                    | "coordinates"
                    | "labels"
                    | "values"
            )
        });
        if !said {
            return;
        }
        let declared = (0..at).rev().find_map(|before| {
            let (text, _) = self.atoms[before].math()?;
            let members: Vec<&str> =
                memberships(text).into_iter().flat_map(|(names, _)| names).collect();
            if members.is_empty() { names(text) } else { Some(members) }
        });
        for name in declared.into_iter().flatten() {
            self.declare(name, property, span, false, found);
        }
    }

    /// "the matrix $X$ with rows $x_i^T$", "whose columns are $a_j$", "every row of $B$ is $b$": a
    /// matrix by its rows or columns.
    pub(super) fn stacked(&self, at: usize, found: &mut Vec<Stated>) {
        let rows = match self.word(at) {
            Some("row" | "rows") => true,
            Some("column" | "columns") => false,
            _ => return,
        };
        let next = |from: usize, most: usize| {
            (from..self.atoms.len().min(from + most))
                .find(|&at| self.atoms[at].math().is_some())
        };
        let plain = |word: usize| {
            self.word(word).is_some_and(|word| {
                matches!(
                    word,
                    "is" | "are"
                        | "all"
                        | "equal"
                        | "equals"
                        | "the"
                        | "copies"
                        | "of"
                        | "being"
                        | "vectors"
                        | "vector"
                        | "given"
                        | "by"
                        | "same"
                )
            })
        };
        // "the rows of B all equal b"
        if self.word(at + 1) == Some("of")
            && let Some(names) = self.names_at(at + 2)
            && let [matrix] = names[..]
            && let Some(other) = next(at + 3, 7)
            && (at + 3..other).all(plain)
            && let Some((text, span)) = self.atoms[other].math()
        {
            let members: Vec<&str> =
                memberships(text).into_iter().flat_map(|(names, _)| names).collect();
            let members = if members.is_empty() { names_of_list(text) } else { members };
            if let [vector] = members[..]
                && !vector.contains('_')
            {
                let indices = if rows { "_{ij} = " } else { "_{ji} = " };
                let vector = vector.trim();
                let rest = format!("{indices}{vector}_{{j}}");
                self.definition(matrix, &rest, span, found);
            }
            return;
        }
        let Some(other) = next(at + 1, 4) else { return };
        if !(at + 1..other).all(plain) {
            return;
        }
        let Some((text, span)) = self.atoms[other].math() else { return };
        let Some((base, script)) = text.split_once('_') else { return };
        let letter: String = script
            .trim_start_matches('{')
            .chars()
            .take_while(|c| c.is_ascii_lowercase())
            .collect();
        let rest = script.trim_start_matches('{')[letter.len()..].trim_start_matches('}');
        let transposed = ["", "^T", "^\\top", "^{T}", "^{\\top}"].contains(&rest.trim());
        if letter.len() != 1 || !transposed {
            return;
        }
        let matrix = (0..at).rev().find_map(|before| {
            let (text, _) = self.atoms[before].math()?;
            // "whose $i$-th row"
            let numbers = self
                .word(before + 1)
                .is_some_and(|word| matches!(word, "-th" | "th" | "-te" | "ten"));
            if numbers || text.ends_with("\\text{th}") || text.ends_with("^{th}") {
                return None;
            }
            let members: Vec<&str> =
                memberships(text).into_iter().flat_map(|(names, _)| names).collect();
            if members.is_empty() { names(text) } else { Some(members) }
        });
        if let Some([matrix]) = matrix.as_deref() {
            let rest = match rows {
                true => format!("_{{ij}} = {base}_{{ij}}"),
                false => format!("_{{ij}} = {base}_{{ji}}"),
            };
            self.definition(matrix, &rest, span, found);
        }
    }

    pub(super) fn definition(
        &self,
        name: &str,
        rest: &str,
        span: Span,
        found: &mut Vec<Stated>,
    ) {
        let given = Stated {
            text: format!("{name}{rest}"),
            name: name.to_owned(),
            span,
            shape: false,
            worded: true,
            supposed: false,
            unused: false,
        };
        if !found.contains(&given) {
            found.push(given);
        }
    }

    /// "Let $G$ denote the $N \times C$ matrix $\partial L/\partial S$": a name for a derivative.
    pub(super) fn denoted(&self, at: usize, found: &mut Vec<Stated>) {
        let Some(names) = self.names_at(at) else { return };
        let [name] = names[..] else { return };
        if !matches!(self.word(at + 1), Some("denote" | "denotes" | "be")) {
            return;
        }
        for behind in at + 2..self.atoms.len().min(at + 10) {
            match &self.atoms[behind] {
                Atom::Word(word) => {
                    let filler = matches!(
                        word.as_str(),
                        "the"
                            | "a"
                            | "matrix"
                            | "vector"
                            | "gradient"
                            | "upstream"
                            | "derivative"
                            | "array"
                            | "row"
                            | "column"
                    );
                    if !filler {
                        return;
                    }
                }
                Atom::Math(text, span) => {
                    let derivative = ["\\frac{\\partial", "\\dfrac{\\partial", "\\nabla"]
                        .iter()
                        .any(|start| text.starts_with(start));
                    if derivative && !text.contains('=') {
                        self.definition(name, &format!(" = {text}"), *span, found);
                    }
                    if derivative || !is_size(text) {
                        return;
                    }
                }
                Atom::Mark(_) => return,
            }
        }
    }

    /// "let $y$ be the index of the correct class", "the true class $c$": a fixed index.
    pub(super) fn class_of(&self, at: usize, found: &mut Vec<Stated>) {
        let Some((text, span)) = self.atoms[at].math() else { return };
        let letter = text.trim();
        if letter.len() != 1 || !letter.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return;
        }
        let word = |at: usize| self.word(at).unwrap_or_default();
        let right = |word: &str| {
            matches!(word, "true" | "correct" | "right" | "target" | "observed")
        };
        let kind = |word: &str| {
            matches!(word, "class" | "label" | "index" | "category" | "word")
        };
        let before = at >= 2 && kind(word(at - 1)) && right(word(at - 2));
        let mut behind = at + 1;
        let linked = matches!(word(behind), "is" | "be" | "denotes" | "being");
        while linked
            && matches!(
                word(behind),
                "is" | "be" | "denotes" | "being" | "the" | "a" | "an"
            )
        {
            behind += 1;
        }
        let named = linked
            && (right(word(behind)) && kind(word(behind + 1))
                || kind(word(behind)) && word(behind + 1) == "of");
        if before || named {
            self.declare(letter, "fixed index", span, false, found);
        }
    }

    /// Adjectives of the name at `at` that the language has no property for.
    pub(super) fn unused(&self, at: usize, found: &mut Vec<Stated>) {
        let Some((text, span)) = self.atoms[at].math() else { return };
        let members: Vec<&str> =
            memberships(text).into_iter().flat_map(|(names, _)| names).collect();
        let names = if members.is_empty() { self.names_at(at) } else { Some(members) };
        let Some(names) = names else { return };
        let between = |at: usize| match &self.atoms[at] {
            Atom::Word(word) => {
                is_adjective(word)
                    || matches!(word.as_str(), "upper" | "lower")
                    || UNUSED.contains(&word.as_str())
                    || BEHIND.contains(&word.as_str())
            }
            Atom::Mark(mark) => *mark == '(',
            Atom::Math(text, _) => text.contains("\\times") && is_size(text),
        };
        let behind = (at + 1..self.atoms.len().min(at + 7)).take_while(|&at| between(at));
        let before = (at.saturating_sub(4)..at).rev().take_while(|&at| {
            between(at) && self.word(at).is_some_and(|word| word != "is" && word != "and")
        });
        let said = behind
            .chain(before)
            .filter_map(|at| self.word(at))
            .find(|word| UNUSED.contains(word));
        let Some(said) = said else { return };
        for name in names {
            let first = found.len();
            self.declare(name, said, span, false, found);
            found[first..].iter_mut().for_each(|given| given.unused = true);
        }
    }
}

fn names_of_list(text: &str) -> Vec<&str> {
    names(text).unwrap_or_default()
}

/// Adjectives of arrays that the language has no property for.
const UNUSED: [&str; 30] = [
    "triangular",
    "upper-triangular",
    "lower-triangular",
    "banded",
    "tridiagonal",
    "toeplitz",
    "circulant",
    "stochastic",
    "row-stochastic",
    "column-stochastic",
    "idempotent",
    "unit",
    "unit-norm",
    "normalised",
    "normalized",
    "centred",
    "centered",
    "standardised",
    "standardized",
    "whitened",
    "permutation",
    "projection",
    "rank-one",
    "low-rank",
    "semidefinite",
    "semi-definite",
    "positive-semidefinite",
    "orthonormal",
    "block-diagonal",
    "nilpotent",
];
