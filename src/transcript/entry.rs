//! The lines of a transcript: the header, the entries, the ending.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::asked::{Answered, Asked, Barred, Met, NotSent, TriggerEnd, Triggered, TriggeredBy};
use super::bytes::{Body, Bytes};
pub use super::ending::{Ending, Interruption, Whole};
pub use super::ftp::{ControlLine, FtpAsked, FtpScheme, Secured, SecuredLink, Transfer};
pub use super::mailed::{HandedOver, Mail, MailEnd, Recipient};
use super::mask::Mask;
pub use crate::wire::tls::{Facts as Tls, Failure, FailureKind};

/// The version of the format of transcript.jsonl and report.json.
pub const SCHEMA_VERSION: u32 = 1;

/// The first line: all that a judge must know besides what happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Eight hexadecimal digits, new in each run; part of every address that is given out.
    pub run_id: String,
    /// The program that recorded.
    pub tool: Tool,
    /// What the subject is.
    pub role: Role,
    /// The subject as its operator describes it, without secrets.
    pub profile: serde_json::Value,
    /// The ids and globs that the operator asked for; empty: everything.
    pub selection: Vec<String>,
    /// The requirements that what was chosen is there for; empty: every one.
    pub proves: Vec<String>,
    /// The profile's file, as the operator named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_file: Option<String>,
    /// Whether the run may end without having played everything that was selected.
    pub partition: Option<String>,
    /// When the run began (RFC 3339, UTC).
    pub started: String,
}

/// The program that recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// `penspec`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The version of its catalogue of requirements.
    pub catalogue: String,
}

/// What the subject is: the side of PENS that is under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It receives collects.
    Target,
    /// It sends collects.
    Client,
}

impl Role {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Client => "client",
        }
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its place in the transcript, from 1.
    pub number: u64,
    /// Microseconds since the run began.
    pub at_us: u64,
    /// What happened.
    pub what: What,
}

/// Whose act it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// Ours.
    Mock,
    /// The peer's.
    Subject,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum What {
    /// A case of a scenario began.
    ScenarioBegun {
        /// The case's id.
        scenario: String,
        /// Its title.
        title: String,
        /// The requirements that it is there for.
        proves: Vec<String>,
    },
    /// A step of it began.
    StepBegun {
        /// The case's id.
        scenario: String,
        /// Which step, from 1.
        step: usize,
        /// Its verb.
        verb: String,
    },
    /// A case ended.
    ScenarioEnded {
        /// The case's id.
        scenario: String,
        /// Why it ended before its last step, when it did.
        cut_short: Option<String>,
    },
    /// A transaction was prepared: what it offers and where its callbacks should go.
    TransactionBegun(TransactionBegun),
    /// A transaction provokes errors on purpose.
    Provokes {
        /// Its id.
        transaction: String,
        /// The rows whose errors its collect carries.
        requirements: Vec<String>,
    },
    /// A connection was opened.
    ConnectionOpened {
        /// Its number.
        connection: u64,
        /// Who opened it.
        by: Party,
        /// The peer's address.
        peer: String,
        /// What was seen of the handshake, where TLS is spoken.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tls: Option<Tls>,
    },
    /// A connection that the subject had opened was closed.
    ConnectionClosed {
        /// Its number.
        connection: u64,
        /// By whom, and how.
        how: String,
    },
    /// A handshake of TLS is over on a connection of FTP, however it ended.
    Secured(Secured),
    /// A whole HTTP request passed, or all of it that there will be.
    Request(Request),
    /// The HTTP answer to a request passed, or all of it that there will be.
    Response(Response),
    /// A line passed over a control connection of FTP.
    ControlLine(ControlLine),
    /// A package was asked for over FTP, and this is what became of it.
    Transfer(Transfer),
    /// A mail was handed over, or was to be.
    Mail(Mail),
    /// A wait began.
    WaitBegun {
        /// Its number.
        wait: u64,
        /// The transaction that is waited on.
        transaction: String,
        /// What is waited for.
        awaits: Awaited,
        /// How many of them.
        count: usize,
        /// How long at most, in milliseconds.
        limit_ms: u64,
    },
    /// A wait ended.
    WaitEnded {
        /// Its number.
        wait: u64,
        /// Why.
        ended: WaitEnd,
    },
    /// A client was made to publish, or was to be.
    Triggered(Triggered),
    /// A person was asked what a client shows.
    Asked(Asked),
    /// What a collect asked us to send or to fetch was not sent.
    NotSent(NotSent),
    /// The author of a scenario expects something beyond the catalogue.
    Expects {
        /// The case's id.
        scenario: String,
        /// The transaction in question.
        transaction: String,
        /// In words.
        expected: String,
        /// What there was.
        received: String,
        /// Whether it is as expected.
        met: Met,
    },
}

