//! How long the whole suite takes against the mock target at default limits, and how long `penspec list` takes.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

mod support;

use std::process::Command;
use std::time::{Duration, Instant};

use penspec::mock::manners::Manners;
use penspec::profile::Limits;
use support::{MockTarget, penspec};

const ROUNDS: usize = 5;
const STARTS: usize = 25;
const MARGIN: Duration = Duration::from_secs(1);

fn main() {
    // Ours for silence, and the mock target's own for a staging server that keeps silent.
    let longest_wait = Limits::default().quiet.max(Manners::default().patience);
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
