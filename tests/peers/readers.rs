//! The reports as other programs read them: XML and JSON in Python, the page in a browser.

use std::path::Path;
use std::process::{Command, Output};

use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

use super::{Peer, Run};

pub(super) const CHROMIUM: &str = "chromium";
/// Where `.ci/run` puts the modules of node's.
const MODULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/peers/node_modules");
/// Holds where the browser and what drives it are there.
const DRIVEN: &str = "for (const name of ['playwright-core', 'axe-core']) require.resolve(name, { paths: [process.argv[1]] }); \
     require('child_process').execFileSync('chromium', ['--version'])";

/// The trials, each with the program that it needs.
pub(super) fn trials() -> Vec<Trial> {
    let python = [("junit.xml is XML to Python", junit_is_xml as Run)];
    let junitparser = [("junit.xml is JUnit to junitparser", junit_is_read_by_junitparser as Run)];
    let jsonschema = [("report.json keeps its schema", report_keeps_its_schema as Run)];
    let chromium = [("report.html opens in a browser without a complaint", page_opens_in_a_browser as Run)];
    let driven = [
        (
            "report.html filters, follows, copies, prints and is open to everybody",
            page_is_for_everybody as Run,
        ),
        ("report.html without findings is open to everybody", page_without_findings_is_for_everybody),
        ("the statement is open to everybody", statement_is_for_everybody),
        ("the difference of two runs is open to everybody", difference_is_for_everybody),
    ];
    let curl = [("curl sends the request of a finding again", curl_sends_the_request_again as Run)];
    [
        super::trials("python3", &["python3", "--version"], &python),
        super::trials("junitparser", &["python3", "-c", "import junitparser"], &junitparser),
        super::trials("jsonschema", &["python3", "-c", "import jsonschema"], &jsonschema),
        super::trials(CHROMIUM, &[CHROMIUM, "--version"], &chromium),
        super::trials("playwright-core, axe-core or chromium", &["node", "-e", DRIVEN, MODULES], &driven),
        super::trials("curl", &["curl", "--version"], &curl),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The report of a run in which much is amiss, by a peer that prints markup into its answers.
fn reports() -> Result<TempDir, Failed> {
    reports_on(&Peer::ours("sloppy.py", &[]))
}

fn reports_on(peer: &Peer) -> Result<TempDir, Failed> {
    let dir = tempfile::tempdir()?;
    let mut test = penspec();
    test.args(["test", "target", &peer.url, "target/probe", "target/binding", "--report-dir"])
        .arg(dir.path());
    let output = test.args(["--limit", "alert=1s", "--limit", "quiet=500ms"]).output()?;
    if output.status.code() == Some(1) { Ok(dir) } else { Err(format!("{output:?}").into()) }
}

fn junit_is_xml() -> Result<(), Failed> {
    let dir = reports()?;
    let cases = python("len(list(ElementTree.parse(sys.argv[1]).iter('testcase')))", &dir, "junit.xml")?;
    if cases.parse::<usize>()? > 10 { Ok(()) } else { Err(format!("{cases} test cases").into()) }
}

fn junit_is_read_by_junitparser() -> Result<(), Failed> {
    const COUNTS: &str = "[(suite.name, suite.failures, sum(type(result).__name__ == 'Failure' for case in suite \
                          for result in case.result)) for suite in junitparser.JUnitXml.fromfile(sys.argv[1])]";
    let suites = python(COUNTS, &reports()?, "junit.xml")?;
    if suites == "[('requirements', 1, 1)]" { Ok(()) } else { Err(suites.into()) }
}

fn report_keeps_its_schema() -> Result<(), Failed> {
    const VALIDATE: &str = "jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))";
    let dir = reports()?;
    let schema = penspec().args(["schema", "--of", "report"]).output()?;
    std::fs::write(dir.path().join("schema.json"), schema.stdout)?;
    let valid = python(VALIDATE, &dir, "report.json")?;
    std::fs::write(dir.path().join("report.json"), "{\"schema_version\": \"1\"}")?;
    let invalid = python(VALIDATE, &dir, "report.json");
    match (valid.as_str(), invalid) {
        ("None", Err(_)) => Ok(()),
        (said, invalid) => Err(format!("{said}, and of what is no report: {invalid:?}").into()),
    }
}

fn page_opens_in_a_browser() -> Result<(), Failed> {
    let dir = reports()?;
    let path = dir.path().join("report.html");
    let (shown, complaints) = browse(&dir, &path)?;
    if !complaints.is_empty() || !shown.contains("does not conform to PENS 1.0.0") {
        return Err(format!("{complaints:?} of {shown}").into());
    }
    // The same page with a script in it: the page forbids it, and the browser is heard to complain.
    let page =
        std::fs::read_to_string(&path)?.replace("</body>", "<script>document.title = 'run'</script></body>");
    let other = dir.path().join("scripted.html");
    std::fs::write(&other, page)?;
    let (shown, complaints) = browse(&dir, &other)?;
    let is_stopped = complaints.iter().any(|line| line.contains("Content Security Policy"));
    if is_stopped && !shown.contains("<title>run") { Ok(()) } else { Err(format!("{complaints:?}").into()) }
}

fn page_is_for_everybody() -> Result<(), Failed> {
    let dir = reports()?;
    let path = dir.path().join("report.html");
    is_for_everybody("page.cjs", &dir, &path)
}

fn page_without_findings_is_for_everybody() -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    said(&penspec().args(["demo", "--quiet"]).current_dir(dir.path()).output()?)?;
    ["target", "client"].into_iter().try_for_each(|role| {
        is_for_everybody("sheet.cjs", &dir, &dir.path().join(format!("reports/demo/{role}/report.html")))
    })
}

fn statement_is_for_everybody() -> Result<(), Failed> {
    printed_is_for_everybody(&["report", "tests/runs/failed.jsonl", "--format", "statement-html"])
}

fn difference_is_for_everybody() -> Result<(), Failed> {
    printed_is_for_everybody(&[
        "diff",
        "tests/runs/passed.jsonl",
        "tests/runs/failed.jsonl",
        "--format",
        "html",
    ])
}

/// Of a page that a command prints.
fn printed_is_for_everybody(arguments: &[&str]) -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("printed.html");
    std::fs::write(&path, penspec().args(arguments).output()?.stdout)?;
    is_for_everybody("sheet.cjs", &dir, &path)
}

