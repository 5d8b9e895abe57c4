//! The failures that people meet first read as docs/certify-a-target.md quotes them.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use penspec::certify::start_mock_target;
use penspec::run::tour;

use crate::peer::{answering, http, serving};
use crate::process::{Desk, Ended};

/// Each line of the page's block that holds these words is a line of what was said.
fn is_quoted(words: &str, said: &str) {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/certify-a-target.md")).unwrap();
    let mut blocks = page.split("```text\n").skip(1).map(|block| block.split("```").next().unwrap());
    let block =
        blocks.find(|block| block.contains(words)).unwrap_or_else(|| panic!("no block has {words:?}"));
    for line in block.lines() {
        assert!(said.lines().any(|said| said == line), "{line:?} is quoted, and this was said:\n{said}");
    }
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
    desk.write("penspec.yaml", format!("target: {{ url: \"{url}?partition=staging1\", system-user-id: penspec, system-password: \"literal:correct horse battery staple\" }}\n"));
    let ended = desk.run(&["test", "target", "--scenarios", "mine", "--no-built-in"]);
    assert_eq!(ended.status, Some(3), "{ended:?}");
    assert!(ended.stdout.contains("NOT SEEN early\n"), "{ended:?}");
    assert!(ended.stdout.contains("1 expectations of the scenarios' authors are open"), "{ended:?}");
}
