//! Takes one request from a connection, whatever it looks like, within bounds of size and time.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::body::{Decoder, Framing, Progress};
use super::event::Request;
use super::flaw::{FlawKind, Flaws};
use super::gather::{Gathered, Gathering};
use super::head::RequestHead;
use super::headers::is_token_byte;
use super::link::{Halt, Link};
use super::listen::{Ends, Limits};
use super::room::{Claim, Room};
use crate::wire::excerpt::{Excerpt, Excerpting};
use crate::wire::numbers::Numbers;

/// A request and what is to be done with it.
pub(super) struct Taken<'a> {
    pub(super) request: Request,
    pub(super) due: Due,
    /// What it has of the room for large ones, until it is dropped.
    pub(super) claim: Claim<'a>,
}

/// What is to be done with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// It can be answered like any other.
    Answer,
    /// It is refused with this status.
    Refusal(u16),
    /// Nobody is there to be answered.
    Nothing(Halt),
}

/// Why no more of a head is read.
enum HeadEnd {
    Whole,
    TooLong,
    NotHttp,
    Halted(Halt),
}

/// Why no more of a body is read.
#[derive(PartialEq, Eq)]
enum BodyEnd {
    Whole,
    /// Its end cannot be told, and nothing came for a while.
    Quiet,
    TooLarge,
    Halted(Halt),
}

/// A body as it came.
struct Body {
    raw: Excerpt,
    payload: Vec<u8>,
    payload_length: u64,
    flaws: Flaws,
    end: BodyEnd,
}

/// Takes the next request; `Err` when the connection ends before one begins.
pub(super) async fn take<'a, S: AsyncRead + AsyncWrite + Unpin>(
    link: &mut Link<S>,
    ends: &Ends,
    numbers: &Numbers,
    (limits, room): (&Limits, &'a Room),
) -> Result<Taken<'a>, Halt> {
    link.rest();
    let (mut gathering, mut claim) = (Gathering::default(), Claim::on(room));
    let (head_end, deadline) = gather_head(link, &mut gathering, limits, &mut claim).await?;
    let (head, flaws) = RequestHead::read(&gathering.bytes);
    let mut flaws = Flaws(flaws);
    let (framing, more) = Framing::of_request(&head);
    flaws.extend(more);
    let mut due = due_by_head(&head_end, &mut flaws);
    let mut body = Body::absent();
    if due == Due::Answer {
        due = invite_body(link, &head, framing, limits).await;
    }
    if due == Due::Answer {
        body = take_body(link, framing, (limits, deadline), &mut claim).await;
        due = due_by_body(&body.end);
    }
    let complete = due == Due::Answer && body.end == BodyEnd::Whole && body.flaws.0.is_empty();
    flaws.extend(body.flaws.0);
    let request = Request {
        exchange: numbers.next_exchange(),
        connection: ends.connection,
        peer: ends.peer,
        local: ends.local,
        // The time for a request runs from its first byte.
        first_byte: (deadline - limits.total).into_std(),
        head,
        head_bytes: gathering.bytes,
        flaws: flaws.0,
        framing,
        body: body.raw,
        payload: body.payload,
        payload_length: body.payload_length,
        complete,
    };
    Ok(Taken { request, due, claim })
}

/// Gathers a head and says until when its request must be complete.
async fn gather_head<S: AsyncRead + AsyncWrite + Unpin>(
    link: &mut Link<S>,
    head: &mut Gathering,
    limits: &Limits,
    claim: &mut Claim<'_>,
) -> Result<(HeadEnd, Instant), Halt> {
    let mut deadline = None;
    loop {
        let used = head.push(&link.pending);
        link.pending.drain(..used);
        let until = match deadline {
            None if head.begun().is_empty() => Instant::now() + limits.idle,
            None => *deadline.insert(Instant::now() + limits.total),
            Some(deadline) => deadline,
        };
        match head.state {
            Gathered::Whole => return Ok((HeadEnd::Whole, until)),
            Gathered::TooLong => return Ok((HeadEnd::TooLong, until)),
            Gathered::Unfinished => {}
        }
        if !begins_a_request(head.begun()) {
            return Ok((HeadEnd::NotHttp, until));
        }
        let versionless = head.first_line().is_some_and(names_no_version);
        if let Err(halt) = claim.cover(head.bytes.len() as u64, link, until).await {
            return Ok((HeadEnd::Halted(halt), until));
        }
        let wait = if versionless { limits.quiet } else { limits.idle };
        match link.fill(wait.min(until.saturating_duration_since(Instant::now()))).await {
            Ok(()) => {}
            Err(halt) if head.begun().is_empty() => return Err(halt),
            Err(Halt::Eof | Halt::Timeout) if versionless => return Ok((HeadEnd::Whole, until)),
            Err(halt) => return Ok((HeadEnd::Halted(halt), until)),
        }
    }
}

