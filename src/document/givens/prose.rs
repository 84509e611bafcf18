//! Givens in sentences: `$\mathbf{x} \in \mathbb{R}^n$`, "a square matrix $S$", "$W$ is a
//! $h \times d$ matrix", "an element-wise activation function $h$", "where $S$ is the batch size".
//!
//! **Invariant:** a sentence gives a name a shape only where it names both. What a sentence says of
//! a name in passing ("the matrix $AB$") gives nothing.

use std::ops::Range;

use super::spelling::{is_ellipsis, is_size, memberships, names, set_of_numbers};
use super::words::{Atom, sentences};
use crate::document::source::Source;
use crate::language::ast::Span;

/// A given that the text states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// The given in the contract's spelling (names and sizes as the text spells them).
    pub text: String,
    /// The name given, as the text spells it.
    pub name: String,
    /// Where the text says so.
    pub span: Span,
    /// Whether it gives a shape; otherwise a property of a name that has one.
    pub shape: bool,
    /// Whether words say it rather than a formula: words are easily misread.
    pub worded: bool,
}

/// Adjectives of matrices, as texts and as the contract spell them. Longer ones come first.
const PROPERTIES: [(&[&str], &str); 17] = [
    (&["symmetric", "positive", "definite"], "positive definite"),
    (&["positive", "definite"], "positive definite"),
    (&["positive-definite"], "positive definite"),
    (&["spd"], "positive definite"),
    (&["skew-symmetric"], "antisymmetric"),
    (&["skew", "symmetric"], "antisymmetric"),
    (&["antisymmetric"], "antisymmetric"),
    (&["anti-symmetric"], "antisymmetric"),
    (&["symmetric"], "symmetric"),
    (&["invertible"], "invertible"),
    (&["nonsingular"], "invertible"),
    (&["non-singular"], "invertible"),
    (&["regular"], "invertible"),
    (&["diagonal"], "diagonal"),
    (&["orthogonal"], "orthogonal"),
    (&["one-hot"], "one-hot"),
    (&["square"], "square"),
];

/// The givens that the prose among `tokens` states, in order.
pub fn stated(source: &Source, tokens: Range<usize>) -> Vec<Stated> {
    let mut found = Vec::new();
    for sentence in sentences(source, tokens) {
        let reader = Sentence { atoms: &sentence };
        reader.read(&mut found);
    }
    found
}

/// Whether the prose among `tokens` announces Einstein's summation convention.
pub fn announces_einstein(source: &Source, tokens: Range<usize>) -> bool {
    sentences(source, tokens).iter().any(|sentence| {
        let said: Vec<&str> = sentence.iter().filter_map(Atom::word).collect();
        let has = |word: &str| said.contains(&word);
        let summed = has("summation") || has("summed") || has("sum") || has("notation");
        let denied = has("no") || has("not") || has("without") || has("never");
        !denied
            && ((has("einstein") || has("einstein's")) && summed
                || has("repeated") && (has("indices") || has("index")) && summed
                || has("implicitly") && has("summed"))
    })
}

/// Whether the document says that its derivatives of vectors by vectors are laid out by the
/// denominator: `[∂y_j/∂x_i]`.
pub fn announces_denominator_layout(source: &Source) -> bool {
    let mut said = (0, 0);
    for token in &source.tokens {
        if let crate::document::source::Token::Text(span) = token {
            let text = source.slice(*span).to_lowercase();
            said.0 += text.matches("denominator layout").count()
                + text.matches("denominator-layout").count();
            said.1 += text.matches("numerator layout").count()
                + text.matches("numerator-layout").count();
        }
    }
    said.0 > 0 && said.0 >= said.1
}

pub(super) struct Sentence<'a, 's> {
    pub(super) atoms: &'a [Atom<'s>],
}

