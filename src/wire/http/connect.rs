//! Connects to a host by any of its addresses.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout_at};

use super::send::Ended;

/// Tries the addresses of a host one after the other; each gets its share of the time that is left.
pub(super) async fn connect(host: &str, port: u16, limit: Duration) -> Result<TcpStream, Ended> {
    let deadline = Instant::now() + limit;
    let found = timeout_at(deadline, lookup_host((host, port))).await;
    let Ok(Ok(addresses)) = found else { return Err(Ended::Unresolved) };
    let addresses: Vec<SocketAddr> = addresses.collect();
    let mut failures = Vec::new();
    for (tried, address) in (0_u32..).zip(&addresses) {
        let left = u32::try_from(addresses.len()).unwrap_or(u32::MAX).saturating_sub(tried).max(1);
        let share = deadline.saturating_duration_since(Instant::now()) / left;
        match timeout_at(Instant::now() + share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => failures.push(ended_by(error.kind())),
            Err(_) => failures.push(Ended::ConnectTimeout),
        }
    }
    Err(most_telling(&failures))
}

fn ended_by(kind: ErrorKind) -> Ended {
    match kind {
        ErrorKind::ConnectionRefused => Ended::Refused,
        ErrorKind::TimedOut => Ended::ConnectTimeout,
        _ => Ended::Unreachable,
    }
}

/// Of several addresses' failures the one that tells most; without an address the name is not known.
fn most_telling(failures: &[Ended]) -> Ended {
    let telling = [Ended::Refused, Ended::ConnectTimeout];
    let found = telling.into_iter().find(|ended| failures.contains(ended));
    found.or(failures.last().copied()).unwrap_or(Ended::Unresolved)
}
