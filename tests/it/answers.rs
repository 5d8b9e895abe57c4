//! Targets that give no answer, or a strange one: whose fault it is, in bounded time and memory.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use crate::harmless::is_harmless;
use crate::peer::{answering, free_port, http, serving, silent};
use crate::process::Desk;

/// What is said of a target: the exit status, the verdict on a requirement, and words of the report on the terminal.
struct Said<'a> {
    status: i32,
    requirement: &'a str,
    verdict: &'a str,
    words: &'a [&'a str],
}

fn check(url: &str, said: &Said<'_>) {
    let desk = Desk::new();
    let ended = desk.run(&["test", "target", url, "--limit", "response=1s", "--limit", "download=1s"]);
    assert_eq!(ended.status, Some(said.status), "{ended:?}");
    let report = desk.report();
    let rows = report["requirements"].as_array().unwrap();
    let row = rows.iter().find(|row| row["id"] == said.requirement).unwrap();
    assert_eq!(row["verdict"], said.verdict, "{row:#}");
    for words in said.words {
        assert!(ended.stdout.contains(words), "{words:?} is not in {}", ended.stdout);
    }
}

fn fails(answer: impl Into<Vec<u8>>, requirement: &str, words: &[&str]) {
    check(&answering(answer).url, &Said { status: 1, requirement, verdict: "fail", words });
}

fn is_incomplete(url: &str, words: &[&str]) {
    check(url, &Said { status: 3, requirement: "RSP-001", verdict: "inconclusive", words });
}

#[test]
fn a_dead_address_is_no_verdict_on_the_target() {
    let url = format!("http://127.0.0.1:{}/pens", free_port());
    is_incomplete(
        &url,
        &["the connection was refused", "Is the target running", "Incomplete:", "not played"],
    );
}

#[test]
fn a_name_that_nobody_knows_is_no_verdict_on_the_target() {
    is_incomplete("http://nonexistent.invalid/pens", &["the name of the host could not be resolved"]);
}

