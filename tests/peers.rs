//! The penspec binary against peers that are other programs; what is not installed is not run.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "peers/clocks.rs"]
mod clocks;
#[path = "peers/readers.rs"]
mod readers;
#[path = "peers/senders.rs"]
mod senders;

use std::collections::HashSet;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use libtest_mimic::{Arguments, Failed, Trial};
use readers::penspec;
use serde_json::Value;

/// With this in the environment a peer that is not there is a failure.
const REQUIRE: &str = "PENSPEC_REQUIRE_PEERS";

fn main() {
    let arguments = Arguments::from_args();
    let python = [
        ("receiver.py conforms", receiver_conforms as Run),
        ("receiver.py without alerts conforms", receiver_without_alerts_conforms),
        ("receiver.py with callbacks by POST conforms", receiver_with_callbacks_by_post_conforms),
        ("receiver.py that mails conforms", receiver_that_mails_conforms),
        ("receiver.py that mails in base64 conforms", receiver_that_mails_in_base64_conforms),
        ("receiver.py that mails over TLS alone conforms", receiver_that_mails_over_tls_conforms),
        ("receiver.py that does not trust our mail does not fail", receiver_that_distrusts_our_mail),
        ("eager.py keeps the basics with a warning", eager_conforms_with_a_warning),
        ("sloppy.py is told of its PHP warning", sloppy_is_told_of_its_php_warning),
        ("eager.py is sent one collect at a time when that is asked", eager_is_sent_one_collect_at_a_time),
        ("hostile.py with a long answer keeps the basics", a_long_answer_conforms),
        ("hostile.py with an endless answer does not conform", an_endless_answer_does_not_conform),
        ("hostile.py that never stops calling back is left in time", a_restless_peer_is_left_in_time),
        ("a web server is no PENS target", a_web_server_is_no_pens_target),
        ("ftplib takes packages from the staging area", ftplib_takes_packages),
        ("ftplib takes packages over FTPS", ftplib_takes_packages_over_tls),
        ("make.py writes the packages again", packages_are_written_again),
        ("zipfile opens the packages that are good", zipfile_opens_the_packages),
    ];
    let curl = [
        ("curl fetches a package by https with the exported CA", curl_fetches_by_https as Run),
        ("curl takes packages from the staging area", curl_takes_packages),
        ("curl takes packages over FTPS that it asks for", curl_takes_packages_over_tls),
        ("curl takes packages over FTPS that it begins with", curl_takes_packages_over_implicit_tls),
    ];
    let pyftpdlib = [
        ("a package on pyftpdlib is fetched", a_package_on_pyftpdlib_is_fetched as Run),
        ("a package that pyftpdlib refuses is told of", a_package_that_pyftpdlib_refuses_is_told_of),
    ];
    let secured_pyftpdlib = [
        ("a package on pyftpdlib with TLS is fetched", a_package_on_pyftpdlib_with_tls_is_fetched as Run),
        ("a pyftpdlib that is not trusted is told of", a_pyftpdlib_that_is_not_trusted_is_told_of),
    ];
    let node = [("receiver.mjs conforms", receiver_of_node_conforms as Run)];
    let mail_server = [("mailed.py takes what the mock target mails", a_mail_server_takes_our_mail as Run)];
    let trials = [
        trials("aiosmtpd", &["python3", "-c", "import aiosmtpd"], &mail_server),
        trials("python3", &["python3", "--version"], &python),
        trials("pyftpdlib", &["python3", "-c", "import pyftpdlib"], &pyftpdlib),
        trials(
            "pyftpdlib with pyOpenSSL",
            &["python3", "-c", "import pyftpdlib, OpenSSL"],
            &secured_pyftpdlib,
        ),
        trials("node", &["node", "--version"], &node),
        trials("curl", &["curl", "--version"], &curl),
        clocks::trials(),
        readers::trials(),
        senders::trials(),
    ];
    libtest_mimic::run(&arguments, trials.into_iter().flatten().collect()).exit();
}