/// A script finds nothing amiss with a page, but something with the same page without its language.
fn is_for_everybody(script: &str, dir: &TempDir, page: &Path) -> Result<(), Failed> {
    let amiss = drive(script, dir, page)?;
    if !amiss.is_empty() {
        return Err(format!("{}: {amiss}", page.display()).into());
    }
    let other = dir.path().join("other.html");
    std::fs::write(&other, std::fs::read_to_string(page)?.replace("<html lang=\"en\">", "<html>"))?;
    let amiss = drive(script, dir, &other)?;
    if amiss.contains("html-has-lang") { Ok(()) } else { Err(format!("no complaint: {amiss}").into()) }
}

/// What a script finds amiss with a page.
fn drive(script: &str, dir: &TempDir, page: &Path) -> Result<String, Failed> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(script);
    let mut node = Command::new("node");
    said(&node.arg(script).arg(page).arg(dir.path()).env("NODE_PATH", MODULES).output()?)
}

fn curl_sends_the_request_again() -> Result<(), Failed> {
    let peer = Peer::ours("sloppy.py", &[]);
    let page = std::fs::read_to_string(reports_on(&peer)?.path().join("report.html"))?;
    let line =
        page.split("<dt>the request</dt><dd><code>").nth(1).and_then(|rest| rest.split("</code>").next());
    let line = line.ok_or("no finding has a request")?.replace("&#39;", "'").replace("&#38;", "&");
    let answer = said(&Command::new("sh").arg("-c").arg(format!("{line} --silent")).output()?)?;
    let is_answer = answer.starts_with("HTTP/1.") && answer.contains("error=0");
    if is_answer { Ok(()) } else { Err(format!("{line} got {answer}").into()) }
}

/// The page as the browser has built it, and what it wrote to its console.
pub(super) fn browse(dir: &TempDir, page: &Path) -> Result<(String, Vec<String>), Failed> {
    let mut browser = Command::new(CHROMIUM);
    // Within a container a browser has no sandbox and little shared memory; it opens nothing but this page.
    browser.args(["--headless", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]);
    browser.args(["--enable-logging=stderr", "--dump-dom"]);
    browser.arg(format!("--user-data-dir={}", dir.path().join("browser").display()));
    let output = browser.arg(format!("file://{}", page.display())).output()?;
    let lines = String::from_utf8_lossy(&output.stderr);
    let complaints = lines.lines().filter(|line| line.contains(":CONSOLE"));
    Ok((String::from_utf8_lossy(&output.stdout).into_owned(), complaints.map(str::to_owned).collect()))
}

/// What an expression of Python's gives, with the paths of a report and of a schema as arguments.
fn python(expression: &str, dir: &TempDir, report: &str) -> Result<String, Failed> {
    let modules = ["junitparser", "jsonschema"].into_iter().filter(|module| expression.contains(module));
    let modules = ["json", "sys"].into_iter().chain(modules).collect::<Vec<_>>().join(", ");
    let program = format!("import {modules}\nfrom xml.etree import ElementTree\nprint({expression})");
    let paths = [dir.path().join(report), dir.path().join("schema.json")];
    let output = Command::new("python3").arg("-c").arg(program).args(paths).output()?;
    said(&output)
}

fn said(output: &Output) -> Result<String, Failed> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
}

pub(crate) fn penspec() -> Command {
    Command::new(env!("CARGO_BIN_EXE_penspec"))
}
