//! junit.xml as the viewers of CI systems read it: what each takes and shows, written down from its source.

use std::collections::{BTreeMap, HashSet};

use penspec::report::junit;
use penspec::requirements::Level;
use penspec::requirements::verdict::{Outcome, Verdict};
use penspec::run::Run;
use penspec::transcript::entry::Met;
use penspec::transcript::file;
use roxmltree::{Document, Node};
use serde_json::json;

use crate::pages::{FAILED, PASSED, UNREACHABLE, WITHOUT_RECEIPT, nasty};
use crate::rendered::expects;

const CLIENT: &str = include_str!("../runs/client.jsonl");

/// A test case as a viewer has it.
#[derive(Debug)]
struct Shown {
    name: String,
    status: &'static str,
    /// What it shows of a case that did not pass.
    told: String,
}

/// Runs of every kind, with what GitHub, GitLab and Jenkins are given of them.
fn files() -> Vec<(Run, String)> {
    let stored = |text| Run::of(&file::read(text).unwrap()).unwrap();
    let runs = [PASSED, FAILED, UNREACHABLE, WITHOUT_RECEIPT, CLIENT].map(stored);
    let all = runs.into_iter().chain([nasty(), disappointed(), accepting()]);
    all.map(|run| (junit::render(&run), run)).map(|(text, run)| (run, text)).collect()
}

/// One whose author expected something else.
fn disappointed() -> Run {
    let mut transcript = file::read(FAILED).unwrap();
    expects(&mut transcript, "target/probe", "error=0", Met::Unmet);
    Run::of(&transcript).unwrap()
}

/// One whose profile bears the failure, and others that are stale.
fn accepting() -> Run {
    let mut transcript = file::read(FAILED).unwrap();
    let entry = |requirement| json!({"requirement": requirement, "scenario": "*", "reason": "ticket 4711", "until": "2999-12-31"});
    transcript.header.profile["accept"] = json!([entry("RSP-004"), entry("RSP-001"), entry("RSP-002")]);
    let run = Run::of(&transcript).unwrap();
    assert_eq!(run.acceptance.lapsed().len(), 2);
    run
}

fn children<'a>(node: Node<'a, 'a>, tag: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    node.children().filter(move |child| child.has_tag_name(tag))
}

fn child<'a>(node: Node<'a, 'a>, tag: &'a str) -> Option<Node<'a, 'a>> {
    children(node, tag).next()
}

fn attribute(node: Node, name: &str) -> String {
    node.attribute(name).unwrap_or_else(|| panic!("{} has no {name}", node.tag_name().name())).to_owned()
}

fn text(node: Node) -> String {
    node.text().unwrap_or_default().to_owned()
}

/// The test cases of a file, each with the name of its suite.
fn cases<'a>(document: &'a Document<'a>) -> Vec<(String, Node<'a, 'a>)> {
    let suites = children(document.root_element(), "testsuite");
    suites
        .flat_map(|suite| children(suite, "testcase").map(move |case| (attribute(suite, "name"), case)))
        .collect()
}

/// How many rows and scenarios stand like this.
fn expected(run: &Run) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for judged in &run.judgement.rows {
        let is_borne = run.acceptance.reason_of_row(judged).is_some();
        let status = match judged.verdict {
            Verdict::Pass | Verdict::Warning => "passed",
            Verdict::Fail if is_borne => "skipped",
            Verdict::Fail => "failed",
            Verdict::Inconclusive | Verdict::Review => "error",
            Verdict::NotTested if judged.row.level == Level::Must => "error",
            Verdict::NotTested | Verdict::NotApplicable | Verdict::Deselected => "skipped",
        };
        *counts.entry(status).or_default() += 1;
    }
    let lapsed = run.acceptance.lapsed().len();
    *counts.entry("failed").or_default() += lapsed;
    for seen in &run.evidence.scenarios {
        let has = |met: Met| seen.expectations.iter().any(|expectation| expectation.met == met);
        if has(Met::Unmet) {
            *counts.entry("failed").or_default() += 1;
        } else if seen.cut_short.is_some() || has(Met::NoEvidence) {
            *counts.entry("error").or_default() += 1;
        }
    }
    counts.retain(|_, count| *count > 0);
    counts
}

fn counted(shown: &[Shown]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for case in shown {
        *counts.entry(case.status).or_default() += 1;
    }
    counts
}

