//! The heads of requests and responses, read leniently: whatever comes is read, and what was wrong is said.

use super::flaw::{Flaw, FlawKind, Flaws};
use super::headers::{Headers, Line, is_token, lines};

/// A request's line and headers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestHead {
    /// The method as given (`GET`).
    pub method: String,
    /// The exact bytes between the first and the last space of the request line.
    pub target: Vec<u8>,
    /// The version as given (`HTTP/1.1`); empty when none was.
    pub version: String,
    /// The headers.
    pub headers: Headers,
}

/// A response's status line and headers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponseHead {
    /// The version as given (`HTTP/1.1`).
    pub version: String,
    /// The status, when it was three digits.
    pub status: Option<u16>,
    /// The reason phrase as given, bytes that are not UTF-8 replaced.
    pub reason: String,
    /// The headers.
    pub headers: Headers,
}

impl RequestHead {
    /// Reads a head up to its empty line; never fails. Of each kind of flaw the first is told.
    #[must_use]
    pub fn read(bytes: &[u8]) -> (Self, Vec<Flaw>) {
        let mut flaws = Flaws::default();
        let mut lines = lines(bytes, &mut flaws);
        let Some(line) = lines.next() else {
            flaws.add(FlawKind::NotHttp, 0);
            return (Self::default(), flaws.0);
        };
        let mut head = Self::of_line(&line, &mut flaws);
        head.headers = Headers::read(lines, &mut flaws);
        (head, flaws.0)
    }

    fn of_line(line: &Line<'_>, flaws: &mut Flaws) -> Self {
        let space = line.text.iter().position(|byte| *byte == b' ');
        let method = &line.text[..space.unwrap_or(line.text.len())];
        line.note_bytes(method, flaws);
        if space.is_none() || !is_token(method) {
            flaws.add(FlawKind::NotHttp, line.offset);
        }
        let rest = space.map_or(&[][..], |space| &line.text[space + 1..]);
        let start = line.offset + (line.text.len() - rest.len()) as u64;
        let (target, version) = split_version(rest, start, flaws);
        note_target(target, start, flaws);
        Self { method: lossy(method), target: target.to_vec(), version, headers: Headers::default() }
    }
}

impl ResponseHead {
    /// Reads a head up to its empty line; never fails. Of each kind of flaw the first is told.
    #[must_use]
    pub fn read(bytes: &[u8]) -> (Self, Vec<Flaw>) {
        let mut flaws = Flaws::default();
        let mut lines = lines(bytes, &mut flaws);
        let Some(line) = lines.next().filter(|line| line.text.starts_with(b"HTTP/")) else {
            flaws.add(FlawKind::NotHttp, 0);
            return (Self::default(), flaws.0);
        };
        let mut head = Self::of_line(&line, &mut flaws);
        head.headers = Headers::read(lines, &mut flaws);
        (head, flaws.0)
    }

    fn of_line(line: &Line<'_>, flaws: &mut Flaws) -> Self {
        line.note_bytes(line.text, flaws);
        let mut parts = line.text.splitn(3, |byte| *byte == b' ');
        let version = parts.next().unwrap_or_default();
        let status = parts.next().unwrap_or_default();
        if !is_plain_version(version) {
            flaws.add(FlawKind::OddVersion, line.offset);
        }
        let number = read_status(status);
        if number.is_none() {
            flaws.add(FlawKind::OddStatus, line.offset + version.len() as u64);
        }
        Self {
            version: lossy(version),
            status: number,
            reason: lossy(parts.next().unwrap_or_default()),
            headers: Headers::default(),
        }
    }
}

/// Splits what follows the method at the last space, so that raw spaces of the target survive.
fn split_version<'a>(rest: &'a [u8], start: u64, flaws: &mut Flaws) -> (&'a [u8], String) {
    let trimmed = rest.trim_ascii_end();
    let last = trimmed.iter().rposition(|byte| *byte == b' ');
    let version = &trimmed[last.map_or(0, |space| space + 1)..];
    if version.len() < 5 || !version[..5].eq_ignore_ascii_case(b"HTTP/") {
        flaws.add(FlawKind::NoVersion, start + rest.len() as u64);
        return (rest, String::new());
    }
    if !is_plain_version(version) || trimmed.len() != rest.len() {
        flaws.add(FlawKind::OddVersion, start + (trimmed.len() - version.len()) as u64);
    }
    (&trimmed[..last.unwrap_or(0)], lossy(version))
}

fn note_target(target: &[u8], start: u64, flaws: &mut Flaws) {
    if target.is_empty() {
        flaws.add(FlawKind::EmptyTarget, start);
    }
    for (offset, byte) in (start..).zip(target) {
        if !byte.is_ascii_alphanumeric() && !b"-._~%!$&'()*+,;=:@/?".contains(byte) {
            flaws.add(FlawKind::TargetByte(*byte), offset);
        }
    }
}

fn is_plain_version(version: &[u8]) -> bool {
    version == b"HTTP/1.1" || version == b"HTTP/1.0"
}

