//! Runs a student's program so that it can cost nothing but its own time.
//!
//! The program sees its own folder (flat files may be written there, up to a limit), the system's
//! libraries and the interpreter, and nothing else: no network, no other hand-in, no `/proc`, no
//! other process, no new process unless the cell allows it. Memory, processor time, wall time,
//! output and file sizes are limited. On Linux this is landlock, seccomp and resource limits,
//! applied by a launcher (this same program, started anew) just before the student's program
//! takes its place. Elsewhere running code is refused unless isolation is switched off by hand.
//!
//! **Invariant:** nothing that a student's process says is trusted; it is bytes to be read with care.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

mod launch;
#[cfg(target_os = "linux")]
mod linux;
mod process;

pub use launch::intercept;
pub use process::{Process, Stop};

/// What a program may use up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time on the clock for the whole run.
    pub wall: Duration,
    /// Processor time, in whole seconds.
    pub cpu_seconds: u64,
    /// Address space, in bytes.
    pub memory: u64,
    /// Processes; 1 means that it may start none.
    pub processes: u64,
    /// Bytes on standard output and standard error together.
    pub output: u64,
    /// The largest file, in bytes.
    pub file: u64,
    /// Bytes and files that the working folder may hold in all.
    pub disk: (u64, u64),
}

impl Default for Limits {
    /// Enough for NumPy on small arrays: 20 s on the clock, 10 s of processor, 1.5 GiB of address
    /// space (NumPy maps much more than it uses), one process, 16 MiB of output.
    fn default() -> Self {
        Limits {
            wall: Duration::from_secs(20),
            cpu_seconds: 10,
            memory: 3 << 29,
            processes: 1,
            output: 16 << 20,
            file: 16 << 20,
            disk: (64 << 20, 2_000),
        }
    }
}

/// What a program may see.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Its working folder: readable; flat files in it may be written.
    pub folder: PathBuf,
    /// Further folders and files it may read and execute.
    pub readable: Vec<PathBuf>,
    /// Whether it may make folders in its working folder (compilers need it).
    pub make_folders: bool,
    /// Environment variables; nothing else of the caller's environment is passed on.
    pub environment: Vec<(String, String)>,
    /// What it may use up.
    pub limits: Limits,
}

impl Cell {
    /// A cell around a folder, with the system's own folders readable.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let system =
            ["/usr", "/bin", "/lib", "/lib32", "/lib64", "/sbin", "/etc/ld.so.cache"];
        Cell {
            folder: folder.into(),
            readable: system.iter().map(PathBuf::from).filter(|p| p.exists()).collect(),
            make_folders: false,
            environment: Vec::new(),
            limits: Limits::default(),
        }
    }

    /// Whether a file lies where the program may read.
    pub fn shows(&self, path: &Path) -> bool {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        std::iter::once(&self.folder).chain(&self.readable).any(|open| {
            open.canonicalize().map(|open| path.starts_with(open)).unwrap_or(false)
        })
    }
}

/// How students' programs are run.
#[derive(Clone, Debug)]
pub enum Isolation {
    /// In a cell, through the launcher: the path of a program that calls [`intercept`] first thing
    /// in `main`, as `gradproof` does.
    Cell(PathBuf),
    /// With time and output limits only: for a machine that holds nothing else of value.
    Off,
}

impl Isolation {
    /// Isolation through the running program, tried out once.
    ///
    /// # Errors
    /// When this system cannot isolate a program; says what is missing.
    pub fn of_this_program() -> Result<Self, SandboxError> {
        let program = std::env::current_exe().map_err(|error| {
            SandboxError::new(format!(
                "the path of the running program is not known: {error}"
            ))
        })?;
        Self::through(program)
    }

    /// Isolation through the given launcher, tried out once.
    ///
    /// # Errors
    /// When this system cannot isolate a program; says what is missing.
    pub fn through(program: PathBuf) -> Result<Self, SandboxError> {
        launch::probe(&program)?;
        Ok(Isolation::Cell(program))
    }
}

/// Starts a program in its cell.
///
/// # Errors
/// When the program cannot be started or cannot be isolated.
pub fn start(
    cell: &Cell,
    isolation: &Isolation,
    command: &[OsString],
) -> Result<Process, SandboxError> {
    process::start(cell, isolation, command)
}

/// Why a program could not be run at all (as against what it did when it ran, see [`Stop`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxError {
    message: String,
}

impl SandboxError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        SandboxError { message: message.into() }
    }
}

impl fmt::Display for SandboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SandboxError {}
