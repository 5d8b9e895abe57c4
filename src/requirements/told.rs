//! What a target told of an error, in its answer or later in a receipt or an alert.

use super::due::{Due, is_no_archive_at_all, sends_alerts};
use super::retrieval::error_of;
use super::seen::{TransactionSeen, is_refused_binding};
use super::verdict::{Cause, Finding, Outcome};
use super::{Shows, Zero, clocks, mailed, twin};
use crate::pens::{Class, Code, Element, parse_code};
use crate::transcript::bytes::escape;
use crate::transcript::entry::Offer;
use crate::transcript::{Callback, CallbackUrl, Exchange, Transaction};

/// What a target told of an error.
pub(super) struct Told {
    /// The first code that is not 0, else 0; `None` where the answer has no readable one.
    pub(super) code: Option<Code>,
    accepts: Vec<u16>,
    received: Option<String>,
    entries: Vec<u64>,
}

impl Told {
    /// Reads what was told of an error; the error is an outcome where nothing can be concluded from it.
    pub(super) fn of(seen: &TransactionSeen, due: &[Due]) -> Result<Self, Box<Outcome>> {
        let transaction = seen.transaction;
        let sent = transaction.collects.iter().flat_map(|sent| [Some(sent.request.entry), sent.ended_entry]);
        let mut entries: Vec<u64> = sent.flatten().collect();
        let prerequisite = |message: &str, entries: &[u64]| {
            let finding = Finding::new(message).seen_in(entries.iter().copied());
            Err(Box::new(Outcome::Inconclusive(Cause::Prerequisite, finding)))
        };
        let Some(answer) = transaction.answered().filter(|answer| answer.complete_response().is_some())
        else {
            return prerequisite("the collect in error was not answered, so no code could be read", &entries);
        };
        if is_refused_binding(answer) {
            // A method that is not taken is the matter of MSG-007 and MSG-008 alone.
            let finding = Finding::new("commands by this HTTP method are refused").seen_in(entries);
            return Err(Box::new(Outcome::NotApplicable(finding)));
        }
        let at_hand: Vec<Element> = due.iter().flat_map(|due| due.provoked.at_hand).copied().collect();
        if twin::sane(seen.run.evidence, transaction, &at_hand).is_none() {
            let message = "the same collect without the error was not accepted in this run, so a refusal proves nothing";
            return prerequisite(message, &entries);
        }
        let mut accepts: Vec<u16> = due.iter().flat_map(|due| due.accepts.iter().copied()).collect();
        accepts.dedup();
        let response = transaction.response();
        let error = response.as_ref().and_then(|(response, _)| response.error());
        let received = error.map(|error| format!("error={}", escape(error.as_bytes())));
        if let Some((message, entry)) = no_number(seen, due) {
            entries.extend(entry);
            return prerequisite(&message, &entries);
        }
        let (code, received) = match (transaction.code(), later(seen, due)) {
            (Some(Code::NO_ERROR), Some((callback, code))) => {
                entries.push(callback.exchange.request.entry);
                (Some(code), Some(format!("error={code} in the {}", name(callback))))
            }
            (Some(Code::NO_ERROR), None) if awaits_receipt(seen, due) && mailed::is_by_mail(transaction) => {
                let finding = Finding::new("no mail came that could tell the error, which MSG-013 tells of");
                return Err(Box::new(Outcome::NotApplicable(finding)));
            }
            (Some(Code::NO_ERROR), None) if awaits_receipt(seen, due) => {
                return prerequisite("no receipt came that could tell the error", &entries);
            }
            (code, _) => (code, received),
        };
        let is_due = code.is_some_and(|code| due.iter().any(|due| due.keeps(code)));
        if mailed::is_by_mail(transaction)
            && !transaction.is_accepted()
            && !is_due
            && !mailed::is_taken(seen.run)
        {
            let message =
                "no collect whose receipt goes by mail was accepted in this run, so a refusal proves nothing";
            return prerequisite(message, &entries);
        }
        if let Some(doubt) = code.and_then(|code| clocks::apart(seen.run, transaction, code)) {
            return Err(Box::new(doubt));
        }
        Ok(Self { code, accepts, received, entries })
    }

