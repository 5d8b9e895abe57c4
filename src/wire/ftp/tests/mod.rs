//! Server and client over real sockets on the loopback.

mod client;
mod secured;
mod server;

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use super::event::{Event, How, Link, Transfer};
use super::house::{Admission, Boxed, Channel, Found, House, Limits, Login, Offered, Passive, Security};
use super::listen::Listener;
use crate::wire::http::Reply;
use crate::wire::numbers::Numbers;
use crate::wire::serving::Serving;
use crate::wire::tls::Facts;

/// A test that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// The file that every server offers.
const COURSE: &str = "PK course";

/// A server and what it showed.
struct Staging {
    serving: Serving,
    events: UnboundedReceiver<Event>,
}

impl Staging {
    /// Offers `/t-1/package/a.zip` in this way; `tk` needs a password, `sk` an account besides, others are guests.
    async fn offering(reply: Reply) -> Self {
        Self::within(reply, Limits::default(), Security::Plain).await
    }

    async fn within(reply: Reply, limits: Limits, security: Security) -> Self {
        let (sender, events) = unbounded_channel();
        let house = House {
            admit: Box::new(admit),
            find: Box::new(move |_, over, path| match path {
                "/t-1/package/secret.zip" if over == Channel::Clear => Found::TlsNeeded,
                "/t-1/package/a.zip" | "/t-1/package/secret.zip" => Found::File(Offered::of(&reply)),
                "/t-1/package/guarded.zip" => Found::Guarded,
                _ => Found::Missing,
            }),
            observe: Box::new(move |event| drop(sender.send(event))),
            limits,
            passive: Passive::default(),
            security,
            numbers: Numbers::shared(),
        };
        let listener = Listener::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        Self { serving: listener.serve(house), events }
    }

    fn addr(&self) -> SocketAddr {
        self.serving.local_addr()
    }

    async fn transfer(&mut self) -> Transfer {
        loop {
            match patiently(self.events.recv()).await.expect("the server is there") {
                Event::Transfer(transfer) => return transfer,
                Event::Opened { .. } | Event::Secured { .. } | Event::Line { .. } | Event::Closed { .. } => {}
            }
        }
    }

    async fn secured(&mut self) -> (Link, Facts) {
        loop {
            match patiently(self.events.recv()).await.expect("the server is there") {
                Event::Secured { link, facts, .. } => return (link, facts),
                Event::Opened { .. } | Event::Line { .. } | Event::Transfer(_) | Event::Closed { .. } => {}
            }
        }
    }

    async fn closed(&mut self) -> How {
        loop {
            match patiently(self.events.recv()).await.expect("the server is there") {
                Event::Closed { how, .. } => return how,
                Event::Opened { .. } | Event::Secured { .. } | Event::Line { .. } | Event::Transfer(_) => {}
            }
        }
    }
}

fn admit(login: &Login, over: Channel) -> Admission {
    match (login.user.as_str(), login.password.as_deref(), login.account.as_deref()) {
        ("uk", _, _) if over == Channel::Clear => Admission::TlsNeeded,
        ("tk", password, _) if password != Some("pw") => Admission::Refused,
        ("sk", _, None) => Admission::AccountNeeded,
        ("sk", _, Some(account)) if account != "A-7" => Admission::Refused,
        _ => Admission::Granted,
    }
}

fn course() -> Reply {
    Reply::with_body(200, "application/zip", COURSE)
}

async fn patiently<T>(work: impl Future<Output = T>) -> T {
    timeout(PATIENCE, work).await.expect("it takes too long")
}

/// A client that says what it is told, line by line.
struct Peer {
    control: Boxed,
    addr: SocketAddr,
    heard: Vec<u8>,
}

impl Peer {
    async fn connect(addr: SocketAddr) -> Self {
        let mut peer = Self::over(Box::new(patiently(TcpStream::connect(addr)).await.unwrap()), addr);
        assert!(peer.line().await.starts_with("220 "));
        peer
    }

    fn over(control: Boxed, addr: SocketAddr) -> Self {
        Self { control, addr, heard: Vec::new() }
    }

    async fn admitted(addr: SocketAddr) -> Self {
        let mut peer = Self::connect(addr).await;
        assert!(peer.ask("USER guest").await.starts_with("331 "));
        assert!(peer.ask("PASS word").await.starts_with("230 "));
        peer
    }

    async fn ask(&mut self, command: &str) -> String {
        self.send(format!("{command}\r\n").as_bytes()).await;
        self.line().await
    }

    async fn send(&mut self, bytes: &[u8]) {
        patiently(self.control.write_all(bytes)).await.unwrap();
    }

    async fn line(&mut self) -> String {
        loop {
            if let Some(end) = self.heard.iter().position(|byte| *byte == b'\n') {
                return String::from_utf8(self.heard.drain(..=end).collect()).unwrap();
            }
            assert!(patiently(self.control.read_buf(&mut self.heard)).await.unwrap() > 0, "it was closed");
        }
    }

    /// The data connection that EPSV opens.
    async fn data(&mut self) -> TcpStream {
        let reply = self.ask("EPSV").await;
        let port = reply.split('|').nth(3).unwrap().parse().unwrap();
        patiently(TcpStream::connect(SocketAddr::new(self.addr.ip(), port))).await.unwrap()
    }

    /// Everything that is said until the connection ends.
    async fn rest(&mut self) -> String {
        let mut rest = std::mem::take(&mut self.heard);
        // A reset ends it as well.
        let _ = patiently(self.control.read_to_end(&mut rest)).await;
        String::from_utf8_lossy(&rest).into_owned()
    }
}

async fn read_to_end(mut stream: impl AsyncRead + Unpin) -> String {
    let mut bytes = Vec::new();
    let _ = patiently(stream.read_to_end(&mut bytes)).await;
    String::from_utf8(bytes).unwrap()
}
