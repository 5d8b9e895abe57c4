//! What cannot be done is refused before a byte is sent, and the refusal names the thing, the place and the cure.

use std::fmt::Write as _;
use std::fs::File;
use std::net::TcpListener;

use penspec::run::built_in::with_known;
use penspec::scenario::load::load;

use crate::peer::{self, silent};
use crate::process::{Desk, Ended};

/// Nobody is asked anything at this address: every use of it is refused first.
const UNUSED: &str = "http://127.0.0.1:1/pens";

#[test]
fn every_refusal_names_the_thing_the_place_and_the_cure() {
    let desk = Desk::new();
    desk.write("empty.jsonl", "");
    desk.write("other.json", "{\"a\":1}\n");
    desk.write("newer.jsonl", "{\"schema_version\":2}\n");
    desk.write("file", "");
    std::fs::create_dir(desk.path("bare")).unwrap();
    desk.write("open.yaml", "target:\n  system-password: hunter2\n");
    desk.write("absent.yaml", "target:\n  headers: { X-Api-Key: \"${env:PENSPEC_ABSENT}\" }\n");
    desk.write("later.yaml", "tls: { trust: lms-ca.pem }\n");
    let mut text = String::new();
    for arguments in [
        &["test", "target"][..],
        &["test", "target", ""],
        &["test", "target", "none"],
        &["test", "target", "ftp://lms.example/pens"],
        &["test", "target", "http://"],
        &["test", "target", "http://lms.example:99999/"],
        &["test", "target", "http://lms.example/\x1b[2J"],
        &["test", "target", UNUSED, "target/prob"],
        &["test", "target", UNUSED, "nonsense"],
        &["test", "target", UNUSED, "nothing/*"],
        &["test", "target", UNUSED, "--requirement", "RSP-04"],
        &["test", "target", UNUSED, "--requirement", "XYZ-*"],
        &["test", "target", UNUSED, "--requirement", "ERR-2001", "--level", "should"],
        &["test", "target", UNUSED, "target/probe", "--requirement", "ERR-2001"],
        &["test", "target", UNUSED, "--level", "may"],
        &["test", "target", UNUSED, "--partition", "3/2"],
        &["test", "target", UNUSED, "--no-built-in"],
        &["test", "target", UNUSED, "--scenarios", "missing"],
        &["test", "target", UNUSED, "--scenarios", "bare"],
        &["test", "target", UNUSED, "--failed"],
        &["test", "target", UNUSED, "--failed", "--report-dir", "bare"],
        &["test", "target", UNUSED, "--profile", "missing.yaml"],
        &["test", "target", UNUSED, "--profile", "open.yaml"],
        &["test", "target", UNUSED, "--profile", "absent.yaml"],
        &["test", "target", UNUSED, "--profile", "later.yaml"],
        &["test", "target", UNUSED, "--limit", "reciept=3s"],
        &["test", "target", UNUSED, "--limit", "receipt=3"],
        &["test", "target", UNUSED, "--limit", "receipt"],
        &["test", "target", UNUSED, "--listen", "8080"],
        &["test", "target", UNUSED, "--listen", "0.0.0.0:0"],
        &["test", "target", UNUSED, "--advertise", "ftp://harness.example"],
        &["test", "target", UNUSED, "--advertise", "https=http://harness.example"],
        &["test", "target", UNUSED, "--advertise", "http://harness.example/?a=b"],
        &["test", "target", UNUSED, "--max-in-flight", "0"],
        &["test", "target", UNUSED, "--report-dir", "file/reports"],
        &["test", "target", "http://192.0.2.1/pens"],
        &["mock", "target", "--defect", "lf-line"],
        &["mock", "target", "--defect", "nonsense"],
        &["mock", "client", ""],
        &["mock", "client", "http://192.0.2.1/pens"],
        &["judge", "missing"],
        &["judge", "."],
        &["judge", "empty.jsonl"],
        &["judge", "other.json"],
        &["judge", "newer.jsonl"],
        &["explain", "RSP-04"],
        &["explain", "nonsense"],
        &["list", "--requirement", "RSP-04"],
        &["list", "--export", "file/there"],
        &["init"],
        &["init", "--yes", "--out", "file"],
        &["init", "--yes", "--out", "missing/penspec.yaml"],
        &["init", "--yes", "--out", "file/penspec.yaml"],
        &["tset"],
    ] {
        let ended = desk.run(arguments);
        assert_eq!(ended.stdout, "", "{arguments:?}");
        let line: Vec<_> = arguments.iter().map(|argument| argument.escape_default().to_string()).collect();
        let status = ended.status.unwrap();
        let _ = writeln!(text, "$ penspec {}\n{}exit status {status}\n", line.join(" "), ended.stderr);
    }
    insta::assert_snapshot!(text);
}

