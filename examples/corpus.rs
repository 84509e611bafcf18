//! Runs a claims file and compares the verdicts with the truth it states.
//!
//! `cargo run --release --example corpus -- claims.jsonl [--list]` prints the table of verdicts
//! against truth; with `--list`, every claim that did not come out as it should.

use std::collections::BTreeMap;
use std::time::Instant;

use gradproof::language::{parse_claim, parse_givens};
use gradproof::proof::{self, Layout, Options, Status};
use gradproof::shape::Givens;

fn main() {
    let mut args = std::env::args().skip(1);
    let path = args.next().expect("a claims file");
    let flags: Vec<String> = args.collect();
    let list = flags.iter().any(|f| f == "--list");
    let only = flags.iter().find(|f| !f.starts_with("--"));
    let text = std::fs::read_to_string(path).expect("a readable file");
    let mut table: BTreeMap<(bool, &str), usize> = BTreeMap::new();
    let mut times = Vec::new();
    let (mut named, mut refuted) = (0, 0);
    for line in text.lines() {
        let row: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let id = row["id"].as_str().unwrap_or("");
        if only.is_some_and(|o| !id.contains(o.as_str())) {
            continue;
        }
        let start = Instant::now();
        let mut givens = Givens::new();
        let mut trouble = None;
        for given in row["given"].as_array().into_iter().flatten() {
            let text = given.as_str().unwrap_or("");
            match parse_givens(text, &givens) {
                Ok(parsed) => {
                    for g in parsed {
                        if let Err(e) = givens.add(&g) {
                            trouble = Some(e.message);
                        }
                    }
                }
                Err(e) => trouble = Some(e.message),
            }
        }
        let claim = row["claim"].as_str().unwrap_or("");
        let (chain, notes) = parse_claim(claim, &givens);
        let options = Options {
            layout: if row["layout"] == "gradient" {
                Layout::Gradient
            } else {
                Layout::Auto
            },
            diagnose: true,
            ..Options::default()
        };
        let verdict = match chain.sides.as_slice() {
            [Some(l), Some(r)] => proof::check(&givens, claim, l, r, &options),
            _ => {
                proof::Verdict::new(Status::Skipped, format!("not a relation {notes:?}"))
            }
        };
        times.push(start.elapsed().as_secs_f64() * 1e3);
        let truth = row["truth"].as_bool().unwrap_or(false);
        *table.entry((truth, verdict.status.word())).or_default() += 1;
        let fault = row["fault"].as_str();
        let mut off = match (truth, verdict.status) {
            (true, s) => s != Status::Proved,
            (false, s) => !matches!(s, Status::Refuted | Status::IllFormed),
        };
        if let (Status::Refuted, Some(fault)) = (verdict.status, fault)
            && fault != "shape"
        {
            refuted += 1;
            let found = verdict.diagnosis.as_deref().unwrap_or("-");
            let fits = found == fault
                || (fault == "Hadamard or matrix product" && found.contains("Hadamard"));
            named += usize::from(fits);
            off |= !fits;
        }
        if list && off {
            println!(
                "{truth} {} {id}: {claim}\n    {} [{:?} wanted {fault:?}] {:?} {trouble:?} \
                 {:.1} ms",
                verdict.status.word(),
                verdict.message,
                verdict.diagnosis,
                verdict.hint,
                times.last().unwrap_or(&0.0)
            );
        }
    }
    for ((truth, word), n) in &table {
        println!("{:5} {word:11} {n}", if *truth { "true" } else { "false" });
    }
    times.sort_by(f64::total_cmp);
    let total: f64 = times.iter().sum();
    println!("named {named} of {refuted} refuted with a stated fault");
    println!(
        "{} claims, {total:.0} ms; median {:.2} ms, 99th percentile {:.2} ms, slowest {:.1} ms",
        times.len(),
        times[times.len() / 2],
        times[times.len() * 99 / 100],
        times[times.len() - 1]
    );
}
