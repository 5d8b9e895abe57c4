//! Requests to send, and whether hyper would send them exactly as they are meant.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, Uri};

use super::address::Address;

/// A request to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Where to connect, and what a Host header says.
    pub address: Address,
    /// The method.
    pub method: String,
    /// The target, byte for byte.
    pub target: Vec<u8>,
    /// The headers, in this order and this case. Host is added in front and Content-Length at the end
    /// where they are due and not among them.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte: with a Transfer-Encoding among the headers, already encoded.
    pub body: Vec<u8>,
}

impl Outgoing {
    /// A GET of what the address says.
    #[must_use]
    pub fn get(address: Address) -> Self {
        let target = address.target.clone();
        Self { address, method: "GET".to_owned(), target, headers: Vec::new(), body: Vec::new() }
    }

    /// A POST of these bytes to what the address says.
    #[must_use]
    pub fn post(address: Address, content_type: &str, body: Vec<u8>) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Self { method: "POST".to_owned(), headers, body, ..Self::get(address) }
    }

    fn gives(&self, name: &str) -> bool {
        self.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name))
    }

    /// All headers to send, with those that are due.
    fn all_headers(&self) -> Vec<(&str, String)> {
        let mut all = Vec::with_capacity(self.headers.len() + 2);
        if !self.gives("host") {
            all.push(("Host", self.address.authority.clone()));
        }
        all.extend(self.headers.iter().map(|(name, value)| (name.as_str(), value.clone())));
        let has_body = !self.body.is_empty() || matches!(self.method.as_str(), "POST" | "PUT" | "PATCH");
        if has_body && !self.gives("content-length") && !self.gives("transfer-encoding") {
            all.push(("Content-Length", self.body.len().to_string()));
        }
        all
    }
}

/// The head as it is sent.
pub(super) fn head_of(outgoing: &Outgoing) -> Vec<u8> {
    let mut head = [outgoing.method.as_bytes(), b" ", &outgoing.target, b" HTTP/1.1\r\n"].concat();
    for (name, value) in outgoing.all_headers() {
        head.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    head.extend_from_slice(b"\r\n");
    head
}

/// The request for hyper, if hyper would put the very bytes of [`head_of`] on the wire. A Content-Length
/// that lies must never get there: hyper's encoder panics on it in a debug build.
pub(super) fn hyper_request(outgoing: &Outgoing) -> Option<hyper::Request<Full<Bytes>>> {
    let method =
        Method::from_bytes(outgoing.method.as_bytes()).ok().filter(|method| *method != Method::CONNECT)?;
    let target = std::str::from_utf8(&outgoing.target).ok().filter(|target| target.starts_with('/'))?;
    let uri: Uri = target.parse().ok()?;
    if uri.path_and_query()?.as_str() != target || uri.authority().is_some() {
        return None;
    }
    let body = Full::new(Bytes::from(outgoing.body.clone()));
    let mut request = hyper::Request::new(body);
    for (name, value) in outgoing.all_headers() {
        if !is_left_alone(name, &value, outgoing.body.len()) {
            return None;
        }
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
        if request.headers_mut().insert(name, value).is_some() {
            return None;
        }
    }
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    Some(request)
}

/// Whether hyper writes a header as given: the case it writes itself, nothing it acts upon.
fn is_left_alone(name: &str, value: &str, length: usize) -> bool {
    let mut starts = true;
    let titled = name.chars().all(|c| {
        let fits = if starts { !c.is_ascii_lowercase() } else { !c.is_ascii_uppercase() };
        starts = c == '-';
        fits
    });
    titled
        && match name {
            "Content-Length" => value == length.to_string(),
            "Connection" | "Expect" | "Te" | "Trailer" | "Transfer-Encoding" | "Upgrade" => false,
            _ => true,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outgoing(target: &[u8], headers: &[(&str, &str)]) -> Outgoing {
        let mut outgoing = Outgoing::get(Address::of("http://a.example:8080/").unwrap());
        outgoing.target = target.to_vec();
        outgoing.headers =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        outgoing
    }

    #[test]
    fn what_hyper_would_alter_or_refuse_does_not_go_through_it() {
        for (target, headers, by_hyper) in [
            (&b"/pens?a=%20&b=|"[..], &[("User-Agent", "x"), ("Content-Length", "0")][..], true),
            (b"/a b", &[], false),
            (b"/\xE9", &[], false),
            (b"/a#b", &[], false),
            (b"relative", &[], false),
            (b"http://a/x", &[], false),
            (b"/", &[("user-agent", "x")], false),
            (b"/", &[("X-API-Key", "x")], false),
            (b"/", &[("X", "1"), ("X", "2")], false),
            (b"/", &[("Content-Length", "5")], false),
            (b"/", &[("Bad Name", "5")], false),
            (b"/", &[("Transfer-Encoding", "chunked")], false),
        ] {
            let outgoing = outgoing(target, headers);
            assert_eq!(hyper_request(&outgoing).is_some(), by_hyper, "{outgoing:?}");
        }
    }

    #[test]
    fn host_and_length_are_added_where_they_are_due() {
        let address = Address::of("http://a:81/x?y").unwrap();
        let head = |outgoing: &Outgoing| String::from_utf8(head_of(outgoing)).unwrap();
        assert_eq!(head(&Outgoing::get(address.clone())), "GET /x?y HTTP/1.1\r\nHost: a:81\r\n\r\n");
        let post = Outgoing::post(address, "text/plain", b"abc".to_vec());
        let expected =
            "POST /x?y HTTP/1.1\r\nHost: a:81\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\n";
        assert_eq!(head(&post), expected);
        assert_eq!(head(&outgoing(b"/", &[("HOST", "b")])), "GET / HTTP/1.1\r\nHOST: b\r\n\r\n");
    }
}
