//! CBK: what a client answers to the receipts and alerts that it is sent (5.1, 6.2, 6.3).

use super::acknowledged::{name_of, tells_error};
use super::seen::{ResponseSeen, is_of_known_package};
use super::verdict::{Cause, Finding, Outcome};
use super::{Bound, Check, Level, Requirement, acknowledged};
use crate::pens::Code;
use crate::transcript::bytes::escape;
use crate::transcript::{Callback, CallbackUrl};

/// The rows of the family.
pub(super) const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        id: "CBK-001",
        name: "receipt-acknowledged",
        level: Level::Must,
        binds: Bound::Client,
        clause: "5.1, 6.3",
        text: "A receipt over HTTP is answered with an error code that can be read.",
        rulings: &[],
        remedy: "Answer every receipt in the form of Table A-2, with error=0 once it was taken.",
        keeps: "role client\ncollect\nresponse error=0\nreceipt error=0\nanswer error=0",
        breaks: "role client\ncollect\nresponse error=0\nreceipt error=0\nanswer empty",
        check: Check::Response(receipt_acknowledged),
    },
    Requirement {
        id: "CBK-002",
        name: "alert-acknowledged",
        level: Level::Must,
        binds: Bound::Client,
        clause: "5.1, 6.2.16, 6.3",
        text: "Every alert over HTTP is answered with an error code that can be read, however many there are and however late they come.",
        rulings: &[],
        remedy: "Keep the alerts URL open after the receipt, and answer every alert in the form of Table A-2.",
        keeps: "role client\ncollect\nresponse error=0\nreceipt error=0\nanswer error=0\nalert error=0\nanswer error=0",
        breaks: "role client\ncollect\nresponse error=0\nalert error=0\nanswer error=0\nalert error=0\nanswer empty",
        check: Check::Response(alert_acknowledged),
    },
    Requirement {
        id: "CBK-003",
        name: "unknown-package",
        level: Level::Interop,
        binds: Bound::Client,
        clause: "6.3",
        text: "A receipt for a package that was never offered gets a well-formed answer with a code other than 0, and does no harm.",
        rulings: &[],
        remedy: "Look the package-id up, and refuse what you do not know with a code of Table 3 (2007) or one of your own.",
        keeps: "role client\ncollect\nresponse error=0\nreceipt error=0 package-id=http://nobody.example/1\nanswer error=2007",
        breaks: "role client\ncollect\nresponse error=0\nreceipt error=0 package-id=http://nobody.example/1\nanswer error=0",
        check: Check::Response(unknown_package),
    },
];

fn receipt_acknowledged(seen: &ResponseSeen) -> Option<Outcome> {
    acknowledged(seen, seen.callback.filter(|callback| callback.sent_to == CallbackUrl::Receipt)?)
}

fn alert_acknowledged(seen: &ResponseSeen) -> Option<Outcome> {
    acknowledged(seen, seen.callback.filter(|callback| callback.sent_to == CallbackUrl::Alerts)?)
}

fn acknowledged(seen: &ResponseSeen, callback: &Callback) -> Option<Outcome> {
    if seen.response.code().is_some() {
        return Some(Outcome::Keeps);
    }
    if let Some(unknown) = not_kept(seen, callback) {
        return Some(unknown);
    }
    // What takes one method alone is the matter of the row about the other.
    let is_foreign = !seen.is_pens() && acknowledged::is_refused_for_its_method(seen);
    let message = format!("the answer to the {} has no error that can be read", name_of(callback));
    (!is_foreign).then(|| Outcome::Breaks(told(seen, callback, message)))
}

fn unknown_package(seen: &ResponseSeen) -> Option<Outcome> {
    let callback = seen.callback.filter(|callback| !is_of_known_package(seen.run, callback))?;
    let name = name_of(callback);
    Some(match seen.response.code() {
        Some(Code::NO_ERROR) => {
            let message = format!("the {name} for a package that was never offered was taken with 0");
            Outcome::Breaks(told(seen, callback, message))
        }
        Some(_) => Outcome::Keeps,
        None => not_kept(seen, callback).unwrap_or_else(|| {
            let message = format!("the {name} for a package that was never offered got no PENS answer");
            Outcome::Breaks(told(seen, callback, message))
        }),
    })
}

/// ERR-102: a callback in error is taken like any other.
pub(super) fn implementation_codes(seen: &ResponseSeen) -> Option<Outcome> {
    let callback = seen.callback.filter(|callback| tells_error(callback))?;
    if !is_of_known_package(seen.run, callback) {
        return None;
    }
    let told_code = escape(callback.command.value("error").unwrap_or_default().as_bytes());
    let name = name_of(callback);
    Some(match seen.response.code() {
        Some(Code::NO_ERROR) => Outcome::Keeps,
        Some(code) => {
            let message = format!("the {name} with error {told_code} was acknowledged with {code}");
            Outcome::Tolerated(told(seen, callback, message).by("R-22"))
        }
        None => not_kept(seen, callback).unwrap_or_else(|| {
            let message = format!("the {name} with error {told_code} was not acknowledged as PENS has it");
            Outcome::Breaks(told(seen, callback, message))
        }),
    })
}

/// Where an answer is so long that its code may stand in what was not kept of it.
fn not_kept(seen: &ResponseSeen, callback: &Callback) -> Option<Outcome> {
    let message = format!(
        "the code of the answer to the {} is not in what is kept of so long a one",
        name_of(callback)
    );
    let is_open = seen.is_cut && seen.response.error().is_none();
    is_open.then(|| Outcome::Inconclusive(Cause::CutShort, told(seen, callback, message)))
}

fn told(seen: &ResponseSeen, callback: &Callback, message: String) -> Finding {
    const SHOWN: usize = 512;
    let shown = &seen.body[..seen.body.len().min(SHOWN)];
    let finding = Finding::new(message).seen_in([callback.exchange.request.entry, seen.entry]);
    Finding { received: Some(escape(shown)), ..finding }
}
