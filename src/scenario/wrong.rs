//! The one vocabulary of wrongness: what a mock does badly on purpose when it answers or serves a package.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

use crate::mock::answer::Answer;
use crate::mock::stage::TlsUse;
use crate::pens::{FieldName, LineEnd, Response};
use crate::profile::period::Period;
use crate::transcript::entry::Offer;
use crate::wire::http::{self as wire, Cut, LineEnds, Manner, Payload, Reply, Telling, Version};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

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
    /// The connection is taken and reset at once, as by a server that refuses it.
    Refuse,
    /// The body is sent in chunks (Transfer-Encoding: chunked).
    Chunked,
    /// The answer is of HTTP/1.0, and its body ends with the connection.
    #[serde(rename = "http-1.0")]
    Http10,
    /// Another HTTP status.
    #[serde(deserialize_with = "status")]
    Status(#[schemars(range(min = 100, max = 999))] u16),
    /// The answer waits this long before its first byte.
    Delay(Period),
    /// The answer goes out a few bytes at a time.
    Drip(Drip),
    /// The answer is cut after so many bytes.
    Cut(u64),
    /// The answer is a redirect to this URL; of a package, a path without a scheme is where it lies.
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
    /// The Content-Type has this value; there is none where it is empty.
    ContentType(String),
    /// This header is there as well: `Content-Disposition: attachment`.
    Header(String),
    /// The Content-Length says this number of bytes, whatever the body has.
    Length(u64),
    /// A server of FTP gives the package over TLS alone, though its URL is of the scheme `ftp`: the reply is 534 to a
    /// login, 522 to a guest who asks for the file.
    TlsRequired,
    /// At an https URL no TLS is spoken.
    NoTls,
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
    let written = u64::deserialize(deserializer)?;
    let status = u16::try_from(written).ok().filter(|status| (100..=999).contains(status));
    status
        .ok_or_else(|| de::Error::custom(format!("bad HTTP status {written}: three digits, from 100 to 999")))
}

impl Wrong {
    /// What becomes of a package that is served like this.
    pub(super) fn offer(&self) -> Offer {
        match self {
            Self::Chunked
            | Self::Http10
            | Self::Delay(_)
            | Self::Drip(_)
            | Self::ContentType(_)
            | Self::Header(_) => Offer::Uncommon,
            Self::Redirect(to) if !to.contains("://") => Offer::Uncommon,
            Self::Hang => Offer::Silent,
            Self::Lf
            | Self::Bom
            | Self::Encoded
            | Self::Empty
            | Self::Html
            | Self::Close
            | Self::Reset
            | Self::Refuse
            | Self::Status(_)
            | Self::Cut(_)
            | Self::Redirect(_)
            | Self::Prefix(_)
            | Self::Suffix(_)
            | Self::Order(_)
            | Self::Missing(_)
            | Self::Error(_)
            | Self::Version(_)
            | Self::Length(_)
            | Self::TlsRequired
            | Self::NoTls => Offer::Wrong,
        }
    }

    /// What a staging server makes of TLS that is wrong like this.
    pub(super) fn tls(&self) -> Option<TlsUse> {
        let known = [(Self::TlsRequired, TlsUse::Demanded), (Self::NoTls, TlsUse::Missing)];
        known.into_iter().find(|(wrong, _)| wrong == self).map(|(_, tls)| tls)
    }

    /// Spoils an HTTP answer whose body is a package or a page.
    pub(super) fn apply_to_reply(&self, reply: &mut Reply) {
        match self {
            Self::Lf => reply.delivery.line_ends = LineEnds::Lf,
            Self::Bom => put_in_front(reply, b"\xEF\xBB\xBF"),
            Self::Prefix(text) => put_in_front(reply, text.as_bytes()),
            Self::Suffix(text) => {
                let mut body = held(reply);
                body.extend_from_slice(text.as_bytes());
                reply.body = body.into();
            }
            Self::Empty => reply.body = Payload::default(),
            Self::Html => {
                set_header(reply, "Content-Type", "text/html");
                reply.body = "<!DOCTYPE html><title>Error</title><p>Something went wrong.</p>".into();
            }
            Self::Close => reply.delivery.manner = Manner::CloseAtOnce,
            Self::Reset | Self::Refuse => reply.delivery.manner = Manner::ResetAtOnce,
            Self::Hang => reply.delivery.manner = Manner::Hang,
            Self::Chunked => reply.delivery.telling = Telling::Chunked,
            Self::Http10 => {
                reply.delivery.version = Version::Old;
                reply.delivery.telling = Telling::Nothing;
            }
            Self::Status(status) => reply.status = *status,
            Self::Delay(period) => reply.delivery.delay = period.0,
            Self::Drip(drip) => {
                let bytes = drip.bytes.get() as usize;
                reply.delivery.drip = Some(wire::Drip { bytes, every: drip.every.0 });
            }
            Self::Cut(bytes) => reply.delivery.manner = Manner::CutAfter { bytes: *bytes, by: Cut::Fin },
            Self::Redirect(url) => {
                reply.status = 302;
                reply.headers.push(("Location".to_owned(), url.clone()));
            }
            Self::ContentType(kind) => set_header(reply, "Content-Type", kind),
            Self::Header(header) => {
                let (name, value) = header.split_once(':').unwrap_or((header, ""));
                set_header(reply, name.trim(), value.trim());
            }
            Self::Length(length) => reply.delivery.telling = Telling::Values(vec![length.to_string()]),
            // The first speak of the fields of a PENS answer, which a package has not; the last of the connection.
            Self::Encoded
            | Self::Order(_)
            | Self::Missing(_)
            | Self::Error(_)
            | Self::Version(_)
            | Self::TlsRequired
            | Self::NoTls => {}
        }
    }

