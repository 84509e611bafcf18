//! `gradproof check` as others call it: exit statuses, formats, bad input.

#![cfg(feature = "cli")]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn run(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_gradproof"))
        .arg("check")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        // A program that refuses its call need not read what it is sent.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("the input is written");
    output
}

fn status(output: &Output) -> i32 {
    output.status.code().expect("no signal")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn the_exit_status_says_what_was_found() {
    let given = ["--given", "x in R^n; A in R^{n x n}"];
    let claim = |claim: &str| status(&run(&["-e", claim, given[0], given[1]], b""));
    assert_eq!(claim("d(x'*A*x)/d(x) = (A + A')*x"), 0);
    assert_eq!(claim("d(x'*A*x)/d(x) = 2*A*x"), 1);
    assert_eq!(status(&run(&["-e", "x = x", "--given", "x inn R"], b"")), 2);
    assert_eq!(status(&run(&["no-such-file.md"], b"")), 2);
    assert_eq!(status(&run(&[], b"")), 2);
    let skipped = b"$\\frac{\\partial L}{\\partial y} = y$\n";
    assert_eq!(status(&run(&["-"], skipped)), 0);
    assert_eq!(status(&run(&["-", "--strict"], skipped)), 1);
}

#[test]
fn an_operator_before_a_bracket_reaches_over_the_product() {
    let given = ["--given", "x in R^n; s in R^m; A in R^{n x m}; W in R^{n x n}"];
    let claim = |right: &str| {
        let claim = format!(
            "\\frac{{\\partial}}{{\\partial s}} (x - A s)^\\top W (x - A s) = {right}"
        );
        run(&["-e", &claim, given[0], given[1]], b"")
    };
    let right = claim("-A^\\top (W + W^\\top) (x - A s)");
    assert_eq!(status(&right), 0, "{}", text(&right.stdout));
    assert!(text(&right.stdout).contains("reaches over the whole product"));
    let wrong = claim("A^\\top (W + W^\\top) (x - A s)");
    assert_eq!(status(&wrong), 1, "{}", text(&wrong.stdout));
    // The product rule forgotten: right only for who lets the operator end at the bracket.
    let half = r"\nabla_x (a^\top x)(b^\top x) = (b^\top x) a";
    let half = run(&["-e", half, "--given", "x in R^n; a in R^n; b in R^n"], b"");
    assert!(text(&half.stdout).starts_with("skipped"), "{}", text(&half.stdout));
}

#[test]
fn a_document_in_json_has_the_fields_of_the_contract() {
    let document = "# Norms\n\nLet $x \\in \\mathbb{R}^n$.\n\na) So $x^T x = \\|x\\|^2 = 2$ and\n\n$$x$$\n";
    let output = run(&["-", "--format", "json"], document.as_bytes());
    assert_eq!(status(&output), 1);
    let value: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(value["file"], "-");
    let relations = value["relations"].as_array().expect("a list");
    assert_eq!(relations.len(), 2);
    let first = &relations[0];
    assert_eq!((first["line"].as_u64(), first["column"].as_u64()), (Some(5), Some(7)));
    assert_eq!(first["section"], serde_json::json!(["Norms", "a)"]));
    assert_eq!((&first["lhs"], &first["rhs"]), (&"x^T x".into(), &"\\|x\\|^2".into()));
    assert_eq!((&first["index"], &first["verdict"]), (&0.into(), &"proved".into()));
    assert_eq!(
        (&relations[1]["index"], &relations[1]["verdict"]),
        (&1.into(), &"refuted".into())
    );
    assert!(!relations[1]["counterexample"].is_null());
    assert_eq!(value["summary"]["proved"], 1);
    assert_eq!(value["skipped"][0]["line"], 7);
}

#[test]
fn every_format_holds_the_fault_and_no_markup_of_the_document() {
    let document = "Let $x \\in \\mathbb{R}^n$.\n\n$x^T x = 2 x^T x$ <script>alert(1)</script>\n\n\
        $x^T x = \\operatorname{</math><script>alert(1)</script>} x$\n";
    for format in ["text", "html", "github", "sarif", "jsonl"] {
        let output = run(&["-", "--format", format], document.as_bytes());
        assert_eq!(status(&output), 1, "{format}");
        assert!(text(&output.stdout).contains("refuted"), "{format}");
        if format == "html" {
            assert!(!text(&output.stdout).contains("<script"));
            assert!(text(&output.stdout).contains("Content-Security-Policy"));
        }
    }
}

#[test]
fn claims_are_answered_line_by_line() {
    let input = b"{\"id\": \"a\", \"given\": [\"x in R^n\"], \"claim\": \"d(x'*x)/d(x) = 2*x\"}\n\
        broken\n{\"id\": \"b\", \"given\": [\"x in R^n\"], \"claim\": \"d(x'*x)/d(x) = x\"}\n";
    let output = run(&["--claims", "-"], input);
    assert_eq!(status(&output), 2);
    let lines: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let verdicts: Vec<&str> =
        lines.iter().filter_map(|line| line["verdict"].as_str()).collect();
    assert_eq!(verdicts, ["proved", "skipped", "refuted"]);
    assert_eq!(lines[1]["line"], 2);
}

#[test]
fn bad_input_is_reported_and_the_rest_is_read() {
    let folder =
        std::env::temp_dir().join(format!("gradproof-check-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    let file = |name: &str, content: &[u8]| -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, content).expect("a file for the test");
        path
    };
    let good = file("good.md", b"Let $x \\in \\mathbb{R}^n$.\n\n$x^T x = \\|x\\|^2$\n");
    let bad = [
        file("binary.md", &[0, 159, 146, 150, 0, 1, 2]),
        file("broken.ipynb", b"{\"cells\": [\n}"),
        folder.join("missing.md"),
    ];
    for path in &bad {
        let paths = [good.to_str().expect("UTF-8"), path.to_str().expect("UTF-8")];
        let output = run(&paths, b"");
        assert_eq!(status(&output), 2, "{}", path.display());
        assert!(text(&output.stderr).contains(paths[1]), "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains("1 proved"), "{}", text(&output.stdout));
    }
    let nested =
        format!("$x = {}{}$\n\n$x = x$\n", "{".repeat(10_000), "}".repeat(10_000));
    let endless = "\\newcommand{\\a}{\\a\\a}\n\n$\\a = 1$\n\n$x_i = \\frac{$\n\n\\begin{align} a = b\n";
    for (name, content) in [("nested.md", nested.as_str()), ("endless.tex", endless)] {
        let output = run(&[file(name, content.as_bytes()).to_str().expect("UTF-8")], b"");
        assert!(status(&output) < 2, "{name}: {}", text(&output.stderr));
        // What is not read is said, never dropped.
        let said = text(&output.stdout);
        assert!(said.contains("skipped") || said.contains("not judged"), "{name}");
    }
    std::fs::remove_dir_all(&folder).expect("the folder goes again");
}

#[test]
fn an_answer_is_not_condemned_for_want_of_a_given() {
    let text = "Let $\\sigma(t) = \\frac{1}{1+e^{-t}}$.\n\n\
                $$1 - \\sigma(t) = \\sigma(-t) = \\frac{e^{-t}}{1 + e^{-t}}$$\n";
    let output = run(&["check", "-"], text.as_bytes());
    assert!(!self::text(&output.stdout).contains("answer wrong"), "{output:?}");
}

#[test]
fn a_page_shows_formulas_with_the_macros_of_the_document_expanded() {
    let text = "\\newcommand{\\pd}[2]{\\frac{\\partial #1}{\\partial #2}}\n\n\
        Let $x \\in \\mathbb{R}^n$.\n\n$$\\pd{x^T x}{x} = 3 x$$\n";
    let output = run(&["-", "--format", "html"], text.as_bytes());
    let page = self::text(&output.stdout);
    assert!(page.contains("<mfrac>"), "{page}");
    assert!(!page.contains("\\pd"), "{page}");
    // What is wrong comes first, and leads to its place.
    let first = page.find("First wrong step").expect("the first wrong step");
    assert!(first < page.find("<article").expect("a relation"), "{page}");
    assert!(page.contains("href=\"#r0-0\"") && page.contains("id=\"r0-0\""), "{page}");
    assert!(
        !page.contains("<script")
            && !page.contains("http://")
            && !page.contains("https://")
    );
}

#[test]
fn a_sarif_log_has_what_its_schema_requires() {
    let text = "Let $x \\in \\mathbb{R}^n$.\n\n$$\n\\begin{aligned}\n\\nabla_x x^T x &= 2x \\\\\n\
        &= 3x\n\\end{aligned}\n$$\n\n$x^T x = 2$\n";
    let output = run(&["-", "--format", "sarif"], text.as_bytes());
    let log: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(log["version"], "2.1.0");
    let runs = log["runs"].as_array().expect("runs");
    let driver = &runs[0]["tool"]["driver"];
    assert!(driver["name"].is_string());
    let rules = driver["rules"].as_array().expect("rules");
    let levels = ["none", "note", "warning", "error"];
    for rule in rules {
        assert!(rule["id"].is_string() && rule["shortDescription"]["text"].is_string());
        let level = rule["defaultConfiguration"]["level"].as_str().expect("a level");
        assert!(levels.contains(&level));
    }
    let kinds = ["utf16CodeUnits", "unicodeCodePoints"];
    assert!(kinds.contains(&runs[0]["columnKind"].as_str().expect("a kind")));
    let results = runs[0]["results"].as_array().expect("results");
    assert!(results.len() >= 2, "{results:?}");
    for result in results {
        let rule = result["ruleIndex"].as_u64().expect("an index") as usize;
        assert_eq!(result["ruleId"], rules[rule]["id"]);
        assert!(levels.contains(&result["level"].as_str().expect("a level")));
        assert!(!result["message"]["text"].as_str().expect("a text").is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().expect("a URI");
        assert!(!uri.is_empty() && uri.is_ascii() && !uri.contains([' ', '\\']));
        let region = &place["region"];
        let number = |field: &str| region[field].as_u64().expect("a number");
        let start = (number("startLine"), number("startColumn"));
        let end = (number("endLine"), number("endColumn"));
        assert!(start.0 >= 1 && start.1 >= 1 && start <= end, "{region}");
    }
    // The wrong step is in the sixth line, whatever line its display begins in.
    assert_eq!(results[0]["locations"][0]["physicalLocation"]["region"]["startLine"], 6);
}

#[test]
fn no_relation_sign_vanishes() {
    let text = "Let $x \\in \\mathbb{R}^n$ and $f = x^T x$ with $\\|x\\| = 1$.\n\n\
        We write $\\bar{x} = \\frac{\\partial f}{\\partial x}$, and again \
        $\\bar{x} = \\frac{\\partial f}{\\partial x}$; $k = 3$; $x^T x \\geq 0$.\n\n$$x = \n";
    let output = run(&["-", "--format", "json"], text.as_bytes());
    let value: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let count = |field: &str| value[field].as_array().map_or(0, Vec::len);
    let stated = count("relations") + count("skipped") + count("givens");
    // x ∈ ℝⁿ, f, ‖x‖ = 1, x̄ twice, k = 3, ≥.
    assert!(stated >= 7, "{value:#}");
    // The display without its end is not read, and the coverage says so.
    assert!(value["summary"]["coverage"].as_f64().expect("a share") < 1.0, "{value:#}");
}

#[test]
fn escape_sequences_of_a_document_do_not_reach_the_terminal() {
    let text = "# Title \x1b]0;owned\x07\n\nLet $x \\in \\mathbb{R}^n$.\n\n$x^T x = 2 x^T x$ \x1b[2J\n";
    let output = run(&["-"], text.as_bytes());
    let told = self::text(&output.stdout);
    assert!(!told.contains('\x1b') && !told.contains('\x07'), "{told:?}");
}
