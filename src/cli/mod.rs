//! One file a command; parses arguments, prints, sets the exit status; no mathematics.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod check;
mod derive;
mod formulas;
mod gradcheck;
mod grade;
mod sweep;
mod train;

#[derive(Parser)]
#[command(name = "gradproof", version, about = "Proves matrix calculus.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check documents or claims: every relation gets a verdict.
    Check(check::Args),
    /// Derive a gradient, Jacobian or Hessian.
    Derive(derive::Args),
    /// Print the verified formulas.
    Formulas(formulas::Args),
    /// Check every shipped kernel against finite differences.
    Gradcheck(gradcheck::Args),
    /// Grade hand-ins and code.
    Grade(grade::Args),
    /// Train the MLP.
    Train(train::Args),
    /// The learning-rate study.
    Sweep(sweep::Args),
}

/// Runs the program with the given arguments (the first is the program's name).
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match cli.command {
        Command::Check(args) => check::run(args),
        Command::Derive(args) => derive::run(args),
        Command::Formulas(args) => formulas::run(args),
        Command::Gradcheck(args) => gradcheck::run(args),
        Command::Grade(args) => grade::run(args),
        Command::Train(args) => train::run(args),
        Command::Sweep(args) => sweep::run(args),
    }
}
