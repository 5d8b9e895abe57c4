//! Writes an answer to a connection, whole or wrong on purpose.

use std::ops::ControlFlow;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};

use super::body::{Framing, is_bodiless};
use super::event::{Delivered, Request};
use super::flaw::FlawKind;
use super::gather::Gathering;
use super::link::{Halt, Link};
use super::reply::{Cut, Drip, LineEnds, Manner, Reply, Telling, Version, usual_reason};
use crate::wire::excerpt::{Excerpt, Excerpting};

/// Before a reset, the time the kernel gets to send what it was given; a reset discards the rest.
const FLUSH: Duration = Duration::from_millis(50);

/// What was sent, and what is to be done with the connection.
pub(super) struct Sent {
    pub(super) head_bytes: Vec<u8>,
    pub(super) body: Excerpt,
    pub(super) delivered: Delivered,
    pub(super) then: Then,
}

/// What is to be done with the connection after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// The next request may come.
    KeepAlive,
    /// It is closed.
    Close,
    /// It is reset.
    Reset,
    /// It is kept without a word.
    Hang,
    /// It is over already.
    Over(Halt),
}

/// Delivers the answer to a request.
pub(super) async fn deliver<S: AsyncRead + AsyncWrite + Unpin>(
    link: &mut Link<S>,
    reply: &Reply,
    request: &Request,
) -> Sent {
    let delay = reply.delivery.delay;
    if !delay.is_zero()
        && let Err(halt) = link.pause(delay).await
    {
        return Sent::nothing(Delivered::Failed(halt.kind()), Then::Over(halt));
    }
    match &reply.delivery.manner {
        Manner::Whole => send(link, reply, request, None).await,
        Manner::CutAfter { bytes, by } => send(link, reply, request, Some((*bytes, *by))).await,
        Manner::ResetAtOnce => Sent::nothing(Delivered::OnPurpose, Then::Reset),
        Manner::CloseAtOnce => Sent::nothing(Delivered::OnPurpose, Then::Close),
        Manner::Hang => Sent::nothing(Delivered::OnPurpose, Then::Hang),
        Manner::Raw(bytes) => send_raw(link, reply, bytes).await,
    }
}

impl Sent {
    /// Nothing was sent.
    pub(super) fn nothing(delivered: Delivered, then: Then) -> Self {
        Self { head_bytes: Vec::new(), body: Excerpt::default(), delivered, then }
    }
}

async fn send_raw<S: AsyncRead + AsyncWrite + Unpin>(
    link: &mut Link<S>,
    reply: &Reply,
    bytes: &[u8],
) -> Sent {
    let mut head = Gathering::default();
    let body = Excerpt::of(&bytes[head.push(bytes)..]);
    let (delivered, then) = match Spout::of(reply).put(link, bytes).await {
        Ok(()) => (Delivered::OnPurpose, Then::Close),
        Err(halt) => (Delivered::Failed(halt.kind()), Then::Over(halt)),
    };
    Sent { head_bytes: head.bytes, body, delivered, then }
}

async fn send<S: AsyncRead + AsyncWrite + Unpin>(
    link: &mut Link<S>,
    reply: &Reply,
    request: &Request,
    cut: Option<(u64, Cut)>,
) -> Sent {
    let plan = Plan::of(reply, request);
    let head_bytes = plan.head(reply);
    let mut body = Excerpting::default();
    let limit = cut.map_or(u64::MAX, |(bytes, _)| bytes);
    let done = match send_parts(link, reply, &plan, &head_bytes, limit, &mut body).await {
        Ok(()) if matches!(cut, Some((_, Cut::Rst))) => link.pause(FLUSH).await,
        done => done,
    };
    let (delivered, then) = match (done, cut) {
        (Err(halt), _) => (Delivered::Failed(halt.kind()), Then::Over(halt)),
        (Ok(()), None) if plan.keep.is_continue() => (Delivered::Whole, Then::KeepAlive),
        (Ok(()), None) => (Delivered::Whole, Then::Close),
        (Ok(()), Some((_, Cut::Fin))) => (Delivered::Cut { sent: body.length() }, Then::Close),
        (Ok(()), Some((_, Cut::Rst))) => (Delivered::Cut { sent: body.length() }, Then::Reset),
    };
    Sent { head_bytes, body: body.finish(), delivered, then }
}

