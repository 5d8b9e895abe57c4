//! Answers to give: what they say, and how they are delivered, whole or wrong on purpose.

use std::time::Duration;

use hyper::body::Bytes;

use super::gather::SLICE;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The reason phrase; the usual one when left out.
    pub reason: Option<String>,
    /// The headers, written in this order and this case. Content-Length, Transfer-Encoding and
    /// Connection are added where they are due and not among them.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Payload,
    /// How it is delivered.
    pub delivery: Delivery,
}

impl Reply {
    /// An answer without headers and body, delivered whole.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self {
            status,
            reason: None,
            headers: Vec::new(),
            body: Payload::default(),
            delivery: Delivery::default(),
        }
    }

    /// An answer with a body of this content type, delivered whole.
    #[must_use]
    pub fn with_body(status: u16, content_type: &str, body: impl Into<Payload>) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Self { headers, body: body.into(), ..Self::new(status) }
    }

    /// Whether the answer brings a header of this name itself.
    pub(super) fn gives(&self, name: &str) -> bool {
        self.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name))
    }
}

/// A body to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// These bytes; cheap to clone.
    Bytes(Bytes),
    /// A body of `length` bytes that is never held: `first`, then `fill` over and over (zeros when it is
    /// empty), then `last`. It is at least as long as `first` and `last` together.
    Repeated {
        /// How the body starts.
        first: Vec<u8>,
        /// What is repeated between the ends.
        fill: Vec<u8>,
        /// The length of the whole body.
        length: u64,
        /// How the body ends.
        last: Vec<u8>,
    },
}

impl Default for Payload {
    fn default() -> Self {
        Self::Bytes(Bytes::new())
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<String> for Payload {
    fn from(text: String) -> Self {
        Self::Bytes(text.into())
    }
}

impl From<&str> for Payload {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl Payload {
    /// How many bytes it has.
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Repeated { first, length, last, .. } => {
                (*length).max(first.len() as u64 + last.len() as u64)
            }
        }
    }

    /// Its first `limit` bytes as slices of bounded size.
    #[must_use]
    pub fn pieces(&self, limit: u64) -> Pieces<'_> {
        let fill = match self {
            Self::Bytes(_) => Vec::new(),
            Self::Repeated { fill, .. } if fill.is_empty() => vec![0; SLICE],
            Self::Repeated { fill, .. } => fill.repeat(SLICE.div_ceil(fill.len())),
        };
        Pieces { payload: self, fill, at: 0, end: self.length().min(limit) }
    }
}

/// The slices of a [`Payload`], lent one after the other.
#[derive(Debug)]
pub struct Pieces<'a> {
    payload: &'a Payload,
    fill: Vec<u8>,
    at: u64,
    end: u64,
}

impl Pieces<'_> {
    /// The next slice, never empty.
    pub fn lend(&mut self) -> Option<&[u8]> {
        let left = self.end - self.at;
        if left == 0 {
            return None;
        }
        let at = self.at;
        let rest: &[u8] = match self.payload {
            Payload::Bytes(bytes) => slice_from(bytes, at),
            Payload::Repeated { first, .. } if at < first.len() as u64 => slice_from(first, at),
            Payload::Repeated { first, last, .. } => {
                let last_at = self.payload.length() - last.len() as u64;
                if at < last_at {
                    let filled = slice_from(&self.fill, (at - first.len() as u64) % self.fill.len() as u64);
                    &filled[..bounded(filled.len(), last_at - at)]
                } else {
                    slice_from(last, at - last_at)
                }
            }
        };
        let piece = &rest[..bounded(rest.len().min(SLICE), left)];
        self.at += piece.len() as u64;
        Some(piece)
    }
}

fn slice_from(bytes: &[u8], at: u64) -> &[u8] {
    usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or_default()
}

fn bounded(length: usize, limit: u64) -> usize {
    usize::try_from(limit).map_or(length, |limit| limit.min(length))
}

