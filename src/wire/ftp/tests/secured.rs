//! Both sides over TLS: begun with, asked for, refused, and broken off.

use chrono::Utc;

use super::super::event::{Asked, Upshot};
use super::client::{scripted, take_trusting};
use super::*;
use crate::wire::tls::{Authority, FailureKind, Trust, connect_for_ftp};

const FILE: &str = "/t-1/package/secret.zip";

/// A staging area that shows a certificate, and who trusts it.
async fn staging(limits: Limits) -> (Staging, Trust) {
    let own = Authority::make(Utc::now()).unwrap();
    let identity = own.issue(&["127.0.0.1".to_owned()], Utc::now()).unwrap().without_protocols();
    let security = Security::tls(identity, || true);
    let trust = Trust::default().and(own.certificate().as_bytes()).unwrap();
    (Staging::within(course(), limits, security).await, trust)
}

/// Greets whoever is not quick.
const QUICK: Limits = Limits { hello: Duration::from_millis(1), ..LIMITS };

/// Greets nobody who might begin with TLS.
const PATIENT: Limits = Limits { hello: PATIENCE, ..LIMITS };

const LIMITS: Limits = Limits {
    line: 4096,
    lines: 100,
    idle: PATIENCE,
    hello: PATIENCE,
    data: Duration::from_secs(5),
    total: PATIENCE,
    connections: 8,
};

async fn shake(stream: Boxed, trust: &Trust) -> Boxed {
    Box::new(connect_for_ftp(stream, "127.0.0.1", trust, PATIENCE).await.unwrap().0)
}

impl Peer {
    /// Asks for TLS, and shakes hands.
    async fn secure(&mut self, trust: &Trust) {
        assert!(self.ask("AUTH TLS").await.starts_with("234 "));
        let stream = std::mem::replace(&mut self.control, Box::new(tokio::io::empty()));
        self.control = shake(stream, trust).await;
    }

    async fn hold(&mut self, told: &[(&str, &str)]) {
        for (command, code) in told {
            assert!(self.ask(command).await.starts_with(code), "{command}");
        }
    }
}

#[tokio::test]
async fn tls_can_be_asked_for() {
    let (mut staging, trust) = staging(QUICK).await;
    let mut peer = Peer::connect(staging.addr()).await;
    peer.hold(&[("PROT P", "503 "), ("AUTH KERBEROS", "504 "), ("USER uk", "534 "), ("PASS pw", "503 ")])
        .await;
    let refused = staging.transfer().await;
    assert_eq!((refused.asked, refused.user.as_str(), refused.reply), (Asked::Login, "uk", Some(534)));
    peer.secure(&trust).await;
    let (link, facts) = staging.secured().await;
    assert_eq!((link, facts.failure, facts.alpn), (Link::Control, None, None));
    peer.hold(&[("AUTH TLS", "503 "), ("USER uk", "331 "), ("PASS pw", "230 "), ("PBSZ 0", "200 ")]).await;
    peer.hold(&[("PROT X", "536 "), (&format!("RETR {FILE}"), "522 "), ("PROT P", "200 ")]).await;
    assert_eq!(staging.transfer().await.reply, Some(522));
    // Clients shake hands before they ask for the file, or after they are told that it comes.
    for is_early in [true, false] {
        let mut data: Boxed = Box::new(peer.data().await);
        if is_early {
            data = shake(data, &trust).await;
        }
        assert!(peer.ask(&format!("RETR {FILE}")).await.starts_with("150 "));
        if !is_early {
            data = shake(data, &trust).await;
        }
        assert_eq!(read_to_end(data).await, COURSE);
        assert!(peer.line().await.starts_with("226 "));
        assert_eq!(staging.secured().await.0, Link::Data);
        let transfer = staging.transfer().await;
        assert!(transfer.is_secured && transfer.upshot == Upshot::Complete, "{transfer:?}");
    }
}

