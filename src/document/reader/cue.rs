//! What the words before a formula make of it: "let", "such that", "if".

use crate::document::source::{Source, Token};

/// What the words before a formula make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cue {
    None,
    /// "let", "define", "where": it defines.
    Defines,
    /// "such that", "with", "assuming": it restricts.
    Assumes,
    /// "since", "because": it is a fact that the text falls back on.
    Asserts,
    /// "if", "when", "at": it is a case that the text considers.
    Supposes,
}

const HYPOTHESES: [&str; 15] = [
    "if", "when", "whenever", "at", "for", "unless", "case", "every", "any", "each",
    "all", "only", "whether", "suppose", "once",
];

const RESTRICTIONS: [&str; 7] =
    ["that", "satisfies", "satisfying", "satisfy", "assume", "assuming", "suppose"];

const DEFINITIONS: [&str; 11] = [
    "let",
    "define",
    "defined",
    "denote",
    "denotes",
    "consider",
    "set",
    "put",
    "where",
    "introduce",
    "call",
];

/// What the prose before the formula at `token` says of it.
pub(super) fn cue(source: &Source, token: usize) -> Cue {
    let Some(Token::Text(span)) = token.checked_sub(1).map(|at| &source.tokens[at])
    else {
        return Cue::None;
    };
    let text = source.slice(*span);
    let tail = match text.char_indices().rev().nth(200) {
        Some((at, _)) => &text[at..],
        None => text,
    };
    let text = tail.to_lowercase();
    let sentence = text.rsplit(['.', ';', '?', '!']).next().unwrap_or_default();
    let words: Vec<&str> = sentence
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty())
        .collect();
    let near = &words[words.len().saturating_sub(5)..];
    let has = |cues: &[&str]| near.iter().any(|word| cues.contains(word));
    let joined = sentence.ends_with(char::is_alphabetic);
    match near.last() {
        Some(last) if joined && HYPOTHESES.contains(last) => Cue::Supposes,
        Some(last) if has(&RESTRICTIONS) || matches!(*last, "with" | "where") => {
            Cue::Assumes
        }
        _ if has(&DEFINITIONS) => Cue::Defines,
        _ if has(&["since", "because", "as"]) => Cue::Asserts,
        _ => Cue::None,
    }
}
