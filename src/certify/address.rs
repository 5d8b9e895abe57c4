//! Addresses: where we listen, what peers are told, and whether a target elsewhere can reach it.

use std::net::{IpAddr, SocketAddr};

use super::Stop;
use super::authority::identity;
use crate::mock::listening::{CannotListen, FtpPlace, Https, Listening, MailAt, Place, Transport};
use crate::pens::mailto::is_address;
use crate::profile::{Advertise, Listen, ListenAt, Port, PortRange, Profile};
use crate::wire::http::{Address, AddressError};

/// What peers are told for a transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) transport: Transport,
    pub(crate) url: String,
}

impl Told {
    /// Takes the place of what the profile tells for this transport.
    pub(crate) fn put(self, advertise: &mut Advertise) {
        match self.transport {
            Transport::Http => advertise.http = Some(self.url),
            Transport::Https => advertise.https = Some(self.url),
            Transport::Ftp => advertise.ftp = Some(self.url),
            Transport::Mail => advertise.mail_domain = Some(self.url),
            // `read_told` takes none.
            Transport::Ftps => {}
        }
    }
}

/// Reads what `--advertise` says: what peers are told, behind the transport that it is for: `https=`; HTTP without one.
pub(crate) fn read_told(text: &str) -> Result<Told, String> {
    let (transport, text) = match text.split_once('=') {
        Some(("http", rest)) => (Transport::Http, rest),
        Some(("https", rest)) => (Transport::Https, rest),
        Some(("ftp", rest)) => (Transport::Ftp, rest),
        Some(("mail", rest)) => (Transport::Mail, rest),
        Some(("ftps", _)) => {
            return Err("FTPS is spoken at the address of FTP, and told with it; write ftp=".to_owned());
        }
        Some((other, _)) if !other.contains('/') => {
            return Err(format!(
                "this version listens for HTTP, HTTPS, FTP and mail, not for {other}; write http=, https=, ftp=, mail= or nothing"
            ));
        }
        Some(_) | None => (Transport::Http, text),
    };
    Ok(Told { transport, url: read_advertised(transport, text)? })
}

/// Reads what peers are told for a transport: a URL, or a host and a port.
///
/// An https URL is that of a tunnel which ends TLS and passes plain HTTP on.
pub(crate) fn read_advertised(transport: Transport, text: &str) -> Result<String, String> {
    if transport == Transport::Mail {
        return read_domain(text);
    }
    let url = if text.contains("://") { text.to_owned() } else { format!("{}://{text}", transport.name()) };
    let is_plain = url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http:"));
    if transport == Transport::Https && is_plain {
        return Err("for https peers are told an https URL; a plain one is told for http".to_owned());
    }
    let is_by_ftp = url.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("ftp:"));
    if is_by_ftp != (transport == Transport::Ftp) {
        return Err("an ftp URL is told for ftp, and no other is".to_owned());
    }
    if url.contains(['?', '#', '@']) {
        return Err(
            "paths are put behind what peers are told: leave credentials, query and fragment out".to_owned()
        );
    }
    told(&url).map(|_| url).map_err(|error| error.to_string())
}

/// Where a URL that peers are told leads; that of FTP is read like another.
fn told(url: &str) -> Result<Address, AddressError> {
    match url.split_once(':') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("ftp") => Address::of(&format!("http:{rest}")),
        Some(_) | None => Address::of(url),
    }
}

/// Reads the domain of mailboxes, or an address in brackets in its place (RFC 5321, 4.1.3).
fn read_domain(text: &str) -> Result<String, String> {
    let is_domain = !text.contains('@') && is_address(&format!("a@{text}"));
    is_domain.then(|| text.to_owned()).ok_or_else(|| {
        format!("{text:?} is no domain that a mailbox could have; write one such as penspec.example")
    })
}

