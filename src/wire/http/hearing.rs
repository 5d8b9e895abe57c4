//! The answer to one request, read leniently as its bytes come; what is no answer is kept too.

use std::io::ErrorKind;
use std::time::Instant;

use super::body::{Decoder, Framing, Progress};
use super::flaw::{FlawKind, Flaws};
use super::gather::{Gathered, Gathering, MAX_HEAD};
use super::head::ResponseHead;
use super::tap::Sink;
use crate::wire::excerpt::Excerpting;

/// How far an answer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its head, or nothing yet.
    Head,
    /// Its body.
    Body,
    /// All of it is there.
    Done,
    /// More of it than is read.
    TooLarge,
    /// It is no answer of HTTP.
    Garbage,
}

/// Why nothing more comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Silence {
    /// The peer closed its side.
    Eof,
    /// The connection failed.
    Broken(ErrorKind),
}

/// What was heard so far.
pub(super) struct Hearing {
    pub(super) stage: Stage,
    pub(super) silence: Option<Silence>,
    /// Heads of interim answers (1xx), as they came.
    pub(super) interim: Vec<u8>,
    pub(super) head: Gathering,
    pub(super) raw: Excerpting,
    pub(super) payload: Excerpting,
    pub(super) flaws: Flaws,
    pub(super) first: Option<Instant>,
    pub(super) last: Option<Instant>,
    method: String,
    decoder: Decoder,
    limit: u64,
    sink: Sink,
}

impl Hearing {
    pub(super) fn new(method: &str, max_body: u64, sink: Sink) -> Self {
        Self {
            stage: Stage::Head,
            silence: None,
            interim: Vec::new(),
            head: Gathering::default(),
            raw: Excerpting::default(),
            payload: Excerpting::default(),
            flaws: Flaws::default(),
            first: None,
            last: None,
            method: method.to_owned(),
            decoder: Decoder::new(Framing::None),
            limit: max_body,
            sink,
        }
    }

    /// Whether nothing that may still come would be read.
    pub(super) fn settled(&self) -> bool {
        self.silence.is_some()
            || match self.stage {
                Stage::Head | Stage::Body => false,
                Stage::Done | Stage::TooLarge => true,
                Stage::Garbage => self.raw.length() >= self.limit,
            }
    }

    /// Takes what came at this time.
    pub(super) fn push(&mut self, mut bytes: &[u8], now: Instant) {
        self.first.get_or_insert(now);
        self.last = Some(now);
        while !bytes.is_empty() && self.stage == Stage::Head {
            let used = self.head.push(bytes);
            bytes = &bytes[used..];
            self.look_at_head();
        }
        if !bytes.is_empty() {
            self.take_body(bytes);
        }
    }

    /// Takes note that nothing more comes.
    pub(super) fn end(&mut self, silence: Silence) {
        if self.stage == Stage::Body
            && silence == Silence::Eof
            && self.decoder.progress() == Progress::Endless
        {
            self.stage = Stage::Done;
        }
        self.silence.get_or_insert(silence);
    }

    /// The flaws of all that was heard.
    pub(super) fn all_flaws(&self) -> Flaws {
        let mut flaws = self.flaws.clone();
        match self.stage {
            Stage::Body | Stage::Done | Stage::TooLarge => flaws.extend(self.decoder.clone().end()),
            Stage::Head | Stage::Garbage => {}
        }
        flaws
    }

    fn look_at_head(&mut self) {
        let begun = self.head.begun();
        if !begun.starts_with(&b"HTTP/"[..begun.len().min(5)]) {
            self.flaws.add(FlawKind::NotHttp, 0);
            self.stage = Stage::Garbage;
            let bytes = std::mem::take(&mut self.head).bytes;
            self.take_body(&bytes);
            return;
        }
        match self.head.state {
            Gathered::Unfinished => {}
            Gathered::Whole => self.finish_head(),
            Gathered::TooLong => {
                self.flaws.add(FlawKind::HeadTooLong, 0);
                self.stage = Stage::TooLarge;
            }
        }
    }

    fn finish_head(&mut self) {
        let (head, flaws) = ResponseHead::read(&self.head.bytes);
        if matches!(head.status, Some(100 | 102..=199)) {
            let bytes = std::mem::take(&mut self.head).bytes;
            let room = MAX_HEAD.saturating_sub(self.interim.len());
            self.interim.extend_from_slice(&bytes[..bytes.len().min(room)]);
            if bytes.len() > room {
                // What came in the place of an answer's head is what there is to show.
                self.head.bytes = std::mem::take(&mut self.interim);
                self.flaws.add(FlawKind::HeadTooLong, 0);
                self.stage = Stage::TooLarge;
            }
            return;
        }
        self.flaws.extend(flaws);
        let (framing, flaws) = Framing::of_response(&self.method, &head);
        self.flaws.extend(flaws);
        self.decoder = Decoder::new(framing);
        self.stage = match self.decoder.progress() {
            Progress::Done => Stage::Done,
            Progress::More | Progress::Endless => Stage::Body,
        };
    }