#[test]
fn a_target_that_never_answers_is_no_verdict_on_it() {
    let peer = silent();
    let began = Instant::now();
    is_incomplete(&peer.url, &["no byte of an answer came within the limit for responses"]);
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_target_that_closes_without_a_byte_is_no_verdict_on_it() {
    is_incomplete(&answering("").url, &["the connection was closed without an answer"]);
}

#[test]
fn a_login_page_fails_and_is_called_one() {
    let page = "<html><form action=login><input type=password name=p></form></html>";
    fails(http("200 OK", "text/html", page), "RSP-002", &["this is a login page", "does not conform"]);
}

#[test]
fn a_404_fails_and_the_path_is_doubted() {
    let answer = http("404 Not Found", "text/html", "<h1>Not Found</h1>");
    fails(answer, "RSP-002", &["HTTP status 404", "no receiver answers at this path"]);
}

#[test]
fn json_fails_and_another_api_is_suspected() {
    let answer = http("200 OK", "application/json", r#"{"error":0}"#);
    fails(answer, "RSP-002", &["this is JSON: another API answers at this address"]);
}

#[test]
fn a_redirect_with_an_answer_of_pens_is_judged_by_that() {
    let body = "error=1201\nerror-text=no\nversion=1.0.0\npens-data=";
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    fails(answer, "RSP-004", &["CR LF is required", "the answer came with HTTP status 302"]);
}

#[test]
fn an_answer_that_ends_half_way_fails() {
    let answer =
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 500\r\n\r\nerror=0\r\nerror-te";
    fails(answer, "RSP-001", &["the connection was closed in the middle of the answer"]);
}

#[test]
fn bytes_that_are_no_http_fail() {
    fails("SSH-2.0-OpenSSH_9.6\r\n", "RSP-001", &["the answer is no HTTP response"]);
}

#[test]
fn a_gigabyte_of_a_promised_length_is_not_read_to_its_end() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1073741824\r\n\r\n";
    stops_reading(head, "x".repeat(65536).as_bytes(), "RSP-002");
}

#[test]
fn a_gigabyte_in_chunks_is_not_read_to_its_end() {
    let mut chunk = b"10000\r\n".to_vec();
    chunk.resize(chunk.len() + 0x10000, b'x');
    chunk.extend_from_slice(b"\r\n");
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n";
    stops_reading(head, &chunk, "RSP-002");
}

#[test]
fn a_head_without_end_is_not_read_to_its_end() {
    stops_reading("HTTP/1.1 200 OK\r\n", "X-Padding: 0123456789\r\n".repeat(1000).as_bytes(), "RSP-002");
}

/// The target's answer goes on for a gigabyte: it fails soon, and little of it was taken or stored.
fn stops_reading(head: &'static str, piece: &[u8], requirement: &str) {
    let (sender, given) = channel();
    let piece = piece.to_vec();
    let peer = serving(move |stream, _| {
        stream.write_all(head.as_bytes()).unwrap();
        let _ = sender.send(give_a_gigabyte(stream, &piece));
    });
    let desk = Desk::new();
    let began = Instant::now();
    // The limits are those of every day: it is the length that ends this answer, not the time.
    let ended = desk.run(&["test", "target", &peer.url]);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert!(ended.stdout.contains(&format!("FAIL {requirement}")), "{}", ended.stdout);
    assert!(began.elapsed() < Duration::from_secs(20));
    let given = given.recv().unwrap();
    assert!(given < 32 << 20, "{given} bytes were taken, the sockets' own buffers among them");
    assert!(desk.read("reports/transcript.jsonl").len() < 1 << 20);
}

fn give_a_gigabyte(stream: &mut TcpStream, piece: &[u8]) -> usize {
    let mut given = 0;
    while given < 1 << 30 && stream.write_all(piece).is_ok() {
        given += piece.len();
    }
    given
}

#[test]
fn control_characters_of_a_target_reach_no_terminal_and_no_report() {
    let nasty = "\x1b]0;owned\x07\x1b[2J\u{9b}31m\u{202e}\x08\x00";
    let body = format!(
        "error=0{nasty}\r\nerror-text={nasty}\r\n{nasty}={nasty}\r\nversion={nasty}\r\npens-data={nasty}"
    );
    let mut answer = http(&format!("200 {nasty}"), &format!("text/plain; {nasty}"), &body);
    answer = answer.replacen("\r\n", &format!("\r\nX-Nasty{nasty}: {nasty}\r\nServer: {nasty}\r\n"), 1);
    is_shown_harmlessly(&answer);
    let mut raw = http("200 OK", "text/plain", &body);
    let _ = write!(raw, "{nasty}");
    is_shown_harmlessly(&raw);
    is_shown_harmlessly(nasty);
}

fn is_shown_harmlessly(answer: &str) {
    let desk = Desk::new();
    let peer = answering(answer);
    let limits = ["--limit", "response=1s", "--limit", "download=200ms", "--limit", "receipt=200ms"];
    let arguments = ["test", "target", &peer.url, "target/probe", "--progress", "json-lines", "-v"];
    let ended = desk.run(&[&arguments[..], &limits].concat());
    assert_eq!(ended.status, Some(1), "{ended:?}");
    is_harmless(&ended.stdout);
    is_harmless(&ended.stderr);
    is_harmless(&desk.read("reports/report.json"));
    is_harmless(&desk.read("reports/transcript.jsonl"));
    holds_harmless_strings(&desk.report());
    let judged = desk.run(&["judge", "reports", "-v"]);
    is_harmless(&judged.stdout);
}

fn holds_harmless_strings(value: &serde_json::Value) {
    match value {
        serde_json::Value::String(text) => is_harmless(text),
        serde_json::Value::Array(values) => values.iter().for_each(holds_harmless_strings),
        serde_json::Value::Object(fields) => fields.values().for_each(holds_harmless_strings),
        _ => {}
    }
}
