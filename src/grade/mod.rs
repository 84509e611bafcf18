//! Grades a class: assignments, hand-ins, code run in isolation, scores, reports.
//!
//! [`assignment`] says what is asked for, [`submission`] what was handed in; derivations go to the
//! prover and code runs in a [`sandbox`], examined by [`code`]; [`score`] turns findings into points,
//! [`result`] keeps them, [`class`] does it for everyone, [`report`] writes it down.

mod answer;
pub mod assignment;
pub mod class;
pub mod code;
mod consequence;
mod derivation;
mod digest;
mod grade_code;
mod recheck;
pub mod report;
pub mod result;
pub mod sandbox;
pub mod score;
mod shorthand;
pub mod submission;
mod whereabouts;
