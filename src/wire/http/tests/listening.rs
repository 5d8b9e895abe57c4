//! Requests as they come: odd, large, slow, unfinished.

use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};
use tokio::sync::watch;

use super::*;
use crate::wire::excerpt::WHOLE;
use crate::wire::http::body::Framing;
use crate::wire::http::connection::{Server, converse};
use crate::wire::http::flaw::FlawKind;
use crate::wire::http::listen::Ends;
use crate::wire::http::room::Room;
use crate::wire::serving::Crowd;

fn kinds(request: &Request) -> Vec<FlawKind> {
    request.flaws.iter().map(|flaw| flaw.kind).collect()
}

fn brief() -> Limits {
    let short = Duration::from_millis(100);
    Limits { idle: short, quiet: short / 2, linger: short, ..Limits::default() }
}

#[tokio::test]
async fn a_target_with_raw_spaces_is_answered() {
    let mut mock = Mock::serve(echo).await;
    let head = b"GET /pens?title=a b  c\"\xE9#x HTTP/1.0\r\nHost: x\r\n\r\n";
    let mut stream = connect(mock.addr()).await;
    stream.write_all(head).await.unwrap();
    let mut answer = Vec::new();
    patiently(stream.read_to_end(&mut answer)).await.unwrap();
    assert!(answer.ends_with(b"\r\n\r\nGET /pens?title=a b  c\"\xE9#x "));
    let request = mock.request().await;
    assert_eq!((&request.head_bytes[..], request.complete), (&head[..], true));
    assert_eq!(request.peer, stream.local_addr().unwrap());
    assert_eq!(mock.response().await.delivered, Delivered::Whole);
    drop(stream);
    assert_eq!(mock.closed().await, How::Ours);
}

#[tokio::test]
async fn a_connection_is_kept_alive_and_its_exchanges_are_numbered() {
    let mut mock = Mock::serve(echo).await;
    let mut stream = connect(mock.addr()).await;
    for number in 1..=3 {
        stream.write_all(format!("GET /{number} HTTP/1.1\r\n\r\n").as_bytes()).await.unwrap();
        let answer = read_until(&mut stream, &format!("GET /{number} ")).await;
        assert!(!answer.contains("Connection"), "{answer}");
        let request = mock.request().await;
        assert_eq!((request.connection, request.exchange), (1, number));
    }
    drop(stream);
    assert_eq!(mock.closed().await, How::Eof);
}

#[tokio::test]
async fn pipelined_requests_are_told_apart_and_answered_in_order() {
    let mut mock = Mock::serve(echo).await;
    let bytes = b"POST /1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc\
        POST /2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nd\r\n0\r\n\r\n\
        \r\nGET /3 HTTP/1.1\r\nConnection: Close\r\n\r\n";
    let answer = talk(mock.addr(), bytes).await;
    let places: Vec<_> = ["POST /1 abc", "POST /2 d", "GET /3 "].map(|told| answer.find(told)).into();
    assert!(places.is_sorted() && places[0].is_some(), "{answer}");
    for (target, body) in [("/1", "abc"), ("/2", "1\r\nd\r\n0\r\n\r\n"), ("/3", "")] {
        let request = mock.request().await;
        assert_eq!(
            (&request.head.target[..], request.body.whole()),
            (target.as_bytes(), Some(body.as_bytes()))
        );
        assert!(request.complete);
    }
    assert_eq!(mock.closed().await, How::Ours);
}

#[tokio::test]
async fn a_bad_content_length_does_not_make_its_body_a_second_request() {
    for length in ["Content-Length: x\r\n", "Content-Length: 3\r\nContent-Length: 4\r\n", ""] {
        let mut mock = Mock::serve_within(brief(), echo).await;
        let bytes = format!("POST /1 HTTP/1.1\r\n{length}\r\nGET /2 HTTP/1.1\r\n\r\n");
        let answer = talk(mock.addr(), bytes.as_bytes()).await;
        assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 1, "{answer}");
        assert!(answer.contains("Connection: close"), "{answer}");
        let request = mock.request().await;
        assert_eq!((request.framing, request.complete), (Framing::ToEnd, false));
        assert_eq!(request.payload, b"GET /2 HTTP/1.1\r\n\r\n");
        mock.response().await;
        assert_eq!(mock.closed().await, How::Ours);
    }
}

#[tokio::test]
async fn an_unread_body_does_not_turn_the_answer_into_a_reset() {
    let limits = Limits { body: 1000, ..Limits::default() };
    let mut mock = Mock::serve_within(limits, echo).await;
    let body = vec![b'x'; 4 * 1024 * 1024];
    let head = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", body.len());
    let answer = talk(mock.addr(), &[head.as_bytes(), &body].concat()).await;
    assert!(answer.starts_with("HTTP/1.1 413 Payload Too Large\r\n"), "{answer}");
    let request = mock.request().await;
    assert_eq!((request.body.length, request.complete), (0, false));
    assert_eq!(mock.response().await.delivered, Delivered::Whole);
    assert_eq!(mock.closed().await, How::Ours);
}

