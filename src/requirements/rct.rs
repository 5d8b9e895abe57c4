//! RCT: the receipt (5.1, 6.2, A.1.1).

use super::echo::echo_true;
use super::ledger::Path;
use super::retrieval::{ended_before, error_of, has_run_out};
use super::seen::{CommandSeen, TransactionSeen, is_valid_collect};
use super::trust;
use super::url::callback_url_intact;
use super::verdict::{Cause, Finding, Outcome};
use super::{Bound, Check, Level, Requirement};
use crate::pens::{Class, Code, Element, Response, VERSION};
use crate::transcript::bytes::escape;
use crate::transcript::entry::{Awaited, Offer, WaitEnd};
use crate::transcript::protocol::Protocol;
use crate::transcript::transaction::WaitSeen;
use crate::transcript::{Callback, CallbackUrl, Transaction};

/// The rows of the family.
pub(super) const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        id: "RCT-001",
        name: "sent",
        level: Level::Must,
        binds: Bound::Target,
        clause: "5.1, Introduction",
        text: "A receipt follows every attempted retrieval: with 0, or with the code of what went wrong.",
        rulings: &["R-20", "R-28"],
        remedy: "Send a receipt command to the receipt URL after every collect that was accepted, also when the package could not be fetched.",
        keeps: "collect\nresponse error=0\ndownload 404\nreceipt error=1310",
        breaks: "collect\nresponse error=0\ndownload 200\nwait receipt expired",
        check: Check::Transaction(sent),
    },
    Requirement {
        id: "RCT-002",
        name: "after-retrieval",
        level: Level::Must,
        binds: Bound::Target,
        clause: "5.1",
        text: "A receipt with 0 is not sent before the whole package has been fetched.",
        rulings: &[],
        remedy: "Send the receipt when the last byte of the package has arrived.",
        keeps: "collect\nresponse error=0\ndownload 200\nreceipt error=0",
        breaks: "collect\nresponse error=0\nreceipt error=0\ndownload 200",
        check: Check::Transaction(after_retrieval),
    },
    Requirement {
        id: "RCT-003",
        name: "once",
        level: Level::Interop,
        binds: Bound::Target,
        clause: "5.1",
        text: "One receipt is sent for a collect.",
        rulings: &[],
        remedy: "Send the receipt again only when it was not acknowledged.",
        keeps: "collect\nresponse error=0\ndownload 200\nreceipt error=0",
        breaks: "collect\nresponse error=0\ndownload 200\nreceipt error=0\nreceipt error=0",
        check: Check::Transaction(once),
    },
    Requirement {
        id: "RCT-004",
        name: "command-and-result",
        level: Level::Must,
        binds: Bound::Target,
        clause: "6, 6.3, A.1.1",
        text: "A receipt has command=receipt, pens-version, and error with an integer.",
        rulings: &["R-21"],
        remedy: "Send the elements of the specification's sample: command, pens-version, the package's elements of the collect, client, error, error-text.",
        keeps: "collect\nresponse error=0\ndownload 200\nreceipt error=0",
        breaks: "collect\nresponse error=0\ndownload 200\nreceipt -error",
        check: Check::Command(receipt_command_and_result),
    },
    Requirement {
        id: "RCT-005",
        name: "echoes-collect",
        level: Level::Should,
        binds: Bound::Target,
        clause: "5.1, A.1.1",
        text: "A receipt has the package-type, the package-id and the client of the collect.",
        rulings: &["R-21"],
        remedy: "Send the elements of the specification's sample: the author's system finds its package by them.",
        keeps: "collect\nresponse error=0\ndownload 200\nreceipt error=0 package-url-expiry=2099-01-01T00:00:00Z",
        breaks: "collect\nresponse error=0\ndownload 200\nreceipt error=0 -client",
        check: Check::Command(receipt_echoes_collect),
    },
    Requirement {
        id: "RCT-006",
        name: "echo-true",
        level: Level::Must,
        binds: Bound::Target,
        clause: "5.1, A.1.1",
        text: "What the receipt repeats of the collect equals the collect's value once it is decoded.",
        rulings: &["R-06", "R-21"],
        remedy: "Keep the values of the collect as they came and send those back, URL-encoded once.",
        keeps: "collect\nresponse error=0\ndownload 200\nreceipt error=0",
        breaks: "collect\nresponse error=0\ndownload 200\nreceipt error=0 package-id=course-1",
        check: Check::Command(receipt_echo_true),
    },
    Requirement {
        id: "RCT-007",
        name: "url-intact",
        level: Level::Must,
        binds: Bound::Target,
        clause: "6.2.15, A.1",
        text: "The receipt is sent to the receipt URL as it was given; a POST keeps the URL's own query.",
        rulings: &[],
        remedy: "Send to the URL as it stands: its path, letter case and escapes are the client's.",
        keeps: "collect receipt=http://h/t-1/receipt%3Fa%3D1\nresponse error=0\ndownload 200\nreceipt error=0 by=post",
        breaks: "collect receipt=http://h/t-1/receipt%3Fa%3D1\nresponse error=0\ndownload 200\nreceipt error=0 by=post query=dropped",
        check: Check::Command(receipt_url_intact),
    },
    Requirement {
        id: "RCT-008",
        name: "acknowledgement-tolerant",
        level: Level::Interop,
        binds: Bound::Target,
        clause: "5.1, 6.3",
        text: "The package is not lost when its receipt is acknowledged late, with an empty body, with other lines or with an error.",
        rulings: &["R-22"],
        remedy: "Note what the client answered to the receipt and keep the course: it has been collected.",
        keeps: "collect\nresponse error=0\ndownload 200\nreceipt error=0 ack=empty\nalert error=0\nwait quiet met",
        breaks: "collect\nresponse error=0\ndownload 200\nreceipt error=0 ack=error\nalert error=1500\nwait quiet met",
        check: Check::Transaction(acknowledgement_tolerant),
    },
];

