//! Where a mock listens, transport by transport, and what peers are told instead.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Deserialize;

use super::stage::TlsUse;
use crate::wire::http::{Event, Limits, Listener, Reply, Request, Route};
use crate::wire::smtp::Sink;
use crate::wire::tls::{Authority, Identity, TlsError, Trust};
use crate::wire::{Numbers, Serving};

/// What a package is offered over (5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// HTTP.
    #[default]
    Http,
    /// HTTP over TLS.
    Https,
    /// FTP.
    Ftp,
    /// FTP over TLS.
    Ftps,
    /// Mail, which takes receipts and alerts alone.
    #[serde(skip)]
    Mail,
}

/// What receipts and alerts are to come over (6.2.15, 6.2.16).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Callbacks {
    /// HTTP.
    #[default]
    Http,
    /// HTTP over TLS.
    Https,
}

/// Where a mock listens, and what peers are told instead; by default for HTTP, for the FTP of a staging area and for mail, at any
/// ports of this machine.
#[derive(Debug, Clone)]
pub struct Listening {
    /// HTTP.
    pub http: Place,
    /// HTTP over TLS.
    pub https: Https,
    /// FTP, where packages are offered over it.
    pub ftp: Option<FtpPlace>,
    /// Mail, for a client alone; `None` where none is taken.
    pub mail: Option<MailAt>,
}

/// Where packages are offered over FTP.
#[derive(Debug, Clone)]
pub struct FtpPlace {
    /// The control connections.
    pub control: Place,
    /// The ports of data connections; any free one when left out.
    pub passive: Option<RangeInclusive<u16>>,
    /// What is shown to whoever speaks TLS there; nothing is offered over FTPS when left out.
    pub identity: Option<Identity>,
}

/// How HTTP over TLS comes to a mock.
#[derive(Debug, Clone)]
pub enum Https {
    /// Not at all.
    Off,
    /// By a tunnel of this URL, which ends TLS before the listener of HTTP.
    Tunnel(String),
    /// To a listener that shows this certificate.
    Own(Place, Identity),
}

/// Where mail is taken, and the domain of the mailboxes.
#[derive(Debug, Clone)]
pub struct MailAt {
    /// Where to listen.
    pub at: SocketAddr,
    /// The domain; one that names the port when left out.
    pub domain: Option<String>,
    /// What is shown to whoever asks for TLS (RFC 3207); it is not offered when left out.
    pub identity: Option<Identity>,
}

/// Listeners of HTTP that are bound and not served yet.
pub(super) struct Bound {
    http: Listener,
    https: Option<Listener>,
    pub(super) bases: Bases,
}

/// An address to listen on, and the base of the URLs that peers are told instead of it.
#[derive(Debug, Clone)]
pub struct Place {
    /// Where to listen.
    pub at: SocketAddr,
    /// What peers are told; the address itself when left out.
    pub told: Option<String>,
}

/// The bases of the URLs that are given out, without a slash at their ends; `None` for a transport that is off.
#[derive(Debug, Clone)]
pub struct Bases {
    /// HTTP.
    pub http: String,
    /// HTTP over TLS.
    pub https: Option<String>,
    /// FTP.
    pub ftp: Option<String>,
    /// FTP over TLS.
    pub ftps: Option<String>,
}

/// Which addresses are given out for collects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addresses {
    /// Each case has one of its own.
    Own,
    /// All cases have the same one, and take the collects one by one (`--fixed-address`).
    Fixed,
}

/// An address that could not be had.
#[derive(Debug, thiserror::Error)]
#[error("{at}: cannot listen here: {error}")]
pub struct CannotListen {
    /// What was to come over it.
    pub transport: Transport,
    /// The address.
    pub at: SocketAddr,
    /// What the system says.
    pub error: io::Error,
}

/// A transport that peers cannot be told, because nothing takes it here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nothing is told for {}: give --advertise what peers can connect to for it", .0.name())]
pub struct Off(pub Transport);

/// No certificate could be made for mocks among themselves.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct NoCertificate(#[from] TlsError);

/// All that is listened for by mocks that talk to each other within this process, and the way by which they trust a CA that nobody
/// else knows.
///
/// # Errors
/// When the system gives no random numbers.
pub fn among_ourselves(now: DateTime<Utc>) -> Result<(Listening, Route), NoCertificate> {
    let own = Authority::make(now)?;
    let trust = Trust::default().and(own.certificate().as_bytes())?;
    let default = Listening::default();
    let identity = own.issue(&[default.http.at.ip().to_string()], now)?;
    let ftp = default.ftp.map(|ftp| FtpPlace { identity: Some(identity.clone()), ..ftp });
    let mail = default.mail.map(|mail| MailAt { identity: Some(identity.clone()), ..mail });
    let https = Https::Own(default.http.clone(), identity);
    let listening = Listening { http: default.http, https, ftp, mail };
    Ok((listening, Route { trust: Arc::new(trust), proxy: None }))
}

impl Default for Listening {
    fn default() -> Self {
        let at = SocketAddr::from(([127, 0, 0, 1], 0));
        let anywhere = Place { at, told: None };
        let ftp = Some(FtpPlace { control: anywhere.clone(), passive: None, identity: None });
        let mail = Some(MailAt { at, domain: None, identity: None });
        Self { http: anywhere, https: Https::Off, ftp, mail }
    }
}

impl Place {
    async fn bind(&self, transport: Transport, numbers: &Arc<Numbers>) -> Result<Listener, CannotListen> {
        let bound = Listener::bind(self.at, Arc::clone(numbers)).await;
        bound.map_err(|error| CannotListen { transport, at: self.at, error })
    }

