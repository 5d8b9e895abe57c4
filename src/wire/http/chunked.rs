//! The chunked transfer coding, taken off piece by piece.

use super::body::Progress;
use super::flaw::{Flaw, FlawKind, Flaws};

/// A size line with its extensions may be this long.
const MAX_SIZE_LINE: usize = 4 * 1024;
/// All trailer lines together may be this long.
const MAX_TRAILER: usize = 64 * 1024;

/// Where in a chunked body the reading stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Dechunker {
    at: At,
    line: Vec<u8>,
    /// Where the line starts that is being taken.
    line_at: u64,
    trailer: usize,
    offset: u64,
    flaws: Flaws,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum At {
    #[default]
    Size,
    Content(u64),
    ContentEnd,
    Trailer,
    Done,
    Broken,
}

impl Dechunker {
    /// Takes bytes of the body, hands out the content in them and says how many were taken.
    pub(super) fn push(&mut self, bytes: &[u8], content: &mut dyn FnMut(&[u8])) -> usize {
        let mut used = 0;
        while used < bytes.len() && self.at != At::Done {
            let step = self.step(&bytes[used..], content);
            used += step;
            self.offset += step as u64;
        }
        used
    }

    pub(super) fn progress(&self) -> Progress {
        match self.at {
            At::Size | At::Content(_) | At::ContentEnd | At::Trailer => Progress::More,
            At::Done => Progress::Done,
            At::Broken => Progress::Endless,
        }
    }

    pub(super) fn flaws(self) -> Vec<Flaw> {
        self.flaws.0
    }

    /// Takes at least one of `bytes`, which are not empty.
    fn step(&mut self, bytes: &[u8], content: &mut dyn FnMut(&[u8])) -> usize {
        match self.at {
            At::Size | At::ContentEnd | At::Trailer => self.take_line(bytes),
            At::Content(left) => {
                let used = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
                content(&bytes[..used]);
                let left = left - used as u64;
                self.at = if left == 0 { At::ContentEnd } else { At::Content(left) };
                used
            }
            At::Done | At::Broken => bytes.len(),
        }
    }

    fn take_line(&mut self, bytes: &[u8]) -> usize {
        if self.line.is_empty() {
            self.line_at = self.offset;
        }
        let feed = bytes.iter().position(|byte| *byte == b'\n');
        let used = feed.map_or(bytes.len(), |feed| feed + 1);
        let room = (MAX_SIZE_LINE + 1).saturating_sub(self.line.len());
        self.line.extend_from_slice(&bytes[..used.min(room)]);
        match self.at {
            At::Size if self.line.len() > MAX_SIZE_LINE => self.break_off(FlawKind::BadChunkSize),
            // What stands where only CR LF may shows at its first byte: no need to wait for a line.
            At::ContentEnd if !b"\r\n".starts_with(&self.line) && self.line != b"\n" => {
                self.break_off(FlawKind::BadChunkEnd);
            }
            At::Trailer => {
                self.trailer += used;
                if self.trailer > MAX_TRAILER {
                    self.break_off(FlawKind::TrailerTooLong);
                }
            }
            At::Size | At::ContentEnd | At::Content(_) | At::Done | At::Broken => {}
        }
        if feed.is_some() {
            self.end_line();
        }
        used
    }

    fn end_line(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        } else if self.at != At::Broken {
            self.flaws.add(FlawKind::BareLineFeed, self.line_at);
        }
        match self.at {
            At::Size => match read_size(&line) {
                Some(0) => self.at = At::Trailer,
                Some(size) => self.at = At::Content(size),
                None => self.break_off(FlawKind::BadChunkSize),
            },
            At::ContentEnd => self.at = At::Size,
            At::Trailer if line.is_empty() => self.at = At::Done,
            At::Trailer | At::Content(_) | At::Done | At::Broken => {}
        }
    }

    fn break_off(&mut self, kind: FlawKind) {
        self.flaws.add(kind, self.line_at);
        self.line = Vec::new();
        self.at = At::Broken;
    }
}

/// The size a chunk starts with, its extensions left aside.
fn read_size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let plain = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
    plain.then(|| u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()).flatten()
}
