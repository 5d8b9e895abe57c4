//! A mail in a transcript: the dialogue in which it was handed over, its envelope and its bytes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bytes::{Body, Bytes};
use super::entry::{Party, Purpose, TransactionBegun};
use super::mask::Mask;
use crate::wire::smtp;

impl TransactionBegun {
    /// A mailbox of this transaction, by the name that stands before its token; `None` where mail is not taken.
    #[must_use]
    pub fn mailbox(&self, name: &str) -> Option<String> {
        Some(format!("{name}+{}@{}", self.transaction, self.mail_domain.as_ref()?))
    }
}

/// A mail that was handed over, or was to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Its number among the exchanges.
    pub exchange: u64,
    /// The connection that it came over; 0 for one of ours.
    pub connection: u64,
    /// The transaction, where we know it because the mail is ours.
    pub transaction: Option<String>,
    /// Who sent it.
    pub by: Party,
    /// What it is for, where the mail is ours.
    pub purpose: Option<Purpose>,
    /// What the sender calls itself.
    pub helo: Bytes,
    /// The address of the envelope that it comes from.
    pub from: Bytes,
    /// The addresses of the envelope that it goes to, up to a hundred.
    pub recipients: Vec<Recipient>,
    /// How many addresses came beyond those; none of them was taken.
    #[serde(default, skip_serializing_if = "is_none")]
    pub further: u64,
    /// Commands and replies, `C: ` before the one and `S: ` before the other; credentials masked.
    pub dialogue: Bytes,
    /// The mail, header and body.
    pub message: Body,
    /// How it ended.
    pub ended: MailEnd,
    /// What was wrong with how it was handed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flaws: Vec<HandedOver>,
    /// When its first command came, in microseconds since the run began.
    pub first_byte_us: u64,
    /// Where secrets stood.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub masks: Vec<Mask>,
}

/// An address that a mail was to go to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// The address.
    pub address: Bytes,
    /// The code of the reply: 250 when it was taken, 0 when there was none.
    pub reply: u16,
}

/// How a mail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MailEnd {
    /// It was taken.
    Taken,
    /// It was refused, or none of its recipients was taken.
    Refused,
    /// It was longer than is taken.
    TooLarge,
    /// The sender took it back, or said nothing more of it.
    Dropped,
    /// The connection ended within it.
    Cut,
    /// The mail server could not be reached.
    Unreachable,
    /// Nobody has named a mail server that it could go to: this is what would have been sent.
    Unsent,
}

/// Something wrong with how a mail was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HandedOver {
    /// A line ends with LF alone, or the dot stands between such.
    BareLf,
    /// There is a NUL.
    Nul,
    /// A line of the message is longer than 998 characters (RFC 5321, 4.5.3.1.6).
    LongLine,
    /// A byte above 127, though no 8BITMIME was announced.
    EightBit,
    /// A command was none of SMTP, or came out of its turn.
    Command,
}

impl HandedOver {
    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BareLf => "lines that end with LF alone",
            Self::Nul => "a NUL",
            Self::LongLine => "a line of more than 998 characters",
            Self::EightBit => "bytes above 127 without 8BITMIME",
            Self::Command => "commands that are none of SMTP, or out of turn",
        }
    }
}

impl Mail {
    /// A mail that our sink saw; `moment` is when it began.
    #[must_use]
    pub fn heard(mail: &smtp::Mail, first_byte_us: u64) -> Self {
        let recipients = mail.recipients.iter();
        Self {
            exchange: mail.exchange,
            connection: mail.connection,
            transaction: None,
            by: Party::Subject,
            purpose: None,
            helo: Bytes(mail.helo.clone()),
            from: Bytes(mail.from.clone()),
            recipients: recipients
                .map(|one| Recipient { address: Bytes(one.address.clone()), reply: one.reply })
                .collect(),
            further: mail.further,
            dialogue: Bytes(mail.dialogue.clone()),
            message: mail.message.clone().into(),
            ended: match mail.ended {
                smtp::Ended::Taken => MailEnd::Taken,
                smtp::Ended::Refused => MailEnd::Refused,
                smtp::Ended::TooLarge => MailEnd::TooLarge,
                smtp::Ended::Dropped => MailEnd::Dropped,
                smtp::Ended::Cut => MailEnd::Cut,
            },
            flaws: mail.flaws.iter().map(|flaw| handed_over(*flaw)).collect(),
            first_byte_us,
            masks: Vec::new(),
        }
    }
}

fn handed_over(flaw: smtp::Flaw) -> HandedOver {
    match flaw {
        smtp::Flaw::BareLf => HandedOver::BareLf,
        smtp::Flaw::Nul => HandedOver::Nul,
        smtp::Flaw::LongLine => HandedOver::LongLine,
        smtp::Flaw::EightBit => HandedOver::EightBit,
        smtp::Flaw::Command => HandedOver::Command,
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_none(further: &u64) -> bool {
    *further == 0
}
