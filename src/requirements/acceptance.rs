//! Whether a valid command is accepted (RSP-015), what excuses a refusal, and whether a password is asked for (RSP-016).

use super::corrected::refused;
use super::seen::{ResponseSeen, RunSeen, TransactionSeen, is_long};
use super::verdict::{Cause, Finding, Outcome};
use super::whole::unknown;
use super::{acknowledged, clocks, mailed, msg, twin};
use crate::pens::code::Class;
use crate::pens::response::FieldName;
use crate::pens::{Code, Element, Response};
use crate::transcript::entry::{Offer, Role};
use crate::transcript::{Evidence, Transaction};

pub(super) fn ok_answer(seen: &ResponseSeen) -> Option<Outcome> {
    let code = seen.response.code()?;
    if code == Code::NO_ERROR {
        return seen.is_to_valid_command().then_some(Outcome::Keeps);
    }
    if !seen.is_to_valid_command() || is_excused(seen, code) {
        return None;
    }
    let name = code.known().map_or("no code of Table 3", |row| row.name);
    let what = match seen.run.evidence.header.role {
        Role::Target => "collect",
        Role::Client => "receipt or alert",
    };
    if seen.run.evidence.header.role == Role::Target {
        if may_be_refused(seen.run.evidence, code, &seen.response) {
            return Some(Outcome::Inconclusive(Cause::Prerequisite, of_stranger(seen, code)));
        }
        if let Some(doubt) = clocks::apart(seen.run, seen.transaction, code) {
            return Some(doubt);
        }
    }
    let finding = refused(seen, format!("a valid {what} was refused with {code} ({name})"));
    let finding = Finding { accepts: vec![0], ..finding };
    Some(if tells_null(seen, code) {
        Outcome::Tolerated(finding.by("R-12"))
    } else {
        Outcome::Breaks(finding)
    })
}

fn of_stranger(seen: &ResponseSeen, code: Code) -> Finding {
    let gives_password = seen.run.profile.target.system_password.is_some();
    let cure = if gives_password {
        "check system-user-id and system-password in the profile"
    } else {
        "give the receiver's system-user-id and system-password in the profile, if it wants any"
    };
    let message = format!(
        "every collect was refused, and {code} may say that the receiver does not know its sender: {cure}"
    );
    refused(seen, message)
}

/// Whether a refusal has a cause that lies outside the command, or is told by another row.
fn is_excused(seen: &ResponseSeen, code: Code) -> bool {
    let transaction = seen.transaction;
    match seen.run.evidence.header.role {
        Role::Target => {
            // A target may look at the package before it answers, and takes the types that it takes.
            let is_wrong = transaction.begun.offer != Offer::Whole || !transaction.provokes.is_empty();
            let tells_package =
                is_wrong && matches!(code.class(), Class::Transport | Class::Host | Class::Underlying);
            // That the same collect is not taken a second time is PKG-012's matter.
            let is_again = transaction.answered().is_some_and(|first| first.id != seen.exchange.id);
            tells_package
                || is_again && transaction.is_accepted()
                || !takes_its_type(seen.run, transaction)
                || transaction.command.as_ref().and_then(unknown).is_some()
                || is_long(transaction)
                || mailed::refused(transaction) == Some(code)
                || msg::is_refused_for_its_method(seen.run.evidence, transaction)
        }
        Role::Client => acknowledged::is_refused_for_its_method(seen),
    }
}

/// Whether the profile has the target take packages of the type of a collect.
pub(super) fn takes_its_type(run: &RunSeen, transaction: &Transaction) -> bool {
    let kind = transaction.command.as_ref().and_then(|command| command.get(Element::PackageType));
    kind.is_none_or(|kind| run.profile.claims.take(kind, &run.profile.elements.package_type))
}

/// Whether a refusal is for a null client or expiry: their value spaces have the null string, their codes say
/// "not specified".
fn tells_null(seen: &ResponseSeen, code: Code) -> bool {
    let is_null =
        |element| seen.transaction.command.as_ref().and_then(|command| command.get(element)) == Some("");
    code == Code::NO_CLIENT && is_null(Element::Client)
        || code == Code::NO_PACKAGE_URL_EXPIRY && is_null(Element::PackageUrlExpiry)
}

pub(super) fn password_prompt(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    let Some(answer) = transaction.answered().filter(|_| transaction.provokes == ["RSP-016"]) else {
        return Vec::new();
    };
    let finding =
        |message: &str| Finding::new(message).seen_in([answer.request.entry]).seen_in(answer.ended_entry);
    let has_twin = twin::sane(seen.run.evidence, transaction, &[Element::SystemPassword]).is_some();
    // That there is no answer is RSP-001's matter.
    if answer.complete_response().is_none() {
        return Vec::new();
    }
    vec![if transaction.is_accepted() {
        Outcome::Breaks(
            finding("a collect without a password was accepted, though one is required").by("R-25"),
        )
    } else if has_twin {
        Outcome::Keeps
    } else {
        let message =
            "the same collect with the password was not accepted in this run, so a refusal proves nothing";
        Outcome::Inconclusive(Cause::Prerequisite, finding(message))
    }]
}

/// Whether a target may have refused a collect for its sender: no collect of the run was accepted, and Table 3 has no
/// code for credentials, so that it says it with a code of its own or of HTTP, or with the words that the table has for
/// 1420.
fn may_be_refused(evidence: &Evidence, code: Code, response: &Response) -> bool {
    let text =
        response.get(FieldName::ErrorText).map(|field| String::from_utf8_lossy(&field.value).to_lowercase());
    let speaks_of_permission = text.is_some_and(|text| text.contains("permission"));
    let is_of_access = matches!(code, Code(401 | 403))
        || code.class() == Class::ImplementationDefined
        || code == Code::VERSION && speaks_of_permission;
    is_of_access && !evidence.transactions.iter().any(Transaction::is_accepted)
}
