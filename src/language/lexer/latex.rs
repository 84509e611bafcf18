//! The LaTeX lexer.

use super::commands::{self, equal};
use super::scan::Scan;
use super::{Fence, Font, Lexed, Operator, Symbol, Tok};
use crate::language::ast::{Comparison, Relation, Span, whole};
use crate::language::functions;

pub(super) fn lex(text: &str) -> Lexed {
    let mut scan = Scan::new(text);
    while let Some(next) = scan.peek() {
        match next {
            '\\' => backslash(&mut scan),
            '%' => {
                let length = scan.rest().find('\n').unwrap_or(scan.rest().len());
                scan.at += length;
                scan.spaced = true;
            }
            _ if next.is_whitespace()
                || matches!(next, '~' | '$' | '\u{200b}' | '\u{feff}') =>
            {
                scan.at += next.len_utf8();
                scan.spaced = true;
            }
            _ if next.is_ascii_alphabetic() => letters(&mut scan),
            _ => single(&mut scan, next),
        }
    }
    scan.out
}

/// One character that is neither a letter nor a command; shared with the plain lexer.
pub(super) fn single(scan: &mut Scan<'_>, next: char) {
    let rest = scan.rest();
    let signs: &[(&str, Tok)] = &[
        (":=", Tok::Relation(Relation::Define, None)),
        ("=:", Tok::Relation(Relation::Define, None)),
        ("<=>", Tok::Relation(Relation::Equivalent, None)),
        ("==>", Tok::Relation(Relation::Implies, None)),
        ("=>", Tok::Relation(Relation::Implies, None)),
        ("==", equal()),
        ("!=", Tok::Relation(Relation::Other("≠"), Some(Comparison::NotEqual))),
        ("->", Tok::Relation(Relation::Other("→"), None)),
        ("||", Tok::DoubleBar),
        ("...", Tok::Symbol(Symbol::Ellipsis)),
    ];
    for (sign, tok) in signs {
        if rest.starts_with(sign) {
            return scan.push(tok.clone(), sign.len());
        }
    }
    if let Some(digit) = next.to_digit(10)
        && takes_one_digit(scan)
    {
        return scan.push(Tok::Number(whole(i64::from(digit))), 1);
    }
    if (next.is_ascii_digit() || next == '.') && scan.number(false) {
        return;
    }
    let tok = match next {
        '{' => Tok::BraceOpen,
        '}' => Tok::BraceClose,
        '(' => Tok::Open(Fence::Round),
        ')' => Tok::Close(Fence::Round),
        '[' => Tok::Open(Fence::Square),
        ']' => Tok::Close(Fence::Square),
        '^' => Tok::Sup,
        '_' => Tok::Sub,
        '\'' => Tok::Prime,
        '+' => Tok::Operator(Operator::Plus),
        '-' | '−' | '–' => Tok::Operator(Operator::Minus),
        '*' => Tok::Operator(Operator::Star),
        '/' => Tok::Operator(Operator::Slash),
        '=' => equal(),
        '<' => Tok::Relation(Relation::Other("<"), Some(Comparison::Less)),
        '>' => Tok::Relation(Relation::Other(">"), Some(Comparison::Greater)),
        ',' => Tok::Comma,
        ';' => Tok::Semicolon,
        ':' => Tok::Colon,
        '.' => Tok::Dot,
        '!' => Tok::Bang,
        '&' => Tok::Cell,
        '|' => Tok::Bar,
        'ᵀ' => Tok::PostTranspose,
        _ => match commands::character(next) {
            Some(tok) => tok,
            None => return script_or_strange(scan, next),
        },
    };
    scan.push(tok, next.len_utf8());
}

/// `\frac12`: each argument without braces is one digit.
fn takes_one_digit(scan: &Scan<'_>) -> bool {
    let tokens = &scan.out.tokens;
    let fraction = |back: usize| {
        tokens
            .len()
            .checked_sub(back)
            .is_some_and(|at| tokens[at].tok == Tok::Symbol(Symbol::Fraction))
    };
    fraction(1)
        || fraction(2)
            && matches!(
                tokens.last().map(|token| &token.tok),
                Some(Tok::Number(_) | Tok::Name(_))
            )
}

