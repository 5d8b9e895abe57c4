//! What a target has to take whole: long values, optional elements, elements that it does not know, odd methods, a resend.

use super::clocks;
use super::ledger::Path;
use super::msg::is_refused_for_its_method;
use super::retrieval::{attempts, ended_before, has_run_out};
use super::seen::{RunSeen, TransactionSeen, is_long, is_refused_binding, is_valid_collect};
use super::twin;
use super::verdict::{Cause, Finding, Outcome};
use crate::pens::{Code, Command, Element, Response};
use crate::transcript::bytes::escape;
use crate::transcript::entry::{Awaited, WaitEnd};
use crate::transcript::transaction::WaitSeen;
use crate::transcript::{CallbackUrl, Exchange, Transaction};

/// MSG-011: a vendor-data of 4,096 characters gets through by one method at least.
pub(super) fn long_uri(run: &RunSeen) -> Vec<Outcome> {
    let is_judged = |transaction: &&Transaction| {
        is_valid_collect(transaction)
            && is_long(transaction)
            && !clocks::have_refused(run, transaction)
            && transaction.answered().is_some_and(|answer| answer.complete_response().is_some())
    };
    let long: Vec<&Transaction> = run.evidence.transactions.iter().filter(is_judged).collect();
    let (taken, refused): (Vec<&Transaction>, Vec<&Transaction>) =
        long.iter().partition(|transaction| transaction.is_accepted());
    let answers = |transactions: &[&Transaction]| -> Vec<u64> {
        transactions.iter().filter_map(|transaction| transaction.answered()?.ended_entry).collect()
    };
    let method = |transaction: &Transaction| twin::method(transaction).unwrap_or_default().to_owned();
    let has_tried = |method: &str| long.iter().any(|transaction| twin::method(transaction) == Some(method));
    if long.is_empty() {
        return Vec::new();
    }
    if taken.is_empty() && !(has_tried("GET") && has_tried("POST")) {
        let finding =
            Finding::new("a long vendor-data was refused by one method, and the other was not tried");
        return vec![Outcome::Inconclusive(Cause::Prerequisite, finding.seen_in(answers(&refused)))];
    }
    if taken.is_empty() {
        let finding =
            Finding::new("a vendor-data of 4096 characters is understood neither by GET nor by POST");
        return vec![Outcome::Breaks(finding.seen_in(answers(&refused)))];
    }
    // A method that is never understood is MSG-008's matter.
    let is_usual = |method: Option<&str>| {
        run.evidence
            .transactions
            .iter()
            .any(|other| other.is_accepted() && !is_long(other) && twin::method(other) == method)
    };
    let advised =
        refused.iter().filter(|transaction| is_usual(twin::method(transaction))).map(|transaction| {
            let message =
                format!("a vendor-data of 4096 characters is not understood by {}", method(transaction));
            Outcome::Advice(Finding::new(message).seen_in(answers(&[*transaction])))
        });
    taken.iter().map(|_| Outcome::Keeps).chain(advised).collect()
}

/// MSG-015: a HEAD asks for the head of an answer, and brings nothing about.
pub(super) fn head_harmless(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    if twin::method(transaction) != Some("HEAD") {
        return Vec::new();
    }
    let asked = transaction.collects.iter().map(|collect| collect.request.entry);
    if let Some(fetch) = transaction.fetches().next() {
        let finding = Finding::new("a HEAD with the query of a collect had its package fetched");
        return vec![Outcome::Breaks(finding.seen_in(asked).seen_in([fetch.request.entry]))];
    }
    let has_run_out = transaction.waits.iter().any(|wait| wait.awaits == Awaited::Quiet && has_run_out(wait));
    if has_run_out { vec![Outcome::Keeps] } else { Vec::new() }
}

/// MSG-017: the ten required elements alone are enough, and all seventeen are not too many.
pub(super) fn optional_elements(seen: &TransactionSeen) -> Vec<Outcome> {
    let Some(set) = seen.transaction.command.as_ref().and_then(kind_of_set) else { return Vec::new() };
    taken_or_refused(seen, &format!("a collect with {set} was refused")).into_iter().collect()
}

/// Which of the two sets a command has; the password of the profile goes with either.
fn kind_of_set(command: &Command) -> Option<&'static str> {
    const KNOWN_BY: [Element; 2] = [Element::SystemUserId, Element::SystemPassword];
    // A null client or expiry may be refused for itself.
    let has_nulls =
        [Element::Client, Element::PackageUrlExpiry].iter().any(|it| command.get(*it) == Some(""));
    let has = |element: Element| command.get(element).is_some();
    let is_alone = Element::ALL
        .into_iter()
        .filter(|element| !KNOWN_BY.contains(element))
        .all(|element| has(element) == Element::all_required().any(|required| required == element));
    match (Element::ALL.into_iter().all(has), is_alone, has_nulls || unknown(command).is_some()) {
        (_, _, true) => None,
        (true, _, false) => Some("all seventeen elements"),
        (_, true, false) => Some("the ten required elements alone"),
        (false, false, false) => None,
    }
}

