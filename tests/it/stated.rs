//! What is handed on beside the report: the conformance statement, the in-toto statement, the badge.

use std::sync::Arc;

use penspec::profile::{Claim, Claims};
use penspec::report::json::sha256;
use penspec::report::statement::{html, markdown};
use penspec::report::{badge, in_toto};
use penspec::requirements::CATALOGUE;
use penspec::run::Run;
use penspec::transcript::{Transcript, What, file};
use roxmltree::Document;
use serde_json::Value;

use crate::harmless::is_harmless;
use crate::process::Desk;
use crate::rendered::{NASTY, nasty_run, strangers};

const PASSED: &str = include_str!("../runs/passed.jsonl");
const FAILED: &str = include_str!("../runs/failed.jsonl");
const UNREACHABLE: &str = include_str!("../runs/unreachable.jsonl");
const WITHOUT_RECEIPT: &str = include_str!("../runs/without-receipt.jsonl");
const CLIENT: &str = include_str!("../runs/client.jsonl");
const SAMPLE: &str = include_str!("../../reports/sample/transcript.jsonl");

fn run(text: &str) -> Run {
    Run::of(&file::read(text).unwrap()).unwrap()
}

fn statement(text: &str) -> String {
    markdown::render(&run(text), &sha256(text.as_bytes())).replace(CATALOGUE, "CATALOGUE")
}

/// The sentences below the last heading.
fn undetected(run: &Run) -> String {
    let text = markdown::render(run, "");
    text.split_once("could not have detected\n\n").unwrap().1.to_owned()
}

#[test]
fn the_statement_of_a_target() {
    insta::assert_snapshot!(statement(FAILED));
}

#[test]
fn the_statement_of_a_target_that_nobody_reached() {
    insta::assert_snapshot!(statement(UNREACHABLE));
}

#[test]
fn the_statement_of_a_client() {
    insta::assert_snapshot!(statement(CLIENT));
}

#[test]
fn what_was_claimed_stands_beside_what_was_seen() {
    let mut run = run(SAMPLE);
    run.profile.claims = Claims { https: Some(Claim::Yes), alerts: Some(Claim::No), ..Claims::default() };
    let text = markdown::render(&run, "");
    assert!(
        text.contains("\n| https | yes | yes |\n") && text.contains("\n| alerts | no | yes |\n"),
        "{text}"
    );
    assert!(text.contains("The profile claims alerts: no; observed: yes."), "{text}");
}

#[test]
fn how_long_a_package_was_seen_is_told_beside_what_was_promised() {
    let mut transcript = file::read(CLIENT).unwrap();
    let week = |text: &str| text.replace("2026-11-23T18", "2026-11-29T18");
    let mut shift = 0;
    for entry in &mut transcript.entries {
        let entry = Arc::make_mut(entry);
        let what = serde_json::to_string(&entry.what).unwrap();
        entry.what = serde_json::from_str(&week(&what)).unwrap();
        if let What::Request(request) = &mut entry.what {
            // The last fetch of a package comes four minutes later.
            let is_fetch = request.head.0.windows(9).any(|bytes| bytes == b"/package/") && shift > 0;
            request.first_byte_us += if is_fetch { 240_000_000 } else { 0 };
            shift += 1;
        }
    }
    let told = undetected(&Run::of(&transcript).unwrap());
    assert!(
        told.contains("Availability of packages was judged for 4 min of 6 days, the time that"),
        "{told}"
    );
    let mut never = transcript;
    for entry in &mut never.entries {
        let entry = Arc::make_mut(entry);
        let what = serde_json::to_string(&entry.what).unwrap();
        entry.what =
            serde_json::from_str(&what.replace("package-url-expiry=2026", "package-url-expiry=x")).unwrap();
    }
    assert!(!undetected(&Run::of(&never).unwrap()).contains("Availability"));
}

#[test]
fn what_was_not_judged_is_named() {
    let told = undetected(&run(UNREACHABLE));
    assert!(told.starts_with("- Not judged, though they are a MUST: RSP-001, "), "{told}");
    assert!(!undetected(&run(SAMPLE)).contains("Not judged"));
}

#[test]
fn a_statement_on_a_page_says_what_it_says_in_markdown() {
    for text in [PASSED, FAILED, UNREACHABLE, WITHOUT_RECEIPT, CLIENT, SAMPLE] {
        let run = run(text);
        let page = html::render(&run, "5ha256");
        assert!(!page.contains("<script"), "{page}");
        let words: String = markdown::render(&run, "5ha256").replace(['`', '\\'], "");
        for line in words.lines().filter(|line| line.starts_with("- ")) {
            assert!(page.contains(&line[2..]), "{line}");
        }
        assert!(page.contains("with SHA-256 5ha256"), "{page}");
    }
}

