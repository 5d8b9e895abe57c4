//! Departures from HTTP/1.1 met while reading: part of the value read, never an error.

use std::fmt;

/// One departure and the place where it was first met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flaw {
    /// What is the case.
    pub kind: FlawKind,
    /// Bytes from the start of the head, or of the raw body for a flaw of its framing.
    pub offset: u64,
}

/// What can be wrong with a message that is read all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlawKind {
    /// Empty lines stand before the first line.
    LeadingBlankLine,
    /// The first line is no request line or status line.
    NotHttp,
    /// No empty line ends the head.
    HeadUnfinished,
    /// The head is longer than is read.
    HeadTooLong,
    /// A line ends with LF alone.
    BareLineFeed,
    /// A byte above 0x7F stands outside the target.
    NonAscii,
    /// A control character (a lone CR, a NUL) stands in the head.
    ControlCharacter,
    /// The request line names no target.
    EmptyTarget,
    /// The target holds this byte raw, which no URI may.
    TargetByte(u8),
    /// The request line names no version (HTTP/0.9).
    NoVersion,
    /// The version is neither HTTP/1.0 nor HTTP/1.1, or is not set off by single spaces.
    OddVersion,
    /// The status is not three digits.
    OddStatus,
    /// There are more headers than are read.
    TooManyHeaders,
    /// A header line has no colon.
    NoColon,
    /// A header's name is empty or holds a byte no name may (a space before the colon).
    OddHeaderName,
    /// A header is continued on the next line.
    FoldedHeader,
    /// A Content-Length is no number.
    BadContentLength,
    /// Content-Length stands more than once, each time the same.
    RepeatedContentLength,
    /// Two Content-Lengths differ.
    DifferingContentLengths,
    /// A request that usually has a body tells no length.
    NoLength,
    /// Both Content-Length and Transfer-Encoding are given.
    LengthAndEncoding,
    /// Transfer-Encoding is something else than `chunked`.
    OddTransferEncoding,
    /// A chunk does not start with its size.
    BadChunkSize,
    /// A chunk is longer or shorter than its size says.
    BadChunkEnd,
    /// The trailer is longer than is read.
    TrailerTooLong,
    /// The body ends before its framing says.
    BodyCut,
    /// Bytes follow the end of the body.
    BytesAfterBody,
}

impl fmt::Display for FlawKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LeadingBlankLine => "an empty line stands before the first line",
            Self::NotHttp => "the first line is not HTTP",
            Self::HeadUnfinished => "no empty line ends the head",
            Self::HeadTooLong => "the head is too long",
            Self::BareLineFeed => "a line ends with LF alone",
            Self::NonAscii => "a byte above 0x7F stands outside the target",
            Self::ControlCharacter => "a control character stands in the head",
            Self::EmptyTarget => "the request line names no target",
            Self::TargetByte(byte) => return write!(f, "the target holds the byte 0x{byte:02X} unencoded"),
            Self::NoVersion => "the request line names no HTTP version",
            Self::OddVersion => "the HTTP version is not plainly HTTP/1.0 or HTTP/1.1",
            Self::OddStatus => "the status is not three digits",
            Self::TooManyHeaders => "there are too many headers",
            Self::NoColon => "a header line has no colon",
            Self::OddHeaderName => "a header's name is empty or holds a forbidden byte",
            Self::FoldedHeader => "a header is folded over several lines",
            Self::BadContentLength => "Content-Length is not a number",
            Self::RepeatedContentLength => "Content-Length is given more than once",
            Self::DifferingContentLengths => "two Content-Lengths differ",
            Self::NoLength => "no length of the body is told",
            Self::LengthAndEncoding => "both Content-Length and Transfer-Encoding are given",
            Self::OddTransferEncoding => "Transfer-Encoding is not chunked",
            Self::BadChunkSize => "a chunk does not start with its size",
            Self::BadChunkEnd => "a chunk does not end where its size says",
            Self::TrailerTooLong => "the trailer is too long",
            Self::BodyCut => "the body ends before its framing says",
            Self::BytesAfterBody => "bytes follow the end of the body",
        })
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.kind, self.offset)
    }
}

/// Gathers flaws, the first of each kind only, so that hostile input cannot pile them up.
#[derive(Debug, Clone, Default)]
pub(super) struct Flaws(pub(super) Vec<Flaw>);

impl Flaws {
    pub(super) fn add(&mut self, kind: FlawKind, offset: u64) {
        if !self.has(kind) {
            self.0.push(Flaw { kind, offset });
        }
    }

    pub(super) fn has(&self, kind: FlawKind) -> bool {
        self.0.iter().any(|flaw| flaw.kind == kind)
    }

    pub(super) fn extend(&mut self, more: Vec<Flaw>) {
        for flaw in more {
            self.add(flaw.kind, flaw.offset);
        }
    }
}
