//! What a callback repeats of its collect: the same value, in whatever notation.

use super::seen::TransactionSeen;
use super::twin;
use super::verdict::{Finding, Outcome};
use crate::pens::{Command, Element, Expiry};
use crate::transcript::entry::Role;
use crate::transcript::{Callback, Transaction};

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

/// Whether a target gives back, as a plus, what stands in the body of its collect for a space (A.1 note).
pub(super) fn with_plusses(seen: &TransactionSeen) -> Option<Outcome> {
    let transaction = seen.transaction;
    if seen.run.evidence.header.role != Role::Target || twin::method(transaction) != Some("POST") {
        return None;
    }
    let given = &transaction.command.as_ref()?.pairs;
    transaction.callbacks.iter().find_map(|callback| {
        let (given, read) = given.iter().find_map(|given| {
            let (read, echo) = (given.as_plus()?, callback.command.pair(&given.name)?);
            (echo.matches(&read) && !echo.matches(&given.value)).then_some((given, read))
        })?;
        let message =
            format!("the {} came back with a plus for each + of the body, which is a space", given.name);
        let finding = Finding::new(message).seen_in([callback.exchange.request.entry]);
        Some(Outcome::Breaks(finding.comparing(given.value.as_bytes(), read.as_bytes()).by("R-06")))
    })
}

/// The readings of an element that a callback repeats: a `+` may be either.
fn echo(command: &Command, element: Element) -> Option<Vec<&str>> {
    command.pair(element.name()).map(|pair| pair.readings().collect())
}

/// Another way to write the same value: an offset of zero for `Z`, a host in lower case, escapes of what needs none.
pub(super) fn is_same_in_other_notation(element: Element, given: &str, echo: &str) -> bool {
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

pub(super) fn without_needless_escapes(path: &str) -> String {
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