/// Where a profile has a mock listen, and what it has peers told.
pub(crate) fn listening(profile: &Profile) -> Result<Listening, Stop> {
    let Profile { listen, advertise, .. } = profile;
    let read = |transport: Transport, told: &Option<String>| {
        let url = told.as_deref().map(|text| read_advertised(transport, text)).transpose();
        url.map_err(|why| Stop::Usage(format!("advertise.{}: {why}", transport.name())))
    };
    let https = read(Transport::Https, &advertise.https)?;
    let http = read(Transport::Http, &advertise.http)?;
    let https = match (listen.https, https) {
        (Port::Off, None) => Https::Off,
        // What is told leads somewhere, and nothing leads to a port that nobody knows.
        (Port::At(ListenAt(at)), Some(url)) if at.port() == 0 => Https::Tunnel(url),
        (Port::Off, Some(url)) => Https::Tunnel(url),
        (Port::At(ListenAt(at)), told) => {
            let identity = identity(&profile.tls, &names(at, told.as_deref()))?;
            Https::Own(Place { at, told }, identity)
        }
    };
    // Where there is only a tunnel to be told of, plain HTTP comes over it, too.
    let told = http.or_else(|| match &https {
        Https::Tunnel(url) => Some(url.clone()),
        Https::Off | Https::Own(..) => None,
    });
    // Whoever wants no TLS of ours may have no certificate to show.
    let is_secured = listen.https != Port::Off;
    let ftp_told = read(Transport::Ftp, &advertise.ftp)?;
    let ftp = match listen.ftp {
        Port::Off => None,
        Port::At(ListenAt(at)) => {
            let shown = || identity(&profile.tls, &names(at, ftp_told.as_deref()));
            let identity = is_secured.then(shown).transpose()?;
            let passive = listen.ftp_passive.map(PortRange::ports);
            Some(FtpPlace { control: Place { at, told: ftp_told }, passive, identity })
        }
    };
    let mail = match listen.smtp {
        Port::Off => None,
        Port::At(ListenAt(at)) => {
            let domain = advertise.mail_domain.clone();
            let shown = || identity(&profile.tls, &mail_names(at, domain.as_deref()));
            let identity = is_secured.then(shown).transpose()?;
            Some(MailAt { at, domain, identity })
        }
    };
    Ok(Listening { http: Place { at: listen.http.0, told }, https, ftp, mail })
}

/// The names and addresses by which peers may come: what a certificate must be for.
fn names(at: SocketAddr, url: Option<&str>) -> Vec<String> {
    all_names(at, url.and_then(|url| told(url).ok()).map(|address| address.host))
}

/// The same for mail servers, which look for the domain or a host in it.
fn mail_names(at: SocketAddr, domain: Option<&str>) -> Vec<String> {
    all_names(at, domain.filter(|domain| !domain.starts_with('[')).map(str::to_owned))
}

fn all_names(at: SocketAddr, told: Option<String>) -> Vec<String> {
    let bound = (!at.ip().is_unspecified()).then(|| at.ip().to_string());
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
    names.extend([told, bound].into_iter().flatten());
    names.sort();
    names.dedup();
    names
}

/// The stop for an address that cannot be listened on.
pub(crate) fn cannot_listen(cannot: &CannotListen) -> Stop {
    let flag = cannot.transport.flag();
    Stop::Environment(format!("{cannot}; choose another address with {flag}, port 0 takes any free one"))
}

/// An address that stands for all of them is none that a peer could be told; `whom` it would be told.
pub(crate) fn refuse_no_address(listening: &Listening, whom: &str) -> Result<(), Stop> {
    refuse_unspecified(&listening.http, whom, "")
}

fn refuse_unspecified(place: &Place, whom: &str, prefix: &str) -> Result<(), Stop> {
    let Place { at, told } = place;
    if at.ip().is_unspecified() && told.is_none() {
        return Err(Stop::Usage(format!(
            "{} stands for every address of this machine, so it is none that a {whom} could be told; say with \
             --advertise {prefix}HOST:PORT what the {whom} can connect to",
            at.ip()
        )));
    }
    Ok(())
}