/// Where a viewer knows failures and errors as one.
fn as_failed(mut counts: BTreeMap<&'static str, usize>) -> BTreeMap<&'static str, usize> {
    if let Some(errors) = counts.remove("error") {
        *counts.entry("failed").or_default() += errors;
    }
    counts
}

/// That a viewer counts rightly, shows no case twice, and tells why a case did not pass.
fn shows(run: &Run, shown: &[Shown], counts: &BTreeMap<&'static str, usize>) {
    assert_eq!(&counted(shown), counts);
    let names: HashSet<&str> = shown.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), shown.len(), "two cases have one name");
    for case in shown.iter().filter(|case| case.status != "passed") {
        assert!(!case.told.trim().is_empty(), "{case:?} tells nothing");
    }
    for judged in run.judgement.rows.iter().filter(|judged| judged.verdict == Verdict::Fail) {
        let case = shown.iter().find(|case| case.name.contains(judged.row.id)).unwrap();
        let is_borne = run.acceptance.reason_of_row(judged).is_some();
        let broken = judged.outcomes.iter().find_map(|said| match &said.outcome {
            Outcome::Breaks(finding) => Some(finding.message.as_str()),
            _ => None,
        });
        let words = if is_borne { "ticket 4711" } else { broken.unwrap() };
        assert!(case.told.contains(words), "{words} is not in {case:?}");
    }
}

/// GitLab: lib/gitlab/ci/parsers/test/junit.rb, and `test_case.rb` and `test_suite.rb` of lib/gitlab/ci/reports. What it
/// shows of a case is what `Hash.from_xml` makes of the first of these elements: the text, and of one that has none its
/// attributes as a hash, which nobody wants to read. `type` may have that convert the text, or refuse the file. A case
/// takes the place of another with the same names.
#[test]
fn gitlab_shows_the_text_and_not_the_message() {
    const CONVERTED: [&str; 15] = [
        "array",
        "base64Binary",
        "boolean",
        "date",
        "dateTime",
        "datetime",
        "decimal",
        "double",
        "file",
        "float",
        "hexBinary",
        "integer",
        "string",
        "symbol",
        "yaml",
    ];
    for (run, file) in files() {
        let document = Document::parse(&file).unwrap();
        let shown: Vec<Shown> = cases(&document)
            .into_iter()
            .map(|(suite, case)| {
                let kinds = [("failure", "failed"), ("error", "error"), ("skipped", "skipped")];
                let found = kinds.iter().find_map(|(tag, status)| Some((child(case, tag)?, *status)));
                let told = found.map_or_else(String::new, |(found, _)| {
                    assert!(!CONVERTED.contains(&found.attribute("type").unwrap_or_default()));
                    let told = text(found);
                    assert!(!told.is_empty(), "a hash is shown: {found:?}");
                    assert!(told.contains(&attribute(found, "message")), "the message is not shown: {told}");
                    told
                });
                let name = format!("{suite}_{}_{}", attribute(case, "classname"), attribute(case, "name"));
                Shown { name, status: found.map_or("passed", |(_, status)| status), told }
            })
            .collect();
        shows(&run, &shown, &expected(&run));
    }
}

/// Jenkins: SuiteResult.java and CaseResult.java of junit-plugin. The message stands as *Error Message*, the text as
/// *Stacktrace*; of a case that was skipped the message. What a case that passed has printed is cut to its first and
/// last 500 characters. A suite of which one has no time is given that of its cases.
#[test]
fn jenkins_shows_message_and_text() {
    const SHOWN: usize = 500;
    for (run, file) in files() {
        let document = Document::parse(&file).unwrap();
        let shown: Vec<Shown> = cases(&document)
            .into_iter()
            .map(|(suite, case)| {
                let amiss = child(case, "error").or_else(|| child(case, "failure"));
                let (status, told) = match (child(case, "skipped"), amiss) {
                    (Some(skipped), _) => ("skipped", attribute(skipped, "message")),
                    (None, Some(amiss)) => {
                        assert!(text(amiss).lines().count() > 0);
                        ("failed", attribute(amiss, "message"))
                    }
                    (None, None) => ("passed", String::new()),
                };
                if let Some(printed) = child(case, "system-out").map(text) {
                    let first: String = printed.chars().take(SHOWN).collect();
                    assert!(first.contains("\n- "), "the first finding is cut away: {printed}");
                }
                let name = format!("{suite}: {}.{}", attribute(case, "classname"), attribute(case, "name"));
                Shown { name, status, told }
            })
            .collect();
        shows(&run, &shown, &as_failed(expected(&run)));
    }
}

