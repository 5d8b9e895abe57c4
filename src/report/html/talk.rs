//! The conversations: each transaction as a picture, and what belongs to none, with the bytes that its arrows lead to.

use std::collections::{BTreeSet, HashSet};

use super::arrows::Arrows;
use super::events::Telling;
use super::exhibit::{Allowance, Exhibit, exhibits, strays};
use super::marks::Marks;
use super::picture::{Event, Picture, draw};
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
    /// What belongs to none, where there is such.
    pub(super) strays: Option<Talk>,
}

/// A transaction, or what belongs to none.
pub(super) struct Talk {
    /// Its place in the run, from 1; 0 of what belongs to none.
    pub(super) number: usize,
    /// The transaction's id; empty of what belongs to none.
    pub(super) id: String,
    /// What it is, for a heading.
    pub(super) title: String,
    /// The same in short, for who does not see the picture.
    pub(super) name: String,
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

/// What every conversation of a page is drawn from.
struct Drawing<'a> {
    run: &'a Run,
    marks: Marks<'a>,
    is_wanted: &'a dyn Fn(u64) -> bool,
}

impl Talks {
    /// The conversations of a run; what findings point at is shown before the rest when not all can be.
    pub(super) fn of(run: &Run, pointed: &Pointed) -> Self {
        let opened: HashSet<&str> = pointed.transactions.iter().take(OPEN).map(String::as_str).collect();
        let mut allowance = Allowance::of_a_page();
        let is_wanted = |entry: u64| pointed.entries.contains(&entry);
        let drawing = Drawing { run, marks: Marks::of(run), is_wanted: &is_wanted };
        let pointed_at = if drawing.points_at_strays() { drawing.strays(&mut allowance) } else { None };
        let mut numbered: Vec<(usize, &Transaction)> = run.evidence.transactions.iter().enumerate().collect();
        numbered.sort_by_key(|(at, transaction)| (rank(transaction, &opened, &is_wanted), *at));
        let drawn = numbered.iter().take(DRAWN);
        let mut talks: Vec<Talk> = drawn
            .map(|(at, transaction)| {
                let mut talk = drawing.transaction(transaction, &mut allowance);
                talk.number = at + 1;
                talk.is_open = opened.contains(transaction.begun.transaction.as_str());
                talk
            })
            .collect();
        talks.sort_by_key(|talk| talk.number);
        let strays = pointed_at.or_else(|| drawing.strays(&mut allowance));
        Self { left_out: numbered.len() - talks.len(), drawn: talks, strays }
    }

    /// The number of a transaction's conversation, where the page has it.
    pub(super) fn number_of(&self, transaction: &str) -> Option<usize> {
        self.drawn.iter().find(|talk| talk.id == transaction).map(|talk| talk.number)
    }

    /// The numbers of all entries that the page has.
    pub(super) fn exhibited(&self) -> BTreeSet<u64> {
        let exhibits = self.drawn.iter().chain(&self.strays).flat_map(|talk| &talk.exhibits);
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
    let mails = transaction.mails.iter().any(|seen| is_wanted(seen.entry));
    if requests || mails { 1 } else { 2 }
}

impl Drawing<'_> {
    fn transaction(&self, transaction: &Transaction, allowance: &mut Allowance) -> Talk {
        let begun = &transaction.begun;
        let kept = self.marks.has_kept(&begun.transaction).then_some(Verdict::Pass);
        let arrows = Arrows { role: self.run.header.role, marks: &self.marks, kept };
        let telling = Telling { arrows, transaction };
        let show = |is_shown: &dyn Fn(u64) -> bool| exhibits(transaction, is_shown, allowance);
        let name = format!("transaction {}", visible(&begun.transaction));
        let talk = self.draw(&telling.arrows, telling.events(), show);
        let title = format!("{}, {name}", visible(&begun.scenario));
        Talk { id: begun.transaction.clone(), title, name, ..talk }
    }

    fn points_at_strays(&self) -> bool {
        let evidence = &self.run.evidence;
        let requests = evidence.strays.iter().flat_map(super::sought::entries);
        requests.chain(evidence.stray_mails.iter().map(|seen| seen.entry)).any(self.is_wanted)
    }

    /// What belongs to no transaction, in a picture of its own; it stands open when something points at it.
    fn strays(&self, allowance: &mut Allowance) -> Option<Talk> {
        let evidence = &self.run.evidence;
        let arrows = Arrows { role: self.run.header.role, marks: &self.marks, kept: None };
        let requests = evidence.strays.iter().flat_map(|stray| arrows.stray(stray));
        let mails = evidence.stray_mails.iter().map(|seen| arrows.mailed(seen, None));
        let events: Vec<Event> = requests.chain(mails).collect();
        if events.is_empty() {
            return None;
        }
        let show = |is_shown: &dyn Fn(u64) -> bool| strays(evidence, is_shown, allowance);
        let talk = self.draw(&arrows, events, show);
        let (title, name) = ("What belongs to no transaction", "what belongs to no transaction");
        let is_open = self.points_at_strays();
        Some(Talk { title: title.to_owned(), name: name.to_owned(), is_open, ..talk })
    }

    /// The picture of the first events, and the bytes of those and of whatever else is wanted.
    fn draw(
        &self,
        arrows: &Arrows,
        mut events: Vec<Event>,
        show: impl FnOnce(&dyn Fn(u64) -> bool) -> Vec<Exhibit>,
    ) -> Talk {
        let lanes = arrows.lanes(&events);
        events.sort_by_key(|event| event.at_us);
        let said = events.iter().filter_map(|event| self.marks.verdict(event.entry?)).min();
        let more = events.len().saturating_sub(EVENTS);
        events.truncate(EVENTS);
        let drawn: BTreeSet<u64> = events.iter().filter_map(|event| event.entry).collect();
        let exhibits = show(&|entry: u64| drawn.contains(&entry) || (self.is_wanted)(entry));
        for event in &mut events {
            event.entry = event.entry.filter(|entry| exhibits.iter().any(|exhibit| exhibit.number == *entry));
        }
        Talk {
            number: 0,
            id: String::new(),
            title: String::new(),
            name: String::new(),
            verdict: said.or(arrows.kept).unwrap_or(Verdict::NotTested).key(),
            is_open: false,
            picture: draw(&lanes, events),
            more,
            exhibits,
        }
    }
}
