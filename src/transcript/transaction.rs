//! Entries grouped: exchanges, and the transactions that they belong to.
//!
//! Times tell order where two connections are involved: entries are written when a
//! message is complete, which is not always the order in which peers acted.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::asked::Ran;
use super::bytes::Body;
use super::callback::{Callback, CallbackUrl};
use super::entry::{
    Answered, Asked, Awaited, Ended, Entry, Header, Met, NotSent, Party, Request, Tls, TransactionBegun,
    Triggered, WaitEnd, Whole,
};
use super::mail::MailSeen;
use super::protocol::Protocol;
use crate::pens::{self, Command, CommandFlaw, ResponseFlaw};
use crate::wire::http::{Framing, RequestHead, ResponseHead, decode};

/// A transcript as a judge looks at it.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// The first line.
    pub header: Header,
    /// Every collect and what followed from it, in the order in which they were prepared.
    pub transactions: Vec<Transaction>,
    /// The cases that were played.
    pub scenarios: Vec<ScenarioSeen>,
    /// Requests of the subject's that belong to no transaction.
    pub strays: Vec<Exchange>,
    /// Mails of the subject's that belong to no transaction.
    pub stray_mails: Vec<Arc<MailSeen>>,
    /// Connections over which TLS is spoken, or was to be.
    pub handshakes: Vec<Handshake>,
    /// The entry in which the subject first asked for an active connection of FTP.
    pub active_ftp: Option<u64>,
}

/// A connection over which TLS is spoken, or was to be.
#[derive(Debug, Clone)]
pub struct Handshake {
    /// Its entry.
    pub entry: u64,
    /// Its number.
    pub connection: u64,
    /// Who opened it.
    pub by: Party,
    /// What it is for: HTTP, or FTP that is to be secured.
    pub protocol: Protocol,
    /// What was seen of its handshake.
    pub tls: Tls,
    /// How many requests came over it, or lines of a dialogue.
    pub requests: usize,
}

impl Handshake {
    pub(super) fn of_http((entry, connection): (u64, u64), by: Party, tls: &Tls) -> Self {
        Self { entry, connection, by, protocol: Protocol::Http, tls: tls.clone(), requests: 0 }
    }
}

/// A case of a scenario as it was played.
#[derive(Debug, Clone)]
pub struct ScenarioSeen {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The requirements that it is there for.
    pub proves: Vec<String>,
    /// When it began, in microseconds.
    pub begun_us: u64,
    /// When it ended; `None` when the record stops before.
    pub ended_us: Option<u64>,
    /// Why it ended before its last step, when it did.
    pub cut_short: Option<String>,
    /// What its author expected beyond the catalogue, and what a person was asked.
    pub expectations: Vec<Expectation>,
    /// The attempts to make a client publish.
    pub triggers: Vec<Triggered>,
    /// The commands among them that were over, in the order in which they were.
    pub commands: Vec<Ran>,
}

/// What the author of a scenario expected beyond the catalogue, or had a person asked.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// In words.
    pub expected: String,
    /// What there was.
    pub received: String,
    /// Whether it holds.
    pub met: Met,
    /// Who says whether it holds.
    pub judge: ExpectationJudge,
}

/// Who says whether an expectation holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectationJudge {
    /// The bytes.
    Bytes,
    /// A person.
    Person,
}

/// A collect and all that follows from it.
#[derive(Debug, Clone)]
pub struct Transaction {
    /// What it offers and where its callbacks should go.
    pub begun: TransactionBegun,
    /// The rows whose errors its collect carries on purpose.
    pub provokes: Vec<String>,
    /// The collects, a redirect followed or a repetition included.
    pub collects: Vec<Exchange>,
    /// The command of the first collect.
    pub command: Option<Command>,
    /// What is wrong with how that is written.
    pub flaws: Vec<pens::Flaw<CommandFlaw>>,
    /// Requests for the package.
    pub downloads: Vec<Exchange>,
    /// Mails to its mailboxes, or about it, whatever became of them.
    pub mails: Vec<Arc<MailSeen>>,
    /// Commands of the target's.
    pub callbacks: Vec<Callback>,
    /// What was waited for.
    pub waits: Vec<WaitSeen>,
    /// What the collect asks for and did not go out, with the entries that say so.
    pub not_sent: Vec<(u64, NotSent)>,
}

/// A wait and its end.
#[derive(Debug, Clone)]
pub struct WaitSeen {
    /// What was waited for.
    pub awaits: Awaited,
    /// The number of the entry that began it.
    pub entry: u64,
    /// When it began, in microseconds.
    pub begun_us: u64,
    /// How long at most, in milliseconds.
    pub limit_ms: u64,
    /// Why it ended; `None` when the record stops before.
    pub ended: Option<WaitEnd>,
    /// When it ended, in microseconds.
    pub ended_us: Option<u64>,
}

