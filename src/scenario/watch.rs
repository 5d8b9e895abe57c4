//! What a wait looks for in the transcript as it grows, and when it has seen enough.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::player::WantsAlerts;
use super::watch_mail::MailWatch;
use crate::mock::{client, redirect};
use crate::pens::{Code, Command, Element, Response, parse_code};
use crate::profile::{Claim, Profile};
use crate::transcript::entry::{
    self, Awaited, Ended, Entry, FtpAsked, Party, Purpose, Transfer, WaitEnd, What, Whole,
};
use crate::transcript::grouping::{is_read, purpose_of, read_command_of};
use crate::wire::http::{Framing, RequestHead, ResponseHead, decode};

/// After so many receipts that never came over a path that nothing has come over, no more is waited for.
const UNMET: usize = 3;

/// A peer that never falls silent is waited for this many times as long as silence must last.
const RESTLESS: u64 = 10;

/// A wait: what for, and what has been seen so far.
pub struct Watch {
    transaction: String,
    /// What the tokens of this run begin with.
    tokens: String,
    awaits: Awaited,
    count: usize,
    limit_us: u64,
    began_us: u64,
    alerts_due: bool,
    collects: HashMap<u64, String>,
    heard: HashMap<u64, Purpose>,
    unacknowledged: HashSet<u64>,
    answer: Option<Answer>,
    seen: usize,
    last_us: u64,
    answered_us: u64,
    mail: MailWatch,
    receipt_waits: HashMap<u64, String>,
    unmet: usize,
    is_proven: bool,
    lost_receipt: bool,
}

/// How the collect was answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// In a way after which the package is to be fetched.
    GoesOn,
    /// With a warning, after which the package may be fetched.
    Warned,
    /// In a way after which nothing is due.
    EndsHere,
}

impl Watch {
    /// A watch that begins now.
    pub(super) fn new(
        transaction: &str,
        (awaits, count): (Awaited, usize),
        limit: Duration,
        began_us: u64,
        (profile, wants_alerts): (&Profile, WantsAlerts),
    ) -> Self {
        Self {
            tokens: transaction.rsplit_once('-').map_or(transaction, |(run, _)| run).to_owned() + "-",
            transaction: transaction.to_owned(),
            awaits,
            count,
            limit_us: u64::try_from(limit.as_micros()).unwrap_or(u64::MAX),
            began_us,
            alerts_due: wants_alerts == WantsAlerts::Yes && profile.claims.alerts != Some(Claim::No),
            collects: HashMap::new(),
            heard: HashMap::new(),
            unacknowledged: HashSet::new(),
            answer: None,
            seen: 0,
            last_us: began_us,
            answered_us: began_us,
            mail: MailWatch::default(),
            receipt_waits: HashMap::new(),
            unmet: 0,
            is_proven: false,
            lost_receipt: false,
        }
    }

    /// Takes note of an entry.
    pub(super) fn see(&mut self, entry: &Entry) {
        match &entry.what {
            What::Request(request) => self.see_request(entry.at_us, request),
            What::Response(response) => self.see_response(entry.at_us, response),
            What::WaitBegun { wait, transaction, awaits: Awaited::Receipt, .. } => {
                self.receipt_waits.insert(*wait, transaction.clone());
            }
            What::WaitEnded { wait, ended: WaitEnd::Expired | WaitEnd::Crowded | WaitEnd::GivenUp } => {
                let Some(transaction) = self.receipt_waits.get(wait) else { return };
                let is_by_mail = self.mail.is_by_mail(transaction);
                *(if is_by_mail { &mut self.mail.unmet } else { &mut self.unmet }) += 1;
                self.lost_receipt |= *transaction == self.transaction;
            }
            What::Mail(mail) => self.see_mail(entry, mail),
            What::Transfer(transfer) => self.see_transfer(entry.at_us, transfer),
            What::WaitBegun { .. }
            | What::WaitEnded { .. }
            | What::ControlLine(_)
            | What::ScenarioBegun { .. }
            | What::StepBegun { .. }
            | What::ScenarioEnded { .. }
            | What::TransactionBegun(_)
            | What::Provokes { .. }
            | What::ConnectionOpened { .. }
            | What::Secured(_)
            | What::ConnectionClosed { .. }
            | What::Triggered(_)
            | What::Asked(_)
            | What::NotSent(_)
            | What::Expects { .. } => {}
        }
    }

