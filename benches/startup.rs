//! How soon a command is over, and how much memory it takes: `list`, `explain`, and one scenario against a mock target.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[path = "support/peak.rs"]
mod peak;
mod support;

use std::process::Stdio;
use std::time::{Duration, Instant};

use peak::{mib, peak_until_the_end};
use support::{MockTarget, penspec};

const ROUNDS: usize = 41;
/// One question of one requirement, without a peer.
const ASKED: Duration = Duration::from_millis(20);
/// Hurl takes 12 ms and 18 MiB for one request.
const PLAYED: Duration = Duration::from_millis(15);
const PEAK_KIB: u64 = 18 * 1024;

fn main() {
    let mock = MockTarget::start();
    let directory = tempfile::tempdir().unwrap();
    let reports = directory.path().to_str().unwrap();
    let figures = [
        measured("list", ASKED, &["list"]),
        measured("explain RSP-004", ASKED, &["explain", "RSP-004"]),
        measured(
            "one scenario",
            PLAYED,
            &["test", "target", &mock.url, "target/probe", "--report-dir", reports],
        ),
    ];
    let missed: Vec<&str> =
        figures.iter().filter(|figure| !figure.is_kept()).map(|figure| figure.name).collect();
    assert!(missed.is_empty(), "missed: {}", missed.join(", "));
}

struct Figure {
    name: &'static str,
    allowed: Duration,
    median: Duration,
    peak_kib: Option<u64>,
}

impl Figure {
    fn is_kept(&self) -> bool {
        self.median < self.allowed && self.peak_kib.is_none_or(|peak| peak < PEAK_KIB)
    }
}

fn measured(name: &'static str, allowed: Duration, arguments: &[&str]) -> Figure {
    let mut took: Vec<Duration> = (0..ROUNDS).map(|_| timed(arguments)).collect();
    took.sort();
    let (median, worst) = (took[ROUNDS / 2], took[ROUNDS - 1]);
    let peak_kib = (0..ROUNDS).filter_map(|_| peak_of(arguments)).max();
    let peak = peak_kib.map_or_else(|| "not measured".to_owned(), |kib| format!("{:.1} MiB", mib(kib)));
    println!(
        "{name:16} median {median:.1?}, worst {worst:.1?} of {ROUNDS}; allowed {allowed:?}; peak {peak}"
    );
    Figure { name, allowed, median, peak_kib }
}

/// From start to exit.
fn timed(arguments: &[&str]) -> Duration {
    let began = Instant::now();
    let output = penspec().args(arguments).output().unwrap();
    let took = began.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    took
}

fn peak_of(arguments: &[&str]) -> Option<u64> {
    peak_until_the_end(penspec().args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}