/// A request and the answer to it.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Its number.
    pub id: u64,
    /// Who sent the request.
    pub by: Party,
    /// The request.
    pub request: Message,
    /// The request's head, read.
    pub request_head: RequestHead,
    /// Whether all of the request came.
    pub whole: Whole,
    /// The answer, when a byte of one came.
    pub response: Option<Message>,
    /// The answer's head, read.
    pub response_head: Option<ResponseHead>,
    /// How it ended; `None` when the record stops before.
    pub ended: Option<Ended>,
    /// The entry that ends it.
    pub ended_entry: Option<u64>,
    /// The URL of a request of ours.
    pub url: Option<String>,
    /// What it passed over.
    pub protocol: Protocol,
    /// The user that an FTP server was told, where it was no guest.
    pub user: Option<String>,
    /// The number of its connection.
    pub connection: u64,
    /// What was seen of the handshake of that, where TLS is spoken.
    pub tls: Option<Tls>,
}

/// One half of an exchange.
#[derive(Debug, Clone)]
pub struct Message {
    /// The entry's number.
    pub entry: u64,
    /// When its first byte passed, in microseconds since the run began.
    pub first_byte_us: u64,
    /// When its last byte passed.
    pub last_byte_us: u64,
    /// First line, headers and blank line.
    pub head: Vec<u8>,
    /// The body as it was on the wire.
    pub body: Body,
}

impl Expectation {
    /// A question and its answer: it expects a yes.
    pub(super) fn of(asked: &Asked) -> Self {
        let (said, met) = match asked.answer {
            Answered::Yes => ("yes", Met::Met),
            Answered::No => ("no", Met::Unmet),
            Answered::Unanswered => ("nobody has answered", Met::NoEvidence),
        };
        let note = if asked.note.is_empty() { String::new() } else { format!(": {}", asked.note) };
        let (expected, received) = (asked.question.clone(), format!("{said}{note}"));
        Self { expected, received, met, judge: ExpectationJudge::Person }
    }

    /// Whether a person has still to answer.
    #[must_use]
    pub fn is_in_review(&self) -> bool {
        self.judge == ExpectationJudge::Person && self.met == Met::NoEvidence
    }
}

impl ScenarioSeen {
    /// Whether a person has still to answer a question of this case.
    #[must_use]
    pub fn is_in_review(&self) -> bool {
        self.expectations.iter().any(Expectation::is_in_review)
    }
}

impl Exchange {
    /// An exchange whose request has passed.
    pub(super) fn begun(entry: &Entry, request: &Request) -> Self {
        Self {
            id: request.exchange,
            by: request.by,
            request: Message {
                entry: entry.number,
                first_byte_us: request.first_byte_us,
                last_byte_us: entry.at_us,
                head: request.head.0.clone(),
                body: request.body.clone(),
            },
            request_head: RequestHead::read(&request.head.0).0,
            whole: request.whole,
            response: None,
            response_head: None,
            ended: None,
            ended_entry: None,
            url: request.url.clone(),
            protocol: Protocol::Http,
            user: None,
            connection: request.connection,
            tls: None,
        }
    }

    /// The decoded body of the answer: of one that was too long to be kept, its beginning.
    #[must_use]
    pub fn payload(&self) -> Option<Vec<u8>> {
        let (response, head) = (self.response.as_ref()?, self.response_head.as_ref()?);
        let (framing, _) = Framing::of_response(&self.request_head.method, head);
        Some(decode(framing, &response.body.head.0).0)
    }

    /// Whether the answer was too long to be kept, but for its ends.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.response.as_ref().is_some_and(|response| response.body.whole().is_none())
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.response_head.as_ref()?.status
    }

    /// What the clock of who answered showed (RFC 9110, 6.6.1).
    #[must_use]
    pub fn dated(&self) -> Option<DateTime<Utc>> {
        let date = self.response_head.as_ref()?.headers.get("date")?;
        Some(DateTime::parse_from_rfc2822(std::str::from_utf8(date).ok()?).ok()?.to_utc())
    }

    /// Whether a command came as `multipart/form-data`: whoever chooses that, and whoever answers it, is MSG-014's matter.
    #[must_use]
    pub fn is_multipart(&self) -> bool {
        let kind = self.request_head.headers.get("content-type").unwrap_or_default().to_ascii_lowercase();
        self.request_head.method == "POST" && kind.trim_ascii_start().starts_with(b"multipart/")
    }

    /// The HTTP status of an answer that leads on to another place (RFC 9110, 15.4).
    #[must_use]
    pub fn leads_on(&self) -> Option<u16> {
        self.response_head.as_ref()?.headers.get("location")?;
        self.status().filter(|status| matches!(status, 301 | 302 | 303 | 307 | 308))
    }

    /// The answer of this exchange, when all of it came.
    #[must_use]
    pub fn complete_response(&self) -> Option<&Message> {
        self.response.as_ref().filter(|_| self.ended == Some(Ended::Complete))
    }
}

