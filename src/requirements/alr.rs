//! ALR: the alerts (5.1, 6.2).

use super::due::{has_waited_for_alerts, is_archive, is_no_archive_at_all, sends_alerts};
use super::echo::echo_true;
use super::rct::{command_and_result, echoes_collect};
use super::retrieval::{ended_before, error_of, names};
use super::seen::TransactionSeen;
use super::verdict::{Cause, Finding, Outcome};
use super::{Bound, Check, Level, Requirement};
use crate::pens::{Code, Element};
use crate::transcript::entry::{Awaited, WaitEnd};
use crate::transcript::{Callback, CallbackUrl, Transaction};

/// The row whose error comes to light while a package is processed.
const PROCESSING_ERROR: &str = "ERR-1432";

/// The rows of the family.
pub(super) const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        id: "ALR-001",
        name: "after-receipt",
        level: Level::Must,
        binds: Bound::Target,
        clause: "6.2",
        text: "Alerts come after the receipt.",
        rulings: &["R-19"],
        remedy: "Send the receipt as soon as the package has been fetched, and the alerts while it is processed.",
        keeps: "collect\nresponse error=0\ndownload 200\nreceipt error=0\nalert error=0",
        breaks: "collect\nresponse error=0\ndownload 200\nalert error=0\nreceipt error=0",
        check: Check::Transaction(after_receipt),
    },
    Requirement {
        id: "ALR-002",
        name: "only-if-asked",
        level: Level::Must,
        binds: Bound::Target,
        clause: "6, 6.2",
        text: "Alerts go to the alerts URL alone, and to none when the collect names none.",
        rulings: &["R-02"],
        remedy: "Send alerts to the value of alerts; send none when it is absent.",
        keeps: "collect\nresponse error=0\ndownload 200\nreceipt error=0",
        breaks: "collect -alerts\nresponse error=0\ndownload 200\nreceipt error=0\nalert-to-receipt error=0",
        check: Check::Transaction(only_if_asked),
    },
    Requirement {
        id: "ALR-003",
        name: "on-processing-error",
        level: Level::Must,
        binds: Bound::Target,
        clause: "6, 6.2.16",
        text: "An error met while the package is processed, and not told in the receipt, is sent to the alerts URL.",
        rulings: &["R-19"],
        remedy: "Send an alert with the code of the error when a package cannot be opened after the receipt said 0.",
        keeps: "collect\nresponse error=0\ntransaction\ncollect provokes=ERR-1432\nresponse error=0\ndownload 200\nreceipt error=0\nalert error=1432",
        breaks: "collect\nresponse error=0\ndownload 200\nreceipt error=0\nalert error=0\ntransaction\ncollect provokes=ERR-1432\nresponse error=0\ndownload 200\nreceipt error=0\nwait alert expired",
        check: Check::Transaction(on_processing_error),
    },
    Requirement {
        id: "ALR-004",
        name: "command-and-result",
        level: Level::Must,
        binds: Bound::Target,
        clause: "6, 6.2, 6.3, A.1.1",
        text: "An alert has command=alert, pens-version, and error with an integer: its format is the receipt's.",
        rulings: &["R-19", "R-21"],
        remedy: "Send alerts as the receipt is sent, with command=alert.",
        keeps: "collect\nresponse error=0\ndownload 200\nreceipt error=0\nalert error=0",
        breaks: "collect\nresponse error=0\ndownload 200\nreceipt error=0\nalert -pens-version error=0",
        check: Check::Transaction(alert_command_and_result),
    },
    Requirement {
        id: "ALR-005",
        name: "echoes-collect",
        level: Level::Should,
        binds: Bound::Target,
        clause: "5.1, 6.2, A.1.1",
        text: "An alert has the package-type, the package-id and the client of the collect.",
        rulings: &["R-19", "R-21"],
        remedy: "Send the elements of the specification's sample: the author's system finds its package by them.",
        keeps: "collect\nresponse error=0\ndownload 200\nreceipt error=0\nalert error=0 package-url-expiry=2099-01-01T00:00:00Z",
        breaks: "collect\nresponse error=0\ndownload 200\nreceipt error=0\nalert error=0 -package-id",
        check: Check::Transaction(alert_echoes_collect),
    },
    Requirement {
        id: "ALR-006",
        name: "echo-true",
        level: Level::Must,
        binds: Bound::Target,
        clause: "5.1, 6.2, A.1.1",
        text: "What an alert repeats of the collect equals the collect's value once it is decoded.",
        rulings: &["R-06", "R-19", "R-21"],
        remedy: "Keep the values of the collect as they came and send those back, URL-encoded once.",
        keeps: "collect\nresponse error=0\ndownload 200\nreceipt error=0\nalert error=0",
        breaks: "collect\nresponse error=0\ndownload 200\nreceipt error=0\nalert error=0 package-type=aicc-pkg",
        check: Check::Transaction(alert_echo_true),
    },
];

fn after_receipt(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    // A mail may have been on its way for longer than what was sent after it.
    let Some(receipt) = transaction.receipts().next().filter(|receipt| receipt.mail.is_none()) else {
        return Vec::new();
    };
    let receipt = &receipt.exchange.request;
    let judged = transaction.alerts().map(|alert| {
        let alert = &alert.exchange.request;
        // Whoever sends both at once over two connections is not held to the order of arrival.
        if alert.last_byte_us >= receipt.first_byte_us {
            Outcome::Keeps
        } else {
            Outcome::Breaks(
                Finding::new("an alert came before the receipt").seen_in([alert.entry, receipt.entry]),
            )
        }
    });
    or_sends_none(seen, judged.collect())
}

