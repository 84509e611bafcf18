//! Reads hand-ins (Markdown, LaTeX, notebooks) into sections, givens and relations, and judges
//! every relation in the light of the givens in force where it stands.
//!
//! [`source`] finds formulas and prose, [`section`] and [`givens`] what holds where, [`chain`] what
//! a formula claims; [`check`] judges it all, [`report`] says so. [`claims`] does the same for
//! single claims.

pub mod chain;
pub mod checked;
pub mod claims;
mod consequence;
mod conventions;
mod derivations;
mod formula;
pub mod givens;
mod judge;
mod label;
mod manner;
mod memory;
mod names;
pub mod place;
mod reader;
mod readings;
pub mod report;
mod samples;
mod scope;
pub mod section;
mod solution;
pub mod source;
mod substitution;

pub use judge::{check, check_remembering};
pub use label::fit;
pub use memory::Memory;