/// MSG-018: an element that the specification has not is left alone.
pub(super) fn unknown_ignored(seen: &TransactionSeen) -> Vec<Outcome> {
    let Some(name) = seen.transaction.command.as_ref().and_then(unknown) else { return Vec::new() };
    let message = format!("a collect with the unknown element {} was refused", escape(name.as_bytes()));
    taken_or_refused(seen, &message).into_iter().collect()
}

/// The first name in a command that 6.2 has not.
pub(super) fn unknown(command: &Command) -> Option<&str> {
    let names = command.pairs.iter().filter(|pair| !pair.bare).map(|pair| pair.name.as_str());
    names.into_iter().find(|name| Element::named(name).is_none())
}

/// PKG-012: the same collect again is no other than the first.
pub(super) fn resend(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    let sent: Vec<&Exchange> = transaction.answers().collect();
    if sent.len() < 2 || !is_valid_collect(transaction) || twin::method(transaction) == Some("HEAD") {
        return Vec::new();
    }
    let finding = |message: &str| {
        Finding::new(message)
            .seen_in(sent.iter().map(|sent| sent.request.entry))
            .seen_in(attempts(transaction))
    };
    let fetched = transaction.fetches().filter(|download| download.is_whole()).count();
    let received = transaction.receipts().count();
    // A collect that was refused the first time is RSP-015's matter.
    if code_of(sent[0]) != Some(Code::NO_ERROR) {
        return Vec::new();
    }
    // Whoever sends each receipt twice has two of them before the second collect brings anything about.
    let last_us = sent.last().map_or(u64::MAX, |last| last.request.first_byte_us);
    let has_ended = |wait: &WaitSeen| {
        let is_of_the_last = wait.ended_us.is_some_and(|ended_us| ended_us >= last_us);
        is_of_the_last && matches!(wait.ended, Some(WaitEnd::Expired | WaitEnd::GivenUp))
    };
    let has_waited = [Awaited::Receipt, Awaited::Download]
        .into_iter()
        .filter_map(|what| transaction.wait(what))
        .any(has_ended);
    let reaches_us = seen.run.ledger.is_proven(Path::of_callback(transaction, CallbackUrl::Receipt));
    vec![if sent.iter().any(|sent| sent.complete_response().is_none()) {
        Outcome::Inconclusive(Cause::Prerequisite, finding("the second collect was not answered"))
    } else if sent.iter().any(|sent| code_of(sent) != Some(Code::NO_ERROR)) {
        Outcome::Breaks(finding("the same collect was accepted only once"))
    } else if fetched >= sent.len() && received >= sent.len() {
        Outcome::Keeps
    } else if has_waited && !reaches_us {
        let message = "nothing shows that the target reaches our address";
        Outcome::Inconclusive(Cause::Unreachable, finding(message))
    } else if has_waited {
        let message = format!("{} collects had {fetched} downloads and {received} receipts", sent.len());
        Outcome::Breaks(finding(&message))
    } else {
        Outcome::Inconclusive(
            Cause::CutShort,
            finding(&ended_before(transaction, "all that follows from the second collect came")),
        )
    }]
}

fn code_of(exchange: &Exchange) -> Option<Code> {
    exchange.complete_response()?;
    Response::read(&exchange.payload()?).0.code()
}

/// Whether a valid collect was taken; its refusal counts only where others were taken by the same method.
fn taken_or_refused(seen: &TransactionSeen, message: &str) -> Option<Outcome> {
    let transaction = seen.transaction;
    let answer = transaction.answered()?;
    if !is_valid_collect(transaction)
        || twin::method(transaction) == Some("HEAD")
        || is_refused_binding(answer)
    {
        return None;
    }
    if transaction.is_accepted() {
        return Some(Outcome::Keeps);
    }
    answer.complete_response()?;
    let evidence = seen.run.evidence;
    if is_refused_for_its_method(evidence, transaction) || clocks::have_refused(seen.run, transaction) {
        return None;
    }
    let finding = Finding::new(message).seen_in([answer.request.entry]).seen_in(answer.ended_entry);
    let is_twin = |other: &&Transaction| {
        other.is_accepted() && is_valid_collect(other) && twin::method(other) == twin::method(transaction)
    };
    Some(match evidence.transactions.iter().find(is_twin) {
        Some(_) => Outcome::Breaks(finding),
        None => Outcome::Inconclusive(Cause::Prerequisite, finding),
    })
}
