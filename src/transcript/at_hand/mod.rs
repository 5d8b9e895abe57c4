//! Evidence that somebody has at hand, made a transcript: a URL with its query, a raw request or response, a HAR.
//!
//! Only what is there is recorded; what it does not show is not made up.

mod har;

use super::bytes::{Body, Bytes};
use super::entry::{Ended, Offer, Party, Purpose, Request, Response, Role, TransactionBegun, What, Whole};
use super::grouping::read_command_of;
use super::recorder::Recorder;
use crate::pens::{Command, Element};
use crate::wire::http::{Address, AddressError, Framing, RequestHead, decode};

/// The case that such evidence stands under in a report.
pub const CASE: &str = "evidence";

/// A row that no catalogue has: of what an answer answers nothing is known, so its collect is not called valid.
const UNKNOWN_COLLECT: &str = "unknown";

/// One message, or one and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Piece {
    /// The URL that it was sent to, where that is known.
    pub url: Option<String>,
    /// The request.
    pub request: Option<Raw>,
    /// The answer.
    pub response: Option<Raw>,
}

/// A message as it was on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// First line, headers and blank line.
    pub head: Vec<u8>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why bytes are no evidence.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoEvidence {
    /// They are none of the forms that are known.
    #[error(
        "this is neither a transcript nor a HAR, and begins neither like an HTTP request (GET /pens?... HTTP/1.1) nor like a response (HTTP/1.1 200 OK); save a message whole, with its head"
    )]
    Unknown,
    /// A HAR that cannot be read.
    #[error("the HAR cannot be read: {0}")]
    Har(String),
    /// Nothing in it is a message of PENS.
    #[error("none of its {0} requests has a message element of PENS in it")]
    Foreign(usize),
    /// A URL that cannot be one.
    #[error(transparent)]
    Url(#[from] AddressError),
}

/// A collect by GET, from the URL that it was sent to.
///
/// # Errors
/// When the URL has no host that it could be sent to.
pub fn of_url(url: &str) -> Result<Piece, NoEvidence> {
    let address = Address::of(url)?;
    // As it stands: what an address has to escape to be connected to is what a judge looks for.
    let behind_host = url.split_once("://").map_or("", |(_, rest)| rest).split_once('/');
    let target = behind_host.map_or("/", |(_, target)| target);
    let head =
        format!("GET /{} HTTP/1.1\r\nHost: {}\r\n\r\n", target.trim_start_matches('/'), address.authority);
    let head = head.into_bytes();
    Ok(Piece { url: Some(url.to_owned()), request: Some(Raw { head, body: Vec::new() }), response: None })
}

/// What a file holds: a HAR, a raw request, or a raw response.
///
/// # Errors
/// When it is none of them.
pub fn read(bytes: &[u8]) -> Result<Vec<Piece>, NoEvidence> {
    const METHODS: [&[u8]; 3] = [b"GET ", b"POST ", b"HEAD "];
    if bytes.trim_ascii_start().starts_with(b"{") {
        return har::read(bytes);
    }
    if bytes.starts_with(b"HTTP/") {
        return Ok(vec![Piece { response: Some(Raw::of(bytes)), ..Piece::default() }]);
    }
    if METHODS.iter().any(|method| bytes.starts_with(method)) {
        return Ok(vec![Piece { request: Some(Raw::of(bytes)), ..Piece::default() }]);
    }
    Err(NoEvidence::Unknown)
}

/// The role of the subject that such evidence is mostly from: who answers where there is an answer alone, else who sends.
#[must_use]
pub fn likely_role(pieces: &[Piece]) -> Role {
    if pieces.iter().any(|piece| piece.request.is_some()) { Role::Client } else { Role::Target }
}

/// Records pieces as the run of a subject in the recorder's role.
///
/// # Errors
/// When none of them is a message of PENS.
pub fn record(recorder: &Recorder, pieces: &[Piece]) -> Result<(), NoEvidence> {
    let mut place = Place { recorder, transactions: 0, exchanges: 0 };
    for piece in pieces {
        place.record(piece);
    }
    if place.exchanges == 0 { Err(NoEvidence::Foreign(pieces.len())) } else { Ok(()) }
}

impl Raw {
    /// A message cut behind its blank line; line feeds alone, as editors save them, become CR LF in the head.
    fn of(bytes: &[u8]) -> Self {
        let find = |blank: &[u8]| bytes.windows(blank.len()).position(|window| window == blank);
        match (find(b"\r\n\r\n"), find(b"\n\n")) {
            (Some(at), other) if other.is_none_or(|other| at < other) => {
                Self { head: bytes[..at + 4].to_vec(), body: bytes[at + 4..].to_vec() }
            }
            (_, Some(at)) => Self { head: with_cr_lf(&bytes[..at + 2]), body: bytes[at + 2..].to_vec() },
            (_, None) => Self { head: with_cr_lf(bytes.trim_ascii_end()), body: Vec::new() }.closed(),
        }
    }

    fn closed(mut self) -> Self {
        self.head.extend_from_slice(b"\r\n\r\n");
        self
    }

    fn command(&self) -> Command {
        let (head, _) = RequestHead::read(&self.head);
        let (payload, _) = decode(Framing::of_request(&head).0, &self.body);
        read_command_of(&head, &payload).0
    }
}

