//! The forms of a run that other programs read: TAP, CTRF, annotations, HAR and Mermaid.

use std::process::Command;

use penspec::report::{ctrf, github, har, mermaid, tap};
use penspec::requirements::Level;
use penspec::requirements::verdict::Verdict;
use penspec::run::Run;
use serde_json::Value;

use crate::harmless::is_harmless;
use crate::judged::{read_run, recorded};
use crate::process::{Desk, PENSPEC};
use crate::rendered::{manners, nasty_run, strangers};
use crate::support;

fn failed_run() -> (Desk, Run) {
    let (desk, status) = recorded(manners("lf-lines"), &["target/order", "target/errors/*"]);
    assert_eq!(status, Some(1));
    let run = read_run(&desk);
    (desk, run)
}

/// How many rows stand like this for a program that knows passed, failed, open and skipped.
fn count(run: &Run, is_one: impl Fn(Verdict, Level) -> bool) -> usize {
    run.judgement.rows.iter().filter(|judged| is_one(judged.verdict, judged.row.level)).count()
}

fn is_open(verdict: Verdict, level: Level) -> bool {
    matches!(verdict, Verdict::Inconclusive | Verdict::Review)
        || (verdict, level) == (Verdict::NotTested, Level::Must)
}

#[test]
fn tap_has_a_point_for_each_requirement() {
    let (_desk, run) = failed_run();
    let text = tap::render(&run);
    let points = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
    assert!(text.starts_with(&format!("TAP version 14\n1..{}\n", run.judgement.rows.len())), "{text}");
    assert_eq!(points("ok ") + points("not ok "), run.judgement.rows.len());
    let bad = |verdict, level| verdict == Verdict::Fail || is_open(verdict, level);
    assert_eq!(points("not ok "), count(&run, bad));
    assert!(text.contains(" - RSP-004 crlf\n  ---\n  severity: fail\n  level: MUST\n"), "{text}");
    assert_eq!(points("  ---"), points("  ..."));
}

#[test]
fn a_failure_that_is_borne_is_work_to_do_in_tap_and_skipped_in_ctrf() {
    let desk = Desk::new();
    let url = support::start_target(manners("lf-lines"));
    let accepted =
        "accept: [{ requirement: RSP-004, scenario: \"*\", reason: \"ticket #4711\", until: 2999-01-01 }]";
    desk.write("penspec.yaml", format!("target: {{ url: \"{url}\" }}\n{accepted}\n"));
    let flags = ["--limit", "receipt=1s", "--limit", "alert=1s", "--limit", "quiet=300ms"];
    let ended = desk.run(&[&["test", "target", "target/order"][..], &flags].concat());
    assert_eq!(ended.status, Some(0), "{ended:?}");
    let run = read_run(&desk);
    let point = " - RSP-004 crlf # TODO accepted: ticket \\#4711\n"; // TAP 14's own word for a point that may fail
    assert!(tap::render(&run).contains(point), "{}", tap::render(&run));
    let report: Value = serde_json::from_str(&ctrf::render(&run)).unwrap();
    let tests = report["results"]["tests"].as_array().unwrap();
    let borne = tests.iter().find(|test| test["name"] == "RSP-004 crlf").unwrap();
    assert_eq!((&borne["status"], &borne["rawStatus"]), (&"skipped".into(), &"fail".into()));
}

#[test]
fn ctrf_counts_what_it_lists() {
    let (_desk, run) = failed_run();
    let report: Value = serde_json::from_str(&ctrf::render(&run)).unwrap();
    let summary = &report["results"]["summary"];
    let number = |key: &str| usize::try_from(summary[key].as_u64().unwrap()).unwrap();
    assert_eq!(number("failed"), count(&run, |verdict, _| verdict == Verdict::Fail));
    assert_eq!(number("other"), count(&run, is_open));
    assert_eq!(
        number("passed"),
        count(&run, |verdict, _| matches!(verdict, Verdict::Pass | Verdict::Warning))
    );
    assert_eq!(number("tests"), run.judgement.rows.len());
    assert_eq!(
        number("tests"),
        ["passed", "failed", "skipped", "pending", "other"].map(number).iter().sum::<usize>()
    );
    assert_eq!(summary["stop"].as_u64(), Some(summary["start"].as_u64().unwrap() + run.ending.duration_ms));
}

