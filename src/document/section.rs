//! Sections: from headings, and from the question lines of hand-ins (`Question 2.a Linear Module`,
//! `a)`, `ii) The ReLU case`), which no markup marks.
//!
//! **Invariant:** a section's level is larger than the level of every section that holds it; it ends
//! where the next of the same or a smaller level begins.

use super::label::number;
use super::source::{Source, Token};
use crate::language::ast::Span;

/// Levels: headings have 1 to 6, then a question, its lettered parts, their roman parts.
const QUESTION: u8 = 10;
const LETTER: u8 = 11;
const ROMAN: u8 = 12;

/// The beginning of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The token at which it begins.
    pub token: usize,
    /// Its level.
    pub level: u8,
    /// What it is called: the heading, the question line, or `a)`.
    pub label: String,
}

/// The beginnings of all sections, in order.
pub fn marks(source: &Source) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    // The heading whose own text comes next.
    let mut heading: Option<Span> = None;
    for (at, token) in source.tokens.iter().enumerate() {
        match token {
            Token::Heading(level, title) => {
                heading = Some(*title);
                let label = plain(source.slice(*title));
                marks.push(Mark { token: at, level: *level, label });
            }
            Token::Text(span) if heading.is_none_or(|title| span.start >= title.end) => {
                heading = None;
                if !begins_line(source, at, *span) {
                    continue;
                }
                let Some((level, label)) = question(source, at, *span, &marks) else {
                    continue;
                };
                let inner = (level == LETTER).then(|| roman_behind(source.slice(*span)));
                marks.push(Mark { token: at, level, label });
                if let Some(Some(inner)) = inner {
                    marks.push(Mark { token: at, level: ROMAN, label: inner });
                }
            }
            _ => {}
        }
    }
    marks
}

/// The roman part that stands behind a lettered one: `i)` of `c) i)`.
fn roman_behind(line: &str) -> Option<String> {
    let found = number(line);
    let [_, roman] = found.tokens.as_slice() else { return None };
    roman.starts_with(['i', 'v', 'x']).then(|| format!("{roman})"))
}

/// Whether nothing but a list marker stands before the prose on its line.
fn begins_line(source: &Source, at: usize, span: Span) -> bool {
    let line_start = source.text[..span.start].rfind('\n').map_or(0, |offset| offset + 1);
    let before = source.text[line_start..span.start].trim();
    before.bytes().all(|byte| matches!(byte, b'>' | b' '))
        || at > 0 && matches!(source.tokens[at - 1], Token::Item(_))
}

/// Whether the prose at token `at` is a question line: its level and label.
fn question(
    source: &Source,
    at: usize,
    span: Span,
    marks: &[Mark],
) -> Option<(u8, String)> {
    let line = source.slice(span).trim_start_matches(['*', '_', '#', '{', ' ', '\\']);
    let line = line.strip_prefix("textbf{").unwrap_or(line);
    let tags = ["<b>", "<strong>", "<em>", "<u>"];
    let line = tags.iter().find_map(|tag| line.strip_prefix(tag)).unwrap_or(line);
    // `1. a)`: the number was taken for a list's.
    let item = at.checked_sub(1).and_then(|before| match source.tokens[before] {
        Token::Item(item) => Some(source.slice(item).trim()),
        _ => None,
    });
    if let Some(item) = item
        && item.starts_with(|c: char| c.is_ascii_digit())
        && part_label(line).is_some()
    {
        let found = number(line);
        if !found.tokens.is_empty() {
            return Some((QUESTION, format!("{item} {})", found.tokens.join(") "))));
        }
    }
    let followed_by_formula = matches!(source.tokens.get(at + 1), Some(Token::Math(_)));
    if let Some(label) = numbered(line, followed_by_formula) {
        return Some((QUESTION, label));
    }
    if let Some(label) = emphasised(source.slice(span)) {
        return Some((QUESTION, label));
    }
    if let Some(label) = compound(line, followed_by_formula) {
        return Some((QUESTION, label));
    }
    let inside = part_label(line).map(str::to_owned);
    let inside = inside.or_else(|| lone_part(source.slice(span)))?;
    let label = format!("{inside})");
    let lower = inside.to_ascii_lowercase();
    let roman = matches!(
        lower.as_str(),
        "i" | "ii"
            | "iii"
            | "iv"
            | "v"
            | "vi"
            | "vii"
            | "viii"
            | "ix"
            | "x"
            | "xi"
            | "xii"
    );
    if !roman {
        return (inside.len() == 1).then_some((LETTER, label));
    }
    // `i)` behind `h)` is the ninth letter, as `v)` behind `u)` and `x)` behind `w)`.
    let letter_before = marks
        .iter()
        .rev()
        .take_while(|mark| mark.level >= LETTER)
        .find(|mark| mark.level == LETTER)
        .and_then(|mark| mark.label.bytes().next());
    let continues = lower.len() == 1
        && letter_before.is_some_and(|before| before + 1 == lower.as_bytes()[0]);
    Some((if continues { LETTER } else { ROMAN }, label))
}

