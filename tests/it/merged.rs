//! `merge`: the parts of a divided run say together what the undivided run says, and nothing else is joined.

use std::fmt::Write as _;

use penspec::mock::manners::Manners;
use penspec::report::json;
use penspec::run::Run;
use penspec::transcript::file;
use serde_json::Value;

use crate::process::Desk;
use crate::rendered::manners;
use crate::support;

const LIMITS: [&str; 6] = ["--limit", "receipt=1s", "--limit", "alert=1s", "--limit", "quiet=300ms"];

/// A desk with the parts of a run in `part-1`, `part-2` and so on.
fn divided(manners: Manners, selection: &[&str], of: usize) -> Desk {
    let (desk, url) = (Desk::new(), support::start_target(manners));
    for part in 1..=of {
        let (partition, directory) = (format!("{part}/{of}"), format!("part-{part}"));
        let flags = ["--partition", &partition, "--report-dir", &directory];
        desk.run(&[&["test", "target", &url][..], selection, &LIMITS, &flags].concat());
    }
    desk
}

fn verdicts(report: &Value) -> Vec<(String, String)> {
    let rows = report["requirements"].as_array().unwrap().iter();
    rows.map(|row| (row["id"].to_string(), row["verdict"].to_string())).collect()
}

#[test]
fn the_parts_of_a_run_say_together_what_the_whole_says() {
    for (manners, status) in [(Manners::default(), 0), (manners("lf-lines"), 1)] {
        let url = support::start_target(manners);
        let desk = Desk::new();
        let whole = desk.run(&[&["test", "target", &url][..], &LIMITS].concat());
        assert_eq!(whole.status, Some(status), "{whole:?}");
        let undivided = desk.report();
        for part in ["1/3", "2/3", "3/3"] {
            let flags = ["--partition", part, "--report-dir", &part[..1]];
            desk.run(&[&["test", "target", &url][..], &LIMITS, &flags].concat());
        }
        let merged = desk.run(&["merge", "3", "1/transcript.jsonl", "2", "--report-dir", "reports"]);
        assert_eq!((merged.status, merged.stderr.as_str()), (Some(status), ""), "{merged:?}");
        let report = desk.report();
        assert_eq!(verdicts(&report), verdicts(&undivided));
        for key in ["verdict", "exit_status", "selection", "partition", "paths"] {
            let told = |report: &Value| match key {
                "paths" => report[key].as_array().unwrap().iter().map(|path| path["state"].clone()).collect(),
                _ => report[key].clone(),
            };
            assert_eq!(told(&report), told(&undivided), "{key}");
        }
    }
}

