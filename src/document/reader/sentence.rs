//! Where a sentence begins and ends, formulas included, and the definitions that it adds behind.

use super::cue::last_end;
use crate::document::source::{Piece, Source, Token};

/// How far a sentence is looked for.
const REACH: usize = 40;

/// The first token of the sentence that the token stands in, as far as its formulas go.
pub(super) fn start(source: &Source, token: usize) -> usize {
    let mut start = token;
    while start > 0 && token - start < REACH {
        match &source.tokens[start - 1] {
            Token::Text(span) if last_end(source.slice(*span)).is_some() => break,
            Token::Text(_) | Token::Math(Piece { display: false, .. }) => start -= 1,
            Token::Math(_) | Token::Break | Token::Item(_) | Token::Heading(..) => break,
        }
    }
    start
}

/// The token at which the sentence that the token stands in has ended: behind its last formula.
pub(super) fn end(source: &Source, token: usize) -> usize {
    let tokens = &source.tokens;
    let last = tokens.len().min(token + REACH);
    let mut at = token;
    while at < last {
        match &tokens[at] {
            Token::Text(span)
                if at > token && last_end(source.slice(*span)).is_some() =>
            {
                return at;
            }
            Token::Math(piece) if piece.display => {
                let body = source.slice(piece.body).trim_end();
                let body = body
                    .trim_end_matches(|c: char| {
                        c == '}' || c.is_alphabetic() || c == '{' || c == '*'
                    })
                    .trim_end_matches("\\end")
                    .trim_end();
                if body.ends_with('.') {
                    return at + 1;
                }
            }
            Token::Break if at > token && !goes_on(source, at) => return at,
            Token::Item(_) | Token::Heading(..) if at > token => return at,
            _ => {}
        }
        at += 1;
    }
    last
}

/// Whether a sentence goes on behind a break: with a display, or with a small letter behind one.
fn goes_on(source: &Source, at: usize) -> bool {
    let next =
        source.tokens[at + 1..].iter().find(|token| !matches!(token, Token::Break));
    match next {
        Some(Token::Math(piece)) => piece.display,
        Some(Token::Text(span)) => {
            let displayed = source.tokens[..at]
                .iter()
                .rev()
                .find(|token| !matches!(token, Token::Break))
                .is_some_and(
                    |token| matches!(token, Token::Math(piece) if piece.display),
                );
            let text = source.slice(*span).trim_start();
            displayed && text.starts_with(char::is_lowercase)
        }
        _ => false,
    }
}

/// The formulas behind the one at `token`, in its sentence, that define by "with" or "where" a name
/// that it uses.
pub(super) fn definitions_behind(source: &Source, token: usize) -> Vec<usize> {
    const CUES: [&str; 4] = ["with", "where", "mit", "wobei"];
    let Token::Math(piece) = &source.tokens[token] else { return Vec::new() };
    let text = source.slice(piece.body);
    let end = end(source, token);
    let mut found = Vec::new();
    let mut cued = false;
    for at in token + 1..end {
        let Token::Math(behind) = &source.tokens[at] else { continue };
        let said = match &source.tokens[at - 1] {
            Token::Text(span) => source.slice(*span).trim_end().to_lowercase(),
            _ => String::new(),
        };
        let word = said.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
        // "with $a = …$ and $b = …$" goes on.
        let joined = cued && (word == "and" || word == "und" || said.trim() == ",");
        cued = CUES.contains(&word) || joined;
        if !cued || behind.display {
            continue;
        }
        let Some((name, _)) = source.slice(behind.body).split_once('=') else { continue };
        if uses(text, name.trim().trim_end_matches(':').trim_end()) {
            found.push(at);
        }
    }
    found
}

/// Whether a formula holds a symbol: by its letters, with nothing more of a name around it.
fn uses(text: &str, name: &str) -> bool {
    if name.is_empty() || name.len() > 40 {
        return false;
    }
    let letters = name.trim_end().ends_with(|c: char| c.is_ascii_alphabetic());
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let behind = text[at + name.len()..].chars().next();
        let inside = before.is_some_and(|c| c == '\\' || c.is_ascii_alphabetic())
            && text[..at].rfind('\\').is_some_and(|slash| {
                text[slash + 1..at].bytes().all(|byte| byte.is_ascii_alphabetic())
            });
        let longer = letters
            && name.starts_with('\\')
            && behind.is_some_and(|c| c.is_ascii_alphabetic());
        !inside && !longer
    })
}
