//! report.html: one page that opens offline; a verdict, tables, each finding with its bytes, each conversation as a picture.
//!
//! All of it can be read without the one script, which only filters and copies.

mod arrows;
mod curl;
mod events;
mod exhibit;
mod finding;
mod marks;
mod mend;
mod order;
mod picture;
mod pieces;
mod sought;
mod tables;
mod talk;
mod ticket;

use std::collections::BTreeSet;

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::aside::{Aside, asides};
use super::claims::Claimed;
use super::told::{self, Tone};
use crate::requirements::Level;
use crate::requirements::rulings::{self, Ruling};
use crate::requirements::verdict::Verdict;
use crate::run::Run;
use crate::run::alike::Alike;
use crate::transcript::bytes::visible;
use crate::transcript::entry::Met;
use crate::transcript::transaction::ScenarioSeen;
use finding::{Chapter, Known, needs_remedy};
use order::{Step, steps};
use picture::WIDTH;
use pieces::Look;
use sought::Sought;
use tables::{Cell, Family, Untested};
use talk::{Pointed, Talks};

/// So many different findings of a row are shown.
const SHOWN: usize = 6;
/// So many letters of a value are shown.
const LONGEST: usize = 2 * 1024;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The run as report.html.
#[must_use]
pub fn render(run: &Run) -> String {
    // The page is written to memory: the error cannot come.
    Page::of(run).render().unwrap_or_default()
}

/// The style of pages of a sheet or two, which have no script.
pub(super) const SHEET: &str = include_str!("sheet.css");

/// Such a page loads nothing and runs nothing.
pub(super) fn sheet_policy() -> String {
    format!("default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'", hash(SHEET))
}

/// What the template is filled with; it escapes every string but the style and the script, which are ours.
#[derive(Template)]
#[template(path = "page.html", config = "src/report/html/askama.toml")]
struct Page {
    policy: String,
    tone: &'static str,
    sentence: String,
    remarks: Vec<String>,
    facts: Vec<(&'static str, String)>,
    untested: Vec<Untested>,
    unseen: String,
    claims: Vec<Claimed>,
    verdicts: Vec<Verdict>,
    levels: Vec<Level>,
    counts: Vec<(String, Vec<Cell>)>,
    steps: Vec<Step>,
    families: Vec<Family>,
    chapters: Vec<Chapter>,
    scenarios: Vec<Scenario>,
    asides: Vec<Beside>,
    rulings: Vec<&'static Ruling>,
    talks: Talks,
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
        let mut chapters = chapters(run);
        let asides = asides(run);
        let mut pointed = pointed(&chapters);
        pointed.entries.extend(asides.iter().filter_map(|aside| aside.entry));
        let talks = Talks::of(run, &pointed);
        let exhibited = talks.exhibited();
        link(&mut chapters, &exhibited, &talks);
        let shown = chapters.iter().flat_map(|chapter| &chapter.findings);
        let named: BTreeSet<&str> = shown.filter_map(|shown| Some(shown.ruling?.id)).collect();
        Self {
            policy: policy(),
            tone: match tone {
                Tone::Good => "pass",
                Tone::Open => "inconclusive",
                Tone::Bad => "fail",
            },
            sentence,
            remarks: told::remarks(run),
            facts: tables::facts(run),
            untested: tables::untested(run),
            unseen: tables::unseen(run),
            claims: tables::claimed(run),
            verdicts: tables::verdicts(run),
            levels: tables::levels(run),
            counts: tables::counts(run),
            steps: steps(run),
            families: tables::families(run, &chapters),
            scenarios: run.evidence.scenarios.iter().filter_map(|seen| Scenario::of(run, seen)).collect(),
            asides: asides.iter().map(|aside| Beside::of(aside, &exhibited)).collect(),
            rulings: named.into_iter().filter_map(rulings::find).collect(),
            chapters,
            talks,
        }
    }
}

impl Beside {
    fn of(aside: &Aside, exhibited: &BTreeSet<u64>) -> Self {
        let is_exhibited = aside.entry.is_some_and(|entry| exhibited.contains(&entry));
        Self { message: clip(&aside.message), entry: aside.entry, is_exhibited }
    }
}

/// Nothing is loaded from anywhere, and nothing runs but the one script.
fn policy() -> String {
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text))
}

/// The rows that have something to tell, worst first.
fn chapters(run: &Run) -> Vec<Chapter> {
    let sought = Sought::of(run);
    let is_amiss = run.judgement.rows.iter().any(|judged| needs_remedy(judged.verdict));
    let alike = is_amiss.then(|| Alike::of(run.header.role));
    let known = Known { run, sought: &sought, alike: alike.as_ref() };
    let rows = run.judgement.rows.iter();
    let mut chapters: Vec<Chapter> = rows.filter_map(|judged| Chapter::of(&known, judged)).collect();
    chapters.sort_by_key(|chapter| (chapter.verdict, chapter.row.level));
    let mut last = 0;
    for chapter in &mut chapters {
        chapter.finish(run, &mut last);
    }
    chapters
}

/// What the findings point at; conversations that show something amiss come first.
fn pointed(chapters: &[Chapter]) -> Pointed {
    let mut pointed = Pointed::default();
    for chapter in chapters {
        let is_amiss = needs_remedy(chapter.verdict) || chapter.verdict == Verdict::Inconclusive;
        for shown in &chapter.findings {
            pointed.entries.extend(shown.evidence.iter().map(|evidence| evidence.entry));
            let transaction = shown.transaction.iter().filter(|_| is_amiss);
            let transaction: Vec<String> =
                transaction.filter(|it| !pointed.transactions.contains(it)).cloned().collect();
            pointed.transactions.extend(transaction);
        }
    }
    pointed
}

/// Notes which pieces of evidence and which conversations the page has.
fn link(chapters: &mut [Chapter], exhibited: &BTreeSet<u64>, talks: &Talks) {
    for shown in chapters.iter_mut().flat_map(|chapter| &mut chapter.findings) {
        shown.talk = shown.transaction.as_deref().and_then(|id| talks.number_of(id));
        for evidence in &mut shown.evidence {
            evidence.is_exhibited = exhibited.contains(&evidence.entry);
        }
    }
}

impl Scenario {
    fn of(run: &Run, seen: &ScenarioSeen) -> Option<Self> {
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