/// Words that begin a question, and those that begin a part where they are set apart by bold type.
const WORDS: [&str; 14] = [
    "question",
    "problem",
    "exercise",
    "task",
    "aufgabe",
    "ejercicio",
    "exercice",
    "esercizio",
    "answer",
    "solution",
    "ex.",
    "ex",
    "qn",
    "q",
];
const PARTS: [&str; 10] =
    ["example", "beispiel", "part", "teil", "case", "step", "例", "例题", "问题", "题"];

/// `**Example 3.** Let …`, `\textbf{Question 1 d)} Now …`: a label in bold type at the beginning of
/// a line, whatever follows it.
fn emphasised(line: &str) -> Option<String> {
    let (inside, closer) =
        [("**", "**"), ("__", "__"), ("\\textbf{", "}")]
            .into_iter()
            .find_map(|(opener, closer)| Some((line.strip_prefix(opener)?, closer)))?;
    let label = &inside[..inside.find(closer)?];
    let lower = label.to_lowercase();
    let numbered = WORDS.iter().chain(&PARTS).any(|word| {
        lower.strip_prefix(word).is_some_and(|rest| {
            rest.trim_start().starts_with(|c: char| c.is_ascii_digit())
        })
    });
    // `**2.**`
    let bare = label.trim_matches(['.', ')', '(', ':', ' ']);
    let number = !bare.is_empty()
        && bare.len() < label.len()
        && bare.len() <= 2
        && bare.bytes().all(|byte| byte.is_ascii_digit());
    ((numbered || number) && label.chars().count() <= 70).then(|| plain(label))
}

/// `Question 2.a Linear Module`, `Exercise 3:`, `Q1.`, `Problem 2 (10 points)`.
fn numbered(line: &str, followed_by_formula: bool) -> Option<String> {
    let lower = line.to_ascii_lowercase();
    let word = WORDS.into_iter().find(|word| lower.starts_with(word))?;
    let rest = line[word.len()..].trim_start();
    let blank = rest.len() < line[word.len()..].len();
    if !rest.starts_with(|c: char| c.is_ascii_digit()) || !(blank || word == "q") {
        return None;
    }
    let number = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'))
        .unwrap_or(rest.len());
    let behind = rest[number..].trim_start_matches(['*', '_', '}']).trim_start();
    let label = plain(line);
    // `Question 1.1 d) Now let …`: the label reaches to its part.
    if !short_line(line, followed_by_formula)
        && let Some(part) = part_label(behind)
    {
        let start = line.len() - behind.len();
        let end = start + behind.find(part)? + part.len();
        return Some(format!("{})", plain(&line[..end])));
    }
    let separated =
        behind.is_empty() || behind.starts_with([':', ')', '(', '.', '–', '—', '-']);
    let short = short_line(line, followed_by_formula);
    if separated && !short {
        // A long line: the question's text follows its number.
        let end = line.len() - rest.len() + number;
        return Some(plain(&line[..end]));
    }
    short.then_some(label)
}

/// `2c)`, `2.c.ii Softmax`, `2 (c)`: a number with its part, without any word.
fn compound(line: &str, followed_by_formula: bool) -> Option<String> {
    let bare = line.strip_prefix('(').unwrap_or(line);
    if !bare.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let found = number(line);
    // `1.` or `**1**` alone on its line.
    if found.tokens.len() == 1 && found.rest.trim().is_empty() && !followed_by_formula {
        let marked = line.trim_end().ends_with(['.', ')', ':', '*', '_']);
        return (marked && line.trim().len() <= 8).then(|| found.tokens[0].clone());
    }
    let with_part = found.tokens.len() > 1
        && found.tokens[1].starts_with(|c: char| c.is_ascii_alphabetic());
    if !with_part {
        return None;
    }
    let length = line.chars().count().saturating_sub(found.rest.chars().count());
    let label: String = line.chars().take(length).collect();
    let label = label.trim_end();
    let alone = found.rest.trim().is_empty() && !followed_by_formula;
    let closed = label.ends_with([')', ']', ':']);
    let titled =
        label.contains(['.', '-', ')', ' ']) && short_line(line, followed_by_formula);
    (alone || closed || titled).then(|| plain(label.trim_end_matches(['*', '_'])))
}

