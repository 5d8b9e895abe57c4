//! What PENS demands: a row for each point that a peer on the wire can be held to, and the checks behind them.
//!
//! Pure: a verdict depends on nothing but recorded evidence and the profile.

mod acceptance;
mod acknowledged;
mod alr;
mod answering;
pub mod archive;
mod binding;
mod by_ftp;
pub mod cause;
mod cbk;
mod clocks;
mod condition;
mod content;
mod corrected;
mod departed;
mod due;
mod echo;
mod elm;
mod err;
#[cfg(test)]
mod example;
pub mod judge;
pub mod ledger;
mod mailed;
mod msg;
mod offer;
mod pkg;
mod provoked;
mod rct;
mod retrieval;
mod rsp;
pub mod rulings;
pub mod seen;
mod seq;
mod shape;
#[cfg(test)]
mod story;
mod stream;
mod told;
mod trust;
pub mod twin;
mod url;
pub mod verdict;
mod whole;

use crate::pens::Element;
use seen::{CodeSeen, CommandSeen, ResponseSeen, RunSeen, TransactionSeen};
pub use verdict::{Cause, Finding, Outcome, Verdict};

/// The version of the catalogue: it changes whenever a verdict may.
pub const CATALOGUE: &str = "2026-11-23";

/// The families of rows, in the catalogue's order, and what each is about.
pub const FAMILIES: [(&str, &str); 9] = [
    ("MSG", "a command on the wire"),
    ("ELM", "the elements of a collect"),
    ("RSP", "the response to a command"),
    ("ERR", "the error tables"),
    ("PKG", "the package and its transfer"),
    ("RCT", "the receipt"),
    ("ALR", "the alerts"),
    ("CBK", "the acknowledgement of callbacks"),
    ("SEQ", "the sample transaction stream"),
];

/// One point that a peer on the wire can be held to.
pub struct Requirement {
    /// `RSP-004`; never used for anything else once released.
    pub id: &'static str,
    /// `crlf`.
    pub name: &'static str,
    /// How binding it is.
    pub level: Level,
    /// Whom it binds.
    pub binds: Bound,
    /// Where the specification says so: `6.3, Table A-2`.
    pub clause: &'static str,
    /// The demand, in our words.
    pub text: &'static str,
    /// The rulings that decide doubtful cases: `R-15`.
    pub rulings: &'static [&'static str],
    /// What a developer changes who does not keep it.
    pub remedy: &'static str,
    /// A piece of evidence that keeps it: shown in the docs, run as a test.
    pub keeps: &'static str,
    /// A piece of evidence that breaks it: the same.
    pub breaks: &'static str,
    /// What is looked at.
    pub check: Check,
}

/// How binding a requirement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// "shall", "required", "obligated".
    Must,
    /// "should", "best practice", "expected".
    Should,
    /// "may", "optionally".
    May,
    /// Not in the specification; what real peers trip over. Never a failure.
    Interop,
}

/// Whom a requirement binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The sender of collects.
    Client,
    /// Their receiver.
    Target,
    /// Whoever sends the command at hand.
    Sender,
    /// Whoever answers it.
    Responder,
    /// Both, each in its own part.
    Both,
}

/// What a check looks at. `None` or an empty list: the evidence is not of its kind, nothing is said.
pub enum Check {
    /// Every command that the subject sent.
    Command(fn(&CommandSeen) -> Option<Outcome>),
    /// Every answer that the subject gave.
    Response(fn(&ResponseSeen) -> Option<Outcome>),
    /// Every error code that the subject gave, in an answer, a receipt or an alert.
    Code(fn(&CodeSeen) -> Outcome),
    /// Every collect and what followed from it.
    Transaction(fn(&TransactionSeen) -> Vec<Outcome>),
    /// The run as a whole.
    Run(fn(&RunSeen) -> Vec<Outcome>),
    /// The error that a collect provoked on purpose.
    Provoked(Provoked),
}

/// The code that a provoked error must be told with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provoked {
    /// The code that says most (Table 3).
    pub code: u16,
    /// Others that say as much.
    pub also: &'static [u16],
    /// The elements in which the collect may differ from its sane twin.
    pub at_hand: &'static [Element],
    /// Where the code may stand.
    pub shows: Shows,
    /// What a 0 everywhere means.
    pub zero: Zero,
}

impl Provoked {
    /// Whether the error lies in the package or in an address, and the command itself is without fault.
    #[must_use]
    pub fn lies_outside_the_command(self) -> bool {
        matches!(self.code, 1301..=1312 | 1432 | 1440 | 1500)
    }

    /// Whether a command does not show the error: who knows its password would have to say.
    #[must_use]
    pub fn is_hidden(self) -> bool {
        self.lies_outside_the_command() || self.code >= 10_000
    }
}

/// The error that a row is there for, when it is one that a scenario provokes.
#[must_use]
pub fn provoked(id: &str) -> Option<Provoked> {
    match find(id)?.check {
        Check::Provoked(provoked) => Some(provoked),
        Check::Command(_) | Check::Response(_) | Check::Code(_) | Check::Transaction(_) | Check::Run(_) => {
            None
        }
    }
}

/// Where the code of a provoked error may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// In the answer to the collect alone.
    Response,
    /// In the answer or, as the retrieval brings it about, in the receipt.
    Receipt,
    /// In the answer, the receipt or, as the processing brings it about, in an alert.
    Alert,
}

/// What it means that an error was told nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zero {
    /// It breaks the row.
    Breaks,
    /// A ruling lets it pass.
    Tolerated(&'static str),
    /// It breaks the row where the target sends alerts; another may not have looked.
    OwedByAlerts,
    /// Only what is told is judged.
    Unjudged,
}

impl Requirement {
    /// The family that it belongs to: `RSP`.
    #[must_use]
    pub fn family(&self) -> &'static str {
        self.id.split('-').next().unwrap_or_default()
    }
}

impl Level {
    /// As it is written in the catalogue.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
            Self::May => "MAY",
            Self::Interop => "INTEROP",
        }
    }

    /// As it is written in report.json.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::May => "may",
            Self::Interop => "interop",
        }
    }
}

impl Bound {
    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Target => "target",
            Self::Sender => "sender of the command",
            Self::Responder => "one who answers the command",
            Self::Both => "client and target, each in its part",
        }
    }
}

/// Every row whose check runs, family by family.
pub fn all() -> impl Iterator<Item = &'static Requirement> {
    [
        msg::REQUIREMENTS,
        elm::REQUIREMENTS,
        rsp::REQUIREMENTS,
        err::REQUIREMENTS,
        pkg::REQUIREMENTS,
        rct::REQUIREMENTS,
        alr::REQUIREMENTS,
        cbk::REQUIREMENTS,
        seq::REQUIREMENTS,
    ]
    .into_iter()
    .flatten()
}

/// The row with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Requirement> {
    all().find(|row| row.id == id)
}