/// Sends head and body; the head goes out together with the first slice of the body.
async fn send_parts<S: AsyncRead + AsyncWrite + Unpin>(
    link: &mut Link<S>,
    reply: &Reply,
    plan: &Plan,
    head: &[u8],
    limit: u64,
    body: &mut Excerpting,
) -> Result<(), Halt> {
    let mut spout = Spout::of(reply);
    let mut due = head.to_vec();
    let mut pieces = reply.body.pieces(if plan.coding == Coding::Absent { 0 } else { limit });
    while let Some(piece) = pieces.lend() {
        match plan.coding {
            Coding::Chunked => {
                due.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
                due.extend_from_slice(piece);
                due.extend_from_slice(b"\r\n");
            }
            Coding::Plain | Coding::Absent => due.extend_from_slice(piece),
        }
        spout.put(link, &due).await?;
        body.push(piece);
        due.clear();
    }
    if plan.coding == Coding::Chunked && limit == u64::MAX {
        due.extend_from_slice(b"0\r\n\r\n");
    }
    spout.put(link, &due).await
}

/// Lets bytes out at once or drop by drop.
struct Spout {
    drip: Option<Drip>,
    opened: bool,
}

impl Spout {
    fn of(reply: &Reply) -> Self {
        Self { drip: reply.delivery.drip, opened: false }
    }

    async fn put<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        link: &mut Link<S>,
        bytes: &[u8],
    ) -> Result<(), Halt> {
        if bytes.is_empty() {
            return Ok(());
        }
        let Some(drip) = self.drip else { return link.write(bytes).await };
        for drop in bytes.chunks(drip.bytes.max(1)) {
            if std::mem::replace(&mut self.opened, true) {
                link.pause(drip.every).await?;
            }
            link.write(drop).await?;
        }
        Ok(())
    }
}

/// How the body of an answer is put on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Absent,
    Plain,
    Chunked,
}

/// What follows from an answer and the request it answers.
struct Plan {
    framing_headers: Vec<String>,
    coding: Coding,
    keep: ControlFlow<()>,
}

impl Plan {
    fn of(reply: &Reply, request: &Request) -> Self {
        let given = reply.gives("content-length") || reply.gives("transfer-encoding");
        let is_old = reply.delivery.version == Version::Old;
        let modern = request.head.version == "HTTP/1.1" && !is_old;
        let bodiless = is_bodiless(reply.status);
        let (framing_headers, coding, told) = match &reply.delivery.telling {
            Telling::Length if given || bodiless => (Vec::new(), Coding::Plain, bodiless),
            Telling::Length => {
                (vec![format!("Content-Length: {}", reply.body.length())], Coding::Plain, true)
            }
            Telling::Chunked if modern && !given => {
                (vec!["Transfer-Encoding: chunked".to_owned()], Coding::Chunked, true)
            }
            Telling::Chunked if modern => (Vec::new(), Coding::Chunked, false),
            Telling::Chunked | Telling::Nothing => (Vec::new(), Coding::Plain, false),
            Telling::Values(values) => {
                let headers = values.iter().map(|value| format!("Content-Length: {value}"));
                (headers.collect(), Coding::Plain, false)
            }
        };
        let coding = if bodiless || request.head.method == "HEAD" { Coding::Absent } else { coding };
        let cut = reply.delivery.manner != Manner::Whole;
        let keep = told && !cut && !is_old && !reply.gives("connection") && keeps_alive(request);
        let keep = if keep { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
        Self { framing_headers, coding, keep }
    }

    fn head(&self, reply: &Reply) -> Vec<u8> {
        let end = match reply.delivery.line_ends {
            LineEnds::CrLf => "\r\n",
            LineEnds::Lf => "\n",
        };
        let reason = reply.reason.as_deref().unwrap_or_else(|| usual_reason(reply.status));
        let version = match reply.delivery.version {
            Version::Modern => "HTTP/1.1",
            Version::Old => "HTTP/1.0",
        };
        let mut lines = vec![format!("{version} {} {reason}", reply.status)];
        lines.extend(reply.headers.iter().map(|(name, value)| format!("{name}: {value}")));
        lines.extend(self.framing_headers.iter().cloned());
        // A connection of HTTP/1.0 ends by itself.
        let is_due = self.keep.is_break() && reply.delivery.version == Version::Modern;
        if is_due && !reply.gives("connection") {
            lines.push("Connection: close".to_owned());
        }
        (lines.join(end) + end + end).into_bytes()
    }
}

/// Whether another request may follow this one: only when it is certain where this one ended.
fn keeps_alive(request: &Request) -> bool {
    let certain = match request.framing {
        Framing::None | Framing::Length(_) | Framing::Chunked => true,
        Framing::ToEnd => false,
    };
    let doubtful = |kind| matches!(kind, FlawKind::LengthAndEncoding | FlawKind::OddTransferEncoding);
    request.complete
        && certain
        && !request.flaws.iter().any(|flaw| doubtful(flaw.kind))
        && request.head.version == "HTTP/1.1"
        && !request.head.headers.lists("connection", "close")
}
