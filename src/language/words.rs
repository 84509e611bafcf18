//! Words of plain text that are really several names: `dX`, `dL/dX`, `XW`.

use super::ast::{Names, Span};
use super::functions;
use super::lexer::{self, Lexed, Operator, Tok, Token};

/// Splits the words that the givens say are several names; pairs the brackets anew.
pub(super) fn split(mut lexed: Lexed, names: &dyn Names) -> Lexed {
    let mut tokens: Vec<Token> = Vec::with_capacity(lexed.tokens.len());
    let old = std::mem::take(&mut lexed.tokens);
    for (index, token) in old.iter().enumerate() {
        let Tok::Name(word) = &token.tok else {
            tokens.push(token.clone());
            continue;
        };
        // Behind `_` a word is an index list, which the parser reads.
        let subscript = index > 0 && matches!(old[index - 1].tok, Tok::Sub);
        let written = token.span.end - token.span.start == word.len();
        if word.len() < 2
            || subscript
            || !written
            || names.kind(word).is_some()
            || functions::word(word).is_some()
            || !word.is_ascii()
            || lexer::greek(word).is_some()
        {
            tokens.push(token.clone());
            continue;
        }
        let superscript = index > 0 && matches!(old[index - 1].tok, Tok::Sup);
        let cut = match superscript && word.starts_with('T') {
            // `Q^TQ`: a transpose and the next factor.
            true => Some(vec![1, word.len()]),
            false => cuts(word, &old, index, names),
        };
        match cut {
            Some(cuts) => {
                let mut start = 0;
                for end in cuts {
                    let place = token.span.start;
                    tokens.push(Token {
                        tok: Tok::Name(word[start..end].into()),
                        span: Span::new(place + start, place + end),
                        spaced: token.spaced && start == 0,
                    });
                    start = end;
                }
            }
            None => tokens.push(token.clone()),
        }
    }
    lexed.tokens = tokens;
    lexer::pair(&mut lexed);
    lexed
}

/// Where to cut a word, or `None` to leave it whole.
fn cuts(
    word: &str,
    tokens: &[Token],
    index: usize,
    names: &dyn Names,
) -> Option<Vec<usize>> {
    let rest = word.strip_prefix('d');
    if let Some(rest) = rest {
        let scripted = match (tokens.get(index + 1), tokens.get(index + 2)) {
            (Some(sub), Some(Token { tok: Tok::Number(value), .. }))
                if sub.tok == Tok::Sub =>
            {
                names.kind(&format!("{rest}_{value}")).is_some()
            }
            (Some(sub), Some(Token { tok: Tok::Name(value), .. }))
                if sub.tok == Tok::Sub =>
            {
                names.kind(&format!("{rest}_{value}")).is_some()
            }
            _ => false,
        };
        let begins_with_d = |at: usize| matches!(tokens.get(at).map(|token| &token.tok), Some(Tok::Name(name)) if name.starts_with('d'));
        let slash = |at: usize| {
            matches!(
                tokens.get(at).map(|token| &token.tok),
                Some(Tok::Operator(Operator::Slash))
            )
        };
        let over = slash(index + 1) && begins_with_d(index + 2);
        let under = index >= 1
            && slash(index - 1)
            && before_slash_is_derivative(tokens, index - 1);
        if names.kind(rest).is_some() || scripted || over || under {
            return Some(vec![1, word.len()]);
        }
    }
    // `XW` where X and W are given and XW is not.
    let letters = word.len() <= 8
        && word.char_indices().all(|(at, letter)| {
            letter.is_ascii_alphabetic() && names.kind(&word[at..at + 1]).is_some()
        });
    letters.then(|| (1..=word.len()).collect())
}

/// Whether what stands before the slash begins, in its term, with a word in d.
fn before_slash_is_derivative(tokens: &[Token], slash: usize) -> bool {
    for at in (slash.saturating_sub(64)..slash).rev() {
        match &tokens[at].tok {
            Tok::Operator(Operator::Plus | Operator::Minus) | Tok::Relation(..) => {
                return false;
            }
            Tok::Name(name) if name == "d" => return true,
            Tok::Name(name)
                if name.starts_with('d') && name.len() > 1 && at + 1 == slash =>
            {
                return true;
            }
            _ => {}
        }
    }
    false
}