type Run = fn() -> Result<(), Failed>;

/// Trials that need something, which is there when a command succeeds: else not run, or failed where peers are required.
fn trials(what: &'static str, probe: &[&str], all: &[(&str, Run)]) -> Vec<Trial> {
    let is_there = runs(probe);
    let trial = |&(name, run): &(&str, Run)| {
        if is_there {
            return Trial::test(name, run).with_kind(what);
        }
        let why = format!("{what} does not run here");
        let absent = move || Err(Failed::from(why));
        Trial::test(format!("{name} (not run: no {what})"), absent).with_ignored_flag(!is_required())
    };
    all.iter().map(trial).collect()
}

fn is_required() -> bool {
    std::env::var_os(REQUIRE).is_some_and(|value| !value.is_empty() && value != "0")
}

fn runs(command: &[&str]) -> bool {
    let mut program = Command::new(command[0]);
    let status = program.args(&command[1..]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// It opens archives, but does not look for manifests: what packages contain is outside PENS (1.1), and advice to who sends alerts.
const NO_MANIFEST: (&str, &str) = ("ERR-1432", "warning");

/// It does not mail unless it is told how, and says so: tolerated.
const NO_MAIL: [(&str, &str); 2] = [("MSG-012", "not-applicable"), ("MSG-013", "warning")];

fn receiver_conforms() -> Result<(), Failed> {
    let report = certify(&Peer::ours("receiver.py", &[]))?;
    report.reads("conforms", 0)?;
    report.departs_only_in(&[NO_MAIL[0], NO_MAIL[1], NO_MANIFEST])
}

/// Python's smtplib hands over what its email package wrote: quoted-printable beside HTML, one mail to each address.
fn receiver_that_mails_conforms() -> Result<(), Failed> {
    let report = certify(&Peer::ours("receiver.py", &["--mail", "loopback"]))?;
    report.reads("conforms", 0)?;
    report.departs_only_in(&[NO_MANIFEST])
}

fn receiver_that_mails_in_base64_conforms() -> Result<(), Failed> {
    let peer = Peer::ours("receiver.py", &["--mail", "loopback", "--mail-encoding", "base64"]);
    let report = certify_with(&peer, &["target/mail/*"])?;
    report.reads("incomplete", 0)?;
    // No scenario of these provokes a refusal.
    report.departs_only_in(&[("RSP-012", "not-applicable"), ("RSP-014", "not-applicable")])
}

/// smtplib asks for TLS and takes no certificate but one of the exported CA.
fn receiver_that_mails_over_tls_conforms() -> Result<(), Failed> {
    let ca = exported_ca().display().to_string();
    let peer = Peer::ours("receiver.py", &["--mail", "loopback", "--mail-ca", &ca]);
    let report = certify_with(&peer, &["target/mail/*"])?;
    report.reads("incomplete", 0)?;
    report.departs_only_in(&[("RSP-012", "not-applicable"), ("RSP-014", "not-applicable")])
}

/// It trusts the CA of somebody else alone.
fn receiver_that_distrusts_our_mail() -> Result<(), Failed> {
    let other = tempfile::tempdir()?;
    let path = other.path().join("ca.pem");
    let written = penspec().args(["ca", "--out"]).arg(&path).env("XDG_DATA_HOME", other.path()).output()?;
    if !written.status.success() {
        return Err(format!("{written:?}").into());
    }
    let peer = Peer::ours("receiver.py", &["--mail", "loopback", "--mail-ca", &path.display().to_string()]);
    let limits = ["--limit", "receipt=3s", "--limit", "alert=3s"];
    let report = certify_with(&peer, &[&["target/mail/addresses"][..], &limits].concat())?;
    report.reads("incomplete", 3)?;
    let row = report.of("MSG-013");
    if (row["verdict"].as_str(), row["cause"].as_str()) == (Some("inconclusive"), Some("tls-trust")) {
        return Ok(());
    }
    Err(format!("{row:#}").into())
}

/// aiosmtpd wants a login, which stands in the profile, and is shown what Python's email package reads in the mail.
fn a_mail_server_takes_our_mail() -> Result<(), Failed> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/mailed.py");
    let said = python(&[script.as_os_str(), OsStr::new(env!("CARGO_BIN_EXE_penspec"))])?;
    let mail: Value = serde_json::from_str(&said)?;
    let expected = serde_json::json!({
        "login": "pens",
        "from": "pens@acme.example",
        "to": ["author@penspec.example", "editor@penspec.example"],
        "reply-to": "pens@acme.example",
        "subject": "Receipt for the package http://author.example/Course-1",
        "error": "1310",
        "package-id": "http://author.example/Course-1",
    });
    if mail == expected { Ok(()) } else { Err(format!("{mail:#}").into()) }
}

fn receiver_without_alerts_conforms() -> Result<(), Failed> {
    let report = certify(&Peer::ours("receiver.py", &["--no-alerts"]))?;
    report.reads("conforms", 0)?;
    report.departs_only_in(&[
        NO_MAIL[0],
        NO_MAIL[1],
        ("ERR-1500", "not-applicable"),
        ("RCT-008", "review"),
        ("ALR-001", "not-applicable"),
        ("ALR-003", "not-applicable"),
        ("ALR-004", "not-applicable"),
        ("ALR-005", "not-applicable"),
        ("ALR-006", "not-applicable"),
    ])
}

fn receiver_with_callbacks_by_post_conforms() -> Result<(), Failed> {
    let report = certify(&Peer::ours("receiver.py", &["--callback-method", "post"]))?;
    report.reads("conforms", 0)?;
    report.departs_only_in(&[NO_MAIL[0], NO_MAIL[1], NO_MANIFEST])
}

/// A receiver on another HTTP stack, by somebody else.
fn receiver_of_node_conforms() -> Result<(), Failed> {
    // It waits a minute for a silent staging server: longer than we do.
    let report = certify(&Peer::written_for("node", "receiver.mjs", &[]))?;
    report.reads("conforms", 0)?;
    report.departs_only_in(&[NO_MAIL[0], NO_MAIL[1], ("ERR-1310", "warning")])
}

/// The rows that only a profile lets arise: a password, a quota, security probes.
const UNDESCRIBED: [&str; 4] = ["RSP-016", "ERR-103", "ERR-1440", "PKG-014"];

/// What the peers that have one habit do as any receiver does; of codes and credentials they know little.
const BASICS: &[&str] = &[
    "target/probe",
    "target/sample-stream",
    "target/without-alerts",
    "target/binding",
    "target/order",
    "target/echo",
    "target/errors/missing-element",
];

/// It calls back while its answer is due, from the thread that owes it: a mock that waits would hang.
fn eager_conforms_with_a_warning() -> Result<(), Failed> {
    let report = certify_with(&Peer::ours("eager.py", &[]), BASICS)?;
    report.reads("incomplete", 0)?;
    report.departs_only_in(&[("RSP-013", "warning")])
}

fn sloppy_is_told_of_its_php_warning() -> Result<(), Failed> {
    let report = certify_with(&Peer::ours("sloppy.py", &[]), BASICS)?;
    report.reads("does-not-conform", 1)?;
    // Its receipts are multipart: they have no query whose bytes could be looked at.
    let unread = ["MSG-001", "MSG-002", "MSG-003", "MSG-004", "MSG-005"].map(|id| (id, "not-applicable"));
    let others = [("MSG-014", "warning"), ("RSP-006", "warning"), ("RSP-009", "fail")];
    report.departs_only_in(&[&unread[..], &others].concat())?;
    let causes = report.of("RSP-009")["findings"].to_string();
    if causes.contains("PHP warnings") { Ok(()) } else { Err(format!("no PHP in {causes}").into()) }
}

fn eager_is_sent_one_collect_at_a_time() -> Result<(), Failed> {
    let report = certify_with(&Peer::ours("eager.py", &[]), &[BASICS, &["--max-in-flight", "1"]].concat())?;
    report.reads("incomplete", 0)?;
    let at_once = report.collects_at_once();
    if at_once == 1 { Ok(()) } else { Err(format!("{at_once} collects at once").into()) }
}

/// 200 kB of pens-data, in chunks.
fn a_long_answer_conforms() -> Result<(), Failed> {
    let report = certify_with(&Peer::ours("hostile.py", &["wordy"]), BASICS)?;
    report.reads("incomplete", 0)?;
    report.departs_only_in(&[("RSP-013", "warning")])
}

fn an_endless_answer_does_not_conform() -> Result<(), Failed> {
    let report = certify(&Peer::ours("hostile.py", &["endless"]))?;
    report.reads("does-not-conform", 1)?;
    let failed = report.rows().iter().filter(|row| row["verdict"] == "fail").map(|row| text(&row["id"]));
    let failed: Vec<&str> = failed.collect();
    if failed == ["RSP-002"] { Ok(()) } else { Err(format!("{failed:?}").into()) }
}

fn ftplib_takes_packages() -> Result<(), Failed> {
    takes_packages("ftplib", "target/ftp/**", "PKG-003")
}

fn ftplib_takes_packages_over_tls() -> Result<(), Failed> {
    takes_packages("ftplib", "target/ftps/**", "PKG-004")
}

fn curl_takes_packages() -> Result<(), Failed> {
    takes_packages("curl", "target/ftp/**", "PKG-003")
}

fn curl_takes_packages_over_tls() -> Result<(), Failed> {
    takes_packages("curl", "target/ftps/**", "PKG-004")
}

fn curl_takes_packages_over_implicit_tls() -> Result<(), Failed> {
    takes_packages("curl-implicit", "target/ftps/**", "PKG-004")
}

/// A receiver whose FTP client is somebody else's: it logs in, fetches, and is told what is wrong.
fn takes_packages(client: &str, scenarios: &str, fetched: &str) -> Result<(), Failed> {
    let report = certify_with(&Peer::ours("ftp_target.py", &[client]), &["target/probe", scenarios])?;
    report.reads("incomplete", 0)?;
    // Nothing was refused, and there are no alerts.
    let unseen = ["RSP-012", "RSP-014", "ALR-001", "ALR-003", "ALR-004", "ALR-005", "ALR-006"];
    report.departs_only_in(&unseen.map(|id| (id, "not-applicable")))?;
    for id in [fetched, "ERR-1301", "ERR-1310", "ERR-1312", "RCT-001"] {
        if report.of(id)["verdict"] != "pass" {
            return Err(format!("{id} is not judged: {}", report.of(id)).into());
        }
    }
    if report.transcript.contains("the password") || report.transcript.matches("ACCT ****").count() == 0 {
        return Err("the dialogue is not masked, or not there".into());
    }
    Ok(())
}

fn a_package_on_pyftpdlib_is_fetched() -> Result<(), Failed> {
    let rows = published_over_ftp("", &[])?;
    // Every target fetches by http, and not every one by ftp.
    let expected = [("PKG-009", "pass"), ("PKG-010", "pass"), ("PKG-015", "inconclusive")];
    holds(&rows, &expected)
}

fn a_package_that_pyftpdlib_refuses_is_told_of() -> Result<(), Failed> {
    for wrong in ["--missing", "--wrong-password"] {
        holds(&published_over_ftp(wrong, &[])?, &[("PKG-009", "fail")])?;
    }
    Ok(())
}

fn a_package_on_pyftpdlib_with_tls_is_fetched() -> Result<(), Failed> {
    let rows = published_over_ftp("--tls", &["--insecure-skip-verify"])?;
    holds(&rows, &[("PKG-009", "pass"), ("PKG-010", "pass"), ("PKG-015", "inconclusive")])?;
    let rows = published_over_ftp("--tls --wrong-password", &["--insecure-skip-verify"])?;
    holds(&rows, &[("PKG-009", "fail")])
}

fn a_pyftpdlib_that_is_not_trusted_is_told_of() -> Result<(), Failed> {
    let rows = published_over_ftp("--tls", &[])?;
    holds(&rows, &[("PKG-009", "inconclusive")])?;
    let told = rows.iter().any(|row| row["id"] == "PKG-009" && row["cause"] == "tls-trust");
    if told { Ok(()) } else { Err("the cause is not told".into()) }
}

fn holds(rows: &[Value], expected: &[(&str, &str)]) -> Result<(), Failed> {
    for (id, verdict) in expected {
        let row = rows.iter().find(|row| row["id"] == *id).ok_or("a report without the row")?;
        if row["verdict"] != *verdict {
            return Err(format!("{verdict} was expected of {row:#}").into());
        }
    }
    Ok(())
}

/// The rows of a run in which the package lies on pyftpdlib.
fn published_over_ftp(how: &str, options: &[&str]) -> Result<Vec<Value>, Failed> {
    let dir = tempfile::tempdir()?;
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/ftp_sender.py");
    let package = packages().join("scorm12-minimal.zip");
    let trigger = format!("exec python3 {} {{target_url}} {} {how}", program.display(), package.display());
    let mut test = Command::new(env!("CARGO_BIN_EXE_penspec"));
    test.args(["test", "client", "client/sample-stream", "--trigger", &trigger, "--report-dir"]);
    let output = test.arg(dir.path()).args(options).output()?;
    let report = std::fs::read(dir.path().join("report.json"))
        .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&output.stderr)))?;
    let json: Value = serde_json::from_slice(&report)?;
    json["requirements"].as_array().cloned().ok_or_else(|| "a report without rows".into())
}

