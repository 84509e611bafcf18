//! Readable cases: files of `text`, a line `=> tree`, and a blank line.

use gradproof::language::ast::{Severity, Spelling};
use gradproof::language::{Macros, parse_claim, parse_givens, parse_math, print};

use crate::names::Table;
use crate::sexp;

/// One case of a corpus file.
struct Case {
    line: usize,
    givens: String,
    text: String,
    expected: Vec<String>,
}

/// The cases of a file. `given …` sets the names for what follows; `# …` is a comment; lines
/// beginning with `=>` are what is expected of the lines before.
fn cases(file: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut givens = String::new();
    let mut text: Vec<&str> = Vec::new();
    let mut expected: Vec<String> = Vec::new();
    let mut first = 0;
    for (index, line) in file.lines().chain(std::iter::once("")).enumerate() {
        if line.trim().is_empty() {
            if !text.is_empty() {
                assert!(!expected.is_empty(), "line {}: nothing is expected", first + 1);
                cases.push(Case {
                    line: first + 1,
                    givens: givens.clone(),
                    text: text.join("\n"),
                    expected: std::mem::take(&mut expected),
                });
                text.clear();
            }
        } else if let Some(found) = line.strip_prefix("given ") {
            givens = found.into();
        } else if line == "given" {
            givens.clear();
        } else if let Some(tree) = line.strip_prefix("=> ") {
            expected.push(tree.trim().into());
        } else if !line.starts_with("# ") {
            if text.is_empty() {
                first = index;
            }
            text.push(line);
        }
    }
    cases
}

fn check(name: &str, file: &str, read: impl Fn(&Case) -> Vec<String>) {
    let mut faults = Vec::new();
    let cases = cases(file);
    assert!(cases.len() > 5, "{name} holds hardly a case");
    for case in cases {
        let found = read(&case);
        if found != case.expected {
            faults.push(format!(
                "{name}:{}: {}\n  expected\n    {}\n  found\n    {}",
                case.line,
                case.text,
                case.expected.join("\n    "),
                found.join("\n    ")
            ));
        }
    }
    assert!(faults.is_empty(), "{}\n{} cases fail", faults.join("\n"), faults.len());
}

fn claim(case: &Case) -> Vec<String> {
    let (chain, diagnostics) = parse_claim(&case.text, &Table::of(&case.givens));
    let mut found = vec![sexp::chain(&chain)];
    found.extend(diagnostics.iter().map(|diagnostic| {
        let sign = if diagnostic.severity == Severity::Error { "!" } else { "?" };
        format!(
            "{sign} {} {}..{}",
            diagnostic.code, diagnostic.span.start, diagnostic.span.end
        )
    }));
    found
}

#[test]
fn latex_claims_read_as_written() {
    check("latex.txt", include_str!("latex.txt"), claim);
}

#[test]
fn plain_claims_read_as_written() {
    check("plain.txt", include_str!("plain.txt"), claim);
}

#[test]
fn pieces_of_math_fall_into_rows() {
    check("rows.txt", include_str!("rows.txt"), |case| {
        let macros = Macros::collect(&case.text);
        let expanded = macros.expand(&case.text);
        let (rows, diagnostics) =
            parse_math(&expanded.text, Spelling::Latex, &Table::of(&case.givens));
        let mut found: Vec<String> = rows
            .iter()
            .map(|row| match &row.justification {
                Some(words) => format!("{} // {words}", sexp::chain(&row.chain)),
                None => sexp::chain(&row.chain),
            })
            .collect();
        found.extend(
            expanded
                .diagnostics
                .iter()
                .chain(&diagnostics)
                .filter(|diagnostic| diagnostic.severity == Severity::Error)
                .map(|diagnostic| format!("! {}", diagnostic.code)),
        );
        found
    });
}

#[test]
fn declarations_read_as_written() {
    check("givens.txt", include_str!("givens.txt"), |case| {
        match parse_givens(&case.text, &Table::of(&case.givens)) {
            Ok(givens) => givens.iter().map(sexp::given).collect(),
            Err(fault) => {
                vec![format!("! {} {}..{}", fault.code, fault.span.start, fault.span.end)]
            }
        }
    });
}

#[test]
fn trees_print_for_people() {
    check("printed.txt", include_str!("printed.txt"), |case| {
        let table = Table::of(&case.givens);
        let (chain, _) = parse_claim(&case.text, &table);
        let side = chain.sides[0].clone().expect("a case has a left side");
        vec![print::plain(&side), print::latex(&side), print::unicode(&side)]
    });
}

#[test]
fn places_of_expanded_macros_lead_back() {
    let source = "\\newcommand{\\pd}[2]{\\frac{\\partial #1}{\\partial #2}}";
    let macros = Macros::collect(source);
    let text = "y = \\pd{f}{abc} + z";
    let expanded = macros.expand(text);
    assert_eq!(expanded.text, "y = \\frac{\\partial f}{\\partial abc} + z");
    let place = |part: &str| {
        let start = expanded.text.find(part).expect("the part is there");
        let span = gradproof::language::ast::Span::new(start, start + part.len());
        let origin = expanded.origin(span);
        &text[origin.start..origin.end]
    };
    assert_eq!(place("abc"), "abc");
    assert_eq!(place("+ z"), "+ z");
    assert_eq!(place("\\frac"), "\\pd{f}{abc}");
}
