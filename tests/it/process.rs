//! penspec as a process: run to its end, or followed while it runs.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// Longer than anything here takes; a process that says nothing for so long is ended, and its test has failed.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) const PENSPEC: &str = env!("CARGO_BIN_EXE_penspec");

/// A working directory of its own, which goes away with the test.
pub(crate) struct Desk(TempDir);

/// How a process ended, and all that it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A process that runs; it is ended when this value is dropped.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<Line>,
    stdout: String,
    stderr: String,
}

enum Line {
    Out(String),
    Err(String),
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    /// The report of the run that wrote to the default directory.
    pub(crate) fn report(&self) -> Value {
        serde_json::from_str(&self.read("reports/report.json")).unwrap()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.start(arguments).end()
    }

    /// Starts penspec here, with nothing of the tester's own terminal and environment in its output.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        self.start_by(Command::new(PENSPEC).args(arguments))
    }

    /// Starts what a command stands for, in the same way.
    pub(crate) fn start_by(&self, command: &mut Command) -> Running {
        command.current_dir(self.0.path()).env("COLUMNS", "100");
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "RUST_BACKTRACE"] {
            command.env_remove(name);
        }
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        follow(child.stdout.take().unwrap(), sender.clone(), Line::Out);
        follow(child.stderr.take().unwrap(), sender, Line::Err);
        Running { child, lines, stdout: String::new(), stderr: String::new() }
    }
}

impl Running {
    /// Waits for a line with these words, on either stream.
    pub(crate) fn line_with(&mut self, words: &str) -> String {
        loop {
            let line = self.next().unwrap_or_else(|| panic!("ended without {words:?}: {}", self.stderr));
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Waits for lines with each of these words, in any order.
    pub(crate) fn lines_with(&mut self, words: &[&str]) {
        let mut missing = words.to_vec();
        while !missing.is_empty() {
            let line = self.next().unwrap_or_else(|| panic!("ended without {missing:?}: {}", self.stderr));
            missing.retain(|words| !line.contains(words));
        }
    }

    /// The number that the system knows the process by.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What has been read of standard output and of standard error.
    pub(crate) fn so_far(&self) -> (&str, &str) {
        (&self.stdout, &self.stderr)
    }

    /// Waits for the end.
    pub(crate) fn end(mut self) -> Ended {
        while self.next().is_some() {}
        let status = self.child.wait().unwrap().code();
        let (stdout, stderr) = (std::mem::take(&mut self.stdout), std::mem::take(&mut self.stderr));
        Ended { status, stdout, stderr }
    }

    /// Ends the process as no process can prevent.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).unwrap();
    }

    fn next(&mut self) -> Option<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(Line::Out(line)) => {
                self.stdout.push_str(&line);
                Some(line)
            }
            Ok(Line::Err(line)) => {
                self.stderr.push_str(&line);
                Some(line)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                panic!("silent for {PATIENCE:?} after {}{}", self.stdout, self.stderr)
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn follow(stream: impl Read + Send + 'static, sender: Sender<Line>, wrap: fn(String) -> Line) {
    std::thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        loop {
            let mut line = Vec::new();
            match stream.read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return,
                // What penspec says is UTF-8, whatever its peers say.
                Ok(_) => drop(sender.send(wrap(String::from_utf8(line).unwrap()))),
            }
        }
    });
}
