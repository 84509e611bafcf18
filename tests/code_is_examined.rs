//! Students' modules with known faults: every fault is found, named and counted once, and right
//! code in any convention passes everywhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use gradproof::grade::code::{
    Argument, BatchRule, Caller, Finding, Runner, Subject, Target, examine,
};
use gradproof::grade::sandbox::Isolation;

fn runner() -> Option<Runner> {
    let python = std::env::var("GRADPROOF_PYTHON").unwrap_or_else(|_| "python3".into());
    let isolation = Isolation::through(PathBuf::from(env!("CARGO_BIN_EXE_gradproof")));
    match isolation.and_then(|isolation| Runner::python(Path::new(&python), isolation)) {
        Ok(mut runner) => {
            // PyTorch maps much more than it uses.
            runner.limits.memory = runner.limits.memory.max(8 << 30);
            Some(runner)
        }
        Err(error) => {
            // Who names an interpreter wants the tests run with it.
            assert!(std::env::var_os("GRADPROOF_PYTHON").is_none(), "{error}");
            println!("skipped, nothing was examined: {error}");
            None
        }
    }
}

/// Whether the interpreter has PyTorch: modules that compute with it are examined only then.
fn has_torch() -> bool {
    static HAS: std::sync::LazyLock<bool> = std::sync::LazyLock::new(|| {
        let python =
            std::env::var("GRADPROOF_PYTHON").unwrap_or_else(|_| "python3".into());
        let asked =
            std::process::Command::new(python).args(["-c", "import torch"]).output();
        asked.is_ok_and(|output| output.status.success())
    });
    *HAS
}

fn targets() -> Vec<Target> {
    let sizes = vec![Argument::Inputs, Argument::Outputs];
    [
        ("LinearModule", Subject::Linear, sizes),
        ("ReLUModule", Subject::Relu, vec![]),
        ("ELUModule", Subject::Elu(1.5), vec![Argument::Literal(1.5.into())]),
        ("SoftMaxModule", Subject::Softmax, vec![]),
        ("CrossEntropyModule", Subject::CrossEntropy, vec![]),
        ("SigmoidModule", Subject::Sigmoid, vec![]),
        ("TanhModule", Subject::Tanh, vec![]),
        ("LeakyReLUModule", Subject::LeakyRelu(0.1), vec![Argument::Literal(0.1.into())]),
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
    // The linear module stands first: where it keeps the samples, the others are expected to.
    let mut expected = BatchRule::Any.expected();
    targets()
        .iter()
        .map(|target| {
            let examination =
                examine(target, expected, &mut caller).expect("the module is examined");
            if target.subject == Subject::Linear {
                expected.batch = examination.batch;
            }
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
    assert!(names.len() > 80);
    let wrong = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(path) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
            let complaints = complaints(&runner, &sources, path);
            wrong.lock().unwrap().extend(complaints);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(work);
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What was blamed and should not be, and what was not found.
fn complaints(runner: &Runner, sources: &Path, path: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    let text = std::fs::read_to_string(path).unwrap();
    if text.contains("# needs: torch") && !has_torch() {
        return wrong;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(sources.join("right.py"), folder.path().join("right.py")).unwrap();
    std::fs::write(folder.path().join("modules.py"), &text).unwrap();
    let found = examine_all(runner, folder.path());
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
                        wrong
                            .push(format!("{path:?} {class}: {name:?}, not {finding:?}"));
                    }
                }
                None => wrong.push(format!("{path:?} {class}: blamed for {finding:?}")),
            }
        }
    }
    wrong.extend(
        expected.into_iter().map(|gone| format!("{path:?}: not found: {gone:?}")),
    );
    wrong
}

/// Modules in functional style: a pair of functions and a cache between them.
#[test]
fn pairs_of_functions_are_examined_like_classes() {
    let Some(runner) = runner() else { return };
    let text = "import numpy as np\n\n\
        def affine_forward(x, w, b):\n    return x.dot(w) + b, (x, w, b)\n\n\
        def affine_backward(dout, cache):\n    x, w, b = cache\n    \
        return dout.dot(w.T), x.T.dot(dout), np.mean(dout, axis=0)\n\n\
        def linear_forward(x, w, b):\n    return x @ w.T + b, (x, w)\n\n\
        def linear_backward(dout, cache):\n    x, w = cache\n    \
        return dout @ w, dout.T @ x, dout.sum(0)\n\n\
        def relu_forward(x):\n    return np.maximum(x, 0), x\n\n\
        def relu_backward(dout, x):\n    return dout * (x > 0)\n\n\
        def ce_forward(p, t):\n    return -np.sum(t * np.log(p + 1e-12)) / len(p)\n\n\
        def ce_backward(p, t):\n    return -t / (p + 1e-12) / len(p)\n";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("layers.py"), text).unwrap();
    let mut caller = Caller::new(&runner, folder.path());
    for (name, subject, blamed) in [
        ("affine", Subject::Linear, &["mean for sum"][..]),
        ("linear", Subject::Linear, &[]),
        ("relu", Subject::Relu, &[]),
        ("ce", Subject::CrossEntropy, &[]),
    ] {
        let sizes = vec![Argument::Inputs, Argument::Outputs];
        let target = Target {
            file: "layers".into(),
            class: format!("{name}_forward/{name}_backward"),
            subject,
            arguments: if subject == Subject::Linear { sizes } else { vec![] },
        };
        let found =
            examine(&target, BatchRule::Any.expected(), &mut caller).unwrap().findings;
        let wrong = found.iter().filter(|finding| !finding.holds);
        let names: Vec<&str> =
            wrong.map(|finding| finding.fault.as_ref().map_or("", |f| &f.name)).collect();
        assert_eq!(names, blamed, "{name}: {found:#?}");
    }
}