#[tokio::test]
async fn a_chunked_body_beyond_the_limit_is_refused() {
    let limits = Limits { body: 1000, ..Limits::default() };
    let mut mock = Mock::serve_within(limits, echo).await;
    let chunks =
        b"400\r\n".iter().chain(&[b'x'; 1024]).chain(b"\r\n").copied().collect::<Vec<_>>().repeat(100);
    let head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    let answer = talk(mock.addr(), &[&head[..], &chunks].concat()).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(!mock.request().await.complete);
}

/// Counts the reads of a stream.
struct Counted {
    inner: DuplexStream,
    reads: Arc<AtomicUsize>,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let polled = Pin::new(&mut self.inner).poll_read(cx, buf);
        self.reads.fetch_add(usize::from(polled.is_ready()), Ordering::Relaxed);
        polled
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[tokio::test]
async fn a_body_is_read_by_slices_and_held_within_bounds() {
    const LENGTH: usize = 3 * 1024 * 1024;
    let (mut client, server) = duplex(64 * 1024);
    let reads = Arc::new(AtomicUsize::new(0));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&seen);
    let shared = Server {
        answer: |_| async { Reply::new(204) },
        observe: move |event| told.lock().unwrap().push(event),
        limits: Limits::default(),
        numbers: Numbers::shared(),
        room: Room::of(Crowd::default()),
    };
    let nowhere: SocketAddr = ([0, 0, 0, 0], 0).into();
    let ends = Ends { connection: 1, peer: nowhere, local: nowhere };
    let stream = Counted { inner: server, reads: Arc::clone(&reads) };
    let (_stop, stopping) = watch::channel(false);
    let client = async move {
        let head = format!("POST / HTTP/1.1\r\nContent-Length: {LENGTH}\r\nConnection: close\r\n\r\n");
        client.write_all(head.as_bytes()).await.unwrap();
        client.write_all(&vec![b'x'; LENGTH]).await.unwrap();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
    };
    patiently(async { tokio::join!(converse(stream, ends, &shared, stopping, |_| ()), client) }).await;
    assert!(reads.load(Ordering::Relaxed) < LENGTH / 8192, "{reads:?} reads");
    let events = seen.lock().unwrap();
    let request = events
        .iter()
        .find_map(|event| if let Event::Request(request) = event { Some(request) } else { None });
    let request = request.unwrap();
    assert_eq!((request.payload.len(), request.payload_length), (WHOLE, LENGTH as u64));
    assert_eq!((request.body.length, request.body.whole(), request.complete), (LENGTH as u64, None, true));
}

