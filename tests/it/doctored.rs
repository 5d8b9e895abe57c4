//! `doctor`: what would spoil a run is named before it, with its cure.

use std::net::TcpListener;

use crate::mocks::address;
use crate::peer::{answering, free_port, http, silent};
use crate::process::{Desk, Ended};

/// The line that begins with these two words.
fn sign<'a>(ended: &'a Ended, health: &str, of: &str) -> &'a str {
    let begins = format!("{health:<5}{of:<14}");
    ended
        .stdout
        .lines()
        .find(|line| line.starts_with(&begins))
        .unwrap_or_else(|| panic!("{health} {of}: {ended:?}"))
}

#[test]
fn all_is_well_with_a_conforming_target() {
    let desk = Desk::new();
    let mut target = desk.start(&["mock", "target", "--https-listen", "127.0.0.1:0"]);
    let line = target.line_with("listening on ");
    for url in line.split_whitespace().filter(|word| word.starts_with("http")) {
        let ended = desk.run(&["doctor", url]);
        assert_eq!(ended.status, Some(0), "{ended:?}");
        for of in ["clock", "certificate", "http", "https", "ftp", "ftps", "mail", "way back", "target"] {
            sign(&ended, "ok", of);
        }
        assert!(
            ended.stdout.contains(&format!("all is well; next: penspec test target '{url}'")),
            "{ended:?}"
        );
    }
}

#[test]
fn nothing_but_what_is_here_is_looked_at_without_a_target() {
    let ended =
        Desk::new().run(&["doctor", "--https-listen", "off", "--ftp-listen", "off", "--smtp-listen", "off"]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(sign(&ended, "ok", "https").contains("--https-listen"));
    assert!(!ended.stdout.contains("target  "), "{ended:?}");
}

#[test]
fn ports_that_are_taken_are_named_each_with_its_flag() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap().to_string();
    let desk = Desk::new();
    let ended = desk.run(&["doctor", "--https-listen", &at, "--ftp-listen", &at, "--smtp-listen", &at]);
    assert_eq!(ended.status, Some(4), "{ended:?}");
    for of in ["https", "ftp", "mail"] {
        assert!(sign(&ended, "fail", of).contains(&at), "{ended:?}");
    }
    sign(&ended, "ok", "http");
    assert!(ended.stderr.contains("3 of 6 signs are bad"), "{}", ended.stderr);
    let ended = desk.run(&["--quiet", "doctor", "--listen", &at]);
    assert_eq!(ended.status, Some(4), "{ended:?}");
    assert!(ended.stdout.starts_with("fail http") && ended.stdout.contains("--listen"), "{ended:?}");
}

#[test]
fn what_peers_are_told_has_to_lead_back() {
    let other = answering(http("200 OK", "text/html", "somebody else"));
    let told = other.url.strip_suffix("/pens").unwrap();
    let ended = Desk::new().run(&["doctor", "--advertise", told]);
    assert_eq!(ended.status, Some(4), "{ended:?}");
    assert!(sign(&ended, "fail", "http").contains("somebody else answers there"), "{ended:?}");
    assert!(ended.stdout.contains("--advertise http=HOST:PORT"), "{ended:?}");
    let closed = format!("127.0.0.1:{}", free_port());
    for (of, prefix) in [("http", ""), ("https", "https="), ("ftp", "ftp=")] {
        let told = format!("{prefix}{closed}");
        let fixed = ["doctor", "--advertise", &told, "--https-listen", "127.0.0.1:0"];
        let ended = Desk::new().run(&fixed);
        assert_eq!(ended.status, Some(4), "{ended:?}");
        sign(&ended, "fail", of);
    }
}

#[test]
fn a_target_that_is_not_there_or_is_something_else_is_told_with_the_cure() {
    let desk = Desk::new();
    let page = answering(http("200 OK", "text/html", "<h1>Please log in</h1>"));
    let lost = answering(http("404 Not Found", "text/plain", "no"));
    let guarded = answering(http("401 Unauthorized", "text/plain", "who?"));
    for (url, seen, cure) in [
        ("http://127.0.0.1:1/pens", "the connection was refused", "is the target running"),
        ("http://nowhere.invalid/pens", "cannot be looked up", "written rightly"),
        (&page.url, "HTTP status 200 and no line of PENS", "a login page"),
        (&lost.url, "HTTP status 404", "is the path right"),
        (&guarded.url, "HTTP status 401", "as headers below target"),
    ] {
        let ended = desk.run(&["doctor", url]);
        assert_eq!(ended.status, Some(4), "{url}: {ended:?}");
        assert!(ended.stdout.contains(seen) && ended.stdout.contains(cure), "{url}: {ended:?}");
    }
}

#[test]
fn a_target_that_says_yes_to_everything_is_doubted() {
    let yes =
        answering(http("200 OK", "text/plain", "error=0\r\nerror-text=\r\nversion=1.0.0\r\npens-data=\r\n"));
    let ended = Desk::new().run(&["doctor", &yes.url]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(sign(&ended, "warn", "target").contains("error=0"));
    assert!(!yes.heard().contains("package-url"), "nothing that could be imported");
}

#[test]
fn a_clock_of_the_target_that_is_far_off_is_told() {
    let answer =
        "HTTP/1.1 200 OK\r\nDate: Sat, 01 Jan 2000 00:00:00 GMT\r\nContent-Length: 12\r\n\r\nerror=1432\r\n";
    let ended = Desk::new().run(&["doctor", &answering(answer).url]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    sign(&ended, "warn", "their clock");
}

#[test]
fn a_target_elsewhere_cannot_come_back_to_loopback() {
    // No packet goes to an address of documentation: the run is over when the connection is not made in time.
    let proxy = silent();
    let through = proxy.url.strip_suffix("/pens").unwrap();
    let ended = Desk::new().run(&["doctor", "http://192.0.2.1/pens", "--proxy", through]);
    assert_eq!(ended.status, Some(4), "{ended:?}");
    assert!(sign(&ended, "fail", "way back").contains("loopback"), "{ended:?}");
}

#[test]
fn an_address_that_is_none_is_a_usage_error() {
    for url in ["", "ftp://lms.example/pens", "lms"] {
        assert_eq!(Desk::new().run(&["doctor", url]).status, Some(2), "{url:?}");
    }
    let mut target = Desk::new().start(&["mock", "target"]);
    let (desk, url) = (Desk::new(), address(&mut target));
    desk.write("penspec.yaml", format!("target: {{ url: \"{url}\" }}\n"));
    let ended = desk.run(&["doctor"]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(ended.stdout.ends_with("all is well; next: penspec test target\n"), "{ended:?}");
}
