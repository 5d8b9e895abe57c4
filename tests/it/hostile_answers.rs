//! Answers that are made to do harm: to a run against a target, and to a mock client. What `answers` tries is not repeated.

use std::io::Write;
use std::net::TcpStream;
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::Value;

use crate::harmless::{end_soundly, end_within_memory, is_harmless};
use crate::peer::{Peer, http, serving};
use crate::process::Desk;
use crate::rendered::NASTY;

/// An answer, what is judged of it, and with which verdict.
pub(crate) struct Answer {
    name: &'static str,
    /// What is said first.
    first: Vec<u8>,
    /// What is said again and again after it, until nobody listens; nothing where the answer ends.
    again: Vec<u8>,
    requirement: &'static str,
    verdict: &'static str,
}

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
const GOOD: &str =
    "error=0\r\nerror-text=collect command received and understood\r\nversion=1.0.0\r\npens-data=";

/// An answer that ends.
fn once(
    name: &'static str,
    bytes: impl Into<Vec<u8>>,
    requirement: &'static str,
    verdict: &'static str,
) -> Answer {
    Answer { name, first: bytes.into(), again: Vec::new(), requirement, verdict }
}

/// An answer that never ends.
fn endless(name: &'static str, first: &str, again: impl Into<Vec<u8>>, requirement: &'static str) -> Answer {
    Answer { name, first: first.into(), again: again.into(), requirement, verdict: "fail" }
}

/// The answer that is good but for these headers and the framing that they tell.
fn framed(headers: &str, body: &str) -> Vec<u8> {
    format!("{HEAD}{headers}\r\n{body}").into_bytes()
}

/// The answer that is good but for one field, whose value is nasty and no UTF-8.
fn with_nasty(field: &str) -> Vec<u8> {
    let nasty = [NASTY.as_bytes(), b"\xff\xfe\xc0\xaf\xed\xa0\x80"].concat();
    let body = GOOD.split("\r\n").flat_map(|line| {
        let is_it = line.split('=').next() == Some(field);
        [line.as_bytes(), if is_it { &nasty } else { b"" }, b"\r\n"].concat()
    });
    let body: Vec<u8> = body.collect();
    let head = format!("{HEAD}Content-Length: {}\r\n\r\n", body.len());
    [head.into_bytes(), body].concat()
}

/// Answers without an end, or without measure.
pub(crate) fn oversized() -> Vec<Answer> {
    let padding = "x".repeat(65536);
    vec![
        endless("a gigabyte until the connection ends", &format!("{HEAD}\r\n"), &*padding, "RSP-002"),
        endless("a header without end", &format!("{HEAD}X: "), &*padding, "RSP-002"),
        endless("a million headers", HEAD, "a:\r\n".repeat(10_000), "RSP-002"),
        endless("a first line without end", "HTTP/1.1 200 ", &*padding, "RSP-002"),
        endless("interim answers without end", "", "HTTP/1.1 100 Continue\r\n\r\n".repeat(1000), "RSP-002"),
        endless(
            "a chunk's extension without end",
            &format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n5;"),
            &*padding,
            "RSP-002",
        ),
        endless(
            "a trailer without end",
            &format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\n"),
            "X: y\r\n".repeat(10_000),
            "RSP-002",
        ),
        once("elements without number", framed("", &"a=b\r\n".repeat(12_000)), "RSP-002", "fail"),
        once("lines without number", framed("", &"\r\n".repeat(30_000)), "RSP-002", "fail"),
        once(
            "brackets in brackets",
            http("200 OK", "application/json", &"[".repeat(60_000)),
            "RSP-002",
            "fail",
        ),
        once("tags in tags", http("200 OK", "text/html", &"<div>".repeat(12_000)), "RSP-002", "fail"),
    ]
}

