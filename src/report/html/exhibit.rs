//! Entries of the transcript as a page shows them below the pictures that point at them: bounded in size.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::pieces::{Piece, cut};
use crate::transcript::bytes::escape;
use crate::transcript::entry::{Awaited, MailEnd, Party, WaitEnd};
use crate::transcript::{CallbackUrl, Evidence, Exchange, MailSeen, Message, Transaction};

/// Of each head and each body so many bytes are shown.
const SHOWN: usize = 4 * 1024;
/// When all that is shown comes to so many bytes of markup, the other entries are named alone.
const BUDGET: usize = 2 * 1024 * 1024;

/// An entry of the transcript.
pub(super) struct Exhibit {
    /// Its number.
    pub(super) number: u64,
    /// What it is.
    pub(super) title: String,
    /// Request or status line and headers.
    pub(super) head: Vec<Piece>,
    /// The body as it was on the wire.
    pub(super) body: Vec<Piece>,
    /// What is to be said of it besides.
    pub(super) note: Option<String>,
}

/// How much of the bytes a page may still show.
pub(super) struct Allowance(usize);

impl Allowance {
    /// What a whole page may show.
    pub(super) const fn of_a_page() -> Self {
        Self(BUDGET)
    }

    /// Takes the bytes of an exhibit from those that are left, or leaves them out.
    fn spend(&mut self, exhibit: &mut Exhibit) {
        let cost: usize = exhibit.head.iter().chain(&exhibit.body).map(Piece::cost).sum();
        match self.0.checked_sub(cost) {
            Some(left) => self.0 = left,
            None => exhibit.leave_out(),
        }
    }
}

/// The entries of a transaction that are wanted, as far as they are exchanges, mails or waits.
pub(super) fn exhibits(
    transaction: &Transaction,
    is_wanted: &dyn Fn(u64) -> bool,
    allowance: &mut Allowance,
) -> Vec<Exhibit> {
    let mut found = BTreeMap::new();
    for (exchange, purpose) in purposes(transaction) {
        show_exchange(&mut found, is_wanted, exchange, purpose);
    }
    show_mails(&mut found, is_wanted, &transaction.mails);
    for wait in transaction.waits.iter().filter(|wait| is_wanted(wait.entry)) {
        let period = crate::profile::Period(std::time::Duration::from_millis(wait.limit_ms));
        let title = format!("wait for {}, at most {period}: {}", awaited(wait.awaits), end(wait.ended));
        found.insert(wait.entry, Exhibit::new(wait.entry, title));
    }
    bounded(found, allowance)
}

/// The entries that belong to no transaction and are wanted.
pub(super) fn strays(
    evidence: &Evidence,
    is_wanted: &dyn Fn(u64) -> bool,
    allowance: &mut Allowance,
) -> Vec<Exhibit> {
    let mut found = BTreeMap::new();
    for exchange in &evidence.strays {
        show_exchange(&mut found, is_wanted, exchange, "what was not asked for");
    }
    show_mails(&mut found, is_wanted, &evidence.stray_mails);
    bounded(found, allowance)
}

fn purposes(transaction: &Transaction) -> impl Iterator<Item = (&Exchange, &'static str)> {
    let collects = transaction.collects.iter().map(|exchange| (exchange, "a collect"));
    let downloads = transaction.downloads.iter().map(|exchange| (exchange, "a download"));
    let callbacks = transaction.callbacks.iter().map(|callback| {
        let purpose = match (callback.sent_to, &callback.mail) {
            (CallbackUrl::Receipt, None) => "a callback to the receipt URL",
            (CallbackUrl::Alerts, None) => "a callback to the alerts URL",
            (CallbackUrl::Other, None) => "a callback to another URL",
            (CallbackUrl::Receipt, Some(_)) => "a mail to a mailbox of the receipt",
            (CallbackUrl::Alerts, Some(_)) => "a mail to a mailbox of the alerts",
            (CallbackUrl::Other, Some(_)) => "a mail to another mailbox",
        };
        (&callback.exchange, purpose)
    });
    collects.chain(downloads).chain(callbacks)
}

fn show_exchange(
    found: &mut BTreeMap<u64, Exhibit>,
    is_wanted: &dyn Fn(u64) -> bool,
    exchange: &Exchange,
    purpose: &str,
) {
    let answers = match exchange.by {
        Party::Mock => Party::Subject,
        Party::Subject => Party::Mock,
    };
    let (asks, answers) = (sender(exchange.by), sender(answers));
    let request = (&exchange.request, format!("{purpose}, by {asks}"));
    let response =
        exchange.response.as_ref().map(|response| (response, format!("answer to {purpose}, by {answers}")));
    for (message, title) in std::iter::once(request).chain(response) {
        if is_wanted(message.entry) {
            found.insert(message.entry, Exhibit::of(message, title));
        }
    }
    if let (Some(entry), Some(ended)) = (exchange.ended_entry, exchange.ended)
        && is_wanted(entry)
    {
        let ended = ended.told();
        let exhibit = found
            .entry(entry)
            .or_insert_with(|| Exhibit::new(entry, format!("answer to {purpose}, by {answers}")));
        exhibit.title = format!("{}: {ended}", exhibit.title);
    }
}

