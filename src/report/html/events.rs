//! What happened in a transaction, and what never came, as a picture shows it.

use super::exhibit::awaited;
use super::marks::Marks;
use super::picture::{Course, Event, Lane, lasted};
use crate::pens::Element;
use crate::report::mermaid::recipients;
use crate::report::told::shortened;
use crate::requirements::verdict::Verdict;
use crate::transcript::entry::{Awaited, Barred, Ended, NotSent, Party, Purpose, Role, WaitEnd};
use crate::transcript::transaction::WaitSeen;
use crate::transcript::{Callback, CallbackUrl, Exchange, Transaction};

/// What stands in a picture, and who is who.
pub(super) struct Telling<'a> {
    pub(super) role: Role,
    pub(super) transaction: &'a Transaction,
    pub(super) marks: &'a Marks<'a>,
}

/// The stages of the sample stream (A.2) that a request and its answer are.
type Stages = (Option<u8>, Option<u8>);

impl Telling<'_> {
    /// The lanes that are needed, the client's side at the left.
    pub(super) fn lanes(&self, events: &[Event]) -> Vec<(Lane, &'static str)> {
        let (client, target) = match self.role {
            Role::Target => ("penspec, the client", "the target under test"),
            Role::Client => ("the client under test", "penspec, the target"),
        };
        let is_mail = |event: &Event| match event.course {
            Course::Went(from, to) | Course::Missing(from, to) => from == Lane::Mail || to == Lane::Mail,
            Course::Within(lane) => lane == Lane::Mail,
        };
        let mail = events.iter().any(is_mail).then_some((Lane::Mail, "mailboxes"));
        [Some((self.client(), client)), mail, Some((self.target(), target))].into_iter().flatten().collect()
    }

    /// All that happened, in no order.
    pub(super) fn events(&self) -> Vec<Event> {
        let mut events: Vec<Event> = Vec::new();
        self.tell_collects(&mut events);
        self.tell_downloads(&mut events);
        self.tell_callbacks(&mut events);
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
        events.push(self.within(self.client(), first.request.first_byte_us, offered, 1));
        let answered = self.transaction.answered().map(|exchange| exchange.id);
        for (at, exchange) in self.transaction.collects.iter().enumerate() {
            let again = if at == 0 { "" } else { " again" };
            let what = format!("collect{again} by {}", shortened(&exchange.request_head.method));
            let stages = ((at == 0).then_some(2), (Some(exchange.id) == answered).then_some(3));
            let answer = exchange.status().map(|status| format!("{status}{}", told_code(exchange)));
            events.extend(self.both_ways(exchange, what, answer, stages));
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
            events.extend(self.both_ways(exchange, what, answer, (stage, stage)));
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
            if callback.mail.is_some() {
                events.push(self.mailed(callback, stages.0));
                continue;
            }
            let answer = callback.exchange.status();
            let answer = answer.map(|status| format!("{status}{}", told_code(&callback.exchange)));
            events.extend(self.both_ways(&callback.exchange, told_callback(callback), answer, stages));
        }
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
            events.push(self.within(self.target(), at, format!("{} (so its alert says)", deed.0), deed.1));
        }
    }

    /// A receipt or an alert that came to mailboxes: nothing of HTTP answers it.
    fn mailed(&self, callback: &Callback, stage: Option<u8>) -> Event {
        let request = &callback.exchange.request;
        let from = match callback.exchange.by {
            Party::Mock => Lane::Mock,
            Party::Subject => Lane::Subject,
        };
        let error = callback.command.value("error").unwrap_or("none");
        let label = format!("mail to {}, error {}", recipients(callback), shortened(error));
        self.event(request.first_byte_us, Course::Went(from, Lane::Mail), label, Some(request.entry), stage)
    }

    /// A request, and its answer or the lack of one.
    fn both_ways(
        &self,
        exchange: &Exchange,
        what: String,
        answer: Option<String>,
        stages: Stages,
    ) -> [Event; 2] {
        let (from, to) = match exchange.by {
            Party::Mock => (Lane::Mock, Lane::Subject),
            Party::Subject => (Lane::Subject, Lane::Mock),
        };
        let request = &exchange.request;
        let asked =
            self.event(request.first_byte_us, Course::Went(from, to), what, Some(request.entry), stages.0);
        let ended = exchange.ended.map_or("the record stops here", Ended::told);
        let is_whole = exchange.complete_response().is_some();
        let answered = match (&exchange.response, answer) {
            (Some(response), Some(answer)) => {
                let label = if is_whole { answer } else { format!("{answer} ({ended})") };
                let course = Course::Went(to, from);
                self.event(response.last_byte_us, course, label, Some(response.entry), stages.1)
            }
            (Some(response), None) => {
                let label = format!("no HTTP: {ended}");
                let course = Course::Went(to, from);
                self.event(response.last_byte_us, course, label, Some(response.entry), stages.1)
            }
            (None, _) => {
                let waited = self.waited_for_the_answer(exchange);
                let label = format!("no answer: {ended}{}", waited.map_or_else(String::new, said_waited));
                let at = request.last_byte_us.saturating_add(waited.unwrap_or(0));
                self.event(at, Course::Missing(to, from), label, exchange.ended_entry, stages.1)
            }
        };
        [asked, answered]
    }

    fn waited_for_the_answer(&self, exchange: &Exchange) -> Option<u64> {
        let is_collect = self.transaction.collects.iter().any(|collect| collect.id == exchange.id);
        self.transaction.wait(Awaited::Response).filter(|_| is_collect).map(WaitSeen::lasted_us)
    }

    /// What was waited for and never came.
    fn missing(&self, wait: &WaitSeen) -> Option<Event> {
        let is_over = match wait.ended {
            Some(WaitEnd::Expired) => "",
            Some(WaitEnd::GivenUp) => ", then given up",
            Some(WaitEnd::Interrupted) | None => ", until the run ended",
            Some(WaitEnd::Met | WaitEnd::NotDue) => return None,
        };
        let (client, target) = (self.client(), self.target());
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
        Some(self.event(at, Course::Missing(from, to), label, Some(wait.entry), self.stage_of(wait.awaits)))
    }

    /// Where a callback should arrive: at the client, or in a mailbox.
    fn box_for(&self, element: Element) -> Lane {
        let url = self.transaction.command.as_ref().and_then(|command| command.get(element));
        let is_mail = url.and_then(|url| url.get(..7)).is_some_and(|it| it.eq_ignore_ascii_case("mailto:"));
        if is_mail { Lane::Mail } else { self.client() }
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
        let to = match not_sent.why {
            Barred::MailServer => Lane::Mail,
            Barred::Host | Barred::Unresolved | Barred::Scheme | Barred::Address => Lane::Subject,
        };
        let course = Course::Missing(Lane::Mock, to);
        self.event(at, course, format!("{what}: {why}"), Some(entry), None)
    }

    fn within(&self, lane: Lane, at_us: u64, label: String, stage: u8) -> Event {
        self.event(at_us, Course::Within(lane), label, None, Some(stage))
    }

    fn event(
        &self,
        at_us: u64,
        course: Course,
        label: String,
        entry: Option<u64>,
        stage: Option<u8>,
    ) -> Event {
        let remark = entry.map_or_else(String::new, |entry| self.marks.remark(entry));
        Event { at_us, course, label, remark, stage, entry, tone: self.tone(course, entry) }
    }

    /// The verdict of an entry; of what the subject did without a fault, `pass` where anything was looked at.
    fn tone(&self, course: Course, entry: Option<u64>) -> &'static str {
        let is_theirs = matches!(course, Course::Went(Lane::Subject, _));
        let kept = is_theirs && self.marks.has_kept(&self.transaction.begun.transaction);
        let kept = kept.then_some(Verdict::Pass);
        entry.and_then(|entry| self.marks.verdict(entry)).or(kept).map_or("plain", Verdict::key)
    }

    fn client(&self) -> Lane {
        match self.role {
            Role::Target => Lane::Mock,
            Role::Client => Lane::Subject,
        }
    }

    fn target(&self) -> Lane {
        match self.role {
            Role::Target => Lane::Subject,
            Role::Client => Lane::Mock,
        }
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

fn said_waited(us: u64) -> String {
    format!(", waited {}", lasted(us))
}
