//! What the end of a trigger tells: that a client which was a command has left, and can neither answer nor offer any more.

use super::seen::RunSeen;
use super::verdict::{Cause, Finding, Outcome};
use crate::transcript::entry::{Ended, TriggerEnd};
use crate::transcript::{Exchange, Transaction};

/// The entry of a trigger is written when what its command said has been read: so long after its end at most.
const READING_US: u64 = 300_000;

/// What can be done about it.
pub(super) const CURE: &str = "the trigger command had ended: where it is the client itself, keep it running until its \
                               receipt and alerts have come; penspec ends it soon after its case";

/// What can be done where penspec itself has ended the command.
pub(super) const CURE_OF_OURS: &str = "penspec had ended the trigger command, as it does soon after a case and before it has \
                                       the next course published: offer packages by a server that outlives the command, \
                                       and publish once each time";

/// Who ended the command that a client was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// It ended by itself.
    ByItself,
    /// We ended it.
    ByUs,
}

impl Left {
    /// What can be done about it.
    pub(super) fn cure(self) -> &'static str {
        match self {
            Self::ByItself => CURE,
            Self::ByUs => CURE_OF_OURS,
        }
    }
}

/// Whether nobody answered, and the command that was to publish for the case had ended by then: a client that goes on is
/// not seen to be at fault, and neither is one that somebody ends too early.
pub(super) fn has_left(run: &RunSeen, transaction: &Transaction, exchange: &Exchange) -> bool {
    left(run, transaction, exchange).is_some()
}

/// The same, and who ended it.
pub(super) fn left(run: &RunSeen, transaction: &Transaction, exchange: &Exchange) -> Option<Left> {
    let nobody = matches!(exchange.ended, Some(Ended::Refused | Ended::Closed | Ended::Reset));
    let case = run.evidence.scenarios.iter().find(|seen| seen.id == transaction.begun.scenario);
    let sent = transaction.collects.first().map_or(0, |collect| collect.request.first_byte_us);
    let sender = case.and_then(|seen| seen.sender(sent)).filter(|_| nobody)?;
    let has_left = sender.to_us <= exchange.request.last_byte_us.saturating_add(READING_US);
    let by = match sender.ended {
        TriggerEnd::Killed => Left::ByUs,
        TriggerEnd::Done | TriggerEnd::Failed | TriggerEnd::Skipped => Left::ByItself,
    };
    has_left.then_some(by)
}

/// What is said of an answer that a client which has left did not give.
pub(super) fn unanswered(name: &str, exchange: &Exchange) -> Outcome {
    let message = format!("nobody was there to answer the {name}: the command that publishes had ended");
    let finding = Finding::new(message).seen_in([exchange.request.entry]).seen_in(exchange.ended_entry);
    Outcome::Inconclusive(Cause::OperatorAbsent, finding.because(Some(CURE)))
}
