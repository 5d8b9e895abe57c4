//! What a client makes of the receipts and alerts that it is sent: by either method, in any order, in several parts.

use super::departed;
use super::ledger::Path;
use super::seen::{ResponseSeen, RunSeen, TransactionSeen, is_of_known_package, is_refused_binding};
use super::verdict::{Cause, Finding, Outcome};
use crate::pens::{Code, Command, Response};
use crate::transcript::entry::{Barred, Ended, Party};
use crate::transcript::{Callback, Evidence, Exchange, Transaction};

/// The receipts and alerts that we sent, without those whose answers are MSG-014's alone.
pub(super) fn ours(transaction: &Transaction) -> impl Iterator<Item = &Callback> {
    all_ours(transaction).filter(|callback| !callback.is_in_parts())
}

fn all_ours(transaction: &Transaction) -> impl Iterator<Item = &Callback> {
    let sent = transaction.callbacks.iter().filter(|callback| callback.exchange.by == Party::Mock);
    sent.filter(|callback| !callback.is_led_on && callback.led_astray.is_none())
}

/// What is said of receipts and alerts whose answers lead to a host that we do not go to: what stands there is not known.
pub(super) fn led_astray(transaction: &Transaction) -> impl Iterator<Item = Outcome> {
    transaction.callbacks.iter().filter_map(|callback| {
        let (entry, why) = callback.led_astray?;
        let (message, cure) = match why {
            Barred::Unresolved => ("a host whose name is not known here", None),
            Barred::Host | Barred::Scheme | Barred::Address | Barred::MailServer => (
                "another host, to which penspec does not go by itself",
                Some("--allow-host HOST has it go there"),
            ),
        };
        let message = format!("the answer to the {} leads to {message}", name_of(callback));
        let finding = Finding::new(message).seen_in(callback.exchange.ended_entry).seen_in([entry]);
        Some(Outcome::Inconclusive(Cause::Unreachable, finding.because(cure)))
    })
}

/// MSG-007, MSG-008: receipts and alerts by this method are understood.
pub(super) fn method_accepted(seen: &TransactionSeen, method: &str) -> Vec<Outcome> {
    let by_method = ours(seen.transaction).filter(|callback| callback.method() == method);
    by_method.filter_map(|callback| understood_by_method(seen.run, callback)).collect()
}

fn understood_by_method(run: &RunSeen, callback: &Callback) -> Option<Outcome> {
    let (exchange, method) = (&callback.exchange, callback.method());
    let name = name_of(callback);
    let finding = |message: String| {
        Finding::new(message).seen_in([exchange.request.entry]).seen_in(exchange.ended_entry)
    };
    if is_refused_binding(exchange) {
        let status = exchange.status().unwrap_or_default();
        let message = format!("the {name} by {method} was refused with HTTP status {status}");
        return Some(refused(run, callback, finding(message)));
    }
    if code_of(exchange) == Some(Code::NO_ERROR) {
        return Some(Outcome::Keeps);
    }
    // Whatever else is wrong with an answer has rows of its own: the method is not proven to be its cause.
    is_method_to_blame(run, callback).then(|| {
        let message =
            format!("the {name} by {method} was not understood; by the other method others were taken");
        refused(run, callback, finding(message))
    })
}

/// What it comes to that a method is refused: an address that takes POST alone is tolerated.
fn refused(run: &RunSeen, callback: &Callback, mut finding: Finding) -> Outcome {
    if callback.method() != "GET" {
        return Outcome::Breaks(finding);
    }
    let is_post = |other: &&Callback| other.sent_to == callback.sent_to && other.method() == "POST";
    let mut posts = everywhere(run.evidence).filter(is_post).peekable();
    if posts.peek().is_none() {
        finding.message.push_str("; none went out by POST, and an address may take that alone");
        return Outcome::Inconclusive(Cause::Prerequisite, finding.by("R-03"));
    }
    if posts.any(is_taken) { Outcome::Tolerated(finding.by("R-03")) } else { Outcome::Breaks(finding) }
}

/// Whether the method is to blame for an answer, whatever that says.
pub(super) fn is_refused_for_its_method(seen: &ResponseSeen) -> bool {
    match seen.callback {
        Some(callback) => is_method_to_blame(seen.run, callback),
        None => super::msg::is_refused_for_its_method(seen.run.evidence, seen.transaction),
    }
}

/// Whether a callback was not taken, others of its kind were by the other method, and none by its own.
fn is_method_to_blame(run: &RunSeen, refused: &Callback) -> bool {
    let is_fair = |callback: &&Callback| {
        callback.sent_to == refused.sent_to
            && callback.command.value("error") == Some("0")
            && is_of_known_package(run, callback)
    };
    if !is_fair(&refused) || refused.exchange.complete_response().is_none() {
        return false;
    }
    let taken = everywhere(run.evidence)
        .filter(is_fair)
        .filter(|callback| code_of(&callback.exchange) == Some(Code::NO_ERROR));
    let methods: Vec<&str> = taken.map(Callback::method).collect();
    !methods.is_empty() && !methods.contains(&refused.method())
}

