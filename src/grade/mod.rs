//! Grades a class: assignments, hand-ins, code run in isolation, scores, reports.

pub mod code;
pub mod sandbox;
