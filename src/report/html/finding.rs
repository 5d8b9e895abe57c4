//! The findings of a row, each with all that a developer needs to mend it.

use super::curl::curl;
use super::mend::{Mended, mended};
use super::pieces::{Piece, cut};
use super::sought::Sought;
use super::ticket;
use super::{LONGEST, SHOWN, clip};
use crate::report::told::{self, NAMED, Told};
use crate::requirements::judge::Judged;
use crate::requirements::rulings::{self, Ruling};
use crate::requirements::verdict::{Finding, Verdict};
use crate::requirements::{Cause, Requirement};
use crate::run::Run;
use crate::run::alike::Alike;
use crate::transcript::Exchange;
use crate::transcript::bytes::{escape, unescape, visible};

/// So many defects that break a row are named.
const DEFECTS: usize = 3;

/// What a page looks things up in while it tells findings.
pub(super) struct Known<'a> {
    pub(super) run: &'a Run,
    pub(super) sought: &'a Sought<'a>,
    /// The shipped defects; none where nothing is to be mended.
    pub(super) alike: Option<&'a Alike>,
}

/// A row that has something to tell.
pub(super) struct Chapter {
    pub(super) row: &'static Requirement,
    pub(super) verdict: Verdict,
    pub(super) cause: Option<&'static str>,
    pub(super) findings: Vec<Shown>,
    pub(super) others: usize,
    pub(super) questions: &'static [&'static str],
    /// The command that starts a mock with the same fault, and what it then does.
    pub(super) defects: Vec<(String, String)>,
}

/// A finding as the page shows it.
pub(super) struct Shown {
    /// Its number on the page, from 1.
    pub(super) number: usize,
    pub(super) message: String,
    pub(super) expected: Option<Vec<Piece>>,
    /// Whether what was expected is a whole message.
    pub(super) expects_a_message: bool,
    pub(super) received: Option<Vec<Piece>>,
    pub(super) offset: Option<usize>,
    pub(super) cause: Option<&'static str>,
    pub(super) ruling: Option<&'static Ruling>,
    /// Why it is borne, when it is.
    pub(super) accepted: Option<String>,
    pub(super) scenario: Option<String>,
    pub(super) transaction: Option<String>,
    /// The number of its conversation, where the page has it.
    pub(super) talk: Option<usize>,
    /// The corrected message, and what it is.
    pub(super) mended: Option<(&'static str, Vec<Piece>)>,
    pub(super) curl: Option<String>,
    pub(super) again: Option<String>,
    pub(super) evidence: Vec<Evidence>,
    /// How many more entries show it.
    pub(super) more: usize,
    /// All of it as Markdown; empty where there is nothing to do.
    pub(super) ticket: String,
}

/// An entry that shows a finding; a link where the page has it.
pub(super) struct Evidence {
    pub(super) entry: u64,
    pub(super) is_exhibited: bool,
}

impl Chapter {
    /// What a row has to tell; `None` when that is nothing.
    pub(super) fn of(known: &Known, judged: &Judged) -> Option<Self> {
        let telling = told::tell(judged, SHOWN);
        if telling.told.is_empty() {
            return None;
        }
        let mut chapter = Self {
            row: judged.row,
            verdict: judged.verdict,
            cause: judged.cause.map(Cause::key),
            findings: telling.told.iter().map(|told| Shown::of(known, told)).collect(),
            others: telling.others,
            questions: told::checklist(known.run, judged),
            defects: Vec::new(),
        };
        if let Some(alike) = known.alike.filter(|_| chapter.needs_remedy()) {
            let breaking = alike.breaking(judged.row.id).take(DEFECTS);
            chapter.defects = breaking.map(|(command, title)| (command, title.to_owned())).collect();
        }
        Some(chapter)
    }

    /// Whether there is anything to mend.
    pub(super) fn needs_remedy(&self) -> bool {
        needs_remedy(self.verdict)
    }

    /// Numbers the findings, and writes each as Markdown where there is anything to do.
    pub(super) fn finish(&mut self, run: &Run, last: &mut usize) {
        for shown in &mut self.findings {
            *last += 1;
            shown.number = *last;
        }
        if !self.needs_remedy() && self.verdict != Verdict::Inconclusive {
            return;
        }
        let tickets: Vec<String> =
            self.findings.iter().map(|shown| ticket::markdown(run, self, shown)).collect();
        for (shown, ticket) in self.findings.iter_mut().zip(tickets) {
            shown.ticket = ticket;
        }
    }
}

/// Whether a verdict asks for something to be mended.
pub(super) fn needs_remedy(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Warning | Verdict::Review)
}

impl Shown {
    fn of(known: &Known, told: &Told) -> Self {
        let (finding, run) = (told.finding, known.run);
        let marked = finding.offset.filter(|_| is_from_the_start(known.sought, finding));
        let mended = mended(told.judged.row, finding, known.sought);
        let curl = finding.evidence.iter().find_map(|entry| curl(known.sought.exchange(*entry)?));
        let evidence = finding.evidence.iter().take(NAMED);
        Self {
            number: 0,
            message: clip(&told.message()),
            expected: finding.expected.as_deref().map(|expected| cut(&clip(expected), None)),
            expects_a_message: mended == Some(Mended::Expected),
            received: finding.received.as_deref().map(|received| cut(&clip(received), marked)),
            offset: finding.offset,
            cause: finding.cause,
            ruling: finding.ruling.and_then(rulings::find),
            accepted: told.accepted(run),
            scenario: told.said.scenario.as_deref().map(visible),
            transaction: told.said.transaction.clone(),
            talk: None,
            mended: mended.filter(|_| needs_remedy(told.judged.verdict)).and_then(shown_mended),
            curl: curl.filter(|line| line.len() <= LONGEST),
            again: told.again(run),
            evidence: evidence.map(|entry| Evidence { entry: *entry, is_exhibited: false }).collect(),
            more: finding.evidence.len().saturating_sub(NAMED),
            ticket: String::new(),
        }
    }
}

fn shown_mended(mended: Mended) -> Option<(&'static str, Vec<Piece>)> {
    match mended {
        Mended::Expected => None,
        Mended::Own(bytes) => {
            Some(("the message as received, with this mended", cut(&clip(&escape(&bytes)), None)))
        }
        Mended::Example(text) => {
            Some(("an answer that keeps the requirement", cut(&escape(text.as_bytes()), None)))
        }
    }
}

/// Whether what was received is shown from the first byte of its message, so that an offset can be counted in it.
fn is_from_the_start(sought: &Sought, finding: &Finding) -> bool {
    let Some(received) = finding.received.as_deref().and_then(unescape) else { return false };
    let answers = finding.evidence.iter().filter_map(|entry| {
        let exchange = sought.exchange(*entry)?;
        exchange.response.as_ref().filter(|response| response.entry == *entry)?;
        Some(exchange)
    });
    let mut shown = answers.filter_map(Exchange::payload);
    shown.any(|payload| payload.starts_with(&received))
}
