//! SEQ: the sample transaction stream (A.2).

use super::echo::is_same_in_other_notation;
use super::retrieval::error_of;
use super::seen::{ResponseSeen, RunSeen, TransactionSeen, is_valid_collect};
use super::stream;
use super::verdict::{Finding, Outcome};
use super::{Bound, Check, Level, Requirement};
use crate::pens::{Code, Element};
use crate::transcript::entry::{Offer, Role};
use crate::transcript::{Callback, CallbackUrl, Transaction};

/// The rows of the family.
pub(super) const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        id: "SEQ-001",
        name: "twelve-stages",
        level: Level::Interop,
        binds: Bound::Both,
        clause: "A.2",
        text: "The stream goes on in the order of the sample: a target fetches the package, sends the receipt, then the alerts if there are any; a client has the package there when it sends the collect, and acknowledges the receipt and each alert with 0.",
        rulings: &["R-29"],
        remedy: "Fetch the package, send the receipt when it is there, and the alerts while it is processed. A client puts the package in its place before it sends the collect, and takes what comes until the last alert.",
        keeps: "collect\nresponse error=0\ndownload 200\nreceipt error=0\nalert error=0",
        breaks: "collect\nresponse error=0\nreceipt error=0\ndownload 200\nalert error=0",
        check: Check::Transaction(twelve_stages),
    },
    Requirement {
        id: "SEQ-002",
        name: "interleaved",
        level: Level::Interop,
        binds: Bound::Both,
        clause: "A.2",
        text: "Of two transactions at once, each gets its callbacks at its own URLs and with its own package-id, and a client has the package of each and takes the callbacks of each.",
        rulings: &["R-29"],
        remedy: "Keep what belongs to a collect with it until its last alert; no global value holds the current package.",
        keeps: "collect\nresponse error=0\ntransaction\ncollect\nresponse error=0\nreceipt error=0\nreceipt error=0 of=1",
        breaks: "collect\nresponse error=0\ntransaction\ncollect\nresponse error=0\nreceipt error=0 package-id=http://penspec.example/Course-t-1",
        check: Check::Run(interleaved),
    },
    Requirement {
        id: "SEQ-003",
        name: "browser-window",
        level: Level::Interop,
        binds: Bound::Target,
        clause: "5, A.2",
        text: "The answer to a collect from a browser's window can be read there.",
        rulings: &["R-29"],
        remedy: "Send the answer as text/plain and without Content-Disposition: a browser shows that and stores everything else.",
        keeps: "collect accept=text/html\nresponse error=0",
        breaks: "collect accept=text/html\nresponse error=0 disposition=attachment",
        check: Check::Response(browser_window),
    },
];

fn twelve_stages(seen: &TransactionSeen) -> Vec<Outcome> {
    match seen.run.evidence.header.role {
        Role::Target => in_order(seen),
        Role::Client => stream::twelve_stages(seen),
    }
}

fn in_order(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    let is_plain = is_valid_collect(transaction) && transaction.begun.offer == Offer::Whole;
    if !is_plain || !transaction.provokes.is_empty() {
        return Vec::new();
    }
    let (Some(download), Some(receipt)) = (transaction.whole_download(), transaction.receipts().next())
    else {
        return Vec::new();
    };
    let fetched = download.response.as_ref().map_or(u64::MAX, |response| response.last_byte_us);
    let received = receipt.exchange.request.first_byte_us;
    // A mail may have been on its way for longer than what was sent after it.
    let is_early =
        |alert: &&Callback| receipt.mail.is_none() && alert.exchange.request.last_byte_us < received;
    let early = transaction.alerts().find(is_early);
    let entries = |callback: &Callback| [download.request.entry, callback.exchange.request.entry];
    vec![match early {
        _ if received < fetched => {
            let finding = Finding::new("the receipt came before the download had ended");
            Outcome::Breaks(finding.seen_in(entries(receipt)))
        }
        Some(alert) => {
            let finding = Finding::new("an alert came before the receipt");
            Outcome::Breaks(finding.seen_in(entries(alert)).seen_in([receipt.exchange.request.entry]))
        }
        None => Outcome::Keeps,
    }]
}

fn interleaved(run: &RunSeen) -> Vec<Outcome> {
    match run.evidence.header.role {
        Role::Target => not_mixed_up(run),
        Role::Client => stream::interleaved(run),
    }
}

