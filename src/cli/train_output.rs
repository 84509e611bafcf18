//! Lines about a training, for whoever still listens.
//!
//! A training writes its results into a folder; that a pipe was closed (`| head`) or a disk for the
//! output is full is no reason to end it.

use std::fmt::Display;
use std::io::Write;

/// A line on standard output.
pub(super) fn say(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// A line on standard error.
pub(super) fn warn(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Text on standard error that the next one overwrites.
pub(super) fn draw(text: impl Display) {
    let mut out = std::io::stderr();
    let _ = write!(out, "\r\x1b[K{text}").and_then(|()| out.flush());
}
