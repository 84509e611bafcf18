//! `gradproof formulas`.

use std::process::ExitCode;

/// Arguments of `gradproof formulas`.
#[derive(clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_args: Args) -> ExitCode {
    eprintln!("gradproof formulas: not built yet");
    ExitCode::from(2)
}
