//! The smallest message that is right, beside one that is wrong.

use memchr::memmem::{find_iter, rfind};

use super::sought::Sought;
use crate::requirements::Requirement;
use crate::requirements::verdict::Finding;
use crate::transcript::bytes::unescape;
use crate::transcript::entry::Party;
use crate::transcript::{Exchange, Message};

/// A shorter piece may stand in a message for something else.
const TELLING: usize = 6;

/// A message as it should have been.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Mended {
    /// What was expected is a whole message already.
    Expected,
    /// The subject's own, with what was expected in the place of what was received.
    Own(Vec<u8>),
    /// The example of the catalogue.
    Example(&'static str),
}

/// The corrected message that goes with a finding, when one can be told.
pub(super) fn mended(row: &Requirement, finding: &Finding, sought: &Sought) -> Option<Mended> {
    let expected = finding.expected.as_deref().and_then(unescape);
    if expected.as_deref().is_some_and(is_answer) {
        return Some(Mended::Expected);
    }
    let received = finding.received.as_deref().and_then(unescape);
    let messages = finding.evidence.iter().filter_map(|entry| own_message(sought.exchange(*entry)?));
    let own = expected.zip(received).and_then(|(expected, received)| {
        messages.into_iter().find_map(|message| patched(message, &received, &expected))
    });
    own.map(Mended::Own).or_else(|| {
        Some(row.keeps)
            .filter(|keeps| is_answer(keeps.as_bytes()) || keeps.starts_with("HTTP/"))
            .map(Mended::Example)
    })
}

fn is_answer(bytes: &[u8]) -> bool {
    bytes.starts_with(b"error=") && rfind(bytes, b"\r\nversion=").is_some()
}

/// What the subject sent of an exchange.
fn own_message(exchange: &Exchange) -> Option<&Message> {
    match exchange.by {
        Party::Subject => Some(&exchange.request),
        Party::Mock => exchange.response.as_ref(),
    }
}

/// The part of a message in which the wrong bytes stand, once and only once, with the right ones in their place.
fn patched(message: &Message, wrong: &[u8], right: &[u8]) -> Option<Vec<u8>> {
    if wrong.len() < TELLING {
        return None;
    }
    let body = message.body.whole().unwrap_or_default();
    let count = |part: &[u8]| find_iter(part, wrong).count();
    let part = match (count(&message.head), count(body)) {
        (1, 0) => message.head.as_slice(),
        (0, 1) => body,
        _ => return None,
    };
    let at = rfind(part, wrong)?;
    Some([&part[..at], right, &part[at + wrong.len()..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::Body;

    fn check(wrong: &str, right: &str, expected: Option<&str>) {
        let message = Message {
            entry: 1,
            first_byte_us: 0,
            last_byte_us: 0,
            head: b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n".to_vec(),
            body: Body::of(b"error=0\r\nversion=1\r\nversion=1".to_vec()),
        };
        let patched = patched(&message, wrong.as_bytes(), right.as_bytes());
        assert_eq!(patched.as_deref(), expected.map(str::as_bytes), "{wrong}");
    }

    #[test]
    fn the_wrong_bytes_are_replaced_where_they_can_be_told_from_others() {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n";
        check("Content-Type: text/html", "Content-Type: text/plain", Some(head));
        check("error=0\r\n", "error=1\r\n", Some("error=1\r\nversion=1\r\nversion=1"));
        check("version=1", "version=1.0.0", None);
        check("200", "201", None);
        check("nowhere", "x", None);
    }

    #[test]
    fn an_answer_is_known_by_its_lines() {
        assert!(is_answer(b"error=0\r\nerror-text=ok\r\nversion=1.0.0\r\npens-data="));
        assert!(!is_answer(b"error=2001"));
        assert!(!is_answer(b"Content-Type: text/plain"));
    }
}
