//! report.html: one page that opens offline and runs no script; a verdict, a table, and each finding with its bytes.

mod exhibit;
mod pieces;

use std::collections::BTreeSet;

use askama::Template;

use super::aside::{Aside, asides};
use super::claims::{Claimed, claims};
use super::told::{self, LEVELS, NAMED, Told, Tone, VERDICTS};
use crate::profile::Reading;
use crate::requirements::judge::Judged;
use crate::requirements::rulings::{self, Ruling};
use crate::requirements::verdict::{Finding, Verdict};
use crate::requirements::{Level, Requirement};
use crate::run::Run;
use crate::transcript::Exchange;
use crate::transcript::bytes::{unescape, visible};
use crate::transcript::entry::Met;
use exhibit::{Exhibit, exhibits};
use pieces::{Look, Piece, cut};

/// So many different findings of a row are shown.
const SHOWN: usize = 10;
/// So many letters of a value are shown.
const LONGEST: usize = 2 * 1024;

/// The run as report.html.
#[must_use]
pub fn render(run: &Run) -> String {
    // The page is written to memory: the error cannot come.
    Page::of(run).render().unwrap_or_default()
}

/// What the template is filled with; it escapes every string.
#[derive(Template)]
#[template(path = "page.html", config = "src/report/html/askama.toml")]
struct Page {
    tone: &'static str,
    sentence: String,
    remarks: Vec<String>,
    facts: Vec<(&'static str, String)>,
    verdicts: Vec<Verdict>,
    counts: Vec<(&'static str, Vec<usize>)>,
    untested: Vec<Untested>,
    families: Vec<Family>,
    chapters: Vec<Chapter>,
    scenarios: Vec<Scenario>,
    asides: Vec<Beside>,
    rulings: Vec<&'static Ruling>,
    exhibits: Vec<Exhibit>,
}

/// Rows that nothing, or not enough, is known of.
struct Untested {
    verdict: Verdict,
    rows: Vec<&'static Requirement>,
}

/// The rows of one family, as lines of the table.
struct Family {
    name: &'static str,
    lines: Vec<Line>,
}

struct Line {
    row: &'static Requirement,
    verdict: Verdict,
    has_findings: bool,
}

/// A row that has something to tell.
struct Chapter {
    row: &'static Requirement,
    verdict: Verdict,
    cause: Option<&'static str>,
    findings: Vec<Shown>,
    others: usize,
    questions: &'static [&'static str],
}

/// A finding as the page shows it.
struct Shown {
    message: String,
    expected: Option<Vec<Piece>>,
    received: Option<Vec<Piece>>,
    offset: Option<usize>,
    cause: Option<&'static str>,
    ruling: Option<&'static Ruling>,
    /// Why it is borne, when it is.
    accepted: Option<String>,
    scenario: Option<String>,
    again: Option<String>,
    evidence: Vec<Evidence>,
    /// How many more entries show it.
    more: usize,
}

/// An entry that shows a finding; a link where the appendix has it.
struct Evidence {
    entry: u64,
    is_exhibited: bool,
}

/// What happened beside the cases.
struct Beside {
    message: String,
    entry: Option<u64>,
    is_exhibited: bool,
}

/// A scenario whose author expected something else, or that was cut short.
struct Scenario {
    id: String,
    /// What was expected, and what there was.
    expectations: Vec<(String, String)>,
    cut_short: Option<String>,
    again: String,
}

impl Page {
    fn of(run: &Run) -> Self {
        let (tone, sentence) = told::sentence(run, &told::name(run));
        let mut chapters: Vec<Chapter> =
            run.judgement.rows.iter().filter_map(|judged| Chapter::of(run, judged)).collect();
        chapters.sort_by_key(|chapter| chapter.verdict);
        let evidence =
            chapters.iter().flat_map(|chapter| &chapter.findings).flat_map(|shown| &shown.evidence);
        let asides = asides(run);
        let beside = asides.iter().filter_map(|aside| aside.entry);
        let exhibits = exhibits(run, &evidence.map(|evidence| evidence.entry).chain(beside).collect());
        link(&mut chapters, &exhibits);
        let named: BTreeSet<&str> = chapters
            .iter()
            .flat_map(|chapter| &chapter.findings)
            .filter_map(|shown| Some(shown.ruling?.id))
            .collect();
        Self {
            tone: match tone {
                Tone::Good => "pass",
                Tone::Open => "inconclusive",
                Tone::Bad => "fail",
            },
            sentence,
            remarks: told::remarks(run),
            facts: facts(run),
            verdicts: columns(run),
            counts: counts(run),
            untested: untested(run),
            families: families(run, &chapters),
            scenarios: run.evidence.scenarios.iter().filter_map(|seen| Scenario::of(run, seen)).collect(),
            asides: asides.iter().map(|aside| Beside::of(aside, &exhibits)).collect(),
            rulings: named.into_iter().filter_map(rulings::find).collect(),
            chapters,
            exhibits,
        }
    }
}

impl Chapter {
    fn of(run: &Run, judged: &Judged) -> Option<Self> {
        let telling = told::tell(judged, SHOWN);
        if telling.told.is_empty() {
            return None;
        }
        Some(Self {
            row: judged.row,
            verdict: judged.verdict,
            cause: judged.cause.map(crate::requirements::Cause::key),
            findings: telling.told.iter().map(|told| Shown::of(run, told)).collect(),
            others: telling.others,
            questions: told::checklist(run, judged),
        })
    }

