//! What a check is shown: one piece of evidence, and the run round it.

use super::ledger::Ledger;
use super::{Provoked, provoked};
use crate::pens::{Code, Element, Flaw, Response, ResponseFlaw};
use crate::profile::Profile;
use crate::transcript::entry::Ended;
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
    /// The receipt or alert.
    pub callback: &'a Callback,
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
    /// Its entry.
    pub entry: u64,
    /// The body, decoded.
    pub body: Vec<u8>,
    /// The body, read.
    pub response: Response,
    /// What is wrong with how it is written.
    pub flaws: Vec<Flaw<ResponseFlaw>>,
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

impl<'a> ResponseSeen<'a> {
    /// The answer in an exchange; `None` when none came to its end, or one that refuses the binding.
    #[must_use]
    pub fn of(run: &'a RunSeen<'a>, transaction: &'a Transaction, exchange: &'a Exchange) -> Option<Self> {
        let message = exchange.response.as_ref().filter(|_| exchange.status().is_some())?;
        let is_whole = matches!(exchange.ended, Some(Ended::Complete | Ended::TooLong));
        // The answer to a HEAD has no body that could be judged.
        if !is_whole
            || is_refused_binding(exchange)
            || exchange.request_head.method == "HEAD"
            || is_long(transaction) && exchange.status() != Some(200)
            || transaction.provokes.iter().any(|id| id == PROMPTED)
        {
            return None;
        }
        let body = exchange.payload()?;
        let (response, flaws) = Response::read(&body);
        Some(Self { run, transaction, exchange, entry: message.entry, body, response, flaws })
    }

    /// Whether any of the four fields is there.
    #[must_use]
    pub fn is_pens(&self) -> bool {
        self.response.fields.iter().any(|field| field.known().is_some())
    }

    /// Whether the collect that it answers is whole and carries no error on purpose.
    #[must_use]
    pub fn is_to_valid_collect(&self) -> bool {
        is_valid_collect(self.transaction)
    }
}

/// Whether a transaction's collect is whole and carries no error on purpose, whatever its package does.
#[must_use]
pub fn is_valid_collect(transaction: &Transaction) -> bool {
    let is_outside = |id: &String| provoked(id).is_some_and(Provoked::lies_outside_the_command);
    transaction.provokes.iter().all(is_outside) && !transaction.collects.is_empty()
}