    fn take_body(&mut self, bytes: &[u8]) {
        let room = usize::try_from(self.limit.saturating_sub(self.raw.length())).unwrap_or(usize::MAX);
        let within = &bytes[..bytes.len().min(room)];
        self.raw.push(within);
        let used = if self.stage == Stage::Body {
            let (payload, sink) = (&mut self.payload, &mut self.sink);
            self.decoder.push(within, &mut |piece| {
                payload.push(piece);
                sink(piece);
            })
        } else {
            0
        };
        match (self.stage, self.decoder.progress()) {
            (Stage::Body, Progress::Done) => self.stage = Stage::Done,
            (Stage::Body, Progress::More | Progress::Endless) if within.len() < bytes.len() => {
                self.stage = Stage::TooLarge;
            }
            (Stage::Head | Stage::Body | Stage::Done | Stage::TooLarge | Stage::Garbage, _) => {}
        }
        if self.stage == Stage::Done && used < bytes.len() {
            self.flaws.add(FlawKind::BytesAfterBody, self.raw.length() - (within.len() - used) as u64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(method: &str, pieces: &[&[u8]], silence: Option<Silence>) -> Hearing {
        let mut hearing = Hearing::new(method, 100, Box::new(|_| {}));
        for piece in pieces {
            hearing.push(piece, Instant::now());
        }
        if let Some(silence) = silence {
            hearing.end(silence);
        }
        hearing
    }

    fn check(method: &str, answer: &[u8], stage: Stage, raw: &[u8], payload: &[u8]) {
        for size in 1..=answer.len() {
            let hearing = heard(method, &answer.chunks(size).collect::<Vec<_>>(), Some(Silence::Eof));
            let shown = answer.escape_ascii();
            assert_eq!(hearing.stage, stage, "{shown} in pieces of {size}");
            assert_eq!(hearing.raw.finish().whole(), Some(raw), "{shown} in pieces of {size}");
            assert_eq!(hearing.payload.finish().whole(), Some(payload), "{shown} in pieces of {size}");
        }
    }

    #[test]
    fn an_answer_is_heard_in_whatever_pieces_it_comes() {
        check("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", Stage::Done, b"ab", b"ab");
        check("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na", Stage::Body, b"a", b"a");
        check("GET", b"HTTP/1.1 200 OK\nContent-Length: 2\n\nabcd", Stage::Done, b"abcd", b"ab");
        check("GET", b"HTTP/1.0 200 OK\r\n\r\nabc", Stage::Done, b"abc", b"abc");
        check("GET", b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 204 N\r\n\r\n", Stage::Done, b"", b"");
        check("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", Stage::Done, b"", b"");
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n";
        check("GET", chunked, Stage::Done, b"1\r\na\r\n0\r\n\r\n", b"a");
        check("GET", b"error=0\r\n", Stage::Garbage, b"error=0\r\n", b"");
        check("GET", b"HTTP/1.1 200 OK\r\nContent-Le", Stage::Head, b"", b"");
    }

    #[test]
    fn an_answer_beyond_the_limit_is_too_large_and_cut_there() {
        let body = [b'x'; 101];
        let large = heard("GET", &[b"HTTP/1.1 200 OK\r\n\r\n", &body], None);
        assert_eq!((large.stage, large.raw.length(), large.settled()), (Stage::TooLarge, 100, true));
        let exact = heard("GET", &[b"HTTP/1.1 200 OK\r\n\r\n", &body[..100]], Some(Silence::Eof));
        assert_eq!((exact.stage, exact.raw.length()), (Stage::Done, 100));
        let garbage = heard("GET", &[&body, &body], None);
        assert_eq!((garbage.stage, garbage.raw.length(), garbage.settled()), (Stage::Garbage, 100, true));
    }

    #[test]
    fn interim_answers_without_end_are_bounded() {
        let many = b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(10_000);
        let hearing = heard("GET", &[&many], None);
        assert_eq!((hearing.stage, hearing.head.bytes.len()), (Stage::TooLarge, MAX_HEAD));
        assert!(hearing.settled());
    }

    #[test]
    fn bytes_after_the_body_are_a_flaw() {
        let hearing = heard("GET", &[b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabcd"], None);
        let flaws = hearing.all_flaws().0;
        assert_eq!((flaws.len(), flaws[0].kind, flaws[0].offset), (1, FlawKind::BytesAfterBody, 2));
    }
}
