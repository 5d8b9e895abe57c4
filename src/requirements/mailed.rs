//! Receipts and alerts by mail: whether every address is served, and how such a mail is written.

use super::due::sends_alerts;
use super::ledger::Path;
use super::retrieval::{ended_before, has_run_out};
use super::seen::{RunSeen, TransactionSeen, is_valid_collect};
use super::trust;
use super::verdict::{Cause, Finding, Outcome};
use crate::pens::mailto::is_address;
use crate::pens::{Code, Element, MailFlaw, parse_code};
use crate::profile::Claim;
use crate::transcript::bytes::escape;
use crate::transcript::entry::{Awaited, MailEnd, Offer, Party, WaitEnd};
use crate::transcript::mail_grouping::mailboxes;
use crate::transcript::protocol::Protocol;
use crate::transcript::{MailSeen, Transaction};

/// The URLs that a collect names for mail.
const CALLED_BACK: [Element; 2] = [Element::Receipt, Element::Alerts];

/// MSG-013.
pub(super) fn mailto_all(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    // How long a server that keeps silent is borne with is the target's own matter; an error in the receipt's address
    // is another row's.
    let is_other = transaction.begun.offer == Offer::Silent || !is_valid_collect(transaction);
    if is_other || transaction.provokes.iter().any(|id| id == "ERR-1500") {
        return Vec::new();
    }
    CALLED_BACK.iter().filter_map(|element| served(seen, *element)).collect()
}

/// What becomes of the addresses that one element names.
fn served(seen: &TransactionSeen, element: Element) -> Option<Outcome> {
    let transaction = seen.transaction;
    let addresses = ours(transaction, element);
    if addresses.is_empty() {
        return None;
    }
    if let Some(code) = refused(transaction) {
        return Some(refusal(seen, code));
    }
    if !transaction.is_accepted() {
        return None;
    }
    let is_served =
        |address: &&String| transaction.mails.iter().any(|mail| mail.is_for(&[(*address).clone()]));
    let served = addresses.iter().filter(is_served).count();
    if served == addresses.len() {
        return Some(Outcome::Keeps);
    }
    let name = element.name();
    let finding = |message: String| {
        let answer = transaction.answered().and_then(|answer| answer.ended_entry);
        let finding =
            Finding::new(message).seen_in(answer).seen_in(transaction.mails.iter().map(|mail| mail.entry));
        finding.seen_in(transaction.waits.iter().map(|wait| wait.entry))
    };
    if served > 0 {
        let message = format!("of the {} addresses in {name}, {served} got the mail", addresses.len());
        return Some(if has_waited(transaction, element) {
            Outcome::Breaks(finding(message))
        } else {
            Outcome::Inconclusive(Cause::CutShort, finding(message))
        });
    }
    Some(unserved(seen, element, &finding))
}

/// No address of an accepted collect got a mail.
fn unserved(seen: &TransactionSeen, element: Element, finding: &dyn Fn(String) -> Finding) -> Outcome {
    let (transaction, name) = (seen.transaction, element.name());
    let is_alerts = element == Element::Alerts;
    let path = if is_alerts { Path::AlertsMail } else { Path::ReceiptMail };
    if let Some(broken) = transaction.mails.iter().find(|mail| is_broken_off(mail)) {
        let how = how(broken.mail.ended);
        return Outcome::Breaks(finding(format!("the mail to the address in {name} came to nothing: {how}")));
    }
    if !has_waited(transaction, element) {
        return Outcome::Inconclusive(
            Cause::CutShort,
            finding(ended_before(transaction, &format!("a mail to {name} came"))),
        );
    }
    if is_alerts && !sends_alerts(seen) {
        return Outcome::NotApplicable(finding("this target sent no alert".to_owned()).by("R-19"));
    }
    if seen.run.profile.claims.mailto == Some(Claim::No) {
        let code = if is_alerts { Code::ALERT_PROTOCOL } else { Code::RECEIPT_PROTOCOL };
        let message =
            format!("no mail came, as the profile says, and the collect was accepted: {code} is due");
        return Outcome::Breaks(finding(message));
    }
    if let Some(refusal) = trust::refusal(seen.run.evidence, Protocol::Mail) {
        return refusal;
    }
    if seen.run.ledger.is_proven(path) && !has_given_up(transaction) {
        let message =
            format!("no mail to {name} came within the limit, though mail of the target reaches us");
        return Outcome::Breaks(finding(message));
    }
    let message = format!(
        "no mail to {name} came, and nothing shows that mail of the target reaches us: look at the route of its mail \
         server to the domain of the mailboxes, at its queue, and at the port that penspec listens on"
    );
    Outcome::Inconclusive(Cause::Unreachable, finding(message))
}

