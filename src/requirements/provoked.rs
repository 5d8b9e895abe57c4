//! What a target tells of an error that a collect, or its package, provokes on purpose.

use super::due::{Due, is_archive, is_no_archive_at_all, sends_alerts};
use super::retrieval::{error_of, has_run_out};
use super::seen::TransactionSeen;
use super::told::Told;
use super::verdict::{Cause, Finding, Outcome};
use super::{Provoked, Requirement, Zero, by_ftp, mailed, provoked, retrieval};
use crate::pens::{Class, Code, What};
use crate::transcript::Transaction;
use crate::transcript::entry::{Awaited, Offer};

/// What is said of the one error that a transaction provokes.
pub(super) fn judge_provoked(
    row: &Requirement,
    provoked: Provoked,
    seen: &TransactionSeen,
) -> Option<Outcome> {
    let [only] = seen.transaction.provokes.as_slice() else { return None };
    if only != row.id {
        return None;
    }
    if mailed::refused(seen.transaction).is_some() {
        return Some(Outcome::NotApplicable(Finding::new("this target refuses mail").by("R-24")));
    }
    if seen.transaction.begun.offer == Offer::Silent {
        return keeps_silent(seen.transaction, provoked);
    }
    if let Some(outcome) = instead(seen, provoked) {
        return Some(outcome);
    }
    let due = Due::of(provoked, seen);
    let told = match Told::of(seen, std::slice::from_ref(&due)) {
        Ok(told) => told,
        Err(outcome) => return Some(*outcome),
    };
    let Some(code) = told.code else {
        return Some(Outcome::Breaks(told.finding("the refusal has no readable code")));
    };
    Some(match code {
        _ if due.keeps(code) => Outcome::Keeps,
        Code::NO_ERROR => told_nowhere(seen, &due, &told),
        _ if provoked.zero == Zero::Unjudged && code.class() == Class::Underlying => Outcome::Keeps,
        _ if code.is_vaguer_than(Code(provoked.code)) => {
            let message = format!("{code} is right but says less than {}", provoked.code);
            Outcome::Tolerated(told.finding(&message).by("R-15"))
        }
        _ => Outcome::Breaks(
            told.finding(&format!("{code} is the code of another fault, {} is due", provoked.code)),
        ),
    })
}

/// What is said of an error where what the target makes of the transport goes before it.
fn instead(seen: &TransactionSeen, provoked: Provoked) -> Option<Outcome> {
    by_ftp::instead(seen, provoked).or_else(|| retrieval::instead_over_https(seen, provoked))
}

/// Every fault that was provoked has a code of its own: one of those is due.
pub(super) fn most_specific(seen: &TransactionSeen) -> Vec<Outcome> {
    let due = all_due(seen);
    let judge = || {
        let told = match Told::of(seen, &due) {
            Ok(told) => told,
            Err(outcome) => return Some(*outcome),
        };
        let is_vague = |code: Code| due.iter().any(|due| code.is_vaguer_than(Code(due.provoked.code)));
        match told.code {
            Some(code) if due.iter().any(|due| due.keeps(code)) => Some(Outcome::Keeps),
            Some(code) if is_vague(code) => {
                let message = format!("{code} is of the right class but too general");
                Some(Outcome::Breaks(told.finding(&message).by("R-15")))
            }
            // With one fault alone, any other code is the matter of that fault's row.
            _ if due.len() == 1 => None,
            Some(code) => {
                Some(Outcome::Breaks(told.finding(&format!("{code} is the code of none of the faults"))))
            }
            None => Some(Outcome::Breaks(told.finding("the refusal has no readable code"))),
        }
    };
    if due.is_empty() { Vec::new() } else { judge().into_iter().collect() }
}

/// Of several faults the highest-numbered is due; a code of none of them is ERR-100's matter.
pub(super) fn highest_number(seen: &TransactionSeen) -> Vec<Outcome> {
    let due = all_due(seen);
    let Some(highest) = due.iter().filter(|_| due.len() > 1).max_by_key(|due| due.provoked.code) else {
        return Vec::new();
    };
    let told = match Told::of(seen, &due) {
        Ok(told) => told,
        Err(outcome) => return vec![*outcome],
    };
    match told.code {
        Some(code) if highest.accepts.contains(&code.0) => vec![Outcome::Keeps],
        Some(code) if due.iter().any(|due| due.accepts.contains(&code.0)) => {
            let message = format!("{code} is the code of a fault, {} is the highest", highest.provoked.code);
            vec![Outcome::Breaks(told.finding(&message).by("R-16"))]
        }
        Some(_) | None => Vec::new(),
    }
}

/// How long a staging server that keeps silent is waited for is the target's own matter: nothing but advice.
fn keeps_silent(transaction: &Transaction, provoked: Provoked) -> Option<Outcome> {
    let receipt = transaction.receipts().next();
    let finding = |message: String, entry: Option<u64>| Finding::new(message).seen_in(entry);
    match receipt.map(|receipt| (receipt.exchange.request.entry, error_of(receipt))) {
        Some((_, Some(code))) if code.0 == provoked.code || provoked.also.contains(&code.0) => {
            Some(Outcome::Keeps)
        }
        Some((entry, _)) => {
            let message = format!("a staging server that never answers is best told with {}", provoked.code);
            Some(Outcome::Advice(finding(message, Some(entry))))
        }
        None => {
            let wait = transaction.wait(Awaited::Receipt).filter(|wait| has_run_out(wait))?;
            let message = "the staging server kept silent, and that was not told within the limit";
            Some(Outcome::Advice(finding(message.to_owned(), Some(wait.entry))))
        }
    }
}

fn all_due(seen: &TransactionSeen) -> Vec<Due> {
    let is_unseen = by_ftp::is_unseen(seen) || mailed::refused(seen.transaction).is_some();
    if seen.transaction.begun.offer == Offer::Silent || is_unseen {
        return Vec::new();
    }
    let rows = seen.transaction.provokes.iter().filter_map(|id| provoked(id));
    let rows = rows.filter(|provoked| instead(seen, *provoked).is_none());
    rows.map(|provoked| Due::of(provoked, seen)).collect()
}

/// An error that was told nowhere.
fn told_nowhere(seen: &TransactionSeen, due: &Due, told: &Told) -> Outcome {
    let finding = || told.finding("the collect in error was accepted, and no error was told");
    let not_owed =
        || Outcome::NotApplicable(Finding::new("the target told nothing of it, and need not").by("R-19"));
    if !due.is_settled(seen) {
        return Outcome::Inconclusive(Cause::CutShort, finding());
    }
    match due.provoked.zero {
        _ if due.is(What::Empty) => Outcome::Tolerated(finding().by("R-12")),
        _ if due.is(What::Invalid) && due.provoked.code == Code::NO_PACKAGE_ID.0 => {
            Outcome::Tolerated(finding().by("R-13"))
        }
        Zero::Breaks => Outcome::Breaks(finding()),
        Zero::Tolerated(ruling) => Outcome::Tolerated(finding().by(ruling)),
        Zero::OwedByAlerts if is_no_archive_at_all(seen.transaction) => Outcome::Advice(finding()),
        Zero::OwedByAlerts if !sends_alerts(seen) => not_owed(),
        Zero::OwedByAlerts if is_archive(seen.transaction) => Outcome::Advice(told.finding(
            "a package was taken though a part is missing that its package-type asks for; what packages contain is outside PENS (1.1)",
        )),
        Zero::OwedByAlerts => Outcome::Breaks(finding().by("R-19")),
        Zero::Unjudged => not_owed(),
    }
}
