//! Who does not trust whom: what a handshake that failed says, of either side, and what to do about it.

use super::verdict::{Cause, Finding, Outcome};
use crate::transcript::entry::{FailureKind, Party, Tls};
use crate::transcript::protocol::Protocol;
use crate::transcript::{Evidence, Exchange, Handshake};

/// What makes a peer trust our certificates.
pub(super) const CURE: &str = "have the peer trust the CA that `penspec ca --out FILE` writes, or give a certificate that it trusts with tls.certificate";

/// Why what we sent had no connection under TLS, with the cause that this is.
pub(super) fn without_handshake(exchange: &Exchange) -> (Cause, String) {
    let failure = exchange.tls.as_ref().and_then(|tls| tls.failure.as_ref());
    let told = failure.map_or("the handshake of TLS failed", |failure| failure.told.as_str());
    match failure.map(|failure| failure.kind) {
        Some(FailureKind::Certificate) => (
            Cause::TlsTrust,
            format!("TLS: {told}; give the CA that issued it with --trust FILE where it is to be trusted"),
        ),
        Some(FailureKind::CertificateRefused) => (
            Cause::TlsTrust,
            format!(
                "TLS: the peer does not take our certificate, {told}; give one with tls.client-certificate and tls.client-key"
            ),
        ),
        Some(
            FailureKind::Alert
            | FailureKind::NotTls
            | FailureKind::Cut
            | FailureKind::Slow
            | FailureKind::Other,
        )
        | None => (
            Cause::Unreachable,
            format!("TLS: {told}; look whether that port speaks TLS 1.2 or 1.3, and what stands before it"),
        ),
    }
}

/// Why nothing came over TLS by this protocol, where the peer tried: it does not take our certificate, or spoke no TLS.
pub(super) fn refusal(evidence: &Evidence, protocol: Protocol) -> Option<Outcome> {
    let is_theirs = |one: &&Handshake| one.by == Party::Subject && one.protocol == protocol;
    let theirs = || evidence.handshakes.iter().filter(is_theirs);
    let name = match protocol {
        Protocol::Http => "https",
        Protocol::Ftp | Protocol::Ftps => "FTPS",
        Protocol::Mail => "mail",
    };
    let refusing = theirs().find_map(|one| Some((one, refuses(one)?)));
    if let Some((one, how)) = refusing {
        let finding = Finding::new(format!("the peer connected by TLS and {how}: {CURE}"));
        return Some(Outcome::Inconclusive(Cause::TlsTrust, finding.seen_in([one.entry])));
    }
    theirs().find_map(|one| {
        let failure = one.tls.failure.as_ref()?;
        let message = format!("a handshake failed, so nothing came by {name}: {}", failure.told);
        Some(Outcome::Inconclusive(Cause::Unreachable, Finding::new(message).seen_in([one.entry])))
    })
}

/// How a peer shows that it does not trust us: by an alert, or by leaving when it has seen the certificate.
fn refuses(handshake: &Handshake) -> Option<String> {
    let Tls { failure, .. } = &handshake.tls;
    match failure.as_ref().map(|failure| (failure.kind, &failure.told)) {
        Some((FailureKind::CertificateRefused, told)) => {
            Some(format!("does not take the certificate ({told})"))
        }
        Some((FailureKind::Cut, _)) => Some("left within the handshake".to_owned()),
        None if handshake.requests == 0 => {
            Some("left without a word once it had seen the certificate".to_owned())
        }
        Some((
            FailureKind::Alert
            | FailureKind::Certificate
            | FailureKind::NotTls
            | FailureKind::Slow
            | FailureKind::Other,
            _,
        ))
        | None => None,
    }
}