fn not_mixed_up(run: &RunSeen) -> Vec<Outcome> {
    let judged =
        run.evidence.transactions.iter().filter(|one| others(run, one).any(|other| overlap(one, other)));
    judged.flat_map(|one| one.by_http().filter_map(|callback| own(run, one, callback))).collect()
}

fn others<'a>(run: &'a RunSeen, one: &'a Transaction) -> impl Iterator<Item = &'a Transaction> {
    run.evidence.transactions.iter().filter(|other| other.begun.transaction != one.begun.transaction)
}

/// Whether the collect of one came while the other was on its way: accepted, and with callbacks still to come.
fn overlap(one: &Transaction, other: &Transaction) -> bool {
    let began = |transaction: &Transaction| Some(transaction.collects.first()?.request.first_byte_us);
    let ended = |transaction: &Transaction| {
        let callbacks = transaction.callbacks.iter().map(|callback| callback.exchange.request.first_byte_us);
        transaction.is_accepted().then(|| callbacks.max().unwrap_or(u64::MAX))
    };
    let is_within = |inner: &Transaction, outer: &Transaction| {
        let span = began(outer).zip(ended(outer));
        began(inner).zip(span).is_some_and(|(moment, (from, to))| from <= moment && moment <= to)
    };
    is_within(one, other) || is_within(other, one)
}

/// Whether a callback names the package of the transaction that its URL belongs to, and not that of another.
fn own(run: &RunSeen, transaction: &Transaction, callback: &Callback) -> Option<Outcome> {
    let given = transaction.command.as_ref()?.get(Element::PackageId)?;
    let told = callback.command.pair(Element::PackageId.name())?;
    error_of(callback).filter(|code| *code == Code::NO_ERROR)?;
    if told.readings().any(|told| is_same_in_other_notation(Element::PackageId, given, told)) {
        let could_differ = others(run, transaction).any(|other| could_mix_up(transaction, callback, other));
        return could_differ.then_some(Outcome::Keeps);
    }
    let finding = Finding::new(
        "a callback names another package than that of its collect, while two were on their way",
    );
    let finding = finding.comparing(given.as_bytes(), told.value.as_bytes());
    Some(Outcome::Breaks(finding.seen_in([callback.exchange.request.entry])))
}

/// Whether a receipt and that of another transaction both came when both collects were there: then one could have had
/// the package of the other. Alerts alone prove nothing of receipts.
fn could_mix_up(transaction: &Transaction, callback: &Callback, other: &Transaction) -> bool {
    let Some(span) = owed(transaction, callback) else { return false };
    let is_at_once = |(from, to): (u64, u64)| span.0.max(from) <= span.1.min(to);
    callback.sent_to == CallbackUrl::Receipt
        && other.receipts().filter_map(|receipt| owed(other, receipt)).any(is_at_once)
}

/// When the collect came that a receipt is for, and when that receipt did.
fn owed(transaction: &Transaction, receipt: &Callback) -> Option<(u64, u64)> {
    let to = receipt.exchange.request.first_byte_us;
    let collects = transaction.collects.iter().map(|collect| collect.request.first_byte_us);
    Some((collects.filter(|from| *from <= to).max()?, to))
}

fn browser_window(seen: &ResponseSeen) -> Option<Outcome> {
    let asked = seen.exchange.request_head.headers.get("accept")?;
    let is_browser = asked.windows(9).any(|window| window.eq_ignore_ascii_case(b"text/html"));
    if !is_browser || !seen.is_pens() {
        return None;
    }
    let headers = &seen.exchange.response_head.as_ref()?.headers;
    let value =
        |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value).to_ascii_lowercase());
    let kind = value("content-type").unwrap_or_default();
    let is_stored =
        value("content-disposition").is_some_and(|how| how.trim_start().starts_with("attachment"));
    let finding = |message: &str| Finding::new(message).seen_in([seen.entry]);
    Some(if is_stored {
        Outcome::Breaks(finding("a browser stores this answer: Content-Disposition says attachment"))
    } else if kind.starts_with("text/plain") {
        Outcome::Keeps
    } else if kind.starts_with("text/") {
        Outcome::Advice(finding("a browser shows this answer, but not as plain text: its lines run into one"))
    } else {
        Outcome::Breaks(finding("a browser stores this answer or does not show it: it is not sent as text"))
    })
}
