//! The table of scalar functions: name, spellings, derivative, domain, value.
//!
//! One entry says all there is to say of a function. The derivative is a small [`Formula`] in the
//! argument, which the calculus turns into sums and the numeric evaluator into numbers, so that
//! neither writes a rule of its own.

mod table;

pub use table::{Formula, Function, by_name};
