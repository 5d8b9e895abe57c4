//! The most memory that a process takes.

use std::process::Child;
use std::thread;
use std::time::Duration;

/// The peak of its resident memory so far, in KiB, where the system tells it.
pub(crate) fn peak_kib(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().split(' ').next()?.parse().ok()
}

/// The same when it has ended, looked at until then: what grew in the last moment escapes.
pub(crate) fn peak_until_the_end(mut child: Child) -> Option<u64> {
    let mut peak = None;
    while child.try_wait().unwrap().is_none() {
        peak = peak.max(peak_kib(child.id()));
        thread::sleep(Duration::from_micros(200)); // a sample is taken now and then: nothing is waited for
    }
    peak
}

#[expect(clippy::cast_precision_loss, reason = "a figure of three digits")]
pub(crate) fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}
