//! A connection to a sink: plain, or secured once the peer asks for it.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::event::How;
use crate::wire::tls::{self, Facts, FailureKind, Identity};

/// A stream under TLS.
pub(super) trait Secured: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Secured for T {}

/// The stream of a connection.
pub(super) enum Link {
    Plain(TcpStream),
    Secured(Box<dyn Secured>),
    /// The handshake has failed, or is under way.
    Gone,
}

impl Link {
    /// Reads what comes next; an end of the stream is one of the connection.
    pub(super) async fn read(&mut self, into: &mut Vec<u8>, patience: Duration) -> Result<(), How> {
        let read = async {
            match self {
                Self::Plain(stream) => stream.read_buf(into).await,
                Self::Secured(stream) => stream.read_buf(into).await,
                Self::Gone => Ok(0),
            }
        };
        match tokio::time::timeout(patience, read).await {
            Ok(Ok(0)) => Err(How::Eof),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err(How::Reset),
            Err(_) => Err(How::Timeout),
        }
    }

    /// Writes all of it; a peer that does not take it is not waited for without end.
    pub(super) async fn write(&mut self, bytes: &[u8], patience: Duration) -> Result<(), How> {
        let write = async {
            match self {
                Self::Plain(stream) => stream.write_all(bytes).await,
                Self::Secured(stream) => {
                    stream.write_all(bytes).await?;
                    stream.flush().await
                }
                Self::Gone => Err(io::ErrorKind::NotConnected.into()),
            }
        };
        match tokio::time::timeout(patience, write).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(How::Reset),
            Err(_) => Err(How::Timeout),
        }
    }

    /// Answers the handshake on a plain connection, and says what was seen of it (RFC 3207).
    pub(super) async fn secure(&mut self, identity: &Identity, patience: Duration) -> Facts {
        let Self::Plain(stream) = std::mem::replace(self, Self::Gone) else {
            return Facts::failed(FailureKind::Other, "it is secured already");
        };
        match tls::answer(stream, identity, patience).await {
            Ok((stream, facts)) => {
                *self = Self::Secured(Box::new(stream));
                facts
            }
            Err(facts) => facts,
        }
    }

    pub(super) fn is_plain(&self) -> bool {
        matches!(self, Self::Plain(_))
    }

    /// Takes what is still on its way, for a moment, so that our last reply is not lost in a reset.
    pub(super) async fn linger(&mut self) {
        const MOMENT: Duration = Duration::from_millis(500);
        const MOST: usize = 64;
        let mut rest = Vec::with_capacity(16 * 1024);
        let shut = async {
            match self {
                Self::Plain(stream) => stream.shutdown().await.is_ok(),
                Self::Secured(stream) => stream.shutdown().await.is_ok(),
                Self::Gone => false,
            }
        };
        if !tokio::time::timeout(MOMENT, shut).await.unwrap_or(false) {
            return;
        }
        for _ in 0..MOST {
            rest.clear();
            if self.read(&mut rest, MOMENT).await.is_err() {
                return;
            }
        }
    }
}
