//! The multilayer perceptron and its trainer, on the kernels of [`crate::kernels`].

pub mod config;
pub mod data;
mod error;
mod files;
mod init;
mod mlp;
mod number;
mod optimiser;
pub mod random;
pub mod safetensors;
pub mod schedule;
mod step;

pub use config::Config;
pub use error::Error;
pub use init::{Moments, init, moments};
pub use mlp::{Layer, Mlp};
pub use number::Number;
pub use optimiser::{Optimiser, Rule};
pub use step::{Batch, Mirror, Stepper, Tally, with_threads};
