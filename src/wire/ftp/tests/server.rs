//! What the server says, gives and refuses.

use super::super::event::{Asked, Upshot};
use super::*;
use crate::wire::http::{Cut, Manner, Payload};

const FILE: &str = "/t-1/package/a.zip";

#[tokio::test]
async fn a_file_is_handed_over_to_a_guest() {
    let mut staging = Staging::offering(course()).await;
    let mut peer = Peer::admitted(staging.addr()).await;
    assert_eq!(peer.ask("TYPE I").await, "200 files go out as they are\r\n");
    assert!(peer.ask("CWD t-1").await.starts_with("250 "));
    assert!(peer.ask("CWD package").await.starts_with("250 "));
    assert!(peer.ask("PWD").await.starts_with("257 \"/t-1/package\""));
    assert_eq!(peer.ask("SIZE a.zip").await, "213 9\r\n");
    assert!(peer.ask("MDTM a.zip").await.starts_with("213 20"));
    let data = peer.data().await;
    assert!(peer.ask("RETR a.zip").await.starts_with("150 "));
    assert_eq!(read_to_end(data).await, COURSE);
    assert!(peer.line().await.starts_with("226 "));
    let transfer = staging.transfer().await;
    assert_eq!((transfer.asked, transfer.reply), (Asked::File(FILE.into()), Some(226)));
    assert_eq!((transfer.upshot, transfer.body.whole()), (Upshot::Complete, Some(COURSE.as_bytes())));
    assert!(peer.ask("QUIT").await.starts_with("221 "));
    assert_eq!(staging.closed().await, How::Quit);
}

#[tokio::test]
async fn a_file_is_taken_up_again_where_it_broke_off() {
    let mut staging = Staging::offering(course()).await;
    let mut peer = Peer::admitted(staging.addr()).await;
    let reply = peer.ask("PASV").await;
    let numbers: Vec<u16> =
        reply.split(['(', ')']).nth(1).unwrap().split(',').map(|it| it.parse().unwrap()).collect();
    assert_eq!(&numbers[..4], [127, 0, 0, 1]);
    let port = numbers[4] * 256 + numbers[5];
    let data = patiently(TcpStream::connect(("127.0.0.1", port))).await.unwrap();
    assert!(peer.ask("REST 3").await.starts_with("350 "));
    assert!(peer.ask(&format!("RETR {FILE}")).await.starts_with("150 "));
    assert_eq!(read_to_end(data).await, "course");
    assert!(peer.ask("REST x").await.starts_with("226 "));
    assert!(peer.line().await.starts_with("501 "));
    assert_eq!(staging.transfer().await.body.length, 6);
}

#[tokio::test]
async fn a_login_is_judged_by_password_and_account() {
    let mut staging = Staging::offering(course()).await;
    let mut peer = Peer::connect(staging.addr()).await;
    for (command, code) in [
        ("PWD", "530 "),
        ("PASS pw", "503 "),
        ("ACCT A-7", "503 "),
        ("USER tk", "331 "),
        ("PASS wrong", "530 "),
        ("EPSV", "530 "),
        ("USER sk", "331 "),
        ("PASS pw", "332 "),
        ("EPSV", "532 "),
        ("ACCT A-8", "530 "),
        ("USER sk", "331 "),
        ("PASS pw", "332 "),
        ("ACCT A-7", "230 "),
        ("ACCT A-7", "202 "),
        ("EPSV", "229 "),
        ("RETR /t-1/package/guarded.zip", "530 "),
    ] {
        assert!(peer.ask(command).await.starts_with(code), "{command}");
    }
    for (user, reply) in [("tk", 530), ("sk", 530)] {
        let refused = staging.transfer().await;
        assert_eq!((refused.asked, refused.user.as_str(), refused.reply), (Asked::Login, user, Some(reply)));
    }
    assert_eq!(staging.transfer().await.asked, Asked::File(b"/t-1/package/guarded.zip".to_vec()));
}

#[tokio::test]
async fn whoever_gives_no_account_is_told_of_at_the_end() {
    let mut staging = Staging::offering(course()).await;
    let mut peer = Peer::connect(staging.addr()).await;
    peer.ask("USER sk").await;
    assert!(peer.ask("PASS pw").await.starts_with("332 "));
    drop(peer);
    let refused = staging.transfer().await;
    assert_eq!((refused.asked, refused.reply), (Asked::Login, Some(332)));
}

#[tokio::test]
async fn nothing_but_what_is_offered_is_given() {
    let staging = Staging::offering(course()).await;
    let mut peer = Peer::admitted(staging.addr()).await;
    for (command, code) in [
        ("RETR /etc/passwd", "550 "),
        ("RETR ../../../../etc/passwd", "550 "),
        ("SIZE /etc/passwd", "550 "),
        ("PORT 127,0,0,1,0,25", "500 "),
        ("EPRT |1|127.0.0.1|25|", "500 "),
        ("STOR a.zip", "550 "),
        ("DELE a.zip", "550 "),
        ("SITE EXEC ls", "550 "),
        ("FROBNICATE", "502 "),
        ("", "502 "),
        ("AUTH TLS", "502 "),
    ] {
        assert!(peer.ask(command).await.starts_with(code), "{command}");
    }
    let data = peer.data().await;
    assert!(peer.ask("LIST").await.starts_with("150 "));
    assert_eq!(read_to_end(data).await, "");
}

