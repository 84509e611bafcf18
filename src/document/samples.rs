//! Superscripts that number the samples: `x^{(i)}` with `\sum_{i=1}^m` is the member `x_i` of a
//! family, `x_j^{(i)}` its entry `x_{ij}`.
//!
//! **Invariant:** a text is rewritten letter for letter, so that every place stays where it was.

use super::source::{Source, Token};

/// The letters that number samples in a document, and how far each runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Samples {
    letters: Vec<(char, Option<String>)>,
    /// How far letters run that stand as subscripts: `n` for `i` in `\sum_{i=1}^n`.
    ranges: Vec<(char, String)>,
}

impl Samples {
    /// The letters that a document puts in brackets above names and sums over, or says to run from
    /// 1 to a size. A letter that is counted on (`z^{(l-1)}`) numbers layers or steps.
    pub(super) fn of(source: &Source) -> Self {
        let mut letters: Vec<(char, Option<String>)> = Vec::new();
        let formulas = || {
            source.tokens.iter().filter_map(|token| match token {
                Token::Math(piece) => Some(source.slice(piece.body)),
                _ => None,
            })
        };
        for text in formulas() {
            for (at, _) in text.match_indices("^{(") {
                let mut inside = text[at + 3..].chars();
                let (Some(letter), Some(')')) = (inside.next(), inside.next()) else {
                    continue;
                };
                let known = letters.iter().any(|(known, _)| *known == letter);
                if letter.is_ascii_lowercase() && !known {
                    letters.push((letter, None));
                }
            }
        }
        letters.retain(|(letter, _)| {
            let counted = ["-", "+"].map(|sign| format!("({letter}{sign}"));
            let spaced = ["-", "+"].map(|sign| format!("({letter} {sign}"));
            !formulas()
                .any(|text| counted.iter().chain(&spaced).any(|sign| text.contains(sign)))
        });
        for (letter, limit) in &mut letters {
            *limit = formulas().find_map(|text| upper_limit(text, *letter));
        }
        letters.retain(|(letter, limit)| {
            let plain = [format!("\\sum_{{{letter}}}"), format!("\\sum_{letter}")];
            limit.is_some()
                || formulas().any(|text| plain.iter().any(|sum| text.contains(sum)))
        });
        let ranges = ('a'..='z')
            .filter(|letter| {
                let counted =
                    ["-", "+", " -", " +"].map(|sign| format!("_{{{letter}{sign}"));
                !formulas().any(|text| counted.iter().any(|sign| text.contains(sign)))
            })
            .filter_map(|letter| {
                let mut limits = formulas().filter_map(|text| upper_limit(text, letter));
                let first = limits.next()?;
                limits.all(|limit| limit == first).then_some((letter, first))
            })
            .collect();
        Samples { letters, ranges }
    }

    /// Whether the document numbers samples so.
    pub(super) fn is_empty(&self) -> bool {
        self.letters.is_empty()
    }

    /// The text with the numbers of samples as first subscripts, blanks for what that saves.
    pub(super) fn rewritten(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("^{(") {
            let (before, script) = rest.split_at(at);
            let Some((letter, tail, length)) = self.script(script) else {
                let (kept, behind) = rest.split_at(at + 3);
                out.push_str(kept);
                rest = behind;
                continue;
            };
            out.push_str(before);
            let mut behind = &script[length..];
            let mut written = length;
            // The subscript stands before it, or behind it.
            let mut indices = String::new();
            if let Some((start, inside)) = trailing_subscript(&out) {
                written += out.len() - start;
                indices = inside;
                out.truncate(start);
            } else if let Some((length, inside)) = leading_subscript(behind)
                && tail.is_empty()
            {
                written += length;
                indices = inside;
                behind = &behind[length..];
            }
            let comma = if indices.is_empty() { "" } else { "," };
            let script = format!("_{{{letter}{comma}{indices}}}{tail}");
            out.push_str(&script);
            out.extend(std::iter::repeat_n(' ', written.saturating_sub(script.len())));
            rest = behind;
        }
        out.push_str(rest);
        out
    }

    /// The number of a sample that a superscript is: the letter, what of it stays above, its length.
    fn script(&self, text: &str) -> Option<(char, &'static str, usize)> {
        let inside = text.strip_prefix("^{(")?;
        let letter = inside.chars().next()?;
        self.letters.iter().find(|(known, _)| *known == letter)?;
        let behind = inside[1..].strip_prefix(')')?;
        let (tail, length) = [
            ("}", ""),
            ("T}", "^T"),
            ("\\top}", "^\\top"),
            (" T}", "^T"),
            (" \\top}", "^\\top"),
        ]
        .into_iter()
        .find(|(end, _)| behind.starts_with(end))
        .map(|(end, tail)| (tail, end.len()))?;
        Some((letter, tail, 5 + length))
    }

