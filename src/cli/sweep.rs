//! `gradproof sweep`.

use std::process::ExitCode;

/// Arguments of `gradproof sweep`.
#[derive(clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_args: Args) -> ExitCode {
    eprintln!("gradproof sweep: not built yet");
    ExitCode::from(2)
}
