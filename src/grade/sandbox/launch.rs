//! The launcher: this program, started anew, shuts itself in and becomes the student's program.
//!
//! A process that has threads must not do much between `fork` and `exec`; so nothing is done there.
//! The launcher is a fresh process with one thread, told what to allow on its command line. It
//! limits its resources, locks itself in and replaces itself by the program, which cannot undo it.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use serde::{Deserialize, Serialize};

use super::{Cell, SandboxError};

/// The first argument by which the launcher knows that it is one.
pub(super) const MARK: &str = "__in-cell";
/// The launcher's exit status when it cannot shut itself in.
pub(super) const FAILED: u8 = 125;
/// How the launcher's complaint begins on standard error.
pub(super) const COMPLAINT: &str = "cell: ";

/// What the launcher has to allow, as passed on its command line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) folder: PathBuf,
    pub(super) readable: Vec<PathBuf>,
    pub(super) make_folders: bool,
    pub(super) cpu_seconds: u64,
    pub(super) memory: u64,
    pub(super) processes: u64,
    pub(super) file: u64,
}

impl Order {
    pub(super) fn of(cell: &Cell) -> Self {
        Order {
            folder: cell.folder.clone(),
            readable: cell.readable.clone(),
            make_folders: cell.make_folders,
            cpu_seconds: cell.limits.cpu_seconds,
            memory: cell.limits.memory,
            processes: cell.limits.processes,
            file: cell.limits.file,
        }
    }

    pub(super) fn to_argument(&self) -> Result<String, SandboxError> {
        serde_json::to_string(self).map_err(|error| {
            SandboxError::new(format!("a path is not valid Unicode: {error}"))
        })
    }
}

/// Acts as the launcher when the arguments say so; otherwise does nothing.
///
/// A program that runs students' code calls this first thing in `main`, before any thread starts.
/// Returns the exit status when the launcher failed; on success it never returns.
pub fn intercept(arguments: &[OsString]) -> Option<ExitCode> {
    if arguments.get(1).map(OsString::as_os_str) != Some(OsStr::new(MARK)) {
        return None;
    }
    let error = match run(&arguments[2..]) {
        Ok(()) => return Some(ExitCode::SUCCESS),
        Err(error) => error,
    };
    eprintln!("{COMPLAINT}{error}");
    Some(ExitCode::from(FAILED))
}

fn run(arguments: &[OsString]) -> Result<(), SandboxError> {
    let order = arguments.first().and_then(|text| text.to_str());
    let order: Order = order
        .and_then(|text| serde_json::from_str(text).ok())
        .ok_or_else(|| SandboxError::new("the launcher's order is not readable"))?;
    shut_in(&order)?;
    let Some((program, rest)) = arguments[1..].split_first() else {
        return Ok(()); // a probe: shutting in was all
    };
    become_program(program, rest)
}

#[cfg(target_os = "linux")]
fn shut_in(order: &Order) -> Result<(), SandboxError> {
    super::linux::shut_in(order)
}

#[cfg(not(target_os = "linux"))]
fn shut_in(_order: &Order) -> Result<(), SandboxError> {
    Err(SandboxError::new("isolation needs Linux (landlock and seccomp)"))
}

#[cfg(unix)]
fn become_program(program: &OsStr, rest: &[OsString]) -> Result<(), SandboxError> {
    use std::os::unix::process::CommandExt;
    let error = Command::new(program).args(rest).exec();
    Err(SandboxError::new(format!(
        "{} cannot be started: {error}",
        program.to_string_lossy()
    )))
}

#[cfg(not(unix))]
fn become_program(_program: &OsStr, _rest: &[OsString]) -> Result<(), SandboxError> {
    Err(SandboxError::new("isolation needs Linux (landlock and seccomp)"))
}

/// Asks the launcher to shut itself in and leave: does this system know how?
pub(super) fn probe(program: &Path) -> Result<(), SandboxError> {
    let advice = "run on Linux 5.13 or later with landlock and seccomp, or pass --no-sandbox on a \
                  machine that holds nothing else of value";
    let order = Order::of(&Cell::new(std::env::temp_dir())).to_argument()?;
    let output = Command::new(program)
        .args([MARK, &order])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| {
            SandboxError::new(format!("the launcher does not start: {error}"))
        })?;
    if output.status.success() && output.stdout.is_empty() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    let told = told.lines().find_map(|line| line.strip_prefix(COMPLAINT));
    let why = told.unwrap_or("the launcher did not answer as one");
    Err(SandboxError::new(format!(
        "students' code cannot be isolated here: {why}; {advice}"
    )))
}
