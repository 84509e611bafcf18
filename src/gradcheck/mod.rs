//! A numeric gradient checker for any Rust closure or kernel, with error estimates.
//!
//! ```
//! use gradproof::gradcheck::Check;
//! use nalgebra::DMatrix;
//!
//! // Y = X·Wᵀ with its backward pass: dX = dY·W, dW = dYᵀ·X.
//! type Inputs = (DMatrix<f64>, DMatrix<f64>);
//! let forward = |(x, w): &Inputs| x * w.transpose();
//! let backward = |(x, w): &Inputs, dy: &DMatrix<f64>| (dy * w, dy.transpose() * x);
//!
//! let x = DMatrix::from_fn(4, 3, |i, j| (i + 2 * j) as f64 - 2.5);
//! let w = DMatrix::from_fn(2, 3, |i, j| 0.5 * i as f64 - j as f64);
//! Check::new().vjp(forward, &(x, w), backward).assert();
//! ```
//!
//! No tolerance is asked for. Every difference comes with an error bar: what extrapolation cuts off,
//! plus rounding, for which the function's own roughness is measured. The verdict is *fail* where a
//! disagreement exceeds [`Report::THRESHOLD`] error bars and other steps confirm it, *pass* where all
//! agree and the error bars are narrow enough to mean something, otherwise *inconclusive*, and the
//! report says why: kinks, NaN, randomness, a derivative that is zero everywhere.
//!
//! With few entries, each is looked at. With many, a few random directions move all at once: any wrong
//! entry shows in each of them, and is then named, through a handful of further lines. What this can
//! miss: errors that cancel in every random direction (they have probability zero unless they are as
//! small as the error bars), and errors that are not there at this point. [`Report::resolution`] says
//! how small an error in one entry would have been found.
//!
//! Where the function is generic over its scalar, [`Check::dual_gradient`] and its relatives use
//! [`Dual`] numbers instead of differences: only rounding is left.

mod check;
mod diagnose;
mod dual;
mod exact;
mod extrapolate;
mod field;
mod float;
mod forward;
mod judge;
mod locate;
mod random;
mod report;
mod second;
mod sum;
mod tensors;

pub mod shipped;
#[cfg(feature = "proptest")]
pub mod strategies;

pub use check::Check;
pub use dual::Dual;
pub use float::Float;
pub use report::{Diagnosis, Entry, Kink, Place, Reason, Report, Verdict};
#[doc(hidden)]
pub use tensors::join;
pub use tensors::{See, Tensors};

/// Checks a gradient or a backward pass and panics with the report unless it passes.
///
/// `assert_gradients!(f, at, gradient)` for a scalar function and a gradient's value,
/// `assert_gradients!(f, at, |x, dy| …)` with `vjp` in front for a backward pass.
///
/// ```
/// use gradproof::assert_gradients;
///
/// let x = vec![0.3, -1.2];
/// assert_gradients!(|x: &Vec<f64>| x[0] * x[1], x, vec![x[1], x[0]]);
/// assert_gradients!(vjp |x: &Vec<f64>| vec![x[0] * x[1]], x, |x: &Vec<f64>, dy: &Vec<f64>| {
///     vec![x[1] * dy[0], x[0] * dy[0]]
/// });
/// ```
#[macro_export]
macro_rules! assert_gradients {
    (vjp $f:expr, $at:expr, $vjp:expr $(,)?) => {
        $crate::gradcheck::Check::new().vjp($f, &$at, $vjp).assert()
    };
    ($f:expr, $at:expr, $gradient:expr $(,)?) => {
        $crate::gradcheck::Check::new().gradient($f, &$at, &$gradient).assert()
    };
}
