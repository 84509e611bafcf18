//! `gradproof gradcheck`.

use std::process::ExitCode;

/// Arguments of `gradproof gradcheck`.
#[derive(clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_args: Args) -> ExitCode {
    eprintln!("gradproof gradcheck: not built yet");
    ExitCode::from(2)
}
