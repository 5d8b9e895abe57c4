//! HTTPS, in both directions: certificates that do not do, peers that speak something else, and our own CA.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use penspec::mock::listening::{Https, Listening};
use penspec::mock::manners::Manners;
use penspec::mock::reach::Reach;
use penspec::mock::target::Target;
use penspec::profile::Profile;
use penspec::transcript::entry::Role;
use penspec::wire::tls::{Authority, Identity};
use serde_json::Value;

use crate::mocks::address;
use crate::peer::{answering, http};
use crate::process::{Desk, Ended};
use crate::support::{in_memory, reach, runtime, start_target};

const HASTY: [&str; 12] = [
    "--limit",
    "receipt=2s",
    "--limit",
    "alert=2s",
    "--limit",
    "download=2s",
    "--limit",
    "quiet=300ms",
    "--limit",
    "response=10s",
    "--progress",
    "none",
];

/// Starts a conforming mock target at an https URL, with this certificate; it trusts the CA of the tests alone.
fn start_secure_target(identity: Identity) -> String {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        runtime().block_on(async {
            let recorder = in_memory(Role::Client, &Profile::default(), &[]);
            let default = Listening::default();
            let listening = Listening { https: Https::Own(default.http.clone(), identity), ..default };
            let target = Target::start(recorder, &listening, reach(), Manners::default()).await.unwrap();
            sender.send(target.urls()[1].clone()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    receiver.recv().unwrap()
}

/// Starts a conforming mock target that trusts nobody whom this machine does not trust.
pub(crate) fn start_doubting_target() -> String {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        runtime().block_on(async {
            let recorder = in_memory(Role::Client, &Profile::default(), &[]);
            let listening = Listening::default();
            let target =
                Target::start(recorder, &listening, Reach::default(), Manners::default()).await.unwrap();
            sender.send(target.url().to_owned()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    receiver.recv().unwrap()
}

/// A run against a URL, with the CA of this desk alone.
pub(crate) fn test(desk: &Desk, url: &str, more: &[&str]) -> Ended {
    desk.run(&[&["test", "target", url], &HASTY[..], more].concat())
}

pub(crate) fn row(desk: &Desk, id: &str) -> Value {
    let report = desk.report();
    let rows = report["requirements"].as_array().unwrap();
    rows.iter().find(|row| row["id"] == id).unwrap().clone()
}

/// A certificate for this name and the time from so many days ago to so many days ago, and the CA that signs it.
fn signed(name: &str, (from, to): (i64, i64)) -> (Authority, Identity) {
    let own = Authority::make(Utc::now()).unwrap();
    let ago = |days: i64| -> DateTime<Utc> { Utc::now() - TimeDelta::days(days) };
    let identity = own.issue_for(&[name.to_owned()], (ago(from), ago(to))).unwrap();
    (own, identity)
}

#[test]
fn a_target_at_an_https_url_is_certified_over_https_both_ways() {
    let desk = Desk::new();
    let mut target = desk.start(&["mock", "target", "--https-listen", "127.0.0.1:0"]);
    let url = address(&mut target);
    assert!(url.starts_with("https://127.0.0.1:"), "{url}");
    let ended = test(&desk, &url, &["target/sample-stream", "target/https/whole", "target/https/callbacks"]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert_eq!(row(&desk, "PKG-002")["verdict"], "pass");
    let transcript = desk.read("reports/transcript.jsonl");
    for told in ["\"by\":\"mock\"", "\"by\":\"subject\""] {
        let shakes = |line: &&str| {
            line.contains("connection_opened") && line.contains(told) && line.contains("TLSv1.3")
        };
        assert!(transcript.lines().any(|line| shakes(&line)), "{told}");
    }
}

#[test]
fn a_certificate_that_does_not_do_leaves_the_run_incomplete_and_is_named() {
    let good = (2, -300);
    for (name, life, trusts, why) in [
        ("127.0.0.1", (20, 10), true, "the certificate has expired"),
        ("127.0.0.1", (-10, -20), true, "the certificate is not valid yet"),
        ("elsewhere.example", good, true, "the certificate is for another name"),
        ("127.0.0.1", good, false, "nobody who is trusted here has issued the certificate"),
    ] {
        let desk = Desk::new();
        let (own, identity) = signed(name, life);
        let url = start_secure_target(identity);
        desk.write("ca.pem", own.certificate());
        let trust: &[&str] = if trusts { &["--trust", "ca.pem"] } else { &[] };
        let ended = test(&desk, &url, trust);
        assert_eq!(ended.status, Some(3), "{why}: {ended:?}");
        assert!(ended.stdout.contains(why), "{why}: {}", ended.stdout);
        assert_eq!(row(&desk, "RSP-001")["cause"], "tls-trust", "{why}");
        let ended = test(&desk, &url, &["--insecure-skip-verify", "target/probe"]);
        assert_eq!(ended.status, Some(0), "{why}: {ended:?}");
        assert!(ended.stdout.contains("were not checked"), "{}", ended.stdout);
        for report in ["reports/report.json", "reports/report.html", "reports/junit.xml"] {
            assert!(desk.read(report).contains("were not checked"), "{report}");
        }
    }
}

#[test]
fn a_target_that_does_not_trust_us_is_told_the_cure_and_does_not_fail() {
    let desk = Desk::new();
    let url = start_doubting_target();
    let ended = test(&desk, &url, &["target/https/whole", "target/https/callbacks"]);
    assert_eq!(ended.status, Some(3), "{ended:?}");
    assert!(ended.stdout.contains("penspec ca --out"), "{}", ended.stdout);
    for id in ["PKG-002", "RCT-001"] {
        let row = row(&desk, id);
        assert_eq!((&row["verdict"], &row["cause"]), (&"inconclusive".into(), &"tls-trust".into()), "{row}");
    }
    let report = desk.report();
    let failed = report["requirements"].as_array().unwrap().iter().filter(|row| row["verdict"] == "fail");
    assert_eq!(failed.count(), 0);
}

#[test]
fn https_to_a_port_of_plain_http_is_named() {
    let desk = Desk::new();
    let plain = start_target(Manners::default());
    let ended = test(&desk, &plain.replace("http://", "https://"), &[]);
    assert_eq!(ended.status, Some(3), "{ended:?}");
    assert!(ended.stdout.contains("TLS:"), "{}", ended.stdout);
    assert_eq!(row(&desk, "RSP-001")["cause"], "unreachable");
}

#[test]
fn plain_http_to_a_port_of_https_is_answered_and_recorded() {
    let desk = Desk::new();
    let mut target = desk.start(&["mock", "target", "--https-listen", "127.0.0.1:0"]);
    let authority =
        address(&mut target).strip_prefix("https://").unwrap().split('/').next().unwrap().to_owned();
    let mut stream = TcpStream::connect(authority).unwrap();
    stream.write_all(b"GET /pens?command=collect HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = [0; 24];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 400 Bad Request");
}

#[test]
fn https_can_be_off_and_what_needs_it_is_left_out_then() {
    let desk = Desk::new();
    let url = start_target(Manners::default());
    let ended = test(&desk, &url, &["--https-listen", "off", "target/https/whole"]);
    assert_eq!(ended.status, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("nothing is listened on for https"), "{}", ended.stderr);
}

#[test]
fn the_certificate_of_the_ca_is_written_without_its_key_and_stays_the_same() {
    let desk = Desk::new();
    for name in ["one.pem", "two.pem"] {
        let ended = desk.run(&["ca", "--out", name]);
        assert_eq!(ended.status, Some(0), "{ended:?}");
        assert!(ended.stderr.contains("update-ca-certificates"), "{}", ended.stderr);
    }
    let pem = desk.read("one.pem");
    assert!(pem.contains("BEGIN CERTIFICATE") && !pem.contains("PRIVATE"), "{pem}");
    assert_eq!(pem, desk.read("two.pem"));
    assert_eq!(desk.run(&["ca"]).stdout, pem);
}

/// A run in which the CA of this desk lies in a directory of its own.
#[cfg(unix)]
fn with_own_data(desk: &Desk, arguments: &[&str]) -> Ended {
    let mut command = std::process::Command::new(crate::process::PENSPEC);
    command.args(arguments).env("XDG_DATA_HOME", desk.path("data"));
    desk.start_by(&mut command).end()
}

#[test]
#[cfg(unix)]
fn a_key_of_the_ca_that_others_can_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    assert_eq!(with_own_data(&desk, &["ca"]).status, Some(0));
    let kept = desk.path("data/penspec/authority.pem");
    let mode = || std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    std::fs::set_permissions(&kept, std::fs::Permissions::from_mode(0o644)).unwrap();
    for arguments in [&["ca"][..], &["test", "target", "http://127.0.0.1:1/pens"]] {
        let ended = with_own_data(&desk, arguments);
        assert_eq!(ended.status, Some(4), "{ended:?}");
        assert!(ended.stderr.contains("chmod 600"), "{}", ended.stderr);
    }
}

#[test]
#[cfg(unix)]
fn a_ca_that_cannot_be_read_stops_the_run_before_any_traffic() {
    let desk = Desk::new();
    std::fs::create_dir_all(desk.path("data/penspec/authority.pem")).unwrap();
    let peer = answering("HTTP/1.1 200 OK\r\n\r\n");
    let ended = with_own_data(&desk, &["test", "target", &peer.url]);
    assert_eq!(ended.status, Some(4), "{ended:?}");
    assert!(ended.stderr.contains("--https-listen off"), "{}", ended.stderr);
    assert!(peer.was_left_alone());
}

#[test]
fn files_that_are_no_certificates_stop_the_run_with_their_names() {
    let desk = Desk::new();
    desk.write("not.pem", "nothing");
    desk.write("penspec.yaml", "tls: { certificate: not.pem, key: absent.pem }\n");
    let ended = desk.run(&["test", "target", "http://127.0.0.1:1/pens"]);
    assert_eq!(ended.status, Some(4), "{ended:?}");
    assert!(ended.stderr.contains("absent.pem"), "{}", ended.stderr);
    desk.write("penspec.yaml", "tls: { client-certificate: not.pem }\n");
    let ended = desk.run(&["test", "target", "http://127.0.0.1:1/pens"]);
    assert_eq!(ended.status, Some(4), "{ended:?}");
    assert!(
        ended.stderr.contains("not.pem") && ended.stderr.contains("BEGIN CERTIFICATE"),
        "{}",
        ended.stderr
    );
    desk.write("penspec.yaml", "");
    let ended = desk.run(&["test", "target", "http://127.0.0.1:1/pens", "--trust", "absent.pem"]);
    assert_eq!(ended.status, Some(4), "{ended:?}");
    let ended = desk.run(&["test", "target", "http://127.0.0.1:1/pens", "--proxy", "https://proxy.example"]);
    assert_eq!(ended.status, Some(2), "{ended:?}");
}

/// A proxy that passes on what it is asked for, and counts what it was asked for in each of the two ways.
fn proxy() -> (String, Arc<[AtomicUsize; 2]>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (at, counts) = (listener.local_addr().unwrap(), Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]));
    let counted = Arc::clone(&counts);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let counted = Arc::clone(&counted);
            std::thread::spawn(move || pass_on(stream.unwrap(), &counted));
        }
    });
    (format!("http://{at}"), counts)
}

fn pass_on(mut stream: TcpStream, counts: &[AtomicUsize; 2]) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).unwrap_or(0) == 0 {
            return;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let (method, target) = head.split(' ').next().zip(head.split(' ').nth(1)).unwrap();
    let there = if method == "CONNECT" {
        counts[1].fetch_add(1, Ordering::SeqCst);
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap();
        TcpStream::connect(target).unwrap()
    } else {
        counts[0].fetch_add(1, Ordering::SeqCst);
        let authority = target.strip_prefix("http://").unwrap().split('/').next().unwrap();
        let mut there = TcpStream::connect(authority).unwrap();
        there.write_all(head.replacen(&format!("http://{authority}"), "", 1).as_bytes()).unwrap();
        there
    };
    let (mut from, mut to) = (there.try_clone().unwrap(), stream.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Write);
    });
    let (mut from, mut to) = (stream, there);
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(std::net::Shutdown::Write);
}