/// dorny/test-reporter: java-junit-parser.ts, get-report.ts. A group for each `classname`; failures and errors alike,
/// each with `type: message`. Without a time a suite is said to have taken `NaNms`.
#[test]
fn test_reporter_has_a_group_for_each_family() {
    for (run, file) in files() {
        let document = Document::parse(&file).unwrap();
        for timed in
            [document.root_element()].into_iter().chain(children(document.root_element(), "testsuite"))
        {
            assert!(attribute(timed, "time").parse::<f64>().is_ok_and(f64::is_finite));
        }
        let shown: Vec<Shown> = cases(&document)
            .into_iter()
            .map(|(suite, case)| {
                let (status, told) =
                    match (child(case, "failure").or(child(case, "error")), child(case, "skipped")) {
                        (Some(amiss), _) => (
                            "failed",
                            format!("{}: {}", attribute(amiss, "type"), attribute(amiss, "message")),
                        ),
                        (None, Some(skipped)) => ("skipped", attribute(skipped, "message")),
                        (None, None) => ("passed", String::new()),
                    };
                let group = attribute(case, "classname");
                assert_ne!(group, suite, "a group of the suite's name has none");
                Shown { name: format!("{suite} {group} {}", attribute(case, "name").trim()), status, told }
            })
            .collect();
        shows(&run, &shown, &as_failed(expected(&run)));
    }
}

/// mikepenz/action-junit-report: testParser.ts. An annotation for each case that failed: `classname.name`, the message,
/// the text below it. With `check_retries` cases of one name in a suite are one.
#[test]
fn action_junit_report_annotates_with_the_message() {
    for (run, file) in files() {
        let document = Document::parse(&file).unwrap();
        let shown: Vec<Shown> = cases(&document)
            .into_iter()
            .map(|(_, case)| {
                let skipped = child(case, "skipped");
                let amiss = child(case, "failure").or(child(case, "error"));
                let status = match (skipped, amiss) {
                    (Some(_), _) => "skipped",
                    (None, Some(_)) => "failed",
                    (None, None) => "passed",
                };
                let told = skipped.or(amiss).map_or_else(String::new, |it| attribute(it, "message"));
                Shown {
                    name: format!("{}.{}", attribute(case, "classname"), attribute(case, "name")),
                    status,
                    told,
                }
            })
            .collect();
        shows(&run, &shown, &as_failed(expected(&run)));
    }
}

/// EnricoMi/publish-unit-test-result-action: python/publish/junit.py, by way of junitparser. It has the numbers of the
/// suites' attributes beside those of the cases, and warns where they differ; a case without names is left out.
#[test]
fn publish_unit_test_result_counts_as_the_suites_do() {
    for (run, file) in files() {
        let document = Document::parse(&file).unwrap();
        let suites: Vec<Node> = children(document.root_element(), "testsuite").collect();
        let sum = |name: &str| {
            suites.iter().map(|suite| attribute(*suite, name).parse::<usize>().unwrap()).sum::<usize>()
        };
        let counts = expected(&run);
        let count = |status: &str| counts.get(status).copied().unwrap_or_default();
        assert_eq!(sum("tests"), counts.values().sum::<usize>());
        for (name, status) in [("failures", "failed"), ("errors", "error"), ("skipped", "skipped")] {
            assert_eq!(sum(name), count(status), "{name}");
        }
        let results = cases(&document).into_iter().map(|(_, case)| {
            children(case, "failure").chain(children(case, "error")).chain(children(case, "skipped")).count()
        });
        assert!(results.max() <= Some(1), "the worst of several is shown alone");
    }
}

/// Jenkins' xunit-plugin refuses a file that its junit-10.xsd does not allow. What that allows of what we write is the
/// same in the versions before and after Surefire's attributes came into it.
#[test]
fn the_xunit_plugin_takes_the_file() {
    const ALLOWED: [(&str, &[&str], &[&str]); 9] = [
        ("testsuites", &["name", "time", "tests", "failures", "errors"], &["testsuite"]),
        (
            "testsuite",
            &[
                "name",
                "tests",
                "failures",
                "errors",
                "skipped",
                "time",
                "timestamp",
                "hostname",
                "id",
                "package",
            ],
            &["properties", "testcase", "system-out", "system-err"],
        ),
        ("properties", &[], &["property"]),
        ("property", &["name", "value"], &[]),
        (
            "testcase",
            &["name", "classname", "time"],
            &["failure", "error", "skipped", "system-out", "system-err"],
        ),
        ("failure", &["message", "type"], &[]),
        ("error", &["message", "type"], &[]),
        ("skipped", &["message", "type"], &[]),
        ("system-out", &[], &[]),
    ];
    for (_, file) in files() {
        let document = Document::parse(&file).unwrap();
        for element in document.descendants().filter(Node::is_element) {
            let tag = element.tag_name().name();
            let (_, attributes, inner) = ALLOWED.iter().find(|(name, ..)| *name == tag).unwrap();
            for attribute in element.attributes() {
                assert!(attributes.contains(&attribute.name()), "{} of {tag}", attribute.name());
            }
            for inside in element.children().filter(Node::is_element) {
                assert!(inner.contains(&inside.tag_name().name()), "{inside:?} in {tag}");
            }
            if tag == "testsuite" {
                let required = ["name", "tests", "failures", "errors"];
                assert!(required.iter().all(|name| element.has_attribute(*name)), "{element:?}");
            }
        }
    }
}