/// Its receipts come faster than silence takes to set in.
fn a_restless_peer_is_left_in_time() -> Result<(), Failed> {
    let options = [BASICS, &["--limit", "quiet=400ms"]].concat();
    let report = certify_with(&Peer::ours("hostile.py", &["restless"]), &options)?;
    report.reads("incomplete", 0)
}

/// Our staging area serves what it is asked for over TLS, to whoever trusts the CA and to nobody else.
fn curl_fetches_by_https() -> Result<(), Failed> {
    let peer = Peer::web_server();
    let dir = tempfile::tempdir()?;
    let scenario = "title: A package that stays\nsubject: target\nneeds: [https]\nsteps:\n  \
        - stage: { package: scorm12-minimal.zip, over: https }\n  - await: { quiet: { within: 8s } }\n";
    std::fs::write(dir.path().join("stays.yaml"), scenario)?;
    let mut test = penspec();
    test.args([
        "test",
        "target",
        &peer.url,
        "stays",
        "--keep-going",
        "--progress",
        "json-lines",
        "--scenarios",
    ]);
    let reports = dir.path().join("reports");
    let mut test = test
        .arg(dir.path())
        .arg("--report-dir")
        .arg(reports)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let lines = BufReader::new(test.stderr.take().ok_or("no progress")?).lines();
    let urls = lines.map_while(Result::ok).filter_map(|line| {
        let entry: Value = serde_json::from_str(&line).ok()?;
        let url = entry["what"]["transaction_begun"]["package_url"].as_str()?;
        url.starts_with("https:").then(|| url.to_owned())
    });
    let url = urls.take(1).next().ok_or("no package was offered by https")?;
    let fetched = Command::new("curl").args(["-sS", "--cacert"]).arg(exported_ca()).arg(&url).output()?;
    let doubted = Command::new("curl").args(["-sS", &url]).output()?;
    test.kill()?;
    test.wait()?;
    let expected = std::fs::read(packages().join("scorm12-minimal.zip"))?;
    // 60: the certificate could not be verified.
    match (fetched.stdout == expected, doubted.status.code()) {
        (true, Some(60)) => Ok(()),
        _ => Err(String::from_utf8_lossy(&[fetched.stderr, doubted.stderr].concat()).into_owned().into()),
    }
}