/// Whether bytes can be the start of a request: a method, then a space.
fn begins_a_request(bytes: &[u8]) -> bool {
    let method = bytes.split(|byte| *byte == b' ').next().unwrap_or_default();
    method.iter().copied().all(is_token_byte) && !bytes.starts_with(b" ")
}

/// Whether this is the whole of a request of HTTP/0.9, after which no headers come.
fn names_no_version(line: &[u8]) -> bool {
    let (head, _) = RequestHead::read(line);
    head.version.is_empty()
}

fn due_by_head(end: &HeadEnd, flaws: &mut Flaws) -> Due {
    match end {
        HeadEnd::Whole if flaws.has(FlawKind::NotHttp) => Due::Refusal(400),
        HeadEnd::Whole if flaws.has(FlawKind::TooManyHeaders) => Due::Refusal(431),
        HeadEnd::Whole => Due::Answer,
        HeadEnd::TooLong => {
            flaws.add(FlawKind::HeadTooLong, 0);
            Due::Refusal(431)
        }
        HeadEnd::NotHttp => {
            flaws.add(FlawKind::NotHttp, 0);
            Due::Refusal(400)
        }
        HeadEnd::Halted(Halt::Eof) => Due::Refusal(400),
        HeadEnd::Halted(Halt::Timeout) => Due::Refusal(408),
        HeadEnd::Halted(halt @ (Halt::Broken(_) | Halt::Stopped)) => Due::Nothing(*halt),
    }
}

/// Refuses a body that is declared too large; answers `Expect: 100-continue`.
async fn invite_body<S: AsyncRead + AsyncWrite + Unpin>(
    link: &mut Link<S>,
    head: &RequestHead,
    framing: Framing,
    limits: &Limits,
) -> Due {
    if matches!(framing, Framing::Length(length) if length > limits.body) {
        return Due::Refusal(413);
    }
    let waits = framing != Framing::None && framing != Framing::Length(0) && link.pending.is_empty();
    if !waits || head.version != "HTTP/1.1" || !head.headers.lists("expect", "100-continue") {
        return Due::Answer;
    }
    link.write(b"HTTP/1.1 100 Continue\r\n\r\n").await.map_or_else(Due::Nothing, |()| Due::Answer)
}

async fn take_body<S: AsyncRead + AsyncWrite + Unpin>(
    link: &mut Link<S>,
    framing: Framing,
    (limits, deadline): (&Limits, Instant),
    claim: &mut Claim<'_>,
) -> Body {
    let mut decoder = Decoder::new(framing);
    let (mut raw, mut payload, mut payload_length) = (Excerpting::default(), Vec::new(), 0);
    let end = loop {
        let used = decoder.push(&link.pending, &mut |piece| {
            let room = limits.held.saturating_sub(payload.len()).min(piece.len());
            payload.extend_from_slice(&piece[..room]);
            payload_length += piece.len() as u64;
        });
        raw.push(&link.pending[..used]);
        link.pending.drain(..used);
        if raw.length() > limits.body {
            break BodyEnd::TooLarge;
        }
        let wait = match decoder.progress() {
            Progress::Done => break BodyEnd::Whole,
            Progress::More => limits.idle,
            Progress::Endless => limits.quiet,
        };
        if let Err(halt) = claim.cover(raw.length(), link, deadline).await {
            break BodyEnd::Halted(halt);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if let Err(halt) = link.fill(wait.min(left)).await {
            break end_by(halt, decoder.progress(), left);
        }
    };
    Body { raw: raw.finish(), payload, payload_length, flaws: Flaws(decoder.end()), end }
}

fn end_by(halt: Halt, progress: Progress, left: Duration) -> BodyEnd {
    match (halt, progress) {
        (Halt::Eof, Progress::Endless) => BodyEnd::Whole,
        (Halt::Timeout, Progress::Endless) if !left.is_zero() => BodyEnd::Quiet,
        (_, Progress::More | Progress::Done | Progress::Endless) => BodyEnd::Halted(halt),
    }
}

/// A body cut short is still answered like any other when the peer may be listening.
fn due_by_body(end: &BodyEnd) -> Due {
    match end {
        BodyEnd::Whole | BodyEnd::Quiet | BodyEnd::Halted(Halt::Eof) => Due::Answer,
        BodyEnd::TooLarge => Due::Refusal(413),
        BodyEnd::Halted(Halt::Timeout) => Due::Refusal(408),
        BodyEnd::Halted(halt @ (Halt::Broken(_) | Halt::Stopped)) => Due::Nothing(*halt),
    }
}

impl Body {
    fn absent() -> Self {
        Self {
            raw: Excerpt::default(),
            payload: Vec::new(),
            payload_length: 0,
            flaws: Flaws::default(),
            end: BodyEnd::Whole,
        }
    }
}
