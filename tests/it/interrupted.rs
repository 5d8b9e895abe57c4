//! Runs that are ended in the middle: what was recorded stays, and is never a pass.

use std::process::Command;

use penspec::mock::manners::Manners;
use penspec::run::built_in;
use rustix::process::Signal;

use crate::judged::{judge_again, read_run};
use crate::peer::silent;
use crate::process::{Desk, PENSPEC, Running};
use crate::support;

/// Ended by `signal` while it waits for receipts that never come: a run with answers and downloads in its evidence.
fn is_interrupted_by(signal: Signal) {
    let desk = Desk::new();
    let running = in_the_middle(&desk);
    running.signal(signal);
    let ended = running.end();
    assert_eq!(ended.status, Some(130), "{ended:?}");
    assert!(ended.stdout.contains("Interrupted: of "), "{}", ended.stdout);
    let report = desk.report();
    assert_eq!(report["interrupted"], true);
    assert_eq!(report["exit_status"], 130);
    assert_eq!(report["verdict"], "incomplete");
    assert!(report["paths"].as_array().unwrap().iter().any(|path| path["state"] == "proven"));
    judge_again(&desk);
    assert_eq!(desk.run(&["judge", "reports"]).status, Some(3));
}

/// A run against a target that sends no receipts, at a moment at which packages have been fetched.
fn in_the_middle(desk: &Desk) -> Running {
    let defects = built_in::defects().unwrap();
    let defect = defects.iter().find(|defect| defect.name == "no-receipt").unwrap();
    let url = support::start_target(defect.manners());
    let mut running = desk.start(&["test", "target", &url, "--progress", "json-lines"]);
    while !running.line_with("\"awaits\":\"receipt\"").contains("wait_begun") {}
    running
}

#[test]
fn sigint_keeps_the_evidence_and_writes_the_report() {
    is_interrupted_by(Signal::INT);
}

#[test]
fn sigterm_keeps_the_evidence_and_writes_the_report() {
    is_interrupted_by(Signal::TERM);
}

#[test]
fn a_signal_before_the_first_answer_ends_the_run_too() {
    let (desk, peer) = (Desk::new(), silent());
    let running = desk.start(&["test", "target", &peer.url]);
    peer.heard();
    running.signal(Signal::INT);
    let ended = running.end();
    assert_eq!(ended.status, Some(130), "{ended:?}");
    assert_eq!(desk.report()["interrupted"], true);
    judge_again(&desk);
}

#[test]
fn a_kill_leaves_a_transcript_that_can_be_judged() {
    let desk = Desk::new();
    in_the_middle(&desk).kill();
    assert!(!desk.path("reports/report.json").exists(), "a report was written in the middle of a run");
    let run = read_run(&desk);
    assert!(run.ending.interrupted.is_some());
    assert!(!run.evidence.transactions.is_empty());
    let judged = desk.run(&["judge", "reports"]);
    assert_eq!(judged.status, Some(3), "{judged:?}");
    let again = desk.run(&["test", "target", "http://127.0.0.1:1/", "--limit", "response=1s"]);
    assert_eq!(again.status, Some(3), "the directory stayed locked: {again:?}");
}

#[test]
fn a_full_disk_is_our_trouble_and_not_the_targets() {
    // The shell bounds what a file may hold, and has the signal ignored that would tell: the write then fails.
    const BOUNDED: &str = r#"trap '' XFSZ; ulimit -f 16; exec "$0" "$@""#;
    let desk = Desk::new();
    let url = support::start_target(Manners::default());
    let mut command = Command::new("sh");
    command.args(["-c", BOUNDED, PENSPEC, "test", "target", &url]);
    let ended = desk.start_by(&mut command).end();
    assert_eq!((ended.status, ended.stdout.as_str()), (Some(5), ""), "{ended:?}");
    assert!(ended.stderr.contains("reports/transcript.jsonl: cannot be written: "), "{}", ended.stderr);
    assert!(ended.stderr.contains("free some space"), "{}", ended.stderr);
    assert!(!desk.path("reports/report.json").exists(), "a report stands on half of the evidence");
    assert_eq!(desk.run(&["judge", "reports"]).status, Some(3));
}

#[test]
fn a_limit_of_the_whole_run_ends_it_with_a_report() {
    let (desk, peer) = (Desk::new(), silent());
    let ended = desk.run(&["test", "target", &peer.url, "--limit", "run=300ms"]);
    assert_eq!(ended.status, Some(3), "{ended:?}");
    assert_eq!(desk.report()["interrupted"], true);
    judge_again(&desk);
}
