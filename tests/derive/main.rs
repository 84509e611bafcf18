//! Derivatives: the answers of a corpus, what holds of answers to random questions, and the code
//! written for them, run beside the program's own evaluator.

mod case;
mod code;
mod point;
mod random;

/// Every case comes out as its file says; all differences are shown at once.
#[test]
fn answers_are_the_shortest_known() {
    let cases = case::all();
    assert!(cases.len() > 60, "the corpus has {} cases", cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let shown = case::shown(&case.derive());
            (shown != case.answer)
                .then(|| format!("{}: {shown}\n    not {}", case.place, case.answer))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