/// A run of raised or lowered characters becomes a script in braces; anything else is a name when
/// it is a letter.
fn script_or_strange(scan: &mut Scan<'_>, next: char) {
    let Some((_, raised)) = commands::script(next) else {
        let tok = if next.is_alphabetic() {
            Tok::Name(next.into())
        } else {
            Tok::Strange(next)
        };
        return scan.push(tok, next.len_utf8());
    };
    let start = scan.at;
    scan.push_from(if raised { Tok::Sup } else { Tok::Sub }, start, start);
    scan.push_from(Tok::BraceOpen, start, start);
    while let Some(symbol) = scan.peek() {
        let Some((plain, up)) = commands::script(symbol) else { break };
        if up != raised {
            break;
        }
        let tok = match plain {
            '+' => Tok::Operator(Operator::Plus),
            '-' => Tok::Operator(Operator::Minus),
            '(' => Tok::Open(Fence::Round),
            ')' => Tok::Close(Fence::Round),
            digit if digit.is_ascii_digit() => {
                Tok::Number(num_rational::BigRational::from_integer(
                    digit.to_digit(10).unwrap_or(0).into(),
                ))
            }
            letter => Tok::Name(letter.into()),
        };
        scan.push(tok, symbol.len_utf8());
    }
    scan.push_from(Tok::BraceClose, scan.at, scan.at);
}

/// A run of letters: single names, but for function words and small words written bare.
fn letters(scan: &mut Scan<'_>) {
    let rest = scan.rest();
    let length = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    let run = &rest[..length];
    let script = matches!(
        scan.out.tokens.last().map(|token| &token.tok),
        Some(Tok::Sup | Tok::Sub)
    );
    if length > 1 && !script {
        if matches!(
            run,
            "if" | "for" | "otherwise" | "else" | "where" | "and" | "when" | "with"
        ) {
            return scan.push(Tok::Text(run.into()), length);
        }
        let after =
            rest[length..].trim_start_matches("\\left").trim_start_matches(['\\', ' ']);
        let opens =
            after.starts_with(['(', '[', '{']) || rest[length..].starts_with("^{-1}(");
        // The longest function word that ends the run: `Tlog(X)` is T times log(X).
        for start in 0..length - 1 {
            let word = &run[start..];
            if opens && functions::word(word).is_some()
                || start == 0 && functions::is_bare(word)
            {
                for offset in 0..start {
                    scan.push(Tok::Name(run[offset..offset + 1].into()), 1);
                }
                return scan.push(Tok::Name(word.into()), word.len());
            }
        }
    }
    for offset in 0..length {
        scan.push(Tok::Name(run[offset..offset + 1].into()), 1);
    }
}

/// A command.
pub(super) fn backslash(scan: &mut Scan<'_>) {
    let start = scan.at;
    let after = &scan.text[start + 1..];
    let length = after.bytes().take_while(u8::is_ascii_alphabetic).count();
    if length == 0 {
        return control_symbol(scan, after.chars().next());
    }
    let name = &after[..length];
    let mut end = start + 1 + length;
    if scan.text[end..].starts_with('*')
        && (commands::drops_argument(name) || name == "operatorname")
    {
        end += 1;
    }
    match name {
        "begin" | "end" => {
            let Some((content, behind)) = scan.braced(end) else {
                scan.spaced = true;
                scan.at = end;
                return;
            };
            let word = scan.text[content.start..content.end].trim().trim_end_matches('*');
            let tok = if name == "begin" {
                Tok::Begin(word.into())
            } else {
                Tok::End(word.into())
            };
            let mut behind = behind;
            if name == "begin" {
                if let Some((_, next)) = scan.bracketed(behind) {
                    behind = next;
                }
                if matches!(word, "array" | "alignat" | "alignedat" | "tabular")
                    && let Some((_, next)) = scan.braced(behind)
                {
                    behind = next;
                }
            }
            scan.push_from(tok, start, behind);
        }
        "left" | "right" => fence(scan, name == "left", end),
        "not" => {
            let rest = scan.text[end..].trim_start();
            let skipped = scan.text.len() - end - rest.len();
            if rest.starts_with('=') {
                let tok = Tok::Relation(Relation::Other("≠"), Some(Comparison::NotEqual));
                scan.push_from(tok, start, end + skipped + 1);
            } else {
                scan.push_from(Tok::Symbol(Symbol::Unsupported), start, end);
            }
        }
        "stackrel" | "overset" | "underset" => stacked(scan, start, end),
        "xrightarrow" | "xleftarrow" | "xRightarrow" => {
            let behind = scan.bracketed(end).map_or(end, |found| found.1);
            let behind = scan.braced(behind).map_or(behind, |found| found.1);
            scan.push_from(Tok::Relation(Relation::Other("→"), None), start, behind);
        }
        "newline" | "cr" | "linebreak" => scan.push_from(Tok::Row, start, end),
        "vec" if scan.text[end..].starts_with('(') => {
            scan.push_from(Tok::Name("vec".into()), start, end);
        }
        "mathrm" | "mathtt" | "mathsf" | "mathit" | "mathbf" | "boldsymbol" | "symup" => {
            match scan.braced_within(end, 200) {
                Some((content, behind)) => {
                    upright(scan, name, start, end, content, behind)
                }
                None => scan.push_from(font_of(name), start, end),
            }
        }
        _ if commands::holds_words(name) => match scan.braced(end) {
            Some((content, behind)) => words(scan, name, start, content, behind),
            None => scan.at = end,
        },
        _ if commands::drops_argument(name) => {
            let mut behind = end;
            while let Some((_, next)) = scan.bracketed(behind) {
                behind = next;
            }
            scan.at = scan.braced(behind).map_or(behind, |found| found.1);
            scan.spaced = true;
        }
        _ if commands::is_dressing(name) => {
            scan.at = end;
            scan.spaced = true;
        }
        _ => match commands::command(name) {
            Some(tok) => scan.push_from(tok, start, end),
            None => match functions::word(name) {
                Some(_) => scan.push_from(Tok::Name(name.into()), start, end),
                None => scan.push_from(Tok::Unknown(name.into()), start, end),
            },
        },
    }
}

