//! junit.xml: a test case for each requirement, for the CI systems that read this dialect.

use std::fmt::Write;
use std::time::Duration;

use chrono::DateTime;
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::standing::{Standing, first_message, standing};
use super::told::{self, FEW};
use crate::requirements::CATALOGUE;
use crate::requirements::judge::Judged;
use crate::requirements::verdict::Verdict;
use crate::run::Run;
use crate::transcript::bytes::steers;
use crate::transcript::entry::Met;
use crate::transcript::transaction::ScenarioSeen;

/// The run as junit.xml.
#[must_use]
pub fn render(run: &Run) -> String {
    let mut report = Report::new("penspec");
    let duration = Duration::from_millis(run.ending.duration_ms);
    report.set_time(duration);
    let mut requirements = TestSuite::new("requirements");
    requirements.set_time(duration);
    if let Ok(started) = DateTime::parse_from_rfc3339(&run.header.started) {
        requirements.set_timestamp(started);
    }
    let (_, sentence) = told::sentence(run, &told::name(run));
    for (name, value) in [
        ("verdict", run.judgement.verdict.key()),
        ("sentence", &sentence),
        ("run-id", &run.header.run_id),
        ("catalogue", CATALOGUE),
    ] {
        requirements.add_property(Property::new(name, xml(value)));
    }
    for circumstance in told::circumstances(run) {
        requirements.add_property(Property::new("circumstance", xml(&circumstance)));
    }
    requirements.add_test_cases(run.judgement.rows.iter().map(|judged| requirement(run, judged)));
    report.add_test_suite(requirements);
    report.add_test_suites(scenarios(run));
    report.add_test_suites(accepted(run));
    // The report is written to memory, and every string in it has been made fit: the error cannot come.
    let text = report.to_string().unwrap_or_default();
    without_skipped_in_all(&text, &report)
}

/// Takes the sum of what was skipped from the outermost element: the schema that Jenkins' xUnit plugin holds a file
/// against has it for each suite alone, and refuses the file.
fn without_skipped_in_all(text: &str, report: &Report) -> String {
    text.replacen(&format!(" skipped=\"{}\"", report.skipped), "", 1)
}

fn requirement(run: &Run, judged: &Judged) -> TestCase {
    let row = judged.row;
    let mut case = TestCase::new(format!("{} {}", row.id, row.name), status(run, judged));
    case.set_classname(row.id.split('-').next().unwrap_or_default());
    if judged.verdict == Verdict::Warning {
        case.set_system_out(description(run, judged));
    }
    case
}

fn status(run: &Run, judged: &Judged) -> TestCaseStatus {
    let kind = match standing(run, judged) {
        Standing::Passed => return TestCaseStatus::success(),
        Standing::Borne(reason) => {
            let mut status = skipped(format!("accepted: {}", xml(&reason)));
            status.set_description(format!("accepted: {}\n\n{}", xml(&reason), description(run, judged)));
            return status;
        }
        Standing::Skipped => return skipped(xml(&first_message(judged))),
        Standing::Failed => NonSuccessKind::Failure,
        Standing::Open => NonSuccessKind::Error,
    };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(xml(&first_message(judged)));
    status.set_type(judged.cause.map_or(judged.verdict.key(), crate::requirements::Cause::key));
    status.set_description(description(run, judged));
    status
}

/// Why stands there twice: some viewers show the message alone, others the text where there is one.
fn skipped(why: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_description(why.clone());
    status.set_message(why);
    status
}

fn description(run: &Run, judged: &Judged) -> String {
    let row = judged.row;
    let mut text = format!("{} ({}, {})\n", row.text, row.level.name(), row.clause);
    let telling = told::tell(judged, FEW);
    if telling.told.is_empty() {
        let _ = writeln!(text, "\n- {}: nothing in this run bears on it", judged.verdict.key());
    }
    for told in &telling.told {
        let _ = writeln!(text, "\n- {}", xml(&told.message()));
        for (label, detail) in told.details(run) {
            let _ = writeln!(text, "  {label}: {}", xml(&detail));
        }
    }
    if telling.others > 0 {
        let _ = writeln!(text, "\nand {} other findings: see report.json", telling.others);
    }
    if judged.verdict != Verdict::Inconclusive {
        let _ = writeln!(text, "\nremedy: {}", row.remedy);
    }
    for question in told::checklist(run, judged) {
        let _ = writeln!(text, "? {question}");
    }
    text
}

