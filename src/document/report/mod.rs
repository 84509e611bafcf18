//! A checked document for people and for machines: text, JSON, HTML, workflow annotations, SARIF.
//!
//! **Invariant:** no report decides anything; what it prints stands in [`Checked`](super::checked::Checked).

mod annotations;
mod answers;
mod html;
mod json;
mod mathml;
mod sarif;
mod summary;
mod text;

pub use annotations::annotations;
pub use html::html;
pub use json::{json, verdict_fields};
#[cfg(feature = "grade")]
pub(crate) use mathml::mathml;
pub use sarif::sarif;
pub use summary::Tally;
pub use text::{Paint, counterexample_lines, text};

use super::checked::Judged;

/// The relation as it is written, on one line, cut where it is too long to be read at a glance.
fn shown(judged: &Judged, width: usize) -> String {
    let whole =
        format!("{} {} {}", one_line(&judged.lhs), judged.sign, one_line(&judged.rhs));
    cut(&whole, width)
}

/// A text on one line, its white space reduced.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text cut to `width` characters, with an ellipsis where something is missing.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}
