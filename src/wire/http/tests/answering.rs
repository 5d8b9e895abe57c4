//! Answers as they go out: whole or wrong on purpose.

use std::io::ErrorKind;

use super::*;
use crate::wire::http::reply::{Cut, Delivery, Drip, LineEnds, Manner, Payload, Telling};

const GET: &[u8] = b"GET / HTTP/1.1\r\n\r\n";
const CLOSING: &[u8] = b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n";

fn hello(delivery: Delivery) -> Reply {
    Reply { delivery, ..Reply::with_body(200, "text/plain", "hello") }
}

async fn mock(delivery: Delivery) -> Mock {
    Mock::serve(move |_| hello(delivery.clone())).await
}

#[tokio::test]
async fn an_answer_is_written_as_given() {
    let mut mock = Mock::serve(|_| Reply {
        reason: Some("Very Well".into()),
        headers: vec![
            ("X-ODD-case".into(), "1".into()),
            ("B".into(), "2".into()),
            ("X-ODD-case".into(), "3".into()),
        ],
        ..hello(Delivery::default())
    })
    .await;
    let head = "HTTP/1.1 200 Very Well\r\nX-ODD-case: 1\r\nB: 2\r\nX-ODD-case: 3\r\nContent-Length: 5\r\nConnection: close\r\n\r\n";
    assert_eq!(talk(mock.addr(), CLOSING).await, format!("{head}hello"));
    let response = mock.response().await;
    assert_eq!((&response.head[..], response.body.whole()), (head.as_bytes(), Some(&b"hello"[..])));
}

#[tokio::test]
async fn head_and_bodiless_statuses_get_no_body() {
    let served = mock(Delivery::default()).await;
    let answer = talk(served.addr(), b"HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n").await;
    assert!(answer.ends_with("Content-Length: 5\r\nConnection: close\r\n\r\n"), "{answer}");
    let mut empty = Mock::serve(|_| Reply { status: 204, ..hello(Delivery::default()) }).await;
    let answer = talk(empty.addr(), CLOSING).await;
    assert_eq!(answer, "HTTP/1.1 204 No Content\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n");
    assert_eq!(empty.response().await.body.length, 0);
}

