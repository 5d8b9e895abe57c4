//! The conformance statement: a page that says what was found of whom, by whom, and what could not have been found.

pub mod html;
pub mod markdown;

use super::claims::{Claimed, claims};
use super::told::{self, LEVELS, Tone, VERDICTS};
use super::undetected::{shown, undetected};
use crate::pens::Element;
use crate::profile::{Claim, Reading};
use crate::requirements::CATALOGUE;
use crate::requirements::judge::Judged;
use crate::requirements::verdict::Verdict;
use crate::run::Run;
use crate::transcript::bytes::visible;
use crate::transcript::entry::Role;
use crate::transcript::{Party, Transaction};

/// What stands in a statement, in whatever format.
struct Statement {
    tone: Tone,
    sentence: String,
    remarks: Vec<String>,
    facts: Vec<(&'static str, String)>,
    /// The verdicts that occur.
    verdicts: Vec<Verdict>,
    /// A level, and how many of its requirements have each of these verdicts.
    counts: Vec<(&'static str, Vec<usize>)>,
    /// What is amiss, by its word, and the requirements of which it is said.
    amiss: Vec<(&'static str, Vec<String>)>,
    claims: Vec<Claimed>,
    undetected: Vec<String>,
}

impl Statement {
    /// The statement of a run; `evidence` is the SHA-256 of its transcript.
    fn of(run: &Run, evidence: &str) -> Self {
        let (tone, sentence) = told::sentence(run, &told::name(run));
        let occurs = |verdict: &Verdict| told::rows(run, *verdict).next().is_some();
        let verdicts: Vec<Verdict> = VERDICTS.into_iter().filter(occurs).collect();
        let counts = LEVELS.into_iter().map(|level| {
            (level.name(), verdicts.iter().map(|verdict| told::count(run, level, *verdict)).collect())
        });
        let counts = counts.filter(|(_, counts): &(_, Vec<usize>)| counts.iter().any(|count| *count > 0));
        Self {
            tone,
            sentence,
            remarks: told::remarks(run),
            facts: facts(run, evidence),
            counts: counts.collect(),
            verdicts,
            amiss: amiss(run),
            claims: match run.header.role {
                Role::Target => claims(run),
                Role::Client => of_client(run),
            },
            undetected: undetected(run),
        }
    }
}

fn facts(run: &Run, evidence: &str) -> Vec<(&'static str, String)> {
    let (header, profile) = (&run.header, &run.profile);
    let reading = match profile.reading {
        Reading::Tolerant => "tolerant",
        Reading::Strict => "strict",
    };
    let selection =
        if header.selection.is_empty() { "everything".to_owned() } else { header.selection.join(", ") };
    let facts = [
        ("Subject", format!("{} {}", profile.subject.name, profile.subject.version)),
        ("Role", told::role(run).to_owned()),
        ("Address", profile.target.url.clone()),
        ("Specification", "PENS 1.0.0 (AICC CMI010)".to_owned()),
        (
            "Judged by",
            format!("penspec {}, catalogue {CATALOGUE}, {reading} reading", env!("CARGO_PKG_VERSION")),
        ),
        ("Played", selection),
        ("Part", header.partition.clone().unwrap_or_default()),
        ("Began", header.started.clone()),
        ("Took", shown(std::time::Duration::from_millis(run.ending.duration_ms))),
        ("Evidence", format!("run {}, transcript.jsonl with SHA-256 {evidence}", header.run_id)),
    ];
    let facts = facts.into_iter().map(|(label, fact)| (label, visible(fact.trim())));
    facts.filter(|(_, fact)| !fact.is_empty()).collect()
}

fn amiss(run: &Run) -> Vec<(&'static str, Vec<String>)> {
    let named = |judged: &Judged| {
        let row = judged.row;
        let borne = run.acceptance.reason_of_row(judged).filter(|_| judged.verdict == Verdict::Fail);
        let borne = if borne.is_some() { ", accepted by the profile" } else { "" };
        format!("{} {} ({}{borne})", row.id, row.name, row.level.name())
    };
    [
        ("Broken", Verdict::Fail),
        ("With remarks", Verdict::Warning),
        ("Inconclusive", Verdict::Inconclusive),
        ("To be looked at", Verdict::Review),
    ]
    .into_iter()
    .map(|(word, verdict)| (word, told::rows(run, verdict).map(named).collect()))
    .filter(|(_, rows): &(_, Vec<String>)| !rows.is_empty())
    .collect()
}

/// What was seen of a client; its profile claims one of it alone.
fn of_client(run: &Run) -> Vec<Claimed> {
    let window = match run.profile.claims.browser_window {
        Some(Claim::Yes) => "yes",
        Some(Claim::No) => "no",
        None => "unsaid",
    };
    [
        ("browser-window", window, "not looked at".to_owned()),
        ("command by", "unsaid", seen(run, |one| Some(one.collects.first()?.request_head.method.clone()))),
        ("package over", "unsaid", seen(run, |one| scheme(one, Element::PackageUrl))),
        ("receipt to", "unsaid", seen(run, |one| scheme(one, Element::Receipt))),
        ("alerts to", "unsaid", seen(run, |one| scheme(one, Element::Alerts))),
        ("package-type", "unsaid", seen(run, |one| value(one, Element::PackageType))),
        ("package-format", "unsaid", seen(run, |one| value(one, Element::PackageFormat))),
    ]
    .into_iter()
    .map(|(claim, said, observed)| Claimed { claim, said: said.to_owned(), observed })
    .collect()
}

/// What the collects of a client have, each once, in the order of the alphabet; of many the first.
fn seen(run: &Run, look: impl Fn(&Transaction) -> Option<String>) -> String {
    const MOST: usize = 8;
    let theirs = run.evidence.transactions.iter().filter(|transaction| {
        transaction.collects.first().is_some_and(|collect| collect.by == Party::Subject)
    });
    let found: std::collections::BTreeSet<String> =
        theirs.filter_map(look).map(|found| told::shortened(&found)).collect();
    if found.is_empty() {
        return "never seen".to_owned();
    }
    let more = if found.len() > MOST { format!(" and {} others", found.len() - MOST) } else { String::new() };
    found.into_iter().take(MOST).collect::<Vec<_>>().join(", ") + &more
}

fn scheme(transaction: &Transaction, element: Element) -> Option<String> {
    let value = transaction.command.as_ref()?.get(element)?;
    Some(value.split_once(':')?.0.to_ascii_lowercase())
}

fn value(transaction: &Transaction, element: Element) -> Option<String> {
    transaction.command.as_ref()?.get(element).map(str::to_owned)
}
