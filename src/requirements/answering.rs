//! Whether a command is answered at all (RSP-001), and how soon (RSP-013).

use super::seen::{TransactionSeen, is_refused_binding};
use super::verdict::{Cause, Finding, Outcome};
use super::{acknowledged, departed, ledger, trust};
use crate::transcript::at_hand;
use crate::transcript::entry::{Ended, Role};
use crate::transcript::{Callback, CallbackUrl, Exchange};

pub(super) fn answered(seen: &TransactionSeen) -> Vec<Outcome> {
    // A HEAD asks for no command to be carried out.
    let is_command =
        |exchange: &&Exchange| !is_refused_binding(exchange) && exchange.request_head.method != "HEAD";
    let collects = seen.transaction.collects.iter().filter(is_command);
    match seen.run.evidence.header.role {
        Role::Target => collects.map(|exchange| answer_to(seen, exchange, ledger::Path::Command)).collect(),
        Role::Client => {
            let ours = acknowledged::ours(seen.transaction).filter(|ours| is_command(&&ours.exchange));
            let answered = |ours: &Callback| {
                if departed::has_left(seen.run, seen.transaction, &ours.exchange) {
                    return departed::unanswered(acknowledged::name_of(ours), &ours.exchange);
                }
                answer_to(seen, &ours.exchange, path_of(seen, ours))
            };
            ours.map(answered).chain(acknowledged::led_astray(seen.transaction)).collect()
        }
    }
}

fn path_of(seen: &TransactionSeen, callback: &Callback) -> ledger::Path {
    ledger::Path::of_callback(seen.transaction, callback.sent_to)
}

fn answer_to(seen: &TransactionSeen, exchange: &Exchange, path: ledger::Path) -> Outcome {
    let is_proven = seen.run.ledger.is_proven(path);
    let finding =
        |message: &str| Finding::new(message).seen_in([exchange.request.entry]).seen_in(exchange.ended_entry);
    match exchange.ended {
        Some(Ended::Complete | Ended::TooLong) => Outcome::Keeps,
        Some(Ended::Cut) => Outcome::Breaks(finding("the connection was closed in the middle of the answer")),
        Some(Ended::Garbage) => Outcome::Breaks(finding("the answer is no HTTP response")),
        Some(Ended::Closed) if is_proven => {
            Outcome::Breaks(finding("the connection was closed without an answer"))
        }
        Some(Ended::Reset) if is_proven => {
            Outcome::Breaks(finding("the connection was reset without an answer"))
        }
        Some(Ended::Closed | Ended::Reset) => Outcome::Inconclusive(
            Cause::Unreachable,
            finding(
                "the connection was closed without an answer, and no command of this run was ever answered",
            ),
        ),
        Some(Ended::Refused) => Outcome::Inconclusive(
            Cause::Unreachable,
            finding("the connection was refused: nothing listens at this address"),
        ),
        Some(Ended::Unresolved) => {
            Outcome::Inconclusive(Cause::Unreachable, finding("the name of the host could not be resolved"))
        }
        Some(Ended::Unreachable) => {
            Outcome::Inconclusive(Cause::Unreachable, finding("no connection could be made to this address"))
        }
        Some(Ended::Gateway) => Outcome::Inconclusive(
            Cause::Unreachable,
            finding(
                "the proxy answered in the place of the peer, or hung up: look whether it can reach the peer",
            ),
        ),
        Some(Ended::Handshake) => {
            let (cause, message) = trust::without_handshake(exchange);
            Outcome::Inconclusive(cause, finding(&message))
        }
        Some(Ended::Silent) => Outcome::Inconclusive(
            Cause::CutShort,
            finding("no byte of an answer came within the limit for responses"),
        ),
        Some(Ended::Slow) => Outcome::Inconclusive(
            Cause::CutShort,
            finding("the answer was not complete within the limit for responses"),
        ),
        Some(Ended::OnPurpose | Ended::Abandoned) | None => {
            Outcome::Inconclusive(Cause::CutShort, finding("the run ended before the answer came"))
        }
    }
}

pub(super) fn prompt(seen: &TransactionSeen) -> Vec<Outcome> {
    // When a message that somebody had at hand was sent, and what went before it, nobody recorded.
    if seen.transaction.begun.scenario == at_hand::CASE {
        return Vec::new();
    }
    match seen.run.evidence.header.role {
        Role::Target => prompt_target(seen),
        Role::Client => acknowledged::ours(seen.transaction).filter_map(prompt_client).collect(),
    }
}

fn prompt_client(callback: &Callback) -> Option<Outcome> {
    let exchange = &callback.exchange;
    match exchange.ended {
        Some(Ended::Silent | Ended::Slow) => Some(late(exchange)),
        _ if is_refused_binding(exchange) => None,
        _ => exchange.status().map(|_| Outcome::Keeps),
    }
}

fn prompt_target(seen: &TransactionSeen) -> Vec<Outcome> {
    let Some(exchange) = seen.transaction.answered() else { return Vec::new() };
    if is_refused_binding(exchange) {
        return Vec::new();
    }
    if matches!(exchange.ended, Some(Ended::Silent | Ended::Slow)) {
        return vec![late(exchange)];
    }
    let Some(response) = exchange.response.as_ref().filter(|_| exchange.status().is_some()) else {
        return Vec::new();
    };
    let done = |message: &Exchange| message.response.as_ref().map(|reply| (reply.last_byte_us, reply.entry));
    // What a collect that was sent before brought about says nothing of the answer to this one.
    let is_its_own = |other: &Exchange| other.request.first_byte_us >= exchange.request.first_byte_us;
    let downloads = seen.transaction.fetches().filter(|download| is_its_own(download));
    let downloads = downloads.filter_map(|download| Some(("the download", done(download)?)));
    let callbacks = seen.transaction.callbacks.iter().filter(|callback| is_its_own(&callback.exchange));
    let callbacks = callbacks.filter_map(|callback| {
        let what = if callback.sent_to == CallbackUrl::Alerts { "an alert" } else { "the receipt" };
        Some((what, done(&callback.exchange)?))
    });
    let earlier: Vec<_> =
        downloads.chain(callbacks).filter(|(_, (at, _))| *at < response.first_byte_us).collect();
    let Some((what, _)) = earlier.last() else { return vec![Outcome::Keeps] };
    let entries = earlier.iter().map(|(_, (_, entry))| *entry);
    let finding = Finding::new(format!("the answer came only after {what}"));
    vec![Outcome::Breaks(finding.seen_in(entries).seen_in([response.entry]))]
}

fn late(exchange: &Exchange) -> Outcome {
    let finding = Finding::new("the answer did not come within the limit for responses");
    Outcome::Inconclusive(Cause::CutShort, finding.seen_in([exchange.request.entry]))
}
