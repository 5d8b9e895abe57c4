//! The reports of a run: report.json as its contract has it, the text as people see it.

use std::collections::BTreeSet;

use penspec::mock::manners::Manners;
use penspec::run::built_in;
use serde_json::Value;

use crate::judged::recorded;
use crate::peer::silent;
use crate::process::Desk;
use crate::support;

const KEYS: [&str; 22] = [
    "schema_version",
    "run_id",
    "tool",
    "role",
    "subject",
    "reading",
    "selection",
    "partition",
    "limits",
    "claims",
    "profile_sha256",
    "started",
    "duration_ms",
    "interrupted",
    "verdict",
    "exit_status",
    "counts",
    "requirements",
    "scenarios",
    "paths",
    "imported",
    "asides",
];
const VERDICTS: [&str; 8] =
    ["pass", "warning", "fail", "inconclusive", "review", "not_tested", "not_applicable", "deselected"];

/// The reports of a run that conforms, of one that does not, and of one that learnt nothing.
fn reports() -> Vec<Value> {
    let defects = built_in::defects().unwrap();
    let defect = defects.iter().find(|defect| defect.name == "answers-last").unwrap();
    let desk = Desk::new();
    desk.run(&["test", "target", &silent().url, "--limit", "response=200ms"]);
    vec![
        recorded(Manners::default(), &[]).0.report(),
        recorded(defect.manners(), &[]).0.report(),
        desk.report(),
    ]
}

#[test]
fn report_json_has_the_keys_of_its_contract_and_no_others() {
    for report in reports() {
        has_exactly(&report, &KEYS, &["circumstances"]);
        has_exactly(&report["tool"], &["name", "version", "catalogue"], &[]);
        has_exactly(&report["subject"], &["name", "version", "url"], &[]);
        has_exactly(&report["counts"], &["must", "should", "may", "interop"], &[]);
        has_exactly(
            &report["limits"],
            &["response", "collect", "download", "receipt", "alert", "quiet", "run"],
            &[],
        );
        for level in ["must", "should", "may", "interop"] {
            has_exactly(&report["counts"][level], &VERDICTS, &[]);
        }
        for claim in items(&report["claims"]) {
            has_exactly(claim, &["claim", "said", "observed"], &[]);
        }
        for row in items(&report["requirements"]) {
            has_exactly(row, &["id", "name", "level", "clause", "text", "verdict", "findings"], &["cause"]);
            for finding in items(&row["findings"]) {
                let optional = ["ruling", "expected", "received", "accepts", "offset", "remedy", "accepted"];
                has_exactly(
                    finding,
                    &["outcome", "message", "scenario", "transaction", "evidence"],
                    &optional,
                );
            }
        }
        for scenario in items(&report["scenarios"]) {
            let keys =
                ["id", "title", "verdict", "duration_ms", "requirements", "expectations", "transactions"];
            has_exactly(scenario, &keys, &[]);
        }
        for path in items(&report["paths"]) {
            has_exactly(path, &["path", "state"], &["entry"]);
        }
        is_in_snake_case(&report);
    }
}

#[test]
fn the_counts_of_report_json_add_up() {
    for report in reports() {
        for level in ["must", "should", "may", "interop"] {
            for verdict in VERDICTS {
                let rows = items(&report["requirements"]).iter();
                let here = rows.filter(|row| {
                    row["level"] == level && row["verdict"] == verdict.replace('_', "-").as_str()
                });
                assert_eq!(report["counts"][level][verdict], here.count(), "{level} {verdict}");
            }
        }
    }
}

#[test]
fn what_report_json_points_at_is_there() {
    let (desk, _) = recorded(Manners::default(), &[]);
    let report = desk.report();
    let entries = desk.read("reports/transcript.jsonl").lines().count() as u64 - 2;
    let ids: BTreeSet<&str> =
        items(&report["requirements"]).iter().map(|row| row["id"].as_str().unwrap()).collect();
    for scenario in items(&report["scenarios"]) {
        assert!(items(&scenario["requirements"]).iter().all(|id| ids.contains(id.as_str().unwrap())));
        assert!(!items(&scenario["transactions"]).is_empty(), "{scenario:#}");
    }
    for path in items(&report["paths"]).iter().filter(|path| path["state"] == "proven") {
        assert!((1..=entries).contains(&path["entry"].as_u64().unwrap()), "{path:#}");
    }
    let imported = items(&report["imported"]).iter().map(|id| id.as_str().unwrap());
    assert!(imported.clone().any(|id| id.starts_with("http://penspec.example/target/probe/")));
    assert_eq!(imported.clone().collect::<BTreeSet<_>>().len(), imported.count());
}

#[test]
fn the_entries_of_a_transcript_have_keys_in_snake_case() {
    let (desk, _) = recorded(Manners::default(), &["target/probe"]);
    for line in desk.read("reports/transcript.jsonl").lines() {
        let mut line: Value = serde_json::from_str(line).unwrap();
        // The profile is the operator's YAML, quoted: its keys are kebab-case.
        line.as_object_mut().unwrap().remove("profile");
        is_in_snake_case(&line);
    }
}

#[test]
fn the_text_of_a_failed_run() {
    let defects = built_in::defects().unwrap();
    let defect = defects.iter().find(|defect| defect.name == "lf-lines").unwrap();
    let url = support::start_target(defect.manners());
    let desk = Desk::new();
    let ended = desk.run(&["test", "target", &url, "target/probe"]);
    let run_id = desk.report()["run_id"].as_str().unwrap().to_owned();
    let text = ended.stdout.replace(&url, "http://127.0.0.1:PORT/pens").replace(&run_id, "RUN-ID");
    assert_eq!((ended.status, ended.stderr.as_str()), (Some(1), ""));
    insta::assert_snapshot!(text);
}

#[test]
fn the_text_of_a_run_that_reached_nobody() {
    let desk = Desk::new();
    let ended = desk.run(&["test", "target", &silent().url, "--limit", "response=200ms"]);
    let url = desk.report()["subject"]["url"].as_str().unwrap().to_owned();
    insta::assert_snapshot!(ended.stdout.replace(&url, "http://127.0.0.1:PORT/pens"));
}

#[test]
fn quiet_says_the_verdict_and_verbose_names_every_row() {
    let (desk, _) = recorded(Manners::default(), &["target/probe"]);
    let (quiet, verbose) = (desk.run(&["judge", "reports", "-q"]), desk.run(&["judge", "reports", "-v"]));
    assert!(!quiet.stdout.contains("RSP-"), "{}", quiet.stdout);
    for row in items(&desk.report()["requirements"]) {
        assert!(verbose.stdout.contains(row["id"].as_str().unwrap()), "{row:#}");
    }
}

fn has_exactly(value: &Value, keys: &[&str], optional: &[&str]) {
    let found: BTreeSet<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    let wanted: BTreeSet<&str> = keys.iter().copied().collect();
    let allowed: BTreeSet<&str> = keys.iter().chain(optional).copied().collect();
    assert!(found.is_superset(&wanted) && found.is_subset(&allowed), "{found:?} is not {keys:?}");
}

fn is_in_snake_case(value: &Value) {
    let is_snake = |key: &str| key.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                assert!(is_snake(key), "{key}");
                is_in_snake_case(value);
            }
        }
        Value::Array(values) => values.iter().for_each(is_in_snake_case),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}
