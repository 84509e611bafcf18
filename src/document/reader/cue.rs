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
    /// "subject to": it holds at the solution of an optimisation problem.
    Constrains,
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

/// Words that may stand between "if" and the formula that it supposes.
const ASIDES: [&str; 11] = [
    "in",
    "addition",
    "additionally",
    "also",
    "moreover",
    "instead",
    "now",
    "further",
    "furthermore",
    "we",
    "have",
];

const RESTRICTIONS: [&str; 7] =
    ["satisfies", "satisfying", "satisfy", "assume", "assuming", "suppose", "supposing"];

/// Words before "that" which make it a restriction; "note that", "we know that" claim.
const THAT: [&str; 11] = [
    "such",
    "given",
    "provided",
    "assume",
    "assuming",
    "suppose",
    "supposing",
    "require",
    "requiring",
    "chosen",
    "condition",
];

/// Words for arrays that are made to satisfy an equation: "centred, so $\sum_n x_n = 0$".
const ARRANGED: [&str; 10] = [
    "centred",
    "centered",
    "normalised",
    "normalized",
    "standardised",
    "standardized",
    "whitened",
    "orthonormal",
    "chosen",
    "scaled",
];

const DEFINITIONS: [&str; 12] = [
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
    "now",
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
    let joined = sentence.trim_end().ends_with(char::is_alphabetic);
    // "with $X \in …$ and $\sum_k x_k = 1$": what joins two formulas carries the cue on.
    let joint = text.trim().trim_start_matches(',').trim();
    if matches!(joint, "" | "and")
        && text.len() < 8
        && token >= 2
        && matches!(source.tokens[token - 2], Token::Math(Piece { display: false, .. }))
        && cue(source, token - 2) == Cue::Assumes
    {
        return Cue::Assumes;
    }
    // "the target $t \in \mathbb{R}^K$, $\sum_k t_k = 1$": what follows a membership restricts it.
    if text.trim() == ","
        && token >= 2
        && let Token::Math(before) = &source.tokens[token - 2]
        && !before.display
        && ["\\in ", "\\in\\", "∈"]
            .iter()
            .any(|sign| source.slice(before.body).contains(sign))
    {
        return Cue::Assumes;
    }
    let denied = has(&["not", "never", "don", "without", "will"]);
    let that = near.windows(2).any(|pair| THAT.contains(&pair[0]) && pair[1] == "that")
        || has(&ARRANGED) && has(&["that", "so", "meaning", "hence", "e"]);
    // "if in addition": what stands between is said in passing.
    let plain = near.iter().rev().find(|word| !ASIDES.contains(word));
    match near.last() {
        Some(last) if joined && HYPOTHESES.contains(last) => Cue::Supposes,
        Some(_)
            if joined
                && plain
                    .is_some_and(|word| matches!(*word, "if" | "when" | "whenever")) =>
        {
            Cue::Supposes
        }
        Some(_)
            if near.windows(2).any(|pair| pair == ["subject", "to"])
                || near.contains(&"nebenbedingung") =>
        {
            Cue::Constrains
        }
        Some(_) if denied && (that || has(&RESTRICTIONS)) => Cue::Supposes,
        Some(last) if that || has(&RESTRICTIONS) || matches!(*last, "with" | "where") => {
            Cue::Assumes
        }
        _ if has(&DEFINITIONS) => Cue::Defines,
        _ if has(&["since", "because", "as"]) => Cue::Asserts,
        _ if has(&["gradient", "gradients", "upstream"]) => Cue::Gradient,
        _ => Cue::None,
    }
}

/// Whether the formula at `token` stands in a list of what a sentence lets be: "Let … and
/// $\|x\| = 1$".
pub(super) fn is_let(source: &Source, token: usize) -> bool {
    const ENDS: [&str; 16] = [
        "then",
        "we",
        "show",
        "hence",
        "thus",
        "so",
        "gives",
        "compute",
        "find",
        "have",
        "evaluate",
        "prove",
        "therefore",
        "that",
        "is",
        "which",
    ];
    let words = sentence_before(source, token);
    words
        .first()
        .is_some_and(|word| matches!(word.as_str(), "let" | "assume" | "suppose"))
        && !words.iter().any(|word| ENDS.contains(&word.as_str()))
}

/// Whether the words before the formula at `token` speak of a particular value: "then for this $K$
/// we have", "at the optimum".
pub(super) fn particular(source: &Source, token: usize) -> Option<String> {
    let words = sentence_before(source, token);
    let near = &words[words.len().saturating_sub(9)..];
    let at = near.windows(2).position(|pair| {
        matches!(pair[0].as_str(), "for" | "with" | "at" | "by")
            && matches!(pair[1].as_str(), "this" | "these" | "that" | "such")
    })?;
    let behind: Vec<&str> = near[at..].iter().take(4).map(String::as_str).collect();
    Some(format!("it is said \"{} …\" only", behind[..2.min(behind.len())].join(" ")))
}

/// The words of the sentence in which the formula at `token` stands, before it, in lower case.
fn sentence_before(source: &Source, token: usize) -> Vec<String> {
    const REACH: usize = 24;
    let mut texts: Vec<&str> = Vec::new();
    for before in source.tokens[..token].iter().rev().take(REACH) {
        match before {
            Token::Text(span) => {
                let text = source.slice(*span);
                match last_end(text) {
                    Some(end) => {
                        texts.push(&text[end..]);
                        break;
                    }
                    None => texts.push(text),
                }
            }
            Token::Math(Piece { display: false, .. }) => {}
            Token::Break | Token::Item(_) | Token::Heading(..) | Token::Math(_) => break,
        }
    }
    words_of(&texts)
}

/// The words of texts that were gathered backwards, in lower case.
fn words_of(texts: &[&str]) -> Vec<String> {
    texts
        .iter()
        .rev()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Where the last sentence that ends in a text ends: behind its full stop.
pub(super) fn last_end(text: &str) -> Option<usize> {
    let mut ends = text.match_indices(['.', '?', '!', ';']).filter(|(at, mark)| {
        text[at + mark.len()..].chars().next().is_none_or(char::is_whitespace)
    });
    ends.next_back().map(|(at, mark)| at + mark.len())
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
    words_of(&texts)
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
                let said = match at.checked_sub(1).map(|before| &source.tokens[before]) {
                    Some(Token::Text(span)) => source.slice(*span).to_lowercase(),
                    _ => String::new(),
                };
                let sentence =
                    said.rsplit(['.', ';', '!', '?']).next().unwrap_or_default();
                let words: Vec<&str> = sentence
                    .split(|c: char| !c.is_alphabetic())
                    .filter(|word| !word.is_empty())
                    .collect();
                // "for $i \neq j$", "for a wrong class $j \neq y$"
                let supposes = |word: &&str| {
                    matches!(
                        *word,
                        "for" | "if" | "when" | "whenever" | "case" | "assume" | "where"
                    )
                };
                let near = &words[words.len().saturating_sub(5)..];
                let supposed = near.last().is_some_and(supposes)
                    || near.first().is_some_and(|first| matches!(*first, "for" | "if"))
                        && near.len() == words.len();
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
