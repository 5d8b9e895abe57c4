//! Properties of the readers of foreign bytes: no input makes them fail, and pieces leave no trace.

use std::time::Instant;

use proptest::prelude::*;

use crate::wire::http::body::{Framing, decode};
use crate::wire::http::head::{RequestHead, ResponseHead};
use crate::wire::http::hearing::{Hearing, Silence};

/// Bytes that look like HTTP often enough to get past the first line.
fn foreign() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(vec![
        &b"GET "[..],
        b"POST ",
        b"HTTP/1.1",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 100 \r\n\r\n",
        b"\r\n",
        b"\n",
        b"\r",
        b" ",
        b":",
        b"Content-Length: ",
        b"Transfer-Encoding: chunked\r\n",
        b"5",
        b"0\r\n\r\n",
        b"a;b",
        b"\t",
        b"\xE9",
    ]);
    let part =
        prop_oneof![4 => words.prop_map(<[u8]>::to_vec), 1 => prop::collection::vec(any::<u8>(), 0..20)];
    prop::collection::vec(part, 0..30).prop_map(|parts| parts.concat())
}

fn heard(method: &str, bytes: &[u8], size: usize) -> impl PartialEq + std::fmt::Debug {
    let mut hearing = Hearing::new(method, 200, Box::new(|_| {}));
    for piece in bytes.chunks(size) {
        hearing.push(piece, Instant::now());
    }
    hearing.end(Silence::Eof);
    let flaws = hearing.all_flaws().0;
    (hearing.stage, hearing.head.bytes, hearing.raw.finish(), hearing.payload.finish(), flaws)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_as_heads(bytes in foreign()) {
        let (request, flaws) = RequestHead::read(&bytes);
        let _ = Framing::of_request(&request);
        let (response, more) = ResponseHead::read(&bytes);
        let _ = Framing::of_response("GET", &response);
        prop_assert!(flaws.iter().chain(&more).all(|flaw| flaw.offset <= bytes.len() as u64 + 1));
    }

    #[test]
    fn any_bytes_are_decoded(bytes in foreign(), length in 0_u64..40) {
        for framing in [Framing::None, Framing::Length(length), Framing::Chunked, Framing::ToEnd] {
            prop_assert!(decode(framing, &bytes).0.len() <= bytes.len());
        }
    }

    #[test]
    fn an_answer_is_the_same_in_whatever_pieces_it_comes(bytes in foreign(), size in 1_usize..40) {
        for answer in [bytes.clone(), [&b"HTTP/1.1 200 OK\r\n"[..], &bytes].concat()] {
            prop_assert_eq!(heard("GET", &answer, size), heard("GET", &answer, answer.len().max(1)));
        }
    }
}
