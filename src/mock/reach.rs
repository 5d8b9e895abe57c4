//! Where a mock may go, and by which way: loopback, the sender's own address, and what the operator allows. Nowhere else.

use std::net::IpAddr;

use super::names::Names;
use crate::transcript::entry::Barred;
use crate::wire::http::Route;

/// The hosts that a mock may connect to because a peer said so.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Hosts that the operator allowed, in lower case.
    pub allowed: Vec<String>,
    /// By which way it goes there.
    pub route: Route,
    /// What the names of hosts stand for.
    pub names: Names,
}

impl Reach {
    /// Whether a command from `sender` may send us to `host`.
    #[must_use]
    pub fn permits(&self, host: &str, sender: IpAddr) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        match host.parse::<IpAddr>() {
            Ok(address) => address.is_loopback() || address == sender || self.allowed.contains(&host),
            Err(_) => host == "localhost" || self.allowed.contains(&host),
        }
    }

    /// The host that a command from `sender` sends us to, its name replaced by what it stood for when it was met first.
    ///
    /// # Errors
    /// When it is not permitted, or its name is not known here. A name that is not permitted is not looked up.
    pub async fn lead(&self, host: &str, port: u16, sender: IpAddr) -> Result<String, Barred> {
        if !self.permits(host, sender) {
            return Err(Barred::Host);
        }
        // What localhost is says this machine alone, and it may be two addresses.
        if host.parse::<IpAddr>().is_ok() || host.eq_ignore_ascii_case("localhost") {
            return Ok(host.to_owned());
        }
        let found = self.names.look_up(host, port).await;
        found.map(|address| address.to_string()).ok_or(Barred::Unresolved)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const SENDER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

    #[test]
    fn no_peer_sends_us_to_a_third_host() {
        let reach = Reach { allowed: vec!["lms.example".to_owned()], ..Reach::default() };
        let check = |host, expected| {
            assert_eq!(reach.permits(host, SENDER), expected, "{host}");
        };
        for host in ["127.0.0.1", "localhost", "[::1]", "192.0.2.7", "LMS.example"] {
            check(host, true);
        }
        for host in ["192.0.2.8", "169.254.169.254", "example.com", "localhost.example", "10.0.0.1", ""] {
            check(host, false);
        }
    }

    /// A resolver that gives another address each time, and how often it was asked.
    fn turning() -> (Names, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let names = Names::resolved_by(move |host, _| {
            let nth = counted.fetch_add(1, Ordering::Relaxed);
            let last = u8::try_from(nth).unwrap();
            Box::pin(async move {
                if host == "nowhere.example" { Vec::new() } else { vec![IpAddr::from([10, 0, 0, last])] }
            })
        });
        (names, asked)
    }

    #[tokio::test]
    async fn a_name_that_turns_to_another_address_is_not_followed() {
        let (names, asked) = turning();
        let allowed = ["lms.example", "nowhere.example"].map(str::to_owned).to_vec();
        let reach = Reach { allowed, names, ..Reach::default() };
        for host in ["lms.example", "LMS.example", "lms.example"] {
            let again = reach.clone();
            assert_eq!(again.lead(host, 80, SENDER).await, Ok("10.0.0.0".to_owned()));
        }
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        assert_eq!(reach.lead("nowhere.example", 80, SENDER).await, Err(Barred::Unresolved));
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn a_name_that_is_not_allowed_is_not_even_looked_up() {
        let (names, asked) = turning();
        let reach = Reach { names, ..Reach::default() };
        assert_eq!(reach.lead("lms.example", 80, SENDER).await, Err(Barred::Host));
        for host in ["localhost", "127.0.0.1", "192.0.2.7"] {
            assert_eq!(reach.lead(host, 80, SENDER).await, Ok(host.to_owned()));
        }
        assert_eq!(asked.load(Ordering::Relaxed), 0);
    }
}
