//! One connection from its opening to its end: a request, its answer, the next.

use std::future::Future;
use std::ops::ControlFlow;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use super::deliver::{Sent, Then, deliver};
use super::event::{Delivered, Event, How, Request};
use super::incoming::{Due, take};
use super::link::Link;
use super::listen::{Ends, Limits};
use super::reply::Reply;
use super::room::Room;
use crate::wire::numbers::Numbers;

/// What all connections of a listener share.
pub(super) struct Server<A, O> {
    pub(super) answer: A,
    pub(super) observe: O,
    pub(super) limits: Limits,
    pub(super) numbers: Arc<Numbers>,
    pub(super) room: Room,
}

/// Serves a connection that was opened until it ends; `reset` must make the stream's end a reset.
pub(super) async fn converse<S, A, F, O>(
    stream: S,
    ends: Ends,
    server: &Server<A, O>,
    stop: watch::Receiver<bool>,
    reset: fn(&S),
) where
    S: AsyncRead + AsyncWrite + Unpin,
    A: Fn(Arc<Request>) -> F,
    F: Future<Output = Reply>,
    O: Fn(Event),
{
    let mut link = Link::new(stream, stop, server.limits.idle);
    let how = loop {
        if let ControlFlow::Break(how) = exchange(&mut link, &ends, server, reset).await {
            break how;
        }
    };
    drop(link);
    (server.observe)(Event::Closed { connection: ends.connection, how });
}

async fn exchange<S, A, F, O>(
    link: &mut Link<S>,
    ends: &Ends,
    server: &Server<A, O>,
    reset: fn(&S),
) -> ControlFlow<How>
where
    S: AsyncRead + AsyncWrite + Unpin,
    A: Fn(Arc<Request>) -> F,
    F: Future<Output = Reply>,
    O: Fn(Event),
{
    let taken = match take(link, ends, &server.numbers, (&server.limits, &server.room)).await {
        Ok(taken) => taken,
        Err(halt) => return ControlFlow::Break(halt.how()),
    };
    // A new connection is read at once, an old one only when the driver has been asked: what this peer sent us
    // before over another connection must not be seen after this request.
    tokio::task::yield_now().await;
    // What it has claimed it has until it is answered.
    let (_claim, request) = (taken.claim, Arc::new(taken.request));
    (server.observe)(Event::Request(Arc::clone(&request)));
    let reply = match taken.due {
        Due::Answer => link.await_unless_stopped((server.answer)(Arc::clone(&request))).await,
        Due::Refusal(status) => Ok(Reply::new(status)),
        Due::Nothing(halt) => Err(halt),
    };
    let sent = match reply {
        Ok(reply) => deliver(link, &reply, &request).await,
        Err(halt) => Sent::nothing(Delivered::Failed(halt.kind()), Then::Over(halt)),
    };
    (server.observe)(Event::Responded {
        exchange: request.exchange,
        connection: ends.connection,
        head_bytes: sent.head_bytes,
        body: sent.body,
        delivered: sent.delivered,
        last_byte: link.last_write,
    });
    match sent.then {
        Then::KeepAlive => return ControlFlow::Continue(()),
        Then::Close => link.linger(server.limits.linger).await,
        Then::Reset => reset(&link.stream),
        Then::Hang => return ControlFlow::Break(link.hang().await.how()),
        Then::Over(halt) => return ControlFlow::Break(halt.how()),
    }
    ControlFlow::Break(How::Ours)
}
