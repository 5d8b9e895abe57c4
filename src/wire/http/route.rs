//! The way of a request: a connection, through a proxy where there is one, under TLS where it is spoken.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::address::Address;
use super::connect;
use super::head::ResponseHead;
use super::outgoing::Outgoing;
use super::send::Ended;
use crate::wire::tls::{self, Facts, Noted, Trust};

/// A proxy's answer to CONNECT is longer than this in no sane case.
const LONGEST_ANSWER: usize = 16 * 1024;

/// By which way requests go; by default straight, and with the machine's own roots.
#[derive(Debug, Clone, Default)]
pub struct Route {
    /// Whom TLS trusts, and what it shows of us.
    pub trust: Arc<Trust>,
    /// The HTTP proxy that everything goes through.
    pub proxy: Option<Address>,
}

/// A stream that a request can be sent over, whatever lies below it.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A way that is laid.
pub(super) struct Laid {
    pub(super) stream: Box<dyn Stream>,
    /// What was seen of the handshake.
    pub(super) tls: Option<(Facts, Noted)>,
    /// The two ends of the connection.
    pub(super) ends: (Option<std::net::SocketAddr>, Option<std::net::SocketAddr>),
}

/// A way that could not be laid.
pub(super) enum Unlaid {
    /// For want of a connection.
    Connection(Ended),
    /// Because the handshake failed.
    Handshake(Facts),
}

impl Route {
    /// The request as it goes out: a proxy of plain HTTP is given the whole address (RFC 9112, 3.2.2).
    pub(super) fn written(&self, outgoing: &Outgoing) -> Outgoing {
        let mut outgoing = outgoing.clone();
        if self.proxy.is_some() && !outgoing.address.is_secure() {
            let origin = format!("http://{}", outgoing.address.authority);
            outgoing.target = [origin.as_bytes(), &outgoing.target].concat();
        }
        outgoing
    }

    /// Connects, through the proxy if need be, and shakes hands where TLS is spoken.
    pub(super) async fn lay(&self, to: &Address, limit: Duration) -> Result<Laid, Unlaid> {
        let deadline = Instant::now() + limit;
        let hop = self.proxy.as_ref().unwrap_or(to);
        let stream = connect::connect(&hop.host, hop.port, limit).await.map_err(Unlaid::Connection)?;
        let _ = stream.set_nodelay(true);
        let ends = (stream.local_addr().ok(), stream.peer_addr().ok());
        if !to.is_secure() {
            return Ok(Laid { stream: Box::new(stream), tls: None, ends });
        }
        let stream = match &self.proxy {
            None => stream,
            Some(_) => timeout_at(deadline, tunnel(stream, to))
                .await
                .unwrap_or(Err(Ended::ConnectTimeout))
                .map_err(Unlaid::Connection)?,
        };
        let left = deadline.saturating_duration_since(Instant::now());
        let (stream, facts, noted) =
            tls::connect(stream, to.name(), &self.trust, left).await.map_err(Unlaid::Handshake)?;
        Ok(Laid { stream: Box::new(stream), tls: Some((facts, noted)), ends })
    }
}

/// Has a proxy pass everything on to a host (RFC 9110, 9.3.6).
async fn tunnel(mut stream: TcpStream, to: &Address) -> Result<TcpStream, Ended> {
    let host = if to.host.contains(':') { format!("[{}]", to.host) } else { to.host.clone() };
    let asked = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n", port = to.port);
    stream.write_all(asked.as_bytes()).await.map_err(|_| Ended::Unreachable)?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        // Byte by byte: what follows the answer is the peer's.
        let byte = stream.read_u8().await.map_err(|_| Ended::Unreachable)?;
        answer.push(byte);
        if answer.len() > LONGEST_ANSWER {
            return Err(Ended::Unreachable);
        }
    }
    match ResponseHead::read(&answer).0.status {
        Some(200..=299) => Ok(stream),
        Some(_) | None => Err(Ended::Unreachable),
    }
}
