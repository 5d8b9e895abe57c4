//! The listening and the sending side over real sockets on the loopback.

mod answering;
mod listening;
mod reading;
mod sending;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use super::event::{Delivered, Event, How, Request};
use super::listen::{Limits, Listener};
use super::reply::Reply;
use crate::wire::excerpt::Excerpt;
use crate::wire::numbers::Numbers;
use crate::wire::serving::Serving;

/// A test that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A listener and what it showed.
struct Mock {
    serving: Serving,
    events: UnboundedReceiver<Event>,
}

/// What a `Responded` said.
struct Response {
    head: Vec<u8>,
    body: Excerpt,
    delivered: Delivered,
}

impl Mock {
    async fn serve(reply: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::serve_within(Limits::default(), reply).await
    }

    async fn serve_within(limits: Limits, reply: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = Listener::bind(([127, 0, 0, 1], 0).into(), Numbers::shared()).await.unwrap();
        let (sender, events) = unbounded_channel();
        let answer = move |request: Arc<Request>| {
            let reply = reply(&request);
            async move { reply }
        };
        let observe = move |event| drop(sender.send(event));
        Self { serving: listener.serve(answer, observe, limits), events }
    }

    fn addr(&self) -> SocketAddr {
        self.serving.local_addr()
    }

    async fn event(&mut self) -> Event {
        patiently(self.events.recv()).await.expect("the listener is there")
    }

    async fn request(&mut self) -> Arc<Request> {
        loop {
            if let Event::Request(request) = self.event().await {
                return request;
            }
        }
    }

    async fn response(&mut self) -> Response {
        loop {
            if let Event::Responded { head_bytes, body, delivered, .. } = self.event().await {
                return Response { head: head_bytes, body, delivered };
            }
        }
    }

    async fn closed(&mut self) -> How {
        loop {
            if let Event::Closed { how, .. } = self.event().await {
                return how;
            }
        }
    }
}

async fn patiently<T>(work: impl Future<Output = T>) -> T {
    timeout(PATIENCE, work).await.expect("it takes too long")
}

async fn connect(addr: SocketAddr) -> TcpStream {
    patiently(TcpStream::connect(addr)).await.unwrap()
}

/// Writes bytes and reads until the other side closes.
async fn talk(addr: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = connect(addr).await;
    patiently(stream.write_all(bytes)).await.unwrap();
    read_to_end(&mut stream).await
}

async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    patiently(stream.read_to_end(&mut answer)).await.unwrap();
    String::from_utf8(answer).unwrap()
}

/// Reads until the bytes end so.
async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut answer = Vec::new();
    while !answer.ends_with(end.as_bytes()) {
        let read = patiently(stream.read_buf(&mut answer)).await.unwrap();
        assert!(read > 0, "ended after {}", answer.escape_ascii());
    }
    String::from_utf8(answer).unwrap()
}

/// Tells back method, target and payload.
fn echo(request: &Request) -> Reply {
    let told = [request.head.method.as_bytes(), b" ", &request.head.target, b" ", &request.payload].concat();
    Reply::with_body(200, "text/plain", told)
}
