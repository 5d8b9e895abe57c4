//! `judge` of what somebody has at hand: a URL, a raw request or response, a HAR.

use crate::process::{Desk, Ended};

const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n\
    error=0\r\nerror-text=understood\r\nversion=1.0.0\r\npens-data=\r\n";

fn judged(name: &str, text: &str, more: &[&str]) -> Ended {
    let desk = Desk::new();
    desk.write(name, text);
    desk.run(&[&["judge", name], more].concat())
}

#[test]
fn a_raw_answer_is_judged_by_its_bytes() {
    let good = judged("answer.txt", ANSWER, &[]);
    assert_eq!((good.status, good.stderr.as_str()), (Some(0), ""), "{good:?}");
    assert!(good.stdout.contains("a selection is no certificate"), "{good:?}");
    let all = judged("answer.txt", ANSWER, &["--verbose"]);
    let passed = all.stdout.lines().find(|line| line.starts_with("pass ")).unwrap_or_default();
    assert!(!passed.contains("RSP-013"), "of when it came nothing is known: {passed}");
    assert!(passed.contains("RSP-004"), "{all:?}");
    let bad = judged("answer.txt", &ANSWER.replace("version=1.0.0", "version=1.0"), &[]);
    assert_eq!(bad.status, Some(1));
    assert!(bad.stdout.contains("FAIL RSP-008"), "{bad:?}");
    assert!(!bad.stdout.contains("transcript.jsonl") && !bad.stdout.contains("penspec test"), "{bad:?}");
}

#[test]
fn the_answer_in_a_har_is_the_targets_where_that_is_asked() {
    let har = r#"{"log":{"entries":[{
        "request":{"method":"GET","url":"http://lms.example/pens?command=collect&pens-version=1.0.0","headers":[]},
        "response":{"status":200,"headers":[{"name":"Content-Type","value":"text/html"}],
            "content":{"text":"error=OK\r\nerror-text=\r\nversion=1.0.0\r\npens-data="}}}]}}"#;
    let ended = judged("run.har", har, &["--role", "target"]);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("FAIL RSP-007") && ended.stdout.contains("WARNING RSP-006"), "{ended:?}");
    let foreign = judged("run.har", &har.replace("command=collect&pens-version=1.0.0", "q=1"), &[]);
    assert_eq!(foreign.status, Some(2));
    assert!(foreign.stderr.contains("none of its 1 requests has a message element of PENS"), "{foreign:?}");
}

#[test]
fn a_collect_by_its_url_is_judged_element_by_element() {
    let url = "http://lms.example/pens?pens-version=1.0&command=collect&package-type=ims-qti&package-type-version=2\
        &package-format=zip&package-id=bare&package-url=http%253A%252F%252Fa.example%252Fa.zip\
        &package-url-expiry=2026-01-01T00:00:00&Client=x y&receipt=http:/author.com&";
    let ended = Desk::new().run(&["judge", url]);
    for id in
        ["MSG-002", "MSG-003", "MSG-004", "ELM-001", "ELM-006", "ELM-007", "ELM-009", "ELM-010", "ELM-012"]
    {
        assert!(ended.stdout.contains(&format!("FAIL {id} ")), "{id}: {ended:?}");
    }
    for id in ["MSG-005", "ELM-002", "ELM-004", "ELM-005"] {
        assert!(!ended.stdout.contains(&format!("FAIL {id} ")), "{id}: {ended:?}");
    }
    assert!(ended.stdout.contains("WARNING ELM-003 "), "{ended:?}");
}

#[test]
fn a_url_is_judged_as_it_stands() {
    let url = "http://lms.example/pens?command=collect&client=an authoring tool&pens-version=1.0.0";
    let ended = Desk::new().run(&["judge", url]);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("FAIL MSG-001"), "{ended:?}");
}

#[test]
fn a_password_in_a_url_is_not_shown() {
    let url = "http://lms.example/pens?command=collect&system-password=hunter2-hunter2";
    let ended = Desk::new().run(&["judge", url, "--verbose"]);
    assert!(!ended.stdout.contains("hunter2") && !ended.stderr.contains("hunter2"), "{ended:?}");
}

#[test]
fn what_is_no_evidence_is_refused_with_the_cure() {
    let check = |name: &str, text: &str, message: &str| {
        let ended = judged(name, text, &[]);
        assert_eq!((ended.status, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
        assert!(ended.stderr.contains(message), "{message}: {ended:?}");
    };
    check("hello.txt", "hello", "save a message whole, with its head");
    check("empty.txt", "", "save a message whole, with its head");
    check("body.txt", "error=0\r\n", "save a message whole, with its head");
    check("bad.har", "{\"log\":{}}", "the HAR cannot be read: missing field `entries`");
    let gone = Desk::new().run(&["judge", "gone.txt"]);
    assert!(gone.status == Some(2) && gone.stderr.contains("gone.txt: cannot be read"), "{gone:?}");
}
