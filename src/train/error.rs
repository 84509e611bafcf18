//! What can go wrong in training, said to a person.
//!
//! One type: what it is about (a file, an option), where in it, what is wrong, what to do.

use std::fmt;
use std::path::Path;

/// A failure of the trainer: `subject: place: what` and, on a second line, help.
#[derive(Debug)]
pub struct Error {
    subject: String,
    place: Option<String>,
    what: String,
    help: Option<String>,
    source: Option<std::io::Error>,
}

impl Error {
    /// A failure about `subject`: a file's path, an option, a key of the configuration.
    pub fn new(subject: impl fmt::Display, what: impl Into<String>) -> Self {
        Error {
            subject: subject.to_string(),
            place: None,
            what: what.into(),
            help: None,
            source: None,
        }
    }

    /// A failure about a file.
    pub fn file(path: &Path, what: impl Into<String>) -> Self {
        Self::new(path.display(), what)
    }

    /// A failed read, write or rename of a file.
    pub fn io(path: &Path, action: &str, source: std::io::Error) -> Self {
        let help = match source.kind() {
            std::io::ErrorKind::NotFound => Some("check the path"),
            std::io::ErrorKind::PermissionDenied => {
                Some("check the permissions of the folder")
            }
            std::io::ErrorKind::StorageFull => {
                Some("free some space and start again with --resume")
            }
            _ => None,
        };
        Error {
            subject: path.display().to_string(),
            place: None,
            what: format!("cannot {action}: {source}"),
            help: help.map(str::to_owned),
            source: Some(source),
        }
    }

    /// Names the place: an offset, a line, a key, an array.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.place = Some(place.to_string());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Puts the failure under a file: an error about bytes becomes one about the file they are from.
    #[must_use]
    pub fn in_file(mut self, path: &Path) -> Self {
        if self.subject.is_empty() {
            self.subject = path.display().to_string();
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.subject.is_empty() {
            write!(f, "{}: ", self.subject)?;
        }
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        write!(f, "{}", self.what)?;
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

impl From<crate::kernels::Error> for Error {
    fn from(error: crate::kernels::Error) -> Self {
        Error::new("", error.to_string())
    }
}
