//! A running program, watched: lines go in, lines come out, and past a limit it is ended.

use std::ffi::OsString;
use std::fmt;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::launch::{COMPLAINT, FAILED, MARK, Order};
use super::{Cell, Isolation, Limits, SandboxError};

/// How often a silent program is looked after.
const WATCH: Duration = Duration::from_millis(50);
/// How much of standard error is kept: its last part, where a traceback ends.
const KEPT_ERRORS: usize = 8 << 10;

/// Why a program stopped answering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It ended by itself, with this exit status.
    Exited(i32),
    /// A signal ended it: its number. An out-of-memory abort and a segmentation fault look so.
    Signal(i32),
    /// The time on the clock ran out.
    WallTime(Duration),
    /// The processor time ran out.
    CpuTime(u64),
    /// It wrote more than allowed.
    Output(u64),
    /// It filled its folder with more than allowed.
    Disk,
    /// It closed its output and stayed.
    Silent,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Exited(status) => {
                write!(f, "ended before answering (exit status {status})")
            }
            Stop::Signal(number) => {
                let name = match number {
                    6 => " (aborted)",
                    9 => " (killed)",
                    11 => " (segmentation fault)",
                    25 => " (a file grew too large)",
                    31 => " (a forbidden system call)",
                    _ => "",
                };
                write!(f, "was ended by signal {number}{name}")
            }
            Stop::WallTime(limit) => {
                write!(f, "gave no answer within {} s", limit.as_secs_f64())
            }
            Stop::CpuTime(limit) => {
                write!(f, "used more than {limit} s of processor time")
            }
            Stop::Output(limit) => write!(f, "wrote more than {} MiB", limit >> 20),
            Stop::Disk => write!(f, "filled its folder beyond what is allowed"),
            Stop::Silent => write!(f, "closed its output"),
        }
    }
}

/// A program in its cell.
///
/// Dropping it ends the program and everything it started.
#[derive(Debug)]
pub struct Process {
    child: Child,
    input: Option<Sender<Vec<u8>>>,
    lines: Receiver<Vec<u8>>,
    written: Arc<AtomicU64>,
    flooded: Arc<AtomicBool>,
    errors: Arc<Mutex<Vec<u8>>>,
    began: Instant,
    limits: Limits,
    folder: std::path::PathBuf,
    isolated: bool,
    stopped: Option<Stop>,
    ended: bool,
}

pub(super) fn start(
    cell: &Cell,
    isolation: &Isolation,
    command: &[OsString],
) -> Result<Process, SandboxError> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(SandboxError::new("there is no program to run"));
    };
    let mut call = match isolation {
        Isolation::Cell(launcher) => {
            let mut call = Command::new(launcher);
            call.arg(MARK).arg(Order::of(cell).to_argument()?).arg(program);
            call
        }
        Isolation::Off => Command::new(program),
    };
    call.args(arguments).current_dir(&cell.folder).env_clear();
    call.env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", &cell.folder)
        .env("TMPDIR", &cell.folder)
        .env("LANG", "C.UTF-8");
    call.envs(cell.environment.iter().map(|(name, value)| (name, value)));
    call.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut call, 0);
    let mut child = call.spawn().map_err(|error| {
        SandboxError::new(format!(
            "{} cannot be started: {error}",
            program.to_string_lossy()
        ))
    })?;

    let written = Arc::new(AtomicU64::new(0));
    let flooded = Arc::new(AtomicBool::new(false));
    let errors = Arc::new(Mutex::new(Vec::new()));
    let (input, outgoing) = channel::<Vec<u8>>();
    // Bounded, so that a program that floods its output waits for us and not in our memory.
    let (incoming, lines) = sync_channel(16);
    let limit = cell.limits.output;
    if let Some(mut pipe) = child.stdin.take() {
        std::thread::spawn(move || {
            for bytes in outgoing {
                if pipe.write_all(&bytes).and_then(|()| pipe.flush()).is_err() {
                    break;
                }
            }
        });
    }
    if let Some(pipe) = child.stdout.take() {
        let (written, flooded) = (written.clone(), flooded.clone());
        std::thread::spawn(move || {
            let mut line = Vec::new();
            drain(pipe, limit, &written, &flooded, |bytes| {
                for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
                    line.extend_from_slice(piece);
                    if line.last() == Some(&b'\n') {
                        line.pop();
                        if incoming.send(std::mem::take(&mut line)).is_err() {
                            return false;
                        }
                    }
                }
                true
            });
        });
    }
    if let Some(pipe) = child.stderr.take() {
        let (written, flooded, errors) =
            (written.clone(), flooded.clone(), errors.clone());
        std::thread::spawn(move || {
            drain(pipe, limit, &written, &flooded, |bytes| {
                if let Ok(mut kept) = errors.lock() {
                    kept.extend_from_slice(bytes);
                    let excess = kept.len().saturating_sub(KEPT_ERRORS);
                    kept.drain(..excess);
                }
                true
            });
        });
    }
    Ok(Process {
        child,
        input: Some(input),
        lines,
        written,
        flooded,
        errors,
        began: Instant::now(),
        limits: cell.limits.clone(),
        folder: cell.folder.clone(),
        isolated: matches!(isolation, Isolation::Cell(_)),
        stopped: None,
        ended: false,
    })
}

