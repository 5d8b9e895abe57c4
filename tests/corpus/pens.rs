//! Commands, responses and the values of elements.

use chrono::{DateTime, Utc};
use penspec::pens::mailto::is_address;
use penspec::pens::{
    Command, Element, Encode, Expiry, Flaw, LineEnd, Pair, Response, absolute_url, faults, highest, mailto,
    package_id, package_url, parse_code,
};
use penspec::transcript::bytes::{escape, steers, unescape, visible};
use penspec::wire::{ftp, http};

/// A query or a form: places lie within it, and what it says can be written and read again.
pub(super) fn command(bytes: &[u8]) {
    for read in [Command::read_query, Command::read_form] {
        let (command, flaws) = read(bytes);
        assert!(command.pairs.len() <= bytes.len());
        assert!(command.pairs.iter().all(|pair| pair.offset + pair.raw.len() <= bytes.len()));
        within(&flaws, bytes.len());
        written_and_read(&command);
        let found = faults(&command, DateTime::<Utc>::UNIX_EPOCH);
        assert_eq!(highest(&found).is_some(), !found.is_empty());
    }
}

fn written_and_read(command: &Command) {
    let named = command.pairs.iter().filter(|pair| !pair.bare && !pair.name.is_empty());
    let command = Command { pairs: named.cloned().collect() };
    let (read, flaws) = Command::read_query(&command.write_query(Encode::Percent));
    assert_eq!((said(&read), &flaws[..]), (said(&command), &[][..]));
    let (read, flaws) = Command::read_form(&command.write_query(Encode::Form));
    assert_eq!((said(&read), &flaws[..]), (said(&command), &[][..]));
}

fn said(command: &Command) -> Vec<(&str, &str)> {
    command.pairs.iter().map(|pair| (pair.name.as_str(), pair.value.as_str())).collect()
}

/// A content type, a line end, and the body that is said to be of it.
pub(super) fn multipart(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (content_type, body) = (String::from_utf8_lossy(&bytes[..end]), &bytes[(end + 1).min(bytes.len())..]);
    let (command, flaws) = Command::read_multipart(&content_type, body);
    assert!(command.pairs.len() <= body.len());
    assert!(command.pairs.iter().all(|pair| pair.offset + pair.raw.len() <= body.len()));
    within(&flaws, body.len());
    let pairs = command.pairs.iter().map(|pair| Pair::new(pair.name.clone(), pair.value.clone()));
    let command = Command { pairs: pairs.collect() };
    let boundary = "a-boundary-that-no-corpus-has";
    if said(&command).iter().any(|(_, value)| value.contains(boundary)) {
        return;
    }
    let written = command.write_multipart(boundary);
    let read = Command::read_multipart(&format!("multipart/form-data; boundary={boundary}"), &written);
    assert_eq!((said(&read.0), &read.1[..]), (said(&command), &[][..]));
}

/// A response: flaws come in the order of their places, and what was read is written as it came.
pub(super) fn response(bytes: &[u8]) {
    let (response, flaws) = Response::read(bytes);
    within(&flaws, bytes.len());
    assert!(flaws.is_sorted_by_key(|flaw| flaw.offset), "{flaws:?}");
    assert!(response.fields.is_sorted_by_key(|field| field.offset));
    assert!(response.fields.iter().all(|field| field.offset <= bytes.len()));
    let written = response.write();
    if response.fields.iter().all(|field| field.end != LineEnd::Br) {
        assert_eq!(written.escape_ascii().to_string(), bytes.escape_ascii().to_string());
    }
    let again = Response::read(&written).0;
    assert_eq!((again.code(), again.error_text()), (response.code(), response.error_text()));
    assert_eq!((again.version(), again.pens_data()), (response.version(), response.pens_data()));
}

/// The values that elements have, each as every reader of values takes it.
pub(super) fn values(bytes: &[u8]) {
    assert_eq!(unescape(&escape(bytes)).as_deref(), Some(bytes));
    assert!(escape(bytes).is_ascii());
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    assert!(!visible(text).chars().any(steers));
    let expiry = Expiry::read(text);
    assert!(!expiry.keeps() || expiry == Expiry::Null || expiry.moment().is_some(), "{expiry:?}");
    if let Some(code) = parse_code(text) {
        assert!(text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse() == Ok(code.0));
    }
    if let Ok(addresses) = mailto(text) {
        assert!(!addresses.is_empty() && addresses.iter().all(|address| is_address(address)));
    }
    addresses(text);
    let mut command = Command::default();
    for element in Element::ALL {
        command.set(element.name(), text);
        let found = faults(&command, DateTime::<Utc>::UNIX_EPOCH);
        assert_eq!(highest(&found).is_some(), !found.is_empty());
    }
}

/// What can be connected to was a URL, and nothing of it can break a line of a dialogue.
fn addresses(text: &str) {
    if let Ok(address) = http::Address::of(text) {
        assert!(!address.target.iter().any(u8::is_ascii_control), "{address:?}");
        assert!(address.target.starts_with(b"/"), "{address:?}");
    }
    if let Ok(address) = ftp::Address::of(text) {
        let parts = || address.directories.iter().chain([&address.file]);
        let has_line_end = parts().any(|part| part.contains(&b'\n') || part.contains(&b'\r'));
        assert!(!has_line_end || address.breaks_lines(), "{address:?}");
    }
    let is_url = absolute_url(text).is_ok();
    assert!(is_url || package_url(text).is_err(), "a package-url is an absolute URL");
    let _ = package_id(text).is_ok();
}

fn within<Kind: std::fmt::Debug>(flaws: &[Flaw<Kind>], length: usize) {
    assert!(flaws.iter().all(|flaw| flaw.offset + flaw.len <= length), "{length}: {flaws:?}");
}
