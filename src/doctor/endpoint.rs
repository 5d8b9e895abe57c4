//! The target: whether its name is known, a connection stands and PENS is spoken there, and whether it can come back.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};

use super::own::offering;
use super::{PATIENCE, Sign};
use crate::certify::is_elsewhere;
use crate::mock::client::{Binding, Client, Message, Saying};
use crate::mock::listening::Transport;
use crate::pens::{Code, Encode, Response};
use crate::profile::Profile;
use crate::transcript::entry::Ended;
use crate::transcript::{Exchange, Transcript};
use crate::wire::http::Address;

/// A command that PENS does not have (6.2.2): whoever knows PENS refuses it, and it says nothing that could be imported.
const COMMAND: &[u8] = b"pens-version=1.0.0&command=penspec-doctor";

/// A clock that is off by more makes expiries doubtful.
const DRIFT: TimeDelta = TimeDelta::minutes(1);

/// Looks at the target there.
pub(super) async fn examine(client: &Client, profile: &Profile, target: &Address) -> Vec<Sign> {
    let mut signs = Vec::new();
    // A proxy looks names up itself.
    if profile.proxy.is_none() {
        match look_up(target).await {
            Ok(sign) => signs.push(sign),
            Err(sign) => return vec![sign],
        }
    }
    signs.push(way_back(client, target).await);
    say_to(client, profile).await;
    let transcript = client.recorder().transcript();
    let Some(exchange) = asked(&transcript) else {
        let cure = "give an address such as http://lms.example/pens";
        signs.push(Sign::fail(
            "target",
            format!("{}: nothing could be sent there", profile.target.url),
            cure,
        ));
        return signs;
    };
    signs.push(speaks(&exchange, &profile.target.url));
    signs.extend(clock(&exchange, Utc::now()));
    signs
}

async fn look_up(target: &Address) -> Result<Sign, Sign> {
    let found = tokio::net::lookup_host((target.name(), target.port)).await;
    let mut addresses: Vec<String> =
        found.map(|found| found.map(|at| at.ip().to_string()).collect()).unwrap_or_default();
    addresses.dedup();
    if addresses.is_empty() {
        let cure = "look whether the name is written rightly and known to the resolver of this machine";
        return Err(Sign::fail("name", format!("{} cannot be looked up", target.host), cure));
    }
    Ok(Sign::ok("name", format!("{} is {}", target.host, addresses.join(", "))))
}

/// Whether what the target is told can lead back from where it is.
async fn way_back(client: &Client, target: &Address) -> Sign {
    let told = client.advertised();
    let host = Address::of(told).map(|address| address.name().to_owned()).unwrap_or_default();
    let cure =
        "give --listen an address of this machine, and --advertise HOST:PORT what the LMS can connect to";
    match host.parse::<IpAddr>() {
        Ok(_) if !is_elsewhere(target).await => {
            Sign::ok("way back", format!("the target is on this machine, as {told} is"))
        }
        Ok(address) if address.to_canonical().is_loopback() => {
            Sign::fail("way back", format!("{told} is a loopback address, and the target is elsewhere"), cure)
        }
        Ok(address) if is_private(address) => Sign::warn(
            "way back",
            format!(
                "{told} is a private address: many an LMS refuses to fetch from one, and one outside cannot"
            ),
            "have its guard against server-side requests let this address pass, or advertise a public one or a tunnel",
        ),
        Ok(_) | Err(_) => Sign::ok("way back", format!("the target is told {told}")),
    }
}

/// Addresses that only a part of the world can reach (RFC 1918, RFC 4193, RFC 3927, RFC 4291).
fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    }
}

async fn say_to(client: &Client, profile: &Profile) {
    let saying = Saying {
        message: Message::Raw(COMMAND),
        binding: Binding::Get,
        encode: Encode::Percent,
        headers: &[],
        limit: PATIENCE,
    };
    let begun = offering(Transport::Http).and_then(|offering| client.begin(profile, offering).ok());
    if let Some(begun) = begun {
        // What cannot be sent leaves no exchange behind, which is told.
        let _ = client.collect(&begun, &profile.target.url, &saying).await;
    }
}

/// The command, and what became of it.
fn asked(transcript: &Transcript) -> Option<Exchange> {
    transcript.evidence().transactions.iter().rev().find_map(|transaction| transaction.answered().cloned())
}

fn speaks(exchange: &Exchange, url: &str) -> Sign {
    let failure = exchange.tls.as_ref().and_then(|tls| tls.failure.as_ref());
    if let Some(failure) = failure {
        let cure =
            "give the CA that issued its certificate with --trust FILE; look whether that port speaks TLS";
        return Sign::fail("target", format!("{url}: {}", failure.told), cure);
    }
    let ended = exchange.ended.unwrap_or(Ended::Abandoned);
    if ended != Ended::Complete {
        return Sign::fail("target", format!("{url}: {}", ended.told()), missing(ended));
    }
    let code = exchange.payload().and_then(|payload| Response::read(&payload).0.code());
    let status = exchange.status().unwrap_or_default();
    match code {
        Some(code) if code == Code::NO_ERROR => Sign::warn(
            "target",
            format!("{url} answers error=0 to a command that PENS does not have"),
            "look whether that is an LMS at all: it may say yes to everything",
        ),
        Some(code) => Sign::ok(
            "target",
            format!("{url} speaks PENS: it refuses a command that PENS does not have with error={code}"),
        ),
        None => Sign::fail(
            "target",
            format!("{url} answers with HTTP status {status} and no line of PENS"),
            other(status),
        ),
    }
}

/// What to do where no answer came.
fn missing(ended: Ended) -> &'static str {
    match ended {
        Ended::Refused | Ended::Unreachable => {
            "is the target running, and is that its port? Does a firewall stand between?"
        }
        Ended::Unresolved => "look whether the name is written rightly",
        Ended::Gateway => "look whether the proxy can reach the target",
        Ended::Silent | Ended::Slow => {
            "look into the log of the target: it took the connection and did not answer in time"
        }
        Ended::Complete
        | Ended::Handshake
        | Ended::Closed
        | Ended::Reset
        | Ended::Cut
        | Ended::TooLong
        | Ended::Garbage
        | Ended::OnPurpose
        | Ended::Abandoned => "look whether HTTP is spoken at that port, and what stands before it",
    }
}

/// What to do where something else answers.
fn other(status: u16) -> &'static str {
    match status {
        401 | 403 | 407 => {
            "a login stands before it: give what it asks for as headers below target in the profile"
        }
        404 => "is the path right? Ask for the address at which the LMS takes collects",
        _ => "a login page, a proxy, or another address than the one that takes collects",
    }
}

fn clock(exchange: &Exchange, now: DateTime<Utc>) -> Option<Sign> {
    let apart = now.signed_duration_since(exchange.dated()?).abs();
    let seen = format!("the target's clock and ours are {} s apart", apart.num_seconds());
    Some(if apart > DRIFT {
        Sign::warn("their clock", seen, "set the clock that is wrong: packages expire, and certificates too")
    } else {
        Sign::ok("their clock", seen)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_told_from_public_ones() {
        for address in
            ["10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.1.1", "fd00::1", "fe80::1", "::ffff:10.0.0.1"]
        {
            assert!(is_private(address.parse().unwrap()), "{address}");
        }
        for address in ["192.0.2.1", "8.8.8.8", "2001:db8::1", "127.0.0.1"] {
            assert!(!is_private(address.parse().unwrap()), "{address}");
        }
    }
}
