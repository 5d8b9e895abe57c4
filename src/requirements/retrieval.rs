//! What a target makes of the package that a collect names: it fetches it, whole, as given, or leaves it alone.

use super::acceptance::takes_its_type;
use super::by_ftp::{self, is_by_ftp};
use super::ledger::Path;
use super::seen::{TransactionSeen, is_refused_binding};
use super::verdict::{Cause, Finding, Outcome};
use super::{Provoked, clocks, trust};
use crate::pens::{Class, Code, Element, parse_code};
use crate::profile::Claim;
use crate::transcript::entry::{Awaited, Offer, WaitEnd};
use crate::transcript::protocol::Protocol;
use crate::transcript::transaction::WaitSeen;
use crate::transcript::{Callback, CallbackUrl, Exchange, Transaction};

/// PKG-001.
pub(super) fn collect_http(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    // A package behind credentials is PKG-005's.
    if !transaction.provokes.is_empty()
        || names(transaction, Element::PackageUrlUserId)
        || !transaction.is_accepted()
        || transaction.begun.offer != Offer::Whole
        || has_uncommon_url(transaction)
        || is_by_ftp(transaction)
        || is_secure(transaction) && offers_plainly(seen)
    {
        return Vec::new();
    }
    vec![fetched_whole(seen)]
}

/// Whether a package is offered by https.
fn is_secure(transaction: &Transaction) -> bool {
    Path::of_package(transaction) == Path::PackageHttps
}

/// Whether the run offers packages by plain http, too: where a tunnel ends TLS before us, it may be that none is.
fn offers_plainly(seen: &TransactionSeen) -> bool {
    let begun = seen.run.evidence.transactions.iter().map(|other| &other.begun.package_url);
    begun.into_iter().any(|url| !url.starts_with("https:") && !url.starts_with("ftp"))
}

/// PKG-002.
pub(super) fn collect_https(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    if !transaction.provokes.is_empty()
        || names(transaction, Element::PackageUrlUserId)
        || transaction.begun.offer != Offer::Whole
        || has_uncommon_url(transaction)
        || !is_secure(transaction)
    {
        return Vec::new();
    }
    if transaction.whole_download().is_some() {
        return vec![Outcome::Keeps];
    }
    if seen.run.profile.claims.https == Some(Claim::No) {
        let message = "not claimed: the profile says that https is not fetched, which clause 5 asks for";
        return vec![Outcome::Breaks(Finding::new(message).by("R-01").seen_in(attempts(transaction)))];
    }
    if let Some(refusal) = distrust(seen) {
        return vec![refusal];
    }
    if let Some(entry) = denial(transaction) {
        let message = "the target says that it does not fetch by https, which clause 5 asks for";
        return vec![Outcome::Breaks(Finding::new(message).by("R-01").seen_in([entry]))];
    }
    if transaction.is_accepted() { vec![fetched_whole(seen)] } else { Vec::new() }
}

/// What is said of an error that a collect provokes with a package over https, where the target does not come by that at all.
pub(super) fn instead_over_https(seen: &TransactionSeen, provoked: Provoked) -> Option<Outcome> {
    let transaction = seen.transaction;
    if !is_secure(transaction) || provoked.code == Code::NO_HTTPS.0 {
        return None;
    }
    let denied = |entry: u64| {
        let message = "the target says that it does not fetch by https, which is the matter of PKG-002";
        Outcome::NotApplicable(Finding::new(message).seen_in([entry]))
    };
    distrust(seen).or_else(|| denial(transaction).map(denied)).or_else(|| untried(seen, provoked))
}

/// Another error was told, and nothing came over https in the run that would show why.
fn untried(seen: &TransactionSeen, provoked: Provoked) -> Option<Outcome> {
    let transaction = seen.transaction;
    let (code, entry) = by_ftp::told(transaction)?;
    let is_unseen = transaction.downloads.is_empty() && !seen.run.ledger.is_proven(Path::PackageHttps);
    if !is_unseen || code == Code::NO_ERROR || code.0 == provoked.code {
        return None;
    }
    let message = format!(
        "{code} was told and nothing came over https: the target may have tried to fetch, and not have reached us"
    );
    Some(Outcome::Inconclusive(Cause::Unreachable, Finding::new(message).seen_in([entry])))
}

/// Why nothing was fetched, where the target does not trust our certificate.
fn distrust(seen: &TransactionSeen) -> Option<Outcome> {
    let is_untouched = seen.transaction.fetches().next().is_none();
    trust::refusal(seen.run.evidence, Protocol::Http).filter(|_| is_untouched)
}

