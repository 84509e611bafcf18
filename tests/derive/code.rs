//! Code written for the corpus, run, and compared with the evaluator.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use gradproof::emit::{Target, code};
use gradproof::shape::{Reading, Role, single};

use super::case::{self, Case};
use super::point;

/// A case with its code, its arguments and the numbers that must come out.
struct Job {
    place: String,
    code: String,
    /// The arguments in the order of the function: rows, columns (0: a scalar; a column has 0
    /// columns), entries.
    arguments: Vec<(usize, usize, Vec<f64>)>,
    value: Vec<f64>,
    derivative: Vec<f64>,
}

/// Every case of the corpus for which there is code.
fn jobs(target: Target) -> Vec<Job> {
    let jobs: Vec<Job> = case::all().iter().filter_map(|c| job(c, target)).collect();
    assert!(jobs.len() >= 45, "code was written for {} cases only", jobs.len());
    jobs
}

fn job(case: &Case, target: Target) -> Option<Job> {
    let derived = case.derive();
    let code = code(&derived, target).ok()?;
    let plain = Reading::default();
    let left = single(&case.givens, &derived.left, plain).expect("a derivative");
    let value = single(&case.givens, &case.of, plain).expect("an expression");
    // The arguments by the order in which the function names them.
    let names = parameters(&code);
    let mut arguments = Vec::new();
    for name in names {
        let symbol = left
            .table
            .symbols
            .iter()
            .find(|s| s.name == name && s.role == Role::Variable)
            .unwrap_or_else(|| panic!("{}: no symbol `{name}`", case.place));
        let (rows, cols) = point::extents(&left.table, symbol);
        let numbers = point::entries(symbol, rows, cols)
            .iter()
            .map(|v| *v.numer() as f64 / *v.denom() as f64)
            .collect();
        arguments.push(match symbol.axes.len() {
            0 => (0, 0, numbers),
            _ if symbol.axes[1].is_unit() => (rows, 0, numbers),
            _ if symbol.axes[0].is_unit() => (0, cols, numbers),
            _ => (rows, cols, numbers),
        });
    }
    Some(Job {
        place: case.place.clone(),
        code,
        arguments,
        value: point::value(&value, &value.lhs).expect("a value"),
        derivative: point::value(&left, &left.lhs).expect("a value"),
    })
}

/// The parameters of the function in a piece of code.
fn parameters(code: &str) -> Vec<String> {
    let start = code.find("value_and_derivative(").expect("the function") + 21;
    let list = code[start..].split(')').next().unwrap_or_default();
    list.split(',')
        .map(|p| p.split(':').next().unwrap_or_default().trim().to_string())
        .filter(|p| !p.is_empty())
        .collect()
}

fn numbers(values: &[f64]) -> String {
    values.iter().map(|v| format!("{v:?}")).collect::<Vec<_>>().join(", ")
}

/// Compares the lines `place value … | derivative …` with what must come out.
fn compare(output: &str, jobs: &[Job]) {
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(lines.len(), jobs.len(), "not one line a case:\n{output}");
    for (line, job) in lines.iter().zip(jobs) {
        let (value, derivative) = line.split_once('|').expect("a bar");
        for (what, text, expected) in
            [("value", value, &job.value), ("derivative", derivative, &job.derivative)]
        {
            let found: Vec<f64> =
                text.split_whitespace().map(|w| w.parse().expect("a number")).collect();
            assert_eq!(found.len(), expected.len(), "{}: {what}: {line}", job.place);
            for (a, b) in found.iter().zip(expected) {
                let close = (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()));
                assert!(close, "{}: {what}: {a} is not {b}\n{}", job.place, job.code);
            }
        }
    }
}

fn python(script: &Path) -> Option<Command> {
    let program = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let mut command = Command::new(program);
    command.arg(script).env("JAX_ENABLE_X64", "1");
    Some(command)
}

/// Runs the code of all cases in one Python process; tells whether the library was there.
fn run_python(target: Target, library: &str) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let probe = folder.path().join("probe.py");
    std::fs::write(&probe, format!("import {library}\n")).expect("a file");
    let there = python(&probe).and_then(|mut c| c.output().ok());
    if !there.is_some_and(|o| o.status.success()) {
        println!("skipped: no Python with {library} (set PYTHON to one that has it)");
        return false;
    }
    let jobs = jobs(target);
    let mut main = String::from("import numpy\nimport importlib\n");
    for (k, job) in jobs.iter().enumerate() {
        let file = folder.path().join(format!("case_{k}.py"));
        std::fs::write(file, &job.code).expect("a file");
        let arguments: Vec<String> = job
            .arguments
            .iter()
            .map(|(rows, cols, v)| match (rows, cols) {
                (0, 0) => numbers(v),
                (0, _) | (_, 0) => format!("numpy.array([{}])", numbers(v)),
                (r, c) => format!("numpy.array([{}]).reshape({r}, {c})", numbers(v)),
            })
            .collect();
        let _ = writeln!(
            main,
            "v, d = importlib.import_module('case_{k}').value_and_derivative({})\n\
             print(*map(float, numpy.ravel(numpy.asarray(v))), '|', \
             *map(float, numpy.ravel(numpy.asarray(d))))",
            arguments.join(", ")
        );
    }
    let script = folder.path().join("main.py");
    std::fs::write(&script, main).expect("a file");
    let output = python(&script).and_then(|mut c| c.output().ok()).expect("Python runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    compare(&text, &jobs);
    true
}