/// Whether the receipt is to come by mail.
pub(super) fn is_by_mail(transaction: &Transaction) -> bool {
    !ours(transaction, Element::Receipt).is_empty()
}

/// Whether a target has accepted a collect whose receipt is to come by mail.
pub(super) fn is_taken(run: &RunSeen) -> bool {
    run.evidence.transactions.iter().any(|other| is_by_mail(other) && other.is_accepted())
}

/// The addresses of one element, when they are mailboxes of the transaction.
fn ours(transaction: &Transaction, element: Element) -> Vec<String> {
    let domain = transaction.begun.mail_domain.as_deref().unwrap_or_default();
    let is_ours = |address: &String| !domain.is_empty() && address.ends_with(&format!("@{domain}"));
    let addresses = mailboxes(transaction, element);
    if addresses.iter().all(is_ours) { addresses } else { Vec::new() }
}

/// The code with which mail is refused that a collect names: in the answer, or of the alerts in the receipt.
pub(super) fn refused(transaction: &Transaction) -> Option<Code> {
    if CALLED_BACK.iter().all(|element| ours(transaction, *element).is_empty()) {
        return None;
    }
    let is_refusal = |code: &Code| matches!(*code, Code::RECEIPT_PROTOCOL | Code::ALERT_PROTOCOL);
    let in_receipt = || {
        let mut receipts = transaction.receipts();
        let code = receipts.find_map(|receipt| parse_code(receipt.command.value("error")?))?;
        (code == Code::ALERT_PROTOCOL && !mailboxes(transaction, Element::Alerts).is_empty()).then_some(code)
    };
    transaction.code().filter(is_refusal).or_else(in_receipt)
}

fn refusal(seen: &TransactionSeen, code: Code) -> Outcome {
    let answer = seen.transaction.answered().and_then(|answer| answer.ended_entry);
    let finding = |message: String| Finding::new(message).by("R-24").seen_in(answer);
    match seen.run.profile.claims.mailto {
        Some(Claim::Yes) => {
            Outcome::Breaks(finding(format!("mail was refused with {code}, though the profile claims it")))
        }
        Some(Claim::No) => Outcome::Keeps,
        None => Outcome::Tolerated(finding(format!("mail was refused with {code}"))),
    }
}

fn has_waited(transaction: &Transaction, element: Element) -> bool {
    let awaited = if element == Element::Alerts { Awaited::Alert } else { Awaited::Receipt };
    transaction.waits.iter().any(|wait| {
        wait.awaits == awaited && (has_run_out(wait) || wait.ended == Some(WaitEnd::NotDue))
            || wait.awaits == Awaited::Quiet && has_run_out(wait)
    })
}

fn has_given_up(transaction: &Transaction) -> bool {
    transaction.waits.iter().any(|wait| wait.ended == Some(WaitEnd::GivenUp))
}

fn is_broken_off(seen: &MailSeen) -> bool {
    match seen.mail.ended {
        MailEnd::TooLarge | MailEnd::Dropped | MailEnd::Cut => true,
        MailEnd::Taken | MailEnd::Refused | MailEnd::Unreachable | MailEnd::Unsent => false,
    }
}

fn how(ended: MailEnd) -> &'static str {
    match ended {
        MailEnd::Taken => "it was taken",
        MailEnd::Refused => "it was refused",
        MailEnd::TooLarge => "it was longer than is taken",
        MailEnd::Dropped => "its recipients were named and no message followed",
        MailEnd::Cut => "the connection ended within it",
        MailEnd::Unreachable => "the mail server could not be reached",
        MailEnd::Unsent => "there was no mail server that it could go to",
    }
}

/// MSG-012: each sub-point of each mail.
pub(super) fn mailto_mail(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    if refused(transaction).is_some() && seen.run.profile.claims.mailto != Some(Claim::Yes) {
        return vec![Outcome::NotApplicable(Finding::new("this target refuses mail").by("R-24"))];
    }
    let mails = transaction.callbacks.iter().filter_map(|callback| callback.mail.as_deref());
    let theirs = mails.filter(|mail| mail.mail.by == Party::Subject);
    theirs.flat_map(|mail| judge(transaction, mail)).collect()
}

fn judge(transaction: &Transaction, mail: &MailSeen) -> Vec<Outcome> {
    let points = [sender(mail), reply_to(mail), subject(mail), form(mail), data(transaction, mail)];
    points.into_iter().chain(handed_over(mail)).collect()
}

