//! The trainer from outside: runs, interruptions, resumption, bad input.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

fn gradproof(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gradproof"));
    command.args(arguments);
    command
}

fn run(arguments: &[&str]) -> Output {
    gradproof(arguments).output().expect("the program starts")
}

fn text(folder: &Path) -> &str {
    folder.to_str().expect("temporary folders have plain names")
}

fn fails(arguments: &[&str], says: &str) {
    let output = run(arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
    assert!(message.contains(says), "{arguments:?}: {message}");
}

/// The log without the clock.
fn log(folder: &Path) -> Vec<Value> {
    let lines =
        std::fs::read_to_string(folder.join("log.jsonl")).expect("there is a log");
    lines
        .lines()
        .map(|line| {
            let mut value: Value = serde_json::from_str(line).expect("each line is JSON");
            if let Some(object) = value.as_object_mut() {
                object.remove("seconds");
            }
            value
        })
        .collect()
}

fn same_results(one: &Path, other: &Path) {
    for name in ["weights.safetensors", "weights.npz"] {
        let bytes =
            |folder: &Path| std::fs::read(folder.join(name)).expect("it was written");
        assert!(bytes(one) == bytes(other), "{name} differs");
    }
    assert_eq!(log(one), log(other));
}

const LONG: [&str; 15] = [
    "--epochs",
    "60",
    "--hidden",
    "96",
    "--batch",
    "32",
    "--log-every",
    "3",
    "--checkpoint-every",
    "17",
    "--momentum",
    "0.9",
    "--lr",
    "0.02",
    "--no-check",
];

#[test]
fn a_run_leaves_everything_a_report_needs() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let folder = root.path().join("run");
    let output = run(&["train", "--epochs", "4", "--out", text(&folder)]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("gradient check: pass"), "{said}");
    assert!(!said.contains('\x1b') && !said.contains('\r'), "{said}");
    for name in [
        "config.toml",
        "checkpoint.bin",
        "weights.safetensors",
        "weights.npz",
        "log.jsonl",
        "epochs.csv",
        "report.html",
        "figures/loss.svg",
        "figures/loss.png",
        "figures/accuracy.svg",
        "figures/learning-rate.svg",
        "figures/confusion.png",
        "figures/first-layer.png",
    ] {
        assert!(folder.join(name).is_file(), "{name} is missing");
    }
    let page =
        std::fs::read_to_string(folder.join("report.html")).expect("it was written");
    assert!(
        page.contains("<svg")
            && !page.contains("<script")
            && !page.contains("src=\"http")
    );
    assert_eq!(log(&folder).len(), 4);

    // The saved weights give the accuracy that the run reported.
    let output = run(&["eval", text(&folder), "--format", "json"]);
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let accuracy = found["accuracy"].as_f64().expect("a number");
    assert!(accuracy > 0.9, "{found}");
    assert!(said.contains(&format!("test accuracy {accuracy:.4}")), "{said}");

    // The weights in NumPy's format are the same model.
    let arrays = folder.join("weights.npz");
    let output = run(&["eval", text(&arrays), "--format", "json"]);
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).expect("JSON"), found);

    // The saved configuration gives the same run again, on one thread too.
    let again = root.path().join("again");
    let config = folder.join("config.toml");
    let output = run(&[
        "train",
        "--config",
        text(&config),
        "--threads",
        "1",
        "--out",
        text(&again),
    ]);
    assert!(output.status.success());
    assert_eq!(log(&folder), log(&again));
    fails(&["train", "--out", text(&folder)], "there is a run in this folder already");
}

#[cfg(unix)]
#[test]
fn a_killed_run_goes_on_bit_for_bit() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let (whole, broken) = (root.path().join("whole"), root.path().join("broken"));
    let start = |folder: &Path| {
        let mut command = gradproof(&["train", "--out", text(folder)]);
        command.args(LONG).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    assert!(start(&whole).status().expect("it starts").success());
    let mut child = start(&broken).spawn().expect("it starts");
    while !broken.join("epochs.csv").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(150));
    // A kill at any moment: nothing is saved on the way out.
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    let output = run(&["train", "--resume", text(&broken)]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    same_results(&whole, &broken);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_saves_exits_with_130_and_goes_on() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let (whole, broken) = (root.path().join("whole"), root.path().join("broken"));
    let mut command = gradproof(&["train", "--out", text(&whole)]);
    assert!(
        command.args(LONG).stdout(Stdio::null()).status().expect("it starts").success()
    );
    let mut command =
        gradproof(&["train", "--out", text(&broken), "--epochs", "1000000"]);
    // Ends only when it is interrupted; the real number of epochs is given on resuming.
    let rest = LONG.iter().skip(2);
    let mut child = command.args(rest).stdout(Stdio::null()).spawn().expect("it starts");
    while !broken.join("weights.safetensors").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.expect("kill is there").success());
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    let output = run(&["train", "--resume", text(&broken), "--epochs", "60"]);
    if output.status.success() && log(&broken).len() == log(&whole).len() {
        same_results(&whole, &broken);
    } else {
        // Interrupted after the sixtieth epoch on a very fast machine: nothing is left to do.
        assert!(log(&broken).len() > log(&whole).len());
    }
}

