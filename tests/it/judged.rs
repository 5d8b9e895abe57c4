//! `judge`: stored evidence says the same again, and evidence that was damaged is never a pass.

use std::time::Duration;

use penspec::mock::manners::Manners;
use penspec::profile::Profile;
use penspec::report::json;
use penspec::requirements::verdict::Verdict;
use penspec::run::{Run, built_in};
use penspec::transcript::file;
use serde_json::Value;

use crate::harmless::is_harmless;
use crate::process::Desk;
use crate::support;

/// The run whose transcript lies in the default directory.
pub(crate) fn read_run(desk: &Desk) -> Run {
    Run::of(&file::read(&desk.read("reports/transcript.jsonl")).unwrap()).unwrap()
}

/// Holds report.json against what the transcript beside it says.
pub(crate) fn judge_again(desk: &Desk) {
    assert_eq!(json::render(&read_run(desk)), desk.read("reports/report.json"));
}

/// A run against a target with these manners, and its exit status.
pub(crate) fn recorded(manners: Manners, selection: &[&str]) -> (Desk, Option<i32>) {
    let desk = Desk::new();
    let url = support::start_target(manners);
    let limits = ["--limit", "receipt=1s", "--limit", "alert=1s", "--limit", "quiet=300ms"];
    let ended = desk.run(&[&["test", "target", &url][..], selection, &limits].concat());
    (desk, ended.status)
}

fn manners(name: &str) -> Manners {
    built_in::defects().unwrap().into_iter().find(|defect| defect.name == name).unwrap().manners()
}

/// All that is known of a target by its URL alone.
fn profile(url: &str) -> Profile {
    let mut profile = Profile::default();
    url.clone_into(&mut profile.target.url);
    profile
}

#[test]
fn a_conforming_run_says_the_same_again() {
    let (desk, status) = recorded(Manners::default(), &[]);
    assert_eq!(status, Some(0));
    judge_again(&desk);
    let (whole, lone) = (desk.run(&["judge", "reports"]), desk.run(&["judge", "reports/transcript.jsonl"]));
    assert_eq!((whole.status, &whole.stdout), (Some(0), &lone.stdout));
}

#[test]
fn a_failed_run_says_the_same_again() {
    let (desk, status) = recorded(manners("lf-lines"), &[]);
    assert_eq!(status, Some(1));
    judge_again(&desk);
    let judged = desk.run(&["judge", "reports"]);
    assert_eq!(judged.status, Some(1));
    assert!(judged.stdout.contains("FAIL RSP-004"), "{}", judged.stdout);
}

#[test]
fn a_selection_in_which_all_was_judged_is_zero_and_no_certificate() {
    let (desk, status) = recorded(Manners::default(), &["target/errors/*"]);
    assert_eq!(desk.report()["verdict"], "incomplete");
    assert_eq!(desk.report()["selection"], serde_json::json!(["target/errors/*"]));
    judge_again(&desk);
    assert_eq!(desk.run(&["judge", "reports"]).status, status);
    assert_eq!(status, Some(0));
}

#[test]
fn a_transcript_cut_anywhere_is_never_a_pass() {
    let (desk, _) = recorded(Manners::default(), &["target/probe"]);
    let text = desk.read("reports/transcript.jsonl");
    let header = text.find('\n').unwrap() + 1;
    let last = text.trim_end().rfind('\n').unwrap() + 1;
    let middle = text[..last - 1].rfind('\n').unwrap() + 20;
    for length in (header..text.len()).step_by(997).chain([header, middle, last, last + 5, text.len() - 1]) {
        let run = Run::of(&file::read(&text[..length]).unwrap()).unwrap();
        assert_ne!(run.exit_status, 0, "cut at {length}");
        assert!(run.ending.interrupted.is_some(), "cut at {length}");
    }
    desk.write("reports/transcript.jsonl", &text[..middle]);
    let judged = desk.run(&["judge", "reports"]);
    assert_eq!(judged.status, Some(3), "{judged:?}");
    assert!(judged.stdout.contains("Incomplete:"), "{}", judged.stdout);
}

#[test]
fn a_run_says_in_a_file_what_it_says_in_memory() {
    for name in ["no-version", "alerts-before-receipt", "package-id-altered"] {
        let url = support::start_target(manners(name));
        let transcript = support::certify(support::hasty(profile(&url)), support::cases(&["target/*"]), &[]);
        let mut text = file::line(&transcript.header);
        text.extend(transcript.entries.iter().map(|entry| file::line(&**entry)));
        text.push_str(&file::line(&transcript.ending));
        let said = |transcript| json::render(&Run::of(transcript).unwrap());
        assert_eq!(said(&file::read(&text).unwrap()), said(&transcript), "{name}");
    }
}

