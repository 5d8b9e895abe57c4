//! Goes where a collect sends us: to hosts that are permitted, each name looked up once in a run, and nowhere else.

use std::net::IpAddr;
use std::time::Duration;

use super::deliver::{Errand, Post};
use super::ftp::{Pickup, take};
use super::reach::Reach;
use super::redirect::{moved, points_to, speaks_pens};
use crate::transcript::entry::{Barred, Purpose};
use crate::wire::ftp::{self, Channel, Login};
use crate::wire::http::{Address, AddressError, Exchange, Outgoing};

/// How often a staging server may point elsewhere.
const REDIRECTS: usize = 5;

/// Who goes, and how far.
pub(super) struct Visitor {
    pub(super) post: Post,
    pub(super) reach: Reach,
}

/// What a fetch shows of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// The credentials that the collect gives, where it gives some.
    Credentials,
    /// Nothing.
    Nothing,
}

/// Where to go, and on whose word.
pub(super) struct Visit<'a> {
    /// The URL as it came.
    pub(super) url: &'a str,
    /// The transaction whose collect names it.
    pub(super) transaction: &'a str,
    /// What for.
    pub(super) purpose: Purpose,
    /// Who sent that collect.
    pub(super) sender: IpAddr,
    /// How long the first byte may take, and the whole.
    pub(super) limits: (Duration, Duration),
}

impl Visitor {
    /// Sends a command as `outgoing` makes it of the address, and again to where a redirect leads, as browsers do; what is
    /// not sent is recorded, with the reason.
    pub(super) async fn say(&self, visit: &Visit<'_>, outgoing: impl FnOnce(Address) -> Outgoing) {
        let mut sent = self.send_to(visit, visit.url, outgoing).await;
        let mut url = visit.url.to_owned();
        for _ in 0..REDIRECTS {
            let Some((outgoing, exchange)) = sent else { return };
            let Some(head) = exchange.response_head else { return };
            if exchange.response_body.is_some_and(|body| speaks_pens(&body.head)) {
                return;
            }
            // Whoever leads back to the beginning leads nowhere.
            let next = points_to(&url, &head).filter(|next| next != visit.url);
            let Some(next) = next else { return };
            sent = self.send_to(visit, &next, |address| moved(&outgoing, &head, address)).await;
            url = next;
        }
    }

    /// Fetches what may be moved: redirects are followed to whatever host is permitted.
    pub(super) async fn fetch(&self, visit: &Visit<'_>, outgoing: impl Fn(Address) -> Outgoing) {
        let mut url = visit.url.to_owned();
        for _ in 0..=REDIRECTS {
            let Some((_, exchange)) = self.send_to(visit, &url, &outgoing).await else { return };
            let next = exchange.response_head.as_deref().and_then(|head| points_to(&url, head));
            let Some(next) = next else { return };
            url = next;
        }
    }

    async fn send_to(
        &self,
        visit: &Visit<'_>,
        url: &str,
        outgoing: impl FnOnce(Address) -> Outgoing,
    ) -> Option<(Outgoing, Exchange)> {
        match self.permitted(url, visit.sender).await {
            Ok(address) => {
                let errand = Errand {
                    outgoing: outgoing(address),
                    url: url.to_owned(),
                    transaction: visit.transaction.to_owned(),
                    purpose: visit.purpose,
                };
                let exchange = self.post.send(&errand, visit.limits.0, visit.limits.1).await;
                Some((errand.outgoing, exchange))
            }
            Err(why) => {
                self.leave(visit, url, why);
                None
            }
        }
    }

    /// Fetches a package by FTP; one that is not fetched is recorded, with the reason.
    pub(super) async fn take(&self, visit: &Visit<'_>, mut address: ftp::Address, login: Login) {
        match self.permitted_host(&address.host, address.port, visit.sender).await {
            Ok(host) => {
                address.host = host;
                let Visit { url, transaction, limits: (patience, _), .. } = *visit;
                let data = Channel::Secured;
                let pickup = Pickup { url, address, login, data, transaction, patience };
                take(&self.post, pickup).await;
            }
            Err(why) => self.leave(visit, visit.url, why),
        }
    }

    fn leave(&self, visit: &Visit<'_>, url: &str, why: Barred) {
        self.post.leave(visit.transaction, visit.purpose, url, why);
    }

    /// The address, its name replaced by what it was looked up to be.
    async fn permitted(&self, url: &str, sender: IpAddr) -> Result<Address, Barred> {
        let mut address = Address::of(url).map_err(|error| match error {
            AddressError::Scheme(_) => Barred::Scheme,
            AddressError::Relative(_) if url.contains(':') => Barred::Scheme,
            AddressError::Empty
            | AddressError::Relative(_)
            | AddressError::Control(_)
            | AddressError::NoHost(_)
            | AddressError::Host(_)
            | AddressError::Port(_) => Barred::Address,
        })?;
        address.host = self.permitted_host(&address.host, address.port, sender).await?;
        Ok(address)
    }

    /// A host, its name replaced by what it was looked up to be.
    async fn permitted_host(&self, host: &str, port: u16, sender: IpAddr) -> Result<String, Barred> {
        let is_named = self.reach.permits(host, sender);
        // What localhost is says this machine alone, and it may be two addresses.
        if host.parse::<IpAddr>().is_ok() || host.eq_ignore_ascii_case("localhost") {
            return if is_named { Ok(host.to_owned()) } else { Err(Barred::Host) };
        }
        let found = self.reach.names.look_up(host, port).await;
        let found = found.ok_or(if is_named { Barred::Unresolved } else { Barred::Host })?;
        if !is_named && !self.reach.permits(&found.to_string(), sender) {
            return Err(Barred::Host);
        }
        Ok(found.to_string())
    }
}
