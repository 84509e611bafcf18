//! A small class with an assignment of three parts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

pub(crate) const ASSIGNMENT: &str = "+++\ntitle = \"Small\"\ndue = \"2026-11-20T12:00:00Z\"\n\
    [late]\nper-day = 0.1\n[credit]\nsteps = 0.5\n+++\n\
    ## Question 1.a: a form (4 points)\n\
    Let $x \\in \\mathbb{R}^n$ and $B \\in \\mathbb{R}^{n \\times n}$.\n\
    Find: $\\frac{\\partial (x^T B x)}{\\partial x}$\n\
    Answer: $(B + B^T) x$\n\
    ## Question 2: a module (6 points)\n\
    Given: X in R^{S x M}; W in R^{N x M}; Y = X W^T; L = L(Y)\n\
    Find: $\\frac{\\partial L}{\\partial W}$\n\
    ## Question 3: prose (2 points)\nBy hand:\n";

pub(crate) const RIGHT: &str = "# Question 1.a\n\n$x^T B x = \\sum_{i} \\sum_{j} x_i B_{ij} x_j$\n\n\
    $\\frac{\\partial (x^T B x)}{\\partial x} = (B + B^T) x$\n\n# Question 2\n\n\
    $\\frac{\\partial L}{\\partial W} = \\left(\\frac{\\partial L}{\\partial Y}\\right)^T X$\n";

pub(crate) struct Class {
    pub(crate) folder: tempfile::TempDir,
}

impl Class {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let class = Class { folder };
        std::fs::create_dir(class.path("hand-ins")).unwrap();
        std::fs::write(class.path("small.md"), ASSIGNMENT).unwrap();
        class
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn hand_in(&self, name: &str, text: &str) {
        std::fs::write(self.path("hand-ins").join(name), text).unwrap();
    }

    pub(crate) fn command(&self, out: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gradproof"));
        command
            .current_dir(self.folder.path())
            .args(["grade", "small.md", "hand-ins", "--out", out])
            .args(more);
        command
    }

    pub(crate) fn grade(&self, out: &str, more: &[&str]) -> Output {
        let output = self.command(out, more).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    }

    pub(crate) fn record(&self, out: &str, key: &str) -> Value {
        let text =
            std::fs::read(self.path(out).join(format!("results/{key}.json"))).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    pub(crate) fn points(&self, out: &str, key: &str) -> f64 {
        self.record(out, key)["points"].as_f64().unwrap()
    }
}

/// Every file below a folder with its contents.
pub(crate) fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_path_buf();
                all.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    all
}

pub(crate) fn fill(class: &Class) {
    class.hand_in("ann.md", RIGHT);
    class.hand_in("bob.md", &RIGHT.replace("(B + B^T) x", "2 B x"));
    class.hand_in("eve.md", &RIGHT.replace(")^T X", ") X^T"));
    class.hand_in("kim.md", &RIGHT.replace("(B + B^T) x", "x^T (B + B^T)"));
    class.hand_in("lee.md", "# Question 1.a\n\nI could not do this.\n");
    class.hand_in(
        "max.md",
        &RIGHT.replace("(B + B^T) x", "2 B x").replace("x_j$", "x_i$"),
    );
    class.hand_in("zoe.md", &RIGHT.replace("x_i B_{ij} x_j", "x_i B_{ij} x_i"));
}
