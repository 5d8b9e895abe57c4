//! What a trigger says: each of its streams is masked as it was said, and only then cut.

use crate::transcript::Recorder;

/// How much is kept of what a command or a hook says.
const KEPT: usize = 8 * 1024;

/// So much more is read of each stream before it is masked: a secret that the cut goes through stands there whole.
const READ: usize = 2 * KEPT;

/// Where a piece was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    /// Standard output, or the body of an answer.
    Out,
    /// Standard error.
    Err,
}

/// What has been said so far, in pieces as they came. The streams are kept apart: a secret may be torn by what the other one says
/// in between.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    out: Vec<u8>,
    err: Vec<u8>,
    pieces: Vec<(Stream, usize)>,
}

impl Said {
    /// All that somebody says.
    pub(super) fn whole(text: &str) -> Self {
        let mut said = Self::default();
        said.push(Stream::Out, text.as_bytes());
        said
    }

    /// Takes the next piece, as far as there is room for its stream.
    pub(super) fn push(&mut self, stream: Stream, piece: &[u8]) {
        let bytes = match stream {
            Stream::Out => &mut self.out,
            Stream::Err => &mut self.err,
        };
        let length = READ.saturating_sub(bytes.len()).min(piece.len());
        bytes.extend_from_slice(&piece[..length]);
        if length > 0 {
            self.pieces.push((stream, length));
        }
    }

    /// Whether nothing more of a stream's is read.
    pub(super) fn is_full(&self, stream: Stream) -> bool {
        let bytes = match stream {
            Stream::Out => &self.out,
            Stream::Err => &self.err,
        };
        bytes.len() >= READ
    }

    /// The beginning of what was said, in the order in which it came, without a secret and without a part of one.
    pub(super) fn without_secrets(mut self, recorder: &Recorder) -> Vec<u8> {
        recorder.mask_beginning(&mut self.out);
        recorder.mask_beginning(&mut self.err);
        let (mut out, mut err) = (&self.out[..], &self.err[..]);
        let mut told = Vec::new();
        for (stream, length) in self.pieces {
            let rest = match stream {
                Stream::Out => &mut out,
                Stream::Err => &mut err,
            };
            let (piece, more) = rest.split_at(length);
            told.extend_from_slice(piece);
            *rest = more;
        }
        told.truncate(KEPT);
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::entry::Role;

    const SECRET: &str = "qv7&Rt4 Lz9*Wm2";

    fn recorder() -> Recorder {
        Recorder::of_a_test(Role::Client, &[SECRET.to_owned()])
    }

    fn told(pieces: &[(Stream, &str)]) -> String {
        let mut said = Said::default();
        for (stream, piece) in pieces {
            said.push(*stream, piece.as_bytes());
        }
        String::from_utf8(said.without_secrets(&recorder())).unwrap()
    }

    #[test]
    fn no_part_of_a_secret_is_left_where_it_is_cut() {
        for written in [SECRET, "qv7%26Rt4+Lz9*Wm2", "http://lms:qv7~Xy@h/p"] {
            for into in 1..written.len() {
                for end in [KEPT, READ] {
                    let text = "x".repeat(end - into) + written + "y";
                    let told = told(&[(Stream::Out, &text)]);
                    assert_eq!(told.len(), KEPT);
                    assert!(!told.contains("qv7"), "{into} bytes of {written} before {end}: {told}");
                }
            }
        }
    }

    #[test]
    fn a_secret_that_the_other_stream_tears_is_masked() {
        let (first, second) = SECRET.split_at(7);
        let pieces = [(Stream::Out, first), (Stream::Err, "refused\n"), (Stream::Out, second)];
        assert_eq!(told(&pieces), "*******refused\n********");
    }

    #[test]
    fn what_is_no_secret_is_told_in_its_order() {
        assert_eq!(told(&[(Stream::Out, "a\n"), (Stream::Err, "b\n"), (Stream::Out, "c")]), "a\nb\nc");
        let long = "z".repeat(READ + 5);
        assert_eq!(told(&[(Stream::Out, "a"), (Stream::Err, &long)]).len(), KEPT);
    }
}