#[tokio::test]
async fn an_answer_goes_out_in_chunks() {
    let mut mock = mock(Delivery { telling: Telling::Chunked, ..Delivery::default() }).await;
    let answer = talk(mock.addr(), CLOSING).await;
    assert!(answer.contains("Transfer-Encoding: chunked\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), "{answer}");
    assert_eq!(mock.response().await.body.whole(), Some(&b"hello"[..]));
    let answer = talk(mock.addr(), b"GET / HTTP/1.0\r\n\r\n").await;
    assert!(answer.ends_with("text/plain\r\nConnection: close\r\n\r\nhello"), "{answer}");
}

#[tokio::test]
async fn a_length_lies_stands_twice_or_is_left_out() {
    for (telling, headers) in [
        (Telling::Nothing, ""),
        (Telling::Values(vec!["50".into()]), "Content-Length: 50\r\n"),
        (Telling::Values(vec!["5".into(), "x".into()]), "Content-Length: 5\r\nContent-Length: x\r\n"),
    ] {
        let mock = mock(Delivery { telling, ..Delivery::default() }).await;
        let expected = format!("text/plain\r\n{headers}Connection: close\r\n\r\nhello");
        let answer = talk(mock.addr(), GET).await;
        assert!(answer.ends_with(&expected), "{answer}");
    }
}

#[tokio::test]
async fn the_lines_of_a_head_end_with_lf_alone() {
    let mock = mock(Delivery { line_ends: LineEnds::Lf, ..Delivery::default() }).await;
    let expected = "HTTP/1.1 200 OK\nContent-Type: text/plain\nContent-Length: 5\nConnection: close\n\nhello";
    assert_eq!(talk(mock.addr(), CLOSING).await, expected);
}

#[tokio::test]
async fn an_answer_is_replaced_by_raw_bytes() {
    let mut mock = mock(Delivery { manner: Manner::Raw("error=0\r\n".into()), ..Delivery::default() }).await;
    assert_eq!(talk(mock.addr(), GET).await, "error=0\r\n");
    let response = mock.response().await;
    assert_eq!((&response.head[..], response.delivered), (&b"error=0\r\n"[..], Delivered::OnPurpose));
}

#[tokio::test]
async fn an_answer_drips_after_a_delay() {
    let drip = Some(Drip { bytes: 10, every: Duration::from_millis(5) });
    let delay = Duration::from_millis(50);
    let mut mock = mock(Delivery { delay, drip, ..Delivery::default() }).await;
    let began = std::time::Instant::now();
    let answer = talk(mock.addr(), CLOSING).await;
    let least = delay + Duration::from_millis(5) * u32::try_from(answer.len() / 10).unwrap();
    assert!(answer.ends_with("hello") && began.elapsed() >= least, "{:?}", began.elapsed());
    assert_eq!(mock.response().await.delivered, Delivered::Whole);
}

#[tokio::test]
async fn an_answer_is_cut_by_a_close() {
    for (bytes, rest) in [(0, ""), (3, "hel"), (99, "hello")] {
        let manner = Manner::CutAfter { bytes, by: Cut::Fin };
        let mut mock = mock(Delivery { manner, ..Delivery::default() }).await;
        let answer = talk(mock.addr(), GET).await;
        assert!(
            answer.ends_with(&format!("Content-Length: 5\r\nConnection: close\r\n\r\n{rest}")),
            "{answer}"
        );
        let sent = rest.len() as u64;
        assert_eq!(mock.response().await.delivered, Delivered::Cut { sent });
        assert_eq!(mock.closed().await, How::Ours);
    }
}

#[tokio::test]
async fn an_answer_is_cut_by_a_reset() {
    let manner = Manner::CutAfter { bytes: 3, by: Cut::Rst };
    let mut mock = mock(Delivery { manner, telling: Telling::Chunked, ..Delivery::default() }).await;
    let mut stream = connect(mock.addr()).await;
    stream.write_all(GET).await.unwrap();
    let mut answer = Vec::new();
    let error = patiently(stream.read_to_end(&mut answer)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert!(answer.ends_with(b"\r\n\r\n3\r\nhel\r\n"), "{}", answer.escape_ascii());
    assert_eq!(mock.response().await.delivered, Delivered::Cut { sent: 3 });
}

#[tokio::test]
async fn a_connection_is_reset_or_closed_without_an_answer() {
    for (manner, expected) in
        [(Manner::ResetAtOnce, Err(ErrorKind::ConnectionReset)), (Manner::CloseAtOnce, Ok(0))]
    {
        let mut mock = mock(Delivery { manner, ..Delivery::default() }).await;
        let mut stream = connect(mock.addr()).await;
        stream.write_all(GET).await.unwrap();
        let read = patiently(stream.read_to_end(&mut Vec::new())).await;
        assert_eq!(read.map_err(|error| error.kind()), expected);
        let response = mock.response().await;
        assert_eq!((response.head.len(), response.delivered), (0, Delivered::OnPurpose));
        drop(stream);
        assert_eq!(mock.closed().await, How::Ours);
    }
}

#[tokio::test]
async fn a_server_hangs_until_its_peer_goes_or_it_stops() {
    let mut served = mock(Delivery { manner: Manner::Hang, ..Delivery::default() }).await;
    let mut stream = connect(served.addr()).await;
    stream.write_all(GET).await.unwrap();
    assert_eq!(served.response().await.delivered, Delivered::OnPurpose);
    drop(stream);
    assert_eq!(served.closed().await, How::Eof);
    let mut stream = connect(served.addr()).await;
    stream.write_all(GET).await.unwrap();
    served.response().await;
    patiently(served.serving.shutdown()).await;
    assert_eq!(read_to_end(&mut stream).await, "");
}

#[tokio::test]
async fn a_peer_that_takes_nothing_is_let_go() {
    let limits = Limits { idle: Duration::from_millis(100), ..Limits::default() };
    let body = Payload::Repeated { first: vec![], fill: vec![], length: 1 << 40, last: vec![] };
    let mut mock = Mock::serve_within(limits, move |_| Reply::with_body(200, "x/y", body.clone())).await;
    let mut stream = connect(mock.addr()).await;
    stream.write_all(GET).await.unwrap();
    let response = mock.response().await;
    assert_eq!(response.delivered, Delivered::Failed(ErrorKind::TimedOut));
    assert!(response.body.length > 0 && response.body.whole().is_none());
    assert_eq!(mock.closed().await, How::Timeout);
}

#[tokio::test]
async fn a_request_whose_answer_the_servers_end_prevents_is_told_as_failed() {
    let listener = Listener::bind(([127, 0, 0, 1], 0).into(), Numbers::shared()).await.unwrap();
    let (sender, events) = unbounded_channel();
    let serving =
        listener.serve(|_| std::future::pending(), move |event| drop(sender.send(event)), Limits::default());
    let mut mock = Mock { serving, events };
    let mut stream = connect(mock.addr()).await;
    stream.write_all(GET).await.unwrap();
    mock.request().await;
    let Mock { serving, mut events } = mock;
    patiently(serving.shutdown()).await;
    let failed = Delivered::Failed(ErrorKind::Interrupted);
    assert!(matches!(events.recv().await, Some(Event::Responded { delivered, .. }) if delivered == failed));
    assert!(matches!(events.recv().await, Some(Event::Closed { how: How::Ours, .. })));
}
