//! Functions and losses in sentences: "an element-wise activation function $h$", "$Y = h(X)$
//! element-wise", "where $\sigma$ is the sigmoid", "the loss $L$ depends on $z$".

use super::prose::{Sentence, Stated};
use super::spelling::names;
use super::words::Atom;
use crate::language::function_word;

/// Words for working on each entry by itself.
const ELEMENTWISE: [&str; 8] = [
    "element-wise",
    "elementwise",
    "element-by-element",
    "entry-wise",
    "entrywise",
    "component-wise",
    "componentwise",
    "pointwise",
];

/// What the words between a name and "is the … function" may be.
const FILLERS: [&str; 22] = [
    "a",
    "an",
    "the",
    "some",
    "any",
    "usual",
    "standard",
    "our",
    "chosen",
    "arbitrary",
    "generic",
    "differentiable",
    "smooth",
    "nonlinear",
    "non-linear",
    "logistic",
    "scalar",
    "fixed",
    "given",
    "its",
    "corresponding",
    "same",
];

/// Known functions as sentences call them, and as the language does.
const KNOWN: [(&[&str], &str); 12] = [
    (&["logistic", "sigmoid"], "sigmoid"),
    (&["sigmoid"], "sigmoid"),
    (&["logistic", "function"], "sigmoid"),
    (&["softmax"], "softmax"),
    (&["relu"], "relu"),
    (&["rectifier"], "relu"),
    (&["rectified", "linear", "unit"], "relu"),
    (&["hyperbolic", "tangent"], "tanh"),
    (&["tanh"], "tanh"),
    (&["softplus"], "softplus"),
    (&["gelu"], "gelu"),
    (&["elu"], "elu"),
];

