//! Grades a class: assignments, hand-ins, code run in isolation, scores, reports.

pub mod assignment;
pub mod code;
pub mod sandbox;
pub mod score;
pub mod submission;