/// Where the target says that it does not support https.
fn denial(transaction: &Transaction) -> Option<u64> {
    let answer = transaction.answered().and_then(|answer| answer.ended_entry);
    let told = transaction.receipts().find(|receipt| error_of(receipt) == Some(Code::NO_HTTPS));
    let in_answer = answer.filter(|_| transaction.code() == Some(Code::NO_HTTPS));
    told.map(|receipt| receipt.exchange.request.entry).or(in_answer)
}

/// Whether the package of an accepted collect was fetched to its end.
pub(super) fn fetched_whole(seen: &TransactionSeen) -> Outcome {
    let transaction = seen.transaction;
    if transaction.whole_download().is_some() {
        return Outcome::Keeps;
    }
    if let Some(receipt) = transaction.receipts().find(|receipt| error_of(receipt) == Some(Code::NO_ERROR)) {
        let finding = Finding::new("the receipt says 0, but the package was never fetched to its end");
        return Outcome::Breaks(
            finding.seen_in([receipt.exchange.request.entry]).seen_in(attempts(transaction)),
        );
    }
    missing_download(seen)
}

/// PKG-005.
pub(super) fn credentials_used(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    let is_guarded = names(transaction, Element::PackageUrlUserId) && !is_by_ftp(transaction);
    if !transaction.provokes.is_empty() || !is_guarded {
        return Vec::new();
    }
    // Whoever is given the package has shown the credentials, whatever became of the transfer.
    if transaction.fetches().any(|fetch| fetch.status() == Some(200)) {
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

/// PKG-008.
pub(super) fn http_transfer_forms(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    let is_due = transaction.begun.offer == Offer::Uncommon
        && transaction.provokes.is_empty()
        && !is_by_ftp(transaction);
    let tells_package =
        |code: &Code| matches!(code.class(), Class::Transport | Class::Host | Class::Underlying);
    if let (true, Some(code)) = (is_due, transaction.code().filter(tells_package)) {
        if let Some(doubt) = clocks::apart(seen.run, transaction, code) {
            return vec![doubt];
        }
        let answer = transaction.answered().and_then(|answer| answer.ended_entry);
        let message = format!("a package that was served in an uncommon way was answered with {code}");
        return vec![Outcome::Breaks(Finding::new(message).seen_in(answer).seen_in(attempts(transaction)))];
    }
    if !is_due || !transaction.is_accepted() {
        return Vec::new();
    }
    let told = transaction.receipts().find_map(|receipt| Some((receipt, error_of(receipt)?)));
    let finding = |message: String| Finding::new(message).seen_in(attempts(transaction));
    match (transaction.whole_download(), told) {
        (_, Some((receipt, code))) if code != Code::NO_ERROR => {
            if let Some(doubt) = clocks::apart(seen.run, transaction, code) {
                return vec![doubt];
            }
            let message = format!("a package that was served in an uncommon way was reported with {code}");
            vec![Outcome::Breaks(finding(message).seen_in([receipt.exchange.request.entry]))]
        }
        (Some(_), _) => vec![Outcome::Keeps],
        (None, Some((receipt, _))) => {
            let message = "the receipt says 0, but the package was not fetched to its end".to_owned();
            vec![Outcome::Breaks(finding(message).seen_in([receipt.exchange.request.entry]))]
        }
        (None, None) => vec![missing_download(seen)],
    }
}

/// PKG-013.
pub(super) fn url_forms(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    let is_due = transaction.provokes.is_empty()
        && transaction.begun.offer == Offer::Whole
        && has_uncommon_url(transaction)
        && !is_by_ftp(transaction);
    let Some(answer) = transaction.answered().filter(|_| is_due) else { return Vec::new() };
    if answer.complete_response().is_none() || is_refused_binding(answer) {
        return Vec::new();
    }
    if let Some(code) = transaction.code().filter(|code| *code != Code::NO_ERROR) {
        if let Some(doubt) = clocks::apart(seen.run, transaction, code) {
            return vec![doubt];
        }
        let finding = Finding::new(format!("a collect with an uncommon package-url was refused with {code}"));
        return vec![Outcome::Breaks(finding.seen_in([answer.request.entry]).seen_in(answer.ended_entry))];
    }
    if transaction.is_accepted() { vec![fetched_whole(seen)] } else { Vec::new() }
}

/// Whether a package-url has a query, an extension in upper case or an escape.
pub(super) fn has_uncommon_url(transaction: &Transaction) -> bool {
    let url = transaction.command.as_ref().and_then(|command| command.get(Element::PackageUrl));
    url.is_some_and(|url| {
        let path = url.split('?').next().unwrap_or_default();
        let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
        url.contains(['?', '%']) || extension.bytes().any(|letter| letter.is_ascii_uppercase())
    })
}

/// PKG-014.
pub(super) fn local_files_refused(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    let Some(answer) = transaction.answered().filter(|_| transaction.provokes == ["PKG-014"]) else {
        return Vec::new();
    };
    let finding =
        |message: &str| Finding::new(message).seen_in([answer.request.entry]).seen_in(answer.ended_entry);
    let told = transaction.callbacks.iter().find_map(|callback| Some((callback, error_of(callback)?)));
    vec![match (transaction.code(), told) {
        (None, _) => return Vec::new(),
        (Some(Code::NO_ERROR), Some((callback, Code::NO_ERROR))) => {
            let finding = finding("a file: URL was reported as collected: was a file of the server's read?");
            Outcome::Breaks(finding.seen_in([callback.exchange.request.entry]))
        }
        (Some(Code::NO_ERROR), None) if !transaction.waits.iter().any(has_run_out) => Outcome::Inconclusive(
            Cause::CutShort,
            finding(&ended_before(transaction, "a receipt came that could tell")),
        ),
        (Some(Code::NO_ERROR), None)
            if !seen.run.ledger.is_proven(Path::of_callback(transaction, CallbackUrl::Receipt)) =>
        {
            let message = "no receipt came that could tell what became of a file: URL";
            Outcome::Inconclusive(Cause::Prerequisite, finding(message))
        }
        (Some(Code::NO_ERROR), None) => Outcome::Review(finding(
            "a collect with a file: URL was accepted, and no receipt told what became of it",
        )),
        (Some(_), _) => Outcome::Keeps,
    }]
}

fn missing_download(seen: &TransactionSeen) -> Outcome {
    let transaction = seen.transaction;
    let waits = transaction.waits.iter().map(|wait| wait.entry);
    let finding = |message: &str| Finding::new(message).seen_in(waits.clone()).seen_in(attempts(transaction));
    if !has_waited_out(transaction) {
        return Outcome::Inconclusive(
            Cause::CutShort,
            finding(&ended_before(transaction, "the package was fetched")),
        );
    }
    if transaction.fetches().any(|fetch| fetch.ended.is_none()) {
        return Outcome::Inconclusive(
            Cause::CutShort,
            finding("the run ended while the package was fetched"),
        );
    }
    if transaction.fetches().next().is_some() {
        return Outcome::Breaks(finding("the package was asked for, but not fetched to its end"));
    }
    if let Some(receipt) = refused_for_its_type(seen) {
        let message = "the target takes no packages of this type, and says so in its receipt";
        return Outcome::NotApplicable(Finding::new(message).seen_in([receipt.exchange.request.entry]));
    }
    if transaction.downloads.iter().any(Exchange::is_by_ftp) {
        let message =
            "the target logged in, but not with the credentials of the collect, and fetched nothing";
        return Outcome::Breaks(finding(message));
    }
    let given_up = transaction.waits.iter().any(|wait| wait.ended == Some(WaitEnd::GivenUp));
    if seen.run.ledger.is_proven(Path::of_package(transaction)) && !given_up {
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

/// The receipt that tells 1430 of a type that nobody says the target takes, which is told there as well as in the answer.
fn refused_for_its_type<'a>(seen: &TransactionSeen<'a>) -> Option<&'a Callback> {
    if takes_its_type(seen.run, seen.transaction) {
        return None;
    }
    seen.transaction.receipts().find(|receipt| error_of(receipt) == Some(Code::PACKAGE_TYPE))
}

pub(super) fn attempts(transaction: &Transaction) -> impl Iterator<Item = u64> {
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

/// That an event was not waited for to the end, and why.
pub(super) fn ended_before(transaction: &Transaction, event: &str) -> String {
    let is_crowded = |wait: &WaitSeen| wait.ended == Some(WaitEnd::Crowded);
    if transaction.waits.iter().any(is_crowded) {
        return format!(
            "it cannot be told whether {event}: more connections came at once than penspec serves"
        );
    }
    format!("the run ended before {event}")
}

/// Whether a wait ended because its event or its limit came.
pub(super) fn has_run_out(wait: &WaitSeen) -> bool {
    matches!(wait.ended, Some(WaitEnd::Expired | WaitEnd::GivenUp | WaitEnd::Met))
}

/// PKG-006.
pub(super) fn no_collect_after_refusal(seen: &TransactionSeen) -> Vec<Outcome> {
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
