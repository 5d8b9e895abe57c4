//! ERR: the error tables (6.3, Tables 1 to 3).

use super::seen::{TransactionSeen, is_refused_binding};
use super::verdict::{Cause, Finding, Outcome};
use super::{Bound, Check, Level, Provoked, Requirement, find, twin};
use crate::pens::{Code, Element};
use crate::transcript::Transaction;
use crate::transcript::bytes::escape;

/// The rows of the family.
pub(super) const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        id: "ERR-100",
        name: "most-specific",
        level: Level::Must,
        binds: Bound::Target,
        clause: "6.3",
        text: "The code says the class of error as specifically as possible: the code of the very fault, not a general one.",
        rulings: &["R-15"],
        remedy: "Answer with the code that Table 3 has for the fault; 1101, 1201, 1301 and codes of your own are for what Table 3 has no code for.",
        keeps: "collect\nresponse error=0\ntransaction\ncollect -receipt provokes=ERR-2011\nresponse error=2011",
        breaks: "collect\nresponse error=0\ntransaction\ncollect -receipt provokes=ERR-2011\nresponse error=1201",
        check: Check::Transaction(most_specific),
    },
    missing(
        "ERR-2001",
        "pens-version-missing",
        "A collect without pens-version is refused with 2001.",
        "error=2001\r\nerror-text=pens-version parameter missing\r\nversion=1.0.0\r\npens-data=",
        Provoked { code: 2001, also: &[] },
    ),
    missing(
        "ERR-2002",
        "command-missing",
        "A collect without command is refused with 2002.",
        "error=2002\r\nerror-text=command parameter missing\r\nversion=1.0.0\r\npens-data=",
        Provoked { code: 2002, also: &[] },
    ),
    missing(
        "ERR-2003",
        "package-type-missing",
        "A collect without package-type is refused with 2003.",
        "error=2003\r\nerror-text=package-type parameter missing\r\nversion=1.0.0\r\npens-data=",
        Provoked { code: 2003, also: &[] },
    ),
    missing(
        "ERR-2004",
        "package-type-version-missing",
        "A collect without package-type-version is refused with 2004.",
        "error=2004\r\nerror-text=package-type-version parameter missing\r\nversion=1.0.0\r\npens-data=",
        Provoked { code: 2004, also: &[] },
    ),
    missing(
        "ERR-2005",
        "package-format-missing",
        "A collect without package-format is refused with 2005.",
        "error=2005\r\nerror-text=package-format parameter missing\r\nversion=1.0.0\r\npens-data=",
        Provoked { code: 2005, also: &[] },
    ),
    missing(
        "ERR-2007",
        "package-id-missing",
        "A collect without package-id is refused with 2007.",
        "error=2007\r\nerror-text=package-id parameter missing\r\nversion=1.0.0\r\npens-data=",
        Provoked { code: 2007, also: &[] },
    ),
    missing(
        "ERR-2008",
        "package-url-missing",
        "A collect without package-url is refused with 2008.",
        "error=2008\r\nerror-text=package-url parameter missing\r\nversion=1.0.0\r\npens-data=",
        Provoked { code: 2008, also: &[] },
    ),
    missing(
        "ERR-2009",
        "package-url-expiry-missing",
        "A collect without package-url-expiry is refused with 2009.",
        "error=2009\r\nerror-text=package-url-expiry parameter missing\r\nversion=1.0.0\r\npens-data=",
        Provoked { code: 2009, also: &[] },
    ),
    missing(
        "ERR-2010",
        "client-missing",
        "A collect without client is refused with 2010.",
        "error=2010\r\nerror-text=client parameter missing\r\nversion=1.0.0\r\npens-data=",
        Provoked { code: 2010, also: &[] },
    ),
    missing(
        "ERR-2011",
        "receipt-missing",
        "A collect without receipt is refused with 2011.",
        "error=2011\r\nerror-text=receipt parameter missing\r\nversion=1.0.0\r\npens-data=",
        Provoked { code: 2011, also: &[] },
    ),
];

const fn missing(
    id: &'static str,
    name: &'static str,
    text: &'static str,
    keeps: &'static str,
    provoked: Provoked,
) -> Requirement {
    Requirement {
        id,
        name,
        level: Level::Must,
        binds: Bound::Target,
        clause: "4.2, 6.2, 6.3 Table 3",
        text,
        rulings: &["R-13", "R-15"],
        remedy: "Check that each of the ten required elements is there before the collect is accepted, and answer with that element's own code of Table 3.",
        keeps,
        breaks: "error=0\r\nerror-text=collect command received and understood\r\nversion=1.0.0\r\npens-data=",
        check: Check::Provoked(provoked),
    }
}

