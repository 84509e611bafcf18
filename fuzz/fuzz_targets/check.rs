//! Any claim, with any givens before it (one a line), gets a verdict: no panic, no hang, and never
//! a proof that the evaluator contradicts.
#![no_main]

use gradproof::language::{parse_claim, parse_givens};
use gradproof::proof::{Options, check};
use gradproof::shape::Givens;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut givens = Givens::new();
    let mut lines: Vec<&str> = text.lines().collect();
    let Some(claim) = lines.pop() else { return };
    for line in lines {
        let Ok(parsed) = parse_givens(line, &givens) else { continue };
        for given in parsed {
            let _ = givens.add(&given);
        }
    }
    let (chain, _) = parse_claim(claim, &givens);
    for pair in chain.sides.windows(2) {
        if let [Some(left), Some(right)] = pair {
            let options = Options { diagnose: true, ..Options::default() };
            let verdict = check(&givens, claim, left, right, &options);
            assert!(!verdict.message.contains("internal error"), "{text}");
        }
    }
});
