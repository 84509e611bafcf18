//! Fairness, through the whole program: corrections never cost points, what is not read costs nothing,
//! and the example's mistakes are found where they are.

use std::process::Command;

use serde_json::Value;

use crate::scene::{Class, RIGHT};

/// Pairs of something right and something wrong in the hand-in of the small class.
const SPOILED: [(&str, &str); 4] = [
    ("x_i B_{ij} x_j$", "x_i B_{ij} x_i$"),
    ("(B + B^T) x$", "(B - B^T) x$"),
    ("\\right)^T X$", "\\right) X$"),
    ("# Question 2\n\n", "# Question 2\n\n$\\frac{\\partial L}{\\partial W} = W$\n\n"),
];

#[test]
fn correcting_anything_never_costs_points() {
    let class = Class::new();
    let all = 1_usize << SPOILED.len();
    for set in 0..all {
        let mut text = RIGHT.to_string();
        for (bit, (right, wrong)) in SPOILED.iter().enumerate() {
            if set >> bit & 1 == 1 {
                assert!(text.contains(right), "{right}");
                text = text.replace(right, wrong);
            }
        }
        class.hand_in(&format!("s{set:02}.md"), &text);
    }
    for rule in ["until-first-fault", "each"] {
        let text = crate::scene::ASSIGNMENT
            .replace("steps = 0.5", &format!("steps = 0.5\nrule = \"{rule}\""));
        std::fs::write(class.path("small.md"), text).unwrap();
        class.grade(rule, &[]);
        let points: Vec<f64> =
            (0..all).map(|set| class.points(rule, &format!("s{set:02}"))).collect();
        assert_eq!(points[0], 10.0);
        for set in 0..all {
            assert!((0.0..=10.0).contains(&points[set]));
            for bit in 0..SPOILED.len() {
                let corrected = set & !(1 << bit);
                assert!(
                    points[corrected] >= points[set],
                    "{rule}: {set:04b} has {}, {corrected:04b} has {}",
                    points[set],
                    points[corrected]
                );
            }
        }
        // Everything wrong is worth less than any one thing wrong.
        assert!((0..SPOILED.len()).all(|bit| points[1 << bit] >= points[all - 1]));
        assert!(points[all - 1] < 5.0, "{points:?}");
    }
}

#[test]
fn what_cannot_be_read_costs_nothing_and_waits_for_a_person() {
    let class = Class::new();
    class.hand_in("ann.md", RIGHT);
    for (key, line) in [
        ("picture", "$x^T B x = \\includegraphics{form}$"),
        ("strange", "$x^T B x = \\mathfrak{Q} \\star \\widetilde{\\Xi}_{7}$"),
        ("open", "$x^T B x = \\sum_{i} ( x_i$"),
        ("name", "$\\Omega = x^T B x + \\Psi$"),
    ] {
        let text =
            RIGHT.replace("# Question 1.a\n\n", &format!("# Question 1.a\n\n{line}\n\n"));
        class.hand_in(&format!("{key}.md"), &text);
    }
    class.grade("out", &[]);
    for key in ["picture", "strange", "open", "name"] {
        let record = class.record("out", key);
        assert_eq!(
            record["points"],
            class.record("out", "ann")["points"],
            "{key}: {record:#}"
        );
    }
    let listed = std::fs::read_to_string(class.path("out/attention.csv")).unwrap();
    for key in ["picture", "open"] {
        assert!(listed.contains(key), "{key} waits for nobody: {listed}");
    }
}

/// The example hand-in under the example assignment, as the README shows it.
#[test]
fn the_examples_mistakes_are_found_where_they_are() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_gradproof"))
        .arg("grade")
        .arg(root.join("examples/assignments/deep-learning-1.md"))
        .arg(root.join("examples/hand-in.md"))
        .arg("--no-code")
        .arg("--out")
        .arg(out.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(out.path().join("results/hand-in.json")).unwrap();
    let record: Value = serde_json::from_str(&text).unwrap();
    let mut mistakes = Vec::new();
    for part in record["parts"].as_array().unwrap() {
        for item in part["items"].as_array().unwrap() {
            if let Some(mistake) = item["mistake"].as_str() {
                let line = &item["place"]["line"];
                mistakes.push(format!(
                    "{} line {line}: {mistake}",
                    part["id"].as_str().unwrap()
                ));
            }
        }
    }
    assert_eq!(mistakes, EXPECTED, "{mistakes:#?}");
}

