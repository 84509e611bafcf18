//! `gradproof derive`.

use std::process::ExitCode;

/// Arguments of `gradproof derive`.
#[derive(clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_args: Args) -> ExitCode {
    eprintln!("gradproof derive: not built yet");
    ExitCode::from(2)
}
