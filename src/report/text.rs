//! The report on a terminal: failures first, each with what was expected, what came, and what to do.

use std::fmt::Write;

use crate::requirements::judge::{Judged, Said};
use crate::requirements::ledger::Path;
use crate::requirements::verdict::{Cause, Finding, Outcome, RunVerdict, Verdict};
use crate::requirements::{Level, rulings};
use crate::run::Run;
use crate::transcript::bytes::visible;
use crate::transcript::entry::{Interruption, Met, Role};

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// The last sentence alone.
    Verdict,
    /// What is not as it should be, and the last sentence.
    Findings,
    /// Every row.
    Everything,
}

/// More rows than this are counted, not named, unless everything is wanted.
const MANY: usize = 12;

const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const GREEN: &str = "\x1b[1;32m";
const DIM: &str = "\x1b[2m";
const OFF: &str = "\x1b[0m";

/// The run in words, with ANSI colours: strip them where they are not wanted.
#[must_use]
pub fn render(run: &Run, detail: Detail) -> String {
    let mut text = String::new();
    if detail >= Detail::Findings {
        for verdict in [Verdict::Fail, Verdict::Review, Verdict::Inconclusive, Verdict::Warning] {
            for judged in run.judgement.rows.iter().filter(|judged| judged.verdict == verdict) {
                tell_row(&mut text, run, judged);
            }
        }
        tell_expectations(&mut text, run);
        tell_rest(&mut text, run, detail);
    }
    tell_verdict(&mut text, run);
    text
}

fn tell_row(text: &mut String, run: &Run, judged: &Judged) {
    let row = judged.row;
    let cause = judged.cause.map_or_else(String::new, |cause| format!(", {}", cause.key()));
    let _ = writeln!(
        text,
        "{}{}{OFF} {} {} ({}, {}{cause})",
        colour(judged.verdict),
        judged.verdict.key().to_uppercase(),
        row.id,
        row.name,
        row.level.name(),
        row.clause,
    );
    let _ = writeln!(text, "  {}", row.text);
    let bears = |said: &Said| said.outcome.key() != "not-applicable";
    let mut told: Vec<(&str, usize)> = Vec::new();
    let findings: Vec<_> = judged.findings().filter(|(said, _)| bears(said)).collect();
    for (said, finding) in findings.iter().take(1_000) {
        if told.iter().any(|(message, _)| *message == finding.message) {
            continue;
        }
        let times = findings.iter().filter(|(_, other)| other.message == finding.message).count();
        told.push((&finding.message, times));
        // Different failures of one row mostly have one cause: three show it.
        if told.len() <= 3 {
            tell_finding(text, run, said, finding, times);
        }
    }
    if told.len() > 3 {
        let _ = writeln!(text, "  and {} other findings: see report.json", told.len() - 3);
    }
    if !matches!(judged.verdict, Verdict::Inconclusive) {
        let _ = writeln!(text, "  {DIM}remedy{OFF}    {}", row.remedy);
    } else if run.header.role == Role::Target {
        tell_checklist(text, run, judged);
    }
    text.push('\n');
}

fn tell_finding(text: &mut String, run: &Run, said: &Said, finding: &Finding, times: usize) {
    let place =
        said.scenario.as_ref().map_or_else(String::new, |scenario| format!(" [{}]", visible(scenario)));
    let count = if times > 1 { format!(" ({times} times)") } else { String::new() };
    let _ = writeln!(text, "  - {}{count}{DIM}{place}{OFF}", visible(&finding.message));
    if let Some(expected) = &finding.expected {
        let _ = writeln!(text, "    {DIM}expected{OFF}  {}", visible(expected));
    }
    if let Some(received) = &finding.received {
        let _ = writeln!(text, "    {DIM}received{OFF}  {}", visible(received));
    }
    if let Some(offset) = finding.offset {
        let _ = writeln!(text, "    {DIM}at{OFF}        byte {offset} of the body");
    }
    if let Some(cause) = finding.cause {
        let _ = writeln!(text, "    {DIM}perhaps{OFF}   {cause}");
    }
    if let Some(ruling) = finding.ruling.and_then(rulings::find) {
        let _ = writeln!(text, "    {DIM}ruling{OFF}    {}: {}", ruling.id, ruling.choice);
    }
    if !finding.evidence.is_empty() {
        let numbers = finding.evidence.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let entries = if finding.evidence.len() == 1 { "entry" } else { "entries" };
        let _ = writeln!(text, "    {DIM}evidence{OFF}  {entries} {numbers} of transcript.jsonl");
    }
    if let Some(scenario) = said.scenario.as_ref().filter(|_| !matches!(said.outcome, Outcome::Keeps)) {
        let _ = writeln!(text, "    {DIM}again{OFF}     {}", again(run, scenario));
    }
}

/// What an operator looks through when a target could not be reached, or nothing came back from it.
fn tell_checklist(text: &mut String, run: &Run, judged: &Judged) {
    let was_reached =
        run.judgement.paths.iter().any(|(path, proof)| *path == Path::Command && proof.is_some());
    let questions = match judged.cause {
        Some(Cause::Unreachable) if was_reached => THE_WAY_BACK,
        Some(Cause::Unreachable | Cause::CutShort) if !was_reached && judged.row.level == Level::Must => {
            THE_WAY_THERE
        }
        _ => return,
    };
    for question in questions {
        let _ = writeln!(text, "  ? {question}");
    }
}