#[test]
fn the_program_says_what_the_library_says() {
    let run = support::certify_whole(profile(&support::start_target(Manners::default())));
    let (desk, _) = recorded(Manners::default(), &[]);
    let report = desk.report();
    let said = report["requirements"].as_array().unwrap().iter();
    let said: Vec<_> = said.map(|row| (row["id"].clone(), row["verdict"].clone())).collect();
    let judged = run.judgement.rows.iter();
    let judged: Vec<_> = judged.map(|judged| (judged.row.id.into(), judged.verdict.key().into())).collect();
    assert_eq!(said, judged);
}

#[test]
fn a_conforming_target_does_not_fail_because_the_record_of_it_ends_early() {
    let (desk, _) = recorded(Manners::default(), &[]);
    let text = desk.read("reports/transcript.jsonl");
    // Judging takes its time: of every few lines, the end of one.
    let ends = text.match_indices('\n').map(|(at, _)| at + 1).step_by(17);
    for length in ends {
        let run = Run::of(&file::read(&text[..length]).unwrap()).unwrap();
        let failed = run.judgement.rows.iter().filter(|judged| judged.verdict == Verdict::Fail);
        let failed: Vec<_> = failed.map(|judged| (judged.row.id, &judged.outcomes)).collect();
        assert!(failed.is_empty(), "cut at {length}: {failed:?}");
    }
}

#[test]
fn a_transcript_without_one_of_its_lines_is_refused() {
    let (desk, _) = recorded(Manners::default(), &["target/probe"]);
    let text = desk.read("reports/transcript.jsonl");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for missing in 0..lines.len() - 1 {
        let rest = [&lines[..missing], &lines[missing + 1..]].concat().concat();
        assert!(file::read(&rest).is_err(), "line {} is not missed", missing + 1);
    }
    desk.write("reports/transcript.jsonl", [&lines[..3], &lines[4..]].concat().concat());
    let judged = desk.run(&["judge", "reports"]);
    assert_eq!((judged.status, judged.stdout.as_str()), (Some(2), ""));
    assert_eq!(
        judged.stderr,
        "penspec: reports/transcript.jsonl: line 4 holds entry 4 where entry 3 is due: lines are missing or \
         out of order; evidence counts only unaltered: judge the original\n"
    );
}

#[test]
fn a_strangers_transcript_steers_no_terminal() {
    let (desk, _) = recorded(manners("lf-lines"), &["target/probe"]);
    let nasty = "\u{1b}[2J\u{9b}31m\u{202e}'; true '";
    let text = desk.read("reports/transcript.jsonl");
    let (header, entries) = text.split_once('\n').unwrap();
    let mut header: Value = serde_json::from_str(header).unwrap();
    header["profile"]["target"]["url"] = nasty.into();
    header["selection"] = serde_json::json!([nasty]);
    let entries = entries.replace("target/probe", &serde_json::to_string(nasty).unwrap().replace('"', ""));
    desk.write("reports/transcript.jsonl", format!("{header}\n{entries}"));
    let judged = desk.run(&["judge", "reports", "-v", "--color", "never"]);
    assert_eq!(judged.status, Some(1), "{judged:?}");
    is_harmless(&judged.stdout);
    assert!(judged.stdout.contains(r"'\''; true '\'''"), "{}", judged.stdout);
    let coloured = desk.run(&["judge", "reports", "--color", "always"]).stdout;
    assert!(coloured.contains("\u{1b}[1;31mFAIL"), "{coloured:?}");
    assert!(!coloured.contains("\u{1b}[2J"), "{coloured:?}");
    header[nasty] = nasty.into();
    desk.write("reports/transcript.jsonl", format!("{header}\n{entries}"));
    let refused = desk.run(&["judge", "reports", "--color", "always"]);
    assert_eq!(refused.status, Some(2), "{refused:?}");
    is_harmless(&refused.stderr);
}

#[test]
fn a_receipt_after_its_window_is_attributed_and_told_as_late() {
    let mut manners = Manners::default();
    manners.habits.push(Box::new(|_, plan| plan.receipt.delay = Duration::from_millis(900)));
    let (desk, url) = (Desk::new(), support::start_target(manners));
    let limits = ["--limit", "receipt=300ms", "--limit", "quiet=1500ms"];
    let cases = ["target/probe", "target/without-alerts"];
    let ended = desk.run(&[&["test", "target", &url][..], &cases, &limits].concat());
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("WARNING RCT-001"), "{ended:?}");
    assert!(
        ended.stdout.contains("the receipt came late: no longer than 300 ms was waited for it"),
        "{ended:?}"
    );
    let run = read_run(&desk);
    let received = run.evidence.transactions.iter().map(|transaction| transaction.receipts().count());
    assert_eq!(received.collect::<Vec<_>>(), [1, 1]);
    judge_again(&desk);
}