/// `Part c`, `**c.** The norm`: a part's letter that a word or bold type sets apart.
fn lone_part(line: &str) -> Option<String> {
    let emphasised = [("**", "**"), ("__", "__"), ("\\textbf{", "}")];
    let bold = emphasised.into_iter().find_map(|(opener, closer)| {
        let inside = line.trim_start().strip_prefix(opener)?;
        inside.split_once(closer)
    });
    let label = match bold {
        Some((inside, _)) => inside,
        None if line.trim_start().to_lowercase().starts_with("part") => line,
        None => return None,
    };
    let found = number(label);
    let [token] = found.tokens.as_slice() else { return None };
    let alone = found.rest.trim().is_empty();
    (alone && token.starts_with(|c: char| c.is_ascii_alphabetic())).then(|| token.clone())
}

/// Whether a question line is no more than a title.
fn short_line(line: &str, followed_by_formula: bool) -> bool {
    let label = plain(line);
    label.chars().count() <= 70 && !label.ends_with(['.', ',']) && !followed_by_formula
}

/// `a)`, `(a)`, `ii)`, `(iv)` at the beginning of a line: the label.
fn part_label(line: &str) -> Option<&str> {
    let bracketed = line.strip_prefix('(');
    let rest = bracketed.unwrap_or(line);
    let close = rest.bytes().take(6).position(|byte| byte == b')')?;
    let (inside, behind) = (&rest[..close], &rest[close + 1..]);
    let letters =
        !inside.is_empty() && inside.bytes().all(|byte| byte.is_ascii_alphabetic());
    let behind = behind.trim_start_matches(['*', '_', '}']);
    let spaced = behind.is_empty() || behind.starts_with([' ', '\t', ':', '.']);
    (letters && spaced).then_some(inside)
}

/// A label without the marks of bold and emphasis around it.
fn plain(text: &str) -> String {
    let mut text = text.replace("**", "").replace("__", "").replace("\\textbf{", "");
    for tag in ["b", "strong", "em", "u"] {
        text = text.replace(&format!("<{tag}>"), "").replace(&format!("</{tag}>"), "");
    }
    text.trim().trim_end_matches([':', '}', '*']).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::source::{Format, read_text};

    fn labels(text: &str) -> Vec<(u8, String)> {
        let source =
            read_text("t.md", Format::Markdown, text.to_owned()).expect("it reads");
        marks(&source).into_iter().map(|mark| (mark.level, mark.label)).collect()
    }

    fn named(level: u8, label: &str) -> (u8, String) {
        (level, label.to_owned())
    }

    #[test]
    fn a_hand_in_without_headings_has_its_questions_and_parts() {
        let text = "Question 1\n\na) Given $x$\n\nb) Given $y$, both i) and ii) matter\n\n\
            Question 2.b Activation Module\n\nb) Consider\n\ni) A generic function h\n\n\
            ii) The ReLU case h\n";
        let expected = [
            named(QUESTION, "Question 1"),
            named(LETTER, "a)"),
            named(LETTER, "b)"),
            named(QUESTION, "Question 2.b Activation Module"),
            named(LETTER, "b)"),
            named(ROMAN, "i)"),
            named(ROMAN, "ii)"),
        ];
        assert_eq!(labels(text), expected);
    }

    #[test]
    fn the_ninth_letter_is_no_roman_number() {
        let text = "h) one\n\ni) two\n\nj) three\n\ni) four\n";
        let levels: Vec<u8> = labels(text).into_iter().map(|(level, _)| level).collect();
        assert_eq!(levels, [LETTER, LETTER, LETTER, ROMAN]);
    }

    #[test]
    fn headings_and_bold_questions_count_once() {
        let text = "# Sheet\n\n## Question 1: norms\n\n**(a)** the norm\n\n**Problem 2.** Show that\n";
        let expected = [
            named(1, "Sheet"),
            named(2, "Question 1: norms"),
            named(LETTER, "a)"),
            named(QUESTION, "Problem 2. Show that"),
        ];
        assert_eq!(labels(text), expected);
    }

    #[test]
    fn prose_that_mentions_a_question_is_no_question() {
        let text = "Question 1 asks for the gradient of a norm, which was shown in the lecture.\n\n\
            (see above) this\n\nThe case i) is easy.\n\n- ab) no\n";
        assert_eq!(labels(text), []);
    }
}