/// The mails that are no exchanges: those that did not arrive, and ours.
fn show_mails(found: &mut BTreeMap<u64, Exhibit>, is_wanted: &dyn Fn(u64) -> bool, mails: &[Arc<MailSeen>]) {
    for seen in mails.iter().filter(|seen| is_wanted(seen.entry)) {
        let mail = &seen.mail;
        let message = Message {
            entry: seen.entry,
            first_byte_us: mail.first_byte_us,
            last_byte_us: mail.first_byte_us,
            head: mail.dialogue.0.clone(),
            body: mail.message.clone(),
        };
        let title = format!("a mail that {}, by {}", became(mail.ended), sender(mail.by));
        found.entry(seen.entry).or_insert_with(|| Exhibit::of(&message, title));
    }
}

fn sender(by: Party) -> &'static str {
    match by {
        Party::Mock => "penspec",
        Party::Subject => "the subject",
    }
}

fn became(ended: MailEnd) -> &'static str {
    match ended {
        MailEnd::Taken => "was taken",
        MailEnd::Refused => "was refused",
        MailEnd::TooLarge => "was refused for its length",
        MailEnd::Dropped => "its sender broke off",
        MailEnd::Cut => "was cut off",
        MailEnd::Unreachable => "no mail server was reached for",
        MailEnd::Unsent => "was not sent",
    }
}

fn bounded(found: BTreeMap<u64, Exhibit>, allowance: &mut Allowance) -> Vec<Exhibit> {
    let mut exhibits: Vec<Exhibit> = found.into_values().collect();
    for exhibit in &mut exhibits {
        allowance.spend(exhibit);
    }
    exhibits
}

impl Exhibit {
    fn new(number: u64, title: String) -> Self {
        Self { number, title, head: Vec::new(), body: Vec::new(), note: None }
    }

    fn leave_out(&mut self) {
        (self.head, self.body) = (Vec::new(), Vec::new());
        self.note = Some("left out here for its length; transcript.jsonl has its bytes".to_owned());
    }

    fn of(message: &Message, title: String) -> Self {
        let shown = |bytes: &[u8]| cut(&escape(&bytes[..bytes.len().min(SHOWN)]), None);
        let length = message.body.length;
        let note = (length > SHOWN as u64)
            .then(|| format!("the first {SHOWN} of {length} bytes of the body; transcript.jsonl has more"));
        Self {
            head: shown(&message.head),
            body: shown(&message.body.head.0),
            note,
            ..Self::new(message.entry, title)
        }
    }
}

pub(super) fn awaited(awaits: Awaited) -> &'static str {
    match awaits {
        Awaited::Collect => "a collect",
        Awaited::Response => "the answer",
        Awaited::Download => "the download",
        Awaited::Receipt => "the receipt",
        Awaited::Alert => "an alert",
        Awaited::Quiet => "silence",
        Awaited::Forever => "the end of the run",
    }
}

fn end(ended: Option<WaitEnd>) -> &'static str {
    match ended {
        Some(WaitEnd::Met) => "it came",
        Some(WaitEnd::Expired) => "the time was up",
        Some(WaitEnd::GivenUp) => "given up, as nothing comes this way",
        Some(WaitEnd::NotDue) => "it cannot come any more",
        Some(WaitEnd::Crowded) => "the time was up, but more came at once than could be served",
        Some(WaitEnd::Interrupted) => "the run ended first",
        None => "the record stops before its end",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::Body;

    #[test]
    fn a_page_does_not_grow_without_end() {
        let message = |entry| Message {
            entry,
            first_byte_us: 0,
            last_byte_us: 0,
            head: b"HTTP/1.1 200 OK\r\n\r\n".to_vec(),
            body: Body::of(vec![0; 10 * SHOWN]),
        };
        let found = (0..2000).map(|entry| (entry, Exhibit::of(&message(entry), String::new()))).collect();
        let exhibits = bounded(found, &mut Allowance::of_a_page());
        let pieces = exhibits.iter().flat_map(|exhibit| exhibit.head.iter().chain(&exhibit.body));
        let shown: usize = pieces.map(Piece::cost).sum();
        assert!((BUDGET / 2..=BUDGET).contains(&shown), "{shown}");
        assert_eq!(exhibits.len(), 2000);
        assert_eq!(
            exhibits[0].note.as_deref(),
            Some("the first 4096 of 40960 bytes of the body; transcript.jsonl has more")
        );
        assert!(exhibits[1999].note.as_deref().is_some_and(|note| note.contains("left out here")));
    }
}
