//! What two clocks say of one package: by ours it has not expired, and the subject says that it has.

use chrono::{DateTime, Utc};

use super::seen::RunSeen;
use super::verdict::{Cause, Finding, Outcome};
use crate::pens::{Code, Element, Expiry};
use crate::transcript::Transaction;

/// What is said of 1322 where by our clock the package stays: which clock is wrong cannot be told from here. The
/// subject is to blame where its own `Date` is before the expiry, or where it has none and took a collect whose package
/// expires no later.
pub(super) fn apart(run: &RunSeen, transaction: &Transaction, code: Code) -> Option<Outcome> {
    let answer = transaction.answered().filter(|_| code == Code::EXPIRED)?;
    let expiry = expiry_of(transaction)?;
    let ours = run.moment(answer.request.first_byte_us);
    let theirs = answer.dated();
    let is_by_their_clock =
        theirs.map_or_else(|| !has_taken_one_until(run, expiry), |theirs| theirs >= expiry);
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

fn expiry_of(transaction: &Transaction) -> Option<DateTime<Utc>> {
    Expiry::read(transaction.command.as_ref()?.get(Element::PackageUrlExpiry)?).moment()
}

/// Whether a collect was accepted whose package expires at this moment or before: then it had not come by the subject's
/// clock.
fn has_taken_one_until(run: &RunSeen, moment: DateTime<Utc>) -> bool {
    let mut taken = run.evidence.transactions.iter().filter(|other| other.is_accepted());
    taken.any(|other| expiry_of(other).is_some_and(|expiry| expiry <= moment))
}

/// Whether a collect was refused for the time that somebody's clock shows.
pub(super) fn have_refused(run: &RunSeen, transaction: &Transaction) -> bool {
    transaction.code().is_some_and(|code| apart(run, transaction, code).is_some())
}

/// A moment as it is told.
pub(super) fn shown(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