/// MSG-006: the same receipt or alert in another order gets the same code.
pub(super) fn any_order(run: &RunSeen) -> Vec<Outcome> {
    let all: Vec<&Callback> = everywhere(run.evidence).collect();
    let pairs = all.iter().enumerate().filter_map(|(at, shuffled)| {
        let given = all[..at].iter().find(|given| is_same_in_other_order(given, shuffled))?;
        Some((*given, *shuffled))
    });
    pairs.filter_map(|(given, shuffled)| compare(given, shuffled)).collect()
}

fn is_same_in_other_order(given: &Callback, shuffled: &Callback) -> bool {
    let names = |command: &Command| command.pairs.iter().map(|pair| pair.name.clone()).collect::<Vec<_>>();
    let (one, other) = (names(&given.command), names(&shuffled.command));
    let sorted = |mut names: Vec<String>| {
        names.sort_unstable();
        names
    };
    let says = |callback: &Callback, name: &str| callback.command.value(name).map(str::to_owned);
    given.sent_to == shuffled.sent_to
        && given.method() == shuffled.method()
        && ["command", "error"].iter().all(|name| says(given, name) == says(shuffled, name))
        && one != other
        && sorted(one) == sorted(other)
}

fn compare(given: &Callback, shuffled: &Callback) -> Option<Outcome> {
    let (expected, received) = (code_of(&given.exchange)?, code_of(&shuffled.exchange)?);
    if expected == received {
        return Some(Outcome::Keeps);
    }
    let name = name_of(shuffled);
    let message = format!("the same {name} got {expected} in one order and {received} in another");
    let entries = [given, shuffled].into_iter().filter_map(|callback| callback.exchange.ended_entry);
    let finding = Finding::new(message).seen_in(entries);
    Some(Outcome::Breaks(
        finding.comparing(format!("error={expected}").as_bytes(), format!("error={received}").as_bytes()),
    ))
}

/// MSG-014: receipts and alerts in several parts are understood as well.
pub(super) fn multipart_understood(seen: &TransactionSeen) -> Vec<Outcome> {
    let in_parts = all_ours(seen.transaction).filter(|callback| callback.is_in_parts());
    in_parts.map(|callback| understood_in_parts(seen, callback)).collect()
}

fn understood_in_parts(seen: &TransactionSeen, callback: &Callback) -> Outcome {
    let TransactionSeen { run, transaction } = seen;
    let exchange = &callback.exchange;
    let name = name_of(callback);
    if departed::has_left(run, seen.transaction, exchange) {
        return departed::unanswered(name, exchange);
    }
    let finding = |message: String| {
        let finding = Finding::new(message).seen_in([exchange.request.entry]).seen_in(exchange.ended_entry);
        finding.by("R-04")
    };
    if is_taken(callback) {
        return Outcome::Keeps;
    }
    let path = Path::of_callback(transaction, callback.sent_to);
    if exchange.status().is_none() && !run.ledger.is_proven(path) {
        let message = format!("no answer to a {name} came over this path");
        return Outcome::Inconclusive(Cause::Unreachable, finding(message));
    }
    match exchange.ended {
        Some(Ended::Silent | Ended::Slow | Ended::OnPurpose | Ended::Abandoned) | None => {
            let message = format!("the answer to a {name} as multipart/form-data did not come in time");
            Outcome::Inconclusive(Cause::CutShort, finding(message))
        }
        Some(_) if exchange.is_cut() && code_of(exchange).is_none() => {
            let message =
                format!("the code of the answer to the {name} is not in what is kept of so long a one");
            Outcome::Inconclusive(Cause::CutShort, finding(message))
        }
        Some(_) => {
            let message = format!("the {name} as multipart/form-data was not understood");
            Outcome::Breaks(finding(message))
        }
    }
}

/// Whether the answer takes a receipt or alert: with 0, or with any code where that tells an error.
fn is_taken(callback: &Callback) -> bool {
    code_of(&callback.exchange).is_some_and(|code| code == Code::NO_ERROR || tells_error(callback))
}

/// Whether a receipt or alert tells an error.
pub(super) fn tells_error(callback: &Callback) -> bool {
    callback.command.value("error").is_some_and(|error| error != "0")
}

/// The code of a whole answer, when it can be read.
pub(super) fn code_of(exchange: &Exchange) -> Option<Code> {
    exchange.complete_response()?;
    Response::read(&exchange.payload()?).0.code()
}

/// `receipt` or `alert`.
pub(super) fn name_of(callback: &Callback) -> &'static str {
    if callback.is_called("alert") { "alert" } else { "receipt" }
}

fn everywhere(evidence: &Evidence) -> impl Iterator<Item = &Callback> {
    evidence.transactions.iter().flat_map(ours)
}
