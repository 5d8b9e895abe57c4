//! Entries grouped: exchanges, and the transactions that they belong to.
//!
//! A request of the subject's belongs to the transaction whose token stands in its path, else to the one whose
//! package-id it carries. Times tell order where two connections are involved: entries are written when a
//! message is complete, which is not always the order in which peers acted.

use std::collections::HashMap;

use super::Transcript;
use super::bytes::Body;
use super::entry::{
    Awaited, Ended, Entry, Header, Met, Party, Purpose, Request, Response, TransactionBegun, WaitEnd, What,
    Whole,
};
use crate::pens::{self, Command, CommandFlaw, Element, ResponseFlaw};
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
    /// What its author expected beyond the catalogue.
    pub expectations: Vec<Expectation>,
}

/// What the author of a scenario expected beyond the catalogue.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// In words.
    pub expected: String,
    /// What there was.
    pub received: String,
    /// Whether it holds.
    pub met: Met,
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
    /// Requests for the package.
    pub downloads: Vec<Exchange>,
    /// Commands of the target's.
    pub callbacks: Vec<Callback>,
    /// What was waited for.
    pub waits: Vec<WaitSeen>,
}

/// A receipt or an alert, or what came in the place of one.
#[derive(Debug, Clone)]
pub struct Callback {
    /// Which URL it was sent to.
    pub sent_to: CallbackUrl,
    /// How it came.
    pub exchange: Exchange,
    /// What it says.
    pub command: Command,
    /// What is wrong with how it is written.
    pub flaws: Vec<pens::Flaw<CommandFlaw>>,
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

/// A wait and its end.
#[derive(Debug, Clone)]
pub struct WaitSeen {
    /// What was waited for.
    pub awaits: Awaited,
    /// The number of the entry that began it.
    pub entry: u64,
    /// How long at most, in milliseconds.
    pub limit_ms: u64,
    /// Why it ended; `None` when the record stops before.
    pub ended: Option<WaitEnd>,
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

impl Transcript {
    /// Groups the entries.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        let mut grouping = Grouping::of(&self.header);
        for entry in &self.entries {
            grouping.take(entry);
        }
        grouping.finish()
    }
}

impl Exchange {
    /// The decoded body of the answer, when it was kept whole.
    #[must_use]
    pub fn payload(&self) -> Option<Vec<u8>> {
        let (response, head) = (self.response.as_ref()?, self.response_head.as_ref()?);
        let (framing, _) = Framing::of_response(&self.request_head.method, head);
        let raw = response.body.whole()?;
        Some(decode(framing, raw).0)
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.response_head.as_ref()?.status
    }

    /// The answer of this exchange, when all of it came.
    #[must_use]
    pub fn complete_response(&self) -> Option<&Message> {
        self.response.as_ref().filter(|_| self.ended == Some(Ended::Complete))
    }
}

impl Transaction {
    /// The last collect: the one whose answer counts, be it reached by a redirect.
    #[must_use]
    pub fn answered(&self) -> Option<&Exchange> {
        self.collects.last()
    }

    /// The answer to the collect, as PENS; `None` when no whole HTTP answer came.
    #[must_use]
    pub fn response(&self) -> Option<(pens::Response, Vec<pens::Flaw<ResponseFlaw>>)> {
        let exchange = self.answered()?;
        exchange.complete_response()?;
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
        self.downloads.iter().find(|download| {
            download.request_head.method == "GET"
                && download.status() == Some(200)
                && download.ended == Some(Ended::Complete)
        })
    }

    /// The receipts: what came to the receipt URL and does not call itself an alert.
    pub fn receipts(&self) -> impl Iterator<Item = &Callback> {
        self.callbacks
            .iter()
            .filter(|callback| callback.sent_to == CallbackUrl::Receipt && !callback.is_called("alert"))
    }

    /// The alerts: what came to the alerts URL, and whatever calls itself an alert.
    pub fn alerts(&self) -> impl Iterator<Item = &Callback> {
        self.callbacks
            .iter()
            .filter(|callback| callback.sent_to == CallbackUrl::Alerts || callback.is_called("alert"))
    }

    /// The last wait of a kind.
    #[must_use]
    pub fn wait(&self, awaits: Awaited) -> Option<&WaitSeen> {
        self.waits.iter().rfind(|wait| wait.awaits == awaits)
    }
}

impl Callback {
    /// Whether its `command` element has this value.
    #[must_use]
    pub fn is_called(&self, command: &str) -> bool {
        self.command.get(Element::Command) == Some(command)
    }
}

struct Grouping {
    evidence: Evidence,
    by_id: HashMap<String, usize>,
    by_package: HashMap<String, usize>,
    exchanges: HashMap<u64, Place>,
    waits: HashMap<u64, (usize, usize)>,
    scenarios: HashMap<String, usize>,
}

/// Where an exchange stands that has no answer yet.
#[derive(Clone, Copy)]
enum Place {
    Collect(usize, usize),
    Download(usize, usize),
    Callback(usize, usize),
    Stray(usize),
}

impl Grouping {
    fn of(header: &Header) -> Self {
        let evidence = Evidence {
            header: header.clone(),
            transactions: Vec::new(),
            scenarios: Vec::new(),
            strays: Vec::new(),
        };
        Self {
            evidence,
            by_id: HashMap::new(),
            by_package: HashMap::new(),
            exchanges: HashMap::new(),
            waits: HashMap::new(),
            scenarios: HashMap::new(),
        }
    }

