//! Handshakes with ourselves, well and ill, over real sockets.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::handshake::{accept, connect};
use super::identity::certificates;
use super::{Authority, Facts, FailureKind, Identity, Trust, provider};

const LIMIT: Duration = Duration::from_secs(5);

fn authority() -> Authority {
    Authority::make(Utc::now()).unwrap()
}

fn identity(own: &Authority, name: &str, life: (DateTime<Utc>, DateTime<Utc>)) -> Identity {
    own.issue_for(&[name.to_owned()], life).unwrap()
}

fn this_year() -> (DateTime<Utc>, DateTime<Utc>) {
    (Utc::now() - TimeDelta::days(2), Utc::now() + TimeDelta::days(300))
}

/// What the two sides see of a handshake for `localhost`: the one who connects, and the one who accepts.
async fn shake(identity: Identity, trust: Trust) -> (Facts, Facts) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let accepting = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        match accept(stream, &identity, LIMIT).await {
            Ok((mut stream, facts)) => {
                let _ = stream.write_all(b"hello").await;
                let _ = stream.shutdown().await;
                facts
            }
            Err(facts) => facts,
        }
    });
    let stream = TcpStream::connect(at).await.unwrap();
    let ours = match connect(stream, "localhost", &trust, LIMIT).await {
        Ok((mut stream, facts, _)) => {
            let mut said = Vec::new();
            stream.read_to_end(&mut said).await.unwrap();
            assert_eq!(said, b"hello");
            facts
        }
        Err(facts) => facts,
    };
    (ours, accepting.await.unwrap())
}

fn failure(facts: &Facts) -> Option<(FailureKind, &str)> {
    facts.failure.as_ref().map(|failure| (failure.kind, failure.told.as_str()))
}

fn trusting(own: &Authority) -> Trust {
    Trust::default().and(own.certificate().as_bytes()).unwrap()
}

#[tokio::test]
async fn both_sides_see_version_cipher_and_names() {
    let own = authority();
    let (ours, theirs) = shake(identity(&own, "localhost", this_year()), trusting(&own)).await;
    assert_eq!(ours, theirs);
    assert_eq!(ours.version.as_deref(), Some("TLSv1.3"));
    assert!(ours.cipher.unwrap().starts_with("TLS13_"));
    assert_eq!((ours.server_name.as_deref(), ours.alpn.as_deref()), (Some("localhost"), Some("http/1.1")));
    assert_eq!(ours.failure, None);
}

#[tokio::test]
async fn a_certificate_that_does_not_do_is_named_by_either_side() {
    let own = authority();
    let ago = |days| Utc::now() - TimeDelta::days(days);
    for (name, life, trust, why) in [
        ("localhost", (ago(20), ago(10)), trusting(&own), "the certificate has expired"),
        ("localhost", (ago(-10), ago(-20)), trusting(&own), "the certificate is not valid yet"),
        ("elsewhere.example", this_year(), trusting(&own), "the certificate is for another name"),
        (
            "localhost",
            this_year(),
            trusting(&authority()),
            "nobody who is trusted here has issued the certificate",
        ),
    ] {
        let (ours, theirs) = shake(identity(&own, name, life), trust).await;
        assert_eq!(failure(&ours), Some((FailureKind::Certificate, why)));
        let (kind, told) = failure(&theirs).unwrap();
        assert_eq!(kind, FailureKind::CertificateRefused, "{told}");
    }
}

#[tokio::test]
async fn a_host_that_is_not_to_be_checked_is_not_and_no_other() {
    let own = authority();
    let any = || identity(&own, "elsewhere.example", this_year());
    let (ours, _) = shake(any(), Trust::default().without_check_of("LOCALHOST")).await;
    assert_eq!(ours.failure, None);
    let (ours, _) = shake(any(), Trust::default().without_check_of("other.example")).await;
    assert_eq!(failure(&ours).map(|(kind, _)| kind), Some(FailureKind::Certificate));
}

