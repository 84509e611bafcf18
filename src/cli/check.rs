//! `gradproof check`.

use std::process::ExitCode;

/// Arguments of `gradproof check`.
#[derive(clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_args: Args) -> ExitCode {
    eprintln!("gradproof check: not built yet");
    ExitCode::from(2)
}