fn read_status(digits: &[u8]) -> Option<u16> {
    let plain = digits.len() == 3 && digits.iter().all(u8::is_ascii_digit);
    plain.then(|| digits.iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0')))
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(head: &[u8], expected: (&str, &[u8], &str), kinds: &[FlawKind]) {
        let (read, flaws) = RequestHead::read(head);
        let shown = head.escape_ascii();
        assert_eq!((read.method.as_str(), &read.target[..], read.version.as_str()), expected, "{shown}");
        assert_eq!(flaws.iter().map(|flaw| flaw.kind).collect::<Vec<_>>(), kinds, "{shown}");
    }

    #[test]
    fn the_request_line_is_split_at_the_first_and_the_last_space() {
        use FlawKind::{EmptyTarget, HeadUnfinished, NoVersion, NotHttp, OddVersion, TargetByte};
        check(b"GET / HTTP/1.1\r\n\r\n", ("GET", b"/", "HTTP/1.1"), &[]);
        check(b"GET /a b  c HTTP/1.1\r\n\r\n", ("GET", b"/a b  c", "HTTP/1.1"), &[TargetByte(b' ')]);
        check(
            b"get /?a=\"x\"#f HTTP/1.0\r\n\r\n",
            ("get", b"/?a=\"x\"#f", "HTTP/1.0"),
            &[TargetByte(b'"'), TargetByte(b'#')],
        );
        check(b"GET /\xE9 HTTP/1.1\r\n\r\n", ("GET", b"/\xE9", "HTTP/1.1"), &[TargetByte(0xE9)]);
        check(b"GET  HTTP/1.1\r\n\r\n", ("GET", b"", "HTTP/1.1"), &[EmptyTarget]);
        check(b"GET HTTP/1.1\r\n\r\n", ("GET", b"", "HTTP/1.1"), &[EmptyTarget]);
        check(b"GET / HTTP/1.1 \r\n\r\n", ("GET", b"/", "HTTP/1.1"), &[OddVersion]);
        check(b"GET / HTTP/9\r\n\r\n", ("GET", b"/", "HTTP/9"), &[OddVersion]);
        check(b"GET /a b\r\n\r\n", ("GET", b"/a b", ""), &[NoVersion, TargetByte(b' ')]);
        check(b"GET /", ("GET", b"/", ""), &[NoVersion, HeadUnfinished]);
        check(b"hello\r\n\r\n", ("hello", b"", ""), &[NotHttp, NoVersion, EmptyTarget]);
        check(b"", ("", b"", ""), &[NotHttp]);
    }

    #[test]
    fn what_a_line_without_a_space_lacks_is_missed_at_its_end() {
        for (bytes, end) in [(&b"hello\r\n\r\n"[..], 5), (b"\x16\x03\x01", 3), (b"\r\nx", 3)] {
            let (_, flaws) = RequestHead::read(bytes);
            let missed =
                flaws.iter().filter(|flaw| matches!(flaw.kind, FlawKind::NoVersion | FlawKind::EmptyTarget));
            assert_eq!(missed.map(|flaw| flaw.offset).collect::<Vec<_>>(), [end, end], "{flaws:?}");
        }
    }

    #[test]
    fn odd_header_lines_are_read_with_a_flaw() {
        let bytes = b"GET / HTTP/1.1\nHost: a\r\nX : 1\r\nnone\r\nF: a\r\n\t b\r\nN: \xE9\r\nHOST:b\r\nC: \x00\r\n\r\n";
        let (head, flaws) = RequestHead::read(bytes);
        assert_eq!(head.headers.all("host").collect::<Vec<_>>(), [b"a", b"b"]);
        assert_eq!(head.headers.get("x"), Some(&b"1"[..]));
        assert_eq!(head.headers.get("f"), Some(&b"a b"[..]));
        let kinds: Vec<_> = flaws.iter().map(|flaw| (flaw.kind, flaw.offset)).collect();
        assert_eq!(
            kinds,
            [
                (FlawKind::BareLineFeed, 14),
                (FlawKind::OddHeaderName, 24),
                (FlawKind::NoColon, 31),
                (FlawKind::FoldedHeader, 43),
                (FlawKind::NonAscii, 48),
                (FlawKind::ControlCharacter, 62),
            ]
        );
    }

    #[test]
    fn headers_beyond_the_count_are_left_out_and_said() {
        let mut bytes = b"GET / HTTP/1.1\r\n".to_vec();
        bytes.extend(b"A: b\r\n".repeat(super::super::headers::MAX_HEADERS + 5));
        bytes.extend(b"\r\n");
        let (head, flaws) = RequestHead::read(&bytes);
        assert_eq!(head.headers.0.len(), super::super::headers::MAX_HEADERS);
        assert_eq!(flaws.len(), 1);
        assert_eq!(flaws[0].kind, FlawKind::TooManyHeaders);
    }

    #[test]
    fn a_status_line_is_read_whatever_its_reason() {
        let read = |bytes: &[u8]| {
            let (head, flaws) = ResponseHead::read(bytes);
            (head.status, head.reason, flaws.iter().map(|flaw| flaw.kind).collect::<Vec<_>>())
        };
        assert_eq!(read(b"HTTP/1.1 200 All is well\r\n\r\n"), (Some(200), "All is well".into(), vec![]));
        assert_eq!(read(b"HTTP/1.1 204\n\n"), (Some(204), String::new(), vec![FlawKind::BareLineFeed]));
        assert_eq!(read(b"HTTP/1.1 +20 x\r\n\r\n"), (None, "x".into(), vec![FlawKind::OddStatus]));
        assert_eq!(read(b"error=0\r\n\r\n"), (None, String::new(), vec![FlawKind::NotHttp]));
    }

    #[test]
    fn a_flaw_tells_its_place() {
        let flaw = Flaw { kind: FlawKind::TargetByte(b' '), offset: 6 };
        assert_eq!(flaw.to_string(), "the target holds the byte 0x20 unencoded (at byte 6)");
    }
}
