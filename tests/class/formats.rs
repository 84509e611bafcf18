//! The forms in which results are written.

use serde_json::Value;

use crate::scene::{Class, fill};

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
fn a_result_is_of_the_form_that_its_schema_says() {
    let class = Class::new();
    fill(&class);
    std::fs::create_dir(class.path("hand-ins/empty")).unwrap();
    class.hand_in(
        "odd.md",
        "# Question 1.a\n\n$\\frac{\\partial (x^T B x)}{\\partial x} = q$\n",
    );
    std::fs::write(
        class.path("roster.csv"),
        "id,submitted\nann,2026-11-23T13:00:00Z\ngone,\n",
    )
    .unwrap();
    std::fs::create_dir(class.path("out")).unwrap();
    let decided = "[bob.\"1a\"]\npoints = 3.5\ncomment = \"a slip\"\n";
    std::fs::write(class.path("out/overrides.toml"), decided).unwrap();
    class.grade("out", &["--roster", "roster.csv"]);
    let schema: Value =
        serde_json::from_str(include_str!("../../docs/grading-result.schema.json"))
            .unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for key in ["ann", "bob", "eve", "kim", "lee", "max", "zoe", "empty", "odd", "gone"] {
        let record = class.record("out", key);
        let faults: Vec<String> =
            validator.iter_errors(&record).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{key}: {faults:?}");
    }
    // The validator does refuse: a field too many, a word that is no outcome, a negative number.
    for (place, value) in [
        ("/extra", Value::from(1)),
        ("/parts/0/items/0/outcome", Value::from("perfect")),
        ("/points", Value::from(-1)),
    ] {
        let mut record = class.record("out", "bob");
        match record.pointer_mut(place) {
            Some(slot) => *slot = value,
            None => record["extra"] = value,
        }
        assert!(!validator.is_valid(&record), "{place}");
    }
}
