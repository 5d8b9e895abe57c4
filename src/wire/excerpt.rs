//! The record of a body: whole while it is small, its ends and its digest when it is large.

use sha2::{Digest, Sha256};

/// Up to this many bytes a body is kept whole.
pub const WHOLE: usize = 64 * 1024;
/// Of a larger body, this many bytes are kept of each end.
pub const END: usize = 4 * 1024;

/// What is remembered of a body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// How many bytes the body had.
    pub length: u64,
    /// The whole body up to [`WHOLE`] bytes, else its first [`END`] bytes.
    pub head: Vec<u8>,
    /// The last [`END`] bytes of a body that was not kept whole.
    pub tail: Vec<u8>,
    /// The SHA-256 of a body that was not kept whole.
    pub sha256: Option<[u8; 32]>,
}

impl Excerpt {
    /// The excerpt of bytes at hand.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut excerpting = Excerpting::default();
        excerpting.push(bytes);
        excerpting.finish()
    }

    /// The body itself, when it was small enough to be kept.
    #[must_use]
    pub fn whole(&self) -> Option<&[u8]> {
        self.sha256.is_none().then_some(&self.head)
    }
}

/// Builds an [`Excerpt`] from pieces, in bounded memory whatever their sum.
#[derive(Debug, Clone, Default)]
pub struct Excerpting {
    length: u64,
    head: Vec<u8>,
    large: Option<Large>,
}

/// The state of a body that outgrew [`WHOLE`].
#[derive(Debug, Clone)]
struct Large {
    digest: Sha256,
    tail: Vec<u8>,
}

impl Excerpting {
    /// Takes the next piece of the body.
    pub fn push(&mut self, bytes: &[u8]) {
        self.length = self.length.saturating_add(bytes.len() as u64);
        if let Some(large) = &mut self.large {
            large.push(bytes);
        } else if self.head.len() + bytes.len() <= WHOLE {
            self.head.extend_from_slice(bytes);
        } else {
            self.outgrow(bytes);
        }
    }

    /// How many bytes came so far.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The excerpt of all that came.
    #[must_use]
    pub fn finish(self) -> Excerpt {
        let (tail, sha256) = match self.large {
            Some(large) => (large.tail, Some(large.digest.finalize().into())),
            None => (Vec::new(), None),
        };
        Excerpt { length: self.length, head: self.head, tail, sha256 }
    }

    fn outgrow(&mut self, bytes: &[u8]) {
        let mut large = Large { digest: Sha256::new(), tail: Vec::with_capacity(2 * END) };
        large.push(&self.head);
        large.push(bytes);
        self.large = Some(large);
        let missing = END.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..missing]);
        self.head.truncate(END);
        self.head.shrink_to_fit();
    }
}

impl Large {
    fn push(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
        let last = &bytes[bytes.len().saturating_sub(END)..];
        let surplus = (self.tail.len() + last.len()).saturating_sub(END);
        self.tail.drain(..surplus.min(self.tail.len()));
        self.tail.extend_from_slice(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(length: usize) -> Vec<u8> {
        (0..length).map(|n| u8::try_from(n % 251).unwrap()).collect()
    }

    #[test]
    fn a_small_body_is_kept_whole() {
        for length in [0, 1, END, WHOLE] {
            let body = body(length);
            let excerpt = Excerpt::of(&body);
            assert_eq!(excerpt.whole(), Some(&body[..]));
            assert_eq!((excerpt.length, excerpt.tail.len()), (length as u64, 0));
        }
    }

    #[test]
    fn a_large_body_is_kept_by_its_ends_and_its_digest() {
        let body = body(WHOLE + 1);
        let excerpt = Excerpt::of(&body);
        assert_eq!(excerpt.whole(), None);
        assert_eq!(excerpt.head, body[..END]);
        assert_eq!(excerpt.tail, body[body.len() - END..]);
        assert_eq!(excerpt.sha256, Some(Sha256::digest(&body).into()));
    }

    #[test]
    fn the_pieces_a_body_came_in_leave_no_trace() {
        let body = body(3 * WHOLE + 17);
        let expected = Excerpt::of(&body);
        for size in [1, 100, END - 1, END, END + 1, WHOLE, 2 * WHOLE] {
            let mut excerpting = Excerpting::default();
            body.chunks(size).for_each(|piece| excerpting.push(piece));
            assert_eq!(excerpting.finish(), expected, "in pieces of {size}");
        }
    }
}
