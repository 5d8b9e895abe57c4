//! The bytes of a message between `DATA` and the dot: kept as they are, the stuffing of dots undone.

use memchr::memchr;

use super::event::Flaw;
use crate::wire::excerpt::{Excerpt, Excerpting};

/// The longest line that a message may have, its end included (RFC 5321, 4.5.3.1.6).
const LONGEST: usize = 1000;

/// A message on its way in.
#[derive(Default)]
pub(super) struct Data {
    message: Excerpting,
    /// Whether the next piece begins a line.
    within: Within,
    line: usize,
    flaws: Vec<Flaw>,
}

/// Where in a line the next piece begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Within {
    /// At its beginning.
    #[default]
    Beginning,
    /// Behind some of it.
    Middle,
}

/// Whether a message goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    Piece,
    Dot,
}

impl Data {
    /// Takes the next line, or a part of a long one.
    pub(super) fn take(&mut self, piece: &[u8]) -> Heard {
        let begins = self.within == Within::Beginning;
        if begins && matches!(piece, b".\r\n" | b".\n") {
            if piece == b".\n" {
                self.note(Flaw::BareLf);
            }
            return Heard::Dot;
        }
        let is_whole = piece.ends_with(b"\n");
        if is_whole && !piece.ends_with(b"\r\n") {
            self.note(Flaw::BareLf);
        }
        if memchr(0, piece).is_some() {
            self.note(Flaw::Nul);
        }
        if !piece.is_ascii() {
            self.note(Flaw::EightBit);
        }
        self.line += piece.len();
        if self.line > LONGEST {
            self.note(Flaw::LongLine);
        }
        let is_stuffed = begins && piece.starts_with(b".");
        self.message.push(if is_stuffed { &piece[1..] } else { piece });
        if is_whole {
            (self.within, self.line) = (Within::Beginning, 0);
        } else {
            self.within = Within::Middle;
        }
        Heard::Piece
    }

    /// How many bytes came so far.
    pub(super) fn length(&self) -> u64 {
        self.message.length()
    }

    /// What came, and what was wrong with it.
    pub(super) fn finish(self) -> (Excerpt, Vec<Flaw>) {
        (self.message.finish(), self.flaws)
    }

    fn note(&mut self, flaw: Flaw) {
        if !self.flaws.contains(&flaw) {
            self.flaws.push(flaw);
        }
    }
}
