//! HTTP: requests as the listener hears them, and answers as the sending side takes them.

use std::sync::{Arc, Mutex};

use penspec::wire::http::tap::Tap;
use penspec::wire::http::{
    Delivered, Event, Flaw, FlawKind, Framing, Limits, Reply, Request, RequestHead, ResponseHead, decode,
    serve_stream,
};
use tokio::io::AsyncReadExt;

use super::memory;

/// The most of a body that is read.
const MOST: u64 = 64 * 1024;

/// What a request is, wherever and whenever it came.
type Said = (Vec<u8>, Vec<Flaw>, Framing, Vec<u8>, u64, bool);

/// Requests on one connection: each is told once and answered once, and the pieces it came in leave no trace.
pub(super) fn request(bytes: &[u8]) {
    let (head, flaws) = RequestHead::read(bytes);
    within(&flaws, bytes.len());
    decoded(Framing::of_request(&head).0, bytes);
    let whole = heard(bytes, bytes.len());
    let size = usize::from(bytes.first().copied().unwrap_or_default() % 16) + 1;
    assert_eq!(heard(bytes, size), whole, "in pieces of {size}");
}

fn heard(bytes: &[u8], size: usize) -> Vec<Said> {
    let events = Mutex::new(Vec::new());
    let limits = Limits { body: MOST, held: 1024, ..Limits::default() };
    let observe = |event| events.lock().unwrap().push(event);
    let answer = |_: Arc<Request>| async { Reply::with_body(200, "text/plain", "error=0\r\n") };
    let replies = memory::hear(bytes, size, |stream| serve_stream(stream, answer, observe, limits));
    assert!(replies.is_empty() || replies.starts_with(b"HTTP/1.1 "), "{}", replies.escape_ascii());
    let events = events.into_inner().unwrap();
    let [Event::Opened { .. }, middle @ .., Event::Closed { .. }] = &events[..] else {
        panic!("a connection is opened first and closed last: {events:?}");
    };
    let mut said = Vec::new();
    for pair in middle.chunks(2) {
        let [Event::Request(request), Event::Responded { exchange, delivered, .. }] = pair else {
            panic!("each request is answered before the next: {pair:?}");
        };
        assert_eq!(request.exchange, *exchange);
        assert_ne!(*delivered, Delivered::OnPurpose);
        said.push(as_said(request, bytes.len()));
    }
    said
}

fn as_said(request: &Request, length: usize) -> Said {
    assert!(request.payload.len() <= 1024 && request.payload_length <= length as u64);
    assert!(request.head_bytes.len() <= length);
    within(&request.flaws, length);
    // What is no HTTP is read no further once that shows: how much of it came by then is chance.
    if request.flaws.iter().any(|flaw| flaw.kind == FlawKind::NotHttp) {
        return Said::default();
    }
    let Request { head_bytes, flaws, framing, payload, payload_length, complete, .. } = request.clone();
    (head_bytes, flaws, framing, payload, payload_length, complete)
}

/// An answer to GET or, behind an odd byte, to HEAD: whatever pieces it comes in, its payload is the same.
pub(super) fn response(bytes: &[u8]) {
    let (first, bytes) = bytes.split_first().unwrap_or((&0, &[]));
    let method = if first % 2 == 1 { "HEAD" } else { "GET" };
    let (head, flaws) = ResponseHead::read(bytes);
    within(&flaws, bytes.len());
    decoded(Framing::of_response(method, &head).0, bytes);
    let whole = taken(method, bytes, bytes.len());
    assert!(whole.len() <= bytes.len());
    for size in [1, usize::from(first / 2) + 2] {
        assert_eq!(taken(method, bytes, size), whole, "in pieces of {size}");
    }
}

fn taken(method: &str, bytes: &[u8], size: usize) -> Vec<u8> {
    let payload = Arc::new(Mutex::new(Vec::new()));
    let sink = {
        let payload = Arc::clone(&payload);
        Box::new(move |piece: &[u8]| payload.lock().unwrap().extend_from_slice(piece))
    };
    let mut tap = Tap::new(bytes, method, MOST, sink);
    let record = tap.record();
    let mut piece = vec![0; size.max(1)];
    memory::leaping(async { while tap.read(&mut piece).await.is_ok_and(|length| length > 0) {} });
    assert!(record.settled(), "nothing more comes");
    drop(tap);
    std::mem::take(&mut payload.lock().unwrap())
}

fn decoded(framing: Framing, raw: &[u8]) {
    let (payload, flaws) = decode(framing, raw);
    assert!(payload.len() <= raw.len());
    within(&flaws, raw.len());
}

fn within(flaws: &[Flaw], length: usize) {
    assert!(flaws.iter().all(|flaw| flaw.offset <= length as u64), "{length}: {flaws:?}");
}