#[test]
fn in_toto_has_each_requirement_that_was_judged_once() {
    for text in [PASSED, FAILED, UNREACHABLE, CLIENT] {
        let run = run(text);
        let told: Value = serde_json::from_str(&in_toto::render(&run, &sha256(text.as_bytes()))).unwrap();
        assert_eq!(told["_type"], "https://in-toto.io/Statement/v1");
        assert_eq!(told["predicateType"], "https://in-toto.io/attestation/test-result/v0.1");
        assert_eq!(told["subject"][0]["digest"]["sha256"], sha256(text.as_bytes()));
        assert_eq!(told["predicate"]["result"], "FAILED");
        let count = |key: &str| told["predicate"][key].as_array().unwrap().len();
        let rows = |verdicts: &[&str]| {
            let rows = run.judgement.rows.iter();
            rows.filter(|judged| verdicts.contains(&judged.verdict.key())).count()
        };
        assert_eq!(count("passedTests"), rows(&["pass"]));
        assert_eq!(count("warnedTests"), rows(&["warning"]));
        assert!(count("failedTests") >= rows(&["fail", "inconclusive", "review"]));
    }
}

#[test]
fn only_what_conforms_passes_as_an_attestation() {
    let whole = SAMPLE.replace("error=0\\\\nerror-text", "error=0\\\\r\\\\nerror-text");
    let mut conforming = run(&whole);
    conforming.judgement.verdict = penspec::requirements::verdict::RunVerdict::Conforms;
    conforming.judgement.rows.retain(|judged| judged.verdict.key() == "pass");
    let told: Value = serde_json::from_str(&in_toto::render(&conforming, "")).unwrap();
    assert_eq!(told["predicate"]["result"], "PASSED");
    conforming.judgement.rows[0].verdict = penspec::requirements::verdict::Verdict::Warning;
    let told: Value = serde_json::from_str(&in_toto::render(&conforming, "")).unwrap();
    assert_eq!(told["predicate"]["result"], "WARNED");
}

#[test]
fn the_badge_says_the_verdict() {
    let mut told = String::new();
    for text in [PASSED, FAILED, CLIENT] {
        let svg = badge::render(&run(text));
        Document::parse(&svg).unwrap();
        told.push_str(&svg);
    }
    insta::assert_snapshot!(told);
}

#[test]
fn what_a_stranger_wrote_is_no_markup() {
    let run = strangers(&nasty_run());
    let page = html::render(&run, "");
    let text = markdown::render(&run, "");
    for told in [&page, &text, &in_toto::render(&run, ""), &badge::render(&run)] {
        is_harmless(told);
        assert!(!told.contains(NASTY), "{told}");
    }
    assert!(!page.contains("<script"), "{page}");
    let bare = text.lines().filter(|line| line.contains("alert(1)") && !line.contains('`'));
    assert_eq!(bare.collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn a_strangers_elements_stay_in_their_cells() {
    let mut transcript: Transcript = file::read(CLIENT).unwrap();
    for entry in &mut transcript.entries {
        let entry = Arc::make_mut(entry);
        let what = serde_json::to_string(&entry.what).unwrap();
        let nasty = what.replace("package-format=zip", "package-format=%3Cscript%3E%7C%0A%7C%20%1B%5B2J%60");
        entry.what = serde_json::from_str(&nasty).unwrap();
    }
    let run = Run::of(&transcript).unwrap();
    let (text, page) = (markdown::render(&run, ""), html::render(&run, ""));
    is_harmless(&text);
    is_harmless(&page);
    let row = text.lines().find(|line| line.starts_with("| package-format |")).unwrap();
    assert_eq!(row.replace("\\|", "").matches('|').count(), 4, "{row}");
    assert!(!page.contains("<script"), "{page}");
}

#[test]
fn every_form_is_printed_and_written() {
    let desk = Desk::new();
    desk.write("run.jsonl", FAILED);
    for format in ["statement-md", "statement-html", "in-toto", "badge"] {
        let printed = desk.run(&["report", "run.jsonl", "--format", format]);
        let written = desk.run(&["report", "run.jsonl", "--format", format, "--out", "told"]);
        assert_eq!((printed.status, written.status), (Some(0), Some(0)), "{printed:?} {written:?}");
        assert_eq!(printed.stdout, desk.read("told"), "{format}");
        assert_eq!(printed.stdout.contains(&sha256(FAILED.as_bytes())), format != "badge", "{format}");
    }
}
