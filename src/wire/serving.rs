//! Takes connections from a bound address until it is stopped: so many at once, and none is left behind.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

/// After a failed accept (no file descriptor left), the pause before the next.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// Tells a connection that its server stops.
pub(in crate::wire) type Stop = watch::Receiver<bool>;

/// A listener being served; dropping it stops it.
#[derive(Debug)]
pub struct Serving {
    local: SocketAddr,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
    crowd: Crowd,
}

/// Whether a listener ever had too much to do to serve whoever came: that nothing was heard proves nothing then.
#[derive(Debug, Clone, Default)]
pub(in crate::wire) struct Crowd(Arc<AtomicBool>);

impl Crowd {
    /// Somebody has to wait, or could not be taken.
    pub(in crate::wire) fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(in crate::wire) fn was_noted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Serving {
    /// Serves each connection by what `attend` makes of it and of the other end's address, so many of them at once; more
    /// wait, which the crowd notes. `attend` is called in the order in which they came.
    pub(in crate::wire) fn begin<F>(
        (tcp, local): (TcpListener, SocketAddr),
        (at_once, crowd): (usize, Crowd),
        attend: impl Fn(TcpStream, SocketAddr, Stop) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopping) = watch::channel(false);
        let accepting = tokio::spawn(accept(tcp, (at_once, crowd.clone()), attend, stopping));
        Self { local, stop, accepting, crowd }
    }

    /// The address served.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Whether somebody who came ever had to wait, or may have had to.
    #[must_use]
    pub fn was_crowded(&self) -> bool {
        self.crowd.was_noted()
    }

    /// Stops accepting, ends all connections and waits until they have ended.
    pub async fn shutdown(self) {
        self.stop.send_replace(true);
        let _ = self.accepting.await;
    }
}

async fn accept<F>(
    tcp: TcpListener,
    (at_once, crowd): (usize, Crowd),
    attend: impl Fn(TcpStream, SocketAddr, Stop) -> F,
    stop: Stop,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let slots = Arc::new(Semaphore::new(at_once));
    let mut connections = JoinSet::new();
    let mut stopping = stop.clone();
    loop {
        if slots.available_permits() == 0 {
            crowd.note();
        }
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
            crowd.note();
            tokio::time::sleep(ACCEPT_AGAIN).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let attended = attend(stream, peer, stop.clone());
        connections.spawn(async move {
            attended.await;
            drop(slot);
        });
    }
    drop(tcp);
    while connections.join_next().await.is_some() {}
}

/// Ends when the server stops, or nobody is left who could stop it.
pub(in crate::wire) async fn stopped(stop: &mut Stop) {
    let _ = stop.wait_for(|stop| *stop).await;
}
