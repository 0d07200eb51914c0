//! The program, while it runs and when it has ended.

use std::io::Write;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::collected::Collected;

/// The program, while it runs. Dropped, it is killed.
pub(crate) struct Tool {
    child: Child,
    pub(crate) stdin: Option<ChildStdin>,
    pub(crate) out: Collected,
    pub(crate) err: Collected,
}

/// What it left.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
}

impl Tool {
    #[track_caller]
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        Self {
            stdin: child.stdin.take(),
            out: Collected::of(child.stdout.take().expect("a pipe")),
            err: Collected::of(child.stderr.take().expect("a pipe")),
            child,
        }
    }

    /// Gives it something to read.
    #[track_caller]
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().expect("it reads");
        stdin
            .write_all(bytes)
            .and_then(|()| stdin.flush())
            .expect("it reads");
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).expect("a process id");
        kill_process(Pid::from_raw(id).expect("a process id"), signal).expect("it runs");
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("its state").is_none()
    }

    /// Ends it as a crash does, and waits until it is gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Waits for the end. Its standard input ends first.
    #[track_caller]
    pub(crate) fn end(mut self) -> Ended {
        drop(self.stdin.take());
        assert!(
            self.out.ends() && self.err.ends(),
            "it does not end; it said:\n{}\n{}",
            self.out.text(),
            self.err.text()
        );
        Ended {
            status: self.child.wait().expect("it ends"),
            out: self.out.bytes(),
            err: self.err.text(),
        }
    }
}

impl Drop for Tool {
    fn drop(&mut self) {
        // Both fail when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// It ended with this status, and these words on standard error.
    #[track_caller]
    pub(crate) fn with(self, status: i32, words: &[&str]) -> Self {
        assert_eq!(self.status.code(), Some(status), "{}", self.err);
        for words in words {
            assert!(self.err.contains(words), "\"{words}\" is not in: {}", self.err);
        }
        self
    }

    /// It did what it was asked for, and had nothing to complain of. What it printed.
    #[track_caller]
    pub(crate) fn well(self) -> Vec<u8> {
        assert_eq!((self.status.code(), self.err.as_str()), (Some(0), ""));
        self.out
    }

    /// The same, as text.
    #[track_caller]
    pub(crate) fn text(self) -> String {
        String::from_utf8(self.well()).expect("UTF-8")
    }
}
