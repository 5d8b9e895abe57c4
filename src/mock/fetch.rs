//! Takes packages: fetches one from its URL, bounded in size and time, never held and never on disk.

use std::net::IpAddr;
use std::time::Duration;

use super::deliver::{Errand, Post};
use super::reach::Reach;
use super::stage::Credentials;
use crate::pens::Code;
use crate::transcript::entry::Purpose;
use crate::wire::excerpt::Excerpt;
use crate::wire::http::{Address, Ended, Outgoing, ResponseHead};

/// What a zip archive ends with (APPNOTE 4.3.16).
const END_OF_DIRECTORY: &[u8] = b"PK\x05\x06";

/// Where a package is, and who sends us there.
pub struct Pickup<'a> {
    /// package-url as it came.
    pub url: &'a str,
    /// package-url-user-id and -password, when there are any.
    pub credentials: Option<Credentials>,
    /// The file that an archive of this package-type has at its root.
    pub needs_manifest: Option<&'a str>,
    /// The transaction that it belongs to.
    pub transaction: &'a str,
    /// Who sent the collect.
    pub sender: IpAddr,
}

/// Fetches the package; gives the code that the receipt must tell (Table 3).
pub async fn fetch(post: &Post, reach: &Reach, pickup: &Pickup<'_>) -> Code {
    let address = match Address::of(pickup.url) {
        Ok(address) if reach.permits(&address.host, pickup.sender) => address,
        Ok(_) | Err(_) => return code_of_scheme(pickup.url),
    };
    let mut outgoing = Outgoing::get(address);
    if let Some(credentials) = &pickup.credentials {
        outgoing.headers.push(("Authorization".to_owned(), credentials.basic()));
    }
    outgoing
        .headers
        .push(("User-Agent".to_owned(), concat!("penspec/", env!("CARGO_PKG_VERSION")).to_owned()));
    let errand = Errand {
        outgoing,
        url: pickup.url.to_owned(),
        transaction: pickup.transaction.to_owned(),
        purpose: Purpose::Download,
    };
    let exchange = post.send(&errand, Duration::from_secs(30), Duration::from_mins(10)).await;
    let status = exchange.response_head.as_ref().and_then(|head| ResponseHead::read(head).0.status);
    match (exchange.ended, status) {
        (Ended::Complete, Some(200)) => open(exchange.payload.as_ref(), pickup.needs_manifest),
        (Ended::Complete, Some(401 | 403 | 407)) => Code::CREDENTIALS,
        (Ended::Complete, Some(404 | 410)) => Code::PACKAGE_URL,
        (
            Ended::Refused
            | Ended::Unresolved
            | Ended::ConnectTimeout
            | Ended::Unreachable
            | Ended::ClosedEarly
            | Ended::Timeout,
            _,
        ) => Code::PACKAGE_URL,
        (Ended::Complete | Ended::Reset | Ended::Cut | Ended::TooLarge | Ended::Garbage, _) => Code::RETRIEVE,
    }
}

fn code_of_scheme(url: &str) -> Code {
    match url.split(':').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "https" => Code::NO_HTTPS,
        "ftp" => Code::NO_FTP,
        "ftps" => Code::NO_FTPS,
        _ => Code::PACKAGE_URL,
    }
}

/// Looks into the archive, as far as it was kept: the code that the receipt must tell of it.
fn open(payload: Option<&Excerpt>, manifest: Option<&str>) -> Code {
    let Some(payload) = payload.filter(|payload| payload.length > 0) else { return Code::RETRIEVE };
    if payload.head.trim_ascii_start().starts_with(b"<") {
        return Code::RETRIEVE;
    }
    let is_good = match payload.whole() {
        Some(bytes) => has_file(bytes, manifest),
        // Of a long archive only the ends are kept; the list of its files stands at the last.
        None => payload.tail.windows(END_OF_DIRECTORY.len()).any(|window| window == END_OF_DIRECTORY),
    };
    if is_good { Code::NO_ERROR } else { Code::PACKAGE }
}

fn has_file(bytes: &[u8], name: Option<&str>) -> bool {
    let archive = zip::ZipArchive::new(std::io::Cursor::new(bytes));
    archive.is_ok_and(|archive| name.is_none_or(|name| archive.index_for_name(name).is_some()))
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::transcript::Recorder;
    use crate::transcript::entry::{Header, Role, SCHEMA_VERSION, Tool};
    use crate::transcript::mask::Masker;
    use crate::wire::Numbers;
    use crate::wire::http::{Limits, Listener, Payload, Reply};

    const LOOPBACK: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

    #[tokio::test]
    async fn a_package_may_be_larger_than_an_answer() {
        let numbers = Numbers::shared();
        let listener = Listener::bind(SocketAddr::from(LOOPBACK), numbers.clone()).await.unwrap();
        let url = format!("http://{}/course.zip", listener.local_addr());
        let length = 17 * 1024 * 1024;
        let body =
            Payload::Repeated { first: Vec::new(), fill: Vec::new(), length, last: b"PK\x05\x06".to_vec() };
        let reply = Reply::with_body(200, "application/zip", body);
        let _serving = listener.serve(move |_| std::future::ready(reply.clone()), |_| (), Limits::default());
        let post = Post { recorder: recorder(), numbers };
        let sender = IpAddr::from(LOOPBACK.0);
        let pickup =
            Pickup { url: &url, credentials: None, transaction: "t-1", sender, needs_manifest: None };
        assert_eq!(fetch(&post, &Reach::default(), &pickup).await, Code::NO_ERROR);
    }

    fn recorder() -> Recorder {
        let header = Header {
            schema_version: SCHEMA_VERSION,
            run_id: "t".to_owned(),
            tool: Tool { name: String::new(), version: String::new(), catalogue: String::new() },
            role: Role::Client,
            profile: serde_json::Value::Null,
            selection: Vec::new(),
            proves: Vec::new(),
            partition: None,
            started: String::new(),
        };
        Recorder::in_memory(header, Masker::new([1; 32], &[]))
    }
}