impl Transaction {
    /// What we do not send, and the callback whose answer leads there.
    pub(super) fn take_not_sent(&mut self, entry: u64, not_sent: &NotSent) {
        Callback::note_astray(&mut self.callbacks, entry, not_sent);
        self.not_sent.push((entry, not_sent.clone()));
    }

    /// The collect whose answer counts, be it reached by a redirect; of one that was sent again, the first.
    #[must_use]
    pub fn answered(&self) -> Option<&Exchange> {
        self.answers().next()
    }

    /// Each answer that counts: the last of those that a redirect led to, for every time that the collect was sent.
    pub fn answers(&self) -> impl Iterator<Item = &Exchange> {
        let is_last = |at: usize| self.collects.get(at + 1).is_none_or(|next| self.is_sent_anew(at, next));
        self.collects.iter().enumerate().filter(move |(at, _)| is_last(*at)).map(|(_, exchange)| exchange)
    }

    fn is_sent_anew(&self, at: usize, next: &Exchange) -> bool {
        let led_on = self.collects[at].status().is_some_and(|status| (300..400).contains(&status));
        !led_on && next.url == self.collects[0].url
    }

    /// The answer to the collect, as PENS; `None` when no whole HTTP answer came.
    #[must_use]
    pub fn response(&self) -> Option<(pens::Response, Vec<pens::Flaw<ResponseFlaw>>)> {
        let exchange = self.answered().filter(|answer| answer.complete_response().is_some())?;
        Some(pens::Response::read(&exchange.payload()?))
    }

    /// The error code that the collect was answered with, when it can be read.
    #[must_use]
    pub fn code(&self) -> Option<pens::Code> {
        self.response()?.0.code()
    }

    /// Whether the collect was answered with error 0.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.code() == Some(pens::Code::NO_ERROR)
    }

    /// The first download of the whole package.
    #[must_use]
    pub fn whole_download(&self) -> Option<&Exchange> {
        self.downloads.iter().find(|download| download.is_fetch() && download.is_whole())
    }

    /// The requests that would fetch the package: a HEAD fetches nothing.
    pub fn fetches(&self) -> impl Iterator<Item = &Exchange> {
        self.downloads.iter().filter(|download| download.is_fetch())
    }

    /// The receipts: what came to the receipt URL and does not call itself an alert.
    pub fn receipts(&self) -> impl Iterator<Item = &Callback> {
        let at_its_url = self.callbacks.iter().filter(|callback| callback.sent_to == CallbackUrl::Receipt);
        at_its_url.filter(|callback| !callback.is_called("alert"))
    }

    /// The alerts: what came to the alerts URL and does not call itself a receipt, and whatever calls itself an alert.
    pub fn alerts(&self) -> impl Iterator<Item = &Callback> {
        let is_one =
            |callback: &&Callback| callback.sent_to == CallbackUrl::Alerts && !callback.is_called("receipt");
        self.callbacks.iter().filter(move |callback| is_one(callback) || callback.is_called("alert"))
    }

    /// The callbacks that came over HTTP: the rows about messages hold for those alone.
    pub fn by_http(&self) -> impl Iterator<Item = &Callback> {
        self.callbacks.iter().filter(|callback| callback.mail.is_none())
    }

    /// The last wait of a kind.
    #[must_use]
    pub fn wait(&self, awaits: Awaited) -> Option<&WaitSeen> {
        self.waits.iter().rfind(|wait| wait.awaits == awaits)
    }
}

impl WaitSeen {
    /// A wait that this entry begins.
    pub(super) fn begun(entry: &Entry, awaits: Awaited, limit_ms: u64) -> Self {
        Self { awaits, entry: entry.number, begun_us: entry.at_us, limit_ms, ended: None, ended_us: None }
    }

    /// How long was waited, in microseconds; the limit where the record stops before the end.
    #[must_use]
    pub fn lasted_us(&self) -> u64 {
        let limit = self.limit_ms.saturating_mul(1000);
        self.ended_us.map_or(limit, |ended| ended.saturating_sub(self.begun_us))
    }
}
