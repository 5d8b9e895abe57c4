//! HAR 1.2, what the developer tools of a browser and many proxies save: heads and bodies put together again.
//!
//! A HAR does not keep the bytes: line ends, the case of header names over HTTP/2 and the framing are its writer's.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use super::{NoEvidence, Piece, Raw};
use crate::wire::http::Address;

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    request: Request,
    response: Response,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<Header>,
    #[serde(default)]
    post_data: Option<Content>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    status: u16,
    #[serde(default)]
    status_text: String,
    #[serde(default)]
    headers: Vec<Header>,
    #[serde(default)]
    content: Option<Content>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    encoding: Option<String>,
}

/// Every request and its answer.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Piece>, NoEvidence> {
    let har: Har = serde_json::from_slice(bytes).map_err(|error| NoEvidence::Har(error.to_string()))?;
    har.log.entries.iter().map(piece).collect()
}

fn piece(entry: &Entry) -> Result<Piece, NoEvidence> {
    let Ok(address) = Address::of(&entry.request.url) else { return Ok(Piece::default()) };
    let request = &entry.request;
    let body = request.post_data.as_ref().map_or_else(|| Ok(Vec::new()), bytes_of)?;
    let line = format!("{} {} HTTP/1.1", request.method, String::from_utf8_lossy(&address.target));
    let request_raw = Raw { head: head(&line, &request.headers, body.len()), body };
    // Status 0: the browser got no answer, or was not allowed to see it.
    let response = &entry.response;
    let response_raw = match (response.status, &response.content) {
        (0, _) | (_, None) => None,
        (status, Some(content)) => {
            let body = bytes_of(content)?;
            let line = format!("HTTP/1.1 {status} {}", response.status_text);
            Some(Raw { head: head(&line, &response.headers, body.len()), body })
        }
    };
    Ok(Piece { url: Some(request.url.clone()), request: Some(request_raw), response: response_raw })
}

fn bytes_of(content: &Content) -> Result<Vec<u8>, NoEvidence> {
    let text = content.text.as_deref().unwrap_or_default();
    match content.encoding.as_deref() {
        Some("base64") => BASE64_STANDARD.decode(text).map_err(|error| NoEvidence::Har(error.to_string())),
        Some(_) | None => Ok(text.as_bytes().to_vec()),
    }
}

/// A head whose framing is that of the body as the HAR has it: decoded and whole.
fn head(line: &str, headers: &[Header], length: usize) -> Vec<u8> {
    const FRAMING: [&str; 3] = ["content-length", "transfer-encoding", "content-encoding"];
    let is_kept = |header: &&Header| {
        let name = header.name.to_ascii_lowercase();
        !name.starts_with(':') && !FRAMING.contains(&name.as_str())
    };
    let one_line = |text: &str| text.replace(['\r', '\n'], " ");
    let kept = headers.iter().filter(is_kept);
    let lines = kept.map(|header| format!("{}: {}", one_line(&header.name), one_line(&header.value)));
    let framing = format!("Content-Length: {length}\r\n\r\n");
    let lines: Vec<String> = [one_line(line)].into_iter().chain(lines).chain([framing]).collect();
    lines.join("\r\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_har_is_put_together_again() {
        let har = br#"{"log":{"entries":[
            {"request":{"method":"POST","url":"http://lms.example/pens","headers":[{"name":"Content-Type","value":"application/x-www-form-urlencoded"}],"postData":{"text":"command=collect"}},
             "response":{"status":200,"statusText":"OK","headers":[{"name":"content-type","value":"text/plain"}],"content":{"text":"ZXJyb3I9MA==","encoding":"base64"}}},
            {"request":{"method":"GET","url":"data:,x"},"response":{"status":0}}]}}"#;
        let pieces = read(har).unwrap();
        let request = pieces[0].request.as_ref().unwrap();
        assert!(request.head.starts_with(b"POST /pens HTTP/1.1\r\nContent-Type: "));
        assert_eq!(request.body, b"command=collect");
        assert_eq!(pieces[0].response.as_ref().unwrap().body, b"error=0");
        assert_eq!(pieces[1], Piece::default());
    }
}
