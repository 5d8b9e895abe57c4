//! What a client makes of the sample stream: its own stages one after the other, and two publishings at once.

use super::acknowledged::{code_of, is_refused_for_its_method, name_of, ours};
use super::departed;
use super::offer::{as_told, came, fetched};
use super::seen::{ResponseSeen, RunSeen, TransactionSeen, is_refused_binding};
use super::verdict::{Cause, Finding, Outcome};
use crate::pens::{Code, Element};
use crate::transcript::{Callback, CallbackUrl, Exchange, Transaction};

/// The row that a case names which asks for two publishings at once.
const TOGETHER: &str = "SEQ-002";

/// How a client took a receipt or an alert.
enum Taken {
    /// With 0.
    Yes,
    /// With another code, or with what is no answer of PENS.
    No,
    /// No answer came to its end.
    Unanswered,
}

/// SEQ-001, of a client: the package is there when the collect comes, and the receipt and each alert are acknowledged
/// with 0. Whether the stream is that of the sample, in its order from an answer with 0 to its end, is our doing: where
/// it is not, nothing is kept.
pub(super) fn twelve_stages(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    let Some(download) = came(transaction).filter(|_| transaction.is_accepted()) else {
        return Vec::new();
    };
    if let Some(early) = as_told(transaction)
        .take_while(|fetch| fetch.id != download.id)
        .find(|fetch| fetch.complete_response().is_some())
    {
        let finding = Finding::new("the package was not there when the collect came, and was later");
        let entries = [early.request.entry, download.request.entry];
        return vec![Outcome::Breaks(finding.seen_in(entries))];
    }
    let stages: Vec<(&Callback, Taken)> = plain(transaction)
        .filter_map(|callback| Some((callback, taken(seen.run, transaction, callback)?)))
        .collect();
    let broken = stages.iter().find_map(|(callback, taken)| breaks_off(seen, callback, taken));
    let is_played = |url| stages.iter().any(|(callback, _)| callback.sent_to == url);
    let is_in_order = stages.iter().map(|(callback, _)| callback.sent_to == CallbackUrl::Alerts).is_sorted();
    let is_whole = [(Element::Receipt, CallbackUrl::Receipt), (Element::Alerts, CallbackUrl::Alerts)]
        .into_iter()
        .all(|(element, url)| is_played(url) || !is_by_http(transaction, element));
    let kept = (is_whole && is_in_order && !stages.is_empty()).then_some(Outcome::Keeps);
    broken.or(kept).into_iter().collect()
}

/// What is said of a stage at which the stream ends.
fn breaks_off(seen: &TransactionSeen, callback: &Callback, taken: &Taken) -> Option<Outcome> {
    let name = name_of(callback);
    match taken {
        Taken::Yes => None,
        Taken::No => {
            let message = format!("the stream breaks off: the {name} was not acknowledged with 0");
            Some(Outcome::Breaks(told(callback, message)))
        }
        Taken::Unanswered if departed::has_left(seen.run, seen.transaction, &callback.exchange) => {
            Some(departed::unanswered(name, &callback.exchange))
        }
        Taken::Unanswered => {
            let message = format!("the {name} got no answer, so what would follow was not seen");
            Some(Outcome::Inconclusive(Cause::Prerequisite, told(callback, message)))
        }
    }
}

/// SEQ-002, of a client: of two publishings at once each has its package, and each has its receipt and alerts taken.
pub(super) fn interleaved(run: &RunSeen) -> Vec<Outcome> {
    let transactions = &run.evidence.transactions;
    let together = transactions.iter().filter_map(|transaction| {
        let is_resent = |other: &Transaction| is_sent_again(transaction, other) && !asks_for_two(run, other);
        let mut others = transactions.iter().filter(|other| are_together(transaction, other));
        let other = others.find(|other| !is_resent(other))?;
        Some(beside(run, transaction, other))
    });
    let said: Vec<Outcome> = together.flatten().collect();
    if said.is_empty() { never_together(run).into_iter().collect() } else { said }
}