#[tokio::test]
async fn what_was_said_in_the_clear_behind_auth_is_not_heard() {
    let (staging, trust) = staging(QUICK).await;
    let mut peer = Peer::connect(staging.addr()).await;
    peer.send(b"USER guest\r\nAUTH TLS\r\nPASS smuggled\r\n").await;
    assert!(peer.line().await.starts_with("331 "));
    assert!(peer.line().await.starts_with("234 "));
    peer.control = shake(peer.control, &trust).await;
    assert!(peer.ask("PASS word").await.starts_with("503 "), "nor is who was named in the clear");
}

#[tokio::test]
async fn whoever_begins_with_tls_is_greeted_behind_the_handshake() {
    let (mut staging, trust) = staging(PATIENT).await;
    let stream = Box::new(patiently(TcpStream::connect(staging.addr())).await.unwrap());
    let mut peer = Peer::over(shake(stream, &trust).await, staging.addr());
    assert!(peer.line().await.starts_with("220 "));
    peer.hold(&[("USER guest", "331 "), ("PASS word", "230 ")]).await;
    let data = shake(Box::new(peer.data().await), &trust).await;
    assert!(peer.ask(&format!("RETR {FILE}")).await.starts_with("150 "));
    assert_eq!(read_to_end(data).await, COURSE);
    assert!(staging.transfer().await.is_secured);
}

/// What is seen of a handshake with somebody who says this at once, or once he was greeted and has asked for TLS.
async fn disturbed(limits: Limits, lines: &[u8], then: &[u8]) -> (FailureKind, How) {
    let (mut staging, _) = staging(limits).await;
    let mut stream = patiently(TcpStream::connect(staging.addr())).await.unwrap();
    patiently(stream.write_all(lines)).await.unwrap();
    if !then.is_empty() {
        let mut heard = Vec::new();
        while !heard.ends_with(b"\n") || heard.len() < 30 {
            assert!(patiently(stream.read_buf(&mut heard)).await.unwrap() > 0);
        }
        patiently(stream.write_all(then)).await.unwrap();
    }
    patiently(stream.shutdown()).await.unwrap();
    let kind = staging.secured().await.1.failure.unwrap().kind;
    (kind, staging.closed().await)
}

#[tokio::test]
async fn a_handshake_that_does_not_come_about_is_told() {
    const HELLO: &[u8] = b"\x16\x03\x01\x02\x00\x01";
    let cut = disturbed(PATIENT, HELLO, b"").await;
    assert_eq!(cut, (FailureKind::Cut, How::Tls), "within the first message");
    let plain = disturbed(QUICK, b"AUTH TLS\r\n", b"USER guest\r\n").await;
    assert_eq!(plain, (FailureKind::NotTls, How::Tls), "plain FTP where TLS is due");
    let late = disturbed(QUICK, b"NOOP\r\n", HELLO).await;
    assert_eq!(late, (FailureKind::Other, How::Tls), "TLS where a command is due");
}

#[tokio::test]
async fn whoever_was_late_with_tls_is_waited_for_the_next_time() {
    let (mut staging, trust) = staging(Limits { hello: Duration::from_millis(20), ..LIMITS }).await;
    let mut late = Peer::connect(staging.addr()).await;
    late.send(b"\x16\x03\x01\x00\x05").await;
    assert_eq!(staging.closed().await, How::Tls);
    let stream = patiently(TcpStream::connect(staging.addr())).await.unwrap();
    let greeted = timeout(Duration::from_millis(60), stream.readable()).await;
    assert!(greeted.is_err(), "where nobody was late, 20 ms are waited");
    let mut peer = Peer::over(shake(Box::new(stream), &trust).await, staging.addr());
    assert!(peer.line().await.starts_with("220 "));
}

