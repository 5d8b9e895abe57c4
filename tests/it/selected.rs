//! Selection: by requirement, by level, by an earlier run, in parts, from a directory of one's own, and told without traffic.

use penspec::mock::mailer::Mailing;
use penspec::mock::manners::Manners;
use penspec::profile::Profile;
use penspec::run::{PROBE, built_in, playable};
use penspec::scenario::model::{Scenario, Subject};
use serde_json::Value;

use crate::peer::silent;
use crate::process::{Desk, Ended};
use crate::support;

const HASTE: [&str; 6] = ["--limit", "receipt=1s", "--limit", "alert=1s", "--limit", "quiet=300ms"];

fn test_target(desk: &Desk, url: &str, more: &[&str]) -> Ended {
    desk.run(&[&["test", "target", url], more, &HASTE].concat())
}

fn played(desk: &Desk) -> Vec<String> {
    let report = desk.report();
    let scenarios = report["scenarios"].as_array().unwrap();
    scenarios.iter().map(|scenario| scenario["id"].as_str().unwrap().to_owned()).collect()
}

fn start(defect: &str) -> String {
    let defects = built_in::defects().unwrap();
    support::start_target(defects.iter().find(|known| known.name == defect).unwrap().manners())
}

#[test]
fn a_dry_run_sends_nothing_and_counts_what_would_be_imported() {
    let (desk, peer) = (Desk::new(), silent());
    let ended = desk.run(&["test", "target", &peer.url, "--dry-run"]);
    assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    assert!(ended.stdout.contains("nothing was sent"), "{}", ended.stdout);
    assert!(peer.was_left_alone(), "something was sent");
    assert!(!desk.path("reports").exists(), "something was written");

    let url = support::start_target(Manners { mailing: Mailing::Loopback, ..Manners::default() });
    assert_eq!(test_target(&desk, &url, &[]).status, Some(0));
    let report = desk.report();
    let imported = report["imported"].as_array().unwrap().len();
    let told = format!("an LMS would import {imported} courses at most");
    assert!(ended.stdout.contains(&told), "{told}: {}", ended.stdout);
    let cases = report["scenarios"].as_array().unwrap().len();
    assert!(ended.stdout.contains(&format!("\n{cases} cases would send ")), "{}", ended.stdout);
}