fn finding(mail: &MailSeen, message: impl Into<String>) -> Finding {
    Finding::new(message).seen_in([mail.entry])
}

/// A valid address of an account of the system that sends.
fn sender(mail: &MailSeen) -> Outcome {
    match mail.from.as_slice() {
        [] => Outcome::Breaks(finding(mail, "the mail has no From that could be read")),
        from if from.iter().all(|address| is_address(address)) => Outcome::Keeps,
        from => {
            let shown = escape(from.join(", ").as_bytes());
            Outcome::Breaks(finding(mail, format!("its From is no valid address: \"{shown}\"")))
        }
    }
}

fn reply_to(mail: &MailSeen) -> Outcome {
    match &mail.reply_to {
        // Without it, replies go to the address of From (RFC 2822, 3.6.2).
        None => Outcome::Advice(finding(mail, "the mail has no Reply-To: replies go to its From")),
        Some(to) if !to.is_empty() && to.iter().all(|address| is_address(address)) => Outcome::Keeps,
        Some(to) => {
            let shown = escape(to.join(", ").as_bytes());
            Outcome::Breaks(finding(mail, format!("its Reply-To is no valid address: \"{shown}\"")))
        }
    }
}

/// A subject that a person can read.
fn subject(mail: &MailSeen) -> Outcome {
    let subject = mail.subject.as_deref().unwrap_or_default();
    let is_coded = subject.contains("=?") && subject.contains("?=");
    let is_garbled = subject.chars().any(|letter| letter.is_control() || letter == '\u{fffd}');
    if subject.trim().is_empty() {
        Outcome::Breaks(finding(mail, "the mail has no subject"))
    } else if is_coded || is_garbled || !subject.chars().any(char::is_alphanumeric) {
        let shown = escape(subject.as_bytes());
        Outcome::Breaks(finding(mail, format!("its subject cannot be read: \"{shown}\"")))
    } else {
        Outcome::Keeps
    }
}

/// Free text first, then a line for each element, ended by CR LF.
fn form(mail: &MailSeen) -> Outcome {
    let Some(flaw) = mail.flaws.first() else { return Outcome::Keeps };
    let mut kinds: Vec<MailFlaw> = Vec::new();
    for flaw in &mail.flaws {
        if !kinds.contains(&flaw.kind) {
            kinds.push(flaw.kind);
        }
    }
    let kinds = kinds.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let line =
        mail.text.get(flaw.offset..).and_then(|rest| rest.split_inclusive('\n').next()).unwrap_or_default();
    let finding = finding(mail, format!("the data is not in lines of name=value: {kinds}"));
    Outcome::Breaks(finding.comparing(b"name=value\r\n", &line.as_bytes()[..line.len().min(200)]))
}

/// What a mail has to tell: the result, and which package of whose it is about.
fn data(transaction: &Transaction, mail: &MailSeen) -> Outcome {
    const DUE: [&str; 5] = ["error", "error-text", "package-type", "package-id", "client"];
    let command = &mail.command;
    let missing: Vec<&str> = DUE.into_iter().filter(|name| command.value(name).is_none()).collect();
    if !missing.is_empty() {
        return Outcome::Breaks(finding(mail, format!("the mail has no {}", missing.join(", "))).by("R-21"));
    }
    let error = command.value("error").unwrap_or_default();
    if parse_code(error).is_none() {
        let shown = escape(error.as_bytes());
        return Outcome::Breaks(finding(
            mail,
            format!("its error \"{shown}\" is no integer from 0 to 65535"),
        ));
    }
    let given =
        |name: &str| transaction.command.as_ref().and_then(|collect| collect.value(name)).unwrap_or_default();
    let other =
        ["package-type", "package-id"].into_iter().find(|name| command.value(name) != Some(given(name)));
    match other {
        None => Outcome::Keeps,
        Some(name) => {
            let told = command.value(name).unwrap_or_default();
            let finding = finding(mail, format!("its {name} is not that of the collect"));
            Outcome::Breaks(finding.comparing(given(name).as_bytes(), told.as_bytes()))
        }
    }
}

/// What was odd in the way it was handed over: nothing that PENS speaks of.
fn handed_over(mail: &MailSeen) -> Option<Outcome> {
    let flaws = mail.mail.flaws.iter().map(|flaw| flaw.name()).collect::<Vec<_>>().join(", ");
    (!flaws.is_empty()).then(|| Outcome::Advice(finding(mail, format!("it was handed over with {flaws}"))))
}
