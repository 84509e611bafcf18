//! What a person decides: points and a comment for a student's part, kept across regrades.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Points;

/// A person's decision on one part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The points, in place of the computed ones; without them only the comment counts.
    pub points: Option<Points>,
    /// What the student is told.
    #[serde(default)]
    pub comment: String,
}

/// All decisions: by student, then by part.
///
/// ```toml
/// [jane-doe."1a"]
/// points = 3.5
/// comment = "The norm's square root is only missing in the copy."
///
/// [answers."4f3c2a9d0b17"]          # every hand-in of a group of like answers
/// points = 2
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    by_student: BTreeMap<String, BTreeMap<String, Decision>>,
    by_answer: BTreeMap<String, Decision>,
}

/// The table that holds decisions on groups of like answers.
const ANSWERS: &str = "answers";

impl Overrides {
    /// Reads a file; one that is not there decides nothing.
    ///
    /// # Errors
    /// When it cannot be read, with the line.
    pub fn read(path: &Path) -> Result<Self, String> {
        match std::fs::read_to_string(path) {
            Ok(text) => {
                Self::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Self::default())
            }
            Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
        }
    }

    /// Reads a file's text.
    ///
    /// # Errors
    /// When it is not of the form above.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut by_student: BTreeMap<String, BTreeMap<String, Decision>> =
            toml::from_str(text).map_err(|error| {
                let line = error.span().map_or(1, |span| {
                    text[..span.start.min(text.len())].matches('\n').count() + 1
                });
                format!("line {line}: {}", error.message())
            })?;
        let by_answer = by_student.remove(ANSWERS).unwrap_or_default();
        Ok(Overrides { by_student, by_answer })
    }

    /// The decision on a student's part: the one on the student comes before one on the answer.
    pub fn on(
        &self,
        student: &str,
        part: &str,
        answer: Option<&str>,
    ) -> Option<&Decision> {
        let own = self.by_student.get(student).and_then(|parts| parts.get(part));
        own.or_else(|| answer.and_then(|answer| self.by_answer.get(answer)))
    }

    /// The students and parts that are decided on, to name those that do not exist.
    pub fn decided(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_student.iter().flat_map(|(student, parts)| {
            parts.keys().map(move |part| (student.as_str(), part.as_str()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_student_is_decided_on_before_a_group() {
        let text = "[ann.\"1a\"]\npoints = 3.5\ncomment = \"good\"\n[answers.\"ab\"]\npoints = 2\n";
        let overrides = Overrides::parse(text).unwrap();
        let points =
            |student, answer| overrides.on(student, "1a", answer).unwrap().points;
        assert_eq!(points("ann", Some("ab")), Some("3.5".parse().unwrap()));
        assert_eq!(points("bob", Some("ab")), Some(Points::whole(2)));
        assert!(overrides.on("bob", "1a", None).is_none());
    }

    #[test]
    fn a_fault_is_named_with_its_line() {
        let error =
            Overrides::parse("[ann.\"1a\"]\npoints = 1\npionts = 2\n").unwrap_err();
        assert!(error.contains("pionts"), "{error}");
        assert!(Overrides::parse("[ann.\"1a\"]\npoints = -1\n").is_err());
    }
}
