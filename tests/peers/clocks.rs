//! Clocks that are wrong, ours and the peer's: a verdict stays what it is, and a fault of the clock is nobody's failure.

use std::path::Path;
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use super::readers::penspec;
use super::{Peer, Report, Run, certify_by, text};

/// The trials, with the program that they need.
pub(super) fn trials() -> Vec<Trial> {
    let faketime = [
        ("a wrong clock of ours changes no verdict", ours_changes_no_verdict as Run),
        ("a wrong clock of a receiver changes no verdict", theirs_changes_no_verdict),
        ("what has expired by a receiver's clock is no failure", an_expired_package_is_no_failure),
        ("what has expired by our clock is no failure of a client", an_expired_offer_is_no_failure),
    ];
    super::trials("faketime", &["faketime", "--version"], &faketime)
}

/// Behind and slow, ahead, and a minute further whenever it is looked at.
const OURS: [&str; 3] = ["-1h x0.5", "+1d", "+0 i60"];

/// What we offer expires after a day: no later than that. Python looks at the clock hundreds of thousands of times on a busy machine.
const THEIRS: [&str; 3] = ["-1h x0.5", "+20h", "+0 i0.01"];

/// Expiries, errors, certificates, and the order of things.
const SCENARIOS: [&str; 6] = [
    "target/probe",
    "target/sample-stream",
    "target/order",
    "target/errors/wrong-expiry",
    "target/errors/missing-element",
    "target/https/*",
];

fn ours_changes_no_verdict() -> Result<(), Failed> {
    let peer = Peer::ours("receiver.py", &[]);
    let right = certify_by(&mut penspec(), &peer, &SCENARIOS)?;
    for clock in OURS {
        let wrong = certify_by(seeing(&mut penspec(), clock), &peer, &SCENARIOS)?;
        is_judged_alike(clock, &right, &wrong)?;
    }
    Ok(())
}

fn theirs_changes_no_verdict() -> Result<(), Failed> {
    let right = certify_by(&mut penspec(), &Peer::ours("receiver.py", &[]), &SCENARIOS)?;
    for clock in THEIRS {
        is_judged_alike(clock, &right, &certify_by(&mut penspec(), &receiver_seeing(clock), &SCENARIOS)?)?;
    }
    Ok(())
}

/// All of the suite is refused with 1322, which tells nothing but that a clock is wrong.
fn an_expired_package_is_no_failure() -> Result<(), Failed> {
    let peer = receiver_seeing("+3d");
    let report = certify_by(&mut penspec(), &peer, &["--keep-going"])?;
    report.reads("incomplete", 3)?;
    let blamed = |verdict: &str| verdict == "fail";
    let failed: Vec<&str> =
        table(&report).into_iter().filter(|(_, verdict)| blamed(verdict)).map(|(id, _)| id).collect();
    let row = report.of("RSP-015");
    if !failed.is_empty() || row["verdict"] != "inconclusive" || !row.to_string().contains(CURE) {
        return Err(format!("{failed:?}, {row:#}").into());
    }
    let told = penspec().args(["doctor", &peer.url]).output()?;
    let told = String::from_utf8_lossy(&told.stdout);
    let line = told.lines().find(|line| line.contains("their clock")).unwrap_or_default();
    if line.starts_with("warn") && line.contains("are 259") { Ok(()) } else { Err(told.into()) }
}

/// Its package is fetched all the same.
fn an_expired_offer_is_no_failure() -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    let sender = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/sender.py");
    let trigger =
        format!("exec env -u LD_PRELOAD python3 {} {{target_url}} --timeout 10 --for 4", sender.display());
    let mut test = penspec();
    test.args(["test", "client", "client/sample-stream", "--trigger", &trigger, "--report-dir"]);
    let output = seeing(test.arg(dir.path()), "+3d").output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let is_told = said.contains("WARNING ELM-009") && said.contains("has passed by our clock, ");
    if output.status.success() && is_told && !said.contains("FAIL") { Ok(()) } else { Err(said.into()) }
}

const CURE: &str = "set the clock that is wrong; `penspec doctor` tells how far they are apart";

fn receiver_seeing(clock: &str) -> Peer {
    let mut command = Command::new("python3");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/receiver.py"));
    Peer::start(seeing(&mut command, clock), |line| line.strip_prefix("listening on ").map(str::to_owned))
}

/// Has a program see this clock, and wait as long as it means to. What faketime would start for it is left out: it would
/// outlive the one that is ended here.
fn seeing<'a>(command: &'a mut Command, clock: &str) -> &'a mut Command {
    let shown = Command::new("faketime").args(["-f", "+0", "printenv", "LD_PRELOAD"]).output().unwrap();
    let library = String::from_utf8(shown.stdout).unwrap();
    command.env("LD_PRELOAD", library.trim()).env("FAKETIME", clock).env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
}

fn is_judged_alike(clock: &str, right: &Report, wrong: &Report) -> Result<(), Failed> {
    let (right_table, wrong_table) = (table(right), table(wrong));
    let differ: Vec<_> =
        right_table.iter().zip(&wrong_table).filter(|(right, wrong)| right != wrong).collect();
    let passed = right_table.iter().filter(|(_, verdict)| *verdict == "pass").count();
    if differ.is_empty()
        && passed > 30
        && (&right.json["verdict"], right.status) == (&wrong.json["verdict"], wrong.status)
    {
        return Ok(());
    }
    Err(format!("{clock}: {passed} pass, {differ:?}\n{}", wrong.output).into())
}

/// Each row with its verdict.
fn table(report: &Report) -> Vec<(&str, &str)> {
    report.rows().iter().map(|row| (text(&row["id"]), text(&row["verdict"]))).collect()
}
