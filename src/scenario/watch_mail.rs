//! What a wait looks for in mail: which mailboxes a collect names, and what came to them.

use std::collections::HashSet;

use super::watch::command_of;
use crate::pens::{Code, Element, mailto, parse_code};
use crate::transcript::MailSeen;
use crate::transcript::entry::{Mail, MailEnd, Party, Purpose, Request};
use crate::wire::http::RequestHead;

/// The mail of a transaction, and the way that mail takes.
#[derive(Default)]
pub(super) struct MailWatch {
    receipt: Vec<String>,
    alerts: Vec<String>,
    /// The transactions whose receipts are to come by mail.
    by_mail: HashSet<String>,
    /// Whether any mail has come.
    pub(super) is_proven: bool,
    /// How many waits for a receipt by mail have ended without one.
    pub(super) unmet: usize,
}

/// A mail that is a receipt or an alert.
pub(super) struct Mailed {
    pub(super) purpose: Purpose,
    /// For how many of the mailboxes it is.
    pub(super) count: usize,
    pub(super) tells_error: bool,
}

impl MailWatch {
    /// Takes note of a collect of ours; `watched` is the transaction that is waited on.
    pub(super) fn see_collect(&mut self, request: &Request, watched: &str) {
        let is_named = |bytes: &[u8]| bytes.to_ascii_lowercase().windows(6).any(|word| word == b"mailto");
        let Some(id) = request.transaction.as_ref() else { return };
        if !is_named(&request.head.0) && !is_named(&request.body.head.0) {
            return;
        }
        let command = command_of(&RequestHead::read(&request.head.0).0, request);
        let of = |element| command.get(element).and_then(|url| mailto(url).ok()).unwrap_or_default();
        let receipt = of(Element::Receipt);
        if !receipt.is_empty() {
            self.by_mail.insert(id.clone());
        }
        if id == watched {
            (self.receipt, self.alerts) = (receipt, of(Element::Alerts));
        }
    }

    /// Whether the receipt of a transaction is to come by mail.
    pub(super) fn is_by_mail(&self, transaction: &str) -> bool {
        self.by_mail.contains(transaction)
    }

    /// What a mail is to the transaction that is waited on; `None` when it is nothing to it.
    pub(super) fn see(&mut self, number: u64, mail: &Mail) -> Option<Mailed> {
        if mail.by != Party::Subject || mail.ended != MailEnd::Taken {
            return None;
        }
        self.is_proven = true;
        let seen = MailSeen::read(number, mail);
        let count = |mailboxes: &[String]| {
            seen.taken_for()
                .filter(|taken| mailboxes.iter().any(|box_| box_.eq_ignore_ascii_case(taken)))
                .count()
        };
        let (receipts, alerts) = (count(&self.receipt), count(&self.alerts));
        let is_alert = receipts == 0 || seen.command.get(Element::Command) == Some("alert") && alerts > 0;
        let code = seen.command.value("error").and_then(parse_code);
        let tells_error = code.is_some_and(|code| code != Code::NO_ERROR);
        let (purpose, count) = if is_alert { (Purpose::Alert, alerts) } else { (Purpose::Receipt, receipts) };
        (count > 0).then_some(Mailed { purpose, count, tells_error })
    }
}
