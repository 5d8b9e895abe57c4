//! Takes packages: fetches one from its URL, bounded in size and time, never held and never on disk.

use std::net::IpAddr;
use std::time::Duration;

use super::deliver::{Errand, Post};
use super::ftp::{self, AccountUse, DataUse};
use super::manners::{Contents, Fetching, Files, FtpUse, Https, Redirects, UrlUse};
use super::reach::Reach;
use super::redirect::leads_on;
use super::stage::Credentials;
use crate::pens::Code;
use crate::transcript::entry::{Barred, Purpose};
use crate::wire::excerpt::Excerpt;
use crate::wire::ftp::{self as wire, Channel, Upshot};
use crate::wire::http::{self, Address, Ended, Outgoing, ResponseHead};

/// What a zip archive ends with (APPNOTE 4.3.16).
const END_OF_DIRECTORY: &[u8] = b"PK\x05\x06";

/// Where a package is, and who sends us there.
pub struct Pickup<'a> {
    /// package-url as it came.
    pub url: &'a str,
    /// package-url-user-id, -password and -account, when there are any.
    pub credentials: Option<Credentials>,
    /// The file that an archive of this package-type has at its root.
    pub needs_manifest: Option<&'a str>,
    /// The transaction that it belongs to.
    pub transaction: &'a str,
    /// Who sent the collect.
    pub sender: IpAddr,
    /// What is done otherwise than by a conforming target.
    pub fetching: Fetching,
    /// How long a staging server may keep silent.
    pub patience: Duration,
    /// The size from which packages are refused, in bytes.
    pub quota: Option<u64>,
}

/// How often a staging server may point elsewhere.
const REDIRECTS: usize = 5;

/// What became of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetched {
    /// The code that the receipt must tell of the retrieval (Table 3).
    pub retrieval: Code,
    /// The code of what came to light in what was fetched.
    pub processing: Code,
}

impl Fetched {
    const WELL: Self = Self { retrieval: Code::NO_ERROR, processing: Code::NO_ERROR };

    fn failed(retrieval: Code) -> Self {
        Self { retrieval, ..Self::WELL }
    }
}

/// Fetches the package, over a few redirects if need be.
pub async fn fetch(post: &Post, reach: &Reach, pickup: &Pickup<'_>) -> Fetched {
    if pickup.fetching.files == Files::Claimed && pickup.url.starts_with("file:") {
        return Fetched::WELL;
    }
    if let Some(address) = ftp_address(pickup.url) {
        return fetch_by_ftp(post, reach, pickup, address).await;
    }
    let is_secure = pickup.url.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:"));
    if is_secure && pickup.fetching.https == Https::Unsupported {
        return Fetched::failed(Code::NO_HTTPS);
    }
    let mut url = altered(pickup.url, pickup.fetching.url);
    for _ in 0..=REDIRECTS {
        let Ok(mut address) = Address::of(&url) else { return Fetched::failed(code_of_scheme(&url)) };
        match reach.lead(&address.host, address.port, pickup.sender).await {
            Ok(host) => address.host = host,
            Err(why) => return not_gone(post, pickup, (&url, why), code_of_scheme(&url)),
        }
        let exchange = ask(post, pickup, address, &url).await;
        let next = exchange.response_head.as_deref().and_then(|head| leads_on(&url, head));
        match next {
            Some(next) if pickup.fetching.redirects == Redirects::Followed => url = next,
            Some(_) | None => return taken(&exchange, pickup),
        }
    }
    Fetched::failed(Code::RETRIEVE)
}

/// The address of a package that lies on an FTP server, with TLS or without.
pub(super) fn ftp_address(url: &str) -> Option<wire::Address> {
    wire::Address::of(url).ok().filter(|address| !address.breaks_lines())
}

/// What becomes of a package that we are not to go to: a name that nobody knows is a fault of the URL, whatever its scheme.
fn not_gone(post: &Post, pickup: &Pickup<'_>, (url, why): (&str, Barred), barred: Code) -> Fetched {
    post.leave(pickup.transaction, Purpose::Download, url, why);
    Fetched::failed(if why == Barred::Unresolved { Code::PACKAGE_URL } else { barred })
}

async fn fetch_by_ftp(
    post: &Post,
    reach: &Reach,
    pickup: &Pickup<'_>,
    mut address: wire::Address,
) -> Fetched {
    let unsupported = if address.is_secured { Code::NO_FTPS } else { Code::NO_FTP };
    match if address.is_secured { pickup.fetching.ftps } else { pickup.fetching.ftp } {
        FtpUse::Claimed => return Fetched::WELL,
        FtpUse::Refused | FtpUse::Ignored => return Fetched::failed(unsupported),
        FtpUse::Fetched => {}
    }
    match reach.lead(&address.host, address.port, pickup.sender).await {
        Ok(host) => address.host = host,
        Err(why) => return not_gone(post, pickup, (pickup.url, why), Code::PACKAGE_URL),
    }
    let credentials = pickup.credentials.clone().unwrap_or_default();
    let account = credentials.account.filter(|_| pickup.fetching.account == AccountUse::Sent);
    let login = wire::Login { user: credentials.user, password: Some(credentials.password), account };
    let (url, transaction, patience) = (pickup.url, pickup.transaction, pickup.patience);
    let data = match pickup.fetching.data {
        DataUse::Secured => Channel::Secured,
        DataUse::InTheClear => Channel::Clear,
    };
    let is_secured = address.is_secured;
    let transfer = ftp::take(post, ftp::Pickup { url, address, login, data, transaction, patience }).await;
    match (transfer.upshot, transfer.reply) {
        (Upshot::Complete, Some(226 | 250)) => looked_into(&transfer.body, pickup),
        (Upshot::Complete, Some(331 | 332 | 530 | 532)) => Fetched::failed(Code::CREDENTIALS),
        // The two sides do not agree about TLS, or its handshake failed (Table 3).
        (Upshot::Complete, Some(431 | 500..=504 | 534 | 536)) if is_secured => Fetched::failed(unsupported),
        (Upshot::Handshake, _) => Fetched::failed(unsupported),
        (Upshot::Complete, Some(450 | 550 | 553)) => Fetched::failed(Code::PACKAGE_URL),
        (Upshot::Refused | Upshot::Unresolved | Upshot::Unreachable | Upshot::Closed | Upshot::Silent, _) => {
            Fetched::failed(Code::PACKAGE_URL)
        }
        (
            Upshot::Complete
            | Upshot::Cut
            | Upshot::OnPurpose
            | Upshot::Slow
            | Upshot::TooLong
            | Upshot::Garbage,
            _,
        ) => Fetched::failed(Code::RETRIEVE),
    }
}

