//! The report on a terminal: failures first, each with what was expected, what came, and what to do.

use std::fmt::Write;

use super::aside::asides;
use super::causes::{Shared, shared};
use super::claims::contradicted;
use super::told::{self, FEW, LEVELS, Told, Tone, VERDICTS};
use crate::requirements::judge::Judged;
use crate::requirements::verdict::Verdict;
use crate::run::Run;
use crate::transcript::bytes::visible;
use crate::transcript::entry::Met;

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
            for judged in told::rows(run, verdict) {
                tell_row(&mut text, run, judged);
            }
        }
        tell_expectations(&mut text, run);
        tell_causes(&mut text, run);
        tell_asides(&mut text, run);
        tell_rest(&mut text, run, detail);
    }
    tell_verdict(&mut text, run);
    text
}

/// One row and what is to be said of it, with ANSI colours.
#[must_use]
pub fn render_row(run: &Run, judged: &Judged) -> String {
    let mut text = String::new();
    tell_row(&mut text, run, judged);
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
    let telling = told::tell(judged, FEW);
    for told in &telling.told {
        tell_finding(text, run, told);
    }
    if telling.others > 0 {
        let _ = writeln!(text, "  and {} other findings: see report.json", telling.others);
    }
    if !matches!(judged.verdict, Verdict::Inconclusive) {
        let _ = writeln!(text, "  {DIM}remedy{OFF}    {}", row.remedy);
    }
    for question in told::checklist(run, judged) {
        let _ = writeln!(text, "  ? {question}");
    }
    text.push('\n');
}

fn tell_finding(text: &mut String, run: &Run, told: &Told) {
    let scenario = told.said.scenario.as_deref();
    let place = scenario.map_or_else(String::new, |scenario| format!(" [{}]", visible(scenario)));
    let _ = writeln!(text, "  - {}{DIM}{place}{OFF}", told.message());
    for (label, detail) in told.details(run) {
        let _ = writeln!(text, "    {DIM}{label}{OFF}{:1$}{detail}", "", 10 - label.len());
    }
}

fn tell_expectations(text: &mut String, run: &Run) {
    for scenario in &run.evidence.scenarios {
        for expectation in scenario.expectations.iter().filter(|expectation| expectation.met != Met::Met) {
            let (colour, word) = match expectation.met {
                Met::Met => (GREEN, "MET"),
                Met::Unmet => (RED, "UNMET"),
                Met::NoEvidence if expectation.is_in_review() => (YELLOW, "REVIEW"),
                Met::NoEvidence => (YELLOW, "NOT SEEN"),
            };
            let _ = writeln!(text, "{colour}{word}{OFF} {}", visible(&scenario.id));
            let _ = writeln!(text, "    {DIM}expected{OFF}  {}", visible_lines(&expectation.expected));
            let _ = writeln!(text, "    {DIM}received{OFF}  {}\n", visible_lines(&expectation.received));
        }
        if let Some(reason) = &scenario.cut_short {
            let _ = writeln!(text, "{YELLOW}CUT SHORT{OFF} {}: {}\n", visible(&scenario.id), visible(reason));
        }
    }
}

fn tell_causes(text: &mut String, run: &Run) {
    let causes = shared(run);
    for Shared { cause, rows } in &causes {
        let rows = rows.iter().copied().collect::<Vec<_>>().join(" ");
        let _ = writeln!(text, "{DIM}one cause{OFF}  {cause}: {rows}");
    }
    if !causes.is_empty() {
        text.push('\n');
    }
}

fn tell_asides(text: &mut String, run: &Run) {
    let asides = asides(run);
    for aside in &asides {
        let _ = writeln!(text, "{DIM}aside{OFF}  {}", aside.line());
    }
    if !asides.is_empty() {
        text.push('\n');
    }
}

fn tell_rest(text: &mut String, run: &Run, detail: Detail) {
    for verdict in [Verdict::NotTested, Verdict::NotApplicable, Verdict::Deselected, Verdict::Pass] {
        let rows: Vec<&Judged> = told::rows(run, verdict).collect();
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
    for level in LEVELS {
        let counts = VERDICTS.map(|verdict| (verdict, told::count(run, level, verdict)));
        let counts: Vec<String> = counts
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(verdict, count)| format!("{count} {}", verdict.key()))
            .collect();
        if !counts.is_empty() {
            let _ = writeln!(text, "{:8}{}", level.name(), counts.join(", "));
        }
    }
    let (tone, sentence) = told::sentence(run, &told::name(run));
    let colour = match tone {
        Tone::Good => GREEN,
        Tone::Open => YELLOW,
        Tone::Bad => RED,
    };
    let _ = writeln!(text, "\n{colour}{sentence}{OFF}");
    if let Some(unmet) = told::unmet(run) {
        let _ = writeln!(text, "{RED}{unmet}{OFF}");
    }
    for circumstance in told::circumstances(run) {
        let _ = writeln!(text, "{YELLOW}{circumstance}{OFF}");
    }
    for open in told::unseen(run).into_iter().chain(told::unanswered(run)) {
        let _ = writeln!(text, "{YELLOW}{open}{OFF}");
    }
    tell_acceptance(text, run);
    for claim in contradicted(run) {
        let _ = writeln!(text, "{YELLOW}{claim}{OFF}");
    }
    if let Some(stopped) = told::stopped(run) {
        let _ = writeln!(text, "{stopped}");
    }
}

/// What is borne of the failures, and which entries of that list no longer hold.
fn tell_acceptance(text: &mut String, run: &Run) {
    if let Some(borne) = told::borne(run) {
        let _ = writeln!(text, "{borne}");
    }
    for lapsed in run.acceptance.lapsed() {
        let _ = writeln!(text, "{RED}{}{OFF}", visible(&lapsed));
    }
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
