//! Commands as `multipart/form-data`, the form that some senders give their callbacks (5.1, RFC 7578).

use std::borrow::Cow;

use super::command::Pair;
use super::flaw::{CommandFlaw, Flaw};

/// Reads the parts of a body as pairs; a file's content is a value like any other.
pub(super) fn read(content_type: &str, body: &[u8]) -> (Vec<Pair>, Vec<Flaw<CommandFlaw>>) {
    let mut flaws = Vec::new();
    let named = boundary(content_type);
    let Some(delimiter) = named.map(|name| [b"--", name.as_bytes()].concat()).or_else(|| guess(body)) else {
        flaws.push(Flaw::new(CommandFlaw::BoundaryMissing, 0, body.len()));
        return (Vec::new(), flaws);
    };
    if named.is_none() {
        flaws.push(Flaw::new(CommandFlaw::BoundaryMissing, 0, delimiter.len()));
    }
    let pairs = parts(body, &delimiter, &mut flaws);
    (pairs, flaws)
}

/// Writes pairs as the parts of a body, in UTF-8.
pub(super) fn write(pairs: &[Pair], boundary: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for pair in pairs {
        let name = pair.name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(pair.value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    out
}

fn boundary(content_type: &str) -> Option<&str> {
    parameter(content_type, "boundary").filter(|name| !name.is_empty())
}

/// The first line, where it has the looks of a delimiter.
fn guess(body: &[u8]) -> Option<Vec<u8>> {
    let line = body.split(|byte| *byte == b'\n').next()?.trim_ascii_end();
    (line.len() > 2 && line.starts_with(b"--")).then(|| line.to_vec())
}

fn parts(body: &[u8], delimiter: &[u8], flaws: &mut Vec<Flaw<CommandFlaw>>) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let mut part: Option<usize> = None;
    let mut at = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        if let Some(rest) = line.strip_prefix(delimiter)
            && matches!(rest.trim_ascii(), b"" | b"--")
        {
            pairs.extend(part.and_then(|start| read_part(body, start, before_newline(body, at), flaws)));
            part = Some(at + line.len());
            if rest.trim_ascii() == b"--" {
                return pairs;
            }
        }
        at += line.len();
    }
    let seen = if part.is_some() { CommandFlaw::Unclosed } else { CommandFlaw::BoundaryMissing };
    flaws.push(Flaw::new(seen, body.len(), 0));
    pairs.extend(part.and_then(|start| read_part(body, start, body.len(), flaws)));
    pairs
}

/// The end of a part: the line end before a delimiter belongs to the delimiter (RFC 2046, 5.1.1).
fn before_newline(body: &[u8], at: usize) -> usize {
    let content = &body[..at];
    let content = content.strip_suffix(b"\n").unwrap_or(content);
    content.strip_suffix(b"\r").unwrap_or(content).len()
}

fn read_part(body: &[u8], start: usize, end: usize, flaws: &mut Vec<Flaw<CommandFlaw>>) -> Option<Pair> {
    let part = &body[start..end.max(start)];
    let mut value_at = 0;
    let mut name = None;
    for line in part.split_inclusive(|byte| *byte == b'\n') {
        value_at += line.len();
        if line.trim_ascii().is_empty() {
            break;
        }
        name = name.or_else(|| name_in(line));
    }
    let Some(name) = name else {
        flaws.push(Flaw::new(CommandFlaw::NoName, start, part.len()));
        return None;
    };
    let raw = part[value_at..].to_vec();
    let value = String::from_utf8_lossy(&raw);
    if matches!(value, Cow::Owned(_)) {
        flaws.push(Flaw::new(CommandFlaw::InvalidUtf8, start + value_at, raw.len()));
    }
    Some(Pair { name, value: value.into_owned(), offset: start, raw, ..Pair::default() })
}

