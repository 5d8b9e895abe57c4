//! What a sink sees: connections, and the mails that were handed over on them or were to be.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use crate::wire::excerpt::Excerpt;
use crate::wire::tls::Facts;

/// What happens on the connections of a sink; those of one connection come in order.
#[derive(Debug, Clone)]
pub enum Event {
    /// A connection was accepted.
    Opened {
        /// Its number.
        connection: u64,
        /// The other end.
        peer: SocketAddr,
    },
    /// The handshake of TLS that the sender asked for is over, well or not.
    Secured {
        /// The number of the connection.
        connection: u64,
        /// What was seen of it.
        facts: Facts,
    },
    /// A mail was handed over, or was to be.
    Mail(Arc<Mail>),
    /// A connection ended.
    Closed {
        /// Its number.
        connection: u64,
        /// Who ended it.
        how: How,
    },
}

/// A mail as it came, from its `MAIL FROM` to the last reply about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its number among the exchanges.
    pub exchange: u64,
    /// The number of its connection.
    pub connection: u64,
    /// Where it came from.
    pub peer: SocketAddr,
    /// What the sender calls itself.
    pub helo: Vec<u8>,
    /// The address of `MAIL FROM`.
    pub from: Vec<u8>,
    /// The addresses of `RCPT TO`, in order.
    pub recipients: Vec<Recipient>,
    /// How many addresses came beyond those that are kept; none of them was taken.
    pub further: u64,
    /// Commands and replies since the last mail of the connection, `C: ` before the one and `S: ` before the other;
    /// credentials masked.
    pub dialogue: Vec<u8>,
    /// The bytes between `DATA` and the dot, the stuffing of dots undone.
    pub message: Excerpt,
    /// How it ended.
    pub ended: Ended,
    /// What was wrong with how it was said, each kind once.
    pub flaws: Vec<Flaw>,
    /// When its first command came.
    pub began: Instant,
}

/// An address that a mail was to go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The address.
    pub address: Vec<u8>,
    /// How it was replied to: 250 when it was taken.
    pub reply: u16,
}

/// How a mail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was taken.
    Taken,
    /// None of its recipients was taken.
    Refused,
    /// It was longer than we take.
    TooLarge,
    /// The sender took it back, or said nothing more of it.
    Dropped,
    /// The connection ended within it.
    Cut,
}

/// Something wrong with how a mail was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flaw {
    /// A line ends with LF alone, or the dot stands between such.
    BareLf,
    /// There is a NUL.
    Nul,
    /// A line of the message is longer than 998 characters (RFC 5321, 4.5.3.1.6).
    LongLine,
    /// A byte above 127, though no 8BITMIME was announced.
    EightBit,
    /// A command was none of SMTP, or came out of its turn.
    Command,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The peer closed it, with or without a QUIT.
    Eof,
    /// The peer reset it.
    Reset,
    /// The peer was silent for too long, or took nothing.
    Timeout,
    /// The handshake of TLS failed.
    Tls,
    /// We ended it.
    Ours,
}
