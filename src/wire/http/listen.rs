//! Listens for HTTP/1.x: every request is shown and answered, however odd.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::connection::{Server, converse};
use super::event::{Event, How, Request};
use super::reply::Reply;
use super::room::Room;
use crate::wire::excerpt::WHOLE;
use crate::wire::numbers::Numbers;
use crate::wire::serving::{Crowd, Serving, Stop, stopped};
use crate::wire::tls::{self, Facts, FailureKind, Identity};

/// What one peer may use of us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// A raw body beyond this many bytes is refused with 413.
    pub body: u64,
    /// This much of a decoded body is held for the one who answers: what is judged later is no more.
    pub held: usize,
    /// The longest silence of the peer, and the longest time it may take to accept a slice of an answer.
    pub idle: Duration,
    /// The longest time a request may take to come in.
    pub total: Duration,
    /// The silence that ends what tells no end (a bad Content-Length, a request line of HTTP/0.9).
    pub quiet: Duration,
    /// The longest time an unread rest is taken off the wire after our answer.
    pub linger: Duration,
    /// Connections served at once; more wait.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 16 * 1024 * 1024,
            held: WHOLE,
            idle: Duration::from_secs(30),
            total: Duration::from_mins(2),
            quiet: Duration::from_millis(300),
            linger: Duration::from_secs(2),
            connections: 1024,
        }
    }
}

/// The two ends of an accepted connection and its number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    pub(super) connection: u64,
    pub(super) peer: SocketAddr,
    pub(super) local: SocketAddr,
}

/// A bound address that is not served yet.
#[derive(Debug)]
pub struct Listener {
    tcp: TcpListener,
    local: SocketAddr,
    numbers: Arc<Numbers>,
    identity: Option<Identity>,
}

impl Listener {
    /// Binds an address; port 0 takes any free one.
    ///
    /// # Errors
    /// When the address is taken or not ours.
    pub async fn bind(addr: SocketAddr, numbers: Arc<Numbers>) -> io::Result<Self> {
        let tcp = TcpListener::bind(addr).await?;
        let local = tcp.local_addr()?;
        Ok(Self { tcp, local, numbers, identity: None })
    }

    /// The same, for HTTP over TLS.
    #[must_use]
    pub fn secured(self, identity: Identity) -> Self {
        Self { identity: Some(identity), ..self }
    }

    /// The address bound, with its port.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Serves until the handle is dropped or shut down. `answer` is asked for every request that can be
    /// answered; `observe` is shown everything and must not block.
    pub fn serve<A, F, O>(self, answer: A, observe: O, limits: Limits) -> Serving
    where
        A: Fn(Arc<Request>) -> F + Send + Sync + 'static,
        F: Future<Output = Reply> + Send + 'static,
        O: Fn(Event) + Send + Sync + 'static,
    {
        let Self { tcp, local, numbers, identity } = self;
        let crowd = Crowd::default();
        let server = Arc::new(Server { answer, observe, limits, numbers, room: Room::of(crowd.clone()) });
        Serving::begin((tcp, local), (server.limits.connections, crowd), move |stream, peer, stop| {
            let local = stream.local_addr().unwrap_or(local);
            let ends = Ends { connection: server.numbers.next_connection(), peer, local };
            let (server, identity) = (Arc::clone(&server), identity.clone());
            async move {
                match identity {
                    None => attend(stream, ends, &server, stop).await,
                    Some(identity) => attend_secured((stream, ends), &identity, &server, stop).await,
                }
            }
        })
    }
}

/// Serves one stream that stands already, in memory say, until it ends; a reset is no more than its end.
pub async fn serve_stream<S, A, F, O>(stream: S, answer: A, observe: O, limits: Limits)
where
    S: AsyncRead + AsyncWrite + Unpin,
    A: Fn(Arc<Request>) -> F,
    F: Future<Output = Reply>,
    O: Fn(Event),
{
    let numbers = Numbers::shared();
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let ends = Ends { connection: numbers.next_connection(), peer: nowhere, local: nowhere };
    let server = Server { answer, observe, limits, numbers, room: Room::of(Crowd::default()) };
    let (_never, stop) = watch::channel(false);
    (server.observe)(ends.opened(None));
    converse(stream, ends, &server, stop, |_| {}).await;
}

async fn attend<A, F, O>(stream: TcpStream, ends: Ends, server: &Server<A, O>, stop: Stop)
where
    A: Fn(Arc<Request>) -> F,
    F: Future<Output = Reply>,
    O: Fn(Event),
{
    (server.observe)(ends.opened(None));
    converse(stream, ends, server, stop, reset).await;
}

/// A connection counts as opened when its handshake is over, however that ended.
async fn attend_secured<A, F, O>(
    (stream, ends): (TcpStream, Ends),
    identity: &Identity,
    server: &Server<A, O>,
    stop: Stop,
) where
    A: Fn(Arc<Request>) -> F,
    F: Future<Output = Reply>,
    O: Fn(Event),
{
    let mut stopping = stop.clone();
    let shaken = tokio::select! {
        shaken = tls::accept(stream, identity, server.limits.idle) => shaken,
        () = stopped(&mut stopping) => return,
    };
    match shaken {
        Ok((stream, facts)) => {
            (server.observe)(ends.opened(Some(facts)));
            converse(stream, ends, server, stop, |stream| reset(stream.inner.get_ref().0)).await;
        }
        Err(facts) => {
            let slow = facts.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::Slow);
            (server.observe)(ends.opened(Some(facts)));
            let how = if slow { How::Timeout } else { How::Eof };
            (server.observe)(Event::Closed { connection: ends.connection, how });
        }
    }
}

fn reset(stream: &TcpStream) {
    let _ = stream.set_zero_linger();
}

impl Ends {
    fn opened(self, tls: Option<Facts>) -> Event {
        let Self { connection, peer, local } = self;
        Event::Opened { connection, peer, local, tls }
    }
}