fn with_cr_lf(head: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(head.len() + 8);
    for (at, byte) in head.iter().enumerate() {
        if *byte == b'\n' && (at == 0 || head[at - 1] != b'\r') {
            text.push(b'\r');
        }
        text.push(*byte);
    }
    text
}

/// Where the next entry goes.
struct Place<'a> {
    recorder: &'a Recorder,
    transactions: u64,
    exchanges: u64,
}

impl Place<'_> {
    fn record(&mut self, piece: &Piece) {
        match &piece.request {
            Some(request) => self.record_request(piece, request),
            None => self.record_answer_alone(piece),
        }
    }

    fn record_request(&mut self, piece: &Piece, request: &Raw) {
        let command = request.command();
        if Element::ALL.iter().all(|element| command.get(*element).is_none()) {
            return;
        }
        let purpose = match command.get(Element::Command) {
            Some("receipt") => Purpose::Receipt,
            Some("alert") => Purpose::Alert,
            Some(_) | None => Purpose::Collect,
        };
        let transaction = self.begin(&command);
        let by = self.sender_of(purpose);
        self.send(piece, request, (by, purpose), &transaction);
        if let Some(response) = &piece.response {
            self.answer(response, other(by));
        }
    }

    /// Of what an answer answers nothing is known but that it was a command.
    fn record_answer_alone(&mut self, piece: &Piece) {
        let Some(response) = &piece.response else { return };
        let transaction = self.begin(&Command::default());
        let requirements = vec![UNKNOWN_COLLECT.to_owned()];
        self.recorder.append(What::Provokes { transaction: transaction.clone(), requirements });
        let purpose = match self.recorder.header().role {
            Role::Target => Purpose::Collect,
            Role::Client => Purpose::Receipt,
        };
        let request = Raw { head: b"GET / HTTP/1.1\r\n\r\n".to_vec(), body: Vec::new() };
        self.send(piece, &request, (Party::Mock, purpose), &transaction);
        self.answer(response, Party::Subject);
    }

    /// Whose act a message is: the subject's, where it is its role to send it.
    fn sender_of(&self, purpose: Purpose) -> Party {
        match (self.recorder.header().role, purpose) {
            (Role::Client, Purpose::Collect) | (Role::Target, Purpose::Receipt | Purpose::Alert) => {
                Party::Subject
            }
            (Role::Client | Role::Target, _) => Party::Mock,
        }
    }

    fn begin(&mut self, command: &Command) -> String {
        self.transactions += 1;
        let transaction = format!("{}-{}", self.recorder.header().run_id, self.transactions);
        let value = |element| self.recorder.mask_text(command.get(element).unwrap_or_default());
        self.recorder.append(What::TransactionBegun(TransactionBegun {
            transaction: transaction.clone(),
            scenario: CASE.to_owned(),
            package_id: value(Element::PackageId),
            package_url: value(Element::PackageUrl),
            receipt_url: value(Element::Receipt),
            alerts_url: value(Element::Alerts),
            mail_domain: None,
            target_url: None,
            package: String::new(),
            offer: Offer::Whole,
        }));
        transaction
    }

    fn send(&mut self, piece: &Piece, request: &Raw, (by, purpose): (Party, Purpose), transaction: &str) {
        self.exchanges += 1;
        self.recorder.append(What::Request(Request {
            exchange: self.exchanges,
            connection: self.exchanges,
            transaction: Some(transaction.to_owned()),
            by,
            purpose: Some(purpose),
            url: piece.url.as_deref().map(|url| self.recorder.mask_text(url)),
            head: Bytes(request.head.clone()),
            body: Body::of(request.body.clone()),
            whole: Whole::Whole,
            first_byte_us: self.recorder.elapsed_us(),
            masks: Vec::new(),
        }));
    }

    fn answer(&self, response: &Raw, by: Party) {
        let now = self.recorder.elapsed_us();
        self.recorder.append(What::Response(Response {
            exchange: self.exchanges,
            by,
            head: Bytes(response.head.clone()),
            body: Body::of(response.body.clone()),
            ended: Ended::Complete,
            first_byte_us: Some(now),
            last_byte_us: Some(now),
            masks: Vec::new(),
        }));
    }
}

fn other(party: Party) -> Party {
    match party {
        Party::Mock => Party::Subject,
        Party::Subject => Party::Mock,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_cut_behind_its_blank_line() {
        let check = |text: &str, head: &str, body: &str| {
            let raw = Raw::of(text.as_bytes());
            let told = (String::from_utf8(raw.head).unwrap(), String::from_utf8(raw.body).unwrap());
            assert_eq!(told, (head.to_owned(), body.to_owned()), "{text:?}");
        };
        check("HTTP/1.1 200 OK\r\nA: b\r\n\r\nerror=0\n\n", "HTTP/1.1 200 OK\r\nA: b\r\n\r\n", "error=0\n\n");
        check(
            "HTTP/1.1 200 OK\nA: b\n\nerror=0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\r\n\r\n",
            "error=0\r\n\r\n",
        );
        check("GET /?a=b HTTP/1.1\n", "GET /?a=b HTTP/1.1\r\n\r\n", "");
    }

    #[test]
    fn what_is_no_message_is_refused() {
        assert_eq!(read(b"error=0\r\n"), Err(NoEvidence::Unknown));
        assert_eq!(read(b""), Err(NoEvidence::Unknown));
        assert!(matches!(read(b"{}"), Err(NoEvidence::Har(_))));
        assert!(of_url("lms.example/pens").is_err());
    }
}
