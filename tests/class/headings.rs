//! However students mark their parts, each is found.

use crate::scene::Class;

const ASSIGNMENT: &str = "+++\ntitle = \"Marks\"\n+++\n\
    ## Question 1.a: a form (4 points)\n\
    Let $x \\in \\mathbb{R}^n$ and $B \\in \\mathbb{R}^{n \\times n}$.\n\
    Find: $\\frac{\\partial (x^T B x)}{\\partial x}$\n\
    ## Question 2.b: a module (4 points)\n\
    Given: X in R^{S x M}; W in R^{N x M}; Y = X W^T; L = L(Y)\n\
    Find: $\\frac{\\partial L}{\\partial W}$\n\
    ## Question 2.c.i: its input (4 points)\n\
    Given: X in R^{S x M}; W in R^{N x M}; Y = X W^T; L = L(Y)\n\
    Find: $\\frac{\\partial L}{\\partial X}$\n\
    ## Question 2.c.ii: an activation (4 points)\n\
    Given: X in R^{S x M}; h elementwise; Y = h(X); L = L(Y)\n\
    Find: $\\frac{\\partial L}{\\partial X}$\n";

const ANSWERS: [&str; 4] = [
    "$\\frac{\\partial (x^T B x)}{\\partial x} = (B + B^T) x$",
    "$\\frac{\\partial L}{\\partial W} = \\left(\\frac{\\partial L}{\\partial Y}\\right)^T X$",
    "$\\frac{\\partial L}{\\partial X} = \\frac{\\partial L}{\\partial Y} W$",
    "$\\frac{\\partial L}{\\partial X} = \\frac{\\partial L}{\\partial Y} \\odot h'(X)$",
];

/// What stands before each of the four answers.
const STYLES: [[&str; 4]; 38] = [
    ["# Question 1.a", "# Question 2.b", "# Question 2.c.i", "# Question 2.c.ii"],
    ["Question 1\n\na)", "Question 2\n\nb)", "c) i)", "ii)"],
    ["1a)", "2b)", "2c) i)", "2c) ii)"],
    ["1.a", "2.b", "2.c.i", "2.c.ii"],
    ["Q1 (a)", "Q2 (b)", "Q2 (c)\n\n(i)", "(ii)"],
    ["Q1a:", "Q2b:", "Q2c(i):", "Q2c(ii):"],
    ["Exercise 1, part a", "Exercise 2, part b", "Exercise 2, part c\n\ni)", "ii)"],
    ["**1**\n\n**a)**", "**2**\n\n**b)**", "**c)**\n\n**i)**", "**ii)**"],
    ["# 1\n\n## a", "# 2\n\n## b", "## c\n\n### i", "### ii"],
    [
        "## Question 1\n\n### (a) A form",
        "## Question 2\n\n### (b) Weights",
        "### (c) Input\n\n#### (i) Linear",
        "#### (ii) Softmax",
    ],
    ["**1.a**", "**2.b**", "**2.c.i**", "**2.c.ii**"],
    ["**Question 1.a**", "**Question 2.b**", "**Question 2.c.i**", "**Question 2.c.ii**"],
    ["Problem 1(a)", "Problem 2(b)", "Problem 2(c)(i)", "Problem 2(c)(ii)"],
    ["Task 1 a)", "Task 2 b)", "Task 2 c) i)", "Task 2 c) ii)"],
    ["## Answer 1a", "## Answer 2b", "## Answer 2c i", "## Answer 2c ii"],
    ["Answer 1a:", "Answer 2b:", "Answer 2c(i):", "Answer 2c(ii):"],
    [
        "### Solution to Question 1.a",
        "### Solution to Question 2.b",
        "### Solution to Question 2.c.i",
        "### Solution to Question 2.c.ii",
    ],
    ["# Question 1\n\nPart a", "# Question 2\n\nPart b", "Part c\n\n(i)", "(ii)"],
    [
        "# Question 1\n\n**Part (a)**",
        "# Question 2\n\n**Part (b)**",
        "**Part (c)**\n\n**(i)**",
        "**(ii)**",
    ],
    ["Question 1:\n\n- a)", "Question 2:\n\n- b)", "- c)\n  - i)", "  - ii)"],
    ["1) a)", "2) b)", "2) c) i)", "2) c) ii)"],
    ["1.\n\na)", "2.\n\nb)", "c)\n\ni)", "ii)"],
    ["1. a)", "2. b)", "2. c) i)", "2. c) ii)"],
    [
        "# 1. Warm-up\n\n## 1.a",
        "# 2. Modules\n\n## 2.b",
        "## 2.c\n\n### 2.c.i",
        "### 2.c.ii",
    ],
    ["# QUESTION 1.A", "# QUESTION 2.B", "# QUESTION 2.C.I", "# QUESTION 2.C.II"],
    [
        "Question 1.a A form",
        "Question 2.b The weights",
        "Question 2.c The input\n\ni) linear",
        "ii) activation",
    ],
    ["# Ex. 1a", "# Ex. 2b", "# Ex. 2c i)", "# Ex. 2c ii)"],
    ["Aufgabe 1 a)", "Aufgabe 2 b)", "Aufgabe 2 c) i)", "Aufgabe 2 c) ii)"],
    [
        "# Question 1a) The form",
        "# Question 2b) Weights",
        "# Question 2c)i) Input",
        "# Question 2c)ii) Activation",
    ],
    [
        "<b>Question 1.a</b>",
        "<b>Question 2.b</b>",
        "<b>Question 2.c.i</b>",
        "<b>Question 2.c.ii</b>",
    ],
    ["__1a__", "__2b__", "__2c(i)__", "__2c(ii)__"],
    ["*Question 1.a*", "*Question 2.b*", "*Question 2.c.i*", "*Question 2.c.ii*"],
    ["(1a)", "(2b)", "(2c.i)", "(2c.ii)"],
    ["## 1-a", "## 2-b", "## 2-c-i", "## 2-c-ii"],
    [
        "Question 1.a\n============",
        "Question 2.b\n============",
        "Question 2.c.i\n==============",
        "Question 2.c.ii\n===============",
    ],
    [
        "# Part 1\n\n## Question 1\n\n**a.**",
        "## Question 2\n\n**b.**",
        "**c.**\n\n**i.**",
        "**ii.**",
    ],
    ["> Question 1.a", "> Question 2.b", "> Question 2.c.i", "> Question 2.c.ii"],
    ["**Q1.** (a)", "**Q2.** (b)", "**Q2.** (c) (i)", "**Q2.** (c) (ii)"],
];

