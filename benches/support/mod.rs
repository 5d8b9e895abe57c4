//! What the benchmarks share: the binary, and a mock target in a process of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// The binary.
pub(crate) fn penspec() -> Command {
    Command::new(env!("CARGO_BIN_EXE_penspec"))
}

/// `penspec mock target`, until it is dropped.
pub(crate) struct MockTarget {
    pub(crate) child: Child,
    pub(crate) url: String,
}

impl MockTarget {
    pub(crate) fn start() -> Self {
        let mut command = penspec();
        command.args(["mock", "target"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut mock = Self { child: command.spawn().unwrap(), url: String::new() };
        let mut said = BufReader::new(mock.child.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        line.trim_end().rsplit(' ').next().unwrap().clone_into(&mut mock.url);
        // What it goes on to say must not fill the pipe.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        mock
    }
}

impl Drop for MockTarget {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
