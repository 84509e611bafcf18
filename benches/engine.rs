//! How fast claims are judged, and how the cost grows with their size.
//!
//! `cargo bench --no-default-features --features prove --bench engine` prints milliseconds, and
//! for each growing claim the factor from one size to the next (2 is linear where sizes double).

use std::hint::black_box;
use std::time::Instant;

use gradproof::language::{parse_claim, parse_givens};
use gradproof::proof::{self, Options, Status};
use gradproof::shape::Givens;

fn givens(texts: &[String]) -> Givens {
    let mut givens = Givens::new();
    for text in texts {
        let parsed = parse_givens(text, &givens).unwrap_or_default();
        for given in parsed {
            let _ = givens.add(&given);
        }
    }
    givens
}

/// The verdict's kind and the milliseconds it took, reading the claim included.
fn judge(texts: &[String], claim: &str) -> (Status, f64) {
    let start = Instant::now();
    let givens = givens(texts);
    let (chain, _) = parse_claim(claim, &givens);
    let status = match chain.sides.as_slice() {
        [Some(l), Some(r)] => {
            proof::check(&givens, claim, l, r, &Options::default()).status
        }
        _ => Status::Skipped,
    };
    (black_box(status), start.elapsed().as_secs_f64() * 1e3)
}

fn corpus() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/claims");
    let mut claims: Vec<(Vec<String>, String)> = Vec::new();
    for file in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let text = std::fs::read_to_string(file.path()).unwrap_or_default();
        for line in text.lines() {
            let Ok(row) = serde_json::from_str::<serde_json::Value>(line) else {
                continue;
            };
            let given = row["given"].as_array().into_iter().flatten();
            claims.push((
                given.filter_map(|g| g.as_str().map(str::to_string)).collect(),
                row["claim"].as_str().unwrap_or("").to_string(),
            ));
        }
    }
    if claims.is_empty() {
        println!("no claims found");
        return;
    }
    let mut times: Vec<f64> = claims.iter().map(|(g, c)| judge(g, c).1).collect();
    times.sort_by(f64::total_cmp);
    println!(
        "{} claims: median {:.3} ms, 99th percentile {:.2} ms, slowest {:.1} ms",
        times.len(),
        times[times.len() / 2],
        times[times.len() * 99 / 100],
        times[times.len() - 1]
    );
    let start = Instant::now();
    for (texts, claim) in claims.iter().cycle().take(10_000) {
        judge(texts, claim);
    }
    println!(
        "10,000 claims, one after the other: {:.2} s",
        start.elapsed().as_secs_f64()
    );
}

/// Prints the cost of a claim at each size.
fn growth(name: &str, sizes: &[usize], claim: impl Fn(usize) -> (Vec<String>, String)) {
    println!("\n{name}");
    let mut before: Option<f64> = None;
    for &size in sizes {
        let (texts, claim) = claim(size);
        let (status, millis) = judge(&texts, &claim);
        let factor = before.map_or(String::new(), |b| format!("× {:.1}", millis / b));
        println!("  {size:>5} {:<9} {millis:>10.2} ms {factor}", status.word());
        before = Some(millis);
    }
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|t| (*t).to_string()).collect()
}

fn main() {
    corpus();
    let powers = [1, 2, 4, 8, 16, 32, 64];
    growth("gradient of x' A^k x by x", &powers, |k| {
        let claim = format!("d(x'*A^{k}*x)/d(x) = (A^{k} + (A^{k})')*x");
        (strings(&["x in R^n", "A in R^{n x n}"]), claim)
    });
    growth("gradient of tr(A^k) by A", &powers, |k| {
        let claim = format!("d(tr(A^{k}))/d(A) = {k}*(A^{})'", k - 1);
        (strings(&["A in R^{n x n}"]), claim)
    });
    growth(
        "gradient of an L-layer loss by its first weight",
        &[1, 2, 4, 8, 16, 32],
        |l| {
            let mut texts = strings(&["x in R^n", "y in R^n", "h elementwise"]);
            texts.extend((1..=l).map(|k| format!("W_{k} in R^{{n x n}}")));
            for k in 1..=l {
                let input = if k == 1 { "x".to_string() } else { format!("A_{}", k - 1) };
                texts.push(format!("Z_{k} = W_{k}*{input}"));
                texts.push(format!("A_{k} = h(Z_{k})"));
            }
            // The backward pass, in names of its own.
            texts.push(format!("D_{l} = 2*(A_{l} - y) .* h'(Z_{l})"));
            for k in (1..l).rev() {
                texts.push(format!("D_{k} = (W_{}'*D_{}) .* h'(Z_{k})", k + 1, k + 1));
            }
            (texts, format!("d(norm(A_{l} - y)^2)/d(W_1) = D_1*x'"))
        },
    );
    growth("a sum of n different terms", &[1, 10, 100, 1_000], |n| {
        let texts = strings(&["x in R^m", "a in R"]);
        let terms: Vec<String> = (1..=n).map(|k| format!("a^{k}*x")).collect();
        let turned: Vec<String> = (1..=n).rev().map(|k| format!("x*a^{k}")).collect();
        (texts, format!("{} = {}", terms.join(" + "), turned.join(" + ")))
    });
    growth("a power of a sum, (x'y + a)^k", &[1, 2, 4, 8, 16, 32, 64], |k| {
        let texts = strings(&["x in R^n", "y in R^n", "a in R"]);
        (texts, format!("d((x'*y + a)^{k})/d(x) = {k}*(x'*y + a)^{}*y", k - 1))
    });
}
