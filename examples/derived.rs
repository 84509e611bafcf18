//! Derives the left side of every true claim of a file and prints it beside the claimed right side.
//!
//! `cargo run --release --example derived -- claims.jsonl [id]`

use gradproof::language::ast::Kind;
use gradproof::language::{parse_claim, parse_givens, print};
use gradproof::proof::{Notation, write_out};
use gradproof::shape::{Givens, Reading};

fn main() {
    let mut args = std::env::args().skip(1);
    let path = args.next().expect("a claims file");
    let only = args.next();
    let text = std::fs::read_to_string(path).expect("a readable file");
    let (mut matrix, mut index, mut none) = (0, 0, 0);
    let (mut own, mut claimed, mut shorter, mut longer) = (0, 0, 0, 0);
    for line in text.lines() {
        let row: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let id = row["id"].as_str().unwrap_or("");
        let derivative =
            |e: &Kind| matches!(e, Kind::Derivative { .. } | Kind::Differential(_));
        if row["truth"] != true || only.as_ref().is_some_and(|o| !id.contains(o.as_str()))
        {
            continue;
        }
        let mut givens = Givens::new();
        for given in row["given"].as_array().into_iter().flatten() {
            for g in parse_givens(given.as_str().unwrap_or(""), &givens).expect("a given")
            {
                givens.add(&g).expect("a given");
            }
        }
        let claim = row["claim"].as_str().unwrap_or("");
        let (chain, _) = parse_claim(claim, &givens);
        let [Some(l), Some(r)] = chain.sides.as_slice() else { continue };
        if !derivative(&l.kind) {
            continue;
        }
        let theirs = print::unicode(r);
        let start = std::time::Instant::now();
        let result = write_out(&givens, l, Reading::default());
        let millis = start.elapsed().as_secs_f64() * 1e3;
        match result {
            Ok(derived) => {
                let ours = print::unicode(&derived.right);
                let (a, b) = (ours.chars().count(), theirs.chars().count());
                let mark = match &derived.notation {
                    Notation::Matrix => {
                        matrix += 1;
                        own += a;
                        claimed += b;
                        shorter += usize::from(a < b);
                        longer += usize::from(a > b);
                        if a > b { "M>" } else { "M" }
                    }
                    Notation::Index(_) => {
                        index += 1;
                        "I"
                    }
                };
                println!(
                    "{mark:2} {millis:7.1} {id}\n      ours   {ours}\n      theirs {theirs}"
                );
            }
            Err(why) => {
                none += 1;
                println!("-  {millis:7.1} {id}: {why}\n      theirs {theirs}");
            }
        }
    }
    println!("matrix {matrix}, index {index}, none {none}");
    println!("signs {own} against {claimed}; {shorter} shorter, {longer} longer");
}
