//! Keeps a hand-in's program running through all calls, and knows when to give up.

use std::path::{Path, PathBuf};

use super::session::{Answer, Failure, Request, Runner, Session};
use crate::grade::sandbox::{SandboxError, Stop};

/// A hand-in's folder with a program in it that is started, and started again when it dies.
#[derive(Debug)]
pub struct Caller<'a> {
    runner: &'a Runner,
    folder: PathBuf,
    session: Option<Session>,
    starts_left: u32,
    timeouts_left: u32,
}

impl<'a> Caller<'a> {
    /// Nothing is started yet.
    pub fn new(runner: &'a Runner, folder: &Path) -> Self {
        Caller {
            runner,
            folder: folder.to_path_buf(),
            session: None,
            starts_left: 12,
            timeouts_left: 2,
        }
    }

    pub(super) fn ask(
        &mut self,
        request: &Request<'_>,
    ) -> Result<Result<Answer, Failure>, SandboxError> {
        if self.session.is_none() {
            if self.starts_left == 0 || self.timeouts_left == 0 {
                let why = "the program died or hung too often; it was not started again";
                return Ok(Err(Failure::Unreadable(why.into())));
            }
            self.starts_left -= 1;
            self.session = Some(self.runner.start(&self.folder)?);
        }
        let Some(session) = &mut self.session else {
            return Err(SandboxError::new("no program is running"));
        };
        let answer = session.ask(request);
        if let Err(failure) = &answer {
            if let Some(complaint) = session.launch_failure() {
                return Err(SandboxError::new(complaint));
            }
            if let Failure::Stopped(Stop::WallTime(_) | Stop::CpuTime(_)) = failure {
                self.timeouts_left -= 1;
            }
            if failure.ends_the_program() {
                self.session = None;
            }
        }
        Ok(answer)
    }
}
