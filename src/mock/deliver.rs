//! Says commands: sends one to a URL and records both halves of the exchange.

use std::sync::Arc;
use std::time::Duration;

use crate::transcript::Recorder;
use crate::transcript::entry::{Barred, Ended, NotSent, Party, Purpose, Request, Response, What, Whole};
use crate::transcript::{Body, Bytes};
use crate::wire::Numbers;
use crate::wire::http::{self, Address, Outgoing, ResponseHead, Route, SendLimits, Way, send};

/// How large a package may be that is fetched: it is read and dropped, so only time is lost.
pub(super) const MAX_PACKAGE: u64 = 4 * 1024 * 1024 * 1024;

/// What every sender of a run shares.
#[derive(Clone)]
pub struct Post {
    /// Where exchanges are recorded.
    pub recorder: Recorder,
    /// The numbers of connections and exchanges.
    pub numbers: Arc<Numbers>,
    /// By which way requests go.
    pub route: Route,
}

/// A request to send, and what it is for.
pub struct Errand {
    /// The request.
    pub outgoing: Outgoing,
    /// The URL as it was given to us.
    pub url: String,
    /// The transaction that it belongs to.
    pub transaction: String,
    /// What it is for.
    pub purpose: Purpose,
}

impl Post {
    /// Sends a request, records it and its answer, and gives the exchange back. `response` is how long to wait for
    /// the answer; the transfer of a body may take as long as `total`.
    pub async fn send(&self, errand: &Errand, response: Duration, total: Duration) -> http::Exchange {
        let limits = SendLimits {
            connect: response.min(Duration::from_secs(30)),
            response,
            total,
            max_body: match errand.purpose {
                Purpose::Download => MAX_PACKAGE,
                Purpose::Collect | Purpose::Receipt | Purpose::Alert => SendLimits::default().max_body,
            },
        };
        let begun = |exchange: u64, connection: u64, head: Vec<u8>| {
            self.recorder.append(What::Request(Request {
                exchange,
                connection,
                transaction: Some(errand.transaction.clone()),
                by: Party::Mock,
                purpose: Some(errand.purpose),
                url: Some(self.recorder.mask_text(&errand.url)),
                head: Bytes(head),
                body: Body::kept(&errand.outgoing.body),
                whole: Whole::Whole,
                first_byte_us: self.recorder.elapsed_us(),
                masks: Vec::new(),
            }));
        };
        let exchange = send(&self.numbers, &errand.outgoing, (&self.route, &limits), begun, |_| ()).await;
        if exchange.tls.is_some() {
            self.recorder.append(What::ConnectionOpened {
                connection: exchange.connection,
                by: Party::Mock,
                peer: exchange.peer.map_or_else(String::new, |peer| peer.to_string()),
                tls: exchange.tls.clone(),
            });
        }
        self.recorder
            .append(What::Response(self.response_of(&exchange, self.route.to(&errand.outgoing.address))));
        exchange
    }

    /// Records that something is not sent.
    pub(super) fn leave(&self, transaction: &str, purpose: Purpose, url: &str, why: Barred) {
        let (transaction, url) = (transaction.to_owned(), self.recorder.mask_text(url));
        self.recorder.append(What::NotSent(NotSent { transaction, purpose, url, why }));
    }

    fn response_of(&self, exchange: &http::Exchange, way: Way) -> Response {
        let began_us = self.recorder.moment_us(exchange.started);
        let us = |duration: Duration| began_us + u64::try_from(duration.as_micros()).unwrap_or(u64::MAX / 2);
        Response {
            exchange: exchange.exchange,
            by: Party::Subject,
            head: Bytes(exchange.response_head.clone().unwrap_or_default()),
            body: exchange.response_body.clone().map_or_else(Body::default, Body::from),
            ended: ended(exchange, way),
            first_byte_us: exchange.first_byte.map(us),
            last_byte_us: exchange.first_byte.map(|_| us(exchange.took)),
            masks: Vec::new(),
        }
    }
}

/// A URL with a command appended to its query: by `&` where it has one already.
#[must_use]
pub fn with_query(address: &Address, query: &[u8]) -> Vec<u8> {
    let mut target = address.target.clone();
    let joint: &[u8] = match target.iter().position(|byte| *byte == b'?') {
        None => b"?",
        Some(at) if at + 1 == target.len() => b"",
        Some(_) => b"&",
    };
    target.extend_from_slice(joint);
    target.extend_from_slice(query);
    target
}

fn ended(exchange: &http::Exchange, way: Way) -> Ended {
    let has_bytes = exchange.first_byte.is_some();
    if way == Way::ByProxy && may_be_the_proxys(exchange) {
        return Ended::Gateway;
    }
    match exchange.ended {
        http::Ended::Complete => Ended::Complete,
        http::Ended::Refused => Ended::Refused,
        http::Ended::Unresolved => Ended::Unresolved,
        http::Ended::ConnectTimeout | http::Ended::Unreachable => Ended::Unreachable,
        http::Ended::Handshake => Ended::Handshake,
        http::Ended::ClosedEarly => Ended::Closed,
        http::Ended::Reset if has_bytes => Ended::Cut,
        http::Ended::Reset => Ended::Reset,
        http::Ended::Cut => Ended::Cut,
        http::Ended::Timeout if has_bytes => Ended::Slow,
        http::Ended::Timeout => Ended::Silent,
        http::Ended::TooLarge => Ended::TooLong,
        http::Ended::Garbage => Ended::Garbage,
    }
}

/// Whether what came, or did not, may be the doing of a proxy that could not reach the peer (RFC 9110, 15.5.8 and 15.6.3 to
/// 15.6.5); whoever speaks PENS is the peer.
fn may_be_the_proxys(exchange: &http::Exchange) -> bool {
    match exchange.ended {
        http::Ended::ClosedEarly | http::Ended::Reset | http::Ended::Cut | http::Ended::Garbage => true,
        http::Ended::Complete => {
            let status = exchange.response_head.as_ref().and_then(|head| ResponseHead::read(head).0.status);
            let speaks_pens = exchange.payload.as_ref().is_some_and(|payload| {
                payload.head.windows(b"error=".len()).any(|word| word.eq_ignore_ascii_case(b"error="))
            });
            matches!(status, Some(407 | 502 | 503 | 504)) && !speaks_pens
        }
        http::Ended::Refused
        | http::Ended::Unresolved
        | http::Ended::ConnectTimeout
        | http::Ended::Unreachable
        | http::Ended::Handshake
        | http::Ended::Timeout
        | http::Ended::TooLarge => false,
    }
}