    /// Why the wait is over, when it is.
    pub(super) fn is_over(&self) -> Option<WaitEnd> {
        match self.awaits {
            Awaited::Forever | Awaited::Quiet => None,
            _ if self.seen >= self.count => Some(WaitEnd::Met),
            Awaited::Response | Awaited::Collect => None,
            Awaited::Alert if !self.alerts_due => Some(WaitEnd::NotDue),
            Awaited::Alert if self.lost_receipt => Some(WaitEnd::GivenUp),
            Awaited::Download | Awaited::Receipt | Awaited::Alert if self.is_left() => Some(WaitEnd::NotDue),
            Awaited::Download | Awaited::Receipt | Awaited::Alert => {
                let is_by_mail = self.awaits == Awaited::Receipt && self.mail.is_by_mail(&self.transaction);
                let (unmet, is_proven) = if is_by_mail {
                    (self.mail.unmet, self.mail.is_proven)
                } else {
                    (self.unmet, self.is_proven)
                };
                (unmet >= UNMET && !is_proven).then_some(WaitEnd::GivenUp)
            }
        }
    }

    /// Whether the collect was refused, or warned of and then left alone.
    fn is_left(&self) -> bool {
        match self.answer {
            Some(Answer::EndsHere) => true,
            Some(Answer::Warned) => !self.heard.values().any(|purpose| *purpose == Purpose::Download),
            Some(Answer::GoesOn) | None => false,
        }
    }

    /// How long the wait may still last.
    pub(super) fn time_left(&self, now_us: u64) -> Duration {
        let from = match self.awaits {
            Awaited::Forever => return Duration::MAX,
            // As long as the answer is due, silence is not yet quiet.
            Awaited::Quiet if self.answer.is_none() && !self.collects.is_empty() => return Duration::MAX,
            // Nor is it as long as the peer waits for us.
            Awaited::Quiet if !self.unacknowledged.is_empty() => return Duration::MAX,
            Awaited::Quiet => self.last_us.min(self.restless_us()),
            Awaited::Collect | Awaited::Response | Awaited::Download | Awaited::Receipt | Awaited::Alert => {
                self.began_us
            }
        };
        Duration::from_micros((from.saturating_add(self.limit_us)).saturating_sub(now_us))
    }

    /// Why the wait is over when its time is up.
    pub(super) fn at_the_limit(&self) -> WaitEnd {
        let is_quiet = self.awaits == Awaited::Quiet && self.last_us <= self.restless_us();
        if is_quiet { WaitEnd::Met } else { WaitEnd::Expired }
    }

    /// The last moment at which a silence may begin.
    fn restless_us(&self) -> u64 {
        self.answered_us.saturating_add(self.limit_us.saturating_mul(RESTLESS - 1))
    }

    fn see_request(&mut self, at_us: u64, request: &entry::Request) {
        let is_ours = request.transaction.as_ref() == Some(&self.transaction);
        if request.by == Party::Mock && request.purpose == Some(Purpose::Collect) {
            self.mail.see_collect(request, &self.transaction);
        }
        if request.by == Party::Mock && is_ours && request.purpose == Some(Purpose::Collect) {
            self.collects.insert(request.exchange, request.url.clone().unwrap_or_default());
            self.answer = None;
            self.last_us = self.last_us.max(at_us);
        }
        if request.by == Party::Subject && self.is_collect_here(request) {
            self.last_us = self.last_us.max(at_us);
            self.heard.insert(request.exchange, Purpose::Collect);
        } else if request.by == Party::Subject {
            let head = RequestHead::read(&request.head.0).0;
            let is_token = |segment: &str| segment.starts_with(&self.tokens);
            let Some((token, purpose)) = purpose_of(&head.target, is_token) else { return };
            self.is_proven = true;
            if token == self.transaction {
                self.last_us = self.last_us.max(at_us);
                if matches!(purpose, Purpose::Receipt | Purpose::Alert) {
                    self.unacknowledged.insert(request.exchange);
                }
                if is_evidence(&head, request, purpose) {
                    self.alerts_due &= purpose != Purpose::Receipt || !tells_error(&head, request);
                    self.heard.insert(request.exchange, purpose);
                }
            }
        }
    }

