//! Reads hand-ins (Markdown, LaTeX, notebooks) into sections, givens and relations.

pub mod chain;
pub mod checked;
pub mod givens;
pub mod place;
pub mod report;
pub mod section;
pub mod source;
