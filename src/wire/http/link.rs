//! One accepted connection's bytes: every wait on it is bounded and ends when the server stops.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::event::How;
use super::gather::SLICE;
use crate::wire::serving::stopped;

/// After our answer, this much of an unread body is still taken off the wire.
const MAX_LINGER: usize = 64 * 1024 * 1024;

/// The first slice of a connection is no larger than this.
const FIRST: usize = 4 * 1024;

/// Why nothing more can be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Halt {
    /// The peer will send no more.
    Eof,
    /// The connection failed.
    Broken(ErrorKind),
    /// The peer did nothing for too long.
    Timeout,
    /// The server stops.
    Stopped,
}

impl Halt {
    pub(super) fn how(self) -> How {
        match self {
            Self::Eof => How::Eof,
            Self::Broken(_) => How::Reset,
            Self::Timeout => How::Timeout,
            Self::Stopped => How::Ours,
        }
    }

    pub(super) fn kind(self) -> ErrorKind {
        match self {
            Self::Eof => ErrorKind::UnexpectedEof,
            Self::Broken(kind) => kind,
            Self::Timeout => ErrorKind::TimedOut,
            Self::Stopped => ErrorKind::Interrupted,
        }
    }
}

/// A connection with what was read from it and not yet used.
#[derive(Debug)]
pub(super) struct Link<S> {
    pub(super) stream: S,
    pub(super) pending: Vec<u8>,
    stop: watch::Receiver<bool>,
    idle: Duration,
    /// When the latest slice was about to be written: before that, the peer cannot have had its last byte.
    pub(super) last_write: std::time::Instant,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Link<S> {
    pub(super) fn new(stream: S, stop: watch::Receiver<bool>, idle: Duration) -> Self {
        Self { stream, pending: Vec::new(), stop, idle, last_write: std::time::Instant::now() }
    }

    /// Reads what is there, one slice at most, waiting this long for it.
    pub(super) async fn fill(&mut self, wait: Duration) -> Result<(), Halt> {
        // Most requests are small, and most connections wait for the next one.
        self.pending.reserve(if self.pending.capacity() < FIRST { FIRST } else { SLICE });
        match bounded(&mut self.stop, wait, self.stream.read_buf(&mut self.pending)).await? {
            0 => Err(Halt::Eof),
            _ => Ok(()),
        }
    }

    /// Gives back what nothing waits in: many connections are kept and not used.
    pub(super) fn rest(&mut self) {
        if self.pending.is_empty() {
            self.pending = Vec::new();
        }
    }

    /// Writes all of a slice, which must go out within the idle limit.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), Halt> {
        self.last_write = std::time::Instant::now();
        let work = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        bounded(&mut self.stop, self.idle, work).await
    }

    /// Waits this long.
    pub(super) async fn pause(&mut self, wait: Duration) -> Result<(), Halt> {
        match bounded(&mut self.stop, wait, std::future::pending::<io::Result<()>>()).await {
            Err(Halt::Timeout) => Ok(()),
            other => other,
        }
    }

    /// Waits for the end of something that is not bounded by itself, unless the server stops.
    pub(super) async fn await_unless_stopped<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Halt> {
        tokio::select! {
            done = work => Ok(done),
            () = stopped(&mut self.stop) => Err(Halt::Stopped),
        }
    }

    /// Ends our side, then takes what the peer still sends: closing on unread bytes would make the kernel
    /// reset the connection, and the answer could be lost with it.
    pub(super) async fn linger(&mut self, time: Duration) {
        if bounded(&mut self.stop, self.idle, self.stream.shutdown()).await.is_err() {
            return;
        }
        let (deadline, mut taken) = (Instant::now() + time, 0);
        while taken < MAX_LINGER {
            self.pending.clear();
            if self.fill(deadline.saturating_duration_since(Instant::now())).await.is_err() {
                return;
            }
            taken += self.pending.len();
        }
    }

    /// Says nothing and takes what comes until the peer goes or the server stops.
    pub(super) async fn hang(&mut self) -> Halt {
        loop {
            self.pending.clear();
            if let Err(halt) = self.fill(Duration::MAX).await {
                return halt;
            }
        }
    }
}

async fn bounded<T>(
    stop: &mut watch::Receiver<bool>,
    wait: Duration,
    work: impl Future<Output = io::Result<T>>,
) -> Result<T, Halt> {
    tokio::select! {
        done = timeout(wait, work) => match done {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(Halt::Broken(error.kind())),
            Err(_) => Err(Halt::Timeout),
        },
        () = stopped(stop) => Err(Halt::Stopped),
    }
}
