//! What a report says of whole derivations: which relations belong together, the first wrong step,
//! whether the answer is right, and what it should have been.

#![cfg(feature = "document")]

use gradproof::document::check;
use gradproof::document::checked::{Checked, Derivation};
use gradproof::document::givens::Outside;
use gradproof::document::report::{Paint, json, text};
use gradproof::document::source::{Format, read_text};
use gradproof::proof::Layout;

const GIVENS: &str = "Let $\\mathbf{x}\\in\\mathbb{R}^n$, $A\\in\\mathbb{R}^{n\\times n}$, \
    $f(\\mathbf{x}) = \\mathbf{x}^T\\mathbf{x}$, $g(\\mathbf{x}) = \\mathbf{x}^T\\mathbf{x} + 1$.\n\n";

fn checked(text: &str) -> Checked {
    let text = format!("{GIVENS}{text}");
    let source = read_text("t.md", Format::Markdown, text).expect("it reads");
    check(source, &Outside::default(), Layout::Auto)
}

/// Of each derivation: its relations, the first wrong one, and whether its answer is right.
fn told(text: &str) -> Vec<(Vec<usize>, Option<usize>, Option<bool>)> {
    let told =
        |one: &Derivation| (one.relations.clone(), one.first_wrong, one.answer_right);
    checked(text).derivations.iter().map(told).collect()
}

#[test]
fn all_links_of_a_chain_belong_to_its_left_side() {
    let text = "$$\\nabla f(\\mathbf{x}) = 2\\mathbf{x} + 0 = \\mathbf{x} + \\mathbf{x} = 3\\mathbf{x}$$\n\n\
        $$\\nabla g(\\mathbf{x}) = 2\\mathbf{x}$$\n";
    let first = (vec![0, 1, 2], Some(2), Some(false));
    assert_eq!(told(text), [first, (vec![3], None, Some(true))]);
    let corrected = checked(text).derivations[0].corrected.clone();
    assert_eq!(corrected.as_deref(), Some("\\mathbf{x} + \\mathbf{x}"));
}

#[test]
fn an_answer_is_judged_by_the_two_ends_of_its_chain() {
    let wrong = "$$\\nabla f(\\mathbf{x}) = 3\\mathbf{x} = \\mathbf{x} + \\mathbf{x} + \\mathbf{x}$$\n";
    assert_eq!(told(wrong), [(vec![0, 1], Some(0), Some(false))]);
    let right = "$$\\nabla f(\\mathbf{x}) = 3\\mathbf{x} = 2\\mathbf{x}$$\n";
    assert_eq!(told(right), [(vec![0, 1], Some(0), Some(true))]);
}

#[test]
fn claims_that_no_derivation_uses_are_answers_of_their_own() {
    let text = "1. $\\nabla f(\\mathbf{x}) = 3\\mathbf{x}$\n\
        2. $\\operatorname{tr}(A^T) = \\operatorname{tr}(A)$\n\
        3. $A^TA = AA^T$\n\
        4. $\\frac{\\partial \\mathbf{x}^TA\\mathbf{x}}{\\partial \\mathbf{x}} = (A+A^T)\\mathbf{x}$\n";
    let expected = [
        (vec![0], Some(0), Some(false)),
        (vec![1], None, Some(true)),
        (vec![2], Some(2), Some(false)),
        (vec![3], None, Some(true)),
    ];
    assert_eq!(told(text), expected);
    // A correction that is the left side itself says nothing.
    assert_eq!(checked(text).derivations[2].corrected, None);
}

#[test]
fn what_leads_to_a_derivative_belongs_to_its_derivation() {
    let text = "$$\\mathbf{x}^TA\\mathbf{x} = \\sum_{i,j} x_i A_{ij} x_j$$\n\n\
        $$\\frac{\\partial \\mathbf{x}^TA\\mathbf{x}}{\\partial x_k} = \\sum_j A_{kj} x_j - \\sum_i x_i A_{ik}$$\n\n\
        $$\\frac{\\partial \\mathbf{x}^TA\\mathbf{x}}{\\partial \\mathbf{x}} = (A + A^T)\\mathbf{x}$$\n";
    assert_eq!(told(text), [(vec![0, 1, 2], Some(1), Some(true))]);
}

