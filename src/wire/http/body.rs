//! Bodies: how their end is told, and their payload out of the bytes on the wire.

use super::chunked::Dechunker;
use super::flaw::{Flaw, FlawKind, Flaws};
use super::head::{RequestHead, ResponseHead};
use super::headers::Headers;

/// How the end of a body is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Framing {
    /// There is no body.
    #[default]
    None,
    /// So many bytes.
    Length(u64),
    /// Chunks, the last one empty.
    Chunked,
    /// All that comes until the connection ends. Of a request: its length cannot be told, so the
    /// reader takes what is there and closes after answering.
    ToEnd,
}

impl Framing {
    /// The framing of a request's body.
    #[must_use]
    pub fn of_request(head: &RequestHead) -> (Self, Vec<Flaw>) {
        let mut flaws = Flaws::default();
        let framing = declared(&head.headers, &mut flaws).unwrap_or_else(|| {
            if !matches!(head.method.as_str(), "POST" | "PUT" | "PATCH") {
                return Self::None;
            }
            flaws.add(FlawKind::NoLength, 0);
            Self::ToEnd
        });
        (framing, flaws.0)
    }

    /// The framing of the body of a response to a request of this method.
    #[must_use]
    pub fn of_response(method: &str, head: &ResponseHead) -> (Self, Vec<Flaw>) {
        let mut flaws = Flaws::default();
        let framing = declared(&head.headers, &mut flaws).unwrap_or(Self::ToEnd);
        let bodiless = method == "HEAD" || head.status.is_some_and(is_bodiless);
        (if bodiless { Self::None } else { framing }, flaws.0)
    }
}

/// Whether a response of this status never has a body.
pub(super) fn is_bodiless(status: u16) -> bool {
    matches!(status, 100..=199 | 204 | 304)
}

/// The payload of a recorded raw body, and what was wrong with its framing.
#[must_use]
pub fn decode(framing: Framing, raw: &[u8]) -> (Vec<u8>, Vec<Flaw>) {
    let mut payload = Vec::new();
    let mut decoder = Decoder::new(framing);
    let used = decoder.push(raw, &mut |piece| payload.extend_from_slice(piece));
    let mut flaws = decoder.end();
    if used < raw.len() {
        flaws.push(Flaw { kind: FlawKind::BytesAfterBody, offset: used as u64 });
    }
    (payload, flaws)
}

/// The framing that headers declare; bad or contradictory lengths leave only the connection's end.
fn declared(headers: &Headers, flaws: &mut Flaws) -> Option<Framing> {
    let length = declared_length(headers, flaws);
    let Some(encoding) = headers.named("transfer-encoding").last() else { return length };
    if length.is_some() {
        flaws.add(FlawKind::LengthAndEncoding, encoding.offset);
    }
    if headers.all("transfer-encoding").count() > 1 || !encoding.value.eq_ignore_ascii_case(b"chunked") {
        flaws.add(FlawKind::OddTransferEncoding, encoding.offset);
    }
    let last = encoding.value.rsplit(|byte| *byte == b',').next().unwrap_or_default();
    let chunked = last.trim_ascii().eq_ignore_ascii_case(b"chunked");
    Some(if chunked { Framing::Chunked } else { Framing::ToEnd })
}

fn declared_length(headers: &Headers, flaws: &mut Flaws) -> Option<Framing> {
    let mut seen: Option<Framing> = None;
    for header in headers.named("content-length") {
        for item in header.value.split(|byte| *byte == b',') {
            let Some(length) = read_number(item.trim_ascii()) else {
                flaws.add(FlawKind::BadContentLength, header.offset);
                seen = Some(Framing::ToEnd);
                continue;
            };
            match seen {
                None => seen = Some(Framing::Length(length)),
                Some(Framing::Length(first)) if first == length => {
                    flaws.add(FlawKind::RepeatedContentLength, header.offset);
                }
                Some(Framing::Length(_) | Framing::None | Framing::Chunked | Framing::ToEnd) => {
                    flaws.add(FlawKind::DifferingContentLengths, header.offset);
                    seen = Some(Framing::ToEnd);
                }
            }
        }
    }
    seen
}

fn read_number(digits: &[u8]) -> Option<u64> {
    let plain = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    plain.then(|| std::str::from_utf8(digits).ok()?.parse().ok()).flatten()
}

/// How far the reading of a body has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// More must come.
    More,
    /// The body ends here.
    Done,
    /// Nothing tells the end, or nothing does any more: all that comes is taken.
    Endless,
}

/// Takes a body from the wire, piece by piece.
#[derive(Debug, Clone)]
pub(super) struct Decoder {
    state: State,
    taken: u64,
}

#[derive(Debug, Clone)]
enum State {
    Left(u64),
    Chunks(Dechunker),
    ToEnd,
}

impl Decoder {
    pub(super) fn new(framing: Framing) -> Self {
        let state = match framing {
            Framing::None => State::Left(0),
            Framing::Length(length) => State::Left(length),
            Framing::Chunked => State::Chunks(Dechunker::default()),
            Framing::ToEnd => State::ToEnd,
        };
        Self { state, taken: 0 }
    }

    /// Takes the bytes that belong to the body, hands out the payload in them and says how many they were.
    pub(super) fn push(&mut self, bytes: &[u8], payload: &mut dyn FnMut(&[u8])) -> usize {
        let used = match &mut self.state {
            State::Left(left) => {
                let used = usize::try_from(*left).map_or(bytes.len(), |left| left.min(bytes.len()));
                *left -= used as u64;
                payload(&bytes[..used]);
                used
            }
            State::Chunks(chunks) => chunks.push(bytes, payload),
            State::ToEnd => {
                payload(bytes);
                bytes.len()
            }
        };
        self.taken = self.taken.saturating_add(used as u64);
        used
    }