/// `Y = W X + b` is right by itself, and a fault with a name where the assignment wants rows.
#[test]
fn a_rule_about_the_batch_names_what_breaks_it() {
    let Some(runner) = runner() else { return };
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/grade/modules");
    for (file, rule, name) in [
        ("right_columns.py", BatchRule::Rows, Some("batch in columns")),
        ("right_columns.py", BatchRule::Columns, None),
        ("right_columns.py", BatchRule::Any, None),
        ("right.py", BatchRule::Columns, Some("batch in rows")),
        ("right.py", BatchRule::Rows, None),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(modules.join("right.py"), folder.path().join("right.py")).unwrap();
        std::fs::copy(modules.join(file), folder.path().join("modules.py")).unwrap();
        let mut caller = Caller::new(&runner, folder.path());
        let target = &targets()[0];
        let found = examine(target, rule.expected(), &mut caller).unwrap().findings;
        let fault = found[0].fault.as_ref().map(|fault| fault.name.as_str());
        assert_eq!(fault, name, "{file}, {rule:?}: {found:#?}");
        assert_eq!(
            found.iter().all(|finding| finding.holds),
            name.is_none(),
            "{found:#?}"
        );
    }
}

/// Of a notebook imports, definitions and what these use are run, and nothing else.
#[test]
fn a_notebook_is_read_as_code() {
    let Some(runner) = runner() else { return };
    let cells = [
        "%matplotlib inline\n!pip install numpy\nimport numpy as np\nimport matplotlib.pyplot as plt",
        "%%bash\nrm -rf /",
        "SCALE = 1.0 * 1\ndata = np.load('only-mine.npy')",
        "class ReLUModule:\n    def forward(self, x):\n        self.x = x\n        \
         return SCALE * np.maximum(x, 0)\n    def backward(self, dout):\n        return dout",
        "def backward(self, dout):\n    return dout * (self.x > 0)\nReLUModule.backward = backward",
        "this is no Python",
        "while True:\n    pass",
    ];
    let cells: Vec<serde_json::Value> = cells
        .iter()
        .map(|cell| serde_json::json!({"cell_type": "code", "metadata": {}, "source": cell}))
        .collect();
    let notebook = serde_json::json!({"nbformat": 4, "metadata": {}, "cells": cells});
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hw 1.ipynb"), notebook.to_string()).unwrap();
    let target = Target {
        file: "hw 1".into(),
        class: "ReLUModule".into(),
        subject: Subject::Relu,
        arguments: vec![],
    };
    let mut caller = Caller::new(&runner, folder.path());
    let found =
        examine(&target, BatchRule::Any.expected(), &mut caller).unwrap().findings;
    assert!(found.iter().all(|finding| finding.holds), "{found:#?}");
    assert!(found[0].text.contains("code cell 6 is left out"), "{}", found[0].text);
}

/// What the grading machine lacks costs nothing by itself, and goes to a person.
#[test]
fn what_is_missing_here_is_left_to_a_person() {
    let Some(runner) = runner() else { return };
    for text in [
        "import torch\nclass ReLUModule(torch.nn.Module):\n    pass\n",
        "from helpers import relu\nclass ReLUModule:\n    def forward(self, x):\n        \
         return relu(x)\n    def backward(self, dout):\n        return dout\n",
        "import numpy as np\nDATA = np.loadtxt('data.csv')\nclass ReLUModule:\n    pass\n",
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("modules.py"), text).unwrap();
        let target = Target {
            file: "modules".into(),
            class: "ReLUModule".into(),
            subject: Subject::Relu,
            arguments: vec![],
        };
        let mut caller = Caller::new(&runner, folder.path());
        let examination =
            examine(&target, BatchRule::Any.expected(), &mut caller).unwrap();
        assert!(examination.for_a_person.is_some(), "{text}: {examination:#?}");
    }
}
