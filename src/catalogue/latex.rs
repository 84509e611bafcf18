//! A derivation, written in Markdown, as LaTeX that stands in any article with `amsmath`.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// Markdown with formulas as LaTeX. Comments and other markup of web pages are left out.
pub(super) fn latex(markdown: &str) -> String {
    let mut out = String::new();
    let options = Options::ENABLE_MATH | Options::ENABLE_TABLES;
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Start(tag) => out.push_str(&opening(&tag)),
            Event::End(tag) => out.push_str(closing(tag)),
            Event::Text(text) => out.push_str(&escaped(&text)),
            Event::Code(code) => {
                out.push_str(&format!("\\texttt{{{}}}", escaped(&code)));
            }
            Event::InlineMath(math) => out.push_str(&format!("${math}$")),
            Event::DisplayMath(math) => {
                out.push_str(&format!("\n\\[\n{}\n\\]\n", math.trim()));
            }
            Event::SoftBreak | Event::HardBreak => out.push('\n'),
            Event::Rule => out.push_str("\n\\bigskip\n"),
            _ => {}
        }
    }
    format!("{}\n", out.trim())
}

fn opening(tag: &Tag<'_>) -> String {
    match tag {
        Tag::Heading { level: HeadingLevel::H1, .. } => "\n\\section*{".to_owned(),
        Tag::Heading { level: HeadingLevel::H2, .. } => "\n\\subsection*{".to_owned(),
        Tag::Heading { .. } => "\n\\paragraph{".to_owned(),
        Tag::Emphasis => "\\emph{".to_owned(),
        Tag::Strong => "\\textbf{".to_owned(),
        Tag::List(None) => "\n\\begin{itemize}\n".to_owned(),
        Tag::List(Some(_)) => "\n\\begin{enumerate}\n".to_owned(),
        Tag::Item => "\\item ".to_owned(),
        Tag::BlockQuote(_) => "\n\\begin{quote}\n".to_owned(),
        Tag::CodeBlock(_) => "\n\\begin{quote}\\ttfamily\n".to_owned(),
        _ => String::new(),
    }
}

fn closing(tag: TagEnd) -> &'static str {
    match tag {
        TagEnd::Heading(_) => "}\n",
        TagEnd::Emphasis | TagEnd::Strong => "}",
        TagEnd::Paragraph => "\n\n",
        TagEnd::List(true) => "\\end{enumerate}\n\n",
        TagEnd::List(false) => "\\end{itemize}\n\n",
        TagEnd::Item => "\n",
        TagEnd::BlockQuote(_) | TagEnd::CodeBlock => "\\end{quote}\n\n",
        TagEnd::TableCell => " \\quad ",
        TagEnd::TableRow | TagEnd::TableHead => "\n\n",
        _ => "",
    }
}

/// Prose in which no character has a meaning of its own.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\textbackslash{}"),
            '{' | '}' | '$' | '&' | '#' | '%' | '_' => {
                out.push('\\');
                out.push(c);
            }
            '^' => out.push_str("\\^{}"),
            '~' => out.push_str("\\~{}"),
            '–' => out.push_str("--"),
            '—' => out.push_str("---"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::latex;

    #[test]
    fn prose_is_escaped_and_formulas_stay() {
        let text = "# A & B\n\nLet $x_1$ be *small*, `a_b`.\n\n$$\na = b\n$$\n\n- one\n";
        let expected = "\\section*{A \\& B}\nLet $x_1$ be \\emph{small}, \\texttt{a\\_b}.\n\n\n\
            \\[\na = b\n\\]\n\n\n\n\\begin{itemize}\n\\item one\n\\end{itemize}\n";
        assert_eq!(latex(text), expected);
        assert!(!latex("<!-- <script> -->\n\ntext").contains("script"));
    }
}
