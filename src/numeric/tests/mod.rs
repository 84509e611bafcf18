//! Properties of the evaluator, against truths that it does not share.

mod comparison;
mod evaluation;
mod fixture;
mod functions;
mod points;
mod refutation;
