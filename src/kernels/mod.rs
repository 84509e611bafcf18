//! The closed forms and the backward passes, generic over the scalar, on nalgebra matrices.
//!
//! Each kernel is a module with a `forward` and its gradients, as functions that allocate and as
//! `…_into` functions that write where they are told. Batches are rows: `Y = X·Wᵀ + 1·b`. Arguments
//! are nalgebra matrices or [`View`]s of any slice; shapes that do not fit are an [`Error`] that
//! names both, never a panic.
//!
//! ```
//! use gradproof::kernels::linear;
//! use nalgebra::{DMatrix, RowDVector};
//!
//! let x = DMatrix::from_row_slice(2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
//! let w = DMatrix::from_row_slice(2, 3, &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
//! let b = RowDVector::from_row_slice(&[0.5, -0.5]);
//! let y = linear::forward(&x, &w, &b)?;
//! assert_eq!(y, DMatrix::from_row_slice(2, 2, &[1.5, 1.5, 4.5, 4.5]));
//! # Ok::<(), gradproof::kernels::Error>(())
//! ```
//!
//! **Invariant:** nothing here knows the prover. The prover runs these functions on its symbols.

mod error;
mod exponential;
mod float;
mod logarithm;
mod product;
#[cfg(feature = "prove")]
mod rational;
mod rowwise;
mod scalar;
mod table;
mod total;
mod view;
mod wide;

pub mod cross_entropy;
pub mod elementwise;
pub mod layer_norm;
pub mod linear;
pub mod log_softmax;
pub mod mean_squared_error;
pub mod norm;
pub mod quadratic_form;
pub mod softmax;
pub mod softmax_cross_entropy;
pub mod trace;
pub mod trace_product;

pub use error::Error;
pub use exponential::{exp_f32, exp_f64};
pub use logarithm::{ln_f32, ln_f64};
pub use product::{matmul, product, threads_for};
pub use scalar::{Real, Scalar, Target};
pub use table::{Domain, Input, Kernel, Sizes};
pub use view::{View, ViewMut};
pub(crate) use wide::{Wide, dispatch};