fn on_processing_error(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    let is_provoked = transaction.provokes.iter().any(|id| id == PROCESSING_ERROR);
    if is_provoked && transaction.code().is_some_and(|code| code != Code::NO_ERROR) {
        let finding = Finding::new("the answer to the collect has told the error already");
        return vec![Outcome::NotApplicable(finding)];
    }
    let is_due = is_provoked
        && transaction.is_accepted()
        && transaction.whole_download().is_some()
        && names(transaction, Element::Alerts);
    if !is_due {
        return Vec::new();
    }
    if is_no_archive_at_all(transaction) || is_archive(transaction) {
        let finding = Finding::new("what was fetched need not fail to be opened");
        return vec![Outcome::NotApplicable(finding)];
    }
    let tells = |callback: &Callback| error_of(callback).is_some_and(|code| code != Code::NO_ERROR);
    let entries = transaction.callbacks.iter().map(|callback| callback.exchange.request.entry);
    let finding = |message: &str| Finding::new(message).by("R-19").seen_in(entries.clone());
    vec![if transaction.alerts().any(tells) {
        Outcome::Keeps
    } else if transaction.receipts().any(tells) {
        Outcome::NotApplicable(finding("the receipt has told the error already"))
    } else if !has_waited_for_alerts(transaction) {
        Outcome::Inconclusive(Cause::CutShort, finding(&ended_before(transaction, "an alert came")))
    } else if sends_alerts(seen) {
        let message = "this target sends alerts, and sent none of a package that cannot be opened";
        Outcome::Breaks(finding(message))
    } else {
        Outcome::NotApplicable(finding("this target sends no alerts"))
    }]
}

fn only_if_asked(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    let url = |element| transaction.command.as_ref().and_then(|command| command.get(element));
    let is_shared = url(Element::Receipt) == url(Element::Alerts);
    let is_astray = |sent_to| match sent_to {
        CallbackUrl::Receipt if is_shared => false,
        CallbackUrl::Receipt | CallbackUrl::Other => true,
        CallbackUrl::Alerts => !names(transaction, Element::Alerts),
    };
    let mut astray = transaction.alerts().filter(|alert| is_astray(alert.sent_to)).peekable();
    if astray.peek().is_some() {
        let entries = astray.map(|alert| alert.exchange.request.entry);
        return vec![Outcome::Breaks(
            Finding::new("an alert was sent to another URL than the one given in alerts").seen_in(entries),
        )];
    }
    if transaction.callbacks.is_empty() { Vec::new() } else { vec![Outcome::Keeps] }
}

fn alert_command_and_result(seen: &TransactionSeen) -> Vec<Outcome> {
    let alerts = by_http(seen.transaction).chain(called_receipts(seen.transaction));
    or_sends_none(seen, alerts.map(|alert| command_and_result(alert, "alert")).collect())
}

fn alert_echoes_collect(seen: &TransactionSeen) -> Vec<Outcome> {
    let judged = by_http(seen.transaction).map(|alert| echoes_collect(alert, "alert"));
    or_sends_none(seen, judged.collect())
}

fn alert_echo_true(seen: &TransactionSeen) -> Vec<Outcome> {
    let judged = by_http(seen.transaction).filter_map(|alert| echo_true(seen.transaction, alert));
    or_sends_none(seen, judged.collect())
}

/// What came to the alerts URL and calls itself a receipt, where the receipt URL has had its own.
fn called_receipts(transaction: &Transaction) -> impl Iterator<Item = &Callback> {
    let has_receipt = transaction.receipts().next().is_some();
    let is_called =
        |callback: &&Callback| callback.sent_to == CallbackUrl::Alerts && callback.is_called("receipt");
    transaction.by_http().filter(is_called).filter(move |_| has_receipt)
}

/// The alerts whose form is judged here; that of a mail is MSG-012's.
fn by_http(transaction: &Transaction) -> impl Iterator<Item = &Callback> {
    transaction.alerts().filter(|alert| alert.mail.is_none())
}

/// A target may send no alerts: where it sent the receipt of a collect that names an alerts URL, they cannot come.
fn or_sends_none(seen: &TransactionSeen, judged: Vec<Outcome>) -> Vec<Outcome> {
    let transaction = seen.transaction;
    let has_waited = transaction.waits.iter().any(|wait| match wait.awaits {
        Awaited::Alert => matches!(wait.ended, Some(WaitEnd::Expired | WaitEnd::NotDue)),
        Awaited::Collect
        | Awaited::Response
        | Awaited::Download
        | Awaited::Receipt
        | Awaited::Quiet
        | Awaited::Forever => false,
    });
    let has_receipt = transaction.receipts().next().is_some();
    let has_alerts = transaction.alerts().next().is_some();
    let could_have = names(transaction, Element::Alerts) && has_receipt && has_waited && !has_alerts;
    if judged.is_empty() && could_have {
        return vec![Outcome::NotApplicable(Finding::new("this target sent no alert").by("R-19"))];
    }
    judged
}
