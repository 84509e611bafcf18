//! As much JSON as the conversation needs, without a dependency.

use std::fmt::Write;
use std::iter::Peekable;
use std::str::Chars;

/// A value that was read.
#[derive(Clone, Debug)]
pub(crate) enum Json {
    Other,
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub(crate) fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Json::Object(fields) => fields.iter().find(|(name, _)| name == key).map(|(_, v)| v),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Json::Number(number) => Some(*number),
            Json::Text(word) => match word.as_str() {
                "inf" => Some(f64::INFINITY),
                "-inf" => Some(f64::NEG_INFINITY),
                "nan" => Some(f64::NAN),
                _ => None,
            },
            _ => None,
        }
    }

    pub(crate) fn list(&self) -> &[Json] {
        match self {
            Json::List(list) => list,
            _ => &[],
        }
    }
}

/// Reads a value; `None` where the text is none.
pub(crate) fn read(text: &str) -> Option<Json> {
    let mut chars = text.chars().peekable();
    let value = value(&mut chars, 0)?;
    Some(value)
}

fn value(chars: &mut Peekable<Chars<'_>>, depth: usize) -> Option<Json> {
    skip_space(chars);
    match *chars.peek()? {
        _ if depth > 32 => None,
        '"' => string(chars).map(Json::Text),
        '[' => {
            chars.next();
            let mut list = Vec::new();
            while !closes(chars, ']')? {
                list.push(value(chars, depth + 1)?);
                comma(chars);
            }
            Some(Json::List(list))
        }
        '{' => {
            chars.next();
            let mut fields = Vec::new();
            while !closes(chars, '}')? {
                let name = string(chars)?;
                skip_space(chars);
                (chars.next()? == ':').then_some(())?;
                fields.push((name, value(chars, depth + 1)?));
                comma(chars);
            }
            Some(Json::Object(fields))
        }
        _ => {
            let mut word = String::new();
            while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || "+-.".contains(*c)) {
                word.push(c);
            }
            if matches!(word.as_str(), "true" | "false" | "null") {
                return Some(Json::Other);
            }
            word.parse().ok().map(Json::Number)
        }
    }
}

fn skip_space(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(|c| c.is_whitespace()).is_some() {}
}

/// Whether the list or object ends here; takes its bracket then.
fn closes(chars: &mut Peekable<Chars<'_>>, bracket: char) -> Option<bool> {
    skip_space(chars);
    chars.peek()?;
    Some(chars.next_if_eq(&bracket).is_some())
}

fn comma(chars: &mut Peekable<Chars<'_>>) {
    skip_space(chars);
    chars.next_if_eq(&',');
}

fn string(chars: &mut Peekable<Chars<'_>>) -> Option<String> {
    (chars.next()? == '"').then_some(())?;
    let mut text = String::new();
    loop {
        match chars.next()? {
            '"' => return Some(text),
            '\\' => match chars.next()? {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'u' => {
                    let digits: String = (0..4).map_while(|_| chars.next()).collect();
                    let code = u32::from_str_radix(&digits, 16).ok()?;
                    text.push(char::from_u32(code).unwrap_or('?'));
                }
                c => text.push(c),
            },
            c => text.push(c),
        }
    }
}

/// A text between quotes.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if u32::from(c) < 32 => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// A number, or the word for one that JSON cannot write.
pub(crate) fn number(value: f64) -> String {
    if value.is_nan() {
        "\"nan\"".into()
    } else if value.is_infinite() {
        if value > 0.0 { "\"inf\"".into() } else { "\"-inf\"".into() }
    } else {
        format!("{value:e}")
    }
}
