//! The lines of a connection, whatever ends them, in bounded memory.

use std::time::Duration;

use memchr::memchr;

use super::event::How;
use super::link::Link as Stream;

/// The longest command that is read (RFC 5321, 4.5.3.1.4, asks for 512).
const LONGEST: usize = 4096;

/// How much is asked of the stream at once.
const PIECE: usize = 16 * 1024;

/// A line as it came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// With its end.
    Whole(Vec<u8>),
    /// Longer than a command may be; its beginning.
    TooLong(Vec<u8>),
}

/// What was read of a connection and not yet used.
#[derive(Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    at: usize,
}

impl Lines {
    /// The next line of a dialogue.
    pub(super) async fn next(&mut self, stream: &mut Stream, patience: Duration) -> Result<Line, How> {
        let mut too_long = None;
        loop {
            let rest = &self.bytes[self.at..];
            let end = memchr(b'\n', rest);
            let is_too_long = end.unwrap_or(rest.len()) > LONGEST;
            if is_too_long {
                too_long.get_or_insert(rest[..LONGEST].to_vec());
            }
            if let Some(end) = end {
                let line = rest[..=end].to_vec();
                self.at += end + 1;
                return Ok(too_long.map_or(Line::Whole(line), Line::TooLong));
            }
            if is_too_long {
                self.at = self.bytes.len();
            }
            self.fill(stream, patience).await?;
        }
    }

    /// The next piece of a message: a line with its end, or as much of a long one as is there.
    pub(super) async fn piece(&mut self, stream: &mut Stream, patience: Duration) -> Result<&[u8], How> {
        loop {
            let rest = &self.bytes[self.at..];
            let end =
                memchr(b'\n', rest).map(|end| end + 1).or((rest.len() >= LONGEST).then_some(rest.len()));
            if let Some(length) = end {
                self.at += length;
                return Ok(&self.bytes[self.at - length..self.at]);
            }
            self.fill(stream, patience).await?;
        }
    }

    /// What was read of a line that never ended.
    pub(super) fn rest(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// Forgets what was said before a connection was secured: it may not count (RFC 3207, 4.2).
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    async fn fill(&mut self, stream: &mut Stream, patience: Duration) -> Result<(), How> {
        self.bytes.drain(..self.at);
        self.at = 0;
        self.bytes.reserve(PIECE);
        stream.read(&mut self.bytes, patience).await
    }
}