#[test]
fn what_cannot_work_is_said_before_training() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let file = root.path().join("file.toml");
    std::fs::write(&file, "epochs = 3\nlerning-rate = 1\n").expect("it can be written");
    fails(
        &["train", "--config", text(&file)],
        "file.toml: line 2, column 1: unknown field",
    );
    fails(&["train", "--out", text(&file.join("run"))], "cannot make the folder");
    fails(
        &["train", "--data", "mnist", text(root.path())],
        "train-images-idx3-ubyte is not there",
    );
    fails(&["train", "--data", "nothing"], "\"nothing\" is not a known source");
    let log = root.path().join("nowhere").join("log.jsonl");
    let folder = root.path().join("not-begun");
    fails(
        &["train", "--no-check", "--log", text(&log), "--out", text(&folder)],
        "log.jsonl: cannot write",
    );
    assert!(!folder.exists());
    fails(&["train", "--lr", "-1"], "learning-rate: -1 is out of range");
    fails(&["train", "--schedule", "linaer"], "is not a schedule");
    let study = root.path().join("no-study");
    fails(
        &["sweep", "--from", "1", "--to", "1e20", "--out", text(&study)],
        "learning-rate: 10000000000 is out of range",
    );
    assert!(!study.exists());
    fails(&["train", "--resume", text(root.path())], "checkpoint.bin: cannot read");
    fails(&["eval", text(&file)], "file.toml: ");

    let folder = root.path().join("run");
    assert!(run(&["train", "--epochs", "1", "--out", text(&folder)]).status.success());
    #[cfg(unix)]
    {
        let held = std::fs::File::open(&folder).expect("a folder");
        held.lock().expect("nobody else holds it");
        fails(&["train", "--resume", text(&folder)], "another run is writing into");
        fails(&["sweep", "--out", text(&folder)], "another run is writing into");
    }
    fails(
        &["train", "--resume", text(&folder), "--hidden", "7"],
        "hidden: [7] here, but",
    );
    let checkpoint = folder.join("checkpoint.bin");
    let mut bytes = std::fs::read(&checkpoint).expect("it was written");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    std::fs::write(&checkpoint, bytes).expect("it can be written");
    fails(&["train", "--resume", text(&folder)], "the checksum does not fit");
}

#[test]
fn a_closed_pipe_does_not_end_a_training() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let folder = root.path().join("run");
    let mut child = gradproof(&["train", "--epochs", "2", "--out", text(&folder)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // Nobody reads, from the first line on.
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert!(child.wait().expect("it ends").success());
    assert!(folder.join("report.html").is_file());
    let mut child = gradproof(&["eval", text(&folder)])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn a_switch_in_a_configuration_can_be_turned_off() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let file = root.path().join("file.toml");
    std::fs::write(&file, "mirror = true\ndrop-last = true\nepochs = 1\ncheck = false\n")
        .expect("it can be written");
    let folder = root.path().join("run");
    let output = run(&[
        "train",
        "--config",
        text(&file),
        "--mirror=false",
        "--out",
        text(&folder),
    ]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let saved =
        std::fs::read_to_string(folder.join("config.toml")).expect("it was written");
    assert!(
        saved.contains("mirror = false") && saved.contains("drop-last = true"),
        "{saved}"
    );
}

#[test]
fn the_configurations_among_the_examples_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let entries = std::fs::read_dir(folder).expect("there are examples");
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    let files: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    assert!(files.len() >= 2);
    for file in files {
        // Another, unknown source of data: the error is the first beyond the file itself.
        fails(
            &["train", "--config", text(&file), "--data", "x.npz"],
            "x.npz: cannot read",
        );
    }
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_noticed_before_training_and_leaves_nothing_broken() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let folder = root.path().join("run");
    // A limit on the size of files stands for the full disk; the signal is ignored so that the
    // write fails as it would there.
    let script = format!(
        "trap '' XFSZ; ulimit -f 40; exec '{}' train --out '{}'",
        env!("CARGO_BIN_EXE_gradproof"),
        text(&folder)
    );
    let output = Command::new("sh").args(["-c", &script]).output().expect("sh is there");
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("kB into the folder"), "{message}");
    assert_eq!(std::fs::read_dir(&folder).map_or(0, Iterator::count), 0);
}

#[test]
fn the_study_of_nine_rates_comes_to_a_conclusion() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let folder = root.path().join("study");
    let output =
        run(&["sweep", "--epochs", "3", "--hidden", "32", "--out", text(&folder)]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("The best learning rate is"), "{said}");
    let table =
        std::fs::read_to_string(folder.join("rates.csv")).expect("it was written");
    assert_eq!(table.lines().count(), 10);
    for name in ["accuracy-by-rate", "loss-by-rate", "loss-at-best-rate"] {
        assert!(folder.join("figures").join(format!("{name}.svg")).is_file());
    }
}
