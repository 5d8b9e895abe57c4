//! MSG: a command on the wire (Appendix A section 1, clause 5).

use super::seen::{RunSeen, TransactionSeen, is_refused_binding, is_valid_collect};
use super::verdict::{Finding, Outcome};
use super::{Bound, Check, Level, Requirement, twin};
use crate::transcript::{Evidence, Transaction};

/// The rows of the family.
pub(super) const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        id: "MSG-006",
        name: "any-order",
        level: Level::Must,
        binds: Bound::Responder,
        clause: "A.1",
        text: "The query is an unordered list: the same command with its elements in another order gets the same code.",
        rulings: &[],
        remedy: "Look elements up by their names, never by their places.",
        keeps: "collect\nresponse error=0\ntransaction\ncollect order=reversed\nresponse error=0",
        breaks: "collect\nresponse error=0\ntransaction\ncollect order=reversed\nresponse error=1101",
        check: Check::Run(any_order),
    },
    Requirement {
        id: "MSG-007",
        name: "get-accepted",
        level: Level::Must,
        binds: Bound::Responder,
        clause: "A.1, 5",
        text: "A command by HTTP GET is understood.",
        rulings: &["R-01", "R-03"],
        remedy: "Read the command from the query of a GET as well: the mode \"server via browser window\" has nothing else.",
        keeps: "collect method=get\nresponse error=0",
        breaks: "collect method=get\nresponse status=405",
        check: Check::Transaction(get_accepted),
    },
    Requirement {
        id: "MSG-008",
        name: "post-accepted",
        level: Level::Should,
        binds: Bound::Responder,
        clause: "A.1 note",
        text: "A command by HTTP POST, in an application/x-www-form-urlencoded body, is understood.",
        rulings: &["R-04"],
        remedy: "Read the command from the body of a POST as well: the specification calls it the best practice.",
        keeps: "collect method=post\nresponse error=0",
        breaks: "collect method=post\nresponse status=405",
        check: Check::Transaction(post_accepted),
    },
];

fn any_order(run: &RunSeen) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for shuffled in &run.evidence.transactions {
        if let Some(given) = same_in_other_order(run.evidence, shuffled) {
            outcomes.extend(compare_codes(given, shuffled));
        }
    }
    outcomes
}

/// An earlier transaction of the same command whose elements stand in another order.
fn same_in_other_order<'a>(evidence: &'a Evidence, shuffled: &Transaction) -> Option<&'a Transaction> {
    let command = shuffled.command.as_ref()?;
    let earlier = evidence
        .transactions
        .iter()
        .take_while(|earlier| earlier.begun.transaction != shuffled.begun.transaction);
    let names = |command: &crate::pens::Command| {
        command.pairs.iter().map(|pair| pair.name.clone()).collect::<Vec<_>>()
    };
    earlier.into_iter().find(|earlier| {
        twin::method(earlier) == twin::method(shuffled)
            && earlier
                .command
                .as_ref()
                .is_some_and(|given| names(given) != names(command) && twin::say_the_same(given, command))
    })
}

fn compare_codes(given: &Transaction, shuffled: &Transaction) -> Option<Outcome> {
    let (expected, received) = (given.code()?, shuffled.code()?);
    if expected == received {
        return Some(Outcome::Keeps);
    }
    let entries = [given, shuffled].into_iter().filter_map(|transaction| transaction.answered()?.ended_entry);
    let mut finding =
        Finding::new(format!("the same command got {expected} in one order and {received} in another"));
    finding = finding
        .comparing(format!("error={expected}").as_bytes(), format!("error={received}").as_bytes())
        .seen_in(entries);
    finding.accepts = vec![expected.0];
    Some(Outcome::Breaks(finding))
}

fn get_accepted(seen: &TransactionSeen) -> Vec<Outcome> {
    method_accepted(seen, "GET").into_iter().collect()
}

fn post_accepted(seen: &TransactionSeen) -> Vec<Outcome> {
    method_accepted(seen, "POST").into_iter().collect()
}

fn method_accepted(seen: &TransactionSeen, method: &str) -> Option<Outcome> {
    let transaction = seen.transaction;
    if !is_valid_collect(transaction) || twin::method(transaction) != Some(method) {
        return None;
    }
    let answer = transaction.answered()?;
    let finding =
        |message: String| Finding::new(message).seen_in([answer.request.entry]).seen_in(answer.ended_entry);
    if is_refused_binding(answer) {
        let status = answer.status().unwrap_or_default();
        return Some(Outcome::Breaks(finding(format!(
            "a collect by {method} was refused with HTTP status {status}"
        ))));
    }
    if transaction.is_accepted() {
        return Some(Outcome::Keeps);
    }
    // Whatever else a refusal is for, RSP-015 tells it: the method is not proven to be its cause.
    answer.complete_response()?;
    is_refused_for_its_method(seen.run.evidence, transaction).then(|| {
        Outcome::Breaks(finding(format!(
            "a collect by {method} was not understood; by the other method it was accepted"
        )))
    })
}

/// Whether a valid collect was not accepted, was accepted by the other method, and never by its own: then its
/// method is to blame for the answer, whatever that says.
pub(super) fn is_refused_for_its_method(evidence: &Evidence, refused: &Transaction) -> bool {
    if !is_valid_collect(refused) || refused.is_accepted() {
        return false;
    }
    let says_the_same = |other: &&Transaction| match (&other.command, &refused.command) {
        (Some(one), Some(other)) => twin::say_the_same(one, other),
        _ => false,
    };
    let accepted = evidence.transactions.iter().filter(|other| other.is_accepted()).filter(says_the_same);
    let methods: Vec<_> = accepted.map(twin::method).collect();
    !methods.is_empty() && !methods.contains(&twin::method(refused))
}
