//! Receipts and alerts: what was sent to the URLs that a collect gives for them.

use std::sync::Arc;

use super::entry::{Barred, NotSent, Party, Purpose};
use super::mail::MailSeen;
use super::transaction::Exchange;
use crate::pens::{Command, CommandFlaw, Element, Flaw};

/// A receipt or an alert, or what came in the place of one.
#[derive(Debug, Clone)]
pub struct Callback {
    /// Which URL it was sent to.
    pub sent_to: CallbackUrl,
    /// How it came; of a mail its dialogue, its bytes and its times, without an answer.
    pub exchange: Exchange,
    /// The mail that it is, when it came as one.
    pub mail: Option<Arc<MailSeen>>,
    /// What it says.
    pub command: Command,
    /// What is wrong with how it is written.
    pub flaws: Vec<Flaw<CommandFlaw>>,
    /// Whether it was answered by a redirect and sent again to where that leads: then the answer there counts.
    pub is_led_on: bool,
    /// The redirect that led here, and what it was at first.
    pub led_by: Option<LedBy>,
    /// The entry that says why it was not sent on to where its answer leads: a host that is not allowed or not known.
    pub led_astray: Option<(u64, Barred)>,
}

/// How a redirect led a callback of ours on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedBy {
    /// The HTTP status of the latest redirect.
    pub status: u16,
    /// The method by which the callback was sent at first.
    pub method: String,
    /// The URL that it was sent to at first.
    pub url: Option<String>,
    /// Whether it was sent in several parts at first.
    pub in_parts: bool,
}

/// A URL that callbacks are sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackUrl {
    /// The one given in `receipt`.
    Receipt,
    /// The one given in `alerts`.
    Alerts,
    /// None that was given out.
    Other,
}

impl Callback {
    /// Whether its `command` element has this value.
    #[must_use]
    pub fn is_called(&self, command: &str) -> bool {
        self.command.get(Element::Command) == Some(command)
    }

    /// The HTTP method by which it was sent, at first where redirects led it on.
    #[must_use]
    pub fn method(&self) -> &str {
        self.led_by.as_ref().map_or(&self.exchange.request_head.method, |by| &by.method)
    }

    /// Whether it was sent as `multipart/form-data`, at first where redirects led it on.
    #[must_use]
    pub fn is_in_parts(&self) -> bool {
        self.led_by.as_ref().map_or_else(|| self.exchange.is_multipart(), |by| by.in_parts)
    }

    /// Notes that the latest one of its kind is not sent on to where its answer leads.
    pub(super) fn note_astray(before: &mut [Self], entry: u64, not_sent: &NotSent) {
        let sent_to = match not_sent.purpose {
            Purpose::Receipt => CallbackUrl::Receipt,
            Purpose::Alert => CallbackUrl::Alerts,
            Purpose::Collect | Purpose::Download => return,
        };
        let is_far = matches!(not_sent.why, Barred::Host | Barred::Unresolved);
        let is_ours = |other: &&mut Self| other.exchange.by == Party::Mock && other.sent_to == sent_to;
        let latest = before.iter_mut().rfind(is_ours).filter(|latest| latest.exchange.leads_on().is_some());
        if let Some(latest) = latest.filter(|_| is_far) {
            latest.led_astray = Some((entry, not_sent.why));
        }
    }

    /// A request of ours, as the callback that it is: one of its own, or one of those before it led on by a redirect.
    pub(super) fn of_ours(
        (sent_to, exchange): (CallbackUrl, Exchange),
        before: &mut [Self],
        read: impl FnOnce(&Exchange) -> (Command, Vec<Flaw<CommandFlaw>>),
    ) -> Self {
        let led = before.iter_mut().rev().find_map(|other| {
            let led_by = other.leads_on(sent_to, &exchange)?;
            other.is_led_on = true;
            Some((led_by, other.command.clone()))
        });
        if let Some((led_by, command)) = led {
            return Self { led_by: Some(led_by), ..Self::of(sent_to, exchange, (command, Vec::new())) };
        }
        let written = read(&exchange);
        Self::of(sent_to, exchange, written)
    }

    /// What came or went by itself.
    pub(super) fn of(
        sent_to: CallbackUrl,
        exchange: Exchange,
        (command, flaws): (Command, Vec<Flaw<CommandFlaw>>),
    ) -> Self {
        Self {
            sent_to,
            exchange,
            mail: None,
            command,
            flaws,
            is_led_on: false,
            led_by: None,
            led_astray: None,
        }
    }

    /// The redirect that this one was answered with, where that is why another request went out: its URL is not the one
    /// that every callback is sent to at first.
    fn leads_on(&self, sent_to: CallbackUrl, next: &Exchange) -> Option<LedBy> {
        let is_fresh = self.exchange.by == Party::Mock && !self.is_led_on && self.sent_to == sent_to;
        let status = self.exchange.leads_on().filter(|_| is_fresh)?;
        let url = self.led_by.as_ref().map_or(&self.exchange.url, |by| &by.url);
        let (method, in_parts) = (self.method().to_owned(), self.is_in_parts());
        (*url != next.url).then(|| LedBy { status, method, url: url.clone(), in_parts })
    }
}