#[test]
fn every_way_of_marking_a_part_is_found() {
    let class = Class::new();
    std::fs::write(class.path("small.md"), ASSIGNMENT).unwrap();
    for (k, style) in STYLES.iter().enumerate() {
        let work = style
            .iter()
            .zip(ANSWERS)
            .map(|(mark, answer)| format!("{mark}\n\n{answer}\n\n"));
        class.hand_in(&format!("s{k:02}.md"), &work.collect::<String>());
    }
    class.grade("out", &[]);
    let mut lost = Vec::new();
    for (k, style) in STYLES.iter().enumerate() {
        let record = class.record("out", &format!("s{k:02}"));
        if record["points"] != 16 || record["open"] != 0 {
            let parts = record["parts"].as_array().unwrap();
            let points: Vec<_> = parts.iter().map(|p| p["points"].to_string()).collect();
            lost.push(format!(
                "{k} {style:?}: {}, open {}",
                points.join(" "),
                record["open"]
            ));
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

#[test]
fn marks_in_latex_are_found_too() {
    let class = Class::new();
    std::fs::write(class.path("small.md"), ASSIGNMENT).unwrap();
    let styles = [
        [
            "\\section*{Question 1.a}",
            "\\section*{Question 2.b}",
            "\\section*{Question 2.c.i}",
            "\\section*{Question 2.c.ii}",
        ],
        [
            "\\section{Exercise 1}\n\\subsection*{(a)}",
            "\\section{Exercise 2}\n\\subsection*{(b)}",
            "\\subsection*{(c)}\n\\subsubsection*{(i)}",
            "\\subsubsection*{(ii)}",
        ],
        ["\\textbf{1a)}", "\\textbf{2b)}", "\\textbf{2c) i)}", "\\textbf{2c) ii)}"],
        [
            "\\paragraph{1.a}",
            "\\paragraph{2.b}",
            "\\paragraph{2.c.i}",
            "\\paragraph{2.c.ii}",
        ],
        [
            "\\section*{1}\n\\textbf{(a)}",
            "\\section*{2}\n\\textbf{(b)}",
            "\\textbf{(c)}\n\n\\textbf{(i)}",
            "\\textbf{(ii)}",
        ],
    ];
    for (k, style) in styles.iter().enumerate() {
        let work = style
            .iter()
            .zip(ANSWERS)
            .map(|(mark, answer)| format!("{mark}\n\n{answer}\n\n"));
        let text = format!(
            "\\documentclass{{article}}\\begin{{document}}\n{}\\end{{document}}\n",
            work.collect::<String>()
        );
        class.hand_in(&format!("t{k}.tex"), &text);
    }
    class.grade("out", &[]);
    let mut lost = Vec::new();
    for (k, style) in styles.iter().enumerate() {
        let record = class.record("out", &format!("t{k}"));
        if record["points"] != 16 || record["open"] != 0 {
            lost.push(format!(
                "{k} {style:?}: {} open {}",
                record["points"], record["open"]
            ));
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}
