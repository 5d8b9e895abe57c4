//! The response of Table A-2, well-formed or as bad as a peer makes it: four fields, each a line (6.3, A.1.2).

use std::borrow::Cow;
use std::fmt;

use super::code::Code;
use super::element::VERSION;
use super::flaw::{Flaw, ResponseFlaw};
use super::response_reader;

/// A response as it came or is to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// What stands before the first field; the whole body where there is none.
    pub prefix: Vec<u8>,
    /// The lines in the order they came, those that are no field among them.
    pub fields: Vec<Field>,
}

/// A line of a response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// The name as written, in whatever letter case; empty for a line without `=`, which is written as mere value.
    pub name: String,
    /// The value, plain text (A.1.2).
    pub value: Vec<u8>,
    /// How the line ends.
    pub end: LineEnd,
    /// Where the line starts in what was read; 0 when it was not read.
    pub offset: usize,
}

/// The end of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LineEnd {
    /// CR LF, the one that A.1.2 asks for.
    #[default]
    CrLf,
    /// LF alone.
    Lf,
    /// CR alone.
    Cr,
    /// An HTML line break, `<br>` or `<br />`, with or without a line end behind it; written as `<br>`.
    Br,
    /// Nothing: the end of the buffer.
    None,
}

/// The four fields, in the order of Table A-2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldName {
    /// `error`, the code.
    Error,
    /// `error-text`, its description.
    ErrorText,
    /// `version`, that of the specification.
    Version,
    /// `pens-data`, which runs to the end of the buffer.
    PensData,
}

impl Response {
    /// A well-formed response with this code and text.
    #[must_use]
    pub fn new(code: Code, text: &str) -> Self {
        let values = [code.to_string(), text.to_owned(), VERSION.to_owned(), String::new()];
        let fields = FieldName::ALL.into_iter().zip(values).map(|(name, value)| Field {
            name: name.as_str().to_owned(),
            value: value.into_bytes(),
            end: if name == FieldName::PensData { LineEnd::None } else { LineEnd::CrLf },
            offset: 0,
        });
        Self { prefix: Vec::new(), fields: fields.collect() }
    }

    /// Reads the body of a response, whatever it is; the flaws are in the order of their places.
    #[must_use]
    pub fn read(body: &[u8]) -> (Self, Vec<Flaw<ResponseFlaw>>) {
        response_reader::read(body)
    }

    /// Writes exactly the prefix and the fields with their line ends; what was read is written as it came, but for
    /// the notation of a `<br>`.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut out = self.prefix.clone();
        for field in &self.fields {
            out.extend_from_slice(field.name.as_bytes());
            if !field.name.is_empty() {
                out.push(b'=');
            }
            out.extend_from_slice(&field.value);
            out.extend_from_slice(field.end.bytes());
        }
        out
    }

    /// The first field of this name, in any letter case.
    #[must_use]
    pub fn get(&self, name: FieldName) -> Option<&Field> {
        self.fields.iter().find(|field| field.known() == Some(name))
    }

    /// The first field of this name, to be altered.
    pub fn get_mut(&mut self, name: FieldName) -> Option<&mut Field> {
        self.fields.iter_mut().find(|field| field.known() == Some(name))
    }

    /// The value of `error` as it stands.
    #[must_use]
    pub fn error(&self) -> Option<Cow<'_, str>> {
        self.text(FieldName::Error)
    }

    /// The value of `error` where it is what 6.3 demands: decimal digits from 0 to 65535, nothing else.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        parse_code(&self.error()?)
    }

    /// The value of `error-text`.
    #[must_use]
    pub fn error_text(&self) -> Option<Cow<'_, str>> {
        self.text(FieldName::ErrorText)
    }

    /// The value of `version`.
    #[must_use]
    pub fn version(&self) -> Option<Cow<'_, str>> {
        self.text(FieldName::Version)
    }

    /// The bytes of `pens-data`, up to the end of the buffer; white space alone counts as none.
    #[must_use]
    pub fn pens_data(&self) -> Option<&[u8]> {
        let value = &self.get(FieldName::PensData)?.value;
        Some(if value.trim_ascii().is_empty() { &[] } else { value })
    }

    fn text(&self, name: FieldName) -> Option<Cow<'_, str>> {
        self.get(name).map(|field| String::from_utf8_lossy(&field.value))
    }
}

