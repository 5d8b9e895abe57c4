//! PKG: the package and its transfer (5, 5.1, 6.2).

use super::ledger::Path;
use super::seen::TransactionSeen;
use super::verdict::{Cause, Finding, Outcome};
use super::{Bound, Check, Level, Requirement};
use crate::pens::{Code, Element, parse_code};
use crate::transcript::entry::{Awaited, Offer, WaitEnd};
use crate::transcript::transaction::WaitSeen;
use crate::transcript::{Callback, Exchange, Transaction};

/// The rows of the family.
pub(super) const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        id: "PKG-001",
        name: "collect-http",
        level: Level::Must,
        binds: Bound::Target,
        clause: "5",
        text: "A package at an http URL is fetched, whole, after a collect that was answered with 0.",
        rulings: &["R-01"],
        remedy: "Fetch package-url by HTTP GET to its end before the receipt says 0.",
        keeps: "collect\nresponse error=0\ndownload 200\nreceipt error=0",
        breaks: "collect\nresponse error=0\nreceipt error=0",
        check: Check::Transaction(collect_http),
    },
    Requirement {
        id: "PKG-005",
        name: "credentials-used",
        level: Level::Must,
        binds: Bound::Target,
        clause: "5, 6.2.8, 6.2.10",
        text: "package-url-user-id and package-url-password are used where the staging server asks for credentials.",
        rulings: &["R-02"],
        remedy: "Answer a challenge of the staging server with the user id and password of the collect (HTTP Basic), or send them from the first.",
        keeps: "collect package-url-user-id=tk package-url-password=pw\nresponse error=0\ndownload 401\ndownload 200\nreceipt error=0",
        breaks: "collect package-url-user-id=tk package-url-password=pw\nresponse error=0\ndownload 401\nreceipt error=1312",
        check: Check::Transaction(credentials_used),
    },
    Requirement {
        id: "PKG-006",
        name: "no-collect-after-refusal",
        level: Level::Should,
        binds: Bound::Target,
        clause: "6.3",
        text: "After an error response other than the warnings 1320 and 1322 nothing is fetched, and no receipt says 0.",
        rulings: &["R-18"],
        remedy: "Stop when the collect is refused.",
        keeps: "collect -receipt provokes=ERR-2011\nresponse error=2011\nwait quiet met",
        breaks: "collect -receipt provokes=ERR-2011\nresponse error=2011\ndownload 200\nwait quiet met",
        check: Check::Transaction(no_collect_after_refusal),
    },
];

fn collect_http(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    // A package behind credentials is PKG-005's.
    if !transaction.provokes.is_empty()
        || names(transaction, Element::PackageUrlUserId)
        || !transaction.is_accepted()
        || transaction.begun.offer != Offer::Whole
    {
        return Vec::new();
    }
    if transaction.whole_download().is_some() {
        return vec![Outcome::Keeps];
    }
    if let Some(receipt) = transaction.receipts().find(|receipt| error_of(receipt) == Some(Code::NO_ERROR)) {
        let finding = Finding::new("the receipt says 0, but the package was never fetched to its end");
        return vec![Outcome::Breaks(
            finding.seen_in([receipt.exchange.request.entry]).seen_in(attempts(transaction)),
        )];
    }
    vec![missing_download(seen)]
}

fn credentials_used(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    if !transaction.provokes.is_empty() || !names(transaction, Element::PackageUrlUserId) {
        return Vec::new();
    }
    if transaction.whole_download().is_some() {
        return vec![Outcome::Keeps];
    }
    let challenged: Vec<u64> = transaction
        .fetches()
        .filter(|fetch| fetch.status() == Some(401))
        .map(|fetch| fetch.request.entry)
        .collect();
    let has_ended = has_waited_out(transaction) || transaction.receipts().next().is_some();
    match (challenged.is_empty(), has_ended) {
        (true, _) => Vec::new(),
        (false, false) => {
            let finding = Finding::new("the run ended before the challenge was answered");
            vec![Outcome::Inconclusive(Cause::CutShort, finding.seen_in(challenged))]
        }
        (false, true) => {
            let finding = Finding::new(
                "the package was asked for without the right credentials, and never with those of the collect",
            );
            vec![Outcome::Breaks(finding.seen_in(challenged))]
        }
    }
}