    /// Spoils the answer to a command.
    pub(super) fn apply_to_answer(&self, answer: &mut Answer) {
        match self {
            Self::Lf => answer.response.fields.iter_mut().for_each(|field| {
                if field.end == LineEnd::CrLf {
                    field.end = LineEnd::Lf;
                }
            }),
            Self::Bom => answer.response.prefix = b"\xEF\xBB\xBF".to_vec(),
            Self::Prefix(text) => answer.response.prefix = text.clone().into_bytes(),
            Self::Suffix(text) => {
                if let Some(field) = answer.response.fields.last_mut() {
                    field.value.extend_from_slice(text.as_bytes());
                }
            }
            Self::Encoded => {
                if let Some(field) = answer.response.get_mut(FieldName::ErrorText) {
                    field.value = percent_encode(&field.value, NON_ALPHANUMERIC).to_string().into_bytes();
                }
            }
            Self::Empty => answer.body = Some(Vec::new()),
            Self::Order(names) => reorder(&mut answer.response, names),
            Self::Missing(name) => {
                answer.response.fields.retain(|field| field.known() != Some(name.field_name()));
            }
            Self::Error(word) => set_field(&mut answer.response, FieldName::Error, word),
            Self::Version(text) => set_field(&mut answer.response, FieldName::Version, text),
            Self::Html => {
                set_header(&mut answer.reply, "Content-Type", "text/html");
                answer.body =
                    Some(b"<!DOCTYPE html><title>Error</title><p>Something went wrong.</p>".to_vec());
            }
            Self::Close
            | Self::Reset
            | Self::Hang
            | Self::Refuse
            | Self::Chunked
            | Self::Http10
            | Self::Status(_)
            | Self::Delay(_)
            | Self::Drip(_)
            | Self::Cut(_)
            | Self::Redirect(_)
            | Self::ContentType(_)
            | Self::Header(_)
            | Self::Length(_)
            | Self::TlsRequired
            | Self::NoTls => self.apply_to_reply(&mut answer.reply),
        }
    }
}

impl Field {
    pub(super) fn field_name(self) -> FieldName {
        match self {
            Self::Error => FieldName::Error,
            Self::ErrorText => FieldName::ErrorText,
            Self::Version => FieldName::Version,
            Self::PensData => FieldName::PensData,
        }
    }
}

/// Puts the named fields in this order, the others behind them; every line but the last ends with CR LF.
fn reorder(response: &mut Response, names: &[Field]) {
    let place =
        |field: &crate::pens::Field| names.iter().position(|name| Some(name.field_name()) == field.known());
    response.fields.sort_by_key(|field| place(field).unwrap_or(names.len()));
    for field in &mut response.fields {
        if field.end == LineEnd::None {
            field.end = LineEnd::CrLf;
        }
    }
}

fn set_field(response: &mut Response, name: FieldName, value: &str) {
    if let Some(field) = response.get_mut(name) {
        field.value = value.as_bytes().to_vec();
    }
}

fn set_header(reply: &mut Reply, name: &str, value: &str) {
    reply.headers.retain(|(given, _)| !given.eq_ignore_ascii_case(name));
    if !value.is_empty() {
        reply.headers.push((name.to_owned(), value.to_owned()));
    }
}

fn put_in_front(reply: &mut Reply, bytes: &[u8]) {
    let body = [bytes, &held(reply)].concat();
    reply.body = body.into();
}

/// The body of an answer in memory; only small bodies are spoilt in this way.
fn held(reply: &Reply) -> Vec<u8> {
    const MOST: u64 = 1024 * 1024;
    let mut pieces = reply.body.pieces(MOST);
    let mut body = Vec::new();
    while let Some(piece) = pieces.lend() {
        body.extend_from_slice(piece);
    }
    body
}
