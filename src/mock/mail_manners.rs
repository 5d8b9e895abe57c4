//! What a mock target does otherwise than a conforming one when it mails.

use schemars::JsonSchema;
use serde::Deserialize;

/// What is otherwise in mails than it should be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MailManners {
    /// Which of several addresses get a mail.
    #[serde(default)]
    pub recipients: Recipients,
    /// How the data is written.
    #[serde(default)]
    pub data: MailData,
    /// Which URLs are known as those of mail.
    #[serde(default)]
    pub scheme: Scheme,
    /// What stands in the header.
    #[serde(default)]
    pub header: Header,
}

/// Which of several addresses get a mail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Recipients {
    /// All of them the same one.
    #[default]
    All,
    /// Each one of its own.
    Each,
    /// The first alone.
    First,
}

/// How a mail has its data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MailData {
    /// In lines of names and values.
    #[default]
    Lines,
    /// Not at all.
    Left,
    /// As a query.
    Query,
    /// As the four lines of an answer, and nothing else.
    Response,
}

/// Which URLs are known as those of mail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// `mailto:` in any letter case.
    #[default]
    AnyCase,
    /// `mailto:` in lower case; nothing is sent to others.
    LowerCase,
}

/// What stands in the header of a mail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Header {
    /// All that a reader looks for.
    #[default]
    Whole,
    /// No subject, and nobody to reply to.
    Bare,
}
