//! Sends one request on a connection of its own and keeps every byte of the exchange. Whatever the peer
//! does is told in the result; nothing it does is an error.

use std::future::{pending, poll_fn};
use std::net::SocketAddr;
use std::task::Poll;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::flaw::Flaw;
use super::gather::SLICE;
use super::hearing::{Hearing, Silence, Stage};
use super::outgoing::{Outgoing, head_of, hyper_request};
use super::route::{Laid, Route, Unlaid};
use super::tap::{Record, Tap};
use crate::wire::excerpt::Excerpt;
use crate::wire::numbers::Numbers;
use crate::wire::tls::Facts;

/// What is no answer of HTTP is read until it falls silent for this long.
const GARBAGE_QUIET: Duration = Duration::from_millis(500);

/// How long and how much is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendLimits {
    /// For the name to resolve and a connection to stand.
    pub connect: Duration,
    /// From then on, for the first byte of an answer.
    pub response: Duration,
    /// For the whole exchange.
    pub total: Duration,
    /// This many raw bytes of an answer's body are read, no more.
    pub max_body: u64,
}

impl Default for SendLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            response: Duration::from_secs(30),
            total: Duration::from_mins(1),
            max_body: 16 * 1024 * 1024,
        }
    }
}

/// A request and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Its number.
    pub exchange: u64,
    /// The number of its connection.
    pub connection: u64,
    /// Our end, once connected.
    pub local: Option<SocketAddr>,
    /// The peer's end, once connected: a proxy's, where there is one.
    pub peer: Option<SocketAddr>,
    /// What was seen of the handshake, where TLS is spoken.
    pub tls: Option<Facts>,
    /// The bytes of the request's head, as far as they were sent.
    pub request_head: Vec<u8>,
    /// The request's body as on the wire, as far as it was sent.
    pub request_body: Excerpt,
    /// The heads of interim answers (1xx).
    pub interim: Vec<u8>,
    /// The bytes of the answer's head, perhaps cut; none when the answer is garbage.
    pub response_head: Option<Vec<u8>>,
    /// The answer's body as on the wire; of garbage, all that came.
    pub response_body: Option<Excerpt>,
    /// The answer's body decoded.
    pub payload: Option<Excerpt>,
    /// What was wrong with the answer's head and framing, the first of each kind.
    pub flaws: Vec<Flaw>,
    /// When it began.
    pub started: Instant,
    /// From then to the first byte of an answer.
    pub first_byte: Option<Duration>,
    /// From then to the end.
    pub took: Duration,
    /// How it ended.
    pub ended: Ended,
}

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ended {
    /// With a whole answer, whatever it says.
    Complete,
    /// No connection: refused.
    Refused,
    /// No connection: the host's name is not known.
    Unresolved,
    /// No connection within its limit.
    ConnectTimeout,
    /// No connection for another reason.
    Unreachable,
    /// No connection: the handshake of TLS failed.
    Handshake,
    /// Closed without a byte of an answer.
    ClosedEarly,
    /// Reset; what had come of an answer is kept.
    Reset,
    /// Closed within the answer.
    Cut,
    /// Still open at a limit, with or without bytes of an answer.
    Timeout,
    /// More answer than is read.
    TooLarge,
    /// Bytes that are no answer of HTTP.
    Garbage,
}

/// Sends a request and hears the answer out; `begun` is told the numbers of exchange and connection and the head
/// that is about to go out, `sink` gets the decoded payload as it comes.
pub async fn send(
    numbers: &Numbers,
    outgoing: &Outgoing,
    (route, limits): (&Route, &SendLimits),
    begun: impl FnOnce(u64, u64, Vec<u8>),
    sink: impl FnMut(&[u8]) + Send + 'static,
) -> Exchange {
    let started = Instant::now();
    let mut exchange = Exchange::begun(numbers, started);
    let written = route.written(outgoing);
    begun(exchange.exchange, exchange.connection, head_of(&written));
    match route.lay(&outgoing.address, limits.connect.min(limits.total)).await {
        Err(Unlaid::Connection(ended)) => exchange.ended = ended,
        Err(Unlaid::Handshake(facts)) => (exchange.ended, exchange.tls) = (Ended::Handshake, Some(facts)),
        Ok(Laid { stream, tls, ends }) => {
            (exchange.local, exchange.peer) = ends;
            let tap = Tap::new(stream, &outgoing.method, limits.max_body, Box::new(sink));
            let record = tap.record();
            tokio::select! {
                () = talk(tap, &written, &record) => {}
                () = run_out(&record, limits, started) => {}
            }
            exchange.fill(&record);
            if let Some((mut facts, noted)) = tls {
                facts.failure = noted.get().cloned();
                // Of TLS 1.3 the peer may refuse our certificate only once our side is through.
                if facts.failure.is_some() && exchange.first_byte.is_none() {
                    exchange.ended = Ended::Handshake;
                }
                exchange.tls = Some(facts);
            }
        }
    }
    exchange.took = started.elapsed();
    exchange
}