/// An `error` value as a code: decimal digits from 0 to 65535, no sign and no space (6.3); callbacks carry it too.
#[must_use]
pub fn parse_code(text: &str) -> Option<Code> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok().map(Code) } else { None }
}

impl Field {
    /// Which of the four fields the name means, in any letter case and with white space round it.
    #[must_use]
    pub fn known(&self) -> Option<FieldName> {
        FieldName::meant(self.name.as_bytes())
    }
}

impl FieldName {
    /// All four, in the order of Table A-2.
    pub const ALL: [Self; 4] = [Self::Error, Self::ErrorText, Self::Version, Self::PensData];

    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::ErrorText => "error-text",
            Self::Version => "version",
            Self::PensData => "pens-data",
        }
    }

    /// The field that a name means, in any letter case and with white space round it.
    pub(super) fn meant(name: &[u8]) -> Option<Self> {
        let name = name.trim_ascii();
        Self::ALL.into_iter().find(|field| field.as_str().as_bytes().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl LineEnd {
    fn bytes(self) -> &'static [u8] {
        match self {
            Self::CrLf => b"\r\n",
            Self::Lf => b"\n",
            Self::Cr => b"\r",
            Self::Br => b"<br>",
            Self::None => b"",
        }
    }
}

impl fmt::Display for LineEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CrLf => "CR LF",
            Self::Lf => "LF alone",
            Self::Cr => "CR alone",
            Self::Br => "`<br>`",
            Self::None => "nothing",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expected: Option<u16>) {
        assert_eq!(parse_code(input), expected.map(Code), "{input:?}");
    }

    #[test]
    fn a_code_is_decimal_digits_up_to_65535() {
        check("0", Some(0));
        check("2011", Some(2011));
        check("65535", Some(65535));
        check("0007", Some(7));
        for wrong in ["", " 0", "0 ", "+0", "-1", "65536", "0x10", "1.0", "0 OK", "99999999999999999999", "٣"]
        {
            check(wrong, None);
        }
    }

    #[test]
    fn the_sample_response_is_written() {
        let response = Response::new(Code::NO_ERROR, "collect command received and understood");
        let sample: &[u8] =
            b"error=0\r\nerror-text=collect command received and understood\r\nversion=1.0.0\r\npens-data=";
        assert_eq!(response.write(), sample);
    }

    #[test]
    fn what_was_said_is_got_by_name() {
        let response = Response::new(Code::NO_ERROR, "well taken");
        assert_eq!(
            (response.version().as_deref(), response.get(FieldName::Version).is_some()),
            (Some("1.0.0"), true)
        );
        assert_eq!(
            (response.error_text().as_deref(), response.code()),
            (Some("well taken"), Some(Code::NO_ERROR))
        );
        assert_eq!(
            FieldName::ALL.map(|name| name.to_string()),
            ["error", "error-text", "version", "pens-data"]
        );
        let ends = [LineEnd::CrLf, LineEnd::Lf, LineEnd::Cr, LineEnd::Br, LineEnd::None];
        assert_eq!(ends.map(|end| end.to_string()), ["CR LF", "LF alone", "CR alone", "`<br>`", "nothing"]);
    }

    #[test]
    fn a_wrong_response_can_be_written() {
        let mut response = Response::new(Code::NO_ERROR, "");
        response.prefix = b"\xef\xbb\xbf".to_vec();
        response.fields.swap(0, 3);
        response.get_mut(FieldName::ErrorText).unwrap().end = LineEnd::Br;
        response.fields.push(Field { value: b"<b>Warning</b>".to_vec(), ..Field::default() });
        let written = b"\xef\xbb\xbfpens-data=error-text=<br>version=1.0.0\r\nerror=0\r\n<b>Warning</b>\r\n";
        assert_eq!(response.write(), written);
    }

    #[test]
    fn white_space_alone_is_no_pens_data() {
        let (response, _) = Response::read(b"error=0\r\nerror-text=\r\nversion=1.0.0\r\npens-data=\r\n\r\n");
        assert_eq!(response.pens_data(), Some(b"".as_slice()));
        assert_eq!(response.code(), Some(Code::NO_ERROR));
    }
}
