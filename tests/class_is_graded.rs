//! A class from hand-ins to results, through the program: deterministic, resumable, in shards.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const ASSIGNMENT: &str = "+++\ntitle = \"Small\"\ndue = \"2026-11-20T12:00:00Z\"\n\
    [late]\nper-day = 0.1\n[credit]\nsteps = 0.5\n+++\n\
    ## Question 1.a: a form (4 points)\n\
    Let $x \\in \\mathbb{R}^n$ and $B \\in \\mathbb{R}^{n \\times n}$.\n\
    Find: $\\frac{\\partial (x^T B x)}{\\partial x}$\n\
    Answer: $(B + B^T) x$\n\
    ## Question 2: a module (6 points)\n\
    Given: X in R^{S x M}; W in R^{N x M}; Y = X W^T; L = L(Y)\n\
    Find: $\\frac{\\partial L}{\\partial W}$\n\
    ## Question 3: prose (2 points)\nBy hand:\n";

const RIGHT: &str = "# Question 1.a\n\n$x^T B x = \\sum_{i} \\sum_{j} x_i B_{ij} x_j$\n\n\
    $\\frac{\\partial (x^T B x)}{\\partial x} = (B + B^T) x$\n\n# Question 2\n\n\
    $\\frac{\\partial L}{\\partial W} = \\left(\\frac{\\partial L}{\\partial Y}\\right)^T X$\n";

struct Class {
    folder: tempfile::TempDir,
}

impl Class {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let class = Class { folder };
        std::fs::create_dir(class.path("hand-ins")).unwrap();
        std::fs::write(class.path("small.md"), ASSIGNMENT).unwrap();
        class
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn hand_in(&self, name: &str, text: &str) {
        std::fs::write(self.path("hand-ins").join(name), text).unwrap();
    }

    fn grade(&self, out: &str, more: &[&str]) -> Output {
        let output = Command::new(env!("CARGO_BIN_EXE_gradproof"))
            .current_dir(self.folder.path())
            .args(["grade", "small.md", "hand-ins", "--out", out])
            .args(more)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    }