/// Whether two publishings of one case were under way at once: the collect of one came before the last receipt or alert
/// of the other went out.
fn are_together(one: &Transaction, other: &Transaction) -> bool {
    let is_other = one.begun.transaction != other.begun.transaction;
    let begins_within = |inner: &Transaction, outer: &Transaction| {
        let span = began(outer).zip(ended(outer));
        began(inner).zip(span).is_some_and(|(moment, (from, to))| from <= moment && moment <= to)
    };
    let is_of_one_case = is_other && one.begun.scenario == other.begun.scenario;
    is_of_one_case && (begins_within(one, other) || begins_within(other, one))
}

/// Whether two collects say the same: where nobody asked for two publishings, one was sent twice.
fn is_sent_again(one: &Transaction, other: &Transaction) -> bool {
    let pairs = |transaction: &Transaction| Some(transaction.command.as_ref()?.pairs.clone());
    pairs(one) == pairs(other)
}

/// Whether two publishings at once were asked for in the case of a transaction.
fn asks_for_two(run: &RunSeen, transaction: &Transaction) -> bool {
    let mut cases = run.evidence.scenarios.iter().filter(|case| case.id == transaction.begun.scenario);
    cases.any(|case| case.proves.iter().any(|row| row == TOGETHER))
}

fn began(transaction: &Transaction) -> Option<u64> {
    Some(transaction.collects.first()?.request.first_byte_us)
}

fn ended(transaction: &Transaction) -> Option<u64> {
    transaction.callbacks.iter().map(|callback| callback.exchange.request.first_byte_us).max()
}

/// What is said of a publishing while another was under way; nothing where none of its callbacks can be judged.
fn beside(run: &RunSeen, transaction: &Transaction, other: &Transaction) -> Vec<Outcome> {
    let callbacks = plain(transaction).filter_map(|callback| {
        let taken = taken(run, transaction, callback)?;
        Some(not_mixed_up(run, (transaction, other), callback, &taken))
    });
    let mut said: Vec<Outcome> = callbacks.collect();
    if !said.is_empty() {
        let first = as_told(transaction).next();
        let fetch = first.filter(|fetch| !departed::has_left(run, transaction, fetch));
        said.extend(fetch.and_then(|fetch| package_is_lost(run, transaction, fetch)));
    }
    said
}

fn not_mixed_up(
    run: &RunSeen,
    (transaction, other): (&Transaction, &Transaction),
    callback: &Callback,
    taken: &Taken,
) -> Outcome {
    let name = name_of(callback);
    let is_taken_elsewhere = || {
        let all =
            run.evidence.transactions.iter().flat_map(|it| plain(it).map(move |callback| (it, callback)));
        all.filter(|(_, twin)| twin.sent_to == callback.sent_to)
            .any(|(it, twin)| matches!(self::taken(run, it, twin), Some(Taken::Yes)))
    };
    match taken {
        Taken::Yes if are_alike(transaction, other, callback.sent_to) => {
            let message = format!(
                "two publishings at once named the same package-id and the same URL for the {name}, so nobody can tell \
                 whose it was"
            );
            let cause = "the same course was published twice: have another one published the second time";
            Outcome::Inconclusive(Cause::Prerequisite, told(callback, message).because(Some(cause)))
        }
        Taken::Yes => Outcome::Keeps,
        Taken::Unanswered if departed::has_left(run, transaction, &callback.exchange) => {
            departed::unanswered(name, &callback.exchange)
        }
        Taken::No | Taken::Unanswered if !is_taken_elsewhere() => {
            let message = format!(
                "no {name} of this run was taken, so it is not the other publishing that is to blame"
            );
            Outcome::Inconclusive(Cause::Prerequisite, told(callback, message))
        }
        Taken::No => {
            let message =
                format!("the {name} for one of two publishings at once was not taken, and another was");
            Outcome::Breaks(told(callback, message))
        }
        Taken::Unanswered => {
            let message = format!("the {name} for one of two publishings at once got no answer");
            Outcome::Inconclusive(Cause::Prerequisite, told(callback, message))
        }
    }
}

