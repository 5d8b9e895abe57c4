//! Floods against a mock that stands: none stops it from answering, and none has it take memory without bound.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::clients::parts;
use crate::harmless::{LIMIT_KIB, with_peak};
use crate::hostile::{Given, Line, accept, asking, get, post};
use crate::hostile_answers::{oversized, saying};
use crate::mocks::address;
use crate::peer::{answering, http, serving};
use crate::process::{Desk, Running};

/// What a mock may take at most that was sent far more than that.
const STANDING_KIB: u64 = LIMIT_KIB / 2;

/// So much is sent of bodies that are kept whole: without a bound, each would stay.
const FLOOD: usize = 3000;
const BODY: usize = 60_000;

/// An address where whoever connects is heard by nobody.
fn deaf() -> (TcpListener, String) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/receipt", listener.local_addr().unwrap());
    (listener, url)
}

fn target(desk: &Desk) -> (Running, String) {
    let mut target = desk.start(&["mock", "target", "-q"]);
    let url = address(&mut target);
    (target, url)
}

/// The query of a collect that is as it should be, of a package that nobody has.
fn query(receipt: &str) -> String {
    query_for("http://127.0.0.1:1/a.zip", receipt)
}

/// The same of a package at this URL.
fn query_for(package: &str, receipt: &str) -> String {
    let [package, receipt] = [package, receipt].map(|url| utf8_percent_encode(url, NON_ALPHANUMERIC));
    format!(
        "pens-version=1.0.0&command=collect&package-type=scorm-pif&package-type-version=1.2&package-format=zip\
         &package-id=http%3A%2F%2Fauthor.example%2F1&package-url={package}\
         &package-url-expiry=2099-01-01T00%3A00%3A00Z&client=hostile&receipt={receipt}"
    )
}

/// The mock still answers a collect; it is ended, and has taken no more than this.
fn still_stands(target: Running, url: &str, kib: u64) {
    let (authority, path) = parts(url);
    let answer = Line::to(authority).ask(get(&format!("{path}?command=collect")));
    assert_eq!(answer.status(), 200, "{answer:?}");
    ends(target, kib);
}

fn ends(running: Running, kib: u64) {
    running.signal(rustix::process::Signal::INT);
    let (ended, peak) = with_peak(running);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    assert!(peak.is_none_or(|peak| peak < kib), "{peak:?} KiB");
}

#[test]
fn ten_thousand_collects_at_once_are_answered_and_their_receipts_wait() {
    const CONNECTIONS: usize = 50;
    const EACH: usize = 200;
    let desk = Desk::new();
    let ((_deaf, receipts), (target, url)) = (deaf(), target(&desk));
    let (authority, path) = parts(&url);
    let request = get(&format!("{path}?{}", query(&receipts)));
    std::thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                let mut line = Line::to(authority);
                for _ in 0..EACH {
                    let answer = line.ask(&request);
                    assert!(answer.body.starts_with(b"error=0\r\n"), "{answer:?}");
                }
            });
        }
    });
    still_stands(target, &url, LIMIT_KIB);
}

#[test]
fn collects_beyond_all_measure_are_asked_to_come_again() {
    let desk = Desk::new();
    let ((_deaf, receipts), (target, url)) = (deaf(), target(&desk));
    let (authority, path) = parts(&url);
    let body = format!("{}&vendor-data={}", query(&receipts), "x".repeat(400_000));
    let request = post(path, "application/x-www-form-urlencoded", body.as_bytes());
    let mut line = Line::to(authority);
    let mut answers = (0..1000).map(|_| line.ask(&request));
    let put_off = answers.find(|answer| answer.status() != 200).unwrap();
    assert_eq!((put_off.status(), put_off.header("retry-after")), (503, Some("10")), "{put_off:?}");
    // Beside those that wait there is no room for one more; what is refused needs none.
    still_stands(target, &url, LIMIT_KIB);
}

