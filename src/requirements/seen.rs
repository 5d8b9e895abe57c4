//! What a check is shown: one piece of evidence, and the run round it.

use chrono::{DateTime, TimeDelta, Utc};

use super::ledger::Ledger;
use super::{Provoked, provoked};
use crate::pens::response::FieldName;
use crate::pens::{Code, Command, CommandFlaw, Element, Flaw, Response, ResponseFlaw};
use crate::profile::Profile;
use crate::transcript::entry::{Ended, Party, Role};
use crate::transcript::{Callback, Evidence, Exchange, Transaction};

/// A run as a whole.
pub struct RunSeen<'a> {
    /// Everything that was recorded, grouped.
    pub evidence: &'a Evidence,
    /// What the subject's operator said of it.
    pub profile: &'a Profile,
    /// Which paths are proven.
    pub ledger: &'a Ledger,
}

/// A collect and all that followed from it.
pub struct TransactionSeen<'a> {
    /// The run that it is part of.
    pub run: &'a RunSeen<'a>,
    /// The transaction.
    pub transaction: &'a Transaction,
}

/// A command that the subject sent.
pub struct CommandSeen<'a> {
    /// The run that it is part of.
    pub run: &'a RunSeen<'a>,
    /// The transaction that it belongs to.
    pub transaction: &'a Transaction,
    /// How it came.
    pub exchange: &'a Exchange,
    /// What it says.
    pub command: &'a Command,
    /// What is wrong with how it is written.
    pub flaws: &'a [Flaw<CommandFlaw>],
    /// The receipt or alert that it is, with the URL that it was sent to; `None` for a collect.
    pub callback: Option<&'a Callback>,
}

/// An error code that the subject gave.
pub struct CodeSeen {
    /// The code.
    pub code: Code,
    /// The entry of the message that it stands in.
    pub entry: u64,
    /// What that message is: `answer`, `receipt` or `alert`.
    pub place: &'static str,
}

/// An HTTP answer that the subject gave to a command, read as PENS.
pub struct ResponseSeen<'a> {
    /// The run that it is part of.
    pub run: &'a RunSeen<'a>,
    /// The transaction that it belongs to.
    pub transaction: &'a Transaction,
    /// The exchange that it ends.
    pub exchange: &'a Exchange,
    /// The receipt or alert that it acknowledges; `None` for the answer to a collect.
    pub callback: Option<&'a Callback>,
    /// Its entry.
    pub entry: u64,
    /// The body, decoded.
    pub body: Vec<u8>,
    /// The body, read.
    pub response: Response,
    /// What is wrong with how it is written.
    pub flaws: Vec<Flaw<ResponseFlaw>>,
    /// Whether what is kept of a long body ends before pens-data: what is not there whole is not among the fields.
    pub is_cut: bool,
}

/// The HTTP statuses that refuse a binding rather than a command: MSG rows judge those alone.
const REFUSED_BINDING: [u16; 3] = [405, 414, 415];

/// The row about collects that are answered with a prompt, which is no answer of Table A-2.
const PROMPTED: &str = "RSP-016";

/// Whether a collect has as much vendor-data as the specification foresees: whether that gets through is MSG-011's
/// matter alone.
#[must_use]
pub fn is_long(transaction: &Transaction) -> bool {
    const LONGEST: usize = 4096;
    let value = transaction.command.as_ref().and_then(|command| command.get(Element::VendorData));
    value.is_some_and(|value| value.chars().count() >= LONGEST)
}

/// Whether an exchange was refused for its method, length or media type.
#[must_use]
pub fn is_refused_binding(exchange: &Exchange) -> bool {
    exchange.status().is_some_and(|status| REFUSED_BINDING.contains(&status))
}

impl RunSeen<'_> {
    /// The time of day at so many microseconds of the run; of a run without a beginning, long ago, when nothing had
    /// passed yet.
    #[must_use]
    pub fn moment(&self, us: u64) -> DateTime<Utc> {
        let started = DateTime::parse_from_rfc3339(&self.evidence.header.started);
        let since = i64::try_from(us).map_or(TimeDelta::MAX, TimeDelta::microseconds);
        let started = started.map_or(DateTime::<Utc>::MIN_UTC, |started| started.to_utc());
        started.checked_add_signed(since).unwrap_or(started)
    }
}

