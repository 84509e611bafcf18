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
        assert!(text(&output.stdout).contains("not judged"), "{name}");
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
