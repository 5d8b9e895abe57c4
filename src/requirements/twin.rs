//! The sane twin: the same command, whole, accepted in the same run. Without it a refusal proves nothing.

use crate::pens::{Command, Element};
use crate::transcript::{Evidence, Transaction};

/// The elements that every transaction has of its own.
const ADDRESSES: [Element; 4] = [Element::PackageId, Element::PackageUrl, Element::Receipt, Element::Alerts];

/// An accepted transaction whose command is this one's but for the elements at hand (and the addresses).
#[must_use]
pub fn sane<'a>(
    evidence: &'a Evidence,
    faulty: &Transaction,
    at_hand: &[Element],
) -> Option<&'a Transaction> {
    let command = faulty.command.as_ref()?;
    evidence.transactions.iter().find(|candidate| {
        candidate.provokes.is_empty()
            && candidate.is_accepted()
            && method(candidate) == method(faulty)
            && candidate.command.as_ref().is_some_and(|whole| differ_only_in(whole, command, at_hand))
    })
}

/// Whether two commands of a run say the same, in whatever order.
#[must_use]
pub fn say_the_same(one: &Command, other: &Command) -> bool {
    differ_only_in(one, other, &[])
}

/// The HTTP method of a transaction's first collect.
#[must_use]
pub fn method(transaction: &Transaction) -> Option<&str> {
    transaction.collects.first().map(|exchange| exchange.request_head.method.as_str())
}

fn differ_only_in(whole: &Command, faulty: &Command, at_hand: &[Element]) -> bool {
    // A message that is no command at all has every accepted one for its twin.
    if at_hand.len() == Element::ALL.len() {
        return true;
    }
    let comparable = |command: &Command| {
        let mut pairs: Vec<(String, String)> = command
            .pairs
            .iter()
            .filter(|pair| !at_hand.iter().any(|element| element.name() == pair.name))
            .map(|pair| {
                let is_address = ADDRESSES.iter().any(|element| element.name() == pair.name);
                (pair.name.clone(), if is_address { String::new() } else { pair.value.clone() })
            })
            .collect();
        pairs.sort();
        pairs
    };
    comparable(whole) == comparable(faulty)
}