    fn take(&mut self, entry: &Entry) {
        match &entry.what {
            What::ScenarioBegun { scenario, title, proves } => {
                self.begin_scenario(entry.at_us, scenario, title, proves);
            }
            What::ScenarioEnded { scenario, cut_short } => {
                if let Some(seen) = self.scenario(scenario) {
                    seen.ended_us = Some(entry.at_us);
                    seen.cut_short.clone_from(cut_short);
                }
            }
            What::TransactionBegun(begun) => self.begin_transaction(begun),
            What::Provokes { transaction, requirements } => {
                if let Some(index) = self.by_id.get(transaction) {
                    self.evidence.transactions[*index].provokes.clone_from(requirements);
                }
            }
            What::Request(request) => self.take_request(entry, request),
            What::Response(response) => self.take_response(entry, response),
            What::WaitBegun { wait, transaction, awaits, limit_ms, .. } => {
                if let Some(index) = self.by_id.get(transaction) {
                    let waits = &mut self.evidence.transactions[*index].waits;
                    self.waits.insert(*wait, (*index, waits.len()));
                    waits.push(WaitSeen {
                        awaits: *awaits,
                        entry: entry.number,
                        limit_ms: *limit_ms,
                        ended: None,
                    });
                }
            }
            What::WaitEnded { wait, ended } => {
                if let Some((transaction, index)) = self.waits.get(wait) {
                    self.evidence.transactions[*transaction].waits[*index].ended = Some(*ended);
                }
            }
            What::Expects { scenario, expected, received, met, .. } => {
                let expectation =
                    Expectation { expected: expected.clone(), received: received.clone(), met: *met };
                if let Some(seen) = self.scenario(scenario) {
                    seen.expectations.push(expectation);
                }
            }
            What::StepBegun { .. } | What::ConnectionOpened { .. } | What::ConnectionClosed { .. } => {}
        }
    }

    fn begin_scenario(&mut self, begun_us: u64, id: &str, title: &str, proves: &[String]) {
        self.scenarios.insert(id.to_owned(), self.evidence.scenarios.len());
        self.evidence.scenarios.push(ScenarioSeen {
            id: id.to_owned(),
            title: title.to_owned(),
            proves: proves.to_vec(),
            begun_us,
            ended_us: None,
            cut_short: None,
            expectations: Vec::new(),
        });
    }

    fn scenario(&mut self, id: &str) -> Option<&mut ScenarioSeen> {
        let index = *self.scenarios.get(id)?;
        self.evidence.scenarios.get_mut(index)
    }

    fn begin_transaction(&mut self, begun: &TransactionBegun) {
        let index = self.evidence.transactions.len();
        self.by_id.insert(begun.transaction.clone(), index);
        self.by_package.insert(begun.package_id.clone(), index);
        self.evidence.transactions.push(Transaction {
            begun: begun.clone(),
            provokes: Vec::new(),
            collects: Vec::new(),
            command: None,
            downloads: Vec::new(),
            callbacks: Vec::new(),
            waits: Vec::new(),
        });
    }

    fn take_request(&mut self, entry: &Entry, request: &Request) {
        let exchange = begin_exchange(entry, request);
        let id = exchange.id;
        let known =
            request.purpose.zip(request.transaction.as_ref().and_then(|id| self.by_id.get(id)).copied());
        let place = match (request.by, known) {
            (_, Some((purpose, index))) => self.place_known(exchange, request, purpose, index),
            (Party::Mock, None) => self.stray(exchange),
            (Party::Subject, None) => self.place_theirs(exchange, request),
        };
        self.exchanges.insert(id, place);
    }

    fn place_known(
        &mut self,
        exchange: Exchange,
        request: &Request,
        purpose: Purpose,
        index: usize,
    ) -> Place {
        let transaction = &mut self.evidence.transactions[index];
        let sent_to = match purpose {
            Purpose::Collect => {
                transaction.command.get_or_insert_with(|| read_command(&exchange, request).0);
                transaction.collects.push(exchange);
                return Place::Collect(index, transaction.collects.len() - 1);
            }
            Purpose::Download => {
                transaction.downloads.push(exchange);
                return Place::Download(index, transaction.downloads.len() - 1);
            }
            Purpose::Receipt => CallbackUrl::Receipt,
            Purpose::Alert => CallbackUrl::Alerts,
        };
        let (command, flaws) = read_command(&exchange, request);
        transaction.callbacks.push(Callback { sent_to, exchange, command, flaws });
        Place::Callback(index, transaction.callbacks.len() - 1)
    }

