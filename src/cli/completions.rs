//! `gradproof completions`: shell completions, made from the program's own arguments.

use std::io::Write;
use std::process::ExitCode;

use clap_complete::Shell;

/// Arguments of `gradproof completions`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The shell: bash, elvish, fish, powershell or zsh.
    shell: Shell,
}

pub(super) fn run(args: Args, mut command: clap::Command) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "gradproof", &mut script);
    match std::io::stdout().write_all(&script) {
        Ok(()) => ExitCode::SUCCESS,
        // A closed pipe: the reader has what it wanted.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gradproof completions: cannot write the script: {error}");
            ExitCode::from(2)
        }
    }
}
