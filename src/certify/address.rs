//! Addresses: what peers are told, and whether a target elsewhere can reach it.

use std::net::{IpAddr, SocketAddr};

use super::Stop;
use crate::wire::http::Address;

/// Reads what peers are told: a URL, or a host and a port; `http=` may stand before it, the listener that it leads to.
///
/// An https URL is that of a tunnel which ends TLS and passes plain HTTP on; `https=` may stand before it.
pub(crate) fn read_advertised(text: &str) -> Result<String, String> {
    let (listener, text) = match text.split_once('=') {
        Some((listener @ ("http" | "https"), rest)) => (listener, rest),
        Some((other, _)) if !other.contains('/') => {
            return Err(format!(
                "this version listens for HTTP alone, not for {other}; write http= or nothing"
            ));
        }
        Some(_) | None => ("http", text),
    };
    let url = if text.contains("://") { text.to_owned() } else { format!("{listener}://{text}") };
    let is_plain = url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http:"));
    if listener == "https" && is_plain {
        return Err("https= tells peers an https URL; write http= before a plain one".to_owned());
    }
    if url.contains(['?', '#', '@']) {
        return Err(
            "paths are put behind what peers are told: leave credentials, query and fragment out".to_owned()
        );
    }
    told(&url).map(|_| url).map_err(|error| error.to_string())
}

/// Where a URL that peers are told leads, its scheme aside: whoever is told https speaks to a tunnel.
fn told(url: &str) -> Result<Address, crate::wire::http::AddressError> {
    match url.split_once(':') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => Address::of(&format!("http:{rest}")),
        Some(_) | None => Address::of(url),
    }
}

/// The stop for an address that cannot be listened on.
pub(crate) fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Stop {
    Stop::Environment(format!(
        "{address}: cannot listen here: {error}; choose another address with --listen, port 0 takes any free one"
    ))
}

/// A target elsewhere cannot call back to a loopback address: better said before any traffic.
pub(crate) async fn refuse_unreachable_callbacks(
    target: &Address,
    listen: SocketAddr,
    advertise: Option<&str>,
) -> Result<(), Stop> {
    if listen.ip().is_unspecified() && advertise.is_none() {
        return Err(Stop::Usage(format!(
            "{} stands for every address of this machine, so it is none that a target could be told; say with \
             --advertise HOST:PORT what the LMS can connect to",
            listen.ip()
        )));
    }
    let advertised = advertise.and_then(|url| told(url).ok());
    let told_loopback = match &advertised {
        Some(address) => is_loopback_name(&address.host),
        None => is_loopback(listen.ip()),
    };
    if !told_loopback || is_loopback_name(&target.host) {
        return Ok(());
    }
    let resolved = tokio::net::lookup_host((target.host.as_str(), target.port)).await;
    let addresses: Vec<SocketAddr> = resolved.map(Iterator::collect).unwrap_or_default();
    if addresses.is_empty() || addresses.iter().any(|address| is_loopback(address.ip())) {
        return Ok(());
    }
    Err(Stop::Environment(format!(
        "{} is another machine, and the address that it would be told is a loopback address that it cannot reach; \
         give --listen an address of this machine, and --advertise what the LMS can connect to",
        target.host
    )))
}

fn is_loopback_name(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost") || host.parse().is_ok_and(is_loopback)
}

/// 127.0.0.1 written as an IPv6 address is one, too.
fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_peers_are_told_is_a_url_or_a_host_and_a_port() {
        for (text, url) in [
            ("harness.example:8080", "http://harness.example:8080"),
            ("http=harness.example:8080", "http://harness.example:8080"),
            ("http://harness.example:8080", "http://harness.example:8080"),
            ("http://[::1]:8080/prefix", "http://[::1]:8080/prefix"),
            ("[::1]:8080", "http://[::1]:8080"),
            ("https://tunnel.example/prefix/", "https://tunnel.example/prefix/"),
            ("http=https://tunnel.example/prefix", "https://tunnel.example/prefix"),
            ("https=https://tunnel.example/prefix", "https://tunnel.example/prefix"),
            ("https=tunnel.example", "https://tunnel.example"),
        ] {
            assert_eq!(read_advertised(text).as_deref(), Ok(url), "{text}");
        }
        for text in ["", "a b", "ftp://tunnel.example", "ftp=tunnel.example", "https=http://tunnel.example"] {
            assert!(read_advertised(text).is_err(), "{text}");
        }
        for text in ["http://a/?partition=1", "http://a/#top", "http://user:word@a/", "https://a:0/"] {
            assert!(read_advertised(text).is_err(), "{text}");
        }
    }

    #[test]
    fn loopback_has_many_names() {
        for host in ["localhost", "LOCALHOST.", "lms.localhost", "127.0.0.1", "127.9.9.9", "::1"] {
            assert!(is_loopback_name(host), "{host}");
        }
        assert!(is_loopback_name("::ffff:127.0.0.1"));
        for host in ["lms.example", "192.0.2.1", "::", "localhost.example", ""] {
            assert!(!is_loopback_name(host), "{host:?}");
        }
    }
}
