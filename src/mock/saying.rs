//! What a mock target does otherwise in its receipts and alerts than a conforming one.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

/// How a callback differs from the usual one.
#[derive(Debug, Clone, Default)]
pub struct Saying {
    /// Elements with another value.
    pub set: Vec<(String, String)>,
    /// Elements left out.
    pub omit: Vec<String>,
    /// The error that it tells whatever happened.
    pub error: Option<u16>,
    /// The error that it tells when the package could not be had.
    pub error_when_failed: Option<u16>,
    /// The error that it tells when the receipt could not be delivered.
    pub error_when_undelivered: Option<u16>,
    /// Where it is sent.
    pub to: Destination,
    /// How it is bound to HTTP.
    pub by: Binding,
    /// What becomes of the query that its URL has already.
    pub query: OwnQuery,
    /// How long it is held back.
    pub delay: Duration,
    /// Whose package-id it names.
    pub package_id: Whose,
    /// Whose name it gives as client.
    pub client: Named,
    /// How it writes package-url-expiry.
    pub expiry: Notation,
    /// What is replaced in the query or urlencoded body once it is written.
    pub raw: Vec<Replacement>,
}

/// A text of a written query, and what is sent in its place, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Replacement {
    /// The text, percent-encoded as it is written.
    pub replace: String,
    /// What is sent in its place.
    pub with: String,
}

/// Where a callback is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Destination {
    /// To its own URL.
    #[default]
    Own,
    /// To the receipt URL.
    Receipt,
    /// To the alerts URL.
    Alerts,
}

/// How a callback is bound to HTTP.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Binding {
    /// In the query of a GET.
    #[default]
    Get,
    /// In the urlencoded body of a POST.
    Post,
    /// In the parts of a multipart POST.
    Multipart,
}

/// What becomes of the query that a callback's URL has already (A.1 note).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OwnQuery {
    /// The command is appended to it with `&`.
    #[default]
    Kept,
    /// It is lost.
    Dropped,
    /// The command is appended to it with a second `?`.
    SecondMark,
}

/// Whose package-id a callback names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Whose {
    /// That of its own collect.
    #[default]
    Own,
    /// That of the collect that came last; a mail keeps that of its own.
    Latest,
}

/// How a callback writes the expiry of its collect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Notation {
    /// As it came.
    #[default]
    Same,
    /// With an offset of `+0000` in the place of the `Z`.
    Offset,
}

/// Whose name a callback gives as client: the specification has both (5.1, A.1.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Named {
    /// That of the target, as in the sample.
    #[default]
    Target,
    /// That of the collect.
    Collect,
}