    fn place_theirs(&mut self, exchange: Exchange, request: &Request) -> Place {
        let (token, kind) = self.address(&exchange.request_head.target);
        let is_read = matches!(exchange.request_head.method.as_str(), "GET" | "POST");
        if let (Some(index), Some(Kind::Package)) = (token, kind) {
            let downloads = &mut self.evidence.transactions[index].downloads;
            downloads.push(exchange);
            return Place::Download(index, downloads.len() - 1);
        }
        let (command, flaws) = read_command(&exchange, request);
        let by_package = command.get(Element::PackageId).and_then(|id| self.by_package.get(id)).copied();
        let sent_to = match kind {
            Some(Kind::Receipt) => CallbackUrl::Receipt,
            Some(Kind::Alerts) => CallbackUrl::Alerts,
            Some(Kind::Package) | None => CallbackUrl::Other,
        };
        match token.or(by_package) {
            Some(index) if is_read => {
                let callbacks = &mut self.evidence.transactions[index].callbacks;
                callbacks.push(Callback { sent_to, exchange, command, flaws });
                Place::Callback(index, callbacks.len() - 1)
            }
            _ => self.stray(exchange),
        }
    }

    fn stray(&mut self, exchange: Exchange) -> Place {
        self.evidence.strays.push(exchange);
        Place::Stray(self.evidence.strays.len() - 1)
    }

    /// The transaction and the use of one of our URLs, by the segments of its path.
    fn address(&self, target: &[u8]) -> (Option<usize>, Option<Kind>) {
        let path = String::from_utf8_lossy(target.split(|byte| *byte == b'?').next().unwrap_or_default())
            .into_owned();
        let mut segments = path.split('/');
        let token = segments.by_ref().find_map(|segment| self.by_id.get(segment)).copied();
        let kind = match segments.next() {
            Some("package") => Some(Kind::Package),
            Some("receipt") => Some(Kind::Receipt),
            Some("alerts") => Some(Kind::Alerts),
            _ => None,
        };
        (token, kind)
    }

    fn take_response(&mut self, entry: &Entry, response: &Response) {
        let Some(place) = self.exchanges.get(&response.exchange).copied() else { return };
        let evidence = &mut self.evidence;
        let exchange = match place {
            Place::Collect(transaction, index) => &mut evidence.transactions[transaction].collects[index],
            Place::Download(transaction, index) => &mut evidence.transactions[transaction].downloads[index],
            Place::Callback(transaction, index) => {
                &mut evidence.transactions[transaction].callbacks[index].exchange
            }
            Place::Stray(index) => &mut evidence.strays[index],
        };
        exchange.ended = Some(response.ended);
        exchange.ended_entry = Some(entry.number);
        if response.head.is_empty() && response.body.length == 0 {
            return;
        }
        exchange.response_head = Some(ResponseHead::read(&response.head.0).0);
        exchange.response = Some(Message {
            entry: entry.number,
            first_byte_us: response.first_byte_us.unwrap_or(entry.at_us),
            last_byte_us: response.last_byte_us.unwrap_or(entry.at_us),
            head: response.head.0.clone(),
            body: response.body.clone(),
        });
    }

    fn finish(self) -> Evidence {
        self.evidence
    }
}

/// What one of our URLs is for.
#[derive(Clone, Copy)]
enum Kind {
    Package,
    Receipt,
    Alerts,
}

fn begin_exchange(entry: &Entry, request: &Request) -> Exchange {
    Exchange {
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
        response: None,
        response_head: None,
        ended: None,
        ended_entry: None,
        url: request.url.clone(),
    }
}

/// The command in a request: the query of a GET, the body of a POST, urlencoded or multipart.
#[must_use]
pub fn read_command_of(head: &RequestHead, payload: &[u8]) -> (Command, Vec<pens::Flaw<CommandFlaw>>) {
    let query =
        head.target.iter().position(|byte| *byte == b'?').map_or(&b""[..], |at| &head.target[at + 1..]);
    if head.method != "POST" {
        return Command::read_query(query);
    }
    let content_type =
        head.headers.get("content-type").map(|value| String::from_utf8_lossy(value).into_owned());
    match content_type {
        Some(kind) if kind.to_ascii_lowercase().trim_start().starts_with("multipart/") => {
            Command::read_multipart(&kind, payload)
        }
        // A POST without a body may carry its command in the query, as some senders do.
        _ if payload.is_empty() => Command::read_query(query),
        _ => Command::read_form(payload),
    }
}

fn read_command(exchange: &Exchange, request: &Request) -> (Command, Vec<pens::Flaw<CommandFlaw>>) {
    let (framing, _) = Framing::of_request(&exchange.request_head);
    let raw = if request.whole == Whole::Whole {
        request.body.whole()
    } else {
        Some(request.body.head.0.as_slice())
    };
    let (payload, _) = decode(framing, raw.unwrap_or_default());
    read_command_of(&exchange.request_head, &payload)
}