fn sent(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    let given = transaction.command.as_ref().and_then(|command| command.get(Element::Receipt));
    // Who warns of an expiry and fetches all the same owes a receipt.
    let goes_on = matches!(transaction.code(), Some(Code::EXPIRY_FORMAT | Code::EXPIRED))
        && transaction.fetches().next().is_some();
    let is_due = is_valid_collect(transaction) && transaction.is_accepted() || goes_on;
    if !is_due || !given.is_some_and(|given| given.starts_with(&transaction.begun.receipt_url)) {
        return Vec::new();
    }
    if let Some(receipt) = transaction.receipts().next() {
        return vec![in_time(transaction, receipt)];
    }
    // A receipt that went astray is RCT-007's matter.
    let is_astray =
        |callback: &Callback| callback.sent_to == CallbackUrl::Other && callback.is_called("receipt");
    if transaction.callbacks.iter().any(is_astray) {
        return Vec::new();
    }
    let is_misdirected =
        |callback: &&Callback| callback.sent_to == CallbackUrl::Alerts && callback.is_called("receipt");
    // How long a server that keeps silent is borne with is the target's own matter.
    if transaction.begun.offer == Offer::Silent {
        return Vec::new();
    }
    let answer = transaction.answered().and_then(|answer| answer.ended_entry);
    let finding = |message: &str| {
        Finding::new(message).seen_in(answer).seen_in(transaction.waits.iter().map(|wait| wait.entry))
    };
    let waits = || transaction.waits.iter().filter(|wait| wait.awaits == Awaited::Receipt);
    let path = Path::of_callback(transaction, CallbackUrl::Receipt);
    let given_up = waits().any(|wait| wait.ended == Some(WaitEnd::GivenUp));
    vec![if !waits().any(has_run_out) {
        Outcome::Inconclusive(Cause::CutShort, finding(&ended_before(transaction, "a receipt came")))
    } else if let Some(astray) = transaction.callbacks.iter().find(is_misdirected) {
        let message = "no receipt came to the receipt URL within the limit: it came to the alerts URL";
        Outcome::Breaks(finding(message).seen_in([astray.exchange.request.entry]))
    } else if seen.run.ledger.is_proven(path) && !given_up {
        Outcome::Breaks(finding("no receipt came within the limit, though the target reaches our address"))
    } else if let Some(refusal) =
        trust::refusal(seen.run.evidence, Protocol::Http).filter(|_| path == Path::ReceiptHttps)
    {
        refusal
    } else {
        Outcome::Inconclusive(
            Cause::Unreachable,
            finding("no receipt came, and nothing shows that the target reaches our address"),
        )
    }]
}

