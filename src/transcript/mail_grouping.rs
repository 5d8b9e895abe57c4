//! Which transaction a mail belongs to, and what it is for.

use std::collections::HashMap;
use std::sync::Arc;

use super::bytes::Body;
use super::callback::{Callback, CallbackUrl};
use super::entry::{Entry, Mail, MailEnd, Party, Whole};
use super::mail::MailSeen;
use super::protocol::Protocol;
use super::transaction::{Evidence, Exchange, Message, Transaction};
use crate::pens::{Element, mailto};
use crate::wire::http::RequestHead;

/// The transactions by their ids and by their package-ids.
pub(super) struct Known<'a> {
    pub(super) by_id: &'a HashMap<String, usize>,
    pub(super) by_package: &'a HashMap<String, usize>,
}

/// Puts a mail where it belongs: of the subject's, by the token in a mailbox, else by its package-id. What was taken is
/// a callback as well.
pub(super) fn place(evidence: &mut Evidence, known: &Known<'_>, entry: &Entry, mail: &Mail) {
    let seen = Arc::new(MailSeen::read(entry.number, mail));
    let Some(transaction) = known.of(&seen).and_then(|index| evidence.transactions.get_mut(index)) else {
        evidence.stray_mails.push(seen);
        return;
    };
    transaction.mails.push(Arc::clone(&seen));
    if mail.by == Party::Subject && mail.ended == MailEnd::Taken {
        let sent_to = sent_to(transaction, &seen);
        let exchange = exchange(entry, mail);
        let callback = Callback::of(sent_to, exchange, (seen.command.clone(), Vec::new()));
        transaction.callbacks.push(Callback { mail: Some(seen), ..callback });
    }
}

impl Known<'_> {
    fn of(&self, seen: &MailSeen) -> Option<usize> {
        let ours = seen.mail.transaction.as_ref().and_then(|id| self.by_id.get(id));
        let mut recipients = seen.mail.recipients.iter();
        let by_mailbox = || recipients.find_map(|one| self.by_id.get(&token_of(&one.address.0, self.by_id)?));
        let by_package = || self.by_package.get(seen.command.get(Element::PackageId)?);
        ours.or_else(by_mailbox).or_else(by_package).copied()
    }
}

/// The token in the local part of a mailbox, behind a plus; mail servers may have changed its letter case.
fn token_of(address: &[u8], by_id: &HashMap<String, usize>) -> Option<String> {
    let address = String::from_utf8_lossy(address).to_ascii_lowercase();
    let (local, _) = address.rsplit_once('@')?;
    local.split('+').skip(1).find(|part| by_id.contains_key(*part)).map(str::to_owned)
}

fn sent_to(transaction: &Transaction, seen: &MailSeen) -> CallbackUrl {
    let is_for = |element| seen.is_for(&mailboxes(transaction, element));
    let has_receipt = transaction.callbacks.iter().any(|callback| callback.sent_to == CallbackUrl::Receipt);
    let is_alert = seen.command.get(Element::Command) == Some("alert");
    match (is_for(Element::Receipt), is_for(Element::Alerts)) {
        (true, true) if is_alert || has_receipt => CallbackUrl::Alerts,
        (true, _) => CallbackUrl::Receipt,
        (false, true) => CallbackUrl::Alerts,
        (false, false) => CallbackUrl::Other,
    }
}

/// The addresses that a collect names for its receipt or its alerts; none where that is no `mailto:` URL.
#[must_use]
pub fn mailboxes(transaction: &Transaction, element: Element) -> Vec<String> {
    let url = transaction.command.as_ref().and_then(|command| command.get(element));
    url.and_then(|url| mailto(url).ok()).unwrap_or_default()
}

/// A mail in the shape of an exchange that has no answer.
fn exchange(entry: &Entry, mail: &Mail) -> Exchange {
    let request = Message {
        entry: entry.number,
        first_byte_us: mail.first_byte_us,
        last_byte_us: entry.at_us,
        head: mail.dialogue.0.clone(),
        body: Body::clone(&mail.message),
    };
    Exchange {
        id: mail.exchange,
        by: mail.by,
        request,
        request_head: RequestHead::read(b"").0,
        whole: Whole::Whole,
        response: None,
        response_head: None,
        ended: None,
        ended_entry: None,
        url: None,
        protocol: Protocol::Mail,
        user: None,
        connection: mail.connection,
        tls: None,
    }
}