const EXPECTED: &[&str] = &[
    "1a line 14: sum left standing",
    "1a line 14: ill-formed",
    "1a line 15: vector in the wrong orientation",
    "1b line 28: transposed",
    "1c line 35: component equated with the whole",
    "1c line 36: missing square root",
    "1d line 44: derivative sign for an operator",
    "2a line 74: wrong upper limit",
    "2bii line 94: cases swapped",
    "2ci line 106: missing term",
    "2cii line 113: index clash",
];

#[test]
fn an_answer_under_another_name_or_heading_is_not_lost() {
    let class = Class::new();
    let question = "# Question 1.a\n\n";
    let named = "We write $f(x) = x^T B x$.\n\n$\\nabla f(x) = (B + B^T) x$\n";
    let wrong = "We write $f(x) = x^T B x$.\n\n$\\nabla f(x) = 2 B x$\n";
    let letters = "Let $z \\in \\mathbb{R}^m$ and $A \\in \\mathbb{R}^{m \\times m}$.\n\n\
        $\\frac{\\partial (z^T A z)}{\\partial z} = (A + A^T) z$\n";
    class.hand_in("named.md", &format!("{question}{named}"));
    class.hand_in("wrong.md", &format!("{question}{wrong}"));
    class.hand_in("letters.md", &format!("{question}{letters}"));
    class.hand_in("loose.md", &RIGHT.replace("# Question", "# Chapter"));
    class.grade("out", &[]);
    let part = |key: &str| class.record("out", key)["parts"][0].clone();
    let number = |value: &Value| value.as_f64().unwrap();
    let of = |key: &str| (number(&part(key)["points"]), number(&part(key)["open"]));
    assert_eq!(of("named"), (4.0, 0.0), "{:#}", part("named"));
    assert!(of("wrong").0 < 4.0, "{:#}", part("wrong"));
    assert_eq!(of("letters"), (4.0, 4.0), "{:#}", part("letters"));
    assert_eq!(of("loose"), (4.0, 4.0), "{:#}", part("loose"));
    for key in ["letters", "loose"] {
        assert_ne!(part(key)["for_a_person"], serde_json::json!([]));
    }
}

/// Wrong rows of the example hand-in, and what stands there when they are corrected.
const REAL_ROWS: [(&str, &str); 6] = [
    ("= \\mathbf{P} \\mathbf{Q}^T$", "= \\mathbf{P}^T \\mathbf{Q}^T$"),
    ("2 v_k = \\frac{v_k}{v^T v}$", "2 v_k = \\frac{v_k}{\\sqrt{v^T v}}$"),
    ("= (A u^T)_k + (u^T A)_k$", "= (A u)_k + (u^T A)_k$"),
    (
        "\\begin{cases} 0, & \\text{if } X \\geq 0 \\\\ 1, & \\text{if } X < 0",
        "\\begin{cases} 0, & \\text{if } X < 0 \\\\ 1, & \\text{if } X \\geq 0",
    ),
    ("\\sum_n^S \\frac", "\\sum_n^N \\frac"),
    (
        "-\\frac{1}{S} \\sum_{i,k} T_{ik} \\frac{\\partial}{\\partial X_{ij}} \\log(X_{ik})$",
        "-\\frac{1}{S} \\sum_{p,k} T_{pk} \\frac{\\partial}{\\partial X_{ij}} \\log(X_{pk})$",
    ),
];

