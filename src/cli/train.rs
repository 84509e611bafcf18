//! `gradproof train`.

use std::process::ExitCode;

/// Arguments of `gradproof train`.
#[derive(clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_args: Args) -> ExitCode {
    eprintln!("gradproof train: not built yet");
    ExitCode::from(2)
}