#[tokio::test]
async fn what_is_no_handshake_is_named() {
    let own = authority();
    for (bytes, kind) in [
        (&b"GET / HTTP/1.1\r\n\r\n"[..], FailureKind::NotTls),
        (b"", FailureKind::Cut),
        (b"\x16\x03\x01\x00\xc8\x01", FailureKind::Cut),
        (b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\xff", FailureKind::Other),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        peer.write_all(bytes).await.unwrap();
        peer.shutdown().await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let identity = identity(&own, "localhost", this_year());
        let facts = accept(stream, &identity, LIMIT).await.err().unwrap();
        assert_eq!(failure(&facts).map(|(kind, _)| kind), Some(kind), "{bytes:?}: {facts:?}");
    }
}

#[tokio::test]
async fn whoever_says_nothing_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let _peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    let identity = identity(&authority(), "localhost", this_year());
    let facts = accept(stream, &identity, Duration::from_millis(50)).await.err().unwrap();
    assert_eq!(failure(&facts).map(|(kind, _)| kind), Some(FailureKind::Slow));
}

#[tokio::test]
async fn an_authority_that_was_kept_signs_as_before() {
    let made = authority();
    let text = [made.key(), made.certificate().to_owned()].concat();
    let kept = Authority::read(&text, &text).unwrap();
    assert_eq!(kept.certificate(), made.certificate().replace("\r\n", "\n"));
    let (ours, _) = shake(identity(&kept, "localhost", this_year()), trusting(&made)).await;
    assert_eq!(ours.failure, None);
}

/// A listener that takes nobody who shows no certificate of this CA.
fn demanding(own: &Authority) -> Identity {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates(own.certificate().as_bytes()).unwrap());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider()).build().unwrap();
    let (chain, key) = own.sign(&["localhost".to_owned()], this_year()).unwrap();
    let builder = ServerConfig::builder_with_provider(provider());
    let config = builder.with_safe_default_protocol_versions().unwrap();
    let config = config.with_client_cert_verifier(verifier).with_single_cert(chain, key).unwrap();
    Identity(Arc::new(config))
}

/// A certificate of this CA and its key, PEM.
fn shown(own: &Authority) -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let issuer = rcgen::Issuer::new(super::authority::params(&own.key), &own.key);
    let leaf =
        rcgen::CertificateParams::new(vec!["me".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    (leaf.pem(), key.serialize_pem())
}

#[tokio::test]
async fn a_certificate_of_ours_is_shown_where_one_is_asked_for() {
    let own = authority();
    let (chain, key) = shown(&own);
    let right = trusting(&own).showing(chain.as_bytes(), key.as_bytes()).unwrap();
    let (ours, theirs) = shake(demanding(&own), right).await;
    assert_eq!((ours.failure, theirs.failure), (None, None));
}

#[tokio::test]
async fn whoever_shows_the_wrong_certificate_hears_of_it_late() {
    let own = authority();
    let (chain, key) = shown(&authority());
    let wrong = trusting(&own).showing(chain.as_bytes(), key.as_bytes()).unwrap();
    for trust in [trusting(&own), wrong] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let identity = demanding(&own);
        let accepting = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            assert!(accept(stream, &identity, LIMIT).await.is_err());
        });
        let stream = TcpStream::connect(at).await.unwrap();
        let (mut stream, facts, noted) = connect(stream, "localhost", &trust, LIMIT).await.unwrap();
        assert_eq!(facts.failure, None);
        assert!(stream.read_to_end(&mut Vec::new()).await.is_err());
        let told = noted.get().map(|failure| failure.told.as_str()).unwrap();
        assert!(told.starts_with("alert "), "{told}");
        accepting.await.unwrap();
    }
}

#[test]
fn what_is_no_certificate_is_refused() {
    let own = authority();
    let pem = own.certificate().as_bytes();
    assert!(Trust::default().and(b"").is_err());
    assert!(Trust::default().showing(pem, pem).is_err());
    assert!(Identity::read(pem, authority().key().as_bytes()).is_err());
    assert!(Authority::read(own.certificate(), "").is_err());
    let shared = Arc::new(Trust::default().showing(pem, own.key().as_bytes()).unwrap());
    assert!(shared.config("localhost").is_ok());
}
