//! What the readers of commands and responses note on their way: departures with their places, never errors.

use std::fmt;

use super::response::{FieldName, LineEnd};

/// A departure met while reading bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flaw<Kind> {
    /// What is the case.
    pub kind: Kind,
    /// The first byte concerned, counted from the start of what was read.
    pub offset: usize,
    /// How many bytes are concerned; 0 where something is missing.
    pub len: usize,
}

impl<Kind> Flaw<Kind> {
    pub(super) fn new(kind: Kind, offset: usize, len: usize) -> Self {
        Self { kind, offset, len }
    }
}

impl<Kind: fmt::Display> fmt::Display for Flaw<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind, self.offset)
    }
}

/// A departure of a command's bytes from the binding (A.1), in alphabetical order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CommandFlaw {
    /// A `%` without two hexadecimal digits behind it (RFC 2396, 2.4.1).
    BadEscape,
    /// A multipart body without its boundary: not named in the content type, or not found in the body.
    BoundaryMissing,
    /// Nothing between two `&`, before the first or after the last.
    EmptyElement,
    /// A run of bytes that no URI may have (RFC 2396, 2.4.3); the first of them.
    Illegal(u8),
    /// A name or value that is not UTF-8 once it is decoded; it was read with U+FFFD in its place.
    InvalidUtf8,
    /// An element without `=`.
    NoEquals,
    /// An element without a name before its `=`, or a part of a multipart body without a name.
    NoName,
    /// A `+` in a query: a plus by RFC 2396, a space by the habit of forms.
    Plus,
    /// A raw `&` that seems to belong to the URL in the value before it: that value has a raw `?`, and no element's
    /// name follows.
    RawAmpersand,
    /// A raw `#`, which ends the query (RFC 2396, 4.1).
    RawFragment,
    /// A run of reserved characters in a value, not escaped; the first of them.
    RawReserved(u8),
    /// A second `?` where `&` should join the command to the query of the target system URL (A.1 note).
    SecondQuery,
    /// A `;` as separator, with an element's name behind it.
    Semicolon,
    /// A multipart body that stops before its closing boundary.
    Unclosed,
}

impl fmt::Display for CommandFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadEscape => f.write_str("`%` without two hexadecimal digits"),
            Self::BoundaryMissing => f.write_str("multipart body without its boundary"),
            Self::EmptyElement => f.write_str("empty element"),
            Self::Illegal(byte) => write!(f, "{}, which no URI may have,", Shown(*byte)),
            Self::InvalidUtf8 => f.write_str("decodes to bytes that are not UTF-8"),
            Self::NoEquals => f.write_str("element without `=`"),
            Self::NoName => f.write_str("element without a name"),
            Self::Plus => f.write_str("`+`, a plus or a space,"),
            Self::RawAmpersand => f.write_str("unescaped `&` inside a value"),
            Self::RawFragment => f.write_str("unescaped `#`"),
            Self::RawReserved(byte) => write!(f, "unescaped {} in a value", Shown(*byte)),
            Self::SecondQuery => f.write_str("second `?` instead of `&`"),
            Self::Semicolon => f.write_str("`;` instead of `&`"),
            Self::Unclosed => f.write_str("multipart body without its closing boundary"),
        }
    }
}

/// A departure of a response's bytes from Table A-2, in alphabetical order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResponseFlaw {
    /// Bytes other than white space after an empty `pens-data=`; they are its value all the same.
    AfterPensData,
    /// Something before the first field.
    Before(Prefix),
    /// A field that does not end with CR LF.
    LineEnd(LineEnd),
    /// A field that is not there.
    Missing(FieldName),
    /// A name with another letter case than the table's.
    NameCase(FieldName),
    /// A name with white space round it.
    NameSpace(FieldName),
    /// No field at all.
    NoField,
    /// A field, other than pens-data, that stands after one that should follow it.
    OutOfOrder(FieldName),
    /// `pens-data` before another field, although it runs to the end of the buffer.
    PensDataNotLast,
    /// A field that was there before.
    Repeated(FieldName),
    /// A line that is none of the four fields.
    UnknownLine,
}

impl fmt::Display for ResponseFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AfterPensData => f.write_str("bytes after an empty `pens-data=`"),
            Self::Before(prefix) => write!(f, "{prefix} before the first field"),
            Self::LineEnd(end) => write!(f, "line that ends with {end} instead of CR LF"),
            Self::Missing(name) => write!(f, "no `{name}=`, looked for up to the end"),
            Self::NameCase(name) => write!(f, "`{name}=` in another letter case"),
            Self::NameSpace(name) => write!(f, "`{name}=` with white space round the name"),
            Self::NoField => f.write_str("none of the four fields, looked for"),
            Self::OutOfOrder(name) => write!(f, "`{name}=` out of order"),
            Self::PensDataNotLast => f.write_str("`pens-data=` before other fields"),
            Self::Repeated(name) => write!(f, "`{name}=` once more"),
            Self::UnknownLine => f.write_str("line that is no field"),
        }
    }
}

/// What stands before the first field of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Prefix {
    /// Nothing but white space.
    Blank,
    /// A UTF-8 byte order mark, and white space at most.
    Bom,
    /// Anything else: HTML, a notice of PHP.
    Other,
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blank => "white space",
            Self::Bom => "byte order mark",
            Self::Other => "other bytes",
        })
    }
}

/// A byte as a message shows it: the character where it is printable, the number always.
struct Shown(u8);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            b' ' => f.write_str("space (0x20)"),
            graphic if graphic.is_ascii_graphic() => write!(f, "`{}` (0x{graphic:02x})", char::from(graphic)),
            other => write!(f, "byte 0x{other:02x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &Flaw<CommandFlaw>, expected: &str) {
        assert_eq!(input.to_string(), expected);
    }

    #[test]
    fn a_flaw_says_what_and_where() {
        check(
            &Flaw::new(CommandFlaw::Illegal(b' '), 12, 1),
            "space (0x20), which no URI may have, at byte 12",
        );
        check(&Flaw::new(CommandFlaw::Illegal(0xc3), 0, 2), "byte 0xc3, which no URI may have, at byte 0");
        check(&Flaw::new(CommandFlaw::RawReserved(b':'), 3, 3), "unescaped `:` (0x3a) in a value at byte 3");
        let before = Flaw::new(ResponseFlaw::Before(Prefix::Bom), 0, 3);
        assert_eq!(before.to_string(), "byte order mark before the first field at byte 0");
    }
}
