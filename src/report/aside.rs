//! What happened beside the cases of a client: requests that are no collect, and what a collect asked for in vain.

use schemars::JsonSchema;
use serde::Serialize;

use super::told;
use crate::run::Run;
use crate::transcript::Exchange;
use crate::transcript::entry::{Barred, NotSent, Purpose, Role, Whole};

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

/// Each in the order in which it happened; none where the subject is a target, whose strays belong to its findings.
pub(super) fn asides(run: &Run) -> Vec<Aside> {
    if run.header.role == Role::Target {
        return Vec::new();
    }
    let strays = &run.evidence.strays;
    let transactions = run.evidence.transactions.iter();
    let not_sent = transactions.flat_map(|transaction| &transaction.not_sent);
    let not_sent = not_sent.map(|(entry, seen)| Aside { message: barred(seen), entry: Some(*entry) });
    let told =
        strays.iter().take(MOST).map(|seen| Aside { message: stray(seen), entry: Some(seen.request.entry) });
    let mut asides: Vec<Aside> = not_sent.chain(told).collect();
    asides.sort_by_key(|aside| aside.entry);
    if strays.len() > MOST {
        let message = format!("and {} other requests that are no collect", strays.len() - MOST);
        asides.push(Aside { message, entry: None });
    }
    asides
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
