//! Evaluates shaped expressions at a point, in several number systems.
//!
//! This is the independent check beside the algebra: it shares nothing with the prover but the
//! shaped expression and the table of functions. Numbers refute and never prove.

mod approx;
mod array;
mod compare;
mod draw;
mod error;
mod eval;
mod lift;
mod matrix;
mod number;
mod opaque;
mod point;
mod prime;
mod program;
mod properties;
mod random;
mod rational;
mod refute;
mod sample;
mod show;
mod shrink;
mod sides;

pub use approx::Approx;
pub use array::{Array, Sizes};
pub use compare::{Comparison, Witness, compare, compare_briefly, seems_equal};
pub use error::EvalError;
pub use eval::eval;
pub use number::{Number, Sign};
pub use point::{Fraction, IndexEnv, Jet2, Point, Values};
pub use prime::{MODULUS, Prime};
pub use refute::refute;
pub use show::{Grid, Refutation};

#[cfg(test)]
mod tests;
