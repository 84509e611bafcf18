//! Runs: again, in pieces, killed and continued.

use std::process::{Command, Output};

use crate::scene::{Class, RIGHT, contents, fill};

#[test]
fn the_same_class_gives_the_same_bytes_whatever_the_shards() {
    let class = Class::new();
    fill(&class);
    class.grade("whole", &[]);
    class.grade("again", &[]);
    assert_eq!(contents(&class.path("whole")), contents(&class.path("again")));
    for shard in ["1/3", "2/3", "3/3"] {
        class.grade(&format!("shard-{}", &shard[..1]), &["--shard", shard]);
    }
    let pieces = ["shard-3", "shard-1", "shard-2"].map(String::from);
    merge(&class, &pieces, "joined");
    assert_eq!(contents(&class.path("whole")), contents(&class.path("joined")));
}

#[test]
fn a_rerun_goes_on_and_regrades_what_changed() {
    let class = Class::new();
    fill(&class);
    let graded = |output: &Output| {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let words: Vec<&str> = text.split_whitespace().collect();
        words[2].parse::<usize>().unwrap()
    };
    assert_eq!(graded(&class.grade("out", &[])), 7);
    assert_eq!(graded(&class.grade("out", &[])), 0);
    class.hand_in("bob.md", RIGHT);
    // What a run that was killed leaves behind is not taken for a result.
    std::fs::write(class.path("out/results/.writing-xyz"), "{\"form\":").unwrap();
    std::fs::write(class.path("out/results/eve.json"), "{\"form\": 1, \"key\"").unwrap();
    assert_eq!(graded(&class.grade("out", &[])), 2);
    assert_eq!(class.points("out", "bob"), 10.0);
    assert_eq!(class.points("out", "eve"), 4.0);
    assert_eq!(graded(&class.grade("out", &["--only", "2"])), 7);
}

/// Many hand-ins: those of the small class under many names, each a little different.
fn fill_many(class: &Class, count: usize) {
    let answers = ["(B + B^T) x", "2 B x", "x^T (B + B^T)", "(B - B^T) x", "B x"];
    for k in 0..count {
        let text = RIGHT.replace("(B + B^T) x", answers[k % answers.len()]);
        let text =
            text.replace("x_i B_{ij} x_j", ["x_i B_{ij} x_j", "x_j B_{ij} x_i"][k % 2]);
        class.hand_in(
            &format!("s{:03}.md", (k * 37) % 1000),
            &format!("{text}\nSheet {k}.\n"),
        );
    }
}

fn merge(class: &Class, from: &[String], out: &str) {
    let merged = Command::new(env!("CARGO_BIN_EXE_gradproof"))
        .current_dir(class.folder.path())
        .args(["grade", "merge", "small.md"])
        .args(from)
        .args(["--out", out])
        .output()
        .unwrap();
    assert!(merged.status.success(), "{}", String::from_utf8_lossy(&merged.stderr));
}

#[test]
fn sixty_four_shards_in_any_order_are_one_run() {
    let class = Class::new();
    fill_many(&class, 90);
    class.grade("whole", &[]);
    let mut pieces: Vec<String> = (1..=64).map(|k| format!("piece-{k}")).collect();
    for (k, piece) in pieces.iter().enumerate().rev() {
        class.grade(piece, &["--shard", &format!("{}/64", k + 1)]);
    }
    merge(&class, &pieces, "joined");
    pieces.reverse();
    pieces.rotate_left(17);
    merge(&class, &pieces, "joined-again");
    let whole = contents(&class.path("whole"));
    assert_eq!(whole, contents(&class.path("joined")));
    assert_eq!(whole, contents(&class.path("joined-again")));
    // The order in which hand-ins are named makes no difference either.
    let mut names: Vec<String> = std::fs::read_dir(class.path("hand-ins"))
        .unwrap()
        .map(|entry| format!("hand-ins/{}", entry.unwrap().file_name().to_str().unwrap()))
        .collect();
    names.sort();
    names.reverse();
    let output = Command::new(env!("CARGO_BIN_EXE_gradproof"))
        .current_dir(class.folder.path())
        .args(["grade", "small.md", "--out", "one-by-one"])
        .args(&names)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(whole, contents(&class.path("one-by-one")));
}

/// Killed at any moment, a run leaves whole results only, and the next one ends where an
/// undisturbed one ends.
#[test]
fn a_killed_run_loses_nothing_and_the_next_gives_the_same_bytes() {
    let class = Class::new();
    fill_many(&class, 300);
    class.grade("whole", &["--format", "all"]);
    let results = class.path("killed").join("results");
    let finished = || {
        let entries = std::fs::read_dir(&results).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.path())
            .filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with('.'))
            .collect::<Vec<_>>()
    };
    for enough in [5, 60, 150] {
        let mut child = class.command("killed", &["--format", "all"]).spawn().unwrap();
        while finished().len() < enough && child.try_wait().unwrap().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        let _ = child.kill();
        child.wait().unwrap();
        for path in finished() {
            let bytes = std::fs::read(&path).unwrap();
            assert!(
                serde_json::from_slice::<serde_json::Value>(&bytes).is_ok(),
                "{path:?}"
            );
        }
    }
    class.grade("killed", &["--format", "all"]);
    assert_eq!(contents(&class.path("whole")), contents(&class.path("killed")));
}