/// The name that a `Content-Disposition` line gives its part, with the escapes of forms undone.
fn name_in(line: &[u8]) -> Option<String> {
    let line = String::from_utf8_lossy(line);
    let (header, value) = line.split_once(':')?;
    if !header.trim().eq_ignore_ascii_case("content-disposition") {
        return None;
    }
    let name = parameter(value, "name")?;
    Some(name.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n"))
}

/// A parameter of a header's value, out of its quotes.
fn parameter<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = value;
    loop {
        rest = &rest[rest.find(';')? + 1..];
        let (key, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (content, tail) = if let Some(quoted) = after.strip_prefix('"') {
            quoted.split_once('"').unwrap_or((quoted, ""))
        } else {
            let (token, tail) = after.split_at(after.find(';').unwrap_or(after.len()));
            (token.trim_end(), tail)
        };
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(content);
        }
        rest = tail;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use CommandFlaw::{BoundaryMissing, InvalidUtf8, NoName, Unclosed};

    const TYPE: &str = "multipart/form-data; boundary=xx";

    fn check(input: (&str, &[u8]), expected: (&[(&str, &str)], &[CommandFlaw])) {
        let (pairs, flaws) = read(input.0, input.1);
        let shown = String::from_utf8_lossy(input.1);
        let pairs: Vec<_> = pairs.iter().map(|pair| (pair.name.as_str(), pair.value.as_str())).collect();
        assert_eq!(pairs, expected.0, "{shown}");
        assert_eq!(flaws.iter().map(|flaw| flaw.kind).collect::<Vec<_>>(), expected.1, "{shown}");
    }

    #[test]
    fn parts_are_read_as_pairs() {
        let body = b"preamble\r\n--xx\r\nContent-Disposition: form-data; name=\"command\"\r\n\r\nreceipt\r\n--xx\r\ncontent-disposition: form-data; filename=a.txt; name=client\r\nContent-Type: text/plain\r\n\r\na\r\nb\r\n--xx--\r\n";
        let pairs: &[_] = &[("command", "receipt"), ("client", "a\r\nb")];
        check((TYPE, body), (pairs, &[]));
        check(("multipart/form-data; charset=utf-8; Boundary=\"xx\"", body), (pairs, &[]));
    }

    #[test]
    fn broken_bodies_are_read_as_far_as_they_go() {
        check((TYPE, b""), (&[], &[BoundaryMissing]));
        check((TYPE, b"--yy\r\n\r\nx"), (&[], &[BoundaryMissing]));
        check(("multipart/form-data", b"a=1"), (&[], &[BoundaryMissing]));
        let open = b"--xx\nContent-Disposition: form-data; name=\"error\"\n\n0\n";
        check((TYPE, open), (&[("error", "0\n")], &[Unclosed]));
        check(("text/plain", open), (&[("error", "0\n")], &[BoundaryMissing, Unclosed]));
        check((TYPE, b"--xx\r\n\r\nx\r\n--xx--"), (&[], &[NoName]));
        check((TYPE, b"--xx--"), (&[], &[]));
        check((TYPE, b"--xx\r\n--xx--"), (&[], &[NoName]));
        let latin = b"--xx\r\nContent-Disposition: form-data; name=a\r\n\r\n\xe9\r\n--xx--";
        check((TYPE, latin), (&[("a", "\u{fffd}")], &[InvalidUtf8]));
    }

    #[test]
    fn a_part_has_its_place_and_its_bytes() {
        let body = b"--xx\r\nContent-Disposition: form-data; name=a\r\n\r\n\xe9\r\n--xx--";
        let (pairs, flaws) = read(TYPE, body);
        assert_eq!((pairs[0].offset, pairs[0].raw.as_slice()), (6, &b"\xe9"[..]));
        assert_eq!((flaws[0].offset, flaws[0].len), (48, 1));
        // Two dashes alone delimit nothing.
        let dashes = b"--\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n----";
        check(("text/plain", dashes), (&[], &[BoundaryMissing]));
    }

    #[test]
    fn hostile_bodies_are_read_in_linear_time() {
        let part = b"--xx\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n".repeat(10_000);
        assert_eq!(read(TYPE, &part).0.len(), 10_000);
        let _ = read(TYPE, &b"--x\n".repeat(100_000));
        let _ = read(TYPE, &[b"--xx\r\n".to_vec(), b"a: b\n".repeat(100_000)].concat());
        let _ = read(&"a;b=\"".repeat(50_000), &part);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(pairs in prop::collection::vec(("[a-z\" é-]+", "[^x]*"), 0..6)) {
            let written: Vec<Pair> = pairs.iter().map(|(name, value)| Pair::new(name, value)).collect();
            let (read, flaws) = read(TYPE, &write(&written, "xx"));
            let read: Vec<_> = read.into_iter().map(|pair| (pair.name, pair.value)).collect();
            prop_assert_eq!((read, flaws), (pairs, vec![]));
        }
    }
}
