//! Listens for SMTP: mail for mailboxes of ours is taken, all other is refused, and none is passed on.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::event::{Event, How};
use super::link::Link;
use super::session::Session;
use crate::wire::numbers::Numbers;
use crate::wire::serving::{Crowd, Serving, Stop, stopped};
use crate::wire::tls::Identity;

/// What one peer may use of us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// A message beyond this many bytes is refused with 552.
    pub message: u64,
    /// A message beyond this many bytes ends the connection: nobody reads on without end.
    pub endless: u64,
    /// So many recipients of a mail are kept; more are refused with 452.
    pub recipients: usize,
    /// So many commands that lead to no mail end the connection.
    pub idle_commands: usize,
    /// The longest silence of the peer, and the longest time it may take to accept a reply.
    pub idle: Duration,
    /// The longest that a connection may last.
    pub total: Duration,
    /// Connections served at once; more wait.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: 16 * 1024 * 1024,
            endless: 64 * 1024 * 1024,
            recipients: 100,
            idle_commands: 1000,
            idle: Duration::from_mins(1),
            total: Duration::from_mins(10),
            connections: 256,
        }
    }
}

/// What becomes of a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is one of ours.
    Taken,
    /// It is none of ours: 550.
    Foreign,
    /// It is refused on purpose with this reply; 421 ends the connection.
    OnPurpose(u16),
}

/// Says of an address whether it is one of ours.
pub type Admit = Box<dyn Fn(&str) -> Admission + Send + Sync>;

/// A bound address that is not served yet.
#[derive(Debug)]
pub struct Sink {
    tcp: TcpListener,
    local: SocketAddr,
    numbers: Arc<Numbers>,
}

/// What all connections share.
pub(super) struct Host {
    pub(super) admit: Admit,
    pub(super) observe: Box<dyn Fn(Event) + Send + Sync>,
    pub(super) identity: Option<Identity>,
    pub(super) limits: Limits,
    pub(super) numbers: Arc<Numbers>,
}

impl Sink {
    /// Binds an address; port 0 takes any free one.
    ///
    /// # Errors
    /// When the address is taken or not ours.
    pub async fn bind(address: SocketAddr, numbers: Arc<Numbers>) -> io::Result<Self> {
        let tcp = TcpListener::bind(address).await?;
        let local = tcp.local_addr()?;
        Ok(Self { tcp, local, numbers })
    }

    /// The address bound, with its port.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Serves until the handle is dropped or shut down. `admit` is asked for every recipient; `observe` is shown
    /// everything and must not block. STARTTLS is offered where there is a certificate to show.
    pub fn serve(
        self,
        admit: Admit,
        observe: impl Fn(Event) + Send + Sync + 'static,
        identity: Option<Identity>,
        limits: Limits,
    ) -> Serving {
        let host = Host { admit, observe: Box::new(observe), identity, limits, numbers: self.numbers };
        let host = Arc::new(host);
        Serving::begin(
            (self.tcp, self.local),
            (host.limits.connections, Crowd::default()),
            move |stream, peer, stop| {
                let host = Arc::clone(&host);
                async move { attend(Link::Plain(stream), peer, &host, stop).await }
            },
        )
    }
}

/// Serves one stream that stands already, in memory say, until it ends; it cannot be secured.
pub async fn serve_stream(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    admit: Admit,
    observe: impl Fn(Event) + Send + Sync + 'static,
    limits: Limits,
) {
    let numbers = Numbers::shared();
    let host = Host { admit, observe: Box::new(observe), identity: None, limits, numbers };
    let (_never, stop) = watch::channel(false);
    attend(Link::Secured(Box::new(stream)), SocketAddr::from(([127, 0, 0, 1], 0)), &host, stop).await;
}

/// One connection, from its first byte to its end.
async fn attend(link: Link, peer: SocketAddr, host: &Host, mut stop: Stop) {
    let connection = host.numbers.next_connection();
    (host.observe)(Event::Opened { connection, peer });
    let mut session = Session::new(link, (connection, peer), host);
    let how = tokio::select! {
        how = session.converse() => how,
        () = tokio::time::sleep(host.limits.total) => How::Timeout,
        () = stopped(&mut stop) => How::Ours,
    };
    session.close(how).await;
    (host.observe)(Event::Closed { connection, how });
}