/// The scenarios that were cut short or whose authors expected something else; no suite when there are none.
fn scenarios(run: &Run) -> Option<TestSuite> {
    let cases: Vec<TestCase> = run.evidence.scenarios.iter().filter_map(|seen| scenario(run, seen)).collect();
    if cases.is_empty() {
        return None;
    }
    let mut suite = TestSuite::new("scenarios");
    suite.set_time(cases.iter().filter_map(|case| case.time).sum::<Duration>());
    suite.add_test_cases(cases);
    Some(suite)
}

/// The entries of the list of accepted failures that no longer hold; no suite when there are none.
fn accepted(run: &Run) -> Option<TestSuite> {
    let lapsed = run.acceptance.lapsed();
    if lapsed.is_empty() {
        return None;
    }
    let mut suite = TestSuite::new("accepted failures");
    suite.set_time(Duration::ZERO);
    suite.add_test_cases(lapsed.into_iter().map(|lapsed| {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(xml(&lapsed));
        status.set_type("accepted");
        status.set_description(xml(&lapsed));
        let mut case = TestCase::new(xml(&lapsed), status);
        case.set_classname("profile");
        case
    }));
    Some(suite)
}

fn scenario(run: &Run, seen: &ScenarioSeen) -> Option<TestCase> {
    let (kind, message) = trouble(seen)?;
    let mut text = format!("{}\n\n", xml(&message));
    for expectation in seen.expectations.iter().filter(|expectation| expectation.met != Met::Met) {
        let _ = writeln!(text, "expected: {}", xml_lines(&expectation.expected));
        let _ = writeln!(text, "received: {}", xml_lines(&expectation.received));
    }
    if let Some(reason) = &seen.cut_short {
        let _ = writeln!(text, "cut short: {}", xml(reason));
    }
    let _ = writeln!(text, "again: {}", xml(&told::command_again(run, &seen.id)));
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(xml(&message));
    status.set_type("scenario");
    status.set_description(text);
    let mut case = TestCase::new(xml(&seen.id), status);
    case.set_classname("scenario");
    let ended_us = seen.ended_us.unwrap_or(run.ending.duration_ms * 1000);
    case.set_time(Duration::from_micros(ended_us.saturating_sub(seen.begun_us)));
    Some(case)
}

/// What is amiss with a scenario besides the verdicts on requirements.
fn trouble(seen: &ScenarioSeen) -> Option<(NonSuccessKind, String)> {
    let count = |met: Met| seen.expectations.iter().filter(|expectation| expectation.met == met).count();
    match (count(Met::Unmet), &seen.cut_short, count(Met::NoEvidence)) {
        (0, None, 0) => None,
        (0, None, open) => {
            Some((NonSuccessKind::Error, format!("nothing came to hold against {}", expectations(open))))
        }
        (0, Some(reason), _) => Some((NonSuccessKind::Error, format!("cut short: {reason}"))),
        (1, _, _) => Some((NonSuccessKind::Failure, "one expectation is not met".to_owned())),
        (unmet, _, _) => Some((NonSuccessKind::Failure, format!("{unmet} expectations are not met"))),
    }
}

fn expectations(count: usize) -> String {
    if count == 1 { "one expectation".to_owned() } else { format!("{count} expectations") }
}

/// Text with every character that XML 1.0 has not, or that hides, written as an escape; markup is escaped later.
fn xml(text: &str) -> String {
    let mut fit = String::with_capacity(text.len());
    for letter in text.chars() {
        let is_foreign = steers(letter) || matches!(letter, '\u{fffe}' | '\u{ffff}');
        if is_foreign { fit.extend(letter.escape_default()) } else { fit.push(letter) }
    }
    fit
}

fn xml_lines(text: &str) -> String {
    text.lines().map(xml).collect::<Vec<_>>().join("\n          ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_written_as_an_escape() {
        assert_eq!(xml("a\u{0}\u{1b}[1m\u{fffe}\u{202e}é"), "a\\u{0}\\u{1b}[1m\\u{fffe}\\u{202e}é");
    }

    #[test]
    fn markup_in_a_text_stays_text() {
        let nasty = "]]><![CDATA[</failure>&#0;\"'\t\u{85}\u{ffff}";
        let mut report = Report::new(xml(nasty));
        let mut suite = TestSuite::new(xml(nasty));
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(xml(nasty));
        status.set_description(xml(nasty));
        suite.add_test_case(TestCase::new(xml(nasty), status));
        report.add_test_suite(suite);
        let text = report.to_string().unwrap();
        let document = roxmltree::Document::parse(&text).unwrap();
        let failure = document.descendants().find(|node| node.has_tag_name("failure")).unwrap();
        assert_eq!(failure.text(), Some(xml(nasty).as_str()));
        assert_eq!(failure.attribute("message"), Some(xml(nasty).as_str()));
    }
}
