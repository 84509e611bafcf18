//! Hand-ins in Rust: built around our trait in the cell, examined like every other language.

use std::path::{Path, PathBuf};

use gradproof::grade::code::rust::Toolchain;
use gradproof::grade::code::{
    Argument, BatchRule, Caller, Examination, Failure, Subject, Target, examine,
    not_built,
};
use gradproof::grade::sandbox::Isolation;
use gradproof::grade::submission::{File, HandIn};

fn toolchain() -> Option<Toolchain> {
    let isolation = Isolation::through(PathBuf::from(env!("CARGO_BIN_EXE_gradproof")));
    match isolation.and_then(Toolchain::find) {
        Ok(toolchain) => Some(toolchain),
        Err(error) => {
            println!("skipped, nothing was built: {error}");
            None
        }
    }
}

fn targets() -> Vec<Target> {
    [
        ("LinearModule", Subject::Linear, vec![Argument::Inputs, Argument::Outputs]),
        ("ELUModule", Subject::Elu(1.5), vec![Argument::Literal(1.5.into())]),
        ("CrossEntropyModule", Subject::CrossEntropy, vec![]),
    ]
    .map(|(class, subject, arguments)| Target {
        file: "modules".into(),
        class: class.into(),
        subject,
        arguments,
    })
    .into()
}

fn hand_in(files: &[(&str, &str)]) -> HandIn {
    let file =
        |&(path, text): &(&str, &str)| File { path: path.into(), bytes: text.into() };
    HandIn { files: files.iter().map(file).collect(), problems: Vec::new() }
}

fn examinations(toolchain: &Toolchain, hand_in: &HandIn) -> Vec<Examination> {
    let folder = tempfile::tempdir().unwrap();
    let targets = targets();
    let wanted: Vec<&Target> = targets.iter().collect();
    let built = toolchain.build(hand_in, &wanted, folder.path()).unwrap();
    targets
        .iter()
        .zip(built)
        .map(|(target, built)| match built {
            Err(failure) => not_built(target, &failure),
            Ok(runner) => {
                let own = tempfile::tempdir().unwrap();
                examine(
                    target,
                    BatchRule::Any.expected(),
                    &mut Caller::new(&runner, own.path()),
                )
                .unwrap()
            }
        })
        .collect()
}

fn source(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/grade/rust");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// What failed, as the `// expect:` lines of a source name it.
fn blamed(examinations: &[Examination], text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (target, examination) in targets().iter().zip(examinations) {
        for finding in examination.findings.iter().filter(|finding| !finding.holds) {
            let place = format!("{} {}", target.class, finding.property.tag());
            let named = finding.fault.as_ref();
            let named = named.map(|fault| format!("{place}: {}", fault.name));
            // A fault that the source does not name need not be named.
            let full =
                named.filter(|named| text.contains(&format!("// expect: {named}\n")));
            all.push(full.unwrap_or(place));
        }
    }
    all.sort();
    all
}

fn expected(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("// expect: "));
    let mut all: Vec<String> = lines.map(String::from).collect();
    all.sort();
    all
}

#[test]
fn every_planted_fault_is_found_and_nothing_else_is_blamed() {
    let Some(toolchain) = toolchain() else { return };
    for name in ["right.rs", "two_faults.rs", "panics.rs", "class_missing.rs"] {
        let text = source(name);
        let found = examinations(&toolchain, &hand_in(&[("ann/modules.rs", &text)]));
        assert_eq!(blamed(&found, &text), expected(&text), "{name}: {found:#?}");
    }
}

