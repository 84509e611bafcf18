//! What reading and judging a document costs, as ratios: a hand-in once, twice, four and eight times
//! over, a long text without formulas, and formulas that repeat.
//!
//! `cargo bench --bench documents` prints milliseconds on one core; the ratios say whether the cost
//! is linear in the document.

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use gradproof::document::givens::Outside;
use gradproof::document::report::{self, Paint, html};
use gradproof::document::source::{Format, read_text};
use gradproof::document::{Memory, check, check_remembering};
use gradproof::proof::Layout;

const PAINT: Paint = Paint { colour: false, width: 100, everything: false };

/// The least time of several runs, in milliseconds.
fn least(runs: usize, mut work: impl FnMut()) -> f64 {
    (0..runs)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64() * 1e3
        })
        .fold(f64::INFINITY, f64::min)
}

fn judged(text: &str) -> usize {
    let source = read_text("hand-in.md", Format::Markdown, text.to_owned())
        .expect("Markdown always reads");
    black_box(check(source, &Outside::default(), Layout::Auto)).relations.len()
}

fn main() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/hand-in.md");
    let hand_in = std::fs::read_to_string(path).expect("the example hand-in");
    let pool =
        rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread");
    pool.install(|| {
        let relations = judged(&hand_in);
        let once = least(10, || {
            judged(&hand_in);
        });
        println!(
            "example hand-in: {relations} relations, {once:.1} ms, {:.1} ms for 100 relations",
            once * 100.0 / relations as f64
        );
        for times in [2, 4, 8, 16] {
            // Headings of their own, as several questions have.
            let text: Vec<String> =
                (0..times).map(|copy| format!("# Part {copy}\n\n{hand_in}\n\n")).collect();
            let text = text.concat();
            let taken = least(3, || {
                judged(&text);
            });
            println!("  {times:2} times over: {taken:8.1} ms, {:5.2} times as long", taken / once);
        }
        // Many sections, each with a given and a relation of its own.
        let section = |copy: usize| {
            format!("## Part {copy}\n\nLet $x\\in\\mathbb{{R}}^n$.\n\n$x^Tx = \\|x\\|^2$\n\n")
        };
        let per_relation = |sections: usize| {
            let text: String = (0..sections).map(section).collect();
            let taken = least(3, || {
                let source = read_text("many.md", Format::Markdown, text.clone())
                    .expect("Markdown always reads");
                let checked = check(source, &Outside::default(), Layout::Auto);
                black_box(html(std::slice::from_ref(&checked)));
                black_box(report::text(&checked, PAINT));
            });
            taken * 1e3 / sections as f64
        };
        let one = per_relation(1000);
        println!("1000 sections: {one:.0} µs a relation, reports included");
        for times in [4, 16] {
            let many = per_relation(1000 * times);
            println!("  {times:2} times as many: {many:.0} µs a relation, {:.2} times as long", many / one);
        }
        let memory = Memory::default();
        let remembered = || {
            let source = read_text("hand-in.md", Format::Markdown, hand_in.clone())
                .expect("Markdown always reads");
            black_box(check_remembering(source, &Outside::default(), Layout::Auto, &memory));
        };
        remembered();
        println!("  the same again, remembered: {:.1} ms", least(10, remembered));
        for megabytes in [1, 2, 4] {
            let line = "Prose that claims nothing, with $x$ and $n$ in it, line by line.\n";
            let text = line.repeat((megabytes << 20) / line.len());
            println!("prose of {megabytes} MB: {:.0} ms", least(2, || {
                judged(&text);
            }));
        }
    });
}
