//! Sizes in words: "an $n \times d$ matrix $X$", "$x$ is a $d$-dimensional vector", "$S$ is the batch
//! size", "with scalars $a$ and $b$".

use super::prose::{Sentence, Stated, is_adjective};
use super::spelling::is_size;
use super::words::Atom;
use crate::language::ast::Span;

impl<'s> Sentence<'_, 's> {
    /// A size, `n \times m` or `I` x `K`: of the name before it, or of the one behind "matrix".
    pub(super) fn sized(&self, at: usize, found: &mut Vec<Stated>) {
        let Some((rows, columns, width, span)) = self.size(at) else { return };
        let rest = format!("\\in \\mathbb{{R}}^{{{rows} \\times {columns}}}");
        let mut behind = at + width;
        // "a diagonal n × n matrix", "an n × n symmetric matrix".
        let mut first = at;
        while first > 0 && self.word(first - 1).is_some_and(is_adjective) {
            first -= 1;
        }
        while self.word(behind).is_some_and(|word| is_adjective(word) || word == "real") {
            behind += 1;
        }
        let mut properties = Vec::new();
        self.properties_in(first..behind, &mut properties);
        properties.retain(|property| *property != "square");
        let declare = |names: Vec<&str>, found: &mut Vec<Stated>| {
            for name in names {
                self.declare(name, &rest, span, true, found);
                for property in &properties {
                    self.declare(name, property, span, false, found);
                }
            }
        };
        if matches!(self.word(behind), Some("matrix" | "matrices" | "tensor" | "array"))
            && let Some(names) = self.names_at(behind + 1)
        {
            return declare(names, found);
        }
        // "X is the first input and has a shape I × K": the sentence's subject has it.
        let near = at.saturating_sub(3)..at;
        let measured = near.filter_map(|at| self.word(at)).any(|word| {
            matches!(
                word,
                "shape" | "size" | "dimension" | "dimensions" | "dimensionality"
            )
        });
        let subject = (0..at).find(|&before| self.atoms[before].math().is_some());
        if measured
            && let Some(names) = subject.and_then(|subject| self.names_at(subject))
            && subject
                == (0..at).rev().find(|&before| self.atoms[before].math().is_some())
        {
            return declare(names, found);
        }
        // "W is a h × d matrix", "X has a shape I × K", "X of size n × d", "X (n × d)".
        let mut before = first;
        while before > 0 {
            before -= 1;
            match &self.atoms[before] {
                Atom::Word(word) if LINKS.contains(&word.as_str()) => {}
                Atom::Mark('(' | ',') => {}
                Atom::Math(..) => {
                    if let Some(names) = self.names_at(before) {
                        declare(names, found);
                    }
                    return;
                }
                _ => return,
            }
        }
    }

    /// The size that begins at `at`: rows, columns, how many atoms it takes, where.
    pub(super) fn size(&self, at: usize) -> Option<(&'s str, &'s str, usize, Span)> {
        let (text, span) = self.atoms.get(at)?.math()?;
        // `(N, D)`, `(M,)` as programs print shapes, where the words speak of one.
        let shape = at.checked_sub(1).and_then(|before| self.word(before));
        if matches!(shape, Some("shape" | "size" | "dimensions"))
            && let Some(inside) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')'))
            && let Some((rows, columns)) = inside.split_once(',')
        {
            let (rows, columns) = (rows.trim(), columns.trim());
            let columns = if columns.is_empty() { "1" } else { columns };
            return (is_size(rows) && is_size(columns))
                .then_some((rows, columns, 1, span));
        }
        for cross in ["\\times", "×"] {
            if let Some((rows, columns)) = text.split_once(cross) {
                let (rows, columns) = (rows.trim(), columns.trim());
                return (is_size(rows) && is_size(columns))
                    .then_some((rows, columns, 1, span));
            }
        }
        let joined = match self.atoms.get(at + 1)? {
            Atom::Word(word) => word == "x" || word == "by",
            Atom::Mark(mark) => *mark == '×',
            Atom::Math(..) => false,
        };
        let (columns, end) = self.atoms.get(at + 2)?.math()?;
        let fits = joined && is_size(text) && is_size(columns);
        fits.then(|| (text, columns, 3, span.to(end)))
    }

    /// "d-dimensional vector x", "λ is a scalar", "where S is the batch size".
    pub(super) fn kinds(&self, at: usize, found: &mut Vec<Stated>) {
        let Some((text, span)) = self.atoms[at].math() else { return };
        if is_size(text)
            && let Some(word) = self.word(at + 1)
            && word.starts_with("-dimensional")
        {
            let rest = format!("\\in \\mathbb{{R}}^{{{text}}}");
            let vector = (at + 2..at + 4)
                .find(|&at| matches!(self.word(at), Some("vector" | "vectors")));
            let named = vector.and_then(|at| self.names_at(at + 1)).or_else(|| {
                // "x is a d-dimensional vector".
                vector?;
                let mut before = at;
                while before > 0
                    && matches!(self.word(before - 1), Some(w) if LINKS.contains(&w))
                {
                    before -= 1;
                }
                before.checked_sub(1).and_then(|before| self.names_at(before))
            });
            for name in named.into_iter().flatten() {
                self.declare(name, &rest, span, true, found);
            }
            return;
        }
        let Some(names) = self.names_at(at) else { return };
        let scalar_before = self.scalar_before(at);
        let mut behind = at + 1;
        let linked =
            matches!(self.word(behind), Some("is" | "are" | "be" | "denotes" | "being"));
        if linked {
            behind += 1;
            while matches!(
                self.word(behind),
                Some("a" | "an" | "the" | "some" | "our" | "real")
            ) {
                behind += 1;
            }
        }
        let from = behind;
        while matches!(
            self.word(behind),
            Some(
                "small"
                    | "positive"
                    | "fixed"
                    | "given"
                    | "regularization"
                    | "regularisation"
                    | "tiny"
                    | "numerical"
                    | "stability"
                    | "tuning"
            )
        ) {
            behind += 1;
        }
        let scalar_behind = linked
            && matches!(
                self.word(behind),
                Some(
                    "scalar"
                        | "constant"
                        | "hyperparameter"
                        | "coefficient"
                        | "parameter"
                        | "number"
                        | "scalars"
                        | "constants"
                        | "numbers"
                        | "strength"
                )
            )
            && (self.word(behind) != Some("parameter") || behind > from)
            && !(matches!(self.word(behind), Some("number" | "numbers"))
                && self.word(behind + 1) == Some("of"));
        let positive = scalar_behind
            && (from..behind)
                .any(|at| matches!(self.word(at), Some("small" | "positive" | "tiny")));
        let size = linked && self.names_a_size(from);
        for name in names {
            if positive {
                self.declare(name, "> 0", span, true, found);
            } else if scalar_before || scalar_behind {
                self.declare(name, "\\in \\mathbb{R}", span, true, found);
            } else if size {
                self.declare(name, "\\in \\mathbb{N}", span, true, found);
            }
        }
    }

    /// Whether "scalar" stands before the formula at `at`, or "scalars" before the list that it
    /// belongs to: "with scalars $t$ and $p$", "real numbers $a$, $b$".
    pub(super) fn scalar_before(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return false };
        match &self.atoms[before] {
            Atom::Word(word) => match word.as_str() {
                "scalar" | "constant" | "scalars" | "constants" => true,
                "number" | "numbers" => {
                    before > 0 && matches!(self.word(before - 1), Some("real"))
                }
                "and" => before > 0 && self.list_of_scalars(before - 1),
                _ => false,
            },
            Atom::Mark(',') => before > 0 && self.list_of_scalars(before - 1),
            _ => false,
        }
    }

    /// Whether the formula at `at` belongs to a list behind "scalars".
    pub(super) fn list_of_scalars(&self, at: usize) -> bool {
        let mut at = at;
        loop {
            if self.names_at(at).is_none() || at == 0 {
                return false;
            }
            at -= 1;
            match &self.atoms[at] {
                Atom::Word(word) if word == "scalars" || word == "constants" => {
                    return true;
                }
                Atom::Word(word) if word == "numbers" => {
                    return at > 0 && self.word(at - 1) == Some("real");
                }
                Atom::Word(word) if word == "and" => {}
                Atom::Mark(',') => {}
                _ => return false,
            }
            if at == 0 {
                return false;
            }
            at -= 1;
        }
    }

    /// Whether the words at `at` say that something is a number of things.
    pub(super) fn names_a_size(&self, at: usize) -> bool {
        let word = |offset: usize| self.word(at + offset).unwrap_or_default();
        let counted =
            |word: &str| matches!(word, "size" | "dimension" | "length" | "width");
        word(0) == "number" && word(1) == "of"
            || counted(word(0))
            || counted(word(1))
                && matches!(
                    word(0),
                    "batch"
                        | "minibatch"
                        | "mini-batch"
                        | "sample"
                        | "hidden"
                        | "input"
                        | "output"
                        | "embedding"
                        | "layer"
                )
    }
}

/// Words between a name and its size.
const LINKS: [&str; 23] = [
    "row",
    "column",
    "vector",
    "vectors",
    "is",
    "are",
    "has",
    "have",
    "be",
    "a",
    "an",
    "the",
    "of",
    "shape",
    "size",
    "dimension",
    "dimensions",
    "with",
    "matrix",
    "matrices",
    "real",
    "both",
    "being",
];
