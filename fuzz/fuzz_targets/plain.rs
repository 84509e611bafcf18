//! Any text is read as plain text, as a claim and as a declaration, without a panic.
#![no_main]

use gradproof::language::ast::{NoNames, Spelling};
use gradproof::language::{parse_claim, parse_expr, parse_givens, print};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (expr, _) = parse_expr(text, Spelling::Plain, &NoNames);
    let _ = (print::latex(&expr), print::plain(&expr), print::unicode(&expr));
    let _ = parse_claim(text, &NoNames);
    let _ = parse_givens(text, &NoNames);
});
