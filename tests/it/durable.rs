//! What was recorded stays: a run that is killed at any moment, and a directory that goes away under it.

use penspec::mock::manners::Manners;
use penspec::run::{Run, built_in};
use penspec::transcript::Entry;
use penspec::transcript::file;

use crate::process::{Desk, Running};
use crate::support;

const KILLS: u64 = 100;

/// A short run, of which each entry is told on standard error when it has been written.
fn start(desk: &Desk, url: &str) -> Running {
    let cases = ["target/probe", "target/order", "target/sample-stream", "target/errors/missing-element"];
    let arguments = ["--progress", "json-lines", "--limit", "quiet=100ms", "--limit", "receipt=1s"];
    desk.start(&[&["test", "target", url][..], &cases, &arguments].concat())
}

/// The entries that are told, as they are told.
fn told(said: &str) -> Vec<Entry> {
    said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[test]
fn a_kill_at_any_moment_loses_no_entry_that_was_written() {
    let url = support::start_target(Manners::default());
    let whole = Desk::new();
    let ended = start(&whole, &url).end();
    assert_eq!(ended.status, Some(0), "{ended:?}");
    // The last tenth is left to runs that have fewer entries than this one.
    let last = told(&ended.stderr).len() as u64 * 9 / 10;
    assert!(last > KILLS, "{last} entries are too few for so many moments");
    for kill in 0..KILLS {
        let moment = 1 + kill * last / KILLS;
        let desk = Desk::new();
        let mut running = start(&desk, &url);
        running.line_with(&format!("{{\"number\":{moment},"));
        let said = told(running.so_far().1);
        running.kill();
        let transcript = file::read(&desk.read("reports/transcript.jsonl")).unwrap();
        assert!(said.len() as u64 >= moment && transcript.entries.len() >= said.len(), "killed at {moment}");
        for (told, written) in said.iter().zip(&transcript.entries) {
            assert_eq!(told, &**written, "killed at {moment}");
        }
        let run = Run::of(&transcript).unwrap();
        assert!(run.ending.interrupted.is_some() && run.exit_status != 0, "killed at {moment}");
        if kill % 10 == 0 {
            assert_eq!(desk.run(&["judge", "reports"]).status, Some(run.exit_status.into()), "at {moment}");
        }
    }
}

#[test]
fn a_directory_that_goes_away_is_our_trouble_and_is_named() {
    let defects = built_in::defects().unwrap();
    let defect = defects.iter().find(|defect| defect.name == "no-receipt").unwrap();
    let (desk, url) = (Desk::new(), support::start_target(defect.manners()));
    let limits = ["--limit", "receipt=1s", "--limit", "quiet=100ms", "--progress", "json-lines"];
    let mut running = desk.start(&[&["test", "target", &url, "target/probe"][..], &limits].concat());
    running.line_with("\"awaits\":\"receipt\"");
    std::fs::remove_dir_all(desk.path("reports")).unwrap();
    let ended = running.end();
    assert_eq!((ended.status, ended.stdout.as_str()), (Some(5), ""), "{ended:?}");
    assert!(ended.stderr.contains("penspec: reports/"), "{}", ended.stderr);
    assert!(ended.stderr.contains(": cannot be written: "), "{}", ended.stderr);
    assert!(ended.stderr.contains("choose another place with --report-dir"), "{}", ended.stderr);
}
