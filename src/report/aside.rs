//! What happened beside the cases: messages of HTTP that can be read in two ways; of a client besides, requests that are no collect,
//! and what a collect asked for in vain.

use schemars::JsonSchema;
use serde::Serialize;

use super::told;
use crate::run::Run;
use crate::transcript::Exchange;
use crate::transcript::entry::{Barred, NotSent, Party, Purpose, Role, Whole};

/// As many are told one by one; of a flood the rest is counted.
const MOST: usize = 20;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Aside {
    /// What it is, in a sentence without its full stop.
    pub(super) message: String,
    /// The number of the entry in transcript.jsonl; left out where several are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) entry: Option<u64>,
}

/// Each in the order in which it happened. The strays of a target belong to its findings.
pub(super) fn asides(run: &Run) -> Vec<Aside> {
    let (ambiguous, others) = ambiguous(run);
    let mut asides = ambiguous;
    let mut counted = Vec::from_iter(rest(others, "messages whose end is told in two ways"));
    if run.header.role == Role::Client {
        let strays = &run.evidence.strays;
        let transactions = run.evidence.transactions.iter();
        let not_sent = transactions.flat_map(|transaction| &transaction.not_sent);
        asides.extend(not_sent.map(|(entry, seen)| Aside { message: barred(seen), entry: Some(*entry) }));
        let told = strays.iter().take(MOST);
        asides.extend(told.map(|seen| Aside { message: stray(seen), entry: Some(seen.request.entry) }));
        counted.extend(rest(strays.len().saturating_sub(MOST), "requests that are no collect"));
    }
    asides.sort_by_key(|aside| aside.entry);
    asides.extend(counted);
    asides
}

/// How many more there are.
fn rest(count: usize, what: &str) -> Option<Aside> {
    (count > 0).then(|| Aside { message: format!("and {count} other {what}"), entry: None })
}

/// Messages of the subject's whose end is told in two ways, and how many more there are of them.
fn ambiguous(run: &Run) -> (Vec<Aside>, usize) {
    let exchanges = run.evidence.transactions.iter().flat_map(|transaction| {
        let callbacks = transaction.callbacks.iter().map(|callback| &callback.exchange);
        transaction.collects.iter().chain(&transaction.downloads).chain(callbacks)
    });
    let mut found: Vec<Aside> = exchanges
        .chain(&run.evidence.strays)
        .filter_map(|exchange| Some((exchange, exchange.ambiguity()?)))
        .map(|(exchange, (entry, why))| Aside {
            message: read_in_one_way(exchange, &why),
            entry: Some(entry),
        })
        .collect();
    found.sort_by_key(|aside| aside.entry);
    let others = found.len().saturating_sub(MOST);
    found.truncate(MOST);
    (found, others)
}

fn read_in_one_way(exchange: &Exchange, why: &str) -> String {
    let head = &exchange.request_head;
    let target = told::shortened(&String::from_utf8_lossy(&head.target));
    let whose = match exchange.by {
        Party::Subject => "",
        Party::Mock => "the answer to ",
    };
    let method = told::shortened(&head.method);
    format!("{whose}{method} {target} can be read in two ways, and is read in one: {why} (RFC 9112, 6.3)")
}

impl Aside {
    /// In a line of text.
    pub(super) fn line(&self) -> String {
        let entry = self.entry.map_or_else(String::new, |entry| format!(" (entry {entry})"));
        format!("{}{entry}", self.message)
    }
}

fn stray(exchange: &Exchange) -> String {
    let head = &exchange.request_head;
    let target = told::shortened(&String::from_utf8_lossy(&head.target));
    let answer = exchange.status().map_or_else(
        || "nothing could be answered".to_owned(),
        |status| format!("it was answered with HTTP {status}"),
    );
    let what = match (exchange.status(), exchange.whole) {
        (Some(410), _) => "came when the case of this address was over",
        (Some(413), _) => "is longer than a collect may be here",
        (_, Whole::Part) => "broke off before its end",
        (_, Whole::Whole) => "is no collect for a case",
    };
    format!("{} {target} {what}: {answer}", told::shortened(&head.method))
}

fn barred(not_sent: &NotSent) -> String {
    let url = told::shortened(&not_sent.url);
    let what = match not_sent.purpose {
        Purpose::Download => "the package was not fetched from",
        Purpose::Receipt => "the receipt was not sent to",
        Purpose::Alert => "the alert was not sent to",
        Purpose::Collect => "the collect was not sent to",
    };
    let why = match not_sent.why {
        Barred::Host => {
            "the host is neither this machine nor the sender's own address; --allow-host HOST allows it"
        }
        Barred::Unresolved => "the name of the host is not known here",
        Barred::Scheme => "this version does not speak the scheme",
        Barred::MailServer => {
            "no mail server is named; mail.server of the profile names one, and the transcript has what would have been mailed"
        }
        Barred::Address => "it is no address that anybody could connect to",
    };
    format!("{what} {url}: {why}")
}
