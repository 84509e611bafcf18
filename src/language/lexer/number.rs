//! Decimal literals, read exactly.

use num_bigint::BigInt;
use num_rational::BigRational;

/// More digits than this are no number that a derivation contains.
const LONGEST: usize = 400;

/// The length in bytes of the number at the start of `text` (0 when there is none). `exponent`
/// says whether `1e5` is a number (else only `1e-5`, which in LaTeX hardly means `1·e − 5`).
pub(super) fn length(text: &str, exponent: bool) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let whole = digits(0);
    let mut end = whole;
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        if fraction > 0 {
            end += 1 + fraction;
        }
    }
    if end == 0 {
        return 0;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let signed = matches!(bytes.get(end + 1), Some(b'-' | b'+'));
        let start = end + 1 + usize::from(signed);
        let power = if start <= bytes.len() { digits(start) } else { 0 };
        let follows = bytes.get(start + power);
        let ends =
            !matches!(follows, Some(byte) if byte.is_ascii_alphabetic() || *byte == b'_');
        if power > 0 && ends && (exponent || bytes[end + 1] == b'-') {
            end = start + power;
        }
    }
    end
}

/// The exact value of a literal that [`length`] measured; `None` when it is too large to be one.
pub(super) fn value(literal: &str) -> Option<BigRational> {
    if literal.len() > LONGEST {
        return None;
    }
    let (mantissa, power) = match literal.find(['e', 'E']) {
        Some(at) => (&literal[..at], literal[at + 1..].parse::<i32>().ok()?),
        None => (literal, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: BigInt = format!("{whole}{fraction}").parse().ok()?;
    let shift = power.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    if shift.unsigned_abs() as usize > LONGEST {
        return None;
    }
    let scale = BigInt::from(10).pow(shift.unsigned_abs());
    Some(if shift < 0 {
        BigRational::new(digits, scale)
    } else {
        BigRational::from_integer(digits * scale)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_exact() {
        let third = |a: i64, b: i64| BigRational::new(a.into(), b.into());
        assert_eq!(value("0.5"), Some(third(1, 2)));
        assert_eq!(value("1e-3"), Some(third(1, 1000)));
        assert_eq!(value(".25"), Some(third(1, 4)));
        assert_eq!(value("12"), Some(third(12, 1)));
        assert_eq!(value("1e99999"), None);
    }

    #[test]
    fn an_exponent_needs_digits() {
        assert_eq!(length("2e^x", true), 1);
        assert_eq!(length("2e", true), 1);
        assert_eq!(length("1e5", true), 3);
        assert_eq!(length("1e5", false), 1);
        assert_eq!(length("1e-5", false), 4);
        assert_eq!(length("3.x", true), 1);
    }
}
