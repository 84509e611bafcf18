//! The `gradproof` program: hands the arguments to [`gradproof::cli`] and exits with its status.

use std::process::ExitCode;

fn main() -> ExitCode {
    gradproof::cli::run(std::env::args_os())
}