/// Reads a pipe to its end, or until too much was written to both pipes together.
fn drain(
    mut pipe: impl Read,
    limit: u64,
    written: &AtomicU64,
    flooded: &AtomicBool,
    mut take: impl FnMut(&[u8]) -> bool,
) {
    let mut buffer = [0; 1 << 14];
    loop {
        let count = match pipe.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        if written.fetch_add(count as u64, Ordering::Relaxed) + count as u64 > limit {
            flooded.store(true, Ordering::Relaxed);
            return;
        }
        if !take(&buffer[..count]) {
            return;
        }
    }
}

impl Process {
    /// Sends bytes to the program's standard input; whether it reads them is its affair.
    pub fn send(&mut self, bytes: Vec<u8>) {
        if let Some(input) = &self.input {
            let _ = input.send(bytes);
        }
    }

    /// Closes the program's standard input.
    pub fn close_input(&mut self) {
        self.input = None;
    }

    /// The next line of standard output, without its line end.
    ///
    /// # Errors
    /// Why there is none. The program is ended then, and every later call answers the same.
    pub fn line(&mut self, patience: Duration) -> Result<Vec<u8>, Stop> {
        if let Some(stop) = &self.stopped {
            return Err(stop.clone());
        }
        let deadline = Instant::now() + patience;
        let stop = loop {
            match self.lines.recv_timeout(WATCH) {
                Ok(line) => return Ok(line),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break self.after_silence(),
            }
            if self.flooded.load(Ordering::Relaxed) {
                break Stop::Output(self.limits.output);
            }
            if self.overfilled() {
                break Stop::Disk;
            }
            if self.began.elapsed() > self.limits.wall {
                break Stop::WallTime(self.limits.wall);
            }
            if Instant::now() > deadline {
                break Stop::WallTime(patience);
            }
        };
        Err(self.stop(stop))
    }

    /// Closes the input, waits for the program's end and returns every remaining line.
    pub fn finish(mut self) -> (Vec<Vec<u8>>, Stop, String) {
        self.close_input();
        let mut lines = Vec::new();
        let patience = self.limits.wall;
        loop {
            match self.line(patience) {
                Ok(line) => lines.push(line),
                Err(stop) => return (lines, stop, self.errors()),
            }
        }
    }

    /// The end of what the program wrote to standard error.
    pub fn errors(&self) -> String {
        match self.errors.lock() {
            Ok(kept) => String::from_utf8_lossy(&kept).into_owned(),
            Err(_) => String::new(),
        }
    }

    /// How many bytes it has written so far.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// The output is closed: has it ended, or does it linger?
    fn after_silence(&mut self) -> Stop {
        if self.flooded.load(Ordering::Relaxed) {
            return Stop::Output(self.limits.output);
        }
        let patience = Instant::now() + Duration::from_millis(500);
        while Instant::now() < patience {
            if self.has_ended() {
                self.end();
                return match self.child.try_wait() {
                    Ok(Some(status)) => self.meaning(status),
                    _ => Stop::Silent,
                };
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Stop::Silent
    }

    /// Whether it has ended, without taking its exit status: until that is taken, its number (and
    /// its group's) cannot become another's, so that ending the group reaches nobody else.
    #[cfg(unix)]
    fn has_ended(&self) -> bool {
        use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
        let number = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let options =
            WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        number.is_none_or(|number| {
            !matches!(waitid(WaitId::Pid(number), options), Ok(None))
        })
    }

    #[cfg(not(unix))]
    fn has_ended(&self) -> bool {
        true
    }

    fn meaning(&self, status: ExitStatus) -> Stop {
        #[cfg(unix)]
        if let Some(number) = std::os::unix::process::ExitStatusExt::signal(&status) {
            let sigxcpu = 24;
            // The kernel first warns (SIGXCPU), then kills; a program may ignore the warning.
            let spent =
                self.began.elapsed() >= Duration::from_secs(self.limits.cpu_seconds);
            if number == sigxcpu || (number == 9 && spent) {
                return Stop::CpuTime(self.limits.cpu_seconds);
            }
            return Stop::Signal(number);
        }
        Stop::Exited(status.code().unwrap_or(-1))
    }

    /// Whether the folder holds more than allowed; a flat listing, which a program cannot deepen.
    fn overfilled(&self) -> bool {
        if !self.isolated || self.limits.disk == (u64::MAX, u64::MAX) {
            return false;
        }
        let (bytes, count) = size_of_folder(&self.folder, self.limits.disk.1);
        bytes > self.limits.disk.0 || count > self.limits.disk.1
    }

    /// Ends the program and all it started, and remembers why.
    fn stop(&mut self, reason: Stop) -> Stop {
        self.end();
        self.stopped = Some(reason.clone());
        reason
    }

    /// The launcher's complaint, when it could not shut itself in or start the program.
    pub fn launch_failure(&self) -> Option<String> {
        if !self.isolated || self.stopped != Some(Stop::Exited(i32::from(FAILED))) {
            return None;
        }
        self.errors()
            .lines()
            .find_map(|line| line.strip_prefix(COMPLAINT))
            .map(String::from)
    }

    fn end(&mut self) {
        self.input = None;
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        #[cfg(unix)]
        if let Some(group) =
            i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw)
        {
            // The child is its group's leader and not waited for yet, so the number is still its.
            let _ =
                rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

fn size_of_folder(folder: &Path, most: u64) -> (u64, u64) {
    let Ok(entries) = std::fs::read_dir(folder) else { return (0, 0) };
    let mut total = (0_u64, 0_u64);
    for entry in entries.flatten() {
        total.1 += 1;
        if total.1 > most {
            break;
        }
        // Not followed: the size of a link is that of the link.
        total.0 += std::fs::symlink_metadata(entry.path()).map_or(0, |data| data.len());
    }
    total
}