/// A receipt that came after its wait was over has come, and came late.
fn in_time(transaction: &Transaction, receipt: &Callback) -> Outcome {
    let request = &receipt.exchange.request;
    let is_over = |wait: &&WaitSeen| {
        wait.awaits == Awaited::Receipt
            && wait.ended == Some(WaitEnd::Expired)
            && wait.ended_us.is_some_and(|ended| ended < request.first_byte_us)
    };
    match transaction.waits.iter().find(is_over) {
        None => Outcome::Keeps,
        Some(wait) => {
            let limit = wait.limit_ms;
            let message = format!("the receipt came late: no longer than {limit} ms was waited for it");
            Outcome::Advice(Finding::new(message).seen_in([wait.entry, request.entry]))
        }
    }
}

fn after_retrieval(seen: &TransactionSeen) -> Vec<Outcome> {
    let Some(download) = seen.transaction.whole_download() else { return Vec::new() };
    let Some(last_byte) = &download.response else { return Vec::new() };
    let good = seen.transaction.receipts().filter(|receipt| error_of(receipt) == Some(Code::NO_ERROR));
    good.map(|receipt| {
        let request = &receipt.exchange.request;
        if request.first_byte_us >= last_byte.last_byte_us {
            Outcome::Keeps
        } else {
            let finding = Finding::new("the receipt says 0 before the whole package was fetched");
            Outcome::Breaks(finding.seen_in([request.entry, last_byte.entry]))
        }
    })
    .collect()
}

fn once(seen: &TransactionSeen) -> Vec<Outcome> {
    // A mail may come once for each address.
    let by_http = seen.transaction.receipts().filter(|receipt| receipt.mail.is_none());
    let receipts: Vec<u64> = by_http.map(|receipt| receipt.exchange.request.entry).collect();
    let sent = seen.transaction.answers().count().max(1);
    // Who was not told that a receipt was taken may well send it again.
    let is_repeated_with_reason = seen.transaction.receipts().any(is_ill_acknowledged);
    match receipts.len() {
        0 => Vec::new(),
        count if count <= sent || is_repeated_with_reason => vec![Outcome::Keeps],
        count => vec![Outcome::Breaks(
            Finding::new(format!("{count} receipts came for one collect")).seen_in(receipts),
        )],
    }
}

fn receipt_echoes_collect(seen: &CommandSeen) -> Option<Outcome> {
    receipt_of(seen).map(|receipt| echoes_collect(receipt, "receipt"))
}

/// Whether a callback has what tells its package; the rest of the sample's elements is advised.
pub(super) fn echoes_collect(callback: &Callback, name: &str) -> Outcome {
    const DUE: [Element; 3] = [Element::PackageType, Element::PackageId, Element::Client];
    let missing = |elements: &[Element]| {
        let missing = elements.iter().filter(|element| callback.command.get(**element).is_none());
        missing.map(|element| element.name()).collect::<Vec<_>>().join(", ")
    };
    let finding = |what: &str| {
        Finding::new(format!("the {name} has no {what}")).seen_in([callback.exchange.request.entry])
    };
    let (due, advised) = (missing(&DUE), missing(&Element::ECHOED));
    match (due.is_empty(), advised.is_empty()) {
        (false, _) => Outcome::Breaks(finding(&due)),
        (true, false) => Outcome::Advice(finding(&advised)),
        (true, true) => Outcome::Keeps,
    }
}

fn receipt_command_and_result(seen: &CommandSeen) -> Option<Outcome> {
    receipt_of(seen).map(|receipt| command_and_result(receipt, "receipt"))
}

fn receipt_echo_true(seen: &CommandSeen) -> Option<Outcome> {
    echo_true(seen.transaction, receipt_of(seen)?)
}

fn receipt_url_intact(seen: &CommandSeen) -> Option<Outcome> {
    let is_astray = |it: &&Callback| it.sent_to == CallbackUrl::Other && it.is_called("receipt");
    let receipt = receipt_of(seen).or(seen.callback.filter(is_astray))?;
    callback_url_intact(seen.transaction, receipt)
}

