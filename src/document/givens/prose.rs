//! Givens in sentences: `$\mathbf{x} \in \mathbb{R}^n$`, "a square matrix $S$", "$W$ is a
//! $h \times d$ matrix", "an element-wise activation function $h$", "where $S$ is the batch size".
//!
//! **Invariant:** a sentence gives a name a shape only where it names both. What a sentence says of
//! a name in passing ("the matrix $AB$") gives nothing.

use std::ops::Range;

use super::spelling::{
    is_ellipsis, is_size, memberships, names, set_of_numbers, split_top, two_values,
};
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
    /// Whether it is only supposed, for the sentence in which it stands: "if $A$ is symmetric".
    pub supposed: bool,
    /// Whether it is said and cannot be used: "an upper triangular matrix $R$".
    pub unused: bool,
}

/// Adjectives of matrices, as texts and as the contract spell them. Longer ones come first.
const PROPERTIES: [(&[&str], &str); 23] = [
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
    (&["symmetrisch"], "symmetric"),
    (&["symmetrische"], "symmetric"),
    (&["symmetrischen"], "symmetric"),
    (&["symétrique"], "symmetric"),
    (&["simétrica"], "symmetric"),
    (&["为对称矩阵"], "symmetric"),
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

/// Whether the document announces one layout of derivatives, and the other no more often.
pub fn announces_layout(source: &Source, layout: &str, other: &str) -> bool {
    let mut said = (0, 0);
    for token in &source.tokens {
        if let crate::document::source::Token::Text(span) = token {
            let text = source.slice(*span).to_lowercase().replace('-', " ");
            said.0 += text.matches(&format!("{layout} layout")).count();
            said.1 += text.matches(&format!("{other} layout")).count();
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
                // "Case 1: $f \\geq 0$" is no given.
                let stated = at
                    .checked_sub(1)
                    .and_then(|before| self.word(before))
                    .is_some_and(|word| {
                        matches!(
                            word,
                            "let"
                                | "with"
                                | "where"
                                | "and"
                                | "parameter"
                                | "scalar"
                                | "constant"
                                | "coefficient"
                                | "penalty"
                                | "strength"
                        )
                    });
                self.signs(text, span, stated, found);
                self.entries_of(at, text, span, found);
            }
            let before = found.len();
            self.adjectives(at, found);
            if self.is_supposed(at) {
                found[before..]
                    .iter_mut()
                    .for_each(|given| given.supposed = !given.shape);
            }
            self.unused(at, found);
            self.class_of(at, found);
            self.denoted(at, found);
            self.stacked(at, found);
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
            supposed: false,
            unused: false,
        };
        if !found.contains(&given) {
            found.push(given);
        }
    }

    /// `x \in \mathbb{R}^n`, several in one formula, with adjectives around it.
    fn memberships(&self, at: usize, text: &'s str, span: Span, found: &mut Vec<Stated>) {
        for (names, set) in memberships(text) {
            if let Some((property, power)) = two_values(set) {
                self.labels(at, &names, property, power, span, found);
                continue;
            }
            // "$x_i \in \mathbb{R}^d$ for $i = 1, \dots, N$" declares a family.
            if let [name] = names[..]
                && let Some(family) = self.family(at, name)
            {
                self.declare(&family, &format!("\\in {set}"), span, true, found);
                continue;
            }
            let properties: Vec<String> = match set_of_numbers(set) {
                true => self
                    .all_adjectives(at, text)
                    .into_iter()
                    .filter(|property| *property != "square")
                    .map(str::to_owned)
                    .collect(),
                false => Vec::new(),
            };
            // `{\mathbb R}^n`
            let set =
                match set.strip_prefix('{').and_then(|inside| inside.split_once('}')) {
                    Some((_, power)) if set.contains("mathbb") || set.contains("bf") => {
                        format!("\\mathbb{{R}}{power}")
                    }
                    _ => set.to_owned(),
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
    pub(super) fn family(&self, at: usize, name: &str) -> Option<String> {
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
    fn signs(&self, text: &'s str, span: Span, stated: bool, found: &mut Vec<Stated>) {
        // A condition behind a display's formula, parted from it by a wide space.
        let parts = split_top(text, &["\\qquad", "\\quad"]);
        if parts.len() > 1 {
            for part in parts {
                let part = part.trim().trim_matches([',', '.']).trim();
                self.signs(part, span, true, found);
            }
            return;
        }
        if let Some((left, right)) = text.split_once('>')
            && right.trim() == "0"
            && let Some(names) = names(left)
        {
            // "$x_1, \dots, x_n > 0$"
            if names.iter().any(|name| is_ellipsis(name)) {
                let list = names.join(", ");
                self.declare(&list, "\\in \\mathbb{R}", span, true, found);
                let base = names[0].split('_').next().unwrap_or(names[0]);
                self.declare(base, "positive", span, false, found);
                return;
            }
            for name in names {
                self.declare(name, "> 0", span, true, found);
            }
        }
        for sign in ["\\geq", "\\ge", "≥"] {
            if let Some((left, right)) = text.split_once(sign)
                && right.trim() == "0"
                && stated
                && let Some(names) = names(left)
            {
                for name in names {
                    self.declare(name, "\\in \\mathbb{R}", span, true, found);
                    self.declare(name, "nonnegative", span, false, found);
                }
                return;
            }
        }
        self.between(text, span, found);
    }

    /// `0 < \alpha < 1`, `p \in (0, 1)`: a number between two; only that it is positive is used.
    fn between(&self, text: &'s str, span: Span, found: &mut Vec<Stated>) {
        let parts: Vec<&str> = text.split('<').map(str::trim).collect();
        let (lower, name, upper) = match parts[..] {
            [lower, name, upper] => (lower, name, upper),
            _ => {
                let Some((name, set)) = text.split_once("\\in") else { return };
                let set = set.trim();
                let inside =
                    set.strip_prefix(['(', '[']).and_then(|s| s.strip_suffix([')', ']']));
                let Some((lower, upper)) =
                    inside.and_then(|inside| inside.split_once(','))
                else {
                    return;
                };
                // A closed end is no more than a bound.
                let lower = if set.starts_with('[') { "" } else { lower.trim() };
                (lower, name.trim(), upper.trim())
            }
        };
        let Some(names) = names(name) else { return };
        if upper.is_empty() || upper.len() > 12 {
            return;
        }
        for name in names {
            let said = if lower == "0" { "> 0" } else { "\\in \\mathbb{R}" };
            self.declare(name, said, span, true, found);
            let first = found.len();
            self.declare(name, "bounded", span, false, found);
            found[first..].iter_mut().for_each(|given| given.unused = true);
        }
    }

    /// "a square matrix S", "S is a symmetric matrix": a shape where the name has none.
    fn adjectives(&self, at: usize, found: &mut Vec<Stated>) {
        let Some(names) = self.names_at(at) else { return };
        let Some((_, span)) = self.atoms[at].math() else { return };
        let properties = self.all_adjectives(at, "");
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

    /// Whether the sentence only supposes what it says of the name at `at`: "if $A$ is symmetric",
    /// "for symmetric $A$".
    fn is_supposed(&self, at: usize) -> bool {
        let from = (0..at)
            .rev()
            .find(|&before| self.word(before).is_none())
            .map_or(0, |before| before + 1);
        (from.max(at.saturating_sub(8))..at).any(|before| {
            matches!(
                self.word(before),
                Some(
                    "if" | "when"
                        | "whenever"
                        | "for"
                        | "since"
                        | "because"
                        | "provided"
                        | "unless"
                        | "whether"
                        | "falls"
                        | "wenn"
                )
            )
        })
    }

    /// The adjectives of the formula at `at`, those of a list it belongs to among them: "$P \in …$
    /// and $R \in …$ be symmetric". Of a membership only a square matrix has such.
    fn all_adjectives(&self, at: usize, text: &str) -> Vec<&'static str> {
        let mut properties = self.adjectives_around(at);
        let square = text.is_empty()
            || text.rsplit_once('{').is_some_and(|(_, sizes)| {
                let sizes = sizes.trim_end_matches('}');
                sizes
                    .split_once("\\times")
                    .is_some_and(|(rows, columns)| rows.trim() == columns.trim())
            });
        if !square || matches!(self.word(at + 1), Some("is" | "be" | "are")) {
            return properties;
        }
        let mut last = at;
        loop {
            let mut next = last + 1;
            while matches!(self.word(next), Some("and"))
                || matches!(self.atoms.get(next), Some(Atom::Mark(',')))
            {
                next += 1;
            }
            let joined = next > last + 1;
            // "… and the within-class scatter $S_W$": what a name is called stands before it.
            let verb = |word: &str| {
                matches!(
                    word,
                    "is" | "be"
                        | "are"
                        | "where"
                        | "with"
                        | "that"
                        | "which"
                        | "for"
                        | "let"
                        | "if"
                )
            };
            while joined
                && next < last + 7
                && self.word(next).is_some_and(|word| !verb(word))
            {
                next += 1;
            }
            if !joined || self.atoms.get(next).and_then(Atom::math).is_none() {
                break;
            }
            last = next;
            if matches!(self.word(last + 1), Some("be" | "are")) {
                for property in self.adjectives_around(last) {
                    if !properties.contains(&property) {
                        properties.push(property);
                    }
                }
                break;
            }
        }
        properties
    }

    /// The adjectives that belong to the formula at `at`: before it, or behind "is" or at once.
    pub(super) fn adjectives_around(&self, at: usize) -> Vec<&'static str> {
        let mut properties = Vec::new();
        // Before: "symmetric positive definite matrix S".
        let mut start = at;
        while start > 0
            && at - start < 7
            && matches!(self.word(start - 1), Some(word) if BEFORE.contains(&word) || is_adjective(word))
        {
            start -= 1;
        }
        // "A symmetric and B": what stands before the "and" is said of A.
        if at > 0 && self.word(at - 1) == Some("and") {
            start = at;
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
        end = end.max(self.apposition(at));
        // An adjective that runs into another name belongs to that one: "A and symmetric B". What
        // a comma, an "and" or a bracket parts from it does not run into it.
        let into_name = self.atoms.get(end).is_some_and(|atom| atom.math().is_some());
        if into_name && !matches!(self.word(at + 1), Some("is" | "are" | "be")) {
            end = (at + 1..end)
                .rev()
                .find(|&between| match &self.atoms[between] {
                    Atom::Word(word) => word == "and",
                    Atom::Mark(_) => true,
                    Atom::Math(..) => false,
                })
                .unwrap_or(at + 1);
        }
        self.properties_in(at + 1..end, &mut properties);
        properties
    }

    /// Where an apposition behind the formula at `at` ends that says what kind of matrix it is: "the
    /// sample covariance, a symmetric matrix". What runs into another formula is said of that one.
    fn apposition(&self, at: usize) -> usize {
        const MOST: usize = 14;
        let mut end = at + 1;
        while end < self.atoms.len()
            && end - at < MOST
            && self.atoms[end].math().is_none()
        {
            end += 1;
        }
        // "the noise covariance, which is symmetric positive definite"
        let clause = (at + 1..end).find(|&which| {
            self.word(which) == Some("which")
                && matches!(self.word(which + 1), Some("is" | "are"))
                && self.word(which + 2).is_some_and(is_adjective)
        });
        if let Some(which) = clause {
            let mut last = which + 2;
            while self.word(last).is_some_and(is_adjective) {
                last += 1;
            }
            return match self.atoms.get(last).is_none_or(|atom| atom.math().is_none()) {
                true => last,
                false => at,
            };
        }
        let noun = (at + 2..end).find(|&noun| {
            matches!(self.word(noun), Some("matrix"))
                && self.word(noun - 1).is_some_and(is_adjective)
        });
        let Some(noun) = noun else { return at };
        let mut first = noun;
        while self.word(first - 1).is_some_and(is_adjective) {
            first -= 1;
        }
        let article = matches!(self.word(first - 1), Some("a" | "an"));
        let parted = first >= 2 && matches!(self.atoms[first - 2], Atom::Mark(','));
        match article
            && parted
            && self.atoms.get(noun + 1).is_none_or(|a| a.math().is_none())
        {
            true => noun + 1,
            false => at,
        }
    }

    pub(super) fn properties_in(
        &self,
        range: Range<usize>,
        properties: &mut Vec<&'static str>,
    ) {
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

    /// The names that the formula at `at` consists of.
    pub(super) fn names_at(&self, at: usize) -> Option<Vec<&'s str>> {
        names(self.atoms.get(at)?.math()?.0)
    }
}

/// Words that may stand between an adjective and the name behind it.
const BEFORE: [&str; 16] = [
    "matrix",
    "matrices",
    "and",
    "real",
    "a",
    "not",
    "vector",
    "vectors",
    "label",
    "labels",
    "target",
    "targets",
    "encoding",
    "row",
    "column",
    "covariance",
];

/// Words that may stand between a name and the adjective behind it.
pub(super) const BEHIND: [&str; 20] = [
    "vector",
    "which",
    "une",
    "matrice",
    "eine",
    "una",
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

pub(super) fn is_adjective(word: &str) -> bool {
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