    /// A given of a sample (`x^{(i)} \in \mathbb{R}^d`) as one of the whole family.
    pub(super) fn of_family(&self, text: &str) -> String {
        let Some((name, rest)) = text.split_once("^{(") else {
            return self.of_numbered(text).unwrap_or_else(|| text.to_owned());
        };
        if rest.starts_with("1)}") && rest.contains("dots") {
            return text.replace("^{(", "_{").replace(")}", "}");
        }
        let letter = rest.chars().next().unwrap_or_default();
        let known = self.letters.iter().find(|(known, _)| *known == letter);
        let (Some((_, limit)), Some(behind)) =
            (known, rest.get(1..).and_then(|rest| rest.strip_prefix(")}")))
        else {
            return text.to_owned();
        };
        match (behind.trim_start().starts_with("\\in"), limit) {
            (true, Some(limit)) => {
                format!("{name}_1, \\dots, {name}_{{{limit}}}{behind}")
            }
            (true, None) => self.rewritten(text),
            (false, _) => format!("{name}{behind}"),
        }
    }
}

impl Samples {
    /// `x_i \in \mathbb{R}^d` where the document sums over i from 1 to n.
    fn of_numbered(&self, text: &str) -> Option<String> {
        let (name, set) = text.split_once("\\in")?;
        let (base, script) = name.trim().split_once('_')?;
        let letter = script.trim_matches(['{', '}', ' ']);
        let (letter, "") = (letter.chars().next()?, letter.get(1..)?) else {
            return None;
        };
        let (_, limit) = self.ranges.iter().find(|(known, _)| *known == letter)?;
        Some(format!("{base}_1, \\dots, {base}_{{{limit}}} \\in{set}"))
    }
}

/// How far a letter runs: `m` in `\sum_{i=1}^{m}` and in `i = 1, \dots, m`.
fn upper_limit(text: &str, letter: char) -> Option<String> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let size = |limit: &str| {
        let fits = !limit.is_empty()
            && limit.len() <= 12
            && limit.chars().all(|c| c.is_alphanumeric() || "_{}\\".contains(c));
        fits.then(|| limit.to_owned())
    };
    let sum = format!("_{{{letter}=1}}^");
    if let Some(at) = compact.find(&sum) {
        let behind = &compact[at + sum.len()..];
        return match behind.strip_prefix('{') {
            Some(inside) => size(inside.split_once('}')?.0),
            None => size(&behind[..behind.chars().next()?.len_utf8()]),
        };
    }
    let range = format!("{letter}=1,");
    let behind = compact.strip_prefix(&range)?;
    let dots = ["\\dots,", "\\ldots,", "\\cdots,", "...,"];
    let last = dots.iter().find_map(|dots| behind.strip_prefix(dots))?;
    size(last)
}

/// The subscript at the end of a text: where it begins, and its inside.
fn trailing_subscript(text: &str) -> Option<(usize, String)> {
    if let Some(group) = text.strip_suffix('}') {
        let open = group.rfind("_{")?;
        let inside = &group[open + 2..];
        return (!inside.contains(['{', '}'])).then(|| (open, inside.to_owned()));
    }
    let last = text.chars().next_back()?;
    let before = &text[..text.len() - last.len_utf8()];
    (last.is_alphanumeric() && before.ends_with('_'))
        .then(|| (before.len() - 1, last.to_string()))
}

/// The subscript at the beginning of a text: its length and its inside.
fn leading_subscript(text: &str) -> Option<(usize, String)> {
    let script = text.strip_prefix('_')?;
    match script.strip_prefix('{') {
        Some(group) => {
            let (inside, _) = group.split_once('}')?;
            (!inside.contains('{')).then(|| (inside.len() + 3, inside.to_owned()))
        }
        None => {
            let first = script.chars().next()?;
            first.is_alphanumeric().then(|| (1 + first.len_utf8(), first.to_string()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::source::{Format, read_text};

    fn samples(text: &str) -> Samples {
        let source =
            read_text("t.md", Format::Markdown, text.to_owned()).expect("it reads");
        Samples::of(&source)
    }

    #[test]
    fn letters_that_are_summed_number_samples_and_letters_that_are_counted_on_do_not() {
        let found = samples(
            "$x^{(i)}$ and $z^{(l)} = W z^{(l-1)}$, $\\sum_{i=1}^m x^{(i)}$, $\\sum_{l=1}^L z^{(l)}$",
        );
        assert_eq!(found.letters, [('i', Some("m".to_owned()))]);
    }

    #[test]
    fn samples_become_first_subscripts_at_their_places() {
        let known = samples("$\\sum_{i=1}^{m} x^{(i)}$");
        let text = "y^{(i)} x_j^{(i)} + x^{(i)}_{k} x^{(i)\\top} - z^{(l)}";
        let expected = "y_{i}   x_{i,j}   + x_{i,k}     x_{i}^\\top  - z^{(l)}";
        assert_eq!(known.rewritten(text), expected);
        assert_eq!(text.len(), expected.len());
    }

    #[test]
    fn a_given_of_a_sample_is_one_of_the_family() {
        let known = samples("$\\sum_{i=1}^{m} x^{(i)}$");
        assert_eq!(
            known.of_family("x^{(i)} \\in \\mathbb{R}^d"),
            "x_1, \\dots, x_{m} \\in \\mathbb{R}^d"
        );
        assert_eq!(known.of_family("y^{(i)} binary"), "y binary");
        assert_eq!(
            known.of_family("z^{(l)} \\in \\mathbb{R}"),
            "z^{(l)} \\in \\mathbb{R}"
        );
    }
}
