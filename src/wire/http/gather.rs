//! Gathers a head from pieces, up to its empty line and within bounds.

/// A head longer than this is not gathered further.
pub(super) const MAX_HEAD: usize = 64 * 1024;
/// Bodies are read and written in slices of at most this size.
pub(super) const SLICE: usize = 32 * 1024;

/// How far a head has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Gathered {
    #[default]
    Unfinished,
    Whole,
    TooLong,
}

/// A head in the making.
#[derive(Debug, Clone, Default)]
pub(super) struct Gathering {
    pub(super) bytes: Vec<u8>,
    pub(super) state: Gathered,
    start: usize,
    scanned: usize,
}

impl Gathering {
    /// Takes what belongs to the head and says how many bytes that was.
    pub(super) fn push(&mut self, bytes: &[u8]) -> usize {
        if self.state != Gathered::Unfinished {
            return 0;
        }
        let before = self.bytes.len();
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(MAX_HEAD - before)]);
        if self.start == before {
            let blank = self.bytes[before..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
            self.start += blank.count();
        }
        if let Some(end) = self.find_end() {
            self.bytes.truncate(end);
            self.state = Gathered::Whole;
        } else if self.bytes.len() == MAX_HEAD {
            self.state = Gathered::TooLong;
        }
        self.bytes.len() - before
    }

    /// What has come, without the line ends that may stand before the first line.
    pub(super) fn begun(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// The first line without its LF, once it has come.
    pub(super) fn first_line(&self) -> Option<&[u8]> {
        let end = self.begun().iter().position(|byte| *byte == b'\n')?;
        Some(&self.begun()[..end])
    }

    /// Looks for the end where it was not looked for before, so that dripped bytes cost no more.
    fn find_end(&mut self) -> Option<usize> {
        let from = self.scanned.max(self.start);
        let rest = self.bytes.get(from..)?;
        let end = rest.iter().enumerate().filter(|(_, byte)| **byte == b'\n').find_map(|(at, _)| {
            match (rest.get(at + 1), rest.get(at + 2)) {
                (Some(b'\n'), _) => Some(from + at + 2),
                (Some(b'\r'), Some(b'\n')) => Some(from + at + 3),
                _ => None,
            }
        });
        self.scanned = from.max(self.bytes.len().saturating_sub(2));
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_ends_at_its_first_empty_line_however_it_came() {
        for (bytes, head) in [
            (&b"GET / HTTP/1.1\r\nA: b\r\n\r\nbody"[..], &b"GET / HTTP/1.1\r\nA: b\r\n\r\n"[..]),
            (b"GET /\n\nbody", b"GET /\n\n"),
            (b"GET /\n\r\n\n", b"GET /\n\r\n"),
            (b"\r\n\r\n\nGET / HTTP/1.1\r\n\r\n", b"\r\n\r\n\nGET / HTTP/1.1\r\n\r\n"),
        ] {
            for size in 1..bytes.len() {
                let mut gathering = Gathering::default();
                let taken: usize = bytes.chunks(size).map(|piece| gathering.push(piece)).sum();
                assert_eq!(gathering.bytes, head, "in pieces of {size}");
                assert_eq!((taken, gathering.state), (head.len(), Gathered::Whole));
            }
        }
    }

    #[test]
    fn a_head_without_end_is_bounded() {
        let mut gathering = Gathering::default();
        let taken: usize = (0..1000).map(|_| gathering.push(&[b'a'; 1000])).sum();
        assert_eq!((taken, gathering.bytes.len(), gathering.state), (MAX_HEAD, MAX_HEAD, Gathered::TooLong));
    }
}