/// What a transaction offers and where its callbacks should go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransactionBegun {
    /// Its id: the token in its URLs.
    pub transaction: String,
    /// The case that it belongs to.
    pub scenario: String,
    /// Its package-id.
    pub package_id: String,
    /// Where the package lies.
    pub package_url: String,
    /// Where the receipt should go.
    pub receipt_url: String,
    /// Where alerts should go.
    pub alerts_url: String,
    /// The domain of the mailboxes where callbacks by mail should go, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_domain: Option<String>,
    /// The target system URL that a client under test was given (6.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_url: Option<String>,
    /// The name of the package and how it is offered.
    pub package: String,
    /// How the staging area answers for it.
    pub offer: Offer,
}

/// How the staging area answers for a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Offer {
    /// With the whole package.
    Whole,
    /// With the whole package, in a way that is right and uncommon: in chunks, slowly, by a redirect.
    Uncommon,
    /// Wrong on purpose.
    Wrong,
    /// Not at all: it takes the request and keeps silent.
    Silent,
}

/// An HTTP request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The exchange that it begins.
    pub exchange: u64,
    /// The connection that it came over.
    pub connection: u64,
    /// The transaction, where we know it because the request is ours.
    pub transaction: Option<String>,
    /// Who sent it.
    pub by: Party,
    /// What it is for, where we know it because we sent it or asked for it.
    pub purpose: Option<Purpose>,
    /// The URL that it was sent to, where the request is ours.
    pub url: Option<String>,
    /// Request line and headers, with the blank line.
    pub head: Bytes,
    /// The body as it was on the wire.
    pub body: Body,
    /// Whether all that the head promised came.
    pub whole: Whole,
    /// When its first byte passed, in microseconds since the run began.
    pub first_byte_us: u64,
    /// Where secrets stood.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub masks: Vec<Mask>,
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// To hand over a collect.
    Collect,
    /// To fetch a package.
    Download,
    /// To hand over a receipt.
    Receipt,
    /// To hand over an alert.
    Alert,
}

/// The answer to a request, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// The exchange that it ends.
    pub exchange: u64,
    /// Who sent it.
    pub by: Party,
    /// Status line and headers with the blank line; empty when none came.
    pub head: Bytes,
    /// The body as it was on the wire.
    pub body: Body,
    /// How the exchange ended.
    pub ended: Ended,
    /// When its first byte passed, in microseconds since the run began; `None` without a byte.
    pub first_byte_us: Option<u64>,
    /// When its last byte passed; of ours, when it was about to be handed over.
    pub last_byte_us: Option<u64>,
    /// Where secrets stood.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub masks: Vec<Mask>,
}

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// With a whole answer.
    Complete,
    /// The connection was refused.
    Refused,
    /// The host's name could not be resolved.
    Unresolved,
    /// No connection within the limit, or no route.
    Unreachable,
    /// The handshake of TLS failed: the entry of the connection tells why.
    Handshake,
    /// The proxy that requests go through answered in the peer's place, or hung up.
    Gateway,
    /// Closed before the first byte of an answer.
    Closed,
    /// Reset before the first byte of an answer.
    Reset,
    /// Closed or reset within the answer.
    Cut,
    /// Still open at the limit, without a byte of an answer.
    Silent,
    /// Still open at the limit, within the answer.
    Slow,
    /// We stopped reading: the answer is longer than any of PENS.
    TooLong,
    /// Bytes that are no HTTP answer.
    Garbage,
    /// We answered wrongly on purpose.
    OnPurpose,
    /// The run ended first.
    Abandoned,
}

/// What a wait waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Awaited {
    /// A collect.
    Collect,
    /// The answer to the collect.
    Response,
    /// The package, fetched.
    Download,
    /// A receipt.
    Receipt,
    /// An alert.
    Alert,
    /// That nothing happens for a while.
    Quiet,
    /// Nothing: the step ends with the run.
    Forever,
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WaitEnd {
    /// What was waited for came.
    Met,
    /// The time was up.
    Expired,
    /// Nothing has come over this path for several transactions: waiting on was pointless.
    GivenUp,
    /// It cannot come any more, or the profile says that it never does.
    NotDue,
    /// The time was up, but more came at once than our side serves: that nothing was seen proves nothing.
    Crowded,
    /// The run ended first.
    Interrupted,
}
