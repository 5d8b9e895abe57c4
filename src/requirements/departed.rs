//! What the end of a trigger tells: that a client which was a command has left, and can neither answer nor offer any more.

use super::seen::RunSeen;
use super::verdict::{Cause, Finding, Outcome};
use crate::transcript::entry::Ended;
use crate::transcript::{Exchange, Transaction};

/// The entry of a trigger is written when what its command said has been read: so long after its end at most.
const READING_US: u64 = 300_000;

/// What can be done about it.
pub(super) const CURE: &str = "the trigger command had ended: where it is the client itself, keep it running until its \
                               receipt and alerts have come; penspec ends it soon after its case";

/// Whether nobody answered, and the command that was to publish for the case had ended by then: a client that goes on is
/// not seen to be at fault, and neither is one that somebody ends too early.
pub(super) fn has_left(run: &RunSeen, transaction: &Transaction, exchange: &Exchange) -> bool {
    let nobody = matches!(exchange.ended, Some(Ended::Refused | Ended::Closed | Ended::Reset));
    let case = run.evidence.scenarios.iter().find(|seen| seen.id == transaction.begun.scenario);
    let sent = transaction.collects.first().map_or(0, |collect| collect.request.first_byte_us);
    let left = case.and_then(|seen| seen.left_us(sent));
    nobody && left.is_some_and(|left| left <= exchange.request.last_byte_us.saturating_add(READING_US))
}

/// What is said of an answer that a client which has left did not give.
pub(super) fn unanswered(name: &str, exchange: &Exchange) -> Outcome {
    let message = format!("nobody was there to answer the {name}: the command that publishes had ended");
    let finding = Finding::new(message).seen_in([exchange.request.entry]).seen_in(exchange.ended_entry);
    Outcome::Inconclusive(Cause::OperatorAbsent, finding.because(Some(CURE)))
}