#[test]
fn nothing_to_do_is_a_question_of_usage() {
    let ended = Desk::new().run(&[]);
    assert_eq!(ended.status, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("Usage: penspec"), "{ended:?}");
}

#[test]
fn an_unknown_key_of_a_scenario_is_shown_where_it_stands() {
    let text = "title: x\nsubject: target\nsteps:\n  - collect: { omitt: [receipt] }\n";
    let loaded = with_known(|known| load("scenarios/a.yaml", "a", text, known));
    let mistakes = loaded.unwrap_err().to_string();
    assert_eq!(
        mistakes.lines().next(),
        Some("scenarios/a.yaml:4:16: unknown key \"omitt\"; did you mean \"omit\"?")
    );
}

#[test]
fn a_taken_port_is_named_and_the_earlier_report_is_left_as_it_was() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (desk, peer) = (Desk::new(), silent());
    let earlier = with_an_earlier_report(&desk);
    let ended = desk.run(&["test", "target", &peer.url, "--listen", &address]);
    is_refused(&ended, 4, &[&address, "cannot listen here", "--listen", "port 0 takes any free one"]);
    assert_eq!(reports(&desk), earlier);
    is_left_alone(&peer);
    for command in [&["mock", "target"][..], &["mock", "client", &peer.url]] {
        let ended = desk.run(&[command, &["--listen", &address]].concat());
        is_refused(&ended, 4, &[&address, "cannot listen here"]);
    }
}

#[test]
fn an_unwritable_report_directory_is_found_before_any_traffic() {
    let (desk, peer) = (Desk::new(), silent());
    desk.write("file", "");
    for place in ["file", "file/reports"] {
        let ended = desk.run(&["test", "target", &peer.url, "--report-dir", place]);
        is_refused(&ended, 5, &[place, "the report cannot be written here", "--report-dir"]);
    }
    is_left_alone(&peer);
}

#[test]
fn a_report_directory_that_another_run_writes_to_is_busy() {
    let (desk, peer) = (Desk::new(), silent());
    let earlier = with_an_earlier_report(&desk);
    let lock = File::create(desk.path("reports/.lock")).unwrap();
    lock.lock().unwrap();
    let ended = desk.run(&["test", "target", &peer.url]);
    is_refused(&ended, 4, &["reports: another penspec is writing its report here", "--report-dir"]);
    assert_eq!(reports(&desk), earlier);
    is_left_alone(&peer);
}

#[test]
fn two_runs_do_not_write_to_one_directory() {
    let (desk, first, second) = (Desk::new(), silent(), silent());
    let running = desk.start(&["test", "target", &first.url]);
    first.heard();
    let ended = desk.run(&["test", "target", &second.url]);
    is_refused(&ended, 4, &["another penspec is writing its report here"]);
    is_left_alone(&second);
    drop(running);
}

#[test]
fn a_loopback_address_is_not_told_to_another_machine() {
    // 192.0.2.1 is of those set aside for documentation: the refusal comes before anything is sent there.
    for more in [&[][..], &["--listen", "localhost:0"], &["--advertise", "http://localhost:8080"]] {
        for command in [&["test", "target"][..], &["mock", "client"]] {
            let ended = Desk::new().run(&[command, &["http://192.0.2.1/pens"], more].concat());
            is_refused(&ended, 4, &["192.0.2.1 is another machine", "--listen", "--advertise"]);
        }
    }
}

#[test]
fn all_addresses_of_a_machine_are_none_that_a_peer_can_be_told() {
    let (desk, peer) = (Desk::new(), silent());
    for command in [&["test", "target"][..], &["mock", "client"]] {
        let ended = desk.run(&[command, &[&peer.url, "--listen", "0.0.0.0:0"]].concat());
        is_refused(&ended, 2, &["0.0.0.0 stands for every address", "--advertise"]);
    }
    is_left_alone(&peer);
}

fn is_refused(ended: &Ended, status: i32, words: &[&str]) {
    assert_eq!(ended.status, Some(status), "{ended:?}");
    assert_eq!(ended.stdout, "");
    for words in words {
        assert!(ended.stderr.contains(words), "{words:?} is not in {}", ended.stderr);
    }
}

fn is_left_alone(peer: &peer::Peer) {
    assert!(peer.was_left_alone(), "something was sent");
}

fn with_an_earlier_report(desk: &Desk) -> Vec<String> {
    std::fs::create_dir(desk.path("reports")).unwrap();
    desk.write("reports/report.json", "an earlier report");
    desk.write("reports/transcript.jsonl", "an earlier transcript");
    reports(desk)
}

fn reports(desk: &Desk) -> Vec<String> {
    ["reports/report.json", "reports/transcript.jsonl"].map(|name| desk.read(name)).to_vec()
}
