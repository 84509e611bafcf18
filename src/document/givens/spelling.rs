//! How texts spell names, sizes and memberships, judged by their letters alone.

/// Whether a formula can be a dimension: a letter, a number, `2n`, `d_0`, `n+1`.
pub(super) fn is_size(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 30
        && !text.contains(['=', ',', '(', '<', '>', '&', '\''])
        && (text.starts_with(|c: char| c.is_alphanumeric()) || names(text).is_some())
        && !text.contains("\\in")
}

/// The names in a list such as `x`, `\mathbf{V}`, `x, z`, `x_1, \dots, x_N`; `None` when it is not
/// only names.
pub(super) fn names(text: &str) -> Option<Vec<&str>> {
    let names: Vec<&str> = split_top(text, &[","])
        .into_iter()
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    (!names.is_empty() && names.iter().all(|name| is_name(name) || is_ellipsis(name)))
        .then_some(names)
}

pub(super) fn is_ellipsis(text: &str) -> bool {
    matches!(text, "\\dots" | "\\ldots" | "\\cdots" | "…" | "...")
}

/// Whether the text is one symbol, with fonts, accents and a subscript or a bracketed superscript.
fn is_name(text: &str) -> bool {
    let Some(rest) = symbol(text.trim()) else { return false };
    let mut rest = rest.trim_start();
    while let Some(script) = rest.strip_prefix('_').or_else(|| rest.strip_prefix('^')) {
        let raised = rest.starts_with('^');
        let inside;
        (inside, rest) = match script.strip_prefix('{') {
            Some(body) => match matching(body) {
                Some(close) => (&body[..close], &body[close + 1..]),
                None => return false,
            },
            None => match script.chars().next() {
                Some(first) => script.split_at(first.len_utf8()),
                None => return false,
            },
        };
        // A superscript is part of a name only in brackets or as a star: `z^{(l)}`, `y^*`.
        let bracketed = inside.starts_with(['(', '[']) || matches!(inside, "*" | "\\ast");
        if raised && !bracketed || inside.contains("\\in") {
            return false;
        }
        rest = rest.trim_start();
    }
    rest.is_empty()
}

/// The rest behind the one letter, Greek letter or decorated letter that `text` begins with.
fn symbol(text: &str) -> Option<&str> {
    const DECORATIONS: [&str; 18] = [
        "mathbf",
        "boldsymbol",
        "mathrm",
        "mathit",
        "mathcal",
        "mathscr",
        "mathsf",
        "bm",
        "pmb",
        "bold",
        "vec",
        "hat",
        "tilde",
        "bar",
        "widehat",
        "widetilde",
        "overline",
        "text",
    ];
    const NO_SYMBOLS: [&str; 22] = [
        "frac", "sum", "partial", "nabla", "sqrt", "in", "cdot", "times", "left",
        "right", "begin", "end", "log", "exp", "max", "min", "tr", "odot", "circ",
        "mathbb", "prod", "int",
    ];
    // `{\bf A}`: the old way to set a letter.
    if let Some(body) = text.strip_prefix('{') {
        let close = matching(body)?;
        let inside = body[..close].trim();
        let inside = ["\\bf", "\\bm", "\\rm", "\\cal", "\\it", "\\boldmath"]
            .iter()
            .find_map(|font| inside.strip_prefix(font))?;
        return is_name(inside.trim()).then(|| &body[close + 1..]);
    }
    let Some(rest) = text.strip_prefix('\\') else {
        let first = text.chars().next()?;
        return first.is_alphabetic().then(|| &text[first.len_utf8()..]);
    };
    let length = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (command, behind) = rest.split_at(length);
    if DECORATIONS.contains(&command) {
        let behind = behind.trim_start();
        return match behind.strip_prefix('{') {
            Some(body) => {
                let close = matching(body)?;
                let inside = body[..close].trim();
                let fits = is_name(inside) || inside.chars().all(char::is_alphabetic);
                (fits && !inside.is_empty()).then(|| &body[close + 1..])
            }
            None => symbol(behind),
        };
    }
    (length > 0 && !NO_SYMBOLS.contains(&command)).then_some(behind)
}

