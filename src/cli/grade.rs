//! `gradproof grade`.

use std::process::ExitCode;

/// Arguments of `gradproof grade`.
#[derive(clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_args: Args) -> ExitCode {
    eprintln!("gradproof grade: not built yet");
    ExitCode::from(2)
}
