//! Listens for FTP: every client is heard out, and given what is on offer.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};

use super::event::{Event, How};
use super::house::{Boxed, Channel, House};
use super::protect::answered;
use super::session::{Ends, converse};
use crate::wire::serving::{Crowd, Serving, Stop, stopped};
use crate::wire::tls::HANDSHAKE;

/// A bound address that is not served yet.
#[derive(Debug)]
pub struct Listener {
    tcp: TcpListener,
    local: SocketAddr,
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
        let (local, house) = (self.local, Arc::new(house));
        Serving::begin(
            (self.tcp, local),
            (house.limits.connections, Crowd::default()),
            move |stream, peer, stop| {
                let local = stream.local_addr().unwrap_or(local).ip();
                let ends = Ends { connection: house.numbers.next_connection(), peer: peer.ip(), local };
                let house = Arc::clone(&house);
                async move {
                    (house.observe)(Event::Opened { connection: ends.connection, peer });
                    let how = serve(stream, ends, &house, stop).await;
                    (house.observe)(Event::Closed { connection: ends.connection, how });
                }
            },
        )
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

/// One connection to its end, its longest time or the server's end.
async fn serve(stream: TcpStream, ends: Ends, house: &House, mut stop: Stop) -> How {
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
