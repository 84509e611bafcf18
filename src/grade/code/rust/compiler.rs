//! What the compiler complained of, for the student.

use super::super::session::{Failure, Place};

/// Why the class of this number was not built, from the compiler's short messages:
/// `hand-in/src/modules.rs:12:9: error[E0308]: mismatched types`.
pub(super) fn failure(complaints: &str, number: usize, shown: &str) -> Failure {
    let own = format!("answering/src/bin/class{number}.rs");
    let errors: Vec<Complaint<'_>> =
        complaints.lines().filter_map(Complaint::read).collect();
    let found = errors.iter().find(|error| error.file.starts_with("hand-in/"));
    let found = found.or_else(|| errors.iter().find(|error| error.file == own));
    let Some(found) = found else {
        let last = complaints.lines().rfind(|line| line.starts_with("error"));
        let why = last.unwrap_or("cargo gave no reason").trim();
        return Failure::NotBuilt(format!("the crate was not built: {why}"));
    };
    let error = "compile error".to_string();
    let Some(inner) = found.file.strip_prefix("hand-in/") else {
        let message = format!(
            "{} (a public type with `new` that implements the trait is expected)",
            found.text
        );
        return Failure::raised(error, message);
    };
    let place =
        Place { file: format!("{shown}{inner}"), line: found.line, text: String::new() };
    Failure::Raised {
        error,
        message: found.text.to_string(),
        place: Some(place),
        grads: Box::default(),
    }
}

struct Complaint<'a> {
    file: &'a str,
    line: u64,
    text: &'a str,
}

impl<'a> Complaint<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let (place, text) = line.split_once(": error")?;
        let mut parts = place.rsplitn(3, ':');
        let (_, line, file) = (parts.next()?, parts.next()?, parts.next()?);
        let text = text.split_once(": ").map_or(text, |(_, text)| text);
        Some(Complaint { file, line: line.parse().ok()?, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_students_own_line_comes_first() {
        let text = "answering/src/bin/class0.rs:7:9: error[E0433]: cannot find type `X`\n\
                    hand-in/src/modules.rs:12:9: error[E0308]: mismatched types\n\
                    error: could not compile `hand_in` (lib) due to 1 previous error\n";
        let Failure::Raised { message, place: Some(place), .. } =
            failure(text, 0, "ann/")
        else {
            panic!("an error of the hand-in's")
        };
        assert_eq!((message.as_str(), place.line), ("mismatched types", 12));
        assert_eq!(place.file, "ann/src/modules.rs");
    }

    #[test]
    fn a_missing_class_is_told_from_a_missing_crate() {
        let text =
            "answering/src/bin/class1.rs:7:9: error[E0433]: cannot find type `X`\n";
        assert!(matches!(failure(text, 1, ""), Failure::Raised { place: None, .. }));
        let text = "error: no matching package named `ndarray` found\n";
        let failure = failure(text, 0, "");
        assert!(failure.is_the_machines(), "{failure}");
    }
}
