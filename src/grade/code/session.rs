//! A conversation with a student's program: one JSON object a line, each way.
//!
//! The protocol is the same for every language: the program answers `hello`, `new`, `set`,
//! `forward` and `backward`, each with the `id` of the request (docs/grading.md describes it).
//! For Python the answering side is the script in `python/`, which is part of this program.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::array::{Array, Value};
use super::batch::Batch;
use crate::grade::sandbox::{self, Cell, Isolation, Limits, Process, SandboxError, Stop};

/// The answering side for Python.
pub const PYTHON_DRIVER: &str = concat!(
    include_str!("python/start.py"),
    include_str!("python/notebook.py"),
    include_str!("python/tensors.py"),
    include_str!("python/style.py"),
    include_str!("python/answer.py"),
);

/// One call.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Request<'a> {
    /// Load the hand-in's file and name its classes.
    Hello {
        /// The file's name without its ending.
        file: &'a str,
    },
    /// Make an object of a class under a name of ours.
    New {
        /// The file's name without its ending.
        file: &'a str,
        /// The class.
        module: &'a str,
        /// Our name for the object.
        name: &'a str,
        /// The constructor's arguments.
        args: &'a [serde_json::Value],
    },
    /// Give an object's parameters their values.
    Set {
        /// The object.
        name: &'a str,
        /// Values by parameter.
        params: &'a BTreeMap<String, Array>,
    },
    /// The forward pass.
    Forward {
        /// The object.
        name: &'a str,
        /// Its arguments.
        inputs: &'a [Array],
    },
    /// The backward pass.
    Backward {
        /// The object.
        name: &'a str,
        /// Its arguments.
        inputs: &'a [Array],
    },
}

/// What a call gave back.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Answer {
    id: u64,
    /// The value of `forward` or `backward`.
    pub output: Option<Value>,
    /// The arguments as the call left them.
    pub inputs: Vec<Value>,
    /// The parameters after the call.
    pub params: BTreeMap<String, Value>,
    /// The gradients of the parameters after the call.
    pub grads: BTreeMap<String, Value>,
    /// The arguments of the last forward pass as a backward pass left them.
    pub earlier: Vec<Value>,
    /// The name that the class really has, where it is not the one asked for.
    pub called: Option<String>,
    /// What is to be said of how the class was found (answer to `new`).
    pub remarks: Vec<String>,
    /// The classes in the file (answer to `hello`).
    pub modules: Vec<String>,
    error: Option<String>,
    message: String,
    place: Option<Place>,
}

impl Answer {
    /// The same with matrices of samples turned so that each sample is a row.
    pub(super) fn in_rows(self, batch: Batch) -> Self {
        let turn = |values: Vec<Value>| {
            values.into_iter().map(|value| batch.turn_value(value)).collect()
        };
        Answer {
            output: self.output.map(|value| batch.turn_value(value)),
            inputs: turn(self.inputs),
            earlier: turn(self.earlier),
            ..self
        }
    }
}

/// A line of a hand-in's code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file's name.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// The line's text.
    #[serde(default)]
    pub text: String,
}

/// Why a call gave nothing back.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// The code raised an error.
    Raised {
        /// The error's type: `ValueError`.
        error: String,
        /// Its message.
        message: String,
        /// The line of the hand-in it came from.
        place: Option<Place>,
        /// The gradients that were set before.
        grads: Box<BTreeMap<String, Value>>,
    },
    /// The program was ended, or ended itself.
    Stopped(Stop),
    /// The answer is not one.
    Unreadable(String),
    /// There is no program, for want of something that the grading machine lacks.
    NotBuilt(String),
}

impl Failure {
    /// An error that comes from no line of the hand-in's.
    pub(super) fn raised(error: String, message: String) -> Self {
        Failure::Raised { error, message, place: None, grads: Box::default() }
    }

    /// Whether the program is gone and a new one has to be started for the next call.
    pub fn ends_the_program(&self) -> bool {
        !matches!(self, Failure::Raised { .. })
    }

    /// Whether the machine that grades lacks something, so that it is not the student's fault.
    pub fn is_the_machines(&self) -> bool {
        match self {
            // A module or a data file that the student had and the grading machine has not, or a
            // library that does not fit into the memory it is given here.
            Failure::Raised { error, message, .. } => {
                ["ModuleNotFoundError", "FileNotFoundError", "PermissionError"]
                    .contains(&error.as_str())
                    || error == "ImportError"
                        && (message.contains("shared object")
                            || message.contains("once per process"))
            }
            Failure::NotBuilt(_) => true,
            _ => false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Raised { error, message, place, .. } => {
                write!(f, "{error}: {message}")?;
                if let Some(place) = place {
                    write!(
                        f,
                        " ({}, line {}: `{}`)",
                        place.file,
                        place.line,
                        place.text.trim()
                    )?;
                }
                Ok(())
            }
            Failure::Stopped(stop) => write!(f, "the program {stop}"),
            Failure::Unreadable(why) => write!(f, "the answer cannot be read: {why}"),
            Failure::NotBuilt(why) => f.write_str(why),
        }
    }
}

/// How hand-ins are run: the command, and what it may see.
#[derive(Clone, Debug)]
pub struct Runner {
    /// The command, in the hand-in's folder.
    pub command: Vec<OsString>,
    /// What it may read besides its own folder and the system's.
    pub readable: Vec<PathBuf>,
    /// What it may use up.
    pub limits: Limits,
    /// The longest wait for one answer.
    pub patience: Duration,
    /// How it is isolated.
    pub isolation: Isolation,
}

