//! Every form a formula takes in a document is found, and nothing else is.

use proptest::prelude::*;

use super::*;

fn markdown(text: &str) -> Source {
    read_text("t.md", Format::Markdown, text.to_owned()).expect("Markdown always reads")
}

fn latex(text: &str) -> Source {
    read_text("t.tex", Format::Latex, text.to_owned()).expect("LaTeX always reads")
}

fn bodies(source: &Source) -> Vec<&str> {
    source
        .tokens
        .iter()
        .filter_map(|token| match token {
            Token::Math(piece) => Some(source.slice(piece.body).trim()),
            _ => None,
        })
        .collect()
}

#[test]
fn every_delimiter_of_markdown_is_found() {
    let text = "---\ntitle: $no$\n---\n# Head $h=1$\n\nA $a$, $$b$$ and \\(c\\) in a line.\n\n\
        \\[d\\]\n\n$$\n\ne\n\n= f\n\n$$\n\n\\begin{align*}g &= h\\end{align*}\n\n\
        <script type=\"math/tex\">i</script>\n\n- item $j$\n- \\\\(k\\\\)\n\n```math\nl = m\n```\n\n\
        | $n$ | $\\|o\\|$ |\n";
    let source = markdown(text);
    let expected = [
        "h=1", "a", "b", "c", "d", "e\n\n= f", "g &= h", "i", "j", "k", "l = m", "n",
        "\\|o\\|",
    ];
    assert_eq!(bodies(&source), expected);
    assert!(source.notes.is_empty(), "{:?}", source.notes);
}

#[test]
fn code_comments_and_prices_hold_no_formulas() {
    let text = "It costs $5 and $6, \\$x = 1\\$ too.\n\n`$a$` ``$b$ ` ``\n\n```python\n$c$\n```\n\n    \
        $indented$\n\n<!-- $d$ -->\n<pre>$e$</pre>\n\n\\[Hint: see below\\]\n";
    assert_eq!(bodies(&markdown(text)), Vec::<&str>::new());
}

#[test]
fn blanks_inside_dollars_are_allowed_where_the_inside_is_mathematics() {
    assert_eq!(
        bodies(&markdown("5) $ \\frac{a}{b} $ (so) and $ x $\n")),
        ["\\frac{a}{b}", "x"]
    );
}

#[test]
fn an_unclosed_formula_is_reported_and_what_follows_is_read() {
    let text = "$$ a = b\n\n# Next\n\nHere is $c = d$ in prose.\n\n$$ e = f $$\n";
    let source = markdown(text);
    assert_eq!(bodies(&source), ["c = d", "e = f"]);
    assert_eq!(source.notes[0].code, "unclosed-formula");
    assert_eq!(source.place(source.notes[0].offset).line, 1);
}

#[test]
fn headings_of_both_kinds_have_their_levels() {
    let source = markdown("Title\n=====\n\n## Second ##\n\ntext\n\nThird\n---\n");
    let headings: Vec<(u8, &str)> = source
        .tokens
        .iter()
        .filter_map(|token| match token {
            Token::Heading(level, title) => Some((*level, source.slice(*title))),
            _ => None,
        })
        .collect();
    assert_eq!(headings, [(1, "Title"), (2, "Second"), (2, "Third")]);
}

#[test]
fn latex_sections_items_and_environments_are_found() {
    let text = "\\documentclass{article}\n\\newcommand{\\R}{$no$}\n\\begin{document}\n\
        \\section*{One}\nText $a$ % not $b$\n\\begin{itemize}\n\\item[i)] \\(c\\)\n\\end{itemize}\n\
        \\begin{verbatim}$d$\\end{verbatim}\\verb|$e$|\n\\[f\\]\n\
        \\begin{align}\ng &= h \\\\ \n&= i\n\\end{align}\n\\end{document}\n$after$\n";
    let source = latex(text);
    assert_eq!(bodies(&source), ["a", "c", "f", "g &= h \\\\ \n&= i"]);
    assert!(source.tokens.iter().any(|token| matches!(token, Token::Heading(2, _))));
    let piece = source.tokens.iter().rev().find_map(|token| match token {
        Token::Math(piece) => Some(piece),
        _ => None,
    });
    let place = source.place(piece.expect("a formula").outer.start);
    assert_eq!((place.line, place.column), (11, 1));
}

