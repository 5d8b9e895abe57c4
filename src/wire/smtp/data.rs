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
    /// Whether the part of a line before ended in CR.
    has_cr: bool,
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
        // The CR may have been the end of the part before.
        let has_cr = piece.ends_with(b"\r\n") || piece == b"\n" && self.has_cr;
        if is_whole && !has_cr {
            self.note(Flaw::BareLf);
        }
        self.has_cr = piece.ends_with(b"\r");
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

#[cfg(test)]
mod tests {
    use super::{Data, Flaw, Heard};

    #[test]
    fn a_line_in_parts_is_the_line_in_one() {
        let flaws = |parts: &[&[u8]]| {
            let mut data = Data::default();
            assert!(parts.iter().all(|part| data.take(part) == Heard::Piece));
            data.finish().1
        };
        assert_eq!(flaws(&[b"long\r", b"\n"]), []);
        assert_eq!(flaws(&[b"long\r", b"er\n"]), [Flaw::BareLf]);
        assert_eq!(flaws(&[b"long", b"\n"]), [Flaw::BareLf]);
        assert_eq!(flaws(&[b"one\r", b"\n", b"\n"]), [Flaw::BareLf]);
    }
}
