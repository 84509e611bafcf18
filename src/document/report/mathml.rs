//! LaTeX to MathML, safe against anything in the LaTeX.
//!
//! The renderer copies the text of `\operatorname{…}` and of its error messages into the page
//! unescaped. So events are collected first (an error never reaches the writer), functions with
//! markup in their names become text, and what comes out is read again by an allow-list of our own:
//! anything but known MathML tags with harmless attributes is thrown away, and the formula is shown
//! as escaped source.

use pulldown_latex::config::{DisplayMode, RenderConfig};
use pulldown_latex::event::{Content, Event};
use pulldown_latex::{Parser, Storage, push_mathml};

/// Formulas longer than this are shown as source.
const LONGEST: usize = 6_000;

/// Formulas nested deeper than this are shown as source: the renderer recurses.
const DEEPEST: usize = 60;

/// The elements that may come out.
const ELEMENTS: [&str; 24] = [
    "math",
    "mrow",
    "mi",
    "mn",
    "mo",
    "ms",
    "mtext",
    "mspace",
    "mfrac",
    "msqrt",
    "mroot",
    "mstyle",
    "msub",
    "msup",
    "msubsup",
    "munder",
    "mover",
    "munderover",
    "mtable",
    "mtr",
    "mtd",
    "mpadded",
    "mphantom",
    "menclose",
];

/// The formula as MathML; `None` when it cannot be rendered safely.
pub(crate) fn mathml(latex: &str, display: bool) -> Option<String> {
    if latex.len() > LONGEST || deepest(latex) > DEEPEST || redefines(latex) {
        return None;
    }
    let latex = without_tags(latex);
    let storage = Storage::new();
    let events: Vec<Event<'_>> =
        Parser::new(&latex, &storage).collect::<Result<_, _>>().ok()?;
    let events = events.into_iter().map(|event| match event {
        Event::Content(Content::Function(name))
            if name.contains(['<', '>', '&', '"', '\'']) =>
        {
            Event::Content(Content::Text(name))
        }
        other => other,
    });
    let mut out = String::new();
    let display_mode = if display { DisplayMode::Block } else { DisplayMode::Inline };
    let config = RenderConfig { display_mode, ..RenderConfig::default() };
    push_mathml(&mut out, events.map(Ok::<_, std::fmt::Error>), config).ok()?;
    let out = out
        .replace("><</", ">&lt;</")
        .replace(">></", ">&gt;</")
        .replace(">&</", ">&amp;</");
    harmless(&out).then_some(out)
}

/// Definitions can expand without end.
fn redefines(latex: &str) -> bool {
    [
        "\\def",
        "\\newcommand",
        "\\renewcommand",
        "\\let",
        "\\providecommand",
        "\\edef",
        "\\gdef",
    ]
    .iter()
    .any(|command| latex.contains(command))
}

fn deepest(latex: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in latex.bytes() {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    let scripts =
        latex.matches(['^', '_']).count().min(latex.matches("\\left").count() * 2);
    deepest.max(latex.matches("\\left").count()).max(scripts / 2)
}

/// The formula without what the renderer does not know and nobody misses.
fn without_tags(latex: &str) -> String {
    let mut out = latex
        .replace("\\nonumber", "")
        .replace("\\notag", "")
        .replace("{\\bf ", "{\\mathbf ")
        .replace("{\\rm ", "{\\mathrm ")
        .replace("\\boxed", "")
        .replace("\\cancel", "")
        .replace("\\mathbbm", "\\mathbb")
        .replace("\\bm", "\\boldsymbol");
    for command in ["\\tag*{", "\\tag{", "\\label{"] {
        while let Some(at) = out.find(command) {
            let Some(close) = out[at..].find('}') else { break };
            out.replace_range(at..=at + close, "");
        }
    }
    out
}

/// Whether the text is nothing but allowed elements, each with plain attributes, and text between
/// them without markup.
fn harmless(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        if !plain_text(&rest[..at]) {
            return false;
        }
        let Some(close) = rest[at..].find('>') else { return false };
        let tag = &rest[at + 1..at + close];
        let tag = tag.strip_prefix('/').unwrap_or(tag);
        let tag = tag.strip_suffix('/').unwrap_or(tag);
        let name = tag.split(' ').next().unwrap_or_default();
        if !ELEMENTS.contains(&name) || !attributes(&tag[name.len()..]) {
            return false;
        }
        rest = &rest[at + close + 1..];
    }
    plain_text(rest)
}

/// Text in which `&` only begins one of the entities that are written.
fn plain_text(text: &str) -> bool {
    !text.contains('>')
        && text.match_indices('&').all(|(at, _)| {
            ["&lt;", "&gt;", "&amp;", "&nbsp;"]
                .iter()
                .any(|entity| text[at..].starts_with(entity))
        })
}

/// ` name="value"` any number of times, the value of letters, digits and signs that cannot leave it.
fn attributes(text: &str) -> bool {
    let mut rest = text.trim_end();
    while !rest.is_empty() {
        let Some((name, behind)) = rest.trim_start().split_once("=\"") else {
            return false;
        };
        let Some((value, behind)) = behind.split_once('"') else { return false };
        let named = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        let plain = |c: char| c.is_alphanumeric() || " .,:;-#%()+".contains(c);
        if !named || name.starts_with("on") || name == "href" || !value.chars().all(plain)
        {
            return false;
        }
        rest = behind;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_formulas_of_a_hand_in_are_rendered() {
        for latex in [
            "\\frac{\\partial(x^T B x)}{\\partial x_k} = \\sum_{i=1}^n B_{ki} x_i",
            "\\begin{aligned} a &= \\begin{cases} 0, & \\text{if } x \\geq 0 \\\\ 1, & x < 0 \\end{cases} \\end{aligned}",
            "\\left[\\frac{\\partial L}{\\partial \\mathbf{X}} \\right]_{ij} \\odot \\mathbf{1} \\oslash \\operatorname{tr}(X)",
            "\\bm{x} \\tag{1}",
        ] {
            assert!(mathml(latex, true).is_some(), "{latex}");
        }
    }

    #[test]
    fn nothing_in_a_formula_becomes_markup() {
        for latex in [
            "\\operatorname{</math><script>alert(1)</script>}",
            "\\text{</math><img src=x onerror=alert(1)>}",
            "\\unknown{<script>}",
            "<script>alert(1)</script>",
            "a < b > c & d",
            "\\color{\"><script>}x",
        ] {
            let out = mathml(latex, false).unwrap_or_default();
            assert!(!out.contains("<script") && !out.contains("<img"), "{out}");
        }
    }

    #[test]
    fn depth_and_definitions_are_refused() {
        assert_eq!(mathml(&"{".repeat(10_000), false), None);
        assert_eq!(mathml(&"\\left(".repeat(900), false), None);
        assert_eq!(mathml("\\def\\a{\\a\\a}\\a", false), None);
    }

    proptest! {
        #[test]
        fn whatever_comes_out_is_harmless(
            latex in "(\\\\(operatorname|text|mathbf|frac|sqrt|color|left|right|begin|end|hat|sum|href|hspace|array|substack)|[{}()<>&\"'^_=a1 \\[\\]|\\\\]|<script>|</math>|\\{cases\\}|\\{1em\\}){0,30}"
        ) {
            if let Some(out) = mathml(&latex, true) {
                prop_assert!(harmless(&out));
                prop_assert!(out.starts_with("<math"));
            }
        }
    }
}
