//! JUnit XML: a suite a part, a case an item.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::sentence;
use crate::grade::result::{Outcome, Record};

/// The report of one hand-in. It holds no times: the same hand-in gives the same bytes.
///
/// # Errors
/// When the XML cannot be written.
pub fn junit(record: &Record) -> Result<String, String> {
    let mut report = Report::new(format!("{}: {}", record.assignment, record.key));
    for part in &record.parts {
        let mut suite = TestSuite::new(format!("{} {}", part.id, part.title));
        suite.add_property(("points", part.points.to_string().as_str()));
        suite.add_property(("max_points", part.max.to_string().as_str()));
        for item in &part.items {
            let wrong = |kind, word: String| {
                let mut status = TestCaseStatus::non_success(kind);
                status.set_type(word).set_message(item.text.clone());
                status.set_description(sentence(item));
                status
            };
            let tag =
                || item.mistake.clone().unwrap_or_else(|| item.outcome.word().into());
            let status = match item.outcome {
                Outcome::Right => TestCaseStatus::success(),
                Outcome::Open => {
                    let mut status = TestCaseStatus::skipped();
                    status.set_message(item.text.clone());
                    status
                }
                _ => wrong(NonSuccessKind::Failure, tag()),
            };
            let mut case = TestCase::new(item.name.clone(), status);
            case.set_classname(part.id.clone());
            if let Some(spot) = &item.place {
                case.extra.insert("file".into(), spot.file.clone().into());
                case.extra.insert("line".into(), spot.line.to_string().into());
            }
            suite.add_test_case(case);
        }
        report.add_test_suite(suite);
    }
    report.to_string().map_err(|error| error.to_string())
}
