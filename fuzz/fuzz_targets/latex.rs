//! Any text is read as LaTeX without a panic, and what is read prints.
#![no_main]

use gradproof::language::ast::{NoNames, Spelling};
use gradproof::language::{Macros, parse_math, print};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let expanded = Macros::collect(text).expand(text);
    let (rows, _) = parse_math(&expanded.text, Spelling::Latex, &NoNames);
    for side in rows.iter().flat_map(|row| row.chain.sides.iter().flatten()) {
        let _ = (print::latex(side), print::plain(side), print::unicode(side));
    }
});