/// Whether nothing tells the callbacks of two publishings apart: neither their URL nor the package-id in them.
fn are_alike(one: &Transaction, other: &Transaction, sent_to: CallbackUrl) -> bool {
    let url = match sent_to {
        CallbackUrl::Receipt => Element::Receipt,
        CallbackUrl::Alerts => Element::Alerts,
        CallbackUrl::Other => return false,
    };
    [url, Element::PackageId].into_iter().all(|element| value(one, element) == value(other, element))
}

/// What is said of a package that could not be fetched while two publishings were under way.
fn package_is_lost(run: &RunSeen, transaction: &Transaction, fetch: &Exchange) -> Option<Outcome> {
    let Outcome::Breaks(finding) = fetched(transaction, fetch) else { return None };
    let is_there_elsewhere = run.evidence.transactions.iter().any(|other| came(other).is_some());
    Some(if is_there_elsewhere {
        let message = format!("of two publishings at once one has lost its package: {}", finding.message);
        Outcome::Breaks(Finding { message, ..finding })
    } else {
        Outcome::Inconclusive(Cause::Prerequisite, finding)
    })
}

/// What is said of cases that asked for two publishings at once and did not get them.
fn never_together(run: &RunSeen) -> Option<Outcome> {
    let transactions = run.evidence.transactions.iter();
    let entries: Vec<u64> = transactions
        .filter(|transaction| asks_for_two(run, transaction))
        .filter_map(|transaction| Some(transaction.collects.first()?.request.entry))
        .collect();
    let message = match entries.len() {
        0 => return None,
        1 => "a second publishing was asked for while the first was under way, and its collect did not come",
        _ => "two publishings were asked for at once, and were never both under way",
    };
    Some(Outcome::Inconclusive(Cause::Prerequisite, Finding::new(message).seen_in(entries)))
}

/// The receipts and alerts of a transaction as the sample has them: with 0, at their URL, about its own package.
fn plain(transaction: &Transaction) -> impl Iterator<Item = &Callback> {
    let id = value(transaction, Element::PackageId).unwrap_or_default();
    ours(transaction).filter(move |callback| {
        let is_own = callback.command.pair(Element::PackageId.name()).is_some_and(|told| told.matches(id));
        is_own && callback.command.value("error") == Some("0") && !is_refused_binding(&callback.exchange)
    })
}

/// How a client took it; `None` where its method alone is to blame, which has rows of its own, or where the code was not
/// kept.
fn taken(run: &RunSeen, transaction: &Transaction, callback: &Callback) -> Option<Taken> {
    let Some(seen) = ResponseSeen::of(run, transaction, &callback.exchange) else {
        return Some(Taken::Unanswered);
    };
    if code_of(&callback.exchange) == Some(Code::NO_ERROR) {
        return Some(Taken::Yes);
    }
    let is_unknown = seen.is_cut && seen.response.error().is_none();
    (!is_unknown && !is_refused_for_its_method(&seen)).then_some(Taken::No)
}

fn is_by_http(transaction: &Transaction, element: Element) -> bool {
    let starts_with = |url: &str, scheme: &str| {
        url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    value(transaction, element).is_some_and(|url| starts_with(url, "http:") || starts_with(url, "https:"))
}

fn value(transaction: &Transaction, element: Element) -> Option<&str> {
    transaction.command.as_ref()?.get(element)
}

fn told(callback: &Callback, message: String) -> Finding {
    let exchange = &callback.exchange;
    Finding::new(message).seen_in([exchange.request.entry]).seen_in(exchange.ended_entry)
}
