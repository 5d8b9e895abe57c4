//! What is ours: the clock, the CA, the listeners, and whether what peers are told for each leads back here.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use chrono::{DateTime, NaiveDate, Utc};
use lettre::{AsyncSmtpTransport, Tokio1Executor};

use super::{PATIENCE, Sign};
use crate::certify::{Stop, authority, header, listening, masker_of, route, start_client};
use crate::mock::client::{Client, Offering};
use crate::mock::deliver::{Errand, Post};
use crate::mock::fetch::{Pickup, fetch};
use crate::mock::listening::{Callbacks, Https, Listening, Transport};
use crate::mock::manners::Fetching;
use crate::mock::reach::Reach;
use crate::mock::stage::{Staged, Stays, TlsUse};
use crate::pens::Code;
use crate::profile::Profile;
use crate::requirements::CATALOGUE;
use crate::run::built_in;
use crate::transcript::Recorder;
use crate::transcript::entry::{Ended, Offer, Purpose, Role, What};
use crate::wire::Numbers;
use crate::wire::http::{Address, Outgoing, ResponseHead, Route};

/// The package that is fetched for a trial.
const PACKAGE: &str = "scorm12-minimal.zip";

/// What a zip archive begins with (APPNOTE 4.3.7).
const ZIP: &[u8] = b"PK\x03\x04";

/// Whether the time can be right: `package-url-expiry` and certificates rest on it.
pub(super) fn clock(now: DateTime<Utc>) -> Sign {
    let made = NaiveDate::parse_from_str(CATALOGUE, "%Y-%m-%d").unwrap_or_default();
    let shown = now.format("%Y-%m-%d %H:%M:%S UTC");
    if now.date_naive() < made {
        let seen = format!("{shown}, which is before this penspec was made");
        return Sign::fail("clock", seen, "set the clock: expiries and certificates would be wrong");
    }
    Sign::ok("clock", shown.to_string())
}

/// Whether there is a certificate to show over https.
pub(super) fn certificate(profile: &Profile) -> Sign {
    if let Some(own) = &profile.tls.certificate {
        return Sign::ok("certificate", format!("yours, of {own}"));
    }
    match authority() {
        Ok(_) => Sign::ok(
            "certificate",
            "the CA of this user is there; `penspec ca` tells how a peer comes to trust it",
        ),
        Err(why) => Sign::fail("certificate", "no CA can be used", why.to_string()),
    }
}

/// Listens as the profile says. What cannot be listened on is told and left out, so that the others can be looked at; without HTTP
/// there is nothing to look at.
pub(super) async fn listen(
    profile: &Profile,
    target: Option<&Address>,
) -> Result<(Option<Client>, Vec<Sign>), Stop> {
    let mut wanted = listening(profile)?;
    let mut signs = Vec::new();
    loop {
        let recorder = recorder()?;
        match start_client(profile, &wanted, recorder).await {
            Ok(client) => return Ok((Some(client.with_route(route(profile, target)?)), signs)),
            Err(cannot) => {
                signs.push(Sign::fail(
                    cannot.transport.name(),
                    cannot.to_string(),
                    format!(
                        "choose another address with {}, port 0 takes any free one",
                        cannot.transport.flag()
                    ),
                ));
                if leave_out(&mut wanted, cannot.transport) == Left::Nothing {
                    return Ok((None, signs));
                }
            }
        }
    }
}

/// What is still listened for.
#[derive(PartialEq, Eq)]
enum Left {
    Something,
    Nothing,
}

fn leave_out(listening: &mut Listening, transport: Transport) -> Left {
    match transport {
        Transport::Http => return Left::Nothing,
        Transport::Https => listening.https = Https::Off,
        Transport::Ftp | Transport::Ftps => listening.ftp = None,
        Transport::Mail => listening.mail = None,
    }
    Left::Something
}

fn recorder() -> Result<Recorder, Stop> {
    Ok(Recorder::in_memory(
        header(Role::Target, &Profile::default(), &[])?,
        masker_of(&Profile::default(), Vec::new())?,
    ))
}

/// Goes each way that a target would be told, from here, and takes a package or greets the sink at its end.
/// `known` are the listeners that could not be had.
pub(super) async fn paths(client: &Client, profile: &Profile, known: &[Sign]) -> Result<Vec<Sign>, Stop> {
    let post = Post {
        recorder: recorder()?,
        numbers: Numbers::shared(),
        // A peer does not come by our proxy.
        route: Route { proxy: None, ..route(profile, None)? },
    };
    let is_new = |over: Transport| {
        // One listener serves both.
        let listener = if over == Transport::Ftps { Transport::Ftp } else { over };
        known.iter().all(|sign| sign.of != listener.name())
    };
    let mut signs = Vec::new();
    for over in [Transport::Http, Transport::Https, Transport::Ftp, Transport::Ftps]
        .into_iter()
        .filter(|over| is_new(*over))
    {
        signs.push(path(client, profile, &post, over).await);
    }
    if is_new(Transport::Mail) {
        signs.push(mail(client).await);
    }
    Ok(signs)
}

