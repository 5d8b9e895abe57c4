//! How things end: the last line of a transcript, whether a message came whole, and an exchange in words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::entry::Ended;

/// The last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ending {
    /// How many entries stand before it: what was cut out at the end is missed.
    pub entries: u64,
    /// Milliseconds since the run began.
    pub duration_ms: u64,
    /// Why the run stopped before its end, when it did.
    pub interrupted: Option<Interruption>,
    /// Why not every selected case was played, when so.
    pub stopped: Option<String>,
}

/// Why a run stopped before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Interruption {
    /// SIGINT or SIGTERM.
    Signal,
    /// The limit of the whole run.
    Deadline,
    /// There was no room for more: somebody sent without end.
    Full,
    /// The record ends without a last line.
    CutOff,
    /// It was divided, and not every part of it was there to be joined.
    PartsMissing,
}

/// Whether a message came as long as it promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Whole {
    /// All of it.
    Whole,
    /// Only a part.
    Part,
}

impl Ended {
    /// In words.
    #[must_use]
    pub fn told(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Refused => "the connection was refused",
            Self::Unresolved => "the name of the host could not be resolved",
            Self::Unreachable => "no connection",
            Self::Gateway => "the proxy answered in the peer's place, or hung up",
            Self::Handshake => "the handshake of TLS failed",
            Self::Closed => "closed before the first byte",
            Self::Reset => "reset before the first byte",
            Self::Cut => "cut within the answer",
            Self::Silent => "silent until the limit",
            Self::Slow => "unfinished at the limit",
            Self::TooLong => "too long to be read on",
            Self::Garbage => "no HTTP",
            Self::OnPurpose => "wrong on purpose",
            Self::Abandoned => "the run ended first",
        }
    }
}
