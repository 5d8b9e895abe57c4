//! The failures that people meet first read as docs/certify-a-target.md and docs/check-a-client.md quote them.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;

use penspec::certify::start_mock_target;
use penspec::run::tour;

use crate::clients::{ByHand, by_hand, parts, say};
use crate::peer::{answering, http, serving};
use crate::process::{Desk, Ended, PENSPEC};

fn is_quoted(words: &str, said: &str) {
    is_quoted_in("docs/certify-a-target.md", words, said);
}

/// Each line of the page's block that holds these words is a line of what was said, but for addresses.
fn is_quoted_in(page: &str, words: &str, said: &str) {
    let page = without_addresses(&std::fs::read_to_string(root().join(page)).unwrap());
    let said = without_addresses(said);
    let mut blocks = page.split("```text\n").skip(1).map(|block| block.split("```").next().unwrap());
    let block =
        blocks.find(|block| block.contains(words)).unwrap_or_else(|| panic!("no block has {words:?}"));
    for line in block.lines() {
        assert!(said.lines().any(|said| said == line), "{line:?} is quoted, and this was said:\n{said}");
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text without the ports and tokens of its target system URLs.
fn without_addresses(text: &str) -> String {
    let mut pieces = text.split("http://127.0.0.1:");
    let mut shown = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let end = piece.find(|letter: char| letter.is_whitespace() || letter == '\'').unwrap_or(piece.len());
        shown.push_str("ADDRESS");
        shown.push_str(&piece[end..]);
    }
    shown
}

fn probe(url: &str) -> Ended {
    let limits = ["--limit", "download=300ms", "--limit", "receipt=300ms"];
    Desk::new().run(&[&["test", "target", url, "target/probe"], &limits[..]].concat())
}

#[test]
fn the_wrong_path() {
    let peer = answering(http("404 Not Found", "text/html", "<!doctype html><title>Not Found</title>"));
    is_quoted("HTTP status 404", &probe(&peer.url).stdout);
}

#[test]
fn a_password_is_wanted() {
    let url = start_mock_target(tour::manners()).unwrap();
    is_quoted("a system-password is required", &probe(&url).stdout);
}

#[test]
fn nothing_comes_back() {
    let body = "error=0\r\nerror-text=ok\r\nversion=1.0.0\r\npens-data=\r\n";
    let peer = serving(move |stream: &mut TcpStream, _| {
        let _ = stream.write_all(http("200 OK", "text/plain", body).as_bytes());
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let ended = probe(&peer.url);
    assert_eq!(ended.status, Some(3), "{ended:?}");
    is_quoted("the package was never asked for", &ended.stdout);
}

#[test]
fn a_password_in_the_open() {
    let desk = Desk::new();
    desk.write(
        "penspec.yaml",
        "subject: { name: Acme LMS }\ntarget:\n  url: \"http://127.0.0.1:1/pens\"\n  system-password: hunter2\n",
    );
    let ended = desk.run(&["test", "target"]);
    assert_eq!(ended.status, Some(2), "{ended:?}");
    is_quoted("a secret stands here in the open", &ended.stderr);
}

#[test]
fn what_there_was_nothing_to_hold_against_is_never_met() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("mine")).unwrap();
    let scenario = "title: An expectation before its time\nsubject: target\nsteps:\n  \
        - stage: { package: scorm12-minimal.zip }\n  - expect: { error: 0 }\n  - collect: {}\n  \
        - await: { receipt: {} }\n";
    desk.write("mine/early.yaml", scenario);
    let url = start_mock_target(tour::manners()).unwrap();
    let password = serde_json::json!(format!("literal:{}", tour::PASSWORD));
    desk.write(
        "penspec.yaml",
        format!("target: {{ url: \"{url}?partition=staging1\", system-user-id: penspec, system-password: {password} }}\n"),
    );
    let ended = desk.run(&["test", "target", "--scenarios", "mine", "--no-built-in"]);
    assert_eq!(ended.status, Some(3), "{ended:?}");
    assert!(ended.stdout.contains("NOT SEEN early\n"), "{ended:?}");
    assert!(ended.stdout.contains("1 expectations of the scenarios' authors are open"), "{ended:?}");
}

fn is_quoted_of_a_client(words: &str, said: &str) {
    is_quoted_in("docs/check-a-client.md", words, said);
}

fn attend(trigger: &[&str]) -> Ended {
    let quick = ["--limit", "quiet=200ms", "--limit", "collect=300ms"];
    Desk::new().run(&[&["test", "client", "client/sample-stream"], trigger, &quick].concat())
}

#[test]
fn no_collect_comes() {
    let ended = attend(&["--trigger", "true"]);
    assert_eq!(ended.status, Some(3), "{ended:?}");
    is_quoted_of_a_client("within 300ms", &ended.stdout);
}

#[test]
fn the_trigger_command_fails() {
    let ended = attend(&["--trigger", "echo no such course >&2; exit 7"]);
    assert_eq!(ended.status, Some(3), "{ended:?}");
    is_quoted_of_a_client("ended with status 7", &ended.stdout);
}

/// What is said of a client whose collect is this query, or differs from a plain one in its Host.
fn published(host: Option<&str>, query: impl Fn(&ByHand) -> String) -> Ended {
    let (desk, client) = (Desk::new(), by_hand());
    let arguments = ["test", "client", "client/sample-stream", "--limit", "quiet=200ms"];
    let running = desk.start(&[&arguments[..], &["--trigger-url", client.hook_url()]].concat());
    let address = client.next_address();
    let (given, path) = parts(&address);
    let (host, query) = (host.unwrap_or(given), query(&client));
    let head = format!("GET {path}?{query} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    assert!(say(&address, head.as_bytes()).contains("error=0\r\n"));
    running.end()
}

const COURSE: &str = "http://127.0.0.1:1/course.zip";

#[test]
fn the_package_is_elsewhere() {
    let ended = published(None, |client| client.query("http://192.0.2.1/course.zip"));
    assert_eq!(ended.status, Some(3), "{ended:?}");
    is_quoted_of_a_client("its host may be one", &ended.stdout);
}

#[test]
fn the_address_was_changed_on_the_way() {
    let ended = published(Some("localhost"), |client| client.query(COURSE));
    assert_eq!(ended.status, Some(1), "{ended:?}");
    is_quoted_of_a_client("as it was given", &ended.stdout);
}

#[test]
fn an_address_within_the_collect_is_not_encoded() {
    let ended = published(None, |client| {
        let query = client.query(COURSE);
        let (before, after) = query.split_once("&receipt=").unwrap();
        let alerts = after.split_once("&alerts=").unwrap().1;
        format!("{before}&receipt=http://127.0.0.1:1/receipt?course=1&key=2&alerts={alerts}")
    });
    assert_eq!(ended.status, Some(1), "{ended:?}");
    is_quoted_of_a_client("FAIL MSG-003", &ended.stdout);
}

#[test]
fn the_receipt_gets_a_web_page() {
    let page =
        answering(http("200 OK", "text/html", "<!doctype html><title>Acme Author</title><p>Thank you."));
    let ended = published(None, |client| {
        let query = client.query(COURSE);
        let before = query.split_once("&receipt=").unwrap().0;
        format!("{before}&receipt={0}&alerts={0}", page.url)
    });
    assert_eq!(ended.status, Some(1), "{ended:?}");
    is_quoted_of_a_client("FAIL RSP-002", &ended.stdout);
}

#[test]
fn the_command_ends_too_early() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("mine")).unwrap();
    let steps = "title: An alert long after\nsubject: client\nsteps:\n  - trigger: {}\n  - await: { collect: {} }\n  \
                 - fetch: {}\n  - receipt: {}\n  - alert: {}\n  - pause: 3s\n  - alert: {}\n";
    desk.write("mine/a-day-later.yaml", steps);
    let trigger = format!("exec {PENSPEC} mock client --once --for 300ms {{target_url}}");
    let ended = desk.run(&["test", "client", "--scenarios", "mine", "--no-built-in", "--trigger", &trigger]);
    assert_eq!(ended.status, Some(3), "{ended:?}");
    is_quoted_of_a_client("nobody was there to answer", &ended.stdout);
}
