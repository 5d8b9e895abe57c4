//! Clients that are other programs: a sender by command and by web hook, a person at a terminal, a browser.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use tempfile::TempDir;

use super::readers::{CHROMIUM, browse};
use super::{Peer, Run, packages, text};

/// The trials, each with the program that it needs.
pub(super) fn trials() -> Vec<Trial> {
    let python = [
        ("sender.py keeps the sample stream by command", a_sender_keeps_what_is_judged as Run),
        ("sender.py keeps the sample stream by web hook", a_sender_keeps_it_by_web_hook),
        ("sender.py that leaves too early is asked to stay", a_sender_is_asked_to_stay),
        ("person.py publishes by hand and answers", a_person_publishes_by_hand),
        ("terminal.py sees one line of progress within its width", a_terminal_sees_one_line),
        ("presser.py has a mock client publish on each Enter", a_mock_client_publishes_on_a_key_press),
    ];
    let chromium = [("a browser that follows a link is a client", a_browser_is_a_client as Run)];
    [
        super::trials("python3", &["python3", "--version"], &python),
        super::trials(CHROMIUM, &[CHROMIUM, "--version"], &chromium),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A sender by somebody who has not seen the checks; it gives its course a new id each time that it is started.
fn a_sender_keeps_what_is_judged() -> Result<(), Failed> {
    let trigger = format!("python3 {} {{target_url}} --timeout 10 --for 4", program("sender.py").display());
    let checked = check(&["client/sample-stream", "client/receipt-by-post", "--trigger", &trigger])?;
    checked.departs_only_in(0, &["PKG-011"])
}

/// It ends with its receipt, and the alerts come later: with its alerts path proven by the first, nobody is at fault.
fn a_sender_is_asked_to_stay() -> Result<(), Failed> {
    let sender = program("sender.py");
    let trigger = format!("python3 {} {{target_url}} --timeout 10 --for 0.3", sender.display());
    let checked = check(&["client/many-alerts", "--limit", "quiet=1s", "--trigger", &trigger])?;
    checked.departs_only_in(3, &["RSP-001", "SEQ-001"])?;
    let said = checked.said();
    let is_cured = said.contains("keep it running until its receipt and alerts have come");
    if is_cured { Ok(()) } else { Err(said.into()) }
}

/// The same as a service, which stays up: it gives each publishing an id of its own as well.
fn a_sender_keeps_it_by_web_hook() -> Result<(), Failed> {
    let sender = Peer::ours("sender.py", &["--web", "0", "--credentials", "staging:a=b&c +%"]);
    let checked = check(&["client/sample-stream", "client/receipt-*", "--trigger-url", &sender.url])?;
    checked.departs_only_in(0, &["PKG-011"])
}

/// One case is left out, so the run stays incomplete; the questions of the others are answered.
fn a_person_publishes_by_hand() -> Result<(), Failed> {
    let reports = tempfile::tempdir()?;
    let output = Command::new("python3")
        .args([
            program("person.py").as_os_str(),
            OsStr::new(env!("CARGO_BIN_EXE_penspec")),
            reports.path().as_os_str(),
        ])
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let ended = output.status.code();
    if ended != Some(3) || !said.contains("addresses: 5, questions: 2, shown again: True") {
        return Err(format!("{ended:?}: {said}{}", String::from_utf8_lossy(&output.stderr)).into());
    }
    is_as_the_page_quotes_it(&said)?;
    let report: Value = serde_json::from_str(&std::fs::read_to_string(reports.path().join("report.json"))?)?;
    let scenarios = report["scenarios"].as_array().unwrap();
    let is_met = |scenario: &Value| scenario["expectations"][0]["met"] == true;
    if scenarios.len() == 5 && scenarios.iter().filter(|scenario| is_met(scenario)).count() == 2 {
        return Ok(());
    }
    Err(format!("{scenarios:#?}").into())
}

/// The case whose acknowledgement comes late is named while it lasts.
fn a_terminal_sees_one_line() -> Result<(), Failed> {
    let (reports, peer) = (tempfile::tempdir()?, Peer::ours("receiver.py", &[]));
    let output = Command::new("python3")
        .args([program("terminal.py").as_os_str(), OsStr::new(env!("CARGO_BIN_EXE_penspec"))])
        .args([OsStr::new(&peer.url), reports.path().as_os_str()])
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    if said.trim_end() == "status: 0, drawn: True, widest: 60, slowest named: True, gone: True" {
        return Ok(());
    }
    Err(format!("{said}{}", String::from_utf8_lossy(&output.stderr)).into())
}

/// What docs/check-a-client.md quotes of the terminal was said there, but for the address.
fn is_as_the_page_quotes_it(said: &str) -> Result<(), Failed> {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/check-a-client.md"))?;
    let blocks = page.split("```text\n").skip(1).map(|block| block.split("```").next().unwrap());
    let blocks: Vec<&str> = blocks.filter(|block| block.starts_with("client/")).collect();
    let said: Vec<&str> = said.lines().map(str::trim_end).collect();
    let quoted = blocks.iter().flat_map(|block| block.lines()).filter(|line| !line.contains("://"));
    let missing: Vec<&str> = quoted.filter(|line| !said.contains(line)).collect();
    if blocks.len() == 2 && missing.is_empty() {
        Ok(())
    } else {
        Err(format!("{missing:?} of {said:#?}").into())
    }
}

fn a_mock_client_publishes_on_a_key_press() -> Result<(), Failed> {
    let target = Peer::ours("receiver.py", &[]);
    let output = Command::new("python3")
        .args([
            program("presser.py").as_os_str(),
            OsStr::new(env!("CARGO_BIN_EXE_penspec")),
            OsStr::new(&target.url),
        ])
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.code() == Some(0) && said.ends_with("published 3 times, ended with 0\n") {
        return Ok(());
    }
    Err(format!("{:?}: {said}{}", output.status, String::from_utf8_lossy(&output.stderr)).into())
}

/// The collect is the GET of a browser, with its headers, and the browser asks for an icon besides.
fn a_browser_is_a_client() -> Result<(), Failed> {
    let course = packages().join("scorm12-minimal.zip");
    let trigger =
        format!("exec python3 {} {{target_url}} {}", program("browser.py").display(), course.display());
    let desk = tempfile::tempdir()?;
    let profile = desk.path().join("penspec.yaml");
    std::fs::write(&profile, "claims: { browser-window: yes }\nlimits: { quiet: 1s }\n")?;
    let profile = profile.display().to_string();
    let checked = check(&["client/sample-stream", "--profile", &profile, "--trigger", &trigger])?;
    checked.departs_only_in(0, &[])?;
    let transcript = checked.read("transcript.jsonl")?;
    for line in ["Mozilla/5.0", "Upgrade-Insecure-Requests: 1", "GET /favicon.ico HTTP/1.1"] {
        if !transcript.contains(line) {
            return Err(format!("the browser did not say {line}: {transcript}").into());
        }
    }
    let said = checked.said();
    if !said.contains("GET /favicon.ico is no collect for a case") {
        return Err(format!("no word of the icon: {said}").into());
    }
    let (shown, complaints) = browse(&checked.reports, &checked.reports.path().join("report.html"))?;
    if complaints.is_empty() && shown.contains("client/sample-stream") {
        return Ok(());
    }
    Err(format!("{complaints:?} of {shown}").into())
}

/// What penspec said of a client.
struct Checked {
    reports: TempDir,
    output: Output,
}

/// Checks a client with the scenarios and by the means that are named.
fn check(arguments: &[&str]) -> Result<Checked, Failed> {
    let reports = tempfile::tempdir()?;
    let mut test = Command::new(env!("CARGO_BIN_EXE_penspec"));
    test.args(["test", "client"]).args(arguments).arg("--report-dir").arg(reports.path());
    let output = test.output()?;
    Ok(Checked { reports, output })
}

impl Checked {
    /// The run ends with this status, and every row that it judges passes but for these.
    fn departs_only_in(&self, status: i32, expected: &[&str]) -> Result<(), Failed> {
        let json: Value = serde_json::from_str(&self.read("report.json")?)?;
        let rows = json["requirements"].as_array().ok_or("a report without rows")?;
        let is_amiss =
            |row: &&Value| !matches!(text(&row["verdict"]), "pass" | "deselected" | "not-applicable");
        let amiss: Vec<&str> = rows.iter().filter(is_amiss).map(|row| text(&row["id"])).collect();
        let passed = json["counts"]["must"]["pass"].as_u64().unwrap_or_default();
        if self.output.status.code() == Some(status) && amiss == expected && passed > 30 {
            return Ok(());
        }
        Err(format!("{amiss:?}, {passed} passed\n{}", self.said()).into())
    }

    fn said(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
            + &String::from_utf8_lossy(&self.output.stderr)
    }

    fn read(&self, name: &str) -> Result<String, Failed> {
        Ok(std::fs::read_to_string(self.reports.path().join(name))?)
    }
}

fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(name)
}