#[tokio::test]
async fn tls_at_a_port_of_plain_ftp_is_named() {
    let mut staging = Staging::offering(course()).await;
    let stream = patiently(TcpStream::connect(staging.addr())).await.unwrap();
    let shaken = patiently(connect_for_ftp(stream, "127.0.0.1", &Trust::default(), PATIENCE)).await;
    assert_eq!(shaken.unwrap_err().failure.unwrap().kind, FailureKind::NotTls);
    let told = staging.secured().await.1.failure.unwrap().told;
    assert!(told.contains("plain FTP"), "{told}");
}

#[tokio::test]
async fn a_data_connection_that_never_shakes_hands_is_told() {
    let (mut staging, trust) = staging(Limits { data: Duration::from_millis(50), ..QUICK }).await;
    let mut peer = Peer::connect(staging.addr()).await;
    peer.secure(&trust).await;
    peer.hold(&[("USER guest", "331 "), ("PASS word", "230 "), ("PROT P", "200 ")]).await;
    let silent = peer.data().await;
    peer.hold(&[(&format!("RETR {FILE}"), "150 ")]).await;
    assert!(peer.line().await.starts_with("425 "));
    assert_eq!(staging.secured().await.0, Link::Control);
    let (link, facts) = staging.secured().await;
    assert_eq!((link, facts.failure.unwrap().kind), (Link::Data, FailureKind::Slow));
    assert_eq!(staging.transfer().await.upshot, Upshot::Cut);
    drop(silent);
}

#[tokio::test]
async fn a_file_is_fetched_over_tls_in_either_way() {
    for (limits, asks) in [(QUICK, true), (PATIENT, false)] {
        let (staging, trust) = staging(limits).await;
        let url = format!("ftps://{}{FILE}", staging.addr());
        for user in ["", "uk"] {
            let login = Login { user: user.to_owned(), password: Some("pw".to_owned()), account: None };
            let (transfer, lines) = take_trusting(&url, login, &trust).await;
            assert_eq!((transfer.upshot, transfer.reply), (Upshot::Complete, Some(226)), "{lines:?}");
            assert_eq!(transfer.body.whole(), Some(COURSE.as_bytes()));
            assert!(transfer.is_secured);
            assert_eq!(lines.iter().any(|line| line == "AUTH TLS\r\n"), asks, "{lines:?}");
        }
    }
}

#[tokio::test]
async fn a_server_that_is_not_trusted_is_told_nothing() {
    for limits in [QUICK, PATIENT] {
        let (mut staging, _) = staging(limits).await;
        let url = format!("ftps://{}{FILE}", staging.addr());
        let (transfer, lines) = take_trusting(&url, Login::default(), &Trust::default()).await;
        assert_eq!((transfer.upshot, transfer.asked), (Upshot::Handshake, Asked::Login));
        assert!(!lines.iter().any(|line| line.starts_with("USER")), "{lines:?}");
        let failure = staging.secured().await.1.failure.unwrap();
        assert_eq!(failure.kind, FailureKind::CertificateRefused, "{failure:?}");
    }
}

#[tokio::test]
async fn a_server_without_tls_is_told_nothing() {
    let plain = Staging::offering(course()).await;
    let url = format!("ftps://{}/t-1/package/a.zip", plain.addr());
    let (transfer, lines) = take_trusting(&url, Login::default(), &Trust::default()).await;
    assert_eq!((transfer.upshot, transfer.reply, transfer.is_secured), (Upshot::Complete, Some(502), false));
    assert!(!lines.iter().any(|line| line.starts_with("USER")), "{lines:?}");
    let (addr, _data) =
        scripted(|_| vec!["220 x\r\n".to_owned(), "234 x\r\nnot TLS at all".to_owned()]).await;
    let (transfer, _) =
        take_trusting(&format!("ftps://{addr}/a.zip"), Login::default(), &Trust::default()).await;
    assert!(matches!(transfer.upshot, Upshot::Handshake | Upshot::Closed), "{transfer:?}");
}