fn acknowledgement_tolerant(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    let tells_no_error = |receipt: &&Callback| error_of(receipt).is_none_or(|code| code == Code::NO_ERROR);
    let mut receipts = transaction.receipts().filter(tells_no_error);
    let Some(receipt) = receipts.find(|receipt| is_ill_acknowledged(receipt)) else { return Vec::new() };
    let acknowledged = receipt.exchange.response.as_ref().map_or(u64::MAX, |answer| answer.last_byte_us);
    let entries = [Some(receipt.exchange.request.entry), receipt.exchange.ended_entry];
    let finding = |message: &str| Finding::new(message).seen_in(entries.into_iter().flatten());
    let later = transaction.alerts().filter(|alert| alert.exchange.request.first_byte_us >= acknowledged);
    let told: Vec<Option<Code>> = later.map(error_of).collect();
    let has_run_out = transaction.waits.iter().any(|wait| wait.awaits == Awaited::Quiet && has_run_out(wait));
    // Of a package that was kept a target may tell what it likes, by codes of its own.
    let is_kept = told.contains(&Some(Code::NO_ERROR));
    let gives_up =
        |code: Code| code != Code::NO_ERROR && !(is_kept && code.class() == Class::ImplementationDefined);
    vec![if told.iter().any(|code| code.is_some_and(gives_up)) {
        Outcome::Breaks(finding("after an acknowledgement that was not as usual the package was given up"))
    } else if !told.is_empty() {
        Outcome::Keeps
    } else if has_run_out {
        let id = escape(transaction.begun.package_id.as_bytes());
        Outcome::Review(finding(&format!("look into the LMS: is the course {id} there?")))
    } else {
        Outcome::Inconclusive(Cause::CutShort, finding(&ended_before(transaction, "an alert came")))
    }]
}

/// Whether we acknowledged a callback on purpose in another way than the specification has it.
fn is_ill_acknowledged(callback: &Callback) -> bool {
    const LATE_US: u64 = 500_000;
    let exchange = &callback.exchange;
    // What is no receipt is refused for what it is; a mail is acknowledged by nobody.
    if !callback.is_called("receipt") || callback.mail.is_some() {
        return false;
    }
    let Some(answer) = &exchange.response else { return exchange.ended.is_some() };
    let (response, flaws) = Response::read(&exchange.payload().unwrap_or_default());
    let is_late = answer.last_byte_us > exchange.request.last_byte_us + LATE_US;
    response.code() != Some(Code::NO_ERROR) || !flaws.is_empty() || is_late
}

fn receipt_of<'a>(seen: &CommandSeen<'a>) -> Option<&'a Callback> {
    let is_receipt = |it: &&Callback| it.sent_to == CallbackUrl::Receipt && !it.is_called("alert");
    seen.callback.filter(is_receipt)
}

/// Whether a callback has its command, its version and a readable result.
pub(super) fn command_and_result(callback: &Callback, name: &str) -> Outcome {
    let request = &callback.exchange.request;
    let command = &callback.command;
    let finding = |message: String| Finding::new(message).seen_in([request.entry]);
    let mut wrong = Vec::new();
    match command.get(Element::Command) {
        None => wrong.push("it has no command".to_owned()),
        Some(other) if other != name => {
            wrong.push(format!("its command is \"{}\"", escape(other.as_bytes())));
        }
        Some(_) => {}
    }
    if command.get(Element::PensVersion).is_none() {
        wrong.push("it has no pens-version".to_owned());
    }
    match command.value("error") {
        None => wrong.push("it has no error".to_owned()),
        Some(value) if error_of(callback).is_none() => {
            wrong.push(format!("its error \"{}\" is no integer from 0 to 65535", escape(value.as_bytes())));
        }
        Some(_) => {}
    }
    if !wrong.is_empty() {
        return Outcome::Breaks(finding(format!("the {name} is not complete: {}", wrong.join(", "))));
    }
    if command.pair(Element::PensVersion.name()).is_some_and(|pair| !pair.matches(VERSION)) {
        return Outcome::Advice(finding(format!("the {name} has another pens-version than {VERSION}")));
    }
    match command.value("error-text") {
        Some(_) => Outcome::Keeps,
        None => Outcome::Tolerated(finding(format!("the {name} has no error-text")).by("R-21")),
    }
}
