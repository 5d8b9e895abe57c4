//! What the client takes, and what it tells of servers that do not give.

use super::super::event::{Asked, Upshot};
use super::super::fetch::{Errand, FetchLimits, fetch};
use super::*;
use crate::wire::ftp::Address;
use crate::wire::http::{Cut, Manner};
use crate::wire::tls::Trust;
use tokio::net::TcpListener;

const LIMITS: FetchLimits = FetchLimits {
    connect: Duration::from_secs(2),
    greeting: Duration::from_millis(100),
    reply: Duration::from_secs(2),
    total: Duration::from_secs(5),
    most: 1_000,
};

async fn take(url: &str, login: Login) -> (Transfer, Vec<String>) {
    take_trusting(url, login, &Trust::default()).await
}

pub(super) async fn take_trusting(url: &str, login: Login, trust: &Trust) -> (Transfer, Vec<String>) {
    let errand = Errand { address: Address::of(url).unwrap(), login, data: Channel::Secured };
    let mut lines = Vec::new();
    let mut observe = |event| {
        if let Event::Line { line, .. } = event {
            lines.push(String::from_utf8_lossy(&line).into_owned());
        }
    };
    let transfer = patiently(fetch(&Numbers::shared(), &errand, (&LIMITS, trust), &mut observe)).await;
    (transfer, lines)
}

fn login(user: &str, password: &str, account: Option<&str>) -> Login {
    Login { user: user.to_owned(), password: Some(password.to_owned()), account: account.map(str::to_owned) }
}

#[tokio::test]
async fn a_file_is_fetched_with_user_password_and_account() {
    let staging = Staging::offering(course()).await;
    let url = format!("ftp://{}/t-1/package/a.zip", staging.addr());
    for login in [Login::default(), login("tk", "pw", None), login("sk", "pw", Some("A-7"))] {
        let (transfer, lines) = take(&url, login).await;
        assert_eq!((transfer.upshot, transfer.reply), (Upshot::Complete, Some(226)), "{lines:?}");
        assert_eq!(transfer.body.whole(), Some(COURSE.as_bytes()));
        assert_eq!(transfer.asked, Asked::File(b"t-1/package/a.zip".to_vec()));
        assert!(lines.iter().any(|line| line == "RETR a.zip\r\n"));
    }
}

#[tokio::test]
async fn a_refusal_is_told_with_its_reply() {
    let staging = Staging::offering(course()).await;
    let base = format!("ftp://{}/t-1/package", staging.addr());
    for (file, login, reply) in [
        ("a.zip", login("tk", "wrong", None), 530),
        ("a.zip", login("sk", "pw", None), 332),
        ("b.zip", Login::default(), 550),
        ("guarded.zip", Login::default(), 530),
    ] {
        let (transfer, _) = take(&format!("{base}/{file}"), login).await;
        assert_eq!((transfer.upshot, transfer.reply), (Upshot::Complete, Some(reply)), "{file}");
    }
    let nobody = patiently(TcpListener::bind(("127.0.0.1", 0))).await.unwrap().local_addr().unwrap();
    let (transfer, _) = take(&format!("ftp://{nobody}/a.zip"), Login::default()).await;
    assert_eq!((transfer.upshot, transfer.reply), (Upshot::Refused, None));
}

#[tokio::test]
async fn a_transfer_that_breaks_off_is_told() {
    let mut cut = course();
    cut.delivery.manner = Manner::CutAfter { bytes: 4, by: Cut::Fin };
    let staging = Staging::offering(cut).await;
    let (transfer, _) = take(&format!("ftp://{}/t-1/package/a.zip", staging.addr()), Login::default()).await;
    assert_eq!((transfer.upshot, transfer.reply, transfer.body.length), (Upshot::Cut, Some(426), 4));
    let staging = Staging::offering(Reply::with_body(200, "", "x".repeat(2_000))).await;
    let (transfer, _) = take(&format!("ftp://{}/t-1/package/a.zip", staging.addr()), Login::default()).await;
    assert_eq!(transfer.upshot, Upshot::TooLong);
}

/// A server that answers each line with the next of these, whatever it says, and tells its port.
pub(super) async fn scripted(script: fn(u16) -> Vec<String>) -> (SocketAddr, TcpListener) {
    let control = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let data = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let (addr, port) = (control.local_addr().unwrap(), data.local_addr().unwrap().port());
    tokio::spawn(async move {
        let (mut stream, _) = control.accept().await.unwrap();
        let mut heard = Vec::new();
        for reply in script(port) {
            stream.write_all(reply.as_bytes()).await.unwrap();
            heard.clear();
            while !heard.ends_with(b"\n") && stream.read_buf(&mut heard).await.unwrap_or(0) > 0 {}
        }
    });
    (addr, data)
}

#[tokio::test]
async fn data_is_taken_from_the_control_host_whatever_pasv_says() {
    let (addr, data) = scripted(|port| {
        let [high, low] = port.to_be_bytes();
        let lines = ["220-hello\r\n220 there\r\n", "331 x\r\n", "230 x\r\n", "200 x\r\n", "500 no EPSV\r\n"];
        let pasv = format!("227 Entering Passive Mode (192,0,2,1,{high},{low})\r\n");
        lines.iter().map(|line| (*line).to_owned()).chain([pasv, "550 no\r\n".to_owned()]).collect()
    })
    .await;
    let (transfer, _) = take(&format!("ftp://{addr}/a.zip"), Login::default()).await;
    assert_eq!((transfer.upshot, transfer.reply), (Upshot::Complete, Some(550)));
    patiently(data.accept()).await.unwrap();
}

#[tokio::test]
async fn what_is_no_ftp_is_garbage_or_silence() {
    for (script, upshot) in [
        ((|_| vec!["HTTP/1.1 400 Bad Request\r\n".to_owned()]) as fn(u16) -> Vec<String>, Upshot::Garbage),
        (|_| vec!["220-for ever\r\n".repeat(200)], Upshot::Garbage),
        (|_| vec!["x".repeat(20_000)], Upshot::Garbage),
        (|_| Vec::new(), Upshot::Closed),
        (|_| vec!["220 x\r\n".to_owned(), "331 x\r\n".to_owned()], Upshot::Closed),
    ] {
        let (addr, _data) = scripted(script).await;
        let (transfer, lines) = take(&format!("ftp://{addr}/a.zip"), Login::default()).await;
        assert_eq!(transfer.upshot, upshot, "{lines:?}");
    }
}
