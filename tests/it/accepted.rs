//! Accepted failures: they do not count for the exit status, always for the verdict, and lapse loudly.

use penspec::run::built_in;
use serde_json::Value;

use crate::judged::judge_again;
use crate::process::{Desk, Ended};
use crate::support;

/// A run against a target whose lines end with LF alone, which RSP-004 forbids, with these entries on the list.
fn run_accepting(entries: &[&str], selection: &[&str]) -> (Desk, Ended) {
    let defects = built_in::defects().unwrap();
    let defect = defects.iter().find(|defect| defect.name == "lf-lines").unwrap();
    let desk = Desk::new();
    let list: Vec<String> = entries.iter().map(|entry| format!("  - {{ {entry} }}\n")).collect();
    let list = list.concat();
    let url = support::start_target(defect.manners());
    desk.write(
        "penspec.yaml",
        format!("target: {{ url: \"{url}\" }}\nlimits: {{ quiet: 300ms }}\naccept:\n{list}"),
    );
    let ended = desk.run(&[&["test", "target"], selection].concat());
    judge_again(&desk);
    assert_eq!(desk.run(&["judge", "reports"]).status, ended.status, "{ended:?}");
    (desk, ended)
}

fn findings(desk: &Desk, id: &str) -> Vec<Value> {
    let report = desk.report();
    let rows = report["requirements"].as_array().unwrap();
    rows.iter().find(|row| row["id"] == id).unwrap()["findings"].as_array().unwrap().clone()
}

const ALL: &str = "requirement: RSP-004, scenario: \"*\", reason: ticket 4711, until: 2999-12-31";

#[test]
fn an_accepted_failure_does_not_count_for_the_status_but_for_the_verdict() {
    let (desk, ended) = run_accepting(&[ALL], &[]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(
        ended.stdout.contains("does not conform") && ended.stdout.contains("are accepted by the profile")
    );
    let report = desk.report();
    assert_eq!((&report["verdict"], &report["exit_status"]), (&"does-not-conform".into(), &0.into()));
    for format in ["html", "markdown", "text"] {
        let told = desk.run(&["report", "reports", "--format", format]).stdout;
        assert!(told.contains("ticket 4711") && told.contains("are accepted by the profile"), "{told}");
    }
    let junit = desk.read("reports/junit.xml");
    assert!(
        junit.contains("<skipped message=\"accepted: ticket 4711\">accepted: ticket 4711\n\n")
            && junit.contains("failures=\"0\""),
        "{junit}"
    );
    let findings = findings(&desk, "RSP-004");
    assert!(findings.len() > 10 && findings.iter().all(|finding| finding["accepted"] == "ticket 4711"));
}

#[test]
fn what_is_accepted_in_one_scenario_counts_in_the_others() {
    let one = "requirement: RSP-004, scenario: target/probe, reason: ticket 4711, until: 2999-12-31";
    let (desk, ended) = run_accepting(&[one], &["target/order"]);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    let accepted = findings(&desk, "RSP-004").into_iter().filter(|finding| finding["accepted"].is_string());
    assert!(accepted.map(|finding| finding["scenario"].clone()).all(|scenario| scenario == "target/probe"));
    let globs = ["requirement: RSP-004, scenario: target/*, reason: ticket 4711, until: 2999-12-31"];
    assert_eq!(run_accepting(&globs, &["target/order"]).1.status, Some(0));
}

#[test]
fn a_stale_entry_fails() {
    let stale = "requirement: RSP-006, scenario: \"*\", reason: ticket 4712, until: 2999-12-31";
    let (desk, ended) = run_accepting(&[ALL, stale], &[]);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    let told = "the accepted failure of RSP-006 in * (ticket 4712) is stale: nothing that it names failed; take it out";
    assert!(ended.stdout.contains(told), "{}", ended.stdout);
    let junit = desk.read("reports/junit.xml");
    assert!(junit.contains(told) && junit.contains("failures=\"1\""), "{junit}");
}

#[test]
fn an_entry_about_what_was_not_played_is_not_called_stale() {
    let elsewhere = "requirement: RSP-004, scenario: target/echo, reason: ticket 4711, until: 2999-12-31";
    let untested = "requirement: ERR-2001, scenario: \"*\", reason: ticket 4711, until: 2999-12-31";
    let (_, ended) = run_accepting(&[ALL, elsewhere, untested], &["target/probe"]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
}

#[test]
fn an_expired_entry_fails() {
    let expired = "requirement: RSP-004, scenario: \"*\", reason: ticket 4711, until: 2020-01-31";
    let (desk, ended) = run_accepting(&[expired], &["target/probe"]);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    let told = "has expired: it was borne until 2020-01-31";
    assert!(ended.stdout.contains(told), "{}", ended.stdout);
    assert!(findings(&desk, "RSP-004").iter().all(|finding| finding.get("accepted").is_none()));
    let (_, ended) = run_accepting(&[ALL, expired], &["target/probe"]);
    assert_eq!(ended.status, Some(1), "an entry that is alive does not hide one that has expired: {ended:?}");
}