    fn record(&self, out: &str, key: &str) -> Value {
        let text =
            std::fs::read(self.path(out).join(format!("results/{key}.json"))).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    fn points(&self, out: &str, key: &str) -> f64 {
        self.record(out, key)["points"].as_f64().unwrap()
    }
}

/// Every file below a folder with its contents.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
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

fn fill(class: &Class) {
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

#[test]
fn right_work_earns_everything_and_wrong_work_what_the_policy_says() {
    let class = Class::new();
    fill(&class);
    class.grade("out", &["--format", "all"]);
    assert_eq!(class.points("out", "ann"), 10.0);
    assert_eq!(
        class.points("out", "kim"),
        10.0,
        "the row form is as right as the column"
    );
    // The answer is lost, the step before it is not.
    assert_eq!(class.points("out", "bob"), 8.0);
    // A lone answer is all the working there is.
    assert_eq!(class.points("out", "eve"), 4.0);
    assert_eq!(class.points("out", "lee"), 0.0);
    // A wrong step before a right answer, and before a wrong one.
    assert_eq!(class.points("out", "zoe"), 8.0);
    assert_eq!(class.points("out", "max"), 6.0);
    let answer = &class.record("out", "bob")["parts"][0]["items"][0];
    assert_eq!(answer["outcome"], "wrong");
    assert_eq!(answer["place"]["line"], 5);
    assert!(!answer["counterexample"].as_array().unwrap().is_empty());
}

#[test]
fn parts_sum_to_the_total_in_every_format() {
    let class = Class::new();
    fill(&class);
    class.grade("out", &["--format", "all"]);
    let text = |name: &str| {
        std::fs::read_to_string(class.path("out").join("feedback").join(name)).unwrap()
    };
    let read = |name: &str| -> Value { serde_json::from_str(&text(name)).unwrap() };
    for key in ["ann", "bob", "eve", "kim", "lee", "max", "zoe"] {
        let record = class.record("out", key);
        let sum = |list: &Value, field: &str| -> f64 {
            list.as_array()
                .unwrap()
                .iter()
                .map(|entry| entry[field].as_f64().unwrap())
                .sum()
        };
        let points = record["points"].as_f64().unwrap();
        assert_eq!(sum(&record["parts"], "points"), points, "{key}");
        let gradescope = read(&format!("{key}.gradescope.json"));
        assert_eq!(gradescope["score"].as_f64(), Some(points));
        assert_eq!(sum(&gradescope["tests"], "score"), points);
        assert_eq!(sum(&gradescope["tests"], "max_score"), 12.0);
        for test in gradescope["tests"].as_array().unwrap() {
            assert!(["passed", "failed"].contains(&test["status"].as_str().unwrap()));
        }
        let classroom = read(&format!("{key}.classroom.json"));
        assert_eq!(sum(&classroom["tests"], "score"), points);
        let prairielearn = read(&format!("{key}.prairielearn.json"));
        assert_eq!(sum(&prairielearn["tests"], "points"), points);
        assert!((prairielearn["score"].as_f64().unwrap() - points / 12.0).abs() < 1e-12);
        let junit = text(&format!("{key}.junit.xml"));
        assert!(junit.contains("<testsuite ") && !junit.contains("time="), "{junit}");
        assert!(!text(&format!("{key}.html")).contains("<script"));
    }
}

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
    let merged = Command::new(env!("CARGO_BIN_EXE_gradproof"))
        .current_dir(class.folder.path())
        .args([
            "grade", "merge", "small.md", "shard-3", "shard-1", "shard-2", "--out",
            "joined",
        ])
        .output()
        .unwrap();
    assert!(merged.status.success(), "{}", String::from_utf8_lossy(&merged.stderr));
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

#[test]
fn a_persons_decision_stays_and_serves_like_answers() {
    let class = Class::new();
    fill(&class);
    class.hand_in("ben.md", &RIGHT.replace("(B + B^T) x", "2 \\mathbf{B} x"));
    class.grade("out", &[]);
    let record = class.record("out", "bob");
    let answer = record["parts"][0]["answer"].as_str().unwrap().to_string();
    assert_eq!(class.record("out", "ben")["parts"][0]["answer"].as_str(), Some(&*answer));
    let summary = std::fs::read_to_string(class.path("out/class.md")).unwrap();
    assert!(summary.contains(&answer), "{summary}");
    let text = format!(
        "[answers.\"{answer}\"]\npoints = 3\ncomment = \"right if B is symmetric\"\n\
         [bob.\"1a\"]\npoints = 3.5\n[ann.\"3\"]\npoints = 2\ncomment = \"well said\"\n"
    );
    std::fs::write(class.path("out/overrides.toml"), text).unwrap();
    class.grade("out", &[]);
    assert_eq!(class.points("out", "bob"), 9.5);
    assert_eq!(class.points("out", "ben"), 9.0);
    assert_eq!(class.points("out", "ann"), 12.0);
    let page = std::fs::read_to_string(class.path("out/feedback/ann.html")).unwrap();
    assert!(page.contains("well said"));
}

#[test]
fn the_roster_names_late_and_missing_students() {
    let class = Class::new();
    fill(&class);
    let roster = "id,last_name,first_name,email,submitted\n\
        ann,\"Lee, Jr.\",Ann,ann@example.org,2026-11-21T13:00:00Z\n\
        bob,Roe,Bob,,2026-11-20T11:00:00Z\nghost,Gone,Gil,,\n";
    std::fs::write(class.path("roster.csv"), roster).unwrap();
    class.grade("out", &["--roster", "roster.csv"]);
    assert_eq!(class.points("out", "ann"), 8.0, "two days begun cost a fifth");
    assert_eq!(class.points("out", "bob"), 8.0);
    assert_eq!(class.record("out", "ghost")["missing"], true);
    let mut table = csv::Reader::from_path(class.path("out/nbgrader.csv")).unwrap();
    assert_eq!(table.headers().unwrap().len(), 11);
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    let ann = rows.iter().find(|row| &row[3] == "ann").unwrap();
    assert_eq!((&ann[4], &ann[7], &ann[8], &ann[9]), ("Lee, Jr.", "10", "2", "8"));
    let ghost = rows.iter().find(|row| &row[3] == "ghost").unwrap();
    assert_eq!((&ghost[2], &ghost[9]), ("", "0"));
    let otter = std::fs::read_to_string(class.path("out/otter.csv")).unwrap();
    let mut lines = otter.lines();
    let header = "file,1a,2,3,total_points_earned,percent_correct,grading_status";
    assert_eq!(lines.next(), Some(header));
    assert_eq!(lines.next(), Some("points-per-question,4,6,2,12,NA,NA"));
    let attention = std::fs::read_to_string(class.path("out/attention.csv")).unwrap();
    assert!(attention.contains("ghost") && attention.contains("late by 2 days"));
}

#[test]
fn an_answer_that_holds_the_definitions_fixed_is_no_answer() {
    let class = Class::new();
    let claim = "\\left(\\frac{\\partial L}{\\partial Y}\\right)^T X";
    class.hand_in("sly.md", &RIGHT.replace(claim, "0"));
    class.hand_in("sly2.md", &RIGHT.replace(claim, "0 W"));
    let again = "\\frac{\\partial L}{\\partial W}";
    class.hand_in("sly3.md", &RIGHT.replace(claim, again));
    class.grade("out", &[]);
    for key in ["sly", "sly2"] {
        assert_eq!(class.points("out", key), 4.0, "{key}");
    }
    // True, but it says nothing: not in closed form.
    assert!(class.points("out", "sly3") < 10.0);
}

#[test]
fn what_hostile_texts_say_stays_text() {
    let class = Class::new();
    let text = "# Question 1.a\n\n$\\frac{\\partial (x^T B x)}{\\partial x} = \
                \\text{<script>alert(1)</script>}$\n\n$x = \\begin{cases}$\n";
    class.hand_in("=cmd()<b>.md", text);
    class.grade("out", &["--format", "all"]);
    for (path, bytes) in contents(&class.path("out")) {
        let text = String::from_utf8_lossy(&bytes);
        if path.extension().is_some_and(|ending| ending == "html") {
            assert!(!text.contains("<script") && !text.contains("<b>"), "{path:?}");
        }
        if path.extension().is_some_and(|ending| ending == "csv") {
            let starts =
                text.lines().any(|line| line.starts_with('=') || line.contains(",=cmd"));
            assert!(!starts, "{path:?}: {text}");
        }
    }
}

#[test]
fn a_result_has_exactly_the_fields_that_its_schema_names() {
    let class = Class::new();
    fill(&class);
    class.grade("out", &[]);
    let schema: Value =
        serde_json::from_str(include_str!("../docs/grading-result.schema.json")).unwrap();
    let names = |value: &Value| -> Vec<String> {
        let mut all: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        all.sort();
        all
    };
    let record = class.record("out", "bob");
    assert_eq!(names(&record), names(&schema["properties"]));
    for part in record["parts"].as_array().unwrap() {
        assert_eq!(names(part), names(&schema["$defs"]["part"]["properties"]));
        for item in part["items"].as_array().unwrap() {
            assert_eq!(names(item), names(&schema["$defs"]["item"]["properties"]));
            let known =
                schema["$defs"]["item"]["properties"]["outcome"]["enum"].as_array();
            assert!(known.unwrap().contains(&item["outcome"]));
        }
    }
}
