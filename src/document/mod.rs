//! Reads hand-ins (Markdown, LaTeX, notebooks) into sections, givens and relations.

pub mod place;
pub mod source;
