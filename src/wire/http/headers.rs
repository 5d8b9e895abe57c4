//! Header fields in the order they came, as bytes.

use super::flaw::{FlawKind, Flaws};

/// More headers than this are not read.
pub const MAX_HEADERS: usize = 256;

/// One header field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// The name as given, whatever its case.
    pub name: Vec<u8>,
    /// The value without the white space around it; a folded one is joined with single spaces.
    pub value: Vec<u8>,
    /// Where its line starts, in bytes from the start of the head.
    pub offset: u64,
}

/// All header fields of a message, in order, repeats and all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(pub Vec<Header>);

impl Headers {
    /// The first value of a header, whatever the case of its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.all(name).next()
    }

    /// All values of a header, in order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.named(name).map(|header| header.value.as_slice())
    }

    /// All headers of this name, in order.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Header> {
        self.0.iter().filter(move |header| header.name.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// Whether a header that is a list of words has this word, whatever the case.
    #[must_use]
    pub fn lists(&self, name: &str, word: &str) -> bool {
        self.all(name)
            .flat_map(|value| value.split(|byte| *byte == b','))
            .any(|item| item.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
    }

    /// Reads header lines up to the empty one.
    pub(super) fn read<'a>(lines: impl Iterator<Item = Line<'a>>, flaws: &mut Flaws) -> Self {
        let mut headers = Self::default();
        for line in lines {
            line.note_bytes(line.text, flaws);
            if line.text.is_empty() && line.end != LineEnd::Missing {
                return headers;
            }
            headers.take(&line, flaws);
        }
        flaws.add(FlawKind::HeadUnfinished, 0);
        headers
    }

    fn take(&mut self, line: &Line<'_>, flaws: &mut Flaws) {
        if line.text.starts_with(b" ") || line.text.starts_with(b"\t") {
            flaws.add(FlawKind::FoldedHeader, line.offset);
            if let Some(last) = self.0.last_mut() {
                last.value.push(b' ');
                last.value.extend_from_slice(line.text.trim_ascii());
            }
        } else if self.0.len() == MAX_HEADERS {
            flaws.add(FlawKind::TooManyHeaders, line.offset);
        } else if let Some(colon) = line.text.iter().position(|byte| *byte == b':') {
            let name = &line.text[..colon];
            if !is_token(name) {
                flaws.add(FlawKind::OddHeaderName, line.offset);
            }
            self.0.push(Header {
                name: name.trim_ascii().to_vec(),
                value: line.text[colon + 1..].trim_ascii().to_vec(),
                offset: line.offset,
            });
        } else if !line.text.is_empty() {
            flaws.add(FlawKind::NoColon, line.offset);
        }
    }
}

/// Whether bytes make an HTTP token, as methods and header names must be.
pub(super) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| is_token_byte(*byte))
}

/// Whether a byte may stand in a token.
pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// How a line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineEnd {
    CrLf,
    Lf,
    Missing,
}

/// One line of a head.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) text: &'a [u8],
    pub(super) offset: u64,
    pub(super) end: LineEnd,
}

impl Line<'_> {
    /// Notes the line's end and the bytes of `text`, a part of the line, that have no place in a head.
    pub(super) fn note_bytes(&self, text: &[u8], flaws: &mut Flaws) {
        if self.end == LineEnd::Lf {
            flaws.add(FlawKind::BareLineFeed, self.offset + self.text.len() as u64);
        }
        if !text.is_ascii() {
            flaws.add(FlawKind::NonAscii, self.offset);
        }
        if text.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
            flaws.add(FlawKind::ControlCharacter, self.offset);
        }
    }
}

/// The lines of a head, each with its offset; leading empty lines are passed over.
pub(super) fn lines<'a>(bytes: &'a [u8], flaws: &mut Flaws) -> impl Iterator<Item = Line<'a>> + use<'a> {
    let mut at = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    if at > 0 {
        flaws.add(FlawKind::LeadingBlankLine, 0);
    }
    std::iter::from_fn(move || {
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let offset = at as u64;
        let feed = rest.iter().position(|byte| *byte == b'\n');
        at += feed.map_or(rest.len(), |feed| feed + 1);
        let (text, end) = match feed.map(|feed| (&rest[..feed], rest[..feed].strip_suffix(b"\r"))) {
            Some((_, Some(text))) => (text, LineEnd::CrLf),
            Some((text, None)) => (text, LineEnd::Lf),
            None => (rest, LineEnd::Missing),
        };
        Some(Line { text, offset, end })
    })
}
