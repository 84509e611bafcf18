//! Labels of sections: which question and part a heading or question line names, however it is
//! written: `Question 2.c`, `Exercise 2, part c`, `Q2 (c)`, `2c)`, `### (c) Softmax` below `## 2`.
//!
//! A label's number is its list of digits and letters: `2`, `c`, `ii`. Nested labels add up, where what
//! they repeat counts once: `Question 2.b` / `b)` / `i)` is `2`, `b`, `i`.

/// Words before a question's number.
const QUESTIONS: [&str; 20] = [
    "question",
    "questions",
    "problem",
    "exercise",
    "task",
    "aufgabe",
    "opgave",
    "übung",
    "frage",
    "ejercicio",
    "exercice",
    "esercizio",
    "subquestion",
    "ex.",
    "ex",
    "qn",
    "qu.",
    "q.",
    "q",
    "item",
];

/// Words before a part's letter or number.
const PARTS: [&str; 7] = ["sub-part", "subpart", "part", "teil", "section", "sec.", "§"];

/// Words before all these.
const ANSWERS: [&str; 9] =
    ["answers", "answer", "solutions", "solution", "ans.", "lösung", "to", "for", "zu"];

/// The number of a label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Number {
    /// Its digits and letters, in lower case.
    pub(super) tokens: Vec<String>,
    /// Whether a question's word stands before it.
    pub(super) question: bool,
    /// What is left of the label behind its number.
    pub(super) rest: String,
}

/// Reads a label's number; it has no tokens where the label names none.
pub(super) fn number(label: &str) -> Number {
    let text: String = label.replace("\\textbf{", "").replace("\\emph{", "");
    let text = text.replace(['*', '_', '{', '}', '#', '~'], " ").to_lowercase();
    let mut rest = text.trim_start();
    let mut found = Number::default();
    while let Some(behind) = ANSWERS.iter().find_map(|word| after_word(rest, word)) {
        rest = behind;
    }
    let mut worded = false;
    for words in [&QUESTIONS[..], &PARTS[..]] {
        if let Some(behind) = words.iter().find_map(|word| after_word(rest, word)) {
            found.question |= words.len() == QUESTIONS.len();
            worded = true;
            rest = behind;
        }
    }
    while let Some((token, behind)) = token(rest, found.tokens.is_empty(), worded) {
        found.tokens.push(token);
        rest = behind;
        let next = rest.trim_start_matches([' ', ',', ';', ':', '/']);
        let part = PARTS.iter().chain(&QUESTIONS).find_map(|word| after_word(next, word));
        // `Question 2, part c`: the word announces a letter.
        worded = part.is_some();
        if let Some(behind) = part {
            rest = behind;
        }
    }
    found.rest = rest.trim_start_matches([')', ']', ' ', '.', ':']).to_string();
    if found.tokens.is_empty() {
        found.question = false;
    }
    found
}

/// What stands behind a word, where the word is followed by a number.
fn after_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let behind = text.strip_prefix(word)?;
    let next = behind.trim_start_matches([' ', ':', '(', '[', '.', '-']);
    let ends = behind.starts_with(|c: char| !c.is_alphabetic());
    let numbered = next.starts_with(|c: char| c.is_ascii_digit())
        || single(next).is_some()
        || word_follows(next);
    (ends && numbered).then(|| behind.trim_start_matches([' ', ':']))
}

fn word_follows(text: &str) -> bool {
    QUESTIONS.iter().chain(&PARTS).chain(&ANSWERS[6..]).any(|word| {
        text.strip_prefix(word)
            .is_some_and(|behind| behind.starts_with(|c: char| !c.is_alphabetic()))
    })
}

/// The next token, and what stands behind it.
fn token(text: &str, first: bool, worded: bool) -> Option<(String, &str)> {
    // Behind `2.c)` a blank may follow; a letter behind a blank needs a bracket or full stop.
    let inner = text.trim_start_matches([' ', '.', '-', ')', ']']);
    let spaced = text[..text.len() - inner.len()].contains(' ') && !worded;
    if !first && inner.len() == text.len() && !worded {
        // Digits and letters may touch: `2c`. Nothing else may.
        let touches = text.starts_with(|c: char| c.is_ascii_alphabetic());
        let bracket = text.starts_with(['(', '[']);
        if !touches && !bracket {
            return None;
        }
    }
    let bracketed = inner.starts_with(['(', '[']);
    let inner = inner.trim_start_matches(['(', '[']);
    let digits = inner.bytes().take_while(u8::is_ascii_digit).count();
    if (1..=3).contains(&digits) {
        if spaced && !first && !bracketed {
            return None;
        }
        return Some((inner[..digits].to_string(), &inner[digits..]));
    }
    let letter = single(inner)?;
    let behind = &inner[letter.len()..];
    let closed = behind.starts_with([')', ']', '.', ':']) || behind.trim().is_empty();
    let loose = first || spaced;
    (closed || worded || !loose).then(|| (letter.to_string(), behind))
}

/// A single letter or a small roman number that ends there.
fn single(text: &str) -> Option<&str> {
    let length = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let word = &text[..length];
    let next = text[length..].chars().next();
    let ends = next.is_none_or(|c| !c.is_alphanumeric() && c != '\'' && c != '’');
    let roman =
        ["ii", "iii", "iv", "vi", "vii", "viii", "ix", "xi", "xii"].contains(&word);
    (ends && (length == 1 || roman)).then_some(word)
}

/// How well a place (headings, outermost first) fits a section's path: the depth of the innermost
/// label that it names, then how much it names. `None` where it does not fit.
pub fn fit(section: &[String], place: &[String]) -> Option<(usize, usize)> {
    let literal = literally(section, place).map(|depth| (depth, place.len()));
    literal.max(by_number(section, place))
}