fn a_web_server_is_no_pens_target() -> Result<(), Failed> {
    let report = certify(&Peer::web_server())?;
    report.reads("does-not-conform", 1)?;
    let findings = report.of("RSP-002").to_string();
    if findings.contains("404") { Ok(()) } else { Err(format!("no 404 in {findings}").into()) }
}

/// What is deflated is compared only where the zlib is that of its makers: another may pack it otherwise.
fn packages_are_written_again() -> Result<(), Failed> {
    const DEFLATED: [&str; 3] = ["cut-short.zip", "no-manifest.zip", "scorm12-minimal.zip"];
    let dir = tempfile::tempdir()?;
    python(&[packages().join("make.py").as_os_str(), dir.path().as_os_str()])?;
    let is_classic = python(&["-c".as_ref(), "import zlib; print(zlib.ZLIB_RUNTIME_VERSION)".as_ref()])?;
    let is_classic = !is_classic.contains("ng");
    for entry in std::fs::read_dir(packages())? {
        let name = entry?.file_name();
        if name == "make.py" || !is_classic && DEFLATED.iter().any(|deflated| name == *deflated) {
            continue;
        }
        if std::fs::read(dir.path().join(&name))? != std::fs::read(packages().join(&name))? {
            return Err(format!("{} is written otherwise", name.display()).into());
        }
    }
    Ok(())
}

