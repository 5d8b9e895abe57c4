//! Data connections: we listen and the client connects, never the other way.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::house::Boxed;
use super::protect::shaken;
use crate::wire::tls::{Facts, FailureKind, Identity};

/// The longest that a handshake may take whose file nobody asks for.
const HANDSHAKE: Duration = Duration::from_mins(1);

/// A port that a client may connect to once.
pub(super) struct DataPort(TcpListener);

/// A data connection on its way. Clients shake hands before or after they ask for the file, so both go on beside the
/// dialogue.
pub(super) struct Coming {
    arriving: JoinSet<Option<Arrived>>,
    is_met: Arc<AtomicBool>,
    is_secured: bool,
}

/// A data connection that was made: the stream, unless its handshake failed, and what was seen of that.
pub(super) type Arrived = (Option<Boxed>, Option<Facts>);

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

    /// Waits beside the dialogue for the one whose control connection asked for it, and secures what he makes where
    /// there is something to show.
    pub(super) fn await_peer(self, peer: IpAddr, identity: Option<Identity>) -> Coming {
        let (is_met, is_secured) = (Arc::new(AtomicBool::new(false)), identity.is_some());
        let (meeting, mut arriving) = (Arc::clone(&is_met), JoinSet::new());
        arriving.spawn(async move {
            let stream = self.accept(peer).await?;
            meeting.store(true, Ordering::Relaxed);
            let _ = stream.set_nodelay(true);
            let stream: Boxed = Box::new(stream);
            Some(match identity {
                None => (Some(stream), None),
                Some(identity) => {
                    let (stream, facts) = shaken(stream, &identity, HANDSHAKE).await;
                    (stream, Some(facts))
                }
            })
        });
        Coming { arriving, is_met, is_secured }
    }

    /// The connection of the one whose control connection asked for it: nobody else is given anything.
    async fn accept(self, peer: IpAddr) -> Option<TcpStream> {
        loop {
            let (stream, from) = self.0.accept().await.ok()?;
            if from.ip().to_canonical() == peer.to_canonical() {
                return Some(stream);
            }
        }
    }
}

impl Coming {
    /// Gives the port free.
    pub(super) async fn close(mut self) {
        self.arriving.shutdown().await;
    }

    /// The connection, once it is there; nothing where none was made in time.
    pub(super) async fn arrived(mut self, patience: Duration) -> Option<Arrived> {
        if let Ok(arrived) = timeout(patience, self.arriving.join_next()).await {
            return arrived?.ok()?;
        }
        let is_within_handshake = self.is_secured && self.is_met.load(Ordering::Relaxed);
        self.close().await;
        let why = "the peer fell silent within the handshake of the data connection";
        is_within_handshake.then(|| (None, Some(Facts::failed(FailureKind::Slow, why))))
    }
}
