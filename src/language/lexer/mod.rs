//! From text to tokens. Two lexers (LaTeX and plain text), one kind of token, so that the parser
//! need not know which spelling it reads.
//!
//! **Invariant:** a token never decides what a name means; it only says what is written. Every
//! token carries the bytes it came from. Lexing takes time linear in the text.

mod commands;
mod latex;
mod number;
mod plain;
mod scan;

pub(crate) use commands::greek;
use num_rational::BigRational;

use super::ast::{Comparison, Diagnostic, Relation, Severity, Span, Spelling};

/// Texts longer than this are not read at all.
pub(crate) const LONGEST: usize = 1 << 20;

/// What opens and closes a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fence {
    Round,
    Square,
    Curly,
    Angle,
    Bar,
    Norm,
    /// `\left.`, `\right.`
    Invisible,
}

/// A font command that changes what a digit or a letter stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Font {
    /// Bold: `\mathbf{1}` is the all-ones array.
    Bold,
    /// Blackboard: `\mathbb{1}`, `\mathbb{E}`, `\mathbb{R}`.
    Blackboard,
    /// Any other face; it means nothing.
    Other,
}

/// A sign that joins two factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Plus,
    Minus,
    Star,
    Cdot,
    Cross,
    Hadamard,
    Kronecker,
    Slash,
    HadamardSlash,
}

/// A symbol with a syntax of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Symbol {
    Partial,
    /// The upright d of a differential.
    Differential,
    Nabla,
    Sum,
    Product,
    Integral,
    Fraction,
    Over,
    Root,
    Infinity,
    Ellipsis,
    Top,
    ForAll,
    Underbrace,
    Overbrace,
    /// `\left\|`-less evaluation bar and friends that the parser does not read.
    Unsupported,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tok {
    Number(BigRational),
    /// A letter, a Greek letter, or a word.
    Name(String),
    /// Words in math.
    Text(String),
    Font(Font),
    /// `hat`, `tilde`, `bar`, …
    Accent(&'static str),
    Symbol(Symbol),
    /// A command that is not known.
    Unknown(String),
    Open(Fence),
    Close(Fence),
    /// `|` that may open or close.
    Bar,
    /// `\|` or `||` that may open or close.
    DoubleBar,
    BraceOpen,
    BraceClose,
    Sup,
    Sub,
    /// `.^`
    DotCaret,
    Prime,
    /// `ᵀ`
    PostTranspose,
    Operator(Operator),
    /// A relation sign, with what it compares where it is a comparison.
    Relation(Relation, Option<Comparison>),
    Comma,
    Semicolon,
    Colon,
    Dot,
    Bang,
    /// `\quad` and wider: may separate two relations.
    Quad,
    /// `&`
    Cell,
    /// `\\`
    Row,
    Begin(String),
    End(String),
    /// `\bullet` or `•`.
    Bullet,
    /// Something that no rule reads.
    Strange(char),
}

/// A token with its place.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) tok: Tok,
    pub(crate) span: Span,
    /// Whether white space stands in front of it.
    pub(crate) spaced: bool,
}

/// A text cut into tokens.
#[derive(Debug, Default)]
pub(crate) struct Lexed {
    pub(crate) tokens: Vec<Token>,
    /// For each opening or closing token the index of its partner.
    pub(crate) mates: Vec<Option<usize>>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Cuts `text` into tokens and pairs the brackets.
pub(crate) fn lex(text: &str, spelling: Spelling) -> Lexed {
    if text.len() > LONGEST {
        return Lexed {
            diagnostics: vec![Diagnostic {
                span: Span::new(0, text.len()),
                code: "too-long",
                message: format!(
                    "this piece of math has {} bytes, more than the {LONGEST} that are read; \
                     split it",
                    text.len()
                ),
                severity: Severity::Error,
            }],
            ..Lexed::default()
        };
    }
    let mut lexed = match spelling {
        Spelling::Latex => latex::lex(text),
        Spelling::Plain => plain::lex(text),
    };
    pair(&mut lexed);
    lexed
}

/// Finds the partner of every bracket. A closing bracket pairs with an opening one of its own
/// family: braces and environments only with their like, the visible brackets with each other
/// (`[0, 1)`), since texts mix them.
pub(crate) fn pair(lexed: &mut Lexed) {
    #[derive(PartialEq, Clone, Copy)]
    enum Family {
        Brace,
        Fence,
        Environment,
    }
    lexed.diagnostics.retain(|diagnostic| diagnostic.code != "unbalanced");
    let mut mates = vec![None; lexed.tokens.len()];
    let mut open: Vec<(usize, Family)> = Vec::new();
    let mut faults = Vec::new();
    for (index, token) in lexed.tokens.iter().enumerate() {
        let family = match token.tok {
            Tok::BraceOpen => {
                open.push((index, Family::Brace));
                continue;
            }
            Tok::Open(_) => {
                open.push((index, Family::Fence));
                continue;
            }
            Tok::Begin(_) => {
                open.push((index, Family::Environment));
                continue;
            }
            Tok::BraceClose => Family::Brace,
            Tok::Close(_) => Family::Fence,
            Tok::End(_) => Family::Environment,
            _ => continue,
        };
        // A visible bracket never reaches out of the braces it stands in.
        let partner = match family {
            Family::Fence => {
                open.last().is_some_and(|top| top.1 == family).then(|| open.len() - 1)
            }
            _ => open.iter().rposition(|entry| entry.1 == family),
        };
        match partner {
            Some(position) => {
                let start = open[position].0;
                faults.extend(open.drain(position + 1..).map(|(lost, _)| lost));
                open.pop();
                mates[start] = Some(index);
                mates[index] = Some(start);
            }
            None => faults.push(index),
        }
    }
    faults.extend(open.into_iter().map(|(lost, _)| lost));
    faults.sort_unstable();
    for index in faults {
        let token = &lexed.tokens[index];
        let opening = matches!(token.tok, Tok::BraceOpen | Tok::Open(_) | Tok::Begin(_));
        lexed.diagnostics.push(Diagnostic {
            span: token.span,
            code: "unbalanced",
            message: if opening {
                "this bracket is never closed; close it or take it away".into()
            } else {
                "this bracket was never opened; open it or take it away".into()
            },
            severity: Severity::Error,
        });
    }
    lexed.mates = mates;
}
