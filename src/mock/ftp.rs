//! FTP for the mocks' organs: how its dialogue is recorded, what the staging area offers over it, how a package is
//! fetched by it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use schemars::JsonSchema;
use serde::Deserialize;

use super::deliver::{MAX_PACKAGE, Post};
use super::listening::{CannotListen, FtpPlace, Listening, Transport};
use super::stage::{Stage, is_guest};
use crate::transcript::entry::{self, ControlLine, Ended, FtpAsked, FtpScheme, Party, SecuredLink, What};
use crate::transcript::{Bytes, Recorder};
use crate::wire::ftp::{
    Address, Asked, Channel, Errand, Event, FetchLimits, House, Limits, Link, Listener, Login, Passive,
    Security, Side, Transfer, Upshot, fetch,
};
use crate::wire::tls::Identity;
use crate::wire::{Numbers, Serving};

/// What stays as it is in the path of a URL (RFC 3986, 3.3).
const IN_PATHS: AsciiSet = NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The longest that the fetch of a package may take.
const TRANSFER: Duration = Duration::from_mins(10);

/// How long a server that is to speak TLS may take to greet before it is taken for one that waits for us to begin.
const GREETING: Duration = Duration::from_secs(2);

/// How the file itself comes over FTPS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DataUse {
    /// Over TLS, as its server is asked to give it.
    #[default]
    Secured,
    /// In the clear: only the login is secured.
    InTheClear,
}

/// What becomes of package-url-account where a staging server asks for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AccountUse {
    /// It is sent.
    #[default]
    Sent,
    /// It is kept back.
    Withheld,
}

/// A staging area over FTP.
pub(super) struct Staging {
    /// What package-url begins with.
    pub(super) base: String,
    /// The same for packages over TLS, where there is a certificate to show.
    pub(super) secured_base: Option<String>,
    pub(super) serving: Serving,
}

impl Staging {
    /// Offers what is on the stage, where FTP is listened for.
    pub(super) async fn start(
        listening: &Listening,
        stage: &Arc<Stage>,
        recorder: &Recorder,
        numbers: &Arc<Numbers>,
    ) -> Result<Option<Self>, CannotListen> {
        let Some(FtpPlace { control, passive, identity }) = &listening.ftp else { return Ok(None) };
        let bound = Listener::bind(control.at).await;
        let listener =
            bound.map_err(|error| CannotListen { transport: Transport::Ftp, at: control.at, error })?;
        let advertised = match &control.told {
            Some(url) => told_address(url).await,
            None => None,
        };
        let base = control.base("ftp", listener.local_addr());
        let passive = Passive { ports: passive.clone(), advertised };
        let secured_base = identity.as_ref().map(|_| secured(&base));
        let security = security(stage, identity.as_ref());
        let house = house(stage, recorder.clone(), Arc::clone(numbers), (passive, security));
        Ok(Some(Self { base, secured_base, serving: listener.serve(house) }))
    }
}

/// The same place by the scheme of FTPS, whose usual port is another.
fn secured(base: &str) -> String {
    let rest = base.split_once("://").map_or(base, |(_, rest)| rest);
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let has_port =
        authority.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|it| it.is_ascii_digit()));
    let port = if has_port { "" } else { ":21" };
    format!("ftps://{authority}{port}{path}")
}

/// TLS for whoever begins with it, as long as something is offered over it, and for whoever asks for it.
fn security(stage: &Arc<Stage>, identity: Option<&Identity>) -> Security {
    let Some(identity) = identity else { return Security::Plain };
    let stage = Arc::clone(stage);
    Security::tls(identity.without_protocols(), move || stage.offers_over(Transport::Ftps))
}

fn house(
    stage: &Arc<Stage>,
    recorder: Recorder,
    numbers: Arc<Numbers>,
    (passive, security): (Passive, Security),
) -> House {
    let (admitting, finding, knowing) = (Arc::clone(stage), Arc::clone(stage), Arc::clone(stage));
    House {
        admit: Box::new(move |login, over| admitting.admit(login, over)),
        find: Box::new(move |login, over, path| finding.find(login, over, path)),
        observe: Box::new(move |event| {
            record(&recorder, event, Party::Subject, |transfer| knowing.asked_for(transfer));
        }),
        limits: Limits::default(),
        passive,
        security,
        numbers,
    }
}

/// The address of what peers are told, which PASV has to repeat; a name is looked up once.
async fn told_address(url: &str) -> Option<Ipv4Addr> {
    let address = Address::of(url).ok()?;
    let found = tokio::net::lookup_host((address.host.as_str(), address.port)).await.ok()?;
    found.into_iter().find_map(|address| match address {
        SocketAddr::V4(address) => Some(*address.ip()),
        SocketAddr::V6(_) => None,
    })
}