/// How an answer is delivered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivery {
    /// The wait before the first byte, or before whatever else `manner` does.
    pub delay: Duration,
    /// Bytes sent a few at a time.
    pub drip: Option<Drip>,
    /// How the body's length is told.
    pub telling: Telling,
    /// The version that the first line names.
    pub version: Version,
    /// How the lines of the head end.
    pub line_ends: LineEnds,
    /// How much of the answer is sent.
    pub manner: Manner,
}

/// So many bytes at a time (at least one), so far apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drip {
    /// Bytes sent together.
    pub bytes: usize,
    /// The pause between them.
    pub every: Duration,
}

/// How the length of an answer's body is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Telling {
    /// By a true Content-Length.
    #[default]
    Length,
    /// By chunks; to a peer of HTTP/1.0, by the end of the connection.
    Chunked,
    /// By the end of the connection alone.
    Nothing,
    /// By these Content-Length headers, whatever they say; then the connection ends.
    Values(Vec<String>),
}

/// The version of HTTP that an answer is of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.1.
    #[default]
    Modern,
    /// HTTP/1.0: no chunks, and the connection ends with the answer.
    Old,
}

/// How the lines of an answer's head end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LineEnds {
    /// CR LF, as HTTP wants it.
    #[default]
    CrLf,
    /// LF alone.
    Lf,
}

/// How much of an answer is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Manner {
    /// All of it.
    #[default]
    Whole,
    /// The head and the first bytes of the body; then the connection is cut.
    CutAfter {
        /// How many bytes of the body are sent.
        bytes: u64,
        /// How the connection is cut.
        by: Cut,
    },
    /// Nothing: the connection is reset.
    ResetAtOnce,
    /// Nothing: the connection is closed.
    CloseAtOnce,
    /// Nothing, for as long as the peer stays and the server runs.
    Hang,
    /// These bytes instead of the whole answer; then the connection is closed.
    Raw(Bytes),
}

/// How a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// By closing it.
    Fin,
    /// By resetting it.
    Rst,
}

/// The usual reason phrase of a status.
pub(super) fn usual_reason(status: u16) -> &'static str {
    hyper::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collected(payload: &Payload, limit: u64) -> Vec<u8> {
        let (mut pieces, mut all) = (payload.pieces(limit), Vec::new());
        while let Some(piece) = pieces.lend() {
            assert!(!piece.is_empty() && piece.len() <= SLICE);
            all.extend_from_slice(piece);
        }
        all
    }

    fn repeated(first: &[u8], fill: &[u8], length: u64, last: &[u8]) -> Payload {
        Payload::Repeated { first: first.into(), fill: fill.into(), length, last: last.into() }
    }

    #[test]
    fn a_repeated_payload_is_its_ends_with_the_filling_between() {
        for (payload, expected) in [
            (repeated(b"ab", b"xyz", 12, b"c"), "abxyzxyzxyzc"),
            (repeated(b"ab", b"xyz", 11, b"c"), "abxyzxyzxyc"),
            (repeated(b"ab", b"xyz", 0, b"c"), "abc"),
            (repeated(b"", b"", 2, b""), "\0\0"),
            (Payload::from("hello"), "hello"),
        ] {
            assert_eq!(collected(&payload, u64::MAX), expected.as_bytes());
            assert_eq!(payload.length(), expected.len() as u64);
            assert_eq!(collected(&payload, 2), expected.as_bytes()[..2]);
        }
    }

    #[test]
    fn a_large_payload_comes_in_slices() {
        let payload = repeated(b"PK", b"abcdefg", 1_000_000, b"end");
        let all = collected(&payload, u64::MAX);
        assert_eq!(all.len(), 1_000_000);
        assert!(
            all[2..999_997].iter().zip(b"abcdefg".iter().cycle()).all(|(sent, expected)| sent == expected)
        );
    }
}
