//! Students' modules with known faults: every fault is found, named and counted once, and right
//! code in any convention passes everywhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gradproof::grade::code::{
    Argument, Caller, Finding, Runner, Subject, Target, examine,
};
use gradproof::grade::sandbox::Isolation;

fn runner() -> Option<Runner> {
    let python = std::env::var("GRADPROOF_PYTHON").unwrap_or_else(|_| "python3".into());
    let isolation = Isolation::through(PathBuf::from(env!("CARGO_BIN_EXE_gradproof")));
    match isolation.and_then(|isolation| Runner::python(Path::new(&python), isolation)) {
        Ok(runner) => Some(runner),
        Err(error) => {
            println!("skipped, nothing was examined: {error}");
            None
        }
    }
}

fn targets() -> Vec<Target> {
    let sizes = vec![Argument::Inputs, Argument::Outputs];
    [
        ("LinearModule", Subject::Linear, sizes),
        ("ReLUModule", Subject::Relu, vec![]),
        ("ELUModule", Subject::Elu(1.5), vec![Argument::Literal(1.5.into())]),
        ("SoftMaxModule", Subject::Softmax, vec![]),
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

fn examine_all(runner: &Runner, folder: &Path) -> BTreeMap<String, Vec<Finding>> {
    let mut caller = Caller::new(runner, folder);
    targets()
        .iter()
        .map(|target| {
            let examination =
                examine(target, &mut caller).expect("the module is examined");
            (target.class.clone(), examination.findings)
        })
        .collect()
}

/// `# expect: CLASS PROPERTY: FAULT` lines; the fault may be left out.
fn expectations(text: &str) -> Vec<(String, String, Option<String>)> {
    text.lines()
        .filter_map(|line| line.strip_prefix("# expect: "))
        .map(|line| {
            let (place, fault) = match line.split_once(": ") {
                Some((place, fault)) => (place, Some(fault.to_string())),
                None => (line, None),
            };
            let (class, property) =
                place.split_once(' ').expect("a class and a property");
            (class.to_string(), property.to_string(), fault)
        })
        .collect()
}

#[test]
fn every_planted_fault_is_found_and_nothing_else_is_blamed() {
    let Some(runner) = runner() else { return };
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/grade/modules");
    let mut names: Vec<PathBuf> =
        std::fs::read_dir(&sources).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    assert!(names.len() > 20);
    let mut wrong = Vec::new();
    for path in names {
        let text = std::fs::read_to_string(&path).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(sources.join("right.py"), folder.path().join("right.py")).unwrap();
        std::fs::write(folder.path().join("modules.py"), &text).unwrap();
        let found = examine_all(&runner, folder.path());
        let mut expected = expectations(&text);
        for (class, findings) in &found {
            for finding in findings.iter().filter(|finding| !finding.holds) {
                let place = expected.iter().position(|(c, property, _)| {
                    c == class && property == finding.property.tag()
                });
                let fault = finding.fault.as_ref().map(|fault| fault.name.clone());
                match place {
                    Some(k) => {
                        let (.., name) = expected.remove(k);
                        if name.is_some() && name != fault {
                            wrong.push(format!(
                                "{path:?} {class}: {name:?}, not {finding:?}"
                            ));
                        }
                    }
                    None => {
                        wrong.push(format!("{path:?} {class}: blamed for {finding:?}"))
                    }
                }
            }
        }
        wrong.extend(
            expected.into_iter().map(|gone| format!("{path:?}: not found: {gone:?}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