fn font_of(name: &str) -> Tok {
    commands::command(name).unwrap_or(Tok::Font(Font::Other))
}

fn control_symbol(scan: &mut Scan<'_>, symbol: Option<char>) {
    let Some(symbol) = symbol else {
        scan.at += 1;
        return;
    };
    let length = 1 + symbol.len_utf8();
    let tok = match symbol {
        // Markdown tables double the backslash of a norm's bar.
        '\\' if scan.text[scan.at + 2..].starts_with('|') => {
            return scan.push(Tok::DoubleBar, 3);
        }
        '\\' => {
            // `\\[0.5em]` and `\\*` carry a distance that means nothing.
            let mut end = scan.at + 2;
            if scan.text[end..].starts_with('*') {
                end += 1;
            }
            if let Some((content, behind)) = scan.bracketed(end) {
                let inner = &scan.text[content.start..content.end];
                let distance = inner.trim_start_matches(['-', '+', '.', ' ']);
                let unit =
                    distance.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
                if distance.len() > unit.len() && unit.trim().len() == 2 {
                    end = behind;
                }
            }
            return scan.push_from(Tok::Row, scan.at, end);
        }
        '{' => Tok::Open(Fence::Curly),
        '}' => Tok::Close(Fence::Curly),
        '|' => Tok::DoubleBar,
        '_' => Tok::Sub,
        '&' | '%' | '#' | '$' => Tok::Strange(symbol),
        // Spacing commands, and delimiters of math that came along.
        _ => {
            scan.at += length;
            scan.spaced = true;
            return;
        }
    };
    scan.push(tok, length);
}

/// `\left(` and `\right)`; `\left.` is invisible.
fn fence(scan: &mut Scan<'_>, opens: bool, end: usize) {
    let start = scan.at;
    let rest = scan.text[end..].trim_start();
    let at = scan.text.len() - rest.len();
    let mut chars = rest.chars();
    let (kind, length) = match chars.next() {
        Some('.') => (Fence::Invisible, 1),
        Some('|') => (Fence::Bar, 1),
        Some('(' | ')') => (Fence::Round, 1),
        Some('[' | ']') => (Fence::Square, 1),
        Some('<' | '>') => (Fence::Angle, 1),
        Some('\\') => {
            let name: String =
                chars.clone().take_while(char::is_ascii_alphabetic).collect();
            match (name.as_str(), chars.next()) {
                ("lbrace" | "rbrace", _) => (Fence::Curly, 7),
                ("lbrack" | "rbrack", _) => (Fence::Square, 7),
                ("langle" | "rangle", _) => (Fence::Angle, 7),
                ("lvert" | "rvert", _) => (Fence::Bar, 6),
                ("lVert" | "rVert", _) => (Fence::Norm, 6),
                ("vert", _) => (Fence::Bar, 5),
                ("Vert", _) => (Fence::Norm, 5),
                ("lfloor" | "rfloor" | "lceil" | "rceil", _) => {
                    (Fence::Invisible, name.len() + 1)
                }
                ("", Some('{' | '}')) => (Fence::Curly, 2),
                ("", Some('|')) => (Fence::Norm, 2),
                _ => {
                    scan.at = end;
                    return;
                }
            }
        }
        _ => {
            scan.at = end;
            return;
        }
    };
    let tok = if opens { Tok::Open(kind) } else { Tok::Close(kind) };
    scan.push_from(tok, start, at + length);
}