#[tokio::test]
async fn a_head_too_long_or_of_too_many_headers_is_shown_and_refused() {
    for (bytes, kind) in [
        ([&b"GET /"[..], &vec![b'x'; 100_000], b" HTTP/1.1\r\n\r\n"].concat(), FlawKind::HeadTooLong),
        ([&b"GET / HTTP/1.1\r\n"[..], &b"A: b\r\n".repeat(300), b"\r\n"].concat(), FlawKind::TooManyHeaders),
    ] {
        let mut mock = Mock::serve(echo).await;
        let answer = talk(mock.addr(), &bytes).await;
        assert!(answer.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"), "{answer}");
        let request = mock.request().await;
        assert!(kinds(&request).contains(&kind) && !request.complete);
        assert!(request.head_bytes.len() <= 64 * 1024 && request.head.headers.0.len() <= 256);
    }
}

#[tokio::test]
async fn what_is_not_http_is_shown_and_answered_at_once() {
    for bytes in [&b"\x16\x03\x01\x02\x00\x01"[..], b"hello\r\n", b" GET / HTTP/1.1\r\n\r\n", b"\0"] {
        let mut mock = Mock::serve(echo).await;
        let answer = talk(mock.addr(), bytes).await;
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
        let request = mock.request().await;
        assert!(kinds(&request).contains(&FlawKind::NotHttp));
        assert_eq!((&request.head_bytes[..], request.complete), (bytes, false));
    }
}

#[tokio::test]
async fn a_request_of_http_0_9_is_answered() {
    let mut mock = Mock::serve_within(brief(), echo).await;
    let answer = talk(mock.addr(), b"GET /a b\r\n").await;
    assert!(answer.ends_with("GET /a b "), "{answer}");
    let request = mock.request().await;
    assert!(kinds(&request).contains(&FlawKind::NoVersion));
}

#[tokio::test]
async fn expect_is_answered_before_the_body() {
    let mut mock = Mock::serve(echo).await;
    let mut stream = connect(mock.addr()).await;
    let head = b"POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-Continue\r\nConnection: close\r\n\r\n";
    stream.write_all(head).await.unwrap();
    assert_eq!(read_until(&mut stream, "\r\n\r\n").await, "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"ab").await.unwrap();
    assert!(read_to_end(&mut stream).await.ends_with("POST / ab"));
    assert!(mock.request().await.complete);
}

#[tokio::test]
async fn a_peer_that_closes_its_side_still_gets_an_answer() {
    let mut mock = Mock::serve(echo).await;
    for (bytes, told, complete) in [
        (&b"GET / HTTP/1.1\r\n\r\n"[..], "GET / ", true),
        (b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc", "POST / abc", false),
        (b"POST / HTTP/1.0\r\n\r\nabc", "POST / abc", true),
        (b"GET / HTTP/1.1\r\nHost", "", false),
    ] {
        let mut stream = connect(mock.addr()).await;
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let answer = read_to_end(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 ") && answer.ends_with(told), "{answer}");
        assert_eq!(mock.request().await.complete, complete, "{answer}");
    }
}

#[tokio::test]
async fn a_silent_peer_is_let_go() {
    for (bytes, answered, how) in [
        (&b""[..], "", How::Timeout),
        (b"\r\n", "", How::Timeout),
        (b"GET / HTTP/1.1\r\nHos", "HTTP/1.1 408 ", How::Ours),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\na", "HTTP/1.1 408 ", How::Ours),
    ] {
        let mut mock = Mock::serve_within(brief(), echo).await;
        let answer = talk(mock.addr(), bytes).await;
        assert!(answer.starts_with(answered) && answer.is_empty() == answered.is_empty(), "{answer}");
        assert_eq!(mock.closed().await, how);
    }
}

#[tokio::test]
async fn a_request_that_never_ends_is_refused_at_the_total_limit() {
    let limits = Limits { total: Duration::from_millis(200), ..brief() };
    let mut mock = Mock::serve_within(limits, echo).await;
    let (mut reading, mut writing) = connect(mock.addr()).await.into_split();
    let dripping = async {
        let mut every = tokio::time::interval(Duration::from_millis(20));
        while writing.write_all(b"A").await.is_ok() {
            every.tick().await;
        }
        std::future::pending::<()>().await;
    };
    let mut answer = Vec::new();
    patiently(async {
        tokio::select! {
            () = dripping => {}
            read = reading.read_to_end(&mut answer) => drop(read),
        }
    })
    .await;
    assert!(answer.starts_with(b"HTTP/1.1 408 "), "{}", answer.escape_ascii());
    assert!(!mock.request().await.complete);
}

#[tokio::test]
async fn connections_beyond_the_bound_wait_their_turn() {
    let limits = Limits { connections: 1, ..Limits::default() };
    let mut mock = Mock::serve_within(limits, echo).await;
    let mut first = connect(mock.addr()).await;
    first.write_all(b"GET /1 HTTP/1.1\r\n\r\n").await.unwrap();
    read_until(&mut first, "GET /1 ").await;
    let mut second = connect(mock.addr()).await;
    second.write_all(b"GET /2 HTTP/1.0\r\n\r\n").await.unwrap();
    drop(first);
    assert!(read_to_end(&mut second).await.ends_with("GET /2 "));
    let mut opened = Vec::new();
    while opened.len() < 3 {
        match mock.event().await {
            Event::Opened { connection, .. } => opened.push(("opened", connection)),
            Event::Closed { connection, .. } => opened.push(("closed", connection)),
            Event::Request(_) | Event::Responded { .. } => {}
        }
    }
    assert_eq!(opened, [("opened", 1), ("closed", 1), ("opened", 2)]);
    assert!(mock.serving.was_crowded());
}

#[tokio::test]
async fn a_server_that_stops_ends_its_connections() {
    let mock = Mock::serve(echo).await;
    let addr = mock.addr();
    let mut stream = connect(addr).await;
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    read_until(&mut stream, "GET / ").await;
    let Mock { serving, mut events } = mock;
    patiently(serving.shutdown()).await;
    assert_eq!(read_to_end(&mut stream).await, "");
    let mut last = None;
    while let Some(event) = events.recv().await {
        last = Some(event);
    }
    assert!(matches!(last, Some(Event::Closed { how: How::Ours, .. })), "{last:?}");
    assert!(TcpStream::connect(addr).await.is_err());
}

#[tokio::test]
async fn a_dropped_handle_stops_the_server() {
    let Mock { serving, mut events } = Mock::serve(echo).await;
    let mut stream = connect(serving.local_addr()).await;
    assert!(matches!(patiently(events.recv()).await, Some(Event::Opened { .. })));
    drop(serving);
    assert_eq!(read_to_end(&mut stream).await, "");
}
