//! What a server offers, to whom, and how much of it anybody may use.

use std::fmt;
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};

use super::event::Event;
use crate::wire::http::{Drip, Manner, Payload, Reply};
use crate::wire::numbers::Numbers;
use crate::wire::tls::Identity;

/// So many times as long the greeting waits once somebody began with TLS too late.
const LATE: u32 = 20;

/// A stream of either direction, secured or not.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A stream whose kind does not matter.
pub type Boxed = Box<dyn Stream>;

/// Whether somebody is let in who says so over such a control connection.
pub type Admit = Box<dyn Fn(&Login, Channel) -> Admission + Send + Sync>;

/// What is at a path, for somebody who was let in and would have it over such a connection.
pub type Find = Box<dyn Fn(&Login, Channel, &str) -> Found + Send + Sync>;

/// Whether a connection that begins may begin with TLS.
pub type Expects = Box<dyn Fn() -> bool + Send + Sync>;

/// What all connections of a server share.
pub struct House {
    /// Who is let in.
    pub admit: Admit,
    /// What is at a path, for somebody who was let in.
    pub find: Find,
    /// Is shown everything; must not block.
    pub observe: Box<dyn Fn(Event) + Send + Sync>,
    /// What one peer may use.
    pub limits: Limits,
    /// Where data connections are taken.
    pub passive: Passive,
    /// Whether connections can be secured.
    pub security: Security,
    /// The numbers of connections and exchanges.
    pub numbers: Arc<Numbers>,
}

/// What somebody says of himself.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Login {
    /// USER.
    pub user: String,
    /// PASS, once it is given.
    pub password: Option<String>,
    /// ACCT, once it is given.
    pub account: Option<String>,
}

/// Whether somebody is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// He is.
    Granted,
    /// An account is needed besides.
    AccountNeeded,
    /// He is not let in before the connection is secured.
    TlsNeeded,
    /// He is not.
    Refused,
}

/// Whether a connection is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// It is not.
    Clear,
    /// It is.
    Secured,
}

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A file.
    File(Offered),
    /// Nothing.
    Missing,
    /// Something that is for others.
    Guarded,
    /// Something that goes over secured connections alone.
    TlsNeeded,
}

/// A file, and how it is handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Its bytes.
    pub payload: Payload,
    /// The reply in the place of the file; 426 and 451 come once the transfer has begun.
    pub refusal: Option<u16>,
    /// How much of it is sent.
    pub manner: Manner,
    /// The wait before anything is said.
    pub delay: Duration,
    /// Bytes sent a few at a time.
    pub drip: Option<Drip>,
}

/// Where data connections are taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passive {
    /// The ports; any free one when left out.
    pub ports: Option<RangeInclusive<u16>>,
    /// What PASV tells in the place of our address; EPSV tells a port alone.
    pub advertised: Option<Ipv4Addr>,
}

/// Whether connections can be secured.
#[derive(Default)]
pub enum Security {
    /// They cannot.
    #[default]
    Plain,
    /// By either way that clients know: whoever speaks before he is greeted begins with TLS, and whoever is greeted can
    /// ask for it (AUTH TLS, RFC 4217).
    Tls {
        /// What is shown.
        identity: Identity,
        /// Whether the greeting waits for somebody who begins with TLS.
        expects: Expects,
        /// Whether somebody began with it when he had been greeted.
        was_late: AtomicBool,
    },
}

/// What one peer may use of us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest line.
    pub line: usize,
    /// The most lines of one connection.
    pub lines: usize,
    /// The longest silence, and the longest time that a piece of a reply or a file may take to be accepted.
    pub idle: Duration,
    /// How long the greeting waits for somebody who begins with TLS; far longer once somebody was late.
    pub hello: Duration,
    /// The longest time a data connection is waited for, with its handshake.
    pub data: Duration,
    /// The longest time of a connection.
    pub total: Duration,
    /// Connections served at once; more wait.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: 4096,
            lines: 1000,
            idle: Duration::from_secs(30),
            hello: Duration::from_millis(250),
            data: Duration::from_secs(10),
            total: Duration::from_mins(15),
            connections: 256,
        }
    }
}

impl Offered {
    /// What an answer over HTTP is over FTP: a status that is no 200 is the reply in the place of the file.
    #[must_use]
    pub fn of(reply: &Reply) -> Self {
        Self {
            payload: reply.body.clone(),
            refusal: (reply.status != 200).then_some(reply.status),
            manner: reply.delivery.manner.clone(),
            delay: reply.delivery.delay,
            drip: reply.delivery.drip,
        }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

impl fmt::Debug for House {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("House").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Security {
    /// TLS that shows this; the greeting waits for it while it is expected.
    pub fn tls(identity: Identity, expects: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self::Tls { identity, expects: Box::new(expects), was_late: AtomicBool::new(false) }
    }

    /// How long the greeting waits for whoever begins with TLS, where quick ones take `hello`.
    pub(super) fn patience(&self, hello: Duration) -> Duration {
        match self {
            Self::Tls { expects, was_late, .. } if expects() => {
                if was_late.load(Ordering::Relaxed) {
                    hello * LATE
                } else {
                    hello
                }
            }
            Self::Plain | Self::Tls { .. } => Duration::ZERO,
        }
    }

    /// Somebody began with TLS when he had been greeted.
    pub(super) fn note_late(&self) {
        match self {
            Self::Tls { was_late, .. } => was_late.store(true, Ordering::Relaxed),
            Self::Plain => {}
        }
    }

    /// What is shown to whoever speaks TLS.
    pub(super) fn identity(&self) -> Option<&Identity> {
        match self {
            Self::Plain => None,
            Self::Tls { identity, .. } => Some(identity),
        }
    }
}