#[test]
fn numpy_code_computes_value_and_derivative() {
    run_python(Target::Numpy, "numpy");
}

#[test]
fn torch_code_computes_value_and_derivative() {
    run_python(Target::Torch, "torch");
}

#[test]
fn jax_code_computes_value_and_derivative() {
    run_python(Target::Jax, "jax");
}

/// The compiled nalgebra that this test itself is linked with.
fn nalgebra() -> Vec<PathBuf> {
    let own = std::env::current_exe().expect("this program");
    let folder = own.parent().expect("a folder");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a readable folder")
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| {
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
            name.is_some_and(|n| n.starts_with("libnalgebra-") && n.ends_with(".rlib"))
        })
        .collect();
    found.sort();
    found
}

#[test]
fn rust_code_compiles_and_computes_value_and_derivative() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    if Command::new(&rustc).arg("--version").output().is_err() {
        println!("skipped: no rustc");
        return;
    }
    let libraries = nalgebra();
    if libraries.is_empty() {
        println!("skipped: no compiled nalgebra beside the test");
        return;
    }
    let jobs = jobs(Target::Rust);
    let mut main =
        String::from("#![deny(warnings)]\n#![allow(dead_code, non_snake_case)]\n");
    let mut calls = String::new();
    for (k, job) in jobs.iter().enumerate() {
        let _ = writeln!(main, "mod case_{k} {{\n{}\n}}", job.code);
        let arguments: Vec<String> = job
            .arguments
            .iter()
            .map(|(rows, cols, v)| match (rows, cols) {
                (0, 0) => format!("{:?}", v[0]),
                (r, c) => format!(
                    "&nalgebra::DMatrix::from_row_slice({}, {}, &[{}])",
                    r.max(&1),
                    c.max(&1),
                    numbers(v)
                ),
            })
            .collect();
        let _ = writeln!(
            calls,
            "    let (v, d) = case_{k}::value_and_derivative({}).expect(\"fitting shapes\");\n    \
             v.show();\n    print!(\"|\");\n    d.show();\n    println!();",
            arguments.join(", ")
        );
    }
    main.push_str(
        "trait Show {\n    fn show(&self);\n}\nimpl Show for f64 {\n    fn show(&self) {\n        \
         print!(\" {self:?}\");\n    }\n}\nimpl Show for nalgebra::DMatrix<f64> {\n    \
         fn show(&self) {\n        self.transpose().iter().for_each(Show::show);\n    }\n}\n",
    );
    let _ = writeln!(main, "fn main() {{\n{calls}}}");
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("main.rs");
    let program = folder.path().join("main");
    std::fs::write(&source, main).expect("a file");
    // Builds with other features leave further copies: one of them is the right one.
    let mut complaint = String::new();
    let compiled = libraries.iter().any(|library| {
        let output = Command::new(&rustc)
            .args(["--edition", "2024", "-C", "opt-level=0", "-C", "debuginfo=0", "-o"])
            .arg(&program)
            .arg(&source)
            .arg("--extern")
            .arg(format!("nalgebra={}", library.display()))
            .arg("-L")
            .arg(format!("dependency={}", library.parent().expect("a folder").display()))
            .output()
            .expect("rustc runs");
        complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        output.status.success()
    });
    assert!(compiled, "{complaint}");
    let output = Command::new(&program).output().expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    compare(&String::from_utf8_lossy(&output.stdout), &jobs);
}

/// Wrong shapes are told, not computed with.
#[test]
fn code_checks_shapes() {
    for target in [
        Target::Rust,
        Target::Numpy,
        Target::Torch,
        Target::Jax,
        Target::Julia,
        Target::Matlab,
    ] {
        for job in jobs(target) {
            let checks = match target {
                Target::Rust => "return Err(",
                Target::Julia => "DimensionMismatch",
                Target::Matlab => "assert(",
                _ => "raise ValueError",
            };
            // Two arguments of one dimension, or a vector of columns, have something to disagree.
            let sized = job.arguments.iter().filter(|(r, c, _)| r + c > 0).count();
            if sized > 1 && !matches!(target, Target::Julia) {
                assert!(job.code.contains(checks), "{}:\n{}", job.place, job.code);
            }
        }
    }
}