/// `\stackrel{!}{=}`: a relation with something on top; other stacks keep what is below.
fn stacked(scan: &mut Scan<'_>, start: usize, end: usize) {
    let Some((top, behind)) = scan.braced(end) else {
        scan.at = end;
        return;
    };
    let over = scan.text[top.start..top.end].to_ascii_lowercase();
    if let Some((below, behind)) = scan.braced_within(behind, 200) {
        let sign = scan.text[below.start..below.end].trim();
        if sign == "=" {
            let tok = if over.contains("def") || over.contains("triangle") {
                Tok::Relation(Relation::Define, None)
            } else {
                equal()
            };
            return scan.push_from(tok, start, behind);
        }
    }
    scan.at = behind;
}

/// `\text{…}`, `\operatorname{…}`.
fn words(scan: &mut Scan<'_>, name: &str, start: usize, content: Span, behind: usize) {
    let raw = scan.text[content.start..content.end].trim();
    let bare: String = raw
        .chars()
        .filter(|c| !matches!(c, '\\' | ',' | '!' | ';' | '{' | '}' | '$'))
        .collect();
    let bare = bare.trim();
    let is_word = !bare.is_empty()
        && bare.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    let tok = if bare.is_empty() {
        scan.at = behind;
        scan.spaced = true;
        return;
    } else if name == "operatorname"
        || is_word && names_something(scan, bare, behind)
        || is_word
            && (functions::word(bare).is_some()
                || bare.chars().count() == 1 && bare != "a")
    {
        match bare {
            "d" => Tok::Symbol(Symbol::Differential),
            _ => {
                Tok::Name(bare.replace("mathrm", "").replace("mathbf", "").trim().into())
            }
        }
    } else {
        Tok::Text(raw.into())
    };
    if matches!(name, "intertext" | "shortintertext") {
        scan.push_from(Tok::Row, start, start);
        scan.push_from(tok, start, behind);
        return scan.push_from(Tok::Row, behind, behind);
    }
    scan.push_from(tok, start, behind);
}

/// Whether a single word set as text is a name: something hangs on it, or a ∂ stands before it.
fn names_something(scan: &Scan<'_>, word: &str, behind: usize) -> bool {
    let reserved = matches!(
        word.to_ascii_lowercase().as_str(),
        "if" | "for"
            | "and"
            | "or"
            | "where"
            | "with"
            | "so"
            | "then"
            | "else"
            | "otherwise"
            | "when"
            | "all"
            | "since"
            | "because"
            | "thus"
            | "hence"
            | "let"
            | "by"
            | "using"
            | "th"
            | "st"
            | "nd"
            | "rd"
            | "at"
            | "on"
            | "in"
            | "as"
            | "is"
    );
    let hangs = scan.text[behind..].trim_start().starts_with(['(', '_', '^', '=']);
    let marked = matches!(
        scan.out.tokens.last().map(|token| &token.tok),
        Some(Tok::Symbol(Symbol::Partial | Symbol::Differential))
    );
    !reserved && (hangs || marked)
}

/// `\mathrm{…}`: a word, the d of a differential, or a mere font.
fn upright(
    scan: &mut Scan<'_>,
    name: &str,
    start: usize,
    end: usize,
    content: Span,
    behind: usize,
) {
    let raw = scan.text[content.start..content.end].trim();
    let is_word = raw.len() > 1
        && raw.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '-'))
        && raw.starts_with(|c: char| c.is_ascii_alphabetic());
    let bold = matches!(name, "mathbf" | "boldsymbol");
    if raw == "d" && !bold && name != "mathit" {
        return scan.push_from(Tok::Symbol(Symbol::Differential), start, behind);
    }
    if is_word && (!bold || functions::word(raw).is_some()) {
        let tok = match raw {
            "if" | "for" | "otherwise" | "else" | "where" | "and" | "when" | "with"
            | "as" => Tok::Text(raw.into()),
            _ => Tok::Name(raw.into()),
        };
        return scan.push_from(tok, start, behind);
    }
    if raw.contains(' ')
        && !bold
        && raw.chars().all(|c| c.is_ascii_alphabetic() || c == ' ')
    {
        return scan.push_from(Tok::Text(raw.into()), start, behind);
    }
    scan.push_from(font_of(name), start, end);
}