impl Runner {
    /// Runs Python modules with the given interpreter, which must have NumPy.
    ///
    /// # Errors
    /// When the interpreter does not start or has no NumPy.
    pub fn python(
        interpreter: &Path,
        isolation: Isolation,
    ) -> Result<Self, SandboxError> {
        let (program, readable) = python_folders(interpreter)?;
        let command = ["-B", "-s", "-X", "utf8", "-c", PYTHON_DRIVER].map(OsString::from);
        Ok(Runner {
            command: std::iter::once(program.into_os_string()).chain(command).collect(),
            readable,
            limits: Limits::default(),
            patience: Duration::from_secs(10),
            isolation,
        })
    }

    /// Runs a command that speaks the protocol, in whatever language; the program's own folder is
    /// readable, and so is that of a command given by its full path.
    ///
    /// # Errors
    /// When there is no command.
    pub fn command(
        command: &[String],
        isolation: Isolation,
    ) -> Result<Self, SandboxError> {
        let Some(program) = command.first() else {
            return Err(SandboxError::new("there is no command to run"));
        };
        let folder =
            Path::new(program).parent().filter(|_| Path::new(program).is_absolute());
        Ok(Runner {
            command: command.iter().map(OsString::from).collect(),
            readable: folder.map(Path::to_path_buf).into_iter().collect(),
            limits: Limits::default(),
            patience: Duration::from_secs(10),
            isolation,
        })
    }

    /// Starts the program in a folder.
    ///
    /// # Errors
    /// When it cannot be started or isolated.
    pub fn start(&self, folder: &Path) -> Result<Session, SandboxError> {
        let mut cell = Cell::new(folder);
        cell.readable.extend(self.readable.iter().cloned());
        cell.limits = self.limits.clone();
        // One thread: a class is graded in parallel already, and threads map much memory.
        cell.environment = [
            "OPENBLAS_NUM_THREADS",
            "OMP_NUM_THREADS",
            "MKL_NUM_THREADS",
            "VECLIB_MAXIMUM_THREADS",
        ]
        .map(|name| (name.to_string(), "1".to_string()))
        .into();
        cell.environment.push(("PYTHONHASHSEED".into(), "0".into()));
        let process = sandbox::start(&cell, &self.isolation, &self.command)?;
        Ok(Session { process, next: 1, patience: self.patience })
    }
}

/// The interpreter's own program (a name on the search path may be a script that starts it) and
/// where it keeps its libraries. It is asked outside the cell: it is the grader's own.
fn python_folders(interpreter: &Path) -> Result<(PathBuf, Vec<PathBuf>), SandboxError> {
    let question = "import sys, os, json, numpy; print(json.dumps([sys.executable, \
                    sorted({os.path.realpath(p) for p in [sys.prefix, sys.base_prefix, \
                    sys.exec_prefix, os.path.dirname(os.path.dirname(numpy.__file__)), \
                    sys.executable]} | {sys.prefix})]))";
    let shown = interpreter.display();
    let output = std::process::Command::new(interpreter)
        .args(["-I", "-c", question])
        .output()
        .map_err(|error| {
            SandboxError::new(format!(
                "{shown} does not start: {error}; install Python 3 or name another with --python"
            ))
        })?;
    let told = String::from_utf8_lossy(&output.stderr);
    let told = told.lines().last().unwrap_or("no answer").to_string();
    serde_json::from_slice(&output.stdout).map_err(|_| {
        SandboxError::new(format!(
            "{shown} cannot import NumPy ({told}); install it (`{shown} -m pip install numpy`) or \
             name another interpreter with --python"
        ))
    })
}

/// A running program that answers calls.
#[derive(Debug)]
pub struct Session {
    process: Process,
    next: u64,
    patience: Duration,
}

#[derive(Serialize)]
struct Numbered<'a> {
    id: u64,
    #[serde(flatten)]
    request: &'a Request<'a>,
}

impl Session {
    /// Makes a call and waits for its answer.
    ///
    /// # Errors
    /// Why there is none.
    pub fn ask(&mut self, request: &Request<'_>) -> Result<Answer, Failure> {
        let id = self.next;
        self.next += 1;
        let mut bytes = serde_json::to_vec(&Numbered { id, request })
            .map_err(|error| Failure::Unreadable(error.to_string()))?;
        bytes.push(b'\n');
        self.process.send(bytes);
        let line = self.answer_line()?;
        let answer: Answer = serde_json::from_slice(&line)
            .map_err(|error| Failure::Unreadable(error.to_string()))?;
        if answer.id != id {
            return Err(Failure::Unreadable("it answers another request".into()));
        }
        match answer.error {
            None => Ok(answer),
            Some(error) => Err(Failure::Raised {
                error,
                message: answer.message,
                place: answer.place,
                grads: Box::new(answer.grads),
            }),
        }
    }

    /// The next line that may be an answer: what a hand-in prints beside it is passed over.
    fn answer_line(&mut self) -> Result<Vec<u8>, Failure> {
        let deadline = Instant::now() + self.patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.process.line(left).map_err(|stop| match stop {
                // What was left is of no interest, and another on every machine.
                Stop::WallTime(time) if time == left => Stop::WallTime(self.patience),
                stop => stop,
            });
            let line = line.map_err(Failure::Stopped)?;
            if line.trim_ascii_start().first() == Some(&b'{') {
                return Ok(line);
            }
        }
    }

    /// The end of what the program wrote to standard error.
    pub fn log(&self) -> String {
        self.process.errors()
    }

    /// The launcher's complaint, when the program could not be started in its cell.
    pub fn launch_failure(&self) -> Option<String> {
        self.process.launch_failure()
    }
}
