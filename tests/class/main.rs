//! A class from hand-ins to results, through the program.

mod archives;
mod fairness;
mod formats;
mod headings;
mod runs;
mod scene;

use scene::{Class, RIGHT, contents, fill};

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
    assert_eq!(lines.next(), Some("points-per-question,4,6,2,12,1,--"));
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
fn a_sum_without_its_sign_is_a_slip_where_the_assignment_wants_signs() {
    let class = Class::new();
    class.hand_in("ann.md", &RIGHT.replace("\\sum_{i} \\sum_{j} ", ""));
    class.hand_in("bob.md", RIGHT);
    class.grade("free", &[]);
    assert_eq!(class.points("free", "ann"), 10.0);
    let strict = scene::ASSIGNMENT.replace("title = ", "einstein = false\ntitle = ");
    std::fs::write(class.path("small.md"), strict).unwrap();
    class.grade("strict", &[]);
    assert_eq!(class.points("strict", "bob"), 10.0);
    // Half of the part's 4 points are for its one step; a slip keeps three quarters.
    assert_eq!(class.points("strict", "ann"), 9.5);
    let items = class.record("strict", "ann")["parts"][0]["items"].to_string();
    assert!(items.contains("missing summation sign"), "{items}");
}

#[test]
fn a_hand_in_cannot_change_the_question() {
    let class = Class::new();
    class.hand_in("ann.md", RIGHT);
    let question = "# Question 2\n\n";
    let sly = format!("{question}Let $Y = X$.\n\n");
    let claim = "\\left(\\frac{\\partial L}{\\partial Y}\\right)^T X";
    class.hand_in("sly.md", &RIGHT.replace(question, &sly).replace(claim, "0"));
    class.hand_in(
        "own.md",
        &RIGHT.replace(
            "\\frac{\\partial (x^T B x)}{\\partial x} =",
            "f = x^T B x$ and $\\nabla_x f =",
        ),
    );
    let other = "Let $g = x^T x$. Then $\\nabla_x g = 2 x$.\n\n# Question 2";
    let other = RIGHT.replace(
        "$\\frac{\\partial (x^T B x)}{\\partial x} = (B + B^T) x$\n\n# Question 2",
        other,
    );
    class.hand_in("other.md", &other);
    class.grade("out", &[]);
    assert_eq!(class.points("out", "own"), 10.0, "{:#}", class.record("out", "own"));
    let sly = class.record("out", "sly");
    assert!(sly["parts"][1]["points"] == 0 || sly["parts"][1]["open"] != 0, "{sly:#}");
    let other = class.record("out", "other");
    assert_eq!(other["parts"][0]["items"][0]["points"], 0, "{other:#}");
}