    /// Whether there is anything to mend.
    fn needs_remedy(&self) -> bool {
        matches!(self.verdict, Verdict::Fail | Verdict::Warning | Verdict::Review)
    }
}

impl Shown {
    fn of(run: &Run, told: &Told) -> Self {
        let finding = told.finding;
        let marked = finding.offset.filter(|_| is_from_the_start(run, finding));
        let scenario = told.said.scenario.as_deref();
        Self {
            message: clip(&told.message()),
            expected: finding.expected.as_deref().map(|expected| cut(&clip(expected), None)),
            received: finding.received.as_deref().map(|received| cut(&clip(received), marked)),
            offset: finding.offset,
            cause: finding.cause,
            ruling: finding.ruling.and_then(rulings::find),
            accepted: told.accepted(run),
            scenario: scenario.map(visible),
            again: scenario.map(|scenario| told::command_again(run, scenario)),
            evidence: finding
                .evidence
                .iter()
                .take(NAMED)
                .map(|entry| Evidence { entry: *entry, is_exhibited: false })
                .collect(),
            more: finding.evidence.len().saturating_sub(NAMED),
        }
    }
}

impl Scenario {
    fn of(run: &Run, seen: &crate::transcript::transaction::ScenarioSeen) -> Option<Self> {
        let unmet = seen.expectations.iter().filter(|expectation| expectation.met != Met::Met);
        let expectations: Vec<_> =
            unmet.map(|unmet| (lines(&unmet.expected), lines(&unmet.received))).collect();
        if expectations.is_empty() && seen.cut_short.is_none() {
            return None;
        }
        Some(Self {
            id: visible(&seen.id),
            expectations,
            cut_short: seen.cut_short.as_deref().map(visible),
            again: told::command_again(run, &seen.id),
        })
    }
}

impl Beside {
    fn of(aside: &Aside, exhibits: &[Exhibit]) -> Self {
        let is_exhibited = exhibits.iter().any(|exhibit| Some(exhibit.number) == aside.entry);
        Self { message: clip(&aside.message), entry: aside.entry, is_exhibited }
    }
}

/// Notes which pieces of evidence the appendix has.
fn link(chapters: &mut [Chapter], exhibits: &[Exhibit]) {
    let exhibited: BTreeSet<u64> = exhibits.iter().map(|exhibit| exhibit.number).collect();
    for evidence in
        chapters.iter_mut().flat_map(|chapter| &mut chapter.findings).flat_map(|shown| &mut shown.evidence)
    {
        evidence.is_exhibited = exhibited.contains(&evidence.entry);
    }
}

fn facts(run: &Run) -> Vec<(&'static str, String)> {
    let (header, profile) = (&run.header, &run.profile);
    let selection = match header.selection.as_slice() {
        [] => "everything".to_owned(),
        selection => selection.iter().map(|id| visible(id)).collect::<Vec<_>>().join(", "),
    };
    let reading = match profile.reading {
        Reading::Tolerant => "tolerant: what a ruling tolerates is a warning",
        Reading::Strict => "strict: what a ruling tolerates is a break",
    };
    let facts = [
        ("Subject", format!("{} {}", profile.subject.name, profile.subject.version)),
        ("Role", told::role(run).to_owned()),
        ("Address", profile.target.url.clone()),
        ("Reading", reading.to_owned()),
        ("Selection", selection),
        ("Began", header.started.clone()),
        ("Took", format!("{} ms", run.ending.duration_ms)),
        ("Tool", format!("{} {}", header.tool.name, header.tool.version)),
        ("Catalogue", header.tool.catalogue.clone()),
        ("Run", header.run_id.clone()),
        ("Exit status", run.exit_status.to_string()),
    ];
    let claims = claims(run)
        .into_iter()
        .filter(Claimed::is_telling)
        .map(|Claimed { claim, said, observed }| ("Claim", format!("{claim}: {said}; observed: {observed}")));
    let facts = facts.into_iter().chain(claims).map(|(label, fact)| (label, visible(fact.trim())));
    facts.filter(|(_, fact)| !fact.is_empty()).collect()
}

/// The verdicts that occur.
fn columns(run: &Run) -> Vec<Verdict> {
    VERDICTS.into_iter().filter(|verdict| told::rows(run, *verdict).next().is_some()).collect()
}

fn counts(run: &Run) -> Vec<(&'static str, Vec<usize>)> {
    let row = |level: Level| {
        let counts = columns(run).into_iter().map(|verdict| told::count(run, level, verdict));
        (level.name(), counts.collect::<Vec<_>>())
    };
    LEVELS.into_iter().map(row).filter(|(_, counts)| counts.iter().any(|count| *count > 0)).collect()
}

fn untested(run: &Run) -> Vec<Untested> {
    [Verdict::NotTested, Verdict::Inconclusive, Verdict::Review, Verdict::NotApplicable, Verdict::Deselected]
        .into_iter()
        .map(|verdict| Untested {
            verdict,
            rows: told::rows(run, verdict).map(|judged| judged.row).collect(),
        })
        .filter(|untested| !untested.rows.is_empty())
        .collect()
}

fn families(run: &Run, chapters: &[Chapter]) -> Vec<Family> {
    let told: BTreeSet<&str> = chapters.iter().map(|chapter| chapter.row.id).collect();
    let mut families: Vec<Family> = Vec::new();
    for judged in &run.judgement.rows {
        let name = judged.row.id.split('-').next().unwrap_or_default();
        let line =
            Line { row: judged.row, verdict: judged.verdict, has_findings: told.contains(judged.row.id) };
        match families.last_mut() {
            Some(family) if family.name == name => family.lines.push(line),
            Some(_) | None => families.push(Family { name, lines: vec![line] }),
        }
    }
    families
}

/// Whether what was received is shown from the first byte of its message, so that an offset can be counted in it.
fn is_from_the_start(run: &Run, finding: &Finding) -> bool {
    let Some(received) = finding.received.as_deref().and_then(unescape) else { return false };
    let transactions = run.evidence.transactions.iter();
    let exchanges = transactions.flat_map(|transaction| {
        let callbacks = transaction.callbacks.iter().map(|callback| &callback.exchange);
        transaction.collects.iter().chain(callbacks)
    });
    let mut shown = exchanges.filter(|exchange| {
        exchange.response.as_ref().is_some_and(|response| finding.evidence.contains(&response.entry))
    });
    shown.any(|exchange: &Exchange| exchange.payload().is_some_and(|payload| payload.starts_with(&received)))
}

/// The beginning of a text that is too long for the page.
fn clip(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} ... (cut here; report.json has all of it)", &text[..end]),
        None => text.to_owned(),
    }
}

fn lines(text: &str) -> String {
    clip(&text.lines().map(visible).collect::<Vec<_>>().join("\n"))
}
