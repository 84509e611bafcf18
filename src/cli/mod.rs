//! One file a command; parses arguments, prints, sets the exit status; no mathematics.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

mod check;
mod completions;
mod derive;
mod eval;
mod formulas;
mod gradcheck;
mod grade;
mod man;
mod sweep;
mod train;
mod train_flags;
mod train_output;

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
    Grade(Box<grade::Args>),
    /// Train the MLP.
    Train(train::Args),
    /// The learning-rate study.
    Sweep(sweep::Args),
    /// Evaluate saved weights.
    Eval(eval::Args),
    /// Print shell completions.
    Completions(completions::Args),
    /// Print the manual, or write a page for each command.
    Man(man::Args),
}

/// Runs the program with the given arguments (the first is the program's name).
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    // Before anything else: the launcher that shuts a student's program in is this program.
    if let Some(code) = crate::grade::sandbox::intercept(&args) {
        return code;
    }
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
        Command::Grade(args) => grade::run(*args),
        Command::Train(args) => train::run(args),
        Command::Sweep(args) => sweep::run(args),
        Command::Eval(args) => eval::run(args),
        Command::Completions(args) => completions::run(args, Cli::command()),
        Command::Man(args) => man::run(args, Cli::command()),
    }
}