#[test]
fn included_files_keep_their_own_lines() {
    let folder =
        std::env::temp_dir().join(format!("gradproof-include-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    let main =
        "\\begin{document}\n\\input{part}\nand $b = b$\n\\input{gone}\n\\end{document}\n";
    std::fs::write(folder.join("main.tex"), main).expect("the main file");
    std::fs::write(folder.join("part.tex"), "one\n\\input{main}\n$a = a$\n")
        .expect("its part");
    let source = read(&folder.join("main.tex")).expect("it reads");
    std::fs::remove_dir_all(&folder).expect("the folder goes again");
    let places: Vec<Place> = source
        .tokens
        .iter()
        .filter_map(|token| match token {
            Token::Math(piece) => Some(source.place(piece.outer.start)),
            _ => None,
        })
        .collect();
    let part = Place { file: Some("part.tex".to_owned()), line: 3, column: 1 };
    let main = Place { file: None, line: 3, column: 5 };
    assert_eq!(places[0], part);
    assert_eq!(places.last(), Some(&main));
    assert!(source.notes.iter().any(|note| note.message.contains("gone.tex")));
}

#[test]
fn a_notebook_is_its_markdown_cells() {
    let json = r##"{"cells": [
        {"cell_type": "markdown", "source": ["# A\n", "$a = b$\n"]},
        {"cell_type": "code", "source": "x = '$c$'"},
        {"cell_type": "markdown", "source": "see\n$d$"}]}"##;
    let source =
        read_text("n.ipynb", Format::Notebook, json.to_owned()).expect("it is JSON");
    assert_eq!(source.text, "# A\n$a = b$\n\nsee\n$d$");
    let error =
        read_text("n.ipynb", Format::Notebook, "{\n]".to_owned()).expect_err("no JSON");
    assert!(error.to_string().contains("line 2"), "{error}");
}

#[test]
fn hostile_lengths_take_linear_time() {
    // Each of these is quadratic for a scanner that searches again and again.
    for unit in [
        "$$ ",
        "$a ",
        "\\( ",
        "`` ` ",
        "<!-- ",
        "\\[ ",
        "\\begin{align} ",
        "# ",
        "{",
        "$\n",
    ] {
        let text = unit.repeat(400_000 / unit.len());
        let started = std::time::Instant::now();
        markdown(&text);
        latex(&text);
        assert!(
            started.elapsed().as_secs() < 20,
            "{unit:?} took {:?}",
            started.elapsed()
        );
    }
}

proptest! {
    #[test]
    fn tokens_are_in_order_whatever_the_text(
        text in "([$`<>\\\\#{}\n ]|\\$\\$|\\\\\\(|\\\\\\)|\\\\begin\\{align\\}|\\\\end\\{align\\}|\\\\item|- |<!--|-->|∂|a|=){0,60}"
    ) {
        for source in [markdown(&text), latex(&text)] {
            let mut end = 0;
            for token in &source.tokens {
                let span = match token {
                    Token::Text(span) | Token::Item(span) => *span,
                    Token::Math(piece) => {
                        prop_assert!(piece.outer.start <= piece.body.start);
                        prop_assert!(piece.body.end <= piece.outer.end);
                        piece.outer
                    }
                    // A heading's text follows it as prose.
                    Token::Heading(_, title) => {
                        prop_assert!(source.text.get(title.start..title.end).is_some());
                        continue;
                    }
                    Token::Break => continue,
                };
                prop_assert!(source.text.get(span.start..span.end).is_some());
                prop_assert!(end <= span.start, "{:?}", source.tokens);
                end = span.end;
            }
        }
    }
}