#[test]
fn a_crate_of_the_students_own_is_taken_as_it_is() {
    let Some(toolchain) = toolchain() else { return };
    let manifest = "[package]\nname = \"my-network\"\nversion = \"0.3.0\"\nedition = \"2024\"\n\
                    [dependencies]\ngradproof_module = { path = \"../elsewhere\" }\n\
                    helper = { path = \"helper\" }\n[workspace]\n";
    let text = source("right.rs").replace("x.exp_m1()", "helper::exp_m1(x)");
    let found = examinations(
        &toolchain,
        &hand_in(&[
            ("net/Cargo.toml", manifest),
            ("net/src/lib.rs", "pub mod modules;\n"),
            ("net/src/modules.rs", &text),
            ("net/src/main.rs", "fn main() { my_network::nothing_of_interest() }\n"),
            (
                "net/helper/Cargo.toml",
                "[package]\nname = \"helper\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
            ),
            ("net/helper/src/lib.rs", "pub fn exp_m1(x: f64) -> f64 { x.exp_m1() }\n"),
        ]),
    );
    assert_eq!(blamed(&found, &text), Vec::<String>::new(), "{found:#?}");
}

#[test]
fn an_error_of_the_compilers_is_told_with_its_line() {
    let Some(toolchain) = toolchain() else { return };
    let text = source("right.rs").replace("dy.product(&self.weight)", "dy.product(self)");
    let line = 1 + text.lines().position(|line| line.contains("product(self)")).unwrap();
    let found = examinations(&toolchain, &hand_in(&[("modules.rs", &text)]));
    let finding = &found[0].findings[0];
    let place = finding.place.as_ref().unwrap();
    assert_eq!((place.file.as_str(), place.line), ("modules.rs", line as u64));
    assert!(finding.text.contains("mismatched types"), "{}", finding.text);
    assert!(found.iter().all(|found| found.for_a_person.is_none()));
}

#[test]
fn what_the_machine_lacks_is_left_to_a_person() {
    let Some(toolchain) = toolchain() else { return };
    let manifest = "[package]\nname = \"mine\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
                    [dependencies]\nno-such-crate-anywhere = \"1\"\n";
    let text = source("right.rs");
    let found = examinations(
        &toolchain,
        &hand_in(&[("Cargo.toml", manifest), ("src/lib.rs", &text)]),
    );
    for examination in found {
        let reason = examination.for_a_person.expect("a person looks at it");
        assert!(reason.contains("no-such-crate-anywhere"), "{reason}");
    }
}

/// Build scripts and `include!` run while compiling: in the same cell as everything else.
#[test]
fn compiling_shows_nothing_and_reaches_nothing() {
    let Some(toolchain) = toolchain() else { return };
    let all = tempfile::tempdir().unwrap();
    let secret = all.path().join("secret.txt");
    std::fs::write(&secret, "the expected values").unwrap();
    let secret = secret.to_str().unwrap();
    let manifest = "[package]\nname = \"sly\"\nversion = \"0.1.0\"\nedition = \"2021\"\nbuild = \"build.rs\"\n";
    let script = format!(
        "fn main() {{\n\
         let read = std::fs::read_to_string({secret:?}).is_ok();\n\
         let written = std::fs::write({secret:?}, \"mine\").is_ok();\n\
         let network = std::net::TcpListener::bind(\"127.0.0.1:0\").is_ok();\n\
         assert!(!read && !written && !network, \"ESCAPED\");\n}}\n"
    );
    let files = [
        ("Cargo.toml", manifest),
        ("build.rs", script.as_str()),
        ("src/lib.rs", &source("right.rs")),
    ];
    let found = examinations(&toolchain, &hand_in(&files));
    assert!(
        found.iter().all(|found| found.findings.iter().all(|f| f.holds)),
        "{found:#?}"
    );
    let peek = format!("const SECRET: &str = include_str!({secret:?});\n");
    let text = source("right.rs") + &peek;
    let found = examinations(&toolchain, &hand_in(&[("modules.rs", &text)]));
    assert!(found.iter().all(|found| !found.findings[0].holds), "{found:#?}");
    assert_eq!(std::fs::read_to_string(secret).unwrap(), "the expected values");
}

#[test]
fn a_hand_in_without_rust_is_named_as_such() {
    let Some(toolchain) = toolchain() else { return };
    let folder = tempfile::tempdir().unwrap();
    let targets = targets();
    let wanted: Vec<&Target> = targets.iter().collect();
    let built = toolchain
        .build(&hand_in(&[("report.md", "# x")]), &wanted, folder.path())
        .unwrap();
    assert!(built.iter().all(|built| matches!(built, Err(Failure::Raised { .. }))));
}
