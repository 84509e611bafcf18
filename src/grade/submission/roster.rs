//! The list of students, as a CSV file (RFC 4180: names may hold commas, quotes, line breaks).

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// A student.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Student {
    /// A short, unique name.
    pub id: String,
    /// The first name, or the whole name where the roster has only that.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// The address.
    pub email: String,
    /// What the hand-in is called, where it is not the id.
    #[serde(skip)]
    pub submission: Option<String>,
    /// When it was handed in, as RFC 3339.
    pub submitted: Option<String>,
}

impl Student {
    /// A student of whom only the hand-in's name is known.
    pub fn unlisted(key: &str) -> Self {
        Student { id: key.into(), ..Student::default() }
    }

    /// The name for people.
    pub fn name(&self) -> String {
        let name = format!("{} {}", self.first_name, self.last_name);
        let name = name.trim();
        if name.is_empty() { self.id.clone() } else { name.to_string() }
    }

    /// Whether a hand-in of this name is theirs.
    fn owns(&self, key: &str) -> bool {
        let same = |text: &str| !text.is_empty() && text.eq_ignore_ascii_case(key);
        let local = self.email.split('@').next().unwrap_or_default();
        if same(&self.id) || same(&self.email) || same(local) {
            return true;
        }
        if self.submission.as_deref().is_some_and(same) {
            return true;
        }
        // Course systems name folders `First Last_1234_assignsubmission_file` or `lastfirst_1234`.
        let plain = |text: &str| -> String {
            text.chars()
                .filter(|c| c.is_alphanumeric())
                .flat_map(char::to_lowercase)
                .collect()
        };
        let head = plain(key.split('_').next().unwrap_or(key));
        let (first, last) = (plain(&self.first_name), plain(&self.last_name));
        let named = !(first.is_empty() && last.is_empty());
        let either = [format!("{first}{last}"), format!("{last}{first}")];
        named && !head.is_empty() && either.contains(&head)
    }
}

/// The list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    /// The students, in the file's order.
    pub students: Vec<Student>,
}

/// What is wrong with a roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterError(String);

impl fmt::Display for RosterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RosterError {}

impl Roster {
    /// Reads a roster file.
    ///
    /// # Errors
    /// When it cannot be read or has no column that names a student.
    pub fn read(path: &Path) -> Result<Self, RosterError> {
        let wrong = |error: &dyn fmt::Display| {
            RosterError(format!("{}: {error}", path.display()))
        };
        let bytes = std::fs::read(path).map_err(|error| wrong(&error))?;
        Self::parse(&bytes).map_err(|error| wrong(&error))
    }

    /// Reads a roster's text. The first row names the columns: `id` (or `student_id`, `username`,
    /// `sid`), `first_name`, `last_name` or `name`, `email`, `submission`, `submitted`; others are
    /// disregarded.
    ///
    /// # Errors
    /// When a row cannot be read, an id is missing or stands twice, or no column names a student.
    pub fn parse(bytes: &[u8]) -> Result<Self, RosterError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let headers =
            reader.headers().map_err(|error| RosterError(error.to_string()))?.clone();
        let column = |names: &[&str]| {
            headers.iter().position(|header| {
                let plain = header.trim().to_ascii_lowercase().replace([' ', '-'], "_");
                names.contains(&plain.as_str())
            })
        };
        let id = column(&["id", "student_id", "username", "user", "sid", "login"]);
        let name = column(&["name", "full_name", "student"]);
        let first = column(&["first_name", "firstname", "given_name"]);
        let last = column(&["last_name", "lastname", "surname", "family_name"]);
        let email = column(&["email", "email_address", "e_mail", "mail"]);
        let submission = column(&["submission", "folder", "file", "key"]);
        let submitted =
            column(&["submitted", "submission_time", "timestamp", "submitted_at"]);
        let Some(named_by) = id.or(email).or(name) else {
            let text =
                "no column names a student: the first row needs `id`, `email` or `name`";
            return Err(RosterError(text.into()));
        };
        let mut students: Vec<Student> = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| RosterError(error.to_string()))?;
            let field = |column: Option<usize>| -> String {
                let text =
                    column.and_then(|column| record.get(column)).unwrap_or_default();
                text.trim().to_string()
            };
            if record.iter().all(|field| field.trim().is_empty()) {
                continue;
            }
            let row = record.position().map_or(0, csv::Position::line);
            let optional = |text: String| (!text.is_empty()).then_some(text);
            let student = Student {
                id: field(Some(named_by)),
                first_name: if first.is_some() { field(first) } else { field(name) },
                last_name: field(last),
                email: field(email),
                submission: optional(field(submission)),
                submitted: optional(field(submitted)),
            };
            if student.id.is_empty() {
                return Err(RosterError(format!("line {row}: the student has no id")));
            }
            if let Some(when) = &student.submitted
                && chrono::DateTime::parse_from_rfc3339(when).is_err()
            {
                let text = format!(
                    "line {row}: `{when}` is no moment: write it as 2026-11-20T23:59:00Z"
                );
                return Err(RosterError(text));
            }
            if students.iter().any(|other| other.id == student.id) {
                return Err(RosterError(format!(
                    "line {row}: `{}` stands twice",
                    student.id
                )));
            }
            students.push(student);
        }
        Ok(Roster { students })
    }

    /// The student a hand-in of this name belongs to.
    pub fn owner(&self, key: &str) -> Option<&Student> {
        let exact = self.students.iter().find(|student| {
            student.id == key || student.submission.as_deref() == Some(key)
        });
        exact.or_else(|| self.students.iter().find(|student| student.owns(key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_commas_and_quotes_are_read() {
        let text = "\u{feff}id,last_name,first_name,email\n\
                    s1,\"Doe, Jr.\",\"Jane \"\"JD\"\"\",jane@example.org\ns2,Roe,Rick,\n";
        let roster = Roster::parse(text.as_bytes()).unwrap();
        assert_eq!(roster.students[0].last_name, "Doe, Jr.");
        assert_eq!(roster.students[0].first_name, "Jane \"JD\"");
        assert_eq!(roster.owner("jane").map(|s| s.id.as_str()), Some("s1"));
        let moodle = "Rick Roe_12345_assignsubmission_file";
        assert_eq!(roster.owner(moodle).map(|s| s.id.as_str()), Some("s2"));
        assert_eq!(roster.owner("nobody"), None);
    }

    #[test]
    fn faults_are_named() {
        for (text, word) in [
            ("a,b\n1,2\n", "no column"),
            ("id\nx\nx\n", "twice"),
            ("id,email\n,a@b\n", "no id"),
            ("id,submitted\nx,yesterday\n", "yesterday"),
        ] {
            let error = Roster::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
