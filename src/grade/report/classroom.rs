//! GitHub Classroom: the object that a runner hands to the reporter, base64-encoded in
//! `<RUNNER-ID>_RESULTS`.

use serde_json::{Value, json};

use super::sentence;
use crate::grade::result::{Outcome, Record};

/// The runner's output.
pub fn classroom(record: &Record) -> Value {
    let mut tests = Vec::new();
    for part in &record.parts {
        let items: Vec<_> = match &part.decision {
            Some(decision) => {
                tests.push(json!({
                    "name": format!("{}: {}", part.id, part.title),
                    "status": if part.points >= part.max { "pass" } else { "fail" },
                    "score": part.points, "message": decision.comment,
                    "test_code": "", "filename": "", "line_no": 0, "duration": 0,
                }));
                continue;
            }
            None => part.items.iter().collect(),
        };
        for item in items {
            let place = item.place.as_ref();
            tests.push(json!({
                "name": format!("{}: {}", part.id, item.name),
                "status": match item.outcome {
                    Outcome::Right => "pass",
                    Outcome::Open => "error",
                    _ => "fail",
                },
                "score": item.points,
                "message": sentence(item),
                "test_code": place.map_or("", |spot| spot.quote.as_str()),
                "filename": place.map_or("", |spot| spot.file.as_str()),
                "line_no": place.map_or(0, |spot| spot.line),
                "duration": 0,
            }));
        }
    }
    let status = if record.points >= record.max { "pass" } else { "fail" };
    json!({"version": 1, "status": status, "max_score": record.max, "tests": tests})
}

/// Base64, as the reporter's environment variable wants it.
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] =
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = (0..3).fold(0_u32, |word, k| {
            word << 8 | u32::from(chunk.get(k).copied().unwrap_or(0))
        });
        for k in 0..4 {
            if k <= chunk.len() {
                let digit = (word >> (18 - 6 * k)) & 63;
                text.push(char::from(DIGITS[digit as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