fn zipfile_opens_the_packages() -> Result<(), Failed> {
    const SCRIPT: &str = "import sys, zipfile\nfor name in sys.argv[1:]:\n    \
        print(zipfile.ZipFile(name).testzip(), len(zipfile.ZipFile(name).namelist()))";
    let good = ["aicc-minimal.zip", "applet.jar", "odd-names.zip", "qti-minimal.zip", "zip64.zip"];
    let paths: Vec<_> = good.iter().map(|name| packages().join(name)).collect();
    let arguments =
        ["-c".as_ref(), SCRIPT.as_ref()].into_iter().chain(paths.iter().map(|path| path.as_os_str()));
    let told = python(&arguments.collect::<Vec<_>>())?;
    let told: Vec<&str> = told.lines().collect();
    if told == ["None 5", "None 2", "None 6", "None 2", "None 2"] {
        Ok(())
    } else {
        Err(format!("{told:?}").into())
    }
}

fn packages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/packages")
}

/// What Python says; its failure is ours.
fn python(arguments: &[&OsStr]) -> Result<String, Failed> {
    let output = Command::new("python3").args(arguments).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The certificate of the CA of these tests, as `penspec ca` writes it.
fn exported_ca() -> &'static Path {
    static EXPORTED: OnceLock<PathBuf> = OnceLock::new();
    EXPORTED.get_or_init(|| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("exported-ca.pem");
        let written = penspec().args(["ca", "--out"]).arg(&path).output().unwrap();
        assert!(written.status.success(), "{written:?}");
        path
    })
}

