//! The difference between stored runs in its other forms: JSON for programs, a page for people.

use penspec::report::diff::{compare, html, json};
use penspec::requirements::CATALOGUE;
use penspec::run::Run;
use penspec::transcript::file;
use serde_json::Value;

use crate::harmless::is_harmless;
use crate::process::Desk;
use crate::rendered::{NASTY, nasty_run, strangers};

const PASSED: &str = include_str!("../runs/passed.jsonl");
const FAILED: &str = include_str!("../runs/failed.jsonl");
const UNREACHABLE: &str = include_str!("../runs/unreachable.jsonl");
const WITHOUT_RECEIPT: &str = include_str!("../runs/without-receipt.jsonl");

fn run(text: &str) -> Run {
    Run::of(&file::read(text).unwrap()).unwrap()
}

fn sheet(page: &str) -> String {
    let (before, rest) = page.split_once("<meta http-equiv").unwrap();
    let (_, rest) = rest.split_once("<meta name=\"viewport\"").unwrap();
    let (middle, rest) = rest.split_once("<style>").unwrap();
    format!("{before}<meta name=\"viewport\"{middle}{}", rest.split_once("</style>").unwrap().1)
}

#[test]
fn the_difference_is_told_to_programs() {
    let (before, after) = (run(PASSED), run(FAILED));
    let diff = compare(&before, &after).unwrap();
    insta::assert_snapshot!(json::render(&diff, &before, &after).replace(CATALOGUE, "CATALOGUE"));
}

#[test]
fn the_difference_is_shown_on_a_page() {
    let (before, after) = (run(WITHOUT_RECEIPT), run(FAILED));
    let diff = compare(&before, &after).unwrap();
    insta::assert_snapshot!(sheet(&html::render(&diff, &before, &after)));
}

#[test]
fn the_counts_are_those_of_what_is_listed() {
    let runs = [PASSED, FAILED, UNREACHABLE, WITHOUT_RECEIPT].map(run);
    for (before, after) in runs.iter().flat_map(|before| runs.iter().map(move |after| (before, after))) {
        let diff = compare(before, after).unwrap();
        let told: Value = serde_json::from_str(&json::render(&diff, before, after)).unwrap();
        let changes = told["changes"].as_array().unwrap();
        for (key, count) in told["counts"].as_object().unwrap() {
            let listed = changes.iter().filter(|change| change["kind"] == key.replace('_', "-").as_str());
            assert_eq!(listed.count() as u64, count.as_u64().unwrap(), "{key}");
        }
        let all = before.judgement.rows.len() as u64;
        assert_eq!(changes.len() as u64 + told["same"].as_u64().unwrap(), all);
        let page = html::render(&diff, before, after);
        assert_eq!(
            page.matches("&rarr;").count(),
            changes.iter().filter(|it| it["kind"] != "message").count()
        );
    }
}

#[test]
fn what_a_stranger_wrote_is_no_markup() {
    let (before, after) = (run(PASSED), strangers(&nasty_run()));
    let diff = compare(&before, &after).unwrap();
    assert!(diff.changes.iter().any(|change| change.scenario.is_some()));
    let page = html::render(&diff, &before, &after);
    is_harmless(&page);
    assert!(!page.contains("<script") && !page.contains(NASTY), "{page}");
    is_harmless(&json::render(&diff, &before, &after));
}

#[test]
fn the_command_gives_both_and_ends_as_ever() {
    let desk = Desk::new();
    desk.write("before.jsonl", PASSED);
    desk.write("after.jsonl", FAILED);
    for format in ["text", "json", "html"] {
        let flags = ["--format", format];
        let printed = desk.run(&[&["diff", "before.jsonl", "after.jsonl"][..], &flags].concat());
        let written =
            desk.run(&[&["diff", "before.jsonl", "after.jsonl", "--out", "told"][..], &flags].concat());
        assert_eq!((printed.status, written.status), (Some(1), Some(1)), "{printed:?} {written:?}");
        assert_eq!((written.stdout.as_str(), desk.read("told")), ("", printed.stdout), "{format}");
        let back = desk.run(&[&["diff", "after.jsonl", "before.jsonl"][..], &flags].concat());
        assert_eq!(back.status, Some(0), "{back:?}");
    }
}
