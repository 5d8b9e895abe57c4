//! RCT: the receipt (5.1, 6.2, A.1.1).

use super::ledger::Path;
use super::pkg::{error_of, has_run_out};
use super::seen::{CommandSeen, TransactionSeen, is_valid_collect};
use super::verdict::{Cause, Finding, Outcome};
use super::{Bound, Check, Level, Requirement};
use crate::pens::{Code, Command, Element, Expiry, VERSION};
use crate::transcript::bytes::escape;
use crate::transcript::entry::{Awaited, WaitEnd};
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
    if transaction.receipts().next().is_some() {
        return vec![Outcome::Keeps];
    }
    let answer = transaction.answered().and_then(|answer| answer.ended_entry);
    let finding = |message: &str| {
        Finding::new(message).seen_in(answer).seen_in(transaction.waits.iter().map(|wait| wait.entry))
    };
    let waits = || transaction.waits.iter().filter(|wait| wait.awaits == Awaited::Receipt);
    let given_up = waits().any(|wait| wait.ended == Some(WaitEnd::GivenUp));
    vec![if !waits().any(has_run_out) {
        Outcome::Inconclusive(Cause::CutShort, finding("the run ended before a receipt came"))
    } else if seen.run.ledger.is_proven(Path::ReceiptHttp) && !given_up {
        Outcome::Breaks(finding("no receipt came within the limit, though the target reaches our address"))
    } else {
        Outcome::Inconclusive(
            Cause::Unreachable,
            finding("no receipt came, and nothing shows that the target reaches our address"),
        )
    }]
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
    let receipts: Vec<u64> =
        seen.transaction.receipts().map(|receipt| receipt.exchange.request.entry).collect();
    match receipts.len() {
        0 => Vec::new(),
        1 => vec![Outcome::Keeps],
        count => vec![Outcome::Breaks(
            Finding::new(format!("{count} receipts came for one collect")).seen_in(receipts),
        )],
    }
}

fn receipt_echoes_collect(seen: &CommandSeen) -> Option<Outcome> {
    is_receipt(seen.callback).then(|| echoes_collect(seen.callback, "receipt"))
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
    is_receipt(seen.callback).then(|| command_and_result(seen.callback, "receipt"))
}

fn receipt_echo_true(seen: &CommandSeen) -> Option<Outcome> {
    is_receipt(seen.callback).then(|| echo_true(seen.transaction, seen.callback)).flatten()
}

fn is_receipt(callback: &Callback) -> bool {
    callback.sent_to == CallbackUrl::Receipt && !callback.is_called("alert")
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

/// Whether what a callback repeats of the collect is what the collect said.
pub(super) fn echo_true(transaction: &Transaction, callback: &Callback) -> Option<Outcome> {
    let collect = transaction.command.as_ref()?;
    let receipt = &callback.command;
    let request = &callback.exchange.request;
    let mut tolerated = None;
    let mut compared = 0;
    for element in Element::ECHOED {
        let (Some(given), Some(echo)) = (collect.get(element), echo(receipt, element)) else { continue };
        compared += 1;
        if echo.contains(&given) {
            continue;
        }
        let finding =
            Finding::new(format!("{} came back changed", element.name())).seen_in([request.entry]).by("R-21");
        let finding = finding.comparing(given.as_bytes(), echo[0].as_bytes());
        if echo.iter().any(|reading| is_same_in_other_notation(element, given, reading)) {
            tolerated = Some(Outcome::Tolerated(finding));
        } else {
            return Some(Outcome::Breaks(finding));
        }
    }
    (compared > 0).then(|| tolerated.unwrap_or(Outcome::Keeps))
}

/// The readings of an element that a callback repeats: a `+` may be either.
fn echo(command: &Command, element: Element) -> Option<Vec<&str>> {
    command.pair(element.name()).map(|pair| pair.readings().collect())
}

/// Another way to write the same value: an offset of zero for `Z`, a host in lower case, escapes of what needs none.
fn is_same_in_other_notation(element: Element, given: &str, echo: &str) -> bool {
    match element {
        Element::PackageUrlExpiry => {
            let in_utc = |text: &str| {
                ["+00:00", "+0000", " 00:00", " 0000"]
                    .iter()
                    .fold(text.to_owned(), |text, zero| text.replace(zero, "Z"))
            };
            let moment = |text: &str| Expiry::read(&in_utc(text)).moment();
            moment(given).is_some() && moment(given) == moment(echo)
        }
        Element::PackageId | Element::PackageUrl => canonical(given) == canonical(echo),
        Element::PensVersion
        | Element::Command
        | Element::PackageType
        | Element::PackageTypeVersion
        | Element::PackageFormat
        | Element::PackageUrlUserId
        | Element::PackageUrlAccount
        | Element::PackageUrlPassword
        | Element::Client
        | Element::SystemUserId
        | Element::SystemPassword
        | Element::Receipt
        | Element::Alerts
        | Element::VendorData => false,
    }
}

/// Scheme and host in lower case, every escape of an unreserved character taken back.
fn canonical(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    format!(
        "{}://{}{}",
        scheme.to_ascii_lowercase(),
        host.to_ascii_lowercase(),
        without_needless_escapes(path)
    )
}

fn without_needless_escapes(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        plain.push_str(&rest[..at]);
        let escape = rest[at..].get(..3).unwrap_or("%");
        let byte = escape.get(1..).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => plain.push(byte as char),
            _ => plain.push_str(&escape.to_ascii_uppercase()),
        }
        rest = &rest[at + escape.len()..];
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_value_in_another_notation_is_no_other_value() {
        let check = |element, given, echo, same| {
            assert_eq!(is_same_in_other_notation(element, given, echo), same, "{echo}");
        };
        check(Element::PackageUrlExpiry, "2005-05-20T16:05:39Z", "2005-05-20T16:05:39+0000", true);
        check(Element::PackageUrlExpiry, "2005-05-20T16:05:39Z", "2005-05-20T16:05:39 0000", true);
        check(Element::PackageUrlExpiry, "2005-05-20T16:05:39Z", "2005-05-20T16:05:39.000Z", true);
        check(Element::PackageUrlExpiry, "2005-05-20T16:05:39Z", "2005-05-20T17:05:39Z", false);
        check(Element::PackageUrl, "http://H.example/a~b.zip", "http://h.example/a%7Eb.zip", true);
        check(Element::PackageUrl, "http://h/a%2Fb.zip", "http://h/a/b.zip", false);
        check(Element::PackageId, "http://h:AbC", "http://h:abc", true);
        check(Element::PackageId, "http://h/AbC", "http://h/abc", false);
        check(Element::PackageType, "scorm-pif", "SCORM-PIF", false);
        check(Element::PackageUrl, "http://h/%", "http://h/%é", false);
    }
}
