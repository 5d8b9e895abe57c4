//! What happened in a transaction, and what never came, as a picture shows it.

use super::arrows::{Answer, Arrows, Stages, said_waited};
use super::exhibit::awaited;
use super::picture::{Course, Event, Lane};
use crate::pens::Element;
use crate::report::told::shortened;
use crate::transcript::entry::{Awaited, Barred, MailEnd, NotSent, Purpose, WaitEnd};
use crate::transcript::transaction::WaitSeen;
use crate::transcript::{Callback, CallbackUrl, Exchange, MailSeen, Transaction};

/// A transaction, and how what belongs to it is drawn.
pub(super) struct Telling<'a> {
    pub(super) arrows: Arrows<'a>,
    pub(super) transaction: &'a Transaction,
}

impl Telling<'_> {
    /// All that happened, in no order.
    pub(super) fn events(&self) -> Vec<Event> {
        let mut events: Vec<Event> = Vec::new();
        self.tell_collects(&mut events);
        self.tell_downloads(&mut events);
        self.tell_callbacks(&mut events);
        events.extend(self.other_mails().map(|mail| self.arrows.mailed(mail, None)));
        let missing = self.transaction.waits.iter().filter_map(|wait| self.missing(wait));
        events.extend(missing);
        let last = events.iter().map(|event| event.at_us).max().unwrap_or(0);
        let barred = self.transaction.not_sent.iter();
        events.extend(barred.map(|(entry, not_sent)| self.barred(*entry, not_sent, last)));
        events
    }

    fn tell_collects(&self, events: &mut Vec<Event>) {
        let Some(first) = self.transaction.collects.first() else { return };
        let offered = format!("package on offer: {}", self.package());
        events.push(self.within(self.arrows.client(), first.request.first_byte_us, offered, 1));
        let answered = self.transaction.answered().map(|exchange| exchange.id);
        for (at, exchange) in self.transaction.collects.iter().enumerate() {
            let again = if at == 0 { "" } else { " again" };
            let what = format!("collect{again} by {}", shortened(&exchange.request_head.method));
            let stages = ((at == 0).then_some(2), (Some(exchange.id) == answered).then_some(3));
            let answer = exchange.status().map(|status| format!("{status}{}", told_code(exchange)));
            let waited_us = self.transaction.wait(Awaited::Response).map(WaitSeen::lasted_us);
            events.extend(self.arrows.both_ways(exchange, what, Answer { told: answer, waited_us }, stages));
        }
    }

    /// What is offered: our package by its name, the subject's by its address.
    fn package(&self) -> String {
        let own = self.transaction.begun.package.as_str();
        let command = self.transaction.command.as_ref().filter(|_| own.is_empty());
        shortened(command.and_then(|command| command.get(Element::PackageUrl)).unwrap_or(own))
    }

    fn tell_downloads(&self, events: &mut Vec<Event>) {
        for (at, exchange) in self.transaction.downloads.iter().enumerate() {
            let what = format!("{} of the package", shortened(&exchange.request_head.method));
            let length = exchange.response.as_ref().map_or(0, |response| response.body.length);
            let answer = exchange.status().map(|status| format!("{status}, {length} bytes"));
            let stage = (at == 0).then_some(4);
            events.extend(self.arrows.both_ways(exchange, what, Answer::at_once(answer), (stage, stage)));
        }
    }

    fn tell_callbacks(&self, events: &mut Vec<Event>) {
        let (mut receipts, mut alerts) = (0, 0);
        for callback in &self.transaction.callbacks {
            let is_alert = callback.is_called("alert")
                || callback.sent_to == CallbackUrl::Alerts && !callback.is_called("receipt");
            let seen = if is_alert { &mut alerts } else { &mut receipts };
            *seen += 1;
            let stages = match (is_alert, *seen) {
                (false, 1) => (Some(5), Some(6)),
                (true, 1) => (Some(8), Some(9)),
                (true, 2) => (Some(11), Some(12)),
                _ => (None, None),
            };
            self.tell_deed(events, callback, stages);
            if let Some(mail) = &callback.mail {
                events.push(self.arrows.mailed(mail, stages.0));
                continue;
            }
            let answer = callback.exchange.status();
            let answer = answer.map(|status| format!("{status}{}", told_code(&callback.exchange)));
            let (what, answer) = (told_callback(callback), Answer::at_once(answer));
            events.extend(self.arrows.both_ways(&callback.exchange, what, answer, stages));
        }
    }

    /// The mails that are no callbacks: those that did not arrive, and ours. What could not be sent is told as such.
    fn other_mails(&self) -> impl Iterator<Item = &MailSeen> {
        let is_callback = |entry: u64| {
            self.transaction.callbacks.iter().any(|callback| callback.exchange.request.entry == entry)
        };
        let mails = self.transaction.mails.iter().map(AsRef::as_ref);
        mails.filter(move |seen| seen.mail.ended != MailEnd::Unsent && !is_callback(seen.entry))
    }

    /// Two stages of the sample pass within the target; the alerts about them tell.
    fn tell_deed(&self, events: &mut Vec<Event>, alert: &Callback, stages: Stages) {
        let deed = match stages.0 {
            Some(8) => ("opens the package", 7),
            Some(11) => ("deploys the package", 10),
            Some(_) | None => return,
        };
        if alert.command.value("error") == Some("0") {
            let at = alert.exchange.request.first_byte_us;
            events.push(self.within(
                self.arrows.target(),
                at,
                format!("{} (so its alert says)", deed.0),
                deed.1,
            ));
        }
    }

    /// What was waited for and never came.
    fn missing(&self, wait: &WaitSeen) -> Option<Event> {
        let is_over = match wait.ended {
            Some(WaitEnd::Expired) => "",
            Some(WaitEnd::GivenUp) => ", then given up",
            Some(WaitEnd::Crowded) => ", but more came at once than could be served",
            Some(WaitEnd::Interrupted) | None => ", until the run ended",
            Some(WaitEnd::Met | WaitEnd::NotDue) => return None,
        };
        let (client, target) = (self.arrows.client(), self.arrows.target());
        let (from, to) = match wait.awaits {
            Awaited::Collect => (client, target),
            // A collect that was sent shows the lack of its answer itself.
            Awaited::Response if self.transaction.collects.is_empty() => (target, client),
            Awaited::Download => (target, client),
            Awaited::Receipt => (target, self.box_for(Element::Receipt)),
            Awaited::Alert => (target, self.box_for(Element::Alerts)),
            Awaited::Response | Awaited::Quiet | Awaited::Forever => return None,
        };
        let at = wait.begun_us.saturating_add(wait.lasted_us());
        let label = format!("{} never came{}{is_over}", awaited(wait.awaits), said_waited(wait.lasted_us()));
        let stage = self.stage_of(wait.awaits);
        Some(self.arrows.event(at, Course::Missing(from, to), label, Some(wait.entry), stage))
    }

    /// Where a callback should arrive: at the client, or in a mailbox.
    fn box_for(&self, element: Element) -> Lane {
        let url = self.transaction.command.as_ref().and_then(|command| command.get(element));
        let is_mail = url.and_then(|url| url.get(..7)).is_some_and(|it| it.eq_ignore_ascii_case("mailto:"));
        if is_mail { Lane::Mail } else { self.arrows.client() }
    }

    fn stage_of(&self, awaits: Awaited) -> Option<u8> {
        match awaits {
            Awaited::Collect => Some(2),
            Awaited::Response => Some(3),
            Awaited::Download => self.transaction.downloads.is_empty().then_some(4),
            Awaited::Receipt => self.transaction.receipts().next().is_none().then_some(5),
            Awaited::Alert => match self.transaction.alerts().count() {
                0 => Some(8),
                1 => Some(11),
                _ => None,
            },
            Awaited::Quiet | Awaited::Forever => None,
        }
    }

    fn barred(&self, entry: u64, not_sent: &NotSent, at: u64) -> Event {
        let what = match not_sent.purpose {
            Purpose::Download => "the package was not fetched",
            Purpose::Receipt => "the receipt was not sent",
            Purpose::Alert => "the alert was not sent",
            Purpose::Collect => "the collect was not sent",
        };
        let why = match not_sent.why {
            Barred::Host => "its host is not allowed",
            Barred::Unresolved => "its host is not known here",
            Barred::Scheme => "its scheme is not spoken",
            Barred::MailServer => "no mail server is named",
            Barred::Address => "it has no address",
        };
        // What would have been mailed is there to be looked at.
        let unsent = self.transaction.mails.iter().find(|seen| {
            seen.entry > entry
                && seen.mail.ended == MailEnd::Unsent
                && seen.mail.purpose == Some(not_sent.purpose)
        });
        let to = if unsent.is_some() { Lane::Mail } else { Lane::Subject };
        let (course, entry) = (Course::Missing(Lane::Mock, to), unsent.map_or(entry, |seen| seen.entry));
        self.arrows.event(at, course, format!("{what}: {why}"), Some(entry), None)
    }

    fn within(&self, lane: Lane, at_us: u64, label: String, stage: u8) -> Event {
        self.arrows.event(at_us, Course::Within(lane), label, None, Some(stage))
    }
}

fn told_callback(callback: &Callback) -> String {
    let said = callback.command.get(Element::Command).unwrap_or("no command");
    let error = callback.command.value("error").unwrap_or("none");
    let to = match callback.sent_to {
        CallbackUrl::Receipt | CallbackUrl::Alerts => "",
        CallbackUrl::Other => " to another URL",
    };
    format!("{}{to}, error {}", shortened(said), shortened(error))
}

fn told_code(exchange: &Exchange) -> String {
    let response = exchange.payload().map(|payload| crate::pens::Response::read(&payload).0);
    response.and_then(|response| response.code()).map_or_else(String::new, |code| format!(", error {code}"))
}
