//! What two clocks say of one package: by ours it has not expired, and the subject says that it has.

use chrono::{DateTime, Utc};

use super::seen::RunSeen;
use super::verdict::{Cause, Finding, Outcome};
use crate::pens::{Code, Element, Expiry};
use crate::transcript::Transaction;

/// What is said of 1322 where by our clock the package stays: which clock is wrong cannot be told from here. The
/// subject is to blame where its own `Date` is before the expiry, or where it has none and took another collect.
pub(super) fn apart(run: &RunSeen, transaction: &Transaction, code: Code) -> Option<Outcome> {
    let answer = transaction.answered().filter(|_| code == Code::EXPIRED)?;
    let expiry = Expiry::read(transaction.command.as_ref()?.get(Element::PackageUrlExpiry)?).moment()?;
    let ours = run.moment(answer.request.first_byte_us);
    let theirs = answer.dated();
    let is_by_their_clock = theirs.map_or_else(
        || !run.evidence.transactions.iter().any(Transaction::is_accepted),
        |theirs| theirs >= expiry,
    );
    if expiry <= ours || !is_by_their_clock {
        return None;
    }
    let theirs =
        theirs.map_or_else(|| "it does not tell the time".to_owned(), |it| format!("its own {}", shown(it)));
    let message = format!(
        "{code} says that the package has expired, which it has not by our clock, {}, {theirs}: set the clock that is wrong; `penspec doctor` tells how far they are apart",
        shown(ours)
    );
    let finding = Finding::new(message).seen_in([answer.request.entry]).seen_in(answer.ended_entry);
    Some(Outcome::Inconclusive(Cause::Prerequisite, finding))
}

/// Whether a collect was refused for the time that somebody's clock shows.
pub(super) fn have_refused(run: &RunSeen, transaction: &Transaction) -> bool {
    transaction.code().is_some_and(|code| apart(run, transaction, code).is_some())
}

/// A moment as it is told.
pub(super) fn shown(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