/// Answers of which two readers make two different things: penspec takes what RFC 9112 (6.3) has a client take, and of a
/// length that is none all that comes.
fn smuggled() -> Vec<Answer> {
    let chunked = format!("{:x}\r\n{GOOD}\r\n0\r\n\r\n", GOOD.len());
    let length = GOOD.len();
    let of_sizes = |sizes: &[&str], requirement: &'static str| {
        let of_size = |size: &&str| {
            let body = format!("{size}\r\n{GOOD}\r\n0\r\n\r\n");
            once("a chunk's size", framed("Transfer-Encoding: chunked\r\n", &body), requirement, "fail")
        };
        sizes.iter().map(of_size).collect::<Vec<_>>()
    };
    let of_length = |length: &str| {
        once("a length", framed(&format!("Content-Length: {length}\r\n"), GOOD), "RSP-002", "pass")
    };
    let both = "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n";
    let two = format!("Content-Length: 3\r\nContent-Length: {length}\r\n");
    let rest = [
        once("a length and chunks", framed(both, &chunked), "RSP-002", "pass"),
        once("two lengths", framed(&two, GOOD), "RSP-002", "pass"),
        once("chunks twice", framed("Transfer-Encoding: chunked, chunked\r\n", &chunked), "RSP-002", "pass"),
        once("chunks that are none", framed("Transfer-Encoding: xchunked\r\n", &chunked), "RSP-009", "fail"),
        once(
            "a second answer behind the first",
            [http("200 OK", "text/plain", GOOD), http("200 OK", "text/plain", "error=1500")].concat(),
            "RSP-002",
            "pass",
        ),
        once("squeezed", framed("Content-Encoding: gzip\r\n", "\u{1f}\u{8b}"), "RSP-002", "fail"),
    ];
    let lengths = ["18446744073709551616", "-1", "+86", "0x56", "86, 87", "8 6"].map(of_length);
    [
        of_sizes(&["FFFFFFFFFFFFFFFFF", "-1", "0x56", "", "5 6"], "RSP-002"),
        of_sizes(&["8000000000000000", "FFFFFFFFFFFFFFFF"], "RSP-001"),
        lengths.into(),
        rest.into(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Answers that send us away, for ever or to where we have no business.
pub(crate) fn leading_away() -> Vec<Answer> {
    let places = [
        "/pens",
        "pens",
        "/pens/../pens",
        "file:///etc/passwd",
        "//192.0.2.1/pens",
        "http://192.0.2.1/pens",
        "javascript:alert(1)",
        "http://127.0.0.1:1/\u{202e}\u{1b}[2J",
        "/../../../../etc/passwd",
    ];
    let moved = |place: &&str| {
        let head = format!("HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n");
        once("a redirect", head, "RSP-002", "fail")
    };
    places.iter().map(moved).collect()
}

/// Answers that are nasty in one place each.
fn nasty() -> Vec<Answer> {
    let fields = [
        ("error", "RSP-007", "fail"),
        ("error-text", "RSP-002", "pass"),
        ("version", "RSP-008", "fail"),
        ("pens-data", "RSP-002", "pass"),
    ];
    let fields =
        fields.map(|(field, requirement, verdict)| once(field, with_nasty(field), requirement, verdict));
    let headers = [
        "Server",
        "Set-Cookie",
        "Date",
        "Location",
        "WWW-Authenticate",
        "Content-Type",
        "Content-Length",
        NASTY,
    ];
    let headers =
        headers.map(|name| once(name, framed(&format!("{name}: {NASTY}\r\n"), GOOD), "RSP-002", "pass"));
    fields.into_iter().chain(headers).collect()
}

/// A peer that says an answer to whoever asks.
pub(crate) fn saying(answer: &Answer) -> Peer {
    let (first, again) = (answer.first.clone(), answer.again.clone());
    serving(move |stream, _| {
        if stream.write_all(&first).is_ok() && !again.is_empty() {
            give_without_end(stream, &again);
        }
    })
}

/// As much as is taken, and at most two gigabytes.
fn give_without_end(stream: &mut TcpStream, piece: &[u8]) {
    let mut given = 0;
    while given < 2 << 30 && stream.write_all(piece).is_ok() {
        given += piece.len();
    }
}

/// A run against a target that gives this answer: it ends within its limits, with this verdict. What is told beside it.
fn is_judged(answer: &Answer, peer: &Peer) -> Vec<Value> {
    let desk = Desk::new();
    let limits =
        ["response=2s", "collect=2s", "download=100ms", "receipt=100ms", "alert=100ms", "quiet=100ms"];
    let mut arguments = vec!["test", "target", &peer.url, "target/probe", "-v", "--progress", "json-lines"];
    for limit in limits {
        arguments.extend(["--limit", limit]);
    }
    let ended = end_soundly(&desk, desk.start(&arguments));
    let report = desk.report();
    let rows = report["requirements"].as_array().unwrap();
    let row = rows.iter().find(|row| row["id"] == answer.requirement).unwrap();
    assert_eq!(row["verdict"], answer.verdict, "{}: {row:#}", answer.shown());
    let failed = rows.iter().any(|row| row["verdict"] == "fail");
    assert_eq!(ended.status, Some(if failed { 1 } else { 3 }), "{}: {ended:?}", answer.shown());
    assert!(desk.read("reports/transcript.jsonl").len() < 1 << 20, "{}", answer.shown());
    report["asides"].as_array().unwrap().clone()
}

impl Answer {
    /// In which two ways its end is told.
    fn ambiguity(&self) -> Option<&'static str> {
        match self.name {
            "a length and chunks" => Some("both Content-Length and Transfer-Encoding are given"),
            "two lengths" => Some("two Content-Lengths differ"),
            "a length" if self.shown().contains("86, 87") => Some("two Content-Lengths differ"),
            "a length" => Some("Content-Length is not a number"),
            _ => None,
        }
    }

    pub(crate) fn shown(&self) -> String {
        format!("{}: {}", self.name, self.first[..self.first.len().min(200)].escape_ascii())
    }
}

#[test]
fn an_answer_without_measure_is_bounded_and_fails() {
    for answer in oversized() {
        is_judged(&answer, &saying(&answer));
    }
}

#[test]
fn an_answer_that_can_be_read_in_two_ways_is_read_in_one() {
    for answer in smuggled() {
        let asides = is_judged(&answer, &saying(&answer));
        let told: Vec<&str> = asides.iter().filter_map(|aside| aside["message"].as_str()).collect();
        let Some(why) = answer.ambiguity() else {
            assert_eq!(told, [""; 0], "{}", answer.shown());
            continue;
        };
        let said = format!(" can be read in two ways, and is read in one: {why} (RFC 9112, 6.3)");
        let is_it = |told: &&str| told.starts_with("the answer to GET /pens?") && told.ends_with(&said);
        assert!(told.len() == 1 && told.iter().all(is_it), "{}: {told:#?}", answer.shown());
    }
}

#[test]
fn an_answer_that_is_nasty_somewhere_is_shown_harmlessly() {
    for answer in nasty() {
        is_judged(&answer, &saying(&answer));
    }
}

#[test]
fn an_answer_that_leads_away_is_followed_nowhere_and_not_for_ever() {
    for answer in leading_away() {
        let peer = saying(&answer);
        is_judged(&answer, &peer);
        let asked = std::iter::from_fn(|| peer.heard_so_far()).count();
        assert!((1..=6).contains(&asked), "{asked} requests: {}", answer.shown());
    }
}

/// An answer of a byte now and then: the limit for the whole ends it, and a target that is slow is not wrong.
#[test]
fn an_answer_that_drips_is_waited_for_no_longer_than_its_limit() {
    let peer = serving(|stream, _| {
        let (_never, pause) = channel::<()>();
        for byte in http("200 OK", "text/plain", GOOD).bytes().cycle() {
            if stream.write_all(&[byte]).is_err() {
                return;
            }
            let _ = pause.recv_timeout(Duration::from_millis(30));
        }
    });
    let answer = once("drip", "", "RSP-001", "inconclusive");
    is_judged(&answer, &peer);
}

/// The same answers to a mock client: it says what came, and ends.
#[test]
fn a_mock_client_bears_with_any_answer() {
    for answer in oversized().into_iter().chain(leading_away()).chain(nasty()) {
        let (desk, peer) = (Desk::new(), saying(&answer));
        let running = desk.start(&["mock", "client", "--once", "--for", "100ms", "-v", &peer.url]);
        let ended = end_within_memory(running);
        assert_eq!(ended.status, Some(0), "{}: {ended:?}", answer.shown());
        assert!(ended.stdout.contains("collect   GET /pens?"), "{}: {ended:?}", answer.shown());
        is_harmless(&ended.stdout);
        is_harmless(&ended.stderr);
    }
}
