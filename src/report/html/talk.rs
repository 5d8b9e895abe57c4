//! The conversations: each transaction as a picture, with the bytes that its arrows lead to.

use std::collections::{BTreeSet, HashSet};

use super::events::Telling;
use super::exhibit::{Allowance, Exhibit, exhibits, strays};
use super::marks::Marks;
use super::picture::{Picture, draw};
use crate::requirements::verdict::Verdict;
use crate::run::Run;
use crate::transcript::Transaction;
use crate::transcript::bytes::visible;

/// So many conversations stand open: those that findings show first.
const OPEN: usize = 12;
/// So many are drawn.
const DRAWN: usize = 1_000;
/// So many events of one are drawn.
const EVENTS: usize = 60;

/// What a page shows of the transcript.
pub(super) struct Talks {
    /// In the order in which they began.
    pub(super) drawn: Vec<Talk>,
    /// How many are not on the page.
    pub(super) left_out: usize,
    /// What belongs to none and is shown by a finding.
    pub(super) strays: Vec<Exhibit>,
}

/// A transaction.
pub(super) struct Talk {
    /// Its place in the run, from 1.
    pub(super) number: usize,
    pub(super) scenario: String,
    pub(super) transaction: String,
    pub(super) verdict: &'static str,
    pub(super) is_open: bool,
    pub(super) picture: Picture,
    /// How many events more there were.
    pub(super) more: usize,
    pub(super) exhibits: Vec<Exhibit>,
}

/// What findings point at.
#[derive(Default)]
pub(super) struct Pointed {
    /// Entries.
    pub(super) entries: BTreeSet<u64>,
    /// Transactions, the first being the most important.
    pub(super) transactions: Vec<String>,
}

impl Talks {
    /// The conversations of a run; what findings point at is shown before the rest when not all can be.
    pub(super) fn of(run: &Run, pointed: &Pointed) -> Self {
        let marks = Marks::of(run);
        let opened: HashSet<&str> = pointed.transactions.iter().take(OPEN).map(String::as_str).collect();
        let mut allowance = Allowance::of_a_page();
        let is_wanted = |entry: u64| pointed.entries.contains(&entry);
        let strays = strays(&run.evidence.strays, &is_wanted, &mut allowance);
        let mut numbered: Vec<(usize, &Transaction)> = run.evidence.transactions.iter().enumerate().collect();
        numbered.sort_by_key(|(at, transaction)| (rank(transaction, &opened, &is_wanted), *at));
        let drawn = numbered.iter().take(DRAWN);
        let mut talks: Vec<Talk> = drawn
            .map(|(at, transaction)| {
                let telling = Telling { role: run.header.role, transaction, marks: &marks };
                let mut talk = Talk::of(&telling, &is_wanted, &mut allowance);
                talk.number = at + 1;
                talk.is_open = opened.contains(transaction.begun.transaction.as_str());
                talk
            })
            .collect();
        talks.sort_by_key(|talk| talk.number);
        Self { left_out: numbered.len() - talks.len(), drawn: talks, strays }
    }

    /// The numbers of all entries that the page has.
    pub(super) fn exhibited(&self) -> BTreeSet<u64> {
        let exhibits = self.drawn.iter().flat_map(|talk| &talk.exhibits).chain(&self.strays);
        exhibits.map(|exhibit| exhibit.number).collect()
    }
}

/// What stands open comes first, then whatever a finding points at.
fn rank(transaction: &Transaction, opened: &HashSet<&str>, is_wanted: &dyn Fn(u64) -> bool) -> u8 {
    if opened.contains(transaction.begun.transaction.as_str()) {
        return 0;
    }
    let requests = super::sought::exchanges(transaction).any(|exchange| {
        is_wanted(exchange.request.entry)
            || exchange.response.as_ref().is_some_and(|response| is_wanted(response.entry))
    });
    if requests { 1 } else { 2 }
}

impl Talk {
    fn of(telling: &Telling, is_wanted: &dyn Fn(u64) -> bool, allowance: &mut Allowance) -> Self {
        let begun = &telling.transaction.begun;
        let mut events = telling.events();
        let lanes = telling.lanes(&events);
        events.sort_by_key(|event| event.at_us);
        let said = events.iter().filter_map(|event| telling.marks.verdict(event.entry?)).min();
        let kept = telling.marks.has_kept(&begun.transaction).then_some(Verdict::Pass);
        let more = events.len().saturating_sub(EVENTS);
        events.truncate(EVENTS);
        let drawn: BTreeSet<u64> = events.iter().filter_map(|event| event.entry).collect();
        let is_shown = |entry: u64| drawn.contains(&entry) || is_wanted(entry);
        let exhibits = exhibits(telling.transaction, &is_shown, allowance);
        for event in &mut events {
            event.entry = event.entry.filter(|entry| exhibits.iter().any(|exhibit| exhibit.number == *entry));
        }
        Self {
            number: 0,
            scenario: visible(&begun.scenario),
            transaction: visible(&begun.transaction),
            verdict: said.or(kept).unwrap_or(Verdict::NotTested).key(),
            is_open: false,
            picture: draw(&lanes, events),
            more,
            exhibits,
        }
    }
}
