//! Listens for FTP: every client is heard out, and given what is on offer.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

use super::event::{Event, How};
use super::house::{Boxed, Channel, House};
use super::protect::answered;
use super::session::{Ends, converse};
use crate::wire::tls::HANDSHAKE;

/// After a failed accept (no file descriptor left), the pause before the next.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// A bound address that is not served yet.
#[derive(Debug)]
pub struct Listener {
    tcp: TcpListener,
    local: SocketAddr,
}

/// A listener being served; dropping it stops it.
#[derive(Debug)]
pub struct Serving {
    local: SocketAddr,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Listener {
    /// Binds an address; port 0 takes any free one.
    ///
    /// # Errors
    /// When the address is taken or not ours.
    pub async fn bind(addr: SocketAddr) -> io::Result<Self> {
        let tcp = TcpListener::bind(addr).await?;
        let local = tcp.local_addr()?;
        Ok(Self { tcp, local })
    }

    /// The address bound, with its port.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Serves until the handle is dropped or shut down.
    pub fn serve(self, house: House) -> Serving {
        let (stop, stopping) = watch::channel(false);
        let accepting = tokio::spawn(accept(self.tcp, self.local, Arc::new(house), stopping));
        Serving { local: self.local, stop, accepting }
    }
}

/// Serves one stream that stands already, in memory say, until it ends.
pub async fn serve_stream(stream: Boxed, house: &House) {
    let connection = house.numbers.next_connection();
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
    (house.observe)(Event::Opened { connection, peer: nowhere });
    let ends = Ends { connection, peer: nowhere.ip(), local: nowhere.ip() };
    let conversing = converse((stream, Channel::Clear), ends, house);
    let how = tokio::time::timeout(house.limits.total, conversing).await.unwrap_or(How::Timeout);
    (house.observe)(Event::Closed { connection, how });
}

impl Serving {
    /// The address served.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Stops accepting, ends all connections and waits until they have ended.
    pub async fn shutdown(self) {
        self.stop.send_replace(true);
        let _ = self.accepting.await;
    }
}

async fn accept(tcp: TcpListener, local: SocketAddr, house: Arc<House>, stop: watch::Receiver<bool>) {
    let slots = Arc::new(Semaphore::new(house.limits.connections));
    let mut connections = JoinSet::new();
    let mut stopping = stop.clone();
    loop {
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, tcp.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            next = next => next,
            () = stopped(&mut stopping) => break,
        };
        while connections.try_join_next().is_some() {}
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(ACCEPT_AGAIN).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let local = stream.local_addr().unwrap_or(local);
        let ends = Ends { connection: house.numbers.next_connection(), peer: peer.ip(), local: local.ip() };
        let (house, stop) = (Arc::clone(&house), stop.clone());
        connections.spawn(async move {
            (house.observe)(Event::Opened { connection: ends.connection, peer });
            let how = serve(stream, ends, &house, stop).await;
            (house.observe)(Event::Closed { connection: ends.connection, how });
            drop(slot);
        });
    }
    drop(tcp);
    while connections.join_next().await.is_some() {}
}

/// One connection to its end, its longest time or the server's end.
async fn serve(stream: TcpStream, ends: Ends, house: &House, mut stop: watch::Receiver<bool>) -> How {
    let conversing = async {
        match house.security.identity() {
            Some(identity) if begins_with_tls(&stream, house).await => {
                match answered(Box::new(stream), identity, ends.connection, house).await {
                    Some(stream) => converse((stream, Channel::Secured), ends, house).await,
                    None => How::Tls,
                }
            }
            Some(_) | None => converse((Box::new(stream), Channel::Clear), ends, house).await,
        }
    };
    tokio::select! {
        how = conversing => how,
        () = tokio::time::sleep(house.limits.total) => How::Timeout,
        () = stopped(&mut stop) => How::Stopped,
    }
}

/// Whether the first byte of a client that is not greeted yet is one of TLS; clients of FTP wait for the greeting.
async fn begins_with_tls(stream: &TcpStream, house: &House) -> bool {
    let patience = house.security.patience(house.limits.hello);
    let mut first = [0];
    let peeked = tokio::time::timeout(patience, stream.peek(&mut first)).await;
    matches!(peeked, Ok(Ok(1))) && first[0] == HANDSHAKE
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A handle that was dropped stops the server, too.
    let _ = stop.wait_for(|stopped| *stopped).await;
}
