//! A numeric gradient checker for any Rust closure or kernel, with error estimates.

mod dual;

pub use dual::Dual;
