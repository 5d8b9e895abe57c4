//! How long the whole suite takes against the mock target at default limits, and how long `penspec list` takes.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use penspec::profile::Limits;

const ROUNDS: usize = 5;
const STARTS: usize = 25;
const MARGIN: Duration = Duration::from_secs(1);

fn main() {
    let longest_wait = Limits::default().quiet;
    let mock = MockTarget::start();
    let mut suites: Vec<Duration> = (0..ROUNDS).map(|_| suite(&mock.url)).collect();
    let mut starts: Vec<Duration> = (0..STARTS).map(|_| timed(penspec().arg("list"))).collect();
    suites.sort();
    starts.sort();
    let (median, worst) = (suites[ROUNDS / 2], suites[ROUNDS - 1]);
    println!(
        "suite  median {median:.2?}, worst {worst:.2?} of {ROUNDS}; its longest wait is {longest_wait:?}"
    );
    println!(
        "list   median {:.1?}, worst {:.1?} of {STARTS}, from start to exit",
        starts[STARTS / 2],
        starts[STARTS - 1]
    );
    assert!(worst < longest_wait + MARGIN, "the suite takes {worst:?}: its waits follow one another");
}

fn suite(url: &str) -> Duration {
    let dir = tempfile::tempdir().unwrap();
    timed(penspec().args(["test", "target", url, "--report-dir"]).arg(dir.path()))
}

fn timed(command: &mut Command) -> Duration {
    let began = Instant::now();
    let output = command.output().unwrap();
    let took = began.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    took
}

fn penspec() -> Command {
    Command::new(env!("CARGO_BIN_EXE_penspec"))
}

/// `penspec mock target`, until it is dropped.
struct MockTarget {
    child: Child,
    url: String,
}

impl MockTarget {
    fn start() -> Self {
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
