//! The recording stream: what goes through it is kept, within bounds, in both directions.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::gather::Gathering;
use super::hearing::{Hearing, Silence, Stage};
use crate::wire::excerpt::Excerpting;

/// Takes the decoded payload of an answer, piece by piece, as it comes.
pub type Sink = Box<dyn FnMut(&[u8]) + Send>;

/// A client's stream that records one request and its answer.
#[derive(Debug)]
pub struct Tap<S> {
    inner: S,
    record: Record,
}

/// The record of a [`Tap`], shared with it.
#[derive(Clone)]
pub struct Record(Arc<Mutex<Both>>);

/// Both directions.
pub(super) struct Both {
    pub(super) said: Said,
    pub(super) heard: Hearing,
}

/// What was sent: the head apart from the body.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) head: Gathering,
    pub(super) body: Excerpting,
    pub(super) last: Option<Instant>,
}

impl<S> Tap<S> {
    /// Records what goes through `inner`: a request of this method, and its answer up to `max_body` raw
    /// bytes of body, whose payload goes to `sink` as it comes.
    pub fn new(inner: S, method: &str, max_body: u64, sink: Sink) -> Self {
        let both = Both { said: Said::default(), heard: Hearing::new(method, max_body, sink) };
        Self { inner, record: Record(Arc::new(Mutex::new(both))) }
    }

    /// The record, which grows as bytes go through.
    pub fn record(&self) -> Record {
        self.record.clone()
    }
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record").field("settled", &self.settled()).finish_non_exhaustive()
    }
}

impl Record {
    /// Whether nothing that may still come would be read: the answer is whole, too large or cut.
    #[must_use]
    pub fn settled(&self) -> bool {
        self.both().heard.settled()
    }

    /// When the first byte of an answer came.
    #[must_use]
    pub fn first_byte(&self) -> Option<Instant> {
        self.both().heard.first
    }

    /// When the last byte of the request was handed to the kernel, as far as it was.
    #[must_use]
    pub fn last_sent(&self) -> Option<Instant> {
        self.both().said.last
    }

    /// When the last byte of an answer came.
    #[must_use]
    pub fn last_byte(&self) -> Option<Instant> {
        self.both().heard.last
    }

    pub(super) fn stage(&self) -> Stage {
        self.both().heard.stage
    }

    pub(super) fn both(&self) -> MutexGuard<'_, Both> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Said {
    fn push(&mut self, bytes: &[u8], now: Instant) {
        let used = self.head.push(bytes);
        self.body.push(&bytes[used..]);
        self.last = Some(now);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.record.stage() == Stage::TooLarge {
            return Poll::Ready(Err(io::Error::other("the answer is too large")));
        }
        let (before, room) = (buf.filled().len(), buf.remaining());
        let done = ready!(Pin::new(&mut self.inner).poll_read(cx, buf));
        let heard = &mut self.record.both().heard;
        match &done {
            Err(error) => heard.end(Silence::Broken(error.kind())),
            Ok(()) if buf.filled().len() > before => heard.push(&buf.filled()[before..], Instant::now()),
            Ok(()) if room > 0 => heard.end(Silence::Eof),
            Ok(()) => {}
        }
        Poll::Ready(done)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let sent = ready!(Pin::new(&mut self.inner).poll_write(cx, bytes))?;
        self.record.both().said.push(&bytes[..sent], Instant::now());
        Poll::Ready(Ok(sent))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