#[test]
fn a_chain_goes_on_over_displays_and_the_lines_told_are_those_of_the_rows() {
    let text = "$$\\begin{aligned}\n\\nabla f(\\mathbf{x}) &= 2\\mathbf{x} \\\\\n\
        &= 2\\mathbf{x} + \\mathbf{x} \\\\\n&= 3\\mathbf{x}\n\\end{aligned}$$\n\nso that\n\n\
        $$= 2\\mathbf{x} + \\mathbf{x}$$\n";
    assert_eq!(told(text), [(vec![0, 1, 2, 3], Some(1), Some(false))]);
    let checked = checked(text);
    // The align begins in line 3; its third line holds the wrong step.
    let value = json(&checked);
    assert_eq!(value["relations"][1]["line"], 3);
    assert_eq!(value["relations"][1]["row"], 5);
    assert_eq!(value["derivations"][0]["first_wrong_line"], 5);
    assert_eq!(value["derivations"][0]["answer_line"], 11);
    let paint = Paint { colour: false, width: 100, everything: false };
    let told = self::text(&checked, paint);
    assert!(told.contains("t.md:5:"), "{told}");
    assert!(
        told.contains(
            "answer wrong (line 11), first wrong step in line 5: \\nabla f(\\mathbf{x})"
        ),
        "{told}"
    );
    assert!(told.contains("should be: 2\\mathbf{x}\n"), "{told}");
}

#[test]
fn an_unjudged_link_makes_no_answer_wrong() {
    let text = "$$\\frac{\\partial \\|Q\\mathbf{x}\\|^2}{\\partial Q} = u(\\mathbf{x}) = 2\\mathbf{x}$$\n";
    assert!(told(text).iter().all(|(.., right)| *right != Some(true)));
    let text = "Let $t\\in\\mathbb{R}$ and $u(t) = \\log(\\sigma(t))$ with the sigmoid $\\sigma$.\n\n\
        $u'(t) = 1-\\sigma(t) = \\sigma(-t)$\n";
    assert!(
        told(text).iter().all(|(.., right)| *right != Some(false)),
        "{:?}",
        told(text)
    );
}

#[test]
fn a_step_that_uses_a_wrong_result_follows_from_it() {
    let text = "Let $\\mathbf{p} = \\operatorname{softmax}(\\mathbf{x})$, $\\mathbf{y}\\in\\mathbb{R}^n$ \
        with $\\sum_k y_k = 1$, $L = -\\sum_k y_k\\log p_k$.\n\n\
        $$\\frac{\\partial L}{\\partial \\mathbf{x}} = \\mathbf{y} - \\mathbf{p}$$\n\n\
        $$A \\frac{\\partial L}{\\partial \\mathbf{x}} = A(\\mathbf{y} - \\mathbf{p})$$\n";
    let checked = checked(text);
    let follows: Vec<Option<usize>> =
        checked.relations.iter().map(|judged| judged.follows_from).collect();
    assert_eq!(follows, [None, Some(0)], "{:?}", checked.relations);
}

#[test]
fn corrections_are_in_the_fonts_and_names_of_the_text() {
    let text = "Let $\\mathbf{Z}\\in\\mathbb{R}^{m\\times n}$, $\\mathbf{Y} = \\operatorname{softmax}(\\mathbf{Z})$, \
        $L = L(\\mathbf{Y})$.\n\n\
        $$\\frac{\\partial L}{\\partial \\mathbf{Z}} = \\frac{\\partial L}{\\partial \\mathbf{Y}} \\odot \\mathbf{Y}$$\n\n\
        $$d(A^{-1}) = A^{-1}\\,dA\\,A^{-1}$$\n";
    let checked = checked(text);
    let hint = |at: usize| checked.relations[at].verdict.hint.clone().unwrap_or_default();
    assert!(hint(0).contains("\\mathbf{Y} \\odot"), "{}", hint(0));
    assert!(!hint(0).contains("softmax"), "{}", hint(0));
    assert_eq!(hint(1), "-(A^{-1} \\mathrm{d}A A^{-1})");
}
