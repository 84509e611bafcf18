//! Names, numbers, functions' names in each spelling.

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::{Printer, Style};
use crate::language::functions;
use crate::language::lexer::greek;

/// The decimal literal of a number, when it has one of reasonable length.
pub(super) fn decimal(value: &BigRational) -> Option<String> {
    if value.is_integer() {
        return Some(value.to_string());
    }
    let mut numerator = value.clone();
    let ten = BigRational::from_integer(10.into());
    for places in 1..=40usize {
        numerator *= &ten;
        if numerator.is_integer() {
            let digits =
                format!("{:0>width$}", numerator.numer().abs(), width = places + 1);
            let (whole, fraction) = digits.split_at(digits.len() - places);
            let sign = if value.is_negative() { "-" } else { "" };
            return Some(format!("{sign}{whole}.{fraction}"));
        }
    }
    None
}

impl Printer {
    pub(super) fn number(&self, value: &BigRational) -> String {
        if let Some(text) = decimal(value) {
            return text;
        }
        let (above, below) = (value.numer(), value.denom());
        match self.is(Style::Latex) {
            true => format!("\\frac{{{above}}}{{{below}}}"),
            false => format!("{above}/{below}"),
        }
    }

    /// A name: accents, letters, scripts.
    pub(super) fn name(&self, name: &str) -> String {
        if let Some((accent, rest)) = name.split_once(' ')
            && matches!(
                accent,
                "hat" | "tilde" | "bar" | "dot" | "ddot" | "check" | "breve"
            )
        {
            let end = rest.find(['_', '^', '\'']).filter(|_| !rest.contains(' '));
            let (base, scripts) = rest.split_at(end.unwrap_or(rest.len()));
            let base = self.name(base);
            let accented = match self.style {
                Style::Unicode => match accent {
                    "hat" => format!("{base}\u{302}"),
                    "tilde" => format!("{base}\u{303}"),
                    "bar" => format!("{base}\u{304}"),
                    _ => format!("{accent}({base})"),
                },
                _ => format!("\\{accent}{{{base}}}"),
            };
            return format!("{accented}{}", self.scripts(scripts));
        }
        let end = name.find(['_', '^', '\'']).unwrap_or(name.len());
        let (base, scripts) = name.split_at(end);
        format!("{}{}", self.letter(base), self.scripts(scripts))
    }

    /// A letter or a word.
    pub(super) fn letter(&self, word: &str) -> String {
        match self.style {
            Style::Plain => word.to_string(),
            Style::Unicode => match greek(word) {
                Some(letter) => letter.to_string(),
                None => word.to_string(),
            },
            Style::Latex => {
                if greek(word).is_some() {
                    return format!("\\{word}");
                }
                if word.chars().count() <= 1 {
                    return word.to_string();
                }
                let reserved = matches!(
                    word,
                    "if" | "for"
                        | "otherwise"
                        | "else"
                        | "where"
                        | "and"
                        | "when"
                        | "with"
                        | "as"
                );
                match !reserved && word.chars().all(|c| c.is_ascii_alphabetic()) {
                    true => format!("\\mathrm{{{word}}}"),
                    false => format!("\\operatorname{{{word}}}"),
                }
            }
        }
    }

    /// The scripts of a name as its spelling keeps them: `_1`, `^(l)`, `'`.
    fn scripts(&self, scripts: &str) -> String {
        let mut out = String::new();
        let mut rest = scripts;
        while let Some(sign) = rest.chars().next() {
            rest = &rest[sign.len_utf8()..];
            if sign == '\'' {
                out.push('\'');
                continue;
            }
            let mut depth = 0i32;
            let end = rest
                .char_indices()
                .find(|(_, c)| {
                    match c {
                        '(' | '[' => depth += 1,
                        ')' | ']' => depth -= 1,
                        _ => {}
                    }
                    depth <= 0 && matches!(c, '_' | '^' | '\'')
                })
                .map_or(rest.len(), |found| found.0);
            let (text, behind) = rest.split_at(end);
            rest = behind;
            let simple = text.chars().count() == 1;
            let word = text.chars().all(|c| c.is_ascii_alphanumeric());
            match self.style {
                Style::Latex => {
                    let inner = match !simple
                        && word
                        && !text.chars().all(|c| c.is_ascii_digit())
                    {
                        true if greek(text).is_some() => format!("\\{text}"),
                        true => format!("\\text{{{text}}}"),
                        false => self.words_inside(text),
                    };
                    match simple {
                        true => out.push_str(&format!("{sign}{inner}")),
                        false => out.push_str(&format!("{sign}{{{inner}}}")),
                    }
                }
                _ if word || text.starts_with('(') && sign == '^' => {
                    out.push(sign);
                    out.push_str(text);
                }
                _ => out.push_str(&format!("{sign}{{{text}}}")),
            }
        }
        out
    }

    /// Greek letters inside a script.
    fn words_inside(&self, text: &str) -> String {
        let mut out = String::new();
        let mut word = String::new();
        for c in text.chars().chain(std::iter::once(' ')) {
            if c.is_ascii_alphabetic() {
                word.push(c);
                continue;
            }
            if greek(&word).is_some() {
                out.push('\\');
            }
            out.push_str(&word);
            word.clear();
            out.push(c);
        }
        out.trim_end().to_string()
    }

    pub(super) fn function_name(&self, name: &str) -> String {
        let command = matches!(
            name,
            "exp"
                | "log"
                | "sin"
                | "cos"
                | "tan"
                | "sinh"
                | "cosh"
                | "tanh"
                | "arcsin"
                | "arccos"
                | "arctan"
                | "det"
                | "max"
                | "min"
        );
        match self.style {
            Style::Latex if command => format!("\\{name}"),
            Style::Latex if functions::word(name).is_some() => {
                format!("\\operatorname{{{name}}}")
            }
            Style::Latex
                if name.chars().count() > 1
                    && greek(name).is_none()
                    && !name.contains(['_', '^', ' ']) =>
            {
                format!("\\operatorname{{{name}}}")
            }
            _ => self.name(name),
        }
    }

    pub(super) fn primes(&self, count: u32) -> String {
        let mark = if self.is(Style::Unicode) { "′" } else { "'" };
        mark.repeat(count.min(64) as usize)
    }

    /// Raised digits for a terminal, where there are such: `²`, `⁻¹`.
    pub(super) fn raised(text: &str) -> Option<String> {
        text.chars()
            .map(|c| {
                Some(match c {
                    '0' => '⁰',
                    '1' => '¹',
                    '2' => '²',
                    '3' => '³',
                    '4'..='9' => char::from_u32('⁴' as u32 + (c as u32 - '4' as u32))?,
                    '-' => '⁻',
                    '+' => '⁺',
                    'k' => 'ᵏ',
                    'n' => 'ⁿ',
                    _ => return None,
                })
            })
            .collect()
    }

    /// Whether a number is 1.
    pub(super) fn is_one(value: &BigRational) -> bool {
        value.is_one() && !value.is_zero()
    }
}