/// The place's headings stand in the path in this order.
fn literally(section: &[String], place: &[String]) -> Option<usize> {
    let mut depth = 0;
    for wanted in place {
        let found =
            section[depth..].iter().position(|label| begins_with(label, wanted))?;
        depth += found + 1;
    }
    (depth > 0).then_some(depth)
}

/// Whether a heading begins with the wanted words, and a word ends there: `Question 1` is not
/// `Question 10`.
fn begins_with(label: &str, wanted: &str) -> bool {
    let plain =
        |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let (label, wanted) = (plain(label), plain(wanted));
    label.strip_prefix(wanted.as_str()).is_some_and(|rest| {
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        !rest.starts_with(char::is_alphanumeric)
    })
}

/// The place's numbers stand in the path's, from its first or from a question's word on.
fn by_number(section: &[String], place: &[String]) -> Option<(usize, usize)> {
    if place.is_empty() || place.iter().any(|label| number(label).tokens.is_empty()) {
        return None;
    }
    let (wanted, _) = added_up(place);
    let (have, begins) = added_up(section);
    let starts = (0..have.len()).filter(|&at| at == 0 || begins.contains(&at));
    starts
        .filter(|&at| {
            let here = have[at..].iter().map(|(token, _)| token);
            wanted.len() <= have.len() - at && here.zip(&wanted).all(|(a, (b, _))| a == b)
        })
        .map(|at| (have[at + wanted.len() - 1].1 + 1, wanted.len()))
        .max()
}

/// The tokens of nested labels, each with the label it came from, and where a question's word begins.
fn added_up(labels: &[String]) -> (Vec<(String, usize)>, Vec<usize>) {
    let mut all: Vec<(String, usize)> = Vec::new();
    let mut begins = Vec::new();
    for (depth, label) in labels.iter().enumerate() {
        let number = number(label);
        let tokens = &number.tokens;
        let overlap = (0..=tokens.len().min(all.len())).rev().find(|&length| {
            let end = all[all.len() - length..].iter().map(|(token, _)| token);
            end.eq(&tokens[..length])
        });
        let overlap = overlap.unwrap_or(0);
        if number.question && overlap == 0 {
            begins.push(all.len());
        }
        // What is named again is named there.
        let from = all.len() - overlap;
        for (_, of) in &mut all[from..] {
            *of = depth;
        }
        all.extend(tokens[overlap..].iter().map(|token| (token.clone(), depth)));
    }
    (all, begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|&label| label.to_owned()).collect()
    }

    #[test]
    fn a_label_names_its_question_and_part_in_any_style() {
        for (label, tokens) in [
            ("Question 2.c", "2 c"),
            ("Question 2.a Linear Module", "2 a"),
            ("2c)", "2 c"),
            ("2.c.ii", "2 c ii"),
            ("2.c.ii The loss", "2 c ii"),
            ("Q2 (c)", "2 c"),
            ("Q2c: softmax", "2 c"),
            ("Q.2", "2"),
            ("Exercise 2, part c", "2 c"),
            ("Exercise 2 - c) (ii)", "2 c ii"),
            ("Problem 2 (c) (ii)", "2 c ii"),
            ("(c) Softmax", "c"),
            ("**c)**", "c"),
            ("c. Softmax", "c"),
            ("Part (c)", "c"),
            ("part c", "c"),
            ("Answer to question 2c", "2 c"),
            ("Solution 2.c)", "2 c"),
            ("Aufgabe 2 c)", "2 c"),
            ("2", "2"),
            ("2)", "2"),
            ("ii)", "ii"),
            ("2(c)(ii)", "2 c ii"),
            ("2-c", "2 c"),
            ("Question 2 C", "2 c"),
            ("Question 10", "10"),
            ("Softmax", ""),
            ("A remark", ""),
            ("I think so", ""),
            ("a) I used the chain rule", "a"),
            ("c) i)", "c i"),
            ("2) c) ii)", "2 c ii"),
            ("1. a)", "1 a"),
            ("Question 2 a simple case", "2"),
            ("Homework 2", ""),
            ("Deep learning 1", ""),
            ("Answer", ""),
            ("Question", ""),
            ("2.ab", "2"),
            ("", ""),
        ] {
            assert_eq!(number(label).tokens.join(" "), tokens, "{label}");
        }
    }

    #[test]
    fn a_place_fits_by_words_or_by_numbers() {
        let section = path(&["Report", "Question 2.a Linear Module", "a)"]);
        assert_eq!(fit(&section, &path(&["Question 2.a"])), Some((3, 2)));
        assert_eq!(fit(&section, &path(&["question  2.a", "a)"])), Some((3, 2)));
        assert_eq!(fit(&section, &path(&["Exercise 2", "a"])), Some((3, 2)));
        assert_eq!(fit(&section, &path(&["Question 2"])), Some((2, 1)));
        assert_eq!(fit(&section, &path(&["a)", "Question 2.a"])), None);
        assert_eq!(fit(&section, &path(&["Question 1.2"])), None);
        assert_eq!(fit(&section, &[]), None);
        let parts = path(&["Part 1", "Exercise 2", "(c)", "ii."]);
        assert!(fit(&parts, &path(&["Question 2.c", "ii)"])).is_some());
        assert_eq!(fit(&parts, &path(&["Question 2.c", "i)"])), None);
        assert_eq!(fit(&path(&["Question 1.2"]), &path(&["Question 2"])), None);
        assert!(fit(&path(&["Softmax layer"]), &path(&["Softmax"])).is_some());
    }
}
