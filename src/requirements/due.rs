//! An error that a collect, or its package, provokes: which codes tell it, and until when they may come.

use chrono::{DateTime, Utc};

use super::retrieval::has_run_out;
use super::seen::TransactionSeen;
use super::{Provoked, Shows};
use crate::pens::{Class, Code, Fault, What, faults};
use crate::profile::Claim;
use crate::transcript::Transaction;
use crate::transcript::entry::{Awaited, WaitEnd};
use crate::transcript::transaction::WaitSeen;

/// An error that is due, and every code that tells it.
pub(super) struct Due {
    pub(super) provoked: Provoked,
    pub(super) fault: Option<Fault>,
    pub(super) accepts: Vec<u16>,
}

impl Due {
    pub(super) fn of(provoked: Provoked, seen: &TransactionSeen) -> Self {
        let now = DateTime::parse_from_rfc3339(&seen.run.evidence.header.started);
        let now = now.map_or(DateTime::<Utc>::UNIX_EPOCH, |now| now.to_utc());
        let carried =
            seen.transaction.command.as_ref().map(|command| faults(command, now)).unwrap_or_default();
        let fault = carried.into_iter().find(|fault| fault.code.0 == provoked.code);
        // Which other codes do depends on the fault: for a value that is missing, none.
        let also = fault
            .as_ref()
            .map_or_else(|| provoked.also.to_vec(), |fault| fault.also.iter().map(|code| code.0).collect());
        let mut accepts = vec![provoked.code];
        // Who says that https is not supported has the code for that.
        let denied = provoked.code == Code::NO_HTTPS.0 && seen.run.profile.claims.https == Some(Claim::No);
        accepts.extend(also.into_iter().filter(|_| !denied));
        if is_no_archive_at_all(seen.transaction) && provoked.shows == Shows::Alert {
            accepts.extend([Code::RETRIEVE.0, Code::PACKAGE_URL.0]);
        }
        Self { provoked, fault, accepts }
    }

    /// Whether a code tells the error; one that Table 3 has no code for may be told by any of the target's own.
    pub(super) fn keeps(&self, code: Code) -> bool {
        let is_own = Code(self.provoked.code).class() == Class::ImplementationDefined;
        self.accepts.contains(&code.0) || is_own && code.class() == Class::ImplementationDefined
    }

    pub(super) fn is(&self, what: What) -> bool {
        self.fault.as_ref().is_some_and(|fault| fault.what == what)
    }

    /// Whether nothing can come any more that would tell the error: the waits for it ran to their end.
    pub(super) fn is_settled(&self, seen: &TransactionSeen) -> bool {
        let transaction = seen.transaction;
        let has_receipt = transaction.receipts().next().is_some();
        let has_ended = |awaited: Awaited| {
            transaction.waits.iter().any(|wait| {
                wait.awaits == awaited && (has_run_out(wait) || wait.ended == Some(WaitEnd::NotDue))
            })
        };
        let by_receipt = has_receipt || has_ended(Awaited::Receipt) || has_ended(Awaited::Quiet);
        match self.provoked.shows {
            Shows::Response => true,
            Shows::Receipt => by_receipt,
            // What is no archive at all is a retrieval that failed, which a receipt tells.
            Shows::Alert if is_no_archive_at_all(transaction) => by_receipt,
            Shows::Alert if sends_alerts(seen) => has_waited_for_alerts(transaction),
            Shows::Alert => {
                by_receipt && (has_waited_for_alerts(transaction) || has_fallen_quiet(transaction))
            }
        }
    }
}

/// Whether what was fetched is nothing, or a page: nobody could take it for an archive.
pub(super) fn is_no_archive_at_all(transaction: &Transaction) -> bool {
    let bodies = transaction.downloads.iter().filter_map(|download| download.response.as_ref());
    let mut bodies = bodies.map(|response| &response.body).peekable();
    bodies.peek().is_some()
        && bodies.all(|body| body.length == 0 || body.head.0.trim_ascii_start().starts_with(b"<"))
}

/// Whether what was fetched can be opened, whatever is in it: the list of an archive's files stands at its end.
pub(super) fn is_archive(transaction: &Transaction) -> bool {
    const END_OF_DIRECTORY: &[u8] = b"PK\x05\x06";
    let whole = transaction.whole_download().and_then(|download| download.response.as_ref());
    let ends = whole.map(|response| [&response.body.head.0, &response.body.tail.0]);
    ends.is_some_and(|ends| {
        ends.iter().any(|end| end.windows(END_OF_DIRECTORY.len()).any(|window| window == END_OF_DIRECTORY))
    })
}

/// Whether the run waited until nothing more came.
pub(super) fn has_fallen_quiet(transaction: &Transaction) -> bool {
    transaction.waits.iter().any(|wait| wait.awaits == Awaited::Quiet && has_run_out(wait))
}

/// Whether this target alerts for good packages, and so owes the errors of bad ones.
pub(super) fn sends_alerts(seen: &TransactionSeen) -> bool {
    let good = seen.run.evidence.transactions.iter().filter(|other| other.provokes.is_empty());
    good.into_iter().any(|other| other.alerts().next().is_some())
}

/// Whether the run waited as long as an alert may take, or knew that none would come.
pub(super) fn has_waited_for_alerts(transaction: &Transaction) -> bool {
    let is_over = |wait: &WaitSeen| {
        wait.awaits == Awaited::Alert && (has_run_out(wait) || wait.ended == Some(WaitEnd::NotDue))
    };
    transaction.waits.iter().any(is_over)
}