/// The offset of the `}` that closes a group whose inside `text` begins.
fn matching(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The memberships in a formula: the names, and the set they belong to.
pub(super) fn memberships(text: &str) -> Vec<(Vec<&str>, &str)> {
    let mut found = Vec::new();
    for row in split_top(text, &["\\\\", ";", "\\quad", "\\qquad"]) {
        let parts = split_top(row, &["\\in ", "\\in\\", "∈"]);
        for pair in parts.windows(2) {
            let (left, right) = (pair[0], pair[1]);
            // The set ends at the comma behind it, where the next names begin.
            let set = split_top(
                right,
                &[",", "\\text", "&", "\\tag", "\\label", "\\end", "\\quad"],
            )[0]
            .trim();
            let set = set.trim_end_matches(['.', ';', ':']).trim();
            let sides = split_top(left, &["="]);
            let whole: Vec<&str> = if sides.len() > 1 {
                sides
                    .iter()
                    .map(|side| side.trim_matches(['&', ' ', '\n', '\t', ':']))
                    .filter(|side| is_name(side))
                    .collect()
            } else {
                // Behind an earlier membership the names stand behind its set's comma.
                let from = if std::ptr::eq(left, parts[0]) {
                    left
                } else {
                    split_top(left, &[","]).get(1..).map_or("", |rest| {
                        rest.first().map_or("", |first| {
                            let offset = first.as_ptr() as usize - left.as_ptr() as usize;
                            &left[offset..]
                        })
                    })
                };
                names(from.trim_matches(['&', ' ', '\n'])).unwrap_or_default()
            };
            if !whole.is_empty() && (set_of_numbers(set) || two_values(set).is_some()) {
                found.push((whole, set));
            }
        }
    }
    found
}

/// Whether a set is one of numbers, vectors or matrices: `\mathbb{R}^{n \times m}`, `\R^n`.
pub(super) fn set_of_numbers(set: &str) -> bool {
    let spelled: String = set.chars().filter(|c| !c.is_whitespace()).collect();
    let spelled = spelled.trim_start_matches('{');
    [
        "\\mathbb{R}",
        "\\mathbbR",
        "\\mathbf{R}",
        "\\R",
        "\\Re",
        "\\bR",
        "\\RR",
        "\\reals",
        "R^",
        "ℝ",
    ]
    .iter()
    .chain(&["\\mathbb{N}", "\\mathbbN", "\\N", "\\mathbb{Z}", "ℕ"])
    .any(|start| spelled.starts_with(start))
        || spelled == "R"
}

/// A set of two values, `\{0, 1\}` or `\{-1, 1\}`: the property that its members have, and what is
/// written behind it (`^n`).
pub(super) fn two_values(set: &str) -> Option<(&'static str, &str)> {
    let inside = set.trim().trim_start_matches("\\left").strip_prefix("\\{")?;
    let (values, behind) = inside.split_once("\\}")?;
    let values: String = values
        .trim_end_matches("\\right")
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '+')
        .collect();
    let property = match values.as_str() {
        "0,1" | "1,0" => "binary",
        "-1,1" | "1,-1" | "\\pm1" => "bipolar",
        _ => return None,
    };
    Some((property, behind.trim()))
}

/// Splits at separators that stand outside all braces and brackets.
pub(super) fn split_top<'t>(text: &'t str, separators: &[&str]) -> Vec<&'t str> {
    let mut parts = Vec::new();
    let (mut start, mut at, mut depth) = (0, 0, 0_i32);
    let bytes = text.as_bytes();
    while at < bytes.len() {
        if depth == 0
            && let Some(separator) =
                separators.iter().find(|s| text[at..].starts_with(**s))
        {
            parts.push(&text[start..at]);
            // `\in\mathbb{R}`: the second backslash belongs to the set.
            let width = separator.len()
                - usize::from(separator.len() > 2 && separator.ends_with('\\'));
            at += width;
            start = at;
            continue;
        }
        match bytes[at] {
            b'\\' => {
                at += 1;
                let Some(next) = text[at..].chars().next() else { break };
                match next {
                    '{' => depth += 1,
                    '}' => depth = (depth - 1).max(0),
                    _ => {}
                }
                at += next.len_utf8();
                continue;
            }
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => depth = (depth - 1).max(0),
            _ => {}
        }
        at += text[at..].chars().next().map_or(1, char::len_utf8);
    }
    parts.push(&text[start..]);
    parts
}

/// The names with a number or a word as their subscript (`B_1`, `x_{out}`) that a formula puts
/// before `=`, `:=` or `\in` as a whole, as the language spells them. Such a name is no entry of
/// `B`: nobody sets up an equation for the first row of a matrix that way.
pub(in crate::document) fn subscripted(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for row in split_top(text, &["\\\\", ",", "\\quad", "\\text"]) {
        let sides = split_top(row, &[":=", "=", "\\in ", "\\in\\", "∈"]);
        for side in &sides[..sides.len() - 1] {
            let side = match side.rfind("\\begin{") {
                Some(open) => side[open..].split_once('}').map_or(*side, |(_, row)| row),
                None => *side,
            };
            let side = side.trim_matches(['&', ' ', '\n', '\t', ':']);
            let Some((base, script)) = side.split_once('_') else { continue };
            let script = script.trim().trim_start_matches('{').trim_end_matches('}');
            let numbered =
                !script.is_empty() && script.bytes().all(|byte| byte.is_ascii_digit());
            let worded =
                script.len() > 2 && script.bytes().all(|byte| byte.is_ascii_alphabetic());
            if is_name(side) && is_name(base) && (numbered || worded) {
                found.push(format!("{}_{script}", base.trim().trim_start_matches('\\')));
            }
        }
    }
    found
}
