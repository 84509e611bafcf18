//! Points: exact numbers, the partial credit policy, what a person decides instead.

pub mod credit;
mod overrides;
mod points;

pub use credit::{AnswerState, Credit, Earned, Percent, StepRule, StepState};
pub use overrides::{Decision, Overrides};
pub use points::Points;
