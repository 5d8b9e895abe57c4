//! The profile: what it says is done, a flag wins over it, and what it keeps secret stays so.

use std::process::Command;

use penspec::mock::manners::Manners;

use crate::peer::{answering, http, serving, silent};
use crate::process::{Desk, Ended, PENSPEC};
use crate::secrets::spellings;
use crate::support;

const HASTE: &str = "limits: { response: 1s, download: 1s, receipt: 1s, alert: 1s, quiet: 300ms }\n";

/// With `CANARY` and `CANARY_PASSWORD` in the environment.
fn run_with_secrets(desk: &Desk, arguments: &[&str]) -> Ended {
    let mut command = Command::new(PENSPEC);
    command.args(arguments).env("CANARY", CANARY).env("CANARY_PASSWORD", PASSWORD);
    desk.start_by(&mut command).end()
}

const CANARY: &str = "c4n/ry+ key=1";
const PASSWORD: &str = "p4ss&w%rd ö";

#[test]
fn a_profile_has_the_url_and_a_flag_wins_over_it() {
    let desk = Desk::new();
    let url = support::start_target(Manners::default());
    let profile = format!(
        "subject: {{ name: Acme LMS, version: 9.2 }}\ntarget: {{ url: \"{url}\" }}\n{HASTE}reading: strict\n\
         selection: {{ scenarios: [target/order] }}\n"
    );
    desk.write("penspec.yaml", &profile);
    let ended = desk.run(&["test", "target"]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    let report = desk.report();
    assert_eq!(report["subject"]["name"], "Acme LMS");
    assert_eq!(report["subject"]["version"], "9.2");
    assert_eq!((&report["reading"], &report["limits"]["quiet"]), (&"strict".into(), &"300ms".into()));
    assert_eq!(report["selection"], serde_json::json!(["target/order"]));

    let flags = ["--reading", "tolerant", "--limit", "quiet=200ms", "--report-dir", "other"];
    let ended = desk.run(&[&["test", "target", "target/echo"], &flags[..]].concat());
    assert_eq!(ended.status, Some(0), "{ended:?}");
    let report: serde_json::Value = serde_json::from_str(&desk.read("other/report.json")).unwrap();
    assert_eq!((&report["reading"], &report["limits"]["quiet"]), (&"tolerant".into(), &"200ms".into()));
    assert_eq!(
        (&report["limits"]["receipt"], &report["selection"]),
        (&"1s".into(), &serde_json::json!(["target/echo"]))
    );

    let gone = desk.run(&["test", "target", &silent().url, "--limit", "response=200ms"]);
    assert_eq!(gone.status, Some(3), "the URL of the command line wins: {gone:?}");
}

#[test]
fn a_profile_of_another_name_is_named() {
    let desk = Desk::new();
    let url = support::start_target(Manners::default());
    desk.write("penspec.yaml", "a profile that is not asked for");
    desk.write("lms.yaml", format!("target: {{ url: \"{url}\" }}\n{HASTE}report-dir: out\n"));
    let ended = desk.run(&["test", "target", "--profile", "lms.yaml", "target/order"]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(desk.path("out/report.json").exists());
}

#[test]
fn what_is_wrong_with_a_profile_is_told_before_any_traffic() {
    let peer = silent();
    for (profile, words) in [
        ("targett: {}\n", &["penspec.yaml:1:1: unknown key \"targett\"; did you mean \"target\"?"][..]),
        (
            "target: { system-password: hunter2 }\n",
            &["penspec.yaml:1:28: a secret stands here in the open", "${env:NAME}"],
        ),
        (
            "target: { headers: { X-Key: \"${env:ABSENT}\" } }\n",
            &["penspec.yaml:1:29: the environment variable ABSENT is not set"],
        ),
        ("target: [\n", &["penspec.yaml:1:9: unclosed bracket"]),
        (
            "listen: { ftp-passive: 2-1 }\n",
            &["penspec.yaml:1:24: write the first and the last port with a hyphen between them"],
        ),
        ("proxy: https://proxy.example\n", &["a proxy is named by host and port alone"]),
    ] {
        let desk = Desk::new();
        desk.write("penspec.yaml", profile);
        let ended = desk.run(&["test", "target", &peer.url]);
        assert_eq!((ended.status, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
        for words in words {
            assert!(ended.stderr.contains(words), "{words:?} is not in {}", ended.stderr);
        }
        assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
    }
    let desk = Desk::new();
    let ended = desk.run(&["test", "target", &peer.url, "--profile", "absent.yaml"]);
    assert_eq!(ended.status, Some(2));
    assert!(
        ended.stderr.contains("absent.yaml: cannot be read: ") && ended.stderr.contains("penspec init"),
        "{ended:?}"
    );
    assert!(peer.was_left_alone(), "something was sent");
}

#[test]
fn secrets_stand_in_nothing_that_is_written_though_the_peer_repeats_them() {
    let told: Vec<String> = [CANARY, PASSWORD].iter().flat_map(|secret| spellings(secret)).collect();
    let body =
        format!("error=0\r\nerror-text={}\r\nversion=1.0.0\r\npens-data={}", told.join(" "), told.join(" "));
    let answer = http("200 OK", "text/plain", &body);
    let (sender, sent) = std::sync::mpsc::channel();
    let peer = serving(move |stream, head| {
        let _ = sender.send(head.to_owned());
        let _ = std::io::Write::write_all(stream, answer.as_bytes());
    });
    let desk = Desk::new();
    let profile = format!(
        "target:\n  url: \"{}\"\n  system-user-id: pens\n  system-password: ${{env:CANARY_PASSWORD}}\n  \
         headers: {{ X-Api-Key: \"${{env:CANARY}}\", X-Tenant: \"literal:t7\" }}\n{HASTE}progress: json-lines\n",
        peer.url
    );
    desk.write("penspec.yaml", profile);
    let ended = run_with_secrets(&desk, &["test", "target", "target/probe", "target/order", "-v"]);
    assert_eq!(ended.status, Some(3), "{ended:?}");
    let head = sent.recv().unwrap();
    assert!(
        head.contains(&format!("X-Api-Key: {CANARY}\r\n")) && head.contains("X-Tenant: t7\r\n"),
        "{head}"
    );
    assert!(head.contains("&system-user-id=pens&system-password=p4ss%26w%25rd%20%C3%B6&receipt="), "{head}");
    assert!(desk.read("reports/transcript.jsonl").contains("&system-password=*"));
    let judged = desk.run(&["judge", "reports", "-v"]);
    let mut written = vec![ended.stdout, ended.stderr, judged.stdout, judged.stderr];
    for entry in std::fs::read_dir(desk.path("reports")).unwrap() {
        written.push(std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    for text in &written {
        for secret in &told {
            let escaped = penspec::transcript::bytes::escape(secret.as_bytes());
            assert!(!text.contains(secret) && !text.contains(&escaped), "{secret:?} stands in {text}");
        }
        assert!(!text.contains("X-Tenant: t7"), "{text}");
    }
    assert!(written.iter().any(|text| text.contains("${env:CANARY}")), "the reference is what is shown");
}

#[test]
fn a_header_goes_out_with_every_collect() {
    let peer = answering(http("404 Not Found", "text/plain", "no"));
    let desk = Desk::new();
    let profile = format!(
        "target: {{ url: \"{}\", headers: {{ X-Key: \"${{env:CANARY}}\", User-Agent: \"literal:mine\" }} }}\n{HASTE}",
        peer.url
    );
    desk.write("penspec.yaml", profile);
    let ended = run_with_secrets(&desk, &["test", "target", "target/binding/*", "--keep-going"]);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    let heads: Vec<String> = (0..3).map(|_| peer.heard()).collect();
    for head in &heads {
        assert!(
            head.contains(&format!("X-Key: {CANARY}\r\n")) && head.contains("User-Agent: mine\r\n"),
            "{head}"
        );
        assert!(!head.contains("penspec/"), "{head}");
    }
    assert!(heads.iter().any(|head| head.starts_with("POST ")), "{heads:?}");
}

#[test]
fn the_profile_that_init_writes_is_taken_as_it_is() {
    let desk = Desk::new();
    let written = desk.run(&["init", "--yes"]);
    assert_eq!((written.status, written.stderr.as_str()), (Some(0), ""), "{written:?}");
    let ended = desk.run(&["test", "target", "--dry-run"]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("to http://lms.example/pens\n"), "{}", ended.stdout);
    let profile = desk.read("penspec.yaml");
    let again = desk.run(&["init", "--yes"]);
    assert_eq!(again.status, Some(2), "{again:?}");
    assert!(
        again.stderr.contains("penspec.yaml: there is a file of this name") && again.stderr.contains("--out")
    );
    assert_eq!(desk.read("penspec.yaml"), profile);
}

#[test]
fn a_password_that_is_a_word_of_every_message_takes_no_evidence_away() {
    let desk = Desk::new();
    let url = support::start_target(Manners::default());
    let mut command = Command::new(PENSPEC);
    for (number, word) in ["error", "PENS", "collect", "1.0.0", "HTTP"].iter().enumerate() {
        command.env(format!("WORD_{number}"), word);
    }
    let headers: Vec<String> =
        (0..5).map(|number| format!("X-{number}: \"${{env:WORD_{number}}}\"")).collect();
    let headers = headers.join(", ");
    let credentials = "system-user-id: pens, system-password: \"${env:WORD_0}\"";
    desk.write(
        "penspec.yaml",
        format!("target: {{ url: \"{url}\", {credentials}, headers: {{ {headers} }} }}\n{HASTE}"),
    );
    let ended = desk.start_by(command.args(["test", "target"])).end();
    assert_eq!(ended.status, Some(0), "{ended:?}");
    let transcript = desk.read("reports/transcript.jsonl");
    assert!(transcript.contains("&system-password=*****&") && !transcript.contains("X-0: error"));
    assert_eq!(desk.report()["verdict"], "conforms");
}

#[test]
fn what_is_claimed_stands_beside_what_was_seen() {
    let desk = Desk::new();
    let url = support::start_target(Manners::default());
    let claims = "claims: { post: yes, password-required: yes, package-types: [scorm-pif], quota: 2 GiB }";
    desk.write("penspec.yaml", format!("target: {{ url: \"{url}\" }}\n{HASTE}{claims}\n"));
    let ended = desk.run(&["test", "target", "target/binding", "target/sample-stream"]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    let report = desk.report();
    let claims = report["claims"].as_array().unwrap();
    for (claim, said, observed) in [
        ("post", "yes", "yes"),
        ("alerts", "unsaid", "yes"),
        ("password-required", "yes", "no"),
        ("package-types", "scorm-pif", "scorm-pif"),
        ("quota", "2 GiB", "not looked at"),
        ("mailto", "unsaid", "not looked at"),
    ] {
        let found = claims.iter().find(|known| known["claim"] == claim).unwrap();
        assert_eq!((&found["said"], &found["observed"]), (&said.into(), &observed.into()), "{claim}");
    }
    let told = "The profile claims password-required: yes; observed: no.";
    for format in ["text", "html", "markdown"] {
        let report = desk.run(&["report", "reports", "--format", format]).stdout;
        assert_eq!(report.matches("The profile claims").count(), 1, "{report}");
        assert!(report.replace('\\', "").contains(told), "{report}");
    }
}
