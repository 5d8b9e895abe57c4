//! `judge` of a report directory whose report.json another catalogue made: which verdicts changed, and why.

use penspec::requirements::CATALOGUE;
use serde_json::{Value, json};

use crate::harmless::is_harmless;
use crate::process::{Desk, Ended};
use crate::rendered::NASTY;

const FAILED: &str = include_str!("../runs/failed.jsonl");

/// A report directory whose report.json was altered like this; and what `judge` says of it.
fn judged(alter: impl Fn(&mut Value)) -> Ended {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("reports")).unwrap();
    desk.write("reports/transcript.jsonl", FAILED);
    let ended = desk.run(&["report", "reports", "--format", "json", "--out", "reports/report.json"]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    let mut report = desk.report();
    alter(&mut report);
    desk.write("reports/report.json", report.to_string());
    desk.run(&["judge", "reports"])
}

fn row<'a>(report: &'a mut Value, id: &str) -> &'a mut Value {
    report["requirements"].as_array_mut().unwrap().iter_mut().find(|row| row["id"] == id).unwrap()
}

/// What is said below the verdict.
fn said(ended: &Ended) -> String {
    let at = ended.stdout.find("the catalogue was ").or(ended.stdout.find("report.json says "));
    at.map_or_else(String::new, |at| ended.stdout[at..].replace(CATALOGUE, "CATALOGUE"))
}

#[test]
fn each_changed_verdict_is_told_with_its_reason() {
    let ended = judged(|report| {
        report["tool"]["catalogue"] = "2020-01-01".into();
        report["verdict"] = "incomplete".into();
        let lines = row(report, "RSP-004");
        (lines["verdict"], lines["findings"]) = ("pass".into(), json!([]));
        let named = row(report, "RSP-003");
        (named["verdict"], named["level"]) = ("warning".into(), "should".into());
        named["findings"] = json!([{ "message": "the names are odd" }]);
        let told = row(report, "RSP-002");
        (told["verdict"], told["text"]) = ("fail".into(), "Something else.".into());
        row(report, "RSP-001")["verdict"] = "fail".into();
        let rows = report["requirements"].as_array_mut().unwrap();
        rows.retain(|row| row["id"] != "RSP-005");
        rows.push(json!({ "id": "OLD-001", "level": "must", "verdict": "pass", "findings": [] }));
    });
    assert_eq!(ended.status, Some(1), "{ended:?}");
    insta::assert_snapshot!(said(&ended));
}

#[test]
fn a_report_of_this_catalogue_that_says_all_of_it_needs_no_word() {
    let ended = judged(|_| {});
    assert_eq!((said(&ended).as_str(), ended.stderr.as_str()), ("", ""));
    let ended = judged(|report| report["tool"]["catalogue"] = "2020-01-01".into());
    assert!(said(&ended).ends_with(": no verdict has changed\n"), "{ended:?}");
}

#[test]
fn a_report_that_was_altered_is_told_of() {
    let ended = judged(|report| row(report, "RSP-004")["verdict"] = "pass".into());
    assert_eq!(ended.status, Some(1), "{ended:?}");
    insta::assert_snapshot!(said(&ended));
}

#[test]
fn a_report_that_cannot_be_read_is_told_of_and_the_evidence_judged_all_the_same() {
    for (value, why) in [
        (json!({ "schema_version": 2 }), "it has schema version 2, this penspec reads version 1"),
        (json!({ "schema_version": 1 }), "it is no report.json of penspec: missing field `run_id`"),
        (json!([]), "it is no report.json of penspec: invalid length 0"),
        (json!("\u{1b}[2J"), "it is no report.json of penspec: "),
    ] {
        let ended = judged(|report| *report = value.clone());
        assert_eq!((ended.status, said(&ended).as_str()), (Some(1), ""), "{ended:?}");
        let start = format!("reports/report.json: cannot be held against the evidence: {why}");
        assert!(ended.stderr.starts_with(&start), "{ended:?}");
        is_harmless(&ended.stderr);
    }
    let ended = judged(|report| report["run_id"] = "ffffffff".into());
    assert!(
        ended.stderr.contains("it is of the run ffffffff, the transcript is of the run 0a1b2c3d; "),
        "{ended:?}"
    );
}

#[test]
fn a_strangers_report_steers_no_terminal() {
    let ended = judged(|report| {
        report["tool"] = json!({ "version": NASTY, "catalogue": NASTY });
        report["verdict"] = NASTY.into();
        let lines = row(report, "RSP-004");
        (lines["verdict"], lines["level"], lines["text"]) = (NASTY.into(), NASTY.into(), NASTY.into());
        lines["findings"] = json!([{ "message": NASTY }, { "message": "long ".repeat(1000) }]);
        let rows = report["requirements"].as_array_mut().unwrap();
        rows.push(json!({ "id": NASTY, "level": NASTY, "verdict": NASTY, "findings": [] }));
    });
    assert_eq!(ended.status, Some(1), "{ended:?}");
    let said = said(&ended);
    is_harmless(&said);
    assert!(said.contains("RSP-004 crlf: ") && said.lines().all(|line| line.len() < 2000), "{said}");
}