/// A target elsewhere cannot call back to a loopback address: better said before any traffic.
pub(crate) async fn refuse_unreachable_callbacks(
    target: &Address,
    listening: &Listening,
) -> Result<(), Stop> {
    refuse_no_address(listening, "target")?;
    listening.ftp.iter().try_for_each(|ftp| refuse_unspecified(&ftp.control, "target", "ftp="))?;
    let ftp = listening.ftp.iter().map(|ftp| (Transport::Ftp, &ftp.control));
    let mut places = [(Transport::Http, &listening.http)].into_iter().chain(ftp);
    let Some((transport, _)) = places.find(|(_, place)| is_told_loopback(place)) else { return Ok(()) };
    if !is_elsewhere(target).await {
        return Ok(());
    }
    let prefix = if transport == Transport::Http { "" } else { "ftp=" };
    Err(Stop::Environment(format!(
        "{} is another machine, and the address that it would be told is a loopback address that it cannot reach; \
         give {} an address of this machine, and --advertise {prefix}HOST:PORT what the LMS can connect to",
        target.host,
        transport.flag()
    )))
}

/// FTP that nobody asked for is off where the target could not reach it: it is on another machine.
pub(crate) async fn turn_unreachable_ftp_off(target: &Address, listen: &mut Listen, advertise: &Advertise) {
    if listen.ftp == Port::default() && advertise.ftp.is_none() && is_elsewhere(target).await {
        listen.ftp = Port::Off;
    }
}

/// Whether peers are told an address that leads nowhere but to their own machine.
fn is_told_loopback(place: &Place) -> bool {
    match place.told.as_deref().and_then(|url| told(url).ok()) {
        Some(address) => is_loopback_name(&address.host),
        None => is_loopback(place.at.ip()),
    }
}

/// Whether a target is on another machine, as far as its name can be looked up.
pub(crate) async fn is_elsewhere(target: &Address) -> bool {
    if is_loopback_name(&target.host) {
        return false;
    }
    let resolved = tokio::net::lookup_host((target.host.as_str(), target.port)).await;
    let addresses: Vec<SocketAddr> = resolved.map(Iterator::collect).unwrap_or_default();
    !addresses.is_empty() && addresses.iter().all(|address| !is_loopback(address.ip()))
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
        for (text, transport, url) in [
            ("harness.example:8080", Transport::Http, "http://harness.example:8080"),
            ("http=harness.example:8080", Transport::Http, "http://harness.example:8080"),
            ("http://harness.example:8080", Transport::Http, "http://harness.example:8080"),
            ("http://[::1]:8080/prefix", Transport::Http, "http://[::1]:8080/prefix"),
            ("[::1]:8080", Transport::Http, "http://[::1]:8080"),
            ("https://tunnel.example/prefix/", Transport::Http, "https://tunnel.example/prefix/"),
            ("http=https://tunnel.example/prefix", Transport::Http, "https://tunnel.example/prefix"),
            ("https=https://tunnel.example/prefix", Transport::Https, "https://tunnel.example/prefix"),
            ("https=tunnel.example", Transport::Https, "https://tunnel.example"),
            ("ftp=harness.example:2121", Transport::Ftp, "ftp://harness.example:2121"),
            ("ftp=ftp://harness.example", Transport::Ftp, "ftp://harness.example"),
            ("mail=penspec.example", Transport::Mail, "penspec.example"),
            ("mail=[127.0.0.1]", Transport::Mail, "[127.0.0.1]"),
        ] {
            assert_eq!(read_told(text), Ok(Told { transport, url: url.to_owned() }), "{text}");
        }
        for text in [
            "",
            "a b",
            "ftps=harness.example",
            "ftp://tunnel.example",
            "ftp=http://tunnel.example",
            "https=http://tunnel.example",
        ] {
            assert!(read_told(text).is_err(), "{text}");
        }
        for text in ["http://a/?partition=1", "http://a/#top", "http://user:word@a/", "https://a:0/"] {
            assert!(read_told(text).is_err(), "{text}");
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
