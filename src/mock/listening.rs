//! Where a mock listens, transport by transport, and what peers are told instead.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::wire::Numbers;
use crate::wire::http::Listener;
use crate::wire::smtp::Sink;

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

/// Where a mock listens, and what peers are told instead; by default for HTTP and mail, at any ports of this machine.
#[derive(Debug, Clone)]
pub struct Listening {
    /// HTTP.
    pub http: Place,
    /// HTTP over TLS: what peers are told of a tunnel that ends TLS before the listener of HTTP.
    pub https: Option<String>,
    /// Mail; `None` where none is taken.
    pub mail: Option<MailAt>,
}

/// Where mail is taken, and the domain of the mailboxes.
#[derive(Debug, Clone)]
pub struct MailAt {
    /// Where to listen.
    pub at: SocketAddr,
    /// The domain; one that names the port when left out.
    pub domain: Option<String>,
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

impl Default for Listening {
    fn default() -> Self {
        let at = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { http: Place { at, told: None }, https: None, mail: Some(MailAt { at, domain: None }) }
    }
}

impl Place {
    /// The base of the URLs that are given out for a listener that was bound to `local`.
    fn base(&self, scheme: &str, local: SocketAddr) -> String {
        self.told.as_deref().map_or_else(|| format!("{scheme}://{local}"), without_slash)
    }
}

impl Listening {
    /// Binds the address for HTTP.
    pub(super) async fn bind_http(&self, numbers: &Arc<Numbers>) -> Result<Listener, CannotListen> {
        let Place { at, .. } = self.http;
        let bound = Listener::bind(at, Arc::clone(numbers)).await;
        bound.map_err(|error| CannotListen { transport: Transport::Http, at, error })
    }

    /// Binds the address for mail, where some is taken.
    pub(super) async fn bind_mail(&self, numbers: &Arc<Numbers>) -> Result<Option<Sink>, CannotListen> {
        let Some(MailAt { at, .. }) = self.mail else { return Ok(None) };
        let bound = Sink::bind(at, Arc::clone(numbers)).await;
        bound.map(Some).map_err(|error| CannotListen { transport: Transport::Mail, at, error })
    }

    /// The bases, when HTTP is listened for at `http`.
    pub(super) fn bases(&self, http: SocketAddr) -> Bases {
        Bases { http: self.http.base("http", http), https: self.https.as_deref().map(without_slash) }
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
            Transport::Ftp | Transport::Ftps | Transport::Mail => Err(Off(over)),
        }
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
        let local = SocketAddr::from(([127, 0, 0, 1], 8080));
        let bases = Listening::default().bases(local);
        assert_eq!(bases.of_package(Transport::Http), Ok("http://127.0.0.1:8080"));
        assert_eq!(bases.of_callbacks(Callbacks::Https), Err(Off(Transport::Https)));
        for off in [Transport::Https, Transport::Ftp, Transport::Ftps] {
            assert_eq!(bases.of_package(off), Err(Off(off)));
        }
        let told = Some("https://tunnel.example/a/".to_owned());
        let bases = Listening { https: told, ..Listening::default() }.bases(local);
        assert_eq!(bases.of_package(Transport::Http), Ok("http://127.0.0.1:8080"));
        assert_eq!(bases.of_package(Transport::Https), Ok("https://tunnel.example/a"));
        assert_eq!(bases.of_callbacks(Callbacks::Https), Ok("https://tunnel.example/a"));
    }
}