#[test]
fn a_requirement_is_judged_with_the_cases_that_are_there_for_it() {
    let desk = Desk::new();
    let url = support::start_target(Manners::default());
    let ended = test_target(&desk, &url, &["--requirement", "ERR-2011"]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(played(&desk).contains(&PROBE.to_owned()));
    let report = desk.report();
    assert_eq!(
        (&report["verdict"], &report["selection"]),
        (&"incomplete".into(), &serde_json::json!(["--requirement ERR-2011"]))
    );
    let rows = report["requirements"].as_array().unwrap();
    let verdict = |id: &str| rows.iter().find(|row| row["id"] == id).unwrap()["verdict"].clone();
    assert_eq!((verdict("ERR-2011"), verdict("ERR-1432")), ("pass".into(), "deselected".into()));
    let ended = test_target(&desk, &url, &["--level", "should", "--level", "interop"]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
}

#[test]
fn every_requirement_alone_is_judged() {
    const ALL_THERE_IS: &str = "target: { url: \"http://127.0.0.1:1/\", system-password: \"literal:secret\" }\n\
        claims: { password-required: yes, quota: 64 KiB }\nsecurity-probes: on\n";
    let desk = Desk::new();
    desk.write("penspec.yaml", ALL_THERE_IS);
    for row in penspec::requirements::judge::rows_of(penspec::transcript::entry::Role::Target) {
        let ended = desk.run(&["test", "target", "--requirement", row.id, "--dry-run"]);
        assert_eq!(ended.status, Some(0), "{}: {ended:?}", row.id);
    }
}

#[test]
fn what_failed_is_played_again_and_then_nothing_is_left() {
    let desk = Desk::new();
    let url = start("no-receipt");
    let ended = test_target(&desk, &url, &["target/order", "target/binding", "target/errors/garbage-query"]);
    assert!(matches!(ended.status, Some(1 | 3)), "{ended:?}");
    let before = played(&desk);
    let url = support::start_target(Manners::default());
    let ended = test_target(&desk, &url, &["--failed"]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    let again = played(&desk);
    assert!(
        again.iter().all(|id| before.contains(id))
            && !again.contains(&"target/errors/garbage-query".to_owned()),
        "{again:?}"
    );
    let report = desk.read("reports/report.json");
    let ended = test_target(&desk, &url, &["--failed"]);
    assert_eq!(ended.status, Some(2), "{ended:?}");
    assert!(
        ended.stderr.contains("nothing is selected") && ended.stderr.contains("leave --failed out"),
        "{ended:?}"
    );
    assert_eq!(desk.read("reports/report.json"), report, "the earlier report was touched");
}

#[test]
fn what_was_not_played_after_a_refused_probe_is_played_with_failed() {
    let desk = Desk::new();
    let refused =
        desk.run(&["test", "target", "http://127.0.0.1:1/", "target/order", "--limit", "response=1s"]);
    assert_eq!(refused.status, Some(3), "{refused:?}");
    assert_eq!(played(&desk), [PROBE]);
    let url = support::start_target(Manners::default());
    assert_eq!(test_target(&desk, &url, &["--failed"]).status, Some(0));
    let mut again = played(&desk);
    again.sort();
    assert_eq!(again, ["target/order/reversed", "target/order/shuffled", PROBE]);
}

#[test]
fn parts_never_conform_and_together_are_the_whole() {
    let url = support::start_target(Manners::default());
    let mut all = Vec::new();
    for part in ["1/2", "2/2"] {
        let desk = Desk::new();
        let ended = test_target(&desk, &url, &["--partition", part]);
        assert_eq!(ended.status, Some(0), "{ended:?}");
        let report = desk.report();
        assert_eq!((&report["verdict"], &report["partition"]), (&"incomplete".into(), &part.into()));
        all.extend(played(&desk).into_iter().filter(|id| id != PROBE));
    }
    all.sort();
    let scenarios = built_in::scenarios().unwrap();
    let cases = scenarios.iter().flat_map(Scenario::cases).filter(|case| case.subject == Subject::Target);
    let mut profile = Profile::default();
    profile.target.url = url;
    let (cases, _) = playable(cases.cloned().collect(), &profile, &[]);
    let mut known: Vec<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    known.retain(|id| *id != PROBE);
    known.sort_unstable();
    assert_eq!(all, known);
}

#[test]
fn scenarios_of_ones_own_are_played_beside_the_built_in_ones_or_instead() {
    let desk = Desk::new();
    let url = support::start_target(Manners::default());
    std::fs::create_dir_all(desk.path("mine/acme")).unwrap();
    desk.write(
        "mine/acme/plain.yaml",
        "title: Ours\nsubject: target\nsteps:\n  - stage: { package: scorm12-minimal.zip }\n  - collect: {}\n  - await: { receipt: {} }\n",
    );
    let ended = test_target(&desk, &url, &["--scenarios", "mine", "--no-built-in"]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    let mut both = played(&desk);
    both.sort();
    assert_eq!(both, ["acme/plain", PROBE]);
    assert_eq!(desk.report()["verdict"], "incomplete");
    let ended = test_target(&desk, &url, &["--scenarios", "mine", "acme/*", "target/echo"]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert_eq!(played(&desk).len(), 3);

    desk.write("mine/acme/plain.yaml", "titel: Ours\n");
    let ended = test_target(&desk, &url, &["--scenarios", "mine"]);
    assert_eq!(ended.status, Some(2), "{ended:?}");
    assert!(
        ended.stderr.contains("plain.yaml:1:1: unknown key \"titel\"; did you mean \"title\"?"),
        "{}",
        ended.stderr
    );
}

#[test]
fn what_is_listed_for_programs_is_json() {
    let listed = Desk::new().run(&["list", "--format", "json"]);
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    for (what, id) in [("scenarios", "target/probe"), ("requirements", "RSP-004"), ("defects", "lf-lines")] {
        let all = listed[what].as_array().unwrap();
        assert!(all.iter().any(|one| one["id"] == id), "{what}: {id}");
    }
}
