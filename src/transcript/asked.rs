//! What was asked of those who serve a client under test, and what a mock target was asked for and did not do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bytes::Bytes;
use super::entry::Purpose;
use super::transaction::ScenarioSeen;

/// Whether an expectation of a scenario's author holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Met {
    /// It holds.
    Met,
    /// It does not.
    Unmet,
    /// There was nothing to hold against it.
    NoEvidence,
}

/// An attempt to make a client publish to an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Triggered {
    /// The case's id.
    pub scenario: String,
    /// The target system URL that was to be published to.
    pub target_url: String,
    /// By what.
    pub by: TriggeredBy,
    /// The command or the URL of the hook; empty where a person was asked.
    pub asked: String,
    /// How it ended.
    pub ended: TriggerEnd,
    /// The exit status of the command, or the HTTP status of the hook's answer.
    pub status: Option<i32>,
    /// What the command or the hook said, up to 8 KiB.
    pub output: Bytes,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// By what a client is made to publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TriggeredBy {
    /// A command of the shell.
    Command,
    /// A web hook.
    Url,
    /// A person.
    Person,
}

/// How an attempt to make a client publish ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TriggerEnd {
    /// Well.
    Done,
    /// Badly: with another exit status than 0, another HTTP status than 2xx, or not even begun.
    Failed,
    /// It was still busy when its case was over, and was ended.
    Killed,
    /// The person left the case out.
    Skipped,
}

/// A question to a person about what a client shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The case's id.
    pub scenario: String,
    /// The question, to be answered with yes or no.
    pub question: String,
    /// The answer.
    pub answer: Answered,
    /// What the person adds.
    pub note: String,
}

/// A person's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answered {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// Nobody answered.
    Unanswered,
}

/// A fetch, a receipt or an alert that a collect asks for and that did not go out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotSent {
    /// The transaction.
    pub transaction: String,
    /// What it would have been for.
    pub purpose: Purpose,
    /// Where the collect, or a redirect, would have had it go.
    pub url: String,
    /// Why it did not go out.
    pub why: Barred,
}

/// Why nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Barred {
    /// The host is neither loopback nor the sender's own address, and the operator has not allowed it.
    Host,
    /// The name of the host could not be looked up.
    Unresolved,
    /// This version does not speak the scheme.
    Scheme,
    /// It is no address that anybody could connect to.
    Address,
    /// It is to go by mail, and nobody has named a mail server.
    MailServer,
}

/// How long a command ran that was to make a client publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ran {
    /// When it began, in microseconds.
    pub from_us: u64,
    /// When it was over, in microseconds.
    pub to_us: u64,
    /// Whether it was over by itself.
    pub ended: TriggerEnd,
}

impl ScenarioSeen {
    /// Notes an attempt that was over then.
    pub(super) fn take_trigger(&mut self, at_us: u64, triggered: &Triggered) {
        if triggered.by == TriggeredBy::Command {
            let from_us = at_us.saturating_sub(triggered.took_ms.saturating_mul(1000));
            self.commands.push(Ran { from_us, to_us: at_us, ended: triggered.ended });
        }
        self.triggers.push(triggered.clone());
    }

    /// The command that made the client send a collect at this moment, in microseconds: of those that ran then the first
    /// to be over; where none did, the last of all, as it had only asked for the publishing.
    #[must_use]
    pub fn sender(&self, sent_us: u64) -> Option<&Ran> {
        let ran_then = self.commands.iter().filter(|ran| ran.from_us <= sent_us && sent_us <= ran.to_us);
        ran_then.min_by_key(|ran| ran.to_us).or(self.commands.last())
    }
}
