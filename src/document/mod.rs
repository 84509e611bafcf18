//! Reads hand-ins (Markdown, LaTeX, notebooks) into sections, givens and relations.

pub mod givens;
pub mod place;
pub mod section;
pub mod source;
