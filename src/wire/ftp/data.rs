//! Data connections: we listen and the client connects, never the other way.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// A port that a client may connect to once.
pub(super) struct DataPort(TcpListener);

impl DataPort {
    /// Takes a free port of the range; any where there is none.
    pub(super) async fn open(ip: IpAddr, range: Option<&RangeInclusive<u16>>) -> io::Result<Self> {
        let Some(range) = range else { return TcpListener::bind(SocketAddr::new(ip, 0)).await.map(Self) };
        let mut trouble = io::Error::from(io::ErrorKind::AddrInUse);
        for port in range.clone() {
            match TcpListener::bind(SocketAddr::new(ip, port)).await {
                Ok(listener) => return Ok(Self(listener)),
                Err(error) => trouble = error,
            }
        }
        Err(trouble)
    }

    pub(super) fn number(&self) -> io::Result<u16> {
        Ok(self.0.local_addr()?.port())
    }

    /// The connection of the one whose control connection asked for it: nobody else is given anything.
    pub(super) async fn accept(self, peer: IpAddr, patience: Duration) -> Option<TcpStream> {
        let accepted = async {
            loop {
                let (stream, from) = self.0.accept().await.ok()?;
                if from.ip().to_canonical() == peer.to_canonical() {
                    return Some(stream);
                }
            }
        };
        timeout(patience, accepted).await.ok().flatten()
    }
}