const THE_WAY_THERE: [&str; 4] = [
    "Is the target running, and has it finished starting?",
    "Are the host, the port and the path of its address right?",
    "Does a firewall, a container or a tunnel stand between the two? `curl` from here should get an answer.",
    "Does it need longer? --limit response=90s waits for it.",
];
const THE_WAY_BACK: [&str; 4] = [
    "Is the address that penspec gives out (--advertise) one that the target can connect to?",
    "Does a firewall, a container or a tunnel stand between the two?",
    "Can the target resolve the name in that address?",
    "Does the target refuse private or loopback addresses? Patched receivers do, silently.",
];

fn tell_expectations(text: &mut String, run: &Run) {
    for scenario in &run.evidence.scenarios {
        for expectation in scenario.expectations.iter().filter(|expectation| expectation.met != Met::Met) {
            let _ = writeln!(text, "{RED}UNMET{OFF} {}", visible(&scenario.id));
            let _ = writeln!(text, "    {DIM}expected{OFF}  {}", visible_lines(&expectation.expected));
            let _ = writeln!(text, "    {DIM}received{OFF}  {}\n", visible_lines(&expectation.received));
        }
        if let Some(reason) = &scenario.cut_short {
            let _ = writeln!(text, "{YELLOW}CUT SHORT{OFF} {}: {}\n", visible(&scenario.id), visible(reason));
        }
    }
}

fn tell_rest(text: &mut String, run: &Run, detail: Detail) {
    for verdict in [Verdict::NotTested, Verdict::NotApplicable, Verdict::Deselected, Verdict::Pass] {
        let rows: Vec<&Judged> =
            run.judgement.rows.iter().filter(|judged| judged.verdict == verdict).collect();
        if rows.is_empty()
            || (detail < Detail::Everything && matches!(verdict, Verdict::Pass | Verdict::Deselected))
        {
            continue;
        }
        let mut names = rows.iter().map(|judged| judged.row.id).collect::<Vec<_>>().join(" ");
        if rows.len() > MANY && detail < Detail::Everything {
            names = format!("{} rows; --verbose names them", rows.len());
        }
        let _ = writeln!(text, "{}{}{OFF} {names}\n", colour(verdict), verdict.key());
    }
}

fn tell_verdict(text: &mut String, run: &Run) {
    for level in [Level::Must, Level::Should, Level::Interop] {
        let rows = || run.judgement.rows.iter().filter(move |judged| judged.row.level == level);
        let counts = [
            Verdict::Pass,
            Verdict::Warning,
            Verdict::Fail,
            Verdict::Inconclusive,
            Verdict::Review,
            Verdict::NotTested,
            Verdict::NotApplicable,
            Verdict::Deselected,
        ]
        .into_iter()
        .map(|verdict| (verdict, rows().filter(|judged| judged.verdict == verdict).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(verdict, count)| format!("{count} {}", verdict.key()))
        .collect::<Vec<_>>();
        if !counts.is_empty() {
            let _ = writeln!(text, "{:8}{}", level.name(), counts.join(", "));
        }
    }
    let (colour, sentence) = sentence(run);
    let _ = writeln!(text, "\n{colour}{sentence}{OFF}");
    if run.unmet() > 0 {
        let _ =
            writeln!(text, "{RED}{} expectations of the scenarios' authors are not met.{OFF}", run.unmet());
    }
    if let Some(stopped) = &run.ending.stopped {
        let _ = writeln!(
            text,
            "{}; mend this first, or play them all the same with --keep-going",
            visible(stopped)
        );
    }
}

/// The verdict in one sentence.
#[must_use]
pub fn sentence(run: &Run) -> (&'static str, String) {
    let role = match run.header.role {
        Role::Target => "target",
        Role::Client => "client",
    };
    let name =
        if run.profile.subject.name.is_empty() { &run.profile.target.url } else { &run.profile.subject.name };
    let subject = format!("{}, as a {role},", visible(name));
    let broken = |level| {
        run.judgement
            .rows
            .iter()
            .filter(|judged| judged.row.level == level && judged.verdict == Verdict::Fail)
            .count()
    };
    match (run.judgement.verdict, run.ending.interrupted) {
        (RunVerdict::DoesNotConform, _) => {
            (RED, format!("{subject} does not conform to PENS 1.0.0: {} MUST broken.", broken(Level::Must)))
        }
        (_, Some(Interruption::Signal)) => {
            (YELLOW, format!("Interrupted: of {subject} nothing can be concluded yet."))
        }
        (RunVerdict::Conforms, _) => {
            (GREEN, format!("{subject} conforms to PENS 1.0.0 in all that this catalogue looks at."))
        }
        (RunVerdict::Incomplete, _) if run.exit_status == 0 => {
            (GREEN, format!("{subject} keeps everything that was selected; a selection is no certificate."))
        }
        (RunVerdict::Incomplete, _) => (
            YELLOW,
            format!(
                "Incomplete: not every MUST could be judged of {subject} so it neither conforms nor fails."
            ),
        ),
    }
}

fn again(run: &Run, scenario: &str) -> String {
    match run.header.role {
        Role::Target => {
            format!("penspec test target {} {}", quoted(&run.profile.target.url), word(scenario))
        }
        Role::Client => format!("penspec test client {}", word(scenario)),
    }
}

/// One word for a shell, bare where that is safe: a stored transcript is not always one's own.
fn word(text: &str) -> String {
    let is_plain = |byte| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.');
    if text.bytes().all(is_plain) { text.to_owned() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    format!("'{}'", visible(text).replace('\'', r"'\''"))
}

fn colour(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fail => RED,
        Verdict::Inconclusive | Verdict::Review | Verdict::Warning => YELLOW,
        Verdict::Pass => GREEN,
        Verdict::NotTested | Verdict::NotApplicable | Verdict::Deselected => DIM,
    }
}

fn visible_lines(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n              ")
}