/// A package to be fetched by FTP, and what for.
pub(super) struct Pickup<'a> {
    /// The URL as it was given to us.
    pub(super) url: &'a str,
    /// The same, read; its host may be what was looked up for its name.
    pub(super) address: Address,
    /// Who is said to ask.
    pub(super) login: Login,
    /// Whether the file is to be secured, too, where the dialogue is.
    pub(super) data: Channel,
    /// The transaction that it belongs to.
    pub(super) transaction: &'a str,
    /// How long each reply may take.
    pub(super) patience: Duration,
}

/// Fetches a package and records the dialogue and what became of it.
pub(super) async fn take(post: &Post, pickup: Pickup<'_>) -> Transfer {
    let Pickup { url, address, login, data, transaction, patience } = pickup;
    let limits = FetchLimits {
        connect: patience.min(Duration::from_secs(30)),
        greeting: GREETING,
        reply: patience,
        total: TRANSFER,
        most: MAX_PACKAGE,
    };
    let mut observe = |event| record(&post.recorder, event, Party::Mock, |_| None);
    let transfer =
        fetch(&post.numbers, &Errand { address, login, data }, (&limits, &post.route.trust), &mut observe)
            .await;
    let recorded = transfer_of(&post.recorder, &transfer, Party::Mock, Some(transaction.to_owned()));
    let url = Some(post.recorder.mask_text(url));
    post.recorder.append(What::Transfer(entry::Transfer { url, ..recorded }));
    transfer
}

/// Records what passed over a control connection that this party opened.
fn record(
    recorder: &Recorder,
    event: Event,
    client: Party,
    transaction: impl FnOnce(&Transfer) -> Option<String>,
) {
    let server = match client {
        Party::Mock => Party::Subject,
        Party::Subject => Party::Mock,
    };
    recorder.append(match event {
        Event::Opened { connection, peer } => {
            What::ConnectionOpened { connection, by: client, peer: peer.to_string(), tls: None }
        }
        Event::Secured { connection, link, facts } => What::Secured(entry::Secured {
            connection,
            by: client,
            link: match link {
                Link::Control => SecuredLink::Control,
                Link::Data => SecuredLink::Data,
            },
            tls: facts,
        }),
        Event::Line { connection, by, line } => What::ControlLine(ControlLine {
            connection,
            by: match by {
                Side::Client => client,
                Side::Server => server,
            },
            line: Bytes(line),
            masks: Vec::new(),
        }),
        Event::Transfer(transfer) => {
            let transaction = transaction(&transfer);
            What::Transfer(transfer_of(recorder, &transfer, client, transaction))
        }
        Event::Closed { connection, how } => {
            What::ConnectionClosed { connection, how: format!("{how:?}").to_lowercase() }
        }
    });
}

fn transfer_of(
    recorder: &Recorder,
    transfer: &Transfer,
    by: Party,
    transaction: Option<String>,
) -> entry::Transfer {
    let (asked, path) = match &transfer.asked {
        Asked::Login => (FtpAsked::Login, String::new()),
        Asked::File(path) => {
            let slash = if path.starts_with(b"/") { "" } else { "/" };
            (FtpAsked::File, format!("{slash}{}", percent_encode(path, &IN_PATHS)))
        }
    };
    entry::Transfer {
        exchange: transfer.exchange,
        connection: transfer.connection,
        transaction,
        by,
        over: if transfer.is_secured { FtpScheme::Ftps } else { FtpScheme::Ftp },
        asked,
        path,
        user: Some(transfer.user.clone()).filter(|user| !is_guest(user)),
        url: None,
        reply: transfer.reply,
        body: transfer.body.clone().into(),
        ended: ended(transfer.upshot),
        asked_us: recorder.moment_us(transfer.began),
        first_byte_us: transfer.first_byte.map(|first| recorder.moment_us(first)),
        last_byte_us: recorder.moment_us(transfer.ended),
    }
}

fn ended(upshot: Upshot) -> Ended {
    match upshot {
        Upshot::Complete => Ended::Complete,
        Upshot::Cut => Ended::Cut,
        Upshot::OnPurpose => Ended::OnPurpose,
        Upshot::Refused => Ended::Refused,
        Upshot::Unresolved => Ended::Unresolved,
        Upshot::Unreachable => Ended::Unreachable,
        Upshot::Closed => Ended::Closed,
        Upshot::Silent => Ended::Silent,
        Upshot::Slow => Ended::Slow,
        Upshot::TooLong => Ended::TooLong,
        Upshot::Garbage => Ended::Garbage,
        Upshot::Handshake => Ended::Handshake,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_of_ftp_is_told_for_ftps_too() {
        for (base, expected) in [
            ("ftp://127.0.0.1:2121", "ftps://127.0.0.1:2121"),
            ("ftp://harness.example", "ftps://harness.example:21"),
            ("ftp://harness.example/a", "ftps://harness.example:21/a"),
            ("ftp://[::1]", "ftps://[::1]:21"),
            ("ftp://[::1]:2121", "ftps://[::1]:2121"),
        ] {
            assert_eq!(secured(base), expected);
        }
    }
}