    pub(super) fn progress(&self) -> Progress {
        match &self.state {
            State::Left(0) => Progress::Done,
            State::Left(_) => Progress::More,
            State::Chunks(chunks) => chunks.progress(),
            State::ToEnd => Progress::Endless,
        }
    }

    /// What was wrong, given that nothing more comes.
    pub(super) fn end(self) -> Vec<Flaw> {
        let mut flaws = Flaws::default();
        if self.progress() == Progress::More {
            flaws.add(FlawKind::BodyCut, self.taken);
        }
        if let State::Chunks(chunks) = self.state {
            flaws.extend(chunks.flaws());
        }
        flaws.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(flaws: &[Flaw]) -> Vec<FlawKind> {
        flaws.iter().map(|flaw| flaw.kind).collect()
    }

    fn check(method: &str, headers: &str, framing: Framing, expected: &[FlawKind]) {
        let bytes = format!("{method} / HTTP/1.1\r\n{headers}\r\n");
        let (read, flaws) = Framing::of_request(&RequestHead::read(bytes.as_bytes()).0);
        assert_eq!((read, &kinds(&flaws)[..]), (framing, expected), "{method} {headers:?}");
    }

    #[test]
    fn a_requests_framing_is_what_its_headers_declare() {
        use FlawKind::{BadContentLength, DifferingContentLengths, LengthAndEncoding, RepeatedContentLength};
        use Framing::{Chunked, Length, ToEnd};
        check("GET", "", Framing::None, &[]);
        check("POST", "", ToEnd, &[FlawKind::NoLength]);
        check("POST", "content-LENGTH: 9\r\n", Length(9), &[]);
        check("POST", "Content-Length: 9, 9\r\n", Length(9), &[RepeatedContentLength]);
        check("GET", "Content-Length: 9\r\nContent-Length: 8\r\n", ToEnd, &[DifferingContentLengths]);
        for bad in ["", "-1", "+1", "0x1", "1.0", "99999999999999999999999", "nine"] {
            check("GET", &format!("Content-Length: {bad}\r\n"), ToEnd, &[BadContentLength]);
        }
        check("POST", "Transfer-Encoding: Chunked\r\n", Chunked, &[]);
        check("POST", "Transfer-Encoding: gzip, chunked\r\n", Chunked, &[FlawKind::OddTransferEncoding]);
        check("POST", "Transfer-Encoding: gzip\r\n", ToEnd, &[FlawKind::OddTransferEncoding]);
        check("POST", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", Chunked, &[LengthAndEncoding]);
    }

    #[test]
    fn some_responses_have_no_body_whatever_they_declare() {
        let framing =
            |method, head: &str| Framing::of_response(method, &ResponseHead::read(head.as_bytes()).0).0;
        assert_eq!(framing("GET", "HTTP/1.1 200 OK\r\n\r\n"), Framing::ToEnd);
        assert_eq!(framing("GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), Framing::Length(5));
        assert_eq!(framing("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), Framing::None);
        assert_eq!(framing("GET", "HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n"), Framing::None);
        assert_eq!(framing("GET", "HTTP/1.1 100 x\r\n\r\n"), Framing::None);
    }

    #[test]
    fn a_recorded_body_is_decoded() {
        use FlawKind::{BadChunkEnd, BadChunkSize, BodyCut, BytesAfterBody};
        for (framing, raw, payload, expected) in [
            (Framing::None, "", "", &[][..]),
            (Framing::None, "x", "", &[BytesAfterBody]),
            (Framing::Length(3), "abc", "abc", &[]),
            (Framing::Length(3), "ab", "ab", &[BodyCut]),
            (Framing::Length(3), "abcd", "abc", &[BytesAfterBody]),
            (Framing::ToEnd, "abc", "abc", &[]),
            (Framing::Chunked, "3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n0\r\n\r\n", "abc0123456789", &[]),
            (Framing::Chunked, "3 \r\nabc\r\n0\r\nTrailer: x\r\n\r\nmore", "abc", &[BytesAfterBody]),
            (Framing::Chunked, "3\nabc\n0\n\n", "abc", &[FlawKind::BareLineFeed]),
            (Framing::Chunked, "3\r\nab", "ab", &[BodyCut]),
            (Framing::Chunked, "3\r\nabcd\r\n", "abc", &[BadChunkEnd]),
            (Framing::Chunked, "zz\r\nabc", "", &[BadChunkSize]),
            (Framing::Chunked, "\r\n", "", &[BadChunkSize]),
            (Framing::Chunked, "fffffffffffffffff\r\nabc", "", &[BadChunkSize]),
            (Framing::Chunked, "ffffffffffffffff\r\nabc", "abc", &[BodyCut]),
        ] {
            let (decoded, flaws) = decode(framing, raw.as_bytes());
            assert_eq!(String::from_utf8(decoded).unwrap(), payload, "{raw:?}");
            assert_eq!(kinds(&flaws), expected, "{raw:?}");
        }
    }

    #[test]
    fn the_pieces_a_chunked_body_came_in_leave_no_trace() {
        let raw = b"3;a=b\r\nabc\r\n00a\r\n0123456789\r\n0\r\nT: x\r\n\r\nrest";
        for size in 1..raw.len() {
            let mut decoder = Decoder::new(Framing::Chunked);
            let (mut payload, mut used) = (Vec::new(), 0);
            for piece in raw.chunks(size) {
                used += decoder.push(piece, &mut |bytes| payload.extend_from_slice(bytes));
            }
            assert_eq!((&payload[..], used), (&b"abc0123456789"[..], raw.len() - 4), "in pieces of {size}");
            assert_eq!((decoder.progress(), decoder.end()), (Progress::Done, vec![]));
        }
    }
}
