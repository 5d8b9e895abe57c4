//! What happened beside the cases of a client: requests that are no collect, and what a collect asked for in vain.

use super::told;
use crate::run::Run;
use crate::transcript::Exchange;
use crate::transcript::entry::{Barred, NotSent, Purpose, Role};

/// As many are told one by one; of a flood the rest is counted.
const MOST: usize = 20;

/// Each in a line; none where the subject is a target, whose strays belong to its findings.
pub(super) fn asides(run: &Run) -> Vec<String> {
    if run.header.role == Role::Target {
        return Vec::new();
    }
    let transactions = run.evidence.transactions.iter();
    let not_sent = transactions.flat_map(|transaction| &transaction.not_sent).map(|(_, seen)| barred(seen));
    let strays = &run.evidence.strays;
    let mut lines: Vec<String> = not_sent.chain(strays.iter().take(MOST).map(stray)).collect();
    if strays.len() > MOST {
        lines.push(format!("and {} other requests that are no collect", strays.len() - MOST));
    }
    lines.dedup();
    lines
}

fn stray(exchange: &Exchange) -> String {
    let head = &exchange.request_head;
    let target = told::shortened(&String::from_utf8_lossy(&head.target));
    let answer = exchange.status().map_or_else(
        || "nothing could be answered".to_owned(),
        |status| format!("it was answered with HTTP {status}"),
    );
    let (method, entry) = (told::shortened(&head.method), exchange.request.entry);
    format!("{method} {target} is no collect for a case: {answer} (entry {entry})")
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