async fn path(client: &Client, profile: &Profile, post: &Post, over: Transport) -> Sign {
    let Some((base, url)) = url_of(client, profile, over) else {
        return Sign::ok(over.name(), format!("off; switch it on with {}", over.flag()));
    };
    match taken(post, &url, over).await {
        Ok(()) => Sign::ok(over.name(), format!("{base} leads here, and a package comes whole")),
        Err(why) => Sign::fail(over.name(), format!("{base}: {why}"), cure(over)),
    }
}

/// What peers are told for a transport that is on, and the URL of a package that is offered there.
fn url_of(client: &Client, profile: &Profile, over: Transport) -> Option<(String, String)> {
    let begun = client.begin(profile, offering(over)?).ok()?;
    let (base, _) = begun.package_url.split_once(&format!("/{}/", begun.transaction))?;
    Some((base.to_owned(), begun.package_url.clone()))
}

/// A package that everybody may have.
pub(super) fn offering(over: Transport) -> Option<Offering<'static>> {
    let package = built_in::package(PACKAGE)?;
    Some(Offering {
        scenario: "doctor",
        package: PACKAGE.to_owned(),
        path: PACKAGE.to_owned(),
        staged: Staged {
            reply: package.reply(),
            guard: None,
            moved: None,
            stays: Stays::default(),
            tls: TlsUse::default(),
        },
        offer: Offer::Whole,
        over,
        callbacks: Callbacks::Http,
    })
}

async fn taken(post: &Post, url: &str, over: Transport) -> Result<(), String> {
    match over {
        Transport::Http | Transport::Https => taken_by_http(post, url).await,
        Transport::Ftp | Transport::Ftps => taken_by_ftp(post, url).await,
        Transport::Mail => Ok(()),
    }
}

async fn taken_by_http(post: &Post, url: &str) -> Result<(), String> {
    let address = Address::of(url).map_err(|error| error.to_string())?;
    let errand = Errand {
        outgoing: Outgoing::get(address),
        url: url.to_owned(),
        transaction: "doctor".to_owned(),
        purpose: Purpose::Download,
    };
    let exchange = post.send(&errand, PATIENCE, PATIENCE).await;
    if let Some(failure) = exchange.tls.as_ref().and_then(|tls| tls.failure.as_ref()) {
        return Err(failure.told.clone());
    }
    if let Some(ended) = last_ended(&post.recorder).filter(|ended| *ended != Ended::Complete) {
        return Err(ended.told().to_owned());
    }
    let status = exchange.response_head.as_deref().and_then(|head| ResponseHead::read(head).0.status);
    let is_package = exchange.payload.as_ref().is_some_and(|payload| payload.head.starts_with(ZIP));
    match status {
        Some(200) if is_package => Ok(()),
        Some(status) => Err(format!("somebody else answers there, with HTTP status {status}")),
        None => Err("somebody else answers there".to_owned()),
    }
}

/// How what was asked last came to its end.
fn last_ended(recorder: &Recorder) -> Option<Ended> {
    recorder.transcript().entries.iter().rev().find_map(|entry| match &entry.what {
        What::Response(response) => Some(response.ended),
        _ => None,
    })
}

async fn taken_by_ftp(post: &Post, url: &str) -> Result<(), String> {
    let pickup = Pickup {
        url,
        credentials: None,
        needs_manifest: None,
        transaction: "doctor",
        sender: IpAddr::V4(Ipv4Addr::LOCALHOST),
        fetching: Fetching::default(),
        patience: PATIENCE,
        quota: None,
    };
    let host = url.split('/').nth(2).unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host).trim_matches(['[', ']']);
    let reach = Reach { allowed: vec![host.to_ascii_lowercase()], ..Reach::default() };
    let fetched = fetch(post, &reach, &pickup).await;
    if fetched.retrieval == Code::NO_ERROR && fetched.processing == Code::NO_ERROR {
        return Ok(());
    }
    Err("the package cannot be taken from there: the control or the data connection does not come through"
        .to_owned())
}

fn cure(over: Transport) -> String {
    let (flag, prefix) = (over.flag(), over.name());
    format!(
        "open that address in the firewall, or lead it to what {flag} listens on, or tell peers another with --advertise {prefix}=HOST:PORT"
    )
}

/// Whether the sink answers.
async fn mail(client: &Client) -> Sign {
    let Some((domain, at)) = client.mailbox() else {
        return Sign::ok("mail", "off; switch it on with --smtp-listen");
    };
    let at = SocketAddr::new(
        if at.ip().is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { at.ip() },
        at.port(),
    );
    let transport: AsyncSmtpTransport<Tokio1Executor> =
        AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(at.ip().to_string())
            .port(at.port())
            .timeout(Some(PATIENCE))
            .build();
    match transport.test_connection().await {
        Ok(true) => Sign::ok("mail", format!("{at} takes mail for {domain}")),
        Ok(false) => {
            Sign::fail("mail", format!("{at} does not answer as a mail server"), cure(Transport::Mail))
        }
        Err(error) => Sign::fail("mail", format!("{at}: {error}"), cure(Transport::Mail)),
    }
}