/// What comes to light in a package that was fetched.
fn looked_into(payload: &Excerpt, pickup: &Pickup<'_>) -> Fetched {
    if pickup.quota.is_some_and(|quota| payload.length > quota) {
        return Fetched { processing: Code::SPACE, ..Fetched::WELL };
    }
    match pickup.fetching.contents {
        Contents::Stored => Fetched::WELL,
        Contents::Opened => open(Some(payload), pickup.needs_manifest),
    }
}

async fn ask(post: &Post, pickup: &Pickup<'_>, address: Address, url: &str) -> http::Exchange {
    let mut outgoing = Outgoing::get(address);
    if let Some(credentials) = &pickup.credentials {
        outgoing.headers.push(("Authorization".to_owned(), credentials.basic()));
    }
    outgoing
        .headers
        .push(("User-Agent".to_owned(), concat!("penspec/", env!("CARGO_PKG_VERSION")).to_owned()));
    let errand = Errand {
        outgoing,
        url: url.to_owned(),
        transaction: pickup.transaction.to_owned(),
        purpose: Purpose::Download,
    };
    post.send(&errand, pickup.patience, Duration::from_mins(10)).await
}

fn altered(url: &str, url_use: UrlUse) -> String {
    match url_use {
        UrlUse::AsGiven => url.to_owned(),
        UrlUse::WithoutQuery => url.split('?').next().unwrap_or_default().to_owned(),
        UrlUse::LowerCase => url.to_lowercase(),
        UrlUse::Decoded => percent_encoding::percent_decode_str(url).decode_utf8_lossy().replace(' ', "+"),
    }
}

/// What became of the package, from the last exchange.
fn taken(exchange: &http::Exchange, pickup: &Pickup<'_>) -> Fetched {
    let status = exchange.response_head.as_ref().and_then(|head| ResponseHead::read(head).0.status);
    let length = exchange.payload.as_ref().map_or(0, |payload| payload.length);
    match (exchange.ended, status) {
        (Ended::Complete, Some(200)) if pickup.quota.is_some_and(|quota| length > quota) => {
            Fetched { processing: Code::SPACE, ..Fetched::WELL }
        }
        (Ended::Complete, Some(200)) if pickup.fetching.contents == Contents::Stored => Fetched::WELL,
        (Ended::Complete, Some(300..=399)) if pickup.fetching.redirects == Redirects::Taken => Fetched::WELL,
        (Ended::Complete, Some(200)) => open(exchange.payload.as_ref(), pickup.needs_manifest),
        (Ended::Complete, Some(401 | 403 | 407)) => Fetched::failed(Code::CREDENTIALS),
        (Ended::Complete, Some(404 | 410)) => Fetched::failed(Code::PACKAGE_URL),
        // Of https, what fails before the first byte is told as that (Table 3).
        (Ended::Handshake, _) => Fetched::failed(Code::NO_HTTPS),
        (
            Ended::Refused
            | Ended::Unresolved
            | Ended::ConnectTimeout
            | Ended::Unreachable
            | Ended::ClosedEarly
            | Ended::Timeout,
            _,
        ) => Fetched::failed(Code::PACKAGE_URL),
        (Ended::Complete | Ended::Reset | Ended::Cut | Ended::TooLarge | Ended::Garbage, _) => {
            Fetched::failed(Code::RETRIEVE)
        }
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

/// Looks into the archive, as far as it was kept.
fn open(payload: Option<&Excerpt>, manifest: Option<&str>) -> Fetched {
    let Some(payload) = payload.filter(|payload| payload.length > 0) else {
        return Fetched::failed(Code::RETRIEVE);
    };
    if payload.head.trim_ascii_start().starts_with(b"<") {
        return Fetched::failed(Code::RETRIEVE);
    }
    let is_good = match payload.whole() {
        Some(bytes) => has_file(bytes, manifest),
        // Of a long archive only the ends are kept; the list of its files stands at the last.
        None => payload.tail.windows(END_OF_DIRECTORY.len()).any(|window| window == END_OF_DIRECTORY),
    };
    if is_good { Fetched::WELL } else { Fetched { processing: Code::PACKAGE, ..Fetched::WELL } }
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
    use crate::transcript::entry::Role;
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
        let post = Post { recorder: recorder(), numbers, route: crate::wire::http::Route::default() };
        let sender = IpAddr::from(LOOPBACK.0);
        let pickup = Pickup {
            url: &url,
            credentials: None,
            transaction: "t-1",
            sender,
            needs_manifest: None,
            fetching: Fetching::default(),
            patience: Duration::from_secs(30),
            quota: None,
        };
        assert_eq!(fetch(&post, &Reach::default(), &pickup).await, Fetched::WELL);
    }

    fn recorder() -> Recorder {
        Recorder::of_a_test(Role::Client, &[])
    }
}