/// A peer that runs until it is dropped.
struct Peer {
    child: Child,
    url: String,
}

impl Peer {
    /// One of the Python programs in tests/peers.
    fn ours(program: &str, options: &[&str]) -> Self {
        Self::written_for("python3", program, options)
    }

    /// One of the programs in tests/peers, run by its interpreter.
    fn written_for(interpreter: &str, program: &str, options: &[&str]) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(program);
        let mut command = Command::new(interpreter);
        command.arg(path).args(options);
        Self::start(&mut command, |line| line.strip_prefix("listening on ").map(str::to_owned))
    }

    /// The web server of Python's standard library, on an empty directory.
    fn web_server() -> Self {
        let mut command = Command::new("python3");
        command.args(["-u", "-m", "http.server", "--bind", "127.0.0.1", "0", "--directory"]);
        command.arg(env!("CARGO_TARGET_TMPDIR"));
        Self::start(&mut command, |line| {
            let (_, rest) = line.split_once("(http")?;
            Some(format!("http{}pens", rest.split(')').next()?))
        })
    }

    /// Starts a program and reads its address from its first line.
    fn start(command: &mut Command, address: impl Fn(&str) -> Option<String>) -> Self {
        // The CA of penspec is among those that the program trusts.
        for name in ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] {
            command.env(name, exported_ca());
        }
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut peer = Self { child: command.spawn().unwrap(), url: String::new() };
        let mut line = String::new();
        BufReader::new(peer.child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        peer.url = address(line.trim_end()).unwrap();
        peer
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What penspec said of a peer.
struct Report {
    json: Value,
    status: Option<i32>,
    output: String,
    transcript: String,
}

/// Certifies a peer whole, and judges the evidence once more.
fn certify(peer: &Peer) -> Result<Report, Failed> {
    certify_with(peer, &[])
}

fn certify_with(peer: &Peer, options: &[&str]) -> Result<Report, Failed> {
    certify_by(&mut penspec(), peer, options)
}

fn certify_by(test: &mut Command, peer: &Peer, options: &[&str]) -> Result<Report, Failed> {
    let dir = tempfile::tempdir()?;
    test.args(["test", "target", &peer.url, "--report-dir"]).arg(dir.path());
    for limit in ["response=20s", "download=20s", "receipt=20s", "alert=6s", "quiet=1s", "run=60s"] {
        test.args(["--limit", limit]);
    }
    let output = test.args(options).output()?;
    let report = dir.path().join("report.json");
    let json = std::fs::read(&report).map_err(|error| {
        format!("{}: {error}\n{}", report.display(), String::from_utf8_lossy(&output.stderr))
    })?;
    let judged = penspec().arg("judge").arg(dir.path()).output()?;
    if judged.status.code() != output.status.code() || !output.stdout.starts_with(&judged.stdout) {
        return Err(format!("judged again: {}", String::from_utf8_lossy(&judged.stdout)).into());
    }
    Ok(Report {
        json: serde_json::from_slice(&json)?,
        status: output.status.code(),
        output: String::from_utf8_lossy(&output.stdout).into_owned(),
        transcript: std::fs::read_to_string(dir.path().join("transcript.jsonl"))?,
    })
}

impl Report {
    fn reads(&self, verdict: &str, status: i32) -> Result<(), Failed> {
        if self.json["verdict"] == verdict && self.status == Some(status) {
            return Ok(());
        }
        Err(format!("{} with status {:?}\n{}", self.json["verdict"], self.status, self.output).into())
    }

    /// Every row passes but these, which have another verdict, and those that need a word of the profile, which has
    /// none.
    fn departs_only_in(&self, expected: &[(&str, &str)]) -> Result<(), Failed> {
        let verdicts = self.rows().iter().map(|row| (text(&row["id"]), text(&row["verdict"])));
        let is_amiss = |verdict: &str| !matches!(verdict, "pass" | "deselected");
        let is_undescribed = |id: &str| UNDESCRIBED.contains(&id);
        let departs: Vec<(&str, &str)> =
            verdicts.filter(|(id, verdict)| is_amiss(verdict) && !is_undescribed(id)).collect();
        if departs.is_empty() && self.rows().is_empty() {
            return Err("nothing was judged".into());
        }
        if departs == expected {
            return Ok(());
        }
        Err(format!("{departs:?} in place of {expected:?}\n{}", self.output).into())
    }

    /// The most collects that waited for an answer at once.
    fn collects_at_once(&self) -> usize {
        let (mut open, mut most) = (HashSet::new(), 0);
        for line in self.transcript.lines() {
            let entry: Value = serde_json::from_str(line).unwrap();
            let (request, response) = (&entry["what"]["request"], &entry["what"]["response"]);
            if request["purpose"] == "collect" {
                open.insert(request["exchange"].as_u64());
            }
            open.remove(&response["exchange"].as_u64());
            most = most.max(open.len());
        }
        most
    }

    fn of(&self, id: &str) -> &Value {
        self.rows().iter().find(|row| row["id"] == id).unwrap()
    }

    fn rows(&self) -> &[Value] {
        self.json["requirements"].as_array().unwrap()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
