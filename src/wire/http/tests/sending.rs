//! Exchanges from the sending side: with our own listener, and with peers that are no servers at all.

use std::sync::Mutex;

use tokio::net::TcpListener;

use super::*;
use crate::wire::http::Route;
use crate::wire::http::address::Address;
use crate::wire::http::flaw::FlawKind;
use crate::wire::http::outgoing::Outgoing;
use crate::wire::http::reply::{Cut, Delivery, LineEnds, Manner, Payload, Telling};
use crate::wire::http::send::{Ended, Exchange, SendLimits, send};

fn get(addr: SocketAddr) -> Outgoing {
    Outgoing::get(Address::of(&format!("http://{addr}/pens?command=collect")).unwrap())
}

fn brief() -> SendLimits {
    let response = Duration::from_millis(200);
    SendLimits { response, total: 2 * response, ..SendLimits::default() }
}

async fn ask(outgoing: &Outgoing, limits: &SendLimits) -> Exchange {
    patiently(send(&Numbers::default(), outgoing, (&Route::default(), limits), |_, _, _| {}, |_| {})).await
}

/// Asks a peer that takes a head and then sends these bytes and closes, by hyper and by hand.
async fn ask_peer(answer: &[u8]) -> [Exchange; 2] {
    let peer = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let by_hyper = get(peer.local_addr().unwrap());
    let by_hand = Outgoing { headers: vec![("user-agent".into(), "x".into())], ..by_hyper.clone() };
    let serve = async {
        for _ in 0..2 {
            let (mut stream, _) = peer.accept().await.unwrap();
            read_until(&mut stream, "\r\n\r\n").await;
            stream.write_all(answer).await.unwrap();
            stream.shutdown().await.unwrap();
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    };
    let limits = SendLimits::default();
    let talk = async { [ask(&by_hyper, &limits).await, ask(&by_hand, &limits).await] };
    tokio::join!(serve, talk).1
}

fn kinds(exchange: &Exchange) -> Vec<FlawKind> {
    exchange.flaws.iter().map(|flaw| flaw.kind).collect()
}

async fn ask_mock(delivery: Delivery) -> Exchange {
    let reply = Reply { delivery, ..Reply::with_body(200, "text/plain", "error=0\r\n") };
    let mock = Mock::serve(move |_| reply.clone()).await;
    ask(&get(mock.addr()), &brief()).await
}

#[tokio::test]
async fn an_exchange_is_kept_byte_for_byte() {
    let mut mock = Mock::serve(echo).await;
    let address = Address::of(&format!("http://{}/pens?a=%7e+|", mock.addr())).unwrap();
    let by_hyper = Outgoing::post(address, "text/plain", b"hello".to_vec());
    let by_hand = Outgoing { target: b"/a b\"\xC3\xA9#x".to_vec(), ..by_hyper.clone() };
    for (outgoing, payload) in [(by_hyper, "POST /pens?a=%7e+| hello"), (by_hand, "POST /a b\"é#x hello")] {
        let exchange = ask(&outgoing, &SendLimits::default()).await;
        assert_eq!(exchange.ended, Ended::Complete);
        let request = mock.request().await;
        assert_eq!(exchange.request_head, request.head_bytes);
        assert_eq!((&exchange.request_body, exchange.peer), (&request.body, Some(mock.addr())));
        let response = mock.response().await;
        assert_eq!(exchange.response_head, Some(response.head));
        assert_eq!(exchange.payload.unwrap().whole(), Some(payload.as_bytes()));
        assert!(exchange.first_byte.unwrap() <= exchange.took && exchange.flaws.is_empty());
    }
}

#[tokio::test]
async fn hyper_writes_the_very_bytes_we_would() {
    let mut mock = Mock::serve(echo).await;
    let mut outgoing = get(mock.addr());
    outgoing.headers = vec![("User-Agent".into(), "x".into()), ("Accept".into(), "*/*".into())];
    ask(&outgoing, &SendLimits::default()).await;
    let expected = crate::wire::http::outgoing::head_of(&outgoing);
    assert_eq!(mock.request().await.head_bytes, expected);
}

#[tokio::test]
async fn a_chunked_answer_is_kept_raw_and_decoded() {
    let exchange = ask_mock(Delivery { telling: Telling::Chunked, ..Delivery::default() }).await;
    assert_eq!(exchange.ended, Ended::Complete);
    assert_eq!(exchange.response_body.unwrap().whole(), Some(&b"9\r\nerror=0\r\n\r\n0\r\n\r\n"[..]));
    assert_eq!(exchange.payload.unwrap().whole(), Some(&b"error=0\r\n"[..]));
}

#[tokio::test]
async fn a_chunked_request_goes_out_as_given() {
    let mut mock = Mock::serve(echo).await;
    let mut outgoing = get(mock.addr());
    outgoing.method = "POST".into();
    outgoing.headers = vec![("Transfer-Encoding".into(), "chunked".into())];
    outgoing.body = b"2\r\nab\r\n0\r\n\r\n".to_vec();
    assert_eq!(ask(&outgoing, &SendLimits::default()).await.ended, Ended::Complete);
    assert_eq!(mock.request().await.payload, b"ab");
}

#[tokio::test]
async fn head_ends_with_the_head() {
    let mock = Mock::serve(echo).await;
    let outgoing = Outgoing { method: "HEAD".into(), ..get(mock.addr()) };
    let exchange = ask(&outgoing, &SendLimits::default()).await;
    assert_eq!((exchange.ended, exchange.payload), (Ended::Complete, Some(Excerpt::default())));
}

#[tokio::test]
async fn a_content_length_that_lies_goes_out_without_hyper() {
    let mut mock = Mock::serve(echo).await;
    let mut outgoing = get(mock.addr());
    outgoing.headers = vec![("Content-Length".into(), "2".into())];
    outgoing.body = b"abcd".to_vec();
    let exchange = ask(&outgoing, &SendLimits::default()).await;
    assert_eq!((exchange.ended, exchange.request_body.length), (Ended::Complete, 4));
    assert_eq!(mock.request().await.payload, b"ab");
}

#[tokio::test]
async fn bare_line_feeds_are_heard_and_said() {
    let exchange = ask_mock(Delivery { line_ends: LineEnds::Lf, ..Delivery::default() }).await;
    assert_eq!((exchange.ended, kinds(&exchange)), (Ended::Complete, vec![FlawKind::BareLineFeed]));
}

#[tokio::test]
async fn an_answer_without_status_line_is_garbage_and_kept() {
    for exchange in ask_peer(b"error=0\r\nerror-text=fine\r\n").await {
        assert_eq!((exchange.ended, exchange.response_head), (Ended::Garbage, None));
        assert_eq!(exchange.response_body.unwrap().whole(), Some(&b"error=0\r\nerror-text=fine\r\n"[..]));
    }
}

#[tokio::test]
async fn an_answer_that_hyper_refuses_is_read_on() {
    let two = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\nBad Name: x\r\n\r\nabcdef";
    for exchange in ask_peer(two).await {
        assert_eq!(exchange.ended, Ended::Complete);
        assert_eq!(kinds(&exchange), [FlawKind::OddHeaderName, FlawKind::DifferingContentLengths]);
        assert_eq!(exchange.payload.unwrap().whole(), Some(&b"abcdef"[..]));
    }
}

#[tokio::test]
async fn interim_answers_are_passed_over_and_kept() {
    for exchange in ask_peer(b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 102 P\r\n\r\nHTTP/1.1 204 N\r\n\r\n").await {
        assert_eq!(exchange.ended, Ended::Complete);
        assert_eq!(exchange.interim, b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 102 P\r\n\r\n");
        assert_eq!(exchange.response_head.unwrap(), b"HTTP/1.1 204 N\r\n\r\n");
    }
}

#[tokio::test]
async fn an_answer_is_cut_wherever_the_peer_closes() {
    for (answer, ended, payload) in [
        (&b""[..], Ended::ClosedEarly, None),
        (b"HTTP/1.1 200", Ended::Cut, None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", Ended::Cut, Some(&b"ab"[..])),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", Ended::Cut, Some(b"ab")),
        (b"HTTP/1.1 200 OK\r\n\r\nab", Ended::Complete, Some(b"ab")),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab", Ended::Complete, Some(b"a")),
    ] {
        for exchange in ask_peer(answer).await {
            let heard = exchange.payload.as_ref().map(|payload| payload.whole().unwrap());
            assert_eq!((exchange.ended, heard), (ended, payload), "{}", answer.escape_ascii());
        }
    }
}

#[tokio::test]
async fn an_answer_is_reset() {
    assert_eq!(
        ask_mock(Delivery { manner: Manner::ResetAtOnce, ..Delivery::default() }).await.ended,
        Ended::Reset
    );
    let manner = Manner::CutAfter { bytes: 3, by: Cut::Rst };
    let exchange = ask_mock(Delivery { manner, ..Delivery::default() }).await;
    assert_eq!(exchange.ended, Ended::Reset);
    assert_eq!(exchange.payload.unwrap().whole(), Some(&b"err"[..]));
}

#[tokio::test]
async fn a_peer_that_hangs_or_drips_for_ever_times_out() {
    let exchange = ask_mock(Delivery { manner: Manner::Hang, ..Delivery::default() }).await;
    assert_eq!((exchange.ended, exchange.first_byte), (Ended::Timeout, None));
    let drip = Some(crate::wire::http::reply::Drip { bytes: 1, every: Duration::from_millis(50) });
    let exchange = ask_mock(Delivery { drip, ..Delivery::default() }).await;
    assert_eq!(exchange.ended, Ended::Timeout);
    assert!(exchange.response_head.unwrap().starts_with(b"HTTP"));
}

#[tokio::test]
async fn an_endless_answer_ends_at_the_limit() {
    for telling in [Telling::Length, Telling::Chunked, Telling::Nothing] {
        let body = Payload::Repeated { first: vec![], fill: vec![], length: 1 << 30, last: vec![] };
        let delivery = Delivery { telling, ..Delivery::default() };
        let reply = Reply { delivery, ..Reply::with_body(200, "application/zip", body) };
        let mock = Mock::serve(move |_| reply.clone()).await;
        let limits = SendLimits { max_body: 1024 * 1024, ..SendLimits::default() };
        let taken = Arc::new(Mutex::new(0));
        let count = Arc::clone(&taken);
        let sink = move |piece: &[u8]| *count.lock().unwrap() += piece.len();
        let exchange = patiently(send(
            &Numbers::default(),
            &get(mock.addr()),
            (&Route::default(), &limits),
            |_, _, _| {},
            sink,
        ))
        .await;
        assert_eq!(exchange.ended, Ended::TooLarge);
        assert_eq!(exchange.response_body.unwrap().length, 1024 * 1024);
        assert_eq!(exchange.payload.unwrap().length, *taken.lock().unwrap() as u64);
    }
}

#[tokio::test]
async fn an_answer_may_come_before_the_request_is_through() {
    let peer = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = Address::of(&format!("http://{}/", peer.local_addr().unwrap())).unwrap();
    let by_hyper = Outgoing::post(address, "text/plain", vec![b'x'; 32 * 1024 * 1024]);
    let mut by_hand = by_hyper.clone();
    by_hand.headers.push(("x".into(), "y".into()));
    let serve = async {
        for _ in 0..2 {
            let (mut stream, _) = peer.accept().await.unwrap();
            stream.write_all(b"HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno").await.unwrap();
            let mut slice = vec![0; 65536];
            while !matches!(stream.read(&mut slice).await, Ok(0) | Err(_)) {}
        }
    };
    let limits = SendLimits::default();
    let talk = async { [ask(&by_hyper, &limits).await, ask(&by_hand, &limits).await] };
    for exchange in tokio::join!(serve, talk).1 {
        assert_eq!(exchange.ended, Ended::Complete);
        assert_eq!(exchange.payload.unwrap().whole(), Some(&b"no"[..]));
        assert!(exchange.request_body.length < 32 * 1024 * 1024);
    }
}

#[tokio::test]
async fn no_connection_says_why() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refusing = get(taken.local_addr().unwrap());
    drop(taken);
    let exchange = ask(&refusing, &SendLimits::default()).await;
    assert_eq!((exchange.ended, exchange.peer, exchange.request_head.len()), (Ended::Refused, None, 0));
    let unknown = Outgoing::get(Address::of("http://nonexistent.invalid/").unwrap());
    assert_eq!(ask(&unknown, &SendLimits::default()).await.ended, Ended::Unresolved);
}

#[tokio::test]
async fn one_numbering_serves_all() {
    let numbers = Numbers::shared();
    let listener = Listener::bind(([127, 0, 0, 1], 0).into(), Arc::clone(&numbers)).await.unwrap();
    let (sender, mut events) = unbounded_channel();
    let serving = listener.serve(
        |_| async { Reply::new(204) },
        move |event| drop(sender.send(event)),
        Limits::default(),
    );
    let exchange = send(
        &numbers,
        &get(serving.local_addr()),
        (&Route::default(), &SendLimits::default()),
        |_, _, _| {},
        |_| {},
    )
    .await;
    assert_eq!((exchange.exchange, exchange.connection), (1, 1));
    assert!(matches!(patiently(events.recv()).await, Some(Event::Opened { connection: 2, .. })));
    assert!(matches!(patiently(events.recv()).await, Some(Event::Request(request)) if request.exchange == 2));
}
