//! The two sides of a handshake, bounded in time, and the stream that follows it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls::server::Acceptor;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::{LazyConfigAcceptor, TlsConnector, client, server};

use super::facts::{Facts, Failure, FailureKind};
use super::{Identity, Trust};

/// The first byte of whoever speaks TLS (RFC 8446, 5.1): a record of the handshake.
pub(in crate::wire) const HANDSHAKE: u8 = 22;

/// What is told to whoever speaks plain HTTP to a port of TLS.
const PLAIN: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 49\r\nConnection: close\r\n\r\n\
    penspec speaks TLS at this port: ask it by https\n";

/// A stream under TLS: an end without a word of farewell is an end, and what the peer says of TLS is noted.
#[derive(Debug)]
pub(in crate::wire) struct Watched<S> {
    pub(in crate::wire) inner: S,
    noted: Noted,
}

/// What ended a connection for the sake of TLS, once something has.
pub(in crate::wire) type Noted = Arc<OnceLock<Failure>>;

/// Answers a handshake with whoever speaks TLS, and whoever speaks plain HTTP in that; the error is what was seen of a
/// handshake that failed.
pub(in crate::wire) async fn accept(
    mut stream: TcpStream,
    identity: &Identity,
    limit: Duration,
) -> Result<(Watched<server::TlsStream<TcpStream>>, Facts), Facts> {
    let mut first = [0];
    match timeout(limit, stream.peek(&mut first)).await {
        Ok(Ok(1)) if first[0] == HANDSHAKE => {}
        Ok(Ok(1)) => {
            let _ = timeout(limit, stream.write_all(PLAIN)).await;
            return Err(Facts::failed(FailureKind::NotTls, "what came is no TLS: plain HTTP perhaps"));
        }
        Ok(Ok(_)) => return Err(Facts::failed(FailureKind::Cut, "the connection was closed at once")),
        Ok(Err(error)) => return Err(failed(&error, None)),
        Err(_) => return Err(slow(None)),
    }
    answer(stream, identity, limit).await
}

/// Answers a handshake; the error is what was seen of one that failed.
pub(in crate::wire) async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    identity: &Identity,
    limit: Duration,
) -> Result<(Watched<server::TlsStream<S>>, Facts), Facts> {
    let hello = match timeout(limit, LazyConfigAcceptor::new(Acceptor::default(), stream)).await {
        Ok(Ok(hello)) => hello,
        Ok(Err(error)) => return Err(failed(&error, None)),
        Err(_) => return Err(slow(None)),
    };
    let name = hello.client_hello().server_name().map(str::to_owned);
    match timeout(limit, hello.into_stream(Arc::clone(&identity.0))).await {
        Ok(Ok(stream)) => {
            let facts = Facts::of(stream.get_ref().1, name.as_deref());
            Ok((Watched { inner: stream, noted: Noted::default() }, facts))
        }
        Ok(Err(error)) => Err(failed(&error, name)),
        Err(_) => Err(slow(name)),
    }
}

/// Begins a handshake with a host; the error is what was seen of one that failed.
pub(in crate::wire) async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    host: &str,
    trust: &Trust,
    limit: Duration,
) -> Result<(Watched<client::TlsStream<S>>, Facts, Noted), Facts> {
    let config = trust.config(host).map_err(unfit)?;
    begin(stream, host, config, limit).await
}

/// The same where no application protocol is named: a server of FTP may refuse whoever names that of HTTP.
pub(in crate::wire) async fn connect_for_ftp<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    host: &str,
    trust: &Trust,
    limit: Duration,
) -> Result<(Watched<client::TlsStream<S>>, Facts), Facts> {
    let mut config = ClientConfig::clone(&*trust.config(host).map_err(unfit)?);
    config.alpn_protocols.clear();
    let (stream, facts, _) = begin(stream, host, Arc::new(config), limit).await?;
    Ok((stream, facts))
}

async fn begin<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    host: &str,
    config: Arc<ClientConfig>,
    limit: Duration,
) -> Result<(Watched<client::TlsStream<S>>, Facts, Noted), Facts> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| unfit(format!("`{host}` is no name that a certificate could be for")))?;
    let shown = matches!(name, ServerName::DnsName(_)).then_some(host);
    match timeout(limit, TlsConnector::from(config).connect(name, stream)).await {
        Ok(Ok(stream)) => {
            let facts = Facts::of(stream.get_ref().1, shown);
            let noted = Noted::default();
            Ok((Watched { inner: stream, noted: Arc::clone(&noted) }, facts, noted))
        }
        Ok(Err(error)) => Err(failed(&error, shown.map(str::to_owned))),
        Err(_) => Err(slow(shown.map(str::to_owned))),
    }
}

fn unfit(told: String) -> Facts {
    Facts::failed(FailureKind::Other, told)
}

fn failed(error: &io::Error, server_name: Option<String>) -> Facts {
    Facts { server_name, failure: Some(Failure::of(error)), ..Facts::default() }
}

fn slow(server_name: Option<String>) -> Facts {
    Facts { server_name, ..Facts::failed(FailureKind::Slow, "the peer fell silent within the handshake") }
}

impl<S> Watched<S> {
    fn note(&self, error: &io::Error) {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if inner.is_some() {
            let _ = self.noted.set(Failure::of(error));
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match ready!(Pin::new(&mut self.inner).poll_read(cx, buf)) {
            // Many peers close without the alert that says so: the length of a message is told by HTTP.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Poll::Ready(Ok(())),
            Err(error) => {
                self.note(&error);
                Poll::Ready(Err(error))
            }
            Ok(()) => Poll::Ready(Ok(())),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write(cx, bytes));
        if let Err(error) = &written {
            self.note(error);
        }
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