/// What comes of asking for a file that is offered like this: the replies, the bytes and what is shown.
async fn spoilt(spoil: impl FnOnce(&mut Reply)) -> (String, String, Transfer) {
    let mut reply = course();
    spoil(&mut reply);
    let mut staging = Staging::offering(reply).await;
    let mut peer = Peer::admitted(staging.addr()).await;
    let data = peer.data().await;
    peer.send(format!("RETR {FILE}\r\nQUIT\r\n").as_bytes()).await;
    let bytes = read_to_end(data).await;
    let codes = peer.rest().await.lines().map(|line| line[..3].to_owned()).collect::<Vec<_>>().join(" ");
    (codes, bytes, staging.transfer().await)
}

#[tokio::test]
async fn a_file_is_handed_over_wrongly_on_purpose() {
    let check = async |spoil: fn(&mut Reply), codes: &str, bytes: &str, upshot: Upshot| {
        let (said, came, transfer) = spoilt(spoil).await;
        assert_eq!((said.as_str(), came.as_str(), transfer.upshot), (codes, bytes, upshot));
    };
    let cut = |reply: &mut Reply| reply.delivery.manner = Manner::CutAfter { bytes: 4, by: Cut::Fin };
    check(cut, "150 426 221", "PK c", Upshot::OnPurpose).await;
    check(|reply| reply.status = 550, "550 221", "", Upshot::OnPurpose).await;
    check(|reply| reply.status = 425, "425 221", "", Upshot::OnPurpose).await;
    check(|reply| reply.status = 426, "150 426 221", "", Upshot::OnPurpose).await;
    check(|reply| reply.delivery.manner = Manner::CloseAtOnce, "", "", Upshot::OnPurpose).await;
    // The command that follows ends the silence.
    check(|reply| reply.delivery.manner = Manner::Hang, "150 426 221", "", Upshot::OnPurpose).await;
    check(|reply| reply.body = Payload::default(), "150 226 221", "", Upshot::Complete).await;
}

#[tokio::test]
async fn a_client_that_never_connects_for_its_data_is_told() {
    let limits = Limits { data: Duration::from_millis(50), ..Limits::default() };
    let mut staging = Staging::within(course(), limits, Security::Plain).await;
    let mut peer = Peer::admitted(staging.addr()).await;
    peer.ask("EPSV").await;
    assert!(peer.ask(&format!("RETR {FILE}")).await.starts_with("150 "));
    assert!(peer.line().await.starts_with("425 "));
    let transfer = staging.transfer().await;
    assert_eq!((transfer.upshot, transfer.reply), (Upshot::Cut, Some(425)));
    // Without EPSV there is no port to connect to.
    assert!(peer.ask(&format!("RETR {FILE}")).await.starts_with("150 "));
    assert!(peer.line().await.starts_with("425 "));
}

#[tokio::test]
async fn odd_lines_are_taken_without_harm() {
    let staging = Staging::offering(course()).await;
    let mut peer = Peer::connect(staging.addr()).await;
    peer.send(b"USER guest\nPA\0SS word\n\xFF\xF4\xFF\xF2NOOP\r\n\xFF\xFB\x01noop\r\n").await;
    for code in ["331 ", "230 ", "200 ", "200 "] {
        assert!(peer.line().await.starts_with(code));
    }
}

#[tokio::test]
async fn what_one_client_may_use_is_bounded() {
    let limits = Limits { line: 64, lines: 50, idle: Duration::from_millis(200), ..Limits::default() };
    let mut staging = Staging::within(course(), limits, Security::Plain).await;
    let mut long = Peer::connect(staging.addr()).await;
    long.send(&[b'a'; 1000]).await;
    assert!(long.rest().await.starts_with("421 "));
    assert_eq!(staging.closed().await, How::TooLong);
    let mut flood = Peer::connect(staging.addr()).await;
    flood.send(&b"NOOP\r\n".repeat(1000)).await;
    let said = flood.rest().await;
    assert!(said.matches("200 ").count() <= 50, "{said}");
    assert_eq!(staging.closed().await, How::TooMany);
    let mut idle = Peer::connect(staging.addr()).await;
    assert!(idle.rest().await.starts_with("421 "));
    assert_eq!(staging.closed().await, How::Timeout);
}

#[tokio::test]
async fn a_server_that_stops_ends_its_connections() {
    let staging = Staging::offering(course()).await;
    let mut peer = Peer::admitted(staging.addr()).await;
    patiently(staging.serving.shutdown()).await;
    assert_eq!(peer.rest().await, "");
}
