//! `gradproof man`: manual pages, made from the program's own arguments.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `gradproof man`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Write one page a command into this folder; without it, gradproof(1) goes to the terminal.
    folder: Option<PathBuf>,
}

pub(super) fn run(args: Args, mut command: clap::Command) -> ExitCode {
    command.build();
    let outcome = match args.folder {
        None => page(&command).and_then(|text| std::io::stdout().write_all(&text)),
        Some(folder) => write_all(&folder, &command),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gradproof man: {error}");
            ExitCode::from(2)
        }
    }
}

fn page(command: &clap::Command) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut text)?;
    Ok(text)
}

fn write_all(folder: &Path, command: &clap::Command) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    write(folder, "gradproof", command)?;
    for sub in command.get_subcommands() {
        if sub.get_name() != "help" {
            let name = format!("gradproof-{}", sub.get_name());
            write(folder, &name, sub)?;
        }
    }
    Ok(())
}

/// Writes one page whole or not at all.
fn write(folder: &Path, name: &str, command: &clap::Command) -> std::io::Result<()> {
    let text = page(command)?;
    let temporary = folder.join(format!(".{name}.1.{}", std::process::id()));
    let written = std::fs::write(&temporary, text)
        .and_then(|()| std::fs::rename(&temporary, folder.join(format!("{name}.1"))));
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    written
}