/// Ends when a limit of time is reached.
async fn run_out(record: &Record, limits: &SendLimits, started: Instant) {
    let left = limits.total.saturating_sub(started.elapsed());
    tokio::time::sleep(limits.response.min(left)).await;
    if record.first_byte().is_some() {
        tokio::time::sleep(limits.total.saturating_sub(started.elapsed())).await;
    }
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin>(tap: Tap<S>, outgoing: &Outgoing, record: &Record) {
    match hyper_request(outgoing) {
        Some(request) => talk_by_hyper(tap, request, record).await,
        None => talk_by_hand(tap, outgoing, record).await,
    }
}

/// hyper sends and reads; an answer it refuses is read on by our own reader, and the record, not hyper,
/// tells what came.
async fn talk_by_hyper<S: AsyncRead + AsyncWrite + Unpin>(
    tap: Tap<S>,
    request: hyper::Request<Full<Bytes>>,
    record: &Record,
) {
    let mut builder = http1::Builder::new();
    // A handshake of HTTP/1 exchanges no bytes, so nothing is lost when it fails.
    let Ok((mut sender, mut connection)) =
        builder.title_case_headers(true).handshake(TokioIo::new(tap)).await
    else {
        return;
    };
    let drain = async {
        if let Ok(response) = sender.send_request(request).await {
            let mut body = response.into_body();
            while let Some(Ok(_)) = body.frame().await {}
        }
        pending::<()>().await;
    };
    let carry = poll_fn(|cx| match connection.poll_without_shutdown(cx) {
        Poll::Pending if !record.settled() => Poll::Pending,
        Poll::Pending | Poll::Ready(_) => Poll::Ready(()),
    });
    tokio::select! {
        () = drain => {}
        () = carry => {}
    }
    hear(&mut connection.into_parts().io.into_inner(), record).await;
}

/// Sends the bytes as they are, reading meanwhile: the answer may come before the request is through.
async fn talk_by_hand<S: AsyncRead + AsyncWrite + Unpin>(tap: Tap<S>, outgoing: &Outgoing, record: &Record) {
    let (mut reading, mut writing) = tokio::io::split(tap);
    let say = async {
        if writing.write_all(&head_of(outgoing)).await.is_ok() {
            let _ = writing.write_all(&outgoing.body).await;
        }
        let _ = writing.flush().await;
        pending::<()>().await;
    };
    tokio::select! {
        () = say => {}
        () = hear(&mut reading, record) => {}
    }
}

/// Reads until nothing more would be; the tap on the stream keeps what comes.
async fn hear(stream: &mut (impl AsyncRead + Unpin), record: &Record) {
    let mut slice = vec![0; SLICE];
    while !record.settled() {
        let read = stream.read(&mut slice);
        if record.stage() != Stage::Garbage {
            let _ = read.await;
        } else if timeout(GARBAGE_QUIET, read).await.is_err() {
            return;
        }
    }
}

impl Exchange {
    fn begun(numbers: &Numbers, started: Instant) -> Self {
        Self {
            exchange: numbers.next_exchange(),
            connection: numbers.next_connection(),
            local: None,
            peer: None,
            tls: None,
            request_head: Vec::new(),
            request_body: Excerpt::default(),
            interim: Vec::new(),
            response_head: None,
            response_body: None,
            payload: None,
            flaws: Vec::new(),
            started,
            first_byte: None,
            took: Duration::ZERO,
            ended: Ended::Timeout,
        }
    }

    fn fill(&mut self, record: &Record) {
        let both = record.both();
        let heard = &both.heard;
        self.request_head.clone_from(&both.said.head.bytes);
        self.request_body = both.said.body.clone().finish();
        self.first_byte = heard.first.map(|first| first.saturating_duration_since(self.started));
        self.interim.clone_from(&heard.interim);
        self.flaws = heard.all_flaws().0;
        self.ended = ended(heard);
        self.response_head = Some(heard.head.bytes.clone()).filter(|head| !head.is_empty());
        let raw = || Some(heard.raw.clone().finish());
        (self.response_body, self.payload) = match heard.stage {
            Stage::Head => (None, None),
            Stage::Garbage => (raw(), None),
            Stage::Body | Stage::Done | Stage::TooLarge => (raw(), Some(heard.payload.clone().finish())),
        };
    }
}

fn ended(heard: &Hearing) -> Ended {
    match (heard.stage, heard.silence) {
        (Stage::Done, _) => Ended::Complete,
        (Stage::TooLarge, _) => Ended::TooLarge,
        (Stage::Garbage, _) => Ended::Garbage,
        (Stage::Head | Stage::Body, Some(Silence::Eof)) if heard.first.is_none() => Ended::ClosedEarly,
        (Stage::Head | Stage::Body, Some(Silence::Eof)) => Ended::Cut,
        (Stage::Head | Stage::Body, Some(Silence::Broken(std::io::ErrorKind::TimedOut)) | None) => {
            Ended::Timeout
        }
        (Stage::Head | Stage::Body, Some(Silence::Broken(_))) => Ended::Reset,
    }
}