    /// The base of the URLs that are given out for a listener that was bound to `local`.
    pub(super) fn base(&self, scheme: &str, local: SocketAddr) -> String {
        self.told.as_deref().map_or_else(|| format!("{scheme}://{local}"), without_slash)
    }
}

impl Listening {
    /// Binds the addresses for HTTP, with TLS and without.
    pub(super) async fn bind(&self, numbers: &Arc<Numbers>) -> Result<Bound, CannotListen> {
        let http = self.http.bind(Transport::Http, numbers).await?;
        let base = self.http.base("http", http.local_addr());
        let mut bases = Bases { http: base, https: None, ftp: None, ftps: None };
        let https = match &self.https {
            Https::Off => None,
            Https::Tunnel(told) => {
                bases.https = Some(without_slash(told));
                None
            }
            Https::Own(place, identity) => {
                let listener = place.bind(Transport::Https, numbers).await?;
                bases.https = Some(place.base("https", listener.local_addr()));
                Some(listener.secured(identity.clone()))
            }
        };
        Ok(Bound { http, https, bases })
    }

    /// Binds the address for mail, where some is taken.
    pub(super) async fn bind_mail(&self, numbers: &Arc<Numbers>) -> Result<Option<Sink>, CannotListen> {
        let Some(MailAt { at, .. }) = self.mail else { return Ok(None) };
        let bound = Sink::bind(at, Arc::clone(numbers)).await;
        bound.map(Some).map_err(|error| CannotListen { transport: Transport::Mail, at, error })
    }
}

impl Bound {
    /// Serves all that was bound until the handles are dropped.
    pub(super) fn serve<A, F, O>(self, answer: A, observe: O) -> Vec<Serving>
    where
        A: Fn(Arc<Request>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Reply> + Send + 'static,
        O: Fn(Event) + Clone + Send + Sync + 'static,
    {
        let listeners = [Some(self.http), self.https].into_iter().flatten();
        listeners.map(|listener| listener.serve(answer.clone(), observe.clone(), Limits::default())).collect()
    }
}

impl Bases {
    /// The base of the URL of a package.
    ///
    /// # Errors
    /// When nothing is listened on for the transport.
    pub fn of_package(&self, over: Transport) -> Result<&str, Off> {
        match over {
            Transport::Http => Ok(&self.http),
            Transport::Https => self.https.as_deref().ok_or(Off(over)),
            Transport::Ftp => self.ftp.as_deref().ok_or(Off(over)),
            Transport::Ftps => self.ftps.as_deref().ok_or(Off(over)),
            Transport::Mail => Err(Off(over)),
        }
    }

    /// The same of a package whose server makes this of TLS: an https URL of the port of HTTP leads to none.
    ///
    /// # Errors
    /// When nothing is listened on for the transport, or TLS is spoken at the one port there is.
    pub(super) fn of_staged(&self, over: Transport, tls: TlsUse) -> Result<String, Off> {
        let base = match (over, tls) {
            (Transport::Https, TlsUse::Missing) => {
                let plain = self.http.strip_prefix("http:").ok_or(Off(over))?;
                return Ok(format!("https:{plain}"));
            }
            (_, TlsUse::AsTold | TlsUse::Demanded | TlsUse::Missing) => self.of_package(over)?,
        };
        Ok(base.to_owned())
    }

    /// The base of the URLs for receipts and alerts.
    ///
    /// # Errors
    /// When nothing is listened on for them.
    pub fn of_callbacks(&self, over: Callbacks) -> Result<&str, Off> {
        match over {
            Callbacks::Http => Ok(&self.http),
            Callbacks::Https => self.https.as_deref().ok_or(Off(Transport::Https)),
        }
    }
}

impl Transport {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Ftp => "ftp",
            Self::Ftps => "ftps",
            Self::Mail => "mail",
        }
    }

    /// The flag that says where it is listened for.
    #[must_use]
    pub fn flag(self) -> &'static str {
        match self {
            Self::Http => "--listen",
            Self::Https => "--https-listen",
            Self::Ftp | Self::Ftps => "--ftp-listen",
            Self::Mail => "--smtp-listen",
        }
    }
}

fn without_slash(base: &str) -> String {
    base.trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_off_is_not_given_out() {
        let base = "http://127.0.0.1:8080".to_owned();
        let bases = Bases { http: base, https: None, ftp: None, ftps: None };
        assert_eq!(bases.of_package(Transport::Http), Ok("http://127.0.0.1:8080"));
        assert_eq!(bases.of_callbacks(Callbacks::Https), Err(Off(Transport::Https)));
        let without_tls = bases.of_staged(Transport::Https, TlsUse::Missing);
        assert_eq!(without_tls.as_deref(), Ok("https://127.0.0.1:8080"));
        for off in [Transport::Https, Transport::Ftp, Transport::Ftps] {
            assert_eq!(bases.of_package(off), Err(Off(off)));
        }
    }

    #[tokio::test]
    async fn a_tunnel_is_told_without_its_slash() {
        let https = Https::Tunnel("https://tunnel.example/a/".to_owned());
        let bound = Listening { https, ..Listening::default() }.bind(&Numbers::shared()).await.unwrap();
        let bases = bound.bases;
        assert!(bases.http.starts_with("http://127.0.0.1:"), "{}", bases.http);
        assert_eq!(bases.of_package(Transport::Https), Ok("https://tunnel.example/a"));
        assert_eq!(bases.of_callbacks(Callbacks::Https), Ok("https://tunnel.example/a"));
    }
}
