//! What the words before a formula make of it: "let", "such that", "if".

use crate::document::source::{Piece, Source, Token};
use crate::language::ast::{
    Chain, Comparison, Condition, Kind, Names, Relation, Spelling,
};
use crate::language::parse_math;

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
    /// "the upstream gradient", "the gradient of the loss": what follows is one.
    Gradient,
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
        _ if has(&["gradient", "gradients", "upstream"]) => Cue::Gradient,
        _ => Cue::None,
    }
}

/// The words of the sentence in which the formula at `token` stands, before it, in lower case; with
/// the sentence before where that belongs to the same paragraph.
fn words_before(source: &Source, token: usize) -> Vec<String> {
    const REACH: usize = 6;
    let mut texts: Vec<&str> = Vec::new();
    for before in source.tokens[..token].iter().rev().take(REACH) {
        match before {
            Token::Text(span) => texts.push(source.slice(*span)),
            Token::Math(Piece { display: false, .. }) => {}
            Token::Break if texts.is_empty() => {}
            Token::Break | Token::Item(_) | Token::Heading(..) | Token::Math(_) => break,
        }
    }
    texts
        .iter()
        .rev()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Whether the text before the formula at `token` looks for where something vanishes: then what
/// follows is an equation for the solution and no identity.
pub(super) fn solves(source: &Source, token: usize) -> bool {
    let words = words_before(source, token);
    let near = &words[words.len().saturating_sub(30)..];
    let has = |cues: &[&str]| near.iter().any(|word| cues.contains(&word.as_str()));
    let vanishing = has(&["zero", "0", "vanish", "vanishes", "vanishing"]);
    let asked = has(&[
        "set",
        "sets",
        "setting",
        "equate",
        "equating",
        "solve",
        "solving",
        "where",
        "when",
        "must",
        "require",
        "requiring",
        "put",
        "putting",
        "yields",
        "gives",
        "gradient",
    ]);
    let named = near.windows(2).any(|pair| {
        matches!(
            (pair[0].as_str(), pair[1].as_str()),
            ("normal", "equation" | "equations")
                | ("stationary", "point" | "points" | "condition")
                | ("first", "order")
                | ("optimality", "condition" | "conditions")
                | ("optimal", "solution")
                | ("the", "optimum" | "minimum" | "maximum" | "minimiser" | "minimizer")
        )
    });
    let solved = has(&["solve", "solving", "solved"]) && has(&["for"]);
    vanishing && asked || named || solved
}

/// Whether the words before the formula at `token` speak of an optimum, where a derivative vanishes.
pub(super) fn seeks(source: &Source, token: usize) -> bool {
    const WORDS: [&str; 14] = [
        "set",
        "setting",
        "solve",
        "solving",
        "optimum",
        "optimal",
        "optimality",
        "minimum",
        "maximum",
        "minimiser",
        "minimizer",
        "stationary",
        "critical",
        "extremum",
    ];
    words_before(source, token).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// The condition on index letters that the words before the formula at `token` state: "for
/// $i \neq j$ we have", "If $i = j$:".
pub(super) fn condition_before(
    source: &Source,
    token: usize,
    names: &dyn Names,
) -> Option<Condition> {
    const REACH: usize = 4;
    let first = token.saturating_sub(REACH);
    for at in (first..token).rev() {
        match &source.tokens[at] {
            Token::Text(span) => {
                let text = source.slice(*span).trim_end();
                // A sentence that has ended says nothing of what follows.
                if text.contains(['.', ';', '!', '?']) {
                    return None;
                }
            }
            Token::Math(piece) if !piece.display => {
                let said =
                    at.checked_sub(1).and_then(|before| match &source.tokens[before] {
                        Token::Text(span) => {
                            let text = source.slice(*span).to_lowercase();
                            text.split(|c: char| !c.is_alphabetic())
                                .rfind(|word| !word.is_empty())
                                .map(str::to_owned)
                        }
                        _ => None,
                    });
                let supposed = said.is_some_and(|word| {
                    matches!(
                        word.as_str(),
                        "for" | "if" | "when" | "whenever" | "case" | "assume" | "where"
                    )
                });
                if supposed
                    && let Some(condition) = on_letters(source.slice(piece.body), names)
                {
                    return Some(condition);
                }
            }
            Token::Break if at + 1 == token => {}
            Token::Math(_) | Token::Break | Token::Item(_) | Token::Heading(..) => {
                return None;
            }
        }
    }
    None
}

/// `i \neq j`, `k = l` as a condition, where both sides are letters that nothing gives.
fn on_letters(text: &str, names: &dyn Names) -> Option<Condition> {
    if text.len() > 60 {
        return None;
    }
    let (rows, _) = parse_math(text, Spelling::Latex, names);
    let [row] = rows.as_slice() else { return None };
    let Chain { sides, signs, .. } = &row.chain;
    let ([Some(left), Some(right)], [(relation, _)]) =
        (sides.as_slice(), signs.as_slice())
    else {
        return None;
    };
    let comparison = match relation {
        Relation::Equal => Comparison::Equal,
        Relation::Other("≠") => Comparison::NotEqual,
        _ => return None,
    };
    let letter =
        |kind: &Kind| matches!(kind, Kind::Name(name) if names.kind(name).is_none());
    (letter(&left.kind) && letter(&right.kind)).then(|| {
        Condition::Compare(Box::new(left.clone()), comparison, Box::new(right.clone()))
    })
}
