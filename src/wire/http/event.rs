//! What a listener sees: requests and what became of them.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use super::body::Framing;
use super::flaw::Flaw;
use super::head::RequestHead;
use crate::wire::excerpt::Excerpt;
use crate::wire::tls::Facts;

/// A request as it came, complete or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The number of the exchange it opens.
    pub exchange: u64,
    /// The number of its connection.
    pub connection: u64,
    /// Where it came from.
    pub peer: SocketAddr,
    /// Where it arrived.
    pub local: SocketAddr,
    /// When its first byte came.
    pub first_byte: Instant,
    /// Its head, as far as it could be read.
    pub head: RequestHead,
    /// The bytes of its head with the empty line.
    pub head_bytes: Vec<u8>,
    /// What was wrong with head and framing, the first of each kind. Flaws of a raw body's chunks have
    /// their offsets in that body.
    pub flaws: Vec<Flaw>,
    /// How the end of its body was told.
    pub framing: Framing,
    /// Its body as on the wire.
    pub body: Excerpt,
    /// Its decoded body, as much as is held of it.
    pub payload: Vec<u8>,
    /// How long the decoded body was, held or not.
    pub payload_length: u64,
    /// Whether head and body came as a whole.
    pub complete: bool,
}

/// What happens on the connections of a listener; those of one connection come in order.
#[derive(Debug, Clone)]
pub enum Event {
    /// A connection was accepted.
    Opened {
        /// Its number.
        connection: u64,
        /// The other end.
        peer: SocketAddr,
        /// Our end.
        local: SocketAddr,
        /// What was seen of the handshake, where TLS is spoken.
        tls: Option<Facts>,
    },
    /// A request was read, as far as it came.
    Request(Arc<Request>),
    /// The last byte of an answer was handed to the kernel, or none will be. Every request gets one.
    Responded {
        /// The exchange answered.
        exchange: u64,
        /// Its connection.
        connection: u64,
        /// The head as sent; empty when nothing was.
        head_bytes: Vec<u8>,
        /// The payload as sent, before any chunks were made of it.
        body: Excerpt,
        /// How it went.
        delivered: Delivered,
        /// When the last slice of it was about to be handed to the kernel.
        last_byte: Instant,
    },
    /// A connection ended.
    Closed {
        /// Its number.
        connection: u64,
        /// Who ended it.
        how: How,
    },
}

/// How the delivery of an answer went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// All of it was sent.
    Whole,
    /// It was cut on purpose.
    Cut {
        /// How many bytes of its body were sent.
        sent: u64,
    },
    /// Something else was done on purpose: other bytes, a reset, a close, silence.
    OnPurpose,
    /// The peer, or the end of the server (`Interrupted`), kept it from being sent.
    Failed(ErrorKind),
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The peer closed it.
    Eof,
    /// The peer reset it.
    Reset,
    /// The peer was silent for too long, or took nothing.
    Timeout,
    /// We ended it.
    Ours,
}
