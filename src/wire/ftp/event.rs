//! What passes over the control connections of a server or of a client of ours, and what became of each file.

use std::net::SocketAddr;
use std::time::Instant;

use crate::wire::excerpt::Excerpt;
use crate::wire::tls::Facts;

/// What happens on the connections of a listener; those of one connection come in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A client has connected.
    Opened {
        /// The number of the connection.
        connection: u64,
        /// Where it came from.
        peer: SocketAddr,
    },
    /// A handshake of TLS is over, however it ended.
    Secured {
        /// The number of the control connection.
        connection: u64,
        /// Which connection was to be secured.
        link: Link,
        /// What was seen of it.
        facts: Facts,
    },
    /// A line of the dialogue passed.
    Line {
        /// The number of the connection.
        connection: u64,
        /// Whose line it is.
        by: Side,
        /// The line with whatever ends it; of a reply, all its lines.
        line: Vec<u8>,
    },
    /// A file was asked for, or a login refused, and this is what became of it.
    Transfer(Transfer),
    /// The control connection has ended.
    Closed {
        /// Its number.
        connection: u64,
        /// By whom, and how.
        how: How,
    },
}

/// One of the two kinds of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// That of the dialogue.
    Control,
    /// One of a file.
    Data,
}

/// Whose line it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The client's.
    Client,
    /// The server's.
    Server,
}

/// How a control connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The client said goodbye.
    Quit,
    /// The client closed it.
    Eof,
    /// It failed.
    Reset,
    /// The client did nothing for too long, or stayed too long.
    Timeout,
    /// A line was longer than any of FTP.
    TooLong,
    /// There were more lines than anybody needs.
    TooMany,
    /// TLS began where it was not due.
    Tls,
    /// We ended it on purpose.
    Ours,
    /// The server stops.
    Stopped,
}

/// A file that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Its number, of those that exchanges have.
    pub exchange: u64,
    /// The control connection.
    pub connection: u64,
    /// What was asked for.
    pub asked: Asked,
    /// Whether the control connection was secured by then.
    pub is_secured: bool,
    /// The user, once one is named.
    pub user: String,
    /// The code of the reply that it ended with; of a transfer that never ends, the first.
    pub reply: Option<u16>,
    /// What passed of the file.
    pub body: Excerpt,
    /// How it went.
    pub upshot: Upshot,
    /// When it was asked for.
    pub began: Instant,
    /// When the first byte of the file passed.
    pub first_byte: Option<Instant>,
    /// When it was over.
    pub ended: Instant,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// To be let in.
    Login,
    /// A file, by its path from the first directory.
    File(Vec<u8>),
}

/// How a transfer went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upshot {
    /// To its end, or to the reply that refuses it.
    Complete,
    /// The data connection was never made, or broke off.
    Cut,
    /// We were wrong on purpose.
    OnPurpose,
    /// Nothing listens there.
    Refused,
    /// The host's name is not known.
    Unresolved,
    /// No connection within its limit, or no route.
    Unreachable,
    /// The control connection was closed before the end.
    Closed,
    /// Nothing came within the limit.
    Silent,
    /// The transfer did not end within the limit.
    Slow,
    /// The file is longer than is read.
    TooLong,
    /// What came is no reply of FTP.
    Garbage,
    /// A handshake of TLS failed.
    Handshake,
}