#[test]
fn what_is_sent_to_a_mock_target_for_ever_is_forgotten() {
    let desk = Desk::new();
    let (target, url) = target(&desk);
    let mut line = Line::to(parts(&url).0);
    let request = post("/nowhere", "text/plain", &b"x".repeat(BODY));
    for _ in 0..FLOOD {
        assert_ne!(line.ask(&request).status(), 0);
    }
    still_stands(target, &url, STANDING_KIB);
}

#[test]
fn what_is_sent_to_a_mock_client_for_ever_is_forgotten() {
    let peer = serving(|stream, head| {
        let given = Given::of(head);
        accept(stream);
        let mut line = given.line();
        let body = [&b"command=receipt&x="[..], &b"x".repeat(BODY)].concat();
        let path = given.path(penspec::pens::Element::Receipt);
        let request = post(path, "application/x-www-form-urlencoded", &body);
        for _ in 0..FLOOD {
            assert_eq!(line.ask(&request).status(), 200);
        }
        given.fetch();
        given.send_receipt();
    });
    let desk = Desk::new();
    let mut client = desk.start(&["mock", "client", &peer.url]);
    client.line_with("download  GET /");
    client.line_with("receipt   GET /");
    ends(client, STANDING_KIB);
}

#[test]
fn a_mock_target_bears_with_heads_and_bodies_without_end() {
    let desk = Desk::new();
    let (target, url) = target(&desk);
    let (authority, path) = parts(&url);
    let chunked = asking("POST", path, "Transfer-Encoding: chunked\r\n");
    for (first, again) in [
        (asking("GET", path, "").trim_end().to_owned() + "\r\n", "X: y\r\n".repeat(10_000)),
        (format!("GET {path} HTTP/1.1\r\nX: "), "x".repeat(65_536)),
        (format!("GET {path}?"), "x".repeat(65_536)),
        (chunked.clone(), "5\r\nxxxxx\r\n".repeat(10_000)),
        (chunked + "5;", "x".repeat(65_536)),
        (asking("POST", path, "Content-Length: 99999999999\r\n"), "x".repeat(65_536)),
        (String::new(), "\r\n".repeat(10_000)),
    ] {
        let mut stream = TcpStream::connect(authority).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let _ = stream.write_all(first.as_bytes());
        let given = (0..10_000).take_while(|_| stream.write_all(again.as_bytes()).is_ok()).count();
        assert!(given < 10_000, "{first:?} was taken without end");
        let _ = stream.read_to_end(&mut Vec::new());
    }
    still_stands(target, &url, STANDING_KIB);
}

#[test]
fn a_mock_target_bears_with_any_answer_to_its_receipts() {
    let desk = Desk::new();
    let mut target = desk.start(&["mock", "target"]);
    let url = address(&mut target);
    let (authority, path) = parts(&url);
    for answer in oversized() {
        let peer = saying(&answer);
        let asked = Line::to(authority).ask(get(&format!("{path}?{}", query(&peer.url))));
        assert!(asked.body.starts_with(b"error=0\r\n"), "{asked:?}");
        // It is shown once it has ended.
        target.line_with("receipt   GET /pens?");
    }
    still_stands(target, &url, STANDING_KIB);
}

/// Some are fetched for as long as their servers go on; what comes meanwhile does not wait for them.
#[test]
fn packages_without_end_keep_a_mock_target_from_nothing() {
    let desk = Desk::new();
    let ((_deaf, receipts), (target, url)) = (deaf(), target(&desk));
    let (authority, path) = parts(&url);
    let publish = |query: String| {
        let answer = Line::to(authority).ask(get(&format!("{path}?{query}")));
        assert!(answer.body.starts_with(b"error=0\r\n"), "{answer:?}");
    };
    let endless: Vec<_> = oversized().iter().map(saying).collect();
    for package in &endless {
        publish(query_for(&format!("{}/a.zip", package.url), &receipts));
    }
    let peer = answering(http("200 OK", "text/plain", ""));
    publish(query(&peer.url));
    assert!(peer.heard().contains("command=receipt&"));
    still_stands(target, &url, STANDING_KIB);
}