/// What the answer to a collect says of the one error that it provokes.
pub(super) fn judge_provoked(
    row: &Requirement,
    provoked: Provoked,
    seen: &TransactionSeen,
) -> Option<Outcome> {
    let [only] = seen.transaction.provokes.as_slice() else { return None };
    if only != row.id {
        return None;
    }
    let told = match told(seen, &[provoked]) {
        Ok(told) => told,
        Err(outcome) => return Some(*outcome),
    };
    let Some(code) = told.code else {
        return Some(Outcome::Breaks(told.finding("the refusal has no readable code")));
    };
    let due = Code(provoked.code);
    Some(match code {
        _ if provoked.accepts(code) => Outcome::Keeps,
        Code::NO_ERROR => Outcome::Breaks(told.finding("the collect in error was accepted with 0")),
        _ if code.is_vaguer_than(due) => {
            Outcome::Tolerated(told.finding(&format!("{code} is right but says less than {due}")).by("R-15"))
        }
        _ => Outcome::Breaks(told.finding(&format!("{code} is the code of another fault, {due} is due"))),
    })
}

fn most_specific(seen: &TransactionSeen) -> Vec<Outcome> {
    most_specific_of(seen).into_iter().collect()
}

/// Every fault that was provoked has a code of its own: one of those is due.
fn most_specific_of(seen: &TransactionSeen) -> Option<Outcome> {
    let due: Vec<Provoked> = seen.transaction.provokes.iter().filter_map(|id| provoked(id)).collect();
    if due.is_empty() {
        return None;
    }
    let told = match told(seen, &due) {
        Ok(told) => told,
        Err(outcome) => return Some(*outcome),
    };
    let is_vague = |code: Code| due.iter().any(|provoked| code.is_vaguer_than(Code(provoked.code)));
    match told.code {
        Some(code) if due.iter().any(|provoked| provoked.accepts(code)) => Some(Outcome::Keeps),
        Some(code) if is_vague(code) => Some(Outcome::Breaks(
            told.finding(&format!("{code} is of the right class but too general")).by("R-15"),
        )),
        // With one fault alone, any other code is the matter of that fault's row.
        _ if due.len() == 1 => None,
        Some(code) => {
            Some(Outcome::Breaks(told.finding(&format!("{code} is the code of none of the faults"))))
        }
        None => Some(Outcome::Breaks(told.finding("the refusal has no readable code"))),
    }
}

fn provoked(id: &str) -> Option<Provoked> {
    match find(id)?.check {
        Check::Provoked(provoked) => Some(provoked),
        Check::Command(_) | Check::Response(_) | Check::Code(_) | Check::Transaction(_) | Check::Run(_) => {
            None
        }
    }
}

impl Provoked {
    fn accepts(self, code: Code) -> bool {
        code.0 == self.code || self.also.contains(&code.0)
    }
}

/// What a target told of an error.
struct Told {
    code: Option<Code>,
    accepts: Vec<u16>,
    received: Option<String>,
    entries: Vec<u64>,
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

/// Reads the answer to a collect in error; the error is an outcome where nothing can be concluded from it.
fn told(seen: &TransactionSeen, due: &[Provoked]) -> Result<Told, Box<Outcome>> {
    let transaction = seen.transaction;
    let entries: Vec<u64> = transaction
        .collects
        .iter()
        .flat_map(|sent| [Some(sent.request.entry), sent.ended_entry])
        .flatten()
        .collect();
    let prerequisite = |message: &str| {
        Err(Box::new(Outcome::Inconclusive(
            Cause::Prerequisite,
            Finding::new(message).seen_in(entries.iter().copied()),
        )))
    };
    let Some(answer) = transaction.answered().filter(|answer| answer.complete_response().is_some()) else {
        return prerequisite("the collect in error was not answered, so no code could be read");
    };
    if is_refused_binding(answer) {
        return prerequisite("the HTTP method was refused, so no code could be read");
    }
    if twin::sane(seen.run.evidence, transaction, &elements_at_hand(transaction)).is_none() {
        return prerequisite(
            "the same collect without the error was not accepted in this run, so a refusal proves nothing",
        );
    }
    let mut accepts: Vec<u16> = due
        .iter()
        .flat_map(|provoked| std::iter::once(provoked.code).chain(provoked.also.iter().copied()))
        .collect();
    accepts.dedup();
    let response = transaction.response();
    let error = response.as_ref().and_then(|(response, _)| response.error());
    Ok(Told {
        code: transaction.code(),
        accepts,
        received: error.map(|error| format!("error={}", escape(error.as_bytes()))),
        entries,
    })
}

fn elements_at_hand(transaction: &Transaction) -> Vec<Element> {
    let codes: Vec<Code> = transaction
        .provokes
        .iter()
        .filter_map(|id| provoked(id))
        .map(|provoked| Code(provoked.code))
        .collect();
    Element::ALL
        .into_iter()
        .filter(|element| element.missing_code().is_some_and(|code| codes.contains(&code)))
        .collect()
}
