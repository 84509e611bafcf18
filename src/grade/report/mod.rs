//! Writes results: for students, for staff, and in the forms that course systems read.

mod class;
mod classroom;
mod gradescope;
mod html;
mod junit;
mod markdown;
mod prairielearn;
mod tables;

use super::assignment::Assignment;
use super::class::{GradeError, Store, Summary, write_whole};
use super::result::Record;

pub use classroom::{base64, classroom};
pub use gradescope::{Visibility, bundle, gradescope};
pub use junit::junit;
pub use markdown::markdown;
pub use prairielearn::prairielearn;
pub use tables::{nbgrader, otter};

/// A form in which a hand-in's result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Our own record; always written.
    Json,
    /// A page for the student.
    Html,
    /// The same as Markdown.
    Markdown,
    /// Gradescope's `results.json`.
    Gradescope,
    /// GitHub Classroom's runner output.
    Classroom,
    /// PrairieLearn's `results.json`.
    PrairieLearn,
    /// JUnit XML.
    Junit,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 7] = [
        Format::Json,
        Format::Html,
        Format::Markdown,
        Format::Gradescope,
        Format::Classroom,
        Format::PrairieLearn,
        Format::Junit,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Html => "html",
            Format::Markdown => "markdown",
            Format::Gradescope => "gradescope",
            Format::Classroom => "classroom",
            Format::PrairieLearn => "prairielearn",
            Format::Junit => "junit",
        }
    }

    /// What its files' names end with.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Json => ".json",
            Format::Html => ".html",
            Format::Markdown => ".md",
            Format::Gradescope => ".gradescope.json",
            Format::Classroom => ".classroom.json",
            Format::PrairieLearn => ".prairielearn.json",
            Format::Junit => ".junit.xml",
        }
    }

    /// The form with the given name.
    pub fn from_name(name: &str) -> Option<Self> {
        Format::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// A record in one form.
///
/// # Errors
/// When the form cannot be produced, which is a fault of this program's.
pub fn render(
    assignment: &Assignment,
    record: &Record,
    format: Format,
) -> Result<String, String> {
    let json =
        |value: Result<String, serde_json::Error>| value.map_err(|e| e.to_string());
    match format {
        Format::Json => {
            json(serde_json::to_string_pretty(record)).map(|text| text + "\n")
        }
        Format::Html => Ok(html::page(assignment, record)),
        Format::Markdown => Ok(markdown(assignment, record)),
        Format::Gradescope => {
            json(serde_json::to_string_pretty(&gradescope(record, Visibility::Visible)))
        }
        Format::Classroom => json(serde_json::to_string_pretty(&classroom(record))),
        Format::PrairieLearn => json(serde_json::to_string_pretty(&prairielearn(record))),
        Format::Junit => junit(record),
    }
}

/// Writes a record in all the forms asked for, our own last: when that is there, all are.
pub(super) fn write_record(
    store: &Store,
    assignment: &Assignment,
    record: &Record,
    formats: &[Format],
) -> Result<(), String> {
    let others = formats.iter().copied().filter(|&format| format != Format::Json);
    for format in others.chain([Format::Json]) {
        let path = store.path(&record.key, format);
        write_whole(&path, render(assignment, record, format)?.as_bytes())
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    }
    Ok(())
}

/// Writes the class's tables and pages.
pub(super) fn write_class(
    store: &Store,
    assignment: &Assignment,
    summary: &Summary,
) -> Result<(), GradeError> {
    let json = serde_json::to_string_pretty(summary)
        .map_err(|error| GradeError::new(error.to_string()))?;
    store.write("class.json", json.as_bytes())?;
    store.write("class.html", html::class(summary).as_bytes())?;
    store.write("class.md", class::markdown(summary).as_bytes())?;
    store.write("attention.csv", &tables::attention(summary))?;
    store.write("nbgrader.csv", &nbgrader(summary))?;
    store.write("otter.csv", &otter(assignment, summary))
}

/// The text of an item for readers of plain text: what, why, where, what should be.
fn sentence(item: &super::result::Item) -> String {
    let mut text = item.text.clone();
    if let Some(mistake) = &item.mistake
        && !text.contains(mistake.as_str())
    {
        text.push_str(&format!(" [{mistake}]"));
    }
    if let Some(spot) = &item.place {
        text.push_str(&format!("\n  {}, line {}: {}", spot.file, spot.line, spot.quote));
    }
    for words in &item.counterexample {
        text.push_str(&format!("\n  {words}"));
    }
    if let Some(corrected) = &item.corrected {
        text.push_str(&format!("\n  it should be: {corrected}"));
    }
    text
}