    /// A finding with the codes that would tell the error, and what came.
    pub(super) fn finding(&self, message: &str) -> Finding {
        let expected =
            self.accepts.iter().map(|code| format!("error={code}")).collect::<Vec<_>>().join(" or ");
        Finding {
            expected: Some(expected),
            received: self.received.clone(),
            accepts: self.accepts.clone(),
            ..Finding::new(message)
        }
        .seen_in(self.entries.iter().copied())
    }
}

/// Where the answer, or a callback that may tell the error, has words in the place of the code: nobody can say whether
/// they are those of the code that is due, and the row about that field tells once that they are there.
fn no_number(seen: &TransactionSeen, due: &[Due]) -> Option<(String, Option<u64>)> {
    let transaction = seen.transaction;
    let message = |place: &str, value: &str| {
        let value = escape(value.as_bytes());
        format!(
            "no code can be read: error is \"{value}\" in the {place}, no integer from 0 to 65535, which another row judges"
        )
    };
    // A number that no code can be is the wrong one.
    let is_wrong =
        |value: &str| value.trim().parse::<i64>().is_ok_and(|number| !(0..=65535).contains(&number));
    let is_word = |value: &&str| !value.trim().is_empty() && !is_wrong(value) && parse_code(value).is_none();
    let answer = transaction.response().and_then(|(response, _)| Some(response.error()?.into_owned()));
    if let Some(value) = answer.as_deref().filter(is_word) {
        return Some((message("answer", value), None));
    }
    if answer.is_none() && transaction.answered().is_some_and(Exchange::is_cut) {
        return Some(("no code can be read: none is in what is kept of so long an answer".to_owned(), None));
    }
    let may_tell = transaction.is_accepted() && later(seen, due).is_none();
    tellers(transaction, due).filter(|_| may_tell).find_map(|callback| {
        let value = callback.command.value("error").filter(is_word)?;
        Some((message(name(callback), value), Some(callback.exchange.request.entry)))
    })
}

/// The first callback that tells an error, where one may.
fn later<'a>(seen: &TransactionSeen<'a>, due: &[Due]) -> Option<(&'a Callback, Code)> {
    let transaction = seen.transaction;
    let told = |callback: &'a Callback| {
        Some((callback, error_of(callback)?)).filter(|(_, code)| *code != Code::NO_ERROR)
    };
    let is_usual = |callback: &Callback, code: Code| is_alert(callback) && is_usual(seen, code);
    tellers(transaction, due).filter_map(told).find(|(callback, code)| !is_usual(callback, *code))
}

/// The callbacks that may tell an error, receipts first.
fn tellers<'a>(transaction: &'a Transaction, due: &[Due]) -> impl Iterator<Item = &'a Callback> {
    let in_receipt = due.iter().any(|due| due.provoked.shows != Shows::Response);
    let in_alert = due.iter().any(|due| due.provoked.shows == Shows::Alert);
    let receipts = transaction.receipts().filter(move |_| in_receipt);
    receipts.chain(transaction.alerts().filter(move |_| in_alert))
}

/// Whether a code of the target's own is one that it alerts of good packages, too: it tells no error.
fn is_usual(seen: &TransactionSeen, code: Code) -> bool {
    let is_good = |other: &&Transaction| other.provokes.is_empty() && other.begun.offer == Offer::Whole;
    let mut good = seen.run.evidence.transactions.iter().filter(is_good);
    code.class() == Class::ImplementationDefined
        && good.any(|other| other.alerts().any(|alert| error_of(alert) == Some(code)))
}

/// Whether only a receipt can tell, and none came. A target that sends alerts could have told it in one.
fn awaits_receipt(seen: &TransactionSeen, due: &[Due]) -> bool {
    let by_receipt = |due: &Due| match (due.provoked.shows, due.provoked.zero) {
        (Shows::Receipt, Zero::Breaks) => true,
        // What is no archive at all is a retrieval that failed, which a receipt tells.
        (Shows::Alert, Zero::OwedByAlerts) => !sends_alerts(seen) || is_no_archive_at_all(seen.transaction),
        (Shows::Alert, Zero::Breaks) => !sends_alerts(seen),
        (Shows::Response | Shows::Receipt | Shows::Alert, _) => false,
    };
    due.iter().any(by_receipt) && seen.transaction.receipts().next().is_none()
}

fn name(callback: &Callback) -> &'static str {
    if is_alert(callback) { "alert" } else { "receipt" }
}

fn is_alert(callback: &Callback) -> bool {
    callback.sent_to == CallbackUrl::Alerts || callback.is_called("alert")
}