impl<'s> Sentence<'_, 's> {
    fn read(&self, found: &mut Vec<Stated>) {
        for at in 0..self.atoms.len() {
            if let Some((text, span)) = self.atoms[at].math() {
                self.memberships(at, text, span, found);
                self.signs(text, span, found);
            }
            self.adjectives(at, found);
            let before = found.len();
            self.sized(at, found);
            self.kinds(at, found);
            found[before..].iter_mut().for_each(|given| given.worded = true);
        }
        self.functions(found);
        self.losses(found);
    }

    pub(super) fn word(&self, at: usize) -> Option<&str> {
        self.atoms.get(at)?.word()
    }

    pub(super) fn declare(
        &self,
        name: &str,
        rest: &str,
        span: Span,
        shape: bool,
        found: &mut Vec<Stated>,
    ) {
        let given = Stated {
            text: format!("{name} {rest}"),
            name: name.to_owned(),
            span,
            shape,
            worded: false,
        };
        if !found.contains(&given) {
            found.push(given);
        }
    }

    /// `x \in \mathbb{R}^n`, several in one formula, with adjectives around it.
    fn memberships(&self, at: usize, text: &'s str, span: Span, found: &mut Vec<Stated>) {
        for (names, set) in memberships(text) {
            // "$x_i \in \mathbb{R}^d$ for $i = 1, \dots, N$" declares a family.
            if let [name] = names[..]
                && let Some(family) = self.family(at, name)
            {
                self.declare(&family, &format!("\\in {set}"), span, true, found);
                continue;
            }
            let properties: Vec<String> = match set_of_numbers(set) {
                true => self
                    .adjectives_around(at)
                    .into_iter()
                    .filter(|property| *property != "square")
                    .map(str::to_owned)
                    .collect(),
                false => Vec::new(),
            };
            let rest = format!("\\in {set}");
            if names.iter().any(|name| is_ellipsis(name)) {
                let list = names.join(", ");
                self.declare(&list, &rest, span, true, found);
                continue;
            }
            for name in names {
                self.declare(name, &rest, span, true, found);
                for property in &properties {
                    self.declare(name, property, span, false, found);
                }
            }
        }
    }

    /// `x_i` with the range of `i` that the sentence states: `x_1, \dots, x_N`.
    fn family(&self, at: usize, name: &str) -> Option<String> {
        let (base, letter) = name.split_once('_')?;
        let letter = letter.trim_matches(['{', '}', ' ']);
        if letter.chars().count() != 1 {
            return None;
        }
        let last =
            self.atoms[at..].iter().filter_map(Atom::math).find_map(|(text, _)| {
                let (before, range) = text.split_once('=')?;
                let first = range.trim().strip_prefix('1')?;
                let last = first.rsplit(',').next()?.trim();
                let dotted = ["\\dots", "\\ldots", "\\cdots", "..."]
                    .iter()
                    .any(|dots| first.contains(dots));
                (before.trim() == letter && dotted && is_size(last)).then_some(last)
            })?;
        Some(format!("{base}_1, \\dots, {base}_{{{last}}}"))
    }

    /// `\lambda > 0`.
    fn signs(&self, text: &'s str, span: Span, found: &mut Vec<Stated>) {
        if let Some((left, right)) = text.split_once('>')
            && right.trim() == "0"
            && let Some(names) = names(left)
        {
            for name in names {
                self.declare(name, "> 0", span, true, found);
            }
        }
    }

    /// A size, `n \times m` or `I` x `K`: of the name before it, or of the one behind "matrix".
    fn sized(&self, at: usize, found: &mut Vec<Stated>) {
        let Some((rows, columns, width, span)) = self.size(at) else { return };
        let rest = format!("\\in \\mathbb{{R}}^{{{rows} \\times {columns}}}");
        let behind = at + width;
        if matches!(self.word(behind), Some("matrix" | "matrices" | "tensor" | "array"))
            && let Some(names) = self.names_at(behind + 1)
        {
            for name in names {
                self.declare(name, &rest, span, true, found);
            }
            return;
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
            for name in names {
                self.declare(name, &rest, span, true, found);
            }
            return;
        }
        // "W is a h × d matrix", "X has a shape I × K", "X of size n × d", "X (n × d)".
        let mut before = at;
        while before > 0 {
            before -= 1;
            match &self.atoms[before] {
                Atom::Word(word) if LINKS.contains(&word.as_str()) => {}
                Atom::Mark('(' | ',') => {}
                Atom::Math(..) => {
                    if let Some(names) = self.names_at(before) {
                        for name in names {
                            self.declare(name, &rest, span, true, found);
                        }
                    }
                    return;
                }
                _ => return,
            }
        }
    }

    /// The size that begins at `at`: rows, columns, how many atoms it takes, where.
    fn size(&self, at: usize) -> Option<(&'s str, &'s str, usize, Span)> {
        let (text, span) = self.atoms.get(at)?.math()?;
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

    /// "a square matrix S", "S is a symmetric matrix": a shape where the name has none.
    fn adjectives(&self, at: usize, found: &mut Vec<Stated>) {
        let Some(names) = self.names_at(at) else { return };
        let Some((_, span)) = self.atoms[at].math() else { return };
        let properties = self.adjectives_around(at);
        for name in names {
            for property in &properties {
                if *property == "square" {
                    self.declare(
                        name,
                        "\\in \\mathbb{R}^{n \\times n}",
                        span,
                        true,
                        found,
                    );
                } else {
                    self.declare(name, property, span, false, found);
                }
            }
        }
    }

    /// The adjectives that belong to the formula at `at`: before it, or behind "is" or at once.
    fn adjectives_around(&self, at: usize) -> Vec<&'static str> {
        let mut properties = Vec::new();
        // Before: "symmetric positive definite matrix S".
        let mut start = at;
        while start > 0
            && at - start < 7
            && matches!(self.word(start - 1), Some(word) if BEFORE.contains(&word) || is_adjective(word))
        {
            start -= 1;
        }
        self.properties_in(start..at, &mut properties);
        // Behind: "S is symmetric", "S symmetric", "(symmetric)".
        let mut end = at + 1;
        while end < self.atoms.len()
            && end - at < 9
            && match &self.atoms[end] {
                Atom::Word(word) => BEHIND.contains(&word.as_str()) || is_adjective(word),
                Atom::Mark(mark) => *mark == '(' || *mark == ',',
                Atom::Math(..) => false,
            }
        {
            end += 1;
        }
        // An adjective that runs into another name belongs to that one: "A and symmetric B".
        let into_name = self.atoms.get(end).is_some_and(|atom| atom.math().is_some());
        if !into_name || matches!(self.word(at + 1), Some("is" | "are" | "be")) {
            self.properties_in(at + 1..end, &mut properties);
        }
        properties
    }

    fn properties_in(&self, range: Range<usize>, properties: &mut Vec<&'static str>) {
        let words: Vec<&str> = range.filter_map(|at| self.word(at)).collect();
        if words.iter().any(|word| matches!(*word, "not" | "non" | "necessarily")) {
            return;
        }
        let mut at = 0;
        while at < words.len() {
            let hit =
                PROPERTIES.iter().find(|(spelled, _)| words[at..].starts_with(spelled));
            match hit {
                Some((spelled, property)) => {
                    if !properties.contains(property) {
                        properties.push(property);
                    }
                    at += spelled.len();
                }
                None => at += 1,
            }
        }
    }

    /// "d-dimensional vector x", "λ is a scalar", "where S is the batch size".
    fn kinds(&self, at: usize, found: &mut Vec<Stated>) {
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
        let scalar_before =
            at > 0 && matches!(self.word(at - 1), Some("scalar" | "constant"));
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
                        | "strength"
                )
            )
            && (self.word(behind) != Some("parameter") || behind > from)
            && !(self.word(behind) == Some("number")
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

    /// Whether the words at `at` say that something is a number of things.
    fn names_a_size(&self, at: usize) -> bool {
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

    /// The names that the formula at `at` consists of.
    pub(super) fn names_at(&self, at: usize) -> Option<Vec<&'s str>> {
        names(self.atoms.get(at)?.math()?.0)
    }
}

