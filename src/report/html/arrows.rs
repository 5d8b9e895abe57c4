//! Messages as the arrows of a picture: an exchange with its answer or the lack of one, and a mail.

use super::marks::Marks;
use super::picture::{Course, Event, Lane, lasted};
use crate::report::mailed;
use crate::report::told::shortened;
use crate::requirements::verdict::Verdict;
use crate::transcript::entry::{Ended, MailEnd, Party, Role};
use crate::transcript::{Exchange, MailSeen};

/// Who is who in a picture, and what is said of its messages.
pub(super) struct Arrows<'a> {
    pub(super) role: Role,
    pub(super) marks: &'a Marks<'a>,
    /// The verdict of what the subject said and nobody finds amiss; `None` where nobody has looked.
    pub(super) kept: Option<Verdict>,
}

/// The stages of the sample stream (A.2) that a request and its answer are.
pub(super) type Stages = (Option<u8>, Option<u8>);

/// The answer to a request.
pub(super) struct Answer {
    /// What it says; `None` where there is no status.
    pub(super) told: Option<String>,
    /// How long it was waited for, where that is known.
    pub(super) waited_us: Option<u64>,
}

impl Answer {
    /// One for which nobody waits by a step of a scenario.
    pub(super) fn at_once(told: Option<String>) -> Self {
        Self { told, waited_us: None }
    }
}

impl Arrows<'_> {
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

    /// A request, and its answer or the lack of one.
    pub(super) fn both_ways(
        &self,
        exchange: &Exchange,
        what: String,
        answer: Answer,
        stages: Stages,
    ) -> [Event; 2] {
        let from = lane(exchange.by);
        let to = if from == Lane::Mock { Lane::Subject } else { Lane::Mock };
        let request = &exchange.request;
        let asked =
            self.event(request.first_byte_us, Course::Went(from, to), what, Some(request.entry), stages.0);
        let ended = exchange.ended.map_or("the record stops here", Ended::told);
        let answered = if let Some(response) = &exchange.response {
            let label = match answer.told {
                Some(told) if exchange.complete_response().is_some() => told,
                Some(told) => format!("{told} ({ended})"),
                None => format!("no HTTP: {ended}"),
            };
            self.event(response.last_byte_us, Course::Went(to, from), label, Some(response.entry), stages.1)
        } else {
            let waited = answer.waited_us.map_or_else(String::new, said_waited);
            let at = request.last_byte_us.saturating_add(answer.waited_us.unwrap_or(0));
            let label = format!("no answer: {ended}{waited}");
            self.event(at, Course::Missing(to, from), label, exchange.ended_entry, stages.1)
        };
        [asked, answered]
    }

    /// What was not asked for, and what was said to it.
    pub(super) fn stray(&self, exchange: &Exchange) -> [Event; 2] {
        let head = &exchange.request_head;
        let target = shortened(&String::from_utf8_lossy(&head.target));
        let what = format!("{} {target}", shortened(&head.method));
        let told = exchange.status().map(|status| status.to_string());
        self.both_ways(exchange, what, Answer::at_once(told), (None, None))
    }

    /// A mail, whatever became of it: nothing answers it.
    pub(super) fn mailed(&self, seen: &MailSeen, stage: Option<u8>) -> Event {
        let from = lane(seen.mail.by);
        let course = match seen.mail.ended {
            MailEnd::Unreachable | MailEnd::Unsent => Course::Missing(from, Lane::Mail),
            MailEnd::Taken | MailEnd::Refused | MailEnd::TooLarge | MailEnd::Dropped | MailEnd::Cut => {
                Course::Went(from, Lane::Mail)
            }
        };
        self.event(seen.mail.first_byte_us, course, mailed::words(seen), Some(seen.entry), stage)
    }

    /// Anything that happens, or never does.
    pub(super) fn event(
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
        let kept = self.kept.filter(|_| matches!(course, Course::Went(Lane::Subject, _)));
        entry.and_then(|entry| self.marks.verdict(entry)).or(kept).map_or("plain", Verdict::key)
    }

    /// Where the client stands.
    pub(super) fn client(&self) -> Lane {
        match self.role {
            Role::Target => Lane::Mock,
            Role::Client => Lane::Subject,
        }
    }

    /// Where the target stands.
    pub(super) fn target(&self) -> Lane {
        match self.role {
            Role::Target => Lane::Subject,
            Role::Client => Lane::Mock,
        }
    }
}

fn lane(by: Party) -> Lane {
    match by {
        Party::Mock => Lane::Mock,
        Party::Subject => Lane::Subject,
    }
}

/// How long something was waited for, behind what is said of it.
pub(super) fn said_waited(us: u64) -> String {
    format!(", waited {}", lasted(us))
}