impl<'a> CommandSeen<'a> {
    /// Every command that the subject sent in a transaction: its collect, or its receipts and alerts.
    pub(super) fn all(run: &'a RunSeen<'a>, transaction: &'a Transaction) -> Vec<Self> {
        match run.evidence.header.role {
            Role::Target => {
                let of = |callback: &'a Callback| Self {
                    run,
                    transaction,
                    exchange: &callback.exchange,
                    command: &callback.command,
                    flaws: &callback.flaws,
                    callback: Some(callback),
                };
                transaction.by_http().map(of).collect()
            }
            Role::Client => Self::collect(run, transaction).into_iter().collect(),
        }
    }

    fn collect(run: &'a RunSeen<'a>, transaction: &'a Transaction) -> Option<Self> {
        let exchange = transaction.collects.first().filter(|collect| collect.by == Party::Subject)?;
        let (command, flaws) = (transaction.command.as_ref()?, transaction.flaws.as_slice());
        // A request without a query or body is no message (A.1).
        let is_message = !command.pairs.is_empty() || !flaws.is_empty();
        is_message.then_some(Self { run, transaction, exchange, command, flaws, callback: None })
    }
}

impl<'a> ResponseSeen<'a> {
    /// The answer in an exchange; `None` when none came to its end, or one that refuses the binding.
    #[must_use]
    pub fn of(run: &'a RunSeen<'a>, transaction: &'a Transaction, exchange: &'a Exchange) -> Option<Self> {
        let message = exchange.response.as_ref().filter(|_| exchange.status().is_some())?;
        let is_whole = matches!(exchange.ended, Some(Ended::Complete | Ended::TooLong));
        let callback = transaction.callbacks.iter().find(|callback| callback.exchange.id == exchange.id);
        let is_elsewhere = match run.evidence.header.role {
            Role::Target => {
                is_long(transaction) && exchange.status() != Some(200)
                    || transaction.provokes.iter().any(|id| id == PROMPTED)
            }
            Role::Client => callback.is_some_and(Callback::is_in_parts),
        };
        // The answer to a HEAD has no body that could be judged.
        if !is_whole || is_refused_binding(exchange) || exchange.request_head.method == "HEAD" || is_elsewhere
        {
            return None;
        }
        let body = exchange.payload()?;
        let (mut response, mut flaws) = Response::read(&body);
        let cut =
            response.fields.pop_if(|last| exchange.is_cut() && last.known() != Some(FieldName::PensData));
        if let Some(cut) = &cut {
            flaws.retain(|flaw| flaw.offset <= cut.offset);
        }
        let is_pens =
            |bytes: &[u8]| Response::read(bytes).0.fields.iter().any(|field| field.known().is_some());
        let begins_late = exchange.is_cut() && !is_pens(&body) && is_pens(&message.body.tail.0);
        Some(Self {
            run,
            transaction,
            exchange,
            callback,
            entry: message.entry,
            body,
            response,
            flaws,
            is_cut: cut.is_some() || begins_late,
        })
    }

    /// Whether any of the four fields is there.
    #[must_use]
    pub fn is_pens(&self) -> bool {
        self.response.fields.iter().any(|field| field.known().is_some())
    }

    /// The command that it answers.
    #[must_use]
    pub fn command(&self) -> Option<&'a Command> {
        match self.callback {
            Some(callback) => Some(&callback.command),
            None => self.transaction.command.as_ref(),
        }
    }

    /// Whether the command that it answers carries no error: a collect that is whole, a receipt or alert that tells
    /// of success and names a package that was offered.
    #[must_use]
    pub fn is_to_valid_command(&self) -> bool {
        match self.callback {
            Some(callback) => {
                callback.command.value("error") == Some("0") && is_of_known_package(self.run, callback)
            }
            None => is_valid_collect(self.transaction),
        }
    }
}

/// Whether a receipt or alert names a package that was offered in the run; one that names none is not held to it.
#[must_use]
pub fn is_of_known_package(run: &RunSeen, callback: &Callback) -> bool {
    let Some(told) = callback.command.pair(Element::PackageId.name()) else { return true };
    let mut offered = run
        .evidence
        .transactions
        .iter()
        .filter_map(|transaction| transaction.command.as_ref()?.get(Element::PackageId));
    offered.any(|id| told.matches(id))
}

/// Whether a transaction's collect is whole and carries no error on purpose, whatever its package does.
#[must_use]
pub fn is_valid_collect(transaction: &Transaction) -> bool {
    let is_outside = |id: &String| provoked(id).is_some_and(Provoked::lies_outside_the_command);
    transaction.provokes.iter().all(is_outside) && !transaction.collects.is_empty()
}