#[test]
fn a_proxy_is_gone_through_and_said_to_be() {
    let desk = Desk::new();
    let mut target = desk.start(&["mock", "target", "--https-listen", "127.0.0.1:0"]);
    let line = target.line_with("listening on ");
    let urls: Vec<&str> = line.split_whitespace().filter(|word| word.starts_with("http")).collect();
    for (way, url) in urls.iter().enumerate() {
        let (proxy, counts) = proxy();
        let ended = test(&desk, url, &["target/sample-stream", "--proxy", &proxy]);
        assert_eq!(ended.status, Some(0), "{url}: {ended:?}");
        assert!(ended.stdout.contains("Seen through a proxy"), "{}", ended.stdout);
        assert!(counts[way].load(Ordering::SeqCst) > 0, "{url}");
        assert_eq!(counts[1 - way].load(Ordering::SeqCst), 0, "{url}");
        assert_eq!(row(&desk, "RSP-006")["verdict"], "not-applicable");
    }
}

#[test]
fn a_proxy_that_answers_in_the_peers_place_is_not_the_peer() {
    for answer in ["HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", ""] {
        let (desk, proxy) = (Desk::new(), answering(answer));
        let through = proxy.url.strip_suffix("/pens").unwrap();
        let ended = test(&desk, "http://127.0.0.1:1/pens", &["--proxy", through]);
        assert_eq!(ended.status, Some(3), "{ended:?}");
        assert!(ended.stdout.contains("look whether it can reach the peer"), "{}", ended.stdout);
        assert_eq!(row(&desk, "RSP-001")["cause"], "unreachable");
        let report = desk.report();
        assert!(report["requirements"].as_array().unwrap().iter().all(|row| row["verdict"] != "fail"));
    }
}

#[test]
fn a_peer_that_speaks_pens_through_a_proxy_is_judged_whatever_its_status() {
    let answer = "error=1432\r\nerror-text=no\r\nversion=1.0.0\r\npens-data=\r\n";
    let (desk, proxy) = (Desk::new(), answering(http("503 Service Unavailable", "text/plain", answer)));
    let through = proxy.url.strip_suffix("/pens").unwrap();
    let ended = test(&desk, "http://127.0.0.1:1/pens", &["--proxy", through, "target/probe"]);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert_eq!(row(&desk, "RSP-015")["verdict"], "fail");
}

#[test]
#[cfg(unix)]
fn on_a_new_machine_a_mock_target_that_was_started_first_trusts_the_test() {
    let desk = Desk::new();
    let mut command = std::process::Command::new(crate::process::PENSPEC);
    command.args(["mock", "target"]).env("XDG_DATA_HOME", desk.path("data"));
    let mut target = desk.start_by(&mut command);
    let url = address(&mut target);
    let arguments = [&["test", "target", &url, "target/probe", "target/https/whole"], &HASTY[..]].concat();
    let ended = with_own_data(&desk, &arguments);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert_eq!(row(&desk, "PKG-002")["verdict"], "pass");
}
