//! The one vocabulary of wrongness: what a mock does badly on purpose when it answers or serves a package.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

use super::period::Period;

/// One thing done wrong, used in lists by `stage`, by `respond` and by defects.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Wrong {
    /// The lines end with LF alone instead of CR LF.
    Lf,
    /// The body begins with a UTF-8 byte-order mark.
    Bom,
    /// The values of the answer are URL-encoded.
    Encoded,
    /// The body is empty.
    Empty,
    /// The body is an HTML page, such as a login form.
    Html,
    /// No answer: the connection is closed in good order (FIN).
    Close,
    /// No answer: the connection is reset (RST).
    Reset,
    /// No answer: the connection stays open and silent.
    Hang,
    /// The connection itself is refused.
    Refuse,
    /// The body is sent in chunks (Transfer-Encoding: chunked).
    Chunked,
    /// Another HTTP status.
    #[serde(deserialize_with = "status")]
    Status(#[schemars(range(min = 100, max = 999))] u16),
    /// The answer waits this long before its first byte.
    Delay(Period),
    /// The answer goes out a few bytes at a time.
    Drip(Drip),
    /// The answer is cut after so many bytes.
    Cut(u64),
    /// The answer is a redirect to this URL.
    Redirect(String),
    /// This text stands before the body.
    Prefix(String),
    /// This text stands after the body.
    Suffix(String),
    /// The fields of the answer come in this order.
    Order(Vec<Field>),
    /// This field of the answer is missing.
    Missing(Field),
    /// The error field has this word for a value.
    Error(String),
    /// The version field has this value.
    Version(String),
    /// The Content-Type has this value.
    ContentType(String),
    /// The Content-Length says this number of bytes, whatever the body has.
    Length(u64),
}

/// How slowly an answer drips.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Drip {
    /// How many bytes go out at a time.
    pub bytes: NonZeroU32,
    /// How long to wait between two writes.
    pub every: Period,
}

/// A field of an answer (6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// `error`: the code.
    Error,
    /// `error-text`: the text that goes with it.
    ErrorText,
    /// `version`: the version of the specification.
    Version,
    /// `pens-data`: what comes after, up to the end.
    PensData,
}

fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    let status = u16::deserialize(deserializer)?;
    if (100..=999).contains(&status) {
        return Ok(status);
    }
    Err(de::Error::custom(format!("bad HTTP status {status}: three digits, from 100 to 999")))
}