    fn see_mail(&mut self, entry: &Entry, mail: &entry::Mail) {
        let Some(mailed) = self.mail.see(entry.number, mail) else { return };
        self.last_us = self.last_us.max(entry.at_us);
        let is_awaited = match mailed.purpose {
            Purpose::Receipt => {
                self.alerts_due &= !mailed.tells_error;
                self.awaits == Awaited::Receipt
            }
            Purpose::Alert => self.awaits == Awaited::Alert,
            Purpose::Collect | Purpose::Download => false,
        };
        self.seen += if is_awaited { mailed.count } else { 0 };
    }

    /// A file that was asked for over FTP; that somebody does so says nothing of whether receipts reach us.
    fn see_transfer(&mut self, at_us: u64, transfer: &Transfer) {
        if transfer.by == Party::Subject && transfer.transaction.as_ref() == Some(&self.transaction) {
            self.last_us = self.last_us.max(at_us);
            let is_file = transfer.asked == FtpAsked::File;
            if is_file {
                self.heard.insert(transfer.exchange, Purpose::Download);
            }
            self.seen += usize::from(is_file && self.awaits == Awaited::Download);
        }
    }

    /// Whether a client sends a collect to the address whose token is waited on: the first has that for its id, those
    /// that follow a number behind it.
    fn is_collect_here(&self, request: &entry::Request) -> bool {
        let behind = request.transaction.as_ref().and_then(|id| id.strip_prefix(&self.transaction));
        request.purpose == Some(Purpose::Collect)
            && behind.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    fn see_response(&mut self, at_us: u64, response: &entry::Response) {
        if let Some(url) = self.collects.get(&response.exchange) {
            self.last_us = self.last_us.max(at_us);
            let may_lead_on = self.collects.len() <= client::REDIRECTS;
            let may_lead_on = may_lead_on && !redirect::speaks_pens(&response.body.head.0);
            if may_lead_on && redirect::leads_on(url, &response.head.0).is_some() {
                return;
            }
            self.answer = Some(answer(response));
            self.answered_us = self.answered_us.max(at_us);
            self.seen += usize::from(self.awaits == Awaited::Response);
        }
        if self.unacknowledged.remove(&response.exchange) {
            self.last_us = self.last_us.max(at_us);
        }
        if let Some(heard) = self.heard.get(&response.exchange) {
            self.last_us = self.last_us.max(at_us);
            let is_awaited = match heard {
                Purpose::Download => self.awaits == Awaited::Download,
                Purpose::Receipt => self.awaits == Awaited::Receipt,
                Purpose::Alert => self.awaits == Awaited::Alert,
                Purpose::Collect => self.awaits == Awaited::Collect,
            };
            self.seen += usize::from(is_awaited);
        }
    }
}

/// Whether the judge will take a request for what its URL is for.
fn is_evidence(head: &RequestHead, request: &entry::Request, purpose: Purpose) -> bool {
    match purpose {
        Purpose::Download => head.method == "GET",
        Purpose::Receipt => {
            is_message(head, request) && command_of(head, request).get(Element::Command) != Some("alert")
        }
        Purpose::Alert => is_message(head, request),
        Purpose::Collect => false,
    }
}

/// Whether a request has a command; a GET without a query is no message (A.1).
fn is_message(head: &RequestHead, request: &entry::Request) -> bool {
    let is_bare = head.method == "GET" && command_of(head, request).pairs.is_empty();
    is_read(head) && request.whole == Whole::Whole && !is_bare
}

pub(super) fn command_of(head: &RequestHead, request: &entry::Request) -> Command {
    let (payload, _) = decode(Framing::of_request(head).0, &request.body.head.0);
    read_command_of(head, &payload).0
}

/// Whether a receipt reports an error: nothing is processed then, of which an alert could tell.
fn tells_error(head: &RequestHead, request: &entry::Request) -> bool {
    let code = command_of(head, request).value("error").and_then(parse_code);
    code.is_some_and(|code| code != Code::NO_ERROR)
}

/// What may follow the answer to a collect.
fn answer(response: &entry::Response) -> Answer {
    let (head, _) = ResponseHead::read(&response.head.0);
    let (framing, _) = Framing::of_response("GET", &head);
    let (body, _) = decode(framing, &response.body.head.0);
    let code = Response::read(&body).0.code();
    match (response.ended, code) {
        (Ended::Complete, Some(Code::NO_ERROR)) => Answer::GoesOn,
        (Ended::Complete, Some(Code::EXPIRY_FORMAT | Code::EXPIRED)) => Answer::Warned,
        _ => Answer::EndsHere,
    }
}