#[test]
fn a_job_of_github_is_told_of_failures_first() {
    let (_desk, run) = failed_run();
    let text = github::render(&run);
    let first = text.lines().next().unwrap();
    assert!(first.starts_with("::error title=RSP-004 crlf (fail)::"), "{text}");
    assert!(first.contains("%0Aexpected: error="), "{text}");
    assert!(text.lines().last().unwrap().starts_with("::notice title=penspec::"), "{text}");
}

#[test]
fn annotations_are_made_in_a_job_of_github_alone() {
    let desk = Desk::new();
    let url = support::start_target(manners("lf-lines"));
    let mut annotations = ["true", "false"].map(|value| {
        let mut command = Command::new(PENSPEC);
        command.args(["test", "target", &url, "target/probe", "--quiet"]).env("GITHUB_ACTIONS", value);
        let ended = desk.start_by(&mut command).end();
        assert_eq!(ended.status, Some(1), "{ended:?}");
        ended.stdout.lines().filter(|line| line.starts_with("::error")).count()
    });
    annotations.sort_unstable();
    assert_eq!(annotations, [0, 1]);
}

#[test]
fn a_har_of_a_run_is_one_that_judge_takes() {
    let (desk, run) = failed_run();
    let text = har::render(&run);
    desk.write("run.har", &text);
    let log: Value = serde_json::from_str(&text).unwrap();
    let entries = log["log"]["entries"].as_array().unwrap();
    let exchanges = run.evidence.transactions.iter().map(|transaction| {
        transaction.collects.len() + transaction.downloads.len() + transaction.callbacks.len()
    });
    assert_eq!(entries.len(), exchanges.sum::<usize>() + run.evidence.strays.len());
    let started: Vec<&str> = entries.iter().map(|entry| entry["startedDateTime"].as_str().unwrap()).collect();
    assert!(started.is_sorted());
    let collect = entries.iter().find(|entry| entry["comment"].as_str().unwrap().starts_with("collect"));
    assert_eq!(collect.unwrap()["response"]["status"], 200);
    let ended = desk.run(&["judge", "run.har", "--role", "target"]);
    assert!(ended.stdout.contains("FAIL RSP-004 crlf"), "{ended:?}");
}

#[test]
fn the_diagram_of_a_case_has_its_transaction_in_the_order_of_time() {
    let (_desk, run) = failed_run();
    let text = mermaid::render(&run, Some("target/probe"));
    assert!(text.starts_with("sequenceDiagram\n  participant M as penspec, the client\n"), "{text}");
    let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words:?} is not in {text}"));
    let order = ["M->>S: collect", "S->>M: GET of the package", "S->>M: receipt to the receipt URL, error 0"];
    assert!(order.map(place).is_sorted(), "{text}");
    assert_eq!(text.matches("Note over").count(), 1, "{text}");
    assert!(mermaid::render(&run, None).matches("Note over").count() > 1);
}

#[test]
fn whatever_a_peer_says_it_makes_no_line_of_its_own() {
    let run = strangers(&nasty_run());
    let is_line = |starts: &[&str], line: &str| starts.iter().any(|start| line.starts_with(start));
    let text = tap::render(&run);
    is_harmless(&text);
    for line in text.lines() {
        assert!(is_line(&["TAP version 14", "1..", "# ", "ok ", "not ok ", "  "], line), "{line}");
    }
    let text = github::render(&run);
    is_harmless(&text);
    for line in text.lines() {
        assert!(is_line(&["::error title=", "::warning title=", "::notice title="], line), "{line}");
    }
    let text = mermaid::render(&run, None);
    is_harmless(&text);
    for line in text.lines() {
        let starts =
            ["sequenceDiagram", "  participant ", "  Note over ", "  M->>S", "  S->>M", "  S--", "  M--"];
        assert!(is_line(&starts, line), "{line}");
    }
    for text in [ctrf::render(&run), har::render(&run)] {
        serde_json::from_str::<Value>(&text).unwrap();
        is_harmless(&text);
    }
}

#[test]
fn every_form_is_printed_and_written() {
    let (desk, _run) = failed_run();
    for format in ["tap", "ctrf", "github", "har", "mermaid"] {
        let printed = desk.run(&["report", "reports", "--format", format]);
        let written = desk.run(&["report", "reports", "--format", format, "--out", "told"]);
        assert_eq!((printed.status, written.status), (Some(0), Some(0)), "{format}: {printed:?} {written:?}");
        assert_eq!(printed.stdout, desk.read("told"), "{format}");
    }
}
