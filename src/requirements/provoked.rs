//! What a target tells of an error that a collect, or its package, provokes on purpose.

use chrono::{DateTime, Utc};

use super::retrieval::{error_of, has_run_out};
use super::seen::{TransactionSeen, is_refused_binding};
use super::verdict::{Cause, Finding, Outcome};
use super::{Provoked, Requirement, Shows, Zero, by_ftp, clocks, mailed, provoked, retrieval, twin};
use crate::pens::{Class, Code, Element, Fault, What, faults};
use crate::profile::Claim;
use crate::transcript::bytes::escape;
use crate::transcript::entry::{Awaited, Offer, WaitEnd};
use crate::transcript::transaction::WaitSeen;
use crate::transcript::{Callback, Transaction};

/// What a target told of an error.
struct Told {
    /// The first code that is not 0, else 0; `None` where the answer has no readable one.
    code: Option<Code>,
    accepts: Vec<u16>,
    received: Option<String>,
    entries: Vec<u64>,
}

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
    let told = match told(seen, std::slice::from_ref(&due)) {
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
        let told = match told(seen, &due) {
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
    let told = match told(seen, &due) {
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

/// An error that is due, and every code that tells it.
struct Due {
    provoked: Provoked,
    fault: Option<Fault>,
    accepts: Vec<u16>,
}

impl Due {
    fn of(provoked: Provoked, seen: &TransactionSeen) -> Self {
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
    fn keeps(&self, code: Code) -> bool {
        let is_own = Code(self.provoked.code).class() == Class::ImplementationDefined;
        self.accepts.contains(&code.0) || is_own && code.class() == Class::ImplementationDefined
    }

    fn is(&self, what: What) -> bool {
        self.fault.as_ref().is_some_and(|fault| fault.what == what)
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
    if !is_settled(seen, due) {
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
        Zero::OwedByAlerts if is_archive(seen.transaction) => Outcome::Advice(Finding::new(
            "a package was taken though a part is missing that its package-type asks for; what packages contain is outside PENS (1.1)",
        )),

        Zero::OwedByAlerts if sends_alerts(seen) => Outcome::Breaks(finding().by("R-19")),

        Zero::OwedByAlerts | Zero::Unjudged => {
            Outcome::NotApplicable(Finding::new("the target told nothing of it, and need not").by("R-19"))
        }
    }
}

/// Whether nothing can come any more that would tell the error: the waits for it ran to their end.
fn is_settled(seen: &TransactionSeen, due: &Due) -> bool {
    let transaction = seen.transaction;
    let has_receipt = transaction.receipts().next().is_some();
    let has_ended = |awaited: Awaited| {
        transaction
            .waits
            .iter()
            .any(|wait| wait.awaits == awaited && (has_run_out(wait) || wait.ended == Some(WaitEnd::NotDue)))
    };
    let by_receipt = has_receipt || has_ended(Awaited::Receipt) || has_ended(Awaited::Quiet);
    match due.provoked.shows {
        Shows::Response => true,
        Shows::Receipt => by_receipt,
        // What is no archive at all is a retrieval that failed, which a receipt tells.
        Shows::Alert if is_no_archive_at_all(transaction) => by_receipt,
        Shows::Alert if sends_alerts(seen) => has_waited_for_alerts(transaction),
        Shows::Alert => by_receipt && (has_waited_for_alerts(transaction) || has_fallen_quiet(transaction)),
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

impl Told {
    fn finding(&self, message: &str) -> Finding {
        let expected =
            self.accepts.iter().map(|code| format!("error={code}")).collect::<Vec<_>>().join(" or ");
        Finding {
            expected: Some(expected),
            received: self.received.clone(),
            accepts: self.accepts.clone(),
            ..Finding::new(message)
        }
        .seen_in(self.entries.iter().copied())
    }
}

/// Reads what was told of an error; the error is an outcome where nothing can be concluded from it.
fn told(seen: &TransactionSeen, due: &[Due]) -> Result<Told, Box<Outcome>> {
    let transaction = seen.transaction;
    let sent = transaction.collects.iter().flat_map(|sent| [Some(sent.request.entry), sent.ended_entry]);
    let mut entries: Vec<u64> = sent.flatten().collect();
    let prerequisite = |message: &str, entries: &[u64]| {
        let finding = Finding::new(message).seen_in(entries.iter().copied());
        Err(Box::new(Outcome::Inconclusive(Cause::Prerequisite, finding)))
    };
    let Some(answer) = transaction.answered().filter(|answer| answer.complete_response().is_some()) else {
        return prerequisite("the collect in error was not answered, so no code could be read", &entries);
    };
    if is_refused_binding(answer) {
        // A method that is not taken is the matter of MSG-007 and MSG-008 alone.
        let finding = Finding::new("commands by this HTTP method are refused").seen_in(entries);
        return Err(Box::new(Outcome::NotApplicable(finding)));
    }
    let at_hand: Vec<Element> = due.iter().flat_map(|due| due.provoked.at_hand).copied().collect();
    if twin::sane(seen.run.evidence, transaction, &at_hand).is_none() {
        let message =
            "the same collect without the error was not accepted in this run, so a refusal proves nothing";
        return prerequisite(message, &entries);
    }
    let mut accepts: Vec<u16> = due.iter().flat_map(|due| due.accepts.iter().copied()).collect();
    accepts.dedup();
    let response = transaction.response();
    let error = response.as_ref().and_then(|(response, _)| response.error());
    let received = error.map(|error| format!("error={}", escape(error.as_bytes())));
    let (code, received) = match (transaction.code(), later(seen, due)) {
        (Some(Code::NO_ERROR), Some((callback, code))) => {
            entries.push(callback.exchange.request.entry);
            (Some(code), Some(format!("error={code} in the {}", name(callback))))
        }
        (Some(Code::NO_ERROR), None) if awaits_receipt(seen, due) && mailed::is_by_mail(transaction) => {
            let finding = Finding::new("no mail came that could tell the error, which MSG-013 tells of");
            return Err(Box::new(Outcome::NotApplicable(finding)));
        }
        (Some(Code::NO_ERROR), None) if awaits_receipt(seen, due) => {
            return prerequisite("no receipt came that could tell the error", &entries);
        }
        (code, _) => (code, received),
    };
    let is_due = code.is_some_and(|code| due.iter().any(|due| due.keeps(code)));
    if mailed::is_by_mail(transaction) && !transaction.is_accepted() && !is_due && !mailed::is_taken(seen.run)
    {
        let message =
            "no collect whose receipt goes by mail was accepted in this run, so a refusal proves nothing";
        return prerequisite(message, &entries);
    }
    if let Some(doubt) = code.and_then(|code| clocks::apart(seen.run, transaction, code)) {
        return Err(Box::new(doubt));
    }
    Ok(Told { code, accepts, received, entries })
}

/// The first callback that tells an error, where one may.
fn later<'a>(seen: &TransactionSeen<'a>, due: &[Due]) -> Option<(&'a Callback, Code)> {
    let transaction = seen.transaction;
    let told = |callback: &'a Callback| {
        Some((callback, error_of(callback)?)).filter(|(_, code)| *code != Code::NO_ERROR)
    };
    let may = |shows: Shows| match shows {
        Shows::Response => (false, false),
        Shows::Receipt => (true, false),
        Shows::Alert => (true, true),
    };
    let in_receipt = due.iter().any(|due| may(due.provoked.shows).0);
    let in_alert = due.iter().any(|due| may(due.provoked.shows).1);
    let receipt = transaction.receipts().filter(|_| in_receipt).find_map(told);
    let mut alerts = transaction.alerts().filter(|_| in_alert).filter_map(told);
    receipt.or_else(|| alerts.find(|(_, code)| !is_usual(seen, *code)))
}

/// Whether a code of the target's own is one that it alerts of good packages, too: it tells no error.
fn is_usual(seen: &TransactionSeen, code: Code) -> bool {
    let is_good = |other: &&Transaction| other.provokes.is_empty() && other.begun.offer == Offer::Whole;
    let mut good = seen.run.evidence.transactions.iter().filter(is_good);
    code.class() == Class::ImplementationDefined
        && good.any(|other| other.alerts().any(|alert| error_of(alert) == Some(code)))
}

/// Whether only a receipt can tell, and none came. A target that sends alerts could have told it in one.
fn awaits_receipt(seen: &TransactionSeen, due: &[Due]) -> bool {
    let by_receipt = |due: &Due| match (due.provoked.shows, due.provoked.zero) {
        (Shows::Receipt, Zero::Breaks) => true,
        // What is no archive at all is a retrieval that failed, which a receipt tells.
        (Shows::Alert, Zero::OwedByAlerts) => !sends_alerts(seen) || is_no_archive_at_all(seen.transaction),
        (Shows::Alert, Zero::Breaks) => !sends_alerts(seen),
        (Shows::Response | Shows::Receipt | Shows::Alert, _) => false,
    };
    due.iter().any(by_receipt) && seen.transaction.receipts().next().is_none()
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

fn name(callback: &Callback) -> &'static str {
    if callback.is_called("alert") { "alert" } else { "receipt" }
}