/// Words between a name and its size.
const LINKS: [&str; 19] = [
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

/// Words that may stand between an adjective and the name behind it.
const BEFORE: [&str; 6] = ["matrix", "matrices", "and", "real", "a", "not"];

/// Words that may stand between a name and the adjective behind it.
const BEHIND: [&str; 14] = [
    "the",
    "our",
    "is",
    "are",
    "be",
    "a",
    "an",
    "matrix",
    "matrices",
    "and",
    "real",
    "not",
    "necessarily",
    "assumed",
];

fn is_adjective(word: &str) -> bool {
    PROPERTIES.iter().any(|(spelled, _)| spelled.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::source::{Format, read_text};
    use proptest::prelude::*;

    fn texts(prose: &str) -> Vec<String> {
        let source =
            read_text("t.md", Format::Markdown, prose.to_owned()).expect("it reads");
        let all = 0..source.tokens.len();
        stated(&source, all).into_iter().map(|given| given.text).collect()
    }

    #[test]
    fn memberships_in_sentences_are_givens() {
        assert_eq!(
            texts(
                "Given a vector $\\mathbf{x} \\in \\mathbb{R}^n$ and square matrix $B \\in \\mathbb{R}^{n \\times n}$,"
            ),
            ["\\mathbf{x} \\in \\mathbb{R}^n", "B \\in \\mathbb{R}^{n \\times n}"]
        );
        assert_eq!(
            texts(
                "matrices $V\\in\\mathbb{R}^{n\\times m}, X \\in \\mathbb{R}^{m\\times p}$ and $x, z \\in \\mathbb R^n$"
            ),
            [
                "V \\in \\mathbb{R}^{n\\times m}",
                "X \\in \\mathbb{R}^{m\\times p}",
                "x \\in \\mathbb R^n",
                "z \\in \\mathbb R^n"
            ]
        );
        assert_eq!(
            texts(
                "$$W &= \\frac{Q}{d} \\in \\mathbb{R}^{n} \\\\ C = B V = G \\in \\mathbb{R}$$"
            ),
            ["W \\in \\mathbb{R}^{n}", "C \\in \\mathbb{R}", "G \\in \\mathbb{R}"]
        );
        assert_eq!(
            texts("samples $x_1, \\dots, x_N \\in \\mathbb{R}^d$"),
            ["x_1, \\dots, x_N \\in \\mathbb{R}^d"]
        );
    }

    #[test]
    fn adjectives_are_shapes_and_properties() {
        let square = "\\mathbf{S} \\in \\mathbb{R}^{n \\times n}";
        assert_eq!(texts("Let \\mathbf{S} be a square matrix, find"), [square]);
        assert_eq!(
            texts("where $A \\in \\mathbb{R}^{n\\times n}$ is symmetric and invertible."),
            ["A \\in \\mathbb{R}^{n\\times n}", "A symmetric", "A invertible"]
        );
        assert_eq!(
            texts("a symmetric positive definite matrix $P$"),
            ["P positive definite"]
        );
        assert_eq!(texts("$B$ is not symmetric"), Vec::<String>::new());
        assert_eq!(texts("a symmetric $A$ and $B$"), ["A symmetric"]);
    }

    #[test]
    fn sizes_belong_to_the_name_they_stand_beside() {
        let shaped = |name: &str, rows: &str, columns: &str| {
            format!("{name} \\in \\mathbb{{R}}^{{{rows} \\times {columns}}}")
        };
        assert_eq!(
            texts("* $X$ is the first input and has\n\n* $X$ has a shape $I$ x $K$"),
            [shaped("X", "I", "K")]
        );
        assert_eq!(
            texts("$W$ is a $h \\times d$ matrix of weights"),
            [shaped("W", "h", "d")]
        );
        assert_eq!(
            texts("a data matrix $X$ of size $n \\times d$"),
            [shaped("X", "n", "d")]
        );
        assert_eq!(texts("the $n \\times n$ matrix $A$"), [shaped("A", "n", "n")]);
        assert_eq!(
            texts("where $x$ is a $d$-dimensional vector"),
            ["x \\in \\mathbb{R}^{d}"]
        );
    }

    #[test]
    fn functions_sizes_and_scalars_are_givens() {
        assert_eq!(
            texts("Consider an element-wise activation function h . The module"),
            ["h elementwise"]
        );
        assert_eq!(
            texts("and $\\sigma$ is applied element-wise."),
            ["\\sigma elementwise"]
        );
        assert_eq!(
            texts("where $\\odot$ is the element-wise product"),
            Vec::<String>::new()
        );
        assert_eq!(texts("where $S$ is the batch size"), ["S \\in \\mathbb{N}"]);
        assert_eq!(texts("$N$ is the number of samples"), ["N \\in \\mathbb{N}"]);
        assert_eq!(texts("with a scalar $\\lambda > 0$"), ["\\lambda > 0"]);
        assert_eq!(texts("for the scalar $c$"), ["c \\in \\mathbb{R}"]);
    }

    #[test]
    fn einstein_is_announced_and_denied() {
        let announced = |prose: &str| {
            let source =
                read_text("t.md", Format::Markdown, prose.to_owned()).expect("it reads");
            announces_einstein(&source, 0..source.tokens.len())
        };
        assert!(announced("We use the Einstein summation convention."));
        assert!(announced(
            "An index that is repeated is summed: repeated indices, summation."
        ));
        assert!(!announced("We do not use Einstein summation."));
    }

    proptest! {
        #[test]
        fn no_prose_panics(prose in "([$,.(){}\\\\_^ =x∈]|\\\\in |\\\\mathbf|\\\\times|square |matrix |is |\\$A\\$|element-wise |function ){0,40}") {
            texts(&prose);
        }
    }
}
