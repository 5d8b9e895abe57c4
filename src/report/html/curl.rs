//! A request of ours as a line for a shell, where it can be one.

use std::fmt::Write;

use super::super::told::quoted;
use crate::transcript::Exchange;
use crate::transcript::entry::Party;

/// The command that sends a request again; `None` for one of the subject's, and for bytes that no line can hold.
pub(super) fn curl(exchange: &Exchange) -> Option<String> {
    if exchange.by != Party::Mock {
        return None;
    }
    let head = &exchange.request_head;
    let url = url_of(exchange.url.as_deref()?, &head.target)?;
    line(&head.method, &url, head.headers.get("content-type"), exchange.request.body.whole()?)
}

fn line(method: &str, url: &str, kind: Option<&[u8]>, body: &[u8]) -> Option<String> {
    let line = written(method, url)?;
    if body.is_empty() {
        return Some(line);
    }
    let kind =
        kind.and_then(plain).map(|kind| format!(" --header {}", quoted(&format!("Content-Type: {kind}"))));
    Some(format!("{line}{} --data-raw {}", kind.unwrap_or_default(), quoted(plain(body)?)))
}

/// The address that a request was sent to, with the very target that it asked for.
fn url_of(url: &str, target: &[u8]) -> Option<String> {
    let target = plain(target).filter(|target| !target.contains(' '))?;
    if target.starts_with("http://") || target.starts_with("https://") {
        return Some(target.to_owned());
    }
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let is_whole = target.starts_with('/') && authority.bytes().all(|byte| byte.is_ascii_graphic());
    is_whole.then(|| format!("{scheme}://{authority}{target}"))
}

fn written(method: &str, url: &str) -> Option<String> {
    let mut line = "curl --globoff --path-as-is".to_owned();
    match method {
        "GET" => line.push_str(" --include"),
        // With any other flag curl waits for a body that never comes.
        "HEAD" => line.push_str(" --head"),
        method if method.bytes().all(|byte| byte.is_ascii_uppercase()) && !method.is_empty() => {
            let _ = write!(line, " --include --request {method}");
        }
        _ => return None,
    }
    Some(format!("{line} {}", quoted(url)))
}

fn plain(bytes: &[u8]) -> Option<&str> {
    let is_plain = bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
    std::str::from_utf8(bytes).ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "http://127.0.0.1:8080/pens?own=1";

    #[test]
    fn a_request_is_repeated_byte_for_byte() {
        let kind = Some(b"text/plain".as_slice());
        let cases = [
            ("GET", kind, "", "--include 'http://a/'"),
            ("HEAD", None, "", "--head 'http://a/'"),
            ("POST", None, "a=b", "--include --request POST 'http://a/' --data-raw 'a=b'"),
            (
                "POST",
                kind,
                "@a=it's",
                "--include --request POST 'http://a/' --header 'Content-Type: text/plain' --data-raw '@a=it'\\''s'",
            ),
        ];
        for (method, kind, body, expected) in cases {
            let line = line(method, "http://a/", kind, body.as_bytes());
            assert_eq!(line, Some(format!("curl --globoff --path-as-is {expected}")));
        }
    }

    #[test]
    fn the_very_target_is_asked_for() {
        let cases = [
            ("/pens?a=1&b=[x]", "http://127.0.0.1:8080/pens?a=1&b=[x]"),
            ("/a/../b", "http://127.0.0.1:8080/a/../b"),
            ("http://other/pens", "http://other/pens"),
        ];
        for (target, expected) in cases {
            assert_eq!(url_of(URL, target.as_bytes()).as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_no_line_can_hold_is_no_line() {
        for target in ["pens", "", "/a b", "/\u{e9}", "/\r\n", "*"] {
            assert_eq!(url_of(URL, target.as_bytes()), None, "{target}");
        }
        assert_eq!(url_of("http://a\nb/", b"/pens"), None);
        assert_eq!(url_of("no address", b"/pens"), None);
        for method in ["", "-o/a", "get", "GET\n"] {
            assert_eq!(line(method, URL, None, b""), None, "{method}");
        }
        for body in [b"a\r\nb".as_slice(), b"\xff", b"\x1b"] {
            assert_eq!(line("POST", URL, None, body), None, "{body:?}");
        }
    }
}