#[test]
fn correcting_real_rows_never_costs_points() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("examples/hand-in.md")).unwrap();
    let assignment =
        std::fs::read_to_string(root.join("examples/assignments/deep-learning-1.md"));
    let class = Class::new();
    let assignment = assignment.unwrap();
    for set in 0..1_usize << REAL_ROWS.len() {
        let mut text = text.clone();
        for (bit, (wrong, right)) in REAL_ROWS.iter().enumerate() {
            assert!(text.contains(wrong), "{wrong}");
            if set >> bit & 1 == 1 {
                text = text.replacen(wrong, right, 1);
            }
        }
        class.hand_in(&format!("s{set:02}.md"), &text);
    }
    for rule in ["each", "until-first-fault"] {
        let ruled = assignment.replace("rule = \"each\"", &format!("rule = \"{rule}\""));
        std::fs::write(class.path("small.md"), ruled).unwrap();
        class.grade(rule, &["--no-code"]);
        let points = |set: usize| class.points(rule, &format!("s{set:02}"));
        for set in 0..1_usize << REAL_ROWS.len() {
            for bit in (0..REAL_ROWS.len()).filter(|bit| set >> bit & 1 == 0) {
                let corrected = set | 1 << bit;
                assert!(
                    points(corrected) >= points(set),
                    "{rule}: {set:06b} has {}, {corrected:06b} has {}",
                    points(set),
                    points(corrected)
                );
            }
        }
        assert!(points((1 << REAL_ROWS.len()) - 1) > points(0));
    }
}

#[test]
fn one_mistake_costs_once() {
    let class = Class::new();
    let steps = |rows: &[&str]| {
        let rows: String = rows
            .iter()
            .map(|row| format!("$\\frac{{\\partial L}}{{\\partial W}} = {row}$\n\n"))
            .collect();
        format!("# Question 2\n\n{rows}")
    };
    let gradient = "\\left(\\frac{\\partial L}{\\partial Y}\\right)^T X";
    let wrong = format!("2 {gradient}");
    let follows = "\\left(2 \\frac{\\partial L}{\\partial Y}\\right)^T X".to_string();
    class.hand_in("once.md", &steps(&[&wrong, gradient, gradient]));
    class.hand_in("copied.md", &steps(&[&wrong, &wrong, gradient, gradient]));
    class.hand_in("follows.md", &steps(&[&wrong, &follows, gradient, gradient]));
    class.hand_in("chain.md", &steps(&[&format!("{wrong} = {gradient}"), gradient]));
    class.hand_in("again.md", &steps(&[&wrong, &wrong]));
    class.hand_in("carried.md", &steps(&[&wrong, &follows]));
    class.grade("out", &[]);
    let points =
        |key: &str| class.record("out", key)["parts"][1]["points"].as_f64().unwrap();
    // Three points for the answer, three for the steps, of which one is wrong.
    assert_eq!(points("once"), 4.5);
    assert_eq!(points("copied"), 4.5);
    assert_eq!(points("follows"), 5.0);
    assert_eq!(points("chain"), 4.5);
    assert_eq!(points("again"), 0.0);
    assert_eq!(points("carried"), 1.5);
}

#[test]
fn a_right_answer_by_entries_or_in_shorthand_is_right() {
    let class = Class::new();
    let gradient = "\\frac{\\partial L}{\\partial W} = \\left(\\frac{\\partial L}{\\partial Y}\\right)^T X";
    for (key, answer) in [
        (
            "entries",
            "[\\frac{\\partial L}{\\partial W}]_{ij} = \\sum_m \\frac{\\partial L}{\\partial Y_{mi}} X_{mj}",
        ),
        ("short", "[\\frac{\\partial L}{\\partial W}]_{ij} = \\sum_m dY_{mi} X_{mj}"),
        ("both", "dW = dY^T X"),
    ] {
        class.hand_in(&format!("{key}.md"), &RIGHT.replace(gradient, answer));
        let wrong = answer.replace("X_{mj}", "X_{jm}").replace("dY^T X", "X^T dY");
        class.hand_in(&format!("{key}-wrong.md"), &RIGHT.replace(gradient, &wrong));
    }
    let nothing = "\\frac{\\partial L}{\\partial W} = \\frac{\\partial L}{\\partial W}";
    class.hand_in("nothing.md", &RIGHT.replace(gradient, nothing));
    class.grade("out", &[]);
    for key in ["entries", "short", "both"] {
        assert_eq!(
            class.points("out", key),
            10.0,
            "{key}: {:#}",
            class.record("out", key)
        );
        assert_eq!(class.record("out", key)["open"], 0);
        assert_eq!(class.points("out", &format!("{key}-wrong")), 4.0, "{key}");
    }
    assert_eq!(class.points("out", "nothing"), 4.0);
}