#[test]
fn the_transcript_of_the_whole_stands_on_its_own() {
    let desk = divided(Manners::default(), &["target/errors/*", "target/order"], 2);
    let merged = desk.run(&["merge", "part-1", "part-2", "--report-dir", "whole"]);
    assert_eq!(merged.status, Some(0), "{merged:?}");
    let transcript = file::read(&desk.read("whole/transcript.jsonl")).unwrap();
    assert!(json::render(&Run::of(&transcript).unwrap()) == desk.read("whole/report.json"));
    let judged = desk.run(&["judge", "whole"]);
    assert_eq!((judged.status, judged.stdout), (Some(0), merged.stdout));
    let parts = ["part-1", "part-2"].map(|part| file::read(&desk.read(&format!("{part}/transcript.jsonl"))));
    let [one, other] = parts.map(|part| Run::of(&part.unwrap()).unwrap());
    let whole = Run::of(&transcript).unwrap();
    let count = |run: &Run| {
        let exchanges = run.evidence.transactions.iter();
        (exchanges.map(|one| one.collects.len() + one.downloads.len() + one.callbacks.len()))
            .collect::<Vec<_>>()
    };
    assert_eq!(count(&whole), [count(&one), count(&other)].concat());
    let times: Vec<u64> = transcript.entries.iter().map(|entry| entry.at_us).collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn a_whole_with_a_missing_part_is_incomplete_and_says_which() {
    let desk = divided(Manners::default(), &["target/probe", "target/order"], 3);
    let merged = desk.run(&["merge", "part-3", "part-1", "--report-dir", "whole"]);
    assert_eq!(merged.status, Some(3), "{merged:?}");
    assert!(
        merged.stdout.contains("part 2/3 is missing; play what is missing with --partition, and merge all"),
        "{merged:?}"
    );
    let report: Value = serde_json::from_str(&desk.read("whole/report.json")).unwrap();
    assert_eq!((&report["verdict"], &report["partition"]), (&"incomplete".into(), &"1,3/3".into()));
    assert_eq!(desk.run(&["judge", "whole"]).status, Some(3));
}

#[test]
fn what_is_no_part_of_the_same_run_is_refused() {
    let desk = divided(Manners::default(), &["target/probe", "target/order"], 2);
    let url = desk_url(&desk);
    let text = desk.read("part-2/transcript.jsonl").replace(&url, "http://127.0.0.1:1");
    desk.write(
        "part-1/transcript.jsonl",
        desk.read("part-1/transcript.jsonl").replace(&url, "http://127.0.0.1:1"),
    );
    desk.write("part-2/transcript.jsonl", &text);
    let mut refused = String::new();
    for (name, from, to) in [
        ("role", "\"role\":\"target\"", "\"role\":\"client\""),
        ("version", "\"version\":\"0.1.0\"", "\"version\":\"0.0.9\""),
        ("catalogue", "\"catalogue\":\"", "\"catalogue\":\"older than "),
        ("subject", "http://127.0.0.1:1/", "http://lms.example/"),
        ("reading", "\"reading\":\"tolerant\"", "\"reading\":\"strict\""),
        ("parts", "\"partition\":\"2/2\"", "\"partition\":\"2/3\""),
        ("selection", "[\"target/probe\",", "[\"target/mail\\u001b\","),
        ("profile", "\"max-in-flight\":8", "\"max-in-flight\":7"),
        ("undivided", "\"partition\":\"2/2\"", "\"partition\":null"),
        ("copied", "\"partition\":\"2/2\"", "\"partition\":\"1/2\""),
    ] {
        assert!(text.contains(from), "{name}: {from} is not there");
        desk.write(name, text.replacen(from, to, 1));
        let ended = desk.run(&["merge", "part-1", name, "--report-dir", "whole"]);
        assert_eq!((ended.status, ended.stdout.as_str()), (Some(2), ""), "{name}");
        let _ = write!(refused, "{}", ended.stderr);
    }
    let own = desk.read("part-1/transcript.jsonl");
    let run_id = file::read(&own).unwrap().header.run_id;
    desk.write("same", own.replacen("\"partition\":\"1/2\"", "\"partition\":\"2/2\"", 1));
    desk.write("cases", desk.read("same").replace(&run_id, "12345678"));
    for arguments in [
        &["part-1", "part-1"][..],
        &["part-1", "same"],
        &["part-1", "missing"],
        &["part-1", "part-2", "--report-dir", "part-2"],
    ] {
        let ended = desk.run(&[&["merge"][..], arguments].concat());
        assert_eq!((ended.status, ended.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        let _ = write!(refused, "{}", ended.stderr.replace(&run_id, "RUN-ID"));
    }
    assert!(!desk.path("whole").exists());
    insta::assert_snapshot!(refused);
}

#[test]
fn parts_that_both_played_a_case_are_of_different_suites() {
    let desk = divided(Manners::default(), &["target/order"], 1);
    let own = desk.read("part-1/transcript.jsonl").replace("1/1", "1/2");
    desk.write("one", &own);
    let run_id = file::read(&own).unwrap().header.run_id;
    desk.write(
        "other",
        own.replace("\"1/2\"", "\"2/2\"")
            .replace("--partition 1/2", "--partition 2/2")
            .replace(&run_id, "12345678"),
    );
    let ended = desk.run(&["merge", "one", "other"]);
    assert_eq!(
        (ended.status, ended.stderr.as_str()),
        (
            Some(2),
            "penspec: one and other: both have the case target/order/reversed, as only one part can; join parts of one run and one suite, each once\n"
        )
    );
}

/// Where the target of the parts is, up to the path.
fn desk_url(desk: &Desk) -> String {
    let transcript = file::read(&desk.read("part-1/transcript.jsonl")).unwrap();
    let url = transcript.header.profile["target"]["url"].as_str().unwrap().to_owned();
    url.rsplit_once('/').unwrap().0.to_owned()
}