fn missing_download(seen: &TransactionSeen) -> Outcome {
    let transaction = seen.transaction;
    let waits = transaction.waits.iter().map(|wait| wait.entry);
    let finding = |message: &str| Finding::new(message).seen_in(waits.clone()).seen_in(attempts(transaction));
    if !has_waited_out(transaction) {
        return Outcome::Inconclusive(
            Cause::CutShort,
            finding("the run ended before the package was fetched"),
        );
    }
    if transaction.fetches().next().is_some() {
        return Outcome::Breaks(finding("the package was asked for, but not fetched to its end"));
    }
    let given_up = transaction.waits.iter().any(|wait| wait.ended == Some(WaitEnd::GivenUp));
    if seen.run.ledger.is_proven(Path::PackageHttp) && !given_up {
        Outcome::Breaks(finding(
            "the package was never asked for, though others were fetched from the same address",
        ))
    } else {
        Outcome::Inconclusive(
            Cause::Unreachable,
            finding("the package was never asked for, and nothing shows that the target reaches our address"),
        )
    }
}

fn attempts(transaction: &Transaction) -> impl Iterator<Item = u64> {
    transaction
        .downloads
        .iter()
        .flat_map(|download| [Some(download.request.entry), download.ended_entry])
        .flatten()
}

/// Whether the wait for what should follow the collect ran to its end. That a download came says nothing of what
/// should come after it.
pub(super) fn has_waited_out(transaction: &Transaction) -> bool {
    transaction.waits.iter().any(|wait| match wait.awaits {
        Awaited::Download => matches!(wait.ended, Some(WaitEnd::Expired | WaitEnd::GivenUp)),
        Awaited::Receipt => has_run_out(wait),
        Awaited::Collect | Awaited::Response | Awaited::Alert | Awaited::Quiet | Awaited::Forever => false,
    })
}

/// Whether a wait ended because its event or its limit came.
pub(super) fn has_run_out(wait: &WaitSeen) -> bool {
    matches!(wait.ended, Some(WaitEnd::Expired | WaitEnd::GivenUp | WaitEnd::Met))
}

fn no_collect_after_refusal(seen: &TransactionSeen) -> Vec<Outcome> {
    refused_and_left_alone(seen.transaction).into_iter().collect()
}

fn refused_and_left_alone(transaction: &Transaction) -> Option<Outcome> {
    let code = transaction.code()?;
    if matches!(code, Code::NO_ERROR | Code::EXPIRY_FORMAT | Code::EXPIRED) {
        return None;
    }
    let answer = transaction.answered()?.response.as_ref()?;
    // What came before the refusal is no disregard of it.
    let is_later = |exchange: &&Exchange| exchange.request.first_byte_us > answer.last_byte_us;
    if let Some(download) = transaction.fetches().find(is_later) {
        let finding = Finding::new("the package of a refused collect was fetched");
        return Some(Outcome::Breaks(finding.seen_in([answer.entry, download.request.entry])));
    }
    let good = transaction.receipts().filter(|receipt| error_of(receipt) == Some(Code::NO_ERROR));
    if let Some(receipt) = good.map(|receipt| &receipt.exchange).find(is_later) {
        let finding = Finding::new("a receipt with 0 came for a refused collect");
        return Some(Outcome::Breaks(finding.seen_in([answer.entry, receipt.request.entry])));
    }
    let is_watched = |wait: &WaitSeen| match wait.awaits {
        Awaited::Quiet => has_run_out(wait),
        Awaited::Download | Awaited::Receipt => wait.ended == Some(WaitEnd::Expired),
        Awaited::Collect | Awaited::Response | Awaited::Alert | Awaited::Forever => false,
    };
    transaction.waits.iter().any(is_watched).then_some(Outcome::Keeps)
}

/// The error code of a receipt or alert, when it can be read.
pub(super) fn error_of(callback: &Callback) -> Option<Code> {
    parse_code(callback.command.value("error")?)
}

/// Whether a collect gave an address.
pub(super) fn names(transaction: &Transaction, element: Element) -> bool {
    transaction
        .command
        .as_ref()
        .and_then(|command| command.get(element))
        .is_some_and(|value| !value.is_empty())
}
