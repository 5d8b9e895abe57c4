//! Grouping: which transaction each entry belongs to.
//!
//! A request of the subject's belongs to the transaction whose token stands in its path, else to the one whose
//! package-id it carries.

use std::collections::HashMap;

use super::Transcript;
use super::callback::{Callback, CallbackUrl};
use super::entry::{Asked, NotSent, TransactionBegun, Transfer, Triggered};
use super::entry::{Entry, Header, Party, Purpose, Request, Response, Role, What, Whole};
use super::ftp::Dialogues;
use super::given_out::without_own_query;
pub use super::given_out::{is_read, purpose_of};
use super::mail_grouping::{self, Known};
use super::transaction::{
    Evidence, Exchange, Expectation, ExpectationJudge, Handshake, Message, ScenarioSeen, Transaction,
    WaitSeen,
};
use crate::pens::{Command, CommandFlaw, Element, Flaw};
use crate::wire::http::{Framing, RequestHead, ResponseHead, decode};

impl Transcript {
    /// Groups the entries.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        let mut grouping = Grouping::of(&self.header);
        for entry in &self.entries {
            grouping.take(entry);
        }
        grouping.evidence
    }
}

struct Grouping {
    evidence: Evidence,
    by_id: HashMap<String, usize>,
    by_package: HashMap<String, usize>,
    exchanges: HashMap<u64, Place>,
    waits: HashMap<u64, (usize, usize)>,
    scenarios: HashMap<String, usize>,
    dialogues: Dialogues,
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
            stray_mails: Vec::new(),
            handshakes: Vec::new(),
            active_ftp: None,
        };
        Self {
            evidence,
            by_id: HashMap::new(),
            by_package: HashMap::new(),
            exchanges: HashMap::new(),
            waits: HashMap::new(),
            scenarios: HashMap::new(),
            dialogues: Dialogues::default(),
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
            What::Secured(secured) => self.dialogues.take_secured(entry, secured, &mut self.evidence),
            What::ControlLine(line) => self.dialogues.take((entry.number, line), &mut self.evidence),
            What::Transfer(transfer) => self.take_transfer(entry, transfer),
            What::Mail(mail) => {
                // That mail comes over a secured connection shows that its handshake was borne.
                if let Some(handshake) = handshake(&mut self.evidence.handshakes, mail.connection) {
                    handshake.requests += 1;
                }
                let known = Known { by_id: &self.by_id, by_package: &self.by_package };
                mail_grouping::place(&mut self.evidence, &known, entry, mail);
            }
            What::WaitBegun { wait, transaction, awaits, limit_ms, .. } => {
                if let Some(index) = self.by_id.get(transaction) {
                    let waits = &mut self.evidence.transactions[*index].waits;
                    self.waits.insert(*wait, (*index, waits.len()));
                    waits.push(WaitSeen::begun(entry, *awaits, *limit_ms));
                }
            }
            What::WaitEnded { wait, ended } => {
                if let Some((transaction, index)) = self.waits.get(wait) {
                    let wait = &mut self.evidence.transactions[*transaction].waits[*index];
                    (wait.ended, wait.ended_us) = (Some(*ended), Some(entry.at_us));
                }
            }
            What::Triggered(triggered) => self.take_trigger(entry.at_us, triggered),
            What::Asked(asked) => self.take_answer(asked),
            What::NotSent(not_sent) => self.take_not_sent(entry.number, not_sent),
            What::Expects { scenario, expected, received, met, .. } => {
                let expectation = Expectation {
                    expected: expected.clone(),
                    received: received.clone(),
                    met: *met,
                    judge: ExpectationJudge::Bytes,
                };
                if let Some(seen) = self.scenario(scenario) {
                    seen.expectations.push(expectation);
                }
            }
            What::ConnectionOpened { connection, by, tls: Some(tls), .. } => {
                self.evidence.handshakes.push(Handshake::of_http((entry.number, *connection), *by, tls));
            }
            What::StepBegun { .. } | What::ConnectionOpened { .. } | What::ConnectionClosed { .. } => {}
        }
    }

    fn take_trigger(&mut self, at_us: u64, triggered: &Triggered) {
        if let Some(seen) = self.scenario(&triggered.scenario) {
            seen.take_trigger(at_us, triggered);
        }
    }

    fn take_answer(&mut self, asked: &Asked) {
        if let Some(seen) = self.scenario(&asked.scenario) {
            seen.expectations.push(Expectation::of(asked));
        }
    }

    fn take_not_sent(&mut self, entry: u64, not_sent: &NotSent) {
        if let Some(index) = self.by_id.get(&not_sent.transaction) {
            self.evidence.transactions[*index].take_not_sent(entry, not_sent);
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
            triggers: Vec::new(),
            commands: Vec::new(),
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
            flaws: Vec::new(),
            downloads: Vec::new(),
            mails: Vec::new(),
            callbacks: Vec::new(),
            waits: Vec::new(),
            not_sent: Vec::new(),
        });
    }

    fn take_transfer(&mut self, entry: &Entry, transfer: &Transfer) {
        let exchange = self.dialogues.exchange_of(entry, transfer);
        match transfer.transaction.as_ref().and_then(|id| self.by_id.get(id)) {
            Some(index) => self.evidence.transactions[*index].downloads.push(exchange),
            None => drop(self.stray(exchange)),
        }
    }

    fn take_request(&mut self, entry: &Entry, request: &Request) {
        let mut exchange = Exchange::begun(entry, request);
        if let Some(handshake) = handshake(&mut self.evidence.handshakes, request.connection) {
            handshake.requests += 1;
            exchange.tls = Some(handshake.tls.clone());
        }
        let id = exchange.id;
        let known =
            request.purpose.zip(request.transaction.as_ref().and_then(|id| self.by_id.get(id)).copied());
        let place = match (request.by, known) {
            (_, Some((purpose, index))) => self.place_known(exchange, request, purpose, index),
            (Party::Mock, None) => self.stray(exchange),
            // A client's collects are known by the address that they come to; it sends nothing else.
            (Party::Subject, None) if self.evidence.header.role == Role::Client => self.stray(exchange),
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
                if transaction.command.is_none() {
                    let own = match request.by {
                        Party::Mock => request.url.as_deref(),
                        Party::Subject => transaction.begun.target_url.as_deref(),
                    };
                    let (command, flaws) = read_elements(&exchange, request, own);
                    (transaction.command, transaction.flaws) = (Some(command), flaws);
                }
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
        let own = given_url(transaction, sent_to).map(str::to_owned);
        let read = |exchange: &Exchange| read_elements(exchange, request, own.as_deref());
        let callback = Callback::of_ours((sent_to, exchange), &mut transaction.callbacks, read);
        transaction.callbacks.push(callback);
        Place::Callback(index, transaction.callbacks.len() - 1)
    }

    fn place_theirs(&mut self, exchange: Exchange, request: &Request) -> Place {
        let given = purpose_of(&exchange.request_head.target, |token| self.by_id.contains_key(token));
        let (token, purpose) = given.unzip();
        let token = token.and_then(|token| self.by_id.get(&token)).copied();
        if let (Some(index), Some(Purpose::Download)) = (token, purpose) {
            let downloads = &mut self.evidence.transactions[index].downloads;
            downloads.push(exchange);
            return Place::Download(index, downloads.len() - 1);
        }
        // A request that broke off on its way says nothing: whoever sent it may send it again.
        if request.whole == Whole::Part || !is_read(&exchange.request_head) {
            return self.stray(exchange);
        }
        let (command, _) = read_command(&exchange, request);
        // A GET without a query is no message (A.1): somebody looks whether the address is there.
        if exchange.request_head.method == "GET" && command.pairs.is_empty() {
            return self.stray(exchange);
        }
        let by_package = command.get(Element::PackageId).and_then(|id| self.by_package.get(id)).copied();
        let sent_to = match purpose {
            Some(Purpose::Receipt) => CallbackUrl::Receipt,
            Some(Purpose::Alert) => CallbackUrl::Alerts,
            Some(Purpose::Download | Purpose::Collect) | None => CallbackUrl::Other,
        };
        let Some(index) = token.or(by_package) else { return self.stray(exchange) };
        let transaction = &mut self.evidence.transactions[index];
        let own = given_url(transaction, sent_to).map(str::to_owned);
        let written = read_elements(&exchange, request, own.as_deref());
        let callbacks = &mut transaction.callbacks;
        callbacks.push(Callback::of(sent_to, exchange, written));
        Place::Callback(index, callbacks.len() - 1)
    }

    fn stray(&mut self, exchange: Exchange) -> Place {
        self.evidence.strays.push(exchange);
        Place::Stray(self.evidence.strays.len() - 1)
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
        if let Some(handshake) = handshake(&mut evidence.handshakes, exchange.connection) {
            exchange.tls = Some(handshake.tls.clone());
        }
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
}

fn handshake(handshakes: &mut [Handshake], connection: u64) -> Option<&mut Handshake> {
    handshakes.iter_mut().rev().find(|handshake| handshake.connection == connection)
}

/// The command in a request: the query of a GET, the body of a POST, urlencoded or multipart.
#[must_use]
pub fn read_command_of(head: &RequestHead, payload: &[u8]) -> (Command, Vec<Flaw<CommandFlaw>>) {
    let query =
        head.target.iter().position(|byte| *byte == b'?').map_or(&b""[..], |at| &head.target[at + 1..]);
    if head.method != "POST" {
        return read_behind_a_second_mark(query);
    }
    let content_type =
        head.headers.get("content-type").map(|value| String::from_utf8_lossy(value).into_owned());
    match content_type {
        Some(kind) if kind.to_ascii_lowercase().trim_start().starts_with("multipart/") => {
            Command::read_multipart(&kind, payload)
        }
        // A POST without a body may carry its command in the query, as some senders do.
        _ if payload.is_empty() => read_behind_a_second_mark(query),
        _ => Command::read_form(payload),
    }
}

/// A query; where a second `?` was put before the command, what follows it (MSG-010 tells of that).
fn read_behind_a_second_mark(query: &[u8]) -> (Command, Vec<Flaw<CommandFlaw>>) {
    let known =
        |command: &Command| Element::ALL.iter().filter(|element| command.get(**element).is_some()).count();
    let read = Command::read_query(query);
    let Some(mark) = query.iter().position(|byte| *byte == b'?') else { return read };
    let behind = Command::read_query(&query[mark + 1..]);
    if known(&behind.0) > known(&read.0) { behind } else { read }
}

/// The URL that a callback was to be sent to, as the collect gave it.
fn given_url(transaction: &Transaction, sent_to: CallbackUrl) -> Option<&str> {
    let element = match sent_to {
        CallbackUrl::Receipt => Element::Receipt,
        CallbackUrl::Alerts => Element::Alerts,
        CallbackUrl::Other => return None,
    };
    transaction.command.as_ref()?.get(element)
}

/// The command in a request to this URL, without what stands in the query of the URL itself: that is no element
/// (A.1 note).
fn read_elements(
    exchange: &Exchange,
    request: &Request,
    url: Option<&str>,
) -> (Command, Vec<Flaw<CommandFlaw>>) {
    let (mut command, mut flaws) = read_command(exchange, request);
    let own = url.and_then(|url| url.split_once('?')).map_or("", |(_, query)| query);
    let is_in_query = exchange.request_head.method != "POST" || request.body.length == 0;
    // A URL that was recorded with the command in its query has none of its own.
    let is_all = exchange.request_head.target.ends_with(format!("?{own}").as_bytes());
    if is_in_query && !own.is_empty() && !is_all {
        without_own_query(&mut command, &mut flaws, own);
    }
    (command, flaws)
}

/// The command in a request: of a body that was too long to be kept, what its two ends hold.
fn read_command(exchange: &Exchange, request: &Request) -> (Command, Vec<Flaw<CommandFlaw>>) {
    let (framing, _) = Framing::of_request(&exchange.request_head);
    let (mut payload, _) = decode(framing, &request.body.head.0);
    if request.body.whole().is_none() {
        let head = payload.iter().rposition(|byte| *byte == b'&').unwrap_or(payload.len());
        let tail = &request.body.tail.0;
        let rest = tail.iter().position(|byte| *byte == b'&').map_or(&[][..], |at| &tail[at..]);
        payload.truncate(head);
        payload.extend_from_slice(rest);
    }
    read_command_of(&exchange.request_head, &payload)
}
