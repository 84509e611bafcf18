//! How the code of hand-ins is brought to run.

use std::path::PathBuf;

use super::rust::Toolchain;
use super::session::Runner;

/// What runs a hand-in's code.
#[derive(Clone, Debug)]
pub enum Engine {
    /// A command that answers calls: Python with our driver, or one of the assignment's.
    Command(Box<Runner>),
    /// A compiler that makes a program of a Rust hand-in.
    Rust(Box<Toolchain>),
}

impl Engine {
    /// What programs may read besides their own folder and the system's.
    pub(in crate::grade) fn readable(&self) -> &[PathBuf] {
        match self {
            Engine::Command(runner) => &runner.readable,
            Engine::Rust(toolchain) => toolchain.readable(),
        }
    }
}
