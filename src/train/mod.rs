//! The multilayer perceptron and its trainer, on the kernels of [`crate::kernels`].

pub mod checkpoint;
pub mod config;
pub mod data;
mod error;
pub mod files;
pub mod fit;
mod gradient_check;
pub mod history;
mod init;
mod mlp;
mod number;
mod optimiser;
mod outgoing;
pub mod plot;
pub mod random;
mod report;
mod safetensors;
pub mod schedule;
mod step;
pub mod sweep;
pub mod weights;

pub use checkpoint::Checkpoint;
pub use config::Config;
pub use error::Error;
pub use fit::{Control, Ending, Evaluation, Fit, Unwatched, Watch, evaluate};
pub use gradient_check::check_gradient;
pub use history::{Epoch, Progress};
pub use init::{Moments, init, moments};
pub use mlp::{Layer, Mlp};
pub use number::Number;
pub use optimiser::{Optimiser, Rule};
pub use report::{Outcome, write as write_report};
pub use step::{Batch, Mirror, Stepper, Tally, with_threads};
pub use weights::Trained;
