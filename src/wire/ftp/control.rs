//! The control connection: lines of a client, bounded, and the replies to them; each is shown as it passes.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::event::{Event, How, Side};
use super::house::{Boxed, House, Limits};
use crate::wire::tls::HANDSHAKE;

/// How a handshake of TLS begins, which no line does.
const HELLO: [u8; 2] = [HANDSHAKE, 3];

/// One end of the dialogue.
pub(super) struct Control {
    stream: Boxed,
    buffer: Vec<u8>,
}

impl Control {
    pub(super) fn new(stream: Boxed) -> Self {
        Self { stream, buffer: Vec::new() }
    }

    /// The stream itself, to be secured; what was read ahead is dropped, for it came in the clear.
    pub(super) fn take_stream(&mut self) -> Boxed {
        self.buffer.clear();
        std::mem::replace(&mut self.stream, Box::new(tokio::io::empty()))
    }

    /// The next line with whatever ends it, or why there is none.
    pub(super) async fn line(&mut self, longest: usize, idle: Duration) -> Result<Vec<u8>, How> {
        loop {
            if self.buffer.starts_with(&HELLO) {
                return Err(How::Tls);
            }
            let end = self.buffer.iter().position(|byte| *byte == b'\n');
            if end.unwrap_or(self.buffer.len()) > longest {
                return Err(How::TooLong);
            }
            if let Some(end) = end {
                return Ok(self.buffer.drain(..=end).collect());
            }
            match timeout(idle, self.stream.read_buf(&mut self.buffer)).await {
                Err(_) => return Err(How::Timeout),
                Ok(Err(_)) => return Err(How::Reset),
                Ok(Ok(0)) => return Err(How::Eof),
                Ok(Ok(_)) => {}
            }
        }
    }

    /// Writes a line as it stands.
    pub(super) async fn write(&mut self, line: &[u8], idle: Duration) -> Result<(), How> {
        let written = async {
            self.stream.write_all(line).await?;
            self.stream.flush().await
        };
        match timeout(idle, written).await {
            Err(_) => Err(How::Timeout),
            Ok(Err(_)) => Err(How::Reset),
            Ok(Ok(())) => Ok(()),
        }
    }

    /// Ends when the peer says something or leaves.
    pub(super) async fn stirs(&mut self) {
        if self.buffer.is_empty() {
            let _ = self.stream.read_buf(&mut self.buffer).await;
        }
    }
}

/// The dialogue of one connection with a client.
pub(super) struct Dialogue<'h> {
    pub(super) control: Control,
    pub(super) connection: u64,
    house: &'h House,
    lines: usize,
}

impl<'h> Dialogue<'h> {
    pub(super) fn new(stream: Boxed, connection: u64, house: &'h House) -> Self {
        Self { control: Control::new(stream), connection, house, lines: 0 }
    }

    /// The next line of the client's.
    pub(super) async fn next(&mut self) -> Result<Vec<u8>, How> {
        let Limits { line, lines, idle, .. } = self.house.limits;
        self.lines += 1;
        if self.lines > lines {
            return Err(How::TooMany);
        }
        let line = self.control.line(line, idle).await?;
        self.show(Side::Client, &line);
        Ok(line)
    }

    /// A reply of one line.
    pub(super) async fn reply(&mut self, code: u16, text: &str) -> Result<(), How> {
        self.say(&format!("{code} {text}\r\n")).await
    }

    /// A reply as it stands.
    pub(super) async fn say(&mut self, reply: &str) -> Result<(), How> {
        self.show(Side::Server, reply.as_bytes());
        self.control.write(reply.as_bytes(), self.house.limits.idle).await
    }

    fn show(&self, by: Side, line: &[u8]) {
        (self.house.observe)(Event::Line { connection: self.connection, by, line: line.to_vec() });
    }
}