impl<'s> Sentence<'_, 's> {
    pub(super) fn functions(&self, found: &mut Vec<Stated>) {
        for at in 0..self.atoms.len() {
            self.known_function(at, found);
            self.activation(at, found);
        }
        for at in 0..self.atoms.len() {
            if self.is_elementwise(at) {
                let before = found.len();
                self.elementwise(at, found);
                // "the sigmoid function acting element-wise" stays the sigmoid function.
                if let Some(last) = found.get(before)
                    && found[..before].iter().any(|known| {
                        known.name == last.name && known.text.contains("= \\operatorname")
                    })
                {
                    found.truncate(before);
                }
            }
        }
    }

    fn is_elementwise(&self, at: usize) -> bool {
        match self.word(at) {
            Some(word) if ELEMENTWISE.contains(&word) => true,
            // "element wise", "element by element"
            Some("element" | "entry") => matches!(self.word(at + 1), Some("wise" | "by")),
            Some("coordinate" | "componentwise") => self.word(at + 1) == Some("wise"),
            Some("coordinate-wise" | "coordinatewise") => true,
            Some("each") => {
                matches!(
                    self.word(at + 1),
                    Some("element" | "entry" | "component" | "coordinate")
                )
            }
            _ => false,
        }
    }

    /// "σ is the sigmoid function", "the softmax σ", "h = ReLU" in words.
    fn known_function(&self, at: usize, found: &mut Vec<Stated>) {
        let words = |from: usize| {
            let mut words = Vec::new();
            for at in from..from + 4 {
                match self.word(at) {
                    Some(word) => words.push(word),
                    None => break,
                }
            }
            words
        };
        let known = |from: usize| {
            let words = words(from);
            KNOWN
                .iter()
                .find(|(spelled, _)| words.starts_with(spelled))
                .map(|(spelled, function)| (spelled.len(), *function))
        };
        if let Some((name, span)) = self.function_at(at)
            && matches!(
                self.word(at + 1),
                Some(
                    "is" | "denotes" | "being" | "for" | "the" | "represents" | "stands"
                )
            )
        {
            let mut behind = at + 1;
            while self.word(behind).is_some_and(|word| {
                matches!(
                    word,
                    "is" | "denotes" | "being" | "for" | "represents" | "stands"
                ) || FILLERS.contains(&word) && known(behind).is_none()
            }) {
                behind += 1;
            }
            if let Some((_, function)) = known(behind) {
                let rest = format!("= \\operatorname{{{function}}}");
                self.declare(name, &rest, span, true, found);
            }
        }
        // "the sigmoid function σ", "the softmax σ"
        let before = at.checked_sub(1).is_none_or(|before| {
            self.word(before).is_none_or(|word| !matches!(word, "with" | "and"))
        });
        if before && let Some((length, function)) = known(at) {
            let mut behind = at + length;
            while matches!(
                self.word(behind),
                Some("function" | "activation" | "nonlinearity")
            ) {
                behind += 1;
            }
            if let Some((name, span)) = self.function_at(behind) {
                let rest = format!("= \\operatorname{{{function}}}");
                self.declare(name, &rest, span, true, found);
            }
        }
    }

    /// "for an activation function h", "where φ is the activation", "a nonlinearity g".
    fn activation(&self, at: usize, found: &mut Vec<Stated>) {
        let activation = |at: usize| {
            matches!(
                self.word(at),
                Some(
                    "activation"
                        | "activations"
                        | "nonlinearity"
                        | "non-linearity"
                        | "nonlinear"
                        | "non-linear"
                )
            )
        };
        if activation(at) {
            let mut behind = at + 1;
            while matches!(self.word(behind), Some("function" | "functions")) {
                behind += 1;
            }
            if let Some((name, span)) = self.function_at(behind) {
                self.declare(name, "elementwise", span, true, found);
            }
        }
        if let Some((name, span)) = self.function_at(at)
            && matches!(
                self.word(at + 1),
                Some("is" | "denotes" | "be" | "are" | "represents")
            )
        {
            let mut behind = at + 2;
            while self.word(behind).is_some_and(|word| FILLERS.contains(&word))
                && !activation(behind)
                || self.is_elementwise(behind)
            {
                behind += 1;
            }
            if activation(behind) {
                self.declare(name, "elementwise", span, true, found);
            }
        }
    }

    /// The name of a function that the formula at `at` is: `h`, `\sigma(\cdot)`, or the one that it
    /// applies: `Y = h(X)`. Letters that texts use for values are none.
    fn function_at(&self, at: usize) -> Option<(&'s str, crate::language::ast::Span)> {
        let (text, span) = self.atoms.get(at)?.math()?;
        let behind = text.rsplit('=').next().unwrap_or(text).trim();
        let bare = behind.split_once('(').map_or(behind, |(name, _)| name).trim();
        let bare = bare.trim_end_matches("\\left").trim_end_matches('\\').trim();
        let [name] = names(bare)?[..] else { return None };
        let word = name.trim_start_matches('\\');
        let letter = word.trim_start_matches("mathbf{").trim_end_matches('}');
        let functional = matches!(
            letter,
            "f" | "g"
                | "h"
                | "s"
                | "u"
                | "q"
                | "a"
                | "r"
                | "t"
                | "A"
                | "F"
                | "G"
                | "H"
                | "sigma"
                | "phi"
                | "varphi"
                | "psi"
                | "rho"
                | "theta"
                | "eta"
                | "Phi"
                | "Psi"
                | "Sigma"
                | "alpha"
                | "chi"
                | "tau"
                | "zeta"
                | "xi"
                | "omega"
        );
        // `a` and its like name values more often: only where the formula applies them.
        let applied = behind.contains('(');
        let usual = matches!(
            letter,
            "f" | "g" | "h" | "sigma" | "phi" | "varphi" | "psi" | "rho" | "Phi" | "Psi"
        );
        (functional && (applied || usual) && function_word(word).is_none())
            .then_some((name, span))
    }

    /// "an element-wise function h", "σ is applied element-wise", "$Y = h(X)$ element-wise".
    fn elementwise(&self, at: usize, found: &mut Vec<Stated>) {
        let function = |word: &str| {
            matches!(
                word,
                "function"
                    | "functions"
                    | "activation"
                    | "nonlinearity"
                    | "non-linearity"
                    | "map"
                    | "operation"
            )
        };
        // Before a name: at most a few words lie between.
        let named = (at + 1..self.atoms.len().min(at + 5))
            .take_while(|&next| !matches!(self.atoms[next], Atom::Mark(_)))
            .find(|&next| self.atoms[next].math().is_some())
            .filter(|&next| {
                (at + 1..next).any(|word| self.word(word).is_some_and(function))
            });
        // Behind one: "h is applied element-wise", "Y = h(X) element-wise".
        let named = named.or_else(|| {
            let from = at.saturating_sub(7);
            let near =
                (from..at).rev().find(|&before| self.function_at(before).is_some())?;
            let between = |word: &str| {
                matches!(
                    word,
                    "applied"
                        | "acts"
                        | "act"
                        | "acting"
                        | "operates"
                        | "is"
                        | "function"
                        | "works"
                        | "applying"
                        | "understood"
                        | "taken"
                )
            };
            let applied =
                self.atoms[near].math().is_some_and(|(text, _)| text.contains('('));
            let product = (near..at + 4).any(|word| {
                matches!(
                    self.word(word),
                    Some(
                        "product"
                            | "multiplication"
                            | "division"
                            | "hadamard"
                            | "multiply"
                    )
                )
            });
            let acts = (near..at).any(|word| self.word(word).is_some_and(between));
            ((acts || applied) && !product).then_some(near)
        });
        let Some((name, span)) = named.and_then(|named| self.function_at(named)) else {
            return;
        };
        self.declare(name, "elementwise", span, true, found);
    }

    /// "the loss L depends on z", "L is a scalar function of Y", "a scalar loss L of O".
    pub(super) fn losses(&self, found: &mut Vec<Stated>) {
        const BETWEEN: [&str; 24] = [
            "is",
            "be",
            "a",
            "an",
            "the",
            "some",
            "any",
            "scalar",
            "scalar-valued",
            "loss",
            "function",
            "cost",
            "real-valued",
            "depends",
            "depend",
            "only",
            "on",
            "of",
            "which",
            "that",
            "downstream",
            "final",
            "depending",
            "through",
        ];
        for at in 0..self.atoms.len() {
            let Some(names) = self.names_at(at) else { continue };
            let ([name], Some((_, span))) = (names.as_slice(), self.atoms[at].math())
            else {
                continue;
            };
            let mut behind = at + 1;
            while self.word(behind).is_some_and(|word| BETWEEN.contains(&word)) {
                behind += 1;
            }
            let said: Vec<&str> =
                (at + 1..behind).filter_map(|at| self.word(at)).collect();
            let depends = said.ends_with(&["on"])
                && said.iter().any(|word| word.starts_with("depend"));
            let of = said.ends_with(&["of"])
                && said
                    .iter()
                    .any(|word| matches!(*word, "function" | "loss" | "cost" | "scalar"));
            // "a scalar loss L of O"
            let before = at.checked_sub(1).and_then(|before| self.word(before));
            let of = of
                || said == ["of"] && matches!(before, Some("loss" | "cost" | "function"));
            if !(depends || of) {
                continue;
            }
            let Some(on) = self.names_at(behind) else { continue };
            // The space keeps it from being read as plain text.
            let rest = format!("=\\quad {name}({})", on.join(", "));
            self.declare(name, &rest, span, true, found);
        }
    }
}
