//! Places in bytes: where texts stand, and how places are joined.

use memchr::memmem;

/// Where something begins, and where it is over.
pub(super) type Span = (usize, usize);

/// Fewer bytes of a text at a cut tell nothing of it, and may as well be something else.
const TELLING: usize = 3;

/// Where the content of a chunked body stands in it; nothing when it is not chunked.
pub(super) fn content_of_chunks(bytes: &[u8]) -> Vec<usize> {
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(line) = bytes[at..].iter().position(|byte| *byte == b'\n') {
        let size = String::from_utf8_lossy(&bytes[at..at + line]);
        let size = size.trim().split(';').next().unwrap_or_default();
        let Ok(size) = usize::from_str_radix(size, 16) else { break };
        let start = at + line + 1;
        let end = start.saturating_add(size).min(bytes.len());
        places.extend(start..end);
        at = (end + 2).min(bytes.len());
        if size == 0 {
            break;
        }
    }
    places
}

/// Where a text in lower case stands, in whatever case.
pub(super) fn occurrences_folded(bytes: &[u8], needle: &[u8]) -> Vec<Span> {
    occurrences(&bytes.to_ascii_lowercase(), needle)
}

/// Where a text stands.
pub(super) fn occurrences(bytes: &[u8], needle: &[u8]) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut from = 0;
    while let Some(at) = find(&bytes[from..], needle) {
        spans.push((from + at, from + at + needle.len()));
        from += at + needle.len();
    }
    spans
}

/// Where a text stands first.
pub(super) fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    memmem::find(bytes, needle)
}

/// The spans in order, without empty ones, those that touch joined.
pub(super) fn merge(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|(start, end)| start < end);
    spans.sort_unstable();
    let mut merged: Vec<Span> = Vec::new();
    for (start, end) in spans {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

/// The beginning of a text that stands at the end of bytes that were cut off there.
pub(super) fn begun_at_the_end(bytes: &[u8], needle: &[u8]) -> Option<Span> {
    let longest = needle.len().saturating_sub(1).min(bytes.len());
    let length = (TELLING..=longest).rev().find(|length| bytes.ends_with(&needle[..*length]))?;
    Some((bytes.len() - length, bytes.len()))
}

/// The end of a text that stands at the beginning of bytes of which the first were left out.
pub(super) fn ended_at_the_start(bytes: &[u8], needle: &[u8]) -> Option<Span> {
    let longest = needle.len().saturating_sub(1).min(bytes.len());
    let length =
        (TELLING..=longest).rev().find(|length| bytes.starts_with(&needle[needle.len() - length..]))?;
    Some((0, length))
}

/// Bytes in one of the ways in which they may be meant, and where each of them stands in what came.
pub(super) struct View {
    /// The bytes as they are meant.
    pub(super) bytes: Vec<u8>,
    /// Where each begins, and the end.
    starts: Vec<usize>,
}

/// The bytes as they are, and, where there is something to decode, decoded once and twice, with and without the spaces
/// of forms.
pub(super) fn views(bytes: &[u8]) -> Vec<View> {
    let plain = View { bytes: bytes.to_vec(), starts: (0..=bytes.len()).collect() };
    if !bytes.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return vec![plain];
    }
    let (once, form) = (plain.decoded(Plus::Kept), plain.decoded(Plus::Space));
    let again = [once.decoded(Plus::Kept), form.decoded(Plus::Space)];
    [plain, once, form].into_iter().chain(again).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Plus {
    Kept,
    Space,
}

impl View {
    /// Where places of this view stand in what came.
    pub(super) fn places(&self, spans: Vec<Span>) -> Vec<Span> {
        spans.into_iter().map(|(start, end)| (self.starts[start], self.starts[end])).collect()
    }

    fn decoded(&self, plus: Plus) -> Self {
        let (mut bytes, mut starts) = (Vec::new(), Vec::new());
        let mut at = 0;
        while at < self.bytes.len() {
            starts.push(self.starts[at]);
            let (byte, length) = match (self.bytes[at], self.bytes.get(at + 1..at + 3)) {
                (b'%', Some(digits)) => escaped(digits).map_or((b'%', 1), |byte| (byte, 3)),
                (b'+', _) if plus == Plus::Space => (b' ', 1),
                (byte, _) => (byte, 1),
            };
            bytes.push(byte);
            at += length;
        }
        starts.push(self.starts[at]);
        Self { bytes, starts }
    }
}

fn escaped(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(digits[0])? * 16 + digit(digits[1])?).ok()
}
