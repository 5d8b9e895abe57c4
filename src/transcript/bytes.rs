//! Bytes as they stand in a transcript and in a report: ASCII, with `\r`, `\n`, `\t`, `\\` and `\xNN` for the rest.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use crate::visible::{document, steers, visible};
use crate::wire::excerpt::Excerpt;

/// Bytes off the wire; written and read as escaped ASCII, so that no control byte reaches a terminal.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Bytes(pub Vec<u8>);

/// The record of a body: whole, or its length, hash, beginning and end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// How many bytes there were.
    pub length: u64,
    /// All of them up to 64 KiB; the first 4 KiB of a longer body.
    pub head: Bytes,
    /// The last 4 KiB of a body longer than 64 KiB, else empty.
    #[serde(default, skip_serializing_if = "Bytes::is_empty")]
    pub tail: Bytes,
    /// SHA-256 of a body longer than 64 KiB, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl Body {
    /// The whole body, when it was short enough to be kept.
    #[must_use]
    pub fn whole(&self) -> Option<&[u8]> {
        self.sha256.is_none().then_some(self.head.0.as_slice())
    }

    /// As much of a body as a record keeps.
    #[must_use]
    pub fn kept(bytes: &[u8]) -> Self {
        Excerpt::of(bytes).into()
    }

    /// A body kept whole, however long.
    #[must_use]
    pub fn of(bytes: Vec<u8>) -> Self {
        Self { length: bytes.len() as u64, head: Bytes(bytes), tail: Bytes::default(), sha256: None }
    }
}

impl From<Excerpt> for Body {
    fn from(excerpt: Excerpt) -> Self {
        Self {
            length: excerpt.length,
            head: Bytes(excerpt.head),
            tail: Bytes(excerpt.tail),
            sha256: excerpt.sha256.map(|hash| hex(&hash)),
        }
    }
}

impl Bytes {
    /// Whether there is no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", escape(&self.0))
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&escape(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        unescape(&text).map(Self).ok_or_else(|| serde::de::Error::custom("a bad escape in recorded bytes"))
    }
}

impl schemars::JsonSchema for Bytes {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Bytes".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "bytes as ASCII, with \\r, \\n, \\t, \\\\ and \\xNN for the rest",
            "pattern": "^[\\x20-\\x7e]*$"
        })
    }
}

/// The bytes as printable ASCII.
#[must_use]
pub fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 8);
    for &byte in bytes {
        match byte {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            b'\\' => text.push_str("\\\\"),
            0x20..=0x7e => text.push(byte as char),
            _ => {
                const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
                text.push_str("\\x");
                text.push(DIGITS[usize::from(byte >> 4)] as char);
                text.push(DIGITS[usize::from(byte & 15)] as char);
            }
        }
    }
    text
}

/// The bytes that [`escape`] wrote; `None` when the text is none of its making.
#[must_use]
pub fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next()? {
            b'r' => b'\r',
            b'n' => b'\n',
            b't' => b'\t',
            b'\\' => b'\\',
            b'x' => digit(rest.next()?)? << 4 | digit(rest.next()?)?,
            _ => return None,
        });
    }
    Some(bytes)
}

/// Bytes in lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for &byte in bytes {
        text.extend(
            [byte >> 4, byte & 15].map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or('0')),
        );
    }
    text
}

fn digit(byte: u8) -> Option<u8> {
    (byte as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(bytes: &[u8], text: &str) {
        assert_eq!(escape(bytes), text);
        assert_eq!(unescape(text).as_deref(), Some(bytes));
    }

    #[test]
    fn line_ends_and_control_bytes_are_visible() {
        check(b"error=0\r\n", "error=0\\r\\n");
        check(b"\x1b[31m\t\\", "\\x1B[31m\\t\\\\");
        check("é".as_bytes(), "\\xC3\\xA9");
        assert_eq!(unescape("\\q"), None);
        assert_eq!(unescape("\\x4"), None);
    }

    proptest! {
        #[test]
        fn what_is_escaped_is_read_back(bytes: Vec<u8>) {
            prop_assert_eq!(unescape(&escape(&bytes)), Some(bytes));
        }
    }
}
